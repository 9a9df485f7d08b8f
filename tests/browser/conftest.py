"""What the tests in a browser share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.visits import Visit


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """Opens a page: ``visit("/nl/overzicht", width=390)``; afterwards nothing outside was asked and no error logged."""
    contexts, visits = [], []

    def start(path: str, *, width: int = 1280, height: int = 900, script: str = "", **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        if script:
            context.add_init_script(script)
        contexts.append(context)
        visits.append(Visit(context.new_page(), address))
        return visits[-1].open(path)

    yield start
    for opened in visits:
        opened.check()
    for context in contexts:
        context.close()
