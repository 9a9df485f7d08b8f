"""A regression as a result: coefficients, tests of terms, predictions and margins."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.chi_square_sums import saddlepoint_tail, wald_statistic
from stagekansen_lib.estimation.intervals import t_quantile
from stagekansen_lib.models.fitting import Fit, inverse_link, link_slope
from stagekansen_lib.models.margins import Margins, margins_of, shown_contrasts, shown_margins
from stagekansen_lib.models.model_columns import Column, given_column
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import matching_answer
from stagekansen_lib.surveys.words import (
    answer_text,
    frame_html,
    p_text,
    precise_writer,
    ratio_writer,
    readable,
    variable_text,
    warning_lines,
)
from stagekansen_lib.wording import Language, chosen_language, number_text, say

if TYPE_CHECKING:
    from statsmodels.iolib.summary import Summary

    from stagekansen_lib.arrays import Floats


__all__ = ["Regression", "TermTest", "regression_html"]


def regression_html(found: Regression) -> str:
    """A Regression for a notebook: terms in words; for odds and counts also how many times."""
    import pandas as pd

    language = chosen_language()
    book = found.codebook
    named = {column.name: _term_text(book, column.parts, language) for column in found.columns}
    times = found.link in ("logit", "log")
    rows = []
    for line in found.table.to_dict("records"):
        term = str(line["term"])
        shown = {say("tables.term", language): named.get(term) or say("tables.intercept", language)}
        if "|" in term and term not in named:
            low, high = (answer_text(book, found.of, code, language) for code in _threshold(found.answers, term))
            shown = {say("tables.term", language): f"{low} | {high}"}
        least, most = float(line["ci_low"]), float(line["ci_high"])
        write = precise_writer((most - least) / 2, language)
        for heading in ("estimate", "ci_low", "ci_high"):
            shown[say(f"tables.{heading}", language)] = write(float(line[heading]))
        if times:
            ratio = ratio_writer(_times(least), _times(most), language)
            shown[say("tables.times", language)] = ratio(_times(float(line["estimate"]))) if term in named else ""
        shown["p"] = p_text(line["p_value"], language).removeprefix("p = ").removeprefix("p ")
        rows.append(shown)
    caption = say(
        "tables.regression",
        language,
        of=variable_text(book, found.of, language),
        family=found.family,
        link=found.link,
        n=number_text(found.n, language),
    )
    return frame_html(pd.DataFrame(rows), caption, warning_lines(found.provenance, language))


def _times(logarithm: float) -> float:
    """How many times as much; without an end where the logarithm has none to speak of."""
    return math.exp(logarithm) if not logarithm > 700 else math.inf


def _term_text(book: Codebook, parts: Sequence[tuple[str, Any]], language: Language) -> str:
    said = [
        variable_text(book, name, language)
        if code is None
        else f"{variable_text(book, name, language)}: {answer_text(book, name, code, language)}"
        for name, code in parts
    ]
    return " × ".join(said)


def _threshold(answers: Sequence[Any], term: str) -> Iterator[Any]:
    for low, high in itertools.pairwise(answers):
        if f"{low}|{high}" == term:
            yield low
            yield high


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
    variance : "design", "cr2" or "firth".
    replicates_penalised, replicates_left_out : how many replicates had no finite solution and were fitted with Firth's
        penalty, and in how many a coefficient had nobody, so that they are left out of the variance.
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
    _outcome: Floats
    variance: str = "design"
    replicates_penalised: int = 0
    replicates_left_out: int = 0

    @property
    def coefficients(self) -> Floats:
        return self.table["estimate"].to_numpy()

    def test(self, *terms: str, method: str = "wald") -> TermTest:
        """Whether terms add to the model: "wald" (F) or "likelihood_ratio" (Rao and Scott's, saddlepoint tail).

        Raises
        ------
        InputError : a term is not in the model; no residual degrees of freedom.
        """
        at = self._places_of(terms)
        if not self.df > 0:
            raise InputError(Problem("The model has no residual degrees of freedom.", do="Use fewer terms."))
        if self.variance != "design" and (len(at) > 1 or method != "wald"):
            named = "variance='cr2'" if self.variance == "cr2" else "penalty='firth'"
            raise InputError(
                Problem(
                    f"With {named} one coefficient at a time is tested.",
                    do="Read its p value in the table, or use the model without it for several together.",
                )
            )
        if method == "likelihood_ratio":
            return self._likelihood_ratio(terms, at)
        if method != "wald":
            raise InputError(Problem(f"method is {method!r}.", do="Choose 'wald' or 'likelihood_ratio'."))
        f = wald_statistic(self.coefficients[at], self.covariance[np.ix_(at, at)]) / len(at)
        if self.variance != "design":
            row = self.table.iloc[at[0]]
            return TermTest(terms, method, f, 1, float(row["df"]), float(row["p_value"]))
        return TermTest(terms, method, f, len(at), self.df, float(stats.f.sf(f, len(at), self.df)))

    def _likelihood_ratio(self, terms: tuple[str, ...], at: list[int]) -> TermTest:
        smaller = self._refit([term for term in self._terms() if term not in terms])
        naive, spread = self.fit.inverse_information[np.ix_(at, at)], self.covariance[np.ix_(at, at)]
        effects = np.sort(np.linalg.eigvals(np.linalg.solve(naive, spread)).real)[::-1]
        change = smaller.fit.deviance - self.fit.deviance
        p_value, each = saddlepoint_tail(change, effects, self.df), tuple(float(effect) for effect in effects)
        return TermTest(terms, "likelihood_ratio", change, len(at), self.df, p_value, each)

    def _terms(self) -> list[str]:
        return list(dict.fromkeys(column.term for column in self.columns if column.term))

    def _places_of(self, terms: tuple[str, ...]) -> list[int]:
        known = self._terms()
        unknown = [term for term in terms or ("",) if term not in known]
        if unknown:
            raise InputError(
                Problem(f"Term '{term}' is not in the model.", do=did_you_mean(term, known)) for term in unknown
            )
        return [place for place, column in enumerate(self.columns) if column.term in terms]

    def margins(self, of: str, *, contrast: bool = False, reference: Any = None) -> pd.DataFrame:
        """Predicted outcomes for each answer to a variable, averaged over the respondents as they are.

        Each respondent is given the answer in turn and keeps all other answers; the weighted mean of the predictions
        is what the model expects if groups differed in nothing else that is in it. It is no effect of a change.

        Parameters
        ----------
        of : a variable in the model with answers from a list.
        contrast : True for differences in place of the outcomes: each answer minus the reference. For shares these
            are adjusted differences in points (-1 to 1), which an odds ratio is not.
        reference : the answer to subtract; the first one when left out.

        Returns
        -------
        DataFrame : the variable, for an ordinal model ``code`` (every answer of the outcome), estimate, se, ci_low,
            ci_high, on the scale of the outcome (shares 0 to 1). With ``contrast`` also ``against`` (the reference) and
            p_value, two-sided and not corrected: see ``pairwise`` for that.

        Raises
        ------
        InputError : the variable is not in the model, or a number; a reference that nobody in the model has.

        Notes
        -----
        m = sum(w g(x' b)) / sum(w), with the variance of b by the delta method and the respondents as given (Stata's
        ``margins`` without ``vce(unconditional)``). Intervals of shares on the logit scale, of counts on the log scale;
        those of differences are estimate and t quantile times se, with the df of the model. Checked against statsmodels
        and against the differences of shares of a model of groups alone.
        """
        found = self.margin_estimates(of)
        if not contrast and reference is not None:
            raise InputError(Problem("reference= is what differences are from.", do="Give contrast=True too."))
        if not contrast:
            return shown_margins(found)
        chosen = found.levels[0] if reference is None else matching_answer(reference, found.levels)
        if chosen not in found.levels:
            raise InputError(
                Problem(f"Nobody in the model has {reference!r} at '{of}'.", do=did_you_mean(reference, found.levels))
            )
        return shown_contrasts(found, chosen)

    def margin_estimates(self, of: str) -> Margins:
        """The margins of one variable with their joint covariance, for whoever combines them."""
        return margins_of(
            of, self._levels(of), self._rows, self._weights, self.columns, self.coefficients, self.covariance,
            self.family, self.link, self.answers, self.df, self.ci_level,
        )  # fmt: skip

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
        x = np.column_stack([given_column(frame, column) for column in self.columns])
        eta = x @ self.coefficients
        error = np.sqrt(np.einsum("ij,jk,ik->i", x, self.covariance, x))
        half = t_quantile(self.ci_level, self.df) * error
        return frame.assign(
            estimate=inverse_link(eta, self.link),
            se=error * link_slope(eta, self.link),
            ci_low=inverse_link(eta - half, self.link),
            ci_high=inverse_link(eta + half, self.link),
        )

    def summary(self, language: str | None = None) -> Summary:
        """The model in the form that users of statsmodels know, with the design-based numbers of ``table``.

        Parameters
        ----------
        language : "nl" or "en"; the chosen language when left out.

        Returns
        -------
        Summary : prints itself; ``as_text``, ``as_html``, ``as_latex`` and ``as_csv`` give it for a report.
        """
        return _summary(self, chosen_language(language))

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False, float_format=readable)}\n{self._line()}"

    def _repr_html_(self) -> str:
        return regression_html(self)

    def _line(self) -> str:
        parts = [f"{self.family} ({self.link}) regression of {self.of}", f"n {self.n:,}", f"residual df {self.df:g}"]
        if self.missing:
            parts.append(f"{self.missing} rows without an answer left out")
        if self.replicates_penalised:
            parts.append(f"{self.replicates_penalised} replicates without a finite solution penalised")
        if self.replicates_left_out:
            parts.append(f"{self.replicates_left_out} replicates left out")
        if self.provenance.self_selected:
            parts.append("self-selected respondents: model margins")
        if self.provenance.synthetic:
            parts.append("synthetic data: not a finding")
        return "; ".join(parts)


def _refuse_unknown_answers(model: Regression, frame: pd.DataFrame) -> None:
    """Stop when a prediction is asked for an answer that the model does not know, or for no number."""
    problems = []
    numbers = {name for column in model.columns for name, level in column.parts if level is None}
    for name in model._rows.columns.intersection(frame.columns):
        levels = [] if name in numbers else model._levels(name)
        if name in numbers:
            if not np.isfinite(pd.to_numeric(frame[name], errors="coerce")).all():
                problems.append(Problem(f"'{name}' needs a number in every row to predict for."))
        elif not frame[name].isin(levels).all():
            problems.append(Problem(f"'{name}' has an answer that is not in the model.", do=did_you_mean("", levels)))
    if problems:
        raise InputError(problems)


def _summary(found: Regression, language: Language) -> Summary:
    """Coefficients in the form of a summary of statsmodels, under a head of names and values."""
    from statsmodels.iolib.summary import Summary, summary_params
    from statsmodels.iolib.table import SimpleTable
    from statsmodels.iolib.tableformatting import fmt_2cols

    counts = {"n": number_text(found.n, language), "missing": number_text(found.missing, language)}
    left, right = (
        SimpleTable(
            [[value] for value in values.values()],
            stubs=[f"{space}{say(f'regressions.{key}', language)}" for key in values],
            title=say("regressions.title", language),
            txt_fmt=fmt_2cols,
        )
        for space, values in (
            ("", {"of": found.of, "family": found.family, "link": found.link}),
            ("  ", {**counts, "df": f"{found.df:g}"}),
        )
    )
    left.extend_right(right)
    columns = (found.table[name].to_numpy() for name in ("estimate", "se", "statistic", "p_value"))
    limits = found.table[["ci_low", "ci_high"]].to_numpy()
    coefficients = summary_params(
        (None, *columns, limits), yname=found.of, xname=list(found.table["term"]), alpha=round(1 - found.ci_level, 12)
    )
    summary = Summary()
    summary.tables += [left, coefficients]
    summary.add_extra_txt([say("regressions.note", language), *warning_lines(found.provenance, language)])
    return summary
