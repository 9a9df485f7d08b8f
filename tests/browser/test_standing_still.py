"""A page that comes in pieces, as over a slow line, moves nothing that a reader already sees."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tornado.httpserver
import tornado.netutil
import tornado.web

from stagekansen_lib.site.building import PAGES
from stagekansen_lib.site.serving import Page, read_pages
from tests.browser.visits import SHIFTS, TWO_FRAMES
from tests.servers import served

pytestmark = pytest.mark.browser

PIECES = 10
PAUSE_SECONDS = 0.06  # long enough for the browser to show what it has


class InPieces(tornado.web.RequestHandler):
    """A page of text in pieces with a pause between them; everything else at once."""

    def initialize(self, pages: dict[str, Page]) -> None:
        self.pages = pages

    async def get(self, path: str) -> None:
        page = self.pages[path]
        self.set_header("Content-Type", page.type)
        if not page.type.startswith("text/html") or path.endswith("-kaart"):
            self.write(page.plain)
            return
        length = len(page.plain) // PIECES + 1
        for start in range(0, len(page.plain), length):
            self.write(page.plain[start : start + length])
            await self.flush()
            await asyncio.sleep(PAUSE_SECONDS)


@pytest.fixture(scope="module")
def slow_address(site: Path) -> Iterator[str]:
    pages = read_pages(site)
    application = tornado.web.Application([("(/.*)", InPieces, {"pages": pages})], log_function=lambda _: None)
    with served(lambda: tornado.httpserver.HTTPServer(application)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(("name", "width"), list(itertools.product(PAGES, (390, 1280))))
def test_nothing_moves_while_a_page_comes_in_pieces(browser: Any, slow_address: str, name: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto(f"{slow_address}/nl/{name}", wait_until="load")
    page.evaluate(TWO_FRAMES)
    assert page.evaluate("shifted") <= 0.02, page.evaluate("moved")
    context.close()
