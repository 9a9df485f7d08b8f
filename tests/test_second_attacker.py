"""The second attacker finds nothing in releases of nested surveys, and finds the leak once a guard is taken away."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stagekansen_lib.disclosure import optimal
from stagekansen_lib.disclosure.nested import Naming
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.surveys.surveys import Survey, subset
from tests import second_attacker
from tests.nested_surveys import draft, made_up, weight_limits, weighted
from tests.second_attacker import Finding, attack, attack_folders, know, read_bytes, true_counts

DISCLOSURE = "stagekansen_lib.disclosure"
Tables = list[tuple[str, str | None]]
DIFFICULTY: Tables = [("difficulty3", "experienced"), ("difficulty3", None), ("experienced", None)]
TWO_READINGS: Tables = [
    ("experienced", "level"), ("experienced_or_not_sure", "level"), ("experienced", None),
    ("experienced_or_not_sure", None), ("met", None), ("level", None),
]  # fmt: skip
READINGS: Tables = [
    ("difficulty3", "experienced"), ("much_difficulty", "experienced"), ("difficulty", None), ("difficulty3", None),
    ("experienced", None),
]  # fmt: skip
BY_LEVEL: Tables = [
    ("knows", "programme_type"), ("knows", "level"), ("programme_type", None), ("level", None), ("knows", None),
    ("experienced", "level"), ("experienced", "programme_type"), ("experienced", "origin2"), ("origin2", None),
]  # fmt: skip


def found_in(
    survey: Survey, place: Path, tables: Tables, *, uneven: bool = False, full: bool = False, complete: bool = True
) -> list[Finding]:
    """What the attacker finds in a draft of these tables; all that he believes is true of the answers."""
    releases = [read_bytes(draft(survey, place, tables))]
    known = know(
        releases, everyone_answered=complete, respondents=[len(survey)], full_cross=full,
        weights=weight_limits(survey) if uneven else None,
    )  # fmt: skip
    assert known.fits(true_counts(known, survey.rows, survey.weights)).max() < 1e-6
    return attack(releases, known)


@cache
def people(seed: int, n: int, missing: float = 0.0) -> Survey:
    return made_up(seed, n, missing=missing)


def test_it_shares_no_code_with_the_library() -> None:
    tree = ast.parse(Path(second_attacker.__file__).read_text("utf-8"))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not [name for name in modules if name.startswith(("stagekansen", "tests"))]


def test_the_example_release_gives_nothing_away() -> None:
    assert attack_folders([data_folder("published", "example-2022")], weights=(0.2, 5.0)) == []


@pytest.mark.parametrize("tables", [BY_LEVEL, READINGS, TWO_READINGS], ids=["by level", "difficulty", "two readings"])
@pytest.mark.parametrize("uneven", [False, True], ids=["unweighted", "weighted"])
def test_groupings_inside_each_other_give_nothing_away(tables: Tables, uneven: bool, tmp_path: Path) -> None:
    for seed, n in ((1, 130), (2, 300)):
        survey = weighted(people(seed, n), seed) if uneven else people(seed, n)
        assert found_in(survey, tmp_path, tables, uneven=uneven) == []


def test_answers_that_are_missing_give_nothing_away(tmp_path: Path) -> None:
    assert found_in(people(3, 400, 0.08), tmp_path, DIFFICULTY, complete=False) == []


def test_a_count_between_two_hidden_readings_is_protected_too(tmp_path: Path) -> None:
    """19 of 130 are not sure and 12 of them in mbo: the 7 in hbo follow, though both readings are hidden there."""
    survey = people(2, 130)
    assert int(((survey.rows["met"] == 2) & (survey.rows["level"] == 2)).sum()) == 7
    assert found_in(survey, tmp_path, TWO_READINGS) == []
    of_mbo = [row for row in read_bytes(tmp_path / "look").rows if row.by == (("level", "1"),)]
    assert {row.of for row in of_mbo if row.told} != {"experienced", "experienced_or_not_sure"}


def test_the_full_cross_says_what_its_cliques_say(tmp_path: Path) -> None:
    survey = people(2, 300)
    with pytest.MonkeyPatch.context() as patch:
        no_system(patch)
        found = found_in(survey, tmp_path, READINGS)
        whole = found_in(survey, tmp_path, READINGS, full=True)
    assert found != []
    assert {(one.what, one.group) for one in found} == {(one.what, one.group) for one in whole}


# Guards taken away -------------------------------------------------------------------------------------------------


def no_system(patch: pytest.MonkeyPatch) -> None:
    """R14: groupings made from each other are one system of sums."""
    patch.setattr(f"{DISCLOSURE}.secondary.naming_of_drafts", lambda *_: Naming())
    patch.setattr(f"{DISCLOSURE}.secondary.with_observed", lambda declared, _: declared)


def no_partners(patch: pytest.MonkeyPatch) -> None:
    """R6: rows that protect others are hidden."""
    patch.setattr(f"{DISCLOSURE}.protect.hide_secondary", lambda *_: optimal.Suppression())


def no_columns(patch: pytest.MonkeyPatch) -> None:
    """R15: nobody is sure of a sensitive answer of those who gave another answer."""
    patch.setattr(f"{DISCLOSURE}.secondary.sure_shares", lambda *_: ())


FEW_OF_A_TYPE = "few: knows=1 & programme_type="
SURE = "nearly all: experienced=1 of "


@pytest.mark.parametrize(
    ("off", "tables", "seed", "n", "uneven", "shows"),
    [
        (no_system, BY_LEVEL, 2, 300, False, FEW_OF_A_TYPE),
        (no_system, BY_LEVEL, 2, 300, True, FEW_OF_A_TYPE),
        (no_system, READINGS, 2, 300, True, SURE),
        (no_partners, BY_LEVEL, 1, 130, False, FEW_OF_A_TYPE),
        (no_partners, READINGS, 1, 130, True, "few: difficulty=4"),
        (no_columns, DIFFICULTY, 5, 847, False, SURE),
    ],
)
def test_without_a_guard_the_leak_is_found(
    off: Callable[[pytest.MonkeyPatch], None],
    tables: Tables,
    seed: int,
    n: int,
    uneven: bool,
    shows: str,
    tmp_path: Path,
) -> None:
    survey = made_up(5) if n == 847 else people(seed, n)
    survey = weighted(survey, seed) if uneven else survey
    with pytest.MonkeyPatch.context() as patch:
        off(patch)
        found = [f"{one.what}: {one.group}" for one in found_in(survey, tmp_path, tables, uneven=uneven)]
    assert [one for one in found if one.startswith(shows)]


def test_two_versions_give_away_a_group_that_dropped_out(tmp_path: Path) -> None:
    """A hundred who had not experienced it are gone. The product refuses such a version; these are drafts."""
    survey = people(2, 400)
    there = np.flatnonzero(survey.rows["experienced"].to_numpy() == 2)[:100]
    left = subset(survey, ~np.isin(np.arange(len(survey)), there))
    tables: Tables = [("experienced", None), ("knows", None)]
    versions = [draft(one, tmp_path, tables, name) for one, name in ((survey, "first"), (left, "second"))]
    knowing: dict[str, Any] = {"everyone_answered": True, "respondents": [400, 300]}
    assert [
        attack_folders([one], **knowing | {"respondents": [n]}) for one, n in zip(versions, (400, 300), strict=True)
    ] == [[], []]
    found = attack_folders(versions, change="left", **knowing)
    assert "experienced=2 of everyone, of who is in this version and not in all" in {one.group for one in found}


def test_what_the_attacker_believes_does_not_hold_for_other_answers(tmp_path: Path) -> None:
    """Else that it holds for the true ones would say little."""
    releases = [read_bytes(draft(people(2, 300), tmp_path, BY_LEVEL))]
    known = know(releases, everyone_answered=True, respondents=[300])
    other = people(1, 300)
    assert known.fits(true_counts(known, other.rows, other.weights)).max() > 1
