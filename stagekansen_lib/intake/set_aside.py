"""What is set aside at reading, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagekansen_lib.readers.tables import ASIDE_COLUMNS
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.wording import chosen_language, say

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Mask


__all__ = ["MADE_UP", "ROW_REASONS", "aside_of", "reason_text", "split_waiting", "whole_rows"]


# Why a whole row is set aside; each is a rule of ``check_survey`` too.
ROW_REASONS = (
    *("truncated_row", "long_row", "unfinished", "preview", "total"),
    *("no_consent", "duplicate_respondent", "set_aside_by_team"),
)

# Codes of the column that says whose answers these are: a program's, or a program's after answers of people.
MADE_UP = ("synthetic", "twin")


def reason_text(reason: str, language: str | None = None) -> str:
    """Why something was set aside, in words.

    >>> reason_text("out_of_range", "en")
    'number is not possible'
    """
    return say(f"set_aside.{reason}", chosen_language(language))


def aside_of(survey: Survey) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns=list(ASIDE_COLUMNS)) if survey.set_aside is None else survey.set_aside


def split_waiting(set_aside: pd.DataFrame, waiting: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What was set aside, without single values of rows that were themselves set aside; and those values."""
    values = set_aside["row"].isin(waiting).to_numpy() & ~whole_rows(set_aside)
    return set_aside[~values].reset_index(drop=True), set_aside[values].reset_index(drop=True)


def whole_rows(set_aside: pd.DataFrame) -> Mask:
    mask: Mask = set_aside["reason"].isin(list(ROW_REASONS)).to_numpy(dtype=bool)
    return mask
