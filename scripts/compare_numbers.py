"""Whether a change of the code changed a number, a published table or a sentence, byte for byte.

    python scripts/compare_numbers.py            against the last commit
    python scripts/compare_numbers.py v0.1.0     against any other revision

Both sides run the same probe, each with its own library and its own tests of agreement with R: every number that those
tests look at, the tables of the example release made anew, and comparisons of the example survey with their sentences
in both languages. Exit code 1 when anything differs.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUTCOMES = ("search_difficulty", "applications", "discrimination_experienced", "search_duration", "reported")
GROUPS = ("discrimination_experienced", "level", "sex", "school3")


def probe() -> dict[str, str]:
    """Name of a number, table or sentence -> what it is, exactly. Run inside the checkout that is looked at."""
    import warnings

    warnings.simplefilter("ignore")
    return {**numbers_beside_r(), **tables_of_a_release(), **comparisons_of_the_example()}


def exact(value: Any) -> str:
    import numpy as np

    array = np.asarray(value, dtype=float)
    return f"{array.shape} {hashlib.sha256(array.tobytes()).hexdigest()} {array.ravel()[:4].tolist()}"


def numbers_beside_r() -> dict[str, str]:
    from tests import test_agreement_with_r as agreement

    found: dict[str, str] = {}
    compared = agreement.close
    for key in agreement.ALL_KEYS:
        if agreement.reason_left_out(key):
            continue
        met: list[str] = []

        def close(ours: Any, *rest: Any, met: list[str] = met, **options: Any) -> None:
            met.append(exact(ours))
            compared(ours, *rest, **options)

        agreement.close = close
        try:
            agreement.check_key(key)
        finally:
            agreement.close = compared
        found |= {f"{key} [{at}]": text for at, text in enumerate(met)}
    return found


def tables_of_a_release() -> dict[str, str]:
    import datetime as dt

    import stagekansen_lib as sk

    made = sk.release_survey(
        "numbers-compared", made_by="script", checked_by="tests", date=dt.date(2026, 1, 1), draft=True
    )
    names = ("attack.json", "codebook.json", "tables/*.csv")
    files = [path for name in names for path in sorted(made.folder.glob(name))]
    return {path.relative_to(made.folder).as_posix(): path.read_text("utf-8") for path in files}


def comparisons_of_the_example() -> dict[str, str]:
    import stagekansen_lib as sk

    survey = sk.read_survey("example_2022")
    weighted = sk.rake(survey, to=sk.read_margins("students_haaglanden_2019"))
    found: dict[str, str] = {"weights": exact(weighted.weights)}
    for of in OUTCOMES:
        for by in GROUPS:
            for adjust in ((), ("sector3",)):
                try:
                    one = sk.compare(weighted, of=of, by=by, adjust_for=adjust)
                    texts = (one.table.to_csv(), one.sentence("nl"), one.sentence("en"), one._repr_html_())
                except sk.StagekansenError as refused:
                    texts = (str(refused),)
                found[f"compare {of} by {by} {adjust}"] = "\n".join(texts)
    index = sk.yearly_index(weighted, seed=2022)
    found["yearly index"] = "\n".join((index.labelled("nl").to_csv(), index.sentence("nl"), index.sentence("en")))
    return found


def run_in(folder: Path) -> dict[str, str]:
    """The probe in another process, with the library and the data of that folder."""
    environment = os.environ | {"PYTHONPATH": str(folder), "STAGEKANSEN_HOME": str(folder)}
    command = [sys.executable, str(Path(__file__).resolve()), "--probe"]
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def main(words: list[str]) -> int:
    if words == ["--probe"]:
        sys.path.insert(0, os.environ["PYTHONPATH"])
        print(json.dumps(probe()))
        return 0
    revision = words[0] if words else "HEAD"
    with tempfile.TemporaryDirectory() as place:
        before = Path(place) / "before"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", "--quiet", str(before), revision], check=True)
        try:
            old, new = run_in(before), run_in(ROOT)
        finally:
            subprocess.run([*git, "remove", "--force", str(before)], check=True)
    differing = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    for name in differing:
        print(f"differs: {name}")
        for when, side in (("before", old), ("now", new)):
            print(f"  {when}: {side.get(name, '(not there)')[:400]}")
    print(f"{len(old)} numbers, tables and sentences of {revision}: {len(differing)} differ.")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
