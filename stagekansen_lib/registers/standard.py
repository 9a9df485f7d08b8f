"""The Stagestandaard of the handbook: a way by yes and no to tools, the layers of an organisation, and a self-check."""

from __future__ import annotations

from typing import ClassVar

from stagekansen_lib.registers.entries import Confidence, Labelled, Words

__all__ = ["CheckQuestion", "StandardBox", "StandardLayer", "StandardOutcome", "StandardQuestion", "StandardRole"]


class StandardRole(Labelled):
    """Who asks, and the question at which the way begins. ``audience`` is the same role at the instruments."""

    first_question: str
    audience: str


class StandardQuestion(Labelled):
    """One question of the way; each answer leads to a question, an outcome or a box. The arrows are inferred."""

    if_yes: str
    if_no: str


class StandardOutcome(Labelled):
    """What an answer means, and where the way goes on: one question, or the boxes at its end."""

    next: Words = ()


class StandardBox(Labelled):
    """A box of tools at the end of the way, in the order in which they are offered. ``step`` is its number."""

    step: str
    tools: Words = ()


class StandardLayer(Labelled):
    """One layer of an organisation, from board to workplace, with an example and the tools that belong there.

    ``tools`` stand there in the handbook, ``placed`` were placed by us. ``sides`` says who has the layer.
    """

    code_fields: ClassVar[dict[str, str]] = {"example_confidence": "confidence"}

    order: int
    sides: Words
    tools: Words = ()
    placed: Words = ()
    example_nl: str
    example_en: str
    example_confidence: Confidence


class CheckQuestion(Labelled):
    """One question of the self-check for a role, and the action that "no" or "partly" brings into the plan."""

    role: str
    box: str
    action_nl: str
    action_en: str
