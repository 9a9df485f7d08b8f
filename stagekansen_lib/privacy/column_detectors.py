"""What only a whole column gives away: bare numbers that pass a check more often than by chance, names among words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from stagekansen_lib.privacy.check_digits import eleven_test, luhn
from stagekansen_lib.privacy.free_text import is_name, names_in, starts_with_given_name
from stagekansen_lib.privacy.gate_reports import TEXT_KINDS
from stagekansen_lib.privacy.normalising import has_unread_script
from stagekansen_lib.privacy.number_detectors import may_be_number
from stagekansen_lib.privacy.place_detectors import is_street
from stagekansen_lib.privacy.respondent_ids import unknown_ids
from stagekansen_lib.privacy.values import ColumnValues, Detector, pieces

__all__ = ["COLUMN_DETECTORS", "paired_coordinates"]

# From so many numbers on, a check digit that fits as often as by chance says nothing (1 in 11, 1 in 10).
_ENOUGH = 12
# Nearly all: a column of something else may hold a few numbers that look alike.
_NEARLY = 0.8
_DEGREES = re.compile(r"\d{1,2}[.,]\d{4,}")
# Between these degrees lie the latitudes and the longitudes of the Netherlands.
_NORTH, _EAST = (50.7, 53.6), (3.3, 7.3)


# A student number of eight digits begins with the year of enrolment.
_ENROLLED = re.compile(r"(?:1\d|2[0-9])\d{6}")
# The letter s and six to eight digits: the name to log in with.
_LETTERED = re.compile(r" ?a9{6,8} ?")
_PAPER = re.compile(r"[A-NP-Z]{2}[A-NP-Z0-9]{6}\d")
_BARE = str.maketrans("", "", " .-/()#:+")


def _digits(column: ColumnValues, size: int, *, grouped: bool = False) -> list[int]:
    """The places of values that are so many digits and nothing else, or what people put between them as well."""
    if not grouped:
        return column.shaped(lambda shape: shape.strip() == "9" * size)
    shaped = column.shaped(lambda shape: shape.translate(_BARE) == "9" * size)
    return [place for place in shaped if may_be_number(column.spelled(place))]


def _passing(column: ColumnValues, places: Sequence[int], test: Callable[[str], bool]) -> list[int]:
    return [place for place in places if test(column.spelled(place).translate(_BARE))]


def _more_than_chance(passed: int, tried: int, chance: float) -> bool:
    if tried < _ENOUGH:
        return passed > 0
    expected = tried * chance
    return bool(passed > expected + 4 * (expected * (1 - chance)) ** 0.5)


def _nearly_all(some: Sequence[int], of: Sequence[object], at_least: int) -> bool:
    return len(some) >= at_least and len(some) > _NEARLY * len(of)


def _bsn(column: ColumnValues) -> dict[str, list[int]]:
    nine, eight = _digits(column, 9, grouped=True), _digits(column, 8)
    whole, short = _passing(column, nine, eleven_test), _passing(column, eight, eleven_test)
    found = whole if _more_than_chance(len(whole), len(nine), 1 / 11) else []
    # A leading zero gets lost in a spreadsheet; eight digits count only when nearly all of them pass.
    return {"bsn": sorted([*found, *short]) if _nearly_all(short, eight, 3) else found}


def _mobile(column: ColumnValues) -> dict[str, list[int]]:
    """0612345678 that lost its zero in a spreadsheet."""
    nine = _digits(column, 9)
    six = _passing(column, nine, lambda digits: digits.startswith("6"))
    return {"phone": six if _nearly_all(six, nine, 3) and not _bsn(column)["bsn"] else []}


def _imei(column: ColumnValues) -> dict[str, list[int]]:
    fifteen = _digits(column, 15)
    passing = _passing(column, fifteen, luhn)
    return {"device_id": passing if _more_than_chance(len(passing), len(fifteen), 1 / 10) else []}


def _student_number(column: ColumnValues) -> dict[str, list[int]]:
    """A column of nearly only student numbers; in a column of texts each bare number of that length."""
    lettered = column.shaped(lambda shape: _LETTERED.fullmatch(shape), begins=" ?[sS]")
    if lettered or (column.variable is not None and column.variable.kind != "open"):
        return {"student_number": lettered}
    seven, eight = _digits(column, 7), _digits(column, 8)
    enrolled = [place for place in eight if _is_enrolled(column.values[place].strip())]
    if _nearly_all(seven, column.places, 5):
        return {"student_number": seven}
    if _nearly_all(enrolled, column.places, 5):
        return {"student_number": enrolled}
    grouped = [*_digits(column, 7, grouped=True), *_digits(column, 8, grouped=True)]
    worded = column.shaped(lambda shape: "aa" in shape)
    return {"student_number": grouped if len(worded) > len(column.places) / 2 else []}


def _is_enrolled(number: str) -> bool:
    """Whether eight digits begin with the year of enrolment, and are no day written as one number."""
    return bool(_ENROLLED.fullmatch(number)) and not re.fullmatch(
        r"20[0-3]\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])", number
    )


def _streets(column: ColumnValues) -> dict[str, list[int]]:
    """A column of nearly only streets, with the number of a house or without."""
    worded = column.shaped(lambda shape: "aaa" in shape)
    streets = [place for place in worded if is_street(column.values[place])]
    return {"address": streets if _nearly_all(streets, worded, 3) else []}


def _documents(column: ColumnValues) -> dict[str, list[int]]:
    """A column of nearly only numbers as on a Dutch passport, some of which have hardly a digit."""
    nine = column.shaped(lambda shape: shape.strip("a9 ") == "" and len(shape.strip()) == 9 and "a" in shape)
    papers = [place for place in nine if _PAPER.fullmatch(column.values[place].strip())]
    return {"document_number": papers if _nearly_all(papers, column.places, 3) else []}


def _unread(column: ColumnValues) -> dict[str, list[int]]:
    """Single words in a script that no list covers; longer texts are found with the names."""
    places = column.shaped(lambda shape: not shape.isascii())
    return {"unread_script": [place for place in places if has_unread_script(column.values[place])]}


def _respondents(column: ColumnValues) -> dict[str, list[int]]:
    """Ids of respondents in a form that no survey tool gives."""
    if column.variable is None or column.variable.role != "respondent":
        return {}
    return unknown_ids(column)


def _names(column: ColumnValues) -> dict[str, list[int]]:
    """Names of people and companies in values that hold words."""
    if column.variable is not None and column.variable.role in ("respondent", "origin"):
        return {}
    worded = column.shaped(lambda shape: "aaa" in shape or not shape.isascii())
    found: dict[str, list[int]] = {}
    for place in worded:
        for kind in _named_in(column.values[place]):
            found.setdefault(kind, []).append(place)
    return _as_names(found, [place for place in worded if starts_with_given_name(column.values[place])], len(worded))


def _as_names(found: dict[str, list[int]], starting: Sequence[int], worded: int) -> dict[str, list[int]]:
    """What was found, when the column is one of names of which some are not known: many begin with a given name."""
    if len(starting) < 2 or len(starting) < 0.3 * worded:
        return found
    texts = {kind: sorted(set(found[kind]) - set(starting)) for kind in TEXT_KINDS if kind in found}
    return {"name": sorted({*starting, *found.get("name", [])}), **texts}


def _named_in(value: str) -> list[str]:
    if is_name(value):
        return ["name"]
    return sorted({kind for piece in pieces(value) for kind in names_in(piece)})


COLUMN_DETECTORS: tuple[Detector, ...] = (
    Detector("bsn_column", "nine digits that pass the eleven test more often than by chance", _bsn),
    Detector("mobile_column", "nine digits that nearly all begin with 6: telephones without their zero", _mobile),
    Detector("imei_column", "fifteen digits that pass the check of Luhn more often than by chance", _imei),
    Detector("student_number_column", "a column of nearly only student numbers, or one among texts", _student_number),
    Detector("document_column", "a column of nearly only numbers as on a passport", _documents),
    Detector("street_column", "a column of nearly only streets", _streets),
    Detector("unread_script", "words in a script that no list covers", _unread),
    Detector("respondent_ids", "ids of respondents in a form that no survey tool gives", _respondents),
    Detector("names", "names of people and companies, by lists and by what stands around them", _names),
)


def paired_coordinates(strangers: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    """Columns of degrees with four decimals or more, when there are Dutch latitudes and longitudes; by name the places.

    ``strangers`` are the different values of columns that the codebook does not know and nothing was found in.
    """
    north = {name: within for name, values in strangers.items() if (within := _degrees_within(values, *_NORTH))}
    east = {name: within for name, values in strangers.items() if (within := _degrees_within(values, *_EAST))}
    return north | east if north and east else {}


def _degrees_within(values: Sequence[str], low: float, high: float) -> list[int]:
    """The places of degrees between two, when nearly all values are such."""
    if not any(_DEGREES.fullmatch(value.strip()) for value in values[:100]):
        return []
    fine = [place for place, value in enumerate(values) if _DEGREES.fullmatch(value.strip())]
    inside = [place for place in fine if low <= float(values[place].replace(",", ".")) <= high]
    return inside if _nearly_all(inside, values, 1) else []
