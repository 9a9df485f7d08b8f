"""What whole people leave of the counts behind a release: integer programs over its crosses.

Part of ``attack``. A count is seen to be large enough in a world: a whole number of people in each cell of each cross,
which agrees with everything that is told. One world is looked for over all crosses. Others are found near it: the
crosses around a count change, and all others stay as they are, so that the programs are as small as one cross however
large the release is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stagekansen_lib.attacks.layout import Quantity
from stagekansen_lib.attacks.programs import DONE, IMPOSSIBLE, Conditions, solve
from stagekansen_lib.attacks.solving import EXACT, Crosses

if TYPE_CHECKING:
    from stagekansen_lib.attacks.programs import Places, Vector

__all__ = ["WholePeople"]

# More people than any cell holds.
_MOST = 1e5
# A single count gets this many times the branches of a search for many counts at once: nothing smaller is left to try.
_LAST_TRY = 20
# How much room weighted shares get besides what fractions of people need, in answers.
_MORE_ROOM = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
# A world need not make quite as many counts large as can be; what is left over is for the next.
_GOOD_ENOUGH = 0.05


class WholePeople:
    """Worlds of whole people that agree with all that crosses say; a program looks at ``most_nodes`` branches.

    ``world`` is the last one that was found, at the places of the crosses.
    """

    def __init__(self, crosses: Crosses, most_nodes: int) -> None:
        import numpy as np

        self._crosses, self._most_nodes = crosses, most_nodes
        self._everywhere = np.arange(1, crosses.size)
        self.world: Vector = np.zeros(crosses.size)

    @cached_property
    def room(self) -> float:
        """By how much weighted shares may differ from those of whole people; infinite when no world was found.

        Tried with half an answer more than fractions need, then one, two, four and so on: a world within a given room
        is found far sooner than the one that needs least. The first world that is found becomes the last one.
        """
        for more in _MORE_ROOM:
            self.world[0] = self._crosses.slack + more
            if self._found(self._everywhere, [], 0.0, self._most_nodes) == DONE:
                return float(self.world[0])
        return math.inf

    def reached(self, quantities: Sequence[Quantity], least: float) -> set[Quantity]:
        """Those that are so large in a world that makes many so; found within the branches that are looked at."""
        if not quantities or not math.isfinite(self.room):
            return set()
        return self._made_large(quantities, least, self._everywhere)

    def reached_near(self, quantities: Sequence[Quantity], least: float, steps: int) -> set[Quantity]:
        """Those that are so large in the last world or near it: only crosses around a quantity change, the rest stays.

        Its own cross, with 0 ``steps``; those that share a variable with it too, with 1; and those beside these, with
        2. Each program is small whatever the size of the release. What is not found here may still be reached.
        """
        if not math.isfinite(self.room):
            return set()
        found = self._large_now(quantities, least)
        of_clique: dict[tuple[str, ...], list[Quantity]] = {}
        for one in quantities:
            of_clique.setdefault(self._crosses.clique_of(one), []).append(one)
        for clique, own in of_clique.items():
            left = [one for one in own if one not in found]
            found |= self._made_large_within(left, least, self._around(clique, steps))
        return found

    def can_reach(self, quantity: Quantity, least: float) -> bool | None:
        """Whether any world makes a count so large; None: not found."""
        if not math.isfinite(self.room):
            return None
        status = self._found(self._everywhere, [quantity], least, self._most_nodes * _LAST_TRY)
        return {DONE: True, IMPOSSIBLE: False}.get(status)

    def _around(self, clique: tuple[str, ...], steps: int) -> Places:
        """The cells of a cross, of those that share a variable with it, or with one that does, and so on."""
        import numpy as np

        near = {clique}
        for _ in range(steps):
            names = {name for one in near for name in one}
            near |= {one for one in self._crosses.cliques if names & set(one)}
        return np.concatenate([self._crosses.places_of(one) for one in self._crosses.cliques if one in near])

    def _made_large_within(self, quantities: list[Quantity], least: float, places: Places) -> set[Quantity]:
        """As many as possible in one world, then in the next, and those that are left over each by itself."""
        left, found = quantities, set[Quantity]()
        while left and (now := self._made_large(left, least, places)):
            found |= now
            left = [one for one in left if one not in found]
        for one in left if len(left) > 1 else ():
            found |= self._made_large([one], least, places)
        return found

    def _made_large(self, quantities: Sequence[Quantity], least: float, places: Places) -> set[Quantity]:
        """Those that are large enough in a world that makes many so, where only these cells change."""
        import numpy as np
        from scipy import sparse

        more, cells = len(quantities), len(places)
        # Each counts up to the limit.
        counted = sparse.hstack([-self._sums(quantities, places), sparse.eye_array(more)]).tocsr()
        limit = Conditions(counted, np.full(more, -math.inf), np.zeros(more))
        self._change(
            places,
            solve(
                np.concatenate([np.zeros(cells), -np.ones(more)]),
                self._crosses.conditions.left_to(places, self.world).wider(more).and_these(limit),
                (0.0, np.concatenate([np.full(cells, _MOST), np.full(more, least)])),
                whole=np.repeat([1, 0], [cells, more]),
                nodes=self._most_nodes,
                gap=_GOOD_ENOUGH,
            ),
        )
        return self._large_now(quantities, least)

    def _found(self, places: Places, quantities: Sequence[Quantity], least: float, nodes: int) -> int:
        """How a search ended for a world in which all of these are so large, where only these cells change."""
        import numpy as np

        own = self._crosses.conditions.left_to(places, self.world)
        asked, number, cells = self._sums(quantities, places), len(quantities), len(places)
        both = own.and_these(Conditions(asked, np.full(number, least), np.full(number, math.inf)))
        solved = solve(np.zeros(cells), both, (0.0, _MOST), whole=np.ones(cells, dtype=np.int64), nodes=nodes)
        # A whole solution found before the limit will do.
        return DONE if self._change(places, solved) else int(solved.status)

    def _change(self, places: Places, solved: Any) -> bool:
        """Let what a program found become the last world; whether it found any."""
        import numpy as np

        if solved.x is None:
            return False
        self.world[places] = np.round(solved.x[: len(places)])
        return True

    def _large_now(self, quantities: Sequence[Quantity], least: float) -> set[Quantity]:
        return {one for one in quantities if self.world[self._crosses.places(one)].sum() >= least - EXACT}

    def _sums(self, quantities: Sequence[Quantity], places: Places) -> Any:
        """Each quantity as a sum over some of these cells."""
        import numpy as np
        from scipy import sparse

        own = [self._crosses.places(one) for one in quantities]
        lines = np.repeat(np.arange(len(own)), [len(one) for one in own])
        columns = np.searchsorted(places, np.concatenate([np.zeros(0, dtype=int), *own]))
        return sparse.csr_array((np.ones(len(lines)), (lines, columns)), shape=(len(own), len(places)))
