"""The trend of an estimate over several waves: a slope a year, and whether the waves differ at all."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from stagekansen_lib.arguments import said, some_share
from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.surveys.words import (
    answer_text,
    frame_html,
    limit_decimals,
    precise_writer,
    readable,
    variable_text,
)
from stagekansen_lib.waves.breaks import QuestionChange, question_changes, with_sources
from stagekansen_lib.waves.change_results import Verdict, margin_name, reservations, verdict_of
from stagekansen_lib.waves.points import Outcome, check_outcome, points_of
from stagekansen_lib.waves.series import SurveySeries, read_series
from stagekansen_lib.waves.stacking import WAVE, named_waves, stack, wave_years
from stagekansen_lib.waves.wald import Made, WaldTest, contrast, holm, wald_test
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, points_text, say

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["Line", "Trend", "line_through", "trend"]


@dataclass(frozen=True)
class Line:
    """A line through estimates with known standard errors.

    Parameters
    ----------
    estimate, se : slope a year.
    Q, Q_df, Q_p : whether the estimates lie on the line.
    """

    estimate: float
    se: float
    Q: float
    Q_df: int
    Q_p: float


def line_through(years: Sequence[float], estimates: Sequence[float], errors: Sequence[float]) -> Line:
    """A line through published estimates of waves, for whoever has no answers: weights 1 / se^2.

    Parameters
    ----------
    years, estimates, errors : one of each for every wave; standard errors above nought.

    Returns
    -------
    Line : slope a year with its standard error, and Q, which tests whether the estimates lie on a line.

    Raises
    ------
    InputError : fewer than two waves, or lists of other lengths; a standard error that is not above nought.

    Examples
    --------
    >>> round(line_through([2022, 2024, 2026], [0.50, 0.46, 0.42], [0.03, 0.03, 0.03]).estimate, 3)
    -0.02
    """
    if len({len(years), len(estimates), len(errors)}) > 1 or len(years) < 2 or len(set(years)) < 2:
        raise InputError(Problem("A line needs a year, an estimate and a standard error of two waves or more."))
    se = np.asarray(errors, dtype=float)
    if not (se > 0).all():
        raise InputError(
            Problem(
                "A standard error is not above nought: in that wave nobody, or everybody, gave the answer.",
                do="Take answers or waves together; without that wave the line would be another.",
            )
        )
    weights, values = 1 / se**2, np.asarray(estimates, dtype=float)
    moment = np.asarray(years, dtype=float) - weights @ np.asarray(years, dtype=float) / weights.sum()
    spread = float(weights @ moment**2)
    slope = float(weights @ (moment * values)) / spread
    left = values - weights @ values / weights.sum() - slope * moment
    q, df = float(weights @ left**2), len(values) - 2
    return Line(slope, math.sqrt(1 / spread), q, df, float(stats.chi2.sf(q, df)) if df else math.nan)


@dataclass(frozen=True, eq=False)
class Trend:
    """A trend over waves. For the team.

    Parameters
    ----------
    slope, se, ci_low, ci_high, p_value, df, smallest_detectable : the change a year (a wave, when waves tell no year):
        the least-squares line through the estimates of the waves, each of equal weight.
    any_difference : WaldTest that all waves are equal.
    departure_from_line : WaldTest that the waves lie on a line; None with two waves.
    bend : Made, the quadratic contrast (orthonormal); None with two waves.
    weighted_line : Line with weights 1 / se^2; NaN where everyone in a wave gave the same answer.
    table : one row a wave: wave, year, estimate, se, n.
    steps : one row for each two waves that follow each other: change, se, p_value and p_holm.
    """

    slope: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    df: float
    smallest_detectable: float
    any_difference: WaldTest
    departure_from_line: WaldTest | None
    bend: Made | None
    weighted_line: Line
    table: pd.DataFrame
    steps: pd.DataFrame
    of: str
    code: Any
    by_year: bool
    covariance: Floats = field(repr=False)
    codebook: Codebook = field(repr=False)
    origins: tuple[Provenance, ...] = field(repr=False)

    @property
    def estimate(self) -> float:
        """The slope."""
        return self.slope

    @property
    def verdict(self) -> Verdict:
        """Of the slope: "higher" (it rises), "lower" or "not_shown"."""
        return verdict_of(self.slope, self.ci_low, self.ci_high)

    def sentence(self, language: str | None = None) -> str:
        """The trend and its doubt, in plain sentences."""
        chosen = chosen_language(language)
        parts = [say("index.synthetic", chosen)] if any(one.synthetic for one in self.origins) else []
        write = self._writer(chosen)
        words = {
            "about": self._about(chosen), "waves": len(self.table), "slope": write(abs(self.slope)),
            "low": write(self.ci_low), "high": write(self.ci_high), "margin": margin_name(self.origins, chosen).lower(),
            "unit": say("trend.year" if self.by_year else "trend.wave", chosen),
            "detectable": write(self.smallest_detectable),
        }  # fmt: skip
        parts.append(say(f"trend.{self.verdict}", chosen, **words))
        if (self.table["se"] == 0).any():
            parts.append(say("changes.no_spread", chosen))
        elif math.isfinite(self.smallest_detectable):
            parts.append(say("trend.detectable", chosen, **words))
        if self.departure_from_line is not None and self.departure_from_line.p_value < 0.05:
            parts.append(say("trend.bent", chosen))
        n = number_text(int(self.table["n"].sum()), chosen)
        base = say("trend.base", chosen, n=n, waves=len(self.table))
        return " ".join([*parts, base, *reservations(self.origins, chosen)])

    def _about(self, language: Language) -> str:
        name = variable_text(self.codebook, self.of, language)
        return name if self.code is None else f"{name} ({answer_text(self.codebook, self.of, self.code, language)})"

    def _writer(self, language: Language) -> Any:
        if self.code is None:
            finer = limit_decimals(self.ci_low, self.ci_high, 2 * self.se)
            return precise_writer(2 * self.se, language, finer=finer)
        return lambda value: points_text(value, language, decimals=1)

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The waves in words.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        chosen = chosen_language(language)
        plain = precise_writer(2 * float(self.table["se"].min()), chosen)
        write = plain if self.code is None else lambda value: percent_text(value, chosen, decimals=1)
        return pd.DataFrame(
            {
                say("trend.head_wave", chosen): self.table["wave"].astype(str),
                self._about(chosen): [write(value) for value in self.table["estimate"]],
                say("tables.n", chosen): [number_text(n, chosen) for n in self.table["n"]],
            }
        )

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False, float_format=readable)}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        language = chosen_language()
        return frame_html(self.labelled(language), self._about(language), [self.sentence(language)])


def trend(
    surveys: Sequence[Survey] | Mapping[Any, Survey],
    of: str,
    *,
    code: Any = None,
    years: Sequence[float] | None = None,
    series: SurveySeries | str | None = None,
    panel: str | None = None,
    ci_level: float = 0.95,
) -> Trend:
    """The slope a year of a share or a mean over several waves, and a test of any difference between them.

    Parameters
    ----------
    surveys : the waves, the earliest first; or a mapping from year to survey.
    of : the variable.
    code : the answer (or list of answers) whose share is followed; without it the mean is.
    years : of the waves, when the keys do not tell them; else as ``stack`` names waves. Waves without a year count as
        1, 2 and so on, and the slope is a wave.
    series : a declared series, or its name (``read_series``): which changes of wording are a break and which are not.
    panel : a column of units that answered in more waves, as for ``change``.
    ci_level : level of the interval, 0 to 1.

    Returns
    -------
    Trend : see there.

    Raises
    ------
    InputError : fewer than two waves; years that are no numbers or do not rise; an unknown variable or answer.
    RefusedError : the question changed between two waves and nobody declared what that means, or it was declared a
        break: a line is never drawn over a break.

    Notes
    -----
    slope = sum((t - mean t) y) / sum((t - mean t)^2) over the estimates of the waves, with their covariance and the
    degrees of freedom of all waves together. Checked against R's survey package (``svyby``, ``svycontrast`` and a Wald
    test). For a line through the answers instead of through the waves: ``regress(stack(...), "y ~ year")``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> waves = {2022 + at: survey_from_frame(pd.DataFrame({"hours": [6.0 + at, 8, 7, 9]})) for at in range(3)}
    >>> round(trend(waves, of="hours").slope, 3)
    0.25
    """
    waves = named_waves(surveys)
    some_share("ci_level", ci_level, 0.95)
    outcome = Outcome(of, "mean" if code is None else "share", code)
    check_outcome(list(waves.values()), outcome)
    moments, told = _moments(waves, years)
    refuse_breaks(waves, of, series)
    values, covariance, n, df = _estimates(waves, outcome, panel)
    around = moments - moments.mean()
    slope = contrast(values, covariance, around / (around @ around), df, ci_level)
    number = len(values)
    equal = np.column_stack([-np.ones(number - 1), np.eye(number - 1)])
    errors = np.sqrt(np.diag(covariance))
    names = list(waves)
    shown = moments.astype(int) if (moments == np.floor(moments)).all() else moments
    table = pd.DataFrame({"wave": names, "year": shown, "estimate": values, "se": errors, "n": n})
    return Trend(
        slope.estimate, slope.se, slope.ci_low, slope.ci_high, slope.p_value, df, slope.smallest_detectable,
        wald_test(values, covariance, equal, df),
        wald_test(values, covariance, _off_the_line(moments), df) if number > 2 else None,
        contrast(values, covariance, _bend(moments), df, ci_level) if number > 2 else None,
        _weighted(moments, values, errors), table, _steps(names, values, covariance, df),
        of, code, told, covariance, list(waves.values())[-1].codebook,
        tuple(survey.provenance for survey in waves.values()),
    )  # fmt: skip


def _weighted(moments: Floats, values: Floats, errors: Floats) -> Line:
    """The line with weights 1 / se^2; a wave in which everyone says the same has no such weight, so there is none."""
    if not (errors > 0).all():
        return Line(math.nan, math.nan, math.nan, len(values) - 2, math.nan)
    return line_through(moments.tolist(), values.tolist(), errors.tolist())


def _moments(waves: Mapping[Any, Survey], years: Sequence[float] | None) -> tuple[Floats, bool]:
    """The moment of each wave, and whether these are years that were told."""
    given: list[Any] = list(waves) if years is None else list(years)
    try:
        moments = np.array([float(year) for year in given])
    except (TypeError, ValueError):
        raise InputError(
            Problem("The waves are not named by a year.", do="Give years=[2024, 2025, 2026], one for each.")
        ) from None
    if len(moments) != len(waves) or not np.isfinite(moments).all() or (np.diff(moments) <= 0).any():
        raise InputError(
            Problem(f"The years are {said(str(given))}.", do="Give a rising year for each wave, the earliest first.")
        )
    counted = years is None and given == list(range(1, len(given) + 1)) and not wave_years(list(waves.values()))
    return moments, not counted


def refuse_breaks(waves: Mapping[Any, Survey], of: str, series: SurveySeries | str | None) -> None:
    """Stop at waves between which the question changed, unless someone declared that this is no break."""
    declared = read_series(series) if isinstance(series, str) else series
    lines = []
    for (first, before), (second, after) in itertools.pairwise(waves.items()):
        told = _declared_break(declared, first, second, with_sources(of, before.codebook, after.codebook))
        if told:
            lines.append(told)
            continue
        changes = [
            change
            for change in question_changes(before, after, of)
            if declared is None or not any(declared.is_harmless(first, second, one) for one in (of, change.variable))
        ]
        if changes:
            lines.append(
                f"'{of}' changed from {first} to {second} ({', '.join(_trait(change, of) for change in changes)}), and "
                "no series declares whether that is a break."
            )
    if lines:
        raise RefusedError(
            "\n".join(lines) + "\nA line is never drawn over a break. Give the waves on one side of it, link them with "
            "link_series(), or declare in data/series that the change does no harm, with the reason."
        )


def _declared_break(series: SurveySeries | None, first: Any, last: Any, names: Sequence[str]) -> str:
    """What a series says of a break of a variable, or of a question that it is derived from; empty without one."""
    told = (series.break_between(first, last, name) for name in names) if series is not None else iter(())
    return next(filter(None, told), "")


def _trait(change: QuestionChange, of: str) -> str:
    trait = change.trait.replace("_", " ")
    return trait if change.variable == of.split("[")[0] else f"{trait} of '{change.variable}', which it is made of"


def _estimates(
    waves: Mapping[Any, Survey], outcome: Outcome, panel: str | None
) -> tuple[Floats, Floats, list[int], float]:
    if panel is not None:
        whole = stack(waves, panel=panel)
        found = points_of(whole, outcome, [WAVE])
        at = [place for name in waves if (place := found.at((name,))) is not None]
        _need_all(waves, [found.n[place] for place in at])
        return found.values[at], found.covariance[np.ix_(at, at)], [found.n[place] for place in at], found.whole_df
    parts = [points_of(survey, outcome, []) for survey in waves.values()]
    values = np.concatenate([part.values for part in parts])
    covariance = np.diag([float(part.covariance[0, 0]) for part in parts])
    return values, covariance, [part.n[0] for part in parts], sum(part.whole_df for part in parts)


def _need_all(waves: Mapping[Any, Survey], answered: Sequence[int]) -> None:
    if len(answered) < len(waves):
        raise InputError(Problem("A wave has no answers to this question.", do="Leave that wave out."))


def _off_the_line(moments: Floats) -> Floats:
    """Rows that are nought for every straight line over the moments."""
    line = np.column_stack([np.ones(len(moments)), moments - moments.mean()])
    basis, _ = np.linalg.qr(line, mode="complete")
    return np.asarray(basis[:, 2:].T)


def _bend(moments: Floats) -> Floats:
    """The orthonormal quadratic contrast, as R's ``poly(year, 2)``."""
    around = moments - moments.mean()
    powers = np.column_stack([np.ones(len(around)), around, around**2])
    basis, triangle = np.linalg.qr(powers)
    return np.asarray(basis[:, 2] * np.sign(triangle[2, 2]))


def _steps(names: Sequence[Any], values: Floats, covariance: Floats, df: float) -> pd.DataFrame:
    """The changes from each wave to the next, corrected for their number by Holm's method."""
    rows = []
    for at in range(1, len(values)):
        weights = np.zeros(len(values))
        weights[at - 1], weights[at] = -1.0, 1.0
        made = contrast(values, covariance, weights, df)
        rows.append({"from": names[at - 1], "to": names[at], "change": made.estimate, "se": made.se,
                     "p_value": made.p_value})  # fmt: skip
    table = pd.DataFrame(rows)
    return table.assign(p_holm=holm(table["p_value"].tolist()))
