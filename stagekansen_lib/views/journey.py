"""The internship journey (stagereis): each step with its moment of risk, what the journeys note there, and voices."""

from __future__ import annotations

from dataclasses import dataclass

from stagekansen_lib.registers.models import Voice
from stagekansen_lib.registers.people_and_places import Annotation, Step
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language

__all__ = ["Note", "StepNotes", "journey", "page", "step_notes"]


@dataclass(frozen=True)
class Note:
    """What one journey notes at a step."""

    journey: str
    annotation: Annotation


@dataclass(frozen=True)
class StepNotes:
    """A step of the journey with everything the registers place there."""

    step: Step
    notes: tuple[Note, ...]
    voices: tuple[Voice, ...]


def journey(*, language: str | None = None) -> View:
    """The view on the register of the journey, its three personas, and the paraphrased voices."""
    chosen, registers = chosen_language(language), read_registers()
    return page_view("stagereis", chosen, lambda: page(registers, chosen))


def step_notes(registers: Registers) -> list[StepNotes]:
    """Every step in order, with the notes of the journeys and the voices that belong to it."""
    return [
        StepNotes(
            step,
            tuple(
                Note(one.id, annotation)
                for one in registers.journeys
                for annotation in one.annotations
                if step.id in annotation.steps
            ),
            tuple(voice for voice in registers.voices if voice.step == step.id),
        )
        for step in sorted(registers.steps, key=lambda step: step.order)
    ]


def page(registers: Registers, language: Language) -> str:
    """The page as HTML: the journey as a picture, then each step."""
    steps = step_notes(registers)
    kinds = {note.annotation.type: note.annotation.text("type", language) for one in steps for note in one.notes}
    placed = {note.annotation.id for one in steps for note in one.notes}
    return render(
        "journey.html.j2",
        language,
        steps=steps,
        phases=list(registers.phases),
        journeys=list(registers.journeys),
        kinds=dict(sorted(kinds.items(), key=lambda pair: pair[1])),
        source=registers.sources["handbook-2022"],
        unplaced=sum(annotation.id not in placed for one in registers.journeys for annotation in one.annotations),
    )
