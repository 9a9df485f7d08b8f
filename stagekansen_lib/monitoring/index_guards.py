"""What may be told of an indicator: a figure on its grid, a class, or nothing (R1 to R5, R7 and R15)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.disclosure.drafts import is_sensitive
from stagekansen_lib.disclosure.primary import korn_graubard
from stagekansen_lib.disclosure.published import PublishedTable
from stagekansen_lib.disclosure.published_index import PublishedIndicator
from stagekansen_lib.disclosure.rules import RuleSet, round_down, round_to, round_up
from stagekansen_lib.monitoring.indicators import indicator_sums
from stagekansen_lib.registers.index_design import Indicator, Reading
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["guarded_indicator", "score_of"]

_EXACT = 1e-9


@dataclass(frozen=True)
class _Group:
    """One of the groups that an indicator rests on: answers, those that count, and what the largest ones make of it."""

    n: int
    count: int
    effective_n: float
    largest: tuple[float, float]


def guarded_indicator(
    survey: Survey,
    one: Indicator,
    reading: Reading,
    row: Mapping[str, Any],
    tables: Mapping[str, PublishedTable],
    rules: RuleSet,
) -> PublishedIndicator:
    """An indicator of a wave as it may be shown.

    Parameters
    ----------
    survey : the weighted survey. ``reading`` : of "experienced discrimination".
    row : the estimate with its interval and standard error, as ``YearlyIndex.indicators`` has it.
    tables : everything of the wave that passed ``protect``. An indicator that has its own table is quoted from it, so
        that no figure is told in two ways and what protects other cells stays hidden here as well.
    rules : numbers of the rule set.
    """
    groups = _groups(survey, one, reading)
    base = rules.base_class(min(group.n for group in groups))
    if not math.isfinite(row["estimate"]):
        return _without(one, ".", "")
    if one.table in tables:
        return _quoted(one, tables[one.table], rules)
    if _is_secret(survey, one, reading, row, groups, rules):
        return _without(one, "x", "")
    step = _step(one, groups, rules)
    value, low, high = (
        rounding(row[name], step)
        for rounding, name in ((round_to, "estimate"), (round_down, "ci_low"), (round_up, "ci_high"))
    )
    unsure = min(group.effective_n for group in groups) < rules.uncertain_effective_n or high - low >= _wide(one, rules)
    return _shown(one, "~" if unsure else "", (value, low, high), base, step)


def score_of(one: Indicator, value: float) -> float:
    """The score of a value between the goalposts, held within 1 to 100."""
    return min(max(100 * (value - one.worst) / (one.best - one.worst), 1.0), 100.0)


def _shown(
    one: Indicator, mark: str, figures: tuple[float, float, float], base: str, step: float
) -> PublishedIndicator:
    return PublishedIndicator(one.id, mark, *figures, base, step, figures[0], round(score_of(one, figures[0]), 1))


def _without(one: Indicator, mark: str, base: str, step: float = math.nan) -> PublishedIndicator:
    """No figure: not shown, not asked, or a class, of which the middle counts."""
    none = math.nan
    middle = {"<10%": 5.0, ">90%": 95.0}.get(mark, none)
    score = round(score_of(one, middle), 1) if math.isfinite(middle) else none
    return PublishedIndicator(one.id, mark, none, none, none, base, step, middle, score)


def _quoted(one: Indicator, table: PublishedTable, rules: RuleSet) -> PublishedIndicator:
    """The one row of a published table."""
    row: Any = next(table.table.itertuples(index=False))
    if not math.isfinite(row.estimate):
        return _without(one, row.mark, row.base)
    figures = tuple(round(100 * getattr(row, name), 8) for name in ("estimate", "ci_low", "ci_high"))
    step = 100 * rules.step(float(row.base.rstrip("+").split("-")[0]), share=True)
    return _shown(one, row.mark, (figures[0], figures[1], figures[2]), row.base, step)


def _groups(survey: Survey, one: Indicator, reading: Reading) -> list[_Group]:
    columns, weights = indicator_sums(survey, one, reading), survey.design.row_weights
    return [_group(value, given, weights) for value, given in zip(columns[::2], columns[1::2], strict=True)]


def _group(value: Floats, given: Floats, weights: Floats) -> _Group:
    inside = (given > 0) & (weights > 0)
    answers, own = np.sort(value[inside])[::-1], weights[inside]
    whole = float(answers.sum())
    largest = (float(answers[0]) / whole, float(answers[:2].sum()) / whole) if whole > 0 else (1.0, 1.0)
    effective = float(own.sum() ** 2 / (own**2).sum()) if inside.any() else 0.0
    return _Group(int(inside.sum()), int((answers > 0).sum()), effective, largest)


def _is_secret(
    survey: Survey,
    one: Indicator,
    reading: Reading,
    row: Mapping[str, Any],
    groups: Sequence[_Group],
    rules: RuleSet,
) -> bool:
    """Whether the rules hide it. Of a gap all four counts behind it are judged, and each way round (R15)."""
    if any(group.n < rules.least_base or group.effective_n < rules.least_effective_n for group in groups):
        return True
    if one.statistic == "ratio":
        return any(_is_dominated(group, rules) for group in groups) or row["se"] > rules.cv_hidden * row["estimate"]
    if any(min(group.count, group.n - group.count) < rules.least_count for group in groups):
        return True
    if len(groups) == 2:
        return any(not _is_inside(share, rules) for share in _shares_of_first(groups))
    return _is_telling_share(survey, one, reading, row, groups[0], rules)


def _shares_of_first(groups: Sequence[_Group]) -> list[float]:
    """The part that had the experience, among those with the answer and among those without."""
    first, rest = groups
    return [
        first.count / (first.count + rest.count),
        (first.n - first.count) / (first.n - first.count + rest.n - rest.count),
    ]


def _is_telling_share(
    survey: Survey, one: Indicator, reading: Reading, row: Mapping[str, Any], group: _Group, rules: RuleSet
) -> bool:
    share, se = row["estimate"] / 100, row["se"] / 100
    of = reading.variable if one.of == "experience" else one.of
    if not _is_inside(share, rules):
        return True
    low, high = korn_graubard(share, se, group.n, group.n - 1)
    if high - low >= rules.width_hidden - _EXACT:
        return True
    step = rules.step(group.n, share=True)
    ends = round_down(row["ci_low"] / 100, step), round_up(row["ci_high"] / 100, step)
    return is_sensitive(survey.codebook, of, rules) and (ends[0] < _EXACT or ends[1] > 1 - _EXACT)


def _is_inside(share: float, rules: RuleSet) -> bool:
    edge = 1 - rules.group_share
    return edge + _EXACT < share < 1 - edge - _EXACT


def _is_dominated(group: _Group, rules: RuleSet) -> bool:
    one, two = group.largest
    return one > rules.largest_share or two > rules.two_largest_share or 1 - two < rules.p_percent * one


def _step(one: Indicator, groups: Sequence[_Group], rules: RuleSet) -> float:
    """The grid of the smallest group, in the unit of the indicator."""
    share = one.statistic != "ratio"
    return rules.step(min(group.n for group in groups), share=share) * (100 if share else 1)


def _wide(one: Indicator, rules: RuleSet) -> float:
    """The width from which an interval is marked as uncertain: of a gap, that of two shares."""
    if one.statistic == "ratio":
        return math.inf
    return 100 * rules.width_uncertain * (2 if "gap" in one.statistic else 1)
