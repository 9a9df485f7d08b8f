"""Several files replaced as one step: staged first, then a journal, and from that moment it will be finished."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.privacy.answer_files import FOLDERS, JOURNAL, short_name
from stagekansen_lib.project.leftovers import one_clear_line
from stagekansen_lib.project.locks import answers_locked
from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.withdrawals.proofs import PROOFS, copy_of_proofs, read_proofs

__all__ = ["finish_withdrawal", "write_journal"]

_STAGED = ".withdrawn"
_HEAD = "# Proofs of withdrawal. No number of a respondent stands here; see `python3 start.py withdraw --help`.\n"


def write_journal(contents: Mapping[Path, bytes], record: Mapping[str, Any]) -> None:
    """Write new files beside the old ones, then the journal that says what replaces what, and the record to keep.

    Nothing has changed before the journal is in its place.

    Raises
    ------
    InputError : the disk is full or cannot be written to; nothing has changed then.
    """
    try:
        with one_clear_line("Nobody was withdrawn", project_folder("data")):
            _write_journal(contents, record)
    except BaseException:
        if not project_folder("data", "raw", JOURNAL).is_file():
            _clear_away()
        raise


def _write_journal(contents: Mapping[Path, bytes], record: Mapping[str, Any]) -> None:
    steps = []
    for file, content in contents.items():
        staged = _staged(file)
        _write_through(staged, content)
        shutil.copymode(file, staged)
        steps.append({"file": short_name(file), "sha256": hashlib.sha256(content).hexdigest()})
    journal = project_folder("data", "raw", JOURNAL)
    draft = journal.with_name(f"{JOURNAL}{_STAGED}")
    _write_through(draft, json.dumps({"steps": steps, "record": record}).encode())
    draft.replace(journal)  # from here on the withdrawal will be finished


def finish_withdrawal(gone: Callable[[Mapping[str, Any]], list[Problem]] = lambda _: []) -> bool:
    """Finish a withdrawal that was cut off, or clear away one that had not begun; True when there was one to finish.

    Parameters
    ----------
    gone : reads everything again, and names where the respondent of a record still is; proof is kept only when nowhere.

    Raises
    ------
    InputError : a withdrawal was cut off, and somebody changed one of its files since; or the respondent still is
        somewhere, and no proof was written.
    """
    journal = data_folder("raw", JOURNAL)
    if not data_folder("raw").is_dir() and not data_folder("interim").is_dir():
        return False
    left = "It is finished first when the same command runs again."
    with (
        answers_locked("finish a withdrawal"),
        one_clear_line("The withdrawal is not finished", journal.parent, left=left),
    ):
        if not journal.is_file():
            _clear_away()
            return False
        content = json.loads(journal.read_text("utf-8"))
        for step in content["steps"]:
            _replace(step["file"], step["sha256"])
        problems = gone(content["record"])
        if problems:
            journal.unlink()
            raise InputError(problems, "The respondent is not gone yet, so no proof was written. Withdraw again.")
        _keep_proof(content["record"])
        journal.unlink()
        return True


def _clear_away() -> None:
    for name in FOLDERS:
        for left in data_folder(name).rglob(f".*{_STAGED}") if data_folder(name).is_dir() else ():
            left.unlink()


def _replace(name: str, sha256: str) -> None:
    file = project_folder("data").joinpath(*Path(name).parts[1:])
    staged = _staged(file)
    if staged.is_file():
        staged.replace(file)
    elif not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
        raise InputError(
            Problem(
                "A withdrawal was cut off, and this file was changed by someone since.",
                name,
                f"Look whether the respondent is still in it, then delete data/raw/{JOURNAL} and withdraw again.",
            )
        )


def _keep_proof(record: Mapping[str, Any]) -> None:
    import yaml

    proofs = read_proofs()
    if record["proof"] not in [one["proof"] for one in proofs]:
        proofs.append(dict(record))
    text = yaml.safe_dump(proofs, sort_keys=False, allow_unicode=True)
    for target in (copy_of_proofs(), project_folder("data", "raw", PROOFS)):
        draft = _staged(target)
        _write_through(draft, (_HEAD + text).encode())
        draft.replace(target)


def _staged(file: Path) -> Path:
    return file.with_name(f".{file.name}{_STAGED}")


def _write_through(path: Path, content: bytes) -> None:
    """Write a file to the disk itself, not only to its cache, readable by its owner only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
