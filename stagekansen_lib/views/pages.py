"""What every dashboard shares: a view that shows itself in JupyterLab, in live Voilà and on the public pages.

A view is a list of allowed choices and a pure function from a choice to a panel. In a normal kernel it shows a few
widgets and the panel of the current choice; when the pages are built (``STAGEKANSEN_PAGES`` names the folder that
takes what goes beside the page) it shows all panels at once as plain HTML, and no widget is imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.assets import style_block
from stagekansen_lib.project.extras import needs
from stagekansen_lib.releases.shown import LIVE_VARIABLE, PAGES_VARIABLE, about_release
from stagekansen_lib.views.release_choices import release_choices
from stagekansen_lib.wording import Language, date_text, month_text, number_text, percent_text, say, say_all

if TYPE_CHECKING:
    import jinja2

__all__ = ["View", "live_box", "page_view", "render"]


@dataclass(frozen=True)
class View:
    """One dashboard in one language.

    Parameters
    ----------
    name : name of the page, such as "meldpunten"; also its address.
    language : "nl" or "en".
    page : gives the HTML of the public page, all panels included.
    widgets : gives the live widgets. Called in a normal kernel only.
    files : gives the pages that stand beside this one (a map), name -> HTML.
    """

    name: str
    language: Language
    page: Callable[[], str]
    widgets: Callable[[], Any]
    files: Callable[[], Mapping[str, str]] = field(default=dict)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        folder = os.environ.get(PAGES_VARIABLE)
        if folder:
            for name, text in self.files().items():
                (Path(folder) / name).write_text(text, "utf-8", newline="\n")
            return {"text/html": self.page()}
        widget = self.widgets()
        bundle: dict[str, Any] = dict(widget._repr_mimebundle_())
        if not os.environ.get(LIVE_VARIABLE):
            bundle["text/html"] = f'{style_block()}<div class="sk">{self.page()}</div>'
        return bundle


def page_view(
    name: str, language: Language, page: Callable[[], str], *, files: Callable[[], Mapping[str, str]] = dict
) -> View:
    """A view without a choice to make in Python: its page, and in a kernel a widget that shows the same page.

    ``files`` gives the pages that stand beside it, as in `View`.
    """

    def widget() -> Any:
        with needs("pages"):
            import ipywidgets as widgets

        return widgets.HTML(f'{style_block()}<div class="sk">{page()}</div>')

    return View(name, language, page=page, widgets=widget, files=files)


def live_box(head: str, choices: Any, shown: Any) -> Any:
    """A live page as widgets: its title with what stands beside it, the choices, and what they lead to."""
    with needs("pages"):
        import ipywidgets as widgets

    top = widgets.HTML(f'{style_block()}<div class="sk">{head}</div>')
    return widgets.VBox([top, widgets.HBox(list(choices)), shown])


@cache
def _environment() -> jinja2.Environment:
    with needs("pages"):
        import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def render(template: str, language: Language, **values: Any) -> str:
    """A template of ``views/templates`` filled in; text is escaped unless it is marked as HTML.

    Templates have ``say``, ``number``, ``percent`` and ``date`` in the language of the page, ``texts("reading.kaart")``
    for a numbered row of texts, ``either(entry, "label")`` for the field ``label_nl`` or ``label_en`` of an entry, and
    what the place says ``about`` a release.
    """

    def either(entry: Any, name: str) -> Any:
        return getattr(entry, f"{name}_{language}")

    return (
        _environment()
        .get_template(template)
        .render(
            language=language,
            say=partial(_say, language),
            number=lambda value, decimals=0: number_text(value, language, decimals),
            percent=lambda value: percent_text(value, language),
            date=lambda value: date_text(value, language),
            month=lambda value: month_text(value, language),
            texts=lambda part: say_all(part, language),
            either=either,
            about=about_release,
            release_choices=lambda release, page: release_choices(release, page, language),
            **values,
        )
    )


def _say(language: Language, key: str, /, **values: Any) -> str:
    return say(key, language, **values)
