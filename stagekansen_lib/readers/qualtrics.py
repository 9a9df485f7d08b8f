"""Qualtrics: three header rows (names, questions, import ids), then recoded values or the texts of choices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.readers.tables import RawTable

__all__ = ["is_qualtrics", "read_qualtrics"]

_TECHNICAL = {"ResponseId": "respondent_id", "RecordedDate": "submitted_on"}
_OWN = {
    *("StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate"),
    *("ResponseId", "RecipientLastName", "RecipientFirstName", "RecipientEmail", "ExternalReference"),
    *("LocationLatitude", "LocationLongitude", "DistributionChannel", "UserLanguage"),
}
_PREVIEW = {"1", "survey preview", "survey test", "2"}


def is_qualtrics(table: RawTable) -> bool:
    """Whether row 3 holds import ids."""
    if 3 not in table.rows.index:
        return False
    ids = _row(table, 3)
    return sum(text.startswith('{"ImportId"') for text in ids.values()) > len(ids) / 2


def read_qualtrics(table: RawTable, file: str = "") -> RawTable:
    """The answers under their names, with the questions of row 2; -99 means seen and not answered.

    Raises
    ------
    InputError : there are no answers under the three header rows.
    """
    texts = _row(table, 2) if 2 in table.rows.index else {}
    kept = ~table.rows.index.isin([2, 3])
    rows = table.rows[kept]
    if not len(rows):
        raise InputError(Problem("The file has three header rows and no answers.", file, "Export it again."))
    questions = {name: _names(text) for name, text in texts.items() if text and name not in _OWN}
    questions |= {name: (alias,) for name, alias in _TECHNICAL.items() if name in rows}
    report = ["Export of Qualtrics: three header rows."]
    if "Status" in rows:
        previews = int(rows["Status"].astype("str").str.casefold().isin(_PREVIEW).sum())
        if previews:
            report.append(f"{previews} row(s) are previews or tests by column Status; they were read as answers.")
    return replace(
        table,
        rows=rows,
        count=table.count - int((~kept).sum()),
        questions={**table.questions, **questions},
        technical=frozenset(_OWN & set(rows.columns)),
        missing={**table.missing, "": {"-99": "blank"}},
        format="qualtrics",
        report=(*report, *table.report),
    )


def _row(table: RawTable, number: int) -> dict[str, str]:
    row: Any = table.rows.loc[number]
    return {str(name): "" if value != value else str(value) for name, value in row.items()}


def _names(text: str) -> tuple[str, ...]:
    """A question as asked, and with the choice that has a column of its own in square brackets."""
    text = text.removesuffix(" - Selected Choice")
    question, dash, choice = text.rpartition(" - ")
    if not dash:
        return (text,)
    return (text, f"{question.removesuffix(' - Selected Choice')} [{choice}]")
