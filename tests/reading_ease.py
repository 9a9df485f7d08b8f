"""How easy a Dutch text is to read: the formula of Flesch for Dutch by W.H. Douma (1960), and the sentences of a page.

Syllables are counted by groups of vowels. That is one too few where two vowels meet that are spoken apart and are not
named below, so a score is a little too kind; the limit of the tests stays far enough from what pages reach.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

__all__ = ["douma", "sentences_of_page", "syllables"]

_VOWELS = re.compile(r"[aeiouyáéíóúèêàâôû]+")
# Vowels that are spoken apart: a letter with a diaeresis begins a syllable, and so do these pairs.
_APART = re.compile(r"(?<=[aeiou])(?=[äëïöü])|(?<=i)(?=a)|(?<=e)(?=o)|(?<=e)(?=a(?!u))")
_BLOCKS = frozenset((
    "p", "li", "h1", "h2", "h3", "h4", "td", "th", "div", "section", "summary", "dt", "dd", "button", "option", "label",
    "blockquote", "figcaption", "article",
))  # fmt: skip
# A citation is there to be copied or looked up: titles and makers are names, and nobody can write them plainer.
_NOT_READ = frozenset(("script", "style", "svg", "table", "select", "template", "cite"))


def syllables(word: str) -> int:
    parts = _APART.sub("-", word.lower()).translate(str.maketrans("äëïöü", "aeiou"))
    return max(1, len(_VOWELS.findall(parts)))


def douma(sentences: Sequence[str]) -> float:
    """206.84 - 0.93 x words a sentence - 77 x syllables a word; 60 and more is plain."""
    words = [re.findall(r"[^\W\d_]+", sentence) for sentence in sentences]
    words = [one for one in words if one]
    number = sum(map(len, words))
    return 206.84 - 0.93 * number / len(words) - 77 * sum(syllables(word) for one in words for word in one) / number


def sentences_of_page(page: str) -> list[str]:
    """Whole sentences of running text: what ends with a full stop or a question mark, outside tables and citations."""
    reader = _Blocks()
    reader.feed(page)
    reader.end_block()
    told = [one for block in reader.blocks for one in re.split(r"(?<=[.!?])\s+", block)]
    return [one for one in told if one.endswith((".", "!", "?")) and len(one.split()) > 2]


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self._words: list[str] = []
        self._outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _BLOCKS:
            self.end_block()
        if tag in _NOT_READ:
            self._outside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._outside and self._outside[-1] == tag:
            self._outside.pop()
        if tag in _BLOCKS:
            self.end_block()

    def handle_data(self, data: str) -> None:
        if not self._outside:
            self._words.append(data)

    def end_block(self) -> None:
        text = " ".join(" ".join(self._words).split())
        self._words = []
        if text:
            self.blocks.append(text)
