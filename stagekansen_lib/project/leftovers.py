"""What a killed process left half-made, and what a full disk says: names that tell whose it is, and one clear line.

Whoever makes something in steps makes it under a name with the mark of its process: number, start and computer. What
bears the mark of a process that still lives is left alone; the rest is swept at the next start.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from stagekansen_lib.errors import InputError, Problem

__all__ = ["is_abandoned", "one_clear_line", "own_mark", "sweep"]

_MARK = re.compile(r"p(\d+)s(\d+)h([0-9a-f]{6})")
# A process of another computer, or one whose start cannot be asked, counts as living for this many seconds.
_BENEFIT = 24 * 3600.0
# A place that is full, or that cannot be written in, or a disk that fails.
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG)


@cache
def _computer() -> str:
    return sha256(socket.gethostname().encode()).hexdigest()[:6]


def own_mark() -> str:
    """The mark of this process, to put into the names of what it makes in steps."""
    return f"p{os.getpid()}s{_started(os.getpid()) or 0}h{_computer()}"


def _started(process: int) -> int | None:
    """When a process began, in ticks since the computer did; None where that cannot be asked."""
    try:
        told = Path(f"/proc/{process}/stat").read_text("utf-8", errors="replace")
        return int(told.rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return None


def is_abandoned(path: Path) -> bool:
    """Whether no living process owns this; what bears no mark is nobody's."""
    mark = _MARK.search(path.name)
    if mark is None:
        return True
    process, started, computer = int(mark[1]), int(mark[2]), mark[3]
    if computer == _computer() and Path("/proc/self").is_dir():
        return _started(process) != started
    if computer == _computer() and process == os.getpid():
        return False
    with suppress(OSError):
        return time.time() - path.stat().st_mtime > _BENEFIT
    return False


def sweep(paths: Iterable[Path]) -> None:
    """Delete what no living process owns; what cannot be deleted now is left for the next start."""
    for path in paths:
        if is_abandoned(path):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()


@contextmanager
def one_clear_line(doing: str, place: Path, *, left: str = "Nothing was changed.") -> Iterator[None]:
    """A disk that is full or cannot be written to, as one sentence in place of a traceback.

    Parameters
    ----------
    doing : what could not be done, as the begin of a sentence: "The survey cannot be stored".
    place : where.
    left : how things were left, as a sentence.

    Raises
    ------
    InputError : with what is wrong and what to do; nothing half is left by who calls this.
    """
    try:
        yield
    except OSError as problem:
        # Arrow tells the number in its text only.
        told = re.search(r"\[errno (\d+)\]", str(problem), re.IGNORECASE)
        number = problem.errno or (int(told[1]) if told else None)
        if number not in _DISK:
            raise
        raise InputError(
            Problem(
                f"{doing}: {os.strerror(number)}.",
                str(place),
                f"{left} Make room on the disk, or ask for the right to write in this folder.",
            )
        ) from problem
