"""How small a difference a survey can see, and how many students are enough.

Sources: Cohen (1988), doi:10.4324/9780203771587 (shares on the arcsine scale); Kish (1965) for the design effect.
"""

from __future__ import annotations

import math

from stagekansen_lib.errors import InputError, Problem

__all__ = ["detectable", "students_needed"]


def detectable(
    n: float,
    n_other: float | None = None,
    *,
    base: float | None = None,
    sd: float | None = None,
    design_effect: float = 1.0,
    power: float = 0.8,
    alpha: float = 0.05,
    before_and_after: bool = False,
) -> float:
    """The smallest difference between two groups that would be found with the given chance.

    Parameters
    ----------
    n, n_other : answers in each group; the groups are equal when ``n_other`` is left out.
    base : share in the second group, above 0 and below 1; the answer is then the rise in share (0 to 1).
    sd : for a mean: standard deviation of the answers; the answer is then a difference in means.
    design_effect : what the design and the weights do to the variance, 1 or the like.
    power : chance to find it, 0 to 1.
    alpha : two-sided level of the test, 0 to 1.
    before_and_after : True for a difference in differences: both groups measured in two waves.

    Returns
    -------
    float : the difference, in shares or in the unit of the mean.

    Raises
    ------
    InputError : neither or both of ``base`` and ``sd``; a number out of range.

    Notes
    -----
    Shares: the arcsine scale for two groups, the variance at the base for a difference in differences.

    Examples
    --------
    >>> round(detectable(162, base=0.35), 3)
    0.153
    >>> round(detectable(40, 284, base=0.25, design_effect=1.6), 3)
    0.287
    """
    other = n if n_other is None else n_other
    _check(base, sd, [n, other], design_effect, power, alpha)
    reach = _reach(power, alpha) * math.sqrt(design_effect * (1 / n + 1 / other) * (2 if before_and_after else 1))
    if sd is not None:
        return reach * sd
    share = base or 0.0
    if before_and_after:
        return reach * math.sqrt(share * (1 - share))
    angle = math.asin(math.sqrt(share)) + reach / 2
    if angle >= math.pi / 2:
        raise InputError(
            Problem(f"No rise from {share:g} would be found with {n:g} and {other:g} answers.", do="Take more answers.")
        )
    return math.sin(angle) ** 2 - share


def students_needed(
    difference: float,
    *,
    base: float | None = None,
    sd: float | None = None,
    design_effect: float = 1.0,
    power: float = 0.8,
    alpha: float = 0.05,
    before_and_after: bool = False,
) -> int:
    """How many answers each of two equal groups needs, to find a difference with the given chance.

    Parameters
    ----------
    difference : the difference to find, in shares (0 to 1) or in the unit of the mean; not zero.
    base, sd, design_effect, power, alpha, before_and_after : as for ``detectable``.

    Returns
    -------
    int : answers in each group (and wave), rounded up.

    Raises
    ------
    InputError : as ``detectable``; a share outside 0 to 1.

    Examples
    --------
    >>> students_needed(0.05, base=0.25)
    1250
    """
    _check(base, sd, [1.0], design_effect, power, alpha)
    if not difference or not math.isfinite(difference):
        raise InputError(Problem("A difference of zero cannot be found.", do="Give the difference that matters."))
    if sd is not None:
        scaled = difference / sd
    else:
        share = base or 0.0
        if not 0 < share + difference < 1:
            raise InputError(Problem(f"A share of {share + difference:g} is not possible.", do="Give a smaller step."))
        if before_and_after:
            scaled = difference / math.sqrt(share * (1 - share))
        else:
            scaled = 2 * (math.asin(math.sqrt(share + difference)) - math.asin(math.sqrt(share)))
    variances = 4 if before_and_after else 2
    needed = variances * design_effect * (_reach(power, alpha) / scaled) ** 2
    # Rounding up must not add a student for the last digit of a float.
    return math.ceil(needed * (1 - 1e-12))


def _reach(power: float, alpha: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(1 - alpha / 2) + ndtri(power))


def _check(
    base: float | None, sd: float | None, sizes: list[float], design_effect: float, power: float, alpha: float
) -> None:
    problems = []
    if (base is None) == (sd is None):
        problems.append(Problem("Give a share (base=) or a standard deviation (sd=), and not both."))
    if base is not None and not 0 < base < 1:
        problems.append(Problem(f"base is {base:g}.", do="Give a share above 0 and below 1."))
    if sd is not None and not sd > 0:
        problems.append(Problem(f"sd is {sd:g}.", do="Give a number above zero."))
    if any(not size > 0 for size in sizes):
        problems.append(Problem("A group needs at least one answer."))
    if not design_effect > 0:
        problems.append(Problem(f"design_effect is {design_effect:g}.", do="Give a number above zero, such as 1.3."))
    if not 0 < power < 1 or not 0 < alpha < 1 or power <= alpha / 2:
        problems.append(Problem("power and alpha must lie between 0 and 1.", do="Use power=0.8 and alpha=0.05."))
    if problems:
        raise InputError(problems)
