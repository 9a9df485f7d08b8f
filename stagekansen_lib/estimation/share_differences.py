"""The interval of a difference of two shares, from the limits of each ("square and add").

A symmetric interval pretends to know a group in which nobody, or everybody, gave the answer. The limits of each share
do not: put together they hold the difference in groups of any size.

Sources: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; Zou and Donner (2008), doi:10.1002/sim.3095,
for limits of any kind and for shares that go together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from stagekansen_lib.arguments import some_share
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.intervals import wilson_limits

__all__ = ["ShareLimits", "share_difference_interval", "square_and_add"]


@dataclass(frozen=True)
class ShareLimits:
    """A share with its limits, 0 to 1."""

    share: float
    low: float
    high: float


def square_and_add(first: ShareLimits, second: ShareLimits, correlation: float = 0.0) -> tuple[float, float]:
    """Limits of the second share minus the first; ``correlation`` is that of the two estimates, -1 to 1."""
    gap = second.share - first.share
    return (
        gap - _together(second.share - second.low, first.high - first.share, correlation),
        gap + _together(second.high - second.share, first.share - first.low, correlation),
    )


def _together(one: float, other: float, correlation: float) -> float:
    return math.sqrt(max(one**2 + other**2 - 2 * correlation * one * other, 0.0))


def share_difference_interval(k1: int, n1: int, k2: int, n2: int, level: float = 0.95) -> tuple[float, float]:
    """Limits of the difference k1/n1 minus k2/n2 of two independent shares, for whoever has counts only.

    Parameters
    ----------
    k1, k2 : how many gave the answer, whole numbers from 0 to ``n1`` and ``n2``.
    n1, n2 : how many were asked, 1 and more.
    level : of the interval, 0 to 1.

    Returns
    -------
    tuple : low and high limit, -1 to 1.

    Raises
    ------
    InputError : a number that is no count, more who gave the answer than were asked, a level that is no share.

    Notes
    -----
    Newcombe's method 10, from the Wilson limits of both shares, without a correction for continuity. Checked against
    his Table II.

    Examples
    --------
    >>> low, high = share_difference_interval(56, 70, 48, 80)
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    problems = [
        Problem(f"{name} is {value!r}.", do="Give a whole number of people.")
        for name, value in (("k1", k1), ("n1", n1), ("k2", k2), ("n2", n2))
        if isinstance(value, bool) or not isinstance(value, int) or value < 0
    ]
    if not problems:
        problems = [
            Problem(f"{k} of {n} is no share.", f"{name_k} and {name_n}", "Give 0 to n of at least one.")
            for name_k, k, name_n, n in (("k1", k1, "n1", n1), ("k2", k2, "n2", n2))
            if n < 1 or k > n
        ]
    if problems:
        raise InputError(problems)
    some_share("level", level, 0.95)
    first, second = (ShareLimits(k / n, *wilson_limits(k / n, n, level)) for k, n in ((k1, n1), (k2, n2)))
    return square_and_add(second, first)
