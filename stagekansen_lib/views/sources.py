"""Sources (bronnen): every source with the figures it holds, the glossary, and how sources were searched for."""

from __future__ import annotations

import json
from collections import defaultdict

from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.registers.models import KeyFigure
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.releases.reading import list_releases
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language

__all__ = ["figures_by_source", "page", "sources"]


def sources(*, language: str | None = None) -> View:
    """The view on the registers of sources, terms and grounds, and on the query design."""
    chosen, registers = chosen_language(language), read_registers()
    return page_view("bronnen", chosen, lambda: page(registers, chosen))


def figures_by_source(registers: Registers) -> dict[str, list[KeyFigure]]:
    """The figures that may be displayed, by the id of their source."""
    found: dict[str, list[KeyFigure]] = defaultdict(list)
    for figure in registers.displayable_figures():
        found[figure.source_id].append(figure)
    return dict(found)


def page(registers: Registers, language: Language) -> str:
    """The page as HTML; a field searches terms and sources, and without script everything stands there."""
    return render(
        "sources.html.j2",
        language,
        sources=sorted(registers.sources, key=lambda source: source.title.casefold()),
        figures=figures_by_source(registers),
        terms=sorted(registers.terms, key=lambda term: term.text("label", language).casefold()),
        grounds=list(registers.grounds),
        criteria=list(registers.query_design.criteria),
        term_groups=list(registers.query_design.term_groups),
        heads=registers.heads,
        rules=list(registers.classification.comparability_rules),
        attacks=_attacks(language),
    )


def _attacks(language: Language) -> str:
    """What the attacks on the latest release found, in one sentence; empty when nothing is released yet."""
    released = list_releases()
    if not released:
        return ""
    stored = json.loads((data_folder("published", released[-1]) / "attack.json").read_text("utf-8"))
    return str(stored[f"sentence_{language}"])
