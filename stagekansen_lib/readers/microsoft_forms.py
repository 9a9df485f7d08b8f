"""Microsoft Forms: the question is the name of the column, answers are texts, several are joined by semicolons."""

from __future__ import annotations

from dataclasses import replace

from stagekansen_lib.readers.tables import RawTable, plain_name

__all__ = ["is_microsoft_forms", "read_microsoft_forms"]

_STARTED = {"start time", "begintijd"}
_COMPLETED = {"completion time", "tijd van voltooien"}
_NUMBER = {"id"}
_OTHERS = {
    *("email", "e-mail", "name", "naam", "language", "taal", "last modified time", "tijd van laatste wijziging"),
}


def is_microsoft_forms(table: RawTable) -> bool:
    """Whether the first columns are those that Forms puts before the questions."""
    first = {plain_name(name) for name in list(table.rows.columns)[:8]}
    return bool(first & _STARTED and first & _COMPLETED)


def read_microsoft_forms(table: RawTable) -> RawTable:
    """The columns of Forms itself under the names of the codebook: the number and the time of completion."""
    questions = dict(table.questions)
    own = _STARTED | _COMPLETED | _NUMBER | _OTHERS
    technical = frozenset(name for name in list(table.rows.columns)[:8] if plain_name(name) in own)
    for name in list(table.rows.columns)[:8]:
        if plain_name(name) in _NUMBER:
            questions[name] = ("respondent_id",)
        elif plain_name(name) in _COMPLETED:
            questions[name] = ("submitted_on",)
    return replace(
        table,
        questions=questions,
        technical=technical,
        format="forms",
        report=("Export of Microsoft Forms.", *table.report),
    )
