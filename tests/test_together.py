"""Working together: a folder nobody else can open, sockets that fit, notebooks merged by their cells."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.project import private_folders
from stagekansen_lib.project.private_folders import make_private_folder
from stagekansen_lib.together.merging import merge_notebooks_by_cell
from stagekansen_lib.together.server import private_kernels

posix = pytest.mark.skipif(os.name != "posix", reason="rights of folders as POSIX has them")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "home" / "data").mkdir(parents=True)
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


@posix
def test_a_private_folder_opens_for_its_owner_only_and_is_found_again(place: Path) -> None:
    made = make_private_folder("letters")
    assert made.is_relative_to(place)
    assert [folder.stat().st_mode & 0o777 for folder in (made, made.parent)] == [0o700, 0o700]
    assert make_private_folder("letters") == made
    assert private_folders.private_folders("letters") == [made]


@posix
def test_a_folder_that_others_can_open_or_that_leads_elsewhere_is_refused(place: Path) -> None:
    made = make_private_folder("letters")
    made.chmod(0o750)
    with pytest.raises(InputError, match="Another user can open"):
        make_private_folder("letters")
    made.rmdir()
    elsewhere = place / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    made.symlink_to(elsewhere)
    with pytest.raises(InputError, match="or it is no folder"):
        make_private_folder("letters")


@posix
def test_a_kernel_gets_ports_where_the_name_of_a_socket_would_be_too_long() -> None:
    assert private_kernels(Path("/run/user/1000/sk-0123456789/together")) == ["--KernelManager.transport=ipc"]
    assert private_kernels(Path("/", "long" * 20)) == []


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=A. Maker", "-c", "user.email=maker@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def write(file: Path, *cells: str, count: int | None = None) -> None:
    made: Any = [nbformat.v4.new_code_cell(cell, id=f"c{at}") for at, cell in enumerate(cells)]  # type: ignore[no-untyped-call]
    for cell in made:
        cell["execution_count"] = count
    nbformat.write(nbformat.v4.new_notebook(cells=made), file)  # type: ignore[no-untyped-call]


def test_two_who_ran_and_changed_other_cells_of_one_notebook_merge_without_a_conflict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    assert merge_notebooks_by_cell() is False  # no clone yet
    git(tmp_path, "init", "-q", "-b", "main")
    assert merge_notebooks_by_cell() is True
    (tmp_path / ".gitattributes").write_text("*.ipynb merge=jupyternotebook\n", "utf-8")
    notebook = tmp_path / "a.ipynb"
    write(notebook, "a = 1", "b = 2")
    for branch, cells, count in (("main", ("a = 1", "b = 2"), None), ("one", ("a = 10", "b = 2"), 3)):
        if branch != "main":
            git(tmp_path, "checkout", "-q", "-b", branch)
        write(notebook, *cells, count=count)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", branch)
    git(tmp_path, "checkout", "-q", "main")
    write(notebook, "a = 1", "b = 20", count=7)
    git(tmp_path, "commit", "-q", "-a", "-m", "other")
    git(tmp_path, "merge", "-q", "one")
    merged: Any = nbformat.read(notebook, 4)  # type: ignore[no-untyped-call]
    assert [cell.source for cell in merged.cells] == ["a = 10", "b = 20"]
