"""Series of three made-up waves, protected and attacked: what attack 21 finds with the guards, and with M1 as it is.

    python benchmarks/index_releases.py [--series 50] [--first 1]

Prints for how many series the attack finds nothing, and in how many it finds how many reported once a domain is made
with the true value of a class.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from stagekansen_lib.attacks.attacked import AttackedRelease
from stagekansen_lib.attacks.evidence import read_evidence
from stagekansen_lib.attacks.on_index import score_back
from stagekansen_lib.disclosure.protect import protect
from stagekansen_lib.disclosure.published import PublishedTable
from stagekansen_lib.disclosure.published_index import index_content
from stagekansen_lib.disclosure.rules import read_rules
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.monitoring import protecting_index
from stagekansen_lib.monitoring.protecting_index import WaveOfIndex, protect_index
from stagekansen_lib.monitoring.yearly_index import yearly_index
from stagekansen_lib.population.margins import read_margins
from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.releases.contents import json_bytes, table_bytes
from stagekansen_lib.releases.declared import estimate_declared
from stagekansen_lib.surveys.made_up import MADE_UP_ENDING, TWIN, MadeUp, made_up_card
from stagekansen_lib.waves.series import read_series
from stagekansen_lib.weighting.raking import rake

sys.path.insert(0, str(project_folder("scripts")))
_NAME = "voorbeeldstad-2024"


def wave(year: int, seed: int, place: Path) -> WaveOfIndex:
    """A wave of other made-up students, as far as it is left of the wall."""
    from make_example_waves import write_wave

    content = yaml.safe_load(data_folder("example", "waves.yaml").read_text("utf-8"))
    path = write_wave(
        place / f"wave_{year}.csv", year, content["respondents"], {**content["waves"][year], "seed": seed}
    )
    proof = MadeUp(TWIN, 1, 0, hashlib.sha256(path.read_bytes()).hexdigest())
    path.with_name(f"{path.stem}{MADE_UP_ENDING}").write_bytes(made_up_card(proof, "baseline", path.stem))
    survey = rake(read_survey(path), to=read_margins("students_haaglanden_2019"))
    tables = {one.id: one for one in protect(estimate_declared(survey)) if isinstance(one, PublishedTable)}
    return WaveOfIndex(str(year), survey, yearly_index(survey, seed=2022, replicates=200, draws=200), tables)


def found(waves: list[WaveOfIndex], place: Path) -> list[str]:
    """What attack 21 finds in a release that holds the index and the tables of the newest wave."""
    index = protect_index(waves, read_series("voorbeeldstad"), read_rules("steering_group"))
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(data_folder("published", _NAME), place)
    (place / "index.json").write_bytes(json_bytes(index_content(index)))
    for one in waves[-1].tables.values():
        (place / "tables" / f"{one.id}.csv").write_bytes(table_bytes(one))
    return [str(one) for one in score_back(AttackedRelease(read_evidence(place), (), True, {}))]


def with_own_value(waves: list[WaveOfIndex], place: Path) -> list[str]:
    """The same when a class enters its domain with the true value."""
    guarded = protecting_index.guarded_indicator

    def loose(survey: Any, one: Any, reading: Any, row: Any, *rest: Any) -> Any:
        shown = guarded(survey, one, reading, row, *rest)
        return replace(shown, enters=row["estimate"]) if shown.mark == "<10%" else shown

    with patch.object(protecting_index, "guarded_indicator", loose):
        return found(waves, place)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=50)
    parser.add_argument("--first", type=int, default=1, help="the first of them, to go on where an earlier run stopped")
    asked = parser.parse_args()
    safe = told = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for at in range(asked.first - 1, asked.series):
            waves = [wave(year, 10_000 + 10 * at + year - 2022, place) for year in (2022, 2023, 2024)]
            safe += not found(waves, place / "release")
            told += any("M1 is" in one for one in with_own_value(waves, place / "release"))
            print(json.dumps({"series": at + 1, "nothing_found": safe, "found_without_the_guard": told}), flush=True)


if __name__ == "__main__":
    main()
