"""Two people, each in a browser of their own, in one notebook of one room."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
import zmq

from stagekansen_lib.withdrawals.elsewhere import look_elsewhere
from stagekansen_lib.withdrawals.recognising import Respondent
from stagekansen_lib.wording import say
from tests.browser.notebooks import ROOT, wait_for_kernel
from tests.browser.visits import axe

pytestmark = pytest.mark.browser

NOTEBOOK = "shared.ipynb"
# The same room with kernels as Jupyter starts them by itself.
OVER_PORTS = """
from stagekansen_lib.together import server
server.private_kernels = lambda _: ["--KernelManager.transport_encryption=disabled"]
from stagekansen_lib.cli.__main__ import main
main()
"""


def a_project(home: Path) -> Path:
    for name in ("codebooks", "rules"):
        shutil.copytree(ROOT / "data" / name, home / "data" / name)
    (home / "notebooks").mkdir()
    notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[nbformat.v4.new_code_cell("# together"), nbformat.v4.new_code_cell("print(6 * 7)")],  # type: ignore[no-untyped-call]
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    )
    nbformat.write(notebook, home / "notebooks" / NOTEBOOK)  # type: ignore[no-untyped-call]
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_project(tmp_path_factory.mktemp("room") / "home")


@pytest.fixture(scope="module")
def kept() -> Iterator[Path]:
    """Where the system keeps what is typed together, outside the project: a short name, as sockets lie below it."""
    with tempfile.TemporaryDirectory(prefix="sk") as folder:
        yield Path(folder)


def open_room(home: Path, kept: Path, *, ports: bool = False) -> tuple[subprocess.Popen[str], str]:
    """The server, and the link that it hands out."""
    own = {"STAGEKANSEN_HOME": home, "PYTHONPATH": ROOT, "XDG_RUNTIME_DIR": kept, "BROWSER": "true"}
    own |= {f"JUPYTER_{name}_DIR": home.parent / name for name in ("CONFIG", "DATA")}
    own |= {"JUPYTERLAB_SETTINGS_DIR": home.parent / "settings", "JUPYTERLAB_WORKSPACES_DIR": home.parent / "spaces"}
    server = subprocess.Popen(
        [
            sys.executable,
            *(["-c", OVER_PORTS] if ports else ["-m", "stagekansen_lib.cli"]),
            "lab",
            "--together",
            "--",
            "--allow-root",
        ],
        env={**os.environ, **{name: str(value) for name, value in own.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"http://\S+/login\?token=\S+", line):
            return server, found[0]
    server.communicate()
    raise AssertionError(f"the room ended with {server.returncode}")


@pytest.fixture(scope="module")
def room(home: Path, kept: Path) -> Iterator[str]:
    server, link = open_room(home, kept)
    yield link
    server.terminate()
    server.communicate(timeout=30)
    # Closed: nothing of what was typed is left.
    assert [path.name for path in kept.rglob("*") if path.is_file()] == ["open.lock"]


def come_in(browser: Any, link: str, name: str, notebook: str = NOTEBOOK) -> Any:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(link)
    page.fill("input[name=name]", name)
    page.press("input[name=name]", "Enter")
    page.wait_for_url("**/lab/workspaces/**")
    page.goto(page.url.partition("/tree/")[0] + f"/tree/notebooks/{notebook}")
    page.wait_for_selector(".jp-Notebook .cm-content", timeout=60_000)
    return page


def first_cell(page: Any) -> str:
    return str(page.locator(".jp-Notebook .cm-content").first.inner_text())


def until(seen: Any, seconds: float = 20) -> float:
    """Seconds until it was seen."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if seen():
            return time.monotonic() - begun
        time.sleep(0.05)
    raise AssertionError(f"not seen in {seconds} seconds")


def type_at_the_end(page: Any, text: str) -> None:
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def run_second_cell(page: Any) -> None:
    """Run it and wait until it is done."""
    wait_for_kernel(page)
    prompt = page.locator(".jp-InputPrompt").nth(1)
    before = prompt.text_content()
    page.locator(".jp-Notebook .cm-content").nth(1).click()
    page.keyboard.press("Control+Enter")
    until(lambda: prompt.text_content() not in (before, "[*]:"), 90)


def test_two_people_see_what_the_other_types_and_what_a_cell_gives(browser: Any, room: str, home: Path) -> None:
    file = home / "notebooks" / NOTEBOOK
    before = file.read_bytes()
    one, two = come_in(browser, room, "Fatima"), come_in(browser, room, "Jan de Wit")
    # Each has panels of their own, and looking changes no file.
    assert one.url.partition("/tree/")[0] != two.url.partition("/tree/")[0]
    assert file.read_bytes() == before
    type_at_the_end(one, " typed by one")
    until(lambda: "typed by one" in first_cell(two), 5)
    type_at_the_end(two, " and two")
    until(lambda: "and two" in first_cell(one), 5)
    until(lambda: "typed by one and two" in file.read_text("utf-8"), 5)
    run_second_cell(two)
    until(lambda: "42" in " ".join(one.locator(".jp-OutputArea-output").all_inner_texts()), 60)
    for page in (one, two):
        page.context.close()


def heard_by_others(page: Any, kept: Path) -> bytes:
    """What another program hears of a running cell, at every port on which the room and its kernels listen."""
    run_second_cell(page)
    server = next(int(file.stem.removeprefix("jpserver-")) for file in kept.rglob("jpserver-*.json"))
    kernels = psutil.Process(server).children(recursive=True)
    ports = [
        link.laddr.port for one in kernels for link in one.net_connections("tcp") if link.status == psutil.CONN_LISTEN
    ]
    with zmq.Context() as context, context.socket(zmq.SUB) as ear:
        ear.linger = 0
        ear.subscribe(b"")
        for port in ports:
            ear.connect(f"tcp://127.0.0.1:{port}")
        time.sleep(1)
        run_second_cell(page)
        heard = b""
        while ear.poll(2000):
            heard += b"".join(ear.recv_multipart())
    return heard


def test_no_other_user_of_the_computer_can_listen_to_a_kernel(browser: Any, room: str, kept: Path) -> None:
    page = come_in(browser, room, "Fatima")
    until(lambda: list(kept.rglob("kernel-*-ipc-*")), 60)
    assert heard_by_others(page, kept) == b""
    assert {file.parent.stat().st_mode & 0o777 for file in kept.rglob("kernel-*-ipc-*")} == {0o700}
    page.context.close()


def test_a_withdrawal_finds_who_stands_in_what_was_typed_together(
    browser: Any, room: str, home: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGEKANSEN_HOME", str(home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(kept))
    person = Respondent.of("R9041777")
    page = come_in(browser, room, "Fatima")
    type_at_the_end(page, " R9041777")
    file = home / "notebooks" / NOTEBOOK
    until(lambda: "R9041777" in file.read_text("utf-8"), 5)
    for _ in "R9041777":
        page.keyboard.press("Backspace")
    until(lambda: "R9041777" not in file.read_text("utf-8"), 5)
    page.context.close()
    # Gone from the notebook, not from the store of all edits, where each letter stands apart.
    until(lambda: not list(home.rglob(".~*")), 5)
    told = {Path(str(one.where)).name: one.what for one in look_elsewhere(person, [])}
    assert "close the room" in told["edits.ystore.db"]
    page = come_in(browser, room, "Fatima")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText(' R9041777')")
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.press("Control+V")
    until(lambda: "R9041777" in file.read_text("utf-8"), 5)
    page.context.close()
    told = {Path(str(one.where)).name: one.what for one in look_elsewhere(person, [])}
    assert told["edits.ystore.db"] == "The respondent stands in this file."
    assert not [path for path in home.rglob("*") if "ystore" in path.name]


def test_who_has_no_code_or_no_name_stays_outside(browser: Any, room: str) -> None:
    page = browser.new_context(viewport={"width": 390, "height": 800}).new_page()
    page.goto(room.partition("?")[0] + "?language=en")
    assert axe(page) == []
    page.fill("input[name=name]", "Mallory")
    page.fill("input[name=code]", "guessed")
    page.get_by_role("button").click()
    page.wait_for_selector("[role=alert]")
    assert page.locator("[role=alert]").inner_text() == say("together.wrong_code", "en")
    assert page.locator("input[name=name]").input_value() == "Mallory"
    assert page.request.get(room.partition("/login")[0] + "/api/contents").status == 403
    page.goto(room)
    assert axe(page) == []
    page.evaluate("document.querySelector('input[name=name]').removeAttribute('required')")
    page.fill("input[name=name]", " ")
    page.get_by_role("button").click()
    page.wait_for_selector("[role=alert]")
    assert page.locator("[role=alert]").inner_text() == say("together.no_name", "nl")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


@pytest.fixture(scope="module")
def killed(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A project, and what is kept of its room that was killed a second after somebody typed."""
    home = a_project(tmp_path_factory.mktemp("killed") / "home")
    with tempfile.TemporaryDirectory(prefix="sk") as folder:
        server, link = open_room(home, Path(folder))
        try:
            page = come_in(browser, link, "Fatima")
            type_at_the_end(page, " the last thing I know")
            time.sleep(1)
        finally:
            server.kill()
            server.communicate()
        page.context.close()
        yield home, Path(folder)


def test_a_room_that_is_killed_loses_nothing_that_was_typed_a_second_before(killed: tuple[Path, Path]) -> None:
    home, kept = killed
    assert "the last thing I know" in (home / "notebooks" / NOTEBOOK).read_text("utf-8")
    assert list(kept.rglob("edits.ystore.db"))


def test_the_room_after_one_that_was_killed_begins_empty_and_over_ports_others_would_hear_it(
    browser: Any, killed: tuple[Path, Path]
) -> None:
    home, kept = killed
    assert list(kept.rglob("edits.ystore.db"))
    server, link = open_room(home, kept, ports=True)
    try:
        assert not list(kept.rglob("edits.ystore.db"))
        with pytest.raises(AssertionError, match="ended with 2"):
            open_room(home, kept)
        # Over ports, as Jupyter does it by itself, everybody on the computer would hear the kernels.
        page = come_in(browser, link, "Fatima")
        until(lambda: list(kept.rglob("kernel-*.json")), 60)
        assert b"42" in heard_by_others(page, kept)
        page.context.close()
    finally:
        server.terminate()
        server.communicate(timeout=30)
