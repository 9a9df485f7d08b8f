"""From estimates of groups to rows of a table: standard errors, intervals, design effects, degrees of freedom."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import some_names, some_number, some_share
from stagekansen_lib.errors import DoubtWarning, InputError, Problem
from stagekansen_lib.estimation.groups import RESULT_COLUMNS, By, Groups
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.estimation.sums import Estimated
from stagekansen_lib.surveys.designs import Design, degrees_of_freedom, touched
from stagekansen_lib.surveys.surveys import Survey, need_survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Mask


__all__ = ["check_call", "summarise"]


Degrees = float | Literal["normal"] | None


def check_call(survey: Survey, of: str, by: By, ci_level: float, df: Degrees, *also: str) -> None:
    """Stop at arguments that make no sense; ``also`` are columns of the result besides those that all have."""
    need_survey(survey)
    some_share("ci_level", ci_level, 0.95)
    if df is not None and df != "normal":
        some_number("df", df, above=0.0, do='Give a number above zero, or "normal".')
    names = some_names("by", by)
    if of in names:
        raise InputError(Problem(f"'{of}' is both outcome and group.", do="Give two variables."))
    taken = [name for name in names if name in (*RESULT_COLUMNS, *also)]
    if taken:
        raise InputError(
            [Problem(f"The result has a column '{name}' of its own.", do="Rename this column.") for name in taken]
        )


def summarise(
    survey: Survey,
    result: Estimated,
    groups: Groups,
    columns: dict[str, Any],
    ci_level: float,
    df: Degrees,
    per_group: int | None = None,
    own: Sequence[float] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """The table and its basis, with t intervals; and the degrees of freedom of all rows in the call.

    ``own`` are degrees of freedom of each group that were found elsewhere.
    """
    repeat = per_group or result.per_group
    degrees = list(own or [_degrees(survey.design, df, groups.codes == at) for at in range(groups.number)])
    whole = degrees[0] if groups.number == 1 else _degrees(survey.design, df, groups.codes >= 0)
    each = np.repeat(np.array(degrees, dtype=float), repeat)
    variances = np.diag(result.covariance)
    error = np.sqrt(np.maximum(variances, 0))
    half = np.array([t_quantile(ci_level, one) for one in each]) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = np.where(result.srs > 0, variances / result.srs, np.nan)
        # As many answers of a simple sample with replacement: weights that are made to have a mean of one say nothing
        # about the size of the population.
        replaced = np.where(deff > 0, result.n / (deff * result.left_out), result.kish)
    table = pd.DataFrame(
        columns
        | {
            "estimate": result.values,
            "se": error,
            "ci_low": result.values - half,
            "ci_high": result.values + half,
            "n": result.n,
            "deff": deff,
        }
    )
    basis = pd.DataFrame(
        {
            "n": result.n,
            "effective_n": np.minimum(result.n, replaced),
            "largest_share": result.largest,
            "two_largest_share": result.two_largest,
            "df": each,
        }
    )
    _doubt_degrees(survey.design, groups, degrees)
    return table, basis, whole


def _doubt_degrees(design: Design, groups: Groups, degrees: list[float]) -> None:
    """Name the groups whose estimate has no degrees of freedom, and why that is."""
    single: list[str] = []
    others: list[str] = []
    for at in (at for at in range(groups.number) if not degrees[at] > 0):
        alone = bool(design.stages) and touched(design, groups.codes == at)[0] == 1
        (single if alone else others).append(groups.label(at))
    for labels, reason in (
        (single, "rests on one cluster: it has no interval and its standard error means nothing."),
        (
            others,
            "has no degrees of freedom, and so no interval: its replicate weights do not differ. Merge groups."
            if design.replicates is not None
            else "has no degrees of freedom, and so no interval: it rests on one cluster in each of its strata. Merge "
            "groups, or give df=, such as that of the whole design.",
        ),
    ):
        if labels:
            named = f" of {', '.join(labels[:5])}" if groups.names else ""
            warnings.warn(f"The estimate{named} {reason}", DoubtWarning, stacklevel=5)


def _degrees(design: Design, df: Degrees, rows: Mask) -> float:
    if df == "normal":
        return math.inf
    if df is not None:
        return float(df)
    return float(degrees_of_freedom(design, rows))
