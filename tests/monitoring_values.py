"""The stored values of tests/reference/monitoring: looked up, compared at their own tolerance, and counted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from stagekansen_lib.waves.wald import combined

FOLDER = Path(__file__).parent / "reference" / "monitoring"

# What a report of R calls the parts of an estimate, and what our results do.
OURS = {"estimate": "estimate", "se": "se", "df": "df", "t_low": "ci_low", "t_high": "ci_high", "t_p": "p_value",
        "smallest_detectable": "smallest_detectable"}  # fmt: skip


@cache
def stored(topic: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((FOLDER / topic / "values.json").read_text("utf-8"))["values"]
    return values


# Topic, key and part of each stored value that a test compared, for the count of scripts and reports.
COMPARED: set[tuple[str, str, str]] = set()


def value(topic: str, key: str) -> Any:
    return stored(topic)[key]["value"]


def agrees(topic: str, key: str, ours: Mapping[str, Any] | Any, least: float = 1e-12) -> None:
    """Each part of ours is the stored one, at the tolerance of the stored value."""
    one = stored(topic)[key]
    pairs = {"": (ours, one["value"])}
    if isinstance(ours, Mapping):
        pairs = {name: (mine, one["value"][name]) for name, mine in ours.items()}
    absolute = one.get("abs_tol", least)
    for name, (mine, theirs) in pairs.items():
        COMPARED.add((topic, key, name))
        if isinstance(theirs, Mapping):
            mine, theirs = [mine[part] for part in theirs], list(theirs.values())
        expected = np.array(theirs, dtype=float)
        np.testing.assert_allclose(
            np.asarray(mine, dtype=float),
            expected,
            rtol=one.get("rel_tol", 0.0),
            atol=absolute,
            err_msg=f"{key} {name}",
        )


def report(made: Any, *leave: str) -> dict[str, Any]:
    """The parts of one of our estimates, by the names of a report of R."""
    found = {
        theirs: getattr(made, ours) for theirs, ours in OURS.items() if theirs not in leave and hasattr(made, ours)
    }
    return found | normal(found["estimate"], found["se"])


def normal(estimate: float, se: float) -> dict[str, float]:
    """Limits and p value by the normal, of our estimate and error: R's report has these beside those by t."""
    half = stats.norm.isf(0.025) * se
    return {"z_low": estimate - half, "z_high": estimate + half, "z_p": 2 * stats.norm.sf(abs(estimate) / se)}


def whole_report(estimate: float, se: float, df: float) -> dict[str, float]:
    """All that R reports of an estimate, its error and its degrees of freedom, by our own arithmetic."""
    return report(combined(float(estimate), float(se), float(df)))
