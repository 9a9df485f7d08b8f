"""Which column of a file holds which variable: by item id, name or question text, never by a guess."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from stagekansen_lib.codebooks import Codebook, Variable
from stagekansen_lib.errors import InputError, Problem

__all__ = ["FoundColumns", "find_columns"]


@dataclass(frozen=True)
class FoundColumns:
    """Where each variable stands in a file.

    ``single`` gives the column of a variable; ``separate`` the column of each answer of a multiple response
    that was exported as one column an answer; ``unknown`` the columns that the codebook does not know.
    """

    single: dict[str, str] = field(default_factory=dict)
    separate: dict[str, dict[int | str, str]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    def __contains__(self, variable: str) -> bool:
        return variable in self.single or variable in self.separate


def find_columns(header: Sequence[str], codebook: Codebook, file: str = "") -> FoundColumns:
    """The column of each variable of the codebook.

    A column is recognised when its name is the item id ("d1"), the variable name, the question in Dutch or
    English, or starts with the item id ("d1. How difficult ..."). The answers of a multiple response may have
    a column each: "b3[1]", "b3_1", "b3.1" or "b3 [text of the answer]". Capitals and double spaces do not
    count.

    Raises
    ------
    InputError : two columns hold the same variable, a required variable has no column, or answers of a multiple
        response have no column; all of these at once, with a near match when there is one.
    """
    whole, parts = _known_names(codebook)
    items = {variable.item.casefold(): name for name, variable in codebook.variables.items() if variable.item}
    problems: list[Problem] = []
    single: dict[str, str] = {}
    separate: dict[str, dict[int | str, str]] = {}
    unknown: list[str] = []
    for column in header:
        text = _plain(column)
        if text in parts:
            name, code = parts[text]
            taken = separate.setdefault(name, {})
            if code in taken:
                problems.append(_twice(f"{name}[{code}]", taken[code], column, file))
            taken[code] = column
            continue
        start = re.match(r"\[?([a-z]+\d+)\]?(?:[.:)\-–_]|\s)", text)
        name = whole.get(text) or (items.get(start[1], "") if start else "")
        if not name:
            unknown.append(column)
        elif name in single:
            problems.append(_twice(name, single[name], column, file))
        else:
            single[name] = column
    wanted = [variable for variable in codebook.variables.values() if variable.required]
    if not any(variable.name in single or variable.name in separate for variable in wanted):
        raise InputError(
            Problem(
                f"No column belongs to a question of codebook '{codebook.name}'.",
                file,
                "Is it the right file, and the right codebook? Name columns by item id, such as 'd1'.",
            )
        )
    for variable in wanted:
        problems.extend(_absent(variable, single, separate, unknown, file))
    if problems:
        raise InputError(problems, f"{len(problems)} problem(s) with the columns of {file}.")
    return FoundColumns(single, separate, tuple(unknown))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _known_names(codebook: Codebook) -> tuple[dict[str, str], dict[str, tuple[str, int | str]]]:
    """Every name a column may have: for a whole variable, and for one answer of a multiple response."""
    whole: dict[str, str] = {}
    parts: dict[str, tuple[str, int | str]] = {}
    for variable in codebook.variables.values():
        if variable.derived_from:
            continue
        names = [variable.item, variable.name, variable.question_nl, variable.question_en]
        whole.update({_plain(name): variable.name for name in names if name})
        if variable.kind != "multiple":
            continue
        for key in filter(None, (variable.item, variable.name, variable.question_nl, variable.question_en)):
            for code in variable.codes:
                answers = (f"[{code.code}]", f"_{code.code}", f".{code.code}", f" [{code.code}]")
                labels = (
                    f"[{code.label_nl}]",
                    f" [{code.label_nl}]",
                    f"[{code.label_en}]",
                    f" [{code.label_en}]",
                )
                for answer in (*answers, *labels):
                    parts[_plain(f"{key}{answer}")] = (variable.name, code.code)
    return whole, parts


def _twice(name: str, first: str, second: str, file: str) -> Problem:
    return Problem(f"Two columns hold '{name}': '{first}' and '{second}'.", file, "Delete one of them.")


def _absent(
    variable: Variable,
    single: dict[str, str],
    separate: dict[str, dict[int | str, str]],
    unknown: list[str],
    file: str,
) -> list[Problem]:
    name = variable.name
    if name in single and name in separate:
        return [Problem(f"'{name}' has one column and also a column for each answer.", file, "Delete one of the two.")]
    if name in separate:
        lost = [str(code) for code in variable.valid_codes if code not in separate[name]]
        if lost:
            return [Problem(f"'{name}' has no column for answer(s) {', '.join(lost)}.", file, "Export all answers.")]
        return []
    if name in single:
        return []
    known = {_plain(column): column for column in unknown}
    near = [
        known[match]
        for text in (variable.item, name, variable.question_nl, variable.question_en)
        for match in difflib.get_close_matches(_plain(text), list(known), n=1, cutoff=0.8)
    ]
    hint = f"Is it '{near[0]}'? Then name that column '{variable.item or name}'." if near else "Export it as well."
    return [Problem(f"There is no column for {variable.item or name} ({name}).", file, hint)]
