"""Check a hub, write its configuration, start it; let somebody in from the command line."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from stagekansen_lib.errors import InputError, Problem, RefusedError, did_you_mean
from stagekansen_lib.hub.setting_up import as_wanted, folders_of, system_user, users_of
from stagekansen_lib.hub.settings import hub_settings, settings_file, systemd_runs
from stagekansen_lib.hub.teams import RELEASES, Region
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.surveys.codebook_files import write_whole
from stagekansen_lib.wording import Language

__all__ = ["approve", "forget", "lacking", "proxy_program", "start", "write_settings"]

_PROXY = "configurable-http-proxy"
_PACKAGES = {
    "jupyterhub": "jupyterhub",
    "nativeauthenticator": "jupyterhub-nativeauthenticator",
    "oauthenticator": "oauthenticator",
    "jupyterhub_idle_culler": "jupyterhub-idle-culler",
    "jupyter_server_ydoc": "jupyter-collaboration",
}


def lacking(region: Region) -> list[Problem]:
    """All that still stands between this computer and a hub for the region; nothing when it can start."""
    found = [
        Problem(f"The package '{package}' is not installed.", do="Run: python3 start.py hub check")
        for module, package in _PACKAGES.items()
        if importlib.util.find_spec(module) is None
    ]
    if systemd_runs() and importlib.util.find_spec("systemdspawner") is None:
        found.append(
            Problem(
                "The package 'jupyterhub-systemdspawner' is not installed: no server has a bound.",
                do="Run: python3 start.py hub check",
            )
        )
    if not proxy_program():
        found.append(Problem(f"The program '{_PROXY}' is not installed.", do="Run: npm ci --prefix deploy/hub"))
    for user in users_of(region):
        there = system_user(user.name)
        if there is None or there.home != user.home:
            what = "is not there" if there is None else "lives elsewhere"
            found.append(Problem(f"The user '{user.name}' {what}.", do="Run: stagekansen hub set-up"))
    found += [
        Problem(
            "This folder is not there, or is not its owner's alone.", str(wanted.path), "Run: stagekansen hub set-up"
        )
        for wanted in folders_of(region)
        if not as_wanted(wanted)
    ]
    if os.geteuid() == 0 and not found and not _runs_for(users_of(region)[0].name):
        found.append(
            Problem("The users of teams cannot run this Python.", sys.executable, "Install the project outside /root.")
        )
    # Only root looks into a folder of a team, and only whether the project is there.
    if os.geteuid() == 0:
        homes = [user.home for user in users_of(region) if user.name != RELEASES]
        found += [
            Problem("There is no project for this team.", str(home / "project"), "Run: stagekansen hub set-up")
            for home in homes
            if home.is_dir() and not (home / "project" / "data").is_dir()
        ]
    return found


def proxy_program() -> str:
    """The proxy of JupyterHub: as the lock in the project installs it, or on the path; "" when it is in neither."""
    place = str(project_folder("deploy", "hub", "node_modules", ".bin"))
    return shutil.which(_PROXY, path=place) or shutil.which(_PROXY) or ""


def _runs_for(user: str) -> bool:
    """Whether this Python, with this library, starts under another user: one in the home of root does not."""
    words = [sys.executable, "-P", "-c", "import stagekansen_lib"]
    try:
        done = subprocess.run(
            words, user=user, group=user, extra_groups=[], cwd="/", capture_output=True, check=False,
        )  # fmt: skip
    except OSError:
        return False
    return done.returncode == 0


def write_settings(region: Region, language: Language) -> Path:
    """The file of settings for JupyterHub, written anew.

    Raises
    ------
    InputError : something is lacking; all of it is named.
    """
    if problems := lacking(region):
        raise InputError(problems, title="The hub cannot start yet.")
    settings = hub_settings(region, proxy=proxy_program(), language=language, cgroups=systemd_runs())
    file = region.folder("hub", "jupyterhub_config.py")
    write_whole(file, settings_file(settings, region.more_settings).encode(), private=True)
    return file


def start(region: Region, language: Language) -> NoReturn:
    """Become the hub of the region, until it is stopped.

    Raises
    ------
    RefusedError : not run as root, who alone can start a server under another user.
    InputError : something is lacking.
    """
    if os.geteuid() != 0:
        raise RefusedError("Only root can start the servers of teams under their own users. Run it with sudo.")
    file = write_settings(region, language)
    os.umask(0o077)
    os.chdir(file.parent)
    sys.stdout.flush()
    words = [sys.executable, "-P", "-m", "stagekansen_lib.hub.running", "-f", str(file)]
    os.execv(sys.executable, words)


def approve(region: Region, person: str) -> None:
    """Let a person in who signed up: for the first maintainer, whom nobody else can approve.

    Raises
    ------
    InputError : the name is not in the file, or nobody signed up under it.
    """
    _on_account(region, person, "update users_info set is_authorized = 1 where username = ?")


def forget(region: Region, person: str) -> None:
    """Empty the account of who forgot the password: they sign up anew, and are let in anew.

    Raises
    ------
    InputError : the name is not in the file, or nobody signed up under it.
    """
    _on_account(region, person, "delete from users_info where username = ?")


def _on_account(region: Region, person: str, change: str) -> None:
    """Root alone opens this file: it is no way for who maintains the hub by its pages."""
    if person not in region.people:
        raise InputError(Problem(f"'{person}' is not in the file of teams.", do=did_you_mean(person, region.people)))
    file = region.folder("hub", "jupyterhub.sqlite")
    changed = 0
    if file.is_file():
        with closing(sqlite3.connect(file)) as accounts, accounts:
            known = accounts.execute("select 1 from sqlite_master where name = 'users_info'").fetchone()
            if known:
                changed = accounts.execute(change, (person,)).rowcount
    if not changed:
        raise InputError(
            Problem(
                f"Nobody has signed up as '{person}' yet.", do="Sign up on the page of the hub first, then run this."
            )
        )
