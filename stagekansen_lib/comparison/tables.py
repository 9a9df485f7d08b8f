"""Tests of association in a two-way table: Rao and Scott's corrections, and Wald tests.

Sources: Rao and Scott (1984), doi:10.1214/aos/1176346391; Thomas and Rao (1987),
doi:10.1080/01621459.1987.10478475. Agrees with R's ``svychisq``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from stagekansen_lib.arrays import row_blocks
from stagekansen_lib.comparison.cases import MOST_LEVELS, Asked, Case
from stagekansen_lib.comparison.effects import few_expected, noncentral_interval, share_effect
from stagekansen_lib.comparison.outcomes import Effect, TestResult, check_effect, group_shares, make_comparison
from stagekansen_lib.comparison.results import Comparison, Size
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.chi_square_sums import exact_tail, saddlepoint_tail
from stagekansen_lib.estimation.groups import Groups
from stagekansen_lib.estimation.sums import cell_shares, cell_totals
from stagekansen_lib.surveys.designs import degrees_of_freedom
from stagekansen_lib.surveys.surveys import showable_answers

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers


__all__ = ["TABLE_METHODS", "TableTest", "compare_table", "table_test"]


TABLE_METHODS = ("rao_scott_f", "rao_scott_chi2", "wald", "adjusted_wald", "lincom", "saddlepoint")


@dataclass(frozen=True)
class TableTest:
    """A test of association with Cramer's V, its interval and the smallest V that would be found."""

    statistic: float
    df: float
    df_denominator: float
    p_value: float
    cramers_v: float
    ci_low: float
    ci_high: float
    smallest_detectable: float


def table_test(
    shares: Floats,
    covariance: Floats,
    totals: tuple[Floats, Floats] | None,
    size: tuple[int, int],
    n: int,
    design_df: float,
    method: str,
    ci_level: float,
) -> TableTest:
    """Test a table of weighted shares, row by row, with the covariance matrix of its cells.

    ``totals`` are the weighted totals of the cells with their covariance, for the Wald tests; ``size`` is the number
    of rows and columns, ``n`` that of respondents.
    """
    rows, columns = size
    pearson, delta = _pearson(shares, covariance, rows, columns, n)
    trace, free = float(delta.sum()), float(delta.sum() ** 2 / (delta**2).sum())
    number = (rows - 1) * (columns - 1)
    df, denominator = float(number), math.nan
    if method == "rao_scott_f":
        statistic, df, denominator = pearson / trace, free, free * design_df
        p_value = float(stats.f.sf(statistic, df, denominator))
    elif method == "rao_scott_chi2":
        statistic, p_value = pearson, float(stats.chi2.sf(pearson * number / trace, number))
    elif method == "lincom":
        statistic, p_value = pearson, exact_tail(pearson, delta, free * design_df)
    elif method == "saddlepoint":
        statistic, p_value = pearson, saddlepoint_tail(pearson, delta, free * design_df)
    elif totals is None:
        raise ValueError("a Wald test needs the totals")
    else:
        wald = _wald(*totals, rows, columns)
        denominator = design_df if method == "wald" else design_df - number + 1
        if not denominator > 0:
            raise InputError(
                Problem(
                    f"The table needs {number} degrees of freedom and the design has {design_df:g}.",
                    do="Use method='rao_scott_f', or merge answers.",
                )
            )
        statistic = wald / number if method == "wald" else wald * denominator / (number * design_df)
        p_value = float(stats.f.sf(statistic, number, denominator))
    scaled, per_unit = pearson * free / trace, n * (min(rows, columns) - 1) * free / trace
    low, high, enough = noncentral_interval(scaled, free, ci_level)
    return TableTest(
        statistic, df, denominator, p_value,
        math.sqrt(pearson / (n * (min(rows, columns) - 1))),
        min(math.sqrt(low / per_unit), 1.0),
        min(math.sqrt(high / per_unit), 1.0),
        min(math.sqrt(enough / per_unit), 1.0),
    )  # fmt: skip


def _pearson(shares: Floats, covariance: Floats, rows: int, columns: int, n: int) -> tuple[float, Floats]:
    """Pearson's X2 and the generalised design effects (eigenvalues) of its distribution."""
    table = shares.reshape(rows, columns)
    row, column = table.sum(axis=1), table.sum(axis=0)
    if (row <= 0).any() or (column <= 0).any():
        raise InputError(Problem("A row or column of the table is empty.", do="Leave the empty answer out."))
    expected = np.outer(row, column)
    pearson = float(n * ((table - expected) ** 2 / expected).sum())
    contrasts = _interaction_contrasts(rows, columns)
    inverse = np.divide(1.0, shares, out=np.zeros_like(shares), where=shares > 0)
    if np.linalg.matrix_rank(np.sqrt(inverse)[:, None] * contrasts) < contrasts.shape[1]:
        # So many cells are empty that observed shares leave contrasts without a variance (R stops here); those that
        # are expected without association have no such holes, and estimate the same when there is none.
        inverse = 1 / expected.ravel()
    weighed = contrasts * inverse[:, None]
    simple = contrasts.T @ weighed / n
    designed = weighed.T @ covariance @ weighed
    delta = np.linalg.eigvals(np.linalg.solve(simple, designed)).real
    if not delta.sum() > 0:
        raise InputError(
            Problem(
                "The table has no sampling variance.", do="Each cluster or stratum holds one answer: nothing to test."
            )
        )
    return pearson, np.maximum(delta, 0.0)


def _interaction_contrasts(rows: int, columns: int) -> Floats:
    """A basis of the interaction space of a rows x columns table, cells row by row."""
    kron = np.kron(np.eye(rows)[:, 1:] - 1 / rows, np.eye(columns)[:, 1:] - 1 / columns)
    return np.asarray(kron)


def _wald(totals: Floats, covariance: Floats, rows: int, columns: int) -> float:
    """Wald's statistic of the gaps between the totals of the cells and those under independence."""
    table = totals.reshape(rows, columns)
    row, column, whole = table.sum(axis=1), table.sum(axis=0), table.sum()
    kept = [(i, j) for i in range(1, rows) for j in range(1, columns)]
    gap = np.array([table[i, j] - row[i] * column[j] / whole for i, j in kept])
    slopes = np.zeros((len(kept), rows * columns))
    for at, (i, j) in enumerate(kept):
        slope = np.full((rows, columns), row[i] * column[j] / whole**2)
        slope[i, j] += 1
        slope[i, :] -= column[j] / whole
        slope[:, j] -= row[i] / whole
        slopes[at] = slope.ravel()
    spread = slopes @ covariance @ slopes.T
    if np.linalg.matrix_rank(spread, hermitian=True) < len(kept):
        raise InputError(
            Problem(
                "The covariance matrix of the table is singular: there are too few clusters for a Wald test, or an "
                "answer belongs to one group only.",
                do="Use method='rao_scott_f', or merge answers.",
            )
        )
    return float(gap @ np.linalg.solve(spread, gap))


@dataclass(frozen=True, eq=False)
class _Cells:
    """The cells of a table of answers by groups: the cell of each row (-1 left out), and how many are in each.

    ``present`` are the answers that somebody gave, in the order of the rows of ``counts``.
    """

    cell: Integers
    counts: Integers
    present: Integers


def _cells(case: Case) -> _Cells:
    columns, answers = case.number, len(case.outcome.levels)
    cell = np.empty(len(case.groups), dtype=np.intp)
    counts = np.zeros(answers * columns + 1, dtype=np.intp)
    for at in row_blocks(len(cell), len(counts)):
        here = np.where(case.used[at], case.outcome.codes[at] * columns + case.groups[at], -1)
        cell[at] = here
        counts += np.bincount(here + 1, minlength=len(counts))
    table = counts[1:].reshape(answers, columns)
    given = table.sum(axis=1) > 0
    if not given.all():
        cell = np.append(np.cumsum(np.repeat(given, columns)) - 1, -1)[cell]
    return _Cells(cell, table[given], np.flatnonzero(given))


def _refuse_answers(case: Case, answers: int, method: str) -> None:
    if answers < 2:
        raise InputError(Problem(f"Everyone gives the same answer to '{case.of}': there is nothing to test."))
    if answers > MOST_LEVELS:
        raise InputError(
            Problem(
                f"'{case.of}' has {answers} different answers: '{method}' needs answers from a short list.",
                do="Use method='t_test' or 'wilcoxon', or group the answers.",
            )
        )


def _test_of(case: Case, cells: _Cells, method: str, ci_level: float) -> TableTest:
    design = case.survey.design
    everyone = Groups((), (), np.minimum(cells.cell, 0), ((),))
    shares, _ = cell_shares(design, cells.cell, cells.counts.size, everyone)
    totals = None
    if method in ("wald", "adjusted_wald"):
        totals = cell_totals(design, cells.cell, cells.counts.size)
    rows, columns = cells.counts.shape
    # As in R the degrees of freedom are of the domain before rows without an answer are left out.
    return table_test(
        shares.values, shares.covariance, totals, (rows, columns), len(case.survey), degrees_of_freedom(design), method,
        ci_level,
    )  # fmt: skip


def _effect_name(case: Case, answers: int, asked: Asked) -> str:
    """The effect asked for; else the difference of two shares, where the table holds these, or Cramer's V."""
    two_shares = case.number == 2 and (answers == 2 or asked.code is not None)
    name = asked.effect or ("difference_in_shares" if two_shares else "cramers_v")
    of_shares = ("difference_in_shares", "risk_ratio", "odds_ratio") if case.number == 2 else ()
    check_effect(name, (*of_shares, "cramers_v"), case.of)
    return name


def compare_table(case: Case, method: str, asked: Asked) -> Comparison:
    """The table of answers by groups: its association, or the shares of one answer in two groups."""
    cells = _cells(case)
    answers = len(cells.present)
    _refuse_answers(case, answers, method)
    if asked.code is not None and asked.code not in case.outcome.levels:
        known = showable_answers(case.survey, case.of)
        raise InputError(Problem(f"'{case.of}' has no answer {asked.code!r}.", do=did_you_mean(asked.code, known)))
    test = _test_of(case, cells, method, asked.ci_level)
    name = _effect_name(case, answers, asked)
    if name == "cramers_v":
        groups = group_shares(case, None, asked.ci_level)
        effect = Effect(name, Size(test.cramers_v, test.ci_low, test.ci_high, test.smallest_detectable))
    else:
        answer = case.outcome.levels[cells.present[-1]] if asked.code is None else asked.code
        groups = group_shares(case, answer, asked.ci_level)
        compared = tuple(float(value) for value in groups.table["estimate"])
        effect = Effect(name, share_effect(groups, name, asked.ci_level), answer, compared)
    result = TestResult(test.statistic, test.df, test.df_denominator, test.p_value)
    found = make_comparison(case, method, result, effect, groups, asked)
    # The test of a table is of all its answers, also where the effect is of one.
    whole = ("all_answers",) if answers > 2 and effect.answer is not None else ()
    return replace(found, smallest_expected=few_expected(cells.counts), doubts=whole)
