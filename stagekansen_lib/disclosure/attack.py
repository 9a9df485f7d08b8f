"""``attack``: try to find small groups in a release, with nothing but its own bytes.

Independent of ``protect``: it imports nothing of how cells are hidden, and reads the folder as a stranger would. It
knows the rules and the declared tables, because those are public too.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.codebooks import Codebook, Language, read_codebook
from stagekansen_lib.disclosure.evidence import Evidence, FigureRow, FigureTable, read_evidence
from stagekansen_lib.disclosure.rules import Declaration, RuleSet, read_declared_tables, read_rules
from stagekansen_lib.disclosure.solving import EXACT, Crosses, Known, Quantity
from stagekansen_lib.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AttackCheck", "AttackReport", "Finding", "attack", "attack_folder"]

PASSED, FAILED, ABSENT = "passed", "failed", "not applicable"


@dataclass(frozen=True)
class Finding:
    """What an attack found: the cell or file, and the route by which."""

    cell: str
    route: str

    def __str__(self) -> str:
        return f"{self.cell}, {self.route}"


@dataclass(frozen=True)
class AttackCheck:
    """One attack: its number and name, the verdict, why, and what it found.

    ``verdict`` is "passed", "failed" or "not applicable"; ``reason`` says what was tried, or why nothing could be.
    """

    number: int
    name: str
    verdict: str
    reason: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class AttackReport:
    """The verdict of every attack on a release.

    Parameters
    ----------
    release : name of the release. ``checks`` : the attacks, by number.
    cells : one row for each count behind a row without a figure: table, cell, quantity ("base", "count" or
        "complement"), low and high, the whole numbers between which a reader can compute it.
    """

    release: str
    checks: tuple[AttackCheck, ...]
    cells: pd.DataFrame = field(repr=False)

    @property
    def passed(self) -> bool:
        """No attack succeeded."""
        return not self.failed

    @property
    def failed(self) -> tuple[AttackCheck, ...]:
        return tuple(check for check in self.checks if check.verdict == FAILED)

    @property
    def table(self) -> pd.DataFrame:
        """One row an attack: number, attack, verdict, reason, found."""
        import pandas as pd

        rows = [(c.number, c.name, c.verdict, c.reason, "; ".join(map(str, c.findings))) for c in self.checks]
        return pd.DataFrame(rows, columns=["number", "attack", "verdict", "reason", "found"])

    def sentence(self, language: Language = "nl") -> str:
        """The outcome in a few words."""
        tried = sum(check.verdict != ABSENT for check in self.checks)
        absent, failed = len(self.checks) - tried, len(self.failed)
        if language == "nl":
            said = "Geen ervan vond een kleine groep" if not failed else f"{failed} ervan slaagden"
            left = f"{absent} andere zijn niet van toepassing"
            return f"Op deze publicatie zijn {tried} aanvallen geprobeerd. {said}. {left}."
        said = "None of them found a small group" if not failed else f"{failed} of them succeeded"
        return f"{tried} attacks were tried on this release. {said}. {absent} others do not apply."

    def content(self) -> dict[str, Any]:
        """What is kept in the folder of the release: verdicts and reasons; no interval of any hidden cell."""
        checks = [{"number": c.number, "attack": c.name, "verdict": c.verdict, "reason": c.reason} for c in self.checks]
        return {"sentence_nl": self.sentence("nl"), "sentence_en": self.sentence("en"), "attacks": checks}


def attack(name: str, *, folder: Path | None = None) -> AttackReport:
    """Attack a release that stands in a folder of releases, together with the earlier ones of the same survey.

    Parameters
    ----------
    name : name of the release.
    folder : folder that holds the folder of the release; ``data/published`` when left out.

    Returns
    -------
    AttackReport: ``table`` with one row an attack, ``sentence()``, and ``passed``.

    Raises
    ------
    InputError : there is no such release.

    Notes
    -----
    The counts behind the figures are the unknowns. What is shown gives conditions on them: a percentage within its
    rounding, a class of bases, the rule that a figure rests on ten answers and leaves ten. Linear and integer programs
    then give for every cell without a figure the lowest and highest count that agree with all of it, over all tables
    together. An attack succeeds when a count is surely under ten, or when something stands in the folder that should
    not. Weighted shares need not fit whole counts exactly: the attacker takes the smallest deviation with which
    everything fits, and does not know the weights.

    Examples
    --------
    >>> attack("example-2022").passed
    True
    """
    from stagekansen_lib.paths import data_folder

    home = folder or data_folder("published")
    place = home / name
    earlier = [
        path.parent
        for path in sorted(home.glob("*/release.json"))
        if path.parent != place and path.parent.name[0] != "."
    ]
    return attack_folder(place, earlier)


def attack_folder(folder: Path, earlier: Sequence[Path] = (), *, fixed: bool = True) -> AttackReport:
    """Attack the release in ``folder``, with the releases in the folders ``earlier`` beside it.

    ``fixed`` False leaves out whether its tables were declared beforehand, which a draft need not be.
    """
    import pandas as pd

    case = _Case(read_evidence(folder), tuple(read_evidence(one) for one in earlier), fixed)
    checks = tuple(_run(number, case) for number in sorted(_ATTACKS))
    rows = [(row.table, row.name, quantity, low, high) for row, quantity, low, high in case.intervals]
    cells = pd.DataFrame(rows, columns=["table", "cell", "quantity", "low", "high"])
    return AttackReport(case.now.name, checks, cells)


@dataclass(frozen=True)
class _Case:
    """A release under attack, and what the attacks share."""

    now: Evidence
    before: tuple[Evidence, ...]
    fixed: bool

    @cached_property
    def rules(self) -> RuleSet:
        return read_rules(str(self.now.facts["rules"]["used"]).split()[0])

    @cached_property
    def codebook(self) -> str:
        return str(json.loads(self.now.files.get("codebook.json", b"{}")).get("name", ""))

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
    def same_survey(self) -> tuple[Evidence, ...]:
        return tuple(one for one in self.before if one.survey == self.now.survey)

    @cached_property
    def known(self) -> dict[FigureRow, Known]:
        return _known(self.now, self.rules)

    @cached_property
    def crosses(self) -> Crosses:
        return Crosses([(self.now, self.known)])

    @cached_property
    def all_crosses(self) -> Crosses:
        return Crosses([(one, _known(one, self.rules)) for one in (self.now, *self.same_survey)])

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
    def intervals(self) -> list[tuple[FigureRow, str, float, float]]:
        """Whole numbers between which each count behind a silent row lies, by linear programs over all tables."""
        if self.crosses.too_large:
            return []
        return [
            (row, name, *_whole(self.crosses.bounds({quantity: 1.0})))
            for table, row in self.silent
            for name, quantity in self.quantities(self.crosses, table, row).items()
        ]

    @cached_property
    def small(self) -> list[tuple[FigureRow, str, float, float]]:
        """Counts that are surely smaller than rule R6 lets a reader know."""
        return [one for one in self.intervals if one[3] < self.rules.protected_upper]


def _whole(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    return (
        float(math.ceil(low - 1e-4)) if math.isfinite(low) else low,
        float(math.floor(high + 1e-4)) if math.isfinite(high) else high,
    )


def _known(evidence: Evidence, rules: RuleSet) -> dict[FigureRow, Known]:
    """What each row tells about its base and count."""
    found = {}
    for table, row in evidence.rows():
        base = row.base() or (0.0, math.inf)
        n, count = row.number("n", "base"), row.number("count")
        if math.isfinite(n):
            base = (n, n)
        if row.mark == "empty":
            found[row] = Known(count=(0.0, 0.0))
        elif math.isfinite(count):
            found[row] = Known(base, count=(count, count))
        elif row.told:
            edge = 1 - rules.group_share
            found[row] = Known(base, (0.0, edge) if row.mark[0] == "<" else (1 - edge, 1.0))
        elif math.isfinite(estimate := row.number("estimate")) and table.kind == "share":
            half = _step(row, rules, share=True) / 2
            least = float(rules.least_count)
            found[row] = Known(base, (estimate - half, estimate + half), (least, math.inf), least)
        elif row.base() or math.isfinite(n):
            found[row] = Known(base)
    return found


def _step(row: FigureRow, rules: RuleSet, *, share: bool) -> float:
    """The step on which the figure stands: that of its base, or finer when more decimals are told."""
    base = row.base()
    step = rules.step(base[0], share=share) if base else rules.step(0, share=share)
    if _on_grid(row.number("estimate"), step):
        return step
    return 10.0 ** -len(row.texts.get("estimate", "").partition(".")[2])


def _on_grid(value: float, step: float) -> bool:
    return not math.isfinite(value) or abs(value / step - round(value / step)) < EXACT


# The attacks -------------------------------------------------------------------------------------------------------

_Found = Iterator[Finding]


class _AbsentError(Exception):
    """The attack has nothing to attack; the text says why."""


def _run(number: int, case: _Case) -> AttackCheck:
    name, tries, tried = _ATTACKS[number]
    if isinstance(tries, str):
        return AttackCheck(number, name, ABSENT, tries)
    try:
        findings = tuple(dict.fromkeys(tries(case)))
    except _AbsentError as absent:
        return AttackCheck(number, name, ABSENT, str(absent))
    return AttackCheck(number, name, FAILED if findings else PASSED, tried, findings)


def _computed(case: _Case) -> _Found:
    """3: linear bounds over all tables."""
    _need_silent(case)
    if case.crosses.contradicted:
        # Nothing can be computed from figures that no answers give, so nobody knows that they are safe.
        yield Finding(case.now.name, "its figures contradict each other")
    for row, quantity, _, high in case.small:
        yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from all tables together")


def _need_silent(case: _Case) -> None:
    if case.crosses.too_large:
        raise _AbsentError("The tables tie too many variables together to write their cross down.")
    if not case.silent:
        raise _AbsentError("Every row shows its figure.")


def _alone(case: _Case, wanted: Callable[[FigureTable, FigureTable], bool]) -> Iterator[tuple[FigureRow, str, float]]:
    """Counts found small already from the row's table and the tables that ``wanted`` puts beside it."""
    _need_silent(case)
    tables = {table.id: table for table in case.now.tables}
    for row, quantity, _, _ in case.small:
        table = tables[row.table]
        beside = tuple(one for one in case.now.tables if one is table or wanted(table, one))
        part = Evidence(case.now.name, case.now.facts, {}, beside, case.now.answers, case.now.variables)
        crosses = Crosses([(part, case.known)])
        high = _whole(crosses.bounds({case.quantities(crosses, table, row)[quantity]: 1.0}))[1]
        if high < case.rules.protected_upper:
            yield row, quantity, high


def _rest_of_row(case: _Case) -> _Found:
    for row, quantity, high in _alone(case, lambda *_: False):
        yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from its own table")


def _totals(case: _Case) -> _Found:
    for row, quantity, high in _alone(case, lambda own, other: other.of == own.of and set(other.by) < set(own.by)):
        yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from the table and its totals")


def _complement_of_filter(case: _Case) -> _Found:
    def beside(own: FigureTable, other: FigureTable) -> bool:
        return other.of in own.by or (other.of == own.of and set(other.by) < set(own.by))

    for row, quantity, high in _alone(case, beside):
        if row.group:
            yield Finding(row.name, f"the {quantity} is {high:.0f} at most, everyone less the other groups")


def _multiple(case: _Case) -> _Found:
    if not any(case.now.is_multiple(table.of) for table in case.now.tables):
        raise _AbsentError("No table counts answers of which more than one could be given.")
    if not case.silent:
        return
    tables = {table.id: table for table in case.now.tables}
    for row, quantity, _, high in case.small:
        if case.now.is_multiple(tables[row.table].of):
            yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from the other answers")


def _whole_numbers(case: _Case) -> _Found:
    """4: whole people instead of fractions, on the cross of the answers."""
    _need_silent(case)
    tables = {table.id: table for table in case.now.tables}
    least = case.rules.protected_upper
    cells: dict[Quantity, str] = {}
    for row, quantity, _, high in case.intervals:
        if high >= least:
            wanted = case.quantities(case.crosses, tables[row.table], row)[quantity]
            cells.setdefault(wanted, f"{row.name}|{quantity}")
    for wanted in _out_of_reach(case.crosses, list(cells), least):
        name, _, quantity = cells[wanted].partition("|")
        yield Finding(name, f"no whole numbers of people make the {quantity} {least:g} or more")


def _out_of_reach(crosses: Crosses, wanted: list[Quantity], least: float) -> Iterator[Quantity]:
    """Those that no whole numbers make large enough: tried all at once, then in halves, which is quick when few are."""
    if not wanted or crosses.can_reach(wanted, least):
        return
    if len(wanted) == 1:
        if crosses.can_reach(wanted, least) is False:
            yield wanted[0]
        return
    half = len(wanted) // 2
    yield from _out_of_reach(crosses, wanted[:half], least)
    yield from _out_of_reach(crosses, wanted[half:], least)


def _together_with_earlier(case: _Case) -> _Found:
    """6: the same cell in another release of the survey; and all figures of all releases together."""
    if not case.same_survey:
        raise _AbsentError("No other release of this survey stands beside it.")
    for one in case.same_survey:
        yield from _between(case, one)
    crosses = case.all_crosses
    if case.silent and not crosses.too_large:
        for table, row in case.silent:
            for name, quantity in case.quantities(crosses, table, row).items():
                high = _whole(crosses.bounds({quantity: 1.0}))[1]
                if high < case.rules.protected_upper:
                    yield Finding(row.name, f"the {name} is {high:.0f} at most, with earlier releases beside it")


def _between(case: _Case, other: Evidence) -> _Found:
    theirs = {_cell(table, row): row for table, row in other.rows()}
    for table, row in case.now.rows():
        old = theirs.get(_cell(table, row))
        if old is None:
            continue
        if row.hidden != old.hidden:
            yield Finding(row.name, f"hidden in one release and shown in another ({other.name})")
        elif row.texts.get("base") != old.texts.get("base") or row.told != old.told:
            yield Finding(row.name, f"told otherwise than in {other.name}: an answer came later")
        elif table.kind == "share" and math.isfinite(change := abs(row.number("estimate") - old.number("estimate"))):
            base = row.base() or (0.0, 0.0)
            # Rule R9: a count changes by nothing, or by ten or more.
            if change > EXACT and change * base[0] < case.rules.least_count:
                yield Finding(row.name, f"changed by a few answers since {other.name}")


def _cell(table: FigureTable, row: FigureRow) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    return table.kind, table.of, row.code, tuple(sorted(row.group))


def _late_answer(case: _Case) -> _Found:
    if not case.same_survey:
        raise _AbsentError("No other release of this survey stands beside it, so no later answer can show.")
    for one in case.same_survey:
        yield from _between(case, one)


def _nested(case: _Case) -> _Found:
    """7: two figures of one group about answers to the same question, which differ by a handful of people."""
    rows = [(table, row) for table, row in case.now.rows() if table.kind == "share" and row in case.known]
    for (first, one), (second, other) in itertools.combinations(rows, 2):
        if first.of == second.of or one.group != other.group or not _one_question(case, first, one, second, other):
            continue
        base = one.base()
        if base is None or base != other.base():
            continue
        between = abs(one.number("estimate") - other.number("estimate"))
        most = (between + _step(one, case.rules, share=True)) * base[1]
        if most < case.rules.least_count:
            yield Finding(one.name, f"differs from {other.name} by {most:.0f} people at most")


def _one_question(case: _Case, first: FigureTable, one: FigureRow, second: FigureTable, other: FigureRow) -> bool:
    """Whether the codebook, which is public, makes one answer a part of the other."""
    book = case.questions
    if book is None:
        return False
    sets = []
    for table, row in ((first, one), (second, other)):
        if table.of not in book:
            return False
        variable = book[table.of]
        if len(variable.derived_from) > 1 or variable.kind == "multiple":
            return False
        values = next((code.values for code in variable.codes if str(code.code) == row.code), None)
        parent = book[variable.derived_from[0]] if variable.derived_from else variable
        if variable.derived_from and values is not None:
            sets.append((parent.name, {str(answer) for answer in parent.valid_codes if answer in values}))
        else:
            sets.append((parent.name, {row.code}))
    (parent_of_one, answers), (parent_of_other, others) = sets
    return parent_of_one == parent_of_other and (answers <= others or others <= answers)


def _undeclared(case: _Case) -> _Found:
    """A fixed cube: nothing but the tables that were declared before anyone looked."""
    if not case.fixed:
        raise _AbsentError("A draft is for a look, and may hold tables that were not declared.")
    for table in case.now.tables:
        declared = case.declared.get(table.id)
        same = declared is not None and (declared.statistic, declared.of, declared.by) == (
            table.kind,
            table.of,
            table.by,
        )
        if not same:
            yield Finding(table.id, "the table was not declared beforehand, so somebody could pick groups")


def _solved(case: _Case) -> _Found:
    """9: as many independent figures as cells in a cross would solve it."""
    if case.crosses.too_large:
        raise _AbsentError("The tables tie too many variables together to write their cross down.")
    for names, cells, figures in case.crosses.ranks(case.now, case.known):
        if figures >= cells:
            yield Finding(", ".join(names), f"{figures} independent figures for {cells} cells")
    yield from _undeclared(case) if case.fixed else ()


def _told_twice(case: _Case) -> _Found:
    """10, 19: one figure told in two ways gives more than each."""
    seen: dict[Any, FigureRow] = {}
    for table, row in case.now.rows():
        other = seen.setdefault(_cell(table, row), row)
        told = tuple(row.texts.get(column) for column in ("estimate", "ci_low", "ci_high", "base", "mark"))
        before = tuple(other.texts.get(column) for column in ("estimate", "ci_low", "ci_high", "base", "mark"))
        if told != before:
            yield Finding(row.name, f"told otherwise in {other.table}")


def _zeros(case: _Case) -> _Found:
    for table, row in case.now.rows():
        sides = (0.0, 1.0) if table.kind == "share" else (0.0,)
        if row.number("estimate") in sides or (row.number("count") == 0 and row.mark != "empty"):
            yield Finding(row.name, "a figure of nobody or everybody")


def _whole_group(case: _Case) -> _Found:
    """12: a sensitive answer that nine of ten in a group gave, or one of ten; shown, or computed."""
    edge = 1 - case.rules.group_share
    tables = {table.id: table for table in case.now.tables}
    for table, row in case.now.rows():
        if table.kind != "share" or not _sensitive(case, table):
            continue
        p = row.number("estimate")
        if math.isfinite(p) and not edge + EXACT < p < 1 - edge - EXACT:
            yield Finding(row.name, f"{p:.0%} of a group has one sensitive answer")
        declared = case.declared.get(table.id)
        if row.told and not (declared is not None and declared.told_as_class):
            yield Finding(row.name, f"told as {row.mark} though the answer is sensitive")
    if case.crosses.too_large:
        return
    for table, row in case.silent:
        if row.told or tables[row.table].kind != "share" or not _sensitive(case, table):
            continue
        base, count = (case.quantities(case.crosses, table, row)[name] for name in ("base", "count"))
        if case.crosses.bounds({base: 1.0})[0] < EXACT:
            continue
        if case.crosses.bounds({count: 1.0, base: -edge})[1] < EXACT:
            yield Finding(row.name, f"surely {edge:.0%} or less of the group")
        if case.crosses.bounds({count: 1.0, base: edge - 1})[0] > -EXACT:
            yield Finding(row.name, f"surely {1 - edge:.0%} or more of the group")


def _sensitive(case: _Case, table: FigureTable) -> bool:
    return case.now.variables.get(table.of, {}).get("privacy") in case.rules.sensitive_classes


def _base_and_grid(case: _Case) -> _Found:
    """13: an exact base, or a percentage finer than its base allows."""
    edges = case.rules.base_classes
    classes = {case.rules.base_class(edge) for edge in edges}
    for table, row in case.now.rows():
        base, p = row.texts.get("base", ""), row.number("estimate")
        if base not in classes and not (base == "" and not math.isfinite(p)):
            yield Finding(row.name, f"the base is told as '{base}', which is no class of the rules")
        elif row.hidden and (base or math.isfinite(p)):
            yield Finding(row.name, "hidden, and yet a base or figure is told")
        elif math.isfinite(p) and not _on_grid(p, _grid(case, table, row)):
            yield Finding(row.name, "the figure is finer than its base allows")


def _grid(case: _Case, table: FigureTable, row: FigureRow) -> float:
    base = row.base()
    return case.rules.step(base[0] if base else 0, share=table.kind == "share")


def _interval_and_test(case: _Case) -> _Found:
    """14: an interval finer than its base allows; a test that gives a hidden share or a statistic back."""
    for table, row in case.now.rows():
        step = _grid(case, table, row)
        low, p, high = (row.number(name) for name in ("ci_low", "estimate", "ci_high"))
        if not (_on_grid(low, step) and _on_grid(high, step)):
            yield Finding(row.name, "the interval is finer than its base allows")
        if math.isfinite(low) != math.isfinite(p) or math.isfinite(high) != math.isfinite(p):
            yield Finding(row.name, "an interval without its figure, or a figure without its interval")
    classes = {f"<{limit:g}" for limit in case.rules.p_classes} | {"none", ""}
    for one in case.now.comparisons:
        if one["p_class"] not in classes:
            yield Finding(one["id"], "p is told otherwise than as a class")
        detectable = one["smallest_detectable"]
        if detectable is not None and not _on_grid(detectable, case.rules.detectable_step):
            yield Finding(one["id"], "the smallest detectable difference is finer than the rules allow")
        if one["unit"] in ("points", "share"):
            finest = min(case.rules.share_grid.values())
            if not all(one[k] is None or _on_grid(one[k], finest) for k in ("difference", "ci_low", "ci_high")):
                yield Finding(one["id"], "the difference is finer than the rules allow")
        if one["mark"] == "x" or one["difference"] is None:
            continue
        for table in case.now.tables:
            if (table.of, list(table.by)) == (one["of"], list(one["by"])):
                yield from (
                    Finding(row.name, f"a difference beside it ({one['id']})") for row in table.rows if row.hidden
                )


def _small_mean(case: _Case) -> _Found:
    means = [table for table in case.now.tables if table.kind == "mean"]
    if not means:
        raise _AbsentError("No table holds a mean.")
    ids = {table.id for table in means}
    for row, quantity, _, high in case.small if case.silent else ():
        if row.table in ids:
            yield Finding(row.name, f"a mean of {high:.0f} answers at most ({quantity})")
    for table in means:
        for row in table.rows:
            base = row.base()
            if math.isfinite(row.number("estimate")) and (base is None or base[0] < case.rules.least_base):
                yield Finding(row.name, "a mean without a base that is large enough")


def _dominance(case: _Case) -> _Found:
    """16: a mean so fine that it gives its sum back, or a share of the largest beside it."""
    means = [table for table in case.now.tables if table.kind == "mean"]
    if not means:
        raise _AbsentError("No table holds a mean.")
    for table in means:
        for row in table.rows:
            if not _on_grid(row.number("estimate"), _grid(case, table, row)):
                yield Finding(row.name, "the mean is finer than its base allows")
            if math.isfinite(row.number("largest_share", "two_largest_share", "sum", "total")):
                yield Finding(row.name, "what the largest answers make of it, or its sum, is told")


def _words(*words: str) -> Callable[[_Case], _Found]:
    """Columns and names in the files that should not be there."""
    wanted = re.compile("|".join(words), re.IGNORECASE)

    def tries(case: _Case) -> _Found:
        for table in case.now.tables:
            for column in table.columns:
                if column not in table.by and wanted.fullmatch(column):
                    yield Finding(table.id, f"column {column}")
        for path in ("release.json", "codebook.json"):
            for name in sorted(_names(json.loads(case.now.files.get(path, b"{}")))):
                if wanted.fullmatch(name):
                    yield Finding(path, f"entry {name}")

    return tries


def _names(content: Any) -> set[str]:
    if isinstance(content, dict):
        return set(content) | {name for value in content.values() for name in _names(value)}
    return {name for one in content for name in _names(one)} if isinstance(content, list) else set()


def _other_statistics(case: _Case) -> _Found:
    for table in case.now.tables:
        if table.kind not in ("share", "mean"):
            yield Finding(table.id, f"a statistic that the attacks do not know: {table.kind}")


def _models(case: _Case) -> _Found:
    adjusted = [one for one in case.now.comparisons if one.get("adjust_for")]
    if not adjusted:
        raise _AbsentError("The release holds no model.")
    for one in adjusted:
        if one["difference"] is not None and one["unit"] not in ("points", "odds", "ratio", "value", "share"):
            yield Finding(one["id"], "more of a model is told than one effect")


_COLUMNS = ("code", "group_nl", "group_en", "code_nl", "code_en", "estimate", "ci_low", "ci_high", "base", "mark")
_ENTRIES = {
    "release.json": {
        "format", "name", "date", "made_by", "checked_by", "draft", "previous", "sha256", "survey", "synthetic",
        "self_selected", "proxies", "nl", "en", "sources", "rules", "used", "kept", "share", "by_table", "linked",
        "tables", "id", "file", "kind", "of", "by", "code", "focus", "title_nl", "title_en", "label_nl", "label_en",
        "says_nl", "says_en", "who_nl", "who_en", "note_nl", "note_en", "ci_level", "comparison", "comparisons",
        "adjust_for", "more_nl", "more_en", "answer_nl", "answer_en", "groups_nl", "groups_en", "effect_name", "unit",
        "difference", "ci_low", "ci_high", "p_class", "smallest_detectable", "method", "mark", "codebook",
        "fingerprints", "declared_tables", "data", "versions", "python", "stagekansen", "numpy", "pandas", "scipy",
        "attack", "passed",
    },
    "codebook.json": {
        "name", "title_nl", "title_en", "version", "variables", "kind", "label_nl", "label_en", "question_nl",
        "question_en", "privacy", "codes", "code",
    },
}  # fmt: skip


def _what_travels(case: _Case) -> _Found:
    """24: a column, an entry or a row that readers do not see."""
    for table in case.now.tables:
        yield from (Finding(table.id, f"column {name}") for name in table.columns if name not in (*table.by, *_COLUMNS))
        places = [(row.group, row.texts.get("code", "")) for row in table.rows]
        if len(places) != len(set(places)):
            yield Finding(table.id, "two rows for one group, such as rows of answers")
        for row in table.rows:
            coded = [*row.group, *([(table.of, row.texts["code"])] if "code" in row.texts else [])]
            if any(answer not in case.now.answers.get(name, (answer,)) for name, answer in coded):
                yield Finding(row.name, "a row for an answer that the codebook of the release does not know")
    for path, allowed in _ENTRIES.items():
        content = json.loads(case.now.files.get(path, b"{}"))
        if path == "release.json":
            content = {**content, "fingerprints": {k: v for k, v in content["fingerprints"].items() if k == "code"}}
            content["kept"] = {"share": content["kept"]["share"]}
        yield from (Finding(path, f"entry {name}") for name in sorted(_names(content) - allowed))


# Paths of a computer, addresses of people, and what programs leave behind.
_TRACES = re.compile(
    rb"(/home/|/Users/|/[r]oot/|/tmp/|/private/|/mnt/|[A-Za-z]:\\\\|file://|Traceback|ipynb_checkpoints|\.py\", line"
    rb"|[\w.+-]+@[\w-]+\.[a-z]{2,})"
)


def _what_files_carry(case: _Case) -> _Found:
    """25: files that do not belong there; traces of a computer or a person in those that do."""
    facts = case.now.facts
    expected = {entry["file"] for entry in facts["tables"]}
    expected |= {"release.json", "release.json.sha256", "codebook.json", "attack.json"}
    yield from (Finding(path, "a file that does not belong there") for path in sorted(set(case.now.files) - expected))
    home = str(Path.home()).encode()
    for path, content in case.now.files.items():
        found = _TRACES.search(content)
        if found or (len(home) > 3 and home in content):
            yield Finding(path, "the path of a computer, an address, or what a program left behind")


def _order(case: _Case) -> _Found:
    """27: rows that stand in another order than the codebook's, such as that of a hidden figure."""
    for table in case.now.tables:
        names = [*table.by, *(["code"] if "code" in table.columns else [])]
        known = [case.now.answers.get(table.of if name == "code" else name, ()) for name in names]
        rank = [{answer: place for place, answer in enumerate(answers)} for answers in known]
        places = [
            tuple(ranks.get(row.texts.get(name, ""), len(ranks)) for name, ranks in zip(names, rank, strict=True))
            for row in table.rows
        ]
        if places != sorted(places):
            yield Finding(table.id, "the rows do not stand in the order of the codebook")


_TEXT_ONLY = "A release holds tables and tests; "
_ATTACKS: Mapping[int, tuple[str, Callable[[_Case], _Found] | str, str]] = {
    1: ("the total of a row less what is shown", _rest_of_row, "Bounds from each table alone."),
    2: ("totals of columns and of larger tables", _totals, "Bounds from each table and its totals."),
    3: ("linear bounds of each hidden cell", _computed, "Linear programs over all tables together."),
    4: ("integer bounds on the cross of all answers", _whole_numbers, "Integer programs over all tables together."),
    5: ("tables that share a margin", _computed, "Linear programs over all tables together."),
    6: ("all earlier releases together with this one", _together_with_earlier, "Cell by cell, and linear programs."),
    7: ("nested groups that differ by a few", _nested, "Each pair of figures about one question."),
    8: ("the complement of a filter", _complement_of_filter, "Bounds from everyone less the other groups."),
    9: ("free choice of groups, solved as equations", _solved, "Declared tables only; independent figures counted."),
    10: ("a question asked again and again", _told_twice, "Each figure is told in one way only."),
    11: ("cells of nobody", _zeros, "No figure of 0% or 100%."),
    12: ("nine of ten in a group", _whole_group, "Figures shown and bounds, of sensitive answers."),
    13: ("a percentage with its base", _base_and_grid, "Bases in classes, figures on the grid of their base."),
    14: ("a percentage with its interval or test", _interval_and_test, "Intervals on the grid; p in classes."),
    15: ("a mean of a small group", _small_mean, "The base of each mean."),
    16: ("one large answer in a mean", _dominance, "Means on their grid; no sums, no shares of the largest."),
    17: ("extremes", _words("min", "max", "minimum", "maximum", "outliers?", "values?", "extreme", "range"),
         "No column or entry holds one."),
    18: ("weights", _words("weights?", "weighted_.*", "total", "sum_of_weights", "deff", "design_effect"),
         "No column or entry holds one."),
    19: ("weighted beside unweighted", _told_twice, "Each figure is told in one way only."),
    20: ("a map beside a table", f"{_TEXT_ONLY}no map of answers.", ""),
    21: ("a score back to its parts", _other_statistics, "Shares and means only."),
    22: ("a late answer, two versions of one wave", _late_answer, "Each cell beside that of the other release."),
    23: ("a model that is nearly the data", _models, "One effect for each model."),
    24: ("what travels to the reader unseen", _what_travels, "Every column, entry and row is one that readers see."),
    25: ("what files carry with them", _what_files_carry, "Files, paths, addresses, traces of programs."),
    26: ("a tampered address", f"{_TEXT_ONLY}nothing in it can be asked.", ""),
    27: ("an order that tells", _order, "Rows in the order of the codebook."),
    28: ("voices with attributes", f"{_TEXT_ONLY}no voices.", ""),
    29: ("a role with one voter", f"{_TEXT_ONLY}no votes.", ""),
    30: ("a twin that repeats a person", f"{_TEXT_ONLY}no rows of people, made up or not.", ""),
    31: ("sums over more than one answer", _multiple, "Bounds of each answer from the others."),
    32: ("rounded shares that must make 100", _rest_of_row, "Bounds from each table alone."),
}  # fmt: skip
