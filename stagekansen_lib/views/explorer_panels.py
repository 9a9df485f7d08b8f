"""The panels of the explorer: one outcome by one group, as sentence, picture and table, from a published release."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable
from stagekansen_lib.pictures.charts import (
    Chart,
    answer_looks,
    cell_text,
    draw_answers,
    draw_distribution,
    draw_intervals,
    mark_text,
    several_answers,
    value_text,
)
from stagekansen_lib.project.places import read_place
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.releases.reading import Release
from stagekansen_lib.views.pages import render
from stagekansen_lib.wording import LANGUAGES, Language, number_text, points_text, say

__all__ = ["Choice", "allowed_choices", "choice_of", "composition", "panel", "release_label"]


@dataclass(frozen=True)
class Choice:
    """What a reader can ask for: the release and table that answer it, and the words for its outcome and group."""

    table: str
    outcome: str
    group: str
    release: str = ""
    anchor: str = ""


def allowed_choices(release: Release, language: Language, *, first: bool = True) -> list[Choice]:
    """Every outcome by every group that has a table, what the place talks about first.

    Who took part is no outcome; see `composition`. ``first`` : whether an address may name a table of this release
    without the release.
    """
    apart = set(composition(release))
    first_of_all, last = read_place().tables_first, read_place().tables_last
    order = [name for name in first_of_all if name in release.tables]
    order += [name for name in release.tables if name not in (*first_of_all, *last)]
    order += [name for name in last if name in release.tables]
    return [choice_of(release, name, language, first=first) for name in order if name not in apart]


def composition(release: Release) -> list[str]:
    """The tables that say who took part: a variable that makes groups, and that is nowhere compared between groups."""
    tables = release.tables.values()
    groups = {name for table in tables for name in table.by}
    compared = {table.of for table in tables if table.by}
    return [table.id for table in tables if not table.by and table.of in groups - compared]


def choice_of(release: Release, name: str, language: Language, *, first: bool) -> Choice:
    """The choice that a table answers."""
    table = release.tables[name]
    anchor = name if first else f"{release.name}.{name}"
    return Choice(name, table.label(language), _group_label(table, language), release.name, anchor)


def _group_label(table: PublishedTable, language: Language) -> str:
    if not table.by:
        return say("explorer.everyone", language)
    return ", ".join(table.codebook[name].label(language) for name in table.by)


def release_label(release: Release, language: Language) -> str:
    """The name of the survey in one language; some are written as "Dutch / English"."""
    parts = release.provenance.survey.split(" / ")
    name = parts[LANGUAGES.index(language)] if len(parts) == len(LANGUAGES) else release.provenance.survey
    return say("explorer.release_of", language, name=name, year=release.date.year)


def panel(release: Release, registers: Registers, choice: Choice, language: Language) -> str:
    """The panel of one choice as HTML: what was found, one picture with margins, and the rest folded."""
    table = release.tables[choice.table]
    spread = table.is_distribution
    charts = _charts(table, language)
    html = render(
        "panel.html.j2",
        language,
        choice=choice,
        table=table,
        main=charts[0],
        others=charts[1:],
        legend=_legend(table, language) if spread else [],
        rows=[_row(table, row, language) for row in table.table.itertuples(index=False)],
        spread=spread,
        comparison=_comparison(release, table),
        difference=_difference(_comparison(release, table), language),
        release=release,
        sources=[registers.sources[source] for source in table.sources],
    )
    # The same table of another release has the same picture in it, and no two of a page may have one name.
    return re.sub(r'(?<=["# (])chart-(?=\w)', f"chart-{release.name}-", html)


@dataclass(frozen=True)
class _Drawn:
    """A picture with the words over it; ``parted`` when its colours need a legend."""

    chart: Chart
    words: str = ""
    parted: bool = False


def _charts(table: PublishedTable, language: Language) -> list[_Drawn]:
    """The picture with margins first: of the answer that the table speaks of, where there are several answers."""
    if not table.is_distribution:
        return [_Drawn(draw_intervals(table, language=language))]
    # Answers on a scale make one bar; answers that only have names are easier to read as a bar each.
    parts = not several_answers(table) and (bool(table.by) or "low" in answer_looks(table))
    whole = []
    if parts:
        chart = draw_distribution(table, language=language)
        name = f"chart-{table.id}".replace(".", "-")
        whole = [_Drawn(replace(chart, svg=chart.svg.replace(f"{name}-", f"{name}-parts-")), parted=True)]
    if not table.by:
        return [_Drawn(draw_intervals(table, language=language)), *whole]
    codes = list(dict.fromkeys(table.table["code"]))
    answers = [_Drawn(chart, answer) for answer, chart in draw_answers(table, language=language)]
    first = codes.index(table.focus) if table.focus in codes else 0
    return [answers[first], *whole, *answers[:first], *answers[first + 1 :]]


def _difference(comparison: PublishedComparison | None, language: Language) -> str:
    """The difference between the groups in one plain sentence; "" without a test."""
    if comparison is None:
        return ""
    if comparison.mark or not comparison.p_class:
        return say("explorer.difference_hidden", language)
    groups: tuple[str, ...] = getattr(comparison, f"groups_{language}")
    if len(groups) != 2:
        return say(
            "explorer.no_difference_many" if comparison.p_class == "none" else "explorer.difference_many", language
        )
    first, second = groups
    if comparison.p_class == "none":
        return say("explorer.no_difference", language, first=first, second=second)
    if comparison.unit == "points":
        low, high = (number_text(100 * limit, language) for limit in (comparison.ci_low, comparison.ci_high))
        value = points_text(comparison.difference, language)
        return say("explorer.more_often", language, first=first, second=second, value=value, low=low, high=high)
    more = getattr(comparison, f"more_{language}")
    if comparison.unit == "share" and more:
        value = number_text(100 * comparison.difference, language)
        return say("explorer.pair", language, first=first, second=second, value=value, more=more)
    return say("explorer.higher", language, first=first, second=second)


def _comparison(release: Release, table: PublishedTable) -> PublishedComparison | None:
    """The test between the groups of a table, when the release has one."""
    fitting = (one for one in release.comparisons.values() if (one.of, one.by) == (table.of, table.by))
    return table.comparison or next(fitting, None)


def _legend(table: PublishedTable, language: Language) -> list[tuple[str, str]]:
    """The look and the name of each answer."""
    return list(zip(answer_looks(table), dict.fromkeys(table.table[f"code_{language}"]), strict=True))


def _row(table: PublishedTable, row: Any, language: Language) -> Mapping[str, str]:
    shown = math.isfinite(row.estimate)
    return {
        "group": getattr(row, f"group_{language}"),
        "code": getattr(row, f"code_{language}", ""),
        "value": cell_text(table, row, language),
        "low": value_text(table, row.ci_low, language) if math.isfinite(row.ci_low) else "",
        "high": value_text(table, row.ci_high, language) if math.isfinite(row.ci_high) else "",
        "base": row.base,
        "note": mark_text(row.mark, language) if shown else "",
    }
