"""The choices of ``explore`` in a notebook: a plain form, one button, and what was found below it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.views.keys import keys_stay_inside
from stagekansen_lib.wording import problem_lines, say

__all__ = ["widgets_of"]


def widgets_of(view: Any) -> Any:
    """Widgets on the state of an ``Explore``: nothing is compared before the button is pressed."""
    with needs("pages"):
        import ipywidgets as widgets

    def word(name: str) -> str:
        return say(f"explore.{name}", view.language)

    state = view.state
    wide = {"description_width": "initial"}
    full = widgets.Layout(width="100%", max_width="44rem")

    def options(names: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(f"{label} ({name})" if name else label, name) for name, label in names]

    def choice(name: str, offered: list[tuple[str, str]]) -> Any:
        return widgets.Dropdown(options=options(offered), description=word(name), style=wide, layout=full)

    outcome, group = choice("outcome", state["outcomes"]), choice("group", state["groups"])
    weights = choice("weights", state["weightings"])
    outcome.value, group.value = view.outcome or state["outcomes"][0][0], view.group or state["groups"][0][0]
    hold = widgets.SelectMultiple(
        options=options(state["groups"]), description=word("hold"), style=wide, layout=full, value=view.hold
    )
    together = widgets.SelectMultiple(description=word("together"), style=wide, layout=full)

    def offer_codes(_: object = None) -> None:
        codes = view.survey.codebook[group.value].codes
        together.options = [(code.label(view.language), code.code) for code in codes if not code.missing]

    group.observe(offer_codes, "value")
    offer_codes()
    shown = widgets.HTML(view.panel() if view.outcome else "")
    # What came of a button is told beside it: whoever pressed the last one does not see the top.
    said, made = widgets.HTML(), widgets.HTML()

    def told(action: Callable[[], str], beside: Any) -> Callable[[Any], None]:
        def pressed(_: Any) -> None:
            try:
                text = action()
            except StagekansenError as failure:
                text = " ".join(problem_lines(failure, view.language))
            beside.value = f'<p role="status">{escape(text)}</p>'

        return pressed

    role = widgets.Dropdown(
        options=_roles(view), description=say("manage.role", view.language), style=wide, layout=full
    )
    # A box tells what was written when it is left: a button pressed after it then cannot be heard before it.
    whole = {"style": wide, "layout": full, "continuous_update": False}
    dutch = widgets.Textarea(description=say("manage.in_nl", view.language), **whole)
    english = widgets.Textarea(description=say("manage.in_en", view.language), **whole)

    def show() -> str:
        view.choose(outcome.value, group.value, hold.value, weights.value, together.value)
        shown.value = view.panel()
        begin = view.suggested_claim()
        dutch.value, english.value = begin["text_nl"], begin["text_en"]
        return str(view.counted)

    def claim() -> str:
        claim, _ = view.make_claim(role=role.value, text_nl=dutch.value, text_en=english.value)
        return say("managing.claimed", view.language, claim=read_yaml(claim)["subject"])

    def declare() -> str:
        return say("explore.declared", view.language, file=view.declare().name)

    buttons = []
    for name, action, beside in (("show", show, said), ("make_claim", claim, made), ("declare", declare, made)):
        button = widgets.Button(description=word(name), layout=widgets.Layout(width="auto"))
        button.on_click(told(action, beside))
        buttons.append(button)
    first, second, third = buttons
    return widgets.VBox(
        [
            keys_stay_inside(),
            outcome,
            group,
            together,
            hold,
            weights,
            first,
            said,
            shown,
            role,
            widgets.HTML(f"<p>{say('managing.claim_note', view.language)}</p>"),
            dutch,
            english,
            widgets.HBox([second, third]),
            made,
        ]
    )


def _roles(view: Any) -> list[tuple[str, str]]:
    from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules

    return [(names[view.language], role) for role, names in read_ledger_rules().roles.items()]
