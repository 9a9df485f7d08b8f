"""Beheer as a page: who is in, by the shared password or by a code of their own, and what each of them may do.

There is no kernel behind this page. What a reader sends is a choice from what ``Manage`` can do, looked at here, in the
process that serves; a page with a kernel could not keep anybody from a check that runs inside it.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from stagekansen_lib.errors import RefusedError
from stagekansen_lib.fact_finding.access import MOST_TRIES, Person, password_mark, use_code
from stagekansen_lib.views.manage import Manage
from stagekansen_lib.wording import Language, say

__all__ = ["BusyError", "Desks", "NotInError"]

# Seconds: how long somebody reads; how long a code lets somebody act, at most and without doing anything.
_READS, _ACTS, _ACTS_IDLE = 12 * 3600, 2 * 3600, 30 * 60
_MOST = 200
# After a wrong password or code everybody who tries one waits so long: who guesses gets nowhere.
_WRONG_SECONDS = 1.0
# Who tries when so many wait already, is asked to come back: nobody's guesses fill the server.
_MOST_TRYING = 20
_NEEDS_PERSON = ("open", "save", "cancel")
_WORDS = ("code", "code_note", "use_code", "stop", "leave", "not_kept", "intro")


_Found = TypeVar("_Found")


class BusyError(RefusedError):
    """Too many people try a password or a code at the same moment."""


class NotInError(RefusedError):
    """Nobody is in by this key: the password comes first."""


@dataclass
class _Desk:
    """What one browser is at: the state of beheer, the password it came in by, and the person who acts, if any."""

    manage: Manage
    mark: str
    until: float
    person: Person | None = None
    acts_until: float = 0.0
    acted: float = 0.0
    wrong: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)


class Desks:
    """Everybody who is in. Kept in memory only: a server that stops has let everybody out.

    Parameters
    ----------
    folder, registers : of the ledger, and of the registers; those of the project when left out.
    clock, wait : seconds that only rise, and how to wait: a test gives its own.
    """

    def __init__(
        self,
        folder: Path | None = None,
        registers: Path | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder, self._registers, self._clock, self._wait = folder, registers, clock, wait
        self._desks: dict[str, _Desk] = {}
        self._turn, self._guess = threading.Lock(), threading.Lock()
        # Those who try wait here for one another; those who are in wait for none of them.
        self._door, self._trying = ThreadPoolExecutor(1, "door"), 0

    def enter(self, password: str, language: Language) -> str:
        """Come in by the shared password: the key that the browser keeps, which is nowhere here.

        Raises
        ------
        RefusedError : not the password, or too many people at once.
        """
        with self._guess:
            mark = password_mark(password, self._folder)
            if not mark:
                self._wait(_WRONG_SECONDS)
                raise RefusedError(say("managing.wrong_password", language))
        manage, key = Manage(language, self._folder, self._registers), secrets.token_urlsafe(32)
        now = self._clock()
        with self._turn:
            self._desks = {name: desk for name, desk in self._desks.items() if desk.until > now}
            if len(self._desks) >= _MOST:
                raise RefusedError(say("managing.full", language))
            self._desks[_hidden(key)] = _Desk(manage, mark, now + _READS)
        return key

    async def tried(self, language: Language, work: Callable[..., _Found], *about: Any) -> _Found:
        """What comes of ``enter``, or of a code, out of the way of everybody who is in already.

        Raises
        ------
        BusyError : too many wait; otherwise as ``work``.
        """
        if self._trying >= _MOST_TRYING:
            raise BusyError(say("managing.busy", language))
        self._trying += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._door, work, *about)
        finally:
            self._trying -= 1

    def leave(self, key: str) -> None:
        """Go out; whoever has the key is no longer in."""
        with self._turn:
            self._desks.pop(_hidden(key), None)

    def react(self, key: str, language: Language, action: Mapping[str, Any]) -> dict[str, Any]:
        """Do what was asked as far as it may be done, and give the state afterwards.

        Raises
        ------
        NotInError : nobody is in by this key.
        """
        desk = self._desk(key)
        with desk.turn:
            if desk.manage.language != language:
                desk.manage.language, desk.manage.form = language, None
            told = self._over(desk, language)
            state = self._done(key, desk, language, {"do": "hello"} if told else action)
            state["problems"] = [told] if told else state["problems"]
            state["words"] |= {word: say(f"managing.{word}", language) for word in _WORDS}
            state["access"] = self._access(desk, state, language)
            return state

    def is_in(self, key: str) -> bool:
        """Whether somebody is in by this key."""
        try:
            return bool(self._desk(key))
        except NotInError:
            return False

    def _desk(self, key: str) -> _Desk:
        desk = self._desks.get(_hidden(key))
        if desk is None or desk.until <= self._clock() or not password_mark("", self._folder, known=desk.mark):
            self.leave(key)
            raise NotInError("Nobody is in by this key.")
        return desk

    def _over(self, desk: _Desk, language: Language) -> str:
        """The time of a code is looked at before anything is done by it."""
        now = self._clock()
        if desk.person and (now >= desk.acts_until or now - desk.acted >= _ACTS_IDLE):
            self._stop(desk)
            return say("managing.code_over", language)
        desk.acted = now
        return ""

    def _done(self, key: str, desk: _Desk, language: Language, action: Mapping[str, Any]) -> dict[str, Any]:
        """Do it, and give the state of beheer with what came of it."""
        what, told, plain = str(action.get("do", "")), "", {"do": "hello"}
        if what == "code":
            told = self._code(key, desk, language, str(action.get("code", "")))
        elif what == "stop":
            self._stop(desk)
        elif what in _NEEDS_PERSON and desk.person is None:
            told = say("managing.needs_code", language)
        elif what == "role" and desk.person is None:
            # Who reads may look at what waits for any role, and for no person.
            plain = {"do": "role", "role": str(action.get("role", "")), "voter": ""}
        elif what != "role":  # who acts does so in the role of the code
            return desk.manage.react(action)
        state = desk.manage.react(plain)
        return {**state, "problems": [told]} if told else state

    def _code(self, key: str, desk: _Desk, language: Language, code: str) -> str:
        with self._guess:
            person = use_code(code, self._folder)
            if person is None:
                self._wait(_WRONG_SECONDS)
        if person is None:
            desk.wrong += 1
            if desk.wrong >= MOST_TRIES:
                self.leave(key)
            return say("managing.wrong_code", language)
        desk.person, desk.wrong = person, 0
        desk.acts_until = self._clock() + _ACTS
        desk.manage.form, desk.manage.answers = None, {}
        # Not looked up: the register of this place may have no words for a role that the rules of the ledger know.
        desk.manage.role, desk.manage.voter = person.role, person.pseudonym
        return ""

    def _stop(self, desk: _Desk) -> None:
        """The code is done with: what was open is closed, and nothing of the person stays at this browser's desk."""
        desk.person = None
        desk.manage = Manage(desk.manage.language, self._folder, self._registers)

    def _access(self, desk: _Desk, state: Mapping[str, Any], language: Language) -> dict[str, Any]:
        if desk.person is None:
            return {"acts": False, "told": ""}
        until = time.strftime("%H:%M", time.localtime(time.time() + desk.acts_until - self._clock()))
        role, person = dict(state["roles"]).get(desk.person.role, desk.person.role), desk.person.pseudonym
        return {"acts": True, "told": say("managing.acting", language, role=role, person=person, until=until)}


def _hidden(key: str) -> str:
    """What is kept of a key: who reads the memory of this server cannot come in by it."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
