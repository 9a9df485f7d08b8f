"""Exports as people save them: titles, totals, several sheets, doubled columns, labels with numbers, own words."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from stagekansen_lib.desk.desks import Desk
from stagekansen_lib.drafts.drafting import CodebookDraft, draft_codebook
from stagekansen_lib.drafts.points import open_points
from stagekansen_lib.errors import InputError
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.readers.excel_files import SheetsError
from stagekansen_lib.readers.number_signs import Signs, number_signs, plain_number

ROOT = Path(__file__).resolve().parent.parent
HARD = ["Heel makkelijk", "Makkelijk", "Neutraal", "Moeilijk", "Heel moeilijk"]
LEVELS = ["Mbo", "Hbo", "Wo"]
ROWS = [[LEVELS[at % 3], HARD[at % 5], at % 7] for at in range(30)]
HEADS = ["Opleiding", "Hoe moeilijk was het?", "Hoe vaak gesolliciteerd?"]


def csv_of(path: Path, rows: Sequence[Sequence[object]], sign: str = ";") -> Path:
    path.write_text("".join(sign.join(f'"{cell}"' for cell in row) + "\n" for row in rows), "utf-8")
    return path


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[object]]], merged: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        for cells in merged:
            sheet.merge_cells(cells)
    book.save(path)
    return path


def question(draft: CodebookDraft, label: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in draft.state["questions"] if one["label"] == label)
    return found


def answers(draft: CodebookDraft, label: str) -> list[str]:
    return [str(one["label"]) for one in draft.state["sets"][question(draft, label)["set"]]["answers"]]


def proposed(draft: CodebookDraft, label: str, what: str) -> str:
    name = question(draft, label)["name"]
    return next(one.proposal for one in open_points(draft.state) if (one.variable, one.what) == (name, what))


def test_totals_under_the_answers_are_no_answers_and_are_told(tmp_path: Path) -> None:
    under = [["Totaal", "", sum(row[2] for row in ROWS)], ["Gemiddelde", "", 3], ["n", 30, 30]]
    file = csv_of(tmp_path / "a.csv", [HEADS, *ROWS, *under])
    table = read_table(file)
    assert list(table.states["total"]) == [32, 33, 34]
    draft = draft_codebook(file)
    assert next(point.what for point in open_points(draft.state)) == "total"


def test_a_word_for_a_total_that_is_an_answer_too_stays_one(tmp_path: Path) -> None:
    rows = [*ROWS, ["Totaal", "Makkelijk", 1], *ROWS, ["Totaal", "Makkelijk", 1]]
    assert read_table(csv_of(tmp_path / "a.csv", [HEADS, *rows])).states == {}


def test_a_title_and_heads_over_several_columns_stand_above_the_names(tmp_path: Path) -> None:
    titled = workbook(tmp_path / "a.xlsx", {"S": [["Enquête 2025"], [], HEADS, *ROWS]}, ["A1:C1"])
    spread = workbook(tmp_path / "b.xlsx", {"S": [["Wie", None, "Zoeken"], HEADS, *ROWS]}, ["A1:B1"])
    for file in (titled, spread):
        table = read_table(file)
        assert (list(table.rows.columns), len(table.rows)) == (HEADS, 30)
        assert any("with a title above the header" in line for line in table.report)
    assert table.rows.index[0] == 3
    among = workbook(tmp_path / "c.xlsx", {"S": [HEADS, *ROWS]}, ["A5:A6"])
    with pytest.raises(InputError, match="Cells are merged: A5:A6"):
        read_table(among)


def test_a_sheet_of_notes_is_no_sheet_to_choose_and_of_two_others_the_desk_asks_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = workbook(tmp_path / "a.xlsx", {"Uitleg": [["Lees dit"], ["eerst"]], "Antwoorden": [HEADS, *ROWS]})
    assert len(read_table(notes).rows) == 30
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    for name in ("codebooks", "rules", "registers"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    (tmp_path / "data" / "raw").mkdir()
    two = workbook(tmp_path / "data" / "raw" / "b.xlsx", {"2024": [HEADS, *ROWS[:9]], "2025": [HEADS, *ROWS]})
    with pytest.raises(SheetsError, match="2 sheets hold something"):
        read_table(two)
    desk = Desk(language="nl")
    assert desk.handle({"do": "file", "name": "b.xlsx"})["ok"]
    assert (desk.state["phase"], desk.state["sheets"]) == ("sheet", ["2024", "2025"])
    assert desk.handle({"do": "sheet", "sheet": "2025"})["ok"]
    confirm_everything(desk)
    assert desk.handle({"do": "read", "name": "b"}) | {"state": None} == {"id": None, "ok": True, "state": None}
    assert desk.survey is not None
    assert len(desk.survey) == 30
    assert Desk(two).draft is not None  # the sheet is remembered


def confirm_everything(desk: Desk) -> None:
    assert desk.draft is not None
    while waiting := open_points(desk.draft.state):
        point = waiting[0]
        value = "none" if point.what == "consent" else point.proposal
        reply = desk.handle({"do": "confirm", "variable": point.variable, "what": point.what, "value": value})
        assert reply["ok"], reply


def test_two_columns_of_one_name_are_two_questions_of_a_draft_and_refused_elsewhere(tmp_path: Path) -> None:
    file = csv_of(tmp_path / "a.csv", [["Opleiding", "Uitleg", "Uitleg"], *[[row[0], "ja", "nee"] for row in ROWS]])
    labels = [one["label"] for one in draft_codebook(file).state["questions"]]
    assert labels == ["Opleiding", "Uitleg", "Uitleg (2)"]
    with pytest.raises(InputError, match="Columns 2, 3 have the same name"):
        read_table(file)


@pytest.mark.parametrize("name", ["enquete_codes.csv", "enquete_checks.csv"])
def test_a_file_that_is_called_like_the_files_beside_a_codebook_has_a_draft(tmp_path: Path, name: str) -> None:
    draft = draft_codebook(csv_of(tmp_path / name, [HEADS, *ROWS]))
    assert draft.state["name"] == name.removesuffix(".csv") + "_file"


@pytest.mark.parametrize(
    ("given", "order"),
    [
        (["meer dan 10 keer", "geen", "6-10 keer", "1-5 keer"], ["geen", "1-5 keer", "6-10 keer", "meer dan 10 keer"]),
        (["24 of ouder", "18-20", "jonger dan 18", "21-23"], ["jonger dan 18", "18-20", "21-23", "24 of ouder"]),
        (["5 = heel goed", "1 = heel slecht", "2", "3", "4"], ["1 = heel slecht", "2", "3", "4", "5 = heel goed"]),
        (["1 - helemaal eens", "2 - eens", "3 - neutraal", "4 - oneens", "5 - helemaal oneens"],
         ["5 - helemaal oneens", "4 - oneens", "3 - neutraal", "2 - eens", "1 - helemaal eens"]),
    ],
)  # fmt: skip
def test_answers_with_amounts_or_marks_are_proposed_in_order(
    tmp_path: Path, given: list[str], order: list[str]
) -> None:
    rows = [[LEVELS[at % 3], given[at % len(given)]] for at in range(40)]
    draft = draft_codebook(csv_of(tmp_path / "a.csv", [["Opleiding", "Hoe zat het?"], *rows]))
    assert proposed(draft, "Hoe zat het?", "order").split(" < ") == order


def test_own_words_of_one_person_behind_other_are_never_a_label(tmp_path: Path) -> None:
    other = ["Anders, namelijk: via mijn oom", "Anders, namelijk: gebeld"]
    given = [*["Via school"] * 14, *["Zelf gezocht"] * 14, *other]
    file = csv_of(tmp_path / "a.csv", [["Opleiding", "Hoe?"], *[["Mbo", one] for one in given]])
    draft = draft_codebook(file)
    assert answers(draft, "Hoe?") == ["Via school", "Zelf gezocht"]
    assert proposed(draft, "Hoe?", "rare_answers") == "own_words"


def test_markup_and_signs_of_html_are_no_words_of_a_question(tmp_path: Path) -> None:
    heads = ["<b>Welke opleiding</b><br>doe je?", "Hoe moeilijk &amp; waarom?", "Vind je 3 < 4?"]
    draft = draft_codebook(csv_of(tmp_path / "a.csv", [heads, *ROWS]))
    labels = [one["label"] for one in draft.state["questions"]]
    assert labels == ["Welke opleiding doe je?", "Hoe moeilijk & waarom?", "Vind je 3 < 4?"]


def test_ticks_behind_a_dash_are_one_question(tmp_path: Path) -> None:
    heads = ["Opleiding", "Hoe zocht je? - School", "Hoe zocht je? - Vrienden, familie"]
    rows = [[row[0], "Ja" if at < 12 else "", "Ja" if at % 2 else ""] for at, row in enumerate(ROWS)]
    asked = question(draft_codebook(csv_of(tmp_path / "a.csv", [heads, *rows])), "Hoe zocht je?")
    assert (asked["kind"], asked["counts"]) == ("multiple", {"1": 12, "2": 15})


def test_ticks_on_lines_of_their_own_are_one_question(tmp_path: Path) -> None:
    ticks = ["School\nVrienden", "School", "Vrienden\nSite", "School\nSite", "Site"]
    file = csv_of(
        tmp_path / "a.csv", [["Opleiding", "Hoe?"], *[[row[0], ticks[at % 5]] for at, row in enumerate(ROWS)]]
    )
    assert question(draft_codebook(file), "Hoe?")["kind"] == "multiple"


def test_either_sign_of_decimals_may_stand_in_one_column_of_short_numbers(tmp_path: Path) -> None:
    rows = [[row[0], f"{at % 4 + 6},{at % 9}" if at % 2 else f"{at % 4 + 6}.{at % 9}"] for at, row in enumerate(ROWS)]
    draft = draft_codebook(csv_of(tmp_path / "a.csv", [["Opleiding", "Welk cijfer?"], *rows]))
    asked = question(draft, "Welk cijfer?")
    assert (asked["kind"], asked["rare"]) == ("number", {})
    assert number_signs({"7,5", "7.25", "8"}) == Signs(",", either=True)
    assert plain_number("7.5", Signs(",", either=True)) == plain_number("7,5", Signs(",", either=True)) == "7.5"
    for unclear in ({"1.250", "2,5"}, {"1.2500", "2,5"}):
        assert number_signs(unclear) == Signs(",", grouped="1.250" in unclear)


@pytest.fixture
def sav(tmp_path: Path) -> Callable[..., CodebookDraft]:
    pyreadstat = pytest.importorskip("pyreadstat")

    def made(values: Sequence[float], label: str, labels: dict[float, str], **more: Any) -> CodebookDraft:
        frame = pd.DataFrame({"v": [float(one) for one in values]})
        pyreadstat.write_sav(
            frame, str(tmp_path / "a.sav"), column_labels=[label], variable_value_labels={"v": labels}, **more
        )
        return draft_codebook(tmp_path / "a.sav")

    return made


def test_a_label_that_says_missing_beside_ages_is_no_age(sav: Callable[..., CodebookDraft], tmp_path: Path) -> None:
    draft = sav([17, 18, 19, 20, 21, 99] * 5, "Leeftijd", {99.0: "onbekend"})
    assert question(draft, "Leeftijd")["kind"] == "count"
    assert read_table(tmp_path / "a.sav").missing["v"] == {"99": "blank"}


def test_labels_at_the_ends_of_a_scale_stay_and_give_its_order(sav: Callable[..., CodebookDraft]) -> None:
    draft = sav([1, 2, 3, 4, 5] * 6, "Goed?", {1.0: "1 = helemaal oneens", 5.0: "5 = helemaal eens"})
    assert answers(draft, "Goed?") == ["1 = helemaal oneens", "2", "3", "4", "5 = helemaal eens"]
    assert proposed(draft, "Goed?", "order").startswith("1 = helemaal oneens < 2 < 3")


def test_answers_that_a_file_declares_missing_are_counted_in_the_picture(sav: Callable[..., CodebookDraft]) -> None:
    labels = {1.0: "Ja", 2.0: "Nee", 9.0: "Zeg ik liever niet"}
    draft = sav([1, 1, 2, 9, 9, 2] * 5, "Goed?", labels, missing_ranges={"v": [9.0]})
    asked = question(draft, "Goed?")
    assert (asked["counts"], asked["gone"]) == ({"1": 10, "2": 10}, {"9": 10})
