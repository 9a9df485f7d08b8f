"""The explorer in a kernel: the choices of the public page, and groups of one's own with the state of every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from stagekansen_lib.assets import style_block
from stagekansen_lib.disclosure.published import PublishedTable
from stagekansen_lib.project.extras import needs
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.releases.reading import Release
from stagekansen_lib.views.explorer_panels import Choice, allowed_choices, composition, panel, release_label
from stagekansen_lib.views.pages import live_box, render
from stagekansen_lib.wording import Language, say

__all__ = ["live_widgets", "row_states", "with_groups"]


def with_groups(release: Release, table: str, groups: Sequence[str], language: Language) -> Release:
    """The release in which a table holds only the groups that a reader wants to see beside each other.

    Nothing is added together: figures of groups cannot be joined without their counts, which are not published.
    """
    whole = release.tables[table]
    rows = whole.table
    kept = rows[rows[f"group_{language}"].isin(list(groups))].reset_index(drop=True)
    return replace(
        release, tables={**release.tables, table: replace(whole, table=kept, comparison=None)}, comparisons={}
    )


def row_states(table: PublishedTable, language: Language) -> list[tuple[str, str]]:
    """Every declared row of a table, and whether its figure may be seen."""
    keys = {"": "shown", "~": "uncertain", "x": "hidden", ".": "missing", "empty": "impossible"}
    states = []
    for row in table.table.to_dict("records"):
        answer = row.get(f"code_{language}")
        name = f"{row[f'group_{language}']}, {answer}" if answer else str(row[f"group_{language}"])
        states.append((name, say(f"explorer.state_{keys.get(str(row['mark']), 'class')}", language)))
    return states


def live_widgets(releases: Sequence[Release], registers: Registers, language: Language) -> Any:
    """Release, outcome, group, and which groups stand beside each other."""
    with needs("pages"):
        import ipywidgets as widgets

    wide = {"description_width": "initial"}
    named = {release.name: release for release in releases}

    def dropdown(word: str, options: Sequence[Any] = ()) -> Any:
        return widgets.Dropdown(options=list(options), description=say(f"explorer.{word}", language), style=wide)

    survey = dropdown("release", [(release_label(release, language), release.name) for release in releases])
    outcome, group = dropdown("outcome"), dropdown("group")
    beside = widgets.SelectMultiple(description=say("explorer.beside", language), style=wide)
    shown = widgets.HTML()

    def choices() -> list[Choice]:
        release = named[survey.value]
        apart = composition(release)
        found = allowed_choices(release, language)
        return [choice for choice in found if choice.table not in apart]

    def chosen() -> Choice | None:
        return next((one for one in choices() if (one.outcome, one.group) == (outcome.value, group.value)), None)

    def offer_outcomes(_: object = None) -> None:
        before = outcome.value
        outcome.options = list(dict.fromkeys(choice.outcome for choice in choices()))
        outcome.value = before if before in outcome.options else outcome.options[0]
        offer_groups()

    def offer_groups(_: object = None) -> None:
        group.options = [choice.group for choice in choices() if choice.outcome == outcome.value]
        group.index = 0
        offer_rows()

    def offer_rows(_: object = None) -> None:
        choice = chosen()
        if choice is None:  # for a moment, while another outcome brings its own groups
            return
        rows = named[survey.value].tables[choice.table].table
        beside.options = list(dict.fromkeys(rows[f"group_{language}"]))
        beside.value = tuple(beside.options)
        beside.layout.display = "" if len(beside.options) > 1 else "none"
        show()

    def show(_: object = None) -> None:
        choice = chosen()
        if choice is None:
            return
        release = named[survey.value]
        table = release.tables[choice.table]
        some = beside.value and set(beside.value) != set(beside.options)
        seen = with_groups(release, choice.table, beside.value, language) if some else release
        html = render(
            "explorer_live.html.j2",
            language,
            panel=panel(seen, registers, choice, language),
            synthetic=release.synthetic,
            states=row_states(table, language),
            weighted=bool(release.margins),
        )
        shown.value = f'{style_block()}<div class="sk">{html}</div>'

    survey.observe(offer_outcomes, "value")
    outcome.observe(offer_groups, "value")
    group.observe(offer_rows, "value")
    beside.observe(show, "value")
    offer_outcomes()
    head = f"<h1>{say('explorer.heading', language)}</h1><p class='lead'>{say('explorer.intro', language)}</p>"
    return live_box(head, [survey, outcome, group, beside], shown)
