"""The index under other choices: other weights, another mean of the domains, without one indicator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.registers.index_design import Indicator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Floats

__all__ = ["index_variants"]


def index_variants(
    scores: Floats, indicators: Sequence[Indicator], names: Sequence[str], draws: int, seed: int, known: bool
) -> tuple[Floats, str, float]:
    """The index under other choices; the choice that moves it most, and its part of the variance."""
    if not known:
        return np.full(draws, np.nan), "", math.nan
    random = np.random.default_rng([seed, 2])
    number = len(indicators)
    weights = random.exponential(size=(draws, number))
    of_domains = random.dirichlet(np.ones(len(names)), size=draws)
    geometric = random.random(draws) < 0.5
    left_out = random.integers(0, number + 1, draws)
    kept = np.isfinite(scores) & (np.arange(number) != left_out[:, None])
    domains = np.empty((draws, len(names)))
    inside = np.zeros((draws, number))
    for at, name in enumerate(names):
        own = np.array([one.domain == name for one in indicators])
        part = weights[:, own] * kept[:, own]
        with np.errstate(invalid="ignore", divide="ignore"):
            # Exponential draws over their sum are a flat Dirichlet draw.
            part = part / part.sum(axis=1, keepdims=True)
        inside[:, own] = part
        domains[:, at] = part @ np.nan_to_num(scores[own])
    # A domain that loses its only indicator leaves the index.
    there = np.isfinite(domains)
    of_domains = np.where(there, of_domains, 0.0)
    of_domains /= of_domains.sum(axis=1, keepdims=True)
    safe = np.where(there, domains, 1.0)
    values = np.where(geometric, np.exp((of_domains * np.log(safe)).sum(axis=1)), (of_domains * safe).sum(axis=1))
    shares = {"mean": _part_explained(values, geometric), "left_out": _part_explained(values, left_out)}
    for at, name in enumerate(names):
        shares[name] = _part_of_line(values, of_domains[:, at])
    for at, one in enumerate(indicators):
        shares[one.id] = _part_of_line(values, np.nan_to_num(inside[:, at]))
    driver = max(shares, key=lambda name: shares[name])
    return values, driver, shares[driver]


def _part_explained(values: Floats, groups: NDArray[Any]) -> float:
    """The part of the variance that lies between groups."""
    whole = float(values.var())
    means = np.empty_like(values)
    for group in np.unique(groups):
        means[groups == group] = values[groups == group].mean()
    return float(means.var()) / whole if whole > 0 else 0.0


def _part_of_line(values: Floats, on: Floats) -> float:
    """The part of the variance that a straight line explains."""
    if not (values.std() > 0 and on.std() > 0):
        return 0.0
    return float(np.corrcoef(values, on)[0, 1] ** 2)
