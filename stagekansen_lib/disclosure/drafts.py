"""Results on their way to publication: a cell for each group and answer that can occur. Inside the wall only."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure.reasons import Reason
from stagekansen_lib.disclosure.rules import Declaration, RuleSet, read_declared_tables
from stagekansen_lib.surveys.codebooks import Codebook

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.estimation.tables import EstimateTable

__all__ = ["EXACT", "Cell", "Draft", "is_multiple", "is_sensitive", "line_of", "make_draft", "plain_code", "slug"]

# Limits are compared with this tolerance: 1 - 0.9 is not exactly 0.1 in binary numbers.
EXACT = 1e-9


@dataclass
class Cell:
    """One row on its way to publication.

    ``reasons`` says why it is hidden, ``doubts`` why it is uncertain, ``told`` the class in place of a figure.
    ``certain``: the questionnaire leaves the group no other answer.
    """

    group: tuple[Any, ...]
    code: Any
    n: float = 0.0
    count: float = 0.0
    effective_n: float = 0.0
    df: float = math.nan
    largest: float = math.nan
    two_largest: float = math.nan
    estimate: float = math.nan
    se: float = math.nan
    low: float = math.nan
    high: float = math.nan
    reasons: list[Reason] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    doubts: list[Reason] = field(default_factory=list)
    impossible: bool = False
    certain: bool = False
    told: str = ""

    @property
    def shown(self) -> bool:
        return not self.reasons and not self.impossible

    @property
    def mark(self) -> str:
        if self.impossible:
            return "empty"
        if self.reasons:
            return "x"
        if self.told:
            return self.told
        if not math.isfinite(self.estimate):
            return "."
        return "~" if self.doubts else ""

    @property
    def why(self) -> tuple[Reason, ...]:
        """Why the row is hidden; else why it is a class; else why it is uncertain."""
        if self.reasons:
            return tuple(self.reasons)
        return (Reason("R4", "told", {"edge": self.told}),) if self.told else tuple(self.doubts)

    def hide(self, reason: Reason, secrets: Iterable[str] = ()) -> None:
        """Hide the row; ``secrets`` names the counts that nobody may compute: "base", "count", "complement", "sum"."""
        self.reasons.append(reason)
        self.secrets.update(secrets)

    def doubt(self, reason: Reason) -> None:
        """Show the row as uncertain."""
        self.doubts.append(reason)

    def tell_as_class(self, edge: float) -> None:
        """Tell the share as "under the edge" or "over one less the edge" in place of a figure."""
        self.told = f"<{edge:.0%}" if self.estimate < 0.5 else f">{1 - edge:.0%}"


@dataclass
class Draft:
    """A result with its cells and the declaration it answers to, if any."""

    result: EstimateTable
    declaration: Declaration | None
    id: str
    cells: list[Cell]
    is_distribution: bool


def make_draft(result: EstimateTable) -> Draft:
    """The cells of a result, and the declaration it answers to."""
    declaration = _declaration(result)
    is_distribution = "code" in result.table.columns
    words = [result.statistic, result.of, *result.by, *([] if result.code is None else [str(result.code)])]
    cells = list(_cells(result, declaration, is_distribution))
    return Draft(result, declaration, declaration.id if declaration else slug("-".join(words)), cells, is_distribution)


def line_of(draft: Draft, cell: Cell, at: int) -> list[Cell]:
    """The cells whose group differs from that of this one in the variable at this place at most."""
    rest = cell.group[:at] + cell.group[at + 1 :]
    return [one for one in draft.cells if one.group[:at] + one.group[at + 1 :] == rest]


def slug(text: str) -> str:
    """A text as the name of a file: small letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9_-]+", "_", text.lower())


def _declaration(result: EstimateTable) -> Declaration | None:
    """The declared table that this result is; a two-valued answer says the same with and without its code."""
    two_valued = result.of in result.codebook and (
        result.codebook[result.of].kind != "multiple" and len(result.codebook[result.of].valid_codes) == 2
    )
    for declared in read_declared_tables(result.codebook.name) if result.codebook.name else ():
        same = (declared.statistic, declared.of, declared.by) == (
            result.statistic,
            result.of,
            tuple(result.by),
        )
        if same and (declared.code == result.code or two_valued or result.statistic != "share"):
            return declared
    return None


def _cells(result: EstimateTable, declaration: Declaration | None, is_distribution: bool) -> Iterator[Cell]:
    """A cell for each group and code that can occur, also for those that nobody is in: an absent row would tell."""
    by, table = list(result.by), result.table
    figures, basis = result.table.to_dict("records"), result.basis.to_dict("records")
    given, coded = _groups_of(table, by), list(table["code"]) if is_distribution else [result.code] * len(table)
    rows = {cell: place for place, cell in enumerate(zip(given, coded, strict=True))}
    groups = itertools.product(*(_answers(result.codebook, name, list(table[name])) for name in by))
    codes = _answers(result.codebook, result.of, coded) if is_distribution else [result.code]
    members = {group: place for (group, _), place in rows.items()}
    for group, code in itertools.product(groups, codes):
        cell = Cell(group, code, impossible=_is_impossible(result, declaration, group, code))
        if (group, code) in rows:
            place = rows[group, code]
            _fill(cell, figures[place], basis[place])
        elif group in members:
            _fill_with_nobody(cell, basis[members[group]])
        yield cell


def _groups_of(table: pd.DataFrame, by: list[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name] for name in by), strict=True)) if by else [()] * len(table)


def _is_impossible(result: EstimateTable, declaration: Declaration | None, group: tuple[Any, ...], code: Any) -> bool:
    """Whether the declaration says that nobody can give these answers together."""
    answers = dict(zip(result.by, group, strict=True)) | ({} if code is None else {result.of: code})
    return declaration is not None and any(one.items() <= answers.items() for one in declaration.impossible)


def _answers(codebook: Codebook, name: str, seen: list[Any]) -> list[Any]:
    """The answers in the order of the codebook, then those that only the data know."""
    known = list(codebook[name].valid_codes) if name in codebook else []
    return known + [one for one in dict.fromkeys(seen) if one not in known]


def _fill(cell: Cell, row: Mapping[Any, Any], basis: Mapping[Any, Any]) -> None:
    cell.n, cell.effective_n, cell.df = float(basis["n"]), float(basis["effective_n"]), float(basis["df"])
    cell.count = float(basis.get("count", math.nan))
    cell.largest = float(basis.get("largest_share", math.nan))
    cell.two_largest = float(basis.get("two_largest_share", math.nan))
    cell.estimate, cell.se = float(row["estimate"]), float(row["se"])
    cell.low, cell.high = float(row["ci_low"]), float(row["ci_high"])


def _fill_with_nobody(cell: Cell, of_group: Mapping[Any, Any]) -> None:
    """Nobody in the group gave this answer: the same as a row with a count of zero."""
    cell.n, cell.effective_n, cell.df = (float(of_group[name]) for name in ("n", "effective_n", "df"))
    cell.estimate = 0.0


def is_sensitive(codebook: Codebook, name: str, rules: RuleSet) -> bool:
    """Whether the variable, or one that it is made from, is of a sensitive privacy class."""
    if name not in codebook:
        return True
    variable = codebook[name]
    if variable.privacy in rules.sensitive_classes:
        return True
    return any(is_sensitive(codebook, parent, rules) for parent in variable.derived_from if parent in codebook)


def is_multiple(result: EstimateTable) -> bool:
    return result.of in result.codebook and result.codebook[result.of].kind == "multiple"


def plain_code(code: Any) -> Any:
    """A code as plain Python: numpy integers and whole floats become int."""
    if code is None or isinstance(code, str):
        return code
    number = float(code)
    return int(number) if number.is_integer() else number
