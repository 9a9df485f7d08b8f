"""A person by their whole row: files without a number can still hold somebody, as the answers that they gave together.

One answer alone is nobody: a 7 among codes says nothing. Several answers that stand together as one person gave them,
oftener than others gave the same, are that person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.withdrawals.recognising import Respondent, is_key, plain_number
from stagekansen_lib.withdrawals.records import NotSearchableError

__all__ = ["LEAST_ANSWERS", "NO_KEY", "ByKey", "ByRow", "Source", "texts_of"]

NO_KEY = "no column holds the number of a respondent"
# Answers that must stand together before they count as one person's.
LEAST_ANSWERS = 4
# A text this long, that nobody else wrote, is one person's wherever it stands.
_LONG_TEXT = 12

Line = Sequence[object]


@dataclass(frozen=True, repr=False)
class Source:
    """A table with numbers of respondents: the person's rows, and everybody's as often as they are asked for."""

    header: tuple[str, ...]
    theirs: tuple[tuple[object, ...], ...]
    lines: Callable[[], Iterable[Line]]
    person: Respondent

    def shared(self, header: Sequence[object]) -> list[tuple[int, int]]:
        """Places of the columns that another table has too: there and here; never the number itself."""
        own = {_plain_name(name): place for place, name in enumerate(self.header) if not is_key(name)}
        there = [(place, own[_plain_name(name)]) for place, name in enumerate(header) if _plain_name(name) in own]
        return there if len({one for _, one in there}) == len(there) else []

    def others(self) -> Iterator[Line]:
        keys = [place for place, name in enumerate(self.header) if is_key(name)]
        for line in self.lines():
            if not any(place < len(line) and self.person.owns(line[place]) for place in keys):
                yield line


class ByKey:
    """Chooses the rows whose key column holds the respondent."""

    def __init__(self, person: Respondent, names: frozenset[str] = frozenset()) -> None:
        self.person, self.names = person, names

    def rows(self, header: Sequence[object], lines: Iterable[Line]) -> list[int]:
        """Places of the rows to leave out.

        Raises
        ------
        NotSearchableError : no column holds the key of a respondent.
        """
        keys = [place for place, name in enumerate(header) if is_key(name) or name in self.names]
        if not keys:
            raise NotSearchableError(NO_KEY)
        owns = self.person.owns
        return [
            place
            for place, line in enumerate(lines)
            if any(key < len(line) and line[key] is not None and owns(line[key]) for key in keys)
        ]


class ByRow:
    """Chooses rows of a table without numbers that repeat the whole row of the respondent."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources

    def rows(self, header: Sequence[object], lines: Iterable[Line]) -> list[int]:
        """Places of the rows to leave out: as many as the respondent has beside others who answered the same.

        Raises
        ------
        NotSearchableError : the table shares too few columns with any that has numbers.
        """
        held = [tuple(line) for line in lines]
        known, gone = False, set[int]()
        for source in self.sources:
            shared = source.shared(header)
            if len(shared) < LEAST_ANSWERS:
                continue
            known = True
            gone |= _repeated(held, shared, source)
        if not known:
            raise NotSearchableError(NO_KEY)
        return sorted(gone)


def _repeated(held: list[tuple[object, ...]], shared: list[tuple[int, int]], source: Source) -> set[int]:
    wanted = {_cells(line, [own for _, own in shared]) for line in source.theirs}
    wanted = {cells for cells in wanted if sum(cell != "" for cell in cells) >= LEAST_ANSWERS}
    there = [place for place, _ in shared]
    found: dict[tuple[str, ...], list[int]] = {}
    for place, line in enumerate(held):
        cells = _cells(line, there)
        if cells in wanted:
            found.setdefault(cells, []).append(place)
    if not found:
        return set()
    same = Counter(cells for line in source.others() if (cells := _cells(line, [own for _, own in shared])) in found)
    return {place for cells, places in found.items() for place in places[: max(len(places) - same[cells], 0)]}


def _cells(line: Line, places: Sequence[int]) -> tuple[str, ...]:
    return tuple(plain_number(line[place]) if place < len(line) else "" for place in places)


def texts_of(sources: Iterable[Source]) -> set[str]:
    """What the respondent wrote in their own words, as far as nobody else wrote the same; in small letters."""
    found: set[str] = set()
    for source in sources:
        own = {text for line in source.theirs for cell in line if (text := _own_words(cell))}
        for line in source.others() if own else ():
            own -= {_own_words(cell) for cell in line}
        found |= own
    return found


def _own_words(cell: Any) -> str:
    text = " ".join(str(cell).split()).casefold() if isinstance(cell, str) else ""
    return text if len(text) >= _LONG_TEXT and " " in text and re.search(r"[^\W\d_]{3}", text) else ""


def _plain_name(name: object) -> str:
    return re.sub(r"\W", "", str(name).casefold())
