"""Where answers come from, and the three short questionnaires of the journey, read back from what a tool exports."""

from __future__ import annotations

import csv
import io
import math
import re
import runpy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.drafts.concepts import known_concepts
from stagekansen_lib.drafts.measuring import MissingConcept, find_concepts
from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.monitoring.channels import AnswersByChannel, answers_by_channel
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.questionnaires import write_questionnaire
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.twins.practising import write_practice

SHORT = ("short_midway", "short_end", "short_supervisor")
WAYS = (
    Code(1, "Medestudent", "Fellow student"), Code(2, "Coördinator", "Coordinator"), Code(3, "Gesprek", "Talk"),
    Code(9, "Zeg ik liever niet", "Prefer not to say", missing="prefer_not_to_say"),
)  # fmt: skip
SAID = (Code(1, "Ja", "Yes"), Code(2, "Ik twijfel", "I am not sure"), Code(3, "Nee", "No"))


def survey_of(ways: list[Any], met: list[Any], *, asked: bool = True) -> Survey:
    concept = "channel" if asked else ""
    book = Codebook(
        "school",
        {
            "way": Variable("way", "nominal", "Kanaal", "Channel", WAYS, concept=concept),
            "met": Variable("met", "nominal", "Meegemaakt", "Met", SAID, concept="experienced"),
        },
    )
    return survey_from_frame(pd.DataFrame({"way": ways, "met": met}), codebook=book)


@pytest.fixture(scope="module")
def found() -> AnswersByChannel:
    # 40 by a fellow student of whom 30 met it; 50 by a coordinator of whom 10 did; 4 in a talk; 6 do not say.
    ways = [1] * 40 + [2] * 50 + [3] * 4 + [None] * 6
    met = [1] * 30 + [3] * 8 + [2] * 2 + [1] * 10 + [3] * 40 + [1] * 4 + [3] * 6
    return answers_by_channel(survey_of(ways, met))


def test_every_channel_has_its_answers_and_its_share_with_the_experience(found: AnswersByChannel) -> None:
    rows = found.table.set_index("channel")
    assert rows["answers"].tolist() == [40, 50, 4]
    assert rows["answers"].sum() + found.without == 100
    assert rows["part"].sum() == pytest.approx(1)
    assert rows["experienced"].tolist() == pytest.approx([30 / 40, 10 / 50, 1.0])
    assert (rows.loc[[1, 2], "ci_low"] < rows.loc[[1, 2], "experienced"]).all()


def test_it_says_how_far_the_channels_lie_apart_and_leaves_a_handful_of_answers_out(found: AnswersByChannel) -> None:
    text = found.sentence("en")
    assert "Most answers came by 'Coordinator': 53%." in text
    assert "from 20% ('Coordinator') to 75% ('Fellow student')" in text
    assert "Talk" not in text, "four answers are not compared"
    assert "do not overlap" in text
    assert "Of 6 answers it is not known" in text
    assert "loopt per kanaal van 20%" in found.sentence("nl")


def test_channels_that_chance_can_explain_are_not_told_apart() -> None:
    ways, met = [1] * 20 + [2] * 20, [1] * 9 + [3] * 11 + [1] * 11 + [3] * 9
    text = answers_by_channel(survey_of(ways, met)).sentence("en")
    assert "overlap. That does not prove" in text
    assert "do not overlap" not in text


def test_the_table_is_in_words(found: AnswersByChannel) -> None:
    told = found.labelled("nl")
    assert told.columns.tolist() == [
        "Hoe zij er kwamen",
        "Antwoorden",
        "Deel van de antwoorden",
        "Heeft het ervaren",
        "Marge",
    ]
    assert told.iloc[0].tolist()[:4] == ["Medestudent", 40, "43%", "75%"]
    assert "Medestudent" in found._repr_html_()
    assert "Fellow student" in repr(found)


def test_a_channel_without_answers_to_the_question_has_no_share() -> None:
    found = answers_by_channel(survey_of([1] * 12 + [2] * 3, [1] * 6 + [3] * 6 + [None] * 3))
    rows = found.table.set_index("channel")
    assert rows.loc[2, "answers"] == 3
    assert math.isnan(rows.loc[2, "experienced"])
    assert found.labelled("en").iloc[1].tolist()[-2:] == ["not known", "not known"]


def test_a_survey_that_does_not_ask_for_the_channel_says_what_to_do() -> None:
    survey = survey_of([1, 2], [1, 3], asked=False)
    with pytest.raises(InputError, match="Channel"):
        answers_by_channel(survey)
    told = answers_by_channel(survey, missing="tell")
    assert isinstance(told, MissingConcept)
    assert told.concept == "channel"
    with pytest.raises(InputError, match="Nobody says by which channel"):
        answers_by_channel(survey_of([None, None], [1, 3]))
    nobody = answers_by_channel(survey_of([None, None], [1, 3]), missing="tell")
    assert not nobody
    assert "Niemand zegt langs welk kanaal" in nobody.sentence("nl")


@pytest.fixture(scope="module", params=SHORT)
def short(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Survey:
    folder = tmp_path_factory.mktemp("short")
    return read_survey(write_practice(request.param, folder / f"{request.param}.csv"), request.param)


def test_answers_to_a_short_questionnaire_are_read_with_a_channel_in_every_row(short: Survey) -> None:
    assert len(short) > 200
    found = find_concepts(short).table.set_index("concept")
    assert found.loc["channel"].tolist() == ["channel", "same_wording"]
    assert short.rows["channel"].notna().mean() > 0.8
    if short.codebook.name != "short_supervisor":
        assert answers_by_channel(short).table["answers"].sum() == short.rows["channel"].notna().sum()
        assert "made-up data" in answers_by_channel(short).sentence("en")


def test_what_a_short_questionnaire_asks_is_a_known_concept_and_the_baseline_question_in_the_same_words() -> None:
    baseline = {one.question_nl: one for one in read_codebook("baseline").variables.values() if one.question_nl}
    shared = 0
    for name in SHORT:
        for one in read_codebook(name).variables.values():
            assert not one.concept or one.concept in known_concepts()
            if one.fit == "same_wording" and one.concept != "channel":
                shared += 1
                assert one.codes == baseline[one.question_nl].codes, one.name
    assert shared > 8


@pytest.mark.parametrize("name", SHORT)
def test_a_short_questionnaire_is_short_and_asks_nothing_that_points_at_a_person(name: str) -> None:
    asked = [one for one in read_codebook(name).variables.values() if one.item]
    assert 6 <= len(asked) <= 13
    assert {one.privacy for one in asked} <= {"ordinary", "sensitive", "consent"}
    assert not {"school", "sex", "age_class", "home_place", "origin"} & {one.name for one in asked}


def test_the_script_writes_the_files_as_they_stand(tmp_path: Path) -> None:
    runpy.run_path(str(project_folder("scripts", "make_short_questionnaires.py")))["main"](tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(made) == 15
    assert {name: project_folder("data", *name.parts).read_bytes() for name in made} == made


@pytest.mark.parametrize("name", SHORT)
def test_every_question_and_answer_is_in_both_files_for_a_tool(name: str) -> None:
    book, folder = read_codebook(name), project_folder("data", "questionnaires")
    lines = list(csv.DictReader(io.StringIO((folder / f"{name}.txt").read_text("utf-8")), delimiter="\t"))
    for language in ("nl", "en"):
        plain = (folder / f"{name}_{language}.md").read_text("utf-8")
        rows = [line for line in lines if line["language"] == language and line["class"] == "Q"]
        asked = [one for one in book.variables.values() if one.item]
        assert [row["name"] for row in rows] == [one.item for one in asked]
        assert re.findall(r"^\*\*(\w+)\. ", plain, re.MULTILINE) == [one.item for one in asked]
        for one in asked:
            if one.kind in ("nominal", "ordinal", "multiple"):
                assert all(f"- {code.label(language)}\n" in plain for code in one.codes), one.name


def test_plain_text_says_what_is_asked_of_whom_and_what_to_set_by_hand(tmp_path: Path) -> None:
    file = tmp_path / "end.md"
    write_questionnaire(read_codebook("short_end"), file, tool="plain_text", language="en")
    text = file.read_text("utf-8")
    assert text.startswith("# Short questionnaire at the end\n")
    assert "**a1. I read the information" in text
    assert "(one answer, required)" in text
    assert "- b2: show only if b1 was answered 'Yes', 'I am not sure' (branching)." in text
    assert "- b2: switch on 'multiple answers'." in text
    with pytest.raises(InputError, match=r"does not end in \.md"):
        write_questionnaire(read_codebook("short_end"), tmp_path / "end.txt", tool="plain_text")


def test_fieldwork_shows_the_channels_beside_the_targets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = write_practice("short_end", tmp_path / "short_end.csv")
    targets = tmp_path / "targets.yaml"
    targets.write_text("targets: {programme_type: {1: 50, 2: 50}}\n", "utf-8")
    words = ["fieldwork", str(answers), "--codebook", "short_end", "--targets", str(targets), "--language", "nl"]
    assert cli.main(words) == 0
    shown = capsys.readouterr().out
    assert "Hoe zij er kwamen" in shown
    assert "Een medestudent vroeg mij" in shown
