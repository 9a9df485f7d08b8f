"""Pictures of published tables, drawn as small SVG that fits any width and any colour scheme.

One drawing serves a phone, a projector, dark mode and print: widths are percentages, heights and letters are pixels,
colours are classes of ``assets/style.css``, from the tokens in ``assets/tokens.css``. A chart accepts published tables
only, so it has nothing to betray.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure.published import PublishedTable, require_published
from stagekansen_lib.errors import RefusedError
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BAR", "CLASSES", "Chart", "answer_looks", "cell_text", "draw_answers", "draw_distribution", "draw_intervals",
    "drawing", "mark_text", "several_answers", "value_text",
]  # fmt: skip

# A row from top to bottom, in pixels: label, value under it (on a phone they would not fit beside each other), bar.
_LABEL, _VALUE, _TOP, _ROW = 16, 36, 44, 74
BAR = 16
_AXIS = 26
_NOTE = 22
# The letters of the word across a picture of made-up data, in pixels.
_ACROSS = 90
# A label of more letters than this is broken, so that it fits a phone; each further line takes so many pixels.
_LETTERS, _LINE = 32, 18
# A bar in parts: label, bar, room.
_BAND = 62
# Colours of answers on a scale, from low to high.
_SCALES = {
    3: ["low", "neutral", "high"],
    4: ["low", "low-2", "high-2", "high"],
    5: ["low", "low-2", "neutral", "high-2", "high"],
}
# A class in place of a figure, as start and end of the bar, 0 to 1.
CLASSES = {"<10%": (0.0, 0.1), ">90%": (0.9, 1.0)}
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

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> published = sk.read_release("example-2022").tables["experience_by_level"]
    >>> draw_intervals(published, language="en").description
    'mbo: 49%; hbo: 50%'
    """
    table, chosen = require_published(published), chosen_language(language)
    rows = list(_rows(table))
    largest = 1.0 if _is_share(table) else _round_up(max((_finite(row.ci_high) for row in rows), default=1.0))
    tops, bottom = _stack([_row_label(table, row, chosen) for row in rows], _ROW)
    height = bottom + _AXIS
    parts = list(_axis(table, largest, height, chosen))
    for top, row in zip(tops, rows, strict=True):
        parts += _interval_row(table, row, top, largest, chosen)
    return _chart(table, parts, height, chosen)


def draw_answers(published: PublishedTable, *, language: str | None = None) -> list[tuple[str, Chart]]:
    """Small multiples of a distribution: for each answer its own chart, with a bar and its interval for each group.

    Parameters
    ----------
    published : a published share that has a row for each group and code.
    language : "nl" or "en".

    Returns
    -------
    list of (answer, Chart), in the order of the answers; all have the axis 0 to 100%.

    Raises
    ------
    RefusedError : the table has not passed ``protect``.
    """
    table, chosen = require_published(published), chosen_language(language)
    drawn = []
    for code, frame in table.table.groupby("code", sort=False):
        rows = list(frame.itertuples(index=False))
        answer = str(getattr(rows[0], f"code_{chosen}"))
        tops, bottom = _stack([_label(row, chosen) for row in rows], _ROW)
        height = bottom + _AXIS
        key = f"{_key(table)}-{code}"
        parts = list(_axis(table, 1.0, height, chosen))
        for top, row in zip(tops, rows, strict=True):
            parts += _interval_row(table, row, top, 1.0, chosen, label=_label(row, chosen), key=key)
        said = "; ".join(f"{_label(row, chosen)}: {cell_text(table, row, chosen)}" for row in rows)
        title = f"{table.title(chosen)}: {answer}"
        drawn.append((answer, _picture(table, title, said, parts, height, chosen, key=key)))
    return drawn


def draw_distribution(published: PublishedTable, *, language: str | None = None) -> Chart:
    """One bar in parts for each group of a published share that has a row for each code.

    Answers on a scale (an ordinal outcome of three answers or more) diverge: low answers to the left, high ones to the
    right, the middle answer astride the line, so that groups can be compared by eye. Other answers are stacked.

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

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> published = sk.read_release("example-2022").tables["difficulty_by_level"]
    >>> draw_distribution(published, language="en").description[:48]
    'mbo, No or little difficulty: 30%; mbo, Neutral:'
    """
    table, chosen = require_published(published), chosen_language(language)
    if several_answers(table):
        raise RefusedError("More than one answer was possible, so the parts make no whole. Use draw_intervals.")
    groups: dict[str, list[Any]] = {}
    for row in _rows(table):
        groups.setdefault(_label(row, chosen), []).append(row)
    looks = answer_looks(table)
    scale = "low" in looks
    tops, bottom = _stack(list(groups), _BAND)
    height = bottom + (0 if scale else _AXIS)
    parts = [] if scale else list(_axis(table, 1.0, height, chosen))
    reach = _reach(list(groups.values())) if scale else 0.0
    for top, (label, members) in zip(tops, groups.items(), strict=True):
        parts += _parts_row(table, label, members, top, chosen, looks, reach)
    return _chart(table, parts, height, chosen)


def answer_looks(table: PublishedTable) -> list[str]:
    """The class of the colour of each answer: a scale from "low" to "high", or parts beside each other."""
    number = table.table["code"].nunique()
    ordinal = table.of in table.codebook and table.codebook[table.of].kind == "ordinal"
    return _SCALES.get(number, []) if ordinal and number in _SCALES else [f"part-{n}" for n in range(1, number + 1)]


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
    return str(getattr(row, f"group_{language}"))


def _row_label(table: PublishedTable, row: Any, language: Language) -> str:
    """The group, and in a distribution also the answer: a group has a row for each."""
    if not table.is_distribution:
        return _label(row, language)
    if not table.by:
        return str(getattr(row, f"code_{language}"))
    return f"{_label(row, language)}, {getattr(row, f'code_{language}')}"


def _lines(label: str) -> list[str]:
    return textwrap.wrap(label, _LETTERS) or [""]


def _stack(labels: list[str], row: int) -> tuple[list[int], int]:
    """Where each row begins and where the last one ends, in pixels; a label of more lines makes a higher row."""
    heights = [row + _LINE * (len(_lines(label)) - 1) for label in labels]
    ends = list(accumulate(heights, initial=0))
    return ends[:-1], ends[-1]


def _label_text(label: str, top: int) -> tuple[str, int]:
    """The lines of a label, and the top of what stands under it, as if it were one line."""
    lines = _lines(label)
    first, *rest = (escape(line) for line in lines)
    drawn = "".join(f' <tspan x="0" dy="{_LINE}">{line}</tspan>' for line in rest)
    text = f'<text class="label" x="0" y="{top + _LABEL}">{first}{drawn}</text>'
    return text, top + _LINE * (len(lines) - 1)


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


def _interval_row(
    table: PublishedTable, row: Any, top: int, largest: float, language: Language, *, label: str = "", key: str = ""
) -> list[str]:
    label, top = _label_text(label or _row_label(table, row, language), top)
    bar_top = top + _TOP
    if row.mark in CLASSES:
        return [label, *_class_bar(row.mark, top)]
    if not math.isfinite(row.estimate):
        return [label, *_hidden_bar(key or _key(table), row.mark, top, language)]
    scale = 100 / largest
    value, low, high = row.estimate * scale, row.ci_low * scale, row.ci_high * scale
    text = value_text(table, row.estimate, language)
    if row.mark == "~":
        text = f"{text} ({mark_text(row.mark, language)})"
    middle = bar_top + BAR / 2
    parts = [
        label,
        f'<text class="value" x="0" y="{top + _VALUE}">{escape(text)}</text>',
        f'<rect class="track" x="0" y="{bar_top}" width="100%" height="{BAR}"/>',
        f'<rect class="bar{" uncertain" if row.mark == "~" else ""}" x="0" y="{bar_top}" width="{value:.4g}%"'
        f' height="{BAR}"/>',
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


def _reach(groups: list[list[Any]]) -> float:
    """How far the longest bar goes to one side of the middle, 0 to 1; hidden groups have no say in it."""
    known = [members for members in groups if all(math.isfinite(row.estimate) for row in members)]
    sides = [side for members in known for side in _sides([row.estimate for row in members])]
    return max(sides, default=1.0)


def _sides(shares: list[float]) -> tuple[float, float]:
    """The parts of a bar to the left and to the right of the middle; a middle answer is halved."""
    half = len(shares) // 2
    astride = shares[half] / 2 if len(shares) % 2 else 0.0
    return sum(shares[:half]) + astride, sum(shares[len(shares) - half :]) + astride


def _parts_row(
    table: PublishedTable,
    label: str,
    members: list[Any],
    top: int,
    language: Language,
    looks: list[str],
    reach: float,
) -> list[str]:
    """A bar in parts; with a reach it diverges from the middle, without one it is stacked from the left."""
    words, top = _label_text(label, top)
    if not all(math.isfinite(row.estimate) for row in members):
        mark = next((row.mark for row in members if not math.isfinite(row.estimate)), "x")
        return [words, *_hidden_bar(_key(table), mark, top - 6, language)]
    shares = [row.estimate for row in members]
    below = top + _LABEL + 8
    if reach:
        unit = 50 / reach
        start = 50 - _sides(shares)[0] * unit
        # The middle lies under the bar and reaches out of it on both sides; it crosses no figure and no label.
        middle = [f'<line class="middle" x1="50%" x2="50%" y1="{below - 5}" y2="{below + BAR + 13}"/>']
    else:
        # Rounded shares need not add up to 100; a stacked bar is drawn to its own total, so that all end at one place.
        unit, start, middle = 100 / (sum(shares) or 1.0), 0.0, []
    drawn = []
    for share, look in zip(shares, looks, strict=True):
        drawn += _part(start, share * unit, below, look, value_text(table, share, language))
        start += share * unit
    return [words, *middle, *drawn]


def _part(start: float, width: float, below: int, look: str, text: str) -> list[str]:
    """One part of a bar, with its value in it where that fits."""
    part = f'<rect class="part {look}" x="{start:.4g}%" y="{below}" width="{width:.4g}%" height="{BAR + 8}"/>'
    if width < 12:
        return [part]
    middle = f"{start + width / 2:.4g}%"
    inside = f'<text class="inside {look}" x="{middle}" y="{below + 17}" text-anchor="middle">{escape(text)}</text>'
    return [part, inside]


def _class_bar(mark: str, top: int) -> list[str]:
    """A pale piece of bar where the figure lies; it says no more than the class does."""
    start, end = (share * 100 for share in CLASSES[mark])
    return [
        f'<text class="value" x="0" y="{top + _VALUE}">{escape(mark)}</text>',
        f'<rect class="track" x="0" y="{top + _TOP}" width="100%" height="{BAR}"/>',
        f'<rect class="bar uncertain" x="{start:.4g}%" y="{top + _TOP}" width="{end - start:.4g}%" height="{BAR}"/>',
    ]


def _hidden_bar(key: str, mark: str, top: int, language: Language) -> list[str]:
    words = say("marks.short", language) if mark in ("x", "") else mark_text(mark, language)
    return [
        f'<text class="value hidden" x="0" y="{top + _VALUE}">{escape(words)}</text>',
        f'<rect class="track" x="0" y="{top + _TOP}" width="100%" height="{BAR}"/>',
        f'<rect fill="url(#{key}-hatch)" x="0" y="{top + _TOP}" width="100%" height="{BAR}"/>',
    ]


def _key(table: PublishedTable) -> str:
    return f"chart-{table.id}".replace(".", "-")


def _description(table: PublishedTable, language: Language) -> str:
    said = []
    for row in _rows(table):
        said.append(f"{_row_label(table, row, language)}: {cell_text(table, row, language)}")
    return "; ".join(said)


def _chart(table: PublishedTable, parts: list[str], height: int, language: Language) -> Chart:
    said = _description(table, language)
    return _picture(table, table.title(language), said, parts, height, language, key=_key(table))


def _picture(
    table: PublishedTable, title: str, said: str, parts: list[str], height: int, language: Language, *, key: str
) -> Chart:
    return drawing(key, title, said, parts, height, language, synthetic=table.provenance.synthetic)


def _across(word: str, height: int) -> list[str]:
    """A word over the whole width of a picture, so that no part of it can be taken for a finding; not read aloud."""
    size = min(_ACROSS, height * 0.6)
    lines = max(1, round(height / (2.5 * size)))
    if size < _ACROSS / 2:  # stretched over a narrow picture, one word would be no word
        word = " ".join([word] * 4)
    return [
        f'<text class="across" aria-hidden="true" x="0" y="{height * (line + 0.5) / lines + size / 3:.0f}"'
        f' textLength="100%" lengthAdjust="spacingAndGlyphs" font-size="{size:.0f}">{escape(word)}</text>'
        for line in range(lines)
    ]


def drawing(
    key: str, title: str, said: str, parts: list[str], height: int, language: Language, *, synthetic: bool
) -> Chart:
    """The SVG around the parts, with its title, its description and, for made-up data, the mark."""
    if synthetic:
        words = say("honesty.synthetic_short", language)
        title = f"{title} ({words})"
        height += _NOTE
        note = f'<text class="synthetic" x="100%" y="{height - 6}" text-anchor="end">{escape(words)}</text>'
        parts = [*parts, note, *_across(say("honesty.example", language), height)]
    svg = (
        f'<svg class="chart" width="100%" height="{height}" role="img" aria-labelledby="{key}-title {key}-text">'
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-text">{escape(said)}</desc>'
        f'<defs><pattern id="{key}-hatch" width="8" height="8" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><line class="hatch" x1="0" x2="0" y1="0" y2="8"/></pattern></defs>'
        f"{''.join(parts)}</svg>"
    )
    return Chart(svg, title, said)
