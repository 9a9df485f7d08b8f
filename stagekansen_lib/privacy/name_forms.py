"""Names that no list holds, by how they are built: pinyin, and endings of family names of one language."""

from __future__ import annotations

import re

from stagekansen_lib.privacy.word_lists import NOT_NAMES, PINYIN_FAMILY_NAMES, name_key

__all__ = ["has_family_ending", "is_pinyin_given", "is_pinyin_name"]

_FINAL = r"(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ao|an|ei|en|ia|ie|iu|in|ou|ua|ui|un|uo|ue|a|e|i|o|u)"
_SYLLABLE = rf"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?{_FINAL}"
_GIVEN = re.compile(rf"(?:{_SYLLABLE}){{1,2}}")
# Two syllables of which one begins as hardly any word of Dutch or English.
_FIRST = rf"(?:(?:x(?=[iu])|zh){_FINAL}|qi(?:ang|ong|ao|an|ng|n|u|a)?)"
_SECOND = rf"(?:x(?:ian?g?|iao|iu|iong|uan|ue|un|u)|zh{_FINAL}|qi(?:ang|ong|ao|an|ng|n|u|a)?)"
_SURELY_GIVEN = re.compile(rf"{_FIRST}{_SYLLABLE}|{_SYLLABLE}{_SECOND}")
# Polish and Russian, Turkish, Hindustani, Javanese, Frisian, Georgian, Ukrainian, Romanian, of the Maghreb.
_FAMILY_ENDING = re.compile(
    r"[a-z]{2,}(?:[cdnlrw]ski|[cdnlrw]ska|cki|cka|wicz|czyk|czak|oglu|persad|persaud|singh|(?:raj|dew|deo|persad|gobind|narain|bali|ram|aut)sing|nath|narain|charan"
    r"|khelawan|kisoen|widjojo|pawiro|dikromo|redjo|medjo|karto|soeparto|ikromo|dstra|jkstra|kstra|nstra|lstra|rstra"
    r"|shvili|enko|chuk|escu|aoui|oui)"
)
_SHORTEST = 6


def is_pinyin_given(word: str) -> bool:
    """Whether a word with a capital reads as a Chinese given name, and as nothing else: two syllables in pinyin.

    >>> is_pinyin_given("Xinyi"), is_pinyin_given("Zhihao"), is_pinyin_given("Banen"), is_pinyin_given("Toxin")
    (True, True, False, False)
    """
    return word[:1].isupper() and word[1:].islower() and bool(_SURELY_GIVEN.fullmatch(word.lower()))


def is_pinyin_name(first: str, second: str) -> bool:
    """Whether two words are a Chinese family name and a given name in pinyin, both with a capital.

    >>> is_pinyin_name("Wang", "Xiaoming"), is_pinyin_name("Li", "Na"), is_pinyin_name("Ma", "Belt")
    (True, True, False)
    """
    if not (first.istitle() and second.istitle()) or name_key(first) not in PINYIN_FAMILY_NAMES:
        return False
    return name_key(second) not in NOT_NAMES and bool(_GIVEN.fullmatch(name_key(second)))


def has_family_ending(word: str) -> bool:
    """Whether a word with a capital ends as family names of one language do, and hardly any other word.

    >>> has_family_ending("Wiśniewska"), has_family_ending("Kartowidjojo"), has_family_ending("Orkest")
    (True, True, False)
    """
    if len(word) < _SHORTEST or not word[0].isupper():
        return False
    key = name_key(word)
    return key not in NOT_NAMES and bool(_FAMILY_ENDING.fullmatch(key))
