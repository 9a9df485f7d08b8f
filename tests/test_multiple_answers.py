"""Several answers to one question: what a tick is, what joins answers, and three kinds of nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.readers.answers import Answers
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.readers.joined_answers import parts_of_texts
from stagekansen_lib.readers.multiple_answers import TickColumn, read_joined_answers, read_separate_answers
from stagekansen_lib.readers.response_sets import response_sets
from stagekansen_lib.surveys.codebook_files import read_codebook, write_codebook
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable


def coded(*labels: str) -> tuple[Code, ...]:
    return tuple(Code(at, label, label) for at, label in enumerate(labels, start=1))


HELP = Variable("help", "multiple", "Hulp", "Help", coded("Van school", "Van thuis"), item="hulp")
WAYS = Variable("ways", "multiple", "Hoe", "How", coded("Docent", "Vriend", "Site"), item="b3")
WHY = Variable(
    "why", "multiple", "Waarom", "Why", coded("Vrienden; familie", "Internet", "Anders, namelijk"), "Hoe vond je het?"
)


def book(*variables: Variable) -> Codebook:
    return Codebook("small", {one.name: one for one in variables}, "Klein", "Small")


def cells(*texts: str | None) -> pd.Series:
    return pd.Series(pd.Categorical(list(texts)))


def words(answers: Answers) -> list[str]:
    return [answers.reasons[number] if number >= 0 else "" for number in answers.reason]


def ticked(answers: Answers) -> list[list[float]]:
    return pd.DataFrame(answers.columns).fillna(-1).to_numpy().tolist()


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("1", "0"), ("ja", "nee"), ("Yes", "No"), ("Selected", "Not Selected"), ("Checked", "Unchecked"),
        ("geselecteerd", "niet geselecteerd"), ("Genoemd", "Niet genoemd"), ("TRUE", "FALSE"), ("Van school", "0"),
    ],
)  # fmt: skip
def test_an_explicit_no_is_an_answer_and_counts_in_the_base(yes: str, no: str) -> None:
    answers = read_separate_answers({1: cells(yes, no, no, None), 2: cells(no, no, None, None)}, HELP)
    assert ticked(answers) == [[1, 0], [0, 0], [0, 0], [-1, -1]]
    assert words(answers) == ["", "", "", "blank"]


def test_a_tick_or_nothing_says_none_only_where_the_codebook_says_so() -> None:
    columns = {1: cells("Y", None, "N/A"), 2: cells("Y", None, "N/A")}
    columns = {code: TickColumn(one, missing={"N/A": "not_asked"}) for code, one in columns.items()}
    assert words(read_separate_answers(columns, HELP)) == ["", "blank", "not_asked"]
    none = read_separate_answers(columns, replace(HELP, nothing_ticked="none"))
    assert words(none) == ["", "", "not_asked"]
    assert ticked(none)[1] == [0, 0]
    assert none.assumed is not None
    assert none.assumed.tolist() == [False, True, False]


def test_labels_of_a_file_say_which_number_is_a_tick(tmp_path: Path) -> None:
    frame = pd.DataFrame({"hulp_1": [1.0] * 4 + [2.0] * 15 + [8.0], "hulp_2": [2.0] * 16 + [1.0] * 3 + [8.0]})
    labels = {1: "Ja", 2: "Nee", 8: "Niet van toepassing"}
    file = tmp_path / "ticks.sav"
    pyreadstat.write_sav(frame, str(file), variable_value_labels={"hulp_1": labels, "hulp_2": labels})
    survey = read_survey(file, book(HELP))
    assert survey.rows["help[1]"].tolist()[:19] == [1.0] * 4 + [0.0] * 15
    assert survey.rows["help[1]"].count() == 19
    assert survey.missing_reasons is not None
    assert survey.missing_reasons["help"].tolist()[-1] == "not_asked"


def test_a_code_whose_only_label_is_the_answer_is_a_tick(tmp_path: Path) -> None:
    frame = pd.DataFrame({"hulp_1": [1.0, float("nan"), 1.0], "hulp_2": [float("nan"), 1.0, 1.0]})
    file = tmp_path / "ticks.sav"
    labels = {"hulp_1": {1: "Van school"}, "hulp_2": {1: "Van thuis"}}
    pyreadstat.write_sav(frame, str(file), variable_value_labels=labels)
    (found,) = response_sets(read_table(file))
    assert (found.coding, found.answers) == ("marks", (("1", "Van school"), ("2", "Van thuis")))
    assert read_survey(file, book(HELP)).rows["help[1]"].tolist() == [1.0, 0.0, 1.0]


def test_one_and_two_without_labels_are_asked_and_the_codebook_answers(tmp_path: Path) -> None:
    columns = {1: cells("1", "2", "2"), 2: cells("2", "2", "1")}
    with pytest.raises(InputError, match="nothing says which of them is a tick"):
        read_separate_answers(columns, HELP)
    said = replace(HELP, ticked=("1",), not_ticked=("2",))
    assert ticked(read_separate_answers(columns, said)) == [[1, 0], [0, 0], [0, 1]]
    assert read_codebook(write_codebook(book(said), tmp_path))["help"] == said


def test_ticks_that_are_said_to_be_both_or_of_one_answer_are_refused(tmp_path: Path) -> None:
    both = write_codebook(book(replace(HELP, ticked=("1",), not_ticked=("1",))), tmp_path / "both")
    with pytest.raises(InputError, match="stands in 'ticked' and in 'not_ticked'"):
        read_codebook(both)
    one = write_codebook(book(Variable("q", "open", "v", "q", nothing_ticked="none")), tmp_path / "one")
    with pytest.raises(InputError, match="Only several answers have ticks"):
        read_codebook(one)


MENTIONS = {
    "b3_1": ["1", "2", "3", "1", "2", "3"],
    "b3_2": ["2", "3", "1", "3", None, None],
    "b3_3": ["3", None, None, None, None, None],
}


def test_first_and_further_mentions_are_put_together(tmp_path: Path) -> None:
    frame = pd.DataFrame(MENTIONS).astype(float)
    file = tmp_path / "mentions.sav"
    labels = {1: "Docent", 2: "Vriend", 3: "Site"}
    pyreadstat.write_sav(frame, str(file), variable_value_labels=dict.fromkeys(frame, labels))
    (found,) = response_sets(read_table(file))
    assert (found.base, found.coding, found.columns) == ("b3", "mentions", ("b3_1", "b3_2", "b3_3"))
    survey = read_survey(file, book(WAYS))
    assert survey.rows[["ways[1]", "ways[2]", "ways[3]"]].sum().tolist() == [3.0, 3.0, 5.0]
    assert any("first and further mentions" in line for line in survey.provenance.history)


def test_more_answers_than_mentions_are_no_lost_columns(tmp_path: Path) -> None:
    file = tmp_path / "mentions.csv"
    names = ["Docent", "Vriend", "Site", "Buurman"]
    pd.DataFrame({"b3_1": [*names, "Site"], "b3_2": ["Vriend", "Site", "Docent", None, None]}).to_csv(file, index=False)
    survey = read_survey(file, book(replace(WAYS, codes=coded(*names))))
    assert survey.rows[[f"ways[{code}]" for code in range(1, 5)]].sum().tolist() == [2.0, 2.0, 3.0, 1.0]


def test_statements_on_one_scale_are_no_mentions(tmp_path: Path) -> None:
    file = tmp_path / "grid.csv"
    pd.DataFrame({"e1_1": ["1", "2", "3", "3"], "e1_2": ["3", "2", "1", None], "x": ["1"] * 4}).to_csv(
        file, index=False
    )
    assert response_sets(read_table(file)) == ()


def test_a_cell_says_the_same_in_every_row_and_an_empty_one_what_its_row_does() -> None:
    asked = replace(WAYS, codes=(*WAYS.codes, Code(9, "Weet niet", "Unknown", "do_not_know")), nothing_ticked="none")
    texts = [*(f"word {number}" for number in range(200)), "1;3", "2;9", None, "1;3", "2;9", None]
    finished = np.array([*[True] * 203, True, True, False])
    answers = read_joined_answers(cells(*texts), asked, finished=finished)
    assert ticked(answers)[200:] == [[1, 0, 1], [-1] * 3, [0, 0, 0], [1, 0, 1], [-1] * 3, [-1] * 3]
    assert words(answers)[199:] == ["invalid", "", "invalid", "", "", "invalid", "blank"]
    assert [one.positions.tolist() for one in answers.invalid if one.reason == "contradiction"] == [[201, 204]]
    assert np.flatnonzero(answers.assumed).tolist() == [202]


def test_own_words_beside_ticks_keep_the_ticks_and_stand_apart() -> None:
    texts = cells("Internet;via de sportclub;", "Vrienden; familie;", "Vrienden;familie;Internet;", "via tante;", None)
    answers = read_joined_answers(texts, WHY)
    assert ticked(answers) == [[0, 1, 1], [1, 0, 0], [1, 1, 0], [0, 0, 1], [-1, -1, -1]]
    assert [(one.text, one.reason, one.positions.tolist()) for one in answers.invalid] == [
        ("via de sportclub", "own_words", [0]),
        ("via tante", "own_words", [3]),
    ]


def test_own_words_in_the_column_of_the_answer_other_are_a_tick_and_stand_apart() -> None:
    columns = {1: cells("Y", None, "misschien"), 2: cells(None, None, None), 3: cells(None, "via oom", None)}
    answers = read_separate_answers(columns, WHY)
    assert ticked(answers) == [[1, 0, 0], [0, 0, 1], [-1, -1, -1]]
    assert {(one.text, one.reason) for one in answers.invalid} == {
        ("via oom", "own_words"),
        ("misschien", "unknown_code"),
    }


def test_own_words_without_an_answer_other_keep_the_ticks_beside_them_and_are_no_answer_alone() -> None:
    closed = replace(WHY, codes=WHY.codes[:2])
    answers = read_joined_answers(cells("Internet;via de sportclub", "via tante", "Internet"), closed)
    assert ticked(answers) == [[0, 1], [-1, -1], [0, 1]]
    assert {(one.text, one.reason) for one in answers.invalid} == {
        ("via de sportclub", "own_words"),
        ("via tante", "unknown_code"),
    }


@pytest.mark.parametrize("joint", [",", ", ", ";", "; ", "|", "\n"])
def test_what_joins_answers_is_found_from_the_whole_column(joint: str) -> None:
    full = f"Vrienden; familie{joint}Internet{joint}Anders, namelijk"
    answers = read_joined_answers(cells(full, "Internet", "Anders, namelijk", None), WHY)
    assert ticked(answers) == [[1, 1, 1], [0, 1, 0], [0, 0, 1], [-1, -1, -1]]


def test_own_words_with_commas_stay_together() -> None:
    answers = read_joined_answers(cells("Internet, via Jan, de buurman", "Internet"), WHY)
    assert [one.text for one in answers.invalid] == ["via Jan, de buurman"]


def test_labels_with_a_comma_are_no_joined_answers() -> None:
    assert parts_of_texts({"Ja, meer dan één keer": 20, "Ja, één keer": 30, "Nee": 60}) is None
    assert parts_of_texts({"Economie, handel en administratie": 20, "Zorg": 30, "Techniek": 10}) is None
    assert parts_of_texts({'Ze zeiden "later"; nooit meer.': 9, "Geen idee": 4}) is None


def test_answers_that_are_never_given_alone_are_found() -> None:
    texts = {"A": 5, "B": 4, "A, B": 3, "A, Zeldzaam, maar waar": 2, "B, Zeldzaam, maar waar": 2}
    assert parts_of_texts(texts) == (",", {"A": 10, "B": 9, "Zeldzaam, maar waar": 4})


@pytest.mark.parametrize("label", ["Niet gesteld", "Vraag niet getoond", "Question not displayed", "Niet ingevuld"])
def test_ticks_with_a_code_for_not_asked_are_one_question(label: str, tmp_path: Path) -> None:
    said = [1.0] * 20 + [0.0] * 80 + [-99.0] * 20
    frame = pd.DataFrame({"hulp_1": said, "hulp_2": said[10:] + said[:10]})
    labels = {1: "Aangevinkt", 0: "Niet aangevinkt", -99: label}
    pyreadstat.write_sav(frame, str(tmp_path / "help.sav"), variable_value_labels=dict.fromkeys(frame, labels))
    (found,) = response_sets(read_table(tmp_path / "help.sav"))
    assert (found.coding, found.columns) == ("yes_no", ("hulp_1", "hulp_2"))


def test_empty_ticks_of_who_was_not_asked_are_not_set_aside(tmp_path: Path) -> None:
    from stagekansen_lib.surveys.codebook_files import read_conditions

    met = Variable("met", "nominal", "Meegemaakt", "Met", coded("Ja", "Nee"), item="q1")
    asked = replace(WHY, only_if=read_conditions("met=1"), nothing_ticked="none", item="q2")
    file = tmp_path / "joined.csv"
    file.write_text("q1;q2\n1;Internet\n1;\n2;\n2;Internet\n", "utf-8")
    survey = read_survey(file, book(met, asked))
    assert survey.rows["why[2]"].fillna(-1).tolist() == [1.0, 0.0, -1.0, -1.0]
    assert survey.set_aside is not None
    assert survey.set_aside[["row", "reason"]].to_numpy().tolist() == [[5, "out_of_routing"]]
