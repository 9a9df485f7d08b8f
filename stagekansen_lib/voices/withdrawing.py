"""A speaker withdraws: gone from the store, the register and the ledger; looked for everywhere; and kept out.

The mark is written first. From then on the voice is read nowhere, whatever is cut off, and ``finish_withdrawals`` does
the rest each time it runs: it goes by the marks alone, so a copy that is put back leaves again.
"""

from __future__ import annotations

import hashlib
import re
import secrets
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

__all__ = ["VoiceWithdrawal", "finish_withdrawals", "mark_withdrawn", "search_withdrawn", "withdraw_voice"]

# So many words in a row are searched for, in any file.
_RUN, _SHORTEST = 7, 4
_LARGEST = 8_000_000
_SKIPPED = {".git", ".venv", "node_modules", "__pycache__"}
_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".woff", ".woff2", ".pyc", ".parquet", ".geojson"}


@dataclass(frozen=True)
class VoiceWithdrawal:
    """What a withdrawal did.

    Parameters
    ----------
    mark : by which the voice is known again; nobody finds the voice from it.
    register, acts : whether it stood in the register; how many acts of evidence in the ledger rested on it.
    remains : where it still stands, with what to do; empty once it is nowhere, and then there is proof.
    """

    mark: str
    register: bool
    acts: int
    remains: tuple[Problem, ...]

    @property
    def proven(self) -> bool:
        """Whether it was looked for everywhere, by its names and its words, and found nowhere."""
        return not self.remains


def withdraw_voice(name: str) -> VoiceWithdrawal:
    """Take a voice out of everything, and look for it everywhere.

    Parameters
    ----------
    name : id of the voice, or its first signs; of a voice that was withdrawn before the whole id.

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
    consent form says so beforehand. Proof is kept only when nothing is found. Pictures, workbooks and Parquet files are
    not searched; nothing of the library writes a voice into them.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     done = sk.withdraw_voice(names[0])
    ...     len(sk.read_voices()), done.proven
    (5, True)
    """
    with answers_locked("withdraw a voice"):
        clear_leftovers()
        mark = mark_of(name)
        if mark not in {one.mark for one in read_marks()}:
            voices = read_voices()
            voice = voices[named(name, voices)]
            mark = mark_of(voice.id)
            write_marks([*read_marks(), _mark(voice)])
        register, acts = finish_withdrawals()
        return VoiceWithdrawal(mark, register, acts, _looked_for(mark))


def mark_withdrawn(voices: Sequence[Voice]) -> None:
    """Mark voices that a withdrawal from a survey took out of the store, and clear the register and the ledger."""
    if not voices:
        return
    with answers_locked("withdraw voices"):
        known = {one.mark for one in read_marks()}
        write_marks([*read_marks(), *(_mark(voice) for voice in voices if mark_of(voice.id) not in known)])
        finish_withdrawals()


def search_withdrawn() -> list[VoiceWithdrawal]:
    """Look again for every withdrawn voice that has no proof yet; what is found nowhere has proof from now on."""
    with answers_locked("look for withdrawn voices"):
        register, acts = finish_withdrawals()
        open_marks = [one.mark for one in read_marks() if not one.proven]
        return [VoiceWithdrawal(mark, register, acts, _looked_for(mark)) for mark in open_marks]


def _mark(voice: Voice) -> Mark:
    salt = secrets.token_hex(16)
    runs = tuple(sorted({f"{size}:{_hash(salt, run)}" for text in _texts_of(voice) for size, run in _runs_of(text)}))
    return Mark(mark=mark_of(voice.id), on=today(), released=voice.released, salt=salt, runs=runs)


def _looked_for(mark: str) -> tuple[Problem, ...]:
    """Where a voice still stands; when nowhere, that is written down and the hashes of its words go."""
    marks = {one.mark: one for one in read_marks()}
    remains = tuple(_remains(marks[mark]))
    if not remains:
        marks[mark] = marks[mark].model_copy(update={"proven": True, "salt": "", "runs": ()})
        write_marks(list(marks.values()))
    return remains


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


def _remains(mark: Mark) -> Iterator[Problem]:
    """Where a voice still stands in the project: by its names, or by a run of its words."""
    runs = frozenset(mark.runs)
    own = (store_folder() / "withdrawals.yaml",)
    for path in _files(project_folder()):
        text = path.read_bytes().decode("utf-8", errors="replace")
        if path not in own and (_is_named(text, mark) or (runs and _holds_run(text, mark.salt, runs))):
            yield Problem("It still stands here.", _short(path), _what_to_do(path))
    for folder in private_folders(TYPED_TOGETHER):
        if any(path.is_file() for path in folder.rglob("*")):
            do = "Close the room of the notebooks, and look again."
            yield Problem("What was typed together cannot be searched.", folder.name, do)


def _is_named(text: str, mark: Mark) -> bool:
    """Whether the public name stands in a text, or the name in the private store."""
    if f"v{mark.mark[:12]}" in text:
        return True
    return any(mark_of(name) == mark.mark for name in set(re.findall(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", text)))


def _texts_of(voice: Voice) -> tuple[str, ...]:
    return voice.words, voice.text_nl, voice.text_en


def _runs_of(text: str) -> Iterator[tuple[int, str]]:
    """Runs of words with their length; a short text as a whole, and one of a few words not at all: it is anybody's."""
    words = plain_words(text)
    size = min(_RUN, len(words))
    if size >= _SHORTEST:
        for at in range(len(words) - size + 1):
            yield size, " ".join(words[at : at + size])


def _hash(salt: str, run: str) -> str:
    return hashlib.blake2b(run.encode(), key=salt.encode(), digest_size=16).hexdigest()


def _holds_run(text: str, salt: str, runs: frozenset[str]) -> bool:
    # JSON writes a line end and letters with accents in its own way.
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text).replace("\\n", " ")
    words = plain_words(plain)
    return any(
        f"{size}:{_hash(salt, ' '.join(words[at : at + size]))}" in runs
        for size in {int(run.split(":")[0]) for run in runs}
        for at in range(len(words) - size + 1)
    )


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
    return "Take it out by hand, and look again with: stagekansen voices check"
