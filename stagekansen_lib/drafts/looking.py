"""What a file holds, question by question: its columns, texts with how often each occurs, what the file says itself.

Nothing is decided here. Columns that hold the answers of one question are put together.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stagekansen_lib.readers.tables import RawTable
from stagekansen_lib.readers.ticks import tick_of

__all__ = ["Asked", "asked_in", "slug"]

# What the survey tool adds and a codebook keeps: the number of an answer, and its day.
_TECHNICAL_KEPT = ("respondent_id", "submitted_on")
_STAMPS = {"tijdstempel", "timestamp", "zeitstempel", "horodateur", "submitted_on", "ingediend op", "submitted on"}
# "b3[1]", "b3_2", "b3.2", "Question [answer]".
_PART = re.compile(r"(?P<base>.+?)(?:\s*\[(?P<text>[^\]]+)\]|[_.](?P<code>[0-9]+))", re.DOTALL)
# The column beside a question for another answer in own words.
_OWN = re.compile(r"(?P<base>.+?)(?:\[other\]|_other|(?:_[0-9]+)?_TEXT)", re.IGNORECASE)
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
    missing : the reason behind each text that the file declares missing.
    parts : for several columns the label of each answer.
    says_no : whether columns of one answer also say "no", so that nothing ticked is no answer.
    role : "respondent_id" or "submitted_on" for what the survey tool adds.
    own_text : whether it holds the own words beside an answer "other".
    """

    columns: tuple[tuple[str, str], ...]
    question: str
    item: str = ""
    label: str = ""
    stem: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    says_no: bool = False
    role: str = ""
    own_text: bool = False

    @property
    def answered(self) -> int:
        return sum(self.counts.values())


def asked_in(table: RawTable) -> list[Asked]:
    """Every question of a file, in the order of its columns."""
    groups = _groups(table)
    ticks = {base: columns for base, columns in groups.items() if _are_ticks(table, columns)}
    first = {columns[0]: base for base, columns in ticks.items()}
    later = {column for columns in ticks.values() for column in columns[1:]}
    grids = {column: _stem(table, base, columns) for base, columns in groups.items() for column in columns}
    found = []
    for column in map(str, table.rows.columns):
        if column in later or _left_out(table, column):
            continue
        if column in first:
            found.append(_several(table, first[column], ticks[first[column]]))
        else:
            found.append(_single(table, column, grids.get(column, "")))
    return found


def _left_out(table: RawTable, column: str) -> bool:
    return column in table.technical and _first_text(table, column) not in _TECHNICAL_KEPT


def _first_text(table: RawTable, column: str) -> str:
    return table.questions.get(column, ("",))[0]


def _counts(table: RawTable, column: str) -> dict[str, int]:
    declared = _declared(table, column)
    counts: Any = table.rows[column].value_counts()
    return {str(text): int(n) for text, n in counts.items() if n and str(text) not in declared}


def _declared(table: RawTable, column: str) -> dict[str, str]:
    return {**table.missing.get("", {}), **table.missing.get(column, {})}


def _groups(table: RawTable) -> dict[str, list[str]]:
    """Columns that are called alike up to their last part, two or more."""
    found: dict[str, list[str]] = {}
    for column in map(str, table.rows.columns):
        part = _PART.fullmatch(column)
        if part and column not in table.technical and not _is_own_text(table, column):
            found.setdefault(part["base"].strip(), []).append(column)
    return {base: columns for base, columns in found.items() if len(columns) > 1}


def _is_own_text(table: RawTable, column: str) -> bool:
    return column in table.own_texts or bool(_OWN.fullmatch(column))


def _are_ticks(table: RawTable, columns: Sequence[str]) -> bool:
    """Whether every column only says yes, no or its own answer."""
    return all(_is_tick_column(table, column) for column in columns) and any(
        _counts(table, column) for column in columns
    )


def _is_tick_column(table: RawTable, column: str) -> bool:
    labels = table.labels.get(column, {})
    answer = frozenset(text.casefold() for text in (_inside(column), *_choices(table.questions.get(column, ()))))
    return all(tick_of(text, labels, answer) is not None for text in _counts(table, column))


def _inside(column: str) -> str:
    found = _PART.fullmatch(column)
    return (found["text"] or found["code"] or "") if found else ""


def _choices(texts: Sequence[str]) -> list[str]:
    return [found["text"] for text in texts if (found := _PART.fullmatch(text)) and found["text"]]


def _stem(table: RawTable, base: str, columns: Sequence[str]) -> str:
    """What the texts of a group of columns begin with; the name they share when the file holds no longer text."""
    texts = [_first_text(table, column) or column for column in columns]
    shared = os.path.commonprefix(texts)
    cut = max(((shared.rfind(end) + len(end)) for end in _ENDS_OF_STEM if end in shared), default=0)
    stem = shared[:cut].rstrip(" :-[").strip()
    return stem if len(stem) >= _SHORTEST_STEM else base


def _behind(text: str, stem: str) -> str:
    """A text without the stem in front of it."""
    rest = text.removeprefix(stem) if text.startswith(stem) else text
    rest = re.sub(r"^[\s:\-\[]+", "", rest)
    rest = rest[:-1] if rest.endswith("]") and "[" not in rest else rest
    return re.sub(r"^Selected Choice - ", "", rest).strip() or text


def _several(table: RawTable, base: str, columns: Sequence[str]) -> Asked:
    """A multiple response of which each answer has a column."""
    stem = _stem(table, base, columns)
    item, question = _item_and_question(base, () if stem == base else (stem,))
    places = {column: _inside(column) for column in columns}
    codes = places if all(re.fullmatch(r"\w{1,12}", code) for code in places.values()) else {}
    named = {column: codes.get(column) or str(at) for at, column in enumerate(columns, start=1)}
    parts, counts, says_no = {}, {}, False
    for column in columns:
        texts = table.questions.get(column, ())
        label = _behind(texts[0], stem) if texts else ("" if codes else places[column])
        parts[named[column]] = label if label != column else ""
        own, labels = _counts(table, column), table.labels.get(column, {})
        answer = frozenset(text.casefold() for text in (places[column], *_choices(texts)))
        counts[named[column]] = sum(n for text, n in own.items() if tick_of(text, labels, answer))
        says_no = says_no or any(tick_of(text, labels, answer) is False for text in own)
    return Asked(
        tuple((column, named[column]) for column in columns),
        question or base,
        item,
        question or base,
        stem,
        counts,
        parts=parts,
        says_no=says_no,
    )


def _single(table: RawTable, column: str, stem: str) -> Asked:
    texts = table.questions.get(column, ())
    role = _first_text(table, column) if column in table.technical else ""
    if column.casefold() in _STAMPS and not role:
        role = "submitted_on"
    item, question = _item_and_question(column, () if role else texts)
    label = _behind(question, stem) if stem else question
    one = Asked(
        ((column, ""),),
        question,
        item,
        label,
        stem,
        _counts(table, column),
        table.labels.get(column, {}),
        _declared(table, column),
        role=role,
    )
    return replace(one, own_text=True, item="") if _is_own_text(table, column) else one


def _item_and_question(column: str, others: Sequence[str]) -> tuple[str, str]:
    """The id and the question of "d1. How difficult ..."; the question of a bare id stands elsewhere in the file."""
    plain = " ".join(column.split())
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
