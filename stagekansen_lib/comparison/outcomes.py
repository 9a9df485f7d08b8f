"""The outcome of each group, and the Comparison that is made of a test and an effect."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.comparison.cases import Case
from stagekansen_lib.comparison.results import (
    Comparison,
    Size,
)
from stagekansen_lib.errors import DoubtWarning, InputError, Problem
from stagekansen_lib.estimation.groups import measured
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.surveys.surveys import Survey, subset

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["NO_NUMBERS", "check_effect", "group_outcomes", "group_shares", "make_comparison", "ordered_values"]


# What to do in place of arithmetic with codes.
NO_NUMBERS = "Leave out method=; or compare the share of one answer: method='welch' and code=."


def make_comparison(
    survey: Survey,
    case: Case,
    method: str,
    numbers: tuple[float, float, float, float],
    effect_name: str,
    size: Size,
    groups: EstimateTable,
    ci_level: float,
    answer: Any = None,
    values: tuple[float, ...] = (),
) -> Comparison:
    statistic, df, denominator, p_value = numbers
    if not math.isfinite(p_value):
        raise InputError(
            Problem(
                f"The test of '{case.of}' by '{case.by}' has no outcome: too little variation between clusters.",
                do="Merge groups or answers, or show the estimates without a test.",
            )
        )
    return Comparison(
        statistic, df, denominator, p_value, *size[:3], effect_name, size[3], method, case.of, case.by, groups,
        case.levels, int(case.sizes.sum()), ci_level, survey.codebook, survey.provenance, answer, values,
    )  # fmt: skip


def check_effect(name: str, known: tuple[str, ...], of: str) -> None:
    if name not in known:
        raise InputError(
            Problem(
                f"The effect '{name}' does not fit '{of}' with this method.", do=f"Choose one of {', '.join(known)}."
            )
        )


def group_shares(survey: Survey, case: Case, used: Any, answer: Any, ci_level: float) -> EstimateTable:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)  # small groups were named already
        return share(_used(survey, used), case.of, case.by, code=answer, ci_level=ci_level)


def group_outcomes(survey: Survey, case: Case, ci_level: float) -> EstimateTable:
    """Estimates of the outcome for each group: shares of answers, or means."""
    used = case.groups >= 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)
        if survey.variable(case.of).kind in ("ordinal", "nominal"):
            return share(_used(survey, used), case.of, case.by, ci_level=ci_level)
        return mean(_used(survey, used), case.of, case.by, ci_level=ci_level)


def _used(survey: Survey, used: Any) -> Survey:
    if used.all():
        return survey
    return replace(subset(survey, used), provenance=survey.provenance)


def ordered_values(survey: Survey, of: str) -> Floats:
    column = survey.column(of)
    if isinstance(column.dtype, pd.CategoricalDtype):
        if not column.cat.ordered:
            raise InputError(
                Problem(f"The answers to '{of}' have no order: a rank test does not fit.", do="Use 'rao_scott_f'.")
            )
        codes = survey.encoded(of).codes
        return np.where(codes < 0, np.nan, codes).astype(float)
    return measured(survey, of, NO_NUMBERS)
