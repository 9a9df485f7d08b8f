"""The server: there at once, swapped in whole, back after a kill, and unmoved by whoever means it harm.

Every request here goes to a server on this computer that the test started itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stagekansen_lib.site import serving
from stagekansen_lib.site.building import current_build
from stagekansen_lib.site.connections import OpenConnections
from stagekansen_lib.site.negotiation import choose_coding, has_version
from stagekansen_lib.site.serving import Page, Shelf, make_server
from tests.asking import ask
from tests.servers import served

ROOT = Path(__file__).resolve().parent.parent


def a_page(text: str) -> Page:
    return Page(text.encode(), b"", "text/html; charset=utf-8", f'"{len(text)}"', "default-src 'none'")


PAGES = {"/nl/overzicht": a_page("<h1>Overzicht</h1>"), "/nl/404": a_page('<a href="../nl/overzicht">weg</a>')}


def raw(port: int, request: bytes) -> bytes:
    """Everything the server answers to these bytes until it closes or falls silent for a second."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
        answer = b""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError, TimeoutError):
            line.sendall(request)
            while part := line.recv(65_536):
                answer += part
    return answer


# --- there at once, swapped in whole ---------------------------------------------------------------------------------


def test_before_the_first_build_every_address_says_in_two_languages_that_the_pages_come() -> None:
    shelf = Shelf()
    with served(lambda: make_server(shelf)) as port:
        status, headers, body = ask(f"http://127.0.0.1:{port}/nl/meldpunten")
        assert status == 503
        assert int(headers["Retry-After"]) > 0
        assert headers["Cache-Control"] == "no-store"
        text = body.decode()
        assert 'http-equiv="refresh"' in text
        assert '<section lang="nl">' in text
        assert '<section lang="en">' in text
        assert ask(f"http://127.0.0.1:{port}/health")[::2] == (503, b"waiting")
        shelf.pages = PAGES
        assert ask(f"http://127.0.0.1:{port}/nl/overzicht")[0] == 200
        assert ask(f"http://127.0.0.1:{port}/health")[::2] == (200, b"ok")


def write_build(folder: Path, name: str, text: str) -> Path:
    """A build of one page, finished as the builder finishes one, and pointed at."""
    build = folder / name
    (build / "nl").mkdir(parents=True)
    (build / "nl" / "overzicht.html").write_text(text, "utf-8")
    (build / "nl" / "overzicht.html.gz").write_bytes(b"")
    entry = {"file": "nl/overzicht.html", "type": "text/html", "etag": f'"{name}"', "policy": "default-src 'none'"}
    (build / "pages.json").write_text(json.dumps({"/nl/overzicht": entry}), "utf-8")
    (folder / "current.txt").write_text(name, "utf-8")
    return build


@contextmanager
def started(folder: Path, builder: list[str] | None = None) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server process on a folder of builds: its address, and the process with what it says."""
    program = (
        "import sys; from pathlib import Path; from stagekansen_lib.site.serving import serve_site\n"
        "serve_site(Path(sys.argv[1]), port=0, builder=sys.argv[2:], told=lambda text: print(text, flush=True),"
        " started=lambda address: print(address, flush=True))"
    )
    command = [sys.executable, "-c", program, str(folder), *(builder or [])]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip().rstrip("/"), process
    finally:
        process.kill()
        process.wait(20)
        process.stdout.close()


def wait_for(address: str, wanted: bytes) -> None:
    for _ in range(100):
        if wanted in ask(address)[2]:
            return
        time.sleep(0.1)
    pytest.fail(f"{wanted!r} never came")


def test_a_newer_build_is_shown_without_a_restart_and_a_broken_one_never(tmp_path: Path) -> None:
    write_build(tmp_path, "first", "old pages")
    with started(tmp_path) as (address, _):
        assert ask(f"{address}/nl/overzicht")[2] == b"old pages"
        write_build(tmp_path, "second", "new pages")
        wait_for(f"{address}/nl/overzicht", b"new pages")
        broken = write_build(tmp_path, "third", "never seen")
        (broken / "pages.json").write_text("{", "utf-8")
        time.sleep(1.2)  # two looks at the folder
        assert ask(f"{address}/nl/overzicht")[2] == b"new pages"


def test_a_build_that_fails_leaves_the_old_pages_up_and_without_pages_says_so(tmp_path: Path) -> None:
    failing = [sys.executable, "-c", "raise SystemExit(3)"]
    with started(tmp_path, failing) as (address, process):
        wait_for(f"{address}/health", b"failed")
        status, _, body = ask(f"{address}/nl/overzicht")
        assert status == 503
        assert b"refresh" not in body
        assert process.stdout is not None
        assert "konden niet worden gemaakt" in process.stdout.readline()
    write_build(tmp_path, "first", "old pages")
    with started(tmp_path, failing) as (address, process):
        assert process.stdout is not None
        assert "blijven staan" in process.stdout.readline()
        assert ask(f"{address}/nl/overzicht")[2] == b"old pages"


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a word of Linux and macOS")
def test_after_a_kill_in_the_middle_of_a_rebuild_the_old_pages_are_back(tmp_path: Path) -> None:
    write_build(tmp_path, "first", "old pages")
    half = (
        "import os, pathlib, sys, time; folder = pathlib.Path(sys.argv[1]); folder.mkdir();"
        "(folder / 'pages.json').write_text('{'); (folder / 'pid').write_text(str(os.getpid())); time.sleep(60)"
    )
    working = tmp_path / "building-x"
    with started(tmp_path, [sys.executable, "-c", half, str(working)]) as (address, process):
        for _ in range(100):
            if (working / "pid").exists() and (working / "pid").read_text():
                break
            time.sleep(0.1)
        builder = int((working / "pid").read_text())
        process.send_signal(signal.SIGKILL)
        os.kill(builder, signal.SIGKILL)
    assert current_build(tmp_path) == tmp_path / "first"
    with started(tmp_path) as (address, _):
        assert ask(f"{address}/nl/overzicht")[2] == b"old pages"


# --- unmoved ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(lambda: make_server(Shelf(PAGES))) as number:
        yield number


def test_two_hundred_slow_connections_do_not_stop_the_others(port: int) -> None:
    slow = []
    try:
        for _ in range(200):
            line = socket.create_connection(("127.0.0.1", port), timeout=10)
            line.sendall(b"GET /nl/overzicht HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            slow.append(line)
        for _ in range(20):
            assert ask(f"http://127.0.0.1:{port}/nl/overzicht")[0] == 200
    finally:
        for line in slow:
            line.close()


def test_who_does_not_finish_a_request_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_SLOWEST_HEAD_SECONDS", 0.3)
    with (
        served(lambda: make_server(Shelf(PAGES))) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as line,
    ):
        line.sendall(b"GET /nl/overzicht HTTP/1.1\r\n")
        assert line.recv(100) == b""


def test_more_connections_than_allowed_close_the_silent_ones_that_were_there_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "_MOST_CONNECTIONS", 3)
    with served(lambda: make_server(Shelf(PAGES))) as port:
        lines = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(6)]
        # The first are closed as the last are let in, before anybody speaks: the server may be slow to take them.
        for line in lines[:3]:
            with contextlib.suppress(ConnectionError):
                assert line.recv(12) == b""
        for line in lines[3:]:
            line.sendall(b"GET /nl/overzicht HTTP/1.1\r\nHost: x\r\n\r\n")
            assert line.recv(12) == b"HTTP/1.1 200"
        for line in lines:
            line.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a computer has one address of its own")
@pytest.mark.parametrize("source", ["127.0.0.2", "127.0.0.1"])
def test_a_thousand_silent_connections_of_one_client_shut_nobody_out(port: int, source: str) -> None:
    silent = []
    try:
        for _ in range(1000):
            silent.append(socket.create_connection(("127.0.0.1", port), timeout=10, source_address=("127.0.0.2", 0)))
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", port), timeout=2, source_address=(source, 0)) as line:
                line.sendall(b"GET /nl/overzicht HTTP/1.1\r\nHost: x\r\n\r\n")
                assert line.recv(12) == b"HTTP/1.1 200"
    finally:
        for line in silent:
            line.close()


class Line:
    """A connection that only knows whether it is being answered."""

    def __init__(self, *, answered: bool = False) -> None:
        self.answered, self.closed = answered, False

    def writing(self) -> bool:
        return self.answered

    def close(self) -> None:
        self.closed = True


def test_who_is_being_answered_or_spoke_last_is_not_closed_for_another() -> None:
    crowd = OpenConnections(most=4, most_of_one=3)
    answered, first, second, guest = Line(answered=True), Line(), Line(), Line()
    for line in (answered, first, second):
        assert crowd.arrived(line, "a")
    crowd.spoke(first)
    assert crowd.arrived(guest, "b")
    assert crowd.arrived(Line(answered=True), "a")  # the most of one address: its longest silent one goes
    assert [line.closed for line in (answered, first, second, guest)] == [False, False, True, False]
    assert crowd.arrived(Line(answered=True), "c")  # full: the address with the most gives way
    assert [line.closed for line in (answered, first, guest)] == [False, True, False]
    assert crowd.arrived(Line(), "d")
    assert guest.closed
    crowd = OpenConnections(most=1, most_of_one=1)
    assert crowd.arrived(answered, "a")
    assert not crowd.arrived(Line(), "b")
    crowd.left(answered)
    assert crowd.arrived(Line(), "b")


@pytest.mark.parametrize(
    ("told", "coding"),
    [
        (None, "identity"), ("", "identity"), ("gzip", "gzip"), ("GZIP", "gzip"), ("x-gzip", "gzip"),
        ("deflate, gzip;q=1.0, *;q=0.5", "gzip"), ("gzip;q=0", "identity"), ("gzip; q=0.000", "identity"),
        ("br", "identity"), ("*", "gzip"), ("*;q=0", ""), ("*;q=0, gzip;q=0.1", "gzip"), ("identity;q=0", ""),
        ("identity;q=0, gzip;q=0.001", "gzip"), ("*;q=0, identity", "identity"), ("gzip;q=0.5, identity", "identity"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"), ("gzip;q=0, *", "identity"), ("gzip;q=2", "identity"),
        ("gzip;q=nan", "identity"), ("not-gzip", "identity"), ("gzipped", "identity"), (" , gzip ;\tQ=0.3 ,", "gzip"),
    ],
)  # fmt: skip
def test_how_an_answer_is_packed_follows_the_rfc(told: str | None, coding: str) -> None:
    assert choose_coding(told) == coding


@pytest.mark.parametrize(
    ("told", "has"),
    [
        (None, False), ("", False), ('"v1"', True), ('W/"v1"', True), ('"v0", W/"v1"', True), ("*", True),
        (' "v0" ,, "v1" ', True), ('"v0", *', False), ('"xv1"', False), ("v1", False), ('"v0,\"v1"', False),
        ('"a,b","v1"', True), ('"v1', False), ('w/"v1"', False), ('"v0" "v1"', False),
        ('"v0"' + "," * 9000 + "x", False), ('"v0"' + ", " * 4000 + '"v1"', True),
    ],
)  # fmt: skip
def test_a_version_that_a_browser_has_is_known_by_its_tag(told: str | None, has: bool) -> None:
    assert has_version(told, '"v1"') == has


def test_a_page_comes_packed_or_not_under_one_weak_tag_and_is_not_sent_twice(port: int) -> None:
    address = f"http://127.0.0.1:{port}/nl/overzicht"
    _, plain, _ = ask(address, headers={"Accept-Encoding": "gzip;q=0"})
    _, packed, _ = ask(address, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert plain["Etag"] == packed["Etag"]
    assert packed["Etag"].startswith('W/"')
    again = {"If-None-Match": f'"other", {packed["Etag"].removeprefix("W/")}', "Accept-Encoding": "gzip"}
    status, headers, body = ask(address, headers=again)
    assert (status, headers["Etag"], headers["Vary"], body) == (304, packed["Etag"], "Accept-Encoding", b"")
    assert ask(address, headers={"If-None-Match": "*"})[0] == 304
    assert ask(address, headers={"If-None-Match": packed["Etag"][3:-1]})[0] == 200
    assert ask(address, headers={"Accept-Encoding": "*;q=0"})[0] == 406


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /nl/overzicht HTTP/1.1\r\nHost: x\r\nX-Large: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /nl/overzicht HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        b"GET /nl/overzicht HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /nl/overzicht HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /nl/overzicht\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET /nl/overzicht HTTP/1.1\r\nHost: x\r\nBroken header\r\n\r\n",
    ],
    ids=["large header", "large path", "body", "smuggling", "negative length", "tls", "http 0.9", "nonsense", "header"],
)
def test_a_request_out_of_bounds_is_refused_and_the_next_one_answered(port: int, request_: bytes) -> None:
    answer = raw(port, request_)
    assert not answer.startswith(b"HTTP/1.1 2")
    assert b"Traceback" not in answer
    assert ask(f"http://127.0.0.1:{port}/nl/overzicht")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "GETS", "get"])
def test_no_method_but_reading_is_allowed(port: int, method: str) -> None:
    answer = raw(port, f"{method} /nl/overzicht HTTP/1.1\r\nX-Planted: planted\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 405", b"HTTP/1.1 400"))
    assert b"planted" not in answer


@pytest.mark.parametrize(
    "path",
    [
        "/nl/%0d%0aSet-Cookie:%20planted=1",
        "/nl/overzicht%0d%0aX-Planted:%201/",
        "/%2f%2fplanted.example/",
        "//planted.example/nl/overzicht",
        "/nl/<script>planted</script>",
        "/nl/..%2f..%2fpyproject.toml",
        "/../../../../etc/passwd",
        "/nl/overzicht%00.html",
    ],
)
def test_nothing_of_an_address_comes_back_in_the_answer(port: int, path: str) -> None:
    answer = raw(port, f"GET {path} HTTP/1.1\r\nHost: planted.example\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"planted" not in answer
    assert b"root:" not in answer


def test_the_host_and_the_query_change_nothing_so_a_cache_cannot_be_poisoned(port: int) -> None:
    def answer(path: str, host: str) -> bytes:
        lines = raw(port, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return b"\r\n".join(line for line in lines.split(b"\r\n") if not line.startswith(b"Date:"))

    plain = answer("/nl/overzicht", "one.example")
    assert answer("/nl/overzicht?utm=%3Cscript%3E&theme=x", "two.example:9") == plain
    assert b"two.example" not in answer("/", "two.example")


@pytest.mark.parametrize("path", ["/x", "/nl/x", "/nl/a/b/c", "/voila/render/overzicht.ipynb"])
def test_the_way_back_from_an_address_that_does_not_exist_is_right_at_any_depth(port: int, path: str) -> None:
    status, _, body = ask(f"http://127.0.0.1:{port}{path}")
    assert status == 404
    target = body.decode().split('href="')[1].split('"')[0]
    assert urllib.parse.urljoin(path, target) == "/nl/overzicht"


def test_the_server_writes_nothing_about_who_asks(tmp_path: Path) -> None:
    write_build(tmp_path, "first", "pages")
    with started(tmp_path) as (address, process):
        port = int(address.rpartition(":")[2])
        raw(port, b"nonsense from planted\r\n\r\n")
        raw(port, b"POST / HTTP/1.1\r\nHost: planted\r\nContent-Length: 9999999\r\n\r\n")
        ask(f"{address}/nl/planted?name=planted")
        process.terminate()
        assert process.stdout is not None
        said = process.stdout.read()
    assert "planted" not in said
    assert "127.0.0.1" not in said


def test_the_server_loads_nothing_that_reads_data() -> None:
    program = (
        "import sys; from stagekansen_lib.site.serving import make_server, Shelf; make_server(Shelf());"
        "print([name for name in ('pandas', 'numpy', 'geopandas', 'ipywidgets', 'voila', 'zmq', 'pydantic')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
