"""What hiding costs, and which answers to take together to save most of it: for the team, at first sight."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.disclosure.drafts import Cell, Draft, is_multiple, is_sensitive, line_of
from stagekansen_lib.disclosure.optimal import Suppression
from stagekansen_lib.disclosure.rules import RuleSet
from stagekansen_lib.surveys.codebooks import Variable

__all__ = ["Saving", "savings"]

# Answers of one group in one table, told apart by one variable: their cells, by answer.
_Line = dict[Any, Cell]


@dataclass(frozen=True)
class Saving:
    """A merge of two answers: rows no longer too small, those hidden only for them, and rows shown now that go.

    Rows that are hidden because nearly all who say this belong to one sensitive group (R15) only protect, too.
    """

    variable: Variable
    codes: tuple[Any, Any]
    small: int
    partners: int
    lost: int = 0

    @property
    def saved(self) -> int:
        return self.small + self.partners

    def merge(self, language: str) -> str:
        """The answers in words."""
        return " + ".join(f"'{self.variable.code_label(code, language)}'" for code in self.codes)


def savings(drafts: Sequence[Draft], chosen: Suppression, rules: RuleSet) -> list[Saving]:
    """Merges of two answers, the one that would show most rows again for the fewest that are told coarser first.

    Counted are rows that are too small and would not be when the two answers are one, and the rows that secondary
    protection hid for them. What else changes, ``propose_merges`` finds by trying a merge out.
    """
    numbered = [cell for draft in drafts for cell in draft.cells]
    hidden_for: dict[int, int] = {}
    for secret in chosen.hidden.values():
        hidden_for[id(numbered[secret.row])] = hidden_for.get(id(numbered[secret.row]), 0) + 1
    found: dict[tuple[str, Any, Any], Saving] = {}
    for draft in drafts:
        for variable, line in _lines(draft):
            for pair in _pairs(variable, line):
                cured = [cell for cell in pair if _is_cured(cell, pair, variable.name == draft.result.of, rules)]
                told = [cell for cell in pair if id(cell) in hidden_for and not cell.secrets]
                told = told if told and _is_divided(draft, pair, variable.name, rules) else []
                codes = tuple(code for code in line if line[code] is pair[0] or line[code] is pair[1])
                key = (variable.name, *codes)
                before = found.get(key, Saving(variable, (codes[0], codes[1]), 0, 0))
                partners = before.partners + sum(hidden_for.get(id(cell), 0) for cell in (*cured, *told))
                lost = before.lost + sum(cell.shown for cell in pair)
                found[key] = Saving(variable, before.codes, before.small + len(cured), partners, lost)
    useful = [one for one in found.values() if one.saved]
    return sorted(useful, key=lambda one: (one.lost - one.saved, -one.saved, one.variable.name, str(one.codes)))


def _lines(draft: Draft) -> Iterator[tuple[Variable, _Line]]:
    """The cells that differ in the answer to one variable only."""
    result = draft.result
    names = [*result.by, *([result.of] if draft.is_distribution and not is_multiple(result) else [])]
    for at, name in enumerate(names):
        if name not in result.codebook or result.codebook[name].kind not in ("nominal", "ordinal"):
            continue
        lines: dict[Any, _Line] = {}
        for cell in draft.cells:
            answers = (*cell.group, cell.code) if name == result.of and at == len(result.by) else cell.group
            rest = (answers[:at], answers[at + 1 :], None if at == len(result.by) else cell.code)
            lines.setdefault(rest, {})[answers[at]] = cell
        yield from ((result.codebook[name], line) for line in lines.values() if len(line) > 2)


def _pairs(variable: Variable, line: _Line) -> Iterator[tuple[Cell, Cell]]:
    """Any two answers, or neighbours when answers have an order."""
    cells = [cell for cell in line.values() if not cell.impossible]
    yield from itertools.pairwise(cells) if variable.kind == "ordinal" else itertools.combinations(cells, 2)


def _is_cured(cell: Cell, pair: tuple[Cell, Cell], is_answer: bool, rules: RuleSet) -> bool:
    """Whether a cell is secret now, and would be neither too small nor too telling when the two are one."""
    if not cell.secrets:
        return False
    count = sum(one.count for one in pair)
    n = cell.n if is_answer else sum(one.n for one in pair)
    least, edge = rules.least_count, (1 - rules.group_share) * n
    if n < rules.least_base or "sum" in cell.secrets:
        return False
    return count != count or max(least, edge) <= count <= n - max(least, edge)


def _is_divided(draft: Draft, pair: tuple[Cell, Cell], merged: str, rules: RuleSet) -> bool:
    """Whether no sensitive group holds nearly all who gave either answer, when the two are one."""
    for at, name in enumerate(draft.result.by):
        if name == merged or not is_sensitive(draft.result.codebook, name, rules):
            continue
        sides = [[one for one in line_of(draft, cell, at) if one.code == cell.code] for cell in pair]
        everyone = [cell for side in sides for cell in side]
        # One respondent may be known, as for a row by itself.
        for own, whole in zip(_sizes(pair), _sizes(everyone), strict=True):
            if own > rules.group_share * (whole - 1):
                return False
    return True


def _sizes(cells: Sequence[Cell]) -> tuple[float, float, float]:
    """How many people the cells hold, how many of them gave the answer, and how many did not."""
    n, count = (math.fsum(getattr(cell, name) for cell in cells) for name in ("n", "count"))
    return n, count, n - count
