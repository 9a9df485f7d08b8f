"""Variances: by linearisation over strata, clusters and stages, or from replicate weights.

Sources: Särndal, Swensson and Wretman (1992), doi:10.1007/978-1-4612-4378-6; Rao and Wu (1988),
doi:10.1080/01621459.1988.10478591; Lumley (2004), doi:10.18637/jss.v009.i08. Agrees with R's survey package 4.1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.arrays import row_blocks
from stagekansen_lib.surveys.calibrations import RegressionCalibration, StackedCalibrations
from stagekansen_lib.surveys.designs import Design, Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Floats, Integers


__all__ = [
    "MOST_CELLS",
    "GroupSums",
    "average_by_group",
    "class_covariance",
    "linearised_covariance",
    "spread_out",
    "stage_scale",
]


# Sums over clusters and classes up to this many numbers (80 MB) are made in one table.
_BIGGEST_TABLE = 10_000_000

# Up to this number of groups sums are products with masks.
_FEW_MASKS = 4

# Combinations of classes and calibration cells up to this many are counted in one table.
MOST_CELLS = 2_000_000


def linearised_covariance(design: Design, influence: Floats) -> Floats:
    """Covariance matrix of statistics, from the influence of each row on them.

    Parameters
    ----------
    design : the design; its domain says which rows of the sample ``influence`` describes.
    influence : one row a row of the domain, one column a statistic; the weight is multiplied in. A statistic is
        about its influence summed over the sample.
    """
    influence = np.asarray(influence, dtype=float)
    if influence.ndim == 1:
        influence = influence[:, None]
    positions = design.domain
    if design.calibrations:
        influence = _whole(influence, positions, design.size)
        positions = None
        for calibration in design.calibrations:
            influence = calibration.residuals(influence)
    result = np.zeros((influence.shape[1], influence.shape[1]))
    for index, stage in enumerate(design.stages):
        if index and stage.population is None:
            break  # sampling with replacement: the first stage holds all the variance
        result += _stage_covariance(stage, influence, positions, design.single_unit, _strata_present(design, stage))
    return result


def class_covariance(design: Design, classes: Integers, per_weight: Floats, amounts: Floats | None = None) -> Floats:
    """Covariance of statistics to which all rows of a class give the same, times their weight.

    Parameters
    ----------
    design : the design, without replicate weights.
    classes : class of each row of the domain; -1 for rows that give nothing.
    per_weight : one row a class, one column a statistic.
    amounts : what each row gives instead of its weight.

    The same as ``linearised_covariance``, on sums over classes instead of on rows where the design allows it.
    """
    number = len(per_weight)
    stage = design.stages[0]
    given = design.row_weights if amounts is None else amounts
    one_stage = len(design.stages) == 1 or stage.population is None
    simple = one_stage and not design.calibrations
    if simple and stage.clusters is None:
        return _element_covariance(design, classes, [(given, per_weight)])
    if simple and len(stage.cluster_stratum) * number <= _BIGGEST_TABLE:
        return _clustered_covariance(design, classes, per_weight, given)
    if one_stage and len(design.calibrations) == 1:
        found = _calibrated_covariance(design, classes, per_weight, given)
        if found is not None:
            return found
    padded = np.vstack([per_weight, np.zeros((1, per_weight.shape[1]))])
    return linearised_covariance(design, padded[classes] * given[:, None])


def _clustered_covariance(design: Design, classes: Integers, per_weight: Floats, given: Floats) -> Floats:
    """The covariance from what the rows of each class give in each cluster."""
    stage, number = design.stages[0], len(per_weight)
    codes = np.zeros(0, dtype=np.intp) if stage.clusters is None else stage.clusters
    codes = codes if design.domain is None else codes[design.domain]
    inside = classes >= 0
    flat = codes[inside] * number + classes[inside]
    size = len(stage.cluster_stratum)
    sums = np.bincount(flat, given[inside], minlength=size * number).reshape(size, number)
    by_cluster = replace(stage, clusters=None, strata=None if stage.strata is None else stage.cluster_stratum)
    present = _strata_present(design, stage)
    return _stage_covariance(by_cluster, sums @ per_weight, None, design.single_unit, present)


def _calibrated_covariance(design: Design, classes: Integers, per_weight: Floats, given: Floats) -> Floats | None:
    """The covariance of residuals from calibration cells, by class within cell; None when that needs the rows."""
    calibration = design.calibrations[0]
    if isinstance(calibration, RegressionCalibration | StackedCalibrations):
        return None
    cells, after, counts = calibration.cells, calibration.after, calibration.row_counts
    number, width = len(per_weight) + 1, int(cells.max()) + 1
    if number * width > MOST_CELLS:
        return None
    if design.domain is not None:
        classes = spread_out(classes, design.domain, np.full(design.size, -1, dtype=np.intp))
        given = spread_out(given, design.domain, np.zeros(design.size))
    flat = cells * number + np.where(classes < 0, number - 1, classes)
    padded = np.vstack([per_weight, np.zeros((1, per_weight.shape[1]))])
    rows = np.bincount(flat, minlength=width * number)
    occupied = np.flatnonzero(rows)
    cell, own = np.divmod(occupied, number)
    relative = given is after or np.array_equal(given, after)
    amount: Floats | None = counts
    if not relative:
        ratio = np.divide(given, after, out=np.zeros_like(after), where=after != 0)
        amount = ratio if counts is None else ratio * counts
    each = np.bincount(flat, amount, minlength=width * number)
    weighed = padded[own] * each[occupied][:, None]
    sums = np.column_stack([np.bincount(cell, column, minlength=width) for column in weighed.T]).astype(float)
    whole = np.bincount(cells, counts, minlength=width).astype(float)
    fitted = calibration.fitted(sums, whole)[cell]
    codes = (np.cumsum(rows > 0) - 1)[flat]
    plain = replace(design, calibrations=(), domain=None)
    if relative:
        # What a row gives and what is taken out both count times its weight: one value a class within a cell.
        return class_covariance(plain, codes, padded[own] - fitted, after)
    if plain.stages[0].clusters is not None:
        return None
    return _element_covariance(plain, codes, [(given, padded[own]), (after, -fitted)])


def spread_out(values: Any, positions: Integers, whole: Any) -> Any:
    whole[positions] = values
    return whole


class GroupSums:
    """Sums of amounts over the rows of each group. With few groups a product with their masks beats counting."""

    def __init__(self, codes: Integers, number: int) -> None:
        self.codes, self.number = codes, number
        few = 1 < number <= _FEW_MASKS
        self.masks = np.vstack([codes == at for at in range(number)]).astype(float) if few else np.empty((0, 0))

    def __call__(self, amounts: Floats) -> Floats:
        if self.number == 1:
            return np.array([amounts.sum()])
        if len(self.masks):
            # Not @: that calls all processors together for next to nothing, and waits long where another is busy.
            return np.asarray(np.einsum("ij,j->i", self.masks, amounts))
        return np.asarray(np.bincount(self.codes, amounts, minlength=self.number), dtype=float)

    def counts(self) -> Integers:
        """The number of rows of each group."""
        if self.number == 1:
            return np.array([len(self.codes)])
        if len(self.masks):
            return np.asarray(self.masks.sum(axis=1), dtype=np.intp)
        return np.asarray(np.bincount(self.codes, minlength=self.number), dtype=np.intp)


def _code_sums(codes: Integers, number: int, amounts: Floats, others: list[Floats]) -> list[Floats]:
    """Sums over codes of an amount, and of its product with each of some other amounts."""
    result = [np.zeros(number) for _ in range(len(others) + 1)]
    for rows in row_blocks(len(codes), number):
        summed, here = GroupSums(codes[rows], number), amounts[rows]
        result[0] += summed(here)
        for total, other in zip(result[1:], others, strict=True):
            total += summed(here * other[rows])
    return result


def _element_covariance(design: Design, classes: Integers, parts: list[tuple[Floats, Floats]]) -> Floats:
    """Each row a cluster of its own: sums and sums of products of each class in each stratum are enough.

    A row gives the sum over ``parts`` of its amount times the values of its class.
    """
    stage, number = design.stages[0], len(parts[0][1])
    codes, amounts = _classes_in_strata(design, classes, number, [given for given, _ in parts])
    size = len(stage.sampled) * number
    single = stage.sampled == 1
    scale = stage_scale(stage, design.single_unit, _strata_present(design, stage))
    width = parts[0][1].shape[1]
    means, spread = np.zeros((len(stage.sampled), width)), np.zeros((width, width))
    size_of = np.zeros(width)
    for at, (first, (_, values)) in enumerate(zip(amounts, parts, strict=True)):
        later = list(range(at, len(parts)))
        sums, *crossed = _code_sums(codes, size, first, [amounts[other] for other in later])
        means += sums.reshape(-1, number) @ values
        for other, found in zip(later, crossed, strict=True):
            others = parts[other][1]
            products = scale @ found.reshape(-1, number)
            block = (values * products[:, None]).T @ others
            spread += block if other == at else block + block.T
            size_of += np.abs(np.diag(block))
    means /= stage.sampled[:, None]
    correction = np.where(single & (design.single_unit == "adjust"), 0.0, stage.sampled) * scale
    result = np.asarray(spread - (means * correction[:, None]).T @ means)
    # Where all rows of each stratum give the same, rounding must not pass for variance.
    none = np.diag(result) <= 1e-13 * size_of
    result[none, :] = 0.0
    result[:, none] = 0.0
    return result


def _classes_in_strata(
    design: Design, classes: Integers, number: int, amounts: list[Floats]
) -> tuple[Integers, list[Floats]]:
    """The class within its stratum of each row that gives something, and what these rows give."""
    inside = classes >= 0
    everyone = bool(inside.all())
    if not everyone:
        classes, amounts = classes[inside], [given[inside] for given in amounts]
    strata = design.stages[0].strata
    if strata is None:
        return classes, amounts
    strata = strata if design.domain is None else strata[design.domain]
    return (strata if everyone else strata[inside]) * number + classes, amounts


def _whole(influence: Floats, positions: NDArray[np.intp] | None, size: int) -> Floats:
    if positions is None:
        return influence
    whole = np.zeros((size, influence.shape[1]))
    whole[positions] = influence
    return whole


def _stage_covariance(
    stage: Stage,
    influence: Floats,
    positions: NDArray[np.intp] | None,
    rule: str,
    in_domain: NDArray[np.bool_] | None,
) -> Floats:
    """What one stage adds: within each stratum the spread of the totals of its clusters."""
    totals, strata = _cluster_totals(stage, influence, positions)
    sampled = stage.sampled
    single = sampled == 1
    scale = stage_scale(stage, rule, in_domain)
    if strata is None:
        about_zero = bool(single[0]) and rule == "adjust"
        return np.asarray(scale[0] * _spread(totals, sampled[0], about_zero=about_zero))
    sums = np.column_stack([np.bincount(strata, column, minlength=len(sampled)) for column in totals.T])
    present = np.bincount(strata, minlength=len(sampled))
    means = sums / sampled[:, None]
    if rule == "adjust":
        means[single] = 0.0
    centred = totals - means[strata]
    spread = (centred * scale[strata][:, None]).T @ centred
    # Clusters without a row in the domain have a total of zero.
    absent = (scale * (sampled - present))[:, None]
    return np.asarray(spread + (means * absent).T @ means)


def _cluster_totals(
    stage: Stage, influence: Floats, positions: NDArray[np.intp] | None
) -> tuple[Floats, Integers | None]:
    """What each cluster gives in all, and its stratum (None: there is one). Without clusters each row is one."""
    if stage.clusters is None:
        return influence, stage.strata if positions is None or stage.strata is None else stage.strata[positions]
    codes = stage.clusters if positions is None else stage.clusters[positions]
    number = len(stage.cluster_stratum)
    totals = [np.bincount(codes, column, minlength=number) for column in influence.T]
    strata = None if stage.strata is None else stage.cluster_stratum
    return np.asarray(np.column_stack(totals), dtype=float), strata


def _spread(totals: Floats, sampled: float, *, about_zero: bool) -> Floats:
    """Squared deviations of the totals of clusters from their mean; clusters without a row count as zero."""
    means = totals.sum(axis=0) / sampled
    if about_zero:
        means = np.zeros_like(means)
    spread = (sampled - len(totals)) * np.outer(means, means)
    for rows in row_blocks(len(totals)):
        centred = totals[rows] - means
        spread += centred.T @ centred
    return np.asarray(spread)


def stage_scale(stage: Stage, rule: str, present: NDArray[np.bool_] | None = None) -> Floats:
    """What the squared deviations of clusters count for, in each stratum.

    By the rule "average" strata with one cluster get the mean variance of the others, by blowing up the others; in a
    domain only strata that are ``present`` in it count, as in R.
    """
    sampled = stage.sampled
    single = sampled == 1
    scale = stage.factor * stage.not_sampled * np.where(single, 1.0, sampled / np.maximum(sampled - 1, 1))
    alone = single & (stage.not_sampled > 0)
    if rule == "average" and alone.any():
        return np.where(alone, 0.0, scale * _average_factor(alone, np.ones_like(alone) if present is None else present))
    return np.asarray(scale)


def _average_factor(alone: NDArray[np.bool_], present: NDArray[np.bool_]) -> float:
    return float(present.sum() / max((present & ~alone).sum(), 1))


def _strata_present(design: Design, stage: Stage) -> NDArray[np.bool_] | None:
    """Strata with a row in the domain; None for all. R keeps all rows of a calibrated survey in a subset."""
    if design.single_unit != "average" or design.domain is None or design.calibrations or stage.strata is None:
        return None
    return np.asarray(np.bincount(stage.strata[design.domain], minlength=len(stage.sampled)) > 0)


def average_by_group(design: Design, codes: Integers, number: int, covariance: Floats) -> Floats:
    """The covariance of estimates of groups when each group averages over its own strata (rule "average")."""
    stage = design.stages[0] if design.stages else None
    plain = design.replicates is None and not design.calibrations
    if design.single_unit != "average" or number < 2 or not plain or stage is None or stage.strata is None:
        return covariance
    alone = (stage.sampled == 1) & (stage.not_sampled > 0)
    strata = stage.strata if design.domain is None else stage.strata[design.domain]
    whole = _strata_present(design, stage)
    all_of_it = _average_factor(alone, np.ones_like(alone) if whole is None else whole)
    factors = np.array(
        [
            _average_factor(alone, np.bincount(strata[codes == at], minlength=len(alone)) > 0) / all_of_it
            for at in range(number)
        ]
    )
    each = np.sqrt(np.repeat(factors, len(covariance) // number))
    return covariance * np.outer(each, each)
