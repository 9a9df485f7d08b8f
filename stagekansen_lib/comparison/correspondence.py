"""Correspondence tests (praktijktest): matched applications that differ in one thing, and who gets a reaction.

The standard field experiment on discrimination in hiring. A name, or another sign of a group, is assigned by chance,
so that a difference in reactions says something about the employers in the test, and about nobody else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import optimize, stats

from stagekansen_lib.arguments import said, some_share
from stagekansen_lib.comparison.sentences import level_text, tested_p_text
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.share_differences import share_difference_interval
from stagekansen_lib.surveys.words import extra_decimals, frame_html, precise_writer, ratio_writer, readable
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say, unit_text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CorrespondenceTest", "correspondence_test"]

# Names of groups that are given by counts of pairs alone.
_UNNAMED = ("first", "second")

_PAIRED = ("both", "first_only", "second_only", "neither")


@dataclass(frozen=True, eq=False)
class CorrespondenceTest:
    """How often two groups of applications got a positive reaction, compared.

    Parameters
    ----------
    groups : names of the two groups; the ratio and the difference are of the first against the second.
    positive, sent : positive reactions and applications of each group.
    ratio, ratio_low, ratio_high : call-back ratio with its interval; NaN when a group got no reaction. Pairs in which
        both applications always got the same reaction have a ratio of 1 without an interval (NaN).
    difference, difference_low, difference_high : difference of the shares (-1 to 1) with its interval.
    p_value : two-sided and exact: McNemar's test for pairs, Fisher's test without pairs.
    pairs : counts of pairs: both, first_only, second_only, neither; None without pairs.
    net_discrimination : (first_only - second_only) over the pairs with a reaction; None without pairs.
    method : the test and the intervals.
    ci_level : level of the intervals.
    synthetic : True when the data are made up; the sentence then says so first.
    """

    groups: tuple[str, str]
    positive: tuple[int, int]
    sent: tuple[int, int]
    ratio: float
    ratio_low: float
    ratio_high: float
    difference: float
    difference_low: float
    difference_high: float
    p_value: float
    pairs: dict[str, int] | None
    net_discrimination: float | None
    method: str
    ci_level: float
    synthetic: bool = False

    @property
    def table(self) -> pd.DataFrame:
        """One row an effect: effect, estimate, ci_low, ci_high, p_value."""
        rows = [
            ("ratio", self.ratio, self.ratio_low, self.ratio_high),
            ("difference", self.difference, self.difference_low, self.difference_high),
        ]
        return pd.DataFrame(rows, columns=["effect", "estimate", "ci_low", "ci_high"]).assign(p_value=self.p_value)

    def sentence(self, language: str | None = None) -> str:
        """The finding and its doubt: ratio, difference, verdict, base.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        chosen = chosen_language(language)
        words = self._words(chosen)
        tested, outside = self.p_value < 1 - self.ci_level, not self.difference_low <= 0 <= self.difference_high
        keys = [
            *self._ratio_keys(words),
            "rates_same" if self.difference == 0 else "rates",
            *(["found"] if tested else ["not_found", "no_proof"]),
            *([f"border{'' if tested else '_exact'}"] if tested != outside else []),
            ("unpaired" if self.pairs is None else "pairs") + ("_one" if max(self.sent) == 1 else ""),
        ]
        parts = [say("sentences.synthetic", chosen)] if self.synthetic else []
        return " ".join([*parts, *(say(f"correspondence.{key}", chosen, **words) for key in keys)])

    def _ratio_keys(self, words: dict[str, str]) -> list[str]:
        """The ratio with its interval, and the other way round when it is below 1; or why there is none."""
        if not math.isfinite(self.ratio):
            return ["no_ratio" if sum(self.positive) else "nobody"]
        if not math.isfinite(self.ratio_low):
            return ["no_discordant"]
        if self.difference == 0:
            return ["ratio_same"]
        return ["ratio", *(["reverse"] if self.ratio < 1 and words["ratio"] != words["reverse"] else [])]

    def _names(self, language: Language) -> dict[str, str]:
        """The groups; those of counted pairs have no name of their own."""
        if self.pairs is not None and self.groups == _UNNAMED:
            return {name: say(f"correspondence.{name}_group", language) for name in _UNNAMED}
        return dict(zip(_UNNAMED, self.groups, strict=True))

    def _words(self, language: Language) -> dict[str, str]:
        """The words that the sentences have room for."""
        first_n, second_n = (number_text(n, language) for n in self.sent)
        plain = ratio_writer(self.ratio_low, self.ratio_high, language)
        half = 100 * (self.difference_high - self.difference_low) / 2
        first, second = (100 * yes / n for yes, n in zip(self.positive, self.sent, strict=True))
        hundredths = precise_writer(half, language, least=1, finer=extra_decimals(second, first, half, 1))

        def points(value: float) -> str:
            return unit_text(hundredths(abs(100 * value)), "point", language)

        def limit(value: float) -> str:
            return f"{points(value)} {way(value)}" if hundredths(100 * value) != hundredths(0.0) else points(0.0)

        def way(value: float) -> str:
            return say("sentences.higher" if value > 0 else "sentences.lower", language)

        def rate(value: float) -> str:
            return f"{value:.0f}%" if value in (0, 100) else f"{hundredths(value)}%"

        def around(value: float) -> str:
            return plain(1 / value) if value > 0 else ""

        return {
            **self._names(language),
            "ratio": plain(self.ratio),
            "ratio_low": plain(self.ratio_low),
            "ratio_high": plain(self.ratio_high),
            "reverse": around(self.ratio),
            "reverse_low": around(self.ratio_high),
            "reverse_high": around(self.ratio_low),
            "first_rate": rate(first),
            "second_rate": rate(second),
            "gap": points(self.difference),
            "way": way(self.difference),
            "gap_low": limit(self.difference_low),
            "gap_high": limit(self.difference_high),
            "level": level_text(self.ci_level, language),
            "p": tested_p_text(self.p_value, language, self.ci_level),
            "n": first_n,
            "first_n": first_n,
            "second_n": second_n,
        }

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False, float_format=readable)}\n{self.method}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        language = chosen_language()
        frame = pd.DataFrame(
            {
                say("correspondence.group", language): list(self.groups),
                say("correspondence.sent", language): [number_text(n, language) for n in self.sent],
                say("correspondence.positive", language): [number_text(n, language) for n in self.positive],
                say("correspondence.rate", language): [
                    percent_text(yes / n, language, decimals=1) for yes, n in zip(self.positive, self.sent, strict=True)
                ],
            }
        )
        return frame_html(frame, say("correspondence.title", language), [self.sentence(language)])


def correspondence_test(
    applications: pd.DataFrame | None = None,
    *,
    reaction: str = "positive",
    group: str = "group",
    pair: str | None = None,
    reference: Any = None,
    counts: Mapping[str, Any] | None = None,
    ci_level: float = 0.95,
    synthetic: bool = False,
) -> CorrespondenceTest:
    """The call-back ratio and difference of two groups of applications, with intervals and an exact test.

    Parameters
    ----------
    applications : one row an application; or leave it out and give ``counts``.
    reaction : column with 1 or True for a positive reaction, else 0 or False.
    group : column with the two groups.
    pair : column with the vacancy, when each got one application of both groups; without it the applications count
        as independent.
    reference : the group that comes first in the ratio; the first in order when left out.
    counts : in place of rows. Pairs: ``{"both": 20, "first_only": 30, "second_only": 10, "neither": 140}``. Without
        pairs a group with its positive reactions and applications: ``{"majority": (235, 2435), "minority": (157,
        2435)}``, the first group first.
    ci_level : level of the intervals, 0 to 1.
    synthetic : True when the data are made up.

    Returns
    -------
    CorrespondenceTest : see there.

    Raises
    ------
    InputError : no rows or counts, or both; an unknown column; another number of groups than two; a reaction that is
        not 0 or 1; a pair without one application of each group.

    Notes
    -----
    Without pairs: log ratio, variance 1/x1 - 1/n1 + 1/x2 - 1/n2; difference by Newcombe (1998), Statistics in
    Medicine 17, 873-890, method 10; Fisher's exact test.
    Pairs, with b and c pairs in which only the first or only the second got a reaction and x1, x2 reactions in all:
    log ratio, variance (b + c) / (x1 x2); difference by the score interval of Tango (1998), Statistics in Medicine 17,
    891-908; McNemar's exact test, b out of b + c against a half.
    Checked against the call-backs of Bertrand and Mullainathan (2004), doi:10.1257/0002828042002561 (9.65% and 6.45%,
    ratio 1.50), the example of Newcombe, statsmodels, and a likelihood maximised numerically.

    Examples
    --------
    >>> found = correspondence_test(counts={"majority": (235, 2435), "minority": (157, 2435)})
    >>> round(found.ratio, 2), round(100 * found.difference, 1)
    (1.5, 3.2)
    """
    some_share("ci_level", ci_level, 0.95)
    if (applications is None) == (counts is None):
        raise InputError(Problem("Give rows (applications) or counts=, one of the two."))
    if counts is not None:
        found = _given_counts(counts)
    else:
        if not isinstance(applications, pd.DataFrame):
            raise InputError(Problem(f"applications is {said(applications)}.", do="Give a DataFrame, or counts=."))
        found = _counted(applications, reaction, group, pair, reference)
    compared = _paired if found.paired else _unpaired
    return compared(found.names, found.cells, ci_level, synthetic=synthetic)


@dataclass(frozen=True)
class _Counts:
    """Names of two groups and four counts: of pairs, or the reactions and applications of both groups in turn."""

    names: tuple[str, str]
    cells: tuple[int, ...]
    paired: bool


def _given_counts(counts: Mapping[str, Any]) -> _Counts:
    if not isinstance(counts, Mapping):
        raise InputError(Problem(f"counts is {said(counts)}.", do='Give {"a": (positive, applications), "b": (..)}.'))
    paired = set(counts) == set(_PAIRED)
    if paired:
        names, cells = _UNNAMED, [counts[name] for name in _PAIRED]
    elif len(counts) == 2 and all(isinstance(value, (tuple, list)) and len(value) == 2 for value in counts.values()):
        first, second = counts
        names, cells = (str(first), str(second)), [*counts[first], *counts[second]]
    else:
        raise InputError(
            Problem(
                "The counts are neither pairs nor two groups.",
                do='Give {"both": .., "first_only": .., "second_only": .., "neither": ..}, or for two groups {"a": '
                '(positive, applications), "b": (positive, applications)}.',
            )
        )
    _check_counts(cells, paired=paired)
    return _Counts(names, tuple(int(cell) for cell in cells), paired)


def _check_counts(cells: list[Any], *, paired: bool) -> None:
    whole = all(isinstance(cell, (int, np.integer)) and cell >= 0 for cell in cells)
    if not whole or (not paired and (cells[0] > cells[1] or cells[2] > cells[3])):
        raise InputError(Problem("A count must be a whole number of 0 or more, and no larger than its applications."))
    if sum(cells) == 0 or (not paired and 0 in (cells[1], cells[3])):
        raise InputError(Problem("There are no applications.", do="Each group needs at least one."))


def _counted(rows: pd.DataFrame, reaction: str, group: str, pair: str | None, reference: Any) -> _Counts:
    """The reactions of two groups, counted from rows; of pairs when a column names these."""
    _check_columns(rows, [reaction, group, *([] if pair is None else [pair])])
    values = pd.to_numeric(rows[reaction], errors="coerce")
    if not values.isin([0, 1]).all():
        raise InputError(Problem("A reaction must be 0 or 1.", f"column '{reaction}'"))
    first, second = _two_groups(rows, group, reference)
    of_first = (rows[group] == first).to_numpy()
    yes = values.to_numpy(dtype=int)
    names = (str(first), str(second))
    if pair is None:
        cells = (yes[of_first].sum(), of_first.sum(), yes[~of_first].sum(), (~of_first).sum())
        return _Counts(names, tuple(int(cell) for cell in cells), paired=False)
    places = rows[pair].to_numpy()
    one = pd.Series(yes[of_first], index=places[of_first])
    other = pd.Series(yes[~of_first], index=places[~of_first])
    if one.index.has_duplicates or other.index.has_duplicates or set(one.index) != set(other.index):
        raise InputError(
            Problem("A pair needs one application of each group.", f"column '{pair}'", "Mend it, or leave out pair=.")
        )
    pairs = list(zip(one, other.reindex(one.index), strict=True))
    return _Counts(names, tuple(pairs.count(kind) for kind in ((1, 1), (1, 0), (0, 1), (0, 0))), paired=True)


def _check_columns(rows: pd.DataFrame, wanted: list[str]) -> None:
    if not all(isinstance(name, str) for name in wanted):
        raise InputError(
            Problem("reaction, group and pair name columns.", do='Give texts, such as reaction="positive".')
        )
    problems = [
        Problem(f"There is no column '{name}'.", do=did_you_mean(name, [str(column) for column in rows.columns]))
        for name in wanted
        if name not in rows.columns
    ]
    if problems:
        raise InputError(problems)
    if rows[wanted].isna().any(axis=None):
        raise InputError(
            Problem("Some applications lack a reaction, a group or a pair.", do="Fill them in, or leave out the rows.")
        )


def _two_groups(rows: pd.DataFrame, group: str, reference: Any) -> tuple[Any, Any]:
    """The two groups, the one to compare with first."""
    known = sorted(rows[group].unique(), key=str)
    if len(known) != 2:
        raise InputError(Problem(f"There are {len(known)} groups and the test needs two.", f"column '{group}'"))
    if reference is not None and reference not in known:
        raise InputError(Problem(f"There is no group {reference!r}.", do=did_you_mean(reference, known)))
    first = known[0] if reference is None else reference
    return first, known[1] if first == known[0] else known[0]


def _unpaired(
    names: tuple[str, str], cells: tuple[int, ...], ci_level: float, *, synthetic: bool
) -> CorrespondenceTest:
    x1, n1, x2, n2 = cells
    low, high = share_difference_interval(x1, n1, x2, n2, ci_level)
    spread = 1 / x1 - 1 / n1 + 1 / x2 - 1 / n2 if x1 and x2 else math.nan
    p_value = float(stats.fisher_exact(np.array([[x1, n1 - x1], [x2, n2 - x2]]))[1])
    return CorrespondenceTest(
        names, (x1, x2), (n1, n2), *_ratio(x1 / n1, x2 / n2, spread, ci_level), x1 / n1 - x2 / n2, low, high,
        min(p_value, 1.0), None, None, "Fisher's exact test; log ratio; Newcombe interval", ci_level, synthetic,
    )  # fmt: skip


def _paired(names: tuple[str, str], cells: tuple[int, ...], ci_level: float, *, synthetic: bool) -> CorrespondenceTest:
    both, b, c, neither = cells
    n = sum(cells)
    x1, x2 = both + b, both + c
    spread = (b + c) / (x1 * x2) if x1 and x2 else math.nan
    ratio = _ratio(x1 / n, x2 / n, spread, ci_level)
    if b + c == 0:  # no pair tells the groups apart, and none tells how sure that is
        ratio = (ratio[0], math.nan, math.nan)
    p_value = float(stats.binomtest(b, b + c).pvalue) if b + c else 1.0
    low, high = tango_interval(b, c, n, ci_level)
    reactions = both + b + c
    return CorrespondenceTest(
        names, (x1, x2), (n, n), *ratio, (b - c) / n, low, high, p_value,
        dict(zip(_PAIRED, (both, b, c, neither), strict=True)), (b - c) / reactions if reactions else None,
        "McNemar's exact test; log ratio of pairs; Tango interval", ci_level, synthetic,
    )  # fmt: skip


def _ratio(first: float, second: float, spread: float, ci_level: float) -> tuple[float, float, float]:
    if not math.isfinite(spread):
        return math.nan, math.nan, math.nan
    half = float(stats.norm.isf((1 - ci_level) / 2)) * math.sqrt(spread)
    return first / second, first / second * math.exp(-half), first / second * math.exp(half)


def tango_interval(b: int, c: int, n: int, ci_level: float) -> tuple[float, float]:
    """Limits of the difference (b - c) / n in pairs: where the score test just rejects (Tango 1998)."""
    z = float(stats.norm.isf((1 - ci_level) / 2))

    def score(gap: float) -> float:
        """The score statistic of a difference, with the other share at its most likely value."""
        linear = -b - c + (2 * n - b + c) * gap
        likely = (math.sqrt(max(linear**2 + 8 * n * c * gap * (1 - gap), 0.0)) - linear) / (4 * n)
        variance = n * (2 * likely + gap * (1 - gap))
        top = b - c - n * gap
        return top / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, top) if top else 0.0

    def limit(wanted: float, edge: float, middle: float) -> float:
        gap: Callable[[float], float] = lambda at: score(at) - wanted  # noqa: E731
        if not gap(edge) * gap(middle) < 0:
            return edge
        return float(optimize.brentq(gap, edge, middle, xtol=1e-12))

    middle = (b - c) / n
    inside = 1 - 1e-12
    return (
        limit(z, -inside, middle) if middle > -1 else -1.0,
        limit(-z, inside, middle) if middle < 1 else 1.0,
    )
