"""Plans: how many students, schools and years, and the other way round (tests/reference/monitoring/06_waiting)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

import stagekansen_lib as sk
from tests.monitoring_values import agrees, value

TOPIC = "06_waiting"


@pytest.mark.parametrize("key", ["plan.1", "plan.2", "plan.3"])
def test_what_groups_of_a_waiting_list_can_show_is_that_of_r(key: str) -> None:
    given = value(TOPIC, key)
    found = sk.plan(design="waiting_list", schools=given["groups_per_arm"], per_school=given["size"], icc=given["icc"],
                    sd=given["sd"])  # fmt: skip
    # The normal quantiles are those of endless groups.
    normal = found.se * (1.959963984540054 + 0.8416212335729143)
    agrees(TOPIC, key, {"df": found.df, "se": found.se, "detectable_t": found.change, "detectable_z": normal})
    back = sk.plan(design="waiting_list", change=found.change * 1.0001, per_school=given["size"], icc=given["icc"],
                   sd=given["sd"])  # fmt: skip
    assert back.schools == given["groups_per_arm"]
    assert back.solved == "schools"


def test_a_plan_and_its_turning_round_agree_in_each_design() -> None:
    for design in ("waves", "waiting_list", "difference_in_differences", "trend"):
        asked: dict[str, Any] = {"design": design, "base": 0.3, "years": 4 if design == "trend" else None}
        found = sk.plan(students=500, **asked)
        back = sk.plan(change=found.change, **asked)
        assert abs(back.students - 500) <= 1
        chance = sk.plan(students=500, change=found.change, **asked)
        assert (chance.solved, chance.power) == ("power", pytest.approx(0.8, abs=1e-6))


def test_shares_agree_with_the_arcsine_scale_within_a_few_students() -> None:
    for base, change in ((0.25, 0.05), (0.4, 0.1), (0.5, -0.08)):
        ours = sk.plan(change=change, base=base).students
        assert ours == pytest.approx(sk.students_needed(change, base=base), rel=0.01)
    assert sk.plan(students=162, base=0.35).change == pytest.approx(sk.detectable(162, base=0.35), rel=0.01)


def test_simulated_waves_find_the_planned_change_as_often_as_planned() -> None:
    found = sk.plan(change=0.1, base=0.3)
    random = np.random.default_rng(4)
    before, after = (random.binomial(found.students, share, 20_000) / found.students for share in (0.3, 0.4))
    se = np.sqrt((before * (1 - before) + after * (1 - after)) / found.students)
    assert (np.abs(after - before) > 1.96 * se).mean() == pytest.approx(0.8, abs=0.015)


def test_students_of_a_school_who_are_alike_cost_more_students_and_few_schools_more_still() -> None:
    alone = sk.plan(change=0.5, sd=1.0).students
    classes = sk.plan(change=0.5, sd=1.0, per_school=20, icc=0.05)
    assert classes.design_effect == pytest.approx(1 + 19 * 0.05)
    assert classes.students > classes.design_effect * alone
    assert classes.schools is not None
    assert classes.students == 20 * classes.schools
    fixed = sk.plan(change=0.5, sd=1.0, schools=10, icc=0.05)
    assert fixed.schools == 10
    assert fixed.students > alone
    with pytest.raises(sk.InputError, match="No number within reach"):
        sk.plan(change=0.1, sd=1.0, schools=4, icc=0.1)


def test_non_response_is_asked_on_top_and_weighting_counts() -> None:
    found = sk.plan(change=0.05, base=0.25, response=0.4, design_effect=1.5)
    plain = sk.plan(change=0.05, base=0.25)
    assert found.students == pytest.approx(1.5 * plain.students, abs=2)
    assert found.invited == pytest.approx(found.students / 0.4, abs=1)
    assert "40%" in found.sentence("en")


def test_years_of_a_trend_are_looked_for() -> None:
    found = sk.plan(design="trend", change=0.02, students=324, base=0.3)
    assert found.solved == "years"
    fewer = sk.plan(design="trend", students=324, base=0.3, years=found.years - 1)
    assert fewer.change > 0.02 >= sk.plan(design="trend", students=324, base=0.3, years=found.years).change
    assert f"for {found.years} years" in found.sentence("en")


def test_the_picture_is_whole_and_the_table_rises_with_the_students() -> None:
    found = sk.plan(change=0.1, base=0.3, schools=40, icc=0.02)
    root = ET.fromstring(found.picture("nl"))
    assert root.tag.endswith("svg")
    assert "Kans om een verandering van 10,0 procentpunten te vinden" in found.picture("nl")
    table = found.table
    assert table["power"].is_monotonic_increasing
    assert table["change"].is_monotonic_decreasing
    assert table["power"][3] >= 0.8
    assert found._repr_html_().startswith("<p>")
    for language in ("nl", "en"):
        for design in ("waves", "waiting_list", "difference_in_differences"):
            assert "80%" in sk.plan(change=0.1, base=0.3, design=design).sentence(language)


def test_few_schools_are_called_a_rough_estimate() -> None:
    assert "rough estimate" in sk.plan(schools=3, per_school=25, icc=0.05, sd=1.0).sentence("en")
    assert "rough estimate" not in sk.plan(schools=30, per_school=25, icc=0.05, sd=1.0).sentence("en")


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({}, "Give one of a share"),
        ({"base": 0.3, "sd": 1.0, "change": 0.1}, "Give one of a share"),
        ({"base": 0.3}, "nothing to compute with"),
        ({"base": 0.3, "change": 0.8}, "A share of 1.1 is not possible"),
        ({"base": 0.3, "change": 0.0}, "A change of zero"),
        ({"base": 0.3, "change": 0.1, "response": 1.2}, "response is 1.2"),
        ({"base": 0.3, "change": 0.1, "icc": 1.0}, "icc is 1"),
        ({"base": 0.3, "change": 0.1, "design": "panel"}, "design is 'panel'"),
        ({"base": 0.3, "change": 0.1, "students": 1}, "students is 1"),
        ({"base": 0.3, "change": 0.1, "design": "trend"}, "A trend needs years or students"),
        ({"base": 0.3, "students": 100, "schools": 5, "per_school": 30}, "Give two of"),
        ({"base": 1.3, "change": 0.1}, "base is 1.3"),
    ],
)
def test_a_plan_that_says_too_little_or_too_much_is_refused(asked: dict[str, Any], text: str) -> None:
    with pytest.raises(sk.InputError, match=text):
        sk.plan(**asked)


def test_a_difference_in_differences_of_two_waves_of_324_sees_what_the_design_says() -> None:
    """162 students on each side: 19 to 24 points, with a design effect of 1 to 1.6."""
    sizes = [
        sk.plan(design="difference_in_differences", students=162, base=0.25, design_effect=effect).change
        for effect in (1.0, 1.6)
    ]
    assert 0.19 <= sizes[0] < sizes[1] <= 0.26
