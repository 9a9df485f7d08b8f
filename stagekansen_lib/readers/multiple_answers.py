"""Several answers to one question: in one cell, in a column for each answer, or in columns of first and second mention.

Three things differ and stay apart: nothing ticked (an answer: none of these), not asked, and not answered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.readers.answers import (
    Answers,
    both_labels,
    code_places,
    label_places,
    other_place,
    plain_code,
    reasons_of,
)
from stagekansen_lib.readers.distinct import Invalid, distinct, invalid_texts, taken
from stagekansen_lib.readers.joined_answers import Parted, joint_of, part, plain_label
from stagekansen_lib.readers.ticks import missing_reason, tick_of
from stagekansen_lib.surveys.codebooks import Variable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Mask

__all__ = ["TickColumn", "read_joined_answers", "read_mentions", "read_separate_answers"]

_CODES = frozenset("0123456789")
# What a cell of a column of ticks says; from _ABSENT on it is a reason.
_EMPTY, _NO, _YES, _STRANGE, _WORDS, _ABSENT = range(6)


@dataclass(frozen=True)
class TickColumn:
    """A column about one answer: its cells, the labels that the file gives its codes, and what it declares missing.

    ``own_words`` is True when people wrote in it what their other answer was.
    """

    cells: pd.Series[Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    own_words: bool = False


def read_joined_answers(
    cells: pd.Series[Any], variable: Variable, missing: Mapping[str, str] | None = None, finished: Mask | None = None
) -> Answers:
    """Several answers in one cell, joined by a semicolon, a pipe, a line end or a comma.

    What joins them is found from the whole column; labels may hold it themselves. A text beside answers that are known
    is somebody's own words: the ticks stay, and the words are listed apart as "own_words".

    Parameters
    ----------
    missing : the reason behind a text that the file declares missing.
    finished : rows in which an empty cell can mean that nothing was ticked; every row when left out.
    """
    import numpy as np

    texts, numbers = distinct(cells)
    # Worked out for each distinct text, and behind them for an empty cell: of a finished row, and of another.
    empty = np.intp(len(texts)) if finished is None else np.where(finished, len(texts), len(texts) + 1)
    line_of = np.where(numbers < 0, empty, numbers)
    declared = missing or {}
    reasons = _all_reasons(variable, declared.values())
    joined = _Joined(variable, [text for text in texts if text not in declared])
    chosen_of = np.zeros((len(texts) + 2, len(variable.codes)), dtype=bool)
    reason_of = np.full(len(texts) + 2, -1, dtype=np.int8)
    wrong_of = np.zeros(len(texts) + 2, dtype=bool)
    none_of = np.zeros(len(texts) + 2, dtype=bool)
    none_of[len(texts)] = bool(variable.nothing_ticked)
    words: dict[int, str] = {}
    for position, text in enumerate(texts):
        if text in declared:
            reason_of[position] = reasons.index(declared[text])
            continue
        parted = joined.parted(text)
        wrong_of[position] = joined.is_lost(parted)
        chosen_of[position, list(parted.places)] = True
        if parted.own and not wrong_of[position]:
            words[position] = joined.shown(parted)
            chosen_of[position, [] if joined.other is None else [joined.other]] = True
    invalid = invalid_texts(texts, numbers, np.flatnonzero(wrong_of), "unknown_code")
    own = invalid_texts(texts, numbers, list(words), "own_words")
    invalid += [replace(one, text=word) for one, (_, word) in zip(own, sorted(words.items()), strict=True)]
    ticks = _Ticks(chosen_of, wrong_of, none_of, reason_of)
    return _answers(ticks, variable, cells.index, invalid, reasons, line_of)


class _Joined:
    """How the cells of a column are taken apart; found from all of them."""

    def __init__(self, variable: Variable, texts: Sequence[str]) -> None:
        self.labels = label_places(variable)
        self.places = _lookups(code_places(variable), self.labels)
        self.joint = joint_of((text for text in texts if text.casefold() not in self.labels), self.places)
        self.other = other_place(variable)
        # In a column of codes a text is a mistake, and nobody's own words.
        by_label = _lookups({}, self.labels)(self.joint)
        self.of_labels = any(self._whole(text) or part(text, self.joint, by_label).places for text in texts)

    def parted(self, text: str) -> Parted:
        whole = self._whole(text)
        return whole or part(text, self.joint, self.places(self.joint))

    def _whole(self, text: str) -> Parted | None:
        """A cell that is one label, whatever signs are in it."""
        place = self.labels.get(text.casefold())
        return None if place is None else Parted((place,))

    def is_lost(self, parted: Parted) -> bool:
        """Whether a cell holds something that is no answer and nobody's own words."""
        alone = not parted.places and self.other is None
        return bool(parted.own) and (not self.of_labels or _are_codes(parted.own) or alone)

    def shown(self, parted: Parted) -> str:
        return self.joint.join(parted.own)


def _lookups(codes: Mapping[str, int], labels: Mapping[str, int]) -> Callable[[str], Callable[[str], int]]:
    """For each joint how an answer is looked up: by its code, or by its label without spaces around the joint."""
    plain: dict[str, dict[str, int]] = {}
    small = {code.casefold(): place for code, place in codes.items()}

    def places(joint: str) -> Callable[[str], int]:
        if joint not in plain:
            plain[joint] = {plain_label(label, joint): place for label, place in labels.items()}
        known = plain[joint]
        return lambda text: small.get(plain_code(text), known.get(text, -1))

    return places


def _are_codes(parts: Sequence[str]) -> bool:
    """Whether one of the parts is a number: nobody's own words, but a code that is not known."""
    return any(set(one) <= _CODES for one in parts)


def read_separate_answers(
    cells: Mapping[int | str, TickColumn | pd.Series[Any]], variable: Variable, finished: Mask | None = None
) -> Answers:
    """The answers to a multiple response with one column an answer.

    A cell is ticked when it holds 1, yes, x, "Selected" and the like, the code or the label of its answer, or a code
    that the file labels so. A row with "no" somewhere and no tick chose none of the answers. A row without anything was
    not answered, unless the codebook says that nothing ticked means none (``nothing_ticked``); or not asked, where the
    file says so ("N/A", "niet van toepassing").

    Parameters
    ----------
    cells : the column of each answer, by code.
    finished : rows in which empty cells can mean that nothing was ticked; every row when left out.

    Raises
    ------
    InputError : the columns hold 1 and 2 without labels, and the codebook does not say which of them is a tick.
    """
    import numpy as np

    columns = {code: one if isinstance(one, TickColumn) else TickColumn(one) for code, one in cells.items()}
    _refuse_one_and_two(columns, variable)
    first = next(iter(columns.values())).cells
    size = len(first)
    reasons = _all_reasons(variable, ())
    chosen = np.zeros((size, len(variable.codes)), dtype=bool)
    wrong, denied = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    reason = np.full(size, -1, dtype=np.int8)
    invalid: list[Invalid] = []
    other = other_place(variable)
    for place, code in enumerate(variable.codes):
        if code.code not in columns:
            continue
        column = columns[code.code]
        if place == other:
            column = replace(column, own_words=True)
        texts, numbers = distinct(column.cells)
        answer = frozenset({str(code.code).casefold(), *(label.casefold() for label in both_labels(code))})
        says = np.array([_said(text, column, variable, answer, reasons) for text in texts], dtype=np.int8)
        cell = taken(says, numbers, _EMPTY)
        chosen[:, place] = cell == _YES
        denied |= cell == _NO
        chosen[:, place] |= cell == _WORDS
        invalid.extend(invalid_texts(texts, numbers, np.flatnonzero(says == _STRANGE), "unknown_code"))
        invalid.extend(invalid_texts(texts, numbers, np.flatnonzero(says == _WORDS), "own_words"))
        wrong |= cell == _STRANGE
        told = (cell >= _ABSENT) & (reason < 0)
        reason[told] = cell[told] - _ABSENT
    open_ended = ~chosen.any(axis=1) & ~wrong
    # Where "no" is written out, a row of empty cells is no answer.
    none = open_ended & denied
    if variable.nothing_ticked and not denied.any():
        none |= open_ended & (reason < 0) & (True if finished is None else finished)
    reason[none | chosen.any(axis=1)] = -1
    return _answers(_Ticks(chosen, wrong, none, reason, denied), variable, first.index, invalid, reasons)


def _said(text: str, column: TickColumn, variable: Variable, answer: frozenset[str], reasons: list[str]) -> int:
    """What a text in a column of ticks says; a reason that is new is added to ``reasons``."""
    if not text:
        return _EMPTY
    if text in variable.ticked or text in variable.not_ticked:
        return _YES if text in variable.ticked else _NO
    absent = column.missing.get(text, "")
    tick = None if absent else tick_of(text, column.labels, answer)
    if tick is not None:
        return _YES if tick else _NO
    absent = absent or missing_reason(column.labels.get(text, text))
    if absent and not column.own_words:
        if absent not in reasons:
            reasons.append(absent)
        return _ABSENT + reasons.index(absent)
    if absent:
        return _EMPTY
    return _WORDS if column.own_words and not _are_codes([text]) else _STRANGE


def _refuse_one_and_two(columns: Mapping[int | str, TickColumn], variable: Variable) -> None:
    """Stop where 1 and 2 stand for a tick and none without a label that says which is which."""
    if variable.ticked or variable.not_ticked:
        return
    unlabelled = [one for one in columns.values() if not one.labels and not one.own_words]
    if any({"1", "2"} <= {plain_code(text) for text in distinct(one.cells)[0]} for one in unlabelled):
        raise InputError(
            Problem(
                "Its columns hold 1 and 2, and nothing says which of them is a tick.",
                f"variable '{variable.name}'",
                "Fill in 'ticked' and 'not_ticked' in the codebook, such as 1 and 2.",
            )
        )


def read_mentions(columns: Sequence[TickColumn], variable: Variable, finished: Mask | None = None) -> Answers:
    """The answers to a multiple response whose columns hold the first, the second and the next mention."""
    import numpy as np

    first = columns[0].cells
    size = len(first)
    reasons = _all_reasons(variable, ())
    codes, labels = code_places(variable), label_places(variable)
    chosen = np.zeros((size, len(variable.codes)), dtype=bool)
    wrong = np.zeros(size, dtype=bool)
    reason = np.full(size, -1, dtype=np.int8)
    invalid: list[Invalid] = []
    for column in columns:
        texts, numbers = distinct(column.cells)
        place_of = np.full(len(texts), -1, dtype=np.int16)
        absent_of = np.full(len(texts), -1, dtype=np.int8)
        for position, text in enumerate(texts):
            label = column.labels.get(text, text).casefold()
            place_of[position] = labels.get(label, codes.get(plain_code(text), -1))
            if absent := column.missing.get(text, ""):
                place_of[position] = -2
                if absent not in reasons:
                    reasons.append(absent)
                absent_of[position] = reasons.index(absent)
        invalid.extend(invalid_texts(texts, numbers, np.flatnonzero(place_of == -1), "unknown_code"))
        place = taken(place_of, numbers, -2)
        wrong |= place == -1
        rows = np.flatnonzero(place >= 0)
        chosen[rows, place[rows]] = True
        absent = taken(absent_of, numbers, -1)
        reason = np.where(reason < 0, absent, reason).astype(np.int8)
    empty = ~chosen.any(axis=1) & ~wrong & (reason < 0)
    none = empty & (True if finished is None else finished) & bool(variable.nothing_ticked)
    reason[chosen.any(axis=1)] = -1
    return _answers(_Ticks(chosen, wrong, none, reason), variable, first.index, invalid, reasons)


@dataclass(frozen=True)
class _Ticks:
    """What was read: ticks by line and answer, lines that cannot be read, that chose none, and why others are empty.

    A line is a row, or a distinct text. ``told`` are the lines that say no somewhere: that they chose none is no guess
    from empty cells.
    """

    chosen: NDArray[np.bool_]
    wrong: Mask
    none: Mask
    reason: NDArray[np.int8]
    told: Mask | bool = False


def _all_reasons(variable: Variable, more: Collection[str]) -> list[str]:
    return list(dict.fromkeys([*reasons_of(variable), *more]))


def _answers(
    ticks: _Ticks,
    variable: Variable,
    index: pd.Index,
    invalid: list[Invalid],
    reasons: Sequence[str],
    line_of: NDArray[np.integer[Any]] | None = None,
) -> Answers:
    """One float column an answer. A missing code beside an answer contradicts itself and is set aside.

    ``line_of`` is the line of each row; without it each row is a line of its own.
    """
    import numpy as np
    import pandas as pd

    chosen, wrong = ticks.chosen, ticks.wrong
    real = np.array([not code.missing for code in variable.codes])
    contradiction = chosen[:, real].any(axis=1) & chosen[:, ~real].any(axis=1) & ~wrong
    if contradiction.any():
        texts, lines = [""] * len(chosen), np.flatnonzero(contradiction)
        for line in lines:
            texts[line] = ";".join(str(variable.codes[place].code) for place in np.flatnonzero(chosen[line]))
        rows = np.arange(len(index)) if line_of is None else line_of
        invalid = [*invalid, *invalid_texts(texts, rows, lines, "contradiction")]
    empty = np.where(ticks.reason < 0, reasons.index("blank"), ticks.reason)
    reason = np.where(chosen.any(axis=1) | ticks.none, -1, empty).astype(np.int8)
    for place in np.flatnonzero(~real):
        reason[chosen[:, place]] = reasons.index(variable.codes[place].missing)
    reason[wrong | contradiction] = reasons.index("invalid")
    assumed = ticks.none & np.logical_not(ticks.told)
    whole = slice(None) if line_of is None else line_of
    columns = {}
    for at, code in enumerate(variable.codes):
        if not code.missing:
            # Small floats: a survey of a million rows has a hundred such columns.
            values = chosen[:, at].astype(np.float32)
            values[reason >= 0] = np.nan
            columns[f"{variable.name}[{code.code}]"] = pd.Series(values[whole], index=index, copy=False)
    return Answers(columns, reason[whole], tuple(reasons), tuple(invalid), assumed=assumed[whole])
