"""What is known and unknown, as a picture: one square for each factor, in its theme."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape

from stagekansen_lib.registers.models import Factor
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.wording import Language, say

__all__ = ["KNOWN", "ThemeSquares", "square", "theme_squares"]

# From what nobody knows to what is known; "context" is background, that is neither.
KNOWN = ("unknown", "partly_known", "known", "context")
_SIDE, _STEP = 20, 25


@dataclass(frozen=True)
class ThemeSquares:
    """A theme, how many of its factors are known, and the picture of them as SVG."""

    id: str
    label: str
    counts: dict[str, int]
    svg: str


def theme_squares(registers: Registers, language: Language) -> list[ThemeSquares]:
    """Every theme with its squares, in the order of the register."""
    return [
        _squares(
            theme.id, theme.text("label", language), [f for f in registers.factors if f.theme == theme.id], language
        )
        for theme in registers.themes
    ]


def square(known: str, left: int = 1) -> str:
    """One square; hatched when the factor is unknown."""
    drawn = f'<rect class="square {known}" x="{left}" y="1" width="{_SIDE}" height="{_SIDE}" rx="2"/>'
    if known != "unknown":
        return drawn
    lines = "".join(
        f"M{left + max(0, step - _SIDE)} {1 + min(step, _SIDE)}L{left + min(step, _SIDE)} {1 + max(0, step - _SIDE)}"
        for step in range(6, 2 * _SIDE, 7)
    )
    return f'{drawn}<path class="square-hatch" d="{lines}"/>'


def _squares(theme: str, label: str, factors: list[Factor], language: Language) -> ThemeSquares:
    counts = Counter[str](factor.known for factor in factors)
    order = [known for known in KNOWN for _ in range(counts[known])]
    said = ", ".join(f"{counts[known]} {say(f'known.{known}', language)}" for known in KNOWN if counts[known])
    svg = (
        f'<svg class="chart" width="100%" height="{_SIDE + 2}" role="img" aria-label="{escape(f"{label}: {said}")}">'
        f"{''.join(square(known, 1 + place * _STEP) for place, known in enumerate(order))}</svg>"
    )
    return ThemeSquares(theme, label, {known: counts[known] for known in KNOWN}, svg)
