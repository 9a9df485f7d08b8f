"""The server of a team: one process of the team's own user, bounded where systemd runs."""

from __future__ import annotations

import importlib.util
from typing import Any

from stagekansen_lib.project.extras import needs

with needs("hub"):
    from jupyterhub.spawner import LocalProcessSpawner
    from traitlets import Dict, Unicode

__all__ = ["BoundedTeamServer", "TeamServer"]


class _OfTeam:
    """What both ways of starting share; the account of the server is the user of the system."""

    def _prepare(self: Any) -> None:
        if self.user.name not in self.projects:  # a person: nobody has a server of their own
            raise PermissionError("There is no server of this name.")

    def get_env(self: Any) -> dict[str, str]:
        """The environment: which project, and nothing of the hub's own."""
        env: dict[str, str] = super().get_env()  # type: ignore[misc]
        return {**env, "STAGEKANSEN_HOME": self.projects[self.user.name]}


class TeamServer(_OfTeam, LocalProcessSpawner):  # type: ignore[misc]
    """Started by the hub itself, which then is root and becomes the team's user first."""

    projects = Dict(config=True, help="The project of each account.")
    limits = Dict(config=True, help="What the server of each account may take.")

    async def start(self) -> Any:
        """Start it; refused for an account without a project."""
        self._prepare()
        return await super().start()


def _bounded() -> type:
    with needs("hub"):
        from systemdspawner import SystemdSpawner

    class BoundedTeamServer(_OfTeam, SystemdSpawner):  # type: ignore[misc]
        projects = Dict(config=True, help="The project of each account.")
        limits = Dict(config=True, help="What the server of each account may take.")
        # Read before a server starts: `systemctl status stagekansen-team-NAME`.
        unit_name_template = Unicode("stagekansen-{USERNAME}", config=True)

        async def start(self) -> Any:
            self._prepare()
            bound = self.limits[self.user.name]
            self.mem_limit, self.cpu_limit = bound["memory"], bound["cpu"]
            self.slice = "stagekansen-teams.slice"
            self.isolate_tmp = self.isolate_devices = self.disable_user_sudo = True
            # Other users' processes, and the names of files in their command lines, are not there.
            # Answers go nowhere: a program of a team reaches this computer and no other.
            alone = {"IPAddressDeny": "any", "IPAddressAllow": "localhost"}
            self.unit_extra_properties = {"UMask": "0077", "ProtectProc": "invisible", "TasksMax": "512", **alone}
            return await super().start()

    return BoundedTeamServer


if importlib.util.find_spec("systemdspawner"):
    BoundedTeamServer: Any = _bounded()
