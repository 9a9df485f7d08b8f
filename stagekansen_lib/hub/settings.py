"""The configuration of JupyterHub for a region, as data; written to a file that it reads at its start."""

from __future__ import annotations

import os
import pprint
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagekansen_lib.hub.roles import APPROVING, RELEASE_SERVICE, groups_of, roles_of
from stagekansen_lib.hub.teams import DASHBOARDS, RELEASES, Limits, Region, team_account
from stagekansen_lib.project.paths import library_folder
from stagekansen_lib.wording import Language, say

__all__ = ["hub_settings", "settings_file", "systemd_runs"]

Settings = dict[str, dict[str, Any]]
_HERE = "127.0.0.1"
_ACCOUNTS = {
    "embedded": "stagekansen_lib.hub.accounts.KnownPeople",
    "surfconext": "stagekansen_lib.hub.accounts.PeopleOfInstitutions",
}
# What a server of a team is told of the hub's own environment: nothing but the way to programs.
_KEPT = ("PATH", "LANG", "STAGEKANSEN_LANGUAGE")
_OWN_HOST = ("default-src 'self'", "frame-ancestors 'none'")


def hub_settings(region: Region, *, proxy: str, language: Language, cgroups: bool) -> Settings:
    """All settings, by class and name.

    Parameters
    ----------
    region : who is in it.
    proxy : the program configurable-http-proxy.
    language : of the pages of the hub.
    cgroups : whether systemd runs here, and so can bound each server.
    """
    shown = [*map(team_account, region.teams), DASHBOARDS]
    spawner = "BoundedTeamServer" if cgroups else "TeamServer"
    ports = region.ports
    return {
        "JupyterHub": {
            "bind_url": f"http://{_HERE}:{ports.front}",
            "hub_bind_url": f"http://{_HERE}:{ports.hub}",
            "authenticator_class": _ACCOUNTS[region.accounts],
            "spawner_class": f"stagekansen_lib.hub.spawning.{spawner}",
            "custom_scopes": {APPROVING: {"description": "Let in who signed up."}},
            "load_groups": groups_of(region),
            "load_roles": roles_of(region),
            "services": _services(region, language),
            "template_paths": [str(library_folder("hub", "templates"))],
            "template_vars": {"region": region.title, "words": _words(language), "shown": _titles(region, language)},
            "allow_named_servers": False,
            "redirect_to_server": False,
            # All at once: whoever comes beyond the limit is refused and not made to wait. Twenty take half a minute.
            "concurrent_spawn_limit": len(shown),
            "cleanup_servers": True,
            "db_url": f"sqlite:///{region.folder('hub', 'jupyterhub.sqlite')}",
            "cookie_secret_file": str(region.folder("hub", "cookie-secret")),
            # Who asks for what is nobody's business: addresses hold names of files. Errors are told all the same.
            "log_level": 40,
            "tornado_settings": {
                "oauth_no_confirm_list": [f"service-{RELEASE_SERVICE}", *(f"jupyterhub-user-{name}" for name in shown)],
                "headers": {"Content-Security-Policy": "; ".join(_OWN_HOST[1:]), "X-Content-Type-Options": "nosniff"},
            },
        },
        "ConfigurableHTTPProxy": {
            # It would write each address that it cannot find, with the names of files in it.
            "command": ["sh", "-c", 'exec "$0" "$@" >/dev/null 2>&1', proxy],
            "api_url": f"http://{_HERE}:{ports.proxy}",
            "pid_file": str(region.folder("hub", "proxy.pid")),
        },
        "Authenticator": {
            # Not among `allowed_users`: the embedded accounts would then let in, without approval, whoever signs up
            # first under a name that is listed there. The class itself knows who is in the file.
            "allow_all": True,
            "admin_users": [],
            "delete_invalid_users": True,
        },
        "KnownPeople": {
            "people": list(region.people),
            "written_down": str(region.folder("hub", "let-in.txt")),
            "open_signup": False,
            "enable_signup": True,
            "minimum_password_length": 12,
            "check_common_password": True,
            "allowed_failed_logins": 5,
            "seconds_before_next_try": 600,
        },
        "PeopleOfInstitutions": {"people": list(region.people)},
        spawner: {
            "projects": {name: str(folder) for name, folder in _projects(region).items()},
            "limits": {name: limits.model_dump() for name, limits in _limits(region).items()},
            "notebook_dir": "",
            "start_timeout": 120,
            "http_timeout": 120,
            "cmd": [sys.executable, "-P", "-m", "stagekansen_lib.hub.team_server"],
            "env_keep": list(_KEPT),
        },
    }


def _projects(region: Region) -> Mapping[str, Path]:
    teams = {team_account(name): region.project_of(name) for name in region.teams}
    return {**teams, DASHBOARDS: region.folder("teams", DASHBOARDS, "project")}


def _limits(region: Region) -> Mapping[str, Limits]:
    return {**{team_account(name): region.limits_of(name) for name in region.teams}, DASHBOARDS: region.limits}


def _services(region: Region, language: Language) -> list[dict[str, Any]]:
    seconds = int(max(one.idle_hours for one in _limits(region).values()) * 3600)
    culler = [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={seconds}"]
    requests = region.folder("releases", "requests")
    return [
        {"name": "idle-culler", "command": culler},
        {
            "name": RELEASE_SERVICE,
            "url": f"http://{_HERE}:{region.ports.releases}",
            "command": [sys.executable, "-P", "-m", "stagekansen_lib.hub.release_service", str(requests)],
            "user": RELEASES,
            "environment": {"STAGEKANSEN_REGION": region.model_dump_json(), "STAGEKANSEN_LANGUAGE": language},
            "oauth_client_allowed_scopes": ["read:users:groups!user"],
        },
    ]


def _titles(region: Region, language: Language) -> dict[str, str]:
    """What a person reads for each server."""
    teams = {team_account(name): team.title for name, team in region.teams.items()}
    return {**teams, DASHBOARDS: say("hub.dashboards", language)}


def _words(language: Language) -> dict[str, str]:
    keys = ["your_places", "open", "no_place", "releases", "not_running", "failed", "start"]
    keys += ["approve", "none_wait", "sure_who", "let_in", "send_away"]
    return {key: say(f"hub.{key}", language) for key in keys}


def settings_file(settings: Settings, more: str | None = None) -> str:
    """The settings as the file of Python that JupyterHub reads, and a file of further ones that goes after them."""
    lines = ["# Written by `stagekansen hub start` from teams.yaml: change that, not this.", "c = get_config()"]
    for name, values in settings.items():
        lines += [f"c.{name}.{key} = {pprint.pformat(value, width=110)}" for key, value in values.items()]
    if more:
        lines.append(f"load_subconfig({more!r})")
    return "\n".join([*lines, ""])


def systemd_runs() -> bool:
    """Whether systemd runs this computer."""
    return os.path.isdir("/run/systemd/system")  # noqa: PTH112
