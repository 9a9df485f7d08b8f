"""The look of every page: the design tokens, one style sheet and the small scripts, read once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

__all__ = ["asset_text", "html_table", "page_style", "script_text", "style_block", "token"]

_FOLDERS = (Path(__file__).parent, Path(__file__).parents[1] / "vendor")


@cache
def asset_text(name: str) -> str:
    """The text of a file of ours, or of a vendored one, without the line that points at a source map."""
    path = next(folder / name for folder in _FOLDERS if (folder / name).exists())
    lines = path.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL")) + "\n"


def page_style() -> str:
    """The style sheet of a page: the tokens, and what is made of them, without remarks for whoever writes them."""
    return re.sub(r"/\*.*?\*/\s*", "", asset_text("tokens.css") + asset_text("style.css"), flags=re.DOTALL)


def script_text(name: str) -> str:
    """A script of ours as it travels: without lines of remarks and without the room before a line."""
    lines = (line.strip() for line in asset_text(name).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def style_block() -> str:
    """The style sheet as one ``<style>`` element, for output in a notebook."""
    return f"<style>{page_style()}</style>"


@cache
def token(name: str) -> str:
    """The value of a design token on a light ground, for a picture that travels without the style sheet.

    >>> token("ink")
    '#1b2430'
    """
    found = re.search(rf"--{re.escape(name)}:\s*([^;]+);", asset_text("tokens.css"))
    if found is None:
        raise KeyError(name)
    return found[1]


def html_table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A plain HTML table for a notebook: the first cell of each row names it, and every text in it is escaped.

    >>> html_table("Two", ["name", "n"], [["a & b", 1]])
    '<table><caption>Two</caption>...<tbody><tr><th>a &amp; b</th><td>1</td></tr></tbody></table>'
    """
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    lines = []
    for name, *rest in rows:
        cells = "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
        lines.append(f"<tr><th>{escape(str(name))}</th>{cells}</tr>")
    body = "".join(lines)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
