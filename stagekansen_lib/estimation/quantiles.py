"""Weighted quantiles with their intervals. Agrees with R's ``svyquantile``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.arguments import some_share
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.groups import By, Groups, make_groups, measured
from stagekansen_lib.estimation.intervals import share_interval, t_quantile
from stagekansen_lib.estimation.sorted_values import QUANTILE_RULES, SortedValues
from stagekansen_lib.estimation.summaries import Degrees, check_call, summarise
from stagekansen_lib.estimation.sums import ratio_estimates
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.surveys.designs import Design
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Mask


__all__ = ["quantile"]

_INTERVALS = ("mean", "xlogit", "beta", "asin", "score")


def quantile(
    survey: Survey,
    of: str,
    by: By = None,
    *,
    q: float | Sequence[float] = 0.5,
    rule: str = "math",
    interval: str = "mean",
    ci_level: float = 0.95,
    df: Degrees = None,
) -> EstimateTable:
    """Weighted quantiles of a numeric variable, for each group; the median when ``q`` is left out.

    Parameters
    ----------
    survey, of, by, ci_level, df : as for ``mean``.
    q : probability or probabilities, above 0 and below 1.
    rule : "math" (R's default), "school", or "hf1" to "hf9" (Hyndman and Fan).
    interval : "mean" (Woodruff), "xlogit", "beta", "asin" or "score" (Francisco and Fuller).

    Returns
    -------
    EstimateTable : group columns, q (with several), estimate, se, ci_low, ci_high, n; deff is empty. ``se`` is the
        width of the interval over twice the quantile of t. A limit (and then ``se``) is NaN where too few answers lie
        on that side; displays say for how many rows. The covariance holds variances; covariances are NaN: unknown.

    Raises
    ------
    InputError : as for ``mean``; an unknown rule or interval; a ``q`` outside 0 to 1.

    Notes
    -----
    Woodruff (1952), doi:10.1080/01621459.1952.10483443. An interval that runs past the smallest or largest answer
    has no limit there. Checked against R's ``svyquantile``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": range(1, 42)}))
    >>> float(quantile(survey, of="hours").table["estimate"][0])
    21.0
    """
    several = isinstance(q, Iterable) and not isinstance(q, str)
    check_call(survey, of, by, ci_level, df, *(["q"] if several else []))
    if rule not in QUANTILE_RULES:
        raise InputError(Problem(f"rule is {rule!r}.", do=did_you_mean(rule, QUANTILE_RULES)))
    if interval not in _INTERVALS:
        raise InputError(Problem(f"interval is {interval!r}.", do=did_you_mean(interval, _INTERVALS)))
    wanted = _probabilities(q)
    values = measured(survey, of)
    groups, missing = make_groups(survey, by, np.isfinite(values))
    result = ratio_estimates(survey.design, values[:, None], None, groups)
    columns = groups.columns(len(wanted))
    if several:
        columns["q"] = np.tile(wanted, groups.number)
    table, basis, whole_df = summarise(
        survey, result.repeated(len(wanted)), groups, columns, ci_level, df, per_group=len(wanted)
    )
    how = _How(rule, interval, ci_level)
    weights = survey.design.row_weights
    rows: list[tuple[float, float, float, float]] = []
    for at in range(groups.number):
        here = groups.rows(at)
        ordered, inside = SortedValues(values[here], weights[here]), groups.codes == at
        for p in wanted:
            degrees = float(basis["df"][len(rows)])
            rows.append(_one_quantile(survey.design, values, inside, ordered, p, how, degrees))
    table["estimate"], table["ci_low"], table["ci_high"], table["se"] = map(list, zip(*rows, strict=True))
    table["deff"] = np.nan
    basis["effective_n"] = np.repeat(result.kish, len(wanted))
    covariance = np.full((len(table), len(table)), np.nan)
    np.fill_diagonal(covariance, table["se"].to_numpy() ** 2)
    return EstimateTable(
        table, covariance, "quantile", of, groups.names, None, basis, whole_df, ci_level,
        interval, survey.codebook, survey.provenance, missing,
    )  # fmt: skip


def _probabilities(q: Any) -> list[float]:
    """One probability or several, each above 0 and below 1."""
    given = q if isinstance(q, Iterable) and not isinstance(q, str) else [q]
    wanted = [some_share("q", each, 0.5) for each in given]
    if not wanted:
        raise InputError(Problem("There is no quantile to estimate.", do="Give q=0.5 for the median."))
    return wanted


@dataclass(frozen=True)
class _How:
    """The rule of a quantile, and the kind and level of its interval."""

    rule: str
    interval: str
    ci_level: float


def _one_quantile(
    design: Design,
    values: Floats,
    rows: Mask,
    ordered: SortedValues,
    p: float,
    how: _How,
    df: float,
) -> tuple[float, float, float, float]:
    """Estimate, low, high and se of one quantile."""
    found = ordered.quantile(p, how.rule)
    t = t_quantile(how.ci_level, df)
    if how.interval == "score":
        low, high = _score_limits(design, values, rows, ordered, p, how.rule, t)
    else:
        below = np.where(rows, values <= found, 0.0)[:, None]
        groups = Groups((), (), np.where(rows, 0, -1).astype(np.intp), ((),))
        reached = ratio_estimates(design, below, None, groups)
        method = "wald" if how.interval == "mean" else how.interval
        p_low, p_high = share_interval(
            method, float(reached.values[0]), float(reached.covariance[0, 0]), int(reached.n[0]), df, how.ci_level,
            float(reached.kish[0]),
        )  # fmt: skip
        low = math.nan if math.isnan(p_low) or p_low < 0 else ordered.quantile(p_low, how.rule)
        high = math.nan if math.isnan(p_high) or p_high > 1 else ordered.quantile(p_high, how.rule)
    return found, low, high, (high - low) / (2 * t)


def _score_limits(
    design: Design, values: Floats, rows: Mask, ordered: SortedValues, p: float, rule: str, t: float
) -> tuple[float, float]:
    """Limits where the score test of the quantile just rejects (Francisco and Fuller 1991)."""
    from scipy.optimize import brentq

    groups = Groups((), (), np.where(rows, 0, -1).astype(np.intp), ((),))

    def score(at: float, limit: float) -> float:
        test = ratio_estimates(design, np.where(rows, (values > at) - (1 - p), 0.0)[:, None], None, groups)
        return float(test.values[0] / math.sqrt(test.covariance[0, 0]) - limit)

    inside = values[rows]
    if inside.min() == inside.max():
        raise InputError(
            Problem("Everyone gives the same answer: a score interval does not exist.", do="Use interval='mean'.")
        )
    step = float(np.subtract(*np.quantile(inside, [0.75, 0.25]))) / 100
    first, last = float(inside.min()) + step, float(inside.max()) - step
    limits = []
    for limit in (t, -t):
        if score(first, limit) * score(last, limit) > 0:
            limits.append(math.nan)
            continue
        # The score is a step function: its root is an answer at which the sign changes.
        at = brentq(score, first, last, args=(limit,), xtol=1e-8)
        # A hair less, so that a share of the answers that is a whole number of them counts as reached.
        limits.append(ordered.quantile(float(np.mean(inside <= at)) * (1 - 1e-12), rule))
    return limits[0], limits[1]
