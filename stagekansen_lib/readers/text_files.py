"""A text file in whatever encoding, as blocks of UTF-8; never the whole of it in memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stagekansen_lib.errors import InputError, Problem

__all__ = ["TextFile", "open_text"]

_CHUNK = 4 << 20
_MIXED = "utf-8 with lines in cp1252"
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class TextFile:
    """Where a text file is and how to read it."""

    path: Path
    encoding: str
    described: str
    size: int

    @property
    def name(self) -> str:
        return self.path.name

    def blocks(self) -> Iterator[bytes]:
        """The content in UTF-8, without a byte order mark, cut anywhere between two characters or bytes."""
        chunks = _chunks(self.path)
        if self.encoding == "utf-8-sig":
            first = next(chunks, b"")
            yield first.removeprefix(_MARK)
            yield from chunks
        elif self.encoding == _MIXED:
            yield from _mixed_blocks(self.path)
        else:
            decoder = codecs.getincrementaldecoder(self.encoding)()
            for chunk in chunks:
                yield decoder.decode(chunk).encode("utf-8")
            yield decoder.decode(b"", final=True).encode("utf-8")


def open_text(path: Path, encoding: str | None) -> TextFile:
    """Look the whole file through once: which encoding fits, and is it text at all.

    Raises
    ------
    InputError : the file is empty, holds null bytes, or is not in the encoding asked for.
    """
    with path.open("rb") as stream:
        start = stream.read(4096)
    if encoding is None:
        encoding = _sixteen_bits(start)
    elif encoding.replace("_", "-").lower() in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    wide = (encoding or "").lower().replace("_", "-").startswith(("utf-16", "utf-32"))
    _check_content(path, wide=wide)
    for attempt in [encoding] if encoding else ["utf-8-sig", _MIXED, "cp1252", "latin-1"]:
        said = _fits(path, attempt)
        if said:
            return TextFile(path, attempt, said, path.stat().st_size)
    shown = "utf-8" if encoding == "utf-8-sig" else encoding
    raise InputError(Problem(f"The file is not in encoding '{shown}'.", path.name, "Leave encoding= out."))


def _sixteen_bits(start: bytes) -> str | None:
    """UTF-16 by its mark, or by a zero in every other byte of Western text; None for anything else."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if even == 0 and odd > 0.4 * len(start):
        return "utf-16-le"
    return "utf-16-be" if odd == 0 and even > 0.4 * len(start) else None


def _check_content(path: Path, *, wide: bool) -> None:
    empty, lines = True, 1
    for chunk in _chunks(path):
        empty = empty and not chunk.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n;,")
        if not wide and b"\x00" in chunk:
            line = lines + chunk[: chunk.index(b"\x00")].count(b"\n")
            raise InputError(
                Problem(
                    "The file holds null bytes, so it is damaged or not plain text.",
                    f"{path.name} line {line}",
                    "Export it again as CSV (UTF-8).",
                )
            )
        lines += chunk.count(b"\n")
    if empty:
        raise InputError(Problem("The file is empty.", path.name, "Export it again."))


def _fits(path: Path, encoding: str) -> str:
    """How the encoding is to be described when it fits the file; empty when it does not fit."""
    if encoding == _MIXED:
        good, bad = _line_encodings(path)
        return f"utf-8 with {bad} line(s) in cp1252 (check letters with accents)" if good and bad else ""
    if not _decodes(path, encoding):
        return ""
    if encoding == "utf-8-sig":
        with path.open("rb") as stream:
            return "utf-8 with a byte order mark" if stream.read(3) == _MARK else "utf-8"
    return encoding if encoding.startswith("utf") else f"{encoding} (not UTF-8: check letters with accents)"


def _decodes(path: Path, encoding: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        for chunk in _chunks(path):
            if "\x00" in decoder.decode(chunk):
                raise InputError(Problem("The file holds null characters.", path.name, "Export it again as CSV."))
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    except LookupError:
        raise InputError(Problem(f"There is no encoding '{encoding}'.", do="Try 'utf-8' or 'cp1252'.")) from None
    return True


def _line_encodings(path: Path) -> tuple[int, int]:
    """Lines with letters beyond ASCII that are UTF-8, and those that are not."""
    counts = {True: 0, False: 0}
    for block in _lines_in_blocks(path):
        for line in block:
            if not line.isascii():
                counts[_is_utf8(line)] += 1
    return counts[True], counts[False]


def _mixed_blocks(path: Path) -> Iterator[bytes]:
    first = True
    for block in _lines_in_blocks(path):
        lines = [line if _is_utf8(line) else line.decode("cp1252", "replace").encode("utf-8") for line in block]
        whole = b"".join(lines)
        yield whole.removeprefix(_MARK) if first else whole
        first = False


def _lines_in_blocks(path: Path) -> Iterator[list[bytes]]:
    with path.open("rb") as stream:
        while lines := stream.readlines(_CHUNK):
            yield lines


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
