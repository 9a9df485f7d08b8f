"""What weighting leaves in a design: the parts of the variance that the population counts explain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers


__all__ = [
    "Calibration",
    "CellFactors",
    "MarginCalibration",
    "PostStratification",
    "RegressionCalibration",
    "StackedCalibrations",
    "StackedFactors",
    "cell_sums",
    "indicator",
]


@dataclass(frozen=True, eq=False)
class PostStratification:
    """Weights were made to meet the count of each cell; variances use residuals from the cell means."""

    cells: Integers
    before: Floats
    after: Floats

    @property
    def row_counts(self) -> Floats | None:
        """What each row counts for in the mean of its cell."""
        return self.before

    def fitted(self, sums: Floats, counts: Floats) -> Floats:
        """For each cell what the cells explain, from sums over the rows of a cell."""
        whole = counts[:, None]
        return np.asarray(np.divide(sums, whole, out=np.zeros_like(sums), where=whole > 0))

    def residuals(self, influence: Floats) -> Floats:
        return _cell_residuals(self, influence)


@dataclass(frozen=True, eq=False)
class MarginCalibration:
    """Weights were raked; variances use residuals from the margins, swept out in turn, ten times, as R does.

    ``cells`` is the combination of margin codes of each row, ``margins`` has a row a margin and a column a cell:
    sweeping over cells is the same as over rows, and much less work.
    """

    cells: Integers
    margins: Integers
    after: Floats

    @property
    def row_counts(self) -> Floats | None:
        """What each row counts for in the mean of a margin: None stands for 1."""
        return None

    def fitted(self, sums: Floats, counts: Floats) -> Floats:
        """For each cell what the margins explain, from sums over the rows of a cell."""
        left, result = sums.copy(), np.zeros_like(sums)
        whole = [np.maximum(np.bincount(margin, counts), 1)[:, None] for margin in self.margins]
        for _ in range(10):
            for margin, size in zip(self.margins, whole, strict=True):
                means = np.column_stack([np.bincount(margin, column) for column in left.T]) / size
                result += means[margin]
                left -= means[margin] * counts[:, None]
        return result

    def residuals(self, influence: Floats) -> Floats:
        return _cell_residuals(self, influence)


def _cell_residuals(calibration: PostStratification | MarginCalibration, influence: Floats) -> Floats:
    """What is left of an influence after its fit on cells, row by row."""
    cells, after, counts = calibration.cells, calibration.after, calibration.row_counts
    inverse = np.divide(1.0, after, out=np.zeros_like(after), where=after != 0)
    each = inverse if counts is None else inverse * counts
    sums = np.column_stack([np.bincount(cells, column * each) for column in influence.T]).astype(float)
    fitted = calibration.fitted(sums, np.asarray(np.bincount(cells, counts), dtype=float))
    return np.asarray(influence * (after != 0)[:, None] - fitted[cells] * after[:, None])


@dataclass(frozen=True, eq=False)
class RegressionCalibration:
    """Weights were calibrated on a model; variances use residuals of the weighted regression on its columns.

    ``basis`` is an orthonormal basis of the columns times the root of the weight before, ``scale`` that root times
    the calibration factor.
    """

    basis: Floats
    scale: Floats

    def residuals(self, influence: Floats) -> Floats:
        used = self.scale != 0
        safe = np.where(used, self.scale, 1.0)[:, None]
        scaled = np.where(used[:, None], influence / safe, 0.0)
        return np.asarray((scaled - self.basis @ (self.basis.T @ scaled)) * safe)


@dataclass(frozen=True, eq=False)
class CellFactors:
    """A weighting step that multiplies all weights of a cell by the same factor.

    ``fit`` takes the sum of weights of each cell (one column a set of weights) and gives the factor of each cell.
    """

    cells: Integers
    number: int
    fit: Callable[[Floats], Floats]

    def __call__(self, weights: Floats) -> Floats:
        return np.asarray(self.fit(cell_sums(self.cells, weights, self.number)).take(self.cells, axis=0))


def cell_sums(codes: Integers, weights: Floats, number: int) -> Floats:
    """Sums of weights in each cell, one column a set of weights."""
    if weights.shape[1] == 1:
        column = weights[:, 0]
        # Mostly the first and the last already differ.
        if column[0] == column[-1] and (column == column[0]).all():
            return np.asarray(np.bincount(codes, minlength=number)[:, None] * float(column[0]))
        return np.asarray(np.bincount(codes, column, minlength=number)[:, None], dtype=float)
    return np.asarray(indicator(codes, number) @ weights)


def indicator(codes: Integers, number: int) -> Any:
    """A sparse matrix that sums rows by their code."""
    from scipy.sparse import csr_matrix

    return csr_matrix((np.ones(len(codes)), (codes, np.arange(len(codes)))), shape=(number, len(codes)))


@dataclass(frozen=True, eq=False)
class StackedCalibrations:
    """One calibration of each of several waves that stand under one another, in the rows of that wave."""

    size: int
    parts: tuple[tuple[slice, Calibration], ...]

    def residuals(self, influence: Floats) -> Floats:
        result = np.array(influence, dtype=float)
        for rows, calibration in self.parts:
            result[rows] = calibration.residuals(result[rows])
        return result


@dataclass(frozen=True, eq=False)
class StackedFactors:
    """The weighting steps of waves that stand under one another, as one step: each wave is weighted by itself."""

    parts: tuple[tuple[slice, tuple[Callable[[Floats], Floats], ...]], ...]

    def __call__(self, weights: Floats) -> Floats:
        factors = np.ones_like(weights)
        for rows, steps in self.parts:
            for step in steps:
                factors[rows] *= step(weights[rows] * factors[rows])
        return factors


Calibration = PostStratification | MarginCalibration | RegressionCalibration | StackedCalibrations
