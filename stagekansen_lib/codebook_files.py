"""Write a codebook as the CSV files that ``read_codebook`` reads."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from stagekansen_lib.codebooks import (
    CHECK_COLUMNS,
    CODE_COLUMNS,
    OPTIONAL_COLUMNS,
    VARIABLE_COLUMNS,
    Code,
    Codebook,
    Condition,
    ValueSet,
    Variable,
)
from stagekansen_lib.errors import InputError, Problem

__all__ = ["write_codebook", "write_whole"]


def write_codebook(codebook: Codebook, folder: str | Path, *, replace: bool = False) -> Path:
    """Write ``NAME.csv``, ``NAME_codes.csv`` and, when there are checks, ``NAME_checks.csv``.

    Parameters
    ----------
    codebook : its name becomes the name of the files.
    folder : where to write; made when it is not there.
    replace : True to write over files of that name.

    Returns
    -------
    Path : ``NAME.csv``, for ``read_codebook``.

    Raises
    ------
    InputError : the codebook has no usable name, or one of the files is there already.

    Examples
    --------
    >>> import tempfile
    >>> from stagekansen_lib.codebooks import read_codebook
    >>> book = read_codebook("baseline")
    >>> read_codebook(write_codebook(book, tempfile.mkdtemp())) == book
    True
    """
    folder = Path(folder)
    if not codebook.name or not all(sign.isalnum() or sign in "-_." for sign in codebook.name):
        raise InputError(
            Problem("A codebook needs a name of letters, digits, '-' and '_'.", do="Give it another name.")
        )
    path = folder / f"{codebook.name}.csv"
    variables = list(codebook.variables.values())
    columns = (*VARIABLE_COLUMNS, *OPTIONAL_COLUMNS) if any(one.gate for one in variables) else VARIABLE_COLUMNS
    tables: dict[Path, tuple[Sequence[str], list[list[str]]]] = {
        path.with_name(f"{path.stem}_codes.csv"): (
            CODE_COLUMNS,
            [_code_line(one.name, code) for one in codebook.variables.values() for code in one.codes],
        ),
        path: (columns, [_title_line(codebook, columns), *(_variable_line(one, columns) for one in variables)]),
    }
    if codebook.checks:
        lines = [
            [one.rule, _conditions(one.when), _conditions(one.then), one.severity, one.label_nl, one.label_en]
            for one in codebook.checks
        ]
        tables[path.with_name(f"{path.stem}_checks.csv")] = (CHECK_COLUMNS, lines)
    there = [file.name for file in tables if file.exists()]
    if there and not replace:
        raise InputError(Problem(f"There already: {', '.join(there)}.", str(folder), "Choose another name."))
    folder.mkdir(parents=True, exist_ok=True)
    for file, (header, lines) in tables.items():
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
        write_whole(file, text.getvalue().encode("utf-8"))
    return path


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file whole or not at all: whoever looks sees the old content or the new, also after a power cut.

    ``private`` is for answers: nobody else on this computer can read the file, not even while it is written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(draft, "wb", opener=_for_oneself) if private else draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _for_oneself(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _title_line(codebook: Codebook, columns: Sequence[str]) -> list[str]:
    cells = {"name": "codebook", "note": codebook.version}
    cells |= {"label_nl": codebook.title_nl or codebook.name, "label_en": codebook.title_en or codebook.name}
    return [cells.get(column, "") for column in columns]


def _variable_line(variable: Variable, columns: Sequence[str]) -> list[str]:
    plain = ("name", "item", "block", "kind", "label_nl", "label_en", "privacy", "routing", "role", "note")
    cells = {column: str(getattr(variable, column)) for column in (*plain, "question_nl", "question_en")}
    cells |= {
        "minimum": _number(variable.minimum),
        "maximum": _number(variable.maximum),
        "only_if": _conditions(variable.only_if),
        "derived_from": "|".join(variable.derived_from),
        "accept": "|".join(str(code) for code in variable.accept),
        "keep": "yes" if variable.keep else "no",
        "required": "yes" if variable.required else "no",
        "gate": "|".join(variable.gate),
    }
    return [cells[column] for column in columns]


def _code_line(name: str, code: Code) -> list[str]:
    rule = _conditions(code.when) if code.when else "" if code.values is None else _value_set(code.values)
    exclusive = "yes" if code.exclusive else ""
    return [name, str(code.code), code.label_nl, code.label_en, code.missing, exclusive, rule]


def _conditions(conditions: Iterable[Condition]) -> str:
    return " & ".join(f"{one.variable}{'!=' if one.negated else '='}{_value_set(one.values)}" for one in conditions)


def _value_set(values: ValueSet) -> str:
    numbers = sorted(value for value in values.exact if isinstance(value, int))
    texts = sorted(value for value in values.exact if isinstance(value, str))
    spans = [f"{_number(low)}..{_number(high)}" for low, high in values.ranges]
    return "|".join([*map(str, numbers), *texts, *spans, *(["else"] if values.rest else [])])


def _number(value: float | None) -> str:
    if value is None or math.isinf(value):
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
