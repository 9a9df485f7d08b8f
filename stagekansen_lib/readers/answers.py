"""From the texts in a column to answers: codes, numbers, days. Worked out once for each distinct text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stagekansen_lib.codebooks import CODED, NUMERIC, Variable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Answers", "Invalid", "expected_text", "read_answers", "read_separate_answers"]

_TICKED = {"1", "ja", "yes", "y", "j", "x", "true", "waar"}
_NOT_TICKED = {"", "0", "nee", "no", "n", "false", "onwaar"}
_DAYS = (
    (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[ T].*)?"), "year-month-day"),
    (re.compile(r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})(?: .*)?"), "day-month-year"),
)


@dataclass(frozen=True)
class Invalid:
    """One distinct text that is no possible answer: where it stands (positions), and why."""

    text: str
    positions: NDArray[np.intp]
    reason: str


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


def read_answers(cells: pd.Series[Any], variable: Variable) -> Answers:
    """The answers in one column of texts (a categorical, empty cells missing)."""
    if variable.kind == "multiple":
        return _read_joined(cells, variable)
    if variable.kind in CODED:
        return _read_coded(cells, variable)
    if variable.kind in NUMERIC:
        return _read_numbers(cells, variable)
    if variable.kind == "date":
        return _read_days(cells, variable)
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
        texts, numbers = _distinct(cells[code.code])
        yes = (_TICKED | {str(code.code), code.label_nl.casefold(), code.label_en.casefold()}) - _NOT_TICKED
        ticked = np.array([text.casefold() in yes for text in texts], dtype=bool)
        known = ticked | np.array([text.casefold() in _NOT_TICKED for text in texts], dtype=bool)
        chosen[:, place] = _take(ticked, numbers, False)
        strange = ~_take(known, numbers, True)
        invalid.extend(_invalid(texts, numbers, np.flatnonzero(~known), "unknown_code"))
        wrong |= strange
    return _multiple(chosen, wrong, variable, cells[next(iter(cells))].index, invalid)


def _read_coded(cells: pd.Series[Any], variable: Variable) -> Answers:
    import numpy as np
    import pandas as pd

    texts, numbers = _distinct(cells)
    meanings, by_label = _meanings(variable), _labels(variable)
    valid = list(variable.valid_codes)
    reasons = _reasons(variable)
    code_of = np.full(len(texts), -1, dtype=np.int16)
    reason_of = np.full(len(texts), -1, dtype=np.int8)
    labelled = 0
    for position, text in enumerate(texts):
        code = meanings.get(_code_text(text))
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
    column = pd.Series(pd.Categorical.from_codes(_take(code_of, numbers, -1), dtype=dtype), index=cells.index)
    report = (f"'{variable.name}': answers given as text were read as codes.",) if labelled else ()
    return Answers(
        {variable.name: column},
        _take(reason_of, numbers, 0),
        reasons,
        tuple(_invalid(texts, numbers, bad, "unknown_code")),
        report,
    )


def _read_numbers(cells: pd.Series[Any], variable: Variable) -> Answers:
    import numpy as np
    import pandas as pd

    texts, numbers = _distinct(cells)
    reasons = _reasons(variable)
    missing = {str(code.code): code.missing for code in variable.codes}
    missing |= {label.casefold(): code.missing for code in variable.codes for label in (code.label_nl, code.label_en)}
    comma = any(re.fullmatch(r"[-+]?\d+,\d+", text) for text in texts)
    sign = "," if comma else "."
    value_of = np.full(len(texts), np.nan)
    reason_of = np.full(len(texts), -1, dtype=np.int8)
    why: dict[str, list[int]] = {"not_a_number": [], "out_of_range": []}
    for position, text in enumerate(texts):
        plain = _code_text(text) if not comma else text
        if plain.casefold() in missing:
            reason_of[position] = reasons.index(missing[plain.casefold()])
            continue
        number = float(text.replace(sign, ".")) if re.fullmatch(rf"[-+]?\d+(\{sign}\d+)?", text) else None
        low = -np.inf if variable.minimum is None else variable.minimum
        high = np.inf if variable.maximum is None else variable.maximum
        if number is None or (variable.kind == "count" and not number.is_integer()):
            why["not_a_number"].append(position)
        elif not low <= number <= high:
            why["out_of_range"].append(position)
        else:
            value_of[position] = number
    bad = [*why["not_a_number"], *why["out_of_range"]]
    reason_of[bad] = reasons.index("invalid")
    report = (f"'{variable.name}': a comma is read as the decimal sign.",) if comma else ()
    return Answers(
        {variable.name: pd.Series(_take(value_of, numbers, np.nan), index=cells.index)},
        _take(reason_of, numbers, 0),
        reasons,
        tuple(one for reason, places in why.items() for one in _invalid(texts, numbers, places, reason)),
        report,
    )


def _read_days(cells: pd.Series[Any], variable: Variable) -> Answers:
    import numpy as np
    import pandas as pd

    texts, numbers = _distinct(cells)
    reasons = _reasons(variable)
    day_of = np.full(len(texts), np.datetime64("NaT", "us"), dtype="datetime64[us]")
    reason_of = np.full(len(texts), -1, dtype=np.int8)
    orders: set[str] = set()
    for position, text in enumerate(texts):
        for pattern, order in _DAYS:
            found = pattern.fullmatch(text)
            if found:
                try:
                    day_of[position] = np.datetime64(dt.date(int(found["y"]), int(found["m"]), int(found["d"])), "us")
                except ValueError:
                    continue
                orders.add(order)
    bad = np.flatnonzero(np.isnat(day_of))
    reason_of[bad] = reasons.index("invalid")
    column = pd.Series(_take(day_of, numbers, np.datetime64("NaT", "us")), index=cells.index)
    report = tuple(f"'{variable.name}': days are read as {order}." for order in sorted(orders))
    return Answers(
        {variable.name: column},
        _take(reason_of, numbers, 0),
        reasons,
        tuple(_invalid(texts, numbers, bad, "not_a_day")),
        report,
    )


def _read_texts(cells: pd.Series[Any], variable: Variable) -> Answers:
    import numpy as np
    import pandas as pd

    texts, numbers = _distinct(cells)
    reasons = _reasons(variable)
    missing = {str(code.code): code.missing for code in variable.codes}
    reason_of = np.array([reasons.index(missing[text]) if text in missing else -1 for text in texts], dtype=np.int8)
    reason = _take(reason_of, numbers, 0)
    column = pd.Series(cells.astype(object), index=cells.index).where(reason < 0).astype("str")
    return Answers({variable.name: column}, reason, reasons)


def _read_joined(cells: pd.Series[Any], variable: Variable) -> Answers:
    """Several answers in one cell, joined by a semicolon, a pipe or (codes only) a comma."""
    import numpy as np

    texts, numbers = _distinct(cells)
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
    chosen = np.zeros((len(cells), len(variable.codes)), dtype=bool)
    chosen[numbers >= 0] = chosen_of[numbers[numbers >= 0]]
    invalid = _invalid(texts, numbers, bad, "unknown_code")
    return _multiple(chosen, _take(wrong_of, numbers, False), variable, cells.index, invalid)


def _split(text: str, meanings: Mapping[str, int], by_label: Mapping[str, int]) -> list[int] | None:
    """The places of the codes that a joined cell names; None when one of them is not known."""
    if text.casefold() in by_label:
        return [by_label[text.casefold()]]
    separator = ";" if ";" in text else "|" if "|" in text else ","
    places = []
    for part in filter(None, (part.strip() for part in text.split(separator))):
        place = meanings.get(_code_text(part), by_label.get(part.casefold(), -1))
        if place < 0:
            return None
        places.append(place)
    return places or None


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
    columns = {
        f"{variable.name}[{code.code}]": pd.Series(np.where(reason < 0, chosen[:, place], np.nan), index=index)
        for place, code in enumerate(variable.codes)
        if not code.missing
    }
    return Answers(columns, reason, reasons, tuple(invalid))


def _reasons(variable: Variable) -> tuple[str, ...]:
    """Why an answer can be absent, in a fixed order; "blank" is the first."""
    return tuple(dict.fromkeys(["blank", "invalid", *(code.missing for code in variable.codes if code.missing)]))


def _meanings(variable: Variable) -> dict[str, int]:
    return {str(code.code): place for place, code in enumerate(variable.codes)}


def _labels(variable: Variable) -> dict[str, int]:
    """The place of each label, in both languages; a label that two codes share means neither."""
    places: dict[str, set[int]] = {}
    for place, code in enumerate(variable.codes):
        for label in (code.label_nl, code.label_en):
            places.setdefault(label.casefold(), set()).add(place)
    return {label: next(iter(found)) for label, found in places.items() if len(found) == 1}


def _code_text(text: str) -> str:
    """A code as it stands in the codebook: '3' for '3', '3.0' and '3,0'."""
    found = re.fullmatch(r"(-?\d+)[.,]0+", text)
    return found[1] if found else text


def _distinct(cells: pd.Series[Any]) -> tuple[list[str], NDArray[np.integer[Any]]]:
    """The distinct texts that occur, and for each row which it is (-1 for an empty cell)."""
    import numpy as np

    values: Any = cells.array
    codes = np.asarray(values.codes)
    used = np.unique(codes[codes >= 0])
    place = np.full(len(values.categories) + 1, -1)
    place[used] = np.arange(len(used))
    texts = np.asarray(values.categories, dtype=object)[used].tolist()
    return texts, place[codes]


def _take(of_text: NDArray[Any], numbers: NDArray[Any], empty: Any) -> Any:
    """For each row the value of its text; ``empty`` for an empty cell."""
    import numpy as np

    return np.append(of_text, np.array([empty], dtype=of_text.dtype))[numbers]


def _invalid(texts: Sequence[str], numbers: NDArray[Any], places: Any, reason: str) -> list[Invalid]:
    import numpy as np

    return [Invalid(texts[place], np.flatnonzero(numbers == place), reason) for place in places]
