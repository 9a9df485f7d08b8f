"""How a sprint goes (``plan.yaml``): tasks by phase and role, the agenda of two days, what a card asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.wording import Language

__all__ = ["Asked", "Plan", "Slot", "Task", "read_plan"]


@dataclass(frozen=True)
class Told:
    """A text in both languages."""

    nl: str
    en: str

    def text(self, language: Language) -> str:
        return self.nl if language == "nl" else self.en


@dataclass(frozen=True)
class Task(Told):
    """Something to do: in which phase, by which role, and what the computer looks at; "" when a person ticks it."""

    id: str
    phase: str
    by: str
    check: str = ""


@dataclass(frozen=True)
class Slot(Told):
    """A part of a day: from when to when, in which phase, led by which role."""

    day: int
    begins: str
    ends: str
    phase: str
    by: str


@dataclass(frozen=True)
class Asked(Told):
    """What a card asks, and how many lines there are to write on."""

    lines: int


@dataclass(frozen=True)
class Plan:
    """The plan of every sprint."""

    tasks: tuple[Task, ...]
    agenda: tuple[Slot, ...]
    card: tuple[Asked, ...]

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases that have something to do, in order."""
        return tuple(dict.fromkeys(task.phase for task in self.tasks))


@cache
def read_plan() -> Plan:
    """The plan as it stands in the library.

    >>> [task.id for task in read_plan().tasks][:2]
    ['days', 'roles']
    """
    content = read_yaml(Path(__file__).parent / "plan.yaml")
    return Plan(
        tasks=tuple(Task(**row) for row in content["tasks"]),
        agenda=tuple(_slot(row) for row in content["agenda"]),
        card=tuple(Asked(**row) for row in content["card"]),
    )


def _slot(row: dict[str, Any]) -> Slot:
    rest = {name: value for name, value in row.items() if name not in ("from", "to")}
    return Slot(begins=row["from"], ends=row["to"], **rest)
