"""Tables in files of every kind that a team may save: header and rows, to be looked through for one respondent."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from pathlib import Path

from stagekansen_lib.project.extras import needs
from stagekansen_lib.withdrawals.recognising import is_key
from stagekansen_lib.withdrawals.records import NotSearchableError
from stagekansen_lib.withdrawals.statistics_files import StatisticsFile

__all__ = ["SEARCHED", "UNSEARCHED", "Table", "keyed_lines", "opendocument_table", "table_in", "workbook_tables"]

Table = tuple[list[str], Iterable[Sequence[object]]]

# Kinds of files that hold tables, looked for in the whole project; and those that only their own program can read.
_SEARCHED = (
    ".sav .zsav .dta .xlsx .xlsm .ods .csv .tsv .tab .psv .parquet .pq .feather .arrow .ipc .json .jsonl .zip .gz .bak"
)
_UNSEARCHED = (
    ".xls .xlsb .numbers .pkl .pickle .joblib .rds .rda .rdata .por .sas7bdat .xpt .npy .npz .h5 .hdf .hdf5 .mat .mdb"
    " .accdb .orc .avro .duckdb .7z .rar .xz .bz2 .zst .tar .tgz"
)
SEARCHED, UNSEARCHED = frozenset(_SEARCHED.split()), frozenset(_UNSEARCHED.split())
_SIGNS = ";\t,|"
# A cell or a row of an OpenDocument sheet says how often it stands there; beyond so often it is empty space.
_REPEATS, _MOST = re.compile(r'number-(?:columns|rows)-repeated="(\d+)"'), 1_000
_ROW = re.compile(r"<table:table-row\b[^>]*>(.*?)</table:table-row>", re.DOTALL)
_CELL = re.compile(r"<table:(?:covered-)?table-cell\b([^>]*?)(?:/>|>(.*?)</table:(?:covered-)?table-cell>)", re.DOTALL)


def table_in(content: bytes, kind: str) -> Table | None:
    """The table in a file of a statistics program or of Arrow; None for any other file.

    Raises
    ------
    NotSearchableError : the file is damaged, or of a kind that only its own program reads.
    """
    if kind in UNSEARCHED:
        raise NotSearchableError(f"format '{kind}'")
    if content.startswith(b"PAR1") or content.startswith((b"ARROW1", b"FEA1")):
        return _arrow(content)
    if content.startswith((b"$FL2", b"$FL3")) or kind in (".sav", ".zsav"):
        return _statistics(content, ".zsav" if content.startswith(b"$FL3") else ".sav")
    if content.startswith(b"<stata_dta>") or kind == ".dta":
        return _statistics(content, ".dta")
    return None


def _statistics(content: bytes, kind: str) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"copy{kind}"
        copy.write_bytes(content)
        read = StatisticsFile(copy)
    return read.header, read.lines()


def _arrow(content: bytes) -> Table:
    with needs("files"):
        import pyarrow as pa
        import pyarrow.feather as feather
        import pyarrow.parquet as pq

    read = pq.read_table if content.startswith(b"PAR1") else feather.read_table
    try:
        table = read(io.BytesIO(content))
    except (pa.ArrowException, OSError):
        raise NotSearchableError("it is no Parquet or Arrow file that can be read") from None
    columns = [column.to_pylist() for column in table.columns]
    return table.column_names, zip(*columns, strict=True)


def workbook_tables(content: bytes) -> Iterator[Table]:
    """The sheets of an Excel file.

    Raises
    ------
    NotSearchableError : it is damaged.
    """
    with needs("files"):
        import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        sheets = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
    except Exception:  # whatever is wrong with the file: it must be searched by hand
        raise NotSearchableError("it is no Excel file that can be read") from None
    for lines in sheets:
        yield [str(name) for name in lines[0]] if lines else [], lines[1:]


def opendocument_table(archive: zipfile.ZipFile) -> Table:
    """All rows of the sheets in an OpenDocument file, under the first."""
    text = archive.read("content.xml").decode("utf-8", errors="replace")
    lines = [_cells(row[1]) for row in _ROW.finditer(text)]
    return (lines[0] if lines else []), lines[1:]


def _cells(row: str) -> list[str]:
    told: list[str] = []
    for cell in _CELL.finditer(row):
        often = _REPEATS.search(cell[1])
        content = unescape(re.sub(r"<[^>]*>", " ", cell[2] or "")).strip()
        told += [content] * min(int(often[1]) if often else 1, _MOST)
    return told


def keyed_lines(text: str) -> Table | None:
    """The rows of a text with a column of numbers of respondents; None when it has no such column."""
    first = text.lstrip("\ufeff\r\n ").partition("\n")[0]
    if first.lower().startswith("sep="):
        text = text.partition("\n")[2]
        first = text.partition("\n")[0]
    sign = max(_SIGNS, key=first.count)
    try:
        rows = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=sign)
        header = next((row for row in rows if any(row)), [])
        return (header, list(rows)) if any(map(is_key, header)) else None
    except csv.Error:
        return None
