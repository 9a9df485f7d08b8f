"""Qualtrics: three header rows (names, questions, import ids), then recoded values or the texts of choices."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.readers.tables import RawTable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["is_qualtrics", "read_qualtrics"]

_TECHNICAL = {"ResponseId": "respondent_id", "RecordedDate": "submitted_on"}
_OWN = {
    *("StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate"),
    *("ResponseId", "RecipientLastName", "RecipientFirstName", "RecipientEmail", "ExternalReference"),
    *("LocationLatitude", "LocationLongitude", "DistributionChannel", "UserLanguage"),
}
# How a preview, a test or spam shows itself, as value and as text; 17 is a preview in the app that works offline.
_PREVIEWS = {
    "Status": {"1", "2", "8", "9", "17", "survey preview", "survey test", "preview", "test", "spam", "possible spam"},
    "DistributionChannel": {"preview", "test"},
}
_NOT_FINISHED = {"0", "false", "no", "nee", "onwaar", "nein", "non", "faux", "falsch"}
_TIMING = re.compile(r".*_(?:First Click|Last Click|Page Submit|Click Count)|Q_(?:TotalDuration|RecaptchaScore)|.*_DO")
_OWN_TEXT = re.compile(r"(?P<base>.+)_TEXT(?:_\d+)?")
_LOOP = re.compile(r"(?P<loop>\d+)_(?P<name>[A-Za-z].*)")


def is_qualtrics(table: RawTable) -> bool:
    """Whether the third row holds import ids."""
    if len(table.rows) < 2:
        return False
    ids = _row(table, 1)
    return sum(text.startswith('{"ImportId"') for text in ids.values()) > len(ids) / 2


def read_qualtrics(table: RawTable, file: str = "") -> RawTable:
    """The answers under their names, with the questions of row 2; -99 means seen and not answered.

    Previews and answers that were not finished are marked; own words beside a choice ("b3_2_TEXT") stand apart; how
    long pages took and in which order questions came are columns of the tool.

    Raises
    ------
    InputError : there are no answers under the three header rows.
    """
    texts = _row(table, 0)
    rows = table.rows.iloc[2:]
    if not len(rows):
        raise InputError(Problem("The file has three header rows and no answers.", file, "Export it again."))
    # Rows of another length than the header stand apart, and may have stood between the three header rows.
    named = _questions(list(map(str, rows.columns)), texts)
    technical = frozenset(name for name in map(str, rows.columns) if name in _OWN or _TIMING.fullmatch(name))
    states, said = _states(rows)
    doubled = [
        f"'{first}' stands there twice; the second was read as '{name}'." for name, first in table.doubles.items()
    ]
    return replace(
        table,
        rows=rows,
        count=table.count - 2,
        questions={
            **table.questions,
            **named,
            **{name: (alias,) for name, alias in _TECHNICAL.items() if name in rows},
        },
        technical=technical,
        missing={**table.missing, "": {"-99": "blank"}},
        states={**table.states, **states},
        own_texts={
            **table.own_texts,
            **{name: found["base"] for name in map(str, rows.columns) if (found := _OWN_TEXT.fullmatch(name))},
        },
        format="qualtrics",
        report=("Export of Qualtrics: three header rows.", *said, *doubled, *table.report),
        doubles={},
    )


def _states(rows: pd.DataFrame) -> tuple[dict[str, pd.Index], list[str]]:
    """The rows that are previews, and those of the others that were not finished."""
    import numpy as np

    previews = np.zeros(len(rows), dtype=bool)
    for name, words in _PREVIEWS.items():
        if name in rows:
            previews |= _plain(rows[name]).isin(words).to_numpy()
    open_ended = np.zeros(len(rows), dtype=bool)
    if "Finished" in rows:
        open_ended = _plain(rows["Finished"]).isin(_NOT_FINISHED).to_numpy() & ~previews
    elif "Progress" in rows:
        open_ended = (_plain(rows["Progress"]) != "100").to_numpy() & rows["Progress"].notna().to_numpy() & ~previews
    said = [] if {"Finished", "Progress"} & set(rows.columns) else ["The file does not say who finished."]
    found = {"preview": rows.index[previews], "unfinished": rows.index[open_ended]}
    return {state: which for state, which in found.items() if len(which)}, said


def _plain(cells: Any) -> Any:
    return cells.astype("str").str.casefold()


def _row(table: RawTable, place: int) -> dict[str, str]:
    row: Any = table.rows.iloc[place]
    return {str(name): "" if value != value else str(value) for name, value in row.items()}


def _questions(columns: list[str], texts: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """The other names of each column: its question, and its name without the number of a loop that runs once."""
    loops = Counter(found["name"] for name in columns if (found := _LOOP.fullmatch(name)))
    named: dict[str, tuple[str, ...]] = {}
    for name in columns:
        if name in _OWN:
            continue
        looped = _LOOP.fullmatch(name)
        alone = looped["name"] if looped and loops[looped["name"]] == 1 and looped["name"] not in columns else ""
        named[name] = tuple(dict.fromkeys(filter(None, (*_names(texts.get(name, "")), alone))))
    return {name: names for name, names in named.items() if names}


def _names(text: str) -> tuple[str, ...]:
    """A question as asked, and with the choice that has a column of its own in square brackets."""
    text = " ".join(text.split()).removesuffix(" - Selected Choice")
    if not text:
        return ()
    whole, mark, chosen = text.partition(" - Selected Choice - ")
    question, dash, choice = (whole, mark, chosen) if mark else text.rpartition(" - ")
    if not dash:
        return (text,)
    return (text, f"{question} [{choice}]")
