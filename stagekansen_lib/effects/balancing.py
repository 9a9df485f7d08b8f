"""Entropy balancing: weights that make those without an intervention look like those with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import said, some_names
from stagekansen_lib.effects.parts import side_of
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.variance import spread_out
from stagekansen_lib.models.formulas import Explained, Factor, read_formula
from stagekansen_lib.models.model_columns import model_columns
from stagekansen_lib.surveys.surveys import Survey, need_survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Mask

__all__ = ["BalancedSurvey", "entropy_balance"]

TARGETS = ("att", "atc", "ate")

_ROUNDS = 500

# A moment, in standard deviations, is met when it is this near.
_MET = 1e-10

# From here on the error of a step goes with the square of the one before.
_NEARLY_MET = 1e-4


@dataclass(frozen=True, eq=False, repr=False)
class BalancedSurvey(Survey):
    """A survey whose weights make two groups alike; used as any other.

    Parameters
    ----------
    rows, codebook, design, provenance, set_aside, missing_reasons, reserve : as of any ``Survey``; the design holds the
        new weights.
    balance : one row a moment and group that was weighed: moment, group, target (the mean that it must have), before
        and after (its mean with the old and the new weights), smd_before and smd_after (distance to the target in
        standard deviations of those with the intervention).
    effective : of each group, how many answers the new weights leave (Kish).
    """

    balance: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    effective: dict[str, float] = field(default_factory=dict)


def entropy_balance(
    survey: Survey, *, treated: str, on: Sequence[str], target: str = "att", treated_code: Any = None
) -> BalancedSurvey:
    """The survey with weights that give both groups the same means of some variables, and move no further than that.

    Parameters
    ----------
    survey : the survey, weighted or not; of a subset only its own rows are weighed.
    treated : the variable that says who took part: 1 and 0, or two answers of which the last took part.
    on : what must be equal: variables (numbers by their mean, others by the share of each answer), and terms of a
        formula such as "I(applications**2)", "C(level)" or "level:sex". Only what was so before the start.
    target : "att" weighs those who did not take part to those who did; "atc" the other way round; "ate" weighs both to
        everyone.
    treated_code : the answer that means took part, where it is not the last.

    Returns
    -------
    BalancedSurvey : with new weights, for ``mean``, ``compare`` and ``regress`` as ever; ``balance`` shows what they
        did. The weights of a group that was weighed add up to those of the group it was weighed to.

    Raises
    ------
    InputError : replicate weights; an unknown variable or target; missing answers in a variable of
        ``on`` or ``treated``; no weights can make the groups equal: the text says which moments lie out of reach.

    Notes
    -----
    min sum w log(w / base) under the moments, by Newton's method on the dual (Hainmueller 2012,
    doi:10.1093/pan/mpr025). Later standard errors take the weights as given, and what an earlier weighting explained
    is no longer counted. Balance of what was measured says nothing of what was not. Checked against R and scipy, and
    an entropy balancing of the LaLonde data.

    Examples
    --------
    >>> survey = _example()
    >>> balanced = entropy_balance(survey, treated="took_part", on=["hours"])
    >>> balanced.balance[["moment", "target", "before", "after"]].round(2).to_dict("records")
    [{'moment': 'hours', 'target': 7.0, 'before': 5.5, 'after': 7.0}]
    """
    need_survey(survey)
    if target not in TARGETS:
        raise InputError(Problem(f"target is {said(target)}.", do=did_you_mean(target, TARGETS)))
    _refuse(survey)
    side, _ = side_of(survey, treated, treated_code, "treated")
    asked = _asked(survey, treated, on)
    _refuse_missing(survey, [treated, *asked.variables])
    columns, matrix = model_columns(survey, asked, slice(None), constant=False)
    base, took = survey.design.row_weights, side == 1
    aims = {"att": (took, [("without", ~took)]), "atc": (~took, [("with", took)]),
            "ate": (np.ones(len(took), dtype=bool), [("with", took), ("without", ~took)])}  # fmt: skip
    toward, groups = aims[target]
    wanted = base[toward] @ matrix[toward] / base[toward].sum()
    spread = matrix[took].std(axis=0, ddof=1) if took.sum() > 1 else np.full(matrix.shape[1], np.nan)
    weights, tables = base.copy(), list[pd.DataFrame]()
    names = [column.name for column in columns]
    for name, own in groups:
        weights[own] = _balanced(matrix[own], wanted, base[own], names) * base[toward].sum()
        tables.append(_table(names, name, matrix[own], wanted, base[own], weights[own], spread))
    whole = weights
    if survey.design.domain is not None:
        whole = spread_out(weights, survey.design.domain, survey.design.weights.copy())
    design = replace(survey.design, weights=whole, calibrations=(), steps=(), base_weights=None, targets=())
    sizes = {"with": weights[took], "without": weights[~took]}
    history = f"entropy balance: {treated}, {target}, on {', '.join(names)}"
    parts = {name: getattr(survey, name) for name in ("rows", "codebook", "set_aside", "missing_reasons", "reserve")}
    return BalancedSurvey(
        **parts, design=design, provenance=survey.provenance.with_step(history),
        balance=pd.concat(tables, ignore_index=True),
        effective={name: float(w.sum() ** 2 / (w**2).sum()) for name, w in sizes.items()},
    )  # fmt: skip


def _example() -> Survey:
    """Eight made-up students for the example above."""
    from stagekansen_lib.surveys.making import survey_from_frame

    rows = pd.DataFrame({"took_part": [1, 1, 0, 0, 0, 0], "hours": [6.0, 8.0, 4.0, 5.0, 5.0, 8.0]})
    return survey_from_frame(rows)


def _refuse(survey: Survey) -> None:
    if survey.design.replicates is not None:
        raise InputError(Problem("The survey has replicate weights.", do="Balance it before replicate()."))


def _asked(survey: Survey, treated: str, on: Sequence[str]) -> Explained:
    terms = some_names("on", on)
    if not terms:
        raise InputError(Problem("There is nothing to balance on.", do="Give on=['level', 'hours']."))
    if treated in terms:
        raise InputError(Problem(f"'{treated}' is both the intervention and to be balanced.", do="Leave it out of on="))
    if all(name in survey.rows.columns for name in terms):
        return Explained(treated, tuple((Factor(name),) for name in terms))
    known = any(sign in term for term in terms for sign in "(:*")
    absent = [term for term in terms if term not in survey.rows.columns and not any(sign in term for sign in "(:*")]
    if absent or not known:
        raise InputError(
            Problem(f"There is no variable '{name}'.", do=did_you_mean(name, list(survey.rows.columns)))
            for name in absent
        )
    return read_formula(survey, f"{treated} ~ {' + '.join(terms)}")


def _refuse_missing(survey: Survey, names: Sequence[str]) -> None:
    problems = [
        Problem(
            f"{int(missing)} rows have no answer to '{name}'.",
            do=f"Leave out the variable, or these rows: subset(survey, survey.rows['{name}'].notna()).",
        )
        for name in dict.fromkeys(names)
        if (missing := survey.column(name).isna().sum())
    ]
    if problems:
        raise InputError(problems)


def _balanced(x: Floats, wanted: Floats, base: Floats, names: Sequence[str]) -> Floats:
    """Weights that add up to one and meet every moment; an error that names what is out of reach."""
    scale = x.std(axis=0)
    _refuse_out_of_reach(x, wanted, scale, base > 0, names)
    moving = scale > 0
    z, start = (x[:, moving] - wanted[moving]) / scale[moving], base / base.sum()
    line = np.zeros(z.shape[1])
    weights = start
    for _ in range(_ROUNDS):
        weights = _tilted(start, z @ line)
        gradient = weights @ z
        if np.abs(gradient).max(initial=0.0) < 1e-15:
            break
        curve = (z * weights[:, None]).T @ z - np.outer(gradient, gradient)
        try:
            step = np.linalg.solve(curve, -gradient)
        except np.linalg.LinAlgError:
            break
        line = line + _shortened(start, z, line, step, gradient) * step
        if np.abs(line).max() > 1e4 or not np.isfinite(line).all():
            break
        if np.abs(step).max() < 1e-15:
            break
    weights = _tilted(start, z @ line) if np.isfinite(line).all() else weights
    if not np.abs(weights @ z).max(initial=0.0) < _MET:
        raise InputError(
            Problem(
                "No weights give both groups the same means of all of these at once.",
                f"on: {', '.join(names)}",
                "Balance on fewer of them, or leave out who has no like in the other group.",
            )
        )
    return weights


def _tilted(start: Floats, tilt: Floats) -> Floats:
    weights = start * np.exp(tilt - tilt.max())
    return np.asarray(weights / weights.sum())


def _shortened(start: Floats, z: Floats, line: Floats, step: Floats, gradient: Floats) -> float:
    """How far to go along a step, so that the dual falls."""

    def dual(point: Floats) -> float:
        tilt = z @ point
        highest = float(tilt.max())
        return highest + float(np.log(start @ np.exp(tilt - highest)))

    if np.abs(gradient).max() < _NEARLY_MET:
        return 1.0  # here the dual is flat to the last digit, and Newton's step is right
    here, slope, size = dual(line), float(gradient @ step), 1.0
    while dual(line + size * step) > here + 1e-4 * size * slope and size > 1e-8:
        size /= 2
    return size


def _refuse_out_of_reach(x: Floats, wanted: Floats, scale: Floats, weighed: Mask, names: Sequence[str]) -> None:
    """Stop where a mean lies outside what anyone in the group has: no weights can reach it."""
    low, high = x[weighed].min(axis=0), x[weighed].max(axis=0)
    margin = 1e-12 * np.maximum(np.abs(wanted), 1.0)
    outside = (wanted < low - margin) | (wanted > high + margin) | ((wanted == low) ^ (wanted == high)) & (scale > 0)
    if outside.any():
        raise InputError(
            Problem(
                f"No weights can give the other group the mean of '{names[at]}': it lies beyond what anyone there has.",
                do="Leave this out, or compare with who is alike only.",
            )
            for at in np.flatnonzero(outside).tolist()
        )


def _table(
    names: Sequence[str], group: str, x: Floats, wanted: Floats, base: Floats, weights: Floats, spread: Floats
) -> pd.DataFrame:
    before, after = base @ x / base.sum(), weights @ x / weights.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = [(wanted - mean) / np.where(spread > 0, spread, np.nan) for mean in (before, after)]
    return pd.DataFrame(
        {
            "moment": names, "group": group, "target": wanted, "before": before, "after": after,
            "smd_before": apart[0], "smd_after": apart[1],
        }
    )  # fmt: skip
