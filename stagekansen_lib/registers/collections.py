"""A register in memory: entries looked up by id, shown as a table, searched in both languages."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from stagekansen_lib.assets import html_table
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.registers.entries import Entry
from stagekansen_lib.registers.texts import code_meaning, sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Collection", "Found", "FoundEntries"]

AnyEntry = TypeVar("AnyEntry", bound=Entry)

_SHOWN = 20  # hits of a search in a terminal


def plain(text: str) -> str:
    """Text without capitals and accents, so that a search finds it however it is typed."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


class Collection(Generic[AnyEntry]):
    """Entries of one kind: ``terms["melding"]``, ``"melding" in terms``, ``for term in terms``.

    Iterating gives the entries, in the order of the register.
    """

    def __init__(self, name: str, entries: Iterable[AnyEntry]) -> None:
        self.name = name
        self._all = tuple(entries)
        self._by_id = {entry.id: entry for entry in self._all}

    def __getitem__(self, identifier: str) -> AnyEntry:
        if identifier not in self._by_id:
            raise InputError(
                Problem(
                    f"There is no '{identifier}' in the register {self.name}.",
                    do=did_you_mean(identifier, self.ids),
                )
            )
        return self._by_id[identifier]

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._by_id

    def __iter__(self) -> Iterator[AnyEntry]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def values(self) -> tuple[AnyEntry, ...]:
        """The entries, in the order of the register."""
        return self._all

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in the order of the register."""
        return tuple(entry.id for entry in self._all)

    def table(self, language: str | None = None) -> pd.DataFrame:
        """All entries as a DataFrame in one language: index the id, then every field, then confidence.

        >>> from stagekansen_lib.registers.reading import read_registers
        >>> read_registers().grounds.table("en").loc["leeftijd", ["label", "confidence"]].tolist()
        ['age', 'found on a public page']
        """
        import pandas as pd

        rows = [
            {"id": entry.id, **entry.fields(language), "confidence": entry.confidence_text(language)}
            for entry in self._all
        ]
        return pd.DataFrame(rows).set_index("id").fillna("") if rows else pd.DataFrame(columns=["confidence"])

    def search(self, words: str, language: str | None = None) -> tuple[AnyEntry, ...]:
        """The entries that hold all the words, those with the words in their name first.

        Capitals and accents make no difference, and a word may be part of a longer one.
        """
        wanted = plain(words).split()
        if not wanted:
            return ()
        in_name, in_text = [], []
        for entry in self._all:
            if all(word in plain(entry.heading(language)) for word in wanted):
                in_name.append(entry)
            elif all(word in plain(entry.words(language)) for word in wanted):
                in_text.append(entry)
        return (*in_name, *in_text)

    def title(self, language: str | None = None) -> str:
        """The name of the register as people know it."""
        return code_meaning("register", self.name, language)

    def _repr_html_(self) -> str:
        rows = [(entry.id, entry.heading(), entry.confidence_text()) for entry in self._all]
        return html_table(f"{self.title()} ({len(self)})", ("id", self.title(), sentence("confidence")), rows)

    def __repr__(self) -> str:
        return f"<{self.title()}: {sentence('entries', count=len(self))}>"


@dataclass(frozen=True)
class Found:
    """One hit of a search over all registers."""

    register: str
    entry: Entry


class FoundEntries:
    """What a search over all registers found; iterating gives `Found`."""

    def __init__(self, words: str, language: str, hits: Iterable[Found]) -> None:
        self.words = words
        self.language = language
        self._hits = tuple(hits)

    def __iter__(self) -> Iterator[Found]:
        return iter(self._hits)

    def __len__(self) -> int:
        return len(self._hits)

    def _rows(self) -> list[tuple[str, str, str, str]]:
        return [
            (
                code_meaning("register", hit.register, self.language),
                hit.entry.id,
                hit.entry.heading(self.language),
                hit.entry.confidence_text(self.language),
            )
            for hit in self._hits
        ]

    def table(self) -> pd.DataFrame:
        """The hits as a DataFrame: register, id, title, confidence."""
        import pandas as pd

        return pd.DataFrame(self._rows(), columns=["register", "id", "title", "confidence"])

    def _repr_html_(self) -> str:
        caption = sentence("found", self.language, count=len(self), words=self.words)
        return html_table(caption, ("", "id", "", sentence("confidence", self.language)), self._rows())

    def __repr__(self) -> str:
        caption = sentence("found", self.language, count=len(self), words=self.words)
        rows = self._rows()
        more = [f"... {len(rows) - _SHOWN}"] if len(rows) > _SHOWN else []
        return "\n".join([caption, *(f"- {name}: {title} [{key}]" for name, key, title, _ in rows[:_SHOWN]), *more])
