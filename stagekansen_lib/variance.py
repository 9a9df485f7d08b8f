"""Variances: by linearisation over strata, clusters and stages, or from replicate weights.

Sources: Särndal, Swensson and Wretman (1992), doi:10.1007/978-1-4612-4378-6; Rao and Wu (1988),
doi:10.1080/01621459.1988.10478591; Lumley (2004), doi:10.18637/jss.v009.i08. Agrees with R's survey package 4.1.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from stagekansen_lib._arguments import said, some_number
from stagekansen_lib.designs import (
    CellFactors,
    Design,
    RegressionCalibration,
    Replicates,
    Stage,
    indicator,
    row_blocks,
)
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, did_you_mean
from stagekansen_lib.surveys import Survey, need_survey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

# Sums over clusters and classes up to this many numbers (80 MB) are made in one table.
_BIGGEST_TABLE = 10_000_000

# Weights of rows and replicates together from which a progress bar is shown.
_LONG = 1_000_000_000

# Up to this number of groups sums are products with masks.
_FEW_MASKS = 4


# Different base weights up to which rows with the same weight are drawn together.
_MOST_WEIGHTS = 1_000

# Combinations of classes and calibration cells up to this many are counted in one table.
_MOST_CELLS = 2_000_000

__all__ = [
    "GroupSums",
    "average_by_group",
    "class_covariance",
    "linearised_covariance",
    "replicate",
    "replicate_covariance",
    "replicate_estimates",
    "replicate_sums",
]


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
        result += _stage_covariance(stage, influence, positions, design.single_unit, _strata_present(design, stage))
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
        return _element_covariance(design, classes, [(given, per_weight)])
    if simple and stage.clusters is not None and len(stage.cluster_stratum) * number <= _BIGGEST_TABLE:
        codes = stage.clusters if design.domain is None else stage.clusters[design.domain]
        inside = classes >= 0
        flat = codes[inside] * number + classes[inside]
        size = len(stage.cluster_stratum)
        sums = np.bincount(flat, given[inside], minlength=size * number).reshape(size, number)
        by_cluster = replace(stage, clusters=None, strata=None if stage.strata is None else stage.cluster_stratum)
        present = _strata_present(design, stage)
        return _stage_covariance(by_cluster, sums @ per_weight, None, design.single_unit, present)
    if one_stage and len(design.calibrations) == 1:
        found = _calibrated_covariance(design, classes, per_weight, given)
        if found is not None:
            return found
    padded = np.vstack([per_weight, np.zeros((1, per_weight.shape[1]))])
    return linearised_covariance(design, padded[classes] * given[:, None])


def _calibrated_covariance(design: Design, classes: Integers, per_weight: Floats, given: Floats) -> Floats | None:
    """The covariance of residuals from calibration cells, by class within cell; None when that needs the rows."""
    calibration = design.calibrations[0]
    if isinstance(calibration, RegressionCalibration):
        return None
    cells, after, counts = calibration.cells, calibration.after, calibration.row_counts
    number, width = len(per_weight) + 1, int(cells.max()) + 1
    if number * width > _MOST_CELLS:
        return None
    if design.domain is not None:
        classes = _spread_out(classes, design.domain, np.full(design.size, -1, dtype=np.intp))
        given = _spread_out(given, design.domain, np.zeros(design.size))
    flat = cells * number + np.where(classes < 0, number - 1, classes)
    padded = np.vstack([per_weight, np.zeros((1, per_weight.shape[1]))])
    rows = np.bincount(flat, minlength=width * number)
    occupied = np.flatnonzero(rows)
    cell, own = np.divmod(occupied, number)
    relative = given is after or np.array_equal(given, after)
    amount: Floats | None = counts
    if not relative:
        ratio = np.divide(given, after, out=np.zeros_like(after), where=after != 0)
        amount = ratio if counts is None else ratio * counts
    each = np.bincount(flat, amount, minlength=width * number)
    weighed = padded[own] * each[occupied][:, None]
    sums = np.column_stack([np.bincount(cell, column, minlength=width) for column in weighed.T]).astype(float)
    whole = np.bincount(cells, counts, minlength=width).astype(float)
    fitted = calibration.fitted(sums, whole)[cell]
    codes = (np.cumsum(rows > 0) - 1)[flat]
    plain = replace(design, calibrations=(), domain=None)
    if relative:
        # What a row gives and what is taken out both count times its weight: one value a class within a cell.
        return class_covariance(plain, codes, padded[own] - fitted, after)
    if plain.stages[0].clusters is not None:
        return None
    return _element_covariance(plain, codes, [(given, padded[own]), (after, -fitted)])


def _spread_out(values: Any, positions: Integers, whole: Any) -> Any:
    whole[positions] = values
    return whole


class GroupSums:
    """Sums of amounts over the rows of each group. With few groups a product with their masks beats counting."""

    def __init__(self, codes: Integers, number: int) -> None:
        self.codes, self.number = codes, number
        few = 1 < number <= _FEW_MASKS
        self.masks = np.vstack([codes == at for at in range(number)]).astype(float) if few else np.empty((0, 0))

    def __call__(self, amounts: Floats) -> Floats:
        if self.number == 1:
            return np.array([amounts.sum()])
        if len(self.masks):
            # Not @: that calls all processors together for next to nothing, and waits long where another is busy.
            return np.asarray(np.einsum("ij,j->i", self.masks, amounts))
        return np.asarray(np.bincount(self.codes, amounts, minlength=self.number), dtype=float)

    def counts(self) -> Integers:
        """The number of rows of each group."""
        if self.number == 1:
            return np.array([len(self.codes)])
        if len(self.masks):
            return np.asarray(self.masks.sum(axis=1), dtype=np.intp)
        return np.asarray(np.bincount(self.codes, minlength=self.number), dtype=np.intp)


def _code_sums(codes: Integers, number: int, amounts: Floats, others: list[Floats]) -> list[Floats]:
    """Sums over codes of an amount, and of its product with each of some other amounts."""
    result = [np.zeros(number) for _ in range(len(others) + 1)]
    for rows in row_blocks(len(codes), number):
        summed, here = GroupSums(codes[rows], number), amounts[rows]
        result[0] += summed(here)
        for total, other in zip(result[1:], others, strict=True):
            total += summed(here * other[rows])
    return result


def _element_covariance(design: Design, classes: Integers, parts: list[tuple[Floats, Floats]]) -> Floats:
    """Each row a cluster of its own: sums and sums of products of each class in each stratum are enough.

    A row gives the sum over ``parts`` of its amount times the values of its class.
    """
    stage, number = design.stages[0], len(parts[0][1])
    inside = classes >= 0
    everyone = bool(inside.all())
    codes = classes if everyone else classes[inside]
    amounts = [given if everyone else given[inside] for given, _ in parts]
    strata = stage.strata
    if strata is not None:
        strata = strata if design.domain is None else strata[design.domain]
        codes = (strata if everyone else strata[inside]) * number + codes
    size = len(stage.sampled) * number
    single = stage.sampled == 1
    scale = stage_scale(stage, design.single_unit, _strata_present(design, stage))
    width = parts[0][1].shape[1]
    means, spread = np.zeros((len(stage.sampled), width)), np.zeros((width, width))
    size_of = np.zeros(width)
    for at, (first, (_, values)) in enumerate(zip(amounts, parts, strict=True)):
        later = list(range(at, len(parts)))
        sums, *crossed = _code_sums(codes, size, first, [amounts[other] for other in later])
        means += sums.reshape(-1, number) @ values
        for other, found in zip(later, crossed, strict=True):
            others = parts[other][1]
            products = scale @ found.reshape(-1, number)
            block = (values * products[:, None]).T @ others
            spread += block if other == at else block + block.T
            size_of += np.abs(np.diag(block))
    means /= stage.sampled[:, None]
    correction = np.where(single & (design.single_unit == "adjust"), 0.0, stage.sampled) * scale
    result = np.asarray(spread - (means * correction[:, None]).T @ means)
    # Where all rows of each stratum give the same, rounding must not pass for variance.
    none = np.diag(result) <= 1e-13 * size_of
    result[none, :] = 0.0
    result[:, none] = 0.0
    return result


def _whole(influence: Floats, positions: NDArray[np.intp] | None, size: int) -> Floats:
    if positions is None:
        return influence
    whole = np.zeros((size, influence.shape[1]))
    whole[positions] = influence
    return whole


def _stage_covariance(
    stage: Stage,
    influence: Floats,
    positions: NDArray[np.intp] | None,
    rule: str,
    in_domain: NDArray[np.bool_] | None,
) -> Floats:
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
    scale = stage_scale(stage, rule, in_domain)
    if strata is None:
        means = totals.sum(axis=0) / sampled[0]
        if single[0] and rule == "adjust":
            means = np.zeros_like(means)
        spread = (sampled[0] - len(totals)) * np.outer(means, means)
        for rows in row_blocks(len(totals)):
            centred = totals[rows] - means
            spread += centred.T @ centred
        return np.asarray(scale[0] * spread)
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


def stage_scale(stage: Stage, rule: str, present: NDArray[np.bool_] | None = None) -> Floats:
    """What the squared deviations of clusters count for, in each stratum.

    By the rule "average" strata with one cluster get the mean variance of the others, by blowing up the others; in a
    domain only strata that are ``present`` in it count, as in R.
    """
    sampled = stage.sampled
    single = sampled == 1
    scale = stage.factor * stage.not_sampled * np.where(single, 1.0, sampled / np.maximum(sampled - 1, 1))
    alone = single & (stage.not_sampled > 0)
    if rule == "average" and alone.any():
        return np.where(alone, 0.0, scale * _average_factor(alone, np.ones_like(alone) if present is None else present))
    return np.asarray(scale)


def _average_factor(alone: NDArray[np.bool_], present: NDArray[np.bool_]) -> float:
    return float(present.sum() / max((present & ~alone).sum(), 1))


def _strata_present(design: Design, stage: Stage) -> NDArray[np.bool_] | None:
    """Strata with a row in the domain; None for all. R keeps all rows of a calibrated survey in a subset."""
    if design.single_unit != "average" or design.domain is None or design.calibrations or stage.strata is None:
        return None
    return np.asarray(np.bincount(stage.strata[design.domain], minlength=len(stage.sampled)) > 0)


def average_by_group(design: Design, codes: Integers, number: int, covariance: Floats) -> Floats:
    """The covariance of estimates of groups when each group averages over its own strata (rule "average")."""
    stage = design.stages[0] if design.stages else None
    if (
        design.single_unit != "average" or stage is None or stage.strata is None or design.replicates is not None
        or design.calibrations or number < 2
    ):  # fmt: skip
        return covariance
    alone = (stage.sampled == 1) & (stage.not_sampled > 0)
    strata = stage.strata if design.domain is None else stage.strata[design.domain]
    whole = _strata_present(design, stage)
    all_of_it = _average_factor(alone, np.ones_like(alone) if whole is None else whole)
    factors = np.array(
        [
            _average_factor(alone, np.bincount(strata[codes == at], minlength=len(alone)) > 0) / all_of_it
            for at in range(number)
        ]
    )
    each = np.sqrt(np.repeat(factors, len(covariance) // number))
    return covariance * np.outer(each, each)


def replicate_estimates(design: Design, statistic: Callable[[Floats], Floats]) -> Floats:
    """The statistic for each set of replicate weights: one row a replicate.

    ``statistic`` takes weights of the rows of the domain, one column a replicate, and gives one row a replicate.
    """
    replicates = _replicates(design)
    return _in_blocks(replicates, _Block(replicates.block, design.domain, statistic), design.size)


def replicate_sums(design: Design, classes: Integers, number: int) -> Floats:
    """For each replicate (a row) the sum of its weights over the rows of each class; -1 is in no class.

    A bootstrap that is too large to keep is drawn on the distinct rows, as multinomial counts. Sums over other classes
    then come from other draws, made again from the same seed.
    """
    replicates = _replicates(design)
    whole = classes
    if design.domain is not None:
        whole = _spread_out(classes, design.domain, np.full(design.size, -1, dtype=np.intp))
    found = replicates.draw.distinct(whole, number) if isinstance(replicates.draw, _Draw) else None
    if found is not None:
        draw, own = found
        summed = partial(_class_sums, indicator(np.where(own < 0, number, own), number + 1)[:number])
        return _in_blocks(replicates, _Block(draw, None, summed), len(own))
    return replicate_estimates(
        design, partial(_class_sums, indicator(np.where(classes < 0, number, classes), number + 1)[:number])
    )


def _class_sums(sums: Any, weights: Floats) -> Floats:
    return np.asarray(sums @ weights).T


@dataclass(frozen=True, eq=False)
class _Block:
    """The statistic of some replicates; a plain object, so that it can be sent to another process."""

    draw: Callable[[int, int], Floats]
    domain: Integers | None
    statistic: Callable[[Floats], Floats]

    def __call__(self, first: int, last: int) -> Floats:
        weights = self.draw(first, last)
        return np.asarray(self.statistic(weights if self.domain is None else weights[self.domain]), dtype=float)


def _in_blocks(replicates: Replicates, work: _Block, rows: int) -> Floats:
    spans = replicates.spans(rows)
    if replicates.backend is None:
        return np.vstack([work(first, last) for first, last in _shown(spans, rows * replicates.number)])
    import joblib

    # The configuration knows the backends of other packages by name ("dask", "ray"); Parallel itself does not.
    with joblib.parallel_config(backend=replicates.backend, n_jobs=replicates.jobs):
        return np.vstack(joblib.Parallel()(joblib.delayed(work)(first, last) for first, last in spans))


def _shown(spans: list[tuple[int, int]], numbers: int) -> Iterable[tuple[int, int]]:
    """The spans, with a progress bar on the terminal when the work is long."""
    if numbers < _LONG:
        return spans
    from rich.console import Console
    from rich.progress import track

    return track(spans, "Replicates", console=Console(stderr=True), transient=True)


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


ReplicateKind = Literal["bootstrap", "jackknife", "jk1", "jkn", "brr", "fay"]
REPLICATE_KINDS = ("bootstrap", "jackknife", "jk1", "jkn", "brr", "fay")

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
    backend: str | None = None,
    jobs: int = -1,
) -> Survey:
    """The survey with replicate weights, from which all its variances then come.

    Parameters
    ----------
    survey : the whole survey (take a subset afterwards). When it was weighted, every replicate is weighted in the
        same way, from the weights before.
    kind : "bootstrap" (Rao and Wu: clusters minus one drawn in each stratum), "jackknife" (JK1, or JKn with
        strata; also by these names, as in ``survey_from_frame``), "brr" or "fay" (two clusters in every stratum).
    n : number of bootstrap replicates; the other kinds follow from the design.
    seed : of the bootstrap; needed, so that a result can be made again.
    rho : Fay's constant, above 0 and below 1.
    mse : True to centre on the full estimate instead of on the mean of the replicates.
    backend : name of a joblib backend ("threading", "loky", or one that was registered, such as that of a Dask
        cluster) that works on blocks of replicates; None to do it here. The results are the same.
    jobs : number of workers for the backend; -1 for all of them.

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
    taken in; later stages are not drawn apart. Replicate weights that would not fit in memory are never kept: a
    bootstrap of rows that are alike draws how often each kind occurs, a multinomial count. Checked against R's
    ``as.svrepdesign``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": [8.0, 6.0, 9.0, 5.0]}))
    >>> replicate(survey, kind="jackknife").design.replicates.number
    4
    """
    need_survey(survey)
    design = survey.design
    kind = cast("ReplicateKind", str(kind).lower())
    if kind not in REPLICATE_KINDS:
        raise InputError(Problem(f"kind is {kind!r}.", do=did_you_mean(kind, REPLICATE_KINDS)))
    if kind == "jk1" and design.stages and design.stages[0].strata is not None:
        raise InputError(Problem("JK1 is for a sample without strata.", do="Use kind='jkn', which knows them."))
    kind = "jackknife" if kind in ("jk1", "jkn") else kind
    if design.domain is not None:
        raise InputError(Problem("This is a subpopulation.", do="Make replicates of the whole survey first."))
    if design.replicates is not None and not design.replicates.kind.startswith("made "):
        raise InputError(
            Problem("The survey came with replicate weights.", do="Use those: they know how the sample was drawn.")
        )
    _check_backend(backend, jobs)
    stage = design.stages[0]
    if kind == "bootstrap":
        if not isinstance(seed, (int, np.integer)) or not isinstance(n, (int, np.integer)) or seed < 0 or n < 2:
            raise InputError(
                Problem("A bootstrap needs a seed and at least two replicates.", do="Give seed=2022, n=1000.")
            )
        scale, rscales = 1 / (n - 1), np.ones(n)
        multipliers: _Multipliers = _Bootstrap(stage, int(seed))
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
    replicates = Replicates(None, float(scale), rscales, mse, name, draw, backend, jobs)
    if keep:
        replicates = replace(replicates, weights=np.hstack(list(replicates.blocks(design.size))), draw=None)
    line = f"replicate: {kind}, {len(rscales)} replicates" + (f", seed {seed}" if kind == "bootstrap" else "")
    described = f"{len(rscales)} {kind} replicates"
    return survey.with_weights(
        replace(design, replicates=replicates, described=described), survey.provenance.with_step(line)
    )


def _check_backend(backend: str | None, jobs: int) -> None:
    if not isinstance(jobs, (int, np.integer)) or jobs == 0:
        raise InputError(Problem(f"jobs is {said(jobs)}.", do="Give a number of workers, or -1 for all."))
    if backend is None:
        return
    import joblib

    try:
        # Looking a backend up by name also registers those that other packages bring ("dask", "ray").
        with joblib.parallel_config(backend=backend):
            pass
    except (ValueError, ImportError, TypeError) as failure:
        raise InputError(
            Problem(
                f"joblib has no backend {said(backend)} here.",
                do='Use "threading" or "loky"; for "dask" make a dask.distributed.Client first.',
            )
        ) from failure


def _fay_constant(kind: str, rho: float | None) -> float:
    if kind == "brr":
        return 0.0
    if rho is None or not 0 < some_number("rho", rho) < 1:
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

    def distinct(self, classes: Integers, number: int) -> tuple[_DistinctDraw, Integers] | None:
        """A draw of distinct rows, and their class; None when rows must be drawn one by one.

        Rows are alike when they share stratum, base weight, class, and cells of every weighting step.
        """
        bootstrap = self.multipliers
        steps = [step for step in self.steps if isinstance(step, CellFactors)]
        if not isinstance(bootstrap, _Bootstrap) or bootstrap.stage.clusters is not None:
            return None
        base_codes, base = _distinct_weights(self.base)
        if len(steps) < len(self.steps) or base_codes is None:
            return None
        stage = bootstrap.stage
        strata = np.zeros(len(self.base), dtype=np.intp) if stage.strata is None else stage.strata
        parts = [(np.where(classes < 0, number, classes), number + 1), (strata, len(stage.sampled))]
        parts += [(base_codes, len(base)), *((step.cells, step.number) for step in steps)]
        flat, size = np.zeros(len(self.base), dtype=np.intp), 1
        for codes, width in parts:
            size *= width
            if size > _MOST_CELLS:
                return None
            if width > 1:
                flat = flat * width + codes
        rows = np.bincount(flat, minlength=size)
        occupied = np.flatnonzero(rows)
        if 4 * len(occupied) > len(flat):
            return None
        own, stratum, weight, *cells = np.unravel_index(occupied, [width for _, width in parts])
        short = tuple(CellFactors(each, step.number, step.fit) for each, step in zip(cells, steps, strict=True))
        draw = _DistinctDraw(stage, bootstrap.seed, rows[occupied].astype(float), stratum, base[weight], short)
        return draw, np.where(own == number, -1, own)


def _distinct_weights(weights: Floats) -> tuple[Integers | None, Floats]:
    """A code for each weight and the different weights; None for the codes when there are too many."""
    if (weights == weights[0]).all():
        return np.zeros(len(weights), dtype=np.intp), weights[:1]
    # Continuous weights show in a few rows already: no need to sort them all.
    if len(np.unique(weights[: 4 * _MOST_WEIGHTS])) > _MOST_WEIGHTS:
        return None, weights[:0]
    values, codes = np.unique(weights, return_inverse=True)
    return (codes, values) if len(values) <= _MOST_WEIGHTS else (None, values)


@dataclass(frozen=True, eq=False)
class _DistinctDraw:
    """Rao and Wu's bootstrap on distinct rows: weights of all rows of a kind together.

    How often the rows of a kind are drawn is a multinomial count, so n rows never have to be.
    """

    stage: Stage
    seed: int
    rows: Floats
    stratum: Integers
    base: Floats
    steps: tuple[CellFactors, ...]

    def __call__(self, first: int, last: int) -> Floats:
        stage = self.stage
        members = [np.flatnonzero(self.stratum == at) for at in range(len(stage.sampled))]
        times = np.repeat(self.rows[:, None], last - first, axis=1)
        for column in range(first, last):
            generator = np.random.default_rng([self.seed, column])
            for at, size in enumerate(stage.sampled.astype(int)):
                if size < 2:
                    continue
                here = members[at]
                drawn = generator.multinomial(size - 1, self.rows[here] / size)
                shrink = np.sqrt(stage.not_sampled[at])
                times[here, column - first] = (1 - shrink) * self.rows[here] + shrink * size / (size - 1) * drawn
        weights = self.base[:, None] * times
        for step in self.steps:
            weights = weights * step(weights)
        return weights
