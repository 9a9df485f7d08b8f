"""Questionnaires for survey tools: every question in both languages, with the routing that reading checks later."""

from __future__ import annotations

import csv
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable

BOOK = sk.read_codebook("baseline")
ASKED = [one for one in BOOK.variables.values() if one.item]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    path = tmp_path_factory.mktemp("questionnaire") / "baseline.txt"
    sk.write_questionnaire(BOOK, path)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def of_class(rows: list[dict[str, str]], name: str, language: str = "nl") -> list[dict[str, str]]:
    return [row for row in rows if row["class"] == name and row["language"] == language]


def test_every_question_stands_in_both_languages_under_one_id_with_its_text_and_answers(
    rows: list[dict[str, str]],
) -> None:
    for language in ("nl", "en"):
        questions = {row["name"]: row for row in of_class(rows, "Q", language)}
        assert list(questions) == [one.item for one in ASKED]
        for one in ASKED:
            row = questions[one.item]
            assert row["text"] == (one.question_nl if language == "nl" else one.question_en)
            parts = [part for part in rows if part["related_id"] == row["id"] and part["language"] == language]
            expected = one.codes if one.kind in ("nominal", "ordinal", "multiple") else ()
            assert [(part["name"], part["text"]) for part in parts] == [
                (str(code.code), code.label(language))
                for code in expected  # type: ignore[arg-type]
            ]
            assert {part["class"] for part in parts} <= ({"SQ"} if one.kind == "multiple" else {"A"})
    ids = {language: [row["id"] for row in of_class(rows, "Q", language)] for language in ("nl", "en")}
    assert ids["nl"] == ids["en"]
    numbers = [row["id"] for name in ("Q", "SQ") for row in of_class(rows, name)]
    assert len(numbers) == len(set(numbers))


def test_nothing_about_who_answers_is_kept_and_only_consent_must_be_answered(rows: list[dict[str, str]]) -> None:
    settings = {row["name"]: row["text"] for row in rows if row["class"] == "S"}
    assert (settings["anonymized"], settings["ipaddr"], settings["refurl"]) == ("Y", "N", "N")
    assert [row["name"] for row in of_class(rows, "Q") if row["mandatory"] == "Y"] == ["c0"]


def test_the_routing_asks_exactly_whom_reading_expects_to_be_asked(rows: list[dict[str, str]]) -> None:
    """Each expression is worked out on every answer of the example and compared with what reading says was asked."""
    survey = sk.read_survey("example_2022")
    answers = {name: survey.rows[name].tolist() for name in survey.rows}
    reasons = {name: survey.missing_reasons[name].tolist() for name in survey.missing_reasons}
    item_of = {one.item: one for one in ASKED}
    compared = 0
    for row in of_class(rows, "Q"):
        one = item_of[row["name"]]
        if one.name not in reasons or not one.only_if:
            continue
        python = re.sub(r"!\(", "not (", row["relevance"])
        python = re.sub(r'([a-z]\d+)(?:_(\w+))?\.NAOK == "(\w+)"', r'answered("\1", "\2", "\3", place)', python)
        filters = [condition.variable for condition in one.only_if if condition.variable in reasons]

        def answered(item: str, part: str, value: str, place: int) -> bool:
            source = item_of[item]
            if source.accept and source.name not in answers:
                return value in {str(code) for code in source.accept}
            found = answers[f"{source.name}[{part}]" if part else source.name][place]
            return bool(found == 1) if part else str(found) == value

        program = compile(python, one.item, "eval")
        for place in range(len(survey)):
            if any(isinstance(reasons[name][place], str) for name in filters):
                continue  # who did not answer the filter is a question of its own
            asked = bool(eval(program, {"answered": answered, "place": place}))
            assert asked == (reasons[one.name][place] != "not_asked"), (one.name, place)
            compared += 1
    assert compared > 3000


def test_forms_gets_numbered_questions_with_their_item_and_a_list_of_what_a_person_sets(tmp_path: Path) -> None:
    written = sk.write_questionnaire(BOOK, tmp_path / "vragen.docx", tool="microsoft_forms", language="nl")
    with zipfile.ZipFile(written.path) as document:
        assert document.testzip() is None
        for name in document.namelist():
            ElementTree.fromstring(document.read(name))
        body = ElementTree.fromstring(document.read("word/document.xml"))
    lines = [
        "".join(line.itertext())
        for line in body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")
    ]
    for place, one in enumerate(ASKED, start=1):
        assert f"{place}. {one.item}. {one.question_nl}" in lines
    routed = [one.item for one in ASKED if one.only_if]
    assert [step.split(":")[0] for step in written.by_hand if "alleen tonen" in step] == routed
    again = sk.write_questionnaire(BOOK, tmp_path / "again.docx", tool="microsoft_forms", language="nl")
    assert again.path.read_bytes() == written.path.read_bytes()


def test_what_a_tool_cannot_hold_is_named_at_once(tmp_path: Path) -> None:
    bad = Variable("x", "nominal", "x", "x", codes=(Code("toolong", "a", "a"),), item="1 x", question_nl="Vraag?")
    book = Codebook("bad", {"x": bad})
    with pytest.raises(InputError) as refused:
        sk.write_questionnaire(book, tmp_path / "bad.csv")
    text = str(refused.value)
    for part in ("no text in both languages", "'1 x'", "'toolong'", ".txt"):
        assert part in text
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="limesurvey"):
        sk.write_questionnaire(BOOK, tmp_path / "x.txt", tool="limesurvy")  # type: ignore[arg-type]
    derived = Codebook("none", {"y": replace(bad, name="y", item="")})
    with pytest.raises(InputError, match="No variable"):
        sk.write_questionnaire(derived, tmp_path / "y.txt")
