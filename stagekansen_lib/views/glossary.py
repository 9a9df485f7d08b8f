"""The glossary (begrippen): what words mean, and the grounds with the law that names them."""

from __future__ import annotations

from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language

__all__ = ["glossary", "page"]


def glossary(*, language: str | None = None) -> View:
    """The view on the registers of terms and grounds."""
    chosen, registers = chosen_language(language), read_registers()
    return page_view("begrippen", chosen, lambda: page(registers, chosen))


def page(registers: Registers, language: Language) -> str:
    """The page as HTML; a field searches the terms, and without script all of them stand there."""
    return render(
        "glossary.html.j2",
        language,
        terms=sorted(registers.terms, key=lambda term: term.text("label", language).casefold()),
        grounds=list(registers.grounds),
        heads=registers.heads,
    )
