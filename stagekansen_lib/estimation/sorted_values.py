"""Rules for a weighted quantile: "math" (the inverse of the distribution), "school" and Hyndman and Fan's nine.

Hyndman and Fan (1996), doi:10.1080/00031305.1996.10473566, with weights as in R's survey package.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from stagekansen_lib.arrays import sorted_order

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["QUANTILE_RULES", "SortedValues"]

QUANTILE_RULES = ("math", "school", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9")

# Sums of weights that should be equal differ by rounding; a quantile must not depend on the scale of weights.
_SAME = 1e-12


class SortedValues:
    """Values sorted once, from which quantiles follow by any rule."""

    def __init__(self, values: Floats, weights: Floats) -> None:
        used = weights > 0
        values, weights = values[used], weights[used]
        order = sorted_order(values)
        self.values = values[order]
        # Equal weights are counts: then whether p falls on a step is decided exactly, whatever the scale.
        self.counts = bool((weights == weights[0]).all())
        self.weights = np.ones(len(values)) if self.counts else weights[order]
        self.cumulative = np.cumsum(self.weights)
        self.total = float(self.cumulative[-1])

    def quantile(self, p: float, rule: str) -> float:
        """The quantile at probability ``p``."""
        if len(self.values) == 1:
            return float(self.values[0])
        if rule in ("hf5", "hf6", "hf7", "hf8", "hf9"):
            return float(np.interp(p, self._positions(rule), self.values))
        if rule == "hf3":
            return self._even(p)
        below, above, exact, share = self._neighbours(self.values, self.cumulative, p)
        if rule in ("math", "hf1"):
            return below if exact else above
        if rule in ("school", "hf2"):
            return (below + above) / 2 if exact else above
        return below * (1 - share) + above * share

    def _positions(self, rule: str) -> Floats:
        total, last = self.total, float(self.weights[-1])
        before = self.cumulative - self.weights
        if rule == "hf5":
            return np.asarray((self.cumulative - self.weights / 2) / total)
        if rule == "hf6":
            return np.asarray(self.cumulative / (total + last))
        if rule == "hf7":
            return np.asarray(before / self.cumulative[-2])
        part = 1 / 3 if rule == "hf8" else 3 / 8
        return np.asarray((before * part + self.cumulative * (1 - part)) / (total + last * (1 - 2 * part)))

    def _even(self, p: float) -> float:
        """The nearest even order statistic of the distinct values."""
        distinct, start = np.unique(self.values, return_index=True)
        cumulative = np.cumsum(np.add.reduceat(self.weights, start))
        below, above, exact, _ = self._neighbours(distinct, cumulative, p)
        return below if exact and self._reached(cumulative, p)[0] % 2 == 0 else above

    def _reached(self, cumulative: Floats, p: float) -> tuple[int, bool]:
        """How many steps of the distribution lie at or below ``p``, and whether the last one lies on it."""
        if self.counts:
            goal = Fraction(p) * len(self.values)
            place = int(np.searchsorted(cumulative, int(goal), side="right"))
            return place, place > 0 and cumulative[place - 1] == goal
        near = _SAME * self.total
        place = int(np.searchsorted(cumulative, p * self.total + near, side="right"))
        return place, place > 0 and bool(abs(cumulative[place - 1] - p * self.total) <= 2 * near)

    def _neighbours(self, values: Floats, cumulative: Floats, p: float) -> tuple[float, float, bool, float]:
        """Values on either side of ``p``, whether it falls on the lower one, and where between the two it is."""
        place, exact = self._reached(cumulative, p)
        at = max(place - 1, 0)
        after = min(at + 1, len(values) - 1)
        low_gap = p - cumulative[at] / self.total
        spread = (cumulative[after] - cumulative[at]) / self.total
        return float(values[at]), float(values[after]), exact, low_gap / spread if spread > 0 else 0.0
