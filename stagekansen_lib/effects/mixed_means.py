"""Means of groups in periods with a random effect of each group, by restricted maximum likelihood (REML)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["MixedMeans", "mixed_means"]

# The ratio of the variance between groups to that within them is looked for between these powers of e; and nought.
_LEAST, _MOST = -16.0, 12.0
# Below this part of all that there is to explain, nothing is left: the means lie on the model.
_NOTHING = 1e-24


@dataclass(frozen=True, eq=False)
class MixedMeans:
    """What the model found: coefficients and their covariance, and the variance between and within groups."""

    coefficients: Floats
    covariance: Floats
    between: float
    within: float


@dataclass(frozen=True, eq=False)
class _Fit:
    coefficients: Floats
    bread: Floats
    within: float
    criterion: float


def mixed_means(means: Floats, columns: Floats, variances: tuple[float, float] | None = None) -> MixedMeans:
    """A random intercept of each group, REML or with known variances, for groups that all have every period.

    Parameters
    ----------
    means : one row a group, one column a period.
    columns : one row a group and period, groups one after another; a column for each coefficient, a constant among
        them. More rows than columns.
    variances : between groups and within them, when they are known; otherwise they are estimated.

    Returns
    -------
    MixedMeans. Where groups differ no more than by chance the variance between them is nought.

    Notes
    -----
    With r the ratio of the variances and T the periods, the model is least squares on what is left of each value
    without 1 - 1 / sqrt(1 + T r) of the mean of its group; minus twice the restricted log-likelihood is, but for a
    constant, (n - p) log RSS + G log(1 + T r) + log det(X'X) (Patterson and Thompson 1971,
    doi:10.1093/biomet/58.3.545). Checked against ``nlme::lme``.
    """
    if variances is not None:
        between, within = variances
        known = _fit(means, columns, between / within)
        return MixedMeans(known.coefficients, within * known.bread, between, within)
    part = optimize.minimize_scalar(
        lambda power: _fit(means, columns, math.exp(power)).criterion,
        bounds=(_LEAST, _MOST), method="bounded", options={"xatol": 1e-10},
    )  # fmt: skip
    ratio = min(0.0, math.exp(part.x), key=lambda one: _fit(means, columns, one).criterion)
    found = _fit(means, columns, ratio)
    return MixedMeans(found.coefficients, found.within * found.bread, ratio * found.within, found.within)


def _fit(means: Floats, columns: Floats, ratio: float) -> _Fit:
    groups, periods = means.shape
    left = 1 - 1 / math.sqrt(1 + periods * ratio)
    y = (means - left * means.mean(axis=1, keepdims=True)).ravel()
    whole = columns.reshape(groups, periods, -1)
    x = (whole - left * whole.mean(axis=1, keepdims=True)).reshape(columns.shape)
    bread = np.linalg.inv(x.T @ x)
    coefficients = bread @ x.T @ y
    rest = y - x @ coefficients
    free = len(y) - x.shape[1]
    rss = max(float(rest @ rest), _NOTHING * float(y @ y), np.finfo(float).tiny)
    _, size = np.linalg.slogdet(x.T @ x)
    criterion = free * math.log(rss) + groups * math.log(1 + periods * ratio) + float(size)
    return _Fit(coefficients, bread, float(rest @ rest) / free, criterion)
