"""How often default tests reject when nothing is the matter, and how often 95% intervals hold the truth.

Each simulated survey has --n students, of whom some answer twice as readily as others: Kish's design effect of the
weights is 1.3. Nothing depends on the group. With enough surveys 4.4 to 5.6% false positives and 94.4 to 95.6%
coverage are asked; beside each figure stands its own simulation error.
"""

from __future__ import annotations

import time
import warnings
from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
from common import coded, rows_option

from stagekansen_lib.comparisons import compare
from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.estimates import mean, quantile, share
from stagekansen_lib.surveys import Survey, survey_from_frame
from stagekansen_lib.weighting import poststratify, rake

SEED = 20221124
DESIGN_EFFECT = 1.3
POPULATION = 30_000
TESTS = {
    "Rao-Scott F, 2 answers x 2 groups": ("yes", "group", {}),
    "Rao-Scott F, 4 answers x 2 groups": ("answer", "group", {}),
    "Rao-Scott F, 4 answers x 3 groups": ("answer", "three", {}),
    "rank test, 5 ordered answers, 2 groups": ("scale", "group", {}),
    "rank test, 5 ordered answers, 3 groups": ("scale", "three", {}),
    "t test, skewed measurement, 2 groups": ("hours", "group", {}),
    "equal means, 3 groups": ("hours", "three", {}),
    "ratio of means, counts": ("tries", "group", {}),
}

# Also tried in raked and poststratified surveys.
AFTER_WEIGHTING = tuple(name for name in TESTS if name.endswith("2 groups") and "4" not in name)


def make_population(random: np.random.Generator) -> pd.DataFrame:
    """Answers that depend on level and region, never on the groups that are compared."""
    level, region = random.integers(0, 3, POPULATION), random.integers(0, 4, POPULATION)
    chance = 0.3 + 0.1 * level
    return pd.DataFrame(
        {
            "level": coded(level, 3),
            "region": coded(region, 4),
            "group": coded(random.random(POPULATION) < 0.4, 2),
            "three": coded(random.choice(3, POPULATION, p=[0.5, 0.3, 0.2]), 3),
            "yes": coded(random.random(POPULATION) < chance, 2),
            "answer": coded(random.choice(4, POPULATION, p=[0.4, 0.3, 0.2, 0.1]), 4),
            "scale": coded(
                np.clip((2 + 0.3 * level + random.normal(0, 1.2, POPULATION)).round(), 0, 4), 5, ordered=True
            ),
            "hours": random.gamma(4, 4 + level, POPULATION),
            "tries": random.poisson(np.exp(0.8 + 0.2 * level)).astype(float),
        }
    )


def sampling_weights(random: np.random.Generator) -> Any:
    """Weights 1 and more of half of the population each, with the design effect that was asked for in the sample."""
    # Drawn with chances 1 / w: a sample then holds w = 1 and w = k in the ratio k to 1.
    k = next(k for k in np.arange(1, 10, 0.001) if (1 + k) ** 2 / (4 * k) >= DESIGN_EFFECT)
    return np.where(random.random(POPULATION) < 0.5, 1.0, k)


def counts(population: pd.DataFrame, name: str) -> dict[str, float]:
    return population[name].value_counts().astype(float).to_dict()


def main() -> None:
    options = rows_option("Simulated null surveys.", 324, surveys=2000)
    random = np.random.default_rng(SEED)
    population = make_population(random)
    weights = sampling_weights(random)
    chances = 1 / weights / (1 / weights).sum()
    margins = {name: counts(population, name) for name in ("level", "region")}
    crossed = {("level", "region"): {(a, b): float(number) for (a, b), number in
               population.groupby(["level", "region"], observed=True).size().items()}}  # fmt: skip
    truths = {
        "share, logit": float((population["yes"] == "c1").mean()),
        "mean": float(population["hours"].mean()),
        "median": float(population["hours"].median()),
    }
    rejected: dict[str, list[bool]] = defaultdict(list)
    covered: dict[str, list[bool]] = defaultdict(list)
    left_out: dict[str, int] = defaultdict(int)
    effects = []
    start = time.perf_counter()
    warnings.simplefilter("ignore", DoubtWarning)
    for _ in range(options.surveys):
        drawn = random.choice(POPULATION, options.rows, p=chances)
        frame = population.iloc[drawn].reset_index(drop=True).assign(weight=weights[drawn] * POPULATION)
        survey = survey_from_frame(frame, weights="weight")
        w = survey.weights
        effects.append(len(w) * (w**2).sum() / w.sum() ** 2)
        kinds = {"weighted": survey, "raked": rake(survey, margins)}
        try:
            kinds["poststratified"] = poststratify(survey, crossed)
        except InputError:
            left_out["poststratified (an empty cell)"] += 1
        for kind, data in kinds.items():
            for name, (of, by, settings) in TESTS.items():
                if kind == "weighted" or name in AFTER_WEIGHTING:
                    rejected[f"{name}, {kind}"].append(compare(data, of, by, **settings).p_value < 0.05)
            for name, truth in truths.items():
                covered[f"{name}, {kind}"].append(_holds(data, name, truth))
    seconds = time.perf_counter() - start
    print(
        f"{options.surveys:,} surveys of {options.rows}, seed {SEED}, mean design effect of weights "
        f"{np.mean(effects):.3f}, {seconds:.0f} s"
    )
    for title, results, low, high in (
        ("False positives at 5%", rejected, 0.044, 0.056),
        ("Coverage of 95% intervals", covered, 0.944, 0.956),
    ):
        print(f"{title} (asked: {low:.1%} to {high:.1%})")
        for name, found in results.items():
            rate = float(np.mean(found))
            error = (0.05 * 0.95 / len(found)) ** 0.5
            off = (rate - (low + high) / 2) / error
            said = "within" if low <= rate <= high else "OUTSIDE"
            print(f"  {name:58} {rate:6.2%} (simulation error {error:.2%}, {off:+.1f} of them off) {said}")
    for name, number in left_out.items():
        print(f"Left out: {number} surveys, {name}")


def _holds(survey: Survey, name: str, truth: float) -> bool:
    if name == "share, logit":
        table = share(survey, "yes", code="c1").table
    else:
        table = (mean if name == "mean" else quantile)(survey, "hours").table
    return bool(table["ci_low"][0] <= truth <= table["ci_high"][0])


if __name__ == "__main__":
    main()
