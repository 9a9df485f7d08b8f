"""The form for voices in a browser: by keyboard, accessible, and no key of it reaches the notebook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.voices.practising import practice
from stagekansen_lib.voices.stores import read_voice, read_voices
from tests.browser.visits import axe
from tests.browser.widgets import open_widget

pytestmark = pytest.mark.browser

SLOW = 90_000


@pytest.fixture
def names() -> Iterator[list[str]]:
    with practice() as found:
        yield found


@pytest.fixture
def page(browser: Any, names: list[str], request: pytest.FixtureRequest) -> Iterator[Any]:
    assert names
    language, width = getattr(request, "param", ("en", 1280))
    desk = sk.voice_desk(language=language)

    def kernel(text: str) -> str:
        content = json.loads(text)
        return json.dumps({"id": content["id"], "state": desk.react(content)})

    page = open_widget(browser, kernel, language, width=width)
    page.set_default_timeout(SLOW)
    page.wait_for_selector("#desk-voter")
    yield page
    page.context.close()


@pytest.mark.parametrize("page", [("nl", 390), ("en", 1280)], indirect=True)
def test_every_form_is_accessible_and_fits(page: Any) -> None:
    page.locator("#desk-voter").fill("an")
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk-sort-code")
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert axe(page) == []
    for kind in ("add", "code", "withdraw"):
        page.locator("#desk-kind").select_option(kind)
        page.locator("#desk-fill").click()
        page.wait_for_selector("#desk-save")
        assert axe(page) == [], kind
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("#desk-cancel").click()
        page.wait_for_selector("#desk-fill")


def test_a_voice_is_worded_by_keyboard_and_the_shortcuts_of_the_notebook_stay_quiet(
    page: Any, names: list[str]
) -> None:
    page.locator("#desk-voter").focus()
    page.keyboard.type("an")
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk-sort-word")
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    button = page.locator("details:has(#desk-sort-word) li").filter(has_text=names[0][:8]).locator("button")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'desk-subject'")
    assert read_voice(names[0]).words in page.locator("blockquote").first.inner_text()
    page.keyboard.press("Tab")
    page.keyboard.type("para")
    page.wait_for_function("() => document.querySelector('#desk-form').value === 'paraphrase'")
    for name, text in (("text_nl", "Hoorde niets, dd m."), ("text_en", "Heard nothing, dd m.")):
        page.keyboard.press("Tab")
        page.wait_for_function("(name) => document.activeElement.id === `desk-${name}`", arg=name)
        page.keyboard.type(text)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message:not(:empty)")
    assert read_voice(names[0]).text_nl == "Hoorde niets, dd m."
    assert page.evaluate("notebook") == []


def test_a_voice_is_taken_in_with_consent_and_the_number_for_the_speaker_is_shown(page: Any, names: list[str]) -> None:
    page.locator("#desk-voter").fill("an")
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk-sort-code")
    page.locator("#desk-kind").select_option("add")
    page.locator("#desk-fill").click()
    page.wait_for_selector("#desk-save")
    page.locator("#desk-words").fill("Made up for a test, by nobody.")
    page.locator("#desk-save").click()
    page.wait_for_selector("[data-problems] p")
    assert page.locator("#desk-words").input_value() == "Made up for a test, by nobody."
    page.locator("#desk-spoken_in").fill("en")
    for name, value in (("step", "keuze"), ("tone", "doubt"), ("level", "analysis"), ("how", "spoken")):
        page.locator(f"#desk-{name}").select_option(value)
    page.locator("#desk-on").fill("2026-11-01")
    page.locator("#desk-made_up").check()
    page.locator("#desk-save").click()
    page.wait_for_selector(".message:not(:empty)")
    (name,) = set(read_voices()) - set(names)
    assert name in page.locator(".message").inner_text()
