"""Entropy balancing against an own dual in R and an analysis of the LaLonde data (tests/reference/monitoring/04)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stagekansen_lib as sk
from tests.monitoring_values import FOLDER, agrees, value

TOPIC = "04_entropy"
# Of an R package under the GPL, and not kept in this project; it stands beside the project in CI.
LALONDE = Path(__file__).parents[2] / "shared" / "reference" / "monitoring" / TOPIC / "lalonde.csv"
ON = {
    "survey": ["C(level)", "woman", "applications", "I(applications**2)", "origin"],
    "survey_unweighted": ["C(level)", "woman", "applications", "origin"],
}


@cache
def balanced(key: str) -> Any:
    rows = pd.read_csv(FOLDER / TOPIC / "survey.csv")
    survey = sk.survey_from_frame(rows, weights="weight" if key == "survey" else None)
    return sk.entropy_balance(survey, treated="user", on=ON[key])


def compare_all(key: str, found: Any, treated: str, of: str, moments: Any, base: Any) -> None:
    """``moments`` and ``base``: the matrix of moments and the earlier weights of who was not treated."""
    table, took = found.balance, (found.rows[treated] == 1).to_numpy()
    ours = {"treated": table["target"], "control_before": table["before"], "control_after": table["after"],
            "smd_before": table["smd_before"], "smd_after_max_abs": table["smd_after"].abs().max()}  # fmt: skip
    agrees(TOPIC, f"{key}.moments", ours, least=1e-11)
    weights = found.weights[~took] / found.weights[~took].sum()
    agrees(TOPIC, f"{key}.weights",
           {"treated": took.sum(), "control": (~took).sum(), "largest_control": weights.max(),
            "smallest_control": weights.min(), "ess_control": found.effective["without"],
            "ess_treated": found.effective["with"],
            "kullback_leibler": weights @ np.log(weights / (base / base.sum()))})  # fmt: skip
    # Weights are those of before times an exponential of the moments; its line gives the parameters of the dual.
    x = np.column_stack([np.ones(len(base)), moments])
    line = np.linalg.lstsq(x, np.log(weights / base), rcond=None)[0]
    np.testing.assert_allclose(x @ line, np.log(weights / base), atol=1e-9)
    agrees(TOPIC, f"{key}.dual", {"lambda": line[1:]})
    means = sk.mean(found, of=of, by=treated).table["estimate"]
    model = sk.regress(found, of=of, on=[treated]).table
    agrees(TOPIC, f"{key}.effect",
           {"att": model["estimate"][1], "mean_treated": means[1], "mean_control_weighted": means[0],
            "se_svyglm": model["se"][1]})  # fmt: skip


@pytest.mark.parametrize("key", ON)
def test_weights_moments_and_effect_are_those_of_r(key: str) -> None:
    found = balanced(key)
    rows = found.rows[found.rows["user"] == 0]
    moments = [rows["level"] == 3, rows["level"] == 4, rows["woman"], rows["applications"], rows["origin"]]
    if key == "survey":
        moments.insert(4, rows["applications"] ** 2)
    base = rows["weight"].to_numpy() if key == "survey" else np.ones(len(rows))
    compare_all(key, found, "user", "outcome", np.column_stack(moments).astype(float), base)
    stored = pd.read_csv(FOLDER / TOPIC / f"{key}_weights.csv")["weight"]
    for side in (0, 1):
        own = (found.rows["user"] == side).to_numpy()
        np.testing.assert_allclose(found.weights[own] / found.weights[own].sum(), stored[own], rtol=1e-9)
    plain = sk.survey_from_frame(found.rows, weights="weight" if key == "survey" else None)
    agrees(TOPIC, f"{key}.effect", {"naive": sk.regress(plain, of="outcome", on=["user"]).table["estimate"][1]})


def test_the_lalonde_data_give_the_printed_effect() -> None:
    if not LALONDE.is_file():
        return
    rows = pd.read_csv(LALONDE)
    rows["hispan"], rows["black"] = (rows["race"] == "hispan") * 1, (rows["race"] == "black") * 1
    on = ["age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"]
    survey = sk.survey_from_frame(rows)
    found = sk.entropy_balance(survey, treated="treat", on=on)
    others = rows.loc[rows["treat"] == 0, on].to_numpy(dtype=float)
    compare_all("lalonde", found, "treat", "re78", others, np.ones(len(others)))
    model = sk.regress(found, of="re78", on=["treat"]).table.iloc[1]
    normal = 1.959963984540054 * model["se"]
    ours = [model["estimate"], model["se"], model["estimate"] - normal, model["estimate"] + normal]
    agrees(TOPIC, "lalonde.effect_published", ours)
    naive = sk.regress(survey, of="re78", on=["treat"]).table["estimate"][1]
    agrees(TOPIC, "lalonde.naive_published", naive)
    agrees(TOPIC, "lalonde.effect", {"naive": naive})


def test_a_mean_that_nobody_in_the_other_group_reaches_is_refused_by_name() -> None:
    survey = sk.survey_from_frame(pd.read_csv(FOLDER / TOPIC / "no_solution.csv"))
    assert value(TOPIC, "no_solution.x")["solvable"] is False
    for on in (["x"], ["k"], ["x", "k"]):
        with pytest.raises(sk.InputError) as caught:
            sk.entropy_balance(survey, treated="user", on=on)
        assert [f"'{name}'" in str(caught.value) for name in ("x", "k")] == ["x" in on, "k" in on]


def test_means_that_each_can_be_reached_and_not_together_are_refused_too() -> None:
    rows = pd.DataFrame({"user": [1, 1, 0, 0, 0, 0], "a": [1.0, 1, 0, 1, 0, 1], "b": [1.0, 1, 0, 0, 1, 0]})
    rows.loc[[0, 1], ["a", "b"]] = 0.9
    with pytest.raises(sk.InputError, match="all of these at once"):
        sk.entropy_balance(sk.survey_from_frame(rows), treated="user", on=["a", "b"])


def test_balance_of_everyone_gives_both_groups_the_means_of_all() -> None:
    rows = pd.read_csv(FOLDER / TOPIC / "survey.csv")
    survey = sk.survey_from_frame(rows, weights="weight")
    found = sk.entropy_balance(survey, treated="user", on=["woman", "applications"], target="ate")
    assert found.balance["group"].tolist() == ["with", "with", "without", "without"]
    np.testing.assert_allclose(found.balance["after"], found.balance["target"], rtol=1e-10)
    whole = sk.mean(survey, of="applications").table["estimate"][0]
    assert found.balance["target"].tolist()[1] == pytest.approx(whole, rel=1e-12)
    other = sk.entropy_balance(survey, treated="user", on=["woman"], target="atc")
    assert other.balance["group"].tolist() == ["with"]


def test_a_balanced_survey_is_used_as_any_other_and_tells_what_was_done() -> None:
    found = balanced("survey")
    assert found.provenance.history[-1].startswith("entropy balance: user, att, on C(level)[3], C(level)[4], woman")
    assert len(sk.subset(found, {"woman": 1})) == (found.rows["woman"] == 1).sum()
    assert "outcome" not in repr(found)
    assert sk.compare(found, of="outcome", by="user", method="welch").effect == pytest.approx(
        value(TOPIC, "survey.effect")["att"], rel=1e-6
    )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"target": "all"}, "target is 'all'"),
        ({"on": []}, "nothing to balance on"),
        ({"on": ["ages"]}, "There is no variable 'ages'"),
        ({"on": ["user"]}, "Leave it out of on="),
        ({"on": ["hole"]}, "1 rows have no answer to 'hole'"),
        ({"treated": "level"}, "'level' has 3 answers"),
    ],
)
def test_a_balance_that_cannot_be_is_refused(change: dict[str, Any], text: str) -> None:
    rows = pd.read_csv(FOLDER / TOPIC / "survey.csv")
    rows["hole"] = rows["woman"].astype(float).where(rows.index > 0)
    asked: dict[str, Any] = {"treated": "user", "on": ["woman"]} | change
    with pytest.raises(sk.InputError, match=text):
        sk.entropy_balance(sk.survey_from_frame(rows), **asked)


def test_of_a_subset_only_its_own_rows_are_weighed() -> None:
    rows = pd.read_csv(FOLDER / TOPIC / "survey.csv")
    rows["seen"] = rows["origin"].where(rows.index % 10 > 0)
    survey = sk.survey_from_frame(rows)
    part = sk.subset(survey, survey.rows["seen"].notna())
    found = sk.entropy_balance(part, treated="user", on=["seen"])
    alone = sk.entropy_balance(sk.survey_from_frame(rows.dropna()), treated="user", on=["seen"])
    np.testing.assert_allclose(found.weights, alone.weights, rtol=1e-10)
    means = [sk.mean(each, of="outcome", by="user").table["estimate"] for each in (found, alone)]
    np.testing.assert_allclose(*means, rtol=1e-10)


def test_replicates_cannot_be_balanced() -> None:
    survey = sk.survey_from_frame(pd.read_csv(FOLDER / TOPIC / "survey.csv"))
    with pytest.raises(sk.InputError, match="replicate"):
        sk.entropy_balance(sk.replicate(survey, n=20, seed=1), treated="user", on=["origin"])


@pytest.mark.parametrize("seed", range(40))
def test_moments_that_can_be_met_are_met_to_the_last_digits(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {"user": random.permutation(np.repeat([1, 0], [20, 80])), "a": random.poisson(3, 100),
         "b": random.integers(0, 2, 100), "c": random.normal(5, 2, 100), "weight": random.uniform(0.2, 4, 100)}
    )  # fmt: skip
    found = sk.entropy_balance(sk.survey_from_frame(rows, weights="weight"), treated="user", on=["a", "b", "c"])
    np.testing.assert_allclose(found.balance["after"], found.balance["target"], rtol=1e-12)
    assert (found.weights > 0).all()
