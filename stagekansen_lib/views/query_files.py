"""The query design as files: the register itself, which a workbench reads again, and its parts as tidy tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from stagekansen_lib.project.spreadsheets import safe_cell
from stagekansen_lib.registers.entries import Entry
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.wording import Language, say

__all__ = ["query_files"]

# The fields of each table; a heading stands in the locales under the name of its field.
_TABLES = {
    "zoekvragen": ("query_use", "query", "level"),
    "zoekregels": ("criterion", "rule"),
    "zoeklogboek": ("query", "place", "outcome"),
    "gezochte-paginas": ("url", "date", "found", "says", "on_query_design"),
}
# A spreadsheet of this language opens it in columns; as in assets/tools.js.
_MARKS: dict[Language, str] = {"nl": ";", "en": ","}
# What a field of a table is called in its register, where that is another name.
_NAMES = {"query_use": "label", "criterion": "label", "outcome": "label", "says": "label"}


def query_files(registers: Registers, language: Language) -> dict[str, str]:
    """The query design of a place as files, name -> text; nothing for a place that has none.

    The YAML file is the register as it stands, in both languages, with its source, licence and date: put into
    ``data/registers`` of another place as ``queries.yaml``, it is read there. Each CSV file is one table, a row an
    entry, for a spreadsheet in the language of its heads: queries, a row for each term, criteria, searches, and the
    pages that were looked for.

    >>> from stagekansen_lib.registers.reading import read_registers
    >>> files = query_files(read_registers(), "en")
    >>> files["zoekvragen.csv"].splitlines()[0]
    '\ufeffwhat for,search instruction,where,certainty'
    """
    if not registers.queries:
        return {}
    design = registers.query_design
    held: dict[str, Iterable[Entry]] = dict(
        zip(_TABLES, (registers.queries, design.criteria, design.search_log, design.consulted), strict=True)
    )
    tables = {name: _table(_TABLES[name], entries, language) for name, entries in held.items() if list(entries)}
    return {
        "zoekontwerp.yaml": (registers.folder / "queries.yaml").read_text("utf-8"),
        "zoekvragen.csv": tables.pop("zoekvragen"),
        "zoektermen.csv": _terms(registers, language),
        **{f"{name}.csv": text for name, text in tables.items()},
    }


def _table(names: Sequence[str], entries: Iterable[Entry], language: Language) -> str:
    rows = [
        [*(one.text(_NAMES.get(name, name), language) for name in names), one.confidence_text(language)]
        for one in entries
    ]
    return _csv((*names, "certainty"), rows, language)


def _terms(registers: Registers, language: Language) -> str:
    rows = [
        [group.text("label", language), group.text("role", language), spoken, term, group.confidence_text(language)]
        for group in registers.query_design.term_groups
        for spoken, terms in (("nl", group.terms_nl), ("en", group.terms_en))
        for term in terms
    ]
    return _csv(("term_group", "role", "language", "term", "certainty"), rows, language)


def _csv(names: Sequence[str], rows: Iterable[Sequence[str]], language: Language) -> str:
    written = io.StringIO()
    written.write("\ufeff")
    writer = csv.writer(written, delimiter=_MARKS[language], lineterminator="\r\n")
    writer.writerow([say(f"query_files.{name}", language) for name in names])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return written.getvalue()
