"""Fetch newer boundaries, figures and addresses; check them before anything is replaced.

Three steps, and a file changes only in the last: fetch and check everything that was asked for; compare with
what there is; replace the files, their cards and the data package. Whatever goes wrong before that leaves all
as it was.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.population.refresh import cbs, duo, pdok
from stagekansen_lib.population.refresh.pdok import geocode, geocode_reporting_points
from stagekansen_lib.population.refresh.prepared import Prepared
from stagekansen_lib.population.refresh.settings import read_settings
from stagekansen_lib.population.refresh.transport import Fetch, default_fetch
from stagekansen_lib.project.datapackages import update_card, write_datapackage
from stagekansen_lib.project.paths import project_folder

__all__ = ["SOURCES", "Change", "RefreshReport", "geocode", "geocode_reporting_points", "refresh"]

# Word on the command line -> what it fetches.
SOURCES = {
    "boundaries": "boundaries of municipalities (PDOK, CBS Gebiedsindelingen)",
    "cbs": "key figures of the nine municipalities (CBS StatLine)",
    "duo": "students by institution (DUO open onderwijsdata)",
}


@dataclass(frozen=True)
class Change:
    """One file: its path below ``data``, and the difference between old and new, line by line."""

    path: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([self.path, *(f"  {line}" for line in self.lines)])


@dataclass(frozen=True)
class RefreshReport:
    """What a refresh did. ``written`` is False after a trial; ``problems`` are those of the data package."""

    changes: tuple[Change, ...]
    written: bool
    problems: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        head = "Replaced:" if self.written else "Nothing was replaced; this would change:"
        return "\n".join([head, *(str(change) for change in self.changes), *(f"- {p}" for p in self.problems)])


def refresh(
    what: Sequence[str] = tuple(SOURCES),
    *,
    fetch: Fetch = default_fetch,
    get_table: Callable[..., list[dict[str, Any]]] | None = None,
    into: Path | None = None,
    trial: bool = False,
) -> RefreshReport:
    """Fetch newer data, check them, and replace the files of the project.

    Parameters
    ----------
    what : words of `SOURCES`. Addresses, years and tables stand in ``data/refresh/settings.yaml``.
    fetch : takes an address and gives bytes.
    get_table : takes a CBS table id and ``filters`` and gives rows; the function of that name of the package
        cbsodata when absent.
    into : the folder ``data`` to read from and write to; that of the project when absent.
    trial : fetch, check and compare, and replace nothing.

    Returns
    -------
    A report with the difference between old and new for each file.

    Raises
    ------
    InputError : an unknown word, or settings that cannot be used.
    RefusedError : an answer came and is not what it should be. No file was changed.
    StagekansenError : no answer came. No file was changed.
    """
    _refuse_unknown(what)
    folder = into or project_folder("data")
    settings = read_settings(folder)
    prepare: dict[str, Callable[[], list[Prepared]]] = {
        "boundaries": lambda: pdok.prepare_boundaries(settings["boundaries"], folder, fetch),
        "cbs": lambda: cbs.prepare_municipalities(settings["cbs"], folder, get_table),
        "duo": lambda: duo.prepare_tables(settings["duo"], folder, fetch),
    }
    prepared = [one for word in SOURCES if word in what for one in prepare[word]()]
    changes = tuple(Change(one.path, one.difference(folder)) for one in prepared)
    if trial:
        return RefreshReport(changes, written=False)
    _replace({folder / one.path: one.text for one in prepared})
    for one in prepared:
        path = folder / one.path
        update_card(path.parent / "card.yaml", path.name, one.card)
    return RefreshReport(changes, written=True, problems=tuple(write_datapackage(folder)))


def _refuse_unknown(words: Sequence[str]) -> None:
    unknown = [word for word in words if word not in SOURCES]
    if unknown:
        raise InputError(
            [Problem(f"'{word}' cannot be refreshed.", do=did_you_mean(word, list(SOURCES))) for word in unknown]
        )


def _replace(texts: dict[Path, str]) -> None:
    """Write all files beside the present ones first, then swap each in whole: nobody reads half a file."""
    written: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            written[path] = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            written[path].chmod(0o644)
        for path, fresh in written.items():
            fresh.replace(path)
    finally:
        for fresh in written.values():
            fresh.unlink(missing_ok=True)
