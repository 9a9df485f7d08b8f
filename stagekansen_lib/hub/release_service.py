"""The page on which gatekeepers ask for a release and judge one; it reads no answers and cannot.

It runs under a user of its own and writes requests. Who carries them out is `stagekansen hub release`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.hub.release_requests import Request, ask, judge, requests_in
from stagekansen_lib.hub.teams import Region
from stagekansen_lib.project.extras import needs
from stagekansen_lib.wording import chosen_language, say

with needs("hub"):
    import tornado.web
    from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated

__all__ = ["application", "main"]


class _Page(HubOAuthenticated, tornado.web.RequestHandler):  # type: ignore[misc]
    """Shows the requests; asks and judges. The hub lets in gatekeepers only, and each step looks once more."""

    @property
    def region(self) -> Region:
        return self.settings["region"]  # type: ignore[no-any-return]

    @property
    def folder(self) -> Path:
        return self.settings["folder"]  # type: ignore[no-any-return]

    @tornado.web.authenticated
    def get(self) -> None:
        self._show()

    @tornado.web.authenticated
    def post(self) -> None:
        person = self.current_user["name"]
        given = {key: self.get_body_argument(key, "").strip() for key in ("team", "survey", "wave", "name")}
        try:
            if request_id := self.get_body_argument("request", ""):
                agrees = self.get_body_argument("agrees", "") == "yes"
                judge(self.region, self.folder, request_id, person=person, agrees=agrees)
            else:
                ask(self.region, self.folder, person=person, **given)
        except StagekansenError as reason:
            self.set_status(400)
            self._show(str(reason))
            return
        self.redirect(self.request.path)

    def _show(self, fault: str = "") -> None:
        words = {key: escape(say(f"hub.release_{key}", chosen_language())) for key in _KEYS}
        kept = self.xsrf_form_html()
        rows = "".join(_row(one, self.current_user["name"], words, kept) for one in requests_in(self.folder))
        teams = "".join(f'<option value="{name}">{escape(team.title)}</option>' for name, team in self._teams())
        fields = "".join(
            f'<label>{words[key]}<input name="{key}" required maxlength="60"></label>'
            for key in ("survey", "wave", "name")
        )
        told = f'<p role="alert">{escape(fault)}</p>' if fault else ""
        self.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
        self.finish(
            f'<!doctype html><html lang="{chosen_language()}"><head><meta charset="utf-8">'
            f"<title>{words['title']}</title>"
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_LOOK}</style></head>'
            f"<body><main><h1>{words['title']}</h1>{told}<p>{words['lead']}</p><ul>{rows}</ul><h2>{words['new']}</h2>"
            f'<form method="post">{kept}<label>{words["team"]}<select name="team">{teams}</select></label>{fields}'
            f"<button>{words['ask']}</button></form></main></body></html>"
        )

    def _teams(self) -> list[tuple[str, Any]]:
        person = self.current_user["name"]
        return [(name, team) for name, team in self.region.teams.items() if person not in team.members]


def _row(one: Request, person: str, words: dict[str, str], kept: str) -> str:
    said = f"<b>{escape(one.name)}</b>: {escape(one.team)}, {escape(one.survey)}, {escape(one.wave)}. "
    said += f"{words['asked_by']} {escape(one.asked_by)}. {words[one.state]} {escape(one.judged_by or one.told)}"
    if one.state != "asked" or one.asked_by == person:
        return f"<li>{said}</li>"
    return (
        f'<li>{said}<form method="post">{kept}<input type="hidden" name="request" value="{one.id}">'
        f'<button name="agrees" value="yes">{words["yes"]}</button> <button name="agrees" value="no">{words["no"]}'
        "</button></form></li>"
    )


_KEYS = (
    "title", "lead", "new", "team", "survey", "wave", "name", "ask", "asked_by", "asked", "approved", "refused",
    "released", "failed", "yes", "no",
)  # fmt: skip
_LOOK = """
body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 44rem; margin: 4vh auto; padding: 0 1rem; }
label { display: block; margin: .8rem 0; } input, select, button { font: inherit; padding: .5rem; min-height: 44px; }
input { display: block; width: 100%; box-sizing: border-box; }
[role=alert] { border-left: 4px solid; padding-left: 1em; }
"""


def application(region: Region, folder: Path, prefix: str) -> Any:
    """The web application, below an address such as "/services/releases/"."""
    return tornado.web.Application(
        [(prefix, _Page), (prefix + "oauth_callback", HubOAuthCallbackHandler)],
        region=region, folder=folder, cookie_secret=os.urandom(32), xsrf_cookies=True,
        xsrf_cookie_kwargs={"path": prefix, "samesite": "Lax", "httponly": True}, log_function=lambda _: None,
    )  # fmt: skip


async def _serve(region: Region, folder: Path) -> None:
    where = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    application(region, folder, os.environ["JUPYTERHUB_SERVICE_PREFIX"]).listen(where.port, address=where.hostname)
    await asyncio.Event().wait()


def main() -> None:
    """Serve until the hub ends it. The region comes in the environment, because teams.yaml may be root's alone."""
    os.umask(0o077)
    region = Region.model_validate_json(os.environ["STAGEKANSEN_REGION"])
    folder = Path(sys.argv[1])
    folder.mkdir(mode=0o700, exist_ok=True)
    asyncio.run(_serve(region, folder))


if __name__ == "__main__":
    main()
