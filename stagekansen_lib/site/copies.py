"""Kernels as copies of one process that has loaded the libraries: there in a tenth of a second, memory shared.

This module imports nothing that a kernel does not need, because every copy imports it. Windows has no such copies:
there a kernel starts from nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
from collections.abc import Callable
from typing import Any

from stagekansen_lib.project.extras import needs

__all__ = ["preheat", "run_kernel", "start_copy"]

_LOADED = (
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipywidgets",
    "jinja2",
    "folium",
    "pandas",
    "stagekansen_lib.views",
    __name__,
)
_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


def start_copy(target: Callable[..., None], *arguments: Any) -> Any:
    """A process that runs ``target``; the first waits until the libraries are loaded.

    Returns
    -------
    The process, as ``multiprocessing`` gives it. It ends with this one.
    """
    context: Any = multiprocessing.get_context(_METHOD)
    if _METHOD == "forkserver":
        context.set_forkserver_preload(list(_LOADED))
    process = context.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def preheat() -> None:
    """Load the libraries, so that the first kernel need not wait for them."""
    if _METHOD == "forkserver":
        start_copy(_do_nothing).join()


def _do_nothing() -> None:
    pass


def run_kernel(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Become the kernel that the connection file in ``arguments`` describes, until it is told to stop."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl+C in the terminal of the server is not also for the kernels
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    random.seed()
    threading.Thread(target=_end_with_server, daemon=True).start()
    with needs("pages"):
        from ipykernel.kernelapp import IPKernelApp

    # Widgets were loaded before there was a kernel, so they have not said yet what they listen to.
    widgets = "import ipywidgets; ipywidgets.register_comm_target(); del ipywidgets"
    from stagekansen_lib.project.walls import close_wall

    close_wall()
    # With a parent named, the kernel does not print how to connect to it.
    options = [f"--IPKernelApp.exec_lines={widgets}", f"--IPKernelApp.parent_handle={os.getppid()}"]
    IPKernelApp.launch_instance([*arguments, *options])


def _end_with_server() -> None:
    """End this kernel when the server is gone, also after kill -9: its own parent is the process it was copied from."""
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
    os._exit(0)
