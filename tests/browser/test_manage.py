"""The widget of beheer in a browser, with the real state behind it and no kernel between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.fact_finding.act_files import read_act_files, read_private_files
from stagekansen_lib.views.manage import Manage
from tests.browser.visits import axe
from tests.browser.widgets import open_widget


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sk.write_act({"kind": "claim_proposed", "subject": "x", "role": "student", "claim_kind": "suspected",
                  "text_nl": "Weinig studenten melden", "text_en": "Few students report"}, tmp_path)  # fmt: skip
    return tmp_path


@pytest.fixture
def show(browser: Any, folder: Path) -> Iterator[Callable[..., Any]]:
    """Opens the widget: ``show("nl")``; with ``silent`` the kernel answers the first message only."""
    contexts = []

    def start(language: str, *, width: int = 1280, silent: bool = False) -> tuple[Any, Manage]:
        desk = sk.manage(folder, language=language)
        answered: list[int] = []

        def kernel(text: str) -> str:
            if silent and answered:
                return ""
            content = json.loads(text)
            answered.append(content["id"])
            return json.dumps({"id": content["id"], "state": desk.react(content)})

        page = open_widget(browser, kernel, language, width=width)
        contexts.append(page.context)
        page.wait_for_selector("#desk-role")
        return page, desk

    yield start
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("language", "width"), [("nl", 390), ("en", 1280)])
def test_the_widget_is_accessible_with_and_without_an_open_form(show: Any, language: str, width: int) -> None:
    page, desk = show(language, width=width)
    assert axe(page) == []
    for kind in ("position_taken", "evidence_added", "method_agreed", "point_verified"):
        page.locator("#desk-kind").select_option(kind)
        page.locator("#desk-fill").click()
        page.wait_for_selector("#desk-save")
        assert axe(page) == [], kind
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator("#desk-cancel").click()
        page.wait_for_selector("#desk-fill")
    assert desk.form is None


def test_a_position_is_taken_by_keyboard_alone_and_the_shortcuts_of_the_notebook_stay_quiet(
    show: Any, folder: Path
) -> None:
    page, desk = show("en")
    page.locator("#desk-role").focus()
    page.keyboard.type("student")
    page.wait_for_function("() => document.querySelector('#desk-role').value === 'student'")
    page.keyboard.press("Tab")
    page.keyboard.type("p1")
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk-sort-position")
    page.keyboard.press("Tab")
    page.wait_for_function("() => document.activeElement.id === 'desk-sort-position'")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'desk-subject'")
    page.keyboard.press("Tab")
    page.keyboard.type("1")
    page.keyboard.press("Tab")
    page.keyboard.type("dis")
    page.keyboard.press("Tab")
    page.keyboard.type("dd m")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message:has-text('Kept')")
    (said,) = read_private_files(folder)[0]
    assert (said.position, said.reason, said.voter) == ("disagree", "dd m", "p1")
    assert page.evaluate("notebook") == []
    assert desk.form is None


def test_what_is_refused_is_said_and_what_was_filled_in_stays(show: Any, folder: Path) -> None:
    page, _ = show("nl")
    page.locator("#desk-role").select_option("school")
    page.locator("#desk-kind").select_option("evidence_added")
    page.locator("#desk-fill").click()
    page.locator("#desk-rests_on").fill("zie het rapport")
    page.locator("#desk-save").click()
    page.wait_for_selector("[data-problems] p")
    assert page.locator("#desk-rests_on").input_value() == "zie het rapport"
    assert axe(page) == []
    assert len(read_act_files(folder)[0]) == 1


def test_without_an_answer_of_the_kernel_nothing_is_called_kept(show: Any) -> None:
    page, _ = show("en", silent=True)
    page.locator("#desk-fill").click()
    page.wait_for_selector("[data-problems] p")
    assert "Not kept" in page.locator("[data-problems]").inner_text()


def test_a_search_finds_in_the_table(show: Any) -> None:
    page, _ = show("en")
    page.locator("#desk-words").fill("few proposed")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('tbody tr').length === 1")
    assert "Few students report" in page.locator("tbody").inner_text()
