"""Cards as one page for a screen in a meeting: a card fills the window. Its links work without a script."""

from __future__ import annotations

import re
from html import escape

from stagekansen_lib.assets import asset_text
from stagekansen_lib.documents.decks import CardPart, Deck, LooseCard

__all__ = ["deck_page"]


def deck_page(deck: Deck) -> str:
    """The page as text, whole by itself: arrow keys go on and back where scripts run, links everywhere."""
    style = re.sub(r"/\*.*?\*/\s*", "", asset_text("tokens.css") + asset_text("deck.css"), flags=re.DOTALL)
    author = f'<meta name="author" content="{escape(deck.author)}">\n' if deck.author else ""
    rules = "".join(f"<li>{escape(rule)}</li>" for rule in deck.rules)
    cards = "\n".join(_card(deck, place) for place in range(len(deck.cards)))
    return (
        f'<!doctype html>\n<html lang="{deck.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n{author}'
        f"<title>{escape(deck.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'<header id="begin" tabindex="-1">\n<h1>{escape(deck.title)}</h1>\n<p>{escape(deck.subtitle)}</p>\n'
        f"<ul>{rules}</ul>\n<p>{escape(deck.words['keys'])}</p>\n"
        f"{_links(deck, -1)}</header>\n<main>\n{cards}\n</main>\n"
        f"<script>\n{asset_text('deck.js')}</script>\n</body>\n</html>\n"
    )


def _links(deck: Deck, place: int) -> str:
    """On and back. Each tells with which card it goes on, so that no two links of the page say the same."""
    number, last = place + 1, len(deck.cards)
    label = deck.words["position"].format(number=number, all=last) if number else deck.words["begin"]
    back = f"kaart-{number - 1}" if number > 1 else "begin"
    links = []
    if number:
        links.append(f'<a href="#{back}">{escape(deck.words["previous"])}</a>')
    if number < last:
        links.append(f'<a class="next" href="#kaart-{number + 1}">{escape(deck.words["next"])}</a>')
    shown = f"<span>{escape(label)}</span>" if number else ""
    return f'<nav aria-label="{escape(label)}">{"".join(links)}{shown}</nav>\n'


def _card(deck: Deck, place: int) -> str:
    card: LooseCard = deck.cards[place]
    mark = f'<p class="mark">{escape(card.mark)}</p>\n' if card.mark else ""
    parts = "\n".join(_part(part) for part in card.parts)
    name = f"kaart-{place + 1}"
    return (
        f'<section id="{name}" tabindex="-1" aria-labelledby="{name}-zin">\n<p class="kind">{escape(card.kind)}</p>\n'
        f'<h2 id="{name}-zin">{escape(card.statement)}</h2>\n{mark}<div class="parts">\n{parts}\n</div>\n'
        f"{_links(deck, place)}</section>"
    )


def _part(part: CardPart) -> str:
    lines = [f"<strong>{escape(part.label)}</strong>", f'<p class="told">{escape(part.text)}</p>']
    if part.url:
        lines.append(f'<p><a href="{escape(part.url)}" rel="noopener noreferrer">{escape(part.url)}</a></p>')
    if part.small:
        lines.append(f'<p class="small">{escape(part.small)}</p>')
    return f'<div class="part">{"".join(lines)}</div>'
