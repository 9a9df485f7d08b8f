"""The road of an indicator, from its worst to its best value, with what is published on it."""

from __future__ import annotations

import math
import re
from html import escape
from typing import Any

from stagekansen_lib.disclosure.published import PublishedTable, require_published
from stagekansen_lib.pictures.charts import BAR, CLASSES, Chart, cell_text, drawing
from stagekansen_lib.wording import Language, chosen_language, number_text, say

__all__ = ["draw_goalposts"]


def draw_goalposts(
    published: PublishedTable | None, *, name: str, worst: float, best: float, unit: str, language: str | None = None
) -> Chart:
    """The fixed road of an indicator from worst to best, with the published value and its interval on it.

    Parameters
    ----------
    published : a published share of one row, or None when nothing fits: the road is then hatched.
    name : what the indicator is, for the title.
    worst, best : the goalposts, in the unit of the indicator (percent for a share).
    unit : "percent", "points" or "times".
    language : "nl" or "en".

    Raises
    ------
    RefusedError : the table has not passed ``protect``.
    """
    chosen = chosen_language(language)
    table = None if published is None else require_published(published)
    row: Any = None if table is None else next(table.table.itertuples(index=False))
    key = re.sub(r"[^a-z0-9]+", "-", f"goal-{name}".lower())
    said, top = say("monitor.not_yet", chosen), 2
    drawn = [f'<rect fill="url(#{key}-hatch)" x="0" y="{top}" width="100%" height="{BAR}"/>']
    if table is not None and row is not None and (row.mark in CLASSES or math.isfinite(row.estimate)):
        # A value stands above the road.
        said, top = cell_text(table, row, chosen), 22
        drawn = _on_the_road(row, said, top, worst, best)
    words = [
        f"{say(f'monitor.{edge}', chosen)}: {_goal_text(goal, unit, chosen)}"
        for edge, goal in (("worst", worst), ("best", best))
    ]
    parts = [
        f'<rect class="track" x="0" y="{top}" width="100%" height="{BAR}"/>',
        f'<text class="goal" x="0" y="{top + BAR + 20}">{escape(words[0])}</text>',
        f'<text class="goal" x="100%" y="{top + BAR + 20}" text-anchor="end">{escape(words[1])}</text>',
        *drawn,
    ]
    made_up = table is not None and table.provenance.synthetic
    return drawing(key, f"{name}, {', '.join(words)}", said, parts, top + 44, chosen, synthetic=made_up)


def _on_the_road(row: Any, said: str, top: int, worst: float, best: float) -> list[str]:
    """The class of a row, or its value with its interval, between the goalposts."""

    def along(share: float) -> float:
        return min(max((100 * share - worst) / (best - worst), 0.0), 1.0) * 100

    if row.mark in CLASSES:
        start, end = sorted(along(share) for share in CLASSES[row.mark])
        bar = f'<rect class="bar uncertain" x="{start:.4g}%" y="{top}" width="{end - start:.4g}%" height="{BAR}"/>'
        return [bar, _beside(said, (start + end) / 2)]
    low, value, high = (along(share) for share in (row.ci_low, row.estimate, row.ci_high))
    middle = top + BAR / 2
    return [
        f'<line class="interval" x1="{low:.4g}%" x2="{high:.4g}%" y1="{middle}" y2="{middle}"/>',
        f'<circle class="bar" cx="{value:.4g}%" cy="{middle}" r="7"/>',
        _beside(said, value),
    ]


def _beside(text: str, place: float) -> str:
    """A value above its place on the road; near an end it keeps inside."""
    anchor = "start" if place < 8 else "end" if place > 92 else "middle"
    return f'<text class="value" x="{place:.4g}%" y="16" text-anchor="{anchor}">{escape(text)}</text>'


def _goal_text(value: float, unit: str, language: Language) -> str:
    text = number_text(value, language)
    return f"{text}%" if unit == "percent" else say(f"monitor.unit_{unit}", language, value=text)
