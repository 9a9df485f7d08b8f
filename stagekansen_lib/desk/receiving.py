"""A file that comes in pieces: written to data/raw and nowhere else, never over another one, whole or not at all."""

from __future__ import annotations

import os
import re
from pathlib import Path

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import project_folder

__all__ = ["LARGEST_CHUNK", "Upload", "files_in_raw", "raw_file"]

LARGEST_CHUNK = 256 * 1024
_LARGEST = 64 << 20
_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".sav", ".zsav", ".dta", ".parquet")


def _folder() -> Path:
    return project_folder("data", "raw")


def _safe_name(name: str) -> str:
    """The last part of a name, without what no computer or shell should see in one."""
    base = re.sub(r"[\x00-\x1f<>:\"|?*]", "_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    if not base or Path(base).suffix.lower() not in _ENDINGS:
        raise InputError(
            Problem("The desk does not take a file of this kind.", do=f"Take one of: {', '.join(_ENDINGS)}.")
        )
    return base


def files_in_raw() -> list[str]:
    """The exports that lie in data/raw, by name."""
    if not _folder().is_dir():
        return []
    return sorted(path.name for path in _folder().iterdir() if path.is_file() and path.suffix.lower() in _ENDINGS)


def raw_file(name: str) -> Path:
    """The export of this name in data/raw.

    Raises
    ------
    InputError : there is none.
    """
    if name not in files_in_raw():
        raise InputError(Problem("There is no such file in data/raw.", do="Choose one of the list."))
    return _folder() / name


class Upload:
    """One file on its way: each piece is counted, and the file has its name only when all of it is there.

    Parameters
    ----------
    name : as the browser gives it; only its last part counts.
    size : in bytes, as the browser says.

    Raises
    ------
    InputError : its kind or size cannot be, or a file of this name is there.
    """

    def __init__(self, name: str, size: int) -> None:
        base = _safe_name(name)
        if not 0 < size <= _LARGEST:
            raise InputError(Problem("The desk takes files of 1 byte to 64 MB.", do="Put a larger one in data/raw."))
        self.path = _folder() / base
        if self.path.exists():
            raise InputError(
                Problem(f"There is a file '{base}' in data/raw already.", do="Choose it in the list, or rename yours.")
            )
        self.size, self.received = size, 0
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._part = self.path.with_name(f".{base}.{os.getpid()}.part")
        # Exclusive, and for nobody else on this computer.
        self._stream = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def add(self, piece: bytes) -> int:
        """Write the next piece; how many bytes are there now.

        Raises
        ------
        InputError : the piece is too large, or more came than was said; what came is thrown away.
        """
        self.received += len(piece)
        if len(piece) > LARGEST_CHUNK or self.received > self.size:
            self.stop()
            raise InputError(Problem("More of the file came than was said.", do="Choose it again."))
        self._stream.write(piece)
        return self.received

    def finish(self) -> Path:
        """Give the file its name.

        Raises
        ------
        InputError : a piece is missing, or a file of this name came meanwhile; what came is thrown away.
        """
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        try:
            if self.received != self.size:
                raise InputError(Problem("A piece of the file is missing.", do="Choose it again."))
            os.link(self._part, self.path)  # never over another file, as a rename would
        except FileExistsError:
            raise InputError(Problem(f"There is a file '{self.path.name}' in data/raw already.")) from None
        finally:
            self._part.unlink(missing_ok=True)
        return self.path

    def stop(self) -> None:
        """Throw away what came so far."""
        self._stream.close()
        self._part.unlink(missing_ok=True)
