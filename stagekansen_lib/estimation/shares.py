"""Weighted shares of answers with their intervals. Agrees with R's ``svymean`` and ``svyciprop``."""

from __future__ import annotations

import difflib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, did_you_mean
from stagekansen_lib.estimation.few_clusters import check_variance, corrected
from stagekansen_lib.estimation.groups import By, Groups, make_groups
from stagekansen_lib.estimation.intervals import SHARE_INTERVALS, share_interval
from stagekansen_lib.estimation.replicates import replicate_covariance
from stagekansen_lib.estimation.summaries import Degrees, check_call, summarise
from stagekansen_lib.estimation.sums import Estimated, cell_shares, ratio_estimates
from stagekansen_lib.estimation.tables import AnswersBehind, EstimateTable
from stagekansen_lib.surveys.designs import Design
from stagekansen_lib.surveys.encoding import Encoded
from stagekansen_lib.surveys.surveys import Survey, matching_answer, showable_answers

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["share"]


_YES_NO = tuple(map(frozenset, (("yes", "no"), ("ja", "nee"), ("1", "0"), ("true", "false"), ("waar", "onwaar"))))

# More different answers than this is a measurement, not a choice from a list.
_MOST_ANSWERS = 60


def share(
    survey: Survey,
    of: str,
    by: By = None,
    *,
    code: Any = None,
    interval: str = "logit",
    ci_level: float = 0.95,
    df: Degrees = None,
    variance: str = "design",
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
        the whole design: give ``df=degrees_of_freedom(survey.design)`` (of ``surveys.designs``) for that. "normal" for
        none.
    variance : "design", or for the share of one answer (``code=``) "cr2", for few clusters, as for ``mean``.

    Returns
    -------
    EstimateTable : group columns, code (without ``code=``), estimate, se, ci_low, ci_high, n, deff.

    Raises
    ------
    InputError : an unknown variable, answer or interval; nobody answered; a group named as a column of the result.

    Notes
    -----
    p = sum(w 1[answer]) / sum(w). An answer that nobody gave has a share of 0; without a codebook with a DoubtWarning,
    and only where everyone gave one other answer, or for a yes where some said no (or the other way round). At 0 or 1
    the interval is the exact one for the effective n, and deff is empty.
    Checked against R's ``svymean`` and ``svyciprop``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"safe": ["yes", "yes", "no", "yes"]}))
    >>> float(share(survey, of="safe", code="yes").table["estimate"][0])
    0.75
    """
    check_call(survey, of, by, ci_level, df, *(["code"] if code is None else []))
    if interval not in SHARE_INTERVALS:
        raise InputError(Problem(f"interval is {interval!r}.", do=did_you_mean(interval, SHARE_INTERVALS)))
    is_set = survey.variable(of).kind == "multiple" and of not in survey.rows.columns
    shares = _multiple_shares if is_set else _coded_shares
    result, counts, groups, missing, encoded = shares(survey, of, by, code)
    own = _corrected(survey, result, groups, of, encoded, code, variance, df, is_set=is_set)
    columns = groups.columns(result.per_group)
    if code is None:
        columns["code"] = encoded.values(np.tile(np.arange(result.per_group), groups.number))
    table, basis, whole_df = summarise(survey, result, groups, columns, ci_level, df, own=own)
    basis.insert(1, "count", counts.astype(int))
    basis["kish_n"] = result.kish
    variances = np.diag(result.covariance)
    if interval in ("logit", "likelihood") and result.replicated is not None:
        variances = _variances_by_logit(survey.design, result, variances)
    rows = zip(table["estimate"], variances, table["n"], basis["df"], result.kish, strict=True)
    limits = [
        share_interval(interval, estimate, float(variance), int(n), degrees, ci_level, float(kish))
        for estimate, variance, n, degrees, kish in rows
    ]
    table["ci_low"], table["ci_high"] = map(list, zip(*limits, strict=True))
    return EstimateTable(
        table, result.covariance, "share", of, groups.names, code, basis, whole_df, ci_level, interval,
        survey.codebook, survey.provenance, missing, bool(survey.design.calibrations),
        AnswersBehind(survey, (*groups.names, *([] if is_set else [of]))),
    )  # fmt: skip


def _corrected(
    survey: Survey, result: Estimated, groups: Groups, of: str, encoded: Encoded, code: Any, variance: str,
    df: Degrees, *, is_set: bool,
) -> list[float] | None:  # fmt: skip
    """The share of one answer with the CR2 variance of a mean of 0 and 1, when that is asked for."""
    check_variance(variance, survey.design)
    if variance == "design":
        return None
    if code is None or is_set:
        raise InputError(
            Problem(
                "variance='cr2' is for the share of one answer at a time.",
                do=f"Give one answer of the set, such as '{of}[1]', with code=1." if is_set else "Give code=.",
            )
        )
    chosen = np.isin(encoded.codes, _given(survey, of, code, encoded.levels)).astype(float)
    return corrected(survey, result, chosen, groups, variance, df)


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
        chosen[_given(survey, of, code, encoded.levels)] = 1
        codes, number, kept = chosen[codes], 2, np.array([1])
    groups, missing = make_groups(survey, by, encoded.codes >= 0)
    result, counts = cell_shares(survey.design, codes, number, groups, kept)
    return result, counts, groups, missing, encoded


def _given(survey: Survey, of: str, code: Any, levels: tuple[Any, ...]) -> list[int]:
    """The places of the answers asked for; without a codebook it may be an answer that nobody gave.

    That is so where everyone gave one other answer, and of a yes or no of which only the other half is there. Among
    several answers any other word is more likely a mistake.
    """
    declared = survey.variable(of).codes or isinstance(survey.column(of).dtype, pd.CategoricalDtype)
    # Of answers in free words it is never known what nobody wrote.
    if declared or len(showable_answers(survey, of)) < len(levels):
        return _chosen(survey, of, code, levels)
    absent = [
        each
        for each in _asked(code, levels)
        if each not in levels and _may_be_an_answer(each, levels) and (len(levels) == 1 or _is_other_half(each, levels))
    ]
    if not absent:
        return _chosen(survey, of, code, levels)
    named = " or ".join(repr(each) for each in absent)
    warnings.warn(
        f"Nobody answered {named} to '{of}': the share is 0. Without a codebook it is not known whether that was an "
        "answer.",
        DoubtWarning,
        stacklevel=5,
    )
    rest = [each for each in _asked(code, levels) if each not in absent]
    return _chosen(survey, of, rest, levels) if rest else []


def _is_other_half(code: Any, levels: tuple[Any, ...]) -> bool:
    """Whether a code is the yes to a no that was given, or the no to a yes."""
    given = {str(level).strip().casefold() for level in levels}
    asked = str(code).strip().casefold()
    # 1.0 and 1 are the same answer.
    halves = {asked.removesuffix(".0"), *(level.removesuffix(".0") for level in given)}
    return any(asked.removesuffix(".0") in pair and pair <= halves for pair in _YES_NO)


def _may_be_an_answer(code: Any, levels: tuple[Any, ...]) -> bool:
    """Whether a code can be an answer that nobody gave, and not one that is written another way."""
    texts = [str(level).strip().casefold() for level in levels]
    same_kind = isinstance(code, str) == all(isinstance(level, str) for level in levels)
    return same_kind and not difflib.get_close_matches(str(code).strip().casefold(), texts, n=1, cutoff=0.6)


def _chosen(survey: Survey, of: str, code: Any, levels: tuple[Any, ...]) -> list[int]:
    """The places of the answers asked for."""
    asked = _asked(code, levels)
    unknown = [each for each in asked if each not in levels]
    if unknown:
        known = list(levels) if of not in survey.rows.columns else showable_answers(survey, of)
        raise InputError([Problem(f"'{of}' has no answer {each!r}.", do=did_you_mean(each, known)) for each in unknown])
    return [levels.index(each) for each in asked]


def _asked(code: Any, levels: tuple[Any, ...]) -> list[Any]:
    """One answer or several, as the survey has them."""
    asked = list(code) if isinstance(code, (list, tuple, set, frozenset)) else [code]
    strange = [each for each in asked if not isinstance(each, (str, bool, int, float, np.generic))]
    if strange or not asked:
        raise InputError(
            Problem(f"code is {said(strange[0]) if strange else 'an empty list'}.", do="Give one answer, or a list.")
        )
    return [matching_answer(each, levels) for each in asked]
