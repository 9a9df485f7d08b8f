"""How often a test at 5% finds a difference where there is none: weights, groups, calibration and model say so.

A linearised variance is a quadratic form |A y|^2 of the answers. Its mean is too low, because the residuals in it are
fitted, and it has fewer degrees of freedom than the design. Both are traces, taken as if answers vary alike. One
difference is then a t statistic (Satterthwaite; Bell and McCaffrey 2002, Survey Methodology 28, 169-181); of several
groups together the statistic is as in Welch (1951), doi:10.1093/biomet/38.3-4.330, and James (1951),
doi:10.1093/biomet/38.3-4.324.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from stagekansen_lib.surveys.calibrations import (
    Calibration,
    MarginCalibration,
    PostStratification,
    StackedCalibrations,
)
from stagekansen_lib.surveys.designs import Design

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers


__all__ = [
    "MOST_FALSE",
    "VarianceForm",
    "after_calibration",
    "expected_coverage",
    "false_positives",
    "mean_forms",
    "model_form",
    "number_of_counts",
]

# A test at 5% that rejects up to this often when nothing is the matter keeps its level.
MOST_FALSE = 0.056
# Rows times columns of all calibrations (times groups) that are worked on. Beyond it cells are large, or nobody waits.
_MOST_NUMBERS = 4_000_000


@dataclass(frozen=True, eq=False)
class VarianceForm:
    """A linearised variance |A y|^2 with A = diag(``diagonal``) - ``left`` ``right``', and the ``true`` variance.

    ``true`` is in units of that of an answer, ``rows`` are the places of these rows in the domain of the design. With
    every row ``times`` as often, each with so much less weight, the three parts of A are so many times smaller; that
    is all it takes to know the variance in a larger survey.
    """

    rows: Integers
    diagonal: Floats
    left: Floats
    right: Floats
    true: float

    @cached_property
    def _products(self) -> tuple[Floats, ...]:
        d, left, right = self.diagonal, self.left, self.right
        weighed, squares = left * d[:, None], d**2
        return (
            np.array([squares.sum(), (squares**2).sum()]),
            left.T @ left, right.T @ right, right.T @ weighed, weighed.T @ weighed,
            (right * squares[:, None]).T @ right, (right * squares[:, None]).T @ weighed,
            (weighed * squares[:, None]).T @ weighed,
        )  # fmt: skip

    def moments(self, times: float) -> tuple[float, float]:
        """The traces of A'A and of its square: the mean of the variance, and half its own variance."""
        diagonal, ll, rr, rl, dd, rr2, rl2, dd2 = self._products
        t = times
        # A'A = D^2 + F C F' with F = [right, D left] and C = [[left'left, -1], [-1, 0]].
        middle = np.block([[ll / t, -np.eye(len(ll))], [-np.eye(len(ll)), np.zeros_like(ll)]])
        inner = np.block([[rr / t, rl / t**2], [rl.T / t**2, dd / t**3]])
        squared = np.block([[rr2 / t**3, rl2 / t**4], [rl2.T / t**4, dd2 / t**5]])
        mixed = middle @ inner
        trace = diagonal[0] / t + np.trace(mixed)
        square = diagonal[1] / t**3 + 2 * np.trace(middle @ squared) + (mixed * mixed.T).sum()
        return float(trace), float(square)


def mean_forms(weights: Floats, groups: Integers) -> list[VarianceForm]:
    """The variance of the mean of each group; of two groups that of their difference. ``groups`` is -1 outside."""
    number = int(groups.max()) + 1
    if number == 2:
        rows = np.flatnonzero(groups >= 0)
        both = (groups[rows][:, None] == np.arange(2)) * weights[rows][:, None]
        both = both / both.sum(axis=0)
        return [VarianceForm(rows, both[:, 1] - both[:, 0], both * [-1.0, 1.0], both, float((both**2).sum()))]
    forms = []
    for at in range(number):
        rows = np.flatnonzero(groups == at)
        a = weights[rows] / weights[rows].sum()
        forms.append(VarianceForm(rows, a, a[:, None], a[:, None], float(a @ a)))
    return forms


def model_form(
    rows: Integers, x: Floats, weights: Floats, slope: Floats, variance: Floats, inverse: Floats, contrast: Floats
) -> VarianceForm:
    """The variance of ``contrast`` of the coefficients of a model with columns ``x``.

    ``slope`` is that of the mean over the predictor, ``variance`` that of an answer, ``inverse`` the inverse of
    x'(weights slope^2 / variance)x.
    """
    deviation = np.sqrt(variance)
    score = weights * slope / variance
    given = (x @ (inverse @ contrast)) * score
    right = (x @ inverse) * (score * deviation)[:, None]
    return VarianceForm(rows, given * deviation, x * (given * slope)[:, None], right, float(given**2 @ variance))


def after_calibration(forms: Sequence[VarianceForm], design: Design) -> list[VarianceForm]:
    """The forms when calibrations took their fit from the influence of all rows of the sample."""
    numbers = sum(number_of_counts(each) for each in design.calibrations) * design.size * len(forms)
    if not 0 < numbers <= _MOST_NUMBERS:
        return list(forms)
    return [_calibrated(form, design) for form in forms]


def _calibrated(form: VarianceForm, design: Design) -> VarianceForm:
    """One form, over all rows of the sample, after the calibrations of the design."""
    rows = form.rows if design.domain is None else design.domain[form.rows]
    diagonal = np.zeros(design.size)
    left, right = (np.zeros((design.size, part.shape[1])) for part in (form.left, form.right))
    diagonal[rows], left[rows], right[rows] = form.diagonal, form.left, form.right
    for calibration in design.calibrations:
        fitted, weighed = _columns(calibration)
        left = np.hstack([calibration.residuals(left), fitted])
        right = np.hstack([right, weighed * diagonal[:, None]])
    return VarianceForm(np.arange(design.size), diagonal, left, right, form.true)


def number_of_counts(calibration: Calibration) -> int:
    """How many counts (or totals) a calibration meets."""
    if isinstance(calibration, PostStratification):
        return len(np.unique(calibration.cells))
    if isinstance(calibration, MarginCalibration):
        return sum(len(np.unique(margin)) for margin in calibration.margins)
    if isinstance(calibration, StackedCalibrations):
        return sum(number_of_counts(each) for _, each in calibration.parts)
    return int(calibration.basis.shape[1])


def _columns(calibration: Calibration) -> tuple[Floats, Floats]:
    """Two matrices; the first times the second transposed is what a calibration takes out of an influence."""
    if isinstance(calibration, PostStratification):
        cells = _indicators(calibration.cells)
        after, before = calibration.after[:, None], calibration.before[:, None]
        counts = np.maximum(calibration.before @ cells, 1e-300)
        return cells * after, _over(cells * before / counts, after)
    if isinstance(calibration, MarginCalibration):
        margins = np.hstack([_indicators(margin[calibration.cells]) for margin in calibration.margins])
        basis, sizes, _ = np.linalg.svd(margins, full_matrices=False)
        basis, scale = basis[:, sizes > 1e-9 * sizes[0]], calibration.after[:, None]
        return basis * scale, _over(basis, scale)
    if isinstance(calibration, StackedCalibrations):
        return _stacked_columns(calibration)
    scale = calibration.scale[:, None]
    return calibration.basis * scale, _over(calibration.basis, scale)


def _stacked_columns(stacked: StackedCalibrations) -> tuple[Floats, Floats]:
    """The columns of each wave in its own rows, nought elsewhere."""
    sides: tuple[list[Floats], list[Floats]] = ([], [])
    for rows, calibration in stacked.parts:
        for side, own in zip(sides, _columns(calibration), strict=True):
            whole = np.zeros((stacked.size, own.shape[1]))
            whole[rows] = own
            side.append(whole)
    return np.hstack(sides[0]), np.hstack(sides[1])


def _indicators(codes: Integers) -> Floats:
    return np.asarray(codes[:, None] == np.unique(codes), dtype=float)


def _over(values: Floats, scale: Floats) -> Floats:
    return np.asarray(np.divide(values, scale, out=np.zeros_like(values), where=scale != 0))


def false_positives(
    forms: Sequence[VarianceForm],
    df: float,
    *,
    excess: float = 1.0,
    plain: Sequence[VarianceForm] | None = None,
    unbiased: bool = False,
) -> tuple[float, float]:
    """How often a test that counts on ``df`` rejects at 5% when nothing is the matter, and a factor for the sample.

    ``forms`` is that of one difference, or those of the means of three groups and more. Of what small groups put over
    5% (``plain``, the forms without calibration) a test suffers from the part ``excess``. The factor says how many
    times as large the sample must be for 5.6%. ``unbiased`` is for a jackknife, which has the degrees of freedom of the
    forms and not their bias.
    """

    def rate(times: float) -> float:
        whole = _rejected(forms, df, times, unbiased)
        if excess == 1:
            return whole
        groups = whole if plain is None else _rejected(plain, df, times, unbiased)
        return whole - (1 - excess) * (groups - 0.05)

    now = rate(1.0)
    low, high = 1.0, 1.0
    if now <= MOST_FALSE:
        return now, high
    while rate(high) > MOST_FALSE:
        low, high = high, 2 * high
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if rate(middle) > MOST_FALSE else (low, middle)
    return now, high


def _rejected(forms: Sequence[VarianceForm], df: float, times: float, unbiased: bool) -> float:
    """The chance that the statistic passes the border of F with ``df``, in a sample ``times`` as large."""
    moments = [form.moments(times) for form in forms]
    if not all(trace > 0 and square > 0 for trace, square in moments):
        return 1.0
    expected, square = np.array(moments).T
    true = np.array([form.true / times for form in forms])
    inflation = np.ones(len(forms)) if unbiased else true / expected
    number, rest = 1, np.ones(1)
    if len(forms) > 1:
        number, rest = len(forms) - 1, 1 - (1 / expected) / (1 / expected).sum()
    spread = float((rest**2 * square / expected**2).sum())
    scale = float((rest * inflation).sum()) / number
    scale *= 1 + 2 * (number - 1) * spread / (number * (number + 2))
    border = float(stats.f.isf(0.05, number, df))
    return float(stats.f.sf(border / scale, number, number * (number + 2) / (3 * spread)))


def expected_coverage(weights: Floats, cells: Integers, totals: Floats, df: float) -> float:
    """How often a 95% interval of a mean holds the truth after weights were made to meet the ``totals`` of cells.

    Residuals from the means of small cells are too small. Taken as if answers vary as much in every cell.
    """
    trace, square, true = 0.0, 0.0, 0.0
    for at, part in enumerate(totals / totals.sum()):
        a = weights[cells == at]
        a = a / a.sum()
        form = VarianceForm(np.flatnonzero(cells == at), part * a, part * a[:, None], a[:, None], 0.0)
        each = form.moments(1.0)
        trace, square, true = trace + each[0], square + each[1], true + part**2 * float(a @ a)
    if not (trace > 0 and square > 0):
        return 0.0
    border = float(stats.t.isf(0.025, df))
    return float(1 - 2 * stats.t.sf(border * (trace / true) ** 0.5, trace**2 / square))
