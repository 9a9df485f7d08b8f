"""Regression models, checked against statsmodels, and the tests of their terms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import special, stats

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.models.regressing import regress
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey
from tests.r_values import stored
from tests.r_values import survey as r_survey


def rows(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    x, group = rng.normal(size=n), rng.choice(["a", "b", "c"], n)
    lift = 0.5 * x + (group == "b") * 0.7
    return pd.DataFrame(
        {
            "x": x,
            "group": group,
            "y": lift + rng.normal(size=n),
            "yes": np.where(rng.uniform(size=n) < special.expit(lift), "yes", "no"),
            "count": rng.poisson(np.exp(lift)).astype(float),
            "grade": pd.Categorical(np.digitize(lift + rng.logistic(size=n), [-1, 1]), ordered=True),
            "cluster": np.arange(n) // 4,
        }
    )


def survey() -> Survey:
    return survey_from_frame(rows(), clusters="cluster")


@pytest.mark.parametrize(
    ("family", "of", "reference"),
    [
        ("gaussian", "y", sm.families.Gaussian()),
        ("binomial", "yes", sm.families.Binomial()),
        ("poisson", "count", sm.families.Poisson()),
    ],
)
def test_without_weights_the_coefficients_are_those_of_statsmodels(
    family: str, of: str, reference: sm.families.Family
) -> None:
    data = rows()
    design = sm.add_constant(np.column_stack([data["x"], data["group"] == "b", data["group"] == "c"]).astype(float))
    outcome = (data[of] == "yes").astype(float) if of == "yes" else data[of]
    theirs = sm.GLM(outcome, design, family=reference).fit(tol=1e-12)
    found = regress(survey(), of, ["x", "group"], family=family)
    assert found.table["term"].tolist() == ["(intercept)", "x", "group[b]", "group[c]"]
    np.testing.assert_allclose(found.coefficients, theirs.params, rtol=1e-8)
    robust = sm.GLM(outcome, design, family=reference).fit(
        tol=1e-12, cov_type="cluster", cov_kwds={"groups": data["cluster"]}
    )
    # Both are the sandwich over clusters; statsmodels also multiplies by (n-1)/(n-p).
    factor = np.sqrt((len(data) - 1) / (len(data) - 4)) if robust.cov_kwds["use_correction"] else 1.0
    np.testing.assert_allclose(found.table["se"] * factor, robust.bse, rtol=1e-6)


def test_a_higher_answer_has_a_positive_coefficient_and_thresholds_read_a_b() -> None:
    found = regress(survey(), "grade", ["x", "group"], family="ordinal")
    assert found.table["term"].tolist() == ["x", "group[b]", "group[c]", "0|1", "1|2"]
    assert found.table["estimate"][0] > 0


def test_the_ordinal_fit_is_better_than_where_rs_optimiser_stopped() -> None:
    for name in ("dstrat", "dstrat0"):
        value = stored()[f"estimates_tests/{name}.olr"]
        data = r_survey(name)
        found = regress(data, "band", ["ell", "meals"], family="ordinal")

        def deviance(point: np.ndarray, data: Survey = data) -> float:
            eta = data.rows[["ell", "meals"]].to_numpy() @ point[:2]
            edges = np.concatenate([[-np.inf], point[2:], [np.inf]])
            code = data.encoded("band").codes
            chance = special.expit(edges[code + 1] - eta) - special.expit(edges[code] - eta)
            return float(-2 * data.weights @ np.log(chance))

        theirs = np.array([*value["coef"].values(), *value["zeta"].values()])
        assert deviance(found.coefficients) < deviance(theirs)
        # Close all the same: within a hundredth of a standard error.
        assert (np.abs(found.coefficients - theirs) < 0.01 * found.table["se"]).all()


def test_an_interaction_is_the_difference_between_slopes() -> None:
    data = rows()
    both = survey_from_frame(data[data["group"] != "c"])
    found = regress(both, "y", ["x*group"]).table.set_index("term")["estimate"]
    slopes = [np.polyfit(*data.loc[data["group"] == each, ["x", "y"]].to_numpy().T, 1)[0] for each in ("a", "b")]
    assert found["x:group[b]"] == pytest.approx(slopes[1] - slopes[0], rel=1e-9)


def test_the_wald_test_of_one_coefficient_is_its_t_squared() -> None:
    found = regress(survey(), "y", ["x", "group"])
    test = found.test("x")
    row = found.table.iloc[1]
    assert test.statistic == pytest.approx(row["statistic"] ** 2, rel=1e-10)
    assert test.p_value == pytest.approx(row["p_value"], rel=1e-8)


def test_predictions_are_means_on_the_scale_of_the_outcome() -> None:
    found = regress(survey(), "yes", ["x", "group"], family="binomial")
    table = found.predict({"x": [0.0, 1.0], "group": ["a", "b"]})
    b = found.coefficients
    np.testing.assert_allclose(table["estimate"], special.expit([b[0], b[0] + b[1] + b[2]]), rtol=1e-12)
    assert ((table["ci_low"] < table["estimate"]) & (table["estimate"] < table["ci_high"])).all()


def test_replicates_give_about_the_standard_errors_of_linearisation() -> None:
    data = survey()
    for family, of in (("gaussian", "y"), ("binomial", "yes"), ("ordinal", "grade")):
        plain = regress(data, of, ["x"], family=family).table["se"]
        made = regress(replicate(data, kind="jackknife"), of, ["x"], family=family).table["se"]
        # Second-order differences at 75 clusters: a few percent.
        np.testing.assert_allclose(made, plain, rtol=0.05)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"of": "y", "on": ["z"]}, "no variable 'z'"),
        ({"of": "y", "on": ["x"], "family": "gamma"}, "family is 'gamma'"),
        ({"of": "y", "on": ["x"], "link": "log"}, "link is 'log'"),
        ({"of": "y", "on": ["y"]}, "both outcome and explanation"),
        ({"of": "group", "on": ["x"], "family": "binomial"}, "needs two answers"),
        ({"of": "yes", "on": ["x"], "family": "ordinal"}, "Use family='binomial'"),
        ({"of": "y", "on": ["x"], "family": "poisson"}, "below zero"),
        ({"of": "y", "on": ["x", "twice"]}, "follows from the other terms"),
        ({"of": "yes", "on": ["apart"], "family": "binomial"}, "no finite solution"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(arguments: dict[str, object], message: str) -> None:
    data = rows()
    data = data.assign(twice=2 * data["x"], apart=(data["yes"] == "yes").astype(float))
    with pytest.raises(InputError, match=message):
        regress(survey_from_frame(data), **arguments)  # type: ignore[arg-type]


def test_too_few_clusters_for_a_model_is_said() -> None:
    data = rows().assign(cluster=np.arange(300) // 100)
    with pytest.raises(InputError, match="too few clusters"):
        regress(survey_from_frame(data, clusters="cluster"), "y", ["x", "group"])


def test_a_regression_prints_itself() -> None:
    found = regress(survey(), "y", ["x"])
    assert "gaussian (identity) regression of y; n 300; residual df 73" in repr(found)
    assert "<table" in found._repr_html_()


@pytest.mark.parametrize(("family", "of"), [("gaussian", "y"), ("binomial", "yes"), ("poisson", "count")])
def test_a_margin_is_the_mean_of_the_predictions_with_its_delta_method_error(family: str, of: str) -> None:
    data = survey()
    found = regress(data, of, ["group", "x"], family=family)
    table = found.margins("group").set_index("group")
    for place, level in enumerate(["a", "b", "c"]):
        x = np.column_stack(
            [np.ones(300), np.full(300, level == "b"), np.full(300, level == "c"), data.rows["x"]]
        ).astype(float)
        eta = x @ found.coefficients
        mean = {"gaussian": eta, "binomial": special.expit(eta), "poisson": np.exp(eta)}[family]
        slope = {"gaussian": np.ones(300), "binomial": mean * (1 - mean), "poisson": mean}[family]
        gradient = (x * slope[:, None]).mean(axis=0)
        assert table["estimate"].iloc[place] == pytest.approx(mean.mean(), rel=1e-12)
        error = np.sqrt(gradient @ found.covariance @ gradient)
        # The library takes slopes by central differences.
        assert table["se"].iloc[place] == pytest.approx(error, rel=1e-6)
    assert (table["ci_low"] < table["estimate"]).all()
    assert (table["estimate"] < table["ci_high"]).all()


def test_margins_of_a_model_of_groups_alone_are_the_shares_of_the_groups() -> None:
    data = survey()
    one = regress(data, "yes", ["group"], family="binomial").margins("group")
    shares = (data.rows["yes"] == "yes").groupby(data.rows["group"]).mean()
    np.testing.assert_allclose(one["estimate"], shares, rtol=1e-10)
    ordinal = regress(data, "grade", ["group"], family="ordinal").margins("group")
    np.testing.assert_allclose(ordinal.groupby("group")["estimate"].sum(), 1.0, rtol=1e-12)
    assert ordinal["code"].tolist() == [0, 1, 2] * 3


def test_a_margin_of_a_number_or_of_nothing_in_the_model_is_refused() -> None:
    found = regress(survey(), "y", ["group", "x"])
    with pytest.raises(InputError, match="is a number"):
        found.margins("x")
    with pytest.raises(InputError, match="not in the model"):
        found.margins("grade")


def brant(x: np.ndarray, y: np.ndarray) -> float:
    """Brant's chi-square (1990, section 3) with his model-based covariance, from logistic models of statsmodels."""
    design = sm.add_constant(x)
    levels = np.unique(y)[:-1]
    fits = [sm.Logit((y > at).astype(float), design).fit(disp=0, tol=1e-12) for at in levels]
    chances = [fit.predict(design) for fit in fits]
    inverse = [np.linalg.inv((design * (c * (1 - c))[:, None]).T @ design) for c in chances]
    k, p = len(levels), x.shape[1]
    covariance = np.zeros((k * p, k * p))
    for i in range(k):
        for j in range(k):
            low, high = min(i, j), max(i, j)
            middle = (design * (chances[high] * (1 - chances[low]))[:, None]).T @ design
            covariance[i * p : (i + 1) * p, j * p : (j + 1) * p] = (inverse[i] @ middle @ inverse[j])[1:, 1:]
    contrast = np.kron(np.hstack([-np.ones((k - 1, 1)), np.eye(k - 1)]), np.eye(p))
    gaps = contrast @ np.concatenate([fit.params[1:] for fit in fits])
    return float(gaps @ np.linalg.solve(contrast @ covariance @ contrast.T, gaps))


@pytest.mark.parametrize("uneven", [0.0, 0.8])
def test_the_check_of_proportional_odds_nears_that_of_brant(uneven: float) -> None:
    rng = np.random.default_rng(8)
    n = 4000
    x = rng.normal(size=n)
    noise = rng.logistic(size=n)
    grade = (0.5 * x + noise > -1).astype(int) + ((0.5 + uneven) * x + noise > 1.5)
    rows = pd.DataFrame({"x": x, "grade": pd.Categorical(grade, ordered=True)})
    found = regress(survey_from_frame(rows), "grade", ["x"], family="ordinal").proportional_odds()
    # A sandwich covariance and a model-based one differ by the order of one over the root of n, here some per cent.
    assert found.statistic == pytest.approx(brant(x[:, None], grade), rel=0.1, abs=0.1)
    assert (found.p_value < 0.01) == (uneven > 0)


def test_the_check_rejects_one_in_twenty_models_that_are_right() -> None:
    rng = np.random.default_rng(21)
    found = 0
    for _ in range(400):
        x = rng.normal(size=200)
        grade = np.digitize(0.5 * x + rng.logistic(size=200), [-1, 1])
        rows = pd.DataFrame({"x": x, "grade": pd.Categorical(grade, ordered=True)})
        found += regress(survey_from_frame(rows), "grade", ["x"], family="ordinal").proportional_odds().p_value < 0.05
    # 5% of 400 is 20, with a standard error of 4.4; three of them either way.
    assert 7 <= found <= 33


def test_only_an_ordinal_model_has_proportional_odds() -> None:
    with pytest.raises(InputError, match="proportional odds"):
        regress(survey(), "y", ["x"]).proportional_odds()


def test_an_adjusted_comparison_of_ordered_answers_tells_when_the_odds_are_uneven() -> None:
    rng = np.random.default_rng(3)
    group, x = np.repeat(["a", "b"], 400), rng.normal(size=800)
    noise = rng.logistic(size=800)
    grade = (noise > -1).astype(int) + (noise - 1.5 * (group == "b") > 0)
    rows = pd.DataFrame({"group": group, "x": x, "grade": pd.Categorical(grade.clip(0, 2), ordered=True)})
    found = compare(survey_from_frame(rows), "grade", "group", adjust_for=["x"])
    assert found.proportional_odds_p < 0.001
    assert "niet bij elke stap even groot (p < 0,001)" in found.sentence("nl")
    plain = compare(survey_from_frame(rows), "grade", "group")
    assert np.isnan(plain.proportional_odds_p)


@pytest.mark.parametrize(
    "terms", [["x", "x:group"], ["group", "x:group"], ["x*group"], ["yes", "group:yes"], ["x*group*yes"], ["group:x"]]
)
def test_an_interaction_is_coded_as_a_formula_of_r_is(terms: list[str]) -> None:
    """patsy follows the rule of R's model.matrix: no reference where the margin of an interaction is absent."""
    data = rows()
    formula = sm.GLM.from_formula(f"y ~ {' + '.join(terms)}", data).fit()
    found = regress(survey_from_frame(data), "y", terms)
    assert len(found.table) == len(formula.params)
    named = {name.replace("T.", ""): value for name, value in formula.params.items()}
    for term, estimate in zip(found.table["term"], found.table["estimate"], strict=True):
        parts = term.replace("(intercept)", "Intercept").split(":")
        name = next(each for each in named if sorted(each.split(":")) == sorted(parts))
        assert estimate == pytest.approx(named[name], rel=1e-8)


def test_standard_errors_of_an_ordinal_model_are_near_those_of_the_exact_information() -> None:
    """R's step of 0.001 on a coefficient moves a predictor of the size of 60 by 0.06: up to 3e-4 of the error."""
    rng = np.random.default_rng(9)
    x = rng.uniform(20, 100, 400)
    grade = np.digitize(0.05 * x + rng.logistic(size=400), [2, 3.5])
    small = regress(survey_from_frame(pd.DataFrame({"x": x / 1000, "grade": grade})), "grade", ["x"], family="ordinal")
    usual = regress(survey_from_frame(pd.DataFrame({"x": x, "grade": grade})), "grade", ["x"], family="ordinal")
    huge = regress(survey_from_frame(pd.DataFrame({"x": 1000 * x, "grade": grade})), "grade", ["x"], family="ordinal")
    exact = small.table["se"] / [1000, 1, 1]
    np.testing.assert_allclose(usual.table["se"], exact, rtol=1e-3)
    # Where the step of R would be no information at all, the exact one is used.
    np.testing.assert_allclose(huge.table["se"] * [1000, 1, 1], exact, rtol=1e-6)


def test_code_reaches_the_model_of_an_adjusted_comparison() -> None:
    data = survey()
    yes, no = (compare(data, "yes", "group", adjust_for=["x"], code=code) for code in ("yes", "no"))
    assert yes.effect * no.effect == pytest.approx(1.0, rel=1e-9)
    third = compare(data, "group", "yes", adjust_for=["x"], code="c")
    assert third.answer == "c"


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_an_ordinal_outcome_that_a_variable_splits_in_high_and_low_is_refused(link: str) -> None:
    random = np.random.default_rng(1)
    x, z = random.normal(size=(2, 200))
    ordered = pd.cut(x, [-np.inf, -0.7, 0, 0.7, np.inf], labels=["1", "2", "3", "4"])
    rows = pd.DataFrame({"o": ordered, "b": np.where(x > 0, "y", "n"), "z": z})
    with pytest.raises(InputError, match="did not converge"):
        regress(survey_from_frame(rows), of="o", on=["b", "z"], family="ordinal", link=link)


@pytest.mark.parametrize("seed", range(4))
def test_a_replicate_without_a_rare_answer_is_left_out_of_an_ordinal_model_and_told(seed: int) -> None:
    random = np.random.default_rng(seed)
    grades = random.permutation(np.repeat(["a", "b", "c", "d"], [20, 11, 6, 3]))
    frame = pd.DataFrame({"grade": pd.Categorical(grades, list("abcd"), ordered=True), "z": random.normal(size=40)})
    plain = survey_from_frame(frame)
    data = replicate(plain, n=100, seed=seed)
    assert data.design.replicates is not None
    lacking = sum((weights[grades == "d"] == 0).all() for weights in data.design.replicates.weights.T)
    with pytest.warns(DoubtWarning, match="left out of the variance") as told:
        found = regress(data, "grade", ["z"], family="ordinal")
    assert int(str(told[0].message).split()[0]) >= lacking > 0
    whole = regress(plain, "grade", ["z"], family="ordinal")
    np.testing.assert_allclose(found.table["estimate"], whole.table["estimate"], rtol=1e-9)
    assert np.isfinite(found.table["se"]).all()


def test_a_combination_that_nobody_has_and_a_column_of_noughts_are_named() -> None:
    rows = pd.DataFrame({"g": ["a", "a", "b", "b"] * 6, "h": ["x", "y", "x", "x"] * 6, "z": 0.0, "y": range(24)})
    rows["y"] = rows["y"].astype(float)
    data = survey_from_frame(rows)
    with pytest.raises(InputError, match=r"Nobody in the model has 'g\[b\]:h\[y\]'"):
        regress(data, "y", ["g*h"])
    with pytest.raises(InputError, match="Nobody in the model has 'z'"):
        compare(data, "y", "g", adjust_for=["z"])


@pytest.mark.parametrize(("family", "of"), [("binomial", "yes"), ("gaussian", "y"), ("poisson", "count")])
def test_an_adjusted_difference_in_points_is_that_of_a_hand_made_delta_method(family: str, of: str) -> None:
    data = survey()
    found = regress(data, of, ["group", "x"], family=family)
    table = found.margins("group", contrast=True).set_index("group")
    assert table["against"].tolist() == ["a", "a"]
    x, b = data.rows["x"].to_numpy(), found.coefficients
    inverse = {"binomial": special.expit, "gaussian": lambda eta: eta, "poisson": np.exp}[family]
    slope = {"binomial": lambda eta: special.expit(eta) * special.expit(-eta), "gaussian": np.ones_like,
             "poisson": np.exp}[family]  # fmt: skip
    for at, group in ((1, "b"), (2, "c")):
        line = {which: b[0] + b[at] * which + b[3] * x for which in (0, 1)}
        gap = float((inverse(line[1]) - inverse(line[0])).mean())
        gradient = np.zeros(4)
        gradient[0] = (slope(line[1]) - slope(line[0])).mean()
        gradient[at] = slope(line[1]).mean()
        gradient[3] = (x * (slope(line[1]) - slope(line[0]))).mean()
        error = float(np.sqrt(gradient @ found.covariance @ gradient))
        assert table.loc[group, "estimate"] == pytest.approx(gap, rel=1e-9)
        assert table.loc[group, "se"] == pytest.approx(error, rel=1e-6)
        half = stats.t.isf(0.025, found.df) * error
        assert table.loc[group, "ci_high"] == pytest.approx(gap + half, rel=1e-6)
        assert table.loc[group, "p_value"] == pytest.approx(2 * stats.t.sf(abs(gap) / error, found.df), rel=1e-5)


def test_differences_of_a_model_of_groups_alone_are_those_of_their_shares() -> None:
    data = survey()
    found = regress(data, "yes", ["group"], family="binomial").margins("group", contrast=True, reference="b")
    shares = share(data, "yes", "group", code="yes")
    by_group = shares.table.set_index("group")["estimate"]
    assert found["group"].tolist() == ["a", "c"]
    np.testing.assert_allclose(found["estimate"], [by_group["a"] - by_group["b"], by_group["c"] - by_group["b"]])
    v = shares.covariance
    np.testing.assert_allclose(
        found["se"], [np.sqrt(v[0, 0] + v[1, 1] - 2 * v[0, 1]), np.sqrt(v[2, 2] + v[1, 1] - 2 * v[2, 1])], rtol=1e-6
    )


def test_differences_of_the_answers_of_an_ordinal_model_add_up_to_nought() -> None:
    table = regress(survey(), "grade", ["group", "x"], family="ordinal").margins("group", contrast=True)
    assert len(table) == 6
    np.testing.assert_allclose(table.groupby("group")["estimate"].sum(), 0.0, atol=1e-12)


def test_a_reference_that_nobody_has_is_refused() -> None:
    found = regress(survey(), "y", ["group"])
    with pytest.raises(InputError, match="Nobody in the model has 'd'"):
        found.margins("group", contrast=True, reference="d")
    with pytest.raises(InputError, match="contrast=True"):
        found.margins("group", reference="b")
    with pytest.raises(InputError, match="Nobody in the model has 'd' at 'group'"):
        regress(survey(), "y", ["group"], reference={"group": "d"})
    with pytest.raises(InputError, match="'x', which is no variable of the model with answers"):
        regress(survey(), "y", ["group", "x"], reference={"x": 1})


def test_a_chosen_reference_turns_the_coefficients_and_leaves_the_model_as_it_is() -> None:
    usual, turned = (regress(survey(), "y", ["group*x"], reference=given) for given in (None, {"group": "c"}))
    assert [term for term in turned.table["term"] if ":" not in term] == ["(intercept)", "group[a]", "group[b]", "x"]
    assert turned.fit.deviance == pytest.approx(usual.fit.deviance, rel=1e-12)
    last = dict(zip(usual.table["term"], usual.table["estimate"], strict=True))
    assert turned.table["estimate"][1] == pytest.approx(-last["group[c]"], rel=1e-9)
    assert turned.test("group:x").p_value == pytest.approx(usual.test("group:x").p_value, rel=1e-9)
    assert usual.margins("group")["estimate"].tolist() == pytest.approx(turned.margins("group")["estimate"].tolist())


def test_powers_in_a_list_are_those_of_a_formula() -> None:
    listed = regress(survey(), "y", ["x", "I(x**2)", "group"])
    written = regress(survey(), "y ~ x + I(x**2) + group")
    assert listed.table["term"].tolist() == written.table["term"].tolist()
    np.testing.assert_allclose(listed.table["estimate"], written.table["estimate"], rtol=1e-12)
    with pytest.raises(InputError, match="holds no numbers to take a power of"):
        regress(survey(), "y", ["I(group**2)"])
    crossed = regress(survey(), "y", ["group*I(x**2)"])
    assert "group[b]:I(x**2)" in crossed.table["term"].tolist()
