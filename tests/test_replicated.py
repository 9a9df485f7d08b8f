"""Models of surveys with replicates of which some have no solution, against closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.models.regressing import regress
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey


def few_yes(replicates: int = 400) -> tuple[Survey, pd.DataFrame]:
    rows = pd.DataFrame({"g": np.repeat(["a", "b", "c"], [60, 12, 8]), "y": 0})
    rows.loc[[*range(20), 60, 61, 72], "y"] = 1
    return replicate(survey_from_frame(rows), kind="bootstrap", n=replicates, seed=1), rows


def test_a_replicate_without_a_finite_solution_is_penalised_and_counted() -> None:
    data, rows = few_yes()
    with pytest.warns(DoubtWarning, match="no finite solution"):
        found = regress(data, "y", ["g"], family="binomial", code=1)
    assert data.design.replicates is not None
    weights = data.design.replicates.matrix()
    groups, yes = rows["g"].to_numpy(), rows["y"].to_numpy()
    counts = np.array([[(weights[(groups == g) & (yes == y)]).sum(axis=0) for y in (1, 0)] for g in "abc"])
    # The model has a coefficient a group, so that Firth's is the log odds of the counts with a half more in each cell.
    counts *= 80 / counts.sum(axis=(0, 1))
    there = (counts.sum(axis=1) > 0).all(axis=0)
    empty = there & (counts == 0).any(axis=(0, 1))
    counts[:, :, empty] += 0.5
    logits = np.log(counts[:, 0, there] / counts[:, 1, there])
    gaps = logits[1:] - logits[0]
    assert (found.replicates_penalised, found.replicates_left_out) == (int(empty.sum()), int((~there).sum()))
    assert found.replicates_penalised > 100
    np.testing.assert_allclose(found.table["se"][1:], gaps.std(axis=1, ddof=1), rtol=1e-6)
    assert f"{empty.sum()} replicates without a finite solution penalised" in repr(found)


def test_a_penalty_with_replicates_penalises_each_of_them_and_refuses_what_none_of_them_can_tell() -> None:
    data, rows = few_yes()
    asked = {"of": "y", "on": ["g"], "family": "binomial", "code": 1, "penalty": "firth"}
    with pytest.warns(DoubtWarning, match="no finite solution"):
        found = regress(data, **asked)
    assert data.design.replicates is not None
    weights = data.design.replicates.matrix()
    groups, yes = rows["g"].to_numpy(), rows["y"].to_numpy()
    counts = np.array([[(weights[(groups == g) & (yes == y)]).sum(axis=0) for y in (1, 0)] for g in "abc"])
    counts *= 80 / counts.sum(axis=(0, 1))
    there = (counts.sum(axis=1) > 0).all(axis=0)
    logits = np.log((counts[:, 0, there] + 0.5) / (counts[:, 1, there] + 0.5))
    gaps = logits[1:] - logits[0]
    np.testing.assert_allclose(found.table["se"][1:], gaps.std(axis=1, ddof=1), rtol=1e-6)
    assert found.df == 77  # answers less coefficients, which is less than the replicates have
    with pytest.raises(InputError, match="Leave out interval="):
        regress(data, **asked, interval="profile")
    nobody = rows.assign(y=np.where(rows["g"] == "c", 0, rows["y"]))
    with pytest.raises(InputError, match="no replicate can tell how sure that is"):
        regress(replicate(survey_from_frame(nobody), kind="bootstrap", n=50, seed=1), **asked)


def test_a_replicate_in_which_an_answer_has_nobody_is_left_out_and_counted() -> None:
    rows = pd.DataFrame({"g": np.repeat(["a", "b"], [60, 2]), "y": np.resize([1.0, 2.0, 4.0], 62)})
    data = replicate(survey_from_frame(rows), kind="bootstrap", n=200, seed=1)
    assert data.design.replicates is not None
    weights = data.design.replicates.matrix()
    there = weights[60:].sum(axis=0) > 0
    with pytest.warns(DoubtWarning, match=f"{(~there).sum()} of 200 replicates without an estimate"):
        found = regress(data, "y", ["g"])
    assert found.replicates_left_out == (~there).sum() > 10
    values = rows["y"].to_numpy()
    means = [(weights[at] * values[at, None]).sum(axis=0)[there] / weights[at].sum(axis=0)[there]
             for at in (np.arange(60), np.arange(60, 62))]  # fmt: skip
    assert found.table["se"][1] == pytest.approx((means[1] - means[0]).std(ddof=1), rel=1e-9)


def test_replicates_of_which_most_have_nobody_with_an_answer_are_refused() -> None:
    rows = pd.DataFrame({"g": [*("a" * 60), "b", "c", "d"], "y": np.resize([1.0, 2.0, 4.0], 63)})
    data = replicate(survey_from_frame(rows), kind="bootstrap", n=200, seed=1)
    with pytest.raises(InputError, match=r"nobody who gave it.*of 200 replicates"):
        regress(data, "y", ["g"])
