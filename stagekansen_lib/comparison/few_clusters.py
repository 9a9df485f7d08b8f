"""Comparisons of two groups whose answers come from few clusters, such as schools: CR2 in place of the sandwich.

A difference of means is the coefficient of a linear model; so is one of shares, and a probability of superiority is a
half plus the difference of the mean ranks. Source: Pustejovsky and Tipton (2018), doi:10.1080/07350015.2016.1247004.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from stagekansen_lib.comparison.cases import Asked, Case
from stagekansen_lib.comparison.effects import detectable_gap, share_difference_p, share_effect
from stagekansen_lib.comparison.methods import usual_method
from stagekansen_lib.comparison.outcomes import (
    NO_NUMBERS,
    Effect,
    TestResult,
    check_effect,
    group_outcomes,
    group_shares,
    make_comparison,
    no_ratio,
    ordered_values,
)
from stagekansen_lib.comparison.ranks import superiority_size
from stagekansen_lib.comparison.results import Comparison, Size
from stagekansen_lib.comparison.small_samples import one_answer, share_below
from stagekansen_lib.errors import DoubtWarning, InputError, Problem
from stagekansen_lib.estimation.few_clusters import cluster_codes, clusters_by_group, variance_of_means
from stagekansen_lib.estimation.groups import measured
from stagekansen_lib.estimation.intervals import t_quantile

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats
    from stagekansen_lib.estimation.cluster_variance import ClusterVariance

__all__ = [
    "FEW_CLUSTERS",
    "compare_clustered",
    "doubt_almost_nothing",
    "doubt_few_clusters",
    "fewest_clusters",
    "knows_few_clusters",
    "refuse_one_cluster",
]

# Below this number of clusters in a group the usual variance is too small (simulated, benchmarks/README.md).
FEW_CLUSTERS = 5

# Below this number of degrees of freedom only a huge difference can be shown.
_ALMOST_NOTHING = 4

_CONTRAST = np.array([-1.0, 1.0])

_EFFECTS = {
    "ordinal": ("probability_of_superiority",),
    "nominal": ("difference_in_shares",),
    "number": ("difference_in_means", "ratio_of_means"),
    "count": ("ratio_of_means", "difference_in_means"),
}


def fewest_clusters(case: Case) -> int | None:
    """The number of clusters of the group that has fewest; None in a survey without clusters, or with replicates."""
    clusters = cluster_codes(case.survey.design)
    return None if clusters is None else int(clusters_by_group(clusters, case.groups, case.number).min())


def knows_few_clusters(case: Case, asked: Asked) -> bool:
    """Whether CR2 gives what is asked: two groups, and an effect that is a linear estimate."""
    fits = _EFFECTS.get(case.kind, ())
    two_answers = case.kind != "nominal" or asked.code is not None or _answers_given(case) == 2
    return case.number == 2 and two_answers and bool(fits) and asked.effect in (None, *fits)


def _answers_given(case: Case) -> int:
    return len(np.unique(case.outcome.codes[case.used]))


def compare_clustered(case: Case, asked: Asked) -> Comparison:
    """Two groups by CR2, with Satterthwaite's degrees of freedom."""
    if case.number != 2:
        raise InputError(
            Problem(
                f"'{case.by}' has {case.number} groups, and variance='cr2' compares two.",
                do="Take a subset with two groups, or leave out variance=.",
            )
        )
    refuse_one_cluster(case)
    usual = usual_method(case)
    fits = _EFFECTS[case.kind]
    check_effect(asked.effect or fits[0], fits, case.of)
    compared = (
        _compare_shares if case.kind == "nominal" else _compare_ranks if case.kind == "ordinal" else _compare_means
    )
    found = compared(case, f"{usual} (cr2)", asked)
    doubt_almost_nothing(found.by, found.df)
    return found


def refuse_one_cluster(case: Case) -> None:
    """Stop where a group is one cluster: what sets it apart may be that cluster, or the group."""
    clusters = cluster_codes(case.survey.design)
    if clusters is None:
        return
    numbers = clusters_by_group(clusters, case.groups, case.number)
    if numbers.min() < 2:
        raise InputError(
            Problem(
                f"Group {case.levels[int(numbers.argmin())]} of '{case.by}' is one cluster: whether groups differ, or "
                "this cluster from others, cannot be told.",
                do="Merge groups, or show the estimates without a test.",
            )
        )


def _compare_means(case: Case, method: str, asked: Asked) -> Comparison:
    values = measured(case.survey, case.of, NO_NUMBERS)
    means, spread = _two_means(case, values)
    groups = group_outcomes(case, asked.ci_level, "cr2")
    name = asked.effect or _EFFECTS[case.kind][0]
    if name == "ratio_of_means":
        if not means.min() > 0:
            raise no_ratio(case, "Use effect='difference_in_means'.")
        gap, contrast = math.log(means[1] / means[0]), _CONTRAST / means
    else:
        gap, contrast = float(means[1] - means[0]), _CONTRAST
    error, df = _error(spread, contrast, case)
    half, seen = t_quantile(asked.ci_level, df) * error, detectable_gap(error, df, asked.ci_level)
    size = Size(gap, gap - half, gap + half, seen)
    if name == "ratio_of_means":
        size = Size(*(math.exp(value) for value in (gap, gap - half, gap + half, seen)))
    effect = Effect(name, size, values=(float(means[0]), float(means[1])))
    return make_comparison(case, method, _test(gap, error, df), effect, groups, asked)


def _compare_shares(case: Case, method: str, asked: Asked) -> Comparison:
    """By the linear model of a yes or no; where a group is all of one mind, by the interval of the difference."""
    answer = one_answer(case, asked.code)
    chosen = (case.outcome.codes == case.outcome.levels.index(answer)).astype(float)
    shares, spread = _two_means(case, chosen)
    groups = group_shares(case, answer, asked.ci_level, "cr2")
    both = (float(shares[0]), float(shares[1]))
    if not all(0 < share < 1 for share in both):
        name = "difference_in_shares"
        size = share_effect(groups, name, asked.ci_level)
        test = TestResult(math.nan, spread.df(_CONTRAST), math.nan, share_difference_p(groups))
        return make_comparison(case, method, test, Effect(name, size, answer, both), groups, asked)
    gap = both[1] - both[0]
    error, df = _error(spread, _CONTRAST, case)
    half, seen = t_quantile(asked.ci_level, df) * error, detectable_gap(error, df, asked.ci_level)
    size = Size(gap, max(gap - half, -1.0), min(gap + half, 1.0), min(seen, 1.0))
    effect = Effect("difference_in_shares", size, answer, both)
    return make_comparison(case, method, _test(gap, error, df), effect, groups, asked)


def _compare_ranks(case: Case, method: str, asked: Asked) -> Comparison:
    """The linear model of mid-ranks, as parts of all answers: its difference is the probability less a half."""
    values, weights = ordered_values(case), case.survey.design.row_weights
    used = case.used
    ranks = np.zeros(len(values))
    ranks[used] = share_below(values[used], values[used], weights[used])
    means, spread = _two_means(case, ranks)
    gap = float(means[1] - means[0])
    error, df = _error(spread, _CONTRAST, case)
    size = superiority_size(0.5 + gap, error, df, asked.ci_level)
    effect = Effect("probability_of_superiority", size)
    return make_comparison(case, method, _test(gap, error, df), effect, group_outcomes(case, asked.ci_level), asked)


def _two_means(case: Case, values: Floats) -> tuple[Floats, ClusterVariance]:
    inside, w = case.used, case.survey.design.row_weights
    own, weights = case.groups[inside], w[inside]
    means = np.bincount(own, weights * values[inside]) / np.bincount(own, weights)
    return means, variance_of_means(case.survey.design, np.where(inside, values, 0.0), case.groups, 2)


def _error(spread: ClusterVariance, contrast: Floats, case: Case) -> tuple[float, float]:
    error = math.sqrt(max(float(contrast @ spread.covariance @ contrast), 0.0))
    if not error > 0:
        raise InputError(
            Problem(
                f"There are no differences between clusters to test '{case.of}' with.",
                do="Show the estimates without a test.",
            )
        )
    return error, spread.df(contrast)


def _test(gap: float, error: float, df: float) -> TestResult:
    return TestResult(gap / error, df, math.nan, float(2 * stats.t.sf(abs(gap / error), df)))


def doubt_almost_nothing(by: str, df: float) -> None:
    """Say so where degrees of freedom are so few that only a huge difference can be shown."""
    if not df < _ALMOST_NOTHING:
        return
    text = (
        f"The groups of '{by}' consist of so few clusters ({df:.1f} degrees of freedom) that this comparison can show "
        "almost nothing. Merge groups, or show the estimates without a test."
    )
    warnings.warn(DoubtWarning(text, "almost_nothing"), stacklevel=4)


def doubt_few_clusters(case: Case, stacklevel: int = 4) -> None:
    """Say so where a test that counts on many clusters has few in a group."""
    clusters = cluster_codes(case.survey.design)
    if clusters is None:
        return
    numbers = clusters_by_group(clusters, case.groups, case.number)
    fewest = int(numbers.min())
    if fewest >= FEW_CLUSTERS:
        return
    way = "Use variance='cr2' without method=" if fewest > 1 else "Merge groups, or show the estimates without a test"
    two = "" if case.number == 2 or fewest < 2 else ", for two groups at a time (subset)"
    some = "one cluster" if fewest == 1 else f"{fewest} clusters"
    text = (
        f"Group {case.levels[int(numbers.argmin())]} of '{case.by}' has {some}: this test counts on many, and "
        f"too often finds a difference that is not there. {way}{two}."
    )
    warnings.warn(DoubtWarning(text, "few_clusters"), stacklevel=stacklevel)
