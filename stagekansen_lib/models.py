"""Regression on survey data: linear, logistic, Poisson and ordinal, with design-based standard errors.

Agrees with R's ``svyglm``, ``svyolr`` and ``regTermTest``. Source: Binder (1983), doi:10.2307/1402588.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from stagekansen_lib import comparisons
from stagekansen_lib._arguments import said, some_names, some_share
from stagekansen_lib._chi_square_sums import saddlepoint_tail, wald_statistic
from stagekansen_lib._displays import readable, regression_html
from stagekansen_lib._false_positives import VarianceForm, model_form
from stagekansen_lib._fitting import Fit, fit_glm, fit_ordinal, inverse_link, link_slope
from stagekansen_lib._intervals import t_quantile
from stagekansen_lib.codebooks import Codebook
from stagekansen_lib.designs import degrees_of_freedom, row_blocks
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, did_you_mean
from stagekansen_lib.surveys import (
    Encoded,
    Provenance,
    Survey,
    few_levels,
    matching_answer,
    need_survey,
    refuse_personal,
)
from stagekansen_lib.variance import (
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
    Rows = Integers | slice

__all__ = ["FAMILIES", "Regression", "TermTest", "compare_adjusted", "regress"]

FAMILIES = ("gaussian", "binomial", "poisson", "ordinal")
# Combinations of answers up to this number are tried as classes of equal rows.
_MOST_CLASSES = 2_000_000

# A replicate in which some coefficient varies so many times as much as in all rows knows nothing of it but rounding.
_UNKNOWN = 1e8

_LINKS = {"gaussian": ("identity",), "binomial": ("logit", "probit"), "poisson": ("log",),
          "ordinal": ("logit", "probit")}  # fmt: skip


@dataclass(frozen=True, eq=False)
class TermTest:
    """Whether one or more terms add to a model.

    ``statistic`` is F ("wald") or the scaled difference in deviance ("likelihood_ratio").
    """

    terms: tuple[str, ...]
    method: str
    statistic: float
    df: float
    df_denominator: float
    p_value: float
    design_effects: tuple[float, ...] = ()

    def __repr__(self) -> str:
        return (
            f"{', '.join(self.terms)}: {self.method} {self.statistic:.4g} on {self.df:g} and "
            f"{self.df_denominator:g} df, p {self.p_value:.4g}"
        )


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a model: its name, the term it belongs to, and the parts it multiplies."""

    name: str
    term: str
    parts: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted model.

    Parameters
    ----------
    table : term, estimate, se, ci_low, ci_high, statistic, df, p_value. Terms read ``variable[code]``,
        ``(intercept)`` and, for an ordinal model, thresholds ``a|b``. Estimates are on the scale of the link.
    covariance : of the estimates, in the order of the rows.
    family, link, of, on : the model.
    n, missing : rows used, and rows left out for want of an answer.
    df : residual degrees of freedom.
    codebook, provenance : labels, and what a reader must know.
    """

    table: pd.DataFrame
    covariance: Floats
    family: str
    link: str
    of: str
    on: tuple[str, ...]
    n: int
    missing: int
    df: float
    ci_level: float
    codebook: Codebook
    provenance: Provenance
    fit: Fit
    columns: tuple[Column, ...]
    answers: tuple[Any, ...]
    _refit: Callable[[Sequence[str]], Regression]
    _binary: Callable[[], tuple[Floats, Floats]]
    _rows: pd.DataFrame
    _weights: Floats

    @property
    def coefficients(self) -> Floats:
        return self.table["estimate"].to_numpy()

    def test(self, *terms: str, method: str = "wald") -> TermTest:
        """Whether terms add to the model: "wald" (F) or "likelihood_ratio" (Rao and Scott's, saddlepoint tail).

        Raises
        ------
        InputError : a term is not in the model; no residual degrees of freedom.
        """
        known = list(dict.fromkeys(column.term for column in self.columns if column.term))
        for term in terms or ("",):
            if term not in known:
                raise InputError(Problem(f"Term '{term}' is not in the model.", do=did_you_mean(term, known)))
        at = [place for place, column in enumerate(self.columns) if column.term in terms]
        beta, spread = self.coefficients[at], self.covariance[np.ix_(at, at)]
        if not self.df > 0:
            raise InputError(Problem("The model has no residual degrees of freedom.", do="Use fewer terms."))
        if method == "wald":
            f = wald_statistic(beta, spread) / len(at)
            return TermTest(terms, method, f, len(at), self.df, float(stats.f.sf(f, len(at), self.df)))
        if method != "likelihood_ratio":
            raise InputError(Problem(f"method is {method!r}.", do="Choose 'wald' or 'likelihood_ratio'."))
        smaller = self._refit([term for term in known if term not in terms])
        naive = self.fit.inverse_information[np.ix_(at, at)]
        effects = np.sort(np.linalg.eigvals(np.linalg.solve(naive, spread)).real)[::-1]
        change = smaller.fit.deviance - self.fit.deviance
        p_value = saddlepoint_tail(change, effects, self.df)
        return TermTest(terms, method, change, len(at), self.df, p_value, tuple(float(each) for each in effects))

    def margins(self, of: str) -> pd.DataFrame:
        """Predicted outcomes for each answer to a variable, averaged over the respondents as they are.

        Each respondent is given the answer in turn and keeps all other answers; the weighted mean of the predictions
        is what the model expects if groups differed in nothing else that is in it. It is no effect of a change.

        Parameters
        ----------
        of : a variable in the model with answers from a list.

        Returns
        -------
        DataFrame : the variable, for an ordinal model ``code`` (every answer of the outcome), estimate, se, ci_low,
            ci_high, on the scale of the outcome (shares 0 to 1).

        Raises
        ------
        InputError : the variable is not in the model, or a number.

        Notes
        -----
        m = sum(w g(x' b)) / sum(w), with the variance of b by the delta method and the respondents as given (Stata's
        ``margins`` without ``vce(unconditional)``). Intervals of shares on the logit scale, of counts on the log scale.
        """
        levels = self._levels(of)
        rows, covariance, value = [], self.covariance, self.coefficients
        for level in levels:
            frame = self._rows.assign(
                **{of: pd.Series([level] * len(self._rows), index=self._rows.index, dtype=object)}
            )
            x = np.column_stack([_given_column(frame, column) for column in self.columns])
            averages = partial(self._averages, x)
            slopes = _slopes(averages, value)
            for place, estimate in enumerate(averages(value)):
                error = math.sqrt(max(float(slopes[place] @ covariance @ slopes[place]), 0.0))
                answer = {"code": self.answers[place]} if self.family == "ordinal" else {}
                rows.append({of: level, **answer, **self._with_interval(float(estimate), error)})
        return pd.DataFrame(rows)

    def _averages(self, x: Floats, coefficients: Floats) -> Floats:
        """Weighted means of the predictions: one, or one for each answer of an ordinal outcome."""
        weights = self._weights / self._weights.sum()
        p = x.shape[1]
        eta = x @ coefficients[:p]
        if self.family != "ordinal":
            return np.array([weights @ inverse_link(eta, self.link)])
        below = np.array([weights @ inverse_link(edge - eta, self.link) for edge in coefficients[p:]])
        return np.diff(np.concatenate([[0.0], below, [1.0]]))

    def _with_interval(self, estimate: float, error: float) -> dict[str, float]:
        half = t_quantile(self.ci_level, self.df) * error
        low, high = estimate - half, estimate + half
        if self.family == "poisson" and estimate > 0:
            low, high = (estimate * math.exp(sign * half / estimate) for sign in (-1, 1))
        if self.family in ("binomial", "ordinal") and 0 < estimate < 1:
            middle, slope = math.log(estimate / (1 - estimate)), estimate * (1 - estimate)
            low, high = (1 / (1 + math.exp(-(middle + sign * half / slope))) for sign in (-1, 1))
        return {"estimate": estimate, "se": error, "ci_low": low, "ci_high": high}

    def _levels(self, of: str) -> list[Any]:
        if of not in self._rows.columns:
            raise InputError(
                Problem(f"'{of}' is not in the model.", do=did_you_mean(of, [str(name) for name in self._rows.columns]))
            )
        if any(name == of and level is None for column in self.columns for name, level in column.parts):
            raise InputError(Problem(f"'{of}' is a number.", do="Use predict() for the values you choose."))
        present = self._rows[of].unique()
        dtype = self._rows[of].dtype
        if isinstance(dtype, pd.CategoricalDtype):
            return [level for level in dtype.categories if level in present]
        return sorted(present)

    def proportional_odds(self) -> TermTest:
        """Whether an ordinal model may use one coefficient for every threshold: a small p says it may not.

        Returns
        -------
        TermTest : a Wald test (F) of equal coefficients at all thresholds.

        Raises
        ------
        InputError : not an ordinal logit model without replicate weights; too few clusters.

        Notes
        -----
        Brant (1990), doi:10.2307/2532457: a logistic model at each threshold; here with the joint design-based
        covariance of all of them. Checked against Brant's own covariance in a sample without a design.
        """
        if self.family != "ordinal" or self.link != "logit":
            raise InputError(Problem("Only an ordinal model with a logit link has proportional odds."))
        slopes, covariance = self._binary()
        number, p = slopes.shape
        contrast = np.kron(np.hstack([-np.ones((number - 1, 1)), np.eye(number - 1)]), np.eye(p))
        gaps, spread = contrast @ slopes.ravel(), contrast @ covariance @ contrast.T
        df = len(gaps)
        denominator = self.df + len(self.coefficients) - 1 - slopes.size
        if not denominator > 0:
            raise InputError(Problem("There are too few clusters to check proportional odds.", do="Use fewer terms."))
        f = wald_statistic(gaps, spread) / df
        names = tuple(dict.fromkeys(column.term for column in self.columns))
        return TermTest(names, "proportional_odds", f, float(df), denominator, float(stats.f.sf(f, df, denominator)))

    def predict(self, at: pd.DataFrame | Mapping[str, Sequence[Any]]) -> pd.DataFrame:
        """Predicted means with standard errors and intervals, for given values of the variables in the model.

        Parameters
        ----------
        at : one column a variable of the model, one row a prediction.

        Returns
        -------
        DataFrame : the columns given, estimate, se, ci_low, ci_high, on the scale of the outcome. Not for an
            ordinal model.
        """
        if self.family == "ordinal":
            raise InputError(Problem("An ordinal model has no single mean to predict.", do="Show its coefficients."))
        if not isinstance(at, (pd.DataFrame, Mapping)):
            raise InputError(Problem(f"at is {said(at)}.", do='Give {"level": ["mbo", "hbo"]}, or a DataFrame.'))
        try:
            frame = pd.DataFrame(at)
        except ValueError:
            raise InputError(
                Problem(
                    "The values to predict for do not make a table.", do='Give lists of one length: {"level": ["mbo"]}.'
                )
            ) from None
        _refuse_unknown_answers(self, frame)
        x = np.column_stack([_given_column(frame, column) for column in self.columns])
        eta = x @ self.coefficients
        error = np.sqrt(np.einsum("ij,jk,ik->i", x, self.covariance, x))
        half = t_quantile(self.ci_level, self.df) * error
        return frame.assign(
            estimate=inverse_link(eta, self.link),
            se=error * link_slope(eta, self.link),
            ci_low=inverse_link(eta - half, self.link),
            ci_high=inverse_link(eta + half, self.link),
        )

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False, float_format=readable)}\n{self._line()}"

    def _repr_html_(self) -> str:
        return regression_html(self)

    def _line(self) -> str:
        parts = [f"{self.family} ({self.link}) regression of {self.of}", f"n {self.n:,}", f"residual df {self.df:g}"]
        if self.missing:
            parts.append(f"{self.missing} rows without an answer left out")
        if self.provenance.self_selected:
            parts.append("self-selected respondents: model margins")
        if self.provenance.synthetic:
            parts.append("synthetic data: not a finding")
        return "; ".join(parts)


def regress(
    survey: Survey,
    of: str,
    on: Sequence[str],
    *,
    family: str = "gaussian",
    link: str | None = None,
    code: Any = None,
    ci_level: float = 0.95,
) -> Regression:
    """A regression model with standard errors that follow the design.

    Parameters
    ----------
    survey : the survey.
    of : the outcome.
    on : variables; "a:b" adds an interaction, "a*b" both variables and their interaction. Numeric variables enter
        as they are, others as a column for each answer but the first (the reference).
    family : "gaussian" (linear), "binomial" (share of ``code``), "poisson" (counts) or "ordinal" (proportional odds).
    link : "logit" or "probit" for binomial and ordinal.
    code : for binomial: the answer that counts as yes; the last one when left out.
    ci_level : level of the intervals, 0 to 1.

    Returns
    -------
    Regression : see there.

    Raises
    ------
    InputError : an unknown variable, family or link; an outcome that does not fit; terms that follow from each
        other; no residual degrees of freedom; no convergence.

    Notes
    -----
    Pseudo maximum likelihood (Binder 1983). Residual degrees of freedom: clusters minus strata plus one minus the
    number of coefficients, as in R. Checked against R's ``svyglm`` and ``svyolr``.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"hours": [8.0, 6, 9, 5, 7], "year": [1, 1, 2, 2, 3]}))
    >>> regress(survey, of="hours", on=["year"]).table["term"].tolist()
    ['(intercept)', 'year']
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
    terms = _terms(on)
    variables = list(dict.fromkeys(part for term in terms for part in term.split(":")))
    if of in variables:
        raise InputError(Problem(f"'{of}' is both outcome and explanation.", do="Leave it out of on=."))
    y, answers = _outcome(survey, of, family, code)
    used = np.isfinite(y)
    if not survey.design.all_weighed:
        used &= survey.design.row_weights != 0
    for name in variables:
        refuse_personal(survey, name)
        used = used & survey.column(name).notna().to_numpy()
    if not used.any():
        raise InputError(Problem("Nobody has an answer to every variable in the model."))
    # Where all rows are used nothing is copied: with millions of them that is much of the time.
    rows: Rows = slice(None) if used.all() else np.flatnonzero(used).astype(np.intp)
    classes = _row_classes(survey, variables, y, rows)
    if classes is not None:
        first = _first_places(classes)
        rows = first if isinstance(rows, slice) else rows[first]
    columns, x = _columns(survey, terms, rows, intercept=family != "ordinal")
    _refuse_dependent(x, columns)
    outcome = y[rows]
    row_weights = survey.design.row_weights if used.all() else survey.design.row_weights[used]
    mean_weight = float(row_weights[row_weights > 0].mean())

    def fitted(weights: Floats, start: Floats | None = None, mean_weight: float | None = mean_weight) -> Fit:
        if family == "ordinal":
            return fit_ordinal(x, outcome.astype(np.intp), len(answers), weights, chosen, start, mean_weight)
        return fit_glm(x, outcome, weights, family, chosen, start, mean_weight)

    fit = fitted(row_weights if classes is None else np.asarray(np.bincount(classes, row_weights), dtype=float))
    covariance = _covariance(survey, used, classes, fit, fitted)
    names = [column.name for column in columns]
    if family == "ordinal":
        names += [f"{low}|{high}" for low, high in itertools.pairwise(answers)]
    df = float(degrees_of_freedom(survey.design, used) + 1 - len(names))
    if not df > 0:
        raise InputError(
            Problem(
                f"The model has {len(names)} coefficients and the design too few clusters for them.",
                do="Use fewer variables, or merge answers.",
            )
        )

    def refit(kept: Sequence[str]) -> Regression:
        smaller = _used_only(survey, used)
        return regress(smaller, of, kept, family=family, link=chosen, code=code, ci_level=ci_level)

    def binary() -> tuple[Floats, Floats]:
        return _binary_slopes(survey, used, x if classes is None else x[classes], y[used], len(answers))

    return Regression(
        _coefficient_table(names, fit.coefficients, covariance, df, ci_level), covariance, family, chosen, of,
        some_names("on", on), int(used.sum()), int((~used).sum()), df, ci_level, survey.codebook, survey.provenance,
        fit, tuple(columns), answers, refit, binary,
        survey.rows[variables] if used.all() else survey.rows.loc[used, variables], row_weights,
    )  # fmt: skip


def compare_adjusted(
    survey: Survey, of: str, by: str, adjust_for: list[str], *, code: Any = None, ci_level: float = 0.95
) -> comparisons.Comparison:
    """``compare`` with other variables held constant, by the model that fits the kind of the outcome.

    Two groups: the effect is a difference (numbers), a ratio of means (counts) or an odds ratio (answers from a
    list; for ordered answers the odds of a higher one). More groups: the test is of all groups together, and the
    effect that of the last group against the first.
    """
    kind = survey.variable(of).kind
    family = {"ordinal": "ordinal", "count": "poisson", "number": "gaussian"}.get(kind, "binomial")
    case = comparisons.make_case(survey, of, by)
    if family != "binomial" and code is not None:
        raise InputError(Problem(f"code= is for the share of an answer: '{of}' is compared by a {family} model."))
    if family == "binomial" and code is None and len(_present(survey, of)) != 2:
        raise InputError(
            Problem(
                f"'{of}' has {len(_present(survey, of))} answers without an order.",
                do="Compare the share of one answer: give code=.",
            )
        )
    found = regress(survey, of, [by, *adjust_for], family=family, code=code, ci_level=ci_level)
    place = np.where(_model_rows(survey, found), case.groups, -1)
    in_model = replace(case, groups=place, sizes=np.bincount(place[place >= 0], minlength=len(case.levels)))
    comparisons.doubt_small_groups(
        survey, in_model, f"{family} regression", forms=lambda: _variance_forms(survey, found, by), stacklevel=4
    )
    test = found.test(by)
    at = [place for place, column in enumerate(found.columns) if column.term == by][-1]
    row = found.table.iloc[at]
    statistic, df, denominator = test.statistic, test.df, test.df_denominator
    if test.df == 1:
        statistic, df, denominator = float(row["statistic"]), found.df, math.nan
    seen = comparisons.detectable_gap(float(row["se"]), found.df, ci_level)
    size = [float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"]), seen]
    name = {"gaussian": "difference_in_means", "poisson": "ratio_of_means", "binomial": "odds_ratio",
            "ordinal": "odds_ratio_higher"}[family]  # fmt: skip
    if family != "gaussian":
        size = [math.exp(value) for value in size]
    answer = found.answers[-1] if family == "binomial" else None
    check = math.nan
    if family == "ordinal" and survey.design.replicates is None:
        # Where a threshold model has no solution there is no check, and the comparison stands.
        with contextlib.suppress(InputError):
            check = found.proportional_odds().p_value
    groups = comparisons.group_outcomes(survey, case, ci_level)
    return comparisons.Comparison(
        statistic, df, denominator, test.p_value, size[0], size[1], size[2], name, size[3],
        f"{family} regression", of, by, groups, (case.levels[0], case.levels[-1]), found.n, ci_level,
        survey.codebook, survey.provenance, answer, adjusted_for=tuple(adjust_for), proportional_odds_p=check,
    )  # fmt: skip


def _model_rows(survey: Survey, found: Regression) -> Mask:
    """The rows of the survey that a model rests on."""
    answered = survey.rows[[found.of, *found._rows.columns]].notna().all(axis=1).to_numpy()
    return np.asarray(answered & (survey.design.row_weights != 0))


def _variance_forms(survey: Survey, found: Regression, by: str) -> list[VarianceForm]:
    """How the variance of the adjusted difference between two groups comes about, or those of each group's mean.

    An ordinal model is taken as a linear one: what matters is how few answers tell the groups apart.
    """
    rows = np.flatnonzero(_model_rows(survey, found))
    columns = [column for column in found.columns if column.parts]
    x = np.column_stack([np.ones(len(rows)), *(_given_column(found._rows, column) for column in columns)])
    w = found._weights / found._weights.mean()
    slope, variance = np.ones(len(rows)), np.ones(len(rows))
    if found.family in ("binomial", "poisson"):
        slope = link_slope(x @ found.coefficients, found.link)
        variance = slope  # with a logit and a log link
    inverse = np.linalg.inv((x * (w * slope**2 / variance)[:, None]).T @ x)
    place = [at + 1 for at, column in enumerate(columns) if column.term == by]
    if len(place) == 1:
        contrasts = [np.eye(x.shape[1])[place[0]]]
    else:
        average = np.average(x, axis=0, weights=w)
        average[place] = 0.0
        contrasts = [average, *(average + np.eye(x.shape[1])[at] for at in place)]
    return [model_form(rows, x, w, slope, variance, inverse, contrast) for contrast in contrasts]


def _terms(on: Sequence[str]) -> list[str]:
    terms: list[tuple[str, ...]] = []
    for item in [on] if isinstance(on, str) else some_names("on", on):
        parts = [part.strip() for part in item.replace(":", "*").split("*")]
        if not all(parts) or len(set(parts)) < len(parts):
            raise InputError(Problem(f"'{item}' is no term of a model.", do="Give 'a', 'a:b' or 'a*b' with two names."))
        if "*" in item:
            sizes = range(1, len(parts))
            terms += [chosen for size in sizes for chosen in itertools.combinations(parts, size)]
        terms.append(tuple(parts))
    # Main effects first, then interactions, as in R; "b:a" after "a:b" is the same term.
    kept: dict[frozenset[str], tuple[str, ...]] = {}
    for term in sorted(terms, key=len):
        kept.setdefault(frozenset(term), term)
    return [":".join(term) for term in kept.values()]


def _present(survey: Survey, name: str) -> tuple[Any, ...]:
    encoded = survey.encoded(name)
    return tuple(level for level, count in zip(encoded.levels, encoded.counts[:-1], strict=True) if count)


def _outcome(survey: Survey, of: str, family: str, code: Any) -> tuple[Floats, tuple[Any, ...]]:
    if family in ("gaussian", "poisson"):
        values = survey.numbers(of)
        known = values[np.isfinite(values)]
        if len(known) and (known == known[0]).all():
            raise InputError(Problem(f"Everyone gives the same answer to '{of}': there is nothing to explain."))
        if family == "poisson" and (values < 0).any():
            raise InputError(Problem(f"'{of}' has values below zero: not a count.", do="Use family='gaussian'."))
        return values, ()
    encoded = survey.encoded(of)
    present = _present(survey, of)
    if family == "binomial":
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
    if len(present) < 3:
        raise InputError(Problem(f"'{of}' has {len(present)} answers.", do="Use family='binomial'."))
    if survey.variable(of).kind == "nominal" and encoded.dtype != "category":
        warnings.warn(
            f"The answers to '{of}' have no order of their own: they are taken by alphabet. Give an ordered "
            "categorical, or a codebook.",
            DoubtWarning,
            stacklevel=3,
        )
    place = np.full(len(encoded.levels) + 1, np.nan)
    for at, level in enumerate(present):
        place[encoded.levels.index(level)] = at
    return place[encoded.codes], present


def _columns(survey: Survey, terms: list[str], rows: Rows, *, intercept: bool) -> tuple[list[Column], Floats]:
    columns = [Column("(intercept)", "", ())] if intercept else []
    number = len(survey.design.row_weights[rows])
    values: list[Floats] = [np.broadcast_to(1.0, number)] if intercept else []
    known = {frozenset(term.split(":")) for term in terms}
    for term in terms:
        pieces: list[tuple[list[str], list[tuple[str, Any]], Floats | None]] = [([], [], None)]
        names = term.split(":")
        for name in names:
            # As in R: an answer is left out as reference only when the term without this variable is in the model.
            rest = frozenset(names) - {name}
            parts = _variable_columns(survey, name, rows, reference=not rest or rest in known)
            pieces = [
                ([*labels, label], [*keys, key], column if before is None else before * column)
                for labels, keys, before in pieces
                for label, key, column in parts
            ]
        for labels, keys, column in pieces:
            columns.append(Column(":".join(labels), term, tuple(keys)))
            values.append(cast("Floats", column))
    x = np.empty((number, len(values)))
    for block in row_blocks(number):
        for at, column in enumerate(values):
            x[block, at] = column[block]
    return columns, x


def _variable_columns(
    survey: Survey, name: str, rows: Rows, *, reference: bool
) -> list[tuple[str, tuple[str, Any], Floats]]:
    """Columns of one variable: itself when it is a number, else one for each answer but the reference."""
    if _is_numeric(survey, name):
        return [(name, (name, None), survey.numbers(name)[rows])]
    encoded: Encoded = survey.encoded(name)
    codes = encoded.codes[rows]
    present = np.flatnonzero(np.bincount(codes, minlength=len(encoded.levels)))
    if len(present) < 2:
        raise InputError(Problem(f"Everyone in the model has the same answer to '{name}'.", do="Leave it out."))
    return [
        (f"{name}[{encoded.levels[at]}]", (name, encoded.levels[at]), (codes == at).astype(float))
        for at in present[int(reference) :]
    ]


def _is_numeric(survey: Survey, name: str) -> bool:
    column = survey.column(name)
    return survey.variable(name).kind in ("number", "count") and not isinstance(column.dtype, pd.CategoricalDtype)


def _row_classes(survey: Survey, variables: list[str], y: Floats, rows: Rows) -> Integers | None:
    """A class for each row used, the same for rows with the same answers to every variable in the model.

    None when there are so many different rows that fitting on classes would not be less work.
    """
    parts, size = [], 1
    for name in [*variables, ""]:
        if name and not _is_numeric(survey, name):
            encoded = survey.encoded(name)
            codes, number = encoded.codes[rows], len(encoded.levels)
        else:
            found = few_levels(survey.numbers(name)[rows] if name else y[rows])
            if found is None:
                return None
            codes, number = found[0], len(found[1])
        size *= number
        if size > _MOST_CLASSES:
            return None
        parts.append((codes, number))
    classes, counts = np.empty(len(parts[0][0]), dtype=np.intp), np.zeros(size, dtype=np.intp)
    for block in row_blocks(len(classes), size):
        flat = parts[0][0][block]
        for codes, number in parts[1:]:
            flat = flat * number + codes[block]
        classes[block] = flat
        counts += np.bincount(flat, minlength=size)
    present = counts > 0
    if 3 * int(present.sum()) > len(classes):
        return None
    place = np.cumsum(present) - 1
    for block in row_blocks(len(classes)):
        classes[block] = place[classes[block]]
    return classes


def _first_places(classes: Integers) -> Integers:
    """For each class the place of a row that is in it."""
    places = np.full(int(classes.max()) + 1, -1, dtype=np.intp)
    for rows in row_blocks(len(classes)):
        here = classes[rows]
        new = np.flatnonzero(places[here] < 0)[::-1]
        # Of rows of one class the last that is written stays: the first one.
        places[here[new]] = rows.start + new
        if places.min() >= 0:
            break
    return places


def _given_column(frame: pd.DataFrame, column: Column) -> Floats:
    result = np.ones(len(frame))
    for name, level in column.parts:
        if name not in frame.columns:
            raise InputError(Problem(f"The prediction needs a value of '{name}'."))
        values = frame[name].to_numpy()
        result = result * (values.astype(float) if level is None else (values == level).astype(float))
    return result


def _refuse_unknown_answers(model: Regression, frame: pd.DataFrame) -> None:
    """Stop when a prediction is asked for an answer that the model does not know, or for no number."""
    problems = []
    for name in dict.fromkeys(name for column in model.columns for name, _ in column.parts):
        if name not in frame.columns:
            continue
        levels = (
            None if (name, None) in {part for column in model.columns for part in column.parts} else model._levels(name)
        )
        if levels is None:
            values = pd.to_numeric(frame[name], errors="coerce")
            if not np.isfinite(values).all():
                problems.append(Problem(f"'{name}' needs a number in every row to predict for."))
        elif not frame[name].isin(levels).all():
            problems.append(Problem(f"'{name}' has an answer that is not in the model.", do=did_you_mean("", levels)))
    if problems:
        raise InputError(problems)


def _refuse_dependent(x: Floats, columns: list[Column]) -> None:
    if not x.shape[1]:
        return
    from scipy.linalg import qr

    products = x.T @ x
    size = np.maximum(np.sqrt(np.diag(products)), 1e-300)
    # The smallest singular value is a lower limit of the diagonal below: columns far from dependent need no more work.
    if x.shape[0] >= x.shape[1] and float(np.linalg.eigvalsh(products / np.outer(size, size))[0]) > 1e-8:
        return
    _, r, order = qr(x / size, mode="economic", pivoting=True)
    small = np.flatnonzero(np.abs(np.diag(r)) < 1e-9)
    if len(small) or x.shape[0] < x.shape[1]:
        at = int(order[small[0]]) if len(small) else -1
        raise InputError(
            Problem(
                f"'{columns[at].name}' follows from the other terms: its effect cannot be told apart.",
                do="Leave it out, or merge answers.",
            )
        )


def _covariance(survey: Survey, used: Mask, classes: Integers | None, fit: Fit, fitted: Callable[..., Fit]) -> Floats:
    design = survey.design
    whole = classes
    if classes is not None and not used.all():
        whole = np.full(len(used), -1, dtype=np.intp)
        whole[used] = classes
    if design.replicates is None and classes is not None and whole is not None:
        given = design.row_weights if used.all() else design.row_weights[used]
        weights = np.bincount(classes, given)[:, None]
        per_weight = np.divide(fit.influence, weights, out=np.zeros_like(fit.influence), where=weights > 0)
        return class_covariance(design, whole, per_weight)
    if design.replicates is None:
        influence = fit.influence
        if not used.all():
            influence = np.zeros((len(used), len(fit.coefficients)))
            influence[used] = fit.influence
        return linearised_covariance(design, influence)

    def coefficients(weights: Floats) -> Floats:
        # A replicate has a mean weight of its own; only the deviance depends on it.
        try:
            fits = [fitted(column, fit.coefficients, None) for column in weights.T]
        except np.linalg.LinAlgError:
            raise _rare_answer() from None
        spread = np.array([np.diag(each.inverse_information) for each in fits])
        if not (np.abs(spread) < _UNKNOWN * np.diag(fit.inverse_information)).all():
            raise _rare_answer()
        return np.vstack([each.coefficients for each in fits])

    if whole is not None:
        found = coefficients(replicate_sums(design, whole, len(fit.influence)).T)
    else:
        found = replicate_estimates(design, lambda weights: coefficients(weights[used]))
    return replicate_covariance(design, found, fit.coefficients)


def _rare_answer() -> InputError:
    return InputError(
        Problem(
            "An answer is so rare that a replicate has nobody who gave it: the model cannot be fitted there.",
            do="Merge rare answers, or leave that variable (or those respondents) out.",
        )
    )


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


def _slopes(function: Callable[[Floats], Floats], at: Floats) -> Floats:
    """Slopes of smooth functions by central differences; one row a function."""
    steps = 1e-5 * np.maximum(np.abs(at), 1.0)
    return np.column_stack(
        [(function(at + e) - function(at - e)) / (2 * step) for step, e in zip(steps, np.diag(steps), strict=True)]
    )


def _coefficient_table(
    names: list[str], coefficients: Floats, covariance: Floats, df: float, ci_level: float
) -> pd.DataFrame:
    error = np.sqrt(np.maximum(np.diag(covariance), 0))
    half = t_quantile(ci_level, df) * error
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
            "df": df,
            "p_value": 2 * stats.t.sf(np.abs(statistic), df),
        }
    )


def _used_only(survey: Survey, used: Mask) -> Survey:
    from stagekansen_lib.surveys import subset

    return survey if used.all() else subset(survey, used)
