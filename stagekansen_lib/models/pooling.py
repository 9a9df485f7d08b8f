"""Results of surveys with filled-in answers put together: Rubin's rules.

Sources: Rubin (1987), doi:10.1002/9780470316696; Barnard and Rubin (1999), doi:10.1093/biomet/86.4.948, for the degrees
of freedom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.models.regressions import Regression
from stagekansen_lib.surveys.words import readable

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["Pooled", "pool"]


@dataclass(frozen=True, eq=False)
class Pooled:
    """Estimates of several filled-in surveys as one. May hold small groups.

    Parameters
    ----------
    table : the group columns (and ``code`` or ``q``), or ``term`` of a model; then estimate, se, ci_low, ci_high, df,
        p_value (of a model: two-sided, that a coefficient is nought) and missing_information (0 to 1: the part of the
        doubt that comes from missing answers).
    covariance : of the estimates, in the order of the rows.
    within, between : what it is made of: the mean covariance, and that between the surveys.
    surveys : how many surveys there were.
    ci_level : level of the intervals.
    """

    table: pd.DataFrame
    covariance: Floats
    within: Floats
    between: Floats
    surveys: int
    ci_level: float

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False, float_format=readable)}\npooled over {self.surveys} surveys (Rubin)"


def pool(results: Sequence[EstimateTable] | Sequence[Regression]) -> Pooled:
    """One result of several surveys in which missing answers were filled in (``impute``), by Rubin's rules.

    Parameters
    ----------
    results : the same call for each survey: tables of ``share``, ``mean``, ``total``, ``ratio`` or ``quantile``, or
        models of ``regress``.

    Returns
    -------
    Pooled : see there.

    Raises
    ------
    InputError : fewer than two results; results of different calls; a group that is missing in one of them.

    Notes
    -----
    Estimate: the mean. Covariance: mean covariance W plus (1 + 1/m) times that between the surveys B. Degrees of
    freedom of each estimate: Barnard and Rubin, from those of the design (of a model: its residual ones), so that they
    are never more than without missing answers. Intervals of shares on the logit scale. Checked against the pooled
    results of statsmodels (``MICE``) and against a computation by hand.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.estimation.means import mean
    >>> from stagekansen_lib.models.imputing import impute
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> frame = pd.DataFrame({"year": [1, 2, 3, 4] * 10, "hours": [8.0, None, 12, 14] * 10})
    >>> filled = impute(survey_from_frame(frame), ["hours"], given=["year"], n=5, seed=1)
    >>> bool(pool([mean(each, "hours") for each in filled]).table["missing_information"][0] > 0)
    True
    """
    found = list(results) if isinstance(results, (list, tuple)) else []
    same = len({type(each) for each in found}) == 1 and isinstance(found[0], (EstimateTable, Regression))
    if len(found) < 2 or not same:
        raise InputError(
            Problem(
                f"results is {said(results)}.",
                do="Give two or more results of one call: pool([mean(each, 'hours') for each in impute(...)]).",
            )
        )
    keys = [_keys(each) for each in found]
    if not all(each.equals(keys[0]) for each in keys) or len({_call(each) for each in found}) > 1:
        raise InputError(
            Problem(
                "The results are of different calls, or a group or answer is not in each of the surveys.",
                do="Make the same call of each survey; merge groups that are not in all of them.",
            )
        )
    values = np.vstack([each.table["estimate"].to_numpy(dtype=float) for each in found])
    within = np.mean([each.covariance for each in found], axis=0)
    between = np.atleast_2d(np.cov(values, rowvar=False))
    return _pooled(found, keys[0], values, within, between)


def _pooled(
    found: Sequence[EstimateTable | Regression], keys: pd.DataFrame, values: Floats, within: Floats, between: Floats
) -> Pooled:
    m, first = len(found), found[0]
    covariance = within + (1 + 1 / m) * between
    estimates = values.mean(axis=0)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    extra = (1 + 1 / m) * np.diag(between)
    part = np.divide(extra, np.diag(covariance), out=np.zeros_like(extra), where=np.diag(covariance) > 0)
    complete = np.mean([_degrees(each) for each in found], axis=0)
    df = np.array([_barnard_rubin(m, float(one), float(of)) for one, of in zip(part, complete, strict=True)])
    share = isinstance(first, EstimateTable) and first.statistic == "share"
    limits = [
        _limits(float(estimate), float(error), float(own), first.ci_level, share=share)
        for estimate, error, own in zip(estimates, errors, df, strict=True)
    ]
    table = keys.assign(estimate=estimates, se=errors, ci_low=[low for low, _ in limits],
                        ci_high=[high for _, high in limits], df=df)  # fmt: skip
    if isinstance(first, Regression):
        with np.errstate(divide="ignore", invalid="ignore"):
            table["p_value"] = 2 * stats.t.sf(np.abs(estimates / errors), df)
    table["missing_information"] = _information(part, df)
    return Pooled(table, covariance, within, between, m, first.ci_level)


def _keys(found: EstimateTable | Regression) -> pd.DataFrame:
    """What each row is of."""
    if isinstance(found, Regression):
        return found.table[["term"]]
    named = [*found.by, *(name for name in ("code", "q") if name in found.table.columns)]
    return found.table[named].astype(object)


def _call(found: EstimateTable | Regression) -> tuple[str, ...]:
    if isinstance(found, Regression):
        return found.of, found.family, found.link, str(found.ci_level)
    return found.of, found.statistic, str(found.code), str(found.ci_level)


def _degrees(found: EstimateTable | Regression) -> Floats:
    """The degrees of freedom that each estimate has when no answer is missing."""
    if isinstance(found, Regression):
        return found.table["df"].to_numpy(dtype=float)
    return found.basis["df"].to_numpy(dtype=float)


def _barnard_rubin(m: int, part: float, complete: float) -> float:
    """Degrees of freedom, from the part of the variance that lies between the surveys."""
    if not part > 0:
        return complete
    old = (m - 1) / part**2
    if not math.isfinite(complete):
        return old
    observed = (complete + 1) / (complete + 3) * complete * (1 - part)
    return 1 / (1 / old + 1 / observed) if observed > 0 else math.nan


def _information(part: Floats, df: Floats) -> Floats:
    """The part of the information that is missing (Rubin 1987, 3.1.10)."""
    ratio = part / np.maximum(1 - part, 1e-300)
    return np.where(part > 0, (ratio + 2 / (df + 3)) / (ratio + 1), 0.0)


def _limits(estimate: float, error: float, df: float, ci_level: float, *, share: bool) -> tuple[float, float]:
    half = t_quantile(ci_level, df) * error
    if not share or not 0 < estimate < 1:
        return estimate - half, estimate + half
    middle, half = math.log(estimate / (1 - estimate)), half / (estimate * (1 - estimate))
    return 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle))
