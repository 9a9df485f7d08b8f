"""Secondary protection at the least cost: as cheap as brute force, safe, bounded, and the same each time."""

from __future__ import annotations

import functools
import itertools
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagekansen_lib.disclosure import optimal
from stagekansen_lib.disclosure.intervals import EXACT_COUNT, Counts, Demand, Secret, computed_interval, gap
from stagekansen_lib.disclosure.optimal import Bounds, hide_cheapest
from stagekansen_lib.disclosure.protect import protect, protect_with_report
from stagekansen_lib.disclosure.rules import read_rules
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.estimation.tables import EstimateTable
from tests.small_surveys import random_survey

DEMAND = Demand(upper=10, absolute=1, relative=0.5)
FAR = Bounds(rounds=200, nodes=20_000, seconds=60)
Problem = tuple[Counts, list[Secret], set[int], dict[int, float]]


def table(seed: int, groups: int = 2, answers: int = 3) -> Problem:
    """A cross of counts with its margins, each number a row; counts under ten are secret and hidden already."""
    rng = np.random.default_rng(seed)
    cells = rng.choice([0, 2, 5, 8, 12, 20, 35, 60], (groups, answers))
    counts, secrets, row = Counts(), list[Secret](), itertools.count()
    keys = {
        (group, answer): frozenset(
            {*([("g", group)] if group < groups else []), ("a", answer if answer < answers else "*")}
        )
        for group in range(groups + 1)
        for answer in range(answers + 1)
    }
    whole = np.pad(cells, ((0, 1), (0, 1)))
    whole[-1] = whole.sum(axis=0)
    whole[:, -1] = whole.sum(axis=1)
    cost: dict[int, float] = {}
    for place, key in keys.items():
        number, value = next(row), float(whole[place])
        counts.values[key] = value
        counts.exposed[number] = (key,)
        cost[number] = float(rng.integers(50, 150) + value)
        if value < 10:
            secrets.append(Secret(number, key, value))
    for group in range(groups + 1):
        counts.add_sum(keys[group, answers], [keys[group, answer] for answer in range(answers)])
    for answer in range(answers + 1):
        counts.add_sum(keys[groups, answer], [keys[group, answer] for group in range(groups)])
    counts.complete()
    return counts, secrets, set(cost) - {secret.row for secret in secrets}, cost


def linked_tables(seed: int) -> Problem:
    """Two crosses that share their groups, of one answer to each of two questions: the margin of groups ties them."""
    rng = np.random.default_rng(1000 + seed)
    sizes = rng.choice([14, 22, 35, 60], 2)
    counts, secrets, cost = Counts(), list[Secret](), dict[int, float]()
    group = [frozenset({("g", at)}) for at in (0, 1)]
    everyone = frozenset({("g", "*")})

    def show(key: frozenset[tuple[str, Any]], value: float) -> None:
        row = len(cost)
        counts.values[key], counts.exposed[row] = value, (key,)
        cost[row] = float(rng.integers(50, 150) + value)
        if value < 10:
            secrets.append(Secret(row, key, value))

    for at in (0, 1):
        show(group[at], float(sizes[at]))
    show(everyone, float(sizes.sum()))
    counts.add_sum(everyone, group)
    for question in ("a", "b"):
        first = [float(min(rng.choice([2, 5, 8, 12, 20]), size)) for size in sizes]
        keys = {(at, code): frozenset({("g", at), (question, code)}) for at in (0, 1) for code in (1, 2)}
        for at in (0, 1):
            show(keys[at, 1], first[at])
            show(keys[at, 2], float(sizes[at]) - first[at])
            counts.add_sum(group[at], (keys[at, 1], keys[at, 2]))
        for code in (1, 2):
            total = frozenset({(question, code)})
            counts.values[total] = counts.values[keys[0, code]] + counts.values[keys[1, code]]
            counts.add_sum(total, (keys[0, code], keys[1, code]))
    counts.complete()
    return counts, secrets, set(cost) - {secret.row for secret in secrets}, cost


@functools.cache
def brute_force(seed: int, made: Callable[[int], Problem] = table) -> float:
    """The cost of the cheapest safe set of rows, all sets tried in order of their cost."""
    counts, secrets, shown, cost = made(seed)
    sets = [frozenset(rows) for size in range(len(shown) + 1) for rows in itertools.combinations(sorted(shown), size)]
    unsafe: list[frozenset[int]] = []
    for rows in sorted(sets, key=lambda rows: sum(cost[row] for row in rows)):
        if any(rows <= one for one in unsafe):
            continue
        if all(gap(counts, secret, shown - rows, DEMAND) <= EXACT_COUNT for secret in secrets):
            return math.fsum(cost[row] for row in rows)
        unsafe.append(rows)
    raise AssertionError("hiding everything is safe")


@pytest.fixture(params=[1000, 0], ids=["few ends", "as among many ends"])
def many_ends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search as it goes by itself, and told from the start what single sums say."""
    monkeypatch.setattr(optimal, "_MANY_ENDS", request.param)


@pytest.mark.usefixtures("many_ends")
@pytest.mark.parametrize("seed", range(12))
def test_the_cost_equals_brute_force(seed: int) -> None:
    counts, secrets, shown, cost = table(seed)
    found = hide_cheapest(counts, secrets, shown, cost, DEMAND, FAR)
    assert not found.unprotected
    assert found.method == "optimal"
    assert found.cost == pytest.approx(brute_force(seed), abs=1e-9)
    assert found.gap == 0


@pytest.mark.usefixtures("many_ends")
@pytest.mark.parametrize("seed", range(8))
def test_the_cost_of_linked_tables_equals_brute_force(seed: int) -> None:
    counts, secrets, shown, cost = linked_tables(seed)
    found = hide_cheapest(counts, secrets, shown, cost, DEMAND, FAR)
    assert not found.unprotected
    assert found.cost == pytest.approx(brute_force(seed, linked_tables), abs=1e-9)


def test_the_brute_force_above_meets_tables_with_something_to_hide() -> None:
    assert sum(brute_force(seed) > 0 for seed in range(12)) >= 8
    assert sum(brute_force(seed, linked_tables) > 0 for seed in range(8)) >= 5


@given(seed=st.integers(0, 10**6), groups=st.integers(2, 4), answers=st.integers(2, 5))
@settings(max_examples=8, deadline=None)
def test_no_secret_is_closer_than_it_may_be_and_no_row_is_hidden_in_vain(seed: int, groups: int, answers: int) -> None:
    counts, secrets, shown, cost = table(seed, groups, answers)
    found = hide_cheapest(counts, secrets, shown, cost, DEMAND, FAR)
    left = shown - set(found.hidden)
    for secret in secrets:
        low, high = computed_interval(counts, secret.key, left)
        assert high >= DEMAND.upper - EXACT_COUNT
        assert low <= DEMAND.lowest(secret.value) + EXACT_COUNT
    for row, secret in found.hidden.items():
        assert secret in secrets
        assert any(gap(counts, one, left | {row}, DEMAND) > EXACT_COUNT for one in secrets)


@pytest.mark.usefixtures("many_ends")
@pytest.mark.parametrize("bounds", [Bounds(1, 20_000, 60), Bounds(200, 20_000, 0.0)])
def test_past_its_bounds_the_search_falls_back_on_a_safe_choice_and_tells_the_gap(bounds: Bounds) -> None:
    fell_back = 0
    for seed in range(3):
        counts, secrets, shown, cost = table(seed, 3, 4)
        best = hide_cheapest(counts, secrets, shown, cost, DEMAND, FAR)
        found = hide_cheapest(counts, secrets, shown, cost, DEMAND, bounds)
        assert all(gap(counts, secret, shown - set(found.hidden), DEMAND) <= EXACT_COUNT for secret in secrets)
        assert found.least <= best.cost + 1e-6
        assert found.cost >= best.cost - 1e-6
        assert 0 <= found.gap <= 1
        fell_back += found.method == ("greedy" if bounds.seconds else "everything")
    assert fell_back >= 2


def test_a_slow_computer_hides_the_same_rows_also_where_the_work_ends_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, secrets, shown, cost = table(0, 3, 4)
    budgets = [Bounds(200, 20_000, 10.0**power) for power in (-6, -5, -4.5, -4, -3.5, -3, -2, 0)]
    quick = [hide_cheapest(counts, secrets, shown, cost, DEMAND, one) for one in budgets]
    hours = itertools.count(0, 3600)
    for clock in ("monotonic", "perf_counter", "process_time", "time"):
        monkeypatch.setattr(time, clock, lambda: float(next(hours)))
    slow = [hide_cheapest(counts, secrets, shown, cost, DEMAND, one) for one in budgets]
    assert slow == quick
    assert {one.method for one in quick} == {"everything", "greedy", "optimal"}
    for one in quick:
        assert all(gap(counts, secret, shown - set(one.hidden), DEMAND) <= EXACT_COUNT for secret in secrets)


def test_the_search_costs_no_more_than_the_fallback_and_sometimes_less() -> None:
    saved = []
    for seed in range(6):
        counts, secrets, shown, cost = table(seed, 3, 4)
        best = hide_cheapest(counts, secrets, shown, cost, DEMAND, FAR)
        simple = hide_cheapest(counts, secrets, shown, cost, DEMAND, Bounds(0, 1, 60))
        assert simple.method == "greedy"
        saved.append(simple.cost - best.cost)
    assert min(saved) >= -1e-6
    assert max(saved) > 0


def test_a_secret_that_is_told_outside_the_tables_is_named() -> None:
    counts, secrets, shown, cost = table(0)
    counts.bounds[secrets[0].key] = (secrets[0].value, secrets[0].value)
    found = hide_cheapest(counts, secrets, shown, cost, DEMAND, FAR)
    assert secrets[0] in found.unprotected


def linked(seed: int) -> list[EstimateTable]:
    survey = random_survey(seed, 200)
    asked = [("view", None), ("region", None), ("view", "region"), ("region", "view"), ("safe", "region")]
    return [share(survey, of, by) for of, by in asked]


def test_the_report_tells_how_the_rows_were_chosen() -> None:
    _, report = protect_with_report(linked(3))
    partners = report.table["reasons"].map(lambda found: any(one.rule == "R6" for one in found))
    assert report.suppression.method == "optimal"
    assert report.suppression.gap == 0
    assert len(report.suppression.hidden) == partners.sum() > 0


def test_the_same_results_are_protected_in_the_same_way_each_time_and_in_any_order() -> None:
    results = linked(4)
    first = [one.table for one in protect(results)]  # type: ignore[union-attr]
    for order in itertools.islice(itertools.permutations(range(len(results))), 0, 120, 24):
        again = protect([results[place] for place in order])
        assert all(again[at].table.equals(first[place]) for at, place in enumerate(order))  # type: ignore[union-attr]


def test_the_costs_and_bounds_stand_in_the_rules() -> None:
    rules = read_rules("steering_group")
    assert min(rules.cost_cell, rules.cost_answer, rules.cost_everyone) > 0
    # A required row costs more than all other rows of a release of a few thousand answers may together.
    assert rules.cost_required > 10 * (rules.cost_cell + rules.cost_everyone + 1000 * rules.cost_answer)
    assert min(rules.most_rounds, rules.most_nodes, rules.most_seconds) > 0
