"""Registered reports: counts so small that only exact intervals tell what they can mean.

They stand beside the index and never in it: who reports, to whom, and when, has another numerator and denominator.
Sources: Garwood (1936), doi:10.1093/biomet/28.3-4.437; Przyborowski and Wilenski (1940) for two rates; Fay (2010),
doi:10.1093/biostatistics/kxp050, for p values that fit an interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stagekansen_lib.arguments import said, some_number, some_share
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.words import ratio_writer
from stagekansen_lib.wording import chosen_language, number_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RateRatio", "Reports", "poisson_interval", "rate_ratio", "several_years"]

INTERVALS = ("exact", "mid_p")
METHODS = ("central", "minimum_likelihood", "mid_p")

# Ways to divide reports over years up to this number are all counted.
_MOST_WAYS = 2_000_000

# What is this near to the chance that was found counts as equal, as in R.
_ALIKE = 1 + 1e-7


def _count(name: str, value: Any) -> int:
    number = some_number(name, value, above=-1, do="Give a whole number from 0.")
    if number != int(number) or number < 0:
        raise InputError(Problem(f"{name} is {said(value)}.", do="Give a whole number from 0."))
    return int(number)


def _listed(name: str, given: Any) -> list[Any]:
    if isinstance(given, (str, Mapping)) or not isinstance(given, Iterable):
        raise InputError(Problem(f"{name} is {said(given)}.", do="Give a list of numbers."))
    return list(given)


def poisson_interval(count: int, level: float = 0.95, method: str = "exact") -> tuple[float, float]:
    """The expected numbers that fit a count of reports.

    Parameters
    ----------
    count : how many there were, a whole number from 0.
    level : of the interval, 0 to 1.
    method : "exact" (Garwood), or "mid_p" (shorter; holds the level on average).

    Returns
    -------
    tuple : low and high limit of the expected number. Divide by the population for a rate.

    Raises
    ------
    InputError : no whole number from 0; an unknown method; a level that is no share.

    Notes
    -----
    low: P(X >= count) = (1 - level)/2, high: P(X <= count) = (1 - level)/2, and low is 0 for a count of 0; with mid-p
    the chance of the count itself counts half. Checked against R's ``poisson.test`` and printed tables.

    Examples
    --------
    >>> tuple(round(limit, 3) for limit in poisson_interval(2))
    (0.242, 7.225)
    """
    from scipy import special

    k, share = _count("count", count), some_share("level", level, 0.95)
    if method not in INTERVALS:
        raise InputError(Problem(f"method is {said(method)}.", do=did_you_mean(method, INTERVALS)))
    tail = (1 - share) / 2
    # These are the quantiles of a gamma distribution; all distributions together take a page half a second to load.
    low = 0.0 if k == 0 else float(special.gammaincinv(k, tail))
    high = float(special.gammainccinv(k + 1, tail))
    if method == "exact":
        return low, high
    from scipy import stats

    def above(mean: float) -> float:
        return float(stats.poisson.sf(k, mean) + 0.5 * stats.poisson.pmf(k, mean)) - tail

    def below(mean: float) -> float:
        return float(stats.poisson.cdf(k - 1, mean) + 0.5 * stats.poisson.pmf(k, mean)) - tail

    # Half of the chance of the count is left out, so both limits lie within the exact ones.
    return (0.0 if k == 0 else _root(above, low, k + 1.0)), _root(below, max(k * 0.5, 1e-9), high + 1)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-14, rtol=1e-14))


@dataclass(frozen=True)
class RateRatio:
    """The ratio of two rates.

    Parameters
    ----------
    ratio, ci_low, ci_high : first rate over the second; infinite where the second is nought, NaN where both are.
    p_value : two-sided, by ``method``; 1 where nothing was reported at all.
    p_greater, p_less : one-sided, exact.
    counts, exposures, method, ci_level : what was asked.
    """

    ratio: float
    ci_low: float
    ci_high: float
    p_value: float
    p_greater: float
    p_less: float
    counts: tuple[int, int]
    exposures: tuple[float, float]
    method: str
    ci_level: float

    def sentence(self, language: str | None = None) -> str:
        """The ratio in words, with what would fit it as well."""
        chosen = chosen_language(language)
        words = {"first": number_text(self.counts[0], chosen), "second": number_text(self.counts[1], chosen)}
        if sum(self.counts) == 0:
            return say("reports.ratio_none", chosen)
        if self.counts[0] == 0 or self.counts[1] == 0:
            # The group without any has a rate that may be low, and the other is at least so many times as high.
            low = self.ci_low if self.counts[1] == 0 else 1 / self.ci_high
            more = "first" if self.counts[1] == 0 else "second"
            text = ratio_writer(low, math.inf, chosen)(low)
            shown = "shown" if self.ci_low > 1 or self.ci_high < 1 else "not_shown"
            parts = [say(f"reports.ratio_open_{more}", chosen, **words, low=text)]
            return " ".join([*parts, say(f"reports.ratio_{shown}", chosen)])
        write = ratio_writer(self.ci_low, self.ci_high, chosen)
        ends = {"ratio": write(self.ratio), "low": write(self.ci_low), "high": write(self.ci_high)}
        shown = "shown" if self.ci_low > 1 or self.ci_high < 1 else "not_shown"
        parts = [say("reports.ratio", chosen, **words, **ends)]
        if self.ratio < 1:
            back = {"ratio": write(1 / self.ratio), "low": write(1 / self.ci_high), "high": write(1 / self.ci_low)}
            parts.append(say("reports.ratio_reverse", chosen, **back))
        return " ".join([*parts, say(f"reports.ratio_{shown}", chosen)])


def rate_ratio(
    counts: Sequence[int], exposures: Sequence[float], method: str = "central", level: float = 0.95
) -> RateRatio:
    """Whether two rates of reports differ: of two periods, schools or groups.

    Parameters
    ----------
    counts : two whole numbers from 0.
    exposures : of whom they come: students, or students times years; above 0.
    method : "central" (twice the smaller tail, which fits the exact interval), "minimum_likelihood" (as R's
        ``poisson.test``, with the exact interval: the two can disagree) or "mid_p" (half the chance of what was found,
        in p value and interval).
    level : of the interval, 0 to 1.

    Returns
    -------
    RateRatio : see there.

    Raises
    ------
    InputError : not two counts and two exposures; an unknown method.

    Notes
    -----
    Given the sum, the first count is binomial with chance n1 / (n1 + n2) when the rates are equal. Checked against R's
    ``poisson.test``.

    Examples
    --------
    >>> found = rate_ratio([11, 21], [800, 3011])
    >>> round(found.ratio, 3), round(found.ci_low, 3), round(found.ci_high, 3)
    (1.971, 0.858, 4.277)
    """
    import numpy as np
    from scipy import stats

    if any(len(_listed(name, given)) != 2 for name, given in (("counts", counts), ("exposures", exposures))):
        raise InputError(Problem("A ratio is of two counts with their exposures.", do="Give two of each."))
    if method not in METHODS:
        raise InputError(Problem(f"method is {said(method)}.", do=did_you_mean(method, METHODS)))
    share = some_share("level", level, 0.95)
    first, second = (_count("A count", value) for value in counts)
    n1, n2 = (some_number("An exposure", value, above=0.0, do="Give a number above 0.") for value in exposures)
    whole, chance = first + second, n1 / (n1 + n2)
    if whole == 0:
        return RateRatio(math.nan, 0.0, math.inf, 1.0, 1.0, 1.0, (first, second), (n1, n2), method, share)
    own = stats.binom.pmf(first, whole, chance)
    less, greater = stats.binom.cdf(first, whole, chance), stats.binom.sf(first - 1, whole, chance)
    if method == "minimum_likelihood":
        every = np.asarray(stats.binom.pmf(np.arange(whole + 1), whole, chance))
        p_value = float(every[every <= own * _ALIKE].sum())
    else:
        half = own / 2 if method == "mid_p" else 0.0
        p_value = float(min(1.0, 2 * min(less - half, greater - half)))
    low, high = (_odds(end, n1, n2) for end in _binomial_ends(first, whole, (1 - share) / 2, mid=method == "mid_p"))
    ratio = math.inf if second == 0 else (first / n1) / (second / n2)
    return RateRatio(
        ratio, low, high, min(p_value, 1.0), float(greater), float(less), (first, second), (n1, n2), method, share
    )


def _odds(chance: float, n1: float, n2: float) -> float:
    return math.inf if chance >= 1 else chance / (1 - chance) * n2 / n1


def _binomial_ends(k: int, n: int, tail: float, *, mid: bool) -> tuple[float, float]:
    from scipy import stats

    low = 0.0 if k == 0 else float(stats.beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(stats.beta.isf(tail, k + 1, n - k))
    if not mid:
        return low, high

    def above(chance: float) -> float:
        return float(stats.binom.sf(k, n, chance) + 0.5 * stats.binom.pmf(k, n, chance)) - tail

    def below(chance: float) -> float:
        return float(stats.binom.cdf(k - 1, n, chance) + 0.5 * stats.binom.pmf(k, n, chance)) - tail

    nearly = 1 - 1e-14
    return (0.0 if k == 0 else _root(above, 1e-14, nearly)), (1.0 if k == n else _root(below, 1e-14, nearly))


@dataclass(frozen=True, eq=False)
class Reports:
    """Reports of several years together. It has no names and no persons, but counts under ten: for the team.

    Parameters
    ----------
    table : one row a year: year, count, exposure, rate, low, high (exact, of the rate).
    rate, low, high : of all years together.
    chisq, df, chisq_p, likelihood_ratio : whether the rates are equal, for large counts.
    p_equal : the exact p value that they are (by chance of what was found); ``p_equal_chisq`` orders by chi-square.
    trend_statistic, p_rising, p_falling, p_trend : exact, given the sum: the number of the year times its count.
    ci_level : of the intervals.
    """

    table: pd.DataFrame
    rate: float
    low: float
    high: float
    chisq: float
    df: int
    chisq_p: float
    likelihood_ratio: float
    p_equal: float
    p_equal_chisq: float
    trend_statistic: float
    p_rising: float
    p_falling: float
    p_trend: float
    ci_level: float

    def sentence(self, language: str | None = None) -> str:
        """How many reports, and which yearly numbers would fit them: in whole reports, as a reader counts them."""
        chosen = chosen_language(language)
        total, years = int(self.table["count"].sum()), len(self.table)
        low, high = (limit / years for limit in poisson_interval(total, self.ci_level))
        words = {
            "total": number_text(total, chosen), "years": number_text(years, chosen),
            "low": number_text(math.floor(low), chosen), "high": number_text(math.ceil(high), chosen),
        }  # fmt: skip
        parts = [say("reports.together" if years > 1 else "reports.one_year", chosen, **words)]
        if years > 1:
            parts.append(say("reports.differ" if self.p_equal < 0.05 else "reports.alike", chosen))
        parts.append(say("reports.not_counted", chosen))
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False)}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        language = chosen_language()
        heads = {name: say(f"reports.head_{name}", language) for name in ("year", "count", "exposure")}
        shown = self.table[list(heads)].rename(columns=heads)
        return f"{shown.to_html(index=False)}<p>{self.sentence(language)}</p>"


def several_years(
    counts: Sequence[int], exposures: Sequence[float], years: Sequence[Any] | None = None, level: float = 0.95
) -> Reports:
    """Reports of several years together: one exact rate, and whether the years differ or rise.

    Parameters
    ----------
    counts : reports of each year, the earliest first.
    exposures : students of each year, above 0.
    years : their names; 1, 2 and so on when left out.
    level : of the intervals, 0 to 1.

    Returns
    -------
    Reports : see there.

    Raises
    ------
    InputError : no years, or lists of other lengths; so many reports in so many years that exact tests would not end
        (more than two million ways to divide them).

    Notes
    -----
    Given their sum, the counts are multinomial when the rates are equal; every way to divide them is counted. Checked
    against R.

    Examples
    --------
    >>> found = several_years([2, 1, 4, 3], [4000, 4100, 4050, 3900], years=[2021, 2022, 2023, 2024])
    >>> round(found.p_equal, 3), found.sentence("en").split(".")[0]
    (0.534, '10 reports in 4 years fit an average of 1 to 5 a year')
    """
    import numpy as np
    import pandas as pd
    from scipy import special, stats

    share = some_share("level", level, 0.95)
    above = "Give a number above 0."
    k = np.array([_count("A count", value) for value in _listed("counts", counts)], dtype=float)
    n = np.array([some_number("An exposure", value, above=0.0, do=above) for value in _listed("exposures", exposures)])
    names = list(range(1, len(k) + 1)) if years is None else list(years)
    if not len(k) or not len(k) == len(n) == len(names):
        raise InputError(Problem("Each year needs a count and an exposure.", do="Give lists of the same length."))
    total = int(k.sum())
    if math.comb(total + len(k) - 1, len(k) - 1) > _MOST_WAYS:
        raise InputError(
            Problem(f"{total} reports in {len(k)} years are too many to count every way.", do="Use rate_ratio().")
        )
    ways = np.array(list(_compositions(total, len(k))), dtype=float)
    part = n / n.sum()
    chances = np.exp(special.gammaln(total + 1) - special.gammaln(ways + 1).sum(axis=1) + ways @ np.log(part))
    chances = chances / chances.sum()
    expected = total * part
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.nan_to_num((ways - expected) ** 2 / expected).sum(axis=1)
        likelihood = float(2 * special.xlogy(k, np.where(k > 0, k, 1) / expected).sum()) if total else 0.0
    places = np.arange(len(k), dtype=float)
    at = int(np.flatnonzero((ways == k).all(axis=1))[0])
    score, scores = float(places @ k), ways @ places
    rising = float(chances[scores >= score - 1e-9].sum())
    falling = float(chances[scores <= score + 1e-9].sum())
    limits = [poisson_interval(int(one), share) for one in k]
    table = pd.DataFrame(
        {
            "year": names, "count": k.astype(int), "exposure": n, "rate": k / n,
            "low": [low / size for (low, _), size in zip(limits, n, strict=True)],
            "high": [high / size for (_, high), size in zip(limits, n, strict=True)],
        }
    )  # fmt: skip
    low, high = poisson_interval(total, share)
    df = len(k) - 1
    return Reports(
        table, total / float(n.sum()), low / float(n.sum()), high / float(n.sum()), float(squares[at]), df,
        float(stats.chi2.sf(squares[at], df)) if df else math.nan, likelihood,
        float(chances[chances <= chances[at] * _ALIKE].sum()), float(chances[squares >= squares[at] - 1e-9].sum()),
        score, rising, falling, min(1.0, 2 * min(rising, falling)), share,
    )  # fmt: skip


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to divide a number over years."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)
