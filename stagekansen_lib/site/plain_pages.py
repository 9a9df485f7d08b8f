"""Pages that stand by themselves: one that says one thing, the page with the QR code, and addresses of the place."""

from __future__ import annotations

import re

from stagekansen_lib.assets import asset_text, page_style
from stagekansen_lib.project.places import read_place
from stagekansen_lib.wording import LANGUAGES, Language, say

__all__ = ["plain_page", "qr_page", "with_addresses"]


def with_addresses(html: str) -> str:
    """A page whose links follow the addresses that the place gives to its pages."""
    for name, address in read_place().addresses.items():
        link = rf'((?:href="(?:\.\./(?:nl|en)/)?|href="qr#)){name}(?=["#])'
        html = re.sub(link, rf"\g<1>{address}", html)
    return html


def plain_page(kind: str, language: Language | None = None, *, refresh_seconds: int | None = None) -> str:
    """A page that says one thing: an error, or that the pages are being made. In both languages when none is given."""
    parts = []
    for one in (language,) if language else LANGUAGES:
        title, text = (say(f"errors.{kind}_{part}", one) for part in ("title", "text"))
        # While there are no pages there is nothing to go back to.
        links = (("overzicht", f"errors.{kind}_back"), ("meldpunten", "overview.door_meldpunten")) if language else ()
        back = "".join(f'<p><a href="../{one}/{name}">{say(key, one)}</a></p>' for name, key in links)
        parts.append(f'<section lang="{one}"><h1>{title}</h1><p>{text}</p>{back}</section>')
    refresh = f'<meta http-equiv="refresh" content="{refresh_seconds}">' if refresh_seconds else ""
    head = _plain_head(say(f"errors.{kind}_title", language or "nl"), language or "nl", refresh)
    return with_addresses(f'{head}<body class="sk"><main>{"".join(parts)}</main></body></html>\n')


def qr_page(language: Language) -> str:
    """The page that shows the address of another page as a QR code. The browser makes it: only there is it known."""
    words = {part: say(f"qr.{part}", language) for part in ("title", "lead", "local", "script", "back")}
    script = f"const exports = {{}};\n{asset_text('lean-qr.js')}const leanQr = exports;\n{asset_text('qr.js')}"
    return (
        _plain_head(words["title"], language) + '<body class="sk"><main class="qr">'
        f"<h1>{words['title']}</h1><p>{words['lead']}</p>"
        f'<svg hidden role="img" aria-label="{words["title"]}"><path/></svg><p class="address"></p>'
        f'<p class="notice" data-local hidden>{words["local"]}</p><noscript><p>{words["script"]}</p></noscript>'
        f'<p><a data-back href="overzicht">{words["back"]}</a></p></main>'
        f"<script>(() => {{\n{script}}})();</script></body></html>\n"
    )


def _plain_head(title: str, language: Language, more: str = "") -> str:
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>{more}'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{page_style()}</style></head>"
    )
