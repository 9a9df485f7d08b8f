"""The methods that ``compare`` knows, and the one that fits a kind of outcome."""

from __future__ import annotations

from stagekansen_lib.comparison.cases import Asked, Case
from stagekansen_lib.comparison.means import compare_means
from stagekansen_lib.comparison.ranks import RANK_METHODS, compare_ranks
from stagekansen_lib.comparison.results import Comparison
from stagekansen_lib.comparison.small_samples import EXACT_METHODS, WELCH_METHODS
from stagekansen_lib.comparison.tables import TABLE_METHODS, compare_table
from stagekansen_lib.errors import InputError, Problem

__all__ = ["METHODS", "compare_by_method", "usual_method"]


METHODS = (*TABLE_METHODS, *RANK_METHODS, "t_test", "ratio_of_means", "equal_means", *WELCH_METHODS, *EXACT_METHODS)

EFFECTS = ("difference_in_shares", "risk_ratio", "odds_ratio", "cramers_v", "difference_in_means",
           "ratio_of_means", "standardised_difference", "probability_of_superiority")  # fmt: skip


# The method that fits an outcome: by its kind, for two groups and for more.
_USUAL = {
    "ordinal": ("wilcoxon", "kruskal_wallis"),
    "count": ("ratio_of_means", "equal_means"),
    "number": ("t_test", "equal_means"),
    "nominal": ("rao_scott_f", "rao_scott_f"),
}


def compare_by_method(case: Case, method: str, asked: Asked) -> Comparison:
    """The comparison by a method that leans on large samples."""
    if method in TABLE_METHODS:
        return compare_table(case, method, asked)
    if method in RANK_METHODS:
        return compare_ranks(case, method, asked)
    return compare_means(case, method, asked)


def usual_method(case: Case) -> str:
    """The method that fits the kind of the outcome and the number of groups."""
    if case.kind in _USUAL:
        return _USUAL[case.kind][0 if case.number == 2 else 1]
    raise InputError(
        Problem(
            f"'{case.of}' is of kind '{case.kind}'.",
            do=f"Compare one answer of a set, such as '{case.of}[1]'."
            if case.kind == "multiple"
            else "Choose an outcome with answers from a list, or with numbers.",
        )
    )
