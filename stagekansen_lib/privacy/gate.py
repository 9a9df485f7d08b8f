"""The privacy gate: what points at a person is stopped before a file is read into a survey or stored.

Looked at are the names of columns and every different value. What the codebook knows as an answer (a code, a label, a
number within its range) is none of a person's data and passes. A finding names column, kind and rows, never a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.privacy.column_detectors import paired_coordinates
from stagekansen_lib.privacy.detecting import Hit, kinds_in
from stagekansen_lib.privacy.gate_reports import TEXT_KINDS, GateReport, Identifier, IdentifiersFoundError
from stagekansen_lib.privacy.values import distinct_texts
from stagekansen_lib.readers.columns import FoundColumns
from stagekansen_lib.surveys.codebooks import Codebook, Variable
from stagekansen_lib.wording import say

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

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
    column of nine-digit numbers is stopped when more of them pass than by chance. Values are read as they look: digits
    of every script, any sign between them, "apenstaartje" and "punt" for signs (``normalising``). Names are
    known from lists in Latin script, by how they sound and are built, and by where they stand when they are no ordinary
    word; rare names can pass, and a text in another script goes to a person ("unread_script"): people read open answers
    before anyone quotes them. Of 110 postcodes, documents, number plates and names in texts that were written when the
    detectors were done 97% is found (92% to 99%), and none of 65 harmless texts is stopped (``benchmarks/gate.py``).

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
    rows, found, dropped = _without_dropped(rows, codebook, found)
    findings, places, allowed = _search(rows, codebook, found)
    texts = _texts(findings, codebook, found)
    aside: dict[str, tuple[int, ...]] = {}
    if set_aside_texts:
        rows = rows.assign(**{column: _emptied(rows[column], places[column]) for column in texts})
        aside = {column: tuple(int(row) for row in rows.index[places[column]]) for column in texts}
        findings = [one for one in findings if one.column not in aside]
    left = tuple(column for column in texts if column not in aside)
    report = GateReport(tuple(findings), file, len(rows.columns), len(rows), aside, dropped, allowed, left)
    if findings:
        raise IdentifiersFoundError(report)
    return rows, found, report


def _without_dropped(
    rows: pd.DataFrame, codebook: Codebook, found: FoundColumns
) -> tuple[pd.DataFrame, FoundColumns, tuple[str, ...]]:
    """The table without the columns that the codebook says to drop, and these columns."""
    gone = [variable.name for variable in codebook.variables.values() if variable.gate == ("drop",)]
    columns = tuple(column for name in gone for column in _columns_of(codebook[name], found))
    left = FoundColumns(
        {name: column for name, column in found.single.items() if name not in gone},
        {name: own for name, own in found.separate.items() if name not in gone},
        found.unknown,
        {name: own for name, own in found.mentions.items() if name not in gone},
    )
    return rows.drop(columns=list(columns)), left, columns


def _emptied(column: pd.Series[Any], where: Mask) -> pd.Series[Any]:
    import pandas as pd

    cells = column.mask(where)
    return cells.cat.remove_unused_categories() if isinstance(cells.dtype, pd.CategoricalDtype) else cells


def _texts(findings: list[Identifier], codebook: Codebook, found: FoundColumns) -> tuple[str, ...]:
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


def _only_texts(findings: list[Identifier], column: str) -> bool:
    return all(one.kind in TEXT_KINDS for one in findings if one.column == column)


def _columns_of(variable: Variable, found: FoundColumns) -> list[str]:
    if variable.name in found.single:
        return [found.single[variable.name]]
    return [*found.separate.get(variable.name, {}).values(), *found.mentions.get(variable.name, ())]


def _search(
    rows: pd.DataFrame, codebook: Codebook | None, found: FoundColumns | None
) -> tuple[list[Identifier], dict[str, Mask], tuple[str, ...]]:
    """All findings, for each column the rows that any of them touches, and what the codebook allowed."""
    meaning = _meaning(codebook, found)
    cells = {str(name): distinct_texts(rows[name]) for name in rows.columns}
    hits = _hits({name: values for name, (_, values) in cells.items()}, meaning)
    findings: list[Identifier] = []
    places: dict[str, Mask] = {}
    allowed: list[str] = []
    for name, kind, hit in hits:
        variable = meaning.get(name)
        if variable is not None and kind in variable.gate:
            allowed.append(f"column '{name}' may hold {say(f'identifiers.{kind}', 'en')}: {variable.note}")
            continue
        mask = _rows_with(hit.places, *cells[name])
        if mask.any():
            findings.append(_identifier(name, kind, hit.by, rows.index[mask]))
            places[name] = places[name] | mask if name in places else mask
    return findings, places, tuple(allowed)


def _hits(values: Mapping[str, Sequence[str]], meaning: Mapping[str, Variable]) -> list[tuple[str, str, Hit]]:
    """Every column with each kind found in it, in the order of the columns."""
    hits = {name: kinds_in(name, own, meaning.get(name)) for name, own in values.items()}
    strangers = {name: own for name, own in values.items() if name not in meaning and not hits[name]}
    hits |= {name: {"coordinates": Hit("content", which)} for name, which in paired_coordinates(strangers).items()}
    return [(name, kind, hit) for name, by_kind in hits.items() for kind, hit in by_kind.items()]


def _meaning(codebook: Codebook | None, found: FoundColumns | None) -> dict[str, Variable]:
    """The variable that each column of the file holds, or holds an answer of."""
    if codebook is None or found is None:
        return {}
    return {column: variable for variable in codebook.variables.values() for column in _columns_of(variable, found)}


def _rows_with(places: Sequence[int], codes: NDArray[np.integer[Any]], values: Sequence[str]) -> Mask:
    import numpy as np

    flagged = np.zeros(len(values) + 1, dtype=bool)  # the last place is that of a missing cell
    flagged[list(places)] = True
    mask: Mask = flagged[codes]
    return mask


def _identifier(column: str, kind: str, by: str, rows: pd.Index) -> Identifier:
    return Identifier(column, kind, by, len(rows), tuple(int(row) for row in rows[:_ROWS_SHOWN]))
