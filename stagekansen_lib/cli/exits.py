"""What the command ends with: a number for each cause, so that a script knows why it stopped."""

from __future__ import annotations

import errno
from enum import IntEnum

from stagekansen_lib.errors import InputError, RefusedError, StagekansenError
from stagekansen_lib.wording import chosen_language, say

__all__ = ["Exit", "exit_for", "explanation"]


class Exit(IntEnum):
    """0 to 3 is what became of it; 130 is what a shell gives after Ctrl+C."""

    WELL = 0
    FOUND = 1
    WRONG_USE = 2
    REFUSED = 3
    STOPPED = 130


# The first that fits. A file that points at persons is wrong input and refused: refused counts.
_CAUSES: tuple[tuple[type[BaseException], Exit], ...] = (
    (KeyboardInterrupt, Exit.STOPPED),
    (RefusedError, Exit.REFUSED),
    (InputError, Exit.WRONG_USE),
    (StagekansenError, Exit.FOUND),
)
# A place that a person named and that is not there, is no folder, or is not theirs to read or write.
_WRONG_PLACES = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST)


def exit_for(cause: BaseException) -> Exit:
    """The number to end with after an error."""
    for kind, code in _CAUSES:
        if isinstance(cause, kind):
            return code
    if isinstance(cause, PermissionError) and cause.errno is None:
        return Exit.REFUSED  # the wall between answers and pages
    return Exit.WRONG_USE if isinstance(cause, OSError) and cause.errno in _WRONG_PLACES else Exit.FOUND


def explanation(cause: BaseException) -> str:
    """What a person reads about an error."""
    if not isinstance(cause, OSError) or cause.errno is None:
        return str(cause)
    reason = (
        say(f"command_output.place_{errno.errorcode[cause.errno].lower()}", chosen_language())
        if cause.errno in _WRONG_PLACES
        else str(cause.strerror)
    )
    reason = reason if cause.strerror else str(cause)
    return f"{cause.filename}: {reason}" if cause.filename is not None else reason
