"""The cells of any file as text: what every reader gives, before a codebook says what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import has_package, needs

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ASIDE_COLUMNS", "Collector", "RawTable", "check_header", "plain_name", "table_from_columns", "told_apart"]

ASIDE_COLUMNS = ("row", "column", "value", "expected", "reason")
# More different texts than this are kept as texts: a key or a story, of which a list of distinct ones saves nothing.
_MANY = 100_000
_MOST_DOUBLES = 50  # columns whose name another one had first
_MOST_COLUMNS = 16_384  # as many as a sheet of Excel can have


@dataclass(frozen=True)
class RawTable:
    """The cells of a file as text, before a codebook gives them meaning.

    Parameters
    ----------
    rows : one row a respondent; each column is a categorical of texts (of type ``str`` when nearly all differ) without
        spaces around them, an empty cell missing. The index, named "row", is the number that the program of the file
        shows: in a spreadsheet the header is row 1, in SPSS and Stata the first respondent is.
    set_aside : rows that are no complete record: row, column, value, expected, reason. ``value`` stays empty.
    count : rows in the file that hold anything; always ``len(rows) + len(set_aside)``.
    report : what was found out or done while reading, one sentence a line, in English.
    format : the format it was read from, such as "csv" or "spss".
    questions : other names of a column, such as the texts of its question, by column.
    technical : columns of the survey tool itself, such as "Progress": never a question, whatever they are called.
    labels : the label of each code, by column, where the file itself gives them.
    missing : the reason behind a text that the file itself declares missing, by column; "" means every column.
    day_zero : the day with number 0, for days that a spreadsheet wrote as numbers.
    states : numbers of rows that are no finished answer of a respondent, by "unfinished", "preview" or "total".
    own_texts : columns that hold the own words beside an answer "other", with the column or question they belong to.
    decimals : the sign of decimals where the file leaves no doubt, by column; "" means every column.
    heads : what a column is called in the file itself, where a reader shortened it.
    left_out : columns of the survey tool that tell nothing about answers, and that the reader left out.
    doubles : columns whose name another column of the file had first, with that name.
    """

    rows: pd.DataFrame
    set_aside: pd.DataFrame
    count: int
    report: tuple[str, ...]
    format: str = "csv"
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    technical: frozenset[str] = frozenset()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    day_zero: str = "1899-12-30"
    states: Mapping[str, pd.Index] = field(default_factory=dict)
    own_texts: Mapping[str, str] = field(default_factory=dict)
    decimals: Mapping[str, str] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    doubles: Mapping[str, str] = field(default_factory=dict)


class Collector:
    """Collects the cells of one column, a block at a time, as numbers of the distinct texts.

    Memory grows with the distinct texts and a byte or two a cell. Spaces around a text are taken off and counted.
    """

    def __init__(self) -> None:
        self.known: dict[str, int] | None = {}
        self.parts: list[Any] = []
        self.trimmed = 0

    def tidy(self, codes: NDArray[Any], distinct: Any) -> tuple[NDArray[Any], Any]:
        """The block without spaces around texts; -1 where that leaves nothing.

        ``distinct`` is a list of texts, or an array of Arrow: then of very many, and without spaces around any.
        """
        import numpy as np

        if not isinstance(distinct, list):
            return codes, distinct
        stripped = [text.strip() for text in distinct]
        if stripped == distinct and "" not in stripped:
            return codes, distinct
        places: dict[str, int] = {}
        counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
        to = np.full(len(distinct) + 1, -1, dtype=np.int32)
        for position, (text, before) in enumerate(zip(stripped, distinct, strict=True)):
            if not text:
                continue
            if text != before:
                self.trimmed += int(counts[position])
            to[position] = places.setdefault(text, len(places))
        return to[codes], list(places)

    def add(self, codes: NDArray[Any], distinct: Any) -> None:
        """Add a block that ``tidy`` gave, less the rows that do not count."""
        import numpy as np

        if self.known is None:
            self.parts.append(_texts(distinct, codes))
            return
        known = self.known
        texts = distinct if isinstance(distinct, list) else distinct.to_pylist()
        places = [known.setdefault(text, len(known)) for text in texts]
        small = np.int8 if len(known) <= 127 else np.int16 if len(known) <= 32_767 else np.int32
        self.parts.append(np.array([*places, -1], dtype=small)[codes])
        if len(known) > _MANY:
            self.parts = [_texts(list(known), part) for part in self.parts]
            self.known = None

    def column(self) -> Any:
        """All cells, in the order in which they came."""
        import numpy as np
        import pandas as pd

        parts, self.parts = self.parts, []
        if self.known is None:
            return _column_of_texts(parts)
        codes = np.concatenate(parts) if parts else np.empty(0, dtype=np.int8)
        return pd.Categorical.from_codes(codes, categories=pd.Index(list(self.known), dtype=object))


def _texts(distinct: Any, codes: NDArray[Any]) -> Any:
    """The text of each cell; Arrow, where it is installed, makes no Python text of each."""
    import numpy as np

    if not has_package("pyarrow"):
        return np.array([*distinct, None], dtype=object)[codes]
    with needs("files"):
        import pyarrow as pa
    texts = pa.array(distinct, pa.large_string()) if isinstance(distinct, list) else distinct.cast(pa.large_string())
    return texts.take(pa.array(codes, mask=codes < 0))


def _column_of_texts(parts: Sequence[Any]) -> Any:
    import numpy as np
    import pandas as pd

    if not has_package("pyarrow"):
        return pd.array(np.concatenate(parts), dtype="str")
    with needs("files"):
        import pyarrow as pa
    return pd.array(pa.chunked_array(parts, pa.large_string()), dtype="str")


def plain_name(name: object) -> str:
    """A name in small letters with single spaces, so that two spellings of one name are equal."""
    return " ".join(str(name).split()).casefold()


def factorized(cells: Sequence[str]) -> tuple[NDArray[Any], list[str]]:
    """For each cell which of the distinct texts it is, and those texts."""
    import numpy as np
    import pandas as pd

    codes, distinct = pd.factorize(np.array(cells, dtype=object))
    return codes, distinct.tolist()


def occupied_rows(columns: Iterable[NDArray[Any]], size: int) -> NDArray[np.bool_] | None:
    """Which rows hold anything; None when all do."""
    import numpy as np

    empty = np.ones(size, dtype=bool)
    for codes in columns:
        empty &= codes < 0
        if not empty.any():
            return None
    return ~empty


def table_from_columns(
    columns: Mapping[str, Sequence[str]],
    file: str,
    *,
    first_row: int,
    report: Sequence[str] = (),
    **more: Any,
) -> RawTable:
    """A RawTable from lists of texts of equal length; a row without any text is passed over and said to be.

    Raises
    ------
    InputError : the header cannot be used (see ``check_header``), or no row holds anything.
    """
    import numpy as np
    import pandas as pd

    check_header(list(columns), file, f"row {first_row - 1}" if first_row > 1 else "")
    size = len(next(iter(columns.values())))
    collectors = {name: Collector() for name in columns}
    tidy = {name: collectors[name].tidy(*factorized(cells)) for name, cells in columns.items()}
    kept = occupied_rows((codes for codes, _ in tidy.values()), size)
    numbers = np.arange(first_row, first_row + size)
    for name, (codes, distinct) in tidy.items():
        collectors[name].add(codes if kept is None else codes[kept], distinct)
    if kept is not None:
        numbers = numbers[kept]
    said = [*report, *said_of_cells(collectors.values(), size - len(numbers))]
    if not len(numbers):
        raise InputError(Problem("The file has a header and no answers.", file, "Export it again."))
    rows = pd.DataFrame(
        {name: one.column() for name, one in collectors.items()}, index=pd.Index(numbers, name="row", dtype="int64")
    )
    return RawTable(rows, pd.DataFrame(columns=list(ASIDE_COLUMNS)), len(rows), tuple(said), **more)


def said_of_cells(collectors: Iterable[Collector], empty: int) -> list[str]:
    """The sentences about spaces and empty rows."""
    said = []
    trimmed = sum(column.trimmed for column in collectors)
    if trimmed:
        said.append(f"Spaces around {trimmed} cell(s) were taken off.")
    if empty:
        said.append(f"{empty} empty row(s) were passed over.")
    return said


def check_header(header: Sequence[str], file: str, where: str = "row 1") -> None:
    """Stop when names are absent or there twice, or when there are more columns than a survey can have.

    Raises
    ------
    InputError : all of it at once, by position: in a file without a header the first row holds answers.
    """
    place = f"{file} {where}".strip()
    if len(header) > _MOST_COLUMNS:
        raise InputError(
            Problem(f"The file has {len(header):,} columns; no survey has that many.", place, "Export it again.")
        )
    places: dict[str, list[str]] = {}
    for position, name in enumerate(header, start=1):
        places.setdefault(name, []).append(str(position))
    problems = [
        Problem(f"Columns {_some(same)} have the same name.", place, "Give each its own name.")
        for name, same in places.items()
        if len(same) > 1 and name
    ]
    if "" in places:
        problems.append(Problem(f"Column(s) without a name: {_some(places[''])}.", place, "Name or delete them."))
    if problems:
        raise InputError(problems)


def told_apart(header: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The header with " (2)" behind a name that an earlier column has, and the names that were changed so.

    Whether a file may have two columns of one name its reader says later: some survey tools write such files.
    """
    # A header that repeats itself is no file of a survey tool; the check of the header names what is wrong.
    if "" in header or len(header) - len(set(header)) > _MOST_DOUBLES:
        return list(header), {}
    found: dict[str, str] = {}
    for name in header:
        new, at = name, 1
        while new in found:
            at += 1
            new = f"{name} ({at})"
        found[new] = name
    return list(found), {new: name for new, name in found.items() if new != name}


def _some(positions: Sequence[str]) -> str:
    return ", ".join(positions[:20]) + (", ..." if len(positions) > 20 else "")
