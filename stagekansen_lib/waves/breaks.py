"""What differs between the questions of two waves, read from their codebooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from stagekansen_lib.surveys.codebooks import Codebook, Variable
from stagekansen_lib.surveys.surveys import Survey, need_survey
from stagekansen_lib.wording import chosen_language, say

__all__ = ["QuestionChange", "Trait", "question_changes", "with_sources"]

Trait = Literal["absent", "new", "kind", "wording", "answers", "rule", "asked_of"]


@dataclass(frozen=True)
class QuestionChange:
    """One thing that differs between two waves.

    Parameters
    ----------
    variable : name of the variable.
    trait : "absent" (only the earlier wave has it), "new" (only the later one), "kind", "wording" (question, or label
        where there is no question), "answers" (codes or their labels), "rule" (how a derived answer follows from what
        was asked) or "asked_of" (who was asked).
    """

    variable: str
    trait: Trait

    def __str__(self) -> str:
        return f"{self.variable} ({self.trait.replace('_', ' ')})"

    def sentence(self, language: str | None = None, *, codebook: Codebook | None = None) -> str:
        """What differs, in words; with a codebook the question is called as that does.

        >>> QuestionChange("safe", "wording").sentence("nl")
        "'safe': de vraag is anders gesteld."
        """
        chosen = chosen_language(language)
        known = codebook is not None and self.variable in codebook
        name = codebook[self.variable].label(chosen) if codebook is not None and known else self.variable
        return say(f"question_changes.{self.trait}", chosen, question=name)


def question_changes(before: Survey, after: Survey, of: str | None = None) -> tuple[QuestionChange, ...]:
    """What differs between the questions of two waves.

    Parameters
    ----------
    before, after : the earlier and the later wave.
    of : one variable, with every question that it is derived from; every variable of either wave when left out.

    Returns
    -------
    tuple : one QuestionChange a difference, in the order of the earlier codebook. Where only one of the two has a
        codebook that someone wrote, wording and answers cannot be compared: then only presence and kind are.

    Raises
    ------
    InputError : not two surveys.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> first = survey_from_frame(pd.DataFrame({"safe": [1, 0], "hours": [8, 6]}))
    >>> second = survey_from_frame(pd.DataFrame({"safe": ["yes", "no"], "level": [1, 2]}))
    >>> [str(change) for change in question_changes(first, second)]
    ['safe (kind)', 'hours (absent)', 'level (new)']
    """
    for survey in (before, after):
        need_survey(survey)
    known = list(dict.fromkeys([*_asked(before), *_asked(after)]))
    told = bool(before.codebook.name) == bool(after.codebook.name)
    return tuple(
        change
        for name in (known if of is None else with_sources(of, before.codebook, after.codebook))
        for change in _of_one(name, before, after, told=told)
    )


def with_sources(of: str, *books: Codebook) -> list[str]:
    """A variable and every question that it is derived from, in any of the codebooks."""
    names = [of.split("[")[0]]
    for name in names:  # grows as it is read
        sources = (source for book in books if name in book for source in book[name].derived_from)
        names += [source for source in dict.fromkeys(sources) if source not in names]
    return names


def _asked(survey: Survey) -> list[str]:
    """The questions with a column in the survey; a multiple response is one question."""
    return list(dict.fromkeys(str(name).split("[")[0] for name in survey.rows.columns))


def _of_one(name: str, before: Survey, after: Survey, *, told: bool) -> Iterator[QuestionChange]:
    there = [name in _asked(survey) for survey in (before, after)]
    if not all(there):
        if any(there):
            yield QuestionChange(name, "absent" if there[0] else "new")
        # What is asked and not kept is in the codebooks only.
        if any(there) or name not in before.codebook or name not in after.codebook:
            return
    first, second = _variable(before.codebook, before, name), _variable(after.codebook, after, name)
    if _sort(first) != _sort(second):
        yield QuestionChange(name, "kind")
    if not told:
        return
    if _wording(first) != _wording(second):
        yield QuestionChange(name, "wording")
    if first.codes and second.codes and _answers(first) != _answers(second):
        yield QuestionChange(name, "answers")
    if _rules(first) != _rules(second):
        yield QuestionChange(name, "rule")
    if first.only_if != second.only_if:
        yield QuestionChange(name, "asked_of")


def _variable(book: Codebook, survey: Survey, name: str) -> Variable:
    return book[name] if name in book else survey.variable(name)


def _sort(variable: Variable) -> str:
    """Numbers and counts are of one sort; so are answers from a list, in an order or not."""
    sorts = {"count": "number", "ordinal": "list", "nominal": "list"}
    return sorts.get(variable.kind, variable.kind)


def _wording(variable: Variable) -> tuple[str, ...]:
    asked = tuple(" ".join(text.split()) for text in (variable.question_nl, variable.question_en))
    return asked if any(asked) else (variable.label_nl, variable.label_en)


def _rules(variable: Variable) -> tuple[Any, ...]:
    """How each answer of a derived variable is found; nothing for what is asked."""
    ruled = tuple((code.code, code.missing, str(code.values), code.when) for code in variable.codes)
    return (variable.derived_from, *ruled) if variable.derived_from else ()


def _answers(variable: Variable) -> tuple[tuple[Any, ...], ...]:
    return tuple((code.code, code.label_nl, code.label_en) for code in variable.codes if not code.missing)
