"""Few answers: exact and permutation tests, and what ``compare`` says when there are too few."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stagekansen_lib.comparisons import compare
from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.surveys import Survey, survey_from_frame


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


@pytest.mark.parametrize("size", [9, 10])
def test_from_ten_answers_in_each_group_on_there_is_no_doubt(size: int) -> None:
    data = survey(size, 40)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        compare(data, "hours", "group", method="t_test")
        compare(data, "hours", "group", method="permutation")
    assert [str(one.message)[:40] for one in said] == (
        ["Group a of 'group' has fewer than 10 ans"] if size == 9 else []
    )


@pytest.mark.parametrize(("rare", "doubt"), [(9, True), (10, False)])
def test_a_rare_answer_is_a_doubt_that_names_how_many_answers_are_enough(rare: int, doubt: bool) -> None:
    rows = pd.DataFrame({"group": ["a", "b"] * 30, "safe": ["yes"] * rare + ["no"] * (60 - rare)})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        compare(survey_from_frame(rows), "safe", "group")
    assert [issubclass(one.category, DoubtWarning) for one in said] == [True] * doubt
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
