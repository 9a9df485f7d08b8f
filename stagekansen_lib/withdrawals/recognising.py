"""How one respondent is recognised in a file of answers: by a cell that holds their number, or its pseudonym."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.privacy.pseudonyms import pseudonym

__all__ = ["Respondent", "is_key", "plain_number"]

# Columns that hold the key of a respondent, in capitals or not, with or without signs between.
_KEYS = frozenset(
    (
        *("respondentid", "respondent", "respondentnummer", "respondentnr", "responseid", "responsid", "antwoordid"),
        *("id", "idresponseid", "idantwoordid", "token", "pseudonym", "pseudoniem", "caseid", "recordid"),
        *("participant", "participantid", "deelnemer", "deelnemerid", "studentnummer", "studentid", "leerlingnummer"),
    )
)
# A whole number as programs write it: 7, 7.0, 7,00, 1.234567E+06. A number with zeros in front is another one.
_WHOLE = re.compile(r"(0|[1-9]\d*)(?:[.,]0+)?")
_SCIENTIFIC = re.compile(r"[1-9](?:[.,]\d+)?e\+?\d{1,2}")


@lru_cache(4096)
def is_key(name: object) -> bool:
    """Whether a column or field of this name holds the key of a respondent.

    >>> is_key("Respondent ID"), is_key("level")
    (True, False)
    """
    return re.sub(r"[^a-z]", "", str(name).casefold()) in _KEYS


def plain_number(value: object) -> str:
    """What a cell of a key column says, whether a program kept it as a text or as a number; "" when it is empty.

    >>> [plain_number(cell) for cell in (7, 7.0, "7", " 7.0", "007", "S12", None, float("nan"))]
    ['7', '7', '7', '7', '007', 's12', '', '']
    """
    if value is None or value != value:
        return ""
    text = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    if not text or not text[0].isdigit():
        return text
    if whole := _WHOLE.fullmatch(text):
        return whole[1]
    if _SCIENTIFIC.fullmatch(text):
        try:
            number = Decimal(text.replace(",", "."))
        except InvalidOperation:
            return text
        return str(int(number)) if number == number.to_integral_value() else text
    return text


@dataclass(frozen=True, repr=False)
class Respondent:
    """One respondent. ``names`` is every way in which a key column writes who it is, as ``plain_number`` gives it."""

    number: str
    names: frozenset[str]

    @classmethod
    def of(cls, identifier: str, key: bytes | None = None) -> Respondent:
        """The respondent with this number, and with its pseudonym when there is a key.

        Raises
        ------
        InputError : the number is empty.
        """
        number = identifier.strip()
        if not number:
            raise InputError(Problem("The number of the respondent is empty."))
        plain = plain_number(number)
        names = {plain} | ({pseudonym(one, key) for one in (number, plain)} if key is not None else set())
        return cls(number, frozenset(names))

    def __repr__(self) -> str:
        return "Respondent(...)"  # a number of a person stands in no log

    def owns(self, value: object) -> bool:
        """Whether a cell of a key column is theirs."""
        return value is not None and plain_number(value) in self.names

    def may_be_in(self, text: str) -> bool:
        """Whether a text may hold their number somewhere: quick, and never False where it does."""
        plain = (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
        return "e+" in plain or any(name in plain for name in self.names)
