"""Bootstrap with weights raked anew in each replicate: a share, small and large; and the yearly index of an example."""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable

from common import make_answers, make_targets, peer, rows_option

from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.monitoring.yearly_index import yearly_index
from stagekansen_lib.population.margins import read_margins
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.weighting.raking import rake


def _most_memory(work: Callable[[], object]) -> float:
    """The most memory that Python objects and arrays take at one time, in MB, on top of what is there."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    options = rows_option("Bootstrap with recalibrated weights.", 1_000_000, replicates=1000, backend="")
    for rows in (324, options.rows):
        frame = make_answers(rows)
        survey = survey_from_frame(frame)
        targets = make_targets(rows)
        linear = share(rake(survey, targets), "answer").table["se"]
        times = []
        for _ in range(options.rounds):
            start = time.perf_counter()
            drawn = replicate(rake(survey, targets), n=options.replicates, seed=2022, backend=options.backend or None)
            found = share(drawn, "answer").table["se"]
            times.append(time.perf_counter() - start)
        memory = _most_memory(lambda survey=survey, targets=targets: share(
            replicate(rake(survey, targets), n=options.replicates, seed=2022), "answer"
        ))  # fmt: skip
        gap = float((found / linear - 1).abs().max())
        # A standard error from R replicates is off by 1 / sqrt(2 R) of its size; small samples add their own bias.
        allowed = 5 / (2 * options.replicates) ** 0.5 + 5 / rows**0.5
        if gap > allowed:
            sys.exit(f"{rows:,} rows: bootstrap and linearisation differ by {gap:.0%}.")
        print(
            f"{rows:>10,} rows, {options.replicates:,} replicates: {sorted(times)[len(times) // 2]:.2f} s, "
            f"{memory:.0f} MB of arrays at the peak; within {gap:.1%} of linearisation",
            flush=True,
        )
    index_of_example(options.rounds)
    if svy := peer("svy"):
        import polars

        rows = min(options.rows, 10_000)
        table = polars.from_pandas(make_answers(rows)[["answer"]].astype(str).assign(weight=1.0, person=range(rows)))
        sample = svy.Sample(table, svy.Design(wgt="weight", psu="person"))
        start = time.perf_counter()
        drawn = sample.weighting.create_bs_wgts(n_reps=options.replicates, rstate=2022)
        drawn.estimation.prop("answer", method="replication")
        print(f"{rows:>10,} rows, svy without recalibration: {time.perf_counter() - start:.2f} s")


def index_of_example(rounds: int) -> None:
    """1,000 replicates and 2,000 variants, from the answers in memory; the same figures in every round."""
    survey = rake(read_survey("example_2022"), to=read_margins("students_haaglanden_2019"))
    times, values = [], set()
    for _ in range(rounds):
        start = time.perf_counter()
        found = yearly_index(survey, seed=2022)
        times.append(time.perf_counter() - start)
        values.add((found.value, found.ci_low, found.ci_high))
    if len(values) > 1:
        sys.exit("The index differs from round to round.")
    print(f"{len(survey):>10,} rows, the yearly index: {sorted(times)[len(times) // 2]:.2f} s")


if __name__ == "__main__":
    main()
