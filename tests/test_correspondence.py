"""Correspondence tests: published call-backs, statsmodels, and likelihoods maximised another way."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep

from stagekansen_lib.comparison.correspondence import correspondence_test, tango_interval
from stagekansen_lib.errors import InputError

PAIRS = {"both": 20, "first_only": 30, "second_only": 10, "neither": 140}


def test_the_call_backs_of_bertrand_and_mullainathan() -> None:
    """Their table 1: 9.65% and 6.45% of 2,435 resumes each, ratio 1.50, difference 3.20 points."""
    found = correspondence_test(counts={"white": (235, 2435), "black": (157, 2435)})
    rates = [round(100 * yes / n, 2) for yes, n in zip(found.positive, found.sent, strict=True)]
    assert rates == [9.65, 6.45]
    assert round(found.ratio, 2) == 1.50
    assert round(100 * found.difference, 2) == 3.20
    assert found.p_value < 0.0001
    error = math.sqrt(1 / 235 - 1 / 2435 + 1 / 157 - 1 / 2435)
    assert found.ratio_low == pytest.approx(235 / 157 * math.exp(-1.959964 * error), rel=1e-6)


def test_the_difference_is_that_of_the_example_of_newcombe_and_of_statsmodels() -> None:
    """Newcombe (1998), table II, 56/70 against 48/80: 0.0524 to 0.3339 by method 10."""
    found = correspondence_test(counts={"a": (56, 70), "b": (48, 80)})
    assert (round(found.difference_low, 4), round(found.difference_high, 4)) == (0.0524, 0.3339)
    theirs = confint_proportions_2indep(56, 70, 48, 80, method="newcomb")
    assert (found.difference_low, found.difference_high) == pytest.approx(theirs, rel=1e-10)
    assert found.p_value == pytest.approx(stats.fisher_exact([[56, 14], [48, 32]])[1], rel=1e-12)


def test_the_p_value_of_pairs_is_the_exact_one_of_mcnemar() -> None:
    found = correspondence_test(counts=PAIRS)
    theirs = mcnemar([[20, 30], [10, 140]], exact=True)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-12)
    assert found.ratio == pytest.approx(50 / 30)
    assert found.net_discrimination == pytest.approx(20 / 60)


def test_the_variance_of_the_ratio_of_pairs_is_that_of_the_delta_method() -> None:
    """Slopes of log(p1/p2) on the four cell shares, with the covariance of a multinomial."""
    found = correspondence_test(counts=PAIRS)
    shares = np.array([20, 30, 10, 140]) / 200
    x1, x2 = shares[0] + shares[1], shares[0] + shares[2]
    slopes = np.array([1 / x1 - 1 / x2, 1 / x1, -1 / x2, 0])
    variance = slopes @ (np.diag(shares) - np.outer(shares, shares)) @ slopes / 200
    assert math.log(found.ratio_high / found.ratio) == pytest.approx(1.959963985 * math.sqrt(variance), rel=1e-8)


@pytest.mark.parametrize(("b", "c", "n"), [(30, 10, 200), (12, 3, 40), (5, 0, 30), (1, 9, 25)])
def test_at_a_limit_of_the_difference_the_score_test_just_rejects(b: int, c: int, n: int) -> None:
    """The constrained likelihood is maximised numerically here, in place of Tango's closed form."""
    for gap, sign in zip(tango_interval(b, c, n, 0.95), (1, -1), strict=True):

        def minus(q: float, gap: float = gap) -> float:
            return -(b * math.log(q + gap) + (c * math.log(q) if c else 0) + (n - b - c) * math.log(1 - 2 * q - gap))

        low, high = max(0.0, -gap) + 1e-12, (1 - gap) / 2 - 1e-12
        q = optimize.minimize_scalar(minus, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
        score = (b - c - n * gap) / math.sqrt(n * (2 * q + gap - gap**2))
        # The minimum is flat: its place is known to about 1e-7.
        assert score == pytest.approx(sign * 1.959963985, rel=1e-5)


def test_rows_and_counts_give_the_same_with_and_without_pairs() -> None:
    kinds = [(1, 1)] * 20 + [(1, 0)] * 30 + [(0, 1)] * 10 + [(0, 0)] * 140
    rows = pd.DataFrame(
        [
            {"vacancy": place, "group": name, "positive": yes}
            for place, kind in enumerate(kinds)
            for name, yes in zip(("majority", "minority"), kind, strict=True)
        ]
    ).sample(frac=1, random_state=1)
    paired = correspondence_test(rows, pair="vacancy")
    assert paired.table.drop(columns="effect").to_numpy() == pytest.approx(
        correspondence_test(counts=PAIRS).table.drop(columns="effect").to_numpy()
    )
    assert paired.pairs == PAIRS
    loose = correspondence_test(rows, reference="minority")
    assert loose.groups == ("minority", "majority")
    assert loose.ratio == pytest.approx(1 / paired.ratio)
    assert loose.pairs is None


def test_the_interval_of_pairs_covers_what_it_says() -> None:
    rng = np.random.default_rng(4)
    shares = np.array([0.05, 0.12, 0.06, 0.77])
    held = 0
    for both, b, c, neither in rng.multinomial(150, shares, size=2000):
        low, high = tango_interval(int(b), int(c), int(both + b + c + neither), 0.95)
        held += low <= 0.06 <= high
    # Three standard errors of 2,000 draws around 95%.
    assert 0.935 <= held / 2000 <= 0.965


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_sentence_has_ratio_difference_doubt_and_base_and_no_causal_verb(language: str) -> None:
    found = correspondence_test(counts={"Jan": (60, 300), "Ali": (40, 300)}, synthetic=True)
    text = found.sentence(language)  # type: ignore[arg-type]
    assert "{" not in text
    order = [text.index(part) for part in ("verzonnen" if language == "nl" else "made-up", "1", "(p ", "300")]
    assert order == sorted(order)
    assert not re.search(r"veroorza|zorgt|leidt tot|door(dat)?\b|vanwege|causes|leads|because of|due to", text)
    assert "Jan" in found._repr_html_()
    assert "Fisher" in repr(found)


def test_a_group_without_a_reaction_has_no_ratio_and_says_so() -> None:
    found = correspondence_test(counts={"a": (5, 40), "b": (0, 40)})
    assert math.isnan(found.ratio)
    assert "Een verhouding is niet te geven" in found.sentence("nl")
    assert found.difference_low < found.difference < found.difference_high
    nobody = correspondence_test(counts={"both": 0, "first_only": 0, "second_only": 0, "neither": 30})
    assert nobody.p_value == 1
    assert nobody.difference_low < 0 < nobody.difference_high


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "one of the two"),
        ({"counts": {"a": 3, "b": 4}}, "neither pairs nor two groups"),
        ({"counts": {"a": (5, 4), "b": (1, 4)}}, "no larger than its applications"),
        ({"counts": {"a": (0, 0), "b": (1, 4)}}, "no applications"),
        ({"counts": {**PAIRS, "both": -1}}, "whole number"),
        ({"applications": pd.DataFrame({"group": ["a"]})}, "no column 'positive'"),
        ({"applications": pd.DataFrame({"group": ["a"], "positive": [1]})}, "1 groups"),
        ({"applications": pd.DataFrame({"group": ["a", "b"], "positive": [1, 7]})}, "must be 0 or 1"),
        ({"applications": pd.DataFrame({"group": ["a", "b"], "positive": [1, None]})}, "lack a reaction"),
        (
            {"applications": pd.DataFrame({"group": ["a", "b"], "positive": [1, 0], "v": [1, 2]}), "pair": "v"},
            "one application of each group",
        ),
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        correspondence_test(**arguments)  # type: ignore[arg-type]
