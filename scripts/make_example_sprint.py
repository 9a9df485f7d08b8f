"""Write sprints/voorbeeld: play back the recording of a sprint that nobody held.

    python scripts/make_example_sprint.py

Reads   scripts/example_sprint.yaml (the recording, made up), data/published/example-2022, data/ledger/acts
Writes  sprints/voorbeeld: facts, acts, papers and what it came to. A second run writes the same bytes.
Licence CC BY 4.0. Date of the recording: November 2026.

The positions are played back into the private folder and told by rule, as those of people would be; the private folder
is thrown away. Nothing of it goes to the ledger of the project: a synthetic sprint never does.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stagekansen_lib.fact_finding.act_files import new_id, private_folder, read_act_files, write_act_file
from stagekansen_lib.fact_finding.acts import act_from
from stagekansen_lib.fact_finding.folding import fold
from stagekansen_lib.fact_finding.known_facts import KnownFacts
from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules
from stagekansen_lib.fact_finding.totals import tell_totals
from stagekansen_lib.fact_finding.writing import completed, write_act
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.sprints.closing import close_sprint
from stagekansen_lib.sprints.plans import read_plan
from stagekansen_lib.sprints.sprints import write_facts
from stagekansen_lib.sprints.starting import new_sprint
from stagekansen_lib.sprints.working import Sprint

ROOT = Path(__file__).resolve().parent.parent
RECORDING = Path(__file__).with_name("example_sprint.yaml")
_TABLE = ("positions", "round", "dissent")


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        sprint = played_back(Path(place))
        shutil.rmtree(private_folder(sprint.ledger_folder))
        into = ROOT / "sprints" / sprint.name
        shutil.rmtree(into, ignore_errors=True)
        shutil.copytree(sprint.folder, into)
    print(f"{sum(path.is_file() for path in into.rglob('*'))} files stand in sprints/{sprint.name}.")


def played_back(home: Path) -> Sprint:
    """The sprint of the recording in a folder, from its beginning to its close."""
    told = read_yaml(RECORDING)
    sprint = begun(home, told)
    facts = KnownFacts(read_ledger_rules())
    for step in told["steps"]:
        play(step, sprint, facts)
    ticked = [task.id for task in read_plan().tasks if not task.check]
    sprint = sprint.again().tick(*ticked)
    sprint.write_papers(["html"])
    close_sprint(sprint, on=dt.date.fromisoformat(told["closed"]), forms=["html"])
    return sprint.again()


def begun(home: Path, told: Mapping[str, Any]) -> Sprint:
    days = [dt.date.fromisoformat(day) for day in told["days"]]
    sprint = new_sprint(
        told["name"], title_nl=told["title_nl"], title_en=told["title_en"], days=days, survey=told["survey"],
        about=told["about"], synthetic=True, home=home, forms=["html"],
    )  # fmt: skip
    review = dt.date.fromisoformat(told["next_review"])
    more = {"release": told["release"], "present": tuple(told["present"]), "roles": told["roles"]}
    write_facts(sprint.folder, replace(sprint.facts, next_review=review, **more))
    return sprint.again()


def play(step: Mapping[str, Any], sprint: Sprint, facts: KnownFacts) -> None:
    if "said" in step:
        say_then(step["said"], step["at"], sprint.ledger_folder, facts)
    elif "positions" in step:
        take_positions(step, sprint.ledger_folder, facts)
    else:
        tell_totals(sprint.ledger_folder)


def say_then(content: Mapping[str, Any], at: str, folder: Path, facts: KnownFacts) -> None:
    """An act as it would have been written at that moment; the same name at every run."""
    said = completed(act_from(content), fold(read_act_files(folder)[0]), facts)
    moment = int(dt.datetime.fromisoformat(at).timestamp() * 1000)
    chance = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()[:10]
    write_act_file(said.model_copy(update={"id": new_id(moment, chance), "at": at}), folder)


def take_positions(step: Mapping[str, Any], folder: Path, facts: KnownFacts) -> None:
    dissent = step.get("dissent") or {}
    for role in [name for name in step if name not in _TABLE]:
        for number, position in enumerate(step[role], 1):
            said = {"kind": "position_taken", "subject": step["positions"], "role": role, "round": step["round"],
                    "voter": f"{role}-{number}", "position": position}  # fmt: skip
            if (dissent.get("role"), dissent.get("person")) == (role, number):
                said |= {"reason": dissent["text"], "may_be_told": True}
            write_act(said, folder, facts=facts)


if __name__ == "__main__":
    main()
