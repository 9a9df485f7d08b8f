"""What is set aside at reading, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Mask


__all__ = ["ASIDE_COLUMNS", "REASONS", "ROW_RULES", "aside_of", "split_waiting", "whole_rows"]


# reason: Dutch, English
REASONS: dict[str, tuple[str, str]] = {
    "truncated_row": ("rij is niet compleet", "row is not complete"),
    "long_row": ("rij heeft te veel cellen", "row has too many cells"),
    "no_consent": ("geen toestemming om mee te doen", "no consent to take part"),
    "duplicate_respondent": ("respondent staat er al in", "respondent is already there"),
    "set_aside_by_team": ("door het team opzij gezet", "set aside by the team"),
    "unknown_code": ("code staat niet in het codeboek", "code is not in the codebook"),
    "not_a_number": ("geen getal, of geen heel getal", "not a number, or not a whole one"),
    "out_of_range": ("getal kan niet", "number is not possible"),
    "not_a_day": ("geen datum", "not a date"),
    "contradiction": (
        "antwoord en 'zeg ik liever niet' samen",
        "an answer beside 'prefer not to say'",
    ),
    "out_of_routing": ("vraag was niet voor deze student", "question was not for this student"),
    "names_somebody": ("tekst noemt iemand", "text names somebody"),
    "no_special_consent": (
        "geen toestemming voor bijzondere vragen",
        "no consent to special questions",
    ),
}

# rule over whole rows: Dutch, English
ROW_RULES: dict[str, tuple[str, str]] = {
    "truncated_row": ("Elke rij is compleet", "Every row is complete"),
    "long_row": ("Geen rij heeft te veel cellen", "No row has too many cells"),
    "no_consent": ("Wie meedoet, gaf toestemming", "Who takes part gave consent"),
    "duplicate_respondent": ("Elke respondent staat er één keer in", "Every respondent is there once"),
    "set_aside_by_team": ("Het team zette geen rij opzij", "The team set no row aside"),
}

# Codes of the column that says whose answers these are: a program's, or a program's after answers of people.
MADE_UP = ("synthetic", "twin")

ASIDE_COLUMNS = ("row", "column", "value", "expected", "reason")


def aside_of(survey: Survey) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns=list(ASIDE_COLUMNS)) if survey.set_aside is None else survey.set_aside


def split_waiting(set_aside: pd.DataFrame, waiting: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What was set aside, without single values of rows that were themselves set aside; and those values."""
    values = set_aside["row"].isin(waiting).to_numpy() & ~whole_rows(set_aside)
    return set_aside[~values].reset_index(drop=True), set_aside[values].reset_index(drop=True)


def whole_rows(set_aside: pd.DataFrame) -> Mask:
    mask: Mask = set_aside["reason"].isin(list(ROW_RULES)).to_numpy(dtype=bool)
    return mask
