"""A new version of a file, checked and ready, and how it differs from the present one."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.project.extras import needs

__all__ = ["Prepared", "csv_text", "read_rows"]

Row = dict[str, str]


@dataclass(frozen=True)
class Prepared:
    """The new text of a file, its path below ``data``, and what changes on its card."""

    path: str
    text: str
    card: dict[str, Any]

    def difference(self, folder: Path) -> tuple[str, ...]:
        """How the new file differs from the present one, in lines for a person."""
        path = folder / self.path
        old = path.read_text("utf-8") if path.is_file() else ""
        if old == self.text:
            return ("no difference",)
        if not old:
            return (f"new file of {len(self.text.encode()):,} bytes",)
        if path.suffix == ".csv":
            return _table_difference(old, self.text)
        if path.suffix == ".geojson":
            return _map_difference(old, self.text)
        return (f"{len(old.encode()):,} bytes became {len(self.text.encode()):,}",)


def csv_text(columns: list[str], rows: list[Row]) -> str:
    """Rows as CSV with a header, lines ending in a line feed."""
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def read_rows(text: str) -> tuple[list[str], list[Row]]:
    """The header and the rows of a CSV text."""
    reader = csv.DictReader(io.StringIO(text))
    rows = list(reader)
    return list(reader.fieldnames or []), rows


def _table_difference(old: str, new: str) -> tuple[str, ...]:
    before, after = _by_key(old), _by_key(new)
    changed = [key for key in after if key in before and before[key] != after[key]]
    lines = [
        f"{len(before):,} rows became {len(after):,}",
        f"{len(after.keys() - before.keys()):,} new, {len(before.keys() - after.keys()):,} gone, "
        f"{len(changed):,} with another value",
    ]
    lines += [f"{', '.join(key)}: {before[key]} became {after[key]}" for key in changed[:10]]
    if len(changed) > 10:
        lines.append(f"and {len(changed) - 10:,} more")
    return tuple(lines)


def _by_key(text: str) -> dict[tuple[str, ...], str]:
    _, rows = read_rows(text)
    return {tuple(part for name, part in row.items() if name != "value"): row["value"] for row in rows}


def _map_difference(old: str, new: str) -> tuple[str, ...]:
    with needs("refresh"):
        from shapely.geometry import shape

    areas = []
    for text in (old, new):
        features = json.loads(text)["features"]
        areas.append({f["properties"].get("name", ""): shape(f["geometry"]).area for f in features})
    before, after = areas
    lines = [f"{len(before)} areas became {len(after)}"]
    for word, names in (("new", after.keys() - before.keys()), ("gone", before.keys() - after.keys())):
        if names:
            lines.append(f"{word}: {', '.join(sorted(names))}")
    shifts = {name: after[name] / before[name] - 1 for name in after if before.get(name)}
    if shifts:
        widest = max(shifts, key=lambda name: abs(shifts[name]))
        lines.append(f"largest change of area: {widest or 'the only area'} {shifts[widest]:+.2%}")
    return tuple(lines)
