"""p values of several comparisons together, from how the comparisons go together.

Holm's and like corrections hold however outcomes are related, and pay for that when they are related strongly. With the
joint covariance of the effects the chance that the largest of them passes a border is known.
Source: Hothorn, Bretz and Westfall (2008), doi:10.1002/bimj.200810425 (single step).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from stagekansen_lib.designs import Design
from stagekansen_lib.variance import linearised_covariance, replicate_covariance, replicate_estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["joint_p_values"]

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
    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(spread, spread)
    borders = stats.t.isf(np.clip(p_values, 1e-300, 1.0) / 2, df)
    # Draws from the joint distribution: a correlation of exactly 1 is no trouble for them, as it is for an integral.
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    random = np.random.default_rng(_SEED)
    draws = random.standard_normal((_POINTS, len(borders))) @ root.T
    draws /= np.sqrt(random.chisquare(df, _POINTS) / df)[:, None]
    largest = np.sort(np.abs(draws).max(axis=1))
    drawn = 1 - np.searchsorted(largest, borders) / _POINTS
    # Far out, where draws are few, the sum of the single chances is the joint one but for its last digits.
    single = np.minimum(p_values * len(p_values), 1.0)
    rare = drawn * _POINTS < 400
    return [float(each) for each in np.maximum(np.where(rare, single, np.minimum(drawn, single)), p_values)]
