"""What every design of an effect needs: the outcome as numbers, two sides, and the clusters that were assigned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.few_clusters import cluster_codes
from stagekansen_lib.surveys.design_columns import design_from_frame
from stagekansen_lib.surveys.surveys import Survey, matching_answer, need_survey
from stagekansen_lib.waves.points import Outcome, check_outcome

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers, Mask

__all__ = ["Prepared", "check_method", "outcome_values", "prepare", "side_of", "with_clusters"]


def check_method(method: Any, known: tuple[str, ...]) -> None:
    if method not in known:
        raise InputError(Problem(f"method is {said(method)}.", do=did_you_mean(method, known)))


def outcome_values(survey: Survey, of: str, code: Any) -> Floats:
    """The outcome as numbers: 1 and 0 for the share of an answer; NaN without an answer."""
    need_survey(survey)
    outcome = Outcome(of, "mean" if code is None else "share", code)
    check_outcome([survey], outcome)
    value, _, given = outcome.columns(survey)
    return np.where(given, value, np.nan)


def side_of(survey: Survey, name: str, chosen: Any, argument: str) -> tuple[Floats, Any]:
    """1 for the last answer to a variable with two answers (or the chosen one), 0 for others; NaN without an answer."""
    encoded = survey.encoded(name)
    levels = [level for level, count in zip(encoded.levels, encoded.counts[:-1], strict=True) if count]
    if chosen is not None:
        one = matching_answer(chosen, levels)
        if one not in levels:
            raise InputError(Problem(f"'{name}' has no answer {said(chosen)}.", do=did_you_mean(chosen, levels)))
    elif len(levels) == 2:
        one = levels[1]
    else:
        raise InputError(
            Problem(
                f"'{name}' has {len(levels)} answers, and {argument}= needs two.",
                do="Take a subset with two of them, or make a variable of 1 and 0.",
            )
        )
    return np.array([*(1.0 if level == one else 0.0 for level in encoded.levels), np.nan])[encoded.codes], one


def with_clusters(survey: Survey, name: str | None) -> Survey:
    """The survey with a column as its clusters; weights stay, strata do not."""
    if name is None:
        return survey
    if name not in survey.rows.columns:
        raise InputError(Problem(f"There is no column '{name}'.", do=did_you_mean(name, list(survey.rows.columns))))
    frame = pd.DataFrame({"cluster": survey.rows[name].to_numpy(), "weight": survey.design.row_weights})
    design = design_from_frame(frame, clusters="cluster", weights="weight")
    return replace(survey, design=design)


@dataclass(frozen=True, eq=False)
class Prepared:
    """Rows with an outcome, on known sides: values, sides, weights, and clusters from 0 (None: no clusters)."""

    used: Mask
    y: Floats
    sides: tuple[Floats, ...]
    weights: Floats
    clusters: Integers | None

    @property
    def number(self) -> int:
        """Clusters; rows where there are none."""
        return len(self.y) if self.clusters is None else int(self.clusters.max()) + 1

    def need_clusters(self, method: str) -> Integers:
        if self.clusters is None:
            raise InputError(
                Problem(
                    f"method='{method}' works on groups or schools, and the survey has none.",
                    do="Name them: clusters='school'.",
                )
            )
        return self.clusters


def settled(value: float, y: Floats) -> float:
    """A value that differs from nought by rounding only, beside outcomes of this size, is nought."""
    return 0.0 if abs(value) < 1e-12 * float(np.abs(y).max()) else value


def prepare(survey: Survey, y: Floats, sides: tuple[Floats, ...]) -> Prepared:
    used = np.isfinite(y) & (survey.design.row_weights > 0)
    for side in sides:
        used &= np.isfinite(side)
    if not used.any():
        raise InputError(Problem("Nobody has an answer to every variable in this call.", do="Check the variables."))
    if np.ptp(y[used]) == 0:
        raise InputError(
            Problem("Everyone here has the same outcome, so no difference can be found.", do="Check of= and code=.")
        )
    codes = cluster_codes(survey.design)
    numbered = None if codes is None else np.unique(codes[used], return_inverse=True)[1].astype(np.intp)
    return Prepared(used, y[used], tuple(side[used] for side in sides), survey.design.row_weights[used], numbered)
