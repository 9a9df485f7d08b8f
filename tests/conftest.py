"""What the tests share: the built site, a server on it, and a real Chromium."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import CHROMIUM_FLAGS, chromium_path
from tests.servers import served

# What takes longest begins first, so that no worker is left alone with it at the end. Everything else follows by name.
# Of the first two one needs no site: it need not wait until that is built.
_LONGEST = (
    "browser/test_pages.py",
    "test_notebooks.py",
    "browser/test_accessibility.py",
    "test_attack.py",
    "test_answers_kept.py",
    "browser/test_together.py",
    "test_mutated_files.py",
    "test_attack_pages.py",
    "test_way_through.py",
    "test_other_place.py",
    "test_live.py",
    "test_site.py",
    "browser/",
    "test_registers.py",
    "test_releases",
    "test_cli.py",
    "test_guards.py",
    "test_documentation.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files; the tests of a file stay together, in their order, as they share what is made for them."""
    items.sort(key=lambda item: _place(item.path.as_posix()))


def pytest_collection_finish() -> None:
    """What was collected stays to the end: whoever looks for objects that can go need not go through it again."""
    gc.collect()
    gc.freeze()


def _place(path: str) -> int:
    return next((at for at, name in enumerate(_LONGEST) if f"/tests/{name}" in path), len(_LONGEST))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished pages; built once, found again by every later run on the same inputs.

    Of several workers the first builds, with a kernel for each core, and the others wait for it.
    """
    from stagekansen_lib.site.building import build_site

    if "PYTEST_XDIST_WORKER" not in os.environ:
        return build_site(progress=False)
    turn = tmp_path_factory.getbasetemp().parent / "building-the-site"
    try:
        turn.mkdir()
    except FileExistsError:
        wait_until((turn / "done").exists, seconds=300)
        return build_site(progress=False)
    try:
        return build_site(progress=False)
    finally:
        (turn / "done").touch()


def wait_until(is_so: Callable[[], bool], *, seconds: float) -> None:
    """Wait, but no longer than this: whoever waits then goes on by himself."""
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.2)


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address of a server on the finished pages, on a free port of this computer."""
    from stagekansen_lib.site.serving import Shelf, make_server, read_pages

    with served(lambda: make_server(Shelf(read_pages(site)))) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A real Chromium with an empty profile, ended with the file; with all its windows where the file asks for that.

    Playwright keeps an event loop running in this thread, and bears no second of its kind and no ``asyncio.run`` beside
    it: whatever comes after a file of browser tests finds the thread as it was.
    """
    path = chromium_path(whole=getattr(request.module, "WHOLE_BROWSER", False))
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield started
        started.close()
