"""Secondary protection: hide more, until subtraction no longer gives a secret count back.

The attacker of this module is cautious: of every row that is shown he knows the exact unweighted count and
the exact base. Linear programs give the interval that he can compute for each secret count, over all tables
of a call together. While an interval is too narrow, one more row is hidden: the cheapest that helps. That is
safe against this attacker and not the least that could be hidden.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["EVERY", "Counts", "Key", "Secret", "hide_partners"]

# A count is known by the answers that it counts: a set of (variable, answer). EVERY stands for any answer.
Key = frozenset[tuple[str, Any]]
EVERY = "*"
_EXACT = 1e-6


@dataclass(frozen=True)
class Secret:
    """A count that a reader must not come close to: the row it stands in, the count, and its true value."""

    row: int
    key: Key
    value: float


@dataclass
class Counts:
    """All counts that the tables of one call speak of, and the sums that link them.

    ``values`` holds the true counts; ``exposed`` says for each row which counts it gives away when shown;
    ``bounds`` what a row that is told as a class gives away; ``sums`` the links: a total, its parts.
    """

    values: dict[Key, float] = field(default_factory=dict)
    exposed: dict[int, tuple[Key, ...]] = field(default_factory=dict)
    bounds: dict[Key, tuple[float, float]] = field(default_factory=dict)
    sums: dict[tuple[Key, frozenset[Key]], None] = field(default_factory=dict)

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


def hide_partners(
    counts: Counts,
    secrets: Sequence[Secret],
    shown: set[int],
    cost: Mapping[int, float],
    *,
    upper: float,
    absolute: float,
    relative: float,
) -> dict[int, Secret]:
    """The rows to hide besides those that are hidden already, each with the secret that it protects.

    Parameters
    ----------
    counts : every count of the call, completed.
    secrets : what must stay unknown. ``shown`` : rows shown so far. ``cost`` : what hiding a row costs.
    upper, absolute, relative : the interval that must remain: it reaches ``upper``, and goes down to the
        value less the larger of ``absolute`` and ``relative`` times the value.
    """
    left, hidden = set(shown), dict[int, Secret]()
    for secret in secrets:
        while (gap := _gap(counts, secret, left, upper, absolute, relative)) > _EXACT:
            chosen = _best_partner(counts, secret, left, cost, gap, (upper, absolute, relative))
            if not chosen:
                break
            left -= chosen
            hidden.update(dict.fromkeys(chosen, secret))
    return hidden


def _best_partner(
    counts: Counts,
    secret: Secret,
    shown: set[int],
    cost: Mapping[int, float],
    gap: float,
    demand: tuple[float, float, float],
) -> set[int]:
    """The cheapest rows whose hiding closes the gap; else those that narrow it most, the cheaper first."""
    best: tuple[float, float, set[int]] = (math.inf, math.inf, set())
    for price, rows in _candidates(counts, secret, shown, cost):
        left = _gap(counts, secret, shown - rows, *demand)
        if left <= _EXACT:
            return rows
        # Hiding one row may help only together with the next, so a candidate without effect still counts.
        best = min(best, (round(min(left, gap), 6), price, rows), key=lambda found: found[:2])
    return best[2]


def _candidates(
    counts: Counts, secret: Secret, shown: set[int], cost: Mapping[int, float]
) -> list[tuple[float, set[int]]]:
    """Sets of rows that give one count away, the count linked to the secret through counts not shown."""
    known = _known(counts, shown)
    reached, linked = {secret.key}, {secret.key} & known
    grows = True
    while grows:
        grows = False
        for total, parts in counts.sums:
            keys = {total, *parts}
            if keys & reached and not keys <= reached | linked:
                linked |= keys & known
                reached |= keys - known
                grows = True
    givers = [{row for row in shown if key in counts.exposed.get(row, ())} for key in linked]
    priced = {frozenset(rows): sum(cost[row] for row in rows) for rows in givers if rows}
    return [(price, set(rows)) for rows, price in sorted(priced.items(), key=lambda one: (one[1], sorted(one[0])))]


def _gap(counts: Counts, secret: Secret, shown: set[int], upper: float, absolute: float, relative: float) -> float:
    """How far the interval that the attacker computes falls short of the one that must remain."""
    low, high = computed_interval(counts, secret.key, shown)
    lowest = max(0.0, secret.value - max(absolute, relative * secret.value))
    return max(0.0, upper - high) + max(0.0, low - lowest)


def computed_interval(counts: Counts, key: Key, shown: set[int]) -> tuple[float, float]:
    """The lowest and highest value of a count that agree with everything shown."""
    import numpy as np
    from scipy.optimize import linprog

    known = _known(counts, shown)
    if key in known:
        return counts.values[key], counts.values[key]
    unknown = sorted({k for total, parts in counts.sums for k in (total, *parts)} - known | {key}, key=_order)
    place = {k: position for position, k in enumerate(unknown)}
    rows, sides = [], []
    for total, parts in counts.sums:
        line, side = np.zeros(len(unknown)), _rest(counts, total, parts)
        for k, sign in ((total, 1.0), *((part, -1.0) for part in parts)):
            if k in place:
                line[place[k]] += sign
            else:
                side -= sign * counts.values[k]
        if line.any():
            rows.append(line)
            sides.append(side)
    largest = max(counts.values.values())
    limits = [counts.bounds.get(k, (0.0, largest)) for k in unknown]
    matrix = np.array(rows).reshape(len(rows), len(unknown))
    ends = []
    for sign in (1.0, -1.0):
        aim = np.zeros(len(unknown))
        aim[place[key]] = sign
        solved = linprog(aim, A_eq=matrix, b_eq=np.array(sides), bounds=limits, method="highs")
        # No solution within rounding: take the attacker for all-knowing, which hides more and never less.
        ends.append(sign * float(solved.fun or 0.0) if solved.status == 0 else counts.values[key])
    return ends[0], ends[1]


def _known(counts: Counts, shown: set[int]) -> set[Key]:
    exposed = (counts.exposed[row] for row in shown if row in counts.exposed)
    return {key for keys in exposed for key in keys}


def _rest(counts: Counts, total: Key, parts: frozenset[Key]) -> float:
    """Answers missing from the parts; the attacker is taken to know how many."""
    return counts.values[total] - sum(counts.values[part] for part in parts)


def _order(key: Key) -> list[tuple[str, str]]:
    return sorted((name, str(answer)) for name, answer in key)
