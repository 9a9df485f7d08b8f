"""From teams.yaml to a server: users of the system, folders and clones, as commands that a person can read first.

Each command is there only while it is needed: a second run does nothing, and a run that broke off is finished by the
next. Nothing is ever removed: what stands there and is not in the file is named.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stagekansen_lib.errors import InputError, Problem, RefusedError, quoted
from stagekansen_lib.hub.teams import DASHBOARDS, RELEASES, Region, team_account
from stagekansen_lib.project.paths import project_folder

__all__ = ["SystemUser", "Wanted", "actions_of", "folders_of", "left_behind", "set_up", "system_user", "users_of"]

_ROOT = "root"


@dataclass(frozen=True)
class SystemUser:
    """A user of the system, with the folder that is its home."""

    name: str
    home: Path


@dataclass(frozen=True)
class Wanted:
    """A folder as it has to be: whose it is, and who may do what (as chmod writes it, in octal)."""

    path: Path
    owner: str
    rights: int


def users_of(region: Region) -> list[SystemUser]:
    """The users of the system that the region needs."""
    names = [*map(team_account, region.teams), DASHBOARDS]
    return [
        *(SystemUser(name, region.folder("teams", name)) for name in names),
        SystemUser(RELEASES, region.folder("releases")),
    ]


def folders_of(region: Region) -> list[Wanted]:
    """The folders that the region needs, each after the one that it lies in."""
    return [
        Wanted(region.folder(), _ROOT, 0o711),
        Wanted(region.folder("hub"), _ROOT, 0o700),
        Wanted(region.folder("backups"), _ROOT, 0o700),
        Wanted(region.folder("teams"), _ROOT, 0o711),
        *(Wanted(user.home, user.name, 0o700) for user in users_of(region)),
    ]


def system_user(name: str) -> SystemUser | None:
    """The user of the system of this name, when there is one."""
    import pwd

    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return SystemUser(name, Path(found.pw_dir))


def actions_of(region: Region, source: Path | None = None) -> list[list[str]]:
    """The commands that still have to be done, in order.

    Parameters
    ----------
    source : the clone that teams get a clone of; the project that the command runs from when left out.

    Raises
    ------
    InputError : a user of one of the names is there already and lives elsewhere: it is somebody else's.
    """
    clone = source or project_folder()
    do = "Choose another id for the team."
    strangers = [
        Problem(f"There is a user '{user.name}' already, who lives elsewhere.", do=do)
        for user in users_of(region)
        if (there := system_user(user.name)) and there.home != user.home
    ]
    if strangers:
        raise InputError(strangers)
    return [*_users(region), *_folders(region), *_clones(region, clone)]


def _users(region: Region) -> Iterator[list[str]]:
    for user in users_of(region):
        if system_user(user.name) is None:
            kept = ["--home-dir", str(user.home), "--no-create-home", "--shell", "/usr/sbin/nologin"]
            yield ["useradd", "--system", "--user-group", *kept, user.name]


def _folders(region: Region) -> Iterator[list[str]]:
    for wanted in folders_of(region):
        if not as_wanted(wanted):
            owned = ["-o", wanted.owner, "-g", wanted.owner]
            yield ["install", "-d", "-m", f"{wanted.rights:04o}", *owned, str(wanted.path)]


def _clones(region: Region, source: Path) -> Iterator[list[str]]:
    for user in users_of(region):
        if user.name == RELEASES:
            continue
        place = user.home / "project"
        # In a folder of root alone, and put in place when it is the team's: a clone that broke off is no project, and
        # nothing that a team has put in its folder leads root elsewhere.
        made = region.folder("hub", f"{user.name}.new")
        if not (place / "data").is_dir():
            yield ["rm", "-rf", str(made)]
            yield ["git", "clone", "--quiet", "--no-hardlinks", str(source), str(made)]
            yield ["chown", "-R", "--no-dereference", f"{user.name}:{user.name}", str(made)]
            yield ["chmod", "-R", "go=", str(made)]
            yield ["mv", "-T", str(made), str(place)]


def as_wanted(wanted: Wanted) -> bool:
    """Whether a folder is there, is whose it has to be, and opens for nobody else."""
    import pwd

    try:
        seen = wanted.path.lstat()
        owner = pwd.getpwuid(seen.st_uid).pw_name
    except (OSError, KeyError):
        return False
    return stat.S_ISDIR(seen.st_mode) and owner == wanted.owner and stat.S_IMODE(seen.st_mode) == wanted.rights


def left_behind(region: Region) -> list[Path]:
    """Folders of teams that the file no longer names. They hold answers; a person decides."""
    folder = region.folder("teams")
    known = {user.home.name for user in users_of(region)}
    return [path for path in sorted(folder.iterdir()) if path.name not in known] if folder.is_dir() else []


def set_up(actions: Sequence[Sequence[str]]) -> None:
    """Do the commands, in order; stops at the first that fails.

    Raises
    ------
    RefusedError : not run as root.
    InputError : a program is not installed, or a command failed.
    """
    if actions and os.geteuid() != 0:
        raise RefusedError("Users and folders of others are made by root only. Run it with sudo, or with --dry-run.")
    for words in actions:
        if not shutil.which(words[0]):
            raise InputError(
                Problem(f"The program '{words[0]}' is not installed.", do="Install it, and run this again.")
            )
        done = subprocess.run(list(words), capture_output=True, text=True, check=False)
        if done.returncode:
            raise InputError(
                Problem(f"This failed: {quoted(*words)}", do=(done.stderr.strip().splitlines() or [""])[-1])
            )
