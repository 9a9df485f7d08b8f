"""The choice of cells to hide that costs least, given what has been found to be told (integer program)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure.intervals import EXACT_COUNT, Secret

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Floats


__all__ = ["Cut", "Master"]


@dataclass(frozen=True)
class Cut:
    """Of these weights, each of the count at its place, 1 at least must belong to counts that nobody is told."""

    secret: Secret
    places: NDArray[np.int64]
    weights: Floats


class Master:
    """The integer program that chooses rows; a count is unknown only when every row that gives it is hidden."""

    def __init__(self, givers: Sequence[tuple[int, ...]], rows: Sequence[int], cost: Mapping[int, float]) -> None:
        import numpy as np

        self.rows, self.givers = list(rows), list(givers)
        column = {row: at for at, row in enumerate(self.rows)}
        self.gives: dict[int, list[int]] = {row: [] for row in self.rows}
        for at, rows_ in enumerate(givers):
            for row in rows_:
                self.gives[row].append(at)
        # Counts that the same rows give away are unknown together.
        shared = dict.fromkeys(rows_ for rows_ in givers if len(rows_) > 1)
        self.shared = {rows_: len(self.rows) + at for at, rows_ in enumerate(shared)}
        self.size = len(self.rows) + len(self.shared)
        self.column = np.array(
            [-1 if not rows_ else column[rows_[0]] if len(rows_) == 1 else self.shared[rows_] for rows_ in givers]
        )
        self.links = [(at, column[row]) for rows_, at in self.shared.items() for row in rows_]
        self.cost = np.array([cost[row] for row in self.rows] + [0.0] * len(self.shared))
        self.cuts: list[Cut] = []
        self._lines: list[tuple[NDArray[np.int64], Floats, float]] = []
        self._weights: Any = None

    def add(self, cut: Cut) -> None:
        """A condition: as it is, and as a line over the rows; what nobody is told anyway is taken off its side."""
        import numpy as np

        self.cuts.append(cut)
        self._weights = None
        columns = self.column[cut.places]
        side = 1.0 - EXACT_COUNT - float(cut.weights[columns < 0].sum())
        used, place = np.unique(columns[columns >= 0], return_inverse=True)
        line = np.bincount(place, cut.weights[columns >= 0], minlength=len(used))
        self._lines.append((used, np.minimum(line, max(side, 0.0)), side))

    def solve(self, nodes: int, seconds: float) -> tuple[set[int] | None, float]:
        """The cheapest rows that meet all cuts, None when the bounds were reached; and the bound on their cost."""
        import numpy as np
        from scipy import sparse
        from scipy.optimize import Bounds as Limits
        from scipy.optimize import LinearConstraint, milp

        lines = np.repeat(np.arange(len(self._lines)), [len(used) for used, _, _ in self._lines])
        columns, weights = (np.concatenate([one[at] for one in self._lines]) for at in (0, 1))
        matrix = sparse.csr_array((weights, (lines, columns)), shape=(len(self._lines), self.size))
        conditions = [LinearConstraint(matrix, lb=np.array([side for _, _, side in self._lines]))]
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

    def needs(self, hidden: set[int]) -> dict[int, Secret]:
        """For each row the secret of the first cut that would not hold without it."""
        return {row: self.cuts[(self._broken(row, hidden) or [0])[0]].secret for row in sorted(hidden)}

    def breaks(self, row: int, hidden: set[int]) -> bool:
        """Whether a cut would no longer hold without the row."""
        return bool(self._broken(row, hidden))

    def _broken(self, row: int, hidden: set[int]) -> list[int]:
        """The cuts for which too little is unknown when all these rows but this one are hidden."""
        import numpy as np
        from scipy import sparse

        if self._weights is None:
            lines = np.repeat(np.arange(len(self.cuts)), [len(cut.places) for cut in self.cuts])
            places, weights = (
                np.concatenate([getattr(cut, name) for cut in self.cuts]) for name in ("places", "weights")
            )
            self._weights = sparse.csc_array((weights, (lines, places)), shape=(len(self.cuts), len(self.givers)))
            self._unknown: dict[frozenset[int], Floats] = {}
        whole = frozenset(hidden)
        if whole not in self._unknown:
            unknown = np.array([whole.issuperset(rows) for rows in self.givers], dtype=float)
            self._unknown = {whole: self._weights @ unknown}
        lost = [at for at in self.gives[row] if whole.issuperset(self.givers[at])]
        left = self._unknown[whole] - self._weights[:, lost].sum(axis=1)
        return list(np.flatnonzero(left < 1.0 - EXACT_COUNT))
