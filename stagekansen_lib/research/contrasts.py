"""Differences between several groups at once, two by two or as chosen weights, with p values for their number."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import said
from stagekansen_lib.comparison.corrections import BATTERY_CORRECTIONS, adjust_p_values
from stagekansen_lib.comparison.joint import single_step
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.models.margins import contrast_row
from stagekansen_lib.models.regressions import Regression
from stagekansen_lib.surveys.surveys import matching_answer

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["contrasts", "pairwise"]


@dataclass(frozen=True, eq=False)
class _Groups:
    """Estimates of groups with their joint covariance."""

    levels: tuple[Any, ...]
    values: Floats
    covariance: Floats
    df: float
    ci_level: float


def pairwise(
    found: EstimateTable | Regression, of: str | None = None, *, code: Any = None, correction: str = "holm"
) -> pd.DataFrame:
    """Every group against every other: differences with intervals, and p values corrected for their number.

    Parameters
    ----------
    found : estimates by one variable (a mean, or the share of one answer), or a regression.
    of : for a regression the variable whose answers are the groups: its margins are compared, with all other variables
        in the model held as they are.
    code : for an ordinal model the answer of the outcome.
    correction : "holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli", "max_t" (takes
        into account how the differences go together, as Tukey's) or "none".

    Returns
    -------
    DataFrame : group, against, estimate (group minus against, on the scale of the outcome; shares -1 to 1), se, ci_low,
        ci_high (of each difference by itself), p_value, p_adjusted.

    Raises
    ------
    InputError : estimates that are not of groups of one variable; an unknown variable or correction.

    Notes
    -----
    c'm with variance c'V c and t with the degrees of freedom of the design (of a model: its residual ones). R's
    ``svycontrast`` gives the same estimates and standard errors. "max_t": Hothorn, Bretz and Westfall (2008),
    doi:10.1002/bimj.200810425 (single step).

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.estimation.means import mean
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> frame = pd.DataFrame({"school": ["a", "b", "c"] * 20, "hours": [8.0, 9, 11, 7, 9, 12] * 10})
    >>> found = pairwise(mean(survey_from_frame(frame), "hours", "school"))
    >>> found[["group", "against"]].values.tolist(), found["estimate"].tolist()
    ([['b', 'a'], ['c', 'a'], ['c', 'b']], [1.5, 4.0, 2.5])
    """
    groups = _groups(found, of, code)
    pairs = list(itertools.combinations(range(len(groups.levels)), 2))
    weights = np.zeros((len(pairs), len(groups.levels)))
    for row, (first, second) in enumerate(pairs):
        weights[row, second], weights[row, first] = 1.0, -1.0
    named = [{"group": groups.levels[second], "against": groups.levels[first]} for first, second in pairs]
    return _table(groups, named, weights, correction)


def contrasts(
    found: EstimateTable | Regression, weights: Mapping[str, Mapping[Any, float]], of: str | None = None, *,
    code: Any = None, correction: str = "holm",
) -> pd.DataFrame:  # fmt: skip
    """Weighted sums of the estimates of groups, such as one group against the mean of two others.

    Parameters
    ----------
    found, of, code, correction : as for ``pairwise``.
    weights : name of each contrast -> the weight of each group; groups that are left out have 0. Such as
        ``{"mbo against the rest": {"mbo": 1, "hbo": -0.5, "wo": -0.5}}``.

    Returns
    -------
    DataFrame : contrast, estimate, se, ci_low, ci_high, p_value, p_adjusted, as for ``pairwise``.

    Raises
    ------
    InputError : as ``pairwise``; no contrast; a group that does not exist; weights that are no numbers.

    Notes
    -----
    See ``pairwise``. Checked against R's ``svycontrast``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.estimation.means import mean
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> frame = pd.DataFrame({"school": ["a", "b", "c"] * 20, "hours": [8.0, 9, 11, 7, 9, 12] * 10})
    >>> means = mean(survey_from_frame(frame), "hours", "school")
    >>> contrasts(means, {"c against the rest": {"c": 1, "a": -0.5, "b": -0.5}})["estimate"].tolist()
    [3.25]
    """
    groups = _groups(found, of, code)
    if (
        not isinstance(weights, Mapping)
        or not weights
        or not all(isinstance(w, Mapping) and w for w in weights.values())
    ):
        raise InputError(Problem(f"weights is {said(weights)}.", do='Give {"a against b": {"a": 1, "b": -1}}.'))
    rows, problems = np.zeros((len(weights), len(groups.levels))), []
    for at, (name, given) in enumerate(weights.items()):
        for level, weight in given.items():
            known = matching_answer(level, groups.levels)
            number = isinstance(weight, (int, float)) and not isinstance(weight, bool) and math.isfinite(weight)
            if known not in groups.levels:
                problems.append(
                    Problem(f"There is no group {level!r}.", f"contrast '{name}'", did_you_mean(level, groups.levels))
                )
            elif not number:
                problems.append(
                    Problem(f"The weight of {level!r} is {said(weight)}.", f"contrast '{name}'", "Give a number.")
                )
            else:
                rows[at, groups.levels.index(known)] = weight
    if problems:
        raise InputError(problems)
    return _table(groups, [{"contrast": name} for name in weights], rows, correction)


def _table(groups: _Groups, named: list[dict[str, Any]], weights: Floats, correction: str) -> pd.DataFrame:
    if correction not in BATTERY_CORRECTIONS:
        raise InputError(
            Problem(f"correction is {said(correction)}.", do=did_you_mean(str(correction), BATTERY_CORRECTIONS))
        )
    sized = [contrast_row(groups.values, groups.covariance, each, groups.df, groups.ci_level) for each in weights]
    table = pd.DataFrame([{**name, **size} for name, size in zip(named, sized, strict=True)])
    p_values = table["p_value"].to_numpy()
    if not np.isfinite(p_values).all():
        raise InputError(
            Problem(
                "A difference has no standard error: too few clusters, or no differences within groups.",
                do="Merge groups, or show the estimates.",
            )
        )
    if correction == "max_t":
        table["p_adjusted"] = single_step(weights @ groups.covariance @ weights.T, p_values, groups.df)
    else:
        table["p_adjusted"] = adjust_p_values(p_values.tolist(), correction)
    return table


def _groups(found: EstimateTable | Regression, of: str | None, code: Any) -> _Groups:
    if isinstance(found, Regression):
        return _groups_of_model(found, of, code)
    if not isinstance(found, EstimateTable):
        raise InputError(
            Problem(
                f"found is {said(found)}.", do="Give mean(survey, ..., by=...), share(..., code=...) or a regress()."
            )
        )
    if len(found.by) != 1 or "code" in found.table.columns or "q" in found.table.columns or len(found) < 2:
        raise InputError(
            Problem(
                "These are no estimates of the groups of one variable.",
                do="Give by= one variable, and for a share code= one answer.",
            )
        )
    levels = tuple(found.table[found.by[0]].tolist())
    df = float(found.df) - (len(levels) - 1)
    return _Groups(levels, found.table["estimate"].to_numpy(), found.covariance, df, found.ci_level)


def _groups_of_model(found: Regression, of: str | None, code: Any) -> _Groups:
    if of is None:
        raise InputError(Problem("A regression has no groups of its own.", do="Name the variable: of='level'."))
    margins = found.margin_estimates(of)
    answers = margins.answers
    at = 0
    if answers != (None,):
        chosen = matching_answer(code, answers)
        if chosen not in answers:
            raise InputError(
                Problem(
                    "An ordinal model has a margin for each answer.", do=f"Give code=: {did_you_mean(code, answers)}"
                )
            )
        at = answers.index(chosen)
    elif code is not None:
        raise InputError(Problem("code= is for the answers of an ordinal model.", do="Leave it out."))
    own = np.arange(len(margins.levels)) * len(answers) + at
    return _Groups(
        margins.levels, margins.values[own], margins.covariance[np.ix_(own, own)], margins.df, margins.ci_level
    )
