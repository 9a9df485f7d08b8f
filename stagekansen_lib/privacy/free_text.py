"""Texts that name somebody: a person, somebody of a school or an employer, a company.

Lists of names and what stands around a name, in Dutch and English. A language model would find more, and some
names will always pass: open answers are read by a person before anyone quotes them.
"""

from __future__ import annotations

import re
from functools import cache

from stagekansen_lib.privacy.name_forms import has_family_ending, is_pinyin_given, is_pinyin_name
from stagekansen_lib.privacy.unknown_names import names_unknown
from stagekansen_lib.privacy.word_lists import (
    CALLED_AFTER,
    COMPANIES,
    FAMILY_NAMES,
    GIVEN_NAMES,
    NOT_NAMES,
    PARTICLES,
    PLACE_ENDINGS,
    SMALL_COMPANIES,
    SOMETIMES_GIVEN,
    STAFF_STEMS,
    SURE_FAMILY_NAMES,
    SURE_GIVEN_NAMES,
    name_key,
)

__all__ = ["is_name", "names_in", "starts_with_given_name"]

_CAPITALS = "".join(sign for sign in map(chr, range(0x41, 0x250)) if sign.isupper())
_CAPITAL = rf"[{_CAPITALS}][\wÀ-ÿ'’-]+"
_PARTICLE = r"(?:(?:van|von|de|den|der|het|ten|ter|te|la|el|al|ben|bin|da|dos|del|di|du|'t) ){0,3}"
_POLITE = r"(?:meneer|mevrouw|mevr\.?|mvr\.?|mw\.?|dhr\.?|de heer|juf|juffrouw|mr\.?|mrs\.?|ms\.?|miss|mister)"
_STAFF = (
    r"(?:docente?|leraar|lerares|leerkracht|meester|mentor|tutor|decaan|slb'?er|studieloopbaanbegeleider|teamleider"
    r"|stagebegeleid(?:st)?er|stageco[oö]rdinator|praktijkbegeleid(?:st)?er|praktijkopleid(?:st)?er|begeleid(?:st)?er"
    r"|werkbegeleid(?:st)?er|opleidingsmanager|conci[eë]rge|directeur|directrice|rector|manager|leidinggevende|baas"
    r"|chef|eigenaar|teacher|lecturer|supervisor|coach|coordinator|boss|owner|director|professor|prof\.?|drs?\.?|ir\.?)"
)
_CALLED = (
    r"(?:heet(?:te|ten)?|genaamd|genoemd|mijn naam is|m'n naam is|my name is|called|named|naam ?:|name ?:"
    r"|groet(?:en|jes)?,?|regards,?|ondertekend door|signed by|samen met|together with|gesprek (?:gehad )?met"
    r"|ablam|abim|hocam|kuzenim|arkada[sş][iı]m|kole[zż]anka|kolega|pani|lalla|sidi|khalti|tanti"
    r"|vraag (?:het )?(?:maar )?aan|i told|ask|i asked|please contact"
    r"|(?:mijn|m'n|my) (?:\w+ )?(?:vriend(?:in)?|zus(?:je)?|broer(?:tje)?|collega|klasgenoot|klasgenote"
    r"|nicht|neef|oom|tante"
    r"|friend|sister|brother|classmate|colleague|cousin))"
)
_LEGAL = r"(?:[Bb]\.?[Vv]\.?|[Nn]\.?[Vv]\.?|[Vv]\.?[Oo]\.?[Ff]\.?|Holding|Group|Groep|Ltd\.?|GmbH|Inc\.?|LLC)"
_BRANCH = (
    r"(?:Solutions|Consultancy|Consulting|Logistics|Accountants|Advocaten|Notarissen|Makelaars|Makelaardij|Bouw|Installaties"
    r"|Installatietechniek|Services|Media|Partners|Beheer|Transport|Schoonmaak|Verzekeringen|Uitzendbureau|Interieurs|Catering"
    r"|Studios?|Software|Technologies|Architecten|Fashion|Automotive|Security|Recruitment|& (?:Zonen"
    r"|Zn\.?|Zoon|Co\.?|Partners)"
    r"|en Zonen)"
)
# What a shop or a firm is, before its name.
_TRADES = frozenset(
    [
        "bakkerij",
        "garage",
        "kapsalon",
        "kapper",
        "restaurant",
        "hotel",
        "apotheek",
        "slagerij",
        "drukkerij",
        "notaris",
        "notariskantoor",
        "brasserie",
        "stichting",
        "kinderdagverblijf",
        "bloemenhuis",
        "bloemenwinkel",
        "cafe",
        "salon",
        "makelaar",
        "makelaardij",
        "lunchroom",
        "eetcafe",
        "fysio",
        "fysiotherapie",
        "dierenarts",
        "sportschool",
        "zorginstelling",
        "theater",
        "museum",
        "zorggroep",
        "ijssalon",
        "hovenier",
        "rijschool",
        "optiek",
        "juwelier",
        "boekhandel",
        "fietsenwinkel",
        "firma",
        "bistro",
        "pizzeria",
        "advocatenkantoor",
        "uitzendbureau",
        "zorgcentrum",
        "woonzorgcentrum",
        "kinderopvang",
    ]
)
_TRADE_ENDS = ("praktijk", "bedrijf", "bureau", "salon", "winkel", "handel")
# A title in any case, then a name with a capital.
_AFTER_POLITE = re.compile(rf"\b(?i:{_POLITE}) (?:[A-Z]\. ?){{0,3}}({_PARTICLE})({_CAPITAL})")
_AFTER_POLITE_SMALL = re.compile(rf"\b(?i:{_POLITE}) {_PARTICLE}([^\W\d_A-Z][\w'-]{{2,}})")
_AFTER_STAFF = re.compile(
    rf"\b(?i:{_STAFF}),? (?i:meneer |mevrouw |dr\.? )?(?:[A-Z]\. ?){{0,3}}({_PARTICLE})({_CAPITAL})"
    rf"(?: {_PARTICLE}{_CAPITAL})*"
)
_AFTER_CALLED = re.compile(rf"\b(?i:{_CALLED}) ({_PARTICLE})({_CAPITAL})")
_BEFORE_CLASS = re.compile(rf"({_CAPITAL}) (?i:uit mijn klas|uit mijn groep|from my class|in my class)")
_COMPANY = re.compile(
    rf"\b(?P<first>{_CAPITAL})(?:[ &]+(?:en |and |de |van )?{_CAPITAL}){{0,4}},? (?:{_LEGAL}|{_BRANCH})(?![\w])"
)
_AT_COMPANY = re.compile(
    r"\b(?:(?i:stage|stageplek|stageplaats|werkte?|werk|solliciteerde?|gesolliciteerd|afgewezen|aangenomen|internship|worked"
    r"|applied|rejected|placement|gesprek)(?: (?i:gelopen|gehad|gedaan|ook|was|toen|eerder))? (?i:bij|at"
    r"|by|for|voor|door)"
    r"|(?i:bij|told me at)|(?i:werkgever|bedrijf|stagebedrijf|leerbedrijf|company|employer)(?: ?:| was| "
    r"is| heet(?:te)?))"
    rf" (?i:de |het |the )?({_CAPITAL})"
)
# A capital within a sentence makes a name of what is an ordinary word as well: "zij namen Roos".
_WITHIN_SENTENCE = re.compile(rf"[^\W\d_] ([{_CAPITALS}][^\W\d_{_CAPITALS}]{{3,}})(?![\w-])")
_INITIALS = re.compile(rf"(?:[{_CAPITALS}]\.)+")
_INITIALS_IN_TEXT = re.compile(rf"(?<![\w.])(?:[{_CAPITALS}]\. ?){{1,4}}({_PARTICLE})({_CAPITAL})")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*['’]?")


# "Johan de Witt" is a school before it is anybody's name.
_SCHOOL = re.compile(rf"\b(?:{'|'.join(CALLED_AFTER)})\b", re.IGNORECASE)
# In small letters, or as a family name alone, a shorter word is too often something else.
_LONG_ENOUGH = 5


_CAPITAL_NAMES = SOMETIMES_GIVEN - NOT_NAMES
# A text without any of these words is not searched for what may follow them.
_POLITE_WORDS = frozenset(
    ["meneer", "mevrouw", "mevr", "mvr", "mw", "dhr", "heer", "juf", "juffrouw", "mr", "mrs", "ms", "miss", "mister"]
)
_STAFF_STEMS = tuple(f" {stem}" for stem in STAFF_STEMS)
_CALLED_WORDS = frozenset(
    [
        "heet",
        "heette",
        "heetten",
        "heten",
        "genaamd",
        "genoemd",
        "naam",
        "name",
        "called",
        "named",
        "groet",
        "groeten",
        "groetjes",
        "regards",
        "ondertekend",
        "signed",
        "samen",
        "together",
        "gesprek",
        "vraag",
        *("ablam", "abim", "hocam", "kuzenim", "arkadasim", "kolezanka", "kolega", "pani", "lalla", "sidi"),
        *("khalti", "tanti"),
        "told",
        "ask",
        "asked",
        "contact",
        "vriend",
        "vriendin",
        "zus",
        "zusje",
        "broer",
        "broertje",
        "collega",
        "klasgenoot",
        "klasgenote",
        "nicht",
        "neef",
        "oom",
        "tante",
        "friend",
        "sister",
        "brother",
        "classmate",
        "colleague",
        "cousin",
    ]
)
_CLASS_WORDS = frozenset({"klas", "groep", "class"})


@cache
def _known_companies() -> dict[str, list[tuple[list[str], bool]]]:
    """Employers by their first word in small letters: all their words, and whether these count in small letters too."""
    found: dict[str, list[tuple[list[str], bool]]] = {}
    for names, small in ((COMPANIES, False), (SMALL_COMPANIES, True)):
        for name in names:
            words = _WORD.findall(name.casefold() if small else name)
            found.setdefault(words[0].casefold(), []).append((words, small))
    return found


def starts_with_given_name(value: str) -> bool:
    """Whether the first word of a short value is a given name, as in a column of names."""
    words = value.replace(".", " ").split()
    return 0 < len(words) <= 5 and _is_given(name_key(words[0]).strip(","))


def _is_given(key: str) -> bool:
    return key in GIVEN_NAMES or key in SOMETIMES_GIVEN


def is_name(value: str) -> bool:
    """Whether a whole value reads as the name of a person: a given name and more, or initials and a family name.

    >>> is_name("Fatima el Idrissi"), is_name("J.P. de Vries"), is_name("Den Haag"), is_name("Eén plek voor iedereen")
    (True, True, False, False)
    """
    words = _words_of_name(value)
    if not words or _SCHOOL.search(value):
        return False
    given, family = name_key(words[0]), name_key(words[-1])
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
    return any(part in FAMILY_NAMES for part in name_key(word).split("-"))


def _is_place(word: str) -> bool:
    return word.casefold().endswith(PLACE_ENDINGS)


def names_in(text: str) -> set[str]:
    """Whom a text names: any of "names_person", "names_staff" and "names_company".

    >>> sorted(names_in("Mijn stagebegeleider mevrouw De Bruin zei niets.")), names_in("De docent vroeg waar ik woon.")
    (['names_staff'], set())
    """
    if any(map(text.casefold().__contains__, CALLED_AFTER)):
        text = _SCHOOL.sub("school", text)
    words = _WORD.findall(text)
    keys = [name_key(re.sub(r"['’]s?$", "", word) if word[-1] in "s'’" else word) for word in words]
    said = f" {' '.join(keys)}"
    staff = any(map(said.__contains__, _STAFF_STEMS)) and _names_after(_AFTER_STAFF, text)
    person = _names_somebody(words, keys) or _names_person(text, frozenset(keys)) or names_unknown(text, words)
    if staff and person:
        # Without the title and the name of one and the same person.
        rest = _WORD.findall(_AFTER_STAFF.sub(" ", text))
        person = _names_somebody(rest, list(map(name_key, rest)))
    found = {"names_staff": staff, "names_person": person, "names_company": _names_company(text, words)}
    return {kind for kind, there in found.items() if there}


def _names_person(text: str, keys: frozenset[str]) -> bool:
    """Whether a name stands behind a title, behind words such as "my name is", or behind initials."""
    return (
        (bool(keys & _POLITE_WORDS) and (_names_after(_AFTER_POLITE, text) or _named_in_small(text)))
        or (bool(keys & _CALLED_WORDS) and _names_after(_AFTER_CALLED, text))
        or (bool(keys & _CLASS_WORDS) and _names_after(_BEFORE_CLASS, text, group=1))
        or any(hit[1] or _is_family(hit[2]) for hit in _INITIALS_IN_TEXT.finditer(text))
        or any(name_key(hit[1]) in _CAPITAL_NAMES for hit in _WITHIN_SENTENCE.finditer(text))
    )


def _named_in_small(text: str) -> bool:
    return any(_is_surely_name(name_key(hit[1])) for hit in _AFTER_POLITE_SMALL.finditer(text))


def _is_surely_name(key: str) -> bool:
    return key in FAMILY_NAMES or key in GIVEN_NAMES


def _names_company(text: str, words: list[str]) -> bool:
    return (
        any(_known_company_at(words, place) for place in range(len(words)))
        or _names_after(_COMPANY, text, group=1)
        or _names_after(_AT_COMPANY, text)
        or any(_names_trade(words, place) for place in range(len(words) - 1))
    )


def _known_company_at(words: list[str], place: int) -> bool:
    for name, small in _known_companies().get(words[place].casefold(), ()):
        said = words[place : place + len(name)]
        if (list(map(str.casefold, said)) if small else said) == name:
            return True
    return False


def _names_trade(words: list[str], place: int) -> bool:
    """Whether a firm is named by what it is and a name: "Garage Smit", "bakkerij de vries"."""
    trade = words[place].casefold()
    if trade not in _TRADES and not (trade.endswith(_TRADE_ENDS) and trade not in _TRADE_ENDS):
        return False
    after = next((word for word in words[place + 1 :] if word.casefold() not in PARTICLES), "")
    return (after[:1].isupper() and _may_be_name(after)) or _is_surely_name(name_key(after))


def _names_after(pattern: re.Pattern[str], text: str, group: int = 0) -> bool:
    """Whether a name, and not an ordinary word with a capital, stands in what the pattern finds: last, or as told."""
    return any(_may_be_name(hit[group or hit.lastindex or 0]) for hit in pattern.finditer(text))


def _may_be_name(word: str) -> bool:
    return name_key(word).rstrip("'-") not in NOT_NAMES


def _names_somebody(words: list[str], keys: list[str]) -> bool:
    """A name with a capital, or in small letters when it can be nothing else."""
    return any(_names_at(words, place, key) for place, key in enumerate(keys))


def _names_at(words: list[str], place: int, key: str) -> bool:
    first = key if key.isalpha() else re.split("[-'’]", key, maxsplit=1)[0]
    if first in GIVEN_NAMES and _stands_alone(words, place):
        return True
    if _is_given(first) and _with_family(words, place, first in GIVEN_NAMES):
        return True
    if words[place][0].isupper() and _is_built_as_name(words, place):
        return True
    if len(first) < _LONG_ENOUGH:
        return False
    if first in SURE_GIVEN_NAMES:
        return not words[place][0].isupper() or _stands_alone(words, place)
    return first in SURE_FAMILY_NAMES and _stands_alone(words, place)


def _is_built_as_name(words: list[str], place: int) -> bool:
    word = words[place]
    if has_family_ending(word) or is_pinyin_given(word):
        return True
    return place + 1 < len(words) and is_pinyin_name(word, words[place + 1])


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
