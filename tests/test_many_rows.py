"""Many rows are worked on in blocks and on all processors: the same survey many times over gives the same estimates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.arrays import sorted_order
from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.models.regressing import regress
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.raking import rake

TIMES = 800
MARGINS = {"level": {"mbo": 60.0, "hbo": 40.0}, "region": {"a": 30.0, "b": 30.0, "c": 40.0}}


def small_frame() -> pd.DataFrame:
    random = np.random.default_rng(7)
    rows = 300
    frame = pd.DataFrame(
        {
            "level": pd.Categorical(random.choice(["mbo", "hbo"], rows)),
            "region": pd.Categorical(random.choice(["a", "b", "c"], rows)),
            "answer": random.integers(1, 6, rows).astype(float),
            "hours": random.normal(20, 6, rows),
            "found": random.choice(["no", "yes"], rows),
            "tries": random.poisson(3, rows).astype(float),
            "weight": random.uniform(0.5, 2.0, rows),
        }
    )
    frame.loc[::17, ["answer", "hours"]] = np.nan
    frame.loc[::23, "found"] = None
    return frame


def many_times(frame: pd.DataFrame) -> pd.DataFrame:
    many = pd.concat([frame] * TIMES, ignore_index=True)
    return many.assign(weight=many["weight"] / TIMES)


ESTIMATES: dict[str, Callable[[Survey], pd.DataFrame]] = {
    "share": lambda survey: share(survey, "found", "level").table,
    "mean": lambda survey: mean(survey, "hours", "region").table,
    "mean of a raked survey": lambda survey: mean(rake(survey, MARGINS), "hours").table,
    "linear": lambda survey: regress(survey, "hours", ["tries", "level"]).table,
    "logistic, measured": lambda survey: regress(survey, "found", ["hours", "level"], family="binomial").table,
    "logistic, coded": lambda survey: regress(survey, "found", ["region", "level"], family="binomial").table,
    "Poisson": lambda survey: regress(survey, "tries", ["hours", "level"], family="poisson").table,
}


@pytest.mark.parametrize("name", ESTIMATES)
def test_a_survey_many_times_over_gives_the_same_estimate_and_less_doubt(name: str) -> None:
    frame = small_frame()
    few, many = (ESTIMATES[name](survey_from_frame(each, weights="weight")) for each in (frame, many_times(frame)))
    # Each variance is n / (n - 1) times a sum of squares over rows, and that sum is so many times smaller.
    less = (len(frame) - 1) / (TIMES * len(frame) - 1)
    np.testing.assert_allclose(many["estimate"], few["estimate"], rtol=1e-9)
    np.testing.assert_allclose(many["se"], few["se"] * np.sqrt(less), rtol=1e-9)


def test_raked_weights_of_many_rows_are_those_of_few() -> None:
    frame = small_frame()
    few, many = (
        rake(survey_from_frame(each, weights="weight"), MARGINS).weights for each in (frame, many_times(frame))
    )
    np.testing.assert_allclose(many * TIMES, np.tile(few, TIMES), rtol=1e-12)


def test_a_table_of_many_rows_is_tested_as_that_of_few() -> None:
    frame = small_frame()
    few, many = (
        compare(survey_from_frame(each, weights="weight"), "found", "region", method="rao_scott_f")
        for each in (frame, many_times(frame))
    )
    # An F of Rao and Scott is chi-square over a mean design effect: it grows as the variance shrinks.
    less = (len(frame) - 1) / (TIMES * len(frame) - 1)
    assert many.statistic == pytest.approx(few.statistic / less, rel=1e-9)
    assert many.effect == pytest.approx(few.effect, rel=1e-9)


@pytest.mark.parametrize("step", [1.0, 0.5])
def test_tied_rows_in_blocks_rank_as_in_one_go(step: float) -> None:
    """Ranks as R's svyranktest takes them: weights added up in the order of answer and row, then averaged over ties."""
    random = np.random.default_rng(3)
    rows = 150_000
    frame = pd.DataFrame(
        {
            "group": pd.Categorical(random.choice(["a", "b"], rows)),
            "answer": step * random.integers(1, 8, rows),
            "weight": random.uniform(0.5, 2.0, rows),
        }
    )
    found = compare(survey_from_frame(frame, weights="weight"), "answer", "group", method="wilcoxon")
    w, second = frame["weight"].to_numpy(), (frame["group"] == "b").to_numpy()
    order = np.argsort(frame["answer"], kind="stable")
    middle = pd.Series(np.empty(rows))
    middle[order] = (np.cumsum(w[order]) - w[order] / 2) / w.sum()
    rank = middle.groupby(frame["answer"]).transform("mean").to_numpy()
    means = [np.average(rank[mask], weights=w[mask]) for mask in (~second, second)]
    influence: Any = np.where(second, (rank - means[1]) / w[second].sum(), -(rank - means[0]) / w[~second].sum()) * w
    spread = rows / (rows - 1) * (influence**2).sum()
    assert found.statistic == pytest.approx((means[1] - means[0]) / np.sqrt(spread), rel=1e-9)


def random_values(rows: int = 200_000) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.random.default_rng(3).normal(20, 6, rows)


ORDERED = {
    "all different": random_values(),
    "many tied": random_values().round(),
    # One value far away: then all others share a place in the range, or few places.
    "far apart": np.append(random_values(), 1e18),
    "some near": np.append(random_values(), 1e8),
    "both zeros": np.array([0.0, -0.0, 1.0, -0.0, 0.0]),
    "all the same": np.full(5, 0.1),
    "the widest range": np.array([1.7e308, 0.0, -1.7e308]),
    "the narrowest range": np.array([5e-324, 0.0, 1e-323]),
    "none": np.empty(0),
}


@pytest.mark.parametrize("name", ORDERED)
def test_the_order_of_values_is_the_stable_one(name: str) -> None:
    values = ORDERED[name]
    np.testing.assert_array_equal(sorted_order(values), np.argsort(values, kind="stable"))


@pytest.mark.parametrize("decimals", [1, 9])
def test_a_rank_test_in_blocks_is_that_of_few_rows(decimals: int) -> None:
    # With one decimal answers are tied, and too many for a table; four times as many rows are more than one block.
    random = np.random.default_rng(4)
    frame = pd.DataFrame(
        {"group": np.tile(["a", "b"], 10_000), "hours": random.normal(500, 200, 20_000).round(decimals)}
    )
    weights = random.uniform(0.5, 2.0, len(frame))
    four = pd.concat([frame.assign(w=weights / 4)] * 4)
    few, many = (
        compare(survey_from_frame(each, weights="w"), "hours", "group", method="wilcoxon", ties="weighted")
        for each in (frame.assign(w=weights), four)
    )
    assert many.effect == pytest.approx(few.effect, rel=1e-12)
    less = (len(frame) - 1) / (len(four) - 1)
    assert many.statistic == pytest.approx(few.statistic / np.sqrt(less), rel=1e-9)
