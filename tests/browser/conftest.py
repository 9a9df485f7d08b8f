"""What the tests in a browser share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.visits import Visit


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """Opens a page: ``visit("/nl/overzicht", width=390)``; afterwards nothing outside was asked and no error logged."""
    contexts, visits = [], []

    def start(path: str, *, width: int = 1280, height: int = 900, script: str = "", **options: Any) -> Any:
        context = new_window(browser, width, height, script, options)
        contexts.append(context)
        visits.append(Visit(context.new_page(), address))
        return visits[-1].open(path)

    yield start
    for opened in visits:
        opened.check()
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def window(browser: Any) -> Iterator[Callable[[str, dict[str, Any]], Any]]:
    """The window that looks share, one for each script and set of options."""
    pages: dict[Any, Any] = {}

    def of(script: str, options: dict[str, Any]) -> Any:
        kind = (script, *sorted(options.items()))
        if kind not in pages:
            pages[kind] = new_window(browser, 1280, 900, script, options).new_page()
            session = pages[kind].context.new_cdp_session(pages[kind])
            session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        return pages[kind]

    yield of
    for page in pages.values():
        page.context.close()


@pytest.fixture
def look(window: Callable[[str, dict[str, Any]], Any], address: str) -> Iterator[Any]:
    """Opens a page as ``visit`` does, in a window that is there already, which is a third less work.

    For who looks only: who points, types, or changes what the window shows (paper, a permission) takes ``visit``.
    Nothing is kept from the page before: every page is a new document, and each of its files is asked for again.
    """
    visits: list[Visit] = []

    def start(path: str, *, width: int = 1280, height: int = 900, script: str = "", **options: Any) -> Any:
        page = window(script, options)
        page.set_viewport_size({"width": width, "height": height})
        visits.append(Visit(page, address))
        return visits[-1].open(path)

    yield start
    for opened in visits:
        opened.check()


def new_window(browser: Any, width: int, height: int, script: str, options: dict[str, Any]) -> Any:
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    if script:
        context.add_init_script(script)
    return context
