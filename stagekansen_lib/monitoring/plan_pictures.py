"""The picture of a plan: the chance to find a change, by number of students."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from stagekansen_lib.assets import token
from stagekansen_lib.wording import Language, number_text, percent_text

__all__ = ["power_picture"]

_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 30, 40, 60


def power_picture(
    numbers: Sequence[int],
    chances: Sequence[float],
    students: int,
    power: float,
    texts: Mapping[str, str],
    language: Language,
) -> str:
    """An SVG line of chances with the plan marked on it; ``texts`` are title, x (the axis) and told (for who hears)."""
    most = max(numbers)

    def x(number: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * number / most

    def y(chance: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * chance

    grid = "".join(
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="{token("grid")}"/>'
        f'<text x="{_LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{percent_text(tick, language)}</text>'
        for tick in (0.0, 0.25, 0.5, 0.8, 1.0)
    )
    marks = "".join(
        f'<text x="{x(number):.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">'
        f"{number_text(number, language)}</text>"
        for number in (0, most / 2, most)
    )
    line = " ".join(f"{x(number):.1f},{y(chance):.1f}" for number, chance in zip(numbers, chances, strict=True))
    title = escape(texts["title"])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" width="100%" '
        f'style="max-width:{_WIDTH}px;background:{token("card")}" font-family="sans-serif" font-size="13" '
        f'fill="{token("ink")}"><title>{title}</title><desc>{escape(texts["told"])}</desc>'
        f'<text x="{_LEFT}" y="20">{title}</text>{grid}{marks}'
        f'<polyline points="{line}" fill="none" stroke="{token("bar")}" stroke-width="3"/>'
        f'<circle cx="{x(students):.1f}" cy="{y(power):.1f}" r="6" fill="{token("accent")}"/>'
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 14}" text-anchor="middle">{escape(texts["x"])}</text>'
        "</svg>"
    )
