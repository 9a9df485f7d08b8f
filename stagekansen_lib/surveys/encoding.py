"""Answers as integer codes with their levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.codebooks import Variable

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Floats, Integers


__all__ = ["Encoded", "encode", "few_levels", "plain_value"]


# Whole numbers that lie within this range are counted instead of sorted.
_FEW_LEVELS = 5_000


@dataclass(frozen=True, eq=False)
class Encoded:
    """A variable as integer codes: ``codes`` is -1 where there is no answer, ``levels`` the answers in order."""

    codes: Integers
    levels: tuple[Any, ...]
    dtype: Any = None

    @cached_property
    def counts(self) -> Integers:
        """The number of rows with each answer, and in the last place of those without one."""
        from stagekansen_lib.arrays import count_codes

        return count_codes(self.codes, len(self.levels))

    def values(self, codes: Sequence[int] | Integers) -> Any:
        """The answers that integer codes stand for, with the type of the column."""
        import pandas as pd

        if isinstance(self.dtype, pd.CategoricalDtype):
            return pd.Categorical.from_codes(list(codes), dtype=self.dtype)
        return pd.Series([self.levels[code] for code in codes], dtype=self.dtype)


def encode(column: pd.Series[Any], variable: Variable) -> Encoded:
    import numpy as np
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = tuple(plain_value(value) for value in column.cat.categories)
        return Encoded(np.asarray(column.cat.codes, dtype=np.intp), categories, column.dtype)
    try:
        codes, found = pd.factorize(column, sort=False)
    except TypeError:
        raise InputError(
            Problem(f"'{variable.name}' holds lists or the like.", do="Give one number or text in each row.")
        ) from None
    levels = [plain_value(value) for value in found]
    known = list(variable.valid_codes)
    if known and all(level in known for level in levels):
        order = sorted(range(len(levels)), key=lambda at: known.index(levels[at]))
    else:
        try:
            order = sorted(range(len(levels)), key=lambda at: levels[at])
        except TypeError:
            order = sorted(range(len(levels)), key=lambda at: str(levels[at]))
    place = np.empty(len(levels) + 1, dtype=np.intp)
    place[order] = np.arange(len(levels))
    place[-1] = -1
    return Encoded(place[codes], tuple(levels[at] for at in order), column.dtype)


def few_levels(values: Floats) -> tuple[Integers, Floats] | None:
    """Whole numbers as codes of their different values, in order; None when they are no whole numbers or too many."""
    import numpy as np

    from stagekansen_lib.arrays import row_blocks

    low, high = (values.min(), values.max()) if len(values) else (0.0, np.inf)
    if not high - low < _FEW_LEVELS or low != np.floor(low):
        return None
    codes, counts = np.empty(len(values), dtype=np.intp), np.zeros(int(high - low) + 1, dtype=np.intp)
    for rows in row_blocks(len(values), len(counts)):
        above = values[rows] - low
        here = above.astype(np.intp)
        if (here != above).any():
            return None
        codes[rows] = here
        counts += np.bincount(here, minlength=len(counts))
    present = counts > 0
    levels = np.flatnonzero(present) + low
    return (codes if present.all() else (np.cumsum(present) - 1)[codes]), levels


def plain_value(value: Any) -> Any:
    """A Python value instead of a numpy scalar, so that it prints and compares plainly."""
    return value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value
