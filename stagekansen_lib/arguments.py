"""Checks of arguments, so that a wrong one is named before it does anything."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from stagekansen_lib.errors import InputError, Problem

__all__ = ["said", "some_names", "some_number", "some_share"]


def said(value: Any) -> str:
    """A value in an error text: short ones as they are, others by what they are. Never for answers of respondents."""
    if value is None or isinstance(value, (bool, int, float, str)):
        shown = repr(value)
        return shown if len(shown) <= 60 else f"a {type(value).__name__}"
    return f"a {type(value).__name__}"


def some_number(name: str, value: Any, *, above: float = -math.inf, do: str = "Give a number.") -> float:
    """A finite number above a limit, or an error that names the argument."""
    try:
        number = math.nan if isinstance(value, (bool, str)) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number > above):
        raise InputError(Problem(f"{name} is {said(value)}.", do=do))
    return number


def some_share(name: str, value: Any, example: float) -> float:
    """A number above 0 and below 1."""
    do = f"Give a share between 0 and 1, such as {example:g}."
    number = some_number(name, value, above=0.0, do=do)
    if number >= 1:
        raise InputError(Problem(f"{name} is {said(value)}.", do=do))
    return number


def some_names(name: str, value: Any) -> tuple[Any, ...]:
    """One name or a list of them as a tuple; nothing for None. A name that stands twice is an error."""
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Collection):
        value = (value,)
    if isinstance(value, (dict, bytes)) or not all(isinstance(each, str) for each in value):
        raise InputError(
            Problem(f"{name} must name a column, or a list of columns.", do=f'Give {name}="level", or a list of names.')
        )
    twice = [each for each in value if list(value).count(each) > 1]
    if twice:
        raise InputError(Problem(f"{name} names '{twice[0]}' twice.", do="Name each variable once."))
    return tuple(value)
