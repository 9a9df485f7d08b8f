"""The audit of a published index after the ten steps of the OECD/JRC handbook, from nothing but what is shown.

Source: OECD/JRC (2008), Handbook on constructing composite indicators, doi:10.1787/9789264043466-en.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stagekansen_lib.disclosure.published_index import PublishedIndex, PublishedWave
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.monitoring.composites import composite, goalposts
from stagekansen_lib.monitoring.variants import Choices, draw_choices, sobol_shares, values_of

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["IndexAudit", "Sensitivity", "audit_index"]

_SEED, _DRAWS = 2022, 16384
# The choices that are varied, and the arrays of Choices that hold them.
_CHOICES = {"weights": "weights", "domains": "of_domains", "mean": "geometric", "left_out": "left_out"}


@dataclass(frozen=True)
class Sensitivity:
    """How much of the variance over the variants a choice explains, 0 to 1: by itself, and together with others."""

    choice: str
    first: float
    total: float


@dataclass(frozen=True)
class IndexAudit:
    """What an auditor asks of the index of a wave.

    Parameters
    ----------
    wave : its name.
    weights : by indicator, its part of the index when its score moves by a point, in points.
    without : by indicator, the index without it; NaN where a domain would then lack indicators.
    arithmetic : the index as an arithmetic mean of the domains.
    band : the index under other choices, 2.5% to 97.5% of the variants.
    sensitivity : each choice with its share of their variance, the largest first.
    agreement : share of the variants that agree on the sign of the change from the wave before; NaN without one.
    """

    wave: str
    weights: Mapping[str, float]
    without: Mapping[str, float]
    arithmetic: float
    band: tuple[float, float]
    sensitivity: tuple[Sensitivity, ...]
    agreement: float


def audit_index(index: PublishedIndex) -> IndexAudit | None:
    """The audit of the newest wave of a published index; None when it has no index.

    Parameters
    ----------
    index : as ``read_release(name).index`` holds it.

    Returns
    -------
    IndexAudit : weights, the index without each indicator, its band under other choices, and what they explain.

    Raises
    ------
    InputError : it is not a published index.

    Notes
    -----
    Shares of variance are Sobol's first-order and total indices by the estimators of Saltelli et al. (2010) and Jansen
    (1999), doi:10.1016/j.cpc.2009.09.018, over choices that are drawn independently: the weights within domains,
    those of domains, the mean, and the indicator that is left out.

    Examples
    --------
    >>> from stagekansen_lib.releases.reading import read_release
    >>> found = audit_index(read_release("voorbeeldstad-2024").index)
    >>> found.sensitivity[0].choice, round(found.arithmetic, 1)
    ('domains', 47.4)
    """
    if not isinstance(index, PublishedIndex):
        raise InputError(Problem("An audit is of a published index.", do="Give read_release(name).index."))
    wave = index.newest
    if not wave.index.known:
        return None
    scores, of_domain = _scores(index, wave), [one.domain for one in index.goalposts]
    names = [one.id for one in wave.domains]
    choices = draw_choices(np.random.default_rng(_SEED), _DRAWS, len(scores), len(names))
    values = values_of(scores, of_domain, names, choices)[0]
    low, high = np.quantile(values, [0.025, 0.975])
    ids = [one.id for one in wave.indicators]
    without = {
        name: _put_together(np.where(np.arange(len(ids)) == at, np.nan, scores), of_domain)
        for at, name in enumerate(ids)
        if math.isfinite(scores[at])
    }
    return IndexAudit(
        wave.wave,
        _weights(scores, ids, of_domain),
        without,
        _put_together(scores, of_domain, mean="arithmetic"),
        (float(low), float(high)),
        _sensitivity(scores, of_domain, names, choices),
        _agreement(index, values, choices, of_domain, names),
    )


def _scores(index: PublishedIndex, wave: PublishedWave) -> Floats:
    worst, best = ([getattr(one, end) for one in index.goalposts] for end in ("worst", "best"))
    entered = np.array([one.enters for one in wave.indicators], dtype=float)
    return np.asarray(goalposts(entered, worst=worst, best=best), dtype=float)


def _put_together(scores: Floats, of_domain: Sequence[str], mean: str = "geometric") -> float:
    return float(composite(list(scores), domains=of_domain, mean=mean))


def _weights(scores: Floats, ids: Sequence[str], of_domain: Sequence[str]) -> dict[str, float]:
    """What one point more of each score does to the index, by half a point to either side."""
    found = {}
    for at, name in enumerate(ids):
        if math.isfinite(scores[at]):
            ends = [_put_together(scores + half * (np.arange(len(ids)) == at), of_domain) for half in (-0.5, 0.5)]
            found[name] = ends[1] - ends[0]
    return found


def _sensitivity(
    scores: Floats,
    of_domain: Sequence[str],
    names: Sequence[str],
    first: Choices,
) -> tuple[Sensitivity, ...]:
    second = draw_choices(np.random.default_rng(_SEED + 1), _DRAWS, len(scores), len(names))
    one, other = (values_of(scores, of_domain, names, choices)[0] for choices in (first, second))
    found = []
    for choice, part in _CHOICES.items():
        mixed = values_of(scores, of_domain, names, replace(first, **{part: getattr(second, part)}))[0]
        alone, whole = sobol_shares(one, other, mixed)
        found.append(Sensitivity(choice, min(max(alone, 0.0), 1.0), min(whole, 1.0)))
    return tuple(sorted(found, key=lambda each: -each.total))


def _agreement(
    index: PublishedIndex,
    values: Floats,
    choices: Choices,
    of_domain: Sequence[str],
    names: Sequence[str],
) -> float:
    if not index.changes or not math.isfinite(index.changes[-1].change):
        return math.nan
    before = values_of(_scores(index, index.waves[-2]), of_domain, names, choices)[0]
    return float((np.sign(values - before) == np.sign(index.changes[-1].change)).mean())
