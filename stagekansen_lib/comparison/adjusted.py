"""Comparisons that hold other variables constant, by a regression model that fits the outcome."""

from __future__ import annotations

import contextlib
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.comparison.cases import Case, make_case, weighting_of
from stagekansen_lib.comparison.doubts import doubt_small_groups
from stagekansen_lib.comparison.effects import detectable_gap
from stagekansen_lib.comparison.few_clusters import (
    FEW_CLUSTERS,
    doubt_almost_nothing,
    doubt_few_clusters,
    fewest_clusters,
    refuse_one_cluster,
)
from stagekansen_lib.comparison.outcomes import group_outcomes
from stagekansen_lib.comparison.results import Comparison
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.models.fitting import link_slope
from stagekansen_lib.models.model_columns import given_column
from stagekansen_lib.models.regressing import present_answers, regress
from stagekansen_lib.models.regressions import Regression
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.false_positives import VarianceForm, model_form

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Mask


__all__ = ["compare_adjusted"]


_EFFECTS = {
    "gaussian": "difference_in_means",
    "poisson": "ratio_of_means",
    "binomial": "odds_ratio",
    "ordinal": "odds_ratio_higher",
}


def compare_adjusted(
    survey: Survey, of: str, by: str, adjust_for: list[str], *, code: Any = None, ci_level: float = 0.95,
    variance: str = "auto",
) -> Comparison:  # fmt: skip
    """``compare`` with other variables held constant, by the model that fits the kind of the outcome.

    Two groups: the effect is a difference (numbers), a ratio of means (counts) or an odds ratio (answers from a
    list; for ordered answers the odds of a higher one). More groups: the test is of all groups together, and the
    effect that of the last group against the first.
    """
    family = _family(survey, of, code)
    case = make_case(survey, of, by)
    variance = _variance(case, family, variance)
    found = regress(survey, of, [by, *adjust_for], family=family, code=code, ci_level=ci_level, variance=variance)
    place = np.where(_model_rows(survey, found), case.groups, -1)
    in_model = replace(case, groups=place, sizes=np.bincount(place[place >= 0], minlength=len(case.levels)))
    doubt_small_groups(in_model, f"{family} regression", forms=lambda: _variance_forms(survey, found, by))
    if variance != "cr2":
        doubt_few_clusters(in_model)
    test = found.test(by)
    at = [place for place, column in enumerate(found.columns) if column.term == by][-1]
    row = found.table.iloc[at]
    statistic, df, denominator = test.statistic, test.df, test.df_denominator
    if test.df == 1:
        statistic, df, denominator = float(row["statistic"]), float(row["df"]), math.nan
    seen = detectable_gap(float(row["se"]), float(row["df"]), ci_level)
    size = [float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"]), seen]
    if family != "gaussian":
        size = [math.exp(value) for value in size]
    answer = found.answers[-1] if family == "binomial" else None
    groups = group_outcomes(case, ci_level)
    corrected = " (cr2)" if variance == "cr2" else ""
    compared = Comparison(
        statistic, df, denominator, test.p_value, size[0], size[1], size[2], _EFFECTS[family], size[3],
        f"{family} regression{corrected}", of, by, groups, (case.levels[0], case.levels[-1]), found.n, ci_level,
        survey.codebook, survey.provenance, answer, adjusted_for=tuple(adjust_for),
        proportional_odds_p=_proportional_odds(survey, found), sizes=in_model.named_sizes,
        weighting=weighting_of(survey.design),
    )  # fmt: skip
    if variance == "cr2":
        doubt_almost_nothing(by, compared.df)
    return compared


def _variance(case: Case, family: str, variance: str) -> str:
    """The variance of the model: CR2 where clusters are few and it is known for this model, unless it was named."""
    if variance == "auto":
        fewest = fewest_clusters(case)
        few = fewest is not None and fewest < FEW_CLUSTERS and case.number == 2
        variance = "cr2" if few and family in ("gaussian", "binomial") else "design"
    if variance == "cr2":
        refuse_one_cluster(case)
    return variance


def _family(survey: Survey, of: str, code: Any) -> str:
    kind = survey.variable(of).kind
    family = {"ordinal": "ordinal", "count": "poisson", "number": "gaussian"}.get(kind, "binomial")
    if family != "binomial" and code is not None:
        raise InputError(Problem(f"code= is for the share of an answer: '{of}' is compared by a {family} model."))
    if family == "binomial" and code is None and len(present_answers(survey, of)) != 2:
        raise InputError(
            Problem(
                f"'{of}' has {len(present_answers(survey, of))} answers without an order.",
                do="Compare the share of one answer: give code=.",
            )
        )
    return family


def _proportional_odds(survey: Survey, found: Regression) -> float:
    """The p value of the check of an ordinal model; NaN for another model, or where there is no check."""
    if found.family == "ordinal" and survey.design.replicates is None:
        # Where a threshold model has no solution there is no check, and the comparison stands.
        with contextlib.suppress(InputError):
            return found.proportional_odds().p_value
    return math.nan


def _model_rows(survey: Survey, found: Regression) -> Mask:
    """The rows of the survey that a model rests on."""
    answered = survey.rows[[found.of, *found._rows.columns]].notna().all(axis=1).to_numpy()
    return np.asarray(answered & (survey.design.row_weights != 0))


def _variance_forms(survey: Survey, found: Regression, by: str) -> list[VarianceForm]:
    """How the variance of the adjusted difference between two groups comes about, or those of each group's mean.

    An ordinal model is taken as a linear one: what matters is how few answers tell the groups apart.
    """
    rows = np.flatnonzero(_model_rows(survey, found))
    columns = [column for column in found.columns if column.parts]
    x = np.column_stack([np.ones(len(rows)), *(given_column(found._rows, column) for column in columns)])
    w = found._weights / found._weights.mean()
    slope, variance = np.ones(len(rows)), np.ones(len(rows))
    if found.family in ("binomial", "poisson"):
        slope = link_slope(x @ found.coefficients, found.link)
        variance = slope  # with a logit and a log link
    inverse = np.linalg.inv((x * (w * slope**2 / variance)[:, None]).T @ x)
    place = [at + 1 for at, column in enumerate(columns) if column.term == by]
    if len(place) == 1:
        contrasts = [np.eye(x.shape[1])[place[0]]]
    else:
        average = np.average(x, axis=0, weights=w)
        average[place] = 0.0
        contrasts = [average, *(average + np.eye(x.shape[1])[at] for at in place)]
    return [model_form(rows, x, w, slope, variance, inverse, contrast) for contrast in contrasts]
