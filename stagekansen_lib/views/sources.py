"""Sources (bronnen): every source with the figures it holds, by kind."""

from __future__ import annotations

from collections import defaultdict

from stagekansen_lib.registers.models import KeyFigure, Source
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language

__all__ = ["figures_by_source", "page", "sources", "sources_by_kind"]


def sources(*, language: str | None = None) -> View:
    """The view on the register of sources."""
    chosen, registers = chosen_language(language), read_registers()
    return page_view("bronnen", chosen, lambda: page(registers, chosen))


def figures_by_source(registers: Registers) -> dict[str, list[KeyFigure]]:
    """The figures that may be displayed, by the id of their source."""
    found: dict[str, list[KeyFigure]] = defaultdict(list)
    for figure in registers.displayable_figures():
        found[figure.source_id].append(figure)
    return dict(found)


def sources_by_kind(registers: Registers, language: Language) -> dict[str, list[Source]]:
    """The sources by what kind they are, in words, by the alphabet; kinds that have the same words are one."""
    found: dict[str, list[Source]] = defaultdict(list)
    for source in sorted(registers.sources, key=lambda source: source.title.casefold()):
        found[source.text("type", language)].append(source)
    return dict(sorted(found.items(), key=lambda pair: pair[0].casefold()))


def page(registers: Registers, language: Language) -> str:
    """The page as HTML; kinds and words narrow the list, and without script every source stands there."""
    return render(
        "sources.html.j2",
        language,
        kinds=sources_by_kind(registers, language),
        count=len(registers.sources),
        figures=figures_by_source(registers),
        head=registers.heads["sources"],
    )
