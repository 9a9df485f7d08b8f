"""Make the pictures of the README from the pages and a notebook as they are now.

Reads: the public pages (built when needed) and notebooks/. Writes: docs/pictures/*.png. Needs Chromium, the test lock.
Ours; CC BY 4.0.
The survey in the pictures is synthetic and says so.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
NOTEBOOK = "03_moeite_en_discriminatie.ipynb"


def main() -> None:
    from playwright.sync_api import sync_playwright

    PICTURES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or sys.exit("Chromium is not installed.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1100, "height": 760})
        take_pages(page)
        take_notebook(page)
        browser.close()


def take_pages(page: Any) -> None:
    port = free_port()
    command = [sys.executable, "-m", "stagekansen_lib.cli", "dashboards", "--no-browser", "--port", str(port)]
    with running(command, f"http://127.0.0.1:{port}/health"):
        page.goto(f"http://127.0.0.1:{port}/nl/meldpunten#school=roc-mondriaan&place=GM0518")
        page.wait_for_timeout(1500)
        page.screenshot(path=PICTURES / "reporting-points.png")
        page.goto(f"http://127.0.0.1:{port}/en/verkenner#difficulty_by_experience")
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURES / "explorer.png")


def take_notebook(page: Any) -> None:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "notebooks" / NOTEBOOK, folder)
        subprocess.run(
            [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace", NOTEBOOK],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--IdentityProvider.token="]
        command += ["--allow-root", f"--notebook-dir={folder}"]
        # JupyterLab would ask whether it may fetch its news.
        settings = Path(folder, ".settings", "@jupyterlab", "apputils-extension")
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}', "utf-8")
        command += [f"--LabApp.user_settings_dir={Path(folder, '.settings')}"]
        with running(command, f"http://127.0.0.1:{port}/api"):
            page.goto(f"http://127.0.0.1:{port}/lab/tree/{NOTEBOOK}")
            page.wait_for_selector(".jp-Notebook .jp-RenderedHTMLCommon", timeout=60_000)
            page.wait_for_timeout(3000)
            page.screenshot(path=PICTURES / "notebook.png")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class running:  # noqa: N801 - reads as a word in a with statement
    """A server of ours for as long as the block lasts."""

    def __init__(self, command: list[str], address: str) -> None:
        self.command, self.address = command, address

    def __enter__(self) -> None:
        self.server = subprocess.Popen(self.command, cwd=ROOT, env=os.environ, stderr=subprocess.DEVNULL)
        for _ in range(240):
            try:
                urllib.request.urlopen(self.address, timeout=2).close()
                return
            except OSError:
                time.sleep(0.5)
        raise SystemExit(f"{re.sub(r'^.*//', '', self.address)} did not answer.")

    def __exit__(self, *_: object) -> None:
        self.server.terminate()
        self.server.wait(20)


if __name__ == "__main__":
    main()
