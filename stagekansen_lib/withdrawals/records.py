"""A text file with rows, as the bytes of each, so that what stays is the same to the byte when a row leaves."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from stagekansen_lib.withdrawals.recognising import Respondent, is_key

__all__ = ["NotSearchableError", "Records"]


class NotSearchableError(Exception):
    """A file in which a respondent cannot be looked up; the text says why."""


class Records:
    """A CSV file as its records, the header first, each with its own letters and line end."""

    def __init__(self, encoding: str, delimiter: str, records: list[str]) -> None:
        self.encoding, self.delimiter, self.records = encoding, delimiter, records
        self.header = self.cells(records[0].lstrip("\ufeff"))

    @classmethod
    def read(cls, file: Path) -> Records:
        """The records of a file.

        Raises
        ------
        NotSearchableError : its letters cannot be read, it is empty, or a quotation mark is never closed.
        """
        encoding, text = _decoded(file.read_bytes())
        records = _split(text)
        widths = {sign: len(next(csv.reader([records[0]], delimiter=sign), [])) for sign in ";,\t|"}
        return cls(encoding, max(widths, key=lambda sign: widths[sign]), records)

    def cells(self, record: str) -> list[str]:
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=self.delimiter), [])

    @property
    def is_set_aside_list(self) -> bool:
        return self.header[:2] == ["row", "column"] and {"reason", "file"} <= set(self.header)

    def rows_of(self, person: Respondent) -> list[int]:
        """The row numbers of a respondent, as a spreadsheet shows them.

        Raises
        ------
        NotSearchableError : no column holds the key of a respondent.
        """
        places = [place for place, name in enumerate(self.header) if is_key(name)]
        if not places:
            raise NotSearchableError("no column holds the number of a respondent")
        return [
            number
            for number, record in enumerate(self.records[1:], start=2)
            if person.may_be_in(record) and self._owned(record, places, person)
        ]

    def _owned(self, record: str, places: Collection[int], person: Respondent) -> bool:
        cells = self.cells(record)
        return any(place < len(cells) and person.owns(cells[place]) for place in places)

    def emptied(self, rows: Collection[int]) -> bytes:
        """The file with an empty line for each of these rows, so that all others keep their number."""
        kept = list(self.records)
        for number in rows:
            kept[number - 1] = re.findall(r"(?:\r\n|\n|\r)?$", kept[number - 1])[0]
        return "".join(kept).encode(self.encoding)

    def without_rows(self, gone: Mapping[str, Collection[int]]) -> tuple[bytes, int]:
        """A set-aside list without the lines of rows that left their file, and how many lines that were."""
        row_at, file_at = self.header.index("row"), self.header.index("file")

        def stays(record: str) -> bool:
            cells = self.cells(record)
            told = len(cells) > max(row_at, file_at) and cells[row_at].isdigit()
            return not (told and int(cells[row_at]) in gone.get(cells[file_at], ()))

        return self._of([record for record in self.records[1:] if stays(record)])

    def without_first_cells(self, gone: Collection[str]) -> tuple[bytes, int]:
        """The file without the records that begin with one of these cells, and how many records that were."""
        return self._of([record for record in self.records[1:] if self.cells(record)[0] not in gone])

    def _of(self, kept: list[str]) -> tuple[bytes, int]:
        return "".join([self.records[0], *kept]).encode(self.encoding), len(self.records) - 1 - len(kept)


def _decoded(content: bytes) -> tuple[str, str]:
    """The encoding that gives the same bytes back, and the text."""
    tried = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8", "cp1252", "latin-1"]
    for encoding in tried:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.encode(encoding) == content:
            return encoding, text
    raise NotSearchableError("its letters cannot be read")


def _split(text: str) -> list[str]:
    """Records with their line ends; a line end between quotation marks is part of a record."""
    records: list[str] = []
    begun = ""
    for line in re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$", text):
        begun += line
        if begun.count('"') % 2 == 0:
            records.append(begun)
            begun = ""
    if begun:
        raise NotSearchableError("a quotation mark is never closed")
    if not records:
        raise NotSearchableError("it is empty")
    return records
