"""How plain the Dutch of each page and each edition of the cards is; and a hard word stands with what it means."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from html import unescape
from importlib import import_module
from pathlib import Path

import pytest

import stagekansen_lib as sk
from stagekansen_lib.documents.deck_pages import deck_page
from stagekansen_lib.project.places import read_place
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.site.building import PAGES
from stagekansen_lib.stories.telling import EDITIONS
from tests.reading_ease import douma, sentences_of_page, syllables

# B1 is about 60 and higher (W.H. Douma, De leesbaarheid van landbouwbladen, 1960: 60 to 70 is "standaard").
PLAIN = 60
# tests/hard_words.yaml: words with plainer ones, and words that stand only beside what they mean.
_LIST = read_yaml(Path(__file__).parent / "hard_words.yaml")
_LOCALE = Path(sk.__file__).parent / "locales" / "nl.yaml"
HARD_WORDS, PLAINER = _LIST["explained"], _LIST["plainer"]


def made_by(view: str, *given: object) -> str:
    page: Callable[..., str] = import_module(f"stagekansen_lib.views.{view}").page
    return page(*given, "nl")


@cache
def pages() -> dict[str, str]:
    release, registers = sk.read_release("example-2022"), read_registers()
    cards = {f"cards-{one}": deck_page(sk.story_cards(one, release="example-2022", language="nl")) for one in EDITIONS}
    return {
        "overzicht": made_by("overview", release, registers),
        "feiten": made_by("facts", release, registers),
        "meldpunten": made_by("reporting_points", registers),
        "verkenner": made_by("explorer", [release], registers),
        "monitor": made_by("monitor", release, registers),
        "kaart": made_by("figure_map"),
        "stagereis": made_by("journey", registers),
        "wegwijzer": made_by("guide", registers),
        "begrippen": made_by("glossary", registers),
        "bronnen": made_by("sources", registers),
        "methode": made_by("method", registers),
        "netwerk": made_by("network", registers),
        **cards,
    }


NAMES = [*PAGES, *(f"cards-{one}" for one in EDITIONS)]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_reads_as_plain_dutch(name: str) -> None:
    sentences = sentences_of_page(pages()[name])
    assert len(sentences) >= 10
    assert douma(sentences) >= PLAIN


@pytest.mark.parametrize("name", NAMES)
def test_a_hard_word_stands_on_a_page_only_with_what_it_means(name: str) -> None:
    text = re.sub(r"<[^>]+>", " ", pages()[name])
    unexplained = [word for word, meaning in HARD_WORDS.items() if word in text.lower() and meaning not in text]
    assert unexplained == []


def own_texts() -> dict[str, str]:
    """The texts of the interface and of the place that stand on a page, in small letters, by their key."""
    everything = " ".join(unescape(re.sub(r"<[^>]+>", "", page)) for page in pages().values())
    everything = " ".join(everything.split())
    held = {f"{part}.{name}": text for part, texts in read_yaml(_LOCALE).items() for name, text in texts.items()}
    held |= {name: texts["nl"] for name, texts in read_place().texts.items()}
    # What a text takes over is not known here: its longest part without that is looked for.
    parts = {key: max(re.split(r"\{[^}]*\}|\[\[[^\]]*\]\]", text), key=len).strip() for key, text in held.items()}
    return {key: held[key].lower() for key, part in parts.items() if len(part) > 3 and part in everything}


def hard_words_in(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", text.lower()) if word in PLAINER]


def test_no_text_of_ours_on_a_page_holds_a_word_that_has_a_plainer_one() -> None:
    texts = own_texts()
    assert len(texts) > 300
    found = {key: [f"{word}: {PLAINER[word]}" for word in hard_words_in(text)] for key, text in texts.items()}
    assert {key: words for key, words in found.items() if words} == {}


def test_a_plain_word_of_a_term_holds_no_hard_word_and_a_hard_one_is_found() -> None:
    terms = {term.id: hard_words_in(term.plain_nl) for term in read_registers().terms if term.plain_nl}
    assert len(terms) == len(read_registers().terms)
    assert {name: words for name, words in terms.items() if words} == {}
    assert hard_words_in("Indien u reeds meldde, kunt u thans bellen.") == ["indien", "reeds", "thans"]


def test_the_hard_words_are_really_looked_for() -> None:
    everything = " ".join(pages().values()).lower()
    assert [word for word in HARD_WORDS if word not in everything] == []


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("stage", 2), ("studenten", 3), ("discriminatie", 5), ("werkgever", 3), ("school", 1), ("ideeën", 3),
        ("sociaal", 3), ("reactie", 3), ("bureau", 2), ("tijdens", 2), ("nieuw", 1), ("opleiding", 3),
        ("moeilijker", 3), ("beoordelen", 4), ("mbo", 1), ("geïnteresseerd", 5),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_they_are_spoken(word: str, number: int) -> None:
    assert syllables(word) == number


def test_the_formula_gives_what_a_hand_computes_and_finds_a_hard_text() -> None:
    assert douma(["De kat zit op de mat."]) == pytest.approx(206.84 - 0.93 * 6 - 77 * 6 / 6)
    hard = "De operationalisatie van discriminatie vereist methodologische verantwoording van representativiteit."
    assert douma([hard]) < 0


def test_only_whole_sentences_outside_tables_and_pictures_are_read() -> None:
    page = "<h1>Kop</h1><p>Dit is <b>een</b> zin. En dit nog een?</p><table><td>Dit niet, nee.</td></table><li>Los</li>"
    assert sentences_of_page(page) == ["Dit is een zin.", "En dit nog een?"]
