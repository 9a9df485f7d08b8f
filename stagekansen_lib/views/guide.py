"""The guide (wegwijzer): instruments by role and by where you are, the decision route, and lessons for directors."""

from __future__ import annotations

from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language

__all__ = ["guide", "page"]


def guide(*, language: str | None = None) -> View:
    """The view on the register of instruments."""
    chosen, registers = chosen_language(language), read_registers()
    return page_view("wegwijzer", chosen, lambda: page(registers, chosen))


def page(registers: Registers, language: Language) -> str:
    """The page as HTML: every instrument stands in the list; a script shows those that fit."""
    instruments = list(registers.instruments)
    roles = {
        role: one.text("audience", language).split("; ")[place]
        for one in instruments
        for place, role in enumerate(one.audience)
    }
    return render(
        "guide.html.j2",
        language,
        instruments=instruments,
        roles=dict(sorted(roles.items(), key=lambda pair: pair[1])),
        steps=list(registers.instrument_steps),
        route=sorted(registers.decision_route, key=lambda question: question.order),
        lessons=list(registers.lessons),
        head=registers.heads["instruments"],
        lessons_head=registers.heads["lessons"],
    )
