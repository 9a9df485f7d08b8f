"""Comparisons of means: t test, ratio of means, equal means of several groups."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from stagekansen_lib.comparison.cases import Asked, Case
from stagekansen_lib.comparison.effects import (
    detectable_gap,
    eta_squared,
    eta_squared_size,
    within_sd,
)
from stagekansen_lib.comparison.outcomes import (
    NO_NUMBERS,
    Effect,
    TestResult,
    check_effect,
    group_outcomes,
    make_comparison,
    no_ratio,
)
from stagekansen_lib.comparison.results import Comparison, Size
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.chi_square_sums import wald_statistic
from stagekansen_lib.estimation.groups import Groups, measured
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.estimation.sums import ratio_estimates
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.estimation.variance import linearised_covariance
from stagekansen_lib.surveys.designs import degrees_of_freedom

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["compare_means"]

_EFFECTS = ("difference_in_means", "ratio_of_means", "standardised_difference")


def compare_means(case: Case, method: str, asked: Asked) -> Comparison:
    """The means of two groups, as a difference or a ratio, or the means of several groups together."""
    values = measured(case.survey, case.of, NO_NUMBERS)
    if case.number > 2 and method in ("t_test", "ratio_of_means"):
        raise InputError(
            Problem(
                f"'{case.by}' has {case.number} groups and {method} needs two.",
                do="Use method='equal_means' or 'kruskal_wallis', or a subset with two groups.",
            )
        )
    df = float(degrees_of_freedom(case.survey.design, case.used)) - (case.number - 1)
    groups = group_outcomes(case, asked.ci_level)
    means, covariance = _means(case, values, groups)
    contrast = np.hstack([-np.ones((case.number - 1, 1)), np.eye(case.number - 1)])
    gaps, spread = contrast @ means, contrast @ covariance @ contrast.T
    if not df > 0 or not np.diag(spread).min() > 0:
        raise InputError(
            Problem(
                f"There are too few clusters, or no differences within groups, to test '{case.of}'.",
                do="Show the estimates without a test.",
            )
        )
    if method == "equal_means":
        test, effect = _equal_means(case, values, wald_statistic(gaps, spread), df, asked)
    else:
        error = math.sqrt(float(spread[0, 0]))
        two = _TwoMeans(float(means[0]), float(means[1]), covariance, error, df, asked.ci_level)
        test, effect = _two_means(case, values, two, method, asked)
    return make_comparison(case, method, test, effect, groups, asked)


def _equal_means(case: Case, values: Floats, wald: float, df: float, asked: Asked) -> tuple[TestResult, Effect]:
    number = case.number - 1
    f = wald / number
    size = eta_squared_size(eta_squared(case, values), wald, number, asked.ci_level)
    return TestResult(f, float(number), df, float(stats.f.sf(f, number, df))), Effect("eta_squared", size)


def _two_means(case: Case, values: Floats, two: _TwoMeans, method: str, asked: Asked) -> tuple[TestResult, Effect]:
    """The test of a difference or of a ratio, with the effect asked for or the one that fits the test."""
    name = asked.effect or ("ratio_of_means" if method == "ratio_of_means" else "difference_in_means")
    check_effect(name, _EFFECTS, case.of)
    if "ratio_of_means" in (name, method) and not min(two.first, two.second) > 0:
        raise no_ratio(case, "Use method='t_test'; without weights 'permutation' with effect='difference_in_means'.")
    if name == "ratio_of_means":
        size = two.ratio()
    else:
        size = two.difference(within_sd(case, values) if name == "standardised_difference" else 1.0)
    t = two.log_ratio / two.log_error if method == "ratio_of_means" else two.gap / two.error
    test = TestResult(t, two.df, math.nan, float(2 * stats.t.sf(abs(t), two.df)))
    return test, Effect(name, size, values=(two.first, two.second))


def _means(case: Case, values: Floats, groups: EstimateTable) -> tuple[Floats, Floats]:
    """The means of the groups with their covariance; those of the table, where that holds means."""
    design = case.survey.design
    if design.single_unit == "average" and design.replicates is None:
        return _means_of_all_strata(case, values)
    if groups.statistic == "mean":
        return groups.table["estimate"].to_numpy(), groups.covariance
    parts = Groups((case.by,), (case.grouping,), case.groups, tuple((at,) for at in range(case.number)))
    found = ratio_estimates(design, np.where(case.used, values, 0.0)[:, None], None, parts)
    return found.values, found.covariance


def _means_of_all_strata(case: Case, values: Floats) -> tuple[Floats, Floats]:
    """Means whose covariance is that of a model of the groups, as R's t test has it.

    By the rule "average" each group of a table averages over the strata that it has a row in; a difference between
    groups averages over those of all of them.
    """
    used, weights = case.used, case.survey.design.row_weights
    groups, w, y = case.groups[used], weights[used], values[used]
    size = np.bincount(groups, w)
    means = np.bincount(groups, w * y) / size
    influence = np.zeros((len(used), case.number))
    influence[np.flatnonzero(used), groups] = w * (y - means[groups]) / size[groups]
    return means, linearised_covariance(case.survey.design, influence)


@dataclass(frozen=True, eq=False)
class _TwoMeans:
    """Two means with their covariance, the standard error of their difference, and its degrees of freedom."""

    first: float
    second: float
    covariance: Floats
    error: float
    df: float
    ci_level: float

    @property
    def gap(self) -> float:
        return self.second - self.first

    @property
    def log_ratio(self) -> float:
        return math.log(self.second / self.first)

    @property
    def log_error(self) -> float:
        slopes = np.array([-1 / self.first, 1 / self.second])
        return math.sqrt(float(slopes @ self.covariance @ slopes))

    def difference(self, unit: float) -> Size:
        """The second mean minus the first, in units of ``unit``."""
        half = t_quantile(self.ci_level, self.df) * self.error
        seen = detectable_gap(self.error, self.df, self.ci_level)
        return Size(self.gap / unit, (self.gap - half) / unit, (self.gap + half) / unit, seen / unit)

    def ratio(self) -> Size:
        """The second mean over the first, with the interval of its logarithm."""
        half = t_quantile(self.ci_level, self.df) * self.log_error
        return Size(
            self.second / self.first,
            math.exp(self.log_ratio - half),
            math.exp(self.log_ratio + half),
            math.exp(detectable_gap(self.log_error, self.df, self.ci_level)),
        )
