"""Comparisons of means: t test, ratio of means, equal means of several groups."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from stagekansen_lib.comparison.cases import Case
from stagekansen_lib.comparison.effects import (
    detectable_gap,
    eta_squared,
    eta_squared_size,
    within_sd,
)
from stagekansen_lib.comparison.outcomes import NO_NUMBERS, check_effect, group_outcomes, make_comparison
from stagekansen_lib.comparison.results import (
    Comparison,
)
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.chi_square_sums import wald_statistic
from stagekansen_lib.estimation.groups import Groups, measured
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.estimation.sums import ratio_estimates
from stagekansen_lib.surveys.designs import degrees_of_freedom
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    pass


__all__ = ["compare_means"]


def compare_means(survey: Survey, case: Case, method: str, effect: str | None, ci_level: float) -> Comparison:
    values = measured(survey, case.of, NO_NUMBERS)
    used = case.groups >= 0
    number = len(case.levels)
    if number > 2 and method in ("t_test", "ratio_of_means"):
        raise InputError(
            Problem(
                f"'{case.by}' has {number} groups and {method} needs two.",
                do="Use method='equal_means' or 'kruskal_wallis', or a subset with two groups.",
            )
        )
    degrees = float(degrees_of_freedom(survey.design, used)) - (number - 1)
    group_table = group_outcomes(survey, case, ci_level)
    means, covariance = group_table.table["estimate"].to_numpy(), group_table.covariance
    if group_table.statistic != "mean":
        parts = Groups((case.by,), (survey.encoded(case.by),), case.groups, tuple((at,) for at in range(number)))
        found = ratio_estimates(survey.design, np.where(used, values, 0.0)[:, None], None, parts)
        means, covariance = found.values, found.covariance
    contrast = np.hstack([-np.ones((number - 1, 1)), np.eye(number - 1)])
    gaps, spread = contrast @ means, contrast @ covariance @ contrast.T
    if not degrees > 0 or not np.diag(spread).min() > 0:
        raise InputError(
            Problem(
                f"There are too few clusters, or no differences within groups, to test '{case.of}'.",
                do="Show the estimates without a test.",
            )
        )
    if method == "equal_means":
        wald = wald_statistic(gaps, spread)
        f = wald / (number - 1)
        sizes = eta_squared_size(eta_squared(survey, values, case), wald, number - 1, ci_level)
        numbers = (f, float(number - 1), degrees, float(stats.f.sf(f, number - 1, degrees)))
        return make_comparison(survey, case, method, numbers, "eta_squared", sizes, group_table, ci_level)
    first, second = (float(value) for value in means)
    gap, error = second - first, math.sqrt(float(spread[0, 0]))
    t = gap / error
    name = effect or ("ratio_of_means" if method == "ratio_of_means" else "difference_in_means")
    check_effect(name, ("difference_in_means", "ratio_of_means", "standardised_difference"), case.of)
    quantile, seen = t_quantile(ci_level, degrees), detectable_gap(error, degrees, ci_level)
    if name == "ratio_of_means" or method == "ratio_of_means":
        if not min(first, second) > 0:
            raise InputError(
                Problem("A ratio needs two means above zero.", f"'{case.of}' by '{case.by}'", "Use method='t_test'.")
            )
        slopes = np.array([-1 / first, 1 / second])
        log_error = math.sqrt(float(slopes @ covariance @ slopes))
        log_ratio = math.log(second / first)
        if method == "ratio_of_means":
            t = log_ratio / log_error
    if name == "ratio_of_means":
        size = (
            second / first,
            math.exp(log_ratio - quantile * log_error),
            math.exp(log_ratio + quantile * log_error),
            math.exp(detectable_gap(log_error, degrees, ci_level)),
        )
    else:
        scale = within_sd(survey, values, case) if name == "standardised_difference" else 1.0
        size = (gap / scale, (gap - quantile * error) / scale, (gap + quantile * error) / scale, seen / scale)
    numbers = (t, degrees, math.nan, float(2 * stats.t.sf(abs(t), degrees)))
    return make_comparison(survey, case, method, numbers, name, size, group_table, ci_level, None, (first, second))
