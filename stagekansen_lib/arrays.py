"""The types of the arrays that the library works with, and long arrays in blocks of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]
    Mask = NDArray[np.bool_]
    Rows = Integers | slice

__all__ = ["count_codes", "row_blocks"]


_BLOCK_ROWS = 65_536


def row_blocks(rows: int, codes: int = 0) -> list[slice]:
    """The rows in blocks that stay in the cache of the processor: with millions of rows that is most of the speed.

    Where sums over very many ``codes`` are made, a block would cost more than its rows, and all come at once.
    """
    size = _BLOCK_ROWS if codes <= _BLOCK_ROWS // 4 else max(rows, 1)
    return [slice(first, first + size) for first in range(0, rows, size)]


def count_codes(codes: Integers, number: int) -> Integers:
    """The number of rows with each code, and in the last place of those with code -1."""
    counts = np.zeros(number + 1, dtype=np.intp)
    for rows in row_blocks(len(codes)):
        counts += np.bincount(codes[rows] + 1, minlength=number + 1)
    return np.roll(counts, -1)
