"""Which sign stands before decimals, which between thousands, and the unit: by a whole column, never by a cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace

__all__ = ["Signs", "is_number", "number_signs", "plain_number"]


@dataclass(frozen=True)
class Signs:
    """The sign of decimals, and whether the other one groups thousands in this column; ``certain`` when it shows.
    ``either`` when "7,5" and "7.5" stand in one column, both with decimals.

    ``unit`` is what stands beside numbers of this column, such as "€" or "jaar"; "" for nothing.
    """

    decimal: str
    grouped: bool = False
    either: bool = field(default=False, repr=False)
    unit: str = field(default="", repr=False)
    certain: bool = field(default=False, repr=False, compare=False)

    @property
    def thousands(self) -> str:
        return "." if self.decimal == "," else ","


_NUMBER = {
    sign: re.compile(rf"[-+]?(?:[0-9]+|[1-9][0-9]{{0,2}}(?:\{other}[0-9]{{3}})+)(?:\{sign}[0-9]+)?")
    for sign, other in ((",", "."), (".", ","))
}
_MARKED = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)+")
_SHORT = re.compile(r"[-+]?[0-9]+[.,][0-9]{1,2}")
_ROUND = re.compile(r"[-+]?[0-9]+[.,]0+")
_SPACED = re.compile("(?<=[0-9])[ \u00a0\u2009\u202f'’](?=[0-9]{3}(?![0-9]))")

# What people write beside a number, each with the other ways to write it. Units of time are told apart.
_UNITS = (
    ("€", "eur", "euro", "euros"), ("$", "dollar", "dollars"), ("£",), ("%", "procent", "percent"),
    ("jaar", "jaren", "jr", "jr.", "year", "years", "yr", "yrs"), ("maand", "maanden", "mnd", "month", "months"),
    ("week", "weken", "wk", "wkn", "weeks"), ("dag", "dagen", "day", "days"),
    ("uur", "uren", "u", "hour", "hours", "hrs"), ("minuut", "minuten", "min", "min.", "minute", "minutes"),
    ("keer", "x", "maal", "time", "times"), ("km", "kilometer"),
)  # fmt: skip
_UNIT_OF = {word: words[0] for words in _UNITS for word in words}
_WITH_UNIT = re.compile(
    r"(?P<before>[€$£])?\s*(?P<number>[-+]?[0-9](?:[0-9.,'’ \u00a0\u2009\u202f]*[0-9])?)(?:,[-–])?\s*(?P<after>\D*)"
)


def _parted(text: str) -> tuple[str, str]:
    """A number and its unit; the text itself and "" when it is no number with one known unit."""
    found = None if text.isdigit() else _WITH_UNIT.fullmatch(text.strip())
    if found is None:
        return text, ""
    words = [word for part in (found["before"], found["after"]) if (word := (part or "").strip().casefold())]
    if len(words) != 1 or words[0] not in _UNIT_OF:
        return text, ""
    return found["number"], _UNIT_OF[words[0]]


def number_signs(texts: Collection[str], *, whole: bool = False, likely: str = "") -> Signs | None:
    """The signs of a column of numbers; None when the column can be read in two ways.

    Parameters
    ----------
    texts : the distinct texts of the column.
    whole : True when only whole numbers are possible.
    likely : the sign of decimals in the rest of the file, which decides when the column itself does not.

    Examples
    --------
    >>> number_signs({"1.250", "950"}), number_signs({"1.250", "950"}, likely=",")
    (None, Signs(decimal=',', grouped=True))
    >>> number_signs({"1.250", "2,5"}), number_signs({"1.250", "0.5"})
    (Signs(decimal=',', grouped=True), Signs(decimal='.', grouped=False))
    """
    units = Counter(unit for text in texts if (unit := _parted(text)[1]))
    unit = units.most_common(1)[0][0] if units else ""
    plain = [_without_unit(text, unit) for text in texts]
    signs = _either(plain) or _signs(plain, whole=whole, likely=likely)
    return replace(signs, unit=unit) if signs is not None and unit else signs


def _either(texts: Collection[str]) -> Signs | None:
    """Both signs stand before decimals where a column has both and no number could have thousands."""
    marked = [text for text in texts if _MARKED.fullmatch(text)]
    short = all(_SHORT.fullmatch(text) for text in marked)
    return (
        Signs(",", either=True, certain=True) if short and {"," in text for text in marked} == {True, False} else None
    )


def _without_unit(text: str, unit: str) -> str:
    number, own = _parted(text) if unit else (text, "")
    return number if own == unit else text


def _signs(texts: Collection[str], *, whole: bool, likely: str) -> Signs | None:
    marked = [text for text in map(plain_number, texts) if _MARKED.fullmatch(text)]
    comma, point = ({text for text in marked if _NUMBER[sign].fullmatch(text)} for sign in (",", "."))
    if comma != point:
        sign = "," if len(comma - point) >= len(point - comma) else "."
        return replace(_grouping(marked, sign), certain=True)
    if not comma:
        return Signs(likely or ".")
    # Every number with a sign is such as 1.250 or 1,250.
    used = {sign for text in comma for sign in ",." if sign in text}
    round_only = len(marked) == len(texts) and all(_ROUND.fullmatch(text) for text in marked)
    if whole and len(used) == 1 and not round_only:
        return Signs("," if used == {"."} else ".", grouped=True)
    return _grouping(marked, likely) if likely else None


def _grouping(marked: Collection[str], sign: str) -> Signs:
    signs = Signs(sign)
    return Signs(sign, any(signs.thousands in text and _NUMBER[sign].fullmatch(text) for text in marked))


def is_number(text: str) -> bool:
    """Whether a text writes a number, with either sign, and perhaps a unit.

    >>> [is_number(text) for text in ("1.250", "2,5", "1 250", "12-3", "€ 450", "7,5 %", "2 soorten")]
    [True, True, True, False, True, True, False]
    """
    plain = plain_number(_parted(text)[0])
    return any(form.fullmatch(plain) for form in _NUMBER.values())


def plain_number(text: str, signs: Signs | None = None) -> str:
    """A text without spaces between thousands; with ``signs`` as Python writes the number, or "" when it is none.

    >>> plain_number("1.250,5", Signs(",", grouped=True)), plain_number("1.25", Signs(",", grouped=True))
    ('1250.5', '')
    >>> plain_number("18 jr", Signs(",", unit="jaar")), plain_number("3 weken", Signs(",", unit="maand"))
    ('18', '')
    """
    text = _without_unit(text, signs.unit) if signs is not None else text
    plain = _SPACED.sub("", text) if not text.isalnum() else text
    if signs is None:
        return plain
    if signs.either and _SHORT.fullmatch(plain):
        return plain.replace(",", ".")
    if not _NUMBER[signs.decimal].fullmatch(plain):
        return ""
    return plain.replace(signs.thousands, "").replace(signs.decimal, ".")
