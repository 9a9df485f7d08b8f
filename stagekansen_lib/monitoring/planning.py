"""How many students, schools and years it takes to see a change; and what change a plan can see.

The arithmetic of ``detectable`` and ``students_needed`` (comparison.power), with what a survey adds to it: students of
one class are alike, not everyone answers, and with few schools more is needed than with many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stagekansen_lib.arguments import said, some_number, some_share
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.monitoring.plan_pictures import power_picture
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, points_text, say

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["DESIGNS", "Plan", "plan"]

DESIGNS = ("waves", "waiting_list", "difference_in_differences", "trend")

# How much of a plan a search looks at: students a wave, and years.
_MOST_STUDENTS = 10_000_000
_MOST_YEARS = 60


@dataclass(frozen=True)
class _Question:
    """What does not change while a plan is searched."""

    design: str
    sd: float
    base: float | None
    icc: float
    design_effect: float
    power: float
    alpha: float

    def effect(self, students: float, schools: int | None, per_school: float | None) -> float:
        """What the design does to the variance."""
        size = per_school if per_school is not None else students / schools if schools else 1.0
        return self.design_effect * (1 + max(size - 1, 0.0) * self.icc)

    def df(self, schools: int | None) -> float:
        """Degrees of freedom: those of the schools of both sides, less one each; endless without schools."""
        if schools is None:
            return math.inf
        sides = {"waves": 2, "waiting_list": 2, "difference_in_differences": 2, "trend": 2}[self.design]
        return sides * (schools - 1)

    def error(self, students: float, schools: int | None, per_school: float | None, years: int, change: float) -> float:
        """The standard error of the change, of so many answers a wave (and a side)."""
        variance = self.sd**2
        if self.base is not None:
            later = min(max(self.base + change, 0.0), 1.0)
            # A share that changes has another spread after it; of a difference in differences one of four changes.
            part = 0.25 if self.design == "difference_in_differences" else 0.5
            variance = (1 - part) * self.base * (1 - self.base) + part * later * (1 - later)
        of_one = variance * self.effect(students, schools, per_school) / students
        if self.design == "trend":
            middle = (years - 1) / 2
            return math.sqrt(of_one / sum((at - middle) ** 2 for at in range(years)))
        return math.sqrt(of_one * (4 if self.design == "difference_in_differences" else 2))

    def reach(self, schools: int | None) -> float:
        """How many standard errors a change must be to be found with the power asked."""
        from scipy import stats

        df = self.df(schools)
        return float(stats.t.isf(self.alpha / 2, df) + stats.t.isf(1 - self.power, df))

    def detectable(self, students: float, schools: int | None, per_school: float | None, years: int) -> float:
        """The change that is found with the power asked; upwards, for a share."""
        reach = self.reach(schools)
        change = reach * self.error(students, schools, per_school, years, 0.0)
        for _ in range(60):
            # Over all years of a trend a share moves further than in one.
            whole = change * (years - 1 if self.design == "trend" else 1)
            change = reach * self.error(students, schools, per_school, years, whole)
        return change

    def chance(
        self, change: float, students: float, schools: int | None, per_school: float | None, years: int
    ) -> float:
        """The chance to find a change."""
        from scipy import stats

        df = self.df(schools)
        whole = change * (years - 1 if self.design == "trend" else 1)
        error = self.error(students, schools, per_school, years, whole)
        return float(stats.t.sf(stats.t.isf(self.alpha / 2, df) - abs(change) / error, df))


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan of waves or of groups, and what it can show.

    Parameters
    ----------
    design : "waves", "waiting_list", "difference_in_differences" or "trend".
    change : the change that it finds with ``power``; a year, for a trend.
    students : answers needed a wave (and on each side: waiting groups, or treated and others).
    invited : students to ask, when ``response`` of them answers.
    schools : schools or groups a wave (and side); None when students are drawn one by one.
    per_school : answers of each.
    years : waves, for a trend.
    se, design_effect, df : of the change.
    power, alpha, icc, response, base, sd : as asked.
    solved : what was looked for: "students", "schools", "change", "years" or "power".
    """

    design: str
    change: float
    students: int
    invited: int
    schools: int | None
    per_school: float | None
    years: int
    se: float
    design_effect: float
    df: float
    power: float
    alpha: float
    icc: float
    response: float
    base: float | None
    sd: float | None
    solved: str
    _question: _Question

    @property
    def table(self) -> pd.DataFrame:
        """What other numbers of students would find: students, invited, change (found with the power), power (to find
        the change of the plan)."""
        import pandas as pd

        rows = []
        for part in (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0):
            students = max(2, round(self.students * part))
            rows.append(
                {
                    "students": students, "invited": math.ceil(students / self.response),
                    "change": self._question.detectable(students, *self._of(students)),
                    "power": self._question.chance(self.change, students, *self._of(students)),
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def _of(self, students: int) -> tuple[int | None, float | None, int]:
        """Schools, students of each, and years, for another number of students in the same schools."""
        per_school = None if self.schools is None else students / self.schools
        return self.schools, per_school, self.years

    def _write(self, change: float, language: Language) -> str:
        if self.base is None:
            return number_text(change, language, decimals=2)
        return points_text(change, language, decimals=1)

    def sentence(self, language: str | None = None) -> str:
        """The plan in plain sentences: what it takes, what it finds, and what it assumes."""
        chosen = chosen_language(language)
        words = {
            "change": self._write(self.change, chosen), "students": number_text(self.students, chosen),
            "invited": number_text(self.invited, chosen), "power": percent_text(self.power, chosen),
            "schools": number_text(self.schools or 0, chosen), "years": number_text(self.years, chosen),
            "per_school": number_text(self.per_school or 0, chosen),
            "response": percent_text(self.response, chosen),
            "effect": number_text(self.design_effect, chosen, decimals=1),
        }  # fmt: skip
        parts = [say(f"plan.{self.design}", chosen, **words)]
        if self.schools is not None:
            parts.append(say("plan.schools", chosen, **words))
        if self.response < 1:
            parts.append(say("plan.response", chosen, **words))
        if self.design_effect > 1.005:
            parts.append(say("plan.effect", chosen, **words))
        if self.df < 8:
            parts.append(say("plan.few_schools", chosen))
        if self.base is not None:
            start = percent_text(self.base, chosen)
            parts.append(say("plan.base", chosen, base=start, step=self._write(self.change, chosen)))
        return " ".join(parts)

    def picture(self, language: str | None = None) -> str:
        """The chance to find the change, by number of students, as an SVG picture.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        chosen = chosen_language(language)
        most = 2 * self.students
        numbers = sorted({max(2, round(most * at / 60)) for at in range(1, 61)})
        chances = [self._question.chance(self.change, each, *self._of(each)) for each in numbers]
        texts = {
            "title": say("plan.picture", chosen, change=self._write(self.change, chosen)),
            "x": say("plan.axis", chosen), "told": self.sentence(chosen),
        }  # fmt: skip
        return power_picture(numbers, chances, self.students, self.power, texts, chosen)

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The table in words.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        import pandas as pd

        chosen, table = chosen_language(language), self.table
        return pd.DataFrame(
            {
                say("plan.head_students", chosen): [number_text(n, chosen) for n in table["students"]],
                say("plan.head_invited", chosen): [number_text(n, chosen) for n in table["invited"]],
                say("plan.head_change", chosen): [self._write(change, chosen) for change in table["change"]],
                say("plan.head_power", chosen): [percent_text(power, chosen) for power in table["power"]],
            }
        )

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False)}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        return f"<p>{self.sentence()}</p>{self.picture()}"


def plan(
    *,
    design: str = "waves",
    change: float | None = None,
    students: float | None = None,
    schools: int | None = None,
    per_school: float | None = None,
    years: int | None = None,
    base: float | None = None,
    sd: float | None = None,
    icc: float = 0.0,
    design_effect: float = 1.0,
    response: float = 1.0,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Plan:
    """How many students, schools or years it takes to see a change; or what change they can see.

    Parameters
    ----------
    design : "waves" (two waves of everyone), "waiting_list" (groups that have had a workshop against groups that
        wait), "difference_in_differences" (treated and others, two waves each) or "trend" (a wave each year).
    change : the change to find, in shares (0 to 1) or in the unit of the mean; a year, for a trend. Without it the plan
        says what change it finds. With it and everything else, it says the chance.
    students : answers a wave, and on each side.
    schools : schools (classes, groups) a wave and on each side; they were drawn or assigned as a whole. None when
        students were drawn one by one.
    per_school : answers of each school.
    years : waves of a trend, one a year; with ``students`` and ``change`` but no years these are looked for.
    base : the share at the start, above 0 and below 1.
    sd : for a mean: the standard deviation of the answers.
    icc : how alike students of a school are (``group_spread``), 0 to 1; often 0.02 to 0.1.
    design_effect : what weighting does to the variance (``describe_weights``).
    response : part of the students asked that answers, above 0 and up to 1.
    power : chance to find it.
    alpha : two-sided level of the test.

    Returns
    -------
    Plan : see there. ``picture()`` draws the chance by number of students.

    Raises
    ------
    InputError : not one of ``base`` and ``sd``; a number out of range; nothing to look for, or too little to find it;
        a change that no number of students in so few schools would show.

    Notes
    -----
    Two waves: se^2 = deff (s0^2 + s1^2) / n, four cells for a difference in differences, s^2 deff / (n Sxx) for a
    trend; deff = design_effect (1 + (students a school - 1) icc); detectable = (t(alpha/2) + t(1 - power)) se with
    2 (schools - 1) degrees of freedom, the normal without schools. Checked against a computation in R, and
    ``detectable`` within the difference of the arcsine scale.

    Examples
    --------
    >>> plan(change=0.05, base=0.25).students
    1248
    >>> round(plan(students=324, base=0.25, design="difference_in_differences").change, 3)
    0.139
    >>> plan(design="waiting_list", schools=6, per_school=12, icc=0.05, sd=8).sentence("en").split(":")[0]
    'Groups that come first against groups that wait'
    """
    if design not in DESIGNS:
        raise InputError(Problem(f"design is {said(design)}.", do=did_you_mean(design, DESIGNS)))
    _check(change, students, schools, per_school, years, base, sd, icc, design_effect, response)
    some_share("power", power, 0.8)
    some_share("alpha", alpha, 0.05)
    spread = sd if sd is not None else math.sqrt((base or 0) * (1 - (base or 0)))
    asked = _Question(design, spread, base, icc, design_effect, power, alpha)
    answers = students if students is not None else None
    if answers is None and schools is not None and per_school is not None:
        answers = schools * per_school
    if schools is None and per_school is not None and answers is not None:
        schools = max(2, math.ceil(answers / per_school))
    waves = years if years is not None else (2 if design != "trend" else None)
    found = _solve(asked, change, answers, schools, per_school, waves)
    return _made(asked, found, response, sd)


@dataclass(frozen=True)
class _Solved:
    what: str
    change: float
    students: float
    schools: int | None
    per_school: float | None
    years: int
    power: float


def _solve(
    asked: _Question, change: float | None, answers: float | None, schools: int | None, per_school: float | None,
    years: int | None,
) -> _Solved:  # fmt: skip
    """Whatever of change, students, schools and years was left open; the chance when nothing was."""
    if change is None:
        if answers is None or years is None:
            raise InputError(
                Problem(
                    "There is nothing to compute with.",
                    do="Give change=, or students= (or schools= and per_school=)" + ("" if years else " and years=."),
                )
            )
        found = asked.detectable(answers, schools, per_school, years)
        return _Solved("change", found, answers, schools, per_school, years, asked.power)
    if years is None:
        if answers is None:
            raise InputError(Problem("A trend needs years or students.", do="Give years=5, or students=324."))
        return _Solved(
            "years", change, answers, schools, per_school,
            _first(lambda at: asked.chance(change, answers, schools, per_school, at), asked.power, 2, _MOST_YEARS),
            asked.power,
        )  # fmt: skip
    if answers is not None:
        chance = asked.chance(change, answers, schools, per_school, years)
        return _Solved("power", change, answers, schools, per_school, years, chance)
    if per_school is not None:
        most = max(3, round(_MOST_STUDENTS / per_school))
        number = _first(lambda at: asked.chance(change, at * per_school, at, per_school, years), asked.power, 2, most)
        return _Solved("schools", change, number * per_school, number, per_school, years, asked.power)
    least = 2 if schools is None else schools
    number = _first(lambda at: asked.chance(change, at, schools, None, years), asked.power, least, _MOST_STUDENTS)
    return _Solved("students", change, number, schools, None, years, asked.power)


def _first(chance: Callable[[int], float], power: float, low: int, high: int) -> int:
    """The least number with the chance that was asked; the chance rises with it."""
    if chance(high) < power:
        raise InputError(
            Problem(
                "No number within reach would show this change.",
                do="Take a larger change, more schools, or fewer students of each.",
            )
        )
    if chance(low) >= power:
        return low
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= power else (middle, high)
    return high


def _made(asked: _Question, found: _Solved, response: float, sd: float | None) -> Plan:
    students = math.ceil(found.students - 1e-9)
    per_school = found.per_school if found.per_school is not None else (
        None if found.schools is None else found.students / found.schools
    )  # fmt: skip
    whole = found.change * (found.years - 1 if asked.design == "trend" else 1)
    return Plan(
        asked.design, found.change, students, math.ceil(students / response - 1e-9), found.schools, per_school,
        found.years, asked.error(found.students, found.schools, per_school, found.years, whole),
        asked.effect(found.students, found.schools, per_school), asked.df(found.schools), found.power, asked.alpha,
        asked.icc, response, asked.base, sd, found.what, asked,
    )  # fmt: skip


def _check(
    change: Any, students: Any, schools: Any, per_school: Any, years: Any, base: Any, sd: Any, icc: Any, effect: Any,
    response: Any,
) -> None:  # fmt: skip
    if (base is None) == (sd is None):
        raise InputError(Problem("Give one of a share (base=) and a deviation (sd=)."))
    if base is not None:
        some_share("base", base, 0.25)
    for name, value, above in (
        ("sd", sd, 0.0), ("students", students, 1.0), ("schools", schools, 1.0), ("per_school", per_school, 0.0),
        ("years", years, 1.0), ("design_effect", effect, 0.0), ("response", response, 0.0),
    ):  # fmt: skip
        if value is not None:
            some_number(name, value, above=above, do=f"Give a number above {above:g}.")
    if not 0 <= some_number("icc", icc) < 1:
        raise InputError(Problem(f"icc is {icc:g}.", do="Give 0 or more and below 1, such as 0.05."))
    if response > 1:
        raise InputError(Problem(f"response is {response:g}.", do="Give a part of 1, such as 0.4."))
    if change is not None:
        if not some_number("change", change):
            raise InputError(Problem("A change of zero cannot be found.", do="Give the change that matters."))
        if base is not None and not 0 <= base + change <= 1:
            raise InputError(Problem(f"A share of {base + change:g} is not possible.", do="Give a smaller change."))
    if students is not None and schools is not None and per_school is not None and students != schools * per_school:
        raise InputError(
            Problem("students is not schools times per_school.", do="Give two of students=, schools=, per_school=.")
        )
