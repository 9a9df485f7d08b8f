"""Which answers go together because they are made from the same questions: known to whoever has the questionnaire."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.codebooks import Codebook, Condition, ValueSet, Variable

__all__ = ["Nesting", "find_nestings", "unit_of"]

# More ways to answer the questions behind a few variables than are written down.
_MOST_WAYS = 200_000
# A text that no rule of a codebook names.
_OTHER_TEXT = "\0"

# What a person answered: to a question one answer, or those ticked; None when nothing.
_World = Mapping[str, Any]


@dataclass(frozen=True)
class Nesting:
    """Variables made from the same questions, and each way in which one person can answer them together.

    Parameters
    ----------
    units : names of variables; of a question with more than one answer "name[code]" for each of its answers.
    ways : for each way the answer to each unit, 1 or 0 for an answer of several, None for none. No answer to any of
        them is a way as well, and comes last.
    """

    units: tuple[str, ...]
    ways: tuple[tuple[Any, ...], ...]

    def where(self, unit: str, *answers: Any) -> frozenset[int]:
        """The ways in which one of these answers is given to a unit; without answers: in which any is."""
        at = self.units.index(unit)
        return frozenset(
            place
            for place, way in enumerate(self.ways)
            if way[at] is not None and (not answers or way[at] in answers or str(way[at]) in answers)
        )


def unit_of(variable: str, code: Any = None) -> str:
    """The name of a variable, or of one of the answers of which several can be given."""
    return variable if code is None else f"{variable}[{code}]"


def find_nestings(book: Codebook, used: Iterable[tuple[str, Any]]) -> tuple[Nesting, ...]:
    """The variables among those used that are made from the same questions, by the rules of the codebook.

    Parameters
    ----------
    book : with the rules of derived variables, and the questions that they are made from.
    used : (variable, None), and (variable, code) for each answer of a question of which several can be given.

    Returns
    -------
    One Nesting for each set of two or more variables that are tied together; a variable stands in one at most.

    Raises
    ------
    InputError : the questions behind some variables can be answered in more ways than can be written down.

    Examples
    --------
    >>> from stagekansen_lib.surveys.codebook_files import read_codebook
    >>> nesting = find_nestings(read_codebook("baseline"), [("level", None), ("programme_type", None)])[0]
    >>> nesting.units, sorted(nesting.where("level", 2)) == sorted(nesting.where("programme_type", 5, 6, 7))
    (('level', 'programme_type'), True)
    """
    units = sorted({(name, code) for name, code in used if name in book}, key=lambda one: unit_of(*one))
    roots = {unit: frozenset(_roots(book, *unit)) for unit in units}
    found = []
    for part in _tied(roots):
        if len({name for name, _ in part}) > 1:
            found.append(_nesting(book, part, frozenset().union(*(roots[unit] for unit in part))))
    return tuple(found)


_Unit = tuple[str, Any]


def _tied(roots: Mapping[_Unit, frozenset[_Unit]]) -> list[list[_Unit]]:
    """Units in sets that share a question, directly or by way of others."""
    parts: list[tuple[set[_Unit], set[_Unit]]] = []
    for unit, asked in roots.items():
        touching = [part for part in parts if part[1] & asked]
        merged = ({unit}.union(*(part[0] for part in touching)), set(asked).union(*(part[1] for part in touching)))
        parts = [part for part in parts if part not in touching] + [merged]
    return [sorted(part, key=lambda one: unit_of(*one)) for part, _ in parts]


def _rules(variable: Variable, code: Any = None) -> Iterator[Condition]:
    """The conditions by which a derived variable, or one of its answers, is made."""
    for one in variable.codes:
        if code is None or one.code == code:
            yield from one.when
            if one.values is not None and variable.derived_from:
                yield Condition(variable.derived_from[0], one.values)


def _is_made(book: Codebook, variable: Variable) -> bool:
    return bool(variable.derived_from) and all(name in book for name in variable.derived_from)


def _roots(book: Codebook, name: str, code: Any) -> Iterator[_Unit]:
    """The questions, or answers to them, on which a unit rests."""
    variable = book[name]
    if not _is_made(book, variable):
        yield name, code
        return
    for rule in _rules(variable, code):
        if rule.variable in book:
            yield from _roots_of_rule(book, rule)


def _roots_of_rule(book: Codebook, rule: Condition) -> Iterator[_Unit]:
    source = book[rule.variable]
    if source.kind != "multiple":
        yield from _roots(book, source.name, None)
        return
    for answer in source.valid_codes:
        if answer in rule.values:
            yield from _roots(book, source.name, answer)


def _nesting(book: Codebook, part: Sequence[_Unit], roots: frozenset[_Unit]) -> Nesting:
    """All ways to answer what the units rest on, seen through the units."""
    names = [unit_of(*unit) for unit in part]
    asked = _asked(book, part)
    questions = sorted({name for name, _ in roots})
    sets = _sets_by_question(book, part)
    choices = {name: list(_choices(book[name], roots, sets.get(name, ()), set(part))) for name in questions}
    # Who was asked by a rule about other questions than these: both can be.
    choices |= {flag: [True, False] for flag in sorted(set(asked.values()) - {""})}
    if math.prod(len(one) for one in choices.values()) > _MOST_WAYS:
        raise InputError(
            Problem(
                f"{', '.join(names)} are made from questions that can be answered in too many ways to be looked at"
                " together.",
                do="Leave one of them out, or make it from fewer answers.",
            )
        )
    ways: dict[tuple[Any, ...], None] = {}
    for answers in itertools.product(*choices.values()):
        world = dict(zip(choices, answers, strict=True))
        ways[tuple(_seen(book, unit, world, asked) for unit in part)] = None
    nothing = (None,) * len(part)
    ways.pop(nothing, None)
    return Nesting(tuple(names), (*ways, nothing))


def _asked(book: Codebook, part: Sequence[_Unit]) -> dict[str, str]:
    """For each derived variable with a rule of who was asked, a name for that rule when it rests on other questions."""
    found = {}
    for name in _involved(book, part):
        variable = book[name]
        if _is_made(book, variable) and variable.only_if:
            own = {root for root, _ in _roots(book, name, None)}
            about = [_roots(book, one.variable, None) for one in variable.only_if if one.variable in book]
            inside = len(about) == len(variable.only_if) and {root for roots in about for root, _ in roots} <= own
            found[name] = "" if inside else f"asked: {variable.only_if}"
    return found


def _involved(book: Codebook, part: Sequence[_Unit]) -> list[str]:
    """The variables of the units, and those that they are made from."""
    found: dict[str, None] = {}
    waiting = [name for name, _ in part]
    while waiting:
        name = waiting.pop()
        if name in book and name not in found:
            found[name] = None
            if _is_made(book, book[name]):
                waiting += [rule.variable for rule in _rules(book[name])]
                waiting += book[name].derived_from
    return list(found)


def _sets_by_question(book: Codebook, part: Sequence[_Unit]) -> dict[str, list[ValueSet]]:
    """The sets of answers that rules ask about, for each variable."""
    found: dict[str, list[ValueSet]] = {}
    for name in _involved(book, part):
        for rule in (*_rules(book[name]), *book[name].only_if):
            found.setdefault(rule.variable, []).append(rule.values)
    return found


def _choices(variable: Variable, roots: frozenset[_Unit], sets: Sequence[ValueSet], used: set[_Unit]) -> Iterator[Any]:
    """The answers to a question, one of each sort that the rules treat alike; all sets of ticks; and no answer."""
    yield None
    if variable.kind != "multiple":
        whole = (variable.name, None) in used
        yield from _one_of_each(_answers(variable, sets), sets, lambda answer: answer if whole else None)
        return
    ticked = [code for code in variable.valid_codes if (variable.name, code) in roots]
    alike = _one_of_each(ticked, sets, lambda code: code if (variable.name, code) in used else None)
    for number in range(len(alike) + 1):
        yield from map(frozenset, itertools.combinations(alike, number))


def _one_of_each(answers: Sequence[Any], sets: Sequence[ValueSet], own: Any) -> list[Any]:
    sorts: dict[Any, Any] = {}
    for answer in answers:
        sorts.setdefault((own(answer), *(answer in one for one in sets)), answer)
    return list(sorts.values())


def _answers(variable: Variable, sets: Sequence[ValueSet]) -> list[Any]:
    """The answers in the codebook; of numbers and texts those at which a rule begins or ends."""
    if variable.valid_codes:
        return list(variable.valid_codes)
    points: dict[Any, None] = {_OTHER_TEXT: None}
    for one in sets:
        ends = [end for span in one.ranges for end in span if math.isfinite(end)]
        for value in (*ends, *sorted(one.exact, key=str)):
            near = (value - 1, value, value + 1) if isinstance(value, int | float) else (value,)
            points.update(dict.fromkeys(near))
    return list(points)


def _seen(book: Codebook, unit: _Unit, world: _World, asked: Mapping[str, str]) -> Any:
    name, code = unit
    answer = _answer(book, name, world, asked)
    return answer if code is None or answer is None else int(code in answer)


def _answer(book: Codebook, name: str, world: _World, asked: Mapping[str, str]) -> Any:
    """The answer to a variable of who answered so: a code, the codes ticked, or None."""
    variable = book[name]
    if not _is_made(book, variable):
        return world.get(name)
    flag = asked.get(name, "")
    if flag and not world[flag]:
        return None
    if name in asked and not flag and not all(_meets(book, one, world, asked) for one in variable.only_if):
        return None
    answered = all(_is_answered(book, source, world, asked) for source in variable.derived_from)
    fitting = [one for one in variable.codes if _fits(book, variable, one, world, asked)]
    if variable.kind == "multiple":
        return frozenset(one.code for one in fitting) if answered else None
    if not fitting and answered:
        fitting = [one for one in variable.codes if one.values is not None and one.values.rest]
    return fitting[0].code if fitting and not fitting[0].missing else None


def _is_answered(book: Codebook, name: str, world: _World, asked: Mapping[str, str]) -> bool:
    # A source that no rule looks at stands in no world; whether it is answered plays no part then.
    if not _is_made(book, book[name]) and name not in world:
        return True
    return _answer(book, name, world, asked) is not None


def _fits(book: Codebook, variable: Variable, code: Any, world: _World, asked: Mapping[str, str]) -> bool:
    if code.when:
        return all(_meets(book, one, world, asked) for one in code.when)
    if code.values is None or code.values.rest:
        return False
    return _meets(book, Condition(variable.derived_from[0], code.values), world, asked)


def _meets(book: Codebook, condition: Condition, world: _World, asked: Mapping[str, str]) -> bool:
    if condition.variable not in book:
        return False
    answer = _answer(book, condition.variable, world, asked)
    given = () if answer is None else answer if isinstance(answer, frozenset) else (answer,)
    return any(one in condition.values for one in given) != condition.negated
