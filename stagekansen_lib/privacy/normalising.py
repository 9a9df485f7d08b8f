"""One step before every detector: a text as a reader would understand it, however it was typed.

Two forms of each value are looked at. `readable` has the same words with plain digits, spaces, dashes and letters.
`respelled` also writes as signs what people put in words: "apenstaartje", "punt", "nul zes".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["TOP_LEVEL", "has_unread_script", "readable", "readable_texts", "respelled"]

# Endings of addresses on the internet that are no word of Dutch or English: "goed.de rest" is no address.
TOP_LEVEL = (
    r"(?:nl|com|org|net|eu|edu|gov|info|biz|io|app|dev|online|shop|site|website|page|blog|cloud|ai|co\.uk|ac\.uk|uk|fr"
    r"|pl|tr|sr|ma|cn|ru|ua|xyz|me|ly|gl|gg|tv|link|amsterdam|frl|nu|test|example)"
)

# Signs that the normal form of Unicode (NFKC) would read otherwise, or leave as they are.
_SIGNS = {
    "º": "°", "˚": "°", "′": "'", "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "″": '"', "”": '"', "“": '"',
    "„": '"', "。": ".", "｡": ".", "․": ".", "·": ".", "•": ".", "٫": ".", "۔": ".", "٬": ",", "،": ",", "、": ",",
    "−": "-", "⁃": "-", "ー": "-", "＿": "_", "⁄": "/", "∕": "/", "∶": ":", "٪": "%",
}  # fmt: skip
_LETTER_RUN = re.compile(r"[^\W\d_]{2,}")


class _Plain(dict[int, str]):
    """What each sign becomes; found out when a sign is first met."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        self[code] = plain = _SIGNS[sign] if sign in _SIGNS else _plain(sign)
        return plain


def _plain(sign: str) -> str:
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(sign)
    if category in ("Cf", "Me") or "\ufe00" <= sign <= "\ufe0f":  # nothing to see: joiners, marks of direction
        return ""
    if category == "Pd":
        return "-"
    return " " if sign.isspace() or category == "Cc" else sign


_PLAIN = _Plain()
_BREAKS = re.compile(r"[\t\n\v\f\r\x00-\x08\x1c-\x1f]")
_UNDERSCORED = re.compile(r"(?<=\d)_+(?=\d)")


def readable(text: str) -> str:
    """A text with plain digits of every script, one kind of space and dash, and letters in their usual form.

    >>> readable("０６‑１２３４ ٥٦٧٨"), readable("𝟏𝟏𝟏\u200b222\u2009333")
    ('06-1234 5678', '111222 333')
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)
    return _UNDERSCORED.sub("-", _BREAKS.sub(" ", text))


def readable_texts(texts: Sequence[str]) -> Sequence[str]:
    """The same for many texts; those of plain signs alone are taken as they are."""
    joined = "".join(texts)
    if joined.isascii() and not _BREAKS.search(joined) and "_" not in joined:
        return texts
    return [readable(text) for text in texts]


def has_unread_script(text: str) -> bool:
    """Whether a text holds words in letters of which the gate has no list: only those of Latin are read.

    >>> has_unread_script("محمد"), has_unread_script("Zoë Yılmaz"), has_unread_script("10 μm, een β-blokker")
    (True, False, False)
    """
    if text.isascii():
        return False
    return any(any(map(_unread_letter, word[0])) for word in _LETTER_RUN.finditer(unicodedata.normalize("NFC", text)))


def _unread_letter(sign: str) -> bool:
    return sign > "\u024f" and sign.isalpha() and sign != "μ" and not _is_latin(sign)


def _is_latin(sign: str) -> bool:
    return unicodedata.name(sign, "").startswith(("LATIN", "MODIFIER LETTER", "FEMININE", "MASCULINE"))


# Words for digits in Dutch and English; a run of them is a number that was spelled out.
_DIGIT_WORDS = {
    "nul": "0", "een": "1", "één": "1", "eén": "1", "twee": "2", "drie": "3", "vier": "4", "vijf": "5", "zes": "6",
    "zeven": "7", "acht": "8", "negen": "9", "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_DIGIT_WORD = rf"(?:{'|'.join(_DIGIT_WORDS)})"
_SPELLED_NUMBER = re.compile(
    rf"(?i)\b{_DIGIT_WORD}(?:[\s,.-]{{1,3}}(?:{_DIGIT_WORD}|\d+)){{5,}}\b|\b(?:nul|zero|oh)[\s,-]{{1,3}}(?:zes|six|6)\b"
)
_OF_NUMBER = re.compile(rf"(?i){_DIGIT_WORD}|\d+")
_OPEN, _CLOSE = r"\s{0,3}[(\[{<*_]\s{0,3}", r"\s{0,3}[)\]}>*_]\s{0,3}"
_AT_WORD = r"(?:at|aa|apenstaart(?:je)?|apestaart(?:je)?|a-staart)"
_DOT_WORD = r"(?:dot|punt|point|\.)"
_MAIL_HOSTS = r"(?:gmail|hotmail|outlook|live|icloud|yahoo|ziggo|kpnmail|proton(?:mail)?|student|hhs|casema|planet)"
_HOST_END = (
    rf"(?:\s{{0,3}}(?:\.|\bdot\b|\bpunt\b)\s{{0,3}}[\w-]+){{0,3}}?\s{{0,3}}(?:\.|\bdot\b"
    rf"|\bpunt\b)\s{{0,3}}(?:{TOP_LEVEL}|be|de)\b"
)
_TRIGGER = re.compile(
    r"(?i)\bat\b|pen?staart|\b(?:dot|punt|slash)\b"
    r"|[(\[{<*_] ?(?:at|aa|punt|dot|\.|@)|\bo6|: ?/ |@\s|\s@|\s\.\s|@\S{1,60},|"
    rf"\b{_DIGIT_WORD}\b[\s,.-]{{1,3}}(?:{_DIGIT_WORD}|6)\b|\bbij {_MAIL_HOSTS}"
)
_REWRITINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(form, re.IGNORECASE), plain)
    for form, plain in (
        (rf"{_OPEN}{_DOT_WORD}{_CLOSE}", "."),
        (rf"{_OPEN}(?:{_AT_WORD}|@){_CLOSE}(?=[\w-]+{_HOST_END})", "@"),
        (rf"[(\[{{<*_] ?(?:{_AT_WORD}|@){_CLOSE}", "@"),
        (rf"\s?-?apen?staart(?:je)?-?\s?(?=[\w-]+{_HOST_END})", "@"),
        (r"-?apen?staart(?:je)?-?\s?", "@"),
        (r"(?<=\w)-at-(?=\w)", "@"),
        (r"(?<=\w)-(?:dot|punt)-(?=\w)", "."),
        (rf"(?<=[\w.+-])\s{{1,3}}at\s{{1,3}}(?=[\w-]+{_HOST_END})", "@"),
        (rf"(?<=[\w.+-])\s{{1,3}}bij\s{{1,3}}(?={_MAIL_HOSTS}{_HOST_END})", "@"),
        (r"(?<=[\w.+-]) ?@ ?(?=[\w-]+ ?[.,]| ?[\w-]+ (?:dot|punt)\b)", "@"),
        (r"(?<=\d)\s{0,3}\b(?:punt|dot)\b\s{0,3}(?=\d)", "."),
        (r"(?<=\d) (?:punt|dot|point)(?=\d)", "."),
        (r"(\bwww|@[\w.-]{0,60}\w)\s{0,3}\b(?:punt|dot)\s{1,3}(?=\w)", r"\1."),
        (r"(\bwww|@[\w.-]{0,60}\w)\s{0,3}\b(?:punt|dot)\s{1,3}(?=\w)", r"\1."),
        (rf"(?<=\w) ?(?:\bpunt|\bdot) (?={TOP_LEVEL}\b)", "."),
        (rf"(@[\w-]+?)(?:punt|dot)(?={TOP_LEVEL}\b)", r"\1."),
        (rf"(@[\w-]+),(?={TOP_LEVEL}\b)", r"\1."),
        (rf"(?<=@)([\w-]+) ?\. ?(?={TOP_LEVEL}\b)", r"\1."),
        (rf"(?<=\w)\s{{1,3}}\.\s?(?={TOP_LEVEL}\b)", "."),
        (r"(https?|hxxps?)\s{0,3}:\s{0,3}/\s{0,3}/\s{0,3}", r"\1://"),
        (r"(?<=\.\w\w)\s{0,3}\b(?:slash|/)\s{0,3}(?=\w)|(?<=\.\w\w\w)\s{0,3}(?:\bslash\b|/)\s{0,3}(?=\w)", "/"),
        (r"\b[o](?=6[\s-]?[1-8])", "0"),
    )
)


def respelled(text: str) -> str:
    """A readable text with what is put in words written as signs.

    >>> respelled("s070 apenstaartje voorbeeld punt nl, nul zes een twee drie vier"), respelled("Ik at een broodje")
    ('s070@voorbeeld.nl, 061234', 'Ik at een broodje')
    """
    if not _TRIGGER.search(text):
        return text
    text = _SPELLED_NUMBER.sub(_number_of, text)
    for form, plain in _REWRITINGS:
        text = form.sub(plain, text)
    return text


def _number_of(found: re.Match[str]) -> str:
    return "".join(_DIGIT_WORDS.get(part.casefold(), part) for part in _OF_NUMBER.findall(found[0]))
