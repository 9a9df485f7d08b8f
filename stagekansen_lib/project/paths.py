"""Where the workbench keeps its data. One place knows; every other module asks here."""

from __future__ import annotations

import os
from pathlib import Path

from stagekansen_lib.errors import InputError, Problem

__all__ = ["data_folder", "library_folder", "project_folder"]

_VARIABLE = "STAGEKANSEN_HOME"


def library_folder(*parts: str) -> Path:
    """The folder of the library's own code, or a folder or file below it, such as ``library_folder("assets")``."""
    return Path(__file__).resolve().parents[1].joinpath(*parts)


def project_folder() -> Path:
    """The folder that holds ``data/``, ``notebooks/`` and ``dashboards/``.

    It is the clone this library was installed from, or the folder named by the environment variable
    STAGEKANSEN_HOME.

    Raises
    ------
    InputError : neither holds a folder ``data``.
    """
    named = os.environ.get(_VARIABLE)
    folder = Path(named) if named else library_folder().parent
    if not (folder / "data").is_dir():
        raise InputError(
            Problem(
                f"There is no folder 'data' in {folder}.",
                do=f"Run from a clone of the project, or set {_VARIABLE} to the folder of the clone.",
            )
        )
    return folder


def data_folder(*parts: str) -> Path:
    """The folder ``data``, or a folder or file below it, such as ``data_folder("registers")``."""
    return project_folder().joinpath("data", *parts)
