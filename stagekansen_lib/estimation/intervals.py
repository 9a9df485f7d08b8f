"""Intervals for shares in samples with a design, as R's ``svyciprop`` makes them.

Sources: Korn and Graubard (1998), Survey Methodology 24, 193-201 (beta); Dean and Pagano (2015),
doi:10.1093/jssam/smv024, for a comparison.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special, stats

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["SHARE_INTERVALS", "share_interval", "t_quantile", "wilson_limits"]

SHARE_INTERVALS = ("logit", "beta", "xlogit", "likelihood", "wald", "asin")


# R gives up on a profile after this many steps to a side.
_PROFILE_STEPS = 10


def t_quantile(ci_level: float, df: float) -> float:
    """The two-sided quantile of t; the normal quantile when ``df`` is infinite; NaN without degrees of freedom."""
    if not df > 0:
        return math.nan
    return float(stats.t.isf((1 - ci_level) / 2, df))


def wilson_limits(share: float, n: float, ci_level: float) -> tuple[float, float]:
    """Wilson's limits of a share of n independent answers (1927), doi:10.1080/01621459.1927.10502953."""
    z = float(stats.norm.isf((1 - ci_level) / 2))
    middle, half = share + z**2 / (2 * n), z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


def share_interval(
    method: str, share: float, variance: float, n: int, df: float, ci_level: float, kish_n: float
) -> tuple[float, float]:
    """Low and high limit of a share, 0 to 1.

    A share of exactly 0 or 1 has no estimated variance: every method then gives the exact binomial limits for the
    effective number of answers (Kish), corrected for the degrees of freedom.
    """
    quantile = t_quantile(ci_level, df)
    if not math.isfinite(quantile):
        return math.nan, math.nan
    if share <= 0 or share >= 1 or variance <= 0:
        if 0 < share < 1:  # a wholly sampled population: nothing is uncertain
            return share, share
        return _beta(share, kish_n, n, df, ci_level)
    error = math.sqrt(variance)
    if method == "wald":
        return share - quantile * error, share + quantile * error
    if method == "beta":
        return _beta(share, share * (1 - share) / variance, n, df, ci_level)
    if method == "asin":
        middle, half = math.asin(math.sqrt(share)), quantile * error / (2 * math.sqrt(share * (1 - share)))
        return math.sin(middle - half) ** 2, math.sin(middle + half) ** 2
    if method == "likelihood":
        return _likelihood(share, variance, n, quantile)
    middle, half = math.log(share / (1 - share)), quantile * error / (share * (1 - share))
    return 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle))


def _beta(share: float, effective_n: float, n: int, df: float, ci_level: float) -> tuple[float, float]:
    tail = (1 - ci_level) / 2
    if n > 1:
        effective_n *= (stats.t.isf(tail, n - 1) / stats.t.isf(tail, df)) ** 2
    yes, no = effective_n * share, effective_n * (1 - share)
    low = 0.0 if share <= 0 else float(stats.beta.ppf(tail, yes, no + 1))
    high = 1.0 if share >= 1 else float(stats.beta.isf(tail, yes + 1, no))
    return low, high


def _likelihood(share: float, variance: float, n: int, quantile: float) -> tuple[float, float]:
    """Limits at which the binomial deviance, scaled to the design-based variance, reaches the quantile squared.

    As R finds them: the signed root of the deviance at a few logits, a cubic spline through these, and straight lines
    between three times as many points of the spline. That is up to 1e-4 off the exact limits.
    """
    middle = math.log(share / (1 - share))
    error = math.sqrt(variance) / (share * (1 - share))
    cut = quantile * error * math.sqrt(n * share * (1 - share))
    dispersion = n / (n - 1)

    def root(logit: float) -> float:
        chance = 1 / (1 + math.exp(-logit))
        gap = special.rel_entr(share, chance) + special.rel_entr(1 - share, 1 - chance)
        return math.copysign(math.sqrt(max(2 * n * gap / dispersion, 0.0)), logit - middle)

    reach = math.sqrt(float(stats.f.isf(stats.norm.sf(cut) / 2, 1, n - 1)))
    logits = [middle]
    for side in (-1, 1):
        for step in range(1, _PROFILE_STEPS):
            logits.append(middle + side * step * reach / 5 * error)
            if abs(root(logits[-1])) >= reach:
                break
    x = np.sort(logits)
    y = np.array([0.0 if at == middle else root(at) for at in x])
    fine = np.linspace(x[0], x[-1], 3 * len(x))
    low, high = np.interp([-cut, cut], _spline(x, y, fine), fine)
    return 1 / (1 + math.exp(-low)), 1 / (1 + math.exp(-high))


def _spline(x: Floats, y: Floats, at: Floats) -> Floats:
    """Cubic spline whose third derivatives at the ends are those of cubics through the last four points.

    Forsythe, Malcolm and Moler (1977), "Computer Methods for Mathematical Computations", the rule of R's ``spline``.
    """
    n, h = len(x), np.diff(x)
    slope = np.diff(y) / h
    second = np.diff(slope) / (x[2:] - x[:-2])
    third = np.diff(second) / (x[3:] - x[:-3])
    matrix, right = np.zeros((n, n)), np.zeros(n)
    for i in range(1, n - 1):
        matrix[i, i - 1 : i + 2] = h[i - 1], 2 * (h[i - 1] + h[i]), h[i]
        right[i] = slope[i] - slope[i - 1]
    matrix[0, :2], right[0] = (-1, 1), h[0] * third[0]
    matrix[-1, -2:], right[-1] = (-1, 1), h[-1] * third[-1]
    c = np.linalg.solve(matrix, right)
    k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, n - 2)
    u = at - x[k]
    linear = slope[k] - h[k] * (c[k + 1] + 2 * c[k])
    return np.asarray(y[k] + u * (linear + u * (3 * c[k] + u * (c[k + 1] - c[k]) / h[k])))
