"""What points straight at a person, found in one value: numbers by their check digits, the rest by their form.

A value is first looked at by its shape (each digit 9, each letter a). A million coded answers have few shapes, so that
almost nothing is read twice.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

__all__ = ["DETECTORS", "Detector", "born_before", "day_of", "eleven_test", "is_iban", "luhn", "pieces", "shapes_of"]

_SHAPE = str.maketrans(
    "012345678" + "bcdefghijklmnopqrstuvwxyz" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "9" * 9 + "a" * 25 + "a" * 26
)
# Signs that are searched at once, and how much of it the next piece repeats.
_PIECE, _OVERLAP = 4_000, 100
# A student or a colleague is older than this; a later date is a day of the survey and no birth date.
_YOUNGEST = 14
_MONTHS = (
    "jan(?:uari|uary)?|feb(?:ruari|ruary)?|maart|mrt|march|mar|apr(?:il)?|mei|may|juni?|june?|juli?|july?|aug(?:ustus|ust)?"
    "|sep(?:t(?:ember)?)?|okt(?:ober)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)


def _always(_: re.Match[str]) -> bool:
    return True


@dataclass(frozen=True)
class Detector:
    """One kind of identifier: the shape a value must have, the form itself, and a test of what was found."""

    kind: str
    shape: re.Pattern[str]
    form: re.Pattern[str]
    valid: Callable[[re.Match[str]], bool] = _always

    def finds(self, value: str) -> bool:
        """Whether the value holds one, anywhere in it."""
        return any(self.valid(found) for piece in pieces(value) for found in self.form.finditer(piece))


def pieces(value: str) -> list[str]:
    """A very long value in overlapping pieces, so that the work grows with its length and not with the square."""
    if len(value) <= _PIECE:
        return [value]
    return [value[start : start + _PIECE] for start in range(0, len(value), _PIECE - _OVERLAP)]


def shapes_of(values: list[str]) -> list[str]:
    """Each value with every digit as 9 and every letter of A to Z as a."""
    joined = "\n".join(values).translate(_SHAPE).split("\n")
    if len(joined) == len(values):
        return joined
    return [value.replace("\n", " ").translate(_SHAPE) for value in values]


def eleven_test(digits: str) -> bool:
    """Whether a number of eight or nine digits passes the eleven test of a burgerservicenummer.

    The sum 9a + 8b + 7c + 6d + 5e + 4f + 3g + 2h - i must be a multiple of 11.

    >>> eleven_test("111222333"), eleven_test("111222334"), eleven_test("000000000")
    (True, False, False)
    """
    digits = digits.zfill(9)
    if len(digits) != 9 or not digits.isascii() or not digits.isdigit() or len(set(digits)) == 1:
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


# Signs in a bank account number of a country (the registry of ISO 13616): those of accounts students may have.
_IBAN_SIZE = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LT": 20, "LU": 20, "LV": 21,
    "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "TN": 24, "TR": 26,
    "UA": 29,
}  # fmt: skip


def is_iban(text: str) -> bool:
    """Whether a text is an IBAN: the length of its country, and a remainder by 97 of 1 (ISO 13616).

    >>> is_iban("NL91 ABNA 0417 1643 00"), is_iban("NL92 ABNA 0417 1643 00")
    (True, False)
    """
    plain = re.sub(r"[\s.-]", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", plain) or len(plain) != _IBAN_SIZE.get(plain[:2]):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def luhn(digits: str) -> bool:
    """Whether a row of digits passes the check of Luhn, as the number of a telephone (IMEI) does.

    >>> luhn("490154203237518"), luhn("490154203237519")
    (True, False)
    """
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0 and len(set(digits)) > 1


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
    """A text may go on after the number: only the signs that belong to it are looked at."""
    signs = re.sub(r"[\s.-]", "", found[0])
    return is_iban(signs[: _IBAN_SIZE.get(signs[:2].upper(), 0)])


def day_of(text: str) -> date | None:
    """The day that a text of the usual forms names (day first, or year first); None when it is no day."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    month = re.search(_MONTHS, text, re.IGNORECASE)
    if month and len(numbers) == 2:
        names = ("jan", "feb", "ma", "apr", "me", "jun", "jul", "aug", "sep", "o", "nov", "dec")
        word = month[0].lower()
        place = 3 if word.startswith(("maa", "mrt", "mar")) else 5 if word in ("mei", "may") else 0
        numbers.insert(1, place or 1 + next(at for at, name in enumerate(names) if word.startswith(name)))
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


def _birth_date(found: re.Match[str]) -> bool:
    return born_before(found[0], date.today().year)


def _postcode(found: re.Match[str]) -> bool:
    letters = found[2]
    if letters.upper() in {"SA", "SD", "SS"}:  # never given out
        return False
    if found[0] == found.string.strip():
        return True
    # "in 2022 IK ..." is a year and a word; letters in a text are capitals.
    words = {"EN", "IN", "IK", "OF", "OP", "DE", "HE", "NU", "ZO", "DO", "MA", "ER", "JA", "WE", "JE", "TE", "OM", "AM",
             "AN", "AS", "AT", "BE", "BY", "IF", "IS", "IT", "ME", "MY", "NO", "ON", "OR", "SO", "TO", "UP", "US", "AL",
             "DA", "ZE", "HB", "MB", "BO", "BB"}  # fmt: skip
    return letters.isupper() and letters not in words


def _degrees(found: re.Match[str]) -> bool:
    first, second = (float(part.replace(",", ".")) for part in found.groups())
    return (abs(first) <= 90 and abs(second) <= 180) or (abs(first) <= 180 and abs(second) <= 90)


def _no_day(found: re.Match[str]) -> bool:
    """06-05-2022 14 is the beginning of a day and a time, and no number of a telephone."""
    return not re.match(r"\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d(?!\d)", found[0])


def _make(
    kind: str, shape: str, forms: Iterable[str], valid: Callable[[re.Match[str]], bool] | None = None
) -> Detector:
    small = [f"(?i:{form[4:]})" if form.startswith("(?i)") else form for form in forms]
    form = re.compile("|".join(small))
    return Detector(kind, re.compile(shape), form) if valid is None else Detector(kind, re.compile(shape), form, valid)


_GAP = r"[\s.\-/()]*"
_AREA = r"(?:10|13|15|2[0346]|3[03568]|4[03568]|5[0358]|7[0-9])"
_LONG_AREA = r"(?:1[1-8]\d|2[2-9]\d|3[1-4]\d|4[1-9]\d|5[1-9]\d)"

DETECTORS: tuple[Detector, ...] = (
    _make(
        "email",
        r"@|[(\[]at[)\]]|[(\[]aa[)\]]",
        (
            r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+",
            r"(?<![\w.+%-])[\w.+%-]+ ?[(\[]at[)\]] ?[\w-]+"
            r"(?:(?:\.| ?[(\[]?(?:punt|dot)[)\]]? ?)[\w-]+)+",
        ),
    ),
    _make(
        "social_handle",
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
    _make(
        "phone",
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
    _make(
        "iban",
        r"(?:^|[^a9])aa99[\s.-]?[a9]{4}",
        (r"(?i)(?<!\w)[A-Z]{2}\d{2}(?:[\s.-]?[A-Z0-9]{4}){2,7}(?:[\s.-]?[A-Z0-9]{1,4})?",),
        _iban_in,
    ),
    _make(
        "bsn",
        r"9{3}[ -]9{3}[ -]9{3}|9{4}\.9{2}\.9{3}|[^9]9{9}(?!9)|^9{9}[^9]",
        (r"(?<![\w.,-])\d{3}[ -]?\d{3}[ -]?\d{3}(?![\w]|[.,-]\d)", r"(?<![\w.,-])\d{4}\.\d{2}\.\d{3}(?![\w])"),
        lambda found: eleven_test(re.sub(r"\D", "", found[0])),
    ),
    _make(
        "student_number",
        r"(?:^|[^a9])a9{7}(?!9)|a{3}.{0,20}9{6}",
        (
            r"(?<!\w)[sS]\d{7}(?!\w)",
            r"(?i)\b(?:student|leerling|deelnemer)(?:en)?[\s-]*(?:nummer|nr|number|id)\b\D{0,12}\d{6,8}(?!\d)",
        ),
    ),
    _make(
        "ip_address", r"9{1,3}(?:\.9{1,3}){3}(?![9])", (r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d]|\.\d)",), _valid_ip4
    ),
    _make(
        "ip_address",
        r"(?:[a9]{0,4}:){3,}",
        (r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])",),
        _valid_ip6,
    ),
    _make(
        "birth_date",
        r"99?[-/. ]99?[-/. ]9999|9999[-/.]99?[-/.]99?|99? ?a{3,}\.? 9999",
        (
            r"(?<![\d./-])\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}(?![\d/-])",
            r"(?<![\d./-])\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?![\d/-])",
            rf"(?i)(?<!\d)\d{{1,2}} ?(?:{_MONTHS})\.? \d{{4}}(?!\d)",
        ),
        _birth_date,
    ),
    _make(
        "birth_date",
        r"a.{0,12}99?[-/. ]",
        (
            r"(?i)\b(?:geboren|geboortedatum|geb\.?|born|birthday|verjaar\w*)"
            r"\b\D{0,12}\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}(?!\d)",
        ),
    ),
    _make(
        "postcode", r"(?:^|[^a9])9{4} ?aa(?![a9])", (r"(?<![\w.,-])([1-9]\d{3}) ?([A-Za-z]{2})(?![\w-])",), _postcode
    ),
    _make(
        "coordinates",
        r"99?[.,]9{3,}\s?[,;/ ]\s?[+-]?99?9?[.,]9{3}",
        (r"(?<![\d.])([+-]?\d{1,3}[.,]\d{3,})\s?[,;/ ]\s?([+-]?\d{1,3}[.,]\d{3,})(?!\d)",),
        _degrees,
    ),
    _make(
        "coordinates",
        r"°|a/@|aaa?[.]a+/aaaa|=-?9",
        (
            r"\d{1,3}\s?°\s?\d{1,2}\s?['′’]",
            r"(?i)\bgoogle\.\w+/maps/\S+",
            r"(?i)\b(?:maps\.app\.)?goo\.gl/\S+",
            r"(?i)[?&#](?:lat|ll|q)=-?\d{1,2}\.\d{3,}",
        ),
    ),
    _make(
        "device_id",
        r"[a9]{8}-[a9]{4}-[a9]{4}-[a9]{4}-[a9]{12}|[a9]{2}(?:[:-][a9]{2}){5}|aaaa.{0,4}[a9-]{8}",
        (
            r"(?<![\w-])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![\w-])",
            r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])",
            r"(?i)\b(?:imei|idfa|gaid|aaid|udid)\b\W{0,4}[\w-]{8,}",
        ),
    ),
)
