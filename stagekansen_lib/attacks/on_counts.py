"""Attacks that compute: what follows for the counts behind the rows, over tables, releases and readings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

from stagekansen_lib.attacks.attacked import AttackedRelease, cell_of, step_of, whole
from stagekansen_lib.attacks.beside import counts_beside
from stagekansen_lib.attacks.equations import solved_cells
from stagekansen_lib.attacks.evidence import Evidence, FigureRow, FigureTable
from stagekansen_lib.attacks.findings import AbsentError, Finding, Found, UndecidedError
from stagekansen_lib.attacks.layout import Mixture, Quantity
from stagekansen_lib.attacks.solving import EXACT, Crosses
from stagekansen_lib.attacks.whole_people import WholePeople
from stagekansen_lib.surveys.codebooks import Codebook, ValueSet, Variable

__all__ = [
    "apart", "beside_tables", "complement_of_filter", "computed", "late_answer", "multiple", "nested", "rest_of_row",
    "small_mean", "solved", "together_with_earlier", "totals", "whole_group", "whole_numbers", "with_one_known",
]  # fmt: skip

# Part of an answer by which a share is seen to stay under what nobody may be sure of.
_SOME_ROOM = 0.01


def computed(attacked: AttackedRelease) -> Found:
    """3: linear bounds over all tables."""
    need_silent(attacked)
    if attacked.crosses.contradicted:
        # Nothing can be computed from figures that no answers give, so nobody knows that they are safe.
        yield Finding(attacked.now.name, "its figures contradict each other")
    for row, quantity, high in attacked.small:
        yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from all tables together")


def beside_tables(attacked: AttackedRelease) -> Found:
    """3: the counts behind tests and the index, which stand in no table."""
    told = dict.fromkeys(counts_beside(attacked.now, attacked.made_from))
    if not told:
        return
    need_small(attacked.crosses)
    if attacked.crosses.contradicted:
        yield Finding(attacked.now.name, "its figures contradict each other")
    least = attacked.rules.least_count
    left = _not_reached(attacked.crosses, list(dict.fromkeys(((one, 1.0),) for _, one in told)), least)
    for name, quantity in told:
        if ((quantity, 1.0),) in left and (high := whole(attacked.crosses.bounds({quantity: 1.0}))[1]) < least:
            group = ", ".join(f"{by}={'|'.join(sorted(answers))}" for by, answers in sorted(quantity))
            yield Finding(name, f"{group}: {high:.0f} people at most, from it and all tables together")


def with_one_known(attacked: AttackedRelease) -> Found:
    """3: the bounds of someone who knows the answers of one respondent, such as their own, and takes them off."""
    need_silent(attacked)
    least = attacked.rules.protected_upper
    for row, quantity, high in attacked.small_in(attacked.crosses, 1):
        # A class of a tenth of a hundred says so much to everyone.
        if high >= least and not row.told:
            route = f"the {quantity} is {high:.0f} at most, and less for who knows the answers of one of the others"
            yield Finding(row.name, route)


def need_silent(attacked: AttackedRelease) -> None:
    """The counts behind silent rows can be computed: there are such rows, and the search is small enough."""
    if not attacked.silent:
        raise AbsentError("Every row shows its figure.")
    need_small(attacked.crosses)


def need_small(crosses: Crosses) -> None:
    if crosses.too_large:
        names, cells = max(crosses.too_large.items(), key=lambda one: (one[1], one[0]))
        raise UndecidedError(
            f"the tables tie {', '.join(names)} together in {cells:,} cells, more than are searched (attack_cells in"
            " the rules). Merge answers of one of these, or leave out a table that ties them"
        )


def _alone(
    attacked: AttackedRelease, wanted: Callable[[FigureTable, FigureTable], bool]
) -> Iterator[tuple[FigureRow, str, float]]:
    """Counts found small already from the row's table and the tables that ``wanted`` puts beside it."""
    need_silent(attacked)
    tables = {table.id: table for table in attacked.now.tables}
    for row, quantity, _ in attacked.small:
        table = tables[row.table]
        beside = tuple(one for one in attacked.now.tables if one is table or wanted(table, one))
        crosses = attacked.part(beside)
        high = whole(crosses.bounds({attacked.quantities(crosses, table, row)[quantity]: 1.0}))[1]
        if high < attacked.rules.protected_upper:
            yield row, quantity, high


def rest_of_row(attacked: AttackedRelease) -> Found:
    for row, quantity, high in _alone(attacked, lambda *_: False):
        yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from its own table")


def totals(attacked: AttackedRelease) -> Found:
    for row, quantity, high in _alone(attacked, lambda own, other: other.of == own.of and set(other.by) < set(own.by)):
        yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from the table and its totals")


def complement_of_filter(attacked: AttackedRelease) -> Found:
    def beside(own: FigureTable, other: FigureTable) -> bool:
        return other.of in own.by or (other.of == own.of and set(other.by) < set(own.by))

    for row, quantity, high in _alone(attacked, beside):
        if row.group:
            yield Finding(row.name, f"the {quantity} is {high:.0f} at most, everyone less the other groups")


def multiple(attacked: AttackedRelease) -> Found:
    if not any(attacked.now.is_multiple(table.of) for table in attacked.now.tables):
        raise AbsentError("No table counts answers of which more than one could be given.")
    if not attacked.silent:
        return
    need_small(attacked.crosses)
    tables = {table.id: table for table in attacked.now.tables}
    for row, quantity, high in attacked.small:
        if attacked.now.is_multiple(tables[row.table].of):
            yield Finding(row.name, f"the {quantity} is {high:.0f} at most, from the other answers")


def whole_numbers(attacked: AttackedRelease) -> Found:
    """4: whole people instead of fractions, on the cross of the answers."""
    need_silent(attacked)
    least = attacked.rules.protected_upper
    small = {(row, quantity) for row, quantity, _ in attacked.small}
    cells: dict[Quantity, str] = {}
    for row, quantity, wanted in attacked.unknowns:
        if (row, quantity) not in small:
            cells.setdefault(wanted, f"{row.name}|{quantity}")
    for wanted, known in _out_of_reach(attacked.whole_people, list(cells), least):
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


def _out_of_reach(people: WholePeople, wanted: list[Quantity], least: float) -> Iterator[tuple[Quantity, bool]]:
    """Those that no whole numbers make large enough, True; those of which that was not found out, False.

    As many as possible in worlds in which one cross changes, in turn with worlds in which all do; then in worlds in
    which the crosses around one change; then by itself each that no such world makes large enough.
    """
    left, before = wanted, len(wanted) + 1
    while left and len(left) < before:
        before = len(left)
        left = _without(left, people.reached_near(left, least, 0))
        left = _without(left, people.reached(left, least))
    for steps in (1, 2):
        left = _without(left, people.reached_near(left, least, steps))
    for one in left:
        found = people.can_reach(one, least)
        if not found:
            yield one, found is False


def _without(wanted: list[Quantity], reached: set[Quantity]) -> list[Quantity]:
    return [one for one in wanted if one not in reached]


def together_with_earlier(attacked: AttackedRelease) -> Found:
    """6: the same cell in another release of the survey; and all figures of all releases together."""
    if not attacked.same_survey:
        raise AbsentError("No other release of this survey stands beside it.")
    for one in attacked.same_survey:
        yield from between(attacked, one)
    crosses = attacked.all_crosses
    if attacked.silent:
        need_small(crosses)
        for row, name, high in attacked.small_in(crosses):
            yield Finding(row.name, f"the {name} is {high:.0f} at most, with earlier releases beside it")


def between(attacked: AttackedRelease, other: Evidence) -> Found:
    """Cells that another release of the survey tells otherwise."""
    theirs = {cell_of(table, row): row for table, row in other.rows()}
    for table, row in attacked.now.rows():
        old = theirs.get(cell_of(table, row))
        route = _changed(attacked, table, row, old, other.name) if old else ""
        if route:
            yield Finding(row.name, route)


def _changed(attacked: AttackedRelease, table: FigureTable, row: FigureRow, old: FigureRow, other: str) -> str:
    """What the two versions of one row give away together; empty for nothing."""
    if row.hidden != old.hidden:
        return f"hidden in one release and shown in another ({other})"
    if row.texts.get("base") != old.texts.get("base") or row.told != old.told:
        return f"told otherwise than in {other}: an answer came later"
    change = abs(row.number("estimate") - old.number("estimate")) if table.kind == "share" else math.nan
    base = row.base() or (0.0, 0.0)
    # Rule R9: a count changes by nothing, or by ten or more. An unknown change is no finding.
    if change > EXACT and change * base[0] < attacked.rules.least_count:
        return f"changed by a few answers since {other}"
    return ""


def late_answer(attacked: AttackedRelease) -> Found:
    if not attacked.same_survey:
        raise AbsentError("No other release of this survey stands beside it, so no later answer can show.")
    for one in attacked.same_survey:
        yield from between(attacked, one)


def nested(attacked: AttackedRelease) -> Found:
    """7: two figures of one group about answers to the same question, which differ by a handful of people."""
    rows = [(table, row) for table, row in attacked.now.rows() if table.kind == "share" and row in attacked.known]
    for (first, one), (second, other) in itertools.combinations(rows, 2):
        if first.of == second.of or one.group != other.group:
            continue
        most = _most_between(one, other, step_of(one, attacked.rules, share=True))
        if most < attacked.rules.least_count and _one_question(attacked, (first, one), (second, other)):
            yield Finding(one.name, f"differs from {other.name} by {most:.0f} people at most")


def apart(attacked: AttackedRelease) -> Found:
    """7: a few people between two figures about groupings that are made from each other."""
    crosses = attacked.crosses
    if not crosses.nestings:
        return
    need_small(crosses)
    told: dict[frozenset[tuple[str, frozenset[Any]]], tuple[FigureRow, Quantity]] = {}
    for table, row in attacked.now.rows():
        if row in attacked.known and not row.told and row.mark != "empty":
            for quantity in attacked.quantities(crosses, table, row).values():
                told.setdefault(crosses.by_questions(quantity), (row, quantity))
    of_rows = {crosses.by_questions(quantity) for _, _, quantity in attacked.unknowns} | set(told) | {None}
    pairs: dict[Mixture, tuple[FigureRow, FigureRow]] = {}
    for inner, outer in itertools.permutations(told, 2):
        if _between(inner, outer) not in of_rows:
            (one, less), (other, more) = told[inner], told[outer]
            pairs.setdefault(((more, 1.0), (less, -1.0)), (one, other))
    for pair in _not_reached(crosses, list(pairs), attacked.rules.least_count):
        high = whole(crosses.bounds(dict(pair)))[1]
        if high < attacked.rules.least_count:
            one, other = pairs[pair]
            yield Finding(other.name, f"between it and {one.name} stand {high:.0f} people at most")


def _not_reached(crosses: Crosses, wanted: list[Mixture], least: float) -> list[Mixture]:
    """Those that are not seen to be so large in a world for many at once, or in the next for what is left."""
    before = len(wanted) + 1
    while len(wanted) < before:
        before = len(wanted)
        found = crosses.reached(wanted, least)
        wanted = [one for one in wanted if one not in found]
    return wanted


def _between(
    inner: frozenset[tuple[str, frozenset[Any]]], outer: frozenset[tuple[str, frozenset[Any]]]
) -> frozenset[tuple[str, frozenset[Any]]] | None:
    """Those of the outer who are not of the inner; None unless they differ in the answers to one set of questions."""
    if len(inner) != len(outer) or len(inner - outer) != 1:
        return None
    (name, less), (other, more) = next(iter(inner - outer)), next(iter(outer - inner))
    if name != other or not less < more or not name.startswith("questions "):
        return None
    return (inner & outer) | {(name, more - less)}


def _most_between(one: FigureRow, other: FigureRow, step: float) -> float:
    """How many people two shares of one base differ by at the most; no limit where the bases are not known to agree."""
    base = one.base()
    if base is None or base != other.base():
        return math.inf
    return (abs(one.number("estimate") - other.number("estimate")) + step) * base[1]


def _one_question(attacked: AttackedRelease, *rows: tuple[FigureTable, FigureRow]) -> bool:
    """Whether the codebook, which is public, makes one answer a part of the other."""
    first, second = (_answers_behind(attacked.made_from, table.of, row.code) for table, row in rows)
    if first is None or second is None or first[0] != second[0]:
        return False
    # The same answers under two names leave nobody between them.
    return first[1] < second[1] or second[1] < first[1]


def _answers_behind(book: Codebook | None, of: str, code: str) -> tuple[str, set[str]] | None:
    """The question that an answer was given to, and the answers to it that this one stands for."""
    if book is None or of not in book:
        return None
    variable = book[of]
    if variable.kind == "multiple" or len(variable.derived_from) > 1:
        return None
    if not variable.derived_from:
        return variable.name, {code}
    parent = book[variable.derived_from[0]]
    values = next((one.values for one in variable.codes if str(one.code) == code), None)
    return parent.name, _answers_within(parent, values) if values is not None else {code}


def _answers_within(variable: Variable, values: ValueSet) -> set[str]:
    return {str(answer) for answer in variable.valid_codes if answer in values}


def solved(attacked: AttackedRelease) -> Found:
    """9: a cell of the cross that no table tells, given by the figures as equations, and small."""
    crosses = attacked.crosses
    need_small(crosses)
    silent = {crosses.by_questions(quantity) for _, _, quantity in attacked.unknowns}
    for quantity in dict.fromkeys(solved_cells(crosses, attacked.now, attacked.known)):
        own = crosses.by_questions(quantity)
        if own not in silent and all(answers for _, answers in own):
            high = whole(crosses.bounds({quantity: 1.0}))[1]
            if high < attacked.rules.least_count:
                cell = ", ".join(f"{name}={'|'.join(answers)}" for name, answers in sorted(quantity))
                yield Finding(cell, f"{high:.0f} people at most, by the figures shown as equations")


def whole_group(attacked: AttackedRelease) -> Found:
    """12: a sensitive answer that nine of ten in a group gave, or one of ten; shown, or computed."""
    sensitive = {table.id for table in attacked.now.tables if table.kind == "share" and _sensitive(attacked, table.of)}
    for table, row in attacked.now.rows():
        if table.id in sensitive:
            yield from _told_of_the_group(attacked, row)
    if attacked.silent:
        need_small(attacked.crosses)
    for table, row in attacked.silent:
        if table.id in sensitive and not row.told:
            yield from _computed_of_the_group(attacked, table, row)
    yield from _the_other_way(attacked)


def _told_of_the_group(attacked: AttackedRelease, row: FigureRow) -> Found:
    p, edge = row.number("estimate"), 1 - attacked.rules.group_share
    half = step_of(row, attacked.rules, share=True) / 2
    # Of a rounded figure no reader is sure to which side of the edge it lay.
    if math.isfinite(p) and not edge < p + half - EXACT < 1 - edge + 2 * half - 2 * EXACT:
        yield Finding(row.name, f"{p:.0%} of a group has one sensitive answer")
    declared = attacked.declared.get(row.table)
    if row.told and not (declared is not None and declared.told_as_class):
        yield Finding(row.name, f"told as {row.mark} though the answer is sensitive")


def _computed_of_the_group(attacked: AttackedRelease, table: FigureTable, row: FigureRow) -> Found:
    crosses, edge = attacked.crosses, 1 - attacked.rules.group_share
    quantities = attacked.quantities(crosses, table, row)
    base, count, rest = quantities["base"], quantities["count"], quantities["complement"]
    # That a group can give one answer only stands in the questionnaire.
    by_rule = any(not answers for one in (count, rest) for _, answers in crosses.by_questions(one))
    if by_rule or crosses.bounds({base: 1.0})[0] < EXACT:
        return
    # Also for who knows one respondent who is the exception: nine tenths of the others.
    if crosses.bounds({count: 1.0, base: -edge})[1] < 1 - edge + EXACT:
        yield Finding(row.name, f"surely {edge:.0%} or less of the group, for who knows one of them")
    if crosses.bounds({count: 1.0, base: edge - 1})[0] > edge - 1 - EXACT:
        yield Finding(row.name, f"surely {1 - edge:.0%} or more of the group, for who knows one of them")


def _the_other_way(attacked: AttackedRelease) -> Found:
    """Those who gave an answer, of whom nine of ten belong to one group of a sensitive variable."""
    crosses, share = attacked.crosses, attacked.rules.group_share
    seen: dict[Mixture, tuple[FigureRow, str]] = {}
    for table, row in attacked.now.rows():
        for name in (name for name, _ in row.group if _sensitive(attacked, name)):
            need_small(crosses)
            side = _side_by_side(table, row, name)
            for what, own in attacked.quantities(crosses, table, row).items():
                parts = {
                    part
                    for part in (attacked.quantities(crosses, table, one)[what] for one in side)
                    if all(answers for _, answers in crosses.by_questions(part))
                }
                if own not in parts or len(parts) == 1:
                    continue
                # Nine tenths of all of them less the group: under zero when the group is larger than it may be.
                room = tuple(sorted(((one, share - float(one == own)) for one in parts), key=str))
                seen.setdefault(room, (row, name))
    for room in _not_reached(crosses, list(seen), share + _SOME_ROOM):
        row, name = seen[room]
        # Nine tenths of all but the one that the reader knows.
        sure = crosses.bounds(dict(room))[1] < share + EXACT
        if sure and crosses.bounds({one: 1.0 for one, _ in room})[0] > EXACT:
            yield Finding(row.name, f"surely {share:.0%} or more of those who say this have this {name}")


def _side_by_side(table: FigureTable, row: FigureRow, name: str) -> list[FigureRow]:
    """The rows of a table that differ from this one in the group of this variable only."""
    rest = [part for part in row.group if part[0] != name]
    return [one for one in table.rows if one.code == row.code and [p for p in one.group if p[0] != name] == rest]


def _sensitive(attacked: AttackedRelease, name: str) -> bool:
    return attacked.now.variables.get(name, {}).get("privacy") in attacked.rules.sensitive_classes


def _computed_means(attacked: AttackedRelease, means: set[str]) -> Found:
    if attacked.silent:
        need_small(attacked.crosses)
        for row, quantity, high in attacked.small:
            if row.table in means:
                yield Finding(row.name, f"a mean of {high:.0f} answers at most ({quantity})")


def small_mean(attacked: AttackedRelease) -> Found:
    """15: a mean of few answers, by what can be computed or by its class of base."""
    means = {table.id for table in attacked.now.tables if table.kind == "mean"}
    if not means:
        raise AbsentError("No table holds a mean.")
    yield from _computed_means(attacked, means)
    for row in (row for table, row in attacked.now.rows() if table.id in means):
        base = row.base() or (0.0, 0.0)
        if math.isfinite(row.number("estimate")) and base[0] < attacked.rules.least_base:
            yield Finding(row.name, "a mean without a base that is large enough")
    for table, row in attacked.now.rows():
        if table.id in means and math.isfinite(row.number("estimate")):
            yield from _mean_of_all_the_same(attacked, table, row)


# Half an interval of 95% in standard errors, at the least.
_HALF = 1.96


def _mean_of_all_the_same(attacked: AttackedRelease, table: FigureTable, row: FigureRow) -> Found:
    """A mean whose interval leaves no spread, or of whole numbers so little that nearly all gave the nearest one."""
    low, middle, high = (row.number(name) for name in ("ci_low", "estimate", "ci_high"))
    if low == middle == high:
        yield Finding(row.name, "a mean without spread: everyone answered the same")
        return
    kind, base = attacked.now.variables.get(table.of, {}).get("kind"), row.base()
    if kind not in ("count", "ordinal", "nominal") or base is None or not _sensitive(attacked, table.of):
        return
    off = abs(middle - round(middle)) + step_of(row, attacked.rules, share=False) / 2
    most = (max(high - middle, middle - low) / _HALF) ** 2 * base[1] + off**2
    if most <= 1 - attacked.rules.group_share:
        yield Finding(row.name, f"a mean that {attacked.rules.group_share:.0%} of the group surely gave")
