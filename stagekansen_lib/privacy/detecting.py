"""Which kinds of identifiers a column holds: by its name, and by every detector in ``DETECTORS``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from stagekansen_lib.privacy.column_detectors import COLUMN_DETECTORS
from stagekansen_lib.privacy.days import born_before, day_of
from stagekansen_lib.privacy.gate_reports import TEXT_KINDS
from stagekansen_lib.privacy.respondent_ids import is_random_id
from stagekansen_lib.privacy.value_detectors import VALUE_DETECTORS
from stagekansen_lib.privacy.values import ColumnValues, Detector
from stagekansen_lib.privacy.word_lists import TICKS
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.readers.joined_answers import known_when_joined
from stagekansen_lib.surveys.codebooks import NUMERIC, Variable

__all__ = ["DETECTORS", "Hit", "kinds_in"]

DETECTORS: tuple[Detector, ...] = (*VALUE_DETECTORS, *COLUMN_DETECTORS)

# One value is one finding: the stricter form goes first.
_ORDER = (
    "email", "iban", "bsn", "phone", "document_number", "ip_address", "coordinates", "device_id", "birth_date",
    "student_number", "number_plate", "postcode", "social_handle", "web_link", "link_to_list", "name", "address",
    *TEXT_KINDS,
)  # fmt: skip

# A piece of an account number in groups of four looks like the number of a telephone; what is stricter goes first.
_PART_OF = {
    "phone": ("iban",),
    "number_plate": ("iban", "device_id", "birth_date", "document_number"),
    "student_number": (
        "iban", "bsn", "phone", "document_number", "ip_address", "coordinates", "device_id", "birth_date", "email",
    ),
    "postcode": ("iban", "document_number"),
    "web_link": ("email",),
    "link_to_list": (
        "bsn", "student_number", "email", "phone", "iban", "birth_date", "document_number", "number_plate",
    ),
}  # fmt: skip


class Hit(NamedTuple):
    """One kind found in a column: by its "name" or by its "content", and the places of the values that hold it."""

    by: str
    places: list[int]


def kinds_in(name: str, values: Sequence[str], variable: Variable | None) -> dict[str, Hit]:
    """Each kind found in a column.

    Parameters
    ----------
    name : of the column.
    values : its different values as text.
    variable : what the codebook says about it; None for a stranger.
    """
    places = _strange(values, variable)
    if not places:
        return {}
    column = ColumnValues.of(name, values, places, variable)
    told, which = _told_by_name(column)
    found = _detected(column)
    if told == "name":  # under that name every word is a name
        found = {kind: hits for kind, hits in found.items() if kind not in ("name", *TEXT_KINDS)}
    found.setdefault(told, set()).update(which)
    if told == "postcode" and variable is not None:  # the codebook asks for four digits: the letters are too much
        found[told] = {place for place in found[told] if re.search("[A-Za-z]", values[place])}
        told = ""
    return _one_kind_a_value(told, _possible(found, column), values)


def _detected(column: ColumnValues) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for detector in DETECTORS:
        for kind, places in detector.find(column).items():
            found.setdefault(kind, set()).update(places)
    return found


def _strange(values: Sequence[str], variable: Variable | None) -> Sequence[int]:
    """The places of values that the codebook does not know as an answer."""
    if variable is None or variable.kind in ("open", "date"):
        return range(len(values))
    known = _known_answers(variable)
    return [place for place, value in enumerate(values) if not known(value)]


def _known_answers(variable: Variable) -> Callable[[str], bool]:
    """Whether a value is an answer of the codebook: a code, a label, several of these, a number within its range."""
    known = {str(code.code).casefold() for code in variable.codes}
    known |= {text.casefold() for code in variable.codes for text in (code.label_nl, code.label_en)}
    if variable.kind in NUMERIC:
        low = -float("inf") if variable.minimum is None else variable.minimum
        high = float("inf") if variable.maximum is None else variable.maximum
        return lambda value: value.casefold() in known or _is_number(value, low, high)
    if variable.kind == "multiple":
        return known_when_joined(known)
    return lambda value: value.casefold() in known


def _is_number(value: str, low: float, high: float) -> bool:
    try:
        return low <= float(value.replace(",", ".")) <= high
    except ValueError:
        return False


@cache
def _column_names() -> Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    """For each kind the names of a column that holds it, and what a value must look like for it to be believed."""
    content = read_yaml(Path(__file__).with_name("column_names.yaml"))
    return {
        kind: (re.compile("|".join(entry["names"])), re.compile(entry["believed"], re.DOTALL))
        for kind, entry in content.items()
    }


def _told_by_name(column: ColumnValues) -> tuple[str, list[int]]:
    """The kind that the name of a column gives away, and the places that bear it out; "" when none does."""
    variable = column.variable
    if variable is not None and (variable.kind != "open" or variable.role == "respondent"):
        return "", []
    # Of a variable of the codebook the question may well be about names; its own name says what it holds.
    text = _plain(column.name if variable is None else variable.name.replace("_", " "))
    kind = next((kind for kind, (names, _) in _column_names().items() if names.fullmatch(text)), "")
    which = _believed(column, _column_names()[kind][1]) if kind else []
    return (kind, which) if which else ("", [])


def _believed(column: ColumnValues, looks: re.Pattern[str]) -> list[int]:
    values = column.values
    return [
        place for place in column.places if values[place].casefold() not in TICKS and looks.fullmatch(values[place])
    ]


def _plain(name: str) -> str:
    """The name of a column in small letters without accents, signs or the number of the question."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    letters = "".join(sign for sign in unicodedata.normalize("NFD", spaced) if not unicodedata.combining(sign))
    text = " ".join(re.sub(r"[^a-z0-9]+", " ", letters.casefold()).split())
    return re.sub(r"^(?:[a-z]{1,2}\d+|\d+)\s+(?=\D)", "", text)


def _possible(found: Mapping[str, set[int]], column: ColumnValues) -> dict[str, set[int]]:
    """What was found, less what the column explains otherwise."""
    left = dict(found)
    variable = column.variable
    if variable is not None and variable.role == "respondent":
        left.pop("device_id", None)
        # Random signs of the survey tool, new for every answer.
        left = {kind: {place for place in own if not is_random_id(column.values[place])} for kind, own in left.items()}
    if variable is not None and variable.kind == "date":
        days = [day for value in column.values if (day := day_of(value)) is not None]
        newest = max((day.year for day in days), default=date.today().year)
        born = {place for place in left.get("birth_date", ()) if born_before(column.values[place], newest)}
        left["birth_date"] = born
    for kind, stricter in _PART_OF.items():
        left[kind] = left.get(kind, set()).difference(*(left.get(other, set()) for other in stricter))
    return left


def _one_kind_a_value(told: str, found: Mapping[str, set[int]], values: Sequence[str]) -> dict[str, Hit]:
    """One value is one finding: what the name of the column tells goes first, then the stricter form.

    A longer text can hold several kinds, and each is named.
    """
    first = sorted(found[told]) if told else []
    kept = {told: Hit("name", first)} if first else {}
    taken = set(first)
    for kind in _ORDER:
        which = sorted(found.get(kind, set()).difference(first)) if kind != told else []
        left = [place for place in which if place not in taken or " " in values[place].strip()]
        if left:
            kept[kind] = Hit("content", left)
            taken.update(left)
    return kept
