"""Which format a file has, by its content first and its ending second, and the reader that fits."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.readers.csv_files import read_csv_file
from stagekansen_lib.readers.excel_files import read_excel_file
from stagekansen_lib.readers.google_forms import is_google_forms, read_google_forms
from stagekansen_lib.readers.limesurvey import is_limesurvey, read_limesurvey, read_limesurvey_structure
from stagekansen_lib.readers.microsoft_forms import is_microsoft_forms, read_microsoft_forms
from stagekansen_lib.readers.parquet_files import read_parquet_file
from stagekansen_lib.readers.qualtrics import is_qualtrics, read_qualtrics
from stagekansen_lib.readers.spss_and_stata import read_spss_file, read_stata_file
from stagekansen_lib.readers.tables import RawTable, check_header
from stagekansen_lib.readers.totals import with_totals

__all__ = ["FORMATS", "read_table"]

FORMATS = ("csv", "excel", "spss", "stata", "parquet", "limesurvey", "qualtrics", "forms", "google")
_TOOLS = ("limesurvey", "qualtrics", "forms", "google")
_SHOWN = {"csv": "text", "excel": "an Excel workbook", "spss": "SPSS", "stata": "Stata", "parquet": "Parquet"}
_ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".sav": "spss",
    ".zsav": "spss",
    ".dta": "stata",
    ".parquet": "parquet",
}
# What a file begins with, when no reader takes it: what it is, and what to do.
_REFUSED = {
    b"\xd0\xcf\x11\xe0": ("an old Excel file (.xls), or a workbook locked with a password", "Save it as .xlsx or CSV."),
    b"%PDF": ("a PDF file", "Ask for the export of the answers themselves."),
    b"\x1f\x8b": ("a compressed file", "Unpack it first."),
    b"7z\xbc\xaf": ("a compressed file", "Unpack it first."),
    b"Rar!": ("a compressed file", "Unpack it first."),
    b"\x89PNG": ("a picture", "Ask for the export of the answers themselves."),
    b"\xff\xd8\xff": ("a picture", "Ask for the export of the answers themselves."),
    b"<?xml": ("an XML file", "Export the answers as CSV or Excel."),
    b"<!DOCTYPE": ("a web page", "Export the answers as CSV or Excel."),
    b"<html": ("a web page", "Export the answers as CSV or Excel."),
    b"{\\rtf": ("a text document", "Export the answers as CSV or Excel."),
}


def read_table(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - the word a user expects
    sheet: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    structure: str | Path | None = None,
    twice: bool = False,
) -> RawTable:
    """The cells of an export of any known format as text, with a report of what was found.

    Parameters
    ----------
    path : the file.
    format : one of ``FORMATS``; found by content and ending when left out.
    sheet : sheet of a workbook.
    delimiter, encoding : of a text file; found when left out.
    structure : structure file of LimeSurvey, which gives its codes their texts.
    twice : whether columns of one name are read, the later ones with a number behind their name.

    Raises
    ------
    InputError : the file is absent, a folder, of a format that no reader takes or of another than ``format`` says, or
        its reader refuses it; an argument does not go with the format.
    """
    if not isinstance(path, str | Path):
        raise InputError(Problem(f"The file is {said(path)}.", do="Give the path of an export."))
    path = Path(path)
    if format is not None and format not in FORMATS:
        raise InputError(Problem(f"There is no format '{format}'.", do=did_you_mean(format, FORMATS)))
    if path.is_dir():
        raise InputError(Problem("This is a folder, not a file.", str(path)))
    if not path.is_file():
        raise InputError(Problem("There is no such file.", str(path)))
    kind = _container(path)
    if format is not None and format not in _TOOLS and format != kind:
        raise InputError(Problem(f"This is {_SHOWN[kind]} and not {_SHOWN[format]}.", path.name, "Leave format= out."))
    table = _read(kind, path, sheet, delimiter, encoding)
    expected = _ENDINGS.get(path.suffix.lower())
    if expected != kind:
        told = f"The content is {_SHOWN[kind]}, whatever the ending '{path.suffix}' says."
        table = replace(table, report=(told, *table.report))
    table = _as_tool(table, format, structure, path.name)
    if table.doubles and not twice:
        check_header([table.doubles.get(name, name) for name in map(str, table.rows.columns)], path.name)
    doubled = [f"'{first}' stands there twice; one was read as '{name}'." for name, first in table.doubles.items()]
    return with_totals(replace(table, report=(*table.report, *doubled)))


def _read(kind: str, path: Path, sheet: str | None, delimiter: str | None, encoding: str | None) -> RawTable:
    if sheet is not None and kind != "excel":
        raise InputError(Problem("Only an Excel workbook has sheets.", path.name, "Leave sheet= out."))
    if kind != "csv" and (delimiter is not None or encoding is not None):
        raise InputError(
            Problem(
                "Only a text file has a delimiter and an encoding.", path.name, "Leave delimiter= and encoding= out."
            )
        )
    if kind == "csv":
        return read_csv_file(path, delimiter=delimiter, encoding=encoding)
    if kind == "excel":
        return read_excel_file(path, sheet=sheet)
    readers: dict[str, Any] = {"spss": read_spss_file, "stata": read_stata_file, "parquet": read_parquet_file}
    table: RawTable = readers[kind](path)
    return table


def _as_tool(table: RawTable, wanted: str | None, structure: str | Path | None, file: str) -> RawTable:
    """The same table as the survey tool meant it, by its own columns."""
    if structure is not None and wanted not in (None, "limesurvey"):
        raise InputError(Problem("Only LimeSurvey has a structure file.", file, "Leave structure= out."))
    tool = "limesurvey" if structure is not None else wanted or _tool_of(table)
    if tool == "qualtrics":
        if not is_qualtrics(table):
            raise InputError(Problem("The three header rows of Qualtrics are not there.", file, "Leave format= out."))
        return read_qualtrics(table, file)
    if tool == "forms":
        return read_microsoft_forms(table)
    if tool == "google":
        return read_google_forms(table)
    if tool == "limesurvey":
        return read_limesurvey(table, None if structure is None else read_limesurvey_structure(structure))
    return table


def _tool_of(table: RawTable) -> str:
    """The survey tool whose columns a text file or workbook has; empty when it is of none."""
    fits = {"qualtrics": is_qualtrics, "forms": is_microsoft_forms, "limesurvey": is_limesurvey}
    fits |= {"google": is_google_forms}
    if table.format not in ("csv", "excel"):
        return ""
    return next((name for name, test in fits.items() if test(table)), "")


def _container(path: Path) -> str:
    """The format of the file itself."""
    with path.open("rb") as stream:
        start = stream.read(512)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _package(path)
    found = _by_mark(start)
    if not found:
        _refuse_other(start, path)
    return found or "csv"


def _by_mark(start: bytes) -> str:
    """The format that the first bytes of a file tell; empty for a text file, and for what is no survey."""
    if start.startswith((b"$FL2", b"$FL3")):
        return "spss"
    # Before version 13 a Stata file begins with its version (102 to 115) and the order of its bytes.
    old_stata = len(start) > 3 and 102 <= start[0] <= 115 and start[1] in (1, 2) and start[2] == 1
    if start.startswith(b"<stata_dta>") or old_stata:
        return "stata"
    return "parquet" if start.startswith(b"PAR1") else ""


def _refuse_other(start: bytes, path: Path) -> None:
    """Stop at what no reader takes, and at a binary file whose ending promises something else."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for begin, (what, advice) in _REFUSED.items():
        if text.startswith(begin.lower()):
            raise InputError(Problem(f"This is {what}.", path.name, advice))
    expected = _ENDINGS.get(path.suffix.lower(), "csv")
    if expected != "csv" and b"\x00" in start and start[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(Problem(f"This is not {_SHOWN[expected]}, or it is damaged.", path.name, "Export it again."))


def _package(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
    except Exception as error:  # a damaged package fails in many ways
        raise InputError(
            Problem("This is an Excel or zip file that is damaged.", path.name, "Export it again.")
        ) from error
    if "xl/workbook.xml" in names:
        return "excel"
    if "xl/workbook.bin" in names:
        raise InputError(Problem("This is a binary Excel workbook (.xlsb).", path.name, "Save it as .xlsx or CSV."))
    if "content.xml" in names:
        raise InputError(Problem("This is a LibreOffice document.", path.name, "Save it as .xlsx or CSV."))
    raise InputError(Problem("This is a zip file.", path.name, "Unpack it first, and read the file in it."))
