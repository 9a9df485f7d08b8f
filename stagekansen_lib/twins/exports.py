"""Made-up answers written as the export of a survey tool, with the card that proves that they are made up."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from stagekansen_lib.privacy.answer_files import write_answers
from stagekansen_lib.surveys.codebooks import ValueSet, Variable
from stagekansen_lib.surveys.made_up import MADE_UP_ENDING, MadeUp, made_up_card

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DAY", "as_csv", "heading", "missing_text", "word_of", "write_with_card"]

DAY = "%d-%m-%Y"
_NUMBERED = re.compile(r"[a-z]+\d+", re.IGNORECASE)


def as_csv(export: pd.DataFrame) -> bytes:
    """An export as the bytes of a CSV file: a semicolon between cells, a mark of UTF-8 in front."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(export.columns)
    writer.writerows(export.itertuples(index=False))
    return text.getvalue().encode("utf-8-sig")


def write_with_card(path: Path, content: bytes, proof: MadeUp, codebook: str, survey: str) -> None:
    """The file first, then its card: a file without one counts as answers of people."""
    doing = f"write {proof.generator}"
    write_answers(path, content, doing)
    write_answers(path.with_name(f"{path.stem}{MADE_UP_ENDING}"), made_up_card(proof, codebook, survey), doing)


def heading(variable: Variable) -> str:
    """What stands above the column of a question: a name that a reader of exports knows it by.

    Only a number like "Q7" may stand before the text; of "Q7[SQ001]" and "STEL_1" a tool writes no more than that.
    """
    if variable.item and not _NUMBERED.fullmatch(variable.item):
        return variable.item
    if variable.item and variable.question_nl:
        return f"{variable.item}. {variable.question_nl}"
    return variable.question_nl or variable.name


def missing_text(variable: Variable, level: str) -> str:
    """How the export writes that there is no answer: the code of the reason, or nothing."""
    return next((str(code.code) for code in variable.codes if code.missing and code.missing == level[1:]), "")


def word_of(rule: ValueSet | None) -> str:
    """A text that a rule takes up: its first word, or the first number of its first range."""
    if rule is None:
        return ""
    if rule.exact:
        return min(str(one) for one in rule.exact)
    return str(int(rule.ranges[0][0])) if rule.ranges else ""
