"""The files of a project outside the folders of answers in which somebody may stand, less what is public."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from stagekansen_lib.errors import InputError
from stagekansen_lib.privacy.answer_files import FOLDERS, short_name
from stagekansen_lib.project.datapackages import read_datapackage
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.private_folders import TYPED_TOGETHER, private_folders
from stagekansen_lib.withdrawals.elsewhere_tables import SEARCHED, UNSEARCHED

__all__ = ["files_elsewhere"]

# Folders beside ``data`` that people work in; and stores of an editor anywhere.
_PLACES = ("notebooks", "build", "dashboards")
_SKIPPED = {".git", ".venv", "node_modules", "__pycache__", "site"}
_STORES = ("*.ystore", "*.ystore.db", ".jupyter_ystore.db", "*.sqlite", "*.sqlite3", "*.db")
# Tables that stand in git outside data, each with its checksum (scripts/guard_microdata.py).
_LIST = ("scripts", "tables_outside_data.txt")


def files_elsewhere() -> list[tuple[Path, str]]:
    """Each file to be searched, and its name for people: notebooks, stores, and tables of every kind anywhere.

    Left out are the answers themselves, which are searched before, and files whose bytes are known to be public.
    """
    root, answers = data_folder("raw").parent.parent, [data_folder(name) for name in FOLDERS]
    found = {path for place in _PLACES for path in _walk(root / place)}
    found |= {path for path in _walk(root) if _may_hold(path, root)}
    inside = [path for path in found if not any(path.is_relative_to(folder) for folder in answers)]
    known = _public(root)
    left = [path for path in sorted(inside) if _place(path, root) not in known or not _same(path, known, root)]
    named = [(path, short_name(path) if path.is_relative_to(data_folder()) else _place(path, root)) for path in left]
    typed = [path for folder in private_folders(TYPED_TOGETHER) for path in _walk(folder)]
    return [*named, *((path, str(path)) for path in sorted(typed))]


def _may_hold(path: Path, root: Path) -> bool:
    folders = path.relative_to(root).parts[:-1]
    loose = not folders and path.suffix == ".ipynb"
    stored = ".ipynb_checkpoints" in folders or any(path.match(pattern) for pattern in _STORES)
    kinds = {suffix.lower().rstrip("~") for suffix in path.suffixes}  # "answers.csv.bak" is a table too
    return loose or stored or bool(kinds & (SEARCHED | UNSEARCHED))


def _walk(folder: Path) -> Iterator[Path]:
    if not folder.is_dir() or (folder / "pyvenv.cfg").is_file():
        return
    for path in folder.iterdir():
        if path.is_symlink() or path.name in _SKIPPED or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.is_file():
            yield path


def _public(root: Path) -> dict[str, str]:
    """The checksums of files that everybody may see, by their place: those that are listed."""
    try:
        listed = read_datapackage()["resources"]
    except (InputError, KeyError):
        listed = []
    known = {f"data/{one['path']}": str(one["hash"]).removeprefix("sha256:") for one in listed}
    tables = root.joinpath(*_LIST)
    told = tables.read_text("utf-8", errors="replace") if tables.is_file() else ""
    return known | {name: checksum for checksum, name in re.findall(r"(?m)^([0-9a-f]{64})  (.+?)\r?$", told)}


def _place(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _same(path: Path, known: dict[str, str], root: Path) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == known[_place(path, root)]
    except OSError:
        return False
