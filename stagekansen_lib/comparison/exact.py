"""Comparisons by exact and permutation tests, for few answers without weights or clusters."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.comparison.cases import Case
from stagekansen_lib.comparison.effects import share_effect
from stagekansen_lib.comparison.methods import compare_by_method, usual_method
from stagekansen_lib.comparison.outcomes import check_effect, group_shares, make_comparison, ordered_values
from stagekansen_lib.comparison.ranks import RANK_METHODS
from stagekansen_lib.comparison.results import (
    Comparison,
)
from stagekansen_lib.comparison.small_samples import (
    permutation_test,
    refuse_design,
    two_by_two,
)
from stagekansen_lib.comparison.tables import TABLE_METHODS
from stagekansen_lib.errors import DoubtWarning
from stagekansen_lib.estimation.share_differences import share_difference_interval
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    pass


__all__ = ["compare_exactly"]


def compare_exactly(
    survey: Survey, case: Case, method: str, effect: str | None, code: Any, ci_level: float
) -> Comparison:
    refuse_design(survey, method)
    if method == "permutation":
        return _compare_by_permutation(survey, case, effect, code, ci_level)
    used = case.groups >= 0
    encoded = survey.encoded(case.of)
    answer, (yes, yes_other), p_value = two_by_two(encoded, case.groups, case.levels, case.of, method, code)
    n, n_other = (int(size) for size in case.sizes)
    check_effect(effect or "difference_in_shares", ("difference_in_shares",), case.of)
    groups = group_shares(survey, case, used, answer, ci_level)
    low, high = share_difference_interval(yes_other, n_other, yes, n, ci_level)
    size = (yes_other / n_other - yes / n, low, high, share_effect(groups, "difference_in_shares", ci_level)[3])
    numbers = (math.nan, math.nan, math.nan, p_value)
    values = (yes / n, yes_other / n_other)
    return make_comparison(
        survey, case, method, numbers, "difference_in_shares", size, groups, ci_level, answer, values
    )


def _compare_by_permutation(survey: Survey, case: Case, effect: str | None, code: Any, ci_level: float) -> Comparison:
    """The effect and interval of the usual method, with the p value of a permutation test of the same differences."""
    usual = usual_method(survey, case.of, len(case.levels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)
        found = compare_by_method(survey, case, usual, effect, code, "weighted", ci_level)
    listed = usual in TABLE_METHODS
    ordered = None if listed else ordered_values(survey, case.of)
    values = survey.encoded(case.of).codes if ordered is None else ordered
    kind = "codes" if listed else "ranks" if usual in RANK_METHODS else "numbers"
    p_value = permutation_test(np.asarray(values, dtype=float), case.groups, len(case.levels), kind)
    return replace(
        found, statistic=math.nan, df=math.nan, df_denominator=math.nan, p_value=p_value, method="permutation",
        smallest_expected=math.nan,
    )  # fmt: skip
