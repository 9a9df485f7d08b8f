"""LimeSurvey: responses as CSV or Excel, and the structure of the survey (.lss, or .txt with tabs)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import needs
from stagekansen_lib.readers.tables import RawTable, plain_name

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import pandas as pd

__all__ = ["LimeSurveyStructure", "is_limesurvey", "read_limesurvey", "read_limesurvey_structure"]

# Columns of LimeSurvey itself: as code, and as the text of its languages (English, Dutch, German, French).
_LAST_PAGE = {"lastpage", "last page", "laatste pagina", "letzte seite", "dernière page"}
_NUMBER = {"id", "response id", "antwoord id", "antwort id", "id de la réponse", "id de réponse"}
_SUBMITTED = {
    *("submitdate", "date submitted", "datum ingestuurd", "datum inzending", "datum ingediend", "datum abgeschickt"),
    *("date de soumission",),
}
_OTHERS = {
    *("startlanguage", "start language", "starttaal", "start-taal", "startsprache", "langue de départ"),
}
_MORE = {
    *("startdate", "datestamp", "ipaddr", "refurl", "token", "date started", "date last action", "ip address"),
    *("referrer url", "access code", "datum gestart", "startdatum", "datum laatste actie", "ip-adres", "ip adres"),
    *("datum begonnen", "datum letzte aktivität", "ip-adresse", "date de lancement", "date de la dernière action"),
    *("adresse ip", "interviewtime", "total time", "totale tijd", "gesamtzeit", "temps total"),
}
_SEED = {"seed", "zaad", "zufallsstartwert", "tête de série"}
# How long a page or a question took: never an answer.
_TIMING = re.compile(
    r"grouptime\d+|(?:group|question) time\b.*|(?:groeps|vraag)-?\s?tijd\b.*|"
    r"(?:gruppenzeit|fragenzeit)\b.*",
    re.IGNORECASE,
)
# What LimeSurvey writes instead of a day, when answers are dated for nobody.
_NO_DAY = "1980-01-01"
_OTHER = "-oth-"
_OTHER_LABEL = "Anders"
# "Q8[SQ002]. Question [answer]": the head of a column when both code and text are exported.
_CODE_AND_TEXT = re.compile(r"(?P<code>[A-Za-z]\w*(?:\[[\w#]+\])*)\s?[.:]\s+(?P<text>\S.*)", re.DOTALL)
_OWN_TEXT = re.compile(
    r"(?P<base>.+?)(?:\s*\[(?:other|anders|overig|sonstiges|autre)\]|_other)", re.IGNORECASE | re.DOTALL
)
_LARGEST = 50 << 20
_LONGEST_NAME = 1_000  # characters


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
    names = {plain_name(_code_and_text(str(name))[0]) for name in table.rows.columns}
    return sum(bool(names & own) for own in (_LAST_PAGE, _SUBMITTED, _OTHERS, _SEED)) > 1


def read_limesurvey(table: RawTable, structure: LimeSurveyStructure | None = None) -> RawTable:
    """Columns by the codes of their questions; "N/A" means that the question was not shown.

    Heads of code and text are split into both. Answers without a day of submission are unfinished; the time that pages
    took and the seed of the order are left out. "-oth-" is the answer "other"; its own words stand apart.
    """
    table = _with_codes_as_names(table)
    gone = tuple(name for name in map(str, table.rows.columns) if _is_paradata(name, table))
    table = replace(table, rows=table.rows.drop(columns=list(gone)), left_out=gone)
    columns = list(map(str, table.rows.columns))
    questions, labels = _said_of_columns(table, structure)
    own = _LAST_PAGE | _NUMBER | _SUBMITTED | _OTHERS | _MORE
    technical = frozenset(name for name in columns if plain_name(name) in own)
    submitted = [name for name in columns if plain_name(name) in _SUBMITTED]
    unfinished, said = _unfinished(table, submitted)
    missing = {**table.missing, "": {"N/A": "not_asked"}}
    rows, undated = _without_stand_ins(table.rows, sorted(technical))
    if undated:
        said.append(f"{undated} moment(s) are {_NO_DAY}, which LimeSurvey writes for answers without a date.")
    head = "Export of LimeSurvey" + (" with its structure file." if structure else ".")
    if gone:
        said.append(f"{len(gone)} column(s) with a seed or the time a page took were left out.")
    return replace(
        table,
        rows=rows,
        questions=questions,
        technical=technical,
        labels=labels,
        missing=missing,
        format="limesurvey",
        states={**table.states, **({"unfinished": unfinished} if len(unfinished) else {})},
        own_texts={name: found["base"] for name in columns if (found := _OWN_TEXT.fullmatch(name[-_LONGEST_NAME:]))},
        decimals={"": "."},
        report=(head, *said, *table.report),
    )


def _said_of_columns(
    table: RawTable, structure: LimeSurveyStructure | None
) -> tuple[dict[str, tuple[str, ...]], dict[str, Mapping[str, str]]]:
    """The questions and the labels of each column, as its head, the structure file and "-oth-" tell them."""
    questions, labels = dict(table.questions), dict(table.labels)
    for column in map(str, table.rows.columns):
        if name := _known_as(column):
            questions[column] = (name,)
        elif structure is not None and structure.knows(column):
            questions[column] = (*structure.names_of(column), *questions.get(column, ()))
            if structure.labels_of(column):
                labels[column] = structure.labels_of(column)
        if _OTHER in _texts_of(table, column):
            labels[column] = {**labels.get(column, {}), _OTHER: _OTHER_LABEL}
    return questions, labels


def _code_and_text(head: str) -> tuple[str, str]:
    found = _CODE_AND_TEXT.fullmatch(head)
    return (found["code"], " ".join(found["text"].split())) if found else (head, "")


def _with_codes_as_names(table: RawTable) -> RawTable:
    """The table with "Q8[SQ002]" for the head "Q8[SQ002]. Question [answer]", where nearly all heads are so."""
    heads = [str(name) for name in table.rows.columns]
    split = [_code_and_text(head) for head in heads]
    codes = [code for code, _ in split]
    if sum(bool(text) for _, text in split) < 0.8 * len(heads) or len(set(codes)) < len(codes):
        return table
    new = dict(zip(heads, codes, strict=True))
    questions = {new[head]: texts for head, texts in table.questions.items()}
    questions |= {code: (text, *questions.get(code, ())) for code, text in split if text}
    return replace(
        table,
        rows=table.rows.set_axis(codes, axis=1),
        questions=questions,
        heads={code: head for head, code in new.items() if code != head},
    )


def _known_as(column: str) -> str:
    """What a codebook calls a column of LimeSurvey itself; empty for any other."""
    name = plain_name(column)
    return "respondent_id" if name in _NUMBER else "submitted_on" if name in _SUBMITTED else ""


def _is_paradata(column: str, table: RawTable) -> bool:
    """Whether a column holds the seed of an order, or the time that a page or a question took."""
    name = plain_name(column)
    if name in _SEED:
        return True
    if _TIMING.fullmatch(name):
        return all(re.fullmatch(r"-?\d*[.,]?\d*", one) for one in _texts_of(table, column))
    # "Q1Time" is the time that question Q1 took; a question may be called "sometime".
    return name.endswith("time") and name.removesuffix("time") in {plain_name(one).split("[")[0] for one in table.rows}


def _texts_of(table: RawTable, column: str) -> set[str]:
    """The distinct texts of a column; none of one in which nearly all differ, such as a story."""
    cells = table.rows[column]
    return {str(text) for text in cells.cat.categories} if hasattr(cells, "cat") else set()


def _without_stand_ins(rows: pd.DataFrame, columns: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """The rows without days that stand for none, which the privacy gate would take for birth dates; and how many."""
    found = {name: rows[name].isin([_NO_DAY, f"{_NO_DAY} 00:00:00"]) for name in columns}
    changed = {name: rows[name].mask(which) for name, which in found.items() if which.any()}
    return rows.assign(**changed) if changed else rows, sum(int(which.sum()) for which in found.values())


def _unfinished(table: RawTable, submitted: list[str]) -> tuple[pd.Index, list[str]]:
    """The rows without a day of submission; when no row has one, the file cannot say who finished."""
    if not submitted:
        return table.rows.index[:0], ["The file does not say who finished: there is no day of submission."]
    without = table.rows[submitted[0]].isna().to_numpy()
    if without.all():
        return table.rows.index[:0], ["The file does not say who finished: no row has a day of submission."]
    return table.rows.index[without], []


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
