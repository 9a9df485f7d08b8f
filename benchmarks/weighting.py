"""Raking to four margins (2, 4, 6, 8 codes), against rimpy, svy, weightipy and balance."""

from __future__ import annotations

import pandas as pd
from common import MARGINS, OURS, agree, make_answers, make_targets, peer, rows_option, take_turns

from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.weighting.raking import rake


def main() -> None:
    options = rows_option("Raking, encoding apart.", 1_000_000)
    frame = make_answers(options.rows)[list(MARGINS)]
    targets = make_targets(options.rows)
    words = frame.astype(str)
    survey = survey_from_frame(frame)
    weights = rake(survey, targets).weights
    cases = {OURS: lambda: rake(survey, targets)}
    raw = {OURS: lambda: rake(survey_from_frame(words), targets)}
    print(f"{options.rows:,} rows")

    if rimpy := peer("rimpy"):
        shares = {name: {code: 100 * count / (10 * options.rows) for code, count in each.items()}
                  for name, each in targets.items()}  # fmt: skip
        found = rimpy.rake(words, shares)
        column = next(name for name in found.columns if name not in words.columns)
        agree("rimpy", weights / weights.mean(), found[column] / found[column].mean(), 1e-5)
        cases["rimpy"] = raw["rimpy"] = lambda: rimpy.rake(words, shares)
    if svy := peer("svy"):
        import polars

        table = polars.from_pandas(words.assign(weight=10.0))
        sample = svy.Sample(table, svy.Design(wgt="weight"))

        def svy_rake() -> object:
            return sample.weighting.rake(controls=targets, tol=1e-7, max_iter=1000)

        agree("svy", weights, svy_rake().data["rk_wgt"].to_numpy(), 1e-5)
        cases["svy"] = raw["svy"] = svy_rake
    if weightipy := peer("weightipy"):
        percent = {name: {code: 100 * count / (10 * options.rows) for code, count in each.items()}
                   for name, each in targets.items()}  # fmt: skip

        def weightipy_rake() -> pd.Series:
            scheme = weightipy.scheme_from_dict(percent, rim_params={"convcrit": 1e-7, "max_iterations": 1000})
            return weightipy.weight(words, scheme)

        found = weightipy_rake()
        agree("weightipy", weights / weights.mean(), found / found.mean(), 1e-3)
        cases["weightipy"] = raw["weightipy"] = weightipy_rake
    if peer("balance"):
        import logging

        from balance.weighting_methods.rake import rake as balance_rake

        logging.getLogger("balance").setLevel(logging.ERROR)
        ones = pd.Series(1.0, index=words.index)
        share = {name: {code: count / (10 * options.rows) for code, count in each.items()}
                 for name, each in targets.items()}  # fmt: skip

        def balance_weights() -> pd.Series:
            return balance_rake(
                words, ones, None, None, transformations=None, target_margins=share, convergence_rate=1e-7
            )["weight"]

        found = balance_weights()
        # It stops at a margin error of about 9e-5.
        agree("balance", weights / weights.mean(), found / found.mean(), 5e-3)
        cases["balance"] = raw["balance"] = balance_weights
    take_turns("Raking: ours from a survey as read, peers from strings (they keep no codes)", cases, options.rounds)
    take_turns("Raking from raw strings, encoding included", raw, max(options.rounds // 2, 1))
    fresh = {
        "strings to codes": lambda: [survey_from_frame(words).encoded(name) for name in MARGINS],
        "categoricals to codes": lambda: [survey_from_frame(frame).encoded(name) for name in MARGINS],
        OURS: lambda: rake(survey, targets),
    }
    take_turns("Encoding four columns, beside the raking itself", fresh, max(options.rounds // 2, 1))


if __name__ == "__main__":
    main()
