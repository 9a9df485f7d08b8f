"""Comparisons of groups: a design-based test, the size of the effect with its interval, and a plain sentence.

Agrees with R's survey package 4.1 (``svychisq``, ``svyttest``, ``svyranktest``). Sources with each method.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import special, stats

from stagekansen_lib import estimates
from stagekansen_lib._arguments import said, some_names, some_share
from stagekansen_lib._chi_square_sums import wald_statistic
from stagekansen_lib._displays import battery_html, comparison_html, labelled_comparisons, readable
from stagekansen_lib._false_positives import (
    MOST_FALSE,
    VarianceForm,
    after_calibration,
    false_positives,
    mean_forms,
    number_of_counts,
)
from stagekansen_lib._intervals import newcombe_interval, t_quantile
from stagekansen_lib._joint_tests import joint_p_values
from stagekansen_lib._rank_tests import RANK_METHODS, Ties, make_answers, rank_test, superiority
from stagekansen_lib._sentences import comparison_sentence
from stagekansen_lib._small_samples import (
    EXACT_METHODS,
    WELCH_METHODS,
    corrected_gap,
    corrected_means,
    corrected_superiority,
    independent_rows,
    one_answer,
    permutation_test,
    refuse_clusters,
    refuse_design,
    share_below,
    two_by_two,
)
from stagekansen_lib._table_tests import TABLE_METHODS, noncentral_interval, table_test
from stagekansen_lib.codebooks import Codebook, Language
from stagekansen_lib.designs import degrees_of_freedom, row_blocks
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, did_you_mean
from stagekansen_lib.estimates import EstimateTable, Groups, cell_shares, cell_totals, measured, ratio_estimates
from stagekansen_lib.surveys import Provenance, Survey, matching_answer, need_survey, refuse_personal, subset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["METHODS", "Battery", "Comparison", "adjust_p_values", "compare"]

# Effect, low and high limit, and the smallest that would be found.
Size = tuple[float, float, float, float | None]

METHODS = (*TABLE_METHODS, *RANK_METHODS, "t_test", "ratio_of_means", "equal_means", *WELCH_METHODS, *EXACT_METHODS)
Correction = Literal[
    "holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli", "max_t", "none"
]
# "max_t" needs the survey, and is for a battery only.
BATTERY_CORRECTIONS = ("holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli",
                       "max_t", "none")  # fmt: skip
CORRECTIONS = ("holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli", "none")
EFFECTS = ("difference_in_shares", "risk_ratio", "odds_ratio", "cramers_v", "difference_in_means",
           "ratio_of_means", "standardised_difference", "probability_of_superiority")  # fmt: skip

# In groups below this number of answers no test that leans on large samples is any good. Tables of answers also need
# this expected number in each cell (Cochran 1954, doi:10.2307/3001616).
_FEW = 10
_FEW_EXPECTED = 5
# Groups from this number of answers on are not looked at for false positives: it takes very uneven weights. Nor are
# calibrations on fewer columns than one in so many answers.
_ENOUGH = 1_000
_ENOUGH_A_COLUMN = 100
# Squared residuals of a yes or no hardly vary, and tables test against shares of all groups together: of the false
# positives that small groups make elsewhere these parts are left (simulated, benchmarks/README.md).
_TWO_ANSWERS, _MORE_ANSWERS = 0.4, 0.7
_POWER = 0.8
# What to do in place of arithmetic with codes.
_NO_NUMBERS = "Leave out method=; or compare the share of one answer: method='welch' and code=."


@dataclass(frozen=True, eq=False)
class Comparison:
    """A test between groups with the size of the effect. May hold small groups.

    Parameters
    ----------
    statistic, df, df_denominator : of the test, as R gives them for the method; NaN where there is none.
    p_value : two-sided, not corrected.
    p_adjusted : corrected for the other questions of a battery; None for one comparison.
    effect, ci_low, ci_high : size of the effect with its design-based interval.
    effect_name : what the effect is, such as "difference_in_shares" (0 to 1) or "probability_of_superiority".
    smallest_detectable : the effect that would be found with a chance of 80%; None when it has no simple form.
    method : the test.
    of, by : what was compared between which groups.
    groups : estimates for each group.
    levels : the groups; an effect is of the second against the first.
    answer : the answer whose share is compared; None when the outcome is not a share.
    group_values : the two estimates that the effect compares; empty when there are more groups.
    n : answers it rests on.
    ci_level : level of the interval.
    adjusted_for : variables that were held constant.
    proportional_odds_p : of the check behind an odds ratio of a higher answer; small when that ratio is not the same
        for each step of the answers. NaN for other effects.
    smallest_expected : the smallest expected number of answers in a cell of a table, where that is so small that the
        p value is rough (``sentence`` says so); NaN elsewhere.
    codebook, provenance : labels, and what a reader must know.
    """

    statistic: float
    df: float
    df_denominator: float
    p_value: float
    effect: float
    ci_low: float
    ci_high: float
    effect_name: str
    smallest_detectable: float | None
    method: str
    of: str
    by: str
    groups: EstimateTable
    levels: tuple[Any, ...]
    n: int
    ci_level: float
    codebook: Codebook
    provenance: Provenance
    answer: Any = None
    group_values: tuple[float, ...] = ()
    p_adjusted: float | None = None
    adjusted_for: tuple[str, ...] = ()
    proportional_odds_p: float = math.nan
    smallest_expected: float = math.nan

    @property
    def table(self) -> pd.DataFrame:
        """The comparison as one row."""
        return pd.DataFrame([_row(self)])

    def sentence(self, language: Language = "nl") -> str:
        """The finding and its doubt in plain sentences: effect, interval, verdict, base, warnings."""
        return comparison_sentence(self, language)

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The comparison in words, as one row. For reading, not for computing.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        return labelled_comparisons([self], language)

    def __repr__(self) -> str:
        shown = self.table.T.to_string(header=False, float_format=readable)
        return f"{shown}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        return comparison_html(self)


@dataclass(frozen=True, eq=False)
class Battery:
    """Several comparisons, with p values corrected for their number."""

    comparisons: tuple[Comparison, ...]
    correction: str

    def __iter__(self) -> Iterator[Comparison]:
        return iter(self.comparisons)

    def __len__(self) -> int:
        return len(self.comparisons)

    def __getitem__(self, at: int | str) -> Comparison:
        if isinstance(at, int):
            return self.comparisons[at]
        for found in self.comparisons:
            if found.of == at:
                return found
        raise InputError(
            Problem(f"'{at}' is not in this battery.", do=did_you_mean(at, [each.of for each in self.comparisons]))
        )

    @property
    def table(self) -> pd.DataFrame:
        """One row a comparison, with ``p_adjusted``."""
        return pd.DataFrame([_row(found) for found in self.comparisons])

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The comparisons in words, one row each. For reading, not for computing.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        return labelled_comparisons(self.comparisons, language)

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False, float_format=readable)}\np_adjusted: {self.correction}"

    def _repr_html_(self) -> str:
        return battery_html(self)


def _row(found: Comparison) -> dict[str, Any]:
    names = ("of", "by", "method", "statistic", "df", "df_denominator", "p_value", "p_adjusted", "effect_name",
             "effect", "ci_low", "ci_high", "smallest_detectable", "n")  # fmt: skip
    return {name: getattr(found, name) for name in names}


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
) -> Any:
    """Whether groups differ, by how much, and how sure that is.

    Parameters
    ----------
    survey : the survey.
    of : the outcome; several outcomes make a battery with corrected p values.
    by : the variable that makes the groups.
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
    code : the answer whose share is compared; when left out the last one (exact tests and "welch": of two answers).
    ties : how rank tests average tied answers: "unweighted" as R does (default for a method by name), or
        "weighted", which does not depend on the order of the rows (default for "auto").
    ci_level : level of the interval, 0 to 1.

    Returns
    -------
    Comparison : or a Battery when ``of`` is a list.

    Raises
    ------
    InputError : an unknown variable, method, correction or effect; one group only; a method that does not fit, such as
        means or ranks of the codes of more than two answers without an order; too few clusters.

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
    that are no jackknife, it is not known. Tables of answers hold from 5 expected in each cell (Cochran 1954,
    doi:10.2307/3001616); below, the sentence of the comparison says so, and under "auto" a DoubtWarning. "welch" and
    "brunner_munzel" keep their level from about 15 answers on and reject too seldom below; without weights they are
    the tests of Welch (1947), doi:10.1093/biomet/34.1-2.28, and (1951), and of Brunner and Munzel (2000). Exact tests
    keep their level at any size; the interval beside "fisher" and "barnard" is Newcombe's (1998), that beside
    "permutation" the one of the usual method. Checked against R's ``svychisq``, ``svyttest``, ``svyranktest`` and
    ``p.adjust``, against scipy and statsmodels, and in simulated surveys (benchmarks/null_simulations.py).

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> frame = pd.DataFrame({"group": ["a"] * 20 + ["b"] * 20, "hours": [*range(20), *range(5, 25)]})
    >>> found = compare(survey_from_frame(frame), of="hours", by="group", method="t_test")
    >>> round(found.effect, 3), round(found.p_value, 4)
    (5.0, 0.0101)
    """
    need_survey(survey)
    if isinstance(of, Collection) and not isinstance(of, str):
        return _battery(
            survey, list(some_names("of", of)), by, method=method, adjust_for=adjust_for, correction=correction,
            effect=effect, code=code, ties=ties, ci_level=ci_level,
        )  # fmt: skip
    if method not in ("auto", *METHODS):
        raise InputError(Problem(f"method is {method!r}.", do=did_you_mean(method, ["auto", *METHODS])))
    if effect is not None and effect not in EFFECTS:
        raise InputError(Problem(f"effect is {effect!r}.", do=did_you_mean(effect, EFFECTS)))
    if ties not in (None, "weighted", "unweighted"):
        raise InputError(Problem(f"ties is {ties!r}.", do="Choose 'weighted' or 'unweighted'."))
    if correction not in BATTERY_CORRECTIONS:
        raise InputError(
            Problem(f"correction is {said(correction)}.", do=did_you_mean(correction, BATTERY_CORRECTIONS))
        )
    some_share("ci_level", ci_level, 0.95)
    for name, value in (("of", of), ("by", by)):
        if not isinstance(value, str):
            raise InputError(Problem(f"{name} is {said(value)}.", do=f"Name a variable: {name}='level'."))
    if of == by:
        raise InputError(Problem(f"'{of}' is both outcome and group.", do="Give two variables."))
    others = list(some_names("adjust_for", adjust_for))
    if others:
        own = [name for name in others if name in (of, by)]
        if own:
            raise InputError(
                Problem(
                    f"adjust_for= holds '{own[0]}', which is the {'outcome' if own[0] == of else 'group'} itself.",
                    do="Name other variables than the outcome and the group.",
                )
            )
        if method != "auto" or effect is not None:
            raise InputError(
                Problem(
                    "With adjust_for= a model that fits the outcome does the test and gives the effect.",
                    do="Leave out method= and effect=.",
                )
            )
        from stagekansen_lib.models import compare_adjusted

        return compare_adjusted(survey, of, by, others, code=code, ci_level=ci_level)
    case = make_case(survey, of, by)
    if code is not None:
        code = matching_answer(code, survey.encoded(of).levels)
    chosen = _automatic(survey, of, len(case.levels)) if method == "auto" else method
    if code is not None and chosen not in (*TABLE_METHODS, *WELCH_METHODS, *EXACT_METHODS):
        raise InputError(
            Problem(
                f"code= is for the share of an answer, and '{of}' is compared by '{chosen}'.",
                do="Leave out code=, or choose method='rao_scott_f'.",
            )
        )
    if chosen in EXACT_METHODS:
        return _compare_exactly(survey, case, chosen, effect, code, ci_level)
    if chosen in WELCH_METHODS:
        return _compare_few(survey, case, chosen, effect, code, ci_level)
    doubt_small_groups(survey, case, chosen)
    how: Ties = ties or ("weighted" if method == "auto" else "unweighted")
    found = _by_method(survey, case, chosen, effect, code, how, ci_level)
    if method == "auto":
        _doubt_few_expected(found)
    return found


def _by_method(
    survey: Survey, case: Case, method: str, effect: str | None, code: Any, ties: Ties, ci_level: float
) -> Comparison:
    if method in TABLE_METHODS:
        return _compare_table(survey, case, method, effect, code, ci_level)
    if method in RANK_METHODS:
        return _compare_ranks(survey, case, method, effect, ties, ci_level)
    return _compare_means(survey, case, method, effect, ci_level)


def adjust_p_values(p_values: Sequence[float], correction: str = "holm") -> list[float]:
    """p values corrected for their number, as R's ``p.adjust`` gives them.

    Parameters
    ----------
    p_values : 0 to 1.
    correction : "holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli" or "none".

    Raises
    ------
    InputError : an unknown correction; something that is no p value.

    Examples
    --------
    >>> adjust_p_values([0.01, 0.02, 0.5])
    [0.03, 0.04, 0.5]
    """
    if correction not in CORRECTIONS:
        raise InputError(Problem(f"correction is {correction!r}.", do=did_you_mean(correction, CORRECTIONS)))
    try:
        p = np.asarray(p_values, dtype=float)
    except (TypeError, ValueError):
        p = np.array([np.nan])
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise InputError(
            Problem("p values must be a list of numbers of 0 to 1.", do="Give adjust_p_values([0.01, 0.2]).")
        )
    n = len(p)
    if correction == "none" or n < 2:
        return [float(value) for value in p]
    if correction == "bonferroni":
        return [float(value) for value in np.minimum(p * n, 1)]
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, n + 1)
    if correction == "hommel" and n > 2:
        adjusted = _hommel(p[order])
    elif correction == "holm":
        adjusted = np.maximum.accumulate(p[order] * (n - rank + 1))
    else:
        factor = {
            "hochberg": n - rank + 1.0,
            "hommel": n - rank + 1.0,
            "benjamini_hochberg": n / rank,
            "benjamini_yekutieli": n / rank * (1 / rank).sum(),
        }[correction]
        adjusted = np.minimum.accumulate((p[order] * factor)[::-1])[::-1]
    result = np.empty(n)
    result[order] = np.minimum(adjusted, 1)
    return [float(value) for value in result]


def _hommel(p: Floats) -> Floats:
    """Hommel (1988), doi:10.1093/biomet/75.2.383, for p values in order, by the algorithm of Wright (1992)."""
    n = len(p)
    adjusted = np.full(n, (n * p / np.arange(1, n + 1)).min())
    for size in range(n - 1, 1, -1):
        first, last = p[: n - size + 1], p[n - size + 1 :]
        least = (size * last / np.arange(2, size + 1)).min()
        found = np.minimum(size * first, least)
        adjusted = np.maximum(adjusted, np.concatenate([found, np.full(size - 1, found[-1])]))
    return np.asarray(np.maximum(adjusted, p))


def _battery(survey: Survey, of: list[str], by: str, *, correction: str, **options: Any) -> Battery:
    if not of:
        raise InputError(Problem("There is no outcome to compare.", do="Give one variable, or a list of them."))
    code = options.pop("code")
    found = [
        compare(survey, each, by, correction=correction, code=_own_code(survey, each, code), **options) for each in of
    ]
    p_values = [each.p_value for each in found]
    if correction == "max_t" and found:
        adjusted = _joint_p_values(survey, found, by, p_values)
    else:
        adjusted = adjust_p_values(p_values, correction)
    return Battery(tuple(replace(each, p_adjusted=p) for each, p in zip(found, adjusted, strict=True)), correction)


def _joint_p_values(survey: Survey, found: list[Comparison], by: str, p_values: list[float]) -> list[float]:
    columns = []
    for each in found:
        simple = each.effect_name in ("difference_in_means", "difference_in_shares", "probability_of_superiority")
        if not simple or each.adjusted_for or each.method in EXACT_METHODS:
            raise InputError(
                Problem(
                    f"The comparison of '{each.of}' ({each.method}) is no difference between two groups.",
                    do="Use correction='holm', or compare two groups with means, shares or ranks.",
                )
            )
        columns.append(_influence(survey, each, make_case(survey, each.of, by)))
    df = float(degrees_of_freedom(survey.design)) - 1
    return joint_p_values(survey.design, np.column_stack(columns), np.array(p_values), df)


def _influence(survey: Survey, found: Comparison, case: Case) -> Floats:
    """What each row does to the difference between the two groups; the weight is multiplied in."""
    used, weights = case.groups >= 0, survey.design.row_weights
    if found.effect_name == "probability_of_superiority":
        values = _ordered_values(survey, found.of)
        sign = np.array([1.0, 1.0])
        own = np.zeros(len(values))
        for at in (0, 1):
            here, other = case.groups == at, case.groups == 1 - at
            below = share_below(values[here], values[other], weights[other])
            own[here] = below if at else 1 - below
    else:
        sign = np.array([-1.0, 1.0])
        encoded = None if found.answer is None else survey.encoded(found.of)
        own = survey.numbers(found.of) if encoded is None else encoded.codes == encoded.levels.index(found.answer)
    codes, w, y = case.groups[used], weights[used], np.asarray(own, dtype=float)[used]
    size = np.bincount(codes, w)
    result = np.zeros(len(used))
    result[used] = sign[codes] * w * (y - (np.bincount(codes, w * y) / size)[codes]) / size[codes]
    return result


def _own_code(survey: Survey, of: str, code: Any) -> Any:
    """The answer asked for, for outcomes of a battery whose share is compared; the others have no use for it."""
    return code if survey.variable(of).kind == "nominal" else None


@dataclass(frozen=True, eq=False)
class Case:
    """What every comparison starts from: group codes without gaps (-1 for rows left out), and the levels."""

    of: str
    by: str
    groups: Integers
    levels: tuple[Any, ...]
    sizes: Integers


def make_case(survey: Survey, of: str, by: str) -> Case:
    """The groups of a comparison."""
    refuse_personal(survey, of)
    answered = survey.column(of).notna().to_numpy()
    encoded = survey.encoded(by)
    used = answered & (encoded.codes >= 0)
    if not survey.design.all_weighed:
        used &= survey.design.row_weights != 0
    everyone = bool(used.all())
    counts = np.bincount(encoded.codes if everyone else encoded.codes[used], minlength=len(encoded.levels))
    present = np.flatnonzero(counts)
    if len(present) < 2:
        raise InputError(
            Problem(
                f"'{by}' has {len(present)} group with an answer to '{of}'.",
                do="A comparison needs two groups: check the variable, or the subset.",
            )
        )
    if len(present) > 30:
        raise InputError(Problem(f"'{by}' has {len(present)} groups.", do="Merge groups, or use regress()."))
    levels = tuple(encoded.levels[at] for at in present)
    groups = encoded.codes
    if not everyone or len(levels) < len(encoded.levels):
        place = np.full(len(encoded.levels) + 1, -1, dtype=np.intp)
        place[present] = np.arange(len(present))
        groups = np.where(used, place[encoded.codes], -1).astype(np.intp)
    return Case(of, by, groups, levels, counts[present])


def doubt_small_groups(
    survey: Survey,
    case: Case,
    method: str,
    *,
    forms: Callable[[], list[VarianceForm]] | None = None,
    stacklevel: int = 3,
) -> None:
    """Say so when a test finds differences that are not there, and from how many answers on it keeps its level.

    ``forms`` makes those of the variance of an adjusted comparison.
    """
    smallest = int(np.argmin(case.sizes))
    size = int(case.sizes[smallest])
    group = f"Group {case.levels[smallest]} of '{case.by}'"
    if size < _FEW:
        said = f"{group} has fewer than {_FEW} answers: the p value and the interval are rough."
        warnings.warn(f"{said} {_way_out(survey, case, method, None)}", DoubtWarning, stacklevel=stacklevel)
        return
    found = _expected_false_positives(survey, case, method, forms)
    if found is None or found.rate <= MOST_FALSE:
        return
    often = f"where nothing is the matter, this test finds a difference at 5% in about {found.rate:.1%} of surveys"
    # The weights of a few answers say little about those of many: whole tens are precise enough.
    if found.counts:
        n = int(case.sizes.sum())
        said = (
            f"The weights were made to meet {found.counts} counts with {n:,} answers: {often}. "
            f"From about {10 * math.ceil(found.times * n / 10):,} answers in all on it keeps its level."
        )
    else:
        if len(case.levels) > 2:
            group = f"Of {len(case.levels)} groups of '{case.by}' the smallest, {case.levels[smallest]},"
        said = (
            f"{group} has {size} answers: {often}. From about {10 * math.ceil(found.times * size / 10):,} answers in "
            "the smallest group on it keeps its level."
        )
    warnings.warn(f"{said} {_way_out(survey, case, method, found)}", DoubtWarning, stacklevel=stacklevel)


def _way_out(survey: Survey, case: Case, method: str, found: _Expected | None) -> str:
    """What keeps its level with this number of groups, this kind of outcome and this kind of design."""
    model = method.endswith("regression")
    single = independent_rows(survey)
    if found is not None and found.jackknife and (found.counts or model):
        return "Compare replicate(survey, kind='jackknife') in place of the survey."
    if model:
        return "Merge groups, or hold fewer variables constant; method='welch' is for a comparison without adjust_for."
    if not single:
        made = "" if survey.design.replicates is None else ", or compare without replicates"
        return f"Merge groups{made}, or show the estimates without a test."
    two = len(case.levels) == 2
    if method in RANK_METHODS:
        advice = "Use method='brunner_munzel'"
        advice += "" if two else " for two groups at a time (subset), with adjust_p_values for their number"
    elif method in TABLE_METHODS and len(survey.encoded(case.of).levels) > 2:
        advice = "Use method='welch' with code=, for the share of one answer"
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
    survey: Survey, case: Case, method: str, forms: Callable[[], list[VarianceForm]] | None
) -> _Expected | None:
    """None where rows come in clusters, or replicates make the variance: what few answers do is then not known.

    A jackknife is known: it meets the counts anew in every replicate, and its means and models have no bias. Rank
    tests take ranks and residuals as they are, with replicates too.
    """
    design = survey.design
    jackknife = design.replicates is not None and design.replicates.kind == "made jackknife"
    if (design.replicates is not None and not jackknife) or design.stages[0].clusters is not None:
        return None
    counts = sum(number_of_counts(each) for each in design.calibrations)
    few = case.sizes.min() < _ENOUGH or counts * _ENOUGH_A_COLUMN > design.size
    if not few or case.sizes.min() < 2:
        return None
    df = float(degrees_of_freedom(design, case.groups >= 0) - len(case.levels) + 1)
    if not df > 0:
        return None
    groups = forms() if forms is not None else mean_forms(design.row_weights, case.groups)
    excess = _excess(survey, case, method)
    usual = false_positives(groups, df, excess=excess, unbiased=jackknife and method not in RANK_METHODS)
    found, cause = usual, 0
    if counts and not jackknife:
        found = false_positives(after_calibration(groups, design), df, excess=excess, plain=groups)
        cause = counts if usual[0] <= MOST_FALSE else 0
    keeps = usual[0] <= MOST_FALSE
    if not keeps and method not in RANK_METHODS:
        keeps = false_positives(groups, df, excess=excess, unbiased=True)[0] <= MOST_FALSE
    return _Expected(*found, counts=cause, jackknife=keeps)


def _excess(survey: Survey, case: Case, method: str) -> float:
    """The part of the false positives of means in small groups that a test suffers from."""
    if method in TABLE_METHODS:
        weights = survey.design.row_weights[case.groups >= 0]
        if np.allclose(weights, weights[0]):
            return 0.0  # the test is Pearson's: its design effect is known to be one
        return _TWO_ANSWERS if len(survey.encoded(case.of).levels) == 2 else _MORE_ANSWERS
    return {"binomial regression": _TWO_ANSWERS, "ordinal regression": _MORE_ANSWERS}.get(method, 1.0)


def _automatic(survey: Survey, of: str, number: int) -> str:
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


def _compare_table(
    survey: Survey, case: Case, method: str, effect: str | None, code: Any, ci_level: float
) -> Comparison:
    outcome = survey.encoded(case.of)
    used, columns, answers = case.groups >= 0, len(case.levels), len(outcome.levels)
    cell = np.empty(len(used), dtype=np.intp)
    counts = np.zeros(answers * columns + 1, dtype=np.intp)
    for at in row_blocks(len(used), len(counts)):
        here = np.where(used[at], outcome.codes[at] * columns + case.groups[at], -1)
        cell[at] = here
        counts += np.bincount(here + 1, minlength=len(counts))
    table = counts[1:].reshape(answers, columns)
    present = np.flatnonzero(table.sum(axis=1))
    if len(present) < 2:
        raise InputError(Problem(f"Everyone gives the same answer to '{case.of}': there is nothing to test."))
    if len(present) > 30:
        raise InputError(
            Problem(
                f"'{case.of}' has {len(present)} different answers: '{method}' needs answers from a short list.",
                do="Use method='t_test' or 'wilcoxon', or group the answers.",
            )
        )
    rows = len(present)
    if rows < answers:
        given = np.repeat(table.sum(axis=1) > 0, columns)
        cell = np.append(np.cumsum(given) - 1, -1)[cell]
    rare = _few_expected(table[present])
    everyone = Groups((), (), np.minimum(cell, 0), ((),))
    shares, _ = cell_shares(survey.design, cell, rows * columns, everyone)
    totals = None
    if method in ("wald", "adjusted_wald"):
        totals = cell_totals(survey.design, cell, rows * columns)
    # As in R the degrees of freedom are of the domain before rows without an answer are left out.
    test = table_test(
        shares.values, shares.covariance, totals, (rows, columns), len(survey),
        degrees_of_freedom(survey.design), method, ci_level,
    )  # fmt: skip
    answer = outcome.levels[present[-1]] if code is None else code
    two_shares = columns == 2 and (rows == 2 or code is not None)
    name = effect or ("difference_in_shares" if two_shares else "cramers_v")
    fitting = ("difference_in_shares", "risk_ratio", "odds_ratio", "cramers_v") if columns == 2 else ("cramers_v",)
    _fits(name, fitting, case.of)
    group_table = _group_shares(survey, case, used, answer if name != "cramers_v" else None, ci_level)
    if name == "cramers_v":
        size: Size = (test.cramers_v, test.ci_low, test.ci_high, test.smallest_detectable)
        values: tuple[float, ...] = ()
        answer = None
    else:
        size = share_effect(group_table, name, ci_level)
        values = tuple(float(value) for value in group_table.table["estimate"])
    found = _comparison(
        survey, case, method, (test.statistic, test.df, test.df_denominator, test.p_value), name, size, group_table,
        ci_level, answer, values,
    )  # fmt: skip
    return replace(found, smallest_expected=rare)


def _few_expected(counts: NDArray[np.intp]) -> float:
    """The smallest expected number of answers in a cell of the table; NaN when it is enough, or a group is small."""
    expected = float((counts.sum(axis=1)[:, None] * counts.sum(axis=0) / counts.sum()).min())
    return expected if expected < _FEW_EXPECTED and counts.sum(axis=0).min() >= _FEW else math.nan


def _doubt_few_expected(found: Comparison) -> None:
    """Say so when a cell of the table is expected to hold too few answers, and how many would be enough."""
    if math.isnan(found.smallest_expected):
        return
    enough = math.ceil(found.n * _FEW_EXPECTED / found.smallest_expected)
    warnings.warn(
        f"An answer to '{found.of}' is rare in a group of '{found.by}' ({found.smallest_expected:.1f} expected): the "
        f"p value is rough. With the same division {enough:,} answers in all are enough. Merge answers; or without "
        "weights use method='permutation' (for a share 'fisher').",
        DoubtWarning,
        stacklevel=3,
    )


def _compare_few(survey: Survey, case: Case, method: str, effect: str | None, code: Any, ci_level: float) -> Comparison:
    """A test whose variance and degrees of freedom know how few answers there are."""
    refuse_clusters(survey, method)
    if method == "welch":
        return _compare_by_welch(survey, case, effect, code, ci_level)
    if len(case.levels) != 2:
        raise InputError(
            Problem(
                f"'{case.by}' has {len(case.levels)} groups and '{method}' needs two.",
                do="Take a subset with two groups, or leave out method=.",
            )
        )
    name = "probability_of_superiority"
    _fits(effect or name, (name,), case.of)
    found = corrected_superiority(_ordered_values(survey, case.of), survey.design.row_weights, case.groups)
    error = math.sqrt(found.variance)
    low, high = _logit_limits(found.second, error, found.df, ci_level)
    size = (found.second, low, high, min(0.5 + detectable_gap(error, found.df, ci_level), 1.0))
    t = found.gap / error
    numbers = (t, found.df, math.nan, float(2 * stats.t.sf(abs(t), found.df)))
    return _comparison(survey, case, method, numbers, name, size, group_outcomes(survey, case, ci_level), ci_level)


def _compare_by_welch(survey: Survey, case: Case, effect: str | None, code: Any, ci_level: float) -> Comparison:
    used, weights = case.groups >= 0, survey.design.row_weights
    values, answer = _numbers_or_answer(survey, case, used, code)
    shares = answer is not None
    size: Size
    compared: tuple[float, ...] = ()
    if len(case.levels) > 2:
        _fits(effect or "eta_squared", ("eta_squared",), case.of)
        test = corrected_means(values, weights, case.groups, len(case.levels))
        numbers = (test.f, test.df, test.df_denominator, test.p_value)
        size = _eta_squared_size(_eta_squared(survey, values, case), test.f * test.df, test.df, ci_level)
        name = "eta_squared"
    else:
        name = "difference_in_shares" if shares else "difference_in_means"
        _fits(effect or name, (name,), case.of)
        found = corrected_gap(values, weights, case.groups)
        error = math.sqrt(found.variance)
        half, seen = t_quantile(ci_level, found.df) * error, detectable_gap(error, found.df, ci_level)
        size = (found.gap, found.gap - half, found.gap + half, seen)
        if shares:
            size = (found.gap, max(found.gap - half, -1.0), min(found.gap + half, 1.0), min(seen, 1.0))
        t = found.gap / error
        numbers = (t, found.df, math.nan, float(2 * stats.t.sf(abs(t), found.df)))
        compared = (found.first, found.second)
    groups = _group_shares(survey, case, used, answer, ci_level) if shares else group_outcomes(survey, case, ci_level)
    return _comparison(survey, case, "welch", numbers, name, size, groups, ci_level, answer, compared)


def _numbers_or_answer(survey: Survey, case: Case, used: Any, code: Any) -> tuple[Floats, Any]:
    """The numbers that are compared; for answers from a list 1 where the answer was given, and which answer that is."""
    if code is None and survey.variable(case.of).kind in ("number", "count"):
        return survey.numbers(case.of), None
    encoded = survey.encoded(case.of)
    answer = one_answer(encoded, used, case.of, code)
    return (encoded.codes == encoded.levels.index(answer)).astype(float), answer


def _logit_limits(share: float, error: float, df: float, ci_level: float) -> tuple[float, float]:
    """Limits of a probability on the logit scale; 0 to 1 where that has none."""
    if not (0 < share < 1 and error > 0):
        return 0.0, 1.0
    middle = math.log(share / (1 - share))
    half = t_quantile(ci_level, df) * error / (share * (1 - share))
    return float(special.expit(middle - half)), float(special.expit(middle + half))


def _compare_exactly(
    survey: Survey, case: Case, method: str, effect: str | None, code: Any, ci_level: float
) -> Comparison:
    refuse_design(survey, method)
    if method == "permutation":
        return _compare_by_permutation(survey, case, effect, code, ci_level)
    used = case.groups >= 0
    encoded = survey.encoded(case.of)
    answer, (yes, yes_other), p_value = two_by_two(encoded, case.groups, case.levels, case.of, method, code)
    n, n_other = (int(size) for size in case.sizes)
    _fits(effect or "difference_in_shares", ("difference_in_shares",), case.of)
    groups = _group_shares(survey, case, used, answer, ci_level)
    low, high = newcombe_interval(yes_other, n_other, yes, n, ci_level)
    size = (yes_other / n_other - yes / n, low, high, share_effect(groups, "difference_in_shares", ci_level)[3])
    numbers = (math.nan, math.nan, math.nan, p_value)
    values = (yes / n, yes_other / n_other)
    return _comparison(survey, case, method, numbers, "difference_in_shares", size, groups, ci_level, answer, values)


def _compare_by_permutation(survey: Survey, case: Case, effect: str | None, code: Any, ci_level: float) -> Comparison:
    """The effect and interval of the usual method, with the p value of a permutation test of the same differences."""
    usual = _automatic(survey, case.of, len(case.levels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)
        found = _by_method(survey, case, usual, effect, code, "weighted", ci_level)
    listed = usual in TABLE_METHODS
    ordered = None if listed else _ordered_values(survey, case.of)
    values = survey.encoded(case.of).codes if ordered is None else ordered
    kind = "codes" if listed else "ranks" if usual in RANK_METHODS else "numbers"
    p_value = permutation_test(np.asarray(values, dtype=float), case.groups, len(case.levels), kind)
    return replace(
        found, statistic=math.nan, df=math.nan, df_denominator=math.nan, p_value=p_value, method="permutation",
        smallest_expected=math.nan,
    )  # fmt: skip


def _compare_ranks(
    survey: Survey, case: Case, method: str, effect: str | None, ties: Ties, ci_level: float
) -> Comparison:
    values = _ordered_values(survey, case.of)
    used = case.groups >= 0
    df = float(degrees_of_freedom(survey.design, used))
    answers = make_answers(survey.design, values, case.groups, len(case.levels))
    test = rank_test(answers, df, method, ties)
    numbers = (test.statistic, test.df, test.df_denominator, test.p_value)
    group_table = group_outcomes(survey, case, ci_level)
    if len(case.levels) > 2:
        size = _eta_squared_size(test.rank_eta_squared, test.statistic, test.df, ci_level)
        return _comparison(survey, case, method, numbers, "rank_eta_squared", size, group_table, ci_level)
    _fits(effect or "probability_of_superiority", ("probability_of_superiority",), case.of)
    probability, spread = superiority(answers)
    error, degrees = math.sqrt(spread), df - 1
    low, high = _logit_limits(probability, error, degrees, ci_level)
    size = (probability, low, high, min(0.5 + detectable_gap(error, degrees, ci_level), 1.0))
    return _comparison(survey, case, method, numbers, "probability_of_superiority", size, group_table, ci_level)


def _compare_means(survey: Survey, case: Case, method: str, effect: str | None, ci_level: float) -> Comparison:
    values = measured(survey, case.of, _NO_NUMBERS)
    used = case.groups >= 0
    number = len(case.levels)
    if number > 2 and method in ("t_test", "ratio_of_means"):
        raise InputError(
            Problem(
                f"'{case.by}' has {number} groups and {method} needs two.",
                do="Use method='equal_means' or 'kruskal_wallis', or a subset with two groups.",
            )
        )
    degrees = float(degrees_of_freedom(survey.design, used)) - (number - 1)
    group_table = group_outcomes(survey, case, ci_level)
    means, covariance = group_table.table["estimate"].to_numpy(), group_table.covariance
    if group_table.statistic != "mean":
        parts = Groups((case.by,), (survey.encoded(case.by),), case.groups, tuple((at,) for at in range(number)))
        found = ratio_estimates(survey.design, np.where(used, values, 0.0)[:, None], None, parts)
        means, covariance = found.values, found.covariance
    contrast = np.hstack([-np.ones((number - 1, 1)), np.eye(number - 1)])
    gaps, spread = contrast @ means, contrast @ covariance @ contrast.T
    if not degrees > 0 or not np.diag(spread).min() > 0:
        raise InputError(
            Problem(
                f"There are too few clusters, or no differences within groups, to test '{case.of}'.",
                do="Show the estimates without a test.",
            )
        )
    if method == "equal_means":
        wald = wald_statistic(gaps, spread)
        f = wald / (number - 1)
        sizes = _eta_squared_size(_eta_squared(survey, values, case), wald, number - 1, ci_level)
        numbers = (f, float(number - 1), degrees, float(stats.f.sf(f, number - 1, degrees)))
        return _comparison(survey, case, method, numbers, "eta_squared", sizes, group_table, ci_level)
    first, second = (float(value) for value in means)
    gap, error = second - first, math.sqrt(float(spread[0, 0]))
    t = gap / error
    name = effect or ("ratio_of_means" if method == "ratio_of_means" else "difference_in_means")
    _fits(name, ("difference_in_means", "ratio_of_means", "standardised_difference"), case.of)
    quantile, seen = t_quantile(ci_level, degrees), detectable_gap(error, degrees, ci_level)
    if name == "ratio_of_means" or method == "ratio_of_means":
        if not min(first, second) > 0:
            raise InputError(
                Problem("A ratio needs two means above zero.", f"'{case.of}' by '{case.by}'", "Use method='t_test'.")
            )
        slopes = np.array([-1 / first, 1 / second])
        log_error = math.sqrt(float(slopes @ covariance @ slopes))
        log_ratio = math.log(second / first)
        if method == "ratio_of_means":
            t = log_ratio / log_error
    if name == "ratio_of_means":
        size = (
            second / first,
            math.exp(log_ratio - quantile * log_error),
            math.exp(log_ratio + quantile * log_error),
            math.exp(detectable_gap(log_error, degrees, ci_level)),
        )
    else:
        scale = _within_sd(survey, values, case) if name == "standardised_difference" else 1.0
        size = (gap / scale, (gap - quantile * error) / scale, (gap + quantile * error) / scale, seen / scale)
    numbers = (t, degrees, math.nan, float(2 * stats.t.sf(abs(t), degrees)))
    return _comparison(survey, case, method, numbers, name, size, group_table, ci_level, None, (first, second))


def _comparison(
    survey: Survey,
    case: Case,
    method: str,
    numbers: tuple[float, float, float, float],
    effect_name: str,
    size: Size,
    groups: EstimateTable,
    ci_level: float,
    answer: Any = None,
    values: tuple[float, ...] = (),
) -> Comparison:
    statistic, df, denominator, p_value = numbers
    if not math.isfinite(p_value):
        raise InputError(
            Problem(
                f"The test of '{case.of}' by '{case.by}' has no outcome: too little variation between clusters.",
                do="Merge groups or answers, or show the estimates without a test.",
            )
        )
    return Comparison(
        statistic, df, denominator, p_value, *size[:3], effect_name, size[3], method, case.of, case.by, groups,
        case.levels, int(case.sizes.sum()), ci_level, survey.codebook, survey.provenance, answer, values,
    )  # fmt: skip


def _fits(name: str, known: tuple[str, ...], of: str) -> None:
    if name not in known:
        raise InputError(
            Problem(
                f"The effect '{name}' does not fit '{of}' with this method.", do=f"Choose one of {', '.join(known)}."
            )
        )


def detectable_gap(error: float, df: float, ci_level: float) -> float:
    """The difference that a two-sided test finds with a chance of 80%, given its standard error."""
    return (t_quantile(ci_level, df) + float(stats.t.ppf(_POWER, df))) * error


def _group_shares(survey: Survey, case: Case, used: Any, answer: Any, ci_level: float) -> EstimateTable:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)  # small groups were named already
        return estimates.share(_used(survey, used), case.of, case.by, code=answer, ci_level=ci_level)


def group_outcomes(survey: Survey, case: Case, ci_level: float) -> EstimateTable:
    """Estimates of the outcome for each group: shares of answers, or means."""
    used = case.groups >= 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)
        if survey.variable(case.of).kind in ("ordinal", "nominal"):
            return estimates.share(_used(survey, used), case.of, case.by, ci_level=ci_level)
        return estimates.mean(_used(survey, used), case.of, case.by, ci_level=ci_level)


def _used(survey: Survey, used: Any) -> Survey:
    if used.all():
        return survey
    return replace(subset(survey, used), provenance=survey.provenance)


def share_effect(groups: EstimateTable, name: str, ci_level: float) -> Size:
    """Effect of two shares with its interval, from their joint covariance."""
    first, second = (float(value) for value in groups.table["estimate"])
    v = groups.covariance
    degrees = max(groups.df - 1, 0)
    quantile = t_quantile(ci_level, degrees)
    if name == "difference_in_shares":
        error = math.sqrt(max(v[0, 0] + v[1, 1] - 2 * v[0, 1], 0.0))
        gap = second - first
        low, high = max(gap - quantile * error, -1.0), min(gap + quantile * error, 1.0)
        return gap, low, high, min(detectable_gap(error, degrees, ci_level), 1.0)
    if not (0 < first < 1 and 0 < second < 1):
        raise InputError(Problem(f"A {name} needs shares between 0 and 1.", do="Use effect='difference_in_shares'."))
    odds = name == "odds_ratio"
    slopes = np.array([-1 / (first * (1 - first)), 1 / (second * (1 - second))] if odds else [-1 / first, 1 / second])
    error = math.sqrt(float(slopes @ v @ slopes))
    log = math.log(second / first) - (math.log((1 - second) / (1 - first)) if odds else 0.0)
    return (
        math.exp(log),
        math.exp(log - quantile * error),
        math.exp(log + quantile * error),
        math.exp(detectable_gap(error, degrees, ci_level)),
    )


def _ordered_values(survey: Survey, of: str) -> Floats:
    column = survey.column(of)
    if isinstance(column.dtype, pd.CategoricalDtype):
        if not column.cat.ordered:
            raise InputError(
                Problem(f"The answers to '{of}' have no order: a rank test does not fit.", do="Use 'rao_scott_f'.")
            )
        codes = survey.encoded(of).codes
        return np.where(codes < 0, np.nan, codes).astype(float)
    return measured(survey, of, _NO_NUMBERS)


def _within(survey: Survey, values: Floats, case: Case) -> tuple[float, float]:
    """Weighted sums of squares within groups and in all, over the sum of weights."""
    used = case.groups >= 0
    w, y, g = survey.design.row_weights[used], values[used], case.groups[used]
    weight = np.bincount(g, w)
    middle = np.bincount(g, w * y) / weight
    whole = float(w @ (y - (w @ y) / w.sum()) ** 2) / w.sum()
    return float(w @ (y - middle[g]) ** 2) / w.sum(), whole


def _within_sd(survey: Survey, values: Floats, case: Case) -> float:
    n = int(case.sizes.sum())
    return math.sqrt(_within(survey, values, case)[0] * n / (n - len(case.levels)))


def _eta_squared(survey: Survey, values: Floats, case: Case) -> float:
    within, whole = _within(survey, values, case)
    return 1 - within / whole


def _eta_squared_size(eta: float, wald: float, df: float, ci_level: float) -> Size:
    """Eta squared with the interval that belongs to its chi-square statistic."""
    low, high, enough = noncentral_interval(wald, df, ci_level)
    scale = eta / max(wald, float(stats.chi2.isf(1 - ci_level, df)) * 1e-6)
    return eta, low * scale, min(high * scale, 1.0), min(enough * scale, 1.0)
