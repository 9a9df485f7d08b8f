"""A stepped introduction against R and clubSandwich (tests/reference/monitoring/06_waiting)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import stagekansen_lib as sk
from stagekansen_lib.effects import stepped
from stagekansen_lib.errors import InputError
from tests.monitoring_values import FOLDER, agrees, report

TOPIC = "06_waiting"


@cache
def rows() -> pd.DataFrame:
    return pd.read_csv(FOLDER / TOPIC / "stepped.csv")


def found(frame: pd.DataFrame | None = None, **also: Any) -> Any:
    asked: dict[str, Any] = {"of": "mean", "group": "group", "period": "period", "treated": "treated"} | also
    return sk.stepped_introduction(sk.survey_from_frame(rows() if frame is None else frame), **asked)


def test_groups_and_periods_taken_out_with_cr2_is_clubsandwich() -> None:
    made = found()
    details = made.details
    agrees(TOPIC, "stepped.two_way",
           {"estimate": made.estimate, "se_CR2": made.se, "df_CR2": made.df, "p_CR2": made.p_value,
            "se_ols": details["se_ols"], "df_ols": details["df_ols"], "p_ols": details["p_ols"],
            "assignments": details["ways"], "count_two_sided": details["count_two_sided"],
            "p_permutation": details["p_permutation"]})  # fmt: skip
    assert made.ci_low < made.estimate < made.ci_high


def test_within_periods_every_way_of_starting_is_counted() -> None:
    made = found(method="within_periods")
    agrees(TOPIC, "stepped.vertical",
           {"estimate": made.estimate, "assignments": made.details["ways"],
            "count_two_sided": made.details["count_two_sided"], "p": made.p_value})  # fmt: skip
    assert made.verdict == "not_shown"
    assert "no demonstrable difference" in made.sentence("en")


def test_with_known_variances_it_is_the_estimate_of_hussey_and_hughes_and_their_formula() -> None:
    made = found(method="mixed", variances=(16, 6.25))
    agrees(TOPIC, "stepped.gls_known", report(made, "df", "t_low", "t_high", "t_p") | {"tau2": 16, "sigma2": 6.25})
    assert made.ci_low == pytest.approx(made.estimate - stats.norm.isf(0.025) * made.se)
    power = stats.norm.cdf(3.5 / made.se - stats.norm.isf(0.025))
    agrees(TOPIC, "stepped.design_se",
           {"se": made.se, "detectable": made.smallest_detectable, "power_at_effect": power})  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"variances": (16, 6)}, "Give method='mixed'"),
        ({"method": "mixed", "variances": 16}, "two numbers"),
        ({"method": "mixed", "variances": (1, 2, 3)}, "two numbers"),
        ({"method": "mixed", "variances": (16, 0)}, "within groups"),
        ({"method": "mixed", "variances": (-1, 6)}, "between groups"),
        ({"method": "mixed", "variances": ("a", 6)}, "between groups"),
    ],
)
def test_variances_that_cannot_be_are_refused(asked: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        found(**asked)


def test_a_random_effect_of_each_group_is_that_of_nlme() -> None:
    made = found(method="mixed")
    details = made.details
    told = {"estimate": made.estimate, "se": made.se, "tau2": details["between"], "sigma2": details["within"]}
    agrees(TOPIC, "stepped.reml", told)
    assert details["icc"] == pytest.approx(details["between"] / (details["between"] + details["within"]))
    assert made.df == 9 * 3 - 4
    assert made.ci_low < made.estimate < made.ci_high
    assert 0 < made.p_value < 0.01
    assert made.ci_high - made.ci_low < found().ci_high - found().ci_low


def test_groups_that_differ_by_chance_only_have_no_variance_between_them() -> None:
    frame = rows().copy()
    random = np.random.default_rng(4)
    noise = random.normal(0, 1, (9, 4))
    frame["mean"] = (noise - noise.mean(axis=1, keepdims=True)).ravel()  # every group the same over all periods
    made = found(frame, method="mixed")
    assert made.details["between"] == 0
    flat = np.column_stack([frame["treated"], *(frame["period"] == one for one in sorted(frame["period"].unique()))])
    assert made.estimate == pytest.approx(np.linalg.lstsq(flat.astype(float), frame["mean"], rcond=None)[0][0])


def test_means_that_lie_on_the_model_have_no_margin() -> None:
    frame = rows().copy()
    frame["mean"] = 3.0 * frame["treated"] + frame["period"]
    made = found(frame, method="mixed")
    assert made.estimate == pytest.approx(3.0)
    assert made.se == pytest.approx(0, abs=1e-6)


def test_students_of_groups_of_any_size_give_the_means_of_the_groups() -> None:
    frame = rows().loc[np.repeat(np.arange(len(rows())), np.tile([2, 5, 3, 4], 9))].reset_index(drop=True)
    frame["mean"] += np.tile([-1.0, 1.0], len(frame) // 2) * frame.groupby(["group", "period"])["mean"].transform(
        lambda part: 0.0 if len(part) % 2 else 1.0
    )
    assert found(frame).estimate == pytest.approx(found().estimate, rel=1e-9)
    assert found(frame).n == len(frame)
    shuffled = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    assert found(shuffled).se == pytest.approx(found(frame).se, rel=1e-9)


def test_a_share_is_followed_by_its_answer() -> None:
    random = np.random.default_rng(2)
    frame = rows().loc[np.repeat(np.arange(len(rows())), 10)].reset_index(drop=True)
    frame["knows"] = (random.random(len(frame)) < 0.3 + 0.3 * frame["treated"]).astype(int)
    made = found(frame, of="knows", code=1)
    assert 0.1 < made.estimate < 0.5
    assert "percentage points" in made.sentence("en")


def test_where_all_ways_are_too_many_they_are_drawn_and_come_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = found()
    monkeypatch.setattr(stepped, "_MOST_WAYS", 100)
    drawn, again = found(), found()
    assert (drawn.details["exact"], exact.details["exact"]) == (0.0, 1.0)
    assert drawn.details == again.details
    assert drawn.details["p_permutation"] == pytest.approx(exact.details["p_permutation"], abs=0.003)


def changed(change: Any) -> pd.DataFrame:
    frame = rows().copy()
    change(frame)
    return frame


def give_back(frame: pd.DataFrame) -> None:
    frame.loc[frame["period"] == 4, "treated"] = 0


def at_once(frame: pd.DataFrame) -> None:
    frame["treated"] = (frame["period"] > 2).astype(int)


@pytest.mark.parametrize(
    ("frame", "asked", "text"),
    [
        (changed(give_back), {}, "have it and later do not"),
        (changed(at_once), {}, "All groups start at once"),
        (rows().drop(index=5).reset_index(drop=True), {}, "1 groups lack answers in some of the 4 periods"),
        (pd.concat([rows(), rows().iloc[[6]].assign(treated=1 - rows()["treated"].iloc[6])], ignore_index=True), {},
         "1 groups have it in part within a period"),
        (rows(), {"method": "vertical"}, "method is 'vertical'"),
        (rows(), {"group": "school"}, "There is no column 'school'"),
        (rows(), {"treated": "period"}, "'period' has 4 answers"),
        (rows().assign(mean=50.0), {}, "Everyone here has the same outcome"),
    ],
)  # fmt: skip
def test_an_introduction_that_is_not_stepped_is_refused(frame: pd.DataFrame, asked: dict[str, Any], text: str) -> None:
    with pytest.raises(sk.InputError, match=text):
        found(frame, **asked)


def test_of_a_stepped_introduction_by_lot_the_grade_can_be_a() -> None:
    made = found()
    assert sk.grade_evidence(made, assigned_by_lot=True, matters=made.smallest_detectable * 1.01).reasons[:2] == (
        "lot", "powered",
    )  # fmt: skip
    assert sk.grade_evidence(made).grade == "C"
