"""p values of several comparisons together, from how the comparisons go together.

Holm's and like corrections hold however outcomes are related, and pay for that when they are related strongly. With the
joint covariance of the effects the chance that the largest of them passes a border is known.
Source: Hothorn, Bretz and Westfall (2008), doi:10.1002/bimj.200810425 (single step).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from stagekansen_lib.comparison.cases import Case, make_case
from stagekansen_lib.comparison.outcomes import ordered_values
from stagekansen_lib.comparison.results import Comparison
from stagekansen_lib.comparison.small_samples import EXACT_METHODS, share_below
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.replicates import replicate_covariance, replicate_estimates
from stagekansen_lib.estimation.variance import linearised_covariance
from stagekansen_lib.surveys.designs import Design, degrees_of_freedom
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["battery_p_values", "joint_p_values", "single_step"]


_SEED = 1

_POINTS = 200_000


def joint_p_values(design: Design, influence: Floats, p_values: Floats, df: float) -> list[float]:
    """For each comparison (a column of influences) the chance that any of them is as far out, when nothing differs.

    Parameters
    ----------
    design : the design; its domain says which rows ``influence`` describes.
    influence : of each row on each effect; the weight is multiplied in.
    p_values : of each comparison by itself.
    df : degrees of freedom of the tests.
    """
    if design.replicates is None:
        covariance = linearised_covariance(design, influence)
    else:
        weights = design.row_weights[:, None]
        per_weight = np.divide(influence, weights, out=np.zeros_like(influence), where=weights > 0)
        found = replicate_estimates(design, lambda block: block.T @ per_weight)
        covariance = replicate_covariance(design, found, influence.sum(axis=0))
    return single_step(covariance, p_values, df)


def single_step(covariance: Floats, p_values: Floats, df: float) -> list[float]:
    """The same for estimates with a joint covariance; those without a variance are not for this."""
    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(spread, spread)
    borders = stats.t.isf(np.clip(p_values, 1e-300, 1.0) / 2, df)
    # Draws from the joint distribution: a correlation of exactly 1 is no trouble for them, as it is for an integral.
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    random = np.random.default_rng(_SEED)
    draws = random.standard_normal((_POINTS, len(borders))) @ root.T
    if np.isfinite(df):
        draws /= np.sqrt(random.chisquare(df, _POINTS) / df)[:, None]
    largest = np.sort(np.abs(draws).max(axis=1))
    drawn = 1 - np.searchsorted(largest, borders) / _POINTS
    # Far out, where draws are few, the sum of the single chances is the joint one but for its last digits.
    single = np.minimum(p_values * len(p_values), 1.0)
    rare = drawn * _POINTS < 400
    return [float(each) for each in np.maximum(np.where(rare, single, np.minimum(drawn, single)), p_values)]


def battery_p_values(survey: Survey, found: list[Comparison], by: str, p_values: list[float]) -> list[float]:
    columns = []
    for each in found:
        simple = each.effect_name in ("difference_in_means", "difference_in_shares", "probability_of_superiority")
        if not simple or each.adjusted_for or each.method in EXACT_METHODS:
            raise InputError(
                Problem(
                    f"The comparison of '{each.of}' ({each.method}) is no difference between two groups.",
                    do="Use correction='holm', or compare two groups with means, shares or ranks.",
                )
            )
        columns.append(_influence(each, make_case(survey, each.of, by)))
    df = float(degrees_of_freedom(survey.design)) - 1
    return joint_p_values(survey.design, np.column_stack(columns), np.array(p_values), df)


def _influence(found: Comparison, case: Case) -> Floats:
    """What each row does to the difference between the two groups; the weight is multiplied in."""
    used, weights = case.used, case.survey.design.row_weights
    if found.effect_name == "probability_of_superiority":
        values = ordered_values(case)
        sign = np.array([1.0, 1.0])
        own = np.zeros(len(values))
        for at in (0, 1):
            here, other = case.groups == at, case.groups == 1 - at
            below = share_below(values[here], values[other], weights[other])
            own[here] = below if at else 1 - below
    else:
        sign = np.array([-1.0, 1.0])
        if found.answer is None:
            own = case.survey.numbers(found.of)
        else:
            own = (case.outcome.codes == case.outcome.levels.index(found.answer)).astype(float)
    codes, w, y = case.groups[used], weights[used], own[used]
    size = np.bincount(codes, w)
    result = np.zeros(len(used))
    result[used] = sign[codes] * w * (y - (np.bincount(codes, w * y) / size)[codes]) / size[codes]
    return result
