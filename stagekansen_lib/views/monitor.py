"""The monitor: the yearly index of a release; of one without, what it holds of the design and what it lacks."""

from __future__ import annotations

from dataclasses import dataclass

from stagekansen_lib.disclosure.published import PublishedTable
from stagekansen_lib.pictures.charts import Chart, cell_text
from stagekansen_lib.pictures.goalposts import draw_goalposts
from stagekansen_lib.registers.index_design import DOMAIN_NEEDS, IndexDomain, Indicator
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.releases.reading import Release, read_release
from stagekansen_lib.releases.shown import release_to_show
from stagekansen_lib.views.index_pages import index_page
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language

__all__ = ["DomainState", "IndicatorState", "domain_states", "monitor", "page"]


@dataclass(frozen=True)
class IndicatorState:
    """An indicator with the published table that holds it, or None; ``value`` as people read it, empty without one."""

    indicator: Indicator
    table: PublishedTable | None
    value: str
    chart: Chart


@dataclass(frozen=True)
class DomainState:
    """A domain with its indicators, and whether enough of them are published to compute it."""

    domain: IndexDomain
    indicators: tuple[IndicatorState, ...]

    @property
    def measured(self) -> int:
        return sum(one.table is not None for one in self.indicators)

    @property
    def enough(self) -> bool:
        return self.measured >= DOMAIN_NEEDS * len(self.indicators)


def monitor(release: str | None = None, *, language: str | None = None) -> View:
    """The view on the yearly index of a published release.

    Parameters
    ----------
    release : name of a folder in ``data/published``; the first shown that holds an index when left out.
    language : "nl" or "en".
    """
    chosen, registers = chosen_language(language), read_registers()
    found = read_release(release_to_show(release, with_index=True))
    return page_view("monitor", chosen, lambda: page(found, registers, chosen))


def domain_states(release: Release, registers: Registers, language: Language) -> list[DomainState]:
    """What the release holds of each indicator. Nothing is computed: a published figure is quoted, or there is none."""
    design = registers.index
    return [
        DomainState(
            domain, tuple(_state(release, one, language) for one in design.indicators if one.domain == domain.id)
        )
        for domain in design.domains
    ]


def _state(release: Release, indicator: Indicator, language: Language) -> IndicatorState:
    table = release.tables.get(indicator.table)
    if table is not None and table.table["mark"].isin(["x", "."]).any():
        table = None  # protected away
    row = None if table is None else next(table.table.itertuples(index=False))
    chart = draw_goalposts(
        table,
        name=f"{indicator.id} {indicator.heading(language)}",
        worst=indicator.worst,
        best=indicator.best,
        unit=indicator.unit,
        language=language,
    )
    return IndicatorState(indicator, table, "" if table is None else cell_text(table, row, language), chart)


def page(release: Release, registers: Registers, language: Language) -> str:
    """The page as HTML."""
    if release.index is not None:
        return index_page(release, release.index, registers, language)
    domains = domain_states(release, registers, language)
    return render(
        "monitor.html.j2",
        language,
        release=release,
        design=registers.index,
        head=registers.heads["index"],
        domains=domains,
        measured=sum(domain.measured for domain in domains),
        total=len(registers.index.indicators),
        enough=sum(domain.enough for domain in domains),
    )
