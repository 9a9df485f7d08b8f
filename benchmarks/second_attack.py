"""What an attacker who shares no code with the library computes from drafts of releases over many made-up surveys.

    python benchmarks/second_attack.py [--surveys 100] [--first 0] [--weighted] [--versions]

Surveys of 100 to 2,000 answers to a questionnaire with classifications inside each other, and two waves of each: the
second of other people. Every wave has a release of 27 tables, fine and coarse side by side, weighted (raked to level
and sector) or not. The attacker of ``tests/second_attacker.py`` reads the bytes. He is also told how many took part,
that nobody left out an answer, and the lowest and highest weight, which no release tells. Counted are the groups of
which he is sure that they are under ten, and those of which he is sure that more than nine in ten gave one sensitive
answer. The true answers are held against all that he believes, so that a mistake of his does not look like safety.

``--versions``: instead of a second wave two releases of the same people, the coarse tables first and the fine ones
later, which were protected one after the other.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # tests/ and not tests.py of this folder

import numpy as np  # noqa: E402

from stagekansen_lib.attacks.attack import attack_folder  # noqa: E402
from stagekansen_lib.errors import InputError, RefusedError  # noqa: E402
from stagekansen_lib.surveys.surveys import Survey  # noqa: E402
from tests.nested_surveys import COARSE, EVERYTHING, FINE, draft, made_up, weight_limits, weighted  # noqa: E402
from tests.second_attacker import Finding, Release, attack, know, read_bytes, true_counts  # noqa: E402

SECOND_WAVE = 100_000


def attacked(releases: list[Release], survey: Survey, *, uneven: bool) -> list[Finding]:
    """What the attacker finds in releases about the same people; stops when he believes what is not true."""
    known = know(
        releases,
        everyone_answered=True,
        respondents=[len(survey)] * len(releases),
        weights=weight_limits(survey) if uneven else None,
    )
    wrong = known.fits(true_counts(known, survey.rows, survey.weights)).max()
    if wrong > 1e-6:
        raise SystemExit(f"The attacker believes something that is not true, by {wrong}.")
    return attack(releases, known)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--surveys", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--weighted", action="store_true")
    parser.add_argument("--versions", action="store_true", help="two releases of the same people, with other tables")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    drafts = leaks = few = nearly_all = refused = 0
    hidden, spent = list[float](), list[float]()
    for seed in range(asked.first, asked.first + asked.surveys):
        for wave in (0,) if asked.versions else (0, SECOND_WAVE):
            survey = made_up(seed + wave)
            survey = weighted(survey, seed + wave) if asked.weighted else survey
            began = time.perf_counter()
            with tempfile.TemporaryDirectory() as place:
                parts = (("coarse", COARSE), ("fine", FINE)) if asked.versions else (("whole", EVERYTHING),)
                try:
                    folders = [draft(survey, Path(place), tables, name) for name, tables in parts]
                except (InputError, RefusedError) as error:
                    refused += 1
                    print(f"  seed {seed + wave}: {str(error)[:150]}", flush=True)
                    continue
                made = time.perf_counter() - began
                releases = [read_bytes(folder) for folder in folders]
                began = time.perf_counter()
                found = attacked(releases, survey, uneven=asked.weighted)
                spent.append(time.perf_counter() - began)
                verdict = attack_folder(folders[-1], folders[:-1], fixed=False) if found else None
            drafts += 1
            leaks += bool(found)
            few += sum(one.what == "few" for one in found)
            nearly_all += sum(one.what == "nearly all" for one in found)
            marks = [row.mark for release in releases for row in release.rows if row.mark != "empty"]
            hidden.append(marks.count("x") / len(marks))
            by_product = "" if verdict is None else f", the product finds {[one.number for one in verdict.failed]}"
            print(
                f"  seed {seed + wave}, n = {len(survey)}: {hidden[-1]:.0%} hidden, made in {made:.0f} s, attacked in"
                f" {spent[-1]:.1f} s, found {[(one.what, one.group) for one in found][:3]}{by_product}",
                flush=True,
            )
        if seed % 10 == 9:
            print(
                f"{'weighted' if asked.weighted else 'unweighted'}, up to seed {seed}: {drafts} attacked, {leaks} gave"
                f" something away: {few} groups under ten, {nearly_all} above nine in ten; refused {refused};"
                f" {np.mean(hidden):.1%} hidden; attack {np.median(spent):.1f} s, longest {max(spent):.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
