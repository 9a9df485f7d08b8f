"""Who may log in: people who are named in teams.yaml, and never the account of a team."""

from __future__ import annotations

from typing import Any

from stagekansen_lib.project.extras import needs

with needs("hub"):
    from nativeauthenticator import NativeAuthenticator
    from oauthenticator.generic import GenericOAuthenticator
    from traitlets import List, Unicode

__all__ = ["KnownPeople", "PeopleOfInstitutions"]


class KnownPeople(NativeAuthenticator):  # type: ignore[misc]
    """Accounts made here: whoever is named signs up with a password, and a maintainer approves it once."""

    people = List(Unicode(), config=True, help="Names of those who may have an account.")

    def create_user(self, username: str, password: str, **more: Any) -> Any:
        """A new account that waits for approval; None for a name that is not in the file, such as that of a team."""
        if self.normalize_username(username) not in self.people:
            return None
        return super().create_user(username, password, **more)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """The person; None after a wrong password, without approval, or when no longer in the file."""
        if self.normalize_username(data["username"]) not in self.people:
            return None
        name: str | None = await super().authenticate(handler, data)
        return name


class PeopleOfInstitutions(GenericOAuthenticator):  # type: ignore[misc]
    """Accounts of schools through OpenID Connect: the institution knows who it is, teams.yaml what they may."""

    people = List(Unicode(), config=True, help="Names of those who may come in.")

    async def check_allowed(self, username: str, auth_model: dict[str, Any]) -> bool:
        """Whether the institution's name for a person is in the file, and the institution lets them in."""
        return username in self.people and bool(await super().check_allowed(username, auth_model))
