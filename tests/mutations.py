"""Two hundred files as they should not be: cut off, damaged, disguised, wrongly encoded, enormous, hostile.

``make`` writes them and says of each how many rows it holds, where that can be known. Run as a program it reads each
and prints, as JSON, what became of it and how much memory that took.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import struct
import sys
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tests import samples

ROWS = 24
# An answer that no error text may repeat.
SECRET = "Zeevertrouwelijk 7391"


@dataclass(frozen=True)
class Mutation:
    """A file, and how many rows with anything in them it holds (None: nobody can know)."""

    name: str
    path: Path
    rows: int | None = None


def base() -> pd.DataFrame:
    frame = samples.answers().head(ROWS).copy()
    frame.loc[frame.index[1], "what_happened"] = SECRET
    frame.loc[frame.index[2], "suggestion"] = SECRET
    return frame


def make(folder: Path) -> list[Mutation]:
    """All files; the same every time."""
    small = base()
    whole = samples.answers
    samples.answers = lambda: small  # type: ignore[assignment]
    try:
        found = [
            *_binary(folder),
            *_csv(folder),
            *_encodings(folder),
            *_disguised(folder),
            *_excel(folder),
            *_others(folder),
        ]
    finally:
        samples.answers = whole
    return found


def _lines() -> list[list[str]]:
    """Header and rows of the example as cells."""
    frame = base()
    return [[samples.BOOK[name].item or name for name in frame], *frame.to_numpy().tolist()]


def _text(lines: list[list[str]], sign: str = ";", end: str = "\n") -> str:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=sign, lineterminator=end).writerows(lines)
    return target.getvalue()


def _binary(folder: Path) -> Iterator[Mutation]:
    """Each format cut off at many places, and with single bytes changed."""
    writers: dict[str, Callable[[Path], Path]] = {
        "xlsx": samples.write_forms,
        "sav": samples.write_spss,
        "dta": samples.write_stata,
        "parquet": samples.write_parquet,
        "csv": samples.write_csv,
    }
    for ending, write in writers.items():
        whole = write(folder / f"whole.{ending}")
        yield Mutation(f"{ending} whole", whole, ROWS)
        content = whole.read_bytes()
        for percent in (0.1, 1, 5, 20, 40, 60, 80, 95, 99.5):
            path = folder / f"cut-{percent}.{ending}"
            path.write_bytes(content[: int(len(content) * percent / 100)])
            yield Mutation(f"{ending} cut at {percent}%", path)
        for seed in range(10):
            chance = random.Random(seed)
            changed = bytearray(content)
            for _ in range(1 + 4 * seed):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            path = folder / f"changed-{seed}.{ending}"
            path.write_bytes(bytes(changed))
            yield Mutation(f"{ending} with changed bytes {seed}", path)


def _with(column: str, values: Callable[[int, str], str]) -> list[list[str]]:
    lines = _lines()
    at = lines[0].index(column)
    return [lines[0], *([*row[:at], values(number, row[at]), *row[at + 1 :]] for number, row in enumerate(lines[1:]))]


def _csv(folder: Path) -> Iterator[Mutation]:
    """Texts whose rows can be counted."""
    lines = _lines()
    head, rows = lines[0], lines[1:]
    order = list(range(len(head)))
    random.Random(1).shuffle(order)
    nasty = ["=1+1", "@SUM(A1)", "+31", "-1", "\t=cmd|' /C calc'!A0", '=HYPERLINK("x","y")']
    cases: dict[str, tuple[str, int | None]] = {
        "shuffled columns": (_text([[row[at] for at in order] for row in lines]), ROWS),
        "columns reversed": (_text([row[::-1] for row in lines]), ROWS),
        "one column more": (_text([[*row, "x"] for row in [[*head], *rows]]), ROWS),
        "fifty columns more": (
            _text([[*row, *(f"{at}-{n}" for n in range(50))] for at, row in enumerate(lines)]),
            ROWS,
        ),
        "many columns more": (
            _text([[*row, *(f"{at}-{n}" for n in range(3_000))] for at, row in enumerate(lines)]),
            ROWS,
        ),
        "100,000 columns": (_text([[*row, *map(str, range(100_000))] for row in lines[:3]]), None),
        "header twice": (_text([[*head, head[5]], *([*row, row[5]] for row in rows)]), None),
        "header names empty": (_text([["", "", *head[2:]], *rows]), None),
        "all names alike": (_text([["x"] * len(head), *rows]), None),
        "a column absent": (_text([row[:-10] for row in lines]), None),
        "no header": (_text(rows), None),
        "header only": (_text([head]), None),
        "header and empty rows": (_text([head, *([[""] * len(head)] * 3)]), None),
        "empty": ("", None),
        "blank lines": ("\n\n \n", None),
        "one cell": ("x", None),
        "one column": ("\n".join(row[0] for row in lines), None),
        "mixed decimal signs": (_text(_with("duration_minutes", lambda n, _: f"1{'.,'[n % 2]}5")), ROWS),
        "thousands in numbers": (_text(_with("d2", lambda _, __: "1.000,0")), ROWS),
        "days as numbers of Excel": (_text(_with("submitted_on", lambda n, _: str(44690 + n))), ROWS),
        "days in American order": (_text(_with("submitted_on", lambda n, _: f"5/{n + 1}/2022 1:00 PM")), ROWS),
        "days that are none": (_text(_with("submitted_on", lambda n, _: f"99-99-{2000 + n}")), ROWS),
        "huge numbers": (_text(_with("d2", lambda n, _: "9" * (n * 20 + 1))), ROWS),
        "numbers in words": (_text(_with("d2", lambda n, _: ["NaN", "inf", "-0", "1e3", "٣", "１"][n % 6])), ROWS),
        "a cell of 10 MB": (_text(_with("g6", lambda n, old: "x" * 10_000_000 if n == 5 else old)), None),
        "a cell of 10 MB with line ends": (
            _text(_with("g6", lambda n, old: "x\n" * 5_000_000 if n == 5 else old)),
            None,
        ),
        "a name of 900,000 letters": (_text([[*head, "x" * 900_000], *([*row, ""] for row in rows)]), ROWS),
        "formulas": (_text(_with("z1", lambda n, _: nasty[n % 6])), ROWS),
        "formulas in codes": (_text(_with("d1", lambda n, _: nasty[n % 6])), ROWS),
        "line ends in cells": (_text(_with("g6", lambda n, _: f"een\n\ntwee;{n}\r\ndrie")), ROWS),
        "quotation marks in cells": (_text(_with("g6", lambda _, __: 'zei "nee" en "ja"""')), ROWS),
        "a quotation mark not closed": (_text(lines) + '"open', None),
        "a quotation mark not closed at the start": (_text(lines).replace("\n", '\n"', 1), None),
        "a stray quotation mark": (_text(rows := lines).replace(";9;", ';9" pijp;', 1), ROWS),
        "rows cut short": (_text([lines[0], *(row[: 30 + n] for n, row in enumerate(lines[1:]))]), ROWS),
        "rows too long": (_text([lines[0], *([*row, *["x"] * (n % 3)] for n, row in enumerate(lines[1:]))]), ROWS),
        "a delimiter at the end of each row": ("\n".join(f"{line};" for line in _text(lines).split("\n")[:-1]), None),
        "empty rows between": (_text([row for line in lines for row in (line, [""] * len(head), [])]), ROWS),
        "every row twice": (_text([lines[0], *(row for line in lines[1:] for row in (line, line))]), 2 * ROWS),
        "one number for all": (_text(_with("respondent_id", lambda _, __: "R1")), ROWS),
        "no numbers": (_text(_with("respondent_id", lambda _, __: "")), ROWS),
        "nobody consents": (_text(_with("c0", lambda _, __: "2")), None),
        "consent in words": (_text(_with("c0", lambda _, __: "misschien")), None),
        "tabs": (_text(lines, "\t"), ROWS),
        "pipes": (_text(lines, "|"), ROWS),
        "commas": (_text(lines, ","), ROWS),
        "line ends of Windows": (_text(lines, end="\r\n"), ROWS),
        "line ends of an old Mac": (_text(lines, end="\r"), ROWS),
        "line ends mixed": (_text(lines[:9], end="\r\n") + _text(lines[9:]), ROWS),
        "no-break spaces around codes": (_text(_with("d1", lambda _, old: f"\u00a0{old}\u2003")), ROWS),
        "invisible letters in codes": (_text(_with("d1", lambda _, old: f"\u200b{old}\u202e")), ROWS),
        "control signs in texts": (_text(_with("g6", lambda n, _: f"a{chr(1 + n % 8)}b")), ROWS),
        "pictures in texts": (_text(_with("g6", lambda _, __: "👩🏽‍🎓" * 50)), ROWS),
        "codes far out": (_text(_with("d1", lambda n, _: str(n * 10**18))), ROWS),
        "codes with leading zeros": (_text(_with("d1", lambda n, _: f"0{n % 5}")), ROWS),
        "errors of a spreadsheet": (_text(_with("d2", lambda n, _: ["#N/A", "#REF!", "#DIV/0!"][n % 3])), ROWS),
        "many parts in a joined answer": (_text(_with("b3", lambda _, __: ";".join(["1"] * 5000))), ROWS),
        "real answers among synthetic ones": (_text(_with("data_origin", lambda n, old: old if n else "")), None),
    }
    for number, (name, (text, count)) in enumerate(cases.items()):
        path = folder / f"text-{number}.csv"
        path.write_bytes(text.encode("utf-8"))
        yield Mutation(f"csv: {name}", path, count)


def _encodings(folder: Path) -> Iterator[Mutation]:
    text = _text(_with("g6", lambda n, _: "één keer ü" if n % 2 else "gewoon"))
    utf8 = text.encode("utf-8")
    lines = utf8.split(b"\n")
    cases: dict[str, tuple[bytes, int | None]] = {
        "cp1252": (text.encode("cp1252"), ROWS),
        "utf-8 with its mark": (b"\xef\xbb\xbf" + utf8, ROWS),
        "utf-16": (text.encode("utf-16"), ROWS),
        "utf-16 big endian with its mark": (b"\xfe\xff" + text.encode("utf-16-be"), ROWS),
        "utf-16 without its mark": (text.encode("utf-16-le"), ROWS),
        "utf-16 cut in a letter": (text.encode("utf-16")[:-3], None),
        "utf-32": (text.encode("utf-32"), None),
        "lines in two encodings": (b"\n".join([*lines[:6], *(x.decode().encode("cp1252") for x in lines[6:])]), ROWS),
        "bytes of no encoding": (utf8.replace(b"gewoon", b"ge\x81\x8d\xffwoon"), ROWS),
        "a mark in the middle": (utf8.replace(b"gewoon", b"\xef\xbb\xbfgewoon"), ROWS),
        "a mark twice": (b"\xef\xbb\xbf\xef\xbb\xbf" + utf8, ROWS),
        "null bytes": (utf8.replace(b"gewoon", b"\x00"), None),
        "null bytes at the end": (utf8 + b"\x00" * 4096, None),
        "only null bytes": (b"\x00" * 4096, None),
        "random bytes": (random.Random(3).randbytes(50_000), None),
    }
    for number, (name, (content, count)) in enumerate(cases.items()):
        path = folder / f"encoded-{number}.csv"
        path.write_bytes(content)
        yield Mutation(f"encoding: {name}", path, count)


def _package(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def _disguised(folder: Path) -> Iterator[Mutation]:
    text = _text(_lines()).encode("utf-8")
    for ending in ("xlsx", "sav", "dta", "parquet", "txt", "dat"):
        path = folder / f"text-inside.{ending}"
        path.write_bytes(text)
        yield Mutation(f"text with the ending .{ending}", path, ROWS)
    excel = samples.write_excel(folder / "excel-inside.csv")
    yield Mutation("workbook with the ending .csv", excel, ROWS)
    spss = folder / "spss-inside.xlsx"
    spss.write_bytes((folder / "whole.sav").read_bytes())
    yield Mutation("SPSS with the ending .xlsx", spss, ROWS)
    contents = {
        "a PDF.csv": b"%PDF-1.7\n" + text,
        "a PDF.xlsx": b"%PDF-1.7\n" + text,
        "a picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "a web page.xls": b"<html><table><tr><td>c0</td></tr></table></html>",
        "an old workbook.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096),
        "compressed.csv": gzip.compress(text),
        "XML.csv": b'<?xml version="1.0"?><a/>',
        "half a zip.xlsx": b"PK\x03\x04" + bytes(100),
    }
    for name, content in contents.items():
        path = folder / name
        path.write_bytes(content)
        yield Mutation(name, path)
    (folder / "a folder.csv").mkdir()
    yield Mutation("a folder", folder / "a folder.csv")
    yield Mutation("no file", folder / "absent.csv")
    yield Mutation("a zip with a CSV", _package(folder / "zipped.csv", {"answers.csv": text}))
    yield Mutation("an empty zip", _package(folder / "empty.xlsx", {}))
    yield Mutation("a text document", _package(folder / "text.docx", {"word/document.xml": b"<a/>"}))
    yield Mutation("a LibreOffice sheet", _package(folder / "sheet.ods", {"content.xml": b"<a/>"}))
    yield Mutation("a binary workbook", _package(folder / "binary.xlsb", {"xl/workbook.bin": b"x"}))


def _excel(folder: Path) -> Iterator[Mutation]:
    import openpyxl

    def changed(name: str, change: Callable[[Any, Any], object], rows: int | None) -> Mutation:
        book = openpyxl.load_workbook(folder / "excel-inside.csv".replace(".csv", ".xlsx"))
        change(book, book["Antwoorden"])
        path = folder / f"{name.replace(' ', '-')}.xlsx"
        book.save(path)
        return Mutation(f"excel: {name}", path, rows)

    samples.write_excel(folder / "excel-inside.xlsx")
    yield changed("merged header", lambda _, sheet: sheet.merge_cells("A1:B1"), None)
    yield changed("merged cells", lambda _, sheet: sheet.merge_cells("C4:C6"), None)
    yield changed("a second sheet", lambda book, _: book.create_sheet("Twee").append(["a"]), None)
    yield changed("an empty second sheet", lambda book, _: book.create_sheet("Twee"), ROWS)
    yield changed("rows hidden", lambda _, sheet: sheet.row_dimensions.__getitem__(4).__setattr__("hidden", True), ROWS)
    yield changed("formulas without result", lambda _, sheet: sheet.__setitem__("H4", "=1+1"), None)
    yield changed("a title above", lambda _, sheet: (sheet.insert_rows(1), sheet.__setitem__("A1", "Meting")), None)
    yield changed("a note beside", lambda _, sheet: sheet.__setitem__("ZZ3", "let op"), ROWS)
    yield changed("a cell at the far corner", lambda _, sheet: sheet.__setitem__("XFD1048576", "x"), ROWS + 1)
    yield changed("an error value", lambda _, sheet: sheet.__setitem__("T4", "#N/A"), ROWS)
    yield changed("a name absent", lambda _, sheet: sheet.__setitem__("C1", None), None)
    yield changed("names alike", lambda _, sheet: sheet.__setitem__("G1", sheet["F1"].value), None)
    yield changed("nothing below the header", lambda _, sheet: sheet.delete_rows(2, 10_000), None)
    yield changed("an empty sheet", lambda _, sheet: sheet.delete_rows(1, 10_000), None)
    parts = {}
    with zipfile.ZipFile(folder / "excel-inside.xlsx") as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = next(name for name in parts if name.endswith("sheet1.xml"))

    def repacked(name: str, rows: int | None = None, **changes: bytes) -> Mutation:
        path = folder / f"packed-{name.replace(' ', '-')}.xlsx"
        return Mutation(f"excel: {name}", _package(path, {**parts, **{sheet: b"", **changes}}), rows)

    xml = parts[sheet]
    entities = b'<!DOCTYPE a [<!ENTITY b "cccccccc"><!ENTITY d "&b;&b;&b;&b;">]>'
    yield repacked("entities", **{sheet: xml.replace(b"<worksheet", entities + b"<worksheet", 1)})
    yield repacked("a size that lies", ROWS, **{sheet: _dimension(xml)})
    yield repacked("an unknown text number", **{sheet: xml.replace(b'<c r="A3" t="s"><v>', b'<c r="A3" t="s"><v>9999')})
    yield repacked("no sheet", **{sheet: b""})
    yield repacked("a broken sheet", **{sheet: xml[: len(xml) // 2]})
    yield repacked("a workbook of nothing", **{sheet: xml, "xl/workbook.xml": b"<workbook/>"})
    bomb = folder / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            if name != sheet:
                package.writestr(name, content)
        with package.open(sheet, "w", force_zip64=True) as stream:
            for _ in range(250):
                stream.write(b" " * (1 << 20))
    yield Mutation("excel: a zip bomb", bomb)
    # The same, with a size in the table of contents that lies.
    content = bytearray(bomb.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 1000)
    liar = folder / "bomb-that-lies.xlsx"
    liar.write_bytes(bytes(content))
    yield Mutation("excel: a zip bomb that lies", liar)


def _dimension(xml: bytes) -> bytes:
    start, end = xml.index(b"<dimension"), xml.index(b"/>", xml.index(b"<dimension")) + 2
    return xml[:start] + b'<dimension ref="A1:XFD1048576"/>' + xml[end:]


def _others(folder: Path) -> Iterator[Mutation]:
    import pyreadstat

    frame = base().set_axis([samples.BOOK[name].item or name for name in base()], axis=1)
    tables = {
        "nested": frame.assign(extra=[[1, 2]] * ROWS),
        "bytes": frame.assign(extra=[b"\xff\x00"] * ROWS),
        "days with a zone": frame.assign(extra=pd.Timestamp("2022-05-01", tz="UTC")),
        "nothing in a column": frame.assign(extra=None),
        "no rows": frame.head(0),
        "truth values": frame.assign(extra=True),
    }
    for name, table in tables.items():
        path = folder / f"{name.replace(' ', '-')}.parquet"
        table.to_parquet(path)
        yield Mutation(f"parquet: {name}", path, None if name in ("nested", "no rows") else ROWS)
    empty = folder / "no-rows.sav"
    pyreadstat.write_sav(frame.head(0), str(empty))
    yield Mutation("spss: no rows", empty)
    long = folder / "long.sav"
    pyreadstat.write_sav(frame.assign(g6="x" * 20_000), str(long))
    yield Mutation("spss: long texts", long, ROWS)
    for labels in (True, False):
        path = samples.write_qualtrics(folder / f"qualtrics-{labels}.csv", labels=labels)
        yield Mutation(f"qualtrics whole {labels}", path, ROWS)
        lines = path.read_text("utf-8-sig").splitlines(keepends=True)
        cut = folder / f"qualtrics-cut-{labels}.csv"
        cut.write_text("".join(lines[:3]), "utf-8")
        yield Mutation("qualtrics without answers", cut)
    whole = samples.write_limesurvey(folder / "lime.csv", folder / "lime.lss")
    yield Mutation("limesurvey without its structure", whole)


def read_all(folder: Path) -> None:
    """Read and store each file of ``folder/list.json``; print what became of it."""
    from stagekansen_lib.errors import StagekansenError
    from stagekansen_lib.intake.reading import read_survey
    from stagekansen_lib.intake.set_aside import ROW_REASONS
    from stagekansen_lib.intake.stores import write_survey

    store = folder / "store"
    store.mkdir()
    outcomes = []
    for number, (name, path) in enumerate(json.loads((folder / "list.json").read_text("utf-8"))):
        outcome: dict[str, Any] = {"name": name}
        started = time.perf_counter()
        try:
            survey = read_survey(path, "baseline")
            aside = survey.set_aside
            whole = aside["reason"].isin(ROW_REASONS).sum()
            outcome["rows"] = len(survey) + int(whole)
            write_survey(survey, f"wave-{number}", folder=store)
            outcome["stored"] = True
        except StagekansenError as error:
            outcome["error"] = str(error)
        except BaseException:
            outcome["traceback"] = traceback.format_exc()[-2000:]
        outcome["seconds"] = time.perf_counter() - started
        outcome["left"] = sorted(p.name for p in store.rglob("*.part"))
        outcomes.append(outcome)
    memory = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    sys.stdout.write(json.dumps({"memory": memory, "outcomes": outcomes}))


if __name__ == "__main__":
    read_all(Path(sys.argv[1]))
