"""Estimates of one wave, or of waves that share their units, with the covariance that changes are made of."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, did_you_mean
from stagekansen_lib.estimation.groups import make_groups, measured
from stagekansen_lib.estimation.sums import ratio_estimates
from stagekansen_lib.surveys.designs import degrees_of_freedom
from stagekansen_lib.surveys.encoding import plain_value
from stagekansen_lib.surveys.surveys import Survey, matching_answer, showable_answers

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Mask

__all__ = [
    "POWER_QUANTILES",
    "STATISTICS",
    "Outcome",
    "Points",
    "check_outcome",
    "doubt_no_spread",
    "has_no_spread",
    "known_answers",
    "points_of",
]

STATISTICS = ("share", "mean", "ratio")

# A variance below this part of the square of its estimate is rounding.
_ROUNDING = 1e-24

# A change of so many standard errors is found in 8 of 10 tries at 5%, two-sided.
POWER_QUANTILES = 1.9599639845400545 + 0.8416212335729143


@dataclass(frozen=True)
class Outcome:
    """What is estimated: ``statistic`` of the variable ``of`` (of its answers ``code``, or divided by ``to``)."""

    of: str
    statistic: str = "share"
    code: Any = None
    to: str | None = None

    def columns(self, survey: Survey) -> tuple[Floats, Floats | None, Mask]:
        """What is summed above and below the line, and which rows have an answer."""
        if self.statistic == "share":
            value, given = _chosen(survey, self.of, self.code)
            return value, None, given
        if self.statistic == "mean":
            value = measured(survey, self.of)
            return value, None, np.isfinite(value)
        if self.to is None:
            raise InputError(Problem("A ratio needs two variables.", do="Give to=, or statistic='mean'."))
        above, below = survey.numbers(self.of), survey.numbers(self.to)
        return above, below, np.isfinite(above) & np.isfinite(below)


@dataclass(frozen=True, eq=False)
class Points:
    """Estimates of groups: ``keys`` their answers, ``values``, ``covariance``, ``n`` answers, ``yes`` of a share.

    ``df`` is of each group, ``whole_df`` of all rows.
    """

    keys: tuple[tuple[Any, ...], ...]
    values: Floats
    covariance: Floats
    n: list[int]
    yes: list[int]
    kish: Floats
    whole_df: float
    masks: list[Mask] = field(repr=False)

    def at(self, key: tuple[Any, ...]) -> int | None:
        return self.keys.index(key) if key in self.keys else None


def has_no_spread(values: Floats, covariance: Floats) -> bool:
    """Whether an estimate has no variance: everyone gave the same answer, and how sure that is cannot be estimated."""
    return bool((np.diag(covariance) <= _ROUNDING * np.square(values)).any())


def doubt_no_spread(of: str) -> None:
    """Say so where a wave is taken for known."""
    text = (
        f"Everyone in a wave (or a group of it) gave the same answer to '{of}': how sure that is cannot be estimated, "
        "and the margin is too narrow. Show the estimates, or take waves together."
    )
    warnings.warn(DoubtWarning(text, "no_spread"), stacklevel=3)


def points_of(survey: Survey, outcome: Outcome, by: Sequence[str]) -> Points:
    """The outcome of each group that ``by`` makes."""
    value, below, given = outcome.columns(survey)
    groups, _ = make_groups(survey, list(by), given)
    found = ratio_estimates(survey.design, value[:, None], None if below is None else below[:, None], groups)
    keys = tuple(
        tuple(plain_value(encoded.levels[place]) for encoded, place in zip(groups.encoded, key, strict=True))
        for key in groups.keys
    )
    # Who is in a group, with an answer or without one: degrees of freedom are those of the subset, as in R.
    masks = [
        np.logical_and.reduce(
            [np.ones(len(value), dtype=bool)]
            + [encoded.codes == place for encoded, place in zip(groups.encoded, key, strict=True)]
        )
        for key in groups.keys
    ]
    yes = [int((value[groups.codes == at] > 0).sum()) for at in range(groups.number)]
    whole = float(degrees_of_freedom(survey.design))
    return Points(keys, found.values, found.covariance, [int(n) for n in found.n], yes, found.kish, whole, masks)


def known_answers(survey: Survey, of: str) -> list[Any]:
    """The answers to a variable, or to a question with several."""
    if _is_set(survey, of):
        return [code for code in survey.variable(of).valid_codes if f"{of}[{code}]" in survey.rows.columns]
    return list(survey.encoded(of).levels)


def _is_set(survey: Survey, of: str) -> bool:
    return of not in survey.rows.columns and survey.variable(of).kind == "multiple"


def _chosen(survey: Survey, of: str, code: Any) -> tuple[Floats, Mask]:
    """Whether each row gave one of the answers, and whether it gave an answer at all."""
    answers = list(code) if isinstance(code, (list, tuple, set, frozenset)) else [code]
    if _is_set(survey, of):
        columns = known_answers(survey, of)
        matrix = np.column_stack([survey.numbers(f"{of}[{each}]") for each in columns])
        given = np.asarray(np.isfinite(matrix).all(axis=1))
        places = [columns.index(each) for each in (matching_answer(one, columns) for one in answers) if each in columns]
        return np.where(given, matrix[:, places].max(axis=1, initial=0.0), 0.0), given
    encoded = survey.encoded(of)
    wanted = [matching_answer(each, encoded.levels) for each in answers]
    chosen = np.array([*(level in wanted for level in encoded.levels), False], dtype=float)
    return chosen[encoded.codes], np.asarray(encoded.codes >= 0)


def check_outcome(surveys: Sequence[Survey], outcome: Outcome) -> None:
    """Stop at a statistic that does not exist, and at an answer that no wave knows."""
    if outcome.statistic not in STATISTICS:
        raise InputError(
            Problem(f"statistic is {said(outcome.statistic)}.", do=did_you_mean(outcome.statistic, STATISTICS))
        )
    if outcome.statistic != "share" or outcome.code is None:
        return
    given = outcome.code
    answers = list(given) if isinstance(given, (list, tuple, set, frozenset)) else [given]
    known = list(dict.fromkeys(level for survey in surveys for level in known_answers(survey, outcome.of)))
    unknown = [answer for answer in answers if matching_answer(answer, known) not in known]
    if unknown:
        offer = [
            answer
            for survey in surveys
            for answer in (
                known_answers(survey, outcome.of)
                if _is_set(survey, outcome.of)
                else showable_answers(survey, outcome.of)
            )
        ]
        raise InputError(
            Problem(
                f"'{outcome.of}' has no answer {said(unknown[0])}.",
                do=did_you_mean(unknown[0], list(dict.fromkeys(offer))),
            )
        )
