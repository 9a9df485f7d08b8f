"""Exact intervals and ratios of few reports, against R's poisson.test (tests/reference/monitoring/07_reports)."""

from __future__ import annotations

import math
from typing import Any

import pytest

import stagekansen_lib as sk
from tests.monitoring_values import agrees, stored, value

TOPIC = "07_reports"
COUNTS = sorted(int(key.split(".")[1]) for key in stored(TOPIC) if key.startswith("count.") and "mid" not in key)


@pytest.mark.parametrize("count", COUNTS)
def test_exact_and_mid_p_intervals_of_a_count_are_those_of_r(count: int) -> None:
    low, high = sk.poisson_interval(count)
    low_90, high_90 = sk.poisson_interval(count, level=0.9)
    ours = {"low_95": low, "high_95": high, "low_90": low_90, "high_90": high_90, "upper_one_sided_95": high_90}
    agrees(TOPIC, f"count.{count}", ours)
    mid = sk.poisson_interval(count, method="mid_p")
    agrees(TOPIC, f"count.{count}.mid_p", mid)
    assert low <= mid[0] <= mid[1] <= high


@pytest.mark.parametrize("count", [0, 2, 3, 4])
def test_limits_are_those_of_the_printed_table(count: int) -> None:
    agrees(TOPIC, f"garwood.{count}", sk.poisson_interval(count))


@pytest.mark.parametrize("key", ["rate.1", "rate.2", "rate.3"])
def test_a_rate_is_the_count_over_the_students(key: str) -> None:
    given = value(TOPIC, key)
    found = sk.several_years([given["k"]], [given["n"]])
    agrees(TOPIC, key, {name: getattr(found, name) * given["per"] for name in ("rate", "low", "high")})


@pytest.mark.parametrize("key", [key for key in stored(TOPIC) if key.startswith("pair.")])
def test_the_ratio_of_two_rates_has_the_interval_and_the_three_p_values_of_r(key: str) -> None:
    given = value(TOPIC, key)
    found = {
        method: sk.rate_ratio([given["k1"], given["k2"]], [given["n1"], given["n2"]], method=method)
        for method in ("central", "minimum_likelihood", "mid_p")
    }
    ours = {"ratio": found["central"].ratio, "low": found["central"].ci_low, "high": found["central"].ci_high,
            "p_central": found["central"].p_value, "p_minimum_likelihood": found["minimum_likelihood"].p_value,
            "p_mid": found["mid_p"].p_value, "p_greater": found["central"].p_greater,
            "p_less": found["central"].p_less, "mid_low": found["mid_p"].ci_low,
            "mid_high": found["mid_p"].ci_high}  # fmt: skip
    # What has no number in the reference is infinite or not defined.
    known = {name: mine for name, mine in ours.items() if given.get(name) is not None}
    agrees(TOPIC, key, known)
    assert not any(math.isfinite(mine) for name, mine in ours.items() if name in given and given[name] is None)


def test_the_examples_of_the_manual_of_r_come_out() -> None:
    low, high = (limit / 24.19893 for limit in sk.poisson_interval(137))
    agrees(TOPIC, "manual.one", [low, high, 137 / 24.19893])
    found = sk.rate_ratio([11, 6 + 8 + 7], [800, 1083 + 1050 + 878], method="minimum_likelihood")
    agrees(TOPIC, "manual.two", [found.ci_low, found.ci_high, found.ratio])
    agrees(TOPIC, "manual.two.p", found.p_value)


@pytest.mark.parametrize("key", ["years.1", "years.2"])
def test_several_years_together_are_those_of_r(key: str) -> None:
    given = value(TOPIC, key)
    found = sk.several_years(given["k"], given["n"])
    ours = {"rate": found.table["rate"], "low": found.table["low"], "high": found.table["high"],
            "pooled_rate": found.rate, "pooled_low": found.low, "pooled_high": found.high, "chisq": found.chisq,
            "df": found.df, "chisq_p": found.chisq_p, "likelihood_ratio": found.likelihood_ratio,
            "exact_p_by_probability": found.p_equal, "exact_p_by_chisq": found.p_equal_chisq,
            "trend_statistic": found.trend_statistic, "trend_p_up": found.p_rising, "trend_p_down": found.p_falling,
            "trend_p_two_sided": found.p_trend}  # fmt: skip
    agrees(TOPIC, key, ours)


def test_words_are_whole_reports_and_say_what_is_not_counted() -> None:
    told = sk.several_years([2], [4000], years=[2022])
    assert told.sentence("en") == (
        "2 reports in one year fit an average of 0 to 8 a year. Whoever reported nothing, or somewhere else, is not "
        "counted here. Reports stand beside the index and never in it."
    )
    assert "0,24" not in told.sentence("nl")
    assert "demonstrably differ" in sk.several_years([0, 20], [1000, 1000]).sentence("en")
    assert "<table" in told._repr_html_()
    shown = sk.rate_ratio([30, 5], [1000, 1000])
    assert "6.00 times as many" in shown.sentence("en")
    assert "is demonstrated" in shown.sentence("en")
    assert "against none: there is no ratio" in sk.rate_ratio([5, 0], [1000, 1000]).sentence("en")
    assert "not demonstrated" in sk.rate_ratio([3, 2], [1000, 1000]).sentence("en")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: sk.poisson_interval(-1), "count is -1"),
        (lambda: sk.poisson_interval(1.5), "Give a whole number"),
        (lambda: sk.poisson_interval(1, method="wald"), "method is 'wald'"),
        (lambda: sk.poisson_interval(1, level=1.0), "level is 1.0"),
        (lambda: sk.rate_ratio([1], [10]), "two counts"),
        (lambda: sk.rate_ratio([1, 2], [10, 0]), "above 0"),
        (lambda: sk.rate_ratio([1, 2], [10, 10], method="chi"), "method is 'chi'"),
        (lambda: sk.several_years([1, 2], [10]), "same length"),
        (lambda: sk.several_years([], []), "Each year needs"),
        (lambda: sk.several_years(3, 4), "counts is 3"),
        (lambda: sk.rate_ratio(3, [1, 2]), "counts is 3"),
        (lambda: sk.several_years([500] * 6, [1000] * 6), "too many to count"),
    ],
)  # fmt: skip
def test_what_is_no_count_is_refused(call: Any, text: str) -> None:
    with pytest.raises(sk.InputError, match=text):
        call()
