"""A kernel as a copy of the preheated process: for the live pages, and for the builder of the public ones."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from stagekansen_lib.project.extras import needs
from stagekansen_lib.site.copies import run_kernel, start_copy

with needs("pages"):
    from jupyter_client.asynchronous.client import AsyncKernelClient
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

__all__ = ["CopiedKernel", "KernelEndedError", "PromptClient", "with_another_kernel"]

# So long a kernel may be silent on the channel of its output before it is asked again whether it is heard.
_HEARD_SECONDS = 0.05

# A kernel is given ports that are free. One that another program takes before the kernel opens it ends that kernel; so
# often one is started before it is given up.
_STARTS = 3


class _Process:
    """A process of ``multiprocessing`` with the face of ``subprocess.Popen`` that jupyter_client expects."""

    stdin = stdout = stderr = None

    def __init__(self, process: Any) -> None:
        self._process = process
        self.pid: int = process.pid

    def poll(self) -> int | None:
        code: int | None = self._process.exitcode
        return code

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        return self.poll()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()


class CopiedKernel(LocalProvisioner):
    """Starts a kernel as a copy of the preheated process instead of as a new interpreter."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        # The command reads "python -m ipykernel_launcher -f FILE"; what follows the module is for the kernel.
        arguments = [*cmd[cmd.index("-m") + 2 :], "--HistoryManager.enabled=False", "--log-level=ERROR"]
        where = str(kwargs.get("cwd") or Path.cwd())
        # In a thread, because the first waits until the libraries are loaded.
        process: Any = _Process(await asyncio.to_thread(start_copy, run_kernel, arguments, dict(kwargs["env"]), where))
        self.process, self.pid = process, process.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        await super().kill(restart=restart)
        # It is gone at once; whoever waits for that looks only every tenth of a second.
        if self.process is not None:
            await asyncio.to_thread(self.process.wait, timeout=1.0)


class KernelEndedError(RuntimeError):
    """A kernel did not come so far that it answers."""


async def with_another_kernel(make: Callable[[], Awaitable[str]]) -> str:
    """What ``make`` gives with a kernel of its own; made anew, with another, when that ended before it answered.

    Raises
    ------
    KernelEndedError : three kernels in turn ended before they answered.
    """
    for _ in range(_STARTS - 1):
        with suppress(KernelEndedError):
            return await make()
    return await make()


class PromptClient(AsyncKernelClient):
    """A client that is ready as soon as the kernel has answered on both channels.

    Its base then waits for a fifth of a second of silence, to drop what was said on the way. Whoever runs a notebook
    passes that over anyway: a message counts only as an answer to what was asked.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Ask until the answer comes.

        Raises
        ------
        KernelEndedError : the kernel has ended, or did not answer within ``timeout`` seconds.
        """
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while time.monotonic() < deadline:
            self.kernel_info()
            try:
                answer = await self.get_shell_msg(timeout=1)
                await self.get_iopub_msg(timeout=_HEARD_SECONDS)
            except Empty:
                if not await self._async_is_alive():
                    break
                continue
            self._handle_kernel_info_reply(answer)
            return
        raise KernelEndedError("The kernel did not answer.")
