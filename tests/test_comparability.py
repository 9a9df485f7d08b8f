"""Published figures side by side: allowed only when five things are known and equal, refused with the differences."""

from __future__ import annotations

import itertools

import pytest

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.fact_finding.comparability import DIMENSIONS, _file
from stagekansen_lib.registers.reading import read_registers

# 1%, 8%, 10%, 25% and 50%: five answers to "how many students meet discrimination around their internship".
FIVE = ["rn-2022-1", "scp-stage-mbo", "cbs-10", "utr-search", "handbook-1in2"]


def test_the_five_figures_may_not_stand_on_one_axis_and_each_has_four_named_differences() -> None:
    figures = read_registers().key_figures
    assert [figures[name].value for name in FIVE] == [1, 8, 10, 25, 50]
    verdict = sk.comparability(FIVE)
    assert not verdict.one_axis
    for name, language in itertools.product(FIVE, ("nl", "en")):
        found = verdict.differences(name, language)
        assert len(found) >= 4
        assert all(text.strip() for text in found.values())
    with pytest.raises(RefusedError) as refused:
        sk.require_one_axis(FIVE, language="en")
    for name in FIVE:
        assert figures[name].heading("en") in str(refused.value)
    assert str(refused.value).count("\n- ") >= 20


def test_two_groups_of_one_study_may_be_compared_when_that_is_the_question() -> None:
    assert sk.require_one_axis(["roa-4-nw", "roa-4-w"]).one_axis
    verdict = sk.comparability(["scp-stage-mbo", "scp-stage-hbo"])
    assert not verdict.one_axis
    assert list(verdict.differences("scp-stage-mbo")) == ["population"]
    meant = sk.comparability(["scp-stage-mbo", "scp-stage-hbo"], apart_from="population")
    assert meant.one_axis
    assert "only" in meant.sentence("en")


def test_what_is_unknown_is_neither_equal_nor_a_difference() -> None:
    # Nothing is coded of seo-30 and seo-m60, and they are of one source and year.
    verdict = sk.comparability(["seo-30", "seo-m60"])
    assert verdict.status["population"] == "same"
    assert {verdict.status[name] for name in ("definition", "mode", "denominator")} == {"not_established"}
    assert not verdict.one_axis
    assert verdict.differences("seo-30") == {}
    assert "Not established" in verdict.sentence("en")


def test_a_year_and_a_month_of_it_are_not_said_to_differ() -> None:
    assert sk.comparability(["rn-2022-1", "handbook-1in2"]).status["period"] == "not_established"
    assert sk.comparability(["rn-2022-1", "scp-stage-mbo"]).status["period"] == "different"


def test_the_verdict_does_not_depend_on_the_order() -> None:
    statuses = {
        tuple(sk.comparability(order).status[name] for name in DIMENSIONS) for order in itertools.permutations(FIVE)
    }
    assert len(statuses) == 1


@pytest.mark.parametrize(
    ("figures", "options", "text"),
    [
        (["cbs-10"], {}, "two or more"),
        (["cbs-10", "cbs-10"], {}, "two or more"),
        (["cbs-10", "cbs-1O"], {}, "Did you mean"),
        (["cbs-10", "handbook-2"], {}, "different units"),
        (["cbs-10", "cbs-23"], {"apart_from": "populaton"}, "Did you mean 'population'"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(figures: list[str], options: dict[str, str], text: str) -> None:
    with pytest.raises(InputError, match=text):
        sk.comparability(figures, **options)  # type: ignore[arg-type]


def test_the_codes_are_of_figures_that_exist_and_every_code_is_used() -> None:
    coded, figures = _file(), read_registers().key_figures
    assert set(coded["figures"]) <= set(figures.ids)
    for dimension in ("definition", "denominator", "mode"):
        used = {traits[dimension] for traits in coded["figures"].values() if dimension in traits}
        assert used == set(coded[f"{dimension}s"])


def test_a_notebook_shows_the_verdict_as_a_sentence_and_a_table() -> None:
    shown = sk.comparability(FIVE)._repr_html_()
    assert shown.startswith("<p>Deze 5 cijfers mogen niet op één as.")
    assert shown.count("<tr>") == 6
    assert "<script" not in shown
