"""The variance of a regression with few clusters: CR2 with Satterthwaite's degrees of freedom.

With a few schools the usual sandwich is too small and its degrees of freedom are too many. CR2 (bias-reduced
linearisation) corrects the residuals of each cluster so that the variance has no bias when rows vary alike;
Satterthwaite's degrees of freedom say how much it varies itself.

Sources: Bell and McCaffrey (2002), Survey Methodology 28, 169-181; Pustejovsky and Tipton (2018),
doi:10.1080/07350015.2016.1247004. Checked against R's clubSandwich 0.5.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers

__all__ = ["ClusterVariance", "cluster_variance"]

# An eigenvalue below this part of the largest is a rounding error of nought.
_NOUGHT = 1e-10


@dataclass(frozen=True, eq=False)
class ClusterVariance:
    """The CR2 variance of the coefficients of a linear fit.

    Parameters
    ----------
    covariance : of the coefficients, k by k.
    clusters : number of clusters.
    """

    covariance: Floats
    clusters: int
    _bread: Floats
    # How a cluster varies by itself in the working model, and what ties it to the others through the fit.
    _own: Floats
    _pulls: Floats
    _crossed: Floats
    _gram: Floats

    def df(self, contrast: Floats) -> float:
        """Satterthwaite's degrees of freedom of the variance of ``contrast @ coefficients``."""
        c = self._bread @ np.asarray(contrast, dtype=float)
        own = np.einsum("gij,i,j->g", self._own, c, c)
        pulls = self._pulls @ c  # clusters by k: coefficients of the model on what a cluster weighs
        crossed = self._crossed @ c
        between = pulls @ self._gram @ pulls.T - pulls @ crossed.T - crossed @ pulls.T
        between[np.diag_indices_from(between)] += own
        return float(np.trace(between) ** 2 / (between**2).sum())

    @cached_property
    def degrees(self) -> Floats:
        """Degrees of freedom of each coefficient."""
        return np.array([self.df(unit) for unit in np.eye(len(self.covariance))])


def cluster_variance(
    x: Floats, weights: Floats, residuals: Floats, clusters: Integers, spread: Floats | None = None
) -> ClusterVariance:
    """CR2 of weighted least squares.

    Parameters
    ----------
    x : model matrix, n by k.
    weights : weight of each row in the fit, above nought.
    residuals : what the fit leaves, of each row.
    clusters : number of the cluster of each row, 0 and on.
    spread : variance of each row in the working model, up to a factor; 1 for each row when left out. A logistic model
        is given on the scale of the answers, as in clubSandwich: ``x * v``, ``weights / v``, ``y - p`` and ``v``, with
        ``v = p (1 - p)``.
    """
    phi = np.ones(len(x)) if spread is None else spread
    weighed = x * weights[:, None]
    bread = linalg.inv(x.T @ weighed)
    gram = (weighed * phi[:, None]).T @ weighed
    order = np.argsort(clusters, kind="stable")
    ends = np.cumsum(np.bincount(clusters[order]))
    parts = [rows for rows in np.split(order, ends[:-1]) if len(rows)]
    k, number = x.shape[1], len(parts)
    meat = np.zeros((k, k))
    own, pulls, crossed = np.empty((number, k, k)), np.empty((number, k, k)), np.empty((number, k, k))
    for at, rows in enumerate(parts):
        corrected = _corrected(x[rows], weights[rows], phi[rows], bread, gram)
        score = corrected.T @ residuals[rows]
        meat += np.outer(score, score)
        own[at] = corrected.T @ (corrected * phi[rows, None])
        pulls[at] = bread @ (x[rows].T @ corrected)
        crossed[at] = weighed[rows].T @ (corrected * phi[rows, None])
    return ClusterVariance(bread @ meat @ bread, number, bread, own, pulls, crossed, gram)


def _corrected(x: Floats, weights: Floats, phi: Floats, bread: Floats, gram: Floats) -> Floats:
    """The weighted model matrix of one cluster, corrected for what the fit takes from its residuals."""
    weighed = x * weights[:, None]
    if (phi == 1).all():
        return _corrected_alike(x, weighed, bread, gram)
    root = np.sqrt(phi)
    left, right = x * root[:, None], weighed * (root * phi)[:, None]
    taken = left @ bread @ right.T
    kept = np.diag(phi**2) - taken - taken.T + left @ (bread @ gram @ bread) @ left.T
    values, vectors = linalg.eigh((kept + kept.T) / 2)
    there = values > _NOUGHT * values[-1]
    vectors = vectors[:, there] * root[:, None]
    return np.asarray(vectors @ ((vectors.T @ weighed) / np.sqrt(values[there])[:, None]))


def _corrected_alike(x: Floats, weighed: Floats, bread: Floats, gram: Floats) -> Floats:
    """The same where all rows vary alike: the correction differs from one in a few directions only."""
    basis, triangle = linalg.qr(np.hstack([x, weighed]), mode="economic")
    inner = np.block([[bread @ gram @ bread, -bread], [-bread, np.zeros_like(bread)]])
    small = triangle @ inner @ triangle.T
    values, vectors = linalg.eigh((small + small.T) / 2)
    directions = basis @ vectors
    left = 1 + values  # what is left of the variance of the residuals in each of these directions
    change = np.where(left > _NOUGHT, 1 / np.sqrt(np.maximum(left, _NOUGHT)), 0.0) - 1
    return np.asarray(weighed + directions @ (change[:, None] * (directions.T @ weighed)))
