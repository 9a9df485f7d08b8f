"""The change of an estimate from one wave to the next, with its margin and what such waves could have shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import optimize, stats

from stagekansen_lib.arguments import said, some_names, some_share
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.groups import By
from stagekansen_lib.estimation.intervals import share_interval, t_quantile
from stagekansen_lib.estimation.share_differences import ShareLimits, square_and_add
from stagekansen_lib.surveys.designs import Design, degrees_of_freedom
from stagekansen_lib.surveys.surveys import Survey, matching_answer
from stagekansen_lib.waves.breaks import question_changes
from stagekansen_lib.waves.change_results import Changes, Gap
from stagekansen_lib.waves.points import (
    POWER_QUANTILES,
    Outcome,
    Points,
    check_outcome,
    doubt_no_spread,
    has_no_spread,
    known_answers,
    points_of,
)
from stagekansen_lib.waves.stacking import WAVE, named_waves, stack

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Mask

__all__ = ["change"]

SCALES = ("difference", "log")

# With fewer answers than this on one side of a share the margin is made of the limits of both shares.
_FEW = 10


def change(
    before: Survey,
    after: Survey,
    of: str,
    *,
    code: Any = None,
    by: By = None,
    statistic: str = "share",
    to: str | None = None,
    gap_by: str | None = None,
    gap_code: Any = None,
    panel: str | None = None,
    scale: str = "difference",
    ci_level: float = 0.95,
) -> Changes:
    """The change of a share, mean, ratio or gap from one wave to the next, of everyone or of each group.

    Parameters
    ----------
    before, after : the earlier and the later wave, weighted or not, whole or a subset.
    of : the variable.
    code : for a share: one answer, or a list of answers to take together; without it every answer has a row.
    by : variable or variables that make groups, each with its own change.
    statistic : "share", "mean" or "ratio" (``of`` over ``to``, totals).
    to : for a ratio: the variable below the line.
    gap_by : a variable with two answers: before, after and change are then of the gap between the two groups, the last
        answer in their order minus the first (1 minus 0).
    gap_code : the answer to ``gap_by`` that comes first in the gap, minus all other answers together.
    panel : a column of units that answered in both waves, such as a respondent number, or a school in a survey that
        was drawn by school: their covariance then counts. Without it the waves are taken as independent.
    scale : "difference"; or "log": before and after are natural logarithms (of a gap: of the ratio of the two
        groups), and so is the change.
    ci_level : level of the intervals, 0 to 1.

    Returns
    -------
    Changes : ``table`` has the group columns (and ``code``), before, after, change, se, ci_low, ci_high, p_value,
        smallest_detectable (the change that such waves show in 8 of 10 tries) and df. A group of one wave only has an
        empty change. ``verdicts`` says "higher", "lower" or "not_shown" of each row.

    Raises
    ------
    InputError : an unknown variable, answer, statistic or scale; a gap without two groups; a ratio without ``to=``;
        a panel column that cannot be used (see ``stack``).
    RefusedError : a variable that may point at a person.

    Notes
    -----
    change = after - before; se^2 = var(after) + var(before) - 2 cov, by linearisation (or replicates) of each wave,
    with what weighting explains; t with the clusters minus strata of both waves as degrees of freedom (of the rows
    of a group, with ``by``). smallest_detectable = (z.975 + z.80) se. Where fewer than 10 respondents gave the answer,
    or did not, the margin is that of Zou and Donner (2008, doi:10.1002/sim.3095) from the limits of both shares, the p
    value fits it, and what is detectable counts that a rare share spreads more once it has grown. Checked against R's
    survey package (``svycontrast`` over both waves, raked, clustered and a panel).

    Simulated with 5,000 pairs of waves of 324 in three strata, with weights of 0.7 to 1.6
    (``benchmarks/change_simulations.py``): of a share of 40%, a share of 2%, a mean, a gap in shares and the log of
    a ratio of means the 95% margin held the change in 94.6%, 96.1%, 95.2%, 94.9% and 94.6% where there was none; and a
    change of the size of ``smallest_detectable`` was found in 79.6%, 78.3%, 80.3%, 81.2% and 80.5%.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> wave = sk.read_survey("example_2022")
    >>> found = change(wave, wave, of="discrimination_experienced", code=1)
    >>> found.table[["change", "df"]].round(1).to_dict("records"), found.verdicts
    ([{'change': 0.0, 'df': 646.0}], ('not_shown',))
    """
    waves = named_waves([before, after])
    names = some_names("by", by)
    some_share("ci_level", ci_level, 0.95)
    if scale not in SCALES:
        raise InputError(Problem(f"scale is {said(scale)}.", do=did_you_mean(scale, SCALES)))
    if to is not None and statistic != "ratio":
        raise InputError(Problem(f"to is {said(to)}, and statistic is {said(statistic)}.", do="Use statistic='ratio'."))
    if gap_by is not None and statistic == "ratio" and to is None:
        # A ratio of groups is a difference of logarithms of their means.
        statistic, scale = "mean", "log"
    outcome = Outcome(of, statistic, code, to)
    check_outcome([before, after], outcome)
    _refuse_names(of, names, gap_by, panel)
    gap = None if gap_by is None else _gap(waves, gap_by, gap_code)
    each = [code] if statistic != "share" or code is not None else _answers(waves, of)
    whole = stack([before, after], names=["before", "after"], panel=panel) if panel else None
    parts = [_rows(before, after, whole, replace(outcome, code=one), names, gap, scale, ci_level) for one in each]
    table = pd.concat([part.assign(code=[one] * len(part)) for part, one in zip(parts, each, strict=True)])
    columns = [*names, *(["code"] if statistic == "share" and code is None else [])]
    table = table.reset_index(drop=True)
    no_spread = tuple(bool(known) for known in table["no_spread"])
    if any(no_spread) and statistic != "share":  # of a gap in shares the sentence tells it
        doubt_no_spread(of)
    counts = table[["n_before", "n_after"]]
    shown = table[[*columns, "before", "after", "change", "se", "ci_low", "ci_high", "p_value",
                   "smallest_detectable", "df"]]  # fmt: skip
    origins = [survey.provenance for survey in (before, after)]
    return Changes(shown, of, code, statistic, to, names, gap, panel, scale, ci_level, counts,
                   _wave_names(waves), after.codebook, (origins[0], origins[1]), no_spread,
                   _reworded(before, after, [of, to, gap_by]))  # fmt: skip


def _reworded(before: Survey, after: Survey, names: Sequence[str | None]) -> bool:
    """Whether a question that the change rests on was asked in another way."""
    changes = [one for name in names if name for one in question_changes(before, after, name)]
    return any(one.trait in ("wording", "answers", "rule", "asked_of") for one in changes)


def _wave_names(waves: dict[Any, Survey]) -> tuple[str, str] | None:
    """The names of the waves, when they tell a year; None when they are only numbered."""
    first, last = waves
    return None if (first, last) == (1, 2) else (str(first), str(last))


def _refuse_names(of: str, by: Sequence[str], gap_by: str | None, panel: str | None) -> None:
    taken = [name for name in by if name in (of, gap_by, WAVE)]
    problems = [Problem(f"'{name}' cannot make groups here.", do="Give another variable in by=.") for name in taken]
    if gap_by == of:
        problems.append(Problem(f"'{of}' is both outcome and gap.", do="Give two variables."))
    if panel is not None and not isinstance(panel, str):
        problems.append(Problem(f"panel is {said(panel)}.", do="Name the column of units that answered twice."))
    if problems:
        raise InputError(problems)


def _answers(waves: dict[Any, Survey], of: str) -> list[Any]:
    return list(dict.fromkeys(answer for survey in waves.values() for answer in known_answers(survey, of)))


def _gap(waves: dict[Any, Survey], name: str, code: Any) -> Gap:
    """Which answers are on which side of a gap."""
    levels = list(dict.fromkeys(level for survey in waves.values() for level in _present(survey, name)))
    if code is not None:
        first = matching_answer(code, levels)
        if first not in levels:
            raise InputError(Problem(f"'{name}' has no answer {said(code)}.", do=did_you_mean(code, levels)))
        rest = tuple(level for level in levels if level != first)
    elif len(levels) == 2:
        rest, first = (levels[0],), levels[1]
    else:
        raise InputError(
            Problem(f"'{name}' has {len(levels)} answers, and a gap is between two groups.", do="Give gap_code=.")
        )
    if not rest:
        raise InputError(Problem(f"Everyone gave the same answer to '{name}'.", do="Choose another gap_by."))
    return Gap(name, first, rest)


def _present(survey: Survey, name: str) -> list[Any]:
    encoded = survey.encoded(name)
    return [level for level, count in zip(encoded.levels, encoded.counts[:-1], strict=True) if count]


def _with_sides(survey: Survey, gap: Gap | None) -> tuple[Survey, list[str]]:
    """The survey with the side of the gap as a variable of its own, 1 and 0."""
    if gap is None:
        return survey, []
    encoded = survey.encoded(gap.by)
    sides = np.array([*(1.0 if level == gap.first else 0.0 for level in encoded.levels), np.nan])[encoded.codes]
    column = pd.Series(pd.Categorical(sides, categories=[0.0, 1.0]), index=survey.rows.index)
    return replace(survey, rows=survey.rows.assign(**{_SIDE: column}), _encoded={}), [_SIDE]


_SIDE = "side of the gap"


def _rows(
    before: Survey, after: Survey, whole: Survey | None, outcome: Outcome, by: Sequence[str], gap: Gap | None,
    scale: str, ci_level: float,
) -> pd.DataFrame:  # fmt: skip
    """The table of one outcome: a row a group."""
    if whole is not None:
        one, side = _with_sides(whole, gap)
        found = points_of(one, outcome, [WAVE, *by, *side])
        pair = _Pair(found, found, [one.design], [("before",), ("after",)])
    else:
        waves = [_with_sides(survey, gap) for survey in (before, after)]
        first, last = (points_of(survey, outcome, [*by, *side]) for survey, side in waves)
        pair = _Pair(first, last, [survey.design for survey, _ in waves], [(), ()])
    groups = pair.groups(with_side=gap is not None)
    lines = [pair.line(group, outcome, scale, ci_level, gap=gap is not None, whole=not by) for group in groups]
    table = pd.DataFrame(lines)
    for at, name in enumerate(by):
        table[name] = [group[at] for group in groups]
    return table


@dataclass(frozen=True, eq=False)
class _Pair:
    """The points of two waves; of a panel both are the same points, told apart by the start of their keys."""

    first: Points
    last: Points
    designs: list[Design]
    starts: list[tuple[Any, ...]]

    @property
    def together(self) -> bool:
        return self.first is self.last

    def groups(self, *, with_side: bool) -> list[tuple[Any, ...]]:
        """The groups of either wave, without the wave and the side of the gap."""
        skip = 1 if self.together else 0
        keys = [key[skip : -1 if with_side else None] for points in (self.first, self.last) for key in points.keys]
        return list(dict.fromkeys(keys))

    def line(
        self, group: tuple[Any, ...], outcome: Outcome, scale: str, ci_level: float, *, gap: bool, whole: bool
    ) -> dict[str, Any]:
        """One row: both estimates, their difference and its doubt."""
        points = (self.first, self.last)
        sides = 2 if gap else 1
        places = [_places(point, (*start, *group), gap=gap) for point, start in zip(points, self.starts, strict=True)]
        n = [sum(point.n[at] for at in own) for point, own in zip(points, places, strict=True)]
        ends = [
            _side_value(point, own, scale) if len(own) == sides else math.nan
            for point, own in zip(points, places, strict=True)
        ]
        # A ratio has no logarithm where a group has nought above the line.
        lost = any(len(own) < sides for own in places) or not np.isfinite(ends).all()
        if lost or not self._several(places):
            return _empty([end if math.isfinite(end) else math.nan for end in ends], n)
        variance, df = self._variance(places, scale), self._df(places, whole=whole)
        plain = outcome.statistic == "share" and not gap and scale == "difference"
        if plain and any(_is_few(point, own[0]) for point, own in zip(points, places, strict=True)):
            return _of_few(points, [own[0] for own in places], variance, df, ci_level, n)
        known = any(
            has_no_spread(point.values[own], point.covariance[np.ix_(own, own)])
            for point, own in zip(points, places, strict=True)
        )
        return {**_line(ends, variance, df, ci_level, n), "no_spread": known}

    def _several(self, places: list[list[int]]) -> bool:
        """Whether there is more than one answer behind every estimate: one has no variance of its own."""
        return all(point.n[at] > 1 for point, own in zip((self.first, self.last), places, strict=True) for at in own)

    def _variance(self, places: list[list[int]], scale: str) -> float:
        if self.together:
            at = [*places[1], *places[0]]
            slopes = np.concatenate([_slopes(self.last, places[1], scale), -_slopes(self.first, places[0], scale)])
            return float(slopes @ self.first.covariance[np.ix_(at, at)] @ slopes)
        total = 0.0
        for point, own in zip((self.first, self.last), places, strict=True):
            slopes = _slopes(point, own, scale)
            total += float(slopes @ point.covariance[np.ix_(own, own)] @ slopes)
        return total

    def _df(self, places: list[list[int]], *, whole: bool) -> float:
        if whole:
            return self.first.whole_df if self.together else self.first.whole_df + self.last.whole_df
        if self.together:
            return float(degrees_of_freedom(self.designs[0], _either(self.first, [*places[0], *places[1]])))
        return float(
            sum(
                degrees_of_freedom(design, _either(point, own))
                for design, point, own in zip(self.designs, (self.first, self.last), places, strict=True)
            )
        )


def _places(points: Points, key: tuple[Any, ...], *, gap: bool) -> list[int]:
    """Where a group stands in a wave, or both sides of its gap; what the wave does not have is left out."""
    sides: list[tuple[Any, ...]] = [(1.0,), (0.0,)] if gap else [()]
    found = [points.at((*key, *side)) for side in sides]
    return [at for at in found if at is not None]


def _either(points: Points, places: list[int]) -> Mask:
    return np.asarray(np.any([points.masks[at] for at in places], axis=0))


def _side_value(points: Points, places: Sequence[int], scale: str) -> float:
    values = points.values[list(places)]
    if scale == "log":
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log(values)
    return float(values[0] - values[1] if len(values) == 2 else values[0])


def _slopes(points: Points, places: Sequence[int], scale: str) -> Floats:
    """The slope of the estimate of one wave over the estimates it is made of."""
    signs = np.array([1.0, -1.0])[: len(places)]
    with np.errstate(divide="ignore"):
        return signs if scale == "difference" else signs / points.values[list(places)]


def _is_few(points: Points, at: int) -> bool:
    return min(points.yes[at], points.n[at] - points.yes[at]) < _FEW


def _empty(ends: Sequence[float], n: Sequence[int]) -> dict[str, Any]:
    none = dict.fromkeys(("change", "se", "ci_low", "ci_high", "p_value", "smallest_detectable", "df"), math.nan)
    return {"before": ends[0], "after": ends[1], **none, "n_before": n[0], "n_after": n[1], "no_spread": False}


def _line(ends: Sequence[float], variance: float, df: float, ci_level: float, n: Sequence[int]) -> dict[str, Any]:
    moved, se = ends[1] - ends[0], math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else math.nan
    half = t_quantile(ci_level, df) * se
    p_value = float(2 * stats.t.sf(abs(moved) / se, df)) if se > 0 and df > 0 else math.nan
    return {
        "before": ends[0], "after": ends[1], "change": moved, "se": se, "ci_low": moved - half, "ci_high": moved + half,
        "p_value": p_value, "smallest_detectable": POWER_QUANTILES * se, "df": df, "n_before": n[0], "n_after": n[1],
        "no_spread": False,
    }  # fmt: skip


def _of_few(
    points: Sequence[Points], places: Sequence[int], variance: float, df: float, ci_level: float, n: Sequence[int]
) -> dict[str, Any]:
    """A change of shares that few gave: its margin is that of the limits of both shares, and its p value fits."""
    shares = [float(point.values[at]) for point, at in zip(points, places, strict=True)]
    own = [float(point.covariance[at, at]) for point, at in zip(points, places, strict=True)]
    line = _line(shares, variance, df, ci_level, n)
    shared = (sum(own) - variance) / 2
    correlation = float(np.clip(shared / math.sqrt(own[0] * own[1]), -1, 1)) if min(own) > 0 else 0.0

    def limits(level: float) -> tuple[float, float]:
        sides = [
            ShareLimits(share, *share_interval("logit", share, spread, point.n[at], df, level, float(point.kish[at])))
            for share, spread, point, at in zip(shares, own, points, places, strict=True)
        ]
        return square_and_add(sides[0], sides[1], correlation)

    low, high = limits(ci_level)
    sizes = [
        share * (1 - share) / spread if spread > 0 else float(point.kish[at])
        for share, spread, point, at in zip(shares, own, points, places, strict=True)
    ]
    p_value = _p_value(limits, shares[1] - shares[0]) if df > 0 else math.nan
    found = {"ci_low": low, "ci_high": high, "p_value": p_value, "smallest_detectable": _detectable(shares, sizes)}
    return {**line, **found}


def _detectable(shares: Sequence[float], sizes: Sequence[float]) -> float:
    """The change of a rare share that is found in 8 of 10 tries: a share that moves away from nought spreads more."""
    together = float(np.average(shares, weights=sizes))
    start = min(together, 1 - together)
    moved = 0.0
    for _ in range(100):
        later = min(start + moved, 1.0)
        moved = POWER_QUANTILES * math.sqrt(start * (1 - start) / sizes[0] + later * (1 - later) / sizes[1])
        # With nothing to start from, one answer more or less is the least step.
        moved = max(moved, 1 / min(sizes))
    return moved


def _p_value(limits: Callable[[float], tuple[float, float]], change: float) -> float:
    """The level at which an interval begins to hold nought, taken from one."""
    if change == 0:
        return 1.0
    side = 0 if change > 0 else 1
    least, most = 1e-6, 1 - 1e-9
    if (limits(most)[side] > 0) == (change > 0):
        return 1 - most
    if (limits(least)[side] > 0) != (change > 0):
        return 1.0
    return 1 - float(optimize.brentq(lambda level: limits(level)[side], least, most, xtol=1e-12))
