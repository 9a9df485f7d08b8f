"""Variances by linearisation and from replicate weights."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.estimation.means import mean, total
from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.estimation.replicates import replicate_sums
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.estimation.variance import class_covariance, linearised_covariance
from stagekansen_lib.surveys import designs
from stagekansen_lib.surveys.designs import degrees_of_freedom
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey, subset
from stagekansen_lib.weighting.raking import rake
from stagekansen_lib.weighting.trimming import trim_weights


def rows(n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    return pd.DataFrame(
        {
            "stratum": np.repeat(["a", "b", "c"], n // 3),
            "school": np.arange(n) // 5,
            "sex": rng.choice(["f", "m"], n),
            "level": rng.choice(["mbo", "hbo"], n),
            "y": rng.gamma(2, 2, n),
            "w": rng.uniform(1, 3, n),
            "schools": 20,
        }
    )


def clustered() -> Survey:
    return survey_from_frame(rows(), strata="stratum", clusters="school", weights="w", fpc="schools")


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"strata": "stratum"},
        {"clusters": "school"},
        {"strata": "stratum", "clusters": "school", "fpc": "schools"},
    ],
)
@pytest.mark.parametrize("part", [False, True])
def test_sums_over_classes_give_the_same_covariance_as_rows(arguments: dict[str, str], part: bool) -> None:
    survey = survey_from_frame(rows(), weights="w", **arguments)  # type: ignore[arg-type]
    if part:
        survey = subset(survey, {"sex": "f"})
    rng = np.random.default_rng(1)
    classes = rng.integers(-1, 4, len(survey))
    per_weight = rng.normal(size=(4, 3))
    influence = np.where(classes[:, None] >= 0, per_weight[classes], 0.0) * survey.weights[:, None]
    np.testing.assert_allclose(
        class_covariance(survey.design, classes, per_weight),
        linearised_covariance(survey.design, influence),
        rtol=1e-10,
    )


def test_sums_over_classes_agree_with_rows_after_raking() -> None:
    raked = rake(clustered(), {"sex": {"f": 100, "m": 120}, "level": {"mbo": 120, "hbo": 100}})
    for survey in (raked, trim_weights(raked, upper=float(np.quantile(raked.weights, 0.9)))):
        rng = np.random.default_rng(1)
        classes = rng.integers(-1, 4, len(survey))
        per_weight = rng.normal(size=(4, 3))
        influence = np.where(classes[:, None] >= 0, per_weight[classes], 0.0) * survey.weights[:, None]
        np.testing.assert_allclose(
            class_covariance(survey.design, classes, per_weight),
            linearised_covariance(survey.design, influence),
            rtol=1e-10,
        )


@pytest.mark.parametrize("arguments", [{}, {"strata": "stratum"}, {"clusters": "school"}])
@pytest.mark.parametrize("part", [False, True])
def test_amounts_by_class_agree_with_rows_after_raking(arguments: dict[str, str], part: bool) -> None:
    base = survey_from_frame(rows(), weights="w", **arguments)  # type: ignore[arg-type]
    survey = rake(base, {"sex": {"f": 100, "m": 120}, "level": {"mbo": 120, "hbo": 100}})
    if part:
        survey = subset(survey, {"sex": "f"})
    rng = np.random.default_rng(1)
    classes = rng.integers(-1, 3, len(survey))
    per_amount, amounts = rng.normal(size=(3, 2)), survey.weights * rng.normal(size=len(survey))
    influence = np.where(classes[:, None] >= 0, per_amount[classes], 0.0) * amounts[:, None]
    np.testing.assert_allclose(
        class_covariance(survey.design, classes, per_amount, amounts),
        linearised_covariance(survey.design, influence),
        rtol=1e-10,
    )


@pytest.mark.parametrize("kind", ["bootstrap", "jackknife"])
def test_replicates_of_a_total_give_the_variance_of_linearisation(kind: str) -> None:
    survey = clustered()
    exact = total(survey, "y").table["se"][0]
    found = total(replicate(survey, kind=kind, n=4000, seed=1), "y").table["se"][0]
    # A jackknife of a total is exact; 4,000 bootstraps leave a sampling error of about 1% in a standard error.
    assert found == pytest.approx(exact, rel=1e-10 if kind == "jackknife" else 0.04)


def test_balanced_replication_of_a_total_is_exact() -> None:
    pairs = rows(60).assign(stratum=np.arange(60) // 6, school=np.arange(60) // 3)
    survey = survey_from_frame(pairs, strata="stratum", clusters="school", weights="w")
    exact = total(survey, "y").table["se"][0]
    for options in ({"kind": "brr"}, {"kind": "fay", "rho": 0.3}):
        found = replicate(survey, **options)  # type: ignore[arg-type]
        assert total(found, "y").table["se"][0] == pytest.approx(exact, rel=1e-10)
        assert degrees_of_freedom(found.design) == degrees_of_freedom(survey.design)


def test_replicates_of_a_raked_survey_are_raked_again() -> None:
    raked = rake(clustered(), {"sex": {"f": 100, "m": 120}, "level": {"mbo": 120, "hbo": 100}})
    made = replicate(raked, n=300, seed=2)
    assert share(made, "sex").table["se"].max() < 1e-8
    # Linearisation and 300 bootstraps of 24 schools agree to about 10%.
    assert mean(made, "y").table["se"][0] == pytest.approx(mean(raked, "y").table["se"][0], rel=0.15)


def test_a_seed_makes_the_same_bootstrap_and_weights_stay_as_they_were() -> None:
    survey = clustered()
    first, again, other = (replicate(survey, n=20, seed=seed) for seed in (1, 1, 2))
    assert mean(first, "y").table.equals(mean(again, "y").table)
    assert mean(first, "y").table["se"][0] != mean(other, "y").table["se"][0]
    assert (first.weights == survey.weights).all()


def test_replicates_drawn_when_needed_are_those_that_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = replicate(clustered(), n=30, seed=5)
    monkeypatch.setattr(sys.modules["stagekansen_lib.estimation.replicate_weights"], "_KEPT", 0)
    drawn = replicate(clustered(), n=30, seed=5)
    assert drawn.design.replicates is not None
    assert drawn.design.replicates.weights is None
    assert mean(kept, "y", "sex").table.equals(mean(drawn, "y", "sex").table)


def coded_rows(n: int = 6000) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "stratum": np.arange(n) % 3,
            "sex": rng.choice(["f", "m"], n),
            "level": rng.choice(["mbo", "hbo", "wo"], n),
            "tries": rng.poisson(2.0, n).astype(float),
            "yes": rng.choice(["yes", "no"], n),
        }
    )


TO = {"sex": {"f": 30_000, "m": 32_000}, "level": {"mbo": 30_000, "hbo": 20_000, "wo": 12_000}}


@pytest.mark.parametrize("of", ["yes", "tries"])
def test_a_bootstrap_of_distinct_rows_agrees_with_linearisation(monkeypatch: pytest.MonkeyPatch, of: str) -> None:
    monkeypatch.setattr(sys.modules["stagekansen_lib.estimation.replicate_weights"], "_KEPT", 0)
    raked = rake(survey_from_frame(coded_rows(), strata="stratum"), TO)
    drawn = replicate(raked, n=2000, seed=4)
    assert drawn.design.replicates is not None
    # None of the rows was ever drawn: that would take the row by row way, which is closed here.
    monkeypatch.setattr(sys.modules["stagekansen_lib.estimation.replicate_weights"].Draw, "__call__", None)
    statistic = share if of == "yes" else mean
    found, exact = statistic(drawn, of, "sex").table, statistic(raked, of, "sex").table
    np.testing.assert_allclose(found["estimate"], exact["estimate"], rtol=1e-12)
    # 2,000 replicates give a standard error with a sampling error of 1 / sqrt(4,000) = 1.6%; four times that.
    np.testing.assert_allclose(found["se"], exact["se"], rtol=0.065)


def test_distinct_rows_meet_the_margins_in_every_replicate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["stagekansen_lib.estimation.replicate_weights"], "_KEPT", 0)
    drawn = replicate(rake(survey_from_frame(coded_rows()), TO), n=40, seed=4)
    encoded = drawn.encoded("level")
    sums = replicate_sums(drawn.design, encoded.codes, 3)
    assert sums.shape == (40, 3)
    # The raking stops at a relative error of 1e-9.
    np.testing.assert_allclose(sums, np.tile([TO["level"][level] for level in encoded.levels], (40, 1)), rtol=1e-8)


def test_a_bootstrap_of_distinct_rows_is_the_same_in_any_order_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["stagekansen_lib.estimation.replicate_weights"], "_KEPT", 0)
    frame = coded_rows()
    first, second = (
        share(replicate(survey_from_frame(each), n=50, seed=9), "yes").table["se"]
        for each in (frame, frame.sample(frac=1, random_state=1))
    )
    np.testing.assert_allclose(first, second, rtol=1e-12)


def test_rows_that_are_all_different_are_drawn_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["stagekansen_lib.estimation.replicate_weights"], "_KEPT", 0)
    frame = coded_rows(600).assign(w=np.random.default_rng(2).uniform(1, 2, 600))
    survey = survey_from_frame(frame, weights="w")
    drawn = replicate(survey, n=400, seed=4)
    # 400 replicates: a sampling error of 3.5%; four times that.
    assert share(drawn, "yes").table["se"][0] == pytest.approx(share(survey, "yes").table["se"][0], rel=0.14)


def test_another_backend_works_on_blocks_of_replicates_and_gives_the_same() -> None:
    import joblib
    from joblib._parallel_backends import ThreadingBackend

    calls = []

    class Counting(ThreadingBackend):  # type: ignore[misc, name-defined]
        def submit(self, func: object, callback: object = None) -> object:
            calls.append(func)
            return super().submit(func, callback)

    joblib.register_parallel_backend("counting", Counting)
    here = mean(replicate(clustered(), n=600, seed=5), "y", "sex").table
    there = mean(replicate(clustered(), n=600, seed=5, backend="counting", jobs=2), "y", "sex").table
    assert len(calls) >= 3
    assert here.equals(there)


def test_a_dask_cluster_of_two_workers_takes_over() -> None:
    from dask import distributed

    here = mean(replicate(clustered(), n=600, seed=5), "y", "sex").table
    # Any free port for what it tells of itself: another cluster may run on this computer.
    own_port = {"dashboard_address": ":0"}
    cluster = distributed.LocalCluster(n_workers=2, processes=False, dashboard_address=None, scheduler_kwargs=own_port)
    with cluster, distributed.Client(cluster) as client:
        there = mean(replicate(clustered(), n=600, seed=5, backend="dask"), "y", "sex").table
        done = client.run(lambda dask_worker: dask_worker.state.executed_count)
    # By the name of the backend alone the blocks of replicates went to the two workers of the cluster.
    assert len(done) == 2
    assert sum(done.values()) >= 3
    np.testing.assert_allclose(here["se"], there["se"], rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "bootstraps", "seed": 1}, "Did you mean 'bootstrap'"),
        ({"kind": "bootstrap"}, "needs a seed"),
        ({"kind": "brr"}, "exactly two clusters"),
        ({"kind": "fay"}, "constant between 0 and 1"),
    ],
)
def test_replicates_that_do_not_fit_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replicate(clustered(), **options)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="subpopulation"):
        replicate(subset(clustered(), {"sex": "f"}), seed=1)


@pytest.mark.parametrize(
    ("kind", "clusters"), [("jackknife", "school"), ("jackknife", None), ("jackknife", "alone"), ("brr", "school")]
)
def test_a_domain_counts_made_replicates_as_it_counts_given_ones(kind: Any, clusters: str | None) -> None:
    frame = rows(60).assign(stratum=np.arange(60) // 6, school=np.arange(60) // 3, alone=np.arange(60) // 3)
    strata = None if clusters == "alone" else "stratum"
    made = replicate(survey_from_frame(frame, strata=strata, clusters=clusters, weights="w"), kind=kind)
    matrix = pd.DataFrame(made.design.replicates.matrix())
    given = survey_from_frame(frame, weights="w", replicates=matrix, scale=1.0, rscales=1.0)
    random = np.random.default_rng(4)
    masks = [np.arange(60) < 6, np.arange(60) % 6 < 3, np.arange(60) < 15, *(random.random((20, 60)) < 0.2)]
    found = [degrees_of_freedom(subset(made, mask).design) for mask in masks]
    # R's degf of a subset: the rank of its replicate weights (numpy's own rank here) minus one.
    ranks = [np.linalg.matrix_rank(matrix.to_numpy()[mask]) - 1 for mask in masks]
    assert found == [degrees_of_freedom(subset(given, mask).design) for mask in masks] == ranks
    assert found == [degrees_of_freedom(made.design, mask) for mask in masks]
    assert degrees_of_freedom(made.design) == degrees_of_freedom(given.design)


def test_the_rank_of_given_replicates_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = np.random.default_rng(5).uniform(size=(60, 8))
    survey = survey_from_frame(rows(60), weights="w", replicates=pd.DataFrame(matrix), replicate_kind="bootstrap")
    found = []
    rank = designs._rank
    monkeypatch.setattr(designs, "_rank", lambda weights: found.append(weights.shape) or rank(weights))
    for _ in range(3):
        assert mean(survey, "y").df == 7
        assert mean(subset(survey, np.arange(60) < 5), "y").df == 4
    assert found == [(60, 8), (5, 8)]


@pytest.mark.parametrize("shape", [(500, 20), (20, 500), (40, 40)])
def test_the_rank_from_a_gram_matrix_is_that_of_singular_values(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(6)
    for rank in (1, 7, 20):
        matrix = random.normal(size=(shape[0], rank)) @ random.normal(size=(rank, shape[1]))
        assert designs._rank(1e4 * matrix) == np.linalg.matrix_rank(matrix) == rank


def test_a_jackknife_has_the_same_names_when_made_and_when_given() -> None:
    frame = rows(60)
    plain = survey_from_frame(frame, clusters="school", weights="w")
    strata = survey_from_frame(frame, clusters="school", strata="stratum", weights="w")
    for survey, names in ((plain, ("jackknife", "jk1", "JK1")), (strata, ("jackknife", "jkn"))):
        for name in names:
            made: Any = replicate(survey, kind=name)  # type: ignore[arg-type]
            given = survey_from_frame(
                frame, weights="w", replicates=pd.DataFrame(made.design.replicates.matrix()),
                replicate_kind="jackknife", scale=made.design.replicates.scale, rscales=made.design.replicates.rscales,
            )  # fmt: skip
            assert mean(made, "y").table["se"][0] == pytest.approx(mean(given, "y").table["se"][0], rel=1e-12)
    with pytest.raises(InputError, match="without strata"):
        replicate(strata, kind="jk1")
    with pytest.raises(InputError, match="Give scale or rscales"):
        survey_from_frame(frame, weights="w", replicates=["w", "y"], replicate_kind="jackknife")
