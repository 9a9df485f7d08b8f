"""Whether a codebook is whole and agrees with itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from stagekansen_lib.errors import Problem, did_you_mean
from stagekansen_lib.surveys.codebooks import CODED, IDENTIFIER_KINDS, NUMERIC, Code, Codebook, ValueSet, Variable

__all__ = ["check_codebook"]


def check_codebook(codebook: Codebook) -> tuple[Problem, ...]:
    """Everything in a codebook that contradicts itself; empty when it can be used.

    Looked at: texts in two languages, codes present and given once, a missing code of a count that could be a
    real count, conditions that name unknown or later variables, derived variables that leave a code of their
    source out or claim it twice, special questions without consent, at most one key and one origin column.

    Examples
    --------
    >>> from stagekansen_lib.surveys.codebook_files import read_codebook
    >>> check_codebook(read_codebook("baseline"))
    ()
    """
    problems: list[Problem] = []
    seen: set[str] = set()
    for variable in codebook.variables.values():
        for check in (_check_texts, _check_codes, _check_gate):
            problems.extend(check(variable))
        problems.extend(_check_routing(variable, codebook, seen))
        problems.extend(_check_consent(variable, codebook))
        problems.extend(_check_derived(variable, codebook, seen))
        seen.add(variable.name)
    problems.extend(_check_rules(codebook))
    problems.extend(_check_roles(codebook))
    return tuple(problems)


def _check_routing(variable: Variable, codebook: Codebook, seen: set[str]) -> Iterator[Problem]:
    for condition in variable.only_if:
        if condition.variable not in seen:
            yield Problem(
                f"The routing of '{variable.name}' looks at '{condition.variable}', which does not come before it.",
                f"codebook '{codebook.name}'",
                did_you_mean(condition.variable, sorted(seen)),
            )


def _check_rules(codebook: Codebook) -> Iterator[Problem]:
    for check in codebook.checks:
        for condition in (*check.when, *check.then):
            if condition.variable not in codebook:
                yield Problem(
                    f"Check '{check.rule}' looks at '{condition.variable}', which is not in it.",
                    f"codebook '{codebook.name}'",
                    did_you_mean(condition.variable, list(codebook)),
                )


def _check_roles(codebook: Codebook) -> Iterator[Problem]:
    for role in ("respondent", "origin"):
        holders = [variable.name for variable in codebook.variables.values() if variable.role == role]
        if len(holders) > 1:
            yield Problem(f"Role '{role}' is given to {len(holders)} variables: {', '.join(holders)}.")


def _where(variable: Variable) -> str:
    return f"variable '{variable.name}'"


def _check_texts(variable: Variable) -> Iterator[Problem]:
    if not variable.label_nl or not variable.label_en:
        yield Problem("A label is missing.", _where(variable), "Give label_nl and label_en.")
    if variable.kind != "multiple" and (variable.ticked or variable.not_ticked or variable.nothing_ticked):
        yield Problem("Only several answers have ticks.", _where(variable), "Empty the columns about ticks.")
    if both := sorted(set(variable.ticked) & set(variable.not_ticked)):
        yield Problem(f"'{both[0]}' stands in 'ticked' and in 'not_ticked'.", _where(variable), "Keep one of the two.")
    if variable.kind in CODED and not variable.valid_codes:
        yield Problem(f"Kind '{variable.kind}' needs codes, and there are none.", _where(variable))


def _check_codes(variable: Variable) -> Iterator[Problem]:
    numbers = [code.code for code in variable.codes]
    for number in sorted({str(number) for number in numbers if numbers.count(number) > 1}):
        yield Problem(f"Code {number} stands here twice.", _where(variable))
    for code in variable.codes:
        yield from _check_code(code, variable)


def _check_code(code: Code, variable: Variable) -> Iterator[Problem]:
    if not code.label_nl or not code.label_en:
        yield Problem(f"Code {code.code} has no label.", _where(variable), "Give label_nl and label_en.")
    if code.missing and variable.kind in NUMERIC and _within(code.code, variable):
        yield Problem(
            f"Missing code {code.code} could also be a real answer.",
            _where(variable),
            "Take a code below the minimum or above the maximum.",
        )
    if not code.missing and variable.kind not in CODED:
        yield Problem(f"Code {code.code} is an answer, but kind '{variable.kind}' has no codes.", _where(variable))


def _check_gate(variable: Variable) -> Iterator[Problem]:
    """What the privacy gate is told, and which answers let a row in."""
    where = _where(variable)
    for word in variable.gate:
        if word not in ("drop", *IDENTIFIER_KINDS) or (word == "drop" and len(variable.gate) > 1):
            yield Problem(
                f"'{word}' is not possible in 'gate'.", where, did_you_mean(word, ("drop", *IDENTIFIER_KINDS))
            )
    if variable.gate and variable.gate != ("drop",) and not variable.note:
        yield Problem("'gate' allows what points at a person, and gives no reason.", where, "Say why in 'note'.")
    for accepted in variable.accept:
        if accepted not in variable.valid_codes:
            yield Problem(f"'accept' names code {accepted}, which is not a valid code.", where)


def _check_consent(variable: Variable, codebook: Codebook) -> Iterator[Problem]:
    """A special answer needs its own consent, once the questionnaire asks for it at all."""

    def asks_consent(one: Variable) -> bool:
        named = [codebook.variables.get(condition.variable) for condition in one.only_if]
        return any(source is not None and source.privacy == "consent" for source in named)

    if variable.privacy != "special" or variable.derived_from or asks_consent(variable):
        return
    if any(asks_consent(one) for one in codebook.variables.values()):
        yield Problem(
            f"'{variable.name}' is special (GDPR art. 9) and is read without consent to special questions.",
            f"codebook '{codebook.name}'",
            "Add the consent to 'only_if', as other special questions have.",
        )


def _check_derived(variable: Variable, codebook: Codebook, seen: set[str]) -> Iterator[Problem]:
    where = _where(variable)
    if not variable.derived_from:
        if any(code.values or code.when for code in variable.codes):
            yield Problem("Codes have a rule, but 'derived_from' is empty.", where)
        return
    yield from _check_sources(variable, seen)
    if variable.kind not in CODED:
        yield Problem(f"A derived variable of kind '{variable.kind}' is not possible.", where)
    for code in variable.codes:
        yield from _check_rule(code, variable)
    source = codebook.variables.get(variable.derived_from[0])
    if source is not None:
        yield from _check_taken_up(variable, source)


def _check_sources(variable: Variable, seen: set[str]) -> Iterator[Problem]:
    for name in variable.derived_from:
        if name not in seen:
            offer = did_you_mean(name, sorted(seen))
            yield Problem(f"Source '{name}' does not come before it.", _where(variable), offer)


def _check_rule(code: Code, variable: Variable) -> Iterator[Problem]:
    """Whether the rule of a derived code is there, and looks at sources of the variable."""
    if code.values is None and not code.when:
        yield Problem(f"Code {code.code} has no rule.", _where(variable), "Fill in the column 'values'.")
    if code.values is not None and len(variable.derived_from) > 1:
        yield Problem(f"The rule of code {code.code} does not say which source it means.", _where(variable))
    for condition in code.when:
        if condition.variable not in variable.derived_from:
            where = f"{_where(variable)}, code {code.code}"
            yield Problem(f"'{condition.variable}' is not in 'derived_from'.", where)


def _check_taken_up(variable: Variable, source: Variable) -> Iterator[Problem]:
    """Whether each code of the source goes to one code of the derived variable, where each of these names a set."""
    where = _where(variable)
    sets = [code.values for code in variable.codes if code.values is not None]
    if len(sets) < len(variable.codes):
        return
    if variable.kind == "multiple" and source.kind != "multiple":
        yield Problem(f"It is a multiple response, but its source '{source.name}' is not.", where)
    if source.kind in CODED and not any(values.rest for values in sets):
        yield from _check_times(variable, source, sets)


def _check_times(variable: Variable, source: Variable, sets: Sequence[ValueSet]) -> Iterator[Problem]:
    """Whether each code of the source stands in one set, or for several responses in at least one."""
    for wanted in source.valid_codes:
        times = sum(wanted in values for values in sets)
        if times == 0:
            yield Problem(f"No code takes up code {wanted} of '{source.name}'.", _where(variable))
        if times > 1 and source.kind != "multiple":
            yield Problem(f"{times} codes take up code {wanted} of '{source.name}'.", _where(variable))


def _within(code: int | str, variable: Variable) -> bool:
    low = -math.inf if variable.minimum is None else variable.minimum
    high = math.inf if variable.maximum is None else variable.maximum
    return isinstance(code, int) and low <= code <= high
