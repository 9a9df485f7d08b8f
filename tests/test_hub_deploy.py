"""What stands in deploy/hub: units that systemd takes, commands that exist, nginx before a server."""

from __future__ import annotations

import http.server
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from stagekansen_lib.cli.__main__ import all_words

FOLDER = Path(__file__).resolve().parent.parent / "deploy" / "hub"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
UNITS = sorted(path for path in FOLDER.iterdir() if path.suffix in (".service", ".timer", ".slice"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Behind(http.server.BaseHTTPRequestHandler):
    """Stands in for the hub: answers with what it was told."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        told = (self.path, self.headers.get("Host", ""), self.headers.get("Upgrade", ""), self.headers["Connection"])
        self.wfile.write("|".join(str(one) for one in told).encode())

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a real nginx with our file, and the folder of its logs."""
    if not NGINX:
        if os.environ.get("CI"):
            pytest.fail("nginx is not installed")
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Behind)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    port = free_port()
    text = (FOLDER / "nginx.conf").read_text("utf-8")
    for old, new in (
        ("127.0.0.1:8000", f"127.0.0.1:{behind.server_address[1]}"),
        ("listen 80; ", f"listen 127.0.0.1:{port}; "),
        ("/var/log/nginx/", f"{folder}/"),
    ):
        assert old in text
        text = text.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{ }}\nhttp {{ {paths}\n{text}\n}}\n",
        "utf-8",
    )
    running = subprocess.Popen([NGINX, "-e", str(folder / "error.log"), "-c", str(config)])
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", folder
    finally:
        running.terminate()
        running.wait(20)
        behind.shutdown()
        behind.server_close()


def test_a_page_and_a_wire_go_through_and_nothing_is_written_of_what_was_asked(front: tuple[str, Path]) -> None:
    address, folder = front
    answer = requests.get(f"{address}/user/team-x/files/geheim.csv?a=b", headers={"Host": "werk.example"}, timeout=20)
    assert answer.text == "/user/team-x/files/geheim.csv?a=b|werk.example||None"
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    wire = requests.get(f"{address}/user/x/api/kernels/1/channels", headers={"Upgrade": "websocket"}, timeout=20)
    assert wire.text.endswith("|websocket|upgrade")
    time.sleep(0.5)
    logged = "".join(path.read_text("utf-8") for path in folder.glob("*.log"))
    assert "200 GET" in logged
    assert [word for word in ("geheim", "team-x", "127.0.0.1") if word in logged] == []


@pytest.mark.parametrize("path", ["/hub/api/proxy", "/hub/api/shutdown", "/hub/api/info"])
def test_what_is_for_this_computer_alone_does_not_pass(front: tuple[str, Path], path: str) -> None:
    assert requests.get(front[0] + path, timeout=20).status_code == 404


def test_a_class_logs_in_and_a_flood_of_guesses_is_slowed(front: tuple[str, Path]) -> None:
    found = [requests.post(f"{front[0]}/hub/login", data={"a": "b"}, timeout=20).status_code for _ in range(45)]
    assert found.count(200) >= 30
    assert 429 in found


@pytest.mark.hub
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_one_that_systemd_takes(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if line and "is not executable: No such file" not in line]
    assert complaints == []


@pytest.mark.parametrize("unit", [path for path in UNITS if path.suffix == ".service"], ids=lambda path: path.name)
def test_what_a_unit_starts_is_a_command_that_exists(unit: Path, tmp_path: Path) -> None:
    started = re.search(r"^ExecStart=\S+/stagekansen (.+)$", unit.read_text("utf-8"), re.MULTILINE)
    assert started
    (tmp_path / "teams.yaml").touch()
    words = started.group(1).replace("/etc/stagekansen/teams.yaml", str(tmp_path / "teams.yaml")).split()
    assert all_words().parser.parse_args(words).teams == tmp_path / "teams.yaml"


def test_the_file_for_institutions_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OIDC_ADDRESS", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_CALLBACK"):
        monkeypatch.setenv(name, f"https://{name.lower()}.example")
    made: dict[str, object] = {}

    class Part:
        def __setattr__(self, name: str, value: object) -> None:
            made[name] = value

    class Config:
        GenericOAuthenticator = Part()

    exec((FOLDER / "surfconext.py").read_text("utf-8"), {"get_config": Config})
    assert made["authorize_url"] == "https://oidc_address.example/oidc/authorize"
    assert made["username_claim"] == "email"
