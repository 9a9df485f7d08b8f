"""What an answer says, by its words: yes, no or in doubt; and the order in which a comparison takes them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable

if TYPE_CHECKING:
    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["YES_NO", "Words", "no_before_yes", "word_of"]

# What an answer says: words that are looked for in this order, and what they mean.
Words = tuple[tuple[str, str], ...]
YES_NO: Words = (
    (r"twijfel|misschien|weet (ik )?(het )?niet|niet zeker", "doubt"),
    (r"maybe|perhaps|not sure|unsure|(do not|don.?t) know", "doubt"),
    (r"^(ja |yes,? )?(een|een klein|a|a little) (beetje|bit)\b|^(ongeveer|enigszins|somewhat|more or less)\b", "doubt"),
    (r"^(nee|neen|no|nooit|never|niet|not|geen|none)\b", "no"),
    (r"^(ja|yes|wel|soms|vaak|regelmatig|zelden|altijd|sometimes|often|always|rarely|once|één|een|meer|more)\b", "yes"),
)
_ORDER = ("no", "doubt", "yes")
# Concepts of which people who say yes are told beside those who say no.
_TOLD_BESIDE_NO = ("experienced",)


def word_of(code: Code, words: Words = YES_NO) -> str:
    """What an answer says by its Dutch label, else by its English one; "" when the words say nothing.

    >>> word_of(Code("A1", "Ja, één keer", "Yes, once")), word_of(Code(2, "Groen", "Green"))
    ('yes', '')
    """
    for label in (code.label_nl, code.label_en):
        text = " ".join(re.sub(r"^[('\"‘“]*", "", label).casefold().split())
        for pattern, word in words:
            if re.search(pattern, text):
                return word
    return ""


def no_before_yes(survey: Survey, name: str) -> Survey:
    """The survey with the answers of a variable as no, doubt, yes, where its concept tells one side beside the other.

    A comparison takes the first group as the one to compare with, and the last answer as the one whose share is told.
    Who experienced something stands beside who did not, whatever the order in which a questionnaire lists the answers.
    Other variables, ordered ones, and those with an answer whose words say neither, stay as they are.
    """
    import pandas as pd

    if name not in survey.codebook or name not in survey.rows.columns:
        return survey
    variable = survey.codebook[name]
    if variable.kind != "nominal" or _concept(variable, survey.codebook) not in _TOLD_BESIDE_NO:
        return survey
    told = {one.code: word_of(one) for one in variable.codes if not one.missing}
    column = survey.rows[name]
    held = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else list(told)
    if not all(told.values()) or not set(held) <= set(told):
        return survey
    order = sorted(told, key=lambda code: _ORDER.index(told[code]))
    if order == list(told):
        return survey
    codes = sorted(variable.codes, key=lambda one: order.index(one.code) if one.code in order else len(order))
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.reorder_categories([code for code in order if code in set(held)])
    book = survey.codebook
    return replace(
        survey,
        rows=survey.rows.assign(**{name: column}),
        codebook=replace(book, variables={**book.variables, name: replace(variable, codes=tuple(codes))}),
        _encoded={},
    )


def _concept(variable: Variable, book: Codebook) -> str:
    """The concept of a variable, or of the one question that it is made from."""
    if variable.concept or len(variable.derived_from) != 1 or variable.derived_from[0] not in book:
        return variable.concept
    return _concept(book[variable.derived_from[0]], book)
