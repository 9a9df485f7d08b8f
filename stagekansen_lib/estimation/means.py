"""Estimates from a survey with their doubt: share, mean, total, ratio, quantile and variance.

Each gives an EstimateTable. Rows without an answer to a variable in the call are left out as a subpopulation and
counted. Agrees with R's survey package 4.1 (``svymean``, ``svytotal``, ``svyratio``, ``svyquantile``, ``svyvar``,
``svyby``, ``svyciprop``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.few_clusters import corrected
from stagekansen_lib.estimation.groups import By, Groups, make_groups, measured
from stagekansen_lib.estimation.replicates import replicate_covariance, replicate_estimates
from stagekansen_lib.estimation.summaries import Degrees, check_call, summarise
from stagekansen_lib.estimation.sums import Estimated, ratio_estimates
from stagekansen_lib.estimation.tables import AnswersBehind, EstimateTable
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["mean", "ratio", "total", "variance"]


def mean(
    survey: Survey,
    of: str,
    by: By = None,
    *,
    ci_level: float = 0.95,
    df: Degrees = None,
    variance: str = "design",
) -> EstimateTable:
    """The weighted mean of a numeric variable, for each group.

    Parameters
    ----------
    survey : the survey.
    of : a numeric variable.
    by : variable or variables that make groups.
    ci_level : level of the intervals, 0 to 1.
    df : degrees of freedom of the intervals. When left out each group has its own, those of R's ``degf`` of the subset
        (clusters minus strata that the group touches). R's ``confint(svyby(...), df=degf(design))`` takes those of
        the whole design: give ``df=degrees_of_freedom(survey.design)`` (of ``surveys.designs``) for that. "normal" for
        none.
    variance : "design", or "cr2" for few clusters: bias-reduced, with Satterthwaite's degrees of freedom in
        ``basis["df"]`` (then ``df`` is left out).

    Returns
    -------
    EstimateTable : group columns, estimate, se, ci_low, ci_high, n, deff.

    Raises
    ------
    InputError : an unknown variable, one without numbers, or nobody answered; more than two answers without an order
        (their codes are no numbers); a group named as a column of the result; "cr2" without clusters.

    Notes
    -----
    m = sum(w y) / sum(w); intervals use t. deff divides by the variance of a simple random sample of the same size
    without replacement (R's ``deff=TRUE``), with replacement when weights do not add up to more than n.
    Checked against R's ``svymean``; "cr2" (Pustejovsky and Tipton 2018, doi:10.1080/07350015.2016.1247004) against
    R's clubSandwich.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": [8, 6, 9, 5], "level": ["mbo", "mbo", "hbo", "hbo"]}))
    >>> mean(survey, of="hours", by="level").table[["level", "estimate", "se", "n"]]
      level  estimate        se  n
    0   hbo       7.0  1.632993  2
    1   mbo       7.0  0.816497  2
    """
    check_call(survey, of, by, ci_level, df)
    values = measured(survey, of)
    groups, missing = make_groups(survey, by, np.isfinite(values))
    result = ratio_estimates(survey.design, values[:, None], None, groups)
    own = corrected(survey, result, values, groups, variance, df)
    return _table(survey, result, groups, "mean", of, missing, ci_level, df, own)


def total(survey: Survey, of: str, by: By = None, *, ci_level: float = 0.95, df: Degrees = None) -> EstimateTable:
    """The weighted total of a numeric variable, for each group: an estimate for the population.

    Parameters
    ----------
    survey, of, by, ci_level, df : as for ``mean``. Weights must add up to the population.

    Returns
    -------
    EstimateTable : group columns, estimate, se, ci_low, ci_high, n, deff.

    Raises
    ------
    InputError : an unknown variable, one without numbers, or nobody answered; more than two answers without an order
        (their codes are no numbers); a group named as a column of the result.

    Notes
    -----
    t = sum(w y). Checked against R's ``svytotal``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": [8, 6], "w": [10, 20]}), weights="w")
    >>> float(total(survey, of="hours").table["estimate"][0])
    200.0
    """
    check_call(survey, of, by, ci_level, df)
    values = measured(survey, of)
    groups, missing = make_groups(survey, by, np.isfinite(values))
    result = ratio_estimates(survey.design, values[:, None], None, groups, total=True)
    return _table(survey, result, groups, "total", of, missing, ci_level, df)


def ratio(
    survey: Survey, of: str, to: str, by: By = None, *, ci_level: float = 0.95, df: Degrees = None
) -> EstimateTable:
    """The weighted total of one numeric variable over that of another, for each group.

    Parameters
    ----------
    survey : the survey.
    of, to : numerator and denominator, numeric variables.
    by, ci_level, df : as for ``mean``.

    Returns
    -------
    EstimateTable : group columns, estimate, se, ci_low, ci_high, n, deff.

    Raises
    ------
    InputError : an unknown variable, one without numbers, or a denominator of zero.

    Notes
    -----
    r = sum(w y) / sum(w x). Checked against R's ``svyratio``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"found": [1, 2, 1], "tried": [4, 4, 8]}))
    >>> float(ratio(survey, of="found", to="tried").table["estimate"][0])
    0.25
    """
    check_call(survey, of, by, ci_level, df)
    above, below = survey.numbers(of), survey.numbers(to)
    groups, missing = make_groups(survey, by, np.isfinite(above) & np.isfinite(below))
    result = ratio_estimates(survey.design, above[:, None], below[:, None], groups)
    return _table(survey, result, groups, "ratio", f"{of} / {to}", missing, ci_level, df)


def variance(survey: Survey, of: str, by: By = None, *, ci_level: float = 0.95, df: Degrees = None) -> EstimateTable:
    """The weighted variance of a numeric variable in the population, for each group.

    Parameters
    ----------
    survey, of, by, ci_level, df : as for ``mean``.

    Returns
    -------
    EstimateTable : group columns, estimate, se, ci_low, ci_high, n; deff is empty.

    Raises
    ------
    InputError : an unknown variable, one without numbers, or a group of one.

    Notes
    -----
    v = n/(n-1) sum(w (y - m)^2) / sum(w). Checked against R's ``svyvar``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> float(variance(survey_from_frame(pd.DataFrame({"hours": [8.0, 6.0, 7.0]})), of="hours").table["estimate"][0])
    1.0
    """
    check_call(survey, of, by, ci_level, df)
    values = survey.numbers(of)
    groups, missing = make_groups(survey, by, np.isfinite(values))
    weights = survey.design.row_weights
    squares = np.zeros(len(values))
    for at in range(groups.number):
        rows = groups.rows(at)
        w, y = weights[rows], values[rows]
        number = int((w > 0).sum())
        if number < 2:
            raise InputError(Problem(f"Group '{groups.label(at)}' has one answer: no variance."))
        squares[rows] = (y - (w @ y) / w.sum()) ** 2 * number / (number - 1)
    result = ratio_estimates(survey.design, squares[:, None], None, groups)
    if survey.design.replicates is not None:
        result = _replicated_variance(survey, values, groups, result)
    result.srs[:] = np.nan
    return _table(survey, result, groups, "variance", of, missing, ci_level, df)


def _table(
    survey: Survey,
    result: Estimated,
    groups: Groups,
    statistic: str,
    of: str,
    missing: int,
    ci_level: float,
    df: Degrees,
    own: list[float] | None = None,
) -> EstimateTable:
    table, basis, whole = summarise(survey, result, groups, groups.columns(1), ci_level, df, own=own)
    return EstimateTable(
        table, result.covariance, statistic, of, groups.names, None, basis, whole, ci_level, "t",
        survey.codebook, survey.provenance, missing, bool(survey.design.calibrations),
        AnswersBehind(survey, tuple(groups.names)),
    )  # fmt: skip


def _replicated_variance(survey: Survey, values: Floats, groups: Groups, result: Estimated) -> Estimated:
    def statistic(weights: Floats) -> Floats:
        parts = []
        for at in range(groups.number):
            rows = groups.rows(at)
            w, y = weights[rows].T, values[rows]
            sums = w.sum(axis=1)
            middle = (w @ y) / sums
            number = result.n[at]
            parts.append(((w @ y**2) / sums - middle**2) * number / (number - 1))
        return np.column_stack(parts)

    result.covariance = replicate_covariance(
        survey.design, replicate_estimates(survey.design, statistic), result.values
    )
    return result
