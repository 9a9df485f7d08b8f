"""What every comparison starts from: the outcome, the groups, the rows that are in them, and what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.encoding import Encoded
from stagekansen_lib.surveys.surveys import Survey, refuse_personal

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Integers, Mask
    from stagekansen_lib.surveys.designs import Design


__all__ = ["MOST_LEVELS", "Asked", "Case", "Ties", "independent_rows", "make_case", "weighting_of"]


Ties = Literal["weighted", "unweighted"]

# More groups or answers than this are no short list.
MOST_LEVELS = 30


@dataclass(frozen=True)
class Asked:
    """What is asked of a comparison beside its test: the effect and the answer (None: what fits), ties, and level."""

    effect: str | None
    code: Any
    ties: Ties
    ci_level: float


def independent_rows(survey: Survey) -> bool:
    """Whether a design has weights and nothing else: that is all the small-sample variance knows."""
    first = survey.design.stages[0] if survey.design.stages else None
    return (
        survey.design.replicates is None
        and first is not None
        and all(part is None for part in (first.strata, first.clusters, first.population))
    )


def weighting_of(design: Design) -> str:
    """How answers count: "weighted_counts" (weights made to meet known counts), "weighted" or "unweighted"."""
    if design.calibrations or design.targets:
        return "weighted_counts"
    weights = design.row_weights
    # Where the smallest and the largest are close to the first, all are.
    return "unweighted" if np.allclose([weights.min(), weights.max()], weights[0]) else "weighted"


@dataclass(frozen=True, eq=False)
class Case:
    """An outcome and the groups that are compared, each column read once.

    ``groups`` are group codes without gaps (-1 for rows left out), ``levels`` the groups by name and ``sizes`` their
    numbers of answers; ``grouping`` is the variable of the groups as it was encoded.
    """

    survey: Survey
    of: str
    by: str
    grouping: Encoded
    groups: Integers
    levels: tuple[Any, ...]
    sizes: Integers

    @property
    def number(self) -> int:
        """The number of groups."""
        return len(self.levels)

    @property
    def n(self) -> int:
        """The number of answers."""
        return int(self.sizes.sum())

    @property
    def named_sizes(self) -> tuple[tuple[Any, int], ...]:
        """Each group with its number of answers; those without any are left out."""
        return tuple((level, int(size)) for level, size in zip(self.levels, self.sizes, strict=True) if size)

    @cached_property
    def used(self) -> Mask:
        """The rows that are in a group."""
        return self.groups >= 0

    @cached_property
    def kind(self) -> str:
        """The kind of the outcome, as in the codebook."""
        return self.survey.variable(self.of).kind

    @cached_property
    def outcome(self) -> Encoded:
        """The answers as integer codes; for outcomes with answers from a list."""
        return self.survey.encoded(self.of)


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
    if len(present) > MOST_LEVELS:
        raise InputError(Problem(f"'{by}' has {len(present)} groups.", do="Merge groups, or use regress()."))
    levels = tuple(encoded.levels[at] for at in present)
    groups = encoded.codes
    if not everyone or len(levels) < len(encoded.levels):
        place = np.full(len(encoded.levels) + 1, -1, dtype=np.intp)
        place[present] = np.arange(len(present))
        groups = np.where(used, place[encoded.codes], -1).astype(np.intp)
    return Case(survey, of, by, encoded, groups, levels, counts[present])
