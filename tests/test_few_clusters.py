"""Few schools: CR2 through the public calls, against R's clubSandwich (tests/reference/monitoring/11_clusters)."""

from __future__ import annotations

import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.models.regressing import regress
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey

FOLDER = Path(__file__).parent / "reference" / "monitoring" / "11_clusters"
STUDIES = ("three_against_nine", "two_against_ten", "four_against_three")
COLUMNS = {"estimate": "coef", "se": "se", "df": "df", "statistic": "t", "p_value": "p", "ci_low": "low",
           "ci_high": "high"}  # fmt: skip


@cache
def stored() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((FOLDER / "values.json").read_text("utf-8"))["values"]
    return values


def survey(study: str, weighted: bool = False, **also: Any) -> Survey:
    rows = pd.read_csv(FOLDER / f"{study}.csv").assign(**also)
    rows["answer"] = pd.Categorical(np.where(rows["yes"] == 1, "yes", "no"), ["no", "yes"])
    rows["group"] = np.where(rows["x"] == 1, "some", "others")
    return survey_from_frame(rows, clusters="school", weights="weight" if weighted else None)


def theirs(key: str) -> tuple[dict[str, Any], float]:
    return {name: np.atleast_1d(value) for name, value in stored()[key]["value"].items()}, stored()[key]["rel_tol"]


MODELS: dict[str, list[str]] = {"mean": [], "x": ["x"], "x_woman": ["x", "woman"]}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("outcome", ["score", "yes"])
@pytest.mark.parametrize("study", STUDIES)
def test_a_linear_model_with_cr2_is_that_of_clubsandwich(study: str, outcome: str, weighted: bool, model: str) -> None:
    values, tolerance = theirs(f"{study}.{outcome}.{'weighted' if weighted else 'unweighted'}.{model}")
    found = regress(survey(study, weighted), of=outcome, on=MODELS[model], variance="cr2")
    for ours, name in COLUMNS.items():
        np.testing.assert_allclose(found.table[ours], values[name], rtol=tolerance, err_msg=ours)
    assert found.df == min(found.table["df"])


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("study", STUDIES)
def test_a_logistic_model_with_cr2_is_that_of_clubsandwich(study: str, model: str) -> None:
    values, tolerance = theirs(f"{study}.logistic.{model}")
    found = regress(survey(study), of="answer", on=MODELS[model], family="binomial", variance="cr2")
    for ours, name in COLUMNS.items():
        np.testing.assert_allclose(found.table[ours], values[name], rtol=tolerance, err_msg=ours)
    for ours, name in (("estimate", "odds_ratio"), ("ci_low", "or_low"), ("ci_high", "or_high")):
        np.testing.assert_allclose(np.exp(found.table[ours]), values[name], rtol=tolerance, err_msg=name)


@pytest.mark.parametrize("study", STUDIES)
def test_what_stands_beside_cr2_is_theirs_too(study: str) -> None:
    """The schools themselves, the usual variance of the design, and Welch's test of the means of schools."""
    data = survey(study, weighted=True)
    schools = data.rows.groupby("school").agg(score=("score", "mean"), x=("x", "max"))
    counts = {name: int(value[0]) for name, value in theirs(f"{study}.schools")[0].items()}
    with_x = int(schools["x"].sum())
    assert counts == {"schools": len(schools), "with": with_x, "without": len(schools) - with_x, "n": len(data.rows)}
    usual, tolerance = theirs(f"{study}.svyglm")
    found = regress(data, of="score", on=["x"])
    for ours, name in (("estimate", "coef"), ("se", "se"), ("p_value", "p")):
        np.testing.assert_allclose(found.table[ours], usual[name], rtol=tolerance, err_msg=name)
    assert found.df == usual["df"]
    means, tolerance = theirs(f"{study}.means_of_schools")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)
        welch = compare(survey_from_frame(schools.reset_index()), "score", "x", method="welch")
    assert (welch.effect, welch.df, welch.p_value) == pytest.approx(
        tuple(means[name][0] for name in ("estimate", "df", "p")), rel=tolerance
    )
    assert welch.effect / welch.statistic == pytest.approx(means["se"][0], rel=tolerance)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("study", STUDIES)
def test_means_and_shares_with_cr2_are_those_of_clubsandwich(study: str, weighted: bool) -> None:
    data = survey(study, weighted)
    for outcome in ("score", "yes"):
        values, tolerance = theirs(f"{study}.{outcome}.{'weighted' if weighted else 'unweighted'}.mean")
        found = mean(data, of=outcome, variance="cr2")
        for name, column in {"estimate": "coef", "se": "se", "ci_low": "low", "ci_high": "high"}.items():
            np.testing.assert_allclose(found.table[name], values[column], rtol=tolerance)
        np.testing.assert_allclose(found.basis["df"], values["df"], rtol=tolerance)
    found = share(data, of="answer", code="yes", interval="wald", variance="cr2")
    np.testing.assert_allclose(
        found.table[["estimate", "se", "ci_low", "ci_high"]].to_numpy()[0],
        np.concatenate([values[name] for name in ("coef", "se", "low", "high")]),
        rtol=tolerance,
    )


@pytest.mark.filterwarnings("ignore::stagekansen_lib.errors.DoubtWarning")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("outcome", ["score", "yes"])
@pytest.mark.parametrize("study", STUDIES)
def test_a_comparison_of_two_groups_with_cr2_is_the_coefficient_of_clubsandwich(
    study: str, outcome: str, weighted: bool
) -> None:
    values, tolerance = theirs(f"{study}.{outcome}.{'weighted' if weighted else 'unweighted'}.x")
    of = {"score": "score", "yes": "answer"}[outcome]
    asked = compare(survey(study, weighted), of, "group", variance="cr2")
    assert asked.method == {"score": "t_test (cr2)", "answer": "rao_scott_f (cr2)"}[of]
    # Left to choose it takes CR2 by itself: each study has fewer than five schools in a group.
    chosen = compare(survey(study, weighted), of, "group")
    for found in (asked, chosen):
        assert (found.effect, found.df, found.statistic, found.p_value) == pytest.approx(
            tuple(values[name][1] for name in ("coef", "df", "t", "p")), rel=tolerance
        )
        # A share lies between -1 and 1, and so does a difference of two.
        limits = (values["low"][1], values["high"][1])
        assert (found.ci_low, found.ci_high) == pytest.approx(
            limits if of == "score" else (max(limits[0], -1), min(limits[1], 1)), rel=tolerance
        )
        assert (found.p_value < 0.05) == (found.ci_low > 0 or found.ci_high < 0)


@pytest.mark.filterwarnings("ignore::stagekansen_lib.errors.DoubtWarning")
def test_with_other_variables_held_constant_cr2_is_used_too() -> None:
    values, tolerance = theirs("three_against_nine.score.weighted.x_woman")
    found = compare(survey("three_against_nine", True), "score", "group", adjust_for=["woman"])
    assert found.method == "gaussian regression (cr2)"
    assert (found.effect, found.df, found.p_value, found.ci_low) == pytest.approx(
        tuple(values[name][1] for name in ("coef", "df", "p", "low")), rel=tolerance
    )
    values, tolerance = theirs("three_against_nine.logistic.x_woman")
    odds = compare(survey("three_against_nine"), "answer", "group", adjust_for=["woman"], variance="cr2")
    assert (odds.effect, odds.ci_low, odds.ci_high) == pytest.approx(
        tuple(values[name][1] for name in ("odds_ratio", "or_low", "or_high")), rel=tolerance
    )


@pytest.mark.parametrize(("weights", "key"), [(None, "motor_vehicle"), ("pop", "motor_vehicle.weighted")])
def test_traffic_deaths_and_drinking_age_have_the_variance_of_the_vignette(weights: str | None, key: str) -> None:
    """A panel of 51 states with effects of state and year (clubSandwich, "panel-data-CRVE"): 7.59, 2.51, 24.58 df."""
    # The data are those of an R package under the GPL: they stand beside the project where it is tested, not in it.
    data = Path(__file__).parents[2] / "shared" / "reference" / "monitoring" / "11_clusters" / "motor_vehicle.csv"
    if not data.is_file():
        return
    states = survey_from_frame(pd.read_csv(data), clusters="state", weights=weights)
    found = regress(states, "mrate ~ legal + beertaxa + C(state) + C(year)", variance="cr2").table.set_index("term")
    values, tolerance = theirs(key)
    for ours, name in (("estimate", "coef"), ("se", "se_CR2"), ("df", "df"), ("p_value", "p")):
        np.testing.assert_allclose(found.loc[["legal", "beertaxa"], ours], values[name], rtol=tolerance)


@pytest.mark.filterwarnings("ignore::stagekansen_lib.errors.DoubtWarning")
def test_ordered_answers_are_compared_by_a_linear_model_of_their_mid_ranks() -> None:
    rows = survey("three_against_nine").rows
    grades = pd.Categorical(np.digitize(rows["score"], [5, 6, 7]), ordered=True)
    data = survey("three_against_nine", grade=grades)
    ranks = stats.rankdata(np.asarray(grades, dtype=float))
    fitted = regress(survey("three_against_nine", ranks=ranks), of="ranks", on=["x"], variance="cr2").table.iloc[1]
    found = compare(data, "grade", "group")
    assert found.method == "wilcoxon (cr2)"
    assert found.effect == pytest.approx(0.5 + fitted["estimate"] / len(rows), rel=1e-12)
    pairs = stats.mannwhitneyu(
        *(np.asarray(grades, dtype=float)[rows["group"] == each] for each in ("some", "others"))
    ).statistic
    assert found.effect == pytest.approx(pairs / (56 * 182), rel=1e-12)
    assert (found.statistic, found.df, found.p_value) == pytest.approx(
        (fitted["statistic"], fitted["df"], fitted["p_value"]), rel=1e-9
    )


@pytest.mark.filterwarnings("ignore::stagekansen_lib.errors.DoubtWarning")
def test_counts_are_compared_by_the_ratio_of_their_means_on_the_log() -> None:
    counts = np.random.default_rng(6).poisson(4, 238)
    data = survey("three_against_nine", True, tries=counts)
    found = compare(data, "tries", "group", effect="ratio_of_means")
    table = mean(data, "tries", "group", variance="cr2")
    middle = table.table["estimate"].to_numpy()
    slopes = np.array([-1, 1]) / middle
    error = np.sqrt(slopes @ table.covariance @ slopes)
    assert found.effect == pytest.approx(middle[1] / middle[0], rel=1e-12)
    assert found.statistic == pytest.approx(np.log(middle[1] / middle[0]) / error, rel=1e-10)
    half = stats.t.isf(0.025, found.df) * error
    assert (np.log(found.ci_low), np.log(found.ci_high)) == pytest.approx(
        (np.log(found.effect) - half, np.log(found.effect) + half), rel=1e-9
    )
    assert 2 < found.df < 4


def told(data: Survey, **options: Any) -> tuple[list[str], Any]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = compare(data, "answer", "group", **options)
    assert all(issubclass(one.category, DoubtWarning) for one in said)
    return [str(one.message) for one in said], found


def test_below_four_degrees_of_freedom_warning_and_sentence_say_that_almost_nothing_can_be_shown() -> None:
    (said,), found = told(survey("two_against_ten"))
    assert "can show almost nothing" in said
    assert found.df < 4
    assert "can show almost nothing" in found.sentence("en")
    assert "bijna niets" in found.sentence("nl")


def test_a_method_by_name_keeps_the_numbers_of_r_and_warns_in_warning_and_sentence() -> None:
    (said,), found = told(survey("two_against_ten"), method="rao_scott_f")
    assert "has 2 clusters" in said
    assert "variance='cr2'" in said
    assert found.method == "rao_scott_f"
    assert "so few units" in found.sentence("en")
    assert told(survey("two_against_ten"), variance="design")[1].p_value == found.p_value


def test_from_five_clusters_in_each_group_on_nothing_changes() -> None:
    rows = survey("three_against_nine").rows
    data = survey_from_frame(rows.assign(group=rows["woman"]), clusters="school")
    said, found = told(data)
    assert (said, found.method) == ([], "rao_scott_f")
    assert told(data, variance="cr2")[1].method == "rao_scott_f (cr2)"


def test_a_group_of_one_cluster_is_refused() -> None:
    rows = survey("three_against_nine").rows
    data = survey_from_frame(rows.assign(group=rows["school"] == "s01"), clusters="school")
    for options in ({}, {"variance": "cr2"}, {"adjust_for": ["woman"]}):
        with pytest.raises(InputError, match="is one cluster"):
            compare(data, "answer", "group", **options)


def test_a_group_of_schools_of_one_mind_has_an_interval_and_is_tested_by_it() -> None:
    rows = survey("three_against_nine").rows
    quiet = rows.assign(answer=rows["answer"].mask(rows["x"] == 1, "no"))
    _, found = told(survey_from_frame(quiet, clusters="school"))
    assert found.group_values[1] == 0
    assert (found.p_value < 0.05) == (found.ci_low > 0 or found.ci_high < 0)
    # Three schools are worth far less than their 56 students.
    alone = told(survey_from_frame(quiet), method="welch")[1]
    assert found.ci_high - found.ci_low > 1.4 * (alone.ci_high - alone.ci_low)
    assert found.p_value > 100 * alone.p_value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variance": "cr3"}, "variance is"),
        ({"variance": "cr2", "method": "t_test"}, "method follows"),
        ({"variance": "cr2", "effect": "odds_ratio"}, "does not fit"),
    ],
)
def test_what_cr2_does_not_do_is_refused_by_compare(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare(survey("three_against_nine"), "answer", "group", **options)


def test_what_cr2_does_not_do_is_refused_elsewhere() -> None:
    data = survey("three_against_nine")
    alone = survey_from_frame(data.rows)
    with pytest.raises(InputError, match="no clusters"):
        mean(alone, of="score", variance="cr2")
    with pytest.raises(InputError, match="no clusters"):
        compare(alone, of="score", by="group", variance="cr2")
    with pytest.raises(InputError, match="degrees of freedom of its own"):
        mean(data, of="score", variance="cr2", df=5)
    with pytest.raises(InputError, match="one answer at a time"):
        share(data, of="answer", variance="cr2")
    with pytest.raises(InputError, match="linear and logistic"):
        regress(data, of="yes", on=["x"], family="poisson", variance="cr2")
    with pytest.raises(InputError, match="one coefficient at a time"):
        regress(data, of="score", on=["group", "answer"], variance="cr2").test("group", "answer")
    assert regress(data, of="score", on=["x", "woman"], variance="cr2").test("x").p_value == pytest.approx(
        stored()["three_against_nine.score.unweighted.x_woman"]["value"]["p"][1], rel=1e-7
    )


def test_with_three_of_twelve_schools_the_level_is_kept() -> None:
    """300 null surveys of 12 schools that differ (icc 0.05): at 5% expected 15 findings, and three standard errors."""
    rng = np.random.default_rng(17)
    school = np.repeat(np.arange(12), 18)
    found = usual = 0
    for _ in range(300):
        y = rng.normal(0, np.sqrt(0.05), 12)[school] + rng.normal(0, np.sqrt(0.95), len(school))
        data = survey_from_frame(pd.DataFrame({"school": school, "group": school < 3, "y": y}), clusters="school")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DoubtWarning)
            found += compare(data, "y", "group").p_value < 0.05
            usual += compare(data, "y", "group", variance="design").p_value < 0.05
    border = 15 + 3 * (300 * 0.05 * 0.95) ** 0.5
    assert found <= border < usual + 10
