"""Serve the finished pages and use all of them in Chromium; test_offline.py runs this in an empty network namespace."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from pathlib import Path

import tornado.netutil
from playwright.sync_api import Page, sync_playwright

from stagekansen_lib.site.building import PAGES
from stagekansen_lib.site.serving import Shelf, make_server, read_pages
from tests.chromium import CHROMIUM_FLAGS


def serve(site: Path) -> int:
    ports: list[int] = []
    ready = threading.Event()

    async def run() -> None:
        server = make_server(Shelf(read_pages(site)))
        sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        ports.append(sockets[0].getsockname()[1])
        ready.set()
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(run()), daemon=True).start()
    ready.wait(20)
    return ports[0]


def use(page: Page, name: str) -> None:
    """Use every control of a page once; raises when one does nothing."""
    if name == "verkenner":
        for select in page.locator("form select").all():
            select.focus()
            page.keyboard.press("ArrowDown")
        assert page.locator(".panel:visible").count() == 1
    if name == "kaart":
        page.locator("select[name=figure]").select_option("inhabitants")
        assert page.locator(".panel:visible").get_attribute("id") == "inhabitants"
    if name == "wegwijzer":
        before = page.locator(".tool").count()
        page.locator("form select").first.select_option(index=1)
        assert 0 < page.locator(".tool:visible").count() < before
    if name in ("begrippen", "bronnen"):
        before = page.locator(".entry").count()
        page.locator("input[name=words]").fill("melding")
        assert 0 < page.locator(".entry:visible").count() < before
        page.locator("input[name=words]").fill("")
    if name in ("bronnen", "netwerk"):
        before = page.locator("[data-kind]").count()
        page.locator("select[name=kind]").select_option(index=1)
        assert 0 < page.locator("[data-kind]:visible").count() < before
    if name == "meldpunten":
        before = page.locator(".point:not([hidden])").count()
        page.locator("select[name=place]").select_option("GM0637")
        assert 0 < page.locator(".point:not([hidden])").count() < before
        page.locator("button[type=reset]").click()
        frame = page.frame(url="**/meldpunten-kaart")
        assert frame
        frame.wait_for_selector(".leaflet-marker-icon.pin, .leaflet-marker-icon.cluster")
        assert frame.locator("path.municipalities").count() == 9


def main(site: Path, chromium: str) -> None:
    port = serve(site)
    complete, problems = 0, []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        for name in PAGES:
            for language in ("nl", "en"):
                page = browser.new_page()
                page.on("requestfailed", lambda request: problems.append(request.url))
                page.on("pageerror", lambda error: problems.append(str(error)))
                answer = page.goto(f"http://127.0.0.1:{port}/{language}/{name}", wait_until="load")
                assert answer
                assert answer.ok
                use(page, name)
                page.wait_for_load_state("networkidle")  # a map that is still on its way is no failed request
                complete += 1
                page.close()
        browser.close()
    if problems:
        raise SystemExit("\n".join(problems))
    interfaces = ", ".join(name for _, name in socket.if_nameindex())
    print(f"{complete} pages complete, interfaces: {interfaces}")  # noqa: T201 - the answer to the test


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
