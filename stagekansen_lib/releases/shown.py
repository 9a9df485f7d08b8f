"""Which releases the pages show, and what is said of each: as ``data/site.yaml`` says, else all, the newest first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.places import Texts, read_place
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.releases.reading import Release, list_releases, read_release

__all__ = [
    "LIVE_VARIABLE", "PAGES_OF_A_RELEASE", "PAGES_VARIABLE", "RELEASE_VARIABLE", "AboutRelease", "about_release",
    "check_shown_releases", "release_to_show", "releases_beside", "releases_to_choose", "shown_releases",
]  # fmt: skip

# Names the release of which the pages are made; it is set for each of the others while the pages are built.
RELEASE_VARIABLE = "STAGEKANSEN_RELEASE"
# Names the folder that takes what goes beside a page while the pages are built.
PAGES_VARIABLE = "STAGEKANSEN_PAGES"
# Set in the kernel of a live page, which shows widgets and never what stands in for them.
LIVE_VARIABLE = "STAGEKANSEN_LIVE"
# Pages that are made anew for each release that a reader can choose, and whether the release must hold an index.
PAGES_OF_A_RELEASE = {"verkenner": False, "monitor": True}
_PARTS = ("title", "maker", "note")
_BOTH = ("nl", "en")


@dataclass(frozen=True)
class AboutRelease:
    """What a place says of one of its releases; a part that it does not tell is empty.

    Parameters
    ----------
    title : what a reader chooses and reads above it, instead of its name.
    maker : who made it, instead of who is named in it.
    note : what a reader must know of it.
    """

    title: Texts = field(default_factory=dict)
    maker: Texts = field(default_factory=dict)
    note: Texts = field(default_factory=dict)


def shown_releases(folder: Path | None = None, choices: Path | None = None) -> tuple[str, ...]:
    """The names of the releases that the pages show, the one that comes first in front.

    Parameters
    ----------
    folder : folder that holds the folders of releases; ``data/published`` when left out.
    choices : the file that names them under ``releases``; ``data/site.yaml`` when left out. Without the file, or with
        an empty list, all are shown: releases of answers of people before made-up ones, the newest first.

    Raises
    ------
    InputError : the file names a release that is not there, or one twice, or says something of a release that cannot be
        read; or there is none at all. All problems are named.

    >>> shown_releases()
    ('example-2022', 'voorbeeldstad-2024')
    """
    there = list_releases(folder)
    content, file = _choices(choices)
    named = content.get("releases") or []
    if not isinstance(named, list):
        raise InputError(Problem("'releases' is no list.", file, "Write releases: [name-of-a-release]."))
    problems = [
        Problem(f"There is no release '{name}'.", file, did_you_mean(str(name), there))
        for name in named
        if name not in there
    ]
    problems += [
        Problem(f"Release '{name}' is named twice.", file, "Name it once.")
        for name in sorted({str(name) for name in named if named.count(name) > 1})
    ]
    problems += [Problem(text, file, do) for text, do in _wrong(content, there)]
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


def check_shown_releases(choices: Path | None = None) -> list[Problem]:
    """What is wrong in ``data/site.yaml``; nothing where a place has no such file.

    >>> check_shown_releases()
    []
    """
    if not (choices or data_folder("site.yaml")).is_file():
        return []
    try:
        shown_releases(choices=choices)
    except InputError as refused:
        return list(refused.problems)
    return []


def release_to_show(name: str | None = None, *, with_index: bool = False) -> str:
    """The release that a page is about: the one that is named, else the first that is shown.

    ``with_index`` : the first that holds a yearly index, where there is one. While the pages of another release are
    built, the environment variable STAGEKANSEN_RELEASE names it.

    >>> release_to_show(), release_to_show(with_index=True)
    ('example-2022', 'voorbeeldstad-2024')
    """
    named = name if name is not None else os.environ.get(RELEASE_VARIABLE)
    if named:
        return named
    shown = shown_releases()
    return next((one for one in shown if with_index and read_release(one).index is not None), shown[0])


def releases_to_choose(*, with_index: bool = False) -> tuple[str, ...]:
    """The releases between which a reader of a page can choose, the one that the page is about in front.

    Those that ``data/site.yaml`` names; without that, the ones like the first: of people or made up, with an index or
    without, and of each wave the newest only. ``with_index`` : of the page of the yearly index, where it needs one.

    >>> releases_to_choose(), releases_to_choose(with_index=True)
    (('example-2022',), ('voorbeeldstad-2024',))
    """
    shown = {name: read_release(name) for name in shown_releases()}
    indexed = {name: one for name, one in shown.items() if one.index is not None}
    of_page = indexed if with_index and indexed else shown
    if not _choices()[0].get("releases"):
        first = next(iter(of_page.values()))
        of_page = _newest_of_each_wave({name: one for name, one in of_page.items() if _alike(one, first)})
    return tuple(of_page)


def releases_beside(release: Release, *, with_index: bool = False) -> tuple[Release, ...]:
    """The releases between which a reader of this one can choose, this one among them; none when there is no other.

    ``with_index`` : as in `releases_to_choose`.
    """
    names = releases_to_choose(with_index=with_index)
    return tuple(map(read_release, names)) if release.name in names and len(names) > 1 else ()


def about_release(name: str, choices: Path | None = None) -> AboutRelease:
    """What ``data/site.yaml`` says of a release under ``about``; the maker of the place where it names none.

    Parameters
    ----------
    name : name of the release.
    choices : the file; ``data/site.yaml`` when left out.
    """
    told = (_choices(choices)[0].get("about") or {}).get(name) or {}
    maker = told.get("maker") or read_place().maker
    return AboutRelease(told.get("title") or {}, maker if any(maker.values()) else {}, told.get("note") or {})


def _alike(one: Release, other: Release) -> bool:
    return one.synthetic == other.synthetic and (one.index is None) == (other.index is None)


def _newest_of_each_wave(releases: Mapping[str, Release]) -> dict[str, Release]:
    """A release without a wave is one of its own; the newest stands in front."""
    waves: dict[str, str] = {}
    for name, one in releases.items():
        waves.setdefault(one.wave or name, name)
    return {name: releases[name] for name in waves.values()}


def _choices(choices: Path | None = None) -> tuple[dict[str, Any], str]:
    """What the file says, and its name."""
    file = choices or data_folder("site.yaml")
    return (read_yaml(file) if file.is_file() else {}), file.name


def _wrong(content: Mapping[str, Any], there: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with the file beside the names of releases, and what to do."""
    known = ("releases", "about")
    yield from ((f"'{name}' is unknown.", did_you_mean(str(name), known)) for name in content if name not in known)
    about = content.get("about") or {}
    if not isinstance(about, Mapping):
        yield "'about' does not hold releases.", "Write about: {name-of-a-release: {title: {nl: ..., en: ...}}}."
        return
    for name, told in about.items():
        if name not in there:
            yield f"There is no release '{name}' to say something about.", did_you_mean(str(name), there)
        if not isinstance(told, Mapping):
            yield f"What is said of '{name}' is no title, maker or note.", "Write title: {nl: ..., en: ...}."
            continue
        for part, texts in told.items():
            if part not in _PARTS:
                yield f"'{part}' of '{name}' is unknown.", did_you_mean(str(part), _PARTS)
            elif not isinstance(texts, Mapping) or set(texts) != set(_BOTH):
                yield f"'{part}' of '{name}' is no text in two languages.", "Write {nl: ..., en: ...}."
