"""Run one dashboard notebook through Voilà's renderer, with our template, and give the page it makes."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.project.extras import needs

__all__ = ["kernel_environment", "render_notebook", "without_grammar_of_addresses"]

_LOADING = threading.RLock()


def render_notebook(notebook: Path, *, page: dict[str, Any], environment: dict[str, str]) -> str:
    """The HTML page of a notebook.

    Parameters
    ----------
    notebook : path of the notebook.
    page : what the template needs, as ``resources.stagekansen``.
    environment : environment variables of the kernel, on top of a small set that a kernel needs.

    Raises
    ------
    StagekansenError : a cell failed; Voilà itself would show an empty page.
    KernelEndedError : three kernels in turn ended before they answered.
    """
    with needs("pages"), without_grammar_of_addresses():
        from stagekansen_lib.site.copied_kernels import with_another_kernel

    return asyncio.run(with_another_kernel(lambda: _render(notebook, page, environment)))


async def _render(notebook: Path, page: dict[str, Any], environment: dict[str, str]) -> str:
    with needs("pages"), without_grammar_of_addresses():
        import zmq
        from jupyter_client.kernelspec import KernelSpecManager
        from jupyter_client.manager import AsyncKernelManager
        from jupyter_core.utils import ensure_async
        from jupyter_server.services.contents.filemanager import FileContentsManager
        from nbclient.exceptions import CellExecutionError
        from traitlets.config import Config
        from voila.configuration import VoilaConfiguration
        from voila.notebook_renderer import NotebookRenderer

        from stagekansen_lib.site.copied_kernels import CopiedKernel, KernelEndedError, PromptClient

    config = Config()
    config.VoilaConfiguration.resources = {"stagekansen": page}
    config.VoilaExecutor.timeout = 300
    template = notebook.parent / "template"
    # Nobody else on this computer can listen to the kernel or talk with it, where its libraries can encrypt.
    encrypted = "auto" if zmq.has("curve") else "disabled"
    # The kernel of this very Python; looking for others takes time, and another by the same name would be a mistake.
    specs = KernelSpecManager(kernel_dirs=[])
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=specs,
        transport_encryption=encrypted,
        client_factory=PromptClient,
    )
    renderer = NotebookRenderer(
        voila_configuration=VoilaConfiguration(
            config=config, template="stagekansen", progressive_rendering=False, show_tracebacks=True
        ),
        traitlet_config=config,
        notebook_path=notebook.name,
        template_paths=[str(template / "stagekansen"), str(template / "shared")],
        contents_manager=FileContentsManager(root_dir=str(notebook.parent)),
        kernel_spec_manager=specs,
        base_url="/",
        page_config={},
        mathjax_url="",
        mathjax_config="",
    )
    await renderer.initialize()
    # Each page has a kernel of its own, a copy of a process in which no page was made: no page knows of another.
    manager.provisioner = CopiedKernel(
        kernel_id=renderer.notebook_path, kernel_spec=manager.kernel_spec, parent=manager
    )
    try:
        await manager.start_kernel(cwd=str(notebook.parent), env={**kernel_environment(), **environment})
    except FileNotFoundError as gone:  # a kernel that ends at once takes the file with it that says how to reach it
        raise KernelEndedError("The kernel ended at once.") from gone
    try:
        html: str = await renderer.generate_content_str(kernel_id="pages", kernel_future=_ready(manager))
    except CellExecutionError as failure:
        raise StagekansenError(
            f"{notebook.name} could not be made into a page: {failure.ename}: {failure.evalue}"
        ) from failure
    finally:
        if renderer.kernel_started:
            await ensure_async(renderer.executor.kc.stop_channels())
        await manager.shutdown_kernel(now=True)
    return html


@contextmanager
def without_grammar_of_addresses() -> Iterator[None]:
    """Load Voilà in a third of the time: the package that checks notebooks otherwise first builds a grammar.

    It does so for the addresses in a document that ask to be checked as such; no notebook has any. Where the package of
    that grammar is not installed it does without, as here.

    One thread loads at a time: packages that load each other can be found half there when several threads load them.
    """
    name = "rfc3987_syntax"
    with _LOADING:
        if name in sys.modules:
            yield
            return
        sys.modules[name] = None  # type: ignore[assignment]  # what cannot be imported, to Python
        try:
            yield
        finally:
            del sys.modules[name]


async def _ready(manager: Any) -> Any:
    return manager


def kernel_environment() -> dict[str, str]:
    """This environment without what points at microdata or at a user's own start-up code."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("STAGEKANSEN_RAW", "PYTHONSTARTUP"))}
    return {
        **kept,
        "PYTHONWARNINGS": "ignore",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "STAGEKANSEN_WALL": "closed",  # the library closes it at its first import
    }
