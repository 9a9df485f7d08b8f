"""Which files hold answers, and which survey each belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from stagekansen_lib.errors import InputError
from stagekansen_lib.project.leftovers import one_clear_line
from stagekansen_lib.project.locks import answers_locked
from stagekansen_lib.project.paths import PRIVATE, data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.surveys.codebook_files import write_whole
from stagekansen_lib.surveys.made_up import MADE_UP_ENDING

__all__ = [
    "CARD_ENDING", "FOLDERS", "JOURNAL", "LINKS", "LOOKS", "files_of_answers", "folder_of_store", "is_private",
    "is_store_card", "read_from", "short_name", "store_of", "surveys_of", "write_answers",
]  # fmt: skip

CARD_ENDING = ".privacy.yaml"
FOLDERS = PRIVATE
# Written by a withdrawal that is not finished yet.
JOURNAL = ".withdrawal.json"
# Keyed hashes that link versions of a wave (withdrawals/wave_links.py), which withdrawals see to by themselves.
LINKS = ".waves"
# What was compared with what while a survey was explored, and how often.
LOOKS = ".looks.jsonl"
# Where JupyterLab keeps copies of files that were opened.
_CHECKPOINTS = ".ipynb_checkpoints"
# Not answers: cards of a folder, the proofs of withdrawal, the explanation of a folder.
_NO_ANSWERS = {"card.yaml", "withdrawals.yaml", ".gitkeep", "README.md", JOURNAL, LOOKS, ".searched.json"}


def files_of_answers() -> list[Path]:
    """Every file in ``data/raw`` and ``data/interim`` that may hold answers: all but cards and explanations."""
    found = []
    for name in FOLDERS:
        folder = data_folder(name)
        if folder.is_dir():
            found += [path for path in sorted(folder.rglob("*")) if path.is_file() and _holds_answers(path)]
    return found


def is_private(path: Path) -> bool:
    """Whether a file lies in ``data/raw`` or ``data/interim`` of the project."""
    place = path.resolve()
    return any(place.is_relative_to(data_folder(name).resolve()) for name in FOLDERS)


def write_answers(path: Path, content: bytes, doing: str) -> None:
    """Write a file of answers whole or not at all; with the lock held where it lies among the answers of the project.

    Raises
    ------
    InputError : the disk is full or cannot be written to; there is nothing new then.
    """
    with answers_locked(doing) if is_private(path) else nullcontext(), one_clear_line("It cannot be written", path):
        write_whole(path, content)


def _holds_answers(path: Path) -> bool:
    if path.parent.name == "drafts" and path.suffix in (".yaml", ".tsv"):
        return False  # what was said about a file, not what the file says
    if (store_of(path) and path.parent.name == "codebook") or is_store_card(path) or LINKS in path.parts:
        return False
    return not (path.name in _NO_ANSWERS or path.name.endswith((CARD_ENDING, MADE_UP_ENDING)))


def folder_of_store(path: Path) -> Path | None:
    """The folder of a stored survey (see ``stores.write_survey``) in which a file lies; None when in none."""
    return next((folder for folder in path.parents if re.fullmatch(r".+-[0-9a-f]{12}", folder.name)), None)


def store_of(path: Path) -> str:
    """The name of the stored survey in whose folder a file lies; empty when in none."""
    folder = folder_of_store(path)
    return "" if folder is None else folder.name[:-13]


def is_store_card(path: Path) -> bool:
    """Whether a YAML file is the card of a stored survey: it names the folder with the answers and holds none."""
    return path.suffix == ".yaml" and any(path.parent.glob(f"{path.stem}-*/answers.parquet"))


def surveys_of(files: Sequence[Path]) -> dict[Path, tuple[str, ...]]:
    """The survey that each file belongs to: its name, then other names for it.

    A file is called by its place without its ending, and two raw files never count as one survey. A stored survey goes
    with the file it was read from; when that is not there, or not certain, it is a survey of its own.
    """
    loose = {file: _own_name(file, files) for file in files if not store_of(file)}
    stored = {file: _names_of_store(file, loose) for file in files if store_of(file)}
    return {file: (loose[file],) if file in loose else stored[file] for file in files}


def _own_name(file: Path, files: Sequence[Path]) -> str:
    """A file by its place without its ending; a raw file keeps its ending where another one has the same name."""
    place = _place_of_original(file)
    raw = data_folder("raw")
    if file.is_relative_to(raw):
        places = {_place_of_original(one) for one in files if one.is_relative_to(raw) and not store_of(one)}
        if sum(one.with_suffix("") == place.with_suffix("") for one in places) > 1:
            return place.as_posix()
    return place.with_suffix("").as_posix()


def _place_of_original(file: Path) -> Path:
    """A copy that an editor keeps belongs to the survey of what it is a copy of."""
    place = _place_in_folder(file)
    if _CHECKPOINTS not in place.parts:
        return place
    folder = Path(*(part for part in place.parts[:-1] if part != _CHECKPOINTS))
    return folder / f"{place.stem.removesuffix('-checkpoint')}{place.suffix}"


def _names_of_store(file: Path, loose: dict[Path, str]) -> tuple[str, ...]:
    stored, source = store_of(file), read_from(file)
    origins = [name for one, name in loose.items() if source and one.name == source]
    if len(origins) == 1:
        return (origins[0], stored)
    return (stored if stored not in loose.values() else f"stored:{stored}",)


def _place_in_folder(file: Path) -> Path:
    return next(file.relative_to(data_folder(name)) for name in FOLDERS if file.is_relative_to(data_folder(name)))


def read_from(stored: Path) -> str:
    """The name of the file that a stored survey was read from, as the first line of its history tells it."""
    folder = folder_of_store(stored)
    if folder is None:
        return ""
    try:
        card = read_yaml(folder.parent / f"{store_of(stored)}.yaml")
        told = re.match(r"read (.+) against codebook ", str(card["history"][0]))
    except (InputError, KeyError, IndexError, TypeError):
        return ""
    return told[1] if told else ""


def short_name(file: Path) -> str:
    """A file as a person names it: from the folder ``data`` on."""
    folder = data_folder().resolve()
    path = file.resolve()
    return f"data/{path.relative_to(folder).as_posix()}" if path.is_relative_to(folder) else str(file)
