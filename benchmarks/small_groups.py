"""Few answers and rare answers: false positives at 5% and coverage of the 95% interval of a difference in shares.

    python benchmarks/small_groups.py --surveys 2000                 groups of 9 to 60 beside 300
    python benchmarks/small_groups.py --surveys 2000 --clusters      twelve schools, 3 against 9 and 2 against 10

In every survey nothing is the matter: both groups have the same share. "as advised" is what a careful team does:
`compare` as it is, and where it warns and names another method, that method. A survey in which everyone gives the same
answer has no test.
"""

from __future__ import annotations

import argparse
import math
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import stagekansen_lib as sk

OTHERS = 300
SHARES = (0.02, 0.05, 0.08)
SIZES = (9, 15, 20, 60)
DESIGN_EFFECTS = (1.0, 1.3, 3.0)
SCHOOLS = {"3 against 9": (2, 6, 11), "2 against 10": (4, 9)}
SCHOOL_SIZES = (18, 25, 12, 30, 22, 15, 27, 20, 10, 24, 16, 19)
ICC = 0.05


@dataclass
class Counted:
    """What was seen in the surveys of one situation."""

    surveys: int = 0
    tests: int = 0
    rejected: int = 0
    held: int = 0
    intervals: int = 0
    warned: int = 0

    def add(self, found: Any, warned: bool) -> None:
        self.surveys += 1
        self.warned += warned
        if found is None:
            return
        self.tests += 1
        self.rejected += found.p_value < 0.05
        if math.isfinite(found.ci_low) and math.isfinite(found.ci_high):
            self.intervals += 1
            self.held += found.ci_low <= 0 <= found.ci_high

    def line(self) -> str:
        level, coverage = self.rejected / max(self.surveys, 1), self.held / max(self.intervals, 1)
        return f"{level:6.1%} | {coverage:6.1%} | {self.warned / max(self.surveys, 1):4.0%}"


def compared(survey: sk.Survey, **options: Any) -> tuple[Any, list[str]]:
    """The comparison, or None where there is nothing to test, and the doubts it told of."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", sk.DoubtWarning)
        try:
            found = sk.compare(survey, of="yes", by="group", **options)
        except sk.InputError:
            found = None
    return found, [str(one.message) for one in told if issubclass(one.category, sk.DoubtWarning)]


def ways(survey: sk.Survey) -> Iterator[tuple[str, Any, bool]]:
    usual, doubts = compared(survey)
    yield "as it is", usual, bool(doubts)
    welch, more = (
        compared(survey, method="welch", code="yes") if survey.design.stages[0].clusters is None else (None, [])
    )
    if survey.design.stages[0].clusters is None:
        yield "welch", welch, bool(more)
    advised = re.search(r"method='(\w+)'", " ".join(doubts))
    if advised is None:
        yield "as advised", usual, bool(doubts)
    elif advised[1] == "welch":
        yield "as advised", welch, bool(more)
    else:
        yield "as advised", compared(survey, method=advised[1], code="yes")[0], True


def answers(random: np.random.Generator, shares: np.ndarray) -> pd.Categorical:
    return pd.Categorical(np.where(random.random(len(shares)) < shares, "yes", "no"), ["no", "yes"])


def small_group(random: np.random.Generator, size: int, share: float, effect: float) -> sk.Survey:
    rows = size + OTHERS
    frame = pd.DataFrame(
        {"group": ["small"] * size + ["others"] * OTHERS, "yes": answers(random, np.full(rows, share))}
    )
    if effect == 1:
        return sk.survey_from_frame(frame)
    frame["weight"] = random.lognormal(0, math.sqrt(math.log(effect)), rows)
    return sk.survey_from_frame(frame, weights="weight")


def few_schools(random: np.random.Generator, special: tuple[int, ...]) -> sk.Survey:
    school = np.repeat(np.arange(len(SCHOOL_SIZES)), SCHOOL_SIZES)
    middle, spread = 0.4, math.sqrt(ICC * 0.4 * 0.6)
    of_school = np.clip(random.normal(middle, spread, len(SCHOOL_SIZES)), 0.01, 0.99)
    frame = pd.DataFrame(
        {"school": school, "group": np.isin(school, special), "yes": answers(random, of_school[school])}
    )
    return sk.survey_from_frame(frame, clusters="school")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--surveys", type=int, default=200)
    parser.add_argument("--clusters", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    situations: list[tuple[str, Any]]
    if options.clusters:
        situations = [
            (f"schools {name}", lambda s=special: few_schools(random, s)) for name, special in SCHOOLS.items()
        ]
    else:
        situations = [
            (f"{size} v {OTHERS}, {share:.0%}, design effect {effect:g}",
             lambda size=size, share=share, effect=effect: small_group(random, size, share, effect))
            for effect in DESIGN_EFFECTS for size in SIZES for share in SHARES
        ]  # fmt: skip
    print("| situation | way | false positives | coverage | told of doubt |\n|---|---|---|---|---|")
    worst: dict[str, list[float]] = {}
    for name, draw in situations:
        seen: dict[str, Counted] = {}
        for _ in range(options.surveys):
            for way, found, warned in ways(draw()):
                seen.setdefault(way, Counted()).add(found, warned)
        for way, counted in seen.items():
            print(f"| {name} | {way} | {counted.line()} |", flush=True)
            level, coverage = counted.rejected / counted.surveys, counted.held / max(counted.intervals, 1)
            most, least = worst.get(way, [0.0, 1.0])
            worst[way] = [max(most, level), min(least, coverage)]
    for way, (level, coverage) in worst.items():
        print(f"{way}: at most {level:.1%} false positives, coverage at least {coverage:.1%}")


if __name__ == "__main__":
    main()
