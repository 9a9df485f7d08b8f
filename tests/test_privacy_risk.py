"""Risk of recognition: counted right on small tables, and gone after generalising."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.privacy.generalising import generalise
from stagekansen_lib.privacy.risk import describe_risk
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey

# Table 2 of Sweeney (2002), doi:10.1142/S0218488502001648: k = 2 on race, birth, gender and ZIP.
SWEENEY = pd.DataFrame(
    {
        "race": ["Black"] * 4 + ["White"] * 3 + ["White"] * 2 + ["Black"] * 2,
        "birth": ["1965", "1965", "1965", "1965", "1964", "1964", "1964", "1967", "1967", "1964", "1964"],
        "gender": ["m", "m", "f", "f", "f", "f", "m", "m", "m", "f", "f"],
        "zip": ["0214*"] * 4 + ["0213*"] * 5 + ["0213*"] * 2,
    }
)


def survey_of(frame: pd.DataFrame) -> Survey:
    return survey_from_frame(frame.astype("category"))


@pytest.fixture(scope="module")
def example() -> Survey:
    return read_survey("example_2022")


def test_groups_are_counted_by_size() -> None:
    report = describe_risk(survey_of(SWEENEY), keys=["race", "birth", "gender", "zip"], sensitive=[], k=2)
    assert report.table["respondents"].tolist() == [1, 10, 0, 0, 0, 0]
    assert report.table["groups"].tolist() == [1, 5, 0, 0, 0, 0]
    assert (report.unsafe, report.alone) == (1, 1)
    assert describe_risk(survey_of(SWEENEY), keys=["race"], sensitive=[], k=5).safe


@pytest.mark.parametrize(("size", "unsafe"), [(4, 4), (5, 0)])
def test_a_group_of_k_is_safe_and_one_less_is_not(size: int, unsafe: int) -> None:
    frame = pd.DataFrame({"school": ["a"] * 10 + ["b"] * size})
    assert describe_risk(survey_of(frame), keys=["school"], sensitive=[], k=5).unsafe == unsafe


def test_a_group_with_one_sensitive_answer_is_not_diverse() -> None:
    # As the homogeneity attack of Machanavajjhala and others (2007), figure 2: everybody in the last group has cancer.
    frame = pd.DataFrame(
        {
            "zip": ["130**"] * 4 + ["1485*"] * 4 + ["130*"] * 4,
            "condition": ["heart", "heart", "viral", "viral", "cancer", "heart", "viral", "viral", *["cancer"] * 4],
        }
    )
    report = describe_risk(survey_of(frame), keys=["zip"], sensitive=["condition"], k=4, l=2)
    assert (report.unsafe, report.not_diverse, report.by_sensitive) == (0, 4, {"condition": 4})
    assert describe_risk(survey_of(frame), keys=["zip"], sensitive=["condition"], k=4, l=3).not_diverse == 8
    frame.loc[8:, "condition"] = None
    assert describe_risk(survey_of(frame), keys=["zip"], sensitive=["condition"], k=4).safe


def test_the_report_names_groups_by_size_and_says_so_in_two_languages(example: Survey) -> None:
    report = describe_risk(example)
    assert report.keys == ("school", "programme_type", "field", "age_class", "sex")
    assert "origin" in report.sensitive
    assert int(report.table["respondents"].sum()) == 324
    assert "School" in report.sentence("nl")
    assert report.sentence("en").startswith("Synthetic")
    picture = ElementTree.fromstring(report.picture("en"))
    assert len([part for part in picture.iter() if part.tag.endswith("rect")]) == len(report.table)
    for text in (repr(report), report._repr_html_()):
        assert "Mondriaan" not in text


def test_generalising_protects_everybody_and_says_what_was_lost(example: Survey) -> None:
    made = generalise(example, k=5, l=2)
    assert made.risk.safe
    kept = made.risk.keys
    assert "age2" in kept
    rows = made.survey.rows
    sizes = rows.groupby(list(kept), observed=True, dropna=False)[kept[0]].transform("size")
    assert int(sizes.min()) >= 5
    assert 0 < made.loss < 1
    assert len(made.survey) == 324
    # Nothing from which the fine answer can be had is left: age itself, and what is derived from it.
    assert "age_class" not in rows.columns
    assert "age_class" not in made.survey.codebook
    assert set(made.table["how"]) <= {"derived", "merged", "emptied"}
    assert "Leeftijd in tweeën" in made.sentence("nl")
    assert made.survey.provenance.history[-1] != example.provenance.history[-1]
    assert len(made.survey.set_aside) == 0  # type: ignore[arg-type]
    assert example.rows["age_class"].notna().any()


def test_what_is_safe_already_stays_as_it_is(example: Survey) -> None:
    made = generalise(example, keys=["age2"], sensitive=[])
    assert made.loss == 0
    assert len(made.table) == 0
    pd.testing.assert_frame_equal(made.survey.rows, example.rows)


def test_a_rare_answer_is_merged_into_other() -> None:
    frame = pd.DataFrame({"programme": ["nurse"] * 20 + ["cook"] * 12 + ["baker"] * 3 + ["smith"] * 2 + ["clerk"] * 1})
    made = generalise(survey_of(frame), keys=["programme"], sensitive=[], most_emptied=0)
    assert made.survey.rows["programme"].value_counts().to_dict() == {"nurse": 20, "cook": 12, "other": 6}
    made = generalise(survey_of(frame), keys=["programme"], sensitive=[], most_emptied=0.2)
    assert made.survey.rows["programme"].value_counts().to_dict() == {"nurse": 20, "cook": 12, "other": 6}


def test_an_answer_that_a_whole_group_shares_is_emptied_with_what_follows_from_it(example: Survey) -> None:
    school = np.where(np.arange(324) < 10, 1, 3)
    level = example.rows["school"].cat.categories
    rows = example.rows.assign(school=pd.Categorical(school, categories=level))
    rows.loc[rows.index[:10], "discrimination_answer"] = 1
    made = generalise(
        survey_from_frame(rows, codebook=example.codebook), keys=["school"], sensitive=["discrimination_answer"]
    )
    assert made.survey.rows["discrimination_answer"].iloc[:10].isna().all()
    assert made.survey.rows["discrimination_experienced"].iloc[:10].isna().all()
    assert made.survey.rows["discrimination_answer"].iloc[10:].notna().any()
    assert made.risk.safe


@given(
    st.lists(st.tuples(*[st.integers(0, 4)] * 3, st.integers(0, 1)), min_size=12, max_size=60),
    st.integers(2, 6),
    st.sampled_from([0.0, 0.1, 0.3]),
)
@settings(max_examples=25, deadline=None)
def test_after_generalising_no_group_is_too_small_whatever_the_answers(
    rows: list[tuple[int, ...]], k: int, most: float
) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b", "c", "secret"])
    made = generalise(survey_of(frame), keys=["a", "b", "c"], sensitive=["secret"], k=k, most_emptied=most)
    assert made.risk.safe
    assert len(made.survey) == len(rows)
    counts = made.survey.rows[["a", "b", "c"]].astype(object).where(lambda part: part.notna(), "-").value_counts()
    assert counts.min() >= k
    assert 0 <= made.loss <= 1


def test_the_best_combination_is_the_best_of_all(example: Survey) -> None:
    from stagekansen_lib.privacy import generalising

    names = ["school", "age_class", "sex"]
    traits = [generalising._Trait(example, name) for name in names]
    chosen = generalising._best_forms(example, traits, 0.1, 5)

    def kept(forms: tuple[generalising._Step, ...]) -> float:
        small = generalising._too_small([form.codes for form in forms], 5).mean()
        return -1.0 if small > 0.1 else sum(generalising._entropy(form.codes) for form in forms) * (1 - small)

    every = [kept(forms) for forms in itertools.product(*(trait.forms(example) for trait in traits))]
    assert kept(chosen) == pytest.approx(max(every))


def test_wrong_words_are_named_at_once(example: Survey) -> None:
    with pytest.raises(InputError) as stopped:
        describe_risk(example, keys=["schol", "applications"])
    assert [problem.what for problem in stopped.value.problems] == [
        "There is no variable 'schol' in the survey.",
        "'applications' holds no codes.",
    ]
    with pytest.raises(InputError, match="k = 1"):
        describe_risk(example, k=1)
    with pytest.raises(InputError, match="most_emptied"):
        generalise(example, most_emptied=2)
    with pytest.raises(InputError, match="no trait"):
        describe_risk(survey_from_frame(pd.DataFrame({"x": [1.0, 2.0]})))
    with pytest.raises(InputError, match="cannot form a group"):
        generalise(survey_of(pd.DataFrame({"a": ["x", "x"]})), keys=["a"])
