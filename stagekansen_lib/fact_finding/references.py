"""Numbers in a sentence are references, and evidence rests on one: what it points at, how it reads, what it is made of.

    example-2022:experience                     the one row of a published table
    example-2022:difficulty_by_experience:1:3   the row with these codes, in the order of the columns
    example-2022:experience#ci_low              another column of that row
    key_figures:handbook-324#value              the number of a figure, without its unit
    key_figures:cbs-10                          an entry of a register: key_figures, sources, voices, queries
    https://...                                 an outside page, with the day it was seen

Inside a sentence a reference stands between double square brackets, and is printed from the release in each language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.wording import Language, say

__all__ = [
    "IN_TEXT",
    "REGISTERS",
    "Reference",
    "Shown",
    "parse_reference",
    "printed",
    "problems_with",
    "references_in",
    "row_of",
    "typed_results",
]

IN_TEXT = re.compile(r"\[\[([^\[\]\n]{1,200})\]\]")
REGISTERS = ("key_figures", "sources", "voices", "queries")
COLUMNS = ("estimate", "ci_low", "ci_high")
_COLUMNS_OF_TESTS = ("difference", "ci_low", "ci_high")
_RELEASE = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
# What a typed result looks like: a percentage, "1 in 2", a number with separators, a number of two digits or more.
# A year is none, and neither is a single digit, as in "mbo 2".
_TYPED = re.compile(
    r"\d+(?:[.,]\d+)*\s?(?:%|‰|procent\w*|percent\w*)"
    r"|\b\d+\s(?:op|in|van|of|out of)\s(?:de\s|elke\s|every\s|the\s)?(?!(?:19|20)\d\d\b)\d+"
    r"|\d+(?:[.,]\d+)+"
    r"|\d{2,}"
)
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Reference:
    """One thing that a sentence or a piece of evidence points at.

    ``home`` is the name of a release, of a register, or "page"; ``keys`` are the codes that choose a row.
    """

    text: str
    home: str
    entry: str
    keys: tuple[str, ...] = ()
    column: str = ""

    @property
    def in_release(self) -> bool:
        return self.home not in (*REGISTERS, "page")


@dataclass(frozen=True)
class Shown:
    """How a reference reads in both languages."""

    nl: str
    en: str

    def text(self, language: Language) -> str:
        return self.nl if language == "nl" else self.en


def parse_reference(text: str, where: str = "") -> Reference:
    """The reference that a text writes.

    Raises
    ------
    InputError : it is none; the text says how to write one.

    >>> parse_reference("example-2022:difficulty_by_experience:1:3#ci_low").keys
    ('1', '3')
    """
    if re.match(r"https?://\S+$", text):
        return Reference(text, "page", text)
    body, _, column = text.partition("#")
    home, *parts = body.split(":")
    fits = _fits_register(home, parts, column) if home in REGISTERS else _fits_release(home, parts, column)
    if not fits:
        raise InputError(Problem(f"'{text}' is no reference.", where, _HOW))
    return Reference(text, home, parts[0], tuple(parts[1:]), column)


def _fits_register(home: str, parts: list[str], column: str) -> bool:
    return len(parts) == 1 and bool(parts[0]) and column in ("", "value" if home == "key_figures" else "")


def _fits_release(home: str, parts: list[str], column: str) -> bool:
    known = column in ("", *COLUMNS, *_COLUMNS_OF_TESTS)
    return bool(_RELEASE.fullmatch(home)) and bool(parts) and all(parts) and known


_HOW = (
    "Write release:table, release:table:code, key_figures:name, sources:name, voices:name, queries:name or https://..."
)


def references_in(text: str, where: str = "") -> tuple[Reference, ...]:
    """The references in a sentence, each once."""
    return tuple(parse_reference(found, where) for found in dict.fromkeys(IN_TEXT.findall(text)))


def printed(text: str, language: Language, shown: Mapping[str, Shown]) -> str:
    """A sentence with its references printed; one that nothing is known of reads so.

    >>> printed("Ongeveer [[key_figures:x]].", "nl", {"key_figures:x": Shown("8%", "8%")})
    'Ongeveer 8%.'
    """

    def put(found: re.Match[str]) -> str:
        known = shown.get(found.group(1))
        return known.text(language) if known else say("ledger.gone", language)

    return IN_TEXT.sub(put, text)


def typed_results(text: str) -> tuple[str, ...]:
    """Digits in a sentence that look like a result and are no reference.

    >>> typed_results("In 2022 meldde 6% dat, 1 op de 2 niet; mbo 2 [[key_figures:cbs-10]]")
    ('6%', '1 op de 2')
    """
    return tuple(_typed(IN_TEXT.sub(" ", text)))


def _typed(text: str) -> Iterator[str]:
    for found in _TYPED.finditer(text):
        if not _YEAR.fullmatch(found.group()):
            yield found.group()


def problems_with(text: str, where: str) -> list[Problem]:
    """Typed results in a sentence, and what to do about each."""
    return [
        Problem(
            f"'{digits}' looks like a result and was typed.",
            where,
            "Refer to it, such as [[example-2022:experience]] or [[key_figures:cbs-10]], so that it follows it.",
        )
        for digits in typed_results(text)
    ]


def row_of(table: Any, reference: Reference) -> Any:
    """The one row of a published table that a reference points at.

    Raises
    ------
    InputError : no row or several; the text lists what can be referred to.
    """
    frame = table.table
    names = [*table.by, *(["code"] if "code" in frame.columns else [])]
    written = frame[names].astype(str).agg(":".join, axis=1) if names else [""] * len(frame)
    wanted = ":".join(reference.keys)
    rows = [position for position, keys in enumerate(written) if keys == wanted]
    if len(rows) != 1:
        known = ", ".join(f"{reference.home}:{reference.entry}{f':{keys}' if keys else ''}" for keys in written)
        raise InputError(Problem(f"'{reference.text}' points at no single row.", do=f"Rows of this table: {known}."))
    return frame.iloc[rows[0]]
