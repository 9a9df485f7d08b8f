"""DUO open onderwijsdata: numbers of students by institution, from CSV files whose addresses stand in the
settings."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.population.refresh.prepared import Prepared, Row, csv_text
from stagekansen_lib.population.refresh.transport import Fetch
from stagekansen_lib.population.regions import municipality_names

__all__ = ["prepare_tables"]

_UNCHANGED = "Nothing was changed."
_KEYS = ("year", "region_code", "region", "institution_code", "institution", "sector", "route")
_COLUMNS = [
    "year",
    "region_code",
    "region",
    "institution_code",
    "institution",
    "level",
    "sector",
    "route",
    "variable",
    "value",
    "unit",
    "hidden_cells",
]


def prepare_tables(settings: dict[str, Any], folder: Path, fetch: Fetch) -> list[Prepared]:
    """One table for each entry of the settings, in the long form of ``data/open-data``.

    Counts that DUO hides (negative in its files) are left out of a sum and counted in ``hidden_cells``: such a sum is
    a lower bound. A sum of hidden counts only has no row. Where the file names municipalities, only courses given in
    the nine are kept.

    Raises
    ------
    InputError : an entry of the settings cannot be used.
    RefusedError : the answer is no such table, or an institution that must be in it is missing.
    """
    return [_prepare(name, entry, folder, fetch) for name, entry in settings.items()]


def _prepare(name: str, entry: dict[str, Any], folder: Path, fetch: Fetch) -> Prepared:
    _refuse_lacking(entry, f"{folder / 'refresh' / 'settings.yaml'}, duo, {name}")
    raw = _read(fetch(entry["address"]), name, [*entry["columns"].values(), *entry["counts"].values()])
    sums, hidden = _counted(raw, name, entry)
    missing = set(entry["must_hold"]) - {key[_KEYS.index("institution_code")] for key in sums}
    if missing:
        raise RefusedError(f"{name}: no row of institution {', '.join(sorted(missing))}. {_UNCHANGED}")
    same = {"level": entry["level"], "variable": "students", "unit": "persons"}
    rows: list[Row] = [
        {**dict(zip(_KEYS, key, strict=True)), **same, "value": str(total), "hidden_cells": str(hidden[key])}
        for key, total in sorted(sums.items())
    ]
    columns = [column for column in _COLUMNS if any(row[column] for row in rows)]
    rows = [{column: row[column] for column in columns} for row in rows]
    years = sorted({row["year"] for row in rows})
    return Prepared(f"open-data/{name}.csv", csv_text(columns, rows), _card(entry, years))


def _refuse_lacking(entry: dict[str, Any], where: str) -> None:
    lacking = [part for part in ("address", "level", "columns", "counts", "must_hold") if not entry.get(part)]
    if lacking:
        raise InputError(Problem(f"It lacks {', '.join(lacking)}.", where))


_Counts = dict[tuple[str, ...], int]


def _counted(raw: list[Row], name: str, entry: dict[str, Any]) -> tuple[_Counts, _Counts]:
    """The sum of the counts that are told for each set of keys, and how many counts of it are hidden."""
    sums: _Counts = {}
    hidden: _Counts = {}
    for number, row in enumerate(raw, start=2):
        described = _described(row, entry["columns"])
        if described is None:
            continue
        for route, column in entry["counts"].items():
            parts = described if route == "all" else {**described, "route": route}
            key = tuple(parts.get(part, "") for part in _KEYS)
            count = _count(row[column], name, number, column)
            hidden[key] = hidden.get(key, 0) + (count < 0)
            if count >= 0:
                sums[key] = sums.get(key, 0) + count
    return sums, hidden


def _described(row: Row, columns: dict[str, str]) -> dict[str, str] | None:
    """Our names for what the row is about; None for a course outside the nine municipalities."""
    described = {ours: row[theirs].strip() for ours, theirs in columns.items()}
    if "region_code" not in described:
        return described
    names = municipality_names(official=True)
    code = f"GM{described['region_code'].removeprefix('GM').zfill(4)}"
    return {**described, "region_code": code, "region": names[code]} if code in names else None


def _card(entry: dict[str, Any], years: list[str]) -> dict[str, str]:
    return {
        "title_nl": entry["title_nl"],
        "title_en": entry["title_en"],
        "source": f"DUO open onderwijsdata, {entry['address']}",
        "source_id": "duo-portal",
        "licence": "CC-BY-4.0",
        "licence_note": "credit DUO",
        "date": f"{years[0]}-{years[-1]}",
        "made_by": f"stagekansen data refresh, {date.today().isoformat()}",
        "note": "Counts that DUO hides are not in a sum; where hidden_cells is above 0 it is a lower bound.",
    }


def _read(answer: bytes, name: str, needed: list[str]) -> list[Row]:
    try:
        text = answer.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise RefusedError(f"{name}: the answer is no text in UTF-8. {_UNCHANGED}") from failure
    head = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    columns = list(reader.fieldnames or [])
    lacking = [column for column in needed if column not in columns]
    if lacking:
        raise RefusedError(
            f"{name}: the answer has no column {', '.join(lacking)}. It has: {', '.join(columns)[:200]}. "
            f"The file may have changed: see data/refresh/settings.yaml. {_UNCHANGED}"
        )
    doubled = sorted({column for column in needed if columns.count(column) > 1})
    if doubled:
        raise RefusedError(f"{name}: the answer has more than one column {', '.join(doubled)}. {_UNCHANGED}")
    rows = list(reader)
    if not rows or any(row[column] is None for row in rows for column in needed):
        raise RefusedError(f"{name}: the answer is empty or broken off. {_UNCHANGED}")
    _refuse_repeated(rows, name)
    return rows


def _refuse_repeated(rows: list[Row], name: str) -> None:
    """Stop at a row that stands there twice: its students would count twice."""
    seen: dict[tuple[str | None, ...], int] = {}
    for number, row in enumerate(rows, start=2):
        first = seen.setdefault(tuple(row.values()), number)
        if first != number:
            raise RefusedError(f"{name}: rows {first} and {number} are the same. {_UNCHANGED}")


def _count(text: str, name: str, row: int, column: str) -> int:
    try:
        return int(text)
    except ValueError as failure:
        raise RefusedError(f"{name}: row {row}, column {column} holds no whole number. {_UNCHANGED}") from failure
