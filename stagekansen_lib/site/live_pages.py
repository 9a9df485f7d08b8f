"""What the live server answers: a page with its widgets, the wire to its kernel, scripts of widgets, an error page."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

from stagekansen_lib.project.extras import needs
from stagekansen_lib.releases.shown import LIVE_VARIABLE
from stagekansen_lib.site.building import FILE_TYPES, PAGES, builds_folder, current_build, page_frame
from stagekansen_lib.site.copied_kernels import with_another_kernel
from stagekansen_lib.site.managing import Desks
from stagekansen_lib.site.managing_pages import NAME, answer, managing_page, page_policy
from stagekansen_lib.site.plain_pages import plain_page
from stagekansen_lib.site.rendering import kernel_environment
from stagekansen_lib.site.serving import SAFE_HEADERS
from stagekansen_lib.wording import Language, say

with needs("pages"):
    import tornado.web
    from jupyter_server.base.handlers import FileFindHandler, JupyterHandler
    from jupyter_server.services.kernels.handlers import KernelHandler
    from nbclient.exceptions import CellExecutionError
    from traitlets.config import Config
    from voila.configuration import VoilaConfiguration
    from voila.notebook_renderer import NotebookRenderer
    from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
    from voila.static_file_handler import MultiStaticFileHandler
    from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler
    from voila.utils import get_page_config

__all__ = ["HEADERS", "Missing", "kernel_of_page", "log_request", "routes"]

# Widgets draw with inline styles and compile their validators (unsafe-eval), and the map comes as a frame with its
# script inside. That is why this policy is wider than that of the public pages. No other host is in it.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; frame-ancestors 'self';"
    " base-uri 'none'; form-action 'none'"
)
HEADERS = {**SAFE_HEADERS, "Content-Security-Policy": _POLICY}
_RETRY_SECONDS = 15
_KERNEL = r"(?P<kernel_id>\w{8}-\w{4}-\w{4}-\w{4}-\w{12})"


class Plain:
    """Our headers and error pages on every answer, and no word of what went wrong inside."""

    def set_default_headers(self: Any) -> None:
        for name, value in HEADERS.items():
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
        """What stands beside a dashboard, such as its map or a file: from the public pages as they are shown now."""
        build = current_build(builds_folder())
        file = Path(language, name if "." in name else f"{name}.html")
        try:
            content = (build / file).read_bytes() if build and name != "404" else None
        except OSError:  # there is no such page, or a newer build took the place of this one
            content = None
        if content is None:
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Type", f"{FILE_TYPES[file.suffix]}; charset=utf-8")
        self.finish(content)


class ManagingPage(Plain, JupyterHandler):
    SUPPORTED_METHODS = ("GET",)

    def initialize(self, names: list[str]) -> None:
        self.names = names

    @tornado.web.authenticated
    async def get(self, language: str) -> None:
        html = managing_page("en" if language == "en" else "nl", _ordered(self.names))
        self.set_header("Content-Security-Policy", page_policy(html))
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(html)


class Managing(Plain, JupyterHandler):
    SUPPORTED_METHODS = ("POST",)

    def initialize(self, desks: Desks) -> None:
        self.desks = desks

    @tornado.web.authenticated
    async def post(self) -> None:
        await answer(self, self.desks)


class Kernel(Plain, KernelHandler):
    SUPPORTED_METHODS = ("GET",)


class End(Plain, VoilaShutdownKernelHandler):  # type: ignore[misc]
    SUPPORTED_METHODS = ("POST",)


class Wire(VoilaKernelWebsocketHandler):  # type: ignore[misc]
    write_error = Plain.write_error
    log_exception = Plain.log_exception


class Static(Plain, MultiStaticFileHandler):  # type: ignore[misc]
    pass


class Parts(Plain, JupyterHandler):
    """The parts that the script of the widgets begins with, as one file: it would ask for each apart, over fifty."""

    SUPPORTED_METHODS = ("GET",)

    def initialize(self, paths: list[str]) -> None:
        self.paths = tuple(paths)

    @tornado.web.authenticated
    async def get(self) -> None:
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.finish(_first_parts(self.paths))


@cache
def _first_parts(paths: tuple[str, ...]) -> bytes:
    """A part only says what is in it, so one that comes before it is asked for is found there, and any other is fetched
    as ever. A function around each keeps its own strictness."""
    folder = next(Path(path) for path in paths if Path(path, "voila.js").is_file())
    numbers = dict.fromkeys(re.findall(r"\.e\((\d+)\)", (folder / "voila.js").read_text("utf-8")))
    parts = [file for file in (folder / f"{number}.voila.js" for number in numbers) if file.is_file()]
    return "".join(f"(()=>{{{file.read_text('utf-8')}\n}})();\n" for file in parts).encode()


class Extension(Plain, FileFindHandler):
    pass


def routes(voila: Any, folder: Path) -> list[Any]:
    """Every address that exists, and what answers there."""
    pages = {"voila": voila, "names": sorted(path.stem for path in folder.glob("*.ipynb")), "folder": folder}
    pages["turns"] = asyncio.Semaphore(os.cpu_count() or 1)
    return [
        (r"/(nl|en)?/?", Index, {"names": pages["names"]}),
        (rf"/(nl|en)/{NAME}", ManagingPage, {"names": pages["names"]}),
        (r"/beheer", Managing, {"desks": Desks()}),
        (r"/(nl|en)/([a-z0-9_-]{1,80}(?:\.(?:csv|yaml))?)", Page, pages),
        (r"/voila/render/()([a-z0-9_-]+)\.ipynb", Page, pages),
        (rf"/api/kernels/{_KERNEL}", Kernel),
        (rf"/api/kernels/{_KERNEL}/channels", Wire),
        (rf"/voila/api/shutdown/{_KERNEL}", End),
        (r"/voila/static/first-parts.js", Parts, {"paths": voila.static_paths}),
        (r"/voila/static/(.*)", Static, {"paths": voila.static_paths}),
        (r"/voila/labextensions/(.*)", Extension, {"path": voila.labextensions_path}),
    ]


def kernel_of_page(language: Language) -> dict[str, Any]:
    """How a kernel is started for a page: of the page only its language matters."""
    return {
        "kernel_name": "python3",
        "path": "",
        "env": {**kernel_environment(), "STAGEKANSEN_LANGUAGE": language, LIVE_VARIABLE: "yes"},
    }


async def _render(voila: Any, notebook: Path, names: list[str], language: Language, turns: asyncio.Semaphore) -> str:
    """A page with its widgets, and a kernel behind it."""
    try:
        return await with_another_kernel(lambda: _with_kernel(voila, notebook, names, language, turns))
    except tornado.web.HTTPError:
        raise
    except Exception as failure:
        name = failure.ename if isinstance(failure, CellExecutionError) else type(failure).__name__
        _write_log(f"{notebook.name} failed: {name}")
        raise tornado.web.HTTPError(500) from None


async def _with_kernel(
    voila: Any, notebook: Path, names: list[str], language: Language, turns: asyncio.Semaphore
) -> str:
    kernels = voila.kernel_manager
    kernel_id = await kernels.start_kernel(**kernel_of_page(language))
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
    except Exception:
        await kernels.shutdown_kernel(kernel_id, now=True)
        raise
    return html


def _ordered(names: list[str]) -> list[str]:
    return list(dict.fromkeys(page for page in (*PAGES, *names) if page in names))


def _frame(name: str, names: list[str], language: Language) -> dict[str, Any]:
    """What stands around the widgets, in the template: the same as around the public page, and how a live one works."""
    frame = page_frame(name, language, pages=[*_ordered(names), NAME])
    frame["pages"][-1]["title"] = say("managing.title", language)
    frame["words"] |= {word: say(f"live.{word}", language) for word in ("note", "without_script")}
    return frame


def log_request(handler: Any) -> None:
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
