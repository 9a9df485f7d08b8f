"""Estimates: shares, means, totals, ratios, quantiles and variances, with the facts to judge them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.estimation.means import mean, ratio, total, variance
from stagekansen_lib.estimation.quantiles import quantile
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey, subset


def survey(n: int = 120, seed: int = 3) -> Survey:
    rng = np.random.default_rng(seed)
    return survey_from_frame(
        pd.DataFrame(
            {
                "level": rng.choice(["mbo", "hbo"], n),
                "year": rng.integers(1, 5, n),
                "safe": rng.choice(["no", "sometimes", "yes"], n),
                "school": np.arange(n) // 6,
                "hours": rng.normal(20, 5, n),
                "w": rng.uniform(1, 3, n),
            }
        ),
        clusters="school",
        weights="w",
    )


def test_the_mean_of_a_simple_sample_is_the_textbook_t_interval() -> None:
    values = np.array([8.0, 6, 9, 5, 7, 7])
    found = mean(survey_from_frame(pd.DataFrame({"y": values})), "y").table
    low, high = stats.t.interval(0.95, 5, values.mean(), stats.sem(values))
    np.testing.assert_allclose(found.loc[0, ["ci_low", "ci_high"]].to_numpy(dtype=float), [low, high], rtol=1e-12)
    assert found["deff"][0] == pytest.approx(1.0, rel=1e-12)


def test_shares_of_all_answers_add_up_to_one_in_each_group() -> None:
    table = share(survey(), "safe", "level").table
    assert list(table.columns) == ["level", "code", "estimate", "se", "ci_low", "ci_high", "n", "deff"]
    assert table.groupby("level")["estimate"].sum().tolist() == pytest.approx([1, 1], rel=1e-12)
    assert table["code"].tolist() == ["no", "sometimes", "yes"] * 2


def test_the_covariance_of_shares_of_one_question_has_rows_that_add_up_to_zero() -> None:
    found = share(survey(), "safe")
    np.testing.assert_allclose(found.covariance.sum(axis=0), 0, atol=1e-15)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), found.table["se"], rtol=1e-12)


def test_answers_taken_together_are_one_share() -> None:
    whole = share(survey(), "safe").table.set_index("code")["estimate"]
    both = share(survey(), "safe", code=["sometimes", "yes"])
    assert "code" not in both.table
    assert both.table["estimate"][0] == pytest.approx(whole["sometimes"] + whole["yes"], rel=1e-12)
    assert both.basis["count"][0] == (survey().rows["safe"] != "no").sum()


@pytest.mark.parametrize("interval", ["logit", "beta", "xlogit", "likelihood", "asin"])
def test_intervals_of_shares_stay_between_zero_and_one(interval: str) -> None:
    rows = pd.DataFrame({"yes": [1] * 2 + [0] * 40})
    table = share(survey_from_frame(rows), "yes", code=1, interval=interval).table
    assert 0 < table["ci_low"][0] < table["estimate"][0] < table["ci_high"][0] < 1
    wald = share(survey_from_frame(rows), "yes", code=1, interval="wald").table
    assert wald["ci_low"][0] < 0


def test_a_share_of_zero_gets_the_exact_binomial_limit() -> None:
    rows = pd.DataFrame({"yes": pd.Categorical(["no"] * 30, categories=["no", "yes"])})
    table = share(survey_from_frame(rows), "yes").table
    # Clopper and Pearson (1934): 1 - (alpha/2)^(1/n).
    assert table["ci_high"][1] == pytest.approx(1 - 0.025 ** (1 / 30), rel=1e-12)
    assert table["ci_low"].tolist() == [pytest.approx(0.025 ** (1 / 30), rel=1e-12), 0.0]


def test_a_multiple_response_set_has_everyone_who_was_asked_as_its_base() -> None:
    grounds = Variable("grounds", "multiple", "gronden", "grounds", (Code(1, "a", "a"), Code(2, "b", "b")))
    rows = pd.DataFrame({"grounds[1]": [1.0, 1, 0, np.nan], "grounds[2]": [1.0, 0, 0, np.nan]})
    data = survey_from_frame(rows, codebook=Codebook("s", {"grounds": grounds}))
    found = share(data, "grounds")
    assert found.table["code"].tolist() == [1, 2]
    assert found.table["estimate"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert found.missing == 1
    assert share(data, "grounds", code=[1, 2]).table["estimate"][0] == pytest.approx(2 / 3)


def test_group_columns_keep_their_values_and_type() -> None:
    data = survey()
    assert pd.api.types.is_integer_dtype(mean(data, "hours", "year").table["year"].dtype)
    coded = data.rows.assign(level=pd.Categorical(data.rows["level"], categories=["mbo", "hbo"]))
    table = mean(survey_from_frame(coded), "hours", ["level", "year"]).table
    assert table["level"].tolist() == ["mbo"] * 4 + ["hbo"] * 4
    assert isinstance(table["level"].dtype, pd.CategoricalDtype)


def test_rows_without_an_answer_are_left_out_as_a_subpopulation_and_counted() -> None:
    data = survey()
    rows = data.rows.copy()
    rows.loc[rows.index[:30], "hours"] = np.nan
    holed = survey_from_frame(rows, clusters="school", weights="w")
    found = mean(holed, "hours")
    domain = mean(subset(data, np.arange(120) >= 30), "hours")
    assert found.missing == 30
    assert found.table["se"][0] == pytest.approx(domain.table["se"][0], rel=1e-12)


def test_a_ratio_of_totals_is_the_total_over_the_total() -> None:
    data = survey()
    assert ratio(data, "hours", "year").table["estimate"][0] == pytest.approx(
        total(data, "hours").table["estimate"][0] / total(data, "year").table["estimate"][0], rel=1e-12
    )


def test_the_scale_of_weights_changes_nothing_but_totals() -> None:
    data = survey()
    scaled = survey_from_frame(data.rows.assign(w=data.rows["w"] * 7.3), clusters="school", weights="w")
    for call in (
        lambda each: share(each, "safe", "level"),
        lambda each: mean(each, "hours", "level"),
        lambda each: quantile(each, "hours", q=[0.25, 0.5]),
        lambda each: variance(each, "hours"),
    ):
        columns = ["estimate", "se", "ci_low", "ci_high"]
        np.testing.assert_allclose(call(data).table[columns], call(scaled).table[columns], rtol=1e-10)
    assert total(scaled, "hours").table["estimate"][0] == pytest.approx(7.3 * total(data, "hours").table["estimate"][0])


def test_the_basis_holds_what_disclosure_control_needs() -> None:
    rows = pd.DataFrame({"g": ["a", "a", "a", "b", "b"], "y": [1.0, 5, 10, 2, 2]})
    basis = total(survey_from_frame(rows), "y", "g").basis
    assert basis["n"].tolist() == [3, 2]
    assert basis["largest_share"].tolist() == [10 / 16, 0.5]
    assert basis["two_largest_share"].tolist() == [15 / 16, 1.0]


def test_quantiles_of_equal_weights_are_those_of_the_sample() -> None:
    values = np.random.default_rng(5).normal(size=101)
    table = quantile(survey_from_frame(pd.DataFrame({"y": values})), "y", q=[0.25, 0.5, 0.9], rule="hf7").table
    np.testing.assert_allclose(table["estimate"], np.quantile(values, [0.25, 0.5, 0.9]), rtol=1e-12)
    assert table["q"].tolist() == [0.25, 0.5, 0.9]


def test_a_quantile_interval_without_a_limit_is_said() -> None:
    found = quantile(survey_from_frame(pd.DataFrame({"y": range(6)})), "y", q=[0.02, 0.5])
    assert np.isnan(found.table["ci_low"][0])
    assert "interval without a limit: 2" in repr(found)
    assert "zonder grens: 2" in found._repr_html_()


def test_covariances_of_quantiles_are_not_known() -> None:
    found = quantile(survey(), "hours", "level", q=[0.25, 0.5])
    np.testing.assert_allclose(np.diag(found.covariance), found.table["se"] ** 2, rtol=1e-12)
    assert np.isnan(found.covariance[~np.eye(4, dtype=bool)]).all()


def test_a_group_of_one_cluster_is_said_to_have_no_interval() -> None:
    rows = pd.DataFrame({"g": ["a"] + ["b"] * 9, "y": range(10)})
    with pytest.warns(DoubtWarning, match="of a rests on one cluster"):
        table = mean(survey_from_frame(rows), "y", "g").table
    assert table["ci_low"].isna().tolist() == [True, False]


def test_df_normal_gives_the_default_interval_of_r() -> None:
    table = mean(survey(), "hours", df="normal").table
    assert table["ci_high"][0] == pytest.approx(table["estimate"][0] + stats.norm.isf(0.025) * table["se"][0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda data: mean(data, "level"), "does not hold numbers"),
        (lambda data: mean(data, "hour"), "Did you mean 'hours'"),
        (lambda data: share(data, "hours"), "120 different answers"),
        (lambda data: share(data, "safe", code="never"), "no answer 'never'"),
        (lambda data: share(data, "safe", interval="exact"), "interval is 'exact'"),
        (lambda data: mean(data, "hours", "levels"), "Did you mean 'level'"),
        (lambda data: mean(data, "hours", ci_level=95), "ci_level is 95"),
        (lambda data: quantile(data, "hours", q=50), "between 0 and 1"),
        (lambda data: quantile(data, "hours", rule="r7"), "rule is 'r7'"),
        (lambda data: ratio(data, "hours", "zero"), "denominator is zero"),
        (lambda data: mean(data, "empty"), "Nobody has an answer"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(call: object, message: str) -> None:
    data = survey()
    rows = data.rows.assign(zero=0.0, empty=np.nan)
    with pytest.raises(InputError, match=message):
        call(survey_from_frame(rows))  # type: ignore[operator]


def test_a_table_prints_itself_with_its_method() -> None:
    found = mean(survey(), "hours", "level")
    assert "mean of hours; 95% intervals (t); df 19" in repr(found)
    assert "<table" in found._repr_html_()


@pytest.mark.parametrize("name", ["n", "estimate", "se", "ci_low", "ci_high", "deff"])
def test_a_group_with_the_name_of_a_result_column_is_refused(name: str) -> None:
    data = survey_from_frame(pd.DataFrame({name: ["a", "b"] * 4, "y": range(8), "safe": ["x", "y", "y", "x"] * 2}))
    for call in (mean, total, variance, quantile, share):
        with pytest.raises(InputError, match=rf"'{name}' of its own. Rename this column"):
            call(data, "y", name)


def test_a_group_named_code_or_q_is_refused_only_where_the_result_has_that_column() -> None:
    data = survey_from_frame(pd.DataFrame({"code": ["a", "b"] * 40, "q": ["a", "b"] * 40, "y": [1, 1, 2, 2] * 20}))
    assert mean(data, "y", "code").table["code"].tolist() == ["a", "b"]
    assert share(data, "y", "code", code=1).table["code"].tolist() == ["a", "b"]
    assert quantile(data, "y", "q").table["q"].tolist() == ["a", "b"]
    with pytest.raises(InputError, match="Rename"):
        share(data, "y", "code")
    with pytest.raises(InputError, match="Rename"):
        quantile(data, "y", "q", q=[0.25, 0.75])


def test_a_group_with_one_cluster_in_each_of_its_strata_is_told_so() -> None:
    rows = pd.DataFrame({"s": np.repeat([0, 1, 2], 4), "c": np.arange(12) // 2, "g": list("aabb") * 3, "y": range(12)})
    with pytest.warns(DoubtWarning, match=r"of a, b has no degrees of freedom.*one cluster in each of its strata"):
        table = mean(survey_from_frame(rows, strata="s", clusters="c"), "y", "g").table
    assert table["ci_low"].isna().all()
    assert (table["se"] > 0).all()


def test_an_answer_that_is_a_number_may_be_named_by_its_text() -> None:
    data = survey_from_frame(pd.DataFrame({"safe": [1, 1, 2, 3], "text": ["1", "1", "2", "3"]}))
    for code in (1, 1.0, "1", ["1"], np.int64(1)):
        assert share(data, "safe", code=code).table["estimate"][0] == 0.5
    assert share(data, "text", code="1").table["estimate"][0] == 0.5
    assert len(subset(data, {"safe": ["1", 2]})) == 3
    with pytest.raises(InputError, match="no answer '4'"):
        share(data, "safe", code="4")


@pytest.mark.parametrize("call", [mean, total, quantile])
def test_arithmetic_with_codes_of_answers_without_an_order_is_refused(call: Callable[..., EstimateTable]) -> None:
    def variable(name: str, kind: Any, number: int) -> Variable:
        return Variable(name, kind, name, name, tuple(Code(at, str(at), str(at)) for at in range(number)))

    frame = pd.DataFrame({"level": [0, 1, 2] * 20, "hard": [0, 1, 2] * 20, "yes": [0, 1, 1] * 20})
    kinds = {"level": ("nominal", 3), "hard": ("ordinal", 3), "yes": ("nominal", 2)}
    book = Codebook("students", {name: variable(name, *given) for name, given in kinds.items()})
    data = survey_from_frame(frame, codebook=book)
    with pytest.raises(InputError, match=r"'level' name 3 answers.*share\(survey"):
        call(data, "level")
    for name in ("hard", "yes"):
        assert call(data, name).table["estimate"][0] == call(survey_from_frame(frame), name).table["estimate"][0]
    assert call(survey_from_frame(frame), "level").table["estimate"][0] > 0


def test_an_answer_that_nobody_gave_has_a_share_of_nought_with_its_exact_interval() -> None:
    data = survey_from_frame(pd.DataFrame({"safe": ["no"] * 40, "times": [2, 3] * 20}))
    with pytest.warns(DoubtWarning, match="Nobody answered 'yes' to 'safe'"):
        found = share(data, "safe", code="yes").table.iloc[0]
    assert found["estimate"] == 0
    # Clopper and Pearson (1934): 1 minus the 40th root of 0.025.
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((0.0, 1 - 0.025 ** (1 / 40)), rel=1e-9)
    with pytest.warns(DoubtWarning, match="Nobody answered 'yes'"):
        assert share(data, "safe", code=["yes", "no"]).table["estimate"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (["no"] * 20 + ["maybe"] * 20, "yes"),
        ([0, 2] * 20, 1),
        (["Nee", "Weet niet"] * 20, "Ja"),
        ([0.0] * 40, 1),
        ([False] * 40, True),
        (pd.Categorical(["no"] * 40, categories=["no", "yes"]), "yes"),
    ],
)
@pytest.mark.filterwarnings("ignore:Nobody answered")
def test_nobody_is_nought_for_every_kind_of_answer(given: object, code: object) -> None:
    data = survey_from_frame(pd.DataFrame({"answer": given, "g": ["a", "b"] * 20}))
    found = share(data, "answer", code=code).table.iloc[0]
    assert (found["estimate"], found["n"]) == (0, 40)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((0.0, 1 - 0.025 ** (1 / 40)), rel=1e-9)
    apart = share(data, "answer", "g", code=code).table
    np.testing.assert_allclose(apart["ci_high"], 1 - 0.025 ** (1 / 20), rtol=1e-9)


@pytest.mark.parametrize("code", ["No", "noo", 1])
def test_an_answer_that_is_written_another_way_is_no_answer_that_nobody_gave(code: object) -> None:
    with pytest.raises(InputError, match="has no answer"):
        share(survey_from_frame(pd.DataFrame({"safe": ["no"] * 40})), "safe", code=code)
