"""The same teams on a Kubernetes cluster: values for the charts of JupyterHub and of Dask Gateway, from teams.yaml.

A team is one pod with one claim of storage, as it is one user on a server; what each person may do is the same. There
are no backups, no release by two and no pages behind the login in these values.
"""

from __future__ import annotations

from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.hub.roles import RELEASE_SERVICE, groups_of, roles_of
from stagekansen_lib.hub.settings import hub_settings
from stagekansen_lib.hub.teams import Region, team_account
from stagekansen_lib.wording import Language

__all__ = ["gateway_values", "hub_values"]

_HOME, _PROJECT, _SOURCE = "/home/team", "/home/team/project", "/opt/stagekansen"
_GATEWAY = "dask-gateway"
# What belongs to one computer, and is the chart's business on a cluster.
_OF_A_SERVER = (
    "bind_url", "hub_bind_url", "spawner_class", "load_groups", "load_roles", "services", "db_url",
    "cookie_secret_file", "cleanup_servers", "template_paths", "template_vars",
    "tornado_settings",
)  # fmt: skip
# In the volume of the hub itself.
_WRITTEN_DOWN = "/srv/jupyterhub/let-in.txt"
_HOOK = """
from stagekansen_lib.project.paths import library_folder

limits = {limits!r}

def bounded(spawner):
    if spawner.user.name not in limits:  # a person: nobody has a server of their own
        raise PermissionError("There is no server of this name.")
    spawner.mem_limit, spawner.cpu_limit = limits[spawner.user.name]

c.Spawner.pre_spawn_hook = bounded
c.JupyterHub.load_groups = {groups!r}
c.JupyterHub.template_paths = [str(library_folder("hub", "templates"))]
c.JupyterHub.template_vars = {words!r}
c.JupyterHub.tornado_settings = {{"oauth_no_confirm_list": {trusted!r}}}
"""


def hub_values(region: Region, image: str, language: Language = "nl") -> dict[str, Any]:
    """Values for the chart "jupyterhub" (Zero to JupyterHub), whose hub is JupyterHub 5.5.

    Parameters
    ----------
    image : a container with this library and JupyterHub, such as "example/stagekansen:1"; for hub and teams alike.
    language : of the pages of the hub.

    Raises
    ------
    InputError : an image without a tag: what runs would change without anybody's doing.
    """
    name, tag = _image(image)
    settings = hub_settings(region, proxy="", language=language, cgroups=False)
    own = {key: value for key, value in settings["JupyterHub"].items() if key not in _OF_A_SERVER}
    accounts = {team_account(team): region.limits_of(team) for team in region.teams}
    hook = _HOOK.format(
        limits={account: (bound.memory, bound.cpu) for account, bound in accounts.items()},
        groups=groups_of(region),
        words={
            **settings["JupyterHub"]["template_vars"],
            "shown": {team_account(team): one.title for team, one in region.teams.items()},
        },
        trusted=[f"jupyterhub-user-{account}" for account in accounts],
    )
    classes = ("Authenticator", settings["JupyterHub"]["authenticator_class"].rpartition(".")[2])
    settings["KnownPeople"]["written_down"] = _WRITTEN_DOWN
    return {
        "hub": {
            "image": {"name": name, "tag": tag},
            "command": ["python", "-P", "-m", "stagekansen_lib.hub.running"],
            "args": ["--config", "/usr/local/etc/jupyterhub/jupyterhub_config.py"],
            "config": {"JupyterHub": own, **{one: settings[one] for one in classes}},
            "loadRoles": _roles(region),
            "extraConfig": {"teams": hook},
            "services": {_GATEWAY: {"display": False}},
            "networkPolicy": {"enabled": True},
        },
        "singleuser": _singleuser(region, name, tag, language),
        "cull": {"enabled": True, "timeout": int(region.limits.idle_hours * 3600), "every": 300, "users": False},
        "scheduling": {"userScheduler": {"enabled": True}, "userPlaceholder": {"enabled": False}},
        "prePuller": {"hook": {"enabled": False}},
    }


def _singleuser(region: Region, name: str, tag: str, language: Language) -> dict[str, Any]:
    storage = max((region.limits_of(team).storage for team in region.teams), key=_gigabytes)
    clone = f"test -d {_PROJECT}/data || git clone --quiet {_SOURCE} {_PROJECT}"
    return {
        "image": {"name": name, "tag": tag},
        "cmd": ["python", "-P", "-m", "stagekansen_lib.hub.team_server"],
        "startTimeout": 300,
        "extraEnv": {"STAGEKANSEN_HOME": _PROJECT, "STAGEKANSEN_LANGUAGE": language},
        "memory": {"limit": region.limits.memory, "guarantee": "512M"},
        "cpu": {"limit": region.limits.cpu, "guarantee": 0.1},
        "storage": {"type": "dynamic", "capacity": f"{storage}i", "homeMountPath": _HOME},
        # Answers go nowhere: a server of a team reaches the hub, and the gateway of the Dask cluster.
        "networkPolicy": {
            "enabled": True,
            "egressAllowRules": {
                "cloudMetadataServer": False, "dnsPortsPrivateIPs": True, "dnsPortsKubeSystemNamespace": True,
                "privateIPs": False, "nonPrivateIPs": False,
            },
        },
        "allowPrivilegeEscalation": False,
        "initContainers": [
            {
                "name": "project",
                "image": f"{name}:{tag}",
                "command": ["sh", "-c", clone],
                "securityContext": {"runAsUser": 1000, "allowPrivilegeEscalation": False},
                "volumeMounts": [{"name": "volume-{user_server}", "mountPath": _HOME}],
            }
        ],
    }  # fmt: skip


def _roles(region: Region) -> dict[str, dict[str, Any]]:
    """The roles by name, as the chart takes them; those of services that are not in these values are left out."""
    absent = {f"access:services!service={RELEASE_SERVICE}"}
    made = {
        role["name"]: {key: value for key, value in role.items() if key != "name"}
        for role in roles_of(region)
        if not role.get("services") and not absent & set(role["scopes"]) and "dashboards" not in role["name"]
    }
    accounts = [team_account(team) for team in region.teams]
    scopes = [f"access:services!service={_GATEWAY}"]
    return {**made, "long-computations": {"description": "Uses the cluster.", "users": accounts, "scopes": scopes}}


def gateway_values(region: Region, image: str) -> dict[str, Any]:
    """Values for the chart "dask-gateway": clusters of a team, within the bounds of that team.

    Raises
    ------
    InputError : an image without a tag.
    """
    name, tag = _image(image)
    most = max(1, int(max(region.limits_of(team).cpu for team in region.teams)))
    worker = {"cores": {"request": 1, "limit": 1}, "memory": {"request": "2G", "limit": "2G"}}
    return {
        "gateway": {
            "auth": {"type": "jupyterhub"},
            "backend": {"image": {"name": name, "tag": tag}, "worker": worker},
            "extraConfig": {
                "bounds": f"c.ClusterConfig.cluster_max_workers = {4 * most}\nc.ClusterConfig.idle_timeout = 1800\n"
            },
        },
        "traefik": {"service": {"type": "ClusterIP"}},
    }


def _image(image: str) -> tuple[str, str]:
    name, colon, tag = image.rpartition(":")
    if not colon or not tag or "/" in tag or tag == "latest":
        raise InputError(
            Problem("The image has no tag that stays the same.", image, "Write NAME:TAG, and not the tag 'latest'.")
        )
    return name, tag


def _gigabytes(size: str) -> float:
    return float(size[:-1]) * (1 if size.endswith("G") else 0.001)
