"""A live server for a test: started on a free port, asked, and ended with what it wrote to its log."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


def ask(address: str, method: str = "GET", **headers: str) -> Answer:
    request = urllib.request.Request(address, method=method, headers=headers)
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=180) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read().decode())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, dict(refused.headers), refused.read().decode(errors="replace"))


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def start(command: list[str], path: str) -> tuple[subprocess.Popen[str], str]:
    """A server on a free port, once ``path`` is answered at all."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [part.replace("PORT", str(port)) for part in command]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20).close()
        except urllib.error.HTTPError as answer:
            answer.close()
        except OSError:
            assert server.poll() is None, server.stderr and server.stderr.read()
            time.sleep(0.3)
            continue
        return server, f"http://127.0.0.1:{port}"
    server.kill()
    raise AssertionError(f"no answer from {command}")


def finish(server: subprocess.Popen[str]) -> str:
    """Stop a server; what it wrote to its log."""
    server.terminate()
    try:
        return server.communicate(timeout=30)[1]
    except subprocess.TimeoutExpired:
        server.kill()
        raise
