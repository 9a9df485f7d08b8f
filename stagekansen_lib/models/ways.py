"""How the doubt of a model is worked out: its variance, a penalty, and the kind of interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.models.firth import FirthFit
from stagekansen_lib.models.fitting import Fit
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Way", "as_fit", "put_profiles"]

_INTERVALS = ("wald", "profile")


@dataclass(frozen=True)
class Way:
    """How doubt is worked out: the variance, a penalty, and the kind of interval."""

    variance: str
    penalty: str | None
    interval: str

    def check(self, survey: Survey, family: str, link: str) -> None:
        """Stop at ways that do not exist, or do not fit the model or the survey."""
        if self.penalty not in (None, "firth"):
            raise InputError(Problem(f"penalty is {self.penalty!r}.", do=did_you_mean(self.penalty, ["firth"])))
        if self.interval not in _INTERVALS:
            raise InputError(Problem(f"interval is {self.interval!r}.", do=did_you_mean(self.interval, _INTERVALS)))
        if self.penalty is None:
            if self.interval == "profile":
                raise InputError(Problem("interval='profile' belongs to a penalty.", do="Give penalty='firth' too."))
            return
        if (family, link) != ("binomial", "logit") or self.variance != "design":
            raise InputError(
                Problem(
                    "penalty='firth' is for a logistic model with the variance of the model.",
                    do="Use family='binomial' with link='logit', and leave out variance=.",
                )
            )
        stages, replicates = survey.design.stages, survey.design.replicates
        if replicates is None and (not stages or stages[0].clusters is not None):
            raise InputError(
                Problem(
                    "penalty='firth' is for respondents drawn one by one, without clusters.",
                    do="Merge rare answers, or show the shares.",
                )
            )
        if replicates is not None and self.interval == "profile":
            raise InputError(
                Problem(
                    "interval='profile' is of the likelihood of the model, and replicates have their own variance.",
                    do="Leave out interval=.",
                )
            )


def as_fit(found: FirthFit) -> Fit:
    """A penalised model as any other: what each row does to its coefficients, and its deviance without the penalty."""
    line = found.x @ found.coefficients
    chance = special.expit(line)
    influence = (found.x * (found.weights * (found.y - chance))[:, None]) @ found.covariance
    likelihood = float(found.weights @ (found.y * line - np.logaddexp(0, line)))
    return Fit(found.coefficients, influence, found.covariance, -2 * likelihood)


def put_profiles(table: pd.DataFrame, found: FirthFit, ci_level: float) -> None:
    """Intervals and p values of the penalised likelihood, in place of Wald's."""
    limits = [found.profile_interval(at, ci_level) for at in range(len(table))]
    table["ci_low"], table["ci_high"] = map(list, zip(*limits, strict=True))
    table["p_value"] = [found.p_value(at) for at in range(len(table))]
