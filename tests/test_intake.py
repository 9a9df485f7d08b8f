"""Reading a survey: nothing lost, nothing guessed, every problem named."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.checks import check_survey
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.intake.taking_back import write_set_aside
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey, subset
from tests.answer_files import ITEMS, write

BOOK = read_codebook("baseline")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"


def aside(survey: Survey) -> list[tuple[int, str, str, str]]:
    assert survey.set_aside is not None
    table = survey.set_aside
    return list(zip(table["row"], table["column"], table["value"], table["reason"], strict=True))


def reason(survey: Survey, variable: str, row: int = 2) -> object:
    assert survey.missing_reasons is not None
    return survey.missing_reasons.at[row, variable]


def test_a_clean_file_is_read_whole(file: Path) -> None:
    survey = read_survey(write(file, {}, {}))
    assert survey.rows.index.tolist() == [2, 3]
    assert aside(survey) == []
    assert survey.weights.tolist() == [1.0, 1.0]
    assert not survey.provenance.synthetic
    assert survey.provenance.self_selected
    assert survey.provenance.history[-1] == "2 rows in the file: 2 accepted, 0 set aside; 0 values set aside"


def test_answers_have_the_types_of_the_codebook(file: Path) -> None:
    rows = read_survey(write(file, {"g6": "Er kwam geen reactie."})).rows
    assert rows["search_difficulty"].cat.categories.tolist() == [1, 2, 3, 4, 5]
    assert rows["search_difficulty"].cat.ordered
    assert not rows["school"].cat.ordered
    assert rows["applications"].tolist() == [12.0]
    assert rows[[f"reported_to[{code}]" for code in (1, 2, 8)]].iloc[0].tolist() == [0.0, 1.0, 1.0]
    assert rows["what_happened"].tolist() == ["Er kwam geen reactie."]


def test_derived_variables_follow_the_declared_rules(file: Path) -> None:
    row = read_survey(write(file, {})).rows.iloc[0]
    expected = {
        "level": 1,
        "school3": 1,
        "sector3": 3,
        "lives_in_the_hague": 1,
        "much_difficulty": 0,
        "applications_class": 4,
        "discrimination_experienced": 1,
        "role_in_applying": 1,
        "knows_where": 1,
        "reported": 1,
        "step_taken": 1,
        "felt_safe": 0,
        "grounds3[1]": 1.0,
        "grounds3[2]": 0.0,
    }
    assert {name: row[name] for name in expected} == expected


def test_digits_of_the_postcode_are_dropped_after_coding(file: Path) -> None:
    survey = read_survey(write(file, {}))
    assert "home_place" not in survey.rows
    assert survey.missing_reasons is not None
    assert "home_place" not in survey.missing_reasons


@pytest.mark.parametrize(
    ("programme", "school", "school3"), [("4", "2", 1), ("6", "3", 2), ("6", "4", 3), ("6", "7", 3), ("2", "7", 1)]
)
def test_school_in_three_fits_the_classes_of_the_margins(file: Path, programme: str, school: str, school3: int) -> None:
    assert read_survey(write(file, {"a1": programme, "a3": school})).rows["school3"].tolist() == [school3]


def test_a_refused_school_is_not_made_up(file: Path) -> None:
    survey = read_survey(write(file, {"a1": "6", "a3": "99"}))
    assert survey.rows["school3"].isna().tolist() == [True]
    assert reason(survey, "school3") == "prefer_not_to_say"


@pytest.mark.parametrize(
    ("item", "value", "variable", "why"),
    [
        ("d1", "7", "search_difficulty", "unknown_code"),
        ("d1", "x", "search_difficulty", "unknown_code"),
        ("d2", "501", "applications", "out_of_range"),
        ("d2", "-1", "applications", "out_of_range"),
        ("d2", "veel", "applications", "not_a_number"),
        ("b3", "3;77", "found_through", "unknown_code"),
        ("b3", "3;99", "found_through", "contradiction"),
    ],
)
def test_a_bad_value_is_listed_and_missing_and_its_row_stays(
    file: Path, item: str, value: str, variable: str, why: str
) -> None:
    survey = read_survey(write(file, {}, {item: value}))
    assert len(survey) == 2
    assert aside(survey) == [(3, variable, value, why)]
    assert survey.rows.loc[3, list(BOOK[variable].columns)].isna().all()
    assert reason(survey, variable, 3) == "invalid"


def test_an_unknown_code_never_counts_as_no(file: Path) -> None:
    survey = read_survey(write(file, {"g1": "4", "g4": "0", "m1": "7"}))
    for name in ("discrimination_experienced", "discrimination_or_doubt", "role_in_applying", "knows_where"):
        assert survey.rows[name].isna().tolist() == [True], name
        assert reason(survey, name) == "invalid", name


def test_a_spoiled_filter_does_not_take_the_answers_behind_it_along(file: Path) -> None:
    survey = read_survey(write(file, {"g1": "4"}))
    assert [column for _, column, _, _ in aside(survey)] == ["discrimination_answer"]
    assert survey.rows["reported_to[8]"].tolist() == [1.0]
    assert reason(survey, "reported") == "invalid"


def test_no_consent_sets_the_row_aside_without_any_answer(file: Path) -> None:
    survey = read_survey(write(file, {}, {"c0": "2"}, {"c0": ""}, {"c0": "9"}))
    assert survey.rows.index.tolist() == [2]
    assert aside(survey) == [(row, "consent", "", "no_consent") for row in (3, 4, 5)]


@pytest.mark.parametrize("consent", ["2", "", "99"])
def test_without_special_consent_those_answers_are_emptied_and_not_listed(file: Path, consent: str) -> None:
    survey = read_survey(write(file, {"c1": consent}))
    special = [one for one in BOOK.variables.values() if one.privacy == "special" and one.kind != "info"]
    for variable in special:
        assert survey.rows[list(variable.columns)].isna().all(axis=None), variable.name
    listed = [(value, why) for _, column, value, why in aside(survey) if column != "consent_special"]
    assert listed == [("", "no_special_consent")] * 6


def test_a_repeated_respondent_is_set_aside_and_the_first_stays(file: Path) -> None:
    students = ({"respondent_id": "A", "d1": "5"}, {"respondent_id": "B"}, {"respondent_id": "A", "d1": "1"})
    survey = read_survey(write(file, *students))
    assert survey.rows.index.tolist() == [2, 3]
    assert survey.rows["search_difficulty"].tolist() == [5, 1]
    assert aside(survey) == [(4, "respondent_id", "A", "duplicate_respondent")]
    assert survey.set_aside is not None
    assert survey.set_aside["expected"].tolist() == ["one row a respondent; row 2 is the first"]


def test_respondents_without_a_number_are_not_each_others_double(file: Path) -> None:
    assert len(read_survey(write(file, {"respondent_id": ""}, {"respondent_id": ""}))) == 2


def test_a_row_without_consent_does_not_push_out_the_one_with_it(file: Path) -> None:
    survey = read_survey(write(file, {"respondent_id": "A", "c0": "2"}, {"respondent_id": "A"}))
    assert survey.rows.index.tolist() == [3]


def test_an_answer_out_of_routing_is_listed_and_the_filter_decides(file: Path) -> None:
    survey = read_survey(write(file, {"b2": "2", "k4": "5", "k5": "99"}))
    assert aside(survey) == [(2, "felt_welcome", "5", "out_of_routing")]
    assert reason(survey, "felt_welcome") == "not_asked"
    assert reason(survey, "feels_safe_answer") == "not_asked"


def test_the_text_of_an_open_answer_is_never_listed(file: Path) -> None:
    secret = "Dit is een geheim verhaal"
    survey = read_survey(write(file, {"g1": "3", "g6": secret}))
    assert (2, "what_happened", "", "out_of_routing") in aside(survey)
    assert secret not in survey.set_aside.to_csv()  # type: ignore[union-attr]


def test_nobody_is_asked_about_a_placement_that_was_not_due(file: Path) -> None:
    empty = {item: "" for item in ITEMS if item[0] in "dgmk" or item in ("b2", "b3")}
    survey = read_survey(write(file, {**empty, "b1": "2"}))
    assert aside(survey) == []
    assert reason(survey, "search_difficulty") == "not_asked"
    assert reason(survey, "discrimination_experienced") == "not_asked"
    assert reason(survey, "felt_safe") == "not_asked"


def test_reasons_of_missing_answers_are_kept_apart(file: Path) -> None:
    survey = read_survey(write(file, {"d1": "", "d2": "999", "d5": "4", "h3": "ergens"}))
    assert reason(survey, "search_difficulty") == "blank"
    assert reason(survey, "applications") == "prefer_not_to_say"
    assert reason(survey, "study_delay") == "do_not_know"
    assert reason(survey, "lives_in_the_hague") == "not_coded"


def test_the_base_of_a_derived_variable_is_who_it_is_about(file: Path) -> None:
    survey = read_survey(write(file, {"d2": "0"}, {"g1": "2"}, {"d2": "999"}))
    assert reason(survey, "role_in_applying") == "does_not_apply"
    assert reason(survey, "reported", 3) == "does_not_apply"
    assert survey.rows["role_in_applying"].tolist()[2] == 1


def test_a_missing_column_stops_the_reading(file: Path) -> None:
    with pytest.raises(InputError, match=r"There is no column for d1 \(search_difficulty\)"):
        read_survey(write(file, {}, without="d1"))


def test_a_wrong_delimiter_stops_the_reading_with_advice(file: Path) -> None:
    write(file, {}, delimiter=",")
    assert len(read_survey(file)) == 1
    with pytest.raises(InputError, match="separated by comma"):
        read_survey(file, delimiter=";")


def test_a_latin1_file_is_read_and_said_to_be_so(file: Path) -> None:
    survey = read_survey(write(file, {"z1": "Eén plek"}, encoding="latin-1"))
    assert survey.rows["suggestion"].tolist() == ["Eén plek"]
    assert any("cp1252 (not UTF-8" in line for line in survey.provenance.history)


def test_an_empty_file_stops_the_reading(file: Path) -> None:
    file.write_bytes(b"")
    with pytest.raises(InputError, match="The file is empty"):
        read_survey(file)


def test_a_file_where_nobody_consents_stops_the_reading(file: Path) -> None:
    with pytest.raises(InputError, match="No row is left"):
        read_survey(write(file, {"c0": "2"}))


def test_a_decimal_comma_and_unknown_columns_are_reported(file: Path) -> None:
    survey = read_survey(write(file, {"duration_minutes": "7,5", "last_page": "page 31415"}))
    assert survey.rows["duration_minutes"].tolist() == [7.5]
    assert "'duration_minutes': a comma is read as the decimal sign." in survey.provenance.history
    assert "1 column(s) not in the codebook were left out: 'last_page'." in survey.provenance.history
    assert "31415" not in survey.rows.to_csv()


def test_on_request_every_problem_stops_the_reading_and_no_answer_is_told(file: Path) -> None:
    write(file, {"d2": "31415"}, {"d2": "27182", "z1": "geheim"}, {"c0": "2"})
    with pytest.raises(InputError) as caught:
        read_survey(file, on_problem="raise")
    text = str(caught.value)
    assert "column applications, row(s) 2, 3: Number is not possible. Expected a whole number from 0 to 500." in text
    assert "column consent, row(s) 4" in text
    assert "31415" not in text
    assert "geheim" not in text
    with pytest.raises(InputError, match="Did you mean 'raise'"):
        read_survey(file, on_problem="rais")  # type: ignore[arg-type]


def test_an_unknown_name_and_a_missing_path_offer_near_matches(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'example_2022'"):
        read_survey("example_202")
    write(tmp_path / "export.csv", {})
    with pytest.raises(InputError, match=r"Did you mean 'export\.csv'"):
        read_survey(tmp_path / "exprt.csv")


def test_columns_may_stand_in_any_order_and_be_named_by_question(file: Path) -> None:
    write(file, {"d1": "5"})
    rows = list(csv.reader(file.read_text("utf-8").splitlines(), delimiter=";"))
    names = {variable.item: variable.question_nl for variable in BOOK.variables.values()}
    rows[0] = [names[item] for item in rows[0]]
    with file.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, delimiter=";").writerows(row[::-1] for row in rows)
    assert read_survey(file).rows["search_difficulty"].tolist() == [5]


def test_real_and_synthetic_rows_are_never_mixed(file: Path) -> None:
    with pytest.raises(InputError, match="Never put real and synthetic answers in one file"):
        read_survey(write(file, {"data_origin": "synthetic"}, {"data_origin": ""}))
    with pytest.raises(InputError, match="Never put real and synthetic answers in one file"):
        read_survey(write(file, {"data_origin": "synthetic"}, {"data_origin": "twin"}))
    assert not read_survey(write(file, {"data_origin": "SYNTHETISCH / SYNTHETIC"})).provenance.synthetic
    assert read_survey(write(file, {"data_origin": "twin"})).provenance.twin_of_people


@pytest.mark.parametrize(("says", "marked"), [("true", ""), ("false", "synthetic")])
def test_card_and_rows_must_agree_on_synthetic(file: Path, says: str, marked: str) -> None:
    write(file, {"data_origin": marked})
    (file.parent / "card.yaml").write_text(f"surveys:\n  export:\n    synthetic: {says}\n", "utf-8")
    with pytest.raises(InputError, match="The card says synthetic"):
        read_survey(file)


def test_the_card_says_how_respondents_were_found(file: Path) -> None:
    write(file, {})
    card = "surveys:\n  export:\n    survey: Meting 2023\n    self_selected: false\n    sources: [a]\n"
    (file.parent / "card.yaml").write_text(card, "utf-8")
    provenance = read_survey(file).provenance
    assert (provenance.survey, provenance.self_selected, provenance.sources) == ("Meting 2023", False, ("a",))


_cell = st.sampled_from(["", "1", "2", "3", "7", "99", "999", "x", "1;2", "12", "-4", "Ja", "2511"])


@given(st.lists(st.tuples(*[_cell] * len(ITEMS)), min_size=1, max_size=8), st.booleans())
@settings(max_examples=40, deadline=None)
def test_whatever_the_answers_no_row_is_lost_and_every_gap_has_a_reason(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], same: bool
) -> None:
    file = tmp_path_factory.mktemp("any") / "export.csv"
    students = [dict(zip(ITEMS, row, strict=True)) for row in rows]
    ids = [{"respondent_id": "A" if same else str(number)} for number in range(len(rows))]
    first = {"respondent_id": "first", "c0": "1"}
    write(file, first, *({**student, **one} for student, one in zip(students, ids, strict=True)))
    survey = read_survey(file)
    report = check_survey(survey)
    assert report.accepted + report.rows_set_aside == len(rows) + 1
    assert survey.missing_reasons is not None
    for variable in BOOK.variables.values():
        if not variable.keep or not set(variable.columns) <= set(survey.rows) or not variable.columns:
            continue
        missing = survey.rows[list(variable.columns)].isna()
        assert (missing.any(axis=1) == missing.all(axis=1)).all()
        explained = survey.missing_reasons.get(variable.name, pd.Series(None, survey.rows.index, dtype=object)).notna()
        assert (missing.all(axis=1) == explained).all(), variable.name


def rule(survey: Survey, name: str) -> dict[str, object]:
    table = check_survey(survey).table.set_index("rule")
    return table.loc[name].to_dict()


def test_each_rule_counts_passed_failed_and_missing(file: Path) -> None:
    survey = read_survey(write(file, {}, {"d1": "8"}, {"d1": ""}, {"d1": "99"}))
    found = rule(survey, "answer:search_difficulty")
    assert {key: found[key] for key in ("passed", "failed", "missing", "severity", "rows")} == {
        "passed": 1,
        "failed": 1,
        "missing": 2,
        "severity": "error",
        "rows": (3,),
    }


def test_rules_over_several_variables_look_at_whom_they_are_about(file: Path) -> None:
    survey = read_survey(
        write(file, {"a1": "4", "a3": "3"}, {"a1": "4", "a3": "99"}, {"a1": "6", "a3": "3"}, {"a1": "4", "a3": "1"})
    )
    found = rule(survey, "check:mbo_school")
    assert (found["passed"], found["failed"], found["missing"], found["rows"]) == (1, 1, 1, (2,))
    assert found["severity"] == "warning"


def test_a_count_of_99_is_doubted(file: Path) -> None:
    assert rule(read_survey(write(file, {"d2": "99"}, {"d2": "98"})), "check:applications_99")["rows"] == (2,)


def test_an_answer_that_stands_alone_is_doubted_beside_another(file: Path) -> None:
    assert rule(read_survey(write(file, {"b3": "3;7"}, {"b3": "7", "b2": "2"})), "alone:found_through")["rows"] == (2,)


@pytest.mark.parametrize(("minutes", "rows"), [("2,9", (2,)), ("3", ())])
def test_very_fast_answers_are_doubted(file: Path, minutes: str, rows: tuple[int, ...]) -> None:
    assert rule(read_survey(write(file, {"duration_minutes": minutes})), "check:very_fast")["rows"] == rows


def test_the_report_tells_itself_in_two_languages_without_any_answer(file: Path) -> None:
    report = check_survey(read_survey(write(file, {"d2": "31415"}, {"c0": "2"})))
    assert report.sentence().startswith("Het bestand telt 2 rijen. Daarvan doen er 1 mee.")
    assert report.sentence("en").startswith("The file has 2 rows. 1 of them take part.")
    page = report._repr_html_()
    assert "Aantal sollicitaties: mogelijk antwoord" in page
    assert "31415" not in page


def test_a_survey_from_a_frame_and_a_subset_can_be_checked() -> None:
    small = Codebook("small", {"level": BOOK["level"], "programme_type": BOOK["programme_type"]})
    survey = survey_from_frame(pd.DataFrame({"programme_type": [1, 4, 6]}), codebook=small)
    assert rule(survey, "answer:programme_type")["passed"] == 3
    assert rule(subset(survey, {"programme_type": [1, 4]}), "answer:programme_type")["passed"] == 2


def test_what_was_set_aside_can_be_opened_in_a_spreadsheet(file: Path, tmp_path: Path) -> None:
    survey = read_survey(write(file, {"d2": "=1+1"}, {"d1": "8"}, {"c0": "2"}))
    target = write_set_aside(survey, tmp_path / "set_aside.csv")
    lines = list(csv.DictReader(target.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert [(line["row"], line["item"], line["value"], line["reason"]) for line in lines] == [
        ("2", "d2", "'=1+1", "not_a_number"),
        ("3", "d1", "8", "unknown_code"),
        ("4", "c0", "", "no_consent"),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.csv", "set_aside.csv"]
    with pytest.raises(InputError, match="The folder does not exist"):
        write_set_aside(survey, tmp_path / "nowhere" / "set_aside.csv")
