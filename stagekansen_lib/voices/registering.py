"""Released voices in the file of the register: added at its end in random order, taken out again."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import project_folder

__all__ = ["own_entries", "register_file", "with_entries", "without_entries"]

# An entry of our own begins so, and runs to the next entry or the end of the file.
_OWN = re.compile(r"^  - id: (v[0-9a-f]{12})\n(?:(?!  - ).*\n)*", re.MULTILINE)


def register_file() -> Path:
    """The register of voices of the project.

    Raises
    ------
    InputError : the project keeps no such register.
    """
    path = project_folder("data", "registers", "voices.yaml")
    if not path.is_file():
        raise InputError(Problem("This project has no register of voices.", str(path), "Copy one from the library."))
    return path


def own_entries(text: str) -> list[str]:
    """Public ids of the voices that were released into a register."""
    return [found[1] for found in _OWN.finditer(text)]


def with_entries(text: str, entries: Sequence[dict[str, Any]]) -> str:
    """The register with these entries, an entry of the same id replaced; own ones last, in the order of their ids."""
    import yaml

    blocks = {found[1]: found[0] for found in _OWN.finditer(text)}
    for entry in entries:
        dumped = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=110)
        blocks[entry["id"]] = "".join(f"  {line}\n" for line in dumped.splitlines())
    rest = _OWN.sub("", text)
    rest = rest if rest.endswith("\n") else f"{rest}\n"
    return _counted(rest + "".join(blocks[name] for name in sorted(blocks)))


def without_entries(text: str, leaves: Callable[[str], bool]) -> str:
    """The register without the own entries of which the id leaves."""
    left = _OWN.sub(lambda found: "" if leaves(found[1]) else found[0], text)
    return text if left == text else _counted(left)


def _counted(text: str) -> str:
    """The head says how many voices there are."""
    count = len(re.findall(r"^  - id: ", text, re.MULTILINE))
    return re.sub(r"^(  voices: )\d+$", rf"\g<1>{count}", text, count=1, flags=re.MULTILINE)
