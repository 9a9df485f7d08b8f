"""A speaker withdraws: gone from the store, the register and the ledger; looked for everywhere; and kept out.

The mark is written first. From then on the voice is read nowhere, whatever is cut off, and ``finish_withdrawals`` does
the rest each time it runs: it goes by the marks alone, so a copy that is put back leaves again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.fact_finding.act_files import acts_folder, read_act_files
from stagekansen_lib.fact_finding.acts import EvidenceAdded
from stagekansen_lib.project.locks import answers_locked
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.project.private_folders import TYPED_TOGETHER, private_folders
from stagekansen_lib.surveys.codebook_files import write_whole
from stagekansen_lib.voices.checking import plain_words
from stagekansen_lib.voices.records import Voice, mark_of
from stagekansen_lib.voices.registering import own_entries, register_file, without_entries
from stagekansen_lib.voices.stores import (
    Mark,
    clear_leftovers,
    named,
    read_marks,
    read_voices,
    store_folder,
    today,
    write_marks,
    write_voices,
)

__all__ = ["VoiceWithdrawal", "finish_withdrawals", "mark_withdrawn", "withdraw_voice"]

# So many words in a row are searched for, in any file.
_RUN = 7
_LARGEST = 8_000_000
_SKIPPED = {".git", ".venv", "node_modules", "__pycache__"}
_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".woff", ".woff2", ".pyc", ".parquet", ".geojson"}


@dataclass(frozen=True)
class VoiceWithdrawal:
    """What a withdrawal did.

    Parameters
    ----------
    voice : the mark of the voice; nobody finds the voice from it.
    register, acts : whether it stood in the register; how many acts of evidence in the ledger rested on it.
    remains : where it still stands, with what to do; empty once it is nowhere.
    proven : "words" when the words and the id were looked for everywhere and not found; "id" when the withdrawal had
        been cut off and only the id could be looked for; "" while it still stands somewhere.
    """

    voice: str
    register: bool
    acts: int
    remains: tuple[Problem, ...]
    proven: str


def withdraw_voice(name: str) -> VoiceWithdrawal:
    """Take a voice out of everything, and look for it everywhere.

    Parameters
    ----------
    name : id of the voice, or its first signs; after a withdrawal that was cut off the whole id.

    Returns
    -------
    VoiceWithdrawal : what was done, and where it still stands.

    Raises
    ------
    InputError : there is no such voice.

    Notes
    -----
    Evidence in the ledger that rests on the voice goes with it, as files, since an act holds how the voice read. What
    was published in a release, printed, or committed to git cannot be taken back here: releases are named, and the
    consent form says so beforehand. Proof is kept only when nothing is found.
    """
    with answers_locked("withdraw a voice"):
        clear_leftovers()
        voices = read_voices()
        mark = mark_of(name)
        known = {one.mark for one in read_marks()}
        voice = None if mark in known else voices[named(name, voices)]
        if voice is not None:
            mark = mark_of(voice.id)
            write_marks([*read_marks(), Mark(mark=mark, on=today(), released=voice.released)])
        register, acts = finish_withdrawals()
        remains = tuple(_remains(mark, voice))
        proven = "" if remains else "words" if voice else "id"
        before = {one.mark: one for one in read_marks()}
        if proven and before[mark].proven != "words":
            before[mark] = before[mark].model_copy(update={"proven": proven})
            write_marks(list(before.values()))
        return VoiceWithdrawal(mark, register, acts, remains, before[mark].proven if not remains else "")


def mark_withdrawn(voices: Sequence[Voice]) -> None:
    """Mark voices that a withdrawal from a survey took out of the store, and clear the register and the ledger."""
    with answers_locked("withdraw voices"):
        known = {one.mark for one in read_marks()}
        new = [voice for voice in voices if mark_of(voice.id) not in known]
        if new:
            marks = [Mark(mark=mark_of(voice.id), on=today(), released=voice.released) for voice in new]
            write_marks([*read_marks(), *marks])
        finish_withdrawals()


def finish_withdrawals() -> tuple[bool, int]:
    """Take out whatever is marked as withdrawn: whether the register held it, and how many acts rested on it."""
    with answers_locked("finish withdrawals of voices"):
        marks = read_marks()
        if not marks:
            return False, 0
        if (store_folder() / "voices.yaml").is_file():
            write_voices(read_voices())
        starts = {mark.mark[:12] for mark in marks}
        return _out_of_register(starts), _out_of_ledger(starts)


def _out_of_register(starts: set[str]) -> bool:
    try:
        path = register_file()
    except InputError:
        return False
    text = path.read_text("utf-8")
    if not any(name[1:] in starts for name in own_entries(text)):
        return False
    write_whole(path, without_entries(text, lambda name: name[1:] in starts).encode())
    return True


def _out_of_ledger(starts: set[str]) -> int:
    """Evidence that rests on a voice: the act holds how it read, so that its file goes."""
    gone = [
        act.id
        for act in read_act_files()[0]
        if isinstance(act, EvidenceAdded) and act.rests_on.startswith("voices:v") and act.rests_on[8:] in starts
    ]
    for name in gone:
        for path in acts_folder().rglob(f"{name}.yaml"):
            path.unlink(missing_ok=True)
    return len(gone)


def _remains(mark: str, voice: Voice | None) -> Iterator[Problem]:
    """Where a voice still stands in the project: by its public id, its own id, or a run of its words."""
    names = [f"v{mark[:12]}", *([voice.id] if voice else [])]
    runs = {run for text in _texts_of(voice) for run in _runs_of(text)} if voice else set()
    for path in _files(project_folder()):
        text = path.read_bytes().decode("utf-8", errors="replace")
        if any(name in text for name in names) or (runs and any(run in _as_words(text) for run in runs)):
            yield Problem("It still stands here.", _short(path), _what_to_do(path))
    for folder in private_folders(TYPED_TOGETHER):
        if any(path.is_file() for path in folder.rglob("*")):
            do = "Close the room of the notebooks, and withdraw again."
            yield Problem("What was typed together cannot be searched.", folder.name, do)


def _texts_of(voice: Voice) -> tuple[str, ...]:
    return voice.words, voice.text_nl, voice.text_en


def _runs_of(text: str) -> Iterator[str]:
    """Runs of words, with a space before and behind so that they end with words; a short text as a whole."""
    words = plain_words(text)
    if len(words) > 2:
        for at in range(max(1, len(words) - _RUN + 1)):
            yield f" {' '.join(words[at : at + _RUN])} "


def _as_words(text: str) -> str:
    # JSON writes a line end and letters with accents in its own way.
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text).replace("\\n", " ")
    return f" {' '.join(plain_words(plain))} "


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name in _SKIPPED or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from _files(path) if not (path / "pyvenv.cfg").is_file() else ()
        elif path.is_file() and path.suffix.lower() not in _PICTURES and path.stat().st_size <= _LARGEST:
            yield path


def _short(path: Path) -> str:
    return path.relative_to(project_folder()).as_posix()


def _what_to_do(path: Path) -> str:
    parts = path.relative_to(project_folder()).parts
    if parts[:2] == ("data", "published"):
        return "Make a new release without it, and take this one down."
    if parts[0] in ("site", "build"):
        return "Build the pages again."
    return "Take it out by hand, and withdraw again."
