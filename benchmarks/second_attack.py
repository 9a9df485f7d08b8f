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
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # tests/ and not tests.py of this folder

import numpy as np  # noqa: E402

from stagekansen_lib.attacks.attack import attack_folder  # noqa: E402
from stagekansen_lib.errors import InputError, RefusedError  # noqa: E402
from stagekansen_lib.project.clusters import spread  # noqa: E402
from stagekansen_lib.project.progress import listening  # noqa: E402
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


@dataclass(frozen=True)
class Tried:
    """What became of one survey: refused, or attacked with this found."""

    seed: int
    n: int
    refused: str = ""
    found: tuple[tuple[str, str], ...] = ()
    hidden: float = 0.0
    made: float = 0.0
    spent: float = 0.0
    product: tuple[int, ...] | None = None

    def line(self) -> str:
        if self.refused:
            return f"  seed {self.seed}: {self.refused}"
        by_product = "" if self.product is None else f", the product finds {list(self.product)}"
        return (
            f"  seed {self.seed}, n = {self.n}: {self.hidden:.0%} hidden, made in {self.made:.0f} s, attacked in"
            f" {self.spent:.1f} s, found {list(self.found)[:3]}{by_product}"
        )


def tried(seed: int, uneven: bool, versions: bool) -> Tried:
    """Make one survey and its release, and attack it."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as place:
        warnings.simplefilter("ignore")
        survey = weighted(made_up(seed), seed) if uneven else made_up(seed)
        began = time.perf_counter()
        parts = (("coarse", COARSE), ("fine", FINE)) if versions else (("whole", EVERYTHING),)
        try:
            folders = [draft(survey, Path(place), tables, name) for name, tables in parts]
        except (InputError, RefusedError) as error:
            return Tried(seed, len(survey), refused=str(error)[:150])
        made = time.perf_counter() - began
        releases = [read_bytes(folder) for folder in folders]
        began = time.perf_counter()
        found = attacked(releases, survey, uneven=uneven)
        spent = time.perf_counter() - began
        verdict = attack_folder(folders[-1], folders[:-1], fixed=False) if found else None
    marks = [row.mark for release in releases for row in release.rows if row.mark != "empty"]
    numbers = None if verdict is None else tuple(one.number for one in verdict.failed)
    told = tuple((str(one.what), str(one.group)) for one in found)
    return Tried(seed, len(survey), "", told, marks.count("x") / len(marks), made, spent, numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--surveys", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--weighted", action="store_true")
    parser.add_argument("--versions", action="store_true", help="two releases of the same people, with other tables")
    parser.add_argument("--cluster", help="address of the scheduler of a Dask cluster, whose workers do the surveys")
    asked = parser.parse_args()
    waves = (0,) if asked.versions else (0, SECOND_WAVE)
    seeds = [seed + wave for seed in range(asked.first, asked.first + asked.surveys) for wave in waves]
    size = 20 * len(waves) if asked.cluster is None else len(seeds)
    every: list[Tried] = []
    for first in range(0, len(seeds), size):
        parts = [(seed, asked.weighted, asked.versions) for seed in seeds[first : first + size]]
        with listening(lambda share: print(f"  {share:.0%}", file=sys.stderr, flush=True)):
            new = spread(tried, parts, on=asked.cluster)
        print("\n".join(one.line() for one in new), flush=True)
        every += new
        tell(every, weighted_too=asked.weighted)


def tell(every: list[Tried], *, weighted_too: bool) -> None:
    whole = [one for one in every if not one.refused]
    kinds = [what for one in whole for what, _ in one.found]
    hidden, spent = [one.hidden for one in whole], [one.spent for one in whole]
    print(
        f"{'weighted' if weighted_too else 'unweighted'}, {len(every)} surveys: {len(whole)} attacked,"
        f" {sum(bool(one.found) for one in whole)} gave something away: {kinds.count('few')} groups under ten,"
        f" {kinds.count('nearly all')} above nine in ten; refused {len(every) - len(whole)};"
        f" {np.mean(hidden):.1%} hidden; attack {np.median(spent):.1f} s, longest {max(spent):.1f} s",
        flush=True,
    )


if __name__ == "__main__":
    main()
