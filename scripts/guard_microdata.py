"""Refuse answers of people in a commit. Standard library only, so that it runs wherever Python does.

python scripts/guard_microdata.py --staged      what is about to be committed, as the hook does
python scripts/guard_microdata.py --all         everything in git, as the tests of a change do
python scripts/guard_microdata.py NAME ...      files by their name from the root of the project
python scripts/guard_microdata.py --allow NAME  put tables of the tests, made up or published elsewhere, on the list
python scripts/guard_microdata.py --install     the hooks of this clone; `python3 start.py` does this at each start

Refused are: files in data/raw, data/interim and ledger/private but cards; any other file in data that
data/datapackage.json does not list with the checksum that it has; notebooks with output; in notebooks/ everything but
notebooks; and tables anywhere, by name or by content, but those on the list scripts/tables_outside_data.txt.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.git_hooks import install_hooks  # noqa: E402
from scripts.looks_like_answers import notebook_outputs, table_in, table_name  # noqa: E402

PACKAGE, LIST = "data/datapackage.json", "scripts/tables_outside_data.txt"
_PRIVATE = (("data", "raw"), ("data", "interim"))
# What stands in data beside the files that are listed; acts of the ledger carry their own seal.
_UNLISTED = ("card.yaml", "README.md", ".gitkeep")
_NO_CLONE = {".git", ".venv", "build", "site", "__pycache__", "node_modules", ".ipynb_checkpoints"}
_LINK = "120000"
_ANSWERS = "answers of people never enter git. Leave it out; card.yaml, NAME.privacy.yaml and README.md may enter."
_DATA = (
    "data/datapackage.json does not list it. Leave answers out; for open data, describe it in the card of its folder "
    "and run: python scripts/make_datapackage.py"
)
_CHANGED = (
    "its checksum is not the one in data/datapackage.json. If it holds no answers: python scripts/make_datapackage.py"
)
_OUTPUT = "outputs may hold answers of people. Clear all outputs, save, and add it again."
_ONLY_NOTEBOOKS = "in notebooks/ only notebooks enter git. Keep files of answers in data/raw, where git ignores them."
_TABLE = (
    "tables enter git only when data/datapackage.json lists them. Keep answers in data/raw. A made-up sample for a "
    f"test: python scripts/guard_microdata.py --allow NAME, which puts it on {LIST}."
)


@dataclass(frozen=True)
class Held:
    """A file as it would enter git: its name, and what reads its bytes; None when there is nothing to read."""

    name: str
    read: Callable[[], bytes | None]
    link: bool = False


@dataclass(frozen=True)
class Known:
    """Checksums of the files that may enter: those that the data package lists, and tables of the tests."""

    listed: dict[str, str]
    allowed: dict[str, str]


def refused(file: Held, known: Known) -> str:
    """Why a file may not enter git, as the end of a sentence; empty when it may."""
    path = PurePosixPath(file.name.replace("\\", "/"))
    if _is_private(path):
        return _ANSWERS
    content = file.read()
    if path.parts[0] == "data" and not _beside_the_list(path):
        return _of_data(path, content, known.listed)
    if path.parts[0] == "notebooks" and path.suffix != ".ipynb" and str(path) != "notebooks/README.md":
        return _ONLY_NOTEBOOKS
    if content is None or str(path) in (PACKAGE, LIST):
        return ""
    if path.suffix.lower() == ".ipynb" or _is_notebook(content):
        left = notebook_outputs(content)
        return f"{left}: {_OUTPUT}" if left else ""
    if known.allowed.get(str(path)) == _sha256(content):
        return ""
    if ending := table_name(path):
        return f"a file of data (.{ending}): {_TABLE}"
    found = "" if file.link else table_in(path, content)
    return f"{found}: {_TABLE}" if found else ""


def _is_private(path: PurePosixPath) -> bool:
    """A card says what a file is; any other YAML there may hold voices or proofs of withdrawal."""
    card = path.name in _UNLISTED or path.name.endswith(".privacy.yaml")
    return (path.parts[:2] in _PRIVATE and not card) or "/ledger/private/" in f"/{path}"


def _beside_the_list(path: PurePosixPath) -> bool:
    if path.parts[:3] == ("data", "ledger", "acts"):
        return path.suffix == ".yaml"
    return str(path) == PACKAGE or path.name in _UNLISTED or path.parts[:2] in _PRIVATE


def _of_data(path: PurePosixPath, content: bytes | None, listed: dict[str, str]) -> str:
    told = listed.get(path.as_posix())
    if told is None:
        return _DATA
    return "" if content is None or told == _sha256(content) else _CHANGED


def _is_notebook(content: bytes) -> bool:
    return b'"nbformat"' in content and b'"cells"' in content and content.lstrip()[:1] == b"{"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# What git holds ------------------------------------------------------------------------------------------------------


def _git(*words: str) -> bytes:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"git cannot tell what is committed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _staged() -> Iterator[Held]:
    """What the next commit would change, with the bytes that git would keep, not those that lie in the folder."""
    told = _git("diff", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--diff-filter=d", "--no-ext-diff")
    parts = told.split(b"\0")[:-1]
    for facts, name in zip(parts[::2], parts[1::2], strict=True):
        _, mode, _, blob, _ = facts.decode().split(" ")
        yield from _held(mode, blob, name)


def _tracked() -> Iterator[Held]:
    for line in _git("ls-files", "--stage", "-z").split(b"\0")[:-1]:
        facts, _, name = line.partition(b"\t")
        mode, blob, _ = facts.decode().split(" ")
        yield from _held(mode, blob, name)


def _held(mode: str, blob: str, name: bytes) -> Iterator[Held]:
    if mode != "160000":  # a repository within this one has hooks of its own
        yield Held(os.fsdecode(name), lambda: _git("cat-file", "blob", blob), mode == _LINK)


def _on_disk(names: Iterable[str]) -> Iterator[Held]:
    for name in names:
        path = ROOT / name
        yield Held(name, lambda path=path: path.read_bytes() if path.is_file() else None)  # type: ignore[misc]


def _in_folder(folder: Path = ROOT) -> Iterator[str]:
    """The files of a copy without git, less what is made and what git ignores."""
    for path in sorted(folder.iterdir()):
        place = path.relative_to(ROOT)
        if path.is_dir():
            hidden = path.name in _NO_CLONE or path.name.endswith(("_cache", ".egg-info")) or place.parts in _PRIVATE
            yield from () if hidden else _in_folder(path)
        elif path.is_file():
            yield place.as_posix()


def _known(read: Callable[[str], bytes]) -> Known:
    try:
        resources = json.loads(read(PACKAGE))["resources"]
        listed = {f"data/{one['path']}": one["hash"].removeprefix("sha256:") for one in resources}
    except (ValueError, KeyError, TypeError, OSError):
        listed = {}
    told = re.findall(r"(?m)^([0-9a-f]{64})  (.+?)\r?$", read(LIST).decode("utf-8", errors="replace"))
    return Known(listed, {name: checksum for checksum, name in told})


def _of_index(name: str) -> bytes:
    """A file as the next commit would hold it; nothing when it would hold none."""
    done = subprocess.run(["git", "cat-file", "blob", f":{name}"], cwd=ROOT, capture_output=True, check=False)
    return b"" if done.returncode else done.stdout


def _of_disk(name: str) -> bytes:
    return (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""


def allow(names: Iterable[str]) -> int:
    """Put files on the list of tables that may stand outside data, with their checksum; or renew what stands there."""
    lines = _of_disk(LIST).decode("utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    allowed = _known(_of_disk).allowed
    for name in names:
        place = Path(name).resolve().relative_to(ROOT).as_posix()
        if PurePosixPath(place).parts[0] in ("data", "notebooks"):
            sys.exit(f"{place}: {_DATA}")
        # As git keeps it: with the line ends of the repository.
        content = (ROOT / place).read_bytes()
        allowed[place] = _sha256(content if b"\0" in content else content.replace(b"\r\n", b"\n"))
    told = [f"{allowed[name]}  {name}" for name in sorted(allowed) if (ROOT / name).is_file()]
    text = "\n".join([*head, *told])
    (ROOT / LIST).write_text(text + "\n", "utf-8", newline="\n")
    return 0


def main(words: list[str]) -> int:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that has no letter of a name shows a question mark
    if words == ["--install"]:
        return install_hooks(ROOT)
    if words[:1] == ["--allow"]:
        return allow(words[1:])
    in_git = words == ["--staged"] or (words == ["--all"] and (ROOT / ".git").exists())
    files = _staged() if words == ["--staged"] else _tracked() if in_git else _on_disk(_names(words))
    known = _known(_of_index if in_git else _of_disk)
    found = {file.name: why for file in files if (why := refused(file, known))}
    for name, why in found.items():
        print(f"{name}: {why}")
    if found and words == ["--staged"]:
        print(
            "Nothing was committed. `git restore --staged NAME` takes a file out of the commit; it stays on your disk."
        )
    return 1 if found else 0


def _names(words: list[str]) -> Iterable[str]:
    return _in_folder() if words == ["--all"] else words


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
