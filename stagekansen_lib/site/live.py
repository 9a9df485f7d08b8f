"""Live dashboards for analysts: Voilà's renderer and widgets, without what stock Voilà leaves open.

Each page has a kernel of its own. There is no file browser, no contents interface, no cookie and no other host; an
address that is not a page, a widget script or the wire to a kernel does not exist.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVarTuple

from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.site.building import languages_of_place
from stagekansen_lib.site.rendering import without_grammar_of_addresses
from stagekansen_lib.site.serving import address_of, open_port

__all__ = ["serve_live"]

_Words = TypeVarTuple("_Words")


def serve_live(
    folder: Path | None = None,
    *,
    port: int = 8866,
    viewers: int = 24,
    started: Callable[[str], object] | None = None,
) -> None:
    """Serve the dashboards of a folder with live widgets on 127.0.0.1, until Ctrl+C.

    Parameters
    ----------
    folder : where the notebooks are; the default is ``dashboards/``.
    port : 1 to 65535, or 0 for any free one.
    viewers : pages open at once, each with a kernel; who comes later reads that it is busy.
    started : called once with the address.

    Raises
    ------
    StagekansenError : the port is taken.
    """
    listening = open_port(port, waiting=128)
    with asyncio.Runner(loop_factory=_OwnSignals if os.name == "posix" else None) as runner:
        runner.run(_serve(folder or project_folder() / "dashboards", listening, viewers, started))


class _OwnSignals(asyncio.SelectorEventLoop):
    """A loop whose signals stay those of the server while that serves.

    nbclient takes them for each notebook it runs and gives none back: it passes on where they cannot be had.
    """

    serving = False

    def add_signal_handler(self, sig: int, callback: Callable[[*_Words], object], *args: *_Words) -> None:
        self._refuse()
        super().add_signal_handler(sig, callback, *args)

    def remove_signal_handler(self, sig: int) -> bool:
        self._refuse()
        return super().remove_signal_handler(sig)

    def _refuse(self) -> None:
        if self.serving:
            raise RuntimeError("The signals are those of the server.")


async def _serve(folder: Path, listening: socket.socket, viewers: int, started: Callable[[str], object] | None) -> None:
    with needs("pages"):
        import tornado.httpserver

    from stagekansen_lib.site.copies import preheat
    from stagekansen_lib.site.live_pages import kernel_of_page

    connections = tempfile.mkdtemp(prefix="stagekansen-live-")
    voila = _voila(folder, connections, viewers)
    server = tornado.httpserver.HTTPServer(
        voila.app, max_header_size=16_384, max_body_size=65_536, idle_connection_timeout=60, body_timeout=10
    )
    listening.setblocking(False)
    server.add_socket(listening)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    if isinstance(loop, _OwnSignals):
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        loop.serving = True
    try:
        await asyncio.to_thread(preheat, live=True)
        for language in languages_of_place():
            voila.kernel_manager.keep_ready(**kernel_of_page(language))
        if started:
            started(address_of(listening))
        await stop.wait()
    finally:
        if isinstance(loop, _OwnSignals):
            loop.serving = False
        server.stop()
        await voila.kernel_manager.shutdown_all(now=True)
        shutil.rmtree(connections, ignore_errors=True)


def _voila(folder: Path, connections: str, viewers: int) -> Any:
    """Voilà's application with our pages instead of its own."""
    import logging

    with needs("pages"), without_grammar_of_addresses():
        import tornado.web
        from traitlets.config import Config
        from voila.app import Voila

    from stagekansen_lib.site.live_pages import HEADERS, Missing, log_request, routes

    class Application(Voila):  # type: ignore[misc]
        def load_config_file(self, *_: Any, **__: Any) -> None:
            """None: no file on this computer makes this server more open than it is."""

        def setup_template_dirs(self) -> None:
            super().setup_template_dirs()
            template = project_folder() / "dashboards" / "template"
            self.template_paths[:0] = [str(template / "live"), str(template / "shared")]

    # Tornado writes the address of whoever sends a broken request; who visits is nobody's business.
    logging.getLogger("tornado").setLevel(logging.CRITICAL)
    config = Config()
    config.Voila.root_dir = str(folder)
    config.Voila.log_level = logging.ERROR
    config.Voila.identity_provider_class = "stagekansen_lib.site.kernels.Nobody"
    config.Voila.kernel_websocket_connection_class = "stagekansen_lib.site.kernels.LiveConnection"
    config.VoilaConfiguration = Config(
        template="base",
        allow_template_override="NO",
        allow_theme_override="NO",
        file_allowlist=[],
        show_tracebacks=True,  # so that a failed cell is an exception here, and a page of ours for the reader
        extension_allowlist=["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"],
        multi_kernel_manager_class="stagekansen_lib.site.kernels.LiveKernels",
    )
    config.LiveKernels.most = viewers
    config.LiveKernels.cull_idle_timeout = 900
    config.LiveKernels.cull_interval = 10
    config.LiveKernels.cull_connected = True
    config.VoilaExecutor.timeout = 60
    voila = Application.instance(config=config)
    voila.initialize([])
    voila.connection_dir = connections
    settings = voila.init_settings()
    settings |= {
        "headers": HEADERS,
        # Another site that points its name at 127.0.0.1 is not let in.
        "allow_remote_access": False,
        "websocket_max_message_size": 1 << 20,
        "websocket_compression_options": {},
        # There is no cookie that another site could ride on; where a request comes from is still looked at.
        "disable_check_xsrf": True,
        "log_function": log_request,
        "default_handler_class": Missing,
        # Fetched for a formula only, and there is none; the default would be another host.
        "mathjax_url": "/no-formulas",
        "mathjax_config": "none",
    }
    voila.app = tornado.web.Application(routes(voila, folder), **settings)
    return voila
