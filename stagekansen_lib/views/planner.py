"""The planner: how many students, schools or years a change takes, and the other way round, with a picture of power.

``Planner`` is the state and what can be done with it, without a widget. In a notebook it shows a form and, below it,
the plan in sentences, the picture and a table. It opens no answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, ClassVar

from stagekansen_lib.arguments import said, some_number
from stagekansen_lib.assets import html_table, style_block
from stagekansen_lib.errors import InputError, Problem, StagekansenError, did_you_mean
from stagekansen_lib.monitoring.planning import DESIGNS, Plan, plan
from stagekansen_lib.wording import Language, chosen_language, say

__all__ = ["ANSWERS", "LOOKED_FOR", "Planner", "planner"]

# What can be looked for, and which answers that takes beside those about the outcome; a bracketed one may stay empty.
LOOKED_FOR: Mapping[str, tuple[str, ...]] = {
    "students": ("change", "schools"),
    "schools": ("change", "per_school"),
    "years": ("change", "students"),
    "change": ("students", "schools"),
    "power": ("change", "students", "schools"),
}

# Each answer with what it begins with and, of those in percent, what one of them is. None may stay empty.
ANSWERS: Mapping[str, tuple[float | None, float]] = {
    "change": (5.0, 0.01), "students": (324.0, 1.0), "schools": (None, 1.0), "per_school": (25.0, 1.0),
    "years": (5.0, 1.0), "base": (25.0, 0.01), "sd": (None, 1.0), "icc": (0.0, 1.0), "design_effect": (1.0, 1.0),
    "response": (100.0, 0.01), "power": (80.0, 0.01),
}  # fmt: skip
_WHOLE = ("students", "schools", "per_school", "years")


class Planner:
    """A plan under one's own hands.

    Attributes
    ----------
    design : "waves", "waiting_list", "difference_in_differences" or "trend".
    looked_for : "students", "schools", "years", "change" or "power".
    answers : what was filled in, as a person says it: ``base``, ``response`` and ``power`` in percent, ``change`` in
        percentage points; with ``sd`` instead of ``base`` the change is in the unit of the mean.
    offered : what can be chosen of both.
    plan : the plan, or None where it cannot be made; ``problems`` then says why.
    """

    offered: ClassVar[Mapping[str, tuple[str, ...]]] = {"design": DESIGNS, "look_for": tuple(LOOKED_FOR)}

    def __init__(self, language: Language) -> None:
        self.language = language
        self.design, self.looked_for = "waves", "students"
        self.answers: dict[str, float | None] = {name: value for name, (value, _) in ANSWERS.items()}
        self.plan: Plan | None = None
        self.problems: list[str] = []
        self._make()

    # What can be done

    def choose(self, design: str = "", look_for: str = "", **answers: float | None) -> Planner:
        """Change the design, what is looked for, or answers, and plan anew.

        Raises
        ------
        InputError : an unknown design, answer or thing to look for; no number. What does not go together makes no plan,
            and ``problems`` says why.
        """
        problems = []
        for what, given in (("design", design), ("look_for", look_for)):
            if given and given not in self.offered[what]:
                problems.append(Problem(f"{what} is {said(given)}.", do=did_you_mean(given, self.offered[what])))
        for name in answers:
            if name not in ANSWERS:
                problems.append(Problem(f"There is no answer '{name}'.", do=did_you_mean(name, list(ANSWERS))))
        if problems:
            raise InputError(problems)
        for name, value in answers.items():
            self.answers[name] = None if value is None else some_number(name, value)
        self.design, self.looked_for = design or self.design, look_for or self.looked_for
        self._make()
        return self

    def _make(self) -> None:
        self.plan, self.problems = None, []
        if self.looked_for == "years" and self.design != "trend":
            self.problems = [say("planner.only_a_trend", self.language)]
            return
        try:
            self.plan = plan(**self.asked)
        except InputError as failure:
            self.problems = [str(problem) for problem in failure.problems]
        except StagekansenError as failure:
            self.problems = [str(failure)]

    @property
    def used(self) -> tuple[str, ...]:
        """The answers that count in this plan, in the order of the form."""
        names = {*LOOKED_FOR[self.looked_for], "base", "sd", "icc", "design_effect", "response"}
        if self.design == "trend" and self.looked_for != "years":
            names.add("years")
        if self.looked_for != "power":
            names.add("power")
        return tuple(name for name in ANSWERS if name in names)

    @property
    def asked(self) -> dict[str, Any]:
        """The arguments of ``plan``."""
        given: dict[str, Any] = {"design": self.design}
        of_mean = self.answers["sd"] is not None
        for name in self.used:
            value, unit = self.answers[name], ANSWERS[name][1]
            if value is None or (name == "base" and of_mean):
                continue
            if name == "change" and of_mean:
                unit = 1.0
            # 5 percent is 0.05 and not 0.05 with a tail of digits.
            given[name] = round(value) if name in _WHOLE and value == round(value) else round(value * unit, 12)
        return given

    @property
    def code(self) -> str:
        """The same plan as one line of Python."""
        return f"sk.plan({', '.join(f'{name}={value!r}' for name, value in self.asked.items())})"

    # How it shows itself

    def panel(self) -> str:
        """The plan as HTML: sentences, picture, table, and the line of Python."""
        if self.plan is None:
            told = escape(" ".join(self.problems))
            return f'<p role="status">{escape(say("planner.none", self.language))} {told}</p>'
        shown = self.plan.labelled(self.language)
        table = html_table(say("planner.table", self.language), shown.columns, shown.to_numpy().tolist())
        code = f"<p>{escape(say('explore.code', self.language))} <code>{escape(self.code)}</code></p>"
        return f"<p>{escape(self.plan.sentence(self.language))}</p>{self.plan.picture(self.language)}{table}{code}"

    def page(self) -> str:
        """Heading and plan as HTML; for where no widget can be shown."""
        heading, intro = (escape(say(f"planner.{name}", self.language)) for name in ("heading", "intro"))
        return f"<h2>{heading}</h2><p>{intro}</p>{self.panel()}"

    def widget(self) -> Any:
        """The form of a notebook, with the plan below it."""
        from stagekansen_lib.views.plan_widgets import widgets_of

        return widgets_of(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = dict(self.widget()._repr_mimebundle_())
        bundle["text/html"] = f'{style_block()}<div class="sk">{self.page()}</div>'
        bundle["text/plain"] = repr(self)
        return bundle

    def __repr__(self) -> str:
        return " ".join(self.problems) if self.plan is None else self.plan.sentence(self.language)


def planner(
    *, design: str = "waves", look_for: str = "students", language: str | None = None, **answers: float | None
) -> Planner:
    """The planner: how many students, schools or years it takes to see a change, and the other way round.

    Parameters
    ----------
    design : "waves", "waiting_list", "difference_in_differences" or "trend", as in ``plan``.
    look_for : "students", "schools" (with ``per_school``), "years" (of a trend), "change" (what such a plan finds) or
        "power" (the chance to find it).
    language : "nl" or "en"; the default follows ``wording.chosen_language``.
    answers : to begin with, as a person says them: change (percentage points), students, schools, per_school, years,
        base (percent), sd (of a mean, instead of base), icc, design_effect, response and power (percent).

    Returns
    -------
    Planner, which a notebook shows as a form with the plan, its picture of power and a table below it. ``choose`` does
    from Python what the form does, ``plan`` is the plan and ``code`` the line of Python that makes it again.

    Raises
    ------
    InputError : an unknown design, answer or thing to look for; no number.

    Examples
    --------
    >>> found = planner(change=5, base=25, language="en")
    >>> found.plan.students, found.code
    (1248, "sk.plan(design='waves', change=0.05, base=0.25, icc=0.0, design_effect=1.0, response=1.0, power=0.8)")
    >>> round(found.choose(look_for="change", students=324).plan.change, 3)
    0.1
    """
    return Planner(chosen_language(language)).choose(design, look_for, **answers)
