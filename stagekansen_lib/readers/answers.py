"""From the texts in a column to answers: codes, numbers, days. Worked out once for each distinct text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.readers.days import read_day, without_hour
from stagekansen_lib.readers.distinct import Invalid, distinct, invalid_texts, taken
from stagekansen_lib.surveys.codebooks import CODED, NUMERIC, Code, Variable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "Answers",
    "by_label",
    "expected_text",
    "is_tick",
    "read_answers",
    "read_separate_answers",
    "with_missing",
]

_TICKED = {"1", "ja", "yes", "y", "j", "x", "true", "waar"}
_NOT_TICKED = {"", "0", "nee", "no", "n", "false", "onwaar"}


@dataclass(frozen=True)
class Answers:
    """One variable, read.

    ``columns`` holds the answers by column name, ready for ``Survey.rows``; ``reason`` is for each row an
    index into ``reasons``, or -1 when there is an answer; ``invalid`` lists what was set aside.
    """

    columns: dict[str, pd.Series[Any]]
    reason: NDArray[np.int8]
    reasons: tuple[str, ...]
    invalid: tuple[Invalid, ...] = ()
    report: tuple[str, ...] = field(default=())


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


def is_tick(text: str, answers: Collection[str] = ()) -> bool:
    """Whether a text can stand in a column of one answer of several: yes, no, or that answer itself."""
    plain = text.casefold()
    return plain in _TICKED or plain in _NOT_TICKED or plain in {answer.casefold() for answer in answers}


def read_answers(cells: pd.Series[Any], variable: Variable, day_zero: str = "1899-12-30") -> Answers:
    """The answers in one column of texts, as a ``RawTable`` has them."""
    if variable.kind == "multiple":
        return _read_joined(cells, variable)
    if variable.kind in CODED:
        return _read_coded(cells, variable)
    if variable.kind in NUMERIC:
        return _read_numbers(cells, variable)
    if variable.kind == "date":
        return _read_days(cells, variable, day_zero)
    return _read_texts(cells, variable)


def read_separate_answers(cells: Mapping[int | str, pd.Series[Any]], variable: Variable) -> Answers:
    """The answers to a multiple response with one column an answer.

    A cell counts as ticked when it holds 1, yes, x, the code or the label of its answer; an empty cell or 0
    does not. A row without any tick is "blank": a tool cannot tell "none of these" from "skipped".
    """
    import numpy as np

    size = len(next(iter(cells.values())))
    chosen = np.zeros((size, len(variable.codes)), dtype=bool)
    wrong = np.zeros(size, dtype=bool)
    invalid: list[Invalid] = []
    for place, code in enumerate(variable.codes):
        if code.code not in cells:
            continue
        texts, numbers = distinct(cells[code.code])
        yes = (_TICKED | {str(code.code), code.label_nl.casefold(), code.label_en.casefold()}) - _NOT_TICKED
        ticked = np.array([text.casefold() in yes for text in texts], dtype=bool)
        known = ticked | np.array([text.casefold() in _NOT_TICKED for text in texts], dtype=bool)
        chosen[:, place] = taken(ticked, numbers, False)
        strange = ~taken(known, numbers, True)
        invalid.extend(invalid_texts(texts, numbers, np.flatnonzero(~known), "unknown_code"))
        wrong |= strange
    return _multiple(chosen, wrong, variable, cells[next(iter(cells))].index, invalid)


def with_missing(variable: Variable, declared: Mapping[str, str]) -> Variable:
    """The variable with the missing answers that a file declares itself; what the codebook says goes first."""
    known = {str(code.code) for code in variable.codes}
    more = tuple(Code(text, text, text, reason) for text, reason in declared.items() if _plain_code(text) not in known)
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
    other = {code for text, code in meant.items() if _plain_code(text) != code}
    if not other:
        return cells, ()
    texts, numbers = distinct(cells)
    # A code of the file without a known label keeps its text, so that it cannot pass for another one.
    renamed = [meant.get(text, f"code {text} of the file" if _plain_code(text) in other else text) for text in texts]
    codes, categories = pd.factorize(pd.Index(renamed, dtype=object))
    numbered = pd.Categorical.from_codes(taken(codes.astype("int32"), numbers, -1), categories=categories)
    said = f"'{variable.name}': the file numbers its answers otherwise; they were read by their labels."
    return pd.Series(numbered, index=cells.index), (said,)


def _meant_by(labels: Mapping[str, str], variable: Variable) -> dict[str, str]:
    """For each code of the file whose label the codebook knows, the code of the codebook."""
    places = _labels(variable)
    known = {text: places.get(label.strip().casefold()) for text, label in labels.items()}
    return {text: str(variable.codes[place].code) for text, place in known.items() if place is not None}


def _read_coded(cells: pd.Series[Any], variable: Variable) -> Answers:
    import numpy as np
    import pandas as pd

    texts, numbers = distinct(cells)
    meanings, by_label = _meanings(variable), _labels(variable)
    valid = list(variable.valid_codes)
    reasons = _reasons(variable)
    code_of = np.full(len(texts), -1, dtype=np.int16)
    reason_of = np.full(len(texts), -1, dtype=np.int8)
    labelled = 0
    for position, text in enumerate(texts):
        code = meanings.get(_plain_code(text))
        if code is None and text.casefold() in by_label:
            code = by_label[text.casefold()]
            labelled += 1
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


def _read_numbers(cells: pd.Series[Any], variable: Variable) -> Answers:
    import numpy as np
    import pandas as pd

    texts, numbers = distinct(cells)
    reasons = _reasons(variable)
    comma = any(re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text) for text in texts)
    number_of = _number_reader(variable, "," if comma else ".")
    missing = _missing_words(variable)
    value_of = np.full(len(texts), np.nan)
    reason_of = np.full(len(texts), -1, dtype=np.int8)
    wrong: dict[str, list[int]] = {"not_a_number": [], "out_of_range": []}
    for position, text in enumerate(texts):
        plain = (text if comma else _plain_code(text)).casefold()
        if plain in missing:
            reason_of[position] = reasons.index(missing[plain])
            continue
        number = number_of(text)
        if isinstance(number, str):
            wrong[number].append(position)
            reason_of[position] = reasons.index("invalid")
        else:
            value_of[position] = number
    report = (f"'{variable.name}': a comma is read as the decimal sign.",) if comma else ()
    return Answers(
        {variable.name: pd.Series(taken(value_of, numbers, np.nan), index=cells.index)},
        taken(reason_of, numbers, 0),
        reasons,
        tuple(one for reason, places in wrong.items() for one in invalid_texts(texts, numbers, places, reason)),
        report,
    )


def _missing_words(variable: Variable) -> dict[str, str]:
    """The reason behind each code and label of a missing answer."""
    words = {str(code.code): code.missing for code in variable.codes}
    return words | {label.casefold(): code.missing for code in variable.codes for label in _both_labels(code)}


def _number_reader(variable: Variable, sign: str) -> Callable[[str], float | str]:
    """From a text with this decimal sign to its number, or to the reason why it cannot be one of this variable."""
    form = re.compile(rf"[-+]?[0-9]+(\{sign}[0-9]+)?")
    low = -math.inf if variable.minimum is None else variable.minimum
    high = math.inf if variable.maximum is None else variable.maximum

    def read(text: str) -> float | str:
        number = float(text.replace(sign, ".")) if form.fullmatch(text) else math.nan
        if math.isnan(number) or (variable.kind == "count" and not number.is_integer()):
            return "not_a_number"
        return number if low <= number <= high else "out_of_range"

    return read


def _read_days(cells: pd.Series[Any], variable: Variable, day_zero: str) -> Answers:
    """Days; the hour is left out first, because with it nearly every text differs."""
    import numpy as np
    import pandas as pd

    texts, numbers = distinct(cells if isinstance(cells.dtype, pd.CategoricalDtype) else _cut_hours(cells))
    reasons = _reasons(variable)
    missing = {str(code.code): code.missing for code in variable.codes}
    day_of = np.full(len(texts), np.datetime64("NaT", "us"), dtype="datetime64[us]")
    reason_of = np.full(len(texts), -1, dtype=np.int8)
    orders: set[str] = set()
    for position, text in enumerate(texts):
        if text in missing:
            reason_of[position] = reasons.index(missing[text])
            continue
        day, order = read_day(without_hour(text), day_zero)
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
    return Answers({variable.name: column}, reason, reasons, tuple(invalid), report)


def _cut_hours(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Texts as they are up to a space or a T."""
    return cells.astype("str").str.replace("(?s)[ T].*", "", regex=True)


def _read_texts(cells: pd.Series[Any], variable: Variable) -> Answers:
    import numpy as np

    reasons = _reasons(variable)
    texts = cells.astype("str")
    reason = np.where(texts.isna(), 0, -1).astype(np.int8)
    for code in variable.codes:
        written = {str(code.code), code.label_nl, code.label_en}
        reason[texts.isin(written).to_numpy()] = reasons.index(code.missing)
    return Answers({variable.name: texts.where(reason < 0)}, reason, reasons)


def _read_joined(cells: pd.Series[Any], variable: Variable) -> Answers:
    """Several answers in one cell, joined by a semicolon, a pipe or (codes only) a comma."""
    import numpy as np

    texts, numbers = distinct(cells)
    meanings, by_label = _meanings(variable), _labels(variable)
    chosen_of = np.zeros((len(texts), len(variable.codes)), dtype=bool)
    bad: list[int] = []
    for position, text in enumerate(texts):
        found = _split(text, meanings, by_label)
        if found is None:
            bad.append(position)
        else:
            chosen_of[position, found] = True
    wrong_of = np.zeros(len(texts), dtype=bool)
    wrong_of[bad] = True
    chosen = np.vstack([chosen_of, np.zeros(len(variable.codes), dtype=bool)])[numbers]
    invalid = invalid_texts(texts, numbers, bad, "unknown_code")
    return _multiple(chosen, taken(wrong_of, numbers, False), variable, cells.index, invalid)


def _split(text: str, meanings: Mapping[str, int], by_label: Mapping[str, int]) -> list[int] | None:
    """The places of the codes that a joined cell names; None when one of them is not known."""
    if text.casefold() in by_label:
        return [by_label[text.casefold()]]

    def place_of(part: str) -> int:
        return meanings.get(_plain_code(part), by_label.get(part.casefold(), -1))

    separator = ";" if ";" in text else "|" if "|" in text else ","
    parts = [part.strip() for part in text.split(separator)]
    if separator == ",":
        return _joined_again(parts, place_of)
    places = [place_of(part) for part in parts if part]
    return places if places and min(places) >= 0 else None


def _joined_again(parts: Sequence[str], place_of: Callable[[str], int]) -> list[int] | None:
    """The places of labels that may hold commas themselves: as many parts together as make a known label."""
    places: list[int] = []
    at = 0
    while at < len(parts):
        ends = range(len(parts), at, -1)
        end = next((end for end in ends if place_of(", ".join(parts[at:end])) >= 0), 0)
        if not end:
            return None
        places.append(place_of(", ".join(parts[at:end])))
        at = end
    return places


def _multiple(
    chosen: NDArray[np.bool_],
    wrong: NDArray[np.bool_],
    variable: Variable,
    index: pd.Index,
    invalid: list[Invalid],
) -> Answers:
    """One float column an answer. A missing code beside an answer contradicts itself and is set aside."""
    import numpy as np
    import pandas as pd

    reasons = _reasons(variable)
    real = np.array([not code.missing for code in variable.codes])
    contradiction = chosen[:, real].any(axis=1) & chosen[:, ~real].any(axis=1) & ~wrong
    if contradiction.any():
        positions = np.flatnonzero(contradiction)
        texts = [
            ";".join(str(variable.codes[place].code) for place in np.flatnonzero(chosen[row])) for row in positions
        ]
        invalid = [
            *invalid,
            *(Invalid(t, np.array([p]), "contradiction") for t, p in zip(texts, positions, strict=True)),
        ]
    reason = np.where(chosen.any(axis=1), -1, reasons.index("blank")).astype(np.int8)
    for place in np.flatnonzero(~real):
        reason[chosen[:, place]] = reasons.index(variable.codes[place].missing)
    reason[wrong | contradiction] = reasons.index("invalid")
    columns = {}
    for at, code in enumerate(variable.codes):
        if not code.missing:
            # Small floats: a survey of a million rows has a hundred such columns.
            ticks = chosen[:, at].astype(np.float32)
            ticks[reason >= 0] = np.nan
            columns[f"{variable.name}[{code.code}]"] = pd.Series(ticks, index=index, copy=False)
    return Answers(columns, reason, reasons, tuple(invalid))


def _reasons(variable: Variable) -> tuple[str, ...]:
    """Why an answer can be absent, in a fixed order; "blank" is the first."""
    return tuple(dict.fromkeys(["blank", "invalid", *(code.missing for code in variable.codes if code.missing)]))


def _meanings(variable: Variable) -> dict[str, int]:
    return {str(code.code): place for place, code in enumerate(variable.codes)}


def _both_labels(code: Code) -> tuple[str, str]:
    return code.label_nl, code.label_en


def _labels(variable: Variable) -> dict[str, int]:
    """The place of each label, in both languages; a label that two codes share means neither."""
    places: dict[str, set[int]] = {}
    for place, code in enumerate(variable.codes):
        for label in _both_labels(code):
            places.setdefault(label.casefold(), set()).add(place)
    return {label: next(iter(found)) for label, found in places.items() if len(found) == 1}


def _plain_code(text: str) -> str:
    """A code as it stands in the codebook: '3' for '3', '3.0' and '3,0'."""
    found = re.fullmatch(r"(-?[0-9]+)[.,]0+", text)
    return found[1] if found else text
