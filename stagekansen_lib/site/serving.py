"""Serve the finished pages from memory. No kernel, no cookie, no file is read while a page is asked for.

The server starts at once with the pages of the last build, or with a page that says they are being made. A build that
finishes, here or in another process, is swapped in whole; one that fails changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.places import page_address
from stagekansen_lib.site.building import current_build, languages_of_place, pages_of_place, policy_of
from stagekansen_lib.site.connections import OpenConnections
from stagekansen_lib.site.negotiation import choose_coding, has_version
from stagekansen_lib.site.plain_pages import plain_page
from stagekansen_lib.wording import chosen_language, say

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

__all__ = ["SAFE_HEADERS", "Page", "Shelf", "address_of", "make_server", "open_port", "read_pages", "serve_site"]

# What every page says to a browser, served from memory or live.
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Server": "stagekansen",
}
_HEADERS = {**SAFE_HEADERS, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
_HTML = "text/html; charset=utf-8"
# More than a meeting ever opens, and few enough that a flood of silent connections cannot use up the computer: many
# systems give a process 1024 open files.
_MOST_CONNECTIONS = 800
_MOST_OF_ONE_ADDRESS = 400
# A page request has a short head and no body; who does not finish the head in this time is sent away.
_LONGEST_HEAD = 16_384
_SLOWEST_HEAD_SECONDS = 20
_RETRY_SECONDS = 3
_ERROR_PAGES = ("/404", "/method")


def _short_addresses() -> dict[str, str]:
    """Where a short address leads. Relative, so that it holds under any address that a web server puts in front."""
    languages, pages = languages_of_place(), [page_address(name) for name in pages_of_place()]
    first = pages[0]
    return {
        "/": f"{languages[0]}/{first}",
        **{f"/{language}": f"{language}/{first}" for language in languages},
        **{f"/{language}/": first for language in languages},
        **{f"/{name}": f"{languages[0]}/{name}" for name in pages},
    }


@dataclass(frozen=True)
class Page:
    """One finished page: its bytes, the same compressed, and the headers that belong to it."""

    plain: bytes
    compressed: bytes
    type: str
    etag: str
    policy: str


@dataclass
class Shelf:
    """What the server gives out now. ``pages`` is replaced as a whole, so that no reader sees half a build."""

    pages: Mapping[str, Page] = field(default_factory=dict)
    failed: bool = False

    @property
    def state(self) -> Literal["ready", "waiting", "failed"]:
        """ "ready" with pages; without them "waiting", or "failed" when the first build did not succeed."""
        return "ready" if self.pages else "failed" if self.failed else "waiting"


def read_pages(build: Path) -> dict[str, Page]:
    """All pages of a build by address, such as "/nl/meldpunten"."""
    pages = {}
    for address, entry in json.loads((build / "pages.json").read_text("utf-8")).items():
        file = build / entry["file"]
        compressed = file.with_name(file.name + ".gz").read_bytes()
        pages[address] = Page(file.read_bytes(), compressed, entry["type"], entry["etag"], entry["policy"])
    return pages


def make_server(shelf: Shelf) -> Any:
    """A tornado server that answers GET and HEAD from the shelf, with bounds on everything a stranger can send."""
    with needs("pages"):
        import tornado.httpserver

    # Tornado writes the address of whoever sends a broken request; who visits is nobody's business.
    logging.getLogger("tornado").setLevel(logging.CRITICAL)

    crowd = OpenConnections(_MOST_CONNECTIONS, _MOST_OF_ONE_ADDRESS)

    class Server(tornado.httpserver.HTTPServer):
        def handle_stream(self, stream: Any, address: Any) -> None:
            if crowd.arrived(stream, str(address[0])):
                super().handle_stream(stream, address)
            else:
                stream.close()

        def start_request(self, server_conn: Any, request_conn: Any) -> Any:
            crowd.spoke(server_conn.stream)
            return super().start_request(server_conn, request_conn)

        def on_close(self, server_conn: Any) -> None:
            crowd.left(server_conn.stream)
            super().on_close(server_conn)

    return Server(
        _Answers(shelf),
        max_header_size=_LONGEST_HEAD,
        max_body_size=0,
        idle_connection_timeout=_SLOWEST_HEAD_SECONDS,
        body_timeout=5,
    )


def serve_site(
    folder: Path,
    *,
    port: int = 8866,
    builder: Sequence[str] = (),
    started: Callable[[str], object] | None = None,
    told: Callable[[str], object] | None = None,
) -> None:
    """Serve the newest build on 127.0.0.1 until Ctrl+C, and every newer one as soon as it is there.

    Parameters
    ----------
    folder : folder of the builds, as ``build_site`` fills it.
    port : 1 to 65535, or 0 for any free one.
    builder : command that makes the pages anew, run once beside the server; nothing when empty.
    started : called once with the address, as soon as something answers: the pages, or a page that says they come.
    told : called with a sentence for the person at the screen when new pages are shown, or could not be made.

    Raises
    ------
    StagekansenError : the port is taken.
    """
    listening = open_port(port, waiting=512)
    asyncio.run(_serve(folder, listening, builder, started, told or (lambda _: None)))


def open_port(port: int, *, waiting: int) -> socket.socket:
    """A port of this computer, for itself only; at most ``waiting`` connections queue before it.

    Raises
    ------
    StagekansenError : the port is taken.
    """
    try:
        return socket.create_server(("127.0.0.1", port), backlog=waiting)
    except OSError as reason:
        raise StagekansenError(say("serving.port_taken", chosen_language(), port=port, next=port + 1)) from reason


def address_of(listening: socket.socket) -> str:
    """What a person types in a browser on this computer."""
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"


async def _serve(
    folder: Path,
    listening: socket.socket,
    builder: Sequence[str],
    started: Callable[[str], object] | None,
    told: Callable[[str], object],
) -> None:
    shelf = Shelf()
    shown = _newest(shelf, folder, None)
    server = make_server(shelf)
    listening.setblocking(False)
    server.add_socket(listening)
    if started:
        started(address_of(listening))
    making = asyncio.create_task(_build(shelf, builder, told))
    try:
        while True:
            await asyncio.sleep(0.5)
            newest = _newest(shelf, folder, shown)
            if shown and newest != shown:
                told(say("serving.new_pages", chosen_language()))
            shown = newest
    finally:
        server.stop()
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)


def _newest(shelf: Shelf, folder: Path, shown: Path | None) -> Path | None:
    """Put the newest build on the shelf when it is not the one shown; a build that cannot be read changes nothing."""
    newest = current_build(folder)
    if newest is None or newest == shown:
        return shown
    try:
        shelf.pages = read_pages(newest)
    except (OSError, ValueError, KeyError):
        return shown
    return newest


async def _build(shelf: Shelf, builder: Sequence[str], told: Callable[[str], object]) -> None:
    if not builder:
        return
    made = await asyncio.create_subprocess_exec(*builder, stdout=asyncio.subprocess.DEVNULL)
    try:
        if await made.wait():
            shelf.failed = True
            told(say("serving.not_made_kept" if shelf.pages else "serving.not_made", chosen_language()))
    except asyncio.CancelledError:
        if made.returncode is None:
            made.terminate()
            await made.wait()
        raise


class _Answers:
    """The answer to a request; called by tornado. It reads the path and two headers, and repeats none of them."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf, self.short, self.languages = shelf, _short_addresses(), languages_of_place()
        self.errors = {kind: _plain(kind) for kind in ("waiting", "failed")}

    def __call__(self, request: HTTPServerRequest) -> None:
        if request.method not in ("GET", "HEAD"):
            self._error(request, 405, "method", {"Allow": "GET, HEAD"})
        elif request.path == "/health":
            ready = self.shelf.state == "ready"
            text = self.shelf.state.replace("ready", "ok").encode()
            _send(request, 200 if ready else 503, {"Content-Type": "text/plain; charset=utf-8"}, text)
        elif not self.shelf.pages:
            page = self.errors[self.shelf.state]
            headers = {"Retry-After": str(_RETRY_SECONDS), "Cache-Control": "no-store"}
            _send(request, 503, _headers_of(page) | headers, page.plain)
        else:
            self._page(request)

    def _page(self, request: HTTPServerRequest) -> None:
        path, pages = request.path, self.shelf.pages
        if path in pages and not path.endswith(_ERROR_PAGES):
            self._version(request, pages[path])
        elif target := self.short.get(path):
            _send(request, 302, {"Location": target}, b"")
        elif path.endswith("/") and path[:-1] in pages:
            _send(request, 302, {"Location": f"../{path[:-1].rpartition('/')[2]}"}, b"")
        else:
            self._error(request, 404, "404", {})

    def _version(self, request: HTTPServerRequest, page: Page) -> None:
        """A page as the browser accepts it, or the word that it has it already.

        Packed or not, the page is the same and so is its tag: a weak one, as it says nothing of the bytes.
        """
        coding = choose_coding(request.headers.get("Accept-Encoding"))
        if not coding:
            return self._error(request, 406, "404", {})
        packed, etag = coding == "gzip", f"W/{page.etag.removeprefix('W/')}"
        if has_version(request.headers.get("If-None-Match"), etag):
            return _send(request, 304, {"Etag": etag}, b"")
        headers = {**_headers_of(page), "Etag": etag, **({"Content-Encoding": "gzip"} if packed else {})}
        _send(request, 200, headers, page.compressed if packed else page.plain)

    def _error(self, request: HTTPServerRequest, code: int, name: str, headers: Mapping[str, str]) -> None:
        asked = request.path.split("/")[1]
        language = asked if asked in self.languages else self.languages[0]
        page = self.shelf.pages.get(f"/{language}/{name}") or self.errors["waiting"]
        # The page was written for an address one folder deep; from elsewhere the way back is longer or shorter.
        text = page.plain.replace(b'href="../', b'href="' + b"../" * (request.path.count("/") - 1))
        _send(request, code, {**_headers_of(page), **headers}, text)


def _plain(kind: str) -> Page:
    text = plain_page(kind, refresh_seconds=_RETRY_SECONDS if kind == "waiting" else None)
    return Page(text.encode(), b"", _HTML, "", policy_of(text))


def _headers_of(page: Page) -> dict[str, str]:
    return {"Content-Type": page.type, "Content-Security-Policy": page.policy}


def _send(request: HTTPServerRequest, code: int, headers: Mapping[str, str], body: bytes) -> None:
    from http.client import responses

    with needs("pages"):
        from tornado.httputil import HTTPHeaders, ResponseStartLine, format_timestamp

    length = {} if code == 304 else {"Content-Length": str(len(body))}
    found = HTTPHeaders({**_HEADERS, "Date": format_timestamp(time.time()), **headers, **length})
    connection = request.connection
    if connection is None:
        return
    content = b"" if request.method == "HEAD" or code == 304 else body
    connection.write_headers(ResponseStartLine("HTTP/1.1", code, responses[code]), found, content)
    connection.finish()
