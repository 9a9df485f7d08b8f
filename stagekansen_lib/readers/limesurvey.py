"""LimeSurvey: responses as CSV or Excel, and the structure of the survey (.lss, or .txt with tabs)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import needs
from stagekansen_lib.readers.tables import RawTable, plain_name

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

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

    def knows(self, column: str) -> bool:
        return _question_and_part(column)[0] in self.questions

    def names_of(self, column: str) -> tuple[str, ...]:
        """The texts of the question of a column, "Question [answer]" for one answer of several."""
        title, part = _question_and_part(column)
        texts = self.questions[title]
        if not part:
            return texts
        return tuple(f"{text} [{answer}]" for text in (title, *texts) for answer in self.parts.get((title, part), ()))

    def labels_of(self, column: str) -> dict[str, str]:
        title, part = _question_and_part(column)
        return {} if part else self.labels.get(title, {})


def _question_and_part(column: str) -> tuple[str, str]:
    """The code of the question and of the subquestion in "Q1[SQ001]"."""
    found = re.fullmatch(r"([A-Za-z]\w*?)(?:\[(\w+)\])?", column)
    return (found[1], found[2] or "") if found else ("", "")


def is_limesurvey(table: RawTable) -> bool:
    """Whether the columns that LimeSurvey adds to the questions are there."""
    names = {plain_name(name) for name in table.rows.columns}
    return bool(names & _LAST_PAGE and names & _OTHERS)


def read_limesurvey(table: RawTable, structure: LimeSurveyStructure | None = None) -> RawTable:
    """Columns by their questions; "N/A" means that the question was not shown."""
    questions, labels = dict(table.questions), dict(table.labels)
    for column in map(str, table.rows.columns):
        if plain_name(column) in _TECHNICAL:
            questions[column] = (_TECHNICAL[plain_name(column)],)
        elif structure is not None and structure.knows(column):
            questions[column] = structure.names_of(column)
            if structure.labels_of(column):
                labels[column] = structure.labels_of(column)
    own = {*_LAST_PAGE, *_OTHERS, *_MORE, *_TECHNICAL}
    said = "Export of LimeSurvey" + (" with its structure file." if structure else ".")
    return replace(
        table,
        questions=questions,
        technical=frozenset(name for name in table.rows.columns if plain_name(name) in own),
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
    from xml.etree.ElementTree import ParseError

    with needs("files"):
        from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
        from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

    try:
        tree = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise InputError(Problem("A structure file of LimeSurvey has no DOCTYPE.")) from None
    except ParseError:
        raise InputError(Problem("The structure file is damaged.", do="Export it again.")) from None
    return _Sections(tree).structure()


class _Sections:
    """The tables of a structure file; since version 4 the texts of each language stand apart from the questions."""

    def __init__(self, tree: Element) -> None:
        self.tree = tree
        self.questions = list(self._rows("questions"))
        self.subquestions = list(self._rows("subquestions"))
        self.titles = {row.get("qid", ""): row.get("title", "") for row in self.questions}
        self.texts: dict[str, list[str]] = {}
        for row in (*self._rows("question_l10ns"), *self.questions, *self.subquestions):
            if row.get("qid") and row.get("question"):
                self.texts.setdefault(row["qid"], []).append(row["question"])

    def _rows(self, section: str) -> Iterator[dict[str, str]]:
        for row in self.tree.iterfind(f"./{section}/rows/row"):
            yield {cell.tag: _text(cell.text or "") for cell in row}

    def structure(self) -> LimeSurveyStructure:
        return LimeSurveyStructure(
            {row["title"]: self._texts_of(row) for row in self.questions if row.get("parent_qid", "0") in ("", "0")},
            {
                (parent, row["title"]): self._texts_of(row)
                for row in (*self.subquestions, *self.questions)
                if (parent := self.titles.get(row.get("parent_qid", "0")))
            },
            self._labels(),
        )

    def _texts_of(self, row: Mapping[str, str]) -> tuple[str, ...]:
        return _unique(self.texts.get(row.get("qid", ""), []))

    def _labels(self) -> dict[str, dict[str, str]]:
        """The label of each answer code, by question; the first language that has one."""
        answers: dict[str, list[str]] = {}
        for row in self._rows("answer_l10ns"):
            answers.setdefault(row.get("aid", ""), []).append(row.get("answer", ""))
        labels: dict[str, dict[str, str]] = {}
        for row in self._rows("answers"):
            title = self.titles.get(row.get("qid", ""))
            label = next(filter(None, [*answers.get(row.get("aid", ""), []), row.get("answer", "")]), "")
            if title and label:
                labels.setdefault(title, {}).setdefault(row.get("code", ""), label)
        return labels


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
        name = (line["name"] or "").strip()
        title = name if line["class"] == "Q" else title
        _add_line(found, line["class"], title, name, _text(line["text"] or ""))
    return found


def _add_line(found: LimeSurveyStructure, kind: str, title: str, name: str, words: str) -> None:
    """Add a line about a question (Q), a subquestion (SQ) or an answer (A) of the question ``title``."""
    if not title:
        return
    if kind == "Q":
        found.questions[title] = _unique([*found.questions.get(title, ()), words])
    elif kind == "SQ":
        found.parts[title, name] = _unique([*found.parts.get((title, name), ()), words])
    elif kind == "A" and words:
        found.labels.setdefault(title, {}).setdefault(name, words)


def _unique(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, texts)))


def _text(marked_up: str) -> str:
    """A text without the mark-up that the editor of LimeSurvey puts around it."""
    import html

    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", marked_up)).split())
