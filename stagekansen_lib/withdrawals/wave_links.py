"""What links the versions of a wave: keyed hashes of its respondents, left of the wall, until the answers must be gone.

``data/interim/.waves/WAVE.json`` holds a random key of its own, and for each release of that wave the hash of each
respondent's number and of their whole answer, and the exact counts behind its cells. Only its owner can read it, git
ignores it. Who withdraws leaves it together with the files of answers. On the retention date key, hashes and counts are
destroyed; what stays says that the wave takes no new version.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.privacy.answer_files import LINKS, store_of
from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.surveys.codebook_files import write_whole
from stagekansen_lib.withdrawals.recognising import Respondent

__all__ = [
    "WaveLinks", "close_expired", "keyed", "links_folder", "links_without", "read_links", "wave_links", "write_links",
]  # fmt: skip

# Places of the hashes of one respondent.
NUMBER, ANSWERS = "number", "answers"


@dataclass(frozen=True, repr=False)
class WaveLinks:
    """The links of one wave.

    Parameters
    ----------
    wave : its name. ``file`` : where the links stand.
    key : the secret key of this wave; empty when it was destroyed.
    until : last day on which the answers of the wave may be there; None when they are of nobody.
    closed_on : day on which key and hashes were destroyed; None while they are there.
    releases : for each release its codebook, the names of the files that went in, the hashes of its respondents
        and its cells.
    """

    wave: str
    file: Path
    key: bytes = b""
    until: dt.date | None = None
    closed_on: dt.date | None = None
    releases: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"WaveLinks({self.wave!r}, {len(self.releases)} release(s))"

    def expired(self, today: dt.date) -> bool:
        return self.closed_on is None and self.until is not None and self.until < today

    def closed(self, on: dt.date) -> WaveLinks:
        """The same wave without key, hashes and counts."""
        return WaveLinks(self.wave, self.file, until=self.until, closed_on=on)


def links_folder(releases: Path, *, of_people: bool = False) -> Path:
    """Where the links of a folder of releases stand: among the answers, those of people always.

    Links of made-up answers stand beside another folder of releases than that of the project.
    """
    if of_people:
        return project_folder("data", "interim", LINKS)
    interim = releases.parent / "interim"
    if interim.is_dir() or releases.resolve() == data_folder("published").resolve():
        return interim / LINKS
    return releases.parent / f".{releases.name}-waves"


def wave_links(wave: str, folder: Path) -> WaveLinks:
    """The links of a wave; with a new key when it has none yet."""
    plain = re.sub(r"[^a-z0-9]+", "-", wave.casefold()).strip("-")[:40]
    # Two names that look alike as a file are two waves.
    file = folder / f"{plain}-{hashlib.sha256(wave.casefold().encode()).hexdigest()[:8]}.json"
    return _read(file) if file.is_file() else WaveLinks(wave, file, secrets.token_bytes(32))


def read_links(folder: Path) -> list[WaveLinks]:
    """The links of every wave."""
    return [_read(file) for file in sorted(folder.glob("*.json"))] if folder.is_dir() else []


def _read(file: Path) -> WaveLinks:
    try:
        content = json.loads(file.read_text("utf-8"))
        until, closed_on = (
            dt.date.fromisoformat(content[name]) if content[name] else None for name in ("until", "closed_on")
        )
        key = bytes.fromhex(content["key"])
        return WaveLinks(content["wave"], file, key, until, closed_on, content["releases"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        if isinstance(problem, PermissionError) and problem.errno is None:
            raise  # the wall between answers and pages
        raise InputError(
            Problem(
                "The links between versions of a wave cannot be read.",
                file.name,
                "Put back a backup of this file; without it nobody sees what a new version would give away.",
            )
        ) from problem


def write_links(links: WaveLinks) -> None:
    """Write the links of a wave, for its owner alone; git leaves the folder out wherever it stands."""
    folder = links.file.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / ".gitignore", b"*\n", private=True)
    write_whole(links.file, _bytes(links), private=True)


def _bytes(links: WaveLinks) -> bytes:
    content = {
        "wave": links.wave,
        "key": links.key.hex(),
        "until": links.until.isoformat() if links.until else "",
        "closed_on": links.closed_on.isoformat() if links.closed_on else "",
        "releases": dict(links.releases),
    }
    return json.dumps(content, ensure_ascii=False).encode()


def keyed(key: bytes, kind: str, text: str) -> str:
    """The keyed hash of a number or a whole answer, 64 bits; empty for an empty text."""
    return hmac.new(key, f"{kind}\x1f{text}".encode(), hashlib.sha256).hexdigest()[:16] if text else ""


def close_expired(folder: Path | None = None, *, today: dt.date | None = None) -> list[str]:
    """Destroy key, hashes and counts of each wave whose retention date has passed; the names of those waves."""
    day = today or dt.date.today()
    gone = [one for one in read_links(folder or data_folder("interim", LINKS)) if one.expired(day)]
    for links in gone:
        write_links(links.closed(day))
    return [one.wave for one in gone]


def links_without(person: Respondent, files: Iterable[Path]) -> dict[Path, bytes]:
    """The links without one respondent, for a withdrawal to write with the files of answers that change.

    A wave of an export without numbers, of which one of these files is part, is closed: nobody can see which whole
    answer is theirs, so all of them go.
    """
    names = {store_of(file) or file.stem for file in files}
    changed = {}
    for links in read_links(data_folder("interim", LINKS)):
        without = _without(links, person, names)
        if without is not links:
            changed[links.file] = _bytes(without)
    return changed


def _without(links: WaveLinks, person: Respondent, names: set[str]) -> WaveLinks:
    theirs = {keyed(links.key, NUMBER, name) for name in person.names} if links.key else set()
    kept = {}
    for name, entry in links.releases.items():
        respondents = entry["respondents"]
        if not any(one[NUMBER] for one in respondents) and names & set(entry["files"]):
            return links.closed(dt.date.today())
        kept[name] = {**entry, "respondents": [one for one in respondents if one[NUMBER] not in theirs]}
    return replace(links, releases=kept) if kept != links.releases else links
