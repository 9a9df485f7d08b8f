"""Add a table to those that are declared for a release, as text below what stands there: comments stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from stagekansen_lib.disclosure import rules
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.surveys.codebook_files import write_whole

__all__ = ["declare_table"]


def declare_table(codebook: str, table: Mapping[str, Any]) -> Path:
    """Add a table to the declared tables of a codebook; gives their file.

    Parameters
    ----------
    codebook : name of the codebook.
    table : statistic, of, by, code, title_nl, title_en and what else a declaration may hold; empty ones are left out.

    Raises
    ------
    InputError : the same table is declared already, or the file cannot be read afterwards; it is then as it was.
    """
    declared = rules.read_declared_tables(codebook)
    asked = (table["statistic"], table["of"], tuple(table.get("by", ())), table.get("code"))
    for one in declared:
        if (one.statistic, one.of, one.by, one.code) == asked:
            raise InputError(Problem(f"This table is declared already, as '{one.id}'.", do="Make a release."))
    known = rules.declared_tables_file(codebook)
    before = known.read_bytes() if known.is_file() else b"tables:\n"
    # What travels with the library is read and never written: the project gets a file of its own.
    place = project_folder("data", "rules", known.name)
    existed = place.is_file()
    filled = {key: value for key, value in table.items() if value not in (None, "", [])}
    entry = {"id": _free_id(table, {one.id for one in declared}), **filled}
    added = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=110).encode()
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, before.rstrip() + b"\n" + added)
    try:
        rules.read_declared_tables(codebook)
    except InputError:
        if existed:
            write_whole(place, before)
        else:
            place.unlink()
        raise
    return place


def _free_id(table: Mapping[str, Any], taken: set[str]) -> str:
    name = "_by_".join([str(table["of"]), *table.get("by", ())])
    return next(one for one in (name, *(f"{name}_{count}" for count in range(2, len(taken) + 3))) if one not in taken)
