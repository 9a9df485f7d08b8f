"""Write a codebook as the CSV files that ``read_codebook`` reads."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, get_args

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_files, data_folder
from stagekansen_lib.project.spreadsheets import plain_cell, safe_cell
from stagekansen_lib.surveys.codebook_checks import check_codebook
from stagekansen_lib.surveys.codebooks import (
    CHECK_COLUMNS,
    CODE_COLUMNS,
    FITS,
    VARIABLE_COLUMNS,
    Check,
    Code,
    Codebook,
    Condition,
    Kind,
    NothingTicked,
    Privacy,
    Role,
    Severity,
    ValueSet,
    Variable,
)

__all__ = [
    "conditions_text", "read_codebook", "read_conditions", "read_value_set", "value_set_text", "write_codebook",
    "write_whole",
]  # fmt: skip


T = TypeVar("T")

OPTIONAL_COLUMNS = ("gate", "ticked", "not_ticked", "nothing_ticked", "concept", "fit")


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
    >>> from stagekansen_lib.surveys.codebook_files import read_codebook
    >>> book = read_codebook("baseline")
    >>> read_codebook(write_codebook(book, tempfile.mkdtemp())) == book
    True
    """
    folder = Path(folder)
    if not codebook.name or not all(sign.isalnum() or sign in "-_." for sign in codebook.name):
        raise InputError(
            Problem("A codebook needs a name of letters, digits, '-' and '_'.", do="Give it another name.")
        )
    tables = _tables(codebook)
    there = [name for name in tables if (folder / name).exists()]
    if there and not replace:
        raise InputError(Problem(f"There already: {', '.join(there)}.", str(folder), "Choose another name."))
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in tables.items():
        text = io.StringIO(newline="")
        # Labels and questions of a draft come from an export: none of them runs in a spreadsheet.
        cells = ([safe_cell(cell, numbers=True) for cell in line] for line in lines)
        csv.writer(text, lineterminator="\n").writerows(cells)
        write_whole(folder / name, text.getvalue().encode("utf-8"))
    return folder / f"{codebook.name}.csv"


def _tables(codebook: Codebook) -> dict[str, list[Sequence[str]]]:
    """The lines of each file of a codebook, the heading first."""
    name, variables = codebook.name, list(codebook.variables.values())
    used = [column for column in OPTIONAL_COLUMNS if any(getattr(one, column) for one in variables)]
    columns = (*VARIABLE_COLUMNS, *used)
    codes = [_code_line(one.name, code) for one in variables for code in one.codes]
    lines = [_variable_line(one, columns) for one in variables]
    tables: dict[str, list[Sequence[str]]] = {
        f"{name}_codes.csv": [CODE_COLUMNS, *codes],
        f"{name}.csv": [columns, _title_line(codebook, columns), *lines],
    }
    if codebook.checks:
        tables[f"{name}_checks.csv"] = [CHECK_COLUMNS, *(_check_line(one) for one in codebook.checks)]
    return tables


def _check_line(check: Check) -> list[str]:
    when, then = conditions_text(check.when), conditions_text(check.then)
    return [check.rule, when, then, check.severity, check.label_nl, check.label_en]


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
    more = ("question_nl", "question_en", "concept", "fit", "nothing_ticked")
    cells = {column: str(getattr(variable, column)) for column in (*plain, *more)}
    cells |= {
        "minimum": _number(variable.minimum),
        "maximum": _number(variable.maximum),
        "only_if": conditions_text(variable.only_if),
        "derived_from": "|".join(variable.derived_from),
        "accept": "|".join(str(code) for code in variable.accept),
        "keep": "yes" if variable.keep else "no",
        "required": "yes" if variable.required else "no",
        "gate": "|".join(variable.gate),
        "ticked": "|".join(variable.ticked),
        "not_ticked": "|".join(variable.not_ticked),
    }
    return [cells[column] for column in columns]


def _code_line(name: str, code: Code) -> list[str]:
    rule = conditions_text(code.when) if code.when else "" if code.values is None else value_set_text(code.values)
    exclusive = "yes" if code.exclusive else ""
    return [name, str(code.code), code.label_nl, code.label_en, code.missing, exclusive, rule]


def conditions_text(conditions: Iterable[Condition]) -> str:
    """Conditions as a codebook writes them, and as ``read_conditions`` reads them.

    >>> conditions_text(read_conditions("consent=1 & progress!=2"))
    'consent=1 & progress!=2'
    """
    return " & ".join(f"{one.variable}{'!=' if one.negated else '='}{value_set_text(one.values)}" for one in conditions)


def value_set_text(values: ValueSet) -> str:
    """The set of values as a codebook writes it; the opposite of ``read_value_set``."""
    numbers = sorted(value for value in values.exact if isinstance(value, int))
    texts = sorted(value for value in values.exact if isinstance(value, str))
    spans = [f"{_number(low)}..{_number(high)}" for low, high in values.ranges]
    return "|".join([*map(str, numbers), *texts, *spans, *(["else"] if values.rest else [])])


def _number(value: float | None) -> str:
    if value is None or math.isinf(value):
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def read_value_set(text: str) -> ValueSet:
    """The set of values that ``text`` names, such as ``1|2``, ``4..9``, ``20..`` or ``else``.

    Raises
    ------
    InputError : the text is empty or a range has no number or runs backwards.

    >>> [number for number in range(25) if number in read_value_set("1|4..6|20..")]
    [1, 4, 5, 6, 20, 21, 22, 23, 24]
    """
    parts = [part.strip() for part in text.split("|")]
    if not all(parts):
        raise InputError(Problem(f"'{text}' is not a set of values.", do="Write it like '1|2' or '4..9'."))
    exact: set[int | str] = set()
    ranges: list[tuple[float, float]] = []
    for part in parts:
        span = re.fullmatch(r"(-?\d*)\.\.(-?\d*)", part)
        if span:
            low = float(span[1]) if span[1] else -math.inf
            high = float(span[2]) if span[2] else math.inf
            if low > high or part == "..":
                raise InputError(Problem(f"Range '{part}' holds no number.", do="Write it like '4..9'."))
            ranges.append((low, high))
        elif part != "else":
            exact.add(_code(part.casefold()))
    return ValueSet(frozenset(exact), tuple(ranges), "else" in parts)


def read_conditions(text: str) -> tuple[Condition, ...]:
    """The conditions that ``text`` names; all of them must hold. An empty text gives no condition.

    Raises
    ------
    InputError : a part is not ``variable=SET`` or ``variable!=SET``.

    >>> [condition.variable for condition in read_conditions("consent_special=1 & discrimination_answer=1|2")]
    ['consent_special', 'discrimination_answer']
    """
    conditions = []
    for part in filter(None, (part.strip() for part in text.split("&"))):
        found = re.fullmatch(r"(\w+)\s*(!?=)\s*(.+)", part)
        if not found:
            raise InputError(Problem(f"'{part}' is not a condition.", do="Write it like 'school=1|2'."))
        conditions.append(Condition(found[1], read_value_set(found[3]), found[2] == "!="))
    return tuple(conditions)


def read_codebook(name_or_path: str | Path) -> Codebook:
    """A codebook, by its name in ``data/codebooks`` or by the path of its CSV file.

    ``NAME_codes.csv`` must lie beside ``NAME.csv``; ``NAME_checks.csv`` may. The columns of the three files
    are described in ``data/codebooks/README.md``.

    Parameters
    ----------
    name_or_path : such as "baseline", or the path of ``NAME.csv``.

    Returns
    -------
    Codebook : its variables in the order of the file.

    Raises
    ------
    InputError : a file is absent, not UTF-8 or without its columns, or ``check_codebook`` finds a problem; all
        problems at once, each with the file and the line.

    Examples
    --------
    >>> codebook = read_codebook("baseline")
    >>> codebook["search_difficulty"].label("en"), codebook["search_difficulty"].valid_codes
    ('Difficulty of finding an internship', (1, 2, 3, 4, 5))
    """
    path = _codebook_path(name_or_path)
    name = path.stem
    problems: list[Problem] = []
    lines = _read_lines(path, VARIABLE_COLUMNS)
    code_path = path.with_name(f"{name}_codes.csv")
    codes: dict[str, list[Code]] = {}
    names = {line["name"] for _, line in lines}
    for where, line in _read_lines(code_path, CODE_COLUMNS):
        if line["variable"] not in names:
            problems.append(
                Problem(
                    f"Variable '{line['variable']}' is not in {path.name}.",
                    where,
                    did_you_mean(line["variable"], sorted(names)),
                )
            )
        codes.setdefault(line["variable"], []).append(_read_code(line, where, problems))
    variables: dict[str, Variable] = {}
    title = {"nl": name, "en": name, "version": ""}
    for where, line in lines:
        if line["name"] == "codebook":  # the line that names the codebook itself
            title = {"nl": line["label_nl"], "en": line["label_en"], "version": line["note"]}
            continue
        if line["name"] in variables:
            problems.append(Problem(f"Variable '{line['name']}' stands here twice.", where))
        variables[line["name"]] = _read_variable(line, tuple(codes.get(line["name"], ())), where, problems)
    checks: tuple[Check, ...] = ()
    check_path = path.with_name(f"{name}_checks.csv")
    if check_path.is_file():
        checks = tuple(_read_check(line, where, problems) for where, line in _read_lines(check_path, CHECK_COLUMNS))
    codebook = Codebook(name, variables, title["nl"], title["en"], title["version"], checks)
    problems.extend(check_codebook(codebook))
    if problems:
        raise InputError(problems, f"Codebook '{name}' cannot be used: {len(problems)} problem(s).")
    return codebook


def _codebook_path(name_or_path: str | Path) -> Path:
    if not isinstance(name_or_path, str | Path):
        raise InputError(
            Problem(f"codebook is {said(name_or_path)}.", do="Give its name, or the path of its CSV file.")
        )
    text = str(name_or_path)
    if text.endswith(".csv") or "/" in text or "\\" in text:
        return Path(text)
    path = data_folder("codebooks", f"{text}.csv")
    if not path.is_file():
        helpers = ("_codes", "_checks")
        known = sorted(file.stem for file in data_files("codebooks", "*.csv") if not file.stem.endswith(helpers))
        raise InputError(Problem(f"There is no codebook '{text}'.", do=did_you_mean(text, known)))
    return path


def _read_lines(path: Path, columns: tuple[str, ...]) -> list[tuple[str, dict[str, str]]]:
    """Each line of a codebook file with the place to look it up. Comma and semicolon both work."""
    text = _text_of_file(path)
    reader = csv.DictReader(io.StringIO(text), delimiter=_delimiter(text), restkey="more", restval=None)
    absent = [column for column in columns if column not in (reader.fieldnames or ())]
    if absent:
        raise InputError(Problem(f"Column(s) missing: {', '.join(absent)}.", str(path)))
    lines = []
    for number, line in enumerate(reader, start=2):
        where = f"{path.name} line {number}"
        if "more" in line or None in line.values():
            raise InputError(Problem(f"This line does not have {len(columns)} cells.", where))
        lines.append((where, {column: _cell(line.get(column)) for column in (*columns, *OPTIONAL_COLUMNS)}))
    return lines


def _cell(told: str | None) -> str:
    return plain_cell((told or "").strip())


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _text_of_file(path: Path) -> str:
    if not path.is_file():
        raise InputError(Problem("This file of the codebook is not there.", str(path)))
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Problem("This file is not UTF-8.", str(path), "Save it in Excel as 'CSV UTF-8'.")) from None


def _read_variable(line: dict[str, str], codes: tuple[Code, ...], where: str, problems: list[Problem]) -> Variable:
    def number(column: str) -> float | None:
        return _attempt(lambda: float(line[column]), None, column, line, where, problems) if line[column] else None

    return Variable(
        name=line["name"],
        kind=_one_of(line, "kind", get_args(Kind), "nominal", where, problems),
        label_nl=line["label_nl"],
        label_en=line["label_en"],
        codes=codes,
        question_nl=line["question_nl"],
        question_en=line["question_en"],
        item=line["item"],
        privacy=_one_of(line, "privacy", get_args(Privacy), "special", where, problems),
        minimum=number("minimum"),
        maximum=number("maximum"),
        routing=line["routing"],
        derived_from=_parts(line["derived_from"]),
        note=line["note"],
        block=line["block"],
        only_if=_attempt(lambda: read_conditions(line["only_if"]), (), "only_if", line, where, problems),
        accept=tuple(_code(part) for part in line["accept"].split("|") if part),
        role=_one_of(line, "role", get_args(Role), "", where, problems),
        keep=_one_of(line, "keep", ("yes", "no"), "yes", where, problems) == "yes",
        required=_one_of(line, "required", ("yes", "no"), "yes", where, problems) == "yes",
        gate=_parts(line["gate"]),
        ticked=_parts(line["ticked"]),
        not_ticked=_parts(line["not_ticked"]),
        nothing_ticked=_one_of(line, "nothing_ticked", get_args(NothingTicked), "", where, problems),
        concept=line["concept"],
        fit=_one_of(line, "fit", ("", *FITS), "", where, problems),
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.split("|"))))


def _read_code(line: dict[str, str], where: str, problems: list[Problem]) -> Code:
    rule = line["values"]
    code = Code(
        code=_code(line["code"]),
        label_nl=line["label_nl"],
        label_en=line["label_en"],
        missing=line["missing"],
        exclusive=_one_of(line, "exclusive", ("", "yes"), "", where, problems) == "yes",
    )
    if "=" in rule:
        return replace(code, when=_attempt(lambda: read_conditions(rule), (), "values", line, where, problems))
    if rule:
        return replace(code, values=_attempt(lambda: read_value_set(rule), None, "values", line, where, problems))
    return code


def _read_check(line: dict[str, str], where: str, problems: list[Problem]) -> Check:
    return Check(
        rule=line["rule"],
        when=_attempt(lambda: read_conditions(line["when"]), (), "when", line, where, problems),
        then=_attempt(lambda: read_conditions(line["then"]), (), "then", line, where, problems),
        label_nl=line["label_nl"],
        label_en=line["label_en"],
        severity=_one_of(line, "severity", get_args(Severity), "doubt", where, problems),
    )


def _attempt(
    read: Callable[[], T], default: T, column: str, line: dict[str, str], where: str, problems: list[Problem]
) -> T:
    try:
        return read()
    except InputError as error:
        problems.extend(Problem(problem.what, f"{where}, column {column}", problem.do) for problem in error.problems)
    except ValueError:
        problems.append(Problem(f"'{line[column]}' is not a number.", f"{where}, column {column}"))
    return default


def _one_of(
    line: dict[str, str],
    column: str,
    allowed: Iterable[str],
    default: str,
    where: str,
    problems: list[Problem],
) -> Any:
    """The cell when it is one of the allowed words; otherwise a problem and the default."""
    words = tuple(allowed)
    if line[column] in words:
        return line[column]
    problems.append(
        Problem(
            f"'{line[column]}' is not possible here.",
            f"{where}, column {column}",
            did_you_mean(line[column], words),
        )
    )
    return default


def _code(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?\d+", text) else text
