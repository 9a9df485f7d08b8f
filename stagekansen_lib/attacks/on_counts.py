"""Attacks that compute: what follows for the counts behind the rows, over tables, releases and readings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

from stagekansen_lib.attacks.case import Case, cell_of, step_of, whole
from stagekansen_lib.attacks.evidence import Evidence, FigureRow, FigureTable
from stagekansen_lib.attacks.findings import AbsentError, Finding, Found, UndecidedError
from stagekansen_lib.attacks.solving import EXACT, Crosses, Quantity

__all__ = [
    "complement_of_filter", "computed", "late_answer", "multiple", "nested", "rest_of_row", "small_mean", "solved",
    "together_with_earlier", "totals", "whole_group", "whole_numbers",
]  # fmt: skip


def computed(case: Case) -> Found:
    """3: linear bounds over all tables."""
    need_silent(case)
    if case.crosses.contradicted:
        # Nothing can be computed from figures that no answers give, so nobody knows that they are safe.
        yield Finding(case.now.name, "its figures contradict each other")
    for row, quantity, high in case.small:
        yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from all tables together")


def need_silent(case: Case) -> None:
    """The counts behind silent rows can be computed: there are such rows, and the search is small enough."""
    if not case.silent:
        raise AbsentError("Every row shows its figure.")
    need_small(case.crosses)


def need_small(crosses: Crosses) -> None:
    if crosses.too_large:
        names, cells = max(crosses.too_large.items(), key=lambda one: (one[1], one[0]))
        raise UndecidedError(
            f"the tables tie {', '.join(names)} together in {cells:,} cells, more than are searched (attack_cells in"
            " the rules). Merge answers of one of these, or leave out a table that ties them"
        )


def _alone(case: Case, wanted: Callable[[FigureTable, FigureTable], bool]) -> Iterator[tuple[FigureRow, str, float]]:
    """Counts found small already from the row's table and the tables that ``wanted`` puts beside it."""
    need_silent(case)
    tables = {table.id: table for table in case.now.tables}
    for row, quantity, _ in case.small:
        table = tables[row.table]
        beside = tuple(one for one in case.now.tables if one is table or wanted(table, one))
        crosses = case.part(beside)
        high = whole(crosses.bounds({case.quantities(crosses, table, row)[quantity]: 1.0}))[1]
        if high < case.rules.protected_upper:
            yield row, quantity, high


def rest_of_row(case: Case) -> Found:
    for row, quantity, high in _alone(case, lambda *_: False):
        yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from its own table")


def totals(case: Case) -> Found:
    for row, quantity, high in _alone(case, lambda own, other: other.of == own.of and set(other.by) < set(own.by)):
        yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from the table and its totals")


def complement_of_filter(case: Case) -> Found:
    def beside(own: FigureTable, other: FigureTable) -> bool:
        return other.of in own.by or (other.of == own.of and set(other.by) < set(own.by))

    for row, quantity, high in _alone(case, beside):
        if row.group:
            yield Finding(row.name, f"the {quantity} is {high:.0f} at most, everyone less the other groups")


def multiple(case: Case) -> Found:
    if not any(case.now.is_multiple(table.of) for table in case.now.tables):
        raise AbsentError("No table counts answers of which more than one could be given.")
    if not case.silent:
        return
    need_small(case.crosses)
    tables = {table.id: table for table in case.now.tables}
    for row, quantity, high in case.small:
        if case.now.is_multiple(tables[row.table].of):
            yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from the other answers")


def whole_numbers(case: Case) -> Found:
    """4: whole people instead of fractions, on the cross of the answers."""
    need_silent(case)
    least = case.rules.protected_upper
    small = {(row, quantity) for row, quantity, _ in case.small}
    cells: dict[Quantity, str] = {}
    for row, quantity, wanted in case.unknowns:
        if (row, quantity) not in small:
            cells.setdefault(wanted, f"{row.name}|{quantity}")
    for wanted, known in _out_of_reach(case.crosses, list(cells), least):
        name, _, quantity = cells[wanted].partition("|")
        if known:
            yield Finding(name, f"no whole numbers of people make the {quantity} {least:g} or more")
        else:
            yield Finding(
                name,
                f"the search ended before it was known whether the {quantity} can be {least:g} or more. Merge answers"
                " of its variables, leave the table out, or raise attack_nodes in the rules",
                sure=False,
            )


def _out_of_reach(crosses: Crosses, wanted: list[Quantity], least: float) -> Iterator[tuple[Quantity, bool]]:
    """Those that no whole numbers make large enough, True; those of which that was not found out, False.

    As many as possible in one world first, then in worlds near it, then the others, and by itself each that no such
    world makes large enough.
    """
    reached = crosses.reached_whole(wanted, least)
    left = [one for one in wanted if one not in reached]
    reached = crosses.reached_near(left, least)
    left = [one for one in left if one not in reached]
    while left:
        reached = crosses.reached_whole(left, least)
        if not reached:
            break
        left = [one for one in left if one not in reached]
    for one in left:
        found = crosses.can_reach([one], least)
        if not found:
            yield one, found is False


def together_with_earlier(case: Case) -> Found:
    """6: the same cell in another release of the survey; and all figures of all releases together."""
    if not case.same_survey:
        raise AbsentError("No other release of this survey stands beside it.")
    for one in case.same_survey:
        yield from between(case, one)
    crosses = case.all_crosses
    if case.silent:
        need_small(crosses)
        for row, name, high in case.small_in(crosses):
            yield Finding(row.name, f"the {name} is {high:.0f} at most, with earlier releases beside it")


def between(case: Case, other: Evidence) -> Found:
    theirs = {cell_of(table, row): row for table, row in other.rows()}
    for table, row in case.now.rows():
        old = theirs.get(cell_of(table, row))
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


def late_answer(case: Case) -> Found:
    if not case.same_survey:
        raise AbsentError("No other release of this survey stands beside it, so no later answer can show.")
    for one in case.same_survey:
        yield from between(case, one)


def nested(case: Case) -> Found:
    """7: two figures of one group about answers to the same question, which differ by a handful of people."""
    rows = [(table, row) for table, row in case.now.rows() if table.kind == "share" and row in case.known]
    for (first, one), (second, other) in itertools.combinations(rows, 2):
        if first.of == second.of or one.group != other.group or not _one_question(case, first, one, second, other):
            continue
        base = one.base()
        if base is None or base != other.base():
            continue
        between = abs(one.number("estimate") - other.number("estimate"))
        most = (between + step_of(one, case.rules, share=True)) * base[1]
        if most < case.rules.least_count:
            yield Finding(one.name, f"differs from {other.name} by {most:.0f} people at most")


def _one_question(case: Case, first: FigureTable, one: FigureRow, second: FigureTable, other: FigureRow) -> bool:
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


def solved(case: Case) -> Found:
    """9: as many independent figures as cells in a cross would solve it."""
    need_small(case.crosses)
    for names, cells, figures in case.crosses.ranks(case.now, case.known):
        if figures >= cells:
            yield Finding(", ".join(names), f"{figures} independent figures for {cells} cells")


def whole_group(case: Case) -> Found:
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
    if case.silent:
        need_small(case.crosses)
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


def _sensitive(case: Case, table: FigureTable) -> bool:
    return case.now.variables.get(table.of, {}).get("privacy") in case.rules.sensitive_classes


def small_mean(case: Case) -> Found:
    means = [table for table in case.now.tables if table.kind == "mean"]
    if not means:
        raise AbsentError("No table holds a mean.")
    ids = {table.id for table in means}
    if case.silent:
        need_small(case.crosses)
    for row, quantity, high in case.small if case.silent else ():
        if row.table in ids:
            yield Finding(row.name, f"a mean of {high:.0f} answers at most ({quantity})")
    for table in means:
        for row in table.rows:
            base = row.base()
            if math.isfinite(row.number("estimate")) and (base is None or base[0] < case.rules.least_base):
                yield Finding(row.name, "a mean without a base that is large enough")
