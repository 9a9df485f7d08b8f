"""Difference in differences: did the treated group change otherwise than the others? With its placebo."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from stagekansen_lib.arguments import some_share
from stagekansen_lib.effects.enumerating import Counted, randomise, wild_bootstrap
from stagekansen_lib.effects.parts import (
    Prepared,
    check_method,
    outcome_values,
    prepare,
    settled,
    side_of,
    with_clusters,
)
from stagekansen_lib.effects.results import Effect
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.cluster_variance import cluster_variance
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.estimation.variance import linearised_covariance
from stagekansen_lib.models.fitting import fit_glm
from stagekansen_lib.surveys.designs import degrees_of_freedom
from stagekansen_lib.surveys.surveys import Survey, matching_answer, need_survey, subset
from stagekansen_lib.waves.wald import holm
from stagekansen_lib.wording import chosen_language, say

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers

__all__ = ["PreTrend", "difference_in_differences", "pre_trend"]

METHODS = ("design", "cr2", "wild_bootstrap", "randomisation")


def difference_in_differences(
    survey: Survey,
    of: str,
    *,
    group: str,
    wave: str,
    code: Any = None,
    method: str = "design",
    clusters: str | None = None,
    treated: Any = None,
    after: Any = None,
    ci_level: float = 0.95,
) -> Effect:
    """How much more the treated group changed than the others.

    Parameters
    ----------
    survey : both waves in one survey (``stack``).
    of : the outcome, a number; or with ``code`` the answer whose share is followed.
    group : the variable that says who was treated: 1 and 0, or two answers of which the last is the treated one.
    wave : the variable that says when: 0 and 1, or two answers of which the last is after.
    code : an answer, or a list of answers.
    method : "design" (the linear model of the survey, as ``regress``), "cr2" (the same with a correction for few
        clusters), "wild_bootstrap" (every pattern of signs of the clusters, the null imposed; for some ten clusters) or
        "randomisation" (one change a cluster, every way in which as many clusters could have been treated; when few
        are).
    clusters : the column of schools or groups, when the survey was not made with clusters.
    treated, after : the answers that mean treated and after, where these are not the last.
    ci_level : level of the interval; the intervals of "wild_bootstrap" and "randomisation" are always of 95%.

    Returns
    -------
    Effect : estimate, se, df, ci_low, ci_high, p_value, method, n. ``details`` has what belongs to the method: numbers
        of patterns and assignments, one-sided tests. A randomisation test has no standard error.

    Raises
    ------
    InputError : an unknown variable, answer or method; a group or wave without two answers; no clusters where the
        method needs them; for "randomisation" a cluster of both groups, or of one wave.

    Notes
    -----
    The coefficient of treated x after of y = a + b treated + c after + d treated x after. "design": degrees of freedom
    clusters minus strata plus one minus four. It rests on parallel trends: see ``pre_trend``. Checked against R's
    ``svyglm`` and clubSandwich, all 4,096 patterns of signs, all assignments, and Card and Krueger (1994).

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> rows = [(treated, after, 6.0 + treated + at + 2 * treated * after)
    ...         for treated in (0, 1) for after in (0, 1) for at in range(5)]
    >>> survey = survey_from_frame(pd.DataFrame(rows, columns=["treated", "after", "score"]))
    >>> found = difference_in_differences(survey, of="score", group="treated", wave="after")
    >>> round(found.estimate, 2), found.df
    (2.0, 16.0)
    """
    need_survey(survey)
    check_method(method, METHODS)
    some_share("ci_level", ci_level, 0.95)
    survey = with_clusters(survey, clusters)
    sides = (side_of(survey, group, treated, "group")[0], side_of(survey, wave, after, "wave")[0])
    given = prepare(survey, outcome_values(survey, of, code), sides)
    _need_four(given, group, wave)
    found = _found(survey, given, method, ci_level)
    return Effect(
        *found.figures, method, len(given.y), given.number, "difference_in_differences", of, code, found.details,
        survey.codebook, survey.provenance,
    )  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """Estimate, se, df, ci_low, ci_high and p value, and what else the method gives."""

    figures: tuple[float, float, float, float, float, float]
    details: dict[str, float]


def _need_four(given: Prepared, group: str, wave: str) -> None:
    cells = {(float(one), float(other)) for one, other in zip(*given.sides, strict=True)}
    if len(cells) < 4:
        raise InputError(
            Problem(f"'{group}' and '{wave}' do not make four groups with answers.", do="Both groups need both waves.")
        )


def _matrix(given: Prepared) -> Floats:
    treated, after = given.sides
    return np.column_stack([np.ones(len(treated)), treated, after, treated * after])


def _with_t(y: Floats, estimate: float, se: float, df: float, ci_level: float) -> _Found:
    estimate, se = settled(estimate, y), settled(se, y)
    half = t_quantile(ci_level, df) * se
    p_value = float(2 * stats.t.sf(abs(estimate) / se, df)) if se > 0 and df > 0 else math.nan
    return _Found((estimate, se, df, estimate - half, estimate + half, p_value), {})


def _by_design(survey: Survey, given: Prepared, ci_level: float) -> _Found:
    fit = fit_glm(_matrix(given), given.y, given.weights, "gaussian", "identity")
    if survey.design.replicates is not None:
        raise InputError(Problem("This design has replicate weights.", do="Give the survey before replicate()."))
    influence = np.zeros((len(given.used), 4))
    influence[given.used] = fit.influence
    covariance = linearised_covariance(survey.design, influence)
    df = float(degrees_of_freedom(survey.design, given.used) + 1 - 4)
    if not df > 0:
        raise InputError(
            Problem(f"There are too few clusters ({given.number}) for this model.", do="Use method='randomisation'.")
        )
    return _with_t(given.y, float(fit.coefficients[3]), math.sqrt(covariance[3, 3]), df, ci_level)


def _by_cr2(given: Prepared, ci_level: float) -> _Found:
    clusters, x, w = given.need_clusters("cr2"), _matrix(given), given.weights / given.weights.mean()
    fit = fit_glm(x, given.y, given.weights, "gaussian", "identity")
    found = cluster_variance(x, w, given.y - x @ fit.coefficients, clusters)
    se, df = math.sqrt(found.covariance[3, 3]), found.df(np.eye(4)[3])
    return _with_t(given.y, float(fit.coefficients[3]), se, df, ci_level)


def _by_signs(given: Prepared) -> _Found:
    clusters = given.need_clusters("wild_bootstrap")
    test, details = wild_bootstrap(_matrix(given), given.weights, given.y, clusters, 3)
    se = details.pop("se_CR1S")
    if settled(se, given.y) == 0 and settled(test.estimate, given.y) == 0:
        # All clusters moved alike to the last digit: patterns of rounding are no test.
        return _Found((0.0, 0.0, float(given.number - 1), 0.0, 0.0, math.nan), {})
    figures = (test.estimate, se, float(given.number - 1), test.low, test.high, test.p_value)
    return _Found(figures, {**_counts(test), **details})


def _by_assignments(given: Prepared) -> _Found:
    changes, treated = cluster_changes(given)
    test = randomise(changes, treated)
    estimate, low, high = (settled(value, given.y) for value in (test.estimate, test.low, test.high))
    figures = (estimate, math.nan, math.nan, low, high, test.p_value)
    return _Found(figures, _counts(test))


def _counts(test: Counted) -> dict[str, float]:
    return {
        "ways": test.ways, "exact": float(test.exact), "count_two_sided": test.two_sided,
        "count_greater": test.greater, "p_greater": test.greater / test.ways, "count_less": test.less,
        "p_less": test.less / test.ways,
    }  # fmt: skip


def _found(survey: Survey, given: Prepared, method: str, ci_level: float) -> _Found:
    if method == "cr2":
        return _by_cr2(given, ci_level)
    if method == "wild_bootstrap":
        return _by_signs(given)
    return _by_assignments(given) if method == "randomisation" else _by_design(survey, given, ci_level)


def cluster_changes(given: Prepared) -> tuple[Floats, Integers]:
    """The weighted change of each cluster, and whether it was treated."""
    clusters, (treated, after) = given.need_clusters("randomisation"), given.sides
    number = given.number
    share = np.bincount(clusters, treated, minlength=number) / np.bincount(clusters, minlength=number)
    torn = int(((share > 0) & (share < 1)).sum())
    means = []
    for side in (0.0, 1.0):
        w = given.weights * (after == side)
        with np.errstate(invalid="ignore", divide="ignore"):
            means.append(np.bincount(clusters, w * given.y, minlength=number) / np.bincount(clusters, w, number))
    changes = means[1] - means[0]
    lone = int(np.isnan(changes).sum())
    problems = []
    if torn:
        problems.append(Problem(f"{torn} clusters are treated in part.", do="Assign whole clusters, or use 'cr2'."))
    if lone:
        problems.append(Problem(f"{lone} clusters have answers in one wave only.", do="Leave them out: subset()."))
    if problems:
        raise InputError(problems)
    return changes, np.asarray(np.round(share), dtype=np.intp)


@dataclass(frozen=True, eq=False)
class PreTrend:
    """Whether the groups changed alike before the intervention. For the team.

    Parameters
    ----------
    table : one row for each two earlier waves that follow each other: from, to, estimate (a difference in differences
        where nothing happened), se, df, ci_low, ci_high, p_value, p_holm.
    passed : True when no such placebo effect is shown (p_holm of 5% or more); it also passes when waves are too small
        to show one, which ``smallest_detectable`` tells.
    smallest_detectable : the largest of what the rows could have shown.
    """

    table: pd.DataFrame
    passed: bool
    smallest_detectable: float

    def sentence(self, language: str | None = None) -> str:
        """Whether the groups changed alike, in plain words."""
        chosen = chosen_language(language)
        return say(f"interventions.placebo_{'passed' if self.passed else 'failed'}", chosen, waves=len(self.table) + 1)

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False)}\n{self.sentence('en')}"


def pre_trend(
    survey: Survey,
    of: str,
    *,
    group: str,
    wave: str,
    start: Any,
    code: Any = None,
    method: str = "design",
    clusters: str | None = None,
    treated: Any = None,
) -> PreTrend:
    """The placebo of a difference in differences: the same between the waves before the intervention.

    Parameters
    ----------
    survey : all waves in one survey (``stack``).
    of, group, code, method, clusters, treated : as for ``difference_in_differences``.
    wave : the variable of the waves, in order.
    start : the first wave after the intervention began; waves from it on are left out.

    Returns
    -------
    PreTrend : see there.

    Raises
    ------
    InputError : fewer than two waves before ``start``; as ``difference_in_differences``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> rows = [(treated, wave, 6.0 + treated + wave + at)
    ...         for treated in (0, 1) for wave in (1, 2, 3) for at in range(5)]
    >>> survey = survey_from_frame(pd.DataFrame(rows, columns=["treated", "wave", "score"]))
    >>> pre_trend(survey, of="score", group="treated", wave="wave", start=3).passed
    True
    """
    need_survey(survey)
    encoded = survey.encoded(wave)
    waves = [level for level, count in zip(encoded.levels, encoded.counts[:-1], strict=True) if count]
    first = matching_answer(start, waves)
    if first not in waves:
        raise InputError(Problem(f"'{wave}' has no wave {start!r}.", do="Give the first wave after the start."))
    earlier = waves[: waves.index(first)]
    if len(earlier) < 2:
        raise InputError(
            Problem(f"There are {len(earlier)} waves before the start.", do="A placebo needs two waves before it.")
        )
    rows = [
        _placebo(survey, (before, after), of, group, wave, code, method, clusters, treated)
        for before, after in itertools.pairwise(earlier)
    ]
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p_value"].tolist())
    passed = bool((table["p_holm"] >= 0.05).all())
    detectable = float(table.pop("smallest").max())
    return PreTrend(table, passed, detectable)


def _placebo(
    survey: Survey, pair: Sequence[Any], of: str, group: str, wave: str, code: Any, method: str,
    clusters: str | None, treated: Any,
) -> dict[str, Any]:  # fmt: skip
    part = subset(survey, {wave: list(pair)})
    found = difference_in_differences(
        replace(part, _encoded={}), of, group=group, wave=wave, code=code, method=method, clusters=clusters,
        treated=treated, after=pair[1],
    )  # fmt: skip
    names = ("estimate", "se", "df", "ci_low", "ci_high", "p_value")
    figures = {name: getattr(found, name) for name in names}
    return {"from": pair[0], "to": pair[1], **figures, "smallest": found.smallest_detectable}
