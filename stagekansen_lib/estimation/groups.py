"""The groups of a call: which rows are in which group, and which are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.arguments import some_names
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.encoding import Encoded, few_levels
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers, Mask, Rows


__all__ = ["RESULT_COLUMNS", "Groups", "make_groups", "measured"]


By = str | Sequence[str] | None

# Up to this number of groups each may hold one respondent.
_FEW_GROUPS = 20

# Columns of every result: a group column may not have such a name.
RESULT_COLUMNS = ("estimate", "se", "ci_low", "ci_high", "n", "deff")

# Combinations of groups up to this number are counted in a table instead of being sorted.
_COUNTED = 1_000_000


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of a call: ``codes`` is -1 for rows that are left out."""

    names: tuple[str, ...]
    encoded: tuple[Encoded, ...]
    codes: Integers
    keys: tuple[tuple[int, ...], ...]

    @property
    def number(self) -> int:
        return len(self.keys)

    def rows(self, group: int) -> Rows:
        """Positions of the rows of a group; a slice when every row is in it."""
        if self.number == 1 and (self.codes == 0).all():
            return slice(None)
        return np.flatnonzero(self.codes == group)

    def columns(self, repeat: int) -> dict[str, Any]:
        """The group columns of a table in which each group has ``repeat`` rows."""
        return {
            name: encoded.values(np.repeat([key[at] for key in self.keys], repeat))
            for at, (name, encoded) in enumerate(zip(self.names, self.encoded, strict=True))
        }

    def label(self, group: int) -> str:
        return ", ".join(
            str(encoded.levels[code]) for encoded, code in zip(self.encoded, self.keys[group], strict=True)
        )


def measured(survey: Survey, of: str, instead: str = "") -> Floats:
    """The answers as numbers; codes of more than two answers without an order are no numbers.

    ``instead`` says what to do in place of arithmetic with codes.
    """
    variable = survey.variable(of)
    number, values = len(variable.valid_codes), None
    if variable.kind == "nominal" and not number:
        values = survey.numbers(of)
        number = len(np.unique(values[np.isfinite(values)]))
    if variable.kind == "nominal" and number > 2:
        raise InputError(
            Problem(
                f"The codes of '{of}' name {number} answers without an order: arithmetic with them means nothing.",
                do=instead or f"Use share(survey, of='{of}').",
            )
        )
    return survey.numbers(of) if values is None else values


def _refuse_many_groups(survey: Survey, names: Sequence[str], groups: int, rows: int) -> None:
    """Stop when groups are no groups: a measurement, or a number that each respondent has for himself."""
    if groups <= _FEW_GROUPS:
        return
    whole = True
    for name in names:
        if survey.variable(name).kind == "number" and survey.column(name).dtype.kind == "f":
            values = survey.numbers(name)
            whole = whole and few_levels(values[np.isfinite(values)]) is not None
    if not whole or rows < 2 * groups:
        raise InputError(
            Problem(
                f"'{' x '.join(names)}' makes {groups:,} groups of {rows:,} answers: too many to tell of each.",
                do="Make classes first, such as pd.cut(frame['hours'], [0, 8, 16, 24]), and group by those.",
            )
        )


def make_groups(survey: Survey, by: By, answered: Mask) -> tuple[Groups, int]:
    """The groups that ``by`` makes of the rows that answered, and how many rows are left out."""
    names = some_names("by", by)
    encoded = tuple(survey.encoded(name) for name in names)
    used = answered if survey.design.all_weighed else answered & (survey.design.row_weights != 0)
    for column in encoded:
        used = used & (column.codes >= 0)
    left_out = len(used) - int(np.count_nonzero(used))
    if left_out == len(used):
        raise InputError(Problem("Nobody has an answer to every variable in this call.", do="Check the variables."))
    if not encoded:
        # Zeros that nobody writes take no memory.
        whole = np.zeros(len(used), dtype=np.intp)
        if left_out:
            whole[~used] = -1
        return Groups((), (), whole, ((),)), left_out
    sizes = [max(len(column.levels), 1) for column in encoded]
    crossed = _crossed([column.codes for column in encoded], sizes)
    present, inside = _present(crossed[used] if left_out else crossed, sizes)
    _refuse_many_groups(survey, names, len(present), len(inside))
    codes = inside
    if left_out:
        codes = np.full(len(survey), -1, dtype=np.intp)
        codes[used] = inside
    keys = tuple(tuple(int(part) for part in np.unravel_index(int(code), sizes)) for code in present)
    return Groups(names, encoded, codes, keys), left_out


def _crossed(columns: list[Integers], sizes: list[int]) -> Integers:
    """One code for each combination of the codes of several columns."""
    crossed = columns[0]
    for codes, size in zip(columns[1:], sizes[1:], strict=True):
        crossed = crossed * size + codes
    return crossed


def _present(crossed: Integers, sizes: list[int]) -> tuple[Integers, Integers]:
    """The combinations that occur, in order, and the place of each row among these."""
    if float(np.prod([float(size) for size in sizes])) > _COUNTED:
        return np.unique(crossed, return_inverse=True)
    there = np.bincount(crossed, minlength=int(np.prod(sizes))) > 0
    return np.flatnonzero(there), crossed if there.all() else (np.cumsum(there) - 1)[crossed]
