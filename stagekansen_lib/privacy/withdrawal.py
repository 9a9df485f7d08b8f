"""One respondent withdraws: every row of theirs leaves raw files, interim files, set-aside lists and voices.

All new files are written beside the old ones first. Then one journal says what replaces what; from that moment the
withdrawal will be finished, also by the next run when this one is cut off. Before it, nothing has changed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import secrets
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.privacy.cards import FOLDERS, JOURNAL, files_of_answers, store_of, surveys_of
from stagekansen_lib.privacy.pseudonyms import pseudonym, read_key
from stagekansen_lib.privacy.searching import (
    FoundRows,
    NotSearchableError,
    is_list,
    search_file,
    search_store,
    short_name,
)
from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.wording import Language, say

__all__ = ["Withdrawal", "find_proof", "finish_withdrawal", "withdraw"]


_STAGED = ".withdrawn"

_PROOFS = "withdrawals.yaml"

_HEAD = "# Proofs of withdrawal. No number of a respondent stands here; see `python3 start.py withdraw --help`.\n"


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

    def text(self, language: Language = "en") -> str:
        """What was done, for the person and for the team, in a few lines."""
        rows = sum(self.files.values())
        lines = [say("privacy.withdrawn", language, number=self.number, rows=rows, files=len(self.files))]
        lines += [f"  {name}: {count}" for name, count in self.files.items()]
        if self.releases:
            lines.append(say("privacy.releases_stay", language, names=", ".join(self.releases)))
        lines.append(say("privacy.copies", language))
        return "\n".join(lines)


def withdraw(
    identifier: str,
    *,
    key_file: str | Path | None = None,
    checked: Collection[str] = (),
    surveys: Collection[str] = (),
    all_surveys: bool = False,
    on: dt.date | None = None,
) -> Withdrawal:
    """Remove one respondent from every file of answers, and write proof of it.

    Parameters
    ----------
    identifier : the number of the respondent as it stands in the files.
    key_file : key of ``make_key``; files with pseudonyms of that key are searched too, and the proof is keyed.
    checked : names of files that cannot be searched here and that a person has searched.
    surveys : names of the surveys that the respondent took part in, when the number is in use in several: survey tools
        begin again at 1 in each. Other surveys stay as they are.
    all_surveys : True when it is the same person in all of them.
    on : the day of the withdrawal; today when left out.

    Returns
    -------
    Withdrawal : files and counts, releases that keep their figures, and the proof.

    Raises
    ------
    InputError : nobody has this number; or a file cannot be searched (another format, no column with the number of a
        respondent) and is not named in ``checked``; or files of several surveys hold the number, or one that was
        withdrawn before, and neither ``surveys`` nor ``all_surveys`` says whose it is. Nothing has changed then.

    Notes
    -----
    A file in ``data/raw``, the survey stored from it, and files of its name in ``data/interim`` are one survey; any
    other file, such as one of voices, counts as a survey of its own.

    A row of a raw CSV file becomes an empty line, so that the row numbers of everybody else, in set-aside lists and
    reports, stay right. A withdrawal that was cut off is finished first. Rules R9 and art. 17(3)(d) GDPR: releases hold
    no cell that can be traced to a person, and stay.
    """
    project_folder()  # where no answers can be, nobody may hear that there are none
    finished = finish_withdrawal()
    wanted = identifier.strip()
    if not wanted:
        raise InputError(Problem("The number of the respondent is empty."))
    key = read_key(key_file) if key_file is not None else None
    names = {wanted.casefold()} | ({pseudonym(wanted, key)} if key else set())
    survey_of = surveys_of(files_of_answers())
    chosen = _chosen(surveys, survey_of)
    changed: dict[Path, tuple[bytes, int]] = {}
    unsearched: list[Problem] = []
    gone: dict[str, set[int]] = {}
    lists: list[tuple[Path, FoundRows]] = []
    for file in files_of_answers():
        if store_of(file) and file.name != "answers.parquet":
            continue  # goes along with the answers of its stored survey
        if chosen and survey_of[file][0] not in chosen and not is_list(file):
            continue
        try:
            if store_of(file):
                changed |= search_store(file, names)
                continue
            found = search_file(file, names)
        except NotSearchableError as reason:
            if file.name not in checked and short_name(file) not in checked:
                unsearched.append(Problem(f"It cannot be searched: {reason}.", short_name(file)))
            continue
        if isinstance(found, FoundRows):
            lists.append((file, found))
        elif found is not None:
            content, rows = found
            changed[file] = (content, len(rows))
            gone.setdefault(file.name, set()).update(rows)
    holding: dict[str, list[str]] = {}
    for file, (_, count) in changed.items():
        if not count:
            continue  # the card of a stored survey: it holds no answers
        holding.setdefault(survey_of[file][0], []).append(short_name(file))
    for file, table in lists:
        kept, lost = table.without_rows(gone)
        if lost:
            changed[file] = (kept, lost)
    if unsearched:
        raise InputError(
            unsearched,
            "Nothing was changed: some files cannot be searched. Search them by hand, then name them with --checked.",
        )
    found_before = find_proof(wanted, key_file=key_file)
    unsure = len(holding) > 1 or found_before is not None
    if holding and unsure and not (chosen or all_surveys):
        raise InputError(
            [Problem(f"Survey '{name}' holds this number.", ", ".join(files)) for name, files in holding.items()],
            "Nothing was changed: this number is in use in more than one survey, or was withdrawn before, and may be "
            "another person's. Name each survey that the respondent took part in with --survey NAME, or all with "
            "--all-surveys.",
        )
    if not changed:
        if found_before is not None and finished:
            return found_before  # this very withdrawal was cut off, and is done now
        if found_before is not None:
            raise InputError(Problem("This respondent was withdrawn before; the proof is there."))
        what = "No file of these surveys" if chosen else "No file of answers"
        raise InputError(Problem(f"{what} holds this respondent.", do="Check the number, and --key."))
    day = on or dt.date.today()
    method, salt, proof = _proof(wanted, key)
    record = {
        "number": len(_proofs()) + 1,
        "on": day.isoformat(),
        "method": method,
        "salt": salt,
        "proof": proof,
        "files": {short_name(file): count for file, (_, count) in changed.items() if count},
        "releases": _releases(),
        "why_releases_stay": say("privacy.why_releases_stay", "en"),
    }
    steps = []
    for file, (content, _) in changed.items():
        staged = file.with_name(f".{file.name}{_STAGED}")
        _write_through(staged, content)
        shutil.copymode(file, staged)
        steps.append({"file": short_name(file), "sha256": hashlib.sha256(content).hexdigest()})
    journal = project_folder("data", "raw", JOURNAL)
    draft = journal.with_name(f"{JOURNAL}{_STAGED}")
    _write_through(draft, json.dumps({"steps": steps, "record": record}).encode())
    draft.replace(journal)  # from here on the withdrawal will be finished
    finish_withdrawal()
    return _as_withdrawal(record)


def _chosen(surveys: Collection[str], survey_of: Mapping[Path, tuple[str, ...]]) -> set[str]:
    """The surveys that were named, by their own names."""
    wanted = [surveys] if isinstance(surveys, str) else list(surveys)
    known = {names[0]: names[0] for names in survey_of.values()}
    for names in survey_of.values():
        for other in names[1:]:
            known.setdefault(other, names[0])
    wrong = [name for name in wanted if name not in known]
    if wrong:
        raise InputError(
            Problem(f"No file of answers belongs to a survey '{name}'.", do=did_you_mean(name, sorted(known)))
            for name in wrong
        )
    return {known[name] for name in wanted}


def finish_withdrawal() -> bool:
    """Finish a withdrawal that was cut off, or clear away one that had not begun; True when there was one to finish."""
    journal = data_folder("raw", JOURNAL)
    if not journal.is_file():
        for name in FOLDERS:
            for left in data_folder(name).rglob(f".*{_STAGED}") if data_folder(name).is_dir() else ():
                left.unlink()
        return False
    content = json.loads(journal.read_text("utf-8"))
    for step in content["steps"]:
        file = project_folder("data").joinpath(*Path(step["file"]).parts[1:])
        staged = file.with_name(f".{file.name}{_STAGED}")
        if staged.is_file():
            staged.replace(file)
        elif not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != step["sha256"]:
            raise InputError(
                Problem(
                    "A withdrawal was cut off, and this file was changed by someone since.",
                    step["file"],
                    f"Look whether the respondent is still in it, then delete data/raw/{JOURNAL} and withdraw again.",
                )
            )
    record = content["record"]
    proofs = _proofs()
    if record["number"] not in [one["number"] for one in proofs]:
        import yaml

        text = yaml.safe_dump([*proofs, record], sort_keys=False, allow_unicode=True)
        target = project_folder("data", "raw", _PROOFS)
        draft = target.with_name(f".{_PROOFS}{_STAGED}")
        _write_through(draft, (_HEAD + text).encode())
        draft.replace(target)
    journal.unlink()
    return True


def find_proof(identifier: str, *, key_file: str | Path | None = None) -> Withdrawal | None:
    """The proof that a respondent was withdrawn, for who knows the number (and has the key, when one was used)."""
    key = read_key(key_file) if key_file is not None else None
    for record in _proofs():
        if record["method"] == "hmac-sha256" and key is None:
            continue
        _, _, proof = _proof(identifier.strip(), key if record["method"] == "hmac-sha256" else None, record["salt"])
        if hmac.compare_digest(proof, record["proof"]):
            return _as_withdrawal(record)
    return None


def _proof(identifier: str, key: bytes | None, salt: str = "") -> tuple[str, str, str]:
    """Method, salt and hash. Without a key a slow hash: short numbers could otherwise be tried one by one."""
    text = identifier.casefold().encode()
    salt = salt or secrets.token_hex(16)
    if key is not None:
        made = hmac.new(key, salt.encode() + pseudonym(identifier, key).encode(), hashlib.sha256).hexdigest()
        return "hmac-sha256", salt, made
    slow = hashlib.scrypt(text, salt=salt.encode(), n=2**15, r=8, p=1, maxmem=2**26)
    return "scrypt", salt, slow.hex()


def _proofs() -> list[dict[str, Any]]:
    import yaml

    path = data_folder("raw", _PROOFS)
    return (yaml.safe_load(path.read_text("utf-8")) or []) if path.is_file() else []


def _releases() -> list[str]:
    """Names of the releases of real surveys: they keep their figures."""
    names = []
    for path in sorted(data_folder("published").glob("*/release.json")):
        try:
            content = json.loads(path.read_text("utf-8"))
        except (OSError, json.JSONDecodeError):
            continue
        names.append(f"{content.get('name', path.parent.name)}{' (synthetic)' if content.get('synthetic') else ''}")
    return names


def _as_withdrawal(record: Mapping[str, Any]) -> Withdrawal:
    return Withdrawal(
        int(record["number"]), dt.date.fromisoformat(record["on"]), dict(record["files"]), tuple(record["releases"]),
        record["proof"], record["method"], record["salt"],
    )  # fmt: skip


def _write_through(path: Path, content: bytes) -> None:
    """Write a file to the disk itself, not only to its cache, readable by its owner only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
