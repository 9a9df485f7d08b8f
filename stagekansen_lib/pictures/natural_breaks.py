"""Natural breaks: classes of a map whose values lie as close together as can be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

__all__ = ["natural_classes"]


def natural_classes(values: Iterable[float], most: int = 4) -> list[tuple[float, float]]:
    """The lowest and the highest value of each class, from low to high; no two classes touch.

    Of every way to cut the sorted values into classes this is the one in which the squared distances to the mean of
    the class are smallest together (Fisher 1958, doi:10.1080/01621459.1958.10501479; maps know it as Jenks). It is
    found exactly, so that the same values always give the same map. Equal values are never cut apart.

    Parameters
    ----------
    values : numbers; no number at all gives no class.
    most : how many classes at most; there are fewer when there are fewer different values.

    Examples
    --------
    >>> natural_classes([1, 2, 2, 10, 11, 30], most=3)
    [(1, 2), (10, 11), (30, 30)]
    """
    ordered = sorted(values)
    distinct = sorted(set(ordered))
    if not distinct:
        return []
    count = [ordered.count(value) for value in distinct]
    classes = min(most, len(distinct))

    def spread(start: int, end: int) -> float:
        weights, numbers = count[start:end], distinct[start:end]
        mean = math.fsum(w * x for w, x in zip(weights, numbers, strict=True)) / sum(weights)
        return math.fsum(w * (x - mean) ** 2 for w, x in zip(weights, numbers, strict=True))

    # best[end] holds the cheapest way to cut the first `end` values, and where it cuts them.
    best: dict[int, tuple[float, tuple[int, ...]]]
    best = {end: (spread(0, end), (0, end)) for end in range(1, len(distinct) + 1)}
    for made in range(2, classes + 1):
        best = {
            end: min((best[cut][0] + spread(cut, end), (*best[cut][1], end)) for cut in range(made - 1, end))
            for end in range(made, len(distinct) + 1)
        }
    cuts = best[len(distinct)][1]
    return [(distinct[start], distinct[end - 1]) for start, end in pairwise(cuts)]
