"""The tables of the example release for the apps of the peers, straight from its files, without our library."""

from __future__ import annotations

import csv
import json
from pathlib import Path

HOME = Path(__file__).resolve().parents[2] / "data" / "published" / "example-2022"
FACTS = {entry["id"]: entry for entry in json.loads((HOME / "release.json").read_text("utf-8"))["tables"]}
TABLES = {
    name: list(csv.DictReader((HOME / entry["file"]).read_text("utf-8").splitlines())) for name, entry in FACTS.items()
}
# The one our page opens with stands first.
ORDER = sorted(FACTS, key=lambda name: name != "difficulty_by_experience")
TITLES = {name: FACTS[name]["title_nl"] for name in ORDER}


def shown(name: str) -> list[dict[str, str]]:
    """The rows of a table as they stand on the page."""
    return [
        {
            "groep": row["group_nl"],
            "antwoord": row.get("code_nl", ""),
            "schatting": row["estimate"],
            "van": row["ci_low"],
            "tot": row["ci_high"],
            "studenten": row["base"],
        }
        for row in TABLES[name]
    ]
