"""Which variable measures a concept: as the codebook says, by the words of the baseline, or made of clear answers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from stagekansen_lib.drafts.drafting import draft_codebook
from stagekansen_lib.drafts.measuring import MissingConcept, concept, find_concepts, with_readings
from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey
from tests import school_exports


def asked(labels: list[str], answers: list[int], about: str = "experienced") -> Survey:
    codes = tuple(Code(at, label, label) for at, label in enumerate(labels, start=1))
    book = {"q5": Variable("q5", "nominal", "Vraag 5", "Question 5", codes, concept=about, fit="other_wording")}
    return survey_from_frame(pd.DataFrame({"q5": answers}), codebook=Codebook("school", book))


@pytest.fixture(scope="module")
def example() -> Survey:
    return read_survey("example_2022")


@pytest.mark.parametrize("kind", school_exports.EXPORTS)
def test_every_export_of_a_questionnaire_gives_the_same_share_by_concept(kind: str, tmp_path: Path) -> None:
    file = school_exports.write_export(kind, 2025, tmp_path)
    draft = school_exports.confirmed(draft_codebook(file))
    own = [one["name"] for one in draft.state["questions"] if not one["technical"] and not one["differs"]]
    for name, place in (("experienced", "Q5"), ("search_difficulty", "Q3")):
        draft.confirm(own[school_exports.ORDER.index(place)], "concept", f"{name}: other_wording")
    survey = with_readings(read_survey(file, draft))
    met, hard = (survey.rows[concept(survey, name, "yes")] for name in ("experienced", "search_difficulty"))
    expected = school_exports.figures(2025)
    assert [met.dropna().astype(int).mean(), hard.dropna().astype(int).mean()] == pytest.approx(
        [expected["met"], expected["hard"]], abs=1e-9
    )


def test_doubt_counts_as_no_and_in_the_wide_reading_as_yes() -> None:
    survey = with_readings(asked(["Ja, vaak", "Ik twijfel", "Nee, nooit"], [1, 2, 3, 3]))
    assert survey.rows[concept(survey, "experienced", "yes")].tolist() == [1, 0, 0, 0]
    assert survey.rows[concept(survey, "experienced", "yes_or_doubt")].tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("labels", "hard"),
    [
        (["Heel makkelijk", "Niet makkelijk, niet moeilijk", "Moeilijk"], [0, 0, 1]),
        (["Geen moeite", "Weinig moeite", "Veel moeite"], [0, 0, 1]),
        (["Very easy", "Neither easy nor difficult", "Not easy"], [0, 0, 1]),
        (["Niet moeilijk", "Niet makkelijk", "Heel moeilijk"], [0, 1, 1]),
    ],
)
def test_what_was_hard_is_known_by_the_words_of_the_answers(labels: list[str], hard: list[int]) -> None:
    survey = with_readings(asked(labels, [1, 2, 3], "search_difficulty"))
    assert survey.rows[concept(survey, "search_difficulty", "yes")].tolist() == hard


def test_of_answers_that_are_not_all_clear_nothing_is_made_and_the_message_says_what_to_add() -> None:
    survey = with_readings(asked(["Ja", "Groen", "Nee"], [1, 2, 3]))
    assert list(survey.rows) == ["q5"]
    with pytest.raises(InputError, match="Make a derived variable of 'q5'"):
        concept(survey, "experienced", "yes")


def test_a_missing_concept_counts_as_false_and_tells_in_both_languages(example: Survey) -> None:
    told = concept(example, "gender", missing="tell")
    assert isinstance(told, MissingConcept)
    assert not told
    assert "Gender" in told.sentence("nl")
    assert "sk.take_in()" in told.sentence("nl")
    assert told.sentence("en") == repr(told)
    assert "<b>" in told._repr_html_()


def test_the_baseline_has_its_own_readings_and_nothing_is_made_beside_them(example: Survey) -> None:
    assert list(with_readings(example).codebook) == list(example.codebook)
    found = {name: concept(example, name, "few") for name in ("school", "level", "field", "age", "search_difficulty")}
    assert found == {
        "school": "school3", "level": "level", "field": "sector3", "age": "age2", "search_difficulty": "difficulty3",
    }  # fmt: skip
    assert concept(example, "experienced", "yes_or_doubt") == "discrimination_or_doubt"
    assert concept(example, "search_difficulty") == "search_difficulty"


def test_a_number_has_no_list_and_a_name_that_is_taken_is_left_alone() -> None:
    count = Variable("q4", "count", "Brieven", "Letters", concept="applications")
    met = Variable(
        "q5", "nominal", "Vraag", "Question", (Code(1, "Ja", "Yes"), Code(2, "Nee", "No")), concept="experienced"
    )
    other = Variable("discrimination_experienced", "count", "Iets anders", "Something else")
    frame = pd.DataFrame({"q4": [3.0, 4.0], "q5": [1, 2], "discrimination_experienced": [7.0, 8.0]})
    made = with_readings(
        survey_from_frame(frame, codebook=Codebook("s", {one.name: one for one in (count, met, other)}))
    )
    assert made.rows["discrimination_experienced"].tolist() == [7.0, 8.0]
    assert concept(made, "experienced", "yes") == "q5_yes"
    assert made.rows["applications"].tolist() == [3.0, 4.0]
    with pytest.raises(InputError, match="not with a list of answers"):
        concept(made, "applications", "list")


def test_an_unknown_concept_or_choice_is_named(example: Survey) -> None:
    with pytest.raises(InputError, match=r"no concept 'experience'.*'experienced'"):
        concept(example, "experience")
    with pytest.raises(InputError, match="answers is 'two'"):
        concept(example, "experienced", "two")  # type: ignore[call-overload]


def test_the_list_of_concepts_is_in_words_of_either_language(example: Survey) -> None:
    found = find_concepts(example)
    assert list(found.labelled("nl")) == ["begrip", "naam", "vraag", "hoe goed past het"]
    assert "Niet gemeten: Gender; Kanaal: hoe iemand bij de vragenlijst kwam." in found.sentence("nl")
    assert (found.table["variable"] == "").sum() == 2
    assert "Gender" in repr(found)
    assert "<table" in found._repr_html_()
