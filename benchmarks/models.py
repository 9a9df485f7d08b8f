"""Regressions with six covariates against svy and statsmodels; ordinal models have R's svyolr as their only peer."""

from __future__ import annotations

from typing import Any

import numpy as np
from common import OURS, agree, make_answers, peer, rows_option, take_turns

from stagekansen_lib.models.regressing import regress
from stagekansen_lib.surveys.making import survey_from_frame

COVARIATES = [f"x{at}" for at in range(6)]
CODES = ["age", "level", "region", "sector", "group"]
FAMILIES = {"logistic": ("found", "binomial"), "Poisson": ("tries", "poisson"), "linear": ("hours", "gaussian")}


def main() -> None:
    options = rows_option("Regressions.", 300_000)
    rounds = max(options.rounds // 2, 1)
    frame = make_answers(options.rows)
    survey = survey_from_frame(frame, weights="weight")
    svy, statsmodels = peer("svy"), peer("statsmodels.api")
    sample = None
    if svy:
        import polars

        words = frame.drop(columns=["answer"]).assign(**{name: frame[name].astype(str) for name in CODES})
        sample = svy.Sample(polars.from_pandas(words), svy.Design(wgt="weight"))
    print(f"{options.rows:,} rows")
    for name, (of, family) in FAMILIES.items():
        ours = regress(survey, of, COVARIATES, family=family)
        cases: dict[str, Any] = {OURS: lambda of=of, family=family: regress(survey, of, COVARIATES, family=family)}
        if sample is not None:

            def fit(of: str = of, family: str = family) -> Any:
                return sample.glm.fit(of, x=COVARIATES, family=family)

            found = {each.term: each for each in fit().coefs}
            order = ["_intercept_", *COVARIATES]
            agree(f"{name}: svy's coefficients", ours.table["estimate"], [found[term].est for term in order], 1e-5)
            agree(f"{name}: svy's standard errors", ours.table["se"], [found[term].se for term in order], 1e-5)
            cases["svy"] = fit
        if statsmodels:
            kinds = {"binomial": "Binomial", "poisson": "Poisson", "gaussian": "Gaussian"}
            x = np.column_stack([np.ones(options.rows), frame[COVARIATES]])

            def model(of: str = of, kind: str = kinds[family], x: Any = x) -> Any:
                chosen = getattr(statsmodels.families, kind)()
                weights = frame["weight"].to_numpy()
                return statsmodels.GLM(frame[of].to_numpy(), x, family=chosen, freq_weights=weights).fit(cov_type="HC0")

            agree(f"{name}: statsmodels' coefficients", ours.table["estimate"], model().params, 1e-5)
            cases["statsmodels"] = model
        take_turns(f"{name}, six measurements", cases, rounds)
    coded = {"logistic": ("found", "binomial"), "Poisson": ("tries", "poisson"), "ordinal": ("answer", "ordinal")}
    for name, (of, family) in coded.items():
        cases = {OURS: lambda of=of, family=family: regress(survey, of, CODES, family=family)}
        if sample is not None and family != "ordinal":
            cases["svy"] = lambda of=of, family=family: sample.glm.fit(
                of, x=[svy.Cat(code) for code in CODES], family=family
            )
        take_turns(f"{name}, five coded covariates", cases, rounds)


if __name__ == "__main__":
    main()
