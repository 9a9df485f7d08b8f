"""Sensitivity to self-selection for means and ordered answers: taking part that goes up with the answer step by step.

Of a yes or no one number says how strongly taking part depended on it (``sensitivity``). Of a scale or a number that is
the same with a number for each step: who answers one step higher took part so many times as often.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import optimize

from stagekansen_lib.arguments import said
from stagekansen_lib.comparison.cases import Case, make_case
from stagekansen_lib.comparison.outcomes import ordered_values
from stagekansen_lib.comparison.results import Comparison
from stagekansen_lib.comparison.small_samples import share_below
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey, need_survey
from stagekansen_lib.surveys.words import group_text, precise_writer, ratio_writer, readable, variable_text
from stagekansen_lib.wording import chosen_language, say

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["GradedSelection", "sensitivity_to_graded_selection"]

_STEPS = (1.0, 1.1, 1.25, 1.5, 2.0)

# Stronger than this, for each step, is no self-selection that anybody can mean.
_STRONGEST = 1e4

_EFFECTS = {"difference_in_means": 0.0, "ratio_of_means": 1.0, "probability_of_superiority": 0.5}


@dataclass(frozen=True, eq=False)
class GradedSelection:
    """The strength of self-selection along a scale at which a finding turns. For the team: it may rest on small groups.

    Parameters
    ----------
    tipping_point : how many times as often people took part for each ``unit`` that their answer is higher, 1 or more,
        in the group with the higher answers and not in the other (for one mean: higher when it is above ``against``,
        else lower).
    tipping_point_both : the same when it works the opposite way in both groups; None for one mean.
    tipping_point_limit : the same for the limit of the interval nearest to the target; 1 when that is past it already.
    unit : "step" (one answer further on the list) or "deviation" (one standard deviation).
    table : times (as often, for each unit), estimate: the effect, or the mean, that then remains.
    against : the value at which the finding turns.
    of, by, levels, upward : the variable, the groups, and whether the effect (or mean) is above ``against``.
    codebook, provenance : labels, and what a reader must know.
    """

    tipping_point: float
    tipping_point_both: float | None
    tipping_point_limit: float
    unit: str
    table: pd.DataFrame
    against: float
    of: str
    by: str
    levels: tuple[Any, ...]
    upward: bool
    codebook: Codebook
    provenance: Provenance

    def sentence(self, language: str | None = None) -> str:
        """What self-selection it would take, in plain sentences.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        chosen = chosen_language(language)
        write = ratio_writer(1.0, max(self.tipping_point, 1.01), chosen)
        target = precise_writer(math.nan, chosen)(self.against)
        words = {
            "of": variable_text(self.codebook, self.of, chosen),
            "unit": say(f"graded_selection.{self.unit}", chosen),
            "point": write(self.tipping_point),
            "limit": write(self.tipping_point_limit),
            "both": "" if self.tipping_point_both is None else write(self.tipping_point_both),
            "against": target,
            "target": say("graded_selection.same", chosen) if self.by else target,
            "unit_less": say(f"graded_selection.{self.unit}_less", chosen),
        }
        keys = ["groups" if self.by else "one" if self.upward else "one_less"]
        if self.by:
            first, second = (group_text(self.codebook, self.by, level, chosen) for level in self.levels)
            words["high"], words["low"] = (second, first) if self.upward else (first, second)
            keys.append("both")
        keys.append("limit" if self.tipping_point_limit > 1 else "fragile")
        parts = [say("sentences.synthetic", chosen)] if self.provenance.synthetic else []
        parts += [say(f"graded_selection.{key}", chosen, **words) for key in keys]
        return " ".join([*parts, say("sensitivity.unknown", chosen)])

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False, float_format=readable)}\n{self.sentence('en')}"


def sensitivity_to_graded_selection(
    survey: Survey, found: Comparison | EstimateTable, *, against: float | None = None
) -> GradedSelection:
    """How strongly taking part must go up with an answer, step by step, for a finding about means or a scale to turn.

    Parameters
    ----------
    survey : the survey that was compared.
    found : a comparison of numbers or of ordered answers between two groups (not adjusted), or the mean of everyone.
    against : for a mean: the value at which the finding turns. Not for a comparison: that turns where nothing differs.

    Returns
    -------
    GradedSelection : see there; with a sentence and a table.

    Raises
    ------
    InputError : another effect, more groups, or an adjusted comparison; a comparison of another survey; a mean without
        ``against``; a value that no self-selection of this kind leads to.

    Notes
    -----
    Who answers z (places on a list, or standard deviations) took part exp(g z) times as often, so everyone together is
    the respondents with weights times exp(-g z); the finding turns at the g that takes its effect to nothing. For a yes
    or no it is the odds of ``sensitivity_to_selection``, and for normal numbers exp(gap / sd). For the limit of the
    interval the standard error is taken as it is. Exponential tilting: Scharfstein, Rotnitzky and Robins (1999),
    doi:10.1080/01621459.1999.10473862. Checked against both closed forms and by simulated populations.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.estimation.means import mean
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": [5.0, 6, 7, 8, 9, 10, 11] * 10}))
    >>> found = sensitivity_to_graded_selection(survey, mean(survey, "hours"), against=7.0)
    >>> found.unit, round(found.tipping_point, 2)
    ('deviation', 1.7)
    """
    need_survey(survey)
    if isinstance(found, EstimateTable):
        return _of_mean(survey, found, against)
    if not isinstance(found, Comparison):
        raise InputError(Problem(f"found is {said(found)}.", do="Give compare(...) of two groups, or a mean(...)."))
    if against is not None:
        raise InputError(Problem("A comparison turns where the groups are equal.", do="Leave out against=."))
    return _of_comparison(survey, found)


def _of_mean(survey: Survey, found: EstimateTable, against: float | None) -> GradedSelection:
    if found.statistic != "mean" or len(found) != 1 or found.by:
        raise InputError(Problem("This needs the mean of everyone.", do="Call mean(survey, of) without by=."))
    if isinstance(against, bool) or not isinstance(against, (int, float)) or not math.isfinite(against):
        raise InputError(Problem(f"against is {said(against)}.", do="Give the value at which the finding turns."))
    values, w = survey.numbers(found.of), survey.design.row_weights
    used = np.isfinite(values) & (w > 0)
    values, w = values[used], w[used]
    unit, z = _units(survey, found.of, values, w)
    row = found.table.iloc[0]
    estimate = float(row["estimate"])
    upward = estimate >= against
    side = 1 if upward else -1

    def remaining(g: float) -> float:
        return _tilted_mean(values, w, z, side * g)

    limit = float(row["ci_low"] if upward else row["ci_high"])
    point = _turn(remaining, float(against))
    passed = side * (limit - against) <= 0
    at_limit = 1.0 if passed else _turn(remaining, estimate - (limit - against))
    return GradedSelection(
        point, None, at_limit, unit, _table(remaining, point), float(against), found.of, "", (), upward,
        found.codebook, found.provenance,
    )  # fmt: skip


def _of_comparison(survey: Survey, found: Comparison) -> GradedSelection:
    if found.effect_name not in _EFFECTS or found.adjusted_for or len(found.levels) != 2 or len(found.sizes) != 2:
        raise InputError(
            Problem(
                f"The comparison of '{found.of}' is not one of numbers or ordered answers in two groups.",
                do="Compare two groups without adjust_for=; for the share of an answer sensitivity_to_selection().",
            )
        )
    case = make_case(survey, found.of, found.by)
    if case.named_sizes != found.sizes:
        raise InputError(Problem("This comparison is of another survey.", do="Give the survey that was compared."))
    same = _EFFECTS[found.effect_name]
    upward = found.effect >= same
    one, both, unit = _effects(case, found.effect_name, upward=upward)
    limit = found.ci_low if upward else found.ci_high
    passed = (limit - same) * (1 if upward else -1) <= 0 or not math.isfinite(limit)
    point = _turn(one, same)
    at_limit = 1.0 if passed else _turn(one, _as_far(found.effect_name, found.effect, limit))
    return GradedSelection(
        point, _turn(both, same), at_limit, unit, _table(one, point), same, found.of, found.by, found.levels, upward,
        found.codebook, found.provenance,
    )  # fmt: skip


def _as_far(name: str, effect: float, limit: float) -> float:
    """The effect of which the interval just touches nothing: as far from the limit as the one that was found."""
    if name == "difference_in_means":
        return effect - limit
    if name == "ratio_of_means":
        return effect / limit
    odds = effect / (1 - effect) / (limit / (1 - limit))
    return odds / (1 + odds)


def _effects(case: Case, name: str, *, upward: bool) -> tuple[Callable[[float], float], Callable[[float], float], str]:
    """The effect that remains at a strength, when the higher group alone chose, and when both did the opposite way."""
    values, weights = ordered_values(case), case.survey.design.row_weights
    used = case.used & np.isfinite(values)
    unit, z = _units(case.survey, case.of, values[used], weights[used])
    own, y, w = case.groups[used], values[used], weights[used]
    high = 1 if upward else 0

    def remaining(of_high: float, of_low: float) -> float:
        tilt = np.where(own == high, of_high, of_low)
        # Within each group the size of the weights does not matter; this keeps them from running off.
        moved = w * np.exp(-tilt * (z - np.where(tilt > 0, z.min(), z.max())))
        return _effect(y, moved, own, name)

    return (lambda g: remaining(g, 0.0)), (lambda g: remaining(g, -g)), unit


def _effect(values: Floats, weights: Floats, groups: Any, name: str) -> float:
    parts = [(values[groups == at], weights[groups == at]) for at in (0, 1)]
    if name == "probability_of_superiority":
        (first, w_first), (second, w_second) = parts
        return float(np.average(share_below(second, first, w_first), weights=w_second))
    lower, higher = (float(np.average(part, weights=own)) for part, own in parts)
    return higher / lower if name == "ratio_of_means" else higher - lower


def _units(survey: Survey, of: str, values: Floats, weights: Floats) -> tuple[str, Floats]:
    """The outcome in steps of its list, or in standard deviations."""
    if survey.variable(of).kind in ("ordinal", "nominal"):
        return "step", values
    middle = np.average(values, weights=weights)
    deviation = math.sqrt(float(np.average((values - middle) ** 2, weights=weights)))
    if not deviation > 0:
        raise InputError(Problem(f"Everyone gives the same answer to '{of}': there is nothing to turn."))
    return "deviation", values / deviation


def _tilted_mean(values: Floats, weights: Floats, z: Floats, g: float) -> float:
    moved = weights * np.exp(-g * (z - (z.min() if g > 0 else z.max())))
    return float(np.average(values, weights=moved))


def _turn(remaining: Callable[[float], float], target: float) -> float:
    """How many times as often for each unit takes what remains to the target."""
    start = remaining(0.0) - target
    if abs(start) < 1e-12:
        return 1.0
    high = 0.25
    while (remaining(high) - target) * start > 0:
        high *= 2
        if high > math.log(_STRONGEST):
            raise InputError(
                Problem(
                    "No self-selection of this kind turns this finding: it would have to be more than "
                    f"{_STRONGEST:,.0f} times for each step.",
                    do="The answers do not go that far.",
                )
            )
    return math.exp(float(optimize.brentq(lambda g: remaining(g) - target, 0.0, high, xtol=1e-12)))


def _table(remaining: Callable[[float], float], point: float) -> pd.DataFrame:
    times = sorted({step for step in _STEPS if abs(step / point - 1) > 0.02} | {point, 1.3 * point})
    return pd.DataFrame({"times": times, "estimate": [remaining(math.log(each)) for each in times]})
