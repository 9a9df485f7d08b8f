"""JupyterLab for a test, and a notebook that is open in it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent

# Between the notebook being there and its kernel being known JupyterLab calls it idle, with no kernel.
_KERNEL_ANSWERS = """
() => [...document.querySelectorAll(".jp-NotebookPanel")].some((panel) =>
  panel.checkVisibility()
  && panel.querySelector(".jp-KernelName")?.textContent.includes("Python")
  && panel.querySelector(".jp-Notebook-ExecutionIndicator[data-status=idle]"))
"""


@contextmanager
def running_lab(module: list[str], options: list[str], environment: Mapping[str, object]) -> Iterator[str]:
    """The address of a JupyterLab, which ``python -m`` with the words of ``module`` starts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"PYTHONPATH": ROOT, **environment}
    server = subprocess.Popen(
        [sys.executable, "-m", *module, "--no-browser", "--allow-root", f"--port={port}", *options],
        env={**os.environ, **{name: str(value) for name, value in own.items()}},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{address}/api", timeout=10).close()
                break
            except OSError:
                assert server.poll() is None
                time.sleep(0.3)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:  # it was still starting a kernel
            server.kill()
            server.wait(30)


def wait_for_kernel(page: Any) -> None:
    """Until the kernel of the notebook in sight answers.

    A cell that is run before that is not run: JupyterLab does nothing, or asks which kernel it is to be in a box that
    covers the notebook.
    """
    page.wait_for_function(_KERNEL_ANSWERS, timeout=90_000)
