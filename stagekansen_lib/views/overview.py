"""The overview (overzicht): one sentence, the chain of reporting with its doubt, two tiles a question, the unknown."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.places import read_place
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.registers.models import KeyFigure
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.releases.reading import Release, read_release
from stagekansen_lib.releases.shown import release_to_show
from stagekansen_lib.views.known import KNOWN, square, theme_squares
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

__all__ = ["FigureGroup", "chain_of_reporting", "front_page_figures", "overview", "page", "tiles_of"]

# The scale of the last link of the chain, where each part is ten times the one before it.
_SMALLEST, _DECADES = 0.00001, 3
_LEVEL = 0.95


@dataclass(frozen=True)
class FigureGroup:
    """A question of the front page, and the published figures that speak to it."""

    title_nl: str
    title_en: str
    figures: tuple[KeyFigure, ...]
    comparable: bool = False


@dataclass(frozen=True)
class Link:
    """A link of the chain: its number, what it says, its doubt, and the bar or the interval that is drawn beside it.

    ``part`` is the length of the bar, 0 to 1. ``interval`` holds the low end, the point and the high end of a share on
    a scale of powers of ten, each 0 to 1; ``ends`` the two ends in words.
    """

    figure: KeyFigure
    value: str
    says: str
    doubt: tuple[str, str]
    part: float | None = None
    uncertain: bool = False
    scale: str = ""
    interval: tuple[float, float, float] | None = None
    ends: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Tile:
    """A figure that answers a question, or what nobody knows yet."""

    big: str
    says: str
    doubt: str
    figure: KeyFigure | None = None


def overview(release: str | None = None, *, language: str | None = None) -> View:
    """The front page, from the registers and a published release.

    Parameters
    ----------
    release : name of a folder in ``data/published``; the first that ``data/site.yaml`` shows when left out.
    language : "nl" or "en".
    """
    chosen, found, registers = chosen_language(language), read_release(release_to_show(release)), read_registers()
    return page_view("overzicht", chosen, lambda: page(found, registers, chosen))


def front_page_figures(registers: Registers) -> list[FigureGroup]:
    """The questions of ``data/place/front_page.yaml`` with the figures that speak to them.

    Raises
    ------
    InputError : a figure is not in the register, or is marked as not to be displayed.
    """
    words = _words()
    named = [*_named(words)]
    refused = [name for name in dict.fromkeys(named) if not registers.key_figures[name].displayable]
    if refused:
        raise InputError(
            [
                Problem(f"Figure '{name}' is marked as not to be displayed.", "front_page.yaml", "Take it out.")
                for name in refused
            ]
        )
    return [
        FigureGroup(
            question["title_nl"],
            question["title_en"],
            tuple(registers.key_figures[name] for name in question["figures"]),
        )
        for question in words["questions"]
    ]


def tiles_of(figures: Sequence[KeyFigure], told: Sequence[str] = ()) -> list[KeyFigure]:
    """Which figures may stand as tiles: the newest of the region, then the newest national one.

    Never a computed figure, one that nobody saw again, or one of ``told``: ids that stand on the page already.
    """
    fit = [one for one in figures if _may_stand(one) and one.id not in told]
    place = read_place()
    regional = [one for one in fit if place.is_here(one.geography_nl)]
    national = [one for one in fit if one.geography_nl == place.national]
    return [max(group, key=_year) for group in (regional, national) if group]


def page(release: Release, registers: Registers, language: Language) -> str:
    """The page as HTML; every figure links to its source record on the same page."""
    words = _words()
    groups = front_page_figures(registers)
    factors = list(registers.factors.values())
    chain_title, chain = chain_of_reporting(registers, language)
    told = [link.figure.id for link in chain]
    questions = [
        (group, _tiles(group, question, words["tiles"], told, language))
        for group, question in zip(groups, words["questions"], strict=True)
    ]
    first = [words[name]["figure"] for name in ("headline", "lead") if "figure" in words[name]]
    shown = first + told
    shown += [tile.figure.id for _, tiles in questions for tile in tiles if tile.figure]
    used = dict.fromkeys(registers.key_figures[name].source_id for name in shown)
    return render(
        "overview.html.j2",
        language,
        release=release,
        headline=_sentence(words["headline"], registers, language),
        headline_figures=[registers.key_figures[name] for name in first],
        handbook=read_place().handbook,
        lead=_sentence(words["lead"], registers, language),
        doors=[(door["page"], *door[language]) for door in words["doors"]],
        chain=chain,
        chain_title=chain_title,
        questions=questions,
        sources={name: registers.sources[name] for name in used},
        factors=factors,
        unknown=[factor for factor in factors if factor.known == "unknown"],
        factors_head=registers.heads["factors"],
        squares=theme_squares(registers, language),
        square=square,
        known_order=KNOWN,
    )


def chain_of_reporting(registers: Registers, language: Language) -> tuple[str, list[Link]]:
    """The title and the links of the chain from everybody to the share that reports, each with its doubt.

    Both are empty for a place that has no such figures.
    """
    words = _words()["chain"]
    if not words:
        return "", []
    ends = {name: number_text(_value(registers.key_figures[words[name]]), language) for name in ("first", "last")}
    return words[f"title_{language}"].format(**ends), [_link(link, registers, language) for link in words["links"]]


def _words() -> dict[str, Any]:
    """What ``data/place/front_page.yaml`` says; a part that a place does not have is empty."""
    return {**_NOTHING, **read_yaml(data_folder("place", "front_page.yaml"))}


_NOTHING: Mapping[str, Any] = {
    "headline": {}, "lead": {}, "doors": [], "chain": {}, "questions": [], "tiles": {}
}  # fmt: skip


def _named(words: Mapping[str, Any]) -> Iterator[str]:
    """Every figure that the front page names."""
    yield from (words[name]["figure"] for name in ("headline", "lead") if "figure" in words[name])
    yield from (link["figure"] for link in words["chain"].get("links", []))
    yield from (name for question in words["questions"] for name in question["figures"])


def _may_stand(figure: KeyFigure) -> bool:
    return figure.displayable and figure.verified and figure.seen_again and not figure.kind.startswith("derived")


def _year(figure: KeyFigure) -> int:
    """The last year that the period names; 0 when it names none."""
    return max((int(year) for year in re.findall(r"(?:19|20)\d\d", figure.period_en)), default=0)


def _value(figure: KeyFigure) -> float:
    return float(figure.value or 0)


def _sentence(part: Mapping[str, str], registers: Registers, language: Language) -> str:
    """A sentence with the numbers of its figure; one of a place that has no figure for it stands as it is."""
    if "figure" not in part:
        return part.get(language, "")
    return _filled(part[language], registers.key_figures[part["figure"]], language)


def _filled(text: str, figure: KeyFigure, language: Language) -> str:
    """A text with the numbers of its figure."""
    return text.format(
        value=figure.value_text(language),
        one_in=_one_in(figure, language),
        n=number_text(figure.n, language) if figure.n else say("points.unknown", language),
    )


def _one_in(figure: KeyFigure, language: Language) -> str:
    """A percentage as "1 in 10" where that is what it is, else as a percentage."""
    value = _value(figure)
    if figure.unit == "percent" and value and (100 / value).is_integer():
        return say("overview.one_in", language, count=int(100 / value))
    return figure.value_text(language)


def _tiles(
    group: FigureGroup, question: Mapping[str, Any], texts: Mapping[str, Any], told: Sequence[str], language: Language
) -> list[Tile]:
    """At most two figures, what is still open, and what stands in the place of a second figure that is not there."""
    chosen = tiles_of(group.figures, told)
    tiles = [_tile(figure, texts.get(figure.id, {}), language) for figure in chosen]
    unknown = say("overview.unknown", language)
    tiles += [Tile(unknown, one[language][1], say("overview.nobody_yet", language)) for one in question.get("open", [])]
    second = question.get(f"second_{language}")
    return [*tiles, Tile("", second, "")] if second and len(chosen) < 2 else tiles


def _tile(figure: KeyFigure, text: Mapping[str, str], language: Language) -> Tile:
    """A figure in the words of the front page, or in those of the register."""
    about = ", ".join(filter(None, (figure.text("population", language), figure.text("period", language))))
    return Tile(
        _filled(text.get(f"big_{language}", "{value}"), figure, language),
        _filled(text[language], figure, language) if text else f"{figure.text('label', language)}: {about}",
        text.get(f"doubt_{language}", figure.text("ambiguity", language)),
        figure,
    )


def _link(link: Mapping[str, Any], registers: Registers, language: Language) -> Link:
    """A link of the chain, with what chance alone does to it where it is a count or a share of one."""
    figure = registers.key_figures[link["figure"]]
    doubt: dict[str, str] = {}
    interval, ends = None, ("", "")
    if figure.unit == "reports":
        low, high = _chance(figure)
        doubt = {"years": number_text(1 / low, language), "most": number_text(math.floor(high), language)}
    if "share_of" in link:
        count, whole = (registers.key_figures[name] for name in link["share_of"])
        low, high = (end / _value(whole) for end in _chance(count))
        interval = (_place(low), _place(_value(count) / _value(whole)), _place(high))
        ends = (percent_text(low, language, decimals=3), percent_text(high, language, decimals=2))
        doubt = {"low": ends[0], "high": ends[1]}
    part = _value(figure) / _value(registers.key_figures[link["part_of"]]) if "part_of" in link else None
    first, then = (text.format(**doubt) if doubt else text for text in link[f"doubt_{language}"])
    plain = figure.unit in ("students", "reports")
    value = number_text(_value(figure), language) if plain else figure.value_text(language)
    return Link(
        figure,
        f"{link['sign']} {value}" if "sign" in link else value,
        link[f"says_{language}"],
        (first, then),
        part,
        bool(link.get("uncertain")),
        link.get(f"scale_{language}", ""),
        interval,
        ends,
    )


def _chance(count: KeyFigure) -> tuple[float, float]:
    """What chance alone does to a count: its exact Poisson interval."""
    from stagekansen_lib.monitoring.reports import poisson_interval

    low, high = poisson_interval(int(_value(count)), level=_LEVEL)
    return low, high


def _place(share: float) -> float:
    """Where a share stands on the scale of powers of ten, 0 to 1."""
    return min(max(math.log10(share / _SMALLEST) / _DECADES, 0.0), 1.0)
