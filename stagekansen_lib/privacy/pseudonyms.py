"""Pseudonyms: a keyed hash in place of a number that points at a person, the same in every wave with the same key."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, RefusedError, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["make_key", "pseudonym", "pseudonymise", "pseudonyms", "read_key"]

_KEY_BYTES = 32
_LENGTH = 32  # signs of a pseudonym: 128 bits


def make_key(path: str | Path) -> Path:
    """A new secret key of 32 random bytes in a file that only you can read.

    Raises
    ------
    RefusedError : the file would lie inside the project, or inside a folder under git.
    InputError : there is a file already (another key gives other pseudonyms), or the folder is absent.
    """
    path = _outside(path)
    if not path.parent.is_dir():
        raise InputError(Problem("The folder does not exist.", str(path.parent), "Make it first."))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError(
            Problem("There is a file already.", str(path), "Use that key: another one gives other pseudonyms.")
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_KEY_BYTES) + "\n")
    return path


def read_key(path: str | Path) -> bytes:
    """The secret key in a file.

    Raises
    ------
    RefusedError : the file lies inside the project or a folder under git, or others on this computer can read it.
    InputError : there is no such file, or it holds no key of ``make_key``.
    """
    path = _outside(path)
    if not path.is_file():
        raise InputError(Problem("There is no such file.", str(path), "Make a key with make_key(path)."))
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise RefusedError(f"Others on this computer can read the key in {path}. Run: chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) < _KEY_BYTES:
        raise InputError(Problem("This file holds no key of 32 bytes.", str(path), "Make one with make_key(path)."))
    return key


def pseudonym(identifier: object, key: bytes) -> str:
    """The pseudonym of one number or name: HMAC-SHA256 with the key, 32 signs. Capitals and outer spaces do not count.

    >>> pseudonym(" S1234567", b"k" * 32) == pseudonym("s1234567 ", b"k" * 32)
    True
    """
    text = unicodedata.normalize("NFC", str(identifier)).strip().casefold()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_LENGTH]


def pseudonyms(values: pd.Series[Any], key_file: str | Path) -> pd.Series[Any]:
    """A column of pseudonyms for a column of numbers or names; a missing value stays missing.

    Parameters
    ----------
    values : such as the student numbers of a list. 1234567.0 counts as 1234567.
    key_file : file of ``make_key``, outside the project.

    Raises
    ------
    RefusedError, InputError : see ``read_key``.
    """
    key = read_key(key_file)

    def one(value: Any) -> Any:
        whole = isinstance(value, float) and value.is_integer()
        return pseudonym(int(value) if whole else value, key)

    return values.astype(object).map(one, na_action="ignore")


def pseudonymise(survey: Survey, key_file: str | Path, *, of: str = "") -> Survey:
    """The survey with pseudonyms in place of the numbers of the respondents, also in what was set aside.

    Parameters
    ----------
    survey : the survey.
    key_file : file of ``make_key``; the same key gives the same pseudonym in every wave.
    of : the variable; the codebook's key of a respondent when left out.

    Returns
    -------
    Survey : the history names the fingerprint of the key (8 signs), so that waves under another key are noticed.

    Raises
    ------
    RefusedError, InputError : see ``read_key``; there is no such variable.

    Notes
    -----
    HMAC-SHA256 (RFC 2104, FIPS 198-1). A pseudonym is still personal data (GDPR art. 4(5)): who has the key can make
    the link. Throw the key away and nobody can.

    Examples
    --------
    >>> import tempfile
    >>> import stagekansen_lib as sk
    >>> survey = sk.read_survey("example_2022")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = pseudonymise(survey, make_key(Path(folder) / "key.txt"))
    >>> set(made.rows["respondent_id"]) & set(survey.rows["respondent_id"])
    set()
    """
    name = of or next((one.name for one in survey.codebook.variables.values() if one.role == "respondent"), "")
    if name not in survey.rows.columns:
        raise InputError(
            Problem(f"There is no variable '{name}' in the survey.", do=did_you_mean(name, list(survey.rows.columns)))
        )
    key = read_key(key_file)
    rows = survey.rows.assign(**{name: pseudonyms(survey.rows[name], key_file)})
    set_aside = survey.set_aside
    if set_aside is not None and (set_aside["column"] == name).any():
        values = set_aside["value"].astype(object)
        hit = (set_aside["column"] == name) & (values != "")
        set_aside = set_aside.assign(value=values.where(~hit, values.map(lambda value: pseudonym(value, key))))
    mark = hmac.new(key, b"fingerprint", hashlib.sha256).hexdigest()[:8]
    step = f"'{name}' made pseudonymous with a keyed hash (HMAC-SHA256, fingerprint of the key {mark})"
    return replace(survey, rows=rows, set_aside=set_aside, provenance=survey.provenance.with_step(step), _encoded={})


def _outside(path: str | Path) -> Path:
    """The path, when it lies outside the project and outside every folder under git."""
    path = Path(path).expanduser().resolve()
    inside = path.is_relative_to(data_folder().parent.resolve())
    if inside or any((folder / ".git").exists() for folder in path.parents):
        raise RefusedError(
            f"A key beside the data protects nobody: {path} lies inside the project or a folder under git. "
            "Keep the key elsewhere, with somebody who does not have the data."
        )
    return path
