"""The look of every page: the design tokens, one style sheet and the small scripts, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["asset_text", "page_style", "style_block"]

_FOLDERS = (Path(__file__).parent, Path(__file__).parents[1] / "vendor")


@cache
def asset_text(name: str) -> str:
    """The text of a file of ours, or of a vendored one, without the line that points at a source map."""
    path = next(folder / name for folder in _FOLDERS if (folder / name).exists())
    lines = path.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL")) + "\n"


def page_style() -> str:
    """The style sheet of a page: the tokens, and what is made of them."""
    return asset_text("tokens.css") + asset_text("style.css")


def style_block() -> str:
    """The style sheet as one ``<style>`` element, for output in a notebook."""
    return f"<style>{page_style()}</style>"
