"""The public pages: built once from the dashboard notebooks, then served from memory."""

from __future__ import annotations

from stagekansen_lib.site.building import PAGES, build_site, builds_folder
from stagekansen_lib.site.serving import serve_site

__all__ = ["PAGES", "build_site", "builds_folder", "serve_site"]
