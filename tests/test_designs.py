"""Designs: strata, clusters, stages, finite populations, and what is wrong with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.estimation.means import mean, total
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.surveys.designs import degrees_of_freedom
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import subset


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stratum": ["n", "n", "n", "n", "z", "z", "z", "z"],
            "school": [1, 1, 2, 2, 3, 3, 4, 4],
            "pupil": [1, 2, 1, 2, 1, 2, 1, 2],
            "schools": [6, 6, 6, 6, 4, 4, 4, 4],
            "pupils": [10, 10, 20, 20, 8, 8, 2, 2],
            "y": [3.0, 5.0, 4.0, 8.0, 1.0, 2.0, 2.0, 6.0],
            "w": [1.0, 2.0, 1.0, 2.0, 1.0, 1.0, 3.0, 1.0],
        }
    )


def test_weights_follow_from_the_population_sizes_of_every_stage() -> None:
    survey = survey_from_frame(frame(), strata="stratum", clusters=["school", "pupil"], fpc=["schools", "pupils"])
    assert survey.weights.tolist() == [15, 15, 30, 30, 8, 8, 2, 2]


def test_weights_are_one_without_weights_and_populations() -> None:
    assert survey_from_frame(frame()).weights.tolist() == [1.0] * 8


def test_the_variance_of_a_two_stage_mean_is_the_textbook_sum_of_two_parts() -> None:
    # Särndal, Swensson and Wretman (1992), result 4.3.1: a total under simple random sampling at both stages.
    rows = frame().iloc[:4]
    survey = survey_from_frame(rows, clusters=["school", "pupil"], fpc=["schools", "pupils"])
    found = total(survey, "y").table
    cluster_totals = np.array([10 * 4.0, 20 * 6.0])
    first = 6**2 * (1 - 2 / 6) / 2 * cluster_totals.var(ddof=1)
    within = np.array([np.var([3, 5], ddof=1), np.var([4, 8], ddof=1)])
    second = 6 / 2 * np.sum(np.array([10, 20]) ** 2 * (1 - 2 / np.array([10, 20])) / 2 * within)
    assert found["estimate"][0] == pytest.approx(6 / 2 * cluster_totals.sum(), rel=1e-12)
    assert found["se"][0] ** 2 == pytest.approx(first + second, rel=1e-12)


def test_degrees_of_freedom_are_clusters_minus_strata() -> None:
    survey = survey_from_frame(frame(), strata="stratum", clusters="school")
    assert degrees_of_freedom(survey.design) == 2
    assert degrees_of_freedom(subset(survey, {"stratum": "n"}).design) == 1


def test_a_fraction_and_a_count_give_the_same_correction() -> None:
    rows = frame().assign(share=0.25, count=32)
    by_count = mean(survey_from_frame(rows, fpc="count"), "y").table
    by_share = mean(survey_from_frame(rows, fpc="share"), "y").table
    assert by_share["se"][0] == pytest.approx(by_count["se"][0], rel=1e-12)


def test_a_wholly_sampled_population_has_no_variance() -> None:
    survey = survey_from_frame(frame().assign(population=8), fpc="population")
    assert mean(survey, "y").table["se"][0] == 0.0


def test_the_same_cluster_number_in_two_strata_is_refused_without_nest() -> None:
    rows = frame().assign(school=[1, 1, 2, 2, 1, 1, 2, 2])
    with pytest.raises(InputError, match="nest=True"):
        survey_from_frame(rows, strata="stratum", clusters="school")
    nested = survey_from_frame(rows, strata="stratum", clusters="school", nest=True)
    apart = survey_from_frame(frame(), strata="stratum", clusters="school")
    assert mean(nested, "y").table["se"][0] == mean(apart, "y").table["se"][0]


def test_ids_of_a_later_stage_count_within_their_parent() -> None:
    rows = frame().assign(schools=9)
    repeated = survey_from_frame(rows, clusters=["school", "pupil"], fpc=["schools", "pupils"])
    unique = rows.assign(pupil=range(8))
    apart = survey_from_frame(unique, clusters=["school", "pupil"], fpc=["schools", "pupils"])
    assert mean(repeated, "y").table["se"][0] == mean(apart, "y").table["se"][0]


@pytest.mark.parametrize("rule", ["adjust", "average", "certainty", "remove"])
def test_a_stratum_with_one_cluster_is_refused_by_name_unless_a_rule_is_chosen(rule: str) -> None:
    rows = frame().iloc[:6]
    with pytest.raises(InputError, match=r"Stratum z has one cluster\. A variance needs two"):
        survey_from_frame(rows, strata="stratum", clusters="school")
    survey = survey_from_frame(rows, strata="stratum", clusters="school", single_unit=rule)
    assert mean(survey, "y").table["se"][0] > 0


def test_a_single_cluster_that_is_the_whole_stratum_is_fine() -> None:
    rows = frame().iloc[:6].assign(schools=[6, 6, 6, 6, 1, 1])
    survey = survey_from_frame(rows, strata="stratum", clusters="school", fpc="schools")
    assert mean(survey, "y").table["se"][0] > 0


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        ({}, {"weights": "W"}, "no column 'W'"),
        ({}, {"strata": "stratums"}, "Did you mean 'stratum'"),
        ({"w": [1, 2, np.nan, 1, 1, 1, 1, 1]}, {"weights": "w"}, "no value"),
        ({"w": [1, 2, -1, 1, 1, 1, 1, 1]}, {"weights": "w"}, "negative"),
        ({"w": [0.0] * 8}, {"weights": "w"}, "All weights are zero"),
        ({"w": list("abcdefgh")}, {"weights": "w"}, "must hold numbers"),
        ({"N": [3] * 8}, {"fpc": "N"}, "8 clusters in the sample and 3 in the population"),
        ({"N": [9] * 7 + [10]}, {"fpc": "N"}, "differs within stratum"),
        ({"N": [0.5] * 4 + [9] * 4}, {"fpc": "N"}, "Counts and fractions are mixed"),
        ({"N": [0] * 8}, {"fpc": "N"}, "above zero"),
        ({}, {"clusters": ["school", "pupil"], "fpc": "schools"}, "one fpc column for each stage"),
        ({}, {"single_unit": "drop"}, "single_unit is 'drop'"),
    ],
)
def test_a_wrong_design_says_what_is_wrong(
    change: dict[str, list[object]], arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        survey_from_frame(frame().assign(**change), **arguments)  # type: ignore[arg-type]


def test_all_problems_of_a_design_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        survey_from_frame(frame(), weights="a", strata="b")
    assert len(caught.value.problems) == 2


def test_in_a_domain_the_rule_average_counts_the_strata_of_that_domain_only() -> None:
    rng = np.random.default_rng(8)
    rows = pd.DataFrame({"h": [*"aaaabbbbc"], "g": [*"ppqqppqqq"], "y": rng.normal(size=9), "w": rng.uniform(1, 2, 9)})
    average = survey_from_frame(rows, strata="h", weights="w", single_unit="average")
    removed = survey_from_frame(rows, strata="h", weights="w", single_unit="remove")
    by_group, plain = mean(average, "y", "g"), mean(removed, "y", "g")
    # Stratum c, with one row, lies in group q: there three strata have the variance of two.
    np.testing.assert_allclose(by_group.table["se"], plain.table["se"] * np.sqrt([1, 3 / 2]), rtol=1e-12)
    for at, group in enumerate("pq"):
        domain = mean(subset(average, {"g": group}), "y").table
        np.testing.assert_allclose(domain["se"], by_group.table["se"][at], rtol=1e-12)
    shares = share(average, "g").table["se"]
    np.testing.assert_allclose(shares, share(removed, "g").table["se"] * np.sqrt(3 / 2), rtol=1e-12)


def test_three_stages_with_finite_populations_add_up_stage_by_stage() -> None:
    """Särndal, Swensson and Wretman (1992), section 4.4, written out for one mean."""
    rng = np.random.default_rng(3)
    rows = pd.DataFrame(
        [
            (h, 10 * h + a, b, (20, 30)[h], (6, 8, 7, 9)[a], (8, 7, 9)[b], rng.normal(5, 2))
            for h in range(2) for a in range(4) for b in range(3) for _ in range(rng.integers(2, 4))
        ],
        columns=["h", "a", "b", "of_a", "of_b", "of_c", "y"],
    )  # fmt: skip
    rows["c"] = rows.groupby(["a", "b"]).cumcount()
    data = survey_from_frame(rows, clusters=["a", "b", "c"], strata="h", fpc=["of_a", "of_b", "of_c"])
    weights, y = data.weights, rows["y"].to_numpy()
    influence = weights * (y - weights @ y / weights.sum()) / weights.sum()

    def spread(totals: list[float], population: int) -> float:
        n = len(totals)
        return (1 - n / population) * n * float(np.var(totals, ddof=1))

    expected = 0.0
    for _, stratum in rows.groupby("h"):
        schools = [part.index for _, part in stratum.groupby("a")]
        expected += spread([influence[at].sum() for at in schools], stratum["of_a"].iloc[0])
        for school in schools:
            part = rows.loc[school]
            first = 4 / part["of_a"].iloc[0]
            classes = [inner.index for _, inner in part.groupby("b")]
            expected += first * spread([influence[at].sum() for at in classes], part["of_b"].iloc[0])
            second = first * 3 / part["of_b"].iloc[0]
            expected += second * sum(spread(list(influence[at]), rows.loc[at, "of_c"].iloc[0]) for at in classes)
    assert mean(data, "y").table["se"][0] == pytest.approx(expected**0.5, rel=1e-12)
    fractions = rows.assign(
        of_a=4 / rows["of_a"],
        of_b=3 / rows["of_b"],
        of_c=rows.groupby(["a", "b"])["c"].transform("size") / rows["of_c"],
    )
    same = survey_from_frame(fractions, clusters=["a", "b", "c"], strata="h", fpc=["of_a", "of_b", "of_c"])
    assert mean(same, "y").table["se"][0] == pytest.approx(expected**0.5, rel=1e-12)


def test_the_sample_of_the_sudaan_manual_gives_its_mean_and_standard_errors() -> None:
    """The data set fpc of R's survey package: 5.448 with 0.741, and 0.616 with the finite population."""
    rows = pd.DataFrame(
        {"h": [1] * 5 + [2] * 3, "psu": [1, 2, 3, 4, 5, 1, 2, 3], "w": [3] * 5 + [4] * 3, "N": [15] * 5 + [12] * 3,
         "x": [2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2]}
    )  # fmt: skip
    arguments = {"strata": "h", "clusters": "psu", "weights": "w", "nest": True}
    without = mean(survey_from_frame(rows, **arguments), "x").table
    assert without[["estimate", "se"]].round(4).to_numpy().tolist() == [[5.4481, 0.7413]]
    assert mean(survey_from_frame(rows, **arguments, fpc="N"), "x").table["se"].round(3)[0] == 0.616
