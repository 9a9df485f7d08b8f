"""The synthetic example survey as each survey tool and program would export it: the same answers in every format.

``answers()`` gives the texts of the complete rows of ``data/example/example_2022.csv`` by variable. Each writer has the
habits of its format: three header rows, a column for each answer, labels for codes, technical columns of the tool.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from stagekansen_lib.readers.columns import find_columns
from stagekansen_lib.readers.csv_files import read_csv_file
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.codebooks import Codebook, Variable

_EXAMPLE = Path(__file__).resolve().parent.parent / "data" / "example" / "example_2022.csv"
BOOK: Codebook = read_codebook("baseline")


@cache
def answers() -> pd.DataFrame:
    """The answers as texts, "" where there is none; parts of a joined answer that are no code are left out, because a
    column for each answer has no place for them."""
    table = read_csv_file(_EXAMPLE)
    found = find_columns(list(table.rows.columns), BOOK)
    frame = pd.DataFrame({name: table.rows[column].astype(object) for name, column in found.single.items()}).fillna("")
    for name in frame:
        if BOOK[name].kind == "multiple":
            known = {str(code.code) for code in BOOK[name].codes}
            frame[name] = [";".join(part for part in text.split(";") if part in known) for text in frame[name]]
    return frame


def questions() -> list[Variable]:
    """The variables that are questions, in the order of the questionnaire."""
    return [BOOK[name] for name in answers() if BOOK[name].item]


def labelled(variable: Variable, text: str, joint: str = ";", end: str = "") -> str:
    """The labels of the codes in a cell; a text that is no code stays."""
    labels = {str(code.code): code.label_nl for code in variable.codes}
    if variable.kind == "multiple" and text:
        return joint.join(labels[part] for part in text.split(";")) + end
    return labels.get(text, text)


def submitted(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%d-%m-%Y %H:%M")


def write_csv(path: Path) -> Path:
    frame = answers()
    header = [BOOK[name].item or name for name in frame]
    frame.to_csv(path, sep=";", index=False, header=header)
    return path


def write_excel(path: Path) -> Path:
    """One sheet, numbers as numbers, days as days; with a hidden sheet of the person who made it."""
    import openpyxl

    frame = answers()
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Antwoorden"
    sheet.append([f"{BOOK[name].item}. {BOOK[name].question_nl}" if BOOK[name].item else name for name in frame])
    for row in frame.itertuples(index=False):
        sheet.append([_excel_value(name, text) for name, text in zip(frame, row, strict=True)])
    notes = book.create_sheet("Notities")
    notes["A1"] = "telt niet mee"
    notes.sheet_state = "hidden"
    book.save(path)
    return path


def _excel_value(name: str, text: str) -> Any:
    if not text:
        return None
    if name == "submitted_on":
        return submitted(text)
    if name == "duration_minutes":
        return float(text.replace(",", "."))
    return int(text) if text.isdecimal() else text


def write_parquet(path: Path) -> Path:
    frame = answers()
    columns = {BOOK[name].item or name: [_excel_value(name, text) for text in frame[name]] for name in frame}
    mixed = {key for key, values in columns.items() if len({type(value) for value in values} - {type(None)}) > 1}
    pd.DataFrame(
        {k: [str(v) if k in mixed and v is not None else v for v in vs] for k, vs in columns.items()}
    ).to_parquet(path)
    return path


def write_forms(path: Path) -> Path:
    """Microsoft Forms: technical columns, questions as header, labels; several joined, with a semicolon at the end."""
    import openpyxl

    frame = answers()
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    asked = questions()
    technical = ["Id", "Begintijd", "Tijd van voltooien", "Taal", "herkomst_gegevens", "duration_minutes"]
    # Forms puts a no-break space where a question ends in a space.
    sheet.append([*technical, *(f"{variable.question_nl}\u00a0" for variable in asked)])
    for row in frame.to_dict("records"):
        end = submitted(row["submitted_on"])
        start = end - dt.timedelta(minutes=10)
        first = [row["respondent_id"], start, end, "Nederlands", row["data_origin"]]
        rest = [labelled(variable, row[variable.name], end=";") or None for variable in asked]
        sheet.append([*first, _excel_value("duration_minutes", row["duration_minutes"]), *rest])
    book.save(path)
    return path


def _separate(variable: Variable, text: str, tick: Any, none: Any, blank: Any) -> list[Any]:
    """One cell for each answer of a multiple response."""
    chosen = set(text.split(";"))
    return [(tick if str(code.code) in chosen else none) if text else blank for code in variable.codes]


def write_qualtrics(path: Path, *, labels: bool) -> Path:
    """Qualtrics: names, questions and import ids above the answers, which are recoded values or texts of choices.

    With values a multiple response has a column for each choice; with texts the choices are joined by commas.
    """
    frame = answers()
    technical = {
        "StartDate": "Start Date",
        "EndDate": "End Date",
        "Status": "Response Type",
        "Progress": "Progress",
        "ResponseId": "Response ID",
        "RecordedDate": "Recorded Date",
    }
    head = [
        [*technical],
        [*technical.values()],
        [f'{{"ImportId":"{name[0].lower()}{name[1:]}"}}' for name in technical],
    ]
    for name in ("data_origin", "duration_minutes"):
        head[0].append(name)
        head[1].append(name)
        head[2].append(f'{{"ImportId":"{name}"}}')
    for number, variable in enumerate(questions(), start=1):
        if variable.kind == "multiple" and not labels:
            for code in variable.codes:
                head[0].append(f"Q{number}_{code.code}")
                head[1].append(f"{variable.question_nl} - Selected Choice - {code.label_nl}")
                head[2].append(f'{{"ImportId":"QID{number}","choiceId":"{code.code}"}}')
        else:
            head[0].append(f"Q{number}")
            head[1].append(
                f"{variable.question_nl} - Selected Choice" if variable.kind == "multiple" else variable.question_nl
            )
            head[2].append(f'{{"ImportId":"QID{number}"}}')
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(head)
        for row in frame.to_dict("records"):
            day = submitted(row["submitted_on"]).isoformat(" ")
            cells = [day, day, "IP Address" if labels else "0", "100", row["respondent_id"], day]
            cells += [row["data_origin"], row["duration_minutes"]]
            for variable in questions():
                text = row[variable.name]
                if labels:
                    cells.append(labelled(variable, text, joint=","))
                elif variable.kind == "multiple":
                    cells += _separate(variable, text, "1", "", "")
                else:
                    # Seen and not answered.
                    cells.append(text or ("-99" if variable.codes else ""))
            writer.writerow(cells)
    return path


def write_limesurvey(path: Path, structure: Path) -> Path:
    """LimeSurvey: question codes as header, answer codes A1 ..., a column SQ001 ... for each answer of several, and the
    structure file (.lss or .txt by its ending) that says what these mean."""
    frame = answers()
    header = ["id", "submitdate", "lastpage", "startlanguage", "seed", "data_origin", "duration_minutes"]
    for variable in questions():
        if variable.kind == "multiple":
            header += [f"{variable.item}[SQ{place:03}]" for place, _ in enumerate(variable.codes, start=1)]
        else:
            header.append(variable.item)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        for row in frame.to_dict("records"):
            day = submitted(row["submitted_on"]).isoformat(" ")
            cells = [row["respondent_id"], day, "9", "nl", "123456", row["data_origin"], row["duration_minutes"]]
            for variable in questions():
                text = row[variable.name]
                if variable.kind == "multiple":
                    cells += _separate(variable, text, "Y", "", "")
                elif variable.kind in ("nominal", "ordinal"):
                    places = {str(code.code): f"A{place}" for place, code in enumerate(variable.codes, start=1)}
                    cells.append(places.get(text, text))
                else:
                    cells.append(text)
            writer.writerow(cells)
    structure.write_text(_lss() if structure.suffix == ".lss" else _structure_text(), "utf-8")
    return path


def _lss() -> str:
    kinds: dict[str, list[str]] = {
        "questions": [],
        "subquestions": [],
        "question_l10ns": [],
        "answers": [],
        "answer_l10ns": [],
    }

    def row(kind: str, **cells: object) -> None:
        content = "".join(f"<{tag}><![CDATA[{value}]]></{tag}>" for tag, value in cells.items())
        kinds[kind].append(f"<row>{content}</row>")

    answer = 0
    for number, variable in enumerate(questions(), start=1):
        row(
            "questions",
            qid=number,
            parent_qid=0,
            gid=1,
            type="M" if variable.kind == "multiple" else "L",
            title=variable.item,
        )
        row("question_l10ns", qid=number, question=f"<p>{escape(variable.question_nl)}</p>", language="nl")
        row("question_l10ns", qid=number, question=f"<p>{escape(variable.question_en)}</p>", language="en")
        for place, code in enumerate(variable.codes, start=1):
            answer += 1
            if variable.kind == "multiple":
                row("subquestions", qid=1000 + answer, parent_qid=number, title=f"SQ{place:03}")
                row("question_l10ns", qid=1000 + answer, question=escape(code.label_nl), language="nl")
            else:
                row("answers", aid=answer, qid=number, code=f"A{place}", sortorder=place)
                row("answer_l10ns", aid=answer, answer=escape(code.label_nl), language="nl")
    parts = "".join(f"<{kind}><rows>{''.join(rows)}</rows></{kind}>" for kind, rows in kinds.items())
    head = "<LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>623</DBVersion>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<document>{head}{parts}</document>\n'


def _structure_text() -> str:
    lines = [["class", "type/scale", "name", "relevance", "text", "help", "language"]]
    lines.append(["S", "", "language", "1", "nl", "", ""])
    lines.append(["G", "G0", "Vragen", "1", "", "", "nl"])
    for variable in questions():
        kind = "M" if variable.kind == "multiple" else "L"
        lines.append(["Q", kind, variable.item, "1", variable.question_nl, "", "nl"])
        for place, code in enumerate(variable.codes, start=1):
            if variable.kind == "multiple":
                lines.append(["SQ", "0", f"SQ{place:03}", "1", code.label_nl, "", "nl"])
            else:
                lines.append(["A", "0", f"A{place}", "", code.label_nl, "", "nl"])
    return "".join("\t".join(line) + "\n" for line in lines)


def write_spss(path: Path) -> Path:
    """SPSS: item ids as names, questions and answers as labels, opt-outs as user missing values."""
    import pyreadstat

    frame, names, labels, missing = _numeric("_", opt_out=float)
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels=names,
        variable_value_labels=labels,
        missing_ranges={column: list(codes) for column, codes in missing.items()},
    )
    return path


def write_stata(path: Path) -> Path:
    """Stata: as SPSS, with opt-outs as extended missing values .a, .b."""
    import pyreadstat

    frame, names, labels, missing = _numeric("_", opt_out=float)
    for column, codes in missing.items():
        letters = dict(zip(codes, "abc", strict=False))
        cells = [letters.get(value, value) for value in frame[column]]
        # Whole numbers beside letters: how the writer of pyreadstat wants a column with extended missing values.
        frame[column] = pd.Series([int(v) if isinstance(v, float) and v == v else v for v in cells], dtype=object)
        labels[column] = {letters.get(value, value): label for value, label in labels[column].items()}
    marks = {column: list("abc")[: len(codes)] for column, codes in missing.items()}
    names = {column: text[:80] for column, text in names.items()}  # as long as Stata allows
    pyreadstat.write_dta(frame, str(path), column_labels=names, variable_value_labels=labels, missing_user_values=marks)
    return path


def _numeric(
    joint: str, opt_out: Callable[[Any], Any]
) -> tuple[pd.DataFrame, dict[str, str], dict[str, dict[Any, str]], dict[str, list[Any]]]:
    """Numbers where every answer is one, a 0/1 column for each answer of several; questions, labels, missing codes."""
    frame = answers()
    columns: dict[str, Any] = {}
    names: dict[str, str] = {}
    labels: dict[str, dict[Any, str]] = {}
    missing: dict[str, list[Any]] = {}
    for name in frame:
        variable, texts = BOOK[name], frame[name].tolist()
        column = variable.item or name
        if variable.kind == "multiple":
            cells = [_separate(variable, text, 1.0, 0.0, np.nan) for text in texts]
            for place, code in enumerate(variable.codes):
                part = f"{column}{joint}{code.code}"
                columns[part] = [row[place] for row in cells]
                names[part] = f"{variable.question_nl} [{code.label_nl}]"
                labels[part] = {0: "Nee", 1: "Ja"}
            continue
        names[column] = variable.question_nl or variable.label_nl
        if name == "submitted_on":
            columns[column] = pd.to_datetime([submitted(text) for text in texts])
        elif variable.codes and all(not text or text.isdecimal() for text in texts):
            columns[column] = [float(text) if text else np.nan for text in texts]
            labels[column] = {int(code.code): code.label_nl for code in variable.codes}
            used = set(texts)
            opted = [opt_out(code.code) for code in variable.codes if code.missing and str(code.code) in used]
            if opted:
                missing[column] = opted
        else:
            columns[column] = [text.replace(",", ".") if name == "duration_minutes" else text for text in texts]
    return pd.DataFrame(columns), names, labels, missing
