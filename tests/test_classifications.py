"""Classifications and harmonise: nothing is lost, nothing is guessed, and what is open is named."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.surveys.classifications import classification_names, read_lines
from stagekansen_lib.surveys.codebook_checks import check_codebook


@pytest.fixture(scope="module")
def survey() -> sk.Survey:
    return sk.read_survey("example_2022")


def of_frame(name: str, answers: Sequence[object], dtype: object = object) -> sk.Survey:
    """A survey of one column. Single respondents are allowed: nothing here needs a variance."""
    return sk.survey_from_frame(pd.DataFrame({name: pd.array(list(answers), dtype=dtype)}), single_unit="adjust")


def programmes(*answers: str | None) -> sk.Survey:
    return of_frame("programme", answers)


def test_the_example_of_the_design_runs_as_written(survey: sk.Survey) -> None:
    found = sk.harmonise(survey, "programme", to="sectors_haaglanden")
    # The codebook derives the same three classes by rules of its own.
    pd.testing.assert_series_equal(found.rows["sector"], found.rows["sector3"], check_names=False)
    assert check_codebook(found.codebook) == ()
    assert "sector" not in survey.rows
    weighted = sk.rake(found, to=sk.read_margins("students_haaglanden_2019"))
    gap = sk.compare(weighted, of="search_difficulty", by="discrimination_experienced", adjust_for=["level", "sector"])
    assert gap.adjusted_for == ("level", "sector")
    shown = sk.protect([sk.share(weighted, of="discrimination_experienced", by="sector")], rules="steering_group")
    assert len(shown[0].table) == 6


def test_the_codebook_that_comes_out_reads_the_file_to_the_same_classes(survey: sk.Survey) -> None:
    found = sk.harmonise(survey, "programme", to="sectors_haaglanden")
    again = sk.read_survey("example_2022", found.codebook)
    pd.testing.assert_series_equal(found.rows["sector"], again.rows["sector"])


def test_why_an_answer_is_missing_goes_along(survey: sk.Survey) -> None:
    found = sk.harmonise(survey, "programme", to="sectors_haaglanden")
    assert found.missing_reasons is not None
    own = found.missing_reasons["sector"].astype(object)
    assert own.dropna().tolist() == found.missing_reasons["field"].astype(object).dropna().tolist()


def test_a_code_that_goes_to_several_classes_or_to_none_stops_the_work_and_all_are_named(survey: sk.Survey) -> None:
    with pytest.raises(InputError) as stopped:
        sk.harmonise(survey, "programme", to="isced_f_broad")
    texts = [str(problem) for problem in stopped.value.problems]
    assert len(texts) == 2  # nobody in the example studies code 7, agriculture
    assert any("'07'" in text and "'06'" in text and "decisions={1: '07'}" in text for text in texts)
    assert any("8 'Anders' has no counterpart" in text for text in texts)


def test_a_decision_by_a_person_is_followed_counted_and_written_down(survey: sk.Survey) -> None:
    found = sk.harmonise(survey, "programme", to="isced_f_broad", decisions={1: "06", "Anders": None})
    counts = found.rows["isced_field"].value_counts()
    answers = survey.rows["field"].value_counts()
    assert counts["06"] == answers[1]
    assert counts["07"] == 0
    assert found.rows["isced_field"].isna().sum() == survey.rows["field"].isna().sum() + answers[8]
    assert found.missing_reasons is not None
    assert (found.missing_reasons["isced_field"] == "not_coded").sum() == answers[8]
    assert "decided: 1 to 06, 8 to no class" in found.provenance.history[-1]
    assert f"{answers[8]} left out" in found.provenance.history[-1]


def test_preferred_takes_the_first_class_but_never_fills_in_what_has_none(survey: sk.Survey) -> None:
    with pytest.raises(InputError, match="no counterpart") as stopped:
        sk.harmonise(survey, "programme", to="isced_f_broad", decisions="preferred")
    assert len(stopped.value.problems) == 1
    found = sk.harmonise(programmes("techniek"), "programme", to="isced_f_broad", source="croho_units",
                         decisions="preferred")  # fmt: skip
    assert found.rows["isced_field"].tolist() == ["07"]


def test_answers_that_no_classification_knows_are_all_listed_with_what_looks_like_them() -> None:
    with pytest.raises(InputError) as stopped:
        sk.harmonise(
            programmes("Zorg en welzijnn", "Bouw en infra", "Zzz", "Zzz"), "programme", to="sectors_haaglanden"
        )
    texts = [str(problem) for problem in stopped.value.problems]
    assert any("'Zorg en welzijnn'" in text and "Zorg en welzijn)" in text for text in texts)
    assert any("'Zzz'" in text and "2 rows" in text for text in texts)
    assert len(texts) == 2


def test_a_long_text_of_a_respondent_is_never_repeated() -> None:
    text = "My teacher told me that this programme has no name at all"
    with pytest.raises(InputError) as stopped:
        sk.harmonise(programmes("Bouw en infra", text), "programme", to="sectors_haaglanden")
    assert "teacher" not in str(stopped.value)
    assert "1 row: 1" in str(stopped.value)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["Bouw en infra", "zorg en WELZIJN", " mbo-04", None]), min_size=1, max_size=40))
def test_every_row_is_mapped_or_had_no_answer(answers: list[str | None]) -> None:
    found = sk.harmonise(programmes(*answers), "programme", to="sectors_haaglanden", source="mbo_domains")
    expected = {"Bouw en infra": 3, "zorg en WELZIJN": 2, " mbo-04": 1}
    assert [None if pd.isna(one) else one for one in found.rows["sector"]] == [
        None if one is None else expected[one] for one in answers
    ]


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from([1, 2, 7, 8, None]), min_size=1, max_size=60),
    st.sampled_from([{1: "07", 7: "08", 8: None}, {1: "06", 7: None, 8: "99"}, {1: None, 2: None, 7: None, 8: None}]),
)
def test_mapped_and_left_out_and_without_an_answer_are_all_rows(
    answers: list[int | None], decisions: dict[int, str | None]
) -> None:
    found = sk.harmonise(of_frame("field", answers, "Int64"), "field", to="isced_f_broad", source="fields_baseline",
                         decisions=decisions)  # fmt: skip
    left_out = sum(answer is not None and decisions.get(answer, "") is None for answer in answers)
    without = answers.count(None)
    assert len(found.rows) == len(answers)
    assert found.rows["isced_field"].isna().sum() == left_out + without
    assert f"{len(answers)} rows = {len(answers) - left_out - without} mapped" in found.provenance.history[-1]


def test_places_are_found_by_any_of_their_names_and_an_unlisted_one_stops() -> None:
    places = of_frame("place", ["Den Haag", "'s-Gravenhage", "GM0503", "leiden", None])
    found = sk.harmonise(places, "place", to="regions_haaglanden")
    assert found.rows["region"].tolist()[:4] == ["the_hague", "the_hague", "haaglanden", "elsewhere"]
    with pytest.raises(InputError, match="'Maastricht' is not in 'municipalities'"):
        sk.harmonise(of_frame("place", ["Maastricht"]), "place", to="regions_haaglanden")


def test_origin_stays_special_and_the_old_terms_need_a_decision(survey: sk.Survey) -> None:
    found = sk.harmonise(survey, "origin", to="origin_cbs_2022")
    assert found.codebook["origin_cbs"].privacy == "special"
    assert "by links from memory" in found.provenance.history[-1]
    with pytest.raises(InputError, match="goes to several classes"):
        sk.harmonise(survey, "origin", to="origin_cbs_old")


def test_what_is_made_of_an_identifying_answer_can_still_not_be_shown_when_the_classes_are_narrow() -> None:
    frame = pd.DataFrame({"place": ["Den Haag", "Delft"], "hours": [1, 2]})
    found = sk.survey_from_frame(frame)
    region = sk.harmonise(found, "place", to="regions_haaglanden")
    assert region.codebook["region"].privacy == "ordinary"
    with pytest.raises(InputError, match="not linked"):
        sk.harmonise(found, "place", to="municipalities", source="municipalities")
    assert sk.read_classification("municipalities").privacy == "identifying"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"of": "program", "to": "sectors_haaglanden"}, "programme"),
        ({"of": "programme", "to": "sectors_haagland"}, "sectors_haaglanden"),
        ({"of": "programme", "to": "regions_haaglanden"}, "not linked"),
        ({"of": "programme", "to": "sectors_haaglanden", "name": "level"}, "already"),
        ({"of": "programme", "to": "sectors_haaglanden", "decisions": {9: 1}}, "no code 9"),
        ({"of": "programme", "to": "sectors_haaglanden", "decisions": {1: 9}}, "no class 9"),
        ({"of": "programme", "to": "sectors_haaglanden", "decisions": "split"}, "no mapping"),
    ],
)
def test_a_wrong_question_is_refused_with_what_to_do(survey: sk.Survey, arguments: dict[str, str], text: str) -> None:
    with pytest.raises(InputError, match=text):
        sk.harmonise(survey, **arguments)  # type: ignore[arg-type]


def test_weights_do_not_change_what_is_mapped(survey: sk.Survey) -> None:
    weighted = sk.rake(survey, to=sk.read_margins("students_haaglanden_2019"))
    found = sk.harmonise(weighted, "programme", to="sectors_haaglanden")
    assert (found.weights == weighted.weights).all()
    plain = sk.harmonise(survey, "programme", to="sectors_haaglanden")
    assert found.provenance.history[-1] == plain.provenance.history[-1]


def test_a_subpopulation_keeps_its_design(survey: sk.Survey) -> None:
    part = sk.harmonise(sk.subset(survey, {"level": 1}), "programme", to="sectors_haaglanden")
    whole = sk.subset(sk.harmonise(survey, "programme", to="sectors_haaglanden"), {"level": 1})
    first, second = (sk.share(one, of="sector").table for one in (part, whole))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize("name", classification_names())
def test_a_classification_has_labels_in_two_languages_and_no_code_twice(name: str) -> None:
    found = sk.read_classification(name)
    assert all(code.label_nl and code.label_en for code in found.codes)
    assert len({code.code for code in found.codes}) == len(found.codes)
    assert set(found.confidence.values()) <= {"found", "recalled", "proposed", "defined"}
    assert all(found.find(code.code) == code.code for code in found.codes)


def test_links_name_existing_codes_and_say_what_they_are() -> None:
    pairs = {(line["source"], line["target"]) for line in read_lines("links.csv")}
    for source, target in pairs:
        links = sk.read_links(source, target)
        # Every code of the source is spoken for, if only to say that it has no counterpart.
        assert list(links) == [code.code for code in sk.read_classification(source).codes]
        for link in links.values():
            assert (len(link.targets) == 0) == (link.kind == "none")
            assert len(link.targets) == 1 or link.kind in ("narrower", "none")
        exact = [link.targets[0] for link in links.values() if link.kind == "exact"]
        assert len(exact) == len(set(exact))


def test_links_of_programmes_keep_the_doubt_of_the_register() -> None:
    links = sk.read_links("mbo_domains", "isced_f_broad")
    # Handbook crosswalk: 'Horeca en bakkerij' is mainly 10, bakers can be 07.
    assert links["mbo-07"].targets == ("10", "07")
    assert links["mbo-07"].kind == "narrower"
    assert links["mbo-03"].kind == "broader"


def test_a_harmonised_variable_of_open_answers_is_no_way_around_the_refusal(survey: sk.Survey) -> None:
    with pytest.raises((InputError, RefusedError)):
        sk.harmonise(survey, "suggestion", to="sectors_haaglanden")
