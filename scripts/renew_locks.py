"""Renew the lock files, in order, each holding to what the one before it chose; then say what changed.

    python scripts/renew_locks.py            write them
    python scripts/renew_locks.py --check    write nothing: only say which would change

They hold hashes and name no host, whichever one the packages came from. The proxy of a hub has a lock of its own kind,
``deploy/hub/package-lock.json``. Needs the programs uv and npm, and a network.
"""

from __future__ import annotations

import argparse
import json
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
    "requirements-hub.lock": ("all", "build", "hub"),
}
PROXY = "deploy/hub/package-lock.json"
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


def proxy_command(folder: Path, npm: str = "npm") -> list[str]:
    """The words that make the lock of the proxy anew, beside the ``package.json`` in a folder."""
    return [npm, "install", "--package-lock-only", "--no-audit", "--no-fund", "--prefix", str(folder)]


def proxy_cleaned(text: str) -> str:
    """The lock of the proxy without addresses: npm then asks the place that it is set to, and checks the hashes.

    Raises
    ------
    ValueError : it names a host all the same, or a package has no hash.
    """
    lock = json.loads(text)
    for name, package in lock["packages"].items():
        for key in ("resolved", "funding"):
            package.pop(key, None)
        if name and not package.get("integrity", "").startswith("sha512-"):
            raise ValueError(f"{name} has no hash")
    return cleaned(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")


def versions(text: str) -> dict[str, str]:
    """The version of each package in a lock."""
    if text.startswith("{"):
        packages = json.loads(text)["packages"]
        return {name.removeprefix("node_modules/"): one["version"] for name, one in packages.items() if name}
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def changes(before: str, after: str) -> list[str]:
    """What a new lock has otherwise, one line a package."""
    old, new = versions(before), versions(after)
    named = sorted(name for name in old | new if old.get(name) != new.get(name))
    return [f"  {name}: {old.get(name, 'not there')} -> {new.get(name, 'not there')}" for name in named]


def program(name: str) -> str | None:
    """Where a program is: on the path, or beside this Python."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def renewed(folder: Path, uv: str, npm: str) -> dict[str, str]:
    """Every lock made anew, by name; nothing of the project is written.

    Raises
    ------
    CalledProcessError : one could not be made.
    """
    made: dict[str, str] = {}
    held = None
    for lock in LOCKS:
        into = folder / lock
        # uv holds on to what stands in the file already only where it may not choose anew.
        subprocess.run(command(lock, into, held, uv), cwd=ROOT, check=True)
        made[lock] = cleaned(into.read_text("utf-8"))
        held = into
    shutil.copy(ROOT / PROXY.replace("-lock", ""), folder / "package.json")
    subprocess.run(proxy_command(folder, npm), cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return {**made, PROXY: proxy_cleaned((folder / "package-lock.json").read_text("utf-8"))}


def main(words: Sequence[str]) -> int:
    """Renew all or none; 1 when ``--check`` finds that one would change."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args(words)
    uv, npm = program("uv"), program("npm")
    if uv is None or npm is None:
        print("The programs uv (pip install uv) and npm are needed.", file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory() as folder:
            made = renewed(Path(folder), uv, npm)
    except subprocess.CalledProcessError as failure:
        print(f"This failed, and nothing was written: {' '.join(failure.cmd)}", file=sys.stderr)
        return 2
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
