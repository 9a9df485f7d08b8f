"""Design-based rank tests, and the probability of superiority.

Source: Lumley and Scott (2013), doi:10.1093/biomet/ast039. Agrees with R's ``svyranktest``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats

from stagekansen_lib.designs import Design
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.variance import (
    class_covariance,
    linearised_covariance,
    replicate_covariance,
    replicate_estimates,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["RANK_METHODS", "RankTest", "rank_test", "superiority"]

RANK_METHODS = ("wilcoxon", "van_der_waerden", "median", "kruskal_wallis")
Ties = Literal["weighted", "unweighted"]

# Up to this many different answers (times groups) sums over answers stand for sums over rows.
_CODED = 5_000


@dataclass(frozen=True)
class RankTest:
    """A t (two groups) or chi-square statistic with its degrees of freedom."""

    statistic: float
    df: float
    df_denominator: float
    p_value: float
    rank_eta_squared: float


def rank_test(
    design: Design, values: Floats, groups: Integers, number: int, df: float, method: str, ties: Ties
) -> RankTest:
    """Compare mean rank scores of groups; ``groups`` is -1 for rows that are left out."""
    used = groups >= 0
    w, g = design.row_weights[used], groups[used]
    level, levels = answer_levels(values[used])
    ranks = estimated_ranks(level, levels, w, ties)
    scores = _scores(ranks, method)
    weight = np.bincount(g, w, minlength=number)
    score = scores[level]
    means = np.bincount(g, w * score, minlength=number) / weight
    residual = score - means[g]
    gaps = means[1:] - means[0]
    contrast = np.hstack([-np.ones((number - 1, 1)), np.eye(number - 1)])
    if levels * number <= _CODED and design.replicates is None:
        classes = np.full(len(groups), -1, dtype=np.intp)
        classes[used] = level * number + g
        gives = np.zeros((levels * number, number))
        for at in range(number):
            gives[at::number, at] = (scores - means[at]) / weight[at]
        spread = class_covariance(design, classes, gives @ contrast.T)
    else:
        influence = np.zeros((len(groups), number - 1))
        influence[used] = (w * residual / weight[g])[:, None] * contrast[:, g].T
        spread = linear_covariance(design, influence)
    whole = float(w @ (score - (w @ score) / w.sum()) ** 2)
    eta = 1 - float(w @ residual**2) / whole if whole > 0 else 0.0
    denominator = df - (number - 1)
    if not denominator > 0 or not np.diag(spread).min() > 0:
        raise InputError(
            Problem(
                "There are too few clusters, or no differences between answers within groups, for a rank test.",
                do="Merge groups, or show the estimates without a test.",
            )
        )
    if number == 2:
        t = float(gaps[0] / math.sqrt(spread[0, 0]))
        return RankTest(t, denominator, math.nan, float(2 * stats.t.sf(abs(t), denominator)), eta)
    chi = float(gaps @ np.linalg.solve(spread, gaps))
    p_value = float(stats.f.sf(chi / (number - 1), number - 1, denominator))
    return RankTest(chi, number - 1, denominator, p_value, eta)


def linear_covariance(design: Design, influence: Floats) -> Floats:
    """Covariance of totals of an influence, with the engine of the design."""
    if design.replicates is None:
        return linearised_covariance(design, influence)
    weights = design.row_weights
    per_unit = np.divide(influence, weights[:, None], out=np.zeros_like(influence), where=weights[:, None] > 0)
    estimates = replicate_estimates(design, lambda block: block.T @ per_unit)
    return replicate_covariance(design, estimates, influence.sum(axis=0))


def answer_levels(values: Floats) -> tuple[Integers, int]:
    """The place of each answer among the different answers, and how many there are."""
    low, high = values.min(), values.max()
    if high - low < _CODED and (values == np.floor(values)).all():
        codes = (values - low).astype(np.intp)
        present = np.bincount(codes) > 0
        if present.all():
            return codes, len(present)
        return (np.cumsum(present) - 1)[codes], int(present.sum())
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    level = np.empty(len(values), dtype=np.intp)
    level[order] = np.cumsum(np.concatenate([[False], ordered[1:] != ordered[:-1]]))
    return level, int(level.max()) + 1


def estimated_ranks(level: Integers, levels: int, weights: Floats, ties: Ties) -> Floats:
    """For each different answer the estimated share of the population below it, ties in the middle.

    ``ties="unweighted"`` averages tied rows as R does, which depends on the order of the rows when their weights
    differ; "weighted" does not.
    """
    if ties == "weighted" or levels == len(level):
        tied = np.bincount(level, weights, minlength=levels)
        return np.asarray((np.cumsum(tied) - tied / 2) / weights.sum())
    order = np.argsort(level, kind="stable")
    middle = np.cumsum(weights[order]) - weights[order] / 2
    mean = np.bincount(level[order], middle, minlength=levels) / np.bincount(level, minlength=levels)
    return np.asarray(mean / weights.sum())


def _scores(ranks: Floats, method: str) -> Floats:
    if method == "van_der_waerden":
        return np.asarray(stats.norm.ppf(ranks))
    if method == "median":
        return (ranks > 0.5).astype(float)
    return ranks


def superiority(design: Design, values: Floats, groups: Integers) -> tuple[float, float]:
    """The probability that someone of the second group has the higher answer (ties count half), and its variance."""
    used = groups >= 0
    w, g = design.row_weights[used], groups[used]
    level, number = answer_levels(values[used])
    size = np.array([w[g == 0].sum(), w[g == 1].sum()])
    counts = np.vstack([np.bincount(level[g == at], w[g == at], minlength=number) for at in (0, 1)]) / size[:, None]
    below = np.cumsum(counts, axis=1) - counts / 2
    probability = float(counts[1] @ below[0])
    own = np.where(g == 1, below[0][level], 1 - below[1][level])
    if 2 * number <= _CODED and design.replicates is None:
        classes = np.full(len(groups), -1, dtype=np.intp)
        classes[used] = 2 * level + g
        gives = np.empty((2 * number, 1))
        gives[0::2, 0] = (1 - below[1] - probability) / size[0]
        gives[1::2, 0] = (below[0] - probability) / size[1]
        return probability, float(class_covariance(design, classes, gives)[0, 0])
    influence = np.zeros((len(groups), 1))
    influence[used, 0] = w * (own - probability) / size[g]
    return probability, float(linear_covariance(design, influence)[0, 0])
