"""Signs of careless answering: speed, straight lines, rows that repeat one another."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from stagekansen_lib.surveys.codebooks import Codebook, Variable
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.wording import LANGUAGES, number_text, say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Mask


__all__ = ["check_quality", "count_line"]


# A rule of thumb of online panels: who needs less than a third of the median time did not read the questions.
_FAST = 1 / 3

# A row of equal answers says something from so many questions on.
_BATTERY = 4

# Two respondents with so many answers that differ in at most so many places are near to a copy.
_NEAR_ANSWERS, _NEAR_DIFFERENT = 20, 2

_MOST_PAIRS = 5_000_000


def count_line(
    survey: Survey, fails: Mask, passed: int, missing: int, severity: str
) -> tuple[int, int, int, str, tuple[int, ...]]:
    rows = tuple(int(row) for row in survey.rows.index[fails])
    return passed, len(rows), missing, severity, rows


def check_quality(survey: Survey) -> Iterable[tuple[object, ...]]:
    """Hasty answers, rows of equal answers, and rows that repeat another one."""
    yield from _speeders(survey)
    for names in _batteries(survey):
        yield _straight(survey, names)
    yield from _repeats(survey)


def _speeders(survey: Survey) -> Iterable[tuple[object, ...]]:
    import numpy as np

    for variable in survey.codebook.variables.values():
        if variable.kind == "number" and variable.name.startswith("duration") and variable.name in survey.rows:
            minutes = survey.rows[variable.name].to_numpy(dtype=float)
            known = ~np.isnan(minutes)
            limit = float(np.median(minutes[known])) * _FAST if known.any() else 0.0
            fast = known & (minutes < limit)
            told = {language: number_text(limit, language, decimals=1) for language in LANGUAGES}
            labels = [say("checks.speed", "nl", limit=told["nl"]), say("checks.speed", "en", limit=told["en"])]
            passed, missing = int((known & ~fast).sum()), int((~known).sum())
            yield ("quality:speed", *labels, *count_line(survey, fast, passed, missing, "warning"))


def _batteries(survey: Survey) -> Iterable[list[str]]:
    """Ordinal questions that follow each other in one block and share their codes and labels."""
    kinds = itertools.groupby(survey.codebook.variables.values(), key=lambda one: _battery_key(survey, one))
    for key, run in kinds:
        names = [variable.name for variable in run]
        if key is not None and len(names) >= _BATTERY:
            yield names


def _battery_key(survey: Survey, variable: Variable) -> object:
    """What questions of one battery share; None for what belongs to no battery."""
    fits = variable.kind == "ordinal" and not variable.derived_from and variable.name in survey.rows
    return (variable.block, variable.codes) if fits else None


def _straight(survey: Survey, names: list[str]) -> tuple[object, ...]:
    import numpy as np

    codes = np.column_stack([survey.rows[name].cat.codes.to_numpy() for name in names]).astype(int)
    given = codes >= 0
    enough = given.sum(axis=1) >= _BATTERY
    highest = codes.max(axis=1)
    lowest = np.where(given, codes, 1_000).min(axis=1)
    fails = enough & (highest == lowest)
    book: Codebook = survey.codebook
    labels = [
        say("checks.straight", language, count=len(names), first=book[names[0]].label(language))
        for language in LANGUAGES
    ]
    passed = int((enough & ~fails).sum())
    return (f"quality:straight:{names[0]}", *labels, *count_line(survey, fails, passed, int((~enough).sum()), "note"))


def _repeats(survey: Survey) -> Iterable[tuple[object, ...]]:
    """Rows of which all answers, or all but two, are those of an earlier row, whatever number they carry."""
    import numpy as np

    codes = _answer_codes(survey)
    if codes.shape[1] < _NEAR_ANSWERS:
        return
    enough = (codes >= 0).sum(axis=1) >= _NEAR_ANSWERS
    places = np.flatnonzero(enough)
    _, first, back = np.unique(_row_keys(codes)[places], return_index=True, return_inverse=True)
    same = np.zeros(len(codes), dtype=bool)
    later = np.flatnonzero(first[back] != np.arange(len(places)))
    same[places[later]] = (codes[places[later]] == codes[places[first[back[later]]]]).all(axis=1)
    labels = [say("checks.identical", "nl"), say("checks.identical", "en")]
    missing = int((~enough).sum())
    yield ("quality:identical", *labels, *count_line(survey, same, int((enough & ~same).sum()), missing, "warning"))
    near, judged = _near(codes, np.flatnonzero(enough & ~same))
    labels = [say("checks.near", language, most=_NEAR_DIFFERENT) for language in LANGUAGES]
    passed = int((enough & ~same & ~near).sum()) if judged else 0
    missing += 0 if judged else int((enough & ~same).sum())
    yield ("quality:near", *labels, *count_line(survey, near, passed, missing, "warning"))


def _answer_codes(survey: Survey) -> NDArray[np.int32]:
    """Answers to questions as whole numbers, -1 for none; no technical, derived or open variables, no consent."""
    import numpy as np
    import pandas as pd

    columns = [
        column
        for variable in survey.codebook.variables.values()
        if variable.kind not in ("open", "date", "info") and variable.item and variable.privacy != "consent"
        for column in variable.columns
        if column in survey.rows
    ]
    made = [pd.factorize(survey.rows[column])[0].astype(np.int32) for column in columns]
    return np.column_stack(made) if made else np.empty((len(survey.rows), 0), dtype=np.int32)


def _row_keys(codes: NDArray[np.int32]) -> NDArray[np.uint64]:
    """One number for each row, equal for equal rows; whoever uses it compares the rows themselves afterwards."""
    import numpy as np

    chance = np.random.default_rng(0)
    factors: NDArray[np.uint64] = 2 * chance.integers(0, 2**63, (codes.shape[1],), dtype=np.uint64) + 1  # odd
    keys = np.zeros(len(codes), dtype=np.uint64)
    for place in range(codes.shape[1]):
        keys += codes[:, place].astype(np.uint64) * factors[place]
    return keys


def _near(codes: NDArray[np.int32], places: NDArray[np.intp]) -> tuple[Mask, bool]:
    """Rows that differ from an earlier one in one or two places, and whether all pairs could be looked at.

    Two rows that differ in at most two places agree wholly on one of three parts of the columns, so only rows that
    agree on a part are compared.
    """
    import numpy as np

    near = np.zeros(len(codes), dtype=bool)
    parts = np.array_split(np.arange(codes.shape[1]), _NEAR_DIFFERENT + 1)
    pairs = 0
    for part in parts:
        _, back, sizes = np.unique(_row_keys(codes[:, part])[places], return_inverse=True, return_counts=True)
        pairs += int((sizes[sizes > 1] ** 2).sum())
        if pairs > _MOST_PAIRS:
            return np.zeros(len(codes), dtype=bool), False
        order = np.argsort(back, kind="stable")
        ends = np.cumsum(sizes)
        for group in np.flatnonzero(sizes > 1).tolist():
            members = places[order[ends[group] - sizes[group] : ends[group]]]
            for at in range(1, len(members)):
                different = (codes[members[:at]] != codes[members[at]]).sum(axis=1)
                if different.min() <= _NEAR_DIFFERENT:
                    near[members[at]] = True
    return near, True
