"""An interrupted series: did the level or the slope of a line of figures change when something began?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import said, some_number, some_share
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.words import frame_html, limit_decimals, precise_writer, readable
from stagekansen_lib.waves.change_results import verdict_of
from stagekansen_lib.waves.wald import Made, combined
from stagekansen_lib.wording import chosen_language, number_text, say

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["LEAST_POINTS", "InterruptedSeries", "interrupted_series"]

# Points on either side of the start, below which the method is no method.
LEAST_POINTS = 8

_TERMS = ("intercept", "slope_before", "level_change", "slope_change")
_COMPARED = ("intercept", "slope", "group", "level_change_of_comparison", "slope_change_of_comparison", "group_slope",
             "level_change", "slope_change")  # fmt: skip


@dataclass(frozen=True, eq=False)
class InterruptedSeries:
    """A series of figures before and after a start.

    Parameters
    ----------
    table : one row a term, estimate, se (Newey-West), ci_low, ci_high, p_value, df, ordinary_se. "level_change" is the
        step at the first point after the start, "slope_change" what the slope a point changed; with a comparison
        series both are those of the series minus those of the comparison.
    covariance : of the terms, in the order of the rows.
    n, before, after : points in all and on either side (of one series).
    lags : of the Newey-West errors.
    serial : durbin_watson, lag1, ljung_box_1 and ljung_box_3 of the residuals of the series, and sigma.
    of, compare : the series.
    ci_level : of the intervals.
    """

    table: pd.DataFrame
    covariance: Floats
    n: int
    before: int
    after: int
    lags: int
    serial: Mapping[str, float]
    of: str
    compare: str | None
    ci_level: float
    _start: float = field(default=0.0, repr=False)

    def _row(self, term: str) -> int:
        return self.table["term"].tolist().index(term)

    def effect(self, points: float = 0) -> Made:
        """The effect so many points after the first point after the start: level change + points x slope change.

        Parameters
        ----------
        points : 0 for the first point after the start, 1 for the next.

        Raises
        ------
        InputError : no number.
        """
        some_number("points", points, above=-1)
        return self._combined({"level_change": 1.0, "slope_change": float(points)})

    def slope_after(self) -> Made:
        """The slope a point after the start; of the series without a comparison."""
        if self.compare is not None:
            return self._combined({"slope": 1, "slope_change_of_comparison": 1, "group_slope": 1, "slope_change": 1})
        return self._combined({"slope_before": 1.0, "slope_change": 1.0})

    def without(self, points: float = 0) -> float:
        """Where the line before would have been, so many points after the first one; of a series without comparison."""
        if self.compare is not None:
            raise InputError(Problem("With a comparison the line before is not carried on.", do="Leave compare= out."))
        values = self.table["estimate"].to_numpy()
        return float(values[0] + values[1] * (self._start + points))

    def _combined(self, weights: dict[str, float]) -> Made:
        contrast = np.zeros(len(self.table))
        for term, weight in weights.items():
            contrast[self._row(term)] = weight
        variance = float(contrast @ self.covariance @ contrast)
        estimate = float(contrast @ self.table["estimate"].to_numpy())
        return combined(estimate, math.sqrt(max(variance, 0.0)), float(self.table["df"].iloc[0]), self.ci_level)

    def sentence(self, language: str | None = None) -> str:
        """The step and the bend with their doubt, in plain sentences."""
        chosen = chosen_language(language)
        parts = []
        for term in ("level_change", "slope_change"):
            row = self.table.iloc[self._row(term)]
            verdict = verdict_of(row["estimate"], row["ci_low"], row["ci_high"])
            half = (row["ci_high"] - row["ci_low"]) / 2
            write = precise_writer(half, chosen, finer=limit_decimals(row["ci_low"], row["ci_high"], half))
            words = {"size": write(abs(row["estimate"])), "low": write(row["ci_low"]), "high": write(row["ci_high"])}
            parts.append(say(f"interventions.{term}_{verdict}", chosen, **words))
        parts.append(
            say("interventions.interrupted_only" if self.compare is None else "interventions.interrupted_both", chosen)
        )
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False, float_format=readable)}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        language = chosen_language()
        shown = self.table.drop(columns="ordinary_se").map(
            lambda value: number_text(value, language, decimals=3) if isinstance(value, float) else value
        )
        return frame_html(shown, self.of, [self.sentence(language)])


def interrupted_series(
    frame: pd.DataFrame,
    of: str,
    *,
    time: str,
    at: Any,
    lags: int | None = None,
    compare: str | None = None,
    adjusted: bool = True,
    ci_level: float = 0.95,
) -> InterruptedSeries:
    """The change of level and of slope of a series at a start, with errors that know of serial correlation.

    Parameters
    ----------
    frame : one row a point in time.
    of : the column of figures.
    time : the column of points in time: numbers at equal steps, or dates or texts that sort in time (then each row
        counts as one step).
    at : the first point in time after the start.
    lags : of the Newey-West errors; floor(4 (n/100)^(2/9)) when left out.
    compare : a column with a series that the start did not touch; the changes are then those beyond its own.
    adjusted : True for the small-sample factor n / (n - terms).
    ci_level : level of the intervals, 0 to 1.

    Returns
    -------
    InterruptedSeries : see there.

    Raises
    ------
    InputError : an unknown column; no numbers; a time twice; fewer than eight points on a side (missing ones do not
        count); lags that are no whole number from 0.

    Notes
    -----
    y = a + b t + c after + d (t - start) after, least squares; t is 0 at the first point. Newey and West (1987),
    doi:10.2307/1913610, Bartlett weights, no prewhitening; with a comparison within each series. A yearly index has no
    eight years on either side for a long time: this is for monthly counts of reports or vacancies. Checked against R's
    sandwich and the Californian tobacco series (Linden 2015, doi:10.1177/1536867X1501500208).

    Examples
    --------
    >>> frame = pd.DataFrame({"month": range(20), "reports": [5.0 + at % 2 + 4 * (at >= 10) for at in range(20)]})
    >>> found = interrupted_series(frame, of="reports", time="month", at=10)
    >>> found.table["term"].tolist()[2:], round(found.effect().estimate, 2)
    (['level_change', 'slope_change'], 3.7)
    """
    some_share("ci_level", ci_level, 0.95)
    t, y, other, start = _series(frame, of, time, at, compare)
    chosen = _lags(lags, int(np.isfinite(y).sum()))
    after = (t >= start).astype(float)
    parts = [(y, 1.0)] if other is None else [(y, 1.0), (other, 0.0)]
    blocks = [_block(t, after, start, values, group, compared=other is not None) for values, group in parts]
    x, values = np.vstack([block[0] for block in blocks]), np.concatenate([block[1] for block in blocks])
    bread = np.asarray(np.linalg.inv(x.T @ x), dtype=float)
    coefficients = bread @ (x.T @ values)
    left = values - x @ coefficients
    if float(left @ left) <= 1e-24 * float(values @ values):
        # A line through every point: what is left is rounding, and shows nothing.
        left = np.zeros_like(left)
        coefficients = np.where(np.abs(coefficients) < 1e-12 * np.abs(values).max(), 0.0, coefficients)
    meat = np.zeros_like(bread)
    first = 0
    for block in blocks:
        rows = slice(first, first + len(block[0]))
        meat += _meat(x[rows] * left[rows, None], chosen)
        first = rows.stop
    n, k = x.shape
    covariance = bread @ meat @ bread * (n / (n - k) if adjusted else 1.0)
    known = np.isfinite(y)
    return InterruptedSeries(
        _term_table(_TERMS if other is None else _COMPARED, coefficients, covariance, bread, left, n - k, ci_level),
        covariance, int(known.sum()), int((known & (t < start)).sum()), int((known & (t >= start)).sum()), chosen,
        _serial(left[: int(known.sum())], n - k), of, compare, ci_level, start,
    )  # fmt: skip


def _series(
    frame: pd.DataFrame, of: str, time: str, at: Any, compare: str | None
) -> tuple[Floats, Floats, Floats | None, float]:
    """Moments from 0, the figures, those of the comparison, and the moment of the start."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(Problem(f"The frame is {said(frame)}.", do="Give a DataFrame, one row a point in time."))
    names = [of, time, *([] if compare is None else [compare])]
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise InputError(
            Problem(f"There is no column '{name}'.", do=did_you_mean(name, list(frame.columns))) for name in absent
        )
    if frame[time].isna().any() or frame[time].duplicated().any():
        raise InputError(Problem(f"'{time}' is empty or stands twice.", do="Give each point in time one row."))
    rows = frame.sort_values(time)
    figures = [_numbers(rows, name) for name in names if name != time]
    moments, start = _moments(rows[time], at)
    for name, values in zip([of, compare], figures, strict=False):
        counts = [int((np.isfinite(values) & side).sum()) for side in (moments < start, moments >= start)]
        if min(counts) < LEAST_POINTS:
            raise InputError(
                Problem(
                    f"'{name}' has {counts[0]} points before and {counts[1]} after the start.",
                    do=f"An interrupted series needs {LEAST_POINTS} on either side. Use change() between two waves.",
                )
            )
    return moments, figures[0], figures[1] if compare is not None else None, start


def _numbers(rows: pd.DataFrame, name: str) -> Floats:
    try:
        return np.asarray(pd.to_numeric(rows[name]), dtype=float)
    except (TypeError, ValueError):
        raise InputError(Problem(f"'{name}' does not hold numbers.", do="Give a column of figures.")) from None


def _moments(times: pd.Series[Any], at: Any) -> tuple[Floats, float]:
    """Points in time as steps from the first, and the step at which the first point after the start lies."""
    try:
        later = np.asarray(times >= at)
    except TypeError:
        raise InputError(Problem(f"at is {said(at)}.", do="Give a point in time as the column has them.")) from None
    if pd.api.types.is_numeric_dtype(times):
        values = times.to_numpy(dtype=float)
        step = float(np.diff(values).min()) if len(values) > 1 else 1.0
        moments = (values - values[0]) / step
        if np.abs(moments - np.round(moments)).max() > 1e-6:
            raise InputError(
                Problem("The points in time are not at equal steps.", do="Give months or years by number.")
            )
        moments = np.round(moments)
    else:
        moments = np.arange(len(times), dtype=float)
    start = float(moments[later][0]) if later.any() else float(len(times))
    return moments, start


def _lags(lags: int | None, n: int) -> int:
    if lags is None:
        return int(4 * math.pow(n / 100, 2 / 9))
    number = some_number("lags", lags, above=-1, do="Give a whole number from 0.")
    if number != int(number) or number >= n:
        raise InputError(
            Problem(f"lags is {said(lags)}.", do="Give a whole number from 0, below the number of points.")
        )
    return int(number)


def _block(
    t: Floats, after: Floats, start: float, values: Floats, group: float, *, compared: bool
) -> tuple[Floats, Floats]:
    """The columns of one series and its figures, without missing ones."""
    known = np.isfinite(values)
    t, after = t[known], after[known]
    since, ones = after * (t - start), np.ones(len(t))
    if not compared:
        return np.column_stack([ones, t, after, since]), values[known]
    side = ones * group
    return np.column_stack([ones, t, side, after, since, side * t, side * after, side * since]), values[known]


def _meat(scores: Floats, lags: int) -> Floats:
    total = scores.T @ scores
    for lag in range(1, lags + 1):
        crossed = scores[lag:].T @ scores[:-lag]
        total = total + (1 - lag / (lags + 1)) * (crossed + crossed.T)
    return np.asarray(total)


def _term_table(
    terms: tuple[str, ...], coefficients: Floats, covariance: Floats, bread: Floats, left: Floats, df: int,
    ci_level: float,
) -> pd.DataFrame:  # fmt: skip
    errors = np.sqrt(np.maximum(np.diag(covariance), 0))
    spread = float(left @ left) / df
    rows = []
    for at, term in enumerate(terms):
        made = combined(float(coefficients[at]), float(errors[at]), float(df), ci_level)
        rows.append(
            {
                "term": term, "estimate": made.estimate, "se": made.se, "ci_low": made.ci_low, "ci_high": made.ci_high,
                "p_value": made.p_value, "df": df, "ordinary_se": math.sqrt(spread * bread[at, at]),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _serial(left: Floats, df: int) -> dict[str, float]:
    """How much the residuals of the series follow each other."""
    n, whole = len(left), float(left @ left)
    if not whole > 0:
        return dict.fromkeys(("durbin_watson", "lag1", "ljung_box_1", "ljung_box_3", "sigma"), math.nan)
    ties = [float(left[lag:] @ left[:-lag]) / whole for lag in (1, 2, 3)]
    boxes = [n * (n + 2) * sum(tie**2 / (n - lag) for lag, tie in enumerate(ties[:most], 1)) for most in (1, 3)]
    return {
        "durbin_watson": float((np.diff(left) ** 2).sum()) / whole, "lag1": ties[0], "ljung_box_1": boxes[0],
        "ljung_box_3": boxes[1], "sigma": math.sqrt(whole / df),
    }  # fmt: skip
