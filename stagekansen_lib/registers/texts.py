"""The words of the registers, from the locales: what each code means, sentences about doubt, numbers and days."""

from __future__ import annotations

import datetime
import html
from decimal import Decimal

from stagekansen_lib.wording import chosen_language, date_text, has_text, number_text, say

__all__ = ["code_meaning", "day_text", "escape", "sentence", "value_text"]


def code_meaning(kind: str, code: str, language: str | None = None) -> str:
    """What a code means, such as ("direction", "protects"); the code itself where no text is known.

    >>> code_meaning("confidence", "found", "nl")
    'teruggevonden op een openbare pagina'
    """
    key, chosen = f"code_{kind}.{code}", chosen_language(language)
    return say(key, chosen) if has_text(key) else code.replace("_", " ").replace("-", " ")


def sentence(key: str, language: str | None = None, /, **words: object) -> str:
    """A sentence about the registers, filled in; the texts stand in the locales, under ``registers``.

    >>> sentence("entries", "en", count=72)
    '72 entries'
    """
    return say(f"registers.{key}", chosen_language(language), **words)


def value_text(value: float, language: str | None = None) -> str:
    """A number with as many decimals as it has.

    >>> value_text(49772, "nl"), value_text(0.05, "nl"), value_text(49772, "en")
    ('49.772', '0,05', '49,772')
    """
    decimals = max(0, -int(Decimal(str(value)).normalize().as_tuple().exponent))
    return number_text(value, chosen_language(language), decimals)


def day_text(day: datetime.date, language: str | None = None) -> str:
    """A date in full."""
    return date_text(day, chosen_language(language))


def escape(text: object) -> str:
    """Text that is safe inside HTML."""
    return html.escape(str(text), quote=True)
