"""Postcodes with their letters, as people write and say them; four digits alone are an area of thousands."""

from __future__ import annotations

import re

from stagekansen_lib.privacy.forms import in_values
from stagekansen_lib.privacy.values import Detector
from stagekansen_lib.privacy.word_lists import CONNECTING_WORDS, POSTCODE_TOWNS, TWO_LETTER_WORDS

__all__ = ["POSTCODE_DETECTORS"]

_UNITS = frozenset({"EU", "KM", "KG", "KB", "GB", "MB", "GR", "CM", "MM", "ML", "PP", "PM", "XP", "PK", "CC", "HZ"})
# What is written against a number and is no letters of a postcode: "2000st".
_GLUED = frozenset({"st", "th", "nd", "rd", "er", "en", "uu", "xx", "ft", "nm"})
_NEVER_GIVEN = frozenset({"SA", "SD", "SS"})
_LETTERS = r"(?P<letters>[A-Za-z] ?[A-Za-z]|[A-Z]\. ?[A-Z]\.?)"
_WORD = r"(?:po(?:s|st|ts)[ck]?o[ckd]?[de]{1,3}\w*|postal code|post code|pc|zip(?: ?code)?)"
_POSTCODE_WORD = re.compile(rf"(?i)\b{_WORD}(?![a-z])")
# Four digits as people say them: one by one, in two pairs, as one number.
_DIGIT = r"(?:nul|een|één|twee|drie|vier|vijf|zes|zeven|acht|negen|zero|one|two|three|four|five|six|seven|eight|nine)"
_PAIR = (
    r"(?:tien|elf|twaalf|(?:der|veer|vijf|zes|zeven|acht|negen)tien"
    r"|(?:(?:een|één|twee|drie|vier|vijf|zes|zeven|acht|negen)[eë]n)?(?:twintig|dertig|veertig|vijftig|zestig|zeventig"
    r"|tachtig|negentig)|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight"
    r"|nine))?)"
)
_THOUSANDS = rf"(?:{_DIGIT}?duizend ?(?:en )?(?:\w{{0,16}}honderd ?(?:en )?)?(?:{_PAIR}|{_DIGIT})?)"
_IN_WORDS = rf"(?:{_DIGIT}(?:[ ,-]{{1,2}}{_DIGIT}){{3}}|(?:{_PAIR}|[1-9]\d)[ ,-]{{1,2}}{_PAIR}|{_THOUSANDS})"


def _letters(found: re.Match[str]) -> str:
    return re.sub(r"\W", "", found["letters"])


def _alone(found: re.Match[str]) -> bool:
    return _letters(found).upper() not in _NEVER_GIVEN


def _in_text(found: re.Match[str]) -> bool:
    """In a text the letters are capitals, or small behind a number that is no year and before no word."""
    letters = _letters(found)
    glued = found[0][-3:-2].isdigit()
    year, word = re.match("19|20", found["digits"]), letters.lower() in (_GLUED if glued else TWO_LETTER_WORDS)
    if letters.upper() in _NEVER_GIVEN | _UNITS:
        return False
    return not (year and word) if letters.isupper() else letters.islower() and not year and not word


def _told(found: re.Match[str]) -> bool:
    """Beside a town or the word postcode letters count in any case, unless they are a word behind a year."""
    letters = _letters(found)
    unit = letters.islower() and letters.upper() in _UNITS and re.search(r"\d ", found[0])
    if letters.upper() in _NEVER_GIVEN or unit:
        return False
    year = re.match("19|20", found["digits"])
    spaced = " " in found["letters"]
    return spaced or letters.isupper() or letters.lower() not in (TWO_LETTER_WORDS if year else CONNECTING_WORDS)


def _in_words(found: re.Match[str]) -> bool:
    text, near = found.string, 30
    around = text[max(0, found.start() - near) : found.start()], text[found.end() : found.end() + near]
    told = any(_POSTCODE_WORD.search(part) for part in around)
    return told or found[0] == text.strip(" .") or _letters(found).lower() not in TWO_LETTER_WORDS


POSTCODE_DETECTORS: tuple[Detector, ...] = (
    in_values(
        "postcode",
        "a postcode with its letters",
        r"(?:^|[^9])9 ?9 ?9 ?9[ ._-]{0,2}a[ .]?a(?![a9])|(?:^|[^9])9999aa[ -]?9",
        (
            r"(?<![\w.,])(?<!\d-)(?:NL-?)?(?P<digits>[1-9]\d{3})[ ._-]{0,2}"
            r"(?P<letters>[A-Za-z]{2}|[A-Z] [A-Z]|[A-Z]\.[A-Z]\.?)"
            r"(?:(?![\w-])|(?=[ -]?\d{1,4}[a-z]?(?!\w)))",
        ),
        _in_text,
    ),
    in_values(
        "postcode",
        "a postcode alone, with any sign within",
        r"^[( ]*(?:aa-?)?9 ?9 ?9 ?9[ ._/()-]{0,3}a[ .]{0,2}a[^a9]*$",
        (rf"^[( ]*(?:NL-?)?(?P<digits>[1-9] ?\d ?\d ?\d)[ ._/()-]{{0,3}}{_LETTERS}\W*$",),
        _alone,
    ),
    in_values(
        "postcode",
        "four digits and two letters behind the word",
        ("aa", r"9 ?9 ?9 ?9[^a9]{0,4}(?:a ?|[a ]{1,15} )a ?a?(?![a9])"),
        (
            rf"(?i)\b{_WORD}(?![a-z]).{{0,20}}?(?<!\w)(?P<digits>[1-9] ?\d ?\d ?\d)"
            rf"(?:[ ,]{{1,2}}(?:(?:en|dan|met|and|then|with) ){{1,2}}|[ ._/(-]{{0,3}}){_LETTERS}(?!\w)",
            r"(?i)(?<!\w)(?P<digits_>[1-9]\d{3})[ ,]{1,2}(?:(?:en|met|dan|de|and|then|with|the) ){0,2}"
            r"(?:de |the )?letters? (?:zijn |is |are )?(?P<letters_>[a-z] ?[a-z])(?!\w)",
        ),
        lambda found: found["letters"] is None or _told(found),
    ),
    in_values(
        "postcode",
        "four digits and two letters before a town or the word",
        r"9999[^a9]{0,3}a ?a[^a9]{1,3}a",
        (
            rf"(?i)(?<!\w)(?:NL-?)?(?P<digits>[1-9]\d{{3}})[ ._/(-]{{0,3}}{_LETTERS}[ ,)]{{1,3}}"
            rf"(?:(?:(?:te|in) )?(?:{'|'.join(POSTCODE_TOWNS)})\b"
            rf"|(?:is|was) (?:mijn |my |the |de |onze )?{_WORD}(?![a-z]))",
        ),
        _told,
    ),
    in_values(
        "postcode",
        "a postcode of which the digits are words",
        # No number in one word is longer: a cell that is one long word is not gone through from each of its letters.
        r"a{3}[ ,-]{0,2}(?:[a9]{2,60}[ ,-]{1,2}){0,4}a ?a(?![a9])",
        (rf"(?i)(?<!\w){_IN_WORDS}[ ,-]{{1,2}}(?P<letters>[a-z] ?[a-z])(?!\w)",),
        _in_words,
    ),
    in_values(
        "postcode",
        "a postcode with a space between all its signs",
        r"9 9 9 9 +a a(?![a9])",
        (r"(?<!\w )(?<!\w)(?P<digits>[1-9] \d \d \d) {1,2}(?P<letters>[A-Z] [A-Z])(?!\w)",),
        lambda found: found["letters"].isupper(),
    ),
)
