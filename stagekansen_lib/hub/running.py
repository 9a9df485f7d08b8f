"""JupyterHub for a region: who left teams.yaml has no account, no group and no session after the next start."""

from __future__ import annotations

from typing import Any

from stagekansen_lib.project.extras import needs

with needs("hub"):
    from jupyterhub import orm
    from jupyterhub.app import JupyterHub

__all__ = ["RegionHub", "main"]


class RegionHub(JupyterHub):  # type: ignore[misc]
    """JupyterHub adds who is named to groups and never takes out who is not; this does."""

    async def init_groups(self) -> None:
        """Groups exactly as the file names them."""
        await super().init_groups()
        for group in self.db.query(orm.Group):
            named = set(self.load_groups.get(group.name, {}).get("users", ()))
            group.users = [user for user in group.users if user.name in named]
        self.db.commit()

    async def init_users(self) -> None:
        """People exactly as the file names them: whose account is gone, has no session either."""
        known = self._known()
        for user in self.db.query(orm.User):
            if user.name not in known:
                self.db.delete(user)
        self.db.commit()
        await super().init_users()

    def _known(self) -> set[str]:
        people = {name for group in self.load_groups.values() for name in group["users"]}
        return people | {name for role in self.load_roles for name in role.get("users", ())}


main: Any = RegionHub.launch_instance

if __name__ == "__main__":
    main()
