"""Regression on survey data: linear, logistic, Poisson and ordinal, with design-based standard errors.

Agrees with R's ``svyglm``, ``svyolr`` and ``regTermTest``. Source: Binder (1983), doi:10.2307/1402588.
"""

from __future__ import annotations

import itertools
import math
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special, stats

from stagekansen_lib.arguments import said, some_names, some_share
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, did_you_mean
from stagekansen_lib.estimation.cluster_variance import cluster_variance
from stagekansen_lib.estimation.few_clusters import check_variance, cluster_codes
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.estimation.variance import class_covariance, linearised_covariance
from stagekansen_lib.models.firth import fit_firth
from stagekansen_lib.models.fitting import Fit, fit_glm, fit_ordinal
from stagekansen_lib.models.formulas import Explained, Factor, factor_of, is_numeric, read_formula
from stagekansen_lib.models.model_columns import first_places, model_columns, refuse_dependent, row_classes
from stagekansen_lib.models.regressions import Regression
from stagekansen_lib.models.replicated import Spread, covariance_of_replicates, refuse_separated
from stagekansen_lib.models.ways import Way, as_fit, put_profiles
from stagekansen_lib.surveys.designs import Design, degrees_of_freedom
from stagekansen_lib.surveys.surveys import Survey, matching_answer, need_survey, refuse_personal, subset

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers, Mask, Rows


__all__ = ["FAMILIES", "present_answers", "regress"]


FAMILIES = ("gaussian", "binomial", "poisson", "ordinal")

# Models for which CR2 is known.
_CORRECTED = (("gaussian", "identity"), ("binomial", "logit"))

# What stands between the variables of a term; ** is a power.
_BETWEEN, _CROSSED = re.compile(r"(?<!\*)\*(?!\*)|:"), re.compile(r"(?<!\*)\*(?!\*)")

_LINKS = {"gaussian": ("identity",), "binomial": ("logit", "probit"), "poisson": ("log",),
          "ordinal": ("logit", "probit")}  # fmt: skip


def regress(
    survey: Survey,
    of: str,
    on: Sequence[str] | None = None,
    *,
    family: str = "gaussian",
    link: str | None = None,
    code: Any = None,
    ci_level: float = 0.95,
    variance: str = "design",
    penalty: str | None = None,
    interval: str = "wald",
    reference: Mapping[str, Any] | None = None,
) -> Regression:
    """A regression model with standard errors that follow the design.

    Parameters
    ----------
    survey : the survey.
    of : the outcome; or a formula, "hours ~ level * sex", and then ``on`` is left out. A formula may hold variables,
        C(x) (the answers to x as a list), I(x**2) (a power), interactions, and "- 1" (no intercept).
    on : variables; "a:b" adds an interaction, "a*b" both variables and their interaction, "I(x**2)" a power of a
        number (2 to 9), "C(x)" its values as a list. Numeric variables enter as they are, others as a column for each
        answer but the reference: the first one, or that of ``reference``.
    family : "gaussian" (linear), "binomial" (share of ``code``), "poisson" (counts) or "ordinal" (proportional odds).
    link : "logit" or "probit" for binomial and ordinal.
    code : for binomial: the answer that counts as yes; the last one when left out.
    ci_level : level of the intervals, 0 to 1.
    variance : "design", or "cr2" for few clusters: bias-reduced, for linear and logistic models, with Satterthwaite's
        degrees of freedom of each coefficient in the column ``df``; ``df`` of the model is the smallest of these.
    penalty : "firth" for a logistic model of a rare answer, or of one that everyone or nobody in a group gave; of
        respondents drawn one by one (no clusters), with standard errors of the model. With replicates each of them is
        penalised, and the standard errors are of the replicates; not where everyone or nobody in a group gave it.
    interval : "wald"; with the penalty also "profile": interval and p value from the penalised likelihood, to be
        preferred where an answer is rare.
    reference : for some variables the answer that the others are compared with, such as ``{"level": "hbo"}``.

    Returns
    -------
    Regression : see there.

    Raises
    ------
    InputError : an unknown variable, family or link; a formula that asks for what a model of a survey cannot carry;
        an outcome that does not fit; terms that follow from each other; no residual degrees of freedom; no convergence;
        "cr2" without clusters, or for another model; a penalty for another model, or with clusters.
    RefusedError : a variable that may point at a person.

    Notes
    -----
    Pseudo maximum likelihood (Binder 1983). Residual degrees of freedom: clusters minus strata plus one minus the
    number of coefficients, as in R. Checked against R's ``svyglm`` and ``svyolr``; a formula against statsmodels.
    "cr2" (Bell and McCaffrey 2002; Pustejovsky and Tipton 2018, doi:10.1080/07350015.2016.1247004) takes the weights as
    they are and the clusters of the first stage as drawn with replacement; checked against R's clubSandwich.
    A replicate without a finite solution (an answer that nobody in a bootstrap gave) is fitted with Firth's penalty,
    where the model is logistic; one in which a coefficient has nobody is left out. A DoubtWarning and the result say
    how many.
    "firth" (Firth 1993, doi:10.1093/biomet/80.1.27; Heinze and Schemper 2002, doi:10.1002/sim.1047) scales weights to
    add up to the answers; checked against R's brglm2 and logistf.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": [8.0, 6, 9, 5, 7], "year": [1, 1, 2, 2, 3]}))
    >>> regress(survey, of="hours", on=["year"]).table["term"].tolist()
    ['(intercept)', 'year']
    >>> regress(survey, "hours ~ year + I(year**2)").table["term"].tolist()
    ['(intercept)', 'year', 'I(year**2)']
    """
    need_survey(survey)
    some_share("ci_level", ci_level, 0.95)
    if not isinstance(of, str):
        raise InputError(Problem(f"of is {said(of)}.", do="Name one outcome: of='hours'."))
    if family not in FAMILIES:
        raise InputError(Problem(f"family is {family!r}.", do=did_you_mean(family, FAMILIES)))
    chosen = link or _LINKS[family][0]
    if chosen not in _LINKS[family]:
        raise InputError(Problem(f"link is {chosen!r}.", do=f"{family} takes {' or '.join(_LINKS[family])}."))
    asked = _with_references(survey, _explained(survey, of, on), reference)
    if not asked.intercept and (family == "ordinal" or not asked.terms):
        raise InputError(
            Problem("This model needs its intercept (thresholds, when ordinal).", do="Leave '- 1' out, or add a term.")
        )
    if asked.of in asked.variables:
        raise InputError(Problem(f"'{asked.of}' is both outcome and explanation.", do="Leave it out of on=."))
    check_variance(variance, survey.design)
    if variance == "cr2" and (family, chosen) not in _CORRECTED:
        raise InputError(
            Problem(
                f"variance='cr2' is for linear and logistic models, not for family='{family}' with link='{chosen}'.",
                do="Leave out variance=; for ordered answers compare() takes a linear model of their ranks.",
            )
        )
    way = Way(variance, penalty, interval)
    way.check(survey, family, chosen)
    return _fit_model(survey, asked, family, chosen, code, ci_level, way)


def _explained(survey: Survey, of: str, on: Sequence[str] | None) -> Explained:
    if "~" not in of or of in survey.rows.columns:
        if on is None:
            raise InputError(
                Problem("The model has no explanations.", do=f"Give on=['level'], or a formula: '{of} ~ level'.")
            )
        terms = tuple(tuple(factor_of(name) for name in term) for term in _terms(on))
        _check_powers(survey, terms)
        return Explained(of, terms)
    if on is not None:
        raise InputError(Problem("A formula names its explanations itself.", do="Leave out on=, or the formula."))
    return read_formula(survey, of)


def _check_powers(survey: Survey, terms: Iterable[tuple[Factor, ...]]) -> None:
    """Stop at a power of what is no number."""
    problems = [
        Problem(f"'{factor.name}' holds no numbers to take a power of.", do="Leave the power out.")
        for factor in itertools.chain(*terms)
        if factor.power > 1 and not is_numeric(survey, factor.name)
    ]
    if problems:
        raise InputError(problems)


def _with_references(survey: Survey, asked: Explained, given: Mapping[str, Any] | None) -> Explained:
    if given is None:
        return asked
    if not isinstance(given, Mapping):
        raise InputError(Problem(f"reference is {said(given)}.", do='Give {"level": "hbo"}.'))
    listed = {
        factor.name for term in asked.terms for factor in term
        if factor.as_answers or not is_numeric(survey, factor.name)
    }  # fmt: skip
    problems = [
        Problem(f"reference= names '{name}', which is no variable of the model with answers from a list.",
                do=did_you_mean(str(name), sorted(listed)))
        for name in given
        if name not in listed
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    return replace(asked, references=tuple(given.items()))


def _terms(on: Sequence[str]) -> list[tuple[str, ...]]:
    terms: list[tuple[str, ...]] = []
    for item in some_names("on", on):
        parts = [part.strip() for part in _BETWEEN.split(item)]
        if not all(parts) or len(set(parts)) < len(parts):
            raise InputError(Problem(f"'{item}' is no term of a model.", do="Give 'a', 'a:b' or 'a*b' with two names."))
        if _CROSSED.search(item):
            sizes = range(1, len(parts))
            terms += [chosen for size in sizes for chosen in itertools.combinations(parts, size)]
        terms.append(tuple(parts))
    # Main effects first, then interactions, as in R; "b:a" after "a:b" is the same term.
    kept: dict[frozenset[str], tuple[str, ...]] = {}
    for term in sorted(terms, key=len):
        kept.setdefault(frozenset(term), term)
    return list(kept.values())


def _fit_model(
    survey: Survey, asked: Explained, family: str, link: str, code: Any, ci_level: float, way: Way
) -> Regression:
    y, answers = _outcome(survey, asked.of, family, code)
    used = _rows_used(survey, asked.variables, y)
    # Where all rows are used nothing is copied: with millions of them that is much of the time.
    whole: Rows = slice(None) if used.all() else np.flatnonzero(used).astype(np.intp)
    rows, classes = whole, row_classes(survey, asked.variables, y, whole)
    if classes is not None:
        first = first_places(classes)
        rows = first if isinstance(whole, slice) else whole[first]
    columns, x = model_columns(survey, asked, rows, constant=asked.intercept and family != "ordinal")
    refuse_dependent(x, columns)
    outcome, row_weights = y[rows], survey.design.row_weights[whole]
    mean_weight = float((row_weights if survey.design.all_weighed else row_weights[row_weights > 0]).mean())

    def fitted(weights: Floats, start: Floats | None = None, mean_weight: float | None = mean_weight) -> Fit:
        if family == "ordinal":
            return fit_ordinal(x, outcome.astype(np.intp), len(answers), weights, link, start, mean_weight)
        return fit_glm(x, outcome, weights, family, link, start, mean_weight)

    names = [column.name for column in columns] + (_thresholds(answers) if family == "ordinal" else [])

    def every() -> Floats:
        return x if classes is None else x[classes]

    penalised = None if way.penalty is None else fit_firth(every(), y[whole], row_weights)
    summed = row_weights if classes is None else np.asarray(np.bincount(classes, row_weights), dtype=float)
    if penalised is not None:
        if survey.design.replicates is not None:
            refuse_separated(lambda: fitted(summed))
        fit = as_fit(penalised)
    else:
        fit = fitted(summed)

    def doubt() -> tuple[Spread, float | Floats]:
        """The covariance of the coefficients, and their degrees of freedom."""
        if penalised is not None and survey.design.replicates is None:
            return Spread(penalised.covariance), math.inf
        if way.variance == "cr2":
            covariance, each = _corrected(survey, used, every(), y[whole], row_weights, fit, family)
            return Spread(covariance), each
        df = _residual_df(survey, used, len(names))
        if survey.design.replicates is None:
            return Spread(_covariance(survey.design, used, classes, summed, fit)), df
        # A replicate has a mean weight of its own; only the deviance depends on it.
        return covariance_of_replicates(
            survey.design, used, classes, x, outcome, fit, lambda weights, start: fitted(weights, start, None),
            logistic=(family, link) == ("binomial", "logit"), penalty=penalised is not None,
        ), df  # fmt: skip

    spread, each = doubt()
    df = float(np.nanmin(each))

    def refit(kept: Sequence[str]) -> Regression:
        terms = tuple(term for term in asked.terms if ":".join(map(str, term)) in kept)
        if not terms and not asked.intercept:
            raise InputError(Problem("Without these terms the model is empty.", do="Test fewer terms."))
        smaller = survey if used.all() else subset(survey, used)
        return _fit_model(smaller, replace(asked, terms=terms), family, link, code, ci_level, way)

    def binary() -> tuple[Floats, Floats]:
        return _binary_slopes(survey, used, every(), y[used], len(answers))

    table = _coefficient_table(names, fit.coefficients, spread.covariance, each, ci_level)
    if penalised is not None and way.interval == "profile":
        put_profiles(table, penalised, ci_level)
    return Regression(
        table, spread.covariance, family, link, asked.of,
        tuple(":".join(map(str, term)) for term in asked.terms), int(used.sum()), int((~used).sum()), df, ci_level,
        survey.codebook, survey.provenance, fit, tuple(columns), answers, refit, binary,
        survey.rows[asked.variables] if used.all() else survey.rows.loc[used, asked.variables], row_weights, y[whole],
        way.penalty or way.variance, spread.penalised, spread.left_out,
    )  # fmt: skip


def _thresholds(answers: Sequence[Any]) -> list[str]:
    return [f"{low}|{high}" for low, high in itertools.pairwise(answers)]


def _residual_df(survey: Survey, used: Mask, coefficients: int) -> float:
    df = float(degrees_of_freedom(survey.design, used) + 1 - coefficients)
    if not df > 0:
        raise InputError(
            Problem(
                f"The model has {coefficients} coefficients and the design too few clusters for them.",
                do="Use fewer variables, or merge answers.",
            )
        )
    return df


def _rows_used(survey: Survey, variables: Sequence[str], y: Floats) -> Mask:
    """The rows with an answer to every variable in the model, and with a weight."""
    used = np.isfinite(y)
    if not survey.design.all_weighed:
        used &= survey.design.row_weights != 0
    for name in variables:
        refuse_personal(survey, name)
        used = used & survey.column(name).notna().to_numpy()
    if not used.any():
        raise InputError(Problem("Nobody has an answer to every variable in the model."))
    return np.asarray(used)


def present_answers(survey: Survey, name: str) -> tuple[Any, ...]:
    """The answers to a variable that somebody gave, in their order."""
    encoded = survey.encoded(name)
    return tuple(level for level, count in zip(encoded.levels, encoded.counts[:-1], strict=True) if count)


def _outcome(survey: Survey, of: str, family: str, code: Any) -> tuple[Floats, tuple[Any, ...]]:
    """The outcome as numbers, NaN where there is none, and the answers that these stand for."""
    if family == "binomial":
        return _yes_or_no(survey, of, code)
    if family == "ordinal":
        return _places(survey, of)
    values = survey.numbers(of)
    known = values[np.isfinite(values)]
    if len(known) and (known == known[0]).all():
        raise InputError(Problem(f"Everyone gives the same answer to '{of}': there is nothing to explain."))
    if family == "poisson" and (values < 0).any():
        raise InputError(Problem(f"'{of}' has values below zero: not a count.", do="Use family='gaussian'."))
    return values, ()


def _yes_or_no(survey: Survey, of: str, code: Any) -> tuple[Floats, tuple[Any, ...]]:
    encoded = survey.encoded(of)
    present = present_answers(survey, of)
    yes = present[-1] if code is None and len(present) == 2 else matching_answer(code, encoded.levels)
    if yes not in encoded.levels:
        raise InputError(
            Problem(
                f"'{of}' needs two answers, or one of them as code=.",
                do=did_you_mean(code, encoded.levels) if code is not None else "Give code=.",
            )
        )
    # The last place is that of a missing answer (-1).
    values = np.array([*(level == yes for level in encoded.levels), np.nan], dtype=float)
    no = next((level for level in present if level != yes), None)
    return values[encoded.codes], (no, yes)


def _places(survey: Survey, of: str) -> tuple[Floats, tuple[Any, ...]]:
    """The place of each answer in their order."""
    encoded = survey.encoded(of)
    present = present_answers(survey, of)
    if len(present) < 3:
        raise InputError(Problem(f"'{of}' has {len(present)} answers.", do="Use family='binomial'."))
    if survey.variable(of).kind == "nominal" and encoded.dtype != "category":
        warnings.warn(
            f"The answers to '{of}' have no order of their own: they are taken by alphabet. Give an ordered "
            "categorical, or a codebook.",
            DoubtWarning,
            stacklevel=5,
        )
    place = np.full(len(encoded.levels) + 1, np.nan)
    for at, level in enumerate(present):
        place[encoded.levels.index(level)] = at
    return place[encoded.codes], present


def _covariance(design: Design, used: Mask, classes: Integers | None, summed: Floats, fit: Fit) -> Floats:
    """The covariance of the coefficients by linearisation; ``summed`` has the weight of each row of the model."""
    if classes is not None:
        whole = classes
        if not used.all():
            whole = np.full(len(used), -1, dtype=np.intp)
            whole[used] = classes
        weights = summed[:, None]
        per_weight = np.divide(fit.influence, weights, out=np.zeros_like(fit.influence), where=weights > 0)
        return class_covariance(design, whole, per_weight)
    influence = fit.influence
    if not used.all():
        influence = np.zeros((len(used), len(fit.coefficients)))
        influence[used] = fit.influence
    return linearised_covariance(design, influence)


def _corrected(
    survey: Survey, used: Mask, x: Floats, y: Floats, weights: Floats, fit: Fit, family: str
) -> tuple[Floats, Floats]:
    """The CR2 covariance of the coefficients, and the degrees of freedom of each."""
    clusters = cluster_codes(survey.design)
    if clusters is None:
        raise ValueError("CR2 needs clusters")
    line, w = x @ fit.coefficients, weights / weights.mean()
    if family == "binomial":
        chance = special.expit(line)
        spread = chance * (1 - chance)
        found = cluster_variance(x * spread[:, None], w / spread, y - chance, clusters[used], spread)
    else:
        found = cluster_variance(x, w, y - line, clusters[used])
    return found.covariance, found.degrees


def _binary_slopes(survey: Survey, used: Mask, x: Floats, answers: Floats, number: int) -> tuple[Floats, Floats]:
    """Coefficients of a logistic model at each threshold (one row each), with their joint covariance."""
    if survey.design.replicates is not None:
        raise InputError(
            Problem(
                "The check of proportional odds does not know replicate weights.", do="Use the survey without them."
            )
        )
    weights = survey.design.row_weights[used]
    with_intercept = np.column_stack([np.ones(len(x)), x])
    fits = [
        fit_glm(with_intercept, (answers > at).astype(float), weights, "binomial", "logit") for at in range(number - 1)
    ]
    influence = np.zeros((len(used), (number - 1) * x.shape[1]))
    influence[used] = np.hstack([fit.influence[:, 1:] for fit in fits])
    return np.vstack([fit.coefficients[1:] for fit in fits]), linearised_covariance(survey.design, influence)


def _coefficient_table(
    names: list[str], coefficients: Floats, covariance: Floats, df: float | Floats, ci_level: float
) -> pd.DataFrame:
    error = np.sqrt(np.maximum(np.diag(covariance), 0))
    degrees = np.broadcast_to(df, len(names)).astype(float)
    half = np.array([t_quantile(ci_level, one) for one in degrees]) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = coefficients / error
    return pd.DataFrame(
        {
            "term": names,
            "estimate": coefficients,
            "se": error,
            "ci_low": coefficients - half,
            "ci_high": coefficients + half,
            "statistic": statistic,
            "df": degrees,
            "p_value": 2 * stats.t.sf(np.abs(statistic), degrees),
        }
    )
