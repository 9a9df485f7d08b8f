"""Weights with their extremes cut off."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from stagekansen_lib.arguments import some_number
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.surveys import Survey, need_survey
from stagekansen_lib.weighting.applying import domain_free

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["trim_weights"]


def trim_weights(
    survey: Survey, *, lower: float | None = None, upper: float | None = None, strict: bool = False
) -> Survey:
    """The survey with weights held between two limits; what is cut off is shared by the other rows.

    Parameters
    ----------
    survey : the survey.
    lower, upper : limits of a weight, in weights (not in quantiles); None means no limit.
    strict : True to repeat until no weight passes a limit; otherwise sharing may push one over it again.

    Returns
    -------
    Survey : weights changed with the same total, a line of history.

    Raises
    ------
    InputError : no limit; limits that leave no room; replicate weights (trim before making them).

    Notes
    -----
    The total is shared in equal parts over the rows that were not cut, as R's ``trimWeights`` does. Margins are no
    longer met exactly: ``describe_weights`` shows by how much.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"w": [1.0, 1.0, 4.0]}), weights="w")
    >>> trim_weights(survey, upper=3).weights
    array([1.5, 1.5, 3. ])
    """
    need_survey(survey)
    low, high = _limits(lower, upper)
    if survey.design.replicates is not None:
        raise InputError(
            Problem("The survey has replicate weights.", do="Trim first, then make replicates with replicate().")
        )
    base = domain_free(survey)
    used = base.weights > 0
    mean = base.weights[used].mean()
    if not low <= mean <= high:
        raise InputError(
            Problem(
                f"The mean weight {mean:g} is not between {low:g} and {high:g}.",
                do="Limits must leave room for the same total.",
            )
        )
    after = base.weights.copy()
    after[used] = _trimmed(after[used], low, high, strict=strict)
    line = f"trim: weights between {low:g} and {high:g}{', strict' if strict else ''}"
    changed = replace(
        base,
        weights=after,
        steps=(*base.steps, partial(_trim_factors, low, high, strict)),
        base_weights=base.weights if base.base_weights is None else base.base_weights,
    )
    return survey.with_weights(changed, survey.provenance.with_step(line))


def _limits(lower: float | None, upper: float | None) -> tuple[float, float]:
    if lower is None and upper is None:
        raise InputError(Problem("Trimming needs a limit.", do="Give lower=, upper= or both."))
    low = -np.inf if lower is None else some_number("lower", lower, do="Give a weight.")
    return low, np.inf if upper is None else some_number("upper", upper, do="Give a weight.")


def _trimmed(weights: Floats, low: float, high: float, *, strict: bool) -> Floats:
    held = np.zeros(len(weights), dtype=bool)
    total = weights.sum()
    while True:
        outside = (weights < low) | (weights > high)
        if not outside.any():
            return weights
        weights = np.clip(weights, low, high)
        held |= outside
        if held.all():
            raise InputError(Problem("Every weight would be cut.", do="Choose wider limits."))
        weights[~held] += (total - weights.sum()) / (~held).sum()
        if not strict:
            return weights


def _trim_factors(low: float, high: float, strict: bool, weights: Floats) -> Floats:
    factors = np.ones_like(weights)
    for at, column in enumerate(weights.T):
        used = column > 0
        factors[used, at] = _trimmed(column[used], low, high, strict=strict) / column[used]
    return factors
