"""The steps of a backup that a team's own user does, in its own folder: ``python -m stagekansen_lib.hub.packing STEP``.

What comes out of a step goes to standard output; nothing of an answer is ever printed.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import shutil
import sys
import tarfile
import warnings
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from stagekansen_lib.errors import DoubtWarning, StagekansenError

__all__ = ["clear", "main", "pack", "place", "take_links", "take_out", "unpack", "why", "withdrawn"]

# Made anew from the rest, or of a run that is over: in the project itself, and in any of its folders.
_NOT_KEPT = {("build",), ("site",), (".venv",)}
_NEVER_KEPT = {"__pycache__", ".ipynb_checkpoints"}
_VARIABLE = "STAGEKANSEN_HOME"
_RESTORING = "project.restoring"


def pack(into: BinaryIO) -> None:
    """Write the whole project as a compressed archive, while nobody changes its answers.

    A link that leads out of the project is left out: nothing behind it is the team's, and it would not be unpacked.
    """
    from stagekansen_lib.project.locks import answers_locked

    home = Path(os.environ[_VARIABLE])

    def kept(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        # A file with two names is two files here: what only names another file of the archive is not unpacked.
        archive.inodes.clear()  # type: ignore[attr-defined]
        parts = PurePosixPath(entry.name).parts
        if parts in _NOT_KEPT or _NEVER_KEPT & {*parts[-1:]}:
            return None
        return entry if entry.isfile() or entry.isdir() or (entry.issym() and _stays_inside(entry, home)) else None

    with (
        answers_locked("backup"),
        gzip.GzipFile(fileobj=into, mode="wb", compresslevel=3) as smaller,
        tarfile.open(fileobj=smaller, mode="w|") as archive,
    ):
        archive.add(home, arcname=".", filter=kept)


def _stays_inside(link: tarfile.TarInfo, home: Path) -> bool:
    """Whether a link leads to something of the project, as it then does wherever the project is unpacked."""
    folder = (home / link.name).parent
    inside = Path(os.path.realpath(folder / link.linkname)).is_relative_to(os.path.realpath(home))
    if inside and os.path.isabs(link.linkname):  # noqa: PTH117 - what the link says
        link.linkname = os.path.relpath(link.linkname, folder)
    return inside


def withdrawn() -> dict[str, list[Any]]:
    """The proofs of who withdrew, and the marks of voices that were withdrawn; they name nobody."""
    from stagekansen_lib.voices.stores import read_marks
    from stagekansen_lib.withdrawals.proofs import read_proofs

    marks = [mark.model_dump(mode="json", exclude_defaults=True) for mark in read_marks()]
    return {"proofs": read_proofs(), "voices": marks}


def unpack(archive: BinaryIO) -> Path:
    """The folder, beside the project, into which an archive was unpacked; nothing in it leads out of it."""
    folder = Path(os.environ[_VARIABLE]).with_name(_RESTORING)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    with tarfile.open(fileobj=archive, mode="r|gz") as packed:
        take_out(packed, folder)
    return folder


def take_out(archive: tarfile.TarFile, folder: Path) -> None:
    """Unpack an archive; files, folders and links, and nothing leads out (3.11.2 has no filter)."""
    for member in archive:
        place = folder / member.name
        ends = [place, place.parent / member.linkname] if member.issym() else [place]
        inside = all(end.resolve().is_relative_to(folder.resolve()) for end in ends)
        if not inside or not (member.isfile() or member.isdir() or member.issym()):
            raise StagekansenError("The archive holds something else than files and folders of its own.")
        member.mode &= 0o777  # a program that runs as its owner, whoever starts it, is nobody's answer
        archive.extract(member, folder, set_attrs=not member.isdir())


def clear(known: Mapping[str, list[Any]]) -> list[str]:
    """Take out of the unpacked folder who withdrew; files that could not be searched, for a person to look at."""
    folder = Path(os.environ[_VARIABLE]).with_name(_RESTORING)
    os.environ[_VARIABLE] = str(folder)
    from stagekansen_lib.project.locks import answers_locked
    from stagekansen_lib.surveys.codebook_files import write_whole
    from stagekansen_lib.voices.stores import Mark, read_marks, store_folder, write_marks
    from stagekansen_lib.withdrawals.proofs import copy_of_proofs, read_proofs
    from stagekansen_lib.withdrawals.reapplying import reapply_withdrawals

    with answers_locked("restore"), warnings.catch_warnings(record=True) as doubts:
        warnings.simplefilter("always", DoubtWarning)
        proofs = {str(one["proof"]): one for one in [*read_proofs(), *known["proofs"]]}
        if proofs:
            # JSON is YAML.
            content = json.dumps(list(proofs.values()), indent=1).encode()
            write_whole(copy_of_proofs(), content, private=True)
        marks = {mark.mark: mark for mark in [*read_marks(), *map(Mark.model_validate, known["voices"])]}
        if marks:
            store_folder().mkdir(parents=True, exist_ok=True)
            write_marks(list(marks.values()))
        reapply_withdrawals()
    return [str(one.message) for one in doubts if issubclass(one.category, DoubtWarning)]


def place(now: dt.datetime | None = None) -> Path | None:
    """Put the unpacked folder where the project was; where that stands now, when there was one."""
    project = Path(os.environ[_VARIABLE])
    before = None
    if project.exists():
        moment = now or dt.datetime.now(dt.UTC)
        before = project.with_name(f"project.before-{moment:%Y%m%dT%H%M%SZ}")
        project.rename(before)
    project.with_name(_RESTORING).rename(project)
    return before


def take_links(packed: BinaryIO) -> None:
    """Put what links versions of a wave where a withdrawal finds it."""
    from stagekansen_lib.project.locks import answers_locked

    folder = Path(os.environ[_VARIABLE], "data", "interim", ".waves")
    with answers_locked("release"), tarfile.open(fileobj=packed, mode="r|gz") as archive:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        take_out(archive, folder)


def main(step: str) -> int:
    """Do one step; 1, and one line of why, when it could not be done."""
    os.umask(0o077)
    try:
        if step == "pack":
            pack(sys.stdout.buffer)
        elif step == "withdrawn":
            json.dump(withdrawn(), sys.stdout)
        elif step == "unpack":
            unpack(sys.stdin.buffer)
        elif step == "take-links":
            take_links(sys.stdin.buffer)
        elif step == "clear":
            for line in clear(json.load(sys.stdin)):
                print(line)  # noqa: T201
        else:
            print(place() or "")  # noqa: T201
    except Exception as reason:
        sys.stderr.write(why(reason) + "\n")
        return 1
    return 0


def why(reason: Exception) -> str:
    """Why a step failed, in one line; of what nobody foresaw its kind alone, since its text may hold an answer."""
    foreseen = isinstance(reason, (StagekansenError, OSError, tarfile.TarError))
    return " ".join(f"{type(reason).__name__}: {reason}".split()) if foreseen else type(reason).__name__


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
