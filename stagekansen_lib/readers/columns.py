"""Which column of a file holds which variable: by item id, name or question text, never by a guess.

A near match is proposed, and used only when a person confirms it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.readers.response_sets import ResponseSet, parted_name, parted_question, response_sets
from stagekansen_lib.readers.tables import RawTable, plain_name
from stagekansen_lib.readers.ticks import is_other
from stagekansen_lib.surveys.codebooks import Codebook, Variable

__all__ = ["ColumnsError", "FoundColumns", "Proposal", "find_columns", "find_in_table", "near_columns"]

_MOST_COMPARED = 400  # columns; a file with more that are unknown is another file
_LONGEST_COMPARED = 300  # characters of a name
_SHORTEST_STATEMENT = 12  # characters; a shorter text is a word that anything may be called

# A variable, and the code of the answer when a column holds one answer of a multiple response.
_Place = tuple[str, int | str | None]


class ColumnsError(InputError):
    """The file is of this codebook, but columns are absent, there twice or not to be told apart."""


@dataclass(frozen=True)
class FoundColumns:
    """Where each variable stands in a file.

    ``single`` gives the column of a variable; ``separate`` the column of each answer of a multiple response
    that was exported as one column an answer, and ``mentions`` those with its first and further mentions;
    ``unknown`` the columns that the codebook does not know.
    """

    single: dict[str, str] = field(default_factory=dict)
    separate: dict[str, dict[int | str, str]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    mentions: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __contains__(self, variable: str) -> bool:
        return variable in self.single or variable in self.separate or variable in self.mentions


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
    own_texts: Mapping[str, str] | None = None,
    sets: Sequence[ResponseSet] = (),
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
    own_texts : columns with own words beside an answer "other", with what they belong to.
    sets : which columns hold the answers to one question (see ``response_sets``); used are first and further mentions.

    Raises
    ------
    ColumnsError : two columns hold the same variable, a required variable has no column, or answers of a multiple
        response have no column; all of these at once, with a near match when there is one. ``columns`` names a column
        or a variable that does not exist.
    InputError : no column belongs to the codebook at all.
    """
    given, problems = _given(header, codebook, columns or {}, file)
    known = _Names(codebook)
    placed = _Placed(file, problems)
    mentions = _mentions(sets, known, given)
    mentioned = {column for columns in mentions.values() for column in columns}
    for column in header:
        if column in mentioned:
            continue
        names = [*([] if column in technical else [column]), *(questions or {}).get(column, ())]
        if column in given or column not in (own_texts or {}):
            placed.put(column, given[column] if column in given else known.place(names))
        else:
            placed.put(column, known.exact(names))
    placed.put_own_words(known, own_texts or {})
    found = FoundColumns(placed.single, placed.separate, tuple(placed.unknown), mentions)
    if not problems:
        _refuse_wrong_file(found, codebook, file)
    for variable in _required(codebook):
        problems.extend(_absent(variable, found, file))
    if problems:
        raise ColumnsError(problems, f"{len(problems)} problem(s) with the columns of {file}.")
    return found


def find_in_table(
    table: RawTable, codebook: Codebook, file: str = "", *, columns: Mapping[str, str] | None = None
) -> FoundColumns:
    """The column of each variable of the codebook in a table, with all that its reader found out; see ``find_columns``.

    Raises
    ------
    InputError : as ``find_columns``.
    """
    return find_columns(
        [str(name) for name in table.rows.columns],
        codebook,
        file,
        questions=table.questions,
        columns=columns,
        technical=table.technical,
        own_texts=table.own_texts,
        sets=response_sets(table),
    )


def _mentions(
    sets: Sequence[ResponseSet], known: _Names, given: Mapping[str, _Place | None]
) -> dict[str, tuple[str, ...]]:
    """The columns with first and further mentions of each question of several answers."""
    found: dict[str, tuple[str, ...]] = {}
    for one in sets:
        place = known.exact([one.base, one.question])
        if one.coding != "mentions" or place is None or place[1] is not None or set(one.columns) & set(given):
            continue
        if known.codebook[place[0]].kind == "multiple" and place[0] not in found:
            found[place[0]] = one.columns
    return found


def _required(codebook: Codebook) -> list[Variable]:
    return [variable for variable in codebook.variables.values() if variable.required]


def _refuse_wrong_file(found: FoundColumns, codebook: Codebook, file: str) -> None:
    if not any(variable.name in found for variable in _required(codebook)):
        raise InputError(
            Problem(
                f"No column belongs to a question of codebook '{codebook.name}'.",
                file,
                "Is it the right file, and the right codebook? Name columns by item id, such as 'd1'.",
            )
        )


class _Placed:
    """Columns put in their place one after the other; two in one place are a problem."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file, self.problems = file, problems
        self.single: dict[str, str] = {}
        self.separate: dict[str, dict[int | str, str]] = {}
        self.unknown: list[str] = []

    def put(self, column: str, place: _Place | None) -> None:
        if place is None:
            self.unknown.append(column)
            return
        name, code = place
        if code is not None:
            taken = self.separate.setdefault(name, {})
            if code in taken:
                self._twice(f"{name}[{code}]", taken[code], column)
            taken[code] = column
        elif name in self.single:
            self._twice(name, self.single[name], column)
        else:
            self.single[name] = column

    def put_own_words(self, known: _Names, own_texts: Mapping[str, str]) -> None:
        """A column of own words is that of the answer "other" of several, where that has no column of its own."""
        for column in [name for name in self.unknown if name in own_texts]:
            place = known.exact([own_texts[column]])
            if place is None or place[1] is not None or place[0] not in self.separate:
                continue
            codes = known.codebook[place[0]].codes
            others = [code.code for code in codes if any(is_other(text) for text in (str(code.code), code.label_nl))]
            if len(others) == 1 and others[0] not in self.separate[place[0]]:
                self.separate[place[0]][others[0]] = column
                self.unknown.remove(column)

    def _twice(self, name: str, first: str, second: str) -> None:
        said = f"Two columns hold '{name}': '{first}' and '{second}'."
        self.problems.append(Problem(said, self.file, "Delete one of them."))


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
    names = {column: [column, *(questions or {}).get(column, ())] for column in header}
    places = {column: known.place(names[column]) for column in header} | given
    unknown = [column for column in header if places[column] is None and column not in given]
    free = known.free(places.values())
    alike: list[tuple[float, str, _Place]] = []
    for column in unknown[:_MOST_COMPARED]:
        alike += [(ratio, column, place) for ratio, place in _alike(names[column], free, at_least)]
    return tuple(_best(sorted(alike, key=lambda one: -one[0])))


def _best(alike: Sequence[tuple[float, str, _Place]]) -> Iterator[Proposal]:
    """Each column and each place once, the most alike first."""
    columns: set[str] = set()
    places: set[_Place] = set()
    for ratio, column, (name, code) in alike:
        if column not in columns and (name, code) not in places:
            columns.add(column)
            places.add((name, code))
            yield Proposal(column, name if code is None else f"{name}[{code}]", round(ratio, 2))


def _alike(
    texts: Iterable[str], names: Sequence[tuple[str, _Place]], at_least: float
) -> Iterator[tuple[float, _Place]]:
    """The places of which a name looks like one of these texts, with how alike they are."""
    matcher = difflib.SequenceMatcher(autojunk=False)
    for text in {plain_name(one)[:_LONGEST_COMPARED] for one in texts}:
        matcher.set_seq2(text)
        for other, place in names:
            matcher.set_seq1(other[:_LONGEST_COMPARED])
            # The quick ratios are never below the ratio itself.
            if all(ratio() >= at_least for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)):
                yield matcher.ratio(), place


class _Names:
    """Every name that a column may have, in plain spelling."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.whole, self.parts = _known_names(codebook)
        asked = [one for one in codebook.variables.values() if not one.derived_from]
        self.questions = {plain_name(text): one.name for one in asked for text in (one.question_nl, one.question_en)}
        self.items = {variable.item.casefold(): name for name, variable in codebook.variables.items() if variable.item}

    def place(self, names: Sequence[str]) -> _Place | None:
        """The variable that a column of these names holds, and which answer of it; the first name that is known."""
        for name in names:
            if place := self.exact([name]):
                return place
            start = re.match(r"\[?([a-z]+\d+)\]?(?:[.:)\-–_]|\s)", plain_name(name))
            if start and start[1] in self.items:
                return self.items[start[1]], None
        return self._statement(names)

    def exact(self, names: Sequence[str]) -> _Place | None:
        """As ``place``, for a name that is known as it stands."""
        for text in map(plain_name, names):
            if text in self.parts:
                return self.parts[text]
            if text in self.whole:
                return self.whole[text], None
        return None

    def _statement(self, names: Sequence[str]) -> _Place | None:
        """A question that is one row of a grid: its column is called "Question [statement]"."""
        for name in names:
            statement = plain_name(parted_question([name])[1])
            if len(statement) > _SHORTEST_STATEMENT and statement in self.questions:
                return self.questions[statement], None
        return None

    def free(self, taken: Collection[_Place | None]) -> list[tuple[str, _Place]]:
        """Names to compare with, of what has no column yet: the longer ones, because short ones look alike anyway."""
        used = {place for place in taken if place}
        begun = {name for name, _ in used}
        return [*(one for one in self._questions() if one[1] not in used), *self._parts(without=begun)]

    def _questions(self) -> Iterator[tuple[str, _Place]]:
        return ((text, (name, None)) for text, name in self.whole.items() if len(text) > 3)

    def _parts(self, without: Collection[str]) -> Iterator[tuple[str, _Place]]:
        """Answers of a multiple response, but not of a question of which a column was found."""
        return ((text, place) for text, place in self.parts.items() if place[0] not in without and _is_long_part(text))


def _is_long_part(text: str) -> bool:
    return text.endswith("]") and len(text) > 12


def _given(
    header: Sequence[str], codebook: Codebook, columns: Mapping[str, str], file: str
) -> tuple[dict[str, _Place | None], list[Problem]]:
    """What a person confirmed, as places; and what in it does not exist."""
    problems: list[Problem] = []
    found: dict[str, _Place | None] = {}
    for column, wanted in columns.items():
        if column not in header:
            said = f"columns= names column '{column}', which is not there."
            problems.append(Problem(said, file, did_you_mean(column, header)))
            continue
        place = _place_of(wanted, codebook, file) if wanted else None
        if isinstance(place, Problem):
            problems.append(place)
        else:
            found[column] = place
    return found, problems


def _place_of(wanted: str, codebook: Codebook, file: str) -> _Place | Problem:
    """The place that "variable", "variable[code]" or an item id means; a problem when there is none."""
    start, _, rest = wanted.partition("[")
    questions = {name: one for name, one in codebook.variables.items() if not one.derived_from}
    name = next((name for name, one in questions.items() if one.item and one.item == start), start)
    if name not in questions:
        said = f"columns= names variable '{wanted}', which is no question."
        return Problem(said, file, did_you_mean(name, list(questions)))
    if not rest:
        return name, None
    codes = {str(one.code): one.code for one in questions[name].codes}
    if rest.removesuffix("]") not in codes:
        return Problem(
            f"columns= names '{wanted}', and there is no such answer.", file, did_you_mean(rest[:-1], list(codes))
        )
    return name, codes[rest.removesuffix("]")]


def _known_names(codebook: Codebook) -> tuple[dict[str, str], dict[str, _Place]]:
    """Every name a column may have: for a whole variable, and for one answer of a multiple response."""
    whole: dict[str, str] = {}
    parts: dict[str, _Place] = {}
    for variable in codebook.variables.values():
        if variable.derived_from:
            continue
        names = [name for name in _names_of(variable) if name]
        whole.update({plain_name(name): variable.name for name in names})
        if variable.kind == "multiple":
            ends = list(_answer_names(variable))
            parts.update({plain_name(f"{name}{end}"): place for name in names for end, place in ends})
    return whole, parts


def _names_of(variable: Variable) -> tuple[str, ...]:
    return (variable.item, variable.name, variable.question_nl, variable.question_en)


def _answer_names(variable: Variable) -> Iterator[tuple[str, _Place]]:
    """What may stand behind the name of a multiple response, for each of its answers."""
    for code in variable.codes:
        texts = (str(code.code), code.label_nl, code.label_en)
        labels = [sign.format(text) for text in texts[1:] for sign in (": {}", " - {}")]
        ends = [
            f"_{code.code}",
            f".{code.code}",
            *(f"{space}[{text}]" for text in texts for space in ("", " ")),
            *labels,
        ]
        for end in ends:
            yield end, (variable.name, code.code)


def _absent(variable: Variable, found: FoundColumns, file: str) -> list[Problem]:
    """What is wrong with where a variable stands, or that it stands nowhere."""
    name = variable.name
    if name in found.single and name in found.separate:
        return [Problem(f"'{name}' has one column and also a column for each answer.", file, "Delete one of the two.")]
    if name in found.separate:
        lost = [str(code) for code in variable.valid_codes if code not in found.separate[name]]
        said = f"'{name}' has no column for answer(s) {', '.join(lost)}."
        return [Problem(said, file, "Export all answers.")] if lost else []
    if name in found.single:
        return []
    if name in found.mentions:
        return []
    shown = f"{variable.item} ({name})" if variable.item and variable.item != name else f"'{name}'"
    return [Problem(f"There is no column for {shown}.", file, _near_hint(variable, found.unknown))]


def _near_hint(variable: Variable, unknown: Sequence[str]) -> str:
    """What to do about a variable without a column: look at those of its parts, or at one that is called nearly so."""
    if hint := _parts_hint(variable, unknown):
        return hint
    known = {plain_name(column)[:_LONGEST_COMPARED]: column for column in unknown[:_MOST_COMPARED]}
    near = (
        known[match]
        for text in _names_of(variable)
        for match in difflib.get_close_matches(plain_name(text), list(known), n=1, cutoff=0.8)
    )
    first = next(near, "")
    if not first:
        return "Export it as well."
    own = variable.item or variable.name
    return f"Is it '{first}'? Then name that column '{own}', or give columns={{'{first}': '{variable.name}'}}."


def _parts_hint(variable: Variable, unknown: Sequence[str]) -> str:
    """What to do when columns are called like parts of the variable; empty when none is."""
    begin = {plain_name(text) for text in _names_of(variable) if text}
    parts = [column for column in unknown if (parted := parted_name(column)) and plain_name(parted[0]) in begin]
    if not parts:
        return ""
    if variable.kind != "multiple":
        return f"'{parts[0]}' is there: in the codebook it is no question of several answers. Draft the codebook anew."
    shown = ", ".join(f"'{column}'" for column in parts[:3]) + (", ..." if len(parts) > 3 else "")
    code = next(iter(variable.valid_codes), "code")
    return (
        f"Columns {shown} look like its answers, under other codes than the codebook has. Give these codes in the "
        f"codebook, or say which is which: columns={{'{parts[0]}': '{variable.name}[{code}]'}}."
    )
