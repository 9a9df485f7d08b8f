"""Where answers end up beside ``data``: notebooks, what was built or edited together, tables saved anywhere.

These places are read and never changed: a file that holds the respondent is named, and no proof is written until a
person has cleared it. What cannot be searched is named too.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import json
import re
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import Problem
from stagekansen_lib.withdrawals.elsewhere_files import files_elsewhere
from stagekansen_lib.withdrawals.elsewhere_tables import (
    Table,
    keyed_lines,
    opendocument_table,
    table_in,
    workbook_tables,
)
from stagekansen_lib.withdrawals.recognising import Respondent, is_key, plain_number
from stagekansen_lib.withdrawals.records import NotSearchableError
from stagekansen_lib.withdrawals.whole_rows import Source, texts_of

__all__ = ["look_elsewhere"]

# The table of an editor in which several people type; so many edits of a letter cannot be read as a word.
_EDITS, _TYPED = "yupdates", 3
# Pictures hold no cell of a table, and compiled code no answer.
_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".woff", ".woff2", ".pyc"}
_PICTURE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"wOF2", b"RIFF")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_DEEP = 4
# Columns of many tables that hold no answers have such a name too.
_ANYBODYS = frozenset({"id", "token"})
# With the number in the same line so many answers in a row are enough; without it so many.
_RUN_WITH_NUMBER, _RUN_ALONE = 3, 8


def look_elsewhere(person: Respondent, sources: Sequence[Source], checked: Collection[str] = ()) -> list[Problem]:
    """What stands in the way of a proof outside the files of answers.

    Parameters
    ----------
    person : who is looked for.
    sources : their rows in the files of answers.
    checked : names of files that a person has searched by hand.

    Returns
    -------
    list of Problem : files that hold the respondent, and files that cannot be searched and are not in ``checked``.
    """
    traces = _Traces(person, sources)
    problems = []
    for file, name in files_elsewhere():
        if {file.name, name} & set(checked):
            continue
        try:
            if _holds(file, traces):
                problems.append(Problem("The respondent stands in this file.", name, "Clear it or delete it."))
        except (NotSearchableError, OSError, sqlite3.Error, ValueError) as reason:
            why = str(reason) if isinstance(reason, NotSearchableError) else "it cannot be read"
            problems.append(Problem(f"It cannot be searched: {why}.", name))
    return problems


class _Traces:
    """By what one respondent is known in a text."""

    def __init__(self, person: Respondent, sources: Sequence[Source]) -> None:
        self.person, self.sources = person, sources
        sure = [name for name in person.names if _tells_one(name)]
        joined = "|".join(map(re.escape, sorted(sure)))
        self.sure = re.compile(rf"(?<![0-9a-z])(?:{joined})(?:[.,]0+)?(?![0-9a-z])") if sure else None
        self.texts = texts_of(sources)
        self.rows = list({_answers(line, one.header) for one in sources for line in one.theirs})

    def has_answers(self, header: Iterable[object]) -> bool:
        """Whether a table can be one of answers: its number is a respondent's, or a question stands beside its "id"."""
        names = [str(name) for name in header]
        if any(is_key(name) and name.casefold() not in _ANYBODYS for name in names):
            return True
        asked = {str(name).casefold() for source in self.sources for name in source.header if not is_key(name)}
        return any(name.casefold() in asked for name in names)

    def in_text(self, text: str) -> bool:
        """Whether a text holds the respondent: a number that is one person's, own words, or a row of answers."""
        plain = text.casefold()
        if self.sure is not None and self.sure.search(plain):
            return True
        if self.texts and any(own in " ".join(plain.split()) for own in self.texts):
            return True
        return any(self.in_line(re.split(r"[\t;,|]|\s+", line)) for line in plain.splitlines() if self._may(line))

    def _may(self, line: str) -> bool:
        return len(line) > 2 * _RUN_WITH_NUMBER

    def in_line(self, cells: Iterable[object]) -> bool:
        """Whether cells that stand together are a row of the respondent."""
        told = tuple(cell for value in cells if (cell := plain_number(str(value).strip(" \"'[](){}"))))
        if len(told) <= _RUN_WITH_NUMBER:
            return False
        named = any(cell in self.person.names for cell in told)
        least = _RUN_WITH_NUMBER if named else _RUN_ALONE
        for row in self.rows:
            run = _longest_run(told, row, least)
            if run and (named or not self._others_have(run)):
                return True
        return False

    def _others_have(self, run: tuple[str, ...]) -> bool:
        """Whether somebody else gave these answers too: then they tell nobody apart."""
        wanted = "\x1f".join(run)
        for source in self.sources:
            for line in source.others():
                if wanted in "\x1f".join(_answers(line, source.header)):
                    return True
        return False


def _answers(line: Sequence[object], header: Sequence[str]) -> tuple[str, ...]:
    """The answers of a row without its number, as a line of text would hold them."""
    told = [plain_number(cell) for cell, name in zip(line, header, strict=False) if not is_key(name)]
    return tuple(word for cell in told if cell for word in cell.split())


def _longest_run(told: tuple[str, ...], row: tuple[str, ...], least: int) -> tuple[str, ...]:
    """Answers in a row that both hold, at least so many; empty when there are none."""
    places: dict[tuple[str, ...], int] = {row[at : at + least]: at for at in range(len(row) - least + 1)}
    for at in range(len(told) - least + 1):
        if told[at : at + least] in places:
            start = places[told[at : at + least]]
            length = least
            while told[at : at + length + 1] == row[start : start + length + 1] and at + length < len(told):
                length += 1
            return told[at : at + length]
    return ()


def _tells_one(name: str) -> bool:
    """Whether a number is long enough to be one person's wherever it stands; a 7 is not."""
    mixed = bool(re.search(r"\d", name)) and bool(re.search(r"[^\W\d]", name))
    return len(name) >= (4 if mixed else 6)


# Reading -----------------------------------------------------------------------------------------------------------


def _holds(file: Path, traces: _Traces) -> bool:
    if file.suffix.lower() in _PICTURES:
        return False
    return _in_bytes(file.read_bytes(), file.suffix.lower(), traces, 0)


def _in_bytes(content: bytes, kind: str, traces: _Traces, depth: int) -> bool:
    if depth > _DEEP or content.startswith(_PICTURE_STARTS):
        return False
    if content.startswith(b"SQLite format 3\0"):
        return _in_database(content, traces, depth)
    table = table_in(content, kind)
    if table is not None:
        return _in_table(table, traces)
    if content.startswith(b"PK\x03\x04"):
        return _in_archive(content, traces, depth)
    if content.startswith(b"\x1f\x8b"):
        return _in_bytes(gzip.decompress(content), "", traces, depth + 1)
    if content[:1] == b"\x78" and (opened := _inflated(content)) is not None:
        return _in_bytes(opened, "", traces, depth + 1)
    text = _as_text(content)
    if text is not None:
        return _in_text(text, kind, traces, depth)
    # Edits as they were exchanged keep their texts in one piece, between bytes of their own.
    if depth or kind == ".ystore" or kind == ".db":
        return any(_in_text(piece, "", traces, depth) for piece in _pieces(content))
    raise NotSearchableError(f"format '{kind or 'unknown'}'")


def _inflated(content: bytes) -> bytes | None:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return None


def _as_text(content: bytes) -> str | None:
    encodings = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    text = content.decode("cp1252", errors="replace")
    odd = sum(not (sign.isprintable() or sign.isspace()) for sign in text[:4000])
    return None if odd > len(text[:4000]) / 50 else text


def _pieces(content: bytes) -> Iterator[str]:
    for piece in re.findall(rb"[\t\n\r\x20-\x7e\x80-\xff]{2,}", content):
        yield piece.decode("utf-8", errors="replace")
    if b"\0" in content:  # texts of two bytes a letter
        for piece in re.findall(rb"(?:[\x20-\x7e]\0){4,}", content):
            yield piece.decode("utf-16-le")


def _in_text(text: str, kind: str, traces: _Traces, depth: int) -> bool:
    if kind in (".ipynb", ".json", ".geojson") or text.lstrip()[:1] in ("{", "["):
        try:
            return _in_json(json.loads(text), traces, depth)
        except (ValueError, RecursionError):
            pass
    if re.search(r"<t[dr][\s>]", text):
        cells = re.sub(r"\s*</t[dh]>\s*", "\t", re.sub(r"\s*\n\s*", " ", text))
        text = html.unescape(re.sub(r"<[^>]*>", " ", cells.replace("</tr>", "\n")))
    if (keyed := keyed_lines(text)) is not None and _in_table(keyed, traces):
        return True
    if traces.in_text(text) or ("&" in text and traces.in_text(html.unescape(text))):
        return True
    return any(_in_bytes(made, "", traces, depth + 1) for made in _decoded(text)) if depth < _DEEP else False


def _decoded(text: str) -> Iterator[bytes]:
    """What stands in a text as base64; broken over lines or not."""
    whole = re.sub(r"\\n|\s", "", text) if len(text) < 10_000_000 else text
    for piece in {*_BASE64.findall(text), *(_BASE64.findall(whole) if whole != text else ())}:
        plain = piece.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            made = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue
        if made.startswith((b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"SQLite")) or _as_text(made) is not None:
            yield made
        elif len(made) >= 8:
            yield from (one.encode() for one in _pieces(made))


def _in_json(part: Any, traces: _Traces, depth: int) -> bool:
    if isinstance(part, Mapping):
        return _is_their_entry(part, traces) or any(_in_json(value, traces, depth) for value in part.values())
    if isinstance(part, list):
        return _in_list(part, traces, depth)
    if isinstance(part, str) and depth < _DEEP:
        return _in_text(part, "", traces, depth + 1)
    return isinstance(part, (str, int, float)) and traces.in_text(str(part))


def _in_list(parts: list[Any], traces: _Traces, depth: int) -> bool:
    if all(isinstance(one, str) for one in parts):  # a notebook keeps a text as a list of lines
        return _in_text("".join(parts), "", traces, depth + 1) or traces.in_line(parts)
    return traces.in_line(_simple(parts)) or any(_in_json(one, traces, depth) for one in parts)


def _is_their_entry(entry: Mapping[str, Any], traces: _Traces) -> bool:
    """Whether the simple values of an entry are answers of the respondent, with or without their number beside them."""
    named = any(is_key(name) and traces.person.owns(value) for name, value in entry.items())
    if named and traces.has_answers(entry):
        return True
    number = sorted(traces.person.names)[:1] if named else []
    return traces.in_line([*number, *_simple(entry.values())])


def _simple(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, (str, int, float))]


def _in_database(content: bytes, traces: _Traces, depth: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        copy.write_bytes(content)
        connection = sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)
        try:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            letters = _letters(connection) if _EDITS in names else 0
            for name in names:
                quoted = name.replace('"', '""')
                for row in connection.execute(f'SELECT * FROM "{quoted}"'):
                    if traces.in_line(_simple(row)):
                        return True
                    for cell in row:
                        made = cell if isinstance(cell, bytes) else str(cell).encode()
                        if _in_bytes(made, ".db", traces, depth + 1):
                            return True
        finally:
            connection.close()
    # What was deleted in a database stands in it until it is vacuumed.
    if any(traces.sure is not None and traces.sure.search(piece.casefold()) for piece in _pieces(content)):
        return True
    if letters >= _TYPED:
        raise NotSearchableError("it keeps each letter that was typed together apart; close the room and delete it")
    return False


def _letters(connection: sqlite3.Connection) -> int:
    """How many edits hold no text of three letters or more: one that was typed is an edit a letter."""
    edits = (row[0] for row in connection.execute(f"SELECT yupdate FROM {_EDITS}"))
    return sum(1 for edit in edits if isinstance(edit, bytes) and not re.search(rb"[\x20-\x7e]{3}", edit))


def _in_table(table: Table, traces: _Traces) -> bool:
    header, lines = table
    keys = [place for place, name in enumerate(header) if is_key(name)] if traces.has_answers(header) else []
    return any(_in_row(keys, line, traces) for line in lines)


def _in_row(keys: Sequence[int], line: Sequence[object], traces: _Traces) -> bool:
    if any(place < len(line) and traces.person.owns(line[place]) for place in keys):
        return True
    return traces.in_line(line) or any(isinstance(cell, str) and traces.in_text(cell) for cell in line)


def _in_archive(content: bytes, traces: _Traces, depth: int) -> bool:
    """A zip; a workbook is one: its texts stand apart from its cells, so it is read as a workbook."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise NotSearchableError("it is no archive that can be read") from None
    with archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return any(_in_table(sheet, traces) for sheet in workbook_tables(content))
        if "content.xml" in names and _in_table(opendocument_table(archive), traces):
            return True
        for part in archive.infolist():
            if part.flag_bits & 1:
                raise NotSearchableError("it has a password")
            kind = Path(part.filename).suffix.lower()
            if kind not in _PICTURES and not part.is_dir() and _in_bytes(archive.read(part), kind, traces, depth + 1):
                return True
    return False
