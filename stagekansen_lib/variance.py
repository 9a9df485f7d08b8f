"""Variances: by linearisation over strata, clusters and stages, or from replicate weights.

Sources: Särndal, Swensson and Wretman (1992), doi:10.1007/978-1-4612-4378-6; Rao and Wu (1988),
doi:10.1080/01621459.1988.10478591; Lumley (2004), doi:10.18637/jss.v009.i08. Agrees with R's survey package 4.1.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from stagekansen_lib.designs import Design, PostStratification, RegressionCalibration, Replicates, Stage
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, did_you_mean
from stagekansen_lib.surveys import Survey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

# Sums over clusters and classes up to this many numbers (80 MB) are made in one table.
_BIGGEST_TABLE = 10_000_000

# Combinations of classes and calibration cells up to this many are counted in one table.
_MOST_CELLS = 2_000_000

__all__ = ["class_covariance", "linearised_covariance", "replicate", "replicate_covariance", "replicate_estimates"]


def linearised_covariance(design: Design, influence: Floats) -> Floats:
    """Covariance matrix of statistics, from the influence of each row on them.

    Parameters
    ----------
    design : the design; its domain says which rows of the sample ``influence`` describes.
    influence : one row a row of the domain, one column a statistic; the weight is multiplied in. A statistic is
        about its influence summed over the sample.
    """
    influence = np.asarray(influence, dtype=float)
    if influence.ndim == 1:
        influence = influence[:, None]
    positions = design.domain
    if design.calibrations:
        influence = _whole(influence, positions, design.size)
        positions = None
        for calibration in design.calibrations:
            influence = calibration.residuals(influence)
    result = np.zeros((influence.shape[1], influence.shape[1]))
    for index, stage in enumerate(design.stages):
        if index and stage.population is None:
            break  # sampling with replacement: the first stage holds all the variance
        result += _stage_covariance(stage, influence, positions, design.single_unit)
    return result


def class_covariance(design: Design, classes: Integers, per_weight: Floats, amounts: Floats | None = None) -> Floats:
    """Covariance of statistics to which all rows of a class give the same, times their weight.

    Parameters
    ----------
    design : the design, without replicate weights.
    classes : class of each row of the domain; -1 for rows that give nothing.
    per_weight : one row a class, one column a statistic.
    amounts : what each row gives instead of its weight.

    The same as ``linearised_covariance``, on sums over classes instead of on rows where the design allows it.
    """
    number = len(per_weight)
    stage = design.stages[0]
    given = design.row_weights if amounts is None else amounts
    one_stage = len(design.stages) == 1 or stage.population is None
    simple = one_stage and not design.calibrations
    if simple and stage.clusters is None:
        return _element_covariance(design, classes, per_weight, given)
    if simple and stage.clusters is not None and len(stage.cluster_stratum) * number <= _BIGGEST_TABLE:
        codes = stage.clusters if design.domain is None else stage.clusters[design.domain]
        inside = classes >= 0
        flat = codes[inside] * number + classes[inside]
        size = len(stage.cluster_stratum)
        sums = np.bincount(flat, given[inside], minlength=size * number).reshape(size, number)
        by_cluster = replace(stage, clusters=None, strata=None if stage.strata is None else stage.cluster_stratum)
        return _stage_covariance(by_cluster, sums @ per_weight, None, design.single_unit)
    padded = np.vstack([per_weight, np.zeros((1, per_weight.shape[1]))])
    if one_stage and len(design.calibrations) == 1 and amounts is None:
        found = _calibrated_classes(design, classes, padded)
        if found is not None:
            return class_covariance(replace(design, calibrations=(), domain=None), *found)
    return linearised_covariance(design, padded[classes] * given[:, None])


def _calibrated_classes(design: Design, classes: Integers, padded: Floats) -> tuple[Integers, Floats] | None:
    """Classes within calibration cells, with residuals instead of what they gave; None when rows are needed.

    ``padded`` has a last row of zeros, for rows that give nothing.
    """
    calibration = design.calibrations[0]
    if isinstance(calibration, RegressionCalibration) or not np.array_equal(calibration.after, design.weights):
        return None
    whole = classes
    if design.domain is not None:
        whole = np.full(design.size, -1, dtype=np.intp)
        whole[design.domain] = classes
    margins = (calibration.cells,) if isinstance(calibration, PostStratification) else calibration.margins
    flat = np.where(whole < 0, len(padded) - 1, whole)
    size = len(padded)
    for margin in margins:
        width = int(margin.max()) + 1
        size *= width
        if size > _MOST_CELLS:
            return None
        flat = flat * width + margin
    rows = np.bincount(flat, minlength=size)
    occupied = np.flatnonzero(rows)
    place = np.cumsum(rows > 0) - 1
    widths = [len(padded), *(int(margin.max()) + 1 for margin in margins)]
    own, *cells = np.unravel_index(occupied, widths)
    values = padded[own]
    codes = place[flat]
    if isinstance(calibration, PostStratification):
        return codes, _swept(values, cells[0], np.asarray(np.bincount(codes, calibration.before), dtype=float))
    for _ in range(10):
        for cell in cells:
            values = _swept(values, cell, rows[occupied].astype(float))
    return codes, values


def _swept(values: Floats, cells: Integers, counts: Floats) -> Floats:
    """What is left of values after taking out the mean of their cell."""
    whole = np.bincount(cells, counts)
    sums = np.column_stack([np.bincount(cells, column * counts) for column in values.T])
    means = np.divide(sums, whole[:, None], out=np.zeros_like(sums), where=whole[:, None] > 0)
    return np.asarray(values - means[cells])


def _element_covariance(design: Design, classes: Integers, per_weight: Floats, given: Floats) -> Floats:
    """Each row a cluster of its own: sums and sums of squares of each class in each stratum are enough."""
    stage, number = design.stages[0], len(per_weight)
    inside = classes >= 0
    codes, weights = classes[inside], given[inside]
    strata = stage.strata
    if strata is not None:
        strata = (strata if design.domain is None else strata[design.domain])[inside]
        codes = strata * number + codes
    size = len(stage.sampled) * number
    sums = np.bincount(codes, weights, minlength=size).reshape(-1, number)
    squares = np.bincount(codes, weights**2, minlength=size).reshape(-1, number)
    single = stage.sampled == 1
    scale = stage_scale(stage, design.single_unit)
    means = (sums @ per_weight) / stage.sampled[:, None]
    correction = np.where(single & (design.single_unit == "adjust"), 0.0, stage.sampled) * scale
    spread = (per_weight * (scale @ squares)[:, None]).T @ per_weight
    result = np.asarray(spread - (means * correction[:, None]).T @ means)
    # Where all rows of each stratum give the same, rounding must not pass for variance.
    none = np.diag(result) <= 1e-13 * np.diag(spread)
    result[none, :] = 0.0
    result[:, none] = 0.0
    return result


def _whole(influence: Floats, positions: NDArray[np.intp] | None, size: int) -> Floats:
    if positions is None:
        return influence
    whole = np.zeros((size, influence.shape[1]))
    whole[positions] = influence
    return whole


def _stage_covariance(stage: Stage, influence: Floats, positions: NDArray[np.intp] | None, rule: str) -> Floats:
    """What one stage adds: within each stratum the spread of the totals of its clusters."""
    if stage.clusters is None:
        totals = influence
        strata = stage.strata if positions is None or stage.strata is None else stage.strata[positions]
    else:
        codes = stage.clusters if positions is None else stage.clusters[positions]
        number = len(stage.cluster_stratum)
        totals = np.column_stack([np.bincount(codes, column, minlength=number) for column in influence.T])
        strata = None if stage.strata is None else stage.cluster_stratum
    sampled = stage.sampled
    single = sampled == 1
    scale = stage_scale(stage, rule)
    if strata is None:
        means = totals.sum(axis=0) / sampled[0]
        if single[0] and rule == "adjust":
            means = np.zeros_like(means)
        centred = totals - means
        absent = sampled[0] - len(totals)
        return np.asarray(scale[0] * (centred.T @ centred + absent * np.outer(means, means)))
    sums = np.column_stack([np.bincount(strata, column, minlength=len(sampled)) for column in totals.T])
    present = np.bincount(strata, minlength=len(sampled))
    means = sums / sampled[:, None]
    if rule == "adjust":
        means[single] = 0.0
    centred = totals - means[strata]
    spread = (centred * scale[strata][:, None]).T @ centred
    # Clusters without a row in the domain have a total of zero.
    absent = (scale * (sampled - present))[:, None]
    return np.asarray(spread + (means * absent).T @ means)


def stage_scale(stage: Stage, rule: str) -> Floats:
    """What the squared deviations of clusters count for, in each stratum.

    By the rule "average" strata with one cluster get the mean variance of the others, by blowing up the others.
    """
    sampled = stage.sampled
    single = sampled == 1
    scale = stage.factor * stage.not_sampled * np.where(single, 1.0, sampled / np.maximum(sampled - 1, 1))
    alone = single & (stage.not_sampled > 0)
    if rule == "average" and alone.any():
        return np.where(alone, 0.0, scale * len(scale) / max((~alone).sum(), 1))
    return np.asarray(scale)


def replicate_estimates(design: Design, statistic: Callable[[Floats], Floats]) -> Floats:
    """The statistic for each set of replicate weights: one row a replicate.

    ``statistic`` takes weights of the rows of the domain, one column a replicate, and gives one row a replicate.
    """
    replicates = _replicates(design)
    rows: list[Floats] = []
    for block in replicates.blocks(design.size):
        weights = block if design.domain is None else block[design.domain]
        rows.append(np.asarray(statistic(weights), dtype=float))
    return np.vstack(rows)


def replicate_covariance(design: Design, estimates: Floats, centre: Floats) -> Floats:
    """Covariance from estimates of the replicates; ``centre`` is the full estimate, used when ``mse`` is True."""
    replicates = _replicates(design)
    known = np.asarray(np.isfinite(estimates).all(axis=1))
    if not known.all():
        warnings.warn(
            f"{(~known).sum()} of {len(known)} replicates give no estimate and are left out of the variance.",
            DoubtWarning,
            stacklevel=2,
        )
    kept, rscales = estimates[known], replicates.rscales[known]
    middle = centre if replicates.mse else kept[rscales > 0].mean(axis=0)
    centred = kept - middle
    return np.asarray(replicates.scale * (centred * rscales[:, None]).T @ centred)


def _replicates(design: Design) -> Replicates:
    if design.replicates is None:
        raise ValueError("the design has no replicate weights")
    return design.replicates


ReplicateKind = Literal["bootstrap", "jackknife", "brr", "fay"]
REPLICATE_KINDS = ("bootstrap", "jackknife", "brr", "fay")

# Replicate weights up to this many numbers (80 MB) are kept; more are drawn again each time they are needed.
_KEPT = 10_000_000


def replicate(
    survey: Survey,
    *,
    kind: ReplicateKind = "bootstrap",
    n: int = 1000,
    seed: int | None = None,
    rho: float | None = None,
    mse: bool = False,
) -> Survey:
    """The survey with replicate weights, from which all its variances then come.

    Parameters
    ----------
    survey : the whole survey (take a subset afterwards). When it was weighted, every replicate is weighted in the
        same way, from the weights before.
    kind : "bootstrap" (Rao and Wu: clusters minus one drawn in each stratum), "jackknife" (JK1, or JKn with strata),
        "brr" or "fay" (two clusters in every stratum).
    n : number of bootstrap replicates; the other kinds follow from the design.
    seed : of the bootstrap; needed, so that a result can be made again.
    rho : Fay's constant, above 0 and below 1.
    mse : True to centre on the full estimate instead of on the mean of the replicates.

    Returns
    -------
    Survey : the same rows and weights.

    Raises
    ------
    InputError : an unknown kind; a subpopulation; no seed; strata that do not fit the kind.

    Notes
    -----
    Rao and Wu (1988), doi:10.1080/01621459.1988.10478591; Rust and Rao (1996), doi:10.1177/096228029600500305;
    Judkins (1990), Journal of Official Statistics 6, 223-239. The finite population correction of the first stage is
    taken in; later stages are not drawn apart. Checked against R's ``as.svrepdesign``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": [8.0, 6.0, 9.0, 5.0]}))
    >>> replicate(survey, kind="jackknife").design.replicates.number
    4
    """
    design = survey.design
    if kind not in REPLICATE_KINDS:
        raise InputError(Problem(f"kind is {kind!r}.", do=did_you_mean(kind, REPLICATE_KINDS)))
    if design.domain is not None:
        raise InputError(Problem("This is a subpopulation.", do="Make replicates of the whole survey first."))
    stage = design.stages[0]
    if kind == "bootstrap":
        if seed is None or n < 2:
            raise InputError(
                Problem("A bootstrap needs a seed and at least two replicates.", do="Give seed=2022, n=1000.")
            )
        scale, rscales = 1 / (n - 1), np.ones(n)
        multipliers: _Multipliers = _Bootstrap(stage, seed)
    elif kind == "jackknife":
        scale, rscales = _jackknife_scales(stage)
        multipliers = _Jackknife(stage)
    else:
        constant = _fay_constant(kind, rho)
        multipliers = _Balanced(stage, constant)
        number = multipliers.signs.shape[1]
        scale, rscales = 1 / (number * (1 - constant) ** 2), np.ones(number)
    base = design.weights if design.base_weights is None else design.base_weights
    draw = _Draw(multipliers, base, design.steps)
    keep = design.size * len(rscales) <= _KEPT
    name = {"brr": "made BRR", "fay": "made Fay"}.get(kind, f"made {kind}")
    replicates = Replicates(None, float(scale), rscales, mse, name, draw)
    if keep:
        replicates = replace(replicates, weights=np.hstack(list(replicates.blocks(design.size))), draw=None)
    line = f"replicate: {kind}, {len(rscales)} replicates" + (f", seed {seed}" if kind == "bootstrap" else "")
    described = f"{len(rscales)} {kind} replicates"
    return survey.with_weights(
        replace(design, replicates=replicates, described=described), survey.provenance.with_step(line)
    )


def _fay_constant(kind: str, rho: float | None) -> float:
    if kind == "brr":
        return 0.0
    if rho is None or not 0 < rho < 1:
        raise InputError(Problem("Fay's method needs a constant between 0 and 1.", do="Give rho, such as rho=0.3."))
    return float(rho)


def _jackknife_scales(stage: Stage) -> tuple[float, Floats]:
    if (stage.sampled < 2).any():
        raise InputError(Problem("A jackknife needs two clusters in every stratum.", do="Merge strata first."))
    if stage.strata is None:
        clusters = stage.sampled[0]
        return float((clusters - 1) / clusters * stage.not_sampled[0]), np.ones(int(clusters))
    per_stratum = (stage.sampled - 1) / stage.sampled * stage.not_sampled
    return 1.0, np.asarray(per_stratum[stage.cluster_stratum])


@dataclass(frozen=True, eq=False)
class _Bootstrap:
    """Rao and Wu's rescaled bootstrap: each replicate has a generator of its own, so any block can be drawn alone."""

    stage: Stage
    seed: int

    def clusters(self, first: int, last: int) -> Floats:
        stage = self.stage
        clusters = len(stage.cluster_stratum)
        order = np.argsort(stage.cluster_stratum, kind="stable")
        start = np.concatenate([[0], np.cumsum(stage.sampled)[:-1]]).astype(np.intp)
        result = np.empty((clusters, last - first))
        for column in range(first, last):
            generator = np.random.default_rng([self.seed, column])
            times = np.ones(clusters)
            for at, size in enumerate(stage.sampled.astype(int)):
                if size < 2:
                    continue
                members = order[start[at] : start[at] + size]
                drawn = np.bincount(generator.integers(0, size, size - 1), minlength=size)
                shrink = np.sqrt(stage.not_sampled[at])
                times[members] = 1 - shrink + shrink * size / (size - 1) * drawn
            result[:, column - first] = times
        return result


@dataclass(frozen=True, eq=False)
class _Jackknife:
    """Leave one cluster out; the others of its stratum make up for it."""

    stage: Stage

    def clusters(self, first: int, last: int) -> Floats:
        strata, sampled = self.stage.cluster_stratum, self.stage.sampled
        result = np.ones((len(strata), last - first))
        for column in range(first, last):
            same = strata == strata[column]
            size = sampled[strata[column]]
            result[same, column - first] = size / (size - 1)
            result[column, column - first] = 0.0
        return result


@dataclass(frozen=True, eq=False)
class _Balanced:
    """Balanced repeated replication: one of the two clusters of a stratum up, the other down, by a Hadamard matrix."""

    stage: Stage
    constant: float

    @property
    def signs(self) -> Floats:
        from scipy.linalg import hadamard

        if (self.stage.sampled != 2).any():
            raise InputError(
                Problem("Balanced replication needs exactly two clusters in every stratum.", do="Use a bootstrap.")
            )
        strata = len(self.stage.sampled)
        size = 1 << int(np.ceil(np.log2(strata + 1)))
        return np.asarray(hadamard(max(size, 4))[1 : strata + 1], dtype=float)

    def clusters(self, first: int, last: int) -> Floats:
        strata = self.stage.cluster_stratum
        second = np.zeros(len(strata), dtype=bool)
        _, firsts = np.unique(strata, return_index=True)
        second[:] = True
        second[firsts] = False
        side = np.where(second, -1.0, 1.0)[:, None] * self.signs[strata, first:last]
        return np.asarray(1 + side * (1 - self.constant))


_Multipliers = _Bootstrap | _Jackknife | _Balanced


@dataclass(frozen=True, eq=False)
class _Draw:
    """Replicate weights of rows: multipliers of clusters times the base weights, then each weighting step."""

    multipliers: _Multipliers
    base: Floats
    steps: tuple[Callable[[Floats], Floats], ...]

    def __call__(self, first: int, last: int) -> Floats:
        times = self.multipliers.clusters(first, last)
        clusters = self.multipliers.stage.clusters
        weights = self.base[:, None] * (times if clusters is None else times[clusters])
        for step in self.steps:
            weights = weights * step(weights)
        return weights
