"""Errors and doubts, which code says in English, are told in the language of whoever reads them."""

from __future__ import annotations

import ast
import re
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.views.explore import explore
from stagekansen_lib.wording import in_language, problem_lines

LIBRARY = Path(__file__).resolve().parent.parent / "stagekansen_lib"
# Said to who writes code or gives a structure file to a command; nobody who only chooses can bring these about.
ONLY_IN_CODE = {
    "7 is 7.", "A delimiter is one character, such as ';'.", "A structure file of LimeSurvey has no DOCTYPE.",
    "Export the .lss or .txt structure again.", "Give the path of an export.", "Leave sheet= out.",
    "No question was found in this structure file.", "Only LimeSurvey has a structure file.",
    "Only a text file has a delimiter and an encoding.", "Only an Excel workbook has sheets.", "The file is 7.",
    "The file is not in encoding '7'.", "The file is too large for the structure of a survey.",
    "The structure file is damaged.", "The structure file is not UTF-8.",
    "The three header rows of Qualtrics are not there.", "There is no concept '7'.", "There is no concept 7.",
    "There is no encoding '7'.", "There is no format '7'.", "Try 'utf-8' or 'cp1252'.",
}  # fmt: skip
ARGUMENT = re.compile(r"\b(?:format|encoding|structure|columns|delimiter)=")


def sentences_in(path: Path) -> Iterator[str]:
    """Every sentence of an error in a module, with 7 where something is filled in."""

    def text(node: ast.expr) -> str | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.JoinedStr):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
        return None

    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
            advice = [one.value for one in node.keywords if one.arg == "do"]
            yield from filter(None, map(text, (*node.args[:1], *node.args[2:3], *advice)))


def test_every_error_that_a_person_can_meet_at_the_desk_is_told_in_dutch() -> None:
    paths = [path for room in ("readers", "desk", "drafts") for path in (LIBRARY / room).glob("*.py")]
    found = {one for path in paths for one in sentences_in(path) if not ARGUMENT.search(one)}
    assert len(found) > 90
    assert {one for one in found if in_language(one, "nl") == one} == ONLY_IN_CODE


def test_what_is_filled_in_stays_and_signs_of_decimals_follow_the_language() -> None:
    said = "Of 4 groups of 'a. B' the smallest, 1, has 36 answers: where nothing is the matter, this test finds a "
    said += "difference at 5% in about 6.1% of surveys. From about 1,060 answers in the smallest group on it keeps its "
    said += "level. Something nobody wrote."
    told = in_language(said, "nl")
    assert "Van de 4 groepen van 'a. B' heeft de kleinste, 1, 36 antwoorden." in told
    assert "bij 5% in ongeveer 6,1% van de metingen" in told
    assert "Vanaf ongeveer 1.060 antwoorden" in told
    assert told.endswith("Something nobody wrote.")
    assert in_language(said, "en") == said


def test_a_kind_of_file_and_what_was_meant_are_told_too() -> None:
    failure = InputError([Problem("This is a PDF file.", "a.pdf"), Problem("No.", do="Did you mean 'x' or 'y'?")])
    assert problem_lines(failure, "nl") == ["Dit is een pdf-bestand.", "No. Bedoelde je 'x' of 'y'?"]
    assert problem_lines(InputError("The file is empty."), "nl") == ["Het bestand is leeg."]


def test_doubts_and_refusals_of_a_look_are_told_in_dutch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(LIBRARY.parent / "data" / "rules", tmp_path / "data" / "rules")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    draw = np.random.default_rng(4)
    hard = pd.Categorical(draw.integers(1, 6, 180), categories=[1, 2, 3, 4, 5], ordered=True)
    group = pd.Categorical([*["a"] * 90, *["b"] * 60, *["c"] * 30])
    survey = survey_from_frame(pd.DataFrame({"hard": hard, "group": group}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        view = explore(survey, language="nl").choose("hard", "group")
    told = " ".join([*view.doubts, view.publishable])
    assert "heeft de kleinste" in told
    assert "antwoorden van mensen" in told
    assert not re.search(r"\b(?:the|answers|groups|Keep|survey)\b", told)
