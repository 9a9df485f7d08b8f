"""What R's survey package answered, and its surveys as ours; tests/reference/r-survey says how they were made."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey

REFERENCE = Path(__file__).parent / "reference" / "r-survey"
FILES = ("estimates_tests", "weighting", "replicates", "edge_cases")


@cache
def stored() -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in FILES:
        for key, entry in json.loads((REFERENCE / f"{name}.json").read_text("utf-8"))["results"].items():
            # One key of edge_cases is like one of the others: the file name keeps them apart.
            values[f"{name}/{key}"] = entry["value"]
    return values


@cache
def frame(name: str) -> pd.DataFrame:
    rows = pd.read_csv(REFERENCE / f"{name}.csv")
    for kind in ("E", "H", "M"):
        rows[f"is_{kind}"] = (rows["stype"] == kind).astype(float)
    rows["one"] = 1.0
    rows["rare"] = np.where((rows["stype"] == "H") & (rows["awards"] == "Yes"), "Yes", "No")
    rows["hundreds"] = np.round(rows["api00"] / 100)
    rows["band"] = pd.cut(rows["api00"], [0, 550, 650, 750, 1000], ordered=True)
    if "api99" in rows:
        rows["both_years"] = rows["api00"] + rows["api99"]
    return rows


@cache
def survey(name: str) -> Survey:
    designs: dict[str, tuple[str, dict[str, Any]]] = {
        "dstrat": ("apistrat", {"strata": "stype", "weights": "pw", "fpc": "fpc"}),
        "dstrat0": ("apistrat", {"strata": "stype", "weights": "pw"}),
        "dsrs": ("apisrs", {"fpc": "fpc"}),
        "dsrs0": ("apisrs", {"weights": "pw"}),
        "dclus1": ("apiclus1", {"clusters": "dnum", "weights": "pw", "fpc": "fpc"}),
        "dclus10": ("apiclus1", {"clusters": "dnum", "weights": "pw"}),
        "dclus2": ("apiclus2", {"clusters": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]}),
        "na": ("apisrs_with_na", {"weights": "pw"}),
    }
    file, arguments = designs[name]
    return survey_from_frame(frame(file), **arguments)
