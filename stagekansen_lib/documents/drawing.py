"""Small drawings for documents: bars with their margins, and a path of steps. Colours are tokens of the style sheet."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from stagekansen_lib.assets import token
from stagekansen_lib.documents.blocks import Picture

__all__ = ["Bar", "Step", "coloured", "draw_bars", "draw_path"]

_WIDTH, _LETTER = 360, 13
# Of a row of bars: room above for words, the bar, and room below.
_LINE, _BAR, _ROOM = 17, 14, 12
_LETTERS = 46
_FONT = "font-family=\"system-ui, 'Libertinus Serif', sans-serif\""


@dataclass(frozen=True)
class Bar:
    """A bar from ``start`` to ``end`` on an axis of 0 to 1; ``low`` and ``high`` are its margin, None without one.

    ``hatched`` : a class or a hidden figure, whose length says no more than its words do.
    """

    label: str
    value: str
    start: float
    end: float
    low: float | None = None
    high: float | None = None
    hatched: bool = False


@dataclass(frozen=True)
class Step:
    """A step of a path: its name, how it stands ("done", "busy" or "open"), and that in words."""

    label: str
    state: str
    told: str


def draw_bars(bars: Sequence[Bar], caption: str, *, prefix: str = "") -> Picture:
    """A bar a row with its label and figure above it.

    ``prefix`` stands before its description, such as a warning that must travel with it.
    """
    parts, top = [], 2
    for bar in bars:
        lines = textwrap.wrap(f"{bar.label}: {bar.value}", _LETTERS)
        for line in lines:
            top += _LINE
            parts.append(_text(0, top - 4, line))
        parts += _bar(bar, top)
        top += _BAR + _ROOM
    alt = "; ".join(f"{bar.label}: {bar.value}" for bar in bars)
    return _picture(parts, top, " ".join(filter(None, (prefix, f"{caption}: {alt}."))), caption)


def _bar(bar: Bar, top: int) -> list[str]:
    left, right = round(bar.start * _WIDTH, 1), round(bar.end * _WIDTH, 1)
    drawn = [
        f'<rect x="0" y="{top}" width="{_WIDTH}" height="{_BAR}" fill="var(--track)"/>',
        f'<rect x="{left}" y="{top}" width="{round(right - left, 1)}" height="{_BAR}"'
        f' fill="var({"--bar-uncertain" if bar.hatched else "--bar"})"/>',
    ]
    if bar.hatched:
        lines = "".join(f"M{at} {top + _BAR}l{_BAR} -{_BAR}" for at in range(int(left), int(right) - _BAR + 1, 8))
        drawn.append(f'<path d="{lines}" stroke="var(--hatch)" stroke-width="1.5" fill="none"/>')
    if bar.low is not None and bar.high is not None:
        low, high, middle = round(bar.low * _WIDTH, 1), round(bar.high * _WIDTH, 1), top + _BAR / 2
        ends = f"M{low} {middle - 4}v8M{high} {middle - 4}v8M{low} {middle}H{high}"
        drawn.append(f'<path d="{ends}" stroke="var(--interval)" stroke-width="2" fill="none"/>')
    return drawn


def draw_path(steps: Sequence[Step], caption: str, *, prefix: str = "") -> Picture:
    """Steps from top to bottom along a line: a full, half or empty circle each, with how it stands in words."""
    row, radius = 44, 11
    parts = [f'<path d="M14 22V{22 + row * (len(steps) - 1)}" stroke="var(--line)" stroke-width="3"/>']
    for place, step in enumerate(steps):
        middle = 22 + row * place
        fill = "var(--accent)" if step.state == "done" else "var(--card)"
        parts.append(
            f'<circle cx="14" cy="{middle}" r="{radius}" fill="{fill}" stroke="var(--accent)" stroke-width="3"/>'
        )
        if step.state == "busy":
            parts.append(
                f'<path d="M14 {middle - radius}a{radius} {radius} 0 0 0 0 {2 * radius}z" fill="var(--accent)"/>'
            )
        parts += [_text(38, middle - 3, step.label, bold=True), _text(38, middle + 14, step.told)]
    alt = "; ".join(f"{step.label}: {step.told}" for step in steps)
    return _picture(parts, row * len(steps), " ".join(filter(None, (prefix, f"{caption}: {alt}."))), caption)


def _text(left: int, base: int, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{left}" y="{base}" font-size="{_LETTER}"{weight} fill="var(--ink)" {_FONT}>{escape(words)}</text>'


def _picture(parts: list[str], height: int, alt: str, caption: str) -> Picture:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}">'
        f"{''.join(parts)}</svg>"
    )
    return Picture(svg, alt, caption, _WIDTH, height)


def coloured(svg: str) -> str:
    """A drawing with the colours of a light ground, for where no style sheet is.

    >>> coloured('<rect fill="var(--ink)"/>')
    '<rect fill="#1b2430"/>'
    """
    return re.sub(r"var\(--([\w-]+)\)", lambda found: token(found[1]), svg)
