"""What a model expects of each group if groups differed in nothing else that is in it, and the differences of that.

m = sum(w g(x' b)) / sum(w), with the variance of b by the delta method and the respondents as given (Stata's
``margins`` without ``vce(unconditional)``; R's ``avg_predictions`` and ``avg_comparisons`` of marginaleffects).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.models.fitting import inverse_link
from stagekansen_lib.models.model_columns import Column, given_column

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["Margins", "contrast_row", "margins_of", "shown_contrasts", "shown_margins"]


@dataclass(frozen=True, eq=False)
class Margins:
    """Expected outcomes of each answer to a variable, with their covariance: level by level, and of an ordinal model
    answer by answer within a level.

    ``answers`` are those of an ordinal outcome, else one None.
    """

    of: str
    levels: tuple[Any, ...]
    answers: tuple[Any, ...]
    values: Floats
    covariance: Floats
    family: str
    df: float
    ci_level: float


def margins_of(
    of: str, levels: Sequence[Any], rows: pd.DataFrame, weights: Floats, columns: Sequence[Column],
    coefficients: Floats, covariance: Floats, family: str, link: str, answers: Sequence[Any], df: float,
    ci_level: float,
) -> Margins:  # fmt: skip
    """The margins of one variable of a model."""
    values, slopes = [], []
    for level in levels:
        frame = rows.assign(**{of: pd.Series([level] * len(rows), index=rows.index, dtype=object)})
        x = np.column_stack([given_column(frame, column) for column in columns])
        averages = partial(_averages, x, weights / weights.sum(), family, link)
        values.append(averages(coefficients))
        slopes.append(_slopes(averages, coefficients))
    steep = np.vstack(slopes)
    kinds = tuple(answers) if family == "ordinal" else (None,)
    spread = steep @ covariance @ steep.T
    return Margins(of, tuple(levels), kinds, np.concatenate(values), spread, family, df, ci_level)


def _averages(x: Floats, weights: Floats, family: str, link: str, coefficients: Floats) -> Floats:
    """Weighted means of the predictions: one, or one for each answer of an ordinal outcome."""
    p = x.shape[1]
    eta = x @ coefficients[:p]
    if family != "ordinal":
        return np.array([weights @ inverse_link(eta, link)])
    below = np.array([weights @ inverse_link(edge - eta, link) for edge in coefficients[p:]])
    return np.diff(np.concatenate([[0.0], below, [1.0]]))


def _slopes(function: Callable[[Floats], Floats], at: Floats) -> Floats:
    """Slopes of smooth functions by central differences; one row a function."""
    steps = 1e-5 * np.maximum(np.abs(at), 1.0)
    return np.column_stack(
        [(function(at + e) - function(at - e)) / (2 * step) for step, e in zip(steps, np.diag(steps), strict=True)]
    )


def shown_margins(found: Margins) -> pd.DataFrame:
    """Each margin with an interval that stays where the outcome can be."""
    rows, errors = [], np.sqrt(np.maximum(np.diag(found.covariance), 0.0))
    for place, (value, error) in enumerate(zip(found.values.tolist(), errors.tolist(), strict=True)):
        level, answer = divmod(place, len(found.answers))
        code = {"code": found.answers[answer]} if found.family == "ordinal" else {}
        rows.append({found.of: found.levels[level], **code, **_with_interval(found, value, error)})
    return pd.DataFrame(rows)


def _with_interval(found: Margins, estimate: float, error: float) -> dict[str, float]:
    half = t_quantile(found.ci_level, found.df) * error
    low, high = estimate - half, estimate + half
    if found.family == "poisson" and estimate > 0:
        low, high = (estimate * math.exp(sign * half / estimate) for sign in (-1, 1))
    if found.family in ("binomial", "ordinal") and 0 < estimate < 1:
        middle, slope = math.log(estimate / (1 - estimate)), estimate * (1 - estimate)
        low, high = (1 / (1 + math.exp(-(middle + sign * half / slope))) for sign in (-1, 1))
    return {"estimate": estimate, "se": error, "ci_low": low, "ci_high": high}


def shown_contrasts(found: Margins, reference: Any) -> pd.DataFrame:
    """Each level minus the reference, for each answer of an ordinal outcome."""
    number, base = len(found.answers), found.levels.index(reference)
    rows = []
    for place, level in enumerate(found.levels):
        for at, answer in enumerate(found.answers) if place != base else ():
            weights = np.zeros(len(found.values))
            weights[place * number + at], weights[base * number + at] = 1.0, -1.0
            code = {"code": answer} if found.family == "ordinal" else {}
            sized = contrast_row(found.values, found.covariance, weights, found.df, found.ci_level)
            rows.append({found.of: level, "against": reference, **code, **sized})
    return pd.DataFrame(rows)


def contrast_row(values: Floats, covariance: Floats, weights: Floats, df: float, ci_level: float) -> dict[str, float]:
    """A weighted sum of estimates: estimate, se, t interval and two-sided p value."""
    estimate = float(weights @ values)
    error = math.sqrt(max(float(weights @ covariance @ weights), 0.0))
    half = t_quantile(ci_level, df) * error
    p_value = float(2 * stats.t.sf(abs(estimate) / error, df)) if error > 0 else math.nan
    return {
        "estimate": estimate, "se": error, "ci_low": estimate - half, "ci_high": estimate + half, "p_value": p_value,
    }  # fmt: skip
