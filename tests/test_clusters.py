"""Work on a cluster of processes: the same results as here, also when a worker is killed halfway."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.monitoring.yearly_index import yearly_index
from stagekansen_lib.project.clusters import spread
from stagekansen_lib.project.progress import listening
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from dask import config, distributed

    # A worker that is gone is given up after twelve seconds and not after thirty.
    with (
        config.set({"distributed.comm.timeouts.connect": "3s", "distributed.comm.timeouts.tcp": "12s"}),
        distributed.LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": ":0"},  # another cluster may run on this computer
        ) as made,
    ):
        yield made


def survey() -> Survey:
    drawn = np.random.default_rng(3)
    frame = pd.DataFrame({"y": drawn.normal(size=400), "group": drawn.choice(["a", "b"], 400)})
    return survey_from_frame(frame)


def test_replicates_on_a_cluster_are_those_of_one_machine_to_the_last_digit(cluster: Any) -> None:
    here = mean(replicate(survey(), n=1000, seed=5), "y", "group").table
    there = mean(replicate(survey(), n=1000, seed=5, backend=cluster.scheduler_address), "y", "group").table
    pd.testing.assert_frame_equal(here, there, check_exact=True)


def test_a_yearly_index_on_a_cluster_is_that_of_one_machine_to_the_last_digit(cluster: Any) -> None:
    wave = read_survey("example_2022")
    here = yearly_index(wave, seed=1, replicates=5000, draws=200)
    there = yearly_index(wave, seed=1, replicates=5000, draws=200, backend=cluster.scheduler_address)
    pd.testing.assert_frame_equal(here.indicators, there.indicators, check_exact=True)
    assert (here.value, here.se) == (there.value, there.se)


def slow(number: int, folder: str) -> float:
    Path(folder, f"{number}.{os.getpid()}").touch()
    time.sleep(0.3)
    return float(np.random.default_rng(number).normal())


def test_a_worker_that_is_killed_changes_no_result_and_progress_goes_on_to_the_end(
    cluster: Any, tmp_path: Path
) -> None:
    parts = [(number, str(tmp_path)) for number in range(12)]
    heard: list[float] = []
    killed: list[int] = []

    def hear(share: float) -> None:
        heard.append(share)
        if len(heard) == 2:
            killed.append(int(next(iter(tmp_path.iterdir())).suffix[1:]))
            os.kill(killed[0], signal.SIGKILL)

    with listening(hear):
        found = spread(slow, parts, on=cluster.scheduler_address)
    assert found == [float(np.random.default_rng(number).normal()) for number in range(12)]
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    done_by = {int(path.suffix[1:]) for path in tmp_path.iterdir()}
    assert len(done_by) >= 2  # the killed one, and who went on


def test_an_error_in_the_work_comes_back_as_itself(cluster: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        spread(divmod, [(1, 0)], on=cluster.scheduler_address)


def test_an_address_at_which_nothing_answers_is_told() -> None:
    with pytest.raises(InputError, match="No scheduler of a Dask cluster answers"):
        spread(pow, [(2, 3)], on="tcp://127.0.0.1:9", wait=1)


def test_work_that_is_done_here_tells_how_far_it_is() -> None:
    heard: list[float] = []
    with listening(heard.append):
        assert spread(pow, [(2, 3), (2, 4)]) == [8, 16]
    assert heard == [0.5, 1.0]
