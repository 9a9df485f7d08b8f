"""How good a twin is and how far it stays from the real records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.twins.models import Column, Model, draw, fit

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Floats, Integers


__all__ = ["closest", "distances", "errors", "rehearsal"]

# Distances and associations look at so many rows at most.
_ROWS = 1_500
_ROWS_FOR_ASSOCIATIONS = 20_000
_SPLITS = 3


def errors(model: Model, real: Integers, drawn: Integers, book: Codebook) -> pd.DataFrame:
    """For each variable how far shares and associations of the twin are from the real ones."""
    import pandas as pd

    columns = model.columns
    sizes = [len(column.levels) + 1 for column in columns]
    shares = np.array([_apart(real[:, at], drawn[:, at], k) for at, k in enumerate(sizes)])
    apart = np.abs(_strengths(real[:_ROWS_FOR_ASSOCIATIONS], sizes) - _strengths(drawn[:_ROWS_FOR_ASSOCIATIONS], sizes))
    lines = []
    for name in dict.fromkeys(column.variable for column in columns):
        own = np.array([column.variable == name for column in columns])
        association = 0.0 if own.all() else float(apart[np.ix_(own, ~own)].mean())
        lines.append((name, book[name].label_nl, book[name].label_en, float(shares[own].max()), association))
    names = ["variable", "label_nl", "label_en", "margin_error", "association_error"]
    return pd.DataFrame(lines, columns=names)


def _apart(one: Integers, other: Integers, k: int) -> float:
    """The largest difference of the shares of ``k`` answers, of which not asked is the first."""
    shares = [np.bincount(rows + 1, minlength=k) / len(rows) for rows in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def _strengths(rows: Integers, sizes: Sequence[int]) -> Floats:
    """Cramér's V of each pair of columns; not asked is a level."""
    width, n = len(sizes), len(rows)
    found = np.zeros((width, width))
    shifted = rows + 1
    for one in range(width):
        for other in range(one):
            k = sizes[other]
            table = np.bincount(shifted[:, one] * k + shifted[:, other], minlength=sizes[one] * k).reshape(-1, k)
            across, down = table.sum(axis=1), table.sum(axis=0)
            least = min((across > 0).sum(), (down > 0).sum()) - 1
            if least < 1:
                continue
            expected = np.outer(across, down) / n
            used = expected > 0
            phi = (((table - expected)[used]) ** 2 / expected[used]).sum() / n
            found[one, other] = found[other, one] = np.sqrt(phi / least)
    return found


def closest(rows: Integers, others: Integers, *, itself: bool = False) -> Floats:
    """Share of answers that differ from the closest other record, for each row."""
    found = np.empty(len(rows))
    for at, row in enumerate(rows):
        apart = (others != row).mean(axis=1)
        if itself:
            apart[at] = np.inf
        found[at] = apart.min()
    return found


def _sampled(rows: Integers, rng: np.random.Generator) -> Integers:
    if len(rows) <= _ROWS:
        return rows
    return rows[np.sort(rng.choice(len(rows), _ROWS, replace=False))]


def distances(real: Integers, drawn: Integers, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, Floats]]:
    import pandas as pd

    near, some = _sampled(real, rng), _sampled(drawn, rng)
    found = {"twin": closest(some, near), "real": closest(near, near, itself=True)}
    lines = [
        (name, "real", *(float(one) for one in np.quantile(values, [0.05, 0.25, 0.5])), float(values.mean()))
        for name, values in found.items()
    ]
    edges = np.linspace(0, max(float(values.max()) for values in found.values()) or 1.0, 13)
    histogram = {name: np.histogram(values, edges)[0] / len(values) for name, values in found.items()}
    table = pd.DataFrame(lines, columns=["from", "to", "q05", "q25", "q50", "mean"])
    return table, {"edges": edges, **histogram}


def rehearsal(
    survey: Survey, columns: tuple[Column, ...], real: Integers, smallest: int, rng: np.random.Generator
) -> float:
    """Part of a twin of one half of the survey that lies closer to that half than to the other, over a few halves."""
    parts = []
    for _ in range(_SPLITS):
        order = rng.permutation(len(real))
        size = min(len(real) // 2, _ROWS)
        used, held = real[order[:size]], real[order[size : 2 * size]]
        drawn = draw(fit(survey, columns, used, smallest), size, rng)
        to_used, to_held = closest(drawn, used), closest(drawn, held)
        parts.append(float(((to_used < to_held) + 0.5 * (to_used == to_held)).mean()))
    return float(np.mean(parts))
