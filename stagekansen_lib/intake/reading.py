"""Take in a survey: read it against its codebook, set aside what cannot be used.

What is set aside, and why so:

- a *row*, when it is no complete record, gives no consent, or repeats a respondent (the first row stays);
- a *value*, when it is no possible answer to its question; the rest of the row stays, because one slip of the
  pen is no reason to lose a student. The answer is then missing with reason "invalid", never "no";
- a *value*, when the question was not for this student: the filter question decides. Without consent to
  special questions their answers are emptied and not even listed.

Rows in the file = rows accepted + rows set aside, always. The raw file itself is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from stagekansen_lib.arguments import said
from stagekansen_lib.drafts.drafting import CodebookDraft
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.intake.rows import Intake
from stagekansen_lib.intake.set_aside import reason_text, split_waiting, whole_rows
from stagekansen_lib.intake.stores import read_stored, stored_surveys
from stagekansen_lib.privacy.answer_files import is_private
from stagekansen_lib.privacy.gate import leave_out, pass_gate
from stagekansen_lib.privacy.gate_reports import GateReport
from stagekansen_lib.project.paths import data_files, data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.readers.answers import Habits
from stagekansen_lib.readers.columns import find_in_table, near_columns
from stagekansen_lib.readers.days import DAY_ORDERS
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.readers.tables import RawTable
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.made_up import MadeUp, of_answers, proof_of_file
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.withdrawals.reapplying import answers_opened

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["propose_columns", "read_survey"]


OnProblem = Literal["set_aside", "raise"]
State = Literal["unfinished", "preview", "total"]


def read_survey(
    name_or_path: str | Path,
    codebook: str | Path | Codebook | CodebookDraft | None = None,
    *,
    on_problem: OnProblem = "set_aside",
    format: str | None = None,  # noqa: A002 - the word a user expects
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    structure: str | Path | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    remove: Sequence[str] = (),
    set_aside_texts: bool = False,
    keep: Sequence[State] = (),
    decimal: str = "",
    day_order: str = "",
) -> Survey:
    """A Survey from an export, checked against its codebook; what could not be used is listed in it.

    Read are CSV, Excel, SPSS, Stata and Parquet files, and what LimeSurvey, Qualtrics and Microsoft Forms make of them.
    Answers may be codes or labels.

    Parameters
    ----------
    name_or_path : name of a stored survey (see ``write_survey``), name of a CSV file in ``data/example`` or
        ``data/interim`` without its ending, or a path.
    codebook : a Codebook, or its name or path; when left out the card beside the file says which, else "baseline". A
        draft of ``draft_codebook`` too, once nothing in it is open that changes figures: what it says of columns,
        unfinished answers and identifiers is then done.
    on_problem : "set_aside" lists what cannot be used and goes on; "raise" stops and names all of it.
    format : "csv", "excel", "spss", "stata", "parquet", "limesurvey", "qualtrics", "forms" or "google"; found when
        left out, and the history says what was found.
    sheet : sheet of a workbook, when several hold something.
    columns : matches that a person confirmed, by column of the file the variable:
        ``{"How hard was it?": "search_difficulty"}``. ``propose_columns`` lists likely ones.
    structure : structure file of a LimeSurvey questionnaire (.lss or .txt), when its codes are not the codebook's.
    delimiter, encoding : of a CSV file; found when left out.
    remove : columns of the file to leave out before anything is read, such as ["IPAddress"].
    set_aside_texts : True to empty open answers that name somebody, and list them, so that work goes on.
    keep : rows to read although they are "unfinished", a "preview" or a "total"; set aside when left out, and told.
    decimal : "," or "." before decimals, where a column can be read in two ways, such as 1.250.
    day_order : "day-month-year" or "month-day-year", where a column can be read in two ways, such as 03/04/2022.

    Returns
    -------
    Survey : ``rows`` has one row a respondent, indexed by the row number of the raw file. Coded columns are
        categoricals of codes, counts and numbers are floats, a multiple response has one column an answer,
        derived variables stand behind the questions. ``missing_reasons`` says why an answer is absent:
        "blank", "not_asked", "prefer_not_to_say", "do_not_know", "invalid", "does_not_apply" (derived:
        outside its base) or "not_coded" (derived: no rule takes the answer up). ``set_aside`` has row,
        column, value, expected, reason; the value of an open question or of a question without consent is
        left out.

    Raises
    ------
    IdentifiersFoundError : the file holds what points at a person (see ``privacy.pass_gate``): an ``InputError`` with
        column, kind and rows of all of it.
    InputError : the file cannot be read (see ``readers.read_table``), a column is missing or there twice, numbers or
        days of a column can be read in two ways and nothing says which (``decimal``, ``day_order``), synthetic and real
        answers are mixed, or no row is left; with ``on_problem="raise"`` also any value or row that
        would be set aside. The text names rows and columns, never an answer.

    Notes
    -----
    ``provenance.synthetic`` is True when the bytes of the file are proven to be made up: it is the example survey, or
    a file of ``stagekansen practise`` or ``stagekansen twin`` with its card, as it was written (see
    ``surveys.made_up``). Whatever else says "synthetic", a column or a card written by hand, counts as answers of
    people, and the history says so. Without a card that says how respondents were found, a survey counts as
    self-selected.

    Examples
    --------
    >>> survey = read_survey("example_2022")
    >>> len(survey), survey.provenance.synthetic
    (324, True)
    >>> survey.rows["level"].cat.categories.tolist()
    [1, 2]
    """
    if on_problem not in get_args(OnProblem):
        raise InputError(
            Problem(f"on_problem='{on_problem}' is not possible.", do=did_you_mean(on_problem, get_args(OnProblem)))
        )
    habits = _given_habits(keep, decimal, day_order)
    if _is_stored(name_or_path):
        if codebook is not None or columns is not None or format is not None:
            raise InputError(Problem("A stored survey has its own codebook and columns.", do="Give its name only."))
        return read_stored(str(name_or_path))
    path = _find_file(name_or_path)
    drafted = isinstance(codebook, CodebookDraft)
    if isinstance(codebook, CodebookDraft):
        draft, codebook = codebook, codebook.codebook
        header = {str(name) for name in read_table(path, twice=True, **draft.reading).rows.columns}
        remove = [*remove, *(name for name in draft.removed if name in header)]
        places = {column: to for column, to in draft.columns.items() if column in header and column not in remove}
        columns = {**places, **(columns or {})}
        set_aside_texts = set_aside_texts or draft.sets_texts_aside
        own = draft.habits
        format, sheet = format or draft.reading.get("format"), sheet or draft.reading.get("sheet")  # noqa: A001
        habits = _given_habits(keep or own["keep"], decimal or own["decimal"], day_order or own["day_order"])
        keep = keep or own["keep"]
    with answers_opened(f"read {path.name}") if is_private(path) else nullcontext():
        proof, made_up_card = proof_of_file(path)
        book, card = _codebook_and_card(path, codebook, made_up_card)
        table = read_table(
            path,
            format=format,
            sheet=sheet,
            delimiter=delimiter,
            encoding=encoding,
            structure=structure,
            twice=drafted,
        )
    removed = _as_named([remove] if isinstance(remove, str) else remove, table)
    cells = leave_out(table.rows, [name for name in removed if name not in table.left_out], path.name)
    table = replace(table, rows=cells)
    given = dict(zip(_as_named(columns, table), columns.values(), strict=True)) if columns else None
    found = find_in_table(table, book, path.name, columns=given)
    # The whole raw table, before any of it is used or kept.
    cells, found, gate = pass_gate(cells, book, found, file=path.name, set_aside_texts=set_aside_texts)
    habits = replace(habits, day_zero=table.day_zero)
    intake = Intake(book, replace(table, rows=cells), found, gate, keep=keep, habits=habits)
    del cells, table
    intake.set_rows_aside()
    intake.read_questions()
    said = intake.made_up(card, path.name)
    intake.derive()
    lines = [*_gate_lines(gate, remove), *_lines_of_proof(proof, said[0] or bool(made_up_card))]
    return _accepted(intake, path, card, (proof, said[1]), lines, stop=on_problem == "raise")


def _given_habits(keep: Sequence[str], decimal: str, day_order: str) -> Habits:
    """What the caller says about the habits of a file, checked."""
    problems = [
        Problem(f"{name}={value!r} is not possible.", do=did_you_mean(value, known))
        for name, value, known in (
            *(("keep", one, get_args(State)) for one in ([keep] if isinstance(keep, str) else keep)),
            ("decimal", decimal, ("", ",", ".")),
            ("day_order", day_order, ("", *DAY_ORDERS)),
        )
        if value not in known
    ]
    if problems:
        raise InputError(problems)
    return Habits(decimal=decimal, order=day_order)


def _as_named(names: Iterable[str], table: RawTable) -> list[str]:
    """Columns under the names that the reader gave them, where somebody calls them as the file does."""
    short = {head: column for column, head in table.heads.items()}
    return [short.get(name, name) for name in names]


def _lines_of_proof(proof: MadeUp | None, said: bool) -> Iterable[str]:
    """What proves that the answers are made up, or that nothing does although they say so; for the history."""
    if proof is not None:
        yield f"made up: proven by the sha256 of the file ({proof.generator}, seed {proof.seed})"
    elif said:
        yield (
            "the file says that its answers are made up, and nothing proves it: it is not as `stagekansen practise` or"
            " `stagekansen twin` wrote it, so they count as answers of people"
        )


def _codebook_and_card(
    path: Path, codebook: str | Path | Codebook | None, made_up: Mapping[str, Any]
) -> tuple[Codebook, Mapping[str, Any]]:
    card = {name: made_up[name] for name in ("codebook", "survey") if name in made_up} | dict(_read_card(path))
    book = codebook if isinstance(codebook, Codebook) else read_codebook(codebook or card.get("codebook", "baseline"))
    return book, card


def _accepted(
    intake: Intake,
    path: Path,
    card: Mapping[str, Any],
    made_up: tuple[MadeUp | None, bool],
    gate_lines: Iterable[str],
    *,
    stop: bool,
) -> Survey:
    """The survey of the rows that take part, with what was set aside and how it was read."""
    set_aside, waiting = split_waiting(intake.set_aside_table(), intake.index[~intake.stays()])
    wrong = set_aside[set_aside["reason"] != "own_words"]
    if stop and len(wrong):
        raise InputError(_problems(wrong, path.name), f"{len(wrong)} problem(s) in {path.name}.")
    rows = intake.rows(intake.stays())
    gone = int(whole_rows(set_aside).sum())
    count = intake.facts.count
    assert count == len(rows) + gone, "rows in are not rows accepted and rows set aside"
    if not len(rows):
        raise InputError(Problem("No row is left.", path.name, "See which column gives consent, and its codes."))
    proof, twin_of_people = made_up
    history = (
        f"read {path.name} against codebook '{intake.codebook.name}' {intake.codebook.version}".rstrip(),
        *intake.facts.report,
        *gate_lines,
        *_grouped(intake.report),
        f"{count} rows in the file: {len(rows)} accepted, {gone} set aside; {len(set_aside) - gone} values set aside",
    )
    provenance = Provenance(
        survey=str(card.get("survey", path.stem)),
        synthetic=proof is not None,
        made_up=None if proof is None else of_answers(proof, rows),
        twin_of_people=twin_of_people,
        self_selected=bool(card.get("self_selected", True)),
        sources=tuple(str(source) for source in card.get("sources", ())),
        history=history,
    )
    survey = survey_from_frame(
        rows,
        codebook=intake.codebook,
        provenance=provenance,
        set_aside=set_aside,
        missing_reasons=intake.missing_reasons(intake.stays()),
        # One answer has no variance, but it can be read and checked.
        single_unit="refuse" if len(rows) > 1 else "adjust",
    )
    return replace(survey, reserve=intake.reserve(path.name, waiting))


def propose_columns(
    name_or_path: str | Path,
    codebook: str | Path | Codebook = "baseline",
    *,
    columns: Mapping[str, str] | None = None,
    **reading: Any,
) -> pd.DataFrame:
    """Which columns of a file look like a variable of the codebook without being named like it.

    Nothing is decided: look at each line, and hand the right ones to ``read_survey(columns={column: variable})``.

    Parameters
    ----------
    name_or_path, codebook, columns : as for ``read_survey``; ``columns`` are matches that were confirmed already.
    reading : ``format``, ``sheet``, ``structure``, ``delimiter``, ``encoding``, as for ``read_survey``.

    Returns
    -------
    DataFrame : column, variable ("variable[code]" for one answer of a multiple response), question_nl, similarity (0 to
        1), the most alike first.

    Raises
    ------
    InputError : the file cannot be read.

    Examples
    --------
    >>> propose_columns("example_2022").empty
    True
    """
    import pandas as pd

    book = codebook if isinstance(codebook, Codebook) else read_codebook(codebook)
    table = read_table(_find_file(name_or_path), **reading)
    header = [str(name) for name in table.rows.columns]
    found = near_columns(header, book, questions=table.questions, columns=columns)
    lines = [(one.column, one.variable, book[one.variable.split("[")[0]].question_nl, one.similarity) for one in found]
    return pd.DataFrame(lines, columns=["column", "variable", "question_nl", "similarity"])


def _grouped(report: Sequence[str]) -> Iterable[str]:
    """Sentences "'variable': what was done" that say the same of several variables, as one."""
    names: dict[str, list[str]] = {}
    for line in dict.fromkeys(report):
        name, sign, what = line.partition("': ")
        names.setdefault(what if sign and name.startswith("'") else line, []).append(name + "'" if sign else "")
    for what, each in names.items():
        more = f" and {len(each) - 5} more" if len(each) > 5 else ""
        yield f"{', '.join(each[:5])}{more}: {what}" if each[0].startswith("'") else what


def _is_stored(name_or_path: str | Path) -> bool:
    if not isinstance(name_or_path, str | Path):
        raise InputError(Problem(f"The survey is {said(name_or_path)}.", do="Give its name, or the path of a file."))
    name = str(name_or_path)
    return bool(re.fullmatch(r"[\w-]+", name)) and name in stored_surveys()


def _find_file(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if Path(text).suffix or "/" in text or "\\" in text:
        return _existing(Path(text))
    for folder in ("example", "interim"):
        if (file := data_folder(folder, f"{text}.csv")).is_file():
            return file
    files = [*data_files("example", "*.csv"), *data_files("interim", "*.csv")]
    known = sorted({*stored_surveys(), *(file.stem for file in files)})
    raise InputError(Problem(f"There is no survey '{text}'.", do=did_you_mean(text, known)))


def _existing(path: Path) -> Path:
    if path.exists():
        return path
    near = sorted(file.name for file in path.parent.glob("*.*") if file.is_file())
    raise InputError(Problem("There is no such file.", str(path), did_you_mean(path.name, near)))


def _read_card(path: Path) -> Mapping[str, Any]:
    """What ``card.yaml`` beside the file says about it, under ``surveys``; empty when there is none."""
    card = path.parent / "card.yaml"
    content = read_yaml(card) if card.is_file() else {}
    surveys = content.get("surveys")
    entry = surveys.get(path.stem) if isinstance(surveys, Mapping) else None
    if not isinstance(entry, Mapping):
        return {}
    if not isinstance(entry.get("synthetic", False), bool):
        raise InputError(Problem("'synthetic' is no yes or no.", f"{card}, {path.stem}", "Write true or false."))
    return entry


def _gate_lines(gate: GateReport, remove: Sequence[str]) -> Iterable[str]:
    """What the privacy gate left out or let through, for the history."""
    removed = [*([remove] if isinstance(remove, str) else remove), *gate.removed]
    if removed:
        yield f"{len(removed)} column(s) left out for privacy: {', '.join(repr(name) for name in removed)}."
    yield from (f"The codebook says that {line}" for line in gate.allowed)
    count = sum(len(rows) for rows in gate.set_aside.values())
    if count:
        yield f"{count} text(s) that name somebody were emptied."


def _problems(set_aside: pd.DataFrame, file: str) -> Iterable[Problem]:
    """One problem a column and reason, so that a broken column is one line; no value in it."""
    for (column, reason), group in set_aside.groupby(["column", "reason"], sort=False):
        rows = ", ".join(str(row) for row in group["row"].head(10)) + (", ..." if len(group) > 10 else "")
        place = f"{file}, column {column}, row(s) {rows}" if column else f"{file}, row(s) {rows}"
        yield Problem(
            f"{reason_text(str(reason), 'en').capitalize()}.", place, f"Expected {group['expected'].iloc[0]}."
        )
