"""Texts that name somebody: a person, somebody of a school or an employer, a company.

Lists of names and what stands around a name, in Dutch and English. A language model would find more, and some
names will always pass: open answers are read by a person before anyone quotes them.
"""

from __future__ import annotations

import re
from functools import cache

from stagekansen_lib.privacy.word_lists import (
    COMPANIES,
    FAMILY_NAMES,
    GIVEN_NAMES,
    NOT_NAMES,
    PARTICLES,
    PLACE_ENDINGS,
    SOMETIMES_GIVEN,
)

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
_INITIALS = re.compile(r"(?:[A-ZÀ-Ý]\.)+")
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
    words = _words_of_name(value)
    if not words:
        return False
    given, family = words[0].casefold(), words[-1].casefold()
    if _INITIALS.fullmatch(words[0]):
        return words[-1][0].isupper() and family not in NOT_NAMES
    if "," in value and given in FAMILY_NAMES and family in GIVEN_NAMES:
        return True
    if given in GIVEN_NAMES:
        return family not in NOT_NAMES and any(map(_may_be_family, words[1:]))
    return given in SOMETIMES_GIVEN and family in FAMILY_NAMES


def _words_of_name(value: str) -> list[str]:
    """The words of a value that has the form of a name; none when it has not."""
    if not 4 <= len(value) <= 60 or any(sign.isdigit() for sign in value):
        return []
    words = re.findall(r"[^\s,]+", value)
    if not 2 <= len(words) <= 6 or _is_place(words[-1]):
        return []
    return words if all(_fits_behind(word) for word in words[1:]) else []


def _fits_behind(word: str) -> bool:
    """Whether a word may stand behind the first one in a name."""
    return _may_be_family(word) or word.casefold() in PARTICLES


def _may_be_family(word: str) -> bool:
    return word[0].isupper() or _is_family(word)


def _is_family(word: str) -> bool:
    return word.casefold() in FAMILY_NAMES


def _is_place(word: str) -> bool:
    return word.casefold().endswith(PLACE_ENDINGS)


def names_in(text: str) -> set[str]:
    """Whom a text names: any of "names_person", "names_staff" and "names_company".

    >>> sorted(names_in("Mijn stagebegeleider mevrouw De Bruin zei niets.")), names_in("De docent vroeg waar ik woon.")
    (['names_staff'], set())
    """
    staff, person = _names_after(_AFTER_STAFF, text), _names_person(text)
    if staff and person:
        # Without the title and the name of one and the same person.
        person = _names_somebody(_AFTER_STAFF.sub(" ", text))
    found = {"names_staff": staff, "names_person": person, "names_company": _names_company(text)}
    return {kind for kind, there in found.items() if there}


def _names_person(text: str) -> bool:
    return (
        _names_after(_AFTER_POLITE, text)
        or any(hit[1] in FAMILY_NAMES | GIVEN_NAMES for hit in _AFTER_POLITE_SMALL.finditer(text))
        or _names_after(_AFTER_CALLED, text)
        or _names_somebody(text)
    )


def _names_company(text: str) -> bool:
    known = _COMPANY.search(text) or _known_companies().search(text)
    return bool(known) or _names_after(_AT_COMPANY, text)


def _names_after(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a name, and not an ordinary word with a capital, stands last in what the pattern finds."""
    return any(hit[hit.lastindex or 0].casefold().rstrip("'’-") not in NOT_NAMES for hit in pattern.finditer(text))


def _names_somebody(text: str) -> bool:
    """A given name with a capital, or two words in small letters that can only be a name together."""
    words = _WORD.findall(text)
    for place, word in enumerate(words):
        given = (word if word[-1] not in "s'’" else re.sub(r"['’]s?$", "", word)).casefold()
        if given in GIVEN_NAMES and _stands_alone(words, place):
            return True
        if (given in GIVEN_NAMES or given in SOMETIMES_GIVEN) and _with_family(words, place, given in GIVEN_NAMES):
            return True
    return False


def _stands_alone(words: list[str], place: int) -> bool:
    """Whether a given name has a capital, is no abbreviation and does not begin the name of a place."""
    word = words[place]
    capital = word[0].isupper() and not (word.isupper() and len(word) < 4)
    return capital and not _is_place(words[place + 1] if place + 1 < len(words) else "")


def _with_family(words: list[str], place: int, surely_given: bool) -> bool:
    """Whether a family name follows a given name, with or without particles between."""
    rest = place + 1
    while rest < len(words) and words[rest].casefold() in PARTICLES:
        rest += 1
    sure = surely_given or words[place][0].isupper() or rest > place + 1
    return sure and rest < len(words) and _is_family(words[rest])
