"""Proof that a respondent was withdrawn: a hash by which who knows the number finds it, and nobody else."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.privacy.pseudonyms import pseudonym
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml_list
from stagekansen_lib.withdrawals.recognising import Respondent, plain_number
from stagekansen_lib.wording import chosen_language, say

__all__ = [
    "PROOFS",
    "Withdrawal",
    "as_withdrawal",
    "copy_of_proofs",
    "find_record",
    "known_again",
    "make_marks",
    "make_proof",
    "read_proofs",
]

PROOFS = "withdrawals.yaml"
_KEYED, _SLOW = "hmac-sha256", "scrypt"


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal did.

    Parameters
    ----------
    number : of the proof in ``data/raw/withdrawals.yaml``.
    on : the day.
    files : for each file, how many rows or entries left it.
    releases : releases that keep their figures.
    proof, method, salt : the hash by which the respondent can be told that it was done; never the number itself.
    """

    number: int
    on: dt.date
    files: Mapping[str, int]
    releases: tuple[str, ...]
    proof: str
    method: str
    salt: str = ""

    def text(self, language: str | None = None) -> str:
        """What was done, for the person and for the team, in a few lines."""
        chosen = chosen_language(language)
        rows = sum(self.files.values())
        lines = [say("privacy.withdrawn", chosen, number=self.number, rows=rows, files=len(self.files))]
        lines += [f"  {name}: {count}" for name, count in self.files.items()]
        if self.releases:
            lines.append(say("privacy.releases_stay", chosen, names=", ".join(self.releases)))
        lines.append(say("privacy.copies", chosen))
        return "\n".join(lines)


def as_withdrawal(record: Mapping[str, Any]) -> Withdrawal:
    """The withdrawal that a record of ``read_proofs`` or of a journal tells of."""
    return Withdrawal(
        int(record["number"]), dt.date.fromisoformat(record["on"]), dict(record["files"]), tuple(record["releases"]),
        record["proof"], record["method"], record["salt"],
    )  # fmt: skip


def read_proofs() -> list[dict[str, Any]]:
    """The records of all withdrawals, in their order.

    They stand in ``data/raw`` and once more beside ``data``: whoever puts back a backup of the answers, with older
    proofs or none, brings nobody back.

    Raises
    ------
    InputError : a file with proofs cannot be read.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in (data_folder("raw", PROOFS), copy_of_proofs()):
        if path.is_file():
            found |= {str(record["proof"]): record for record in read_yaml_list(path)}
    return sorted(found.values(), key=lambda record: int(record["number"]))


def copy_of_proofs() -> Path:
    """Where the proofs stand once more: beside ``data``, out of reach of a backup of it."""
    return data_folder("raw").parent.parent / f".{PROOFS}"


def make_proof(number: str, key: bytes | None, salt: str = "") -> dict[str, str]:
    """Method, salt and hash. Without a key a slow hash: short numbers could otherwise be tried one by one."""
    salt = salt or secrets.token_hex(16)
    if key is not None:
        made = hmac.new(key, salt.encode() + pseudonym(number, key).encode(), hashlib.sha256)
        return {"method": _KEYED, "salt": salt, "proof": made.hexdigest()}
    return {"method": _SLOW, "salt": salt, "proof": _slow(plain_number(number), salt)}


def _slow(name: str, salt: str) -> str:
    return hashlib.scrypt(name.encode(), salt=salt.encode(), n=2**15, r=8, p=1, maxmem=2**26).hex()


def make_marks(person: Respondent, salt: str) -> list[dict[str, str]]:
    """By what the respondent is known again without their number: for each name a slow hash, and the begin of a quick.

    The begin is eight bits: it spares the slow hash for 255 of 256 who are somebody else, and tells that little.

    A keyed withdrawal has a mark of the plain number too. Raw files hold that number, and whoever puts back a backup
    has no key at hand: with the keyed hash alone a restored raw file would bring the person back. Who reads the proofs
    reads the raw files beside them, in which the number is what is missing, so the mark tells them nothing new.
    """
    return [{"begin": _begin(name, salt), "slow": _slow(name, f"{salt} again")} for name in sorted(person.names)]


def _begin(name: str, salt: str) -> str:
    return hashlib.sha256(f"{salt} {name}".encode()).hexdigest()[:2]


def known_again(names: Iterable[str], record: Mapping[str, Any]) -> set[str]:
    """Which of these names are those of the respondent of a proof."""
    salt = str(record["salt"])
    marks = record.get("marks", ())
    begins = {mark["begin"] for mark in marks}
    slow = {mark["slow"] for mark in marks}
    if not marks and record["method"] == _SLOW:  # a proof of an earlier version, without marks
        return {name for name in names if hmac.compare_digest(_slow(name, salt), str(record["proof"]))}
    return {name for name in names if _begin(name, salt) in begins and _slow(name, f"{salt} again") in slow}


def find_record(number: str, key: bytes | None) -> Mapping[str, Any] | None:
    """The record of the withdrawal of this respondent; a proof with a key is found with that key only."""
    for record in read_proofs():
        keyed = record["method"] == _KEYED
        if keyed and key is None:
            continue
        made = make_proof(number, key if keyed else None, record["salt"])
        if hmac.compare_digest(made["proof"], record["proof"]):
            return record
    return None
