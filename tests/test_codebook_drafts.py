"""A draft of a codebook can be read, holds no answer in own words, and says what was guessed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.codebook_drafts import TO_CONFIRM, draft_codebook
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.surveys.codebook_files import read_codebook, read_conditions, read_value_set, write_codebook
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from tests import samples

WRITERS: dict[str, Callable[[Path], Path]] = {
    "answers.csv": samples.write_csv,
    "answers.sav": samples.write_spss,
    "forms.xlsx": samples.write_forms,
    "qualtrics.csv": lambda path: samples.write_qualtrics(path, labels=False),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_draft_is_read_back_and_reads_the_file_it_was_made_of(name: str, tmp_path: Path) -> None:
    file = WRITERS[name](tmp_path / name)
    book = draft_codebook(file)
    written = write_codebook(book, tmp_path / "books")
    assert read_codebook(written) == book
    survey = read_survey(file, written)
    assert len(survey) == samples.answers()["respondent_id"].nunique()  # the key was recognised
    assert all(variable.note.startswith(TO_CONFIRM) for variable in book.variables.values())
    text = "".join(path.read_text("utf-8") for path in (tmp_path / "books").iterdir())
    for question in ("what_happened", "suggestion", "respondent_id"):
        assert [answer for answer in set(samples.answers()[question]) - {""} if answer in text] == []


def test_kinds_missing_codes_and_privacy_are_guessed_from_forms(tmp_path: Path) -> None:
    book = draft_codebook(samples.write_forms(tmp_path / "forms.xlsx"))
    found = {variable.question_nl: variable for variable in book.variables.values()}
    kinds = {
        "Hoeveel moeite kostte het om een stageplek te vinden?": ("nominal", "ordinary"),
        "Hoe ben je aan je stageplek gekomen?": ("multiple", "ordinary"),
        "Op welke grond of gronden?": ("multiple", "special"),
        "Wat gebeurde er? (schrijf geen namen)": ("open", "identifying"),
        "Waar zijn jij en je ouders geboren?": ("nominal", "special"),
        "Wat is je postcode? (alleen de 4 cijfers of woongemeente)": ("open", "identifying"),
    }
    assert {text: (found[text].kind, found[text].privacy) for text in kinds} == kinds
    school = found["Aan welke school studeer je?"]
    assert {code.label_nl for code in school.codes} >= {"ROC Mondriaan", "De Haagse Hogeschool"}
    progress = found["Hoe ver ben je?"]
    assert {code.missing for code in progress.codes if code.label_nl == "Zeg ik liever niet"} == {"prefer_not_to_say"}
    assert "respondent_id" in book
    assert "begintijd" not in book


def test_labels_and_questions_of_spss_are_taken_over(tmp_path: Path) -> None:
    book = draft_codebook(samples.write_spss(tmp_path / "answers.sav"))
    assert book["d1"].question_nl == samples.BOOK["search_difficulty"].question_nl
    assert book["d1"].code_label(5) == samples.BOOK["search_difficulty"].code_label(5)
    assert book["b3"].kind == "multiple"
    assert [code.label_nl for code in book["b3"].codes] == [c.label_nl for c in samples.BOOK["found_through"].codes]


def test_a_question_that_the_file_does_not_hold_counts_as_sensitive(tmp_path: Path) -> None:
    book = draft_codebook(samples.write_csv(tmp_path / "answers.csv"))
    assert book["h6"].privacy == "sensitive"
    assert "does not hold the question" in book["h6"].note


def test_texts_of_fewer_than_three_respondents_are_not_copied(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    rows = ["q1;q2", *["1;Rood"] * 20, *["2;Blauw"] * 20, "1;Woont naast mij", "2;=cmd"]
    file.write_text("\n".join(rows), "utf-8")
    book = draft_codebook(file)
    assert [code.label_nl for code in book["q2"].codes] == ["Rood", "Blauw"]
    assert "2 text(s) of fewer than 3" in book["q2"].note


@pytest.mark.parametrize("name", ["", "a b", "x_codes", "../x"])
def test_a_draft_needs_a_usable_name(name: str, tmp_path: Path) -> None:
    file = samples.write_csv(tmp_path / "answers.csv")
    with pytest.raises(InputError, match="is no name for a codebook"):
        draft_codebook(file, name)


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    book = read_codebook("baseline")
    write_codebook(book, tmp_path)
    with pytest.raises(InputError, match=r"There already: baseline_codes\.csv, baseline\.csv, baseline_checks\.csv"):
        write_codebook(book, tmp_path)
    write_codebook(book, tmp_path, replace=True)
    with pytest.raises(InputError, match="needs a name"):
        write_codebook(Codebook("a/b"), tmp_path)


_words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)
_sets = st.lists(st.sampled_from(["1", "2..5", "20..", "..-3", "den haag", "7"]), min_size=1, max_size=3, unique=True)


@given(st.lists(st.tuples(_words, _words, _sets), min_size=1, max_size=4), _words)
@settings(max_examples=60, deadline=None)
def test_any_codebook_survives_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[str, str, list[str]]], version: str
) -> None:
    codes = tuple(Code(at, label, other) for at, (label, other, _) in enumerate(parts))
    source = Variable(
        "source", "nominal", parts[0][0], parts[0][1], (*codes, Code("x", "Weg", "Gone", "blank")), note=version
    )
    number = Variable(
        "number", "number", "Getal", "Number", minimum=-2.5, maximum=7.25, only_if=read_conditions("source=0")
    )
    rules = [Code(at, "a", "b", values=read_value_set("|".join(values))) for at, (_, _, values) in enumerate(parts)]
    derived = Variable("derived", "nominal", "d", "d", (*rules, Code(99, "r", "r", values=read_value_set("else"))),
                       derived_from=("number",), keep=False, required=False)  # fmt: skip
    book = Codebook("any", {one.name: one for one in (source, number, derived)}, "titel", "title", version)
    assert read_codebook(write_codebook(book, tmp_path_factory.mktemp("book"))) == book


def test_a_file_of_any_texts_gives_a_draft_that_can_be_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"codebook": ["a", "b"] * 9, "1x": ["", "-1"] * 9, "Ja, nee?": [f"{n}%" for n in range(18)]})
    file = tmp_path / "any.csv"
    frame.to_csv(file, sep=";", index=False)
    book = draft_codebook(file)
    assert read_codebook(write_codebook(book, tmp_path / "books")) == book
    assert list(book) == ["q_codebook", "q_1x", "ja_nee"]
