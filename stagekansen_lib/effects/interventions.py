"""An intervention of the register: what was meant, for whom, and which outcome was fixed before the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from stagekansen_lib.surveys.codebooks import text_of
from stagekansen_lib.wording import Language, chosen_language, date_text, number_text, points_text, say

__all__ = ["DESIGNS", "Intervention", "InterventionDesign", "intervention_rows"]

# How an effect is to be looked for, and the columns that this needs.
DESIGNS: Mapping[str, tuple[str, ...]] = {
    "before_after": (),
    "difference_in_differences": ("treated",),
    "waiting_list": ("group", "treated"),
    "stepped_introduction": ("group", "period", "treated"),
}

DesignKind = Literal["before_after", "difference_in_differences", "waiting_list", "stepped_introduction"]


@dataclass(frozen=True)
class InterventionDesign:
    """How the effect is to be looked for, said beforehand.

    Parameters
    ----------
    kind : "before_after", "difference_in_differences", "waiting_list" or "stepped_introduction".
    group : of a waiting list or a stepped introduction: the column of groups that come first or wait.
    period : of a stepped introduction: the column of periods.
    treated : the column that says who had it, where there is a group without.
    clusters : of a difference in differences: the column of schools, when the survey has no clusters.
    by_lot : whether a draw decides who gets it first.
    """

    kind: DesignKind
    group: str = ""
    period: str = ""
    treated: str = ""
    clusters: str = ""
    by_lot: bool = False

    @property
    def strongest(self) -> Literal["A", "B", "C", "D"]:
        """The best grade that this design can reach, whatever is found (see ``grade_evidence``)."""
        if self.kind == "before_after":
            return "D"
        if self.kind == "difference_in_differences":
            return "A" if self.by_lot else "B"
        return "A" if self.by_lot else "C"


@dataclass(frozen=True)
class Intervention:
    """One intervention, described before its data are seen.

    Parameters
    ----------
    id : name of its file.
    name_nl, name_en : what it is called.
    theory_nl, theory_en : why it should work (theory of change).
    dose_nl, dose_en : how much of it, how often.
    who_nl, who_en : for whom.
    start : the first day.
    outcome, code : the one primary outcome, and the answer whose share counts (None: the mean).
    matters : the change that matters, in shares or in the unit of the mean; None when nobody said.
    others : further outcomes; their p values are corrected for their number.
    fixed_on : since when git keeps this primary outcome; None when that cannot be told.
    declared_on : the day on which it was fixed, as the file says.
    data_from : the first day on which data of after the start can come in.
    series, first, last : the series of surveys and its two waves between which it began.
    design : how the effect is to be looked for.
    synthetic : whether it is made up.
    """

    id: str
    name_nl: str
    name_en: str
    theory_nl: str
    theory_en: str
    dose_nl: str
    dose_en: str
    who_nl: str
    who_en: str
    start: dt.date
    outcome: str
    code: Any = None
    matters: float | None = None
    others: tuple[str, ...] = ()
    fixed_on: dt.date | None = None
    declared_on: dt.date | None = None
    data_from: dt.date | None = None
    series: str = ""
    first: Any = None
    last: Any = None
    design: InterventionDesign | None = None
    synthetic: bool = False

    def name(self, language: str | None = None) -> str:
        """What it is called, in a language."""
        return text_of(self, "name", language)

    def _repr_html_(self) -> str:
        return _html(self)

    def fixed_before(self, collected: dt.date) -> bool:
        """Whether git kept the primary outcome before the day on which the data began to come in."""
        return self.fixed_on is not None and self.fixed_on < collected

    @property
    def declared_in_time(self) -> bool:
        """Whether the file says that the outcome was fixed before the data; that git agrees is for ``check``."""
        return None not in (self.declared_on, self.data_from) and self.declared_on < self.data_from  # type: ignore[operator]

    @property
    def strongest(self) -> Literal["A", "B", "C", "D"] | None:
        """The best grade within reach, by its design and by when its outcome was fixed; None without a design."""
        if self.design is None:
            return None
        return self.design.strongest if self.declared_in_time else max(self.design.strongest, "C")


def intervention_rows(intervention: Intervention, language: Language) -> list[tuple[str, str]]:
    """What the register says of an intervention: heads and texts, in the order of a page."""
    one = intervention
    rows = [
        ("theory", getattr(one, f"theory_{language}")), ("dose", getattr(one, f"dose_{language}")),
        ("who", getattr(one, f"who_{language}")), ("start", date_text(one.start, language)),
        ("outcome", _outcome(one, language)), ("fixed", _fixed(one, language)),
        ("strongest", _strongest(one, language)),
    ]  # fmt: skip
    return [(say(f"interventions.row_{name}", language), text) for name, text in rows if text]


def _outcome(one: Intervention, language: Language) -> str:
    from stagekansen_lib.surveys.codebook_files import read_codebook
    from stagekansen_lib.surveys.words import answer_text, variable_text
    from stagekansen_lib.waves.series import read_series

    name, answer = one.outcome, str(one.code)
    codebook = read_series(one.series).wave(one.last).codebook if one.series else ""
    if codebook:
        book = read_codebook(codebook)
        name, answer = variable_text(book, one.outcome, language), answer_text(book, one.outcome, one.code, language)
    text = name if one.code is None else f"{name} ({answer})"
    if one.matters is None:
        return text
    change = number_text(one.matters, language, 2) if one.code is None else points_text(one.matters, language)
    return say("interventions.matters", language, outcome=text, change=change)


def _fixed(one: Intervention, language: Language) -> str:
    if one.declared_on is None:
        return say("interventions.fixed_never", language)
    words = {"day": date_text(one.declared_on, language)}
    if one.data_from is None:
        return say("interventions.fixed", language, **words)
    words["data"] = date_text(one.data_from, language)
    return say(f"interventions.fixed_{'in_time' if one.declared_in_time else 'late'}", language, **words)


def _strongest(one: Intervention, language: Language) -> str:
    if one.design is None or one.strongest is None:
        return say("interventions.strongest_unknown", language)
    design = say(f"interventions.design_{one.design.kind}{'_by_lot' if one.design.by_lot else ''}", language)
    return say("interventions.strongest", language, grade=one.strongest, design=design)


def _html(intervention: Intervention) -> str:
    """An intervention as a notebook shows it."""
    chosen = chosen_language()
    rows = "".join(
        f"<tr><th>{escape(head)}</th><td>{escape(text)}</td></tr>"
        for head, text in intervention_rows(intervention, chosen)
    )
    made_up = f"<p>{escape(say('index.synthetic', chosen))}</p>" if intervention.synthetic else ""
    return f"{made_up}<table><caption>{escape(intervention.name(chosen))}</caption><tbody>{rows}</tbody></table>"
