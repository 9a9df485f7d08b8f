"""Who may come in where beheer is a page: one shared password that reads, and a one-time code of a person that acts.

Both are made here and not thought up by anybody, shown once, and kept as a salted slow hash only, among what persons
said: ``private/.access/``, 0600 in 0700, never in git. A code lets a person in once, within its days and within a few
tries; afterwards nothing of it is left.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.fact_finding.act_files import make_private_home, private_folder, write_whole_file
from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules

__all__ = [
    "MOST_TRIES", "OpenCode", "Person", "give_code", "has_password", "new_password", "open_codes", "password_mark",
    "take_back_codes", "use_code",
]  # fmt: skip

# Without letters that look like a digit; what is typed with one is read as the digit.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKE = str.maketrans("OIL", "011")
_NAME, _SECRET, _PASSWORD = 4, 10, 16  # letters of 5 bits
MOST_TRIES = 5
_LONGEST_DAYS = 31
_PSEUDONYM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
# About a twentieth of a second and 16 MiB a try: nothing for a person, much for who has all of them to try.
_SLOW = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


@dataclass(frozen=True)
class Person:
    """Somebody of the ledger: a pseudonym, and the role in which that person speaks."""

    pseudonym: str
    role: str


@dataclass(frozen=True)
class OpenCode:
    """A code that was given and not used yet: of whom, and until when (UTC)."""

    person: Person
    until: str


def new_password(folder: Path | None = None) -> str:
    """A new shared password that lets people read beheer; who came in by the old one is out.

    Parameters
    ----------
    folder : folder of the ledger; ``data/ledger`` when left out.

    Returns
    -------
    str : the password. It is kept nowhere and cannot be asked for again.
    """
    password = _chance(_PASSWORD)
    _keep(_home(folder) / "password.json", _hashed(password))
    return _in_groups(password, (4, 8, 12))


def has_password(folder: Path | None = None) -> bool:
    """Whether there is a shared password at all."""
    return _kept(_home(folder) / "password.json") is not None


def password_mark(password: str, folder: Path | None = None, *, known: str = "") -> str:
    """A mark of the shared password when it is the right one, else "".

    Parameters
    ----------
    password : as it was typed; capitals, spaces and dashes do not matter.
    folder : folder of the ledger; ``data/ledger`` when left out.
    known : the mark that somebody came in by; it is given back as long as the password is the same.
    """
    kept = _kept(_home(folder) / "password.json")
    if kept is None:
        return ""
    if known:
        return known if hmac.compare_digest(str(kept["salt"]), known) else ""
    return str(kept["salt"]) if _fits(_plain(password), kept) else ""


def give_code(pseudonym: str, role: str, *, days: int = 7, folder: Path | None = None) -> str:
    """A one-time code for a person; an earlier one that was not used no longer works.

    Parameters
    ----------
    pseudonym : of the person: letters, digits and dashes. It resolves on the team's own computer only.
    role : in which role the person speaks, by the rules of the ledger.
    days : how long it works, 1 to 31.
    folder : folder of the ledger; ``data/ledger`` when left out.

    Returns
    -------
    str : the code. It is kept nowhere and cannot be asked for again.

    Raises
    ------
    InputError : no pseudonym, an unknown role, or a number of days outside its bounds.
    """
    rules = read_ledger_rules()
    roles = [*rules.roles, *rules.process_roles]
    problems = []
    if not _PSEUDONYM.fullmatch(pseudonym):
        problems.append(Problem("This is no pseudonym.", "person", "Use letters, digits and dashes: p7."))
    if role not in roles:
        problems.append(Problem(f"Role '{role}' is not in the rules of the ledger.", "role", did_you_mean(role, roles)))
    if not 1 <= days <= _LONGEST_DAYS:
        problems.append(Problem(f"A code works 1 to {_LONGEST_DAYS} days.", "days", "Give a number between these."))
    if problems:
        raise InputError(problems)
    take_back_codes(pseudonym, folder)
    home = _home(folder)
    name = next(one for one in iter(lambda: _chance(_NAME), "") if not (home / f"{one}.json").exists())
    _forget(home, name)  # tries of a code that had this name before
    secret = _chance(_SECRET)
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(days=days)).isoformat(timespec="seconds")
    _keep(home / f"{name}.json", {**_hashed(secret), "person": pseudonym, "role": role, "until": until})
    return _in_groups(name + secret, (4, 9))


def use_code(code: str, folder: Path | None = None) -> Person | None:
    """The person whose code this is, once; None when it is nobody's, was used, is too old or was tried too often.

    Parameters
    ----------
    code : as it was typed; capitals, spaces and dashes do not matter.
    folder : folder of the ledger; ``data/ledger`` when left out.
    """
    typed = _plain(code)
    name, secret = typed[:_NAME], typed[_NAME:]
    home = _home(folder)
    path = home / f"{name}.json"
    if len(typed) != _NAME + _SECRET or set(typed) - set(_LETTERS):
        return None
    kept = _kept(path)
    if kept is None:
        return None
    if _is_over(kept):
        _forget(home, name)
        return None
    # A try is taken before the code is looked at, so that guesses at once are not more guesses.
    number = _take_try(home, name)
    if _fits(secret, kept) and number <= MOST_TRIES:
        # Of two who use it at the same moment one finds the file.
        try:
            path.unlink()
        except FileNotFoundError:
            return None
        _forget(home, name)
        return Person(str(kept["person"]), str(kept["role"]))
    if number >= MOST_TRIES:
        _forget(home, name)
    return None


def open_codes(folder: Path | None = None) -> tuple[OpenCode, ...]:
    """The codes that were given and still work, by person; what is too old is cleared away."""
    found = []
    home = _home(folder)
    for path in sorted(home.glob("*.json")):
        kept = _kept(path)
        if path.name == "password.json" or kept is None:
            continue
        if _is_over(kept):
            _forget(home, path.stem)
        else:
            found.append(OpenCode(Person(str(kept["person"]), str(kept["role"])), str(kept["until"])))
    return tuple(sorted(found, key=lambda one: one.person.pseudonym))


def take_back_codes(pseudonym: str, folder: Path | None = None) -> int:
    """Let no code of a person work any more; gives how many there were."""
    home = _home(folder)
    names = [
        path.stem
        for path in home.glob("*.json")
        if path.name != "password.json" and (_kept(path) or {}).get("person") == pseudonym
    ]
    for name in names:
        _forget(home, name)
    return len(names)


def _home(folder: Path | None) -> Path:
    # Its name begins with a point: what is read as something that a person said does not.
    return private_folder(folder) / ".access"


def _chance(letters: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(letters))


def _in_groups(text: str, ends: tuple[int, ...]) -> str:
    return "-".join(text[start:end] for start, end in zip((0, *ends), (*ends, len(text)), strict=True))


def _plain(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed).upper().translate(_LOOK_ALIKE)


def _hashed(secret: str) -> dict[str, str]:
    salt = secrets.token_bytes(16)
    return {"salt": salt.hex(), "hash": hashlib.scrypt(secret.encode(), salt=salt, **_SLOW).hex()}


def _fits(secret: str, kept: Mapping[str, Any]) -> bool:
    found = hashlib.scrypt(secret.encode(errors="replace"), salt=bytes.fromhex(str(kept["salt"])), **_SLOW)
    return hmac.compare_digest(found, bytes.fromhex(str(kept["hash"])))


def _keep(path: Path, content: Mapping[str, str]) -> None:
    make_private_home(path.parent.parent)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.parent.chmod(0o700)
    write_whole_file(path, json.dumps(dict(content)).encode(), mode=0o600)


def _kept(path: Path) -> dict[str, Any] | None:
    """What a file holds; None when there is none, or when it is damaged: then it lets nobody in."""
    try:
        content = json.loads(path.read_bytes())
        bytes.fromhex(content["salt"] + content["hash"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = path.name == "password.json" or {"person", "role", "until"} <= content.keys()
    return dict(content) if whole else None


def _is_over(kept: Mapping[str, Any]) -> bool:
    try:
        return dt.datetime.fromisoformat(str(kept["until"])) <= dt.datetime.now(dt.UTC)
    except (ValueError, TypeError):
        return True


def _take_try(home: Path, name: str) -> int:
    """The number of this try at a code, which no other try has."""
    for number in range(1, MOST_TRIES + 1):
        try:
            (home / f"{name}.{number}").touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            continue
        return number
    return MOST_TRIES + 1


def _forget(home: Path, name: str) -> None:
    """The code first: what is left of its tries when this is cut off lets nobody in."""
    (home / f"{name}.json").unlink(missing_ok=True)
    for number in range(1, MOST_TRIES + 1):
        (home / f"{name}.{number}").unlink(missing_ok=True)
