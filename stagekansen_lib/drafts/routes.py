"""Routing found in the data: a question that only those answered who gave certain answers to an earlier one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Mask

__all__ = ["Filter", "Route", "find_route"]

# Answers that those outside would have given, were they asked as all others: fewer can be chance.
_LEAST_EXPECTED = 5.0
_MOST_ANSWERED = 0.98


@dataclass(frozen=True)
class Filter:
    """An earlier question that may decide who is asked: its codes in the rows (None where there is no answer)."""

    name: str
    codes: pd.Series[Any]


@dataclass(frozen=True)
class Route:
    """Who was asked: the answers in ``codes`` to ``name``; ``outside`` others answered nothing.

    ``negated`` when people without an answer to that question were asked too: then all but those with an answer in
    ``codes`` were.
    """

    name: str
    codes: tuple[Any, ...]
    outside: int
    negated: bool = False

    def condition(self) -> str:
        """The route as a codebook writes it."""
        return f"{self.name}{'!=' if self.negated else '='}{'|'.join(str(code) for code in self.codes)}"


def find_route(answered: Mask, filters: Sequence[Filter]) -> Route | None:
    """The earlier question that says best who was asked; None when all were.

    Parameters
    ----------
    answered : for each row whether the question has an answer.
    filters : earlier questions with one answer each, in order; of equals the nearest wins.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> met = Filter("met", pd.Series(["yes"] * 20 + ["no"] * 40))
    >>> find_route(np.array([True] * 18 + [False] * 42), [met]).condition()
    'met=yes'
    """
    if not answered.any() or answered.mean() > _MOST_ANSWERED:
        return None
    best: Route | None = None
    score = _LEAST_EXPECTED
    for one in filters:
        route = _route(answered, one)
        expected = route.outside * float(answered.mean())
        if route.codes and route.outside and expected >= score:
            best, score = route, expected
    return best


def _route(answered: Mask, one: Filter) -> Route:
    """The codes of which somebody answered, and how many rows have another code."""
    counts: Mapping[Any, tuple[int, int]] = {
        code: (int(answered[rows].sum()), len(rows)) for code, rows in one.codes.groupby(one.codes).indices.items()
    }
    inside = tuple(code for code, (said, _) in counts.items() if said)
    outside = tuple(code for code in counts if code not in inside)
    size = sum(counts[code][1] for code in outside)
    if inside and answered[one.codes.isna().to_numpy()].any():
        return Route(one.name, outside, size, negated=True)
    return Route(one.name, inside, size)
