"""The sampling design: strata, clusters, stages, finite populations, calibration and replicate weights.

A design always describes the whole sample. A domain (a subpopulation) keeps the whole design and the positions of
its rows in it, so that variances count the rows outside the domain as zeros and never as absent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from stagekansen_lib._arguments import said
from stagekansen_lib.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = [
    "Calibration",
    "Design",
    "MarginCalibration",
    "PostStratification",
    "RegressionCalibration",
    "Replicates",
    "SingleUnit",
    "Stage",
    "degrees_of_freedom",
    "design_from_frame",
    "touched",
]

SingleUnit = Literal["refuse", "adjust", "average", "certainty", "remove"]
SINGLE_UNIT_RULES = ("refuse", "adjust", "average", "certainty", "remove")

# A sampled fraction this close to one leaves no sampling variance.
_WHOLLY_SAMPLED = 1e-7

# Replicates of these kinds follow from the stages of the design.
_MADE_HERE = ("made bootstrap", "made jackknife", "made BRR", "made Fay")

# Numbers in one block of replicate weights: 32 MB.
_BLOCK = 4_000_000
_BLOCK_ROWS = 65_536


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


def row_blocks(rows: int, codes: int = 0) -> list[slice]:
    """The rows in blocks that stay in the cache of the processor: with millions of rows that is most of the speed.

    Where sums over very many ``codes`` are made, a block would cost more than its rows, and all come at once.
    """
    size = _BLOCK_ROWS if codes <= _BLOCK_ROWS // 4 else max(rows, 1)
    return [slice(first, first + size) for first in range(0, rows, size)]


def count_codes(codes: Integers, number: int) -> Integers:
    """The number of rows with each code, and in the last place of those with code -1."""
    counts = np.zeros(number + 1, dtype=np.intp)
    for rows in row_blocks(len(codes)):
        counts += np.bincount(codes[rows] + 1, minlength=number + 1)
    return np.roll(counts, -1)


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


Calibration = PostStratification | MarginCalibration | RegressionCalibration


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


def design_from_frame(
    frame: pd.DataFrame,
    *,
    weights: str | None = None,
    strata: str | Sequence[str] | None = None,
    clusters: str | Sequence[str] | None = None,
    fpc: str | Sequence[str] | None = None,
    nest: bool = False,
    single_unit: SingleUnit = "refuse",
    check_single: bool = True,
) -> Design:
    """The design that columns of a frame describe; arguments name columns, several stages as lists.

    Raises
    ------
    InputError : a column is unknown or has empty places; a weight is negative; a population is smaller than the
        sample or differs within a stratum; a cluster lies in two strata; a stratum has one cluster.
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise InputError(Problem(f"The frame is {said(frame)}.", do="Give a pandas DataFrame, one row a respondent."))
    if single_unit not in SINGLE_UNIT_RULES:
        raise InputError(Problem(f"single_unit is {single_unit!r}.", do=did_you_mean(single_unit, SINGLE_UNIT_RULES)))
    strata_names, cluster_names, fpc_names = (
        _names(name, given) for name, given in (("strata", strata), ("clusters", clusters), ("fpc", fpc))
    )
    if weights is not None and not isinstance(weights, str):
        raise InputError(Problem(f"weights is {said(weights)}.", do="Name one column of the frame: weights='weight'."))
    _check_columns(frame, [*strata_names, *cluster_names, *fpc_names, *([] if weights is None else [weights])])
    stages = _stages(frame, strata_names, cluster_names, fpc_names, nest=nest)
    if check_single and single_unit == "refuse":
        _refuse_single_units(stages)
    return Design(_weights(frame, weights, stages), stages, single_unit)


def _names(name: str, given: str | Sequence[str] | None) -> list[str]:
    if given is None:
        return []
    names: list[Any] = list(given) if isinstance(given, (list, tuple)) else [given]
    if not all(isinstance(each, str) for each in names):
        raise InputError(Problem(f"{name} must name columns of the frame.", do=f"Give {name}='column', or a list."))
    return names


def _check_columns(frame: pd.DataFrame, names: list[str]) -> None:
    if not len(frame):
        raise InputError(Problem("The frame has no rows.", do="Give at least two rows."))
    twice = frame.columns[frame.columns.duplicated()].unique()
    if len(twice):
        raise InputError(
            Problem(f"Two columns are called '{twice[0]}'.", do="Give each column a name of its own: frame.rename().")
        )
    problems = []
    for name in dict.fromkeys(names):
        if name not in frame.columns:
            problems.append(Problem(f"There is no column '{name}'.", do=did_you_mean(name, list(frame.columns))))
        elif frame[name].isna().any():
            empty = frame.index[frame[name].isna()]
            shown = ", ".join(str(row) for row in empty[:5])
            problems.append(
                Problem(
                    f"{len(empty)} rows have no value (rows {shown}{', ...' if len(empty) > 5 else ''}).",
                    f"column '{name}'",
                    "Weights, strata, clusters and fpc need a value in every row.",
                )
            )
    if problems:
        raise InputError(problems)


def _weights(frame: pd.DataFrame, name: str | None, stages: tuple[Stage, ...]) -> Floats:
    if name is not None:
        values = _numbers(frame, name)
        bad = ~np.isfinite(values) | (values < 0)
        if bad.any():
            rows = ", ".join(str(row) for row in frame.index[bad][:5])
            raise InputError(
                Problem("A weight is negative or infinite.", f"column '{name}', rows {rows}", "Correct the weights.")
            )
        if not values.sum() > 0:
            raise InputError(Problem("All weights are zero.", f"column '{name}'"))
        return values
    result = np.ones(len(frame))
    for stage in stages:
        if stage.population is not None:
            ratio = stage.population / stage.sampled
            result = result * (ratio[0] if stage.strata is None else ratio[stage.strata])
    return result


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    try:
        if frame[name].dtype.kind in "cmM":
            raise TypeError  # numpy would make numbers of dates, and drop a part of complex numbers
        return np.asarray(frame[name], dtype=float)
    except (TypeError, ValueError):
        raise InputError(
            Problem(f"Column '{name}' must hold numbers.", do="Give a numeric column, or leave the argument out.")
        ) from None


def _codes(values: Any) -> tuple[Integers, list[Any]]:
    import pandas as pd

    try:
        codes, levels = pd.factorize(values, sort=False)
    except TypeError:
        raise InputError(
            Problem(f"Column '{values.name}' holds lists or the like.", do="Give one number or text in each row.")
        ) from None
    return codes.astype(np.intp), list(levels)


def _crossed(first: Integers, second: Integers) -> tuple[Integers, Integers]:
    """Codes of the combinations that occur, and for each the position of a row that has it."""
    wide = first.astype(np.int64) * (int(second.max()) + 1) + second
    _, position, codes = np.unique(wide, return_index=True, return_inverse=True)
    return codes.astype(np.intp), position.astype(np.intp)


def _stages(
    frame: pd.DataFrame, strata_names: list[str], cluster_names: list[str], fpc_names: list[str], *, nest: bool
) -> tuple[Stage, ...]:
    number = max(len(cluster_names), 1)
    if len(strata_names) > number or (fpc_names and len(fpc_names) != number):
        raise InputError(
            Problem(
                f"There are {number} stages of clusters, {len(strata_names)} of strata and {len(fpc_names)} of fpc.",
                do="Give one fpc column for each stage, and at most one strata column for each stage.",
            )
        )
    stages: list[Stage] = []
    parent: Integers | None = None
    factor_rows = np.ones(len(frame))
    for index in range(number):
        strata, names = _stage_strata(frame, strata_names, index, parent)
        clusters = _stage_clusters(frame, cluster_names, index, parent, strata if nest else None)
        if index == 0 and cluster_names and strata is not None and not nest:
            _refuse_split_clusters(frame, cluster_names[0], strata_names[0], clusters, strata)
        stage, factor_rows = _stage(
            frame, clusters, strata, names, fpc_names[index] if fpc_names else None, factor_rows
        )
        stages.append(stage)
        parent = clusters
    return tuple(stages)


def _stage_strata(
    frame: pd.DataFrame, names: list[str], index: int, parent: Integers | None
) -> tuple[Integers | None, tuple[str, ...]]:
    """Strata of a stage; those of a later stage count within the cluster of the stage before."""
    own: Integers | None = None
    labels: list[str] = []
    if names:
        own, levels = _codes(frame[names[min(index, len(names) - 1)]])
        labels = [str(level) for level in levels]
    if parent is None:
        return own, tuple(labels)
    if own is None:
        return parent, tuple(f"cluster {code + 1} of stage {index}" for code in range(int(parent.max()) + 1))
    codes, position = _crossed(parent, own)
    return codes, tuple(f"{labels[own[row]]} in cluster {parent[row] + 1}" for row in position)


def _stage_clusters(
    frame: pd.DataFrame, names: list[str], index: int, parent: Integers | None, strata: Integers | None
) -> Integers | None:
    if not names:
        return None
    codes, _ = _codes(frame[names[index]])
    if parent is not None:
        codes, _ = _crossed(parent, codes)
    if strata is not None:
        codes, _ = _crossed(strata, codes)
    return codes


def _refuse_split_clusters(
    frame: pd.DataFrame, cluster: str, stratum: str, clusters: Integers | None, strata: Integers
) -> None:
    if clusters is None:
        return
    _, position = _crossed(clusters, strata)
    split = np.flatnonzero(np.bincount(clusters[position]) > 1)
    if len(split):
        first = np.isin(clusters, split[:3])
        shown = ", ".join(str(value) for value in dict.fromkeys(frame[cluster][first]))
        raise InputError(
            Problem(
                f"{len(split)} clusters occur in two or more strata of '{stratum}' (such as {shown}).",
                f"column '{cluster}'",
                "Use nest=True when the same number means another cluster in another stratum.",
            )
        )


def _stage(
    frame: pd.DataFrame,
    clusters: Integers | None,
    strata: Integers | None,
    names: tuple[str, ...],
    fpc: str | None,
    factor_rows: Floats,
) -> tuple[Stage, Floats]:
    """One stage, and the sampled share of all stages up to it for each row."""
    rows = len(frame)
    one_stratum = strata is None
    row_strata = np.zeros(rows, dtype=np.intp) if strata is None else strata
    number = int(row_strata.max()) + 1
    if clusters is None:
        cluster_stratum = row_strata
    else:
        cluster_stratum = np.zeros(int(clusters.max()) + 1, dtype=np.intp)
        cluster_stratum[clusters] = row_strata
    sampled = np.bincount(cluster_stratum, minlength=number).astype(float)
    first_row = np.zeros(number, dtype=np.intp)
    first_row[row_strata[::-1]] = np.arange(rows)[::-1]
    factor = factor_rows[first_row]
    population = None
    if fpc is not None:
        population = _populations(frame, fpc, row_strata, sampled, first_row, names)
        factor_rows = factor_rows * (sampled / population)[row_strata]
    stage = Stage(clusters, cluster_stratum, None if one_stratum else strata, sampled, population, factor, names)
    return stage, factor_rows


def _populations(
    frame: pd.DataFrame, name: str, strata: Integers, sampled: Floats, first_row: Integers, names: tuple[str, ...]
) -> Floats:
    values = _numbers(frame, name)
    if (values <= 0).any() or not np.isfinite(values).all():
        raise InputError(
            Problem("Population sizes must be above zero.", f"column '{name}'", "Give counts, or fractions up to 1.")
        )
    if (values > 1).any() and (values < 1).any():
        raise InputError(
            Problem("Counts and fractions are mixed.", f"column '{name}'", "Give counts in every row, or fractions.")
        )
    per_stratum = values[first_row]
    changing = np.unique(strata[~np.isclose(values, per_stratum[strata], rtol=1e-12, atol=0)])
    if len(changing):
        raise InputError(
            Problem(
                f"The population size differs within stratum {_stratum_name(names, int(changing[0]))}.",
                f"column '{name}'",
                "Give one size for each stratum or parent cluster.",
            )
        )
    population = per_stratum if (values > 1).any() else sampled / per_stratum
    # A fraction such as 2/3 gives back its count with a rounding error of a few units in the last place.
    short = np.flatnonzero(population < sampled * (1 - 1e-12))
    if len(short):
        at = int(short[0])
        raise InputError(
            Problem(
                f"Stratum {_stratum_name(names, at)} has {sampled[at]:g} clusters in the sample and "
                f"{population[at]:g} in the population.",
                f"column '{name}'",
                "A population cannot be smaller than its sample: fpc counts clusters of this stage.",
            )
        )
    return np.maximum(population, sampled)


def _stratum_name(names: tuple[str, ...], code: int) -> str:
    return names[code] if names else "(the whole sample)"


def _refuse_single_units(stages: tuple[Stage, ...]) -> None:
    problems = []
    for index, stage in enumerate(stages):
        if index and stage.population is None:
            break  # without population sizes a variance uses the first stage only
        for at in np.flatnonzero((stage.sampled == 1) & (stage.not_sampled > 0)):
            name = _stratum_name(stage.stratum_names, int(at))
            problems.append(
                Problem(
                    f"Stratum {name} has one cluster.",
                    f"stage {index + 1}",
                    "A variance needs two. Merge it with a like stratum, or choose single_unit="
                    "'adjust', 'average', 'certainty' or 'remove'.",
                )
            )
    if problems:
        raise InputError(problems[:20])
