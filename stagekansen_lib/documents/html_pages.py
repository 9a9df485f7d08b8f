"""A document as one HTML page: no script, nothing from elsewhere, readable on a phone, in the dark and on paper."""

from __future__ import annotations

import re
from html import escape

from stagekansen_lib.assets import asset_text
from stagekansen_lib.documents.blocks import (
    Blank,
    Block,
    Bullets,
    Card,
    Document,
    Heading,
    Item,
    Notice,
    PageBreak,
    Paragraph,
    Picture,
    Quote,
    Table,
)

__all__ = ["html_page"]

_LINE = '<div class="rule" aria-hidden="true"></div>'


def html_page(document: Document) -> str:
    """The page as text."""
    style = re.sub(r"/\*.*?\*/\s*", "", asset_text("tokens.css") + asset_text("document.css"), flags=re.DOTALL)
    mark = f'<div class="mark" role="note"><p>{escape(document.mark)}</p></div>\n' if document.mark else ""
    author = f'<meta name="author" content="{escape(document.author)}">\n' if document.author else ""
    body = "\n".join(_block(block, place) for place, block in enumerate(document.blocks))
    return (
        f'<!doctype html>\n<html lang="{document.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n{author}'
        f"<title>{escape(document.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        f"<header>\n<h1>{escape(document.title)}</h1>\n"
        f'<p class="lead">{escape(document.subtitle)}</p>\n{mark}</header>\n'
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def _block(block: Block, place: int | str) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Paragraph():
            kind = ' class="soft"' if block.soft else ""
            return f"<p{kind}>{escape(block.text)}</p>"
        case Notice():
            return f'<p class="notice">{escape(block.text)}</p>'
        case Quote():
            return f"<blockquote><p>{escape(block.text)}</p></blockquote>"
        case Bullets():
            kind = ' class="ticks"' if block.ticks else ""
            return f"<ul{kind}>{''.join(f'<li>{_item(item)}</li>' for item in block.items)}</ul>"
        case Table():
            return _table(block)
        case Picture():
            return _picture(block, place)
        case Card():
            inside = "\n".join(_block(one, f"{place}-{number}") for number, one in enumerate(block.blocks))
            return f'<section class="card"><h{block.level}>{escape(block.heading)}</h{block.level}>\n{inside}</section>'
        case Blank():
            return f"<p>{escape(block.text)}</p>{_LINE * block.lines}"
        case PageBreak():
            return '<div class="page"></div>'


def _item(item: Item) -> str:
    text = escape(item.text)
    return f'{text} <a href="{escape(item.url)}" rel="noopener noreferrer">{escape(item.url)}</a>' if item.url else text


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in table.heads)
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in table.rows
    )
    # A wide table is read on a phone by scrolling it; with the keyboard as well, since it can be reached.
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.caption)}"><table>'
        f"<caption>{escape(table.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _picture(picture: Picture, place: int | str) -> str:
    name = f"picture-{place}"
    drawn = picture.svg.replace("<svg ", f'<svg role="img" aria-labelledby="{name}" ', 1)
    drawn = drawn.replace(">", f'><title id="{name}">{escape(picture.alt)}</title>', 1)
    return f"<figure>{drawn}<figcaption>{escape(picture.caption)}</figcaption></figure>"
