"""Surveys and tables that a test can make with the numbers it needs: small, made up, and with nothing left to guess."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.comparison.results import Comparison
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.surveys.codebook_files import read_value_set
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey

YES_NO = (Code(1, "Ja", "Yes"), Code(0, "Nee", "No"))
THREE = tuple(Code(at, f"Antwoord {at}", f"Answer {at}") for at in (1, 2, 3))
SOURCE = (Code(1, "Ja", "Yes"), Code(2, "Twijfel", "Not sure"), Code(3, "Nee", "No"))


def derived(name: str, values: str, rest: str) -> Variable:
    codes = (Code(1, "Ja", "Yes", values=read_value_set(values)), Code(0, "Nee", "No", values=read_value_set(rest)))
    return Variable(name, "nominal", name, name, codes, privacy="special", derived_from=("met",))


BOOK = Codebook(
    "small",
    {
        "level": Variable("level", "nominal", "Niveau", "Level", (Code(1, "mbo", "mbo"), Code(2, "hbo", "hbo"))),
        "region": Variable("region", "nominal", "Regio", "Region", THREE),
        "safe": Variable("safe", "nominal", "Veilig", "Safe", YES_NO),
        "origin": Variable("origin", "nominal", "Herkomst", "Origin", YES_NO, privacy="special"),
        "view": Variable("view", "nominal", "Mening", "View", THREE),
        "hours": Variable("hours", "count", "Uren", "Hours"),
        "met": Variable("met", "nominal", "Meegemaakt", "Met", SOURCE, privacy="special"),
        "sure": derived("sure", "1", "2|3"),
        "sure_or_not": derived("sure_or_not", "1|2", "3"),
    },
)
MADE_UP = Provenance("small", synthetic=True, self_selected=True, history=("rows in: 324",))


def share_table(
    rows: list[dict[str, float]], of: str = "safe", by: tuple[str, ...] = (), code: object = 1, **changes: object
) -> EstimateTable:
    """An estimate table of shares as counts give it; a row may overrule se, estimate, interval and effective n."""
    filled = []
    for row in rows:
        p = row.get("estimate", row["count"] / row["n"])
        effective = row.get("effective_n", row["n"])
        se = row.get("se", math.sqrt(p * (1 - p) / effective))
        low, high = row.get("low", max(p - 2 * se, 0.0)), row.get("high", min(p + 2 * se, 1.0))
        filled.append({**row, "estimate": p, "se": se, "ci_low": low, "ci_high": high, "effective_n": effective})
    frame = pd.DataFrame(filled)
    columns = [*by, *(["code"] if code is None else [])]
    basis = frame[["n", "count", "effective_n"]].assign(largest_share=0.01, two_largest_share=0.02, df=300.0)
    table = frame[[*columns, "estimate", "se", "ci_low", "ci_high", "n"]].assign(deff=1.0)
    whole = EstimateTable(
        table, np.diag(table["se"] ** 2), "share", of, by, code, basis, 300.0, 0.95, "logit", BOOK, MADE_UP
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def mean_table(n: int, estimate: float, se: float, largest: float, two: float) -> EstimateTable:
    table = pd.DataFrame(
        {
            "estimate": [estimate],
            "se": [se],
            "ci_low": [estimate - se],
            "ci_high": [estimate + se],
            "n": [n],
            "deff": 1.0,
        }
    )
    basis = pd.DataFrame(
        {"n": [n], "effective_n": [n], "largest_share": [largest], "two_largest_share": [two], "df": [n - 1.0]}
    )
    return EstimateTable(
        table, np.eye(1), "mean", "hours", (), None, basis, n - 1.0, 0.95, "t", BOOK, MADE_UP
    )  # fmt: skip


def survey_of(frame: pd.DataFrame, *, synthetic: bool = True) -> Survey:
    for name in frame.columns:
        if BOOK[name].codes:
            frame = frame.assign(**{name: pd.Categorical(frame[name], categories=BOOK[name].valid_codes)})
    return replace(survey_from_frame(frame, codebook=BOOK), provenance=replace(MADE_UP, synthetic=synthetic))


def random_survey(seed: int, n: int, *, regions: tuple[float, ...] = (0.6, 0.3, 0.1)) -> Survey:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "level": rng.choice([1, 2], n, p=[0.4, 0.6]),
            "region": rng.choice([1, 2, 3], n, p=regions),
            "safe": rng.choice([1, 0], n, p=[0.8, 0.2]),
            "origin": rng.choice([1, 0], n),
            "view": rng.choice([1, 2, 3], n, p=[0.55, 0.38, 0.07]),
            "hours": rng.poisson(20, n).astype(float),
        }
    )
    return survey_of(frame)


def comparison(**changes: object) -> Comparison:
    survey = random_survey(2, 300)
    return replace(compare(survey, "safe", "level", code=1), **changes)  # type: ignore[no-any-return]


def survey_with_a_small_answer() -> Survey:
    """400 people; one view is held by 12, sensitive origin by 5%."""
    rng = np.random.default_rng(1)
    size = 400
    frame = pd.DataFrame(
        {
            "level": rng.choice([1, 2], size),
            "region": rng.permutation([1] * 220 + [2] * 172 + [3] * 8),
            "safe": rng.choice([1, 0], size),
            "origin": rng.permutation([1] * 376 + [0] * 24),
            "view": rng.permutation([1] * 250 + [2] * 144 + [3] * 6),
            "hours": rng.poisson(20, size).astype(float),
        }
    )
    return survey_of(frame)


ORIGIN = Variable(
    "origin_of_data",
    "nominal",
    "herkomst",
    "origin",
    (Code("synthetic", "SYN", "SYN"), Code("twin", "TWIN", "TWIN")),
    role="origin",
    required=False,
)


def small(codes: int, **answers: list[int | None]) -> Survey:
    """A survey of a few questions, each with the answers 1 to ``codes``."""
    options = tuple(Code(code, f"antwoord {code}", f"answer {code}") for code in range(1, codes + 1))
    variables = {"origin_of_data": ORIGIN} | {
        name: Variable(name, "nominal", f"vraag {name}", f"question {name}", options) for name in answers
    }
    return survey_from_frame(pd.DataFrame(answers), codebook=Codebook("small", variables))
