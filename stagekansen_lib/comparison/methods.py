"""The methods that ``compare`` knows, and the one that fits a kind of outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stagekansen_lib.comparison.cases import Case
from stagekansen_lib.comparison.means import compare_means
from stagekansen_lib.comparison.ranks import RANK_METHODS, Ties, compare_ranks
from stagekansen_lib.comparison.results import (
    Comparison,
)
from stagekansen_lib.comparison.small_samples import (
    EXACT_METHODS,
    WELCH_METHODS,
)
from stagekansen_lib.comparison.tables import TABLE_METHODS, compare_table
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    pass


__all__ = ["METHODS", "compare_by_method", "usual_method"]


METHODS = (*TABLE_METHODS, *RANK_METHODS, "t_test", "ratio_of_means", "equal_means", *WELCH_METHODS, *EXACT_METHODS)

EFFECTS = ("difference_in_shares", "risk_ratio", "odds_ratio", "cramers_v", "difference_in_means",
           "ratio_of_means", "standardised_difference", "probability_of_superiority")  # fmt: skip


def compare_by_method(
    survey: Survey, case: Case, method: str, effect: str | None, code: Any, ties: Ties, ci_level: float
) -> Comparison:
    if method in TABLE_METHODS:
        return compare_table(survey, case, method, effect, code, ci_level)
    if method in RANK_METHODS:
        return compare_ranks(survey, case, method, effect, ties, ci_level)
    return compare_means(survey, case, method, effect, ci_level)


def usual_method(survey: Survey, of: str, number: int) -> str:
    kind = survey.variable(of).kind
    if kind == "ordinal":
        return "wilcoxon" if number == 2 else "kruskal_wallis"
    if kind == "count" and number == 2:
        return "ratio_of_means"
    if kind in ("count", "number"):
        return "t_test" if number == 2 else "equal_means"
    if kind == "nominal":
        return "rao_scott_f"
    raise InputError(
        Problem(
            f"'{of}' is of kind '{kind}'.",
            do=f"Compare one answer of a set, such as '{of}[1]'."
            if kind == "multiple"
            else "Choose an outcome with answers from a list, or with numbers.",
        )
    )
