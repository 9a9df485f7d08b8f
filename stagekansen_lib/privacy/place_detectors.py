"""Where somebody lives or was, and what proves who somebody is: addresses, degrees, documents, number plates."""

from __future__ import annotations

import re

from stagekansen_lib.privacy.days import MONTHS
from stagekansen_lib.privacy.forms import behind, in_values
from stagekansen_lib.privacy.values import Detector
from stagekansen_lib.privacy.word_lists import NOT_STREETS, SHORT_STREETS, TOWNS, TWO_LETTER_WORDS, name_key

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
_HOUSE_SHAPE = r"a[.,]? ?(?:a{2}\.? ?|a{6,11} ?)?9{1,4}(?!9)"
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


_UNITS = frozenset({"EU", "KM", "KG", "GB", "MB", "GR", "CM", "MM", "ML", "PP", "PM", "XP", "PK", "CC", "HZ"})


def _postcode(found: re.Match[str]) -> bool:
    letters = found["letters"].replace(" ", "")
    if letters.upper() in {"SA", "SD", "SS"}:  # never given out
        return False
    if found[0] == found.string.strip():
        return True
    # In a text the letters are capitals, or small behind a number that is no year and before no word.
    year, word = re.match("19|20", found["digits"]), letters.lower() in TWO_LETTER_WORDS
    if letters.isupper():
        return letters not in _UNITS and not (year and word)
    return letters.islower() and not year and not word and letters.upper() not in _UNITS


def _degrees(found: re.Match[str]) -> bool:
    north, east = (float(part.replace(",", ".")) for part in (found["north"], found["east"]))
    if min(len(re.split("[.,]", found[part])[1]) for part in ("north", "east")) == 3:  # 1.250 is an amount
        return 50 <= north <= 54 and 3 <= east <= 8
    return (abs(north) <= 90 and abs(east) <= 180) or (abs(north) <= 180 and abs(east) <= 90)


def _dutch_grid(found: re.Match[str]) -> bool:
    """Within the limits of the Dutch grid (EPSG:28992), in metres."""
    return 7_000 <= int(found["x"]) <= 300_000 and 289_000 <= int(found["y"]) <= 629_000


_SIDECODES = (
    "XX-99-99|99-99-XX|99-XX-99|XX-99-XX|XX-XX-99|99-XX-XX|99-XXX-9|9-XXX-99|XX-999-X|X-999-XX|XXX-99-X|X-99-XXX"
    "|9-XX-999|999-XX-9"
)

# Without its lines, 12-34-BX is a postcode.
_NO_POSTCODE = _SIDECODES.replace("|99-99-XX", "")


def _plates(sidecodes: str, between: str) -> str:
    """All Dutch sidecodes (RDW), as one form."""
    letters = r"[A-Z]"
    return "|".join(
        code.replace("-", between).replace("X", letters).replace("9", r"\d") for code in sidecodes.split("|")
    )


_SHAPES = "|".join(code.replace("X", "a").replace("-", " ?[-. ]? ?") for code in _SIDECODES.split("|"))
_RIDE = (
    r"kenteken\w*|nummerbord\w*|number plate|licen[cs]e plate|plate|auto|car|scooter|brommer|motor|bus"
    r"|bestelbus|bedrijfsbus|busje|"
    r"golf|aangereden door|reed|parkeer\w*|wagen|taxi|bmw|audi|toyota|van"
)
# Since 1973 plates have no vowels, so that they spell no word.
_CONSONANTS = set("BDFGHJKLMNPRSTVWXZ")


def _plate(found: re.Match[str]) -> bool:
    plate = found["lined"] or found["tight"]
    return _no_month(plate) and plate.isupper() and set(filter(str.isalpha, plate)) <= _CONSONANTS


def _plate_behind(found: re.Match[str]) -> bool:
    return _no_month(found["alone"] or found["lined"] or found["behind"])


def _no_month(plate: str) -> bool:
    return not re.search(rf"(?i)(?:{MONTHS})", plate)


_PAPERS = (
    r"paspoort\w*|passport|pasnummer|id[- ]?kaart|identiteits\w*|id-?bewijs|kopie van mijn id|my id|id"
    r"|rijbewijs\w*|driv\w+ licen[cs]e"
    r"|verblijfs\w*|residence permit|document\w*|travel document|v-?nummer|ind-nummer"
)


def _paper(found: re.Match[str]) -> bool:
    """Nine signs of which some are digits; in groups only when no group is a word."""
    number = found["number"]
    parts = re.split("[ ./-]+", number)
    signs = "".join(parts)
    if len(parts) > 1 and any(part.islower() or (part.isalpha() and len(part) > 4) for part in parts):
        return False
    if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{6}\d", signs.upper()):  # Dutch passports and identity cards
        return True
    return 8 <= len(signs) <= 11 and sum(sign.isdigit() for sign in signs) >= (2 if len(parts) == 1 else 3)


def _bare_paper(found: re.Match[str]) -> bool:
    return sum(sign.isdigit() for sign in found[0]) >= 3 and not re.match("IBAN", found[0])


PLACE_DETECTORS: tuple[Detector, ...] = (
    in_values(
        "postcode",
        "a postcode with its letters",
        r"(?:^|[^9])9 ?9 ?9 ?9[ .-]{0,2}a ?a(?![a9])",
        (r"(?<![\w.,])(?<!\d-)(?P<digits>[1-9]\d{3})[ .-]{0,2}(?P<letters>[A-Za-z]{2})(?![\w-])",),
        _postcode,
    ),
    in_values(
        "postcode",
        "four digits and two letters behind the word",
        ("aa", r"9 ?9 ?9 ?9[ .-]{0,2}a ?a(?![a9])"),
        (behind(r"postcode\w*|post code|pc|zip(?: ?code)?", r"[1-9] ?\d ?\d ?\d[ .-]{0,2}[a-z] ?[a-z](?!\w)", 12),),
    ),
    in_values(
        "postcode",
        "a postcode with a space between all its signs",
        r"9 9 9 9 +a a(?![a9])",
        (r"(?<!\w )(?<!\w)(?P<digits>[1-9] \d \d \d) {1,2}(?P<letters>[A-Z] [A-Z])(?!\w)",),
        lambda found: found["letters"].isupper(),
    ),
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
    in_values(
        "document_number",
        "the number of a passport or another document, behind its name",
        ("aa", r"9", r"[a9](?:[ ./-]?[a9]){7}"),
        (behind(_PAPERS, r"(?P<number>(?=[a-z ./-]*\d)[a-z0-9](?:[ ./-]?[a-z0-9]){7,10})(?!\w)"),),
        _paper,
    ),
    in_values(
        "document_number",
        "nine signs as on a Dutch passport, or the lines of one that machines read",
        r"(?<![a9])aa[a9]{6}9(?![a9])|<",
        (r"(?<!\w)[A-NP-Z]{2}[A-NP-Z0-9]{6}\d(?!\w)", r"[PIV][A-Z<]NLD[A-Z0-9<]{6,}"),
        _bare_paper,
    ),
    in_values(
        "number_plate",
        "a Dutch number plate with its lines",
        r"(?<![a9-])(?:" + _SHAPES + r")(?![a9-])",
        (
            rf"(?<![\w-])(?P<lined>{_plates(_SIDECODES, ' ?- ?')})(?![\w-])",
            rf"(?<![\w-])(?P<tight>{_plates(_NO_POSTCODE, '[-. ]?')})(?![\w-])",
        ),
        _plate,
    ),
    in_values(
        "number_plate",
        "a Dutch number plate in small letters, or beside the word",
        r"(?<![a9-])(?:" + _SHAPES + r")(?![a9-])",
        (
            rf"(?i)^[( ]*(?P<alone>{_plates(_NO_POSTCODE, ' ?[-. ]? ?')})[) ]*$",
            rf"(?i)(?<![\w-])(?P<lined>{_plates(_SIDECODES, ' ?- ?')})(?![\w-])",
            behind(_RIDE, rf"(?P<behind>{_plates(_SIDECODES, ' ?[-. ]? ?')})(?![\w-])", 12),
        ),
        _plate_behind,
    ),
)
