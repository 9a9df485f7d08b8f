"""Means and models of a survey whose answers come from few clusters, such as schools: CR2 instead of the sandwich.

The design-based variance counts on many clusters. CR2 with Satterthwaite's degrees of freedom (``cluster_variance``)
does not: it takes the clusters of the first stage as drawn with replacement and knows no strata, which is cautious.
Weights are taken as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.estimation.cluster_variance import ClusterVariance, cluster_variance

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers, Mask
    from stagekansen_lib.estimation.groups import Groups
    from stagekansen_lib.estimation.summaries import Degrees
    from stagekansen_lib.estimation.sums import Estimated
    from stagekansen_lib.surveys.designs import Design
    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["VARIANCES", "check_variance", "cluster_codes", "clusters_by_group", "corrected", "variance_of_means"]

VARIANCES = ("design", "cr2")


def check_variance(variance: str, design: Design) -> None:
    """Stop at a variance that does not exist, and at CR2 of a survey that has no clusters to take it from."""
    if variance not in VARIANCES:
        raise InputError(Problem(f"variance is {variance!r}.", do=did_you_mean(variance, VARIANCES)))
    if variance == "cr2" and cluster_codes(design) is None:
        what = "replicate weights" if design.replicates is not None else "no clusters"
        raise InputError(
            Problem(
                f"variance='cr2' corrects for few clusters, and this survey has {what}.",
                do="Leave out variance=, or name the clusters where the survey is made (clusters=).",
            )
        )


def cluster_codes(design: Design) -> Integers | None:
    """The cluster of each row of the domain; None where there are none, or where replicates stand for them."""
    if design.replicates is not None or not design.stages or design.stages[0].clusters is None:
        return None
    codes = design.stages[0].clusters
    return codes if design.domain is None else codes[design.domain]


def clusters_by_group(clusters: Integers, groups: Integers, number: int) -> Integers:
    """The number of clusters with a row in each group; rows with group -1 are in none."""
    return np.array([len(np.unique(clusters[groups == at])) for at in range(number)], dtype=np.intp)


def variance_of_means(design: Design, values: Floats, groups: Integers, number: int) -> ClusterVariance:
    """CR2 of the weighted means of groups (0 and on; -1 is left out), as coefficients of a model with a column each."""
    clusters = _clusters(design)
    inside = (groups >= 0) & (design.row_weights > 0)
    own, w, y = groups[inside], design.row_weights[inside], values[inside]
    means = np.bincount(own, w * y, minlength=number) / np.bincount(own, w, minlength=number)
    x = np.eye(number)[own]
    return cluster_variance(x, w / w.mean(), y - means[own], clusters[inside])


def corrected(
    survey: Survey, result: Estimated, values: Floats, groups: Groups, variance: str, df: Degrees
) -> list[float] | None:
    """Give means (or the shares of one answer, as 0 and 1) their CR2 covariance when asked; the degrees of each group.

    A group of one cluster has no degrees of freedom.
    """
    design = survey.design
    check_variance(variance, design)
    if variance == "design":
        return None
    if df is not None:
        raise InputError(Problem("variance='cr2' has degrees of freedom of its own.", do="Leave out df=."))
    found = variance_of_means(design, values, groups.codes, groups.number)
    result.covariance = found.covariance
    numbers = clusters_by_group(_clusters(design), _weighed(design, groups.codes), groups.number)
    units = np.eye(groups.number)
    return [found.df(units[at]) if number > 1 else np.nan for at, number in enumerate(numbers.tolist())]


def _clusters(design: Design) -> Integers:
    clusters = cluster_codes(design)
    if clusters is None:
        raise ValueError("CR2 needs clusters")
    return clusters


def _weighed(design: Design, codes: Integers) -> Integers:
    weighed: Mask = design.row_weights > 0
    return np.where(weighed, codes, -1)
