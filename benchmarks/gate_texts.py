"""1,000 identifiers in sentences and 1,000 harmless sentences, as respondents and staff write them.

All identifiers are drawn at random; none is of a real person. The sentences stand in gate_texts.yaml and were written,
as this file was, before the detectors were looked at. Half of the sentences (frames) serve to tune the gate, the other
half is put away; a third of the ways to write an identifier occurs in the half put away only.

    python benchmarks/gate_texts.py --half tune      # while working
    python benchmarks/gate_texts.py --half away      # at the end only
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Random = random.Random
Form = Callable[[Random], str]
SEED = 20261130
FRAMES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "gate_texts.yaml").read_text(encoding="utf-8"))
LISTS: dict[str, list[str]] = FRAMES["lists"]


@dataclass(frozen=True)
class Planted:
    """One text with the identifier in it: `kind` is empty and start = end = 0 for a harmless text."""

    kind: str
    half: str  # "tune" or "away"
    text: str
    start: int = 0
    end: int = 0

    @property
    def value(self) -> str:
        """The identifier as it was written."""
        return self.text[self.start : self.end]


# Digits and how people (and their phones) write them.


def digits(r: Random, n: int) -> str:
    return "".join(r.choice("0123456789") for _ in range(n))


def in_script(text: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(sign)) if sign in "0123456789" else sign for sign in text)


def grouped(text: str, sizes: Sequence[int], between: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return between.join([part for part in [*parts, text[at:]] if part])


WORDS_NL = ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen")
WORDS_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def in_words(text: str, words: Sequence[str]) -> str:
    return " ".join(words[int(sign)] if sign.isdecimal() else sign for sign in text)


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def digit_forms(make: Form, sizes: Sequence[int]) -> list[Form]:
    """Ways to write a number; each third one is kept for the half put away."""
    return [
        make,
        lambda r: grouped(make(r), sizes, " "),
        lambda r: grouped(make(r), sizes, "."),
        lambda r: grouped(make(r), sizes, "-"),
        lambda r: in_script(make(r), "\uff10"),
        lambda r: in_script(make(r), "\u0660"),
        lambda r: grouped(make(r), sizes, "\u2009"),
        lambda r: grouped(make(r), sizes, "\u00a0"),
        lambda r: in_script(make(r), "\u06f0"),
        lambda r: " ".join(make(r)),
        lambda r: ".".join(make(r)),
        lambda r: in_script(make(r), "\u0966"),
        lambda r: grouped(make(r), sizes, "\u2011"),
        lambda r: grouped(make(r), sizes, " - "),
        lambda r: grouped(make(r), sizes, "\n"),
        lambda r: grouped(make(r), sizes, "\u200b"),
        lambda r: in_script(make(r), "\U0001d7ce"),
        lambda r: grouped(make(r), sizes, "/"),
        lambda r: in_words(make(r), WORDS_NL),
        lambda r: grouped(make(r), sizes, "_"),
        lambda r: grouped(make(r), sizes, "\u2013"),
    ]


def bsn(r: Random) -> str:
    while True:
        first = "".join([r.choice("123456789"), digits(r, 7)])
        check = sum(int(sign) * weight for sign, weight in zip(first, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            return first + str(check)


def mobile(r: Random) -> str:
    return "06" + r.choice("12345678") + digits(r, 7)


def phone_forms() -> list[Form]:
    return [
        *digit_forms(mobile, (2, 4)),
        lambda r: "06-" + mobile(r)[2:],
        lambda r: "+31" + mobile(r)[1:],
        lambda r: "+31 6 " + grouped(mobile(r)[2:], (2, 2, 2), " "),
        lambda r: "0031" + mobile(r)[1:],
        lambda r: "+31 (0)6 " + mobile(r)[2:],
        lambda r: "070-" + r.choice("23456789") + digits(r, 6),
        lambda r: "(070) " + grouped(r.choice("234567") + digits(r, 6), (3, 2), " "),
        lambda r: "070 " + r.choice("234567") + digits(r, 2) + " " + digits(r, 4),
        lambda r: "079" + r.choice("234") + digits(r, 6),
        lambda r: "0174-" + r.choice("234567") + digits(r, 5),
        lambda r: "+32 4" + digits(r, 2) + " " + grouped(digits(r, 6), (2, 2), " "),
        lambda r: "+48 5" + digits(r, 2) + " " + grouped(digits(r, 6), (3,), " "),
        lambda r: "+49 15" + digits(r, 1) + " " + digits(r, 8),
        lambda r: "+90 53" + digits(r, 1) + " " + grouped(digits(r, 7), (3, 2), " "),
        lambda r: "+597 8" + digits(r, 6),
        lambda r: "O6-" + mobile(r)[2:],
        lambda r: "nul zes " + in_words(mobile(r)[2:], WORDS_NL),
        lambda r: in_words(mobile(r), WORDS_EN),
        lambda r: full_width("+31 6 ") + in_script(mobile(r)[2:], "\uff10"),
        lambda r: "06 " + " ".join(grouped(mobile(r)[2:], (2, 2, 2), " ").split()),
    ]


# Names: as varied as a class in The Hague.

FIRST = LISTS["first"]
LAST = LISTS["last"]
ELSEWHERE = LISTS["elsewhere"]


def first(r: Random) -> str:
    return r.choice(FIRST)


def last(r: Random) -> str:
    return r.choice(LAST)


def name_forms() -> list[Form]:
    def full(r: Random) -> str:
        return f"{first(r)} {last(r)}"

    def initials(r: Random) -> str:
        return f"{first(r)[0]}. {last(r)}"

    def with_two_initials(r: Random) -> str:
        return f"{first(r)[0]}.{first(r)[0]}. {last(r)}"

    def last_first(r: Random) -> str:
        return f"{last(r)}, {first(r)}"

    def double(r: Random) -> str:
        return f"{first(r)} {last(r)}-{last(r)}"

    return [
        full,
        first,
        full,
        lambda r: r.choice(ELSEWHERE),
        first,
        lambda r: r.choice(ELSEWHERE),
        lambda r: full(r).lower(),
        initials,
        lambda r: full(r).upper(),
        last_first,
        double,
        with_two_initials,
        lambda r: first(r).lower(),
        lambda r: full_width(first(r)),
        lambda r: f"{first(r)}\n{last(r)}",
    ]


def staff_forms() -> list[Form]:
    return [
        lambda r: f"meneer {last(r)}",
        lambda r: f"mevrouw {last(r)}",
        lambda r: f"juf {first(r)}",
        lambda r: f"docent {first(r)} {last(r)}",
        lambda r: f"mw. {last(r)}",
        lambda r: f"dhr. {last(r)}",
        lambda r: f"meester {first(r)}",
        lambda r: f"dhr {first(r)[0]}. {last(r)}",
        lambda r: f"mentor {first(r)}",
        lambda r: f"coach {first(r)} {last(r)}",
        lambda r: f"Mr. {last(r)}",
        lambda r: f"Ms {last(r)}",
        lambda r: f"dr. {last(r)}",
        lambda r: f"begeleidster {first(r)}",
        lambda r: f"mvr {last(r)}",
        lambda r: f"stagebegeleider {first(r)}",
        lambda r: f"slb'er {first(r)} {last(r)}",
        lambda r: f"prof. dr. {first(r)[0]}. {last(r)}",
        lambda r: f"Mevr. {last(r)}",
        lambda r: f"mijn baas {first(r)}",
        lambda r: f"teamleider {first(r)}",
        lambda r: f"de heer {last(r)}",
        lambda r: f"{first(r)} {last(r)}",
        lambda r: f"directeur {first(r)} {last(r)}",
        lambda r: f"mr {first(r).lower()}",
        lambda r: f"teacher {first(r)}",
        lambda r: f"meneer {last(r).lower()}",
    ]


TRADES = LISTS["trades"]
BRANDS = LISTS["brands"]
INVENTED = LISTS["invented"]


def company_forms() -> list[Form]:
    return [
        lambda r: f"{last(r).split()[-1]} Installaties B.V.",
        lambda r: f"{r.choice(TRADES)} {last(r)}",
        lambda r: f"{r.choice(INVENTED)} BV",
        lambda r: r.choice(BRANDS),
        lambda r: f"{last(r).split()[-1]} & Zonen",
        lambda r: f"{r.choice(TRADES)} {r.choice(INVENTED)}",
        lambda r: f"Stichting {r.choice(INVENTED)}",
        lambda r: f"{r.choice(INVENTED)} Solutions",
        lambda r: f"{last(r).split()[-1]} Advocaten",
        lambda r: f"{r.choice(INVENTED)} Logistics Ltd",
        lambda r: f"{r.choice(INVENTED)} v.o.f.",
        lambda r: f"{last(r).split()[-1]} Bouw",
        lambda r: f"{r.choice(TRADES).lower()} {last(r).lower()}",
        lambda r: f"{r.choice(INVENTED)} Consultancy",
        lambda r: f"{r.choice(INVENTED)} GmbH",
        lambda r: f"Van {last(r).split()[-1]} Accountants",
        lambda r: f"{r.choice(INVENTED)} Groep",
        lambda r: f"{r.choice(BRANDS).lower()}",
    ]


# E-mail, handles, links.

HOSTS = LISTS["hosts"]


def mailbox(r: Random) -> tuple[str, str]:
    plain = "".join(sign for sign in last(r).split()[-1].lower() if sign.isascii())
    before = r.choice(["sanne", "y", "m.", "info", "samira.", "j-", "kev_", "anil"])
    return before + plain + r.choice(["", "98", "2001"]), r.choice(HOSTS)


def mail_in(at: str, dot: str) -> Form:
    def make(r: Random) -> str:
        box, host = mailbox(r)
        return f"{box}{at}{host.replace('.', dot)}"

    return make


def email_forms() -> list[Form]:
    plain = mail_in("@", ".")
    return [
        plain,
        mail_in("(at)", "."),
        mail_in("[at]", "[dot]"),
        plain,
        mail_in(" apenstaartje ", " punt "),
        mail_in(" at ", " dot "),
        mail_in(" @ ", "."),
        lambda r: full_width(plain(r)),
        mail_in("\uff20", "."),
        mail_in("(at)", "(dot)"),
        mail_in("@", ","),
        mail_in("{at}", "."),
        mail_in(" (at) ", " (punt) "),
        mail_in("@", " . "),
        mail_in(" AT ", "."),
        lambda r: plain(r).upper(),
        mail_in("@\n", "."),
        mail_in("@\u200b", "."),
        mail_in(" apestaartje ", "."),
        mail_in("\ufe6b", "."),
        mail_in("-at-", "-dot-"),
        mail_in(" bij ", " punt "),
        mail_in("apenstaart", "punt"),
    ]


def user(r: Random) -> str:
    start = first(r).lower() + r.choice(["_", ".", ""])
    return start + r.choice(["xo", "x", "official", "070", "2512", "dev", "art"]) + r.choice(["", digits(r, 2)])


def handle_forms() -> list[Form]:
    return [
        lambda r: "@" + user(r),
        user,
        lambda r: "@" + user(r),
        lambda r: "@ " + user(r),
        lambda r: "\uff20" + user(r),
        lambda r: user(r) + "#" + digits(r, 4),
        lambda r: f"@{user(r)}_",
        lambda r: "apenstaartje " + user(r),
        lambda r: "(at)" + user(r),
        lambda r: f"@{first(r)}.{digits(r, 3)}",
        lambda r: "@\u200b" + user(r),
        lambda r: f"{first(r).lower()}-{last(r).split()[-1].lower()}-{digits(r, 4)}",
    ]


def word(r: Random) -> str:
    return "".join(r.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(r.randint(5, 9)))


def link_forms() -> list[Form]:
    return [
        lambda r: f"https://www.{word(r)}.nl/{word(r)}",
        lambda r: f"www.{word(r)}.com",
        lambda r: f"{word(r)}.nl",
        lambda r: f"linkedin.com/in/{word(r)}",
        lambda r: f"http://{word(r)}.github.io",
        lambda r: f"https://docs.google.com/d/{word(r)}{digits(r, 4)}",
        lambda r: f"instagram.com/{word(r)}",
        lambda r: f"bit.ly/{word(r)}",
        lambda r: f"www punt {word(r)} punt nl",
        lambda r: f"hxxps://{word(r)}[.]com/x",
        lambda r: f"youtu.be/{word(r)}{digits(r, 3)}",
        lambda r: f"{word(r)} dot com slash {word(r)}",
        lambda r: f"WWW.{word(r).upper()}.EU",
        lambda r: full_width(f"www.{word(r)}.nl"),
        lambda r: f"https : // {word(r)} . org / {word(r)}",
        lambda r: f"{word(r)}.wordpress.com/over-mij",
    ]


# Numbers with a form of their own.


def iban_for(country: str, rest: str) -> str:
    turned = "".join(str(int(sign, 36)) for sign in rest + country + "00")
    return f"{country}{98 - int(turned) % 97:02d}{rest}"


def iban(r: Random) -> str:
    return iban_for("NL", r.choice(["ABNA", "INGB", "RABO", "TRIO", "BUNQ", "SNSB", "KNAB"]) + "0" + digits(r, 9))


def iban_forms() -> list[Form]:
    fours = (4, 4, 4, 4)
    return [
        iban,
        lambda r: grouped(iban(r), fours, " "),
        lambda r: iban(r).lower(),
        lambda r: grouped(iban(r), fours, "."),
        lambda r: grouped(iban(r), fours, "-"),
        lambda r: full_width(iban(r)),
        lambda r: grouped(iban(r), fours, "\u2009"),
        lambda r: grouped(iban_for("BE", digits(r, 12)), (4, 4, 4), " "),
        lambda r: iban_for("DE", digits(r, 18)),
        lambda r: in_script(iban(r), "\u0660"),
        lambda r: grouped(iban(r), fours, "\u00a0"),
        lambda r: grouped(iban(r), (4, 4), " "),
        lambda r: grouped(iban(r), fours, "\n"),
        lambda r: grouped(iban(r), fours, "\u200b"),
        lambda r: " ".join(iban(r)),
        lambda r: grouped(iban_for("PL", digits(r, 24)), (4, 4, 4, 4, 4, 4), " "),
        lambda r: grouped(iban(r), (2, 2, 4, 4, 4), "/"),
        lambda r: grouped(iban(r).lower(), fours, " "),
    ]


def student(r: Random) -> str:
    return f"{r.randint(17, 26)}{digits(r, 6)}"


def student_forms() -> list[Form]:
    return [
        *digit_forms(student, (2, 3))[:17],
        lambda r: "s" + digits(r, 7),
        lambda r: "S" + digits(r, 6),
        lambda r: "30" + digits(r, 5),
        lambda r: student(r) + "@student",
        lambda r: "st" + student(r),
        lambda r: "0" + digits(r, 6),
    ]


def postcode_forms() -> list[Form]:
    def letters(r: Random) -> str:
        return r.choice("ABCDEGHJKLNPRSTVWXZ") + r.choice("ABCDEGHJKLNPRTVWXZ")

    def number(r: Random) -> str:
        return r.choice(["24", "25", "27", "22"]) + digits(r, 2)

    return [
        lambda r: f"{number(r)} {letters(r)}",
        lambda r: f"{number(r)}{letters(r)}",
        lambda r: f"{number(r)} {letters(r).lower()}",
        lambda r: f"{number(r)}{letters(r).lower()}",
        lambda r: f"{number(r)}-{letters(r)}",
        lambda r: full_width(number(r) + letters(r)),
        lambda r: f"{number(r)}  {letters(r)}",
        lambda r: f"{in_script(number(r), chr(0x660))} {letters(r)}",
        lambda r: f"{number(r)}.{letters(r)}",
        lambda r: f"NL-{number(r)} {letters(r)}",
        lambda r: f"{number(r)}\u00a0{letters(r)}",
        lambda r: f"{' '.join(number(r))} {' '.join(letters(r))}",
        lambda r: f"{number(r)}\u2009{letters(r)}",
    ]


STREETS = LISTS["streets"]
SHORT_STREETS = LISTS["short_streets"]


def address_forms() -> list[Form]:
    def street(r: Random) -> str:
        return r.choice(STREETS)

    def house(r: Random) -> str:
        return str(r.randint(1, 480))

    return [
        lambda r: f"{street(r)} {house(r)}",
        lambda r: f"{street(r)} {house(r)}{r.choice('abcABC')}",
        lambda r: f"{street(r).lower()} {house(r)}",
        lambda r: f"{street(r)} {house(r)}-{r.choice('123AB')}",
        lambda r: f"{street(r)} {house(r)}, Den Haag",
        lambda r: f"{r.choice(SHORT_STREETS)} {house(r)}",
        lambda r: f"{street(r)} nr. {house(r)}",
        lambda r: f"{street(r)} nummer {house(r)}",
        lambda r: f"{street(r)} {house(r)} bis",
        lambda r: f"{house(r)} {r.choice(['Baker Street', 'Station Road', 'Church Lane', 'Park Avenue'])}",
        lambda r: f"{street(r)} {in_script(house(r), chr(0xFF10))}",
        lambda r: f"{street(r)}\n{house(r)}",
        lambda r: f"{street(r).replace('straat', 'str.')} {house(r)}",
        lambda r: f"{street(r)}{house(r)}",
        lambda r: f"{street(r)}, {house(r)}",
        lambda r: f"{street(r).upper()} {house(r)} HS",
        lambda r: f"{street(r)} {r.choice(['twaalf', 'drie', 'negentien', 'veertig'])}",
        lambda r: f"{street(r)}\u00a0{house(r)}",
        lambda r: f"{r.choice(SHORT_STREETS)} {house(r)} in Den Haag",
    ]


MONTHS = LISTS["months"]
MONTHS_EN = LISTS["months_en"]


def born(r: Random) -> tuple[int, int, int]:
    return r.randint(1, 28), r.randint(1, 12), r.randint(1994, 2009)


def birth_in(pattern: str, zero: str = "") -> Form:
    def make(r: Random) -> str:
        day, month, year = born(r)
        short_month = MONTHS[month - 1][:3]
        text = pattern.format(
            d=day, m=month, y=year, yy=year % 100, nl=MONTHS[month - 1], en=MONTHS_EN[month - 1], short=short_month
        )
        return in_script(text, zero) if zero else text

    return make


def birth_forms() -> list[Form]:
    return [
        birth_in("{d:02}-{m:02}-{y}"),
        birth_in("{d} {nl} {y}"),
        birth_in("{d}/{m}/{y}"),
        birth_in("{d:02}.{m:02}.{y}"),
        birth_in("{y}-{m:02}-{d:02}"),
        birth_in("{en} {d}, {y}"),
        birth_in("{d}e {nl} {y}"),
        birth_in("{d:02}-{m:02}-{yy:02}"),
        birth_in("{d} {short} {y}"),
        birth_in("{d:02}-{m:02}-{y}", "\uff10"),
        birth_in("{d:02} {m:02} {y}"),
        birth_in("{d:02}/{m:02}/{y}", "\u0660"),
        birth_in("{d}th of {en} {y}"),
        birth_in("{d:02}{m:02}{y}"),
        birth_in("{d} {short}. '{yy:02}"),
        birth_in("{d:02} - {m:02} - {y}"),
        birth_in("{d} {en} {y}"),
        birth_in("{y}/{m:02}/{d:02}"),
        birth_in("{d:02}\u2013{m:02}\u2013{y}"),
        birth_in("{d:02}\u2009{m:02}\u2009{y}"),
        birth_in("{d}-{m}-'{yy:02}"),
        birth_in("{d}-{short}-{y}"),
    ]


def place(r: Random) -> tuple[float, float]:
    return r.uniform(52.02, 52.12), r.uniform(4.2, 4.4)


def coordinate_forms() -> list[Form]:
    def pair(places: int, between: str) -> Form:
        def make(r: Random) -> str:
            north, east = place(r)
            return f"{north:.{places}f}{between}{east:.{places}f}"

        return make

    def sexagesimal(pattern: str) -> Form:
        def make(r: Random) -> str:
            return pattern.format(
                a=r.randint(1, 7), b=r.randint(10, 59), c=r.randint(12, 24), e=r.randint(10, 59), f=r.randint(0, 9)
            )

        return make

    return [
        pair(5, ", "),
        pair(4, ","),
        pair(6, " "),
        sexagesimal("52°0{a}'{b}.{f}\"N 4°{c}'{e}.{f}\"E"),
        lambda r: pair(4, "; ")(r).replace(".", ","),
        lambda r: "{:.5f}N {:.5f}E".format(*place(r)),
        lambda r: "lat {:.5f} lon {:.5f}".format(*place(r)),
        lambda r: "{:.4f}° N, {:.4f}° E".format(*place(r)),
        lambda r: in_script(pair(5, ", ")(r), "\uff10"),
        sexagesimal("52 graden 0{a}.{b}{f} noord, 4 graden {c}.{e}{f} oost"),
        lambda r: "N{:.5f} E{:.5f}".format(*place(r)),
        lambda r: in_script(pair(5, ", ")(r), "\u0660"),
        lambda r: f"x {r.randint(76000, 88000)} y {r.randint(450000, 460000)}",
        sexagesimal("N52° 0{a}.{b}{f}' E4° {c}.{e}{f}'"),
        lambda r: pair(5, " / ")(r),
        sexagesimal("52\u00ba0{a}\u2032{b}\u2033N 4\u00ba{c}\u2032{e}\u2033E"),
        lambda r: pair(4, " - ")(r).replace(".", ","),
        lambda r: "{:.5f}\n{:.5f}".format(*place(r)),
    ]


def luhn(first_digits: str) -> str:
    total = 0
    for position, sign in enumerate(reversed(first_digits)):
        number = int(sign) * (2 if position % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return first_digits + str(-total % 10)


def imei(r: Random) -> str:
    return luhn("35" + digits(r, 12))


def hexadecimal(r: Random, n: int) -> str:
    return "".join(r.choice("0123456789abcdef") for _ in range(n))


def device_forms() -> list[Form]:
    def mac(between: str, size: int = 2) -> Form:
        return lambda r: between.join(hexadecimal(r, size) for _ in range(12 // size))

    return [
        imei,
        mac(":"),
        lambda r: mac("-")(r).upper(),
        lambda r: grouped(imei(r), (2, 6, 6), "-"),
        lambda r: str(
            f"{hexadecimal(r, 8)}-{hexadecimal(r, 4)}-4{hexadecimal(r, 3)}-a{hexadecimal(r, 3)}-{hexadecimal(r, 12)}"
        ),
        mac(".", 4),
        lambda r: hexadecimal(r, 15) + "f",
        lambda r: in_script(imei(r), "\uff10"),
        lambda r: "C02" + "".join(r.choice("ABCDEFGHJKLMNPQRSTVWXYZ0123456789") for _ in range(9)),
        mac(" "),
        lambda r: grouped(imei(r), (6, 2, 6), " "),
        lambda r: hexadecimal(r, 40),
        lambda r: full_width(mac(":")(r)),
        lambda r: grouped(imei(r), (2, 6, 6), "."),
        lambda r: "SN-" + "".join(r.choice("ABCDEFGHJKLMNPQRSTVWXYZ0123456789") for _ in range(10)),
        mac(" : "),
    ]


def ip_forms() -> list[Form]:
    def four(between: str) -> Form:
        return lambda r: between.join(
            str(part) for part in (r.choice([83, 145, 192, 62, 10]), *(r.randint(1, 254) for _ in range(3)))
        )

    def six(r: Random) -> str:
        return ":".join(["2001", "db8", *(f"{r.randint(1, 65535):x}" for _ in range(6))])

    plain = four(".")
    return [
        plain,
        plain,
        six,
        lambda r: f"2001:db8::{r.randint(1, 65535):x}",
        lambda r: plain(r) + ":8080",
        four(" . "),
        lambda r: in_script(plain(r), "\uff10"),
        four("[.]"),
        four(" punt "),
        lambda r: (
            f"fe80::{r.randint(1, 65535):x}:{r.randint(1, 65535):x}:{r.randint(1, 65535):x}:{r.randint(1, 65535):x}"
        ),
        lambda r: plain(r) + "/24",
        four(" dot "),
        lambda r: in_script(plain(r), "\u0660"),
        four("\u3002"),
        lambda r: six(r).upper(),
        four("(dot)"),
    ]


def document_forms() -> list[Form]:
    def passport(r: Random) -> str:
        return (
            "".join(r.choice("BCDFGHJKLMNPRSTVWXYZ") for _ in range(2))
            + "".join(r.choice("BCDFGHJKLMNPRSTVWXYZ123456789") for _ in range(6))
            + r.choice("123456789")
        )

    def residence(r: Random) -> str:
        return "IR" + r.choice("BCDFH") + digits(r, 6)

    return [
        passport,
        lambda r: passport(r).lower(),
        lambda r: grouped(passport(r), (3, 3), " "),
        lambda r: grouped(passport(r), (2, 4), "-"),
        lambda r: full_width(passport(r)),
        residence,
        lambda r: r.choice("345") + digits(r, 9),
        lambda r: r.choice("US") + digits(r, 8),
        lambda r: grouped(passport(r), (3, 3), "."),
        lambda r: grouped(r.choice("345") + digits(r, 9), (3, 3), " "),
        lambda r: in_script(r.choice("345") + digits(r, 9), "\u0660"),
        lambda r: grouped(passport(r), (3, 3), "\u2009"),
        lambda r: "AB" + digits(r, 7),
        lambda r: " ".join(passport(r)),
    ]


SIDECODES = LISTS["sidecodes"]


def plate_forms() -> list[Form]:
    def plate(r: Random) -> str:
        return "".join(
            r.choice("BDFGHJKLNPRSTVXZ") if sign == "X" else r.choice("0123456789") if sign == "9" else sign
            for sign in r.choice(SIDECODES)
        )

    return [
        plate,
        plate,
        lambda r: plate(r).lower(),
        lambda r: plate(r).replace("-", ""),
        lambda r: plate(r).replace("-", " "),
        lambda r: full_width(plate(r)),
        lambda r: plate(r).replace("-", "."),
        lambda r: plate(r).replace("-", "\u2011"),
        lambda r: plate(r).replace("-", "").lower(),
        lambda r: plate(r).replace("-", "\u2009"),
        lambda r: plate(r).replace("-", " - "),
        lambda r: plate(r).replace("-", "\u2013"),
    ]


FORMS: dict[str, list[Form]] = {
    "bsn": digit_forms(bsn, (3, 3)),
    "phone": phone_forms(),
    "email": email_forms(),
    "iban": iban_forms(),
    "student_number": student_forms(),
    "address": address_forms(),
    "postcode": postcode_forms(),
    "birth_date": birth_forms(),
    "name": name_forms(),
    "staff": staff_forms(),
    "company": company_forms(),
    "handle": handle_forms(),
    "coordinates": coordinate_forms(),
    "device": device_forms(),
    "ip": ip_forms(),
    "document": document_forms(),
    "plate": plate_forms(),
    "link": link_forms(),
}
COURSES = LISTS["courses"]
LAWS = LISTS["laws"]
SLOTS: dict[str, Form] = {
    "hours": lambda r: r.choice(LISTS["hourss"]),
    "time": lambda r: f"{r.randint(6, 22):02}{r.choice(':.')}{r.choice(['00', '15', '30', '45'])}",
    "age": lambda r: str(r.randint(15, 58)),
    "year": lambda r: str(r.randint(2009, 2026)),
    "count": lambda r: str(r.randint(10, 99)),
    "small": lambda r: str(r.randint(1, 9)),
    "euro": lambda r: str(r.choice(LISTS["euros"])),
    "cents": lambda r: f"{r.randint(11, 98)}",
    "grade": lambda r: f"{r.randint(3, 9)}{r.choice(['', ',5', '.5', ',8', '+'])}",
    "percent": lambda r: str(r.choice(LISTS["percents"])),
    "level": lambda r: str(r.randint(1, 4)),
    "sector": lambda r: r.choice(LISTS["sectors"]),
    "place": lambda r: r.choice(LISTS["places"]),
    "quarter": lambda r: r.choice(LISTS["quarters"]),
    "course": lambda r: r.choice(COURSES),
    "law": lambda r: r.choice(LAWS),
    "month": lambda r: r.choice(MONTHS),
    "month_en": lambda r: r.choice(MONTHS_EN),
    "day": lambda r: str(r.randint(1, 30)),
    "room": lambda r: r.choice(["OV 2.64", "SL 1.12", "A3.05", "0.14", "B201", "R3.22"]),
    "klas": lambda r: r.choice(LISTS["klass"]),
    "country": lambda r: r.choice(LISTS["countrys"]),
    "language": lambda r: r.choice(LISTS["languages"]),
}


def fill(frame: str, r: Random) -> str:
    parts = frame.split("{")
    text = parts[0]
    for part in parts[1:]:
        slot, rest = part.split("}", 1)
        text += SLOTS[slot](r) + rest
    return text


def halved(items: Sequence[str], r: Random) -> dict[str, list[str]]:
    """The frames in two halves that share none."""
    mixed = list(items)
    r.shuffle(mixed)
    middle = len(mixed) // 2
    return {"tune": mixed[:middle], "away": mixed[middle:]}


def identifiers(total: int = 1000, seed: int = SEED) -> list[Planted]:
    """`total` texts with an identifier, as even as can be over the kinds and the two halves."""
    r = random.Random(seed)
    texts: list[Planted] = []
    kinds = list(FORMS)
    for number, kind in enumerate(kinds):
        frames = halved(FRAMES["identifiers"][kind], r)
        share = total // len(kinds) + (number < total % len(kinds))
        for turn in range(share):
            half = ("tune", "away")[turn % 2]
            forms = [form for place, form in enumerate(FORMS[kind]) if half == "away" or place % 3 != 2]
            form = forms[(turn // 2) % len(forms)]
            before, after = r.choice(frames[half]).split("{}")
            value = form(r)
            texts.append(Planted(kind, half, before + value + after, len(before), len(before) + len(value)))
    return texts


def harmless(total: int = 1000, seed: int = SEED) -> list[Planted]:
    """`total` different texts without an identifier."""
    r = random.Random(seed + 1)
    found: dict[str, Planted] = {}
    for half, sentences in halved(FRAMES["plain"], r).items():
        found |= {text: Planted("", half, text) for text in sentences}
    frames = halved(FRAMES["harmless"], r)
    turn = 0
    while len(found) < total:
        half = ("tune", "away")[turn % 2]
        turn += 1
        text = fill(r.choice(frames[half]), r)
        found.setdefault(text, Planted("", half, text))
    return list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=["tune", "away"], default="tune")
    chosen = parser.parse_args().half
    for planted in [*identifiers(), *harmless()]:
        if planted.half == chosen:
            print(planted.kind or "-", repr(planted.text), sep="\t")


if __name__ == "__main__":
    main()
