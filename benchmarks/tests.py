"""Rao-Scott, rank and t tests against svy, for a weighted and a raked survey."""

from __future__ import annotations

from common import OURS, agree, make_answers, make_targets, peer, rows_option, take_turns

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.weighting.raking import rake


def main() -> None:
    options = rows_option("Tests between groups.", 1_000_000)
    frame = make_answers(options.rows)
    survey = survey_from_frame(frame, weights="weight")
    print(f"{options.rows:,} rows")
    ours = {
        "Rao-Scott (5 x 2)": lambda data=survey: compare(data, "answer", "group", method="rao_scott_f"),
        "rank test, with ties": lambda data=survey: compare(data, "answer", "group", method="wilcoxon"),
        "rank test, continuous": lambda data=survey: compare(data, "hours", "group", method="wilcoxon"),
        "t test": lambda data=survey: compare(data, "hours", "group", method="t_test"),
    }
    theirs = {}
    if svy := peer("svy"):
        import polars

        table = polars.from_pandas(
            frame[["hours", "weight"]].assign(
                answer=frame["answer"].astype(str), rank=frame["answer"].cat.codes.astype(float),
                group=frame["group"].astype(str),
            )
        )  # fmt: skip
        sample = svy.Sample(table, svy.Design(wgt="weight"))
        theirs = {
            "Rao-Scott (5 x 2)": lambda: sample.categorical.tabulate("answer", "group"),
            "rank test, with ties": lambda: sample.categorical.ranktest("rank", group="group"),
            "rank test, continuous": lambda: sample.categorical.ranktest("hours", group="group"),
            "t test": lambda: sample.categorical.ttest("hours", group="group"),
        }
        agree("Rao-Scott F", ours["Rao-Scott (5 x 2)"]().statistic, theirs["Rao-Scott (5 x 2)"]().stats.f.value, 1e-6)
        for name in ("rank test, continuous", "t test"):
            agree(f"t of the {name}", abs(ours[name]().statistic), abs(statistic(theirs[name]())), 1e-6)
        # svy averages tied rows as R does; so ours must be asked to.
        tied = compare(survey, "answer", "group", method="wilcoxon", ties="unweighted")
        svy_tied = theirs["rank test, with ties"]()
        agree("t of the rank test, with ties", abs(tied.statistic), abs(statistic(svy_tied)), 1e-6)
    for name, work in ours.items():
        take_turns(name, {OURS: work} | ({"svy": theirs[name]} if name in theirs else {}), options.rounds)
    raked = rake(survey, make_targets(options.rows))
    for name, work in ours.items():
        take_turns(f"{name}, raked survey (no peer: standard errors know the margins)",
                   {OURS: lambda work=work: work(raked)}, options.rounds)  # fmt: skip


def statistic(found: object) -> float:
    """The t statistic of a test of svy."""
    return float(getattr(found.stats, "value", None) or found.stats.t)


if __name__ == "__main__":
    main()
