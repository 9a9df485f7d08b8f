"""Folders outside the project that only this user can open: for what must lie in no clone, and must be found again.

They lie in memory where the system has a place for that, so that a computer that is switched off has forgotten them.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import project_folder

__all__ = ["TYPED_TOGETHER", "make_private_folder", "private_folders"]

# What people type in one notebook at once: every edit, outputs too. A withdrawal looks in it.
TYPED_TOGETHER = "together"


def private_folders(purpose: str) -> list[Path]:
    """The folders of this purpose that are there, whichever place the system offered when they were made.

    >>> private_folders("nothing-was-ever-kept-for-this")
    []
    """
    return [folder for place in _places() if (folder := place / _name() / purpose).is_dir()]


def make_private_folder(purpose: str) -> Path:
    """The folder of this purpose, made where it is not there yet; nobody else on this computer can open it.

    Raises
    ------
    InputError : somebody else has a folder of this name, or others can open it.
    """
    folder = _places()[0] / _name()
    for part in (folder, folder / purpose):
        part.mkdir(mode=0o700, exist_ok=True)
        _refuse_what_others_can_open(part)
    return folder / purpose


def _places() -> list[Path]:
    """Where such a folder may lie, the best first."""
    named = [os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm" if os.name == "posix" else None]
    found = [Path(place) for place in named if place and os.access(place, os.W_OK | os.X_OK)]
    return [*found, Path(tempfile.gettempdir())]


def _name() -> str:
    # Short: a socket below it has a path of at most 107 signs.
    return f"sk-{hashlib.sha256(str(project_folder().resolve()).encode()).hexdigest()[:10]}"


def _refuse_what_others_can_open(folder: Path) -> None:
    if os.name != "posix":  # elsewhere the folder for temporary files is a user's own
        return
    seen = folder.lstat()
    if stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid() and not stat.S_IMODE(seen.st_mode) & 0o077:
        return
    raise InputError(
        Problem(
            "Another user can open the folder for what is typed together, or it is no folder.",
            str(folder),
            "Have it removed, and start again.",
        )
    )
