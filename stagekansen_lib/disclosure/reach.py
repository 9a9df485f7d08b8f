"""What a reader can compute of secret counts when some rows are hidden: linear programs, and what they say of rows.

Of each program the dual solution is a sum of rows of which enough must be hidden: a cut for the search in ``optimal``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure.intervals import (
    EXACT_COUNT,
    Counts,
    Secret,
    key_order,
    rows_that_give,
    sums_as_lines,
)
from stagekansen_lib.disclosure.master_problem import Cut
from stagekansen_lib.disclosure.work import OutOfWorkError, Work, program_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

__all__ = ["Attacks", "End"]


@dataclass(frozen=True)
class End:
    """One end of the interval of a secret: how far from the true value it must lie, upward or downward."""

    secret: Secret
    sign: float
    distance: float


class Attacks:
    """The linear programs of the reader: how far a count may lie from the truth, given which rows are hidden.

    No program is begun when the ``work`` is done, or goes on after that.
    """

    def __init__(self, counts: Counts, shown: set[int], work: Work) -> None:
        import numpy as np

        self.work = work
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
        self._witnesses: dict[End, NDArray[np.bool_]] = {}
        self._labels: dict[bytes, NDArray[np.int64]] = {}

    def alone(self, end: End) -> Cut:
        """The condition that the count of the end itself is not told."""
        import numpy as np

        return Cut(end.secret, np.array([self.place[end.secret.key]]), np.ones(1))

    def reach(self, end: End, hidden: set[int]) -> float:
        """How far the end lies from the truth."""
        return self._solve(end, self._unknown(hidden))[0]

    def left(self, ends: Sequence[End], hidden: set[int], *, quick: bool = False) -> list[End]:
        """The ends that are not seen to lie far enough, in worlds found before or in some for many ends at once."""
        unknown = self._unknown(hidden)
        left = [end for end in ends if not self._witnessed(end, unknown)]
        found = {end for end in left if not quick}
        while found and left:
            found = self.reached_together(left, hidden)
            left = [end for end in left if end not in found]
        return left

    def cuts(self, ends: Sequence[End], hidden: set[int], most: int) -> list[Cut]:
        """Cuts for ends that come too close when these rows are hidden, ``most`` at most; none: no attack succeeds."""
        import numpy as np

        unknown, found = self._unknown(hidden), list[Cut]()
        for end in self.left(ends, hidden):
            if found and self.work.over():
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

    def in_one_sum(self, end: End) -> Iterator[Cut]:
        """What each sum with this count in it says by itself: the others in it must be able to move as far."""
        import numpy as np

        own = self.place[end.secret.key]
        column = slice(self.by_count.indptr[own], self.by_count.indptr[own + 1])
        for line, factor in zip(self.by_count.indices[column], self.by_count.data[column], strict=True):
            part = slice(self.sums.indptr[line], self.sums.indptr[line + 1])
            places, factors = self.sums.indices[part], self.sums.data[part]
            others = places != own
            places, ways = places[others], -end.sign * factors[others] / factor
            room = np.abs(ways) * np.where(ways > 0, self.up[places], self.down[places])
            used = room > EXACT_COUNT
            yield Cut(end.secret, places[used], np.minimum(room[used] / end.distance, 1.0))

    def cheapest_world(self, ends: Sequence[End], hidden: set[int], cost: Mapping[int, float]) -> set[int] | None:
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

    def _limits_for(self, ends: Sequence[End]) -> NDArray[np.float64]:
        """How far each count may go up and, after those, down, in a world in which these ends lie far enough."""
        import numpy as np

        up, down, least = self.up.copy(), self.down.copy(), np.zeros(2 * len(self.keys))
        for end in ends:
            at = self.place[end.secret.key]
            least[at if end.sign > 0 else len(self.keys) + at] = end.distance - EXACT_COUNT / 2
            (down if end.sign > 0 else up)[at] = 0.0
        # Room for what is asked, also where rounding left a hair less.
        return np.column_stack([least, np.maximum(np.concatenate([up, down]), least)])

    def nearest(self, row: int, ends: Sequence[End]) -> Secret:
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

    def reached_together(self, ends: Sequence[End], hidden: set[int]) -> set[End]:
        """Ends that lie far enough already in one and the same set of counts: a program for many ends at once.

        Each end counts up to its distance, so that none is stretched at the cost of another. Ends that are not among
        these may still lie far enough; each then gets a program of its own.
        """
        unknown = self._unknown(hidden)
        found: set[End] = set()
        for sign in (1.0, -1.0):
            same = [end for end in ends if end.sign == sign and unknown[self.place[end.secret.key]]]
            if len(same) > 1:
                found |= self._reached_to_one_side(same, sign, unknown)
        return found

    def _reached_to_one_side(self, ends: Sequence[End], sign: float, unknown: NDArray[np.bool_]) -> set[End]:
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

    def _witnessed(self, end: End, unknown: NDArray[np.bool_]) -> bool:
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
        size = program_size(sums.shape[0], sums.shape[1], sums.nnz)
        solved = solve(aim, bounds=limits, method="highs", options={"maxiter": self.work.turns(size)}, **equal)
        self.work.add_turns(size, int(solved.nit))
        if solved.status not in (0, 2):
            # Out of work, or lost in rounding: nothing is known, so nothing may rest on it.
            raise OutOfWorkError
        return solved if solved.status == 0 else None

    def _unknown(self, hidden: set[int]) -> NDArray[np.bool_]:
        import numpy as np

        return np.array([hidden.issuperset(rows) for rows in self.givers])

    def _solve(self, end: End, unknown: NDArray[np.bool_]) -> tuple[float, NDArray[np.bool_], Vector]:
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
