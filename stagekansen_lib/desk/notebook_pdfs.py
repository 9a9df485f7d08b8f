"""A notebook as a PDF, printed by the Chromium that is on this computer. Nothing is fetched, by us or by the page."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import needs
from stagekansen_lib.wording import Language, say

__all__ = ["notebook_html", "notebook_pdf"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", "chrome")
_WINDOWS = (
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
_MAC = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",)
# What an exporter would ask of servers elsewhere, and what paper has no use for.
_ELSEWHERE = ("mathjax_url", "require_js_url", "jquery_url", "widget_renderer_url")
_LEFT_OUT = ("exclude_anchor_links", "exclude_input_prompt", "exclude_output_prompt")
_SECONDS = 120
# Pictures before widgets: a page on paper has no kernel to ask.
_FORMS = ["text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "text/plain"]
_PAPER = "<style>@page { size: A4; margin: 18mm } .jp-Cell { break-inside: auto } pre { white-space: pre-wrap }</style>"


def notebook_html(notebook: Any, language: Language, title: str = "") -> str:
    """A notebook as one page of HTML: code that is folded is left out, and the page says for whom it is.

    Parameters
    ----------
    notebook : as nbformat reads it, version 4.
    language : of the line that says for whom it is.
    title : of the page.
    """
    with needs("pages"):
        from nbconvert import HTMLExporter
        from traitlets.config import Config

    for cell in notebook.cells:
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata["transient"] = {"remove_source": True}
    settings = Config(
        {
            "HTMLExporter": {**dict.fromkeys(_ELSEWHERE, ""), **dict.fromkeys(_LEFT_OUT, True)},
            "NbConvertBase": {"display_data_priority": _FORMS},
        }
    )
    exporter: Any = HTMLExporter
    exporter = exporter(config=settings)
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})
    told = f'{_PAPER}</head><body><p role="note"><strong>{escape(say("lab.pdf_team_only", language))}</strong></p>'
    head, _, body = str(page).partition("</head>")
    return f"{head}{told}{body.partition('>')[2]}"


def notebook_pdf(notebook: Any, language: Language, title: str = "") -> bytes:
    """A notebook as a PDF.

    Raises
    ------
    InputError : there is no Chromium, Chrome or Edge on this computer, or it made no PDF; the text says what to do.
    """
    browser = _browser()
    if not browser:
        raise InputError(Problem(say("lab.no_browser", language), do=say("lab.no_browser_do", language)))
    with tempfile.TemporaryDirectory(prefix="stagekansen-pdf-") as folder:
        page, made = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_text(notebook_html(notebook, language, title), "utf-8")
        command = [
            browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={made}", page.as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium has no sandbox for root
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        if not made.is_file():
            raise InputError(Problem(say("lab.no_pdf", language), do=say("lab.no_browser_do", language)))
        return made.read_bytes()


def _browser() -> str:
    """The path of a browser that can print; empty when there is none."""
    found = (shutil.which(name) for name in _BROWSERS)
    known = (path for path in (*_WINDOWS, *_MAC) if Path(path).is_file())
    return next(filter(None, (*found, *known)), "")
