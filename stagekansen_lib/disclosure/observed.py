"""Groupings that lie inside each other in the answers, though no rule of the codebook says so.

A reader who knows a school needs no codebook to know that each of its programmes is of one level. So where every
answer to one question goes with one answer to another, in so many respondents that it is no chance, the two are one
system of sums, as if the one was made from the other (R14). What follows is kept to protection: no row is published
as impossible because of it, for that no other combination occurs is then all that would be told.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import RefusedError
from stagekansen_lib.surveys.nestings import Nesting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stagekansen_lib.surveys.encoding import Encoded

__all__ = ["with_observed"]

# So unlikely, were the two questions answered independently, that it is a rule and no chance.
_CHANCE = 1e-9
# Respondents that are looked at before all of them are.
_FIRST = 5_000
# As many ways to answer as ``find_nestings`` writes down.
_MOST_WAYS = 200_000

# What a pair of answers may be: of a finer and a coarser question.
_Pairs = frozenset[tuple[Any, Any]]
_Inside = Mapping[tuple[str, str], _Pairs]


def with_observed(declared: Sequence[Nesting], encoded: Mapping[str, Encoded]) -> tuple[Nesting, ...]:
    """The systems of questions with those joined that lie inside each other in the answers.

    Raises
    ------
    RefusedError : questions that lie inside each other can be answered in too many ways together.
    """
    inside = dict(_pairs_inside(declared, encoded))
    found = list(declared)
    for names in _joined(inside):
        touched = [one for one in found if names & set(one.units)]
        found = [one for one in found if one not in touched]
        alone = sorted(names - {name for one in touched for name in one.units})
        found.append(_as_one(touched, alone, encoded, inside))
    return tuple(found)


def _pairs_inside(
    declared: Sequence[Nesting], encoded: Mapping[str, Encoded]
) -> Iterator[tuple[tuple[str, str], _Pairs]]:
    for fine, coarse in itertools.permutations(sorted(encoded), 2):
        own, other = encoded[fine], encoded[coarse]
        if any({fine, coarse} <= set(one.units) for one in declared) or len(own.levels) < len(other.levels):
            continue
        pairs = _inside(own, other) if len(own.codes) == len(other.codes) else None
        if pairs is not None:
            yield (fine, coarse), pairs


def _inside(fine: Encoded, coarse: Encoded) -> _Pairs | None:
    """The pairs of answers that go together when each finer one has one coarser one; None when that is not so."""
    counts = _crossed(fine, coarse, slice(0, _FIRST))
    if not _is_function(counts):
        return None
    counts = _crossed(fine, coarse, slice(None))
    if not _is_function(counts) or not _is_a_rule(counts[:-1, :-1]):
        return None
    levels, answers = (*fine.levels, None), (*coarse.levels, None)
    # Who is not seen may be anything.
    free = counts.sum(axis=1) == 0
    free[-1] = True
    return frozenset(
        (levels[at], answers[to])
        for at, to in itertools.product(range(len(levels)), range(len(answers)))
        if free[at] or counts[at, to] > 0
    )


def _crossed(fine: Encoded, coarse: Encoded, rows: slice) -> NDArray[np.intp]:
    """How many gave each pair of answers; the last place is that of no answer."""
    import numpy as np

    high, wide = len(fine.levels) + 1, len(coarse.levels) + 1
    # No answer is -1, which is the last place.
    place = (fine.codes[rows] % high) * wide + coarse.codes[rows] % wide
    return np.bincount(place, minlength=high * wide).reshape(high, wide)


def _is_function(counts: NDArray[np.intp]) -> bool:
    return bool(((counts[:-1, :-1] > 0).sum(axis=1) <= 1).all())


def _is_a_rule(counts: NDArray[np.intp]) -> bool:
    """Whether there are two coarser answers or more, and independent answers would hardly ever go together so."""
    import numpy as np

    shares = counts.sum(axis=0) / max(int(counts.sum()), 1)
    if (shares > 0).sum() < 2:
        return False
    sizes = counts.sum(axis=1)
    with np.errstate(under="ignore", divide="ignore"):
        alike = np.log((shares[None, :] ** sizes[sizes > 0, None]).sum(axis=1))
    return bool(alike.sum() < math.log(_CHANCE))


def _joined(inside: Iterable[tuple[str, str]]) -> list[set[str]]:
    """The names in sets that pairs tie together."""
    parts: list[set[str]] = []
    for pair in inside:
        touching = [part for part in parts if part & set(pair)]
        parts = [part for part in parts if part not in touching] + [set(pair).union(*touching)]
    return parts


def _as_one(
    nestings: Sequence[Nesting], alone: Sequence[str], encoded: Mapping[str, Encoded], inside: _Inside
) -> Nesting:
    """One system: each way to answer all of it that its own systems and the pairs allow."""
    units = (*(name for one in nestings for name in one.units), *alone)
    parts: list[Sequence[tuple[Any, ...]]] = [one.ways for one in nestings]
    parts += [[*((level,) for level in encoded[name].levels), (None,)] for name in alone]
    checks = [(units.index(fine), units.index(coarse), pairs) for (fine, coarse), pairs in inside.items()
              if fine in units and coarse in units]  # fmt: skip
    if math.prod(map(len, parts)) > _MOST_WAYS:
        raise RefusedError(
            f"{', '.join(units)}: each answer to one goes with one answer to another, though the codebook does not say"
            " that one is made from the other, and together they can be answered in too many ways to be protected. Say"
            " so in the codebook (derived_from), merge answers, or leave one out."
        )
    ways = (sum(chosen, ()) for chosen in itertools.product(*parts))
    fitting = [way for way in ways if all((way[fine], way[coarse]) in pairs for fine, coarse, pairs in checks)]
    nothing = (None,) * len(units)
    return Nesting(units, (*dict.fromkeys(way for way in fitting if way != nothing), nothing))
