"""Days as files write them: as text in a few orders, or as a number of days by a spreadsheet."""

from __future__ import annotations

import datetime as dt
import re

__all__ = ["is_day", "read_day", "without_hour"]

_DAYS = (
    (re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"), "year-month-day"),
    (re.compile(r"(?P<d>[0-9]{1,2})[-/.](?P<m>[0-9]{1,2})[-/.](?P<y>[0-9]{4})"), "day-month-year"),
)
# From 1995 to 2049: a number of five digits outside it is more likely something else.
_SERIAL = re.compile(r"(?:3[5-9]|4[0-9]|5[0-4])[0-9]{3}(?:[.,][0-9]+)?")


def is_day(text: str) -> bool:
    """Whether a text writes a day; a number of days, as a spreadsheet writes it, does not count."""
    return not _SERIAL.fullmatch(text) and read_day(without_hour(text), "1899-12-30")[0] is not None


def without_hour(text: str) -> str:
    """A text up to a space or a T."""
    return re.split("[ T]", text, maxsplit=1)[0]


def read_day(text: str, day_zero: str) -> tuple[dt.date | None, str]:
    """The day that a text writes, and in which order; a spreadsheet writes it as a number of days."""
    for pattern, order in _DAYS:
        found = pattern.fullmatch(text)
        if found:
            try:
                return dt.date(int(found["y"]), int(found["m"]), int(found["d"])), order
            except ValueError:
                return None, ""
    if _SERIAL.fullmatch(text):
        days = dt.timedelta(days=int(float(text.replace(",", "."))))
        return dt.date.fromisoformat(day_zero) + days, f"the number of days since {day_zero} (a spreadsheet)"
    return None, ""
