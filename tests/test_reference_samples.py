"""Weights and estimates with a reference sample, against poststratification and populations that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import special

from stagekansen_lib.errors import InputError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.research.doubly_robust import doubly_robust
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.poststratification import poststratify
from stagekansen_lib.weighting.propensity import weight_to_reference

PEOPLE = 8_000


def samples(seed: int) -> tuple[Survey, Survey, pd.DataFrame]:
    """People who chose to take part (more of them with a high x), people who were drawn, and everyone."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=PEOPLE)
    everyone = pd.DataFrame(
        {
            "x": x,
            "squared": x**2,
            "level": np.where(x + rng.normal(size=PEOPLE) > 0, "hbo", "mbo"),
            "y": 5 + 2 * x + 0.5 * x**2 + rng.normal(size=PEOPLE),
        }
    )
    everyone["yes"] = np.where(rng.uniform(size=PEOPLE) < special.expit(everyone["x"]), "yes", "no")
    took_part = rng.uniform(size=PEOPLE) < special.expit(-3 + 0.8 * x)
    drawn = rng.choice(PEOPLE, 400, replace=False)
    reference = everyone.drop(columns=["y", "yes"]).iloc[drawn].assign(w=PEOPLE / 400).reset_index(drop=True)
    chose = everyone[took_part].reset_index(drop=True)
    return survey_from_frame(chose), survey_from_frame(reference, weights="w"), everyone


def test_of_answers_from_a_list_the_weights_are_those_of_poststratification() -> None:
    chose, reference, _ = samples(1)
    weighted = weight_to_reference(chose, reference, ["level"])
    counts = reference.rows.groupby("level")["w"].sum()
    theirs = poststratify(chose, to={"level": counts.to_dict()})
    np.testing.assert_allclose(weighted.weights, theirs.weights, rtol=1e-8)
    assert weighted.weights.sum() == pytest.approx(PEOPLE, rel=1e-9)
    assert "chance to take part" in weighted.provenance.history[-1]


def test_weights_meet_the_reference_and_bring_the_mean_to_that_of_everyone() -> None:
    chose, reference, everyone = samples(2)
    weighted = weight_to_reference(chose, reference, ["x"])
    # The equations of the weights: the respondents are the reference by its chances to take part.
    chance = 1 / weighted.weights.to_numpy() if hasattr(weighted.weights, "to_numpy") else 1 / weighted.weights
    slope = np.polyfit(chose.rows["x"], special.logit(chance), 1)
    predicted = special.expit(np.polyval(slope, reference.rows["x"]))
    assert (reference.rows["w"] * predicted).sum() == pytest.approx(len(chose), rel=1e-6)
    truth = everyone["y"].mean()
    assert abs(mean(weighted, "y").table["estimate"][0] - truth) < 0.3
    assert mean(chose, "y").table["estimate"][0] - truth > 1.0


@pytest.mark.parametrize(("of", "code"), [("y", None), ("yes", "yes")])
def test_doubly_robust_is_right_where_the_respondents_as_they_are_are_not(of: str, code: object) -> None:
    gaps = []
    for seed in range(4):
        chose, reference, everyone = samples(seed)
        truth = everyone["y"].mean() if code is None else (everyone["yes"] == "yes").mean()
        found = doubly_robust(chose, reference, of, ["x"], code=code, n=30, seed=seed).table
        gaps.append((found["estimate"] - truth).tolist())
    robust, _, _, as_they_are = np.mean(gaps, axis=0)
    assert abs(robust) < 0.25 * abs(as_they_are)


def test_a_wrong_model_of_the_outcome_is_mended_by_the_chances_and_a_wrong_chance_by_the_model() -> None:
    # The outcome has a square that the model lacks; the chances need x alone.
    wrong_outcome, wrong_chance = [], []
    for seed in range(10, 18):
        chose, reference, everyone = samples(seed)
        table = doubly_robust(chose, reference, "y", ["x"], n=30, seed=1).table.set_index("way")["estimate"]
        wrong_outcome.append((table - everyone["y"].mean())[["doubly_robust", "outcome_model"]].tolist())
        # Here taking part also follows from the square, and the linear model of z is right.
        rng = np.random.default_rng(seed)
        everyone["z"] = 1 + 2 * everyone["x"] + rng.normal(size=PEOPLE)
        part = rng.uniform(size=PEOPLE) < special.expit(-3.5 + 0.5 * everyone["x"] + 0.4 * everyone["squared"])
        squared = survey_from_frame(everyone[part].reset_index(drop=True))
        both = doubly_robust(squared, reference, "z", ["x"], n=30, seed=1).table.set_index("way")["estimate"]
        wrong_chance.append((both - everyone["z"].mean())[["doubly_robust", "as_they_are"]].tolist())
    robust, outcome = np.abs(np.mean(wrong_outcome, axis=0))
    assert robust < 0.2 < outcome
    robust, as_they_are = np.abs(np.mean(wrong_chance, axis=0))
    assert robust < 0.15 < as_they_are


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(40):
        chose, reference, everyone = samples(100 + seed)
        row = doubly_robust(chose, reference, "y", ["x", "squared"], n=40, seed=seed).table.iloc[0]
        held += row["ci_low"] <= everyone["y"].mean() <= row["ci_high"]
    # Binomial with 40 tries at 95%: fewer than 33 in one of 2,000 tries.
    assert held >= 33


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda chose, reference: weight_to_reference(chose, reference, ["y"]), "There is no variable 'y'"),
        (lambda chose, reference: weight_to_reference(chose.__class__(chose.rows.assign(level="mbo"), chose.codebook,
         chose.design), reference, ["level"]), "Nobody in the survey has 'hbo'"),
        (lambda chose, reference: weight_to_reference(reference, survey_from_frame(chose.rows), ["level"]),
         "has no finite solution|add up to no more people|none like them"),
        (lambda chose, reference: doubly_robust(chose, reference, "yes", ["x"], n=30, seed=1), "holds no numbers"),
        (lambda chose, reference: doubly_robust(chose, reference, "yes", ["x"], code="nay", n=30, seed=1), "no answer"),
        (lambda chose, reference: doubly_robust(chose, reference, "y", ["x"], n=3, seed=1), "n is 3"),
    ],
)  # fmt: skip
def test_samples_that_do_not_fit_are_refused(call: Any, message: str) -> None:
    chose, reference, _ = samples(3)
    with pytest.raises(InputError, match=message):
        call(chose, reference)
