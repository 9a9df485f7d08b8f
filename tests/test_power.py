"""Power: the smallest difference that a survey can see, and how many students are enough."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from statsmodels.stats.proportion import proportion_effectsize

from stagekansen_lib.comparison.power import detectable, students_needed
from stagekansen_lib.errors import InputError


@pytest.mark.parametrize(
    ("n", "other", "base", "low", "high"),
    [(162, 162, 0.35, 0.153, 0.194), (40, 284, 0.25, 0.225, 0.287)],
)
def test_the_figures_of_the_evaluation_plan_are_reproduced(
    n: int, other: int, base: float, low: float, high: float
) -> None:
    # Agreed for a survey of 324 with a design effect of 1 and of 1.6, rounded to a tenth of a point.
    assert detectable(n, other, base=base) == pytest.approx(low, abs=0.0006)
    assert detectable(n, other, base=base, design_effect=1.6) == pytest.approx(high, abs=0.0006)


def test_a_difference_in_differences_over_two_waves_sees_19_to_24_points() -> None:
    found = [detectable(162, base=0.25, design_effect=each, before_and_after=True) for each in (1.0, 1.6)]
    assert [round(100 * each) for each in found] == [19, 24]


def test_to_see_25_become_30_percent_takes_1250_students() -> None:
    assert students_needed(0.05, base=0.25) == 1250


@pytest.mark.parametrize("options", [{"base": 0.3}, {"sd": 4.0}, {"base": 0.3, "before_and_after": True}])
def test_what_is_needed_and_what_is_detectable_are_each_others_inverse(options: dict[str, float]) -> None:
    step = detectable(400, design_effect=1.3, **options)  # type: ignore[arg-type]
    assert students_needed(step, design_effect=1.3, **options) == 400  # type: ignore[arg-type]


def test_simulated_surveys_find_the_difference_four_times_in_five() -> None:
    rng = np.random.default_rng(9)
    step = detectable(200, base=0.4)
    first, second = rng.binomial(200, 0.4, 4000) / 200, rng.binomial(200, 0.4 + step, 4000) / 200
    pooled = (first + second) / 2
    z = (second - first) / np.sqrt(2 * pooled * (1 - pooled) / 200)
    # Two percent: the simulation and the steps of a binomial.
    assert np.mean(np.abs(z) > stats.norm.isf(0.025)) == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: detectable(100), "Give one of a share"),
        (lambda: detectable(100, base=1.2), "base is 1.2"),
        (lambda: detectable(0, base=0.2), "at least one answer"),
        (lambda: detectable(3, base=0.9), "No rise from 0.9"),
        (lambda: students_needed(0, base=0.2), "difference of zero"),
        (lambda: students_needed(0.9, base=0.2), "not possible"),
        (lambda: students_needed(0.1, sd=-1), "sd is -1"),
        (lambda: detectable(100, base=0.2, power=1.5), "between 0 and 1"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(call: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()  # type: ignore[operator]


def test_ordered_answers_without_ties_follow_noether() -> None:
    """Noether (1987), equation 4: N = (z + z')^2 / (12 c (1 - c) (p - 1/2)^2), c the share of the first group."""
    reach = stats.norm.isf(0.025) + stats.norm.isf(0.2)
    many = [1 / 1000] * 1000
    # A thousand answers make ties of one in a million.
    assert students_needed(0.1, answers=many) == math.ceil(reach**2 / (12 * 0.25 * 0.1**2) / 2)
    c = 100 / 400
    assert detectable(100, 300, answers=many) == pytest.approx(reach / math.sqrt(400 * 12 * c * (1 - c)), rel=1e-5)


def test_ordered_answers_with_ties_follow_whitehead() -> None:
    """Whitehead (1993): N = 12 (z + z')^2 / (log(odds ratio)^2 (1 - sum p^3)); near no difference the probability of
    superiority is a half plus log(odds ratio) (1 - sum p^3) / 6 (the slope of the rank statistic at no difference)."""
    answers = [0.1, 0.2, 0.2, 0.3, 0.2]
    tie = 1 - sum(share**3 for share in answers)
    reach = stats.norm.isf(0.025) + stats.norm.isf(0.2)
    log_odds = 0.3
    whole = 12 * reach**2 / (log_odds**2 * tie)
    # Both count students in each group; ours rounds up.
    assert students_needed(log_odds * tie / 6, answers=answers) == math.ceil(whole / 2)


def test_the_promised_power_of_a_rank_test_is_reached() -> None:
    answers, n = np.array([0.1, 0.2, 0.2, 0.3, 0.2]), 150
    step = detectable(n, answers=answers.tolist())
    edges = np.log(np.cumsum(answers)[:-1] / (1 - np.cumsum(answers)[:-1]))
    shift = 6 * step / (1 - (answers**3).sum())
    rng = np.random.default_rng(12)
    found = 0
    for _ in range(1000):
        first = np.digitize(rng.logistic(size=n) - shift / 2, edges)
        second = np.digitize(rng.logistic(size=n) + shift / 2, edges)
        found += stats.mannwhitneyu(first, second, method="asymptotic").pvalue < 0.05
    # Three standard errors of 1,000 draws at 80%.
    assert abs(found / 1000 - 0.8) < 3 * math.sqrt(0.16 / 1000)


@pytest.mark.parametrize("answers", [[0.5], [0.5, 0.6], [-0.1, 1.1], [0.0, 1.0]])
def test_shares_that_are_no_shares_of_answers_are_refused(answers: list[float]) -> None:
    with pytest.raises(InputError, match="add up to 1"):
        detectable(100, answers=answers)
    with pytest.raises(InputError, match="Give one of"):
        detectable(100, answers=[0.5, 0.5], base=0.3)
    with pytest.raises(InputError, match="Take more answers"):
        detectable(3, answers=[0.5, 0.5])


@pytest.mark.parametrize(("n", "other", "base"), [(162, 162, 0.35), (40, 284, 0.25), (1000, 500, 0.1)])
def test_without_a_design_the_solver_of_statsmodels_finds_the_same_share(n: int, other: int, base: float) -> None:
    size = NormalIndPower().solve_power(nobs1=n, ratio=other / n, alpha=0.05, power=0.8)
    found = proportion_effectsize(base + detectable(n, other, base=base), base)
    # statsmodels counts rejections in the wrong tail as found too: a few in a million.
    assert found == pytest.approx(size, rel=3e-6)


def test_without_a_design_the_t_test_of_statsmodels_sees_a_little_less() -> None:
    """Ours is the normal form; the t distribution with n + m - 2 degrees of freedom needs a little more."""
    for n, least, most in [(20, 1.01, 1.03), (200, 1.001, 1.003), (2000, 1.0001, 1.0003)]:
        exact = np.ravel(TTestIndPower().solve_power(nobs1=n, ratio=1, alpha=0.05, power=0.8)).item()
        assert least < exact / detectable(n, sd=1) < most
