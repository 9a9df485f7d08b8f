"""A formula such as "hours ~ level * sex", read beside the survey that it is about.

The grammar is that of formulaic, which is also R's. What a formula may ask for is what a model with a design can carry:
variables, C(x), I(x**2), interactions, and no intercept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import needs
from stagekansen_lib.surveys.surveys import Survey, refuse_personal

if TYPE_CHECKING:
    from formulaic.parser.types import Factor as FormulaicFactor  # type: ignore[import-untyped, unused-ignore]


__all__ = ["Explained", "Factor", "factor_of", "is_numeric", "read_formula"]

_CATEGORICAL = re.compile(r"C\((?P<name>[^(),]+)\)")
_POWER = re.compile(r"I\((?P<name>[^()*,]+?) ?\*\* ?(?P<power>[2-9])\)")
_BARE_POWER = re.compile(r"[\w`\]]\s*(\*\*|\^)\s*\d")
_NAME = re.compile(r"`[^`]+`|[^\W\d]\w*")


@dataclass(frozen=True)
class Factor:
    """A variable in a term: as it is, to a power, or with its numbers taken as answers from a list."""

    name: str
    power: int = 1
    as_answers: bool = False

    def __str__(self) -> str:
        if self.as_answers:
            return f"C({self.name})"
        return self.name if self.power == 1 else f"I({self.name}**{self.power})"


@dataclass(frozen=True)
class Explained:
    """What a model explains, and by which terms: main effects first, then interactions, as in R."""

    of: str
    terms: tuple[tuple[Factor, ...], ...]
    intercept: bool = True
    # For some variables the answer that the others are compared with; the first one for the rest.
    references: tuple[tuple[str, Any], ...] = ()

    @property
    def variables(self) -> list[str]:
        return list(dict.fromkeys(factor.name for term in self.terms for factor in term))


def factor_of(text: str) -> Factor:
    """A factor as a list of terms writes it: a name, C(name) or I(name**2)."""
    if found := _CATEGORICAL.fullmatch(text):
        return Factor(found["name"].strip("`"), as_answers=True)
    if found := _POWER.fullmatch(text):
        return Factor(found["name"].strip("`"), power=int(found["power"]))
    return Factor(text)


def is_numeric(survey: Survey, name: str) -> bool:
    """Whether a variable enters a model as a number, and not as a column for each of its answers."""
    import pandas as pd

    column = survey.column(name)
    return survey.variable(name).kind in ("number", "count") and not isinstance(column.dtype, pd.CategoricalDtype)


def read_formula(survey: Survey, text: str) -> Explained:
    """The outcome and the terms of a formula.

    Raises
    ------
    InputError : formulaic is not installed; a formula that cannot be read; functions other than C(x) and I(x**2);
        names that the survey does not have. All at once.
    RefusedError : a variable that may point at a person, also inside a function.
    """
    left, right = _parsed(text)
    problems = [
        Problem(f"'{found.group()}' is no power in a formula.", do="Write I(x**2) for a square.")
        for found in _BARE_POWER.finditer(re.sub(r"I\([^()]*\)", "", text))
    ]
    of = _outcome(survey, [factor for term in left for factor in term], problems)
    terms, intercept = [], False
    for term in right:
        factors = [factor for factor in term if factor.expr != "1"]
        intercept |= not factors
        if factors:
            terms.append(tuple(_factors(survey, factors, problems)))
    if problems:
        raise InputError(dict.fromkeys(problems))
    return Explained(of, tuple(terms), intercept)


def _outcome(survey: Survey, given: list[FormulaicFactor], problems: list[Problem]) -> str:
    for factor in given:
        _refuse_personal_names(survey, str(factor.expr))
    if len(given) != 1 or given[0].eval_method.value != "lookup":
        problems.append(Problem("The left side of a formula names one variable: the outcome, as it is."))
        return ""
    problems += _unknown(survey, str(given[0].expr))
    return str(given[0].expr)


def _parsed(text: str) -> tuple[list[tuple[FormulaicFactor, ...]], list[tuple[FormulaicFactor, ...]]]:
    """The terms at the left and at the right, each as its factors."""
    with needs("formula"):
        from formulaic import Formula  # type: ignore[import-untyped, unused-ignore]
        from formulaic.errors import FormulaicError  # type: ignore[import-untyped, unused-ignore]
    try:
        formula: Any = Formula(text)
        return [term.factors for term in formula.lhs], [term.factors for term in formula.rhs]
    except FormulaicError as error:
        said = str(error).splitlines()[0]
        raise InputError(Problem(f"The formula cannot be read: {said}", do=_EXAMPLE)) from None
    except AttributeError:
        raise InputError(Problem("A formula has one outcome and one right side.", do=_EXAMPLE)) from None


_EXAMPLE = "Write it as 'hours ~ level * sex'."


def _factors(survey: Survey, given: Iterable[FormulaicFactor], problems: list[Problem]) -> Iterator[Factor]:
    for each in given:
        text = str(each.expr)
        if each.eval_method.value == "lookup" or text in survey.rows.columns:
            factor = Factor(text)
        elif found := _CATEGORICAL.fullmatch(text):
            factor = Factor(found["name"].strip("`"), as_answers=True)
        elif found := _POWER.fullmatch(text):
            factor = Factor(found["name"].strip("`"), power=int(found["power"]))
        else:
            _refuse_personal_names(survey, text)
            problems.append(
                Problem(
                    f"'{text}' is no term that a model of a survey can carry.",
                    do="Use variables as they are, C(x) or I(x**2); make any other variable before the survey is made.",
                )
            )
            continue
        problems += _unknown(survey, factor.name)
        if factor.power > 1 and not problems and not is_numeric(survey, factor.name):
            problems.append(Problem(f"'{factor.name}' holds no numbers to take a power of.", do="Leave the power out."))
        yield factor


def _refuse_personal_names(survey: Survey, text: str) -> None:
    for name in _NAME.findall(text):
        refuse_personal(survey, name.strip("`"))


def _unknown(survey: Survey, name: str) -> tuple[Problem, ...]:
    refuse_personal(survey, name)
    try:
        survey.column(name)
    except InputError as error:
        return error.problems
    return ()
