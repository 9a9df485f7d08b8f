"""What the folder of a release holds, read as an attacker reads it: bytes, texts, and rows of figures.

Part of ``attack``: it knows nothing of how a release is made, checks no seal, and takes every column it finds.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.spreadsheets import plain_cell

__all__ = ["Evidence", "FigureRow", "FigureTable", "read_evidence", "read_site"]

MISSING = "."


@dataclass(frozen=True, eq=False)
class FigureRow:
    """A row of a table: the group and answer it speaks of, and the texts of its columns."""

    table: str
    group: tuple[tuple[str, str], ...]
    code: str
    texts: Mapping[str, str]

    @property
    def name(self) -> str:
        """How a finding names the row."""
        parts = [f"{name}={answer}" for name, answer in self.group] + ([f"answer {self.code}"] if self.code else [])
        return f"{self.table}: {', '.join(parts) or 'everyone'}"

    @property
    def mark(self) -> str:
        return self.texts.get("mark", "")

    @property
    def told(self) -> bool:
        """A class such as "<10%" stands in place of the figure."""
        return self.mark[:1] in ("<", ">")

    @property
    def hidden(self) -> bool:
        return self.mark == "x"

    def number(self, *columns: str) -> float:
        """The first of these columns that holds a number; NaN when none does."""
        for column in columns:
            try:
                return float(self.texts.get(column, ""))
            except ValueError:
                continue
        return math.nan

    def base(self) -> tuple[float, float] | None:
        """The class of the base as its ends; None when no class is told."""
        low, _, high = self.texts.get("base", "").partition("-")
        if low.endswith("+") and low[:-1].isdigit():
            return float(low[:-1]), math.inf
        if low.isdigit():
            return float(low), float(high) if high.isdigit() else float(low)
        return None


@dataclass(frozen=True)
class FigureTable:
    """A table of a release as its file and its entry give it."""

    id: str
    kind: str
    of: str
    by: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True)
class Evidence:
    """All bytes of a folder, and what can be read from them.

    ``answers`` : the codes of each variable, as texts. ``derivations`` : how variables are made from questions.
    """

    name: str
    facts: Mapping[str, Any]
    files: Mapping[str, bytes]
    tables: tuple[FigureTable, ...]
    answers: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, Mapping[str, Any]]
    derivations: tuple[Mapping[str, Any], ...] = ()

    @property
    def survey(self) -> str:
        return str(self.facts.get("survey", ""))

    @property
    def wave(self) -> str:
        return str(self.facts.get("wave") or "")

    @property
    def comparisons(self) -> list[Mapping[str, Any]]:
        return list(self.facts.get("comparisons") or [])

    def is_multiple(self, name: str) -> bool:
        return self.variables.get(name, {}).get("kind") == "multiple"

    def rows(self) -> Iterator[tuple[FigureTable, FigureRow]]:
        for table in self.tables:
            for row in table.rows:
                yield table, row


def read_evidence(folder: Path) -> Evidence:
    """Everything in the folder of a release.

    Raises
    ------
    InputError : there is no release.json to read the tables by.
    """
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
    if "release.json" not in files:
        raise InputError(Problem(f"There is no release in {folder.name}.", do="Give the folder of a release."))
    facts = json.loads(files["release.json"])
    codebook = json.loads(files.get("codebook.json", b'{"variables": []}'))
    variables = {entry["name"]: entry for entry in codebook["variables"]}
    answers = {name: tuple(str(one["code"]) for one in entry["codes"]) for name, entry in variables.items()}
    tables = [_table(entry, files) for entry in facts["tables"] if entry["file"] in files]
    made = tuple(codebook.get("derivations", ()))
    return Evidence(str(facts.get("name", folder.name)), facts, files, tuple(tables), answers, variables, made)


def read_site(folder: Path) -> dict[str, bytes]:
    """The bytes of every file in a folder of pages or exports.

    Raises
    ------
    InputError : there is no such folder, or it is empty.
    """
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    if not files:
        raise InputError(Problem(f"There are no files in {folder}.", do="Give a folder of built pages or exports."))
    return {name: path.read_bytes() for name, path in files.items()}


def _table(entry: Mapping[str, Any], files: Mapping[str, bytes]) -> FigureTable:
    reader = csv.DictReader(io.StringIO(files[entry["file"]].decode("utf-8", "replace"), newline=""), restval="")
    by, code = tuple(entry["by"]), entry["code"]
    rows = []
    for texts in reader:
        found = {str(column): plain_cell(str(text)) for column, text in texts.items() if column is not None}
        group = tuple((name, found.get(name, "")) for name in by)
        answer = found.get("code", "") if code is None else str(code)
        rows.append(FigureRow(entry["id"], group, answer, found))
    return FigureTable(entry["id"], entry["kind"], entry["of"], by, tuple(reader.fieldnames or ()), tuple(rows))
