"""How many rows protection hides, and whether the attacks find anything, over many made-up surveys.

    python benchmarks/hidden_rows.py [--surveys 30] [--first 0] [--plain]

Surveys of 100 to 2,000 answers to a questionnaire with classifications inside each other (programme in level, field in
sector, origin in five and in two, two readings of one question), of which some are sensitive. Of each a release of
twenty tables is protected, written as a draft and attacked; once unweighted and once weighted. Each table stands beside
its coarser form, unless ``--plain`` leaves the finer ones out. Run it with an older version of the library on the path
to compare the two.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stagekansen_lib.attacks.attack import AttackReport, attack_folder
from stagekansen_lib.disclosure.protect import protect_with_report
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.releases.building import release
from stagekansen_lib.surveys.codebook_files import read_value_set
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey

ASKED = {"programme": 7, "field": 8, "origin": 5, "met": 3, "difficulty": 5, "knows": 2}
MADE: dict[str, tuple[str, tuple[str, ...]]] = {
    "level": ("programme", ("1..4", "5..7")),
    "sector": ("field", ("2|6", "3|4", "1|5|7|8")),
    "origin2": ("origin", ("1", "2..5")),
    "experienced": ("met", ("1", "2|3")),
    "experienced_or_not_sure": ("met", ("1|2", "3")),
    "difficulty3": ("difficulty", ("1|2", "3", "4|5")),
}
PRIVACY: dict[str, Any] = {
    "origin": "special", "origin2": "special", "met": "sensitive", "experienced": "sensitive",
    "experienced_or_not_sure": "sensitive",
}  # fmt: skip
COARSE: list[tuple[str, str | None]] = [
    ("level", None), ("sector", None), ("origin2", None), ("experienced", None), ("difficulty3", None),
    ("knows", None), ("experienced", "level"), ("experienced", "sector"), ("experienced", "origin2"),
    ("difficulty3", "level"), ("difficulty3", "experienced"), ("knows", "level"), ("knows", "sector"),
]  # fmt: skip
FINE: list[tuple[str, str | None]] = [
    ("programme", None), ("field", None), ("experienced_or_not_sure", None), ("experienced", "programme"),
    ("knows", "field"), ("difficulty", None), ("experienced_or_not_sure", "level"),
]  # fmt: skip


def questionnaire() -> Codebook:
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


def made_up(seed: int) -> Survey:
    """Answers that lean on each other: programme on field, experience on origin, difficulty on experience."""
    rng, book = np.random.default_rng(seed), questionnaire()
    n = int(rng.integers(100, 2001))

    def drawn(number: int, lean: float = 1.0) -> np.ndarray[Any, Any]:
        return rng.choice(number, n, p=rng.dirichlet(np.full(number, lean))) + 1

    answers = {name: drawn(number, rng.choice([0.6, 1.5, 4.0])) for name, number in ASKED.items()}
    tied = rng.random(n) < rng.uniform(0, 0.6)
    answers["met"] = np.where(tied, 1 + (answers["origin"] == 1) * 2, answers["met"])
    tied = rng.random(n) < rng.uniform(0, 0.9)
    answers["difficulty"] = np.where(tied, np.where(answers["met"] == 1, 5, 1), answers["difficulty"])
    frame: dict[str, Any] = dict(answers)
    for name, (source, _) in MADE.items():
        rules = [(one.code, one.values) for one in book[name].codes]
        lookup = {a: next(code for code, one in rules if one and a in one) for a in range(1, ASKED[source] + 1)}
        frame[name] = [lookup[int(answer)] for answer in answers[source]]
    frame["hours"] = rng.poisson(20, n).astype(float)
    table = pd.DataFrame(frame)
    for name, variable in book.variables.items():
        if variable.codes:
            table[name] = pd.Categorical(table[name], categories=list(variable.valid_codes))
    return replace(survey_from_frame(table, codebook=book), provenance=Provenance("made up", synthetic=True))


def weighted(survey: Survey, seed: int) -> Survey:
    uneven = np.exp(np.random.default_rng(seed).normal(0, 0.35, len(survey)))
    uneven *= np.where(survey.rows["level"].to_numpy() == 1, 1.3, 0.8)
    return replace(survey, design=replace(survey.design, weights=uneven / uneven.mean()))


def attack_of(published: list[Any]) -> AttackReport:
    with tempfile.TemporaryDirectory() as folder:
        release(published, name="look", made_by="", checked_by="", draft=True, into=Path(folder))
        return attack_folder(Path(folder) / "look", fixed=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--surveys", type=int, default=30)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--plain", action="store_true", help="without the finer classifications")
    parser.add_argument("--rows-only", action="store_true", help="protect only, without the attacks")
    asked = parser.parse_args()
    tables = COARSE if asked.plain else COARSE + FINE
    for how in ("unweighted", "weighted"):
        rows = hidden = partners = secret = 0
        found, spent, refused = Counter[str](), list[float](), 0
        for seed in range(asked.first, asked.first + asked.surveys):
            survey = made_up(seed) if how == "unweighted" else weighted(made_up(seed), seed)
            began = time.perf_counter()
            try:
                results = [*(share(survey, of, by) for of, by in tables), mean(survey, "hours", "level")]
                published, report = protect_with_report(results)
                attacks = None if asked.rows_only else attack_of(published)
            except (InputError, RefusedError) as error:
                refused += 1
                print(f"  seed {seed}: {str(error)[:150]}")
                continue
            spent.append(time.perf_counter() - began)
            marks, why = report.table["mark"], report.table["reasons"]
            rows += int((marks != "empty").sum())
            hidden += int((marks == "x").sum())
            partners += sum(
                bool(one) and all(r.protects for r in one) for one, m in zip(why, marks, strict=True) if m == "x"
            )
            secret += sum(
                any(r.rule in ("R1", "R4", "R5") for r in one) for one, m in zip(why, marks, strict=True) if m == "x"
            )
            checks = (*attacks.failed, *attacks.undecided) if attacks is not None else ()
            found.update(str(check.number) for check in checks)
            for check in checks[:1]:
                print(f"  seed {seed}, n = {len(survey)}: attack {check.number}: {check.findings[0]}")
        print(
            f"{how}: {rows} rows of {len(spent)} surveys, {hidden / max(rows, 1):.1%} hidden ({secret} too small or"
            f" telling, {partners} only protect others), attacks that found something: {dict(found) or 'none'},"
            f" refused {refused}, {np.median(spent):.1f} s a survey, longest {max(spent):.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
