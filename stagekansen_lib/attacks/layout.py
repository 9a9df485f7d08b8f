"""How crosses of answers are laid out: which variables stand together, and which answers they can have together.

Part of ``attack``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from stagekansen_lib.attacks.evidence import MISSING, Evidence, FigureTable
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.nestings import Nesting, find_nestings

__all__ = [
    "Asked", "Known", "Mixture", "Quantity", "answers_in", "answers_together", "cliques_of", "counts_in", "nestings_of",
    "number_of", "parts_of", "tree_of",
]  # fmt: skip

# A number of people: for each variable the answers that they gave.
Quantity = frozenset[tuple[str, frozenset[str]]]
# What is asked for: a quantity, or several times their numbers, added up.
Mixture: TypeAlias = tuple[tuple[Quantity, float], ...]
Asked = TypeVar("Asked", Quantity, Mixture)


@dataclass(frozen=True)
class Known:
    """What a reader knows of one row: ends of its base, its share of the base, its count, and the mean of its codes."""

    base: tuple[float, float] = (0.0, math.inf)
    share: tuple[float, float] = (0.0, 1.0)
    count: tuple[float, float] = (0.0, math.inf)
    rest: float = 0.0
    mean: tuple[float, float] = (-math.inf, math.inf)


def number_of(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def parts_of(asked: Quantity | Mixture) -> dict[Quantity, float]:
    return {asked: 1.0} if isinstance(asked, frozenset) else dict(asked)


def nestings_of(releases: Sequence[Evidence], made_from: Codebook | None) -> tuple[Nesting, ...]:
    """The variables of releases that are made from the same questions, by a codebook that everyone can read."""
    used: dict[tuple[str, Any], None] = {}
    for evidence in releases:
        for table in evidence.tables:
            several = evidence.is_multiple(table.of)
            codes = {row.code for row in table.rows} if several else {None}
            known = made_from[table.of].valid_codes if made_from is not None and table.of in made_from else ()
            used |= {(table.of, one): None for one in known if several and str(one) in codes}
            used |= dict.fromkeys((name, None) for name in (*([] if several else [table.of]), *table.by))
    return find_nestings(made_from, used) if made_from is not None else ()


def cliques_of(tied: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Groups of variables that tables tie together, after filling rings (least neighbours first)."""
    left = {name: set(others) for name, others in tied.items()}
    found: list[set[str]] = []
    while left:
        name = min(left, key=lambda one: (len(left[one]), one))
        near = left.pop(name)
        for one in near:
            left[one] |= near - {one}
            left[one].discard(name)
        if not any({name, *near} <= clique for clique in found):
            found.append({name, *near})
    return [tuple(sorted(clique)) for clique in found]


def tree_of(cliques: Sequence[tuple[str, ...]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Pairs of groups that make all agree when they do: a tree in which as many variables as possible are shared.

    Groups of a triangulated graph that share a variable are then joined by others that hold it too. Source: Jensen and
    Jensen (1994), Optimal junction trees, Uncertainty in Artificial Intelligence, 360-366.
    """
    part = {clique: {clique} for clique in cliques}
    found = []
    for first, second in sorted(itertools.combinations(cliques, 2), key=lambda pair: -len({*pair[0]} & {*pair[1]})):
        if second not in part[first]:
            found.append((first, second))
            both = part[first] | part[second]
            part |= dict.fromkeys(both, both)
    return found


def counts_in(wanted: Mapping[str, Container[str]], clique: tuple[str, ...], cell: tuple[str, ...]) -> bool:
    """Whether the people in a cell gave the answers that are wanted; any other variable may have any answer."""
    for name, answer in zip(clique, cell, strict=True):  # noqa: SIM110 - asked millions of times; all() takes twice as long
        if name in wanted and answer not in wanted[name]:
            return False
    return True


def answers_in(evidence: Evidence, table: FigureTable, name: str) -> tuple[str, ...]:
    """The answers to a variable: those of the codebook, then those that only the table knows."""
    if evidence.is_multiple(name.partition("[")[0]):
        return ("1", "0")
    seen = [row.code for row in table.rows if name == table.of and row.code]
    seen += [answer for row in table.rows for by, answer in row.group if by == name]
    # A number that was averaged has no codes: it was answered or not.
    return tuple(dict.fromkeys([*evidence.answers.get(name, ()), *seen])) or ("answered",)


def answers_together(
    clique: tuple[str, ...], nestings: Sequence[Nesting], answers: Mapping[str, tuple[str, ...]]
) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """The variables of a cross, those from the same questions in one, with the answers that they can have together."""
    left = list(clique)
    parts: list[tuple[tuple[str, ...], list[tuple[str, ...]]]] = []
    for nesting in nestings:
        own = tuple(name for name in left if name in nesting.units)
        places = [nesting.units.index(name) for name in own]
        ways = [tuple(MISSING if way[at] is None else str(way[at]) for at in places) for way in nesting.ways]
        if len(own) > 1:
            parts.append((own, list(dict.fromkeys(ways))))
            left = [name for name in left if name not in own]
    for name in left:
        parts.append(((name,), [(answer,) for answer in answers[name]]))
    return parts
