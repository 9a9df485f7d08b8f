"""Sensitivity to self-selection: the tipping points hold in populations in which people choose to take part."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.comparison.sensitivity import sensitivity_to_selection
from stagekansen_lib.errors import InputError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey


def survey(yes: tuple[int, int] = (30, 60), n: int = 100) -> Survey:
    rows = pd.DataFrame(
        {
            "group": ["a"] * n + ["b"] * n,
            "safe": ["yes"] * yes[0] + ["no"] * (n - yes[0]) + ["yes"] * yes[1] + ["no"] * (n - yes[1]),
            "hours": np.arange(2.0 * n),
        }
    )
    return survey_from_frame(rows, provenance=Provenance(self_selected=True, synthetic=True))


def test_people_who_choose_as_strongly_as_the_tipping_point_make_the_whole_finding() -> None:
    """A population without a difference: 40% in both groups; in group b those 40% take part twice as often."""
    rng = np.random.default_rng(5)
    n = 400_000
    second, yes = rng.uniform(size=n) < 0.5, rng.uniform(size=n) < 0.4
    took_part = rng.uniform(size=n) < np.where(second & yes, 0.2, 0.1)
    rows = pd.DataFrame({"group": np.where(second, "b", "a"), "safe": np.where(yes, "yes", "no")})[took_part]
    found = sensitivity_to_selection(compare(survey_from_frame(rows), "safe", "group", method="rao_scott_f"))
    # The log of the odds ratio of some 44,000 answers has a standard error of 0.02.
    assert np.log(found.tipping_point) == pytest.approx(np.log(2), abs=0.06)
    alone = sensitivity_to_selection(
        share(survey_from_frame(rows[rows["group"] == "b"]), "safe", code="yes"), against=0.4
    )
    assert np.log(alone.tipping_point) == pytest.approx(np.log(2), abs=0.06)


def test_the_tipping_point_of_two_groups_is_their_odds_ratio() -> None:
    found = sensitivity_to_selection(compare(survey(), "safe", "group"))
    assert found.tipping_point == pytest.approx((60 / 40) / (30 / 70))
    assert found.tipping_point_both == pytest.approx(np.sqrt(found.tipping_point))
    error = np.sqrt(1 / 30 + 1 / 70 + 1 / 60 + 1 / 40)
    # The survey interval uses n - 1 and t; with 200 answers that differs by a few per cent of the log.
    assert np.log(found.tipping_point_limit) == pytest.approx(np.log(found.tipping_point) - 1.96 * error, rel=0.05)
    at = found.table.set_index("times")["estimate"]
    assert at[1.0] == pytest.approx(0.3)
    assert at[found.tipping_point] == pytest.approx(0, abs=1e-12)
    assert at.is_monotonic_decreasing


def test_the_other_direction_names_the_other_group() -> None:
    found = sensitivity_to_selection(compare(survey((60, 30)), "safe", "group"))
    assert found.tipping_point == pytest.approx((60 / 40) / (30 / 70))
    assert found.table["estimate"].iloc[0] == pytest.approx(-0.3)
    assert "in the group 'group (a)' took part 3.50 times" in found.sentence("en")


@pytest.mark.parametrize(("yes", "against", "point"), [(60, 0.5, 1.5), (40, 0.5, 1.5), (75, 0.6, 2.0)])
def test_a_share_turns_where_its_odds_are_those_of_the_target(yes: int, against: float, point: float) -> None:
    rows = pd.DataFrame({"safe": ["yes"] * yes + ["no"] * (100 - yes)})
    found = sensitivity_to_selection(share(survey_from_frame(rows), "safe", code="yes"), against=against)
    assert found.tipping_point == pytest.approx(point)
    assert 1 <= found.tipping_point_limit < found.tipping_point
    assert found.table.set_index("times")["estimate"][found.tipping_point] == pytest.approx(against)


def test_a_difference_that_is_not_demonstrable_needs_no_self_selection_to_fall() -> None:
    found = sensitivity_to_selection(compare(survey((48, 52)), "safe", "group"))
    assert found.tipping_point_limit == 1
    assert "raakt nu al aan nul" in found.sentence("nl")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_sentence_and_picture_say_what_they_rest_on_and_no_cause(language: str) -> None:
    found = sensitivity_to_selection(compare(survey(), "safe", "group"))
    text = found.sentence(language)  # type: ignore[arg-type]
    assert "{" not in text
    assert text.startswith("Voorbeeld met verzonnen" if language == "nl" else "Example with made-up")
    assert ("denkoefening" if language == "nl" else "thought experiment") in text
    assert not re.search(r"veroorza|zorgt|leidt tot|door(dat)?\b|causes|leads to|because of", text)
    picture = ET.fromstring(found.picture(language))
    points = next(one for one in picture.iter() if one.tag.endswith("polyline")).get("points", "").split()
    assert len(points) == len(found.table)
    assert number(found.tipping_point, language) in found.picture(language)
    assert "<svg" in found._repr_html_()


def number(value: float, language: str) -> str:
    return f"{value:.2f}".replace(".", "," if language == "nl" else ".")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda data: sensitivity_to_selection(compare(data, "hours", "group")), "not one of the shares"),
        (lambda data: sensitivity_to_selection(mean(data, "hours")), "share of one answer"),
        (lambda data: sensitivity_to_selection(share(data, "safe")), "share of one answer"),
        (lambda data: sensitivity_to_selection(share(data, "safe", code="yes")), "between 0 and 1"),
        (lambda data: sensitivity_to_selection(compare(data, "safe", "group"), against=0.5), "Leave out against="),
    ],
)
def test_what_has_no_tipping_point_is_refused(call: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call(survey())  # type: ignore[operator]


def test_everyone_with_the_same_answer_leaves_nothing_to_turn() -> None:
    rows = pd.DataFrame({"safe": ["yes"] * 20})
    with pytest.raises(InputError, match="nothing to turn"):
        sensitivity_to_selection(share(survey_from_frame(rows), "safe", code="yes"), against=0.5)
