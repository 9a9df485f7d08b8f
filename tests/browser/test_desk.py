"""The intake desk in a real Chromium: driven by keyboard alone, accessible by axe, locked when nobody answers."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.desk.desks import Desk
from stagekansen_lib.intake.reading import read_survey
from tests import school_exports
from tests.browser.visits import axe

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent.parent
# The page around the desk: what JupyterLab's widget manager does, with messages that go to Python as they are.
PAGE = """<!doctype html><html lang="nl"><head><title>Loket</title><style>{css}</style></head>
<body><main><h1>Notebook</h1><div id="el"></div></main><script type="module">
{program}
const hear = [];
const coded = (piece) => btoa(Array.from(new Uint8Array(piece), (one) => String.fromCharCode(one)).join(""));
const model = {{
  get: () => "{language}",
  on: (name, act) => hear.push(act),
  off: () => {{}},
  send: async (message, callbacks, buffers) => {{
    if (window.dead) return;
    const reply = JSON.parse(await desk(JSON.stringify(message), (buffers || []).map(coded)));
    hear.forEach((act) => act(reply));
  }},
}};
window.pressed = [];
document.addEventListener("keydown", (event) => window.pressed.push(event.key));
render({{ model, el: document.getElementById("el") }});
</script></body></html>"""


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
    contexts, errors = [], []

    def start(desk: Desk) -> Any:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))

        def answer(message: str, pieces: list[str]) -> str:
            return json.dumps(desk.handle(json.loads(message), [base64.b64decode(piece) for piece in pieces]))

        page.expose_function("desk", answer)
        assets = ROOT / "stagekansen_lib" / "assets"
        program = (assets / "desk.js").read_text("utf-8").replace("export default", "const shown =")
        css = (assets / "desk.css").read_text("utf-8")
        page.set_content(PAGE.format(css=css, program=program, language=desk.language))
        page.wait_for_selector(".desk h2")
        return page

    yield start
    assert errors == []
    for context in contexts:
        context.close()


def focus(page: Any) -> str:
    found: str = page.evaluate("document.activeElement.dataset.key || document.activeElement.tagName")
    return found


def press_until(page: Any, key: str, wanted: str, most: int = 60) -> None:
    """Go on with one key until the focus stands on the control that is called so."""
    for _ in range(most):
        if focus(page) == wanted:
            return
        page.keyboard.press(key)
    raise AssertionError(f"{wanted} is not reached with {key}; the focus stands on {focus(page)}")


def settled(page: Any, desk: Desk) -> None:
    page.wait_for_function(
        "(text) => document.querySelector('.desk-progress').textContent === text", arg=desk.state["progress"]
    )


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
    press_until(page, "Tab", "#consent")
    page.keyboard.press("ArrowDown")  # the first question
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # its first answer
    press_until(page, "Tab", "#consent#go", 4)
    page.keyboard.press("Enter")
    for _ in range(60):
        page.wait_for_timeout(20)
        if not desk.state["open"]:
            break
        here = focus(page)
        card = here.split("#")[0]
        several = page.locator(f'[data-card="{card}"] [data-key="{card}#all"]').count()
        press_until(page, "Tab", f"{card}#all" if several else f"{card}#{here.split('#')[1]}#go", 20)
        page.keyboard.press("Enter")
        settled(page, desk)
    assert desk.state["open"] == 0
    assert axe(page) == []
    press_until(page, "Tab", "read-go", 80)
    page.keyboard.press("Enter")
    page.wait_for_selector(".desk-report")
    assert len(read_survey(desk.path and "Enqu_te_2025_1-140")) == school_exports.figures(2025)["rows"]
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
    page.keyboard.press("Enter")
    settled(page, desk)
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
