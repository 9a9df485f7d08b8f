"""All results that a release of a survey asks for, made in one go from its declared tables."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure.rules import Declaration, read_declared_tables
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.comparison.results import Comparison
    from stagekansen_lib.estimation.tables import EstimateTable
    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["declared_tables", "estimate_declared"]


def estimate_declared(survey: Survey) -> list[EstimateTable | Comparison]:
    """The estimates and comparisons that ``data/rules/tables_<codebook>.yaml`` declares: what ``protect`` wants whole.

    p values of the comparisons are corrected together, by Holm's method, because they are read together.

    Parameters
    ----------
    survey : a weighted survey, whose codebook has declared tables.

    Returns
    -------
    list : an EstimateTable for each declared table, in order, then a Comparison for each that names one. May hold
        small groups. Where everyone gave one answer there is nothing to compare: that table stands without its test,
        and a DoubtWarning says so.

    Raises
    ------
    InputError : the codebook has no declared tables.

    Examples
    --------
    >>> from stagekansen_lib.intake.reading import read_survey
    >>> results = estimate_declared(read_survey("example_2022"))
    >>> results[0].of
    'level'
    """
    from stagekansen_lib.comparison.corrections import adjust_p_values

    declared = declared_tables(survey.codebook.name)
    _refuse_unknown(survey, declared)
    tests = [test for one in declared if one.compare for test in _compare(survey, one)]
    adjusted = adjust_p_values([test.p_value for test in tests])
    corrected = [replace(test, p_adjusted=p) for test, p in zip(tests, adjusted, strict=True)]
    return [*(_estimate(survey, one) for one in declared), *corrected]


def declared_tables(codebook: str) -> tuple[Declaration, ...]:
    """The tables that are declared for surveys with this codebook.

    Raises
    ------
    InputError : there are none; the text says how to get them and what goes into the file.
    """
    declared = read_declared_tables(codebook)
    if not declared:
        raise InputError(
            Problem(
                f"No tables are declared for codebook '{codebook}'.",
                f"data/rules/tables_{codebook}.yaml",
                f"Run `python3 start.py tables new {codebook}`: it proposes them from the codebook and says in the file"
                " what goes into it. Each table has id, statistic (share or mean), of, title_nl and title_en; by, code,"
                " focus and compare when wanted. data/rules/tables_baseline.yaml is an example.",
            )
        )
    return declared


def _refuse_unknown(survey: Survey, declared: Sequence[Declaration]) -> None:
    """Tables about variables that the survey does not have, all of them at once."""
    known = {*survey.codebook, *map(str, survey.rows.columns)}
    asked = {name: one.id for one in declared for name in (one.of, *one.by, *([one.compare] if one.compare else []))}
    problems = [
        Problem(
            f"Declared table '{table}' is about '{name}', which is not in the survey.",
            f"data/rules/tables_{survey.codebook.name}.yaml",
            "Add it to the codebook and read the survey again (a stored survey is imported again), or leave the table"
            f" out. {did_you_mean(name, sorted(known))}",
        )
        for name, table in asked.items()
        if name not in known
    ]
    if problems:
        raise InputError(problems)


def _estimate(survey: Survey, declared: Declaration) -> EstimateTable:
    from stagekansen_lib.estimation.means import mean
    from stagekansen_lib.estimation.shares import share

    by = declared.by or None
    if declared.statistic == "mean":
        return mean(survey, declared.of, by)
    return share(survey, declared.of, by, code=declared.code)


def _compare(survey: Survey, declared: Declaration) -> Iterator[Comparison]:
    """The comparison of a table; none, with a warning, where answers are too much alike to compare."""
    from stagekansen_lib.comparison.comparing import compare

    # The answer whose share is compared is that of the table, when the table is about the same outcome.
    code = declared.code if declared.compare == declared.of else None
    answers = [survey.column(name) for name in (declared.compare, declared.by[0])]
    together = answers[0].notna() & answers[1].notna()
    try:
        found: Any = compare(survey, declared.compare, declared.by[0], code=code)
    except InputError as error:
        # Nobody declared wrongly when everyone answered alike, in all or in each group.
        if all(one[together].nunique() > 1 for one in answers) and not _alike_in_groups(*answers):
            raise
        text = f"Table '{declared.id}' stands without its test. {error.problems[0]}"
        warnings.warn(text, DoubtWarning, stacklevel=3)
    else:
        yield found


def _alike_in_groups(answers: pd.Series[Any], groups: pd.Series[Any]) -> bool:
    """Whether those of each group all gave one answer."""
    return bool((answers.groupby(groups, observed=True).nunique() <= 1).all())
