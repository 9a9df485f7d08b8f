"""Google Forms: a time stamp first, the question as the name of the column, several answers joined by a comma."""

from __future__ import annotations

from dataclasses import replace

from stagekansen_lib.readers.tables import RawTable, plain_name

__all__ = ["is_google_forms", "read_google_forms"]

# The first column, in English, Dutch, German and French.
_STAMPED = {"timestamp", "tijdstempel", "zeitstempel", "horodateur"}
_OWN = {
    *(
        "email address",
        "e-mailadres",
        "e-mailadresse",
        "e-mail-adresse",
        "adresse e-mail",
        "username",
        "gebruikersnaam",
    ),
    *("nutzername", "nom d'utilisateur", "nom d’utilisateur", "score", "totale score"),
}
_FIRST = 3  # columns among which those of Google stand


def is_google_forms(table: RawTable) -> bool:
    """Whether the first column is the time stamp of Google."""
    return plain_name(next(iter(table.rows.columns), "")) in _STAMPED


def read_google_forms(table: RawTable) -> RawTable:
    """The time stamp under its name in a codebook; Google keeps finished answers only."""
    first = str(table.rows.columns[0])
    own = [str(name) for name in list(table.rows.columns)[:_FIRST] if plain_name(name) in _OWN]
    return replace(
        table,
        questions={**table.questions, first: ("submitted_on",)},
        technical=frozenset([first, *own]),
        format="google",
        report=("Export of Google Forms.", *table.report),
    )
