"""What is stored is read back as it was; an import that is killed leaves the store as it was."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example as for_example
from hypothesis import given, settings
from hypothesis import strategies as st

from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.intake.stores import read_stored, stored_surveys, write_survey
from stagekansen_lib.project.spreadsheets import plain_cell, safe_cell
from stagekansen_lib.surveys.codebook_files import read_codebook, write_codebook
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.raking import rake
from tests import samples

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def example() -> Survey:
    return read_survey("example_2022")


def same(first: Survey, second: Survey) -> None:
    pd.testing.assert_frame_equal(first.rows, second.rows)
    assert first.missing_reasons is not None
    assert second.missing_reasons is not None
    pd.testing.assert_frame_equal(first.missing_reasons, second.missing_reasons)
    assert first.set_aside is not None
    assert second.set_aside is not None
    assert first.set_aside.to_numpy().tolist() == second.set_aside.to_numpy().tolist()
    assert first.provenance == second.provenance
    assert first.codebook == second.codebook
    assert first.weights.tolist() == second.weights.tolist()


def test_a_stored_survey_is_read_back_equal(tmp_path: Path, example: Survey) -> None:
    write_survey(example, "wave_1", folder=tmp_path)
    same(read_stored("wave_1", folder=tmp_path), example)
    assert stored_surveys(tmp_path) == ("wave_1",)


def test_a_stored_survey_is_read_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: Survey) -> None:
    (tmp_path / "data" / "interim").mkdir(parents=True)
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    write_survey(example, "wave_1")
    same(read_survey("wave_1"), example)
    with pytest.raises(InputError, match="has its own codebook"):
        read_survey("wave_1", "baseline")


def test_a_name_that_is_taken_is_replaced_only_when_asked_and_the_old_answers_go(
    tmp_path: Path, example: Survey
) -> None:
    write_survey(example, "wave", folder=tmp_path)
    write_survey(example, "wave-2", folder=tmp_path)
    with pytest.raises(InputError, match="There is a survey 'wave' already"):
        write_survey(example, "wave", folder=tmp_path)
    write_survey(example, "wave", folder=tmp_path, replace=True)
    assert len(list(tmp_path.iterdir())) == 4
    assert stored_surveys(tmp_path) == ("wave", "wave-2")


@pytest.mark.parametrize("name", ["", "../wave", "a b", ".hidden", "x" * 90])
def test_a_name_is_letters_and_digits(name: str, tmp_path: Path, example: Survey) -> None:
    with pytest.raises(InputError, match="is no name for a survey"):
        write_survey(example, name, folder=tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_weighted_survey_is_not_stored(tmp_path: Path, example: Survey) -> None:
    weighted = rake(example, {"level": {1: 600, 2: 400}})
    with pytest.raises(InputError, match="weights or a design already"):
        write_survey(weighted, "wave", folder=tmp_path)


def test_a_missing_or_damaged_store_says_so(tmp_path: Path, example: Survey) -> None:
    card = write_survey(example, "wave", folder=tmp_path)
    with pytest.raises(InputError, match="Did you mean 'wave'"):
        read_stored("waves", folder=tmp_path)
    next(tmp_path.glob("wave-*/answers.parquet")).write_bytes(b"PAR1 cut off")
    with pytest.raises(InputError, match="is damaged"):
        read_stored("wave", folder=tmp_path)
    card.write_text("format: [", "utf-8")
    assert stored_surveys(tmp_path) == ()


_KILLED = """
import os, pathlib, signal, sys
from stagekansen_lib.intake import stores
from stagekansen_lib.intake.reading import read_survey
survey = read_survey(sys.argv[1])
left = {"fsync": int(sys.argv[3]), "replace": int(sys.argv[4])}
def counted(name, call):
    def wrapped(*words):
        found = call(*words)
        left[name] -= 1
        if not left[name]:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    return wrapped
os.fsync = counted("fsync", os.fsync)
pathlib.Path.replace = counted("replace", pathlib.Path.replace)
stores.write_survey(survey, "wave", folder=sys.argv[2], replace=True)
print("not killed")
"""
# Files that an import writes: three of the codebook, three of answers, the list for a spreadsheet, and the card.
_FILES = 8


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize(
    ("writes", "moves", "old_stays"), [(1, 99, True), (5, 99, True), (_FILES, 99, True), (99, _FILES, False)]
)
def test_an_import_that_is_killed_leaves_the_store_as_it_was(
    writes: int, moves: int, old_stays: bool, tmp_path: Path, example: Survey
) -> None:
    store = tmp_path / "store"
    write_survey(example, "wave", folder=store)
    newer = samples.write_csv(tmp_path / "newer.csv")
    words = [sys.executable, "-c", _KILLED, str(newer), str(store), str(writes), str(moves)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert stored_surveys(store) == ("wave",)
    now = read_stored("wave", folder=store)
    if old_stays:
        same(now, example)
    else:
        assert now.provenance.survey == "newer"
    # The next import clears away what was left.
    write_survey(example, "wave", folder=store, replace=True)
    assert len(list(store.iterdir())) == 2
    same(read_stored("wave", folder=store), example)


@given(st.text(max_size=20) | st.text("='+-@\t\r\n ＝＋－＠﹦a1", max_size=6))
@for_example("＝1+1")
@for_example("＠x")
@for_example(" =1+1")
@for_example("\u200b=1+1")
@for_example("''=1")
def test_a_cell_for_a_spreadsheet_is_no_formula_and_reads_back_equal(text: str) -> None:
    written = safe_cell(text)
    first = written.lstrip(" \u00a0\u200b\ufeff")
    assert not first.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "﹦"))
    assert plain_cell(written) == text


def test_heads_and_labels_that_look_like_formulas_run_in_no_codebook_and_read_back_whole(tmp_path: Path) -> None:
    signs = ['=HYPERLINK("http://x";"y")', "'s-Gravenhage", "+65", "-18 jaar", "＝1+1", "＠SUM(A1)", "'t Hart"]
    codes = (*(Code(at, sign, sign) for at, sign in enumerate(signs)), Code(-9, "=geen", "=none"))
    kept = Variable("a", "nominal", signs[0], signs[0], codes, question_nl=signs[4], item=signs[0].casefold())
    book = Codebook("signs", {"a": kept, "b": Variable("b", "number", "b", "b", minimum=-5.0)}, signs[2], signs[3])
    file = write_codebook(book, tmp_path)
    for path in (file, file.with_name("signs_codes.csv")):
        for line in csv.reader(io.StringIO(path.read_text("utf-8"))):
            assert [cell for cell in line if cell.startswith(("=", "+", "＝", "＠"))] == []
            assert [cell for cell in line if cell.startswith("-") and not cell[1:].isdecimal()] == []
    assert read_codebook(file) == replace(book, version=read_codebook(file).version)


def test_an_apostrophe_that_somebody_typed_in_a_codebook_stays(tmp_path: Path) -> None:
    file = write_codebook(Codebook("signs", {"a": Variable("a", "open", "s-Gravenhage", "x")}, "a", "a"), tmp_path)
    file.write_text(file.read_text("utf-8").replace("s-Gravenhage", "'s-Gravenhage"), "utf-8")
    assert read_codebook(file)["a"].label_nl == "'s-Gravenhage"


def test_formulas_in_answers_are_stored_as_texts(tmp_path: Path) -> None:
    frame = samples.answers().copy()
    frame.loc[frame.index[0], "search_difficulty"] = '=SUM("A1")'
    file = tmp_path / "answers.csv"
    frame.to_csv(file, sep=";", index=False, header=[samples.BOOK[name].item or name for name in frame])
    survey = read_survey(file)
    write_survey(survey, "wave", folder=tmp_path / "store")
    same(read_stored("wave", folder=tmp_path / "store"), survey)
    with next((tmp_path / "store").glob("wave-*/set_aside.csv")).open(encoding="utf-8-sig", newline="") as source:
        values = [line["value"] for line in csv.DictReader(source, delimiter=";")]
    assert '\'=SUM("A1")' in values
    assert survey.set_aside is not None
    assert [plain_cell(value) for value in values] == survey.set_aside["value"].tolist()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["1", "2", "3", "5", "99", "", "9"]),
            st.sampled_from(["0", "12", "x", "999", ""]),
            # Another script would be shown to a person first: tests/test_privacy_gate_texts.py.
            st.text(st.characters(max_codepoint=0x24F, blacklist_categories=("Cs", "Cc")), max_size=6),
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=25, deadline=None)
def test_any_answers_survive_the_store(
    tmp_path_factory: pytest.TempPathFactory, answers: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("store")
    frame = samples.answers().iloc[[0] * len(answers)].copy()
    frame["respondent_id"] = [f"K{number}" for number in range(len(answers))]
    frame["search_difficulty"], frame["applications"], frame["suggestion"] = zip(*answers, strict=True)
    file = folder / "answers.csv"
    frame.to_csv(file, sep=";", index=False, header=[samples.BOOK[name].item or name for name in frame])
    survey = read_survey(file)
    write_survey(survey, "wave", folder=folder / "store")
    same(read_stored("wave", folder=folder / "store"), survey)


def test_a_survey_of_codes_in_words_is_stored(tmp_path: Path) -> None:
    frame = pd.DataFrame({"level": pd.Categorical(["mbo", None, "hbo"], ["mbo", "hbo"])})
    survey = survey_from_frame(frame.rename_axis("row"))
    with pytest.raises(InputError, match="A codebook needs a name"):
        write_survey(survey, "wave", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_word_in_the_card_does_not_make_real_answers_made_up(tmp_path: Path) -> None:
    survey = read_survey("example_2022")
    real = replace(survey, provenance=replace(survey.provenance, synthetic=False))
    card = write_survey(real, "real", folder=tmp_path)
    assert not read_stored("real", folder=tmp_path).provenance.synthetic
    text = card.read_text("utf-8")
    assert "answers_of: people" in text
    for lie in ("synthetic", "twin", "'nee'", "1"):
        card.write_text(text.replace("answers_of: people", f"answers_of: {lie}"), "utf-8")
        with pytest.raises(InputError, match="do not agree on whether the answers are made up"):
            read_stored("real", folder=tmp_path)


def test_a_stored_twin_is_still_a_twin(tmp_path: Path) -> None:
    survey = read_survey("example_2022")
    twin = replace(survey, provenance=replace(survey.provenance, twin_of_people=True))
    write_survey(twin, "twin", folder=tmp_path)
    assert read_stored("twin", folder=tmp_path).provenance.twin_of_people
    write_survey(survey, "made_up", folder=tmp_path)
    assert not read_stored("made_up", folder=tmp_path).provenance.twin_of_people


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_nobody_else_on_this_computer_can_read_what_is_stored(tmp_path: Path) -> None:
    card = write_survey(read_survey("example_2022"), "wave", folder=tmp_path)
    folder = next(path for path in tmp_path.iterdir() if path.is_dir())
    assert folder.stat().st_mode & 0o077 == 0
    private = [card, *folder.glob("*.parquet"), *folder.glob("*.csv")]
    assert len(private) == 5
    assert [path.name for path in private if path.stat().st_mode & 0o077] == []


def test_a_draft_in_which_nobody_confirmed_what_consent_is_stores_nothing(tmp_path: Path) -> None:
    survey = read_survey("example_2022")
    consent = replace(survey.codebook["consent"], note="TO CONFIRM: kind nominal.")  # as an earlier version drafted
    book = replace(survey.codebook, variables={**survey.codebook.variables, "consent": consent})
    survey = replace(survey, codebook=book)
    with pytest.raises(InputError, match=r"which answer to .* is consent") as refused:
        write_survey(survey, "draft", folder=tmp_path / "store")
    assert len(refused.value.problems) >= 1
    assert not (tmp_path / "store").exists()
