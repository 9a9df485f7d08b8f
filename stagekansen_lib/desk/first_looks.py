"""The first look at answers that were just taken in: what a screen shows of an ``Explore``, as plain values.

For the team only. The values go to the screen that asks, by message, and are kept nowhere.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from stagekansen_lib.pictures.team_charts import FEW
from stagekansen_lib.surveys.words import answer_text, variable_text
from stagekansen_lib.wording import Language, number_text, percent_text, say

if TYPE_CHECKING:
    from stagekansen_lib.surveys.surveys import Survey
    from stagekansen_lib.views.explore import Explore

__all__ = ["first_look", "look_of"]

_WORDS = ("team_only", "outcome", "group", "show", "declare", "doubts", "publish", "code")
_OWN_WORDS = ("title", "intro", "few", "answers", "share", "margin")


def first_look(survey: Survey, language: Language) -> Explore:
    """A survey that was just taken in, to be looked at; its concepts can be chosen in two answers too."""
    from stagekansen_lib.drafts.measuring import with_readings
    from stagekansen_lib.views.explore import explore

    return explore(with_readings(survey), language=language)


def look_of(view: Explore) -> dict[str, Any]:
    """What can be chosen and what was found, in words. Nothing is compared or counted here."""
    language, state = view.language, view.state
    chosen = view.estimates is not None
    return {
        "words": {
            **{name: say(f"explore.{name}", language) for name in _WORDS},
            **{name: say(f"desk.look_{name}", language) for name in _OWN_WORDS},
        },
        "outcomes": [{"value": name, "text": text} for name, text in state["outcomes"]],
        "groups": [{"value": name, "text": text} for name, text in state["groups"]],
        "outcome": view.outcome,
        "group": view.group,
        "title": _title(view, language) if chosen else "",
        "bars": _bars(view, language) if chosen else [],
        "sentence": state["sentence"],
        "counted": state["looks"],
        "doubts": state["doubts"],
        "advice": state["advice"],
        "publishable": state["publishable"],
        "code": state["code"],
    }  # fmt: skip


def _title(view: Explore, language: Language) -> str:
    book, estimates = view.survey.codebook, view.estimates
    words = {name: variable_text(book, getattr(view, name), language) for name in ("outcome", "group")}
    if estimates is not None and estimates.code is not None:
        words["outcome"] += f" ({answer_text(book, view.outcome, estimates.code, language)})"
    return say("explore.title", language, **words)


def _bars(view: Explore, language: Language) -> list[dict[str, Any]]:
    """A bar for each group, or for each answer of each group."""
    estimates = view.estimates
    if estimates is None:
        return []
    rows = estimates.table.to_dict("records")
    share = estimates.statistic == "share"
    top = 1.0 if share else max([value for row in rows if math.isfinite(value := row["estimate"])], default=1.0)

    def written(value: float) -> str:
        if not math.isfinite(value):
            return say("points.unknown", language)
        return percent_text(value, language) if share else number_text(value, language, decimals=1)

    bars = []
    for row in rows:
        names = [answer_text(estimates.codebook, name, row[name], language) for name in estimates.by]
        if "code" in row:
            names.append(answer_text(estimates.codebook, estimates.of, row["code"], language))
        part = row["estimate"] / top if math.isfinite(row["estimate"]) and top > 0 else 0.0
        bars.append(
            {
                "label": ": ".join(names),
                "n": number_text(row["n"], language),
                "said": written(row["estimate"]),
                "margin": say("channels.from_to", language, low=written(row["ci_low"]), high=written(row["ci_high"])),
                "width": round(100 * min(max(part, 0.0), 1.0), 1),
                "few": bool(row["n"] < FEW),
            }
        )
    return bars
