"""Fitting of weighted models: generalised linear models by scoring, proportional odds by Newton's method.

Sources: McCullagh and Nelder (1989), doi:10.1007/978-1-4899-3242-6; McCullagh (1980),
doi:10.1111/j.2517-6161.1980.tb01109.x. Fitted to convergence, further than R's default stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special, stats

from stagekansen_lib.errors import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["Fit", "fit_glm", "fit_ordinal", "inverse_link", "link_slope"]

_ITERATIONS = 100


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients, the influence of each row on them (weight multiplied in), and the naive covariance."""

    coefficients: Floats
    influence: Floats
    inverse_information: Floats
    deviance: float


def inverse_link(eta: Floats, link: str) -> Floats:
    """The mean that belongs to a linear predictor."""
    if link == "logit":
        return np.asarray(special.expit(eta))
    if link == "probit":
        return np.asarray(special.ndtr(eta))
    return np.exp(eta) if link == "log" else eta


def link_slope(eta: Floats, link: str) -> Floats:
    """Slope of the mean over the linear predictor."""
    if link == "logit":
        return np.asarray(special.expit(eta) * special.expit(-eta))
    if link == "probit":
        return np.asarray(stats.norm.pdf(eta))
    return np.exp(eta) if link == "log" else np.ones_like(eta)


def fit_glm(x: Floats, y: Floats, weights: Floats, family: str, link: str, start: Floats | None = None) -> Fit:
    """Fit a generalised linear model; weights are scaled to a mean of one, so that the deviance is R's."""
    scale = np.sqrt((x**2).mean(axis=0))
    z = x / scale
    w = weights / weights[weights > 0].mean()
    if start is None:
        mean = (y + 0.5) / 2 if family == "binomial" else y + 0.1 if family == "poisson" else y
        eta = _link(mean, link)
    else:
        eta = x @ start
    deviance, beta = np.inf, np.zeros(x.shape[1])
    for step in range(_ITERATIONS):
        mean, slope = inverse_link(eta, link), link_slope(eta, link)
        working = w * slope**2 / _variance(mean, family)
        information = (z * working[:, None]).T @ z
        residual = np.divide(y - mean, slope, out=np.zeros_like(eta), where=slope > 0)
        change = np.linalg.solve(information, (z * working[:, None]).T @ (eta + residual))
        before, beta = beta, change
        eta = z @ beta
        previous, deviance = deviance, _deviance(y, inverse_link(eta, link), w, family)
        moved = float(np.abs(beta - before).max() / (1 + np.abs(beta).max()))
        if family == "gaussian" or (step > 1 and (moved < 1e-14 or (moved < 1e-10 and deviance >= previous))):
            break
        if family == "binomial" and np.abs(eta).max() > 30:
            raise InputError(
                Problem(
                    "The outcome is the same for everyone with some answers: the model has no finite solution.",
                    do="Merge rare answers, or leave that variable out.",
                )
            )
    else:
        if moved > 1e-8:
            raise InputError(Problem(f"The model did not converge in {_ITERATIONS} rounds.", do="Use fewer terms."))
    mean, slope = inverse_link(eta, link), link_slope(eta, link)
    working = w * slope**2 / _variance(mean, family)
    inverse = np.linalg.inv((z * working[:, None]).T @ z) / np.outer(scale, scale)
    score = x * (w * (y - mean) * slope / _variance(mean, family))[:, None]
    return Fit(beta / scale, score @ inverse, inverse, deviance)


def _link(mean: Floats, link: str) -> Floats:
    if link == "logit":
        return np.asarray(special.logit(mean))
    if link == "probit":
        return np.asarray(special.ndtri(mean))
    return np.log(mean) if link == "log" else mean


def _variance(mean: Floats, family: str) -> Floats:
    if family == "binomial":
        return np.maximum(mean * (1 - mean), 1e-300)
    return np.maximum(mean, 1e-300) if family == "poisson" else np.ones_like(mean)


def _deviance(y: Floats, mean: Floats, w: Floats, family: str) -> float:
    if family == "gaussian":
        return float(w @ (y - mean) ** 2)
    if family == "poisson":
        return float(2 * w @ (special.xlogy(y, y / mean) - (y - mean)))
    return float(-2 * w @ (special.xlogy(y, mean) + special.xlogy(1 - y, 1 - mean)))


def fit_ordinal(
    x: Floats, answers: Integers, number: int, weights: Floats, link: str, start: Floats | None = None
) -> Fit:
    """Fit a proportional odds (or probit) model: coefficients first, then thresholds; higher means a higher answer.

    ``x`` has no column for the intercept.
    """
    p, q = x.shape[1], number - 1
    w = weights / weights[weights > 0].mean()
    scale = np.sqrt((x**2).mean(axis=0)) if p else np.empty(0)
    z = x / scale
    if start is None:
        shares = np.cumsum(np.bincount(answers, w, minlength=number))[:-1] / w.sum()
        point = np.concatenate([np.zeros(p), _link(shares, link)])
    else:
        point = np.concatenate([start[:p] * scale, start[p:]])
    value, score, information = _ordinal_parts(z, answers, w, point, p, q, link)
    for _ in range(_ITERATIONS):
        step = np.linalg.solve(information, score.sum(axis=0))
        size = 1.0
        while size > 1e-6:
            trial = point + size * step
            if (np.diff(trial[p:]) > 0).all():
                new = _ordinal_parts(z, answers, w, trial, p, q, link)
                if np.isfinite(new[0]) and new[0] <= value + 1e-9 * abs(value):
                    break
            size /= 2
        moved = float(np.abs(size * step).max() / (1 + np.abs(point).max()))
        point, (value, score, information) = trial, new
        if moved < 1e-12:
            break
    else:
        raise InputError(Problem("The ordinal model did not converge.", do="Merge rare answers, or use fewer terms."))
    inverse = np.linalg.inv(information)
    back = np.concatenate([scale, np.ones(q)])
    inverse = inverse / np.outer(back, back)
    influence = (score * back) @ inverse
    return Fit(point / back, influence, inverse, 2 * value)


def _ordinal_parts(
    x: Floats, answers: Integers, w: Floats, point: Floats, p: int, q: int, link: str
) -> tuple[float, Floats, Floats]:
    """Minus log likelihood, score of each row, and information, at (coefficients, thresholds)."""
    eta = x @ point[:p]
    edges = np.concatenate([[-np.inf], point[p:], [np.inf]])
    upper, lower = edges[answers + 1] - eta, edges[answers] - eta
    chance = inverse_link(upper, link) - inverse_link(lower, link)
    # In the upper tail the difference of the complements keeps its precision.
    high = lower > 0
    chance = np.where(high, inverse_link(-lower, link) - inverse_link(-upper, link), chance)
    with np.errstate(divide="ignore"):
        value = float(-w @ np.log(chance))
    if not np.isfinite(value):
        return value, np.empty((0, 0)), np.empty((0, 0))
    up, down = link_slope(upper, link), link_slope(lower, link)
    bend_up, bend_down = _link_bend(upper, up, link), _link_bend(lower, down, link)
    slopes = np.zeros((len(answers), p + q))
    slopes[:, :p] = -x * (up - down)[:, None]
    rows = np.arange(len(answers))
    has_up, has_down = answers < q, answers > 0
    slopes[rows[has_up], p + answers[has_up]] += up[has_up]
    slopes[rows[has_down], p + answers[has_down] - 1] -= down[has_down]
    relative = slopes / chance[:, None]
    score = relative * w[:, None]
    information = score.T @ relative
    curve_up, curve_down = w * bend_up / chance, w * bend_down / chance
    second = np.zeros((p + q, p + q))
    second[:p, :p] = (x * (curve_up - curve_down)[:, None]).T @ x
    for k in range(q):
        at_up, at_down = answers == k, answers == k + 1
        second[p + k, p + k] = curve_up[at_up].sum() - curve_down[at_down].sum()
        cross = -(curve_up[at_up] @ x[at_up]) + curve_down[at_down] @ x[at_down]
        second[:p, p + k] = second[p + k, :p] = cross
    return value, score, information - second


def _link_bend(eta: Floats, slope: Floats, link: str) -> Floats:
    """Second derivative of the inverse link; zero at the infinite edges."""
    finite = np.isfinite(eta)
    safe = np.where(finite, eta, 0.0)
    bend = slope * (1 - 2 * special.expit(safe)) if link == "logit" else -safe * slope
    return np.where(finite, bend, 0.0)
