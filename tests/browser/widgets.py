"""A widget of forms in a browser, with the real state behind it and no kernel between."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from stagekansen_lib.assets import asset_text, page_style

# A model as anywidget gives it; what is sent goes to Python by itself.
MODEL = """
const heard = [];
const model = {
  on: (_, listener) => heard.push(listener),
  off: () => {},
  send: async (content) => {
    const told = await kernel(JSON.stringify(content));
    if (told) heard.forEach((one) => one(JSON.parse(told)));
  },
};
window.notebook = [];
addEventListener("keydown", (event) => notebook.push(event.key));
const module = await import(URL.createObjectURL(new Blob([%s], { type: "text/javascript" })));
module.default.render({ model, el: document.querySelector("main") });
"""
PAGE = """<!doctype html><html lang="%s"><head><title>Beheer</title><style>%s</style></head>
<body class="sk"><main><h1>Notebook</h1></main></body></html>"""


def open_widget(browser: Any, kernel: Callable[[str], str], language: str, *, width: int = 1280) -> Any:
    """A page with the widget; ``kernel`` gets each message as JSON and gives the answer, or "" for none.

    What the notebook around would have heard of the keys stands in ``notebook``.
    """
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.expose_function("kernel", kernel)
    page.set_content(PAGE % (language, page_style()))
    page.add_script_tag(content=MODEL % json.dumps(asset_text("manage.js")), type="module")
    return page
