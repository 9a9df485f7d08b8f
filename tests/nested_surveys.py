"""Made-up surveys whose groupings lie inside each other, for the second attacker: answers, tables, weights, drafts.

Programme lies in level; field in three sectors, and these in two; origin in two; one question on discrimination is read
in two ways, one on difficulty in three classes and in two. Some answers are missing, and one question has several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.attacks.attack import AttackReport
from stagekansen_lib.disclosure.protect import protect
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.releases.building import release
from stagekansen_lib.surveys.codebook_files import read_value_set
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.raking import rake

Numbers = np.ndarray[Any, Any]

ASKED = {"programme_type": 7, "field": 8, "origin": 5, "met": 3, "difficulty": 5, "knows": 2}
MADE = {
    "level": ("programme_type", ("1..4", "5..7")),
    "sector3": ("field", ("2|6", "3|4", "1|5|7|8")),
    "sector2": ("sector3", ("1|2", "3")),
    "origin2": ("origin", ("1", "2..5")),
    "experienced": ("met", ("1", "2|3")),
    "experienced_or_not_sure": ("met", ("1|2", "3")),
    "difficulty3": ("difficulty", ("1|2", "3", "4|5")),
    "much_difficulty": ("difficulty", ("5", "1..4")),
}
PRIVACY: dict[str, Any] = {
    "origin": "special", "origin2": "special", "met": "sensitive", "experienced": "sensitive",
    "experienced_or_not_sure": "sensitive",
}  # fmt: skip
COARSE: list[tuple[str, str | None]] = [
    ("level", None), ("sector3", None), ("origin2", None), ("experienced", None), ("difficulty3", None),
    ("knows", None), ("experienced", "level"), ("experienced", "sector3"), ("experienced", "origin2"),
    ("difficulty3", "level"), ("difficulty3", "experienced"), ("knows", "level"), ("knows", "sector3"),
]  # fmt: skip
FINE: list[tuple[str, str | None]] = [
    ("programme_type", None), ("field", None), ("sector2", None), ("experienced_or_not_sure", None), ("met", None),
    ("experienced", "programme_type"), ("experienced", "sector2"), ("experienced_or_not_sure", "level"),
    ("knows", "field"), ("knows", "programme_type"), ("difficulty", None), ("much_difficulty", "experienced"),
]  # fmt: skip
EVERYTHING = COARSE + FINE


def book() -> Codebook:
    """The questionnaire of these surveys, with what is made from its questions."""
    variables = {}
    for name, number in ASKED.items():
        codes = tuple(Code(at, f"Antwoord {at}", f"Answer {at}") for at in range(1, number + 1))
        variables[name] = Variable(name, "nominal", name, name, codes, privacy=PRIVACY.get(name, "ordinary"))
    for name, (source, sets) in MADE.items():
        codes = tuple(
            Code(at, f"Klasse {at}", f"Class {at}", values=read_value_set(one)) for at, one in enumerate(sets, start=1)
        )
        privacy = PRIVACY.get(name, "ordinary")
        variables[name] = Variable(name, "nominal", name, name, codes, privacy=privacy, derived_from=(source,))
    variables["hours"] = Variable("hours", "count", "hours", "hours")
    return Codebook("", variables)


def survey_of(answers: dict[str, Numbers], hours: Numbers) -> Survey:
    """A survey of the answers to the questions; 0 is no answer. What is made from them is added."""
    questionnaire, frame = book(), dict(answers)
    for name, (source, _) in MADE.items():
        code_of = np.zeros(ASKED.get(source, 3) + 1, dtype=int)
        for one in reversed(questionnaire[name].codes):
            for answer in range(1, len(code_of)):
                if one.values is not None and answer in one.values:
                    code_of[answer] = int(one.code)
        frame[name] = code_of[frame[source]]
    table = pd.DataFrame({
        name: pd.Categorical(np.where(codes > 0, codes, None), categories=list(questionnaire[name].valid_codes))
        for name, codes in frame.items()
    }).assign(hours=hours)  # fmt: skip
    made = survey_from_frame(table, codebook=questionnaire)
    return replace(made, provenance=Provenance("made up", synthetic=True))


def made_up(seed: int, n: int | None = None, *, missing: float = 0.0) -> Survey:
    """Answers that lean on each other as strongly as the seed says: experience on origin, difficulty on experience."""
    rng = np.random.default_rng([seed, 14])
    number = n or int(rng.integers(100, 2001))
    answers = {
        name: rng.choice(codes, number, p=rng.dirichlet(np.full(codes, rng.choice([0.6, 1.5, 4.0])))) + 1
        for name, codes in ASKED.items()
    }
    tied = rng.random(number) < rng.uniform(0, 0.7)
    answers["met"] = np.where(tied, 1 + 2 * (answers["origin"] == 1), answers["met"])
    tied = rng.random(number) < rng.uniform(0, 0.9)
    answers["difficulty"] = np.where(tied, np.where(answers["met"] == 1, 5, 1), answers["difficulty"])
    tied = rng.random(number) < rng.uniform(0, 0.9)
    answers["knows"] = np.where(tied, 1 + (answers["field"] > 4), answers["knows"])
    for name in ("origin", "met", "difficulty", "knows"):
        answers[name] = np.where(rng.random(number) < missing, 0, answers[name])
    return survey_of(answers, rng.poisson(20, number).astype(float))


def weighted(survey: Survey, seed: int) -> Survey:
    """The survey raked to a population that is divided otherwise over levels and sectors."""
    rng = np.random.default_rng([seed, 15])
    margins = {}
    for name in ("level", "sector3"):
        counts = survey.rows[name].value_counts()
        there = counts[counts > 0]
        shares = there * rng.uniform(0.6, 1.6, len(there))
        margins[name] = dict(zip(there.index, shares / shares.sum() * 10_000, strict=True))
    return rake(survey, margins)


def weight_limits(survey: Survey) -> tuple[float, float]:
    """The lowest and the highest weight, where the mean is one."""
    weights = survey.weights / survey.weights.mean()
    return float(weights.min()), float(weights.max())


def figures(survey: Survey, tables: Sequence[tuple[str, str | None]] = EVERYTHING) -> list[Any]:
    return [*(share(survey, of, by) for of, by in tables), mean(survey, "hours", "level"), mean(survey, "hours")]


def write_draft(published: list[Any], into: Path, name: str = "look") -> Path:
    """The folder of a draft, without the attacks of the library that come with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stagekansen_lib.releases.building.attack_folder", lambda *_, **__: AttackReport(name, ()))
        release(published, name=name, made_by="", checked_by="", draft=True, into=into)
    return into / name


def draft(
    survey: Survey, into: Path, tables: Sequence[tuple[str, str | None]] = EVERYTHING, name: str = "look"
) -> Path:
    """Protect the tables of a survey and write them as a draft."""
    return write_draft(protect(figures(survey, tables)), into, name)
