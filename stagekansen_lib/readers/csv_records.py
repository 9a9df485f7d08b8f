"""The records of a text file: its bytes in portions that end where a record ends, and Python's own reader."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.readers.text_files import TextFile

__all__ = ["DELIMITERS", "LARGEST_CELL", "Lines", "Portions", "records"]

DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "pipe"}
LARGEST_CELL = 1_000_000
_PORTION = 8 << 20  # bytes that go to Arrow at a time
_LONGEST_PORTION = 64 << 20  # without the end of a record in so many bytes the careful reader explains
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Portions:
    """Hands out the bytes of a file in portions that end where, by its quotation marks, a record ends."""

    def __init__(self, file: TextFile) -> None:
        self._blocks = file.blocks()
        self._name = file.name
        self._rest = b""

    def put_back(self, data: bytes) -> None:
        self._rest = data + self._rest

    def take(self) -> bytes:
        """The next portion; empty at the end of the file."""
        data, self._rest, size = self._rest, b"", _PORTION
        while True:
            ended = False
            parts = [data]
            length = len(data)
            while length < size:
                block = next(self._blocks, None)
                if block is None:
                    ended = True
                    break
                parts.append(block)
                length += len(block)
            data = b"".join(parts)
            if ended:
                return data
            cut = _last_record_end(data)
            if not cut and size >= _LONGEST_PORTION:
                cut = data.rfind(b"\n") + 1
                if not cut:
                    raise InputError(Problem(f"A row is longer than {size >> 20} MB.", self._name, "Export it again."))
            if cut:
                self._rest = data[cut:]
                return data[:cut]
            size *= 2


def _last_record_end(data: bytes) -> int:
    """The place after the last line end that no quoted cell holds; 0 when there is none."""
    end = b"\n" if b"\n" in data else b"\r"
    marks = data.count(b'"')
    place = len(data) if end == b"\n" else len(data) - 1
    for _ in range(200):
        place = data.rfind(end, 0, place)
        if place < 0:
            return 0
        if (marks - data.count(b'"', place)) % 2 == 0:
            return place + 1
    return 0


class Lines:
    """The lines of a portion as text; reads on in the file when a record goes on."""

    def __init__(self, portions: Portions, data: bytes = b"") -> None:
        self._portions, self._data, self._at = portions, data, 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._data)

    def rest(self) -> bytes:
        return self._data[self._at :]

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.done:
            self._data, self._at = self._portions.take(), 0
        found = _LINE.match(self._data, self._at)
        if not found:
            raise StopIteration
        self._at = found.end()
        return found[0].decode("utf-8")


def records(lines: Iterator[str], delimiter: str, name: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """Each record with its row number as a spreadsheet shows it."""
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = first
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise InputError(Problem(_csv_problem(str(error)), f"{name} row {number}", "Mend that row.")) from None
        if record is None:
            return
        yield number, record
        number += 1


def _csv_problem(error: str) -> str:
    if "field limit" in error:
        return f"A cell is longer than {LARGEST_CELL:,} characters."
    if "unexpected end" in error:
        return "A quotation mark is opened and never closed."
    return "A quotation mark stands in the middle of a quoted cell."
