"""How often the margin of the yearly index holds the index of the population, and a change is found that is not there.

Waves of --rows students are drawn from four endless populations: scores in the middle of their roads; a safety gap near
its worst, asked of half the students; few who report; no gap at all. The index of a population is that of 300,000
students drawn from it, which is within 0.1 point. Waves two by two, without a true change, give the false positives.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from common import rows_option

from stagekansen_lib.monitoring.index_results import YearlyIndex
from stagekansen_lib.monitoring.yearly_index import index_change, yearly_index
from stagekansen_lib.surveys.making import survey_from_frame

SEED = 20261127
REPLICATES, VARIANTS = 300, 200
MANY = 300_000

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


def draw(random: np.random.Generator, rows: int, about: dict[str, float]) -> pd.DataFrame:
    yes = random.random(rows) < about["e"]
    applied = np.where(yes, about["a1"], about["a0"])
    safe = random.random(rows) < np.where(yes, about["s1"], about["s0"])
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
            "school3": random.integers(1, 4, rows),
            "level": random.integers(1, 3, rows),
        }
    )


def index_of(frame: pd.DataFrame) -> YearlyIndex:
    return yearly_index(survey_from_frame(frame), seed=1, replicates=REPLICATES, draws=VARIANTS)


def main() -> None:
    options = rows_option(__doc__.splitlines()[0], 324, waves=600)
    print(f"{options.waves} waves of {options.rows} from each population, {REPLICATES} replicates, seed {SEED}")
    for at, (name, about) in enumerate(POPULATIONS.items()):
        start = time.perf_counter()
        truth = index_of(draw(np.random.default_rng([SEED, at]), MANY, about)).value
        waves = [
            index_of(draw(np.random.default_rng([SEED, at, wave]), options.rows, about))
            for wave in range(options.waves)
        ]
        known = [wave for wave in waves if wave.known]
        held = np.mean([wave.ci_low <= truth <= wave.ci_high for wave in known])
        pairs = list(zip(known[::2], known[1::2], strict=False))
        found = np.mean([index_change(first, second).verdict != "not_shown" for first, second in pairs])
        off = np.mean([wave.value for wave in known]) - truth
        print(
            f"  {name:15} index {truth:.1f}, {len(waves) - len(known)} waves without one; mean of waves {off:+.1f};"
            f" margin holds it in {held:.1%} (simulation error {(0.05 * 0.95 / len(known)) ** 0.5:.1%});"
            f" a change at 5% in {found:.1%} of {len(pairs)} pairs (error {(0.05 * 0.95 / len(pairs)) ** 0.5:.1%});"
            f" {time.perf_counter() - start:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
