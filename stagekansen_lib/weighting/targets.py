"""Weighting targets read against a survey: which rows belong to which cell, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.arguments import said, some_number
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.encoding import Encoded, plain_value
from stagekansen_lib.surveys.surveys import LONGEST_CHOICE, Survey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Floats, Integers
    from stagekansen_lib.population.margins import Margins


__all__ = ["Target", "match_targets", "number_targets"]

# Published totals of one population differ by rounding; more than this is a contradiction.
_SAME_TOTAL = 1e-6


@dataclass(frozen=True, eq=False)
class Target:
    """One margin: the cell of each row, and the name and population count of each cell."""

    name: str
    codes: Integers
    labels: tuple[Any, ...]
    counts: Floats
    before: Floats = field(default_factory=lambda: np.empty(0))


def match_targets(survey: Survey, to: Margins | Mapping[Any, Any], *, numbers_too: bool = False) -> list[Target]:
    """The margins of ``to`` as codes for each row; all problems are reported at once."""
    margins = to if isinstance(to, Mapping) else getattr(to, "targets", None)
    if not isinstance(margins, Mapping):
        raise InputError(Problem(f"to is {said(to)}.", do="Give Margins (read_margins), or {variable: {code: count}}."))
    if not margins:
        raise InputError(Problem("There are no margins to weight to.", do="Give {variable: {code: count}}."))
    problems: list[Problem] = []
    targets: list[Target] = []
    for key, counts in margins.items():
        if hasattr(counts, "to_dict"):  # a column of counts, as value_counts gives
            counts = counts.to_dict()
        if not isinstance(counts, Mapping):
            if not numbers_too:
                problems.append(
                    Problem(
                        "The margin is one number, not a count for each code.",
                        f"margin '{_name(key)}'",
                        "Give {code: count}; calibrate() takes totals of numeric variables.",
                    )
                )
            continue
        try:
            targets.append(_target(survey, key, counts))
        except InputError as error:
            problems.extend(error.problems)
    problems += _contradictions(targets)
    if problems:
        raise InputError(problems)
    return targets


def number_targets(survey: Survey, to: Margins | Mapping[Any, Any]) -> list[tuple[str, Floats, float]]:
    """The totals of numeric variables in ``to``: name, values and total."""
    margins = to if isinstance(to, Mapping) else to.targets
    found: list[tuple[str, Floats, float]] = []
    for key, total in margins.items():
        if isinstance(total, Mapping) or hasattr(total, "to_dict"):
            continue
        name = _name(key)
        values = survey.numbers(name)
        if np.isnan(values).any():
            raise InputError(_missing_problem(name, int(np.isnan(values).sum())))
        some_number(f"The total of '{name}'", total)
        found.append((name, values, float(total)))
    return found


def _target(survey: Survey, key: Any, counts: Mapping[Any, float]) -> Target:
    variables = key if isinstance(key, tuple) else (key,)
    name = _name(key)
    encoded = [survey.encoded(variable) for variable in variables]
    for variable, column in zip(variables, encoded, strict=True):
        missing = int(column.counts[-1])
        if missing:
            raise InputError(_missing_problem(variable, missing))
    if len(encoded) == 1:
        codes, labels, used = encoded[0].codes, encoded[0].levels, encoded[0].counts[:-1] > 0
    else:
        codes, labels = _crossed(encoded)
        used = np.bincount(codes, minlength=len(labels)) > 0
    wanted, problems = _counts(_Margin(name, labels, used, crossed=len(encoded) > 1), counts)
    if problems:
        raise InputError(problems)
    kept = np.flatnonzero(used)
    place = np.cumsum(used) - 1
    return Target(
        name,
        codes if used.all() else place[codes],
        tuple(labels[at] for at in kept),
        np.array([wanted[int(at)] for at in kept]),
    )


def _crossed(encoded: list[Encoded]) -> tuple[Integers, tuple[Any, ...]]:
    sizes = [len(column.levels) for column in encoded]
    codes = np.ravel_multi_index([column.codes for column in encoded], sizes).astype(np.intp)
    places = np.unravel_index(np.arange(int(np.prod(sizes))), sizes)
    labels = tuple(
        tuple(column.levels[at[cell]] for column, at in zip(encoded, places, strict=True))
        for cell in range(int(np.prod(sizes)))
    )
    return codes, labels


@dataclass(frozen=True, eq=False)
class _Margin:
    """A margin beside the answers: the cells that these can have, and which of them respondents do have."""

    name: str
    labels: tuple[Any, ...]
    used: NDArray[np.bool_]
    crossed: bool

    @property
    def where(self) -> str:
        return f"margin '{self.name}'"

    @cached_property
    def places(self) -> dict[Any, int]:
        return {_canonical(label, self.labels): at for at, label in enumerate(self.labels)}

    def place(self, code: Any) -> int | None:
        return self.places.get(_canonical(code, self.labels))


def _counts(margin: _Margin, counts: Mapping[Any, float]) -> tuple[dict[int, float], list[Problem]]:
    """The count of each cell by position, and what is wrong."""
    wanted: dict[int, float] = {}
    problems: list[Problem] = []
    for code, count in counts.items():
        at = margin.place(code)
        problem = _count_problem(margin, code, count, at, wanted)
        if problem is not None:
            problems.append(problem)
        elif at is not None and margin.used[at]:
            wanted[at] = float(count)
    given = {margin.place(code) for code in counts}
    problems += [
        Problem(
            f"There is no count for {_told(margin.labels[place])!r}.",
            margin.where,
            "Add its population count to the margin.",
        )
        for place in np.flatnonzero(margin.used).tolist()
        if place not in given
    ]
    return wanted, problems


def _count_problem(
    margin: _Margin, code: Any, count: Any, at: int | None, wanted: Mapping[int, float]
) -> Problem | None:
    """What is wrong with the count of one cell, beside those that were read before it."""
    if not _is_count(count):
        return Problem(f"The count of {code!r} must be a number of 0 or more.", margin.where)
    if at is None or not margin.used[at]:
        return _empty_cell(margin, code, at) if count > 0 else None
    if at in wanted:
        return Problem(f"There are two counts for {code!r}.", margin.where)
    if count == 0:
        return Problem(
            f"The count of {code!r} is 0, and respondents have it.",
            margin.where,
            "Correct the count, or leave these respondents out with subset().",
        )
    return None


def _is_count(count: Any) -> bool:
    number = isinstance(count, (int, float, np.number)) and not isinstance(count, (bool, np.bool_))
    return bool(number and np.isfinite(count) and count >= 0)


def _empty_cell(margin: _Margin, code: Any, at: int | None) -> Problem:
    advice = "Merge it with another code, in the answers and in the margin."
    if at is None and not margin.crossed:
        given = [_told(label) for label, there in zip(margin.labels, margin.used, strict=True) if there]
        advice = did_you_mean(code, given)
    return Problem(f"Nobody in the survey has {code!r}: an empty margin cell.", margin.where, advice)


def _told(label: Any) -> Any:
    """A code as an error may show it; a long text is something that a respondent wrote."""
    return "(a long text)" if isinstance(label, str) and len(label) > LONGEST_CHOICE else label


def _canonical(code: Any, labels: tuple[Any, ...]) -> Any:
    """A code for matching: 1, 1.0 and "1" are one when the answers are numbers."""
    if isinstance(code, (tuple, list)):
        parts = list(zip(*labels, strict=True)) if labels and isinstance(labels[0], tuple) else []
        if len(parts) != len(code):
            return tuple(code)
        return tuple(_canonical(part, tuple(column)) for part, column in zip(code, parts, strict=True))
    if _numeric(labels) and not isinstance(code, bool):
        try:
            return float(code)
        except (TypeError, ValueError):
            return code
    return plain_value(code)


def _numeric(labels: tuple[Any, ...]) -> bool:
    return all(isinstance(label, (int, float)) and not isinstance(label, bool) for label in labels)


def _missing_problem(variable: str, number: int) -> Problem:
    return Problem(
        f"{number} respondents have no answer to '{variable}'.",
        do="Weighting needs an answer of everyone: code the missing as a group of its own, fill them in, or use "
        "another margin.",
    )


def _contradictions(targets: list[Target]) -> list[Problem]:
    if len(targets) < 2:
        return []
    first = targets[0]
    total = first.counts.sum()
    return [
        Problem(
            f"The totals contradict each other: '{first.name}' adds up to {total:,.10g} and '{target.name}' to "
            f"{target.counts.sum():,.10g}.",
            do="Margins must describe one population: scale them to one total first.",
        )
        for target in targets[1:]
        if abs(target.counts.sum() / total - 1) > _SAME_TOTAL
    ]


def _name(key: Any) -> str:
    return " x ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
