"""SPSS and Stata files: codes with their labels, and the codes that the file declares missing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.readers.excel_files import cell_text
from stagekansen_lib.readers.tables import RawTable, table_from_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["missing_reason", "read_spss_file", "read_stata_file"]

_MOST_CELLS = 400_000_000
# What a label of a missing code says, in Dutch or English: the first that occurs in it.
_REASON_WORDS = (
    ("do_not_know", ("weet niet", "weet ik niet", "geen idee", "don't know", "do not know", "dont know", "not sure")),
    (
        "prefer_not_to_say",
        (
            "liever niet",
            "wil niet zeggen",
            "wil ik niet",
            "prefer not",
            "refus",
            "weiger",
            "no answer",
            "geen antwoord",
        ),
    ),
    ("not_asked", ("n.v.t", "nvt", "niet van toepassing", "not applicable", "niet gevraagd", "not asked", "n/a")),
)


def missing_reason(label: str) -> str:
    """Why an answer is missing, from the label of its code; "" when the label does not say.

    >>> missing_reason("Weet ik niet"), missing_reason("Zeg ik liever niet"), missing_reason("Twee")
    ('do_not_know', 'prefer_not_to_say', '')
    """
    text = label.casefold()
    return next((reason for reason, words in _REASON_WORDS if any(word in text for word in words)), "")


def read_spss_file(path: str | Path) -> RawTable:
    """An SPSS file (.sav, .zsav): codes as text, with labels, questions and user missing values.

    A user missing value becomes a missing answer; its label says why, else it counts as blank.

    Raises
    ------
    InputError : the file is damaged, or holds no answers.
    """
    import pyreadstat

    path = Path(path)
    frame, facts = _read(path, pyreadstat.read_sav, "an SPSS file")
    missing = {
        name: {
            text: _reason(facts.variable_value_labels.get(name, {}).get(value, ""))
            for value, text in _declared(ranges, frame[name])
        }
        for name, ranges in facts.missing_ranges.items()
        if name in frame
    }
    return _table(frame, facts, missing, path.name, "SPSS", "spss")


def read_stata_file(path: str | Path) -> RawTable:
    """A Stata file (.dta): codes as text, with labels and questions; ``.a`` to ``.z`` are missing answers.

    Raises
    ------
    InputError : the file is damaged, or holds no answers.
    """
    import pyreadstat

    path = Path(path)
    frame, facts = _read(path, pyreadstat.read_dta, "a Stata file")
    missing = {
        name: {letter: _reason(facts.variable_value_labels.get(name, {}).get(letter, "")) for letter in letters}
        for name, letters in facts.missing_user_values.items()
    }
    return _table(frame, facts, missing, path.name, "Stata", "stata")


def _read(path: Path, read: Any, kind: str) -> tuple[pd.DataFrame, Any]:
    # ReadStat fails in many ways on a damaged file.
    try:
        _, facts = read(path, metadataonly=True)
        rows, columns = facts.number_rows or 0, facts.number_columns or 0
        if rows * max(columns, 1) > _MOST_CELLS or rows > 1000 * max(path.stat().st_size, 1):
            raise InputError(Problem(f"The file says that it has {rows:,} rows.", path.name, "Export it as CSV."))
        try:
            frame, facts = read(path, user_missing=True)
        except UnicodeDecodeError:
            frame, facts = read(path, user_missing=True, encoding="cp1252")
    except InputError:
        raise
    except Exception as error:
        raise InputError(Problem(f"This is {kind} that is damaged.", path.name, "Export it again.")) from error
    return frame, facts


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
    frame: pd.DataFrame, facts: Any, missing: Mapping[str, Mapping[str, str]], file: str, shown: str, name: str
) -> RawTable:
    if not len(frame):
        raise InputError(Problem("The file has variables and no answers.", file, "Export it again."))
    columns = {str(column): _texts(frame[column]) for column in frame.columns}
    labels = {
        column: {cell_text(value).strip(): str(label) for value, label in values.items()}
        for column, values in facts.variable_value_labels.items()
    }
    questions = {column: (str(text),) for column, text in facts.column_names_to_labels.items() if text}
    report = [f"{shown} file, {len(frame)} rows."]
    declared = sorted(column for column, values in missing.items() if values)
    if declared:
        report.append(f"The file itself declares codes missing in {len(declared)} column(s).")
    more = {"questions": questions, "labels": labels, "missing": missing, "format": name}
    return table_from_columns(columns, file, first_row=1, report=report, **more)


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
