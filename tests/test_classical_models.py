"""Models handed to statsmodels and back: equal coefficients, its influence, its form of a summary, its margins."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import stagekansen_lib as sk
from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.models.regressions import Regression

FAMILIES = [
    ("y", "gaussian", None),
    ("yes", "binomial", None),
    ("yes", "binomial", "probit"),
    ("count", "poisson", None),
]


@cache
def rows() -> pd.DataFrame:
    rng, n = np.random.default_rng(3), 200
    x, sex = rng.normal(size=n), rng.choice(["m", "v"], n)
    lift = 0.4 * x + 0.3 * (sex == "v")
    frame = pd.DataFrame(
        {
            "x": x,
            "sex": sex,
            "y": lift + rng.normal(size=n),
            "yes": np.where(rng.uniform(size=n) < 1 / (1 + np.exp(-lift)), "yes", "no"),
            "count": rng.poisson(np.exp(lift)).astype(float),
            "grade": pd.Categorical(np.digitize(lift + rng.logistic(size=n), [-1, 0.5, 2]), ordered=True),
            "weight": rng.uniform(0.5, 4, n),
            "cluster": np.arange(n) // 4,
        },
        index=np.arange(1001, 1001 + n),
    )
    frame.loc[1005, "x"] = np.nan
    return frame


def fitted(of: str, family: str, link: str | None = None, weights: str | None = "weight") -> Regression:
    survey = sk.survey_from_frame(rows(), weights=weights, clusters="cluster")
    return sk.regress(survey, of, ["x", "sex"], family=family, link=link)


def handed_over(model: Regression) -> Any:
    with pytest.warns(DoubtWarning, match="do not know the design of the survey"):
        return sk.to_statsmodels(model)


@pytest.mark.parametrize(("of", "family", "link"), FAMILIES)
def test_statsmodels_finds_the_same_coefficients_and_other_standard_errors(
    of: str, family: str, link: str | None
) -> None:
    model = fitted(of, family, link)
    theirs = handed_over(model)
    np.testing.assert_allclose(theirs.params, model.coefficients, rtol=1e-9)
    assert list(theirs.params.index) == model.table["term"].tolist() == ["(intercept)", "x", "sex[v]"]
    assert theirs.nobs == model.n == 199
    assert not np.allclose(theirs.bse, model.table["se"], rtol=0.01)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_an_ordinal_model_without_weights_has_the_thresholds_of_statsmodels(link: str) -> None:
    model = fitted("grade", "ordinal", link, weights=None)
    theirs = handed_over(model)
    thresholds = theirs.model.transform_threshold_params(theirs.params.to_numpy())[1:-1]
    np.testing.assert_allclose([*theirs.params[:2], *thresholds], model.coefficients, rtol=1e-7)


@pytest.mark.filterwarnings("ignore::stagekansen_lib.errors.DoubtWarning")
def test_what_statsmodels_cannot_do_is_refused() -> None:
    ordinal = fitted("grade", "ordinal")
    with pytest.raises(InputError, match="takes no weights"):
        sk.to_statsmodels(ordinal)
    with pytest.raises(InputError, match="no leverage"):
        sk.influence(ordinal)
    for call in (sk.influence, sk.to_statsmodels):
        with pytest.raises(InputError, match="what regress"):
            call("a model")  # type: ignore[arg-type]


@pytest.mark.parametrize(("of", "family", "link"), FAMILIES)
def test_leverage_and_cooks_distance_are_those_of_the_textbook_with_weights(
    of: str, family: str, link: str | None
) -> None:
    """McCullagh and Nelder (1989), 12.7: h of W^(1/2) X, and r^2 h / (p phi (1 - h)^2) of the Pearson residuals."""
    model, theirs = fitted(of, family, link), handed_over(fitted(of, family, link))
    known = rows().dropna()
    x = np.column_stack([np.ones(len(known)), known["x"], known["sex"] == "v"]).astype(float)
    y = (known["yes"] == "yes").to_numpy(float) if of == "yes" else known[of].to_numpy()
    w = (known["weight"] / known["weight"].mean()).to_numpy()
    mean = theirs.family.link.inverse(x @ model.coefficients)
    variance = theirs.family.variance(mean)
    v = w / (variance * theirs.family.link.deriv(mean) ** 2)
    h = v * np.einsum("ij,jk,ik->i", x, np.linalg.inv((x * v[:, None]).T @ x), x)
    r = w * (y - mean) ** 2 / variance
    phi = r.sum() / (len(x) - 3) if family == "gaussian" else 1.0
    found = sk.influence(model)
    assert list(found.columns) == ["leverage", "cooks_distance"]
    assert found["cooks_distance"].is_monotonic_decreasing
    in_order = found.loc[known.index]
    np.testing.assert_allclose(in_order["leverage"], h, rtol=1e-7)
    np.testing.assert_allclose(in_order["cooks_distance"], r * h / (3 * phi * (1 - h) ** 2), rtol=1e-6)


def test_the_row_that_pulls_the_line_comes_first_by_its_row_number() -> None:
    frame = rows().dropna().copy()
    frame.loc[1100, ["x", "y"]] = [9.0, -9.0]
    assert sk.influence(sk.regress(sk.survey_from_frame(frame), "y", ["x"])).index[0] == 1100


@pytest.mark.parametrize(("of", "family", "link"), FAMILIES)
def test_margins_without_weights_differ_by_the_marginal_effect_of_statsmodels(
    of: str, family: str, link: str | None
) -> None:
    model = fitted(of, family, link, weights=None)
    theirs = handed_over(model).get_margeff(at="overall", dummy=True)
    low, high = model.margins("sex")["estimate"]
    effects = dict(zip(model.table["term"][1:], theirs.margeff, strict=True))
    assert high - low == pytest.approx(effects["sex[v]"], rel=1e-8)


def test_a_summary_has_the_form_of_statsmodels_and_the_numbers_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    model = fitted("y", "gaussian")
    text = str(model.summary("en"))
    heads = next(line for line in text.splitlines() if "std err" in line).split()
    theirs = sm.OLS(np.arange(9.0) ** 2, np.arange(9.0)).fit().summary()
    assert heads == str(theirs.tables[1]).splitlines()[1].split()
    line = next(line for line in text.splitlines() if line.startswith("sex[v]")).split()
    row = model.table.set_index("term").loc["sex[v]"]
    assert line[1:4] == [f"{row['estimate']:.4f}", f"{row['se']:.3f}", f"{row['statistic']:.3f}"]
    assert line[4:] == [f"{row['p_value']:.3f}", f"{row['ci_low']:.3f}", f"{row['ci_high']:.3f}"]
    assert next(line for line in text.splitlines() if "Residual df:" in line).split()[-1] == f"{model.df:g}"
    assert "tests and intervals follow the design of the survey" in text
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "nl")
    assert "Vrijheidsgraden:" in model.summary().as_text()
    assert model.summary("en").as_csv().startswith("Regression, standard errors by the design")
    wide = sk.regress(sk.survey_from_frame(rows()), "y", ["x"], ci_level=0.9)
    assert "[0.05       0.95]" in " ".join(str(wide.summary("en")).splitlines())


def test_a_summary_of_an_ordinal_model_names_its_thresholds_and_made_up_data_say_so() -> None:
    assert "\n1|2 " in str(fitted("grade", "ordinal").summary("en"))
    example = sk.regress(sk.read_survey("example_2022"), "search_difficulty ~ level")
    assert "synthetic data: not a finding" in str(example.summary("en"))
