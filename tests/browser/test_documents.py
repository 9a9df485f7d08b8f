"""Fact sheet and papers of a sprint in a real Chromium: accessible by axe, no wider than a phone, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.visits import axe

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "docs/fact-sheets/fact-sheet-example-2022.nl.html",
    "sprints/voorbeeld/closed/report.en.html",
    "sprints/voorbeeld/papers/agenda.nl.html",
    "sprints/voorbeeld/papers/cards.en.html",
)
pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 390, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_document_is_accessible_fits_a_phone_and_asks_nothing_of_elsewhere(name: str, scheme: str, page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.emulate_media(color_scheme=scheme)
    page.goto((ROOT / name).as_uri())
    assert asked == [(ROOT / name).as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe(page) == []


def test_a_table_that_is_wider_than_a_phone_is_reached_and_scrolled_by_keyboard(page: Any) -> None:
    page.goto((ROOT / PAGES[0]).as_uri())
    wide = page.evaluate(
        "[...document.querySelectorAll('.scroll')].findIndex((one) => one.scrollWidth > one.clientWidth + 20)"
    )
    assert wide >= 0
    part = page.locator(".scroll").nth(wide)
    part.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(at) => document.querySelectorAll('.scroll')[at].scrollLeft > 0", arg=wide)
