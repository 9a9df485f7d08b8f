"""Texts that name somebody: a person, somebody of a school or an employer, a company.

Lists of names and what stands around a name, in Dutch and English. A language model would find more, and some
names will always pass: open answers are read by a person before anyone quotes them.
"""

from __future__ import annotations

import re
from functools import cache

from stagekansen_lib.privacy.names import COMPANIES, FAMILY_NAMES, GIVEN_NAMES, NOT_NAMES, PARTICLES, SOMETIMES_GIVEN

__all__ = ["is_name", "names_in", "starts_with_given_name"]

_CAPITAL = r"[A-ZÀ-ÖØ-ÞŞÇĞİŁŚŽŠ][\wÀ-ÿ'’-]+"
_PARTICLE = r"(?:(?:van|von|de|den|der|het|ten|ter|te|la|el|al|ben|bin|da|dos|del|di|du|'t) ){0,3}"
_POLITE = r"(?:meneer|mevrouw|mevr\.?|mw\.?|dhr\.?|de heer|juf|juffrouw|mr\.?|mrs\.?|ms\.?|miss|mister)"
_STAFF = (
    r"(?:docente?|leraar|lerares|leerkracht|meester|mentor|tutor|decaan|slb'?er|studieloopbaanbegeleider|teamleider"
    r"|stagebegeleid(?:st)?er|stageco[oö]rdinator|praktijkbegeleid(?:st)?er|praktijkopleid(?:st)?er|begeleid(?:st)?er"
    r"|werkbegeleid(?:st)?er|opleidingsmanager|conci[eë]rge|directeur|directrice|rector|manager|leidinggevende|baas"
    r"|chef|eigenaar|teacher|lecturer|supervisor|coach|coordinator|boss|owner|director|professor|prof\.?|drs?\.?|ir\.?)"
)
_CALLED = r"(?:heet(?:te|ten)?|genaamd|genoemd|mijn naam is|m'n naam is|my name is|called|named)"
_LEGAL = r"(?:[Bb]\.?[Vv]\.?|[Nn]\.?[Vv]\.?|V\.?[Oo]\.?[Ff]\.?|Holding|Group|Groep|Ltd\.?|GmbH|Inc\.?|LLC)"
_PLACES = frozenset(
    [
        "straat",
        "laan",
        "plein",
        "weg",
        "kade",
        "college",
        "lyceum",
        "school",
        "scholengroep",
        "ziekenhuis",
        "kliniek",
        "hogeschool",
        "academie",
    ]
)

# A title in any case, then a name with a capital.
_AFTER_POLITE = re.compile(rf"\b(?i:{_POLITE}) ({_PARTICLE})({_CAPITAL})")
_AFTER_POLITE_SMALL = re.compile(rf"\b(?i:{_POLITE}) {_PARTICLE}([a-zà-ÿ'-]{{3,}})")
_AFTER_STAFF = re.compile(rf"\b(?i:{_STAFF}),? (?i:meneer |mevrouw )?({_PARTICLE})({_CAPITAL})")
_AFTER_CALLED = re.compile(rf"\b(?i:{_CALLED}) ({_PARTICLE})({_CAPITAL})")
_COMPANY = re.compile(rf"\b{_CAPITAL}(?:[ &]+(?:en |and |de |van )?{_CAPITAL}){{0,4}},? {_LEGAL}(?![\w])")
_AT_COMPANY = re.compile(
    r"\b(?i:stage|stageplek|stageplaats|werkte?|werk|solliciteerde?|gesolliciteerd|afgewezen|aangenomen|internship|worked"
    r"|applied|rejected|placement)(?: (?i:gelopen|gehad|gedaan|ook|was|toen))? (?i:bij|at|by) (?i:de |het |the )?"
    rf"({_CAPITAL})"
)
_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿŞşÇçĞğİıŁłŚśŽžŠš'’]+(?:-[A-Za-zÀ-ÖØ-öø-ÿ]+)*")


@cache
def _known_companies() -> re.Pattern[str]:
    names = sorted(COMPANIES, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(name) for name in names)})(?![\w])")


def starts_with_given_name(value: str) -> bool:
    """Whether the first word of a short value is a given name, as in a column of names."""
    words = value.replace(".", " ").split()
    return 0 < len(words) <= 5 and words[0].casefold().strip(",") in GIVEN_NAMES | SOMETIMES_GIVEN


def is_name(value: str) -> bool:
    """Whether a whole value reads as the name of a person: a given name and more, or initials and a family name.

    >>> is_name("Fatima el Idrissi"), is_name("J.P. de Vries"), is_name("Den Haag"), is_name("Eén plek voor iedereen")
    (True, True, False, False)
    """
    if not 4 <= len(value) <= 60 or any(sign.isdigit() for sign in value):
        return False
    words = [word for word in re.split(r"[\s,]+", value.strip()) if word]
    if not 2 <= len(words) <= 6 or words[-1].casefold().endswith(tuple(_PLACES)):
        return False
    first, last, rest = words[0], words[-1], words[1:]
    if not all(
        word.casefold() in PARTICLES or word[0].isupper() or word.casefold() in FAMILY_NAMES for word in words[1:]
    ):
        return False
    if re.fullmatch(r"(?:[A-ZÀ-Ý]\.)+|[A-Z]{1,3}", first) and "." in first:
        return last[0].isupper() and last.casefold() not in NOT_NAMES
    given, family = first.casefold(), last.casefold()
    if given in FAMILY_NAMES and "," in value and last.casefold() in GIVEN_NAMES:
        return True
    if given in GIVEN_NAMES:
        return any(word[0].isupper() or word.casefold() in FAMILY_NAMES for word in rest) and family not in NOT_NAMES
    return given in SOMETIMES_GIVEN and family in FAMILY_NAMES


def names_in(text: str) -> set[str]:
    """Whom a text names: any of "names_person", "names_staff" and "names_company".

    >>> sorted(names_in("Mijn stagebegeleider mevrouw De Bruin zei niets.")), names_in("De docent vroeg waar ik woon.")
    (['names_staff'], set())
    """
    found: set[str] = set()
    if any(_real(hit[2]) for hit in _AFTER_STAFF.finditer(text)):
        found.add("names_staff")
    if any(_real(hit[2]) for hit in _AFTER_POLITE.finditer(text)) or any(
        hit[1] in FAMILY_NAMES | GIVEN_NAMES for hit in _AFTER_POLITE_SMALL.finditer(text)
    ):
        found.add("names_person")
    if any(_real(hit[2]) for hit in _AFTER_CALLED.finditer(text)):
        found.add("names_person")
    if _COMPANY.search(text) or _known_companies().search(text):
        found.add("names_company")
    if any(_real(hit[1]) for hit in _AT_COMPANY.finditer(text)):
        found.add("names_company")
    if _names_somebody(text):
        found.add("names_person")
    if "names_staff" in found and not _names_somebody(_AFTER_STAFF.sub(" ", text)):
        found.discard("names_person")  # the title and the name of one and the same person
    return found


def _real(word: str) -> bool:
    return word.casefold().rstrip("'’-") not in NOT_NAMES


def _names_somebody(text: str) -> bool:
    """A given name with a capital, or two words in small letters that can only be a name together."""
    words = _WORD.findall(text)
    for place, word in enumerate(words):
        small = re.sub(r"['’]s?$", "", word).casefold()
        if small in GIVEN_NAMES and word[0].isupper() and not (word.isupper() and len(word) < 4):
            following = words[place + 1].casefold() if place + 1 < len(words) else ""
            if not following.endswith(tuple(_PLACES)):
                return True
        if small in GIVEN_NAMES or small in SOMETIMES_GIVEN:
            rest = place + 1
            while rest < len(words) and words[rest].casefold() in PARTICLES:
                rest += 1
            family = rest < len(words) and words[rest].casefold() in FAMILY_NAMES
            if family and (word[0].isupper() or rest > place + 1 or small in GIVEN_NAMES):
                return True
    return False
