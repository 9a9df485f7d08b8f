"""How plain the Dutch of each page and each edition of the cards is; and a hard word stands with what it means."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module

import pytest

import stagekansen_lib as sk
from stagekansen_lib.documents.deck_pages import deck_page
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.site.building import PAGES
from stagekansen_lib.stories.telling import EDITIONS
from tests.reading_ease import douma, sentences_of_page, syllables

# B1 is about 60 and higher (W.H. Douma, De leesbaarheid van landbouwbladen, 1960: 60 to 70 is "standaard").
PLAIN = 60
# Not plain yet: definitions of law. What they reach may only rise.
NOT_YET = {"begrippen": 49}
# A word of statisticians, and words of its explanation that must stand on the same page.
HARD_WORDS = {
    "modelmarge": "zegt niets over wie niet meedeed",
    "meetkundig gemiddelde": "niet goedmaken",
    "ontwerpeffect": "hoeveel de weging kost",
}


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
def test_a_page_reads_as_plain_dutch_or_no_worse_than_it_did(name: str) -> None:
    sentences = sentences_of_page(pages()[name])
    assert len(sentences) >= 10
    assert douma(sentences) >= NOT_YET.get(name, PLAIN)


@pytest.mark.parametrize("name", NAMES)
def test_a_hard_word_stands_on_a_page_only_with_what_it_means(name: str) -> None:
    text = re.sub(r"<[^>]+>", " ", pages()[name])
    unexplained = [word for word, meaning in HARD_WORDS.items() if word in text.lower() and meaning not in text]
    assert unexplained == []


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
