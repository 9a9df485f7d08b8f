"""Models by a formula: the same numbers as with of= and on=, and the coefficients of statsmodels' own formulas."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.models.regressing import regress
from stagekansen_lib.project.extras import MissingExtraError
from stagekansen_lib.surveys.codebooks import Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey


def rows(n: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(14)
    x, group = rng.normal(size=n), rng.choice(["a", "b", "c"], n)
    lift = 0.5 * x - 0.2 * x**2 + (group == "b") * 0.7
    return pd.DataFrame(
        {
            "x": x,
            "group": group,
            "sex": rng.choice(["m", "v"], n),
            "year": rng.integers(2023, 2026, n).astype(float),
            "my var": rng.normal(size=n),
            "y": lift + rng.normal(size=n),
            "yes": np.where(rng.uniform(size=n) < 1 / (1 + np.exp(-lift)), "yes", "no"),
            "count": rng.poisson(np.exp(lift)).astype(float),
            "grade": pd.Categorical(np.digitize(lift + rng.logistic(size=n), [-1, 1]), ordered=True),
            "weight": rng.uniform(0.5, 2, n),
            "cluster": np.arange(n) // 3,
        }
    )


def survey() -> Survey:
    return survey_from_frame(rows(), clusters="cluster", weights="weight")


@pytest.mark.parametrize(
    ("right", "on"),
    [
        ("x", ["x"]),
        ("x + group", ["x", "group"]),
        ("x * group", ["x*group"]),
        ("x:group + x", ["x", "x:group"]),
        ("(x + group + sex)**2", ["x", "group", "sex", "x:group", "x:sex", "group:sex"]),
        ("x*group*sex - x:group:sex", ["x", "group", "sex", "x:group", "x:sex", "group:sex"]),
        ("`my var` + group", ["my var", "group"]),
        ("1", []),
    ],
)
@pytest.mark.parametrize(("of", "family"), [("y", "gaussian"), ("yes", "binomial"), ("count", "poisson")])
def test_a_formula_gives_what_of_and_on_give_to_the_last_digit(right: str, on: list[str], of: str, family: str) -> None:
    data = survey()
    by_formula, by_names = regress(data, f"{of} ~ {right}", family=family), regress(data, of, on, family=family)
    pd.testing.assert_frame_equal(by_formula.table, by_names.table, check_exact=True)
    assert (by_formula.covariance == by_names.covariance).all()
    assert (by_formula.of, by_formula.on) == (by_names.of, by_names.on)


def test_an_ordinal_model_by_a_formula_is_that_by_names() -> None:
    data = survey()
    by_formula = regress(data, "grade ~ x + group", family="ordinal")
    pd.testing.assert_frame_equal(by_formula.table, regress(data, "grade", ["x", "group"], family="ordinal").table)


@pytest.mark.parametrize(
    "right",
    [
        "x + I(x**2)",
        "x + I(x**3) + group",
        "C(year) + x",
        "C(year) * group",
        "I(x**2):group + group",
        "x + group - 1",
        "0 + group * sex",
        "0 + group:sex",
        "0 + x + group + sex",
        "x - 1",
        "C(year):x - 1",
        "group / x",
    ],
)
def test_the_coefficients_are_those_of_a_formula_of_statsmodels(right: str) -> None:
    data = rows()
    theirs = smf.wls(f"y ~ {right}", data, weights=data["weight"]).fit()
    found = regress(survey(), f"y ~ {right}")
    assert len(found.table) == len(theirs.params)
    named = {_parts(name): value for name, value in theirs.params.items()}
    assert found.coefficients == pytest.approx([named[_parts(term)] for term in found.table["term"]], rel=1e-8)


def _parts(term: str) -> frozenset[str]:
    """What a column multiplies: statsmodels writes Intercept and [T.b] where we write (intercept) and [b]."""
    plain = term.replace("(intercept)", "Intercept").replace("T.", "").replace(" ", "")
    return frozenset(plain.split(":"))


def test_tests_predictions_and_margins_know_powers_and_answers_in_numbers() -> None:
    found = regress(survey(), "y ~ x + I(x**2) + C(year)")
    square = found.table.set_index("term").loc["I(x**2)"]
    assert found.test("I(x**2)").p_value == pytest.approx(square["p_value"], rel=1e-9)
    assert found.test("I(x**2)", method="likelihood_ratio").df == 1
    at = {"x": [2.0, -2.0], "year": [2023.0, 2025.0]}
    b = found.table.set_index("term")["estimate"]
    expected = [
        b["(intercept)"] + 2 * b["x"] + 4 * b["I(x**2)"],
        b["(intercept)"] - 2 * b["x"] + 4 * b["I(x**2)"] + b["C(year)[2025.0]"],
    ]
    np.testing.assert_allclose(found.predict(at)["estimate"], expected, rtol=1e-12)
    margins = found.margins("year")
    assert margins["year"].tolist() == [2023, 2024, 2025]
    assert margins["estimate"].iloc[2] - margins["estimate"].iloc[0] == pytest.approx(b["C(year)[2025.0]"], rel=1e-9)


def test_without_an_intercept_a_term_is_tested_and_the_last_one_is_not() -> None:
    found = regress(survey(), "y ~ x + group - 1")
    assert found.test("group", method="likelihood_ratio").df == 3
    with pytest.raises(InputError, match="the model is empty"):
        found.test("x", "group", method="likelihood_ratio")


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ grp", "Did you mean 'group'"),
        ("z ~ x", "no variable 'z'"),
        ("y ~ y + x", "both outcome and explanation"),
        ("y ~ np.log(x)", "no term that a model of a survey can carry"),
        ("y ~ poly(x, 2)", "no term that a model"),
        ("y ~ I(x + year)", "no term that a model"),
        ("y ~ 2:x", "'2' is no term"),
        ("y ~ x**2", "Write I\\(x\\*\\*2\\)"),
        ("y ~ x^2", "is no power in a formula"),
        ("y ~ I(group**2)", "no numbers to take a power of"),
        ("log(y) ~ x", "left side of a formula names one variable"),
        ("y + x ~ group", "left side"),
        ("~ x", "one outcome and one right side"),
        ("y ~ x | group", "one outcome and one right side"),
        ("y ~ .", "cannot be read"),
        ("y ~ x +* group", "Operator `\\+\\*` is incorrectly used"),
        ("y ~ 0", "needs its intercept"),
    ],
)
def test_a_formula_that_cannot_be_carried_is_refused(formula: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        regress(survey(), formula)
    assert "\x1b" not in str(raised.value)


def test_all_that_is_wrong_with_a_formula_is_said_at_once() -> None:
    with pytest.raises(InputError) as raised:
        regress(survey(), "log(y) ~ grp + np.exp(x) + yeer + year**2")
    said = [problem.what for problem in raised.value.problems]
    assert len(said) == 5
    assert [word in " ".join(said) for word in ("left side", "grp", "np.exp(x)", "yeer", "power")] == [True] * 5


def test_an_ordinal_model_keeps_its_thresholds_and_a_formula_stands_alone() -> None:
    with pytest.raises(InputError, match="thresholds, when ordinal"):
        regress(survey(), "grade ~ x - 1", family="ordinal")
    with pytest.raises(InputError, match="names its explanations itself"):
        regress(survey(), "y ~ x", ["group"])
    with pytest.raises(InputError, match="a formula: 'y ~ level'"):
        regress(survey(), "y")


@pytest.mark.parametrize(
    "formula",
    [
        "applications ~ postcode",
        "applications ~ level + I(postcode**2)",
        "applications ~ np.log(postcode)",
        "log(postcode) ~ level",
        "grp ~ C(postcode)",
    ],
)
def test_what_may_point_at_a_person_is_refused_inside_a_function_too(formula: str) -> None:
    with pytest.raises(RefusedError, match="may point at a person"):
        regress(example(), formula)


def example() -> Survey:
    numbers = {"applications": [3.0, 5, 8, 2], "postcode": [2511.0, 2512, 2511, 2513]}
    frame = pd.DataFrame({**numbers, "level": list("aabb")})
    found = survey_from_frame(frame)
    place = Variable("postcode", "number", "Postcode", "Postcode", privacy="identifying")
    return replace(found, codebook=Codebook("made up", {"postcode": place}))


def test_a_missing_formulaic_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "formulaic", None)
    with pytest.raises(MissingExtraError, match=r"stagekansen\[formula\]"):
        regress(survey(), "y ~ x")
    assert len(regress(survey(), "y", ["x"]).table) == 2


def test_a_column_whose_name_reads_like_a_formula_is_still_a_column() -> None:
    frame = rows().rename(columns={"y": "a ~ b"})
    frame["tools[1]"] = frame["x"] > 0
    assert regress(survey_from_frame(frame), "a ~ b", ["x"]).of == "a ~ b"
    found = sk.regress(survey_from_frame(frame), "x ~ tools[1]")
    assert found.table["term"].tolist() == ["(intercept)", "tools[1][True]"]
