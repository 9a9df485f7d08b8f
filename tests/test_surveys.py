"""Surveys: rows with a codebook and a design, domains, and frames for other programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import subset, to_frame

REFERENCE = Path(__file__).parent / "reference" / "r-survey"


def codebook() -> Codebook:
    level = Variable("level", "nominal", "niveau", "level", (Code(2, "mbo", "mbo"), Code(1, "hbo", "hbo")))
    hard = Variable(
        "hard",
        "ordinal",
        "moeite",
        "difficulty",
        (
            Code(1, "geen", "none"),
            Code(2, "veel", "much"),
            Code(9, "wil niet zeggen", "no answer", "prefer_not_to_say"),
        ),
    )
    return Codebook("students", {"level": level, "hard": hard})


def test_coded_columns_become_categoricals_in_the_order_of_the_codebook() -> None:
    survey = survey_from_frame(pd.DataFrame({"level": [1, 2, 1], "hard": [2, 9, 1]}), codebook=codebook())
    assert list(survey.rows["level"].cat.categories) == [2, 1]
    assert survey.rows["hard"].cat.ordered
    assert survey.rows["hard"].isna().tolist() == [False, True, False]
    assert survey.encoded("level").levels == (2, 1)


def test_a_value_outside_the_codebook_is_named_by_row_and_column() -> None:
    with pytest.raises(InputError, match=r"column 'level'.*rows 2") as caught:
        survey_from_frame(pd.DataFrame({"level": [1, 2, 7], "hard": [1, 1, 1]}), codebook=codebook())
    assert "Expected one of: 2, 1" in str(caught.value)


def test_the_index_keeps_the_row_numbers_of_the_raw_file() -> None:
    rows = pd.DataFrame({"y": [1.0, 2.0]}, index=pd.Index([7, 12], name="row"))
    assert survey_from_frame(rows).rows.index.tolist() == [7, 12]


def test_an_unknown_variable_is_met_with_near_matches() -> None:
    survey = survey_from_frame(pd.DataFrame({"placement": [1.0, 2.0]}))
    with pytest.raises(InputError, match="Did you mean 'placement'"):
        mean(survey, "placemnt")


def test_weights_are_a_float_array_that_cannot_change_the_survey() -> None:
    survey = survey_from_frame(pd.DataFrame({"w": [1, 2]}), weights="w")
    survey.weights[0] = 99
    assert survey.weights.dtype == float
    assert survey.weights.tolist() == [1.0, 2.0]


def test_a_group_estimate_is_the_estimate_in_the_subpopulation() -> None:
    rng = np.random.default_rng(4)
    rows = pd.DataFrame(
        {
            "g": rng.choice(["a", "b", "c"], 90),
            "c": np.arange(90) // 3,
            "y": rng.normal(size=90),
            "w": rng.uniform(1, 3, 90),
        }
    )
    survey = survey_from_frame(rows, clusters="c", weights="w")
    grouped = mean(survey, "y", "g").table
    for at, group in enumerate(grouped["g"]):
        alone = mean(subset(survey, rows["g"] == group), "y").table
        # The same sums in another order: a few units in the last place.
        np.testing.assert_allclose(
            grouped.loc[at, ["estimate", "se", "ci_low", "ci_high", "deff"]].to_numpy(dtype=float),
            alone.loc[0, ["estimate", "se", "ci_low", "ci_high", "deff"]].to_numpy(dtype=float),
            rtol=1e-12,
        )


def test_a_subset_of_a_subset_is_the_subset_of_both_conditions() -> None:
    rows = pd.DataFrame({"a": list("xxyy") * 5, "b": list("uvuv") * 5, "y": np.arange(20.0)})
    survey = survey_from_frame(rows)
    twice = subset(subset(survey, {"a": "x"}), {"b": "v"})
    once = subset(survey, {"a": "x", "b": "v"})
    assert mean(twice, "y").table.equals(mean(once, "y").table)
    assert twice.design.size == 20


def test_cutting_the_frame_gives_another_standard_error_than_a_subset() -> None:
    rows = pd.DataFrame(
        {"c": np.repeat(range(6), 3), "g": ["a", "b", "b"] * 3 + ["b"] * 9, "y": np.arange(18.0) ** 1.5}
    )
    domain = mean(subset(survey_from_frame(rows, clusters="c"), {"g": "a"}), "y").table["se"][0]
    cut = mean(survey_from_frame(rows[rows["g"] == "a"], clusters="c"), "y").table["se"][0]
    assert domain != pytest.approx(cut, rel=1e-3)


@pytest.mark.parametrize(
    ("where", "message"),
    [([True], "1 values"), ({"g": "z"}, "no answer 'z'"), ([False, False], "Nobody is left"), ({"h": 1}, "'h'")],
)
def test_a_wrong_condition_is_refused(where: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        subset(survey_from_frame(pd.DataFrame({"g": ["a", "b"]})), where)


def test_history_and_flags_travel_with_results() -> None:
    origin = Provenance(survey="s", synthetic=True, self_selected=True)
    survey = survey_from_frame(pd.DataFrame({"g": ["a", "b"] * 3}), provenance=origin)
    found = share(subset(survey, {"g": ["a", "b"]}), "g")
    assert found.provenance.synthetic
    assert found.provenance.history == ("subset: g = ['a', 'b'], 6 of 6 rows",)
    assert "model margins" in repr(found)
    assert "not a finding" in repr(found)
    assert "geen bevinding" in found._repr_html_()


def test_to_frame_gives_weights_and_replicate_weights() -> None:
    rows = pd.DataFrame({"y": [1.0, 2, 3], "r1": [0.0, 1.5, 1.5], "r2": [1.5, 0, 1.5], "r3": [1.5, 1.5, 0]})
    survey = survey_from_frame(rows, replicates=["r1", "r2", "r3"], replicate_kind="JK1")
    written = to_frame(survey)
    assert written["weight_2"].tolist() == [1.5, 0, 1.5]
    again = survey_from_frame(
        written, weights="weight", replicates=["weight_1", "weight_2", "weight_3"], replicate_kind="JK1"
    )
    assert mean(again, "y").table.equals(mean(survey, "y").table)
    with pytest.raises(InputError, match="column 'y' already"):
        to_frame(survey, weight="y")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "kind 'other' is not known"),
        ({"replicate_kind": "JKn"}, "needs rscales"),
        ({"replicate_kind": "Fay"}, "needs its constant"),
        ({"replicate_kind": "jk"}, "replicate_kind is 'jk'"),
    ],
)
def test_replicate_weights_need_what_their_variance_needs(arguments: dict[str, str], message: str) -> None:
    rows = pd.DataFrame({"y": [1.0, 2], "r1": [0.0, 2], "r2": [2.0, 0]})
    with pytest.raises(InputError, match=message):
        survey_from_frame(rows, replicates=["r1", "r2"], **arguments)  # type: ignore[arg-type]


def test_a_survey_prints_its_design_and_history() -> None:
    survey = survey_from_frame(pd.DataFrame({"s": ["a", "a", "b", "b"], "y": range(4)}), strata="s")
    assert "4 rows, 2 columns, 2 strata" in repr(survey)
    assert repr(survey) in survey._repr_html_()


def test_a_mask_goes_by_its_index_and_not_by_its_order() -> None:
    rows = pd.read_csv(REFERENCE / "apistrat.csv")
    survey = survey_from_frame(rows, strata="stype", weights="pw", fpc="fpc")
    high = rows["stype"] == "H"
    for mask in (high, high.sample(frac=1, random_state=1), high.to_numpy(), high.tolist()):
        # The mean of api00 in R with svymean, of that subset of dstrat.
        assert mean(subset(survey, mask), "api00").table["estimate"][0] == pytest.approx(625.82, rel=1e-12)


@pytest.mark.parametrize("index", [[7, 8, 9], [0, 1, 1], ["a", "b", "c"]])
def test_a_mask_with_other_labels_is_refused(index: list[object]) -> None:
    survey = survey_from_frame(pd.DataFrame({"g": ["a", "b", "c"]}))
    with pytest.raises(InputError, match="index of the mask"):
        subset(survey, pd.Series([True, False, True], index=index))
