"""What LimeSurvey, Qualtrics, Microsoft Forms and Google Forms write beside the answers."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.readers.columns import find_columns
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.readers.response_sets import response_sets
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable


def coded(**labels: str) -> tuple[Code, ...]:
    return tuple(Code(int(code[1:]) if code[0] == "n" else code, label, label) for code, label in labels.items())


D1 = Variable("d1", "nominal", "Hoe gevonden", "How", coded(A1="School", A2="Site", A6="Anders, namelijk"), item="d1")
B3 = Variable("b3", "multiple", "Hulp", "Help", coded(n1="Van school", n2="Van thuis", n3="Anders"), item="b3")
OWN = Variable("d1_words", "open", "Anders", "Other", item="d1[other]", privacy="identifying", required=False)
BOOK = Codebook("tools", {one.name: one for one in (D1, B3, OWN)}, "Klein", "Small")
SUBMITTED = Variable("submitted_on", "date", "Dag", "Day", required=False)


def book(*variables: Variable) -> Codebook:
    return Codebook("tools", {one.name: one for one in variables}, "Klein", "Small")


def limesurvey(path: Path) -> Path:
    path.write_text(
        "id,submitdate,lastpage,startlanguage,seed,d1,d1[other],b3[1],b3[2],b3[other],groupTime7,d1Time\n"
        "1,2022-05-31 10:00:00,5,nl,123456,A1,,Y,,,1.5,0.4\n"
        '2,1980-01-01 00:00:00,5,nl,234567,-oth-,"via mijn oom",,Y,krantje,2.5,0.4\n'
        "3,,2,nl,345678,A2,,,,,,\n"
        "4,2022-06-01 11:00:00,5,nl,456789,A2,,N/A,N/A,N/A,1.5,0.4\n"
        "5,2022-06-02 11:00:00,5,nl,567890,-oth-,,Y,Y,,1.5,0.4\n",
        "utf-8",
    )
    return path


def test_other_of_limesurvey_is_an_answer_and_its_words_stand_apart(tmp_path: Path) -> None:
    survey = read_survey(limesurvey(tmp_path / "lime.csv"), BOOK)
    assert survey.rows["d1"].tolist() == ["A1", "A6", "A2", "A6"]
    assert survey.rows["d1_words"].dropna().tolist() == ["via mijn oom"]
    assert survey.rows["b3[3]"].fillna(-1).tolist() == [0.0, 1.0, -1.0, 0.0]


def test_unfinished_answers_of_limesurvey_are_left_out_and_told(tmp_path: Path) -> None:
    survey = read_survey(limesurvey(tmp_path / "lime.csv"), BOOK)
    assert survey.set_aside is not None
    assert survey.set_aside[["row", "value", "reason"]].to_numpy().tolist() == [
        [3, "krantje", "own_words"],
        [4, "", "unfinished"],
    ]
    assert "1 unfinished row(s) were left out." in survey.provenance.history
    assert len(read_survey(tmp_path / "lime.csv", BOOK, keep=["unfinished"])) == 5


def test_not_asked_is_told_from_blank_and_a_stand_in_for_a_day_is_no_day(tmp_path: Path) -> None:
    file = limesurvey(tmp_path / "lime.csv")
    survey = read_survey(file, book(D1, B3, OWN, SUBMITTED))
    assert survey.missing_reasons is not None
    assert survey.missing_reasons["b3"].astype(object).fillna("").tolist() == ["", "", "not_asked", ""]
    assert survey.rows["submitted_on"].isna().tolist() == [False, True, False, False]


def test_other_without_an_answer_for_it_in_the_codebook_is_set_aside_and_not_lost(tmp_path: Path) -> None:
    closed = Variable("d1", "nominal", "Hoe gevonden", "How", D1.codes[:2], item="d1")
    survey = read_survey(limesurvey(tmp_path / "lime.csv"), book(closed, B3))
    assert survey.set_aside is not None
    aside = survey.set_aside[survey.set_aside["column"] == "d1"]
    assert aside["reason"].tolist() == ["unknown_code", "unknown_code"]


def test_a_file_that_cannot_say_who_finished_says_so(tmp_path: Path) -> None:
    file = tmp_path / "lime.csv"
    file.write_text("id,submitdate,lastpage,startlanguage,d1\n1,,5,nl,A1\n2,,5,nl,A2\n", "utf-8")
    table = read_table(file)
    assert not table.states
    assert any("does not say who finished" in line for line in table.report)


def test_a_question_whose_name_ends_in_time_is_no_timing(tmp_path: Path) -> None:
    file = tmp_path / "lime.csv"
    file.write_text("id,submitdate,lastpage,startlanguage,bedtime,d1,d1Time\n1,2022-05-31,5,nl,22,A1,3.5\n", "utf-8")
    table = read_table(file)
    assert "bedtime" in table.rows
    assert table.left_out == ("d1Time",)


def qualtrics(path: Path, *, twice: bool = False) -> Path:
    own = ["Status", "Progress", "Finished", "ResponseId", "DistributionChannel"]
    names = [*own, "d1", "b3_1", "b3_2", "b3_2_TEXT", "e1_1", "1_d5", *(["Status"] if twice else [])]
    texts = [
        *own,
        '"Hoe moeilijk\nwas het?"',
        "Hoe gevonden? - Selected Choice - School - docent",
        '"Hoe gevonden? - Selected Choice - Anders, namelijk"',
        '"Hoe gevonden? - Anders, namelijk - Text"',
        "Wat vind je hiervan? - De begeleiding was goed",
        "mbo - Vertraging?",
        *(["Status"] if twice else []),
    ]
    ids = ['"' + json.dumps({"ImportId": f"QID{at}"}).replace('"', '""') + '"' for at in range(len(names))]
    rows = [
        ["0", "100", "1", "R_1", "anonymous", "1", "1", "", "", "1", "1"],
        ["1", "100", "1", "R_2", "preview", "2", "", "1", "tekst", "2", "2"],
        ["0", "40", "0", "R_3", "anonymous", "-99", "-99", "-99", "", "", ""],
        ["0", "100", "1", "R_4", "anonymous", "3", "1", "1", "bij ons", "3", "1"],
        ["0", "100", "1", "R_5", "anonymous", "-99", "-99", "-99", "", "", "2"],
    ]
    lines = [names, texts, ids, *([*row, *(["actief"] if twice else [])] for row in rows)]
    path.write_text("\n".join(",".join(line) for line in lines) + "\n", "utf-8")
    return path


QUALTRICS = book(
    Variable("d1", "nominal", "d1", "d1", coded(n1="Geen", n2="Beetje", n3="Veel"), "Hoe moeilijk was het?"),
    Variable("b3", "multiple", "b3", "b3", coded(n1="School - docent", n2="Anders, namelijk"), item="b3"),
    Variable("words", "open", "w", "w", item="b3_2_TEXT", privacy="identifying"),
    Variable("guided", "nominal", "g", "g", coded(n1="x", n2="y", n3="z"), "De begeleiding was goed"),
    Variable("delay", "nominal", "d", "d", coded(n1="Ja", n2="Nee"), item="d5"),
)


@pytest.mark.parametrize("twice", [False, True])
def test_own_words_previews_and_two_columns_of_one_name_of_qualtrics_are_read(twice: bool, tmp_path: Path) -> None:
    survey = read_survey(qualtrics(tmp_path / "q.csv", twice=twice), QUALTRICS)
    assert survey.rows["d1"].astype(object).fillna(0).tolist() == [1, 3, 0]
    assert survey.rows["b3[1]"].fillna(-1).tolist() == [1.0, 1.0, -1.0]
    assert survey.rows["b3[2]"].fillna(-1).tolist() == [0.0, 1.0, -1.0]
    assert survey.rows["words"].dropna().tolist() == ["bij ons"]
    assert survey.rows["guided"].dropna().tolist() == [1, 3]
    assert survey.rows["delay"].tolist() == [1, 1, 2]
    assert survey.set_aside is not None
    assert survey.set_aside[["row", "reason"]].to_numpy().tolist() == [[5, "preview"], [6, "unfinished"]]
    assert any("stands there twice" in line for line in survey.provenance.history) == twice
    assert len(read_survey(tmp_path / "q.csv", QUALTRICS, keep=["preview", "unfinished"])) == 5


def test_two_columns_of_one_name_are_refused_in_any_other_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("d1,Status,Status\n1,a,b\n", "utf-8")
    with pytest.raises(InputError, match="Columns 2, 3 have the same name"):
        read_table(tmp_path / "a.csv")
    pd.DataFrame([[1, 2, 3]], columns=["d1", "x", "x"]).to_excel(tmp_path / "a.xlsx", index=False)
    with pytest.raises(InputError, match="Columns 2, 3 have the same name"):
        read_table(tmp_path / "a.xlsx")


FORMS_HEADS = {
    "nl": ["ID", "Begintijd", "Tijd van voltooien", "E-mail", "Naam", "Tijd van laatste wijziging"],
    "en": ["ID", "Start time", "Completion time", "Email", "Name", "Last modified time"],
    "de": ["ID", "Startzeit", "Fertigstellungszeit", "E-Mail", "Name", "Zeitpunkt der letzten Änderung"],
    "fr": ["ID", "Heure de début", "Heure de fin", "Adresse de messagerie", "Nom", "Heure de la dernière modification"],
}


@pytest.mark.parametrize("language", FORMS_HEADS)
def test_heads_of_microsoft_forms_are_known_in_four_languages(language: str, tmp_path: Path) -> None:
    heads = FORMS_HEADS[language]
    rows = [[1, "2022-05-31 10:00:00", "2022-05-31 10:05:00", "anonymous", None, None, "Van thuis;"]]
    pd.DataFrame(rows, columns=[*heads, "Welke hulp?"]).to_excel(tmp_path / "forms.xlsx", index=False)
    table = read_table(tmp_path / "forms.xlsx")
    assert table.format == "forms"
    assert table.technical == set(heads)
    assert table.questions[heads[2]] == ("submitted_on",)


@pytest.mark.parametrize("head", ["Tijdstempel", "Timestamp", "Zeitstempel", "Horodateur"])
def test_google_forms_is_known_by_its_first_column(head: str, tmp_path: Path) -> None:
    file = tmp_path / "google.csv"
    file.write_text(f'{head},E-mailadres,Welke hulp?\n31-5-2022 9:05:01,,"Van school, Van thuis"\n', "utf-8")
    table = read_table(file)
    assert (table.format, table.technical) == ("google", {head, "E-mailadres"})
    both = Variable("help", "multiple", "h", "h", B3.codes, question_nl="Welke hulp?")
    survey = read_survey(file, book(SUBMITTED, both))
    assert survey.rows[["help[1]", "help[2]", "help[3]"]].to_numpy().tolist() == [[1.0, 1.0, 0.0]]
    assert survey.rows["submitted_on"].iloc[0] == pd.Timestamp(2022, 5, 31)


def test_sets_of_columns_say_how_ticks_are_written(tmp_path: Path) -> None:
    found = {one.base: one for one in response_sets(read_table(limesurvey(tmp_path / "lime.csv")))}
    assert list(found) == ["b3"]
    assert (found["b3"].coding, found["b3"].own_words) == ("marks", "b3[other]")
    assert [code for code, _ in found["b3"].answers] == ["1", "2", "other"]
    frame = pd.DataFrame({"a_1": [1, 2, 2], "a_2": [2, 1, 2], "b_1": ["Ja", "Nee", "Nee"], "b_2": ["Nee"] * 3})
    frame.to_csv(tmp_path / "ticks.csv", index=False)
    codings = {one.base: one.coding for one in response_sets(read_table(tmp_path / "ticks.csv"))}
    assert codings == {"a": "one_two", "b": "yes_no"}


def test_advice_names_the_columns_that_are_there_under_other_codes() -> None:
    reasons = Variable("reasons", "multiple", "r", "r", coded(n1="Naam", n2="Geloof"), item="q8")
    other = Variable("x", "open", "x", "x")
    with pytest.raises(InputError) as stopped:
        find_columns(["x", "q8[SQ001]", "q8[SQ002]"], book(reasons, other), "file.csv")
    said = str(stopped.value)
    assert "'q8[SQ001]', 'q8[SQ002]' look like its answers" in said
    assert "columns={'q8[SQ001]': 'reasons[1]'}" in said
    assert "Export it as well" not in said


def test_advice_about_an_answer_that_is_not_there_names_the_near_one_once() -> None:
    reasons = Variable("reasons", "multiple", "r", "r", coded(SQ001="Naam", SQ009="Geloof"), item="q8")
    with pytest.raises(InputError) as stopped:
        find_columns(["a", "b"], book(reasons), "file.csv", columns={"a": "reasons[SQ01]"})
    assert "Did you mean 'SQ001' or 'SQ009'?" in str(stopped.value)


@pytest.mark.parametrize("thing", [book(D1), pd.DataFrame({"a": [1]}), 5], ids=["codebook", "frame", "number"])
def test_what_is_no_file_is_refused_in_one_line(thing: object) -> None:
    from stagekansen_lib.population.margins import read_margins
    from stagekansen_lib.surveys.codebook_files import read_codebook

    for read in (read_survey, read_table, read_codebook, read_margins):
        with pytest.raises(InputError, match="Give") as stopped:
            read(thing)  # type: ignore[operator]
        assert len(str(stopped.value)) < 160
