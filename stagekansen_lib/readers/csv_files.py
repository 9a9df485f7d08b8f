"""CSV exports: delimiter and encoding are found and reported, incomplete rows set aside, nothing repaired."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RawTable", "read_csv_file"]

DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "pipe"}
_OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel or zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"$FL2": "an SPSS file",
    b"$FL3": "an SPSS file",
    b"<stata_dta>": "a Stata file",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF file",
}
_SAMPLE = 50  # records looked at to find the delimiter
_BLOCK = 20_000  # records held as lists at a time, so that memory grows with distinct values and not cells
_LARGEST_CELL = 1_000_000


@dataclass(frozen=True)
class RawTable:
    """The cells of a file as text, before a codebook gives them meaning.

    Parameters
    ----------
    rows : one row an answer, each column a categorical of texts without spaces around them, an empty cell
        missing. The index, named "row", is the row number a spreadsheet shows: the header is row 1.
    set_aside : rows that are no complete record: row, column, value, expected, reason. ``value`` stays empty.
    count : rows in the file that hold anything; always ``len(rows) + len(set_aside)``.
    report : what was found out or done while reading, one sentence a line, in English.
    """

    rows: pd.DataFrame
    set_aside: pd.DataFrame
    count: int
    report: tuple[str, ...]


def read_csv_file(path: str | Path, *, delimiter: str | None = None, encoding: str | None = None) -> RawTable:
    """The cells of a CSV file as text, with a report of how they were read.

    Parameters
    ----------
    path : the file.
    delimiter : one character; found from the first rows when left out.
    encoding : such as "utf-8" or "cp1252"; when left out UTF-8 is tried first, then Windows-1252, and the
        report says which it was.

    Returns
    -------
    RawTable : a row with too few or too many cells is in ``set_aside``, not in ``rows``.

    Raises
    ------
    InputError : the file is absent, empty, of another format, holds null bytes, cannot be decoded, has one
        column only, has two columns of the same name, has no rows, or a quotation mark in it is never closed.

    Examples
    --------
    >>> from stagekansen_lib.paths import data_folder
    >>> table = read_csv_file(data_folder("example", "example_2022.csv"))
    >>> table.count == len(table.rows) + len(table.set_aside)
    True
    >>> table.report[0]
    'Encoding utf-8 with a byte order mark, cells separated by semicolon.'
    """
    import pandas as pd

    path = Path(path)
    file = _open(path, encoding)
    found = delimiter or _find_delimiter(file)
    records = _records(file, found)
    _, header = next(records, (0, []))
    header = [name.strip() for name in header]
    _check_header(header, found, file)
    columns = [_Column() for _ in header]
    numbers: list[int] = []
    aside: list[tuple[int, str, str, str, str]] = []
    empty = 0
    while block := list(islice(records, _BLOCK)):
        whole: list[list[str]] = []
        for number, record in block:
            if not "".join(record).strip():
                empty += 1
            elif len(record) != len(header):
                expected = f"{len(header)} cells, the row has {len(record)}"
                aside.append((number, "", "", expected, "truncated_row" if len(record) < len(header) else "long_row"))
            else:
                whole.append(record)
                numbers.append(number)
        for column, cells in zip(columns, zip(*whole, strict=True), strict=False):
            column.add(cells)
    if not numbers and not aside:
        raise InputError(Problem("The file has a header and no answers.", path.name, "Export it again."))
    index = pd.Index(numbers, name="row", dtype="int64")
    rows = pd.DataFrame(
        {name: column.categorical() for name, column in zip(header, columns, strict=True)},
        index=index,
        columns=header,
    )
    set_aside = pd.DataFrame(aside, columns=["row", "column", "value", "expected", "reason"])
    report = [f"Encoding {file.described}, cells separated by {DELIMITERS.get(found, repr(found))}."]
    trimmed = sum(column.trimmed for column in columns)
    if trimmed:
        report.append(f"Spaces around {trimmed} cell(s) were taken off.")
    if empty:
        report.append(f"{empty} empty row(s) were passed over.")
    if aside:
        report.append(f"{len(aside)} row(s) do not have {len(header)} cells and were set aside.")
    return RawTable(rows, set_aside, len(numbers) + len(aside), tuple(report))


class _Column:
    """Collects cells as integer codes of the distinct texts, so that a million rows cost little."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.parts: list[Any] = []
        self.trimmed = 0

    def add(self, cells: tuple[str, ...]) -> None:
        import numpy as np
        import pandas as pd

        codes, distinct = pd.factorize(np.array(cells, dtype=object))
        counts = np.bincount(codes, minlength=len(distinct))
        places = np.empty(len(distinct), dtype=np.int32)
        for position, cell in enumerate(distinct):
            text = cell.strip()
            if text != cell and text:
                self.trimmed += int(counts[position])
            places[position] = self.known.setdefault(text, len(self.known)) if text else -1
        self.parts.append(places[codes])

    def categorical(self) -> Any:
        import numpy as np
        import pandas as pd

        codes = np.concatenate(self.parts) if self.parts else np.empty(0, dtype=np.int32)
        return pd.Categorical.from_codes(codes, categories=pd.Index(list(self.known), dtype=object))


@dataclass(frozen=True)
class _File:
    """The bytes of a file and how to read them; lines are decoded one at a time, so the text is never held
    twice."""

    name: str
    content: bytes
    encoding: str

    @property
    def described(self) -> str:
        if self.encoding == "utf-8-sig":
            return "utf-8 with a byte order mark" if self.content.startswith(b"\xef\xbb\xbf") else "utf-8"
        if self.encoding.startswith("utf"):
            return self.encoding
        return f"{self.encoding} (not UTF-8: check letters with accents)"

    def lines(self) -> Iterator[str]:
        return io.TextIOWrapper(io.BytesIO(self.content), encoding=self.encoding, newline="")


def _open(path: Path, encoding: str | None) -> _File:
    if not path.is_file():
        raise InputError(Problem("There is no such file.", str(path)))
    content = path.read_bytes()
    for start, kind in _OTHER_FORMATS.items():
        if content.startswith(start):
            raise InputError(Problem(f"This is {kind}, not a CSV file.", path.name, "Export it as CSV."))
    if not content.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n;,"):
        raise InputError(Problem("The file is empty.", path.name, "Export it again."))
    if encoding is None and content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    if b"\x00" in content and not (encoding or "").startswith(("utf-16", "utf-32")):
        line = content[: content.index(b"\x00")].count(b"\n") + 1
        raise InputError(
            Problem(
                "The file holds null bytes, so it is damaged or not plain text.",
                f"{path.name} line {line}",
                "Export it again as CSV (UTF-8).",
            )
        )
    for attempt in [encoding] if encoding else ["utf-8-sig", "cp1252", "latin-1"]:
        try:
            content.decode(attempt)
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise InputError(Problem(f"There is no encoding '{attempt}'.", do="Try 'utf-8' or 'cp1252'.")) from None
        return _File(path.name, content, attempt)
    raise InputError(Problem(f"The file is not in encoding '{encoding}'.", path.name, "Leave encoding= out."))


def _find_delimiter(file: _File) -> str:
    """The delimiter that splits the first rows into the most columns, the same number in most rows."""
    best, best_score = "", (0.0, 0)
    first = next(file.lines())
    for candidate in DELIMITERS:
        try:
            widths = [len(record) for _, record in islice(_records(file, candidate), _SAMPLE) if record]
        except InputError:  # a stray quotation mark: let the reading itself name it
            widths = [first.count(candidate) + 1]
        if widths and widths[0] > 1:
            score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
            # Both must count: a comma inside a question text also splits the header in two.
            if score[0] * score[1] > best_score[0] * best_score[1]:
                best, best_score = candidate, score
    if best:
        return best
    for _ in _records(file, ";"):
        pass  # a quotation mark that is never closed explains itself here
    known = ", ".join(DELIMITERS.values())
    raise InputError(
        Problem(
            "The rows do not fall apart into columns.",
            file.name,
            f"Tried {known}. Give delimiter= when it is another one, or export the file again.",
        )
    )


def _records(file: _File, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with its row number as a spreadsheet shows it."""
    if len(delimiter) != 1:
        raise InputError(Problem(f"A delimiter is one character, not {len(delimiter)}."))
    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(file.lines(), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise InputError(Problem(_csv_problem(str(error)), f"{file.name} row {number}", "Mend that row.")) from None
        if record is None:
            return
        yield number, record


def _csv_problem(error: str) -> str:
    if "field limit" in error:
        return f"A cell is longer than {_LARGEST_CELL:,} characters."
    if "unexpected end" in error:
        return "A quotation mark is opened and never closed."
    return "A quotation mark stands in the middle of a quoted cell."


def _check_header(header: list[str], delimiter: str, file: _File) -> None:
    if len(header) < 2:
        first = next(file.lines())
        other = [name for sign, name in DELIMITERS.items() if sign != delimiter and sign in first]
        hint = f"It looks as if they are separated by {' or '.join(other)}." if other else ""
        raise InputError(
            Problem(
                f"With {DELIMITERS.get(delimiter, repr(delimiter))} as delimiter the file has one column.",
                file.name,
                hint,
            )
        )
    # By position: in a file without a header the first row holds answers, and those never stand in an error.
    places: dict[str, list[str]] = {}
    for position, name in enumerate(header, start=1):
        places.setdefault(name, []).append(str(position))
    problems = [
        Problem(f"Columns {', '.join(same)} have the same name.", f"{file.name} row 1", "Give each its own name.")
        for name, same in places.items()
        if len(same) > 1 and name
    ]
    blank = [str(position) for position, name in enumerate(header, start=1) if not name]
    if blank:
        problems.append(
            Problem(f"Column(s) without a name: {', '.join(blank)}.", f"{file.name} row 1", "Name or delete them.")
        )
    if problems:
        raise InputError(problems)
