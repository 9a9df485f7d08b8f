"""What proves who somebody is, or whose car it is: numbers of documents and number plates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from stagekansen_lib.privacy.days import MONTHS
from stagekansen_lib.privacy.forms import behind, in_values
from stagekansen_lib.privacy.values import Detector

__all__ = ["PAPER_DETECTORS"]

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
    r"kenteken\w*|nummerbord\w*|nummerpla\w*|number plate|licen[cs]e plate|plate|auto|car|scooter|brommer|motor|bus"
    r"|bestelbus|bedrijfsbus|busje|golf|aangereden door|reed|parkeer\w*|wagen|taxi|bmw|audi|toyota"
)
_PLATE_WORD = r"(?:kenteken\w*|nummerbord\w*|nummerpla\w*|number plate|licen[cs]e plate|plate|plaat)"
# Since 1973 plates have no vowels, so that they spell no word.
_CONSONANTS = set("BDFGHJKLMNPRSTVWXZ")


def _plate(found: re.Match[str]) -> bool:
    plate = found["lined"] or found["tight"]
    return _no_month(plate) and plate.isupper() and set(filter(str.isalpha, plate)) <= _CONSONANTS


def _plate_behind(found: re.Match[str]) -> bool:
    plate = next(filter(None, map(found.group, ("behind", "before", "alone", "lined"))))
    # "auto was 12 jaar" and "18 jaar" have their letters in a word, or vowels as no plate has.
    worded = re.search("[a-z]{4}", plate) or not set(filter(str.isalpha, plate.upper())) <= _CONSONANTS
    return not worded and _no_month(plate)


def _no_month(plate: str) -> bool:
    return not re.search(rf"(?i)(?:{MONTHS})", plate)


_PAPERS = (
    r"\w{0,9}paspoort\w*|passport|pasnummer|pas|pp|id[- ]?kaart|identiteits\w*|id-?bewijs|kopie van mijn id|my id|id"
    r"|\w{0,9}rijbewijs\w*|permit|driv\w+(?:'s)? licen[cs]e|licen[cs]e (?:number|no|nr)|e-?id"
    r"|verblijfs\w*|residence permit|document\w*|doc|travel document|vreemdeling\w*|alien(?: registration)?"
    r"|v[- ]?(?:nummer|nr)|(?-i:IND)(?:[- ]?\w*nummer)?|ind-?nummer|\w{0,9}visum\w*|visa|mvv|schengen\w*"
    r"|(?-i:BIG)(?:[- ]?reg\w+)?|big[- ]?(?:nummer|nr|code|reg\w*)|(?-i:AGB)|agb[- ]?(?:code|nummer|nr)"
    # Passports and licences in the languages of the city.
    r"|pasaport\w*|paszport\w*|passeport|ehliyet\w*|prawo jazdy|permis|(?:personal)?ausweis|buletin|lichna karta"
    r"|tazkir?e?ra|iqama|aadhaar"
    # Identity cards of Morocco, Spain, France, Poland, Turkey, Suriname and the islands, China and in Arabic.
    r"|(?-i:CIN|CNIE?|DNI|NIE)|carte (?:nationale|d'identit[eé])|dow[oó]d\w*|pesel|kimlik\w*|t\.?c\.? ?no"
    r"|s[eé]dula|c[eé]dula"
)
# So many signs behind the name of a document its number may begin.
_NEAR = 45
_GROUP = re.compile("[A-Za-z0-9]+")
_RUN = re.compile("[A-Za-z0-9]+(?:[ ./-][A-Za-z0-9]+)*")
_NUMBER_FOLLOWS = r"[ -]?(?:nummer|nr\.?|no\.?|number|numara\w*|:)"


def _paper_follows(found: re.Match[str]) -> bool:
    """Whether a number of a document stands within some signs behind the name of the document."""
    behind_it = found.string[found.end() : found.end() + _NEAR]
    for run in _RUN.finditer(behind_it):
        groups = _GROUP.findall(run[0])
        for first in range(len(groups)):
            signs = list(accumulate(groups[first:]))
            if any(_is_paper(groups[first : first + count + 1]) for count, text in enumerate(signs) if len(text) > 7):
                return True
    return False


def _is_paper(groups: Sequence[str]) -> bool:
    """Eight to twelve signs of which some are digits; in groups only when no group is a word; no day."""
    signs = "".join(groups)
    if len(groups) > 1 and any(group.islower() or (group.isalpha() and len(group) > 4) for group in groups):
        return False
    if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{6}\d", signs.upper()):  # Dutch passports and identity cards
        return True
    digits = sum(map(str.isdigit, signs))
    return 8 <= len(signs) <= 12 and digits >= (2 if len(groups) == 1 else 3) and not _is_day(" ".join(groups))


def _paper_before(found: re.Match[str]) -> bool:
    if found["mixed"] is not None:
        return _is_mixed(found["mixed"])
    return found["number"] is None or _is_paper(_GROUP.findall(found["number"]))


def _short_paper(found: re.Match[str]) -> bool:
    """Six signs or more, most of them digits, behind a word that says that a number follows."""
    signs = re.sub("[ ./-]", "", found["number"])
    return 6 <= len(signs) <= 10 and sum(map(str.isdigit, signs)) >= 5 and not _is_day(found["number"])


def _is_day(text: str) -> bool:
    """Whether digits are a day, in either order, or two years."""
    year, middle, short = "(?:19|20)[0-9]{2}", "[01]?[0-9]", "[0-3]?[0-9]"
    forms = (
        rf"{year}[ ./-]?[01][0-9][ ./-]?[0-3][0-9]",
        rf"{short}[ ./-]{middle}[ ./-](?:19|20)?[0-9]{{2}}",
        rf"[0-3][0-9][01][0-9]{year}",
        rf"{year}[ ./-]*{year}",
    )
    return any(re.fullmatch(form, text) for form in forms)


def _bare_paper(found: re.Match[str]) -> bool:
    return sum(sign.isdigit() for sign in found[0]) >= 3 and not re.match("IBAN", found[0])


def _paper_alone(found: re.Match[str]) -> bool:
    return _is_mixed(found[0])


def _is_mixed(text: str) -> bool:
    """Nine signs as on a Dutch passport in which letters and digits change places often, as in no code of a course."""
    signs = re.sub(r"[^A-Z0-9]", "", text.upper())
    mixed = len(re.findall("[A-Z]+|[0-9]+", signs)) >= 4
    return mixed and bool(re.fullmatch(r"[A-NP-Z]{2}[A-NP-Z0-9]{6}\d", signs))


PAPER_DETECTORS: tuple[Detector, ...] = (
    in_values(
        "document_number",
        "the number of a passport or another document, behind its name",
        (r"a|[^\x00-\x7f]", r"9", r"[a9](?:[ ./-]?[a9]){7}"),
        (
            rf"(?i)\b(?:{_PAPERS})(?![a-z])",
            r"(?:جواز|护照|身份证)",
        ),
        _paper_follows,
    ),
    in_values(
        "document_number",
        "a short number of a document, behind its name and the word number",
        ("aa", r"9(?:[ ./-]?9){4}"),
        (
            behind(
                rf"(?:{_PAPERS})(?:(?:{_NUMBER_FOLLOWS}){{1,2}}|(?<=nummer)|(?<=nr)|(?<=dula)|(?<=pas)|(?<=CIN))",
                r"(?P<number>[a-z]{0,3}[ ./-]?\d(?:[ ./-]?\d){4,8})(?!\w)",
                6,
            ),
        ),
        _short_paper,
    ),
    in_values(
        "document_number",
        "a long number before the name of a document",
        r"(?:9(?:[ ./-]?9){6,}|(?<![a9])aa[a9]{6}9(?![a9])|aa?9{6,7}(?![a9])).{0,30}a",
        (
            rf"(?i)(?<![\w.,-])(?:(?P<number>[A-Z]{{0,3}}\d(?:[ .-]?\d){{8,10}})"
            rf"|(?P<mixed>[A-Z]{{2}}[A-Z0-9]{{6}}\d)|(?-i:[A-Z]{{1,2}}\d{{6,7}}))"
            rf"(?!\w).{{0,25}}?\b(?:{_PAPERS})(?!\w)",
        ),
        _paper_before,
    ),
    in_values(
        "document_number",
        "nine signs as on a Dutch passport, or the lines of one that machines read",
        r"(?<![a9])aa[a9]{6}9(?![a9])|<|[a9]{9}9aaa9{7}a9{7}",
        (
            r"(?<!\w)[A-NP-Z]{2}[A-NP-Z0-9]{6}\d(?!\w)",
            r"[PIV][A-Z<]NLD[A-Z0-9<]{6,}",
            r"(?<!\w)[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}",
        ),
        _bare_paper,
    ),
    in_values(
        "document_number",
        "nine signs as on a Dutch passport and nothing else, with signs between or in small letters",
        r"^[^a9]*a[ ./-]?a(?:[ ./-]?[a9]){6}[ ./-]?9[^a9]*$",
        (r"^\W*[A-Za-z][ ./-]?[A-Za-z](?:[ ./-]?[A-Za-z0-9]){6}[ ./-]?\d\W*$",),
        _paper_alone,
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
            rf"(?i)(?<![\w-])(?P<before>{_plates(_SIDECODES, '')}) (?:(?:stond|staat|is|was|fout|dubbel) ){{0,2}}"
            rf"(?:geparkeerd|weggereden|reed|parked|drove|mijn auto|auto)\b",
            behind(_RIDE, rf"(?P<behind>{_plates(_SIDECODES, ' ?[-. ]? ?')})(?![\w-])", 12),
        ),
        _plate_behind,
    ),
    in_values(
        "number_plate",
        "a number plate of another country behind the word",
        ("aaaaa", r"(?<![a9])a{1,3}[ -]"),
        (behind(_PLATE_WORD, r"(?P<plate>(?-i:[A-Z]{1,3}[ -]{1,3}(?:[A-Z]{1,2} ?)?\d{2,5}[A-Z]{0,3}))(?![\w-])", 15),),
    ),
)
