"""Months, quarters, weeks and long times as SPSS keeps them: seconds since the calendar of 1582, with a format."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WEEKDAYS", "day_of", "is_long_time", "long_time", "period_columns", "with_periods"]

_START = dt.datetime(1582, 10, 14)
_PERIODS = {
    "MOYR": "each month is read as its first day",
    "QYR": "each quarter is read as its first day",
    "WKYR": "each week is read as its first day",
}
# SPSS begins the week on Sunday.
_DAY_NAMES = ("zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag")
WEEKDAYS: dict[float | int, str] = dict(enumerate(_DAY_NAMES, start=1))


def period_columns(formats: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The columns that hold months, quarters or weeks: their format without a width, and how they are read.

    >>> period_columns({"d8": "MOYR8", "q": "F8.2"})
    {'d8': ('MOYR', 'each month is read as its first day')}
    """
    names = {column: re.sub(r"[0-9.]+$", "", form.upper()) for column, form in formats.items()}
    return {column: (name, _PERIODS[name]) for column, name in names.items() if name in _PERIODS}


def day_of(seconds: float, form: str) -> dt.date | None:
    """The first day of the month (MOYR), the quarter (QYR) or the week (WKYR) in which a moment lies.

    Weeks of SPSS have seven days from 1 January on.

    >>> day_of(13928544000.0, "MOYR"), day_of(13928544000.0, "QYR"), day_of(13928544000.0, "WKYR")
    (datetime.date(2024, 2, 1), datetime.date(2024, 1, 1), datetime.date(2024, 2, 26))
    """
    try:
        day = (_START + dt.timedelta(seconds=float(seconds))).date()
    except (OverflowError, ValueError):
        return None
    if form == "MOYR":
        return day.replace(day=1)
    if form == "QYR":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    first = day.replace(month=1, day=1)
    return first + dt.timedelta(days=(day - first).days // 7 * 7)


def is_long_time(form: str) -> bool:
    """Whether a format holds a time that may be longer than a day."""
    return bool(re.fullmatch(r"D?TIME[0-9.]*", form.upper()))


def long_time(seconds: float) -> str:
    """A time in hours, minutes and seconds, also beyond a day; "" when there is none.

    >>> long_time(93784.0), long_time(float("nan"))
    ('26:03:04', '')
    """
    if seconds != seconds:
        return ""
    whole, rest = divmod(abs(float(seconds)), 1)
    minutes, left = divmod(int(whole), 60)
    hours, minutes = divmod(minutes, 60)
    part = f"{rest:.6f}".lstrip("0").rstrip("0").rstrip(".")
    return f"{'-' if seconds < 0 else ''}{hours:02}:{minutes:02}:{left:02}{part}"


def with_periods(frame: pd.DataFrame, formats: Mapping[str, str]) -> tuple[pd.DataFrame, list[str]]:
    """The table with days for months, quarters and weeks, and what was done, one sentence a column."""
    import pandas as pd

    changed: dict[str, Any] = {}
    said = []
    for column, (form, how) in period_columns(formats).items():
        if column in frame and frame[column].dtype.kind == "f":
            days = [day_of(value, form) if value == value else None for value in frame[column].tolist()]
            changed[column] = pd.Series(days, index=frame.index, dtype=object)
            said.append(f"'{column}' has format {formats[column]}: {how}.")
    return frame.assign(**changed) if changed else frame, said
