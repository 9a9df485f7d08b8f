"""The wall as a lock: a process that makes or serves pages cannot open a file of answers, whatever its code tries.

The lock is an audit hook of Python, which cannot be taken off again. It stops every way to open, list, link or copy a
file that goes through Python, and starting another program that could. Code in another language that runs inside the
process (Arrow reading Parquet, say) is not stopped; who serves pages to strangers runs them as a user who has no right
to read ``data/raw`` as well.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

__all__ = ["close_wall"]

# Folders below data/ that hold answers, real or made up, and what persons said in the ledger.
_ANSWERS = ("raw", "interim", "example", "ledger/private")
_FILES = ("open", "os.listdir", "os.scandir", "os.link", "os.symlink", "os.rename", "os.open")
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile")


def close_wall(*, but: Sequence[str] = (), leaving: Sequence[str] = ()) -> None:
    """From now on this process opens no file of answers and starts no other program; it cannot be undone.

    Parameters
    ----------
    but : the one command that may still be started, word for word: the one that makes the pages.
    leaving : folders below ``data`` that stay open: ``("ledger/private",)`` where beheer is served.

    Raises
    ------
    PermissionError : at each later attempt; the text says what pages are made from instead.
    """
    from stagekansen_lib.project.paths import data_folder

    # A sprint has a ledger of its own, with what persons said; no page is made from it before it is closed.
    homes = (*(data_folder(name) for name in _ANSWERS if name not in leaving), data_folder().parent / "sprints")
    kept = tuple(os.path.realpath(home) for home in homes)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _PROGRAMS and not _is_the_one_command(event, arguments, but):
            raise PermissionError("A process of the dashboards starts no other program.")
        if event in _FILES:
            # Whoever holds an opened folder can name what is in it without a path, so no folder on the way is opened.
            way = kept if event == "open" and arguments[1] is None else ()
            if any(_inside(path, kept) or _leads_to(path, way) for path in _paths(arguments)):
                raise PermissionError(
                    "A process of the dashboards cannot open answers. Pages are made from releases: make one with"
                    " 'python3 start.py release NAME', and read it with read_release."
                )

    sys.addaudithook(watch)


def _paths(arguments: tuple[Any, ...]) -> list[str]:
    return [os.fsdecode(one) for one in arguments[:2] if isinstance(one, (str, bytes, os.PathLike))]


def _is_the_one_command(event: str, arguments: tuple[Any, ...], but: Sequence[str]) -> bool:
    """Word for word, with nothing beside it: not another program under its name, folder or environment."""
    if not but or event != "subprocess.Popen" or list(arguments[1]) != list(but):
        return False
    program, _, folder, environment = (*arguments, None, None, None, None)[:4]
    return os.fsdecode(program) == but[0] and folder is None and environment is None


def _leads_to(path: str, folders: tuple[str, ...]) -> bool:
    place = os.path.realpath(path).rstrip(os.sep) + os.sep
    return any(folder.startswith(place) for folder in folders)


def _inside(path: str, folders: tuple[str, ...]) -> bool:
    place = os.path.realpath(path)
    return any(place == folder or place.startswith(folder + os.sep) for folder in folders)
