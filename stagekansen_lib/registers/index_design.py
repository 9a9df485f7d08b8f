"""Entries that say how the yearly index is made: domains, indicators, flags."""

from __future__ import annotations

from typing import Literal

from stagekansen_lib.registers.entries import Labelled, Numbers

__all__ = ["DOMAIN_NEEDS", "FlagPart", "IndexDomain", "Indicator", "Reading"]


# The part of its indicators that a domain of the index needs.
DOMAIN_NEEDS = 2 / 3


class IndexDomain(Labelled):
    """One domain of the yearly index: the mean of its indicators."""

    question_nl: str
    question_en: str


class Reading(Labelled):
    """A reading of "experienced discrimination": the variable, and the answer that counts."""

    variable: str
    answer: int


class FlagPart(Labelled):
    """A part of the quality flag of the index. Up to the first of ``limits`` is A, up to the last C, past it D.

    With ``least`` a larger value is better. Without limits the grade is not one of a number.
    """

    limits: Numbers = ()
    least: bool = False


class Indicator(Labelled):
    """One indicator of the yearly index: how it is computed, and its fixed goalposts.

    ``worst`` and ``best`` are in ``unit``: percent, points (a difference between two percentages) or times (a ratio).
    ``statistic`` of the variable ``of`` (of the share of its ``answers``) is how ``yearly_index`` computes it: for
    everyone, among those who experienced discrimination, or as gap or ratio between these and the others. ``table`` is
    the table of a release that holds its value, empty when no declared table does; ``lacking`` says what a release
    would have to hold.
    """

    domain: str
    formula_nl: str
    formula_en: str
    statistic: Literal["share", "share_experienced", "gap", "reverse_gap", "ratio"]
    of: str
    unit: Literal["percent", "points", "times"]
    worst: int | float
    best: int | float
    answers: Numbers = ()
    table: str = ""
    lacking_nl: str = ""
    lacking_en: str = ""
