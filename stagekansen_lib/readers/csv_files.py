"""CSV exports: delimiter and encoding are found and reported, incomplete rows set aside, nothing repaired.

A file is read in portions that end where a record ends. A portion in which every quotation mark stands where it should
goes through Arrow, on two threads; any other goes through Python's own reader, which names what is wrong. Where Arrow
is not installed every portion does. Both give the same cells, row numbers and rows set aside
(``tests/test_readers.py`` compares them on arbitrary text).
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import has_package, needs
from stagekansen_lib.readers.csv_openings import look_at_opening
from stagekansen_lib.readers.csv_records import DELIMITERS, LARGEST_CELL, Lines, Portions, records
from stagekansen_lib.readers.tables import (
    ASIDE_COLUMNS,
    Collector,
    RawTable,
    factorized,
    occupied_rows,
    said_of_cells,
)
from stagekansen_lib.readers.text_files import TextFile, open_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["read_csv_file"]

_BLOCK = 20_000  # records that the careful reader holds as lists at a time
_MANY = 10_000  # different texts in one column of a portion: most likely no two rows have the same
_SHOW_FROM = 30 << 20  # bytes from which a reading shows how far it is


def read_csv_file(
    path: str | Path, *, delimiter: str | None = None, encoding: str | None = None, careful: bool = False
) -> RawTable:
    """The cells of a CSV file as text, with a report of how they were read.

    Parameters
    ----------
    path : the file.
    delimiter : one character; found from the first rows when left out.
    encoding : such as "utf-8" or "cp1252"; when left out UTF-8 is tried first, then Windows-1252 (for single lines
        too), and the report says which it was.
    careful : True to read every row with Python's own reader: the same result, many times slower.

    Returns
    -------
    RawTable : a row with too few or too many cells is in ``set_aside``, not in ``rows``.

    Raises
    ------
    InputError : the file is absent, empty, holds null bytes, cannot be decoded, has one column only, has two columns of
        the same name, has no rows, or a quotation mark in it is never closed.

    Examples
    --------
    >>> from stagekansen_lib.project.paths import data_folder
    >>> table = read_csv_file(data_folder("example", "example_2022.csv"))
    >>> table.count == len(table.rows) + len(table.set_aside)
    True
    >>> table.report[0]
    'Encoding utf-8 with a byte order mark, cells separated by semicolon.'
    """
    import numpy as np
    import pandas as pd

    path = Path(path)
    if not path.is_file():
        raise InputError(Problem("There is no such file.", str(path)))
    file = open_text(path, encoding)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise InputError(Problem("A delimiter is one character, such as ';'.", do="Give another delimiter=."))
    opening = look_at_opening(file, delimiter)
    found, header = opening.sign, opening.header
    doubles = opening.doubles
    portions = Portions(file)
    lines = Lines(portions)
    next(islice(records(lines, found, file.name, 1), opening.before, None), None)  # up to and with the header
    portions.put_back(lines.rest())
    gathered = _Gathered([Collector() for _ in header], last=opening.before + 1, more=opening.more)
    with _shown(file) as seen:
        careful = careful or not found.isascii() or not has_package("pyarrow") or opening.more > 0
        _gather(gathered, portions, found, file.name, seen, careful=careful)
    if not gathered.count:
        raise InputError(Problem("The file has a header and no answers.", path.name, "Export it again."))
    index = pd.Index(np.concatenate([np.empty(0, dtype=np.int64), *gathered.numbers]), name="row", dtype="int64")
    columns = {name: one.column() for name, one in zip(header, gathered.columns, strict=True)}
    rows = pd.DataFrame(columns, index=index, copy=False)
    if not careful:
        _give_back_memory()
    set_aside = pd.DataFrame(gathered.aside, columns=list(ASIDE_COLUMNS))
    report = [f"Encoding {file.described}, cells separated by {DELIMITERS.get(found, repr(found))}.", *opening.said]
    report += said_of_cells(gathered.columns, gathered.empty)
    if len(set_aside):
        report.append(f"{len(set_aside)} row(s) do not have {len(header)} cells and were set aside.")
    decimals = {"": ","} if found == ";" else {}
    return RawTable(rows, set_aside, gathered.count, tuple(report), doubles=doubles, decimals=decimals)


def _give_back_memory() -> None:
    """What the portions took while Arrow read them."""
    with needs("files"):
        import pyarrow as pa
    pa.default_memory_pool().release_unused()


@dataclass
class _Gathered:
    """What was read so far."""

    columns: list[Collector]
    numbers: list[NDArray[np.int64]] = field(default_factory=list)
    aside: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    empty: int = 0
    last: int = 1  # row number of the last record; the header is row 1
    count: int = 0
    more: int = 0  # cells without a name behind each row, which must be empty

    def add(self, cells: Sequence[tuple[NDArray[Any], Any]], numbers: NDArray[np.int64]) -> None:
        """Add whole records, as codes and distinct texts by column; those without any text are only counted."""
        tidy = [column.tidy(*one) for column, one in zip(self.columns, cells, strict=True)]
        kept = occupied_rows((codes for codes, _ in tidy), len(numbers))
        if kept is not None:
            self.empty += int((~kept).sum())
            numbers = numbers[kept]
        for column, (codes, distinct) in zip(self.columns, tidy, strict=True):
            column.add(codes if kept is None else codes[kept], distinct)
        self.numbers.append(numbers)
        self.count += len(numbers)

    def fitted(self, record: list[str]) -> list[str]:
        """A record without the empty cells that stand behind each row of this file."""
        named = len(self.columns)
        behind = record[named:]
        return record[:named] if 0 < len(behind) <= self.more and not "".join(behind).strip() else record

    def put_aside(self, number: int, record: Sequence[str]) -> None:
        """A record of another length than the header; one that holds nothing is only counted."""
        if not "".join(record).strip():
            self.empty += 1
            return
        wanted = len(self.columns)
        reason = "truncated_row" if len(record) < wanted else "long_row"
        self.aside.append((number, "", "", f"{wanted} cells, the row has {len(record)}", reason))
        self.count += 1


def _gather(gathered: _Gathered, portions: Portions, sign: str, name: str, seen: Any, *, careful: bool) -> None:
    """Everything after the header, in order; Arrow works ahead by a few portions."""
    waiting: deque[tuple[bytes, Future[_Parsed | None]]] = deque()
    width = len(gathered.columns)

    def take_first() -> None:
        portion, future = waiting.popleft()
        parsed = future.result()
        if parsed is None:
            _read_carefully(gathered, Lines(portions, portion), sign, name)
        else:
            _take_over(gathered, parsed, sign)
        seen(len(portion))

    with ThreadPoolExecutor(max_workers=2) as pool:
        while portion := portions.take():
            if careful or not _is_tidy(portion, sign):
                while waiting:
                    take_first()
                _read_carefully(gathered, Lines(portions, portion), sign, name)
                seen(len(portion))
                continue
            waiting.append((portion, pool.submit(_parse, portion, width, sign)))
            while len(waiting) > 2:
                take_first()
        while waiting:
            take_first()


def _is_tidy(portion: bytes, sign: str) -> bool:
    """Whether each quotation mark opens a cell, closes one, or is doubled within one."""
    import numpy as np

    if b'"' not in portion:
        return True
    data = np.frombuffer(portion, dtype=np.uint8)
    marks = np.flatnonzero(data == ord('"'))
    if len(marks) % 2:
        return False
    edges = np.zeros(256, dtype=bool)
    edges[[ord(sign), ord("\n"), ord("\r")]] = True
    opening, closing = marks[0::2], marks[1::2]
    doubled = closing[:-1] + 1 == opening[1:]
    starts = np.append(opening[0] == 0 or edges[data[opening[0] - 1]], edges[data[opening[1:] - 1]] | doubled)
    last = closing[-1] + 1 == len(data) or edges[data[min(closing[-1] + 1, len(data) - 1)]]
    ends = np.append(edges[data[np.minimum(closing[:-1] + 1, len(data) - 1)]] | doubled, last)
    return bool(starts.all() and ends.all())


@dataclass(frozen=True)
class _Parsed:
    """A portion as Arrow read it: the whole records, and the others with their place in the portion."""

    columns: list[Any]
    size: int
    others: list[tuple[int, str]]


def _parse(portion: bytes, width: int, sign: str) -> _Parsed | None:
    """A portion through Arrow; None when the careful reader must look at it."""
    with needs("files"):
        import pyarrow as pa
        import pyarrow.compute as pc
        from pyarrow import csv as arrow_csv

    others: list[tuple[int, str]] = []

    def other(row: Any) -> str:
        others.append((row.number, row.text))
        return "skip"

    names = [str(place) for place in range(width)]
    kind = pa.dictionary(pa.int32(), pa.string())
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(portion),
            # One thread, so that Arrow knows the number of a row that is not complete.
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(portion) + 1),
            parse_options=arrow_csv.ParseOptions(
                delimiter=sign, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=other
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, kind), null_values=[""], strings_can_be_null=True, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if any(number is None or len(text) > LARGEST_CELL for number, text in others):
        return None
    columns = []
    for column in table.columns:
        array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        longest = pc.max(pc.binary_length(array.dictionary)).as_py() or 0
        if longest > LARGEST_CELL:
            return None
        columns.append(array)
    return _Parsed(columns, table.num_rows, others)


def _take_over(gathered: _Gathered, parsed: _Parsed, sign: str) -> None:
    import numpy as np

    size = parsed.size + len(parsed.others)
    numbers = np.arange(gathered.last + 1, gathered.last + 1 + size)
    if parsed.others:
        whole = np.ones(size, dtype=bool)
        for place, text in parsed.others:
            whole[place - 1] = False
            record = next(csv.reader(io.StringIO(text, newline=""), delimiter=sign), [])
            gathered.put_aside(int(numbers[place - 1]), record)
        numbers = numbers[whole]
    gathered.last += size
    if parsed.size:
        cells = [(array.indices.fill_null(-1).to_numpy(), _listed(array.dictionary)) for array in parsed.columns]
        gathered.add(cells, numbers)


def _listed(texts: Any) -> Any:
    """The texts of a portion as a list; as they are when there are so many that no Python text is made of each.

    Those have no spaces around them: each begins and ends with a sign that can be seen.
    """
    import numpy as np

    if len(texts) < _MANY:
        return texts.to_pylist()
    _, ends, content = texts.buffers()
    borders = np.frombuffer(ends, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    seen = np.zeros(256, dtype=bool)
    seen[ord("!") : ord("~") + 1] = True
    signs = seen[np.frombuffer(content, dtype=np.uint8)]
    plain = (borders[1:] > borders[:-1]).all() and signs[borders[:-1]].all() and signs[borders[1:] - 1].all()
    return texts if plain else texts.to_pylist()


def _read_carefully(gathered: _Gathered, lines: Lines, sign: str, name: str) -> None:
    """A portion through Python's own reader, which names what is wrong with a record."""
    import numpy as np

    wanted = len(gathered.columns)
    read = records(lines, sign, name, gathered.last + 1)
    while not lines.done:
        whole: list[list[str]] = []
        numbers: list[int] = []
        while not lines.done and len(whole) < _BLOCK:
            number, record = next(read)
            gathered.last = number
            record = gathered.fitted(record) if gathered.more else record
            if len(record) == wanted:
                whole.append(record)
                numbers.append(number)
            else:
                gathered.put_aside(number, record)
        if whole:
            gathered.add([factorized(cells) for cells in zip(*whole, strict=True)], np.array(numbers, dtype=np.int64))


@contextlib.contextmanager
def _shown(file: TextFile) -> Iterator[Any]:
    """A progress bar on the terminal while a large file is read; call it with the bytes that were read."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Reading {task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    hidden = file.size < _SHOW_FROM or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(file.name, total=file.size)
        yield lambda size: bar.advance(task, size)
