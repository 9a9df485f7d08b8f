"""Cells of files that people open in a spreadsheet: shown, never run, and read back as they were."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["plain_cell", "safe_cell"]

# What a spreadsheet may take for the begin of a formula; full-width and small forms count as the sign they stand for.
_FORMULA = ("=", "+", "-", "@")
_FIRST = ("\t", "\r", "\n", "'")
_UNSEEN = " \u00a0\u200b\ufeff"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def safe_cell(text: str, *, numbers: bool = False) -> str:
    """A text that a spreadsheet shows and never runs: an apostrophe stands before what could be a formula.

    Parameters
    ----------
    text : what the cell says.
    numbers : True to leave a plain number below zero as it is.

    >>> safe_cell("=1+1"), plain_cell(safe_cell("=1+1")), safe_cell("12"), safe_cell("-1", numbers=True)
    ("'=1+1", '=1+1', '12', '-1')
    """
    if numbers and _NUMBER.fullmatch(text):
        return text
    return f"'{text}" if _could_run(text) else text


def plain_cell(text: str) -> str:
    """The text that ``safe_cell`` was given; a text that begins with an apostrophe of its own keeps it.

    >>> plain_cell("'=1+1"), plain_cell("'s-Gravenhage"), plain_cell(safe_cell("'s-Gravenhage"))
    ('=1+1', "'s-Gravenhage", "'s-Gravenhage")
    """
    return text[1:] if text.startswith("'") and _could_run(text[1:]) else text


def _could_run(text: str) -> bool:
    if text.lstrip(_UNSEEN).startswith(_FIRST):
        return True
    # Spaces and signs that are not seen may stand before it.
    first = next((sign for sign in text if unicodedata.category(sign)[0] not in "ZC"), "")
    return unicodedata.normalize("NFKC", first).startswith(_FORMULA)
