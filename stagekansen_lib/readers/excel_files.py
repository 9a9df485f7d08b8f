"""Excel workbooks (.xlsx, .xlsm): the values of one sheet as text, and what the sheet hides."""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.progress import part_done
from stagekansen_lib.readers.tables import (
    ASIDE_COLUMNS,
    Collector,
    RawTable,
    check_header,
    factorized,
    occupied_rows,
    said_of_cells,
    told_apart,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["SheetsError", "cell_text", "read_excel_file"]

_BLOCK = 10_000
_LARGEST = 1 << 30  # bytes that a workbook may become when unpacked
_LARGEST_TEXTS = 200 << 20  # bytes of texts, which Excel keeps in one place and a reader must hold in memory
_LARGEST_RATIO = 200
_CHUNK = 1 << 20
_SCANNED = 0.15  # about the part of the time that looking for what a sheet hides takes; the rest is reading its cells
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*\bhidden="(?:1|true)"')
_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\s[^>]*\bhidden="(?:1|true)"')
# A formula whose result was never stored: a program wrote the file and no spreadsheet has opened it.
_NOT_CALCULATED = re.compile(
    rb'<(?:\w+:)?c\s(?![^>]*\bt="str")[^>]*>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


class SheetsError(InputError):
    """Several sheets could be meant; ``sheets`` has their names."""

    def __init__(self, problem: Problem, *, sheets: Sequence[str]) -> None:
        super().__init__(problem)
        self.sheets = tuple(sheets)


def read_excel_file(path: str | Path, *, sheet: str | None = None) -> RawTable:
    """The cells of one sheet as text: numbers without a needless point, days as year-month-day.

    Of a formula the value is read that Excel stored. Hidden rows and columns are read as well, and reported.

    Parameters
    ----------
    path : the workbook; the first row of its sheet holds the names of the columns.
    sheet : name of the sheet; may be left out when only one visible sheet holds anything.

    Returns
    -------
    RawTable : ``set_aside`` holds rows with something beyond the last named column.

    Raises
    ------
    InputError : the workbook is damaged, locked, or far larger than it says; the sheet is not there, or several could
        be meant; cells are merged, a formula has no stored value, or the header cannot be used.
    """
    path = Path(path)
    _check_package(path)
    with _opened(path) as book:
        chosen, report = _choose_sheet(book, sheet, path.name)
        features = _scan(path, chosen.part)
        heading = _heading_of(chosen.rows(), features.merged)
        problems = list(_problems(features, heading, f"{path.name}, sheet '{chosen.title}'"))
        if problems:
            raise InputError(problems)
        if features.hidden_rows or features.hidden_columns:
            report.append(
                f"{features.hidden_rows} hidden row(s), {features.hidden_columns} hidden column(s): read as well."
            )
        return _read_cells(chosen.rows(), heading, path.name, report, book.day_zero, features.rows)


def cell_text(value: Any) -> str:
    """A value of a spreadsheet as text.

    >>> cell_text(3.0), cell_text(20.3), cell_text(dt.datetime(2022, 5, 9)), cell_text(None), cell_text(True)
    ('3', '20.3', '2022-05-09', '', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    return str(value)


def _check_package(path: Path) -> None:
    """Refuse what unpacks to more than a survey can be, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise InputError(Problem("The workbook is locked with a password.", path.name, "Save it without one."))
            _refuse_bloated(parts, path)
            if any(_has_doctype(package, part) for part in parts if part.filename.endswith((".xml", ".rels"))):
                raise _damaged(path)
    except InputError:
        raise
    except Exception as error:  # a damaged package fails in many ways
        raise _damaged(path) from error


def _damaged(path: Path) -> InputError:
    return InputError(
        Problem("The workbook is damaged.", path.name, "Open it in Excel, save it again, or export it as CSV.")
    )


def _refuse_bloated(parts: Sequence[zipfile.ZipInfo], path: Path) -> None:
    size = sum(part.file_size for part in parts)
    texts = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    packed = max(path.stat().st_size, 1)
    bloated = size > (64 << 20) and size / packed > _LARGEST_RATIO
    if size > _LARGEST or texts > _LARGEST_TEXTS or bloated or len(parts) > 10_000:
        said = f"The workbook would take {size / 1e6:,.0f} MB when unpacked, from {packed / 1e6:,.1f} MB."
        raise InputError(Problem(said, path.name, "If it is a real export, save it as CSV and read that."))


def _has_doctype(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with package.open(part) as stream:
        return b"<!DOCTYPE" in stream.read(4096)


@dataclass(frozen=True)
class _Sheet:
    title: str
    part: str
    sheet: Any

    def rows(self) -> Iterator[tuple[Any, ...]]:
        # What a sheet says about its own size is often wrong, up to a million empty rows.
        self.sheet.reset_dimensions()
        rows: Iterator[tuple[Any, ...]] = self.sheet.iter_rows(values_only=True)
        return rows


class _opened:  # noqa: N801 - used as a function
    """An open workbook; whatever goes wrong inside becomes an error that a person can use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.day_zero = "1899-12-30"

    def __enter__(self) -> _opened:
        with needs("files"):
            import openpyxl

        self._caught = warnings.catch_warnings()
        self._caught.__enter__()
        # About looks, such as a style that openpyxl does not know; never about values.
        warnings.simplefilter("ignore")
        try:
            # As a stream: of a path openpyxl looks at the ending and not at the content.
            self._stream = self.path.open("rb")
            self.book: Any = openpyxl.load_workbook(self._stream, read_only=True, data_only=True)
        except Exception as error:
            self._stream.close()
            self._caught.__exit__(None, None, None)
            raise _damaged(self.path) from error
        if self.book.epoch.year == 1904:
            self.day_zero = "1904-01-01"
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._caught.__exit__(kind, error, trace)
        self.book.close()
        self._stream.close()
        # openpyxl raises whatever it stumbles on in a damaged file.
        if isinstance(error, Exception) and not isinstance(error, InputError):
            raise _damaged(self.path) from error


def _choose_sheet(book: _opened, wanted: str | None, file: str) -> tuple[_Sheet, list[str]]:
    sheets = {one.title: _Sheet(one.title, one._worksheet_path, one) for one in book.book.worksheets}
    hidden = [title for title, one in sheets.items() if one.sheet.sheet_state != "visible"]
    if wanted is not None and wanted not in sheets:
        raise InputError(Problem(f"There is no sheet '{wanted}'.", file, did_you_mean(wanted, list(sheets))))
    chosen = wanted or _only_filled([one for title, one in sheets.items() if title not in hidden], file)
    report = [f"Excel, sheet '{chosen}'."]
    if hidden:
        report.append(f"{len(hidden)} hidden sheet(s): {_titles(hidden)}.")
    return sheets[chosen], report


def _only_filled(sheets: Sequence[_Sheet], file: str) -> str:
    """The title of the one sheet that holds anything."""
    filled = [sheet.title for sheet in sheets if _holds_anything(sheet)]
    wide = [sheet.title for sheet in sheets if sheet.title in filled and _is_wide(sheet)]
    if len(wide) == 1:
        return wide[0]
    if len(filled) > 1:
        said = f"{len(filled)} sheets hold something: {_titles(filled)}."
        raise SheetsError(Problem(said, file, "Choose one with sheet=."), sheets=filled)
    if not filled:
        raise InputError(Problem("No visible sheet holds anything.", file, "Choose a sheet with sheet=."))
    return filled[0]


def _is_wide(sheet: _Sheet) -> bool:
    """Whether rows fill more than one cell: a sheet of notes does not, and answers do."""
    return sum(len(_filled(row)) > 1 for row in islice(sheet.rows(), 50)) > 1


def _titles(titles: Sequence[str]) -> str:
    return ", ".join(f"'{title}'" for title in titles[:10])


def _holds_anything(sheet: _Sheet) -> bool:
    return any(value is not None for row in islice(sheet.rows(), 1000) for value in row)


@dataclass
class _Features:
    """What openpyxl does not tell when it reads a large sheet."""

    merged: list[str]
    merged_header: bool = False
    hidden_rows: int = 0
    hidden_columns: int = 0
    rows: int = 0
    not_calculated: int = 0


def _scan(path: Path, part: str) -> _Features:
    found = _Features([])
    with zipfile.ZipFile(path) as package, package.open(part) as stream:
        size = max(package.getinfo(part).file_size, 1)
        kept = b""
        while chunk := stream.read(_CHUNK):
            part_done(_SCANNED * stream.tell() / size)
            text = kept + chunk
            # Up to the last closed tag of a cell, so that nothing is seen twice or cut in two.
            cut = max(text.rfind(b"</c>"), text.rfind(b"</row>"), text.rfind(b"/>")) + 1 or len(text)
            cut = text.find(b">", cut - 1) + 1 or len(text)
            _scan_text(text[:cut], found)
            kept = text[cut:]
            if len(kept) > 64 * _CHUNK:
                raise InputError(Problem("A cell of the workbook is far too large.", path.name, "Export it as CSV."))
        _scan_text(kept, found)
    return found


def _scan_text(text: bytes, found: _Features) -> None:
    for match in _MERGED.finditer(text):
        first, row, last, _ = (part.decode() for part in match.groups())
        found.merged.append(f"{first}{row}:{last}{match[4].decode()}")
        found.merged_header |= row == "1"
    found.rows += len(_ROW.findall(text))
    found.hidden_rows += len(_HIDDEN_ROW.findall(text))
    found.hidden_columns += len(_HIDDEN_COLUMN.findall(text))
    found.not_calculated += len(_NOT_CALCULATED.findall(text))


def _problems(found: _Features, heading: _Heading, where: str) -> Iterator[Problem]:
    merged = [one for one in found.merged if _rows_of(one)[1] > heading.above]
    if merged:
        shown = ", ".join(merged[:5]) + (", ..." if len(merged) > 5 else "")
        advice = "Select them in Excel, choose 'Unmerge cells'"
        advice += ", and give each column its own name in row 1." if found.merged_header else ", and save the workbook."
        yield Problem(f"Cells are merged: {shown}.", where, advice)
    if found.not_calculated:
        yield Problem(
            f"{found.not_calculated} formula(s) have no stored result.",
            where,
            "Open the workbook in Excel, let it calculate, and save it.",
        )


def _read_cells(
    rows: Iterator[tuple[Any, ...]], heading: _Heading, file: str, report: list[str], day_zero: str, expected: int
) -> RawTable:
    import pandas as pd

    for _ in islice(rows, heading.above + 1):
        pass
    header, doubles = told_apart(heading.names)
    check_header(header, file, f"row {heading.above + 1}")
    if heading.blank:
        report.append(f"{heading.blank} blank row(s) above the header were passed over.")
    if heading.above > heading.blank:
        report.append(f"{heading.above - heading.blank} row(s) with a title above the header were passed over.")
    cells = _Cells(len(header), heading.above + 1)
    decimals: dict[str, str] = {}
    while block := list(islice(rows, _BLOCK)):
        # A number in a cell is no text: what stands in it after a point are decimals.
        decimals = decimals or {name: "." for at, name in enumerate(header) if _holds_decimals(block, at)}
        cells.add(block)
        part_done(_SCANNED + (1 - _SCANNED) * cells.last / max(expected, 1))
    index = cells.index()
    _refuse_cells(header, len(index), len(cells.aside), file)
    report = [*report, *said_of_cells(cells.collectors, cells.empty_within(index))]
    if cells.aside:
        report.append(f"{len(cells.aside)} row(s) have more than {len(header)} cells and were set aside.")
    table = pd.DataFrame({name: one.column() for name, one in zip(header, cells.collectors, strict=True)}, index=index)
    set_aside = pd.DataFrame(cells.aside, columns=list(ASIDE_COLUMNS))
    count = len(index) + len(cells.aside)
    more: dict[str, Any] = {"day_zero": day_zero, "decimals": decimals, "doubles": doubles}
    return RawTable(table, set_aside, count, tuple(report), "excel", **more)


_MOST_BLANK = 20  # rows above the header


@dataclass(frozen=True)
class _Heading:
    """The names of the columns, how many rows stand above them, and how many of those are blank."""

    names: list[str]
    above: int = 0
    blank: int = 0


def _heading_of(rows: Iterator[tuple[Any, ...]], merged: Sequence[str]) -> _Heading:
    """The first row that holds anything; below a title, or heads over several columns, the row of names under them."""
    top = list(islice(rows, _MOST_BLANK))
    filled = [at for at, row in enumerate(top) if any(cell_text(value).strip() for value in row)]
    if not filled:
        return _Heading([])
    at = filled[0]
    for under in filled[1:]:
        if not _stands_above(top[at], top[under], at + 1, merged):
            break
        at = under
    names = [cell_text(value).strip() for value in top[at]]
    while names and not names[-1]:
        names.pop()
    return _Heading(names, at, at - sum(one < at for one in filled))


def _stands_above(row: tuple[Any, ...], under: tuple[Any, ...], number: int, merged: Sequence[str]) -> bool:
    """Whether a row is a title, or holds heads over several columns, of which the row under it names each."""
    own, names = _filled(row), _filled(under)
    if not all(isinstance(value, str) for value in names) or len(set(names)) < len(names):
        return False
    spread = len(own) > 1 and any(_rows_of(one) == (number, number) for one in merged)
    return len(names) > 1 and (len(own) == 1 or (spread and len(names) > len(own)))


def _filled(row: tuple[Any, ...]) -> list[Any]:
    return [value for value in row if cell_text(value).strip()]


def _rows_of(merged: str) -> tuple[int, int]:
    """The first and the last row of cells that were merged, such as "A1:B3"."""
    first, last = (int(re.sub(r"\D", "", cell)) for cell in merged.split(":"))
    return first, last


def _holds_decimals(block: Sequence[tuple[Any, ...]], at: int) -> bool:
    return any(len(row) > at and isinstance(row[at], float) and not row[at].is_integer() for row in block)


class _Cells:
    """The rows of a sheet, collected a block at a time; rows with something beyond the header are set aside."""

    def __init__(self, width: int, header: int) -> None:
        self.width = width
        self.collectors = [Collector() for _ in range(width)]
        self.aside: list[tuple[int, str, str, str, str]] = []
        self.numbers: list[Any] = []
        self.last, self.empty = header, 0  # the row number of the header

    def add(self, block: Sequence[tuple[Any, ...]]) -> None:
        import numpy as np

        whole: list[list[str]] = []
        places: list[int] = []
        for number, row in enumerate(block, start=self.last + 1):
            if row.count(None) == len(row):  # a sheet may hold a million of these
                self.empty += 1
            elif any(cell_text(value).strip() for value in row[self.width :]):
                self.aside.append((number, "", "", f"{self.width} cells, the row has more", "long_row"))
            else:
                cells = [cell_text(value) for value in row[: self.width]]
                whole.append(cells + [""] * (self.width - len(cells)))
                places.append(number)
        self.last += len(block)
        if whole:
            self._collect(whole, np.array(places))

    def _collect(self, whole: list[list[str]], places: NDArray[np.int64]) -> None:
        """Add complete rows, less those that hold nothing but spaces."""
        columns = zip(*whole, strict=True)
        tidy = [one.tidy(*factorized(cells)) for one, cells in zip(self.collectors, columns, strict=True)]
        kept = occupied_rows((codes for codes, _ in tidy), len(whole))
        for one, (codes, distinct) in zip(self.collectors, tidy, strict=True):
            one.add(codes if kept is None else codes[kept], distinct)
        self.numbers.append(places if kept is None else places[kept])
        self.empty += len(places) - len(self.numbers[-1])

    def index(self) -> pd.Index:
        import numpy as np
        import pandas as pd

        index: pd.Index = pd.Index(np.concatenate([np.empty(0, dtype=np.int64), *self.numbers]), name="row")
        return index

    def empty_within(self, index: pd.Index) -> int:
        """Empty rows up to the last answer: a sheet is as long as somebody once clicked."""
        answered = [int(index[-1])] if len(index) else []
        return self.empty - (self.last - max(answered + [number for number, *_ in self.aside]))


def _refuse_cells(header: Sequence[str], rows: int, aside: int, file: str) -> None:
    if not rows and not aside:
        raise InputError(Problem("The sheet has a header and no answers.", file, "Export it again."))
    if len(header) < 2:
        raise InputError(Problem("The sheet has one column.", f"{file} row 1", "Row 1 must hold the names of columns."))
    if aside > rows:
        said = f"{aside} rows hold something beyond the last named column ({len(header)})."
        advice = "Give each column a name in row 1, and delete any title above it."
        raise InputError(Problem(said, f"{file} row 1", advice))
