"""Design-based rank tests, and the probability of superiority.

Source: Lumley and Scott (2013), doi:10.1093/biomet/ast039. Agrees with R's ``svyranktest``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from stagekansen_lib.arrays import row_blocks, sorted_order
from stagekansen_lib.comparison.cases import Asked, Case, Ties
from stagekansen_lib.comparison.effects import detectable_gap, eta_squared_size, logit_limits
from stagekansen_lib.comparison.outcomes import (
    Effect,
    TestResult,
    check_effect,
    group_outcomes,
    make_comparison,
    ordered_values,
)
from stagekansen_lib.comparison.results import Comparison, Size
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.chi_square_sums import wald_statistic
from stagekansen_lib.estimation.replicates import replicate_covariance, replicate_estimates
from stagekansen_lib.estimation.variance import class_covariance, spread_out
from stagekansen_lib.surveys.designs import Design, degrees_of_freedom
from stagekansen_lib.surveys.encoding import few_levels

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers


__all__ = [
    "RANK_METHODS",
    "Answers",
    "RankTest",
    "compare_ranks",
    "make_answers",
    "rank_test",
    "superiority",
    "superiority_size",
]


RANK_METHODS = ("wilcoxon", "van_der_waerden", "median", "kruskal_wallis")

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


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers of those who are compared: place of each among the different answers, group, and weight.

    ``order`` has the rows of ``level``, ``group`` and ``weights``; None when these are all rows. ``classes`` is the
    answer times the groups plus the group, -1 for rows left out, and ``table`` the weight of each. Where there are too
    many different answers for a table both are None, and the rows stand in the order of their answers.
    """

    design: Design
    groups: Integers
    order: Integers | None
    level: Integers
    levels: int
    group: Integers
    weights: Floats
    number: int
    classes: Integers | None
    table: Floats | None


def make_answers(design: Design, values: Floats, groups: Integers, number: int) -> Answers:
    """The answers of ``number`` groups; ``groups`` is -1 for rows that are left out."""
    used = groups >= 0
    rows = None if used.all() else np.flatnonzero(used)
    level, levels, order = _levels(values if rows is None else values[used], number)
    if order is not None:
        rows = order if rows is None else rows[order]
    group = groups if rows is None else groups[rows]
    weights = design.row_weights if rows is None else design.row_weights[rows]
    if levels * number > _CODED:
        return Answers(design, groups, rows, level, levels, group, weights, number, None, None)
    classes, table = _cross_table(level, levels, group, weights, number)
    if rows is not None:
        classes = spread_out(classes, rows, np.full(len(groups), -1, dtype=np.intp))
    return Answers(design, groups, rows, level, levels, group, weights, number, classes, table)


def _levels(values: Floats, number: int) -> tuple[Integers, int, Integers | None]:
    """The place of each answer among the different ones, how many there are, and the order of the rows.

    The order is None where the places stand in the order of the rows; else they stand in that of the answers.
    """
    coded = few_levels(values)
    if coded is not None:
        return coded[0], len(coded[1]), None
    # In the order of the answers all sums run along memory, which is most of the speed.
    order = sorted_order(values)
    ordered = values[order]
    level = np.zeros(len(ordered), dtype=np.intp)
    np.cumsum(ordered[1:] != ordered[:-1], out=level[1:])
    levels = int(level[-1]) + 1
    if levels * number > _CODED:
        return level, levels, order
    return spread_out(level, order, np.empty_like(level)), levels, None


def _cross_table(
    level: Integers, levels: int, group: Integers, weights: Floats, number: int
) -> tuple[Integers, Floats]:
    """The class of each row, answer times the groups plus the group, and the weight of each answer in each group."""
    classes, added = np.empty(len(level), dtype=np.intp), np.zeros(levels * number)
    for at in row_blocks(len(level), len(added)):
        classes[at] = level[at] * number + group[at]
        added += np.bincount(classes[at], weights[at], minlength=len(added))
    return classes, added.reshape(levels, number)


def rank_test(answers: Answers, df: float, method: str, ties: Ties) -> RankTest:
    """Compare mean rank scores of groups."""
    number = answers.number
    scores = _scores(_ranks(answers, ties), method)
    contrast = np.hstack([-np.ones((number - 1, 1)), np.eye(number - 1)])
    found = _mean_scores(answers, scores)
    gaps = found.means[1:] - found.means[0]
    spread = _score_covariance(answers, scores, found, contrast)
    eta = 1 - found.within / found.whole if found.whole > 0 else 0.0
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
    chi = wald_statistic(gaps, spread)
    p_value = float(stats.f.sf(chi / (number - 1), number - 1, denominator))
    return RankTest(chi, number - 1, denominator, p_value, eta)


@dataclass(frozen=True, eq=False)
class _MeanScores:
    """Mean rank scores and weights of groups, weighted squares within groups and in all, and what each row gives.

    A row gives its weighted residual over the weight of its group; ``amounts`` is None where a table of answers and
    groups stands for the rows.
    """

    means: Floats
    weight: Floats
    within: float
    whole: float
    amounts: Floats | None


def _mean_scores(answers: Answers, scores: Floats) -> _MeanScores:
    table = answers.table
    if table is not None:
        weight = table.sum(axis=0)
        means = scores @ table / weight
        whole = float(table.sum(axis=1) @ (scores - (scores @ table).sum() / weight.sum()) ** 2)
        within = float((table * (scores[:, None] - means) ** 2).sum())
        return _MeanScores(means, weight, within, whole, None)
    w, g = answers.weights, answers.group
    weight, total = np.zeros(answers.number), np.zeros(answers.number)
    for rows in row_blocks(len(g)):
        weight += np.bincount(g[rows], w[rows], minlength=answers.number)
        total += np.bincount(g[rows], w[rows] * scores[answers.level[rows]], minlength=answers.number)
    means, within, amounts = total / weight, 0.0, np.empty(len(g))
    for rows in row_blocks(len(g)):
        residual = scores[answers.level[rows]] - means[g[rows]]
        weighed = w[rows] * residual
        within += float((weighed * residual).sum())
        amounts[rows] = weighed / weight[g[rows]]
    # Squares within groups and between them add up.
    whole = within + float(weight @ (means - total.sum() / weight.sum()) ** 2)
    return _MeanScores(means, weight, within, whole, amounts)


def _score_covariance(answers: Answers, scores: Floats, found: _MeanScores, contrast: Floats) -> Floats:
    """Covariance of the contrasts of mean rank scores: by class of rows where there are few, else row by row."""
    number = answers.number
    if answers.classes is not None and answers.design.replicates is None:
        gives = np.zeros((answers.levels * number, number))
        for at in range(number):
            gives[at::number, at] = (scores - found.means[at]) / found.weight[at]
        return class_covariance(answers.design, answers.classes, gives @ contrast.T)
    amounts = found.amounts
    if amounts is None:
        g = answers.group
        amounts = answers.weights * (scores[answers.level] - found.means[g]) / found.weight[g]
    return _group_covariance(answers, amounts, contrast.T)


def _group_covariance(answers: Answers, amounts: Floats, per_amount: Floats) -> Floats:
    """Covariance of totals to which each row gives an amount times the values of its group (a row of per_amount)."""
    design = answers.design
    whole = amounts
    first = design.stages[0] if len(design.stages) == 1 and not design.calibrations else None
    if design.replicates is None and first is not None and first.strata is None and first.clusters is None:
        # Sums over rows do not know their order, and putting millions of rows back takes long.
        return class_covariance(design, answers.group, per_amount, amounts)
    if answers.order is not None:
        whole = np.zeros(len(answers.groups))
        whole[answers.order] = amounts
    if design.replicates is None:
        return class_covariance(design, answers.groups, per_amount, whole)
    influence = np.vstack([per_amount, np.zeros((1, per_amount.shape[1]))])[answers.groups] * whole[:, None]
    weights = design.row_weights
    per_unit = np.divide(influence, weights[:, None], out=np.zeros_like(influence), where=weights[:, None] > 0)
    estimates = replicate_estimates(design, lambda block: block.T @ per_unit)
    return replicate_covariance(design, estimates, influence.sum(axis=0))


def _ranks(answers: Answers, ties: Ties) -> Floats:
    """For each different answer the estimated share of the population below it, ties in the middle.

    ``ties="unweighted"`` averages tied rows as R does, which depends on the order of the rows when their weights
    differ; "weighted" does not.
    """
    level, levels, weights = answers.level, answers.levels, answers.weights
    if levels == len(level) and answers.table is None:
        ranks, whole = np.cumsum(weights), weights.sum()
        for rows in row_blocks(levels):
            ranks[rows] = (ranks[rows] - weights[rows] / 2) / whole
        return ranks
    if ties == "weighted":
        tied = np.bincount(level, weights, minlength=levels) if answers.table is None else answers.table.sum(axis=1)
        return np.asarray((np.cumsum(tied) - tied / 2) / tied.sum())
    # Tied rows in the order they came in.
    if answers.table is not None:
        return np.asarray(_tied_in_turn(level, levels, weights) / weights.sum())
    order = np.argsort(level, kind="stable") if answers.order is None else np.lexsort((answers.order, level))
    middle = np.cumsum(weights[order]) - weights[order] / 2
    mean = np.bincount(level[order], middle, minlength=levels) / np.bincount(level, minlength=levels)
    return np.asarray(mean / weights.sum())


def _tied_in_turn(level: Integers, levels: int, weights: Floats) -> Floats:
    """For each answer the mean, over its rows, of the weight up to the middle of a row; rows stand in their order."""
    counts, sums, before = np.zeros(levels, dtype=np.intp), np.zeros(levels), np.zeros(levels)
    kind = np.min_scalar_type(levels)
    for rows in row_blocks(len(level), levels):
        # Numbers this short are sorted by counting.
        order = np.argsort(level[rows].astype(kind), kind="stable")
        here, w = level[rows][order], weights[rows][order]
        found = np.bincount(here, minlength=levels)
        place = np.arange(len(here)) + np.repeat(counts + found - np.cumsum(found), found)
        sums += np.bincount(here, w, minlength=levels)
        before += np.bincount(here, w * place, minlength=levels)
        counts += found
    # A row counts for all tied rows after it, and half for itself.
    return np.asarray(np.cumsum(sums) - (before + sums / 2) / counts)


def _scores(ranks: Floats, method: str) -> Floats:
    if method == "van_der_waerden":
        return np.asarray(stats.norm.ppf(ranks))
    if method == "median":
        return (ranks > 0.5).astype(float)
    return ranks


def superiority(answers: Answers) -> tuple[float, float]:
    """The probability that someone of the second group has the higher answer (ties count half), and its variance."""
    w, g, level, number = answers.weights, answers.group, answers.level, answers.levels
    if answers.table is not None:
        size = answers.table.sum(axis=0)
        counts = answers.table.T / size[:, None]
    else:
        counts = np.zeros((2, number))
        for rows in row_blocks(len(g)):
            # Rows stand in the order of their answers: few of these are in a block.
            low, high = int(level[rows].min()), int(level[rows].max()) + 1
            for at in range(2):
                counts[at, low:high] += np.bincount(level[rows] - low, w[rows] * (g[rows] == at))
        size = counts.sum(axis=1)
        counts /= size[:, None]
    below = np.cumsum(counts, axis=1)
    for some in row_blocks(number):
        below[:, some] -= counts[:, some] / 2
    probability = float(counts[1] @ below[0])
    if answers.classes is not None and answers.design.replicates is None:
        gives = np.empty((2 * number, 1))
        gives[0::2, 0] = (1 - below[1] - probability) / size[0]
        gives[1::2, 0] = (below[0] - probability) / size[1]
        return probability, float(class_covariance(answers.design, answers.classes, gives)[0, 0])
    amounts = np.empty(len(g))
    for rows in row_blocks(len(g)):
        own = np.where(g[rows] == 1, below[0, level[rows]], 1 - below[1, level[rows]])
        amounts[rows] = w[rows] * (own - probability)
    return probability, float(_group_covariance(answers, amounts, (1 / size)[:, None])[0, 0])


def compare_ranks(case: Case, method: str, asked: Asked) -> Comparison:
    """Mean rank scores of groups, with the probability of superiority of two groups."""
    design = case.survey.design
    df = float(degrees_of_freedom(design, case.used))
    answers = make_answers(design, ordered_values(case), case.groups, case.number)
    ranked = rank_test(answers, df, method, asked.ties)
    test = TestResult(ranked.statistic, ranked.df, ranked.df_denominator, ranked.p_value)
    groups = group_outcomes(case, asked.ci_level)
    if case.number > 2:
        size = eta_squared_size(ranked.rank_eta_squared, ranked.statistic, ranked.df, asked.ci_level)
        return make_comparison(case, method, test, Effect("rank_eta_squared", size), groups, asked)
    name = "probability_of_superiority"
    check_effect(asked.effect or name, (name,), case.of)
    probability, spread = superiority(answers)
    size = superiority_size(probability, math.sqrt(spread), df - 1, asked.ci_level)
    return make_comparison(case, method, test, Effect(name, size), groups, asked)


def superiority_size(probability: float, error: float, df: float, ci_level: float) -> Size:
    """A probability of superiority with its interval on the logit scale."""
    low, high = logit_limits(probability, error, df, ci_level)
    return Size(probability, low, high, min(0.5 + detectable_gap(error, df, ci_level), 1.0))
