"""Secondary protection at the least cost, proven: one problem over all linked tables of a call (rule R6).

A master integer program chooses the rows to hide. For each secret count two linear programs give what a reader who
knows every other row exactly can compute; where that is too close, their dual solution is a sum of rows of which
enough must be hidden, and the master gets that as a new condition (a cut). When no attack is left that succeeds, the
choice is safe, and no cheaper one is. All of it, from the first program on, is bounded in seconds; a safe choice that
is less thrifty is made first and stands when the search does not end in time.

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

from stagekansen_lib.disclosure.intervals import (
    EXACT_COUNT,
    Counts,
    Demand,
    Secret,
    key_order,
    rows_that_give,
    sums_as_lines,
)
from stagekansen_lib.disclosure.master_problem import Cut, Master

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

__all__ = ["Bounds", "Suppression", "hide_cheapest"]


# How many rows of the fallback are tried without, each at the price of an attack.
_MOST_SHOWN_AGAIN = 60

# The fallback asks for ends one by one, but for more than this many programs it takes several ends together.
_MOST_WORLDS = 60

# After so many programs the fallback looks which ends have become safe by themselves.
_WORLDS_A_TURN = 20

# New conditions in one round of the search: many ends ask for the same rows, so some at a time say as much.
_MOST_CUTS = 40

# Parts of the time: for the search, then for a last bound on the cost; what remains is for rows to be shown again.
_SEARCH, _LAST_BOUND = 0.8, 0.1


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
    means that the bounds of the search were reached and the fallback chose, "everything" that the time did not even
    suffice for that, so that all rows are hidden that sums tie to a secret. ``unprotected`` are secrets that stay too
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
    """The cheapest rows to hide so that no secret can be computed too closely; the fallback's choice past the bounds.

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
    began = time.monotonic()
    attacks = _Attacks(counts, shown)
    attacks.deadline = began + bounds.seconds
    try:
        open_ends, unprotected = _open_ends(attacks, secrets, demand)
        if not open_ends:
            return Suppression(unprotected=unprotected)
        chosen = _safe_choice(attacks, open_ends, cost)
    except _OutOfTimeError:
        linked = attacks.linked_rows(secrets)
        return Suppression(linked, math.fsum(cost[row] for row in linked), method="everything")
    attacks.deadline = began + _SEARCH * bounds.seconds
    search = _Search(attacks, open_ends, Master(attacks.givers, sorted(shown), cost))
    found = search.proven(bounds, tell)
    if found is not None:
        total = math.fsum(cost[row] for row in found)
        return Suppression(search.master.needs(found), total, total, "optimal", search.rounds, unprotected)
    least = search.least_with_the_last_cuts(bounds)
    attacks.deadline = began + bounds.seconds
    hidden = {row: chosen[row] for row in sorted(_shown_again(attacks, search.master, open_ends, set(chosen), cost))}
    total = math.fsum(cost[row] for row in hidden)
    return Suppression(hidden, total, min(least, total), "greedy", search.rounds, unprotected)


@dataclass
class _Search:
    """The rounds of the search: the cheapest choice so far, the attacks that it does not withstand, and once more."""

    attacks: _Attacks
    ends: Sequence[_End]
    master: Master
    least: float = 0.0
    rounds: int = 0
    solved: int = 0

    def proven(self, bounds: Bounds, tell: Callable[[int], None]) -> set[int] | None:
        """The cheapest safe rows; None when the bounds were reached before they were found."""
        for end in self.ends:
            # Whatever else is hidden, a count that a row gives away is known.
            self.master.add(self.attacks.alone(end))
        try:
            for self.rounds in range(1, bounds.rounds + 1):
                tell(self.rounds)
                self.solved = len(self.master.cuts)
                found, bound = self.master.solve(bounds.nodes, self.attacks.seconds_left())
                self.least = max(self.least, bound)
                cuts = self.attacks.cuts(self.ends, found, _MOST_CUTS) if found is not None else []
                if not cuts:
                    return found
                for cut in cuts:
                    self.master.add(cut)
        except _OutOfTimeError:
            pass
        return None

    def least_with_the_last_cuts(self, bounds: Bounds) -> float:
        """What any safe choice costs at the least, also by the cuts that no round has used yet."""
        if len(self.master.cuts) == self.solved:
            return self.least
        return max(self.least, self.master.solve(bounds.nodes, _LAST_BOUND * bounds.seconds)[1])


def _safe_choice(attacks: _Attacks, ends: Sequence[_End], cost: Mapping[int, float]) -> dict[int, Secret]:
    """Rows after which no attack succeeds, without a proof that they are the cheapest: the fallback.

    For each end, a world is looked for in which it lies far enough and which differs from the truth in the rows that
    cost least to hide; those rows are hidden. What is hidden for one end costs the next nothing. In a large problem one
    program looks for a world for several ends, of which some go up and others down; ends that cannot share a world are
    divided. With all rows hidden each distance can be had (``_open_ends``), so this ends, and ends safe.
    """
    hidden: dict[int, Secret] = {}
    settled: set[_End] = set()
    while left := [end for end in attacks.left(ends, set(hidden)) if end not in settled]:
        waiting = _together(left)
        while waiting:
            together = attacks.left(waiting.pop(), set(hidden), quick=True)
            moved = attacks.cheapest_world(together, set(hidden), cost) if together else set()
            if moved is None and len(together) > 1:
                half = len(together) // 2
                waiting += [together[half:], together[:half]]
                continue
            settled.update(together)
            if moved is None:
                hidden |= attacks.linked_rows([together[0].secret])
            else:
                hidden |= {row: attacks.nearest(row, together) for row in moved}
    return hidden


def _together(left: Sequence[_End]) -> list[list[_End]]:
    """Ends that are to share a world, as many as one turn looks at; the last is taken first."""
    # Neighbours in a table make room for each other when one goes up and the next down.
    mixed = [end for turn in (0, 1) for at, end in enumerate(left) if (at % 2 == turn) == (end.sign > 0)]
    size = -(-len(mixed) // _MOST_WORLDS)
    return [mixed[at : at + size] for at in range(0, size * _WORLDS_A_TURN, size)][::-1]


def _shown_again(
    attacks: _Attacks, master: Master, ends: Sequence[_End], hidden: set[int], cost: Mapping[int, float]
) -> set[int]:
    """The rows of the fallback without those that prove not to be needed, the dearest tried first, as time allows."""
    try:
        for row in sorted(hidden, key=lambda one: (-cost[one], one))[:_MOST_SHOWN_AGAIN]:
            if not master.breaks(row, hidden) and not attacks.cuts(ends, hidden - {row}, 1):
                hidden = hidden - {row}
    except _OutOfTimeError:
        pass
    return hidden


class _OutOfTimeError(Exception):
    """The seconds of the search are over."""


@dataclass(frozen=True)
class _End:
    """One end of the interval of a secret: how far from the true value it must lie, upward or downward."""

    secret: Secret
    sign: float
    distance: float


def _open_ends(attacks: _Attacks, secrets: Sequence[Secret], demand: Demand) -> tuple[list[_End], tuple[Secret, ...]]:
    """What must hold, each count once; a distance that cannot be had even with all rows hidden is shortened to that."""
    wanted = [
        _End(secret, sign, distance)
        for secret in {one.key: one for one in reversed(secrets)}.values()
        for sign, distance in secret.ends
        or ((1.0, demand.upper - secret.value), (-1.0, secret.value - demand.lowest(secret.value)))
        if distance > EXACT_COUNT
    ]
    ends, unprotected = [], []
    short = set(attacks.left(wanted, attacks.rows))
    for end in wanted:
        reached = attacks.reach(end, attacks.rows) if end in short else end.distance
        if reached < end.distance - EXACT_COUNT:
            unprotected.append(end.secret)
        if reached > EXACT_COUNT:
            ends.append(_End(end.secret, end.sign, min(end.distance, reached)))
    return ends, tuple(dict.fromkeys(unprotected))


class _Attacks:
    """The linear programs of the reader: how far a count may lie from the truth, given which rows are hidden.

    No program is begun after ``deadline``, or goes on after it.
    """

    deadline = math.inf

    def __init__(self, counts: Counts, shown: set[int]) -> None:
        import numpy as np

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
        self.sums: Any = sums_as_lines(counts, self.place)
        self.by_count: Any = self.sums.tocsc()
        self.givers = rows_that_give(counts, shown, self.place)
        # A mixture that no row tells has no limits of its own: a price on it is rounding.
        self.free = np.array([key in counts.mixtures and not self.givers[at] for at, key in enumerate(self.keys)])
        self.answers = {row: {part for key in keys for part in key} for row, keys in counts.exposed.items()}
        self._witnesses: dict[_End, NDArray[np.bool_]] = {}
        self._labels: dict[bytes, NDArray[np.int64]] = {}

    def seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise _OutOfTimeError
        return left

    def alone(self, end: _End) -> Cut:
        """The condition that the count of the end itself is not told."""
        import numpy as np

        return Cut(end.secret, np.array([self.place[end.secret.key]]), np.ones(1))

    def reach(self, end: _End, hidden: set[int]) -> float:
        """How far the end lies from the truth."""
        return self._solve(end, self._unknown(hidden))[0]

    def left(self, ends: Sequence[_End], hidden: set[int], *, quick: bool = False) -> list[_End]:
        """The ends that are not seen to lie far enough, in worlds found before or in some for many ends at once."""
        unknown = self._unknown(hidden)
        left = [end for end in ends if not self._witnessed(end, unknown)]
        found = {end for end in left if not quick}
        while found and left:
            found = self.reached_together(left, hidden)
            left = [end for end in left if end not in found]
        return left

    def cuts(self, ends: Sequence[_End], hidden: set[int], most: int) -> list[Cut]:
        """Cuts for ends that come too close when these rows are hidden, ``most`` at most; none: no attack succeeds."""
        import numpy as np

        unknown, found = self._unknown(hidden), list[Cut]()
        for end in self.left(ends, hidden):
            if found and time.monotonic() > self.deadline:
                break
            reached, moved, weights = self._solve(end, unknown)
            if reached >= end.distance - EXACT_COUNT:
                self._witnesses[end] = moved
            else:
                places = np.flatnonzero(weights)
                found.append(Cut(end.secret, places, np.minimum(weights[places] / end.distance, 1.0)))
                if len(found) == most:
                    break
        return found

    def cheapest_world(self, ends: Sequence[_End], hidden: set[int], cost: Mapping[int, float]) -> set[int] | None:
        """The rows to hide besides for a world in which all these ends lie far enough, near the least that they cost.

        None when no world has them all. Each count costs what its rows that are still shown cost, for each person that
        it moves: linear, so that one program finds it.
        """
        import numpy as np
        from scipy import sparse

        price = np.array([math.fsum(cost[row] for row in rows if row not in hidden) for rows in self.givers])
        both = sparse.hstack([self.sums, -self.sums]).tocsr()
        solved = self._optimum(np.concatenate([price, price]), self._limits_for(ends), both)
        if solved is None:
            return None
        moved = np.abs(solved.x[: len(self.keys)] - solved.x[len(self.keys) :]) > EXACT_COUNT / 10
        for end in ends:
            self._witnesses[end] = moved
        return {row for at in np.flatnonzero(moved) for row in self.givers[at]} - hidden

    def _limits_for(self, ends: Sequence[_End]) -> NDArray[np.float64]:
        """How far each count may go up and, after those, down, in a world in which these ends lie far enough."""
        import numpy as np

        up, down, least = self.up.copy(), self.down.copy(), np.zeros(2 * len(self.keys))
        for end in ends:
            at = self.place[end.secret.key]
            least[at if end.sign > 0 else len(self.keys) + at] = end.distance - EXACT_COUNT / 2
            (down if end.sign > 0 else up)[at] = 0.0
        # Room for what is asked, also where rounding left a hair less.
        return np.column_stack([least, np.maximum(np.concatenate([up, down]), least)])

    def nearest(self, row: int, ends: Sequence[_End]) -> Secret:
        """The secret for which a row was hidden: of these, the one that shares most of its answers."""
        return max(ends, key=lambda end: len(end.secret.key & self.answers[row])).secret

    def linked_rows(self, secrets: Sequence[Secret]) -> dict[int, Secret]:
        """All rows whose counts are tied to a secret by sums when nothing is told, with the first such secret."""
        import numpy as np

        found: dict[int, Secret] = {}
        everything = np.ones(len(self.keys), dtype=bool)
        for secret in secrets:
            for at in self._linked(self.place[secret.key], everything):
                for row in self.givers[at]:
                    found.setdefault(row, secret)
        return dict(sorted(found.items()))

    def reached_together(self, ends: Sequence[_End], hidden: set[int]) -> set[_End]:
        """Ends that lie far enough already in one and the same set of counts: a program for many ends at once.

        Each end counts up to its distance, so that none is stretched at the cost of another. Ends that are not among
        these may still lie far enough; each then gets a program of its own.
        """
        unknown = self._unknown(hidden)
        found: set[_End] = set()
        for sign in (1.0, -1.0):
            same = [end for end in ends if end.sign == sign and unknown[self.place[end.secret.key]]]
            if len(same) > 1:
                found |= self._reached_to_one_side(same, sign, unknown)
        return found

    def _reached_to_one_side(self, ends: Sequence[_End], sign: float, unknown: NDArray[np.bool_]) -> set[_End]:
        import numpy as np

        moving = np.flatnonzero(unknown)
        at = np.array([self.place[end.secret.key] for end in ends])
        aim, down, up = np.zeros(len(self.keys)), self.down.copy(), self.up.copy()
        aim[at] = -sign
        side = up if sign > 0 else down
        side[at] = np.minimum(side[at], [end.distance for end in ends])
        moved = np.zeros(len(self.keys))
        moved[moving] = self._program(aim, moving, down, up)[0].x
        far = {end for end in ends if sign * moved[self.place[end.secret.key]] >= end.distance - EXACT_COUNT}
        self._witnesses |= dict.fromkeys(far, np.abs(moved) > EXACT_COUNT / 1000)
        return far

    def _witnessed(self, end: _End, unknown: NDArray[np.bool_]) -> bool:
        """Whether counts that showed an end to lie far enough before can still move."""
        witness = self._witnesses.get(end)
        return witness is not None and bool((unknown | ~witness).all())

    def _program(
        self, aim: Vector, moving: NDArray[np.int64], down: Vector, up: Vector
    ) -> tuple[Any, NDArray[np.int64]]:
        """The linear program over the counts that move; its solution, and the sums that take part."""
        import numpy as np

        part = self.by_count[:, moving].tocsr()
        lines = np.flatnonzero(np.diff(part.indptr))
        return self._optimum(aim[moving], np.column_stack([-down[moving], up[moving]]), part[lines]), lines

    def _optimum(self, aim: Vector, limits: Vector, sums: Any) -> Any:
        """The solution of a linear program whose sums are zero; None when there is none."""
        import numpy as np
        from scipy.optimize import linprog

        solve: Any = linprog
        equal = {"A_eq": sums, "b_eq": np.zeros(sums.shape[0])} if sums.shape[0] else {}
        solved = solve(aim, bounds=limits, method="highs", options={"time_limit": self.seconds_left()}, **equal)
        if solved.status not in (0, 2):
            # Out of time, or lost in rounding: nothing is known, so nothing may rest on it.
            raise _OutOfTimeError
        return solved if solved.status == 0 else None

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
        weights = np.where(self.free, 0.0, np.where(reduced > 0, reduced * self.up, -reduced * self.down))
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
