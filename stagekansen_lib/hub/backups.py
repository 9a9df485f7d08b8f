"""Backups of a team's answers, and back: in minutes, and without who withdrew since.

All reading and writing in a folder of a team is done by the team's own user, never by root: what a team puts there
cannot lead root elsewhere. Who withdrew is kept beside the backups at once, apart from them, and is only ever added to.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from stagekansen_lib.errors import DoubtWarning, InputError, Problem, StagekansenError
from stagekansen_lib.hub.setting_up import as_wanted, folders_of
from stagekansen_lib.hub.teams import Region, team_account
from stagekansen_lib.surveys.codebook_files import write_whole

__all__ = ["back_up", "backups_of", "keep_withdrawals", "restore"]

_KEPT = "withdrawn.json"
_ENDING = ".tar.gz"
_STAMP = "%Y%m%dT%H%M%SZ"
_KINDS = ("proofs", "voices")


def back_up(region: Region, team: str, *, now: dt.datetime | None = None) -> Path:
    """The file of a new backup of a team; those older than the region keeps them are removed.

    Raises
    ------
    StagekansenError : it could not be made; there is no half one then.
    """
    keep_withdrawals(region, team)
    moment = now or dt.datetime.now(dt.UTC)
    folder = _folder(region, team)
    made = folder / f"{moment.strftime(_STAMP)}{_ENDING}"
    part = folder / f".{made.name}.part"
    for left in folder.glob(f".*{_ENDING}.part"):
        if left.name < f".{(moment - dt.timedelta(days=1)).strftime(_STAMP)}":
            left.unlink()  # of a run that was cut off: answers that nobody would ever take away
    try:
        with _for_root(part) as stream:
            done = _as_team(region, team, "pack", into=stream)
        if done.returncode:
            raise StagekansenError(f"No backup of {team}: {_last_line(done.stderr)}")
        part.replace(made)
    finally:
        part.unlink(missing_ok=True)
    oldest = (moment - dt.timedelta(days=region.kept_days)).strftime(_STAMP)
    for old in backups_of(region, team):
        if old.name.removesuffix(_ENDING) < oldest:
            old.unlink()
    return made


def backups_of(region: Region, team: str) -> list[Path]:
    """The backups of a team, the oldest first."""
    return sorted(region.folder("backups", team_account(team)).glob(f"*{_ENDING}"))


def keep_withdrawals(region: Region, team: str) -> int:
    """Keep who withdrew from the answers of a team, beside its backups; how many are known now.

    What was kept before stays, whatever became of the team's folder since.
    """
    folder = _folder(region, team)
    known = _known(folder)
    if region.project_of(team).is_dir():
        done = _as_team(region, team, "withdrawn")
        if done.returncode:
            raise StagekansenError(f"Who withdrew from {team} could not be read: {_last_line(done.stderr)}")
        known = _together(known, json.loads(done.stdout))
        write_whole(folder / _KEPT, json.dumps(known).encode(), private=True)
    return sum(len(entries) for entries in known.values())


def restore(region: Region, team: str, archive: Path | None = None) -> Path | None:
    """Put a team's project back from a backup, without who withdrew since; where what stood there is now, if anything.

    Parameters
    ----------
    archive : the backup; the newest when left out.

    Raises
    ------
    InputError : there is no backup, or the folder of the team is not as ``hub set-up`` makes it.
    StagekansenError : it could not be unpacked or cleared; what stood there stands there still.

    Warns
    -----
    DoubtWarning : a file that could not be searched for who withdrew, for a person to look at.
    """
    made = backups_of(region, team)
    chosen = archive or (made[-1] if made else None)
    if chosen is None or not chosen.is_file():
        raise InputError(Problem(f"There is no backup of the team '{team}' to put back.", str(archive or "")))
    wanted = next(one for one in folders_of(region) if one.path == region.project_of(team).parent)
    if not as_wanted(wanted):
        raise InputError(Problem("The folder of the team is not there, or not its own.", do="Run hub set-up first."))
    keep_withdrawals(region, team)
    known = json.dumps(_known(_folder(region, team))).encode()
    doubts: list[str] = []
    with chosen.open("rb") as stream:
        for step, given in (("unpack", stream), ("clear", known)):
            done = _as_team(region, team, step, given=given)
            if done.returncode:
                raise StagekansenError(f"Not put back: {_last_line(done.stderr)}")
            if step == "clear":
                doubts = done.stdout.decode("utf-8", "replace").splitlines()
    done = _as_team(region, team, "place")
    if done.returncode:
        raise StagekansenError(f"Not put back: {_last_line(done.stderr)}")
    for doubt in doubts:
        warnings.warn(DoubtWarning(doubt), stacklevel=2)
    before = done.stdout.decode().strip()
    return Path(before) if before else None


def _folder(region: Region, team: str) -> Path:
    if team not in region.teams:
        raise InputError(Problem(f"There is no team '{team}' in the file.", do=f"Known: {', '.join(region.teams)}."))
    folder = region.folder("backups", team_account(team))
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _for_root(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _known(folder: Path) -> dict[str, list[Any]]:
    file = folder / _KEPT
    return json.loads(file.read_text("utf-8")) if file.is_file() else {kind: [] for kind in _KINDS}


def _together(known: dict[str, list[Any]], found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {kind: [*known[kind], *(one for one in found[kind] if one not in known[kind])] for kind in _KINDS}


def _as_team(
    region: Region, team: str, step: str, *, given: Any = None, into: Any = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    """A step of ``packing`` in a process of the team's user, with nothing of root's environment."""
    name = team_account(team)
    words: Sequence[str] = [sys.executable, "-P", "-m", "stagekansen_lib.hub.packing", step]
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        as_user = {"user": name, "group": name, "extra_groups": [], "umask": 0o077}
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "PYTHONPATH") if key in os.environ}
    where = {"stdin": given} if hasattr(given, "fileno") else {"input": given or b""}
    return subprocess.run(
        words, stdout=into, stderr=subprocess.PIPE, check=False, cwd="/", **where, **as_user,
        env={**kept, "STAGEKANSEN_HOME": str(region.project_of(team)), "HOME": str(region.project_of(team).parent)},
    )  # fmt: skip


def _last_line(said: bytes) -> str:
    return (said.decode("utf-8", "replace").strip().splitlines() or ["no reason was given"])[-1]
