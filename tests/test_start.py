"""``start.py``: standard library only, short, and clear when something is missing."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.keep_answers_out_of_git = lambda: None  # tests/test_git_guard.py tries it, in a clone of its own
    return module


def test_it_imports_the_standard_library_only_and_is_short() -> None:
    text = (ROOT / "start.py").read_text("utf-8")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= set(sys.stdlib_module_names)
    assert len(text.splitlines()) <= 100


def test_a_finished_set_up_is_not_done_again(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.touch()
    monkeypatch.setattr(start, "VENV", tmp_path)
    monkeypatch.setattr(start, "PYTHON", python)
    monkeypatch.setattr(start, "pip", lambda *_: pytest.fail("nothing was to be installed"))
    (tmp_path / "installed-from.txt").write_text(start.fingerprint("requirements.lock"), "utf-8")
    start.set_up("requirements.lock")


def test_a_test_set_up_serves_a_plain_start_too(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.touch()
    installed: list[tuple[str, ...]] = []
    monkeypatch.setattr(start, "VENV", tmp_path)
    monkeypatch.setattr(start, "PYTHON", python)
    monkeypatch.setattr(start.venv, "create", lambda *_, **__: python.touch())
    monkeypatch.setattr(start, "pip", lambda *words: installed.append(words))
    start.set_up("requirements-test.lock")
    assert installed[0][-1].endswith("requirements-test.lock")
    assert "--require-hashes" in installed[0]
    start.set_up("requirements-together.lock")
    start.set_up("requirements.lock")
    assert len(installed) == 2


def test_a_hub_is_installed_when_it_is_asked_for_and_takes_nothing_from_what_was_there(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.touch()
    installed: list[str] = []
    monkeypatch.setattr(start, "VENV", tmp_path)
    monkeypatch.setattr(start, "PYTHON", python)
    monkeypatch.setattr(start.venv, "create", lambda *_, **__: python.touch())
    monkeypatch.setattr(start, "pip", lambda *words: installed.append(Path(words[-1]).name))
    monkeypatch.setattr(start, "run", lambda _: 0)
    compiled: list[list[Any]] = []
    monkeypatch.setattr(start.subprocess, "run", lambda command, **_: compiled.append(command))
    monkeypatch.chdir(tmp_path)
    start.main(["test", "-m", "hub"])
    # Its people may not write where the packages are.
    assert [(command[2], command[-2:]) for command in compiled] == [
        ("compileall", [tmp_path, ROOT / "stagekansen_lib"])
    ]
    assert [name for name in installed if name.endswith(".lock")] == [
        "requirements-test.lock",
        "requirements-hub.lock",
    ]
    installed.clear()
    for words in (["hub", "check"], ["lab", "--together"], ["test"], ["search", "hub"]):
        start.main(words)
    assert installed == []


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the command is called, not put in the place of this process")
def test_a_command_runs_in_the_folder_of_the_person_and_the_tests_in_that_of_the_project(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[list[str], Path]] = []
    monkeypatch.setattr(start, "set_up", lambda _: None)
    monkeypatch.setattr(start.os, "execv", lambda _, command: ran.append((command[1:], Path.cwd())))
    monkeypatch.setattr(start.subprocess, "call", lambda _: 0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert start.main(["check", "--language", "en"]) == 0
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ  # what is compiled when it is loaded is kept
    assert ran[0] == (["-P", "-m", "stagekansen_lib.cli", "check", "--language", "en"], tmp_path)
    start.main(["test", "-q"])
    assert ran[1] == (["-m", "pytest", "-q"], ROOT)


def test_a_failed_set_up_says_what_to_do(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: str) -> None:
        raise subprocess.CalledProcessError(7, "pip")

    monkeypatch.setattr(start, "set_up", fail)
    assert start.main([]) == 7
    assert "Remove the folder .venv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("there", "fails", "asked"), [(True, 0, ["uv"]), (True, 2, ["uv", "pip"]), (False, 0, ["pip"])]
)
def test_uv_installs_where_it_is_there_and_pip_where_that_fails(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool, fails: int, asked: list[str]
) -> None:
    called: list[str] = []
    monkeypatch.setattr(start, "PYTHON", tmp_path / "python")

    def called_uv(command: list[str], **_: Any) -> int:
        called.append("uv")
        assert command[-2:] == ["--python", start.PYTHON]
        return fails

    monkeypatch.setattr(start.shutil, "which", lambda _: "uv" if there else None)
    monkeypatch.setattr(start.subprocess, "call", called_uv)
    by_pip: list[list[Any]] = []
    monkeypatch.setattr(start.subprocess, "check_call", lambda command, **_: by_pip.append(command))
    brought: list[bool] = []

    def bring(_: Path, *, with_pip: bool) -> None:
        brought.append(with_pip)
        (tmp_path / "pip3").touch()

    monkeypatch.setattr(start.venv, "create", bring)
    start.pip("install", "x")
    assert called + [command[2] for command in by_pip] == asked
    assert all("--no-compile" in command for command in by_pip)
    assert brought == [True for name in asked if name == "pip"]  # where uv installs, pip is not even put there
    start.pip("install", "y")
    assert len(brought) == ("pip" in asked)  # and it is put there once


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock", "requirements-hub.lock"])
def test_the_locks_hold_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            assert line.endswith("\\"), line


def test_the_locks_agree_on_every_shared_package() -> None:
    def pinned(name: str) -> set[str]:
        lines = (ROOT / name).read_text("utf-8").splitlines()
        return {line.split()[0] for line in lines if line and not line.startswith((" ", "#"))}

    assert pinned("requirements.lock") <= pinned("requirements-together.lock") <= pinned("requirements-test.lock")
    # A hub has all that a team has, and where it shares a package with the tests, it is the same one: they run in it.
    hub, test = pinned("requirements-hub.lock"), pinned("requirements-test.lock")
    assert pinned("requirements-together.lock") <= hub
    assert {one.split("==")[0] for one in hub - test}.isdisjoint(one.split("==")[0] for one in test)


def test_the_set_up_of_the_project_takes_every_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    taken = re.findall(r"[a-z]+", extras["all"][0].partition("[")[2])
    assert set(taken) == set(extras) - {"all", "build", "cluster", "docs", "hub", "test", "together"}
    pinned = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    wanted = [*project["dependencies"], *(one for extra in (*taken, "build") for one in extras[extra])]
    names = {re.split(r"[>=\[]", one)[0].lower() for one in wanted} - {"stagekansen"}
    assert names - pinned == set()
