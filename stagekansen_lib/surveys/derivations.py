"""How variables are made from the questions of a survey, as plain entries that travel with a release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stagekansen_lib.surveys.codebook_files import (
    conditions_text,
    read_conditions,
    read_value_set,
    value_set_text,
)
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable

__all__ = ["codebook_of_derivations", "derivations"]


def derivations(book: Codebook, names: Iterable[str]) -> tuple[dict[str, Any], ...]:
    """An entry for each of these variables that is made from others, and for all that it is made from, by name.

    Nothing of the answers of respondents stands in it: it is what the questionnaire says.

    >>> from stagekansen_lib.surveys.codebook_files import read_codebook
    >>> made, asked = derivations(read_codebook("baseline"), ["level", "discrimination_answer"])
    >>> made["derived_from"], made["codes"][0]["rule"], asked["name"]
    (['programme_type'], '1..4', 'programme_type')
    """
    found: dict[str, Variable] = {}
    waiting = [name for name in names if name in book and book[name].derived_from]
    while waiting:
        name = waiting.pop()
        if name in book and name not in found:
            found[name] = book[name]
            about = [condition.variable for code in book[name].codes for condition in code.when]
            waiting += [*book[name].derived_from, *about]
    return tuple(_entry(found[name]) for name in sorted(found))


def _entry(variable: Variable) -> dict[str, Any]:
    codes = [
        {"code": one.code, "missing": one.missing, "rule": _rule(one) if variable.derived_from else ""}
        for one in variable.codes
    ]
    return {
        "name": variable.name,
        "kind": variable.kind,
        "derived_from": list(variable.derived_from),
        "only_if": conditions_text(variable.only_if) if variable.derived_from else "",
        "codes": codes,
    }


def _rule(code: Code) -> str:
    return conditions_text(code.when) if code.when else "" if code.values is None else value_set_text(code.values)


def codebook_of_derivations(entries: Iterable[Mapping[str, Any]]) -> Codebook:
    """A codebook of the variables in these entries: their codes and rules, without any text."""
    return Codebook("derivations", {str(entry["name"]): _variable(entry) for entry in entries})


def _variable(entry: Mapping[str, Any]) -> Variable:
    return Variable(
        entry["name"],
        entry["kind"],
        "",
        "",
        tuple(_code(one) for one in entry["codes"]),
        derived_from=tuple(entry["derived_from"]),
        only_if=read_conditions(entry["only_if"]),
    )


def _code(entry: Mapping[str, Any]) -> Code:
    rule = str(entry["rule"])
    when = read_conditions(rule) if "=" in rule else ()
    values = read_value_set(rule) if rule and not when else None
    return Code(entry["code"], "", "", missing=entry["missing"], values=values, when=when)
