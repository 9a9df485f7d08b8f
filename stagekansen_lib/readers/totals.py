"""Rows of totals, averages and counts that somebody put under the answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stagekansen_lib.readers.tables import RawTable

__all__ = ["with_totals"]

_TOTALS = frozenset({
    "totaal", "totalen", "eindtotaal", "subtotaal", "som", "gemiddelde", "gemiddeld", "gem", "mediaan", "aantal", "n",
    "totaal aantal", "standaarddeviatie", "minimum", "maximum", "percentage", "total", "totals", "grand total",
    "subtotal", "sum", "average", "mean", "median", "count", "standard deviation", "std", "min", "max",
})  # fmt: skip
_MOST = 6  # rows under the answers


def with_totals(table: RawTable) -> RawTable:
    """The table with the rows at its end that begin with a word such as "Totaal" in the state "total".

    Such a word is no total where the same column holds it above those rows too: then it is an answer.
    """
    if table.format not in ("csv", "excel"):
        return table
    last: Any = table.rows.tail(_MOST + 1)
    found: list[tuple[Any, str]] = []
    for number in reversed(last.index.tolist()):
        column, word = _first_filled(last.loc[number])
        if word not in _TOTALS:
            break
        found.append((number, column))
    rows = [number for number, _ in found]
    above = table.rows.drop(index=rows)
    if not rows or len(rows) > _MOST or not len(above):
        return table
    columns = {column for _, column in found}
    if any(_plain(text) in _TOTALS for column in columns for text in above[column].dropna().unique()):
        return table
    said = f"{len(rows)} row(s) at the end hold totals and no answers."
    return replace(
        table, states={**table.states, "total": table.rows.index[table.rows.index.isin(rows)]},
        report=(*table.report, said),
    )  # fmt: skip


def _first_filled(row: Any) -> tuple[str, str]:
    for column, cell in row.items():
        if isinstance(cell, str) and cell.strip():
            return str(column), _plain(cell)
    return "", ""


def _plain(text: object) -> str:
    return " ".join(str(text).split()).strip(".:=").casefold()
