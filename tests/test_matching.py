"""Confirming columns: a person decides, nothing is chosen beforehand, and what nobody confirms is not read."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.views import confirm_columns

HARD, WHICH = "Hoeveel moeite kost het een stageplek te vinden?", "In welke richting studeer je?"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The example with two questions in other words."""
    with data_folder("example", "example_2022.csv").open(encoding="utf-8-sig", newline="") as opened:
        head, *rows = csv.reader(opened, delimiter=";")
    head = [HARD if name.startswith("d1.") else WHICH if name.startswith("a4.") else name for name in head]
    path = tmp_path / "example_other_words.csv"
    with path.open("w", encoding="utf-8", newline="") as written:
        csv.writer(written, delimiter=";").writerows([head, *rows])
    return path


def test_nothing_is_chosen_until_a_person_confirms_and_then_the_file_is_read(file: Path) -> None:
    matches = confirm_columns(sk.propose_columns(file), language="en")
    assert set(matches.candidates) == {HARD, WHICH}
    assert matches.chosen == {}
    assert "2 of 2 columns still wait" in matches.sentence()
    with pytest.raises(InputError, match="There is no column for"):
        sk.read_survey(file, columns=matches.chosen)
    matches.confirm(HARD, "search_difficulty")
    matches.confirm(WHICH, "field")
    assert matches.sentence() == "Every column is decided."
    read, example = sk.read_survey(file, columns=matches.chosen), sk.read_survey("example_2022")
    pd.testing.assert_frame_equal(read.rows, example.rows)


def test_the_widget_starts_undecided_and_follows_the_choice(file: Path) -> None:
    matches = confirm_columns(sk.propose_columns(file), language="nl")
    told, *rows = matches.widget().children
    choices = dict(zip(matches.candidates, rows[1::2], strict=True))
    assert [choice.value for choice in choices.values()] == ["", ""]
    choices[WHICH].value = "field"
    assert matches.chosen == {WHICH: "field"}
    assert "1 van de 2" in told.value
    choices[WHICH].value = ""
    assert matches.chosen == {}


def test_two_columns_for_one_question_are_refused() -> None:
    proposals = pd.DataFrame(
        [("One", "field", "?", 0.9), ("Two", "field", "?", 0.8)],
        columns=["column", "variable", "question_nl", "similarity"],
    )
    matches = confirm_columns(proposals)
    matches.confirm("One", "field")
    matches.confirm("Two", "field")
    with pytest.raises(InputError, match="2 columns are confirmed as 'field': One; Two"):
        _ = matches.chosen
    matches.confirm("Two", None)
    assert matches.chosen == {"One": "field"}


def test_what_was_not_proposed_cannot_be_confirmed(file: Path) -> None:
    matches = confirm_columns(sk.propose_columns(file))
    with pytest.raises(InputError, match="waits for no decision"):
        matches.confirm("a3", "school")
    with pytest.raises(InputError, match="was not proposed"):
        matches.confirm(WHICH, "consent")
    with pytest.raises(InputError, match="lack similarity"):
        confirm_columns(pd.DataFrame(columns=["column", "variable", "question_nl"]))


def test_text_of_a_file_is_escaped_in_the_widget() -> None:
    proposals = pd.DataFrame(
        [("<script>alert(1)</script>", "field", "?", 0.9)], columns=["column", "variable", "question_nl", "similarity"]
    )
    shown = " ".join(getattr(child, "value", "") for child in confirm_columns(proposals).widget().children)
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
