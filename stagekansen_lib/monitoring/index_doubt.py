"""The doubt of the yearly index: its margin, the error of a change, and the change that can be found.

Three things spoil the plain bootstrap of an index. Of a rare answer few or none are in the sample, and a bootstrap of
none has no spread at all. The spread grows with the level. And near an end of the road it is not what it was before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from stagekansen_lib.monitoring.indicators import Estimates, put_together, to_scores
from stagekansen_lib.registers.index_design import Indicator

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["LEAST_POWER", "SIDE", "IndexDoubt", "detectable_rise", "index_doubt", "root_change"]

# Standard errors to either side of a 95% interval; and those more with which a change is found 8 times out of 10.
SIDE = float(stats.norm.isf(0.025))
LEAST_POWER = float(stats.norm.isf(0.20))

# Answers of "yes" and of "no" that are added before the spread of a share is judged.
_OF_A_WAVE, _OF_A_CHANGE = 2.0, 1.0

# The parts of the road to its best that an index is moved along, in search of the smallest change that is found.
_STEPS = np.linspace(0.02, 1.0, 50)


@dataclass(frozen=True, eq=False)
class IndexDoubt:
    """Domains and index of a wave with their standard errors, and the margin of the index; NaN where not known.

    ``root_se`` is the standard error of the square root of the index, as a change is judged by.
    """

    domains: Floats
    domain_se: Floats
    value: float
    se: float
    ci_low: float
    ci_high: float
    root_se: float


def index_doubt(found: Estimates, indicators: Sequence[Indicator], names: Sequence[str], seed: int) -> IndexDoubt:
    """The index of a wave with its doubt; ``names`` are the domains in their order, ``seed`` is that of the bootstrap.

    Notes
    -----
    A share with few "yes" or few "no" gets the variance p(1 - p) / n that it would have with more of both, if that is
    larger: with two of each for the margin of a wave (Agresti and Coull 1998, doi:10.1080/00031305.1998.10480550), with
    one of each for a change (Agresti and Caffo 2000, doi:10.1080/00031305.2000.10474560). The margin is taken on the
    square root, on which the spread hardly depends on the level. Simulated in benchmarks/index_simulations.py.
    """
    domains, value = _index_of(found.values[None, :], indicators, names)
    own, change = (
        _index_of(spread_of_rare(found, pseudo, seed), indicators, names) for pseudo in (_OF_A_WAVE, _OF_A_CHANGE)
    )
    known = np.isfinite(value[0])
    root, half = math.sqrt(value[0]), SIDE * spread(np.sqrt(own[1]), known)
    return IndexDoubt(
        domains[0],
        np.array([spread(many, np.isfinite(one)) for many, one in zip(own[0].T, domains[0], strict=True)]),
        float(value[0]),
        spread(own[1], known),
        max(root - half, 1.0) ** 2 if known else math.nan,
        min((root + half) ** 2, 100.0) if known else math.nan,
        spread(np.sqrt(change[1]), known),
    )


def root_change(first: float, first_se: float, last: float, last_se: float) -> tuple[float, float]:
    """The change of an index and its standard error, from two values and the errors of their square roots.

    b - a = (√b - √a)(√b + √a), so the error of the difference of roots, times their sum, is that of the change.
    """
    return last - first, (math.sqrt(first) + math.sqrt(last)) * math.hypot(first_se, last_se)


def detectable_rise(
    first: Floats, first_se: float, last: Estimates, indicators: Sequence[Indicator], seed: int
) -> float:
    """The rise of an index, in points, that two such waves show with a chance of 80%.

    Parameters
    ----------
    first, first_se : the indicators of the earlier wave, and the error of the root of its index.
    last : the later wave.
    seed : of the bootstrap of the later one.

    Notes
    -----
    All indicators go the same part of their road, from where the first wave found them. There the errors are those of
    the later wave, each share with the p(1 - p) of its new place, and those of who experienced discrimination with as
    many of them as there are then. A rise that would end past 100 is that of equal errors on the root.
    """
    ends = np.array([[one.worst, one.best] for one in indicators], dtype=float)
    start = np.clip(first, ends.min(axis=1), ends.max(axis=1))
    away = spread_of_rare(last, _OF_A_CHANGE, seed) - last.values
    value = float(_value_of(start[None, :], indicators)[0])
    before = _root_of(start + away, indicators)
    # What the rise of the root falls short of being found, and where the index is then: at first where it was.
    short = -(SIDE + LEAST_POWER) * math.hypot(first_se, before[1]), value
    for part in _STEPS:
        there = start + part * (ends[:, 1] - start)
        after = _root_of(there + away * _scales(last, there, indicators), indicators)
        found = after[0] - before[0] - (SIDE + LEAST_POWER) * math.hypot(first_se, after[1])
        reached = float(_value_of(there[None, :], indicators)[0])
        if found >= 0:
            # Between two steps along a straight line.
            return reached - (reached - short[1]) * found / (found - short[0]) - value
        short = found, reached
    return (math.sqrt(value) + (SIDE + LEAST_POWER) * math.hypot(first_se, before[1])) ** 2 - value


def spread_of_rare(found: Estimates, pseudo: float, seed: int) -> Floats:
    """The replicates, in which shares of few "yes" or few "no" spread as they would with ``pseudo`` more of each.

    A replicate without one of the known indicators is no draw of the same index: it is NaN whole.
    """
    p, n, many = found.values / 100, found.effective_n, found.replicated.copy()
    more = _with_pseudo(found.values, n, pseudo)
    lacking = more * (1 - more) / (n + 2 * pseudo) - p * (1 - p) / n
    noise = np.random.default_rng([seed, 4]).standard_normal(many.shape)
    many += 100 * np.sqrt(np.maximum(np.nan_to_num(lacking), 0.0)) * noise
    many[np.isnan(many[:, np.isfinite(found.values)]).any(axis=1)] = np.nan
    return many


def _with_pseudo(percent: Floats, n: Floats, pseudo: float) -> Floats:
    """Shares of n answers after ``pseudo`` more of "yes" and of "no". Of no end of answers these say nothing."""
    p = percent / 100
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(np.isinf(n), p, (p * n + pseudo) / (n + 2 * pseudo)))


def spread(many: Floats, known: bool | np.bool_) -> float:
    """Standard deviation over the replicates that have a value."""
    kept = many[np.isfinite(many)]
    return float(kept.std(ddof=1)) if known and len(kept) > 1 else math.nan


def _index_of(values: Floats, indicators: Sequence[Indicator], names: Sequence[str]) -> tuple[Floats, Floats]:
    of_domain = np.array([one.domain for one in indicators])
    return put_together(to_scores(values, indicators), of_domain, names)


def _value_of(values: Floats, indicators: Sequence[Indicator]) -> Floats:
    return _index_of(values, indicators, list(dict.fromkeys(one.domain for one in indicators)))[1]


def _root_of(many: Floats, indicators: Sequence[Indicator]) -> tuple[float, float]:
    """Mean and standard error of the square root of the index."""
    roots = np.sqrt(_value_of(many, indicators))
    return float(np.nanmean(roots)), spread(roots, known=True)


def _scales(found: Estimates, there: Floats, indicators: Sequence[Indicator]) -> Floats:
    """By how much the errors of the indicators grow when these move to another place."""
    places = found.values
    old, new = (_with_pseudo(one, found.effective_n, _OF_A_CHANGE) for one in (places, there))
    with np.errstate(divide="ignore", invalid="ignore"):
        scales = np.sqrt(new * (1 - new) / (old * (1 - old)))
    for at, one in enumerate(indicators):
        if one.statistic == "ratio":
            scales[at] = there[at] / places[at]
    scales[~np.isfinite(scales)] = 1.0
    for at, one in enumerate(indicators):
        if one.of == "experience" and np.isfinite(places[at]):
            scales *= [_of_groups(other.statistic, places[at] / 100, there[at] / 100) for other in indicators]
    return np.asarray(scales)


def _of_groups(statistic: str, before: float, after: float) -> float:
    """By how much an error grows when another part of the students has the experience: of a group, or of two beside."""
    old, new = (min(max(part, 0.01), 0.99) for part in (before, after))
    if statistic == "share":
        return 1.0
    if statistic == "share_experienced":
        return math.sqrt(old / new)
    return math.sqrt(old * (1 - old) / (new * (1 - new)))
