"""The covariance of a model from its replicates, of which some may have no finite solution.

A bootstrap of an answer that few gave draws nobody who gave it every now and then, and the logistic model then runs off
without end. Such a replicate is no reason to give nothing, and leaving it out would hide just the doubt that it shows:
it is fitted with Firth's penalty, which keeps it finite. A replicate in which a coefficient has nobody at all is left
out and counted.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stagekansen_lib.errors import DoubtWarning, InputError, Problem
from stagekansen_lib.estimation.replicates import replicate_covariance, replicate_estimates, replicate_sums
from stagekansen_lib.models.firth import fit_firth
from stagekansen_lib.models.fitting import Fit

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers, Mask
    from stagekansen_lib.surveys.designs import Design

__all__ = ["Spread", "covariance_of_replicates", "refuse_separated"]

# A replicate in which some coefficient varies so many times as much as in all rows knows nothing of it but rounding.
_UNKNOWN = 1e8

# Columns of a replicate nearer to dependent than this have no coefficients of their own.
_DEPENDENT = 1e-10


@dataclass(frozen=True, eq=False)
class Spread:
    """A covariance; from replicates also how many of them were fitted with a penalty, and how many left out."""

    covariance: Floats
    penalised: int = 0
    left_out: int = 0


@dataclass(frozen=True, eq=False)
class _Refit:
    """One replicate after another: coefficients (NaN where there are none), then 1 where a penalty was needed.

    ``penalty`` says that each is penalised, needed or not, as all rows were.
    """

    fitted: Callable[[Floats, Floats | None], Fit]
    whole: Fit
    x: Floats
    outcome: Floats
    answers: int
    logistic: bool
    penalty: bool

    def __call__(self, weights: Floats) -> Floats:
        return np.vstack([self._one(column) for column in weights.T])

    def _one(self, weights: Floats) -> Floats:
        found = self._fit(weights, self.whole.coefficients) or self._fit(weights, None)
        if found is None or not self._knows(found):
            return self._penalised(weights)
        if self.penalty:
            return np.append(self._penalised(weights)[:-1], 0.0)
        return np.append(found.coefficients, 0.0)

    def _knows(self, found: Fit) -> bool:
        """Whether a fit is of more than rounding."""
        spread, usual = np.diag(found.inverse_information), np.diag(self.whole.inverse_information)
        return bool((np.abs(spread) < _UNKNOWN * usual).all())

    def _fit(self, weights: Floats, start: Floats | None) -> Fit | None:
        """The fit of a replicate; from the coefficients of all rows it may run off where it does not from nothing."""
        try:
            return self.fitted(weights, start)
        except (InputError, np.linalg.LinAlgError):
            return None

    def _penalised(self, weights: Floats) -> Floats:
        unknown = np.full(len(self.whole.coefficients) + 1, np.nan)
        if not self.logistic or not _has_coefficients(self.x, weights):
            return unknown
        try:
            found = fit_firth(self.x, self.outcome, weights, self.answers)
        except InputError:
            return unknown
        return np.append(found.coefficients, 1.0)


def _has_coefficients(x: Floats, weights: Floats) -> bool:
    """Whether a replicate tells the columns of the model apart."""
    products = x.T @ (x * weights[:, None])
    known = np.diag(products)
    if not (known > 0).all():
        return False
    size = np.sqrt(known)
    return bool(np.linalg.eigvalsh(products / np.outer(size, size))[0] > _DEPENDENT)


def covariance_of_replicates(
    design: Design, used: Mask, classes: Integers | None, x: Floats, outcome: Floats, fit: Fit,
    fitted: Callable[[Floats, Floats | None], Fit], *, logistic: bool, penalty: bool = False,
) -> Spread:  # fmt: skip
    """The covariance of the coefficients, each replicate fitted anew.

    Parameters
    ----------
    design : with replicates.
    used : the rows of the domain that are in the model.
    classes : the class of each row used, where equal rows are fitted as one; ``x`` and ``outcome`` are then of classes.
    fit : of all rows.
    fitted : the fit for other weights, from coefficients to start with.
    logistic : whether a replicate without a finite solution may be penalised.
    penalty : whether every replicate is, as ``fit`` was.

    Raises
    ------
    InputError : more than half of the replicates have no coefficients, or one of a jackknife: each of those holds a
        part of the variance that no other has.
    """
    refit = _Refit(fitted, fit, x, outcome, int(used.sum()), logistic, penalty)
    if classes is not None:
        whole = np.full(len(used), -1, dtype=np.intp)
        whole[used] = classes
        found = refit(replicate_sums(design, whole, len(x)).T)
    else:
        found = replicate_estimates(design, lambda weights: refit(weights[used]))
    known = np.isfinite(found[:, 0])
    penalised, left_out = int(found[known, -1].sum()), int((~known).sum())
    jackknife = design.replicates is not None and design.replicates.kind == "made jackknife"
    if 2 * left_out > len(found) or (left_out and jackknife):
        raise _nobody(left_out, len(found))
    if penalised:
        text = (
            f"In {penalised} of {len(found)} replicates the model has no finite solution: these were fitted with "
            "Firth's penalty. The answer is rare, so take the interval as rough."
        )
        warnings.warn(DoubtWarning(text, "penalised_replicates"), stacklevel=5)
    return Spread(replicate_covariance(design, found[:, :-1], fit.coefficients), penalised, left_out)


def refuse_separated(fit_all: Callable[[], Fit]) -> None:
    """Stop where all rows together have no finite solution: then hardly any replicate has one.

    Each of them has the same empty cell, so they differ by far less than the answer is uncertain.
    """
    try:
        fit_all()
    except (InputError, np.linalg.LinAlgError):
        raise InputError(
            Problem(
                "Everyone or nobody in some group gave the answer, and no replicate can tell how sure that is.",
                do="Merge rare answers, leave that variable out, or show the shares: their intervals know better.",
            )
        ) from None


def _nobody(left_out: int, number: int) -> InputError:
    return InputError(
        Problem(
            "An answer is so rare that a replicate has nobody who gave it: the model cannot be fitted there "
            f"({left_out} of {number} replicates).",
            do="Merge rare answers, or leave that variable (or those respondents) out.",
        )
    )
