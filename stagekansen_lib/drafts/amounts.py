"""Answers that say an amount: their order follows from the numbers in them, low to high."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["amount_order"]

_BELOW = re.compile(
    r"^(?:<|jonger dan|minder dan|korter dan|lager dan|onder|tot|under|below|less than|fewer than|up to)"
)
_ABOVE = re.compile(
    r"^(?:>|ouder dan|meer dan|langer dan|hoger dan|boven|vanaf|over|above|more than|older than)|"
    r"\b(?:of meer|of ouder|of hoger|of langer|en ouder|or more|or older|and older|and over)\b|[0-9]\s*\+"
)
_NONE = re.compile(r"(?:geen(?: enkele)?|nul|none|nooit|never|zero)\b")


def amount_order(labels: Iterable[str]) -> dict[str, float] | None:
    """For each label its place, when every one says another amount; None when one does not.

    >>> sorted(found := amount_order(["meer dan 10 keer", "1-5 keer", "geen", "6-10 keer"]), key=found.get)
    ['geen', '1-5 keer', '6-10 keer', 'meer dan 10 keer']
    >>> amount_order(["1 = helemaal oneens", "2", "3 = helemaal eens"])
    {'1 = helemaal oneens': 1.0, '2': 2.0, '3 = helemaal eens': 3.0}
    >>> amount_order(["Mbo 4", "Hbo"]) is None
    True
    """
    places = {label: _place(label) for label in labels}
    known = {label: place for label, place in places.items() if place is not None}
    numbers = sum(any(map(str.isdigit, label)) for label in known)
    if len(known) < len(places) or len(known) < 3 or numbers < 2 or len(set(known.values())) < len(known):
        return None
    return known


def _place(label: str) -> float | None:
    text = " ".join(label.split()).casefold().strip("'\"")
    found = re.search(r"[0-9]+(?:[.,][0-9]+)?", text)
    if found is None:
        return -1.0 if _NONE.match(text) else None
    number = float(found[0].replace(",", "."))
    if _BELOW.match(text):
        return number - 0.5
    if _ABOVE.search(text):
        return number + 0.5
    return number if found.start() <= 1 else None
