"""Commands at once, and commands that are killed: does anybody's answer get lost, or come back, or is a word untrue?

Two of import, import --replace, withdraw and release begin at a random distance from each other, on a project of their
own; afterwards everything is read again and held against what each command said. Then each command is killed (SIGKILL)
at a random moment, half of the moments in the last third of its work, where it writes: what is read back must be the
old or the new, whole, and the same command must then finish the job.

    python benchmarks/at_once_and_killed.py --pairs 200 --kills 100

Commands are forks of one process that has loaded the library, so that a random moment falls in their work and not in
the loading of Python. Needs a system that can fork.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

FIRST, SECOND = "R1007", "R1014"
COMMANDS = {
    "import": ["import", "data/raw/wave.csv", "--name", "new"],
    "replace": ["import", "data/raw/wave.csv", "--name", "wave", "--replace"],
    "withdraw": ["withdraw", FIRST],
    "release": ["release", "look", "--survey", "wave", "--wave", "2026", "--made-by", "A. M.", "--checked-by", "B. R."],
}
WELL, NOT_NOW, WRONG, REFUSED = 0, 1, 2, 3
KILLED = -signal.SIGKILL
# What a command may end with beside "well", and what it then says: the second import of one name, for example.
EXPECTED = {
    "import": "There is a survey 'new' already",
    "release": "a release is never changed",
    "withdraw": "was withdrawn before",
}
LEFT = (".part", ".withdrawn", ".withdrawal.json", ".holder")


@dataclass
class Command:
    """One command in a process of its own, and what it wrote."""

    kind: str
    words: list[str]
    process: int
    said: Path
    code: int | None = None

    def wait(self) -> Command:
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return self

    @property
    def text(self) -> str:
        return self.said.read_text("utf-8", errors="replace")


@dataclass
class Seen:
    """What a project holds when everything is read again."""

    surveys: dict[str, list[str]] = field(default_factory=dict)
    raw: list[str] = field(default_factory=list)
    releases: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    proofs: dict[str, bool] = field(default_factory=dict)
    leftovers: list[str] = field(default_factory=list)
    holding: dict[str, list[str]] = field(default_factory=dict)


def begin(home: Path, kind: str, words: list[str]) -> Command:
    said = home.parent / f"said-{random.getrandbits(60):015x}.txt"
    process = os.fork()
    if process:
        return Command(kind, words, process, said)
    code = 99
    try:
        handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        go_home(home)
        from stagekansen_lib.cli.__main__ import main

        code = int(main(words))
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def go_home(home: Path) -> None:
    os.environ |= {"STAGEKANSEN_HOME": str(home), "STAGEKANSEN_LANGUAGE": "en"}
    os.chdir(home)


def in_child(work: Callable[[], Any]) -> Any:
    """What a function gives in a fork, so that the process which forks stays as it was."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        code = 1
        try:
            with os.fdopen(writing, "w") as out:
                json.dump(work(), out)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as told:
        text = told.read()
    if os.waitpid(process, 0)[1]:
        raise SystemExit("Looking at a project failed; the lines above say why.")
    return json.loads(text)


def load() -> None:
    """Everything that the commands use, before the first fork."""
    import importlib
    import pkgutil

    import pandas
    import pyarrow.parquet
    import statsmodels.api

    import stagekansen_lib

    loaded = [pandas, pyarrow.parquet, statsmodels.api]
    for one in pkgutil.walk_packages(stagekansen_lib.__path__, "stagekansen_lib."):
        if not one.name.startswith(("stagekansen_lib.site", "stagekansen_lib.views")) and "__main__" not in one.name:
            loaded.append(importlib.import_module(one.name))


def make_template(place: Path) -> Path:
    """A project with a raw file of 330 made-up answers, and the survey that was stored from it."""
    home = place / "template"
    for name in ("raw", "interim", "published"):
        (home / "data" / name).mkdir(parents=True)
    for name in ("codebooks", "rules", "registers", "margins", "classifications"):
        shutil.copytree(ROOT / "data" / name, home / "data" / name)
    shutil.copy(ROOT / "data" / "example" / "example_2022.csv", home / "data" / "raw" / "wave.csv")
    words = ["import", "data/raw/wave.csv", "--name", "wave"]
    made = begin(home, "import", words).wait()
    if made.code:
        raise SystemExit(f"The template was not made:\n{made.text}")
    return home


def look(home: Path) -> Seen:
    return Seen(**in_child(lambda: _look(home)))


def _look(home: Path) -> dict[str, Any]:
    go_home(home)
    from stagekansen_lib.errors import StagekansenError
    from stagekansen_lib.intake.stores import read_stored, stored_surveys
    from stagekansen_lib.releases.checking import check_releases
    from stagekansen_lib.releases.reading import list_releases
    from stagekansen_lib.withdrawals.withdrawal import find_proof

    surveys: dict[str, list[str]] = {}
    problems: list[str] = []
    for name in stored_surveys():
        try:
            surveys[name] = sorted(read_stored(name).rows["respondent_id"].astype(str))
        except (StagekansenError, OSError, KeyError, ValueError) as wrong:
            problems.append(f"survey {name}: {wrong}")
    published = home / "data" / "published"
    problems += [str(one) for one in check_releases(published)]
    raw = [line.partition(";")[0] for line in (home / "data" / "raw" / "wave.csv").read_text("utf-8").splitlines()[1:]]
    return {
        "surveys": surveys,
        "raw": raw,
        "releases": list(list_releases(published)),
        "problems": problems,
        "proofs": {one: find_proof(one) is not None for one in (FIRST, SECOND)},
        "leftovers": sorted(path.name for path in home.rglob("*") if _is_left(path)),
        "holding": {one: _holding(home, one) for one in (FIRST, SECOND)},
    }


def _is_left(path: Path) -> bool:
    begun = path.name.startswith((".partial-", ".aside-"))
    # What links the versions of a wave stays, by design, until the answers must be gone.
    nameless = path.parent.name == "interim" and path.is_dir() and path.name != ".waves" and not _named(path)
    return begun or nameless or path.name.endswith(LEFT)


def _named(folder: Path) -> bool:
    return any(folder.name in card.read_text("utf-8") for card in folder.parent.glob("*.yaml"))


def _holding(home: Path, person: str) -> list[str]:
    """Files among the answers that still hold a person, as text or in a table."""
    import pandas as pd

    held = []
    for path in sorted((home / "data" / "interim").rglob("*")) + sorted((home / "data" / "raw").rglob("*")):
        if path.suffix == ".parquet":
            cells = pd.read_parquet(path).astype(str).to_numpy().ravel().tolist()
            there = person in cells
        else:
            there = path.is_file() and person.encode() in path.read_bytes()
        if there:
            held.append(path.relative_to(home).as_posix())
    return held


# Two at once ---------------------------------------------------------------------------------------------------------


def run_pairs(template: Path, everybody: list[str], lasts: dict[str, float], pairs: int) -> list[str]:
    kinds = list(COMMANDS)
    found: list[str] = []
    ended: Counter[str] = Counter()
    for number in range(pairs):
        first, second = kinds[number % 4], kinds[(number // 4) % 4]
        with a_project(template) as home:
            words = [COMMANDS[first], COMMANDS[second]]
            if first == second == "withdraw":
                words[1] = ["withdraw", SECOND]
            apart = random.random() * lasts[first]
            begun = [begin(home, first, words[0])]
            time.sleep(apart)
            begun.append(begin(home, second, words[1]))
            done = [one.wait() for one in begun]
            wrong = wrong_words(home, done, everybody)
            ended.update(f"{one.kind} {one.code}" for one in done)
            found += [f"pair {number} {first} + {second} {apart:.2f} s apart: {one}" for one in wrong]
        progress(number + 1, pairs, f"pairs, {len(found)} wrong")
    print(f"  ended with: {dict(sorted(ended.items()))}")
    return found


def wrong_words(home: Path, done: list[Command], everybody: list[str]) -> list[str]:
    """What was said and is not so, or was lost, after commands ended."""
    seen, wrong = look(home), []
    for one in done:
        if "Traceback" in one.text or (one.code and EXPECTED.get(one.kind, "\0") not in one.text):
            wrong.append(f"{one.kind} ended with {one.code}: {one.text[-600:]}")
        if any(person in one.text for person in everybody):
            wrong.append(f"{one.kind} told a number of a respondent")
    well = [one for one in done if one.code == WELL]
    both = [one.kind for one in done]
    if both[0] == both[1] and both[0] in ("import", "release"):
        if len(well) != 1:
            wrong.append(f"{len(well)} of two of one name were done")
    elif len(well) != len(done):
        wrong.append("one was not done, though nothing stood in its way")
    gone = {one.words[1] for one in well if one.kind == "withdraw"}
    left = [person for person in everybody if person not in gone]
    wanted = {"wave", *(["new"] if any(one.kind == "import" for one in well) else [])}
    if set(seen.surveys) != wanted:
        wrong.append(f"surveys {sorted(seen.surveys)}, not {sorted(wanted)}")
    wrong += [f"survey {name} holds {len(people)}" for name, people in seen.surveys.items() if people != left]
    wrong += [f"a withdrawn person is in {seen.holding[one]}" for one in gone if seen.holding[one]]
    wrong += [f"no proof for person {number}" for number, one in enumerate(sorted(gone)) if not seen.proofs[one]]
    released = any(one.kind == "release" for one in well)
    if bool(seen.releases) != released:
        wrong.append(f"releases {seen.releases}")
    return wrong + seen.problems + [f"left over: {name}" for name in seen.leftovers]


# Killed --------------------------------------------------------------------------------------------------------------


def run_kills(template: Path, everybody: list[str], kinds: list[str], kills: int) -> list[str]:
    found: list[str] = []
    before = look(template)
    for kind in kinds:
        words = COMMANDS[kind]
        states: Counter[str] = Counter()
        with a_project(template) as home:
            start = time.monotonic()
            begin(home, kind, words).wait()
            whole = time.monotonic() - start
            after = look(home)
        for number in range(kills):
            with a_project(template) as home:
                low = 0.0 if number % 2 else 2 / 3
                moment = random.uniform(low, 1.05) * whole
                one = begin(home, kind, words)
                time.sleep(moment)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one.process, signal.SIGKILL)
                one.wait()
                wrong, state, took = wrong_after_kill(home, one, before, after, everybody)
            if state.endswith("old"):  # the second run was a whole one, which takes longer on a busy computer
                whole = took
            states[state] += 1
            found += [f"{kind} killed after {moment:.3f} s: {one}" for one in wrong]
            progress(number + 1, kills, f"kills of {kind}, {len(found)} wrong")
        print(f"  {kind}: {dict(states)}")
    return found


def wrong_after_kill(
    home: Path, killed: Command, before: Seen, after: Seen, everybody: list[str]
) -> tuple[list[str], str, float]:
    wrong = []
    untouched = _raw_state(home)
    seen = look(home)  # reading a survey finishes a withdrawal that was cut off
    if untouched not in (before.raw, after.raw):
        wrong.append("the raw file is neither the old nor the new one")
    old, new = _same(seen, before), _same(seen, after)
    if not (old or new):
        wrong.append(f"neither old nor new: {sorted(seen.surveys)}, releases {seen.releases}, {seen.problems}")
    ended = "killed" if killed.code == KILLED else "ended"
    start = time.monotonic()
    again = begin(home, killed.kind, killed.words).wait()
    took = time.monotonic() - start
    if "Traceback" in again.text or (again.code and EXPECTED.get(killed.kind, "\0") not in again.text):
        wrong.append(f"the second run ended with {again.code}: {again.text[-600:]}")
    if again.code and not new:
        wrong.append(f"the second run was refused, and the first had done nothing: {again.text[-300:]}")
    last = look(home)
    if not _same(last, after):
        wrong.append("after a second run it is not done")
    wrong += [f"left over: {name}" for name in last.leftovers]
    if any(person in one.text for one in (killed, again) for person in everybody):
        wrong.append("a number of a respondent was told")
    return wrong, f"{ended}, {'new' if new else 'old' if old else 'HALF'}", took


def _raw_state(home: Path) -> list[str]:
    lines = (home / "data" / "raw" / "wave.csv").read_text("utf-8").splitlines()[1:]
    return [line.partition(";")[0] for line in lines]


def _same(one: Seen, other: Seen) -> bool:
    parts = ("surveys", "raw", "releases", "proofs", "holding", "problems")
    return all(_without_names(one, part) == _without_names(other, part) for part in parts)


def _without_names(seen: Seen, part: str) -> Any:
    """A folder of a store has another name at each import."""
    if part != "holding":
        return getattr(seen, part)
    return {who: bool(files) for who, files in seen.holding.items()}


# What both share -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def a_project(template: Path) -> Any:
    with tempfile.TemporaryDirectory(dir=template.parent, ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        shutil.copytree(template, home)
        yield home


def progress(done: int, of: int, what: str) -> None:
    if done % 25 == 0 or done == of:
        print(f"  {done} of {of} {what}", flush=True)


def how_long(template: Path) -> dict[str, float]:
    lasts = {}
    for kind, words in COMMANDS.items():
        with a_project(template) as home:
            start = time.monotonic()
            made = begin(home, kind, words).wait()
            lasts[kind] = time.monotonic() - start
            if made.code:
                raise SystemExit(f"{kind} alone ends with {made.code}:\n{made.text}")
    return lasts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--killed", nargs="+", choices=list(COMMANDS), default=list(COMMANDS))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    random.seed(options.seed)
    print(f"seed {options.seed}")
    load()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        template = make_template(Path(folder))
        everybody = look(template).surveys["wave"]
        lasts = how_long(template)
        print("  alone: " + ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in lasts.items()), flush=True)
        found = run_pairs(template, everybody, lasts, options.pairs)
        found += run_kills(template, everybody, options.killed, options.kills)
    print("\n".join(found))
    ran = f"{options.pairs} pairs at once and {options.kills} kills of each of {', '.join(options.killed)}"
    print(f"{ran} in {time.monotonic() - start:.0f} s: {len(found)} wrong.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
