"""The indicators of the yearly index, estimated in a wave, and their way to scores and domains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import some_names
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.replicates import replicate_estimates
from stagekansen_lib.registers.index_design import DOMAIN_NEEDS, Indicator, Reading
from stagekansen_lib.surveys.design_columns import design_from_frame
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Floats


__all__ = [
    "Estimates",
    "estimate_indicators",
    "estimates_from_sums",
    "in_strata",
    "indicator_sums",
    "put_together",
    "to_scores",
]


# The part of the replicates in which an indicator may fail (an empty group) and still count as known.
_MAY_FAIL = 0.01


def in_strata(survey: Survey, within: str | Sequence[str] | None) -> Survey:
    """The survey as drawn within strata, where its design knows none."""
    design, names = survey.design, some_names("within", within)
    stage = design.stages[0]
    if not names or stage.strata is not None or stage.clusters is not None or stage.population is not None:
        return survey
    found = {name: survey.encoded(name) for name in names}
    labels = [
        np.array([*(str(level) for level in each.levels), "-"], dtype=object)[each.codes] for each in found.values()
    ]
    strata = pd.Series([", ".join(parts) for parts in zip(*labels, strict=True)])
    if (strata.value_counts() == 1).any():
        # Which group it is would point at a student, and an error text ends up in logs.
        raise InputError(
            Problem(f"A group of {' x '.join(names)} has one student.", do="Give within=(), or merge groups first.")
        )
    drawn = design_from_frame(pd.DataFrame({"stratum": strata}), strata="stratum").stages
    return replace(survey, design=replace(design, stages=drawn))


@dataclass(frozen=True, eq=False)
class Estimates:
    """Indicators in their unit: of a survey, and of each of its replicates (a row each).

    ``n`` counts the answers behind each; ``effective_n`` is their effective number for an indicator that is one share
    (larger by as much as a finite population makes its error smaller), NaN for a gap or a ratio.
    """

    values: Floats
    replicated: Floats
    n: NDArray[np.int_]
    effective_n: Floats


def estimate_indicators(survey: Survey, indicators: Sequence[Indicator], reading: Reading) -> Estimates:
    """Each indicator of a survey with replicate weights."""
    matrix = indicator_columns(survey, indicators, reading)
    sums = replicate_estimates(survey.design, lambda weights: weights.T @ matrix)
    return estimates_from_sums(matrix, survey.design.row_weights, sums, indicators, not_sampled=_not_sampled(survey))


def estimates_from_sums(
    matrix: Floats, weights: Floats, sums: Floats, indicators: Sequence[Indicator], *, not_sampled: float = 1.0
) -> Estimates:
    """Each indicator from its columns, as ``indicator_columns`` has them, and their sums in each replicate.

    ``not_sampled`` is the part of the population that was not asked: where it is nought, nothing is left to chance.
    """
    places, start = list[tuple[str, list[int]]](), 0
    for one in indicators:
        wide = 2 if one.statistic.startswith("share") else 4
        places.append((one.statistic, list(range(start, start + wide))))
        start += wide
    counted = (matrix != 0) & (weights != 0)[:, None]
    n = np.array([sum(np.count_nonzero(counted[:, at]) for at in own[1::2]) for _, own in places])
    effective = np.array([_effective(weights * matrix[:, own[1]]) if len(own) == 2 else np.nan for _, own in places])
    (found,), replicated = (_from_sums(each, places) for each in ((weights @ matrix)[None, :], sums))
    failed = np.isnan(replicated).mean(axis=0) > _MAY_FAIL
    effective = effective / not_sampled if not_sampled > 0 else np.where(np.isnan(effective), np.nan, np.inf)
    return Estimates(np.where(failed, np.nan, found), np.where(failed, np.nan, replicated), n, effective)


def _not_sampled(survey: Survey) -> float:
    """The part that was not asked, over all strata."""
    stage = survey.design.stages[0]
    return float(np.average(stage.not_sampled, weights=stage.sampled))


def _effective(weights: Floats) -> float:
    """Kish's effective number of answers."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if weights.any() else math.nan


def indicator_columns(survey: Survey, indicators: Sequence[Indicator], reading: Reading) -> Floats:
    """The columns of all indicators beside each other, a row each answer."""
    return np.column_stack([column for one in indicators for column in indicator_sums(survey, one, reading)])


def indicator_sums(survey: Survey, one: Indicator, reading: Reading) -> list[Floats]:
    """The columns whose weighted totals make an indicator: numerator and denominator, of one group or of two."""
    experienced, known = _among(survey, reading.variable, [reading.answer])
    yes = experienced > 0
    if not _asked(survey, one):
        # Nothing over nothing: the indicator is not known.
        return [np.zeros(len(yes))] * (2 if one.statistic.startswith("share") else 4)
    if one.of == "experience":
        value, given = experienced, known
    elif one.statistic == "ratio":
        value = survey.numbers(one.of)
        given = np.isfinite(value)
        value = np.where(given, value, 0.0)
    else:
        value, given = _answered(survey, one)
    groups = {
        "share": [given],
        "share_experienced": [given & yes],
        "gap": [given & yes, given & known & ~yes],
        "ratio": [given & yes, given & known & ~yes],
        "reverse_gap": [given & known & ~yes, given & yes],
    }[one.statistic]
    return [column for group in groups for column in (value * group, group.astype(float))]


def _asked(survey: Survey, one: Indicator) -> bool:
    """Whether the survey has the question of an indicator."""
    names = survey.rows.columns
    # Of a question with more answers, other answers alone say nothing of those that count.
    return one.of == "experience" or one.of in names or any(f"{one.of}[{answer}]" in names for answer in one.answers)


def _answered(survey: Survey, one: Indicator) -> tuple[Floats, NDArray[np.bool_]]:
    """Whether each row gave one of the answers of an indicator, and whether it gave an answer at all."""
    parts = [name for name in survey.rows.columns if name.startswith(f"{one.of}[")]
    if one.of not in survey.rows.columns and parts:
        matrix = np.column_stack([survey.numbers(name) for name in parts])
        given = np.isfinite(matrix).all(axis=1)
        asked = [parts.index(f"{one.of}[{answer}]") for answer in one.answers if f"{one.of}[{answer}]" in parts]
        return np.where(given, matrix[:, asked].max(axis=1, initial=0.0), 0.0), np.asarray(given)
    return _among(survey, one.of, one.answers)


def _among(survey: Survey, name: str, answers: Sequence[float]) -> tuple[Floats, NDArray[np.bool_]]:
    """Whether each row gave one of these codes, and whether it gave an answer at all."""
    encoded = survey.encoded(name)
    if any(isinstance(level, str) for level in encoded.levels):
        # None of the words would be one of the codes: everyone would count as "no", and score as best or worst.
        raise InputError(
            Problem(
                f"'{name}' holds words; the index counts codes: {', '.join(map(str, answers))}.",
                do="Read the answers with their codebook, or turn the words into its codes.",
            )
        )
    chosen = np.array([*(level in answers for level in encoded.levels), False], dtype=float)
    return chosen[encoded.codes], encoded.codes >= 0


def _from_sums(sums: Floats, places: Sequence[tuple[str, list[int]]]) -> Floats:
    """Each indicator from the totals of its columns; NaN where a group is empty."""
    values = np.empty((len(sums), len(places)))
    with np.errstate(divide="ignore", invalid="ignore"):
        for at, (statistic, columns) in enumerate(places):
            means = [sums[:, top] / sums[:, top + 1] for top in columns[::2]]
            if statistic == "ratio":
                values[:, at] = means[0] / means[1]
            else:
                values[:, at] = 100 * (means[0] - (means[1] if len(means) > 1 else 0.0))
    return np.where(np.isfinite(values), values, np.nan)


def to_scores(values: Floats, indicators: Sequence[Indicator]) -> Floats:
    worst, best = (np.array([getattr(one, end) for one in indicators], dtype=float) for end in ("worst", "best"))
    return np.asarray(np.clip(100 * (values - worst) / (best - worst), 1.0, 100.0))


def put_together(scores: Floats, of_domain: NDArray[Any], names: Sequence[str]) -> tuple[Floats, Floats]:
    """Domain scores and the index of each row of scores; NaN where too few indicators are known."""
    domains = np.full((len(scores), len(names)), np.nan)
    for at, name in enumerate(names):
        own = scores[:, of_domain == name]
        known = np.isfinite(own)
        enough = known.sum(axis=1) >= DOMAIN_NEEDS * own.shape[1] - 1e-9
        sums = np.where(known, own, 0.0).sum(axis=1)
        domains[enough, at] = sums[enough] / known.sum(axis=1)[enough]
    return domains, np.exp(np.log(domains).mean(axis=1))
