"""Margins from a small table that a person typed or pasted: labels or codes, and how many people."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.population.margins import Margins, unknown_sources
from stagekansen_lib.surveys.codebooks import Codebook, Variable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["margins_from_table"]

# 1250, 1.250 and 1 250 are one count: people come in whole numbers.
_COUNT = re.compile(r"\d+|\d{1,3}(?:[. ]\d{3})+")


def margins_from_table(
    table: pd.DataFrame | str | Path, codebook: Codebook, *, name: str = "own", sources: Sequence[str] = (),
    date: str = "",
) -> Margins:  # fmt: skip
    """Margins from a table of two columns: answers to a question, by label or code, and how many people.

    Parameters
    ----------
    table : a DataFrame, a text as it is pasted from a sheet (tabs, semicolons or commas between columns), or the path
        of a file of such text. The first heading is the name or the label of a variable.
    codebook : the codebook of the survey, which knows labels and codes.
    name : what the margins are called.
    sources : ids of the register of sources.
    date : reference date of the counts, such as "2025".

    Returns
    -------
    Margins : for ``rake`` and the others; ``labels`` holds the text of each code.

    Raises
    ------
    InputError : the table cannot be read, an answer or a source is not known, an answer stands there twice or has no
        count, or a count is no whole number; all problems at once.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> book = sk.read_codebook("baseline")
    >>> found = margins_from_table("level;people\\nmbo;21.000\\nhbo;30000", book, sources=["duo-portal"])
    >>> dict(found.targets["level"])
    {1: 21000.0, 2: 30000.0}
    """
    rows = _rows(table)
    variable = _variable(codebook, rows[0][0])
    problems = unknown_sources(list(sources), name)
    counts: dict[Any, float] = {}
    for place, (answer, count) in enumerate(rows[1:], start=2):
        where = f"{name}, row {place}"
        codes = _codes(variable, answer)
        if len(codes) != 1:
            offer = did_you_mean(answer, [one.label() for one in variable.codes if not one.missing])
            problems.append(Problem(f"'{answer}' is not one answer to '{variable.name}'.", where, offer))
        elif codes[0] in counts:
            problems.append(Problem(f"'{answer}' stands there twice.", where, "Add the two up, or take one out."))
        elif not _COUNT.fullmatch(count):
            problems.append(Problem(f"'{count}' is no whole number of people.", where, "Write it like 1250 or 1.250."))
        else:
            counts[codes[0]] = float(re.sub(r"\D", "", count))
    if problems:
        raise InputError(problems, title=f"Margins '{name}' cannot be used.")
    texts = {one.code: (one.label("nl"), one.label("en")) for one in variable.codes if one.code in counts}
    return Margins(name, {variable.name: counts}, sources=tuple(sources), date=date, labels={variable.name: texts})


def _rows(table: Any) -> list[tuple[str, str]]:
    """The heading and the lines, as two texts each."""
    import pandas as pd

    if isinstance(table, str | Path):
        text = Path(table).read_text("utf-8-sig") if isinstance(table, Path) else table
        sign = next((one for one in "\t;," if one in text), ",")
        table = pd.read_csv(io.StringIO(text.strip()), sep=sign, dtype=str, keep_default_na=False, header=None)
        lines = table.to_numpy().tolist()
    elif isinstance(table, pd.DataFrame):
        lines = [list(table.columns), *table.to_numpy(dtype=object).tolist()]
    else:
        raise InputError(Problem(f"The table is {said(table)}.", do="Give a DataFrame, pasted text or a path."))
    if len(lines) < 2 or any(len(line) != 2 for line in lines):
        raise InputError(Problem("A table of counts has two columns, and a row for each answer.", do="Keep those two."))
    return [(_text(first), _text(second)) for first, second in lines]


def _text(cell: Any) -> str:
    whole = isinstance(cell, float) and cell.is_integer()
    return " ".join(str(int(cell) if whole else cell).split())


def _variable(codebook: Codebook, heading: str) -> Variable:
    wanted = heading.casefold()
    listed = [one for one in codebook.variables.values() if one.kind in ("nominal", "ordinal")]
    found = [one for one in listed if one.name.casefold() == wanted]
    found = found or [one for one in listed if wanted in (one.label_nl.casefold(), one.label_en.casefold())]
    if len(found) != 1:
        offer = did_you_mean(heading, [one.name for one in listed])
        raise InputError(Problem(f"'{heading}' is not one question with a list of answers.", codebook.name, offer))
    return found[0]


def _codes(variable: Variable, answer: str) -> list[Any]:
    """The codes that a text stands for: a code itself goes before a label."""
    wanted, kept = answer.casefold(), [one for one in variable.codes if not one.missing]
    exact = [one.code for one in kept if str(one.code).casefold() == wanted]
    return exact or [one.code for one in kept if wanted in (one.label_nl.casefold(), one.label_en.casefold())]
