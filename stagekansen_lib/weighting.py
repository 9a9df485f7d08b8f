"""Weighting: post-stratification, raking, calibration, trimming, and a report on the weights.

Standard errors after weighting know that the weights meet the targets: they use residuals (see ``designs``).
Sources: Deville and Särndal (1992), doi:10.1080/01621459.1992.10475217; Deville, Särndal and Sautory (1993),
doi:10.1080/01621459.1993.10476369. Agrees with R's survey package 4.1.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from stagekansen_lib._arguments import said, some_number
from stagekansen_lib._displays import labelled_weights, readable, weights_html
from stagekansen_lib._false_positives import expected_coverage
from stagekansen_lib._targets import Target, number_targets, read_targets
from stagekansen_lib.codebooks import Codebook
from stagekansen_lib.designs import (
    Calibration,
    CellFactors,
    Design,
    MarginCalibration,
    PostStratification,
    RegressionCalibration,
    Replicates,
    degrees_of_freedom,
    indicator,
    row_blocks,
)
from stagekansen_lib.errors import DoubtWarning, InputError, Problem
from stagekansen_lib.surveys import Provenance, Survey, need_survey

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from stagekansen_lib.margins import Margins

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["WeightReport", "calibrate", "describe_weights", "poststratify", "rake", "trim_weights"]

Distance = Literal["linear", "raking", "logit"]

# Coverage from which a 95% interval keeps its name.
_LEAST_COVERAGE = 0.944

# Combinations of margin codes up to this number are counted in one table instead of being sorted.
_TABLE_LIMIT = 2_000_000


def poststratify(survey: Survey, to: Margins | Mapping[Any, Any]) -> Survey:
    """The survey with weights that meet the population count of each cell of one (crossed) margin.

    Parameters
    ----------
    survey : the survey.
    to : one margin, ``{"level": {"mbo": 21000, "hbo": 30000}}``; cross variables with a tuple,
        ``{("level", "sex"): {("mbo", "f"): 10000, ...}}``.

    Returns
    -------
    Survey : weights changed, variances by residuals from the cell means, a line of history.

    Raises
    ------
    InputError : more than one margin; an unknown variable; a missing answer; an empty cell; a code without a count.

    Notes
    -----
    w' = w N_c / sum of w in cell c. Checked against R's ``postStratify``. With few respondents in a cell residuals from
    its mean are too small, here as in R: with 12 cells 324 respondents with a design effect of 1.3 give intervals of a
    mean that hold the truth in 93% of surveys, 650 respondents 95%. ``describe_weights`` says what to expect;
    ``replicate(kind="jackknife")`` gives wider intervals.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"level": ["mbo", "mbo", "hbo"]}))
    >>> poststratify(survey, {"level": {"mbo": 300, "hbo": 200}}).weights
    array([150., 150., 200.])
    """
    base = _domain_free(survey)
    targets = read_targets(survey, to)
    if len(targets) != 1:
        raise InputError(
            Problem(
                f"Post-stratification needs one margin and got {len(targets)}.",
                do="Use rake() for several margins, or cross them: {('level', 'sex'): {('mbo', 'f'): count}}.",
            )
        )
    target = targets[0]

    factors = CellFactors(target.codes, len(target.counts), partial(_cell_factors, target))
    after = base.weights * factors(base.weights[:, None])[:, 0]
    record = PostStratification(target.codes, base.weights, after)
    return _reweighted(survey, after, record, factors, to, "poststratify", [target])


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
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"level": ["mbo", "mbo", "hbo", "hbo"], "sex": ["f", "m", "f", "m"]}))
    >>> rake(survey, {"level": {"mbo": 60, "hbo": 40}, "sex": {"f": 50, "m": 50}}).weights
    array([30., 30., 20., 20.])
    """
    base = _domain_free(survey)
    some_number("tolerance", tolerance, above=0.0, do="Give a number above zero, such as 1e-9.")
    rounds = int(some_number("max_iterations", max_iterations, above=0.0, do="Give a whole number, such as 1000."))
    targets = read_targets(survey, to)
    cells, cell_codes = _occupied_cells(targets)
    fit = partial(_fit_margins, cell_codes, targets, tolerance, rounds)
    factors = CellFactors(cells, cell_codes.shape[1], fit)
    after = factors(base.weights[:, None])[:, 0]
    after *= base.weights
    record = MarginCalibration(cells, cell_codes, after)
    return _reweighted(survey, after, record, factors, to, "rake", targets)


def calibrate(
    survey: Survey,
    to: Margins | Mapping[Any, Any],
    *,
    distance: Distance = "linear",
    bounds: tuple[float, float] | None = None,
    tolerance: float = 1e-10,
    max_iterations: int = 200,
) -> Survey:
    """The survey with weights that meet margins and totals of numeric variables, changed as little as possible.

    Parameters
    ----------
    survey : the survey.
    to : margins as for ``rake``, and totals of numeric variables: ``{"level": {...}, "hours": 410000.0}``.
    distance : "linear" (least squares), "raking" (weights stay positive) or "logit" (needs ``bounds``).
    bounds : smallest and largest factor by which a weight may change, such as (0.4, 2.5).
    tolerance : largest error of a total, relative to 1 + its size.
    max_iterations : Newton steps after which to give up.

    Returns
    -------
    Survey : weights changed, variances by regression residuals, a line of history.

    Raises
    ------
    InputError : as ``rake``; bounds missing or not around 1; totals that cannot be met within the bounds.

    Notes
    -----
    Without margins the total number is not calibrated. Checked against R's ``calibrate``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"level": ["mbo", "mbo", "hbo"], "hours": [6.0, 8.0, 8.0]}))
    >>> calibrate(survey, {"level": {"mbo": 20, "hbo": 10}, "hours": 230.0}).weights.round(6).tolist()
    [5.0, 15.0, 10.0]
    """
    if distance not in ("linear", "raking", "logit"):
        raise InputError(Problem(f"distance is {distance!r}.", do="Choose 'linear', 'raking' or 'logit'."))
    some_number("tolerance", tolerance, above=0.0, do="Give a number above zero, such as 1e-10.")
    rounds = int(some_number("max_iterations", max_iterations, above=0.0, do="Give a whole number, such as 200."))
    low, high = _checked_bounds(distance, bounds)
    base = _domain_free(survey)
    targets = read_targets(survey, to, numbers_too=True)
    numeric = number_targets(survey, to)
    matrix, totals, names = _model(targets, numeric, base.size)

    factors = partial(_model_factors, matrix, totals, names, (distance, low, high), tolerance, rounds)
    change = factors(base.weights[:, None])[:, 0]
    root = np.sqrt(base.weights)
    record = RegressionCalibration(_orthonormal(matrix * root[:, None]), change * root)
    survey = _reweighted(survey, base.weights * change, record, factors, to, f"calibrate ({distance})", targets)
    negative = int((survey.design.weights < 0).sum())
    if negative:
        warnings.warn(
            f"{negative} weights are below zero. Use bounds, or distance='raking'.", DoubtWarning, stacklevel=2
        )
    return survey


def trim_weights(
    survey: Survey, *, lower: float | None = None, upper: float | None = None, strict: bool = False
) -> Survey:
    """The survey with weights held between two limits; what is cut off is shared by the other rows.

    Parameters
    ----------
    survey : the survey.
    lower, upper : limits of a weight, in weights (not in quantiles); None means no limit.
    strict : True to repeat until no weight passes a limit; otherwise sharing may push one over it again.

    Returns
    -------
    Survey : weights changed with the same total, a line of history.

    Raises
    ------
    InputError : no limit; limits that leave no room; replicate weights (trim before making them).

    Notes
    -----
    The total is shared in equal parts over the rows that were not cut, as R's ``trimWeights`` does. Margins are no
    longer met exactly: ``describe_weights`` shows by how much.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"w": [1.0, 1.0, 4.0]}), weights="w")
    >>> trim_weights(survey, upper=3).weights
    array([1.5, 1.5, 3. ])
    """
    need_survey(survey)
    for name, limit in (("lower", lower), ("upper", upper)):
        if limit is not None:
            some_number(name, limit, do="Give a weight.")
    if lower is None and upper is None:
        raise InputError(Problem("Trimming needs a limit.", do="Give lower=, upper= or both."))
    if survey.design.replicates is not None:
        raise InputError(
            Problem("The survey has replicate weights.", do="Trim first, then make replicates with replicate().")
        )
    base = _domain_free(survey)
    low = -np.inf if lower is None else float(lower)
    high = np.inf if upper is None else float(upper)
    used = base.weights > 0
    mean = base.weights[used].mean()
    if not low <= mean <= high:
        raise InputError(
            Problem(
                f"The mean weight {mean:g} is not between {low:g} and {high:g}.",
                do="Limits must leave room for the same total.",
            )
        )
    after = base.weights.copy()
    after[used] = _trimmed(after[used], low, high, strict=strict)
    line = f"trim: weights between {low:g} and {high:g}{', strict' if strict else ''}"
    changed = replace(
        base,
        weights=after,
        steps=(*base.steps, partial(_trim_factors, low, high, strict)),
        base_weights=base.weights if base.base_weights is None else base.base_weights,
    )
    return survey.with_weights(changed, survey.provenance.with_step(line))


def _trimmed(weights: Floats, low: float, high: float, *, strict: bool) -> Floats:
    held = np.zeros(len(weights), dtype=bool)
    total = weights.sum()
    while True:
        outside = (weights < low) | (weights > high)
        if not outside.any():
            return weights
        weights = np.clip(weights, low, high)
        held |= outside
        if held.all():
            raise InputError(Problem("Every weight would be cut.", do="Choose wider limits."))
        weights[~held] += (total - weights.sum()) / (~held).sum()
        if not strict:
            return weights


@dataclass(frozen=True, eq=False)
class WeightReport:
    """How uneven the weights are, what that costs, and how well the targets are met.

    A notebook shows the targets as shares, with the labels of the codebook; ``table`` holds counts.

    Parameters
    ----------
    design_effect : Kish's design effect of unequal weights, n * sum(w^2) / sum(w)^2.
    effective_n : number of rows over the design effect.
    smallest, largest : smallest and largest weight above zero.
    table : variable, code, n, before (weighted count before), target, reached, difference (relative); empty when
        no targets were given.
    n, total : number of rows with a weight, and the sum of weights.
    codebook, provenance : labels, and what a reader must know.
    coverage : how often a 95% interval of a mean is expected to hold the truth after post-stratification; cells with
        few respondents make intervals too narrow. NaN where that is not known.
    """

    design_effect: float
    effective_n: float
    smallest: float
    largest: float
    table: pd.DataFrame
    n: int
    total: float
    codebook: Codebook
    provenance: Provenance
    coverage: float = math.nan

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The targets in words: labels of the codebook, shares in percent. For reading, not for computing.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        return labelled_weights(self, language)

    def __repr__(self) -> str:
        line = (
            f"Weights of {self.n:,} rows: design effect {self.design_effect:.3f}, effective n "
            f"{self.effective_n:,.1f}, smallest {self.smallest:.4g}, largest {self.largest:.4g}, "
            f"largest over mean {self.largest * self.n / self.total:.3g}"
        )
        if self.coverage < _LEAST_COVERAGE:
            line += (
                f"\nCells are small: a 95% interval of a mean holds the truth in about {self.coverage:.1%} of surveys. "
                "Use fewer cells, rake, or replicate(kind='jackknife')."
            )
        return line if self.table.empty else f"{self.table.to_string(index=False, float_format=readable)}\n{line}"

    def _repr_html_(self) -> str:
        return weights_html(self)


def describe_weights(survey: Survey, to: Margins | Mapping[Any, Any] | None = None) -> WeightReport:
    """Design effect, effective n, extremes, and targets against what is reached.

    Parameters
    ----------
    survey : the survey.
    to : margins to compare with; without it the targets the survey was last weighted to. Counts before and reached
        are then brought to the total of the margins, so that a survey that was never weighted compares too.

    Returns
    -------
    WeightReport : see there.

    Notes
    -----
    Kish (1992), "Weighting for unequal Pi", Journal of Official Statistics 8, 183-200.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> describe_weights(survey_from_frame(pd.DataFrame({"w": [1.0, 1.0, 4.0]}), weights="w")).effective_n
    2.0
    """
    import pandas as pd

    need_survey(survey)
    weights = survey.weights
    used = weights[weights != 0]
    effect = float(len(used) * (used**2).sum() / used.sum() ** 2)
    columns = ["variable", "code", "n", "before", "target", "reached", "difference"]
    if to is not None:
        start = survey.design.weights if survey.design.base_weights is None else survey.design.base_weights
        start = start if survey.design.domain is None else start[survey.design.domain]
        targets = [replace(target, before=start) for target in read_targets(survey, to)]
        rows = [row for target in targets for row in _report_rows(target, weights, to_total=True)]
    else:
        rows = [row for target in survey.design.targets for row in _report_rows(target, survey.design.weights)]
    return WeightReport(
        effect,
        len(used) / effect,
        float(used.min()),
        float(used.max()),
        pd.DataFrame(rows, columns=columns),
        len(used),
        float(used.sum()),
        survey.codebook,
        survey.provenance,
        _coverage(survey.design),
    )


def _coverage(design: Design) -> float:
    """The coverage of a 95% interval after post-stratification of a sample of single respondents."""
    stage = design.stages[0] if design.stages else None
    if len(design.calibrations) != 1 or stage is None or stage.clusters is not None or design.replicates is not None:
        return math.nan
    record = design.calibrations[0]
    if not isinstance(record, PostStratification) or not (record.before > 0).all():
        return math.nan
    df = float(degrees_of_freedom(replace(design, domain=None)))
    totals = np.bincount(record.cells, record.after).astype(float)
    return expected_coverage(record.before, record.cells, totals, df) if df > 0 else math.nan


def _report_rows(target: Target, weights: Floats, *, to_total: bool = False) -> list[list[Any]]:
    number = len(target.counts)
    codes = target.codes
    counts = np.bincount(codes, minlength=number)
    before = np.bincount(codes, target.before, minlength=number)
    before = before * target.counts.sum() / before.sum()
    reached = np.bincount(codes, weights, minlength=number)
    if to_total:
        reached = reached * target.counts.sum() / reached.sum()
    return [
        [
            target.name,
            label,
            int(counts[at]),
            before[at],
            target.counts[at],
            reached[at],
            reached[at] / target.counts[at] - 1,
        ]
        for at, label in enumerate(target.labels)
    ]


def _cell_factors(target: Target, reached: Floats) -> Floats:
    """Factors that make each set of cell totals (a column) meet the count of every cell."""
    wanted = _reachable(target, reached)
    return np.asarray(np.divide(wanted, reached, out=np.ones_like(reached), where=reached > 0))


def _model_factors(
    matrix: Floats,
    totals: Floats,
    names: Sequence[str],
    distance: tuple[str, float, float],
    tolerance: float,
    max_iterations: int,
    weights: Floats,
) -> Floats:
    """Factors that make each set of weights (a column) meet the totals."""
    return np.column_stack(
        [
            _calibration_factors(matrix, column, totals, names, *distance, tolerance, max_iterations)
            for column in weights.T
        ]
    )


def _trim_factors(low: float, high: float, strict: bool, weights: Floats) -> Floats:
    factors = np.ones_like(weights)
    for at, column in enumerate(weights.T):
        used = column > 0
        factors[used, at] = _trimmed(column[used], low, high, strict=strict) / column[used]
    return factors


def _domain_free(survey: Survey) -> Design:
    need_survey(survey)
    if survey.design.domain is not None:
        raise InputError(
            Problem(
                "This is a subpopulation of a survey.",
                do="Weight the whole survey first, then take the subset.",
            )
        )
    return survey.design


def _occupied_cells(targets: Sequence[Target]) -> tuple[Integers, Integers]:
    """For each row its combination of margin codes, and for each combination the code on each margin."""
    sizes = [len(target.counts) for target in targets]
    rows = len(targets[0].codes)
    if float(np.prod([float(size) for size in sizes])) <= _TABLE_LIMIT:
        cells = np.empty(rows, dtype=np.intp)
        for at in row_blocks(rows):
            crossed = targets[0].codes[at]
            for target, size in zip(targets[1:], sizes[1:], strict=True):
                crossed = crossed * size + target.codes[at]
            cells[at] = crossed
        counts = np.bincount(cells, minlength=int(np.prod(sizes)))
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
    wanted = [_reachable(target, sums) for target, sums in zip(targets, reached, strict=True)]
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


def _reachable(target: Target, reached: Floats) -> Floats:
    """The counts for each set of weights (a column); refused when the one set gives a code no weight.

    A replicate may hold nobody with some code. Its other codes then share the whole population.
    """
    empty = reached <= 0
    wanted = np.where(empty, 0.0, target.counts[:, None])
    if not empty.any():
        return wanted
    if reached.shape[1] == 1:
        at = int(np.flatnonzero(empty[:, 0])[0])
        raise InputError(
            Problem(
                f"The weights of {target.labels[at]!r} of '{target.name}' add up to zero.",
                do="Merge this code with another one, in the answers and in the margin.",
            )
        )
    return np.asarray(wanted * target.counts.sum() / np.maximum(wanted.sum(axis=0), 1e-300))


def _checked_bounds(distance: str, bounds: tuple[float, float] | None) -> tuple[float, float]:
    if bounds is None:
        if distance == "logit":
            raise InputError(Problem("The logit distance needs bounds.", do="Give bounds, such as bounds=(0.4, 2.5)."))
        return -np.inf, np.inf
    if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
        raise InputError(Problem(f"bounds is {said(bounds)}.", do="Give the two limits, such as bounds=(0.4, 2.5)."))
    try:
        low, high = (float(limit) for limit in bounds)
    except (TypeError, ValueError):
        raise InputError(Problem("Bounds must be numbers.", do="Try (0.4, 2.5).")) from None
    if not low < 1 < high or (distance == "logit" and not (np.isfinite(low) and np.isfinite(high))):
        raise InputError(Problem(f"Bounds {low:g} to {high:g} must lie on either side of 1.", do="Try (0.4, 2.5)."))
    return float(low), float(high)


def _model(
    targets: Sequence[Target], numeric: Sequence[tuple[str, Floats, float]], rows: int
) -> tuple[Floats, Floats, list[str]]:
    """The columns to calibrate on, their totals and names; redundant columns of later margins are left out."""
    columns: list[Floats] = []
    totals: list[float] = []
    names: list[str] = []
    if targets:
        columns.append(np.ones(rows))
        totals.append(float(targets[0].counts.sum()))
        names.append("the total")
    for target in targets:
        for code in range(1, len(target.counts)):
            columns.append((target.codes == code).astype(float))
            totals.append(float(target.counts[code]))
            names.append(f"{target.labels[code]!r} of '{target.name}'")
    for name, values, total in numeric:
        columns.append(values)
        totals.append(total)
        names.append(f"the total of '{name}'")
    return np.column_stack(columns), np.array(totals), names


def _orthonormal(matrix: Floats) -> Floats:
    """An orthonormal basis of the columns; columns that follow from earlier ones add nothing."""
    from scipy.linalg import qr

    q, r, _ = qr(matrix / np.maximum(np.linalg.norm(matrix, axis=0), 1e-300), mode="economic", pivoting=True)
    kept = np.abs(np.diag(r)) > 1e-7
    return np.asarray(q[:, kept])


def _calibration_factors(
    matrix: Floats,
    weights: Floats,
    totals: Floats,
    names: Sequence[str],
    distance: str,
    low: float,
    high: float,
    tolerance: float,
    max_iterations: int,
) -> Floats:
    """Factors g(x'eta) with sum of w g x equal to the totals, by Newton's method."""
    scale = np.maximum(np.abs(totals), 1.0)
    scaled = matrix / scale
    weighed = scaled * weights[:, None]
    goal = totals / scale
    eta = np.zeros(matrix.shape[1])
    factors, slopes = _distance(scaled @ eta, distance, low, high)
    gap = goal - weighed.T @ factors
    best = float(np.abs(gap).max())
    for _ in range(max_iterations):
        step = np.linalg.pinv((weighed * slopes[:, None]).T @ scaled, rcond=1e-12, hermitian=True) @ gap
        size = 1.0
        while True:
            trial = eta + size * step
            factors, slopes = _distance(scaled @ trial, distance, low, high)
            gap = goal - weighed.T @ factors
            now = float(np.abs(gap).max())
            if (np.isfinite(now) and now < best) or size < 1e-4:
                break
            size /= 2
        stuck = not now < best
        eta, best = trial, min(best, now) if np.isfinite(now) else best
        if now <= tolerance * 0.01 or (stuck and now <= tolerance):
            return factors
        if stuck:
            break
    if np.isfinite(now) and now <= tolerance:
        return factors
    at = int(np.argmax(np.abs(gap))) if np.isfinite(gap).all() else 0
    raise InputError(
        Problem(
            f"Calibration cannot meet {names[at]}: it is still {abs(float(gap[at])):.1e} off (relative).",
            do="Widen the bounds, merge small codes, or check the totals.",
        )
    )


def _distance(u: Floats, distance: str, low: float, high: float) -> tuple[Floats, Floats]:
    """The calibration factor and its slope at u, for each row."""
    if distance == "linear":
        return np.clip(1 + u, low, high), ((1 + u > low) & (1 + u < high)).astype(float)
    if distance == "raking":
        with np.errstate(over="ignore"):
            grown = np.exp(u)
        inside = (grown > low) & (grown < high)
        return np.clip(grown, low, high), np.where(inside, grown, 0.0)
    spread = (high - low) / ((high - 1) * (1 - low))
    power = np.exp(np.clip(spread * u, -700, 700))
    under = high - 1 + (1 - low) * power
    factor = (low * (high - 1) + high * (1 - low) * power) / under
    slope = (1 - low) * power * spread * (high - low) * (high - 1) / under**2
    return factor, slope


def _reweighted(
    survey: Survey,
    weights: Floats,
    record: Calibration,
    factors: Any,
    to: Any,
    step: str,
    targets: Sequence[Target],
) -> Survey:
    design = survey.design
    replicates: Replicates | None = design.replicates
    if replicates is not None:
        parts = [block * factors(block) for block in replicates.blocks(design.size)]
        replicates = replace(replicates, weights=np.hstack(parts), draw=None)
    changed = replace(
        design,
        weights=weights,
        replicates=replicates,
        calibrations=(*design.calibrations, record),
        targets=tuple(replace(target, before=design.weights) for target in targets),
        steps=(*design.steps, factors),
        base_weights=design.weights if design.base_weights is None else design.base_weights,
    )
    name = getattr(to, "name", "")
    variables = ", ".join(target.name for target in targets)
    line = f"{step}: {variables}{f' to {name}' if name else ''}"
    proxy = getattr(to, "proxy", None) or {}
    provenance = survey.provenance.with_step(
        line,
        proxies=(*survey.provenance.proxies, dict(proxy)) if proxy else survey.provenance.proxies,
        sources=tuple(dict.fromkeys([*survey.provenance.sources, *getattr(to, "sources", ())])),
    )
    return survey.with_weights(changed, provenance)
