"""Fitting of weighted models: generalised linear models by scoring, proportional odds by Newton's method.

Sources: McCullagh and Nelder (1989), doi:10.1007/978-1-4899-3242-6; McCullagh (1980),
doi:10.1111/j.2517-6161.1980.tb01109.x. Fitted to convergence, further than R's default stop.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from scipy import special, stats

from stagekansen_lib.errors import InputError, Problem

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers

    # Minus log likelihood, score of each row, and information.
    Parts = tuple[float, Floats, Floats]

Part = TypeVar("Part")

__all__ = ["Fit", "fit_glm", "fit_ordinal", "inverse_link", "link_slope"]

_ITERATIONS = 100

# A solution is found when a step moved less than this, relative to the size of the predictor.
_NEAR = 1e-9

# R's optim takes the information from scores this far to either side of the solution. Where that moves a predictor
# further than _FAR, the outcome is no information any more and the exact one is used.
_STEP, _FAR = 1e-3, 0.2

# Rows times columns squared worked on at a time: few enough to stay in the cache, and for one thread to be quickest.
_BLOCK = 250_000

_CANONICAL = (("binomial", "logit"), ("poisson", "log"), ("gaussian", "identity"))

# From this number of rows a model starts from the coefficients of a tenth of them.
_ROUGH = 20_000

# From this number of rows it uses all processors.
_MANY = 200_000

# Into so many parts rows are divided then, whatever the number of processors: the sums are the same everywhere.
_PARTS = 16


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


def fit_glm(
    x: Floats,
    y: Floats,
    weights: Floats,
    family: str,
    link: str,
    start: Floats | None = None,
    mean_weight: float | None = None,
) -> Fit:
    """Fit a generalised linear model; weights are scaled to a mean of one, so that the deviance is R's.

    Rows with the same ``x`` and ``y`` may be given once with their weights added up, and the mean weight of a row.
    """
    w = weights / (weights[weights > 0].mean() if mean_weight is None else mean_weight)
    beta = start
    if beta is None and family != "gaussian":
        beta = _rough_start(x, y, w, family, link)
    coefficients, information, scale = _solve(x, y, w, family, link, beta, _NEAR)
    inverse = np.linalg.inv(information / np.outer(scale, scale)) / np.outer(scale, scale)
    influence = np.empty_like(x)

    def fill(blocks: list[slice]) -> float:
        deviance = 0.0
        for rows in blocks:
            mean, slope = _mean_and_slope(x[rows] @ coefficients, link)
            deviance += _deviance(y[rows], mean, w[rows], family)
            score = w[rows] * (y[rows] - mean) * slope / _variance(mean, family)
            influence[rows] = (x[rows] * score[:, None]) @ inverse
        return deviance

    return Fit(coefficients, influence, inverse, float(sum(_by_parts(x, fill))))


def _solve(
    x: Floats, y: Floats, w: Floats, family: str, link: str, beta: Floats | None, near: float
) -> tuple[Floats, Floats, Floats]:
    """Coefficients, the information that gave the last step to them, and the scale of each column.

    The information is of the coefficients before that step, so these must be as ``near`` as well.
    """
    scale = np.sqrt(np.einsum("ij,ij->j", x, x) / len(x))
    # With these links scoring is Newton's method: the error of a step goes with the square of the one before.
    order = 2 if (family, link) in _CANONICAL else 1
    moved = np.inf
    for step in range(_ITERATIONS):
        information, right, largest = _scoring_sums(x, y, w, family, link, beta)
        _refuse_endless(largest, family, step)
        before, previous = beta, moved
        beta = np.asarray(np.linalg.solve(information / np.outer(scale, scale), right / scale) / scale)
        if family == "gaussian":
            break
        if before is not None:
            moved = float(np.abs((beta - before) * scale).max() / (1 + np.abs(beta * scale).max()))
        if moved < near and (moved >= previous or moved * (moved / previous) ** order < 1e-5 * near):
            break
    else:
        if not moved < 1e-8:
            raise InputError(Problem(f"The model did not converge in {_ITERATIONS} rounds.", do="Use fewer terms."))
    return np.asarray(beta, dtype=float), information, scale


def _refuse_endless(largest: float, family: str, step: int) -> None:
    """Stop when predictors run off without end."""
    # A count may pass through large predictors on its way from a poor start.
    if largest > 30 and (family == "binomial" or (family == "poisson" and step > 20)):
        penalty = "; without clusters or replicates use regress(..., penalty='firth', interval='profile')"
        way = penalty if family == "binomial" else ""
        raise InputError(
            Problem(
                "The outcome is the same for everyone with some answers: the model has no finite solution.",
                do=f"Merge rare answers, or leave that variable out{way}.",
            )
        )


def _rough_start(x: Floats, y: Floats, w: Floats, family: str, link: str) -> Floats | None:
    """Coefficients of a tenth of the rows, near those of all: some rounds over all rows less. None for few rows."""
    if len(x) <= _ROUGH:
        return None
    part, answers, some = x[::10], y[::10], w[::10]
    try:
        return _solve(part, answers, some, family, link, _rough_start(part, answers, some, family, link), 1e-3)[0]
    except (InputError, np.linalg.LinAlgError):
        return None


def _row_blocks(x: Floats) -> list[slice]:
    size = min(max(_BLOCK // max(x.shape[1], 1) ** 2, 256), 8192)
    return [slice(first, first + size) for first in range(0, len(x), size)]


def _by_parts(x: Floats, work: Callable[[list[slice]], Part]) -> list[Part]:
    """What the work gives for the blocks of rows: all at once, or in parts, each in the order of the rows."""
    blocks = _row_blocks(x)
    if len(x) <= _MANY:
        return [work(blocks)]
    size = -(-len(blocks) // _PARTS)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(work, [blocks[at : at + size] for at in range(0, len(blocks), size)]))


def _scoring_sums(
    x: Floats, y: Floats, w: Floats, family: str, link: str, beta: Floats | None
) -> tuple[Floats, Floats, float]:
    """Information, right hand side of a scoring step, and the largest predictor; from y itself without ``beta``."""
    width = x.shape[1]
    # With these links the slope of the mean is the variance.
    canonical = (family, link) in _CANONICAL and beta is not None

    def add_up(blocks: list[slice]) -> tuple[Floats, Floats, float]:
        information, right, largest = np.zeros((width, width)), np.zeros(width), 0.0
        for rows in blocks:
            block, answer = x[rows], y[rows]
            if beta is None:
                mean = (answer + 0.5) / 2 if family == "binomial" else answer + 0.1 if family == "poisson" else answer
                eta = _link(mean, link)
                slope = link_slope(eta, link)
            else:
                eta = block @ beta
                mean, slope = _mean_and_slope(eta, link)
                largest = max(largest, float(np.abs(eta).max()))
            relative = w[rows] if canonical else w[rows] * slope / _variance(mean, family)
            working = relative * slope
            information += (block * working[:, None]).T @ block
            right += (working * eta + relative * (answer - mean)) @ block
        return information, right, largest

    parts = _by_parts(x, add_up)
    total = np.sum([part[0] for part in parts], axis=0), np.sum([part[1] for part in parts], axis=0)
    return *total, max(part[2] for part in parts)


def _mean_and_slope(eta: Floats, link: str) -> tuple[Floats, Floats]:
    if link != "logit":
        return inverse_link(eta, link), link_slope(eta, link)
    # One exponential for both; of minus the size, so that neither tail loses digits.
    small = np.exp(-np.abs(eta))
    upper = 1 / (1 + small)
    return np.where(eta >= 0, upper, small * upper), small * upper**2


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
    x: Floats,
    answers: Integers,
    number: int,
    weights: Floats,
    link: str,
    start: Floats | None = None,
    mean_weight: float | None = None,
) -> Fit:
    """Fit a proportional odds (or probit) model: coefficients first, then thresholds; higher means a higher answer.

    ``x`` has no column for the intercept. Equal rows may be given once, as for ``fit_glm``.
    """
    p, q = x.shape[1], number - 1
    # In a replicate that lacks an answer, the thresholds around it can lie anywhere.
    if not (np.bincount(answers, weights, minlength=number) > 0).all():
        raise _separated()
    w = weights / (weights[weights > 0].mean() if mean_weight is None else mean_weight)
    scale = np.sqrt((x**2).mean(axis=0)) if p else np.empty(0)
    z = x / scale
    if start is None:
        shares = np.cumsum(np.bincount(answers, w, minlength=number))[:-1] / w.sum()
        point = np.concatenate([np.zeros(p), _link(shares, link)])
    else:
        point = np.concatenate([start[:p] * scale, start[p:]])

    def parts_at(trial: Floats) -> Parts:
        return _ordinal_parts(z, answers, w, trial, p, q, link)

    point, (value, score, information) = _newton(parts_at, point, p)
    # The refit of a replicate needs coefficients only.
    if start is None and not (scale * _STEP > _FAR).any():
        information = _stepped_information(z, answers, w, point, scale, q, link)
    inverse = np.linalg.inv(information)
    back = np.concatenate([scale, np.ones(q)])
    inverse = inverse / np.outer(back, back)
    influence = (score * back) @ inverse
    return Fit(point / back, influence, inverse, 2 * value)


def _newton(parts_at: Callable[[Floats], Parts], point: Floats, p: int) -> tuple[Floats, Parts]:
    """The solution by Newton's method, with the parts of the likelihood there."""
    value, score, information = parts_at(point)
    for _ in range(_ITERATIONS):
        if _nearly_singular(information):
            raise _separated()
        step = np.linalg.solve(information, score.sum(axis=0))
        size, trial, new = 1.0, point, (value, score, information)
        while size > 1e-6:
            trial = point + size * step
            if (np.diff(trial[p:]) > 0).all():
                new = parts_at(trial)
                if np.isfinite(new[0]) and new[0] <= value + 1e-9 * abs(value):
                    break
            size /= 2
        moved = float(np.abs(size * step).max() / (1 + np.abs(point).max()))
        point, (value, score, information) = trial, new
        if moved < 1e-12:
            return point, (value, score, information)
    raise _separated()


def _nearly_singular(information: Floats) -> bool:
    """Whether so little is known of some coefficient, next to the others, that it runs off without end.

    Nothing at all is known where the likelihood is none.
    """
    known = np.diag(information)
    if not information.size or not np.isfinite(information).all() or not (known > 0).all():
        return True
    root = np.sqrt(known)
    return bool(root.min() < 1e-6 * root.max() or np.linalg.eigvalsh(information / np.outer(root, root))[0] < 1e-12)


def _separated() -> InputError:
    return InputError(
        Problem(
            "The ordinal model did not converge: perhaps some answers leave only one outcome, or no choice between "
            "high and low ones.",
            do="Merge rare answers, or leave that variable out.",
        )
    )


def _stepped_information(
    z: Floats, answers: Integers, w: Floats, point: Floats, scale: Floats, q: int, link: str
) -> Floats:
    """The information from differences of scores, as R's ``svyolr`` has it from ``optim``.

    The exact second derivatives give standard errors that are up to 3e-4 (relative) off from those of R, because R's
    step of 0.001 is not small for variables of the size of 50. So the same step is taken here, over coefficients,
    the first threshold and the logarithms of the gaps between thresholds.
    """
    p = len(scale)

    def parts(steps: Floats) -> tuple[Floats, Floats]:
        """Coefficients and thresholds after steps on R's scale, with their slopes over that scale."""
        gaps = np.diff(point[p:]) * np.exp(steps[p + 1 :])
        slopes = np.diag(np.concatenate([scale, np.ones(q)]))
        slopes[p:, p] = 1.0
        for at in range(1, q):
            slopes[p + at :, p + at] = gaps[at - 1]
        thresholds = point[p] + steps[p] + np.concatenate([[0.0], np.cumsum(gaps)])
        return np.concatenate([point[:p] + steps[:p] * scale, thresholds]), slopes

    columns = []
    for step in np.eye(p + q) * _STEP:
        scores = []
        for side in (step, -step):
            at, slopes = parts(side)
            scores.append(slopes.T @ _ordinal_score(z, answers, w, at, p, q, link))
        columns.append((scores[1] - scores[0]) / (2 * _STEP))
    stepped = np.column_stack(columns)
    back = np.linalg.inv(parts(np.zeros(p + q))[1])
    return np.asarray(back.T @ (stepped + stepped.T) @ back / 2)


def _ordinal_score(x: Floats, answers: Integers, w: Floats, point: Floats, p: int, q: int, link: str) -> Floats:
    """Slopes of the log likelihood over coefficients and thresholds, summed over the rows."""
    upper, lower, chance = _ordinal_chances(x @ point[:p], answers, point[p:], link)
    up, down = w * link_slope(upper, link) / chance, w * link_slope(lower, link) / chance
    thresholds = np.bincount(answers, up, minlength=q + 1)[:q] - np.bincount(answers, down, minlength=q + 1)[1:]
    return np.concatenate([(down - up) @ x, thresholds])


def _ordinal_chances(eta: Floats, answers: Integers, thresholds: Floats, link: str) -> tuple[Floats, Floats, Floats]:
    """The edges around the answer of each row, and the chance of that answer."""
    edges = np.concatenate([[-np.inf], thresholds, [np.inf]])
    upper, lower = edges[answers + 1] - eta, edges[answers] - eta
    # In the upper tail the difference of the complements keeps its precision.
    side = np.where(lower > 0, -1.0, 1.0)
    chance = side * (inverse_link(side * upper, link) - inverse_link(side * lower, link))
    return upper, lower, chance


def _ordinal_parts(
    x: Floats, answers: Integers, w: Floats, point: Floats, p: int, q: int, link: str
) -> tuple[float, Floats, Floats]:
    """Minus log likelihood, score of each row, and information, at (coefficients, thresholds)."""
    upper, lower, chance = _ordinal_chances(x @ point[:p], answers, point[p:], link)
    chance = np.where(w > 0, chance, 1.0)  # what does not weigh tells nothing, however small its chance
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
