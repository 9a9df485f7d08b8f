"""One act, one file: written whole or not at all, sealed, and read whatever else went wrong in the folder.

    acts/2026-11/01KAVZ....yaml     public, in git; the name sorts by time and holds 80 random bits
    private/8c0f....yaml            what a person says: 0600 in 0700, never in git; the name is random only

Two people who save at once write two files, so two branches merge without a conflict. Each file ends in a seal of what
stands above it: a file that was damaged, or changed by hand, is set aside with its name and reason, and the rest reads.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import secrets
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError
from stagekansen_lib.fact_finding.acts import AnyAct, AnyPrivateAct, PrivateAct, act_from, plain_act
from stagekansen_lib.project.paths import project_folder

__all__ = [
    "ERASED",
    "SetAside",
    "acts_folder",
    "has_act_name",
    "make_private_home",
    "moment_now",
    "new_id",
    "private_folder",
    "read_act_files",
    "read_private_files",
    "remove_leftovers",
    "write_act_file",
    "write_whole_file",
]

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32, as in a ULID
_ID_LENGTH = 26
# An act is a page of text at most; a larger file is no act, and is not parsed.
_MOST_BYTES = 65_536
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_TEMPORARY = ".part"
ERASED = ".erased"


@dataclass(frozen=True)
class SetAside:
    """A file or act that does not count: its name, a reason of ``ledger.aside_*``, and more about it in plain words."""

    file: str
    reason: str
    more: str = ""


def acts_folder(folder: Path | None = None) -> Path:
    """The folder of the public acts of a ledger."""
    return (folder or _own_ledger()) / "acts"


def private_folder(folder: Path | None = None) -> Path:
    """The folder of what persons said. Only its owner may open it."""
    return (folder or _own_ledger()) / "private"


def _own_ledger() -> Path:
    """The ledger of the project: acts are said by the people of a project, and travel with no package."""
    return project_folder("data", "ledger")


_last_moment = [0]
_one_at_a_time = threading.Lock()


def new_id(moment: int | None = None, chance: bytes | None = None) -> str:
    """A name that sorts by time and that nobody else takes: 48 bits of milliseconds, 80 bits of chance.

    Within one process a later name always sorts later.

    >>> new_id(0, b"0" * 10), len(new_id())
    ('000000000060R30C1G60R30C1G', 26)
    """
    if moment is None:
        with _one_at_a_time:
            moment = max(time.time_ns() // 1_000_000, _last_moment[0] + 1)
            _last_moment[0] = moment
    number = (moment << 80) | int.from_bytes(chance or secrets.token_bytes(10), "big")
    return "".join(_LETTERS[(number >> shift) & 31] for shift in range(5 * (_ID_LENGTH - 1), -1, -5))


def moment_now() -> str:
    """The present moment as it stands in an act: UTC, to the second.

    >>> len(moment_now())
    20
    """
    return dt.datetime.now(dt.UTC).strftime(_MOMENT)


def has_act_name(text: str) -> bool:
    """Whether a text could be the id of a public act."""
    return len(text) == _ID_LENGTH and set(text) <= set(_LETTERS)


def write_act_file(act: AnyAct | AnyPrivateAct, folder: Path | None = None) -> Path:
    """Write an act that has its id; gives the file. A private act goes to the private folder by itself.

    The file is complete and on the disk before it has its name, so a crash leaves a whole file or none.
    """
    if isinstance(act, PrivateAct):
        home = private_folder(folder)
        make_private_home(home)
        return write_whole_file(home / f"{act.id}.yaml", _file_text(act), mode=0o600)
    return write_whole_file(acts_folder(folder) / act.at[:7] / f"{act.id}.yaml", _file_text(act), mode=0o644)


def make_private_home(home: Path) -> None:
    """A folder that only its owner opens. Wherever a ledger lies, a sprint's too, git sees nothing of what is in it."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)
    path = home / ".gitignore"
    if not path.exists():
        write_whole_file(path, b"*\n", mode=0o600)


def _file_text(act: AnyAct | AnyPrivateAct) -> bytes:
    import yaml

    content = plain_act(act)
    order = ("id", "at", "kind", "subject", "role")
    whole = {name: content[name] for name in (*order, *content) if name in content}
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(whole, Dumper=dumper, allow_unicode=True, sort_keys=False, width=118)
    told = str(text).encode()
    return told + b"seal: " + _seal(told) + b"\n"


def _seal(told: bytes) -> bytes:
    return hashlib.sha256(told).hexdigest().encode()


def _unsealed(content: bytes) -> bytes | None:
    """What stands above the seal; None when a single byte is not what was sealed. Git may change the ends of lines."""
    plain = content.replace(b"\r\n", b"\n")
    told, mark, seal = plain.rpartition(b"seal: ")
    return told if mark and seal == _seal(told) + b"\n" else None


def write_whole_file(path: Path, content: bytes, *, mode: int) -> Path:
    """Write a file that is complete and on the disk before it has its name."""
    for last_try in (False, True):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{secrets.token_hex(12)}{_TEMPORARY}")
        try:
            _write_through(temporary, content, mode)
            temporary.replace(path)
            break
        except FileNotFoundError:
            # An erasure clears away what is half written. Nothing was lost: it is written again.
            if last_try:
                raise
        finally:
            temporary.unlink(missing_ok=True)
    _keep_names(path.parent)
    return path


def _write_through(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _keep_names(folder: Path) -> None:
    """The names in a folder, on the disk. Windows has no such call and does it by itself."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_leftovers(folder: Path | None = None) -> None:
    """Clear away what a crash left half written among what persons said."""
    for path in private_folder(folder).glob(f".*{_TEMPORARY}"):
        path.unlink(missing_ok=True)


def read_act_files(folder: Path | None = None) -> tuple[tuple[AnyAct, ...], tuple[SetAside, ...]]:
    """All public acts, the earliest first, and the files that do not count with the reason of each."""
    return _read_all(acts_folder(folder), private=False)


def read_private_files(folder: Path | None = None) -> tuple[tuple[AnyPrivateAct, ...], tuple[SetAside, ...]]:
    """What persons said, in the order of random names, and the files that do not count."""
    return _read_all(private_folder(folder), private=True)


def _read_all(home: Path, *, private: bool) -> tuple[tuple[Any, ...], tuple[SetAside, ...]]:
    acts: dict[str, Any] = {}
    aside: list[SetAside] = []
    for path, name in _files(home):
        found = _read_one(path, name, private=private)
        if isinstance(found, SetAside):
            aside.append(found)
        elif found.id in acts:
            aside.append(SetAside(name, "twice"))
        else:
            acts[found.id] = found
    return tuple(acts[key] for key in sorted(acts)), tuple(aside)


def _files(home: Path) -> Iterator[tuple[Path, str]]:
    """Files that could be acts with their names inside the folder, in the same order on every computer.

    Hidden files are half written or of a tool.
    """
    for place, folders, names in os.walk(home):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(place).relative_to(home)
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(ERASED):
                yield Path(place, name), (inside / name).as_posix()


# Files never change, so an act that was read stays read: (path, time of change, size) -> act. A file younger than this
# is read again: the clock of a disk ticks in steps, and a change within one step would go unseen.
_known: dict[tuple[str, int, int], Any] = {}
_SETTLED = 100_000_000  # nanoseconds


def _read_one(path: Path, name: str, *, private: bool) -> Any:
    try:
        facts = path.lstat()
        if not stat.S_ISREG(facts.st_mode):
            return SetAside(name, "no_file")
        if not private:
            return _remembered(path, name, facts)
        if path.with_suffix(ERASED).exists():
            return SetAside(name, "erased")
        return _parsed(path, name, facts.st_size, private=True)
    except OSError as failure:
        return SetAside(name, "unreadable", failure.strerror or "")


def _remembered(path: Path, name: str, facts: os.stat_result) -> Any:
    key = (str(path), facts.st_mtime_ns, facts.st_size)
    if key in _known:
        return _known[key]
    found = _parsed(path, name, facts.st_size, private=False)
    if not isinstance(found, SetAside) and time.time_ns() - facts.st_mtime_ns > _SETTLED:
        _known[key] = found
    return found


def _parsed(path: Path, name: str, size: int, *, private: bool) -> Any:
    content = _content(path, size)
    if not isinstance(content, dict):
        return SetAside(name, content)
    try:
        act = act_from(content)
    except InputError as failure:
        return SetAside(name, "content", " ".join(str(problem) for problem in failure.problems))
    if act.id != path.stem or isinstance(act, PrivateAct) is not private or not (private or _dated(act)):
        return SetAside(name, "name")
    return act


def _content(path: Path, size: int) -> dict[str, Any] | str:
    """What a file holds, or the reason why it holds no act."""
    import yaml

    if path.suffix != ".yaml":
        return "no_act"
    if size > _MOST_BYTES:
        return "large"
    told = _unsealed(path.read_bytes())
    if told is None:
        return "seal"  # nothing of it is parsed
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(told.decode("utf-8"), Loader=loader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError, OverflowError):
        return "yaml"
    return content if isinstance(content, dict) and all(isinstance(key, str) for key in content) else "yaml"


def _dated(act: Any) -> bool:
    """Whether a public act has a name of its kind and a moment in UTC."""
    try:
        dt.datetime.strptime(act.at, _MOMENT)
    except ValueError:
        return False
    return has_act_name(act.id)
