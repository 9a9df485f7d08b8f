"""Whether the releases in a folder are what they were, follow each other, and still withstand the attacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from stagekansen_lib.attacks.attack import attack
from stagekansen_lib.attacks.findings import ABSENT, PASSED
from stagekansen_lib.errors import Problem, RefusedError
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases.reading import Release, list_releases, read_release

__all__ = ["check_releases"]


def check_releases(folder: Path | None = None) -> list[Problem]:
    """Everything that is wrong with the releases of a folder; an empty list when they are in order.

    Checked: every file against its fingerprint; the seal of the release before, which each release holds; and the
    attacks, tried anew on the bytes as they are now, together with every other release of the folder.

    Seals are no signatures: whoever owns the folder can change a table, write its fingerprint and seal anew, and that
    of every later release. The attacks then still refuse what gives people away. That a figure is another than was
    published shows only beside a copy elsewhere: the history in git, or a seal that somebody else wrote down.

    Parameters
    ----------
    folder : folder of the releases; ``data/published`` when left out.

    Examples
    --------
    >>> check_releases()
    []
    """
    home = folder or data_folder("published")
    problems: list[Problem] = []
    read: dict[str, Release] = {}
    for name in list_releases(home):
        try:
            read[name] = read_release(name, folder=home)
        except RefusedError as refusal:
            problems.append(Problem(str(refusal), f"release {name}"))
    for name, release in read.items():
        problems += [Problem(what, f"release {name}", do) for what, do in _doubts(release, read, home)]
    return problems


_FETCH = "Fetch the folder again from where it was published."


def _doubts(release: Release, read: dict[str, Release], home: Path) -> Iterator[tuple[str, str]]:
    before = read.get(release.previous)
    if release.previous and before is None:
        yield f"The release before it, '{release.previous}', is not here or is not what it was.", _FETCH
    elif before is not None and before.sha256 != release.previous_sha256:
        yield f"It was made after another '{release.previous}' than the one that is here.", _FETCH
    yield from _attacked(release, home)


def _attacked(release: Release, home: Path) -> Iterator[tuple[str, str]]:
    """What the attacks of today find, and whether the report that was stored is one of all of them."""
    report = attack(release.name, folder=home)
    if not report.passed:
        found = "; ".join(
            f"attack {one.number}: {one.findings[0]}" for one in (*report.failed, *report.undecided) if one.findings
        )
        yield f"It does not withstand the attacks ({found}).", "Take the release away, and find out who changed it."
        return
    stored = json.loads((release.folder / "attack.json").read_text("utf-8"))["attacks"]
    withstood = all(one["verdict"] in (PASSED, ABSENT) for one in stored)
    if not withstood or [one["number"] for one in stored] != [one.number for one in report.checks]:
        yield "The report of the attacks that it holds is not that of a release that withstood them.", _FETCH
