"""Where the workbench keeps its data. One place knows; every other module asks here.

What is read comes from the project folder first and from the library second: rules, codebooks, margins, registers,
regions, open data and the synthetic example travel with it. What is written goes to the project folder only.
"""

from __future__ import annotations

import os
from pathlib import Path

from stagekansen_lib.errors import InputError, Problem

__all__ = [
    "PACKED", "PRIVATE", "data_files", "data_folder", "library_folder", "packed_folder", "project_folder",
    "project_path",
]  # fmt: skip

_VARIABLE = "STAGEKANSEN_HOME"
# Folder of the library that holds what travels with it; a clone has none, as its own ``data`` serves.
PACKED = "_data"
# Folders of answers: never in git, never in the package, never taken from another project than one's own.
PRIVATE = ("raw", "interim")
# Folders that are of a place. A project with a place of its own takes none of them from the library, whose place is
# another.
_OF_A_PLACE = (
    "comparability",
    "ledger",
    "margins",
    "open-data",
    "place",
    "published",
    "regions",
    "registers",
    "series",
)


def library_folder(*parts: str) -> Path:
    """The folder of the library's own code, or a folder or file below it, such as ``library_folder("assets")``."""
    return Path(__file__).resolve().parents[1].joinpath(*parts)


def project_folder(*parts: str) -> Path:
    """The folder of the project, or a folder or file below it: the only place that is written to.

    It is the folder named by the environment variable STAGEKANSEN_HOME, else the clone that the library stands in. It
    holds ``data/``; a clone holds ``notebooks/`` and ``dashboards/`` too.

    Raises
    ------
    InputError : there is no such folder, or it holds no folder ``data``; the text names where was looked.
    """
    folder = _own_folder()
    if folder is None:
        looked = f"The library stands in {library_folder()}, not in a project, and {_VARIABLE} is not set."
    elif not (folder / "data").is_dir():
        looked = f"There is no folder 'data' in {folder}."
    else:
        return folder.joinpath(*parts)
    raise InputError(
        Problem(
            f"There is no project folder to write to or to start from. {looked}",
            do=f"Make a folder with a folder 'data' in it, or clone the project, and set {_VARIABLE} to it.",
        )
    )


def data_folder(*parts: str) -> Path:
    """The folder ``data`` to read from, or a folder or file below it, such as ``data_folder("registers")``.

    What the project folder has comes first, what travels with the library second. It may be in neither: who reads it
    says so.

    Raises
    ------
    InputError : STAGEKANSEN_HOME names a folder that is no project.
    """
    if _own_folder() is None:
        return library_folder(PACKED, *parts)
    own = project_folder("data", *parts)
    return own if own.exists() or _only_own(*parts[:1]) else packed_folder().joinpath(*parts)


def data_files(folder: str, pattern: str) -> list[Path]:
    """The files in a folder of ``data`` by name; one of the project stands in for the library's of the same name."""
    found = {} if _only_own(folder) else {path.name: path for path in packed_folder().joinpath(folder).glob(pattern)}
    if _own_folder() is not None:
        found |= {path.name: path for path in project_folder("data", folder).glob(pattern)}
    return [found[name] for name in sorted(found)]


def project_path(path: Path) -> str:
    """A file as the project calls it, such as "data/rules/team.yaml", whether it stands there or travels with the
    library; of any other file the name only.
    """
    inside = path.resolve()
    own = _own_folder()
    homes = [(packed_folder(), "data/"), *([(own, "")] if own else [])]
    for home, before in homes:
        if inside.is_relative_to(home.resolve()):
            return before + inside.relative_to(home.resolve()).as_posix()
    return inside.name


def _own_folder() -> Path | None:
    """The folder that is meant as the project, whether it can be used or not; None for a library installed alone."""
    named = os.environ.get(_VARIABLE)
    if named:
        return Path(named)
    return None if library_folder(PACKED).is_dir() else library_folder().parent


def _only_own(folder: str = "") -> bool:
    """Whether a folder of ``data`` is never taken from the library: answers, and all that is of another place."""
    if folder in PRIVATE:
        return True
    own = _own_folder()
    return folder in _OF_A_PLACE and own is not None and (own / "data" / "place" / "place.yaml").is_file()


def packed_folder() -> Path:
    """What travels with the library: in the library as it was installed, else in the clone that it stands in."""
    packed = library_folder(PACKED)
    return packed if packed.is_dir() else library_folder().parent / "data"
