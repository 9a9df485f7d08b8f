"""Comparisons by exact and permutation tests, for few answers without weights or clusters."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace

import numpy as np

from stagekansen_lib.comparison.cases import Asked, Case
from stagekansen_lib.comparison.effects import share_effect
from stagekansen_lib.comparison.methods import compare_by_method, usual_method
from stagekansen_lib.comparison.outcomes import (
    Effect,
    TestResult,
    check_effect,
    group_shares,
    make_comparison,
    ordered_values,
)
from stagekansen_lib.comparison.ranks import RANK_METHODS
from stagekansen_lib.comparison.results import Comparison, Size
from stagekansen_lib.comparison.small_samples import permutation_test, refuse_design, two_by_two
from stagekansen_lib.comparison.tables import TABLE_METHODS
from stagekansen_lib.errors import DoubtWarning
from stagekansen_lib.estimation.share_differences import share_difference_interval

__all__ = ["compare_exactly"]


def compare_exactly(case: Case, method: str, asked: Asked) -> Comparison:
    """An exact or permutation test, where every answer counts the same."""
    refuse_design(case.survey, method)
    if method == "permutation":
        return _compare_by_permutation(case, asked)
    answer, (yes, yes_other), p_value = two_by_two(case, method, asked.code)
    n, n_other = (int(size) for size in case.sizes)
    name = "difference_in_shares"
    check_effect(asked.effect or name, (name,), case.of)
    groups = group_shares(case, answer, asked.ci_level)
    low, high = share_difference_interval(yes_other, n_other, yes, n, asked.ci_level)
    seen = share_effect(groups, name, asked.ci_level).smallest_detectable
    size = Size(yes_other / n_other - yes / n, low, high, seen)
    effect = Effect(name, size, answer, (yes / n, yes_other / n_other))
    return make_comparison(case, method, TestResult(math.nan, math.nan, math.nan, p_value), effect, groups, asked)


def _compare_by_permutation(case: Case, asked: Asked) -> Comparison:
    """The effect and interval of the usual method, with the p value of a permutation test of the same differences."""
    usual = usual_method(case)
    if usual == "ratio_of_means" and asked.effect == "difference_in_means":
        usual = "t_test"  # of counts too, of which a group may have none
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)
        found = compare_by_method(case, usual, replace(asked, ties="weighted"))
    listed = usual in TABLE_METHODS
    values = case.outcome.codes if listed else ordered_values(case)
    kind = "codes" if listed else "ranks" if usual in RANK_METHODS else "numbers"
    p_value = permutation_test(np.asarray(values, dtype=float), case.groups, case.number, kind)
    return replace(
        found, statistic=math.nan, df=math.nan, df_denominator=math.nan, p_value=p_value, method="permutation",
        smallest_expected=math.nan,
    )  # fmt: skip
