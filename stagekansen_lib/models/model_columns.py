"""The columns of a model: one for each coefficient, made of the answers to its variables."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.arrays import row_blocks
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.models.formulas import Explained, Factor, is_numeric
from stagekansen_lib.surveys.encoding import Encoded, few_levels
from stagekansen_lib.surveys.surveys import Survey, matching_answer

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers, Rows


__all__ = ["Column", "first_places", "given_column", "model_columns", "refuse_dependent", "row_classes"]

# Combinations of answers up to this number are tried as classes of equal rows.
_MOST_CLASSES = 2_000_000

# The first answer has no column, or every answer has one.
_FIRST, _NONE = object(), object()

# A variable with its answer, or with None when it is a number; a power of a number holds it as many times.
Part = tuple[str, Any]


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a model: its name, the term it belongs to, and the parts it multiplies."""

    name: str
    term: str
    parts: tuple[Part, ...]


def model_columns(survey: Survey, asked: Explained, rows: Rows, *, constant: bool) -> tuple[list[Column], Floats]:
    """The columns of a model with their values in the rows; a column of ones first when it is ``constant``."""
    columns = [Column("(intercept)", "", ())] if constant else []
    number = len(survey.design.row_weights[rows])
    values: list[Floats] = [np.broadcast_to(1.0, number)] if constant else []
    known = {frozenset(term) for term in asked.terms}
    # As in R: without an intercept the first variable with answers from a list has a column for each of them.
    covered = asked.intercept
    for term in asked.terms:
        parts = []
        for factor in term:
            # As in R: an answer is left out as reference only when the term without this variable is in the model.
            rest = frozenset(term) - {factor}
            reference = dict(asked.references).get(factor.name, _FIRST)
            left_out = reference if rest in known or (not rest and covered) else _NONE
            parts.append(_factor_columns(survey, factor, rows, left_out))
        covered |= len(term) == 1 and parts[0][0][1][0][1] is not None
        for chosen in itertools.product(*parts):
            labels, keys, factors = zip(*chosen, strict=True)
            columns.append(Column(":".join(labels), ":".join(map(str, term)), tuple(itertools.chain(*keys))))
            values.append(reduce(np.multiply, factors))
    return columns, _side_by_side(values, number)


def _side_by_side(values: list[Floats], number: int) -> Floats:
    x = np.empty((number, len(values)))
    for block in row_blocks(number):
        for at, column in enumerate(values):
            x[block, at] = column[block]
    return x


def _factor_columns(
    survey: Survey, factor: Factor, rows: Rows, left_out: Any
) -> list[tuple[str, tuple[Part, ...], Floats]]:
    """Columns of one variable: itself when it is a number, else one for each answer but the one that is left out."""
    name = factor.name
    if not factor.as_answers and is_numeric(survey, name):
        values = survey.numbers(name)[rows]
        powered = values if factor.power == 1 else values**factor.power
        return [(str(factor), ((name, None),) * factor.power, powered)]
    encoded: Encoded = survey.encoded(name)
    codes = encoded.codes[rows]
    present = np.flatnonzero(np.bincount(codes, minlength=len(encoded.levels)))
    if len(present) < 2:
        raise InputError(Problem(f"Everyone in the model has the same answer to '{name}'.", do="Leave it out."))
    return [
        (f"{factor}[{encoded.levels[at]}]", ((name, encoded.levels[at]),), (codes == at).astype(float))
        for at in present[present != _place(encoded, present, left_out, name)]
    ]


def _place(encoded: Encoded, present: Integers, left_out: Any, name: str) -> int:
    """The place of the answer that has no column; -1 when each has one."""
    if left_out is _NONE:
        return -1
    if left_out is _FIRST:
        return int(present[0])
    known = [encoded.levels[at] for at in present]
    chosen = matching_answer(left_out, known)
    if chosen not in known:
        raise InputError(
            Problem(f"Nobody in the model has {left_out!r} at '{name}'.", do=did_you_mean(left_out, known))
        )
    return int(present[known.index(chosen)])


def given_column(frame: pd.DataFrame, column: Column) -> Floats:
    """The values of a column for given values of the variables."""
    result = np.ones(len(frame))
    for name, level in column.parts:
        if name not in frame.columns:
            raise InputError(Problem(f"The prediction needs a value of '{name}'."))
        values = frame[name].to_numpy()
        result = result * (values.astype(float) if level is None else (values == level).astype(float))
    return result


def row_classes(survey: Survey, variables: list[str], y: Floats, rows: Rows) -> Integers | None:
    """A class for each row used, the same for rows with the same answers to every variable in the model.

    None when there are so many different rows that fitting on classes would not be less work.
    """
    parts, size = [], 1
    for name in [*variables, ""]:
        part = _codes(survey, name, y, rows)
        size *= part[1] if part else _MOST_CLASSES + 1
        if part is None or size > _MOST_CLASSES:
            return None
        parts.append(part)
    classes, counts = np.empty(len(parts[0][0]), dtype=np.intp), np.zeros(size, dtype=np.intp)
    for block in row_blocks(len(classes), size):
        flat = parts[0][0][block]
        for codes, number in parts[1:]:
            flat = flat * number + codes[block]
        classes[block] = flat
        counts += np.bincount(flat, minlength=size)
    present = counts > 0
    if 3 * int(present.sum()) > len(classes):
        return None
    if not present.all():
        place = np.cumsum(present) - 1
        for block in row_blocks(len(classes)):
            classes[block] = place[classes[block]]
    return classes


def _codes(survey: Survey, name: str, y: Floats, rows: Rows) -> tuple[Integers, int] | None:
    """A variable of the model, or without a name its outcome, as codes with their number; None for many values."""
    if name and not is_numeric(survey, name):
        encoded = survey.encoded(name)
        return encoded.codes[rows], len(encoded.levels)
    found = few_levels(survey.numbers(name)[rows] if name else y[rows])
    return None if found is None else (found[0], len(found[1]))


def first_places(classes: Integers) -> Integers:
    """For each class the place of a row that is in it."""
    places = np.full(int(classes.max()) + 1, -1, dtype=np.intp)
    for rows in row_blocks(len(classes)):
        here = classes[rows]
        new = np.flatnonzero(places[here] < 0)[::-1]
        # Of rows of one class the last that is written stays: the first one.
        places[here[new]] = rows.start + new
        if places.min() >= 0:
            break
    return places


def _refuse_empty(squares: Floats, columns: list[Column]) -> None:
    """Stop at columns that are nought in every row: a combination that nobody has, or a number that never differs."""
    empty = [column for column, square in zip(columns, squares, strict=True) if not square > 0]
    if empty:
        raise InputError(
            Problem(
                f"Nobody in the model has '{column.name}': it is nought in every row, and has no coefficient.",
                do="Merge answers, or leave the interaction out." if len(column.parts) > 1 else "Leave it out.",
            )
            for column in empty
        )


def refuse_dependent(x: Floats, columns: list[Column]) -> None:
    """Stop when a column of a model follows from the others."""
    if not x.shape[1]:
        return
    from scipy.linalg import qr

    products = x.T @ x
    _refuse_empty(np.diag(products), columns)
    size = np.sqrt(np.diag(products))
    # The smallest singular value is a lower limit of the diagonal below: columns far from dependent need no more work.
    if x.shape[0] >= x.shape[1] and float(np.linalg.eigvalsh(products / np.outer(size, size))[0]) > 1e-8:
        return
    _, r, order = qr(x / size, mode="economic", pivoting=True)
    small = np.flatnonzero(np.abs(np.diag(r)) < 1e-9)
    if len(small) or x.shape[0] < x.shape[1]:
        at = int(order[small[0]]) if len(small) else -1
        raise InputError(
            Problem(
                f"'{columns[at].name}' follows from the other terms: its effect cannot be told apart.",
                do="Leave it out, or merge answers.",
            )
        )
