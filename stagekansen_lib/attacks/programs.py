"""Linear and integer programs over numbers of people, and the conditions that they must meet.

Part of ``attack``. Solved by HiGHS: Huangfu and Hall (2018), Parallelizing the dual revised simplex method,
Mathematical Programming Computation 10, 119-142, doi:10.1007/s12532-017-0130-5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float64]
    Places: TypeAlias = NDArray[np.int64]

__all__ = ["DONE", "IMPOSSIBLE", "Conditions", "conditions_of", "solve"]

# How a program can end; anything else tells nothing.
DONE, IMPOSSIBLE = 0, 2


@dataclass(frozen=True)
class Conditions:
    """Sums of numbers of people, one a line of the matrix, each of which lies between two ends."""

    matrix: Any
    low: Vector
    high: Vector

    def and_these(self, more: Conditions) -> Conditions:
        import numpy as np
        from scipy import sparse

        ends = (np.concatenate(pair) for pair in ((self.low, more.low), (self.high, more.high)))
        return Conditions(sparse.vstack([self.matrix, more.matrix]).tocsr(), *ends)

    def wider(self, columns: int) -> Conditions:
        """The same over so many unknowns more, of which they say nothing."""
        from scipy import sparse

        more = sparse.csr_array((len(self.low), columns))
        return Conditions(sparse.hstack([self.matrix, more]).tocsr(), self.low, self.high)

    def left_to(self, places: Places, world: Vector) -> Conditions:
        """What they ask of some unknowns when all others are as in a world."""
        import numpy as np

        own = self.matrix[:, places]
        lines = np.flatnonzero(np.diff(own.indptr) > 0)
        own = own[lines]
        others = self.matrix[lines] @ world - own @ world[places]
        return Conditions(own, self.low[lines] - others, self.high[lines] - others)


def conditions_of(lines: Sequence[tuple[Mapping[int, float], float, float]], size: int, more: float) -> Conditions:
    """Lines of factors at their places, with their ends: each once, and between two ends with so much room more."""
    import numpy as np
    from scipy import sparse

    once = dict.fromkeys((tuple(line.items()), low, high) for line, low, high in lines)
    entries = [(at, place, factor) for at, (line, _, _) in enumerate(once) for place, factor in line]
    rows, places, factors = zip(*entries, strict=True) if entries else ((), (), ())
    # What is told exactly is a sum of whole people, without rounding.
    ends = [(low, high) if low == high else (low - more, high + more) for _, low, high in once]
    low, high = np.array(ends).reshape(-1, 2).T
    return Conditions(sparse.csr_array((factors, (rows, places)), shape=(len(once), size)), low, high)


def solve(
    aim: Vector,
    conditions: Conditions,
    limits: tuple[Any, Any],
    *,
    whole: NDArray[np.int64] | None = None,
    nodes: int | None = None,
    gap: float = 0.0,
) -> Any:
    """The smallest value of an aim, as scipy tells it; ``whole`` is 1 at unknowns that must be whole numbers."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    options: Any = {} if nodes is None else {"node_limit": nodes, "mip_rel_gap": gap}
    between = LinearConstraint(conditions.matrix, conditions.low, conditions.high)
    return milp(aim, constraints=[between], bounds=Bounds(*limits), integrality=whole, options=options)
