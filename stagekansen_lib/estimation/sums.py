"""Weighted sums of groups, and the estimates and covariances that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.arrays import row_blocks
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.groups import Groups
from stagekansen_lib.estimation.replicates import replicate_covariance, replicate_estimates, replicate_sums
from stagekansen_lib.estimation.variance import (
    GroupSums,
    average_by_group,
    class_covariance,
    linearised_covariance,
    spread_out,
)
from stagekansen_lib.surveys.designs import Design
from stagekansen_lib.surveys.encoding import few_levels

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers


__all__ = ["Estimated", "cell_shares", "cell_totals", "ratio_estimates"]


@dataclass(eq=False)
class Estimated:
    """Estimates of all groups with their covariance; ``k`` columns a group, group by group."""

    values: Floats
    covariance: Floats
    srs: Floats
    n: Integers
    kish: Floats
    largest: Floats
    two_largest: Floats
    per_group: int
    # The part of the population that the sample leaves out, with which srs was multiplied.
    left_out: Floats
    replicated: Floats | None = None

    def repeated(self, number: int) -> Estimated:
        """Each row ``number`` times, for a table with several rows a group."""
        at = np.repeat(np.arange(len(self.values)), number)
        return Estimated(
            self.values[at], self.covariance[np.ix_(at, at)], self.srs[at], self.n[at], self.kish[at],
            self.largest[at], self.two_largest[at], number, self.left_out[at],
        )  # fmt: skip


def ratio_estimates(
    design: Design, above: Floats, below: Floats | None, groups: Groups, *, total: bool = False
) -> Estimated:
    """Weighted ratios of column totals (means when ``below`` is None, totals on request) for each group."""
    weights = design.row_weights
    k, number = above.shape[1], groups.number
    if k == 1 and design.replicates is None:
        return _one_column_estimates(design, above[:, 0], None if below is None else below[:, 0], groups, total=total)
    values = np.empty(number * k)
    influence = np.zeros((len(weights), number * k))
    srs, largest, two = np.empty(number * k), np.empty(number * k), np.empty(number * k)
    n, kish, left_out = np.empty(number * k, dtype=np.intp), np.empty(number * k), np.empty(number * k)
    for at in range(number):
        rows, here = groups.rows(at), slice(at * k, (at + 1) * k)
        w, a = weights[rows], above[rows]
        b = np.ones((len(a), 1)) if below is None else below[rows]
        bottom = _denominator(w @ b, groups.label(at))
        top = w @ a
        values[here] = top if total else top / bottom
        influence[rows, here] = w[:, None] * (a if total else (a - values[here] * b) / bottom)
        n[here], kish[here] = len(a), w.sum() ** 2 / (w**2).sum()
        left_out[here] = _left_out(len(a), w.sum())
        srs[here] = _simple_variance(w, a, None if below is None else (b, values[here]), total=total)
        largest[here], two[here] = _dominance(w, a)
    replicated = None
    if design.replicates is None:
        covariance = linearised_covariance(design, influence)
    else:
        replicated = _replicated_means(design, above, below, groups, total=total)
        covariance = replicate_covariance(design, replicated, values)
    covariance = average_by_group(design, groups.codes, number, covariance)
    return Estimated(values, covariance, srs, n, kish, largest, two, k, left_out, replicated)


def _denominator(totals: Floats, group: str) -> Floats:
    if (totals == 0).any():
        raise InputError(Problem("A weighted total in the denominator is zero.", group))
    return totals


def _one_column_estimates(design: Design, a: Floats, b: Floats | None, groups: Groups, *, total: bool) -> Estimated:
    """The same for one column without replicates: a row gives to its own group only, so sums by group are enough.

    In blocks of rows that stay in the cache of the processor, which is most of the speed with a million of them.
    """
    w, codes = design.row_weights, groups.codes
    rows = np.flatnonzero(codes >= 0) if len(codes) and int(codes.min()) < 0 else None
    if rows is not None:
        w, codes, a, b = w[rows], codes[rows], a[rows], None if b is None else b[rows]
    sums = _sum_by_group(w, a, b, codes, groups)
    values = sums.top if total else sums.top / sums.bottom
    amounts, spread, contributions = _contribute(w, a, b, codes, sums, values, total=total)
    if rows is not None:
        amounts = spread_out(amounts, rows, np.zeros(len(groups.codes)))
    covariance = average_by_group(
        design, groups.codes, groups.number, class_covariance(design, groups.codes, np.eye(groups.number), amounts)
    )
    srs = sums.simple_variance(spread, total=total, ratio=b is not None)
    kish, left_out = sums.weight**2 / sums.squares, _left_out(sums.n, sums.weight)
    return Estimated(values, covariance, srs, sums.n, kish, *contributions.shares(), 1, left_out)


@dataclass(frozen=True, eq=False)
class _Sums:
    """Of each group the rows, the weights and their squares, and the weighted totals above and below."""

    n: Integers
    weight: Floats
    squares: Floats
    top: Floats
    bottom: Floats

    def simple_variance(self, spread: Floats, *, total: bool, ratio: bool) -> Floats:
        """The variance in a simple sample of as many rows, from weighted squares."""
        with np.errstate(divide="ignore", invalid="ignore"):
            correction = _left_out(self.n, self.weight) / np.where(self.n > 1, self.n - 1, np.nan)
        found = spread / self.weight * correction
        if total:
            return np.asarray(found * self.weight**2)
        return np.asarray(found / (self.bottom / self.weight) ** 2 if ratio else found)


def _sum_by_group(w: Floats, a: Floats, b: Floats | None, codes: Integers, groups: Groups) -> _Sums:
    number = groups.number
    n = np.zeros(number, dtype=np.intp)
    weight, squares, top, bottom = (np.zeros(number) for _ in range(4))
    for at in row_blocks(len(w)):
        summed, part = GroupSums(codes[at], number), w[at]
        n += summed.counts()
        weight += summed(part)
        squares += summed(part * part)
        top += summed(part * a[at])
        if b is not None:
            bottom += summed(part * b[at])
    bottom = weight if b is None else bottom
    if not bottom.all():
        raise InputError(
            Problem("A weighted total in the denominator is zero.", groups.label(int(np.flatnonzero(bottom == 0)[0])))
        )
    return _Sums(n, weight, squares, top, bottom)


def _contribute(
    w: Floats, a: Floats, b: Floats | None, codes: Integers, sums: _Sums, values: Floats, *, total: bool
) -> tuple[Floats, Floats, _Contributions]:
    """What each row gives to the estimate of its group, weighted squares by group, and the largest contributions."""
    number = len(values)
    middle, inverse = sums.top / sums.weight if b is None else values, 1 / sums.bottom

    def of_own_group(of_group: Floats, own: Integers) -> Any:
        return of_group[0] if number == 1 else of_group[own]

    amounts, spread, contributions = np.empty(len(w)), np.zeros(number), _Contributions(number)
    for at in row_blocks(len(w)):
        own, part, answers = codes[at], w[at], a[at]
        weighed = part * answers
        expected = of_own_group(middle, own)
        centred = answers - (expected if b is None else expected * b[at])
        pulled = part * centred
        amounts[at] = weighed if total else pulled * of_own_group(inverse, own)
        summed = GroupSums(own, number)
        spread += summed(pulled * centred)
        contributions.add(np.abs(weighed), own, summed)
    return amounts, spread, contributions


class _Contributions:
    """The largest and the second largest contribution of each group, and the sum of all, block by block."""

    def __init__(self, number: int) -> None:
        self.whole, self.largest, self.second = np.zeros(number), np.zeros(number), np.zeros(number)

    def add(self, size: Floats, codes: Integers, summed: GroupSums) -> None:
        number = len(self.whole)
        self.whole += summed(size)
        if number > 8:
            # With many groups one sort is less work than a look at every row for every group.
            order = np.lexsort((size, codes))
            here, counts = np.unique(codes[order], return_counts=True)
            last = np.cumsum(counts) - 1
            first = size[order][last]
            second = np.where(counts > 1, size[order][np.maximum(last - 1, 0)], 0.0)
        else:
            here, first, second = np.arange(number), np.zeros(number), np.zeros(number)
            for at in range(number):
                own = size if number == 1 else size * (summed.masks[at] if len(summed.masks) else codes == at)
                place = int(own.argmax())
                first[at] = own[place]
                second[at] = max(own[:place].max(initial=0.0), own[place + 1 :].max(initial=0.0))
        self.second[here] = np.maximum(np.maximum(self.second[here], second), np.minimum(self.largest[here], first))
        self.largest[here] = np.maximum(self.largest[here], first)

    def shares(self) -> tuple[Floats, Floats]:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.largest / self.whole, (self.largest + self.second) / self.whole


def _replicated_means(design: Design, above: Floats, below: Floats | None, groups: Groups, *, total: bool) -> Floats:
    """Means (or totals, ratios) of each replicate: from sums over different answers when there are few."""
    used = groups.codes >= 0
    answers = few_levels(above[used, 0]) if above.shape[1] == 1 and below is None else None
    if answers is None:
        return replicate_estimates(design, _ratio_of(above, below, groups, total=total))
    codes, levels = answers
    classes = np.full(len(used), -1, dtype=np.intp)
    classes[used] = groups.codes[used] * len(levels) + codes
    sums = replicate_sums(design, classes, groups.number * len(levels)).reshape(-1, groups.number, len(levels))
    if total:
        return np.asarray(sums @ levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums @ levels / sums.sum(axis=2))


def _ratio_of(above: Floats, below: Floats | None, groups: Groups, *, total: bool) -> Any:
    def statistic(weights: Floats) -> Floats:
        parts = []
        for at in range(groups.number):
            rows = groups.rows(at)
            w = weights[rows].T
            top = w @ above[rows]
            if total:
                parts.append(top)
                continue
            bottom = w.sum(axis=1, keepdims=True) if below is None else w @ below[rows]
            with np.errstate(divide="ignore", invalid="ignore"):
                parts.append(top / bottom)
        return np.hstack(parts)

    return statistic


def _left_out(n: Any, weight: Any) -> Any:
    """The part of a population of this size that a sample of n leaves out; 1 where weights add up to no more than n."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > n, (weight - n) / weight, 1.0)


def _simple_variance(w: Floats, a: Floats, divided: tuple[Floats, Floats] | None, *, total: bool) -> Floats:
    """Variance of the same statistic in a simple random sample of the same size."""
    n, weight = len(w), w.sum()
    if n < 2:
        return np.full(a.shape[1], np.nan)
    centred = a - (w @ a) / weight if divided is None else a - divided[1] * divided[0]
    spread = (w @ centred**2) / weight * n / (n - 1)
    result = spread * _left_out(n, weight) / n
    if total:
        return np.asarray(result * weight**2)
    return np.asarray(result if divided is None else result / ((w @ divided[0]) / weight) ** 2)


def _dominance(w: Floats, a: Floats) -> tuple[Floats, Floats]:
    """Shares of the largest and of the two largest contributions to the weighted total, in absolute size."""
    size = np.abs(w[:, None] * a)
    whole = size.sum(axis=0)
    largest, second = size.max(axis=0), np.zeros(size.shape[1])
    if len(size) > 1:
        size[size.argmax(axis=0), np.arange(size.shape[1])] = -1.0
        second = size.max(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return largest / whole, (largest + second) / whole


def cell_shares(
    design: Design, codes: Integers, number: int, groups: Groups, kept: Integers | None = None
) -> tuple[Estimated, Floats]:
    """Weighted shares of ``number`` codes in each group, with unweighted counts; of the ``kept`` codes only."""
    weights, size = design.row_weights, groups.number * number
    classes = np.empty(len(weights), dtype=np.intp)
    added = np.zeros((3, size + 1))
    for rows in row_blocks(len(weights), size):
        here = np.where(groups.codes[rows] >= 0, groups.codes[rows] * number + codes[rows], -1)
        classes[rows] = here
        # Rows in no group fall in the first place.
        here, w = here + 1, weights[rows]
        added += [np.bincount(here, amounts, minlength=size + 1) for amounts in (None, w, w * w)]
    counts, sums, squared = added[:, 1:].reshape(3, -1, number)
    squares = squared.sum(axis=1)
    kept = np.arange(number) if kept is None else kept
    n, whole = counts.sum(axis=1), sums.sum(axis=1)
    shares = (sums / whole[:, None])[:, kept]
    k = len(kept)
    left_out = _left_out(n, whole)
    srs = shares * (1 - shares) * (left_out / np.where(n > 1, n - 1, np.nan))[:, None]
    replicated = None
    if design.replicates is None:
        per_weight = np.zeros((size, groups.number * k))
        for at in range(groups.number):
            block = (np.arange(number)[:, None] == kept) - shares[at]
            per_weight[at * number : (at + 1) * number, at * k : (at + 1) * k] = block / whole[at]
        covariance = class_covariance(design, classes, per_weight)
    else:
        found = replicate_sums(design, classes, size).reshape(-1, groups.number, number)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = found[:, :, kept] / found.sum(axis=2, keepdims=True)
        replicated = np.asarray(found.reshape(len(found), -1))
        covariance = replicate_covariance(design, replicated, shares.ravel())
    empty = np.full(shares.size, np.nan)
    result = Estimated(
        shares.ravel(),
        average_by_group(design, groups.codes, groups.number, covariance),
        srs.ravel(),
        np.repeat(n, k).astype(np.intp),
        np.repeat(whole**2 / squares, k),
        empty,
        empty,
        k,
        np.repeat(left_out, k),
        replicated,
    )
    return result, counts[:, kept].ravel()


def cell_totals(design: Design, cells: Integers, number: int) -> tuple[Floats, Floats]:
    """Weighted totals of cells with their covariance; rows with cell -1 are in none."""
    inside = cells >= 0
    totals: Floats = np.asarray(np.bincount(cells[inside], design.row_weights[inside], minlength=number), dtype=float)
    if design.replicates is None:
        return totals, class_covariance(design, cells, np.eye(number))
    return totals, replicate_covariance(design, replicate_sums(design, cells, number), totals)
