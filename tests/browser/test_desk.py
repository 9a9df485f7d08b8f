"""The intake desk in a real Chromium: driven by keyboard alone, accessible by axe, locked when nobody answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.desk.desks import Desk
from stagekansen_lib.intake.reading import read_survey
from tests import school_exports
from tests.browser.desk_pages import confirm_all, focus, give_consent, open_desk, press, press_until
from tests.browser.visits import axe

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("codebooks", "rules"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    for name in ("raw", "interim"):
        (tmp_path / "data" / name).mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def show(browser: Any) -> Iterator[Any]:
    """Shows a desk: a page of Chromium whose messages it answers."""
    contexts: list[Any] = []
    errors: list[str] = []

    def start(desk: Desk) -> Any:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        return open_desk(contexts[-1].new_page(), desk, errors.append)

    yield start
    assert errors == []
    for context in contexts:
        context.close()


def test_a_survey_is_taken_in_by_keyboard_alone(show: Any, home: Path, tmp_path_factory: Any) -> None:
    file = school_exports.write_export("forms", 2025, tmp_path_factory.mktemp("outside"))
    desk = Desk(language="nl")
    page = show(desk)
    assert axe(page) == []
    press_until(page, "Tab", "#file")
    page.evaluate("window.pressed.length = 0")  # the keys that led into the desk
    page.set_input_files("input[type=file]", file)  # the window in which a file is chosen is not the page's
    page.wait_for_selector(".desk-card h3")
    assert (home / "data" / "raw" / file.name).read_bytes() == file.read_bytes()
    assert axe(page) == []
    give_consent(page)
    confirm_all(page, desk)
    assert desk.state["open"] == 0
    assert axe(page) == []
    press_until(page, "Tab", "read-go")
    press(page)
    page.wait_for_selector(".desk-report")
    assert len(read_survey(desk.path and "Enqu_te_2025_1-140")) == school_exports.figures(2025)["rows"]
    assert axe(page) == []
    press_until(page, "Tab", "look-go")
    press(page)
    page.wait_for_selector(".desk-found table.picture")
    assert "Alleen voor het team" in page.locator(".desk-found caption").inner_text()
    assert "vergelijking nummer 1" in page.locator(".desk-live").text_content()
    assert axe(page) == []
    assert page.evaluate("window.pressed") == []  # no key went on to the notebook around it


def test_an_order_is_made_by_hand_with_one_tab_stop_and_is_announced(show: Any, home: Path) -> None:
    desk = Desk(school_exports.write_export("forms", 2025, home / "data" / "raw"), "en")
    page = show(desk)
    card = next(one for one in desk.state["cards"] if one["title"] == school_exports.ASKED["Q2"])
    first, second, third = (one["code"] for one in next(p for p in card["points"] if p["what"] == "order")["answers"])
    key = f"{card['key']}#order"
    stops = f'[data-card="{card["key"]}"] .order button'
    assert page.locator(f"{stops}[tabindex='0']").count() == 1
    assert page.locator(stops).first.get_attribute("aria-disabled") == "true"
    page.locator(f'[data-key="{key}#{first}#down"]').focus()
    page.keyboard.press("Enter")
    assert focus(page) == f"{key}#{first}#down"
    assert "2 of 3" in page.locator(".desk-live").text_content()
    page.keyboard.press("ArrowDown")
    assert focus(page) == f"{key}#{third}#down"
    page.locator(f'[data-key="{key}#go"]').focus()
    press(page)
    assert desk.draft is not None
    desk.draft.confirm("", "consent", "none")
    answers = desk.draft.state["sets"][
        next(q for q in desk.draft.state["questions"] if q["name"] == card["key"])["set"]
    ]
    assert [one["code"] for one in answers["answers"]] == [second, first, third]


def test_a_desk_that_nobody_answers_says_so_and_locks(show: Any, home: Path) -> None:
    desk = Desk(school_exports.write_export("forms", 2025, home / "data" / "raw"), "nl")
    page = show(desk)
    page.evaluate("window.dead = true")
    page.locator('.point [data-key$="#go"]').nth(1).click()
    page.wait_for_selector(".desk-lost:not([hidden])", timeout=5000)
    assert page.locator(".desk-lost").text_content().startswith("Niet bewaard")
    assert page.evaluate("document.querySelector('.desk-body').inert") is True
    assert desk.draft is not None
    assert desk.draft.actions == []
    page.evaluate("window.dead = false")
    page.locator(".desk-lost button").click()
    page.wait_for_selector(".desk-lost", state="hidden")
    assert page.evaluate("document.querySelector('.desk-body').inert") is False
