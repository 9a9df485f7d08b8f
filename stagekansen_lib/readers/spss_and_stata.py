"""SPSS and Stata files: codes with their labels, and the codes that the file declares missing."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import needs
from stagekansen_lib.readers.excel_files import cell_text
from stagekansen_lib.readers.spss_times import WEEKDAYS, is_long_time, long_time, with_periods
from stagekansen_lib.readers.tables import RawTable, table_from_columns
from stagekansen_lib.readers.ticks import missing_reason

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_spss_file", "read_stata_file"]

_MOST_CELLS = 400_000_000


def read_spss_file(path: str | Path) -> RawTable:
    """An SPSS file (.sav, .zsav): codes as text, with labels, questions and user missing values.

    A user missing value becomes a missing answer; its label says why, else it counts as blank.

    Raises
    ------
    InputError : the file is damaged, or holds no answers.
    """
    with needs("files"):
        import pyreadstat

    path = Path(path)
    _facts(path, pyreadstat.read_sav, "an SPSS file")
    try:
        try:
            frame, facts = pyreadstat.read_sav(path, user_missing=True)
        except UnicodeDecodeError:
            frame, facts = pyreadstat.read_sav(path, user_missing=True, encoding="cp1252")
    except Exception as error:  # ReadStat fails in many ways on a damaged file
        raise _damaged("an SPSS file", path) from error
    missing = {
        name: {
            text: _reason(facts.variable_value_labels.get(name, {}).get(value, ""))
            for value, text in _declared(ranges, frame[name])
        }
        for name, ranges in facts.missing_ranges.items()
        if name in frame
    }
    formats = {str(name): str(form) for name, form in facts.original_variable_types.items()}
    frame, said = with_periods(_with_long_times(frame, formats, path), formats)
    for column, form in formats.items():
        if form.upper().startswith("WKDAY") and not facts.variable_value_labels.get(column):
            facts.variable_value_labels[column] = WEEKDAYS
    return _table(frame, facts, missing, path.name, "SPSS", "spss", said)


def _with_long_times(frame: pd.DataFrame, formats: Mapping[str, str], path: Path) -> pd.DataFrame:
    """The table with times as hours, minutes and seconds: ReadStat leaves whole days out of a time."""
    import pandas as pd

    with needs("files"):
        import pyreadstat

    long = [name for name, form in formats.items() if is_long_time(form) and name in frame]
    if not long:
        return frame
    seconds, _ = pyreadstat.read_sav(path, user_missing=True, usecols=long, disable_datetime_conversion=True)
    texts = {name: [long_time(value) for value in seconds[name].tolist()] for name in long}
    return frame.assign(**{name: pd.Series(each, index=frame.index, dtype=object) for name, each in texts.items()})


def read_stata_file(path: str | Path) -> RawTable:
    """A Stata file (.dta): codes as text, with labels and questions; ``.a`` to ``.z`` are missing answers.

    Values come from pandas and labels from pyreadstat: its values of a whole-number column are wrong where "." stands
    beside ".a" (seen in 1.3).

    Raises
    ------
    InputError : the file is damaged, or holds no answers.
    """
    import pandas as pd

    with needs("files"):
        import pyreadstat

    path = Path(path)
    with path.open("rb") as stream:
        start = stream.read(11)
        stream.seek(-min(100, path.stat().st_size), 2)
        # pandas reads a file that is cut off behind its rows, and then its labels are gone.
        if start == b"<stata_dta>" and not stream.read().rstrip().endswith(b"</stata_dta>"):
            raise _damaged("a Stata file", path)
    facts = _facts(path, pyreadstat.read_dta, "a Stata file")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnicodeWarning)  # texts of before Stata 14: read as Latin-1
        try:
            frame = pd.read_stata(path, convert_categoricals=False)
            # Read once more for ".a" to ".z": pandas cannot give these and days at the same time.
            marked = pd.read_stata(path, convert_categoricals=False, convert_dates=False, convert_missing=True)
        except Exception as error:  # a damaged file fails in many ways
            raise _damaged("a Stata file", path) from error
    missing: dict[str, dict[str, str]] = {}
    for name in map(str, frame.columns):
        labels = facts.variable_value_labels.get(name, {})
        letters = _letters(marked[name])
        if any(letters):
            cells = zip(frame[name].astype(object), letters, strict=True)
            frame[name] = pd.Series([letter or cell for cell, letter in cells], index=frame.index, dtype=object)
        missing[name] = {text: _reason(labels.get(text[1:], "")) for text in sorted(set(letters) - {""})}
    return _table(frame, facts, missing, path.name, "Stata", "stata")


def _letters(column: pd.Series[Any]) -> list[str]:
    """For each cell its extended missing value, such as ".a"; "." is only an empty cell."""
    if column.dtype != object:
        return []
    # pandas wraps each missing value in an object that says which it is.
    return [getattr(value, "string", "").rstrip(".") for value in column]


def _facts(path: Path, read: Any, kind: str) -> Any:
    """Names, labels and size; refused when the size cannot be true of a file like this."""
    try:
        _, facts = read(path, metadataonly=True)
    except Exception as error:  # ReadStat fails in many ways on a damaged file
        raise _damaged(kind, path) from error
    rows, columns = facts.number_rows or 0, facts.number_columns or 0
    if rows * max(columns, 1) > _MOST_CELLS or rows > 1000 * max(path.stat().st_size, 1):
        raise InputError(Problem(f"The file says that it has {rows:,} rows.", path.name, "Export it as CSV."))
    return facts


def _damaged(kind: str, path: Path) -> InputError:
    return InputError(Problem(f"This is {kind} that is damaged.", path.name, "Export it again."))


def _reason(label: object) -> str:
    return missing_reason(str(label)) or "blank"


def _declared(ranges: Any, column: pd.Series[Any]) -> list[tuple[Any, str]]:
    """The values of a column that its missing ranges hold, with their text."""
    found = []
    for value in column.dropna().unique().tolist():
        if any(
            one["lo"] <= value <= one["hi"] for one in ranges if isinstance(one["lo"], str) == isinstance(value, str)
        ):
            found.append((value, cell_text(value).strip()))
    return found


def _table(
    frame: pd.DataFrame,
    facts: Any,
    missing: Mapping[str, Mapping[str, str]],
    file: str,
    shown: str,
    name: str,
    said: Sequence[str] = (),
) -> RawTable:
    if not len(frame):
        raise InputError(Problem("The file has variables and no answers.", file, "Export it again."))
    columns = {str(column): _texts(frame[column]) for column in frame.columns}
    labels = {
        column: {_code(value, name): str(label) for value, label in values.items()}
        for column, values in facts.variable_value_labels.items()
    }
    questions = {column: (str(text),) for column, text in facts.column_names_to_labels.items() if text}
    missing = {
        **missing,
        **{
            name: _of_a_number(columns[name], labels[name]) | dict(missing.get(name, {}))
            for name in labels
            if name in columns
        },
    }
    report = [f"{shown} file, {len(frame)} rows.", *said]
    declared = sorted(column for column, values in missing.items() if values)
    if declared:
        report.append(f"The file itself declares codes missing in {len(declared)} column(s).")
    more = {"questions": questions, "labels": labels, "missing": missing, "format": name, "decimals": {"": "."}}
    return table_from_columns(columns, file, first_row=1, report=report, **more)


def _of_a_number(texts: Sequence[str], labels: Mapping[str, str]) -> dict[str, str]:
    """Of a number only what is missing has labels: "99 = onbekend" beside ages is no age, though no range says so."""
    reasons = {text: missing_reason(label) for text, label in labels.items()}
    given = {text for text in texts if text}
    return reasons if all(reasons.values()) and len(given - reasons.keys()) > 2 else {}


def _code(value: Any, name: str) -> str:
    return f".{value}" if name == "stata" and isinstance(value, str) else cell_text(value).strip()


def _texts(column: pd.Series[Any]) -> list[str]:
    """Each cell as text; worked out once for each distinct value."""
    import pandas as pd

    codes, distinct = pd.factorize(column)
    texts = [_value_text(value) for value in distinct]
    return [texts[code] if code >= 0 else "" for code in codes.tolist()]


def _value_text(value: Any) -> str:
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    elif hasattr(value, "item"):
        value = value.item()
    return cell_text(value)
