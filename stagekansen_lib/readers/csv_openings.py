"""How a text file with cells begins: lines above the header, what separates the cells, and the names of the columns."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.readers.csv_records import DELIMITERS, Lines, Portions, records
from stagekansen_lib.readers.tables import check_header, told_apart
from stagekansen_lib.readers.text_files import TextFile

__all__ = ["Opening", "look_at_opening"]

_SAMPLE = 50  # records looked at to find the delimiter


@dataclass(frozen=True)
class Opening:
    """How a file begins: what separates its cells, lines before the header, names, and nameless cells behind rows."""

    sign: str
    header: list[str]
    doubles: dict[str, str]
    before: int
    more: int
    said: tuple[str, ...]


_SEP_LINE = re.compile(r'"?sep=(.)"?[;,\t]*', re.IGNORECASE)


def look_at_opening(file: TextFile, delimiter: str | None) -> Opening:
    """Look at the first lines.

    Raises
    ------
    InputError : cells cannot be told apart, or the header cannot be used.
    """
    blank, told = _above_header(file)
    before = blank + bool(told)
    sign = delimiter or (told if told in DELIMITERS else "") or _find_delimiter(file, before)
    found = [record for _, record in islice(_quiet(file, sign), before, before + _SAMPLE)]
    if not found:  # a stray quotation mark: let the reading itself name it
        found = [record for _, record in islice(records(Lines(Portions(file)), sign, file.name, 1), before, before + 1)]
    names = [name.strip() for name in (found[0] if found else [])]
    rows = [one for one in found[1:] if "".join(one).strip()]
    if len(names) > 1 and sum(map(bool, names)) == 1 and rows and sum(map(bool, rows[0])) > 1:
        raise InputError(
            Problem(
                "This line holds one text and no names of columns: it looks like a title.",
                f"{file.name} row {before + 1}",
                "Delete what stands above the names of the columns.",
            )
        )
    header, more = _named_cells(names, rows)
    _check_width(header, sign, file, before)
    header, doubles = told_apart(header)
    check_header(header, file.name, f"row {before + 1}")
    said = [f"The first line says 'sep={told}'; it is no answer."] if told else []
    if blank:
        said.append(f"{blank} blank line(s) above the header were passed over.")
    if more:
        said.append(f"Behind each row stand {more} empty cell(s) without a name; they were passed over.")
    return Opening(sign, header, doubles, before, more, tuple(said))


def _above_header(file: TextFile) -> tuple[int, str]:
    """How many blank lines stand above the header, and the sign that a line "sep=;" there gives; "" without one."""
    blank, told = 0, ""
    for line in Lines(Portions(file)):
        mark = _SEP_LINE.fullmatch(line.strip(" \r\n"))
        if mark and not told:
            told = mark[1]
        elif line.strip(' \t\r\n;,|"'):
            break
        else:
            blank += 1
    return blank, told


def _quiet(file: TextFile, sign: str) -> Iterator[tuple[int, list[str]]]:
    """The records of a file up to the first that cannot be read."""
    with contextlib.suppress(InputError):
        yield from records(Lines(Portions(file)), sign, file.name, 1)


def _named_cells(names: list[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], int]:
    """The names of the columns, and how many cells without a name stand behind each row, all of them empty."""
    named = len(names)
    while named > 1 and not names[named - 1]:
        named -= 1
    behind = [row[named:] for row in rows if len(row) >= named]
    empty = [len(cells) for cells in behind if cells and not "".join(cells).strip()]
    if not any(behind):
        return names[: named if behind else None], 0
    if 2 * len(empty) < len(behind):
        return names, 0
    return names[:named], max(*empty, len(names) - named)


def _find_delimiter(file: TextFile, before: int) -> str:
    """The delimiter that splits the first rows into the most columns, the same number in most rows."""
    start = next(file.blocks(), b"")
    first = next(iter(start[: 1 << 16].decode("utf-8", "replace").splitlines()[before:]), "")
    best, best_score = "", (0.0, 0)
    for candidate in DELIMITERS:
        tried = records(Lines(Portions(file)), candidate, file.name, 1)
        try:
            widths = [len(record) for _, record in islice(tried, before, before + _SAMPLE) if record]
        except InputError:  # a stray quotation mark: let the reading itself name it
            widths = [first.count(candidate) + 1]
        if widths and widths[0] > 1:
            score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
            # Both must count: a comma inside a question text also splits the header in two.
            if score[0] * score[1] > best_score[0] * best_score[1]:
                best, best_score = candidate, score
    if best:
        return best
    for _ in records(Lines(Portions(file)), ";", file.name, 1):
        pass  # a quotation mark that is never closed explains itself here
    known = ", ".join(DELIMITERS.values())
    raise InputError(
        Problem(
            "The rows do not fall apart into columns.",
            file.name,
            f"Tried {known}. Give delimiter= when it is another one, or export the file again.",
        )
    )


def _check_width(header: list[str], delimiter: str, file: TextFile, before: int) -> None:
    if len(header) > 1:
        return
    first = next(islice(Lines(Portions(file)), before, None), "")
    other = [name for sign, name in DELIMITERS.items() if sign != delimiter and sign in first]
    hint = f"It looks as if they are separated by {' or '.join(other)}." if other else ""
    shown = DELIMITERS.get(delimiter, repr(delimiter))
    raise InputError(Problem(f"With {shown} as delimiter the file has one column.", file.name, hint))
