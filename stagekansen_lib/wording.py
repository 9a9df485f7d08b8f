"""Numbers, dates and sentences as people read them, in Dutch and in English.

All text of the interface stands in ``locales/nl.yaml`` and ``locales/en.yaml``, under the same keys; a test compares
the keys. ``[[people]]`` in a text is a word of the place (``data/place/place.yaml``), ``[[People]]`` the same with a
capital; a place may also bring a whole text of its own. Text about one entry of a register stands in that register.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import string
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Literal

from stagekansen_lib.errors import InputError, Problem, StagekansenError, did_you_mean
from stagekansen_lib.project.places import Place, place_now, words_of_place

__all__ = [
    "LANGUAGES",
    "Language",
    "Missing",
    "chosen_language",
    "date_text",
    "has_text",
    "in_language",
    "month_text",
    "number_text",
    "percent_text",
    "points_text",
    "problem_lines",
    "say",
    "say_all",
    "unit_text",
    "use_language",
]

Language = Literal["nl", "en"]

LANGUAGES: tuple[Language, ...] = ("nl", "en")

_MONTHS = {
    "nl": "januari,februari,maart,april,mei,juni,juli,augustus,september,oktober,november,december",
    "en": "January,February,March,April,May,June,July,August,September,October,November,December",
}


def chosen_language(language: str | None = None) -> Language:
    """The language asked for, else the one in the environment variable STAGEKANSEN_LANGUAGE, else Dutch.

    Raises
    ------
    InputError : the language is neither "nl" nor "en".
    """
    wanted = language or os.environ.get("STAGEKANSEN_LANGUAGE") or "nl"
    if wanted == "nl":
        return "nl"
    if wanted == "en":
        return "en"
    raise InputError(Problem(f"Language '{wanted}' is not known.", do="Use 'nl' or 'en'."))


def use_language(language: str) -> None:
    """Say everything in this language from here on, in this process and those that it starts.

    Parameters
    ----------
    language : "nl" or "en".

    Raises
    ------
    InputError : another language.

    Examples
    --------
    >>> import os
    >>> before = dict(os.environ)
    >>> use_language("en")
    >>> chosen_language()
    'en'
    >>> _ = os.environ.clear(), os.environ.update(before)
    """
    os.environ["STAGEKANSEN_LANGUAGE"] = chosen_language(str(language))
    _tell_errors_shortly()


def _tell_errors_shortly() -> None:
    """In a notebook an error of this library is told in words, without the code that it went through."""
    notebook = sys.modules.get("IPython")
    shell = notebook.get_ipython() if notebook is not None else None
    if shell is not None:
        shell.set_custom_exc((StagekansenError,), _error_in_words)


def _error_in_words(_shell: Any, _kind: Any, failure: Exception, _trace: Any, **_: Any) -> list[str]:
    return problem_lines(failure, chosen_language())


def _texts(language: Language) -> dict[str, str]:
    """Every text by its key, as this place says it."""
    return _said_here(language, place_now())


@cache
def _general(language: Language) -> dict[str, str]:
    """The texts as they are for any place, with its words left open."""
    import yaml

    path = Path(__file__).parent / "locales" / f"{language}.yaml"
    nested = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return {f"{part}.{key}": text for part, texts in nested.items() for key, text in texts.items()}


# Keyed by the place itself, which is read once: looking up a text costs no more than a look at the file's time.
_FILLED: dict[tuple[Language, int], tuple[Place, dict[str, str]]] = {}


def _said_here(language: Language, place: Place) -> dict[str, str]:
    known = _FILLED.get((language, id(place)))
    if known is not None and known[0] is place:
        return known[1]
    texts, own = _general(language), {key: said[language] for key, said in place.texts.items()}
    _refuse_strange(texts, own)
    words = words_of_place(language)
    filled = {
        key: _OPEN.sub(lambda found: _word(found.group(1), words), text) for key, text in {**texts, **own}.items()
    }
    _FILLED[language, id(place)] = (place, filled)
    return filled


_OPEN = re.compile(r"\[\[(\w+)\]\]")


def _word(name: str, words: dict[str, str]) -> str:
    word = words[name[0].lower() + name[1:]]
    return word[:1].upper() + word[1:] if name[0].isupper() else word


def _refuse_strange(texts: dict[str, str], own: dict[str, str]) -> None:
    """A text of a place stands in for one that there is, and asks for no other values."""
    where = "place/place.yaml, texts"
    problems = [
        Problem(f"There is no text '{key}'.", where, did_you_mean(key, list(texts))) for key in own if key not in texts
    ]
    problems += [
        Problem(
            f"Text '{key}' asks for a value that is not given there.",
            where,
            "Use the same {names} as the text it is for.",
        )
        for key, text in own.items()
        if key in texts and not set(_VALUES.findall(text)) <= set(_VALUES.findall(texts[key]))
    ]
    if problems:
        raise InputError(problems)


_VALUES = re.compile(r"{(\w+)")


def say(key: str, language: Language, /, **values: Any) -> str:
    """The text that stands under ``key``, with ``{names}`` filled in from ``values``.

    ``{count:claim|claims}`` in a text is the first form for one, the second for any other number.

    >>> say("marks.secret", "en")
    'not shown, to protect people'
    >>> say("facts.count", "en", count=1), say("facts.count", "en", count=2)
    ('1 claim', '2 claims')
    """
    texts = _texts(language)
    if key not in texts:
        raise InputError(Problem(f"There is no text '{key}' in {language}.yaml.", do=did_you_mean(key, list(texts))))
    return _FORMS.vformat(texts[key], (), values) if values else texts[key]


class _Forms(string.Formatter):
    """Fills in a text; ``{count:one|many}`` becomes the word that fits the number."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        one, bar, many = format_spec.partition("|")
        if not bar:
            return super().format_field(value, format_spec)
        # Dutch and English have two forms, and only a whole 1 takes the first.
        return one if str(value) == "1" else many


_FORMS = _Forms()


def has_text(key: str) -> bool:
    """Whether there is a text under ``key``; both languages have the same keys.

    >>> has_text("marks.secret"), has_text("marks.none")
    (True, False)
    """
    return key in _texts("nl")


def in_language(text: str, language: Language) -> str:
    """An error or a doubt, which code says in English, in the language of the person who reads it.

    Each sentence that stands under ``told`` is told in the other language, with what was filled in; any other stays.

    >>> in_language("There is a survey 'nul' already. Replace it, or choose a name.", "nl")
    "Er is al een meting 'nul'. Kies hieronder een andere naam voor deze meting."
    >>> in_language("Something else.", "nl"), in_language("Export it again.", "en")
    ('Something else.', 'Export it again.')
    """
    if language == "en" or not text:
        return text
    said: list[str] = []
    parts = re.split(r"(?<=[.?!]) (?=[A-Z'])", text)
    at = 0
    while at < len(parts):
        # The longest stretch that is one sentence: a name in it may hold a stop.
        ends = range(len(parts), at, -1)
        known = next(((end, told) for end in ends if (told := _told(" ".join(parts[at:end]), language))), None)
        end, told = known or (at + 1, parts[at])
        said.append(told)
        at = end
    return " ".join(said)


def problem_lines(failure: Exception, language: Language) -> list[str]:
    """A line for each thing that is wrong: what it is and what to do, in the language of the reader.

    >>> problem_lines(InputError(Problem("There is no such file.", "a.csv", "Choose it again.")), "nl")
    ['Dit bestand is er niet. Kies het opnieuw.']
    """
    problems = getattr(failure, "problems", ())
    lines = [
        " ".join(filter(None, (in_language(one.what, language), in_language(one.do, language)))) for one in problems
    ]
    return lines or [in_language(str(failure), language)]


def _told(sentence: str, language: Language) -> str:
    """One sentence under ``told`` in another language; "" when it stands there not."""
    for key, form in _told_forms():
        if found := form.fullmatch(sentence):
            filled = {name: _filled_in(name, value, language) for name, value in found.groupdict().items()}
            return _texts(language)[key].format(**filled)
    return ""


def _filled_in(name: str, value: str, language: Language) -> str:
    """What stands in a sentence: a sign of decimals, or words that are told as well, such as a kind of file."""
    if name == "what" and f"draft.{value}" in _texts(language):
        return _texts(language)[f"draft.{value}"]
    if re.fullmatch(r"[0-9,]+(?:\.[0-9]+)?%?", value):
        return value.translate(str.maketrans(",.", ".,"))
    return next(
        (_texts(language)[key] for part in ("told.", "identifiers.") for key, text in _general("en").items()
         if text == value and key.startswith(part)),
        value.replace("' or '", "' of '"),
    )  # fmt: skip


@cache
def _told_forms() -> list[tuple[str, re.Pattern[str]]]:
    """The English sentences under ``told``, those with the most words of their own first."""
    texts = {key: text for key, text in _general("en").items() if key.startswith("told.")}
    forms = [
        (key, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(text)), re.DOTALL))
        for key, text in texts.items()
    ]
    return sorted(forms, key=lambda one: -len(re.sub(r"\{\w+\}", "", texts[one[0]])))


def say_all(part: str, language: Language) -> list[str]:
    """The texts ``part_1``, ``part_2`` and so on, in order.

    >>> len(say_all("reading.kaart", "en")) == len(say_all("reading.kaart", "nl")) > 1
    True
    """
    texts = _texts(language)
    found: list[str] = []
    while f"{part}_{len(found) + 1}" in texts:
        found.append(texts[f"{part}_{len(found) + 1}"])
    return found


def number_text(value: float, language: Language, decimals: int = 0) -> str:
    """A number with the separators of the language; a real minus sign.

    >>> number_text(49772, "nl"), number_text(-1.5, "nl", decimals=1), number_text(49772, "en")
    ('49.772', '−1,5', '49,772')
    """
    text = f"{abs(value):,.{decimals}f}"
    if language == "nl":
        text = text.translate(str.maketrans(",.", ".,"))
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return f"−{text}" if negative else text


def percent_text(share: float, language: Language, decimals: int = 0) -> str:
    """A share of 0 to 1 as a percentage.

    >>> percent_text(0.5, "nl"), percent_text(0.125, "nl", decimals=1)
    ('50%', '12,5%')
    """
    return f"{number_text(share * 100, language, decimals)}%"


def month_text(month: str, language: Language) -> str:
    """A month such as "2026-11" as people read it; anything else, such as a year, stays as it is.

    >>> month_text("2026-11", "nl"), month_text("2015-2019", "nl")
    ('november 2026', '2015-2019')
    """
    year, _, number = month.partition("-")
    if not (len(year) == 4 and number.isdecimal() and 1 <= int(number) <= 12):
        return month
    return f"{_MONTHS[language].split(',')[int(number) - 1]} {year}"


def day_or_month(text: str, language: Language) -> str:
    """A day, a month or a year in digits as people read it.

    >>> [day_or_month(text, "en") for text in ("2022-06-13", "2022-06", "2022")]
    ['13 June 2022', 'June 2022', '2022']
    """
    whole_day = len(text) == len("2022-06-13")
    return date_text(dt.date.fromisoformat(text), language) if whole_day else month_text(text, language)


def points_text(difference: float, language: Language, decimals: int = 0) -> str:
    """A difference of two shares (−1 to 1) in percentage points.

    >>> points_text(0.2, "nl"), points_text(0.2, "en"), points_text(0.01, "en", decimals=1)
    ('20 procentpunten', '20 percentage points', '1.0 percentage point')
    """
    return unit_text(number_text(difference * 100, language, decimals), "point", language)


def unit_text(number: str, unit: str, language: Language) -> str:
    """A number that is written already, with "point" or "deviation" in the form that fits it.

    >>> unit_text("1,0", "point", "nl"), unit_text("10", "point", "nl")
    ('1,0 procentpunt', '10 procentpunten')
    """
    one = re.fullmatch(r"−?1([.,]0{1,2})?", number) is not None
    return say(f"numbers.{unit}" if one else f"numbers.{unit}s", language, value=number)


def date_text(date: dt.date, language: Language) -> str:
    """A date in full.

    >>> date_text(dt.date(2026, 11, 23), "nl")
    '23 november 2026'
    """
    return f"{date.day} {_MONTHS[language].split(',')[date.month - 1]} {date.year}"


@dataclass(frozen=True)
class Missing:
    """That something is not there, and what to do: counts as False, so that ``found and ...`` shows it.

    Parameters
    ----------
    problem : what is missing and what to do, by language.
    """

    problem: Mapping[Language, Problem]

    def __bool__(self) -> bool:
        return False

    def sentence(self, language: str | None = None) -> str:
        """What is missing and what to do, in plain words."""
        told = self.problem[chosen_language(language)]
        return f"{told.what} {told.do}"

    def __repr__(self) -> str:
        return self.sentence("en")

    def _repr_html_(self) -> str:
        told = self.problem[chosen_language()]
        return f"<p><b>{escape(told.what)}</b> {escape(told.do)}</p>"
