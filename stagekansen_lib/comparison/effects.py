"""Sizes of effects with their intervals, and the smallest effect that would be found."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special, stats

from stagekansen_lib.comparison.cases import Case
from stagekansen_lib.comparison.results import Size
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.intervals import share_interval, t_quantile
from stagekansen_lib.estimation.share_differences import ShareLimits, square_and_add
from stagekansen_lib.estimation.tables import EstimateTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Floats


__all__ = [
    "FEW",
    "FEW_EXPECTED",
    "detectable_gap",
    "eta_squared",
    "eta_squared_size",
    "few_expected",
    "logit_limits",
    "noncentral_interval",
    "share_difference_p",
    "share_effect",
    "within_sd",
]


# In groups below this number of answers no test that leans on large samples is any good. Tables of answers also need
# this expected number in each cell (Cochran 1954, doi:10.2307/3001616).
FEW = 10

FEW_EXPECTED = 5

_POWER = 0.8

# Where fewer than this number gave an answer, or did not, its estimated design effect rests on those few and is often
# far too small: Kish's is then the least that is believed (simulated, benchmarks/README.md). So it is where weights
# make all of them worth fewer: one weight of a million speaks for everyone and differs from nobody.
_FEW_TO_ESTIMATE = 30

# No p value from an interval is smaller than this.
_SMALLEST_P = 1e-12


def noncentral_interval(x: float, df: float, ci_level: float) -> tuple[float, float, float]:
    """Interval of the noncentrality of a chi-square from one value, and the one that is found with a chance of 80%."""
    tail = (1 - ci_level) / 2

    def limit(probability: float) -> float:
        if stats.chi2.sf(x, df) >= probability:
            return 0.0
        high = max(x, 1.0)
        while stats.ncx2.sf(x, df, high) < probability:
            high *= 2
        return float(optimize.brentq(lambda nc: stats.ncx2.sf(x, df, nc) - probability, 1e-12, high))

    border = float(stats.chi2.isf(1 - ci_level, df))
    enough = float(optimize.brentq(lambda nc: stats.ncx2.sf(border, df, nc) - _POWER, 1e-9, 1000))
    return limit(tail), limit(1 - tail), enough


def few_expected(counts: NDArray[np.intp]) -> float:
    """The smallest expected number of answers in a cell of the table; NaN when it is enough, or a group is small."""
    expected = float((counts.sum(axis=1)[:, None] * counts.sum(axis=0) / counts.sum()).min())
    return expected if expected < FEW_EXPECTED and counts.sum(axis=0).min() >= FEW else math.nan


def logit_limits(share: float, error: float, df: float, ci_level: float) -> tuple[float, float]:
    """Limits of a probability on the logit scale; 0 to 1 where that has none."""
    if not (0 < share < 1 and error > 0):
        return 0.0, 1.0
    middle = math.log(share / (1 - share))
    half = t_quantile(ci_level, df) * error / (share * (1 - share))
    return float(special.expit(middle - half)), float(special.expit(middle + half))


def detectable_gap(error: float, df: float, ci_level: float) -> float:
    """The difference that a two-sided test finds with a chance of 80%, given its standard error."""
    return (t_quantile(ci_level, df) + float(stats.t.ppf(_POWER, df))) * error


def share_effect(groups: EstimateTable, name: str, ci_level: float) -> Size:
    """Effect of two shares with its interval, from their joint covariance."""
    first, second = (float(value) for value in groups.table["estimate"])
    v = groups.covariance
    degrees = max(groups.df - 1, 0)
    quantile = t_quantile(ci_level, degrees)
    if name == "difference_in_shares":
        low, high = _share_difference(groups, ci_level)
        error = (high - low) / 2 / quantile
        return Size(second - first, low, high, min(detectable_gap(error, degrees, ci_level), 1.0))
    if not (0 < first < 1 and 0 < second < 1):
        said = f"The effect '{name}' needs shares between 0 and 1."
        raise InputError(Problem(said, do="Use effect='difference_in_shares'."))
    odds = name == "odds_ratio"
    slopes = np.array([-1 / (first * (1 - first)), 1 / (second * (1 - second))] if odds else [-1 / first, 1 / second])
    error = math.sqrt(float(slopes @ v @ slopes))
    log = math.log(second / first) - (math.log((1 - second) / (1 - first)) if odds else 0.0)
    return Size(
        math.exp(log),
        math.exp(log - quantile * error),
        math.exp(log + quantile * error),
        math.exp(detectable_gap(error, degrees, ci_level)),
    )


def share_difference_p(groups: EstimateTable) -> float:
    """The p value that belongs to the interval of a difference of two shares: 1 minus the level at which it meets 0."""
    first, second = (float(value) for value in groups.table["estimate"])
    side = 0 if second > first else 1

    def beyond(log_p: float) -> float:
        limit = _share_difference(groups, 1 - math.exp(log_p))[side]
        return limit if side == 0 else -limit

    least, most = math.log(_SMALLEST_P), math.log(1 - 1e-6)
    if first == second or not beyond(most) > 0:
        return 1.0
    if beyond(least) > 0:
        return _SMALLEST_P
    return math.exp(float(optimize.brentq(beyond, least, most, xtol=1e-10)))


def _share_difference(groups: EstimateTable, ci_level: float) -> tuple[float, float]:
    """Limits of the second share minus the first, from the Korn-Graubard limits of each.

    A symmetric interval takes a group of which nobody or everybody gave the answer for one that is known.
    """
    v = groups.covariance
    if not t_quantile(ci_level, groups.df - 1) > 0:
        return math.nan, math.nan
    correlation = v[0, 1] / math.sqrt(v[0, 0] * v[1, 1]) if min(v[0, 0], v[1, 1]) > 0 else 0.0
    first, second = (_share_limits(groups, at, ci_level) for at in (0, 1))
    return square_and_add(first, second, float(correlation))


def _share_limits(groups: EstimateTable, at: int, ci_level: float) -> ShareLimits:
    """Korn and Graubard's limits of the share of one group, for as many answers as the design makes it worth."""
    row, basis = groups.table.iloc[at], groups.basis.iloc[at]
    share, n, count = float(row["estimate"]), int(row["n"]), int(basis["count"])
    variance, df, kish = float(groups.covariance[at, at]), float(basis["df"]), float(basis["kish_n"])
    if not df > 0:  # one cluster: what it says of others is unknown, and its variance is none
        df, variance = groups.df - 1, 0.0
    few = min(count, n - count, kish) < _FEW_TO_ESTIMATE
    simple = share * (1 - share) / kish
    if 0 < share < 1 and (few or not basis["df"] > 0):
        variance = max(variance, simple)
    return ShareLimits(share, *share_interval("beta", share, variance, n, df, ci_level, kish))


def _within(case: Case, values: Floats) -> tuple[float, float]:
    """Weighted sums of squares within groups and in all, over the sum of weights."""
    used = case.used
    w, y, g = case.survey.design.row_weights[used], values[used], case.groups[used]
    weight = np.bincount(g, w)
    middle = np.bincount(g, w * y) / weight
    whole = float(w @ (y - (w @ y) / w.sum()) ** 2) / w.sum()
    return float(w @ (y - middle[g]) ** 2) / w.sum(), whole


def within_sd(case: Case, values: Floats) -> float:
    """The standard deviation within groups."""
    return math.sqrt(_within(case, values)[0] * case.n / (case.n - case.number))


def eta_squared(case: Case, values: Floats) -> float:
    """The part of the variance that goes together with the groups."""
    within, whole = _within(case, values)
    return 1 - within / whole


def eta_squared_size(eta: float, wald: float, df: float, ci_level: float) -> Size:
    """Eta squared with the interval that belongs to its chi-square statistic."""
    low, high, enough = noncentral_interval(wald, df, ci_level)
    scale = eta / max(wald, float(stats.chi2.isf(1 - ci_level, df)) * 1e-6)
    return Size(eta, low * scale, min(high * scale, 1.0), min(enough * scale, 1.0))
