"""Rows that the team sets aside, takes back, and writes in a list."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.intake.set_aside import ROW_REASONS, aside_of, reason_text, whole_rows
from stagekansen_lib.privacy.answer_files import write_answers
from stagekansen_lib.project.spreadsheets import safe_cell
from stagekansen_lib.readers.tables import ASIDE_COLUMNS
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Reserve, Survey
from stagekansen_lib.wording import LANGUAGES

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["set_rows_aside", "take_back", "write_set_aside"]


def set_rows_aside(survey: Survey, *, rows: Sequence[int], reason: str) -> Survey:
    """The survey without these rows; they wait in the reserve and can be taken back.

    Parameters
    ----------
    survey : a survey from ``read_survey``, before weighting.
    rows : row numbers of the raw file, such as those of a rule: ``report.table.loc[3, "rows"]``.
    reason : why, in a few words; it stands in the history and in the list of what was set aside.

    Returns
    -------
    Survey : the other rows, in the same order; ``set_aside`` lists these, and the history says why.

    Raises
    ------
    InputError : a row does not take part; no reason; nobody would be left.
    RefusedError : the survey was weighted or cut already.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.read_survey("example_2022")
    >>> fewer = set_rows_aside(survey, rows=[87, 116], reason="filled in too fast")
    >>> len(survey) - len(fewer), fewer.provenance.history[-1]
    (2, '2 row(s) set aside by the team: filled in too fast')
    """
    import pandas as pd

    _refuse_later(survey)
    chosen = _row_numbers(rows)
    problems = [
        Problem(f"Row {row} does not take part.", do="See survey.set_aside.")
        for row in chosen
        if row not in survey.rows.index
    ]
    problems += _no_reason(reason)
    if not problems and len(chosen) == len(survey.rows):
        problems.append(Problem("Nobody would be left.", do="Look at the rule again."))
    if problems:
        raise InputError(problems)
    aside = aside_of(survey)
    mask = survey.rows.index.isin(chosen)
    values = aside["row"].isin(chosen) & ~whole_rows(aside)
    line = pd.DataFrame(
        {"row": chosen, "column": "", "value": "", "expected": reason.strip(), "reason": "set_aside_by_team"}
    )
    old = _reserve(survey)
    reasons = _reasons(survey)
    reserve = Reserve(
        old.file,
        _stacked([old.rows, survey.rows[mask]]),
        _joined(old.missing_reasons, reasons[mask]),
        _listed([old.set_aside, aside[values]]),
    )
    step = f"{len(chosen)} row(s) set aside by the team: {reason.strip()}"
    return _remade(survey, survey.rows[~mask], reasons[~mask], _listed([aside[~values], line]), reserve, step)


def take_back(survey: Survey, *, rows: Sequence[int], reason: str) -> Survey:
    """The survey with rows that were set aside whole, back in their place.

    Parameters
    ----------
    survey : a survey from ``read_survey``, before weighting.
    rows : row numbers of the raw file: rows that repeat a respondent, or that the team set aside.
    reason : why; it stands in the history.

    Returns
    -------
    Survey : single values in these rows that were no possible answer stay set aside, and are listed again.

    Raises
    ------
    InputError : a row cannot be taken back (it takes part already, is incomplete, or is not there); no reason.
    RefusedError : a row without consent: nobody may take it back; the survey was weighted or cut already.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.read_survey("example_2022")
    >>> survey.set_aside.query("reason == 'duplicate_respondent'")["row"].tolist()
    [79, 245]
    >>> len(take_back(survey, rows=[79], reason="another student with the same number")) - len(survey)
    1
    """
    _refuse_later(survey)
    chosen = _row_numbers(rows)
    aside, reserve = aside_of(survey), _reserve(survey)
    problems = [*_cannot_return(survey, chosen), *_no_reason(reason)]
    if problems:
        raise InputError(problems)
    mask = reserve.rows.index.isin(chosen)
    back = whole_rows(aside) & aside["row"].isin(chosen).to_numpy()
    returning = reserve.set_aside["row"].isin(chosen)
    left = Reserve(
        reserve.file,
        reserve.rows[~mask],
        reserve.missing_reasons[~mask],
        reserve.set_aside[~returning].reset_index(drop=True),
    )
    step = f"{len(chosen)} row(s) taken back by the team: {reason.strip()}"
    return _remade(
        survey,
        _stacked([survey.rows, reserve.rows[mask]]),
        _joined(_reasons(survey), reserve.missing_reasons[mask]),
        _listed([aside[~back], reserve.set_aside[returning]]),
        left,
        step,
    )


def write_set_aside(survey: Survey, path: str | Path) -> Path:
    """Write what was set aside to a CSV file that a spreadsheet opens, one line a row or value.

    Columns: row, column, item, value, expected, reason, reden, explanation, file. The file holds answers, so keep
    it beside the raw file. It is written whole or not at all. A value that a
    spreadsheet would run as a formula gets an apostrophe in front. The last column names the raw file, by which
    ``withdraw`` finds the lines of a respondent.

    Parameters
    ----------
    survey : a survey from ``read_survey``.
    path : the file to write; an existing one is replaced.

    Returns
    -------
    Path : where it was written.

    Raises
    ------
    InputError : the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> import stagekansen_lib as sk
    >>> survey = sk.read_survey("example_2022")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lines = write_set_aside(survey, Path(folder) / "set_aside.csv").read_text("utf-8-sig").splitlines()
    >>> len(lines) - 1 == len(survey.set_aside)
    True
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(Problem("The folder does not exist.", str(path.parent), "Make it first."))
    source = _reserve(survey).file
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["row", "column", "item", "value", "expected", "reason", "reden", "explanation", "file"])
    for line in aside_of(survey).to_dict("records"):
        item = survey.codebook[line["column"]].item if line["column"] in survey.codebook else ""
        value, expected, reason = str(line["value"]), str(line["expected"]), line["reason"]
        texts = [reason_text(reason, language) for language in LANGUAGES]
        cells = [line["row"], line["column"], item, value, expected, reason, *texts, source]
        writer.writerow([safe_cell(str(cell)) for cell in cells])
    write_answers(path, text.getvalue().encode("utf-8-sig"), "list what was set aside")
    return path


def _refuse_later(survey: Survey) -> None:
    design = survey.design
    if design.domain is not None or design.described or not (survey.weights == 1).all():
        raise RefusedError("This survey was weighted or cut: set rows aside and take them back before that.")


def _no_reason(reason: str) -> list[Problem]:
    return [] if reason.strip() else [Problem("There is no reason.", do="Say why in a few words: reason='...'.")]


def _cannot_return(survey: Survey, rows: Sequence[int]) -> list[Problem]:
    """What is wrong with rows that somebody wants to take back.

    Raises
    ------
    RefusedError : a row without consent.
    """
    aside, waiting = aside_of(survey), _reserve(survey).rows.index
    why = {int(row): str(word) for row, word in zip(aside["row"], aside["reason"], strict=True) if word in ROW_REASONS}
    refused = [row for row in rows if why.get(row) == "no_consent"]
    if refused:
        raise RefusedError(f"Row(s) {', '.join(map(str, refused))} gave no consent to take part. They stay out.")
    problems = [Problem(f"Row {row} takes part already.") for row in rows if row in survey.rows.index]
    for row in sorted(set(rows) - {*waiting, *survey.rows.index}):
        told = f": {reason_text(why[row], 'en')}" if row in why else ""
        do = "Mend it in the raw file and read again."
        problems.append(Problem(f"Row {row} cannot be taken back{told}.", do=do))
    return problems


def _row_numbers(rows: Sequence[int]) -> list[int]:
    return sorted({int(row) for row in rows})


def _reserve(survey: Survey) -> Reserve:
    import pandas as pd

    if survey.reserve is not None:
        return survey.reserve
    empty = pd.DataFrame(index=survey.rows.index[:0])
    return Reserve("", survey.rows.iloc[:0], empty, pd.DataFrame(columns=list(ASIDE_COLUMNS)))


def _reasons(survey: Survey) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(index=survey.rows.index) if survey.missing_reasons is None else survey.missing_reasons


def _stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    filled = [part for part in parts if len(part)]
    return pd.concat(filled).sort_index() if filled else parts[0]


def _listed(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=list(ASIDE_COLUMNS))
    return pd.concat(filled).sort_values(["row", "column"], kind="stable", ignore_index=True)


def _joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Reasons of two sets of rows together, each column with the words of both."""
    import pandas as pd
    from pandas.api.types import union_categoricals

    index = first.index.append(second.index)
    columns = {}
    for name in dict.fromkeys([*first.columns, *second.columns]):
        parts = [
            pd.Categorical(part[name])
            if name in part
            else pd.Categorical([None] * len(part), categories=pd.Index([], dtype="str"))
            for part in (first, second)
        ]
        columns[name] = union_categoricals(parts)
    return pd.DataFrame(columns, index=index).sort_index()


def _remade(
    survey: Survey, rows: pd.DataFrame, reasons: pd.DataFrame, aside: pd.DataFrame, reserve: Reserve, step: str
) -> Survey:
    before = len(survey.rows) + int(whole_rows(aside_of(survey)).sum())
    assert before == len(rows) + int(whole_rows(aside).sum()), "rows in are not rows accepted and rows set aside"
    made = survey_from_frame(
        rows,
        codebook=survey.codebook,
        provenance=survey.provenance.with_step(step),
        set_aside=aside,
        missing_reasons=None if survey.missing_reasons is None else reasons.loc[rows.index],
        single_unit="refuse" if len(rows) > 1 else "adjust",
    )
    return replace(made, reserve=reserve)
