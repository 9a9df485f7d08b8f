"""Kernels as copies of one process that has loaded what all pages need: there in a tenth of a second, memory shared.

This module imports nothing that a kernel does not need, because every copy imports it. Windows has no such copies:
there a kernel starts from nothing.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stagekansen_lib.project.extras import needs

__all__ = ["PART_OF_REGISTERS", "READS_VARIABLE", "preheat", "run_kernel", "start_copy"]

# ``[file, folder]`` in JSON: where a kernel writes what it read below the folder, one a line.
READS_VARIABLE = "STAGEKANSEN_READS"
PART_OF_REGISTERS = "registers: "

# What the process loads that kernels are copies of. A live page may need all of it in the next second; of the pages
# that are built only two need the library of maps, and load it themselves.
_LOADED: tuple[str, ...] = ("stagekansen_lib.site.read_before",)
_LOADED_FOR_LIVE = ("folium.plugins",)
_STARTING = threading.Lock()
_loaded = _LOADED
_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


def start_copy(target: Callable[..., None], *arguments: Any) -> Any:
    """A process that runs ``target``; the first waits until the libraries are loaded.

    Returns
    -------
    The process, as ``multiprocessing`` gives it. It ends with this one.
    """
    context: Any = multiprocessing.get_context(_METHOD)
    if _METHOD == "forkserver":
        context.set_forkserver_preload(list(_loaded))
    process = context.Process(target=target, args=arguments, daemon=True)
    with _STARTING, _main_hidden():
        process.start()
    return process


@contextmanager
def _main_hidden() -> Iterator[None]:
    """Keep multiprocessing from running the script of this process in the copy as well, which needs nothing of it."""
    script = vars(sys.modules["__main__"])
    path = script.pop("__file__", None)
    try:
        yield
    finally:
        if path is not None:
            script["__file__"] = path


def preheat(*, live: bool) -> None:
    """Load the libraries, so that the first kernel need not wait for them.

    ``live`` : also what only a few pages need.
    """
    global _loaded
    _loaded = (*_LOADED, *_LOADED_FOR_LIVE) if live else _LOADED
    if _METHOD == "forkserver":
        start_copy(_do_nothing).join()


def _do_nothing() -> None:
    pass


def run_kernel(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Become the kernel that the connection file in ``arguments`` describes, until it is told to stop."""
    gc.freeze()  # what was loaded before is not looked through again, nor copied for it
    gc.enable()
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl+C in the terminal of the server is not also for the kernels
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    random.seed()
    threading.Thread(target=_end_with_server, daemon=True).start()
    # A page is not debugged: its kernel does without the debugger, which takes two thirds of its start to load.
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # what cannot be imported, to Python
    with needs("pages"):
        from ipykernel.kernelapp import IPKernelApp

    # Widgets were loaded before there was a kernel, so they have not said yet what they listen to.
    widgets = "import ipywidgets; ipywidgets.register_comm_target(); del ipywidgets"
    from stagekansen_lib.project.walls import close_wall

    close_wall()
    if environment.get(READS_VARIABLE):
        _note_reads(*json.loads(environment[READS_VARIABLE]))
    if environment.get("PYTHONWARNINGS") == "ignore":
        warnings.simplefilter("ignore")  # the variable itself is read only by an interpreter that starts
    # With a parent named, the kernel does not print how to connect to it.
    options = [f"--IPKernelApp.exec_lines={widgets}", f"--IPKernelApp.parent_handle={os.getppid()}"]
    IPKernelApp.launch_instance([*arguments, *options])


def _note_reads(notes: str, folder: str) -> None:
    """From now on write down what is opened or listed below a folder, and which parts of the registers are looked at.

    That is done before the reading itself. A file or a folder that was listed goes by its address below the folder,
    a part of the registers by its name after ``PART_OF_REGISTERS``.
    """
    from stagekansen_lib.registers.noting import note_parts, reading_unnoted

    root = os.path.realpath(folder) + os.sep
    noted: set[str] = set()

    def write(line: str) -> None:
        if line not in noted:
            noted.add(line)
            with Path(notes).open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("open", "os.listdir", "os.scandir") or not isinstance(arguments[0], (str, bytes, os.PathLike)):
            return
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if path.startswith(root) and not reading_unnoted():
            write(path.removeprefix(root).replace(os.sep, "/"))

    note_parts(lambda part: write(PART_OF_REGISTERS + part))
    sys.addaudithook(note)


def _end_with_server() -> None:
    """End this kernel when the server is gone, also after kill -9: its own parent is the process it was copied from."""
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
    os._exit(0)
