"""The fact sheet: the same numbers in HTML, PDF and Word, all from the release, its registers and the ledger."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.documents.blocks import Card, Document, Table, texts_of
from stagekansen_lib.documents.writing import FORMATS, made_as
from stagekansen_lib.errors import InputError
from stagekansen_lib.fact_finding.totals import tell_totals
from stagekansen_lib.fact_sheets.making import mark_of
from stagekansen_lib.wording import LANGUAGES, Language, percent_text, say
from tests.documents_read import faults_of_pdf, html_words, numbers_in, pdf_words, word_words

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "fact-sheets"


@cache
def sheet(language: Language) -> Document:
    return sk.fact_sheet("example-2022", language=language)


@cache
def made(language: Language, form: str) -> bytes:
    return made_as(sheet(language), form)


def numbers_of(document: Document, form: str, content: bytes) -> set[str]:
    if form == "pdf":
        return numbers_in(pdf_words(content, document.mark))
    return numbers_in((html_words if form == "html" else word_words)(content))


def all_words(document: Document) -> str:
    return " ".join((document.title, document.subtitle, document.mark, *texts_of(document.blocks)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMATS)
def test_each_form_holds_the_numbers_of_the_document_and_no_other(language: Language, form: str) -> None:
    expected = numbers_in(all_words(sheet(language)))
    assert len(expected) > 100
    assert numbers_of(sheet(language), form, made(language, form)) == expected


@pytest.mark.parametrize("form", FORMATS)
def test_a_form_that_lost_a_number_would_be_found(form: str) -> None:
    lost = replace(sheet("nl"), blocks=tuple(one for one in sheet("nl").blocks if not isinstance(one, Card)))
    missing = numbers_in(all_words(sheet("nl"))) - numbers_of(lost, form, made_as(lost, form))
    assert "49.772" in missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_published_share_of_the_release_stands_on_it_as_published(language: Language) -> None:
    words = all_words(sheet(language))
    tables = {block.caption: block for block in sheet(language).blocks if isinstance(block, Table)}
    for table in sk.read_release("example-2022").tables.values():
        rows = table.table
        if len(rows) == 1:
            assert table.sentence(language) in words
            continue
        shown = [row[-3] for row in tables[table.title(language)].rows]
        assert [text.split(" (")[0] for text in shown] == [
            percent_text(value, language) if value == value else mark
            for value, mark in zip(rows["estimate"], rows["mark"], strict=True)
        ]


def test_the_pdf_keeps_the_rules_for_readers_who_do_not_see_it() -> None:
    assert faults_of_pdf(made("nl", "pdf")) == []
    assert faults_of_pdf(made("en", "pdf")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_made_up_answers_are_named_on_top_on_each_page_and_with_the_picture(language: Language) -> None:
    mark = say("fact_sheet.mark_synthetic", language)
    assert sheet(language).mark == mark
    assert html_words(made(language, "html")).count(mark) == 2
    with_feet = pdf_words(made(language, "pdf"))
    assert with_feet.count(mark) >= 8
    assert f"{mark} {say('fact_sheet.picture', language)}" in word_words(made(language, "docx"))


def test_a_draft_and_answers_of_people_are_marked_as_what_they_are() -> None:
    release = sk.read_release("example-2022")
    people = replace(release, provenance=replace(release.provenance, synthetic=False))
    assert mark_of(people, "nl") == ""
    assert mark_of(replace(people, draft=True), "en") == "DRAFT: not yet checked by a second person."


def test_it_holds_every_claim_and_question_of_the_ledger_and_its_sources() -> None:
    ledger, words = sk.read_ledger(), all_words(sheet("nl"))
    assert all(statement in words for statement in ledger.claims["statement_nl"])
    assert all(text in words for text in ledger.questions["text_nl"])
    registers = sk.read_registers()
    for text in ledger.evidence["rests_on"]:
        assert registers.sources[registers.key_figures[text.partition(":")[2]].source_id].title in words


# With positions -----------------------------------------------------------------------------------------------------

ROLES = ("employer", "municipality", "school", "student")


def claim(folder: Path) -> None:
    sk.write_act({"kind": "claim_proposed", "subject": "joint", "role": "student", "claim_kind": "experienced",
                  "text_nl": "Weinig studenten melden", "text_en": "Few students report"}, folder)  # fmt: skip


def positions(folder: Path) -> dict[str, Any]:
    """A claim on which five of each of three roles and four of another take a position; gives what closes the round."""
    claim(folder)
    sk.write_act({"kind": "evidence_added", "subject": "joint", "role": "student", "relation": "for",
                  "rests_on": "example-2022:reported"}, folder)  # fmt: skip
    for role in ROLES:
        for number in range(4 if role == "employer" else 5):
            said: dict[str, Any] = {"position": "agree", "reason": "geheim"}
            if (role, number) == ("school", 0):
                said = {"position": "disagree", "reason": "Wij tellen anders", "may_be_told": True}
            head = {"kind": "position_taken", "subject": "joint", "role": role, "round": 1}
            sk.write_act({**head, "voter": f"{role}-{number}", **said}, folder)
    return {"kind": "round_closed", "subject": "joint", "role": "workbench", "round": 1}


def test_of_positions_it_tells_a_word_a_role_and_released_dissent_and_nothing_before_the_round_is_closed(
    tmp_path: Path,
) -> None:
    closing = positions(tmp_path)
    before = all_words(sk.fact_sheet("example-2022", language="nl", ledger=tmp_path))
    assert "Wij tellen anders" not in before
    assert say("ledger.agreement_broadly_agrees", "nl") not in before
    sk.write_act(closing, tmp_path)
    tell_totals(tmp_path)
    document = sk.fact_sheet("example-2022", language="nl", ledger=tmp_path)
    card = next(block for block in document.blocks if isinstance(block, Card))
    words = " ".join(texts_of(card.blocks))
    assert words.count(say("ledger.agreement_broadly_agrees", "nl")) == 3
    assert sk.read_ledger(tmp_path).rules.role_text("employer", "nl") not in words.lower()
    assert "Wij tellen anders" in words
    assert "geheim" not in all_words(document)
    assert "<10%" in words


def test_a_claim_that_was_parked_is_counted_and_not_shown(tmp_path: Path) -> None:
    claim(tmp_path)
    sk.write_act({"kind": "claim_parked", "subject": "joint", "role": "student", "reason_nl": "later",
                  "reason_en": "later"}, tmp_path)  # fmt: skip
    words = all_words(sk.fact_sheet("example-2022", language="nl", ledger=tmp_path))
    assert "Weinig studenten melden" not in words
    assert say("fact_sheet.left_out", "nl", count=1) in words


# The command and the example ----------------------------------------------------------------------------------------


def test_the_command_writes_what_was_asked_twice_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        assert main(["factsheet", "example-2022", "--form", "html", "--into", str(tmp_path / name)]) == 0
    written = capsys.readouterr().out.split()
    assert [Path(line).name for line in written[:2]] == [
        f"fact-sheet-example-2022.{language}.html" for language in LANGUAGES
    ]
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_release_that_is_not_there_is_refused_with_a_near_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="example-2022"):
        sk.write_fact_sheets("example-2023", into=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_yearly_index_stands_with_its_parts_and_its_break_and_never_alone() -> None:
    document = sk.fact_sheet("voorbeeldstad-2024", language="en")
    table = next(block for block in document.blocks if isinstance(block, Table) and "index" in block.caption.lower())
    assert table.rows[-1] == ("2024", "64", "56", "22", "43", "38 to 48", "C")
    assert "No line is drawn from 2022 to 2023." in all_words(document)
    assert "voorbeeldstad-2024" in document.subtitle


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMATS)
def test_the_example_in_the_documentation_holds_the_numbers_of_the_release_as_it_is(
    language: Language, form: str
) -> None:
    file = EXAMPLES / f"fact-sheet-example-2022.{language}.{form}"
    assert numbers_of(sheet(language), form, file.read_bytes()) == numbers_in(all_words(sheet(language))), (
        "Run: python scripts/make_example_fact_sheet.py"
    )
