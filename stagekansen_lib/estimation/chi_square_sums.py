"""Wald's statistic, and the upper tail of a weighted sum of chi-square variables, exact or by saddlepoint.

Sources: Farebrother (1984), doi:10.2307/2347721 (exact series); Kuonen (1999), doi:10.1093/biomet/86.4.929.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import optimize, stats

from stagekansen_lib.errors import InputError, Problem

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["exact_tail", "saddlepoint_tail", "satterthwaite_tail", "wald_statistic"]

# Terms of the series before it counts as not converging; the weights of a Rao-Scott test are far from needing them.
_MOST_TERMS = 20_000


def wald_statistic(gaps: Floats, covariance: Floats) -> float:
    """The squared length of gaps in units of their covariance.

    Raises
    ------
    InputError : the covariance is singular: some gap follows from the others, or has no variance.
    """
    error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    known = bool((error > 0).all() and np.isfinite(covariance).all())
    # On the scale of correlations rounding leaves about 1e-16 where there is nothing.
    correlation = covariance / np.outer(error, error) if known else covariance
    if not known or np.linalg.matrix_rank(correlation, tol=1e-10 * len(gaps), hermitian=True) < len(gaps):
        raise InputError(
            Problem(
                "The covariance matrix of the differences is singular: there are too few clusters, or an answer "
                "belongs to one group only.",
                do="Merge groups or answers, or compare fewer of them.",
            )
        )
    scaled = gaps / error
    return float(scaled @ np.linalg.solve(correlation, scaled))


def satterthwaite_tail(x: float, weights: Floats, denominator_df: float = math.inf) -> float:
    """Upper tail from one scaled chi-square (or F) with the same mean and variance."""
    mean, spread = float(np.mean(weights)), float(np.mean(weights**2))
    scale = spread / mean
    df = len(weights) * mean**2 / spread
    if math.isinf(denominator_df):
        return float(stats.chi2.sf(x / scale, df))
    return float(stats.f.sf(x / scale / df, df, denominator_df))


def saddlepoint_tail(x: float, weights: Floats, denominator_df: float = math.inf) -> float:
    """Upper tail by the saddlepoint approximation of Lugannani and Rice, as R's ``pchisqsum`` and ``pFsum``.

    With ``denominator_df`` the sum is divided by a chi-square over its degrees of freedom: the chance that the sum
    minus ``x`` times that one is above zero. Right at the mean the formula divides zero by zero, and
    Satterthwaite's value stands in.
    """
    if math.isinf(denominator_df):
        all_weights, repeats, at = weights, np.ones(len(weights)), x
    else:
        all_weights = np.append(weights, -x / denominator_df)
        repeats, at = np.append(np.ones(len(weights)), math.floor(denominator_df + 1e-9)), 0.0  # whole, as in R
    largest = float(all_weights.max())
    scaled, at = all_weights / largest, at / largest

    def slope(zeta: float) -> float:
        return float((repeats * scaled / (1 - 2 * zeta * scaled)).sum() - at)

    negative = scaled[scaled < 0]
    edge = float((1 / (2 * negative)).max()) if len(negative) else -len(scaled) / at - 1
    low, high = edge * (1 - 1e-6), 0.5 * (1 - 1e-6)
    while slope(high) < 0:
        high = 0.5 - (0.5 - high) / 10
    while slope(low) > 0:
        low = edge - (edge - low) / 10
    zeta = optimize.brentq(slope, low, high, xtol=1e-14)
    if abs(zeta) < 1e-4:
        return satterthwaite_tail(x, weights, denominator_df)
    cumulant = -float((repeats * np.log(1 - 2 * zeta * scaled)).sum()) / 2
    root = math.copysign(math.sqrt(2 * (zeta * at - cumulant)), zeta)
    bend = zeta * math.sqrt(2 * float((repeats * scaled**2 / (1 - 2 * zeta * scaled) ** 2).sum()))
    return float(stats.norm.sf(root + math.log(bend / root) / root))


def exact_tail(x: float, weights: Floats, denominator_df: float = math.inf) -> float:
    """Upper tail of the sum of ``weights`` times independent chi-squares with one degree of freedom each.

    With ``denominator_df`` the sum is divided by a chi-square over its degrees of freedom. A mixture of chi-squares
    (or F) with n, n + 2, n + 4, ... degrees of freedom over the smallest weight: all terms are positive, so that
    small tails keep their relative precision.
    """
    weights = np.asarray(weights, dtype=float)
    weights = weights[weights > weights.max() * 1e-10]
    smallest, n = float(weights.min()), len(weights)

    def one(df: Any) -> Any:
        if math.isinf(denominator_df):
            return stats.chi2.sf(x / smallest, df)
        return stats.f.sf(x / smallest / df, df, denominator_df)

    if np.allclose(weights, smallest, rtol=1e-12):
        return float(one(n))
    rest = 1 - smallest / weights
    mixture, powers = np.zeros(_MOST_TERMS), np.zeros(_MOST_TERMS)
    mixture[0] = covered = math.exp(0.5 * float(np.log(smallest / weights).sum()))
    current = np.ones(n)
    for term in range(1, _MOST_TERMS):
        current = current * rest
        powers[term] = 0.5 * current.sum()
        mixture[term] = powers[1 : term + 1][::-1] @ mixture[:term] / term
        covered += mixture[term]
        # What is not covered can add at most itself to the tail.
        if 1 - covered <= 1e-10 * (covered - 1 + one(n)) or 1 - covered < 1e-15:
            break
    used = mixture[: term + 1]
    return float(min(used @ one(n + 2 * np.arange(term + 1)), 1.0))
