"""Few answers: exact and permutation tests, and what ``compare`` says when there are too few."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.oneway import anova_oneway

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.comparison.small_samples import _corrected_mean, corrected_gap, corrected_superiority
from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.estimation.share_differences import share_difference_interval
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.false_positives import false_positives, mean_forms


def survey(first: int = 8, second: int = 7, seed: int = 2, shift: float = 1.0) -> Survey:
    rng = np.random.default_rng(seed)
    group = np.repeat(["a", "b"], [first, second])
    hours = rng.normal(size=first + second).round(2) + shift * (group == "b")
    return survey_from_frame(
        pd.DataFrame(
            {
                "group": group,
                "safe": np.where(hours > 0.3, "yes", "no"),
                "hours": hours,
                "grade": pd.Categorical(np.digitize(hours, [-0.5, 0.5, 1.5]), ordered=True),
                "place": rng.choice(["x", "y", "z"], first + second),
                "three": np.resize(["p", "q", "r"], first + second),
            }
        )
    )


def test_fisher_and_barnard_are_those_of_a_table_of_two_by_two() -> None:
    data = survey()
    table = pd.crosstab(data.rows["safe"], data.rows["group"]).to_numpy()
    found = compare(data, "safe", "group", method="fisher")
    assert found.p_value == pytest.approx(stats.fisher_exact(table)[1], rel=1e-12)
    # Barnard's p value is a maximum that scipy searches for: the same table another way round differs in the search.
    assert compare(data, "safe", "group", method="barnard").p_value == pytest.approx(
        stats.barnard_exact(table[::-1, ::-1]).pvalue, rel=1e-3
    )
    assert found.ci_low < found.effect < found.ci_high
    assert found.answer == "yes"
    assert found.effect == pytest.approx(table[1, 1] / 7 - table[1, 0] / 8)
    assert "Exacte toets: fisher" in found._repr_html_()


def test_a_permutation_test_of_means_goes_through_every_arrangement_when_it_can() -> None:
    data = survey()
    hours, second = data.rows["hours"].to_numpy(), (data.rows["group"] == "b").to_numpy()
    from itertools import combinations

    gaps = []
    for chosen in combinations(range(15), 7):
        mask = np.zeros(15, dtype=bool)
        mask[list(chosen)] = True
        gaps.append(abs(hours[mask].mean() - hours[~mask].mean()))
    found = abs(hours[second].mean() - hours[~second].mean())
    # A margin for rounding, so that an arrangement with the same difference counts.
    expected = np.mean(np.array(gaps) >= found - 1e-9)
    assert compare(data, "hours", "group", method="permutation").p_value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("of", "test"), [("grade", "ranks"), ("place", "codes")])
def test_with_many_answers_a_permutation_test_nears_the_usual_one(of: str, test: str) -> None:
    data = survey(120, 100, shift=0.25)
    group = data.rows["group"]
    if test == "ranks":
        grades = data.rows[of].astype(float)
        usual = stats.kruskal(grades[group == "a"], grades[group == "b"]).pvalue
    else:
        usual = stats.chi2_contingency(pd.crosstab(data.rows[of], group), correction=False).pvalue
    found = compare(data, of, "group", method="permutation")
    # Four standard errors of 9,999 draws, and the approximation of the usual test.
    assert found.p_value == pytest.approx(usual, abs=4 * np.sqrt(usual * (1 - usual) / 9999) + 0.01)
    assert found.method == "permutation"


def test_a_permutation_test_gives_the_same_value_each_time_and_takes_more_groups() -> None:
    first, again = (compare(survey(), "hours", "three", method="permutation") for _ in range(2))
    assert first.p_value == again.p_value
    assert 0 < first.p_value <= 1


def test_exact_tests_keep_their_level_with_few_answers() -> None:
    """80 null surveys of 8 and 7: at most 5% and three standard errors; with so few answers exact tests stay below."""
    rng = np.random.default_rng(11)
    found = {"fisher": 0, "permutation": 0}
    for _ in range(80):
        rows = pd.DataFrame({"group": np.repeat(["a", "b"], [8, 7]), "safe": rng.choice(["no", "yes"], 15)})
        if rows["safe"].nunique() < 2:
            continue
        for method in found:
            found[method] += compare(survey_from_frame(rows), "safe", "group", method=method).p_value < 0.05
    # 5% of 80 is 4, with a standard error of 1.9.
    assert all(number <= 4 + 3 * 1.9 for number in found.values())


def doubts(data: Survey, of: str, method: str) -> list[str]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        compare(data, of, "group", method=method)
    assert all(issubclass(one.category, DoubtWarning) for one in said)
    return [str(one.message) for one in said]


def test_a_small_group_is_a_doubt_that_names_how_many_answers_are_enough() -> None:
    # Without weights the variance of the small group is n - 1 over n of what it should be, with n - 1 degrees.
    (said,) = doubts(survey(20, 300), "hours", "t_test")
    border = stats.t.isf(0.025, 318)
    bias = (19 / 20**2 + 299 / 300**2) / (1 / 20 + 1 / 300)
    free = (19 / 400 + 299 / 90_000) ** 2 / (19 / 20**4 + 299 / 300**4)
    expected = 2 * stats.t.sf(border * np.sqrt(bias), free)
    assert f"about {expected:.1%} of surveys" in said
    assert "From about 60 answers in the smallest group on" in said
    assert doubts(survey(60, 900), "hours", "t_test") == []
    assert doubts(survey(9, 40), "hours", "t_test")[0].startswith("Group a of 'group' has fewer than 10 answers")


def test_tables_and_methods_for_few_answers_raise_no_doubt_that_means_need() -> None:
    data = survey(25, 300)
    assert "method='welch'" in doubts(data, "hours", "t_test")[0]
    assert "method='brunner_munzel'" in doubts(data, "hours", "wilcoxon")[0]
    assert doubts(data, "safe", "rao_scott_f") == doubts(data, "hours", "welch") == []
    assert doubts(survey(9, 40), "hours", "permutation") == []


def test_without_weights_the_tests_for_few_answers_are_those_of_welch_and_of_brunner_and_munzel() -> None:
    data = survey(12, 30)
    of = [data.rows.loc[data.rows["group"] == each, "hours"] for each in ("a", "b")]
    found, theirs = compare(data, "hours", "group", method="welch"), stats.ttest_ind(*of[::-1], equal_var=False)
    assert found.statistic == pytest.approx(theirs.statistic, rel=1e-12)
    assert (found.df, found.p_value) == pytest.approx((theirs.df, theirs.pvalue), rel=1e-10)
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(theirs.confidence_interval(0.95)), rel=1e-10)
    found, theirs = compare(data, "hours", "group", method="brunner_munzel"), stats.brunnermunzel(*of)
    assert found.statistic == pytest.approx(theirs.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-10)
    pairs = (of[1].to_numpy()[:, None] > of[0].to_numpy()).mean()
    ties = (of[1].to_numpy()[:, None] == of[0].to_numpy()).mean()
    assert found.effect == pytest.approx(pairs + ties / 2, rel=1e-12)


def test_the_variance_for_few_answers_has_no_bias_and_the_degrees_of_its_quadratic_form() -> None:
    a = np.random.default_rng(3).uniform(1, 4, 9)
    a /= a.sum()
    left = np.eye(9) - np.outer(np.ones(9), a)
    form = left.T @ np.diag(a**2 / (1 - 2 * a + a @ a)) @ left
    assert np.trace(form) == pytest.approx(a @ a, rel=1e-12)
    y = np.random.default_rng(4).normal(size=9)
    _, variance, df = _corrected_mean(y, 7 * a)
    assert variance == pytest.approx(y @ form @ y, rel=1e-12)
    assert df == pytest.approx(np.trace(form) ** 2 / np.trace(form @ form), rel=1e-10)


def test_with_weights_and_a_small_group_welch_keeps_the_level_that_the_t_test_loses() -> None:
    """1,000 null surveys of 12 and 100, half of the weights three times the others; bounds of three standard errors."""
    rng = np.random.default_rng(21)
    groups = np.repeat([0, 1], [12, 100])
    rejected, expected = {"linearised": 0, "welch": 0, "brunner_munzel": 0}, []
    for at in range(1000):
        y, w = rng.normal(size=112), rng.choice([1.0, 3.0], 112)
        for name, found in (
            ("welch", corrected_gap(y, w, groups)),
            ("brunner_munzel", corrected_superiority(y, w, groups)),
        ):
            rejected[name] += 2 * stats.t.sf(abs(found.gap) / found.variance**0.5, found.df) < 0.05
        weight = np.bincount(groups, w)
        means = np.bincount(groups, w * y) / weight
        spread = ((w * (y - means[groups]) / weight[groups]) ** 2).sum() * 112 / 111
        rejected["linearised"] += 2 * stats.t.sf(abs(means[1] - means[0]) / spread**0.5, 110) < 0.05
        if at < 50:
            expected.append(false_positives(mean_forms(w, groups), 110)[0])
    rate, error = float(np.mean(expected)), 3 * (1000 * 0.05 * 0.95) ** 0.5
    assert rejected["linearised"] == pytest.approx(1000 * rate, abs=3 * (1000 * rate * (1 - rate)) ** 0.5)
    assert rejected["linearised"] > 50 + error > rejected["welch"]
    assert rejected["brunner_munzel"] < 50 + error


@pytest.mark.parametrize("method", ["welch", "brunner_munzel"])
def test_tests_for_few_answers_refuse_clusters(method: str) -> None:
    with pytest.raises(InputError, match="without strata, clusters"):
        compare(survey_from_frame(survey().rows, clusters="three"), "hours", "group", method=method)


def test_brunner_and_munzel_refuse_three_groups_and_welch_a_group_without_differences() -> None:
    with pytest.raises(InputError, match="needs two"):
        compare(survey(), "hours", "three", method="brunner_munzel")
    rows = survey().rows.assign(hours=lambda rows: np.where(rows["three"] == "p", 1.0, rows["hours"]))
    with pytest.raises(InputError, match="no differences between its answers"):
        compare(survey_from_frame(rows), "hours", "three", method="welch")


def test_without_weights_welch_of_three_groups_is_that_of_statsmodels() -> None:
    data = survey(12, 30)
    parts = [data.rows.loc[data.rows["three"] == each, "hours"] for each in "pqr"]
    found, theirs = compare(data, "hours", "three", method="welch"), anova_oneway(parts, use_var="unequal")
    assert found.statistic == pytest.approx(theirs.statistic, rel=1e-12)
    assert (found.df, found.df_denominator) == pytest.approx(tuple(theirs.df), rel=1e-12)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-10)
    with pytest.warns(DoubtWarning, match="Of 3 groups of 'three' the smallest"):
        usual = compare(data, "hours", "three", method="equal_means")
    assert (found.effect_name, found.effect) == ("eta_squared", pytest.approx(usual.effect, rel=1e-12))
    assert 0 <= found.ci_low <= found.effect <= found.ci_high <= 1
    # The same numbers as weights that are all alike, and as a yes or no.
    weighted = survey_from_frame(data.rows.assign(w=3.5), weights="w")
    assert compare(weighted, "hours", "three", method="welch").p_value == pytest.approx(theirs.pvalue, rel=1e-10)
    answers = [(data.rows.loc[data.rows["three"] == each, "safe"] == "yes").astype(float) for each in "pqr"]
    share = compare(data, "safe", "three", method="welch")
    assert share.p_value == pytest.approx(anova_oneway(answers, use_var="unequal").pvalue, rel=1e-10)
    assert share.answer == "yes"


@pytest.mark.parametrize(("rare", "doubt"), [(9, True), (10, False)])
def test_a_rare_answer_is_a_doubt_that_names_how_many_answers_are_enough(rare: int, doubt: bool) -> None:
    rows = pd.DataFrame({"group": ["a", "b"] * 30, "safe": ["yes"] * rare + ["no"] * (60 - rare)})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        compare(survey_from_frame(rows), "safe", "group")
        # Who names the method reads the doubt in the result, and is not warned.
        named = compare(survey_from_frame(rows), "safe", "group", method="rao_scott_f")
    assert [issubclass(one.category, DoubtWarning) for one in said] == [True] * doubt
    assert ("so rare in a group" in named.sentence("en")) == ("zo weinig voor" in named.sentence("nl")) == doubt
    if doubt:  # 4.5 expected in each group of 30: 60 x 5 / 4.5
        assert "67 answers in all are enough" in str(said[0].message)


@pytest.mark.parametrize(
    ("of", "by", "method", "message"),
    [
        ("place", "group", "fisher", "3 answers"),
        ("safe", "three", "fisher", "needs two groups"),
        ("safe", "group", "barnard", "too many"),
    ],
)
def test_an_exact_test_that_does_not_fit_is_refused(of: str, by: str, method: str, message: str) -> None:
    data = survey(600, 600) if method == "barnard" else survey()
    with pytest.raises(InputError, match=message):
        compare(data, of, by, method=method)


@pytest.mark.parametrize("arguments", [{"weights": "w"}, {"clusters": "three"}, {"strata": "group"}])
def test_an_exact_test_refuses_a_design(arguments: dict[str, Any]) -> None:
    rows = survey().rows.assign(w=np.arange(1.0, 16))
    with pytest.raises(InputError, match="without weights"):
        compare(survey_from_frame(rows, **arguments), "safe", "group", method="permutation")


def answered(yes: int, n: int, other_yes: int, other_n: int, **also: Any) -> Survey:
    rows = pd.DataFrame(
        {
            "group": ["a"] * n + ["b"] * other_n,
            "safe": pd.Categorical(
                ["yes"] * yes + ["no"] * (n - yes) + ["yes"] * other_yes + ["no"] * (other_n - other_yes), ["no", "yes"]
            ),
        }
    )
    return survey_from_frame(rows.assign(w=np.resize([1.0, 2.0, 1.5], len(rows))), **also)


@pytest.mark.filterwarnings("ignore::stagekansen_lib.errors.DoubtWarning")
@pytest.mark.parametrize("counts", [(9, 9, 100, 300), (0, 9, 45, 300), (0, 20, 24, 304), (5, 100, 0, 100)])
def test_the_interval_of_a_difference_of_shares_is_near_newcombe_s_where_a_group_is_all_of_one_mind(
    counts: tuple[int, int, int, int],
) -> None:
    yes, n, other_yes, other_n = counts
    found = compare(answered(*counts), "safe", "group", code="yes")
    low, high = share_difference_interval(other_yes, other_n, yes, n)
    # Exact limits of each share reach further than Wilson's, the more so for nine answers.
    assert found.ci_low <= low + 0.001
    assert found.ci_high >= high - 0.001
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), abs=0.04)


def korn_graubard(share: float, n: float) -> tuple[float, float]:
    yes, no = share * n, (1 - share) * n
    return (
        float(stats.beta.ppf(0.025, yes, no + 1)) if yes else 0.0,
        float(stats.beta.isf(0.025, yes + 1, no)) if no else 1.0,
    )


@pytest.mark.filterwarnings("ignore::stagekansen_lib.errors.DoubtWarning")
@pytest.mark.parametrize("weights", [None, "w"])
def test_each_share_has_the_limits_of_korn_and_graubard_for_as_many_answers_as_the_weights_leave(
    weights: str | None,
) -> None:
    data = answered(0, 20, 60, 200, weights=weights)
    w = data.design.row_weights
    y, others = (data.rows["safe"] == "yes").to_numpy(), np.arange(220) >= 20
    p = float(w[others] @ y[others] / w[others].sum())
    kish = w[~others].sum() ** 2 / (w[~others] ** 2).sum()
    influence = np.where(others, w * (y - p), 0.0) / w[others].sum()
    effective = p * (1 - p) / (220 / 219 * float(influence @ influence))
    first, second = korn_graubard(0.0, kish), korn_graubard(p, effective)
    found = compare(data, "safe", "group")
    assert found.effect == pytest.approx(p, rel=1e-12)
    assert found.ci_low == pytest.approx(p - np.hypot(p - second[0], first[1]), rel=1e-9)
    assert found.ci_high == pytest.approx(p + (second[1] - p), rel=1e-9)
    half = (found.ci_high - found.ci_low) / 2
    t = stats.t(218)
    assert found.smallest_detectable == pytest.approx(half * (t.isf(0.025) + t.ppf(0.8)) / t.isf(0.025), rel=1e-9)


@pytest.mark.filterwarnings("ignore::stagekansen_lib.errors.DoubtWarning")
def test_shares_that_go_together_in_clusters_have_an_interval_that_knows_it() -> None:
    """Each class is asked before and after: what a class has in common falls out of the difference."""
    rng = np.random.default_rng(8)
    tendency = rng.uniform(0.1, 0.9, 60)
    rows = pd.DataFrame({"school": np.repeat(np.arange(60), 20), "group": ["a", "b"] * 600})
    rows["safe"] = np.where(rng.random(1200) < tendency[rows["school"]], "yes", "no")
    together = compare(survey_from_frame(rows, clusters="school"), "safe", "group")
    shuffled = rows.assign(school=np.where(rows["group"] == "a", rows["school"], 60 + rows["school"]))
    apart = compare(survey_from_frame(shuffled, clusters="school"), "safe", "group")
    assert together.effect == pytest.approx(apart.effect, rel=1e-12)
    assert together.ci_high - together.ci_low < 0.65 * (apart.ci_high - apart.ci_low)
    v = together.groups.covariance
    wald = 2 * stats.t.isf(0.025, 58) * np.sqrt(v[0, 0] + v[1, 1] - 2 * v[0, 1])
    assert together.ci_high - together.ci_low == pytest.approx(wald, rel=0.06)


@pytest.mark.filterwarnings("ignore::stagekansen_lib.errors.DoubtWarning")
@pytest.mark.parametrize("counts", [(0, 9, 45, 300), (9, 9, 100, 300), (4, 60, 30, 300)])
def test_welch_of_shares_gives_the_p_value_at_which_its_interval_meets_nought(
    counts: tuple[int, int, int, int],
) -> None:
    data = answered(*counts, weights="w")
    found = compare(data, "safe", "group", method="welch")
    border = compare(data, "safe", "group", method="welch", ci_level=1 - found.p_value)
    assert min(abs(border.ci_low), abs(border.ci_high)) < 1e-8
    assert (found.p_value < 0.05) == (found.ci_low > 0 or found.ci_high < 0)
    assert "interval van het verschil: welch" in found._repr_html_()


def test_nobody_of_nine_beside_45_of_300_is_no_finding() -> None:
    found = compare(answered(0, 9, 45, 300), "safe", "group", method="welch", code="yes")
    assert found.p_value > 0.3
    assert stats.fisher_exact([[0, 9], [45, 255]])[1] == pytest.approx(0.366, abs=0.001)


@pytest.mark.parametrize(("method", "of"), [("welch", "hours"), ("brunner_munzel", "grade")])
def test_a_group_without_differences_is_refused_with_what_to_do(method: str, of: str) -> None:
    rows = pd.DataFrame({"group": ["a"] * 12 + ["b"] * 60, "hours": [0.0] * 12 + [*range(60)]})
    rows["grade"] = pd.Categorical(np.minimum(rows["hours"], 3), ordered=True)
    with pytest.raises(InputError, match="No answer of group a") as refused:
        compare(survey_from_frame(rows), of, "group", method=method)
    assert "method='permutation'" in str(refused.value)
    assert ("method='welch' with code=" in str(refused.value)) == (of == "grade")
    found = compare(survey_from_frame(rows), of, "group", method="permutation")
    assert found.p_value < 0.05
    assert "the interval is too narrow" in found.sentence("en")


@pytest.mark.parametrize(("effect", "share"), [(1.0, 0.08), (3.0, 0.05), (3.0, 0.08)])
def test_the_test_that_a_warning_advises_keeps_its_level_with_rare_answers(effect: float, share: float) -> None:
    """300 null surveys of 20 and 300: at 5% expected at most 15 findings, and three standard errors."""
    rng = np.random.default_rng(31)
    found = 0
    for _ in range(300):
        rows = pd.DataFrame({"group": ["a"] * 20 + ["b"] * 300, "w": rng.lognormal(0, np.sqrt(np.log(effect)), 320)})
        rows["safe"] = pd.Categorical(np.where(rng.random(320) < share, "yes", "no"), ["no", "yes"])
        found += compare(survey_from_frame(rows, weights="w"), "safe", "group", method="welch").p_value < 0.05
    assert found <= 15 + 3 * (300 * 0.05 * 0.95) ** 0.5


def test_a_rare_answer_in_a_weighted_survey_is_not_sent_to_a_test_that_refuses_weights() -> None:
    with pytest.warns(DoubtWarning, match="method='welch' with code="):
        compare(answered(2, 60, 4, 60, weights="w"), "safe", "group")


def test_a_group_of_one_mind_is_doubted_by_means_ranks_and_models_and_not_by_shares() -> None:
    """20 answers of nought beside a tenth that is not: drawn so one time in eight where nothing is the matter."""
    rare = np.random.default_rng(1).poisson(0.1, 300).astype(float)
    rows = pd.DataFrame({"group": ["a"] * 20 + ["b"] * 300, "hours": [0.0] * 20 + list(rare), "wave": [1, 2] * 160})
    rows["grade"] = pd.Categorical(np.minimum(rows["hours"], 3), ordered=True)
    data = survey_from_frame(rows)
    for of, options in (("hours", {}), ("grade", {}), ("hours", {"adjust_for": ["wave"]})):
        with pytest.warns(DoubtWarning, match="All 20 answers") as told:
            found = compare(data, of, "group", **options)
        assert ("method='permutation'" in str(told[0].message)) == (not options)
        assert found.p_value < 0.001
        assert "no_spread" in found.doubts
        assert "In one group everyone gave the same answer" in found.sentence("en")
        assert "8 times out of 10" not in found.sentence("en")
    exact = compare(data, "hours", "group", method="permutation")
    assert exact.p_value > 0.2
    assert "no_spread" in exact.doubts
    assert not compare(data, "grade", "group", method="welch", code=0).doubts


def shares_of(first: tuple[int, int], second: tuple[int, int]) -> Survey:
    answers = [["yes"] * yes + ["no"] * (n - yes) for yes, n in (first, second)]
    groups = ["a"] * first[1] + ["b"] * second[1]
    return survey_from_frame(pd.DataFrame({"group": groups, "met": [*answers[0], *answers[1]]}))


def test_weights_that_leave_a_group_few_answers_leave_its_share_uncertain() -> None:
    """One answer of a million others: its group is worth one answer, however many are in it."""
    rows = pd.DataFrame({"group": ["a"] * 100 + ["b"] * 100, "met": np.resize(["no", "yes"], 200), "w": 1.0})
    rows.loc[101, "w"] = 1e6
    with pytest.warns(DoubtWarning, match="finds a difference at 5%"):
        found = compare(survey_from_frame(rows, weights="w"), "met", "group", code="yes", method="lincom")
    alone = compare(shares_of((50, 100), (1, 1)), "met", "group", code="yes", method="fisher")
    assert found.ci_low < alone.ci_low < 0 < found.ci_high
    welch = compare(survey_from_frame(rows, weights="w"), "met", "group", code="yes", method="welch")
    assert welch.p_value > 0.05


def test_counts_of_which_a_group_has_none_are_compared_by_permutation() -> None:
    rows = pd.DataFrame({"group": ["a"] * 12 + ["b"] * 60, "tries": [0.0] * 12 + [*range(60)]})
    data = survey_from_frame(rows)
    found = compare(data, "tries", "group", method="permutation", effect="difference_in_means")
    assert found.effect == pytest.approx(29.5)
    assert found.p_value < 0.01
