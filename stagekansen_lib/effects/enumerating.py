"""Tests that count: every way in which groups could have been assigned, and every pattern of signs.

Sources: Fisher (1935); Gerber and Green (2012), Field Experiments, chapter 3; Cameron, Gelbach and Miller (2008),
doi:10.1162/rest.90.3.414, for the wild bootstrap. Where all ways are too many they are drawn, with a seed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers

__all__ = ["Counted", "permute", "randomise", "sign_patterns", "wild_bootstrap"]

# More ways than this are drawn instead of counted; as many are drawn.
_MOST_WAYS = 200_000
_DRAWN = 20_000
_MOST_SIGNS = 14

# Statistics this near to each other are equal: they differ by the last digits of a computer.
_TIE = 1e-9

_SEED = 20_260_101

# Ways times effects up to this number are all tried for the ends of an interval.
_MOST_TRIES = 30_000_000


@dataclass(frozen=True)
class Counted:
    """A test by counting.

    Parameters
    ----------
    estimate : the difference that was found.
    ways : how many assignments or patterns were counted, the one that happened with them.
    exact : whether these are all there are.
    two_sided, greater, less : how many are as far from nought, as high, or as low.
    low, high : the effects that are not refused at 5%; NaN when the ways are too few to refuse any.
    """

    estimate: float
    ways: int
    exact: bool
    two_sided: int
    greater: int
    less: int
    low: float = math.nan
    high: float = math.nan

    @property
    def p_value(self) -> float:
        """Two-sided."""
        return self.two_sided / self.ways


def _assignments(number: int, chosen: int) -> tuple[Integers, bool]:
    """Every way to choose, one a row; or many of them when there are too many. The first row is no special one."""
    if math.comb(number, chosen) <= _MOST_WAYS:
        return np.array(list(itertools.combinations(range(number), chosen)), dtype=np.intp), True
    random = np.random.default_rng(_SEED)
    drawn = [random.permutation(number)[:chosen] for _ in range(_DRAWN)]
    return np.array(drawn, dtype=np.intp), False


def permute(values: Floats, treated: Integers) -> Counted:
    """The difference of means under every assignment of as many treated units, without an interval."""
    return _count(values, treated, interval=False)


def randomise(values: Floats, treated: Integers) -> Counted:
    """The same, with the constant effects that are not refused."""
    return _count(values, treated, interval=True)


def _count(values: Floats, treated: Integers, *, interval: bool) -> Counted:
    number, some = len(values), int(treated.sum())
    ways, exact = _assignments(number, some)
    if not exact:
        ways = np.vstack([np.flatnonzero(treated)[None, :], ways])
    found = values[ways].mean(axis=1) - (values.sum() - values[ways].sum(axis=1)) / (number - some)
    observed = float(values[treated == 1].mean() - values[treated == 0].mean())
    low = high = math.nan
    if interval:
        inside = treated.astype(float)[ways]
        slope = inside.mean(axis=1) - (some - inside.sum(axis=1)) / (number - some)
        low, high = _not_refused(found, slope, observed)
    return Counted(
        observed, len(ways), exact, int((np.abs(found) >= abs(observed) - _TIE).sum()),
        int((found >= observed - _TIE).sum()), int((found <= observed + _TIE).sum()), low, high,
    )  # fmt: skip


def _not_refused(found: Floats, slope: Floats, observed: float) -> tuple[float, float]:
    """The ends of the effects with p above 5%: the test changes only where a statistic crosses the observed one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = np.concatenate([(found - observed) / (slope - 1), (found + observed) / (slope + 1)])
    cross = np.unique(cross[np.isfinite(cross)])
    if not len(cross):
        return math.nan, math.nan
    cross = cross[np.concatenate([[True], np.diff(cross) > 1e-10])]
    middles = np.concatenate([[cross[0] - 1], (cross[:-1] + cross[1:]) / 2, [cross[-1] + 1]])

    def p_value(effect: float) -> float:
        return float((np.abs(found - effect * slope) >= abs(observed - effect) - _TIE).mean())

    if len(middles) * len(found) <= _MOST_TRIES:
        inside = np.flatnonzero([p_value(effect) > 0.05 for effect in middles])
        if not len(inside):
            return observed, observed  # all units moved alike: no other effect fits
        first, last = int(inside[0]), int(inside[-1])
    else:
        at = int(np.searchsorted(middles, observed))
        first = _edge(lambda place: p_value(middles[place]) > 0.05, min(at, len(middles) - 1), 0)
        last = _edge(lambda place: p_value(middles[place]) > 0.05, min(at, len(middles) - 1), len(middles) - 1)
    if first == 0 or last == len(middles) - 1:
        return math.nan, math.nan
    return float(cross[first - 1]), float(cross[last])


def _edge(holds: Callable[[int], bool], inner: int, outer: int) -> int:
    """The last place towards the outer one where something holds, found by halving."""
    if holds(outer):
        return outer
    while abs(outer - inner) > 1:
        middle = (inner + outer) // 2
        inner, outer = (middle, outer) if holds(middle) else (inner, middle)
    return inner


def sign_patterns(number: int) -> tuple[Floats, bool]:
    """Every pattern of signs of so many groups, one a row; or many drawn ones, that of all plus signs first."""
    if number <= _MOST_SIGNS:
        return np.array(list(itertools.product((1.0, -1.0), repeat=number))), True
    random = np.random.default_rng(_SEED)
    drawn = random.choice([-1.0, 1.0], size=(_DRAWN, number))
    return np.vstack([np.ones(number), drawn]), False


@dataclass(frozen=True)
class _Sums:
    """What the test of a coefficient needs: sums of each cluster, so that no pattern of signs touches the rows."""

    bread: Floats
    pull: Floats
    through: Floats
    signs: Floats

    def statistics(self, scores: Floats) -> tuple[Floats, Floats]:
        """The coefficient and its error under each pattern, of scores under the null; no small-sample factor."""
        changed = self.signs @ scores
        own = self.signs * (scores @ self.pull)[None, :] - changed @ self.through
        return np.asarray(changed @ self.pull), np.sqrt((own**2).sum(axis=1))


def wild_bootstrap(
    x: Floats, weights: Floats, y: Floats, clusters: Integers, at: int
) -> tuple[Counted, dict[str, float]]:
    """The wild cluster bootstrap of one coefficient of a linear model, the null imposed, one sign a cluster.

    Returns
    -------
    tuple : the test, with the effects that are not refused, and ``t_without_correction``, ``t_CR1S``, ``se_CR1S`` (its
        error under the null), ``count_more`` (patterns strictly further from nought) and ``p_equal_tailed``.
    """
    number = int(clusters.max()) + 1
    signs, exact = sign_patterns(number)
    weighed = x * weights[:, None]
    bread = linalg.inv(x.T @ weighed)
    pull = bread[:, at]
    through = np.column_stack(
        [bread @ (weighed[clusters == one].T @ (x[clusters == one] @ pull)) for one in range(number)]
    )
    sums = _Sums(bread, pull, through, signs)
    others = np.delete(x, at, axis=1)
    solved = linalg.inv(others.T @ (others * weights[:, None])) @ (others * weights[:, None]).T

    def tried(effect: float) -> tuple[Floats, Floats]:
        moved = y - x[:, at] * effect
        left = moved - others @ (solved @ moved)
        scores = np.zeros((number, x.shape[1]))
        np.add.at(scores, clusters, x * (weights * left)[:, None])
        return sums.statistics(scores)

    def statistics(effect: float) -> Floats:
        values, errors = tried(effect)
        return np.asarray(values / np.where(errors > 0, errors, np.inf))

    found, estimate = statistics(0.0), float((bread @ (weighed.T @ y))[at])
    error = float(tried(0.0)[1][0])
    observed = float(found[0])
    rows, columns = x.shape
    factor = math.sqrt(number / (number - 1) * (rows - 1) / (rows - columns))
    counted = Counted(
        estimate, len(signs), exact, int((np.abs(found) >= abs(observed) - _TIE).sum()),
        int((found >= observed - _TIE).sum()), int((found <= observed + _TIE).sum()),
        *(_wild_end(statistics, estimate, side, error / 2) for side in (-1.0, 1.0)),
    )  # fmt: skip
    smaller = min(counted.less, counted.greater) / counted.ways
    return counted, {
        "t_without_correction": observed, "t_CR1S": observed / factor, "se_CR1S": error * factor,
        "count_more": float((np.abs(found) > abs(observed) + _TIE).sum()), "p_equal_tailed": 2 * smaller,
        **{f"quantile_{q:g}": float(np.quantile(np.abs(found), q)) for q in (0.5, 0.9, 0.95)},
    }  # fmt: skip


def _wild_end(statistics: Callable[[float], Floats], estimate: float, side: float, step: float) -> float:
    """The first effect to one side of the estimate that is refused at 5%, by steps of half a standard error."""

    def p_value(effect: float) -> float:
        found = statistics(effect)
        return float((np.abs(found) >= abs(found[0]) - _TIE).mean())

    out = step
    while p_value(estimate + side * out) > 0.05:
        out += step
        if not out < 400 * step:
            return math.nan
    inner, outer = out - step, out
    for _ in range(60):
        middle = (inner + outer) / 2
        if p_value(estimate + side * middle) > 0.05:
            inner = middle
        else:
            outer = middle
    return estimate + side * inner
