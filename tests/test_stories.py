"""Cards and posters: statements of ours, and beside each only what registers and release hold."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.documents.deck_pages import deck_page
from stagekansen_lib.documents.decks import CardPart, Deck, deck_pdf, posters_pdf, qr_svg
from stagekansen_lib.errors import InputError, StagekansenError
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.site.building import PAGES as PAGES_OF_SITE
from stagekansen_lib.stories import telling
from stagekansen_lib.stories.parts import Beside, card_of
from stagekansen_lib.wording import LANGUAGES, Language
from tests.documents_read import faults_of_pdf, html_words, numbers_in, pdf_words
from tests.qr_codes import read_code

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = read_yaml(ROOT / "data" / "place" / "stories.yaml")


@cache
def deck(edition: str, language: Language = "nl", address: str = "") -> Deck:
    return sk.story_cards(edition, release="example-2022", language=language, address=address)


def beside(language: Language = "nl") -> Beside:
    return Beside(sk.read_release("example-2022"), read_registers(), language, "")


def words_of(cards: Deck) -> str:
    texts = [cards.title, cards.subtitle, *cards.rules]
    for card in cards.cards:
        texts += [card.kind, card.statement, card.mark]
        texts += [text for part in card.parts for text in (part.label, part.text, part.small, part.url)]
    return " ".join(texts)


def as_letters(text: str) -> str:
    """Without spaces and hyphens, which a line of paper may add or hide."""
    return re.sub(r"[\s\u00ad\u2010-]", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("edition", telling.EDITIONS)
def test_an_edition_has_both_kinds_of_card_and_each_says_on_what_it_rests_and_where_to_go(
    edition: str, language: Language
) -> None:
    cards = deck(edition, language).cards
    assert len(cards) >= 8
    assert len({card.kind for card in cards}) == 2
    assert all(len(card.parts) >= 2 for card in cards)


def test_a_made_up_figure_is_marked_on_its_own_card_and_a_real_one_is_not() -> None:
    for edition in telling.EDITIONS:
        marked = {card.id for card in deck(edition).cards if card.mark}
        assert marked == {one["id"] for one in WRITTEN["cards"] if "tables" in one and edition in one["for"]}
        assert all("VOORBEELD" in card.mark for card in deck(edition).cards if card.id in marked)


def test_a_draft_is_marked_as_one() -> None:
    registers = read_registers()
    story = next(one for one in telling.read_stories(registers) if one.tables)
    card = card_of(story, "student", replace(beside(), release=replace(beside().release, draft=True)))
    assert card is not None
    assert "CONCEPT" in card.mark


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_statement_of_ours_holds_a_number(language: Language) -> None:
    assert not any(numbers_in(card[language]) for card in WRITTEN["cards"])


def test_a_figure_stands_with_whom_it_is_about_how_many_answered_and_whose_it_is() -> None:
    card = next(one for one in deck("student", "en").cards if one.id == "rare")
    figure = read_registers().key_figures["cbs-10"]
    small = card.parts[0].small
    assert card.parts[0].text.startswith(figure.value_text("en"))
    for told in (figure.population_en, figure.period_en, "How many answers is not known.", "Source: CBS, 2025."):
        assert told in small
    assert "The original was not seen" in small


def test_a_voice_is_named_a_paraphrase_on_every_card_and_poster_that_has_one() -> None:
    voices = {one.label_nl for one in read_registers().voices.values()}
    parts = [part for edition in telling.EDITIONS for card in deck(edition).cards for part in card.parts]
    spoken = [part for part in parts if part.text in voices]
    assert len(spoken) > 5
    posters = sk.story_posters(release="example-2022", language="nl").posters
    assert {part.label for part in spoken} | {one.lead for one in posters} == {"Stem van een student, in onze woorden"}


def test_what_is_hidden_until_somebody_checked_it_is_on_no_card() -> None:
    hidden = [point.phone for point in read_registers().reporting_points if "phone" in point.hidden_until_verified]
    assert "070-7528200" in hidden
    assert not any(phone in words_of(deck(edition)) for edition in telling.EDITIONS for phone in hidden if phone)


def test_a_card_whose_table_the_release_does_not_hold_is_left_out() -> None:
    found = beside()
    story = next(one for one in telling.read_stories(found.registers) if one.id == "whom")
    assert card_of(story, "student", found) is not None
    without = replace(found, release=replace(found.release, tables={}))
    assert card_of(story, "student", without) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"figures": ["cbs-11"]}, "'cbs-11', which is unknown"),
        ({"figures": ["insp-75"]}, "'insp-75', which may not be shown or which nobody saw again"),
        ({"figures": ["handbook-29"]}, "'handbook-29', which may not be shown"),
        ({"voices": ["q99"]}, "'q99', which is unknown"),
        ({"instruments": ["buttons"]}, "'buttons', which has no address"),
        ({"page": "nergens"}, "'nergens', which is unknown"),
        ({"for": ["parents"]}, "'parents', which is unknown"),
        ({"kind": "quiz"}, "'quiz', which is unknown"),
        ({"value": 8}, "'value', which is unknown"),
        ({"en": ""}, "has no 'en'"),
        ({"voices": []}, "rests on no figure and no voice"),
        ({"page": ""}, "does not say where to go"),
    ],
)
def test_a_card_that_names_what_may_not_stand_on_it_is_refused(
    change: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = {**WRITTEN["cards"][0], **change}
    monkeypatch.setattr(telling, "_content", lambda: {"cards": [card]})
    with pytest.raises(InputError, match=re.escape(told)):
        telling.read_stories(read_registers())


def test_a_card_can_lead_to_every_page_of_the_site_and_to_no_other() -> None:
    assert sorted(telling.PAGES) == sorted(PAGES_OF_SITE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("edition", telling.EDITIONS)
def test_page_and_pdf_hold_every_word_of_the_cards(edition: str, language: Language) -> None:
    cards = deck(edition, language)
    page = as_letters(html_words(deck_page(cards).encode()))
    paper = as_letters(pdf_words(deck_pdf(cards), ""))
    for card in cards.cards:
        for text in (card.statement, card.mark, *(text for part in card.parts for text in (part.text, part.small))):
            assert as_letters(text) in page
            assert as_letters(text) in paper


def test_the_pdf_of_cards_and_posters_keeps_the_rules_for_readers_who_do_not_see_it() -> None:
    assert faults_of_pdf(deck_pdf(deck("student"))) == []
    assert faults_of_pdf(posters_pdf(sk.story_posters(release="example-2022", language="nl"))) == []


def test_a_card_that_does_not_fit_is_told_and_never_cut_off() -> None:
    one = deck("student").cards[0]
    full = replace(one, parts=(CardPart("a", "woord " * 400),))
    with pytest.raises(StagekansenError, match="too much text: name"):
        deck_pdf(replace(deck("student"), cards=(full,)))


def test_the_page_is_read_without_a_script() -> None:
    page = deck_page(deck("student"))
    without = re.sub(r"<script>.*</script>", "", page, flags=re.DOTALL)
    for number in range(1, len(deck("student").cards) + 1):
        assert f'<section id="kaart-{number}"' in without
        assert f'href="#kaart-{number}"' in without
    assert not re.search(r'(src|href)="https?://[^"]*\.(js|css)"', page)


def test_an_address_of_the_pages_leads_cards_and_code_there_and_without_one_the_code_leads_to_the_national_point() -> (
    None
):
    urls = {part.url for card in deck("student", "en", "https://kansen.example/").cards for part in card.parts}
    assert "https://kansen.example/en/meldpunten" in urls
    there = sk.story_posters(release="example-2022", language="en", address="https://kansen.example").posters[0]
    assert there.address == "https://kansen.example/en/meldpunten"
    national = sk.story_posters(release="example-2022", language="en").posters[0]
    assert national.address == read_registers().reporting_points["disc-nl"].web
    with pytest.raises(InputError, match="no address of pages"):
        sk.story_posters(release="example-2022", address="kansen.example")


@pytest.mark.parametrize("address", ["https://discriminatie.nl", "https://kansen.example/en/meldpunten"])
def test_the_drawn_code_is_read_back_as_its_address_and_has_a_light_edge_of_four_squares(address: str) -> None:
    assert read_code(qr_svg(address)) == address
    assert 'd="M4 4.5h7' in qr_svg(address)


def test_the_command_writes_the_same_bytes_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("first", "second"):
        assert main(["cards", "--edition", "employer", "--into", str(tmp_path / folder)]) == 0
        assert main(["posters", "--into", str(tmp_path / folder)]) == 0
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == [
        "cards-employer.en.html", "cards-employer.en.pdf", "cards-employer.nl.html", "cards-employer.nl.pdf",
        "posters.en.pdf", "posters.nl.pdf",
    ]  # fmt: skip
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    assert str(tmp_path / "first" / "posters.nl.pdf") in capsys.readouterr().out


def test_a_place_without_cards_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "tests" / "rotterdam" / "data", tmp_path / "data")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    with pytest.raises(InputError, match="no cards yet"):
        telling.read_posters(read_registers(ROOT / "data" / "registers"))


def test_another_edition_or_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no edition 'teacher'"):
        sk.story_cards("teacher")
    with pytest.raises(InputError, match="no form 'docx'"):
        sk.write_story_cards(["student"], into=tmp_path, forms=["docx"])
    assert not any(tmp_path.iterdir())
