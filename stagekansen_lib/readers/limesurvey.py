"""LimeSurvey: responses as CSV or Excel, and the structure of the survey (.lss, or .txt with tabs)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.readers.tables import RawTable

__all__ = ["LimeSurveyStructure", "is_limesurvey", "read_limesurvey", "read_limesurvey_structure"]

# Columns of LimeSurvey itself, as code, in English and in Dutch.
_LAST_PAGE = {"lastpage", "last page", "laatste pagina"}
_OTHERS = {"submitdate", "startlanguage", "date submitted", "start language", "datum ingestuurd", "starttaal", "seed"}
_MORE = {"startdate", "datestamp", "ipaddr", "refurl", "date started", "date last action", "ip address", "referrer url"}
_TECHNICAL = {
    "id": "respondent_id",
    "response id": "respondent_id",
    "antwoord id": "respondent_id",
    "submitdate": "submitted_on",
    "date submitted": "submitted_on",
    "datum ingestuurd": "submitted_on",
}
_LARGEST = 50 << 20


@dataclass(frozen=True)
class LimeSurveyStructure:
    """What a structure file says: texts of questions and of subquestions, and labels of answer codes."""

    questions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    parts: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)


def is_limesurvey(table: RawTable) -> bool:
    """Whether the columns that LimeSurvey adds to the questions are there."""
    names = {_plain(name) for name in table.rows.columns}
    return bool(names & _LAST_PAGE and names & _OTHERS)


def read_limesurvey(table: RawTable, structure: LimeSurveyStructure | None = None) -> RawTable:
    """Columns by their questions; "N/A" means that the question was not shown."""
    questions = dict(table.questions)
    labels = dict(table.labels)
    for column in map(str, table.rows.columns):
        if _plain(column) in _TECHNICAL:
            questions[column] = (_TECHNICAL[_plain(column)],)
        elif structure is not None:
            found = re.fullmatch(r"([A-Za-z]\w*?)(?:\[(\w+)\])?", column)
            if found and found[1] in structure.questions:
                texts = structure.questions[found[1]]
                if found[2] is None:
                    questions[column] = texts
                    if found[1] in structure.labels:
                        labels[column] = structure.labels[found[1]]
                else:
                    answers = structure.parts.get((found[1], found[2]), ())
                    names = [f"{text} [{answer}]" for text in (found[1], *texts) for answer in answers]
                    questions[column] = tuple(names)
    own = {*_LAST_PAGE, *_OTHERS, *_MORE, *_TECHNICAL}
    said = "Export of LimeSurvey" + (" with its structure file." if structure else ".")
    return replace(
        table,
        questions=questions,
        technical=frozenset(name for name in table.rows.columns if _plain(name) in own),
        labels=labels,
        missing={**table.missing, "": {"N/A": "not_asked"}},
        format="limesurvey",
        report=(said, *table.report),
    )


def read_limesurvey_structure(path: str | Path) -> LimeSurveyStructure:
    """Questions, subquestions and answer codes of a structure file, in all its languages.

    Parameters
    ----------
    path : "Survey structure (.lss)" or "Tab-separated-values format (.txt)", as LimeSurvey exports them.

    Raises
    ------
    InputError : the file is absent, of neither kind, damaged, or holds no question.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(Problem("There is no such file.", str(path)))
    if path.stat().st_size > _LARGEST:
        raise InputError(Problem("The file is too large for the structure of a survey.", path.name))
    content = path.read_bytes()
    try:
        found = _from_xml(content) if content.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<?xml") else _from_text(content)
    except InputError as error:
        raise InputError([replace(problem, where=path.name) for problem in error.problems]) from None
    if not found.questions:
        raise InputError(
            Problem(
                "No question was found in this structure file.", path.name, "Export the .lss or .txt structure again."
            )
        )
    return found


def _from_xml(content: bytes) -> LimeSurveyStructure:
    from xml.etree import ElementTree

    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise InputError(Problem("A structure file of LimeSurvey has no DOCTYPE."))
    try:
        tree = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        raise InputError(Problem("The structure file is damaged.", do="Export it again.")) from None

    def rows(section: str) -> Iterator[dict[str, str]]:
        for row in tree.iterfind(f"./{section}/rows/row"):
            yield {cell.tag: _text(cell.text or "") for cell in row}

    # Since version 4 the texts of each language stand apart from the questions.
    texts: dict[str, list[str]] = {}
    for row in (*rows("question_l10ns"), *rows("questions"), *rows("subquestions")):
        if row.get("qid") and row.get("question"):
            texts.setdefault(row["qid"], []).append(row["question"])
    answers: dict[str, list[str]] = {}
    for row in rows("answer_l10ns"):
        answers.setdefault(row.get("aid", ""), []).append(row.get("answer", ""))
    found = LimeSurveyStructure()
    titles = {row.get("qid", ""): row.get("title", "") for row in rows("questions")}
    for row in rows("questions"):
        if row.get("parent_qid", "0") in ("", "0"):
            found.questions[row["title"]] = _unique(texts.get(row.get("qid", ""), []))
    for row in (*rows("subquestions"), *rows("questions")):
        parent = titles.get(row.get("parent_qid", "0"))
        if parent:
            found.parts[parent, row["title"]] = _unique(texts.get(row.get("qid", ""), []))
    for row in rows("answers"):
        title = titles.get(row.get("qid", ""))
        label = next(filter(None, [*answers.get(row.get("aid", ""), []), row.get("answer", "")]), "")
        if title and label:
            found.labels.setdefault(title, {}).setdefault(row.get("code", ""), label)
    return found


def _from_text(content: bytes) -> LimeSurveyStructure:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Problem("The structure file is not UTF-8.", do="Export it again.")) from None
    lines = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t", restval="")
    found = LimeSurveyStructure()
    if not {"class", "name", "text"} <= set(lines.fieldnames or ()):
        return found
    title = ""
    for line in lines:
        kind, name, words = line["class"], (line["name"] or "").strip(), _text(line["text"] or "")
        if kind == "Q":
            title = name
            found.questions[name] = _unique([*found.questions.get(name, ()), words])
        elif kind == "SQ" and title:
            found.parts[title, name] = _unique([*found.parts.get((title, name), ()), words])
        elif kind == "A" and title and words:
            found.labels.setdefault(title, {}).setdefault(name, words)
    return found


def _unique(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, texts)))


def _text(marked_up: str) -> str:
    """A text without the mark-up that the editor of LimeSurvey puts around it."""
    import html

    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", marked_up)).split())


def _plain(name: object) -> str:
    return " ".join(str(name).split()).casefold()
