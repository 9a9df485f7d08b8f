"""Secondary protection (R6): which counts the tables of one call share, and which rows must go for a secret to hold."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from stagekansen_lib.disclosure.drafts import EXACT, Cell, Draft, is_multiple, is_sensitive, line_of
from stagekansen_lib.disclosure.intervals import EVERY, Counts, Demand, Key, Secret, key_order
from stagekansen_lib.disclosure.nested import Naming, add_nested_sums, fill_unknown, naming_of
from stagekansen_lib.disclosure.observed import with_observed
from stagekansen_lib.disclosure.optimal import Bounds, Suppression, hide_cheapest
from stagekansen_lib.disclosure.reasons import Reason
from stagekansen_lib.disclosure.rules import RuleSet, read_required_variables

__all__ = ["hide_secondary", "mark_impossible"]


# What hides a second mean of a line: told apart from other reasons, because it asks for a partner of its own.
_SECOND_MEAN = Reason("R5", "partner")


def hide_secondary(drafts: list[Draft], rules: RuleSet) -> Suppression:
    """Hide the rows that protect secret counts, at the least cost over all tables together; says what that took."""
    numbered = [(draft, cell) for draft in drafts for cell in draft.cells]
    naming = _with_observed(naming_of_drafts(drafts), drafts)
    counts = named(_counts(drafts, numbered), naming)
    counts.bounds |= {key: (0.0, 0.0) for key in counts.values if naming.is_impossible(key)}
    secrets, cost, shown = list[Secret](), dict[int, float](), set[int]()
    for number, (draft, cell) in enumerate(numbered):
        secrets += _secrets(number, draft, cell, naming, rules)
        cost[number] = _cost(draft, cell, rules)
        if cell.shown:
            shown.add(number)
    apart = answers_between(counts, numbered, {one.key for one in secrets}, rules)
    secrets += [*apart, *sure_shares(counts, numbered, naming, rules)]
    add_sums_of_means(counts, numbered, naming)
    _add_classes(counts, numbered, naming, rules)
    demand = _demand(rules)
    bounds = Bounds(rules.most_rounds, rules.most_nodes, rules.most_seconds)
    chosen = hide_cheapest(counts, secrets, shown, cost, demand, bounds)
    for number, secret in chosen.hidden.items():
        numbered[number][1].hide(_why_hidden(numbered[secret.row][0], apart.get(secret)))
    for draft in drafts:
        if draft.result.statistic != "share":
            _hide_second_magnitude(draft)
    return chosen


# A reader may know the answers of one respondent, such as their own, and take them off what is shown.
_KNOWN = 1


def _demand(rules: RuleSet) -> Demand:
    """The interval that must remain, also for someone who knows the answers of one respondent."""
    upper = rules.protected_upper + _KNOWN if rules.protected_upper else 0.0
    return Demand(upper, rules.protected_absolute, rules.protected_relative)


def add_sums_of_means(counts: Counts, numbered: Sequence[tuple[Draft, Cell]], naming: Naming) -> None:
    """What a mean of answers that are numbers gives away: the sum over the counts of each, where tables count them."""
    for number, (draft, cell) in enumerate(numbered):
        result = draft.result
        if result.statistic == "share" or result.of not in result.codebook:
            continue
        codes = [one for one in result.codebook[result.of].valid_codes if isinstance(one, int)]
        group = list(zip(result.by, cell.group, strict=True))
        parts = {naming.key([(result.of, code), *group]): float(code) for code in codes}
        if parts and parts.keys() <= counts.values.keys():
            whole: Key = frozenset({("sum", (number, 0))})
            counts.mixtures[whole] = parts
            counts.values[whole] = math.fsum(code * counts.values[key] for key, code in parts.items())
            far = 10 * max(counts.values.values())
            counts.bounds[whole] = (-far, far)
            counts.exposed[number] = (*counts.exposed[number], whole)


def _why_hidden(other: Draft, pair: tuple[str, str] | None) -> Reason:
    if pair is not None:
        return Reason("R6", "difference", {"first": pair[0], "second": pair[1]})
    return Reason("R6", "partner", {"table": other.id})


def naming_of_drafts(drafts: Sequence[Draft]) -> Naming:
    """How the counts of these tables are named: by the questions that their variables are made from (R14)."""
    used: list[tuple[str, Any]] = []
    for draft in drafts:
        result = draft.result
        codes = {cell.code for cell in draft.cells} if is_multiple(result) else {None}
        used += [(result.of, code) for code in codes] + [(name, None) for name in result.by]
    # Tables of one call are of one survey, and so of one codebook.
    return naming_of(drafts[0].result.codebook, used) if drafts else Naming()


def _with_observed(naming: Naming, drafts: Sequence[Draft]) -> Naming:
    """The same, with groupings as one system that lie inside each other though no rule says so."""
    encoded = {
        name: one
        for draft in drafts
        for name, one in draft.result.behind.encoded.items()
        if name in draft.result.codebook and draft.result.codebook[name].kind != "multiple"
    }
    return replace(naming, nestings=with_observed(naming.nestings, encoded))


def mark_impossible(drafts: Sequence[Draft]) -> None:
    """Rows about answers that nobody can give together, by the rules that variables are made with: no secret zeros.

    Where such rules leave one answer to a group, its row tells nothing: it is hidden, and is no secret either.
    """
    naming = naming_of_drafts(drafts)
    for draft in drafts:
        for cell in draft.cells:
            if naming.is_impossible(naming.key(count_key(draft, cell))) and not cell.n * cell.count > 0:
                cell.impossible = True
            elif draft.result.statistic == "share" and naming.is_impossible(naming.key(complement_key(draft, cell))):
                cell.certain = cell.count == cell.n


def _counts(drafts: list[Draft], numbered: list[tuple[Draft, Cell]]) -> Counts:
    """Everything that the rows speak of, what each gives away, and the sums between them."""
    counts = Counts()
    for number, (draft, cell) in enumerate(numbered):
        _add_counts(counts, number, draft, cell)
        if cell.impossible:
            counts.bounds[count_key(draft, cell)] = (0.0, 0.0)
    for draft in drafts:
        _add_links(counts, draft)
    return counts


def _add_classes(counts: Counts, numbered: Sequence[tuple[Draft, Cell]], naming: Naming, rules: RuleSet) -> None:
    """What a row that is told as a class gives away, until it is hidden too: no deviation from what lies in it."""
    largest = max(counts.values.values(), default=0.0)
    for number, (draft, cell) in enumerate(numbered):
        if not cell.told or cell.impossible:
            continue
        edge = (1 - rules.group_share) * cell.n
        low, high = (0.0, edge) if cell.estimate < 0.5 else (cell.n - edge, cell.n)
        count = naming.key(count_key(draft, cell))
        inside, outside = (frozenset({(name, (number, 0))}) for name in ("inside", "outside"))
        counts.values |= {inside: cell.count, outside: 0.0}
        counts.bounds |= {inside: (min(low, cell.count), max(high, cell.count)), outside: (-largest, largest)}
        counts.mixtures[outside] = {count: 1.0, inside: -1.0}
        counts.exposed[number] = (*counts.exposed[number], outside)


def named(counts: Counts, naming: Naming) -> Counts:
    """The counts under the names that groupings made from each other share, and all sums between them (R14)."""
    own = Counts()
    for key, value in counts.values.items():
        own.values.setdefault(naming.key(key), value)
    for row, keys in counts.exposed.items():
        own.exposed[row] = tuple(dict.fromkeys(naming.key(key) for key in keys))
    for key, ends in counts.bounds.items():
        own.bounds.setdefault(naming.key(key), ends)
    for total, parts in counts.sums:
        whole, made_of = naming.key(total), frozenset(naming.key(part) for part in parts)
        if made_of != {whole}:
            own.add_sum(whole, made_of)
    own.complete()
    add_nested_sums(own)
    fill_unknown(own)
    return own


def answers_between(
    counts: Counts, numbered: Sequence[tuple[Draft, Cell]], secret: set[Key], rules: RuleSet
) -> dict[Secret, tuple[str, str]]:
    """Counts between two readings of one question ("yes", "yes or not sure") that nobody may know, and their tables.

    Those between two hidden rows as well: everyone less the other groups gives them, though neither row is known.
    """
    givers: dict[Key, int] = {}
    for row in sorted(counts.exposed):
        for key in counts.exposed[row]:
            givers.setdefault(key, row)
    by_rest: dict[tuple[str, Key], list[tuple[set[int], Key]]] = {}
    for key in givers:
        for name, ways in key:
            if name.isdigit():
                by_rest.setdefault((name, key - {(name, ways)}), []).append((set(ways), key))
    found = {}
    for (name, rest), sets in by_rest.items():
        for (less, inner), (more, outer) in itertools.permutations(sets, 2):
            between = rest | {(name, tuple(sorted(more - less)))}
            if less < more and between not in secret:
                row = max(givers[inner], givers[outer])
                value, (draft, cell) = counts.values[outer] - counts.values[inner], numbered[givers[outer]]
                if ends := _ends_between(value, draft, cell, rules):
                    counts.values.setdefault(between, value)
                    counts.add_sum(outer, (inner, between))
                    pair = numbered[givers[inner]][0].id, draft.id
                    found[Secret(row, between, value, ends)] = pair
    return found


def _ends_between(value: float, draft: Draft, cell: Cell, rules: RuleSet) -> tuple[tuple[float, float], ...]:
    """How far from the truth a reader must stay; nothing when so many, or so large a part of sensitive ones, may be
    known."""
    demand, edge = _demand(rules), 1 - rules.group_share
    least = demand.upper if value < rules.least_count else 0.0
    if is_sensitive(draft.result.codebook, draft.result.of, rules) and value <= edge * cell.n + EXACT:
        least = max(least, edge * cell.n + edge)
    return ((1.0, least - value), (-1.0, value - demand.lowest(value))) if least else ()


def sure_shares(
    counts: Counts, numbered: Sequence[tuple[Draft, Cell]], naming: Naming, rules: RuleSet
) -> Iterator[Secret]:
    """Groups of whom a reader must not be sure that nearly all gave one sensitive answer (R15), also computed."""
    seen = set[Any]()
    for number, (draft, cell) in enumerate(numbered):
        for at, name in enumerate(draft.result.by):
            if is_sensitive(draft.result.codebook, name, rules):
                line = [one for one in line_of(draft, cell, at) if one.code == cell.code]
                for make, value in _makers(draft):
                    parts = {naming.key(make(draft, one)): value(one) for one in line}
                    own = naming.key(make(draft, cell))
                    parts = {key: value for key, value in parts.items() if not naming.is_impossible(key)}
                    place = own, frozenset(parts)
                    # Where the questionnaire leaves one group to those who gave an answer, everyone knows it.
                    if own in parts and len(parts) > 1 and place not in seen:
                        seen.add(place)
                        yield from _sure_share(counts, number, own, parts, rules)


def _sure_share(
    counts: Counts, row: int, own: Key, parts: Mapping[Key, tuple[float, float]], rules: RuleSet
) -> Iterator[Secret]:
    """The secret that one part is so large a share of all, when it is: by the answers or by weighted figures."""
    over = [
        parts[own][way] - rules.group_share * math.fsum(one[way] for one in parts.values())
        for way in (0, 1)
        if math.fsum(one[way] for one in parts.values()) > 0
    ]
    farthest = max((one for one in over if math.isfinite(one)), default=-math.inf)
    # Nine tenths of all but one, for someone who knows the one that is no part.
    if farthest < -rules.group_share * _KNOWN - EXACT:
        return
    excess: Key = frozenset({("excess", (row, len(counts.mixtures)))})
    counts.mixtures[excess] = {
        part: (1.0 if part == own else 0.0) - rules.group_share for part in sorted(parts, key=key_order)
    }
    counts.values[excess] = 0.0
    far = 10 * max(counts.values.values())
    counts.bounds[excess] = (-far, far)
    # Not sure by a tenth of an answer: counts times nine tenths move in such steps.
    yield Secret(row, excess, 0.0, ((-1.0, farthest + rules.group_share * _KNOWN + 0.1),))


_Values = Callable[[Cell], tuple[float, float]]


def _makers(draft: Draft) -> list[tuple[Callable[[Draft, Cell], Key], _Values]]:
    """The counts that a row speaks of, and how large each is: in answers, and as the weighted figures tell it."""
    makers: list[tuple[Callable[[Draft, Cell], Key], _Values]] = [(base_key, lambda cell: (cell.n, cell.n))]
    if draft.result.statistic == "share":
        makers.append((count_key, lambda cell: (cell.count, _weighted(cell))))
        makers.append((complement_key, lambda cell: (cell.n - cell.count, cell.n - _weighted(cell))))
    return makers


def _weighted(cell: Cell) -> float:
    """The answers that a reader takes a weighted share for."""
    return cell.n * cell.estimate if math.isfinite(cell.estimate) else cell.count


def _cost(draft: Draft, cell: Cell, rules: RuleSet) -> float:
    """What hiding a row costs, in points: for the row, for the answers it rests on, and for what readers need most."""
    required = {draft.result.of, *draft.result.by} <= set(read_required_variables(draft.result.codebook.name))
    extra = (rules.cost_required if required else 0.0) + (0.0 if draft.result.by else rules.cost_everyone)
    return rules.cost_cell + rules.cost_answer * cell.n + extra


def _add_counts(counts: Counts, number: int, draft: Draft, cell: Cell) -> None:
    base = base_key(draft, cell)
    counts.values.setdefault(base, cell.n)
    if draft.result.statistic != "share":
        counts.exposed[number] = (base,)
        return
    count, complement = count_key(draft, cell), complement_key(draft, cell)
    counts.values.setdefault(count, cell.count)
    counts.values.setdefault(complement, cell.n - cell.count)
    counts.add_sum(base, (count, complement))
    # A row told as a class gives its base away, not its count; _add_classes says what the class gives.
    counts.exposed[number] = (base,) if cell.told else (base, count)


def _secrets(number: int, draft: Draft, cell: Cell, naming: Naming, rules: RuleSet) -> Iterator[Secret]:
    counts = {
        "base": (base_key, cell.n),
        "count": (count_key, cell.count),
        "complement": (complement_key, cell.n - cell.count),
    }
    # A secret sum is no count; _hide_second_magnitude takes care of it.
    for name in sorted(cell.secrets - {"sum"}):
        make, value = counts[name]
        key = naming.key(make(draft, cell))
        if not naming.is_impossible(key):
            yield Secret(number, key, value, _ends_in_class(cell, value, rules) if cell.told else ())


def _ends_in_class(cell: Cell, value: float, rules: RuleSet) -> tuple[tuple[float, float], ...]:
    """The interval that must remain of a count that is told as a class: what R6 asks, as far as the class goes."""
    demand = _demand(rules)
    most = min(demand.upper, (1 - rules.group_share) * cell.n)
    return (1.0, most - value), (-1.0, value - demand.lowest(value))


def _add_links(counts: Counts, draft: Draft) -> None:
    """The sums that a reader can make: over the answers of one group, over groups, and over the outcome."""
    exclusive = draft.is_distribution and not is_multiple(draft.result)
    for cell in draft.cells:
        base = base_key(draft, cell)
        if exclusive:
            same = [one for one in draft.cells if one.group == cell.group]
            counts.add_sum(base, (count_key(draft, one) for one in same))
        # All answers to the outcome in a group are the group itself, when a table tells its size.
        group = frozenset(zip(draft.result.by, cell.group, strict=True))
        if group and group in counts.values:
            counts.add_sum(group, (base,))
        for at in range(len(draft.result.by)):
            _add_sums_over_groups(counts, draft, cell, at)


def _add_sums_over_groups(counts: Counts, draft: Draft, cell: Cell, at: int) -> None:
    """The rows that differ from this one in one variable of the groups only add up to all of its answers."""
    name = draft.result.by[at]
    same = [one for one in line_of(draft, cell, at) if one.code == cell.code]
    makers = [base_key, count_key, complement_key] if draft.result.statistic == "share" else [base_key]
    for make in makers:
        total = frozenset(part for part in make(draft, cell) if part[0] != name)
        counts.add_sum(total, (make(draft, one) for one in same))


def _outcome(draft: Draft, code: Any) -> str:
    return f"{draft.result.of}[{code}]" if is_multiple(draft.result) else draft.result.of


def base_key(draft: Draft, cell: Cell) -> Key:
    return frozenset({(draft.result.of, EVERY), *zip(draft.result.by, cell.group, strict=True)})


def count_key(draft: Draft, cell: Cell) -> Key:
    return frozenset({(_outcome(draft, cell.code), cell.code), *zip(draft.result.by, cell.group, strict=True)})


def complement_key(draft: Draft, cell: Cell) -> Key:
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
    line = line_of(draft, cell, at)
    shown = [one for one in line if one.shown]
    alone = len(shown) == len(line) - 1 and bool(shown)
    if alone:
        min(shown, key=lambda one: one.n).hide(_SECOND_MEAN)
    return alone
