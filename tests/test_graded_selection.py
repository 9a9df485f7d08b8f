"""Sensitivity of means and ordered answers to self-selection, against closed forms and populations that choose."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.comparison.graded_selection import sensitivity_to_graded_selection
from stagekansen_lib.comparison.sensitivity import sensitivity_to_selection
from stagekansen_lib.errors import InputError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey


def normal(shift: float = 0.4, n: int = 4000) -> Survey:
    """Two groups of normal numbers, drawn evenly so that their tails are those of the distribution."""
    even = stats.norm.ppf((np.arange(n) + 0.5) / n)
    frame = pd.DataFrame({"g": np.repeat(["a", "b"], n), "y": np.concatenate([even, even + shift])})
    return survey_from_frame(frame)


def test_normal_numbers_turn_at_the_exponential_of_their_gap_in_deviations() -> None:
    data = normal()
    found = sensitivity_to_graded_selection(data, compare(data, "y", "g"))
    deviation = float(np.sqrt(np.var(data.rows["y"])))
    # Within a group the deviation is 1: a tilt of g moves its mean by g over the deviation of everyone.
    assert found.tipping_point == pytest.approx(math.exp(0.4 * deviation), rel=0.01)
    assert found.tipping_point_both == pytest.approx(math.sqrt(found.tipping_point), rel=0.01)
    assert 1 < found.tipping_point_limit < found.tipping_point
    alone = sensitivity_to_graded_selection(data, mean(data, "y"), against=0.0)
    assert alone.tipping_point_both is None
    assert alone.tipping_point == pytest.approx(math.exp(0.2 / deviation), rel=0.02)


def test_of_two_ordered_answers_the_turn_is_the_odds_of_a_share() -> None:
    answers = [1] * 30 + [0] * 70 + [1] * 60 + [0] * 40
    frame = pd.DataFrame({"g": np.repeat(["a", "b"], 100), "y": pd.Categorical(answers, ordered=True)})
    data = survey_from_frame(frame)
    graded = sensitivity_to_graded_selection(data, compare(data, "y", "g", method="wilcoxon"))
    plain = sensitivity_to_selection(compare(data, "y", "g", method="rao_scott_f", code=1))
    assert graded.unit == "step"
    assert graded.tipping_point == pytest.approx(plain.tipping_point, rel=1e-6)
    assert graded.tipping_point_both == pytest.approx(plain.tipping_point_both, rel=1e-6)


def test_people_who_choose_that_strongly_make_a_difference_that_is_not_there() -> None:
    rng = np.random.default_rng(3)
    scale = rng.integers(1, 6, 60_000)
    group = rng.choice(["a", "b"], 60_000)
    chance = 0.05 * np.where(group == "b", 1.3 ** (scale - 1.0), 1.0)
    took_part = rng.uniform(size=60_000) < chance
    frame = pd.DataFrame({"g": group, "scale": pd.Categorical(scale, ordered=True)})[took_part]
    data = survey_from_frame(frame.reset_index(drop=True))
    compared = compare(data, "scale", "g")
    assert compared.p_value < 0.001
    found = sensitivity_to_graded_selection(data, compared)
    assert found.tipping_point == pytest.approx(1.3, rel=0.06)


@pytest.mark.parametrize("shift", [0.4, -0.4])
@pytest.mark.parametrize(("language", "words"), [("nl", "verdwijnt als studenten"), ("en", "disappears if students")])
def test_a_sentence_says_in_which_group_and_for_each_what(shift: float, language: str, words: str) -> None:
    data = normal(shift, 200)
    text = sensitivity_to_graded_selection(data, compare(data, "y", "g")).sentence(language)
    assert words in text
    high = text.index("g (b)") < text.index("g (a)")
    assert high == (shift > 0)
    assert "{" not in text
    below = sensitivity_to_graded_selection(data, mean(data, "y"), against=1.0)
    assert ("lager" if language == "nl" else "lower") in below.sentence(language)
    assert "times" in repr(below)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda data: sensitivity_to_graded_selection(data, mean(data, "y")), "against is None"),
        (lambda data: sensitivity_to_graded_selection(data, mean(data, "y"), against=99), "No self-selection"),
        (lambda data: sensitivity_to_graded_selection(data, mean(data, "y", "g"), against=0), "mean of everyone"),
        (lambda data: sensitivity_to_graded_selection(data, compare(data, "y", "g"), against=0), "groups are equal"),
        (lambda data: sensitivity_to_graded_selection(data, share(data, "g")), "mean of everyone"),
        (lambda data: sensitivity_to_graded_selection(data, 3), "found is 3"),
        (lambda data: sensitivity_to_graded_selection(normal(n=50), compare(data, "y", "g")), "another survey"),
        (
            lambda data: sensitivity_to_graded_selection(data, compare(data, "h", "g", code=1)),
            "sensitivity_to_selection",
        ),
    ],
)
def test_what_has_no_graded_turn_is_refused(call: Any, message: str) -> None:
    data = normal(n=200)
    wider = survey_from_frame(data.rows.assign(h=np.resize(["0", "1", "1"], 400)))
    wider = survey_from_frame(wider.rows.assign(h=np.resize([0, 1, 1], 400)).astype({"h": "category"}))
    with pytest.raises(InputError, match=message):
        call(wider)
