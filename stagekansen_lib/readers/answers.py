"""From the texts in a column to answers: codes, numbers, days. Worked out once for each distinct text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.readers.days import day_order, read_day, without_hour
from stagekansen_lib.readers.distinct import Invalid, distinct, invalid_texts, taken
from stagekansen_lib.readers.number_signs import Signs, is_number, number_signs, plain_number
from stagekansen_lib.readers.ticks import OTHER_CODE, is_other
from stagekansen_lib.surveys.codebooks import CODED, NUMERIC, Code, Variable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "Answers",
    "Habits",
    "UndecidedError",
    "both_labels",
    "by_label",
    "code_places",
    "evidence_of",
    "expected_text",
    "label_places",
    "other_place",
    "plain_code",
    "read_answers",
    "reasons_of",
    "with_missing",
]


@dataclass(frozen=True)
class Habits:
    """How a file writes what a column alone may leave open.

    ``decimal`` is the sign of decimals and ``order`` the order of days ("day-month-year" or "month-day-year"); each is
    used only where the column itself can be read in two ways, and is "" when nothing says it.
    """

    day_zero: str = "1899-12-30"
    decimal: str = ""
    order: str = ""


class UndecidedError(InputError):
    """A column can be read in two ways; ``kind`` is "numbers" or "days"."""

    def __init__(self, kind: str, variable: str) -> None:
        self.kind = kind
        what, do = _UNDECIDED[kind]
        super().__init__(Problem(what, f"variable '{variable}'", do))


_UNDECIDED = {
    "numbers": (
        "Its numbers can be read in two ways: a point or comma before three digits may stand between thousands, or "
        "before decimals.",
        "Say which sign stands before decimals: decimal=',' or decimal='.'.",
    ),
    "days": (
        "Its days can be read in two ways: nothing says whether the day or the month comes first.",
        "Say which it is: day_order='day-month-year' or day_order='month-day-year'.",
    ),
}


@dataclass(frozen=True)
class Answers:
    """One variable, read.

    ``columns`` holds the answers by column name, ready for ``Survey.rows``; ``reason`` is for each row an
    index into ``reasons``, or -1 when there is an answer; ``invalid`` lists what was set aside. ``assumed`` marks
    the answers "none of these" that stand for empty cells; ``habit`` is the sign of decimals or the order of days, if
    the column leaves no doubt.
    """

    columns: dict[str, pd.Series[Any]]
    reason: NDArray[np.int8]
    reasons: tuple[str, ...]
    invalid: tuple[Invalid, ...] = ()
    report: tuple[str, ...] = field(default=())
    assumed: NDArray[np.bool_] | None = None
    habit: str = ""


def expected_text(variable: Variable) -> str:
    """What a cell of this variable may hold, in one line.

    >>> expected_text(Variable("hours", "count", "Uren", "Hours", minimum=0, maximum=40))
    'a whole number from 0 to 40'
    """
    if variable.kind in CODED:
        codes = ", ".join(str(code.code) for code in variable.codes)
        return f"one of {codes}" if variable.kind != "multiple" else f"one or more of {codes}"
    if variable.kind in NUMERIC:
        kind = "a whole number" if variable.kind == "count" else "a number"
        low = "" if variable.minimum is None else f" from {variable.minimum:g}"
        high = "" if variable.maximum is None else f" to {variable.maximum:g}"
        return f"{kind}{low}{high}"
    return "a day, such as 2022-05-31 or 31-05-2022" if variable.kind == "date" else "text"


def read_answers(cells: pd.Series[Any], variable: Variable, habits: Habits | None = None) -> Answers:
    """The answers in one column of texts, as a ``RawTable`` has them; those of several in one cell are read by
    ``multiple_answers``.

    Raises
    ------
    UndecidedError : the numbers or the days of the column can be read in two ways, and nothing says which is meant.
    """
    habits = habits or Habits()
    if variable.kind in CODED:
        return _read_coded(cells, variable)
    if variable.kind in NUMERIC:
        return _read_numbers(cells, variable, habits)
    if variable.kind == "date":
        return _read_days(cells, variable, habits)
    return _read_texts(cells, variable)


def evidence_of(cells: pd.Series[Any], kind: str) -> str:
    """What a column of numbers says about the sign of decimals, or one of days about their order; "" for nothing."""
    if kind == "numbers":
        signs = number_signs([text for text in distinct(cells)[0] if is_number(text)])
        return signs.decimal if signs is not None and signs.certain else ""
    return day_order(without_hour(text) for text in distinct(cells)[0])


def with_missing(variable: Variable, declared: Mapping[str, str]) -> Variable:
    """The variable with the missing answers that a file declares itself; what the codebook says goes first."""
    known = {str(code.code) for code in variable.codes}
    more = tuple(Code(text, text, text, reason) for text, reason in declared.items() if plain_code(text) not in known)
    return replace(variable, codes=(*variable.codes, *more)) if more else variable


def by_label(
    cells: pd.Series[Any], labels: Mapping[str, str], variable: Variable
) -> tuple[pd.Series[Any], tuple[str, ...]]:
    """The cells with the codes of the codebook, where the file labels its codes and means others by them.

    A label says what an answer means, a number does not: when the file labels 1 "No" and the codebook 2, that answer is
    2. The report says so.
    """
    import pandas as pd

    meant = _meant_by(labels, variable) if variable.kind in ("nominal", "ordinal") else {}
    other = {code for text, code in meant.items() if plain_code(text) != code}
    if not other:
        return cells, ()
    texts, numbers = distinct(cells)
    # A code of the file without a known label keeps its text, so that it cannot pass for another one.
    renamed = [meant.get(text, f"code {text} of the file" if plain_code(text) in other else text) for text in texts]
    codes, categories = pd.factorize(pd.Index(renamed, dtype=object))
    numbered = pd.Categorical.from_codes(taken(codes.astype("int32"), numbers, -1), categories=categories)
    said = f"'{variable.name}': the file numbers its answers otherwise; they were read by their labels."
    return pd.Series(numbered, index=cells.index), (said,)


def _meant_by(labels: Mapping[str, str], variable: Variable) -> dict[str, str]:
    """For each code of the file whose label the codebook knows, the code of the codebook."""
    places = label_places(variable)
    known = {text: places.get(label.strip().casefold()) for text, label in labels.items()}
    return {text: str(variable.codes[place].code) for text, place in known.items() if place is not None}


def _read_coded(cells: pd.Series[Any], variable: Variable) -> Answers:
    import numpy as np
    import pandas as pd

    texts, numbers = distinct(cells)
    meanings, by_label = code_places(variable), label_places(variable)
    valid = list(variable.valid_codes)
    reasons = reasons_of(variable)
    code_of = np.full(len(texts), -1, dtype=np.int16)
    reason_of = np.full(len(texts), -1, dtype=np.int8)
    labelled = 0
    for position, text in enumerate(texts):
        code = meanings.get(plain_code(text))
        if code is None and text.casefold() in by_label:
            code = by_label[text.casefold()]
            labelled += 1
        if code is None and text == OTHER_CODE:
            code = other_place(variable)
        if code is None:
            reason_of[position] = reasons.index("invalid")
        elif variable.codes[code].missing:
            reason_of[position] = reasons.index(variable.codes[code].missing)
        else:
            code_of[position] = valid.index(variable.codes[code].code)
    bad = np.flatnonzero(reason_of == reasons.index("invalid"))
    dtype = pd.CategoricalDtype(valid, ordered=variable.kind == "ordinal")
    column = pd.Series(pd.Categorical.from_codes(taken(code_of, numbers, -1), dtype=dtype), index=cells.index)
    report = (f"'{variable.name}': answers given as text were read as codes.",) if labelled else ()
    return Answers(
        {variable.name: column},
        taken(reason_of, numbers, 0),
        reasons,
        tuple(invalid_texts(texts, numbers, bad, "unknown_code")),
        report,
    )


def _read_numbers(cells: pd.Series[Any], variable: Variable, habits: Habits) -> Answers:
    import numpy as np
    import pandas as pd

    texts, numbers = distinct(cells)
    reasons = reasons_of(variable)
    missing = _missing_words(variable)
    absent = {text: missing[word] for text in texts if (word := _missing_word(text, missing)) in missing}
    signs = number_signs(
        [text for text in texts if text not in absent], whole=variable.kind == "count", likely=habits.decimal
    )
    if signs is None:
        raise UndecidedError("numbers", variable.name)
    number_of = _number_reader(variable, signs)
    value_of = np.full(len(texts), np.nan)
    reason_of = np.full(len(texts), -1, dtype=np.int8)
    wrong: dict[str, list[int]] = {"not_a_number": [], "out_of_range": []}
    for position, text in enumerate(texts):
        if text in absent:
            reason_of[position] = reasons.index(absent[text])
            continue
        number = number_of(text)
        if isinstance(number, str):
            wrong[number].append(position)
            reason_of[position] = reasons.index("invalid")
        else:
            value_of[position] = number
    return Answers(
        {variable.name: pd.Series(taken(value_of, numbers, np.nan), index=cells.index)},
        taken(reason_of, numbers, 0),
        reasons,
        tuple(one for reason, places in wrong.items() for one in invalid_texts(texts, numbers, places, reason)),
        tuple(_said_of_signs(variable.name, signs, texts)),
        habit=signs.decimal if signs.certain else "",
    )


def _said_of_signs(name: str, signs: Signs, texts: Sequence[str]) -> Iterator[str]:
    if signs.either:
        yield f"'{name}': a comma and a point are both read as the decimal sign."
    elif signs.decimal == "," and any("," in text for text in texts):
        yield f"'{name}': a comma is read as the decimal sign."
    if signs.unit:
        yield f"'{name}': '{signs.unit}' beside a number is its unit; numbers with another unit are not read."
    if signs.grouped:
        yield f"'{name}': a {'point' if signs.decimal == ',' else 'comma'} is read as the sign between thousands."


def _missing_word(text: str, missing: Mapping[str, str]) -> str:
    """A text as a code or a label of a missing answer would stand among ``missing``."""
    word = text.casefold()
    return word if word in missing else plain_code(word)


def _missing_words(variable: Variable) -> dict[str, str]:
    """The reason behind each code and label of a missing answer."""
    words = {str(code.code): code.missing for code in variable.codes}
    return words | {label.casefold(): code.missing for code in variable.codes for label in both_labels(code)}


def _number_reader(variable: Variable, signs: Signs) -> Callable[[str], float | str]:
    """From a text with these signs to its number, or to the reason why it cannot be one of this variable."""
    low = -math.inf if variable.minimum is None else variable.minimum
    high = math.inf if variable.maximum is None else variable.maximum

    def read(text: str) -> float | str:
        number = float(plain_number(text, signs) or "nan")
        if math.isnan(number) or (variable.kind == "count" and not number.is_integer()):
            return "not_a_number"
        return number if low <= number <= high else "out_of_range"

    return read


def _read_days(cells: pd.Series[Any], variable: Variable, habits: Habits) -> Answers:
    """Days; the hour is left out first, because with it nearly every text differs."""
    import numpy as np
    import pandas as pd

    texts, numbers = distinct(cells if isinstance(cells.dtype, pd.CategoricalDtype) else _cut_hours(cells))
    reasons = reasons_of(variable)
    missing = {str(code.code): code.missing for code in variable.codes}
    day_of = np.full(len(texts), np.datetime64("NaT", "us"), dtype="datetime64[us]")
    reason_of = np.full(len(texts), -1, dtype=np.int8)
    orders: set[str] = set()
    certain = day_order(without_hour(text) for text in texts)
    way = certain or habits.order
    if not way:
        raise UndecidedError("days", variable.name)
    for position, text in enumerate(texts):
        if text in missing:
            reason_of[position] = reasons.index(missing[text])
            continue
        day, order = read_day(without_hour(text), habits.day_zero, way)
        if day is None:
            reason_of[position] = reasons.index("invalid")
        else:
            day_of[position] = np.datetime64(day, "us")
            orders.add(order)
    reason = taken(reason_of, numbers, 0)
    column = pd.Series(taken(day_of, numbers, np.datetime64("NaT", "us")), index=cells.index)
    bad = np.flatnonzero(reason == reasons.index("invalid"))
    whole, which = distinct(cells.iloc[bad])
    invalid = [
        Invalid(one.text, bad[one.positions], one.reason)
        for one in invalid_texts(whole, which, range(len(whole)), "not_a_day")
    ]
    report = tuple(f"'{variable.name}': days are read as {order}." for order in sorted(orders))
    return Answers({variable.name: column}, reason, reasons, tuple(invalid), report, habit=certain if orders else "")


def _cut_hours(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Texts as they are up to a space or a T."""
    return cells.astype("str").str.replace("(?s)[ T].*", "", regex=True)


def _read_texts(cells: pd.Series[Any], variable: Variable) -> Answers:
    import numpy as np

    reasons = reasons_of(variable)
    texts = cells.astype("str")
    reason = np.where(texts.isna(), 0, -1).astype(np.int8)
    for code in variable.codes:
        written = {str(code.code), code.label_nl, code.label_en}
        reason[texts.isin(written).to_numpy()] = reasons.index(code.missing)
    return Answers({variable.name: texts.where(reason < 0)}, reason, reasons)


def other_place(variable: Variable) -> int | None:
    """The place of the one answer that means "something else"; None when there is no such, or more."""
    found = [
        place
        for place, code in enumerate(variable.codes)
        if not code.missing and any(is_other(text) for text in (str(code.code), *both_labels(code)))
    ]
    return found[0] if len(found) == 1 else None


def reasons_of(variable: Variable) -> tuple[str, ...]:
    """Why an answer can be absent, in a fixed order; "blank" is the first."""
    return tuple(dict.fromkeys(["blank", "invalid", *(code.missing for code in variable.codes if code.missing)]))


def code_places(variable: Variable) -> dict[str, int]:
    return {str(code.code): place for place, code in enumerate(variable.codes)}


def both_labels(code: Code) -> tuple[str, str]:
    return code.label_nl, code.label_en


def label_places(variable: Variable) -> dict[str, int]:
    """The place of each label, in both languages; a label that two codes share means neither."""
    places: dict[str, set[int]] = {}
    for place, code in enumerate(variable.codes):
        for label in both_labels(code):
            places.setdefault(label.casefold(), set()).add(place)
    return {label: next(iter(found)) for label, found in places.items() if len(found) == 1}


def plain_code(text: str) -> str:
    """A code as it stands in the codebook: '3' for '3', '3.0' and '3,0'."""
    found = re.fullmatch(r"(-?[0-9]+)[.,]0+", text)
    return found[1] if found else text
