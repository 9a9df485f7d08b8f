"""Where newer data are fetched from: a file that a person can edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.yaml_files import read_yaml

__all__ = ["read_settings"]

_NEEDED = {
    "boundaries": ("address", "year"),
    "addresses": ("address",),
    "cbs": ("table", "year", "columns"),
    "duo": (),
}


def read_settings(folder: Path) -> dict[str, Any]:
    """The settings in ``data/refresh/settings.yaml``.

    Raises
    ------
    InputError : the file is absent, is no YAML, or lacks a setting.
    """
    path = folder / "refresh" / "settings.yaml"
    held = read_yaml(path)
    problems = []
    for part, names in _NEEDED.items():
        if not isinstance(held.get(part), dict):
            problems.append(Problem(f"Part '{part}' is missing.", str(path)))
            continue
        problems += [
            Problem(f"Setting '{name}' is missing.", f"{path}, {part}") for name in names if not held[part].get(name)
        ]
    if problems:
        raise InputError(problems, title="The settings for refreshing cannot be used.")
    return held
