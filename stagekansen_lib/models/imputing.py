"""Missing answers filled in several times, each time with what answers of people who are alike make likely.

By chained equations with predictive mean matching, as statsmodels has them: every filled-in answer is one that somebody
gave. Sources: Van Buuren (2018), Flexible Imputation of Missing Data, section 3.4; Little (1988),
doi:10.1080/07350015.1988.10509663.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import said, some_names
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.surveys import Survey, need_survey, refuse_personal

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Mask

__all__ = ["impute"]

_MOST_ROUNDS = 1_000


@dataclass(frozen=True, eq=False)
class _Column:
    """A variable as numbers for the equations: its name there, and what its numbers stand for (None: themselves)."""

    name: str
    alias: str
    values: Any
    levels: tuple[Any, ...] | None
    # Answers without an order help to predict others as a column for each of them.
    unordered: bool


def impute(
    survey: Survey, of: Sequence[str], *, given: Sequence[str] = (), n: int = 10, seed: int, rounds: int = 10,
    nearest: int = 5,
) -> list[Survey]:  # fmt: skip
    """The survey ``n`` times, each with the missing answers to some variables filled in.

    Compute what you want to know of each, and put the results together with ``pool``.

    Parameters
    ----------
    survey : the survey, or the part of it (``subset``) that was asked the questions.
    of : variables of which missing answers are filled in: numbers, counts, ordered answers, and answers from a list of
        two.
    given : other variables that tell something of these, also what the analysis will hold; without missing answers.
    n : number of filled-in surveys, 2 or more; 10 is enough where a tenth is missing, 50 where half is.
    seed : of the draws; the same seed gives the same surveys.
    rounds : of the equations before each survey, 1 to 1,000.
    nearest : of how many people who are most alike one is drawn, 1 or more.

    Returns
    -------
    list : surveys with the same rows, weights and design.

    Raises
    ------
    InputError : a variable without an order of more than two answers; a variable in ``given`` with missing answers;
        nothing missing; fewer answers than ``nearest``; a number out of range.
    RefusedError : a variable that may point at a person.

    Notes
    -----
    Chained equations of statsmodels (``MICEData``): a linear model for each variable on all others, its coefficients
    drawn, and of the ``nearest`` people with the predictions most alike one is the donor. Weights that differ are among
    the variables that predict. Filled-in answers are for the analysis alone: nobody gave them.
    A question that was not asked is filled in like any other that is empty: leave out with ``subset`` who was not
    asked. Whether answers are missing by chance, given the variables here, no computation can tell.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> frame = pd.DataFrame({"year": [1, 2, 3, 4] * 10, "hours": [8.0, None, 12, 14] * 10})
    >>> filled = impute(survey_from_frame(frame), ["hours"], given=["year"], n=3, seed=1)
    >>> [int(each.rows["hours"].isna().sum()) for each in filled]
    [0, 0, 0]
    """
    need_survey(survey)
    _check_numbers(n, seed, rounds, nearest)
    names, others = list(some_names("of", of)), list(some_names("given", given)) if len(given) else []
    missing = _missing(survey, names, others, nearest)
    columns = [_as_numbers(survey, name, f"v{at}", filled=name in names) for at, name in enumerate([*names, *others])]
    return _filled(survey, columns[: len(names)], columns[len(names) :], missing, n, seed, rounds, nearest)


def _check_numbers(n: int, seed: int, rounds: int, nearest: int) -> None:
    problems = [
        Problem(f"{name} is {said(value)}.", do=f"Give a whole number of {least} or more.")
        for name, value, least in (("n", n, 2), ("seed", seed, 0), ("rounds", rounds, 1), ("nearest", nearest, 1))
        if isinstance(value, bool) or not isinstance(value, int) or value < least
    ]
    if not problems and rounds > _MOST_ROUNDS:
        problems = [Problem(f"rounds is {rounds:,}.", do=f"Give at most {_MOST_ROUNDS:,}.")]
    if problems:
        raise InputError(problems)


def _missing(survey: Survey, names: list[str], others: list[str], nearest: int) -> dict[str, Mask]:
    """Where an answer is missing, for each variable that is filled in."""
    problems = [
        Problem(f"'{name}' is both filled in and given.", do="Name it once.") for name in names if name in others
    ]
    for name in [*names, *others]:
        refuse_personal(survey, name)
    gaps = {name: survey.column(name).isna().to_numpy() for name in [*names, *others]}
    problems += [
        Problem(f"'{name}' lacks {gaps[name].sum()} answers.", do="Name it in of=, or leave it out.")
        for name in others
        if gaps[name].any()
    ]
    problems += [
        Problem(f"'{name}' has {(~gaps[name]).sum()} answers.", do=f"More than {nearest} are needed to draw from.")
        for name in names
        if (~gaps[name]).sum() <= nearest
    ]
    if not any(gaps[name].any() for name in names):
        problems.append(Problem("No answer is missing: there is nothing to fill in.", do="Use the survey as it is."))
    if problems:
        raise InputError(problems)
    return {name: np.asarray(gaps[name]) for name in names}


def _as_numbers(survey: Survey, name: str, alias: str, *, filled: bool) -> _Column:
    kind = survey.variable(name).kind
    column = survey.column(name)
    if kind in ("number", "count") and not isinstance(column.dtype, pd.CategoricalDtype):
        return _Column(name, alias, survey.numbers(name), None, unordered=False)
    encoded = survey.encoded(name)
    present = np.flatnonzero(encoded.counts[:-1])
    ordered = kind == "ordinal" or (isinstance(column.dtype, pd.CategoricalDtype) and bool(column.cat.ordered))
    unordered = len(present) > 2 and not ordered
    if filled and unordered:
        raise InputError(
            Problem(
                f"'{name}' has {len(present)} answers without an order: matching on a mean of them means nothing.",
                do="Make a yes or no of the answer that matters, and fill that in; or name it in given=.",
            )
        )
    place = np.full(len(encoded.levels) + 1, np.nan)
    place[present] = np.arange(len(present))
    levels = tuple(encoded.levels[at] for at in present)
    return _Column(name, alias, place[encoded.codes], levels, unordered=unordered)


def _filled(
    survey: Survey, targets: list[_Column], others: list[_Column], missing: dict[str, Mask], n: int, seed: int,
    rounds: int, nearest: int,
) -> list[Survey]:  # fmt: skip
    from statsmodels.imputation.mice import MICEData

    frame = pd.DataFrame({column.alias: column.values for column in [*targets, *others]})
    weights = survey.design.row_weights
    if not np.allclose(weights, weights[0]):
        frame["weight"] = weights
    data = MICEData(frame, k_pmm=nearest, rng=np.random.default_rng(seed))
    terms = {column.alias: f"C({column.alias})" if column.unordered else column.alias for column in [*targets, *others]}
    for target in targets:
        predictors = [terms.get(alias, alias) for alias in frame.columns if alias != target.alias]
        data.set_imputer(target.alias, formula=" + ".join(predictors) or "1", k_pmm=nearest)
    surveys = []
    for at in range(n):
        data.update_all(rounds)
        rows = survey.rows.copy()
        for target in targets:
            gaps = missing[target.name]
            if gaps.any():
                rows[target.name] = _with_answers(rows[target.name], target, gaps, data.data[target.alias].to_numpy())
        line = f"missing answers to {', '.join(missing)} filled in: {at + 1} of {n}, seed {seed}"
        surveys.append(replace(survey, rows=rows, provenance=survey.provenance.with_step(line), _encoded={}))
    return surveys


def _with_answers(column: pd.Series, target: _Column, gaps: Mask, numbers: Any) -> pd.Series:
    """A column with its gaps filled in, as it holds its answers."""
    answers = numbers[gaps]
    if target.levels is not None:
        answers = np.array([target.levels[round(number)] for number in answers], dtype=object)
    result = column.copy()
    result.loc[gaps] = answers
    return result
