"""Requests for a release: asked by one gatekeeper, judged by another, neither of them in the team.

A request is a small file. It names people, a team and a survey, and holds nothing of an answer.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.hub.teams import Region
from stagekansen_lib.releases.reading import NAME
from stagekansen_lib.surveys.codebook_files import write_whole

__all__ = ["Request", "ask", "judge", "requests_in", "write_request"]


class Request(BaseModel):
    """A release that was asked for, and how far it is.

    Parameters
    ----------
    id : of the request.
    team, survey, wave, name : what is to be released, and under which name.
    asked_by, judged_by : two gatekeepers; the second is empty until there is a judgement.
    state : "asked", "approved", "refused" (by a person), "released" or "failed" (by the machine).
    told : one line of why, after "failed".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    team: str
    survey: str
    wave: str
    name: str
    asked_by: str
    asked_on: dt.date
    judged_by: str = ""
    state: Literal["asked", "approved", "refused", "released", "failed"] = "asked"
    told: str = ""


def ask(region: Region, folder: Path, *, team: str, survey: str, wave: str, name: str, person: str) -> Request:
    """A new request.

    Raises
    ------
    InputError : no such team, or a name that no release can have.
    RefusedError : the person is no gatekeeper, or is in the team.
    """
    if team not in region.teams:
        raise InputError(Problem(f"There is no team '{team}'.", do=f"Known: {', '.join(region.teams)}."))
    _refuse(region, team, person)
    problems = [Problem(f"'{what}' is missing.") for what, given in (("survey", survey), ("wave", wave)) if not given]
    if not NAME.fullmatch(name):
        problems.append(Problem("This cannot be the name of a release.", "name", "Use small letters, digits, hyphens."))
    if problems:
        raise InputError(problems)
    made = Request(
        id=secrets.token_hex(8), team=team, survey=survey, wave=wave, name=name, asked_by=person,
        asked_on=dt.date.today(),
    )  # fmt: skip
    write_request(folder, made)
    return made


def judge(region: Region, folder: Path, request_id: str, *, person: str, agrees: bool) -> Request:
    """The request with the judgement of a second person.

    Raises
    ------
    InputError : no such request, or one that was judged already.
    RefusedError : the person asked for it, is no gatekeeper, or is in the team.
    """
    request = next((one for one in requests_in(folder) if one.id == request_id and one.state == "asked"), None)
    if request is None:
        raise InputError(Problem("There is no such request that waits for a judgement."))
    _refuse(region, request.team, person)
    if person == request.asked_by:
        raise RefusedError("Who asks for a release does not judge it: that takes a second person.")
    judged = request.model_copy(update={"judged_by": person, "state": "approved" if agrees else "refused"})
    write_request(folder, judged)
    return judged


def requests_in(folder: Path) -> list[Request]:
    """All requests, by their id."""
    return [Request.model_validate_json(path.read_bytes()) for path in sorted(folder.glob("*.json"))]


def write_request(folder: Path, request: Request) -> None:
    """Write a request whole."""
    folder.mkdir(mode=0o700, exist_ok=True)
    write_whole(folder / f"{request.id}.json", json.dumps(request.model_dump(mode="json")).encode(), private=True)


def _refuse(region: Region, team: str, person: str) -> None:
    if person not in region.gatekeepers:
        raise RefusedError("Only a gatekeeper asks for a release or judges one.")
    if person in region.teams[team].members:
        raise RefusedError("A gatekeeper does not ask for or judge a release of a team that they are in.")
