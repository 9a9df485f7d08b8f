"""Secondary protection at the least cost, proven: one problem over all linked tables of a call (rule R6).

A master integer program chooses the rows to hide. For each secret count two linear programs give what a reader who
knows every other row exactly can compute; where that is too close, their dual solution is a sum of rows of which
enough must be hidden, and the master gets that as a new condition (a cut). When no attack is left that succeeds, the
choice is safe, and no cheaper one is.

Source: Fischetti and Salazar-González (2001), Solving the cell suppression problem on tabular data with linear
constraints, Management Science 47(7), doi:10.1287/mnsc.47.7.1008.9805. Checked against brute force over all sets of
rows, on tables small enough to enumerate.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure.intervals import EXACT_COUNT, Counts, Demand, Secret, key_order

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

# How many rows of the fallback are tried without, each at the price of an attack.
_MOST_SHOWN_AGAIN = 60

__all__ = ["Bounds", "Suppression", "hide_cheapest"]


@dataclass(frozen=True)
class Bounds:
    """How far the search goes: rounds of attack, branches of one master program, and seconds in all."""

    rounds: int
    nodes: int
    seconds: float


@dataclass(frozen=True)
class Suppression:
    """The rows to hide besides those hidden already, what that costs, and how far from the least it can be.

    ``hidden`` gives for each row the secret that it protects. ``cost`` is the sum of what the rows cost, ``least`` a
    bound below which no safe choice can cost: the two are equal when ``method`` is "optimal". ``method`` "greedy"
    means that the bounds of the search were reached and the fallback chose. ``unprotected`` are secrets that stay too
    close even when everything is hidden, because something outside the tables tells them.
    """

    hidden: Mapping[int, Secret] = field(default_factory=dict)
    cost: float = 0.0
    least: float = 0.0
    method: str = "optimal"
    rounds: int = 0
    unprotected: tuple[Secret, ...] = ()

    @property
    def gap(self) -> float:
        """The largest part of the cost, 0 to 1, that a better choice could save."""
        return (self.cost - self.least) / self.cost if self.cost else 0.0


def hide_cheapest(
    counts: Counts,
    secrets: Sequence[Secret],
    shown: set[int],
    cost: Mapping[int, float],
    demand: Demand,
    bounds: Bounds,
    tell: Callable[[int], None] = lambda _: None,
) -> Suppression:
    """The cheapest rows to hide so that no secret can be computed too closely; the greedy choice past the bounds.

    Parameters
    ----------
    counts : every count of the call, completed.
    secrets : what must stay unknown. ``shown`` : rows shown so far. ``cost`` : what hiding a row costs, over 0.
    demand : the interval that must remain of each secret.
    bounds : how far the search goes.
    tell : called with the number of each round as it begins.
    """
    if not secrets or not shown:
        return Suppression()
    deadline = time.monotonic() + bounds.seconds
    attacks = _Attacks(counts, shown)
    open_ends, unprotected = _open_ends(attacks, secrets, demand)
    if not open_ends:
        return Suppression(unprotected=unprotected)
    master = _Master(attacks.givers, sorted(shown), cost)
    for end in open_ends:
        # Whatever else is hidden, a count that a row gives away is known.
        master.add(_Cut(end.secret, attacks.alone(end), 1.0))
    least, round_ = 0.0, 0
    for round_ in range(1, bounds.rounds + 1):
        tell(round_)
        found, bound = master.solve(bounds.nodes, max(deadline - time.monotonic(), 0.01))
        least = max(least, bound)
        if found is None:
            break
        cuts = attacks.cuts(open_ends, found)
        if not cuts:
            reasons = {row: master.needs(row, found) for row in sorted(found)}
            total = math.fsum(cost[row] for row in found)
            return Suppression(reasons, total, total, "optimal", round_, unprotected)
        for cut in cuts:
            master.add(cut)
        if time.monotonic() > deadline:
            break
    hidden = _safe_choice(attacks, master, open_ends, cost)
    reasons = {row: master.needs(row, hidden) for row in sorted(hidden)}
    total = math.fsum(cost[row] for row in hidden)
    return Suppression(reasons, total, min(least, total), "greedy", round_, unprotected)


def _safe_choice(attacks: _Attacks, master: _Master, ends: Sequence[_End], cost: Mapping[int, float]) -> set[int]:
    """Rows after which no attack succeeds, without a proof that they are the fewest: the fallback.

    While an attack succeeds, its cut gets the rows that give most weight for what they cost. Each step hides at least
    one row more, and with all rows hidden no attack succeeds, so this ends, and what it ends with is safe. Then rows
    that are not needed are shown again, the dearest first.
    """
    hidden: set[int] = set()
    cuts = list(master.cuts)
    while cuts:
        for cut in cuts:
            hidden |= master.cheapest_for(cut, hidden, cost)
        for cut in (cuts := attacks.cuts(ends, hidden)):
            master.add(cut)
    for row in sorted(hidden, key=lambda one: (-cost[one], one))[:_MOST_SHOWN_AGAIN]:
        fewer = hidden - {row}
        if all(master.holds(cut, fewer) for cut in master.cuts) and not attacks.cuts(ends, fewer):
            hidden = fewer
    return hidden


@dataclass(frozen=True)
class _End:
    """One end of the interval of a secret: how far from the true value it must lie, upward or downward."""

    secret: Secret
    sign: float
    distance: float


@dataclass(frozen=True)
class _Cut:
    """At least ``least`` of these weights, by place of the count, must belong to counts that nobody is told."""

    secret: Secret
    weights: Vector
    least: float


def _open_ends(attacks: _Attacks, secrets: Sequence[Secret], demand: Demand) -> tuple[list[_End], tuple[Secret, ...]]:
    """What must hold, each count once; a distance that cannot be had even with all rows hidden is shortened to that."""
    wanted = [
        _End(secret, sign, distance)
        for secret in {one.key: one for one in reversed(secrets)}.values()
        for sign, distance in (
            (1.0, demand.upper - secret.value),
            (-1.0, secret.value - demand.lowest(secret.value)),
        )
        if distance > EXACT_COUNT
    ]
    ends, unprotected = [], []
    far_enough = attacks.reached_together(wanted, attacks.rows)
    for end in wanted:
        reached = end.distance if end in far_enough else attacks.reach(end, attacks.rows)
        if reached < end.distance - EXACT_COUNT:
            unprotected.append(end.secret)
        if reached > EXACT_COUNT:
            ends.append(_End(end.secret, end.sign, min(end.distance, reached)))
    return ends, tuple(dict.fromkeys(unprotected))


class _Attacks:
    """The linear programs of the reader: how far a count may lie from the truth, given which rows are hidden."""

    def __init__(self, counts: Counts, shown: set[int]) -> None:
        import numpy as np
        from scipy import sparse

        self.rows = set(shown)
        self.keys = sorted(
            {k for total, parts in counts.sums for k in (total, *parts)} | set(counts.values), key=key_order
        )
        self.place = {key: at for at, key in enumerate(self.keys)}
        largest = max(counts.values.values())
        limits = np.array([counts.bounds.get(key, (0.0, largest)) for key in self.keys])
        value = np.array([counts.values[key] for key in self.keys])
        # Distances from the truth: the sums of distances are zero, so what is missing plays no part.
        self.down, self.up = np.maximum(value - limits[:, 0], 0.0), np.maximum(limits[:, 1] - value, 0.0)
        lines, places, signs = [], [], []
        for line, (total, parts) in enumerate(counts.sums):
            for key, sign in ((total, 1.0), *((part, -1.0) for part in sorted(parts, key=key_order))):
                lines.append(line)
                places.append(self.place[key])
                signs.append(sign)
        shape = (len(counts.sums), len(self.keys))
        self.sums: Any = sparse.csr_array((signs, (lines, places)), shape=shape)
        self.by_count: Any = self.sums.tocsc()
        givers: list[set[int]] = [set() for _ in self.keys]
        for row in shown:
            for key in counts.exposed.get(row, ()):
                givers[self.place[key]].add(row)
        self.givers = [tuple(sorted(rows)) for rows in givers]
        self._witnesses: dict[_End, NDArray[np.bool_]] = {}
        self._labels: dict[bytes, NDArray[np.int64]] = {}

    def alone(self, end: _End) -> Vector:
        import numpy as np

        weights = np.zeros(len(self.keys))
        weights[self.place[end.secret.key]] = 1.0
        return weights

    def reach(self, end: _End, hidden: set[int]) -> float:
        """How far the end lies from the truth."""
        return self._solve(end, self._unknown(hidden))[0]

    def cuts(self, ends: Sequence[_End], hidden: set[int]) -> list[_Cut]:
        """A cut for each end that comes too close when these rows are hidden."""
        import numpy as np

        unknown, found = self._unknown(hidden), []
        left = [end for end in ends if not self._witnessed(end, unknown)]
        far_enough = self.reached_together(left, hidden)
        for end in left:
            if end in far_enough:
                continue
            reached, moved, weights = self._solve(end, unknown)
            if reached >= end.distance - EXACT_COUNT:
                self._witnesses[end] = moved
            else:
                found.append(_Cut(end.secret, np.minimum(weights / end.distance, 1.0), 1.0))
        return found

    def reached_together(self, ends: Sequence[_End], hidden: set[int]) -> set[_End]:
        """Ends that lie far enough already in one and the same set of counts: a program for many ends at once.

        Each end counts up to its distance, so that none is stretched at the cost of another. Ends that are not among
        these may still lie far enough; each then gets a program of its own.
        """
        import numpy as np

        unknown = self._unknown(hidden)
        found: set[_End] = set()
        for sign in (1.0, -1.0):
            same = [end for end in ends if end.sign == sign and unknown[self.place[end.secret.key]]]
            if len(same) < 2:
                continue
            moving = np.flatnonzero(unknown)
            at = np.array([self.place[end.secret.key] for end in same])
            aim, down, up = np.zeros(len(self.keys)), self.down.copy(), self.up.copy()
            aim[at] = -sign
            side = up if sign > 0 else down
            side[at] = np.minimum(side[at], [end.distance for end in same])
            solved = self._program(aim, moving, down, up)[0]
            moved = np.zeros(len(self.keys))
            moved[moving] = solved.x
            ties = np.abs(moved) > EXACT_COUNT / 1000
            for end in same:
                if sign * moved[self.place[end.secret.key]] >= end.distance - EXACT_COUNT:
                    found.add(end)
                    self._witnesses[end] = ties
        return found

    def _witnessed(self, end: _End, unknown: NDArray[np.bool_]) -> bool:
        """Whether counts that showed an end to lie far enough before can still move."""
        witness = self._witnesses.get(end)
        return witness is not None and bool((unknown | ~witness).all())

    def _program(
        self, aim: Vector, moving: NDArray[np.int64], down: Vector, up: Vector
    ) -> tuple[Any, NDArray[np.int64]]:
        """The linear program over the counts that move; its solution, and the sums that take part."""
        import numpy as np
        from scipy.optimize import linprog

        part = self.by_count[:, moving]
        lines = np.flatnonzero(np.diff(part.tocsr().indptr))
        sums = {"A_eq": part.tocsr()[lines], "b_eq": np.zeros(len(lines))} if len(lines) else {}
        solve: Any = linprog
        limits = np.column_stack([-down[moving], up[moving]])
        return solve(aim[moving], bounds=limits, method="highs", **sums), lines

    def _unknown(self, hidden: set[int]) -> NDArray[np.bool_]:
        import numpy as np

        return np.array([hidden.issuperset(rows) for rows in self.givers])

    def _solve(self, end: _End, unknown: NDArray[np.bool_]) -> tuple[float, NDArray[np.bool_], Vector]:
        """How far the end lies, which counts move with it, and the weight of each count in the dual sum."""
        import numpy as np

        at = self.place[end.secret.key]
        moving = self._linked(at, unknown)
        weights, moved = np.zeros(len(self.keys)), np.zeros(len(self.keys), dtype=bool)
        if not unknown[at]:
            weights[at] = self.up[at] if end.sign > 0 else self.down[at]
            return 0.0, moved, weights
        aim = np.zeros(len(self.keys))
        aim[at] = -end.sign
        solved, lines = self._program(aim, moving, self.down, self.up)
        prices = np.zeros(self.sums.shape[0])
        if len(lines):
            prices[lines] = solved.eqlin.marginals
        # Maximise sign * z: the reduced cost of a count times how far it can move is its weight.
        reduced = -aim + self.sums.T @ prices
        weights = np.where(reduced > 0, reduced * self.up, -reduced * self.down)
        moved[moving[np.abs(solved.x) > EXACT_COUNT / 1000]] = True
        return -float(solved.fun), moved, np.where(weights > EXACT_COUNT / 1000, weights, 0.0)

    def _linked(self, at: int, unknown: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The counts not told that a chain of sums over counts not told ties to this one."""
        import numpy as np
        from scipy.sparse.csgraph import connected_components

        label = self._labels.get(unknown.tobytes())
        if label is None:
            inside = np.flatnonzero(unknown)
            ties = abs(self.by_count[:, inside])
            label = np.full(len(self.keys), -1)
            label[inside] = connected_components(ties.T @ ties, directed=False)[1]
            self._labels = {unknown.tobytes(): label}
        return np.flatnonzero(label == label[at]) if unknown[at] else np.array([at])


class _Master:
    """The integer program that chooses rows; a count is unknown only when every row that gives it is hidden."""

    def __init__(self, givers: Sequence[tuple[int, ...]], rows: Sequence[int], cost: Mapping[int, float]) -> None:
        import numpy as np

        self.rows, self.givers = list(rows), list(givers)
        column = {row: at for at, row in enumerate(self.rows)}
        # Counts that the same rows give away are unknown together.
        shared = dict.fromkeys(rows_ for rows_ in givers if len(rows_) > 1)
        self.shared = {rows_: len(self.rows) + at for at, rows_ in enumerate(shared)}
        self.size = len(self.rows) + len(self.shared)
        self.column = [
            -1 if not rows_ else column[rows_[0]] if len(rows_) == 1 else self.shared[rows_] for rows_ in givers
        ]
        self.links = [(at, column[row]) for rows_, at in self.shared.items() for row in rows_]
        self.cost = np.array([cost[row] for row in self.rows] + [0.0] * len(self.shared))
        self.cuts: list[_Cut] = []

    def add(self, cut: _Cut) -> None:
        self.cuts.append(cut)

    def solve(self, nodes: int, seconds: float) -> tuple[set[int] | None, float]:
        """The cheapest rows that meet all cuts, None when the bounds were reached; and the bound on their cost."""
        import numpy as np
        from scipy import sparse
        from scipy.optimize import Bounds as Limits
        from scipy.optimize import LinearConstraint, milp

        lines = [self._line(cut) for cut in self.cuts]
        matrix = np.array([line for line, _ in lines]).reshape(len(lines), self.size)
        sides = np.array([side for _, side in lines])
        conditions = [LinearConstraint(sparse.csr_array(matrix), lb=sides)]
        if self.links:
            ties = sparse.lil_array((len(self.links), self.size))
            for at, (count, row) in enumerate(self.links):
                ties[at, count], ties[at, row] = -1.0, 1.0
            conditions.append(LinearConstraint(ties.tocsr(), lb=np.zeros(len(self.links))))
        solved = milp(
            self.cost,
            constraints=conditions,
            bounds=Limits(0.0, 1.0),
            integrality=np.array([1] * len(self.rows) + [0] * len(self.shared)),
            options={"node_limit": nodes, "time_limit": seconds, "mip_rel_gap": 0.0},
        )
        bound = 0.0 if solved.mip_dual_bound is None else float(solved.mip_dual_bound)
        if solved.status != 0:
            return None, bound
        hidden = {row for row, chosen in zip(self.rows, solved.x, strict=False) if chosen > 0.5}
        return hidden, bound or float(solved.fun)

    def needs(self, row: int, hidden: set[int]) -> Secret:
        """The secret of the first cut that would not hold without the row."""
        without = hidden - {row}
        return next((cut.secret for cut in self.cuts if not self.holds(cut, without)), self.cuts[0].secret)

    def holds(self, cut: _Cut, hidden: set[int]) -> bool:
        """Whether enough is unknown for the condition when these rows are hidden."""
        had = math.fsum(cut.weights[at] for at in cut.weights.nonzero()[0] if hidden.issuperset(self.givers[at]))
        return had >= cut.least - EXACT_COUNT

    def cheapest_for(self, cut: _Cut, hidden: set[int], cost: Mapping[int, float]) -> set[int]:
        """Rows to hide besides so that the condition holds: the most weight for the cost first."""
        more: set[int] = set()
        while not self.holds(cut, hidden | more):
            options = []
            for at in cut.weights.nonzero()[0]:
                rows = set(self.givers[at]) - hidden - more
                if rows:
                    options.append((math.fsum(cost[row] for row in rows) / cut.weights[at], sorted(rows)))
            if not options:
                break
            more |= set(min(options)[1])
        return more

    def _line(self, cut: _Cut) -> tuple[Vector, float]:
        import numpy as np

        line, side = np.zeros(self.size), cut.least - EXACT_COUNT
        for at in np.flatnonzero(cut.weights):
            if self.column[at] < 0:
                side -= cut.weights[at]
            else:
                line[self.column[at]] += cut.weights[at]
        return np.minimum(line, max(side, 0.0)), side
