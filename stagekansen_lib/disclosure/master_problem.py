"""The choice of cells to hide that costs least, given what has been found to be told (integer program)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure.intervals import EXACT_COUNT, Secret
from stagekansen_lib.disclosure.work import Work, program_size

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
        self.gives = _counts_by_row(self.rows, givers)
        # Counts that the same rows give away are unknown together.
        together = dict.fromkeys(giving for giving in givers if len(giving) > 1)
        self.shared = {giving: len(self.rows) + at for at, giving in enumerate(together)}
        self.size = len(self.rows) + len(self.shared)
        # Of each count the column of its row, or of its rows together; -1 when no row gives it away.
        of_one: dict[tuple[int, ...], int] = {(row,): at for row, at in column.items()}
        columns: dict[tuple[int, ...], int] = {(): -1, **of_one, **self.shared}
        self.column = np.array([columns[giving] for giving in givers])
        self.links = [(at, column[row]) for giving, at in self.shared.items() for row in giving]
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

    def solve(self, nodes: int, work: Work) -> tuple[set[int] | None, float]:
        """The cheapest rows that meet all cuts, None when the bounds were reached; and the bound on their cost."""
        import numpy as np
        from scipy.optimize import Bounds as Limits
        from scipy.optimize import milp

        conditions = self._conditions()
        size = self.size + sum(program_size(one.A.shape[0], 0, one.A.nnz) for one in conditions)
        solved = milp(
            self.cost,
            constraints=conditions,
            bounds=Limits(0.0, 1.0),
            integrality=np.array([1] * len(self.rows) + [0] * len(self.shared)),
            options={"node_limit": work.branches(size, nodes), "mip_rel_gap": 0.0},
        )
        work.add_branches(size, int(solved.mip_node_count or 0))
        bound = 0.0 if solved.mip_dual_bound is None else float(solved.mip_dual_bound)
        if solved.status != 0:
            return None, bound
        hidden = {row for row, chosen in zip(self.rows, solved.x, strict=False) if chosen > 0.5}
        return hidden, bound or float(solved.fun)

    def _conditions(self) -> list[Any]:
        """The lines of all cuts, and that a shared count is unknown only when each of its rows is hidden."""
        import numpy as np
        from scipy import sparse
        from scipy.optimize import LinearConstraint

        lines = np.repeat(np.arange(len(self._lines)), [len(used) for used, _, _ in self._lines])
        columns, weights = (np.concatenate([one[at] for one in self._lines]) for at in (0, 1))
        matrix = sparse.csr_array((weights, (lines, columns)), shape=(len(self._lines), self.size))
        conditions = [LinearConstraint(matrix, lb=np.array([side for _, _, side in self._lines]))]
        if self.links:
            ties = sparse.lil_array((len(self.links), self.size))
            for at, (count, row) in enumerate(self.links):
                ties[at, count], ties[at, row] = -1.0, 1.0
            conditions.append(LinearConstraint(ties.tocsr(), lb=np.zeros(len(self.links))))
        return conditions

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


def _counts_by_row(rows: Sequence[int], givers: Sequence[tuple[int, ...]]) -> dict[int, list[int]]:
    """The places of the counts that each row gives away."""
    gives: dict[int, list[int]] = {row: [] for row in rows}
    for at, giving in enumerate(givers):
        for row in giving:
            gives[row].append(at)
    return gives
