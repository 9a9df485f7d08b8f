"""How long protecting and attacking take: the tables of a release of 324 answers, and how that grows to 5,000 cells.

    python benchmarks/disclosure.py [--quick]

Made-up answers to questions with skewed answers, so that small counts occur in every cross. A release of eight
variables and six two-way tables is protected, released as a draft and attacked; then single calls of ``protect`` on
ever more two-way tables. For each: seconds, rounds of the search, whether the choice is proven to be the cheapest, and
the largest part of its cost that could still be saved.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from stagekansen_lib.codebooks import Code, Codebook, Variable
from stagekansen_lib.disclosure import protect_with_report
from stagekansen_lib.disclosure.attack import attack_folder
from stagekansen_lib.estimates import EstimateTable, share
from stagekansen_lib.releases import release
from stagekansen_lib.surveys import Provenance, Survey, survey_from_frame

PAIRS = ((0, 1), (2, 1), (3, 4), (5, 0), (6, 7), (3, 7))


def made_up(variables: int, answers: int, n: int, seed: int) -> Survey:
    rng = np.random.default_rng(seed)
    shares = np.array([2.0 ** -(at / 1.5) for at in range(answers)])
    names = [f"question{at}" for at in range(variables)]
    frame = pd.DataFrame({name: rng.choice(answers, n, p=shares / shares.sum()) + 1 for name in names})
    codes = tuple(Code(at + 1, f"Antwoord {at + 1}", f"Answer {at + 1}") for at in range(answers))
    book = Codebook("", {name: Variable(name, "nominal", name, name, codes) for name in names})
    for name in names:
        frame[name] = pd.Categorical(frame[name], categories=[code.code for code in codes])
    return replace(survey_from_frame(frame, codebook=book), provenance=Provenance("made up", synthetic=True))


def tables_of(survey: Survey, pairs: list[tuple[int, int]]) -> list[EstimateTable]:
    names = list(survey.codebook)
    involved = sorted({at for pair in pairs for at in pair})
    return [share(survey, names[at]) for at in involved] + [share(survey, names[of], names[by]) for of, by in pairs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="up to 500 cells only")
    quick = parser.parse_args().quick

    print("A release of eight variables and six two-way tables, n = 324:")
    spent = []
    for seed in range(5):
        survey = made_up(8, 4, 324, seed)
        results = [share(survey, f"question{at}") for at in range(8)]
        results += [share(survey, f"question{of}", f"question{by}") for of, by in PAIRS]
        began = time.perf_counter()
        published, report = protect_with_report(results)
        protected = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            release(published, name="look", made_by="", checked_by="", draft=True, into=Path(folder))
            ready = time.perf_counter()
            found = attack_folder(Path(folder) / "look", fixed=False)
            attacked = time.perf_counter()
        spent.append(protected - began + attacked - ready)
        verdict = "passes" if found.passed else f"found: {[check.number for check in found.failed + found.undecided]}"
        print(
            f"  seed {seed}: {len(report.table)} cells, protect {protected - began:.2f} s, attack"
            f" {attacked - ready:.2f} s, {report.suppression.method}, gap {report.suppression.gap:.1%}, {verdict}"
        )
    print(f"  median {np.median(spent):.2f} s, longest {max(spent):.2f} s")

    print("Growth, one call of protect:")
    for variables, answers, n in ((4, 4, 324), (6, 5, 324), (8, 5, 324), (8, 8, 1000), (10, 10, 2000), (11, 10, 5000)):
        survey = made_up(variables, answers, n, 1)
        results = tables_of(survey, list(itertools.combinations(range(variables), 2)))
        cells = sum(len(one.table) for one in results)
        if quick and cells > 500:
            break
        began = time.perf_counter()
        _, report = protect_with_report(results)
        took, chosen = time.perf_counter() - began, report.suppression
        print(
            f"  {cells:>5} cells, n = {n}: {took:7.1f} s, {chosen.rounds} rounds, {chosen.method},"
            f" gap {chosen.gap:.1%}, {report.kept:.0%} kept"
        )


if __name__ == "__main__":
    main()
