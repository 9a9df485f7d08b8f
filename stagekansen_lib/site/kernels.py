"""Kernels for the live dashboards: started in a moment, bounded in number, ended when nobody looks, and closed-mouthed.

Plain ``voila dashboards`` uses the same classes through ``voila.json`` in the root of the project.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.project.extras import needs
from stagekansen_lib.site.copied_kernels import CopiedKernel, KernelEndedError, PromptClient

with needs("pages"):
    import zmq
    from jupyter_core.utils import ensure_async
    from jupyter_server.auth.authorizer import Authorizer
    from jupyter_server.auth.identity import User
    from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
    from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
    from tornado.web import HTTPError
    from traitlets import Integer, default
    from voila.voila_identity_provider import VoilaIdentityProvider

__all__ = ["LiveConnection", "LiveKernels", "Nobody", "OnlyDashboards"]

# What a browser may say to a kernel, and what a kernel may say to a browser. Neither list holds anything that runs code
# or shows it: no execute_request in, no error, stream or execute_input out. An error of a widget would otherwise bring
# a traceback with source lines to the reader.
MAY_ENTER = ("comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request")
MAY_LEAVE = ("status", "comm_open", "comm_close", "comm_msg", "comm_info_reply", "kernel_info_reply")

# A kernel that was given is made up for when the page that took it has had the processor for itself for a moment.
_REFILL_SECONDS = 1.0


class _Kernel(ServerKernelManager):
    @default("client_factory")
    def _default_client_factory(self) -> type[PromptClient]:
        return PromptClient

    async def _async_pre_start_kernel(self, **kwargs: Any) -> Any:
        if self.provisioner is None:
            self.kernel_id = self.kernel_id or kwargs.get("kernel_id", "")
            self.provisioner = CopiedKernel(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**kwargs)


@dataclass(eq=False)
class _Spare:
    """A kernel that waits for whoever asks for one in exactly this way; no notebook was run in it."""

    asked: Mapping[str, Any]
    kernel_id: str
    starting: asyncio.Task[None]


class LiveKernels(AsyncMappingKernelManager):
    """At most ``most`` kernels; one that nobody is connected to is ended soon.

    Voilà can run notebooks before they are asked for. It does so for each notebook in one environment: the kernel of a
    page could then not be told its language, and a page would show the registers of an earlier hour. Here a kernel
    waits that has run nothing, for each way of asking that `keep_ready` names: it serves every page.
    """

    most = Integer(
        24, config=True, help="Kernels at once, one for each open page. Beyond it a page says that it is busy."
    )
    unwatched_seconds = Integer(60, config=True, help="A kernel without a connected page is ended after so long.")

    def __init__(self, **kwargs: Any) -> None:
        fixed = {
            "allowed_message_types": list(MAY_ENTER),
            # Nobody else on this computer can listen in, where the library can encrypt.
            "transport_encryption": "auto" if zmq.has("curve") else "disabled",
        }
        super().__init__(**{**kwargs, **fixed})  # type: ignore[no-untyped-call]
        self._waiting = 0
        # More at once would make all of them late.
        self._turns = asyncio.Semaphore(os.cpu_count() or 1)
        self._last_watched: dict[str, float] = {}
        self._spares: list[_Spare] = []

    @default("kernel_manager_class")
    def _default_kernel_manager_class(self) -> str:
        return f"{__name__}.{_Kernel.__name__}"

    def keep_ready(self, **asked: Any) -> None:
        """From now on have one kernel ready for who starts a kernel with exactly this; until then it counts as none."""
        self._add_spare(asked, after=0.0)

    def _add_spare(self, asked: Mapping[str, Any], *, after: float) -> None:
        kernel_id = self.new_kernel_id()

        async def start() -> None:
            await asyncio.sleep(after)
            async with self._turns:
                await super(LiveKernels, self).start_kernel(**asked, kernel_id=kernel_id)

        self._spares.append(_Spare(asked, kernel_id, asyncio.create_task(start())))

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]  # its base calls it synchronous
        # A kernel counts from the moment it is asked for, also while it waits for its turn to start.
        unasked = sum(spare.kernel_id in self for spare in self._spares)
        if len(self) - unasked + self._waiting >= self.most:
            raise HTTPError(503, "busy")
        self._waiting += 1
        try:
            kernel_id = await self._taken(kwargs)
            if not kernel_id:
                async with self._turns:
                    kernel_id = await super().start_kernel(**kwargs)
        except FileNotFoundError as gone:  # a kernel that ends at once takes the file with it that says how to reach it
            raise KernelEndedError("The kernel ended at once.") from gone
        finally:
            self._waiting -= 1
        self._last_watched[kernel_id] = time.monotonic()
        return kernel_id

    async def _taken(self, asked: Mapping[str, Any]) -> str:
        """The kernel that waits for who asks this, and another in its place; empty when there is none, or it ended."""
        spare = next((one for one in self._spares if one.asked == asked and one.starting.done()), None)
        if spare is None:
            return ""
        self._spares.remove(spare)
        self._add_spare(spare.asked, after=_REFILL_SECONDS)
        if spare.starting.cancelled() or spare.starting.exception() or spare.kernel_id not in self:
            return ""
        if await ensure_async(self._kernels[spare.kernel_id].is_alive()):
            return spare.kernel_id
        await ensure_async(self.shutdown_kernel(spare.kernel_id, now=True))  # type: ignore[no-untyped-call]
        return ""

    async def shutdown_all(self, now: bool = False) -> None:  # type: ignore[override]  # as start_kernel
        for spare in self._spares:
            spare.starting.cancel()
        await asyncio.gather(*(spare.starting for spare in self._spares), return_exceptions=True)
        await super().shutdown_all(now=now)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        if any(spare.kernel_id == kernel_id for spare in self._spares):
            return
        now = time.monotonic()
        if self._kernel_connections.get(kernel_id):
            self._last_watched[kernel_id] = now
        unwatched = now - self._last_watched.setdefault(kernel_id, now) > self.unwatched_seconds
        if unwatched or not await ensure_async(self._kernels[kernel_id].is_alive()):
            await ensure_async(self.shutdown_kernel(kernel_id, now=True))  # type: ignore[no-untyped-call]
        else:
            await super().cull_kernel_if_idle(kernel_id)  # type: ignore[no-untyped-call]
        if kernel_id not in self:
            self._last_watched.pop(kernel_id, None)


class LiveConnection(ZMQChannelsWebsocketConnection):
    """The wire between a browser and its kernel, with what may not pass taken out on both sides."""

    def connect(self) -> Any:
        # Otherwise what is small waits up to 40 ms for what may follow it, when a page opens and at each choice.
        self.websocket_handler.set_nodelay(True)
        return super().connect()

    def handle_incoming_message(self, incoming_msg: str) -> None:
        try:
            super().handle_incoming_message(incoming_msg)
        except Exception as reason:
            # Nothing of the message itself is written down.
            self.log.error("A message that is no message was ignored (%s).", type(reason).__name__)
            self.websocket_handler.close(1003)

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        _, parts = self.session.feed_identities(outgoing_msg)
        header: Any = parts[1]
        kind = json.loads(bytes(header))["msg_type"]
        if kind in MAY_LEAVE:
            super().handle_outgoing_message(stream, outgoing_msg)
        elif kind == "error":
            self.log.error("A widget failed; its page shows what it showed before.")

    def write_stderr(self, error_message: str, parent_header: Any) -> None:
        """Nothing: what goes wrong between server and kernel is not for the reader."""


class Nobody(VoilaIdentityProvider):  # type: ignore[misc]
    """Everyone at this computer is the same analyst, so no cookie tells them apart. A token is still asked when set."""

    def get_user(self, handler: Any) -> Any:
        return super().get_user(handler) if self.token else User("analyst")


class OnlyDashboards(Authorizer):
    """For Voilà inside a Jupyter Server: whoever has the token may see dashboards, and may do nothing else.

    Without it the same token opens the contents interface, terminals and new kernels.
    """

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:  # noqa: ARG002
        return (resource, action) in {("kernels", "read"), ("kernels", "execute")} and handler.request.method == "GET"
