"""The facts of a sprint as a form in a notebook: days, sides, roles, ticks; one button, and the path below it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from stagekansen_lib.errors import InputError, StagekansenError
from stagekansen_lib.project.extras import needs
from stagekansen_lib.wording import say

__all__ = ["sprint_form"]

_TEXTS = ("survey", "release", "next_review")


def sprint_form(
    sprint: Any,
    sides: Sequence[tuple[str, str]],
    roles: Sequence[tuple[str, str]],
    tasks: Sequence[tuple[str, str]],
) -> Any:
    """Widgets on a sprint: nothing is written before the button is pressed, and what is wrong is told beside it.

    Parameters
    ----------
    sprint : with ``facts``, ``change``, ``tick`` and ``path_html``; a ``Sprint``.
    sides, roles, tasks : (words, name) of the sides that may be present, the roles, and the tasks that a person ticks.
    """
    with needs("pages"):
        import ipywidgets as widgets

    facts, now = sprint.facts, [sprint]
    style, full = {"description_width": "initial"}, widgets.Layout(width="100%", max_width="44rem")

    def word(name: str) -> str:
        return say(f"sprint.form_{name}", sprint.language)

    def line(description: str, value: Any) -> Any:
        # Told when the box is left: a button pressed after it then cannot be heard before the last letter.
        return widgets.Text(
            value=str(value or ""), description=description, style=style, layout=full, continuous_update=False
        )

    days = line(word("days"), ", ".join(day.isoformat() for day in facts.days))
    texts = {name: line(word(name), getattr(facts, name)) for name in _TEXTS}
    present = widgets.SelectMultiple(
        options=sides, value=facts.present, description=word("present"), style=style, layout=full
    )
    who = {name: line(label, facts.roles.get(name)) for label, name in roles}
    ticks = {
        name: widgets.Checkbox(value=name in facts.done, description=label, indent=False, layout=full)
        for label, name in tasks
    }
    save, said = widgets.Button(description=word("save"), button_style="primary"), widgets.HTML()
    shown = widgets.HTML(sprint.path_html())

    def pressed(_: Any) -> None:
        try:
            now[0] = now[0].change(
                days=[day.strip() for day in days.value.split(",") if day.strip()],
                present=list(present.value),
                roles={name: box.value for name, box in who.items()},
                **{name: box.value.strip() for name, box in texts.items()},
            )
            ticked = {name for name, box in ticks.items() if box.value}
            now[0] = now[0].tick(*ticked, undo=set(ticks) - ticked)
            text, shown.value = word("saved"), now[0].path_html()
        except InputError as failure:
            text = " ".join(str(problem) for problem in failure.problems)
        except StagekansenError as failure:
            text = str(failure)
        said.value = f'<p role="status">{escape(text)}</p>'

    save.on_click(pressed)
    heads = [widgets.HTML(f"<h3>{escape(word(name))}</h3>") for name in ("facts", "roles", "ticks")]
    return widgets.VBox(
        [
            heads[0],
            days,
            *texts.values(),
            present,
            heads[1],
            *who.values(),
            heads[2],
            *ticks.values(),
            save,
            said,
            shown,
        ]
    )
