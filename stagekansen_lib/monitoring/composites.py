"""The arithmetic of the index apart from surveys: scores between goalposts, and means of scores.

Source: OECD/JRC (2008), Handbook on constructing composite indicators, doi:10.1787/9789264043466-en.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import said, some_number
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.registers.index_design import DOMAIN_NEEDS

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

    Values = float | Sequence[float] | Floats | pd.Series[float] | pd.DataFrame

__all__ = ["composite", "goalposts"]

MEANS = ("arithmetic", "geometric")


@overload
def goalposts(
    values: pd.DataFrame, *, worst: Any, best: Any, least: float = ..., most: float = ...
) -> pd.DataFrame: ...
@overload
def goalposts(
    values: pd.Series[float], *, worst: Any, best: Any, least: float = ..., most: float = ...
) -> pd.Series[float]: ...
@overload
def goalposts(values: float, *, worst: float, best: float, least: float = ..., most: float = ...) -> float: ...
@overload
def goalposts(
    values: Sequence[float] | Floats, *, worst: Any, best: Any, least: float = ..., most: float = ...
) -> Floats: ...
def goalposts(
    values: Values, *, worst: Any, best: Any, least: float = 1.0, most: float = 100.0
) -> float | Floats | pd.Series[float] | pd.DataFrame:
    """Values as scores between fixed goalposts: 100 (x - worst) / (best - worst), held within ``least`` and ``most``.

    Parameters
    ----------
    values : a number, or numbers by indicator (a list, Series or array; a DataFrame has a row a unit).
    worst, best : the value that scores 0 and the value that scores 100, in the unit of the values: one number, or one
        for each indicator (a list, or by the names of the values a mapping or Series). ``best`` may be the lower.
    least, most : the ends at which scores are held.

    Returns
    -------
    The scores, in the form of the values; NaN stays NaN. Goalposts are fixed beforehand: those that follow the data
    move the past.

    Raises
    ------
    InputError : goalposts that are equal, or no numbers, or not one for each; ``least`` not below ``most``.

    Examples
    --------
    >>> goalposts([21.4, 1.62], worst=[50, 3], best=[0, 1]).round(1).tolist()
    [57.2, 69.0]
    """
    some_number("least", least)
    if not some_number("most", most) > least:
        raise InputError(Problem(f"least is {least:g} and most {most:g}.", do="Give least below most."))
    low, high = (_numbers(name, _beside(name, given, values)) for name, given in (("worst", worst), ("best", best)))
    if not (np.isfinite(low).all() and np.isfinite(high).all()) or (np.asarray(high - low) == 0).any():
        raise InputError(Problem("worst and best must be two different numbers.", do="Give two for each indicator."))
    given = _numbers("values", values)
    if any(end.ndim and end.shape != given.shape[-1:] for end in (low, high)):
        raise InputError(Problem("worst and best are not as many as the values.", do="Give one for each indicator."))
    scores = np.clip(100 * (given - low) / (high - low), least, most)
    return _in_form_of(values, scores)


@overload
def composite(
    scores: pd.DataFrame,
    weights: Sequence[float] | None = ...,
    domains: Sequence[Any] | None = ...,
    mean: str = ...,
    *,
    inside: str = ...,
    domain_weights: Sequence[float] | None = ...,
) -> pd.Series[float]: ...
@overload
def composite(
    scores: Sequence[float] | pd.Series[float],
    weights: Sequence[float] | None = ...,
    domains: Sequence[Any] | None = ...,
    mean: str = ...,
    *,
    inside: str = ...,
    domain_weights: Sequence[float] | None = ...,
) -> float: ...
@overload
def composite(
    scores: Floats,
    weights: Sequence[float] | None = ...,
    domains: Sequence[Any] | None = ...,
    mean: str = ...,
    *,
    inside: str = ...,
    domain_weights: Sequence[float] | None = ...,
) -> float | Floats: ...
def composite(
    scores: Values,
    weights: Sequence[float] | None = None,
    domains: Sequence[Any] | None = None,
    mean: str = "arithmetic",
    *,
    inside: str = "arithmetic",
    domain_weights: Sequence[float] | None = None,
) -> float | Floats | pd.Series[float]:
    """One number from scores: their mean, or the mean of domains that are means themselves.

    Parameters
    ----------
    scores : one score an indicator, NaN where unknown; or rows of them (an array or DataFrame, a row a unit).
    weights : of the indicators, 0 or more; scaled to one within each domain. Equal when left out. A list in the order
        of the scores, or by their names a mapping or Series.
    domains : the domain of each indicator, as ``weights``. Without it all scores are one domain.
    mean : "arithmetic", or "geometric", in which a low score cannot be bought off: over the domains, or over all
        scores without ``domains``. The index of the design is ``mean="geometric"`` with domains.
    inside : the mean within a domain.
    domain_weights : of the domains, in the order in which they first occur; equal when left out.

    Returns
    -------
    float : for one row; for rows an array, or a Series with the index of the DataFrame. NaN where a domain knows fewer
        than two thirds of its indicators, or without domains where one score is unknown.

    Raises
    ------
    InputError : an unknown mean; lists of another length than the scores; weights that are negative or add up to
        nothing; a score of nought or less in a geometric mean.

    Notes
    -----
    Checked against a computation by hand, the example of the handbook (p. 104) and the Technology Achievement Index.

    Examples
    --------
    >>> round(composite([21, 1, 1, 1], mean="geometric"), 2), composite([21, 1, 1, 1])
    (2.14, 6.0)
    >>> round(composite([60, 40, 90], domains=["kans", "kans", "melden"], mean="geometric"), 1)
    67.1
    """
    for name, one in (("mean", mean), ("inside", inside)):
        if one not in MEANS:
            raise InputError(Problem(f"{name} is {said(one)}.", do=did_you_mean(one, MEANS)))
    values = np.atleast_2d(_numbers("scores", scores))
    number = values.shape[1]
    own = _weights("weights", _beside("weights", weights, scores), number)
    if domains is None:
        found = _mean(values, own, mean, needs=1.0)
    else:
        labels = list(_beside("domains", domains, scores))
        if len(labels) != number:
            raise InputError(Problem(f"There are {number} scores and {len(labels)} domains.", do="Give one for each."))
        names = list(dict.fromkeys(labels))
        parts = [np.array([label == name for label in labels]) for name in names]
        each = [_mean(values[:, part], own[part], inside, needs=DOMAIN_NEEDS) for part in parts]
        found = _mean(np.column_stack(each), _weights("domain_weights", domain_weights, len(names)), mean, needs=1.0)
    if np.ndim(_numbers("scores", scores)) == 1:
        return float(found[0])
    return pd.Series(found, index=scores.index) if isinstance(scores, pd.DataFrame) else found


def _beside(name: str, given: Any, values: Any) -> Any:
    """What was given by the names of indicators, in the order of the values."""
    if not isinstance(given, (Mapping, pd.Series)):
        return given
    labels = list(values.columns) if isinstance(values, pd.DataFrame) else []
    if isinstance(values, pd.Series):
        labels = list(values.index)
    if not labels and isinstance(given, pd.Series):
        return given.to_numpy()
    if not labels:
        raise InputError(Problem(f"{name} is given by name, and the values are not.", do="Give a list in their order."))
    absent = [label for label in labels if label not in given]
    if absent:
        raise InputError(
            Problem(f"{name} has nothing for '{label}'.", do="Give one for each indicator.") for label in absent
        )
    return [given[label] for label in labels]


def _numbers(name: str, values: Any) -> Floats:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(Problem(f"{name} must be numbers.", do="Give numbers, NaN for unknown.")) from None


def _in_form_of(values: Values, found: Floats) -> float | Floats | pd.Series[float] | pd.DataFrame:
    if isinstance(values, pd.DataFrame):
        return pd.DataFrame(found, index=values.index, columns=values.columns)
    if isinstance(values, pd.Series):
        return pd.Series(found, index=values.index, name=values.name)
    return float(found) if np.ndim(found) == 0 else found


def _weights(name: str, weights: Sequence[float] | None, number: int) -> Floats:
    given = np.ones(number) if weights is None else _numbers(name, weights)
    if given.shape != (number,) or not np.isfinite(given).all() or (given < 0).any() or not given.sum() > 0:
        raise InputError(
            Problem(f"{name} must be {number} numbers of 0 or more that add up to something.", do="Give one for each.")
        )
    return given


def _mean(values: Floats, weights: Floats, kind: str, *, needs: float) -> Floats:
    """The weighted mean of each row over what is known, where enough is."""
    known = np.isfinite(values)
    counted = known[:, weights > 0] if (weights > 0).any() else known
    enough = counted.sum(axis=1) >= needs * counted.shape[1] - 1e-9
    used = np.where(known, weights, 0.0)
    whole = used.sum(axis=1)
    enough &= whole > 0
    if kind == "geometric" and (values[known & (weights > 0)] <= 0).any():
        raise InputError(
            Problem("A geometric mean needs scores above nought.", do="Hold scores at 1: goalposts(..., least=1).")
        )
    shown = np.where(known, values, 1.0)
    shown = np.log(np.where(shown > 0, shown, 1.0)) if kind == "geometric" else shown
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (used * np.where(known, shown, 0.0)).sum(axis=1) / whole
    return np.where(enough, np.exp(found) if kind == "geometric" else found, np.nan)
