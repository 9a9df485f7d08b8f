"""Why each cell is as it is, as a table in words and as a picture: for the team only. It holds exact counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from stagekansen_lib.assets import token
from stagekansen_lib.disclosure.reasons import in_words, kind_of
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CELL_KINDS", "picture_of", "words_of_rows"]

# Kind of a cell -> letter in the picture, and the design tokens of its square and of the letter. Words: cells.<kind>.
CELL_KINDS: dict[str, tuple[str, str, str]] = {
    "shown": ("", "bar", "accent-ink"),
    "uncertain": ("~", "bar-uncertain", "ink"),
    "class": ("<", "class-1", "ink"),
    "secret": ("!", "warm", "accent-ink"),
    "partner": ("+", "part-4", "ink"),
    "unreliable": ("?", "faint", "ink"),
    "impossible": ("·", "track", "ink"),
}
_COLUMNS = ("table", "group", "answer", "n", "count", "estimate", "mark", "why")
# Sides of the squares, lines of the legend, and the least number of squares that a line has room for.
_SIZE, _TOP, _LEGEND, _LEAST = 20, 34, 22, 24


def words_of_rows(table: pd.DataFrame, language: str | None = None) -> pd.DataFrame:
    """The table of a report in words: table, group, answer, answers, of whom, share, mark, why."""
    import pandas as pd

    chosen = chosen_language(language)
    rows = [
        (
            row[f"title_{chosen}"],
            row[f"group_{chosen}"] or say("published.everyone", chosen),
            row[f"answer_{chosen}"],
            int(row["n"]),
            int(row["count"]) if math.isfinite(row["count"]) else "",
            _amount(row, chosen),
            row["mark"],
            in_words(row["reasons"], chosen),
        )
        for row in _records(table)
    ]
    return pd.DataFrame(rows, columns=[say(f"protection.column_{name}", chosen) for name in _COLUMNS])


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _amount(row: Mapping[str, Any], language: Language) -> str:
    if not math.isfinite(row["estimate"]):
        return ""
    if math.isfinite(row["count"]):
        return percent_text(row["estimate"], language)
    return number_text(row["estimate"], language, 1)


def picture_of(table: pd.DataFrame, language: str | None = None) -> str:
    """One square a cell, one line a table, coloured and lettered by why it is as it is; an SVG with its legend."""
    chosen = chosen_language(language)
    lines = [_records(rows) for _, rows in table.groupby("table", sort=False)]
    kinds = [kind_of(row["mark"], row["reasons"]) for rows in lines for row in rows]
    left = 20 + round(7.2 * max(len(name) for name in table[f"title_{chosen}"]))
    parts = [_line(rows, left, _TOP + line * _SIZE, chosen) for line, rows in enumerate(lines)]
    present = [kind for kind in CELL_KINDS if kind in kinds]
    below = _TOP + _SIZE * len(lines) + 18
    parts += [_legend(kind, kinds.count(kind), below + line * _LEGEND, chosen) for line, kind in enumerate(present)]
    width = left + _SIZE * max(_LEAST, *(len(rows) for rows in lines)) + 10
    height = below + _LEGEND * len(present)
    title = escape(say("protection.picture", chosen))
    return (
        f'<svg role="img" aria-label="{title}" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' style="max-width:100%;height:auto;font:13px system-ui,sans-serif;fill:currentColor">'
        f'<text x="0" y="20" font-weight="700">{title}</text>{"".join(parts)}</svg>'
    )


def _line(rows: Sequence[Mapping[str, Any]], left: int, y: int, language: Language) -> str:
    """The squares of one table, each with its group, answer and reason in words."""
    squares = []
    for at, row in enumerate(rows):
        kind = kind_of(row["mark"], row["reasons"])
        words = in_words(row["reasons"], language) or say(f"cells.{kind}", language)
        who = ", ".join(row[f"{part}_{language}"] for part in ("group", "answer") if row[f"{part}_{language}"])
        square = _square(kind, left + at * _SIZE, y)
        squares.append(f"<g><title>{escape(f'{who}: {words}')}</title>{square}</g>")
    return f'<text x="0" y="{y + 14}">{escape(rows[0][f"title_{language}"])}</text>{"".join(squares)}'


def _legend(kind: str, number: int, y: int, language: Language) -> str:
    text = escape(say(f"cells.{kind}", language))
    return f'{_square(kind, 0, y)}<text x="28" y="{y + 14}">{text}: {number}</text>'


def _square(kind: str, x: int, y: int) -> str:
    letter, colour, ink = CELL_KINDS[kind]
    look = f'text-anchor="middle" fill="{token(ink)}" font-weight="700"'
    return (
        f'<rect x="{x}" y="{y}" width="{_SIZE - 2}" height="{_SIZE - 2}" rx="2" fill="{token(colour)}"/>'
        f'<text x="{x + 9}" y="{y + 14}" {look}>{escape(letter)}</text>'
    )
