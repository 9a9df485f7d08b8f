"""Weights calibrated to population totals, of classes and of numbers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from stagekansen_lib.arguments import said, some_number
from stagekansen_lib.errors import DoubtWarning, InputError, Problem
from stagekansen_lib.surveys.calibrations import (
    RegressionCalibration,
)
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.applying import domain_free, reweighted
from stagekansen_lib.weighting.targets import Target, match_targets, number_targets

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats
    from stagekansen_lib.population.margins import Margins


__all__ = ["calibrate"]


Distance = Literal["linear", "raking", "logit"]


def calibrate(
    survey: Survey,
    to: Margins | Mapping[Any, Any],
    *,
    distance: Distance = "linear",
    bounds: tuple[float, float] | None = None,
    tolerance: float = 1e-10,
    max_iterations: int = 200,
) -> Survey:
    """The survey with weights that meet margins and totals of numeric variables, changed as little as possible.

    Parameters
    ----------
    survey : the survey.
    to : margins as for ``rake``, and totals of numeric variables: ``{"level": {...}, "hours": 410000.0}``.
    distance : "linear" (least squares), "raking" (weights stay positive) or "logit" (needs ``bounds``).
    bounds : smallest and largest factor by which a weight may change, such as (0.4, 2.5).
    tolerance : largest error of a total, relative to 1 + its size.
    max_iterations : Newton steps after which to give up.

    Returns
    -------
    Survey : weights changed, variances by regression residuals, a line of history.

    Raises
    ------
    InputError : as ``rake``; bounds missing or not around 1; totals that cannot be met within the bounds.

    Notes
    -----
    Without margins the total number is not calibrated. Checked against R's ``calibrate``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"level": ["mbo", "mbo", "hbo"], "hours": [6.0, 8.0, 8.0]}))
    >>> calibrate(survey, {"level": {"mbo": 20, "hbo": 10}, "hours": 230.0}).weights.round(6).tolist()
    [5.0, 15.0, 10.0]
    """
    if distance not in ("linear", "raking", "logit"):
        raise InputError(Problem(f"distance is {distance!r}.", do="Choose 'linear', 'raking' or 'logit'."))
    some_number("tolerance", tolerance, above=0.0, do="Give a number above zero, such as 1e-10.")
    rounds = int(some_number("max_iterations", max_iterations, above=0.0, do="Give a whole number, such as 200."))
    low, high = _checked_bounds(distance, bounds)
    base = domain_free(survey)
    targets = match_targets(survey, to, numbers_too=True)
    numeric = number_targets(survey, to)
    matrix, totals, names = _model(targets, numeric, base.size)

    factors = partial(_model_factors, matrix, totals, names, (distance, low, high), tolerance, rounds)
    change = factors(base.weights[:, None])[:, 0]
    root = np.sqrt(base.weights)
    record = RegressionCalibration(_orthonormal(matrix * root[:, None]), change * root)
    survey = reweighted(survey, base.weights * change, record, factors, to, f"calibrate ({distance})", targets)
    negative = int((survey.design.weights < 0).sum())
    if negative:
        warnings.warn(
            f"{negative} weights are below zero. Use bounds, or distance='raking'.", DoubtWarning, stacklevel=2
        )
    return survey


def _model_factors(
    matrix: Floats,
    totals: Floats,
    names: Sequence[str],
    distance: tuple[str, float, float],
    tolerance: float,
    max_iterations: int,
    weights: Floats,
) -> Floats:
    """Factors that make each set of weights (a column) meet the totals."""
    return np.column_stack(
        [
            _calibration_factors(matrix, column, totals, names, *distance, tolerance, max_iterations)
            for column in weights.T
        ]
    )


def _checked_bounds(distance: str, bounds: tuple[float, float] | None) -> tuple[float, float]:
    if bounds is None:
        if distance == "logit":
            raise InputError(Problem("The logit distance needs bounds.", do="Give bounds, such as bounds=(0.4, 2.5)."))
        return -np.inf, np.inf
    low, high = _two_numbers(bounds)
    if not low < 1 < high or (distance == "logit" and not (np.isfinite(low) and np.isfinite(high))):
        raise InputError(Problem(f"Bounds {low:g} to {high:g} must lie on either side of 1.", do="Try (0.4, 2.5)."))
    return low, high


def _two_numbers(bounds: Any) -> tuple[float, float]:
    if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
        raise InputError(Problem(f"bounds is {said(bounds)}.", do="Give the two limits, such as bounds=(0.4, 2.5)."))
    try:
        return float(bounds[0]), float(bounds[1])
    except (TypeError, ValueError):
        raise InputError(Problem("Bounds must be numbers.", do="Try (0.4, 2.5).")) from None


def _model(
    targets: Sequence[Target], numeric: Sequence[tuple[str, Floats, float]], rows: int
) -> tuple[Floats, Floats, list[str]]:
    """The columns to calibrate on, their totals and names; redundant columns of later margins are left out."""
    columns: list[Floats] = []
    totals: list[float] = []
    names: list[str] = []
    if targets:
        columns.append(np.ones(rows))
        totals.append(float(targets[0].counts.sum()))
        names.append("the total")
    for target in targets:
        for code in range(1, len(target.counts)):
            columns.append((target.codes == code).astype(float))
            totals.append(float(target.counts[code]))
            names.append(f"{target.labels[code]!r} of '{target.name}'")
    for name, values, total in numeric:
        columns.append(values)
        totals.append(total)
        names.append(f"the total of '{name}'")
    return np.column_stack(columns), np.array(totals), names


def _orthonormal(matrix: Floats) -> Floats:
    """An orthonormal basis of the columns; columns that follow from earlier ones add nothing."""
    from scipy.linalg import qr

    q, r, _ = qr(matrix / np.maximum(np.linalg.norm(matrix, axis=0), 1e-300), mode="economic", pivoting=True)
    kept = np.abs(np.diag(r)) > 1e-7
    return np.asarray(q[:, kept])


def _calibration_factors(
    matrix: Floats,
    weights: Floats,
    totals: Floats,
    names: Sequence[str],
    distance: str,
    low: float,
    high: float,
    tolerance: float,
    max_iterations: int,
) -> Floats:
    """Factors g(x'eta) with sum of w g x equal to the totals, by Newton's method."""
    scale = np.maximum(np.abs(totals), 1.0)
    equations = _Equations(matrix / scale, weights, totals / scale, (distance, low, high))
    at = equations.start()
    best = at.error
    for _ in range(max_iterations):
        at, better = equations.step(at, best)
        if at.error <= tolerance * (0.01 if better else 1):
            return at.factors
        if not better:
            break
        best = at.error
    if at.error <= tolerance:
        return at.factors
    worst = int(np.argmax(np.abs(at.gap))) if np.isfinite(at.gap).all() else 0
    raise InputError(
        Problem(
            f"Calibration cannot meet {names[worst]}: it is still {abs(float(at.gap[worst])):.1e} off (relative).",
            do="Widen the bounds, merge small codes, or check the totals.",
        )
    )


@dataclass(frozen=True, eq=False)
class _Point:
    """Factors with their slopes at a value of the coefficients, and how far the totals are off."""

    eta: Floats
    factors: Floats
    slopes: Floats
    gap: Floats

    @property
    def error(self) -> float:
        return float(np.abs(self.gap).max())


@dataclass(frozen=True, eq=False)
class _Equations:
    """The totals to meet, each relative to its size, by factors of a distance within bounds."""

    matrix: Floats
    weights: Floats
    goal: Floats
    distance: tuple[str, float, float]

    @cached_property
    def weighed(self) -> Floats:
        return self.matrix * self.weights[:, None]

    def at(self, eta: Floats) -> _Point:
        factors, slopes = _distance(self.matrix @ eta, *self.distance)
        return _Point(eta, factors, slopes, self.goal - self.weighed.T @ factors)

    def start(self) -> _Point:
        return self.at(np.zeros(self.matrix.shape[1]))

    def step(self, last: _Point, best: float) -> tuple[_Point, bool]:
        """A Newton step, halved until the totals are nearer than ever before or it is too short to be one."""
        information = (self.weighed * last.slopes[:, None]).T @ self.matrix
        step = np.linalg.pinv(information, rcond=1e-12, hermitian=True) @ last.gap
        size = 1.0
        while True:
            trial = self.at(last.eta + size * step)
            better = trial.error < best
            if better or size < 1e-4:
                return trial, better
            size /= 2


def _distance(u: Floats, distance: str, low: float, high: float) -> tuple[Floats, Floats]:
    """The calibration factor and its slope at u, for each row."""
    if distance == "linear":
        return np.clip(1 + u, low, high), ((1 + u > low) & (1 + u < high)).astype(float)
    if distance == "raking":
        with np.errstate(over="ignore"):
            grown = np.exp(u)
        inside = (grown > low) & (grown < high)
        return np.clip(grown, low, high), np.where(inside, grown, 0.0)
    spread = (high - low) / ((high - 1) * (1 - low))
    power = np.exp(np.clip(spread * u, -700, 700))
    under = high - 1 + (1 - low) * power
    factor = (low * (high - 1) + high * (1 - low) * power) / under
    slope = (1 - low) * power * spread * (high - low) * (high - 1) / under**2
    return factor, slope
