"""The outcome of each group, and the Comparison that is made of a test and an effect."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from stagekansen_lib.comparison.cases import Asked, Case, weighting_of
from stagekansen_lib.comparison.results import Comparison, Size
from stagekansen_lib.errors import DoubtWarning, InputError, Problem
from stagekansen_lib.estimation.groups import measured
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.surveys.surveys import Survey, subset

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = [
    "NO_NUMBERS",
    "Effect",
    "TestResult",
    "check_effect",
    "group_outcomes",
    "group_shares",
    "make_comparison",
    "no_ratio",
    "ordered_values",
]


# What to do in place of arithmetic with codes.
NO_NUMBERS = "Leave out method=; or compare the share of one answer: method='welch' and code=."


class TestResult(NamedTuple):
    """A statistic with its degrees of freedom and two-sided p value; NaN where the method has none."""

    statistic: float
    df: float
    df_denominator: float
    p_value: float


@dataclass(frozen=True)
class Effect:
    """An effect with its size, the answer whose share it compares, and the two estimates it is made of."""

    name: str
    size: Size
    answer: Any = None
    values: tuple[float, ...] = ()


def make_comparison(
    case: Case, method: str, test: TestResult, effect: Effect, groups: EstimateTable, asked: Asked
) -> Comparison:
    """The Comparison that a test and an effect make together; refused when the test has no outcome."""
    if not math.isfinite(test.p_value):
        raise InputError(
            Problem(
                f"The test of '{case.of}' by '{case.by}' has no outcome: too little variation between clusters.",
                do="Merge groups or answers, or show the estimates without a test.",
            )
        )
    size = effect.size
    return Comparison(
        *test, size.effect, size.ci_low, size.ci_high, effect.name, size.smallest_detectable, method, case.of, case.by,
        groups, case.levels, case.n, asked.ci_level, case.survey.codebook, case.survey.provenance, effect.answer,
        effect.values, sizes=case.named_sizes, weighting=weighting_of(case.survey.design),
    )  # fmt: skip


def check_effect(name: str, known: tuple[str, ...], of: str) -> None:
    if name not in known:
        raise InputError(
            Problem(
                f"The effect '{name}' does not fit '{of}' with this method.", do=f"Choose one of {', '.join(known)}."
            )
        )


def no_ratio(case: Case, do: str) -> InputError:
    """Where a group has a mean of nought or below."""
    return InputError(Problem("A ratio needs two means above zero.", f"'{case.of}' by '{case.by}'", do))


def group_shares(case: Case, answer: Any, ci_level: float, variance: str = "design") -> EstimateTable:
    """The share of an answer, or of each answer, in each group."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)  # small groups were named already
        return share(_respondents(case), case.of, case.by, code=answer, ci_level=ci_level, variance=variance)


def group_outcomes(case: Case, ci_level: float, variance: str = "design") -> EstimateTable:
    """Estimates of the outcome for each group: shares of answers, or means."""
    if case.kind in ("ordinal", "nominal"):
        return group_shares(case, None, ci_level)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)
        return mean(_respondents(case), case.of, case.by, ci_level=ci_level, variance=variance)


def _respondents(case: Case) -> Survey:
    """The survey as those who are compared make it."""
    if case.used.all():
        return case.survey
    return replace(subset(case.survey, case.used), provenance=case.survey.provenance)


def ordered_values(case: Case) -> Floats:
    """The outcome as numbers in their order, NaN where there is no answer; refused where answers have no order."""
    column = case.survey.column(case.of)
    if isinstance(column.dtype, pd.CategoricalDtype):
        if not column.cat.ordered:
            raise InputError(
                Problem(f"The answers to '{case.of}' have no order: a rank test does not fit.", do="Use 'rao_scott_f'.")
            )
        codes = case.outcome.codes
        return np.where(codes < 0, np.nan, codes).astype(float)
    return measured(case.survey, case.of, NO_NUMBERS)
