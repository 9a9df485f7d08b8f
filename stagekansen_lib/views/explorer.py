"""The explorer (verkenner): one outcome by one group, as sentence, chart and table, from a published release."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.assets import style_block
from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable
from stagekansen_lib.pictures.charts import (
    answer_looks,
    cell_text,
    draw_answers,
    draw_distribution,
    draw_intervals,
    mark_text,
    several_answers,
    value_text,
)
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.places import read_place
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.releases.reading import Release, read_release
from stagekansen_lib.releases.shown import release_to_show
from stagekansen_lib.views.pages import View, render
from stagekansen_lib.wording import Language, chosen_language, say

__all__ = ["Choice", "allowed_choices", "explorer", "panel"]


@dataclass(frozen=True)
class Choice:
    """What a reader can ask for: the table that answers it, and the words for its outcome and group."""

    table: str
    outcome: str
    group: str


def explorer(release: str | None = None, *, language: str | None = None) -> View:
    """The view on a published release.

    Parameters
    ----------
    release : name of a folder in ``data/published``; the first that ``data/site.yaml`` shows when left out.
    language : "nl" or "en".
    """
    chosen, found, registers = chosen_language(language), read_release(release_to_show(release)), read_registers()
    return View(
        "verkenner",
        chosen,
        page=lambda: page(found, registers, chosen),
        widgets=lambda: _widgets(found, registers, chosen),
    )


def allowed_choices(release: Release, language: Language) -> list[Choice]:
    """Every choice that has a table, in the order of the place: what the conversation is about first, who took part
    last."""
    first, last = read_place().tables_first, read_place().tables_last
    order = [name for name in first if name in release.tables]
    order += [name for name in release.tables if name not in (*first, *last)]
    order += [name for name in last if name in release.tables]
    return [
        Choice(name, release.tables[name].label(language), _group_label(release.tables[name], language))
        for name in order
    ]


def _group_label(table: PublishedTable, language: Language) -> str:
    if not table.by:
        return say("explorer.everyone", language)
    return ", ".join(table.codebook[name].label(language) for name in table.by)


def panel(release: Release, registers: Registers, choice: Choice, language: Language) -> str:
    """The panel of one choice as HTML: what was found, the picture, the same numbers as a table, the sources."""
    table = release.tables[choice.table]
    spread = table.is_distribution
    # Answers on a scale make one bar; answers that only have names are easier to read as a bar each.
    parts = spread and not several_answers(table) and (bool(table.by) or "low" in answer_looks(table))
    chart = draw_distribution(table, language=language) if parts else draw_intervals(table, language=language)
    return render(
        "panel.html.j2",
        language,
        choice=choice,
        table=table,
        chart=chart,
        legend=_legend(table, language) if parts else [],
        multiples=draw_answers(table, language=language) if spread and table.by else [],
        rows=[_row(table, row, language) for row in table.table.itertuples(index=False)],
        spread=spread,
        comparison=_comparison(release, table),
        release=release,
        sources=[registers.sources[source] for source in table.sources],
    )


def page(release: Release, registers: Registers, language: Language) -> str:
    """The public page: all panels, with choices that show one of them."""
    choices = allowed_choices(release, language)
    return render(
        "explorer.html.j2",
        language,
        release=release,
        choices=choices,
        outcomes=list(dict.fromkeys(choice.outcome for choice in choices)),
        groups=list(dict.fromkeys(choice.group for choice in choices)),
        panels=[(choice, panel(release, registers, choice, language)) for choice in choices],
    )


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


def _widgets(release: Release, registers: Registers, language: Language) -> Any:
    with needs("pages"):
        import ipywidgets as widgets

    choices = allowed_choices(release, language)
    outcomes = list(dict.fromkeys(choice.outcome for choice in choices))
    wide = {"description_width": "initial"}
    outcome = widgets.Dropdown(options=outcomes, description=say("explorer.outcome", language), style=wide)
    group = widgets.Dropdown(description=say("explorer.group", language), style=wide)
    shown = widgets.HTML()

    def offer(_: object = None) -> None:
        group.options = [choice.group for choice in choices if choice.outcome == outcome.value]
        group.index = 0  # the first time nothing is chosen by itself
        show()

    def show(_: object = None) -> None:
        found = [choice for choice in choices if (choice.outcome, choice.group) == (outcome.value, group.value)]
        if found:  # not so for a moment, while another outcome brings its own groups
            shown.value = f'{style_block()}<div class="sk">{panel(release, registers, found[0], language)}</div>'

    outcome.observe(offer, "value")
    group.observe(show, "value")
    offer()
    return widgets.VBox([widgets.HBox([outcome, group]), shown])
