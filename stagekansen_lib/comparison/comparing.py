"""Comparisons of groups: a design-based test, the size of the effect with its interval, and a plain sentence.

Agrees with R's survey package 4.1 (``svychisq``, ``svyttest``, ``svyranktest``). Sources with each method.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

from stagekansen_lib.arguments import said, some_names, some_share
from stagekansen_lib.comparison.cases import Asked, Case, Ties, make_case
from stagekansen_lib.comparison.corrections import BATTERY_CORRECTIONS, adjust_p_values
from stagekansen_lib.comparison.doubts import doubt_few_expected, doubt_small_groups, no_spread
from stagekansen_lib.comparison.exact import compare_exactly
from stagekansen_lib.comparison.few_clusters import (
    FEW_CLUSTERS,
    compare_clustered,
    doubt_few_clusters,
    fewest_clusters,
    knows_few_clusters,
)
from stagekansen_lib.comparison.joint import battery_p_values
from stagekansen_lib.comparison.methods import EFFECTS, METHODS, compare_by_method, usual_method
from stagekansen_lib.comparison.results import Battery, Comparison
from stagekansen_lib.comparison.small_samples import EXACT_METHODS, WELCH_METHODS, compare_few
from stagekansen_lib.comparison.tables import TABLE_METHODS
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, did_you_mean
from stagekansen_lib.estimation.few_clusters import VARIANCES, check_variance
from stagekansen_lib.surveys.surveys import Survey, matching_answer, need_survey
from stagekansen_lib.surveys.yes_or_no import no_before_yes

__all__ = ["compare"]


@dataclass(frozen=True)
class _Options:
    """The choices of a call of ``compare``, as they were given."""

    method: str
    adjust_for: Sequence[str]
    correction: str
    effect: str | None
    code: Any
    ties: Ties | None
    ci_level: float
    variance: str


@overload
def compare(  # type: ignore[overload-overlap]  # one text is a sequence of texts too: the first that fits counts
    survey: Survey,
    of: str,
    by: str,
    *,
    method: str = ...,
    adjust_for: Sequence[str] = ...,
    correction: str = ...,
    effect: str | None = ...,
    code: Any = ...,
    ties: Ties | None = ...,
    ci_level: float = ...,
    variance: str = ...,
) -> Comparison: ...


@overload
def compare(
    survey: Survey,
    of: Sequence[str],
    by: str,
    *,
    method: str = ...,
    adjust_for: Sequence[str] = ...,
    correction: str = ...,
    effect: str | None = ...,
    code: Any = ...,
    ties: Ties | None = ...,
    ci_level: float = ...,
    variance: str = ...,
) -> Battery: ...


def compare(
    survey: Survey,
    of: str | Sequence[str],
    by: str,
    *,
    method: str = "auto",
    adjust_for: Sequence[str] = (),
    correction: str = "holm",
    effect: str | None = None,
    code: Any = None,
    ties: Ties | None = None,
    ci_level: float = 0.95,
    variance: str = "auto",
) -> Comparison | Battery:
    """Whether groups differ, by how much, and how sure that is.

    Parameters
    ----------
    survey : the survey.
    of : the outcome; several outcomes make a battery with corrected p values.
    by : the variable that makes the groups; the last is compared with the first, and of a question with the concept
        "experienced" who said yes with who said no, in whatever order its answers stand.
    method : "auto" looks at the kind of the outcome: answers from a list "rao_scott_f", ordered answers
        "wilcoxon" (two groups) or "kruskal_wallis", counts "ratio_of_means", numbers "t_test" (two groups) or
        "equal_means". By name also "rao_scott_chi2", "wald", "adjusted_wald", "lincom", "saddlepoint",
        "van_der_waerden", "median". For small groups, with or without weights: "welch" (means and shares of two groups
        and more) and "brunner_munzel" (ordered answers of two groups), whose variance and degrees of freedom know the
        sizes of the groups. For few answers without weights or clusters: "fisher" or "barnard" (the share of one
        answer in two groups) and "permutation" (every kind; 9,999 draws with a fixed seed, or all arrangements when
        there are fewer). A method that does not fit the data is refused.
    adjust_for : variables to hold constant, by a regression model that fits the kind of outcome.
    correction : for a battery: "holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg",
        "benjamini_yekutieli", "max_t" or "none". "max_t" (two groups) takes into account how the outcomes go
        together: less strict than "holm" for questions that are much alike.
    effect : effect size, by kind of outcome when left out.
    code : the answer whose share is compared; when left out the last one, and yes of a question with the concept
        "experienced" (exact tests and "welch": of two answers).
    ties : how rank tests average tied answers: "unweighted" as R does (default for a method by name), or
        "weighted", which does not depend on the order of the rows (default for "auto").
    ci_level : level of the interval, 0 to 1.
    variance : "design"; "cr2" for few clusters, of two groups without ``method=``: bias-reduced, with Satterthwaite's
        degrees of freedom; or "auto", which takes "cr2" where a group has fewer than five clusters and the method is
        left to choose. Ordered answers then are compared by a linear model of their mid-ranks.

    Returns
    -------
    Comparison : or a Battery when ``of`` is a list.

    Raises
    ------
    InputError : an unknown variable, method, correction or effect; one group only; a method that does not fit, such as
        means or ranks of the codes of more than two answers without an order; too few clusters, or one in a group.

    Notes
    -----
    Rao and Scott (1984), doi:10.1214/aos/1176346391; Lumley and Scott (2013), doi:10.1093/biomet/ast039; Holm
    (1979). The usual tests take residuals as if nothing was fitted and count on all degrees of freedom of the design:
    they find differences that are not there in small groups (at 5% with 10 answers against 300: 12% of surveys), the
    more so of several groups, with variables held constant, and with weights that meet many counts. A DoubtWarning
    says so where more than 5.6% is expected, from how many answers on the test keeps its level, and what to use. The
    expectation follows from weights, groups, calibration and model, as if answers vary alike and are normal: bias and
    degrees of freedom of the variance (Satterthwaite), of several groups as Welch (1951),
    doi:10.1093/biomet/38.3-4.330, and James (1951), doi:10.1093/biomet/38.3-4.324. With clusters, and with replicates
    that are no jackknife, it is not known; a DoubtWarning names a group of fewer than five clusters where "cr2"
    (Pustejovsky and Tipton 2018, doi:10.1080/07350015.2016.1247004, as R's clubSandwich) is not used, and says where
    its degrees of freedom are so few that it can show almost nothing. Tables of answers hold from 5 expected in each
    cell (Cochran 1954,
    doi:10.2307/3001616); below, the sentence of the comparison says so, and under "auto" a DoubtWarning. "welch" and
    "brunner_munzel" keep their level from about 15 answers on and reject too seldom below; without weights they are the
    tests of Welch (1947), doi:10.1093/biomet/34.1-2.28, and (1951), and of Brunner and Munzel (2000). They refuse a
    group whose answers do not differ; another method of means or ranks says by a DoubtWarning that it takes such a
    group for known. The interval of a difference of two shares is Newcombe's square-and-add (1998) on the limits of
    Korn and Graubard (1998) of each share, with the correlation of both, and holds a group of which nobody or everybody
    gave the answer; "welch" tests two shares by that interval. Where fewer than 30 gave an answer, or did not, or
    weights leave fewer than 30, a share counts for no more answers than Kish's effective number. Exact tests keep their
    level at any size; the interval beside "fisher" and "barnard" is Newcombe's own, that beside "permutation" the one
    of the usual method. Checked against R's ``svychisq``, ``svyttest``, ``svyranktest`` and ``p.adjust``, against scipy
    and statsmodels, and in simulated surveys (benchmarks/null_simulations.py).

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> frame = pd.DataFrame({"group": ["a"] * 20 + ["b"] * 20, "hours": [*range(20), *range(5, 25)]})
    >>> found = compare(survey_from_frame(frame), of="hours", by="group", method="t_test")
    >>> round(found.effect, 3), round(found.p_value, 4)
    (5.0, 0.0101)
    """
    need_survey(survey)
    options = _Options(method, adjust_for, correction, effect, code, ties, ci_level, variance)
    if isinstance(of, Collection) and not isinstance(of, str):
        return _battery(survey, list(some_names("of", of)), by, options)
    _check_choices(options)
    _check_pair(of, by)
    held = _held_constant(of, by, options)
    survey = no_before_yes(no_before_yes(survey, of), by)
    with _doubts_told() as doubts:
        if held:
            from stagekansen_lib.comparison.adjusted import compare_adjusted

            found = compare_adjusted(survey, of, by, held, code=code, ci_level=ci_level, variance=variance)
        else:
            found = _compare_pair(survey, of, by, options)
    return replace(found, doubts=tuple(dict.fromkeys([*found.doubts, *doubts])))


@contextlib.contextmanager
def _doubts_told() -> Iterator[list[str]]:
    """Give every warning on, and the keys of the doubts among them, so that the result can tell them too."""
    keys: list[str] = []
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        yield keys
    for each in met:
        if isinstance(each.message, DoubtWarning):
            keys.append(each.message.key)
        # Past this function, contextlib, and compare itself.
        warnings.warn(each.message, each.category, stacklevel=4)


def _check_choices(options: _Options) -> None:
    """Stop at a method, effect, way with ties, correction or level that does not exist."""
    for name, value, known in (
        ("method", options.method, ("auto", *METHODS)),
        ("effect", options.effect, (None, *EFFECTS)),
    ):
        if value not in known:
            offered = [each for each in known if each is not None]
            raise InputError(Problem(f"{name} is {value!r}.", do=did_you_mean(value, offered)))
    if options.ties not in (None, "weighted", "unweighted"):
        raise InputError(Problem(f"ties is {options.ties!r}.", do="Choose 'weighted' or 'unweighted'."))
    if options.correction not in BATTERY_CORRECTIONS:
        offer = did_you_mean(options.correction, BATTERY_CORRECTIONS)
        raise InputError(Problem(f"correction is {said(options.correction)}.", do=offer))
    some_share("ci_level", options.ci_level, 0.95)
    if options.variance not in ("auto", *VARIANCES):
        raise InputError(
            Problem(f"variance is {options.variance!r}.", do=did_you_mean(options.variance, ("auto", *VARIANCES)))
        )
    if options.variance == "cr2" and options.method != "auto":
        raise InputError(
            Problem(
                "With variance='cr2' the method follows from the kind of the outcome.",
                do="Leave out method=: one that is asked by name has the variance of the design, as in R.",
            )
        )


def _check_pair(of: str, by: str) -> None:
    for name, value in (("of", of), ("by", by)):
        if not isinstance(value, str):
            raise InputError(Problem(f"{name} is {said(value)}.", do=f"Name a variable: {name}='level'."))
    if of == by:
        raise InputError(Problem(f"'{of}' is both outcome and group.", do="Give two variables."))


def _held_constant(of: str, by: str, options: _Options) -> list[str]:
    """The variables that a model holds constant; it brings its own test and effect."""
    others = list(some_names("adjust_for", options.adjust_for))
    own = [name for name in others if name in (of, by)]
    if own:
        raise InputError(
            Problem(
                f"adjust_for= holds '{own[0]}', which is the {'outcome' if own[0] == of else 'group'} itself.",
                do="Name other variables than the outcome and the group.",
            )
        )
    if others and (options.method != "auto" or options.effect is not None):
        raise InputError(
            Problem(
                "With adjust_for= a model that fits the outcome does the test and gives the effect.",
                do="Leave out method= and effect=.",
            )
        )
    return others


def _compare_pair(survey: Survey, of: str, by: str, options: _Options) -> Comparison:
    """One outcome between the groups of one variable, by the method asked for or the one that fits."""
    case = make_case(survey, of, by)
    code = None if options.code is None else matching_answer(options.code, case.outcome.levels)
    automatic = options.method == "auto"
    method = usual_method(case) if automatic else options.method
    asked = Asked(options.effect, code, options.ties or ("weighted" if automatic else "unweighted"), options.ci_level)
    if code is not None and method not in (*TABLE_METHODS, *WELCH_METHODS, *EXACT_METHODS):
        raise InputError(
            Problem(
                f"code= is for the share of an answer, and '{of}' is compared by '{method}'.",
                do="Leave out code=, or choose method='rao_scott_f'.",
            )
        )
    few = _few_clusters(case, asked, options)
    if few == "cr2":
        doubt_small_groups(case, method)
        return compare_clustered(case, asked)
    if method in EXACT_METHODS:
        found = compare_exactly(case, method, asked)
        # An exact test allows for it, and is what was advised: the interval does not, and the sentence says so.
        known = code is None and no_spread(case, method) is not None
        return replace(found, doubts=("no_spread",)) if known else found
    if method in WELCH_METHODS:
        return compare_few(case, method, asked)
    doubt_small_groups(case, method)
    doubt_few_clusters(case)
    found = compare_by_method(case, method, asked)
    if automatic:
        doubt_few_expected(case, found)
    return found


def _few_clusters(case: Case, asked: Asked, options: _Options) -> str:
    """The variance to take: "cr2" when it is asked for, or when clusters are few and it gives what is asked."""
    if options.variance == "cr2":
        check_variance("cr2", case.survey.design)
        return "cr2"
    fewest = fewest_clusters(case)
    if options.variance == "design" or options.method != "auto" or fewest is None or fewest >= FEW_CLUSTERS:
        return "design"
    return "cr2" if knows_few_clusters(case, asked) else "design"


def _battery(survey: Survey, of: list[str], by: str, options: _Options) -> Battery:
    if not of:
        raise InputError(Problem("There is no outcome to compare.", do="Give one variable, or a list of them."))
    found = [
        compare(
            survey, each, by, method=options.method, adjust_for=options.adjust_for, correction=options.correction,
            effect=options.effect, code=_own_code(survey, each, options.code), ties=options.ties,
            ci_level=options.ci_level, variance=options.variance,
        )
        for each in of
    ]  # fmt: skip
    p_values = [each.p_value for each in found]
    if options.correction == "max_t":
        adjusted = battery_p_values(survey, found, by, p_values)
    else:
        adjusted = adjust_p_values(p_values, options.correction)
    corrected = tuple(
        replace(each, p_adjusted=p, questions=len(of), correction=options.correction)
        for each, p in zip(found, adjusted, strict=True)
    )
    return Battery(corrected, options.correction)


def _own_code(survey: Survey, of: str, code: Any) -> Any:
    """The answer asked for, for outcomes of a battery whose share is compared; the others have no use for it."""
    return code if survey.variable(of).kind == "nominal" else None
