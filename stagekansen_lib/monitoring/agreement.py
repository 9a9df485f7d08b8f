"""Whether coders agree beyond chance: Krippendorff's alpha, with missing codes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import said, some_number
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.wording import chosen_language, number_text, say

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Mask

__all__ = ["Agreement", "krippendorff_alpha"]

LEVELS = ("nominal", "ordinal", "interval", "ratio")

# Below the first a conclusion may not rest on the codes; from the second on it may (Krippendorff 2004, chapter 11).
_TENTATIVE, _RELIABLE = 0.667, 0.8


class Agreement(float):
    """Krippendorff's alpha: a number, with what it was made of. NaN when only one code was used.

    Parameters
    ----------
    alpha : 1 for full agreement, 0 for that of chance.
    level : "nominal", "ordinal", "interval" or "ratio".
    observed, expected : the disagreement found, and that of chance.
    pairable : codes in units with two codes or more.
    coincidences : how often codes met within a unit, a row and a column a code.
    share : of the pairs of codes within units, the part that is equal.
    interval : 95%, by drawing units again; NaN without ``bootstrap``.
    """

    level: str
    observed: float
    expected: float
    pairable: float
    coincidences: pd.DataFrame
    share: float
    interval: tuple[float, float]

    @property
    def alpha(self) -> float:
        """The number itself."""
        return float(self)

    def sentence(self, language: str | None = None) -> str:
        """How far the codes can be relied on, in plain words."""
        chosen = chosen_language(language)
        if math.isnan(self):
            return say("agreement.one_code", chosen)
        word = "reliable" if self >= _RELIABLE else "tentative" if self >= _TENTATIVE else "weak"
        return say(f"agreement.{word}", chosen, alpha=number_text(float(self), chosen, decimals=2))

    def _repr_html_(self) -> str:
        return f"<p>{self.sentence()}</p>"


def krippendorff_alpha(
    frame: pd.DataFrame,
    level: str = "nominal",
    *,
    by_code: bool = False,
    by_pair: bool = False,
    bootstrap: int = 0,
    seed: int = 1,
) -> Agreement | pd.DataFrame:
    """How far coders agree beyond chance, with any number of coders and with missing codes.

    Parameters
    ----------
    frame : rows are units (answers, pages), columns are coders, a missing code is NaN. A column "unit" names the units.
        Codes are numbers, or for "nominal" texts.
    level : "nominal", "ordinal", "interval" or "ratio": what a difference of codes means.
    by_code : True for a table instead: of each code how well it is told from all others.
    by_pair : True for a table instead: of each two coders.
    bootstrap : how many times units are drawn again for an interval; 0 for none, 1,000 for publication.
    seed : a whole number, of the bootstrap.

    Returns
    -------
    Agreement : alpha, a number with more. DataFrame with ``by_code`` (code, alpha, units) or ``by_pair`` (first,
        second, alpha, units). NaN where only one code was used: agreement cannot be told from a habit.

    Raises
    ------
    InputError : no frame, fewer than two coders, no unit with two codes; an unknown level; codes that are no numbers
        for another level than "nominal"; a bootstrap that is no whole number from 0.

    Notes
    -----
    alpha = 1 - observed / expected disagreement, over units with two codes or more (Krippendorff 2011, Computing
    Krippendorff's alpha-reliability). Checked against his examples and the package krippendorff. The interval draws
    units with replacement.

    Examples
    --------
    >>> frame = pd.DataFrame({"anna": [1, 1, 2, 2], "bo": [1, 1, 2, 1], "cem": [1, float("nan"), 2, 2]})
    >>> round(krippendorff_alpha(frame), 3)
    0.667
    """
    codes, levels, names = _codes(frame, level)
    draws = some_number("bootstrap", bootstrap, above=-1, do="Give a whole number, such as 1000.")
    if draws != int(draws):
        raise InputError(Problem(f"bootstrap is {said(bootstrap)}.", do="Give a whole number, such as 1000."))
    if by_code:
        return _each_code(codes, levels)
    if by_pair:
        return _each_pair(codes, levels, level, names)
    found = _agreement(codes, levels, level)
    found.interval = _interval(codes, levels, level, int(draws), seed) if draws else (math.nan, math.nan)
    return found


def _codes(frame: pd.DataFrame, level: str) -> tuple[Floats, list[Any], list[Any]]:
    """Places of the codes (NaN: none) by unit and coder, the codes, and the coders."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(Problem(f"The frame is {said(frame)}.", do="Give a DataFrame, a row a unit."))
    if level not in LEVELS:
        raise InputError(Problem(f"level is {said(level)}.", do=did_you_mean(level, LEVELS)))
    rows = frame.drop(columns=[name for name in frame.columns if str(name).lower() == "unit"])
    if rows.shape[1] < 2:
        raise InputError(Problem(f"There is {rows.shape[1]} coder.", do="Give a column for each of two or more."))
    flat = pd.Series(rows.to_numpy(dtype=object).ravel())
    places, found = pd.factorize(flat, sort=False)
    try:
        order = sorted(range(len(found)), key=lambda at: found[at])
        levels: list[Any] = [found[at] for at in order]
        numbers = level == "nominal" or bool(np.isfinite(np.array(levels, dtype=float)).all())
    except (TypeError, ValueError):
        order, levels, numbers = list(range(len(found))), list(found), level == "nominal"
    if not numbers:
        raise InputError(Problem(f"The codes are no numbers, and level is '{level}'.", do="Use level='nominal'."))
    place = np.full(len(found) + 1, np.nan)
    place[order] = np.arange(len(found))
    codes = place[places].reshape(rows.shape)
    if not (np.isfinite(codes).sum(axis=1) > 1).any():
        raise InputError(Problem("No unit has codes of two coders.", do="Let two people code the same units."))
    return codes, levels, list(rows.columns)


def _coincidences(codes: Floats, number: int) -> Floats:
    """How often each code met each other one in a unit, each unit with the weight of its codes."""
    total = np.zeros((number, number))
    counts = np.column_stack([(codes == at).sum(axis=1) for at in range(number)]).astype(float)
    size = counts.sum(axis=1)
    used = size > 1
    own = counts[used] / (size[used] - 1)[:, None]
    total += counts[used].T @ own
    total[np.diag_indices(number)] -= own.sum(axis=0)
    return total


def _distances(levels: Sequence[Any], n: Floats, level: str) -> Floats:
    number = len(n)
    if level == "nominal":
        return 1.0 - np.eye(number)
    if level == "ordinal":
        upto = np.cumsum(n)
        middle = upto - n / 2
        return np.asarray((middle[:, None] - middle[None, :]) ** 2)
    values = np.array(levels, dtype=float)
    apart, together = values[:, None] - values[None, :], values[:, None] + values[None, :]
    if level == "interval":
        return np.asarray(apart**2)
    return np.where(together != 0, apart / np.where(together != 0, together, 1.0), 0.0) ** 2


def _parts(met: Floats, levels: Sequence[Any], level: str) -> tuple[float, float, float]:
    """Alpha, the observed and the expected disagreement."""
    n = met.sum(axis=1)
    whole = float(n.sum())
    distances = _distances(levels, n, level)
    observed = float((met * distances).sum()) / whole
    expected = float((np.outer(n, n) * distances).sum()) / (whole * (whole - 1))
    return (1 - observed / expected if expected > 0 else math.nan), observed, expected


def _agreement(codes: Floats, levels: list[Any], level: str) -> Agreement:
    met = _coincidences(codes, len(levels))
    alpha, observed, expected = _parts(met, levels, level)
    used = met.sum(axis=1) > 0
    found = Agreement(alpha)
    found.level, found.observed, found.expected, found.pairable = level, observed, expected, float(met.sum())
    kept = [one for one, there in zip(levels, used, strict=True) if there]
    found.coincidences = pd.DataFrame(met[np.ix_(used, used)], index=kept, columns=kept)
    counts = np.column_stack([(codes == at).sum(axis=1) for at in range(len(levels))]).astype(float)
    equal = float((counts * (counts - 1)).sum()) / 2
    size = counts.sum(axis=1)
    found.share = equal / (float((size * (size - 1)).sum()) / 2)
    return found


def _each_code(codes: Floats, levels: list[Any]) -> pd.DataFrame:
    rows = []
    for at, code in enumerate(levels):
        one = np.where(np.isfinite(codes), (codes == at).astype(float), np.nan)
        alpha, _, _ = _parts(_coincidences(one, 2), [0, 1], "nominal")
        rows.append({"code": code, "alpha": alpha, "units": int((_paired(codes) & (codes == at).any(axis=1)).sum())})
    return pd.DataFrame(rows)


def _each_pair(codes: Floats, levels: list[Any], level: str, names: Sequence[Any]) -> pd.DataFrame:
    rows = []
    for one, other in itertools.combinations(range(codes.shape[1]), 2):
        both = codes[:, [one, other]]
        there = _paired(both)
        alpha = _parts(_coincidences(both, len(levels)), levels, level)[0] if there.any() else math.nan
        rows.append({"first": names[one], "second": names[other], "alpha": alpha, "units": int(there.sum())})
    return pd.DataFrame(rows)


def _paired(codes: Floats) -> Mask:
    return np.asarray(np.isfinite(codes).sum(axis=1) > 1)


def _interval(codes: Floats, levels: list[Any], level: str, draws: int, seed: int) -> tuple[float, float]:
    random = np.random.default_rng(seed)
    units = codes[_paired(codes)]
    found = []
    for _ in range(draws):
        alpha, _, _ = _parts(
            _coincidences(units[random.integers(0, len(units), len(units))], len(levels)), levels, level
        )
        # Units that all have one code agree fully, which is what such a draw says.
        found.append(1.0 if math.isnan(alpha) else alpha)
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)
