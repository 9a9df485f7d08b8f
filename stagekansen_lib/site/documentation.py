"""The documentation site: built with every warning as an error, and served on this computer."""

from __future__ import annotations

import http.server
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, StagekansenError
from stagekansen_lib.project.extras import require_package
from stagekansen_lib.project.paths import project_folder

__all__ = ["build_docs", "serve_docs"]

_PACKAGES = ("sphinx", "myst_parser", "numpydoc", "pydata_sphinx_theme")


def build_docs() -> Path:
    """The folder of the site, made from ``docs`` of the project; nothing is fetched.

    Raises
    ------
    InputError : there is no folder ``docs``, as in an installation without the clone.
    MissingExtraError : the packages of the extra "docs" are not installed.
    StagekansenError : a page has a mistake; the lines above say which.
    """
    source, made = project_folder() / "docs", project_folder() / "build"
    if not (source / "conf.py").is_file():
        raise InputError(
            Problem("There is no folder 'docs' here.", str(project_folder()), "Run it in a clone of the project.")
        )
    for name in _PACKAGES:
        require_package(name, "docs")
    # All anew each time: what a page is made from, such as a docstring or a release, is no file that Sphinx compares.
    words = ["-E", "-a", "-W", "--keep-going", "-q", "-b", "html", "-d", str(made / "docs-trees")]
    words += [str(source), str(made / "docs")]
    if subprocess.run([sys.executable, "-P", "-m", "sphinx", *words], check=False).returncode:
        raise StagekansenError("The documentation was not built: the lines above name each page with a mistake.")
    return made / "docs"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Who reads what is nobody's business."""


def serve_docs(folder: Path, *, port: int, started: Callable[[str], None]) -> None:
    """Serve a built site on this computer alone until it is stopped; ``started`` is called with its address."""
    handler = partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        started(f"http://127.0.0.1:{server.server_address[1]}/index.html")
        server.serve_forever()
