"""A JupyterLab in which several people work at once, on one computer, for one room.

What is typed is in the file a third of a second later. The store of all edits, which stripping outputs never reaches,
lies outside the clone in a folder of this user alone, stops every withdrawal that cannot search it, and is wiped when
the room closes; what a broken-off room left is wiped before the next one opens. What a kernel says travels over sockets
in that folder, where the system has such, and not over a port that others on this computer can listen to.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.private_folders import TYPED_TOGETHER, make_private_folder, private_folders
from stagekansen_lib.together.merging import merge_notebooks_by_cell

__all__ = ["open_room", "private_kernels", "room_words", "sharing_words", "wipe_typed"]

_LOCK = "open.lock"
_EVERYWHERE = "0.0.0.0"
# macOS takes 104 bytes with the end of the name, Linux 108.
_LONGEST_SOCKET = 103


def private_kernels(folder: Path) -> list[str]:
    """Words for a Jupyter server whose kernels speak where no other user of this computer can listen.

    Parameters
    ----------
    folder : where the server keeps what belongs to a running kernel.

    Returns
    -------
    list of str : empty where the system has no sockets in folders, or where the folder's name is too long for one.
    """
    with needs("lab"):
        import zmq

    fits = len(os.fsencode(folder / f"kernel-{uuid.UUID(int=0)}-ipc-5")) <= _LONGEST_SOCKET
    return ["--KernelManager.transport=ipc"] if os.name == "posix" and zmq.has("ipc") and fits else []


def room_words(folder: Path, *, network: bool = False) -> list[str]:
    """Words for JupyterLab: several people at once, nothing of what they type left in the project.

    Parameters
    ----------
    folder : the private folder of this room.
    network : other computers of the local network may come in; else this computer alone.
    """
    ours = "stagekansen_lib.together.people.NamedPeople"
    return [
        f"--ServerApp.ip={_EVERYWHERE if network else '127.0.0.1'}",
        f"--ServerApp.allow_remote_access={network}",
        "--ServerApp.open_browser=False",
        "--ServerApp.log_level=WARN",
        # One person closes a tab, never the room of all.
        "--ServerApp.quit_button=False",
        f"--ServerApp.identity_provider_class={ours}",
        *sharing_words(folder),
    ]


def sharing_words(folder: Path) -> list[str]:
    """Words for a Jupyter server in which several people type at once, whoever decides who comes in.

    Parameters
    ----------
    folder : the private folder for what they type, and for the sockets of kernels.
    """
    return [
        "--YDocExtension.disable_rtc=False",
        # After a pause of a second nothing is lost, even when the computer stops at once.
        "--YDocExtension.document_save_delay=0.3",
        f"--YDocExtension.session_store_path={folder / 'sessions.json'}",
        f"--SQLiteYStore.db_path={folder / 'edits.ystore.db'}",
        f"--BaseFileIdManager.db_path={folder / 'files.db'}",
        *private_kernels(folder),
    ]


def open_room(words: list[str], *, notebook: str, network: bool = False, started: Callable[[str, str], None]) -> None:
    """Serve the room until it is stopped.

    Parameters
    ----------
    words : further words for JupyterLab.
    notebook : what opens first, seen from the folder of the server.
    network : whether other computers on the local network may come in.
    started : is told the link to hand out and the link for this computer, when the room is open.

    Raises
    ------
    InputError : a room of this project is open already.
    MissingExtraError : the packages for it are not installed.
    """
    with needs("together"):
        import jupyter_server_ydoc  # noqa: F401 - its settings are words of the server
        from jupyterlab.labapp import LabApp

    os.umask(0o077)
    folder = make_private_folder(TYPED_TOGETHER)
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(
            Problem("A room of this project is open already.", do="Use its link, or close it first (Ctrl+C).")
        ) from None
    try:
        wipe_typed()
        merge_notebooks_by_cell()
        os.environ["JUPYTER_RUNTIME_DIR"] = str(folder)
        server: Any = LabApp.initialize_server(argv=[*room_words(folder, network=network), *words])
        # Not among the words: those of a running program can be read by every user of a computer.
        server.identity_provider.token = code = secrets.token_urlsafe(18)
        server.identity_provider.token_generated = False  # else the server prints a link without a name
        server.identity_provider.notebook = notebook
        inside = f"http://127.0.0.1:{server.port}{server.base_url}login?token={code}"
        started(inside.replace("127.0.0.1", _own_address()) if network else inside, inside)
        server.start()
    finally:
        lock.release()
        wipe_typed()


def wipe_typed() -> None:
    """Remove what was typed together; the lock stays where it is."""
    for folder in private_folders(TYPED_TOGETHER):
        for part in folder.iterdir():
            if part.name == _LOCK:
                continue
            if part.is_dir() and not part.is_symlink():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)


def _own_address() -> str:
    """The address of this computer on its network. Nothing is sent: the system only chooses a way out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
        try:
            way_out.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(way_out.getsockname()[0])
