"""The counts that tables share, which of them are secret, and what a reader computes for one of them.

The attacker of this module is cautious: of every row that is shown he knows the exact unweighted count and the exact
base. Linear programs give the interval that he can compute for a count, over all tables of a call together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "EVERY",
    "EXACT_COUNT",
    "Counts",
    "Demand",
    "Key",
    "Secret",
    "computed_interval",
    "gap",
    "key_order",
    "rest",
    "rows_that_give",
    "sums_as_lines",
]

# A count is known by the answers that it counts: a set of (variable, answer). EVERY stands for any answer.
Key = frozenset[tuple[str, Any]]
EVERY = "*"
# Counts are whole numbers; linear programs give them back to about nine decimals.
EXACT_COUNT = 1e-6


@dataclass(frozen=True)
class Secret:
    """A count that a reader must not come close to: the row it stands in, the count, and its true value."""

    row: int
    key: Key
    value: float
    # How far the ends of its interval must lie, upward (1) and downward (-1); as the demand says when left out.
    ends: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Demand:
    """The interval that must remain of a secret count: up to ``upper``, and down to ``lowest(value)`` (rule R6)."""

    upper: float
    absolute: float
    relative: float

    def lowest(self, value: float) -> float:
        """The value less the larger of ``absolute`` and ``relative`` times the value, as a whole number; at least 0."""
        return float(max(0, math.floor(value - max(self.absolute, self.relative * value))))


@dataclass
class Counts:
    """All counts that the tables of one call speak of, and the sums that link them.

    ``values`` holds the true counts; ``exposed`` says for each row which counts it gives away when shown;
    ``bounds`` what a row that is told as a class gives away; ``sums`` the links: a total, its parts. ``mixtures`` are
    counts times numbers added up, such as a count less nine tenths of its base.
    """

    values: dict[Key, float] = field(default_factory=dict)
    exposed: dict[int, tuple[Key, ...]] = field(default_factory=dict)
    bounds: dict[Key, tuple[float, float]] = field(default_factory=dict)
    sums: dict[tuple[Key, frozenset[Key]], None] = field(default_factory=dict)
    mixtures: dict[Key, Mapping[Key, float]] = field(default_factory=dict)

    def add_sum(self, total: Key, parts: Iterable[Key]) -> None:
        """Say that ``total`` is the sum of ``parts``, but for answers that are missing."""
        self.sums[(total, frozenset(parts))] = None

    def complete(self) -> None:
        """Give a value to totals that no table shows: at least the largest sum of their parts."""
        counted = set(self.values)
        for total, parts in sorted(self.sums, key=lambda link: -len(link[0])):
            if total not in counted:
                seen = sum(self.values[part] for part in parts)
                self.values[total] = max(self.values.get(total, 0.0), seen)


def gap(counts: Counts, secret: Secret, shown: set[int], demand: Demand) -> float:
    """How far the interval that the attacker computes falls short of the one that must remain."""
    low, high = computed_interval(counts, secret.key, shown)
    return max(0.0, demand.upper - high) + max(0.0, low - demand.lowest(secret.value))


def computed_interval(counts: Counts, key: Key, shown: set[int]) -> tuple[float, float]:
    """The lowest and highest value of a count that agree with everything shown."""
    import numpy as np
    from scipy.optimize import linprog

    known = _known(counts, shown)
    if key in known:
        return counts.values[key], counts.values[key]
    unknown = sorted({k for total, parts in counts.sums for k in (total, *parts)} - known | {key}, key=key_order)
    place = {k: position for position, k in enumerate(unknown)}
    matrix, sides = _conditions(counts, place)
    largest = max(counts.values.values())
    limits = [counts.bounds.get(k, (0.0, largest)) for k in unknown]
    ends = []
    for sign in (1.0, -1.0):
        aim = np.zeros(len(unknown))
        aim[place[key]] = sign
        solved = linprog(aim, A_eq=matrix, b_eq=sides, bounds=limits, method="highs")
        # No solution within rounding: take the attacker for all-knowing, which hides more and never less.
        ends.append(sign * float(solved.fun or 0.0) if solved.status == 0 else counts.values[key])
    return ends[0], ends[1]


def _conditions(counts: Counts, place: Mapping[Key, int]) -> tuple[Any, Any]:
    """The sums as equations over the unknown counts, in their places; what is known stands on the other side."""
    import numpy as np

    rows, sides = [], []
    for total, parts in counts.sums:
        line, side = np.zeros(len(place)), rest(counts, total, parts)
        for k, sign in ((total, 1.0), *((part, -1.0) for part in parts)):
            if k in place:
                line[place[k]] += sign
            else:
                side -= sign * counts.values[k]
        if line.any():
            rows.append(line)
            sides.append(side)
    return np.array(rows).reshape(len(rows), len(place)), np.array(sides)


def _known(counts: Counts, shown: set[int]) -> set[Key]:
    exposed = (counts.exposed[row] for row in shown if row in counts.exposed)
    return {key for keys in exposed for key in keys}


def rest(counts: Counts, total: Key, parts: frozenset[Key]) -> float:
    """Answers missing from the parts; the attacker is taken to know how many."""
    return counts.values[total] - sum(counts.values[part] for part in parts)


def key_order(key: Key) -> list[tuple[str, str]]:
    return sorted((name, str(answer)) for name, answer in key)


def sums_as_lines(counts: Counts, place: Mapping[Key, int]) -> Any:
    """A line for each sum and each mixture: the whole less its parts."""
    from scipy import sparse

    wholes: list[tuple[Key, Mapping[Key, float]]] = [
        (total, dict.fromkeys(sorted(parts, key=key_order), 1.0)) for total, parts in counts.sums
    ]
    wholes += counts.mixtures.items()
    lines, places, factors = [], [], []
    for line, (whole, made_of) in enumerate(wholes):
        for key, factor in ((whole, 1.0), *((part, -factor) for part, factor in made_of.items())):
            lines.append(line)
            places.append(place[key])
            factors.append(factor)
    return sparse.csr_array((factors, (lines, places)), shape=(len(wholes), len(place)))


def rows_that_give(counts: Counts, shown: Iterable[int], place: Mapping[Key, int]) -> list[tuple[int, ...]]:
    """For each count the rows that give it away when they are shown."""
    givers: list[set[int]] = [set() for _ in place]
    for row in shown:
        for key in counts.exposed.get(row, ()):
            givers[place[key]].add(row)
    return [tuple(sorted(rows)) for rows in givers]
