"""The network (netwerk): who takes part, in which role and since when, what they show each other, what happened."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from stagekansen_lib.registers.people_and_places import Event, Initiative, Partner
from stagekansen_lib.registers.public_points import public_reporting_points
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language, day_or_month

__all__ = ["Shown", "events_by_year", "network", "page", "partners_by_kind", "podium"]


@dataclass(frozen=True)
class Shown:
    """An initiative with what its instrument says: what it is, whose, and where it is found; "" where nobody knows."""

    initiative: Initiative
    what: str
    owner: str
    url: str


def network(*, language: str | None = None) -> View:
    """The view on the register of partners, initiatives and events."""
    chosen, registers = chosen_language(language), read_registers()
    return page_view("netwerk", chosen, lambda: page(registers, chosen))


def page(registers: Registers, language: Language) -> str:
    """The page as HTML; what is lacking for a place that keeps no register of partners."""
    if not registers.partners:
        return render("no_network.html.j2", language)
    return render(
        "network.html.j2",
        language,
        kinds=partners_by_kind(registers, language),
        count=len(registers.partners),
        podium=podium(registers, language),
        years=events_by_year(registers),
        sources=registers.sources,
        day=lambda text: day_or_month(text, language),
        head=registers.heads["partners"],
    )


def partners_by_kind(registers: Registers, language: Language) -> dict[str, list[Partner]]:
    """The partners by what kind of organisation they are, in words; the largest kind first."""
    found: dict[str, list[Partner]] = defaultdict(list)
    for partner in sorted(registers.partners, key=lambda partner: partner.name.casefold()):
        found[partner.text("type", language)].append(partner)
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def podium(registers: Registers, language: Language) -> list[Shown]:
    """What partners show each other; a desk has its address at the reporting points, if a page may show it."""
    points = {point.id: point for point in public_reporting_points(registers, language)}
    shown = []
    for initiative in registers.podium:
        one = registers.instruments[initiative.instrument]
        url = points[one.point].web if one.point in points else one.url
        shown.append(Shown(initiative, one.text("what", language), one.text("owner", language), url))
    return shown


def events_by_year(registers: Registers) -> dict[str, list[Event]]:
    """What happened, year by year, in the order of the days."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(registers.events, key=lambda event: event.date):
        found[event.date[:4]].append(event)
    return dict(found)
