"""Groupings made from each other as one system of sums (R14): counts known by the answers behind them.

A count is known by a set of (variable, answer). Where variables are made from the same questions, the answers to all of
them are read as ways in which a person can answer those questions together: "hbo" and "associate degree, bachelor or
master" are then one count under one name, and what two groupings have in common are the smallest sets of ways between
them, of which both are sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stagekansen_lib.disclosure.intervals import EVERY, Counts, Key, key_order
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.nestings import Nesting, find_nestings

__all__ = ["Naming", "add_nested_sums", "fill_unknown", "naming_of"]

_Ways = tuple[int, ...]


@dataclass(frozen=True)
class Naming:
    """How the counts of one call are named: by their answers, or by the ways to answer the questions behind them."""

    nestings: tuple[Nesting, ...] = ()
    same_base: Mapping[str, str] = field(default_factory=dict)

    def key(self, answers: Iterable[tuple[str, Any]]) -> Key:
        """The name of a count of those who gave these answers."""
        plain: list[tuple[str, Any]] = []
        ways: dict[int, frozenset[int]] = {}
        for name, answer in answers:
            at = next((at for at, one in enumerate(self.nestings) if name in one.units), None)
            if at is None:
                plain.append((self.same_base.get(name, name) if answer == EVERY else name, answer))
            else:
                own = _ways_of(self.nestings[at], name, answer)
                ways[at] = ways[at] & own if at in ways else own
        return frozenset([*plain, *((f"{at}", tuple(sorted(own))) for at, own in ways.items())])

    def is_impossible(self, key: Key) -> bool:
        """Whether nobody can give these answers together."""
        return any(ways == () for _, ways in key)


def _ways_of(nesting: Nesting, name: str, answer: Any) -> frozenset[int]:
    everyone = nesting.where(name)
    if answer == EVERY:
        return everyone
    # Of an answer among several a way says whether it was given: 1 or 0.
    several = name.endswith("]") and "[" in name
    if isinstance(answer, tuple):
        return everyone - (nesting.where(name, 1) if several else nesting.where(name, answer[1]))
    return nesting.where(name, 1) if several else nesting.where(name, answer)


def naming_of(book: Codebook, used: Sequence[tuple[str, Any]]) -> Naming:
    """How counts of these variables are named; ``used`` as for ``find_nestings``."""
    same = {}
    for name in dict.fromkeys(name for name, code in used if code is not None):
        source = name
        while source in book and len(book[source].derived_from) == 1 and not book[source].only_if:
            source = book[source].derived_from[0]
        same[name] = source if source in book else name
    return Naming(find_nestings(book, used), same)


def add_nested_sums(counts: Counts) -> None:
    """The sums between counts of one system: each is made of the smallest sets of ways that all of them respect."""
    found: dict[tuple[str, Key], set[_Ways]] = {}
    mentioned = {key for total, parts in counts.sums for key in (total, *parts)} | set(counts.values)
    for key in mentioned:
        for name, ways in key:
            if name.isdigit() and ways:
                found.setdefault((name, key - {(name, ways)}), set()).add(ways)
    smallest: dict[tuple[str, Key], list[_Ways]] = {}
    for (name, rest), sets in found.items():
        parts = smallest[name, rest] = _smallest(sets)
        for ways in sets:
            inside = [one for one in parts if set(one) <= set(ways)]
            if len(inside) > 1:
                counts.add_sum(rest | {(name, ways)}, (rest | {(name, one)} for one in inside))
    _add_sums_over_rests(counts, smallest)


def _smallest(sets: Iterable[_Ways]) -> list[_Ways]:
    """The ways in any of the sets, those together that stand in the same sets."""
    ordered = sorted(sets)
    together: dict[tuple[bool, ...], list[int]] = {}
    for way in sorted({way for one in ordered for way in one}):
        together.setdefault(tuple(way in one for one in ordered), []).append(way)
    return [tuple(ways) for ways in together.values()]


def _add_sums_over_rests(counts: Counts, smallest: Mapping[tuple[str, Key], Sequence[_Ways]]) -> None:
    """Smallest sets of everyone are sums over the groups of another variable, where those have them too."""
    sides: dict[tuple[str, Key, str], list[Key]] = {}
    for name, rest in smallest:
        for part in rest:
            if not part[0].isdigit() and part[1] != EVERY and not isinstance(part[1], tuple):
                sides.setdefault((name, rest - {part}, part[0]), []).append(rest)
    for (name, fewer, _), rests in sides.items():
        for ways in smallest.get((name, fewer), ()):
            inside = {rest: [one for one in smallest[name, rest] if set(one) <= set(ways)] for rest in rests}
            whole = all(len(ways) == sum(map(len, parts)) for parts in inside.values())
            if whole and len(rests) > 1:
                parts = [rest | {(name, one)} for rest, ones in inside.items() for one in ones]
                counts.add_sum(fewer | {(name, ways)}, parts)


def fill_unknown(counts: Counts) -> None:
    """Counts that no table tells, as some answers of people give them that agree with all tables.

    Which ones does not matter: what a reader can compute of a count that tables tell is the same from each of them.
    """
    import numpy as np
    from scipy.optimize import linprog

    mentioned = {key for total, parts in counts.sums for key in (total, *parts)}
    unknown = sorted(mentioned - set(counts.values), key=key_order)
    place = {key: at for at, key in enumerate(unknown)}
    lines, sides = [], []
    for total, parts in counts.sums:
        signed = [(total, 1.0), *((part, -1.0) for part in parts)]
        if any(key in place for key, _ in signed):
            lines.append([(place[key], sign) for key, sign in signed if key in place])
            sides.append(-sum(sign * counts.values[key] for key, sign in signed if key not in place))
    if not unknown:
        return
    matrix = np.zeros((len(lines), len(unknown) + 2 * len(lines)))
    for at, line in enumerate(lines):
        for column, sign in line:
            matrix[at, column] += sign
        # Answers that are missing keep a sum from fitting: as few of them as can be.
        matrix[at, len(unknown) + 2 * at], matrix[at, len(unknown) + 2 * at + 1] = 1.0, -1.0
    aim = np.r_[np.zeros(len(unknown)), np.ones(2 * len(lines))]
    solve: Any = linprog
    solved = solve(aim, A_eq=matrix, b_eq=np.array(sides), bounds=(0, None), method="highs")
    counts.values |= dict(zip(unknown, map(float, solved.x), strict=False))
