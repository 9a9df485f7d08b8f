"""From the texts in a column to answers: codes, numbers, days. Worked out once for each distinct text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.project.extras import has_package, needs
from stagekansen_lib.surveys.codebooks import CODED, NUMERIC, Code, Variable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "Answers",
    "Invalid",
    "by_label",
    "distinct_numbers",
    "expected_text",
    "is_day",
    "is_tick",
    "read_answers",
    "read_separate_answers",
    "with_missing",
]

_TICKED = {"1", "ja", "yes", "y", "j", "x", "true", "waar"}
_NOT_TICKED = {"", "0", "nee", "no", "n", "false", "onwaar"}
_DAYS = (
    (re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"), "year-month-day"),
    (re.compile(r"(?P<d>[0-9]{1,2})[-/.](?P<m>[0-9]{1,2})[-/.](?P<y>[0-9]{4})"), "day-month-year"),
)
# From 1995 to 2049: a number of five digits outside it is more likely something else.
_SERIAL = re.compile(r"(?:3[5-9]|4[0-9]|5[0-4])[0-9]{3}(?:[.,][0-9]+)?")


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


def is_day(text: str) -> bool:
    """Whether a text writes a day; a number of days, as a spreadsheet writes it, does not count."""
    return not _SERIAL.fullmatch(text) and _day(re.split("[ T]", text, maxsplit=1)[0], "1899-12-30")[0] is not None


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
        texts, numbers = _distinct(cells[code.code])
        yes = (_TICKED | {str(code.code), code.label_nl.casefold(), code.label_en.casefold()}) - _NOT_TICKED
        ticked = np.array([text.casefold() in yes for text in texts], dtype=bool)
        known = ticked | np.array([text.casefold() in _NOT_TICKED for text in texts], dtype=bool)
        chosen[:, place] = _take(ticked, numbers, False)
        strange = ~_take(known, numbers, True)
        invalid.extend(_invalid(texts, numbers, np.flatnonzero(~known), "unknown_code"))
        wrong |= strange
    return _multiple(chosen, wrong, variable, cells[next(iter(cells))].index, invalid)


def with_missing(variable: Variable, declared: Mapping[str, str]) -> Variable:
    """The variable with the missing answers that a file declares itself; what the codebook says goes first."""
    known = {str(code.code) for code in variable.codes}
    more = tuple(Code(text, text, text, reason) for text, reason in declared.items() if _code_text(text) not in known)
    return replace(variable, codes=(*variable.codes, *more)) if more else variable


def by_label(
    cells: pd.Series[Any], labels: Mapping[str, str], variable: Variable
) -> tuple[pd.Series[Any], tuple[str, ...]]:
    """The cells with the codes of the codebook, where the file labels its codes and means others by them.

    A label says what an answer means, a number does not: when the file labels 1 "No" and the codebook 2, that answer is
    2. The report says so.
    """
    import pandas as pd

    if variable.kind not in ("nominal", "ordinal") or not labels:
        return cells, ()
    places = _labels(variable)
    meant = {
        text: str(variable.codes[places[label.strip().casefold()]].code)
        for text, label in labels.items()
        if label.strip().casefold() in places
    }
    other = {text: code for text, code in meant.items() if _code_text(text) != code}
    if not other:
        return cells, ()
    texts, numbers = _distinct(cells)
    # A code of the file without a known label keeps its text, so that it cannot pass for another one.
    taken = set(other.values())
    renamed = [meant.get(text, f"code {text} of the file" if _code_text(text) in taken else text) for text in texts]
    distinct = list(dict.fromkeys(renamed))
    place = {text: at for at, text in enumerate(distinct)}
    codes = _take(pd.Index([place[text] for text in renamed], dtype="int32").to_numpy(), numbers, -1)
    column = pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(distinct, dtype=object)), index=cells.index)
    return column, (f"'{variable.name}': the file numbers its answers otherwise; they were read by their labels.",)


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
    comma = any("," in text and re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text) for text in texts)
    sign = "," if comma else "."
    is_number = re.compile(rf"[-+]?[0-9]+(\{sign}[0-9]+)?")
    low = -np.inf if variable.minimum is None else variable.minimum
    high = np.inf if variable.maximum is None else variable.maximum
    value_of = np.full(len(texts), np.nan)
    reason_of = np.full(len(texts), -1, dtype=np.int8)
    why: dict[str, list[int]] = {"not_a_number": [], "out_of_range": []}
    for position, text in enumerate(texts):
        plain = _code_text(text) if not comma else text
        if plain.casefold() in missing:
            reason_of[position] = reasons.index(missing[plain.casefold()])
            continue
        number = float(text.replace(sign, ".")) if is_number.fullmatch(text) else None
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


def _read_days(cells: pd.Series[Any], variable: Variable, day_zero: str) -> Answers:
    """Days; the hour is left out first, because with it nearly every text differs."""
    import numpy as np
    import pandas as pd

    texts, numbers = _distinct(cells if isinstance(cells.dtype, pd.CategoricalDtype) else _without_hour(cells))
    reasons = _reasons(variable)
    missing = {str(code.code): code.missing for code in variable.codes}
    day_of = np.full(len(texts), np.datetime64("NaT", "us"), dtype="datetime64[us]")
    reason_of = np.full(len(texts), -1, dtype=np.int8)
    orders: set[str] = set()
    for position, text in enumerate(texts):
        if text in missing:
            reason_of[position] = reasons.index(missing[text])
            continue
        day, order = _day(re.split("[ T]", text, maxsplit=1)[0], day_zero)
        if day is None:
            reason_of[position] = reasons.index("invalid")
        else:
            day_of[position] = np.datetime64(day, "us")
            orders.add(order)
    reason = _take(reason_of, numbers, 0)
    column = pd.Series(_take(day_of, numbers, np.datetime64("NaT", "us")), index=cells.index)
    bad = np.flatnonzero(reason == reasons.index("invalid"))
    whole, which = _distinct(cells.iloc[bad])
    invalid = [
        Invalid(one.text, bad[one.positions], one.reason)
        for one in _invalid(whole, which, range(len(whole)), "not_a_day")
    ]
    report = tuple(f"'{variable.name}': days are read as {order}." for order in sorted(orders))
    return Answers({variable.name: column}, reason, reasons, tuple(invalid), report)


def _without_hour(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Texts as they are up to a space or a T."""
    return cells.astype("str").str.replace("(?s)[ T].*", "", regex=True)


def _day(text: str, day_zero: str) -> tuple[dt.date | None, str]:
    """The day that a text writes, and in which order; a spreadsheet writes it as a number of days."""
    for pattern, order in _DAYS:
        found = pattern.fullmatch(text)
        if found:
            try:
                return dt.date(int(found["y"]), int(found["m"]), int(found["d"])), order
            except ValueError:
                return None, ""
    if _SERIAL.fullmatch(text):
        days = dt.timedelta(days=int(float(text.replace(",", "."))))
        return dt.date.fromisoformat(day_zero) + days, f"the number of days since {day_zero} (a spreadsheet)"
    return None, ""


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
    chosen = np.vstack([chosen_of, np.zeros(len(variable.codes), dtype=bool)])[numbers]
    invalid = _invalid(texts, numbers, bad, "unknown_code")
    return _multiple(chosen, _take(wrong_of, numbers, False), variable, cells.index, invalid)


def _split(text: str, meanings: Mapping[str, int], by_label: Mapping[str, int]) -> list[int] | None:
    """The places of the codes that a joined cell names; None when one of them is not known."""
    if text.casefold() in by_label:
        return [by_label[text.casefold()]]
    separator = ";" if ";" in text else "|" if "|" in text else ","
    parts = [part.strip() for part in text.split(separator)]

    def place_of(part: str) -> int:
        return meanings.get(_code_text(part), by_label.get(part.casefold(), -1))

    if separator != ",":
        places = [place_of(part) for part in parts if part]
        return places if places and min(places) >= 0 else None
    # A label may hold commas itself: parts are put together again, as many as make a known label.
    places, at = [], 0
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


def _labels(variable: Variable) -> dict[str, int]:
    """The place of each label, in both languages; a label that two codes share means neither."""
    places: dict[str, set[int]] = {}
    for place, code in enumerate(variable.codes):
        for label in (code.label_nl, code.label_en):
            places.setdefault(label.casefold(), set()).add(place)
    return {label: next(iter(found)) for label, found in places.items() if len(found) == 1}


def _code_text(text: str) -> str:
    """A code as it stands in the codebook: '3' for '3', '3.0' and '3,0'."""
    found = re.fullmatch(r"(-?[0-9]+)[.,]0+", text)
    return found[1] if found else text


def distinct_numbers(cells: Any) -> NDArray[np.integer[Any]]:
    """For each cell of a column which of its distinct texts it is; -1 for an empty cell."""
    import numpy as np
    import pandas as pd

    if isinstance(cells, pd.Categorical):
        return np.asarray(cells.codes)
    if not has_package("pyarrow"):
        return np.asarray(pd.factorize(cells)[0])
    with needs("files"):
        import pyarrow as pa
    # Arrow makes no Python text of each cell, as pandas does.
    texts = pa.array(cells, pa.large_string())
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    numbers = whole.dictionary_encode().indices.fill_null(-1).to_numpy()
    pa.default_memory_pool().release_unused()
    return np.asarray(numbers)


def _distinct(cells: pd.Series[Any]) -> tuple[list[str], NDArray[np.integer[Any]]]:
    """The distinct texts that occur, and for each row which it is (-1 for an empty cell)."""
    import numpy as np
    import pandas as pd

    values: Any = cells.array
    if not isinstance(values, pd.Categorical):
        found, distinct = pd.factorize(values)
        return list(distinct), found
    codes = np.asarray(values.codes)
    counts = np.bincount(codes.astype(np.int32) + 1, minlength=len(values.categories) + 1)[1:]
    used = np.flatnonzero(counts)
    texts = np.asarray(values.categories, dtype=object)[used].tolist()
    if len(used) == len(values.categories):
        return texts, codes
    place = np.full(len(values.categories) + 1, -1)
    place[used] = np.arange(len(used))
    return texts, place[codes]


def _take(of_text: NDArray[Any], numbers: NDArray[Any], empty: Any) -> Any:
    """For each row the value of its text; ``empty`` for an empty cell."""
    import numpy as np

    return np.append(of_text, np.array([empty], dtype=of_text.dtype))[numbers]


def _invalid(texts: Sequence[str], numbers: NDArray[Any], places: Any, reason: str) -> list[Invalid]:
    """One entry for each of these texts. Rows are sorted once, however many texts there are."""
    import numpy as np

    places = np.sort(np.asarray(places, dtype=np.intp))
    if not len(places):
        return []
    chosen = np.zeros(len(texts) + 1, dtype=bool)
    chosen[places] = True
    rows = np.flatnonzero(chosen[numbers])
    rows = rows[np.argsort(numbers[rows], kind="stable")]
    starts = np.searchsorted(numbers[rows], [*places, len(texts)])  # the last is the end
    return [Invalid(texts[place], rows[starts[at] : starts[at + 1]], reason) for at, place in enumerate(places)]
