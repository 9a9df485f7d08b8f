"""Weighting: post-stratification, raking, calibration, trimming, and a report on the weights.

Standard errors after weighting know that the weights meet the targets: they use residuals (see ``designs``).
Sources: Deville and Särndal (1992), doi:10.1080/01621459.1992.10475217; Deville, Särndal and Sautory (1993),
doi:10.1080/01621459.1993.10476369. Agrees with R's survey package 4.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.arguments import some_number
from stagekansen_lib.arrays import row_blocks
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.calibrations import (
    CellFactors,
    MarginCalibration,
    indicator,
)
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.applying import domain_free, reachable, reweighted
from stagekansen_lib.weighting.targets import Target, make_targets

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers
    from stagekansen_lib.population.margins import Margins


__all__ = ["rake"]


# Combinations of margin codes up to this number are counted in one table instead of being sorted.
_TABLE_LIMIT = 2_000_000


def rake(
    survey: Survey, to: Margins | Mapping[Any, Any], *, tolerance: float = 1e-9, max_iterations: int = 1000
) -> Survey:
    """The survey with weights that meet every margin, by iterative proportional fitting.

    Parameters
    ----------
    survey : the survey.
    to : margins, ``{"level": {"mbo": 21000, "hbo": 30000}, "sex": {...}}``; a key may be a tuple of variables.
    tolerance : largest relative error of a margin at which to stop.
    max_iterations : sweeps over all margins after which to give up.

    Returns
    -------
    Survey : weights changed, variances by residuals from the margins, a line of history; a proxy is named.

    Raises
    ------
    InputError : an unknown variable; a missing answer; an empty cell; a code without a count; margins with
        different totals; no convergence.

    Notes
    -----
    Fitted on the distinct combinations of margin codes, so the time hardly depends on the number of rows.
    Checked against R's ``rake``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"level": ["mbo", "mbo", "hbo", "hbo"], "sex": ["f", "m", "f", "m"]}))
    >>> rake(survey, {"level": {"mbo": 60, "hbo": 40}, "sex": {"f": 50, "m": 50}}).weights
    array([30., 30., 20., 20.])
    """
    base = domain_free(survey)
    some_number("tolerance", tolerance, above=0.0, do="Give a number above zero, such as 1e-9.")
    rounds = int(some_number("max_iterations", max_iterations, above=0.0, do="Give a whole number, such as 1000."))
    targets = make_targets(survey, to)
    cells, cell_codes = _occupied_cells(targets)
    fit = partial(_fit_margins, cell_codes, targets, tolerance, rounds)
    factors = CellFactors(cells, cell_codes.shape[1], fit)
    after = factors(base.weights[:, None])[:, 0]
    after *= base.weights
    record = MarginCalibration(cells, cell_codes, after)
    return reweighted(survey, after, record, factors, to, "rake", targets)


def _occupied_cells(targets: Sequence[Target]) -> tuple[Integers, Integers]:
    """For each row its combination of margin codes, and for each combination the code on each margin."""
    sizes = [len(target.counts) for target in targets]
    rows = len(targets[0].codes)
    if float(np.prod([float(size) for size in sizes])) <= _TABLE_LIMIT:
        number = int(np.prod(sizes))
        cells, counts = np.empty(rows, dtype=np.intp), np.zeros(number, dtype=np.intp)
        for at in row_blocks(rows, number):
            crossed = targets[0].codes[at]
            for target, size in zip(targets[1:], sizes[1:], strict=True):
                crossed = crossed * size + target.codes[at]
            cells[at] = crossed
            counts += np.bincount(crossed, minlength=number)
        occupied = np.flatnonzero(counts)
        if len(occupied) < len(counts):
            place = np.cumsum(counts > 0) - 1
            for at in row_blocks(rows):
                cells[at] = place[cells[at]]
        return cells, np.array(np.unravel_index(occupied, sizes), dtype=np.intp)
    flat = np.zeros(rows, dtype=np.intp)
    for target in targets:
        _, flat = np.unique(flat * len(target.counts) + target.codes, return_inverse=True)
    first = np.zeros(int(flat.max()) + 1, dtype=np.intp)
    first[flat] = np.arange(rows)
    return flat, np.array([target.codes[first] for target in targets])


def _fit_margins(
    codes: Integers, targets: Sequence[Target], tolerance: float, max_iterations: int, totals: Floats
) -> Floats:
    """Factors that make the cell totals meet every margin; one column a set of weights."""
    present = [indicator(code, len(target.counts)) for code, target in zip(codes, targets, strict=True)]
    fitted = totals.copy()
    reached = [sums_of @ totals for sums_of in present]
    wanted = [reachable(target, sums) for target, sums in zip(targets, reached, strict=True)]
    # A code that no one in a set of weights has: its cells stay at zero, and any divisor will do.
    idle = [(sums <= 0).astype(float) for sums in reached]
    worst, name = np.inf, ""
    for _ in range(max_iterations):
        for code, sums_of, want, none in zip(codes, present, wanted, idle, strict=True):
            fitted = fitted * (want / (sums_of @ fitted + none))[code]
        errors = [
            np.abs((sums_of @ fitted + none) / (want + none) - 1).max()
            for sums_of, want, none in zip(present, wanted, idle, strict=True)
        ]
        worst, name = max(errors), targets[int(np.argmax(errors))].name
        if worst <= tolerance:
            return np.divide(fitted, totals, out=np.zeros_like(totals), where=totals > 0)
    raise InputError(
        Problem(
            f"Raking did not reach the margins in {max_iterations} rounds: '{name}' is still {worst:.1e} off.",
            do="Margins may contradict each other in the answers at hand. Merge small codes or drop a margin.",
        )
    )
