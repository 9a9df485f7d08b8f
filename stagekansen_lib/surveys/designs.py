"""The sampling design: strata, clusters, stages, finite populations, calibration and replicate weights.

A design always describes the whole sample. A domain (a subpopulation) keeps the whole design and the positions of
its rows in it, so that variances count the rows outside the domain as zeros and never as absent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from stagekansen_lib.surveys.calibrations import Calibration

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Floats, Integers


__all__ = ["Design", "Replicates", "SingleUnit", "Stage", "degrees_of_freedom", "touched"]


SingleUnit = Literal["refuse", "adjust", "average", "certainty", "remove"]

SINGLE_UNIT_RULES = ("refuse", "adjust", "average", "certainty", "remove")

# A sampled fraction this close to one leaves no sampling variance.
_WHOLLY_SAMPLED = 1e-7

# Replicates of these kinds follow from the stages of the design.
_MADE_HERE = ("made bootstrap", "made jackknife", "made BRR", "made Fay")

# Numbers in one block of replicate weights: 32 MB.
_BLOCK = 4_000_000


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of sampling, as integer codes for each row of the whole sample.

    ``clusters`` is None when each row is its own cluster. ``sampled`` and ``population`` count clusters in each
    stratum; ``population`` is None when sampling counts as with replacement. ``factor`` is the share of earlier
    stages that was sampled, which multiplies what this stage adds to a variance.
    """

    clusters: Integers | None
    cluster_stratum: Integers
    strata: Integers | None
    sampled: Floats
    population: Floats | None
    factor: Floats
    stratum_names: tuple[str, ...]

    @property
    def not_sampled(self) -> Floats:
        """For each stratum the share of its clusters that was not sampled: the finite population correction."""
        if self.population is None:
            return np.ones(len(self.sampled))
        rest = (self.population - self.sampled) / self.population
        return np.where(rest < _WHOLLY_SAMPLED, 0.0, rest)


@dataclass(frozen=True, eq=False)
class Replicates:
    """Replicate weights, as they are used in an analysis: the sampling weight is multiplied in.

    ``weights`` has one row a row of the sample and one column a replicate; it is None when replicates are drawn when
    they are needed, by ``draw(first, last)``, because all of them together would not fit in memory. A variance is
    ``scale * sum(rscales * (estimate of replicate - centre)^2)``; the centre is the mean of the replicates, or the
    full estimate when ``mse`` is True. ``backend`` names the joblib backend that works on them, with ``jobs`` workers.
    """

    weights: Floats | None
    scale: float
    rscales: Floats
    mse: bool = False
    kind: str = "other"
    draw: Callable[[int, int], Floats] | None = None
    backend: str | None = None
    jobs: int = -1
    # Ranks of the weights of parts of the rows, by a digest of their positions; never taken along by replace().
    ranks: dict[bytes, int] = field(default_factory=dict, init=False, repr=False)

    @property
    def number(self) -> int:
        return len(self.rscales)

    def block(self, first: int, last: int) -> Floats:
        """The weights of replicates ``first`` up to ``last``."""
        if self.weights is not None:
            return self.weights[:, first:last]
        if self.draw is None:
            raise ValueError("replicates need weights or a way to draw them")
        return self.draw(first, last)

    def spans(self, rows: int) -> list[tuple[int, int]]:
        """First and last of each block: as many replicates at a time as need little memory."""
        size = max(1, min(250, _BLOCK // max(rows, 1)))
        return [(first, min(first + size, self.number)) for first in range(0, self.number, size)]

    def blocks(self, rows: int) -> Iterator[Floats]:
        """All replicates, block by block."""
        for first, last in self.spans(rows):
            yield self.block(first, last)

    def matrix(self) -> Floats:
        """All replicate weights at once."""
        return self.block(0, self.number)


@dataclass(frozen=True, eq=False)
class Design:
    """How the sample was drawn and weighted.

    Parameters
    ----------
    weights : weight of each row of the whole sample, 0 or more.
    stages : stages of sampling, the first one first; empty for a survey with given replicate weights.
    single_unit : what a variance does with a stratum that holds one cluster.
    calibrations : what was done to the weights, in order.
    replicates : replicate weights; variances then come from these.
    domain : positions of the rows of a subpopulation in the whole sample; None means all rows.
    targets : the margins that the weights were last made to meet, for the report on weights.
    steps : what was done to the weights, as functions that do the same to replicate weights.
    base_weights : the weights before all steps.
    """

    weights: Floats
    stages: tuple[Stage, ...]
    single_unit: SingleUnit = "refuse"
    calibrations: tuple[Calibration, ...] = ()
    replicates: Replicates | None = None
    domain: Integers | None = None
    targets: tuple[Any, ...] = ()
    steps: tuple[Callable[[Floats], Floats], ...] = ()
    base_weights: Floats | None = None
    described: str = field(default="", compare=False)

    @property
    def size(self) -> int:
        """Number of rows of the whole sample."""
        return len(self.weights)

    @property
    def row_weights(self) -> Floats:
        """Weights of the rows of the domain."""
        return self.weights if self.domain is None else self.weights[self.domain]

    @cached_property
    def all_weighed(self) -> bool:
        """Whether every row has a weight above zero: then no call needs to look."""
        return bool(self.weights.min() > 0)

    def within(self, positions: Integers) -> Design:
        """The same design for a subpopulation: ``positions`` count within the present domain."""
        kept = positions if self.domain is None else self.domain[positions]
        return replace(self, domain=kept)


def degrees_of_freedom(design: Design, rows: NDArray[np.bool_] | None = None) -> int:
    """Degrees of freedom as R's ``degf`` counts them: clusters minus strata that the domain touches.

    ``rows`` marks rows of the domain to count. With given replicate weights it is the rank of their matrix minus one.
    So it is for a part of the rows with a jackknife or BRR that ``replicate`` made; for all rows that is the number
    of clusters minus strata. For a bootstrap it is always the latter, held below the number of replicates.
    """
    replicates = design.replicates
    if replicates is not None and replicates.kind != "made bootstrap":
        part = design.domain is not None or not (rows is None or rows.all())
        if part or replicates.kind not in _MADE_HERE:
            return _replicate_rank(design, rows) - 1
    clusters, strata = touched(design, rows)
    most = clusters - strata
    return most if replicates is None else min(most, replicates.number - 1)


def touched(design: Design, rows: NDArray[np.bool_] | None = None) -> tuple[int, int]:
    """The number of clusters of the first stage and of strata with a row that counts in the domain."""
    stage = design.stages[0]
    if stage.clusters is None and stage.strata is None:
        if design.all_weighed:
            clusters = len(design.row_weights) if rows is None else int(np.count_nonzero(rows))
        else:
            weighed = design.row_weights > 0
            clusters = int(np.count_nonzero(weighed if rows is None else weighed & rows))
        return clusters, min(1, clusters)
    positions = _counted(design, rows)
    clusters = len(positions) if stage.clusters is None else _distinct(stage.clusters[positions])
    return clusters, min(1, clusters) if stage.strata is None else _distinct(stage.strata[positions])


def _counted(design: Design, rows: NDArray[np.bool_] | None) -> Integers:
    """Positions in the whole sample of rows of the domain with a weight."""
    positions = np.arange(design.size) if design.domain is None else design.domain
    if rows is not None:
        positions = positions[rows]
    return positions[design.weights[positions] > 0]


def _distinct(codes: Integers) -> int:
    return 0 if not len(codes) else int((np.bincount(codes) > 0).sum())


def _replicate_rank(design: Design, rows: NDArray[np.bool_] | None) -> int:
    """The rank of the replicate weights of some rows; found once for the same rows and weights."""
    replicates = design.replicates
    if replicates is None:
        raise ValueError("the design has no replicate weights")
    if replicates.kind == "made jackknife" and not design.steps:
        return _jackknife_rank(design.stages[0], _counted(design, rows))
    positions = np.arange(design.size) if design.domain is None else design.domain
    if rows is not None:
        positions = positions[rows]
    key = hashlib.blake2b(positions.astype(np.int64).tobytes()).digest()
    if key not in replicates.ranks:
        blocks = [block[positions] for block in replicates.blocks(design.size)]
        replicates.ranks[key] = _rank(np.hstack(blocks))
    return replicates.ranks[key]


def _jackknife_rank(stage: Stage, positions: Integers) -> int:
    """The rank for a jackknife without weighting steps, which follows from what the rows touch.

    Each replicate leaves a cluster out. In a stratum with all its clusters among the rows the replicates add up to
    the full weights; that takes away one dimension, which all such strata share.
    """
    clusters = positions if stage.clusters is None else np.unique(stage.clusters[positions])
    strata = np.zeros(len(clusters), dtype=np.intp) if stage.strata is None else stage.cluster_stratum[clusters]
    whole = int((np.bincount(strata, minlength=len(stage.sampled)) == stage.sampled).sum())
    return len(clusters) - whole + min(whole, 1)


def _rank(matrix: Floats) -> int:
    """The number of singular values above 1e-5 of the largest, from the smaller of the two Gram matrices.

    Squares of singular values have a rounding error of about 1e-15 of the largest, far below the border of 1e-10.
    """
    if not matrix.size:
        return 0
    scaled = matrix / (np.abs(matrix).max() or 1.0)
    values = np.linalg.eigvalsh(scaled.T @ scaled if len(scaled) >= scaled.shape[1] else scaled @ scaled.T)
    return int((values > 1e-10 * values[-1]).sum())
