"""One lock over the files of answers: who changes them waits until nobody else does.

Importing, withdrawing, setting rows aside and releasing read answers and write others in their place. Two at once
would each undo what the other wrote. The lock is one of the operating system: it ends with the process that holds it,
however that ends. Where a network drive has none, a file that names its holder takes its place.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import data_folder

if TYPE_CHECKING:
    from filelock import BaseFileLock

__all__ = ["answers_locked"]

LOCK_NAME = ".answers.lock"
_HOLDER = ".answers.holder"
# Whoever waits is told so after this many seconds, and gives up after this many: no change of answers takes that long.
_PATIENCE = 0.5
_LONGEST_WAIT = 1800.0


@dataclass
class _Held:
    """The lock of one folder within this process: its threads take turns too, and one may take it twice."""

    file: BaseFileLock
    turn: Any
    depth: int = 0


_HELD: dict[str, _Held] = {}
_MAKING = threading.Lock()


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


@contextmanager
def answers_locked(
    doing: str,
    folder: Path | None = None,
    *,
    tell: Callable[[str], None] = _say,
    longest: float = _LONGEST_WAIT,
) -> Iterator[None]:
    """Hold the lock over files of answers while the block runs; wait for it, and say what is waited for.

    Parameters
    ----------
    doing : what is done, for whoever waits: "import wave_1". Never a number of a respondent.
    folder : the folder that is locked; ``data`` when left out, and with it ``data/raw`` and ``data/interim``.
    tell : gets one sentence when there is something to wait for; writes it to the error output when left out.
    longest : seconds to wait before giving up.

    Raises
    ------
    InputError : the lock did not come free, or the folder cannot be written in.

    Notes
    -----
    A function that holds the lock may call another that takes it.
    """
    place = Path(data_folder() if folder is None else folder).resolve()
    held = _lock_of(place)
    if not held.turn.acquire(timeout=longest):
        raise _busy(place, longest)
    try:
        if not held.depth:
            _take(held, place, doing, tell, longest)
        held.depth += 1
        try:
            yield
        finally:
            held.depth -= 1
            if not held.depth:
                with suppress(OSError):
                    (place / _HOLDER).unlink()
                held.file.release()
    finally:
        held.turn.release()


def _lock_of(place: Path) -> _Held:
    from filelock import FileLock

    with _MAKING:
        name = str(place)
        if name not in _HELD:
            # Not bound to a thread: the turn above sees to threads, and a lock may be let go by another one.
            _HELD[name] = _Held(FileLock(place / LOCK_NAME, thread_local=False), threading.RLock())
        return _HELD[name]


def _take(held: _Held, place: Path, doing: str, tell: Callable[[str], None], longest: float) -> None:
    from filelock import Timeout

    try:
        place.mkdir(parents=True, exist_ok=True)
        try:
            held.file.acquire(timeout=_PATIENCE)
        except Timeout:
            tell(f"Waiting for {_holder(place)}.")
            held.file.acquire(timeout=longest)
        _leave_word(place, doing)
    except Timeout:
        raise _busy(place, longest) from None
    except OSError as problem:
        if problem.errno is None:
            raise  # the wall between answers and pages
        raise InputError(
            Problem(
                f"Answers cannot be changed here: {problem.strerror}.",
                str(place),
                "Make room on the disk, or ask for the right to write in this folder.",
            )
        ) from problem


def _leave_word(place: Path, doing: str) -> None:
    since = f"{dt.datetime.now():%H:%M:%S}"
    word = {"doing": doing, "process": os.getpid(), "computer": socket.gethostname(), "since": since}
    with suppress(OSError):  # a full disk keeps nobody from the lock itself
        (place / _HOLDER).write_text(json.dumps(word), "utf-8")


def _holder(place: Path) -> str:
    """Who holds the lock, in words, as far as that was written down."""
    try:
        word = json.loads((place / _HOLDER).read_text("utf-8"))
        return f"'{word['doing']}' (process {word['process']} on {word['computer']}, since {word['since']}) to be done"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process that changes answers"


def _busy(place: Path, longest: float) -> InputError:
    return InputError(
        Problem(
            f"Something else has been changing answers for {longest:.0f} seconds: {_holder(place)}.",
            str(place),
            "Let it end, or end it, and run the same command again.",
        )
    )
