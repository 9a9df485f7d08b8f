"""Weights of people who chose to take part, from a reference sample of people who were drawn.

Both samples hold the same variables. From these follows how likely it was that somebody took part; one over that is the
weight. Source: Chen, Li and Wu (2020), doi:10.1080/01621459.2019.1677241.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from stagekansen_lib.arguments import some_names
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.surveys import Survey, need_survey, refuse_personal

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["common_columns", "fit_propensity", "weight_to_reference"]

_MOST_STEPS = 100
_CLOSE = 1e-10
# A solution further away than this on the logit scale runs off without end.
_FARTHEST = 30.0


def weight_to_reference(survey: Survey, reference: Survey, on: Sequence[str]) -> Survey:
    """The survey with weights that make it look like a reference sample: one over the chance to take part.

    Parameters
    ----------
    survey : of people who chose to take part.
    reference : a sample of the same population that was drawn, with weights that add up to it.
    on : variables that both have, coded alike: answers from a list or numbers. Choose what goes together with taking
        part and with the outcome.

    Returns
    -------
    Survey : the same answers; its weights add up to about the population.

    Raises
    ------
    InputError : a variable that one of both lacks, or with missing answers; an answer in the reference sample that
        nobody in the survey gave; more respondents than people; a model without a finite solution.
    RefusedError : a variable that may point at a person.

    Notes
    -----
    The chance p(x) is logistic, with the coefficients at which sum over the survey of x equals sum over the reference
    of d p(x) x (d: design weight). With answers from a list and all their interactions it is poststratification to the
    counts of the reference sample, which it is checked against.
    Standard errors after this take the weights as known. ``doubly_robust`` counts the doubt about them, and leans on a
    model of the outcome as well. What is not among the variables is not mended.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> chose = survey_from_frame(pd.DataFrame({"level": ["mbo"] * 10 + ["hbo"] * 40}))
    >>> drawn = survey_from_frame(pd.DataFrame({"level": ["mbo", "hbo"] * 20, "w": [10.0] * 40}), weights="w")
    >>> sorted(set(weight_to_reference(chose, drawn, ["level"]).weights.round(2).tolist()))
    [5.0, 20.0]
    """
    need_survey(survey)
    need_survey(reference)
    names = list(some_names("on", on))
    x, x_reference = common_columns(survey, reference, names)
    chances = special.expit(x @ fit_propensity(x, x_reference, reference.design.row_weights))
    if survey.design.domain is not None or survey.design.replicates is not None:
        raise InputError(
            Problem("A subpopulation, or a survey with replicates, is not weighted to a reference sample.",
                    do="Weight the whole survey first.")
        )  # fmt: skip
    design = replace(survey.design, weights=1 / chances, calibrations=(), targets=(), steps=(), base_weights=None)
    step = f"weights: one over the chance to take part, from {len(reference):,} people drawn, on {', '.join(names)}"
    return replace(survey, design=design, provenance=survey.provenance.with_step(step))


def common_columns(survey: Survey, reference: Survey, names: Sequence[str]) -> tuple[Floats, Floats]:
    """The columns of a model, the same for both samples; a column of ones first."""
    problems: list[Problem] = []
    ours, theirs = [np.ones(len(survey))], [np.ones(len(reference))]
    for name in names:
        columns = _columns_of(survey, reference, name, problems)
        if columns is not None:
            ours += columns[0]
            theirs += columns[1]
    if problems:
        raise InputError(problems)
    return np.column_stack(ours), np.column_stack(theirs)


def _columns_of(
    survey: Survey, reference: Survey, name: str, problems: list[Problem]
) -> tuple[list[Floats], list[Floats]] | None:
    gaps = []
    for which, sample in (("survey", survey), ("reference sample", reference)):
        refuse_personal(sample, name)
        missing = int(sample.column(name).isna().sum())
        if missing:
            gaps.append(Problem(f"'{name}' lacks {missing} answers in the {which}.", do="Leave these people out."))
    problems += gaps
    if gaps:
        return None
    column = survey.column(name)
    if survey.variable(name).kind in ("number", "count") and not isinstance(column.dtype, pd.CategoricalDtype):
        return [survey.numbers(name)], [reference.numbers(name)]
    ours, theirs = survey.column(name).to_numpy(), reference.column(name).to_numpy()
    levels = [level for level in reference.encoded(name).levels if (theirs == level).any()]
    absent = [level for level in levels if not (ours == level).any()]
    more = [level for level in survey.encoded(name).levels if (ours == level).any() and level not in levels]
    problems += [
        Problem(f"Nobody in the {which} has {level!r} at '{name}'.", do="Merge answers, in both samples.")
        for which, some in (("survey", absent), ("reference sample", more))
        for level in some
    ]
    return (
        [(ours == level).astype(float) for level in levels[1:]],
        [(theirs == level).astype(float) for level in levels[1:]],
    )


def fit_propensity(x: Floats, x_reference: Floats, weights: Floats, counts: Floats | None = None) -> Floats:
    """Coefficients of the chance to take part, given the columns of both samples and the weights of the reference.

    ``counts`` says how often each respondent counts (a bootstrap); once when it is None.
    """
    given = np.ones(len(x)) if counts is None else counts
    wanted = given @ x
    if not given.sum() < weights.sum():
        raise InputError(
            Problem(
                "The weights of the reference sample add up to no more people than took part.",
                do="Give the reference sample weights that add up to the population.",
            )
        )
    at = np.zeros(x.shape[1])
    at[0] = special.logit(given.sum() / weights.sum())
    for _ in range(_MOST_STEPS):
        chance = special.expit(x_reference @ at)
        gap = wanted - (weights * chance) @ x_reference
        if np.abs(gap).max() < _CLOSE * max(np.abs(wanted).max(), 1.0):
            return at
        information = x_reference.T @ (x_reference * (weights * chance * (1 - chance))[:, None])
        try:
            step = np.linalg.solve(information, gap)
        except np.linalg.LinAlgError:
            break
        at = at + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        if not np.abs(at).max() < _FARTHEST * max(1.0, float(np.abs(x_reference).max())):
            break
    raise InputError(
        Problem(
            "The chance to take part has no finite solution: some people in one sample have none like them in the "
            "other.",
            do="Use fewer variables, or merge answers.",
        )
    )
