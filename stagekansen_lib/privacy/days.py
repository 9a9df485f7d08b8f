"""Days as people write them, and which of them may be the birthday of somebody who takes part."""

from __future__ import annotations

import re
from datetime import date

__all__ = ["MONTHS", "born_before", "day_of"]

# A student or a colleague is older than this; a later date is a day of the survey and no birth date.
_YOUNGEST = 14
MONTHS = (
    "jan(?:uari|uary)?|feb(?:ruari|ruary)?|maart|mrt|march|mar|apr(?:il)?|mei|may|juni?|june?|juli?|july?|aug(?:ustus|ust)?"
    "|sep(?:t(?:ember)?)?|okt(?:ober)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_NUMBER_OF_MONTH = {
    "jan": 1, "feb": 2, "maa": 3, "mrt": 3, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "okt": 10, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip


def day_of(text: str) -> date | None:
    """The day that a text of the usual forms names (day first, or year first); None when it is no day.

    >>> day_of("3 mei 2001"), day_of("2001-05-03"), day_of("31-31-2001")
    (datetime.date(2001, 5, 3), datetime.date(2001, 5, 3), None)
    """
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    month = re.search(MONTHS, text, re.IGNORECASE)
    if month and len(numbers) == 2:
        numbers.insert(1, _NUMBER_OF_MONTH[month[0].lower()[:3]])
    if len(numbers) != 3:
        return None
    orders = [(0, 1, 2)] if numbers[0] > 31 else [(2, 1, 0), (2, 0, 1)]
    for year, middle, last in orders:
        try:
            return date(numbers[year], numbers[middle], numbers[last])
        except ValueError:
            continue
    return None


def born_before(text: str, newest: int) -> bool:
    """Whether a text is a day on which a person who takes part may be born, seen from the year ``newest``."""
    day = day_of(text)
    return day is not None and 1900 <= day.year <= newest - _YOUNGEST
