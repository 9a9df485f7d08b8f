"""Tests for few answers. Exact and permutation tests, only without weights, strata and clusters, where every answer
counts the same; and tests with weights whose variance and degrees of freedom know how small the groups are.

Sources: Phipson and Smyth (2010), doi:10.2202/1544-6115.1585, for the p value of random permutations; Welch (1947),
doi:10.1093/biomet/34.1-2.28, and for several groups (1951), doi:10.1093/biomet/38.3-4.330; Brunner and Munzel (2000),
Biometrical Journal 42, 17-25; with weights as in Bell and McCaffrey (2002), Survey Methodology 28, 169-181.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from stagekansen_lib.comparison.cases import Asked, Case, independent_rows
from stagekansen_lib.comparison.effects import (
    detectable_gap,
    eta_squared,
    eta_squared_size,
    share_difference_p,
    share_effect,
)
from stagekansen_lib.comparison.outcomes import (
    Effect,
    TestResult,
    check_effect,
    group_outcomes,
    group_shares,
    make_comparison,
    ordered_values,
)
from stagekansen_lib.comparison.ranks import superiority_size
from stagekansen_lib.comparison.results import Comparison, Size
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers


__all__ = [
    "EXACT_METHODS",
    "WELCH_METHODS",
    "CorrectedGap",
    "CorrectedMeans",
    "compare_few",
    "corrected_gap",
    "corrected_means",
    "corrected_superiority",
    "one_answer",
    "permutation_test",
    "refuse_clusters",
    "refuse_design",
    "share_below",
    "two_by_two",
]


EXACT_METHODS = ("fisher", "barnard", "permutation")

WELCH_METHODS = ("welch", "brunner_munzel")

_DRAWS = 9999

_SEED = 1

# Barnard's test takes time with the square of the group sizes; from here on no test needs to be exact.
_MOST_FOR_BARNARD = 1000


def refuse_design(survey: Survey, method: str) -> None:
    """Stop when answers do not all count the same: exact tests shuffle them as if they do."""
    design = survey.design
    first = design.stages[0]
    weights = design.row_weights
    weighted = design.replicates is not None or bool(design.calibrations) or not np.allclose(weights, weights[0])
    if weighted or first.strata is not None or first.clusters is not None or first.population is not None:
        raise InputError(
            Problem(
                f"'{method}' is for a survey without weights, strata, clusters or a finite population.",
                do="Leave out method=, or take the survey before weighting.",
            )
        )


def two_by_two(case: Case, method: str, code: Any) -> tuple[Any, tuple[int, int], float]:
    """The answer that is counted, its number in both groups, and the exact p value."""
    if case.number != 2:
        raise InputError(
            Problem(f"'{method}' needs two groups and there are {case.number}.", do="Use method='permutation'.")
        )
    answer = one_answer(case, code, f": '{method}' compares the share of one")
    chosen = case.outcome.codes == case.outcome.levels.index(answer)
    inside = [case.groups == at for at in (0, 1)]
    counts = [[int((chosen & here).sum()), int((~chosen & here).sum())] for here in inside]
    table = np.array(counts)
    if method == "fisher":
        return answer, (counts[0][0], counts[1][0]), min(float(stats.fisher_exact(table)[1]), 1.0)
    if table.sum() > _MOST_FOR_BARNARD:
        raise InputError(
            Problem(f"There are {table.sum():,} answers: too many for 'barnard'.", do="Use 'fisher' or leave it out.")
        )
    p_value = float(stats.barnard_exact(table.T).pvalue)
    return answer, (counts[0][0], counts[1][0]), min(p_value, 1.0)


def one_answer(case: Case, code: Any, why: str = "") -> Any:
    """The answer whose share is compared: ``code``, or the last one of two."""
    of, encoded = case.of, case.outcome
    present = np.flatnonzero(np.bincount(encoded.codes[case.used], minlength=len(encoded.levels)))
    known = [encoded.levels[at] for at in present]
    if len(known) < 2:
        raise InputError(Problem(f"Everyone gives the same answer to '{of}': there is nothing to test."))
    if code is None and len(known) > 2:
        raise InputError(
            Problem(f"'{of}' has {len(known)} answers{why}.", do="Give code=, or use method='permutation'.")
        )
    if code is not None and code not in known:
        raise InputError(Problem(f"'{of}' has no answer {code!r}.", do=did_you_mean(code, known)))
    return known[-1] if code is None else code


def permutation_test(values: Floats, groups: Integers, number: int, kind: str) -> float:
    """The share of arrangements of the answers over the groups that differ at least as much as those found.

    ``kind`` says what counts as a difference: "numbers" means, "ranks" mean ranks, "codes" the shares of all answers.
    """
    used = groups >= 0
    inside = values[used]
    if kind == "ranks":
        inside = stats.rankdata(inside)
    samples = [inside[groups[used] == at] for at in range(number)]
    codes = np.unique(inside)

    def spread(*parts: Floats, axis: int = -1) -> Any:
        if kind != "codes":
            return sum(part.sum(axis=axis) ** 2 / part.shape[axis] for part in parts)
        return sum(
            (part == code).sum(axis=axis) ** 2 / (part.shape[axis] * float((inside == code).sum()))
            for part in parts
            for code in codes
        )

    found = stats.permutation_test(
        samples,
        spread,
        permutation_type="independent",
        vectorized=True,
        n_resamples=_DRAWS,
        alternative="greater",
        rng=np.random.default_rng(_SEED),
    )
    return float(found.pvalue)


def refuse_clusters(survey: Survey, method: str) -> None:
    """Stop when rows are not independent."""
    if not independent_rows(survey):
        raise InputError(
            Problem(
                f"'{method}' is for a survey without strata, clusters, a finite population or replicate weights.",
                do="Leave out method=.",
            )
        )


@dataclass(frozen=True)
class CorrectedGap:
    """The second mean minus the first, with a variance and degrees of freedom for small groups."""

    first: float
    second: float
    variance: float
    df: float
    # The variances of both means apart.
    parts: tuple[float, float]

    @property
    def gap(self) -> float:
        return self.second - self.first


def corrected_gap(values: Floats, weights: Floats, groups: Integers) -> CorrectedGap:
    """Weighted means of two groups (0 and 1; -1 is left out), each with its own variance."""
    samples = [(values[groups == at], weights[groups == at]) for at in (0, 1)]
    return _two_means(samples)


@dataclass(frozen=True)
class CorrectedMeans:
    """Welch's F of equal means of several groups."""

    f: float
    df: float
    df_denominator: float
    p_value: float


def corrected_means(values: Floats, weights: Floats, groups: Integers, number: int) -> CorrectedMeans:
    """Whether the weighted means of ``number`` groups are equal, each with its own variance and degrees of freedom."""
    found = [_corrected_mean(values[groups == at], weights[groups == at]) for at in range(number)]
    means, variances, df = np.array(found).T
    if not variances.min() > 0:
        raise InputError(
            Problem(
                "A group has no differences between its answers: no test of several groups.",
                do="Merge groups, show the estimates, or without weights use method='permutation'.",
            )
        )
    part = (1 / variances) / (1 / variances).sum()
    wald = float(((means - part @ means) ** 2 / variances).sum())
    spread = float(((1 - part) ** 2 / df).sum())
    f = wald / (number - 1) / (1 + 2 * (number - 2) * spread / (number**2 - 1))
    denominator = (number**2 - 1) / (3 * spread)
    return CorrectedMeans(f, number - 1.0, denominator, float(stats.f.sf(f, number - 1, denominator)))


def corrected_superiority(values: Floats, weights: Floats, groups: Integers) -> CorrectedGap:
    """The probability that the second group has the higher value, against a half.

    Each value is replaced by the share of the other group below it (ties count half); the two means of those add up
    to one, and their variances to that of the probability.
    """
    samples = [(values[groups == at], weights[groups == at]) for at in (0, 1)]
    placed = [share_below(own, *other) for (own, _), other in zip(samples, reversed(samples), strict=True)]
    found = _two_means([(placement, weight) for placement, (_, weight) in zip(placed, samples, strict=True)])
    return replace(found, first=0.5)


def share_below(values: Floats, others: Floats, weights: Floats) -> Floats:
    """For each value the weighted share of the others that lies below it; ties count half."""
    order = np.argsort(others, kind="stable")
    ordered, cumulative = others[order], np.concatenate([[0.0], np.cumsum(weights[order])])
    below, up_to = (cumulative[np.searchsorted(ordered, values, side)] for side in ("left", "right"))
    return np.asarray((below + up_to) / (2 * cumulative[-1]))


def _two_means(samples: list[tuple[Floats, Floats]]) -> CorrectedGap:
    """The means of two groups, the variance of their difference, and its degrees of freedom (Satterthwaite)."""
    (first, spread, df), (second, spread_other, df_other) = (_corrected_mean(*sample) for sample in samples)
    variance = spread + spread_other
    if not variance > 0:
        raise InputError(Problem("There are no differences between answers within groups: nothing to test."))
    degrees = variance**2 / (spread**2 / df + spread_other**2 / df_other)
    return CorrectedGap(first, second, variance, degrees, (spread, spread_other))


def _corrected_mean(values: Floats, weights: Floats) -> tuple[float, float, float]:
    """Weighted mean, its variance without the bias of fitted residuals, and the degrees of freedom of that variance.

    The residual of a row has variance s^2 (1 - 2a + sum a^2), where a is the row's part of the weights. Without weights
    this is s^2 / n with n - 1 degrees of freedom.
    """
    a = weights / weights.sum()
    squares = float(a @ a)
    if len(a) < 2 or not squares < 1:
        raise InputError(Problem("A group has one answer: no test.", do="Merge groups, or show the estimates."))
    middle = float(a @ values)
    d = a**2 / (1 - 2 * a + squares)
    return middle, float(d @ (values - middle) ** 2), squares**2 / _trace_of_square(a, d)


def _trace_of_square(a: Floats, d: Floats) -> float:
    """Trace of M M, where M = (I - 1a')' D (I - 1a') makes a variance d'e^2 a quadratic form of the values."""
    whole, linear, squares = float(d.sum()), float(d @ a), float(a @ a)
    quadratic = float(d @ d)
    return (
        quadratic + 2 * linear**2 + 2 * quadratic * squares + whole**2 * squares**2
        - 4 * float(d @ (d * a)) + 2 * whole * float(d @ a**2) - 4 * whole * linear * squares
    )  # fmt: skip


def compare_few(case: Case, method: str, asked: Asked) -> Comparison:
    """A test whose variance and degrees of freedom know how few answers there are."""
    refuse_clusters(case.survey, method)
    if method == "welch":
        return _compare_by_welch(case, asked)
    if case.number != 2:
        raise InputError(
            Problem(
                f"'{case.by}' has {case.number} groups and '{method}' needs two.",
                do="Take a subset with two groups, or leave out method=.",
            )
        )
    name = "probability_of_superiority"
    check_effect(asked.effect or name, (name,), case.of)
    found = corrected_superiority(ordered_values(case), case.survey.design.row_weights, case.groups)
    _refuse_no_variance(case, found, method)
    size = superiority_size(found.second, math.sqrt(found.variance), found.df, asked.ci_level)
    groups = group_outcomes(case, asked.ci_level)
    return make_comparison(case, method, _t_test(found), Effect(name, size), groups, asked)


def _t_test(found: CorrectedGap) -> TestResult:
    t = found.gap / math.sqrt(found.variance)
    return TestResult(t, found.df, math.nan, float(2 * stats.t.sf(abs(t), found.df)))


def _refuse_no_variance(case: Case, found: CorrectedGap, method: str) -> None:
    """Stop where a group has no variance: the test takes its mean for known, and finds what is not there.

    Of few answers of which none differs that is how they were drawn, not how the group is: of 15 answers beside 309 a
    third of all surveys would show a difference.
    """
    # Below this part of the whole a variance is a rounding error.
    if min(found.parts) > 1e-12 * found.variance:
        return
    group = case.levels[0 if found.parts[0] <= found.parts[1] else 1]
    listed = " Or compare the share of one answer: method='welch' with code=." if _listed(case) else ""
    raise InputError(
        Problem(
            f"No answer of group {group} of '{case.by}' differs from the others in what '{method}' looks at: how sure "
            "that group is cannot be estimated.",
            do="Without weights use method='permutation'; or merge groups, or show the estimates without a test."
            f"{listed}",
        )
    )


def _listed(case: Case) -> bool:
    return case.kind in ("ordinal", "nominal")


def _compare_by_welch(case: Case, asked: Asked) -> Comparison:
    values, answer = _numbers_or_answer(case, asked.code)
    level = asked.ci_level
    groups = group_outcomes(case, level) if answer is None else group_shares(case, answer, level)
    if case.number > 2:
        test, effect = _welch_several(case, values, answer, asked)
    elif answer is None:
        test, effect = _welch_means(case, values, asked)
    else:
        test, effect = _welch_shares(case, groups, answer, asked)
    return make_comparison(case, "welch", test, effect, groups, asked)


def _welch_means(case: Case, values: Floats, asked: Asked) -> tuple[TestResult, Effect]:
    name = "difference_in_means"
    check_effect(asked.effect or name, (name,), case.of)
    found = corrected_gap(values, case.survey.design.row_weights, case.groups)
    _refuse_no_variance(case, found, "welch")
    error = math.sqrt(found.variance)
    half = t_quantile(asked.ci_level, found.df) * error
    seen = detectable_gap(error, found.df, asked.ci_level)
    size = Size(found.gap, found.gap - half, found.gap + half, seen)
    return _t_test(found), Effect(name, size, values=(found.first, found.second))


def _welch_shares(case: Case, groups: EstimateTable, answer: Any, asked: Asked) -> tuple[TestResult, Effect]:
    """The difference of the shares of an answer, tested by its interval.

    Welch's own variance of a share is nought where nobody gave the answer, and far too small where few did.
    """
    name = "difference_in_shares"
    check_effect(asked.effect or name, (name,), case.of)
    if min(case.sizes) < 2:
        raise InputError(Problem("A group has one answer: no test.", do="Merge groups, or show the estimates."))
    first, second = (float(value) for value in groups.table["estimate"])
    test = TestResult(math.nan, math.nan, math.nan, share_difference_p(groups))
    return test, Effect(name, share_effect(groups, name, asked.ci_level), answer, (first, second))


def _welch_several(case: Case, values: Floats, answer: Any, asked: Asked) -> tuple[TestResult, Effect]:
    check_effect(asked.effect or "eta_squared", ("eta_squared",), case.of)
    test = corrected_means(values, case.survey.design.row_weights, case.groups, case.number)
    size = eta_squared_size(eta_squared(case, values), test.f * test.df, test.df, asked.ci_level)
    return TestResult(test.f, test.df, test.df_denominator, test.p_value), Effect("eta_squared", size, answer)


def _numbers_or_answer(case: Case, code: Any) -> tuple[Floats, Any]:
    """The numbers that are compared; for answers from a list 1 where the answer was given, and which answer that is."""
    if code is None and case.kind in ("number", "count"):
        return case.survey.numbers(case.of), None
    answer = one_answer(case, code)
    return (case.outcome.codes == case.outcome.levels.index(answer)).astype(float), answer
