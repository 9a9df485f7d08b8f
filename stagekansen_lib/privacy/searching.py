"""Where a respondent stands in files of answers, and the files without that respondent."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagekansen_lib.privacy.cards import store_of
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.paths import data_folder

__all__ = ["FoundRows", "NotSearchableError", "is_list", "search_file", "search_store", "short_name"]


# Columns that hold the key of a respondent, in capitals or not, with or without signs between.
_KEYS = frozenset(
    {
        "respondentid",
        "respondent",
        "responseid",
        "id",
        "token",
        "pseudonym",
        "participant",
        "participantid",
        "studentnummer",
    }
)

_TABLES = {".csv", ".tsv", ".txt"}


def is_list(file: Path) -> bool:
    """Whether a file lists what was set aside of other files: it goes along with those."""
    if file.suffix.lower() not in _TABLES or store_of(file):
        return False
    try:
        return FoundRows.read(file).is_set_aside_list
    except NotSearchableError:
        return False


class NotSearchableError(Exception):
    """A file in which a respondent cannot be looked up; the text says why."""


def search_file(file: Path, names: set[str]) -> tuple[bytes, list[int]] | FoundRows | None:
    """The new bytes of a file and the row numbers that left it; a set-aside list as a table; None: nobody there."""
    suffix = file.suffix.lower()
    if suffix in _TABLES:
        table = FoundRows.read(file)
        return table if table.is_set_aside_list else table.without(names)
    if suffix == ".parquet":
        return _from_parquet(file, names)
    if suffix == ".xlsx":
        return _from_excel(file, names)
    if suffix in (".yaml", ".yml", ".json"):
        return _from_entries(file, names)
    raise NotSearchableError(f"format '{suffix or 'unknown'}'")


class FoundRows:
    """A CSV file as its records, each with its own bytes, so that all others stay as they are."""

    def __init__(self, encoding: str, delimiter: str, records: list[str]) -> None:
        self.encoding, self.delimiter, self.records = encoding, delimiter, records
        self.header = self.cells(records[0].lstrip("\ufeff"))

    @classmethod
    def read(cls, file: Path) -> FoundRows:
        content = file.read_bytes()
        tried = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8", "cp1252", "latin-1"]
        for encoding in tried:
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            if text.encode(encoding) == content:
                break
        else:
            raise NotSearchableError("its letters cannot be read")
        records: list[str] = []
        open_record = ""
        for line in re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$", text):
            open_record += line
            if open_record.count('"') % 2 == 0:
                records.append(open_record)
                open_record = ""
        if open_record or not records:
            raise NotSearchableError("a quotation mark is never closed" if open_record else "it is empty")
        widths = {sign: len(next(csv.reader([records[0]], delimiter=sign), [])) for sign in ";,\t|"}
        return cls(encoding, max(widths, key=lambda sign: widths[sign]), records)

    def cells(self, record: str) -> list[str]:
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=self.delimiter), [])

    @property
    def is_set_aside_list(self) -> bool:
        return self.header[:2] == ["row", "column"] and {"reason", "file"} <= set(self.header)

    def without(self, names: set[str]) -> tuple[bytes, list[int]] | None:
        places = [place for place, name in enumerate(self.header) if _is_key(name)]
        if not places:
            raise NotSearchableError("no column holds the number of a respondent")
        rows = []
        for number, record in enumerate(self.records[1:], start=2):
            if not any(name in record.casefold() for name in names):
                continue
            cells = self.cells(record)
            if any(place < len(cells) and cells[place].strip().casefold() in names for place in places):
                rows.append(number)
        if not rows:
            return None
        kept = list(self.records)
        for number in rows:
            ending = re.search(r"(?:\r\n|\n|\r)?$", kept[number - 1])
            kept[number - 1] = ending[0] if ending else ""
        return "".join(kept).encode(self.encoding), rows

    def without_rows(self, gone: Mapping[str, set[int]]) -> tuple[bytes, int]:
        """A set-aside list without the lines of rows that left their file."""
        row_at, file_at = self.header.index("row"), self.header.index("file")
        kept = [self.records[0]]
        for record in self.records[1:]:
            cells = self.cells(record)
            told = len(cells) > max(row_at, file_at) and cells[row_at].isdigit()
            if not (told and int(cells[row_at]) in gone.get(cells[file_at], ())):
                kept.append(record)
        return "".join(kept).encode(self.encoding), len(self.records) - len(kept)


def _is_key(name: object) -> bool:
    return re.sub(r"[^a-z]", "", str(name).casefold()) in _KEYS


def _from_parquet(file: Path, names: set[str]) -> tuple[bytes, list[int]] | None:
    with needs("files"):
        import pyarrow as pa
        import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
    except (pa.ArrowInvalid, OSError):
        raise NotSearchableError("it is no Parquet file that can be read") from None
    keys = [name for name in table.column_names if _is_key(name)]
    if not keys:
        raise NotSearchableError("no column holds the number of a respondent")
    hit = [False] * table.num_rows
    for name in keys:
        for place, value in enumerate(table.column(name).to_pylist()):
            hit[place] = hit[place] or (value is not None and str(value).strip().casefold() in names)
    if not any(hit):
        return None
    target = io.BytesIO()
    pq.write_table(table.filter(pa.array([not one for one in hit])), target)
    return target.getvalue(), [place + 2 for place, one in enumerate(hit) if one]


def search_store(answers: Path, names: set[str]) -> dict[Path, tuple[bytes, int]]:
    """The files of a stored survey that change: answers, reasons, both lists of what was set aside, and its card."""
    with needs("files"):
        import pyarrow as pa
        import pyarrow.parquet as pq

    table = pq.read_table(answers)
    keys = [name for name in table.column_names if _is_key(name)]
    if not keys:
        raise NotSearchableError("no column holds the number of a respondent")
    aside = answers.with_name("set_aside.parquet")
    listed = pq.read_table(aside)

    def hits(part: pa.Table, column: str) -> list[bool]:
        values = part.column(column).to_pylist()
        return [value is not None and str(value).strip().casefold() in names for value in values]

    gone = {
        row for name in keys for row, hit in zip(table.column("row").to_pylist(), hits(table, name), strict=True) if hit
    }
    repeated = zip(
        listed.column("row").to_pylist(), listed.column("column").to_pylist(), hits(listed, "value"), strict=True
    )
    gone |= {row for row, column, hit in repeated if hit and _is_key(column)}
    changed = {}
    for name in ("answers", "missing_reasons", "set_aside"):
        file = answers.with_name(f"{name}.parquet")
        part = pq.read_table(file)
        stays = [row not in gone for row in part.column("row").to_pylist()]
        if not all(stays):
            target = io.BytesIO()
            pq.write_table(part.filter(pa.array(stays)), target)
            changed[file] = (target.getvalue(), stays.count(False))
    shown = answers.with_name("set_aside.csv")
    if shown.is_file():
        lines = FoundRows.read(shown)
        kept = [lines.records[0]]
        kept += [record for record in lines.records[1:] if lines.cells(record)[0] not in {str(row) for row in gone}]
        if len(kept) < len(lines.records):
            changed[shown] = ("".join(kept).encode(lines.encoding), len(lines.records) - len(kept))
    card = answers.parent.parent / f"{store_of(answers)}.yaml"
    if changed and card.is_file():
        changed[card] = (_with_fewer(card.read_text("utf-8"), changed, answers, aside).encode(), 0)
    return changed


def _with_fewer(card: str, changed: Mapping[Path, tuple[bytes, int]], answers: Path, aside: Path) -> str:
    """The card of a stored survey with the numbers of rows that are left."""
    for name, file in (("rows", answers), ("rows_and_values_set_aside", aside)):
        told = re.search(rf"(?m)^{name}: (\d+)$", card)
        if told and file in changed:
            card = f"{card[: told.start(1)]}{int(told[1]) - changed[file][1]}{card[told.end(1) :]}"
    return card


def _from_excel(file: Path, names: set[str]) -> tuple[bytes, list[int]] | None:
    with needs("files"):
        import openpyxl

    try:
        book = openpyxl.load_workbook(file)
    except Exception:  # whatever is wrong with the file: it must be searched by hand
        raise NotSearchableError("it is no Excel file that can be read") from None
    rows: list[int] = []
    searched = False
    for sheet in book.worksheets:
        places = [cell.column for cell in next(sheet.iter_rows(min_row=1, max_row=1), ()) if _is_key(cell.value)]
        searched = searched or bool(places)
        for line in sheet.iter_rows(min_row=2):
            if any(str(line[place - 1].value).strip().casefold() in names for place in places):
                rows.append(line[0].row)
                for cell in line:
                    cell.value = None
    if not searched:
        raise NotSearchableError("no column holds the number of a respondent")
    if not rows:
        return None
    target = io.BytesIO()
    book.save(target)
    return target.getvalue(), rows


def _from_entries(file: Path, names: set[str]) -> tuple[bytes, list[int]] | None:
    """Voices and other entries in YAML or JSON: lists of mappings with the number of a respondent."""
    import yaml

    text = file.read_text("utf-8")
    try:
        content = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except (json.JSONDecodeError, yaml.YAMLError):
        raise NotSearchableError("it cannot be read") from None
    lost: list[int] = []
    keyed = False

    def cleaned(part: Any) -> Any:
        nonlocal keyed
        if isinstance(part, Mapping):
            return {name: cleaned(value) for name, value in part.items()}
        if isinstance(part, list):
            kept = []
            for entry in part:
                own = [value for name, value in entry.items() if _is_key(name)] if isinstance(entry, Mapping) else []
                keyed = keyed or bool(own)
                if any(str(value).strip().casefold() in names for value in own):
                    lost.append(len(lost) + 1)
                else:
                    kept.append(cleaned(entry))
            return kept
        return part

    rest = cleaned(content)
    if not keyed:
        raise NotSearchableError("no field holds the number of a respondent")
    if not lost:
        return None
    as_json = file.suffix == ".json"
    made = (
        json.dumps(rest, ensure_ascii=False, indent=1)
        if as_json
        else yaml.safe_dump(rest, sort_keys=False, allow_unicode=True)
    )
    return made.encode(), lost


def short_name(file: Path) -> str:
    return f"data/{file.relative_to(data_folder()).as_posix()}"
