"""The cards on a screen in a meeting: with keys, with links alone, and for readers who do not see them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.documents.deck_pages import deck_page
from tests.browser.visits import axe


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "cards.html"
    path.write_text(deck_page(sk.story_cards("student", release="example-2022", language="nl")), "utf-8")
    return path.as_uri()


@pytest.fixture
def visit(browser: Any, file: str) -> Iterator[Any]:
    opened: list[Any] = []

    def open_page(**settings: Any) -> Any:
        context = browser.new_context(**settings)
        opened.append(context)
        page = context.new_page()
        page.goto(file)
        return page

    yield open_page
    for context in opened:
        context.close()


def shown(page: Any) -> str:
    """The card at the top of the window."""
    name: str = page.evaluate(
        "[...document.querySelectorAll('header[id], section[id]')]"
        ".find((one) => Math.abs(one.getBoundingClientRect().top) < 2)?.id ?? ''"
    )
    return name


def test_arrow_keys_lead_from_card_to_card_and_the_reader_goes_with_them(visit: Any) -> None:
    page = visit(viewport={"width": 1280, "height": 800})
    seen = []
    for key in ("ArrowRight", "ArrowRight", "PageDown", "ArrowLeft", "Home", "End"):
        page.keyboard.press(key)
        seen.append(page.evaluate("document.activeElement.id"))
        if key != "End":
            assert shown(page) == seen[-1]
    assert seen == ["kaart-1", "kaart-2", "kaart-3", "kaart-2", "begin", "kaart-10"]


def test_without_a_script_the_links_do_the_same(visit: Any) -> None:
    page = visit(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    for number in (1, 2):
        page.get_by_role("link", name="Volgende").nth(number - 1).click()
        assert page.url.endswith(f"#kaart-{number}")
    page.locator("#kaart-2").get_by_role("link", name="Vorige").click()
    assert page.url.endswith("#kaart-1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_no_card_is_wider_than_the_window(visit: Any, width: int, scheme: str) -> None:
    page = visit(viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
