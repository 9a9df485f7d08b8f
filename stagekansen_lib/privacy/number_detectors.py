"""Numbers that belong to one person: by their check digits, by their form, or by the word before them."""

from __future__ import annotations

import re
from datetime import date

from stagekansen_lib.privacy.check_digits import eleven_test, is_iban
from stagekansen_lib.privacy.days import MONTHS, born_before
from stagekansen_lib.privacy.forms import GAP, behind, digits_of, groups_of, in_values
from stagekansen_lib.privacy.values import Detector

__all__ = ["NUMBER_DETECTORS", "may_be_number"]

_SHORTEST_IBAN, _LONGEST_IBAN, _FEWEST_DIGITS = 15, 34, 9
_AREAS = re.compile(
    r"0(?:6[1-8]|10|13|15|2[0346]|3[03568]|4[03568]|5[0358]|7[0-9]"  # two digits
    r"|1[1-8]\d|2[2-9]\d|3[1-4]\d|4[1-9]\d|5[1-9]\d)"  # three digits
)
_AMOUNT = r"(?! ?(?:%|euro?s?\b|eur\b|km\b|kilometer|meter|m2|woorden|words|studenten|students|mensen|people|inwoners))"
_BIRTH = r"geboren|geboorte\w*|geb|gebdat|born|birth\w*|verjaar\w*|jarig|dob|bday"


def _iban_in(found: re.Match[str]) -> bool:
    """A text may go on after the number, whose length only its country tells."""
    signs = re.sub(r"[ ./-]", "", found[0])
    if sum(sign.isdigit() for sign in signs) < _FEWEST_DIGITS:
        return False
    return any(is_iban(signs[:size]) for size in range(_SHORTEST_IBAN, min(len(signs), _LONGEST_IBAN) + 1))


def _bsn(found: re.Match[str]) -> bool:
    text = found[0]
    if text[0].isalpha():  # the word BSN stands before it: somebody's, though mistyped
        return True
    return eleven_test(digits_of(text)) and may_be_number(text)


def may_be_number(text: str) -> bool:
    """Whether digits with signs between them read as one number: neither a day, a time, nor years.

    >>> may_be_number("111-222-333"), may_be_number("12-03-2021 3"), may_be_number("2021/2022"), may_be_number("9 - 17")
    (True, False, False, False)
    """
    groups, between = groups_of(text)
    sizes = [len(group) for group in groups]
    if len(between) > 1 or len(digits_of(text)) < 6:
        return False
    if len(groups) == 1:
        return True
    if len(set(sizes)) == 1 and sizes[0] == 4:  # two years, two times of the day
        return False
    if set(sizes) == {1}:  # an order of answers names each once
        return len(set(groups)) < len(groups) or len(groups) > 9
    return not _is_day(groups) and max(sizes) > 1


def _is_day(groups: list[str]) -> bool:
    sizes = [len(group) for group in groups]
    return bool(sizes[0] == 4 and max(sizes[1:3]) <= 2) or (max(sizes[:2]) <= 2 and sizes[2:3] == [4])


def _no_day(found: re.Match[str]) -> bool:
    """06-05-2022 14 is the beginning of a day and a time, and no number of a telephone."""
    return not re.match(r"\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d(?!\d)", found[0])


def _phone(found: re.Match[str]) -> bool:
    text = found[0]
    if not _no_day(found):
        return False
    return text.startswith(("+", "00")) or bool(_AREAS.match(digits_of(text)))


def _student(found: re.Match[str]) -> bool:
    text = found[0]
    if text[0].isalpha():
        return True
    number = digits_of(text)
    round_one = number.endswith("000") or len(set(number)) == 1
    spaced = " " in text and len(groups_of(text)[0]) == len(number)  # "7 8 6 7 8 9 7": marks in a row
    return not round_one and not spaced and may_be_number(text)


def _student_behind(found: re.Match[str]) -> bool:
    number = re.sub(r"^\D+", "", found[0])
    return number.isdecimal() or may_be_number(number)


def _birth_date(found: re.Match[str]) -> bool:
    text = re.sub(r"(?<=\d)(?:e|de|ste|th|st|nd|rd)\b|\bof\b|,", " ", found["day"])
    return born_before(_whole_year(text), date.today().year)


def _whole_year(text: str) -> str:
    """A day with its year in full: '03 is 2003 and '98 is 1998."""
    last = re.search(r"(?<!\d)'?(\d\d)\s*$", text)
    if last is None or re.search(r"\d{4}", text):
        return text
    century = 2000 if int(last[1]) <= date.today().year % 100 else 1900
    return f"{text[: last.start()]} {century + int(last[1])}"


_D, _M = r"[0-3]?\d", r"[01]?\d"
_BREAK = r" ?[-/. ] ?"
_DAY_IN_WORDS = (
    rf"{_D}(?:e|de|ste|th|st|nd|rd)?(?: of)?[ -]?(?:{MONTHS})\.?,?[ -]?(?:\d{{4}}|'\d\d)"
    rf"|(?:{MONTHS})\.? {_D}(?:th|st|nd|rd)?,? \d{{4}}"
)
_DAY_IN_DIGITS = rf"{_D}{_BREAK}{_M}{_BREAK}\d{{4}}|(?:19|20)\d\d ?[-/.] ?{_M} ?[-/.] ?{_D}"
_NO_LAW = r"(?<!wet van )(?<!besluit van )(?<!richtlijn van )(?<!act of )"

NUMBER_DETECTORS: tuple[Detector, ...] = (
    in_values(
        "phone",
        "a number of a telephone, Dutch or abroad",
        r"(?:\+|9)[9\s().\-/]{7,}9",
        (
            rf"(?<![\w+])(?:\+|00){GAP}31{GAP}(?:\(0\){GAP})?[1-9](?:{GAP}\d){{8}}(?!\d)",
            r"(?<![\w+,])(?<!\d[.-])\(?0(?:[ ./()-]{0,3}\d){9}(?!\d|[.,-]\d)",
            rf"(?<![\w+])\+(?!31)[1-9]\d{{0,2}}{GAP}(?:\(0\){GAP})?(?:\d{GAP}){{6,11}}\d(?!\d)",
            rf"(?<![\w+])00(?:32|33|34|39|40|44|48|49|90|212|213|252|351|597|599)"
            rf"{GAP}(?:\d{GAP}){{6,9}}\d(?!\d)",
        ),
        _phone,
    ),
    in_values(
        "iban",
        "a bank account (ISO 13616)",
        r"(?<![a9])a ?a[ ./-]{0,2}9[ ./-]{0,2}9(?:[ ./-]{0,3}[a9]){11}",
        (rf"(?i)(?<!\w)[A-Z] ?[A-Z]{GAP}\d{GAP}\d(?:{GAP}[A-Z0-9]){{11,30}}",),
        _iban_in,
    ),
    in_values(
        "iban",
        "a number behind the word account",
        ("aaa", r"9(?:[ ./-]{0,3}[a9]){6}"),
        (
            behind(
                r"iban|rekening\w*|bankrek\w*|account (?:no|number|nr)", rf"[a-z]{{2}}\d\d{GAP}(?:{GAP}[a-z0-9]){{11}}"
            ),
            behind(r"iban|rekening(?:nummer|nr)|bankrek\w*|account (?:no|number|nr)", rf"\d(?:{GAP}\d){{6,9}}(?!\d)"),
        ),
    ),
    in_values(
        "bsn",
        "a burgerservicenummer in a text that passes the eleven test, or behind its name",
        ("a", r"9(?:[ ./-]{0,3}9){7}"),
        (
            behind(
                r"bsn|b\.s\.n|burgerservice\w*|citizen service number|sofi\w*|social security \w*",
                rf"\d(?:{GAP}\d){{7,8}}(?!\d)",
            ),
            rf"(?<![\w+])(?<!\d[ .,/-])\d(?:{GAP}\d){{8}}(?!\w|[ .,/-]\d){_AMOUNT}",
        ),
        _bsn,
    ),
    in_values(
        "student_number",
        "a student number with its letter s, or behind the word",
        ("a", r"[^a9]", r"9(?:[ ./-]{0,3}9){5}"),
        (
            r"(?i)(?<!\w)st?\d{6,8}(?!\w)",
            behind(
                r"(?:student|leerling|deelnemer|inschrij\w*|ov|onderwijs|collegekaart|pas|inlog|school|user)\w*[ -]?"
                r"(?:nummer|nr|no|number|id|code)?",
                rf"\d(?:{GAP}\d){{5,8}}(?!\d){_AMOUNT}",
                12,
            ),
        ),
        _student_behind,
    ),
    in_values(
        "student_number",
        "seven or eight digits in a text, that are no amount and no day",
        ("a", r"9(?:[ ./-]{0,3}9){6}"),
        (
            r"(?<![\w+€$#/:])(?<!\d[ .,/-])(?<![€$] )(?<!versie )(?<!version )"
            rf"\d(?:{GAP}\d){{6,7}}(?!\w|[.,/:-]\d| \d){_AMOUNT}",
        ),
        _student,
    ),
    in_values(
        "birth_date",
        "a full date on which somebody who takes part may be born",
        r"99? ?[-/. ] ?99? ?[-/. ] ?9999|9999 ?[-/.] ?99? ?[-/.] ?99?|99?a{0,3}[ -]?(?:aa "
        r")?a{3,12}[., -]{0,2}'?99|aaa\.? 99?a{0,2},? 9999",
        (rf"(?i){_NO_LAW}(?<![\d./-])(?<!\d )(?P<day>{_DAY_IN_DIGITS}|{_DAY_IN_WORDS})(?![\d/-])",),
        _birth_date,
    ),
    in_values(
        "birth_date",
        "a date beside a word such as born",
        ("aaa", r"99? ?[-/. ] ?99? ?[-/. ] ?'?99(?!9)"),
        (rf"(?i)\b(?:{_BIRTH})\b\D{{0,15}}(?P<day>\d{{1,2}}{_BREAK}\d{{1,2}}{_BREAK}'?\d\d)(?!\d)",),
        _birth_date,
    ),
    in_values(
        "birth_date",
        "a date before a word such as born",
        ("aaa", r"99? ?[-/. ] ?99? ?[-/. ] ?'?99(?!9)"),
        (rf"(?i)(?<!\d)(?P<day>\d{{1,2}}{_BREAK}\d{{1,2}}{_BREAK}'?\d\d)(?!\d)[^\d.]{{0,20}}\b(?:{_BIRTH})\b",),
        _birth_date,
    ),
    in_values(
        "birth_date",
        "a day alone, with two digits for its year",
        r"^[( ]*99?[-/.]99?[-/.]'?99[) ]*$",
        (r"^[( ]*(?P<day>\d{1,2}(?P<sign>[-/.])\d{1,2}(?P=sign)'?\d\d)[) ]*$",),
        _birth_date,
    ),
)
