"""Live dashboards for analysts: Voilà's renderer and widgets, without what stock Voilà leaves open.

Each page has a kernel of its own. There is no file browser, no contents interface, no cookie and no other host; an
address that is not a page, a widget script or the wire to a kernel does not exist.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stagekansen_lib.assets import page_style
from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.site.building import PAGES, plain_page
from stagekansen_lib.wording import LANGUAGES, Language, say

__all__ = ["serve_live"]

# Widgets draw with inline styles and compile their validators (unsafe-eval), and the map comes as a frame with its
# script inside. That is why this policy is wider than that of the public pages. No other host is in it.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; frame-ancestors 'self';"
    " base-uri 'none'; form-action 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Server": "stagekansen",
}
_RETRY_SECONDS = 15
_KERNEL = r"(?P<kernel_id>\w{8}-\w{4}-\w{4}-\w{4}-\w{12})"


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
    try:
        listening = socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as reason:
        raise StagekansenError(
            f"Port {port} on this computer is taken. Stop what uses it, or choose another: --port {port + 1}."
        ) from reason
    asyncio.run(_serve(folder or project_folder() / "dashboards", listening, viewers, started))


async def _serve(folder: Path, listening: socket.socket, viewers: int, started: Callable[[str], object] | None) -> None:
    with needs("pages"):
        import tornado.httpserver

    from stagekansen_lib.site.copies import preheat

    connections = tempfile.mkdtemp(prefix="stagekansen-live-")
    voila = _voila(folder, connections, viewers)
    server = tornado.httpserver.HTTPServer(
        voila.app, max_header_size=16_384, max_body_size=65_536, idle_connection_timeout=60, body_timeout=10
    )
    listening.setblocking(False)
    server.add_socket(listening)
    stop = asyncio.Event()
    if os.name == "posix":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await asyncio.to_thread(preheat)
    if started:
        started(f"http://127.0.0.1:{listening.getsockname()[1]}/")
    try:
        await stop.wait()
    finally:
        server.stop()
        await voila.kernel_manager.shutdown_all(now=True)
        shutil.rmtree(connections, ignore_errors=True)


def _voila(folder: Path, connections: str, viewers: int) -> Any:
    """Voilà's application with our pages instead of its own."""
    import logging

    with needs("pages"):
        import tornado.web
        from traitlets.config import Config
        from voila.app import Voila

    class Application(Voila):  # type: ignore[misc]
        def load_config_file(self, *_: Any, **__: Any) -> None:
            """None: no file on this computer makes this server more open than it is."""

        def setup_template_dirs(self) -> None:
            super().setup_template_dirs()
            self.template_paths.insert(0, str(project_folder() / "dashboards" / "template" / "live"))

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
        "headers": _HEADERS,
        # Another site that points its name at 127.0.0.1 is not let in.
        "allow_remote_access": False,
        "websocket_max_message_size": 1 << 20,
        "websocket_compression_options": {},
        # There is no cookie that another site could ride on; where a request comes from is still looked at.
        "disable_check_xsrf": True,
        "log_function": _log,
        "default_handler_class": _handlers()["missing"],
        # Fetched for a formula only, and there is none; the default would be another host.
        "mathjax_url": "/no-formulas",
        "mathjax_config": "none",
    }
    voila.app = tornado.web.Application(_routes(voila, folder), **settings)
    return voila


def _routes(voila: Any, folder: Path) -> list[Any]:
    handlers = _handlers()
    pages = {"voila": voila, "names": sorted(path.stem for path in folder.glob("*.ipynb")), "folder": folder}
    pages["turns"] = asyncio.Semaphore(os.cpu_count() or 1)
    return [
        (r"/(nl|en)?/?", handlers["index"], {"names": pages["names"]}),
        (r"/(nl|en)/([a-z0-9_-]+)", handlers["page"], pages),
        (r"/voila/render/()([a-z0-9_-]+)\.ipynb", handlers["page"], pages),
        (rf"/api/kernels/{_KERNEL}", handlers["kernel"]),
        (rf"/api/kernels/{_KERNEL}/channels", handlers["wire"]),
        (rf"/voila/api/shutdown/{_KERNEL}", handlers["end"]),
        (r"/voila/static/(.*)", handlers["static"], {"paths": voila.static_paths}),
        (r"/voila/labextensions/(.*)", handlers["extension"], {"path": voila.labextensions_path}),
    ]


def _handlers() -> dict[str, Any]:
    with needs("pages"):
        import tornado.web
        from jupyter_server.base.handlers import FileFindHandler, JupyterHandler
        from jupyter_server.services.kernels.handlers import KernelHandler
        from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
        from voila.static_file_handler import MultiStaticFileHandler
        from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

    class Plain:
        """Our headers and error pages on every answer, and no word of what went wrong inside."""

        def set_default_headers(self: Any) -> None:
            for name, value in _HEADERS.items():
                self.set_header(name, value)

        def write_error(self: Any, status_code: int, **_: Any) -> None:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_header("Cache-Control", "no-store")
            kinds = {400: "live_bad", 403: "live_refused", 404: "missing", 405: "live_method", 503: "live_busy"}
            if status_code == 503:
                self.set_header("Retry-After", str(_RETRY_SECONDS))
            again = _RETRY_SECONDS if status_code == 503 else None
            self.finish(plain_page(kinds.get(status_code, "live_failed"), refresh_seconds=again))

        def log_exception(self: Any, kind: Any, value: Any, _: Any) -> None:
            if not isinstance(value, tornado.web.HTTPError) or value.status_code == 500:
                _write_log(f"a page failed: {kind.__name__}")

    class Missing(Plain, JupyterHandler):
        async def prepare(self) -> None:  # type: ignore[override]
            raise tornado.web.HTTPError(404)

    class Index(Plain, JupyterHandler):
        SUPPORTED_METHODS = ("GET", "HEAD")

        def initialize(self, names: list[str]) -> None:
            self.names = names

        @tornado.web.authenticated
        async def get(self, language: str | None) -> None:
            chosen: Language = "en" if language == "en" else "nl"
            if "overzicht" in self.names:
                self.redirect(f"/{chosen}/overzicht")
            else:
                self.redirect(f"/{chosen}/{self.names[0]}")

        head = get

    class Page(Plain, JupyterHandler):
        SUPPORTED_METHODS = ("GET",)

        def initialize(self, voila: Any, names: list[str], folder: Path, turns: asyncio.Semaphore) -> None:
            self.voila, self.names, self.folder, self.turns = voila, names, folder, turns

        @tornado.web.authenticated
        async def get(self, language: str, name: str) -> None:
            chosen: Language = "en" if language == "en" else "nl"
            if name not in self.names:
                self.send_built(chosen, name)
                return
            html = await _render(self.voila, self.folder / f"{name}.ipynb", self.names, chosen, self.turns)
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_header("Cache-Control", "no-store")
            self.finish(html)

        def send_built(self, language: Language, name: str) -> None:
            """A page that stands beside a dashboard, such as its map: from the newest build of the public pages."""
            built = sorted((project_folder() / "site").glob(f"*/{language}/{name}.html"), key=os.path.getmtime)
            if not built or name == "404":
                raise tornado.web.HTTPError(404)
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.finish(built[-1].read_bytes())

    class Kernel(Plain, KernelHandler):
        SUPPORTED_METHODS = ("GET",)

    class End(Plain, VoilaShutdownKernelHandler):  # type: ignore[misc]
        SUPPORTED_METHODS = ("POST",)

    class Wire(VoilaKernelWebsocketHandler):  # type: ignore[misc]
        write_error = Plain.write_error
        log_exception = Plain.log_exception

    class Static(Plain, MultiStaticFileHandler):  # type: ignore[misc]
        pass

    class Extension(Plain, FileFindHandler):
        pass

    return {
        "missing": Missing,
        "index": Index,
        "page": Page,
        "kernel": Kernel,
        "end": End,
        "wire": Wire,
        "static": Static,
        "extension": Extension,
    }


async def _render(voila: Any, notebook: Path, names: list[str], language: Language, turns: asyncio.Semaphore) -> str:
    """A page with its widgets, and a kernel behind it."""
    with needs("pages"):
        import tornado.web
        from nbclient.exceptions import CellExecutionError
        from traitlets.config import Config
        from voila.configuration import VoilaConfiguration
        from voila.notebook_renderer import NotebookRenderer
        from voila.utils import get_page_config

    from stagekansen_lib.site.rendering import kernel_environment

    kernels = voila.kernel_manager
    environment = {**kernel_environment(), "STAGEKANSEN_LANGUAGE": language}
    kernel_id = await kernels.start_kernel(kernel_name="python3", path="", env=environment)
    config = Config(voila.config)
    config.VoilaConfiguration.resources = {"stagekansen": _frame(notebook.stem, names, language)}
    settings = VoilaConfiguration(config=config)
    renderer = NotebookRenderer(
        voila_configuration=settings,
        traitlet_config=config,
        notebook_path=notebook.name,
        template_paths=voila.template_paths,
        contents_manager=voila.contents_manager,
        config_manager=voila.config_manager,
        kernel_spec_manager=voila.kernel_spec_manager,
        base_url="/",
        page_config=get_page_config("/", voila.app.settings, voila.log, settings),
        mathjax_url="",
        mathjax_config="",
    )
    try:
        async with turns:
            await renderer.initialize()
            html: str = await renderer.generate_content_str(kernel_id, kernels.get_kernel(kernel_id))
    except Exception as failure:
        await kernels.shutdown_kernel(kernel_id, now=True)
        name = failure.ename if isinstance(failure, CellExecutionError) else type(failure).__name__
        _write_log(f"{notebook.name} failed: {name}")
        raise tornado.web.HTTPError(500) from None
    return html


def _frame(name: str, names: list[str], language: Language) -> dict[str, Any]:
    """What stands around the widgets, in the template."""

    def title(page: str) -> str:
        return say(f"frame.title_{page}", language) if page in PAGES else page

    return {
        "name": name,
        "language": language,
        "other_language": next(other for other in LANGUAGES if other != language),
        "title": title(name),
        "pages": [{"name": page, "title": title(page)} for page in (*PAGES, *names) if page in names][: len(names)],
        "words": {
            **{word: say(f"frame.{word}", language) for word in ("brand", "skip", "navigation", "other_language")},
            **{word: say(f"live.{word}", language) for word in ("note", "without_script")},
        },
        "style": page_style(),
    }


def _log(handler: Any) -> None:
    """When, what answer, which page, how long. Not who asked, from where or with what; and no address that is none."""
    status, path = handler.get_status(), handler.request.path
    if status >= 400 or not path.startswith(("/nl/", "/en/", "/api/")):
        path = "" if status < 400 else "-"
    if path:
        shown = re.sub(_KERNEL, "*", path)
        _write_log(f"{status} {shown} {handler.request.request_time():.2f} s")


def _write_log(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()
