"""Which ids of respondents a survey tool can have given; any other may be a key to a list of persons."""

from __future__ import annotations

import re

from stagekansen_lib.privacy.check_digits import eleven_test
from stagekansen_lib.privacy.free_text import starts_with_given_name
from stagekansen_lib.privacy.values import ColumnValues
from stagekansen_lib.privacy.word_lists import GIVEN_NAMES, name_key

__all__ = ["is_random_id", "unknown_ids"]

# Random signs of a tool: nothing in them is about anybody, whatever they look like.
_RANDOM = re.compile(
    r"R_[A-Za-z0-9]{8,20}"  # Qualtrics
    r"|(?:uuid:)?\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?"  # KoBo, ODK, Castor
    r"|[0-9a-f]{24}|[0-9a-fA-F]{32,64}",  # Typeform, pseudonyms
    re.ASCII,
)
# Running numbers with letters before them or without, tokens, long numbers.
_GIVEN_BY_TOOLS = re.compile(
    r"[A-Za-z]{0,4}[ _-]?\d{1,6}(?:-\d{1,2})?"  # LimeSurvey, Forms, REDCap
    r"|(?i:resp(?:ondent)?|response|record|case|id|antwoord|inzending|deelnemer|rij|row)[ _.-]?\d{1,9}"
    r"|(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_-]{10,64}"  # tokens of LimeSurvey
    r"|[A-Za-z]{12,64}|[A-Za-z0-9+/_-]{22,}={0,2}"
    r"|\d{10,20}",  # SurveyMonkey, Survalyzer
    re.ASCII,
)
# The shape of a short running number, of which nothing else needs to be looked at.
_RUNNING = re.compile(r" ?a{0,4}[ _-]?9{1,6} ?")
_SHORT_TOKEN = re.compile(r"[A-Za-z0-9]{5,9}", re.ASCII)
_WORD_ID = re.compile(r"[A-Za-z]{1,12}(?:[_-]\w{1,6})?")
_NUMBER = re.compile(r"\d{7,9}")
_POINT = re.compile(r"(?<=\d)[.,]0+$")  # a whole number that a program wrote with decimals
_TELEPHONE = re.compile(r"06[1-8]\d{7}|00316\d{8}|316\d{8}")
# Running numbers leave gaps, for who stopped half way; so many times the answers is the most.
_GAPS = 20
# From so many words of which most are names a column is one of names.
_FEW = 3
# Of random tokens so few hold a name by chance, and so many change often between letters and digits.
_BY_CHANCE, _MOST = 0.3, 0.6


def is_random_id(text: str) -> bool:
    """Whether an id is random signs of a survey tool, in which any form is found by chance only.

    >>> is_random_id("R_3k2jD8sLq0aXb1Z"), is_random_id("s1234567")
    (True, False)
    """
    return bool(_RANDOM.fullmatch(text.strip()))


def unknown_ids(column: ColumnValues) -> dict[str, list[int]]:
    """The places of ids that no survey tool gives, by what they look like; the whole column is looked at.

    Running numbers, ids of Qualtrics, UUIDs, tokens and pseudonyms pass. Numbers of seven or eight digits are student
    numbers unless they run on from one; nine digits are burgerservicenummers when one in four passes the eleven test.
    """
    looked = column.shaped(lambda shape: not _RUNNING.fullmatch(shape))
    texts = {
        place: _POINT.sub("", text.strip()) for place, text in column.texts_at(looked).items() if not is_random_id(text)
    }
    strange = _not_of_a_tool(texts)
    numbers = [place for place, text in strange.items() if _NUMBER.fullmatch(text)]
    found = _told_numbers(texts, numbers, len(column.places) - len(looked) + len(numbers))
    words = [place for place, text in strange.items() if not any(sign.isdigit() for sign in text)]
    names = [place for place in words if starts_with_given_name(texts[place]) or not _WORD_ID.fullmatch(texts[place])]
    found["name"] = words if len(names) >= min(_FEW, len(words)) and names else []
    others = {*strange} - {*numbers, *words}
    found["link_to_list"] = sorted(others | _with_names(texts))
    found["phone"] = [place for place, text in texts.items() if _TELEPHONE.fullmatch(text)]
    return {kind: places for kind, places in found.items() if places}


def _not_of_a_tool(texts: dict[int, str]) -> dict[int, str]:
    """The ids in no form of a survey tool; none when they are short random tokens, or one word with running numbers."""
    strange = {place: text for place, text in texts.items() if not _GIVEN_BY_TOOLS.fullmatch(text)}
    tokens = {place: text for place, text in strange.items() if _SHORT_TOKEN.fullmatch(text) and not text.isdecimal()}
    if sum(map(_changes_often, tokens.values())) > _MOST * len(tokens):
        strange = {place: text for place, text in strange.items() if place not in tokens}
    return {} if _numbered_alike(strange) else strange


def _numbered_alike(texts: dict[int, str]) -> bool:
    """Whether ids are one word, that is no name, with running numbers: "wave2026-1", "wave2026-2"."""
    heads = {re.sub(r"\d{1,6}$", "", text) for text in texts.values()}
    head = name_key(re.sub(r"[\W_]", " ", heads.pop())) if len(heads) == 1 else ""
    return head[:1].isalpha() and not any(part in GIVEN_NAMES for part in head.split())


def _changes_often(token: str) -> bool:
    """Whether letters and digits, or capitals and small letters, change places twice or more, as in random signs."""
    kinds = "".join("9" if sign.isdigit() else "A" if sign.isupper() else "a" for sign in token)
    return len(re.findall(r"(.)\1*", kinds)) > 2


def _with_names(texts: dict[int, str]) -> set[int]:
    """The places of ids with a given name within, when there are more of them than by chance."""
    named = {
        place
        for place, text in texts.items()
        if any(map(str.isdigit, text))
        and any(name_key(part) in GIVEN_NAMES for part in re.findall("[A-Za-z]{4,}", text))
    }
    return named if len(named) > _BY_CHANCE * len(texts) else set()


def _told_numbers(texts: dict[int, str], numbers: list[int], count: int) -> dict[str, list[int]]:
    """Numbers of seven to nine digits, which are no running numbers, by what they may be."""
    if not numbers or max(int(texts[place]) for place in numbers) <= _GAPS * count:
        return {}
    nine = [place for place in numbers if len(texts[place]) == 9]
    passing = [place for place in nine if eleven_test(texts[place])]
    found = {"student_number": [place for place in numbers if len(texts[place]) < 9]}
    if len(passing) * 4 > len(nine):
        found["bsn"] = passing
    return found
