"""The place that the workbench is about: its names, municipalities, words and texts, from ``data/place/place.yaml``.

Nothing of a place stands in code. Another place brings a file of its own, and its pages, sentences and maps follow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_folder, packed_folder
from stagekansen_lib.project.yaml_files import read_yaml

__all__ = ["Place", "Texts", "page_address", "place_file", "place_now", "read_place", "words_of_place"]

# A text in both languages.
Texts = Mapping[str, str]
_BOTH = ("nl", "en")
_TEXTS = ("name", "region", "brand", "maker", "keywords")
_HOME = "STAGEKANSEN_HOME"
_NEEDED = ("id", "name", "region", "brand", "languages", "words")
_WORDS = ("people", "person", "goal", "index_name")


@dataclass(frozen=True)
class Place:
    """A place and its theme, as ``data/place/place.yaml`` says.

    Parameters
    ----------
    id : short name in letters and hyphens; begins the names of files that a reader saves.
    name, region : the town and the region that the facts are about.
    brand : logo text, and the end of the title of every page.
    maker : who makes the pages; empty while nobody said so.
    keywords : words for a catalogue, separated by ", ".
    languages : of the pages, "nl" and "en" or one of them; the first is where a reader comes in.
    words : words that texts take over: "people" and "person" for respondents, "goal", "index_name".
    texts : texts of the interface that read otherwise here, by their key, such as "points.intro".
    pages : the pages that are built; all when empty.
    addresses : the address of a page where it is another than the name of its notebook.
    municipalities : CBS code -> name, and official name where that differs; may be empty.
    centre : latitude and longitude at which a map opens; empty without a map.
    layers : layers of borders in ``data/regions`` and what each holds; without "municipalities" there is no map.
    here : words in the geography of a published figure that mean this place.
    national : what the geography of a figure says that is about the whole country.
    registers_without : registers that this place does not keep.
    handbook : id of the source that the journey was drawn from; empty for none.
    first_talk, agency_card, who_can_act : reporting points: with whom a talk begins; the one that works for several
        municipalities; for each level of school who can act.
    tables_first, tables_last : ids of tables in the order in which the explorer offers them.
    """

    id: str
    name: Texts
    region: Texts
    brand: Texts
    languages: tuple[str, ...]
    words: Mapping[str, Texts]
    maker: Texts = field(default_factory=dict)
    keywords: Texts = field(default_factory=dict)
    texts: Mapping[str, Texts] = field(default_factory=dict)
    pages: tuple[str, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    municipalities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    centre: tuple[float, ...] = ()
    layers: Mapping[str, str] = field(default_factory=dict)
    here: tuple[str, ...] = ()
    national: str = ""
    registers_without: tuple[str, ...] = ()
    handbook: str = ""
    first_talk: str = ""
    agency_card: str = ""
    who_can_act: Mapping[str, str] = field(default_factory=dict)
    tables_first: tuple[str, ...] = ()
    tables_last: tuple[str, ...] = ()

    @property
    def has_map(self) -> bool:
        """Whether there are borders to draw."""
        return "municipalities" in self.layers and bool(self.centre)

    def is_here(self, geography: str) -> bool:
        """Whether the geography of a figure is this place.

        >>> read_place().is_here("Den Haag"), read_place().is_here("Nederland")
        (True, False)
        """
        return any(word in geography for word in self.here)


def place_file() -> Path:
    """The file of the place: of the project, else the one that travels with the library."""
    try:
        return data_folder("place", "place.yaml")
    except InputError:  # a project folder that is not there; who writes or reads there says so
        return packed_folder().joinpath("place", "place.yaml")


def read_place(path: Path | None = None) -> Place:
    """The place of the project. Read once; read again when the file changed.

    Parameters
    ----------
    path : the file; ``data/place/place.yaml`` when left out.

    Raises
    ------
    InputError : the file is missing or is no YAML, or a setting is missing, unknown or of the wrong kind. All problems
        are named.

    Examples
    --------
    >>> read_place().region["en"]
    'Haaglanden'
    """
    file = path or place_file()
    return _read(file, file.stat().st_mtime_ns if file.is_file() else 0)


# The last place of each project folder: its file, when that changed, and whether it is the project's own.
_NOW: dict[str | None, tuple[str, int, bool, Place]] = {}


def place_now() -> Place:
    """The same as ``read_place()``, for what is asked thousands of times: a look at the file's time, and no more."""
    home = os.environ.get(_HOME)
    known = _NOW.get(home)
    if known is not None:
        file, changed, own, place = known
        try:
            same = os.stat(file).st_mtime_ns == changed  # noqa: PTH116 - as Path it takes five times as long
        except OSError:
            same = False
        # A project may get a place of its own while the one that travels with the library is in use.
        if same and (own or home is None or not os.path.exists(f"{home}/data/place/place.yaml")):  # noqa: PTH110
            return place
    found = place_file()
    place = read_place()
    if found.is_file():
        own = home is not None and found.is_relative_to(home)
        _NOW[home] = (str(found), found.stat().st_mtime_ns, own, place)
    return place


def words_of_place(language: str) -> dict[str, str]:
    """The words that texts of the interface take over, by name, in one language: those of ``words`` and the names.

    >>> words_of_place("en")["people"]
    'students'
    """
    place = read_place()
    named = {name: getattr(place, name) for name in _TEXTS}
    return {name: texts.get(language, "") for name, texts in {**place.words, **named}.items()}


def page_address(name: str) -> str:
    """The address of a page, by the name of its notebook.

    >>> page_address("meldpunten")
    'meldpunten'
    """
    return read_place().addresses.get(name, name)


@lru_cache(maxsize=8)
def _read(file: Path, changed: int) -> Place:
    del changed  # part of the key only: an edited file is read again
    content = read_yaml(file)
    where = f"{file.parent.name}/{file.name}"
    problems = [Problem(text, where, do) for text, do in _problems(content)]
    if problems:
        raise InputError(problems, title="The file of the place cannot be used.")
    lists = {name: tuple(value) for name, value in content.items() if isinstance(value, list)}
    return Place(**{**content, **lists})


def _problems(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the file, and what to do."""
    kinds = {one.name: str(one.type) for one in fields(Place)}
    for name in _NEEDED:
        if not content.get(name):
            yield f"'{name}' is missing.", "Add it; docs/how-to/your-own-place.md says what goes in."
    for name, value in content.items():
        if name not in kinds:
            yield f"'{name}' is unknown.", did_you_mean(str(name), list(kinds))
        elif name in _TEXTS:
            yield from _lacking(name, value)
        elif not isinstance(value, _kind(kinds[name])):
            yield f"'{name}' is of the wrong kind.", "See docs/how-to/your-own-place.md for how it is written."
        elif name in ("words", "texts"):
            for key in value:
                yield from _lacking(f"{name}, {key}", value[key])
    yield from _wrong_values(content)


def _wrong_values(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    languages, words, centre = (content.get(name) for name in ("languages", "words", "centre"))
    if isinstance(languages, list) and [one for one in languages if one not in _BOTH]:
        yield "A language is not known.", "Write [nl, en], [nl] or [en]."
    if isinstance(words, Mapping):
        for name in _WORDS:
            if name not in words:
                yield f"'words' lacks '{name}'.", "Add it in both languages."
    if isinstance(centre, list) and centre and not _is_point(centre):
        yield "'centre' is no latitude and longitude.", "Write [52.0, 4.3], or leave it out when there is no map."


def _is_point(centre: Sequence[Any]) -> bool:
    return (
        len(centre) == 2 and all(isinstance(one, (int, float)) for one in centre)
        and 50.5 <= centre[0] <= 53.8 and 3.0 <= centre[1] <= 7.5
    )  # fmt: skip


def _lacking(name: str, texts: Any) -> Iterator[tuple[str, str]]:
    if (
        not isinstance(texts, Mapping)
        or set(texts) != set(_BOTH)
        or not all(isinstance(one, str) for one in texts.values())
    ):
        yield f"'{name}' is no text in two languages.", "Write {nl: ..., en: ...}."


def _kind(annotation: str) -> Any:
    if annotation.startswith("tuple"):
        return list
    return Mapping if annotation.startswith("Mapping") else str
