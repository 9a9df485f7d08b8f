"""How one respondent is recognised in a file of answers: by a cell that holds their number, or its pseudonym."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.privacy.pseudonyms import pseudonym

__all__ = ["Respondent", "is_key"]

# Columns that hold the key of a respondent, in capitals or not, with or without signs between.
_KEYS = (
    *("respondentid", "respondent", "responseid", "id", "token", "pseudonym"),
    *("participant", "participantid", "studentnummer"),
)


def is_key(name: object) -> bool:
    """Whether a column or field of this name holds the key of a respondent.

    >>> is_key("Respondent ID"), is_key("level")
    (True, False)
    """
    return re.sub(r"[^a-z]", "", str(name).casefold()) in _KEYS


@dataclass(frozen=True)
class Respondent:
    """One respondent. ``names`` is every way in which a key column writes who it is, in small letters."""

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
        names = {number.casefold()} | ({pseudonym(number, key)} if key is not None else set())
        return cls(number, frozenset(names))

    def owns(self, value: object) -> bool:
        """Whether a cell of a key column is theirs."""
        return value is not None and str(value).strip().casefold() in self.names

    def may_be_in(self, text: str) -> bool:
        """Whether a text may hold their number somewhere: quick, and never False where it does."""
        plain = text.casefold()
        return any(name in plain for name in self.names)
