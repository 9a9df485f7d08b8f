"""Tests of several estimates at once, and estimates made of others, from their covariance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from stagekansen_lib.comparison.corrections import adjust_p_values
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.waves.points import POWER_QUANTILES

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["Made", "WaldTest", "combined", "contrast", "holm", "wald_test"]


@dataclass(frozen=True)
class Made:
    """An estimate made of others.

    Parameters
    ----------
    estimate, se, ci_low, ci_high, p_value, df : with a t interval; the p value tests nought.
    smallest_detectable : the size that is found in 8 of 10 tries.
    """

    estimate: float
    se: float
    df: float
    ci_low: float
    ci_high: float
    p_value: float
    smallest_detectable: float


@dataclass(frozen=True)
class WaldTest:
    """A test of several estimates at once.

    Parameters
    ----------
    chisq, df, p_chisq : for many clusters.
    F, ddf, p_value : with the degrees of freedom of the design. NaN where an estimate has no spread at all.
    """

    chisq: float
    df: int
    p_chisq: float
    F: float
    ddf: float
    p_value: float


def combined(estimate: float, se: float, df: float, ci_level: float = 0.95) -> Made:
    """The interval and the p value of an estimate with its standard error."""
    half = t_quantile(ci_level, df) * se
    p_value = float(2 * stats.t.sf(abs(estimate) / se, df)) if se > 0 and df > 0 else math.nan
    return Made(estimate, se, df, estimate - half, estimate + half, p_value, POWER_QUANTILES * se)


def contrast(values: Floats, covariance: Floats, weights: Floats, df: float, ci_level: float = 0.95) -> Made:
    """A weighted sum of estimates."""
    variance = float(weights @ covariance @ weights)
    return combined(float(weights @ values), math.sqrt(max(variance, 0.0)), df, ci_level)


def holm(p_values: list[float]) -> list[float]:
    """P values corrected for their number by Holm's method; one that is not known stays so and counts for nothing."""
    known = [value for value in p_values if math.isfinite(value)]
    corrected = iter(adjust_p_values(known)) if known else iter(())
    return [next(corrected) if math.isfinite(value) else math.nan for value in p_values]


def wald_test(values: Floats, covariance: Floats, matrix: Floats, df: float) -> WaldTest:
    """Whether all rows of ``matrix`` times the estimates are nought."""
    moved, rank = matrix @ values, len(matrix)
    spread = matrix @ covariance @ matrix.T
    if np.linalg.matrix_rank(spread) != rank:
        return WaldTest(math.nan, rank, math.nan, math.nan, df, math.nan)
    statistic = float(moved @ np.linalg.solve(spread, moved))
    return WaldTest(
        statistic, rank, float(stats.chi2.sf(statistic, rank)), statistic / rank, df,
        float(stats.f.sf(statistic / rank, rank, df)),
    )  # fmt: skip
