"""What every comparison starts from: the groups, and the rows that are in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.surveys import Survey, refuse_personal

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Integers


__all__ = ["Case", "independent_rows", "make_case"]


def independent_rows(survey: Survey) -> bool:
    """Whether a design has weights and nothing else: that is all the small-sample variance knows."""
    first = survey.design.stages[0] if survey.design.stages else None
    return (
        survey.design.replicates is None
        and first is not None
        and all(part is None for part in (first.strata, first.clusters, first.population))
    )


@dataclass(frozen=True, eq=False)
class Case:
    """What every comparison starts from: group codes without gaps (-1 for rows left out), and the levels."""

    of: str
    by: str
    groups: Integers
    levels: tuple[Any, ...]
    sizes: Integers


def make_case(survey: Survey, of: str, by: str) -> Case:
    """The groups of a comparison."""
    refuse_personal(survey, of)
    answered = survey.column(of).notna().to_numpy()
    encoded = survey.encoded(by)
    used = answered & (encoded.codes >= 0)
    if not survey.design.all_weighed:
        used &= survey.design.row_weights != 0
    everyone = bool(used.all())
    counts = np.bincount(encoded.codes if everyone else encoded.codes[used], minlength=len(encoded.levels))
    present = np.flatnonzero(counts)
    if len(present) < 2:
        raise InputError(
            Problem(
                f"'{by}' has {len(present)} group with an answer to '{of}'.",
                do="A comparison needs two groups: check the variable, or the subset.",
            )
        )
    if len(present) > 30:
        raise InputError(Problem(f"'{by}' has {len(present)} groups.", do="Merge groups, or use regress()."))
    levels = tuple(encoded.levels[at] for at in present)
    groups = encoded.codes
    if not everyone or len(levels) < len(encoded.levels):
        place = np.full(len(encoded.levels) + 1, -1, dtype=np.intp)
        place[present] = np.arange(len(present))
        groups = np.where(used, place[encoded.codes], -1).astype(np.intp)
    return Case(of, by, groups, levels, counts[present])
