"""A draft on disk: what was said of a file, and nothing that the file says. Written after every confirmation.

The state of a draft follows from the file and from what was said, so that only this is kept: a file of a few lines that
holds no answer. It lies in ``data/interim/drafts``, where git does not look.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from stagekansen_lib.drafts.drafting import CodebookDraft, codebook_name, draft_codebook
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.surveys.codebook_files import read_codebook, write_whole

__all__ = ["draft_file", "resume_draft", "save_draft"]


def draft_file(path: str | Path) -> Path:
    """Where the draft of an export is kept."""
    return project_folder("data", "interim", "drafts") / f"{codebook_name(Path(path))}.yaml"


def save_draft(draft: CodebookDraft, path: str | Path, *, like: str = "") -> Path:
    """Keep what was said of the draft of an export.

    Parameters
    ----------
    draft, path : the draft, and the export that it was made of.
    like : name of the codebook of an earlier year that it follows.
    """
    import yaml

    kept = draft_file(path)
    content = {
        "file": Path(path).name,
        "sha256": _hash_of(Path(path)),
        "name": draft.state["name"],
        "like": like,
        "reading": {name: str(value) for name, value in draft.reading.items() if value is not None},
        "actions": draft.actions,
    }
    kept.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
    write_whole(kept, text.encode("utf-8"), private=True)
    return kept


def resume_draft(path: str | Path, name: str | None = None, *, like: str = "", **reading: Any) -> CodebookDraft:
    """The draft of an export as it was left, or a new one.

    Parameters
    ----------
    path, name, reading : as for ``draft_codebook``.
    like : name or path of the codebook of an earlier year.

    Raises
    ------
    InputError : the file cannot be read; or what was said of it no longer fits the file, which was changed since.
    """
    kept = draft_file(path)
    content = read_yaml(kept) if kept.is_file() else {}
    like = like or str(content.get("like", ""))
    reading = {**content.get("reading", {}), **{key: value for key, value in reading.items() if value is not None}}
    earlier = read_codebook(like) if like else None
    draft = draft_codebook(path, name or content.get("name"), like=earlier, **reading)
    changed = bool(content) and content.get("sha256") != _hash_of(Path(path))
    try:
        draft.repeat(content.get("actions", []))
    except InputError as problem:
        if not changed:
            raise
        raise InputError(
            Problem(
                "What was confirmed before does not fit the file, which was changed since.",
                str(kept),
                "Delete this draft and begin again, or put the earlier file back.",
            )
        ) from problem
    return draft


def _hash_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
