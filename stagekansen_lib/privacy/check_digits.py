"""Numbers that prove themselves by a check digit: the burgerservicenummer, the IBAN, the IMEI of a telephone."""

from __future__ import annotations

import re

from stdnum import iban as iban_numbers
from stdnum import luhn as luhn_numbers
from stdnum.nl import bsn as bsn_numbers

__all__ = ["eleven_test", "is_iban", "luhn"]


def eleven_test(digits: str) -> bool:
    """Whether a number of eight or nine digits passes the eleven test of a burgerservicenummer.

    >>> eleven_test("111222333"), eleven_test("111222334"), eleven_test("000000000")
    (True, False, False)
    """
    digits = digits.zfill(9)
    if not re.fullmatch("[0-9]{9}", digits) or len(set(digits)) == 1:
        return False
    return bool(bsn_numbers.checksum(digits) == 0)


def is_iban(text: str) -> bool:
    """Whether a text is an IBAN: the form of its country, and a remainder by 97 of 1 (ISO 13616).

    >>> is_iban("NL91 ABNA 0417 1643 00"), is_iban("NL92 ABNA 0417 1643 00")
    (True, False)
    """
    # What a bank of one country checks besides is left out: the number may be mistyped, and still be somebody's.
    return bool(iban_numbers.is_valid(re.sub(r"[\s.-]", "", text), check_country=False))


def luhn(digits: str) -> bool:
    """Whether a row of digits passes the check of Luhn, as the number of a telephone (IMEI) does.

    >>> luhn("490154203237518"), luhn("490154203237519")
    (True, False)
    """
    return len(set(digits)) > 1 and bool(luhn_numbers.checksum(digits) == 0)
