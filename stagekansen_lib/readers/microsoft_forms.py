"""Microsoft Forms: the question is the name of the column, answers are texts, several are joined by semicolons."""

from __future__ import annotations

from dataclasses import replace

from stagekansen_lib.readers.tables import RawTable, plain_name

__all__ = ["is_microsoft_forms", "read_microsoft_forms"]

# Columns of Forms itself, in English, Dutch, German and French.
_STARTED = {"start time", "begintijd", "starttijd", "startzeit", "heure de début"}
_COMPLETED = {
    *("completion time", "tijd van voltooien", "voltooiingstijd", "fertigstellungszeit", "abschlusszeit"),
    *("heure de fin", "heure d'achèvement", "heure d’achèvement"),
}
_NUMBER = {"id"}
_OTHERS = {
    *("email", "e-mail", "e-mailadres", "e-mailadresse", "e-mail-adresse", "adresse de messagerie", "courrier"),
    *("name", "naam", "nom", "language", "taal", "sprache", "langue"),
    *("last modified time", "tijd van laatste wijziging", "zeitpunkt der letzten änderung", "letzte änderung"),
    *("heure de la dernière modification", "total points", "totaal aantal punten", "quiz feedback"),
}
_FIRST = 8  # columns among which those of Forms stand


def is_microsoft_forms(table: RawTable) -> bool:
    """Whether the first columns are those that Forms puts before the questions."""
    first = {plain_name(name) for name in list(table.rows.columns)[:_FIRST]}
    return bool(first & _STARTED and first & _COMPLETED)


def read_microsoft_forms(table: RawTable) -> RawTable:
    """The columns of Forms itself under the names of the codebook: the number and the time of completion."""
    questions = dict(table.questions)
    own = _STARTED | _COMPLETED | _NUMBER | _OTHERS
    technical = frozenset(name for name in list(table.rows.columns)[:_FIRST] if plain_name(name) in own)
    for name in list(table.rows.columns)[:_FIRST]:
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
