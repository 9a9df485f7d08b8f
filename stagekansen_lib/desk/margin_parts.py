"""Categories of a count beside the answers of a questionnaire: which belong together, and what is still open."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.population.margins import Margins
from stagekansen_lib.surveys.codebooks import Code, ValueSet, Variable
from stagekansen_lib.wording import Language, number_text, say

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["LEFT_OUT", "Category", "Part", "listed_variables", "parts_of", "parts_of_text"]

LEFT_OUT = -1
# The code of the group of people without an answer.
_NO_ANSWER = 0
# A category, a sign between two columns, and a whole number with or without thousands; a comma is either of the two.
_COUNTED = (
    re.compile(r"\s*(.*\S)\s*[\t;]\s*(\d{1,3}(?:[.,\u00a0 ]\d{3})+|\d+)\s*"),
    re.compile(r"\s*([^\t;]*[^\t;\s])\s*,\s*(\d{1,3}(?:[.\u00a0 ]\d{3})+|\d+)\s*"),
)


@dataclass(frozen=True)
class Category:
    """One line of a count: its code, its text in two languages, and how many people."""

    code: Any
    label_nl: str
    label_en: str
    count: float

    def label(self, language: Language) -> str:
        """The text in a language, or the code where it has none."""
        return (self.label_nl if language == "nl" else self.label_en) or str(self.code)


@dataclass
class Part:
    """One count, and how a person lays it beside a question.

    Parameters
    ----------
    name : what the count calls itself. ``categories`` : its lines.
    variable : the question that it is laid beside; "" while nobody chose one.
    places : for each answer that was given the position of its category.
    joined : for each category that no answer belongs to: the position of the one it is added to, or ``LEFT_OUT``.
    own_group : that people without an answer are a group of their own.
    """

    name: str
    categories: tuple[Category, ...]
    variable: str = ""
    places: dict[Any, int] = field(default_factory=dict)
    joined: dict[int, int] = field(default_factory=dict)
    own_group: bool = False

    def lay_beside(self, survey: Survey, variable: str) -> None:
        """Choose the question; its answers are placed where a code or a text is the same, and nowhere else."""
        self.variable, self.places, self.joined, self.own_group = variable, {}, {}, False
        if not variable:
            return
        same_codes = variable == self.name
        for code in self.answers(survey):
            for place, category in enumerate(self.categories):
                if (same_codes and str(code.code) == str(category.code)) or _same_text(code, category):
                    self.places[code.code] = place

    def answers(self, survey: Survey) -> list[Code]:
        """The answers to the question that somebody gave, in the order of the codebook."""
        given = set(survey.column(self.variable).dropna().unique())
        return [one for one in survey.codebook[self.variable].codes if one.code in given and not one.missing]

    def unused(self) -> list[int]:
        """The categories that no answer belongs to."""
        return [place for place in range(len(self.categories)) if place not in self.places.values()]

    def without_answer(self, survey: Survey) -> int:
        """How many people gave no answer to the question."""
        return int(survey.column(self.variable).isna().sum()) if self.variable else 0

    def open_points(self, survey: Survey, language: Language) -> list[str]:
        """What a person must still say, as sentences."""
        if not self.variable:
            return [say("margin_form.open_question", language, name=self.name)]
        told = [
            say("margin_form.open_answer", language, answer=one.label(language))
            for one in self.answers(survey)
            if one.code not in self.places
        ]
        told += [
            say("margin_form.open_category", language, category=self.categories[place].label(language))
            for place in self.unused()
            if place not in self.joined and self.places
        ]
        lacking = self.without_answer(survey)
        if lacking and not self.own_group:
            told.append(say("margin_form.open_missing", language, n=number_text(lacking, language)))
        return told

    def applied(self, survey: Survey) -> tuple[Survey, str, dict[Any, float], dict[Any, tuple[str, str]]]:
        """The survey with the groups to weight by; their variable, how many people each counts, and their texts."""
        counts = self._counts()
        if not self.own_group and self._is_plain(survey):
            texts = {code: _texts(self.categories[place]) for code, place in self.places.items()}
            return survey, self.variable, {code: counts[place] for code, place in self.places.items()}, texts
        places = sorted(counts)
        codes = {place: position for position, place in enumerate(places, start=1)}
        groups = {codes[place]: _texts(self.categories[place]) for place in places}
        wanted = {codes[place]: counts[place] for place in places}
        if self.own_group and self.without_answer(survey):
            lacking = survey.column(self.variable).isna().to_numpy()
            part = float(survey.weights[lacking].sum() / survey.weights.sum())
            total = math.fsum(wanted.values())
            wanted = {code: count * (1 - part) for code, count in wanted.items()} | {_NO_ANSWER: total * part}
            groups[_NO_ANSWER] = (say("margin_form.no_answer", "nl"), say("margin_form.no_answer", "en"))
        return self._grouped(survey, codes, groups), self._made_name(survey), wanted, groups

    def _counts(self) -> dict[int, float]:
        """How many people each used category counts, with what was added to it."""
        counts = {place: self.categories[place].count for place in set(self.places.values())}
        for place in self.unused():
            into = self.joined.get(place, LEFT_OUT)
            if into != LEFT_OUT:
                counts[into] += self.categories[place].count
        return counts

    def _is_plain(self, survey: Survey) -> bool:
        """Whether every category is one answer, so that the question itself can be weighted to."""
        return len(set(self.places.values())) == len(self.places) and not self.without_answer(survey)

    def _made_name(self, survey: Survey) -> str:
        name = f"{self.variable}_weighted"
        while name in survey.codebook or name in survey.rows.columns:
            name += "_"
        return name

    def _grouped(self, survey: Survey, codes: Mapping[int, int], groups: Mapping[int, tuple[str, str]]) -> Survey:
        import pandas as pd

        question = survey.codebook[self.variable]
        into = {answer: codes[place] for answer, place in self.places.items()}
        column = survey.column(self.variable).astype(object).map(into)
        if _NO_ANSWER in groups:
            column = column.fillna(_NO_ANSWER)
        made = Variable(
            self._made_name(survey), "nominal",
            say("margin_form.groups_of", "nl", question=question.label("nl")),
            say("margin_form.groups_of", "en", question=question.label("en")),
            tuple(
                Code(code, *texts, values=_values([one for one, at in into.items() if at == code]))
                for code, texts in sorted(groups.items())
            ),
            privacy=question.privacy, derived_from=(question.name,), required=False,
        )  # fmt: skip
        return _with_column(survey, made, column.astype("Int64").astype(pd.CategoricalDtype(sorted(groups))))


def _with_column(survey: Survey, made: Variable, column: pd.Series[Any]) -> Survey:
    step = f"groups to weight by: {made.name}, from {made.derived_from[0]}"
    return replace(
        survey,
        rows=survey.rows.assign(**{made.name: column}),
        codebook=replace(survey.codebook, variables={**survey.codebook.variables, made.name: made}),
        provenance=survey.provenance.with_step(step),
        _encoded={},
    )


def _values(codes: list[Any]) -> ValueSet | None:
    return ValueSet(frozenset(one.casefold() if isinstance(one, str) else one for one in codes)) if codes else None


def _texts(category: Category) -> tuple[str, str]:
    return category.label("nl"), category.label("en")


def _same_text(code: Code, category: Category) -> bool:
    here = {one.casefold().strip() for one in (code.label_nl, code.label_en) if one}
    there = {one.casefold().strip() for one in (category.label_nl, category.label_en) if one}
    return bool(here & there)


def listed_variables(survey: Survey) -> list[str]:
    """The questions that a count can be laid beside: those with a list of answers, of which two or more were given."""
    book, rows = survey.codebook, survey.rows
    listed = [one.name for one in book.variables.values() if one.kind in ("nominal", "ordinal") and not one.role]
    return [name for name in listed if name in rows.columns and rows[name].nunique() > 1]


def parts_of(margins: Margins, survey: Survey) -> list[Part]:
    """The counts of margins, each laid beside the question of the same name where there is one.

    Raises
    ------
    InputError : a count is of several questions crossed, which a form cannot lay beside answers.
    """
    crossed = [key for key in margins.targets if isinstance(key, tuple)]
    if crossed:
        names = " x ".join(crossed[0])
        raise InputError(
            Problem(f"Margins '{margins.name}' count {names} together.", do="Choose another, or use rake() in a cell.")
        )
    parts = []
    for key, counts in margins.targets.items():
        texts = margins.labels.get(key, {})
        lines = (Category(code, *texts.get(code, (str(code), str(code))), count) for code, count in counts.items())
        part = Part(str(key), tuple(lines))
        if part.name in listed_variables(survey):
            part.lay_beside(survey, part.name)
        parts.append(part)
    return parts


def _counted(line: str) -> re.Match[str] | None:
    return next(filter(None, (form.fullmatch(line) for form in _COUNTED)), None)


def _pasted_problems(found: list[re.Match[str] | None], name: str) -> list[Problem]:
    problems = [
        Problem(f"Line {place} is no category with a whole number of people.", name, "Write it like: mbo;21.000")
        for place, one in enumerate(found, start=1)
        if one is None or not int(re.sub(r"\D", "", one[2]))
    ]
    labels = [one[1] for one in found if one]
    if len(labels) > len(set(labels)):
        problems.append(Problem("A category stands there twice.", name, "Add the two up."))
    if len(found) < 2:
        problems.append(Problem("There are fewer than two categories.", name, "Give each category a line of its own."))
    return problems


def parts_of_text(text: str, name: str) -> list[Part]:
    """A count that was typed or pasted: on each line a category and how many people.

    Raises
    ------
    InputError : a line is no category with a whole number, a category stands there twice, or there are fewer than two.

    Examples
    --------
    >>> [(one.label_nl, one.count) for one in parts_of_text("mbo;21.000\\nhbo;30000", "own")[0].categories]
    [('mbo', 21000.0), ('hbo', 30000.0)]
    """
    lines = [line for line in text.splitlines() if line.strip()]
    found = [_counted(line) for line in lines]
    if found and found[0] is None and not re.search(r"\d", lines[0]):  # a heading
        lines, found = lines[1:], found[1:]
    problems = _pasted_problems(found, name)
    if problems:
        raise InputError(problems)
    counted = [(one[1], float(re.sub(r"\D", "", one[2]))) for one in found if one]
    return [Part(name, tuple(Category(label, label, label, count) for label, count in counted))]
