"""The figures of a release as blocks of a document: one picture, and for each question sentences and tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stagekansen_lib.disclosure.published import HIDDEN_MARKS, PublishedTable, require_published
from stagekansen_lib.documents.blocks import Block, Heading, Paragraph, Picture, Table
from stagekansen_lib.documents.drawing import Bar, draw_bars
from stagekansen_lib.pictures.charts import CLASSES
from stagekansen_lib.releases.reading import Release
from stagekansen_lib.views.fact_figures import FactQuestion
from stagekansen_lib.wording import Language, say

__all__ = ["figure_blocks", "in_one_picture", "main_tables", "question_blocks"]


def main_tables(release: Release, questions: Sequence[FactQuestion]) -> list[PublishedTable]:
    """The figures of a release about everybody who was asked, that speak to a question; one a table."""
    asked = {outcome for question in questions for outcome in question.outcomes}
    found = [table for table in release.tables.values() if table.of in asked and not table.by]
    return [table for table in found if not table.is_distribution or table.focus is not None]


def in_one_picture(tables: Sequence[PublishedTable], caption: str, prefix: str, language: Language) -> Picture | None:
    """The shares among them as bars with their margins; None when there is no share."""
    bars = [_bar(table, language) for table in tables if table.statistic == "share"]
    return draw_bars(bars, caption, prefix=prefix) if bars else None


def _bar(table: PublishedTable, language: Language) -> Bar:
    row = _spoken(table)
    value, label = table.value_text(row, language), table.title(language)
    if math.isfinite(row["estimate"]):
        return Bar(label, _with_margin(table, row, language), 0.0, row["estimate"], row["ci_low"], row["ci_high"])
    start, end = CLASSES.get(row["mark"], (0.0, 1.0))
    return Bar(label, _cell(value, language), start, end, hatched=True)


def _spoken(table: PublishedTable) -> dict[str, Any]:
    """The row that sentences about a table speak of."""
    rows = _rows(table)
    return next((row for row in rows if not table.is_distribution or row["code"] == table.focus), rows[0])


def _rows(table: PublishedTable) -> list[dict[str, Any]]:
    return [
        {str(key): value for key, value in row.items()} for row in require_published(table).table.to_dict("records")
    ]


def _with_margin(table: PublishedTable, row: Mapping[str, Any], language: Language) -> str:
    word = say("published.model_interval" if table.provenance.self_selected else "published.interval", language)
    margin = table.interval_text(row, language)
    value = _cell(table.value_text(row, language), language)
    return f"{value} ({word} {margin})" if margin else value


def _cell(value: str, language: Language) -> str:
    """What stands in a cell, its mark in words, since a sign alone says nothing to who does not know it."""
    if value in HIDDEN_MARKS:
        return say("marks.short", language)
    return value.replace("~", f"({say('marks.uncertain', language)})")


def question_blocks(question: FactQuestion, release: Release, language: Language) -> Iterator[Block]:
    """What a release says to one question: a heading, and each table about it with its test; nothing when nothing."""
    tables = [table for table in release.tables.values() if table.of in question.outcomes]
    if tables:
        yield Heading(question.title_nl if language == "nl" else question.title_en)
        yield from figure_blocks(tables, language)


def figure_blocks(tables: Sequence[PublishedTable], language: Language) -> Iterator[Block]:
    """Each table, then what its test says; a table of one row as a sentence."""
    for table in tables:
        note = table.note_nl if language == "nl" else table.note_en
        if len(_rows(table)) == 1:
            yield Paragraph(table.sentence(language))
            continue
        yield _table(table, language)
        if note:
            yield Paragraph(note, soft=True)
        if table.comparison is not None:
            yield Paragraph(table.comparison.sentence(language))


def _table(table: PublishedTable, language: Language) -> Table:
    several = table.is_distribution and bool(table.by)
    heads = ["group", *(["answer"] if several else []), "figure", "interval", "answers"]
    rows = []
    for row in _rows(table):
        group, code = str(row[f"group_{language}"]), str(row.get(f"code_{language}", ""))
        names = [group, code] if several else [code if table.is_distribution else group]
        value, margin = _cell(table.value_text(row, language), language), table.interval_text(row, language)
        rows.append((*names, value, margin or "-", str(row["base"]) or "-"))
    words = tuple(say(f"fact_sheet.head_{head}", language) for head in heads)
    return Table(table.title(language), words, tuple(rows))
