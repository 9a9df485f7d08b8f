"""Who may log in: people who are named in teams.yaml, and never the account of a team.

An account that was let in is its person's alone: no page sets a password for somebody else, renames an account or
takes one away. Whoever would let themself in under the name of another has to do so before that person signs up.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stagekansen_lib.hub.roles import APPROVING
from stagekansen_lib.project.extras import needs

with needs("hub"):
    from jupyterhub.scopes import has_scope
    from nativeauthenticator import NativeAuthenticator
    from nativeauthenticator.handlers import LocalBase
    from nativeauthenticator.orm import UserInfo
    from oauthenticator.generic import GenericOAuthenticator
    from tornado import web
    from traitlets import List, Unicode

__all__ = ["KnownPeople", "LettingIn", "PeopleOfInstitutions"]


class KnownPeople(NativeAuthenticator):  # type: ignore[misc]
    """Accounts made here: whoever is named signs up with a password, and a maintainer approves it once."""

    people = List(Unicode(), config=True, help="Names of those who may have an account.")
    written_down = Unicode(config=True, help="The file in which stands who let in whom.")

    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        """The pages: to sign up, to log in, to change one's own password, and to let in who signed up."""
        kept = {"/login", "/signup", "/change-password"}
        pages = [(path, page) for path, page in super().get_handlers(app) if path in kept]
        return [*pages, ("/authorize", LettingIn)]

    def judge(self, person: str, by: str, *, let_in: bool) -> bool:
        """Let in who waits, or take their request away; False when nobody of this name waits."""
        waits = UserInfo.find(self.db, person)
        if waits is None or waits.is_authorized or person not in self.people:
            return False
        with Path(self.written_down).open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M} {by} {'let in' if let_in else 'sent away'} {person}\n")
        if let_in:
            waits.is_authorized = True
        else:
            self.db.delete(waits)
        self.db.commit()
        return True

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


class LettingIn(LocalBase):  # type: ignore[misc]
    """The page on which a maintainer lets in who signed up."""

    def _check(self) -> None:
        if not self.current_user or not has_scope(APPROVING, self.parsed_scopes):
            raise web.HTTPError(403)

    async def get(self) -> None:
        """Who waits."""
        self._check()
        waiting = [one.username for one in self.db.query(UserInfo) if not one.is_authorized]
        self.finish(await self.render_template("letting_in.html", waiting=sorted(waiting)))

    async def post(self) -> None:
        """One who waits is let in, or sent away."""
        self._check()
        person, does = self.get_body_argument("person"), self.get_body_argument("does")
        if does not in ("let-in", "send-away"):
            raise web.HTTPError(400)
        if not self.authenticator.judge(person, self.current_user.name, let_in=does == "let-in"):
            raise web.HTTPError(404)
        self.redirect(f"{self.hub.base_url}authorize")


class PeopleOfInstitutions(GenericOAuthenticator):  # type: ignore[misc]
    """Accounts of schools through OpenID Connect: the institution knows who it is, teams.yaml what they may."""

    people = List(Unicode(), config=True, help="Names of those who may come in.")

    async def check_allowed(self, username: str, auth_model: dict[str, Any]) -> bool:
        """Whether the institution's name for a person is in the file, and the institution lets them in."""
        return username in self.people and bool(await super().check_allowed(username, auth_model))
