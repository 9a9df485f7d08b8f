"""Carry out what two gatekeepers agreed on: a release from a copy of the team's answers, made by a user of its own.

The team never runs this, and who runs it never works in the team's folder: the team's user hands over a copy, the user
of releases makes the release from it with the library of the server, and the copy is gone afterwards. Links between
versions of a wave go back to the team, so that a withdrawal finds them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from stagekansen_lib.hub.release_requests import Request, requests_in
from stagekansen_lib.hub.teams import RELEASES, Region, team_account

__all__ = ["carry_out"]


def carry_out(region: Region) -> list[Request]:
    """Make every release that was agreed on; the requests as they are now, "released" or "failed"."""
    folder = region.folder("releases", "requests")
    return [_made(region, one) for one in requests_in(folder) if one.state == "approved"] if folder.is_dir() else []


def _made(region: Region, request: Request) -> Request:
    with tempfile.TemporaryFile() as copy, tempfile.TemporaryFile() as links:
        told = _step(team_account(request.team), ["packing", "pack"], region.project_of(request.team), into=copy)
        if not told:
            copy.seek(0)
            words = ["releasing", str(region.folder("releases")), request.model_dump_json()]
            told = _step(RELEASES, words, region.folder("releases"), given=copy, into=links)
        if not told:
            links.seek(0)
            told = _step(
                team_account(request.team), ["packing", "take-links"], region.project_of(request.team), given=links
            )
    made = request.model_copy(update={"state": "failed" if told else "released", "told": told[:300]})
    # Written by the user whose folder it is.
    _step(RELEASES, ["releasing", str(region.folder("releases")), made.model_dump_json(), "tell"], region.folder())
    return made


def _step(user: str, words: list[str], home: Path, *, given: Any = None, into: Any = None) -> str:
    """A step in a process of this user; one line of why when it failed."""
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        as_user = {"user": user, "group": user, "extra_groups": [], "umask": 0o077}
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "PYTHONPATH") if key in os.environ}
    done = subprocess.run(
        [sys.executable, "-P", "-m", f"stagekansen_lib.hub.{words[0]}", *words[1:]],
        stdin=given or subprocess.DEVNULL, stdout=into or subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
        cwd="/", env={**kept, "STAGEKANSEN_HOME": str(home), "HOME": str(home)}, **as_user,
    )  # fmt: skip
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return (lines or ["no reason was given"])[-1] if done.returncode else ""
