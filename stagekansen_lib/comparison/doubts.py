"""When a test finds differences that are not there, and what to do about it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from stagekansen_lib.comparison.cases import Case, independent_rows
from stagekansen_lib.comparison.effects import FEW, FEW_EXPECTED
from stagekansen_lib.comparison.outcomes import ordered_values
from stagekansen_lib.comparison.ranks import RANK_METHODS
from stagekansen_lib.comparison.results import Comparison
from stagekansen_lib.comparison.tables import TABLE_METHODS
from stagekansen_lib.errors import DoubtWarning
from stagekansen_lib.surveys.designs import Design, degrees_of_freedom
from stagekansen_lib.weighting.false_positives import (
    MOST_FALSE,
    VarianceForm,
    after_calibration,
    false_positives,
    mean_forms,
    number_of_counts,
)

__all__ = ["doubt_few_expected", "doubt_no_spread", "doubt_small_groups", "no_spread"]


# Groups from this number of answers on are not looked at for false positives: it takes very uneven weights. Nor are
# calibrations on fewer columns than one in so many answers.
_ENOUGH = 1_000

_ENOUGH_A_COLUMN = 100

# Squared residuals of a yes or no hardly vary, and tables test against shares of all groups together: of the false
# positives that small groups make elsewhere these parts are left (simulated, benchmarks/README.md).
_TWO_ANSWERS, _MORE_ANSWERS = 0.4, 0.7


def doubt_small_groups(
    case: Case, method: str, *, forms: Callable[[], list[VarianceForm]] | None = None, stacklevel: int = 4
) -> None:
    """Say so when a test finds differences that are not there, and from how many answers on it keeps its level.

    ``forms`` makes those of the variance of an adjusted comparison.
    """
    if doubt_no_spread(case, method, stacklevel=stacklevel + 1):
        return
    smallest = int(np.argmin(case.sizes))
    size = int(case.sizes[smallest])
    group = f"Group {case.levels[smallest]} of '{case.by}'"
    if size < FEW:
        said = f"{group} has fewer than {FEW} answers: the p value and the interval are rough."
        told = DoubtWarning(f"{said} {_way_out(case, method, None)}", "few_answers")
        warnings.warn(told, stacklevel=stacklevel)
        return
    found = _expected_false_positives(case, method, forms)
    if found is None or found.rate <= MOST_FALSE:
        return
    if case.number > 2:
        group = f"Of {case.number} groups of '{case.by}' the smallest, {case.levels[smallest]},"
    said = _how_often(found, group, size, case.n)
    key = "many_counts" if found.counts else "small_group"
    warnings.warn(DoubtWarning(f"{said} {_way_out(case, method, found)}", key), stacklevel=stacklevel)


def no_spread(case: Case, method: str) -> tuple[Any, int] | None:
    """A group in which everyone gave the same answer, where a variance of means or ranks takes it for known.

    Shares of one answer have an interval that knows better, and tables a variance of all groups together. One answer is
    too few for everything, and of a thousand some would differ if any did.
    """
    if case.kind == "nominal" or method in TABLE_METHODS:
        return None
    values = ordered_values(case)
    for at, (level, size) in enumerate(zip(case.levels, case.sizes, strict=True)):
        if 2 <= size < _ENOUGH and not np.ptp(values[case.groups == at]) > 0:
            return level, int(size)
    return None


def doubt_no_spread(case: Case, method: str, *, stacklevel: int = 4) -> bool:
    """Say so where everyone in a group gave the same answer."""
    found = no_spread(case, method)
    if found is None:
        return False
    level, size = found
    exact = "Without weights use method='permutation'; or merge" if _may_permute(case, method) else "Merge"
    said = (
        f"All {size} answers to '{case.of}' in group {level} of '{case.by}' are the same: how sure that group is "
        "cannot be estimated. The interval is too narrow, and this test too often finds a difference that is not "
        f"there. {exact} groups, or show the estimates."
    )
    warnings.warn(DoubtWarning(said, "no_spread"), stacklevel=stacklevel)
    return True


def _may_permute(case: Case, method: str) -> bool:
    return independent_rows(case.survey) and not method.endswith("regression")


def _how_often(found: _Expected, group: str, size: int, n: int) -> str:
    """How often a test finds what is not there, and from how many answers on no longer."""
    often = f"where nothing is the matter, this test finds a difference at 5% in about {found.rate:.1%} of surveys"
    # The weights of a few answers say little about those of many: whole tens are precise enough.
    if found.counts:
        return (
            f"The weights were made to meet {found.counts} counts with {n:,} answers: {often}. "
            f"From about {10 * math.ceil(found.times * n / 10):,} answers in all on it keeps its level."
        )
    return (
        f"{group} has {size} answers: {often}. From about {10 * math.ceil(found.times * size / 10):,} answers in "
        "the smallest group on it keeps its level."
    )


def _way_out(case: Case, method: str, found: _Expected | None) -> str:
    """What keeps its level with this number of groups, this kind of outcome and this kind of design."""
    model = method.endswith("regression")
    if found is not None and found.jackknife and (found.counts or model):
        return "Compare replicate(survey, kind='jackknife') in place of the survey."
    if model:
        return "Merge groups, or hold fewer variables constant; method='welch' is for a comparison without adjust_for."
    if not independent_rows(case.survey):
        made = "" if case.survey.design.replicates is None else ", or compare without replicates"
        return f"Merge groups{made}, or show the estimates without a test."
    return _test_for_few(case, method)


def _test_for_few(case: Case, method: str) -> str:
    """The test that knows how few answers there are, where rows are independent."""
    two = case.number == 2
    if case.sizes.min() < 2:  # the other tests need a variance in each group
        exact = " ('fisher' for the share of one answer)" if two else ""
        return f"Without weights use method='permutation'{exact}; or merge groups."
    if method in RANK_METHODS:
        advice = "Use method='brunner_munzel'"
        advice += "" if two else " for two groups at a time (subset), with adjust_p_values for their number"
    elif method in TABLE_METHODS:
        many = len(case.outcome.levels) > 2
        advice = "Use method='welch'" + (" with code=, for the share of one answer" if many else "")
        advice += "" if two else ", for two groups at a time (subset), with adjust_p_values for their number"
    else:
        advice = "Use method='welch'"
    exact = " ('fisher' for the share of one answer)" if two else ""
    return f"{advice}, without weights 'permutation'{exact}; or merge groups."


@dataclass(frozen=True)
class _Expected:
    """The share of false positives at 5%, how many times as many answers are enough, and what it comes from.

    ``counts`` is the number that the weights meet where those are the cause, and 0 where groups are too small.
    ``jackknife`` says whether the same test keeps its level with jackknife replicates.
    """

    rate: float
    times: float
    counts: int
    jackknife: bool


def _expected_false_positives(
    case: Case, method: str, forms: Callable[[], list[VarianceForm]] | None
) -> _Expected | None:
    """None where that is not known, or where answers are so many that nobody needs to look.

    A jackknife meets the counts anew in every replicate, and its means and models have no bias. Rank tests take ranks
    and residuals as they are, with replicates too.
    """
    design = case.survey.design
    jackknife = _made_jackknife(design)
    counts = sum(number_of_counts(each) for each in design.calibrations)
    if not _known(design) or not _few(case, counts):
        return None
    df = float(degrees_of_freedom(design, case.used) - case.number + 1)
    if not df > 0:
        return None
    groups = forms() if forms is not None else mean_forms(design.row_weights, case.groups)
    excess = _excess(case, method)
    usual = false_positives(groups, df, excess=excess, unbiased=jackknife and method not in RANK_METHODS)
    found, cause = usual, 0
    if counts and not jackknife:
        found = false_positives(after_calibration(groups, design), df, excess=excess, plain=groups)
        cause = counts if usual[0] <= MOST_FALSE else 0
    keeps = usual[0] <= MOST_FALSE
    if not keeps and method not in RANK_METHODS:
        keeps = false_positives(groups, df, excess=excess, unbiased=True)[0] <= MOST_FALSE
    return _Expected(*found, counts=cause, jackknife=keeps)


def _made_jackknife(design: Design) -> bool:
    return design.replicates is not None and design.replicates.kind == "made jackknife"


def _known(design: Design) -> bool:
    """Whether it is known what few answers do: not with clusters, nor with replicates that are no jackknife."""
    return (design.replicates is None or _made_jackknife(design)) and design.stages[0].clusters is None


def _few(case: Case, counts: int) -> bool:
    """Whether the smallest group, or the whole beside the counts that weights meet, is small enough to look at."""
    smallest = int(case.sizes.min())
    return smallest >= 2 and (smallest < _ENOUGH or counts * _ENOUGH_A_COLUMN > case.survey.design.size)


def _excess(case: Case, method: str) -> float:
    """The part of the false positives of means in small groups that a test suffers from."""
    if method in TABLE_METHODS:
        weights = case.survey.design.row_weights[case.used]
        if np.allclose(weights, weights[0]):
            return 0.0  # the test is Pearson's: its design effect is known to be one
        return _TWO_ANSWERS if len(case.outcome.levels) == 2 else _MORE_ANSWERS
    return {"binomial regression": _TWO_ANSWERS, "ordinal regression": _MORE_ANSWERS}.get(method, 1.0)


def doubt_few_expected(case: Case, found: Comparison) -> None:
    """Say so when a cell of the table is expected to hold too few answers, and how many would be enough."""
    if math.isnan(found.smallest_expected):
        return
    enough = math.ceil(found.n * FEW_EXPECTED / found.smallest_expected)
    text = (
        f"An answer to '{found.of}' is rare in a group of '{found.by}' ({found.smallest_expected:.1f} expected): the "
        f"p value is rough. With the same division {enough:,} answers in all are enough. {_way_with_rare(case)}"
    )
    warnings.warn(DoubtWarning(text, "rare_answer"), stacklevel=4)


def _way_with_rare(case: Case) -> str:
    weights = case.survey.design.row_weights
    if not independent_rows(case.survey):
        return "Merge answers, or show the estimates without a test."
    if np.allclose(weights, weights[0]):
        return "Merge answers, or use method='permutation' (for a share 'fisher')."
    two = "" if case.number == 2 else ", for two groups at a time (subset)"
    return f"Merge answers, or use method='welch' with code=, for the share of one answer{two}."
