"""The private store: one file that only its owner opens, changed by one process at a time, whole or not at all.

data/interim/voices/voices.yaml        behind the wall, never in git; `stagekansen withdraw NUMBER` searches it
data/interim/voices/withdrawals.yaml   marks of voices that were withdrawn: a copy that is put back is not read
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.leftovers import one_clear_line
from stagekansen_lib.project.locks import answers_locked
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.surveys.codebook_files import write_whole
from stagekansen_lib.voices.records import Voice, mark_of, voice_from

__all__ = [
    "Mark", "change_voices", "clear_leftovers", "named", "read_marks", "read_voice", "read_voices", "store_folder",
    "today", "write_marks", "write_voices",
]  # fmt: skip


class Mark(BaseModel):
    """That a voice was withdrawn: proof without the voice. ``proven`` once nothing of it was found anywhere.

    Until then ``runs`` are salted hashes of its words, seven in a row, so that they can be looked for and not be read.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    mark: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    on: str
    released: bool = False
    proven: bool = False
    salt: str = ""
    runs: Annotated[tuple[str, ...], Field(strict=False)] = ()


def store_folder() -> Path:
    """The folder of the voices; only its owner may open it."""
    return project_folder("data", "interim", "voices")


def read_voices() -> dict[str, Voice]:
    """All voices by id, in the order of ids, which are random. A voice that was withdrawn is not among them.

    Returns
    -------
    dict of str to Voice.

    Raises
    ------
    InputError : the file was damaged; what is wrong with which entry, and nothing of what it says.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     len(sk.read_voices())
    6
    """
    path = store_folder() / "voices.yaml"
    if not path.is_file():
        return {}
    gone = {mark.mark for mark in read_marks()}
    entries = read_yaml(path).get("voices")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(Problem("The store of voices holds no list of voices.", str(path), "Put a backup back."))
    found: dict[str, Voice] = {}
    problems: list[Problem] = []
    for number, entry in enumerate(entries, start=1):
        try:
            voice = voice_from(entry, f"{path.name}, entry {number}")
        except InputError as failure:
            problems += failure.problems
            continue
        if mark_of(voice.id) not in gone:
            found[voice.id] = voice
    if problems:
        raise InputError(problems, "The store of voices is damaged. Nothing was changed.")
    return dict(sorted(found.items()))


def read_voice(name: str) -> Voice:
    """One voice by its id, or by as many of its first signs as no other voice has.

    Raises
    ------
    InputError : there is no such voice, or more than one.
    """
    return read_voices()[named(name, read_voices())]


def named(name: str, voices: dict[str, Voice]) -> str:
    """The whole id of a voice.

    Raises
    ------
    InputError : there is no such voice, or more than one.
    """
    found = [one for one in voices if len(name) >= 4 and one.startswith(name)]
    if len(found) != 1:
        told = "Several voices begin with" if found else "There is no voice"
        raise InputError(Problem(f"{told} '{name[:32]}'.", do="See them with: stagekansen voices show"))
    return found[0]


@contextmanager
def change_voices(doing: str) -> Iterator[dict[str, Voice]]:
    """The voices, to be changed by this process alone; they are written when the block ends well."""
    with answers_locked(doing):
        clear_leftovers()
        voices = read_voices()
        before = dict(voices)
        yield voices
        if voices != before:
            write_voices(voices)


def write_voices(voices: dict[str, Voice]) -> None:
    """Write the store whole; who calls it holds the lock."""
    path = store_folder() / "voices.yaml"
    if not voices:
        path.unlink(missing_ok=True)
        return
    # The number of a respondent always has its place, so that a withdrawal knows where to look.
    entries = [
        {"id": voice.id, "respondent": voice.respondent, **voice.model_dump(mode="json", exclude_defaults=True)}
        for _, voice in sorted(voices.items())
    ]
    _write(path, {"voices": entries})


def read_marks() -> list[Mark]:
    """What was withdrawn, without a word of it."""
    path = store_folder() / "withdrawals.yaml"
    if not path.is_file():
        return []
    try:
        return [Mark.model_validate(entry) for entry in read_yaml(path).get("withdrawn", [])]
    except (ValidationError, TypeError):
        raise InputError(Problem("The proofs of withdrawal are damaged.", str(path), "Put a backup back.")) from None


def write_marks(marks: list[Mark]) -> None:
    """Write what was withdrawn; who calls it holds the lock."""
    entries = [
        mark.model_dump(mode="json", exclude_defaults=True) for mark in sorted(marks, key=lambda mark: mark.mark)
    ]
    _write(store_folder() / "withdrawals.yaml", {"withdrawn": entries})


def clear_leftovers() -> None:
    """Clear away what a crash left half written; who calls it holds the lock."""
    for left in store_folder().glob(".*.part"):
        left.unlink(missing_ok=True)


def today() -> str:
    return dt.date.today().isoformat()


def _write(path: Path, content: dict[str, Any]) -> None:
    import yaml

    with one_clear_line("The voices cannot be written", path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=118)
        write_whole(path, text.encode(), private=True)
