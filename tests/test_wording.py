"""Text for people: the same keys in both languages, numbers and dates as each language writes them."""

from __future__ import annotations

import ast
import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.comparison.correspondence import correspondence_test
from stagekansen_lib.comparison.sensitivity import sensitivity_to_selection
from stagekansen_lib.errors import InputError
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.wording import LANGUAGES, _texts, chosen_language, date_text, number_text, percent_text, say

LIBRARY = Path(__file__).resolve().parent.parent / "stagekansen_lib"


def test_both_languages_have_the_same_keys_and_the_same_names_to_fill_in() -> None:
    dutch, english = (_texts(language) for language in LANGUAGES)
    assert list(dutch) == list(english)
    for key in dutch:
        assert set(re.findall(r"{(\w+)}", dutch[key])) == set(re.findall(r"{(\w+)}", english[key])), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_part_stands_twice_because_the_second_would_take_the_place_of_the_first(language: str) -> None:
    page = Path(__file__).parent.parent / "stagekansen_lib" / "locales" / f"{language}.yaml"
    parts = re.findall(r"^(\w+):", page.read_text("utf-8"), re.MULTILINE)
    assert len(parts) == len(set(parts)) > 10


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


ROOMS = ("comparison", "estimation", "weighting", "surveys")


def test_nothing_in_the_rooms_of_statistics_has_a_language_of_its_own() -> None:
    found, looked_at = [], 0
    for path in (path for room in ROOMS for path in sorted((LIBRARY / room).glob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                looked_at += 1
                places = [*node.args.posonlyargs, *node.args.args]
                defaults = dict(zip(reversed(places), reversed(node.args.defaults), strict=False))
                defaults |= dict(zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True))
                given = next((default for one, default in defaults.items() if one.arg == "language"), None)
                if given is not None and not (isinstance(given, ast.Constant) and given.value is None):
                    found.append(f"{path.name}: {node.name}")
            if isinstance(node, ast.Compare) and {ast.unparse(node.left), *map(ast.unparse, node.comparators)} & {
                "'nl'", "'en'"
            }:  # fmt: skip
                found.append(f"{path.name}: {ast.unparse(node)}")
    assert looked_at > 300
    assert not found


@pytest.mark.parametrize(("environment", "start"), [("en", "In the group"), ("nl", "In de groep"), ("", "In de")])
def test_a_finding_is_told_in_the_chosen_language(
    environment: str, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", environment)
    book = Codebook(
        "b", {"yes": Variable("yes", "nominal", "ja gezegd", "said yes", (Code(0, "nee", "no"), Code(1, "ja", "yes")))}
    )
    rows = pd.DataFrame({"yes": [0] * 30 + [1] * 50, "group": (["a"] * 20 + ["b"] * 20) * 2})
    found = compare(survey_from_frame(rows, codebook=book), of="yes", by="group")
    assert found.sentence().startswith(start)
    assert found.sentence() == found.sentence(environment or "nl")
    assert found.codebook["yes"].label() == found.codebook["yes"].label(environment or "nl")
    assert ("said yes" in found.sentence()) == (environment == "en")
    tested = correspondence_test(counts={"a": (10, 20), "b": (5, 20)})
    assert tested.sentence() == tested.sentence(environment or "nl")
    turned = sensitivity_to_selection(found)
    assert (
        turned.sentence()
        == turned.sentence(environment or "nl")
        != turned.sentence("nl" if environment == "en" else "en")
    )
