"""The live dashboards: stock Voilà with what it leaves open closed."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "stagekansen_lib.cli", "dashboards", "--live", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/", timeout=2).close()
            break
        except OSError:
            time.sleep(0.5)
    yield address
    server.terminate()
    server.wait(30)


def test_a_page_has_its_widgets_and_a_script_in_the_address_is_not_reflected(live: str) -> None:
    address = f"{live}/voila/render/meldpunten.ipynb?theme=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    with urllib.request.urlopen(address, timeout=60) as answer:
        page = answer.read().decode()
    assert "application/vnd.jupyter.widget-view+json" in page
    assert "alert(1)" not in page


@pytest.mark.parametrize("name", ["template/stagekansen/conf.json", "meldpunten.ipynb", "../pyproject.toml"])
def test_no_file_beside_the_notebooks_is_served(live: str, name: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{live}/voila/files/{name}", timeout=30)
    assert refused.value.code in (403, 404)
    refused.value.close()
