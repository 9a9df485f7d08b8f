"""A document as PDF/UA-1: tagged, with title, language, alternative texts and headings, set by Typst.

Typst checks the standard itself and refuses a document that breaks it. Its own fonts are used and none of the computer,
and no moment is written, so the same document gives the same bytes everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

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
from stagekansen_lib.documents.drawing import coloured
from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.project.extras import needs
from stagekansen_lib.wording import say

__all__ = ["FONT", "drawn_as_png", "pdf_file", "quoted", "typst_made"]

FONT = "Libertinus Serif"
_LINE = "v(12pt) + pdf.artifact(line(length: 100%, stroke: 0.5pt + rgb(120, 120, 120)))"
_FRAME = "stroke: 0.6pt + rgb(216, 212, 202), radius: 4pt, inset: 9pt"
_PIXEL = 0.75  # a pixel of a drawing in points of paper


def pdf_file(document: Document) -> bytes:
    """The PDF as bytes.

    Raises
    ------
    MissingExtraError : the package ``typst`` is not installed.
    StagekansenError : Typst cannot set the document; the text says why.
    """
    return typst_made("\n".join(_source(document)), pdf_standards=["ua-1"])


def drawn_as_png(picture: Picture, *, dots: int = 192) -> bytes:
    """A drawing as PNG with ``dots`` an inch, for a file that holds no SVG."""
    size = f"width: {picture.width * _PIXEL}pt, height: {picture.height * _PIXEL}pt, margin: 0pt"
    return typst_made(f"#set page({size})\n#{_image(picture)}", format="png", ppi=float(dots))


def typst_made(source: str, **settings: Any) -> bytes:
    """What Typst makes of a source, with its own fonts and none of the computer."""
    with needs("documents"):
        import typst
    try:
        made = typst.compile(source.encode(), ignore_system_fonts=True, **settings)
    except typst.TypstError as failure:
        raise StagekansenError(f"Typst could not set this document: {failure}") from failure
    if not isinstance(made, bytes):
        raise StagekansenError("A drawing came out as several pages.")
    return made


def _source(document: Document) -> Iterator[str]:
    """The document as Typst reads it. Every text is a string between quotes, so that none is read as code."""
    author = f", author: {quoted(document.author)}" if document.author else ""
    page = say("documents.page", document.language)
    yield f"#set document(title: {quoted(document.title)}, date: none{author})"
    yield f"#set text(lang: {quoted(document.language)}, font: {quoted(FONT)}, size: 10.5pt, fill: rgb(27, 36, 48))"
    footer = f"{document.mark}  " if document.mark else ""
    yield (
        '#set page(paper: "a4", margin: (x: 2.2cm, y: 2.2cm), footer: context align(center, text(size: 8.5pt, '
        f"{quoted(footer + page + ' ')} + counter(page).display())))"
    )
    yield "#set par(leading: 0.6em, spacing: 0.85em)"
    yield "#show heading: set block(sticky: true, above: 1.3em, below: 0.7em)"
    yield "#show heading.where(level: 1): set text(size: 20pt)"
    yield "#show heading.where(level: 2): set text(size: 14pt)"
    yield "#show heading.where(level: 3): set text(size: 11.5pt)"
    yield "#show heading.where(level: 4): set text(size: 10.5pt)"
    yield "#show link: set text(fill: rgb(11, 90, 107))"
    yield "#show figure: set align(left)"
    yield "#show figure: set block(breakable: true, above: 1em, below: 1em)"
    yield "#show figure.caption: set text(size: 9pt)"
    yield "#show figure.caption: it => block(sticky: true, it.body)"
    yield "#set table(stroke: (x, y) => (bottom: 0.5pt + rgb(216, 212, 202)), inset: (x: 4pt, y: 3.5pt), align: left)"
    yield f"#heading(level: 1, {quoted(document.title)})"
    yield f"#par(text(size: 11.5pt, {quoted(document.subtitle)}))"
    if document.mark:
        yield f"#{_notice(document.mark, bold=True)}"
    yield from (f"#{_block(block)}" for block in document.blocks)


def quoted(text: str) -> str:
    """A string of Typst, which escapes as JSON does, but for letters that nobody can see."""
    return json.dumps("".join(letter for letter in text if letter.isprintable()), ensure_ascii=False)


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"heading(level: {block.level}, {quoted(block.text)})"
        case Paragraph():
            return f"par(text({'size: 9pt, ' if block.soft else ''}{quoted(block.text)}))"
        case Notice():
            return _notice(block.text)
        case Quote():
            return f"quote(block: true, {quoted(block.text)})"
        case Bullets():
            marker = "marker: box(width: 9pt, height: 9pt, stroke: 0.8pt), spacing: 0.9em, " if block.ticks else ""
            return f"list({marker}{', '.join(_item(item) for item in block.items)})"
        case Table():
            return _table(block)
        case Picture():
            return f"figure({_image(block)}, caption: {quoted(block.caption)}, kind: image, supplement: none)"
        case Card():
            inside = " + ".join([f"heading(level: {block.level}, {quoted(block.heading)})", *map(_block, block.blocks)])
            broken = f"breakable: {str(not block.whole).lower()}"
            return f"block({_FRAME}, {broken}, width: 100%, {{ {inside} }})"
        case Blank():
            lines = " + ".join([_LINE] * block.lines)
            return f"block(breakable: false, par({quoted(block.text)}) + {lines})"
        case PageBreak():
            return "pagebreak(weak: true)"


def _notice(text: str, *, bold: bool = False) -> str:
    words = f"strong({quoted(text)})" if bold else quoted(text)
    return f"block(stroke: 1pt + rgb(143, 59, 14), radius: 4pt, inset: 8pt, width: 100%, par({words}))"


def _item(item: Item) -> str:
    return f"text({quoted(item.text + ' ')}) + link({quoted(item.url)})" if item.url else f"text({quoted(item.text)})"


def _table(table: Table) -> str:
    widths = ", ".join(f"{part}fr" for part in table.widths or (8, *[5] * (len(table.heads) - 1)))
    head = ", ".join(f"strong({quoted(one)})" for one in table.heads)
    cells = ", ".join(quoted(cell) for row in table.rows for cell in row)
    inside = f"text(size: 9pt, table(columns: ({widths}), table.header({head}), {cells}))"
    caption = f"figure.caption(position: top, {quoted(table.caption)})"
    return f"figure({inside}, caption: {caption}, kind: table, supplement: none)"


def _image(picture: Picture) -> str:
    width = f"{picture.width * _PIXEL}pt"
    svg = quoted(coloured(picture.svg))
    return f'image(bytes({svg}), format: "svg", width: {width}, alt: {quoted(picture.alt)})'
