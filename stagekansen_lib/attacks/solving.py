"""What can be computed from the figures of releases: linear and integer bounds on the counts behind them.

Part of ``attack``. The unknowns are the numbers of people in each cell of the cross of all answers. A full cross of
eight variables is too large, and need not be written down: tables of two or three variables tie only those variables
together. So the variables are grouped as the tables tie them (a triangulated graph); each group gets its own cross,
and crosses that share variables must agree on them. For such graphs that says exactly as much as the full cross.

Variables that are made from the same questions stand in the crosses as one: the ways in which a person can answer those
questions, by rules that everyone can read in the questionnaire.

Source: Lauritzen (1996), Graphical Models, chapter 4 (decomposable models); Dobra and Fienberg (2000), Bounds for
cell entries in contingency tables given marginal totals and decomposable graphs, PNAS 97(22), 11885-11892.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stagekansen_lib.attacks.beside import Condition
from stagekansen_lib.attacks.evidence import MISSING, Evidence, FigureRow, FigureTable
from stagekansen_lib.attacks.layout import (
    Asked,
    Known,
    Mixture,
    Quantity,
    answers_in,
    answers_together,
    cliques_of,
    counts_in,
    nestings_of,
    number_of,
    parts_of,
    upper_limits,
)
from stagekansen_lib.surveys.codebooks import Codebook

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

__all__ = ["EXACT", "Crosses", "SearchEndedError"]

EXACT = 1e-6
_FAR = 1e6
# More people than any cell holds.
_MOST = 1e5
# A single count gets this many times the branches of a search for many counts at once: nothing smaller is left to try.
_LAST_TRY = 20


class SearchEndedError(Exception):
    """A program ended without an answer, so nothing is known about what it was asked."""


class Crosses:
    """All that one or more releases of a survey say about its counts, as conditions on small crosses of answers.

    A cross of more than ``most_cells`` cells is not written down; ``too_large`` names its variables and cells. An
    integer program looks at ``most_nodes`` branches. ``beside`` are conditions from what is no table.
    """

    def __init__(
        self,
        releases: Sequence[tuple[Evidence, Mapping[FigureRow, Known]]],
        *,
        most_cells: int,
        most_nodes: int,
        made_from: Codebook | None = None,
        beside: Sequence[Condition] = (),
    ) -> None:
        self._most_nodes = most_nodes
        self.answers: dict[str, tuple[str, ...]] = {}
        self.nestings = nestings_of([evidence for evidence, _ in releases], made_from)
        self._listed: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        self.cliques = cliques_of(self._tied([evidence for evidence, _ in releases]))
        sizes = {clique: self._cells(clique) for clique in self.cliques}
        self.too_large = {clique: cells for clique, cells in sizes.items() if cells > most_cells}
        self._start: dict[tuple[str, ...], int] = {}
        self.size = 1  # place 0 is the slack: by how much weighted shares may differ from those of the answers
        for clique in self.cliques:
            self._start[clique] = self.size
            self.size += self._cells(clique)
        self._lines: list[tuple[dict[int, float], float, float]] = []
        self.contradicted = False
        self._found: dict[frozenset[tuple[Quantity, float]], tuple[float, float]] = {}
        self._whole_slack: float | None = None
        self._world: Vector | None = None
        self._made: tuple[Any, Vector] | None = None
        if not self.too_large:
            self._agree()
            for evidence, known in releases:
                self._learn(evidence, known)
            for parts, ends, slack in beside:
                self._add(parts, ends, slack)
            self.slack = self._least_slack()

    def _tied(self, releases: Sequence[Evidence]) -> dict[str, set[str]]:
        """The variables that stand with each in a row of a table; learns the answers of all on the way."""
        tied: dict[str, set[str]] = {}
        for evidence in releases:
            for table, row in evidence.rows():
                names = {self.variable(evidence, table, row): None, **dict.fromkeys(table.by)}
                for name in names:
                    self._learn_answers(evidence, table, name)
                    tied.setdefault(name, set()).update(names.keys() - {name})
        for nesting in self.nestings:
            inside = [name for name in nesting.units if name in tied]
            for name in inside:
                tied[name].update(one for one in inside if one != name)
        return tied

    def base(self, evidence: Evidence, table: FigureTable, row: FigureRow) -> Quantity:
        """The people of a group who answered the question."""
        name = self.variable(evidence, table, row)
        told = frozenset(answer for answer in self.answers[name] if answer != MISSING)
        return frozenset({(name, told), *((by, frozenset({answer})) for by, answer in row.group)})

    def count(self, evidence: Evidence, table: FigureTable, row: FigureRow, *, other: bool = False) -> Quantity:
        """Those of them who gave the answer of the row, or with ``other`` those who gave another."""
        name = self.variable(evidence, table, row)
        gave = "1" if evidence.is_multiple(table.of) else row.code
        told = frozenset(one for one in self.answers[name] if one != MISSING and (one == gave) != other)
        return frozenset({(name, told), *((by, frozenset({answer})) for by, answer in row.group)})

    def by_questions(self, quantity: Quantity) -> frozenset[tuple[str, frozenset[Any]]]:
        """The same people, known by the ways to answer the questions that variables are made from: one name each."""
        found: dict[str, frozenset[Any]] = {}
        for name, given in quantity:
            at = next((at for at, one in enumerate(self.nestings) if name in one.units), None)
            if at is None:
                found[name] = given
            else:
                ways = self.nestings[at].where(name, *given) if given else frozenset[int]()
                found[f"questions {at}"] = found.get(f"questions {at}", ways) & ways
        return frozenset(found.items())

    def bounds(self, parts: Mapping[Quantity, float]) -> tuple[float, float]:
        """The lowest and highest value of a sum of quantities, each times its number, that agree with everything."""
        asked = frozenset(parts.items())
        if asked not in self._found:
            self._found[asked] = self._solve(parts)
        return self._found[asked]

    def _solve(self, parts: Mapping[Quantity, float]) -> tuple[float, float]:
        from scipy.optimize import linprog

        if self.contradicted:
            return -math.inf, math.inf
        aim = self._vector(parts)
        matrix, sides = self._conditions()
        solve: Any = linprog
        limits = [(self.slack, self.slack), *[(0.0, _FAR)] * (self.size - 1)]
        ends = []
        for sign in (1.0, -1.0):
            solved = solve(sign * aim, A_ub=matrix, b_ub=sides, bounds=limits, method="highs")
            if solved.status != 0:
                raise SearchEndedError(f"a linear program ended without an answer ({solved.message})")
            ends.append(sign * float(solved.fun))
        return ends[0], ends[1] if ends[1] < _FAR - 1 else math.inf

    def allows(self, beside: Sequence[Condition]) -> bool:
        """Whether any fractions of people agree with everything and with these conditions besides."""
        import numpy as np
        from scipy import sparse
        from scipy.optimize import linprog

        if self.contradicted or self.too_large:
            return True
        matrix, sides = self._conditions()
        lines = [(self._line(parts, slack), *ends) for parts, ends, slack in beside]
        more, ends = upper_limits(lines, self.size, EXACT / 10)
        limits = [(self.slack, self.slack), *[(0.0, _FAR)] * (self.size - 1)]
        both, tops = sparse.vstack([matrix, more]).tocsr(), np.concatenate([sides, ends])
        solve: Any = linprog
        # Only what is seen to be impossible is not allowed.
        return bool(solve(np.zeros(self.size), A_ub=both, b_ub=tops, bounds=limits, method="highs").status != 2)

    def reached(self, quantities: Sequence[Asked], least: float) -> set[Asked]:
        """Those that are so large, by fractions of people, in one world that agrees with everything.

        A program for many at once; those that are not among these need one of their own.
        """
        import numpy as np
        from scipy import sparse
        from scipy.optimize import linprog

        if self.contradicted or len(quantities) < 2:
            return set()
        wanted, matrix, sides, aim = self._together(quantities)
        limits = [(self.slack, self.slack), *[(0.0, _FAR)] * (self.size - 1), *[(0.0, least)] * len(quantities)]
        solve: Any = linprog
        solved = solve(aim, A_ub=sparse.csr_array(matrix), b_ub=sides, bounds=limits, method="highs")
        if solved.status != 0:
            return set()
        values = wanted @ np.asarray(solved.x)[: self.size]
        return {one for one, value in zip(quantities, values, strict=True) if value >= least - EXACT}

    def reached_whole(self, quantities: Sequence[Quantity], least: float) -> set[Quantity]:
        """As ``reached``, by whole people; found within the branches that are looked at."""
        most = self._whole_room()
        return self._made_large(quantities, least, most) if math.isfinite(most) else set()

    def reached_near(self, quantities: Sequence[Quantity], least: float) -> set[Quantity]:
        """Those that a world near the last one makes so large: only crosses around a quantity change, the rest stays.

        Each program is small whatever the size of the release. What is not found here may still be reached.
        """
        found: set[Quantity] = set()
        if not math.isfinite(self._whole_room()) or self._world is None:
            return found
        of_clique: dict[tuple[str, ...], list[Quantity]] = {}
        for one in quantities:
            of_clique.setdefault(self._clique(one), []).append(one)
        for steps in (1, 2):
            for clique, own in of_clique.items():
                left = [one for one in own if one not in found]
                found |= self._made_large_nearby(left, least, self._around(clique, steps))
        return found

    def _made_large_nearby(
        self, quantities: list[Quantity], least: float, free: Sequence[tuple[str, ...]]
    ) -> set[Quantity]:
        """As many as possible in one world, then in the next, and those that are left over each by itself."""
        room, left, found = self._whole_room(), quantities, set[Quantity]()
        while left and (now := self._made_large(left, least, room, free)):
            found |= now
            left = [one for one in left if one not in found]
        for one in left if len(left) > 1 else ():
            found |= self._made_large([one], least, room, free)
        return found

    def _around(self, clique: tuple[str, ...], steps: int) -> list[tuple[str, ...]]:
        """The crosses that share a variable with this one, or with one that does, and so on."""
        near = {clique}
        for _ in range(steps):
            names = {name for one in near for name in one}
            near |= {one for one in self.cliques if names & set(one)}
        return [one for one in self.cliques if one in near]

    def _made_large(
        self, quantities: Sequence[Quantity], least: float, room: float, free: Sequence[tuple[str, ...]] | None = None
    ) -> set[Quantity]:
        """Quantities that are large enough in a world of whole people that makes many so, which becomes the last one.

        With ``free`` only these crosses change.
        """
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp

        wanted, matrix, sides, aim = self._together(quantities)
        width = self.size + len(quantities)
        low, high = np.zeros(width), np.full(width, _MOST)
        low[0], high[0], high[self.size :] = self.slack, room, least
        whole = np.ones(width, dtype=int)
        whole[0] = whole[self.size :] = 0
        places, lines = np.arange(width), np.arange(matrix.shape[0])
        if free is not None and self._world is not None:
            kept = np.zeros(width, dtype=bool)
            kept[0] = kept[self.size :] = True
            for clique in free:
                kept[self._start[clique] : self._start[clique] + self._cells(clique)] = True
            places = np.flatnonzero(kept)
            fixed = np.where(kept, 0.0, np.concatenate([self._world, np.zeros(len(quantities))]))
            sides, matrix = sides - matrix @ fixed, matrix[:, places]
            lines = np.flatnonzero(np.diff(matrix.indptr) > 0)
        options: Any = {"node_limit": self._most_nodes, "mip_rel_gap": 0.05}
        solved = milp(
            aim[places],
            constraints=[LinearConstraint(matrix[lines], ub=sides[lines])],
            bounds=Bounds(low[places], high[places]),
            integrality=whole[places],
            options=options,
        )
        if solved.x is None:
            return set()
        world = np.zeros(width) if len(places) == width or self._world is None else fixed
        world[places] = solved.x
        self._world = np.concatenate([world[:1], np.round(world[1 : self.size])])
        values = wanted @ self._world
        return {one for one, value in zip(quantities, values, strict=True) if value >= least - EXACT}

    def _together(self, quantities: Sequence[Quantity] | Sequence[Mixture]) -> tuple[Any, Any, Vector, Vector]:
        """The quantities, all conditions and the aim of making each large, where each counts up to a limit."""
        import numpy as np
        from scipy import sparse

        matrix, sides = self._conditions()
        wanted = sparse.csr_array(np.array([self._vector(parts_of(one)) for one in quantities]))
        extra = sparse.hstack([-wanted, sparse.eye_array(len(quantities))])
        wide = sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], len(quantities)))])
        aim = np.concatenate([np.zeros(self.size), -np.ones(len(quantities))])
        return wanted, sparse.vstack([wide, extra]).tocsr(), np.concatenate([sides, np.zeros(len(quantities))]), aim

    def can_reach(self, quantities: Sequence[Quantity], least: float) -> bool | None:
        """Whether whole numbers of people that agree with everything make all of these so large; None: not found."""
        most = self._whole_room()
        if not math.isfinite(most):
            return None
        return {0: True, 2: False}.get(self._whole_numbers(quantities, least, most))

    def _whole_room(self) -> float:
        if self._whole_slack is None:
            self._whole_slack = self._least_whole_slack()
        return self._whole_slack

    def _least_whole_slack(self) -> float:
        """As the slack, for whole numbers of people, which need more room than fractions; infinite when not found.

        Tried with half an answer more, then one, two, four and so on: a world within a given room is found far sooner
        than the one that needs least.
        """
        for more in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0):
            if self._whole_numbers((), 0.0, self.slack + more) == 0:
                return self.slack + more
        return math.inf

    def _whole_numbers(self, quantities: Sequence[Quantity], least: float, room: float) -> int:
        """The outcome of an integer program that looks for people who agree with everything within the room."""
        import numpy as np
        from scipy import sparse
        from scipy.optimize import Bounds, LinearConstraint, milp

        matrix, sides = self._conditions()
        conditions = [LinearConstraint(matrix, ub=sides)]
        if quantities:
            wanted = sparse.csr_array(np.array([self._vector({quantity: 1.0}) for quantity in quantities]))
            conditions.append(LinearConstraint(wanted, lb=[least] * len(quantities)))
        low, high = np.zeros(self.size), np.full(self.size, _MOST)
        low[0], high[0] = self.slack, room
        whole = np.ones(self.size, dtype=int)
        whole[0] = 0
        nodes = self._most_nodes * (_LAST_TRY if len(quantities) == 1 else 1)
        options: Any = {"node_limit": nodes}
        solved = milp(
            np.zeros(self.size), constraints=conditions, bounds=Bounds(low, high), integrality=whole, options=options
        )
        # A whole solution found before the limit will do.
        return 0 if solved.x is not None else int(solved.status)

    @staticmethod
    def variable(evidence: Evidence, table: FigureTable, row: FigureRow) -> str:
        """The question of a row; of one with several answers, the answer."""
        return f"{table.of}[{row.code}]" if evidence.is_multiple(table.of) else table.of

    def _learn_answers(self, evidence: Evidence, table: FigureTable, name: str) -> None:
        """Add the answers that a table knows of a variable; that an answer is missing comes last."""
        before = [one for one in self.answers.get(name, ()) if one != MISSING]
        self.answers[name] = tuple(dict.fromkeys([*before, *answers_in(evidence, table, name), MISSING]))

    def cells_of(self, clique: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The cells of a cross, in the order of their places: an answer to each of its variables."""
        if clique not in self._listed:
            parts = answers_together(clique, self.nestings, self.answers)
            names = [name for own, _ in parts for name in own]
            order = [names.index(name) for name in clique]
            joined = (sum(cell, ()) for cell in itertools.product(*(together for _, together in parts)))
            self._listed[clique] = [tuple(cell[at] for at in order) for cell in joined]
        return self._listed[clique]

    def _cells(self, clique: tuple[str, ...]) -> int:
        return math.prod(len(together) for _, together in answers_together(clique, self.nestings, self.answers))

    def _clique(self, quantity: Quantity) -> tuple[str, ...]:
        """The first cross that holds all variables of a quantity."""
        names = {name for name, _ in quantity}
        return next(one for one in self.cliques if names <= set(one))

    def _places(self, quantity: Quantity) -> list[int]:
        """The cells of one cross that together are the quantity."""
        wanted, clique = dict(quantity), self._clique(quantity)
        start = self._start[clique]
        return [start + at for at, cell in enumerate(self.cells_of(clique)) if counts_in(wanted, clique, cell)]

    def _vector(self, parts: Mapping[Quantity, float]) -> Vector:
        import numpy as np

        vector = np.zeros(self.size)
        for quantity, factor in parts.items():
            vector[self._places(quantity)] += factor
        return vector

    def _agree(self) -> None:
        """Crosses that share variables hold the same people; all hold the same number of people."""
        for first, second in itertools.combinations(self.cliques, 2):
            shared = [name for name in first if name in second]
            for answers in itertools.product(*(self.answers[name] for name in shared)):
                fixed = {name: frozenset({answer}) for name, answer in zip(shared, answers, strict=True)}
                line: dict[int, float] = {}
                for clique, sign in ((first, 1.0), (second, -1.0)):
                    for at, cell in enumerate(self.cells_of(clique)):
                        if counts_in(fixed, clique, cell):
                            line[self._start[clique] + at] = sign
                self._lines.append((line, 0.0, 0.0))

    def _learn(self, evidence: Evidence, known: Mapping[FigureRow, Known]) -> None:
        bases: dict[tuple[str, tuple[tuple[str, str], ...]], Quantity] = {}
        for table, row in evidence.rows():
            base = self.base(evidence, table, row)
            if evidence.is_multiple(table.of):
                # The items of one question were put to the same people.
                first = bases.setdefault((table.id, row.group), base)
                if first != base:
                    self._add({first: 1.0, base: -1.0}, (0.0, 0.0))
            fact = known.get(row)
            if fact is None:
                continue
            self._add({base: 1.0}, fact.base)
            if table.kind != "share":
                self._learn_mean(evidence, table, row, fact.mean)
                continue
            count = self.count(evidence, table, row)
            self._add({count: 1.0}, fact.count)
            self._add({count: 1.0, base: -1.0}, (-math.inf, -fact.rest))
            low, high = fact.share
            if low > 0:
                self._add({count: 1.0, base: -low}, (0.0, math.inf), slack=1.0)
            if high < 1:
                self._add({count: 1.0, base: -high}, (-math.inf, 0.0), slack=-1.0)

    def _learn_mean(self, evidence: Evidence, table: FigureTable, row: FigureRow, ends: tuple[float, float]) -> None:
        """A mean of answers that are numbers is a sum over the counts of each answer."""
        codes = {one: number_of(one) for one in self.answers[table.of] if one != MISSING}
        if evidence.is_multiple(table.of) or not math.isfinite(ends[0]) or not all(map(math.isfinite, codes.values())):
            return
        group = [(by, frozenset({answer})) for by, answer in row.group]
        largest = max(map(abs, codes.values()))
        for end, limits, sign in ((ends[0], (0.0, math.inf), 1.0), (ends[1], (-math.inf, 0.0), -1.0)):
            parts = {frozenset({(table.of, frozenset({one})), *group}): code - end for one, code in codes.items()}
            self._add(parts, limits, slack=sign * largest)

    def _add(self, parts: Mapping[Quantity, float], ends: tuple[float, float], slack: float = 0.0) -> None:
        if math.isfinite(ends[0]) or math.isfinite(ends[1]):
            self._lines.append((self._line(parts, slack), *ends))

    def _line(self, parts: Mapping[Quantity, float], slack: float) -> dict[int, float]:
        line: dict[int, float] = {0: slack} if slack else {}
        for quantity, factor in parts.items():
            for place in self._places(quantity):
                line[place] = line.get(place, 0.0) + factor
        return line

    def _conditions(self) -> tuple[Any, Vector]:
        """All conditions as upper limits, made once."""
        if self._made is None:
            self._made = upper_limits(self._lines, self.size, EXACT / 10)
        return self._made

    def _least_slack(self) -> float:
        """By how many answers weighted shares must differ from those of the answers, at the least."""
        import numpy as np
        from scipy.optimize import linprog

        aim = np.zeros(self.size)
        aim[0] = 1.0
        matrix, sides = self._conditions()
        solve: Any = linprog
        solved = solve(aim, A_ub=matrix, b_ub=sides, bounds=(0.0, _FAR), method="highs")
        self.contradicted = solved.status != 0
        return float(solved.fun) + EXACT if not self.contradicted and solved.fun > EXACT else 0.0
