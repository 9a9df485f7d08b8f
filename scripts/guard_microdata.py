"""Refuse files of answers in a commit: under data/raw and data/interim only cards may enter git.

Called by pre-commit with the names of the files to be committed; prints those that may not enter and fails.
"""

from __future__ import annotations

import sys
from pathlib import PurePosixPath


def _is_card(path: PurePosixPath) -> bool:
    """A card says what a file is; any other YAML there may hold voices or proofs of withdrawal."""
    return path.name in ("card.yaml", ".gitkeep", "README.md") or path.name.endswith(".privacy.yaml")


def refused(names: list[str]) -> list[str]:
    """The names that may not enter: under data/raw or data/interim and no card, or what persons say in the ledger."""
    paths = [PurePosixPath(name.replace("\\", "/")) for name in names]
    return [
        str(path)
        for path in paths
        if (path.parts[:2] in (("data", "raw"), ("data", "interim")) and not _is_card(path))
        or "/ledger/private/" in f"/{path}"
    ]


if __name__ == "__main__":
    found = refused(sys.argv[1:])
    for name in found:
        print(
            f"{name}: answers of people never enter git. Leave it out; "
            "card.yaml, NAME.privacy.yaml and README.md may enter."
        )
    sys.exit(1 if found else 0)
