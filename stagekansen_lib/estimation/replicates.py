"""Estimates of each replicate, and the variance that they make."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.errors import DoubtWarning
from stagekansen_lib.estimation.replicate_weights import Draw
from stagekansen_lib.estimation.variance import spread_out
from stagekansen_lib.project.clusters import is_address, spread
from stagekansen_lib.surveys.calibrations import indicator
from stagekansen_lib.surveys.designs import Design, Replicates

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers


__all__ = ["replicate_covariance", "replicate_estimates", "replicate_sums"]


# Weights of rows and replicates together from which a progress bar is shown.
_LONG = 1_000_000_000


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
        whole = spread_out(classes, design.domain, np.full(design.size, -1, dtype=np.intp))
    found = replicates.draw.distinct(whole, number) if isinstance(replicates.draw, Draw) else None
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
    if is_address(replicates.backend):
        return np.vstack(spread(work, spans, on=replicates.backend))
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
        text = f"{(~known).sum()} of {len(known)} replicates without an estimate: left out of the variance."
        warnings.warn(DoubtWarning(text, "left_out_replicates"), stacklevel=2)
    kept, rscales = estimates[known], replicates.rscales[known]
    middle = centre if replicates.mse else kept[rscales > 0].mean(axis=0)
    centred = kept - middle
    # A bootstrap is divided by the number of its replicates, and that is now smaller.
    scale = replicates.scale
    if replicates.kind == "made bootstrap" and len(kept) > 1:
        scale *= (len(known) - 1) / (len(kept) - 1)
    return np.asarray(scale * (centred * rscales[:, None]).T @ centred)


def _replicates(design: Design) -> Replicates:
    if design.replicates is None:
        raise ValueError("the design has no replicate weights")
    return design.replicates
