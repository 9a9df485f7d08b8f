"""A stepped introduction: all groups get it in the end, some earlier than others, and each period is measured."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from stagekansen_lib.arguments import some_number, some_share
from stagekansen_lib.effects.mixed_means import mixed_means
from stagekansen_lib.effects.parts import check_method, outcome_values, prepare, side_of, with_clusters
from stagekansen_lib.effects.results import Effect
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.cluster_variance import cluster_variance
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.surveys.surveys import Survey, need_survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers

__all__ = ["stepped_introduction"]

METHODS = ("two_way", "within_periods", "mixed")

# Estimate, se, df, ci_low, ci_high and p value.
_Figures = tuple[float, float, float, float, float, float]

# More ways than this are drawn instead of counted; as many are drawn, with a seed.
_MOST_WAYS = 50_000
_DRAWN = 10_000
_SEED = 20_260_101
_TIE = 1e-9


def stepped_introduction(
    survey: Survey,
    of: str,
    *,
    group: str,
    period: str,
    treated: str,
    code: Any = None,
    method: str = "two_way",
    ci_level: float = 0.95,
    variances: tuple[float, float] | None = None,
) -> Effect:
    """The difference that a stepped introduction makes: groups that have it against groups that still wait.

    Parameters
    ----------
    survey : the answers of all groups in all periods (``stack``), or one row a group and period.
    of : the outcome, a number; or with ``code`` the answer whose share counts.
    group : the column of groups (classes, schools); who starts when was decided for the group as a whole.
    period : the variable of the periods, in order.
    treated : 1 where a group has it in that period and 0 before, or two answers of which the last is treated.
    code : an answer, or a list of answers.
    method : "two_way" (what a group and a period have in common taken out, errors for few clusters),
        "within_periods" (only groups of the same period are compared; it needs no model of time, and finds less), or
        "mixed" (a random effect of each group: often narrower, and it rests on that model).
    ci_level : level of the interval.
    variances : only for "mixed": the variance of groups, and of the mean of a group in a period, as they are known
        beforehand. The margin is then by the normal, and its ``se`` is what the plan of such an introduction finds.

    Returns
    -------
    Effect : as ``difference_in_differences``. The p value of "within_periods" counts every way in which the same number
        of groups could have started at each period; that of "two_way" is of CR2 with Satterthwaite's degrees of
        freedom, and ``details`` has the counted one: ways, count_two_sided, p_permutation. Those of "mixed" are the
        variances between and within groups and their intraclass correlation: between, within, icc.

    Raises
    ------
    InputError : a group that lacks a period, that has it in part or gives it back; all groups that start at once; an
        unknown variable or method; variances with another method, or that are no variances.

    Notes
    -----
    Every group counts the same in every period, whatever its size. "two_way": group means on fixed effects of group
    and period and the treatment (Hussey and Hughes 2007, doi:10.1016/j.cct.2006.05.007), with CR2. "within_periods":
    the mean of the differences in each period, weights n1 n0 / (n1 + n0) (Thompson and others 2018,
    doi:10.1002/sim.7668). "mixed": group means on periods and the treatment with a random effect of each group, by REML
    (``mixed_means``), t with groups * (periods - 1) - periods degrees of freedom, as nlme counts them; of 2,000
    simulated introductions without an effect, with 6 to 12 groups in four periods, it finds one in 5.4% to 5.8%. With
    ``variances`` it is generalised least squares, of which Hussey and Hughes give the standard error. All take the
    effect as the same from the first period on. Checked against R, clubSandwich and nlme
    (tests/reference/monitoring/06_waiting).

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> rows = [(one, time, int(time > 1 + one % 3), 5.0 + one + time + 2 * (time > 1 + one % 3))
    ...         for one in range(6) for time in range(1, 5)]
    >>> survey = survey_from_frame(pd.DataFrame(rows, columns=["class", "term", "had_it", "score"]))
    >>> found = stepped_introduction(survey, of="score", group="class", period="term", treated="had_it")
    >>> round(found.estimate, 6), found.details["ways"]
    (2.0, 90)
    """
    need_survey(survey)
    check_method(method, METHODS)
    some_share("ci_level", ci_level, 0.95)
    known = _known_variances(variances, method)
    survey = with_clusters(survey, group)
    # The period is a side of its own: its place in the order of the answers.
    encoded = survey.encoded(period)
    places = np.where(encoded.codes >= 0, encoded.codes, np.nan).astype(float)
    given = prepare(survey, outcome_values(survey, of, code), (side_of(survey, treated, None, "treated")[0], places))
    clusters = given.need_clusters(method)
    steps = _steps(given.y, given.weights, clusters, given.sides[0], given.sides[1])
    if method == "mixed":
        figures, details = _mixed(steps, ci_level, known)
    else:
        figures, details = (_two_way if method == "two_way" else _within)(steps, ci_level)
    return Effect(
        *figures, method, len(given.y), given.number, "stepped_introduction", of, code, details, survey.codebook,
        survey.provenance,
    )  # fmt: skip


def _known_variances(variances: Any, method: str) -> tuple[float, float] | None:
    if variances is None:
        return None
    if method != "mixed":
        raise InputError(Problem("variances are for a random effect of each group.", do="Give method='mixed'."))
    if not isinstance(variances, (tuple, list)) or len(variances) != 2:
        raise InputError(Problem("variances are two numbers.", do="Give (between, within), such as variances=(16, 6)."))
    between = some_number("the variance between groups", variances[0], above=-1e-300)
    return float(between), float(some_number("the variance within groups", variances[1], above=0))


@dataclass(frozen=True, eq=False)
class _Steps:
    """Means of groups (rows) in periods (columns), and the period from which each group has it, counted from 0."""

    means: Floats
    starts: Integers

    def had(self, starts: Integers) -> Floats:
        return (starts[:, None] <= np.arange(self.means.shape[1])).astype(float)


def _steps(y: Floats, weights: Floats, clusters: Integers, had: Floats, places: Floats) -> _Steps:
    _, columns = np.unique(places, return_inverse=True)
    shape = (int(clusters.max()) + 1, int(columns.max()) + 1)
    cells = clusters * shape[1] + columns
    counts, whole = (np.bincount(cells, w, minlength=shape[0] * shape[1]) for w in (np.ones(len(y)), weights))
    _refuse_gaps(counts.reshape(shape).astype(float), shape[1])
    share = (np.bincount(cells, had, minlength=len(counts)) / counts).reshape(shape)
    means = (np.bincount(cells, weights * y, minlength=len(counts)) / whole).reshape(shape)
    torn = int(((share > 0) & (share < 1)).sum())
    problems = []
    if torn:
        problems.append(Problem(f"{torn} groups have it in part within a period.", do="A group starts as a whole."))
    elif (np.diff(share, axis=1) < 0).any():
        back = int((np.diff(share, axis=1) < 0).any(axis=1).sum())
        problems.append(Problem(f"{back} groups have it and later do not.", do="Leave those periods out: subset()."))
    starts = (share < 0.5).sum(axis=1).astype(np.intp)
    if not problems and len(set(starts.tolist())) < 2:
        problems.append(Problem("All groups start at once.", do="Use difference_in_differences() or change()."))
    if problems:
        raise InputError(problems)
    return _Steps(means, starts)


def _refuse_gaps(counts: Floats, periods: int) -> None:
    lacking = int((counts == 0).any(axis=1).sum())
    if lacking:
        raise InputError(
            Problem(f"{lacking} groups lack answers in some of the {periods} periods.", do="Leave them out: subset().")
        )


def _ways(starts: Integers) -> tuple[Floats, bool]:
    """Every way in which as many groups start at each period, one a row; or drawn ones, that which happened first."""
    values, counts = np.unique(starts, return_counts=True)
    number = math.factorial(len(starts)) // math.prod(math.factorial(int(count)) for count in counts)
    if number <= _MOST_WAYS:
        return np.array(list(_orders(values.tolist(), counts.tolist(), len(starts)))), True
    random = np.random.default_rng(_SEED)
    return np.array([starts, *(random.permutation(starts) for _ in range(_DRAWN))]), False


def _orders(values: Sequence[int], counts: Sequence[int], number: int) -> Iterator[list[int]]:
    """All different orders of values that occur so many times."""
    if len(values) == 1:
        yield [values[0]] * number
        return
    for places in itertools.combinations(range(number), counts[0]):
        for rest in _orders(values[1:], counts[1:], number - counts[0]):
            left = iter(rest)
            yield [values[0] if place in places else next(left) for place in range(number)]


def _counted(steps: _Steps, estimate: Callable[[Integers], float]) -> tuple[float, dict[str, float]]:
    """The estimate, and how many ways of starting give one as far from nought."""
    ways, exact = _ways(steps.starts)
    observed = estimate(steps.starts)
    found = np.array([estimate(way) for way in ways])
    as_far = int((np.abs(found) >= abs(observed) - _TIE).sum())
    return observed, {
        "ways": len(ways), "exact": float(exact), "count_two_sided": as_far, "p_permutation": as_far / len(ways),
    }  # fmt: skip


def _two_way(steps: _Steps, ci_level: float) -> tuple[_Figures, dict[str, float]]:
    groups, periods = steps.means.shape
    left = _without_means(steps.means)

    def estimate(starts: Integers) -> float:
        had = _without_means(steps.had(starts))
        return float((had * left).sum() / (had**2).sum())

    observed, details = _counted(steps, estimate)
    rows, columns = np.indices((groups, periods)).reshape(2, -1)
    dummies = [
        np.ones(len(rows)), *(rows == at for at in range(1, groups)), *(columns == at for at in range(1, periods)),
    ]  # fmt: skip
    x = np.column_stack([steps.had(steps.starts).ravel(), *dummies]).astype(float)
    y = steps.means.ravel()
    coefficients = np.linalg.lstsq(x, y, rcond=None)[0]
    residuals, df_ols = y - x @ coefficients, len(y) - x.shape[1]
    se_ols = math.sqrt(float(residuals @ residuals) / df_ols * np.linalg.inv(x.T @ x)[0, 0])
    found = cluster_variance(x, np.ones(len(y)), residuals, rows.astype(np.intp))
    se, df = math.sqrt(found.covariance[0, 0]), found.df(np.eye(x.shape[1])[0])
    half = t_quantile(ci_level, df) * se
    p_value = float(2 * stats.t.sf(abs(observed) / se, df)) if se > 0 else math.nan
    p_ols = float(2 * stats.t.sf(abs(observed) / se_ols, df_ols)) if se_ols > 0 else math.nan
    details |= {"se_ols": se_ols, "df_ols": df_ols, "p_ols": p_ols}
    return (observed, se, df, observed - half, observed + half, p_value), details


def _mixed(steps: _Steps, ci_level: float, variances: tuple[float, float] | None) -> tuple[_Figures, dict[str, float]]:
    groups, periods = steps.means.shape
    in_period = np.tile(np.eye(periods), (groups, 1))
    found = mixed_means(steps.means, np.column_stack([steps.had(steps.starts).ravel(), in_period]), variances)
    estimate, se = float(found.coefficients[0]), math.sqrt(float(found.covariance[0, 0]))
    df = math.inf if variances is not None else float(groups * (periods - 1) - periods)
    details = {"between": found.between, "within": found.within}
    details["icc"] = found.between / whole if (whole := found.between + found.within) > 0 else math.nan
    if df < 1 or se == 0:
        return (estimate, se, df, math.nan, math.nan, math.nan), details
    half = t_quantile(ci_level, df) * se
    return (estimate, se, df, estimate - half, estimate + half, float(2 * stats.t.sf(abs(estimate) / se, df))), details


def _without_means(values: Floats) -> Floats:
    """What is left of values without the mean of each group and each period."""
    return np.asarray(values - values.mean(axis=0) - values.mean(axis=1)[:, None] + values.mean())


def _within(steps: _Steps, _: float) -> tuple[_Figures, dict[str, float]]:
    def estimate(starts: Integers) -> float:
        had = steps.had(starts)
        some = had.sum(axis=0)
        none = len(starts) - some
        mixed = (some > 0) & (none > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            apart = (had * steps.means).sum(axis=0) / some - ((1 - had) * steps.means).sum(axis=0) / none
        weights = (some * none)[mixed]
        return float(weights @ apart[mixed] / weights.sum())

    observed, details = _counted(steps, estimate)
    nothing = math.nan
    return (observed, nothing, nothing, nothing, nothing, details["p_permutation"]), details
