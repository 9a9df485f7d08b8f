"""The internship journey (stagereis): three lanes over thirteen steps, with what can go wrong and who can see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stagekansen_lib.project.places import read_place
from stagekansen_lib.registers.models import Voice
from stagekansen_lib.registers.people_and_places import Annotation, Journey, Step
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language

__all__ = ["Lane", "Sign", "StepNotes", "journey", "page", "step_notes"]

Sign = Literal["signal", "data_chance", "guidance", "pain_point", "other"]
SIGNS: tuple[Sign, ...] = ("signal", "data_chance", "guidance", "pain_point", "other")
_COMPLAINTS = ("negative", "doubt")


@dataclass(frozen=True)
class Lane:
    """What one journey notes at a step."""

    journey: Journey
    notes: tuple[Annotation, ...]


@dataclass(frozen=True)
class StepNotes:
    """A step of the journey with everything the registers place there: a lane for each journey, and the voices."""

    step: Step
    lanes: tuple[Lane, ...]
    voices: tuple[Voice, ...]

    @property
    def named(self) -> int:
        """How often a pain point or a complaint of a student stands at this step. No measurement."""
        complaints = sum(voice.tone in _COMPLAINTS for voice in self.voices)
        return complaints + sum(note.type == "pain_point" for lane in self.lanes for note in lane.notes)

    @property
    def radius(self) -> int:
        """Radius of the circle of risk in the picture, in pixels."""
        return 9 + 4 * min(self.named, 3)


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
                Lane(one, tuple(note for note in one.annotations if step.id in note.steps))
                for one in registers.journeys
            ),
            tuple(voice for voice in registers.voices if voice.step == step.id),
        )
        for step in sorted(registers.steps, key=lambda step: step.order)
    ]


def sign_of(note: Annotation) -> Sign:
    """The mark of a note: a signal, a chance for data, guidance, a pain point, or something else."""
    return next((sign for sign in SIGNS if sign == note.type), "other")


def page(registers: Registers, language: Language) -> str:
    """The page as HTML: the journey as one picture of three lanes, then each step in words."""
    steps, place = step_notes(registers), read_place()
    return render(
        "journey.html.j2",
        language,
        steps=steps,
        phases=[(phase, [one for one in steps if one.step.phase == phase.id]) for phase in registers.phases],
        journeys=list(registers.journeys),
        signs=SIGNS,
        sign_of=sign_of,
        lanes_with_notes=_lanes_with_notes,
        source=registers.sources[place.handbook] if place.handbook else None,
        unplaced=_unplaced(registers, steps),
    )


def _lanes_with_notes(step: StepNotes) -> Sequence[Lane]:
    return [lane for lane in step.lanes if lane.notes]


def _unplaced(registers: Registers, steps: Sequence[StepNotes]) -> int:
    """How many notes of the journeys stand at no step."""
    placed = {note.id for one in steps for lane in one.lanes for note in lane.notes}
    return sum(note.id not in placed for one in registers.journeys for note in one.annotations)
