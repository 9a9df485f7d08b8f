"""The explorer (verkenner): published outcomes by group, of every release that is shown."""

from __future__ import annotations

import os
from collections.abc import Sequence

from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.releases.reading import Release, read_release
from stagekansen_lib.releases.shown import RELEASE_VARIABLE, release_to_show, releases_to_choose, shown_releases
from stagekansen_lib.views.explorer_panels import allowed_choices, choice_of, composition, panel, release_label
from stagekansen_lib.views.explorer_widgets import live_widgets
from stagekansen_lib.views.pages import View, render
from stagekansen_lib.wording import Language, chosen_language

__all__ = ["explorer", "page"]


def explorer(release: str | None = None, *, language: str | None = None) -> View:
    """The view on the published releases.

    Parameters
    ----------
    release : name of a folder in ``data/published``; every release that is shown when left out, the first in front.
    language : "nl" or "en".
    """
    chosen, registers = chosen_language(language), read_registers()
    found = [read_release(name) for name in ((release,) if release else _on_this_page())]
    return View(
        "verkenner",
        chosen,
        page=lambda: page(found, registers, chosen),
        widgets=lambda: live_widgets(found, registers, chosen),
    )


def _on_this_page() -> tuple[str, ...]:
    """The release that the page is about, and behind it those that are shown and have no page of their own."""
    first = release_to_show()
    if os.environ.get(RELEASE_VARIABLE):
        return (first,)
    apart = releases_to_choose()
    return (first, *(name for name in shown_releases() if name not in apart))


def page(releases: Sequence[Release], registers: Registers, language: Language) -> str:
    """The public page: all panels, with choices that show one of them."""
    shown = []
    for release in releases:
        first = release is releases[0]
        choices = allowed_choices(release, language, first=first)
        apart = [choice_of(release, name, language, first=first) for name in composition(release)]
        panels = [(choice, panel(release, registers, choice, language)) for choice in choices]
        who = [(choice, panel(release, registers, choice, language)) for choice in apart]
        shown.append((release, release_label(release, language), panels, who))
    begin = [choice for choice, _ in shown[0][2]]
    return render(
        "explorer.html.j2",
        language,
        shown=shown,
        outcomes=list(dict.fromkeys(choice.outcome for choice in begin)),
        groups=[choice.group for choice in begin if choice.outcome == begin[0].outcome],
        synthetic=any(release.synthetic for release in releases),
    )
