"""The privacy gate: what points at a person is stopped before a file is read into a survey or stored.

Looked at are the names of columns and every different value. What the codebook knows as an answer (a code, a label, a
number within its range) is none of a person's data and passes. A finding names column, kind and rows, never a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.privacy.detecting import distinct_texts, kinds_in, pair_coordinates
from stagekansen_lib.privacy.gate_reports import TEXT_KINDS, Finding, GateReport, IdentifiersFoundError
from stagekansen_lib.readers.columns import FoundColumns
from stagekansen_lib.surveys.codebooks import Codebook, Variable
from stagekansen_lib.wording import say

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Mask


__all__ = ["find_identifiers", "leave_out", "pass_gate"]


_ROWS_SHOWN = 10


def find_identifiers(
    rows: pd.DataFrame, codebook: Codebook | None = None, found: FoundColumns | None = None, *, file: str = ""
) -> GateReport:
    """What points at a person in a table of cells: every column and kind at once.

    Parameters
    ----------
    rows : cells as text, a missing cell NaN; the index is the row number in the file.
    codebook, found : what the columns mean (see ``find_columns``); without them every column is a stranger.
    file : name of the file, for the texts.

    Returns
    -------
    GateReport : ``passed`` when nothing was found.

    Notes
    -----
    Burgerservicenummers by the eleven test, bank accounts by ISO 13616 (mod 97), numbers of telephones by Luhn; a
    column of nine-digit numbers is stopped when more of them pass than by chance. Names come from a list, so rare names
    can pass: people read open answers before anyone quotes them.

    Examples
    --------
    >>> import pandas as pd
    >>> report = find_identifiers(pd.DataFrame({"q1": ["1", "2"], "mail": ["a@b.nl", None]}, index=[2, 3]))
    >>> [(finding.column, finding.kind, finding.rows) for finding in report.findings]
    [('mail', 'email', (2,))]
    """
    findings, _, allowed = _search(rows, codebook, found)
    texts = _texts(findings, codebook, found) if codebook is not None and found is not None else ()
    return GateReport(tuple(findings), file, len(rows.columns), len(rows), allowed=allowed, texts=texts)


def leave_out(rows: pd.DataFrame, remove: Sequence[str], file: str = "") -> pd.DataFrame:
    """The table without the columns named; all names that are no column are reported at once.

    Raises
    ------
    InputError : a name in ``remove`` is no column of the file.
    """
    names = [remove] if isinstance(remove, str) else list(remove)
    known = [str(name) for name in rows.columns]
    wrong = [name for name in names if name not in known]
    if wrong:
        raise InputError(
            Problem(f"There is no column '{name}' to remove.", file, did_you_mean(name, known)) for name in wrong
        )
    return rows.drop(columns=names)


def pass_gate(
    rows: pd.DataFrame,
    codebook: Codebook,
    found: FoundColumns,
    *,
    file: str = "",
    set_aside_texts: bool = False,
) -> tuple[pd.DataFrame, FoundColumns, GateReport]:
    """The table when nothing in it points at a person; otherwise all findings as one error.

    Columns whose codebook line says ``gate`` "drop" are left out first.

    Parameters
    ----------
    rows, codebook, found, file : see ``find_identifiers``.
    set_aside_texts : True to empty open answers that name somebody or hold an identifier, so that work goes on; the
        report lists their rows.

    Returns
    -------
    rows, found, report : the table and its columns, without what was left out or emptied.

    Raises
    ------
    IdentifiersFoundError : something points at a person; an ``InputError`` with one problem a column and kind.
    """
    import pandas as pd

    dropped = {
        variable.name: column
        for variable in codebook.variables.values()
        if variable.gate == ("drop",)
        for column in _columns_of(variable, found)
    }
    rows = rows.drop(columns=list(dropped.values()))
    if dropped:
        found = FoundColumns(
            {name: column for name, column in found.single.items() if name not in dropped},
            {name: columns for name, columns in found.separate.items() if name not in dropped},
            found.unknown,
        )
    findings, places, allowed = _search(rows, codebook, found)
    aside: dict[str, tuple[int, ...]] = {}
    texts = _texts(findings, codebook, found)
    if set_aside_texts:
        changed = {}
        for column in texts:
            mask = places[column]
            aside[column] = tuple(int(row) for row in rows.index[mask])
            cells = rows[column].mask(mask)
            if isinstance(cells.dtype, pd.CategoricalDtype):
                cells = cells.cat.remove_unused_categories()
            changed[column] = cells
        rows = rows.assign(**changed) if changed else rows
        findings = [one for one in findings if one.column not in aside]
    left = tuple(column for column in texts if column not in aside)
    report = GateReport(
        tuple(findings), file, len(rows.columns), len(rows), aside, tuple(dropped.values()), allowed, left
    )
    if findings:
        raise IdentifiersFoundError(report)
    return rows, found, report


def _texts(findings: list[Finding], codebook: Codebook, found: FoundColumns) -> tuple[str, ...]:
    """The columns with findings that hold open answers, so that one text can be set aside and the rest read."""
    opened = {
        column
        for name, column in found.single.items()
        if codebook[name].kind == "open" and codebook[name].role != "respondent"
    }
    return tuple(
        column
        for column in dict.fromkeys(one.column for one in findings)
        if column in opened or (column in found.unknown and _only_texts(findings, column))
    )


def _only_texts(findings: list[Finding], column: str) -> bool:
    return all(one.kind in TEXT_KINDS for one in findings if one.column == column)


def _columns_of(variable: Variable, found: FoundColumns) -> list[str]:
    if variable.name in found.single:
        return [found.single[variable.name]]
    return list(found.separate.get(variable.name, {}).values())


def _search(
    rows: pd.DataFrame, codebook: Codebook | None, found: FoundColumns | None
) -> tuple[list[Finding], dict[str, Mask], tuple[str, ...]]:
    """All findings, for each column the rows that any of them touches, and what the codebook allowed."""
    import numpy as np

    meaning: dict[str, Variable] = {}
    if codebook is not None and found is not None:
        for variable in codebook.variables.values():
            meaning.update(dict.fromkeys(_columns_of(variable, found), variable))
    cells = {str(name): distinct_texts(rows[name]) for name in rows.columns}
    hits = {name: kinds_in(name, values, meaning.get(name)) for name, (_, values) in cells.items()}
    pair_coordinates(cells, hits, meaning)
    findings: list[Finding] = []
    places: dict[str, Mask] = {}
    allowed: list[str] = []
    for name, by_kind in hits.items():
        codes, values = cells[name]
        variable_here = meaning.get(name)
        for kind, (by, which) in by_kind.items():
            if variable_here is not None and kind in variable_here.gate:
                allowed.append(f"column '{name}' may hold {say(f'identifiers.{kind}', 'en')}: {variable_here.note}")
                continue
            flagged = np.zeros(len(values) + 1, dtype=bool)  # the last place is that of a missing cell
            flagged[which] = True
            mask = flagged[codes]
            if not mask.any():
                continue
            first = tuple(int(row) for row in rows.index[np.flatnonzero(mask)[:_ROWS_SHOWN]])
            findings.append(Finding(name, kind, by, int(mask.sum()), first))
            places[name] = places[name] | mask if name in places else mask
    return findings, places, tuple(allowed)
