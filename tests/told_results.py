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
from stagekansen_lib.errors import DoubtWarning, StagekansenError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.raking import rake

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
    data = survey(200, 3, 0.8)
    for other in ("origin", "year"):
        yield (
            f"met by level, {other} in its place",
            lambda other=other: compare_under(data, "met", "level", alternatives=[{"level": other}]),
        )


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
