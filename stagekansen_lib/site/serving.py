"""Serve the finished pages from memory. No kernel, no cookie, no file is read while a page is asked for."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.site.building import PAGES

__all__ = ["Page", "make_application", "read_pages", "serve_site"]

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cache-Control": "no-cache",
    "Server": "stagekansen",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True)
class Page:
    """One finished page: its bytes, the same compressed, and the headers that belong to it."""

    plain: bytes
    compressed: bytes
    type: str
    etag: str
    policy: str


def read_pages(build: Path) -> dict[str, Page]:
    """All pages of a build by address, such as "/nl/meldpunten"."""
    pages = {}
    for address, entry in json.loads((build / "pages.json").read_text("utf-8")).items():
        file = build / entry["file"]
        compressed = file.with_name(file.name + ".gz").read_bytes()
        pages[address] = Page(file.read_bytes(), compressed, entry["type"], entry["etag"], entry["policy"])
    return pages


def make_application(pages: dict[str, Page]) -> Any:
    """The web application on finished pages: GET and HEAD, redirects to the Dutch page, our own error page."""
    import tornado.web

    redirects = {"/": "/nl/overzicht", "/nl": "/nl/overzicht", "/en": "/en/overzicht"}
    redirects |= {"/nl/": "/nl/overzicht", "/en/": "/en/overzicht"}
    redirects |= {f"/{name}": f"/nl/{name}" for name in PAGES}

    class Handler(tornado.web.RequestHandler):
        SUPPORTED_METHODS = ("GET", "HEAD")

        def set_default_headers(self) -> None:
            for name, value in _HEADERS.items():
                self.set_header(name, value)

        def compute_etag(self) -> None:
            return None

        def get(self) -> None:
            path = self.request.path
            if path == "/health":
                self.set_header("Content-Type", "text/plain; charset=utf-8")
                self.finish("ok")
            elif path in redirects:
                self.redirect(redirects[path])
            elif path.endswith("/") and path.rstrip("/") in pages:
                self.redirect(path.rstrip("/"))
            elif path in pages and not path.endswith("/404"):
                self.send(pages[path])
            else:
                self.set_status(404)
                self.send(pages["/en/404" if path.startswith("/en/") else "/nl/404"])

        head = get

        def send(self, page: Page) -> None:
            self.set_header("Content-Type", page.type)
            self.set_header("Content-Security-Policy", page.policy)
            if self.get_status() == 200:
                self.set_header("Etag", page.etag)
                if self.check_etag_header():
                    self.set_status(304)
                    self.finish()
                    return
            if "gzip" in self.request.headers.get("Accept-Encoding", ""):
                self.set_header("Content-Encoding", "gzip")
                self.finish(page.compressed)
            else:
                self.finish(page.plain)

        def write_error(self, status_code: int, **_: Any) -> None:
            page = pages["/nl/404"]
            self.set_header("Content-Type", page.type)
            self.set_header("Content-Security-Policy", page.policy)
            self.finish(page.plain if status_code == 404 else f"{status_code}\n".encode())

    return tornado.web.Application([(r".*", Handler)], log_function=lambda _handler: None)


def serve_site(build: Path, *, port: int = 8866, started: Callable[[str], object] | None = None) -> None:
    """Serve a build on 127.0.0.1 until Ctrl+C.

    Parameters
    ----------
    build : what ``build_site`` returned.
    port : 1 to 65535, or 0 for any free one.
    started : called once with the address, as soon as the pages answer.

    Raises
    ------
    StagekansenError : the port is taken.
    """
    try:
        listening = socket.create_server(("127.0.0.1", port), backlog=512)
    except OSError as reason:
        raise StagekansenError(
            f"Port {port} on this computer is taken. Stop what uses it, or choose another: --port {port + 1}."
        ) from reason
    asyncio.run(_serve(build, listening, started))


async def _serve(build: Path, listening: socket.socket, started: Callable[[str], object] | None) -> None:
    import tornado.httpserver

    application = make_application(read_pages(build))
    # Small limits: a page request has a short head and no body, and an idle connection is not kept for long.
    server = tornado.httpserver.HTTPServer(
        application, max_header_size=16_384, max_body_size=0, idle_connection_timeout=30, body_timeout=10
    )
    listening.setblocking(False)
    server.add_socket(listening)
    if started:
        started(f"http://127.0.0.1:{listening.getsockname()[1]}/")
    try:
        await asyncio.Event().wait()
    finally:
        server.stop()
