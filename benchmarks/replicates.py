"""Bootstrap of a share with weights raked anew in each replicate: time and memory, small and large."""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable

from common import make_answers, make_targets, peer, rows_option

from stagekansen_lib.estimates import share
from stagekansen_lib.surveys import survey_from_frame
from stagekansen_lib.variance import replicate
from stagekansen_lib.weighting import rake


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
    if svy := peer("svy"):
        import polars

        rows = min(options.rows, 10_000)
        table = polars.from_pandas(make_answers(rows)[["answer"]].astype(str).assign(weight=1.0, person=range(rows)))
        sample = svy.Sample(table, svy.Design(wgt="weight", psu="person"))
        start = time.perf_counter()
        drawn = sample.weighting.create_bs_wgts(n_reps=options.replicates, rstate=2022)
        drawn.estimation.prop("answer", method="replication")
        print(f"{rows:>10,} rows, svy without recalibration: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
