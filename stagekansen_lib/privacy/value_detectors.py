"""What points straight at a person, found in one value: numbers by their check digits, the rest by their form."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from datetime import date

from stagekansen_lib.privacy.check_digits import eleven_test, is_iban
from stagekansen_lib.privacy.days import MONTHS, born_before
from stagekansen_lib.privacy.values import ColumnValues, Detector, pieces
from stagekansen_lib.privacy.word_lists import TWO_LETTER_WORDS

__all__ = ["VALUE_DETECTORS"]

_SHORTEST_IBAN = 15
Valid = Callable[[re.Match[str]], bool]


def _valid_ip4(found: re.Match[str]) -> bool:
    try:
        address = ipaddress.IPv4Address(found[0])
    except ValueError:
        return False
    return not address.is_unspecified


def _valid_ip6(found: re.Match[str]) -> bool:
    text = found[0]
    if sum(bool(part) for part in text.split(":")) < 3:
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _iban_in(found: re.Match[str]) -> bool:
    """A text may go on after the number, whose length only its country tells."""
    signs = re.sub(r"[\s.-]", "", found[0])
    return any(is_iban(signs[:size]) for size in range(_SHORTEST_IBAN, len(signs) + 1))


def _bsn(found: re.Match[str]) -> bool:
    return eleven_test(re.sub(r"\D", "", found[0]))


def _birth_date(found: re.Match[str]) -> bool:
    return born_before(found[0], date.today().year)


def _postcode(found: re.Match[str]) -> bool:
    letters = found[2]
    if letters.upper() in {"SA", "SD", "SS"}:  # never given out
        return False
    # In a text the letters are capitals, and a year before a word is no postcode.
    return found[0] == found.string.strip() or (letters.isupper() and letters.lower() not in TWO_LETTER_WORDS)


def _degrees(found: re.Match[str]) -> bool:
    first, second = (float(part.replace(",", ".")) for part in found.groups())
    return (abs(first) <= 90 and abs(second) <= 180) or (abs(first) <= 180 and abs(second) <= 90)


def _no_day(found: re.Match[str]) -> bool:
    """06-05-2022 14 is the beginning of a day and a time, and no number of a telephone."""
    return not re.match(r"\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d(?!\d)", found[0])


def _always(_: re.Match[str]) -> bool:
    return True


def _in_values(kind: str, looks_for: str, shape: str, forms: Iterable[str], valid: Valid = _always) -> Detector:
    """A detector of one kind: the shape a value must have, the forms it is searched for, a test of what was found."""
    shaped = re.compile(shape)
    form = re.compile("|".join(f"(?i:{one[4:]})" if one.startswith("(?i)") else one for one in forms))

    def holds(value: str) -> bool:
        return any(valid(found) for piece in pieces(value) for found in form.finditer(piece))

    def find(column: ColumnValues) -> dict[str, list[int]]:
        return {kind: [place for place in column.shaped(shaped.search) if holds(column.values[place])]}

    return Detector(kind, looks_for, find)


_GAP = r"[\s.\-/()]*"
_AREA = r"(?:10|13|15|2[0346]|3[03568]|4[03568]|5[0358]|7[0-9])"
_LONG_AREA = r"(?:1[1-8]\d|2[2-9]\d|3[1-4]\d|4[1-9]\d|5[1-9]\d)"

VALUE_DETECTORS: tuple[Detector, ...] = (
    _in_values(
        "email",
        "an address with @, or with (at)",
        r"@|[(\[]at[)\]]|[(\[]aa[)\]]",
        (
            r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+",
            r"(?<![\w.+%-])[\w.+%-]+ ?[(\[]at[)\]] ?[\w-]+"
            r"(?:(?:\.| ?[(\[]?(?:punt|dot)[)\]]? ?)[\w-]+)+",
        ),
    ),
    _in_values(
        "social_handle",
        "an account on a social medium",
        r"@|a\.[a9]+/|a\s*[:=]\s*[a9]",
        (
            # "@SUM(" is a formula of a spreadsheet, and nobody's name.
            r"(?<![\w@.+-])@[A-Za-z_][\w.]{2,29}(?![\w@(])",
            r"(?i)\b(?:instagram|facebook|tiktok|twitter|x|snapchat|threads|github)\.com/(?:add/|@)?[\w.-]{2,}",
            r"(?i)\blinkedin\.com/in/[\w%-]{2,}",
            r"(?i)\b(?:t\.me|wa\.me|youtube\.com)/(?:@|c/|channel/)?[\w.-]{3,}",
            r"(?i)\b(?:insta|instagram|ig|snap|snapchat|tiktok|twitter|discord|telegram)"
            r"\s*(?:naam|name|account)?\s*[:=]\s*@?[\w.]{3,}",
        ),
    ),
    _in_values(
        "phone",
        "a number of a telephone, Dutch or abroad",
        r"(?:\+|9)[9\s().\-/]{7,}9",
        (
            rf"(?<![\w+])(?:(?:\+|00)31{_GAP}(?:\(0\){_GAP})?|0)6{_GAP}(?:\d{_GAP}){{7}}\d(?!\d)",
            rf"(?<![\w+])(?:\+|00)31{_GAP}(?:\(0\){_GAP})?[1-57-9](?:{_GAP}\d){{8}}(?!\d)",
            rf"(?<![\w+.,-])\(?0{_AREA}\)?[\s\-./]*\d(?:[\s.\-]?\d){{6}}(?!\d)",
            rf"(?<![\w+.,-])\(?0{_LONG_AREA}\)?[\s\-./]*\d(?:[\s.\-]?\d){{5}}(?!\d)",
            rf"(?<![\w+])\+(?!31)[1-9]\d{{0,2}}{_GAP}(?:\d{_GAP}){{6,11}}\d(?!\d)",
            rf"(?<![\w+])00(?:32|33|34|39|40|44|48|49|90|212|213|252|351|597|599)"
            rf"[\s.\-/()]*(?:\d{_GAP}){{6,9}}\d(?!\d)",
        ),
        _no_day,
    ),
    _in_values(
        "iban",
        "a bank account (ISO 13616)",
        r"(?:^|[^a9])aa99[\s.-]?[a9]{4}",
        (r"(?i)(?<!\w)[A-Z]{2}\d{2}(?:[\s.-]?[A-Z0-9]{4}){2,7}(?:[\s.-]?[A-Z0-9]{1,4})?",),
        _iban_in,
    ),
    _in_values(
        "bsn",
        "a burgerservicenummer in a text, or in groups of digits, that passes the eleven test",
        r"9{3}[ -]9{3}[ -]9{3}|9{4}\.9{2}\.9{3}|[^9]9{9}(?!9)|^9{9}[^9]",
        (r"(?<![\w.,-])\d{3}[ -]?\d{3}[ -]?\d{3}(?![\w]|[.,-]\d)", r"(?<![\w.,-])\d{4}\.\d{2}\.\d{3}(?![\w])"),
        _bsn,
    ),
    _in_values(
        "student_number",
        "a student number with its letter s, or behind the word",
        r"(?:^|[^a9])a9{7}(?!9)|a{3}.{0,20}9{6}",
        (
            r"(?<!\w)[sS]\d{7}(?!\w)",
            r"(?i)\b(?:student|leerling|deelnemer)(?:en)?[\s-]*(?:nummer|nr|number|id)\b\D{0,12}\d{6,8}(?!\d)",
        ),
    ),
    _in_values(
        "ip_address",
        "an IP address (version 4)",
        r"9{1,3}(?:\.9{1,3}){3}(?![9])",
        (r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d]|\.\d)",),
        _valid_ip4,
    ),
    _in_values(
        "ip_address",
        "an IP address (version 6)",
        r"(?:[a9]{0,4}:){3,}",
        (r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])",),
        _valid_ip6,
    ),
    _in_values(
        "birth_date",
        "a full date on which somebody who takes part may be born",
        r"99?[-/. ]99?[-/. ]9999|9999[-/.]99?[-/.]99?|99? ?a{3,}\.? 9999",
        (
            r"(?<![\d./-])\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}(?![\d/-])",
            r"(?<![\d./-])\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?![\d/-])",
            rf"(?i)(?<!\d)\d{{1,2}} ?(?:{MONTHS})\.? \d{{4}}(?!\d)",
        ),
        _birth_date,
    ),
    _in_values(
        "birth_date",
        "a date behind a word such as born",
        r"a.{0,12}99?[-/. ]",
        (
            r"(?i)\b(?:geboren|geboortedatum|geb\.?|born|birthday|verjaar\w*)"
            r"\b\D{0,12}\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}(?!\d)",
        ),
    ),
    _in_values(
        "postcode",
        "a postcode with its letters",
        r"(?:^|[^a9])9{4} ?aa(?![a9])",
        (r"(?<![\w.,-])([1-9]\d{3}) ?([A-Za-z]{2})(?![\w-])",),
        _postcode,
    ),
    _in_values(
        "coordinates",
        "two degrees with three decimals or more",
        r"99?[.,]9{3,}\s?[,;/ ]\s?[+-]?99?9?[.,]9{3}",
        (r"(?<![\d.])([+-]?\d{1,3}[.,]\d{3,})\s?[,;/ ]\s?([+-]?\d{1,3}[.,]\d{3,})(?!\d)",),
        _degrees,
    ),
    _in_values(
        "coordinates",
        "degrees and minutes, or a place on a map page",
        r"°|a/@|aaa?[.]a+/aaaa|=-?9",
        (
            r"\d{1,3}\s?°\s?\d{1,2}\s?['′’]",
            r"(?i)\bgoogle\.\w+/maps/\S+",
            r"(?i)\b(?:maps\.app\.)?goo\.gl/\S+",
            r"(?i)[?&#](?:lat|ll|q)=-?\d{1,2}\.\d{3,}",
        ),
    ),
    _in_values(
        "device_id",
        "the identifier of a device or a browser",
        r"[a9]{8}-[a9]{4}-[a9]{4}-[a9]{4}-[a9]{12}|[a9]{2}(?:[:-][a9]{2}){5}|aaaa.{0,4}[a9-]{8}",
        (
            r"(?<![\w-])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![\w-])",
            r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])",
            r"(?i)\b(?:imei|idfa|gaid|aaid|udid)\b\W{0,4}[\w-]{8,}",
        ),
    ),
)
