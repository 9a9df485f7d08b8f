"""A questionnaire as a file that a survey tool takes in, written from the codebook that will read the answers back.

LimeSurvey gets a survey structure with tabs (``.txt``): both languages, routing, opt-outs, consent first. Microsoft
Forms gets a Word document in one language, because it takes in questions and answers only; what it cannot take in is
listed as work for a person. Plain text holds the same to copy by hand, for Google Forms and any other tool.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Literal

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.codebook_files import write_whole
from stagekansen_lib.surveys.codebooks import Code, Codebook, Condition, ValueSet, Variable, text_of
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, say

__all__ = ["Questionnaire", "write_questionnaire"]

Tool = Literal["limesurvey", "microsoft_forms", "plain_text"]
_ENDINGS: Mapping[Tool, str] = {"limesurvey": ".txt", "microsoft_forms": ".docx", "plain_text": ".md"}

# The columns of LimeSurvey's structure file that are filled in here; the last four are attributes of a question.
_COLUMNS = (
    *("id", "related_id", "class", "type/scale", "name", "relevance", "text", "help", "language", "validation"),
    *("mandatory", "encrypted", "other", "default", "same_default"),
    *("exclude_all_others", "num_value_int_only", "min_num_value_n", "max_num_value_n"),
)
_TYPES = {
    "nominal": "L",
    "ordinal": "L",
    "multiple": "M",
    "count": "N",
    "number": "N",
    "date": "D",
    "open": "T",
    "info": "X",
}
# Nothing about who answers: no address, no page they came from, no cookie; a page for each part, and how long it took.
_SETTINGS = {
    "language": "nl",
    "additional_languages": "en",
    "anonymized": "Y",
    "ipaddr": "N",
    "refurl": "N",
    "usecookie": "N",
    "datestamp": "N",
    "savetimings": "Y",
    "format": "G",
    "allowprev": "Y",
    "listpublic": "N",
    "showwelcome": "Y",
}
# What LimeSurvey can hold (its tables have columns of this width).
_LONGEST_CODE, _LONGEST_NAME = 5, 20


@dataclass(frozen=True)
class Questionnaire:
    """A questionnaire that was written: where, how many questions, and what a person still has to set in the tool."""

    path: Path
    tool: Tool
    questions: int
    by_hand: tuple[str, ...]

    def __repr__(self) -> str:
        lines = [f"{self.questions} questions for {self.tool} in {self.path.name}"]
        return "\n".join([*lines, *(f"- {step}" for step in self.by_hand)])


def write_questionnaire(
    codebook: Codebook, path: str | Path, *, tool: Tool = "limesurvey", language: str | None = None
) -> Questionnaire:
    """The questions of a codebook as a file for LimeSurvey or Microsoft Forms, or as text to copy into any tool.

    Parameters
    ----------
    codebook : its variables with an item of the questionnaire are asked, in its order; derived ones are not.
    path : file to write, ending in ``.txt`` for LimeSurvey, ``.docx`` for Microsoft Forms and ``.md`` for plain text.
    tool : "limesurvey", "microsoft_forms" or "plain_text".
    language : "nl" or "en", for Microsoft Forms and plain text; LimeSurvey gets both.

    Returns
    -------
    Questionnaire. Names and codes are those of the codebook, so that ``read_survey`` understands the export. Who does
    not give the consent that ``accept`` asks for sees no further question.

    Raises
    ------
    InputError : an unknown tool, another ending, a question without text, or a name or code that LimeSurvey cannot hold
        (a name of letters and digits, at most 20; a code of at most 5).

    Notes
    -----
    The structure file follows the LimeSurvey manual, "Tab Separated Value survey structure". It was checked by reading
    it back, not in a running LimeSurvey.

    Examples
    --------
    >>> import tempfile
    >>> from stagekansen_lib.surveys.codebook_files import read_codebook
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_questionnaire(read_codebook("baseline"), Path(folder) / "baseline.txt")
    >>> written.questions, written.by_hand
    (45, ())
    """
    if tool not in _ENDINGS:
        raise InputError(Problem(f"Tool '{tool}' is not known.", do=did_you_mean(tool, list(_ENDINGS))))
    file, asked = Path(path), _asked(codebook)
    problems = list(_problems(codebook, asked, tool))
    if file.suffix != _ENDINGS[tool]:
        problems.append(
            Problem(f"'{file.name}' does not end in {_ENDINGS[tool]}.", do="The tool knows it by its ending.")
        )
    if problems:
        raise InputError(problems, f"Codebook '{codebook.name}' cannot be written for {tool}.")
    if tool == "limesurvey":
        write_whole(file, _structure(codebook, asked).encode("utf-8"))
        return Questionnaire(file, tool, len(asked), ())
    chosen = chosen_language(language)
    if tool == "plain_text":
        write_whole(file, _plain(codebook, asked, chosen).encode("utf-8"))
        return Questionnaire(file, tool, len(asked), ())
    write_whole(file, _document(codebook, asked, chosen))
    return Questionnaire(file, tool, len(asked), tuple(_by_hand(codebook, asked, chosen)))


def _asked(codebook: Codebook) -> list[Variable]:
    return [one for one in codebook.variables.values() if one.item and not one.derived_from]


def _problems(codebook: Codebook, asked: Sequence[Variable], tool: Tool) -> Iterator[Problem]:
    if not asked:
        yield Problem("No variable has an item of a questionnaire.", do="Fill in 'item' and the text of each question.")
    for one in asked:
        if not (one.question_nl and one.question_en):
            yield Problem(
                "The question has no text in both languages.", one.name, "Fill in question_nl and question_en."
            )
        if tool == "limesurvey":
            yield from _limesurvey_problems(codebook, one)


def _limesurvey_problems(codebook: Codebook, one: Variable) -> Iterator[Problem]:
    """Names that LimeSurvey does not take, and routing it cannot follow."""
    if not re.fullmatch(rf"[A-Za-z][A-Za-z0-9]{{0,{_LONGEST_NAME - 1}}}", one.item):
        yield Problem(
            f"Item '{one.item}' is no name for LimeSurvey.", one.name, "Use a letter, then letters and digits."
        )
    for code in one.codes:
        if not re.fullmatch(rf"[A-Za-z0-9]{{1,{_LONGEST_CODE}}}", str(code.code)):
            yield Problem(
                f"Code '{code.code}' is too long for LimeSurvey.", one.name, "Use at most 5 letters or digits."
            )
    for condition in one.only_if:
        if condition.variable not in codebook or not codebook[condition.variable].item:
            yield Problem(
                f"Who is asked depends on '{condition.variable}', which is no question.",
                one.name,
                "Name a question.",
            )


# --- LimeSurvey ------------------------------------------------------------------------------------------------------


def _structure(codebook: Codebook, asked: Sequence[Variable]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, restval="", delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writeheader()
    for name, value in _SETTINGS.items():
        writer.writerow({"class": "S", "name": name, "text": value})
    for language in LANGUAGES:
        writer.writerows(_survey_texts(codebook, language))
    for language in LANGUAGES:
        writer.writerows(_rows(codebook, asked, language))
    return text.getvalue()


def _survey_texts(codebook: Codebook, language: Language) -> Iterator[dict[str, str]]:
    title = text_of(codebook, "title", language)
    texts = {
        "surveyls_title": title or codebook.name,
        "surveyls_description": "",
        "surveyls_welcometext": say("questionnaire.welcome", language),
        "surveyls_endtext": say("questionnaire.end", language),
    }
    for name, value in texts.items():
        yield {"class": "SL", "name": name, "text": value, "language": language}


def _rows(codebook: Codebook, asked: Sequence[Variable], language: Language) -> Iterator[dict[str, str]]:
    blocks = list(dict.fromkeys(one.block for one in asked))
    consent = [one for one in asked if one.accept]
    number = 100  # ids of questions and of their parts are of one kind; those of groups are another
    for place, block in enumerate(blocks, start=1):
        yield {
            "id": str(place),
            "class": "G",
            "type/scale": f"G{place}",
            "name": say(f"questionnaire.block_{block}", language) if _known_block(block, language) else block,
            "relevance": "1",
            "language": language,
        }
        for one in (one for one in asked if one.block == block):
            number += 1
            yield _question(codebook, one, consent, str(number), language)
            answers = list(_answers(one, number, language))
            yield from answers
            # The answers to tick are questions of their own.
            number += len(answers) if one.kind == "multiple" else 0


def _answers(one: Variable, parent: int, language: Language) -> Iterator[dict[str, str]]:
    """The answers of a list, or those of a set to tick."""
    for position, code in enumerate(one.codes):
        answer = {"name": str(code.code), "text": code.label(language), "language": language}
        own = {"related_id": str(parent), "type/scale": "0", **answer}
        if one.kind == "multiple":
            yield {"id": str(parent + position + 1), "class": "SQ", "relevance": "1", **own}
        elif _TYPES[one.kind] == "L":
            yield {"id": str(position), "class": "A", **own}


def _known_block(block: str, language: Language) -> bool:
    try:
        say(f"questionnaire.block_{block}", language)
    except InputError:
        return False
    return True


def _question(
    codebook: Codebook, one: Variable, consent: Sequence[Variable], number: str, language: Language
) -> dict[str, str]:
    row = {
        "id": number,
        "class": "Q",
        "type/scale": _TYPES[one.kind],
        "name": one.item,
        "relevance": _relevance(codebook, one, consent),
        "text": text_of(one, "question", language),
        # An opt-out of a number is no number, and of a text no text: it is told, and leaving it empty is allowed.
        "help": say("questionnaire.may_skip", language) if one.kind in ("count", "number", "open", "date") else "",
        "language": language,
        # Only consent has to be answered. No student has to tell anything.
        "mandatory": "Y" if one.accept else "N",
        "encrypted": "N",
        "other": "N",
    }
    if one.kind == "multiple":
        row["exclude_all_others"] = ";".join(str(code.code) for code in one.codes if code.exclusive)
    if one.kind in ("count", "number"):
        row["num_value_int_only"] = "1" if one.kind == "count" else "0"
        row["min_num_value_n"] = "" if one.minimum is None else f"{one.minimum:g}"
        row["max_num_value_n"] = "" if one.maximum is None else f"{one.maximum:g}"
    return row


def _relevance(codebook: Codebook, one: Variable, consent: Sequence[Variable]) -> str:
    """Who sees the question, in LimeSurvey's language of expressions."""
    before = [other for other in consent if other.name != one.name]
    parts = [_any_of(other.item, ValueSet(frozenset(other.accept))) for other in before]
    parts += [_expression(codebook[condition.variable], condition) for condition in one.only_if]
    return " and ".join(parts) or "1"


def _expression(source: Variable, condition: Condition) -> str:
    values = condition.values
    if source.kind == "multiple":
        ticked = [f'{source.item}_{code}.NAOK == "Y"' for code in source.valid_codes if code in values]
        text = f"({' or '.join(ticked)})"
    elif values.rest:
        text = f"!is_empty({source.item}.NAOK)"
    else:
        text = _any_of(source.item, values)
    return f"!{text}" if condition.negated else text


def _any_of(item: str, values: ValueSet) -> str:
    parts = [f'{item}.NAOK == "{value}"' for value in sorted(values.exact, key=str)]
    for low, high in values.ranges:
        limits = [f"{item}.NAOK >= {low:g}", f"{item}.NAOK <= {high:g}"]
        parts.append(f"({' and '.join(limit for limit in limits if 'inf' not in limit)})")
    return f"({' or '.join(parts)})"


# --- Microsoft Forms -------------------------------------------------------------------------------------------------


def _document(codebook: Codebook, asked: Sequence[Variable], language: Language) -> bytes:
    """A Word document in the plain layout that Forms takes in: numbered questions, answers with a letter."""
    title = text_of(codebook, "title", language)
    lines = [title or codebook.name, ""]
    for place, one in enumerate(asked, start=1):
        lines.append(f"{place}. {_item_text(one, language)}")
        if one.kind in ("nominal", "ordinal", "multiple"):
            lines += [f"{_letter(position)}. {code.label(language)}" for position, code in enumerate(one.codes)]
        lines.append("")
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>' for line in lines)
    space = "http://schemas.openxmlformats.org"
    relation = f"{space}/officeDocument/2006/relationships/officeDocument"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r1"'
        f' Type="{relation}" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{space}/wordprocessingml/2006/main"><w:body>{body}</w:body>'
        "</w:document>",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as document:
        for name, text in parts.items():
            # A fixed day, so that the same codebook gives the same bytes.
            entry = zipfile.ZipInfo(name, date_time=(2022, 1, 1, 0, 0, 0))
            document.writestr(entry, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{text}')
    return packed.getvalue()


def _plain(codebook: Codebook, asked: Sequence[Variable], language: Language) -> str:
    """Questions and answers to copy by hand, with below them what is to be set in the tool."""
    title = text_of(codebook, "title", language)
    lines = [f"# {title or codebook.name}", "", say("questionnaire.plain_head", language, item=asked[0].item), ""]
    for block in dict.fromkeys(one.block for one in asked):
        known = _known_block(block, language)
        lines += [f"## {say(f'questionnaire.block_{block}', language) if known else block}", ""]
        for one in (one for one in asked if one.block == block):
            must = f", {say('questionnaire.plain_must', language)}" if one.accept else ""
            kind = say(f"questionnaire.plain_{_PLAIN[one.kind]}", language)
            lines += [f"**{_item_text(one, language)}** ({kind}{must})", ""]
            if one.kind in ("nominal", "ordinal", "multiple"):
                lines += [*(f"- {code.label(language)}" for code in one.codes), ""]
    by_hand = list(_by_hand(codebook, asked, language))
    if by_hand:
        lines += [f"## {say('questionnaire.plain_by_hand', language)}", "", *(f"- {step}" for step in by_hand), ""]
    return "\n".join(lines)


_PLAIN = {
    "nominal": "one", "ordinal": "one", "multiple": "several", "count": "number", "number": "number", "date": "date",
    "open": "open", "info": "info",
}  # fmt: skip


def _item_text(one: Variable, language: Language) -> str:
    """The question with its item in front: the header of the export then says which question a column is."""
    return f"{one.item}. {text_of(one, 'question', language)}"


def _letter(position: int) -> str:
    return chr(ord("A") + position)


def _by_hand(codebook: Codebook, asked: Sequence[Variable], language: Language) -> Iterator[str]:
    def words(source: Variable, condition: Condition) -> str:
        labels = [code.label(language) for code in source.codes if code.code in condition.values]
        key = "not_answered" if condition.negated else "answered"
        return say(f"questionnaire.{key}", language, item=source.item, labels="', '".join(map(str, labels)))

    for one in asked:
        for code in one.accept:
            yield say("questionnaire.end_unless", language, item=one.item, label=one.code_label(code, language))
        if one.kind == "multiple":
            yield say("questionnaire.several", language, item=one.item)
        exclusive: list[Code] = [code for code in one.codes if code.exclusive]
        if one.only_if:
            when = f" {say('questionnaire.and', language)} ".join(
                words(codebook[condition.variable], condition) for condition in one.only_if
            )
            yield say("questionnaire.only_if", language, item=one.item, when=when)
        if exclusive:
            labels = "', '".join(code.label(language) for code in exclusive)
            yield say("questionnaire.exclusive", language, item=one.item, labels=labels)
