"""What stands in deploy/: the nginx configuration with a real nginx, the unit, and what the README promises."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

# Stands in for the service: pages from a small build folder, served by the project's own server.
SERVE = """\
import sys, pathlib
from stagekansen_lib.site.serving import serve_site
serve_site(pathlib.Path(sys.argv[1]), port=int(sys.argv[2]))
"""


def missing(program: str) -> None:
    """Skip here; in CI a missing program is a failure, because there the test must run."""
    reason = f"{program} is not installed"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("a server did not start")


def write_build(folder: Path, text: str, key: str = "0123456789abcdef") -> None:
    """A build with one page in two languages, as the builder leaves it."""
    from stagekansen_lib.site.building import _finish, _point_at

    build = folder / key
    for language in ("nl", "en"):
        (build / language).mkdir(parents=True)
        (build / language / "overzicht.html").write_text(
            f'<!doctype html><html lang="{language}">{text}</html>', "utf-8"
        )
    _finish(build)
    _point_at(build)


@dataclass(frozen=True)
class Proxy:
    port: int
    log: Path
    builds: Path

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    if not NGINX:
        missing("nginx")
    assert NGINX
    folder = tmp_path_factory.mktemp("nginx")
    write_build(folder / "site", "eerste bouw " * 50)
    behind, port = free_port(), free_port()
    served = subprocess.Popen([sys.executable, "-c", SERVE, str(folder / "site"), str(behind)], cwd=ROOT)
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    for old, new in (
        ("server 127.0.0.1:8866;", f"server 127.0.0.1:{behind};"),
        ("listen 80; ", f"listen 127.0.0.1:{port} backlog=512; "),
        ("/var/log/nginx/stagekansen.log", str(folder / "access.log")),
    ):
        assert old in text
        text = text.replace(old, new)
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{ worker_connections 2048; }}\n"
        f"http {{ {paths}\n{text}\n}}\n",
        "utf-8",
    )
    before = subprocess.Popen([NGINX, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")])
    try:
        wait_for(behind, served)
        wait_for(port, before)
        yield Proxy(port, folder / "access.log", folder / "site")
    finally:
        for process in (before, served):
            process.terminate()
            process.wait(20)


def test_a_page_comes_under_the_base_path_compressed_and_with_the_headers_of_the_service(proxy: Proxy) -> None:
    answer, body = proxy.ask("/stagekansen/nl/overzicht", **{"Accept-Encoding": "gzip"})
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"eerste bouw" in gzip.decompress(body)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Server"] == "nginx"
    assert "Set-Cookie" not in answer.headers
    again, rest = proxy.ask("/stagekansen/nl/overzicht", **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status, rest) == (304, b"")
    head, rest = proxy.ask("/stagekansen/nl/overzicht", "HEAD")
    assert (head.status, rest) == (200, b"")


@pytest.mark.parametrize("path", ["/stagekansen", "/stagekansen/", "/stagekansen/nl", "/stagekansen/en/"])
def test_every_redirect_stays_under_the_base_path(proxy: Proxy, path: str) -> None:
    from urllib.parse import urljoin, urlsplit

    for _ in range(4):
        answer, _ = proxy.ask(path)
        if answer.status == 200:
            break
        path = urlsplit(urljoin(f"http://example.org{path}", answer.headers["Location"])).path
        assert path.startswith("/stagekansen/")
    assert answer.status == 200
    assert path in ("/stagekansen/nl/overzicht", "/stagekansen/en/overzicht")


def test_an_unknown_page_is_told_in_its_language_and_leads_back(proxy: Proxy) -> None:
    answer, body = proxy.ask("/stagekansen/en/nothing")
    assert answer.status == 404
    assert b'lang="en"' in body
    assert proxy.ask("/elsewhere")[0].status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS"])
def test_other_methods_do_not_pass(proxy: Proxy, method: str) -> None:
    assert proxy.ask("/stagekansen/nl/overzicht", method)[0].status in (403, 405)


@pytest.mark.parametrize(
    "path", ["/stagekansen/../etc/passwd", "/stagekansen/..%2f..%2fetc/passwd", "/stagekansen/%00"]
)
def test_no_path_leads_out(proxy: Proxy, path: str) -> None:
    answer, body = proxy.ask(path)
    assert answer.status in (400, 404)
    assert b"root:" not in body


def test_a_query_a_host_and_headers_change_nothing(proxy: Proxy) -> None:
    plain = proxy.ask("/stagekansen/nl/overzicht")[1]
    answer, body = proxy.ask(
        "/stagekansen/nl/overzicht?theme=%22%3E%3Cscript%3E&x=%0d%0aSet-Cookie:%20a=b",
        **{"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "javascript"},
    )
    assert body == plain
    assert "Set-Cookie" not in answer.headers
    redirect, _ = proxy.ask("/stagekansen/nl", Host="evil.example")
    assert "evil" not in redirect.headers["Location"]


def test_a_head_that_is_too_long_is_refused(proxy: Proxy) -> None:
    assert proxy.ask("/stagekansen/nl/overzicht", **{"X-Long": "x" * 60_000})[0].status in (400, 431)


def test_a_class_gets_its_pages_and_a_flood_is_slowed(proxy: Proxy) -> None:
    with ThreadPoolExecutor(40) as pool:
        found = Counter(pool.map(lambda _: proxy.ask("/stagekansen/nl/overzicht")[0].status, range(600)))
    assert found[200] >= 150  # the tests before this one have used part of the 200
    assert found[429] > 0
    assert set(found) == {200, 429}


def test_a_newer_build_is_shown_without_a_restart(proxy: Proxy) -> None:
    write_build(proxy.builds, "tweede bouw", "fedcba9876543210")
    deadline = time.monotonic() + 30
    body = b""
    while b"tweede bouw" not in body and time.monotonic() < deadline:
        time.sleep(0.5)
        body = proxy.ask("/stagekansen/nl/overzicht")[1]
    assert b"tweede bouw" in body


def test_the_log_says_what_was_read_and_not_by_whom(proxy: Proxy) -> None:
    proxy.ask("/stagekansen/nl/overzicht?naam=person-in-query", **{"User-Agent": "person-in-agent"})
    deadline = time.monotonic() + 10
    while "overzicht" not in (text := proxy.log.read_text("utf-8")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "/stagekansen/nl/overzicht" in text
    assert "person-in" not in text
    assert "127.0.0.1" not in text


def test_the_unit_is_one_that_systemd_takes() -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed, nor wanted in CI: it needs a running systemd to be of more use")
    unit = ROOT / "deploy" / "stagekansen.service"
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    # The one thing that cannot be right here is the place of the program.
    complaints = [line for line in done.stderr.splitlines() if line and "is not executable: No such file" not in line]
    assert complaints == []


def test_what_the_unit_and_the_container_start_is_a_command_that_exists() -> None:
    from stagekansen_lib.cli.__main__ import all_words

    unit = (ROOT / "deploy" / "stagekansen.service").read_text("utf-8")
    started = re.search(r"^ExecStart=\S+/stagekansen (.+)$", unit, re.MULTILINE)
    assert started
    assert all_words().parser.parse_args(started.group(1).split()).port == 8866
    container = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
    assert re.search(r"^CMD .*" + ", ".join(f'"{word}"' for word in started.group(1).split()), container, re.MULTILINE)
