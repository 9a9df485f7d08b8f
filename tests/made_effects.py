"""Made-up effects of an intervention, by every design: what the tests of grades and the page of told results share."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import stagekansen_lib as sk
from stagekansen_lib.effects.interventions import Intervention
from stagekansen_lib.surveys.surveys import Survey

FIXED = dt.date(2026, 9, 1)
COLLECTED = dt.date(2027, 2, 1)


def registered(outcome: str = "score", fixed: dt.date | None = FIXED, matters: float | None = 1.0) -> Intervention:
    texts = dict.fromkeys(("theory_nl", "theory_en", "dose_nl", "dose_en", "who_nl", "who_en"), "x")
    return Intervention(
        "workshop", "de workshop", "the workshop", **texts, start=dt.date(2026, 10, 1), outcome=outcome,
        matters=matters, fixed_on=fixed,
    )  # fmt: skip


@cache
def survey(effect: float, drift: float = 0.0) -> Survey:
    """Three waves of treated and others; the effect comes in the last."""
    random = np.random.default_rng(5)
    rows = [
        (school, int(school < 10), wave, 6 + drift * (school < 10) * wave + effect * (school < 10) * (wave == 3)
         + random.normal())
        for school in range(20) for wave in (1, 2, 3) for _ in range(12)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["school", "treated", "wave", "score"])
    return sk.survey_from_frame(frame, clusters="school")


def did(effect: float, drift: float = 0.0) -> Any:
    part = sk.subset(survey(effect, drift), {"wave": [2, 3]})
    return sk.difference_in_differences(part, of="score", group="treated", wave="wave")


def placebo(drift: float = 0.0) -> Any:
    return sk.pre_trend(survey(0.0, drift), of="score", group="treated", wave="wave", start=3)


def lottery(effect: float, students: int = 12) -> Any:
    random = np.random.default_rng(9)
    rows = [(school, school % 2, 6 + effect * (school % 2) + random.normal())
            for school in range(20) for _ in range(students)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["school", "first", "score"])
    return sk.waiting_list(sk.survey_from_frame(frame), of="score", group="school", treated="first")


def change(effect: float) -> Any:
    waves = [sk.subset(survey(effect), {"wave": wave, "treated": 1}) for wave in (2, 3)]
    return sk.change(*waves, of="score", statistic="mean")
