"""Which releases the pages show: those that ``data/site.yaml`` names, else all, the newest first."""

from __future__ import annotations

from pathlib import Path

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.releases.reading import list_releases, read_release

__all__ = ["release_to_show", "shown_releases"]


def shown_releases(folder: Path | None = None, choices: Path | None = None) -> tuple[str, ...]:
    """The names of the releases that the pages show, the one that comes first in front.

    Parameters
    ----------
    folder : folder that holds the folders of releases; ``data/published`` when left out.
    choices : the file that names them under ``releases``; ``data/site.yaml`` when left out. Without the file, or with
        an empty list, all are shown: releases of answers of people before made-up ones, the newest first.

    Raises
    ------
    InputError : the file names a release that is not there, or one twice; or there is none at all.

    >>> shown_releases()
    ('example-2022', 'voorbeeldstad-2024')
    """
    there = list_releases(folder)
    file = choices or data_folder("site.yaml")
    named = (read_yaml(file).get("releases") or []) if file.is_file() else []
    if not isinstance(named, list):
        raise InputError(Problem("'releases' is no list.", file.name, "Write releases: [name-of-a-release]."))
    problems = [
        Problem(f"There is no release '{name}'.", file.name, did_you_mean(str(name), there))
        for name in named
        if name not in there
    ]
    problems += [
        Problem(f"Release '{name}' is named twice.", file.name, "Name it once.")
        for name in sorted({str(name) for name in named if named.count(name) > 1})
    ]
    if not there:
        problems.append(Problem("There is no release to show.", do="Make one: stagekansen release NAME."))
    if problems:
        raise InputError(problems)
    if named:
        return tuple(str(name) for name in named)
    read = {name: read_release(name, folder=folder) for name in there[::-1]}
    # Sorting keeps what is alike in its order, the newest first. Made-up answers never stand before those of people,
    # nor the made-up index of a town that is not there before an example of this place.
    return tuple(sorted(read, key=lambda name: (read[name].synthetic, read[name].synthetic and bool(read[name].index))))


def release_to_show(name: str | None = None, *, with_index: bool = False) -> str:
    """The release that a page is about: the one that is named, else the first that is shown.

    ``with_index`` : the first that holds a yearly index, where there is one.

    >>> release_to_show(), release_to_show(with_index=True)
    ('example-2022', 'voorbeeldstad-2024')
    """
    if name is not None:
        return name
    shown = shown_releases()
    return next((one for one in shown if with_index and read_release(one).index is not None), shown[0])
