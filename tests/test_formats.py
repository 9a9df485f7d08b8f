"""What is read from an Excel, SPSS, Stata, Parquet, Forms, Qualtrics or LimeSurvey file equals the CSV."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.reading import propose_columns, read_survey
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.readers.limesurvey import read_limesurvey_structure
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.questionnaires import write_questionnaire
from stagekansen_lib.surveys.surveys import Survey
from tests import samples


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    return read_survey(samples.write_csv(tmp_path_factory.mktemp("csv") / "example.csv"))


def same(survey: Survey, reference: Survey, first_row: int) -> None:
    """The same respondents, codes, missing reasons and places set aside; rows are numbered as the program does."""
    shift = first_row - 2
    moved = reference.rows.set_axis(reference.rows.index + shift)
    pd.testing.assert_frame_equal(survey.rows[moved.columns], moved, check_index_type=False)
    assert survey.missing_reasons is not None
    assert reference.missing_reasons is not None
    words = reference.missing_reasons.astype(object).set_axis(moved.index)
    pd.testing.assert_frame_equal(survey.missing_reasons[words.columns].astype(object), words, check_index_type=False)
    assert survey.set_aside is not None
    assert reference.set_aside is not None
    places = ["row", "column", "reason"]
    expected = reference.set_aside[places].assign(row=lambda frame: frame["row"] + shift)
    pd.testing.assert_frame_equal(survey.set_aside[places], expected, check_dtype=False)
    # The rows say so, and nothing proves it: only the file that came with the project is known to be made up.
    assert not survey.provenance.synthetic
    assert any("nothing proves it" in line for line in survey.provenance.history)


FORMATS: dict[str, tuple[str, Callable[[Path], Path], int, str]] = {
    "excel": ("example.xlsx", samples.write_excel, 2, "Excel, sheet 'Antwoorden'."),
    "spss": ("example.sav", samples.write_spss, 1, "SPSS file, 330 rows."),
    "stata": ("example.dta", samples.write_stata, 1, "Stata file, 330 rows."),
    "parquet": ("example.parquet", samples.write_parquet, 1, "Parquet file, 330 rows."),
    "forms": ("example.xlsx", samples.write_forms, 2, "Export of Microsoft Forms."),
    "qualtrics labels": (
        "example.csv",
        lambda path: samples.write_qualtrics(path, labels=True),
        4,
        "Export of Qualtrics: three header rows.",
    ),
    "qualtrics values": (
        "example.csv",
        lambda path: samples.write_qualtrics(path, labels=False),
        4,
        "Export of Qualtrics: three header rows.",
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_gives_what_the_csv_gives_and_says_what_it_is(name: str, tmp_path: Path, reference: Survey) -> None:
    file, write, first_row, said = FORMATS[name]
    survey = read_survey(write(tmp_path / file))
    same(survey, reference, first_row)
    assert said in survey.provenance.history


@pytest.mark.parametrize("ending", ["lss", "txt"])
def test_limesurvey_with_its_structure_file_gives_what_the_csv_gives(
    ending: str, tmp_path: Path, reference: Survey
) -> None:
    structure = tmp_path / f"survey.{ending}"
    file = samples.write_limesurvey(tmp_path / "results.csv", structure)
    survey = read_survey(file, structure=structure)
    same(survey, reference, 2)
    assert "Export of LimeSurvey with its structure file." in survey.provenance.history


def test_an_ending_that_lies_is_said_and_the_content_read(tmp_path: Path, reference: Survey) -> None:
    survey = read_survey(samples.write_excel(tmp_path / "example.csv"))
    same(survey, reference, 2)
    assert "The content is an Excel workbook, whatever the ending '.csv' says." in survey.provenance.history


def test_columns_in_which_nearly_every_text_differs_are_read_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reference: Survey
) -> None:
    monkeypatch.setattr("stagekansen_lib.readers.tables._MANY", 8)
    same(read_survey(samples.write_csv(tmp_path / "example.csv")), reference, 2)


def workbook(path: Path, rows: list[list[object]], title: str = "Antwoorden") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_values_of_a_sheet_are_read_as_a_person_sees_them(tmp_path: Path) -> None:
    day = pd.Timestamp("2022-05-09 14:46").to_pydatetime()
    file = workbook(tmp_path / "a.xlsx", [["a", "b"], [3.0, 0.1 + 0.2], [True, day], [None, " x "], [None, None]])
    table = read_table(file)
    assert table.rows["a"].tolist()[:2] == ["3", "true"]
    assert table.rows["b"].tolist() == ["0.3", "2022-05-09 14:46:00", "x"]
    assert table.rows.index.tolist() == [2, 3, 4]
    assert table.report == ("Excel, sheet 'Antwoorden'.", "Spaces around 1 cell(s) were taken off.")


def test_the_stored_result_of_a_formula_is_read_and_one_without_it_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["a", "b"], [1, "=A2+1"], [2, "=A3+1"]])
    with pytest.raises(InputError, match=r"2 formula\(s\) have no stored result.*let it calculate"):
        read_table(file)
    # What Excel writes: the result beside the formula, of a text too.
    with zipfile.ZipFile(file) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"<v></v>", b"<v />")  # as openpyxl writes it beside lxml
    parts[sheet] = parts[sheet].replace(b'<c r="B2"><f>A2+1</f><v /></c>', b'<c r="B2"><f>A2+1</f><v>2</v></c>')
    parts[sheet] = parts[sheet].replace(
        b'<c r="B3"><f>A3+1</f><v /></c>', b'<c r="B3" t="str"><f>A3&amp;1</f><v></v></c>'
    )
    with zipfile.ZipFile(file, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    assert read_table(file).rows["b"].isna().tolist() == [False, True]


def test_what_a_sheet_hides_is_read_and_said(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["a", "b"], [1, 2], [3, 4]])
    book = openpyxl.load_workbook(file)
    book["Antwoorden"].row_dimensions[3].hidden = True
    book["Antwoorden"].column_dimensions["B"].hidden = True
    book.save(file)
    table = read_table(file)
    assert table.count == 2
    assert "1 hidden row(s), 1 hidden column(s): read as well." in table.report


def test_a_sheet_is_chosen_by_name_and_never_guessed(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["a", "b"], [1, 2]])
    book = openpyxl.load_workbook(file)
    book.create_sheet("Ouder").append(["a", "b"])
    book["Ouder"].append([7, 8])
    book.save(file)
    with pytest.raises(InputError, match=r"2 sheets hold something: 'Antwoorden', 'Ouder'\. Choose one with sheet="):
        read_table(file)
    assert read_table(file, sheet="Ouder").rows["a"].tolist() == ["7"]
    with pytest.raises(InputError, match="Did you mean 'Ouder'"):
        read_table(file, sheet="Oudr")


def test_arguments_that_do_not_go_with_the_format_are_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["a", "b"], [1, 2]])
    text = tmp_path / "a.csv"
    text.write_text("a;b\n1;2\n", "utf-8")
    for path, arguments, said in [
        (file, {"format": "csv"}, "This is an Excel workbook and not text"),
        (file, {"format": "exel"}, "Did you mean 'excel'"),
        (file, {"delimiter": ";"}, "Only a text file has a delimiter"),
        (text, {"sheet": "x"}, "Only an Excel workbook has sheets"),
        (text, {"format": "qualtrics"}, "three header rows of Qualtrics are not there"),
        (text, {"format": "forms", "structure": "x.lss"}, "Only LimeSurvey has a structure file"),
        (tmp_path, {}, "This is a folder"),
    ]:
        with pytest.raises(InputError, match=said):
            read_table(path, **arguments)


def test_missing_values_that_spss_declares_are_missing_answers_with_their_reason(tmp_path: Path) -> None:
    import pyreadstat

    file = tmp_path / "a.sav"
    frame = pd.DataFrame({"d1": [1.0, 7, 8, 9, float("nan")], "d2": [4.0, -7, -8, 2, 3]})
    labels = {
        "d1": {1: "Geen moeite", 7: "Weet ik niet", 8: "Niet gevraagd (n.v.t.)"},
        "d2": {-7: "Wil ik niet zeggen"},
    }
    pyreadstat.write_sav(
        frame,
        str(file),
        variable_value_labels=labels,
        missing_ranges={"d1": [{"lo": 7, "hi": 9}], "d2": [{"lo": -9, "hi": -7}]},
    )
    names = ("search_difficulty", "applications")
    book = Codebook("two", {n: replace(samples.BOOK[n], only_if=()) for n in names})
    survey = read_survey(file, book)
    assert survey.set_aside is not None
    assert survey.set_aside.empty
    assert survey.missing_reasons is not None
    found = survey.missing_reasons.astype(object).where(survey.missing_reasons.notna(), "")
    assert found["search_difficulty"].tolist() == ["", "do_not_know", "not_asked", "blank", "blank"]
    assert found["applications"].tolist() == ["", "prefer_not_to_say", "blank", "", ""]


def test_a_label_of_the_file_goes_before_its_number(tmp_path: Path) -> None:
    import pyreadstat

    file = tmp_path / "a.sav"
    frame = pd.DataFrame({"b1": [0.0, 1.0, 2.0], "d2": [1.0, 2.0, 3.0]})
    pyreadstat.write_sav(frame, str(file), variable_value_labels={"b1": {0: "Nee", 1: "Ja"}})
    book = Codebook("two", {n: replace(samples.BOOK[n], only_if=()) for n in ("compulsory_internship", "applications")})
    survey = read_survey(file, book)
    # 2 has no label in the file and means "no" in the codebook, so it may not pass for it.
    assert survey.rows["compulsory_internship"].astype(object).tolist()[:2] == [2, 1]
    assert survey.rows["compulsory_internship"].isna().tolist() == [False, False, True]
    assert "'compulsory_internship': the file numbers its answers otherwise; they were read by their labels." in (
        survey.provenance.history
    )


def test_near_columns_are_proposed_and_used_only_when_confirmed(tmp_path: Path) -> None:
    frame = samples.answers().head(9)
    names = {"search_difficulty": "Hoe veel moeite kostte het een stageplek te vinden", "sex": "Ben je een"}
    file = tmp_path / "a.csv"
    frame.to_csv(file, sep=";", index=False, header=[names.get(n) or samples.BOOK[n].item or n for n in frame])
    with pytest.raises(InputError, match="or give columns="):
        read_survey(file)
    found = propose_columns(file)
    assert found[["column", "variable"]].to_numpy().tolist()[0] == [names["search_difficulty"], "search_difficulty"]
    assert found["similarity"].is_monotonic_decreasing
    confirmed = {names["search_difficulty"]: "search_difficulty", names["sex"]: "h2"}
    survey = read_survey(file, columns=confirmed)
    assert {"search_difficulty", "sex"} <= set(survey.rows)
    assert propose_columns(file, columns=confirmed).empty
    for wrong, said in [({"x": "sex"}, "column 'x', which is not there"), ({names["sex"]: "sx"}, "Did you mean 'sex'")]:
        with pytest.raises(InputError, match=said):
            read_survey(file, columns=wrong)


def test_the_questionnaire_that_we_write_for_limesurvey_is_understood(tmp_path: Path) -> None:
    write_questionnaire(samples.BOOK, tmp_path / "questionnaire.txt")
    structure = read_limesurvey_structure(tmp_path / "questionnaire.txt")
    for variable in samples.questions():
        item = next(name for name in (variable.item, variable.name) if name in structure.questions)
        assert set(structure.questions[item]) == {variable.question_nl, variable.question_en}
        if variable.kind in ("nominal", "ordinal"):
            assert structure.labels[item] == {str(code.code): code.label_nl for code in variable.codes}


def test_a_structure_file_that_is_none_says_so(tmp_path: Path) -> None:
    file = samples.write_limesurvey(tmp_path / "a.csv", tmp_path / "a.lss")
    with pytest.raises(InputError, match=r"There is no column for b3.*"):
        read_survey(file)
    for content, said in [
        (b"", "No question was found"),
        (b"<?xml version='1.0'?><document>", "is damaged"),
        (b"<?xml version='1.0'?><!DOCTYPE a><document/>", "no DOCTYPE"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ]:
        (tmp_path / "a.lss").write_bytes(content)
        with pytest.raises(InputError, match=said):
            read_survey(file, structure=tmp_path / "a.lss")
