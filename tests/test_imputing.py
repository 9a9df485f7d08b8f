"""Filled-in answers and Rubin's rules, against statsmodels, sums by hand and a population whose answers are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.imputation.mice import MICE, MICEData

from stagekansen_lib.errors import InputError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.models.imputing import impute
from stagekansen_lib.models.pooling import pool
from stagekansen_lib.models.regressing import regress
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey


def rows(n: int = 300, seed: int = 4) -> pd.DataFrame:
    """Answers of which those of people with a high x are missing more often."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "x": x,
            "group": rng.choice(["a", "b", "c"], n),
            "y": 2 * x + rng.normal(size=n),
            "yes": np.where(x + rng.logistic(size=n) > 0, "yes", "no"),
            "grade": pd.Categorical(np.digitize(x + rng.normal(size=n), [-1, 0, 1]), ordered=True),
            "w": rng.uniform(1, 2, n),
        }
    )
    away = rng.uniform(size=n) < 1 / (1 + np.exp(-1.5 * x))
    frame.loc[away, ["y", "yes", "grade"]] = None
    return frame.astype({"y": float})


def survey() -> Survey:
    return survey_from_frame(rows(), weights="w")


def test_filled_in_answers_are_answers_that_somebody_gave_and_given_ones_stay() -> None:
    data = survey()
    filled = impute(data, ["y", "yes", "grade"], given=["x", "group"], n=2, seed=1, rounds=2)
    assert len(filled) == 2
    for each in filled:
        for name in ("y", "yes", "grade"):
            there = data.rows[name].notna()
            assert each.rows[name].notna().all()
            assert each.rows.loc[there, name].tolist() == data.rows.loc[there, name].tolist()
            assert set(each.rows[name]) <= set(data.rows.loc[there, name])
        assert each.rows["grade"].dtype == data.rows["grade"].dtype
        assert "filled in" in each.provenance.history[-1]
    assert filled[0].rows["y"].tolist() != filled[1].rows["y"].tolist()
    again = impute(data, ["y", "yes", "grade"], given=["x", "group"], n=2, seed=1, rounds=2)
    assert again[1].rows["y"].tolist() == filled[1].rows["y"].tolist()


def test_a_pooled_mean_is_near_the_one_that_was_hidden_where_given_answers_alone_are_not() -> None:
    gaps = []
    for seed in range(6):
        data = survey_from_frame(rows(600, seed))
        truth = 2 * data.rows["x"].mean()
        filled = impute(data, ["y"], given=["x"], n=5, seed=seed)
        gaps.append(
            (pool([mean(each, "y") for each in filled]).table["estimate"][0] - truth, data.rows["y"].mean() - truth)
        )
    pooled, given = np.array(gaps).T
    assert abs(pooled.mean()) < 0.15
    assert given.mean() < -0.7


def test_a_pool_is_rubins_sums() -> None:
    filled = impute(survey(), ["y", "yes"], given=["x"], n=4, seed=2, rounds=2)
    tables = [mean(each, "y", "group") for each in filled]
    found = pool(tables)
    values = np.array([each.table["estimate"] for each in tables])
    within = np.mean([each.table["se"] ** 2 for each in tables], axis=0)
    between = values.var(axis=0, ddof=1)
    whole = within + 1.25 * between
    np.testing.assert_allclose(found.table["estimate"], values.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.table["se"], np.sqrt(whole), rtol=1e-12)
    part = 1.25 * between / whole
    complete = tables[0].basis["df"].to_numpy()
    df = 1 / (part**2 / 3 + (complete + 3) / ((complete + 1) * complete * (1 - part)))
    np.testing.assert_allclose(found.table["df"], df, rtol=1e-10)
    half = stats.t.isf(0.025, df) * np.sqrt(whole)
    np.testing.assert_allclose(found.table["ci_high"], values.mean(axis=0) + half, rtol=1e-10)
    shares = pool([share(each, "yes", code="yes") for each in filled]).table.iloc[0]
    assert 0 < shares["ci_low"] < shares["estimate"] < shares["ci_high"] < 1
    alike = pool([tables[0], tables[0]])
    np.testing.assert_allclose(alike.table[["se", "df"]], np.column_stack([tables[0].table["se"], complete]))
    assert (alike.table["missing_information"] == 0).all()


def test_a_pooled_model_is_that_of_statsmodels() -> None:
    frame = rows()[["x", "y"]]
    theirs = MICE("y ~ x", sm.OLS, MICEData(frame, rng=np.random.default_rng(1)))
    kept: list[Survey] = []
    results = theirs.fit(2, 5)
    # The same fits, as our models see them: their covariance is that of least squares, ours that of the design.
    fits = theirs.results_list
    between = np.cov(np.array([fit.params for fit in fits]), rowvar=False)
    data = MICEData(frame, rng=np.random.default_rng(1))
    for _ in range(5):
        data.update_all(3)
        kept.append(survey_from_frame(data.data.copy()))
    found = pool([regress(each, "y", ["x"]) for each in kept])
    assert found.table["term"].tolist() == ["(intercept)", "x"]
    np.testing.assert_allclose(results.params, np.mean([fit.params for fit in fits], axis=0), rtol=1e-10)
    within = np.mean([fit.cov_params() for fit in fits], axis=0)
    np.testing.assert_allclose(results.cov_params(), within + 1.2 * between, rtol=1e-8)
    # Both put together the same kind of fits, of other draws.
    np.testing.assert_allclose(found.table["estimate"], results.params, atol=0.15)
    assert found.table["p_value"][1] < 0.001


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: impute(survey(), ["x"], n=2, seed=1), "No answer is missing"),
        (lambda: impute(survey(), ["y"], given=["grade"], n=2, seed=1), "'grade' lacks"),
        (lambda: impute(survey(), ["y"], given=["y"], n=2, seed=1), "both filled in and given"),
        (lambda: impute(survey(), ["y"], n=1, seed=1), "n is 1"),
        (lambda: impute(survey(), ["y"], n=2, seed=1, rounds=5000), "rounds is 5,000"),
        (lambda: impute(survey_from_frame(rows().assign(group=[None, "a", "b", "c"] * 75)), ["group"], n=2, seed=1),
         "3 answers without an order"),
        (lambda: pool([]), "results is"),
        (lambda: pool([mean(survey(), "x")]), "two or more"),
        (lambda: pool([mean(survey(), "x"), mean(survey(), "y")]), "different calls"),
        (lambda: pool([mean(survey(), "x"), regress(survey(), "y", ["x"])]), "two or more"),
    ],
)  # fmt: skip
def test_what_cannot_be_filled_in_or_pooled_is_refused(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
