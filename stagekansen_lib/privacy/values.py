"""The values of one column as detectors look at them, and what a detector is.

Every value is first made readable (``normalising``): what a detector finds is told by the place of the value, so that
what is set aside is the value as it was written. A value is then looked at by its shape (each digit 9, each letter a).
A million coded answers have few shapes, so that almost nothing is read twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stagekansen_lib.privacy.many_texts import ManyTexts, many_texts
from stagekansen_lib.privacy.normalising import readable_texts, respelled
from stagekansen_lib.surveys.codebooks import Variable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ColumnValues", "Detector", "distinct_texts", "pieces"]

_SHAPE = str.maketrans(
    "012345678" + "bcdefghijklmnopqrstuvwxyz" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "9" * 9 + "a" * 25 + "a" * 26
)
# Only such shapes can hold words that stand for signs, or an O for a zero.
_WORDED = re.compile(r"[a9] [a@.:]|[@(\[{]|a ?\. |a{12}|a-aa-|(?<![a9])a9[ -]?[9 -]{8}").search
# Signs that are searched at once, and how much of it the next piece repeats.
_PIECE, _OVERLAP = 4_000, 100


@dataclass(frozen=True)
class ColumnValues:
    """The different values of one column.

    Parameters
    ----------
    name : of the column.
    values : every different value, as a readable text.
    places : of the values that the codebook does not know as an answer: only these are looked at.
    variable : what the codebook says about the column; None for a stranger.
    by_shape : for each shape the places, out of ``places``, that have it.
    rewritten : by place, the values in which something was put in words, written with signs.
    """

    name: str
    values: Sequence[str]
    places: Sequence[int]
    variable: Variable | None = None
    by_shape: Mapping[str, Iterable[int]] = field(default_factory=dict)
    rewritten: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, values: Sequence[str], places: Sequence[int], variable: Variable | None) -> ColumnValues:
        if isinstance(values, ManyTexts) and len(places) == len(values):
            shapes = values.places_by_shape(_SHAPE)
            if shapes is not None and not any(map(_WORDED, shapes)):
                return cls(name, values, places, variable, shapes)
        values = readable_texts(list(values) if isinstance(values, ManyTexts) else values)
        by_shape = _by_shape(places, [values[place] for place in places])
        worded = [place for shape, own in by_shape.items() if _WORDED(shape) for place in own]
        rewritten = {place: text for place in worded if (text := respelled(values[place])) != values[place]}
        if rewritten:
            by_shape = _by_shape(places, [rewritten.get(place) or values[place] for place in places])
        return cls(name, values, places, variable, by_shape, rewritten)

    def spelled(self, place: int) -> str:
        """A value with what was put in words ("apenstaartje") written as signs."""
        return self.rewritten.get(place) or self.values[place]

    def shaped(self, fits: Callable[[str], object], begins: str = "") -> list[int]:
        """The places of the values whose shape fits, in order; with ``begins`` those that begin so."""
        chosen = [places for shape, places in self.by_shape.items() if fits(shape)]
        if isinstance(self.values, ManyTexts):
            return self.values.beginning(chosen, begins)
        places = sorted(place for places in chosen for place in places)
        return [place for place in places if re.match(begins, self.values[place])] if begins else places

    def texts_at(self, places: Sequence[int]) -> dict[int, str]:
        """The values at some places, made at once when there are very many."""
        if isinstance(self.values, ManyTexts):
            return dict(zip(places, self.values.at(places), strict=True))
        return {place: self.values[place] for place in places}


@dataclass(frozen=True)
class Detector:
    """One thing that points at a person, and how it is found.

    Parameters
    ----------
    name : of the detector.
    looks_for : what it looks for, in words.
    find : from the values of a column to the places that hold it, by kind (``codebooks.IDENTIFIER_KINDS``).
    """

    name: str
    looks_for: str
    find: Callable[[ColumnValues], Mapping[str, Iterable[int]]]


def pieces(value: str) -> list[str]:
    """A very long value in overlapping pieces, so that the work grows with its length and not with the square."""
    if len(value) <= _PIECE:
        return [value]
    return [value[start : start + _PIECE] for start in range(0, len(value), _PIECE - _OVERLAP)]


def _by_shape(places: Sequence[int], texts: Sequence[str]) -> dict[str, list[int]]:
    """The places of texts by their shape: every digit as 9 and every letter of A to Z as a."""
    found: dict[str, list[int]] = {}
    if not places:
        return found
    shapes = "\n".join(texts).translate(_SHAPE).split("\n")  # a readable text has no line breaks
    for place, shape in zip(places, shapes, strict=True):
        found.setdefault(shape, []).append(place)
    return found


def distinct_texts(column: pd.Series[Any]) -> tuple[NDArray[np.integer[Any]], Sequence[str]]:
    """A column as integer codes of its different values as text; -1 where there is none."""
    import pandas as pd

    many = many_texts(column)
    if many is not None:
        return many
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, values = column.cat.codes.to_numpy(), column.cat.categories
    else:
        codes, values = pd.factorize(column)
    # A list of texts is made at once; a million steps of Python only for what is no text yet.
    listed: list[Any] = values.astype(object).tolist()
    texts = listed if set(map(type, listed)) <= {str} else [_text(value) for value in listed]
    return codes, texts


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")
