"""Numbers and days are read by looking at the whole column; what stays open is asked, never guessed cell by cell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.readers.answers import Habits, UndecidedError, read_answers
from stagekansen_lib.readers.csv_files import read_csv_file
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.readers.number_signs import number_signs
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable

PAY = Variable("pay", "number", "Loon", "Pay", item="loon")
HOURS = Variable("hours", "number", "Uren", "Hours", item="uren", required=False)
DAY = Variable("day", "date", "Dag", "Day", item="dag")
LATER = Variable("later", "date", "Later", "Later", item="later", required=False)
BOOK = Codebook("small", {one.name: one for one in (PAY, HOURS)}, "Klein", "Small")
DAYS = Codebook("days", {one.name: one for one in (DAY, LATER)}, "Dagen", "Days")


def cells(*texts: str | None) -> pd.Series:
    return pd.Series(pd.Categorical(list(texts)))


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (("1.250", "2,5", "950"), [1250, 2.5, 950]),
        (("1,250", "2.5", "950"), [1250, 2.5, 950]),
        (("1.250", "0.5", "950"), [1.25, 0.5, 950]),
        (("1.250.000", "1.250"), [1_250_000, 1250]),
        (("1.250,75", "12"), [1250.75, 12]),
        (("19.0000000000", "7.0000000000"), [19, 7]),
        (("1 250", "2\u00a0100", "950"), [1250, 2100, 950]),
        (("12.3456", "1.250"), [12.3456, 1.25]),
    ],
)
def test_one_text_that_leaves_no_doubt_decides_the_column(texts: tuple[str, ...], numbers: list[float]) -> None:
    assert read_answers(cells(*texts), PAY).columns["pay"].tolist() == numbers


def test_a_column_in_doubt_is_asked() -> None:
    with pytest.raises(UndecidedError, match="can be read in two ways"):
        read_answers(cells("1.250", "950"), PAY)
    for sign, first in ((",", 1250.0), (".", 1.25)):
        read = read_answers(cells("1.250", "950"), PAY, Habits(decimal=sign))
        assert read.columns["pay"].tolist() == [first, 950.0]


def test_a_count_has_no_decimals_so_a_point_before_three_digits_stands_between_thousands() -> None:
    people = Variable("people", "count", "Mensen", "People")
    assert read_answers(cells("1.250", "950"), people).columns["people"].tolist() == [1250.0, 950.0]
    # Each could be a whole number with three decimals.
    with pytest.raises(UndecidedError):
        read_answers(cells("1.000", "3.000"), people)


def test_what_the_rest_of_the_file_says_decides_a_column_in_doubt(tmp_path: Path) -> None:
    dutch = written(tmp_path / "dutch.csv", 'loon,uren\n1.250,"7,5"\n950,8\n')
    assert read_survey(dutch, BOOK).rows["pay"].tolist() == [1250.0, 950.0]
    english = written(tmp_path / "english.csv", "loon,uren\n1.250,7.5\n950,8\n")
    assert read_survey(english, BOOK).rows["pay"].tolist() == [1.25, 950.0]
    # The column that tells may also stand before it.
    turned = Codebook("small", {one.name: one for one in (HOURS, PAY)}, "Klein", "Small")
    assert read_survey(dutch, turned).rows["pay"].tolist() == [1250.0, 950.0]


def test_a_file_with_semicolons_writes_a_decimal_comma_and_one_with_commas_is_asked(tmp_path: Path) -> None:
    semicolons = written(tmp_path / "semicolons.csv", "loon;x\n1.250;1\n950;2\n")
    survey = read_survey(semicolons, BOOK)
    assert survey.rows["pay"].tolist() == [1250.0, 950.0]
    assert any("a point is read as the sign between thousands" in line for line in survey.provenance.history)
    commas = written(tmp_path / "commas.csv", "loon,x\n1.250,1\n950,2\n")
    with pytest.raises(InputError, match="decimal=','") as stopped:
        read_survey(commas, BOOK)
    assert "1.250" not in str(stopped.value)
    assert read_survey(commas, BOOK, decimal=",").rows["pay"].tolist() == [1250.0, 950.0]


def test_numbers_of_a_spreadsheet_are_no_texts(tmp_path: Path) -> None:
    sheet = openpyxl.Workbook()
    for row in (("loon", "uren"), (1.125, 7), (2.375, 8)):
        sheet.active.append(row)
    sheet.save(tmp_path / "numbers.xlsx")
    assert read_survey(tmp_path / "numbers.xlsx", BOOK).rows["pay"].tolist() == [1.125, 2.375]


def test_signs_that_are_not_there_leave_no_doubt() -> None:
    assert number_signs(["950", "12"]) is not None
    assert number_signs(["1.250", "1,250"]) is None


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (("03/04/2022", "04/13/2022"), [dt.date(2022, 3, 4), dt.date(2022, 4, 13)]),
        (("03/04/2022", "13/04/2022"), [dt.date(2022, 4, 3), dt.date(2022, 4, 13)]),
        (("03-04-2022", "05.06.2022"), [dt.date(2022, 4, 3), dt.date(2022, 6, 5)]),
        (("2022-03-04", "2022/03/05"), [dt.date(2022, 3, 4), dt.date(2022, 3, 5)]),
        (("05/05/2022", "06/06/2022 10:00"), [dt.date(2022, 5, 5), dt.date(2022, 6, 6)]),
    ],
)
def test_a_column_of_days_has_one_order(texts: tuple[str, ...], days: list[dt.date]) -> None:
    assert [day.date() for day in read_answers(cells(*texts), DAY).columns["day"]] == days


def test_one_slip_among_days_does_not_turn_the_others() -> None:
    answers = read_answers(cells("13/04/2022", "14/04/2022", "03/04/2022", "04/13/2022"), DAY)
    assert answers.columns["day"].dt.month.tolist()[:3] == [4, 4, 4]
    assert [(one.text, one.reason) for one in answers.invalid] == [("04/13/2022", "not_a_day")]


def test_days_that_can_be_either_are_asked_unless_another_column_says(tmp_path: Path) -> None:
    alone = written(tmp_path / "alone.csv", "dag,x\n03/04/2022,1\n05/06/2022,2\n")
    with pytest.raises(InputError, match="day_order="):
        read_survey(alone, DAYS)
    first = read_survey(alone, DAYS, day_order="month-day-year").rows["day"].iloc[0]
    assert first == pd.Timestamp(2022, 3, 4)
    both = written(tmp_path / "both.csv", "dag,later\n03/04/2022,12/31/2022\n05/06/2022,01/02/2023\n")
    assert read_survey(both, DAYS).rows["day"].iloc[0] == pd.Timestamp(2022, 3, 4)


@pytest.mark.parametrize(
    "wrong", [{"decimal": ";"}, {"day_order": "year-month-day"}, {"keep": ["everything"]}], ids=str
)
def test_a_habit_that_does_not_exist_is_refused(wrong: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not possible"):
        read_survey(written(tmp_path / "a.csv", "loon;x\n1;1\n"), BOOK, **wrong)  # type: ignore[arg-type]


SECONDS = 13928544000.0  # 29 February 2024 in SPSS


@pytest.mark.parametrize(
    ("form", "text"),
    [("MOYR8", "2024-02-01"), ("QYR6", "2024-01-01"), ("WKYR10", "2024-02-26"), ("DATE11", "2024-02-29"),
     ("DATETIME20", "2024-02-29"), ("SDATE10", "2024-02-29")],
)  # fmt: skip
def test_months_quarters_weeks_and_moments_of_spss_become_days(form: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "days.sav"
    frame = pd.DataFrame({"dag": [SECONDS, float("nan")], "x": [1.0, 2.0]})
    pyreadstat.write_sav(frame, str(file), variable_format={"dag": form})
    table = read_table(file)
    assert table.rows["dag"].tolist()[0] == text
    assert any(form in line for line in table.report) == (form[:4] in ("MOYR", "QYR6", "WKYR"))
    assert read_survey(file, DAYS).rows["day"].iloc[0] == pd.Timestamp(text)


def test_a_long_time_of_spss_keeps_its_days_and_days_of_the_week_have_names(tmp_path: Path) -> None:
    file = tmp_path / "times.sav"
    frame = pd.DataFrame({"duur": [93784.0, 61.5], "weekdag": [1.0, 7.0]})
    pyreadstat.write_sav(frame, str(file), variable_format={"duur": "DTIME12", "weekdag": "WKDAY9"})
    table = read_table(file)
    assert table.rows["duur"].tolist() == ["26:03:04", "00:01:01.5"]
    assert table.labels["weekdag"]["1"] == "zondag"


LINES = "q1;q2;q3\n1;2,5;Één\n2;3,5;Twee\n"


@pytest.mark.parametrize(
    ("text", "first_row", "said"),
    [
        ("sep=;\n" + LINES, 3, "sep=;"),
        ('"sep=;"\n' + LINES, 3, "sep=;"),
        ("sep=\t\r\n" + LINES.replace(";", "\t"), 3, "cells separated by tab"),
        ("\n\n" + LINES, 4, "2 blank line(s)"),
        (";;\n" + LINES, 3, "1 blank line(s)"),
        (LINES.replace("\n", ";\n").replace("q3;", "q3", 1), 2, "1 empty cell(s)"),
        (LINES.replace("\n", ";;\n"), 2, "2 empty cell(s)"),
        (LINES.replace("q3", "q3;", 1), 2, "semicolon"),
        ("\nsep=,\n" + LINES.replace("2,5", "2.5").replace("3,5", "3.5").replace(";", ","), 4, "sep=,"),
    ],
)
def test_what_spreadsheets_put_around_the_cells_is_passed_over_and_told(
    text: str, first_row: int, said: str, tmp_path: Path
) -> None:
    table = read_csv_file(written(tmp_path / "a.csv", text))
    assert list(table.rows.columns) == ["q1", "q2", "q3"]
    assert table.rows["q3"].tolist() == ["Één", "Twee"]
    assert table.rows.index.tolist() == [first_row, first_row + 1]
    assert any(said in line for line in table.report)


def test_a_row_with_something_behind_its_last_column_is_still_set_aside(tmp_path: Path) -> None:
    table = read_csv_file(written(tmp_path / "a.csv", "q1;q2\n1;2;\n3;4;5;\n6;7;\n8;9\n"))
    assert table.rows["q1"].tolist() == ["1", "6", "8"]
    assert table.set_aside[["row", "reason"]].to_numpy().tolist() == [[3, "long_row"]]
    assert table.count == 4


def test_blank_rows_above_the_header_of_a_sheet_are_passed_over(tmp_path: Path) -> None:
    sheet = openpyxl.Workbook()
    for row in ((None, None), (None, None), ("loon", "uren"), (10, 2), (11, 3)):
        sheet.active.append(row)
    sheet.save(tmp_path / "blank.xlsx")
    table = read_table(tmp_path / "blank.xlsx")
    assert table.rows["loon"].tolist() == ["10", "11"]
    assert table.rows.index.tolist() == [4, 5]


def test_labels_keep_the_sign_they_begin_with(tmp_path: Path) -> None:
    labels = ["'s-Gravenhage", "+65", "-18 jaar", "=gelijk", "'t Hart College"]
    place = Variable("place", "nominal", "p", "p", tuple(Code(at, x, x) for at, x in enumerate(labels, 1)), item="q1")
    file = written(tmp_path / "signs.csv", "q1;x\n" + "".join(f"{label};1\n" for label in labels))
    survey = read_survey(file, Codebook("signs", {"place": place}, "s", "s"))
    assert survey.rows["place"].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("written_as", "numbers"),
    [
        (("€ 450", "€ 525,50", "€ 1.100", "450 euro"), [450.0, 525.5, 1100.0, 450.0]),
        (("12%", "25 %", "7,5%"), [12.0, 25.0, 7.5]),
        (("17", "18 jaar", "20 jr."), [17.0, 18.0, 20.0]),
        (("€ 450,-", "€450"), [450.0, 450.0]),
    ],
)
def test_a_unit_beside_a_number_is_left_out_and_told(
    tmp_path: Path, written_as: tuple[str, ...], numbers: list[float]
) -> None:
    file = written(tmp_path / "units.csv", "loon;x\n" + "".join(f"{text};1\n" for text in written_as))
    survey = read_survey(file, BOOK)
    assert survey.rows["pay"].tolist() == numbers
    assert any("is its unit" in line for line in survey.provenance.history)


def test_a_number_with_another_unit_than_the_column_is_not_read_as_if_it_had_that_one(tmp_path: Path) -> None:
    file = written(tmp_path / "units.csv", "loon;x\n2 weken;1\n3 weken;1\n1 maand;1\n")
    survey = read_survey(file, BOOK)
    assert survey.rows["pay"].tolist()[:2] == [2.0, 3.0]
    assert survey.rows["pay"].isna().tolist() == [False, False, True]


def test_a_title_above_the_names_of_the_columns_is_named_as_what_it_is(tmp_path: Path) -> None:
    file = written(tmp_path / "title.csv", "Stages 2024;;\n\nloon;x;y\n1;2;3\n")
    with pytest.raises(InputError, match="looks like a title"):
        read_survey(file, BOOK)
