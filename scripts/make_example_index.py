"""Write the example index: data/published/voorbeeldstad-2024/, three SYNTHETIC waves with a break and an intervention.

Reads    data/series/voorbeeldstad.yaml, data/example/voorbeeldstad_*.csv (made-up answers),
         data/codebooks/baseline*.csv, data/margins/students_haaglanden_2019.yaml,
         data/rules/steering_group.yaml and tables_baseline.yaml.
Writes   data/published/voorbeeldstad-2024/, from which the page of the monitor is made.
Source   answers made by a program; population counts: DUO open onderwijsdata and a press figure, a proxy.
Licence  CC-BY-4.0, credit DUO for the counts.
Date     2022 to 2024, of nobody; release dated below, so that the same input gives the same bytes.

A release is frozen. This one may be made again while it is an example: an old folder is removed first, after asking for
``--replace``.

    python scripts/make_example_index.py [--replace] [--into FOLDER]
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
from pathlib import Path

from stagekansen_lib.monitoring.index_releases import release_index
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases.reading import Release
from stagekansen_lib.releases.versions import forget_release

SERIES, YEAR = "voorbeeldstad", 2024
NAME = f"{SERIES}-{YEAR}"
DATE = dt.date(2026, 11, 30)
# Who stands under a release of made-up answers: the program, and the tests that compare it with a new build.
MADE_BY = "scripts/make_example_index.py"
CHECKED_BY = "tests/test_index_releases.py"


def make_example_index(into: Path) -> Release:
    """From the raw answers of three years to a release with its index."""
    return release_index(SERIES, year=YEAR, made_by=MADE_BY, checked_by=CHECKED_BY, date=DATE, into=into, tell=print)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replace", action="store_true", help="remove an example index that is there")
    parser.add_argument("--into", type=Path, default=data_folder("published"), help="folder of the releases")
    asked = parser.parse_args()
    if asked.replace:
        shutil.rmtree(asked.into / NAME, ignore_errors=True)
        forget_release(NAME, asked.into)
    print(make_example_index(asked.into))


if __name__ == "__main__":
    main()
