"""Firth's penalised logistic regression, against R's brglm2 and printed figures (tests/reference/monitoring)."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stagekansen_lib.errors import InputError
from stagekansen_lib.models.firth import FirthFit, fit_firth
from stagekansen_lib.models.regressing import regress
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey

FOLDER = Path(__file__).parent / "reference" / "monitoring" / "12_firth"
TABLES = [(0, 12, 7, 20), (5, 9, 8, 31), (6, 0, 3, 11)]


@cache
def stored() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((FOLDER / "values.json").read_text("utf-8"))["values"]
    return values


def of_table(a: int, b: int, c: int, d: int) -> FirthFit:
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [a, b, c, d])
    x = np.repeat([1.0, 1.0, 0.0, 0.0], [a, b, c, d])
    return fit_firth(np.column_stack([np.ones(len(x)), x]), y)


def of_survey(weighted: bool) -> FirthFit:
    data = pd.read_csv(FOLDER / "survey.csv")
    x = np.column_stack([np.ones(len(data)), data[["origin", "woman", "applications"]]]).astype(float)
    return fit_firth(x, data["reported"].to_numpy(float), data["weight"].to_numpy() if weighted else None)


def agrees(found: FirthFit, key: str) -> None:
    theirs, tolerance = stored()[key]["value"], stored()[key]["rel_tol"]
    number = len(theirs["coef"])
    limits = np.array([found.profile_interval(at) for at in range(number)])
    error = np.sqrt(np.diag(found.covariance))
    for ours, name in (
        (found.coefficients, "coef"),
        (error, "se"),
        (found.coefficients - 1.959963984540054 * error, "wald_low"),
        (found.coefficients + 1.959963984540054 * error, "wald_high"),
        (2 * stats.norm.sf(np.abs(found.coefficients / error)), "wald_p"),
        (limits[:, 0], "profile_low"),
        (limits[:, 1], "profile_high"),
        ([found.drop(at)[0] for at in range(number)], "lr_chisq"),
        ([found.p_value(at) for at in range(number)], "lr_p"),
        (found.log_likelihood, "penalised_loglik"),
        (fit_firth(found.x[:, :1], found.y, found.weights).log_likelihood, "penalised_loglik_null"),
    ):
        np.testing.assert_allclose(ours, theirs[name], rtol=tolerance, err_msg=name)


@pytest.mark.parametrize("table", TABLES)
def test_tables_with_and_without_an_empty_cell_give_the_figures_of_r(table: tuple[int, int, int, int]) -> None:
    agrees(of_table(*table), f"table_{'_'.join(map(str, table))}")


@pytest.mark.parametrize("table", TABLES)
def test_the_odds_ratio_of_a_table_is_that_of_one_half_more_in_each_cell(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = (each + 0.5 for each in table)
    slope = of_table(*table).coefficients[1]
    assert slope == pytest.approx(math.log(a * d / (b * c)), rel=1e-9)
    theirs = stored()[f"table_{'_'.join(map(str, table))}.closed_form"]["value"]
    assert (slope, math.exp(slope)) == pytest.approx((theirs["log_odds_ratio"], theirs["odds_ratio"]), rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_survey_with_an_answer_that_a_group_never_gave_gives_the_figures_of_r(weighted: bool) -> None:
    agrees(of_survey(weighted), f"survey.{'weighted' if weighted else 'unweighted'}")


def test_the_survey_has_as_many_events_as_it_was_made_with() -> None:
    data, theirs = pd.read_csv(FOLDER / "survey.csv"), stored()["survey.events"]["value"]
    assert (len(data), int(data["reported"].sum())) == (theirs["n"], theirs["events"])
    assert {str(at): int(n) for at, n in data.groupby("origin")["reported"].sum().items()} == theirs["events_origin"]


def test_weights_count_by_their_ratio_only() -> None:
    data = pd.read_csv(FOLDER / "survey.csv")
    x = np.column_stack([np.ones(len(data)), data[["origin", "woman"]]]).astype(float)
    y, weights = data["reported"].to_numpy(float), data["weight"].to_numpy()
    one, other = fit_firth(x, y, weights), fit_firth(x, y, 1000 * weights)
    np.testing.assert_allclose(other.coefficients, one.coefficients, rtol=1e-10)


def test_columns_that_say_the_same_are_refused() -> None:
    x = np.column_stack([np.ones(8), np.arange(8.0), 2 * np.arange(8.0)])
    with pytest.raises(InputError, match="say the same"):
        fit_firth(x, np.array([0, 1, 0, 1, 1, 0, 1, 1.0]))


def test_printed_figures_of_the_endometrial_data_come_out() -> None:
    """Heinze and Schemper (2002) as logistf and brglm2 print them; the data stand beside the project in CI."""
    data = Path(__file__).parents[2] / "shared" / "reference" / "monitoring" / "12_firth" / "endometrial.csv"
    if not data.is_file():  # of an R package under the GPL, and not kept in this project
        return
    rows = pd.read_csv(data)
    x = np.column_stack([np.ones(len(rows)), rows[["NV", "PI", "EH"]]]).astype(float)
    found = fit_firth(x, rows["HG"].to_numpy(float))
    agrees(found, "endometrial")
    limits = np.array([found.profile_interval(at) for at in (1, 2, 3)]).ravel()
    for ours, key in (
        (found.coefficients, "endometrial.coef"),
        (np.sqrt(np.diag(found.covariance)), "endometrial.se"),
        (limits, "endometrial.profile"),
        (found.p_value(1), "endometrial.lr_p_NV"),
    ):
        np.testing.assert_allclose(ours, stored()[key]["value"], atol=stored()[key]["abs_tol"], rtol=0, err_msg=key)


def table_survey(a: int, b: int, c: int, d: int) -> Survey:
    rows = pd.DataFrame({"x": np.repeat([1, 1, 0, 0], [a, b, c, d]), "y": np.repeat(["yes", "no"] * 2, [a, b, c, d])})
    return survey_from_frame(rows)


@pytest.mark.parametrize("weights", [None, "weight"])
def test_regress_with_the_penalty_gives_the_figures_of_r(weights: str | None) -> None:
    data = survey_from_frame(pd.read_csv(FOLDER / "survey.csv"), weights=weights)
    key = "survey.weighted" if weights else "survey.unweighted"
    theirs, tolerance = stored()[key]["value"], stored()[key]["rel_tol"]
    on = ["origin", "woman", "applications"]
    asked = {"of": "reported", "on": on, "family": "binomial", "penalty": "firth"}
    wald, profile = regress(data, **asked).table, regress(data, interval="profile", **asked).table
    for ours, name in (
        (wald["estimate"], "coef"),
        (wald["se"], "se"),
        (wald["ci_low"], "wald_low"),
        (wald["ci_high"], "wald_high"),
        (wald["p_value"], "wald_p"),
        (profile["ci_low"], "profile_low"),
        (profile["ci_high"], "profile_high"),
        (profile["p_value"], "lr_p"),
    ):
        np.testing.assert_allclose(ours, theirs[name], rtol=tolerance, err_msg=name)


@pytest.mark.parametrize("table", TABLES)
def test_regress_of_a_table_with_an_empty_cell_has_the_closed_form(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = (each + 0.5 for each in table)
    found = regress(table_survey(*table), "y", ["x"], family="binomial", penalty="firth", interval="profile")
    assert found.coefficients[1] == pytest.approx(math.log(a * d / (b * c)), rel=1e-8)
    assert found.test("x").p_value == found.table["p_value"][1]
    theirs = stored()[f"table_{'_'.join(map(str, table))}"]["value"]
    assert found.table["ci_low"][1] == pytest.approx(theirs["profile_low"][1], rel=1e-6)


def test_a_separated_model_is_refused_with_the_penalty_as_the_way_out() -> None:
    with pytest.raises(InputError, match=r"penalty='firth', interval='profile'"):
        regress(table_survey(0, 12, 7, 20), "y", ["x"], family="binomial")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"penalty": "lasso"}, "penalty is"),
        ({"interval": "exact"}, "interval is"),
        ({"interval": "profile"}, "belongs to a penalty"),
        ({"penalty": "firth", "link": "probit"}, "logistic model"),
    ],
)
def test_a_penalty_that_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        regress(table_survey(5, 9, 8, 31), "y", ["x"], family="binomial", **options)


def test_a_penalty_does_not_know_clusters_and_tests_one_coefficient() -> None:
    rows = table_survey(5, 9, 8, 31).rows.assign(school=np.arange(53) % 7, z=np.arange(53) % 3)
    with pytest.raises(InputError, match="one by one"):
        regress(survey_from_frame(rows, clusters="school"), "y", ["x"], family="binomial", penalty="firth")
    found = regress(survey_from_frame(rows), "y", ["x", "z"], family="binomial", penalty="firth")
    with pytest.raises(InputError, match="one coefficient at a time"):
        found.test("x", "z")
