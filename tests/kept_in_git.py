"""An entry of the register of interventions, and commits on a day of choice."""

from __future__ import annotations

import subprocess
from pathlib import Path

FILE = """name_nl: de workshop
name_en: the workshop
theory_nl: wie oefent, meldt eerder
theory_en: who practises reports sooner
dose_nl: twee middagen
dose_en: two afternoons
who_nl: studenten mbo
who_en: students of mbo
start: 2027-02-01
primary_outcome: {variable: knows_where, code: 1, matters: 0.1}
other_outcomes: [felt_safe]
"""


def git(folder: Path, *words: str, when: str = "2026-12-01T10:00:00") -> None:
    names = {f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER")
             for what, text in (("NAME", "x"), ("EMAIL", "x@example.org"), ("DATE", when))}  # fmt: skip
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", **names})
