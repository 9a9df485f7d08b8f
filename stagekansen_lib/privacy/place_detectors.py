"""Where somebody lives or was: addresses and degrees; with postcodes, documents and number plates."""

from __future__ import annotations

import re

from stagekansen_lib.privacy.forms import in_values
from stagekansen_lib.privacy.paper_detectors import PAPER_DETECTORS
from stagekansen_lib.privacy.postcode_detectors import POSTCODE_DETECTORS
from stagekansen_lib.privacy.values import Detector
from stagekansen_lib.privacy.word_lists import NOT_STREETS, SHORT_STREETS, TOWNS, name_key

__all__ = ["PLACE_DETECTORS", "is_street"]

# What stands last in the name of a street. Of the others a capital is needed: "arbeidsmarkt 2023", "werkpark 3".
_SURE_ENDS = (
    "straat", "str", "str.", "laan", "plein", "kade", "gracht", "singel", "dreef", "dijk", "steeg", "weg", "burgwal",
    "voorhout", "boulevard", "straatje", "strasse", "straße",
)  # fmt: skip
_OTHER_ENDS = (
    "pad", "hof", "park", "markt", "baan", "haven", "oord", "hage", "hove", "werf", "zicht", "berg", "veld", "wal",
    "einde", "tuin", "zoom", "brink", "ring", "kamp", "bos", "poort", "brug", "allee", "waard", "eiland", "donk",
    "daal", "horst", "rade", "hout", "lust", "rode", "burg", "akker", "meer", "duin", "land", "vaart", "sloot",
    "polder", "zijde",
)  # fmt: skip
_ALONE_ENDS = (*_SURE_ENDS, "pad", "hof", "park", "markt", "haven", "einde")
_LONGEST_STREET = 60
_HOUSE_SHAPE = r"a{3}[.,]? ?(?:a{2}\.? ?|a{6,11} ?)?9{1,4}(?!9)"
_HOUSE = (
    r",? ?(?:nr\.?|no\.?|nummer|huisnummer|number)? ?"
    r"(?P<house>\d{1,4}(?!\d)(?: ?(?:bis|hs|huis|[a-h])\b)?(?:-\w{1,3})?(?![\d%]|[.,:]\d|e\b|x\b|ste\b|de\b|\+))"
)
_NO_UNIT = (
    r"(?! ?(?:uur|u|uren|min|minuten|minutes|km|kilometer|m|meter|mtr|jaar|jaren|year|years|week|weken"
    r"|weeks|maand|maanden"
    r"|months?|dag|dagen|days?|keer|x|maal|times|euro|eur|procent|percent|man|mensen|people|studenten|students|leerlingen"
    r"|winkels?|bedrijven|plekken|plaatsen|brieven|auto's|kinderen|vrouwen|mannen|vrienden|tot|t/m"
    r"|graden|stappen|straten|haltes|stops|blokken|huizen|collega\w*|vacatures?|afwijzingen|gesprekken|punten|sterren)\b)"
)
_IN_WORDS = (
    r"(?:twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|dertien|veertien|vijftien|zestien|zeventien|achttien"
    r"|negentien|(?:\w+en)?(?:twintig|dertig|veertig|vijftig|zestig|zeventig|tachtig|negentig)|honderd\w*)"
)


def _address(found: re.Match[str]) -> bool:
    """Whether the words before the number of a house are the name of a street."""
    words = found.string[max(0, found.start() - _LONGEST_STREET) : found.start()].replace(",", " ").split()
    keys = [name_key(word) for word in words[-4:]]
    if not keys:
        return False
    last, capital = keys[-1], words[-1][0].isupper()
    if any(" ".join(keys[place:]) in SHORT_STREETS for place in range(len(keys))):
        return True
    if last in NOT_STREETS:
        return False
    if last in _SURE_ENDS or last in _OTHER_ENDS:  # "in de straat 3", but "Grote Weg 3"
        return capital and len(words) > 1 and words[-2][0].isupper()
    named = capital and last.endswith(_OTHER_ENDS) and not re.match(r"(?:19|20)\d\d", found["house"])
    return named or last.endswith(_SURE_ENDS) or keys[-3:-1] == ["laan", "van"] or keys[-4:-2] == ["laan", "van"]


def is_street(text: str) -> bool:
    """Whether a whole value reads as a street, with a number or without.

    >>> is_street("Javastraat"), is_street("Laan van Meerdervoort 12a"), is_street("Spui"), is_street("onderweg")
    (True, True, True, False)
    """
    text = text.strip()
    if len(text) > _LONGEST_STREET:
        return False
    name = re.sub(r"[,\s]+\d+\s?[\w/-]{0,5}$", "", text)
    words = re.findall(r"[^\W\d_][\w.'-]*", name)
    if not words or len(words) > 5:
        return False
    known = name_key(name) in SHORT_STREETS or name_key(words[0]) == "laan"
    last = name_key(words[-1])
    ends = last.endswith(_ALONE_ENDS) and last not in NOT_STREETS and (len(words) > 1 or last not in _ALONE_ENDS)
    return known or (ends and name_key(words[0]) not in ("de", "het", "een", "op", "in", "ik", "mijn", "geen"))


def _degrees(found: re.Match[str]) -> bool:
    north, east = (float(part.replace(",", ".")) for part in (found["north"], found["east"]))
    if min(len(re.split("[.,]", found[part])[1]) for part in ("north", "east")) == 3:  # 1.250 is an amount
        return 50 <= north <= 54 and 3 <= east <= 8
    return (abs(north) <= 90 and abs(east) <= 180) or (abs(north) <= 180 and abs(east) <= 90)


def _dutch_grid(found: re.Match[str]) -> bool:
    """Within the limits of the Dutch grid (EPSG:28992), in metres."""
    return 7_000 <= int(found["x"]) <= 300_000 and 289_000 <= int(found["y"]) <= 629_000


PLACE_DETECTORS: tuple[Detector, ...] = (
    in_values(
        "coordinates",
        "two degrees with three decimals or more",
        r"99?9?[.,]9{3,}",
        (
            r"(?i)(?<![\d.])(?:(?:lat\w*|n|x)[:= ]{0,2})?(?P<north>[+-]?\d{1,3}[.,]\d{3,}) ?(?:°|graden)? "
            r"?(?:[nsz]\b|noord\w*)?"
            r" ?[,;/ -]{0,3} ?(?:(?:lon\w*|lng|e|o|y)[:= ]{0,2})?(?<!\d)(?P<east>[+-]?\d{1,3}[.,]\d{3,})(?!\d)",
        ),
        _degrees,
    ),
    in_values(
        "coordinates",
        "degrees and minutes, or a place on a map page",
        r"°|a/@|aaa?[.]a+/aaaa|=-?9|99? aaaaaa |\+[a9]{2}|///a",
        (
            r"\d{1,3}\s?°\s?\d{1,2}(?:[.,]\d+)?\s?['′’\"]",
            r"(?i)\d{1,3} ?(?:graden|degrees) ?\d{1,2}(?:[.,]\d+)? ?(?:min|noord|oost|north|east|')",
            r"(?i)\bgoogle\.\w+/maps/\S+",
            r"(?i)\b(?:maps\.app\.)?goo\.gl/\S+",
            r"(?i)[?&#](?:lat|ll|q)=-?\d{1,2}\.\d{3,}",
            r"(?<!\w)(?:[23456789CFGHJMPQRVWX]{4}|[23456789CFGHJMPQRVWX]{8})\+[23456789CFGHJMPQRVWX]{2,3}(?!\w)",
            r"///[a-z]{3,}\.[a-z]{3,}\.[a-z]{3,}",
        ),
    ),
    in_values(
        "coordinates",
        "a place in the Dutch grid",
        r"9{5,6}\D{1,6}9{6}",
        (r"(?i)(?<![\w.,])(?:x[:= ]{0,2})?(?P<x>\d{5,6})[ ,;/]{1,3}(?:y[:= ]{0,2})?(?P<y>\d{6})(?![\w.,]\d|\d)",),
        _dutch_grid,
    ),
    in_values(
        "address",
        "a street with the number of a house",
        _HOUSE_SHAPE,
        (rf"(?i)(?<=[^\W\d_]|[.,]){_HOUSE}{_NO_UNIT}",),
        _address,
    ),
    in_values(
        "address",
        "a name with a number, before a town or behind 'live at'",
        _HOUSE_SHAPE,
        (
            r"\b(?i:woon\w*|wonend\w*|adres\w*|gevestigd|live|living|address)\b[ :]*(?i:(?:is|op|aan|in|at|de|het"
            r"|on) ){0,3}"
            r"[A-Z][\w'-]*(?: [A-Z][\w'-]*){0,3} \d{1,4}[a-zA-Z]?(?![\w%])",
            rf"\b[A-Z][\w'-]{{0,30}}(?: [A-Z][\w'-]{{0,30}}){{0,2}} \d{{1,3}}[a-zA-Z]?(?:,| in| te) "
            rf"(?:{'|'.join(TOWNS)})\b",
        ),
    ),
    in_values(
        "address",
        "a street with its number in words, or in English",
        r"a{5}.? a{3}|9[a9]{0,4},? a",
        (
            rf"(?i)\w(?:{'|'.join(map(re.escape, _SURE_ENDS))}),? (?:nr\.? |nummer )?{_IN_WORDS}(?!\w)(?! \w+en\b)",
            r"(?<!\w)\d{1,4}[a-zA-Z]?,? (?:[A-Z]\w{1,20} ){1,3}(?:Street|Road|Lane|Avenue|Ave|Rd|Drive|Square"
            r"|Court|Terrace)\b",
        ),
    ),
    *POSTCODE_DETECTORS,
    *PAPER_DETECTORS,
)
