"""Interrupted series against R's sandwich, and the Californian tobacco series (tests/reference/monitoring/05_its)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stagekansen_lib as sk
from tests.monitoring_values import FOLDER, agrees, normal, report, value

TOPIC = "05_its"
STARTS = {"california": 1989, "simulated": 12}
LAGS = {"california": (0, 1, 2, 3), "simulated": (0, 1, 2, 3)}
POINTS = {"california": (0, 5, 11), "simulated": (0, 4)}


@cache
def frame(key: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / TOPIC / f"{key}.csv")


def its(key: str, **also: Any) -> Any:
    return sk.interrupted_series(frame(key), of="value", time="time", at=STARTS[key], **also)


@pytest.mark.parametrize("key", STARTS)
def test_the_steps_and_their_errors_are_those_of_r(key: str) -> None:
    found = its(key)
    table = found.table
    agrees(TOPIC, f"{key}.ols",
           {"n": found.n, "before": found.before, "after": found.after, "coef": table["estimate"],
            "se": table["ordinary_se"], "sigma": found.serial["sigma"], "df": table["df"][0]})  # fmt: skip
    agrees(TOPIC, f"{key}.residuals", {name: found.serial[name] for name in value(TOPIC, f"{key}.residuals")})
    agrees(TOPIC, f"{key}.default_lag", found.lags)
    for lags in LAGS[key]:
        for adjusted in (True, False):
            table = its(key, lags=lags, adjusted=adjusted).table
            p_z = [normal(*line)["z_p"] for line in table[["estimate", "se"]].to_numpy()]
            ours = {"se": table["se"], "t": table["estimate"] / table["se"], "p_t": table["p_value"],
                    "t_low": table["ci_low"], "t_high": table["ci_high"],
                    "p_z": p_z}  # fmt: skip
            agrees(TOPIC, f"{key}.newey_west.lag{lags}.{'adjusted' if adjusted else 'raw'}", ours)
        for points in POINTS[key]:
            found = its(key, lags=lags)
            made = found.effect(points)
            without = found.without(points)
            ours = report(made) | {"counterfactual": without, "relative": made.estimate / without}
            agrees(TOPIC, f"{key}.effect.lag{lags}.after{points}", ours)
    agrees(TOPIC, f"{key}.slope_after", report(its(key, lags=1 if key == "california" else 0).slope_after()))


def test_the_coefficients_of_california_are_the_printed_ones() -> None:
    table = its("california").table
    agrees(TOPIC, "california.published", [*table["estimate"], *table["ordinary_se"]])


@pytest.mark.parametrize("lags", [1, 2])
def test_beside_a_comparison_series_the_changes_are_those_beyond_its_own(lags: int) -> None:
    found = its("simulated", lags=lags, compare="comparison")
    agrees(TOPIC, f"comparative.lag{lags}",
           {"coef": found.table["estimate"], "se": found.table["se"], "df": found.table["df"][0]})  # fmt: skip
    assert "in the series beside it" in found.sentence("en")
    made = found.effect(2)
    rows = found.table.set_index("term")["estimate"]
    assert made.estimate == pytest.approx(rows["level_change"] + 2 * rows["slope_change"])
    with pytest.raises(sk.InputError, match="Leave compare= out"):
        found.without()


@pytest.mark.parametrize("rule", value(TOPIC, "minimum_length"), ids=str)
def test_eight_points_on_either_side_are_the_least(rule: dict[str, Any]) -> None:
    length = rule["before"] + rule["after"]
    rows = pd.DataFrame({"month": range(length), "count": np.random.default_rng(1).poisson(6, length)})
    asked: dict[str, Any] = {"of": "count", "time": "month", "at": rule["before"]}
    if rule["allowed"]:
        assert sk.interrupted_series(rows, **asked).before == rule["before"]
        return
    with pytest.raises(sk.InputError, match="An interrupted series needs 8 on either side"):
        sk.interrupted_series(rows, **asked)


def test_a_missing_point_does_not_count_and_leaves_its_place_in_time() -> None:
    rows = frame("california").copy()
    rows.loc[rows["time"] == 1980, "value"] = np.nan
    found = sk.interrupted_series(rows.sample(frac=1, random_state=1), of="value", time="time", at=1989, lags=0)
    plain = sk.interrupted_series(rows.dropna(), of="value", time="time", at=1989, lags=0)
    assert (found.n, found.before) == (30, 18)
    np.testing.assert_allclose(found.table["estimate"], plain.table["estimate"], rtol=1e-10)
    gone = rows.assign(value=rows["value"].where(rows["time"] > 1981))
    with pytest.raises(sk.InputError, match="7 points before"):
        sk.interrupted_series(gone, of="value", time="time", at=1989)


def test_a_line_through_every_point_shows_no_change_out_of_rounding() -> None:
    rows = pd.DataFrame({"month": range(20), "count": [0.1 * at for at in range(20)]})
    found = sk.interrupted_series(rows, of="count", time="month", at=10)
    assert found.table["estimate"].tolist() == pytest.approx([0, 0.1, 0, 0])
    assert found.table["estimate"].tolist()[2:] == [0, 0]
    assert "A step at the start is not demonstrated" in found.sentence("en")


def test_months_as_dates_are_steps_of_one() -> None:
    rows = frame("simulated").copy()
    rows["month"] = pd.date_range("2024-01-01", periods=len(rows), freq="MS")
    found = sk.interrupted_series(rows, of="value", time="month", at=pd.Timestamp("2024-12-01"))
    np.testing.assert_allclose(found.table["estimate"], its("simulated").table["estimate"], rtol=1e-10)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"of": "nothing"}, "There is no column 'nothing'"),
        ({"lags": -1}, "lags is -1"),
        ({"lags": 1.5}, "lags is 1.5"),
        ({"at": "spring"}, "at is 'spring'"),
        ({"compare": "words"}, "'words' does not hold numbers"),
    ],
)
def test_a_series_that_cannot_be_read_is_refused(change: dict[str, Any], text: str) -> None:
    rows = frame("simulated").assign(words="x")
    asked: dict[str, Any] = {"of": "value", "time": "time", "at": 12} | change
    with pytest.raises(sk.InputError, match=text):
        sk.interrupted_series(rows, **asked)


def test_uneven_steps_and_a_time_twice_are_refused() -> None:
    rows = frame("simulated")
    for times, text in ((rows["time"] ** 1.5, "equal steps"), (rows["time"] // 2, "stands twice")):
        with pytest.raises(sk.InputError, match=text):
            sk.interrupted_series(rows.assign(time=times), of="value", time="time", at=5)


def test_the_sentence_tells_the_step_and_warns_of_what_else_changed() -> None:
    told = its("california").sentence("en")
    assert told.startswith("At the start the series stepped down by 20 (margin −32 to −8)")
    assert told.endswith("Whatever else changed at the same time counts in this.")
    assert "zakte" in its("california").sentence("nl")
    assert "<table>" in its("california")._repr_html_()
