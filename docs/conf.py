"""How the documentation site is made by `python3 start.py docs`. It asks nothing of other servers, now or later."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
os.environ.setdefault("STAGEKANSEN_LANGUAGE", "en")

import stagekansen_lib  # noqa: E402

made_pages = importlib.import_module("made_pages")  # it stands beside this file

project = "Stagekansen Haaglanden"
author = "Stagekansen maintainers"
version = release = stagekansen_lib.__version__
language = "en"
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
templates_path = ["templates"]
exclude_patterns = ["pictures/*", "templates/*"]

myst_heading_anchors = 3
autosummary_generate = True
autodoc_typehints = "none"  # the docstring tells unit and range in words
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "pydata_sphinx_theme"
html_title = project
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
copyright = "Stagekansen maintainers. Code EUPL-1.2; our own texts and data CC BY 4.0"  # noqa: A001 - Sphinx reads this name
html_show_sourcelink = False
html_copy_source = False


def setup(app: Any) -> None:
    made_pages.write_pages(HERE / "generated")
    # Before numpydoc reads them: its own place in the order is 500.
    app.connect("autodoc-process-docstring", made_pages.as_numpydoc, priority=100)
    app.connect("source-read", made_pages.with_pictures)
