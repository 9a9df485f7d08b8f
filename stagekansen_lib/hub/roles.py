"""Groups and roles of a region as JupyterHub takes them, and who can do what by them.

Nobody has a server of their own, and nobody is an administrator of JupyterHub: that would open every team.
"""

from __future__ import annotations

from typing import Any

from stagekansen_lib.hub.teams import DASHBOARDS, Region, team_account

__all__ = [
    "APPROVING",
    "GATEKEEPERS",
    "MAINTAINERS",
    "RELEASE_SERVICE",
    "STEERING_GROUP",
    "groups_of",
    "roles_of",
    "scopes_of",
]

GATEKEEPERS, STEERING_GROUP, MAINTAINERS = "gatekeepers", "steering-group", "maintainers"
# Our own, for letting in who signed up. JupyterHub's is "admin:users": it renames accounts and takes them away as well,
# and so is a way into every team.
APPROVING = "custom:accounts"
RELEASE_SERVICE, _CULLER = "releases", "idle-culler"

Role = dict[str, Any]


def groups_of(region: Region) -> dict[str, dict[str, list[str]]]:
    """Each group with its people; the group of a team bears the name of the team's account."""
    named = {
        GATEKEEPERS: region.gatekeepers,
        STEERING_GROUP: region.steering_group,
        MAINTAINERS: region.maintainers,
        **{team_account(name): team.members for name, team in region.teams.items()},
    }
    return {name: {"users": sorted(people)} for name, people in named.items()}


def roles_of(region: Region) -> list[Role]:
    """The roles that the hub starts with; ``user`` is what everybody with an account has."""
    return [
        {"name": "user", "description": "Sees its own name.", "scopes": ["read:users!user"]},
        *(role for name in region.teams for role in _shared(team_account(name), [team_account(name)])),
        *_shared(DASHBOARDS, [STEERING_GROUP, GATEKEEPERS]),
        {
            "name": "releases-of-teams",
            "description": "Asks for a release, or judges one.",
            "groups": [GATEKEEPERS],
            "scopes": [f"access:services!service={RELEASE_SERVICE}"],
        },
        {
            "name": "release-service",
            "description": "Knows who is a gatekeeper.",
            "services": [RELEASE_SERVICE],
            "scopes": ["read:users:name", "read:users:groups", "list:users"],
        },
        {
            "name": "maintaining",
            "description": "Lets in who signed up, sees and ends servers; opens none, and changes no account.",
            "groups": [MAINTAINERS],
            "scopes": ["admin-ui", APPROVING, "list:users", "read:servers", "delete:servers", "read:hub"],
        },
        {
            "name": "culling",
            "description": "Ends servers that nobody uses.",
            "services": [_CULLER],
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        },
    ]


def _shared(account: str, groups: list[str]) -> list[Role]:
    """Two roles: people of these groups use the server of an account; the account itself tells how it does."""
    return [
        {
            "name": f"{account}-people",
            "description": f"Uses the server of {account}.",
            "groups": groups,
            "scopes": [
                f"{scope}!user={account}"
                for scope in ("access:servers", "servers", "read:servers", "read:users:name", "list:users")
            ],
        },
        {
            "name": f"{account}-account",
            "description": f"What the server of {account} may ask.",
            "users": [account],
            "scopes": [
                f"{scope}!user={account}"
                for scope in ("users:activity", "access:servers", "read:users:name", "read:users:groups")
            ],
        },
    ]


def scopes_of(region: Region, person: str) -> frozenset[str]:
    """What a person may do, as the roles say it; nothing for who has no account.

    >>> from stagekansen_lib.hub.teams import Region
    >>> region = Region(region="r", title="R", address="https://r.example", maintainers=["eva"],
    ...     gatekeepers=["guus", "hanna"], teams={"west": {"title": "West", "members": ["anna"]}})
    >>> "access:servers!user=team-west" in scopes_of(region, "anna")
    True
    >>> "access:servers!user=team-west" in scopes_of(region, "guus")
    False
    """
    if person not in region.people:
        return frozenset()
    theirs = {name for name, group in groups_of(region).items() if person in group["users"]}
    return frozenset(
        scope
        for role in roles_of(region)
        if role["name"] == "user" or theirs & set(role.get("groups", ())) or person in role.get("users", ())
        for scope in role["scopes"]
    )
