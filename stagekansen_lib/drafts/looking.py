"""What a file holds, question by question: its columns, texts with how often each occurs, what the file says itself.

Nothing is decided here. Columns that hold the answers of one question are put together.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stagekansen_lib.readers.response_sets import ResponseSet, parted_name, response_sets
from stagekansen_lib.readers.tables import RawTable
from stagekansen_lib.readers.ticks import tick_of

__all__ = ["Asked", "asked_in", "slug", "without_markup"]

# What the survey tool adds and a codebook keeps: the number of an answer, and its day.
_TECHNICAL_KEPT = ("respondent_id", "submitted_on")
_ENDS_OF_STEM = (": ", " - ", " [", "? ", "... ", "… ")
_SHORTEST_STEM = 8


@dataclass(frozen=True)
class Asked:
    """One question as the file holds it.

    Parameters
    ----------
    columns : of the file, each with the answer it is about ("" when it holds the whole question).
    question, item : its text, and its short id.
    label : what tells this question from its neighbours: the statement of one row of a grid, else the question.
    stem : what it shares with its neighbours, so that a grid is known as one; "" when it stands alone.
    counts : texts with how often each occurs, the most frequent first; of several columns the ticks of each.
    labels : the label of each code, where the file gives them.
    missing : the reason behind each text that the file declares missing; ``gone`` has how often each occurs.
    parts : for several columns the label of each answer.
    coding : how several columns say what was ticked (see ``response_sets``); "" for one column.
    role : "respondent_id" or "submitted_on" for what the survey tool adds.
    own_text : whether it holds the own words beside an answer "other".
    decimal : the sign before decimals that the file leaves no doubt about; "" when it does.
    tool : the format of the file, such as "google".
    """

    columns: tuple[tuple[str, str], ...]
    question: str
    item: str = ""
    label: str = ""
    stem: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    gone: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    coding: str = ""
    role: str = ""
    own_text: bool = False
    decimal: str = ""
    tool: str = ""

    @property
    def answered(self) -> int:
        return sum(self.counts.values())


def asked_in(table: RawTable) -> list[Asked]:
    """Every question of a file, in the order of its columns."""
    sets = {one.columns[0]: one for one in response_sets(table)}
    later = {column for one in sets.values() for column in one.columns[1:]}
    stems = _stems(table, {*sets, *later})
    found = []
    for column in map(str, table.rows.columns):
        if column in later or _left_out(table, column):
            continue
        if column in sets:
            found.append(_several(table, sets[column]))
        else:
            found.append(_single(table, column, stems.get(column, "")))
    return found


def _stems(table: RawTable, taken: set[str]) -> dict[str, str]:
    """For each row of a grid what its column shares with the other rows."""
    groups: dict[str, list[str]] = {}
    for column in map(str, table.rows.columns):
        parted = parted_name(column)
        if parted and column not in table.technical and column not in taken and column not in table.own_texts:
            groups.setdefault(parted[0], []).append(column)
    grids = {base: columns for base, columns in groups.items() if len(columns) > 1}
    return {column: _stem(table, base, columns) for base, columns in grids.items() for column in columns}


def _left_out(table: RawTable, column: str) -> bool:
    return column in table.technical and _first_text(table, column) not in _TECHNICAL_KEPT


def _first_text(table: RawTable, column: str) -> str:
    return without_markup(table.questions.get(column, ("",))[0])


def without_markup(text: str) -> str:
    """The words of a question that a survey tool wrote as HTML.

    >>> without_markup("<b>Hoe oud</b><br>ben je &amp; waar?"), without_markup("3 < 4")
    ('Hoe oud ben je & waar?', '3 < 4')
    """
    if "<" not in text and "&" not in text:
        return text
    plain = html.unescape(re.sub(r"</?[A-Za-z][^<>]{0,500}>", " ", text))
    return " ".join(plain.split())


def _counts(table: RawTable, column: str, *, declared: bool = False) -> dict[str, int]:
    """How often each text occurs; with ``declared`` those that the file says are missing, else all others."""
    missing = _declared(table, column)
    counts: Any = table.rows[column].value_counts()
    return {str(text): int(n) for text, n in counts.items() if n and (str(text) in missing) is declared}


def _declared(table: RawTable, column: str) -> dict[str, str]:
    return {**table.missing.get("", {}), **table.missing.get(column, {})}


def _stem(table: RawTable, base: str, columns: Sequence[str]) -> str:
    """What the texts of a group of columns begin with; the name they share when the file holds no longer text."""
    texts = [_first_text(table, column) or column for column in columns]
    shared = _shared(texts)
    cut = max(((shared.rfind(end) + len(end)) for end in _ENDS_OF_STEM if end in shared), default=0)
    stem = shared[:cut].rstrip(" :-[").strip()
    return stem if len(stem) >= _SHORTEST_STEM else base


def _shared(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    first, last = min(texts), max(texts)
    same = next((at for at, (one, two) in enumerate(zip(first, last, strict=False)) if one != two), len(first))
    return first[: min(same, len(last))]


def _behind(text: str, stem: str) -> str:
    """A text without the stem in front of it."""
    rest = text.removeprefix(stem) if text.startswith(stem) else text
    rest = re.sub(r"^[\s:\-\[]+", "", rest)
    rest = rest[:-1] if rest.endswith("]") and "[" not in rest else rest
    return re.sub(r"^Selected Choice - ", "", rest).strip() or text


def _several(table: RawTable, one: ResponseSet) -> Asked:
    """A question of several answers that stand in columns of their own."""
    stem = _stem(table, one.base, one.columns)
    item, question = _item_and_question(one.base, () if stem == one.base else (stem,))
    question = question or one.question or one.base
    if one.coding == "mentions":
        return _mentioned(table, one, item, question)
    codes = [code if re.fullmatch(r"[A-Za-z]{0,8}[0-9]*", code) else "" for code, _ in one.answers]
    if "" in codes or len(set(codes)) < len(codes):
        codes = [str(at) for at in range(1, len(codes) + 1)]
    parts, counts = {}, {}
    for code, column, (name, label) in zip(codes, one.columns, one.answers, strict=True):
        texts = tuple(map(without_markup, table.questions.get(column, ())))
        long = _behind(texts[0], stem) if texts and stem != one.base else label
        parts[code] = "Anders" if column == one.own_words else long or label
        answer = frozenset(text.casefold() for text in (name, label) if text)
        counts[code] = _ticked(
            table, column, answer, own_words=column == one.own_words, one_two=one.coding == "one_two"
        )
    return Asked(
        tuple(zip(one.columns, codes, strict=True)),
        question,
        item,
        question,
        stem,
        counts,
        parts=parts,
        coding=one.coding,
    )


def _ticked(table: RawTable, column: str, answer: frozenset[str], *, own_words: bool, one_two: bool) -> int:
    """How many ticked an answer. What people wrote in its place is a tick too."""
    labels = table.labels.get(column, {})
    counts = _counts(table, column)
    if own_words:
        return sum(n for text, n in counts.items() if tick_of(text, labels, answer) is not False)
    if one_two:
        return counts.get("1", 0)
    return sum(n for text, n in counts.items() if tick_of(text, labels, answer))


def _mentioned(table: RawTable, one: ResponseSet, item: str, question: str) -> Asked:
    """Of first and further mentions the answers stand in the cells."""
    counts: dict[str, int] = {}
    for column in one.columns:
        for text, n in _counts(table, column).items():
            counts[text] = counts.get(text, 0) + n
    first = one.columns[0]
    columns = tuple((column, "") for column in one.columns)
    labels, missing = table.labels.get(first, {}), _declared(table, first)
    return Asked(columns, question, item or one.base, question, "", counts, labels, missing, coding="mentions")


def _single(table: RawTable, column: str, stem: str) -> Asked:
    texts = tuple(map(without_markup, table.questions.get(column, ())))
    role = _first_text(table, column) if column in table.technical else ""
    item, question = _item_and_question(column, () if role else texts)
    one = Asked(
        ((column, ""),),
        question,
        item,
        _behind(question, stem) if stem else question,
        stem,
        _counts(table, column),
        table.labels.get(column, {}),
        _declared(table, column),
        gone=_counts(table, column, declared=True),
        role=role,
        decimal=table.decimals.get(column, table.decimals.get("", "")),
        tool=table.format,
    )
    return replace(one, own_text=True, item="") if column in table.own_texts else one


def _item_and_question(column: str, others: Sequence[str]) -> tuple[str, str]:
    """The id and the question of "d1. How difficult ..."; the question of a bare id stands elsewhere in the file."""
    plain = " ".join(without_markup(column).split())
    found = re.fullmatch(r"\[?([A-Za-z]+\d+)\]?(?:[.:)\-–]|\s)\s*(.*)", plain)
    if found and found[2] and not others:
        return found[1].casefold(), found[2]
    if others:
        return plain, " ".join(others[0].split())
    return (plain if re.fullmatch(r"[A-Za-z]+\w*\d\w*(?:\[\w+\])?", plain) else ""), plain


def slug(text: str) -> str:
    """A name for a variable, from the first words of a text.

    >>> slug("Hoe oud ben je?"), slug("Q7"), slug("1. codebook")
    ('hoe_oud_ben_je', 'q7', 'q_1_codebook')
    """
    import unicodedata

    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    name = "_".join(_words(plain))[:40].strip("_") or "question"
    return f"q_{name}" if name[0].isdigit() or name == "codebook" else name


def _words(plain: str) -> Iterator[str]:
    yield from re.findall(r"[a-z0-9]+", plain)[:6]
