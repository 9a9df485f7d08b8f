"""Replicate weights: bootstrap, jackknife, balanced repeated replication and Fay's method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from stagekansen_lib.arguments import said, some_number
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.variance import MOST_CELLS
from stagekansen_lib.project.clusters import is_address
from stagekansen_lib.surveys.calibrations import CellFactors
from stagekansen_lib.surveys.designs import Design, Replicates, Stage
from stagekansen_lib.surveys.surveys import Survey, need_survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers


__all__ = ["Draw", "replicate"]


# Different base weights up to which rows with the same weight are drawn together.
_MOST_WEIGHTS = 1_000

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
    backend : what works on blocks of replicates: the address of the scheduler of a Dask cluster
        ("tcp://10.0.0.5:8786"), or the name of a joblib backend ("threading", "loky", or one that was registered);
        None to do it here. The results are the same.
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
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": [8.0, 6.0, 9.0, 5.0]}))
    >>> replicate(survey, kind="jackknife").design.replicates.number
    4
    """
    need_survey(survey)
    design = survey.design
    known = _known_kind(kind)
    _check_design(design, known)
    _check_backend(backend, jobs)
    known = "jackknife" if known in ("jk1", "jkn") else known
    multipliers, scale, rscales = _multipliers(design.stages[0], known, n, seed, rho)
    base = design.weights if design.base_weights is None else design.base_weights
    draw = Draw(multipliers, base, design.steps)
    name = {"brr": "made BRR", "fay": "made Fay"}.get(known, f"made {known}")
    replicates = Replicates(None, float(scale), rscales, mse, name, draw, backend, jobs)
    if design.size * len(rscales) <= _KEPT:
        replicates = replace(replicates, weights=np.hstack(list(replicates.blocks(design.size))), draw=None)
    line = f"replicate: {known}, {len(rscales)} replicates" + (f", seed {seed}" if known == "bootstrap" else "")
    described = f"{len(rscales)} {known} replicates"
    return survey.with_weights(
        replace(design, replicates=replicates, described=described), survey.provenance.with_step(line)
    )


def _known_kind(kind: str) -> str:
    known = str(kind).lower()
    if known not in REPLICATE_KINDS:
        raise InputError(Problem(f"kind is {known!r}.", do=did_you_mean(known, REPLICATE_KINDS)))
    return known


def _check_design(design: Design, kind: str) -> None:
    """Stop where replicates would not know how the sample was drawn."""
    if kind == "jk1" and design.stages and design.stages[0].strata is not None:
        raise InputError(Problem("JK1 is for a sample without strata.", do="Use kind='jkn', which knows them."))
    if design.domain is not None:
        raise InputError(Problem("This is a subpopulation.", do="Make replicates of the whole survey first."))
    if design.replicates is not None and not design.replicates.kind.startswith("made "):
        raise InputError(
            Problem("The survey came with replicate weights.", do="Use those: they know how the sample was drawn.")
        )


def _multipliers(
    stage: Stage, kind: str, n: int, seed: int | None, rho: float | None
) -> tuple[_Multipliers, float, Floats]:
    """What the weights of clusters are multiplied by, with the constants of the variance."""
    if kind == "bootstrap":
        if not isinstance(seed, (int, np.integer)) or not isinstance(n, (int, np.integer)) or seed < 0 or n < 2:
            raise InputError(
                Problem("A bootstrap needs a seed and at least two replicates.", do="Give seed=2022, n=1000.")
            )
        return _Bootstrap(stage, int(seed)), 1 / (n - 1), np.ones(n)
    if kind == "jackknife":
        return _Jackknife(stage), *_jackknife_scales(stage)
    constant = _fay_constant(kind, rho)
    balanced = _Balanced(stage, constant)
    number = balanced.signs.shape[1]
    return balanced, 1 / (number * (1 - constant) ** 2), np.ones(number)


def _check_backend(backend: str | None, jobs: int) -> None:
    if not isinstance(jobs, (int, np.integer)) or jobs == 0:
        raise InputError(Problem(f"jobs is {said(jobs)}.", do="Give a number of workers, or -1 for all."))
    if backend is None or is_address(backend):
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
                do='Use "threading" or "loky", or the address of a Dask scheduler such as "tcp://10.0.0.5:8786".',
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
        shrinks = np.sqrt(stage.not_sampled)
        result = np.empty((clusters, last - first))
        for column in range(first, last):
            generator = np.random.default_rng([self.seed, column])
            times = np.ones(clusters)
            for at, size in enumerate(stage.sampled.astype(int)):
                if size < 2:
                    continue
                members = order[start[at] : start[at] + size]
                drawn = np.bincount(generator.integers(0, size, size - 1), minlength=size)
                shrink = shrinks[at]
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


@dataclass(frozen=True, eq=False)
class Draw:
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
        rows = _times_of_each(parts, len(self.base))
        if rows is None:
            return None
        occupied = np.flatnonzero(rows)
        own, stratum, weight, *cells = np.unravel_index(occupied, [width for _, width in parts])
        short = tuple(CellFactors(each, step.number, step.fit) for each, step in zip(cells, steps, strict=True))
        draw = _DistinctDraw(stage, bootstrap.seed, rows[occupied].astype(float), stratum, base[weight], short)
        return draw, np.where(own == number, -1, own)


def _times_of_each(parts: list[tuple[Integers, int]], rows: int) -> Integers | None:
    """How often each combination of codes occurs; None when there are too many to be worth it."""
    flat, size = np.zeros(rows, dtype=np.intp), 1
    for codes, width in parts:
        size *= width
        if size > MOST_CELLS:
            return None
        if width > 1:
            flat = flat * width + codes
    times = np.bincount(flat, minlength=size)
    return None if 4 * np.count_nonzero(times) > rows else times


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
        shrinks = np.sqrt(stage.not_sampled)
        times = np.repeat(self.rows[:, None], last - first, axis=1)
        for column in range(first, last):
            generator = np.random.default_rng([self.seed, column])
            for at, size in enumerate(stage.sampled.astype(int)):
                if size < 2:
                    continue
                here = members[at]
                drawn = generator.multinomial(size - 1, self.rows[here] / size)
                shrink = shrinks[at]
                times[here, column - first] = (1 - shrink) * self.rows[here] + shrink * size / (size - 1) * drawn
        weights = self.base[:, None] * times
        for step in self.steps:
            weights = weights * step(weights)
        return weights


_Multipliers = _Bootstrap | _Jackknife | _Balanced
