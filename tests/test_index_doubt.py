"""The doubt of the index: rare answers, margins on the square root, and the rise that is found in 8 of 10."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from stagekansen_lib.monitoring.index_doubt import SIDE, detectable_rise, index_doubt, root_change, spread_of_rare
from stagekansen_lib.monitoring.indicators import Estimates, put_together, to_scores
from stagekansen_lib.registers.reading import read_registers

DESIGN = read_registers().index
INDICATORS, NAMES = list(DESIGN.indicators), [one.id for one in DESIGN.domains]
MIDDLE = {"K1": 20.0, "K2": 1.5, "E1": 40.0, "E2": 20.0, "E3": 15.0, "M1": 25.0, "M2": 30.0}
ERRORS = np.array([5.0, 0.1, 2.7, 2.2, 5.0, 3.8, 2.5])
SHARES = np.array([one.statistic.startswith("share") for one in INDICATORS])


def estimates(n: float = 324.0, errors: float = 1.0, **values: float) -> Estimates:
    """Indicators as a bootstrap would have them, with errors of the usual size times ``errors``."""
    found = np.array([{**MIDDLE, **values}[one.id] for one in INDICATORS])
    noise = np.random.default_rng(5).standard_normal((4000, 7))
    noise = (noise - noise.mean(axis=0)) / noise.std(axis=0, ddof=1)
    many = found + noise * ERRORS * errors
    return Estimates(found, many, np.full(7, int(n)), np.where(SHARES, n, np.nan))


def column(name: str) -> int:
    return [one.id for one in INDICATORS].index(name)


def nobody(n: float) -> Estimates:
    """Nobody of n reported, so that no bootstrap sample has a report either."""
    found = estimates(n, M1=0.0)
    many = found.replicated.copy()
    many[:, column("M1")] = 0.0
    return Estimates(found.values, many, found.n, found.effective_n)


@pytest.mark.parametrize(("pseudo", "n"), [(1.0, 65.0), (2.0, 65.0), (2.0, 20.0)])
def test_nobody_who_reports_still_has_the_error_of_one_or_two_more_of_each(pseudo: float, n: float) -> None:
    share = pseudo / (n + 2 * pseudo)
    told = spread_of_rare(nobody(n), pseudo, seed=1)[:, column("M1")].std(ddof=1)
    assert told == pytest.approx(100 * math.sqrt(share * (1 - share) / (n + 2 * pseudo)), rel=0.03)


def test_what_is_not_rare_and_what_is_no_share_keeps_its_replicates_to_the_last_digit() -> None:
    found = estimates()
    kept = spread_of_rare(found, 1.0, seed=1)
    for name in ("K1", "K2", "E1", "E3"):
        np.testing.assert_array_equal(kept[:, column(name)], found.replicated[:, column(name)])
    # 20% of 324: with one more of each 20.2% of 326, of which the variance is 0.2% larger.
    assert kept[:, column("E2")].std() == pytest.approx(found.replicated[:, column("E2")].std(), rel=2e-3)


def test_a_replicate_without_a_known_indicator_is_left_out_whole() -> None:
    found = estimates()
    found.replicated[:7, column("E3")] = np.nan
    assert np.isnan(spread_of_rare(found, 1.0, seed=1)).any(axis=1).sum() == 7
    assert math.isfinite(index_doubt(found, INDICATORS, NAMES, 1).se)


def test_without_reports_the_margin_is_wider_than_the_bootstrap_alone_makes_it() -> None:
    rare = index_doubt(nobody(65.0), INDICATORS, NAMES, 1)
    plain = index_doubt(
        Estimates(nobody(65.0).values, nobody(65.0).replicated, np.full(7, 65), np.full(7, np.inf)),
        INDICATORS,
        NAMES,
        1,
    )
    assert rare.value == plain.value
    # 15.5 plus or minus 1.25 for the domain without, 1.60 with.
    assert plain.domain_se[2] == pytest.approx(1.25)
    assert rare.domain_se[2] > 1.25 * plain.domain_se[2]
    assert rare.ci_low < plain.ci_low < plain.ci_high < rare.ci_high
    # More is added for the margin of a wave than for a change.
    assert 2 * math.sqrt(rare.value) * rare.root_se < rare.se


def test_the_margin_is_even_on_the_square_root_and_stays_on_the_road() -> None:
    found = index_doubt(estimates(), INDICATORS, NAMES, 1)
    root = math.sqrt(found.value)
    assert root - math.sqrt(found.ci_low) == pytest.approx(math.sqrt(found.ci_high) - root)
    assert found.value - found.ci_low < found.ci_high - found.value
    assert index_doubt(estimates(errors=20.0), INDICATORS, NAMES, 1).ci_high == 100.0
    low = index_doubt(estimates(errors=20.0, M1=1.0, M2=1.0, E1=90.0), INDICATORS, NAMES, 1)
    assert low.ci_low == 1.0


def test_an_index_that_is_not_known_has_no_margin() -> None:
    found = index_doubt(estimates(M1=math.nan, M2=math.nan), INDICATORS, NAMES, 1)
    assert all(math.isnan(one) for one in (found.value, found.se, found.root_se, found.ci_low, found.ci_high))
    assert np.isfinite(found.domains).tolist() == np.isfinite(found.domain_se).tolist() == [True, True, False]


def test_the_change_is_that_of_the_values_and_its_error_that_of_the_roots() -> None:
    change, se = root_change(36.0, 0.2, 49.0, 0.3)
    assert change == 13.0
    assert change / se == pytest.approx((7 - 6) / math.hypot(0.2, 0.3))
    assert root_change(49.0, 0.2, 49.0, 0.2)[1] == pytest.approx(math.sqrt(2) * 2 * 7 * 0.2)


def test_with_small_errors_the_rise_is_that_of_the_normal_test() -> None:
    found = estimates(n=324e4, errors=0.01)
    doubt = index_doubt(found, INDICATORS, NAMES, 1)
    usual = (SIDE + stats.norm.isf(0.20)) * math.sqrt(2) * doubt.se
    assert detectable_rise(found.values, doubt.root_se, found, INDICATORS, 1) == pytest.approx(usual, rel=0.01)


@pytest.mark.parametrize("values", [{}, {"E3": 29.0}, {"K1": 1.0, "K2": 1.01}])
def test_a_wave_that_much_higher_is_found_in_eight_of_ten(values: Any) -> None:
    """Waves drawn around the indicators, and around those that went the part of their road that the rise asks."""
    found = estimates(n=324.0, **values)
    doubt = index_doubt(found, INDICATORS, NAMES, 1)
    rise = detectable_rise(found.values, doubt.root_se, found, INDICATORS, 1)
    away = found.replicated - found.values
    best = np.array([one.best for one in INDICATORS])
    parts = np.linspace(0, 1, 501)
    reached = values_of(found.values + parts[:, None] * (best - found.values))
    part = parts[np.searchsorted(reached - reached[0], rise)]
    before = values_of(found.values + away)
    there = found.values + part * (best - found.values)
    after = values_of(there + away * growth(found.values, there))
    roots = np.sqrt(np.random.default_rng(2).permutation(after)) - np.sqrt(before)
    power = float((roots > SIDE * roots.std()).mean())
    assert power == pytest.approx(0.80, abs=0.03)


def growth(here: Any, there: Any) -> Any:
    """Of each indicator how much larger its error is: p (1 - p) of a share, and the sizes of the two groups."""
    old, new = (dict(zip((one.id for one in INDICATORS), one, strict=True)) for one in (here, there))

    def binomial(name: str) -> float:
        return math.sqrt(new[name] * (100 - new[name]) / (old[name] * (100 - old[name])))

    groups = 1 / binomial("E1")
    grown = {name: binomial(name) for name in ("E1", "E2", "M2")} | {"K1": groups, "E3": groups}
    grown |= {"K2": groups * new["K2"] / old["K2"], "M1": binomial("M1") * math.sqrt(old["E1"] / new["E1"])}
    return np.array([grown[one.id] for one in INDICATORS])


def values_of(many: Any) -> Any:
    return put_together(
        to_scores(np.atleast_2d(many), INDICATORS), np.array([one.domain for one in INDICATORS]), NAMES
    )[1]


def test_where_the_road_ends_the_rise_is_still_a_number() -> None:
    found = estimates(K1=2.0, K2=1.05, E1=3.0, E2=2.0, E3=1.0, M1=48.0, M2=96.0)
    doubt = index_doubt(found, INDICATORS, NAMES, 1)
    assert doubt.value > 94
    assert detectable_rise(found.values, 1.0, found, INDICATORS, 1) > 100 - doubt.value
