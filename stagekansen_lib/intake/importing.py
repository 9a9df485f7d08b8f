"""Take a survey in: read an export, store it, and say so only when it was read back whole."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from stagekansen_lib.drafts.drafting import CodebookDraft
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.intake.stores import read_stored, refuse_name, write_survey
from stagekansen_lib.project.locks import answers_locked
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.surveys import Survey

__all__ = ["import_survey", "name_for"]


def name_for(file: Path) -> str:
    """What a survey is called in the store when nobody says otherwise: its file, in letters that every computer has."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", file.stem).strip("_-")


def import_survey(
    file: Path,
    codebook: str | Codebook | CodebookDraft,
    *,
    name: str,
    replace: bool = False,
    **reading: Any,
) -> tuple[Survey, Path]:
    """Read an export and store it, with the lock over the answers held from the first to the last.

    Parameters
    ----------
    file, codebook, reading : as for ``read_survey``.
    name, replace : as for ``write_survey``.

    Returns
    -------
    Survey as it was read back from the store, and its card.

    Raises
    ------
    InputError : as ``read_survey`` and ``write_survey``; or somebody changed the file while it was read.
    """
    place = project_folder("data", "interim")
    refuse_name(name, place, replace=replace)  # before any work is done, and once more when it is this one's turn
    with answers_locked(f"import {name}"):
        refuse_name(name, place, replace=replace)
        before = _hash_of(file)
        survey = read_survey(file, codebook, **reading)
        if _hash_of(file) != before:
            raise InputError(Problem("The file was changed while it was read.", file.name, "Import it again."))
        card = write_survey(survey, name, replace=replace)
        return read_stored(name), card


def _hash_of(file: Path) -> str:
    if not file.is_file():
        return ""  # what is missing, reading says
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
