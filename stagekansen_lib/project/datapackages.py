"""The data package: what every data file is, where it comes from, and whether it is still the file that was
described.

Each folder of ``data`` holds a ``card.yaml`` that says what its files are. ``data/datapackage.json`` joins
the cards with what is measured from the files themselves: size, checksum, columns.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import statistics
from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import PRIVATE, data_folder, project_folder
from stagekansen_lib.project.places import read_place
from stagekansen_lib.project.yaml_files import read_yaml

__all__ = [
    "build_datapackage",
    "check_datapackage",
    "read_datapackage",
    "update_card",
    "write_datapackage",
]

_FILE = "datapackage.json"
# Folders in which a team writes files of its own, such as the codebook of its own questionnaire.
TEAMS_OWN = frozenset({"codebooks", "margins"})
_CARD = "card.yaml"
# Acts carry their own seal, and a list of them would make any two branches conflict. The other folder is never in git.
_UNLISTED = (("ledger", "acts"), ("ledger", "private"))
_NEEDED = ("pattern", "title_nl", "title_en", "source", "licence", "date", "made_by")
_KNOWN = {*_NEEDED, "source_id", "licence_note", "note", "valid_until", "fields"}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DELIMITERS = ",;\t|"  # the first wins when two are as good
_LOOKED_AT = 65_536
# A checker that reads `yaml` opens the file and takes a register with a key `steps` for one of its own descriptors.
_FORMATS = {"yaml": "yml"}
_MEDIA = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "json": "application/json",
    "md": "text/markdown",
    "txt": "text/plain",
    "yaml": "application/yaml",
}


def read_datapackage(folder: Path | None = None) -> dict[str, Any]:
    """The contents of ``data/datapackage.json`` (Data Package 2.0) as a dict with a list ``resources``.

    Raises
    ------
    InputError : the file is not there or is no JSON.
    """
    path = (folder or data_folder()) / _FILE
    do = "Run: python scripts/make_datapackage.py"
    if not path.is_file():
        raise InputError(Problem("The file does not exist.", str(path), do))
    try:
        held: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as failure:
        raise InputError(Problem("This is not JSON in UTF-8.", str(path), do)) from failure
    return held


def build_datapackage(folder: Path | None = None) -> tuple[dict[str, Any], list[Problem]]:
    """The data package of the files as they are now, and what keeps it from being complete.

    Parameters
    ----------
    folder : the folder ``data``; that of the project when absent.

    Returns
    -------
    The package, with every file that a card describes, and problems: a folder without a card, a card that
    cannot be read, a file that no card describes, a description that fits no file.
    """
    folder = folder or data_folder()
    resources: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for room in sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in PRIVATE):
        described, found = _described(room, folder)
        resources += described
        problems += found
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "stagekansen",
        "title": f"{_title(folder)}registers, codebooks, margins, regions, open data",
        "resources": resources,
    }
    return package, problems


def _title(folder: Path) -> str:
    """The goal and region of the place; nothing for a folder that is of no place."""
    file = folder / "place" / "place.yaml"
    if not file.is_file():
        return ""
    place = read_place(file)
    goal = place.words["goal"]["en"]
    return f"{goal[:1].upper()}{goal[1:]} in {place.region['en']}: "


def _described(room: Path, folder: Path) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The files of one folder as its card describes them, and what does not fit."""
    files = list(_files(room))
    if not files:
        return [], []
    descriptions, problems = _read_card(room / _CARD)
    if problems:
        return [], problems
    resources, used = [], set()
    for path in files:
        inside = path.relative_to(room).as_posix()
        number = next((n for n, d in enumerate(descriptions) if fnmatch(inside, d["pattern"])), None)
        if number is None and room.name in TEAMS_OWN:
            continue
        if number is None:
            do = f"Add one to data/{room.name}/{_CARD}."
            problems.append(Problem("No description fits this file.", f"{room.name}/{inside}", do))
        else:
            used.add(number)
            resources.append(_resource(path, folder, descriptions[number]))
    idle = [description["pattern"] for n, description in enumerate(descriptions) if n not in used]
    where = f"{room.name}/{_CARD}"
    problems += [Problem(f"Pattern '{one}' fits no file.", where, "Remove or correct it.") for one in idle]
    return resources, problems


def write_datapackage(folder: Path | None = None) -> list[Problem]:
    """Write ``data/datapackage.json`` anew; gives the problems of `build_datapackage`."""
    folder = folder or project_folder("data")
    package, problems = build_datapackage(folder)
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    (folder / _FILE).write_text(text, "utf-8", newline="\n")
    return problems


def check_datapackage(folder: Path | None = None, *, today: date | None = None) -> list[Problem]:
    """What is wrong between ``data/datapackage.json`` and the files: an empty list when nothing is.

    Parameters
    ----------
    folder : the folder ``data``; that of the project when absent.
    today : the day to judge ``valid_until`` by; today when absent.

    Returns
    -------
    Problems: a listed file that is missing or differs from its checksum, a file that is not listed, a file
    whose ``valid_until`` has passed, a card and a package that say different things, and those of
    `build_datapackage`.
    """
    folder = folder or data_folder()
    try:
        listed = {resource["path"]: resource for resource in read_datapackage(folder)["resources"]}
    except InputError as failure:
        return list(failure.problems)
    package, problems = build_datapackage(folder)
    now = {resource["path"]: resource for resource in package["resources"]}
    day = (today or date.today()).isoformat()
    for path, resource in listed.items():
        problems += _changed(folder / path, resource, now.get(path, resource))
        if resource.get("valid_until", day) < day:
            until = resource["valid_until"]
            problems.append(Problem(f"It was valid until {until}.", path, "Refresh it or extend the date."))
    problems += [Problem("The file is not listed.", path, _AGAIN) for path in now if path not in listed]
    return problems


def _changed(file: Path, listed: dict[str, Any], now: dict[str, Any]) -> list[Problem]:
    """How a file differs from what the data package says of it."""
    path = listed["path"]
    if not file.is_file():
        return [Problem("The file is listed but does not exist.", path)]
    if listed["hash"] != f"sha256:{_checksum(file)}":
        return [Problem("The file is not the one that was described: its checksum differs.", path, _AGAIN)]
    return [Problem("Its card says something else than the data package.", path, _AGAIN)] if listed != now else []


def update_card(card: Path, pattern: str, changes: dict[str, str]) -> None:
    """Change what a card says of one file, or add an entry; the rest of the card stays as it is.

    Parameters
    ----------
    card : path of a ``card.yaml``.
    pattern : the pattern of the entry, as it stands in the card.
    changes : keys of the entry and their new text.
    """
    lines = card.read_text("utf-8").splitlines()
    first = f"  - pattern: {pattern}"
    if first not in lines:
        lines.append(first)
    start = lines.index(first)
    end = _end_of(lines, start, "    ")
    entry = lines[start:end]
    for key, text in changes.items():
        at = next((n for n, line in enumerate(entry) if line.startswith(f"    {key}:")), len(entry))
        entry[at : _end_of(entry, at, "     ")] = [f"    {key}: {json.dumps(text, ensure_ascii=False)}"]
    card.write_text("\n".join([*lines[:start], *entry, *lines[end:]]) + "\n", "utf-8", newline="\n")


def _end_of(lines: list[str], start: int, indent: str) -> int:
    """Where what begins at a line ends: before the next line that is indented less."""
    return next((n for n in range(start + 1, len(lines)) if not lines[n].startswith(indent)), len(lines))


_AGAIN = "If the change was meant, run: python scripts/make_datapackage.py"


def _files(room: Path) -> Iterator[Path]:
    for path in sorted(room.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(room).parts)
        hidden = hidden or path.relative_to(room.parent).parts[:2] in _UNLISTED
        if path.is_file() and path.name not in (_CARD, "README.md") and not hidden:
            yield path


def _read_card(path: Path) -> tuple[list[dict[str, Any]], list[Problem]]:
    where = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        return [], [Problem("The folder has no card.", where, "Say in it what the files are; see another card.")]
    try:
        descriptions = [dict(entry) for entry in read_yaml(path)["files"]]
    except (InputError, TypeError, KeyError, ValueError):
        return [], [Problem("A card is YAML with a list 'files'.", where)]
    problems = []
    for number, entry in enumerate(descriptions, start=1):
        lacking = [name for name in _NEEDED if not entry.get(name)]
        unknown = sorted(set(entry) - _KNOWN)
        if lacking:
            problems.append(Problem(f"Entry {number} lacks {', '.join(lacking)}.", where))
        if unknown:
            problems.append(Problem(f"Entry {number} has unknown {', '.join(unknown)}.", where))
    return descriptions, problems


def _resource(path: Path, folder: Path, card: dict[str, Any]) -> dict[str, Any]:
    inside = path.relative_to(folder).as_posix()
    kind = path.suffix.removeprefix(".")
    names = {"name": path.stem, "file": path.name}
    licence = str(card["licence"])
    note = f" ({card['licence_note']})" if card.get("licence_note") else ""
    resource: dict[str, Any] = {
        "name": inside.removesuffix(path.suffix).replace("/", "-").lower(),
        "path": inside,
        "title": str(card["title_en"]).format(**names),
        "title_nl": str(card["title_nl"]).format(**names),
        "format": _FORMATS.get(kind, kind),
        "mediatype": _MEDIA.get(kind, "application/octet-stream"),
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{_checksum(path)}",
        "sources": [{"title": str(card["source"])}],
        "licenses": [{"name": licence, "title": f"{licence}{note}"}],
        "date": str(card["date"]),
        "made_by": str(card["made_by"]),
    }
    for name in ("source_id", "valid_until", "note"):
        if card.get(name):
            resource[name] = " ".join(str(card[name]).split())
    if kind == "csv":
        resource |= _table(path, card.get("fields") or {})
    return resource


def _table(path: Path, described: dict[str, Any]) -> dict[str, Any]:
    """Number of rows, the way of writing, and the columns with their kind; a card may overrule and explain."""
    encoding = "utf-8-sig" if path.read_bytes().startswith(_BYTE_ORDER_MARK) else "utf-8"
    delimiter = _delimiter(path, encoding)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        header = next(reader, [])
        kinds = ["empty"] * len(header)
        rows = 0
        for row in reader:
            rows += 1
            for position, text in enumerate(row[: len(header)]):
                kinds[position] = _kind(text, kinds[position])
    fields = []
    for name, kind in zip(header, kinds, strict=True):
        said = described.get(name) or {}
        said = {"description": said} if isinstance(said, str) else dict(said)
        kind = "string" if kind == "empty" else kind
        fields.append({"name": name, "type": said.pop("type", kind), **said})
    dialect = {} if delimiter == "," else {"dialect": {"delimiter": delimiter}}
    schema = {"fields": fields, "missingValues": [""]}
    return {"type": "table", "encoding": encoding, **dialect, "rows": rows, "schema": schema}


def _delimiter(path: Path, encoding: str) -> str:
    """What parts the columns: the sign that cuts the first lines into the most columns, as many in each line."""
    with path.open(encoding=encoding, newline="") as file:
        start = file.read(_LOOKED_AT)
    widths = {}
    for sign in _DELIMITERS:
        # The last line may have been cut off.
        lengths = [len(row) for row in csv.reader(io.StringIO(start, newline=""), delimiter=sign)][:-1]
        widths[sign] = statistics.mode(lengths) if lengths else 1
    return max(_DELIMITERS, key=lambda sign: widths[sign])


def _kind(text: str, so_far: str) -> str:
    """The narrowest of empty, integer, number and string that holds this text and what came before."""
    if text == "" or so_far == "string":
        return so_far
    # A number that begins with a zero, such as a postal code or "0518", is a name.
    if text.isdecimal() and text[0] == "0" and text != "0":
        return "string"
    if so_far in {"empty", "integer"} and text.removeprefix("-").isdecimal():
        return "integer"
    try:
        float(text)
    except ValueError:
        return "string"
    return "number"


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
