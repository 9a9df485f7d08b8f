"""Reads a drawn QR code back as a phone does, without mending faults: versions 1 to 3, bytes (ISO/IEC 18004)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

__all__ = ["read_code"]

_MASKS: tuple[Callable[[int, int], int], ...] = (
    lambda i, j: (i + j) % 2,
    lambda i, _: i % 2,
    lambda _, j: j % 3,
    lambda i, j: (i + j) % 3,
    lambda i, j: (i // 2 + j // 3) % 2,
    lambda i, j: (i * j) % 2 + (i * j) % 3,
    lambda i, j: ((i * j) % 2 + (i * j) % 3) % 2,
    lambda i, j: ((i + j) % 2 + (i * j) % 3) % 2,
)


def read_code(svg: str) -> str:
    """The text of a code that is drawn as strokes of one square high."""
    dark, edge, size = _dark_squares(svg)
    squares = [[(row + edge, column + edge) in dark for column in range(size)] for row in range(size)]
    mask = _MASKS[sum(squares[8][2 + place] << 2 - place for place in range(3)) ^ 0b101]
    bits = "".join(str(int(squares[i][j] ^ (mask(i, j) == 0))) for i, j in _way(size))
    assert bits[:4] == "0100", "not text as bytes"
    length = int(bits[4:12], 2)
    return bytes(int(bits[12 + 8 * at : 20 + 8 * at], 2) for at in range(length)).decode("ascii")


def _dark_squares(svg: str) -> tuple[set[tuple[int, int]], int, int]:
    """The dark squares by row and column, how wide the light edge is, and how many squares the code is wide."""
    dark: set[tuple[int, int]] = set()
    column = row = 0
    strokes = re.search(r'class="qrline"[^>]* d="([^"]+)"', svg)
    assert strokes is not None
    for kind, numbers in re.findall(r"([Mmh])([-\d. ]+)", strokes[1]):
        first, *second = (float(one) for one in numbers.split())
        if kind == "M":
            column, row = int(first), int(second[0])
        elif kind == "m":
            column, row = column + int(first), row + int(second[0])
        else:
            dark |= {(row, column + step) for step in range(int(first))}
            column += int(first)
    edge = min(at for _, at in dark)
    return dark, edge, max(at for _, at in dark) - edge + 1


def _way(size: int) -> Iterator[tuple[int, int]]:
    """The squares that hold data in the order in which they are read: up and down in columns of two, from the right."""
    column, up = size - 1, True
    while column > 0:
        column -= column == 6
        for row in range(size - 1, -1, -1) if up else range(size):
            yield from ((row, at) for at in (column, column - 1) if not _fixed(row, at, size))
        column, up = column - 2, not up


def _fixed(i: int, j: int, size: int) -> bool:
    corner = (i < 9 and (j < 9 or j >= size - 8)) or (i >= size - 8 and j < 9)
    aligning = size > 21 and abs(i - size + 7) <= 2 and abs(j - size + 7) <= 2
    return corner or aligning or 6 in (i, j)
