"""Write the example release: data/published/example-2022/, the declared tables of the SYNTHETIC example survey.

Reads    data/example/example_2022.csv (made-up answers), data/codebooks/baseline*.csv,
         data/margins/students_haaglanden_2019.yaml, data/rules/steering_group.yaml and tables_baseline.yaml.
Writes   data/published/example-2022/, from which the pages of a fresh clone are made.
Source   answers made by a program; population counts: DUO open onderwijsdata and a press figure, a proxy.
Licence  CC-BY-4.0, credit DUO for the counts.
Date     2022 wave; release dated below, so that the same input gives the same bytes.

A release is frozen. This one may be made again while it is an example: an old folder is removed first, after asking for
``--replace``.

    python scripts/make_example_release.py [--replace] [--into FOLDER]
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
from pathlib import Path

from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases.from_surveys import release_survey
from stagekansen_lib.releases.reading import Release
from stagekansen_lib.releases.versions import forget_release

NAME = "example-2022"
DATE = dt.date(2026, 11, 23)
# Who stands under a release of made-up answers: the program, and the tests that compare it with a new build.
MADE_BY = "scripts/make_example_release.py"
CHECKED_BY = "tests/test_releases.py"


def make_example_release(into: Path) -> Release:
    """Read, weigh, estimate what is declared, protect, attack, release: the whole way through."""
    return release_survey(
        NAME,
        survey="example_2022",
        made_by=MADE_BY,
        checked_by=CHECKED_BY,
        date=DATE,
        wave="2022",
        into=into,
        tell=print,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replace", action="store_true", help="remove an example release that is there")
    parser.add_argument("--into", type=Path, default=data_folder("published"), help="folder of the releases")
    asked = parser.parse_args()
    if asked.replace:
        shutil.rmtree(asked.into / NAME, ignore_errors=True)
        forget_release(NAME, asked.into)
    print(make_example_release(asked.into))


if __name__ == "__main__":
    main()
