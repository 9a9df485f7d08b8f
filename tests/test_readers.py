"""CSV files as people send them: every defect is named, no row is lost."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagekansen_lib.errors import InputError
from stagekansen_lib.readers.answers import read_answers
from stagekansen_lib.readers.columns import ColumnsError, find_columns
from stagekansen_lib.readers.csv_files import read_csv_file
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.readers.multiple_answers import read_joined_answers, read_separate_answers
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable

YES_NO = (Code(1, "Ja", "Yes"), Code(2, "Nee", "No"), Code(99, "Zeg ik liever niet", "Prefer not to say", "refused"))
WAYS = Variable(
    "ways", "multiple", "Hoe", "How", (*YES_NO[:2], Code(3, "Anders, namelijk", "Other"), YES_NO[2]), item="b3"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"


def cells(*texts: str | None) -> pd.Series:
    return pd.Series(pd.Categorical(list(texts)))


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolon"), (",", "comma"), ("\t", "tab"), ("|", "pipe")])
def test_the_delimiter_is_found_and_reported(file: Path, sign: str, name: str) -> None:
    file.write_text(f"id{sign}a{sign}b\n1{sign}2{sign}3\n4{sign}5{sign}6\n", "utf-8")
    table = read_csv_file(file)
    assert table.rows.astype(str).to_numpy().tolist() == [["1", "2", "3"], ["4", "5", "6"]]
    assert table.report == (f"Encoding utf-8, cells separated by {name}.",)


def test_commas_in_question_texts_do_not_hide_the_semicolon(file: Path) -> None:
    file.write_text("id;Ja, nee, of, misschien, wat dan ook?;b\n1;2;3\n4;5;6\n", "utf-8")
    assert list(read_csv_file(file).rows.columns) == ["id", "Ja, nee, of, misschien, wat dan ook?", "b"]


def test_a_wrong_delimiter_says_which_one_it_looks_like(file: Path) -> None:
    file.write_text("id;a\n1;2\n", "utf-8")
    with pytest.raises(InputError, match="looks as if they are separated by semicolon"):
        read_csv_file(file, delimiter=",")


def test_an_unknown_delimiter_says_what_was_tried(file: Path) -> None:
    file.write_text("id^a\n1^2\n", "utf-8")
    with pytest.raises(InputError, match="do not fall apart into columns"):
        read_csv_file(file)
    assert read_csv_file(file, delimiter="^").rows.shape == (1, 2)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "Encoding utf-8,"),
        ("utf-8-sig", "Encoding utf-8 with a byte order mark,"),
        ("latin-1", "Encoding cp1252 (not UTF-8: check letters with accents),"),
        ("utf-16", "Encoding utf-16,"),
    ],
)
def test_the_encoding_is_found_reported_and_accents_survive(file: Path, encoding: str, said: str) -> None:
    file.write_bytes("id;naam\n1;één\n".encode(encoding))
    table = read_csv_file(file)
    assert list(table.rows.columns) == ["id", "naam"]
    assert table.rows["naam"].tolist() == ["één"]
    assert table.report[0].startswith(said)


def test_an_encoding_that_does_not_fit_is_an_error(file: Path) -> None:
    file.write_bytes("id;naam\n1;één\n".encode("latin-1"))
    with pytest.raises(InputError, match="not in encoding 'utf-8'"):
        read_csv_file(file, encoding="utf-8")
    with pytest.raises(InputError, match="no encoding 'utf-9'"):
        read_csv_file(file, encoding="utf-9")


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n \n", b";;;\n;;;\n"])
def test_an_empty_file_is_an_error(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(InputError, match="The file is empty"):
        read_csv_file(file)


def test_a_header_without_answers_is_an_error(file: Path) -> None:
    file.write_text("id;a\n;\n", "utf-8")
    with pytest.raises(InputError, match="a header and no answers"):
        read_csv_file(file)


def test_null_bytes_are_named_with_their_line(file: Path) -> None:
    file.write_bytes(b"id;a\n1;2\n2;\x00\n")
    with pytest.raises(InputError, match=r"export\.csv line 3: The file holds null bytes"):
        read_csv_file(file)


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"PK\x03\x04rest", "Excel"), (b"$FL2 rest", "SPSS"), (b"%PDF-1.4", "PDF"), (b"PAR1", "Parquet")],
)
def test_another_format_with_a_csv_name_is_recognised(file: Path, start: bytes, kind: str) -> None:
    file.write_bytes(start)
    with pytest.raises(InputError, match=kind):
        read_table(file)


def test_a_duplicated_and_a_nameless_column_are_both_named(file: Path) -> None:
    file.write_text("id;a;a;\n1;2;3;4\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_csv_file(file)
    assert [problem.what for problem in caught.value.problems] == [
        "Columns 2, 3 have the same name.",
        "Column(s) without a name: 4.",
    ]


def test_rows_of_the_wrong_length_are_set_aside_with_their_row_number(file: Path) -> None:
    file.write_text("id;a;b\n1;2;3\n4;5\n\n6;7;8;9\n10;11;12", "utf-8")
    table = read_csv_file(file)
    assert table.rows.index.tolist() == [2, 6]
    assert table.set_aside[["row", "expected", "reason"]].to_numpy().tolist() == [
        [3, "3 cells, the row has 2", "truncated_row"],
        [5, "3 cells, the row has 4", "long_row"],
    ]
    assert table.count == 4
    assert "1 empty row(s) were passed over." in table.report


def test_a_cell_with_delimiter_quotes_and_line_break_stays_whole(file: Path) -> None:
    file.write_text('id;a\n1;"een; ""twee""\ndrie"\n2;b\n', "utf-8")
    table = read_csv_file(file)
    assert table.rows["a"].tolist() == ['een; "twee"\ndrie', "b"]
    assert table.rows.index.tolist() == [2, 3]


@pytest.mark.parametrize("content", ['id;"a;b\n1;2;3\n', 'id;a\n1;"open\n2;b\n', 'id;a\n1;"open\n2;"b"\n'])
def test_a_quotation_mark_that_is_not_closed_swallows_no_rows(file: Path, content: str) -> None:
    file.write_text(content, "utf-8")
    with pytest.raises(InputError, match="quot"):
        read_csv_file(file)


def test_a_cell_without_end_is_refused(file: Path) -> None:
    file.write_text(f"id;a\n1;{'x' * 1_000_001}\n", "utf-8")
    with pytest.raises(InputError, match=r"export\.csv row 2: A cell is longer"):
        read_csv_file(file)


def test_spaces_are_taken_off_and_counted(file: Path) -> None:
    file.write_text("id;a\n1; x \n2;x\n3;x \n4;  \n", "utf-8")
    table = read_csv_file(file)
    assert table.rows["a"].tolist()[:3] == ["x", "x", "x"]
    assert table.rows["a"].isna().tolist() == [False, False, False, True]
    assert "Spaces around 2 cell(s) were taken off." in table.report


_text = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\x00"), max_size=8)


@given(st.lists(st.lists(_text.map(str.strip), min_size=3, max_size=3), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=";").writerows(
        [["id", "a", "b"], *([f"k{n}", *row[1:]] for n, row in enumerate(rows))]
    )
    file = tmp_path_factory.mktemp("round") / "export.csv"
    file.write_bytes(target.getvalue().encode("utf-8"))
    table = read_csv_file(file, delimiter=";")
    assert table.count == len(rows)
    back = table.rows.astype(object).where(table.rows.notna(), "").to_numpy().tolist()
    assert back == [[f"k{number}", *row[1:]] for number, row in enumerate(rows)]


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_a_table_or_a_clear_error_and_lose_no_row(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.mktemp("bytes") / "export.csv"
    file.write_bytes(b"id;a\n1;2\n" + content)
    with contextlib.suppress(InputError):  # any other exception fails the test
        table = read_csv_file(file)
        assert table.count == len(table.rows) + len(table.set_aside)


_cell = st.text(st.sampled_from('ab1 ;"é\n\r\t,'), max_size=4)
_loose_line = st.text(st.sampled_from('ab1 ;"é,'), max_size=9)


def both_ways(file: Path, content: bytes) -> None:
    """Arrow and Python's own reader give the same table, or the same error."""
    file.write_bytes(content)
    outcomes: list[tuple[object, ...]] = []
    for careful in (False, True):
        try:
            table = read_csv_file(file, delimiter=";", careful=careful)
        except InputError as error:
            outcomes.append((str(error),))
            continue
        assert table.count == len(table.rows) + len(table.set_aside)
        cells = table.rows.astype(object).where(table.rows.notna(), None)
        aside = table.set_aside.to_numpy().tolist()
        outcomes.append((cells.index.tolist(), cells.to_numpy().tolist(), aside, table.count, table.report))
    assert outcomes[0] == outcomes[1]


@given(st.lists(st.lists(_cell, min_size=1, max_size=4), max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=150, deadline=None)
def test_quoted_cells_are_read_the_same_quickly_and_carefully(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], end: str
) -> None:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=";", lineterminator=end).writerows([["id", "a", "b"], *rows])
    both_ways(tmp_path_factory.mktemp("both") / "export.csv", target.getvalue().encode("utf-8"))


@given(st.lists(_loose_line, max_size=12), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=250, deadline=None)
def test_loose_quotation_marks_are_read_the_same_quickly_and_carefully(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str
) -> None:
    both_ways(tmp_path_factory.mktemp("both") / "export.csv", end.join(["id;a;b", "1;2;3", *lines]).encode("utf-8"))


@given(st.lists(st.lists(_cell, min_size=3, max_size=3), min_size=30, max_size=60), st.integers(0, 59))
@settings(max_examples=40, deadline=None)
def test_the_borders_of_portions_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], odd: int
) -> None:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=";").writerows([["id", "a", "b"], *rows[:odd], ["short"], *rows[odd:]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stagekansen_lib.readers.csv_records._PORTION", 40)
        patch.setattr("stagekansen_lib.readers.text_files._CHUNK", 7)
        patch.setattr("stagekansen_lib.readers.tables._MANY", 20)
        patch.setattr("stagekansen_lib.readers.csv_files._MANY", 2)
        both_ways(tmp_path_factory.mktemp("both") / "export.csv", target.getvalue().encode("utf-8"))


def test_single_lines_in_another_encoding_are_read_and_reported(file: Path) -> None:
    file.write_bytes("id;naam\n1;één\n".encode() + "2;twéé\n".encode("cp1252") + "3;drië\n".encode())
    table = read_csv_file(file)
    assert table.rows["naam"].tolist() == ["één", "twéé", "drië"]
    assert "utf-8 with 1 line(s) in cp1252" in table.report[0]


def test_utf_16_without_its_mark_is_recognised(file: Path) -> None:
    file.write_bytes("id;naam\n1;één\n".encode("utf-16-le"))
    assert read_csv_file(file).rows["naam"].tolist() == ["één"]


def codebook(**variables: Variable) -> Codebook:
    return Codebook("small", variables)


SEX = Variable("sex", "nominal", "Geslacht", "Sex", YES_NO, "Ben je een vrouw?", "Are you a woman?", item="h1")
MARK = Variable("mark", "nominal", "Cijfer", "Mark", YES_NO, "Welk cijfer?", "Which mark?", item="h10")


@pytest.mark.parametrize(
    "header", ["h1", "H1", "sex", "Ben je  een vrouw?", "are you a woman?", "h1. Ben je?", "[h1] x"]
)
def test_a_column_is_found_by_item_name_or_question(header: str) -> None:
    found = find_columns([header, "h10"], codebook(sex=SEX, mark=MARK))
    assert found.single == {"sex": header, "mark": "h10"}


def test_h10_is_not_taken_for_h1() -> None:
    with pytest.raises(InputError, match=r"There is no column for h1 \(sex\)"):
        find_columns(["h10. Welk cijfer?"], codebook(sex=SEX, mark=MARK))


def test_missing_columns_are_all_named_with_a_near_match() -> None:
    third = Variable("way", "nominal", "Weg", "Way", YES_NO, item="b1")
    with pytest.raises(InputError) as caught:
        find_columns(["b1", "Ben je een vrouw", "Welk cijfr?"], codebook(sex=SEX, mark=MARK, way=third))
    assert [(problem.what, problem.do) for problem in caught.value.problems] == [
        (
            "There is no column for h1 (sex).",
            "Is it 'Ben je een vrouw'? Then name that column 'h1', or give columns={'Ben je een vrouw': 'sex'}.",
        ),
        (
            "There is no column for h10 (mark).",
            "Is it 'Welk cijfr?'? Then name that column 'h10', or give columns={'Welk cijfr?': 'mark'}.",
        ),
    ]


def test_two_columns_for_one_question_are_an_error() -> None:
    with pytest.raises(ColumnsError, match="Two columns hold 'sex': 'h1' and 'sex'"):
        find_columns(["h1", "sex", "h10"], codebook(sex=SEX, mark=MARK))


def test_the_wrong_file_is_recognised() -> None:
    with pytest.raises(InputError, match="Is it the right file"):
        find_columns(["datum", "bedrag"], codebook(sex=SEX))


def test_a_column_for_each_answer_is_found_and_a_lost_one_named() -> None:
    found = find_columns(["b3[1]", "b3_2", "b3 [Anders, namelijk]", "b3.99"], codebook(ways=WAYS))
    assert found.separate == {"ways": {1: "b3[1]", 2: "b3_2", 3: "b3 [Anders, namelijk]", 99: "b3.99"}}
    with pytest.raises(InputError, match=r"no column for answer\(s\) 3"):
        find_columns(["b3[1]", "b3[2]"], codebook(ways=WAYS))


def test_codes_labels_and_spreadsheet_numbers_are_the_same_answer_and_anything_else_is_not() -> None:
    answers = read_answers(cells("1", "ja", "Yes", "1.0", "1,0", "2", "99", None, "3", "jaa", "01", "-1"), SEX)
    column = answers.columns["sex"]
    assert column.cat.categories.tolist() == [1, 2]
    assert column.astype(object).tolist()[:6] == [1, 1, 1, 1, 1, 2]
    assert column.isna().sum() == 6
    words = [answers.reasons[number] if number >= 0 else "" for number in answers.reason]
    assert words == [""] * 6 + ["refused", "blank"] + ["invalid"] * 4
    assert sorted((one.text, one.positions.tolist()) for one in answers.invalid) == [
        ("-1", [11]),
        ("01", [10]),
        ("3", [8]),
        ("jaa", [9]),
    ]


def test_a_decimal_comma_is_reported_and_a_point_beside_it_stands_between_thousands() -> None:
    minutes = Variable("minutes", "number", "Minuten", "Minutes", minimum=0, maximum=60)
    answers = read_answers(cells("7,5", "12", "1.500"), minutes)
    assert answers.columns["minutes"].tolist()[:2] == [7.5, 12.0]
    assert answers.columns["minutes"].isna().tolist() == [False, False, True]
    assert answers.report == (
        "'minutes': a comma is read as the decimal sign.",
        "'minutes': a point is read as the sign between thousands.",
    )
    assert [(one.text, one.reason) for one in answers.invalid] == [("1.500", "out_of_range")]
    assert read_answers(cells("7.5", "12"), minutes).report == ()


@pytest.mark.parametrize(("text", "reason"), [("-1", "out_of_range"), ("41", "out_of_range"), ("2,5", "not_a_number")])
def test_a_count_is_whole_and_within_its_limits(text: str, reason: str) -> None:
    hours = Variable("hours", "count", "Uren", "Hours", YES_NO[2:], minimum=0, maximum=40)
    answers = read_answers(cells("0", "40", "99", text), hours)
    assert answers.columns["hours"].tolist()[:2] == [0.0, 40.0]
    assert answers.reason.tolist()[:3] == [-1, -1, answers.reasons.index("refused")]
    assert [(one.text, one.reason) for one in answers.invalid] == [(text, reason)]


def test_days_are_read_as_written_in_the_netherlands_and_a_day_that_does_not_exist_is_not() -> None:
    day = Variable("day", "date", "Dag", "Day")
    answers = read_answers(cells("2022-05-31", "31-05-2022 14:23", "30-02-2022", "05/31/2022"), day)
    assert answers.columns["day"].dt.strftime("%Y-%m-%d").tolist()[:2] == ["2022-05-31", "2022-05-31"]
    assert sorted(one.text for one in answers.invalid) == ["05/31/2022", "30-02-2022"]


@pytest.mark.parametrize("text", ["1;3", "3; 1", "1,3", "1|3", "Ja;Anders, namelijk", "Yes;Other"])
def test_joined_answers_are_taken_apart(text: str) -> None:
    answers = read_joined_answers(cells(text, "2", None), WAYS)
    assert pd.DataFrame(answers.columns).iloc[0].tolist() == [1.0, 0.0, 1.0]
    assert pd.DataFrame(answers.columns).iloc[1].tolist() == [0.0, 1.0, 0.0]
    assert pd.DataFrame(answers.columns).iloc[2].isna().all()


@pytest.mark.parametrize(
    ("text", "reason"), [("1;77", "unknown_code"), ("1;99", "contradiction"), ("x", "unknown_code")]
)
def test_one_unknown_part_makes_the_whole_answer_unknown_and_never_no(text: str, reason: str) -> None:
    answers = read_joined_answers(cells(text, "1"), WAYS)
    assert pd.DataFrame(answers.columns).iloc[0].isna().all()
    assert [(one.text, one.reason) for one in answers.invalid] == [(text, reason)]


def test_a_label_with_a_comma_that_stands_alone_is_one_answer() -> None:
    assert pd.DataFrame(read_joined_answers(cells("Anders, namelijk"), WAYS).columns).iloc[0].tolist() == [
        0.0,
        0.0,
        1.0,
    ]


def test_separate_columns_give_the_same_as_joined_answers() -> None:
    joined = read_joined_answers(cells("1;3", "2", "99", None, "1;99"), WAYS)
    separate = read_separate_answers(
        {
            1: cells("1", "0", None, None, "x"),
            2: cells("0", "ja", None, None, None),
            3: cells("3", "", None, None, None),
            99: cells(None, None, "Y", None, "1"),
        },
        WAYS,
    )
    pd.testing.assert_frame_equal(pd.DataFrame(joined.columns), pd.DataFrame(separate.columns))
    assert joined.reason.tolist() == separate.reason.tolist()


def test_a_strange_tick_makes_the_answer_unknown() -> None:
    answers = read_separate_answers({1: cells("1"), 2: cells("misschien"), 3: cells(None)}, WAYS)
    assert pd.DataFrame(answers.columns).iloc[0].isna().all()
    assert [one.text for one in answers.invalid] == ["misschien"]
