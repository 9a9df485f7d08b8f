"""What a document is made of. Each writer gives the same blocks in the same order, so the same words and numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from stagekansen_lib.wording import Language

__all__ = [
    "Blank", "Block", "Bullets", "Card", "Document", "Heading", "Item", "Notice", "PageBreak", "Paragraph", "Picture",
    "Quote", "Table", "texts_of",
]  # fmt: skip


@dataclass(frozen=True)
class Heading:
    """A heading of level 2 or deeper; the title of the document is level 1."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Plain text. ``soft`` : small print."""

    text: str
    soft: bool = False


@dataclass(frozen=True)
class Notice:
    """What nobody may read past, in a frame."""

    text: str


@dataclass(frozen=True)
class Item:
    """One line of a list, and the address it leads to; "" when it leads nowhere."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list. ``ticks`` : with a box before each line, to tick on paper."""

    items: tuple[Item, ...]
    ticks: bool = False


@dataclass(frozen=True)
class Table:
    """A table: its first row names the columns, the first cell of each other row names that row.

    ``widths`` : of the columns on paper, as parts of the whole; the first is a little wider when left out.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG with colours as ``var(--token)``, and ``alt``: the same in words.

    ``width`` and ``height`` are those of its viewBox, in pixels.
    """

    svg: str
    alt: str
    caption: str
    width: int
    height: int


@dataclass(frozen=True)
class Quote:
    """Somebody's own words."""

    text: str


@dataclass(frozen=True)
class Card:
    """A framed part with a heading of its own. ``whole`` : never broken between pages, so no longer than one."""

    heading: str
    blocks: tuple[Block, ...]
    level: int = 3
    whole: bool = False


@dataclass(frozen=True)
class Blank:
    """Something to fill in by hand: what is asked, and lines to write on."""

    text: str
    lines: int


@dataclass(frozen=True)
class PageBreak:
    """On paper, what follows begins on a new page."""


Block = Heading | Paragraph | Notice | Bullets | Table | Picture | Quote | Card | Blank | PageBreak


@dataclass(frozen=True)
class Document:
    """A document in one language.

    Parameters
    ----------
    title, subtitle : as they stand on top.
    language : "nl" or "en"; told to screen readers.
    blocks : what it holds, in order.
    mark : a warning that stands on top and on every page of paper, such as that data are made up; "" for none.
    date : the day that its files name; no file holds the moment at which it was written.
    author : who publishes it; an organisation.
    """

    title: str
    subtitle: str
    language: Language
    blocks: tuple[Block, ...]
    date: dt.date
    mark: str = ""
    author: str = ""


def texts_of(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Every text of the blocks in order, those of pictures as their words.

    >>> list(texts_of((Heading("Kort"), Bullets((Item("eerst"), Item("dan"))))))
    ['Kort', 'eerst', 'dan']
    """
    for block in blocks:
        match block:
            case Heading() | Paragraph() | Notice() | Quote() | Blank():
                yield block.text
            case Bullets():
                yield from (item.text for item in block.items)
            case Table():
                yield from (block.caption, *block.heads, *(cell for row in block.rows for cell in row))
            case Picture():
                yield from (block.caption, block.alt)
            case Card():
                yield block.heading
                yield from texts_of(block.blocks)
            case PageBreak():
                pass
