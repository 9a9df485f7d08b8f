"""CR2 with Satterthwaite's degrees of freedom, against R's clubSandwich (tests/reference/monitoring)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.estimation.cluster_variance import ClusterVariance, cluster_variance

FOLDER = Path(__file__).parent / "reference" / "monitoring" / "11_clusters"
STUDIES = ("three_against_nine", "two_against_ten", "four_against_three")
MODELS = {"mean": [], "x": ["x"], "x_woman": ["x", "woman"]}


@cache
def stored() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((FOLDER / "values.json").read_text("utf-8"))["values"]
    return values


@cache
def rows(study: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{study}.csv")


def matrix(study: str, model: str) -> np.ndarray:
    data = rows(study)
    return np.column_stack([np.ones(len(data)), *(data[name].astype(float) for name in MODELS[model])])


def linear(study: str, outcome: str, weighted: bool, model: str) -> ClusterVariance:
    data, x = rows(study), matrix(study, model)
    weights = data["weight"].to_numpy() if weighted else np.ones(len(data))
    y = data[outcome].to_numpy(dtype=float)
    coefficients = np.linalg.solve(x.T @ (x * weights[:, None]), x.T @ (weights * y))
    return cluster_variance(x, weights, y - x @ coefficients, pd.factorize(data["school"])[0])


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("outcome", ["score", "yes"])
@pytest.mark.parametrize("study", STUDIES)
def test_standard_errors_and_degrees_of_freedom_of_a_linear_fit_are_those_of_clubsandwich(
    study: str, outcome: str, weighted: bool, model: str
) -> None:
    theirs = stored()[f"{study}.{outcome}.{'weighted' if weighted else 'unweighted'}.{model}"]
    ours = linear(study, outcome, weighted, model)
    np.testing.assert_allclose(np.sqrt(np.diag(ours.covariance)), theirs["value"]["se"], rtol=theirs["rel_tol"])
    np.testing.assert_allclose(ours.degrees, theirs["value"]["df"], rtol=theirs["rel_tol"])


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("study", STUDIES)
def test_those_of_a_logistic_fit_are_too(study: str, model: str) -> None:
    data, x = rows(study), matrix(study, model)
    y, at = data["yes"].to_numpy(dtype=float), np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ at))
        at = at + np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]), x.T @ (y - p))
    v = p * (1 - p)
    ours = cluster_variance(x * v[:, None], 1 / v, y - p, pd.factorize(data["school"])[0], v)
    theirs = stored()[f"{study}.logistic.{model}"]
    np.testing.assert_allclose(np.sqrt(np.diag(ours.covariance)), theirs["value"]["se"], rtol=theirs["rel_tol"])
    np.testing.assert_allclose(ours.degrees, theirs["value"]["df"], rtol=theirs["rel_tol"])


def test_the_short_way_for_rows_that_vary_alike_gives_what_the_long_way_gives() -> None:
    data, x = rows("two_against_ten"), matrix("two_against_ten", "x_woman")
    weights, clusters = data["weight"].to_numpy(), pd.factorize(data["school"])[0]
    y = data["score"].to_numpy()
    residuals = y - x @ np.linalg.solve(x.T @ (x * weights[:, None]), x.T @ (weights * y))
    short = cluster_variance(x, weights, residuals, clusters)
    # A factor of all variances changes nothing, and takes the long way.
    long = cluster_variance(x, weights, residuals, clusters, np.full(len(x), 4.0))
    np.testing.assert_allclose(long.covariance, short.covariance, rtol=1e-10)
    np.testing.assert_allclose(long.degrees, short.degrees, rtol=1e-10)


def test_a_cluster_that_a_column_has_for_itself_has_no_part_in_the_variance() -> None:
    """A dummy of one school fits that school by itself: nothing is left of it, and nothing is divided by nought."""
    data = rows("four_against_three")
    clusters = pd.factorize(data["school"])[0]
    x = np.column_stack([np.ones(len(data)), data["woman"], clusters == 0]).astype(float)
    y = data["score"].to_numpy()
    found = cluster_variance(x, np.ones(len(x)), y - x @ np.linalg.lstsq(x, y, rcond=None)[0], clusters)
    assert np.isfinite(found.covariance).all()
    assert 0 < found.df(np.array([0.0, 1.0, 0.0])) <= found.clusters - 1


def test_rows_in_another_order_and_clusters_with_other_numbers_change_nothing() -> None:
    data, x = rows("three_against_nine"), matrix("three_against_nine", "x")
    clusters, y = pd.factorize(data["school"])[0], data["score"].to_numpy()
    residuals = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    order = np.random.default_rng(3).permutation(len(x))
    one = cluster_variance(x, np.ones(len(x)), residuals, clusters)
    other = cluster_variance(x[order], np.ones(len(x)), residuals[order], 3 * (clusters.max() - clusters[order]))
    np.testing.assert_allclose(other.covariance, one.covariance, rtol=1e-12)
    np.testing.assert_allclose(other.degrees, one.degrees, rtol=1e-10)
