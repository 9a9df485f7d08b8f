"""Who comes into the room: whoever has the link, under a name that they choose, which only the others in it see.

A name is no account. It stands in a cookie of the person's browser and beside their cursor, and is kept nowhere else.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
import uuid
from html import escape
from typing import Any
from urllib.parse import quote

from stagekansen_lib.project.extras import needs
from stagekansen_lib.wording import LANGUAGES, chosen_language, say

with needs("lab"):
    from jupyter_server.auth.decorator import allow_unauthenticated
    from jupyter_server.auth.identity import IdentityProvider, User
    from jupyter_server.auth.login import LoginFormHandler
    from traitlets import Unicode, default

__all__ = ["Door", "NamedPeople", "clean_name", "own_place"]

_NAMED = "person-"
_LONGEST = 40


def clean_name(typed: str) -> str:
    """A name as the others see it: one line of at most 40 signs, nothing invisible.

    >>> clean_name("  Fatima \\u202e van\\nLeeuwen ")
    'Fatima van Leeuwen'
    """
    shown = "".join(
        " " if sign.isspace() else sign
        for sign in unicodedata.normalize("NFC", typed)
        if sign.isspace() or not unicodedata.category(sign).startswith("C")
    )
    return " ".join(shown.split())[:_LONGEST].strip()


def own_place(user: User, notebook: str = "") -> str:
    """The address below the server where a person's own layout is kept: two people never move each other's panels."""
    letters = unicodedata.normalize("NFKD", user.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-") or "room"
    return f"lab/workspaces/{slug}-{user.username[-6:]}" + (f"/tree/{quote(notebook)}" if notebook else "")


class NamedPeople(IdentityProvider):
    """Asks everybody for a name, once; the code of the link lets in, a name alone does not."""

    notebook = Unicode("", config=True, help="The notebook that opens first, seen from the folder of the server.")

    @default("login_handler_class")
    def _default_login_handler_class(self) -> type[LoginFormHandler]:
        return Door

    def process_login_form(self, handler: Any) -> User | None:
        """The person who filled in the form; None when the code or the name is not there."""
        code, name = handler.get_argument("code", ""), clean_name(handler.get_argument("name", ""))
        if not (name and self.token and secrets.compare_digest(code.encode(), self.token.encode())):
            return None
        words = name.split()
        initials = (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
        return User(f"{_NAMED}{uuid.uuid4().hex}", name, name, initials)


class Door(LoginFormHandler):
    """The page behind the link: what is your name?"""

    @allow_unauthenticated
    def get(self) -> None:
        """The form; who gave a name before goes straight in."""
        if self.current_user is not None and self.current_user.username.startswith(_NAMED):
            self._go_in(self.current_user)
        else:
            self._ask(self.get_argument("token", ""))

    @allow_unauthenticated
    def post(self) -> None:
        """Let the person in, or ask once more and say what is missing."""
        user = self.identity_provider.process_login_form(self)
        if user is None:
            self.set_status(401)
            named = clean_name(self.get_argument("name", ""))
            self._ask(self.get_argument("code", ""), named, "wrong_code" if named else "no_name")
            return
        self.current_user = user
        self.identity_provider.set_login_cookie(self, user)
        self._go_in(user)

    def _go_in(self, user: User) -> None:
        there = self.get_argument("next", "")
        # An address that names a place in the room is kept; the plain front is everybody's, so each gets an own one.
        plain = there.rstrip("/") in ("", self.base_url.rstrip("/"), f"{self.base_url}lab", f"{self.base_url}tree")
        own = self.base_url + own_place(user, getattr(self.identity_provider, "notebook", ""))
        self._redirect_safe(own if plain else there, own)  # type: ignore[no-untyped-call]

    def _ask(self, code: str, name: str = "", fault: str = "") -> None:
        language = chosen_language(asked if (asked := self.get_argument("language", "")) in LANGUAGES else None)

        def words(key: str) -> str:
            return escape(say(f"together.{key}", language))

        hidden = {"code": code, "next": self.get_argument("next", ""), "language": language}
        asks_code = not code or fault == "wrong_code"
        if asks_code:
            del hidden["code"]
        kept = "".join(f'<input type="hidden" name="{key}" value="{escape(value)}">' for key, value in hidden.items())
        told = f'<p class="fault" role="alert">{words(fault)}</p>' if fault else ""
        code_field = f'<label>{words("code")}<input name="code" autocomplete="off"></label>' if asks_code else ""
        self.set_header("Content-Security-Policy", "; ".join(_ONLY_A_FORM))
        self.set_header("Referrer-Policy", "same-origin")
        self.finish(
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{words("title")}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{_LOOK}</style></head><body><main><h1>{words('title')}</h1><p>{words('lead')}</p>{told}"
            f'<form method="post" action="{escape(self.base_url)}login">{self.xsrf_form_html()}{kept}'
            f'<label>{words("name")}<input name="name" required maxlength="{_LONGEST}" autocomplete="given-name"'
            f' value="{escape(name)}" autofocus></label>{code_field}'
            f'<button>{words("enter")}</button></form><p class="small">{words("seen_by")}</p></main></body></html>'
        )


_ONLY_A_FORM = ("default-src 'none'", "style-src 'unsafe-inline'", "form-action 'self'", "frame-ancestors 'none'")
_LOOK = """
:root { color-scheme: light dark; }
body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 0; color: CanvasText; background: Canvas; }
main { max-width: 30rem; margin: 8vh auto; padding: 0 1.2rem; } h1 { font-size: 1.6rem; line-height: 1.2; }
label { display: block; font-weight: 600; margin: 1rem 0; } .small { font-size: .95rem; }
input, button { font: inherit; padding: .6rem; min-height: 44px; box-sizing: border-box; }
input { display: block; width: 100%; border: 1px solid; border-radius: 6px; }
button { font-weight: 600; border: 2px solid; border-radius: 6px; background: transparent; color: inherit; }
.fault { border-left: 4px solid; padding-left: .8rem; font-weight: 600; }
"""
