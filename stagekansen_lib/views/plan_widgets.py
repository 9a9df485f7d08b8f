"""The form of the planner in a notebook: what is compared, what is looked for, the answers it takes, and the plan."""

from __future__ import annotations

from html import escape
from typing import Any

from stagekansen_lib.arguments import said
from stagekansen_lib.assets import style_block
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import needs
from stagekansen_lib.wording import say

__all__ = ["number_of", "widgets_of"]


def number_of(name: str, text: str) -> float | None:
    """A number as a person types it, with a comma or a point; None when nothing stands there."""
    given = text.strip().removesuffix("%").strip().replace(",", ".")
    if not given:
        return None
    try:
        return float(given)
    except ValueError:
        raise InputError(Problem(f"{name} is {said(text)}.", do="Type a number, such as 25 or 0,05.")) from None


def widgets_of(view: Any) -> Any:
    """Widgets on the state of a ``Planner``: every change plans anew."""
    with needs("pages"):
        import ipywidgets as widgets

    wide, full = {"description_width": "24rem"}, widgets.Layout(width="100%", max_width="44rem")

    def word(name: str) -> str:
        return say(f"planner.{name}", view.language)

    def choice(name: str, value: str) -> Any:
        offered = [(word(f"{name}_{one}"), one) for one in view.offered[name]]
        return widgets.Dropdown(options=offered, value=value, description=word(name), style=wide, layout=full)

    def field(name: str, value: float | None) -> Any:
        text = "" if value is None else f"{value:g}"
        return widgets.Text(text, description=word(name), style=wide, layout=full, continuous_update=False)

    design, look_for = choice("design", view.design), choice("look_for", view.looked_for)
    fields = {name: field(name, value) for name, value in view.answers.items()}
    heading = f"<h2>{escape(word('heading'))}</h2><p>{escape(word('intro'))}</p>"
    form, shown = widgets.VBox([]), widgets.HTML()

    def renew(_: Any = None) -> None:
        try:
            given = {name: number_of(name, one.value) for name, one in fields.items()}
            told = view.choose(design.value, look_for.value, **given).panel()
        except InputError as failure:
            told = f'<p role="status">{escape(" ".join(str(problem) for problem in failure.problems))}</p>'
        shown.value = f'<div class="sk">{told}</div>'
        form.children = tuple(fields[name] for name in view.used)

    for one in (design, look_for, *fields.values()):
        one.observe(renew, "value")
    renew()
    return widgets.VBox(
        [widgets.HTML(f'{style_block()}<div class="sk">{heading}</div>'), design, look_for, form, shown]
    )
