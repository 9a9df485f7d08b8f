"""What can be computed from the figures of releases: linear bounds on the counts behind them.

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
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stagekansen_lib.attacks.beside import Condition
from stagekansen_lib.attacks.evidence import MISSING, Evidence, FigureRow, FigureTable
from stagekansen_lib.attacks.layout import (
    Asked,
    Known,
    Quantity,
    answers_in,
    answers_together,
    cliques_of,
    nestings_of,
    number_of,
    parts_of,
    tree_of,
)
from stagekansen_lib.attacks.programs import DONE, IMPOSSIBLE, Conditions, conditions_of, solve
from stagekansen_lib.surveys.codebooks import Codebook

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

__all__ = ["EXACT", "Crosses", "SearchEndedError"]

EXACT = 1e-6
# More than any number of people.
_FAR = 1e6


class SearchEndedError(Exception):
    """A program ended without an answer, so nothing is known about what it was asked."""


class Crosses:
    """All that one or more releases of a survey say about its counts, as conditions on small crosses of answers.

    A cross of more than ``most_cells`` cells is not written down; ``too_large`` names its variables and cells.
    ``beside`` are conditions from what is no table.
    """

    def __init__(
        self,
        releases: Sequence[tuple[Evidence, Mapping[FigureRow, Known]]],
        *,
        most_cells: int,
        made_from: Codebook | None = None,
        beside: Sequence[Condition] = (),
    ) -> None:
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
        self._made: Conditions | None = None
        self._counted: dict[tuple[str, ...], dict[tuple[str, str], NDArray[np.bool_]]] = {}
        self._placed: dict[Quantity, NDArray[np.int64]] = {}
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
        if self.contradicted:
            return -math.inf, math.inf
        aim, ends = self._vector(parts), []
        for sign in (1.0, -1.0):
            solved = solve(sign * aim, self.conditions, self._limits())
            if solved.status != DONE:
                raise SearchEndedError(f"a linear program ended without an answer ({solved.message})")
            ends.append(sign * float(solved.fun))
        return ends[0], ends[1] if ends[1] < _FAR - 1 else math.inf

    def allows(self, beside: Sequence[Condition]) -> bool:
        """Whether any fractions of people agree with everything and with these conditions besides."""
        import numpy as np

        if self.contradicted or self.too_large:
            return True
        lines = [(self._line(parts, slack), *ends) for parts, ends, slack in beside]
        both = self.conditions.and_these(conditions_of(lines, self.size, EXACT / 10))
        # Only what is seen to be impossible is not allowed.
        return bool(solve(np.zeros(self.size), both, self._limits()).status != IMPOSSIBLE)

    def reached(self, quantities: Sequence[Asked], least: float) -> set[Asked]:
        """Those that are so large, by fractions of people, in one world that agrees with everything.

        A program for many at once; those that are not among these need one of their own.
        """
        import numpy as np
        from scipy import sparse

        more = len(quantities)
        if self.contradicted or more < 2:
            return set()
        wanted: Any = sparse.csr_array(np.array([self._vector(parts_of(one)) for one in quantities]))
        # Each counts up to the limit.
        counted: Any = sparse.hstack([-wanted, sparse.eye_array(more)])
        limit = Conditions(counted.tocsr(), np.full(more, -math.inf), np.zeros(more))
        aim = np.concatenate([np.zeros(self.size), -np.ones(more)])
        low, high = self._limits()
        ends = np.concatenate([low, np.zeros(more)]), np.concatenate([high, np.full(more, least)])
        solved = solve(aim, self.conditions.wider(more).and_these(limit), ends)
        if solved.status != DONE:
            return set()
        values = wanted @ solved.x[: self.size]
        return {one for one, value in zip(quantities, values, strict=True) if value >= least - EXACT}

    def _limits(self) -> tuple[Vector, Vector]:
        """Between what each unknown lies: the slack is known, the others are numbers of people."""
        import numpy as np

        rest = self.size - 1
        return np.array([self.slack, *[0.0] * rest]), np.array([self.slack, *[_FAR] * rest])

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

    def clique_of(self, quantity: Quantity) -> tuple[str, ...]:
        """The first cross that holds all variables of a quantity."""
        names = {name for name, _ in quantity}
        return next(one for one in self.cliques if names <= set(one))

    def places_of(self, clique: tuple[str, ...]) -> NDArray[np.int64]:
        """Where the cells of a cross stand among the unknowns."""
        import numpy as np

        return self._start[clique] + np.arange(self._cells(clique))

    def places(self, quantity: Quantity) -> NDArray[np.int64]:
        """The cells of one cross that together are the quantity."""
        import numpy as np

        if quantity not in self._placed:
            clique = self.clique_of(quantity)
            self._placed[quantity] = self._start[clique] + np.flatnonzero(self._counts_in(clique, dict(quantity)))
        return self._placed[quantity]

    def _counts_in(self, clique: tuple[str, ...], wanted: Mapping[str, Iterable[str]]) -> NDArray[np.bool_]:
        """Of each cell of a cross, whether its people gave the answers that are wanted; others may be any."""
        import numpy as np

        cells = self.cells_of(clique)
        if clique not in self._counted:
            columns = zip(clique, zip(*cells, strict=True), strict=True)
            self._counted[clique] = {
                (name, answer): np.array([one == answer for one in given])
                for name, given in columns
                for answer in dict.fromkeys(given)
            }
        counted, nobody = self._counted[clique], np.zeros(len(cells), dtype=bool)
        found = ~nobody
        for name, answers in wanted.items():
            found &= np.logical_or.reduce([nobody, *(counted.get((name, one), nobody) for one in answers)])
        return found

    def _vector(self, parts: Mapping[Quantity, float]) -> Vector:
        import numpy as np

        vector = np.zeros(self.size)
        for quantity, factor in parts.items():
            vector[self.places(quantity)] += factor
        return vector

    def _agree(self) -> None:
        """Crosses that share variables hold the same people; all hold the same number of people."""
        for first, second in tree_of(self.cliques):
            shared = [name for name in first if name in second]
            for answers in itertools.product(*(self.answers[name] for name in shared)):
                fixed = {name: (answer,) for name, answer in zip(shared, answers, strict=True)}
                line: dict[int, float] = {}
                for clique, sign in ((first, 1.0), (second, -1.0)):
                    own = self.places_of(clique)[self._counts_in(clique, fixed)]
                    line |= dict.fromkeys(own.tolist(), sign)
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
            for place in self.places(quantity).tolist():
                line[place] = line.get(place, 0.0) + factor
        return line

    @property
    def conditions(self) -> Conditions:
        """All that is known, made once."""
        if self._made is None:
            self._made = conditions_of(self._lines, self.size, EXACT / 10)
        return self._made

    def _least_slack(self) -> float:
        """By how many answers weighted shares must differ from those of the answers, at the least."""
        import numpy as np

        aim = np.zeros(self.size)
        aim[0] = 1.0
        solved = solve(aim, self.conditions, (0.0, _FAR))
        self.contradicted = solved.status != DONE
        return float(solved.fun) + EXACT if not self.contradicted and solved.fun > EXACT else 0.0
