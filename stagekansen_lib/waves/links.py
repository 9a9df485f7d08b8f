"""A series linked over a break, by a wave that asked both ways."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from stagekansen_lib.arguments import said, some_share
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.groups import make_groups
from stagekansen_lib.estimation.sums import ratio_estimates
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.design_columns import design_from_frame
from stagekansen_lib.surveys.designs import degrees_of_freedom
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey, need_survey, subset
from stagekansen_lib.surveys.words import answer_text, precise_writer, readable, variable_text
from stagekansen_lib.waves.change_results import margin_name, reservations
from stagekansen_lib.waves.points import Outcome, check_outcome, points_of
from stagekansen_lib.waves.wald import Made, combined
from stagekansen_lib.wording import chosen_language, percent_text, say

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["Link", "link_series"]

METHODS = ("difference", "ratio", "logit")

# How a part of a bridging wave is called when it was asked the old way.
_OLD = ("old", "oud", "before")
_NEW = ("new", "nieuw", "after")


@dataclass(frozen=True)
class Link:
    """A value after a break, as it would have been with the old way of asking. For the team.

    Parameters
    ----------
    estimate, se, ci_low, ci_high, df : the linked value, in shares or in the unit of the mean.
    method : "difference", "ratio" or "logit".
    on_link : Made, the linked value on the scale of the link: that of ``estimate``, or the logit.
    difference : Made, old minus new way in the bridging wave (for "ratio" the logarithm of old over new).
    change : Made, the linked value minus the last value before the break; empty for "logit".
    new_change : Made, the change from the bridging wave to the last one, both asked the new way.
    cells : the four estimates: before, bridge_old, bridge_new, after, with their standard errors.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    df: float
    method: str
    on_link: Made
    difference: Made
    change: Made | None
    new_change: Made
    cells: pd.DataFrame
    of: str
    code: Any
    codebook: Codebook = field(repr=False)
    origins: tuple[Provenance, ...] = field(repr=False)

    def sentence(self, language: str | None = None) -> str:
        """The linked value and its doubt, in plain sentences."""
        chosen = chosen_language(language)
        plain = precise_writer((self.ci_high - self.ci_low) / 2, chosen)
        write = plain if self.code is None else lambda value: percent_text(value, chosen, decimals=1)
        about = variable_text(self.codebook, self.of, chosen)
        if self.code is not None:
            about += f" ({answer_text(self.codebook, self.of, self.code, chosen)})"
        words = {
            "about": about, "value": write(self.estimate), "low": write(self.ci_low), "high": write(self.ci_high),
            "raw": write(float(self.cells["estimate"].iloc[3])), "margin": margin_name(self.origins, chosen).lower(),
        }  # fmt: skip
        start = [say("index.synthetic", chosen)] if any(one.synthetic for one in self.origins) else []
        return " ".join([*start, say("links.linked", chosen, **words), *reservations(self.origins, chosen)])

    def __repr__(self) -> str:
        return f"{self.cells.to_string(index=False, float_format=readable)}\n{self.sentence('en')}"


def link_series(
    before: Survey,
    bridge: Survey | Sequence[Survey] | Mapping[str, Survey],
    after: Survey,
    of: str | tuple[str, str],
    *,
    code: Any = None,
    method: str = "difference",
    split: str | None = None,
    ci_level: float = 0.95,
) -> Link:
    """What the last wave would have been with the old way of asking, by a wave that asked both ways.

    Parameters
    ----------
    before : the last wave that was asked the old way only.
    bridge : the wave that was asked both ways: one survey of which a random part was asked the old way (see
        ``split``), or the two parts as surveys, the old way first (or by name: "old", "new"), or one survey that has
        both questions (see ``of``).
    after : a later wave, asked the new way.
    of : the variable; or the old and the new variable, when everyone in the bridge was asked both.
    code : the answer whose share is linked; without it the mean is.
    method : "difference" (after + old - new), "ratio" (after times old over new) or "logit" (of shares).
    split : the column of the bridge that says which way a respondent was asked. When left out: the column that has one
        value in ``before``, another in ``after``, and both in the bridge; or one with "old" and "new".
    ci_level : level of the intervals, 0 to 1.

    Returns
    -------
    Link : see there. A logit link gives its interval back on the scale of shares.

    Raises
    ------
    InputError : an unknown method, variable or answer; a logit link of a mean; a bridge that does not tell the two
        ways apart; a ratio or logit of nought.

    Notes
    -----
    Errors by linearisation; the parts of a bridge without clusters count as two samples, in strata of their own. The
    doubt of the link is in the standard error, and it is large: as much as that of a wave. Checked against R's survey
    package.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> wave = lambda *hours: survey_from_frame(pd.DataFrame({"hours": hours}))
    >>> link_series(wave(8.0, 9, 7), [wave(8.0, 8, 9), wave(6.0, 7, 7)], wave(7.0, 6, 6), of="hours").estimate
    8.0
    """
    some_share("ci_level", ci_level, 0.95)
    for survey in (before, after):
        need_survey(survey)
    if method not in METHODS:
        raise InputError(Problem(f"method is {said(method)}.", do=did_you_mean(method, METHODS)))
    if method == "logit" and code is None:
        raise InputError(Problem("A logit link is of a share.", do="Give code=, or method='difference'."))
    old, new = _both_names(of)
    outcomes = [Outcome(name, "mean" if code is None else "share", code) for name in (old, new)]
    values, covariance, df = _cells(before, bridge, after, outcomes, split)
    if method != "difference" and (values <= 0).any():
        raise InputError(Problem(f"A {method} link needs values above nought.", do="Use method='difference'."))
    on_link = _linked(values, covariance, method, df, ci_level)
    ends = [on_link.estimate, on_link.ci_low, on_link.ci_high]
    se = on_link.se
    if method == "logit":
        ends = [float(special.expit(end)) for end in ends]
        se *= ends[0] * (1 - ends[0])
    errors = np.sqrt(np.diag(covariance))
    names = ["before", "bridge_old", "bridge_new", "after"]
    origins = [before.provenance, *(part.provenance for part in _surveys(bridge)), after.provenance]
    return Link(
        ends[0], se, ends[1], ends[2], df, method, on_link, _mode(values, covariance, method, df, ci_level),
        None if method == "logit" else _since(values, covariance, method, df, ci_level),
        _made(values[3] - values[2], np.array([0.0, 0.0, -1.0, 1.0]), covariance, df, ci_level),
        pd.DataFrame({"cell": names, "estimate": values, "se": errors}), new, code, after.codebook,
        tuple(origins),
    )  # fmt: skip


def _both_names(of: Any) -> tuple[str, str]:
    """The old and the new variable."""
    if isinstance(of, str):
        return of, of
    if isinstance(of, (tuple, list)) and len(of) == 2 and all(isinstance(name, str) for name in of):
        return of[0], of[1]
    raise InputError(Problem(f"of is {said(of)}.", do="Name one variable, or the old and the new one."))


def _surveys(bridge: Any) -> list[Survey]:
    if isinstance(bridge, Survey):
        return [bridge]
    if not isinstance(bridge, (Mapping, Sequence)):
        need_survey(bridge)
    parts = list(bridge.values() if isinstance(bridge, Mapping) else bridge)
    for part in parts:
        need_survey(part)
    if len(parts) != 2:
        raise InputError(Problem(f"The bridge has {len(parts)} parts.", do="Give the old and the new way of asking."))
    if isinstance(bridge, Mapping) and [str(name).lower() in _NEW for name in bridge] == [True, False]:
        parts.reverse()
    return parts


def _cells(
    before: Survey, bridge: Any, after: Survey, outcomes: Sequence[Outcome], split: str | None
) -> tuple[Floats, Floats, float]:
    """The four estimates, their covariance and the degrees of freedom of all waves."""
    parts = _surveys(bridge)
    check_outcome([before, *parts], outcomes[0])
    check_outcome([after, *parts], outcomes[1])
    ends = [points_of(before, outcomes[0], []), points_of(after, outcomes[1], [])]
    if outcomes[0].of != outcomes[1].of and len(parts) == 1:
        middle, covariance = _both_questions(parts[0], outcomes)
        df = float(degrees_of_freedom(parts[0].design))
    else:
        if len(parts) == 1:
            parts = _split(parts[0], _split_column(before, parts[0], after, split))
        found = [points_of(part, outcome, []) for part, outcome in zip(parts, outcomes, strict=True)]
        middle = np.array([point.values[0] for point in found])
        covariance = np.diag([float(point.covariance[0, 0]) for point in found])
        df = sum(point.whole_df for point in found)
    values = np.array([ends[0].values[0], *middle, ends[1].values[0]])
    whole = np.zeros((4, 4))
    whole[0, 0], whole[3, 3] = ends[0].covariance[0, 0], ends[1].covariance[0, 0]
    whole[1:3, 1:3] = covariance
    return values, whole, ends[0].whole_df + df + ends[1].whole_df


def _both_questions(survey: Survey, outcomes: Sequence[Outcome]) -> tuple[Floats, Floats]:
    """Both ways of asking, of the same respondents."""
    columns = [outcome.columns(survey) for outcome in outcomes]
    given = np.column_stack([known for _, _, known in columns]).astype(float)
    values = np.column_stack([np.where(known, value, 0.0) for value, _, known in columns])
    groups, _ = make_groups(survey, None, np.asarray(given.any(axis=1)))
    found = ratio_estimates(survey.design, values, given, groups)
    return found.values, found.covariance


def _split_column(before: Survey, bridge: Survey, after: Survey, split: str | None) -> tuple[str, Any]:
    """The column that tells the two ways of asking apart, and its value for the old way."""
    known = list(bridge.rows.columns)
    if split is not None and split not in known:
        raise InputError(Problem(f"There is no column '{split}'.", do=did_you_mean(split, known)))
    for name in [split] if split is not None else known:
        old = _old_way(before, bridge, after, name)
        if old is not None:
            return name, old
    raise InputError(
        Problem(
            "The bridging wave does not tell which way a respondent was asked.",
            do="Give split='column' with 'old' and 'new', or the two parts: bridge=[old_part, new_part].",
        )
    )


def _old_way(before: Survey, bridge: Survey, after: Survey, name: str) -> Any:
    """The value of a column for the old way of asking; None when it does not tell the two ways apart."""
    in_bridge = _values(bridge, name)
    if len(in_bridge) != 2:
        return None
    first, last = _values(before, name), _values(after, name)
    if len(first) == len(last) == 1 and {*first, *last} == set(in_bridge):
        return first[0]
    named = {str(value).strip().lower(): value for value in in_bridge}
    old = [value for text, value in named.items() if text in _OLD]
    return old[0] if len(old) == 1 and any(text in _NEW for text in named) else None


def _values(survey: Survey, name: str) -> list[Any]:
    return list(survey.rows[name].dropna().unique()) if name in survey.rows.columns else []


def _split(survey: Survey, told: tuple[str, Any]) -> list[Survey]:
    """The two parts of a bridge that was divided by lot, as two samples where the design allows it."""
    name, old = told
    asked_old = (survey.rows[name] == old).to_numpy()
    return [_part(survey, mask) for mask in (asked_old, ~asked_old & survey.rows[name].notna().to_numpy())]


def _part(survey: Survey, mask: Any) -> Survey:
    design = survey.design
    stage = design.stages[0] if design.stages else None
    plain = design.replicates is None and not design.calibrations and design.domain is None
    if not plain or stage is None or stage.clusters is not None or stage.population is not None:
        return subset(survey, mask)
    frame = pd.DataFrame({"weight": design.weights[mask]})
    if stage.strata is not None:
        frame["stratum"] = stage.strata[mask]
    own = design_from_frame(
        frame, weights="weight", strata=None if stage.strata is None else "stratum", single_unit=design.single_unit
    )
    return replace(survey, rows=survey.rows[mask], design=own, missing_reasons=None, reserve=None, _encoded={})


def _made(estimate: float, slopes: Floats, covariance: Floats, df: float, ci_level: float) -> Made:
    return combined(float(estimate), math.sqrt(max(float(slopes @ covariance @ slopes), 0.0)), df, ci_level)


def _linked(values: Floats, covariance: Floats, method: str, df: float, ci_level: float) -> Made:
    _, old, new, last = values
    if method == "difference":
        return _made(last + old - new, np.array([0.0, 1, -1, 1]), covariance, df, ci_level)
    if method == "ratio":
        slopes = np.array([0.0, last / new, -last * old / new**2, old / new])
        return _made(last * old / new, slopes, covariance, df, ci_level)
    if (values >= 1).any():
        raise InputError(Problem("A logit link needs shares below one.", do="Use method='difference'."))
    slopes = np.array([0.0, 1, -1, 1]) / (values * (1 - values))
    return _made(float(special.logit(values[1:]) @ [1, -1, 1]), slopes, covariance, df, ci_level)


def _mode(values: Floats, covariance: Floats, method: str, df: float, ci_level: float) -> Made:
    _, old, new, _ = values
    if method == "ratio":
        return _made(math.log(old / new), np.array([0.0, 1 / old, -1 / new, 0]), covariance, df, ci_level)
    return _made(old - new, np.array([0.0, 1, -1, 0]), covariance, df, ci_level)


def _since(values: Floats, covariance: Floats, method: str, df: float, ci_level: float) -> Made:
    first, old, new, last = values
    if method == "ratio":
        slopes = np.array([-1.0, last / new, -last * old / new**2, old / new])
        return _made(last * old / new - first, slopes, covariance, df, ci_level)
    return _made(last + old - new - first, np.array([-1.0, 1, -1, 1]), covariance, df, ci_level)
