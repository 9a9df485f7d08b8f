"""How a detector is made of forms: the shape a value must have, what it is searched for, a test of what was found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from stagekansen_lib.privacy.values import ColumnValues, Detector, pieces

__all__ = ["GAP", "behind", "digits_of", "groups_of", "in_values"]

Valid = Callable[[re.Match[str]], bool]

# What people put between the digits of one number.
GAP = r"[ ./-]{0,3}"


def _always(_: re.Match[str]) -> bool:
    return True


def in_values(
    kind: str, looks_for: str, shape: str | tuple[str, ...], forms: Iterable[str], valid: Valid = _always
) -> Detector:
    """A detector of one kind: what the shape of a value must have, the forms searched for, a test of what was found.

    Shapes and forms are bounded, so that the work grows with the length of a value and not with its square.
    """
    needed = [re.compile(one).search for one in ((shape,) if isinstance(shape, str) else shape)]
    form = re.compile("|".join(f"(?i:{one[4:]})" if one.startswith("(?i)") else one for one in forms))

    def holds(value: str) -> bool:
        return any(valid(found) for piece in pieces(value) for found in form.finditer(piece))

    def fits(shape: str) -> bool:
        return all(search(shape) for search in needed)

    def find(column: ColumnValues) -> dict[str, list[int]]:
        return {kind: [place for place in column.shaped(fits) if holds(column.spelled(place))]}

    return Detector(kind, looks_for, find)


def behind(words: str, value: str, most: int = 25) -> str:
    """The form of a value that stands behind one of some words, with at most so many other signs between."""
    return rf"(?i)\b(?:{words})(?![a-z]).{{0,{most}}}?(?<![\w])(?:{value})"


def digits_of(text: str) -> str:
    """The digits of a text, and nothing else."""
    return re.sub(r"\D", "", text)


def groups_of(text: str) -> tuple[list[str], set[str]]:
    """The groups of digits in a number, and the different signs between them."""
    return re.findall(r"\d+", text), {sign.strip() for sign in re.findall(r"(?<=\d)\D+(?=\d)", text)}
