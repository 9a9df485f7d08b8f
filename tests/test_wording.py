"""Text for people: the same keys in both languages, numbers and dates as each language writes them."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.wording import LANGUAGES, _texts, chosen_language, date_text, number_text, percent_text, say

LIBRARY = Path(__file__).resolve().parent.parent / "stagekansen_lib"


def test_both_languages_have_the_same_keys_and_the_same_names_to_fill_in() -> None:
    dutch, english = (_texts(language) for language in LANGUAGES)
    assert list(dutch) == list(english)
    for key in dutch:
        assert set(re.findall(r"{(\w+)}", dutch[key])) == set(re.findall(r"{(\w+)}", english[key])), key


def test_no_text_is_empty() -> None:
    assert all(text.strip() for language in LANGUAGES for text in _texts(language).values())


def test_every_key_that_a_template_or_module_names_in_full_exists() -> None:
    named = set()
    for path in [*LIBRARY.rglob("*.j2"), *LIBRARY.rglob("*.py")]:
        named |= set(re.findall(r"\bsay\(\s*[\"']([a-z_]+\.[a-z_0-9]+)[\"']\s*[,)]", path.read_text("utf-8")))
    assert named
    assert named <= set(_texts("nl"))


def test_an_unknown_key_offers_a_near_one() -> None:
    with pytest.raises(InputError, match=r"marks\.secret"):
        say("marks.secrt", "nl")


@pytest.mark.parametrize(
    ("value", "decimals", "dutch", "english"),
    [(1234567.891, 1, "1.234.567,9", "1,234,567.9"), (-0.04, 1, "0,0", "0.0"), (-12, 0, "−12", "−12")],
)
def test_numbers_follow_the_language(value: float, decimals: int, dutch: str, english: str) -> None:
    assert number_text(value, "nl", decimals) == dutch
    assert number_text(value, "en", decimals) == english


def test_a_share_becomes_a_percentage() -> None:
    assert percent_text(0.05, "nl", decimals=1) == "5,0%"


def test_a_date_is_written_in_full() -> None:
    assert date_text(dt.date(2024, 5, 1), "nl") == "1 mei 2024"
    assert date_text(dt.date(2024, 5, 1), "en") == "1 May 2024"


def test_the_language_follows_the_environment_and_a_wrong_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    assert chosen_language() == "en"
    assert chosen_language("nl") == "nl"
    with pytest.raises(InputError, match="Use 'nl' or 'en'"):
        chosen_language("de")
