"""Loose cards and posters: what stands on each, and their PDF. As in ``pdf_files``: PDF/UA-1, the same bytes again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stagekansen_lib.documents.pdf_files import FONT, quoted, typst_made
from stagekansen_lib.project.extras import needs
from stagekansen_lib.wording import Language

__all__ = ["CardPart", "Deck", "LooseCard", "Poster", "Posters", "deck_pdf", "posters_pdf", "qr_svg"]


_INK, _SOFT, _ACCENT = "rgb(27, 36, 48)", "rgb(77, 88, 102)", "rgb(11, 90, 107)"


@dataclass(frozen=True)
class CardPart:
    """One thing beside the statement: what it is, what it says, its small print, and where it leads; "" for none."""

    label: str
    text: str
    small: str = ""
    url: str = ""


@dataclass(frozen=True)
class LooseCard:
    """A card: the kind of card, its statement, what stands beside it, and a warning that stands on the card itself."""

    id: str
    kind: str
    statement: str
    parts: tuple[CardPart, ...]
    mark: str = ""


@dataclass(frozen=True)
class Deck:
    """Cards of one edition in one language, with how they are used.

    ``words`` : what the page on a screen says itself: "previous", "next", "position", "keys", "cards", "begin".
    """

    title: str
    subtitle: str
    language: Language
    rules: tuple[str, ...]
    cards: tuple[LooseCard, ...]
    cutting: str
    words: dict[str, str]
    author: str = ""


@dataclass(frozen=True)
class Poster:
    """One sheet: who speaks, what was said, what a reader can do, the small print, and the address of its code."""

    lead: str
    text: str
    call: str
    contact: str
    small: str
    address: str
    address_alt: str


@dataclass(frozen=True)
class Posters:
    """Posters in one language, one a page."""

    title: str
    language: Language
    posters: tuple[Poster, ...]
    author: str = ""


def qr_svg(address: str) -> str:
    """The code of an address as SVG; correction level M, so that a smudge does not matter.

    Raises
    ------
    MissingExtraError : the package ``segno`` is not installed.
    """
    with needs("documents"):
        import segno
    return str(segno.make_qr(address, error="m").svg_inline(border=4, dark="#000", light="#fff", scale=4))


def deck_pdf(deck: Deck) -> bytes:
    """The cards on A4, four a sheet of A6 with lines to cut along, after a page on how they are used.

    Raises
    ------
    MissingExtraError : the package ``typst`` is not installed.
    StagekansenError : a card holds more than fits on A6, or Typst cannot set the document.
    """
    return typst_made("\n".join(_deck(deck)), pdf_standards=["ua-1"])


def posters_pdf(posters: Posters) -> bytes:
    """The posters on A3, one a page.

    Raises
    ------
    MissingExtraError : the package ``typst`` or ``segno`` is not installed.
    StagekansenError : a poster holds more than fits, or Typst cannot set the document.
    """
    return typst_made("\n".join(_posters(posters)), pdf_standards=["ua-1"])


# The largest letters at which all of it fits; a text that does not fit at the smallest is told, never cut off.
_FITTED = """#let fitted(name, width, height, largest, smallest, content) = context {
  let size = largest
  while size > smallest and measure(block(width: width, content(size))).height > height { size -= 0.5pt }
  assert(measure(block(width: width, content(size))).height <= height, message: "too much text: " + name)
  block(width: width, height: height, content(size))
}"""


def _head(title: str, language: Language, author: str, page: str) -> Iterator[str]:
    by = f", author: {quoted(author)}" if author else ""
    yield f"#set document(title: {quoted(title)}, date: none{by})"
    yield f"#set text(lang: {quoted(language)}, font: {quoted(FONT)}, fill: rgb(27, 36, 48))"
    yield f"#set page({page})"
    yield "#set par(leading: 0.5em, spacing: 0.7em)"
    yield "#show heading: set block(above: 0.5em, below: 0.6em)"
    yield _FITTED


def _deck(deck: Deck) -> Iterator[str]:
    yield from _head(deck.title, deck.language, deck.author, 'paper: "a4", margin: 2.2cm')
    yield f"#heading(level: 1, text(size: 22pt, {quoted(deck.title)}))"
    yield f"#v(4mm)\n#par(text(size: 12pt, {quoted(deck.subtitle)}))\n#v(4mm)"
    yield f"#text(size: 12pt, list(spacing: 1em, {', '.join(quoted(rule) for rule in deck.rules)}))"
    yield f"#v(4mm)\n#par(text(size: 12pt, {quoted(deck.cutting)}))"
    yield "#set page(margin: 0pt)"
    size = "columns: (105mm, 105mm), rows: (148.5mm, 148.5mm)"
    line = 'stroke: (paint: rgb(133, 127, 109), thickness: 0.5pt, dash: "dashed")'
    for first in range(0, len(deck.cards), 4):
        cells = ", ".join(_card(card) for card in deck.cards[first : first + 4])
        yield f"#grid({size}, {line}, inset: 9mm, {cells})"


def _card(card: LooseCard) -> str:
    inside = [
        _line(card.kind, 0.66, colour=_ACCENT, bold=True),
        f"heading(level: 2, text(size: 1.2em, {quoted(card.statement)}))",
        *([_framed(card.mark)] if card.mark else []),
        *(_part(part) for part in card.parts),
    ]
    body = f"{{ set text(size: size); {'; '.join(inside)} }}"
    return f"fitted({quoted(card.id)}, 87mm, 130.5mm, 16pt, 12pt, size => {body})"


def _framed(mark: str) -> str:
    line = _line(mark, 0.72, bold=True)
    return f"block(stroke: 1pt + rgb(143, 59, 14), inset: 4pt, width: 100%, {line})"


def _line(words: str, size: float, *, colour: str = _INK, bold: bool = False, url: bool = False) -> str:
    """Words as a block, so that the distance between their lines goes with their size."""
    told = f"link({quoted(words)})" if url else f"strong({quoted(words)})" if bold else quoted(words)
    return f"block(spacing: 0.45em, {{ set text(size: {size}em, fill: {colour}); par({told}) }})"


def _part(part: CardPart) -> str:
    lines = [_line(part.label, 0.66, bold=True), _line(part.text, 0.82)]
    if part.url:
        lines.append(_line(part.url, 0.66, colour=_ACCENT, url=True))
    if part.small:
        lines.append(_line(part.small, 0.6, colour=_SOFT))
    return f"block(above: 1em, {{ {'; '.join(lines)} }})"


def _posters(posters: Posters) -> Iterator[str]:
    yield from _head(posters.title, posters.language, posters.author, 'paper: "a3", margin: (x: 28mm, y: 28mm)')
    for place, poster in enumerate(posters.posters):
        if place:
            yield "#pagebreak()"
        yield from _poster(poster, place)


def _poster(poster: Poster, place: int) -> Iterator[str]:
    # Each sheet hangs on its own, so each has its own heading of the first level.
    heading = f"heading(level: 1, text(size: 1em, {quoted(poster.text)}))"
    voice = f"set text(size: size); set par(leading: 0.42em); {_line(poster.lead, 0.38, colour=_ACCENT)}; {heading}"
    yield f"#fitted({quoted(f'poster {place + 1}')}, 241mm, 250mm, 68pt, 40pt, size => {{ {voice} }})"
    yield f"#v(12mm)\n#line(length: 100%, stroke: 3pt + {_ACCENT})"
    code = (
        f'image(bytes({quoted(qr_svg(poster.address))}), format: "svg", width: 74mm, alt: {quoted(poster.address_alt)})'
    )
    words = [
        _line(poster.call, 2.2, bold=True),
        _line(poster.contact, 1.8),
        _line(poster.address, 1.5, colour=_ACCENT, url=True),
        _line(poster.small, 1, colour=_SOFT),
    ]
    beside = f"{{ set text(size: 12pt); {'; v(4mm); '.join(words)} }}"
    yield f"#v(4mm)\n#grid(columns: (1fr, 74mm), column-gutter: 10mm, {beside}, {code})"
