"""Firth's penalised logistic regression, for rare answers and answers that a variable separates.

Where an answer was given by nobody in a group the odds ratio of the usual model runs off to nought or infinity. Firth's
penalty (Jeffreys' prior) keeps it finite and takes most of its bias away; profile intervals say how much doubt is left.

Sources: Firth (1993), doi:10.1093/biomet/80.1.27; Heinze and Schemper (2002), doi:10.1002/sim.1047. Weights enter
likelihood and penalty, scaled to add up to the number of answers. Checked against R's brglm2 0.9 and figures that
logistf printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special, stats

from stagekansen_lib.errors import InputError, Problem

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Mask

__all__ = ["FirthFit", "fit_firth"]

_MOST_STEPS = 500
_LONGEST_STEP = 5.0
_CLOSE = 1e-12
# A limit of a profile interval is looked for up to this number of standard errors from the estimate.
_FARTHEST = 200


@dataclass(frozen=True, eq=False)
class FirthFit:
    """A penalised logistic model.

    Parameters
    ----------
    coefficients : log odds ratios, of the columns of ``x``.
    covariance : inverse information at the estimate.
    log_likelihood : penalised.
    x, y, weights : what it was fitted to.
    """

    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    x: Floats
    y: Floats
    weights: Floats

    def drop(self, at: int, value: float = 0.0, start: Floats | None = None) -> tuple[float, Floats]:
        """Twice the penalised log likelihood that is lost when one coefficient is held at a value, and the others.

        The penalty is that of the whole model, as in logistf.
        """
        free = np.ones(len(self.coefficients), dtype=bool)
        free[at] = False
        begin = (self.coefficients if start is None else start).copy()
        begin[at] = value
        found, likelihood = _climb(self.x, self.y, self.weights, begin, free)
        return max(2 * (self.log_likelihood - likelihood), 0.0), found

    def p_value(self, at: int) -> float:
        """Of the penalised likelihood ratio test that a coefficient is nought."""
        return float(stats.chi2.sf(self.drop(at)[0], 1))

    def profile_interval(self, at: int, ci_level: float = 0.95, df: float = np.inf) -> tuple[float, float]:
        """Values of a coefficient that the likelihood ratio test does not reject; ``df`` as for F with 1 and df."""
        target = float(stats.chi2.ppf(ci_level, 1) if np.isinf(df) else stats.f.ppf(ci_level, 1, df))
        return self._limit(at, -1, target), self._limit(at, 1, target)

    def _limit(self, at: int, side: int, target: float) -> float:
        error = float(np.sqrt(self.covariance[at, at]))
        middle, start = float(self.coefficients[at]), self.coefficients

        def beyond(value: float) -> float:
            nonlocal start
            lost, start = self.drop(at, value, start)
            return lost - target

        for step in range(1, _FARTHEST):
            if beyond(middle + side * step * error) > 0:
                near, far = middle + side * (step - 1) * error, middle + side * step * error
                return float(optimize.brentq(beyond, near, far, xtol=1e-11))
        return side * np.inf


def fit_firth(x: Floats, y: Floats, weights: Floats | None = None, answers: int | None = None) -> FirthFit:
    """The penalised logistic model of ``y`` (0 or 1) on the columns of ``x``.

    ``weights`` are scaled to add up to the number of answers: that of the rows, or ``answers`` where equal rows are
    given once with their weights added up.

    Raises
    ------
    InputError : the columns depend on one another, or the fit does not end.
    """
    given = np.ones(len(y)) if weights is None else weights * ((answers or len(y)) / weights.sum())
    free = np.ones(x.shape[1], dtype=bool)
    found, likelihood = _climb(x, y, given, np.zeros(x.shape[1]), free)
    covariance: Floats = np.asarray(np.linalg.inv(_information(x, given, special.expit(x @ found))))
    return FirthFit(found, covariance, likelihood, x, y, given)


def _information(x: Floats, weights: Floats, p: Floats) -> Floats:
    return np.asarray(x.T @ (x * (weights * p * (1 - p))[:, None]))


def _likelihood(x: Floats, y: Floats, weights: Floats, at: Floats) -> float:
    line = x @ at
    sign, determinant = np.linalg.slogdet(_information(x, weights, special.expit(line)))
    if sign <= 0:
        return -np.inf
    return float(weights @ (y * line - np.logaddexp(0, line)) + determinant / 2)


def _climb(x: Floats, y: Floats, weights: Floats, start: Floats, free: Mask) -> tuple[Floats, float]:
    """Newton's steps up the penalised likelihood, over the free coefficients, halved where a step leads down."""
    at, height = start, _likelihood(x, y, weights, start)
    for _ in range(_MOST_STEPS):
        p = special.expit(x @ at)
        information = _information(x, weights, p)
        try:
            # Not scipy's: on small matrices that waits for all processors.
            inverse = np.linalg.inv(information)
        except np.linalg.LinAlgError:
            raise _dependent() from None
        leverage = np.einsum("ij,jk,ik->i", x, inverse, x) * weights * p * (1 - p)
        score = x.T @ (weights * (y - p) + leverage * (0.5 - p))
        if not free.any() or np.abs(score[free]).max() < _CLOSE * weights.sum():
            return at, height
        step = np.zeros(len(at))
        step[free] = np.linalg.solve(information[np.ix_(free, free)], score[free])
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        size = 1.0
        while size > 1e-6 and _likelihood(x, y, weights, at + size * step) < height - 1e-13 * abs(height):
            size /= 2
        at = at + size * step
        height = _likelihood(x, y, weights, at)
        if np.abs(step).max() < 1e-14:
            return at, height
    raise InputError(Problem("The penalised model does not settle.", do="Merge rare answers, or use fewer variables."))


def _dependent() -> InputError:
    return InputError(
        Problem("Variables of the model say the same.", do="Leave out the one that is a sum or a copy of others.")
    )
