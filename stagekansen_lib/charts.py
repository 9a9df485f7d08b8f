"""Pictures of published tables, drawn as small SVG that fits any width and any colour scheme.

One drawing serves a phone, a projector, dark mode and print: widths are percentages, heights and letters are pixels,
colours are classes of ``assets/style.css``. A chart accepts published tables only, so it has nothing to betray.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure import PublishedTable, require_published
from stagekansen_lib.errors import RefusedError
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Chart", "cell_text", "draw_distribution", "draw_intervals", "mark_text", "several_answers", "value_text"]

# A row from top to bottom, in pixels: label, value under it (on a phone they would not fit beside each other), bar.
_LABEL, _VALUE, _TOP, _ROW = 16, 36, 44, 74
_BAR = 16
_AXIS = 26
_NOTE = 22
# A class in place of a figure, as start and end of the bar, 0 to 1.
_CLASSES = {"<10%": (0.0, 0.1), ">90%": (0.9, 1.0)}
_MARKS = {"x": "marks.secret", "~": "marks.uncertain", ".": "marks.missing", "empty": "marks.impossible"}


@dataclass(frozen=True)
class Chart:
    """An SVG picture with the title and description that a screen reader gets."""

    svg: str
    title: str
    description: str

    def __repr__(self) -> str:
        return f"Chart '{self.title}'"

    def _repr_html_(self) -> str:
        from stagekansen_lib.assets import style_block

        return f'{style_block()}<div class="sk">{self.svg}</div>'


def draw_intervals(published: PublishedTable, *, language: str | None = None) -> Chart:
    """A bar with its interval for each group of a published share, mean, total or ratio; each answer has its own.

    Parameters
    ----------
    published : a table that has passed ``protect``, one row a group.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.

    Returns
    -------
    Chart. A hidden group is a hatched bar of full length: its length says nothing.

    Raises
    ------
    RefusedError : the table has not passed ``protect``.
    """
    table, chosen = require_published(published), chosen_language(language)
    rows = list(_rows(table))
    largest = 1.0 if _is_share(table) else _round_up(max((_finite(row.ci_high) for row in rows), default=1.0))
    height = _ROW * len(rows) + _AXIS
    parts = list(_axis(table, largest, height, chosen))
    for position, row in enumerate(rows):
        parts += _interval_row(table, row, position * _ROW, largest, chosen)
    return _chart(table, parts, height, chosen)


def draw_distribution(published: PublishedTable, *, language: str | None = None) -> Chart:
    """One stacked bar for each group of a published share that has a row for each code.

    Parameters
    ----------
    published : a table that has passed ``protect``, one row a group and code.
    language : "nl" or "en".

    Returns
    -------
    Chart. A group of which one code is hidden is hatched whole.

    Raises
    ------
    RefusedError : the table has not passed ``protect``, or its answers do not divide the students: more than one
        answer was possible. Such a table is for ``draw_intervals``.
    """
    table, chosen = require_published(published), chosen_language(language)
    if several_answers(table):
        raise RefusedError("More than one answer was possible, so the parts make no whole. Use draw_intervals.")
    rows = list(_rows(table))
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(_label(row, chosen), []).append(row)
    height = _ROW * len(groups) + _AXIS
    parts = list(_axis(table, 1.0, height, chosen))
    for position, (label, members) in enumerate(groups.items()):
        parts += _stacked_row(table, label, members, position * _ROW, chosen)
    return _chart(table, parts, height, chosen)


def several_answers(table: PublishedTable) -> bool:
    """True when each student could give more than one answer: the shares then need not add up to 100%."""
    return table.of in table.codebook and table.codebook[table.of].kind == "multiple"


def value_text(table: PublishedTable, value: float, language: Language) -> str:
    """A published value as people read it: shares in percent, the rest with one decimal."""
    return percent_text(value, language) if _is_share(table) else number_text(value, language, decimals=1)


def cell_text(table: PublishedTable, row: Any, language: Language) -> str:
    """What stands in a cell: its value, its class such as "<10%", or in words why there is none."""
    if math.isfinite(row.estimate):
        return value_text(table, row.estimate, language)
    return mark_text(row.mark, language) or str(row.mark)


def mark_text(mark: str, language: Language) -> str:
    """What a mark means, in words; empty for a value without one."""
    return say(_MARKS[mark], language) if mark in _MARKS else ""


def _is_share(table: PublishedTable) -> bool:
    return table.statistic == "share"


def _rows(table: PublishedTable) -> Iterator[Any]:
    frame: pd.DataFrame = table.table
    yield from frame.itertuples(index=False)


def _label(row: Any, language: Language) -> str:
    return str(row.group_nl if language == "nl" else row.group_en)


def _row_label(table: PublishedTable, row: Any, language: Language) -> str:
    """The group, and in a distribution also the answer: a group has a row for each."""
    if not table.is_distribution:
        return _label(row, language)
    return f"{_label(row, language)}, {row.code_nl if language == 'nl' else row.code_en}"


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5 or 10 times a power of ten, so that the axis ends on a round number."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1.0, 2.0, 2.5, 5.0, 10.0) if power * step >= value)


def _axis(table: PublishedTable, largest: float, height: int, language: Language) -> Iterator[str]:
    bottom = height - _AXIS
    for quarter, anchor in ((0, "start"), (25, "middle"), (50, "middle"), (75, "middle"), (100, "end")):
        text = value_text(table, largest * quarter / 100, language)
        yield f'<line class="grid" x1="{quarter}%" x2="{quarter}%" y1="0" y2="{bottom}"/>'
        yield f'<text class="tick" x="{quarter}%" y="{height - 8}" text-anchor="{anchor}">{escape(text)}</text>'


def _interval_row(table: PublishedTable, row: Any, top: int, largest: float, language: Language) -> list[str]:
    label = f'<text class="label" x="0" y="{top + _LABEL}">{escape(_row_label(table, row, language))}</text>'
    bar_top = top + _TOP
    if row.mark in _CLASSES:
        return [label, *_class_bar(row.mark, top)]
    if not math.isfinite(row.estimate):
        return [label, *_hidden_bar(table, row.mark, top, language)]
    scale = 100 / largest
    value, low, high = row.estimate * scale, row.ci_low * scale, row.ci_high * scale
    text = value_text(table, row.estimate, language)
    if row.mark == "~":
        text = f"{text} ({mark_text(row.mark, language)})"
    middle = bar_top + _BAR / 2
    parts = [
        label,
        f'<text class="value" x="0" y="{top + _VALUE}">{escape(text)}</text>',
        f'<rect class="track" x="0" y="{bar_top}" width="100%" height="{_BAR}"/>',
        f'<rect class="bar{" uncertain" if row.mark == "~" else ""}" x="0" y="{bar_top}" width="{value:.4g}%"'
        f' height="{_BAR}"/>',
    ]
    if math.isfinite(row.ci_low) and math.isfinite(row.ci_high):
        parts += [
            f'<line class="interval" x1="{low:.4g}%" x2="{high:.4g}%" y1="{middle}" y2="{middle}"/>',
            *(
                f'<line class="interval" x1="{x:.4g}%" x2="{x:.4g}%" y1="{middle - 6}" y2="{middle + 6}"/>'
                for x in (low, high)
            ),
        ]
    return parts


def _stacked_row(table: PublishedTable, label: str, members: list[Any], top: int, language: Language) -> list[str]:
    parts = [f'<text class="label" x="0" y="{top + _LABEL}">{escape(label)}</text>']
    if not all(math.isfinite(row.estimate) for row in members):
        mark = next((row.mark for row in members if not math.isfinite(row.estimate)), "x")
        return [*parts, *_hidden_bar(table, mark, top, language)]
    # Rounded shares need not add up to 100; the bar is drawn to its own total so that it ends where others end.
    total = sum(row.estimate for row in members) or 1.0
    start = 0.0
    for place, row in enumerate(members, start=1):
        width = row.estimate / total * 100
        parts.append(
            f'<rect class="part part-{place}" x="{start:.4g}%" y="{top + _LABEL + 8}" width="{width:.4g}%"'
            f' height="{_BAR + 6}"/>'
        )
        if width >= 12:
            parts.append(
                f'<text class="inside part-{place}" x="{start + width / 2:.4g}%" y="{top + _LABEL + 24}"'
                f' text-anchor="middle">{escape(value_text(table, row.estimate, language))}</text>'
            )
        start += width
    return parts


def _class_bar(mark: str, top: int) -> list[str]:
    """A pale piece of bar where the figure lies; it says no more than the class does."""
    start, end = (share * 100 for share in _CLASSES[mark])
    return [
        f'<text class="value" x="0" y="{top + _VALUE}">{escape(mark)}</text>',
        f'<rect class="track" x="0" y="{top + _TOP}" width="100%" height="{_BAR}"/>',
        f'<rect class="bar uncertain" x="{start:.4g}%" y="{top + _TOP}" width="{end - start:.4g}%" height="{_BAR}"/>',
    ]


def _hidden_bar(table: PublishedTable, mark: str, top: int, language: Language) -> list[str]:
    words = say("marks.short", language) if mark in ("x", "") else mark_text(mark, language)
    return [
        f'<text class="value hidden" x="0" y="{top + _VALUE}">{escape(words)}</text>',
        f'<rect class="track" x="0" y="{top + _TOP}" width="100%" height="{_BAR}"/>',
        f'<rect fill="url(#{_key(table)}-hatch)" x="0" y="{top + _TOP}" width="100%" height="{_BAR}"/>',
    ]


def _key(table: PublishedTable) -> str:
    return f"chart-{table.id}".replace(".", "-")


def _description(table: PublishedTable, language: Language) -> str:
    said = []
    for row in _rows(table):
        said.append(f"{_row_label(table, row, language)}: {cell_text(table, row, language)}")
    return "; ".join(said)


def _chart(table: PublishedTable, parts: list[str], height: int, language: Language) -> Chart:
    title = table.title(language)
    if table.provenance.synthetic:
        title = f"{title} ({say('honesty.synthetic_short', language)})"
        height += _NOTE
        words = escape(say("honesty.synthetic_short", language))
        parts.append(f'<text class="synthetic" x="100%" y="{height - 6}" text-anchor="end">{words}</text>')
    description = _description(table, language)
    key = _key(table)
    svg = (
        f'<svg class="chart" width="100%" height="{height}" role="img" aria-labelledby="{key}-title {key}-text">'
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-text">{escape(description)}</desc>'
        f'<defs><pattern id="{key}-hatch" width="8" height="8" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><line class="hatch" x1="0" x2="0" y1="0" y2="8"/></pattern></defs>'
        f"{''.join(parts)}</svg>"
    )
    return Chart(svg, title, description)
