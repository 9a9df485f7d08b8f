"""Groupings that lie inside each other though the codebook does not say so are one system of sums too."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stagekansen_lib.disclosure import secondary
from stagekansen_lib.disclosure.observed import with_observed
from stagekansen_lib.disclosure.protect import protect
from stagekansen_lib.errors import RefusedError
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.surveys.encoding import Encoded
from stagekansen_lib.surveys.nestings import Nesting
from stagekansen_lib.surveys.surveys import Survey


def encoded(values: Any, levels: int) -> Encoded:
    return Encoded(np.asarray(values, dtype=np.intp) - 1, tuple(range(1, levels + 1)))


def undeclared() -> Survey:
    """The example survey, whose codebook says of no level that it follows from a programme."""
    survey = read_survey("example_2022")
    book = survey.codebook
    level = replace(
        book["level"], derived_from=(), codes=tuple(replace(one, values=None) for one in book["level"].codes)
    )
    return replace(survey, codebook=replace(book, variables={**book.variables, "level": level}))


def marks(survey: Survey) -> list[list[str]]:
    results = [share(survey, "knows_where", by, code=1) for by in ("programme_type", "level")]
    return [list(one.table["mark"]) for one in protect(results)]


def test_a_coarser_form_that_no_rule_declares_gives_no_small_group_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Associate degree and master hold 1 and 0 who know where; bachelor beside hbo would tell that they are few."""
    assert marks(undeclared()) == marks(read_survey("example_2022"))
    types = [code.code for code in read_survey("example_2022").codebook["programme_type"].codes]
    bachelor = types.index(6)
    assert marks(undeclared())[0][bachelor] == "x"
    monkeypatch.setattr(secondary, "with_observed", lambda declared, _: declared)
    assert marks(undeclared())[0][bachelor] == ""


def test_a_pair_of_answers_is_known_from_the_answers_and_who_is_not_seen_may_be_anything() -> None:
    fine = np.repeat([1, 2, 3], 40)
    coarse = np.repeat([1, 1, 2], 40)
    coarse[0] = 0  # one did not answer
    (found,) = with_observed((), {"fine": encoded(fine, 4), "coarse": encoded(coarse, 2)})
    assert found.units == ("coarse", "fine")
    seen = {way for way in found.ways if way[1] in (1, 2, 3)}
    assert seen == {(1, 1), (None, 1), (1, 2), (2, 3)}
    assert {way for way in found.ways if way[1] == 4} == {(1, 4), (2, 4), (None, 4)}


def test_what_may_be_chance_is_no_rule() -> None:
    few = np.arange(1, 13)
    alike = {"fine": encoded(few, 12), "coarse": encoded(1 + few % 2, 2)}
    assert with_observed((), alike) == ()
    one_answer = {"fine": encoded(np.repeat([1, 2], 300), 2), "coarse": encoded(np.ones(600), 2)}
    assert with_observed((), one_answer) == ()
    rng = np.random.default_rng(1)
    nearly = np.repeat([1, 2, 3], 200)
    crossed = {"fine": encoded(nearly, 3), "coarse": encoded(np.where(rng.random(600) < 0.01, 1, 1 + (nearly > 1)), 2)}
    assert with_observed((), crossed) == ()


def test_it_joins_what_the_codebook_declares() -> None:
    declared = Nesting(("fine", "middle"), ((1, 1), (2, 1), (3, 2), (None, None)))
    rows = np.repeat([1, 2, 3], 60)
    answers = {
        "fine": encoded(rows, 3), "middle": encoded(1 + (rows == 3), 2), "other": encoded(1 + (rows > 1), 2),
    }  # fmt: skip
    (found,) = with_observed((declared,), answers)
    assert found.units == ("fine", "middle", "other")
    assert {way for way in found.ways if None not in way} == {(1, 1, 1), (2, 1, 2), (3, 2, 2)}


def test_too_many_ways_are_refused_by_name() -> None:
    numbers = np.tile(np.arange(1, 501), 40)
    many = {name: encoded(numbers, 500) for name in ("school", "programme")}
    with pytest.raises(RefusedError, match=r"programme, school: each answer to one goes with .*derived_from"):
        with_observed((), many)


def test_a_stored_estimate_holds_no_answers() -> None:
    found = share(read_survey("example_2022"), "knows_where", "level")
    assert set(found.behind.encoded) == {"knows_where", "level"}
    assert pickle.loads(pickle.dumps(found)).behind.encoded == {}
    assert "behind" not in repr(found)
