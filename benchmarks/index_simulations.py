"""How often the margin of the yearly index, and that of its change, holds the truth, and a change is found.

Waves of --rows students are drawn from four endless populations: scores in the middle of their roads; a safety gap near
its worst, asked of half the students; few who report; no gap at all. Pairs of waves without a change give the false
findings. Then every indicator goes the same part of its road to its best, until the index rose by what
``index_change`` calls detectable (the median of the first pairs without a change): that should be found in 80%.

A wave goes the way of ``yearly_index`` from its answers on: ``indicator_columns``, ``replicate``,
``estimates_from_sums``, ``index_doubt``, ``root_change``, ``detectable_rise``. Only tables and sentences are left out,
and many waves are read at once, so that one takes some milliseconds. That both ways agree is checked at the start.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from common import rows_option

import stagekansen_lib as sk
from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.monitoring.index_doubt import SIDE, IndexDoubt, detectable_rise, index_doubt, root_change
from stagekansen_lib.monitoring.indicators import Estimates, estimates_from_sums, in_strata, indicator_columns
from stagekansen_lib.registers.reading import read_registers

SEED = 20261130
REPLICATES = 400

# Waves that are read in one go, and pairs of which the median is what is called detectable.
TOGETHER, JUDGED = 100, 400

# Schools and levels within which the students of a wave are drawn, as many in each.
STRATA = [(school, level) for school in (1, 2, 3) for level in (1, 2)]

# Shares: experienced; much difficulty and feeling safe of those who did (1) and did not (0); a role in applying; knows
# where; reports; has a placement. Mean applications over one.
POPULATIONS = {
    "in the middle": {"e": 0.4, "d1": 0.4, "d0": 0.2, "a1": 8, "a0": 5, "r": 0.2, "s1": 0.65, "s0": 0.8, "k": 0.3,
                      "m": 0.25, "has": 1.0},
    "near the worst": {"e": 0.5, "d1": 0.25, "d0": 0.15, "a1": 7, "a0": 5, "r": 0.3, "s1": 0.5, "s0": 0.8, "k": 0.25,
                       "m": 0.04, "has": 0.5},
    "few report": {"e": 0.2, "d1": 0.4, "d0": 0.2, "a1": 8, "a0": 5, "r": 0.1, "s1": 0.65, "s0": 0.8, "k": 0.05,
                   "m": 0.02, "has": 0.7},
    "no gap": {"e": 0.3, "d1": 0.2, "d0": 0.2, "a1": 5, "a0": 5, "r": 0.1, "s1": 0.8, "s0": 0.8, "k": 0.3, "m": 0.2,
               "has": 0.7},
}  # fmt: skip

About = dict[str, float]


@dataclass(frozen=True)
class Wave:
    """What a wave found."""

    found: Estimates
    doubt: IndexDoubt


def draw(random: np.random.Generator, rows: int, about: About) -> pd.DataFrame:
    yes = random.random(rows) < about["e"]
    applied = np.where(yes, about["a1"], about["a0"])
    safe = random.random(rows) < np.where(yes, about["s1"], about["s0"])
    strata = np.array(STRATA)[np.arange(rows) % len(STRATA)]
    return pd.DataFrame(
        {
            "discrimination_experienced": yes.astype(int),
            "discrimination_or_doubt": (yes | (random.random(rows) < 0.1)).astype(int),
            "search_difficulty": np.where(random.random(rows) < np.where(yes, about["d1"], about["d0"]), 5, 1),
            "applications": 1 + random.negative_binomial(1.0, 1 / (1 + applied)).astype(float),
            "role_in_applying_answer": np.where(random.random(rows) < about["r"], 1, 3),
            "felt_safe": np.where(random.random(rows) < about["has"], safe, np.nan).astype(float),
            "knows_where": (random.random(rows) < about["k"]).astype(int),
            "reported_to[1]": 1.0,
            "reported_to[5]": (random.random(rows) < about["m"]).astype(float),
            "school3": strata[:, 0],
            "level": strata[:, 1],
        }
    )


def true_index(about: About) -> float:
    """The index of a population, from its shares."""
    values = {
        "K1": 100 * (about["d1"] - about["d0"]),
        "K2": (1 + about["a1"]) / (1 + about["a0"]),
        "E1": 100 * about["e"],
        "E2": 100 * about["r"],
        "E3": 100 * (about["s0"] - about["s1"]),
        "M1": 100 * about["m"],
        "M2": 100 * about["k"],
    }
    entries = read_registers().index.indicators
    scores = [sk.goalposts(values[one.id], worst=one.worst, best=one.best) for one in entries]
    return float(sk.composite(scores, domains=[one.domain for one in entries], mean="geometric"))


def moved(about: About, part: float) -> About:
    """The population in which every indicator went this part of its road to its best."""
    ratio = (1 + about["a1"]) / (1 + about["a0"])
    return about | {
        "d1": about["d1"] - part * (about["d1"] - about["d0"]),
        "a1": (1 + about["a0"]) * (1 + (1 - part) * (ratio - 1)) - 1,
        "e": (1 - part) * about["e"],
        "r": (1 - part) * about["r"],
        "s1": about["s1"] + part * (about["s0"] - about["s1"]),
        "m": about["m"] + part * max(0.5 - about["m"], 0.0),
        "k": about["k"] + part * (1 - about["k"]),
    }


def risen(about: About, points: float) -> About:
    """The population of which the index is so many points higher."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if true_index(moved(about, middle)) < true_index(about) + points else (low, middle)
    return moved(about, high)


def waves_of(about: About, rows: int, number: int, seed: Sequence[int]) -> Iterator[Wave]:
    """Waves of a population, each with its index."""
    design = read_registers().index
    entries, names = list(design.indicators), [one.id for one in design.domains]
    reading = design.readings["main"]
    weights = None
    for block in range(-(-number // TOGETHER)):
        random = np.random.default_rng([SEED, *seed, block])
        frame = pd.concat([draw(random, rows, about) for _ in range(TOGETHER)], ignore_index=True)
        if weights is None:
            # Each wave has as many students in each stratum, so that replicates of one are replicates of all.
            one = replicate(in_strata(sk.survey_from_frame(frame.iloc[:rows]), ("school3", "level")),
                            n=REPLICATES, seed=1)  # fmt: skip
            assert one.design.replicates is not None
            weights = np.ascontiguousarray(one.design.replicates.matrix().T)
        matrix = indicator_columns(sk.survey_from_frame(frame), entries, reading)
        for at in range(min(TOGETHER, number - block * TOGETHER)):
            own = matrix[at * rows : (at + 1) * rows]
            found = estimates_from_sums(own, np.ones(rows), weights @ own, entries)
            yield Wave(found, index_doubt(found, entries, names, 1))


def check_the_short_way(rows: int) -> None:
    """Stop when a wave made here is another than that of the library."""
    about = POPULATIONS["few report"]
    short = [next(waves_of(about, rows, 1, [9, at])).doubt for at in range(2)]
    long = []
    for at in range(2):
        frame = draw(np.random.default_rng([SEED, 9, at, 0]), rows, about)
        long.append(sk.yearly_index(sk.survey_from_frame(frame), seed=1, replicates=REPLICATES, draws=200))
    for one, other in zip(short, long, strict=True):
        for name in ("value", "se", "root_se", "ci_low", "ci_high"):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9)
    change, se = root_change(short[0].value, short[0].root_se, short[1].value, short[1].root_se)
    whole = sk.index_change(*long)
    np.testing.assert_allclose([change, se], [whole.change, whole.se], rtol=1e-9)


def compared(first: Sequence[IndexDoubt], last: Sequence[IndexDoubt], truth: float) -> dict[str, Any]:
    """Of pairs of waves: how often the margin of the change holds the truth, and how often a change is found."""
    held, found = [], []
    for one, other in zip(first, last, strict=True):
        change, se = root_change(one.value, one.root_se, other.value, other.root_se)
        if np.isfinite(change):
            held.append(abs(change - truth) <= SIDE * se)
            found.append(abs(change) > SIDE * se)
    return {"held": np.mean(held), "found": np.mean(found), "none": len(first) - len(held)}


def main() -> None:
    options = rows_option(__doc__.splitlines()[0], 324, pairs=5000)
    check_the_short_way(options.rows)
    print(f"{options.pairs} pairs of waves of {options.rows}, {REPLICATES} replicates, seed {SEED}", flush=True)
    entries = list(read_registers().index.indicators)
    for at, (name, about) in enumerate(POPULATIONS.items()):
        start, truth = time.process_time(), true_index(about)
        doubts, judged = list[IndexDoubt](), list[Wave]()
        for wave in waves_of(about, options.rows, 2 * options.pairs, [at, 0]):
            doubts.append(wave.doubt)
            if len(judged) < 2 * JUDGED:
                judged.append(wave)
        values = [one for one in doubts if np.isfinite(one.value)]
        single = np.mean([one.ci_low <= truth <= one.ci_high for one in values])
        off = np.mean([one.value for one in values]) - truth
        still = compared(doubts[::2], doubts[1::2], 0.0)
        pairs = zip(judged[::2], judged[1::2], strict=True)
        rises = [detectable_rise(one.found.values, one.doubt.root_se, other.found, entries, 1) for one, other in pairs]
        size = float(np.nanmedian(rises))
        after = [one.doubt for one in waves_of(risen(about, size), options.rows, options.pairs, [at, 1])]
        higher = compared(doubts[::2], after, true_index(risen(about, size)) - truth)
        print(
            f"  {name:15} index {truth:.1f}, mean of waves {off:+.1f}; its margin holds it in {single:.1%};"
            f" no change: held {still['held']:.1%}, found {still['found']:.1%}; a rise of {size:.1f}:"
            f" held {higher['held']:.1%}, found {higher['found']:.1%};"
            f" pairs without an index {still['none'] + higher['none']}; processor {time.process_time() - start:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
