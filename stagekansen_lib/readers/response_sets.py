"""Which columns of a file hold the answers to one question of several answers, and how ticks are written in them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stagekansen_lib.readers.tables import RawTable
from stagekansen_lib.readers.ticks import missing_reason, tick_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Coding", "ResponseSet", "parted_name", "parted_question", "response_sets"]

Coding = Literal["marks", "yes_no", "one_two", "mentions"]

_MOST_ANSWERS = 60  # different texts in a column of mentions
_MOST_ROWS = 100_000  # rows looked at to tell mentions from statements
_LONGEST_NAME = 1_000  # characters
_NAME = re.compile(r"(?P<base>.+?)(?:\s*\[(?P<text>[^\]]+)\]|[_.](?P<code>(?:SQ)?[0-9]+|other))", re.DOTALL)
# A question and one of its answers; a question alone, such as "Stage - begin", shares this with no other column.
_SPREAD = re.compile(r"(?P<base>\S.{6,}?)(?::| -)\s+(?P<rest>\S.*)", re.DOTALL)
_QUESTION = re.compile(r"(?P<base>.+?)(?:\s*\[(?P<bracket>[^\]]+)\]|(?::| -)\s+(?P<rest>\S.*))", re.DOTALL)


@dataclass(frozen=True)
class ResponseSet:
    """The columns of one question of several answers.

    Parameters
    ----------
    base : what stands before the answer in the names of the columns: "Q8" of "Q8[SQ001]".
    columns : the columns, in the order of the file.
    answers : for each column its code (as its name says it) and its label ("" when the file does not say). Of mentions
        the answers stand in the cells, and these are only "1", "2", ...
    coding : "marks" (a tick or nothing), "yes_no" (no is written out), "one_two" (1 and 2 without labels: ask which is
        a tick), "mentions" (first, second, ... mention).
    question : the question they share; "" when the file does not say.
    own_words : the column in which people wrote what their other answer was; "" when there is none.
    """

    base: str
    columns: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]
    coding: Coding
    question: str = ""
    own_words: str = ""


def parted_name(column: str) -> tuple[str, str] | None:
    """What stands before the answer in the name of a column, and the answer; None when it names no part.

    >>> parted_name("Q8[SQ001]"), parted_name("hulp_2"), parted_name("Q8")
    (('Q8', 'SQ001'), ('hulp', '2'), None)
    >>> parted_name("Hoe zocht je? - Via school")
    ('Hoe zocht je?', 'Via school')
    """
    found = _NAME.fullmatch(column) if len(column) <= _LONGEST_NAME else None
    if found:
        return found["base"].strip(), found["text"] or found["code"]
    spread = _SPREAD.fullmatch(column) if len(column) <= _LONGEST_NAME else None
    return (spread["base"].strip(), spread["rest"].strip()) if spread else None


def parted_question(texts: Sequence[str]) -> tuple[str, str]:
    """The question and the answer in "Question [answer]", "Question: answer" or "Question - answer".

    >>> parted_question(["Waardoor kwam het? [Mijn naam]"]), parted_question(["Waardoor: Mijn naam"])
    (('Waardoor kwam het?', 'Mijn naam'), ('Waardoor', 'Mijn naam'))
    """
    short = [text for text in texts if len(text) <= _LONGEST_NAME]
    brackets = [found for text in short if (found := _QUESTION.fullmatch(text)) and found["bracket"]]
    others = [found for text in short if (found := _QUESTION.fullmatch(text)) and found["rest"]]
    found = next(iter([*brackets, *others]), None)
    return (found["base"].strip(), (found["bracket"] or found["rest"]).strip()) if found else ("", "")


def response_sets(table: RawTable) -> tuple[ResponseSet, ...]:
    """The questions of several answers that have a column for each answer, or for each mention."""
    groups: dict[str, list[str]] = {}
    for column in map(str, table.rows.columns):
        parted = parted_name(column)
        if parted and column not in table.technical:
            groups.setdefault(parted[0], []).append(column)
    found = (_set_of(base, columns, table) for base, columns in groups.items() if len(columns) > 1)
    return tuple(one for one in found if one is not None)


def _set_of(base: str, columns: Sequence[str], table: RawTable) -> ResponseSet | None:
    own_words = next((column for column in columns if column in table.own_texts), "")
    closed = [column for column in columns if column != own_words]
    if not closed:
        return None
    coding = _coding_of(closed, table)
    if coding is None:
        return None
    questions = [parted_question(table.questions.get(column, ())) for column in columns]
    answers = []
    for column, (_, label) in zip(columns, questions, strict=True):
        code = (parted_name(column) or ("", ""))[1]
        label = _only_label(column, table) or label
        answers.append((code, label or ("" if re.fullmatch(r"[A-Za-z]{0,3}[0-9]+", code) else code)))
    question = next((question for question, _ in questions if question), "")
    return ResponseSet(base, tuple(columns), tuple(answers), coding, question, own_words)


def _coding_of(columns: Sequence[str], table: RawTable) -> Coding | None:
    """How ticks are written in these columns; None when they hold something else."""
    if len(columns) > 1 and _are_mentions(columns, table):
        return "mentions"
    coding: Coding = "marks"
    unclear = False
    for column in columns:
        texts, labels = _texts(column, table), table.labels.get(column, {})
        if not labels and {"1", "2"} <= texts and texts <= {"0", "1", "2", "8", "9"}:
            unclear = True
            continue
        answer = frozenset(_answer_texts(column, table))
        says = [tick_of(text, labels, answer) for text in texts]
        if any(
            said is None and not missing_reason(labels.get(text, text)) for said, text in zip(says, texts, strict=True)
        ):
            return None
        coding = "yes_no" if False in says else coding
    return "one_two" if unclear else coding


def _texts(column: str, table: RawTable) -> set[str]:
    """The distinct texts of a column that the file does not declare missing."""
    cells = table.rows[column]
    if not hasattr(cells, "cat"):
        return {"a column in which nearly all texts differ"}
    declared = {**table.missing.get("", {}), **table.missing.get(column, {})}
    return {str(text) for text in cells.cat.remove_unused_categories().cat.categories if str(text) not in declared}


def _answer_texts(column: str, table: RawTable) -> set[str]:
    code = (parted_name(column) or ("", ""))[1]
    label = parted_question(table.questions.get(column, ()))[1]
    return {text.casefold() for text in (code, label, _only_label(column, table)) if text}


def _only_label(column: str, table: RawTable) -> str:
    """The one label of a column, when its only code stands for the answer itself; else empty."""
    labels = list(table.labels.get(column, {}).values())
    return labels[0] if len(labels) == 1 and tick_of(labels[0], {}, frozenset()) is None else ""


def _are_mentions(columns: Sequence[str], table: RawTable) -> bool:
    """Whether the columns hold a first, a second and further mentions out of one list of answers.

    Nobody mentions an answer twice, nobody has a second mention without a first, somebody stops early, and an answer
    occurs in more than one of the columns. Statements that are rated in columns of their own fail the first of these.
    """
    import numpy as np

    texts = [_texts(column, table) for column in columns]
    shared: set[str] = set().union(*(one & two for one, two in itertools.pairwise(texts)))
    together = set().union(*texts)
    words = {table.labels.get(columns[0], {}).get(text, text) for text in together}
    if len(shared) < 1 or len(together) > _MOST_ANSWERS or len(together) < 3:
        return False
    if all(tick_of(word, {}, frozenset()) is not None or missing_reason(word) for word in words):
        return False
    labels: list[Mapping[str, str]] = [table.labels.get(column, {}) for column in columns]
    if any(one and one != labels[0] for one in labels):
        return False
    codes = _common_codes(columns, table)
    filled = codes >= 0
    if filled.all() or (filled[:, 1:] & ~filled[:, :-1]).any() or not filled[:, 0].any():
        return False
    ordered = np.sort(np.where(filled, codes, -1 - np.arange(len(columns))), axis=1)
    return not bool((ordered[:, 1:] == ordered[:, :-1]).any())


def _common_codes(columns: Sequence[str], table: RawTable) -> NDArray[np.int32]:
    """For each row and column which text it holds, numbered alike in all columns; -1 for an empty cell."""
    import numpy as np

    known: dict[str, int] = {}
    found = []
    for column in columns:
        cells = table.rows[column]
        declared = {**table.missing.get("", {}), **table.missing.get(column, {})}
        place = [
            -1 if str(text) in declared else known.setdefault(str(text), len(known)) for text in cells.cat.categories
        ]
        found.append(np.array([*place, -1], dtype=np.int32)[np.asarray(cells.cat.codes)[:_MOST_ROWS]])
    return np.stack(found, axis=1)
