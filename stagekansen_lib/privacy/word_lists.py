"""Words by which the privacy gate knows that a text is about somebody.

Written for this project: ``word_lists.yaml``. Names of many languages: ``name_lists.yaml``, made by
``scripts/make_name_lists.py``. Streets and towns of the place: ``data/place/addresses.yaml``. All are compared without
capitals and accents (``name_key``).
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from stagekansen_lib.project.places import place_file, read_place
from stagekansen_lib.project.yaml_files import read_yaml

__all__ = [
    "CALLED_AFTER",
    "COMPANIES",
    "CONNECTING_WORDS",
    "FAMILY_NAMES",
    "GIVEN_NAMES",
    "NOT_NAMES",
    "NOT_STREETS",
    "NO_PERSONS",
    "PARTICLES",
    "PINYIN_FAMILY_NAMES",
    "PLACE_ENDINGS",
    "POSTCODE_TOWNS",
    "PUBLIC_SITES",
    "SAYS_SOMEBODY",
    "SHORT_STREETS",
    "SMALL_COMPANIES",
    "SOMETIMES_GIVEN",
    "STAFF_STEMS",
    "SURE_FAMILY_NAMES",
    "SURE_GIVEN_NAMES",
    "TICKS",
    "TOWNS",
    "TWO_LETTER_WORDS",
    "name_key",
]  # fmt: skip

_LISTS = {
    **read_yaml(Path(__file__).with_name("word_lists.yaml")),
    **read_yaml(Path(__file__).with_name("name_lists.yaml")),
}


def _of_the_place() -> dict[str, list[str]]:
    """Streets without the ending of a street, and towns behind an address; at least the towns of the place."""
    file, place = place_file().with_name("addresses.yaml"), read_place()
    told = read_yaml(file) if file.is_file() else {}
    towns = [*told.get("towns", ()), *place.name.values(), *(one["name"] for one in place.municipalities.values())]
    return {"short_streets": told.get("short_streets", []), "towns": list(dict.fromkeys(towns))}


_LISTS |= _of_the_place()
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ə": "e", "æ": "ae", "’": "'"})


def name_key(word: str) -> str:
    """A word as the lists write it: in small letters, without accents.

    >>> name_key("Ayşe"), name_key("Łukasz")
    ('ayse', 'lukasz')
    """
    small = word.casefold()
    if small.isascii():
        return small
    letters = "".join(sign for sign in unicodedata.normalize("NFD", small) if not unicodedata.combining(sign))
    return letters.translate(_LETTERS)


def _words(name: str) -> frozenset[str]:
    return frozenset(map(name_key, _LISTS[name].split()))


NOT_NAMES = _words("not_names")
NO_PERSONS = _words("no_persons")
SOMETIMES_GIVEN = _words("sometimes_given") | (_words("more_sometimes_given") - _words("given_names"))
_LOCAL = _words("local_given_names")
GIVEN_NAMES = (_words("given_names") | _words("more_given_names") | _LOCAL) - _words("sometimes_given") - NOT_NAMES
# Given names that are no word of Dutch or English, so that they count in small letters too.
SURE_GIVEN_NAMES = (_words("more_given_names") | _LOCAL) - _words("sometimes_given") - NOT_NAMES
# Family names that are nothing else, and those that are only names behind a given name: "de Groot".
SURE_FAMILY_NAMES = (_words("more_family_names") | _words("local_family_names")) - NOT_NAMES
FAMILY_NAMES = _words("family_names") | SURE_FAMILY_NAMES
PINYIN_FAMILY_NAMES = _words("pinyin_family_names")
PARTICLES = _words("particles")
PLACE_ENDINGS = tuple(sorted(_words("place_endings")))
TWO_LETTER_WORDS = _words("two_letter_words")
CALLED_AFTER: tuple[str, ...] = tuple(_LISTS["called_after"])
STAFF_STEMS = _words("staff_stems")
SAYS_SOMEBODY: tuple[str, ...] = tuple(_LISTS["says_somebody"])
CONNECTING_WORDS = _words("connecting_words")
POSTCODE_TOWNS: tuple[str, ...] = tuple(_LISTS["postcode_towns"])
NOT_STREETS = _words("not_streets")
SHORT_STREETS: frozenset[str] = frozenset(_LISTS["short_streets"])
TOWNS: tuple[str, ...] = tuple(_LISTS["towns"])
PUBLIC_SITES = _words("public_sites")
COMPANIES: tuple[str, ...] = tuple(_LISTS["companies"])
SMALL_COMPANIES: tuple[str, ...] = tuple(_LISTS["small_companies"])
TICKS: frozenset[str] = frozenset(_LISTS["ticks"])
