"""Weights put in the place of others, with what the variance must know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.calibrations import (
    Calibration,
)
from stagekansen_lib.surveys.designs import Design, Replicates
from stagekansen_lib.surveys.surveys import Survey, need_survey
from stagekansen_lib.weighting.targets import Target

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["domain_free", "reachable", "reweighted"]


def domain_free(survey: Survey) -> Design:
    need_survey(survey)
    if survey.design.domain is not None:
        raise InputError(
            Problem(
                "This is a subpopulation of a survey.",
                do="Weight the whole survey first, then take the subset.",
            )
        )
    return survey.design


def reachable(target: Target, reached: Floats) -> Floats:
    """The counts for each set of weights (a column); refused when the one set gives a code no weight.

    A replicate may hold nobody with some code. Its other codes then share the whole population.
    """
    empty = reached <= 0
    wanted = np.where(empty, 0.0, target.counts[:, None])
    if not empty.any():
        return wanted
    if reached.shape[1] == 1:
        at = int(np.flatnonzero(empty[:, 0])[0])
        raise InputError(
            Problem(
                f"The weights of {target.labels[at]!r} of '{target.name}' add up to zero.",
                do="Merge this code with another one, in the answers and in the margin.",
            )
        )
    return np.asarray(wanted * target.counts.sum() / np.maximum(wanted.sum(axis=0), 1e-300))


def reweighted(
    survey: Survey,
    weights: Floats,
    record: Calibration,
    factors: Any,
    to: Any,
    step: str,
    targets: Sequence[Target],
) -> Survey:
    design = survey.design
    replicates: Replicates | None = design.replicates
    if replicates is not None:
        parts = [block * factors(block) for block in replicates.blocks(design.size)]
        replicates = replace(replicates, weights=np.hstack(parts), draw=None)
    changed = replace(
        design,
        weights=weights,
        replicates=replicates,
        calibrations=(*design.calibrations, record),
        targets=tuple(replace(target, before=design.weights) for target in targets),
        steps=(*design.steps, factors),
        base_weights=design.weights if design.base_weights is None else design.base_weights,
    )
    name = getattr(to, "name", "")
    variables = ", ".join(target.name for target in targets)
    line = f"{step}: {variables}{f' to {name}' if name else ''}"
    proxy = getattr(to, "proxy", None) or {}
    provenance = survey.provenance.with_step(
        line,
        proxies=(*survey.provenance.proxies, dict(proxy)) if proxy else survey.provenance.proxies,
        sources=tuple(dict.fromkeys([*survey.provenance.sources, *getattr(to, "sources", ())])),
    )
    return survey.with_weights(changed, provenance)
