"""Estimates from a survey with their doubt: share, mean, total, ratio, quantile and variance.

Each gives an EstimateTable. Rows without an answer to a variable in the call are left out as a subpopulation and
counted. Agrees with R's survey package 4.1 (``svymean``, ``svytotal``, ``svyratio``, ``svyquantile``, ``svyvar``,
``svyby``, ``svyciprop``).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from stagekansen_lib._arguments import said, some_names, some_number, some_share
from stagekansen_lib._displays import estimates_html, labelled_estimates, method_line, readable
from stagekansen_lib._intervals import SHARE_INTERVALS, share_interval, t_quantile
from stagekansen_lib._quantiles import QUANTILE_RULES, SortedValues
from stagekansen_lib.codebooks import Codebook
from stagekansen_lib.designs import Design, degrees_of_freedom, row_blocks, touched
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, did_you_mean
from stagekansen_lib.surveys import (
    Encoded,
    Provenance,
    Survey,
    few_levels,
    matching_answer,
    need_survey,
    showable_answers,
)
from stagekansen_lib.variance import (
    GroupSums,
    average_by_group,
    class_covariance,
    linearised_covariance,
    replicate_covariance,
    replicate_estimates,
    replicate_sums,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]
    Mask = NDArray[np.bool_]

__all__ = ["EstimateTable", "mean", "quantile", "ratio", "share", "total", "variance"]

By = str | Sequence[str] | None
Degrees = float | Literal["normal"] | None

# More different answers than this is a measurement, not a choice from a list.
_MOST_ANSWERS = 60

# Up to this number of groups each may hold one respondent.
_FEW_GROUPS = 20

# Columns of every result: a group column may not have such a name.
_RESULT_COLUMNS = ("estimate", "se", "ci_low", "ci_high", "n", "deff")

# Combinations of groups up to this number are counted in a table instead of being sorted.
_COUNTED = 1_000_000


@dataclass(frozen=True, eq=False)
class EstimateTable:
    """Estimates with standard errors and intervals; one row a group (and answer). May hold small groups.

    Parameters
    ----------
    table : group columns, then ``code`` (share of every answer) or ``q`` (several quantiles), then estimate, se,
        ci_low, ci_high, n (answers it rests on, unweighted) and deff (design effect).
    covariance : covariance matrix of the estimates, in the order of the rows.
    statistic, of, by, code : what was asked.
    basis : aligned with the rows: n, count (unweighted numerator of a share), effective_n, largest_share and
        two_largest_share (of the largest one and two contributions to the weighted total; not for shares), df.
    df : degrees of freedom of the whole domain; those of each row are in ``basis``.
    ci_level, interval : of the intervals.
    codebook, provenance : labels, and what a reader must know.
    missing : rows left out because an answer is missing.
    calibrated : True when the weights were fitted to population counts.
    """

    table: pd.DataFrame
    covariance: Floats
    statistic: str
    of: str
    by: tuple[str, ...]
    code: Any
    basis: pd.DataFrame
    df: float
    ci_level: float
    interval: str
    codebook: Codebook
    provenance: Provenance
    missing: int = 0
    calibrated: bool = False

    def __len__(self) -> int:
        return len(self.table)

    @property
    def without_limit(self) -> Mask:
        """For each row, whether its interval lacks a limit: too few answers or clusters to tell."""
        return self.table[["ci_low", "ci_high"]].isna().any(axis=1).to_numpy()

    @property
    def fixed(self) -> Mask:
        """For each row, whether the weighting itself set the estimate: a share of a margin has no doubt of its own.

        The variance is then zero although answers differ; an interval would say something about nothing.
        """
        differs = self.table["deff"].to_numpy() < 1e-9
        return np.asarray(differs & self.calibrated)

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The table in words: labels of the codebook, percentages, one decimal. For reading, not for computing.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        return labelled_estimates(self, language)

    def __repr__(self) -> str:
        shown = self.table.to_string(index=False, float_format=readable)
        return f"{shown}\n{method_line(self)}"

    def _repr_html_(self) -> str:
        return estimates_html(self)


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of a call: ``codes`` is -1 for rows that are left out."""

    names: tuple[str, ...]
    encoded: tuple[Encoded, ...]
    codes: Integers
    keys: tuple[tuple[int, ...], ...]

    @property
    def number(self) -> int:
        return len(self.keys)

    def rows(self, group: int) -> Any:
        """Positions of the rows of a group; a slice when every row is in it."""
        if self.number == 1 and (self.codes == 0).all():
            return slice(None)
        return np.flatnonzero(self.codes == group)

    def columns(self, repeat: int) -> dict[str, Any]:
        """The group columns of a table in which each group has ``repeat`` rows."""
        return {
            name: encoded.values(np.repeat([key[at] for key in self.keys], repeat))
            for at, (name, encoded) in enumerate(zip(self.names, self.encoded, strict=True))
        }

    def label(self, group: int) -> str:
        return ", ".join(
            str(encoded.levels[code]) for encoded, code in zip(self.encoded, self.keys[group], strict=True)
        )


def share(
    survey: Survey,
    of: str,
    by: By = None,
    *,
    code: Any = None,
    interval: str = "logit",
    ci_level: float = 0.95,
    df: Degrees = None,
) -> EstimateTable:
    """The weighted share of respondents with each answer, 0 to 1, with intervals that stay within 0 and 1.

    Parameters
    ----------
    survey : the survey.
    of : a variable with answers from a list, or a multiple-response set (base: respondents who were asked).
    by : variable or variables that make groups.
    code : one answer, or a list of answers to take together; without it every answer has a row. The text "1" also
        names the number 1.
    interval : "logit", "beta" (Korn and Graubard), "xlogit", "likelihood", "asin" or "wald".
    ci_level : level of the intervals, 0 to 1.
    df : degrees of freedom of the intervals. When left out each group has its own, those of R's ``degf`` of the subset
        (clusters minus strata that the group touches). R's ``confint(svyby(...), df=degf(design))`` takes those of
        the whole design: give ``df=degrees_of_freedom(survey.design)`` (of ``designs``) for that. "normal" for none.

    Returns
    -------
    EstimateTable : group columns, code (without ``code=``), estimate, se, ci_low, ci_high, n, deff.

    Raises
    ------
    InputError : an unknown variable, answer or interval; nobody answered; a group named as a column of the result.

    Notes
    -----
    p = sum(w 1[answer]) / sum(w). At 0 or 1 the interval is the exact one for the effective n, and deff is empty.
    Checked against R's ``svymean`` and ``svyciprop``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"safe": ["yes", "yes", "no", "yes"]}))
    >>> float(share(survey, of="safe", code="yes").table["estimate"][0])
    0.75
    """
    _check_call(survey, of, by, ci_level, df, *(["code"] if code is None else []))
    if interval not in SHARE_INTERVALS:
        raise InputError(Problem(f"interval is {interval!r}.", do=did_you_mean(interval, SHARE_INTERVALS)))
    if survey.variable(of).kind == "multiple" and of not in survey.rows.columns:
        result, counts, groups, missing, encoded = _multiple_shares(survey, of, by, code)
    else:
        result, counts, groups, missing, encoded = _coded_shares(survey, of, by, code)
    columns = groups.columns(result.per_group)
    if code is None:
        columns["code"] = encoded.values(np.tile(np.arange(result.per_group), groups.number))
    table, basis, whole_df = _summary(survey, result, groups, columns, ci_level, df)
    basis.insert(1, "count", counts.astype(int))
    variances = np.diag(result.covariance)
    if interval in ("logit", "likelihood") and result.replicated is not None:
        variances = _variances_by_logit(survey.design, result, variances)
    limits = [
        share_interval(
            interval,
            table["estimate"][at],
            float(variances[at]),
            int(table["n"][at]),
            basis["df"][at],
            ci_level,
            float(result.kish[at]),
        )
        for at in range(len(table))
    ]
    table["ci_low"], table["ci_high"] = [low for low, _ in limits], [high for _, high in limits]
    return EstimateTable(
        table, result.covariance, "share", of, groups.names, code, basis, whole_df, ci_level, interval,
        survey.codebook, survey.provenance, missing, bool(survey.design.calibrations),
    )  # fmt: skip


def mean(survey: Survey, of: str, by: By = None, *, ci_level: float = 0.95, df: Degrees = None) -> EstimateTable:
    """The weighted mean of a numeric variable, for each group.

    Parameters
    ----------
    survey : the survey.
    of : a numeric variable.
    by : variable or variables that make groups.
    ci_level : level of the intervals, 0 to 1.
    df : degrees of freedom of the intervals. When left out each group has its own, those of R's ``degf`` of the subset
        (clusters minus strata that the group touches). R's ``confint(svyby(...), df=degf(design))`` takes those of
        the whole design: give ``df=degrees_of_freedom(survey.design)`` (of ``designs``) for that. "normal" for none.

    Returns
    -------
    EstimateTable : group columns, estimate, se, ci_low, ci_high, n, deff.

    Raises
    ------
    InputError : an unknown variable, one without numbers, or nobody answered; more than two answers without an order
        (their codes are no numbers); a group named as a column of the result.

    Notes
    -----
    m = sum(w y) / sum(w); intervals use t. deff divides by the variance of a simple random sample of the same size
    without replacement (R's ``deff=TRUE``), with replacement when weights do not add up to more than n.
    Checked against R's ``svymean``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": [8, 6, 9, 5], "level": ["mbo", "mbo", "hbo", "hbo"]}))
    >>> mean(survey, of="hours", by="level").table[["level", "estimate", "se", "n"]]
      level  estimate        se  n
    0   hbo       7.0  1.632993  2
    1   mbo       7.0  0.816497  2
    """
    _check_call(survey, of, by, ci_level, df)
    values = measured(survey, of)
    groups, missing = make_groups(survey, by, np.isfinite(values))
    result = ratio_estimates(survey.design, values[:, None], None, groups)
    return _table(survey, result, groups, "mean", of, missing, ci_level, df)


def total(survey: Survey, of: str, by: By = None, *, ci_level: float = 0.95, df: Degrees = None) -> EstimateTable:
    """The weighted total of a numeric variable, for each group: an estimate for the population.

    Parameters
    ----------
    survey, of, by, ci_level, df : as for ``mean``. Weights must add up to the population.

    Returns
    -------
    EstimateTable : group columns, estimate, se, ci_low, ci_high, n, deff.

    Raises
    ------
    InputError : an unknown variable, one without numbers, or nobody answered; more than two answers without an order
        (their codes are no numbers); a group named as a column of the result.

    Notes
    -----
    t = sum(w y). Checked against R's ``svytotal``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": [8, 6], "w": [10, 20]}), weights="w")
    >>> float(total(survey, of="hours").table["estimate"][0])
    200.0
    """
    _check_call(survey, of, by, ci_level, df)
    values = measured(survey, of)
    groups, missing = make_groups(survey, by, np.isfinite(values))
    result = ratio_estimates(survey.design, values[:, None], None, groups, total=True)
    return _table(survey, result, groups, "total", of, missing, ci_level, df)


def ratio(
    survey: Survey, of: str, to: str, by: By = None, *, ci_level: float = 0.95, df: Degrees = None
) -> EstimateTable:
    """The weighted total of one numeric variable over that of another, for each group.

    Parameters
    ----------
    survey : the survey.
    of, to : numerator and denominator, numeric variables.
    by, ci_level, df : as for ``mean``.

    Returns
    -------
    EstimateTable : group columns, estimate, se, ci_low, ci_high, n, deff.

    Raises
    ------
    InputError : an unknown variable, one without numbers, or a denominator of zero.

    Notes
    -----
    r = sum(w y) / sum(w x). Checked against R's ``svyratio``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"found": [1, 2, 1], "tried": [4, 4, 8]}))
    >>> float(ratio(survey, of="found", to="tried").table["estimate"][0])
    0.25
    """
    _check_call(survey, of, by, ci_level, df)
    above, below = survey.numbers(of), survey.numbers(to)
    groups, missing = make_groups(survey, by, np.isfinite(above) & np.isfinite(below))
    result = ratio_estimates(survey.design, above[:, None], below[:, None], groups)
    return _table(survey, result, groups, "ratio", f"{of} / {to}", missing, ci_level, df)


def variance(survey: Survey, of: str, by: By = None, *, ci_level: float = 0.95, df: Degrees = None) -> EstimateTable:
    """The weighted variance of a numeric variable in the population, for each group.

    Parameters
    ----------
    survey, of, by, ci_level, df : as for ``mean``.

    Returns
    -------
    EstimateTable : group columns, estimate, se, ci_low, ci_high, n; deff is empty.

    Raises
    ------
    InputError : an unknown variable, one without numbers, or a group of one.

    Notes
    -----
    v = n/(n-1) sum(w (y - m)^2) / sum(w). Checked against R's ``svyvar``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> float(variance(survey_from_frame(pd.DataFrame({"hours": [8.0, 6.0, 7.0]})), of="hours").table["estimate"][0])
    1.0
    """
    _check_call(survey, of, by, ci_level, df)
    values = survey.numbers(of)
    groups, missing = make_groups(survey, by, np.isfinite(values))
    weights = survey.design.row_weights
    squares = np.zeros(len(values))
    for at in range(groups.number):
        rows = groups.rows(at)
        w, y = weights[rows], values[rows]
        number = int((w > 0).sum())
        if number < 2:
            raise InputError(Problem(f"Group '{groups.label(at)}' has one answer: no variance."))
        squares[rows] = (y - (w @ y) / w.sum()) ** 2 * number / (number - 1)
    result = ratio_estimates(survey.design, squares[:, None], None, groups)
    if survey.design.replicates is not None:
        result = _replicated_variance(survey, values, groups, result)
    result.srs[:] = np.nan
    return _table(survey, result, groups, "variance", of, missing, ci_level, df)


def quantile(
    survey: Survey,
    of: str,
    by: By = None,
    *,
    q: float | Sequence[float] = 0.5,
    rule: str = "math",
    interval: str = "mean",
    ci_level: float = 0.95,
    df: Degrees = None,
) -> EstimateTable:
    """Weighted quantiles of a numeric variable, for each group; the median when ``q`` is left out.

    Parameters
    ----------
    survey, of, by, ci_level, df : as for ``mean``.
    q : probability or probabilities, above 0 and below 1.
    rule : "math" (R's default), "school", or "hf1" to "hf9" (Hyndman and Fan).
    interval : "mean" (Woodruff), "xlogit", "beta", "asin" or "score" (Francisco and Fuller).

    Returns
    -------
    EstimateTable : group columns, q (with several), estimate, se, ci_low, ci_high, n; deff is empty. ``se`` is the
        width of the interval over twice the quantile of t. A limit (and then ``se``) is NaN where too few answers lie
        on that side; displays say for how many rows. The covariance holds variances; covariances are NaN: unknown.

    Raises
    ------
    InputError : as for ``mean``; an unknown rule or interval; a ``q`` outside 0 to 1.

    Notes
    -----
    Woodruff (1952), doi:10.1080/01621459.1952.10483443. An interval that runs past the smallest or largest answer
    has no limit there. Checked against R's ``svyquantile``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": range(1, 42)}))
    >>> float(quantile(survey, of="hours").table["estimate"][0])
    21.0
    """
    several = isinstance(q, Iterable) and not isinstance(q, str)
    _check_call(survey, of, by, ci_level, df, *(["q"] if several else []))
    if rule not in QUANTILE_RULES:
        raise InputError(Problem(f"rule is {rule!r}.", do=did_you_mean(rule, QUANTILE_RULES)))
    kinds = ("mean", "xlogit", "beta", "asin", "score")
    if interval not in kinds:
        raise InputError(Problem(f"interval is {interval!r}.", do=did_you_mean(interval, kinds)))
    wanted = [some_share("q", each, 0.5) for each in (q if isinstance(q, Iterable) and several else [q])]
    if not wanted:
        raise InputError(Problem("There is no quantile to estimate.", do="Give q=0.5 for the median."))
    values = measured(survey, of)
    groups, missing = make_groups(survey, by, np.isfinite(values))
    result = ratio_estimates(survey.design, values[:, None], None, groups)
    columns = groups.columns(len(wanted))
    if several:
        columns["q"] = np.tile(wanted, groups.number)
    table, basis, whole_df = _summary(
        survey, result.repeated(len(wanted)), groups, columns, ci_level, df, per_group=len(wanted)
    )
    weights = survey.design.row_weights
    rows: list[tuple[float, float, float, float]] = []
    for at in range(groups.number):
        here = groups.rows(at)
        ordered = SortedValues(values[here], weights[here])
        for p in wanted:
            degrees = float(basis["df"][len(rows)])
            rows.append(
                _one_quantile(survey.design, values, groups.codes == at, ordered, p, rule, interval, ci_level, degrees)
            )
    table["estimate"], table["ci_low"], table["ci_high"], table["se"] = map(list, zip(*rows, strict=True))
    table["deff"] = np.nan
    basis["effective_n"] = np.repeat(result.kish, len(wanted))
    covariance = np.full((len(table), len(table)), np.nan)
    np.fill_diagonal(covariance, table["se"].to_numpy() ** 2)
    return EstimateTable(
        table, covariance, "quantile", of, groups.names, None, basis, whole_df, ci_level,
        interval, survey.codebook, survey.provenance, missing,
    )  # fmt: skip


def _check_call(survey: Survey, of: str, by: By, ci_level: float, df: Degrees, *also: str) -> None:
    """Stop at arguments that make no sense; ``also`` are columns of the result besides those that all have."""
    need_survey(survey)
    some_share("ci_level", ci_level, 0.95)
    if df is not None and df != "normal":
        some_number("df", df, above=0.0, do='Give a number above zero, or "normal".')
    names = some_names("by", by)
    if of in names:
        raise InputError(Problem(f"'{of}' is both outcome and group.", do="Give two variables."))
    taken = [name for name in names if name in (*_RESULT_COLUMNS, *also)]
    if taken:
        raise InputError(
            [Problem(f"The result has a column '{name}' of its own.", do="Rename this column.") for name in taken]
        )


def measured(survey: Survey, of: str, instead: str = "") -> Floats:
    """The answers as numbers; codes of more than two answers without an order are no numbers.

    ``instead`` says what to do in place of arithmetic with codes.
    """
    variable = survey.variable(of)
    number, values = len(variable.valid_codes), None
    if variable.kind == "nominal" and not number:
        values = survey.numbers(of)
        number = len(np.unique(values[np.isfinite(values)]))
    if variable.kind == "nominal" and number > 2:
        raise InputError(
            Problem(
                f"The codes of '{of}' name {number} answers without an order: arithmetic with them means nothing.",
                do=instead or f"Use share(survey, of='{of}').",
            )
        )
    return survey.numbers(of) if values is None else values


def _refuse_many_groups(survey: Survey, names: Sequence[str], groups: int, rows: int) -> None:
    """Stop when groups are no groups: a measurement, or a number that each respondent has for himself."""
    if groups <= _FEW_GROUPS:
        return
    whole = True
    for name in names:
        if survey.variable(name).kind == "number" and survey.column(name).dtype.kind == "f":
            values = survey.numbers(name)
            whole = whole and few_levels(values[np.isfinite(values)]) is not None
    if not whole or rows < 2 * groups:
        raise InputError(
            Problem(
                f"'{' x '.join(names)}' makes {groups:,} groups of {rows:,} answers: too many to tell of each.",
                do="Make classes first, such as pd.cut(frame['hours'], [0, 8, 16, 24]), and group by those.",
            )
        )


@dataclass(eq=False)
class Estimated:
    """Estimates of all groups with their covariance; ``k`` columns a group, group by group."""

    values: Floats
    covariance: Floats
    srs: Floats
    n: Integers
    kish: Floats
    largest: Floats
    two_largest: Floats
    per_group: int
    replicated: Floats | None = None

    def repeated(self, number: int) -> Estimated:
        """Each row ``number`` times, for a table with several rows a group."""
        at = np.repeat(np.arange(len(self.values)), number)
        return Estimated(
            self.values[at], self.covariance[np.ix_(at, at)], self.srs[at], self.n[at], self.kish[at],
            self.largest[at], self.two_largest[at], number,
        )  # fmt: skip


def make_groups(survey: Survey, by: By, answered: Mask) -> tuple[Groups, int]:
    """The groups that ``by`` makes of the rows that answered, and how many rows are left out."""
    names = some_names("by", by)
    encoded = tuple(survey.encoded(name) for name in names)
    used = answered if survey.design.all_weighed else answered & (survey.design.row_weights != 0)
    flat: Integers | None = None
    for column in encoded:
        used = used & (column.codes >= 0)
        flat = column.codes if flat is None else flat * max(len(column.levels), 1) + column.codes
    left_out = len(used) - int(np.count_nonzero(used))
    if left_out == len(used):
        raise InputError(Problem("Nobody has an answer to every variable in this call.", do="Check the variables."))
    if flat is None:
        return Groups((), (), np.where(used, 0, -1).astype(np.intp), ((),)), left_out
    sizes = [max(len(column.levels), 1) for column in encoded]
    inside = flat[used] if left_out else flat
    if float(np.prod([float(size) for size in sizes])) <= _COUNTED:
        there = np.bincount(inside, minlength=int(np.prod(sizes))) > 0
        present = np.flatnonzero(there)
        inside = inside if there.all() else (np.cumsum(there) - 1)[inside]
    else:
        present, inside = np.unique(inside, return_inverse=True)
    _refuse_many_groups(survey, names, len(present), len(inside))
    codes = inside
    if left_out:
        codes = np.full(len(survey), -1, dtype=np.intp)
        codes[used] = inside
    keys = tuple(tuple(int(part) for part in np.unravel_index(int(code), sizes)) for code in present)
    return Groups(names, encoded, codes, keys), left_out


def ratio_estimates(
    design: Design, above: Floats, below: Floats | None, groups: Groups, *, total: bool = False
) -> Estimated:
    """Weighted ratios of column totals (means when ``below`` is None, totals on request) for each group."""
    weights = design.row_weights
    k, number = above.shape[1], groups.number
    if k == 1 and design.replicates is None:
        return _one_column_estimates(design, above[:, 0], None if below is None else below[:, 0], groups, total=total)
    values = np.empty(number * k)
    influence = np.zeros((len(weights), number * k))
    srs, largest, two = np.empty(number * k), np.empty(number * k), np.empty(number * k)
    n, kish = np.empty(number * k, dtype=np.intp), np.empty(number * k)
    for at in range(number):
        rows, here = groups.rows(at), slice(at * k, (at + 1) * k)
        w, a = weights[rows], above[rows]
        b = np.ones((len(a), 1)) if below is None else below[rows]
        bottom = w @ b
        if (bottom == 0).any():
            raise InputError(Problem("A weighted total in the denominator is zero.", groups.label(at)))
        top = w @ a
        values[here] = top if total else top / bottom
        influence[rows, here] = w[:, None] * (a if total else (a - values[here] * b) / bottom)
        n[here], kish[here] = len(a), w.sum() ** 2 / (w**2).sum()
        srs[here] = _simple_variance(w, a, None if below is None else (b, values[here]), total=total)
        largest[here], two[here] = _dominance(w, a)
    replicated = None
    if design.replicates is None:
        covariance = linearised_covariance(design, influence)
    else:
        replicated = _replicated_means(design, above, below, groups, total=total)
        covariance = replicate_covariance(design, replicated, values)
    covariance = average_by_group(design, groups.codes, number, covariance)
    return Estimated(values, covariance, srs, n, kish, largest, two, k, replicated)


def _one_column_estimates(design: Design, a: Floats, b: Floats | None, groups: Groups, *, total: bool) -> Estimated:
    """The same for one column without replicates: a row gives to its own group only, so sums by group are enough.

    In blocks of rows that stay in the cache of the processor, which is most of the speed with a million of them.
    """
    number, w, codes = groups.number, design.row_weights, groups.codes
    everyone = not len(codes) or int(codes.min()) >= 0
    if not everyone:
        rows = np.flatnonzero(codes >= 0)
        w, codes, a, b = w[rows], codes[rows], a[rows], None if b is None else b[rows]
    blocks = row_blocks(len(w))

    def spread_out(of_group: Floats, own: Integers) -> Any:
        return of_group[0] if number == 1 else of_group[own]

    n = np.zeros(number, dtype=np.intp)
    weight, squares, top, bottom = (np.zeros(number) for _ in range(4))
    for at in blocks:
        summed, part = GroupSums(codes[at], number), w[at]
        n += summed.counts()
        weight += summed(part)
        squares += summed(part * part)
        top += summed(part * a[at])
        if b is not None:
            bottom += summed(part * b[at])
    bottom = weight if b is None else bottom
    if not bottom.all():
        raise InputError(
            Problem("A weighted total in the denominator is zero.", groups.label(int(np.flatnonzero(bottom == 0)[0])))
        )
    values = top if total else top / bottom
    amounts, spread, contributions = np.empty(len(w)), np.zeros(number), _Contributions(number)
    for at in blocks:
        own, part, answers = codes[at], w[at], a[at]
        weighed = part * answers
        centred = answers - (spread_out(top / weight, own) if b is None else spread_out(values, own) * b[at])
        pulled = part * centred
        amounts[at] = weighed if total else pulled * spread_out(1 / bottom, own)
        summed = GroupSums(own, number)
        spread += summed(pulled * centred)
        contributions.add(np.abs(weighed), own, summed)
    with np.errstate(divide="ignore", invalid="ignore"):
        correction = np.where(weight > n, (weight - n) / weight, 1.0) / np.where(n > 1, n - 1, np.nan)
    srs = spread / weight * correction
    if total:
        srs = srs * weight**2
    elif b is not None:
        srs = srs / (bottom / weight) ** 2
    if not everyone:
        amounts = _in_place(amounts, rows, len(groups.codes))
    covariance = average_by_group(
        design, groups.codes, number, class_covariance(design, groups.codes, np.eye(number), amounts)
    )
    return Estimated(values, covariance, srs, n, weight**2 / squares, *contributions.shares(), 1)


class _Contributions:
    """The largest and the second largest contribution of each group, and the sum of all, block by block."""

    def __init__(self, number: int) -> None:
        self.whole, self.largest, self.second = np.zeros(number), np.zeros(number), np.zeros(number)

    def add(self, size: Floats, codes: Integers, summed: GroupSums) -> None:
        number = len(self.whole)
        self.whole += summed(size)
        if number > 8:
            # With many groups one sort is less work than a look at every row for every group.
            order = np.lexsort((size, codes))
            here, counts = np.unique(codes[order], return_counts=True)
            last = np.cumsum(counts) - 1
            first = size[order][last]
            second = np.where(counts > 1, size[order][np.maximum(last - 1, 0)], 0.0)
        else:
            here, first, second = np.arange(number), np.zeros(number), np.zeros(number)
            for at in range(number):
                own = size if number == 1 else size * (summed.masks[at] if len(summed.masks) else codes == at)
                place = int(own.argmax())
                first[at] = own[place]
                second[at] = max(own[:place].max(initial=0.0), own[place + 1 :].max(initial=0.0))
        self.second[here] = np.maximum(np.maximum(self.second[here], second), np.minimum(self.largest[here], first))
        self.largest[here] = np.maximum(self.largest[here], first)

    def shares(self) -> tuple[Floats, Floats]:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.largest / self.whole, (self.largest + self.second) / self.whole


def _in_place(values: Floats, rows: Integers, size: int) -> Floats:
    whole = np.zeros(size)
    whole[rows] = values
    return whole


def _variances_by_logit(design: Design, result: Estimated, otherwise: Floats) -> Floats:
    """Variances of shares for a logit interval: those of the logits of the replicates, brought back to shares."""
    replicated = np.empty((0, 0)) if result.replicated is None else result.replicated
    with np.errstate(divide="ignore", invalid="ignore"):
        logits = np.log(replicated / (1 - replicated))
        centre = np.log(result.values / (1 - result.values))
    known = np.isfinite(logits).all(axis=0) & np.isfinite(centre)
    variances = otherwise.copy()
    if known.any():
        spread = np.diag(replicate_covariance(design, logits[:, known], centre[known]))
        variances[known] = spread * (result.values[known] * (1 - result.values[known])) ** 2
    return variances


def _replicated_means(design: Design, above: Floats, below: Floats | None, groups: Groups, *, total: bool) -> Floats:
    """Means (or totals, ratios) of each replicate: from sums over different answers when there are few."""
    used = groups.codes >= 0
    answers = few_levels(above[used, 0]) if above.shape[1] == 1 and below is None else None
    if answers is None:
        return replicate_estimates(design, _ratio_of(above, below, groups, total=total))
    codes, levels = answers
    classes = np.full(len(used), -1, dtype=np.intp)
    classes[used] = groups.codes[used] * len(levels) + codes
    sums = replicate_sums(design, classes, groups.number * len(levels)).reshape(-1, groups.number, len(levels))
    if total:
        return np.asarray(sums @ levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums @ levels / sums.sum(axis=2))


def _ratio_of(above: Floats, below: Floats | None, groups: Groups, *, total: bool) -> Any:
    def statistic(weights: Floats) -> Floats:
        parts = []
        for at in range(groups.number):
            rows = groups.rows(at)
            w = weights[rows].T
            top = w @ above[rows]
            if total:
                parts.append(top)
                continue
            bottom = w.sum(axis=1, keepdims=True) if below is None else w @ below[rows]
            with np.errstate(divide="ignore", invalid="ignore"):
                parts.append(top / bottom)
        return np.hstack(parts)

    return statistic


def _simple_variance(w: Floats, a: Floats, divided: tuple[Floats, Floats] | None, *, total: bool) -> Floats:
    """Variance of the same statistic in a simple random sample of the same size."""
    n, weight = len(w), w.sum()
    if n < 2:
        return np.full(a.shape[1], np.nan)
    centred = a - (w @ a) / weight if divided is None else a - divided[1] * divided[0]
    spread = (w @ centred**2) / weight * n / (n - 1)
    correction = (weight - n) / weight if weight > n else 1.0
    result = spread * correction / n
    if total:
        return np.asarray(result * weight**2)
    return np.asarray(result if divided is None else result / ((w @ divided[0]) / weight) ** 2)


def _dominance(w: Floats, a: Floats) -> tuple[Floats, Floats]:
    """Shares of the largest and of the two largest contributions to the weighted total, in absolute size."""
    size = np.abs(w[:, None] * a)
    whole = size.sum(axis=0)
    largest, second = size.max(axis=0), np.zeros(size.shape[1])
    if len(size) > 1:
        size[size.argmax(axis=0), np.arange(size.shape[1])] = -1.0
        second = size.max(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return largest / whole, (largest + second) / whole


def _multiple_shares(survey: Survey, of: str, by: By, code: Any) -> tuple[Estimated, Floats, Groups, int, Encoded]:
    """Shares of a multiple-response set: the base is everyone who was asked."""
    levels = tuple(level for level in survey.variable(of).valid_codes if f"{of}[{level}]" in survey.rows.columns)
    if not levels:
        raise InputError(Problem(f"The set '{of}' has no columns such as '{of}[1]' in this survey."))
    matrix = np.column_stack([survey.numbers(f"{of}[{level}]") for level in levels])
    answered = np.asarray(np.isfinite(matrix).all(axis=1))
    matrix = np.where(answered[:, None], matrix, 0.0)
    if code is not None:
        matrix = matrix[:, _chosen(survey, of, code, levels)].max(axis=1, keepdims=True)
    groups, missing = make_groups(survey, by, answered)
    result = ratio_estimates(survey.design, matrix, None, groups)
    counts = np.concatenate([matrix[groups.rows(at)].sum(axis=0) for at in range(groups.number)])
    return result, counts, groups, missing, Encoded(np.empty(0, dtype=np.intp), levels)


def _coded_shares(survey: Survey, of: str, by: By, code: Any) -> tuple[Estimated, Floats, Groups, int, Encoded]:
    encoded = survey.encoded(of)
    if len(encoded.levels) > _MOST_ANSWERS:
        raise InputError(
            Problem(
                f"'{of}' has {len(encoded.levels)} different answers.",
                do="Use mean() or quantile() for a measurement, or group the answers first.",
            )
        )
    codes, number, kept = encoded.codes, len(encoded.levels), np.arange(len(encoded.levels))
    if code is not None:
        chosen = np.zeros(number + 1, dtype=np.intp)
        chosen[_chosen(survey, of, code, encoded.levels)] = 1
        codes, number, kept = chosen[codes], 2, np.array([1])
    groups, missing = make_groups(survey, by, encoded.codes >= 0)
    result, counts = cell_shares(survey.design, codes, number, groups, kept)
    return result, counts, groups, missing, encoded


def cell_shares(
    design: Design, codes: Integers, number: int, groups: Groups, kept: Integers | None = None
) -> tuple[Estimated, Floats]:
    """Weighted shares of ``number`` codes in each group, with unweighted counts; of the ``kept`` codes only."""
    weights, size = design.row_weights, groups.number * number
    classes = np.empty(len(weights), dtype=np.intp)
    added = np.zeros((3, size + 1))
    for rows in row_blocks(len(weights), size):
        here = np.where(groups.codes[rows] >= 0, groups.codes[rows] * number + codes[rows], -1)
        classes[rows] = here
        # Rows in no group fall in the first place.
        here, w = here + 1, weights[rows]
        added += [np.bincount(here, amounts, minlength=size + 1) for amounts in (None, w, w * w)]
    counts, sums, squared = added[:, 1:].reshape(3, -1, number)
    squares = squared.sum(axis=1)
    kept = np.arange(number) if kept is None else kept
    n, whole = counts.sum(axis=1), sums.sum(axis=1)
    shares = (sums / whole[:, None])[:, kept]
    k = len(kept)
    with np.errstate(divide="ignore", invalid="ignore"):
        correction = np.where(whole > n, (whole - n) / whole, 1.0) / np.where(n > 1, n - 1, np.nan)
    srs = shares * (1 - shares) * correction[:, None]
    replicated = None
    if design.replicates is None:
        per_weight = np.zeros((size, groups.number * k))
        for at in range(groups.number):
            block = (np.arange(number)[:, None] == kept) - shares[at]
            per_weight[at * number : (at + 1) * number, at * k : (at + 1) * k] = block / whole[at]
        covariance = class_covariance(design, classes, per_weight)
    else:
        found = replicate_sums(design, classes, size).reshape(-1, groups.number, number)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = found[:, :, kept] / found.sum(axis=2, keepdims=True)
        replicated = np.asarray(found.reshape(len(found), -1))
        covariance = replicate_covariance(design, replicated, shares.ravel())
    empty = np.full(shares.size, np.nan)
    result = Estimated(
        shares.ravel(),
        average_by_group(design, groups.codes, groups.number, covariance),
        srs.ravel(),
        np.repeat(n, k).astype(np.intp),
        np.repeat(whole**2 / squares, k),
        empty,
        empty,
        k,
        replicated,
    )
    return result, counts[:, kept].ravel()


def cell_totals(design: Design, cells: Integers, number: int) -> tuple[Floats, Floats]:
    """Weighted totals of cells with their covariance; rows with cell -1 are in none."""
    inside = cells >= 0
    totals: Floats = np.asarray(np.bincount(cells[inside], design.row_weights[inside], minlength=number), dtype=float)
    if design.replicates is None:
        return totals, class_covariance(design, cells, np.eye(number))
    return totals, replicate_covariance(design, replicate_sums(design, cells, number), totals)


def _chosen(survey: Survey, of: str, code: Any, levels: tuple[Any, ...]) -> list[int]:
    if code is None:
        return list(range(len(levels)))
    asked = list(code) if isinstance(code, (list, tuple, set, frozenset)) else [code]
    strange = [each for each in asked if not isinstance(each, (str, bool, int, float, np.generic))]
    if strange or not asked:
        raise InputError(
            Problem(f"code is {said(strange[0]) if strange else 'an empty list'}.", do="Give one answer, or a list.")
        )
    asked = [matching_answer(each, levels) for each in asked]
    unknown = [each for each in asked if each not in levels]
    if unknown:
        known = list(levels) if of not in survey.rows.columns else showable_answers(survey, of)
        raise InputError([Problem(f"'{of}' has no answer {each!r}.", do=did_you_mean(each, known)) for each in unknown])
    return [levels.index(each) for each in asked]


def _summary(
    survey: Survey,
    result: Estimated,
    groups: Groups,
    columns: dict[str, Any],
    ci_level: float,
    df: Degrees,
    per_group: int | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """The table and its basis, with t intervals; and the degrees of freedom of all rows in the call."""
    repeat = per_group or result.per_group
    degrees = [_degrees(survey.design, df, groups.codes == at) for at in range(groups.number)]
    whole = degrees[0] if groups.number == 1 else _degrees(survey.design, df, groups.codes >= 0)
    each = np.repeat(np.array(degrees, dtype=float), repeat)
    variances = np.diag(result.covariance)
    error = np.sqrt(np.maximum(variances, 0))
    half = np.array([t_quantile(ci_level, one) for one in each]) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = np.where(result.srs > 0, variances / result.srs, np.nan)
        replaced = np.where(deff > 0, result.n / deff, result.kish)
    table = pd.DataFrame(
        columns
        | {
            "estimate": result.values,
            "se": error,
            "ci_low": result.values - half,
            "ci_high": result.values + half,
            "n": result.n,
            "deff": deff,
        }
    )
    basis = pd.DataFrame(
        {
            "n": result.n,
            "effective_n": np.minimum(result.n, replaced),
            "largest_share": result.largest,
            "two_largest_share": result.two_largest,
            "df": each,
        }
    )
    _doubt_degrees(survey.design, groups, degrees)
    return table, basis, whole


def _doubt_degrees(design: Design, groups: Groups, degrees: list[float]) -> None:
    """Name the groups whose estimate has no degrees of freedom, and why that is."""
    single: list[str] = []
    others: list[str] = []
    for at in (at for at in range(groups.number) if not degrees[at] > 0):
        alone = bool(design.stages) and touched(design, groups.codes == at)[0] == 1
        (single if alone else others).append(groups.label(at))
    for labels, reason in (
        (single, "rests on one cluster: it has no interval and its standard error means nothing."),
        (
            others,
            "has no degrees of freedom, and so no interval: its replicate weights do not differ. Merge groups."
            if design.replicates is not None
            else "has no degrees of freedom, and so no interval: it rests on one cluster in each of its strata. Merge "
            "groups, or give df=, such as that of the whole design.",
        ),
    ):
        if labels:
            named = f" of {', '.join(labels[:5])}" if groups.names else ""
            warnings.warn(f"The estimate{named} {reason}", DoubtWarning, stacklevel=5)


def _degrees(design: Design, df: Degrees, rows: Mask) -> float:
    if df == "normal":
        return math.inf
    if df is not None:
        return float(df)
    return float(degrees_of_freedom(design, rows))


def _table(
    survey: Survey,
    result: Estimated,
    groups: Groups,
    statistic: str,
    of: str,
    missing: int,
    ci_level: float,
    df: Degrees,
) -> EstimateTable:
    table, basis, whole = _summary(survey, result, groups, groups.columns(1), ci_level, df)
    return EstimateTable(
        table, result.covariance, statistic, of, groups.names, None, basis, whole, ci_level, "t",
        survey.codebook, survey.provenance, missing, bool(survey.design.calibrations),
    )  # fmt: skip


def _replicated_variance(survey: Survey, values: Floats, groups: Groups, result: Estimated) -> Estimated:
    def statistic(weights: Floats) -> Floats:
        parts = []
        for at in range(groups.number):
            rows = groups.rows(at)
            w, y = weights[rows].T, values[rows]
            sums = w.sum(axis=1)
            middle = (w @ y) / sums
            number = result.n[at]
            parts.append(((w @ y**2) / sums - middle**2) * number / (number - 1))
        return np.column_stack(parts)

    result.covariance = replicate_covariance(
        survey.design, replicate_estimates(survey.design, statistic), result.values
    )
    return result


def _one_quantile(
    design: Design,
    values: Floats,
    rows: Mask,
    ordered: SortedValues,
    p: float,
    rule: str,
    interval: str,
    ci_level: float,
    df: float,
) -> tuple[float, float, float, float]:
    """Estimate, low, high and se of one quantile."""
    found = ordered.quantile(p, rule)
    t = t_quantile(ci_level, df)
    if interval == "score":
        low, high = _score_limits(design, values, rows, ordered, p, rule, t)
    else:
        below = np.where(rows, values <= found, 0.0)[:, None]
        groups = Groups((), (), np.where(rows, 0, -1).astype(np.intp), ((),))
        reached = ratio_estimates(design, below, None, groups)
        method = "wald" if interval == "mean" else interval
        p_low, p_high = share_interval(
            method, float(reached.values[0]), float(reached.covariance[0, 0]), int(reached.n[0]), df, ci_level,
            float(reached.kish[0]),
        )  # fmt: skip
        low = math.nan if math.isnan(p_low) or p_low < 0 else ordered.quantile(p_low, rule)
        high = math.nan if math.isnan(p_high) or p_high > 1 else ordered.quantile(p_high, rule)
    return found, low, high, (high - low) / (2 * t)


def _score_limits(
    design: Design, values: Floats, rows: Mask, ordered: SortedValues, p: float, rule: str, t: float
) -> tuple[float, float]:
    """Limits where the score test of the quantile just rejects (Francisco and Fuller 1991)."""
    from scipy.optimize import brentq

    groups = Groups((), (), np.where(rows, 0, -1).astype(np.intp), ((),))

    def score(at: float, limit: float) -> float:
        test = ratio_estimates(design, np.where(rows, (values > at) - (1 - p), 0.0)[:, None], None, groups)
        return float(test.values[0] / math.sqrt(test.covariance[0, 0]) - limit)

    inside = values[rows]
    if inside.min() == inside.max():
        raise InputError(
            Problem("Everyone gives the same answer: a score interval does not exist.", do="Use interval='mean'.")
        )
    step = float(np.subtract(*np.quantile(inside, [0.75, 0.25]))) / 100
    first, last = float(inside.min()) + step, float(inside.max()) - step
    limits = []
    for limit in (t, -t):
        if score(first, limit) * score(last, limit) > 0:
            limits.append(math.nan)
            continue
        # The score is a step function: its root is an answer at which the sign changes.
        at = brentq(score, first, last, args=(limit,), xtol=1e-8)
        # A hair less, so that a share of the answers that is a whole number of them counts as reached.
        limits.append(ordered.quantile(float(np.mean(inside <= at)) * (1 - 1e-12), rule))
    return limits[0], limits[1]
