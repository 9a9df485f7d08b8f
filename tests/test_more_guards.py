"""More guards switched off: what stands beside tables, who knows one respondent, means as sums, equations.

Each is told as in ``test_guards``: with the guard nothing is found, without it the leak is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.attacks.attack import attack_folder
from stagekansen_lib.attacks.beside import Fact, Figure
from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.disclosure import protect as protecting
from stagekansen_lib.disclosure.nested import Naming
from stagekansen_lib.disclosure.protect import protect
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.surveys.codebook_files import read_value_set
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from tests.leaks import write_draft
from tests.small_surveys import BOOK, mean_table, random_survey, share_table, survey_of

DISCLOSURE = "stagekansen_lib.disclosure"
Patch = pytest.MonkeyPatch
Results = Callable[[], list[Any]]


def found_in(number: int, results: Results, place: Path) -> str:
    """What the attack of this number finds in a draft."""
    write_draft(protect(results()), place)
    checks = attack_folder(place / "look", fixed=False).checks
    return "; ".join(str(one) for check in checks if check.number == number for one in check.findings)


# What is made ------------------------------------------------------------------------------------------------------


@cache
def one_level_is_told() -> list[Any]:
    """Half of one level have this origin, and 6 of 120 of the other: hidden, beside the difference of the two."""
    levels, origins = np.repeat([1, 2], 120), np.tile([1, 0], 120)
    origins[:120] = np.arange(120) < 6
    same = dict.fromkeys(("view", "region", "safe", "hours"), 1)
    survey = survey_of(pd.DataFrame({"level": levels, "origin": origins, **same}))
    return [share(survey, "level"), share(survey, "origin", "level"), compare(survey, "origin", "level", code=1)]


WEEKS = Codebook(
    "small",
    {**BOOK.variables, "view": replace(BOOK["view"], codes=tuple(Code(at, f"{at}", f"{at}") for at in (1, 2, 60)))},
)


def a_mean_beside_its_answers() -> list[Any]:
    """250 waited one week, 144 two, and 6 sixty: a mean of 2.2 tells how few."""
    counts = [{"code": code, "n": 400, "count": count} for code, count in ((1, 250), (2, 144), (60, 6))]
    told = replace(mean_table(400, 2.245, 0.2, 0.01, 0.02), of="view", codebook=WEEKS)
    return [share_table(counts, of="view", code=None, codebook=WEEKS), told]


def two_that_are_ten_together() -> list[Any]:
    """Regions with 8 and 2; of everyone 70, of whom 60 in the first."""
    parts = ((120, 60), (85, 8), (85, 2))
    by_region = [{"region": at, "n": n, "count": count} for at, (n, count) in enumerate(parts, start=1)]
    return [share_table([{"n": 290, "count": 70}]), share_table(by_region, by=("region",))]


def class_of(name: str, *sets: str) -> Variable:
    codes = (Code(at, f"{at}", f"{at}", values=read_value_set(one)) for at, one in enumerate(sets, start=1))
    return Variable(name, "nominal", name, name, tuple(codes), derived_from=("asked",))


CROSSING = Codebook(
    "small",
    {
        **BOOK.variables,
        "asked": Variable("asked", "nominal", "a", "a", tuple(Code(at, f"{at}", f"{at}") for at in (1, 2, 3, 4))),
        "half": class_of("half", "1|2", "3|4"),
        "part": class_of("part", "1", "2|3", "4"),
    },
)


def classes_that_cross() -> list[Any]:
    """Of the upper half 80 are safe, of the last part 75: five of those who gave the third answer."""
    by_half = [{"half": at, "n": 200, "count": count} for at, count in ((1, 90), (2, 80))]
    by_part = [{"part": at, "n": n, "count": count} for at, n, count in ((1, 100, 45), (2, 150, 50), (3, 150, 75))]
    return [share_table(rows, by=(name,), codebook=CROSSING) for name, rows in (("half", by_half), ("part", by_part))]


# How guards are taken away -----------------------------------------------------------------------------------------


def no_care_of_tests(patch: Patch) -> None:
    patch.setattr(f"{DISCLOSURE}.publishing._is_hidden", lambda *_: False)


def no_sums_of_means(patch: Patch) -> None:
    patch.setattr(f"{DISCLOSURE}.secondary.add_sums_of_means", lambda *_: None)


def nobody_is_known(patch: Patch) -> None:
    patch.setattr(f"{DISCLOSURE}.secondary._KNOWN", 0)


def no_system(patch: Patch) -> None:
    patch.setattr(f"{DISCLOSURE}.secondary.naming_of_drafts", lambda *_: Naming())


def with_counts(patch: Patch) -> None:
    """Tables that tell exact counts and bases, as protection fears: rounding is not what holds a secret back."""
    whole = protecting.publish_table

    def publish(draft: Any, *others: Any) -> Any:
        made = whole(draft, *others)
        told = [cell.shown and not cell.told for cell in draft.cells]
        exact = {name: np.where(told, [getattr(cell, name) for cell in draft.cells], np.nan) for name in ("n", "count")}
        return replace(made, table=made.table.assign(**exact))

    patch.setattr(protecting, "publish_table", publish)


@pytest.mark.parametrize(
    ("number", "off", "results", "exact", "shows"),
    [
        (3, no_care_of_tests, one_level_is_told, False, r"level=1, answer 1, the count is \d at most, from all tables"),
        (3, no_sums_of_means, a_mean_beside_its_answers, False, r"answer 60, the count is \d at most, from all"),
        (3, nobody_is_known, two_that_are_ten_together, True, r"the count is 10 at most, and less for who knows"),
        (9, no_system, classes_that_cross, True, r"5 people at most, by the figures shown as equations"),
    ],
    ids=["a test beside a hidden share", "a mean is a sum of counts", "one respondent is known", "equations"],
)
def test_what_a_guard_holds_back_shows_when_it_is_off(
    number: int, off: Callable[[Patch], None], results: Results, exact: bool, shows: str, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if exact:
            with_counts(patch)
        assert found_in(number, results, tmp_path / "on") == ""
        off(patch)
        assert re.search(shows, found_in(number, results, tmp_path / "off"))


@pytest.mark.parametrize("seed", range(3))
def test_sets_of_tables_without_a_small_group_pass_attack_9(seed: int, tmp_path: Path) -> None:
    """Three tables that share their variables in a ring; figures as equations give nothing away."""
    survey = random_survey(seed, 900, regions=(0.4, 0.3, 0.3))
    pairs = [("safe", "region"), ("safe", "level"), ("level", "region"), ("origin", "level"), ("origin", "region")]
    assert found_in(9, lambda: [share(survey, of, by) for of, by in pairs], tmp_path) == ""


@pytest.mark.parametrize(
    ("how", "value"),
    [
        ("difference", lambda own, other: own - other),
        ("ratio", lambda own, other: own / other),
        ("odds", lambda own, other: own / (1 - own) / (other / (1 - other))),
    ],
)
def test_what_a_test_leaves_of_two_shares_holds_the_true_ones(how: str, value: Callable[[float, float], float]) -> None:
    rng = np.random.default_rng(3)
    group = Figure("safe", frozenset({"1"}), frozenset())
    for own, other in rng.uniform(0.02, 0.98, (200, 2)):
        told = value(own, other)
        least = told - 0.05 if how == "difference" else max(told - 0.05, 0.0)
        fact = Fact("test", group, (least, told + 0.05), group, how)
        around = [(one - 0.01, one + 0.01) for one in (own, other)]
        low, high = fact.of_figure(around[1])
        assert low <= own <= high
        low, high = fact.of_other(around[0])
        assert low <= other <= high
        low, high = fact.of_figure((other, other))
        assert high - low < 0.8
