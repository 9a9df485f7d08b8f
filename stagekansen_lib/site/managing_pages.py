"""The page of beheer and the one address behind it, for the live server: never for the public pages.

The page is the same for everybody and holds nothing of the ledger; what is in it comes after the password. Who is in is
known by a cookie that only this address gets, that no script reads, and that ends with the browser.
"""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any

from stagekansen_lib.assets import asset_text
from stagekansen_lib.errors import RefusedError
from stagekansen_lib.fact_finding.access import has_password
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.site.building import page_frame, policy_of
from stagekansen_lib.site.managing import BusyError, Desks, NotInError
from stagekansen_lib.wording import Language, say

with needs("pages"):
    import tornado.web

__all__ = ["NAME", "answer", "managing_page", "page_policy"]

NAME = "beheer"
_ADDRESS = "/beheer"
_COOKIE = "stagekansen-beheer"
_WORDS = ("title", "enter_lead", "password", "enter", "ended", "not_kept", "without_script")


def managing_page(language: Language, names: list[str]) -> str:
    """The page that asks for the password and then shows beheer. Nothing in it tells who asked."""
    words = {word: say(f"managing.{word}", language) for word in _WORDS}
    if not has_password():
        words["enter_lead"] = say("managing.no_password", language)
    frame = page_frame(NAME, language, pages=[*names, NAME])
    frame["title"] = words["title"]
    frame["pages"][-1]["title"] = words["title"]
    widget = asset_text("manage.js").replace("export default { render };", "")
    script = f"(() => {{\n{widget}{asset_text('manage_page.js')}}})();"
    return str(_template().render(page=frame, managing=words, script=script, address=_ADDRESS))


def page_policy(html: str) -> str:
    """The Content-Security-Policy of the page: its own blocks by their hash, and this server to speak to."""
    shut = policy_of(html).replace("frame-src 'self'", "connect-src 'self'")
    return shut.replace("frame-ancestors 'self'", "frame-ancestors 'none'")


@cache
def _template() -> Any:
    with needs("pages"):
        import jinja2

    folder = project_folder() / "dashboards" / "template"
    loader = jinja2.FileSystemLoader([folder / "live", folder / "shared"])
    return jinja2.Environment(loader=loader, autoescape=False).get_template("beheer.html.j2")


async def answer(handler: Any, desks: Desks) -> None:
    """Answer what the page asks: 200 with the state, 204 when there is nothing to tell, 401 when nobody is in.

    403 is a wrong password, 503 that too many try one at once.
    """
    action = _asked(handler)
    language: Language = "en" if action.get("language") == "en" else "nl"
    key, what = handler.get_cookie(_COOKIE, ""), action.get("do")
    handler.set_header("Cache-Control", "no-store")
    if what == "enter":
        entered = await _entered(handler, desks, str(action.get("password", "")), language)
        if entered:
            desks.leave(key)
            handler.set_cookie(_COOKIE, entered, path=_ADDRESS, httponly=True, samesite="Strict")
            handler.set_status(204)
        return
    if what == "leave":
        desks.leave(key)
        handler.clear_cookie(_COOKIE, path=_ADDRESS)
        handler.set_status(401)
        return
    try:
        if what == "here":
            handler.set_status(204 if desks.is_in(key) else 401)
            return
        if what == "code":
            state = await desks.tried(language, desks.react, key, language, action)
        else:
            state = await asyncio.to_thread(desks.react, key, language, action)
    except NotInError:
        handler.set_status(401)
        return
    except BusyError:
        handler.set_status(503)
        return
    handler.set_header("Content-Type", "application/json; charset=utf-8")
    handler.write(json.dumps(state, ensure_ascii=False))


def _asked(handler: Any) -> dict[str, Any]:
    """What the page asks. Only a page of this server can send it: another site sends no JSON and no origin of ours."""
    headers, origin = handler.request.headers, handler.request.headers.get("Origin", "")
    own = origin == f"{handler.request.protocol}://{handler.request.host}"
    if not own or headers.get("Content-Type", "").split(";")[0].strip() != "application/json":
        raise tornado.web.HTTPError(403)
    try:
        action = json.loads(handler.request.body)
        # JSON can write half a sign, which no file and no answer can hold.
        json.dumps(action, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise tornado.web.HTTPError(400) from None
    if not isinstance(action, dict):
        raise tornado.web.HTTPError(400)
    return action


async def _entered(handler: Any, desks: Desks, password: str, language: Language) -> str:
    try:
        return await desks.tried(language, desks.enter, password, language)
    except RefusedError as refused:
        handler.set_status(503 if isinstance(refused, BusyError) else 403)
        handler.set_header("Content-Type", "application/json; charset=utf-8")
        handler.write(json.dumps({"told": str(refused)}, ensure_ascii=False))
        return ""
