"""A mean or share of everyone, from people who chose to take part and a reference sample of people who were drawn.

Two ways are put together: weights from the chance to take part, and a model of the outcome that predicts it for the
reference sample. The estimate is right when one of the two is. Source: Chen, Li and Wu (2020),
doi:10.1080/01621459.2019.1677241.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from stagekansen_lib.arguments import said, some_names, some_share
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.models.fitting import fit_glm, inverse_link
from stagekansen_lib.surveys.designs import degrees_of_freedom
from stagekansen_lib.surveys.surveys import Survey, matching_answer, need_survey, subset
from stagekansen_lib.surveys.words import readable
from stagekansen_lib.weighting.propensity import common_columns, fit_propensity

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["DoublyRobust", "doubly_robust"]

_FEWEST = 30


@dataclass(frozen=True, eq=False)
class DoublyRobust:
    """An estimate for everyone, beside those that it is made of.

    Parameters
    ----------
    table : one row a way: way ("doubly_robust", "propensity", "outcome_model", "as_they_are"), estimate, se, ci_low,
        ci_high. Shares 0 to 1.
    of, code : the outcome, and the answer whose share it is (None: a mean).
    n, n_reference : respondents with an answer, and people drawn.
    bootstraps : how many were drawn, and ``left_out`` how many of them had no solution.
    ci_level : level of the intervals.
    """

    table: pd.DataFrame
    of: str
    code: Any
    n: int
    n_reference: int
    bootstraps: int
    left_out: int
    ci_level: float

    @property
    def estimate(self) -> float:
        return float(self.table["estimate"][0])

    def __repr__(self) -> str:
        line = f"{self.of}; {self.n:,} respondents, {self.n_reference:,} people drawn; {self.bootstraps} bootstraps"
        line += f", {self.left_out} left out" if self.left_out else ""
        return f"{self.table.to_string(index=False, float_format=readable)}\n{line}"


def doubly_robust(
    survey: Survey, reference: Survey, of: str, on: Sequence[str], *, code: Any = None, n: int = 200, seed: int,
    ci_level: float = 0.95,
) -> DoublyRobust:  # fmt: skip
    """The mean, or the share of an answer, among everyone: by the chance to take part and by a model of the outcome.

    Parameters
    ----------
    survey : of people who chose to take part, with the outcome. Its weights are not used.
    reference : a sample of the same population that was drawn, with weights that add up to it; without the outcome.
    of : the outcome: a number, or answers from a list.
    on : variables that both have, coded alike: what goes together with taking part and with the outcome.
    code : the answer whose share it is; None for the mean of a number.
    n : bootstraps of both samples, 30 or more.
    seed : of the bootstraps.
    ci_level : level of the intervals, 0 to 1.

    Returns
    -------
    DoublyRobust : see there.

    Raises
    ------
    InputError : as ``weight_to_reference``; an outcome that is no number, without ``code``; an unknown answer; more
        than half of the bootstraps without a solution.
    RefusedError : a variable that may point at a person.

    Notes
    -----
    sum over the reference of d m(x) / sum d, plus sum over the survey of (y - m(x)) / p(x) over sum of 1 / p(x), with p
    as in ``weight_to_reference`` and m a linear (for a share logistic) model. Standard errors from bootstraps of both
    samples by their designs (``replicate``), everything fitted anew in each. Checked in simulated populations: right
    with either model wrong, and covered as often as promised.
    What goes together with both taking part and the outcome, and is not among the variables, no estimate mends.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> hours = [8.0, 10] * 5 + [20.0, 22] * 20
    >>> chose = survey_from_frame(pd.DataFrame({"level": ["mbo"] * 10 + ["hbo"] * 40, "hours": hours}))
    >>> drawn = survey_from_frame(pd.DataFrame({"level": ["mbo", "hbo"] * 20, "w": [10.0] * 40}), weights="w")
    >>> round(doubly_robust(chose, drawn, "hours", ["level"], n=50, seed=1).estimate, 6)
    15.0
    """
    need_survey(survey)
    need_survey(reference)
    some_share("ci_level", ci_level, 0.95)
    problems = [
        Problem(f"{name} is {said(value)}.", do=f"Give a whole number of {least} or more.")
        for name, value, least in (("n", n, _FEWEST), ("seed", seed, 0))
        if isinstance(value, bool) or not isinstance(value, int) or value < least
    ]
    if problems:
        raise InputError(problems)
    y = _outcome(survey, of, code)
    known = np.isfinite(y)
    answered = survey if known.all() else subset(survey, known)
    x, x_reference = common_columns(answered, reference, some_names("on", on))
    case = _Samples(x, y[known], x_reference, family="gaussian" if code is None else "binomial")
    weights = reference.design.row_weights
    whole = case.estimates(np.ones(len(x)), weights)
    drawn = _bootstraps(answered, n, seed)
    drawn_reference = _bootstraps(reference, n, seed + 1) * weights[:, None]
    repeated = [case.tried(drawn[:, at], drawn_reference[:, at]) for at in range(n)]
    kept = np.array([each for each in repeated if each is not None])
    if 2 * len(kept) < n:
        raise InputError(
            Problem(f"{n - len(kept)} of {n} bootstraps have no solution.", do="Use fewer variables, or merge answers.")
        )
    df = float(min(degrees_of_freedom(answered.design), degrees_of_freedom(reference.design)))
    errors = kept.std(axis=0, ddof=1)
    half = t_quantile(ci_level, df) * errors
    table = pd.DataFrame(
        {"way": _WAYS, "estimate": whole, "se": errors, "ci_low": whole - half, "ci_high": whole + half}
    )
    if code is not None:
        table[["ci_low", "ci_high"]] = [
            _within_bounds(*row, t_quantile(ci_level, df)) for row in zip(whole.tolist(), errors.tolist(), strict=True)
        ]
    return DoublyRobust(table, of, code, len(x), len(reference), n, n - len(kept), ci_level)


_WAYS = ["doubly_robust", "propensity", "outcome_model", "as_they_are"]


def _outcome(survey: Survey, of: str, code: Any) -> Floats:
    if code is None:
        if survey.variable(of).kind not in ("number", "count"):
            raise InputError(Problem(f"'{of}' holds no numbers.", do="Give code=, for the share of an answer."))
        return survey.numbers(of)
    encoded = survey.encoded(of)
    chosen = matching_answer(code, encoded.levels)
    if chosen not in encoded.levels:
        raise InputError(Problem(f"'{of}' has no answer {code!r}.", do=did_you_mean(code, encoded.levels)))
    values = np.array([*(level == chosen for level in encoded.levels), np.nan], dtype=float)
    return values[encoded.codes]


def _bootstraps(survey: Survey, n: int, seed: int) -> Floats:
    """How often each row counts in each bootstrap, next to its own weight."""
    made = replicate(survey, kind="bootstrap", n=n, seed=seed) if survey.design.replicates is None else survey
    replicates = made.design.replicates
    if replicates is None or replicates.number < n:
        raise InputError(Problem("The reference sample has fewer replicates than bootstraps.", do="Give n= as many."))
    weights = survey.design.row_weights
    rows = replicates.block(0, n)
    rows = rows if made.design.domain is None else rows[made.design.domain]
    return np.asarray(np.divide(rows, weights[:, None], out=np.zeros_like(rows), where=weights[:, None] > 0))


@dataclass(frozen=True, eq=False)
class _Samples:
    """Columns of both samples, and the outcome of those who took part."""

    x: Floats
    y: Floats
    x_reference: Floats
    family: str

    def estimates(self, counts: Floats, weights: Floats) -> Floats:
        """The four ways, for respondents that count so often and people drawn with such weights."""
        chance = special.expit(self.x @ fit_propensity(self.x, self.x_reference, weights, counts))
        inverse = counts / chance
        link = "logit" if self.family == "binomial" else "identity"
        model = fit_glm(self.x, self.y, counts, self.family, link).coefficients
        predicted, expected = inverse_link(self.x @ model, link), inverse_link(self.x_reference @ model, link)
        outcome = float(np.average(expected, weights=weights))
        return np.array(
            [
                outcome + float(np.average(self.y - predicted, weights=inverse)),
                float(np.average(self.y, weights=inverse)),
                outcome,
                float(np.average(self.y, weights=counts)),
            ]
        )

    def tried(self, counts: Floats, weights: Floats) -> Floats | None:
        """The estimates of a bootstrap; None where it has no solution."""
        try:
            return self.estimates(counts, weights)
        except (InputError, np.linalg.LinAlgError):
            return None


def _within_bounds(share: float, error: float, quantile: float) -> tuple[float, float]:
    """Limits of a share on the logit scale."""
    if not 0 < share < 1:
        return share - quantile * error, share + quantile * error
    middle, half = math.log(share / (1 - share)), quantile * error / (share * (1 - share))
    return float(special.expit(middle - half)), float(special.expit(middle + half))
