"""What the files of a release hold, as bytes: the same tables give the same bytes."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable
from stagekansen_lib.project.spreadsheets import safe_cell
from stagekansen_lib.releases.reading import NUMBERS, TEXT_FIELDS, sha256_of
from stagekansen_lib.surveys.codebooks import Variable

__all__ = ["Published", "codebook_content", "comparison_entry", "json_bytes", "table_bytes", "table_entry"]

Published: TypeAlias = PublishedTable | PublishedComparison


def table_bytes(table: PublishedTable) -> bytes:
    """A table as a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.table.columns)
    for row in table.table.itertuples(index=False):
        writer.writerow([_cell_text(value) for value in row])
    return text.getvalue().encode()


def _cell_text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.10g}" if math.isfinite(value) else ""
    return safe_cell(str(value), numbers=True)


def table_entry(table: PublishedTable, content: bytes) -> dict[str, Any]:
    """What ``release.json`` says of a table."""
    return {
        "id": table.id,
        "file": f"tables/{table.id}.csv",
        "sha256": sha256_of(content),
        "kind": table.statistic,
        "of": table.of,
        "by": list(table.by),
        "code": table.code,
        "focus": table.focus,
        **{name: getattr(table, name) for name in TEXT_FIELDS},
        "ci_level": table.ci_level,
        "comparison": table.comparison.id if table.comparison else None,
    }


_COMPARISON_FIELDS = (
    "id", "of", "by", "adjust_for", "more_nl", "more_en", "answer_nl", "answer_en",
    "title_nl", "title_en", "groups_nl", "groups_en", "effect_name", "unit", "difference",
    "ci_low", "ci_high", "p_class", "smallest_detectable", "method", "ci_level", "mark",
)  # fmt: skip


def comparison_entry(comparison: PublishedComparison) -> dict[str, Any]:
    """What ``release.json`` says of a comparison."""
    entry = {name: getattr(comparison, name) for name in _COMPARISON_FIELDS}
    return {**entry, **{name: _finite_or_none(entry[name]) for name in NUMBERS}}


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def codebook_content(published: Sequence[Published]) -> dict[str, Any]:
    """The labels of everything that is published, as ``codebook.json`` holds them."""
    variables = {name: one.codebook[name] for one in published for name in one.codebook}
    made = {entry["name"]: entry for one in published for entry in one.derivations}
    first = published[0].codebook
    return {
        "name": first.name,
        "title_nl": first.title_nl,
        "title_en": first.title_en,
        "version": first.version,
        "variables": [_variable_entry(variables[name]) for name in sorted(variables)],
        "derivations": [made[name] for name in sorted(made)],
    }


def _variable_entry(variable: Variable) -> dict[str, Any]:
    parts = ("name", "kind", "label_nl", "label_en", "question_nl", "question_en", "privacy")
    codes = [{"code": one.code, "label_nl": one.label_nl, "label_en": one.label_en} for one in variable.codes]
    return {**{part: getattr(variable, part) for part in parts}, "codes": codes}


def json_bytes(content: Any) -> bytes:
    """Content as JSON, one entry a line."""
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=False, allow_nan=False) + "\n").encode()
