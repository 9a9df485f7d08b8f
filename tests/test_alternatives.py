"""A finding under another choice: it stands, or what flips is named."""

from __future__ import annotations

import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError


@pytest.fixture(scope="module")
def survey() -> sk.Survey:
    return sk.harmonise(sk.read_survey("example_2022"), "programme", to="sectors_haaglanden")


def hours(shift: int, other: int) -> sk.Survey:
    """Forty students in two groups; the two divisions put a difference of so many hours between their groups."""
    base = [*range(20)] * 2
    group = ["a"] * 20 + ["b"] * 20
    turned = group[::-1]
    return sk.survey_from_frame(
        pd.DataFrame(
            {
                "group": group,
                "turned": turned,
                "mixed": ["a", "b"] * 20,
                "hours": [hour + shift * (one == "b") + other * (place % 2) for place, (hour, one) in
                          enumerate(zip(base, group, strict=True))],
            }
        )
    )  # fmt: skip


def test_a_finding_that_stands_says_so(survey: sk.Survey) -> None:
    found = sk.compare_under(survey, "search_difficulty", "discrimination_experienced",
                             alternatives=[{"discrimination_experienced": "discrimination_or_doubt"}])  # fmt: skip
    assert found.stands
    assert found.table["by"].tolist() == ["discrimination_experienced", "discrimination_or_doubt"]
    assert (found.table["p_value"] < 0.05).all()
    assert "blijft staan" in found.sentence("nl")


def test_each_row_is_the_comparison_itself(survey: sk.Survey) -> None:
    found = sk.compare_under(survey, "search_difficulty", "discrimination_experienced", adjust_for=["sector"],
                             alternatives=[{"sector": "level", "search_difficulty": "no_reaction"}])  # fmt: skip
    alone = sk.compare(survey, "no_reaction", "discrimination_experienced", adjust_for=["level"])
    assert found.table.loc[1, "effect"] == alone.effect
    assert found.table.loc[1, "p_value"] == alone.p_value
    assert found.table.loc[1, "adjusted_for"] == "level"


def test_the_other_direction_is_flagged_as_a_flip_of_the_sign() -> None:
    found = sk.compare_under(hours(8, 0), "hours", "group", alternatives=[{"group": "turned"}])
    assert found.comparisons[0].effect == pytest.approx(8)
    assert found.comparisons[1].effect == pytest.approx(-8)
    assert found.flips == ("sign",)
    assert not found.stands
    assert "'turned' instead of 'group' the difference points the other way" in found.sentence("en")


def test_a_difference_that_is_no_longer_demonstrated_is_a_flip_of_the_verdict() -> None:
    found = sk.compare_under(hours(8, 0), "hours", "group", alternatives=[{"group": "mixed"}])
    assert found.table["p_value"].tolist()[0] < 0.05 < found.table["p_value"].tolist()[1]
    assert found.flips == ("verdict",)
    assert "not a finding yet" in found.sentence("en")
    assert "nog geen bevinding" in found._repr_html_()
    assert found._repr_html_().count("Dit slaat om.") == 1


def test_both_may_flip_at_once() -> None:
    # The even places stand for less: 'mixed' points down by 1 hour while 'group' points up by 8.
    found = sk.compare_under(hours(8, -2), "hours", "group", alternatives=[{"group": "mixed"}])
    assert found.comparisons[1].effect < 0
    assert found.flips == ("sign and verdict",)


def test_effects_without_a_direction_can_flip_in_verdict_only(survey: sk.Survey) -> None:
    found = sk.compare_under(survey, "search_difficulty", "sector", alternatives=[{"sector": "sector3"}])
    assert found.flips == ("",)
    assert found.table.loc[0, "effect"] == found.table.loc[1, "effect"]


@pytest.mark.parametrize(
    ("alternatives", "text"),
    [([], "no other choice"), ([{}], "no other choice"), ([{"school": "level"}], "'school' is not in the comparison")],
)
def test_an_alternative_that_changes_nothing_is_refused(
    survey: sk.Survey, alternatives: list[dict[str, str]], text: str
) -> None:
    with pytest.raises(InputError, match=text):
        sk.compare_under(survey, "search_difficulty", "sector", alternatives=alternatives)
