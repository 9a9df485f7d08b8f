"""The one file of a region, ``teams.yaml``: who is in which team, who decides, who keeps the server running.

Accounts, groups, roles, users of the system, folders and rights all follow from it. Nothing of it is kept twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.yaml_files import read_yaml

__all__ = ["DASHBOARDS", "RELEASES", "Limits", "Ports", "Region", "Team", "read_teams", "team_account"]

# Users of the system beside those of the teams: who shows what is published, and who makes releases.
DASHBOARDS, RELEASES = "sk-dashboards", "sk-releases"
_BEFORE_TEAM = "team-"
_LONGEST_USER = 32

_Id = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=24)]
_Person = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9]*([._@-][a-z0-9]+)*$", max_length=64)]
_Size = Annotated[str, StringConstraints(strict=True, pattern=r"^[1-9][0-9]*[MG]$")]
_Place = Annotated[str, StringConstraints(strict=True, pattern=r"^(/[A-Za-z0-9_][A-Za-z0-9._-]*){2,}$", max_length=200)]
_Line = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=120)]
_Port = Annotated[int, Field(strict=True, ge=1024, le=65_535)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Strict):
    """What one team's server may take; beyond it that server is ended, and no other."""

    memory: _Size = "4G"
    cpu: Annotated[float, Field(gt=0, le=256)] = 2.0
    storage: _Size = "10G"
    idle_hours: Annotated[float, Field(gt=0, le=72)] = 4.0


class Ports(_Strict):
    """Ports of this computer alone; the web server in front is the only one that others reach."""

    front: _Port = 8000
    proxy: _Port = 8001
    hub: _Port = 8081
    releases: _Port = 8082


class Team(_Strict):
    """A team: a title for people, and its members by the names of their accounts."""

    title: _Line
    members: Annotated[tuple[_Person, ...], Field(min_length=1)]
    limits: Limits | None = None


class Region(_Strict):
    """All teams of a region, and the people beside them.

    Parameters
    ----------
    region, title : short name, and the name for people.
    home : the folder of the server below which everything of the hub lies.
    address : where people find the hub, such as "https://werkbank.example.org".
    accounts : "embedded" (made here, approved by a maintainer) or "surfconext" (of their own institution).
    more_settings : a file of further settings of JupyterHub, needed for "surfconext"; deploy/hub/surfconext.py is one.
    teams : by their id; each becomes the user "team-ID" of the system.
    gatekeepers : at least two, because a release needs two persons.
    steering_group : who sees the pages behind the login, and no answers.
    maintainers : who approves accounts and ends servers, and sees no answers through the hub.
    kept_days : how long a backup of answers is kept.
    """

    region: _Id
    title: _Line
    home: _Place = "/srv/stagekansen"
    address: Annotated[str, StringConstraints(strict=True, pattern=r"^https?://[a-z0-9.-]+(:[0-9]+)?$")]
    accounts: Literal["embedded", "surfconext"] = "embedded"
    more_settings: _Place | None = None
    teams: Annotated[dict[_Id, Team], Field(min_length=1)]
    gatekeepers: Annotated[tuple[_Person, ...], Field(min_length=2)]
    steering_group: tuple[_Person, ...] = ()
    maintainers: Annotated[tuple[_Person, ...], Field(min_length=1)]
    limits: Limits = Limits()
    ports: Ports = Ports()
    kept_days: Annotated[int, Field(strict=True, ge=1, le=90)] = 14

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who may have an account, by name."""
        named = (*self.gatekeepers, *self.steering_group, *self.maintainers)
        return tuple(sorted({*named, *(one for team in self.teams.values() for one in team.members)}))

    def limits_of(self, team: str) -> Limits:
        """What the server of a team may take."""
        return self.teams[team].limits or self.limits

    def folder(self, *parts: str) -> Path:
        """A folder below the home of the hub."""
        return Path(self.home, *parts)

    def project_of(self, team: str) -> Path:
        """The project of a team: its clone, with its answers."""
        return self.folder("teams", team_account(team), "project")


def team_account(team: str) -> str:
    """The account of a team: a user of the hub and of the system, with which nobody can log in.

    >>> team_account("mbo-west")
    'team-mbo-west'
    """
    return f"{_BEFORE_TEAM}{team}"


def read_teams(path: Path) -> Region:
    """The region in a file.

    Raises
    ------
    InputError : the file cannot be read, or something in it is missing, unknown, double or cannot be; all of it is
        named at once.
    """
    content = read_yaml(path)
    problems = [Problem(f"'{name}' stands there twice.", f"{path.name}, line {line}", "Keep one: only the last would "
                        "count.") for name, line in _twice(path)]  # fmt: skip
    try:
        region = Region.model_validate(content)
    except ValidationError as wrong:
        problems += [_problem(one, path.name) for one in wrong.errors(include_url=False)]
        raise InputError(problems, title="The file of teams cannot be used.") from None
    problems += [Problem(what, path.name, do) for what, do in _cannot_be(region)]
    if problems:
        raise InputError(problems, title="The file of teams cannot be used.")
    return region


def _twice(path: Path) -> Iterator[tuple[str, int]]:
    """Names that stand twice beside each other: a reader of YAML would take the last and say nothing."""
    import yaml

    waiting = [yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            counted = Counter(key.value for key, _ in node.value)
            for key, value in node.value:
                if counted[key.value] > 1:
                    counted[key.value] = 0
                    yield str(key.value), key.start_mark.line + 1
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


_SAID: Mapping[str, tuple[str, str]] = {
    "missing": ("This is missing.", "Add it; deploy/hub/teams.yaml shows how."),
    "extra_forbidden": ("This is unknown.", "Look for a slip of the pen, or leave it out."),
    "string_pattern_mismatch": (
        "This is no name that can be used here.",
        "Use small letters, digits and single hyphens; begin with a letter.",
    ),
    "string_type": ("This is no text.", "Put it between quotation marks: YAML reads no, on and 12 as something else."),
    "too_short": ("Too few are named.", "A release needs two gatekeepers; a team a member; a hub a maintainer."),
}


def _problem(wrong: Any, name: str) -> Problem:
    place = ".".join(str(part) for part in wrong["loc"] if part != "[key]")
    what, do = _SAID.get(wrong["type"], (f"{wrong['msg']}.", ""))
    if wrong["type"] == "string_pattern_mismatch" and place in ("address", "home", "more_settings"):
        do = "Write https://NAME, without a path." if place == "address" else "Write a whole path such as /srv/hub."
    return Problem(what, f"{name}, {place}" if place else name, do)


def _cannot_be(region: Region) -> Iterator[tuple[str, str]]:
    """What each part allows and the whole does not."""
    yield from _people_problems(region)
    for name in region.teams:
        if len(team_account(name)) > _LONGEST_USER:
            yield f"The team '{name}' has too long a name for a user of the system.", "Shorten it to 27 signs."
    if region.accounts == "surfconext" and not region.more_settings:
        yield (
            "Accounts of institutions need 'more_settings'.",
            "Fill in deploy/hub/surfconext.py.",
        )
    ports = list(region.ports.model_dump().values())
    if len(set(ports)) < len(ports):
        yield "Two parts of the hub have the same port.", "Give each its own."


def _people_problems(region: Region) -> Iterator[tuple[str, str]]:
    taken = {DASHBOARDS, RELEASES, "root", "admin", "authorize", "signup"}
    for person in region.people:
        if person.startswith(_BEFORE_TEAM) or person in taken:
            yield f"'{person}' cannot be the name of a person: it is an account of the hub.", "Choose another name."
    lists = {name: getattr(region, name) for name in ("gatekeepers", "steering_group", "maintainers")}
    lists |= {f"teams.{name}": team.members for name, team in region.teams.items()}
    for where, named in lists.items():
        for person in _doubles(named):
            yield f"'{person}' stands twice in {where}.", "A name twice is one person."
    for person in _doubles([one for team in region.teams.values() for one in set(team.members)]):
        yield (
            f"'{person}' is in two teams, and so would carry answers of the one into the other.",
            "Keep each person in one team; a second account is a second person.",
        )
    for name in region.teams:
        if len(set(region.gatekeepers) - set(region.teams[name].members)) < 2:
            yield (
                f"Too few gatekeepers stand outside the team '{name}' to judge its releases.",
                "Name two who are not in it.",
            )


def _doubles(named: Any) -> list[str]:
    return sorted(name for name, times in Counter(named).items() if times > 1)
