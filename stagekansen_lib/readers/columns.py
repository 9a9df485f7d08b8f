"""Which column of a file holds which variable: by item id, name or question text, never by a guess.

A near match is proposed, and used only when a person confirms it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.codebooks import Codebook, Variable

__all__ = ["ColumnsError", "FoundColumns", "Proposal", "find_columns", "near_columns"]

_MOST_COMPARED = 400  # columns; a file with more that are unknown is another file
_LONGEST_COMPARED = 300  # characters of a name


class ColumnsError(InputError):
    """The columns of a file and the variables of its codebook do not fit; ``near_columns`` may know which do."""


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


@dataclass(frozen=True)
class Proposal:
    """A column that may hold a variable, or an answer of it ("variable[code]"); ``similarity`` is 0 to 1."""

    column: str
    variable: str
    similarity: float


def find_columns(
    header: Sequence[str],
    codebook: Codebook,
    file: str = "",
    *,
    questions: Mapping[str, Sequence[str]] | None = None,
    columns: Mapping[str, str] | None = None,
    technical: Collection[str] = (),
) -> FoundColumns:
    """The column of each variable of the codebook.

    A column is recognised when its name is the item id ("d1"), the variable name, the question in Dutch or
    English, or starts with the item id ("d1. How difficult ..."). The answers of a multiple response may have
    a column each: "b3[1]", "b3_1", "b3.1" or "b3 [text of the answer]". Capitals and double spaces do not
    count.

    Parameters
    ----------
    header : the columns of the file.
    codebook : what is looked for.
    file : named in errors.
    questions : other names of a column, such as the text of its question, tried when its own name is not known.
    columns : what a person confirmed: by column the variable, the item id, or "variable[code]" for one answer of a
        multiple response; "" leaves the column out.
    technical : columns of the survey tool, of which only the other names count.

    Raises
    ------
    InputError : two columns hold the same variable, a required variable has no column, or answers of a multiple
        response have no column; all of these at once, with a near match when there is one. ``columns`` names a column
        or a variable that does not exist.
    """
    given, problems = _given(header, codebook, columns or {}, file)
    known = _Names(codebook)
    single: dict[str, str] = {}
    separate: dict[str, dict[int | str, str]] = {}
    unknown: list[str] = []
    for column in header:
        names = [*([] if column in technical else [column]), *(questions or {}).get(column, ())]
        place = given[column] if column in given else known.place(names)
        if place is None:
            unknown.append(column)
            continue
        name, code = place
        if code is not None:
            taken = separate.setdefault(name, {})
            if code in taken:
                problems.append(_twice(f"{name}[{code}]", taken[code], column, file))
            taken[code] = column
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
        raise ColumnsError(problems, f"{len(problems)} problem(s) with the columns of {file}.")
    return FoundColumns(single, separate, tuple(unknown))


def near_columns(
    header: Sequence[str],
    codebook: Codebook,
    *,
    questions: Mapping[str, Sequence[str]] | None = None,
    columns: Mapping[str, str] | None = None,
    at_least: float = 0.6,
) -> tuple[Proposal, ...]:
    """Which unknown columns look like a variable that has no column yet, the most alike first.

    Parameters
    ----------
    header, codebook, questions, columns : as for ``find_columns``.
    at_least : similarity from which a column is proposed, 0 to 1 (``difflib.SequenceMatcher.ratio``).
    """
    given, _ = _given(header, codebook, columns or {}, "")
    known = _Names(codebook)
    names = questions or {}
    places = {column: given.get(column) or known.place([column, *names.get(column, ())]) for column in header}
    present = {place for place in places.values() if place}
    whole = {name for name, _ in present}
    open_names = [
        (text, place)
        for text, place in known.texts()
        if place not in present and (place[1] is None or place[0] not in whole)
    ]
    unknown = [column for column, place in places.items() if place is None and column not in given]
    found = []
    for column in unknown[:_MOST_COMPARED]:
        for text in {_plain(one)[:_LONGEST_COMPARED] for one in (column, *names.get(column, ()))}:
            matcher = difflib.SequenceMatcher(autojunk=False)
            matcher.set_seq2(text)
            for other, place in open_names:
                matcher.set_seq1(other[:_LONGEST_COMPARED])
                if matcher.real_quick_ratio() >= at_least and matcher.quick_ratio() >= at_least:
                    found.append((matcher.ratio(), column, place))
    proposals: dict[str, Proposal] = {}
    taken: set[tuple[str, int | str | None]] = set()
    for ratio, column, place in sorted(found, key=lambda one: -one[0]):
        if ratio >= at_least and column not in proposals and place not in taken:
            name, code = place
            proposals[column] = Proposal(column, name if code is None else f"{name}[{code}]", round(ratio, 2))
            taken.add(place)
    return tuple(proposals.values())


class _Names:
    """Every name that a column may have, in plain spelling."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.whole, self.parts = _known_names(codebook)
        self.items = {variable.item.casefold(): name for name, variable in codebook.variables.items() if variable.item}

    def place(self, names: Sequence[str]) -> tuple[str, int | str | None] | None:
        """The variable that a column of these names holds, and which answer of it; the first name that is known."""
        for name in names:
            text = _plain(name)
            if text in self.parts:
                return self.parts[text]
            if text in self.whole:
                return self.whole[text], None
            start = re.match(r"\[?([a-z]+\d+)\]?(?:[.:)\-–_]|\s)", text)
            if start and start[1] in self.items:
                return self.items[start[1]], None
        return None

    def texts(self) -> Iterator[tuple[str, tuple[str, int | str | None]]]:
        """Names to compare with: the longer ones, because short ones look alike without meaning the same."""
        for text, name in self.whole.items():
            if len(text) > 3:
                yield text, (name, None)
        for text, place in self.parts.items():
            if text.endswith("]") and len(text) > 12:
                yield text, place


def _given(
    header: Sequence[str], codebook: Codebook, columns: Mapping[str, str], file: str
) -> tuple[dict[str, tuple[str, int | str | None] | None], list[Problem]]:
    """What a person confirmed, as places; and what in it does not exist."""
    problems = []
    found: dict[str, tuple[str, int | str | None] | None] = {}
    items = {variable.item: name for name, variable in codebook.variables.items() if variable.item}
    for column, wanted in columns.items():
        if column not in header:
            problems.append(
                Problem(f"columns= names column '{column}', which is not there.", file, did_you_mean(column, header))
            )
            continue
        if not wanted:
            found[column] = None
            continue
        name, _, rest = wanted.partition("[")
        name = items.get(name, name)
        codes = {str(code): code for code in codebook[name].valid_codes} if name in codebook else {}
        if name not in codebook or codebook[name].derived_from:
            known = [one for one in codebook if not codebook[one].derived_from]
            problems.append(
                Problem(f"columns= names variable '{wanted}', which is no question.", file, did_you_mean(name, known))
            )
        elif rest and rest.removesuffix("]") not in codes:
            problems.append(Problem(f"columns= names '{wanted}', and there is no such answer.", file))
        else:
            found[column] = (name, codes[rest.removesuffix("]")] if rest else None)
    return found, problems


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _known_names(codebook: Codebook) -> tuple[dict[str, str], dict[str, tuple[str, int | str | None]]]:
    """Every name a column may have: for a whole variable, and for one answer of a multiple response."""
    whole: dict[str, str] = {}
    parts: dict[str, tuple[str, int | str | None]] = {}
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
    known = {_plain(column)[:_LONGEST_COMPARED]: column for column in unknown[:_MOST_COMPARED]}
    near = [
        known[match]
        for text in (variable.item, name, variable.question_nl, variable.question_en)
        for match in difflib.get_close_matches(_plain(text), list(known), n=1, cutoff=0.8)
    ]
    hint = "Export it as well."
    if near:
        hint = f"Is it '{near[0]}'? Then name that column '{variable.item or name}'"
        hint += f", or give columns={{'{near[0]}': '{name}'}}."
    return [Problem(f"There is no column for {variable.item or name} ({name}).", file, hint)]
