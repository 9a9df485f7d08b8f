"""The false positives that ``compare`` predicts: against matrices written out, and against simulated surveys."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stagekansen_lib.comparison.adjusted import _variance_forms
from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.comparison.small_samples import corrected_means
from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.models.regressing import regress
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey, subset
from stagekansen_lib.weighting.calibration import calibrate
from stagekansen_lib.weighting.false_positives import (
    MOST_FALSE,
    VarianceForm,
    after_calibration,
    expected_coverage,
    false_positives,
    mean_forms,
)
from stagekansen_lib.weighting.poststratification import poststratify
from stagekansen_lib.weighting.raking import rake

DRAWS = 8_000


def survey(n: int = 90, groups: int = 2, seed: int = 5, **columns: Any) -> Survey:
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "group": rng.permutation(np.resize(list("aab") if groups == 2 else list("aaabbc"), n)),
            "level": rng.permutation(np.resize(["mbo", "hbo", "wo"], n)),
            "age": rng.integers(17, 25, n).astype(float),
            "hours": rng.normal(20, 4, n),
            "scale": pd.Categorical(rng.integers(1, 5, n), ordered=True),
            "yes": rng.choice(["no", "yes"], n),
            "w": rng.choice([1.0, 2.5], n),
        }
    )
    return survey_from_frame(rows.assign(**columns), weights="w")


def kinds() -> dict[str, Callable[[Survey], Survey]]:
    level, group = {"mbo": 50.0, "hbo": 60.0, "wo": 40.0}, {"a": 100.0, "b": 50.0}
    crossed = {(one, two): a * b / 150 for one, a in level.items() for two, b in group.items()}
    return {
        "weighted": lambda data: data,
        "poststratified": lambda data: poststratify(data, {("level", "group"): crossed}),
        "raked": lambda data: rake(data, {"level": level, "group": group}),
        "calibrated": lambda data: calibrate(data, {"level": level, "age": 3000.0}),
        "raked, then calibrated": lambda data: calibrate(rake(data, {"level": level}), {"age": 3000.0}),
        "a part of a raked survey": lambda data: subset(rake(data, {"level": level}), data.rows["age"].to_numpy() < 23),
    }


def matrix(form: VarianceForm) -> np.ndarray:
    return np.asarray(np.diag(form.diagonal) - form.left @ form.right.T)


def answers(data: Survey, form: VarianceForm) -> np.ndarray:
    """The answers of the rows of a form; those outside the domain do not matter."""
    whole = np.zeros(data.design.size)
    whole[slice(None) if data.design.domain is None else data.design.domain] = data.rows["hours"]
    return whole[form.rows] if len(form.rows) == data.design.size else data.rows["hours"].to_numpy()[form.rows]


def estimated(influence: np.ndarray) -> float:
    """The variance of a total of independent rows: it takes off their mean, which after raking is not quite zero."""
    n = len(influence)
    return float(((influence - influence.mean()) ** 2).sum() * n / (n - 1))


def codes(data: Survey) -> np.ndarray:
    return np.asarray(data.encoded("group").codes)


@pytest.mark.parametrize("kind", kinds())
def test_the_form_of_a_variance_is_the_variance_that_is_estimated(kind: str) -> None:
    data = kinds()[kind](survey())
    (form,) = after_calibration(mean_forms(data.design.row_weights, codes(data)), data.design)
    estimates = mean(data, "hours", by="group")
    contrast = np.array([-1.0, 1.0])
    found = contrast @ estimates.covariance @ contrast
    assert estimated(matrix(form) @ answers(data, form)) == pytest.approx(found, rel=1e-9)


@pytest.mark.parametrize("kind", ["weighted", "poststratified", "raked", "calibrated"])
def test_the_form_of_a_model_is_its_variance(kind: str) -> None:
    data = kinds()[kind](survey())
    model = regress(data, "hours", ["group", "level", "age"])
    (form,) = after_calibration(_variance_forms(data, model, "group"), data.design)
    at = [column.term for column in model.columns].index("group")
    assert estimated(matrix(form) @ answers(data, form)) == pytest.approx(model.covariance[at, at], rel=1e-9)


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("times", [1, 3])
def test_traces_are_those_of_the_matrices_also_of_a_larger_survey(kind: str, times: int) -> None:
    small = survey()
    large = survey_from_frame(pd.concat([small.rows] * times, ignore_index=True), weights="w")
    made, larger = (kinds()[kind](data) for data in (small, large))
    forms = [
        after_calibration(mean_forms(data.design.row_weights, codes(data)), data.design)[0] for data in (made, larger)
    ]
    product = matrix(forms[1]).T @ matrix(forms[1])
    trace, square = forms[0].moments(times)
    assert trace == pytest.approx(np.trace(product), rel=1e-7)
    assert square == pytest.approx((product**2).sum(), rel=1e-7)
    assert forms[0].true / times == pytest.approx(forms[1].true, rel=1e-7)


def test_the_prediction_for_two_groups_is_that_of_their_difference() -> None:
    """Welch and James's formula for two groups apart gives Satterthwaite's for their difference."""
    rng = np.random.default_rng(8)
    weights, groups = rng.uniform(1, 3, 60), np.repeat([0, 1], [14, 46])
    apart = [mean_forms(weights[groups == at], np.zeros((groups == at).sum(), dtype=np.intp))[0] for at in (0, 1)]
    assert false_positives(apart, 58) == pytest.approx(false_positives(mean_forms(weights, groups), 58), rel=1e-9)


def test_the_coverage_of_a_mean_is_that_of_the_calibrated_form() -> None:
    data = kinds()["poststratified"](survey())
    everyone = np.zeros(len(data.rows), dtype=np.intp)
    (form,) = after_calibration(mean_forms(data.design.row_weights, everyone), data.design)
    record = data.design.calibrations[0]
    totals = np.bincount(record.cells, record.after)  # type: ignore[union-attr]
    coverage = expected_coverage(record.before, record.cells, totals, 89)  # type: ignore[union-attr]
    assert false_positives([form], 89)[0] == pytest.approx(1 - coverage, rel=1e-9)


def rate_and_bound(rejected: np.ndarray, expected: float) -> tuple[float, float]:
    """The simulated rate, and three simulation errors of it."""
    return float(np.mean(rejected)), 3 * (expected * (1 - expected) / len(rejected)) ** 0.5


@pytest.mark.parametrize("kind", ["weighted", "poststratified", "raked"])
def test_one_difference_is_found_as_often_as_predicted(kind: str) -> None:
    """Null surveys of 60 with normal answers; the bound is three simulation errors (0.8 points at 6%)."""
    data = kinds()[kind](survey(60))
    (form,) = after_calibration(mean_forms(data.design.row_weights, codes(data)), data.design)
    y = np.random.default_rng(31).normal(size=(60, DRAWS))
    w, second = data.design.row_weights, codes(data) == 1
    gaps = (np.where(second, w, 0) / w[second].sum() - np.where(second, 0, w) / w[~second].sum()) @ y
    spread = ((matrix(form) @ y) ** 2).sum(axis=0)
    expected, _ = false_positives([form], 58)
    rate, bound = rate_and_bound(np.abs(gaps) > stats.t.isf(0.025, 58) * np.sqrt(spread), expected)
    assert rate == pytest.approx(expected, abs=bound)
    assert expected > MOST_FALSE


def three_means(y: np.ndarray, w: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """F of equal means of three groups by linearisation, for each column of answers."""
    parts = [(w * (groups == at))[:, None] / w[groups == at].sum() for at in range(3)]
    means = np.array([(part * y).sum(axis=0) for part in parts])
    spread = np.array([((part * (y - at)) ** 2).sum(axis=0) for part, at in zip(parts, means, strict=True)])
    middle = (means / spread).sum(axis=0) / (1 / spread).sum(axis=0)
    return np.asarray(((means - middle) ** 2 / spread).sum(axis=0) / 2)


@pytest.mark.parametrize("sizes", [(20, 30, 50), (12, 60, 60)])
def test_differences_of_three_groups_are_found_as_often_as_predicted_and_welch_keeps_its_level(
    sizes: tuple[int, ...],
) -> None:
    """Null surveys with normal answers and weights of 1 and 3; bounds are three simulation errors."""
    rng = np.random.default_rng(7)
    groups, n = np.repeat([0, 1, 2], sizes), sum(sizes)
    w, y = rng.choice([1.0, 3.0], n), rng.normal(size=(n, DRAWS))
    expected, _ = false_positives(mean_forms(w, groups), n - 3)
    rate, bound = rate_and_bound(three_means(y, w, groups) > stats.f.isf(0.05, 2, n - 3), expected)
    assert rate == pytest.approx(expected, abs=bound)
    assert expected > 0.07
    welch = np.array([corrected_means(column, w, groups, 3).p_value < 0.05 for column in y.T[:2000]])
    rate, bound = rate_and_bound(welch, 0.05)
    assert rate == pytest.approx(0.05, abs=bound)


def test_the_statistic_of_that_simulation_is_that_of_equal_means() -> None:
    data = survey(300, groups=3)
    w, n = data.design.row_weights, 300
    f = three_means(data.rows["hours"].to_numpy()[:, None], w, codes(data))[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)
        assert compare(data, "hours", "group").statistic == pytest.approx(f * (n - 1) / n, rel=1e-9)


def test_an_adjusted_difference_is_found_as_often_as_predicted() -> None:
    """Null surveys of 60 with a linear model of four coefficients; the bound is three simulation errors."""
    data = survey(60)
    model = regress(data, "hours", ["group", "level"])
    (form,) = _variance_forms(data, model, "group")
    x = np.column_stack(
        [
            np.ones(60),
            *((data.rows[n] == v).to_numpy(float) for n, v in (("group", "b"), ("level", "mbo"), ("level", "wo"))),
        ]
    )
    w = data.design.row_weights
    weighed = np.linalg.solve((x * w[:, None]).T @ x, (x * w[:, None]).T)[1]
    y = np.random.default_rng(12).normal(size=(60, DRAWS))
    spread = ((matrix(form) @ y) ** 2).sum(axis=0)
    expected, _ = false_positives([form], model.df)
    rate, bound = rate_and_bound(np.abs(weighed @ y) > stats.t.isf(0.025, model.df) * np.sqrt(spread), expected)
    assert rate == pytest.approx(expected, abs=bound)
    assert expected > MOST_FALSE


def test_a_logistic_form_is_that_of_a_model_with_its_slopes() -> None:
    """With a group and nothing else the contrast is a difference in log odds: its variance is that of two shares."""
    data = survey(80)
    (form,) = _variance_forms(data, regress(data, "yes", ["group"], family="binomial"), "group")
    (shares,) = mean_forms(data.design.row_weights, codes(data))
    w, second, yes = data.design.row_weights, codes(data) == 1, (data.rows["yes"] == "yes").to_numpy()
    p = np.where(second, np.average(yes[second], weights=w[second]), np.average(yes[~second], weights=w[~second]))
    # A log odds varies 1 / (p(1 - p)) times as much as a share, and a share p(1 - p) times a normal answer.
    scale = 1 / np.sqrt(p * (1 - p))
    assert np.allclose(matrix(form), scale[:, None] * matrix(shares), rtol=1e-7, atol=1e-12)


def doubts(data: Survey, of: str, **options: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        compare(data, of, "group", **options)
    assert all(issubclass(one.category, DoubtWarning) for one in said)
    return [str(one.message) for one in said]


def test_three_groups_are_a_doubt_up_to_the_border_and_two_of_that_size_are_none() -> None:
    """Groups of one size without weights, on both sides of the border of 5.6%."""

    def expected(size: int) -> float:
        return false_positives(mean_forms(np.ones(3 * size), np.repeat([0, 1, 2], size)), 3 * size - 3)[0]

    def said(size: int, groups: str) -> list[str]:
        hours = np.tile(np.arange(size) % 7.0, len(groups))
        return doubts(
            survey_from_frame(pd.DataFrame({"group": np.repeat(list(groups), size), "hours": hours})), "hours"
        )

    enough = next(size for size in range(10, 100) if expected(size) <= MOST_FALSE)
    (last,) = said(enough - 1, "abc")
    assert last.startswith(
        f"Of 3 groups of 'group' the smallest, a, has {enough - 1} answers: where nothing is the matter, this test "
        f"finds a difference at 5% in about {expected(enough - 1):.1%} of surveys. "
        f"From about {10 * -(-enough // 10)} answers"
    )
    assert "Use method='welch'" in last
    assert said(enough, "abc") == said(enough, "ab") == []


def test_counts_that_weights_must_meet_are_a_doubt_and_a_jackknife_is_none() -> None:
    data = survey(240)
    assert doubts(data, "hours") == doubts(data, "yes") == []
    many = survey(240, cell=np.resize(np.arange(24), 240))
    made = poststratify(many, {"cell": {at: 100.0 + at for at in range(24)}})
    for of in ("hours", "scale", "yes"):
        (said,) = doubts(made, of)
        assert said.startswith("The weights were made to meet 24 counts with 240 answers")
        assert "replicate(survey, kind='jackknife')" in said
        assert doubts(replicate(made, kind="jackknife"), of) == []
    (adjusted,) = doubts(made, "hours", adjust_for=["level"])
    assert "24 counts" in adjusted
    few = poststratify(many, {"level": {"mbo": 50.0, "hbo": 60.0, "wo": 40.0}})
    assert doubts(few, "hours") == doubts(few, "yes") == []


@pytest.mark.parametrize(
    ("of", "groups", "advice"),
    [
        ("hours", 2, "Use method='welch', without weights 'permutation' ('fisher' for the share of one answer)"),
        ("hours", 3, "Use method='welch', without weights 'permutation'; or merge groups"),
        ("scale", 2, "Use method='brunner_munzel', without"),
        ("scale", 3, "Use method='brunner_munzel' for two groups at a time (subset), with adjust_p_values"),
        ("four", 3, "Use method='welch' with code=, for the share of one answer"),
    ],
)
def test_the_way_out_fits_the_answers_and_the_number_of_groups(of: str, groups: int, advice: str) -> None:
    data = survey(60, groups, four=np.resize(list("pqrs"), 60))
    (said,) = [said for said in doubts(data, of) if "find" in said or "fewer" in said]
    assert advice in said
    assert "welch" not in advice or compare(data, of, "group", method="welch", code="p" if of == "four" else None)


def test_the_way_out_of_a_stratified_or_an_adjusted_comparison_names_no_test_that_refuses_it() -> None:
    rows = survey(60).rows
    (stratified,) = doubts(survey_from_frame(rows, weights="w", strata="level"), "hours")
    assert stratified.endswith("Merge groups, or show the estimates without a test.")
    # With a jackknife a group of 50 is enough for a model, and one of 20 is not.
    (adjusted,) = doubts(survey(150), "hours", adjust_for=["level"])
    assert "replicate(survey, kind='jackknife')" in adjusted
    (adjusted,) = doubts(survey(60), "hours", adjust_for=["level"])
    assert "hold fewer variables constant" in adjusted


def test_an_adjusted_doubt_counts_the_answers_in_the_model() -> None:
    rows = survey(150).rows
    rows.loc[(rows["group"] == "b") & (np.arange(150) % 2 == 0), "level"] = None
    (said,) = doubts(survey_from_frame(rows, weights="w"), "hours", adjust_for=["level"])
    assert said.startswith(f"Group b of 'group' has {rows.loc[rows['group'] == 'b', 'level'].notna().sum()} answers")


@pytest.mark.parametrize("rare", ["x", "z"])
def test_an_answer_of_one_respondent_stops_a_jackknife_of_a_model_and_says_why(rare: str) -> None:
    rows = survey(60).rows.assign(one=[rare, *np.resize(list("yv" if rare == "z" else "yz"), 59)])
    data = replicate(survey_from_frame(rows, weights="w"), kind="jackknife")
    with pytest.raises(InputError, match="so rare that a replicate has nobody who gave it"):
        compare(data, "hours", "group", adjust_for=["one"])


def test_a_jackknife_does_not_help_a_rank_test_of_a_small_group() -> None:
    rows = survey(200).rows.assign(group=np.repeat(["a", "b"], [20, 180]))
    data = replicate(survey_from_frame(rows, weights="w"), kind="jackknife")
    (said,) = doubts(data, "scale")
    assert said.endswith("Merge groups, or compare without replicates, or show the estimates without a test.")
    (linearised,) = doubts(survey_from_frame(rows, weights="w"), "scale")
    often = r"about ([0-9.]+)% of surveys"
    assert re.findall(often, said) == re.findall(often, linearised)
    (jackknifed,), (usual,) = doubts(data, "hours"), doubts(survey_from_frame(rows, weights="w"), "hours")
    assert 5.6 < float(re.findall(often, jackknifed)[0]) < float(re.findall(often, usual)[0])


def test_a_table_is_a_doubt_with_weights_and_without_them_it_is_pearsons_test() -> None:
    rows = survey(200, four=np.resize(list("pqrs"), 200)).rows.assign(group=np.repeat(["a", "b"], [20, 180]))
    weighted, plain = survey_from_frame(rows, weights="w"), survey_from_frame(rows)
    often = r"about ([0-9.]+)% of surveys"
    rates = {of: float(re.findall(often, doubts(weighted, of)[0])[0]) for of in ("yes", "four", "hours")}
    assert 5.6 < rates["yes"] < rates["four"] < rates["hours"]
    assert doubts(plain, "four", method="rao_scott_f") == doubts(plain, "yes", method="rao_scott_f") == []
    # Without weights the statistic is Pearson's over n / (n - 1).
    table = pd.crosstab(rows["yes"], rows["group"])
    pearson = stats.chi2_contingency(table, correction=False).statistic
    assert compare(plain, "yes", "group", method="rao_scott_f").statistic == pytest.approx(
        pearson * 199 / 200, rel=1e-9
    )


def test_three_adjusted_groups_have_a_form_each() -> None:
    data = survey(60, groups=3)
    model = regress(data, "hours", ["group", "level"])
    forms = _variance_forms(data, model, "group")
    assert len(forms) == 3
    # Without other variables they are the means of the groups.
    plain = _variance_forms(data, regress(data, "hours", ["group"]), "group")
    for one, other in zip(plain, mean_forms(data.design.row_weights, codes(data)), strict=True):
        assert one.moments(1.0) == pytest.approx(other.moments(1.0), rel=1e-9)
    assert false_positives(forms, model.df)[0] > false_positives(plain, model.df)[0] > MOST_FALSE


def test_an_ordinal_model_is_taken_as_a_linear_one() -> None:
    data = survey(60)
    ordinal = _variance_forms(data, regress(data, "scale", ["group", "level"], family="ordinal"), "group")
    linear = _variance_forms(data, regress(data, "hours", ["group", "level"]), "group")
    assert ordinal[0].moments(1.0) == pytest.approx(linear[0].moments(1.0), rel=1e-9)
