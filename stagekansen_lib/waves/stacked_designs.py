"""The designs of several waves under one another, as the design of one sample."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.calibrations import StackedCalibrations, StackedFactors
from stagekansen_lib.surveys.designs import Design, Stage
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers

__all__ = ["stacked_design"]

# A population so large that sampling from it counts as with replacement.
_ENDLESS = 1e15


def stacked_design(waves: Mapping[Any, Survey], panel: str | None) -> Design:
    """The design of all waves together: strata within each wave, or units that come back as clusters over all."""
    designs = [survey.design for survey in waves.values()]
    _refuse(designs, panel)
    starts = np.cumsum([0, *(design.size for design in designs)])
    rows = [slice(int(first), int(last)) for first, last in itertools.pairwise(starts)]
    stages = _panel_stages(waves, panel) if panel else _own_stages(list(waves), designs)
    domain = None
    if any(design.domain is not None for design in designs):
        domain = np.concatenate(
            [
                start + (np.arange(design.size) if design.domain is None else design.domain)
                for start, design in zip(starts[:-1], designs, strict=True)
            ]
        ).astype(np.intp)
    bases = [design.weights if design.base_weights is None else design.base_weights for design in designs]
    weighed = any(design.steps for design in designs)
    return Design(
        np.concatenate([design.weights for design in designs]),
        stages,
        designs[0].single_unit,
        _calibrations(designs, rows),
        domain=domain,
        steps=(StackedFactors(tuple((at, design.steps) for at, design in zip(rows, designs, strict=True))),)
        if weighed
        else (),
        base_weights=np.concatenate(bases) if weighed else None,
    )


def _refuse(designs: Sequence[Design], panel: str | None) -> None:
    problems = []
    if any(design.replicates is not None for design in designs):
        problems.append(
            Problem("A wave has replicate weights.", do="Stack the waves without them, then use replicate().")
        )
    elif len({len(design.stages) for design in designs}) > 1:
        problems.append(
            Problem("The waves were drawn in other numbers of stages.", do="Describe each by its first stage.")
        )
    if len({design.single_unit for design in designs}) > 1:
        problems.append(Problem("The waves have other rules for a stratum with one cluster.", do="Give all the same."))
    if panel and any(design.domain is not None for design in designs):
        problems.append(Problem("A wave is a subset of a survey.", do="Stack whole waves, then take the subset."))
    if problems:
        raise InputError(problems)


def _calibrations(designs: Sequence[Design], rows: Sequence[slice]) -> tuple[StackedCalibrations, ...]:
    """The first calibration of each wave, then the second, and so on."""
    size = sum(design.size for design in designs)
    most = max(len(design.calibrations) for design in designs)
    return tuple(
        StackedCalibrations(
            size,
            tuple(
                (at, design.calibrations[turn])
                for at, design in zip(rows, designs, strict=True)
                if len(design.calibrations) > turn
            ),
        )
        for turn in range(most)
    )


def _own_stages(names: Sequence[Any], designs: Sequence[Design]) -> tuple[Stage, ...]:
    number = len(designs[0].stages)
    return tuple(
        _one_stage(names, [design.stages[at] for design in designs], [design.size for design in designs])
        for at in range(number)
    )


def _one_stage(names: Sequence[Any], stages: Sequence[Stage], sizes: Sequence[int]) -> Stage:
    clustered = any(stage.clusters is not None for stage in stages)
    strata: list[Integers] = []
    clusters: list[Integers] = []
    of_cluster: list[Integers] = []
    labels: list[str] = []
    first_stratum = first_cluster = 0
    for name, stage, size in zip(names, stages, sizes, strict=True):
        own = np.zeros(size, dtype=np.intp) if stage.strata is None else stage.strata
        strata.append(own + first_stratum)
        codes = np.arange(size, dtype=np.intp) if stage.clusters is None else stage.clusters
        clusters.append(codes + first_cluster)
        of_cluster.append(stage.cluster_stratum + first_stratum)
        known = stage.stratum_names or ("",) * len(stage.sampled)
        labels += [f"{name}: {label}" if label else str(name) for label in known]
        first_stratum += len(stage.sampled)
        first_cluster += len(stage.cluster_stratum)
    sampled = np.concatenate([stage.sampled for stage in stages])
    finite = any(stage.population is not None for stage in stages)
    return Stage(
        np.concatenate(clusters) if clustered else None,
        np.concatenate(of_cluster),
        np.concatenate(strata),
        sampled,
        np.concatenate([_population(stage) for stage in stages]) if finite else None,
        np.concatenate([stage.factor for stage in stages]),
        tuple(labels),
    )


def _population(stage: Stage) -> Floats:
    return stage.sampled * _ENDLESS if stage.population is None else stage.population


def _panel_stages(waves: Mapping[Any, Survey], panel: str) -> tuple[Stage, ...]:
    """One stage: the units that come back, in strata that hold over all waves."""
    units: list[Any] = []
    strata: list[str] = []
    problems = []
    for name, survey in waves.items():
        if panel not in survey.rows.columns:
            problems.append(
                Problem(
                    f"There is no column '{panel}' in wave {name}.", do=did_you_mean(panel, list(survey.rows.columns))
                )
            )
            continue
        column = survey.rows[panel]
        if column.isna().any():
            problems.append(Problem(f"'{panel}' is empty in rows of wave {name}.", do="Give every row its unit."))
        units += column.tolist()
        stage = survey.design.stages[0]
        labels = np.array(stage.stratum_names or [str(at) for at in range(len(stage.sampled))], dtype=object)
        strata += [""] * len(column) if stage.strata is None else labels[stage.strata].tolist()
        problems += _refuse_torn(survey, panel, name)
    if problems:
        raise InputError(problems)
    codes, found = pd.factorize(pd.Series(units, dtype=object))
    places, names = pd.factorize(pd.Series(strata, dtype=object))
    of_unit = np.zeros(len(found), dtype=np.intp)
    of_unit[codes] = places
    moved = int((of_unit[codes] != places).sum())
    if moved:
        raise InputError(
            Problem(
                f"Units of '{panel}' change stratum between waves ({moved} rows).",
                do="Make strata of what stays the same, or leave strata out.",
            )
        )
    sampled = np.bincount(of_unit, minlength=len(names)).astype(float)
    if (sampled == 1).any() and next(iter(waves.values())).design.single_unit == "refuse":
        raise InputError(Problem(f"A stratum has one unit of '{panel}'.", do="Merge strata, or leave them out."))
    one = len(names) == 1
    return (
        Stage(
            codes.astype(np.intp), of_unit, None if one else places.astype(np.intp), sampled, None,
            np.ones(len(names)), () if one else tuple(map(str, names)),
        ),
    )  # fmt: skip


def _refuse_torn(survey: Survey, panel: str, name: Any) -> list[Problem]:
    """A cluster of the wave whose rows are in several units would lose what its rows have in common."""
    clusters = survey.design.stages[0].clusters
    if clusters is None:
        return []
    units, _ = pd.factorize(survey.rows[panel])
    if pd.Series(units).groupby(clusters).nunique().max() <= 1:
        return []
    return [
        Problem(
            f"'{panel}' is finer than the clusters of wave {name}: their rows are alike.",
            do="Give the column of the clusters, such as panel='school'.",
        )
    ]
