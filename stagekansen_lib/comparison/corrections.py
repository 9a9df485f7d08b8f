"""p values corrected for their number, and batteries of comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from stagekansen_lib.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["adjust_p_values"]


Correction = Literal[
    "holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli", "max_t", "none"
]

# "max_t" needs the survey, and is for a battery only.
BATTERY_CORRECTIONS = ("holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli",
                       "max_t", "none")  # fmt: skip

CORRECTIONS = ("holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli", "none")


def adjust_p_values(p_values: Sequence[float], correction: str = "holm") -> list[float]:
    """p values corrected for their number, as R's ``p.adjust`` gives them.

    Parameters
    ----------
    p_values : 0 to 1.
    correction : "holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli" or "none".

    Returns
    -------
    list : the corrected p values in the order given, 0 to 1.

    Raises
    ------
    InputError : an unknown correction; something that is no p value.

    Examples
    --------
    >>> adjust_p_values([0.01, 0.02, 0.5])
    [0.03, 0.04, 0.5]
    """
    if correction not in CORRECTIONS:
        raise InputError(Problem(f"correction is {correction!r}.", do=did_you_mean(correction, CORRECTIONS)))
    try:
        p = np.asarray(p_values, dtype=float)
    except (TypeError, ValueError):
        p = np.array([np.nan])
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise InputError(
            Problem("p values must be a list of numbers of 0 to 1.", do="Give adjust_p_values([0.01, 0.2]).")
        )
    n = len(p)
    if correction == "none" or n < 2:
        return [float(value) for value in p]
    if correction == "bonferroni":
        return [float(value) for value in np.minimum(p * n, 1)]
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, n + 1)
    if correction == "hommel" and n > 2:
        adjusted = _hommel(p[order])
    elif correction == "holm":
        adjusted = np.maximum.accumulate(p[order] * (n - rank + 1))
    else:
        factor = {
            "hochberg": n - rank + 1.0,
            "hommel": n - rank + 1.0,
            "benjamini_hochberg": n / rank,
            "benjamini_yekutieli": n / rank * (1 / rank).sum(),
        }[correction]
        adjusted = np.minimum.accumulate((p[order] * factor)[::-1])[::-1]
    result = np.empty(n)
    result[order] = np.minimum(adjusted, 1)
    return [float(value) for value in result]


def _hommel(p: Floats) -> Floats:
    """Hommel (1988), doi:10.1093/biomet/75.2.383, for p values in order, by the algorithm of Wright (1992)."""
    n = len(p)
    adjusted = np.full(n, (n * p / np.arange(1, n + 1)).min())
    for size in range(n - 1, 1, -1):
        first, last = p[: n - size + 1], p[n - size + 1 :]
        least = (size * last / np.arange(2, size + 1)).min()
        found = np.minimum(size * first, least)
        adjusted = np.maximum(adjusted, np.concatenate([found, np.full(size - 1, found[-1])]))
    return np.asarray(np.maximum(adjusted, p))
