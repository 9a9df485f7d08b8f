"""How long protecting and attacking take: the tables of a release of 324 answers, and how that grows to 5,000 cells.

    python benchmarks/disclosure.py [--quick]

Made-up answers to questions with skewed answers, so that small counts occur in every cross. A release of eight
variables and six two-way tables is protected, released as a draft and attacked; then tables of ever more questions in
a chain are attacked; then single calls of ``protect`` on one-way and all two-way tables of ever more questions. For
each of these: seconds and memory, whether the choice is proven to be the cheapest or the fallback took over, the
largest part of its cost that could still be saved, and the share of rows that say something.

Results first: after each call an attacker of this script, who shares no code with protection and knows the exact count
and base of every row shown, computes by linear programs how closely some secret counts, drawn at random, can be known.
One that is closer than rule R6 allows stops the script.
"""

from __future__ import annotations

import argparse
import itertools
import math
import resource
import secrets
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from stagekansen_lib.attacks.attack import attack_folder
from stagekansen_lib.disclosure.protect import protect_with_report
from stagekansen_lib.disclosure.published import PublishedTable
from stagekansen_lib.disclosure.rules import read_rules
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.releases.building import release
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey

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


Count = tuple[tuple[str, int], ...]


def audit(survey: Survey, published: list[PublishedTable], drawn: int, seed: int) -> int:
    """How many secret counts, drawn at random, were tried by linear programs; stops when one comes too close.

    The unknowns are the counts of each table. They add up over each question to those of fewer questions, and each row
    that is shown tells its count and base; one told as a class, its base and a tenth or nine tenths of it.
    """
    rules, rows = read_rules(), survey.rows.astype(int)
    truth: dict[Count, float] = {(): float(len(rows))}
    low, high, hidden = dict[Count, float](), dict[Count, float](), list[Count]()
    for table in published:
        names = (*table.by, table.of)
        sizes = rows.groupby(list(names)).size()
        for row in table.table.to_dict("records"):
            answers = [*(row[name] for name in table.by), row["code"]]
            key = tuple(sorted(zip(names, answers, strict=True)))
            base = tuple((name, row[name]) for name in table.by)
            truth[key] = float(sizes.get(tuple(answers) if len(names) > 1 else answers[0], 0))
            if row["mark"] == "x":
                hidden += [key] * (truth[key] < rules.least_count)
                continue
            n = truth[base]
            low[base] = high[base] = n
            told = {"<": (0.0, n / 10), ">": (n * 9 / 10, n)}.get(row["mark"][:1], (truth[key], truth[key]))
            low[key], high[key] = max(low.get(key, 0.0), told[0]), min(high.get(key, math.inf), told[1])
    place = {key: at for at, key in enumerate(truth)}
    sums: dict[tuple[Count, str], list[Count]] = {}
    for key in truth:
        for name, _ in key:
            sums.setdefault((tuple(one for one in key if one[0] != name), name), []).append(key)
    lines = [(at, place[key], sign) for at, ((whole, _), parts) in enumerate(sums.items())
             for key, sign in ((whole, -1.0), *((part, 1.0) for part in parts))]  # fmt: skip
    at, columns, signs = zip(*lines, strict=True)
    matrix = sparse.csr_array((signs, (at, columns)), shape=(len(sums), len(place)))
    limits = [(low.get(key, 0.0), high.get(key, truth[()])) for key in place]
    chosen = np.random.default_rng(seed).permutation(len(hidden))[:drawn]
    for key in (hidden[one] for one in chosen):
        aim, ends = np.zeros(len(place)), []
        for aim[place[key]] in (1.0, -1.0):
            solved = linprog(aim, A_eq=matrix, b_eq=np.zeros(len(sums)), bounds=limits, method="highs")
            ends.append(abs(solved.fun))
        lowest = math.floor(truth[key] - max(rules.protected_absolute, rules.protected_relative * truth[key]))
        if not (ends[1] > rules.protected_upper - 1e-6 and ends[0] < max(0, lowest) + 1e-6):
            raise SystemExit(f"A secret count can be known to lie between {ends[0]:.1f} and {ends[1]:.1f}: {key}")
    return len(chosen)


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

    print("The attack on tables in a chain of questions, each with the next:")
    for variables, answers, n in ((12, 5, 1000), (14, 5, 324), (25, 8, 3000)):
        survey = made_up(variables, answers, n, 1)
        results = tables_of(survey, [(at, at + 1) for at in range(variables - 1)])
        rows = sum(len(one.table) for one in results)
        if quick and rows > 500:
            break
        published, _ = protect_with_report(results)
        with tempfile.TemporaryDirectory() as folder:
            release(published, name="look", made_by="", checked_by="", draft=True, into=Path(folder))
            began = time.perf_counter()
            found = attack_folder(Path(folder) / "look", fixed=False)
            attacked = time.perf_counter() - began
        print(
            f"  {rows:>5} rows, n = {n}: {attacked:.1f} s, {'passes' if found.passed else 'does not pass'}", flush=True
        )

    seed = secrets.randbelow(10**6)
    print(f"Growth, one call of protect; audit of 20 secret counts, drawn with seed {seed}:")
    for variables, answers, n in ((4, 4, 324), (6, 5, 324), (8, 8, 1000), (11, 10, 5000)):
        survey = made_up(variables, answers, n, 1)
        results = tables_of(survey, list(itertools.combinations(range(variables), 2)))
        cells = sum(len(one.table) for one in results)
        if quick and cells > 500:
            break
        began = time.perf_counter()
        published, report = protect_with_report(results)
        took, chosen = time.perf_counter() - began, report.suppression
        tried = audit(survey, [one for one in published if isinstance(one, PublishedTable)], 20, seed)
        how = {"optimal": "proven cheapest", "greedy": "fallback", "everything": "time ran out"}[chosen.method]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"  {cells:>5} rows, n = {n}: {took:5.1f} s, {chosen.rounds} rounds, {how}, gap {chosen.gap:.1%},"
            f" {len(chosen.hidden)} hidden for others, {report.kept:.0%} kept, {tried} secrets hold, {memory:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
