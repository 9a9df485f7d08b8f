"""The index under other choices: other weights, another mean of the domains, without one indicator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.registers.index_design import Indicator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Floats

__all__ = ["Choices", "draw_choices", "index_variants", "part_explained", "part_of_line", "sobol_shares", "values_of"]


@dataclass(frozen=True, eq=False)
class Choices:
    """Ways to put an index together, one a row.

    ``weights`` of the indicators, ``of_domains`` of the domains, ``geometric`` whether the mean of the domains is, and
    ``left_out`` the place of the indicator that is left out, or the number of indicators for none.
    """

    weights: Floats
    of_domains: Floats
    geometric: NDArray[np.bool_]
    left_out: NDArray[Any]


def draw_choices(random: np.random.Generator, draws: int, number: int, domains: int) -> Choices:
    """Choices drawn at random: weights from flat Dirichlet distributions, the rest with equal chances."""
    # Exponential draws over their sum are a flat Dirichlet draw.
    return Choices(
        random.exponential(size=(draws, number)),
        random.dirichlet(np.ones(domains), size=draws),
        random.random(draws) < 0.5,
        random.integers(0, number + 1, draws),
    )


def values_of(
    scores: Floats, of_domain: Sequence[str], names: Sequence[str], choices: Choices
) -> tuple[Floats, Floats, Floats]:
    """The index under each choice, with the weights of indicators within domains and of domains that it used."""
    number = len(scores)
    kept = np.isfinite(scores) & (np.arange(number) != choices.left_out[:, None])
    domains = np.empty((len(choices.weights), len(names)))
    inside = np.zeros(choices.weights.shape)
    for at, name in enumerate(names):
        own = np.array([one == name for one in of_domain])
        part = choices.weights[:, own] * kept[:, own]
        with np.errstate(invalid="ignore", divide="ignore"):
            part = part / part.sum(axis=1, keepdims=True)
        inside[:, own] = part
        domains[:, at] = part @ np.nan_to_num(scores[own])
    # A domain that loses its only indicator leaves the index.
    there = np.isfinite(domains)
    of_domains = np.where(there, choices.of_domains, 0.0)
    of_domains /= of_domains.sum(axis=1, keepdims=True)
    safe = np.where(there, domains, 1.0)
    logs, sums = (of_domains * np.log(safe)).sum(axis=1), (of_domains * safe).sum(axis=1)
    return np.where(choices.geometric, np.exp(logs), sums), inside, of_domains


def index_variants(
    scores: Floats, indicators: Sequence[Indicator], names: Sequence[str], draws: int, seed: int, known: bool
) -> tuple[Floats, str, float]:
    """The index under other choices; the choice that moves it most, and its part of the variance."""
    if not known:
        return np.full(draws, np.nan), "", math.nan
    choices = draw_choices(np.random.default_rng([seed, 2]), draws, len(indicators), len(names))
    values, inside, of_domains = values_of(scores, [one.domain for one in indicators], names, choices)
    shares = {
        "mean": part_explained(values, choices.geometric),
        "left_out": part_explained(values, choices.left_out),
    }
    for at, name in enumerate(names):
        shares[name] = part_of_line(values, of_domains[:, at])
    for at, one in enumerate(indicators):
        shares[one.id] = part_of_line(values, np.nan_to_num(inside[:, at]))
    driver = max(shares, key=lambda name: shares[name])
    return values, driver, shares[driver]


def part_explained(values: Floats, groups: NDArray[Any]) -> float:
    """The part of the variance that lies between groups."""
    whole = float(values.var())
    means = np.empty_like(values)
    for group in np.unique(groups):
        means[groups == group] = values[groups == group].mean()
    return float(means.var()) / whole if whole > 0 else 0.0


def part_of_line(values: Floats, on: Floats) -> float:
    """The part of the variance that a straight line explains."""
    if not (values.std() > 0 and on.std() > 0):
        return 0.0
    return float(np.corrcoef(values, on)[0, 1] ** 2)


def sobol_shares(one: Floats, other: Floats, mixed: Floats) -> tuple[float, float]:
    """First-order and total share of the variance that belongs to a choice.

    ``one`` and ``other`` are values under two samples of choices, ``mixed`` those under the first with this choice of
    the second. Saltelli et al. (2010), without the mean, which adds nothing but noise, and Jansen (1999).
    """
    both = np.concatenate([one, other])
    middle, variance = float(both.mean()), float(both.var())
    first = float(((other - middle) * (mixed - one)).mean()) / variance
    total = float(((one - mixed) ** 2).mean()) / 2 / variance
    return first, total
