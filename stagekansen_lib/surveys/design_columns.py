"""A sampling design from columns of a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.designs import SINGLE_UNIT_RULES, Design, SingleUnit, Stage

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Floats, Integers


__all__ = ["design_from_frame"]


def design_from_frame(
    frame: pd.DataFrame,
    *,
    weights: str | None = None,
    strata: str | Sequence[str] | None = None,
    clusters: str | Sequence[str] | None = None,
    fpc: str | Sequence[str] | None = None,
    nest: bool = False,
    single_unit: SingleUnit = "refuse",
    check_single: bool = True,
) -> Design:
    """The design that columns of a frame describe; arguments name columns, several stages as lists.

    Raises
    ------
    InputError : a column is unknown or has empty places; a weight is negative; a population is smaller than the
        sample or differs within a stratum; a cluster lies in two strata; a stratum has one cluster.
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise InputError(Problem(f"The frame is {said(frame)}.", do="Give a pandas DataFrame, one row a respondent."))
    if single_unit not in SINGLE_UNIT_RULES:
        raise InputError(Problem(f"single_unit is {single_unit!r}.", do=did_you_mean(single_unit, SINGLE_UNIT_RULES)))
    strata_names, cluster_names, fpc_names = (
        _names(name, given) for name, given in (("strata", strata), ("clusters", clusters), ("fpc", fpc))
    )
    if weights is not None and not isinstance(weights, str):
        raise InputError(Problem(f"weights is {said(weights)}.", do="Name one column of the frame: weights='weight'."))
    _check_columns(frame, [*strata_names, *cluster_names, *fpc_names, *([] if weights is None else [weights])])
    stages = _stages(frame, strata_names, cluster_names, fpc_names, nest=nest)
    if check_single and single_unit == "refuse":
        _refuse_single_units(stages)
    return Design(_weights(frame, weights, stages), stages, single_unit)


def _names(name: str, given: str | Sequence[str] | None) -> list[str]:
    if given is None:
        return []
    names: list[Any] = list(given) if isinstance(given, (list, tuple)) else [given]
    if not all(isinstance(each, str) for each in names):
        raise InputError(Problem(f"{name} must name columns of the frame.", do=f"Give {name}='column', or a list."))
    return names


def _check_columns(frame: pd.DataFrame, names: list[str]) -> None:
    if not len(frame):
        raise InputError(Problem("The frame has no rows.", do="Give at least two rows."))
    twice = frame.columns[frame.columns.duplicated()].unique()
    if len(twice):
        raise InputError(
            Problem(f"Two columns are called '{twice[0]}'.", do="Give each column a name of its own: frame.rename().")
        )
    problems = []
    for name in dict.fromkeys(names):
        if name not in frame.columns:
            problems.append(Problem(f"There is no column '{name}'.", do=did_you_mean(name, list(frame.columns))))
        elif frame[name].isna().any():
            empty = frame.index[frame[name].isna()]
            shown = ", ".join(str(row) for row in empty[:5])
            problems.append(
                Problem(
                    f"{len(empty)} rows have no value (rows {shown}{', ...' if len(empty) > 5 else ''}).",
                    f"column '{name}'",
                    "Weights, strata, clusters and fpc need a value in every row.",
                )
            )
    if problems:
        raise InputError(problems)


def _weights(frame: pd.DataFrame, name: str | None, stages: tuple[Stage, ...]) -> Floats:
    if name is not None:
        values = _numbers(frame, name)
        bad = ~np.isfinite(values) | (values < 0)
        if bad.any():
            rows = ", ".join(str(row) for row in frame.index[bad][:5])
            raise InputError(
                Problem("A weight is negative or infinite.", f"column '{name}', rows {rows}", "Correct the weights.")
            )
        if not values.sum() > 0:
            raise InputError(Problem("All weights are zero.", f"column '{name}'"))
        return values
    result = np.ones(len(frame))
    for stage in stages:
        if stage.population is not None:
            ratio = stage.population / stage.sampled
            result = result * (ratio[0] if stage.strata is None else ratio[stage.strata])
    return result


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    try:
        if frame[name].dtype.kind in "cmM":
            raise TypeError  # numpy would make numbers of dates, and drop a part of complex numbers
        return np.asarray(frame[name], dtype=float)
    except (TypeError, ValueError):
        raise InputError(
            Problem(f"Column '{name}' must hold numbers.", do="Give a numeric column, or leave the argument out.")
        ) from None


def _codes(values: Any) -> tuple[Integers, list[Any]]:
    import pandas as pd

    try:
        codes, levels = pd.factorize(values, sort=False)
    except TypeError:
        raise InputError(
            Problem(f"Column '{values.name}' holds lists or the like.", do="Give one number or text in each row.")
        ) from None
    return codes.astype(np.intp), list(levels)


def _crossed(first: Integers, second: Integers) -> tuple[Integers, Integers]:
    """Codes of the combinations that occur, and for each the position of a row that has it."""
    wide = first.astype(np.int64) * (int(second.max()) + 1) + second
    _, position, codes = np.unique(wide, return_index=True, return_inverse=True)
    return codes.astype(np.intp), position.astype(np.intp)


def _stages(
    frame: pd.DataFrame, strata_names: list[str], cluster_names: list[str], fpc_names: list[str], *, nest: bool
) -> tuple[Stage, ...]:
    number = max(len(cluster_names), 1)
    _check_stages(number, len(strata_names), len(fpc_names))
    stages: list[Stage] = []
    parent: Integers | None = None
    factor_rows = np.ones(len(frame))
    for index in range(number):
        strata, names = _stage_strata(frame, strata_names, index, parent)
        clusters = _stage_clusters(frame, cluster_names, index, parent, strata if nest else None)
        if index == 0 and cluster_names and strata is not None and not nest:
            _refuse_split_clusters(frame, cluster_names[0], strata_names[0], clusters, strata)
        stage, factor_rows = _stage(
            frame, clusters, strata, names, fpc_names[index] if fpc_names else None, factor_rows
        )
        stages.append(stage)
        parent = clusters
    return tuple(stages)


def _check_stages(clusters: int, strata: int, fpc: int) -> None:
    if strata > clusters or fpc not in (0, clusters):
        raise InputError(
            Problem(
                f"There are {clusters} stages of clusters, {strata} of strata and {fpc} of fpc.",
                do="Give one fpc column for each stage, and at most one strata column for each stage.",
            )
        )


def _stage_strata(
    frame: pd.DataFrame, names: list[str], index: int, parent: Integers | None
) -> tuple[Integers | None, tuple[str, ...]]:
    """Strata of a stage; those of a later stage count within the cluster of the stage before."""
    own: Integers | None = None
    labels: list[str] = []
    if names:
        own, levels = _codes(frame[names[min(index, len(names) - 1)]])
        labels = [str(level) for level in levels]
    if parent is None:
        return own, tuple(labels)
    if own is None:
        return parent, tuple(f"cluster {code + 1} of stage {index}" for code in range(int(parent.max()) + 1))
    codes, position = _crossed(parent, own)
    return codes, tuple(f"{labels[own[row]]} in cluster {parent[row] + 1}" for row in position)


def _stage_clusters(
    frame: pd.DataFrame, names: list[str], index: int, parent: Integers | None, strata: Integers | None
) -> Integers | None:
    if not names:
        return None
    codes, _ = _codes(frame[names[index]])
    if parent is not None:
        codes, _ = _crossed(parent, codes)
    if strata is not None:
        codes, _ = _crossed(strata, codes)
    return codes


def _refuse_split_clusters(
    frame: pd.DataFrame, cluster: str, stratum: str, clusters: Integers | None, strata: Integers
) -> None:
    if clusters is None:
        return
    _, position = _crossed(clusters, strata)
    split = np.flatnonzero(np.bincount(clusters[position]) > 1)
    if len(split):
        first = np.isin(clusters, split[:3])
        shown = ", ".join(str(value) for value in dict.fromkeys(frame[cluster][first]))
        raise InputError(
            Problem(
                f"{len(split)} clusters occur in two or more strata of '{stratum}' (such as {shown}).",
                f"column '{cluster}'",
                "Use nest=True when the same number means another cluster in another stratum.",
            )
        )


def _stage(
    frame: pd.DataFrame,
    clusters: Integers | None,
    strata: Integers | None,
    names: tuple[str, ...],
    fpc: str | None,
    factor_rows: Floats,
) -> tuple[Stage, Floats]:
    """One stage, and the sampled share of all stages up to it for each row."""
    rows = len(frame)
    one_stratum = strata is None
    row_strata = np.zeros(rows, dtype=np.intp) if strata is None else strata
    number = int(row_strata.max()) + 1
    if clusters is None:
        cluster_stratum = row_strata
    else:
        cluster_stratum = np.zeros(int(clusters.max()) + 1, dtype=np.intp)
        cluster_stratum[clusters] = row_strata
    sampled = np.bincount(cluster_stratum, minlength=number).astype(float)
    first_row = np.zeros(number, dtype=np.intp)
    first_row[row_strata[::-1]] = np.arange(rows)[::-1]
    factor = factor_rows[first_row]
    population = None
    if fpc is not None:
        population = _populations(frame, fpc, row_strata, sampled, first_row, names)
        factor_rows = factor_rows * (sampled / population)[row_strata]
    stage = Stage(clusters, cluster_stratum, None if one_stratum else strata, sampled, population, factor, names)
    return stage, factor_rows


def _populations(
    frame: pd.DataFrame, name: str, strata: Integers, sampled: Floats, first_row: Integers, names: tuple[str, ...]
) -> Floats:
    values = _numbers(frame, name)
    if (values <= 0).any() or not np.isfinite(values).all():
        raise InputError(
            Problem("Population sizes must be above zero.", f"column '{name}'", "Give counts, or fractions up to 1.")
        )
    if (values > 1).any() and (values < 1).any():
        raise InputError(
            Problem("Counts and fractions are mixed.", f"column '{name}'", "Give counts in every row, or fractions.")
        )
    per_stratum = values[first_row]
    changing = np.unique(strata[~np.isclose(values, per_stratum[strata], rtol=1e-12, atol=0)])
    if len(changing):
        raise InputError(
            Problem(
                f"The population size differs within stratum {_stratum_name(names, int(changing[0]))}.",
                f"column '{name}'",
                "Give one size for each stratum or parent cluster.",
            )
        )
    population = per_stratum if (values > 1).any() else sampled / per_stratum
    # A fraction such as 2/3 gives back its count with a rounding error of a few units in the last place.
    short = np.flatnonzero(population < sampled * (1 - 1e-12))
    if len(short):
        at = int(short[0])
        raise InputError(
            Problem(
                f"Stratum {_stratum_name(names, at)} has {sampled[at]:g} clusters in the sample and "
                f"{population[at]:g} in the population.",
                f"column '{name}'",
                "A population cannot be smaller than its sample: fpc counts clusters of this stage.",
            )
        )
    return np.maximum(population, sampled)


def _stratum_name(names: tuple[str, ...], code: int) -> str:
    return names[code] if names else "(the whole sample)"


def _refuse_single_units(stages: tuple[Stage, ...]) -> None:
    problems = []
    for index, stage in enumerate(stages):
        if index and stage.population is None:
            break  # without population sizes a variance uses the first stage only
        for at in np.flatnonzero((stage.sampled == 1) & (stage.not_sampled > 0)):
            name = _stratum_name(stage.stratum_names, int(at))
            problems.append(
                Problem(
                    f"Stratum {name} has one cluster.",
                    f"stage {index + 1}",
                    "A variance needs two. Merge it with a like stratum, or choose single_unit="
                    "'adjust', 'average', 'certainty' or 'remove'.",
                )
            )
    if problems:
        raise InputError(problems[:20])
