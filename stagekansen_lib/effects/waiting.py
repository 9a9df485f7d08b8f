"""Waiting-list groups: some groups take a workshop first, the others later; the group is what was assigned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import linalg, stats

from stagekansen_lib.arguments import some_share
from stagekansen_lib.effects.enumerating import Counted, permute, sign_patterns
from stagekansen_lib.effects.parts import Prepared, check_method, outcome_values, prepare, side_of, with_clusters
from stagekansen_lib.effects.results import Effect
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.cluster_variance import cluster_variance
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.surveys.surveys import Survey, need_survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers

__all__ = ["GroupSpread", "group_spread", "waiting_list"]

# Estimate, se, df, ci_low, ci_high and p value.
_Figures = tuple[float, float, float, float, float, float]

METHODS = ("means", "covariance", "permutation", "cr2")


def waiting_list(
    survey: Survey,
    of: str,
    *,
    group: str,
    treated: str,
    code: Any = None,
    method: str = "means",
    before: str | None = None,
    pair: str | None = None,
    ci_level: float = 0.95,
) -> Effect:
    """The difference between groups that had a workshop and groups that still waited, with the group as the unit.

    Parameters
    ----------
    survey : the answers at the time when only the first groups had had it.
    of : the outcome, a number; or with ``code`` the answer whose share counts.
    group : the column of groups (classes, schools) that were assigned.
    treated : the variable that says which groups came first: 1 and 0, or two answers of which the last is treated.
    code : an answer, or a list of answers.
    method : "means" (t test on the means of the groups), "covariance" (the same with the mean before as covariate),
        "permutation" (every way in which as many groups could have come first; with ``before`` of what the mean
        before leaves) or "cr2" (the students, clustered by group).
    before : the outcome before the start. For "covariance" it is the column "before" when left out. With "means" the
        test is of the change.
    pair : a column of pairs of groups, one of each first: the test is then of the differences within pairs.
    ci_level : level of the interval.

    Returns
    -------
    Effect : as ``difference_in_differences``. ``details`` has for "means" the test with unequal spread (welch_*), the
        one weighted by size (by_size_*), and the spread of groups: icc and design_effect.

    Raises
    ------
    InputError : an unknown variable or method; a group of both arms; fewer than two groups an arm; no column before;
        pairs that are no pairs.

    Notes
    -----
    Every group counts the same in "means" and "permutation", whatever its size. Checked against R's t.test, lm, all
    assignments, and clubSandwich. An analysis as if students had been assigned one by one finds effects that are not
    there.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> rows = [(at, at % 2, 50.0 + at + 4 * (at % 2) + one) for at in range(8) for one in range(3)]
    >>> survey = survey_from_frame(pd.DataFrame(rows, columns=["class", "first", "score"]))
    >>> found = waiting_list(survey, of="score", group="class", treated="first", method="permutation")
    >>> found.estimate, found.details["ways"], round(found.p_value, 3)
    (5.0, 70, 0.057)
    """
    need_survey(survey)
    check_method(method, METHODS)
    some_share("ci_level", ci_level, 0.95)
    survey = with_clusters(survey, group)
    start = _before(survey, before, method)
    sides = (side_of(survey, treated, None, "treated")[0], *([] if start is None else [start]))
    given = prepare(survey, outcome_values(survey, of, code), sides)
    means = _means(given)
    pairs = None if pair is None else _pairs(survey, given, means, pair)
    figures, details = _found(given, means, method, pairs, ci_level)
    return Effect(
        *figures, method, len(given.y), given.number, "waiting_list", of, code, details, survey.codebook,
        survey.provenance,
    )  # fmt: skip


def _before(survey: Survey, before: str | None, method: str) -> Floats | None:
    if before is None and method == "covariance":
        if "before" not in survey.rows.columns:
            raise InputError(Problem("A covariate needs the outcome before the start.", do="Give before='column'."))
        before = "before"
    if method == "cr2" or before is None:
        return None
    return survey.numbers(before)


@dataclass(frozen=True, eq=False)
class _Means:
    """The mean of each group, which arm it was in, how large it is, and its mean before (None: not asked)."""

    values: Floats
    arm: Integers
    sizes: Floats
    before: Floats | None


def _means(given: Prepared) -> _Means:
    clusters, number = given.need_clusters("means"), given.number
    sizes = np.bincount(clusters, minlength=number).astype(float)
    arm = np.bincount(clusters, given.sides[0], minlength=number) / sizes
    torn = int(((arm > 0) & (arm < 1)).sum())
    if torn:
        raise InputError(Problem(f"{torn} groups are in both arms.", do="A group comes first or waits, as a whole."))
    if min(arm.sum(), number - arm.sum()) < 2:
        raise InputError(Problem("An arm has fewer than two groups.", do="Take two groups or more in each arm."))
    whole = np.bincount(clusters, given.weights, minlength=number)

    def of(values: Floats) -> Floats:
        return np.asarray(np.bincount(clusters, given.weights * values, minlength=number) / whole)

    before = of(given.sides[1]) if len(given.sides) > 1 else None
    return _Means(of(given.y), np.round(arm).astype(np.intp), sizes, before)


def _found(
    given: Prepared, means: _Means, method: str, pairs: Floats | None, ci_level: float
) -> tuple[_Figures, dict[str, float]]:
    if pairs is not None:
        return _paired(pairs, method, ci_level)
    if method == "cr2":
        return _students(given, ci_level), {}
    if method == "covariance":
        return _covariance(means, ci_level)
    if method == "permutation":
        values = means.values if means.before is None else _left_by(means.values, means.before)
        test = permute(values, means.arm)
        return _of_count(test)
    values = means.values if means.before is None else means.values - means.before
    return _t_test(values, means.arm, ci_level), _other_tests(values, means, given)


def _of_count(test: Counted) -> tuple[_Figures, dict[str, float]]:
    nothing = math.nan
    details = {
        "ways": test.ways, "exact": float(test.exact), "count_two_sided": test.two_sided,
        "count_greater": test.greater, "p_greater": test.greater / test.ways, "count_less": test.less,
    }  # fmt: skip
    return (test.estimate, nothing, nothing, nothing, nothing, test.p_value), details


def _figures(estimate: float, se: float, df: float, ci_level: float) -> _Figures:
    half = t_quantile(ci_level, df) * se
    p_value = float(2 * stats.t.sf(abs(estimate) / se, df)) if se > 0 else math.nan
    return (estimate, se, df, estimate - half, estimate + half, p_value)


def _t_test(values: Floats, arm: Integers, ci_level: float) -> _Figures:
    one, other = values[arm == 1], values[arm == 0]
    df = len(values) - 2
    pooled = (((one - one.mean()) ** 2).sum() + ((other - other.mean()) ** 2).sum()) / df
    return _figures(float(one.mean() - other.mean()), math.sqrt(pooled * (1 / len(one) + 1 / len(other))), df, ci_level)


def _other_tests(values: Floats, means: _Means, given: Prepared) -> dict[str, float]:
    one, other = values[means.arm == 1], values[means.arm == 0]
    parts = [one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)]
    se = math.sqrt(sum(parts))
    below = sum(part**2 / (len(each) - 1) for part, each in zip(parts, (one, other), strict=True))
    df = sum(parts) ** 2 / below if below > 0 else math.nan
    x = np.column_stack([np.ones(len(values)), means.arm])
    estimate, by_size_se, by_size_df = _least_squares(x, values, means.sizes, 1)
    spread = _spread(given, means)
    return {
        "welch_se": se, "welch_df": df, "welch_p": float(2 * stats.t.sf(abs(one.mean() - other.mean()) / se, df)),
        "by_size_estimate": estimate, "by_size_se": by_size_se,
        "by_size_p": float(2 * stats.t.sf(abs(estimate) / by_size_se, by_size_df)), "icc": spread.icc,
        "design_effect": spread.design_effect,
    }  # fmt: skip


def _least_squares(x: Floats, y: Floats, weights: Floats, at: int) -> tuple[float, float, int]:
    bread = linalg.inv(x.T @ (x * weights[:, None]))
    coefficients = bread @ (x.T @ (weights * y))
    df = len(y) - x.shape[1]
    spread = float(weights @ (y - x @ coefficients) ** 2) / df
    return float(coefficients[at]), math.sqrt(spread * bread[at, at]), df


def _refuse_alike(before: Floats) -> None:
    if np.ptp(before) <= 1e-12 * np.abs(before).max():
        raise InputError(Problem("The outcome before is the same in every group.", do="Leave before= out."))


def _covariance(means: _Means, ci_level: float) -> tuple[_Figures, dict[str, float]]:
    before = np.zeros(len(means.values)) if means.before is None else means.before
    _refuse_alike(before)
    x = np.column_stack([np.ones(len(before)), means.arm, before])
    estimate, se, df = _least_squares(x, means.values, np.ones(len(before)), 1)
    if not df > 0:
        raise InputError(Problem("There are too few groups for a covariate.", do="Use method='permutation'."))
    slope, _, _ = _least_squares(x, means.values, np.ones(len(before)), 2)
    return _figures(estimate, se, df, ci_level), {"slope": slope}


def _left_by(values: Floats, before: Floats) -> Floats:
    _refuse_alike(before)
    around = before - before.mean()
    return np.asarray(values - values.mean() - around * (around @ values) / (around @ around))


def _students(given: Prepared, ci_level: float) -> _Figures:
    x = np.column_stack([np.ones(len(given.y)), given.sides[0]])
    w = given.weights / given.weights.mean()
    coefficients = linalg.solve(x.T @ (x * w[:, None]), x.T @ (w * given.y))
    found = cluster_variance(x, w, given.y - x @ coefficients, given.need_clusters("cr2"))
    return _figures(float(coefficients[1]), math.sqrt(found.covariance[1, 1]), found.df(np.array([0.0, 1.0])), ci_level)


def _pairs(survey: Survey, given: Prepared, means: _Means, pair: str) -> Floats:
    """The difference within each pair of groups, first minus waiting."""
    codes = survey.encoded(pair).codes[given.used]
    clusters = given.need_clusters("means")
    of_group = np.full(given.number, -1, dtype=np.intp)
    of_group[clusters] = codes
    values = means.values if means.before is None else means.values - means.before
    differences = []
    for one in np.unique(of_group):
        own = of_group == one
        if own.sum() != 2 or means.arm[own].sum() != 1 or (of_group[clusters] != codes).any():
            raise InputError(Problem(f"'{pair}' does not make pairs of one group first and one that waits."))
        differences.append(float(values[own & (means.arm == 1)][0] - values[own & (means.arm == 0)][0]))
    return np.array(differences)


def _paired(pairs: Floats, method: str, ci_level: float) -> tuple[_Figures, dict[str, float]]:
    estimate, number = float(pairs.mean()), len(pairs)
    signs, exact = sign_patterns(number)
    found = signs @ pairs
    as_far = int((np.abs(found) >= abs(pairs.sum()) - 1e-9).sum())
    details = {"ways": len(signs), "exact": float(exact), "count_two_sided": as_far, "p_exact": as_far / len(signs)}
    figures = _figures(estimate, float(pairs.std(ddof=1)) / math.sqrt(number), number - 1, ci_level)
    if method == "permutation":
        nothing = math.nan
        return (estimate, nothing, nothing, nothing, nothing, details["p_exact"]), details
    return figures, details


@dataclass(frozen=True)
class GroupSpread:
    """How much answers of one group are alike, and what that does to a variance.

    Parameters
    ----------
    icc : the part of the variance that lies between groups (may come out below nought by chance).
    mean_size, cv_size : of groups.
    design_effect : 1 + (mean size - 1) icc; ``design_effect_unequal`` also counts that sizes differ.
    ms_between, ms_within, n0 : what it was made of.
    """

    icc: float
    mean_size: float
    cv_size: float
    design_effect: float
    design_effect_unequal: float
    ms_between: float
    ms_within: float
    n0: float


def group_spread(survey: Survey, of: str, *, group: str, treated: str | None = None, code: Any = None) -> GroupSpread:
    """How much answers of one group (class, school) are alike: the intraclass correlation, for a plan.

    Parameters
    ----------
    survey : the answers.
    of, code : the outcome, as for ``waiting_list``.
    group : the column of groups.
    treated : the variable of two arms, within which the spread is taken; none when left out.

    Returns
    -------
    GroupSpread : see there.

    Raises
    ------
    InputError : an unknown variable; groups of one student each, or one group.

    Notes
    -----
    The estimator of the analysis of variance within arms; the design effect for unequal groups is that of Eldridge
    (2006), doi:10.1093/ije/dyl129. Weights play no part. Checked against R's ``anova``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"class": [1, 1, 2, 2], "hours": [4.0, 6, 8, 10]}))
    >>> round(group_spread(survey, of="hours", group="class").icc, 2)
    0.78
    """
    need_survey(survey)
    survey = with_clusters(survey, group)
    side = np.zeros(len(survey)) if treated is None else side_of(survey, treated, None, "treated")[0]
    given = prepare(survey, outcome_values(survey, of, code), (side,))
    clusters = given.need_clusters("means")
    sizes = np.bincount(clusters).astype(float)
    if len(sizes) < 2 or not len(given.y) > len(sizes):
        raise InputError(Problem("Spread within groups needs groups of more than one student.", do="Check group=."))
    arm = np.round(np.bincount(clusters, given.sides[0]) / sizes).astype(np.intp)
    return _spread(given, _Means(np.bincount(clusters, given.y) / sizes, arm, sizes, None))


def _spread(given: Prepared, means: _Means) -> GroupSpread:
    clusters, sizes = given.need_clusters("means"), means.sizes
    rows, groups, arms = len(given.y), len(sizes), len(set(means.arm.tolist()))
    plain = np.bincount(clusters, given.y) / sizes
    within = float(((given.y - plain[clusters]) ** 2).sum())
    between = unequal = 0.0
    for arm in set(means.arm.tolist()):
        own = means.arm == arm
        middle = sizes[own] @ plain[own] / sizes[own].sum()
        between += float(sizes[own] @ (plain[own] - middle) ** 2)
        unequal += float((sizes[own] ** 2).sum() / sizes[own].sum())
    ms_between = between / (groups - arms) if groups > arms else math.nan
    ms_within = within / (rows - groups) if rows > groups else math.nan
    n0 = (rows - unequal) / (groups - arms) if groups > arms else math.nan
    whole = ms_between + (n0 - 1) * ms_within
    icc = (ms_between - ms_within) / whole if whole > 0 else math.nan
    mean, cv = float(sizes.mean()), float(sizes.std() / sizes.mean())
    return GroupSpread(
        icc, mean, cv, 1 + (mean - 1) * icc, 1 + ((cv**2 + 1) * mean - 1) * icc, ms_between, ms_within, n0
    )
