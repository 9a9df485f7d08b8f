"""A word changed in each register in turn: which pages are made anew, how long that takes, and that none was missed.

Before a time is shown, the pages are compared with those of a build from nothing: they are the same to the byte.
``--as-before`` times the rule from before as well: whatever changed in the registers, every page that reads one is made
anew.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

ROOT = Path(__file__).resolve().parent.parent

_REAPER = 36  # PR_SET_CHILD_SUBREAPER: kernels that outlive their build are waited for here, so that their time counts
_WORD = re.compile(
    r"^(?:  )?(?:- )?\s*(?:label|title|name|text|question|definition|place|word|dutch|note)_?n?l?: ['\"]?\w"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("registers", nargs="*", help="names of registers; all when left out")
    parser.add_argument("--as-before", action="store_true")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(_REAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="changed-word-") as folder:
        home = Path(folder)
        for name in ("data", "dashboards"):
            shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("raw", "interim", "private"))
        shutil.copy(ROOT / "requirements.lock", home)
        _, wall, processor = build(home)
        print(f"all pages, from nothing: {processor:.1f} s of the processor, {wall:.1f} s of the clock")
        files = sorted((home / "data" / "registers").glob("*.yaml"))
        for path in files:
            if path.stem != "card" and (not options.registers or path.stem in options.registers):
                measure(home, path, as_before=options.as_before)


def measure(home: Path, register: Path, *, as_before: bool) -> None:
    first = (home / "site" / "current.txt").read_text()
    before = register.read_bytes()
    register.write_text(with_other_word(before.decode()), "utf-8")
    built, wall, processor = build(home)
    anew = pages_anew(home / "site" / first, built)
    told = f"{processor:.1f} s of the processor, {wall:.1f} s of the clock"
    if as_before:
        shutil.rmtree(built)
        (home / "site" / "current.txt").write_text(first)
        forget_parts(home / "site" / first)
        _, old_wall, old_processor = build(home)
        told += f"; as before {old_processor:.1f} and {old_wall:.1f} s"
    kept = {path.relative_to(built): path.read_bytes() for path in built.rglob("*.*") if path.name != "made-of.json"}
    shutil.rmtree(home / "site")
    fresh, *_ = build(home)
    whole = {path.relative_to(fresh): path.read_bytes() for path in fresh.rglob("*.*") if path.name != "made-of.json"}
    if kept != whole:
        wrong = sorted(str(name) for name in kept.keys() | whole.keys() if kept.get(name) != whole.get(name))
        raise SystemExit(f"{register.stem}: not what a build from nothing gives: {', '.join(wrong)}")
    print(f"{register.stem}: {len(anew)} pages anew ({' '.join(anew)}), {told}", flush=True)


def with_other_word(text: str) -> str:
    """The text with a letter more in the last line that says something to a reader."""
    lines = text.splitlines()
    at = [number for number, line in enumerate(lines) if _WORD.match(line)][-1]
    name, _, value = lines[at].partition(": ")
    quote = value[0] if value[0] in "'\"" else ""
    lines[at] = f"{name}: {quote}Zz{value.removeprefix(quote)}"
    return "\n".join(lines) + "\n"


def build(home: Path) -> tuple[Path, float, float]:
    """The build, and its seconds of the clock and of the processor, all its processes together."""
    environment = {**os.environ, "STAGEKANSEN_HOME": str(home), "PYTHONPATH": str(ROOT)}
    used, started = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "stagekansen_lib.cli", "site"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"A build ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    wall = time.perf_counter() - started
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    now = getrusage(RUSAGE_CHILDREN)
    name = (home / "site" / "current.txt").read_text()
    return home / "site" / name, wall, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime


def pages_anew(before: Path, after: Path) -> list[str]:
    """The pages that differ by more than the key of the build."""
    old, new = (json.loads((one / "made-of.json").read_text()) for one in (before, after))
    return sorted(page for page in new if old[page]["reads"] != new[page]["reads"])


def forget_parts(build: Path) -> None:
    """As if a page that reads of the registers had to be made anew whatever changed in them."""
    records = json.loads((build / "made-of.json").read_text())
    for record in records.values():
        if any("registers" in name for name in record["reads"]):
            record["reads"]["registers: everything"] = "other"
    (build / "made-of.json").write_text(json.dumps(records))


if __name__ == "__main__":
    main()
