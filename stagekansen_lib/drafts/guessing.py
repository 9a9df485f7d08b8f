"""What a question seems to be: its kind, whether that is certain, and which texts are its answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from stagekansen_lib.drafts.joined import parts_of
from stagekansen_lib.drafts.looking import Asked
from stagekansen_lib.drafts.scales import has_own_words, is_other, is_unsure, missing_reason_of, recognise
from stagekansen_lib.readers.days import day_order, is_day, without_hour
from stagekansen_lib.readers.number_signs import is_number, number_signs, plain_number
from stagekansen_lib.surveys.codebooks import Privacy

__all__ = ["FEWEST", "DraftKind", "Guess", "guess_kind", "is_special", "privacy_of", "undecided"]

# "coded" becomes nominal or ordinal when somebody has said whether the answers have an order.
DraftKind = Literal["coded", "multiple", "count", "number", "date", "open"]

FEWEST = 3  # respondents who must have given a text before it is copied as a label
_MOST_LABELS = 40
_LONGEST_LABEL = 120
_MOST_CODES = 15
# The part of the answers that must be numbers before a text among them is a slip; less where an amount was asked.
_MOST_STRAYS, _MOST_STRAYS_OF_AMOUNTS = 0.98, 0.9
_WHOLE = re.compile(r"-?[0-9]+(?:[.,]0+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})*")
_CODE = re.compile(r"(?:[A-Za-z]{1,3}[0-9]{1,4}|-oth-|other|[YNyn])")
# How a question asks for an answer in own words, and how such an answer ends.
_OWN_WORDS = re.compile(
    r"\(open\)|toelicht|licht toe|namelijk|eigen woorden|opmerking|kwijt|"
    r"wat kan er beter|what can be improved|wat gebeurde|what happened|\bwrite\b",
    re.IGNORECASE,
)
# Words that may ask for that: "which of these describes you best?" does not, nor does a French "comment ...?".
_PERHAPS_OWN_WORDS = re.compile(r"comment|explain|suggest|describe|beschrijf|schrijf", re.IGNORECASE)
_SENTENCE = re.compile(r".*[.!?]\s*(?:;|$)|(?:\S+\s+){9,}.*|.*\n.*", re.DOTALL)
_HOW_MANY = re.compile(
    r"hoe vaak|hoeveel|aantal|hoe oud|leeftijd|how (?:many|often|old)|number of|\bage\b|minuten|minutes|\buren\b|hours",
    re.IGNORECASE,
)
# What a question or one of its answers is about, in Dutch or English; the first that fits.
_PRIVACY_WORDS: tuple[tuple[Privacy, str], ...] = (
    (
        "identifying",
        r"\bnaam\?|je naam|your name|^name\b|voornaam|achternaam|first ?name|last ?name|e-?mail|telefoon|phone|"
        r"studentnummer|student number|\bbsn\b|burgerservice|iban|ip-?address|ip-?adres|postcode|zip code|"
        r"geboortedatum|birth ?date|date of birth|latitude|longitude|instagram|linkedin|handle\b|adres\b|address|"
        r"respondent|response ?id|antwoord ?id|^id$|submitted|submitdate|start ?date|end ?date|tijdstempel|timestamp",
    ),
    (
        "special",
        r"herkomst|migratie|afkomst|geboren|nationaliteit|etnic|ethnic|origin\b|\bborn\b|geloof|religi|hoofddoek|"
        r"levensovertuiging|belief|gezondheid|health|ziekte|illness|beperking|handicap|disab|aandoening|lhbt|lgbt|"
        r"geaardheid|gerichtheid|sexual|seksu|politiek|political|vakbond|trade union|huidskleur|skin colou?r|"
        r"geslacht|gender|\bsex\b|op welke grond|\bgrounds?\b|head ?scarf|\brace\b|\bfaith\b",
    ),
)


@dataclass(frozen=True)
class Guess:
    """What a question seems to be.

    Parameters
    ----------
    kind : of question.
    certain : whether nobody needs to confirm the kind.
    labels : for coded kinds what each text or code of the file means; "" where nothing says so.
    by_text : whether the cells hold labels and not codes.
    counts : how often each of these occurs.
    rare : texts of fewer than three respondents that are not known as answers, with how often each occurs.
    """

    kind: DraftKind
    certain: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    by_text: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    rare: Mapping[str, int] = field(default_factory=dict)


def guess_kind(asked: Asked) -> Guess:
    """The first of the guesses that fits, from what says most to what says least."""
    if asked.role == "submitted_on":
        return Guess("date")
    if asked.role or asked.own_text:
        return Guess("open")
    if asked.parts:
        return Guess("multiple", labels=asked.parts, counts=asked.counts)
    if asked.coding == "mentions":
        return _of_mentions(asked)
    return next(guess for one in _GUESSES if (guess := one(asked)) is not None)


def privacy_of(asked: Asked, labels: Mapping[str, str], kind: str) -> Privacy:
    """The strictest class that the words of a question or of its answers ask for; "sensitive" when they ask nothing."""
    if asked.role == "respondent_id" or asked.role == "submitted_on":
        return "identifying"
    texts = [asked.columns[0][0], asked.question, asked.label]
    if kind not in ("count", "number"):
        texts += labels.values()
    found = {name for text in texts for name in _asked_by(text)}
    if "special" in found:
        return "special"
    return "identifying" if kind == "open" or ("identifying" in found and kind == "date") else "sensitive"


def is_special(text: str) -> bool:
    """Whether the words of a question ask for what the law calls special: origin, faith, health and the like."""
    return "special" in _asked_by(text)


def _asked_by(text: str) -> set[str]:
    return {name for name, words in _PRIVACY_WORDS if re.search(words, text.casefold())}


def _of_mentions(asked: Asked) -> Guess:
    if asked.labels:
        return Guess("multiple", False, dict(asked.labels), counts=asked.counts)
    if all(re.fullmatch(r"[0-9]+", text) for text in asked.counts):
        return Guess("multiple", False, dict.fromkeys(sorted(asked.counts, key=int), ""), counts=asked.counts)
    return _of_texts("multiple", asked.counts)


def undecided(asked: Asked) -> list[str]:
    """The kinds as which a column can be read in two ways, "number" or "date": 1.250, or 03/04/2022."""
    texts = list(asked.counts)
    found = []
    if texts and all(is_number(text) for text in texts) and number_signs(texts, likely=asked.decimal) is None:
        found.append("number")
    if texts and all(is_day(text) for text in texts) and not day_order(map(without_hour, texts)):
        found.append("date")
    return found


def _all(asked: Asked, pattern: re.Pattern[str]) -> bool:
    return bool(asked.counts) and all(pattern.fullmatch(text) for text in asked.counts)


def _by_labels(asked: Asked) -> Guess | None:
    """By the labels of the file. Labels of missing codes alone, or of the ends of a row of numbers, are too few."""
    real = {text: label for text, label in asked.labels.items() if text not in asked.missing}
    without = sum(n for text, n in asked.counts.items() if text not in asked.labels)
    if not real or without > 0.1 * asked.answered:
        return None
    strays = {text: n for text, n in asked.counts.items() if text not in asked.labels}
    counts = {text: n for text, n in asked.counts.items() if text in asked.labels}
    return Guess("coded", labels=dict(asked.labels), counts=counts, rare=strays)


def _as_empty(asked: Asked) -> Guess | None:
    return None if asked.counts else Guess("open")


def _as_whole_numbers(asked: Asked) -> Guess | None:
    """Whole numbers: a count when the question or the tool says so; a few are codes, and somebody is asked."""
    grouped = any(re.search(r"[.,][0-9]{3}$", text) for text in asked.counts) and _all(asked, _GROUPED)
    if not _all(asked, _WHOLE) and not grouped:
        return None
    if any(text.startswith("-") for text in asked.counts):
        return Guess("number", certain=False)
    written = any(re.search(r"[.,]0{2,}$", text) for text in asked.counts)
    many = len(asked.counts) > _MOST_CODES or asked.answered < 2 * len(asked.counts)
    if grouped or written or many or _HOW_MANY.search(asked.question):
        return Guess("count", certain=not grouped)
    codes = sorted(asked.counts, key=lambda text: int(float(text.replace(",", "."))))
    plain = {str(int(float(text.replace(",", ".")))): asked.counts[text] for text in codes}
    said = {text: label for text, label in asked.labels.items() if text in plain}
    labels = {text: said.get(text, text if said else "") for text in plain}
    return Guess("coded", certain=False, labels=labels, counts=plain)


def _as_numbers(asked: Asked) -> Guess | None:
    if not all(is_number(text) for text in asked.counts):
        return None
    signs = number_signs(list(asked.counts), likely=asked.decimal)
    # Of two signs in one column only one can stand before decimals: the rest is not read, and somebody says so.
    strays = {text: n for text, n in asked.counts.items() if signs is not None and not plain_number(text, signs)}
    certain = not strays and (signs is None or not signs.unit)
    return Guess("number", certain=certain, rare=strays)


def _as_days(asked: Asked) -> Guess | None:
    return Guess("date") if all(is_day(text) for text in asked.counts) else None


def _as_own_words(asked: Asked) -> Guess | None:
    if recognise(asked.counts) is not None:
        return None
    sentences = sum(n for text, n in asked.counts.items() if _SENTENCE.fullmatch(text))
    asks = _OWN_WORDS.search(asked.question) or (_PERHAPS_OWN_WORDS.search(asked.question) and not _repeated(asked))
    told = sentences > 0.2 * asked.answered and not (_listed(asked) and _repeated(asked))
    return Guess("open") if told or asks else None


def _listed(asked: Asked) -> bool:
    """Whether the lines of a cell, and nothing else in it, look like sentences: then each may be a tick."""
    lines = {line for text in asked.counts for line in text.split("\n")}
    return len(lines) <= _MOST_LABELS and not any(_SENTENCE.fullmatch(line) for line in lines)


def _repeated(asked: Asked) -> bool:
    """Whether nearly everyone gave an answer that others gave too, as from a list."""
    parts = parts_of(asked.counts, asked.tool)
    return _few_texts(asked.counts, 0.98) or (parts is not None and _few_texts(parts, 0.9))


def _as_scale(asked: Asked) -> Guess | None:
    """Texts that all stand in a known scale are its answers, however seldom each was given."""
    if recognise(asked.counts) is None:
        return None
    return Guess("coded", labels={text: text for text in asked.counts}, by_text=True, counts=dict(asked.counts))


def _as_joined(asked: Asked) -> Guess | None:
    parts = parts_of(asked.counts, asked.tool)
    if parts is None:
        return None
    if all(re.fullmatch(r"[0-9]+", part) for part in parts):
        return Guess("multiple", certain=False, labels=dict.fromkeys(sorted(parts, key=int), ""), counts=parts)
    # What people add in their own words stands beside the ticks, and is as different as they are.
    return _of_texts("multiple", parts) if _few_texts(parts, 0.5) or _short(parts) else None


def _as_codes(asked: Asked) -> Guess | None:
    """Codes of a survey tool, such as A1 and Y: their labels stand elsewhere."""
    if not _all(asked, _CODE) or len(asked.counts) > _MOST_LABELS:
        return None
    labels = {text: _LETTERS.get(text.casefold(), "") for text in sorted(asked.counts)}
    return Guess("coded", labels=labels, counts=dict(asked.counts))


_LETTERS = {"y": "Ja", "n": "Nee", "-oth-": "Anders", "other": "Anders"}


def _as_codes_with_strays(asked: Asked) -> Guess | None:
    """A stray text among numbers is a mistake, or the code of something else: somebody is asked."""
    plain = {text: n for text, n in asked.counts.items() if _WHOLE.fullmatch(text)}
    least = _MOST_STRAYS_OF_AMOUNTS if _HOW_MANY.search(asked.question) else _MOST_STRAYS
    if sum(plain.values()) < least * asked.answered:
        return None
    strays = {text: n for text, n in asked.counts.items() if text not in plain}
    guess = guess_kind(replace(asked, counts=plain))
    return replace(guess, certain=False, rare=strays)


def _as_texts(asked: Asked) -> Guess:
    """Few different texts are answers to choose from; with too few respondents to tell, somebody is asked."""
    if _few_texts(asked.counts, 0.9):
        return replace(_of_texts("coded", asked.counts), certain=True)
    likely = _short(asked.counts) and asked.answered > len(asked.counts)
    return replace(_of_texts("open", asked.counts), certain=not likely, counts={}, labels={})


_GUESSES: tuple[Callable[[Asked], Guess | None], ...] = (
    _by_labels, _as_empty, _as_whole_numbers, _as_numbers, _as_days, _as_codes, _as_scale, _as_own_words, _as_joined,
    _as_codes_with_strays, _as_texts,
)  # fmt: skip


def _short(counts: Mapping[str, int]) -> bool:
    return len(counts) <= _MOST_CODES and all(len(text) <= _LONGEST_LABEL for text in counts)


def _few_texts(counts: Mapping[str, int], least: float) -> bool:
    often = [text for text, n in counts.items() if n >= FEWEST or _is_known(text)]
    kept = sum(counts[text] for text in often)
    short = all(len(text) <= _LONGEST_LABEL for text in often)
    return bool(often) and len(often) <= _MOST_LABELS and short and kept >= least * sum(counts.values())


def _is_known(text: str) -> bool:
    """Whether a text is an answer though few gave it; own words behind "Anders, namelijk" are those of one person."""
    return bool(missing_reason_of(text)) or (is_other(text) and not has_own_words(text)) or is_unsure(text)


def _of_texts(kind: DraftKind, counts: Mapping[str, int]) -> Guess:
    often = {text: n for text, n in counts.items() if n >= FEWEST or _is_known(text)}
    rare = {text: n for text, n in counts.items() if text not in often}
    return Guess(kind, False, {text: text for text in often}, by_text=True, counts=often, rare=rare)
