"""How often the margin of a change holds the true change, a change of the stated size is found, and a false one is.

Pairs of waves of --rows students are drawn from endless populations: a share in the middle, a share that 2% gives, a
mean of counts with a long tail, a gap in shares, and the logarithm of a ratio of means. The true change is nought, and
then what ``smallest_detectable`` says of such waves (its median over the pairs without a change). The index itself is
in ``index_simulations.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from common import rows_option

import stagekansen_lib as sk

SEED = 20261130

# Pairs of waves that are computed in one call.
TOGETHER = 100

Draw = Callable[[np.random.Generator, int, float], pd.DataFrame]


def share_of(base: float) -> Draw:
    def drawn(random: np.random.Generator, rows: int, moved: float) -> pd.DataFrame:
        answers = pd.Categorical((random.random(rows) < base + moved).astype(int), [0, 1])
        return with_design(random, rows, y=answers)

    return drawn


def mean_of(random: np.random.Generator, rows: int, moved: float) -> pd.DataFrame:
    return with_design(random, rows, y=1.0 + random.negative_binomial(1.0, 1 / 6.0, rows) + moved)


def gap_of(random: np.random.Generator, rows: int, moved: float) -> pd.DataFrame:
    group = (random.random(rows) < 0.4).astype(int)
    answers = pd.Categorical((random.random(rows) < 0.3 + (0.15 + moved) * group).astype(int), [0, 1])
    return with_design(random, rows, y=answers, group=group)


def ratio_of(random: np.random.Generator, rows: int, moved: float) -> pd.DataFrame:
    group = (random.random(rows) < 0.4).astype(int)
    mean = np.where(group == 1, 8.0 * np.exp(moved), 5.0)
    return with_design(random, rows, y=1.0 * random.negative_binomial(2.0, 2 / (2 + mean)), group=group)


def with_design(random: np.random.Generator, rows: int, **columns: Any) -> pd.DataFrame:
    """Pairs of waves beside each other, each with three schools as strata, with weights that differ."""
    school, pair = random.integers(1, 4, rows), np.arange(rows) % TOGETHER
    weight = np.array([0.7, 1.0, 1.6])[school - 1]
    return pd.DataFrame({**columns, "pair": pair, "stratum": 10 * pair + school, "weight": weight})


KINDS: dict[str, tuple[Draw, dict[str, Any]]] = {
    "share of 40%": (share_of(0.4), {"code": 1}),
    "share of 2%": (share_of(0.02), {"code": 1}),
    "mean": (mean_of, {"statistic": "mean"}),
    "gap in shares": (gap_of, {"code": 1, "gap_by": "group"}),
    "log ratio of means": (ratio_of, {"statistic": "ratio", "gap_by": "group"}),
}


def simulate(drawn: Draw, asked: dict[str, Any], rows: int, pairs: int, moved: float, seed: int) -> dict[str, float]:
    """Many pairs in one call: each is a group of its own, in strata of its own."""
    tables = []
    for block in range(-(-pairs // TOGETHER)):
        random = np.random.default_rng([SEED, seed, block])
        waves = [
            sk.survey_from_frame(drawn(random, rows * TOGETHER, each), weights="weight", strata="stratum")
            for each in (0.0, moved)
        ]
        tables.append(sk.change(*waves, of="y", by="pair", **asked).table)
    table = pd.concat(tables).iloc[:pairs]
    known = table[np.isfinite(table["ci_low"])]
    held = (known["ci_low"] <= moved) & (moved <= known["ci_high"])
    found = (known["ci_low"] > 0) | (known["ci_high"] < 0)
    size = float(known["smallest_detectable"].median())
    return {"held": held.mean(), "found": found.mean(), "size": size, "none": len(table) - len(known)}


def main() -> None:
    options = rows_option(__doc__.splitlines()[0], 324, pairs=5000)
    print(f"{options.pairs} pairs of waves of {options.rows}, 3 strata, weights of 0.7 to 1.6, seed {SEED}", flush=True)
    for at, (name, (drawn, asked)) in enumerate(KINDS.items()):
        start = time.perf_counter()
        still = simulate(drawn, asked, options.rows, options.pairs, 0.0, 2 * at)
        moved = simulate(drawn, asked, options.rows, options.pairs, still["size"], 2 * at + 1)
        print(
            f"  {name:20} no change: held {still['held']:.1%}, found {still['found']:.1%};"
            f" change of {still['size']:.3f}: held {moved['held']:.1%}, found {moved['found']:.1%};"
            f" without a margin {still['none'] + moved['none']:.0f}"
            f" ({time.perf_counter() - start:.0f} s)",
            flush=True,
        )


if __name__ == "__main__":
    main()
