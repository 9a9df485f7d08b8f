"""The twin: like the real survey taken together, like no single respondent, and synthetic everywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.intake.checks import check_survey
from stagekansen_lib.twins.making import Twin, write_twin
from tests.small_surveys import ORIGIN, small


@pytest.fixture(scope="module")
def survey() -> sk.Survey:
    return sk.read_survey("example_2022")


@pytest.fixture(scope="module")
def twin(survey: sk.Survey) -> Twin:
    return sk.make_twin(survey, seed=1)


def test_the_twin_says_everywhere_that_it_is_synthetic(twin: Twin) -> None:
    assert twin.survey.provenance.synthetic
    assert twin.survey.provenance.survey.startswith("SYNTHETISCHE tweeling van")
    assert "SYNTHETIC twin of" in twin.survey.provenance.survey
    assert set(twin.export["herkomst_gegevens"]) == {"SYNTHETISCH / SYNTHETIC"}
    assert "made-up data" in sk.compare(twin.survey, of="search_difficulty", by="level").sentence("en")


def test_a_twin_of_answers_of_people_says_so_also_in_its_file_and_is_never_released(
    survey: sk.Survey, twin: Twin, tmp_path: Path
) -> None:
    people = replace(survey, provenance=replace(survey.provenance, synthetic=False))
    of_people = sk.make_twin(people, seed=1)
    assert set(of_people.export["herkomst_gegevens"]) == {"SYNTHETISCHE TWEELING / SYNTHETIC TWIN"}
    file = write_twin(of_people, tmp_path / "twin.csv")
    # Whoever reads the file later, or makes a twin of the twin, is still told.
    for one in (of_people.survey, sk.read_survey(file), sk.make_twin(sk.read_survey(file), seed=2).survey):
        assert one.provenance.synthetic
        assert one.provenance.twin_of_people
        assert "a twin of answers of people" in repr(one)
        for result in (sk.share(one, "level"), sk.compare(one, of="search_difficulty", by="level")):
            with pytest.raises(RefusedError, match="is a twin of answers of people"):
                sk.protect([result], rules="steering_group")
    assert not twin.survey.provenance.twin_of_people
    (table,) = sk.protect([sk.share(twin.survey, "level")], rules="steering_group")
    assert table.shown


def test_a_codebook_that_cannot_say_twin_gives_no_twin_of_people(survey: sk.Survey) -> None:
    variables = dict(survey.codebook.variables)
    variables["data_origin"] = replace(variables["data_origin"], codes=ORIGIN.codes[:1])
    book = replace(survey.codebook, variables=variables)
    people = replace(survey, codebook=book, provenance=replace(survey.provenance, synthetic=False))
    with pytest.raises(InputError, match=r"cannot say that it is made after answers of people.*the code 'twin'"):
        sk.make_twin(people)


def test_every_row_of_the_twin_is_taken_in_and_follows_the_routing(twin: Twin, survey: sk.Survey) -> None:
    assert len(twin.survey) == len(twin.export) == len(survey)
    assert twin.survey.set_aside is not None
    assert twin.survey.set_aside.empty
    assert twin.survey.rows.columns.tolist() == survey.rows.columns.tolist()
    report = check_survey(twin.survey).table.set_index("rule")
    assert report.loc[[name.startswith("routing:") for name in report.index], "failed"].sum() == 0


def test_shares_and_associations_are_kept(twin: Twin, survey: sk.Survey) -> None:
    # Two samples of 324 from one population differ by 0.03 on average in their largest share of a question.
    assert twin.variables["margin_error"].mean() < 0.06
    real = sk.compare(survey, of="search_difficulty", by="discrimination_experienced")
    made = sk.compare(twin.survey, of="search_difficulty", by="discrimination_experienced")
    assert real.effect > 0.6
    assert 0.55 < made.effect < 0.75
    level = [
        pd.crosstab(one.rows["programme_type"], one.rows["school"], dropna=False).to_numpy()[:7, :7]
        for one in (survey, twin.survey)
    ]
    shares = [table / table.sum() for table in level]
    assert np.abs(shares[0] - shares[1]).max() < 0.08


def test_associations_are_closer_than_those_of_shuffled_answers(twin: Twin, survey: sk.Survey) -> None:
    rng = np.random.default_rng(3)
    names = ["programme_type", "school", "study_year", "search_difficulty", "no_reaction", "discrimination_answer"]

    def strengths(rows: pd.DataFrame) -> np.ndarray:
        ranks = rows[names].apply(lambda column: pd.to_numeric(column.astype(object)))
        return ranks.corr().to_numpy()

    shuffled = pd.DataFrame({name: rng.permutation(survey.rows[name].to_numpy()) for name in names})
    real = strengths(survey.rows)
    off_diagonal = ~np.eye(len(names), dtype=bool)
    far = np.abs(strengths(shuffled) - real)[off_diagonal].mean()
    near = np.abs(strengths(twin.survey.rows) - real)[off_diagonal].mean()
    assert near < 0.6 * far


def test_no_real_record_is_repeated(twin: Twin, survey: sk.Survey) -> None:
    names = [name for name, one in survey.codebook.variables.items()
             if one.kind in ("nominal", "ordinal") and not one.derived_from and not one.role]  # fmt: skip

    def records(rows: pd.DataFrame) -> set[tuple[object, ...]]:
        return set(rows[names].astype(object).fillna(-1).itertuples(index=False, name=None))

    assert not records(survey.rows) & records(twin.survey.rows)
    assert twin.distances.set_index("from").loc["twin", "q05"] > 0


def test_what_only_few_real_students_answered_together_never_comes_back() -> None:
    rng = np.random.default_rng(5)
    answers = {name: rng.integers(1, 5, 200).tolist() for name in "abcd"}
    survey = small(4, **answers)
    made = sk.make_twin(survey, rows=400, seed=2, smallest=5)
    counts = survey.rows.value_counts()
    rare = {tuple(key) for key, count in counts.items() if 0 < count < 5}
    rows = made.survey.rows[list("abcd")].astype(float)  # a blank answer is NaN, and equal to nothing
    found = set(rows.itertuples(index=False, name=None))
    assert rare
    assert not found & rare
    assert made.redrawn > 0
    assert len(made.survey) + made.dropped == 400


def test_an_answer_of_one_student_shows_no_more_than_an_answer_of_nobody() -> None:
    rng = np.random.default_rng(7)
    base = {name: rng.integers(1, 3, 300).tolist() for name in "abcdefgh"}
    with_one = {**base, "a": [9, *base["a"][1:]]}
    made = [sk.make_twin(small(9, **answers), rows=2_000, seed=4).survey.rows["a"] for answers in
            (base, with_one)]  # fmt: skip
    shares = [float((column == 9).mean()) for column in made]
    # One in 300 would be 0.0033; what is drawn comes from the list of the codebook, nine answers alike.
    assert abs(shares[1] - shares[0]) < 0.002


def test_the_tables_beside_the_twin_hold_no_count_of_real_students(twin: Twin) -> None:
    assert list(twin.variables.columns) == ["variable", "label_nl", "label_en", "margin_error", "association_error"]
    assert list(twin.distances.columns) == ["from", "to", "q05", "q25", "q50", "mean"]


def test_a_model_that_copies_would_be_seen() -> None:
    from stagekansen_lib.twins.distances import closest

    rng = np.random.default_rng(1)
    used, held = rng.integers(0, 4, (100, 20)), rng.integers(0, 4, (100, 20))
    assert closest(used, used).max() == 0
    assert (closest(used, used) < closest(used, held)).mean() == 1
    assert closest(used, used, itself=True).min() > 0


def test_the_distance_to_the_half_that_was_used_is_no_shorter_than_chance_would_often_give(twin: Twin) -> None:
    # 0.5 is chance and 1 a copy. A little more than chance: the twin has the shares of the half that was used.
    assert 0.4 < twin.closer_to_used < 0.7


def test_the_same_seed_gives_the_same_twin_and_another_seed_another() -> None:
    rng = np.random.default_rng(5)
    survey = small(3, **{name: rng.integers(1, 4, 60).tolist() for name in "abcdefgh"})
    one, same, other = (sk.make_twin(survey, seed=seed).export for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)


def test_the_file_is_an_export_like_the_real_one_and_the_same_steps_run_on_it(twin: Twin, tmp_path: Path) -> None:
    path = sk.write_twin(twin, tmp_path / "twin_2022.csv")
    for name in ("example_2022", path):
        read = sk.harmonise(sk.read_survey(name), "programme", to="sectors_haaglanden")
        weighted = sk.rake(read, to=sk.read_margins("students_haaglanden_2019"))
        found = sk.share(weighted, of="discrimination_experienced", by="level")
        assert len(sk.protect([found], rules="steering_group")[0].table) == 4
    assert {one.name for one in tmp_path.iterdir()} == {"twin_2022.csv", "twin_2022.made-up.yaml"}


def test_a_name_that_hides_what_the_file_is_is_refused(twin: Twin, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not say what it is"):
        sk.write_twin(twin, tmp_path / "survey_2022.csv")
    with pytest.raises(InputError, match="folder does not exist"):
        sk.write_twin(twin, tmp_path / "absent" / "twin.csv")
    assert not list(tmp_path.iterdir())


def test_a_survey_that_cannot_have_a_twin_is_refused_with_the_reason(survey: sk.Survey) -> None:
    with pytest.raises(InputError, match="too few"):
        sk.make_twin(sk.subset(survey, np.arange(len(survey)) < 29))
    without = {name: one for name, one in survey.codebook.variables.items() if one.role != "origin"}
    with pytest.raises(InputError, match="cannot say that it is synthetic"):
        sk.make_twin(replace(survey, codebook=replace(survey.codebook, variables=without)))
    for arguments in ({"rows": 0}, {"smallest": 2}, {"rows": 1.5}):
        with pytest.raises(InputError, match="Give a whole number"):
            sk.make_twin(survey, **arguments)  # type: ignore[arg-type]


def test_when_every_answer_repeats_somebody_there_is_no_twin() -> None:
    # Forty students, one question, ten answers by four students each, and some left it blank: every row is somebody's.
    answers = [code for code in range(1, 11) for _ in range(4)]
    made = small(10, a=[*answers, None, None])
    with pytest.raises(InputError, match="repeats a real record"):
        sk.make_twin(made, seed=1)


def test_the_picture_is_well_formed_and_reads_in_two_languages(twin: Twin) -> None:
    for language in ("nl", "en"):
        root = ElementTree.fromstring(twin.picture(language))
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
    assert "made-up respondents" in twin.sentence("en")
    assert "verzonnen respondenten" in twin.sentence("nl")


def test_the_command_writes_a_twin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "twin_example.csv"
    assert main(["twin", "example_2022", "--file", str(path), "--rows", "40", "--seed", "1", "--language", "en"]) == 0
    assert len(sk.read_survey(path)) == 40
    assert "40 made-up respondents" in capsys.readouterr().out
