"""Secondary protection (R6): which counts the tables of one call share, and which rows must go for a secret to hold."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure.drafts import Cell, Draft, is_multiple, is_sensitive
from stagekansen_lib.disclosure.intervals import EVERY, Counts, Demand, Key, Secret
from stagekansen_lib.disclosure.optimal import Bounds, Suppression, hide_cheapest
from stagekansen_lib.disclosure.reasons import Reason
from stagekansen_lib.disclosure.rules import RuleSet, read_required_variables
from stagekansen_lib.surveys.codebooks import Codebook

if TYPE_CHECKING:
    from stagekansen_lib.estimation.tables import EstimateTable

__all__ = ["hide_nested", "hide_secondary"]


# What hides a second mean of a line: told apart from other reasons, because it asks for a partner of its own.
_SECOND_MEAN = Reason("R5", "partner")


def hide_nested(drafts: list[Draft], rules: RuleSet) -> None:
    """Two readings of one question ("yes", "yes or not sure") give the answers between them away: check those too."""
    shares = [draft for draft in drafts if draft.result.statistic == "share"]
    for first, second in itertools.permutations(shares, 2):
        if first.result.of == second.result.of or tuple(first.result.by) != tuple(second.result.by):
            continue
        why = Reason("R6", "difference", {"first": first.id, "second": second.id})
        second_is_later = drafts.index(second) > drafts.index(first)
        for inner, outer in _nested_rows(first, second):
            if _is_too_little(outer.count - inner.count, outer.n, second, rules):
                (outer if second_is_later else inner).hide(why, ["count"])


def _nested_rows(first: Draft, second: Draft) -> Iterator[tuple[Cell, Cell]]:
    """Rows of two tables, both shown so far, of which the answers of the first are a part of those of the second."""
    for inner, outer in itertools.product(first.cells, second.cells):
        if inner.group != outer.group or not inner.shown or not outer.shown:
            continue
        if _is_part_of(first.result, inner.code, second.result, outer.code):
            yield inner, outer


def _is_too_little(between: float, n: float, draft: Draft, rules: RuleSet) -> bool:
    """Whether so many answers of ``n`` are too few to be known, or too small a part when they are sensitive."""
    if between < rules.least_count:
        return True
    sensitive = is_sensitive(draft.result.codebook, draft.result.of, rules)
    return sensitive and between <= (1 - rules.group_share) * n


def _is_part_of(inner: EstimateTable, code: Any, outer: EstimateTable, other: Any) -> bool:
    """Whether one derived answer stands for a part of the source answers of the other, made from the same question."""
    if inner.of not in inner.codebook or outer.of not in outer.codebook:
        return False
    part, whole = (
        _source_answers(inner.codebook, inner.of, code),
        _source_answers(outer.codebook, outer.of, other),
    )
    return part is not None and whole is not None and part[0] == whole[0] and part[1] <= whole[1]


def _source_answers(codebook: Codebook, name: str, code: Any) -> tuple[str, frozenset[Any]] | None:
    variable = codebook[name]
    if not variable.derived_from:
        return name, frozenset({code})
    if len(variable.derived_from) != 1 or variable.derived_from[0] not in codebook:
        return None
    parent = codebook[variable.derived_from[0]]
    values = next((one.values for one in variable.codes if one.code == code), None)
    if values is None or not parent.valid_codes:
        return None
    return parent.name, frozenset(answer for answer in parent.valid_codes if answer in values)


def hide_secondary(drafts: list[Draft], rules: RuleSet) -> Suppression:
    """Hide the rows that protect secret counts, at the least cost over all tables together; says what that took."""
    numbered = [(draft, cell) for draft in drafts for cell in draft.cells]
    counts = _counts(drafts, numbered, rules)
    secrets, cost, shown = list[Secret](), dict[int, float](), set[int]()
    for number, (draft, cell) in enumerate(numbered):
        secrets += _secrets(number, draft, cell)
        cost[number] = _cost(draft, cell, rules)
        if cell.shown:
            shown.add(number)
    demand = Demand(rules.protected_upper, rules.protected_absolute, rules.protected_relative)
    bounds = Bounds(rules.most_rounds, rules.most_nodes, rules.most_seconds)
    chosen = hide_cheapest(counts, secrets, shown, cost, demand, bounds)
    for number, secret in chosen.hidden.items():
        numbered[number][1].hide(Reason("R6", "partner", {"table": numbered[secret.row][0].id}))
    for draft in drafts:
        if draft.result.statistic != "share":
            _hide_second_magnitude(draft)
    return chosen


def _counts(drafts: list[Draft], numbered: list[tuple[Draft, Cell]], rules: RuleSet) -> Counts:
    """Everything that the rows speak of, what each gives away, and the sums between them."""
    counts = Counts()
    for number, (draft, cell) in enumerate(numbered):
        _add_counts(counts, number, draft, cell)
        if cell.impossible:
            counts.bounds[_count_key(draft, cell)] = (0.0, 0.0)
        elif cell.told:
            edge = (1 - rules.group_share) * cell.n
            low, high = (0.0, edge) if cell.estimate < 0.5 else (cell.n - edge, cell.n)
            counts.bounds[_count_key(draft, cell)] = (min(low, cell.count), max(high, cell.count))
    for draft in drafts:
        _add_links(counts, draft)
    counts.complete()
    return counts


def _cost(draft: Draft, cell: Cell, rules: RuleSet) -> float:
    """What hiding a row costs, in points: for the row, for the answers it rests on, and for what readers need most."""
    required = {draft.result.of, *draft.result.by} <= set(read_required_variables(draft.result.codebook.name))
    extra = (rules.cost_required if required else 0.0) + (0.0 if draft.result.by else rules.cost_everyone)
    return rules.cost_cell + rules.cost_answer * cell.n + extra


def _add_counts(counts: Counts, number: int, draft: Draft, cell: Cell) -> None:
    base = _base_key(draft, cell)
    counts.values.setdefault(base, cell.n)
    if draft.result.statistic != "share":
        counts.exposed[number] = (base,)
        return
    count, complement = _count_key(draft, cell), _complement_key(draft, cell)
    counts.values.setdefault(count, cell.count)
    counts.values.setdefault(complement, cell.n - cell.count)
    counts.add_sum(base, (count, complement))
    # A row told as a class gives its base away, not its count; bounds say what the class gives.
    counts.exposed[number] = (base,) if cell.told else (base, count)


def _secrets(number: int, draft: Draft, cell: Cell) -> Iterator[Secret]:
    counts = {
        "base": (_base_key, cell.n),
        "count": (_count_key, cell.count),
        "complement": (_complement_key, cell.n - cell.count),
    }
    # A secret sum is no count; _hide_second_magnitude takes care of it.
    for name in sorted(cell.secrets - {"sum"}):
        make, value = counts[name]
        yield Secret(number, make(draft, cell), value)


def _add_links(counts: Counts, draft: Draft) -> None:
    """The sums that a reader can make: over the answers of one group, over groups, and over the outcome."""
    exclusive = draft.is_distribution and not is_multiple(draft.result)
    for cell in draft.cells:
        base = _base_key(draft, cell)
        if exclusive:
            same = [one for one in draft.cells if one.group == cell.group]
            counts.add_sum(base, (_count_key(draft, one) for one in same))
        # All answers to the outcome in a group are the group itself, when a table tells its size.
        group = frozenset(zip(draft.result.by, cell.group, strict=True))
        if group and group in counts.values:
            counts.add_sum(group, (base,))
        for at in range(len(draft.result.by)):
            _add_sums_over_groups(counts, draft, cell, at)


def _add_sums_over_groups(counts: Counts, draft: Draft, cell: Cell, at: int) -> None:
    """The rows that differ from this one in one variable of the groups only add up to all of its answers."""
    name = draft.result.by[at]
    same = [one for one in _line(draft, cell, at) if one.code == cell.code]
    makers = [_base_key, _count_key, _complement_key] if draft.result.statistic == "share" else [_base_key]
    for make in makers:
        total = frozenset(part for part in make(draft, cell) if part[0] != name)
        counts.add_sum(total, (make(draft, one) for one in same))


def _line(draft: Draft, cell: Cell, at: int) -> list[Cell]:
    """The cells whose group differs from that of this one in one place at most."""
    rest = cell.group[:at] + cell.group[at + 1 :]
    return [one for one in draft.cells if one.group[:at] + one.group[at + 1 :] == rest]


def _outcome(draft: Draft, code: Any) -> str:
    return f"{draft.result.of}[{code}]" if is_multiple(draft.result) else draft.result.of


def _base_key(draft: Draft, cell: Cell) -> Key:
    return frozenset({(draft.result.of, EVERY), *zip(draft.result.by, cell.group, strict=True)})


def _count_key(draft: Draft, cell: Cell) -> Key:
    return frozenset({(_outcome(draft, cell.code), cell.code), *zip(draft.result.by, cell.group, strict=True)})


def _complement_key(draft: Draft, cell: Cell) -> Key:
    """All answers but this one; of a two-valued outcome that is the other answer, under its own name."""
    result, other = draft.result, ("not", cell.code)
    answer: Any = other
    if result.of in result.codebook and not is_multiple(result):
        rest = [code for code in result.codebook[result.of].valid_codes if code != cell.code]
        answer = rest[0] if len(rest) == 1 else other
    return frozenset({(_outcome(draft, cell.code), answer), *zip(result.by, cell.group, strict=True)})


def _hide_second_magnitude(draft: Draft) -> None:
    """A single secret mean follows from the others and the mean of all: hide a second one in each line of groups."""
    places, again = range(len(draft.result.by)), True
    while again:
        hidden = [_hide_second_in_line(draft, cell, at) for at in places for cell in _secret_means(draft)]
        again = any(hidden)


def _secret_means(draft: Draft) -> list[Cell]:
    return [one for one in draft.cells if one.secrets or _SECOND_MEAN in one.reasons]


def _hide_second_in_line(draft: Draft, cell: Cell, at: int) -> bool:
    """Hide the smallest of the others where this cell is the only one hidden; whether that was so."""
    line = _line(draft, cell, at)
    shown = [one for one in line if one.shown]
    alone = len(shown) == len(line) - 1 and bool(shown)
    if alone:
        min(shown, key=lambda one: one.n).hide(_SECOND_MEAN)
    return alone
