"""How often default tests reject when nothing is the matter, and how often 95% intervals hold the truth.

Every simulated survey is drawn anew from an endless population in which nothing depends on the group, so that the null
hypothesis holds exactly and the truth is a number from a formula. Each has --rows students. Level and region are
related; answers depend on level; students of one level take part more readily than those of another, and within a level
some answer half as readily as others: Kish's design effect of the weights is 1.3. With enough surveys 4.4 to 5.6%
false positives and 94.4 to 95.6% coverage are asked; beside each figure stands its own simulation error.

With --small 20 one of the two groups has 20 students and the other ones the rest, and the tests for small groups are
tried as well. --survey-seed gives other surveys.

With --results FILE the outcome of each survey is added to that file as it goes, a line of JSON each; a run that was cut
off goes on where it stopped. --first 5000 begins at another survey, so that two processes can share the work, each with
its own file; --summary "FILE FILE" then only shows what is in them.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import coded, rows_option
from scipy import optimize, stats

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.quantiles import quantile
from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.poststratification import poststratify
from stagekansen_lib.weighting.raking import rake

SEED = 20221124
DESIGN_EFFECT = 1.3
POPULATION = 30_000
LEVELS, REGIONS = 3, 4

# Part of the population at each level; region within level; how many of each level answer half as readily or less.
LEVEL = np.array([0.3, 0.4, 0.3])
REGION = np.array([[0.4, 0.3, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25], [0.1, 0.2, 0.3, 0.4]])
RELUCTANT = np.array([0.7, 0.5, 0.3])
YES, SHAPE, HOURS = np.array([0.3, 0.4, 0.5]), 4.0, np.array([4.0, 5.0, 6.0])
ANSWERS = [0.4, 0.3, 0.2, 0.1]

TESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Rao-Scott F, 2 answers x 2 groups": ("yes", "group", {}),
    "Rao-Scott F, 4 answers x 2 groups": ("answer", "group", {}),
    "Rao-Scott F, 4 answers x 3 groups": ("answer", "three", {}),
    "rank test, 5 ordered answers, 2 groups": ("scale", "group", {}),
    "rank test, 5 ordered answers, 3 groups": ("scale", "three", {}),
    "t test, skewed measurement, 2 groups": ("hours", "group", {}),
    "equal means, 3 groups": ("hours", "three", {}),
    "ratio of means, counts": ("tries", "group", {}),
    "logistic, adjusted for level and region": ("yes", "group", {"adjust_for": ["level", "region"]}),
    "ordinal, adjusted for level and region": ("scale", "group", {"adjust_for": ["level", "region"]}),
    "linear, adjusted for level and region": ("hours", "group", {"adjust_for": ["level", "region"]}),
    "Poisson, adjusted for level and region": ("tries", "group", {"adjust_for": ["level", "region"]}),
}

FOR_SMALL_GROUPS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Welch's test, skewed measurement": ("hours", "group", {"method": "welch"}),
    "Welch's test, 2 answers": ("yes", "group", {"method": "welch"}),
    "Brunner and Munzel's test, 5 ordered answers": ("scale", "group", {"method": "brunner_munzel"}),
}

# Also tried in raked and poststratified surveys.
AFTER_WEIGHTING = (
    "Rao-Scott F, 2 answers x 2 groups",
    "rank test, 5 ordered answers, 2 groups",
    "t test, skewed measurement, 2 groups",
    "ratio of means, counts",
)


@cache
def heavy_weight() -> float:
    """The weight k of the reluctant, beside 1 of the others, that gives the design effect in a sample."""
    # Drawn with chances 1 / w from halves of the population, a sample holds w = 1 and w = k in the ratio k to 1.
    return float(optimize.brentq(lambda k: (1 + k) ** 2 / (4 * k) - DESIGN_EFFECT, 1, 10))


def cell_chances(heavy: float) -> tuple[np.ndarray, np.ndarray]:
    """Chances of (level, region, reluctant) in the population, and in a sample drawn with chances 1 / w."""
    cells = LEVEL[:, None, None] * REGION[:, :, None] * np.stack([1 - RELUCTANT, RELUCTANT], axis=1)[:, None, :]
    sampled = cells / np.array([1.0, heavy])
    return cells, sampled / sampled.sum()


def draw_survey(random: np.random.Generator, rows: int, heavy: float, sampled: np.ndarray, small: int) -> Survey:
    level, region, reluctant = np.unravel_index(random.choice(sampled.size, rows, p=sampled.ravel()), sampled.shape)
    group = random.random(rows) < 0.4
    if small:
        group = random.permutation(rows) < small
    frame = pd.DataFrame(
        {
            "level": coded(level, LEVELS),
            "region": coded(region, REGIONS),
            "group": coded(group, 2),
            "three": coded(random.choice(3, rows, p=[0.5, 0.3, 0.2]), 3),
            "yes": coded(random.random(rows) < YES[level], 2),
            "answer": coded(random.choice(4, rows, p=ANSWERS), 4),
            "scale": coded(np.clip((2 + 0.3 * level + random.normal(0, 1.2, rows)).round(), 0, 4), 5, ordered=True),
            "hours": random.gamma(SHAPE, HOURS[level]),
            "tries": random.poisson(np.exp(0.8 + 0.2 * level)).astype(float),
            "weight": np.where(reluctant, heavy, 1.0) * POPULATION / rows,
        }
    )
    survey = survey_from_frame(frame, weights="weight")
    counted = replace(survey.codebook.variables["tries"], kind="count")
    book = replace(survey.codebook, variables={**survey.codebook.variables, "tries": counted})
    return replace(survey, codebook=book)


@cache
def truths() -> dict[str, float]:
    """What the intervals should hold: the share of yes, the mean and the median of hours in the population."""
    median = optimize.brentq(lambda x: float(LEVEL @ stats.gamma.cdf(x, SHAPE, scale=HOURS)) - 0.5, 1, 100)
    return {"share, logit": float(LEVEL @ YES), "mean": float(LEVEL @ HOURS * SHAPE), "median": float(median)}


def main() -> None:
    options = rows_option(
        "Simulated null surveys.", 324, surveys=2000, first=0, small=0, survey_seed=SEED, results="", summary=""
    )
    if options.summary:
        show([line for file in options.summary.split() for line in _lines(Path(file))])
        return
    file = Path(options.results) if options.results else None
    done = _lines(file) if file else []
    known = {line["survey"] for line in done}
    start = time.perf_counter()
    warnings.simplefilter("ignore", DoubtWarning)
    for number in range(options.first, options.first + options.surveys):
        if number in known:
            continue
        line = try_survey(number, options.rows, options.small, options.survey_seed)
        done.append(line)
        if file:
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(line) + "\n")
        if (number + 1) % 1000 == 0:
            print(f"{number + 1:,} surveys, {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    show(done)
    print(f"{time.perf_counter() - start:.0f} s")


def try_survey(number: int, rows: int, small: int, seed: int) -> dict[str, Any]:
    """One null survey: which tests reject at 5%, which intervals hold the truth, and what had no outcome."""
    heavy = heavy_weight()
    cells, sampled = cell_chances(heavy)
    by_cell = cells.sum(axis=2) * POPULATION
    margins = {"level": named(by_cell.sum(axis=1)), "region": named(by_cell.sum(axis=0))}
    crossed = {("level", "region"): {(f"c{a}", f"c{b}"): float(n) for (a, b), n in np.ndenumerate(by_cell)}}
    tests = TESTS
    if small:
        tests = {name: test for name, test in TESTS.items() if test[1] == "group"} | FOR_SMALL_GROUPS
    survey = draw_survey(np.random.default_rng([seed, number]), rows, heavy, sampled, small)
    w = survey.weights
    kinds: dict[str, Callable[[], Survey]] = {"weighted": lambda: survey}
    if not small:
        kinds["raked"] = lambda: rake(survey, margins)
        kinds["poststratified"] = lambda: poststratify(survey, crossed)
        kinds["poststratified, jackknife"] = lambda: replicate(poststratify(survey, crossed), kind="jackknife")
    rejected: dict[str, bool] = {}
    covered: dict[str, bool] = {}
    left_out: list[str] = []
    for kind, made in kinds.items():
        try:
            data = made()
        except InputError:
            left_out.append(f"{kind}: an empty cell")
            continue
        for name, (of, by, settings) in tests.items():
            if kind == "weighted" or (name in AFTER_WEIGHTING and "jackknife" not in kind):
                try:
                    rejected[f"{name}, {kind}"] = bool(compare(data, of, by, **settings).p_value < 0.05)
                except InputError:
                    left_out.append(f"{name}, {kind}: no outcome")
        for name, value in truths().items():
            if "jackknife" not in kind or name == "mean":
                covered[f"{name}, {kind}"] = _holds(data, name, value)
    return {
        "survey": number,
        "of": f"{rows}, one group of {small}" if small else str(rows),
        "seed": seed,
        "design effect": len(w) * (w**2).sum() / w.sum() ** 2,
        "rejected": rejected,
        "covered": covered,
        "left out": left_out,
    }


def show(lines: list[dict[str, Any]]) -> None:
    """The rates over all surveys, each beside its own simulation error."""
    if len({(line["of"], line["seed"], line["survey"]) for line in lines}) < len(lines):
        raise SystemExit("A survey occurs twice in these results: its outcome would count double.")
    if len({(line["of"], line["seed"]) for line in lines}) > 1:
        raise SystemExit("These results are of surveys of different sizes or seeds: show them apart.")
    print(
        f"{len(lines):,} surveys of {lines[0]['of']}, seed {lines[0]['seed']}, mean design effect of weights "
        f"{np.mean([line['design effect'] for line in lines]):.3f}"
    )
    for title, key, low, high in (
        ("False positives at 5%", "rejected", 0.044, 0.056),
        ("Coverage of 95% intervals", "covered", 0.944, 0.956),
    ):
        print(f"{title} (asked: {low:.1%} to {high:.1%})")
        found: dict[str, list[bool]] = defaultdict(list)
        for line in lines:
            for name, outcome in line[key].items():
                found[name].append(outcome)
        for name, outcomes in found.items():
            rate = float(np.mean(outcomes))
            error = (0.05 * 0.95 / len(outcomes)) ** 0.5
            off = (rate - (low + high) / 2) / error
            said = "within" if low <= rate <= high else "OUTSIDE"
            print(f"  {name:58} {rate:6.2%} (simulation error {error:.2%}, {off:+.1f} of them off) {said}")
    for name, number in Counter(what for line in lines for what in line["left out"]).items():
        print(f"Left out: {number} surveys, {name}")


def _lines(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def named(counts: np.ndarray) -> dict[str, float]:
    return {f"c{at}": float(count) for at, count in enumerate(counts)}


def _holds(survey: Survey, name: str, truth: float) -> bool:
    if name == "share, logit":
        table = share(survey, "yes", code="c1").table
    else:
        table = (mean if name == "mean" else quantile)(survey, "hours").table
    return bool(table["ci_low"][0] <= truth <= table["ci_high"][0])


if __name__ == "__main__":
    main()
