"""p values corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from stagekansen_lib.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["BATTERY_CORRECTIONS", "adjust_p_values"]

_OURS = ("holm", "benjamini_yekutieli")

# Our names, and those of ``statsmodels.stats.multitest.multipletests``.
STATSMODELS_CORRECTIONS = {
    "hochberg": "simes-hochberg",
    "hommel": "hommel",
    "bonferroni": "bonferroni",
    "benjamini_hochberg": "fdr_bh",
}

CORRECTIONS = ("holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli", "none")

# "max_t" needs the survey, and is for a battery only.
BATTERY_CORRECTIONS = (*CORRECTIONS[:-1], "max_t", "none")


def adjust_p_values(p_values: Sequence[float], correction: str = "holm") -> list[float]:
    """p values corrected for their number, as R's ``p.adjust`` gives them.

    Parameters
    ----------
    p_values : 0 to 1.
    correction : "holm", "hochberg", "hommel", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli" or "none".

    Returns
    -------
    list : the corrected p values in the order given, 0 to 1.

    Raises
    ------
    InputError : an unknown correction; something that is no p value.

    Notes
    -----
    Hochberg, Hommel, Bonferroni and Benjamini and Hochberg are those of ``statsmodels.stats.multitest``. Holm and
    Benjamini and Yekutieli are ours. Checked against R's ``p.adjust`` and against ``multipletests`` of statsmodels.

    Examples
    --------
    >>> adjust_p_values([0.01, 0.02, 0.5])
    [0.03, 0.04, 0.5]
    """
    if correction not in CORRECTIONS:
        raise InputError(Problem(f"correction is {correction!r}.", do=did_you_mean(correction, CORRECTIONS)))
    p = _as_p_values(p_values)
    if correction in STATSMODELS_CORRECTIONS:
        from statsmodels.stats.multitest import multipletests

        p = multipletests(p, method=STATSMODELS_CORRECTIONS[correction])[1]
    elif correction in _OURS:
        order = np.argsort(p)
        p[order] = np.minimum(_stepwise(p[order], correction), 1)
    return [float(value) for value in p]


def _as_p_values(given: Sequence[float]) -> Floats:
    try:
        p = np.array(given, dtype=float)
    except (TypeError, ValueError):
        p = np.array([np.nan])
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise InputError(
            Problem("p values must be a list of numbers of 0 to 1.", do="Give adjust_p_values([0.01, 0.2]).")
        )
    return p


def _stepwise(p: Floats, correction: str) -> Floats:
    """Holm's correction, or that of Benjamini and Yekutieli, of p values in order.

    For Holm's, statsmodels has Python collect its garbage at every call, which takes longer than a comparison. For the
    other it divides where R multiplies, and the last digit is not R's.
    """
    n = len(p)
    rank = np.arange(1, n + 1)
    if correction == "holm":
        return np.asarray(np.maximum.accumulate(p * (n - rank + 1)))
    return np.asarray(np.minimum.accumulate((p * (n / rank * (1 / rank).sum()))[::-1])[::-1])
