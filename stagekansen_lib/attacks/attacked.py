"""A release under attack, and what the attacks share: its bytes, the public rules, and the counts behind its rows."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from stagekansen_lib.attacks.beside import Condition, conditions_beside, facts_beside, with_what_stands_beside
from stagekansen_lib.attacks.evidence import Evidence, FigureRow, FigureTable
from stagekansen_lib.attacks.layout import Known, Quantity
from stagekansen_lib.attacks.solving import EXACT, Crosses
from stagekansen_lib.attacks.whole_people import WholePeople
from stagekansen_lib.disclosure.rules import Declaration, RuleSet, read_declared_tables, read_rules
from stagekansen_lib.errors import InputError
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.derivations import codebook_of_derivations

__all__ = ["AttackedRelease", "cell_of", "known_rows", "on_grid", "step_of", "whole"]


@dataclass(frozen=True)
class AttackedRelease:
    """A release under attack, and what the attacks share."""

    now: Evidence
    before: tuple[Evidence, ...]
    fixed: bool = True
    site: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def rules(self) -> RuleSet:
        return read_rules(str(self.now.facts["rules"]["used"]).split()[0])

    @cached_property
    def codebook(self) -> str:
        return _codebook_of(self.now)

    @cached_property
    def declared(self) -> dict[str, Declaration]:
        return {one.id: one for one in read_declared_tables(self.codebook)} if self.codebook else {}

    @cached_property
    def questions(self) -> Codebook | None:
        """The codebook of the survey, which is public: it says which answers are made from one question."""
        try:
            return read_codebook(self.codebook)
        except InputError:
            return None

    @cached_property
    def made_from(self) -> Codebook | None:
        """How variables are made from questions: as the codebook that everyone knows says, and the releases do."""
        told = [entry for one in (*self.same_survey, self.now) for entry in one.derivations]
        known = dict(self.questions.variables) if self.questions is not None else {}
        return Codebook("known", known | dict(codebook_of_derivations(told).variables))

    @cached_property
    def same_survey(self) -> tuple[Evidence, ...]:
        """Other versions of the same wave: a release with the same respondents bears the name of their wave."""
        return tuple(one for one in self.before if (one.wave, _codebook_of(one)) == (self.now.wave, self.codebook))

    @cached_property
    def known(self) -> dict[FigureRow, Known]:
        return known_rows(self.now, self.rules)

    @cached_property
    def crosses(self) -> Crosses:
        return self._with_all_beside([(self.now, self.known)])

    @cached_property
    def whole_people(self) -> WholePeople:
        return WholePeople(self.crosses, self.rules.attack_nodes)

    @cached_property
    def all_crosses(self) -> Crosses:
        return self._with_all_beside([(one, known_rows(one, self.rules)) for one in (self.now, *self.same_survey)])

    def part(self, tables: Sequence[FigureTable]) -> Crosses:
        """What some of the tables say by themselves."""
        part = Evidence(self.now.name, self.now.facts, {}, tuple(tables), self.now.answers, self.now.variables)
        return self._crosses([(part, self.known)])

    def _with_all_beside(self, releases: Sequence[tuple[Evidence, Mapping[FigureRow, Known]]]) -> Crosses:
        """All that releases say: their tables, their tests and their index."""
        book = self.made_from
        told = [(with_what_stands_beside(evidence, book), known) for evidence, known in releases]
        found = self._crosses(told, [one for part in releases for one in conditions_beside(part[0], book, part[1])])
        if found.too_large or not any(facts_beside(evidence, book) for evidence, _ in releases):
            return found
        beside = [one for part in releases for one in conditions_beside(part[0], book, part[1], found.allows)]
        return self._crosses(told, beside)

    def _crosses(
        self, releases: Sequence[tuple[Evidence, Mapping[FigureRow, Known]]], beside: Sequence[Condition] = ()
    ) -> Crosses:
        return Crosses(
            releases,
            most_cells=self.rules.attack_cells,
            made_from=self.made_from,
            beside=beside,
        )

    @property
    def silent(self) -> list[tuple[FigureTable, FigureRow]]:
        """Rows without a figure: hidden, or told as a class."""
        return [(table, row) for table, row in self.now.rows() if row.hidden or row.told]

    def quantities(self, crosses: Crosses, table: FigureTable, row: FigureRow) -> dict[str, Quantity]:
        found = {"base": crosses.base(self.now, table, row)}
        if table.kind == "share":
            found["count"] = crosses.count(self.now, table, row)
            found["complement"] = crosses.count(self.now, table, row, other=True)
        return found

    @cached_property
    def unknowns(self) -> list[tuple[FigureRow, str, Quantity]]:
        """The counts behind the silent rows."""
        return self.unknowns_in(self.crosses)

    def unknowns_in(self, crosses: Crosses) -> list[tuple[FigureRow, str, Quantity]]:
        """As ``unknowns``, as these crosses name them."""
        return [
            (row, name, quantity)
            for table, row in self.silent
            for name, quantity in self.quantities(crosses, table, row).items()
            # That nobody can give these answers together stands in the questionnaire.
            if all(answers for _, answers in crosses.by_questions(quantity))
        ]

    @cached_property
    def intervals(self) -> list[tuple[FigureRow, str, float, float]]:
        """Whole numbers between which each count behind a silent row lies, by linear programs over all tables."""
        if self.crosses.too_large:
            return []
        return [(row, name, *whole(self.crosses.bounds({quantity: 1.0}))) for row, name, quantity in self.unknowns]

    @cached_property
    def small(self) -> list[tuple[FigureRow, str, float]]:
        """Counts that are surely smaller than rule R6 lets a reader know, with the most that they can be."""
        return self.small_in(self.crosses)

    def small_in(self, crosses: Crosses, more: int = 0) -> list[tuple[FigureRow, str, float]]:
        """As ``small``, from these conditions; with ``more`` also those that are only so little larger."""
        least, unknowns = self.rules.protected_upper + more, self.unknowns_in(crosses)
        reached, before = set[Quantity](), -1
        while len(reached) > before:
            # Those that stood in the way of others are left out of the next world.
            before = len(reached)
            left = dict.fromkeys(quantity for _, _, quantity in unknowns if quantity not in reached)
            reached |= crosses.reached(list(left), least)
        found = []
        for row, name, quantity in unknowns:
            if quantity not in reached:
                high = whole(crosses.bounds({quantity: 1.0}))[1]
                if high < least:
                    found.append((row, name, high))
        return found


def _codebook_of(evidence: Evidence) -> str:
    return str(json.loads(evidence.files.get("codebook.json", b"{}")).get("name", ""))


def whole(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    return (
        float(math.ceil(low - 1e-4)) if math.isfinite(low) else low,
        float(math.floor(high + 1e-4)) if math.isfinite(high) else high,
    )


def known_rows(evidence: Evidence, rules: RuleSet) -> dict[FigureRow, Known]:
    """What each row tells about its base and count; a row that tells nothing is left out."""
    found = {row: _known(table, row, rules) for table, row in evidence.rows()}
    return {row: known for row, known in found.items() if known is not None}


def _known(table: FigureTable, row: FigureRow, rules: RuleSet) -> Known | None:
    n, count, estimate = row.number("n", "base"), row.number("count"), row.number("estimate")
    base = (n, n) if math.isfinite(n) else row.base()
    wide = base or (0.0, math.inf)
    if row.mark == "empty":
        return Known(count=(0.0, 0.0))
    if math.isfinite(count):
        return Known(wide, count=(count, count))
    if row.told:
        edge = 1 - rules.group_share
        return Known(wide, (0.0, edge) if row.mark[0] == "<" else (1 - edge, 1.0))
    if math.isfinite(estimate) and table.kind == "share":
        half = step_of(row, rules, share=True) / 2
        least = float(rules.least_count)
        return Known(wide, (estimate - half, estimate + half), (least, math.inf), least)
    if base and math.isfinite(estimate):
        half = step_of(row, rules, share=False) / 2
        return Known(base, mean=(estimate - half, estimate + half))
    return Known(base) if base else None


def step_of(row: FigureRow, rules: RuleSet, *, share: bool) -> float:
    """The step on which the figure stands: that of its base, or finer when more decimals are told."""
    base = row.base()
    step = rules.step(base[0], share=share) if base else rules.step(0, share=share)
    if on_grid(row.number("estimate"), step):
        return step
    return 10.0 ** -len(row.texts.get("estimate", "").partition(".")[2])


def on_grid(value: float, step: float) -> bool:
    return not math.isfinite(value) or abs(value / step - round(value / step)) < EXACT


def cell_of(table: FigureTable, row: FigureRow) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    return table.kind, table.of, row.code, tuple(sorted(row.group))
