"""The intake desk on a page of a real Chromium, without a notebook around it, and the keys that a person presses."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stagekansen_lib.desk.desks import Desk
from tests.school_exports import words_of

__all__ = [
    "choose", "confirm_all", "focus", "give_consent", "open_desk", "press", "press_until", "type_into",
    "word_questions",
]  # fmt: skip

ASSETS = Path(__file__).resolve().parent.parent.parent / "stagekansen_lib" / "assets"
PATIENCE = 90_000  # milliseconds: other work may keep the computer busy
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
    window.answered += 1;
  }},
}};
window.pressed = [];
window.answered = 0;
document.addEventListener("keydown", (event) => window.pressed.push(event.key));
render({{ model, el: document.getElementById("el") }});
</script></body></html>"""


def open_desk(page: Any, desk: Desk, on_error: Callable[[str], object]) -> Any:
    """Show a desk on a page of Chromium, and answer its messages."""
    page.on("pageerror", lambda error: on_error(str(error)))
    page.set_default_timeout(PATIENCE)

    def answer(message: str, pieces: list[str]) -> str:
        return json.dumps(desk.handle(json.loads(message), [base64.b64decode(piece) for piece in pieces]))

    page.expose_function("desk", answer)
    program = (ASSETS / "desk.js").read_text("utf-8").replace("export default", "const shown =")
    css = (ASSETS / "desk.css").read_text("utf-8")
    page.set_content(PAGE.format(css=css, program=program, language=desk.language))
    page.wait_for_selector(".desk h2")
    return page


def focus(page: Any) -> str:
    """The control that the focus stands on."""
    found: str = page.evaluate("document.activeElement.dataset.key || document.activeElement.tagName")
    return found


def press_until(page: Any, key: str, wanted: str, most: int = 120) -> None:
    """Go on with one key until the focus stands on the control that is called so."""
    for _ in range(most):
        if focus(page) == wanted:
            return
        page.keyboard.press(key)
    raise AssertionError(f"{wanted} is not reached with {key}; the focus stands on {focus(page)}")


def press(page: Any, key: str = "Enter") -> None:
    """Press a key that asks something of the desk, and wait until it was answered and shown."""
    before = page.evaluate("window.answered")
    page.keyboard.press(key)
    page.wait_for_function("(before) => window.answered > before", arg=before)


def choose(page: Any, wanted: str, value: str) -> None:
    """Go to a list of choices with the tab key, and with the arrows to one of them."""
    press_until(page, "Tab", wanted)
    page.keyboard.press("Home")
    for _ in range(60):
        if page.evaluate("document.activeElement.value") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"'{value}' is no choice of {wanted}")


def type_into(page: Any, wanted: str, text: str) -> None:
    """Go to a field with the tab key, and type what it must hold."""
    press_until(page, "Tab", wanted)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.wait_for_function("(text) => document.activeElement.value === text", arg=text)


def word_questions(page: Any, desk: Desk, asked: Mapping[str, str]) -> None:
    """Where the file has a question by its code only, type how it was asked."""
    for card in desk.state["cards"]:
        if card["title"] in asked and any(one["what"] == "wording" for one in card["more"]):
            press_until(page, "Tab", f"{card['key']}#more")
            page.keyboard.press("Enter")
            page.wait_for_selector(f'[data-card="{card["key"]}"] details.more[open]')
            type_into(page, f"{card['key']}#wording", asked[card["title"]])
            press_until(page, "Tab", f"{card['key']}#wording#go")
            press(page)


def give_consent(page: Any) -> None:
    """Say that the first question asks consent, and that its first answer gives it."""
    press_until(page, "Tab", "#consent")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector('[data-card=""] input[type=checkbox]')
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_selector('[data-card=""] input[type=checkbox]:checked')
    press_until(page, "Tab", "#consent#go")
    press(page)


def confirm_all(page: Any, desk: Desk) -> None:
    """Go from one open point to the next, where the desk puts the focus, and confirm it; type what codes mean."""
    for _ in range(120):
        if not desk.state["open"]:
            return
        key, what, *_ = focus(page).split("#")
        (card,) = [one for one in desk.state["cards"] if one["key"] == key]
        waiting = [point for point in card["points"] if not point["done"]]
        if what == "labels":
            (point,) = [one for one in waiting if one["what"] == "labels"]
            codes = [str(answer["code"]) for answer in point["answers"]]
            words = words_of(key, set(codes))
            for code in codes:
                type_into(page, f"{key}#labels#{code}", words[code])
        several = page.locator(f'[data-card="{key}"] [data-key="{key}#all"]').count()
        press_until(page, "Tab", f"{key}#all" if several and what != "labels" else f"{key}#{what}#go")
        press(page)
    raise AssertionError(f"{desk.state['open']} points stay open; the focus stands on {focus(page)}")
