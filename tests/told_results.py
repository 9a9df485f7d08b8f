"""Results of every kind, made up, told in both languages: the page that is read by people, and what keeps it so.

    python -m tests.told_results        writes tests/told_results.txt anew

Whoever changes a sentence reads the page before it is stored.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stagekansen_lib.comparison.alternatives import compare_under
from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.comparison.correspondence import correspondence_test
from stagekansen_lib.comparison.graded_selection import sensitivity_to_graded_selection
from stagekansen_lib.comparison.results import Battery
from stagekansen_lib.comparison.sensitivity import sensitivity_to_selection
from stagekansen_lib.effects.differences import difference_in_differences
from stagekansen_lib.effects.grades import grade_evidence
from stagekansen_lib.effects.interrupted import interrupted_series
from stagekansen_lib.effects.waiting import waiting_list
from stagekansen_lib.errors import DoubtWarning, StagekansenError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.monitoring.agreement import krippendorff_alpha
from stagekansen_lib.monitoring.planning import plan
from stagekansen_lib.monitoring.reports import rate_ratio, several_years
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey, subset
from stagekansen_lib.waves.changes import change
from stagekansen_lib.waves.links import link_series
from stagekansen_lib.waves.trends import trend
from stagekansen_lib.weighting.raking import rake
from tests.made_effects import COLLECTED, did, lottery, placebo, registered
from tests.made_effects import change as before_and_after

PAGE = Path(__file__).parent / "told_results.txt"

YES_NO = (Code(0, "nee", "no"), Code(1, "ja", "yes"))
SOURCES = (Code(1, "via school", "through school"), Code(2, "via internet", "online"), Code(3, "anders", "otherwise"))
SCALE = tuple(
    Code(at, nl, en)
    for at, nl, en in (
        (1, "niet moeilijk", "not hard"), (2, "wat moeilijk", "a bit hard"), (3, "moeilijk", "hard"),
        (4, "heel moeilijk", "very hard"),
    )
)  # fmt: skip
BOOK = Codebook(
    "made-up",
    {
        "level": Variable("level", "nominal", "Niveau", "Level", (Code(2, "mbo", "mbo"), Code(3, "hbo", "hbo"))),
        "origin": Variable(
            "origin", "nominal", "Herkomst", "Origin",
            (Code(1, "Nederland", "the Netherlands"), Code(2, "elders", "elsewhere"), Code(3, "beide", "both")),
        ),
        "year": Variable(
            "year", "nominal", "Studiejaar", "Year of study",
            tuple(Code(at, f"jaar {at}", f"year {at}") for at in range(1, 9)),
        ),
        "met": Variable("met", "nominal", "Discriminatie ervaren", "Met discrimination", YES_NO),
        "rare": Variable("rare", "nominal", "Melding gedaan", "Reported it", YES_NO),
        "source": Variable("source", "nominal", "Stage gevonden", "Found through", SOURCES),
        "hard": Variable("hard", "ordinal", "Moeite met zoeken", "Difficulty of the search", SCALE),
        "tried": Variable("tried", "count", "Sollicitaties", "Applications"),
        "weeks": Variable("weeks", "number", "Weken gezocht", "Weeks of searching"),
        "budget": Variable("budget", "number", "Budget van de school in euro", "Budget of the school in euros"),
        "chance": Variable("chance", "number", "Kans op een ongeval", "Chance of an accident"),
    },
)  # fmt: skip


def rows(n: int, seed: int, shift: float) -> pd.DataFrame:
    """Made-up answers of n students; ``shift`` is how far the levels lie apart."""
    rng = np.random.default_rng(seed)
    level = np.where(rng.uniform(size=n) < 0.4, 2, 3)
    lift = shift * (level == 2)
    return pd.DataFrame(
        {
            "level": level,
            "origin": rng.choice([1, 2, 3], n, p=[0.6, 0.3, 0.1]),
            "year": rng.integers(1, 9, n),
            "met": (rng.uniform(size=n) < 0.3 + 0.2 * lift).astype(int),
            "rare": (rng.uniform(size=n) < 0.01 + 0.03 * lift).astype(int),
            "source": rng.choice([1, 2, 3], n, p=[0.5, 0.35, 0.15]),
            "hard": np.clip(np.round(rng.normal(2.4 + 0.5 * lift, 1.0, n)), 1, 4).astype(int),
            "tried": rng.poisson(4 + 2 * lift),
            "weeks": rng.normal(6 + lift, 2.5, n),
            "budget": rng.normal(1.2e6 + 4e4 * lift, 8e4, n),
            "chance": rng.normal(4e-4 + 1e-4 * lift, 1.5e-4, n),
            "school": np.arange(n) // max(n // 12, 1),
            "w": rng.uniform(0.5, 2.5, n),
        }
    )


def survey(n: int, seed: int, shift: float, **options: Any) -> Survey:
    provenance = options.pop("provenance", Provenance("made-up", synthetic=False))
    made = survey_from_frame(rows(n, seed, shift), codebook=BOOK, **options)
    return replace(made, provenance=provenance)


Tell = Callable[[], Any]


def results() -> Iterator[tuple[str, Tell]]:
    """A name for each result, and how it is made."""
    yield from _plain()
    yield from _by_method()
    yield from _of_designs()
    yield from _few_and_rare()
    yield from _batteries()
    yield from _adjusted()
    yield from _correspondence()
    yield from _sensitivity()
    yield from _alternatives()
    yield from _of_one_mind()
    yield from _scales()
    yield from _replicates_that_fail()
    yield from _waves()
    yield from _effects()
    yield from _reports()
    yield from _coders_and_plans()


SIX = ["met", "source", "hard", "tried", "weeks", "chance"]

OUTCOMES = ("met", "rare", "source", "hard", "tried", "weeks", "budget", "chance")


def _plain() -> Iterator[tuple[str, Tell]]:
    for n in (60, 300):
        for shift in (-1.0, 0.0, 1.0):
            data = survey(n, 7, shift)
            for of in OUTCOMES:
                yield f"auto {of} by level, n {n}, shift {shift:g}", lambda of=of, data=data: compare(data, of, "level")
            for of in OUTCOMES if n == 300 else ():
                for by in ("origin", "year") if shift == 0 else ("origin",):
                    yield (
                        f"auto {of} by {by}, n {n}, shift {shift:g}",
                        lambda of=of, by=by, data=data: compare(data, of, by),
                    )


def _by_method() -> Iterator[tuple[str, Tell]]:
    for shift in (-0.4, 0.0, 0.8):
        data = survey(240, 11, shift)
        asked: list[tuple[str, dict[str, Any]]] = [
            *(
                ("met", {"method": name})
                for name in ("rao_scott_chi2", "wald", "adjusted_wald", "lincom", "saddlepoint")
            ),
            *(("met", {"effect": name}) for name in ("risk_ratio", "odds_ratio", "cramers_v")),
            *(("rare", {"effect": name}) for name in ("difference_in_shares", "cramers_v")),
            *(("met", {"method": name}) for name in ("welch", "fisher", "barnard", "permutation")),
            *(("rare", {"method": name}) for name in ("welch", "fisher", "barnard", "permutation")),
            *(("source", {"method": name, "code": 2}) for name in ("rao_scott_f", "welch", "fisher")),
            *(("hard", {"method": name}) for name in ("wilcoxon", "van_der_waerden", "median", "brunner_munzel")),
            ("hard", {"method": "permutation"}),
            *(("weeks", {"method": name}) for name in ("t_test", "welch", "wilcoxon", "permutation", "ratio_of_means")),
            ("weeks", {"effect": "standardised_difference"}),
            ("weeks", {"effect": "ratio_of_means"}),
            ("tried", {"method": "t_test"}),
            ("chance", {"effect": "ratio_of_means"}),
            ("weeks", {"ci_level": 0.9}),
            ("met", {"ci_level": 0.99}),
        ]
        for of, options in asked:
            told = ", ".join(f"{name} {value}" for name, value in options.items())
            yield (
                f"{of} by level, {told}, shift {shift:g}",
                lambda of=of, options=options, data=data: compare(data, of, "level", **options),
            )


def _of_designs() -> Iterator[tuple[str, Tell]]:
    chose = Provenance("made-up", synthetic=True, self_selected=True)
    proxy = {"nl": "Inwoners staan voor studenten. Meer is er niet.", "en": "Inhabitants stand for students. No more."}
    designs = {
        "weighted": survey(240, 5, 0.6, weights="w"),
        "clusters": survey(240, 5, 0.6, clusters="school"),
        "two clusters": survey(240, 5, 0.6, clusters="level"),
        "raked, self-selected, synthetic": rake(
            survey(240, 5, 0.6, provenance=chose), to={"level": {2: 500.0, 3: 500.0}}
        ),
        "with a proxy": survey(240, 5, 0.6, provenance=Provenance("made-up", proxies=(proxy,), self_selected=True)),
        "bootstrap": replicate(survey(240, 5, 0.6), kind="bootstrap", n=100, seed=1),
    }
    for name, data in designs.items():
        for of in ("met", "hard", "tried", "weeks"):
            yield f"{name}: {of} by level", lambda of=of, data=data: compare(data, of, "level")
        yield f"{name}: weeks by origin", lambda data=data: compare(data, "weeks", "origin")
    frame = rows(240, 5, 0.6)
    frame["level"] = np.where(frame["school"] < 3, 2, 3)
    few = survey_from_frame(frame, codebook=BOOK, clusters="school")
    for of in ("met", "hard", "tried", "weeks"):
        yield f"three schools against nine: {of}", lambda of=of: compare(few, of, "level")
        yield (
            f"three schools against nine, variance of the design: {of}",
            lambda of=of: compare(few, of, "level", variance="design"),
        )


def shares(first: tuple[int, int], second: tuple[int, int]) -> Survey:
    """Two groups of which so many of so many said yes."""
    answers = [1] * first[0] + [0] * (first[1] - first[0]) + [1] * second[0] + [0] * (second[1] - second[0])
    frame = pd.DataFrame({"level": [2] * first[1] + [3] * second[1], "met": answers})
    return survey_from_frame(frame, codebook=BOOK)


def _few_and_rare() -> Iterator[tuple[str, Tell]]:
    for counts in (
        ((0, 9), (45, 300)), ((9, 9), (100, 300)), ((5, 100), (0, 100)), ((1, 1), (100, 300)), ((1, 12), (11, 12)),
        ((30, 100), (30, 100)), ((45, 100), (60, 100)), ((4000, 10000), (4150, 10000)),
    ):  # fmt: skip
        for method in ("auto", "welch", "fisher"):
            told = " against ".join(f"{yes} of {n}" for yes, n in counts)
            yield (
                f"{told}, {method}",
                lambda counts=counts, method=method: compare(shares(*counts), "met", "level", method=method, code=1),
            )


def _six(correction: str) -> Battery:
    return compare(survey(200, 3, 0.35), SIX, "level", correction=correction)


def _batteries() -> Iterator[tuple[str, Tell]]:
    for correction in ("holm", "bonferroni", "benjamini_hochberg", "none"):
        for name in SIX:
            yield (
                f"battery of six, {correction}: {name}",
                lambda name=name, correction=correction: _six(correction)[name],
            )
    yield "battery of one: weeks", lambda: compare(survey(200, 3, 0.35), ["weeks"], "level")[0]
    for name in ("weeks", "chance"):
        yield (
            f"battery of two, max_t: {name}",
            lambda name=name: compare(
                survey(200, 3, 0.35), ["weeks", "chance"], "level", method="t_test", correction="max_t"
            )[name],
        )


def _adjusted() -> Iterator[tuple[str, Tell]]:
    for shift in (-0.5, 0.0, 0.5):
        data = survey(260, 9, shift)
        for of in ("met", "hard", "tried", "weeks", "chance"):
            yield (
                f"adjusted {of} by level, shift {shift:g}",
                lambda of=of, data=data: compare(data, of, "level", adjust_for=["origin"]),
            )
            yield (
                f"adjusted {of} by origin, shift {shift:g}",
                lambda of=of, data=data: (
                    compare(data, of, "origin", adjust_for=["level", "weeks" * (of != "weeks")])
                    if of not in ("weeks", "chance")
                    else compare(data, of, "origin", adjust_for=["level"])
                ),
            )


def _correspondence() -> Iterator[tuple[str, Tell]]:
    counts: list[dict[str, Any]] = [
        {"both": 12, "first_only": 0, "second_only": 0, "neither": 188},
        {"both": 20, "first_only": 30, "second_only": 10, "neither": 140},
        {"both": 20, "first_only": 10, "second_only": 30, "neither": 140},
        {"both": 0, "first_only": 5, "second_only": 0, "neither": 40},
        {"both": 0, "first_only": 0, "second_only": 0, "neither": 30},
        {"both": 1, "first_only": 0, "second_only": 0, "neither": 0},
        {"both": 100, "first_only": 6, "second_only": 0, "neither": 20},
        {"majority": (235, 2435), "minority": (157, 2435)},
        {"Ali": (40, 300), "Jan": (60, 300)},
        {"Ali": (5, 100), "Jan": (0, 100)},
        {"Ali": (0, 40), "Jan": (0, 40)},
        {"Ali": (1, 1), "Jan": (0, 1)},
        {"Ali": (30, 300), "Jan": (30, 300)},
    ]
    for given in counts:
        yield f"correspondence {given}", lambda given=given: correspondence_test(counts=given)
    yield "correspondence, synthetic, 90%", lambda: correspondence_test(counts=counts[8], ci_level=0.9, synthetic=True)


def _sensitivity() -> Iterator[tuple[str, Tell]]:
    for first, second in (((30, 100), (60, 100)), ((60, 100), (30, 100)), ((45, 100), (50, 100))):
        yield (
            f"selection, {first} against {second}",
            lambda first=first, second=second: sensitivity_to_selection(
                compare(shares(first, second), "met", "level", code=1)
            ),
        )
    for yes in (60, 40):
        yield (
            f"selection, a share of {yes}% against a half",
            lambda yes=yes: sensitivity_to_selection(share(shares((yes, 100), (yes, 100)), "met", code=1), against=0.5),
        )
    for shift in (-0.6, 0.6):
        data = survey(240, 13, shift)
        for of in ("hard", "tried", "weeks"):
            yield (
                f"graded selection, {of} by level, shift {shift:g}",
                lambda of=of, data=data: sensitivity_to_graded_selection(data, compare(data, of, "level")),
            )
    for against in (5.0, 7.0):
        yield (
            f"graded selection, the mean of weeks against {against:g}",
            lambda against=against: sensitivity_to_graded_selection(
                survey(240, 13, 0.0), mean(survey(240, 13, 0.0), "weeks"), against=against
            ),
        )


def _alternatives() -> Iterator[tuple[str, Tell]]:
    frame = rows(200, 3, 0.8)
    both_ways = survey_from_frame(frame.assign(turned=5 - frame["level"], again=frame["level"]), codebook=BOOK)
    made_up = replace(both_ways, provenance=Provenance("made-up", synthetic=True))
    for name, whole in (("", both_ways), ("made-up data, ", made_up)):
        for other in ("origin", "year", "turned", "again"):
            yield (
                f"{name}weeks by level, {other} in its place",
                lambda other=other, whole=whole: compare_under(
                    whole, "weeks", "level", alternatives=[{"level": other}]
                ),
            )


def _of_one_mind() -> Iterator[tuple[str, Tell]]:
    """A group in which everyone gave the same answer, and weights of which one outweighs all others."""
    rng = np.random.default_rng(1)
    rare = rng.poisson(0.1, 300)
    frame = pd.DataFrame(
        {
            "level": [2] * 20 + [3] * 300,
            "origin": rng.choice([1, 2, 3], 320),
            "tried": [0] * 20 + list(rare),
            "weeks": [0.0] * 20 + list(rare),
            "hard": [1] * 20 + list(1 + np.minimum(rare, 3)),
        }
    )
    one_mind = survey_from_frame(frame, codebook=BOOK)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("tried", {}), ("tried", {"method": "t_test"}),
        ("tried", {"method": "permutation", "effect": "difference_in_means"}),
        ("weeks", {}), ("weeks", {"adjust_for": ["origin"]}), ("weeks", {"method": "permutation"}),
        ("weeks", {"method": "welch"}), ("hard", {}), ("hard", {"method": "permutation"}),
        ("hard", {"method": "welch", "code": 1}),
    ]  # fmt: skip
    for of, options in asked:
        told = ", ".join(f"{name} {value}" for name, value in options.items())
        yield (
            f"a group of one mind, {of}" + (f", {told}" if told else ""),
            lambda of=of, options=options: compare(one_mind, of, "level", **options),
        )
    heavy = rows(200, 5, 0.5).assign(w=np.where(np.arange(200) == 0, 1e6, 1.0))
    for of in ("met", "hard", "weeks", "source"):
        yield (
            f"one weight of a million, {of}",
            lambda of=of: compare(survey_from_frame(heavy, codebook=BOOK, weights="w"), of, "level"),
        )
        yield (
            f"one weight of a million, {of}, for few answers",
            lambda of=of: compare(
                survey_from_frame(heavy, codebook=BOOK, weights="w"), of, "level",
                method="brunner_munzel" if of == "hard" else "welch", code=2 if of == "source" else None,
            ),
        )  # fmt: skip
    crossed = rows(200, 5, 0.5).assign(school=np.arange(200) % 2)
    schools = survey_from_frame(crossed, codebook=BOOK, clusters="school")
    yield (
        "two schools with both levels, met, variance of the design",
        lambda: compare(schools, "met", "level", variance="design"),
    )
    counts = {
        "level": {2: 600.0, 3: 600.0}, "year": dict.fromkeys(range(1, 9), 150.0),
        "origin": {1: 700.0, 2: 400.0, 3: 100.0}, "source": {1: 600.0, 2: 400.0, 3: 200.0},
    }  # fmt: skip
    for of in ("met", "weeks"):
        yield (
            f"weights that meet 16 counts, {of}",
            lambda of=of: compare(rake(survey(120, 5, 0.5), to=counts), of, "level"),
        )
    for of in ("met", "hard", "weeks", "tried"):
        yield (
            f"two schools with both levels, {of}",
            lambda of=of: compare(schools, of, "level"),
        )


def _scales() -> Iterator[tuple[str, Tell]]:
    """Very small, very large and equal figures, three groups of ordered answers, and odds that are not even."""
    for factor in (1e-9, 1e-3, 1e6, 1e12):
        frame = rows(200, 3, 0.8)
        frame["weeks"] *= factor
        scaled = survey_from_frame(frame, codebook=BOOK)
        for options in ({}, {"effect": "ratio_of_means"}, {"adjust_for": ["origin"]}):
            yield (
                f"weeks times {factor:g}, {options}",
                lambda scaled=scaled, options=options: compare(scaled, "weeks", "level", **options),
            )
    for by in ("origin", "year"):
        for method in ("kruskal_wallis", "permutation", "welch"):
            of = "hard" if method != "welch" else "weeks"
            yield (
                f"{of} by {by}, {method}",
                lambda of=of, by=by, method=method: compare(survey(300, 17, 0.0), of, by, method=method),
            )
    frame = rows(400, 3, 0.0)
    frame["hard"] = np.where(
        frame["level"] == 2, np.resize([1, 4, 4, 1, 2, 3], 400), np.resize([2, 3, 3, 2, 1, 4], 400)
    )
    yield (
        "uneven odds",
        lambda: compare(survey_from_frame(frame, codebook=BOOK), "hard", "level", adjust_for=["origin"]),
    )
    same = pd.DataFrame(
        {"level": [2] * 40 + [3] * 40, "tried": [*range(40)] * 2, "weeks": [1.0 * at for at in range(40)] * 2}
    )
    for of in ("tried", "weeks"):
        for options in ({}, {"effect": "standardised_difference", "method": "t_test"}):
            yield (
                f"two equal groups, {of}, {options}",
                lambda of=of, options=options: compare(survey_from_frame(same, codebook=BOOK), of, "level", **options),
            )


def _replicates_that_fail() -> Iterator[tuple[str, Tell]]:
    frame = pd.DataFrame({"level": [2] * 12 + [3] * 60, "met": 0, "origin": np.resize([1, 2], 72)})
    frame.loc[[0, *range(12, 32)], "met"] = 1
    data = replicate(survey_from_frame(frame, codebook=BOOK), kind="bootstrap", n=100, seed=1)
    yield "a rare answer in a bootstrap", lambda: compare(data, "met", "level")
    yield "a rare answer in a bootstrap, adjusted", lambda: compare(data, "met", "level", adjust_for=["origin"])

    few = pd.DataFrame({"level": np.resize([2, 3], 80), "origin": [1] * 40 + [2] * 38 + [3] * 2})
    few["weeks"] = np.random.default_rng(1).normal(5, 2, 80)
    data_of_few = replicate(survey_from_frame(few, codebook=BOOK), kind="bootstrap", n=100, seed=1)
    yield "replicates left out", lambda: compare(data_of_few, "weeks", "level", adjust_for=["origin"])


def _waves() -> Iterator[tuple[str, Tell]]:
    for shift in (-0.8, 0.0, 0.8):
        first, last = survey(240, 21, 0.0), survey(260, 22, shift)
        asked: list[tuple[str, dict[str, Any]]] = [
            ("met", {"code": 1}), ("rare", {"code": 1}), ("hard", {"code": [3, 4]}), ("weeks", {"statistic": "mean"}),
            ("budget", {"statistic": "mean"}), ("chance", {"statistic": "mean"}),
            ("met", {"code": 1, "gap_by": "level"}), ("tried", {"statistic": "ratio", "to": "weeks"}),
            ("tried", {"statistic": "ratio", "to": "weeks", "scale": "log"}), ("met", {"code": 1, "by": "origin"}),
            ("weeks", {"statistic": "mean", "ci_level": 0.9}),
        ]  # fmt: skip
        for of, options in asked:
            told = ", ".join(f"{name} {value}" for name, value in options.items())
            yield (
                f"change of {of}, {told}, shift {shift:g}",
                lambda of=of, options=options, first=first, last=last: change(first, last, of, **options),
            )
        for of, options in (("met", {"code": 1}), ("weeks", {}), ("chance", {})):
            yield (
                f"trend of {of}, shift {shift:g}",
                lambda of=of, options=options, shift=shift: trend(
                    {2022 + at: survey(200, 30 + at, shift * at / 2) for at in range(4)}, of, **options
                ),
            )
    bent = {2020 + at: survey(400, 50 + at, lift) for at, lift in enumerate((0.0, 1.6, 0.0, 1.6))}
    yield "a trend that is bent", lambda: trend(bent, "weeks")
    yield (
        "a change of one answer",
        lambda: change(
            survey(200, 21, 0.0), subset(survey(9, 21, 0.0), [True] + [False] * 8), "weeks", statistic="mean"
        ),
    )
    alike = survey_from_frame(pd.DataFrame({"weeks": [5.0] * 20, "met": [0] * 20}), codebook=BOOK)
    for of, options in (("weeks", {"statistic": "mean"}), ("met", {"code": 1})):
        yield (
            f"a change to a wave of one mind, {of}",
            lambda of=of, options=options: change(survey(200, 21, 0.0), alike, of, **options),
        )
    yield (
        "a trend with waves of one mind",
        lambda: trend({2020: alike, 2021: alike, 2022: survey(200, 21, 0.0)}, "met", code=1),
    )
    few = survey(200, 21, 0.0, provenance=Provenance("made-up", synthetic=True, self_selected=True))
    yield "change, synthetic and self-selected", lambda: change(few, few, "met", code=1)
    for of, options in (("met", {"code": 1}), ("weeks", {})):
        yield (
            f"linked {of}",
            lambda of=of, options=options: link_series(
                survey(200, 41, 0.0), [survey(150, 42, 0.0), survey(150, 43, 0.5)], survey(200, 44, 0.5), of, **options
            ),
        )


def groups_over_time(seed: int, effect: float, clusters: int = 12) -> Survey:
    """Students of so many schools in two waves, of which the first half was treated after the first wave."""
    rng = np.random.default_rng(seed)
    n = 40 * clusters
    frame = pd.DataFrame({"school": np.arange(n) % clusters, "wave": np.repeat([0, 1], n // 2)})
    frame["treated"] = (frame["school"] < clusters // 2).astype(int)
    lift = effect * frame["treated"] * frame["wave"]
    frame["weeks"] = rng.normal(6 + 2 * lift, 2.0)
    frame["met"] = (rng.uniform(size=n) < 0.3 + 0.3 * lift).astype(int)
    frame["chance"] = rng.normal(4e-4 + 1e-4 * lift, 1e-4)
    return survey_from_frame(frame, codebook=BOOK, clusters="school")


def _effects() -> Iterator[tuple[str, Tell]]:
    for effect in (-0.7, 0.0, 0.7):
        for clusters in (4, 12):
            data = groups_over_time(5, effect, clusters)
            asked: list[tuple[str, dict[str, Any]]] = [
                ("weeks", {}), ("met", {"code": 1}), ("chance", {}), ("weeks", {"method": "cr2", "clusters": "school"}),
                ("met", {"code": 1, "method": "randomisation", "clusters": "school"}),
                ("weeks", {"method": "wild_bootstrap", "clusters": "school"}),
            ]  # fmt: skip
            for of, options in asked:
                told = "".join(f", {name} {value}" for name, value in options.items())
                yield (
                    f"difference in differences of {of}{told}, {clusters} schools, effect {effect:g}",
                    lambda of=of, options=options, data=data: difference_in_differences(
                        data, of, group="treated", wave="wave", **options
                    ),
                )
        after = groups_over_time(6, effect)
        for method in ("means", "permutation", "cr2"):
            yield (
                f"waiting list of weeks, {method}, effect {effect:g}",
                lambda method=method, after=after: waiting_list(
                    subset(after, after.rows["wave"] == 1), "weeks", group="school", treated="treated", method=method
                ),
            )
        found = difference_in_differences(groups_over_time(5, effect), "met", group="treated", wave="wave", code=1)
        yield (
            f"graded evidence, effect {effect:g}",
            lambda found=found: grade_evidence(found, name=("de workshop", "the workshop"), matters=0.1, base=0.3),
        )
        for lot in (False, True):
            waited = waiting_list(
                subset(after, after.rows["wave"] == 1), "weeks", group="school", treated="treated", method="means"
            )
            yield (
                f"graded waiting list, by lot {lot}, effect {effect:g}",
                lambda lot=lot, waited=waited: grade_evidence(
                    waited, name=("de workshop", "the workshop"), assigned_by_lot=lot, matters=1.0, sd=2.0
                ),
            )
        rng = np.random.default_rng(9)
        for scale in (1e-6, 1.0, 1e6):
            points = np.arange(24)
            series = pd.DataFrame({"month": points})
            series["figure"] = scale * (10 + 0.1 * points + effect * 4 * (points >= 12) + rng.normal(0, 1, 24))
            series["other"] = scale * (10 + 0.1 * points + rng.normal(0, 1, 24))
            for beside in (None, "other"):
                yield (
                    f"interrupted series times {scale:g}, beside {beside}, effect {effect:g}",
                    lambda series=series, beside=beside: interrupted_series(
                        series, "figure", time="month", at=12, compare=beside
                    ),
                )

    told = registered()
    for name, made, also in (
        ("by lot", lambda: lottery(2.0), {"assigned_by_lot": True}),
        ("by lot, lower", lambda: lottery(-2.0), {"assigned_by_lot": True}),
        ("by lot, too few", lambda: lottery(2.0, 2), {"assigned_by_lot": True, "matters": 0.1}),
        ("with a placebo", lambda: did(2.0), {"placebo": placebo()}),
        ("with a placebo that fails", lambda: did(2.0, 0.8), {"placebo": placebo(0.8)}),
        ("before and after", lambda: before_and_after(2.0), {}),
        ("before and after, lower", lambda: before_and_after(-2.0), {}),
        ("another outcome", lambda: did(2.0), {"placebo": placebo(), "intervention": registered("safe")}),
    ):  # fmt: skip
        yield (
            f"graded, {name}",
            lambda made=made, also=also: grade_evidence(
                made(), **{"intervention": told, "collected": COLLECTED, **also}
            ),
        )
    for drift in (0.0, 0.8):
        yield f"placebo with drift {drift:g}", lambda drift=drift: placebo(drift)
    points = np.arange(24)
    noise = np.random.default_rng(9).normal(0, 1, 24)
    for slope in (-0.5, 0.5):
        turned = pd.DataFrame({"month": points, "figure": 10 + slope * np.maximum(points - 11, 0) + noise})
        yield (
            f"a series that turns by {slope:g}",
            lambda turned=turned: interrupted_series(turned, "figure", time="month", at=12),
        )


def _reports() -> Iterator[tuple[str, Tell]]:
    for counts in (
        (0, 0),
        (0, 4),
        (1, 0),
        (1, 1),
        (2, 9),
        (9, 2),
        (40, 60),
        (60, 40),
        (12, 12),
        (1, 1200),
        (4000, 4100),
    ):
        for exposures in ((1000.0, 1000.0), (2000.0, 1000.0)):
            yield (
                f"rate ratio {counts} of {tuple(int(each) for each in exposures)}",
                lambda counts=counts, exposures=exposures: rate_ratio(counts, exposures),
            )
    for counts in ((0,), (1,), (2,), (1, 0), (0, 0, 0), (2, 4, 3), (2, 4, 30), (1200, 1300)):
        yield f"reports of years {counts}", lambda counts=counts: several_years(counts, [1000.0] * len(counts))


def _coders_and_plans() -> Iterator[tuple[str, Tell]]:
    first = np.resize([1, 2, 3, 1, 2], 40)
    for name, second in (
        ("all alike", first), ("a few apart", np.where(np.arange(40) % 13, first, 3)),
        ("some apart", np.where(np.arange(40) % 5, first, 3)), ("many apart", np.roll(first, 1)),
        ("one code", np.ones(40)),
    ):  # fmt: skip
        codes = np.ones(40) if name == "one code" else first
        yield (
            f"coders, {name}",
            lambda codes=codes, second=second: krippendorff_alpha(pd.DataFrame({"a": codes, "b": second})),
        )
    for asked in (
        {"change": 0.1, "base": 0.3}, {"change": 0.1, "base": 0.3, "design_effect": 1.5, "response": 0.4},
        {"change": -0.1, "base": 0.3, "students": 200}, {"change": 0.01, "base": 0.5}, {"students": 300, "base": 0.02},
        {"schools": 4, "per_school": 25, "base": 0.3, "icc": 0.05, "design": "waiting_list"},
        {"students": 300, "base": 0.3, "years": 5, "design": "trend"}, {"change": 0.4, "sd": 2.0},
    ):  # fmt: skip
        yield f"plan {asked}", lambda asked=asked: plan(**asked)


def page() -> str:
    """Every result with its name, in Dutch and in English; refusals with what they say."""
    parts = []
    for name, make in results():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DoubtWarning)
            try:
                found = make()
            except StagekansenError as refused:
                parts.append(f"# {name}\nrefused: {refused}\n")
                continue
        parts.append(f"# {name}\n{found.sentence('nl')}\n{found.sentence('en')}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
