"""Names that no list holds: words with a capital that are no ordinary word, and what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from stagekansen_lib.privacy.ordinary_words import is_ordinary
from stagekansen_lib.privacy.word_lists import (
    COMPANIES,
    GIVEN_NAMES,
    NO_PERSONS,
    NOT_NAMES,
    PARTICLES,
    PLACE_ENDINGS,
    POSTCODE_TOWNS,
    SAYS_SOMEBODY,
    SOMETIMES_GIVEN,
    SURE_FAMILY_NAMES,
    name_key,
)

__all__ = ["is_unknown_word", "names_unknown", "sounds_as_name"]

_DOES = (
    r"(?:zei|zegt|vertelde|vertelt|belde|mailde|appte|hielp|helpt|kreeg|krijgt|vond|lachte|vroeg|beloofde|regelde|werkt"
    r" daar|told|tells|said|says|called|helped|got|asked|promised|pomog[lł]a?)"
)
_WORD = r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))+"
# Where only somebody can stand: before what people do, behind "volgens", before or behind "ik".
_PLACES_OF_SOMEBODY = re.compile(
    rf"(?:^|[.!?,:] ?)(?P<doing>{_WORD}) (?:{_DOES}\b|z'n |d'r |(?:en|and) (?:ik|I|me)\b)"
    rf"|\b(?:[Vv]olgens|[Mm]et|[Vv]an|[Dd]oor|[Aa]an|[Bb]ij) (?P<beside>{_WORD})(?: {_WORD})?"
    r" (?:gebeld|gesproken|gepraat|geappt|gemaild|gehoord|geholpen|gevraagd|samen)\b"
    rf"|\b(?:[Vv]olgens|[Aa]ccording to) (?P<said>{_WORD})"
    rf"|\b(?:zus|broer|vriend|vriendin|moeder|vader|zoon|dochter|neef|nicht|collega|sister|brother|friend) (?:van|of) "
    rf"(?P<kin>{_WORD})"
    rf"|(?<![\w.])(?:[A-Z]\. ?){{2,4}}(?P<initials>{_WORD})"
    rf"|\((?P<within>{_WORD})\)"
)
_TWO_INITIALS = re.compile(r"[A-Z]\. ?[A-Z]\.")
_LONG_ENOUGH = 4
# How one name is written in several ways: Noureddin and Noureddine, Yassmina and Yasmina, Sangeeta and Sangita.
_SPELLINGS = tuple(
    (re.compile(form), plain)
    for form, plain in (
        (r"ph", "f"), (r"ou|oe|w(?=[aeiou])|v(?=$)", "u"), (r"ee|ie|y|j(?![aeiou])", "i"), (r"tj|ch|sj|sch|sh", "x"),
        (r"dj", "j"), (r"kh|gh|h", ""), (r"ck|c|q", "k"), (r"z", "s"), (r"(.)\1+", r"\1"), (r"(?<=.{3})[ea]$", ""),
    )
)  # fmt: skip


def _sound(key: str) -> str:
    for form, plain in _SPELLINGS:
        key = form.sub(plain, key)
    return key


@cache
def _sounds() -> frozenset[str]:
    names = [name for name in GIVEN_NAMES | SURE_FAMILY_NAMES if len(name) > _LONG_ENOUGH]
    return frozenset(sound for name in names if len(sound := _sound(name)) > _LONG_ENOUGH)


@cache
def _no_persons() -> frozenset[str]:
    towns = {part for town in POSTCODE_TOWNS for part in re.findall("[a-z]+", town)}
    companies = {name_key(part) for company in COMPANIES for part in re.findall(r"\w+", company)}
    return NOT_NAMES | NO_PERSONS | towns | companies


@lru_cache(maxsize=20_000)
def is_unknown_word(word: str, *, compounds: bool = True) -> bool:
    """Whether a word has a capital, and is no ordinary word, place, people or product.

    >>> is_unknown_word("Oluwaseun"), is_unknown_word("Stageplek"), is_unknown_word("Rotterdam"), is_unknown_word("ROC")
    (True, False, False, False)
    """
    if not word[:1].isupper() or word.isupper() or len(word) < _LONG_ENOUGH:
        return False
    key = name_key(word)
    if any(part in _no_persons() for part in (key, *key.split("-"))) or key.endswith(PLACE_ENDINGS):
        return False
    return not all(is_ordinary(part, compounds=compounds) for part in key.split("-"))


def sounds_as_name(word: str) -> bool:
    """Whether a word with a capital that is no ordinary one sounds as a name of the lists.

    >>> sounds_as_name("Yassmina"), sounds_as_name("Stageplek")
    (True, False)
    """
    return is_unknown_word(word) and _sound(name_key(word)) in _sounds()


def names_unknown(text: str, words: Sequence[str]) -> bool:
    """Whether a text names somebody whose name is on no list: by its sound, by its place, or in two words."""
    capitals = [place for place, word in enumerate(words) if word[0].isupper()]
    if any(sounds_as_name(words[place]) or _pair_at(words, place) for place in capitals):
        return True
    if not any(map(text.__contains__, SAYS_SOMEBODY)) and not _TWO_INITIALS.search(text):
        return False
    return any(_is_somebody(found) for found in _PLACES_OF_SOMEBODY.finditer(text))


def _is_somebody(found: re.Match[str]) -> bool:
    kind = found.lastgroup or ""
    word = found[kind]
    key = name_key(word)
    if is_unknown_word(word, compounds=kind != "initials"):
        return True
    if key in SOMETIMES_GIVEN and key not in NOT_NAMES:
        return word[0].isupper() or len(key) >= _LONG_ENOUGH
    return kind == "doing" and key in GIVEN_NAMES and not is_ordinary(key)


def _pair_at(words: Sequence[str], place: int) -> bool:
    """Whether a word with a capital goes before another and neither is ordinary, or it is a given name."""
    first, rest = words[place], place + 1
    unknown = is_unknown_word(first)
    if not unknown and name_key(first) not in SOMETIMES_GIVEN:
        return False
    while rest < len(words) and words[rest].casefold() in PARTICLES:
        rest += 1
    return rest < len(words) and is_unknown_word(words[rest], compounds=not unknown)
