"""Renew the three lock files, in order, each holding to what the one before it chose; then say what changed.

    python scripts/renew_locks.py            write them
    python scripts/renew_locks.py --check    write nothing: only say which would change

They hold hashes and name no host, whichever one the packages came from. Needs the program uv, and a network.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Each lock with its extras; start.py installs them in this order.
LOCKS: dict[str, tuple[str, ...]] = {
    "requirements.lock": ("all", "build"),
    "requirements-together.lock": ("all", "build", "together"),
    "requirements-test.lock": ("all", "build", "together", "test"),
}
_HOST = re.compile(r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host|@ file:")


def command(lock: str, into: Path, held: Path | None, uv: str = "uv") -> list[str]:
    """The words that compile one lock; ``held`` is the lock before it, whose choices stay."""
    extras = [word for extra in LOCKS[lock] for word in ("--extra", extra)]
    words = [uv, "pip", "compile", "--quiet", "--upgrade", "--universal", "--generate-hashes", "--no-emit-index-url"]
    words += ["--no-header", "--python-version", "3.11", "pyproject.toml", *extras, "-o", str(into)]
    return [*words, *(["-c", str(held)] if held else [])]


def cleaned(text: str) -> str:
    """A lock without the names of folders on this computer in its comments.

    Raises
    ------
    ValueError : it names a host.
    """
    text = re.sub(r"-c \S*/(requirements[\w-]*\.lock)", r"-c \1", text)
    if found := [number for number, line in enumerate(text.splitlines(), start=1) if _HOST.search(line)]:
        raise ValueError(f"a host or a file is named on line {found[0]}")
    return text


def versions(text: str) -> dict[str, str]:
    """The version of each package in a lock."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def changes(before: str, after: str) -> list[str]:
    """What a new lock has otherwise, one line a package."""
    old, new = versions(before), versions(after)
    named = sorted(name for name in old | new if old.get(name) != new.get(name))
    return [f"  {name}: {old.get(name, 'not there')} -> {new.get(name, 'not there')}" for name in named]


def main(words: Sequence[str]) -> int:
    """Renew all three or none; 1 when ``--check`` finds that one would change."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args(words)
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        print("The program uv is needed: pip install uv", file=sys.stderr)
        return 2
    made: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        held = None
        for lock in LOCKS:
            into = Path(folder, lock)
            # uv holds on to what stands in the file already only where it may not choose anew.
            done = subprocess.run(command(lock, into, held, uv), cwd=ROOT, check=False)
            if done.returncode:
                print(f"{lock} was not made; nothing was written.", file=sys.stderr)
                return 2
            made[lock] = cleaned(into.read_text("utf-8"))
            held = into
    changed = False
    for lock, text in made.items():
        before = (ROOT / lock).read_text("utf-8") if (ROOT / lock).is_file() else ""
        told = changes(before, text)
        changed |= bool(told)
        print("\n".join([f"{lock}: {len(versions(text))} packages, {len(told)} changed", *told]))
        if not asked.check:
            (ROOT / lock).write_text(text, "utf-8", newline="\n")
    return 1 if asked.check and changed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
