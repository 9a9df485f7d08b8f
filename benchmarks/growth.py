"""How time grows from --rows to ten times as many rows: at most 12 times, for everything that is linear.

By the clock, and in seconds of the processor: on a computer that others use as well, the clock tells of them too.
"""

from __future__ import annotations

import statistics
import time

from common import make_answers, make_targets, rows_option

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.models.regressing import regress
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.weighting.raking import rake

WORK = {
    "rake": lambda survey, targets: rake(survey, targets),
    "share by group": lambda survey, _: share(survey, "answer", "group"),
    "mean": lambda survey, _: mean(survey, "hours"),
    "Rao-Scott": lambda survey, _: compare(survey, "answer", "group", method="rao_scott_f"),
    "rank test, with ties": lambda survey, _: compare(survey, "answer", "group", method="wilcoxon"),
    "rank test, continuous (sorts)": lambda survey, _: compare(survey, "hours", "group", method="wilcoxon"),
    "t test": lambda survey, _: compare(survey, "hours", "group", method="t_test"),
    "logistic, coded": lambda survey, _: regress(survey, "found", ["age", "level", "group"], family="binomial"),
    "logistic, measured": lambda survey, _: regress(survey, "found", ["x0", "x1"], family="binomial"),
}


def main() -> None:
    options = rows_option("Growth of time with rows.", 300_000)
    medians = []
    for rows in (options.rows, 10 * options.rows):
        survey = survey_from_frame(make_answers(rows), weights="weight")
        targets = make_targets(rows)
        found = {}
        for name, work in WORK.items():
            times, worked = [], []
            for _ in range(options.rounds + 1):
                start, before = time.perf_counter(), time.process_time()
                work(survey, targets)
                times.append(time.perf_counter() - start)
                worked.append(time.process_time() - before)
            found[name] = statistics.median(times[1:]), statistics.median(worked[1:])
        medians.append(found)
    print(f"{'':32} {options.rows:>12,} {10 * options.rows:>12,} rows")
    for name in WORK:
        (first, first_worked), (last, last_worked) = medians[0][name], medians[1][name]
        grown = f"{last / first:5.1f} times, {last_worked / first_worked:5.1f} of the processor"
        print(f"{name:32} {1000 * first:9.1f} ms {1000 * last:9.1f} ms   {grown}")


if __name__ == "__main__":
    main()
