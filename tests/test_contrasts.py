"""Contrasts of groups, two by two and as chosen, against hand-made sums, R and statsmodels; and table 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.comparison.corrections import adjust_p_values
from stagekansen_lib.comparison.joint import single_step
from stagekansen_lib.errors import InputError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.models.regressing import regress
from stagekansen_lib.research.contrasts import contrasts, pairwise
from stagekansen_lib.research.table_one import table_one
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey
from tests.r_values import survey as r_survey


def survey() -> Survey:
    rng = np.random.default_rng(5)
    n = 240
    group = rng.choice(["a", "b", "c"], n)
    lift = np.select([group == "b", group == "c"], [0.5, 1.0], 0.0)
    frame = pd.DataFrame(
        {
            "group": group,
            "x": rng.normal(size=n),
            "y": lift + rng.normal(size=n),
            "yes": np.where(rng.uniform(size=n) < 0.3 + 0.2 * lift, "yes", "no"),
            "grade": pd.Categorical(np.digitize(lift + rng.logistic(size=n), [-1, 1]), ordered=True),
            "tried": rng.poisson(3, n),
            "w": rng.uniform(1, 3, n),
        }
    )
    frame.loc[:9, "x"] = np.nan
    return survey_from_frame(frame, weights="w")


def test_pairs_of_means_have_the_sums_of_their_covariance() -> None:
    means = mean(survey(), "y", "group")
    found = pairwise(means)
    assert found[["group", "against"]].to_numpy().tolist() == [["b", "a"], ["c", "a"], ["c", "b"]]
    m, v = means.table["estimate"].to_numpy(), means.covariance
    for row, (first, second) in zip(found.itertuples(), [(0, 1), (0, 2), (1, 2)], strict=True):
        error = np.sqrt(v[first, first] + v[second, second] - 2 * v[first, second])
        assert row.estimate == pytest.approx(m[second] - m[first], rel=1e-12)
        assert row.se == pytest.approx(error, rel=1e-12)
        half = stats.t.isf(0.025, means.df - 2) * error
        assert (row.ci_low, row.ci_high) == pytest.approx((row.estimate - half, row.estimate + half), rel=1e-9)
    assert found["p_adjusted"].tolist() == adjust_p_values(found["p_value"].tolist(), "holm")


def test_a_pair_of_two_groups_is_the_t_test() -> None:
    data = r_survey("dstrat")
    found = pairwise(mean(data, "api00", "awards")).iloc[0]
    tested = compare(data, "api00", "awards", method="t_test")
    assert found["estimate"] == pytest.approx(tested.effect, rel=1e-10)
    assert (found["ci_low"], found["p_value"]) == pytest.approx((tested.ci_low, tested.p_value), rel=1e-9)


def test_contrasts_of_school_types_are_those_that_r_gave() -> None:
    # svycontrast(svyby(~api00, ~stype, dstrat, svymean, covmat = TRUE), ...), tests/reference/r-survey.
    weights = {"EminusH": {"E": 1, "H": -1}, "avg": {"E": 1 / 3, "H": 1 / 3, "M": 1 / 3}}
    found = contrasts(mean(r_survey("dstrat"), "api00", "stype"), weights)
    np.testing.assert_allclose(found["estimate"], [48.61, 645.616666666667], rtol=1e-12)
    np.testing.assert_allclose(found["se"], [19.4021553995334, 8.42852542288347], rtol=1e-10)


def test_a_contrast_of_a_model_of_groups_alone_is_that_of_their_shares() -> None:
    weights = {"c against the rest": {"c": 1, "a": -0.5, "b": -0.5}}
    data = survey()
    of_shares = contrasts(share(data, "yes", "group", code="yes"), weights).iloc[0]
    of_model = contrasts(regress(data, "yes", ["group"], family="binomial"), weights, of="group").iloc[0]
    assert of_model["estimate"] == pytest.approx(of_shares["estimate"], rel=1e-9)
    assert of_model["se"] == pytest.approx(of_shares["se"], rel=1e-6)
    assert of_shares["p_adjusted"] == of_shares["p_value"]


def test_an_ordinal_model_has_pairs_for_each_answer() -> None:
    model = regress(survey(), "grade", ["group"], family="ordinal")
    assert sum(pairwise(model, "group", code=code)["estimate"][0] for code in (0, 1, 2)) == pytest.approx(0, abs=1e-12)
    with pytest.raises(InputError, match="margin for each answer"):
        pairwise(model, "group")


def test_a_single_step_of_independent_differences_is_the_chance_that_any_is_as_far_out() -> None:
    p = np.array([0.03, 0.2, 0.6])
    expected = 1 - (1 - p) ** 3
    np.testing.assert_allclose(single_step(np.eye(3), p, np.inf), expected, atol=0.004)


def test_max_t_of_all_pairs_is_that_of_tukey() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"g": np.repeat(list("abc"), 400), "y": rng.normal(size=1200)})
    frame["y"] += frame["g"].map({"a": 0.0, "b": 0.12, "c": 0.2})
    found = pairwise(mean(survey_from_frame(frame), "y", "g"), correction="max_t")
    theirs = stats.tukey_hsd(*(frame.loc[frame["g"] == g, "y"] for g in "abc")).pvalue
    # Theirs has one variance for all groups; with 400 each that is all the difference there is.
    np.testing.assert_allclose(found["p_adjusted"], [theirs[1, 0], theirs[2, 0], theirs[2, 1]], atol=0.02)
    assert (found["p_adjusted"] >= found["p_value"]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pairwise(mean(survey(), "y")), "no estimates of the groups"),
        (lambda: pairwise(share(survey(), "yes", "group")), "code= one answer"),
        (lambda: pairwise(regress(survey(), "y", ["group"])), "Name the variable"),
        (lambda: pairwise(regress(survey(), "y", ["group", "x"]), "x"), "is a number"),
        (lambda: pairwise(regress(survey(), "y", ["group"]), "group", code=1), "code= is for"),
        (lambda: pairwise(mean(survey(), "y", "group"), correction="tukey"), "correction is 'tukey'"),
        (lambda: contrasts(mean(survey(), "y", "group"), {}), "weights is"),
        (lambda: contrasts(mean(survey(), "y", "group"), {"one": {"d": 1, "a": "x"}}), "no group 'd'"),
        (lambda: pairwise(3), "found is 3"),
    ],
)
def test_contrasts_that_do_not_fit_are_refused(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.filterwarnings("ignore:.*keeps its level")
def test_table_one_holds_the_shares_means_and_tests_of_their_own_calls() -> None:
    data = survey()
    found = table_one(data, ["yes", "grade", "tried", "x"], "group")
    table = found.table
    shares = share(data, "yes", "group").table
    own = table[(table["of"] == "yes") & table["group"].notna()]
    assert own["estimate"].tolist() == shares["estimate"].tolist()
    assert own["count"].sum() == 240
    everyone = table[(table["of"] == "x") & table["group"].isna()].iloc[0]
    assert (everyone["n"], everyone["estimate"]) == (230, mean(data, "x").table["estimate"][0])
    weights = data.design.row_weights[10:]
    x = data.rows["x"].to_numpy()[10:]
    spread = np.sqrt(weights @ (x - np.average(x, weights=weights)) ** 2 / weights.sum() * 230 / 229)
    assert everyone["sd"] == pytest.approx(spread, rel=1e-6)
    p_values = table.groupby("of")["p_value"].first()
    assert p_values["grade"] == compare(data, "grade", "group").p_value
    corrected = table_one(data, ["yes", "grade", "tried", "x"], "group", correction="holm").table
    first = corrected.groupby("of", sort=False)["p_adjusted"].first().tolist()
    assert first == adjust_p_values([p_values[name] for name in ("yes", "grade", "tried", "x")], "holm")


@pytest.mark.filterwarnings("ignore:.*keeps its level")
@pytest.mark.parametrize(("language", "head"), [("nl", "Iedereen"), ("en", "Everyone")])
def test_table_one_reads_as_a_table_of_an_article(language: str, head: str) -> None:
    found = table_one(survey(), ["yes", "x"], "group")
    shown = found.labelled(language)
    assert shown.columns.tolist()[1:] == [head, "a", "b", "c", "p"]
    assert shown.iloc[:, 0].tolist() == ["n", "yes: no", "yes: yes", "x"]
    assert shown[head][0] == "240"
    assert "(sd " in shown[head][3]
    assert (shown["p"] == "").tolist() == [True, False, True, False]
    assert "<table" in found._repr_html_()
    assert "p" not in table_one(survey(), ["yes", "x"]).labelled(language)


def test_a_table_one_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="both group and variable"):
        table_one(survey(), ["yes", "group"], "group")
    with pytest.raises(InputError, match="correction is 'fdr'"):
        table_one(survey(), ["yes"], "group", correction="fdr")
