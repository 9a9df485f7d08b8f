"""The interval of a difference of two shares, against Newcombe (1998), Table II, method 10, and R."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError
from stagekansen_lib.estimation.intervals import wilson_limits
from stagekansen_lib.estimation.share_differences import ShareLimits, square_and_add

VALUES = json.loads(
    (Path(__file__).parent / "reference" / "monitoring" / "11_clusters" / "values.json").read_text("utf-8")
)["values"]
CALLS = sorted(key for key in VALUES if key.startswith("newcombe.") and not key.endswith("published"))


def counts(key: str) -> tuple[int, int, int, int]:
    k1, n1, k2, n2 = (int(part) for part in key.split(".")[1].split("_"))
    return k1, n1, k2, n2


@pytest.mark.parametrize("key", CALLS)
def test_the_limits_are_those_of_r(key: str) -> None:
    theirs, tolerance = VALUES[key]["value"], VALUES[key]["rel_tol"]
    k1, n1, k2, n2 = counts(key)
    assert sk.share_difference_interval(k1, n1, k2, n2) == pytest.approx((theirs["low"], theirs["high"]), rel=tolerance)
    assert sk.share_difference_interval(k1, n1, k2, n2, 0.9) == pytest.approx(
        (theirs["low_90"], theirs["high_90"]), rel=tolerance
    )
    assert wilson_limits(k1 / n1, n1, 0.95) == pytest.approx(theirs["wilson_first"], rel=tolerance, abs=1e-15)
    assert wilson_limits(k2 / n2, n2, 0.95) == pytest.approx(theirs["wilson_second"], rel=tolerance, abs=1e-15)


@pytest.mark.parametrize("key", [key for key in VALUES if key.endswith(".published")])
def test_the_printed_limits_come_out(key: str) -> None:
    found = sk.share_difference_interval(*counts(key))
    assert found == pytest.approx(VALUES[key]["value"], abs=VALUES[key]["abs_tol"], rel=0)


def test_the_other_way_round_the_limits_change_sign() -> None:
    low, high = sk.share_difference_interval(9, 9, 100, 300)
    assert sk.share_difference_interval(100, 300, 9, 9) == pytest.approx((-high, -low), abs=1e-15)


def test_shares_that_go_together_have_a_narrower_difference_and_shares_that_go_apart_a_wider_one() -> None:
    first, second = ShareLimits(0.4, 0.3, 0.5), ShareLimits(0.5, 0.42, 0.6)
    widths = [high - low for low, high in (square_and_add(first, second, r) for r in (0.5, 0.0, -0.5))]
    assert widths == sorted(widths)
    assert square_and_add(first, second) == pytest.approx((0.1 - (0.08**2 + 0.1**2) ** 0.5, 0.1 + (2 * 0.1**2) ** 0.5))


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ((3, 2, 1, 4), "3 of 2 is no share"),
        ((0, 0, 1, 4), "0 of 0 is no share"),
        ((-1, 2, 1, 4), "k1 is -1"),
        ((1.5, 2, 1, 4), "k1 is 1.5"),
        ((True, 2, 1, 4), "k1 is True"),
        ((1, 2, 1, 4, 95), "level is 95"),
    ],
)
def test_what_is_no_count_is_named(call: tuple[int, ...], what: str) -> None:
    with pytest.raises(InputError, match=what):
        sk.share_difference_interval(*call)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(InputError) as refused:
        sk.share_difference_interval(3, 2, 5, 4)
    assert len(refused.value.problems) == 2
