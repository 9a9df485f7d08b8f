"""Whether a text, or a column of texts, points at a person, and by what kind of identifier."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from stagekansen_lib.privacy.free_text import is_name, names_in, starts_with_given_name
from stagekansen_lib.privacy.gate_reports import TEXT_KINDS
from stagekansen_lib.privacy.identifiers import DETECTORS, born_before, day_of, eleven_test, luhn, pieces, shapes_of
from stagekansen_lib.surveys.codebooks import NUMERIC, Variable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


__all__ = ["distinct_texts", "kinds_in", "pair_coordinates"]


# From so many numbers on, a check digit that fits as often as by chance says nothing (1 in 11, 1 in 10).
_ENOUGH = 12

# Kind: names of a column that hold it, after capitals, accents and signs are taken off.
_COLUMN_NAMES = {
    "name": (
        r"(?:volledige |full |legal )?(?:naam|name)|(?:voor|achter|roep|familie|geslachts|meisjes)naam(?:en)?"
        r"|tussenvoegsels?"
        r"|(?:first|last|given|family|middle|sur|nick)[ ]?names?|surname|voorletters|initialen|initials"
        r"|voor en achternaam"
        r"|naam (?:van )?(?:de |het )?(?:student|leerling|deelnemer|respondent|kind|ouder|begeleider|docent)"
        r"|(?:student|leerling|deelnemer|respondent|participant|user|gebruikers|recipient|responder|contact)[ ]?(?:s )?"
        r"(?:naam|name|first name|last name)|responder|recipient (?:first|last) name"
        r"|(?:wat is|what is|what s|vul in) .*\b(?:naam|name)"
        r"|hoe heet je.*"
    ),
    "email": r".*\be ?mail\w*.*|mail|mailadres|recipient email|emailaddress",
    "phone": (
        r".*\b(?:telefoon|tel|phone|mobiel|mobile|gsm|whatsapp)[ ]?(?:nummer|number|nr)?"
        r"|.*telefoonnummer.*|.*\bphone number.*"
    ),
    "student_number": (
        r".*\b(?:student|leerling|deelnemer|school|personeels)(?:en)?[ ]?(?:nummer|nr|number|id|no|code)\b.*"
        r"|pcn|studielinknummer"
    ),
    "bsn": r".*\b(?:bsn|burgerservicenummer|sofinummer|onderwijsnummer|pgn|social security number|ssn)\b.*",
    "iban": r".*\b(?:iban|rekeningnummer|bankrekening\w*|bank account)\b.*",
    "ip_address": r"ip|ip[ ]?addr(?:ess)?|ip[ ]?adres|.*\bip address\b.*",
    "birth_date": (
        r".*\b(?:geboorte[ ]?(?:datum|dag)|date of birth|birth[ ]?(?:date|day)|dob|gebdat|geb datum"
        r"|verjaardag)\b.*"
    ),
    "postcode": r".*\b(?:postcode|post code|postal code|zip|zip code|zipcode)\b.*",
    "coordinates": r"(?:location )?(?:latitude|longitude)|lat|lon|lng|long|gps.*|coordinaten|coordinates|rd ?[xy]",
    "device_id": (
        r".*\b(?:device|apparaat|toestel|advertising|browser fingerprint)[ ]?id\b.*|imei|mac[ ]?adres"
        r"|mac[ ]?address|udid|idfa|gaid|fingerprint|cookie(?: id)?"
    ),
    "social_handle": (
        r".*\b(?:instagram|insta|snapchat|tiktok|twitter|facebook|linkedin|discord"
        r"|social media)\b.*(?:naam|name|account|handle|profiel|profile|url).*|instagram|snapchat|tiktok"
        r"|twitter|facebook|linkedin|discord"
    ),
    "link_to_list": (
        r"token|external[ ]?(?:data )?reference|recipient[ ]?id|invitation[ ]?(?:code|id)|contact[ ]?id"
        r"|panel[ ]?id|ref ?url"
    ),
    "address": (
        r"(?:straat|straatnaam|street|adres|address|home address|woonadres|huisnummer|house number"
        r"|straat en huisnummer)"
    ),
}

# What a value must look like for the name of its column to be believed: "naam" above a column of ticks is a question.
_BELIEVED = {
    "name": r".*[^\W\d_]{2}.*",
    "email": r".*\S.{3,}",
    "phone": r"(?:.*\d){6}.*",
    "student_number": r"(?:.*\d){5}.*",
    "bsn": r"(?:.*\d){8}.*",
    "iban": r".*\d{2}.*\w{4}.*",
    "ip_address": r".*[\d:a-fA-F]+[.:].*",
    "birth_date": r"(?:.*\d){5}.*",
    "postcode": r"[1-9]\d{3}(?:\s?[A-Za-z]{2})?",
    "coordinates": r"[+-]?\d{1,6}[.,]\d{2,}.*|\d{5,6}",
    "device_id": r"\S{8,}.*",
    "social_handle": r".*[^\W\d_]{2}.*",
    "link_to_list": r"\S{3,}.*",
    "address": r".*\w.*",
}

_NAMED = {kind: re.compile(pattern) for kind, pattern in _COLUMN_NAMES.items()}

_PLAUSIBLE = {kind: re.compile(pattern, re.DOTALL) for kind, pattern in _BELIEVED.items()}

_TICKS = frozenset(
    [
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "99",
        "ja",
        "nee",
        "yes",
        "no",
        "y",
        "n",
        "j",
        "x",
        "true",
        "false",
        "waar",
        "onwaar",
        "checked",
        "unchecked",
        "quoted",
        "aangevinkt",
        "not",
        "selected",
        "selected",
        "n/a",
        "nvt",
        "n.v.t.",
        "-",
        "anonymous",
        "anoniem",
    ]
) | {"not selected", "niet aangevinkt", "weet niet", "do not know", "geen", "none", "soms", "sometimes"}


def distinct_texts(column: pd.Series[Any]) -> tuple[NDArray[np.integer[Any]], list[str]]:
    """A column as integer codes of its different values as text; -1 where there is none."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, values = column.cat.codes.to_numpy(), column.cat.categories
    else:
        codes, values = pd.factorize(column)
    # A list of texts is made at once; a million steps of Python only for what is no text yet.
    listed: list[Any] = values.astype(object).tolist()
    texts = listed if set(map(type, listed)) <= {str} else [_text(value) for value in listed]
    return codes, texts


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")


def kinds_in(name: str, values: list[str], variable: Variable | None) -> dict[str, tuple[str, list[int]]]:
    """Each kind found in a column: whether by its name, and the places of the values that hold it."""
    places = _strange(values, variable)
    if not places:
        return {}
    found: dict[str, tuple[str, list[int]]] = {}
    told = _told_by_name(name, values, places, variable)
    if told is not None:
        kind, which = told
        found[kind] = ("name", which)
    shapes = shapes_of([values[place] for place in places])
    fitting = {shape: tuple(one for one in DETECTORS if one.shape.search(shape)) for shape in set(shapes)}
    few = {shape for shape, detectors in fitting.items() if detectors}
    for place, shape in zip(places, shapes, strict=True) if few else ():
        for detector in fitting[shape]:
            if detector.finds(values[place]):
                kept = found.setdefault(detector.kind, ("content", []))[1]
                if not kept or kept[-1] != place:
                    kept.append(place)
    for kind, which in _in_numbers(values, places, shapes, set(fitting), variable).items():
        found.setdefault(kind, ("content", which))
    for kind, which in _in_words(values, places, shapes, set(fitting), variable).items():
        if not (told and told[0] == "name" and kind in ("name", *TEXT_KINDS)):
            found.setdefault(kind, ("content", which))
    return _without_doubles(found, values, variable)


def _strange(values: list[str], variable: Variable | None) -> list[int]:
    """The places of values that the codebook does not know as an answer."""
    if variable is None or variable.kind in ("open", "date"):
        return list(range(len(values)))
    known = {str(code.code).casefold() for code in variable.codes}
    known |= {text.casefold() for code in variable.codes for text in (code.label_nl, code.label_en)}
    if variable.kind in NUMERIC:
        low = -float("inf") if variable.minimum is None else variable.minimum
        high = float("inf") if variable.maximum is None else variable.maximum

        def plain(value: str) -> bool:
            try:
                return low <= float(value.replace(",", ".")) <= high
            except ValueError:
                return False

        return [place for place, value in enumerate(values) if value.casefold() not in known and not plain(value)]
    if variable.kind == "multiple":
        return [
            place
            for place, value in enumerate(values)
            if not all(part.strip() in known or not part.strip() for part in re.split("[;,]", value.casefold()))
        ]
    return [place for place, value in enumerate(values) if value.casefold() not in known]


def _plain(name: str) -> str:
    """The name of a column in small letters without accents, signs or the number of the question."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    letters = "".join(sign for sign in unicodedata.normalize("NFD", spaced) if not unicodedata.combining(sign))
    text = " ".join(re.sub(r"[^a-z0-9]+", " ", letters.casefold()).split())
    return re.sub(r"^(?:[a-z]{1,2}\d+|\d+)\s+(?=\D)", "", text)


def _told_by_name(
    name: str, values: list[str], places: list[int], variable: Variable | None
) -> tuple[str, list[int]] | None:
    """The kind that the name of a column gives away, when its values bear it out."""
    if variable is not None and (variable.kind != "open" or variable.role == "respondent"):
        return None
    # Of a variable of the codebook the question may well be about names; its own name says what it holds.
    text = _plain(name if variable is None else variable.name.replace("_", " "))
    kind = next((kind for kind, pattern in _NAMED.items() if pattern.fullmatch(text)), None)
    if kind is None:
        return None
    told = [place for place in places if values[place].casefold() not in _TICKS]
    which = [place for place in told if _PLAUSIBLE[kind].fullmatch(values[place])]
    return (kind, which) if which else None


def _in_numbers(
    values: list[str], places: list[int], shapes: list[str], different: set[str], variable: Variable | None
) -> dict[str, list[int]]:
    """What a whole column of bare numbers gives away, which a single number does not."""
    found: dict[str, list[int]] = {}
    by_size: dict[int, list[int]] = {}
    sizes = {shape: len(shape.strip()) for shape in different if set(shape.strip()) == {"9"}}
    sizes = {shape: size for shape, size in sizes.items() if size in (7, 8, 9, 15)}
    for place, shape in zip(places, shapes, strict=True) if sizes else ():
        if shape in sizes:
            by_size.setdefault(sizes[shape], []).append(place)
    nine = by_size.get(9, [])
    passing = [place for place in nine if eleven_test(values[place].strip())]
    if passing and _more_than_chance(len(passing), len(nine), 1 / 11):
        found["bsn"] = passing
    # A leading zero gets lost in a spreadsheet; eight digits count only when nearly all of them pass.
    eight = by_size.get(8, [])
    short = [place for place in eight if eleven_test(values[place].strip())]
    if len(short) >= 3 and len(short) > 0.8 * len(eight):
        found["bsn"] = sorted([*found.get("bsn", []), *short])
    mobile = [place for place in nine if values[place].strip().startswith("6")]
    if len(mobile) >= 3 and len(mobile) > 0.8 * len(nine) and "bsn" not in found:
        found["phone"] = mobile  # 0612345678 that lost its zero in a spreadsheet
    imei = by_size.get(15, [])
    checked = [place for place in imei if luhn(values[place].strip())]
    if checked and _more_than_chance(len(checked), len(imei), 1 / 10):
        found["device_id"] = checked
    seven = by_size.get(7, [])
    if len(seven) >= 5 and len(seven) > 0.8 * len(places) and (variable is None or variable.kind == "open"):
        found["student_number"] = seven
    return found


def _more_than_chance(passed: int, tried: int, chance: float) -> bool:
    if tried < _ENOUGH:
        return True
    expected = tried * chance
    return bool(passed > expected + 4 * (expected * (1 - chance)) ** 0.5)


def _in_words(
    values: list[str], places: list[int], shapes: list[str], different: set[str], variable: Variable | None
) -> dict[str, list[int]]:
    """Names of people and companies in values that hold words."""
    found: dict[str, list[int]] = {}
    with_words = {shape for shape in different if "aaa" in shape or not shape.isascii()}
    worded = [place for place, shape in zip(places, shapes, strict=True) if shape in with_words] if with_words else []
    if not worded or (variable is not None and variable.role in ("respondent", "origin")):
        return found
    starting = []
    for place in worded:
        value = values[place]
        if is_name(value):
            found.setdefault("name", []).append(place)
        elif " " in value.strip() or "\n" in value:
            for kind in sorted({kind for piece in pieces(value) for kind in names_in(piece)}):
                found.setdefault(kind, []).append(place)
        if starts_with_given_name(value):
            starting.append(place)
    if len(starting) >= 2 and len(starting) >= 0.3 * len(worded):
        found["name"] = sorted({*starting, *found.get("name", [])})
        for kind in TEXT_KINDS:
            if kind in found:
                found[kind] = [place for place in found[kind] if place not in set(starting)]
    return {kind: which for kind, which in found.items() if which}


def _without_doubles(
    found: dict[str, tuple[str, list[int]]], values: list[str], variable: Variable | None
) -> dict[str, tuple[str, list[int]]]:
    """One value is one finding: what is told by the name of the column, or by the stricter form, goes first."""
    if variable is not None and variable.role == "respondent":
        found.pop("device_id", None)  # a random number of the survey tool, new for every answer
    if variable is not None and variable.kind == "date" and "birth_date" in found:
        days = [day for value in values if (day := day_of(value)) is not None]
        newest = max((day.year for day in days), default=date.today().year)
        which = [place for place in found["birth_date"][1] if born_before(values[place], newest)]
        found["birth_date"] = ("content", which)
    if variable is not None and "postcode" in found and found["postcode"][0] == "name":
        full = [place for place in found["postcode"][1] if re.search("[A-Za-z]", values[place])]
        found["postcode"] = ("content", full)
    if "iban" in found and "phone" in found:  # a piece of an account number in groups of four looks like one
        found["phone"] = (found["phone"][0], [place for place in found["phone"][1] if place not in found["iban"][1]])
    order = ["email", "iban", "bsn", "phone", "student_number", "device_id", "ip_address", "coordinates", "birth_date",
             "postcode", "social_handle", "link_to_list", "name", "address", *TEXT_KINDS]  # fmt: skip
    told = [kind for kind, (by, _) in found.items() if by == "name"]
    taken: set[int] = set()
    kept: dict[str, tuple[str, list[int]]] = {}
    for kind in [*told, *(kind for kind in order if kind in found and kind not in told)]:
        by, which = found[kind]
        # A longer text can hold several kinds, and each is named; a single value is one thing.
        left = [place for place in which if place not in taken or " " in values[place].strip()]
        if by == "content" and told and kind != told[0]:
            left = [place for place in left if place not in set(found[told[0]][1])]
        if left:
            kept[kind] = (by, left)
            taken.update(left)
    return kept


def pair_coordinates(
    cells: Mapping[str, tuple[Any, list[str]]],
    hits: dict[str, dict[str, tuple[str, list[int]]]],
    meaning: Mapping[str, Variable],
) -> None:
    """Two columns of degrees with four decimals or more, one of Dutch latitudes and one of longitudes."""

    def within(name: str, low: float, high: float) -> list[int]:
        codes_values = cells[name][1]
        if not any(re.fullmatch(r"\d{1,2}[.,]\d{4,}", value.strip()) for value in codes_values[:100]):
            return []
        fine = [place for place, value in enumerate(codes_values) if re.fullmatch(r"\d{1,2}[.,]\d{4,}", value.strip())]
        inside = [place for place in fine if low <= float(codes_values[place].replace(",", ".")) <= high]
        return inside if inside and len(inside) > 0.8 * len(codes_values) else []

    strangers = [name for name in cells if name not in meaning and not hits[name]]
    north = {name: which for name in strangers if (which := within(name, 50.7, 53.6))}
    east = {name: which for name in strangers if (which := within(name, 3.3, 7.3))}
    if north and east:
        for name, which in {**north, **east}.items():
            hits[name]["coordinates"] = ("content", which)
