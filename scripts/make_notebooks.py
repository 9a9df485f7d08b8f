"""Write the notebooks in Dutch (notebooks/) and English (notebooks/en/) from one source: scripts/notebooks/*.yaml.

    python scripts/make_notebooks.py

Change a text or a cell in the source, never in a notebook: a test compares them. Code is laid out by ruff.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "scripts" / "notebooks"
FOLDERS = {"nl": Path(), "en": Path("en")}
_BOTH = re.compile(r"«([^|»]*)\|([^|»]*)»")
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def main() -> None:
    write_notebooks(ROOT / "notebooks")


def write_notebooks(folder: Path) -> list[Path]:
    """Every notebook in both languages in a folder; the files that were written."""
    written = []
    for source in sorted(SOURCES.glob("*.yaml")):
        held = yaml.safe_load(source.read_text("utf-8"))
        for language, below in FOLDERS.items():
            path = folder / below / f"{held['names'][language]}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_as_text(_notebook(held["cells"], language)), "utf-8")
            written.append(path)
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--config", str(ROOT / "pyproject.toml")]
    subprocess.run([*command, *map(str, written)], check=True)
    return written


def _notebook(cells: list[dict[str, Any]], language: str) -> dict[str, Any]:
    made = [_cell(cell, language) | {"id": str(place)} for place, cell in enumerate(cells)]
    return {"cells": made, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}


def _cell(cell: dict[str, Any], language: str) -> dict[str, Any]:
    if "code" not in cell:
        return {"cell_type": "markdown", "metadata": {}, "source": cell[language].splitlines(keepends=True)}
    code = _BOTH.sub(lambda both: both[1 if language == "nl" else 2], cell["code"])
    folded = {"jupyter": {"source_hidden": True}} if cell.get("folded") else {}
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": folded,
        "outputs": [],
        "source": code.splitlines(keepends=True),
    }


def _as_text(notebook: dict[str, Any]) -> str:
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
