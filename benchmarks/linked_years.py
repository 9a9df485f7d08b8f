"""How long it takes to protect and attack ten yearly releases that stand beside each other.

    python benchmarks/linked_years.py [--years 10]

Each year other made-up people answer fourteen questions, which stand in one-way tables and in two-way tables of each
with the next (395 rows). A year is protected, released as a draft and attacked with all years before it. At the end the
last wave goes out once more as it was, and is attacked with all of these: its own release is then a version of the same
wave, of which both say what they say about the same people.

Results first: the attacks must pass, and an attacker who shares no code with the library (``tests/second_attacker.py``)
must find no group under ten in any year, nor in both versions of the last one. The true answers are held against all
that he believes, so that a mistake of his does not look like safety. His seconds are not counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # tests/ and not tests.py of this folder

from benchmarks.disclosure import made_up, tables_of  # noqa: E402
from stagekansen_lib.attacks.attack import AttackReport, attack_folder  # noqa: E402
from stagekansen_lib.disclosure.protect import protect  # noqa: E402
from stagekansen_lib.releases.building import release  # noqa: E402
from stagekansen_lib.surveys.surveys import Survey  # noqa: E402
from tests.second_attacker import attack, know, read_bytes, true_counts  # noqa: E402

QUESTIONS, ANSWERS, PEOPLE, FIRST = 14, 5, 400, 2026


def write_year(survey: Survey, year: int, name: str, into: Path) -> tuple[Path, int]:
    """The draft of a year, without the attack that comes with it, and how many rows its tables have."""
    results = tables_of(survey, [(at, at + 1) for at in range(QUESTIONS - 1)])
    nothing = AttackReport(name, ())
    with patch("stagekansen_lib.releases.building.attack_folder", lambda *_, **__: nothing):
        release(protect(results), name=name, made_by="", checked_by="", wave=str(year), draft=True, into=into)
    return into / name, sum(len(one.table) for one in results)


def attacked(folder: Path, earlier: Sequence[Path]) -> float:
    """Seconds of the processor for the attacks on a year with all before it; stops when they find anything."""
    began = time.process_time()
    found = attack_folder(folder, earlier, fixed=False)
    if not found.passed:
        raise SystemExit(found.sentence("en"))
    return time.process_time() - began


def held_against(survey: Survey, folders: Sequence[Path]) -> None:
    """Stop when the attacker who shares no code finds something in releases about the same people."""
    releases = [read_bytes(folder) for folder in folders]
    known = know(releases, everyone_answered=True, respondents=[len(survey)] * len(releases))
    wrong = known.fits(true_counts(known, survey.rows, survey.weights)).max()
    if wrong > 1e-6:
        raise SystemExit(f"The attacker believes something that is not true, by {wrong}.")
    if found := attack(releases, known):
        raise SystemExit(f"The second attacker found {found[:3]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, default=10)
    years = range(FIRST, FIRST + parser.parse_args().years)
    surveys = {year: made_up(QUESTIONS, ANSWERS, PEOPLE, year) for year in years}
    spent, clock, folders = 0.0, time.perf_counter(), list[Path]()
    with tempfile.TemporaryDirectory() as place:
        for year, survey in surveys.items():
            began = time.process_time()
            folder, rows = write_year(survey, year, f"year-{year}", Path(place))
            made = time.process_time() - began
            found = attacked(folder, folders)
            folders.append(folder)
            spent += made + found
            print(f"  {year}: {rows} rows, protected {made:.1f} s, attacked with the earlier {found:.1f} s", flush=True)
        took = time.perf_counter() - clock
        print(f"{len(folders)} years: {spent:.1f} s of the processor, {took:.1f} s by the clock")
        again, _ = write_year(surveys[years[-1]], years[-1], "again", Path(place))
        print(f"  the last wave once more, attacked with all: {attacked(again, folders):.1f} s")
        for folder, survey in zip(folders, surveys.values(), strict=True):
            held_against(survey, [folder])
        held_against(surveys[years[-1]], [folders[-1], again])
        print("  the second attacker finds nothing in any year, nor in both versions of the last wave")


if __name__ == "__main__":
    main()
