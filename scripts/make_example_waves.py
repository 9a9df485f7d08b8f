"""Write three SYNTHETIC yearly waves of a town that does not exist: data/example/voorbeeldstad_YEAR.csv, raw exports.

Reads    data/example/waves.yaml (what differs a year) and effects.yaml (the rest), data/codebooks/baseline*.csv, and
         data/open-data as scripts/make_example_survey.py, which draws the students and their answers.
Source   answers: made here, no answer is of a real person; shares of schools and levels: DUO open onderwijsdata.
Licence  CC-BY-4.0, credit DUO for the shares.
Date     2022, 2023 and 2024, of nobody.

Rerun with the same numpy gives the same bytes; their sha256 stand in surveys/made_up.py, which knows them by these.

    python scripts/make_example_waves.py
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from make_example_survey import FOLDER, export, simulate

from stagekansen_lib.surveys.codebook_files import read_codebook

# Open answers say nothing that an index needs.
_OPEN = ("g6", "z1")
# The days of the export are of 2022; another year is that much later.
_DAY, _FIRST_YEAR = 1, 2022


def main() -> None:
    waves = yaml.safe_load((FOLDER / "waves.yaml").read_text("utf-8"))
    for year, own in waves["waves"].items():
        path = write_wave(FOLDER / f"voorbeeldstad_{year}.csv", int(year), waves["respondents"], own)
        print(path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def write_wave(path: Path, year: int, respondents: int, own: dict[str, Any]) -> Path:
    """The raw export of a wave; ``own`` has its seed and what it does not share with the example survey."""
    effects = yaml.safe_load((FOLDER / "effects.yaml").read_text("utf-8"))
    effects["planted"] |= {name: value for name, value in own.items() if name != "seed"}
    rng = np.random.default_rng(own["seed"])
    answers = simulate(respondents, rng, effects)
    answers[list(_OPEN)] = ""
    header, rows = export(answers, read_codebook("baseline"), rng)
    for row in rows:
        row[_DAY] = row[_DAY].replace(f"-{_FIRST_YEAR} ", f"-{year} ")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


if __name__ == "__main__":
    main()
