"""The method (methode): how sources are searched for, what may be compared, and why a figure is hidden."""

from __future__ import annotations

import json

from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.releases.reading import list_releases
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.views.query_files import query_files
from stagekansen_lib.wording import Language, chosen_language, day_or_month

__all__ = ["method", "page"]


def method(*, language: str | None = None) -> View:
    """The view on the query design, the rules for comparing and what is hidden; its files stand beside the page."""
    chosen, registers = chosen_language(language), read_registers()
    return page_view("methode", chosen, lambda: page(registers, chosen), files=lambda: query_files(registers, chosen))


def page(registers: Registers, language: Language) -> str:
    """The page as HTML; without a query design of the place it holds the rest."""
    return render(
        "method.html.j2",
        language,
        queries=list(registers.queries),
        design=registers.query_design,
        files=list(query_files(registers, language)),
        done=list(registers.method.done),
        heads=registers.heads,
        rules=list(registers.classification.comparability_rules),
        attacks=_attacks(language),
        day=lambda text: day_or_month(text, language),
    )


def _attacks(language: Language) -> str:
    """What the attacks on the latest release found, in one sentence; empty when nothing is released yet."""
    released = list_releases()
    if not released:
        return ""
    stored = json.loads((data_folder("published", released[-1]) / "attack.json").read_text("utf-8"))
    return str(stored[f"sentence_{language}"])
