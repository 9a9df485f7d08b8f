"""What a comparison gives: Comparison and Battery, as a table, in words and in a notebook."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from stagekansen_lib.comparison.sentences import comparison_sentence, size_writer
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.tables import EstimateTable, labelled_estimates
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.words import (
    frame_html,
    known_text,
    p_text,
    readable,
    variable_text,
    warning_lines,
)
from stagekansen_lib.wording import Language, chosen_language, number_text, say

__all__ = [
    "Battery",
    "Comparison",
    "Size",
    "battery_html",
    "comparison_html",
    "labelled_comparisons",
]


class Size(NamedTuple):
    """The size of an effect, its interval, and the smallest that would be found (None: no simple form)."""

    effect: float
    ci_low: float
    ci_high: float
    smallest_detectable: float | None


def labelled_comparisons(found: Sequence[Comparison], language: str | None = None) -> pd.DataFrame:
    """Comparisons in words, one row each."""
    import pandas as pd

    chosen = chosen_language(language)
    return pd.DataFrame([_comparison_row(one, chosen) for one in found])


def comparison_html(found: Comparison) -> str:
    """A Comparison for a notebook: the estimates of the groups, the sentence, and the method."""
    language = chosen_language()
    about = variable_text(found.codebook, found.of, language)
    shown = frame_html(labelled_estimates(found.groups, language), about, [])
    exact = math.isnan(found.statistic)
    line = "test_line" if not exact else "interval_line" if found.method == "welch" else "exact_line"
    degrees = "" if exact else number_text(found.df, language, decimals=0 if float(found.df).is_integer() else 1)
    method = say(
        f"tables.{line}",
        language,
        method=found.method,
        statistic=number_text(found.statistic, language, decimals=2),
        df=degrees,
        p=p_text(found.p_value, language),
    )
    return f"{shown}<p>{escape(found.sentence(language))}</p><p>{escape(method)}</p>"


def battery_html(found: Battery) -> str:
    """A Battery for a notebook."""
    language = chosen_language()
    line = say("tables.corrected", language, correction=found.correction)
    notes = warning_lines(found.comparisons[0].provenance, language) if found.comparisons else []
    return frame_html(labelled_comparisons(found.comparisons, language), "", [line, *notes])


def _comparison_row(found: Comparison, language: Language) -> dict[str, str]:
    write = size_writer(found, language)
    row: Mapping[str, str] = {
        "of": variable_text(found.codebook, found.of, language),
        "by": variable_text(found.codebook, found.by, language),
        "effect_kind": say(f"effects.{found.effect_name}", language),
        "effect": write(found.effect),
        "low": known_text(write, found.ci_low),
        "high": known_text(write, found.ci_high),
        "p": p_text(found.p_value, language).removeprefix("p = ").removeprefix("p "),
    }
    texts = {say(f"tables.{name}", language): text for name, text in row.items()}
    if found.p_adjusted is not None:
        adjusted = p_text(found.p_adjusted, language).removeprefix("p = ").removeprefix("p ")
        texts[say("tables.p_adjusted", language)] = adjusted
    seen = found.smallest_detectable
    texts[say("tables.detectable", language)] = "" if seen is None else write(seen)
    texts[say("tables.n", language)] = number_text(found.n, language)
    return texts


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
    doubts : what a reader must beware of, as keys of the sentences that say so: one for each DoubtWarning.
    sizes : for each group the number of answers, unweighted.
    weighting : "weighted_counts" (to known counts), "weighted" or "unweighted".
    questions, correction : of how many questions this is one, and how p values were corrected for that.
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
    doubts: tuple[str, ...] = ()
    sizes: tuple[tuple[Any, int], ...] = ()
    weighting: str = ""
    questions: int = 1
    correction: str = "none"

    @property
    def table(self) -> pd.DataFrame:
        """The comparison as one row."""
        return pd.DataFrame([_row(self)])

    def sentence(self, language: str | None = None) -> str:
        """The finding and its doubt in plain sentences: effect, interval, verdict, base, warnings.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
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
