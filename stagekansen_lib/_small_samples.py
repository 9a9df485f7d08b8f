"""Exact and permutation tests for few answers: only without weights, strata and clusters, where every answer counts
the same.

Sources: Phipson and Smyth (2010), doi:10.2202/1544-6115.1585, for the p value of random permutations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys import Encoded, Survey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["EXACT_METHODS", "permutation_test", "refuse_design", "two_by_two"]

EXACT_METHODS = ("fisher", "barnard", "permutation")
_DRAWS = 9999
_SEED = 1
# Barnard's test takes time with the square of the group sizes; from here on no test needs to be exact.
_MOST_FOR_BARNARD = 1000


def refuse_design(survey: Survey, method: str) -> None:
    """Stop when answers do not all count the same: exact tests shuffle them as if they do."""
    design = survey.design
    first = design.stages[0]
    weights = design.row_weights
    weighted = design.replicates is not None or bool(design.calibrations) or not np.allclose(weights, weights[0])
    if weighted or first.strata is not None or first.clusters is not None or first.population is not None:
        raise InputError(
            Problem(
                f"'{method}' is for a survey without weights, strata, clusters or a finite population.",
                do="Leave out method=, or take the survey before weighting.",
            )
        )


def two_by_two(
    encoded: Encoded, groups: Integers, levels: tuple[Any, ...], of: str, method: str, code: Any
) -> tuple[Any, tuple[int, int], float]:
    """The answer that is counted, its number in both groups, and the exact p value."""
    if len(levels) != 2:
        raise InputError(
            Problem(f"'{method}' needs two groups and there are {len(levels)}.", do="Use method='permutation'.")
        )
    used = groups >= 0
    present = np.flatnonzero(np.bincount(encoded.codes[used], minlength=len(encoded.levels)))
    known = [encoded.levels[at] for at in present]
    if len(known) < 2:
        raise InputError(Problem(f"Everyone gives the same answer to '{of}': there is nothing to test."))
    if code is None and len(known) > 2:
        raise InputError(
            Problem(
                f"'{of}' has {len(known)} answers: '{method}' compares the share of one.",
                do="Give code=, or use method='permutation'.",
            )
        )
    if code is not None and code not in known:
        raise InputError(Problem(f"'{of}' has no answer {code!r}.", do=did_you_mean(code, known)))
    answer = known[-1] if code is None else code
    chosen = encoded.codes == encoded.levels.index(answer)
    counts = [[int((chosen & (groups == at)).sum()), int((~chosen & (groups == at)).sum())] for at in (0, 1)]
    table = np.array(counts)
    if method == "fisher":
        return answer, (counts[0][0], counts[1][0]), min(float(stats.fisher_exact(table)[1]), 1.0)
    if table.sum() > _MOST_FOR_BARNARD:
        raise InputError(
            Problem(f"There are {table.sum():,} answers: too many for 'barnard'.", do="Use 'fisher' or leave it out.")
        )
    p_value = float(stats.barnard_exact(table.T).pvalue)
    return answer, (counts[0][0], counts[1][0]), min(p_value, 1.0)


def permutation_test(values: Floats, groups: Integers, number: int, kind: str) -> float:
    """The share of arrangements of the answers over the groups that differ at least as much as those found.

    ``kind`` says what counts as a difference: "numbers" means, "ranks" mean ranks, "codes" the shares of all answers.
    """
    used = groups >= 0
    inside = values[used]
    if kind == "ranks":
        inside = stats.rankdata(inside)
    samples = [inside[groups[used] == at] for at in range(number)]
    codes = np.unique(inside)

    def spread(*parts: Floats, axis: int = -1) -> Any:
        if kind != "codes":
            return sum(part.sum(axis=axis) ** 2 / part.shape[axis] for part in parts)
        return sum(
            (part == code).sum(axis=axis) ** 2 / (part.shape[axis] * float((inside == code).sum()))
            for part in parts
            for code in codes
        )

    found = stats.permutation_test(
        samples,
        spread,
        permutation_type="independent",
        vectorized=True,
        n_resamples=_DRAWS,
        alternative="greater",
        rng=np.random.default_rng(_SEED),
    )
    return float(found.pvalue)
