"""Days as files write them: as text in a few orders, or as a number of days by a spreadsheet.

Whether 03/04 is a day in April or in March is decided by a whole column.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

__all__ = ["DAY_FIRST", "DAY_ORDERS", "MONTH_FIRST", "day_order", "is_day", "read_day", "without_hour"]

DAY_FIRST, MONTH_FIRST = "day-month-year", "month-day-year"
DAY_ORDERS = (DAY_FIRST, MONTH_FIRST)
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
# From 1995 to 2049: a number of five digits outside it is more likely something else.
_SERIAL = re.compile(r"(?:3[5-9]|4[0-9]|5[0-4])[0-9]{3}(?:[.,][0-9]+)?")


def is_day(text: str) -> bool:
    """Whether a text writes a day; a number of days, as a spreadsheet writes it, does not count."""
    if _SERIAL.fullmatch(text):
        return False
    return any(read_day(without_hour(text), "1899-12-30", order)[0] is not None for order in DAY_ORDERS)


def without_hour(text: str) -> str:
    """A text up to a space or a T."""
    return re.split("[ T]", text, maxsplit=1)[0]


def day_order(texts: Iterable[str]) -> str:
    """Whether the day or the month comes first in a column of days; "" when it can be either.

    A number above 12 tells it; of two that contradict each other the more frequent one. With points or dashes the day
    comes first where nothing says otherwise, as no country that puts the month first writes these.

    Examples
    --------
    >>> day_order(["03/04/2022", "04/13/2022"]), day_order(["03/04/2022", "05/06/2022"]), day_order(["03-04-2022"])
    ('month-day-year', '', 'day-month-year')
    """
    first = second = 0
    slashes = False
    for text in texts:
        found = _YEAR_LAST.fullmatch(text)
        if not found:
            continue
        one, two = int(found[1]), int(found[3])
        first += one > 12 >= two
        second += two > 12 >= one
        slashes |= found[2] == "/" and one != two
    if first or second:
        return DAY_FIRST if first >= second else MONTH_FIRST
    return "" if slashes else DAY_FIRST


def read_day(text: str, day_zero: str, order: str = DAY_FIRST) -> tuple[dt.date | None, str]:
    """The day that a text writes, and in which order; a spreadsheet writes it as a number of days."""
    if found := _YEAR_FIRST.fullmatch(text):
        return _date(found[1], found[2], found[3]), "year-month-day"
    if found := _YEAR_LAST.fullmatch(text):
        day, month = (found[1], found[3]) if order == DAY_FIRST else (found[3], found[1])
        return _date(found[4], month, day), order
    if _SERIAL.fullmatch(text):
        days = dt.timedelta(days=int(float(text.replace(",", "."))))
        return dt.date.fromisoformat(day_zero) + days, f"the number of days since {day_zero} (a spreadsheet)"
    return None, ""


def _date(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
