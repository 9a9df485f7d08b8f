"""``data/place/stories.yaml``: our statements, and the entries of registers and release that stand beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.registers.models import KeyFigure
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.wording import Language

__all__ = ["EDITIONS", "PAGES", "Edition", "Story", "read_posters", "read_stories"]

Edition = Literal["student", "education", "employer"]
EDITIONS: tuple[Edition, ...] = ("student", "education", "employer")
KINDS = ("line", "talk")
# The pages that a card can lead to; ``site`` builds them, and stands above this room.
PAGES = (
    "overzicht", "feiten", "meldpunten", "verkenner", "monitor", "kaart", "stagereis", "wegwijzer", "begrippen",
    "bronnen", "methode", "netwerk",
)  # fmt: skip
_FILE = "stories.yaml"
_LISTS = ("figures", "tables", "voices", "points", "instruments")
_KEYS = ("id", "for", "kind", "nl", "en", "page", *_LISTS)


@dataclass(frozen=True)
class Story:
    """One card as it is written down: a statement of ours and what it refers to by id."""

    id: str
    editions: tuple[str, ...]
    kind: str
    statement: Mapping[str, str]
    page: str
    figures: tuple[str, ...]
    tables: tuple[str, ...]
    voices: tuple[str, ...]
    points: tuple[str, ...]
    instruments: tuple[str, ...]

    def text(self, language: Language) -> str:
        return self.statement[language]


def read_stories(registers: Registers) -> tuple[Story, ...]:
    """The cards in the order of the file.

    Raises
    ------
    InputError : a card lacks something, or names what is not in the registers or may not be shown. All are named.
    """
    given = _content().get("cards", [])
    problems = [problem for card in given for problem in _problems(card, registers)]
    names = [str(card.get("id")) for card in given]
    problems += [f"The card '{name}' stands there twice." for name in dict.fromkeys(names) if names.count(name) > 1]
    _refuse(problems)
    return tuple(_story(card) for card in given)


def read_posters(registers: Registers) -> tuple[tuple[str, ...], str]:
    """The voices that get a poster, and the page that its code leads to.

    Raises
    ------
    InputError : a voice or the page is unknown.
    """
    given = _content().get("posters", {})
    voices, page = tuple(given.get("voices", ())), str(given.get("page", "meldpunten"))
    _refuse([*_unknown("posters", "voice", voices, registers.voices), *_unknown("posters", "page", [page], PAGES)])
    return voices, page


def _content() -> dict[str, Any]:
    path = data_folder("place", _FILE)
    if not path.is_file():
        raise InputError(Problem("This place has no cards yet.", _FILE, "See docs/how-to/cards-and-posters.md."))
    return read_yaml(path)


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise InputError([Problem(text, _FILE) for text in problems], title="The cards cannot be made.")


def _story(card: Mapping[str, Any]) -> Story:
    lists = {name: tuple(card.get(name, ())) for name in _LISTS}
    texts = {"nl": card["nl"], "en": card["en"]}
    return Story(card["id"], tuple(card["for"]), card["kind"], texts, card.get("page", ""), **lists)


def _problems(card: Mapping[str, Any], registers: Registers) -> Iterator[str]:
    name = f"Card '{card.get('id', '')}'"
    yield from _unknown(name, "key", card, _KEYS)
    yield from (f"{name} has no '{key}'." for key in ("id", "for", "kind", "nl", "en") if not card.get(key))
    yield from _unknown(name, "edition", card.get("for", ()), EDITIONS)
    yield from _unknown(name, "kind", [card.get("kind")], KINDS)
    if not any(card.get(key) for key in ("figures", "tables", "voices")):
        yield f"{name} rests on no figure and no voice."
    if not any(card.get(key) for key in ("points", "instruments", "page")):
        yield f"{name} does not say where to go."
    known: dict[str, Any] = {
        "figures": registers.key_figures, "voices": registers.voices, "points": registers.reporting_points,
        "instruments": registers.instruments,
    }  # fmt: skip
    for key, register in known.items():
        yield from _unknown(name, key.removesuffix("s"), card.get(key, ()), register)
    yield from _unknown(name, "page", [card["page"]] if card.get("page") else [], PAGES)
    yield from _not_to_show(name, card, registers)


def _unknown(name: str, what: str, given: Any, known: Any) -> Iterator[str]:
    for one in given:
        if one not in known:
            yield f"{name} names the {what} '{one}', which is unknown. {did_you_mean(str(one), [*known])}"


def _not_to_show(name: str, card: Mapping[str, Any], registers: Registers) -> Iterator[str]:
    """A figure that nobody could check again is no ground for a talk, nor a tool without an address."""
    for one in card.get("figures", ()):
        if one in registers.key_figures and not _may_stand(registers.key_figures[one]):
            yield f"{name} names the figure '{one}', which may not be shown or which nobody saw again."
    for one in card.get("instruments", ()):
        if one in registers.instruments and not registers.instruments[one].is_tool:
            yield f"{name} names the instrument '{one}', which has no address, has ended or is no tool."


def _may_stand(figure: KeyFigure) -> bool:
    return figure.status == "published" and figure.seen_again and figure.confidence != "recalled"
