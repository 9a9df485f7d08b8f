"""How small a difference a survey can see, and how many students are enough.

Sources: Cohen (1988), doi:10.4324/9780203771587 (shares on the arcsine scale); Noether (1987),
doi:10.1080/01621459.1987.10478478 (ordered answers), with ties as in Whitehead (1993), doi:10.1002/sim.4780122404; Kish
(1965) for the design effect.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from stagekansen_lib.arguments import said, some_number
from stagekansen_lib.errors import InputError, Problem

__all__ = ["detectable", "students_needed"]


def detectable(
    n: float,
    n_other: float | None = None,
    *,
    base: float | None = None,
    sd: float | None = None,
    answers: Sequence[float] | None = None,
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
    answers : for ordered answers: the share of each answer in both groups together, adding up to 1. The answer is then
        a rise of the probability of superiority above a half (0 to 0.5).
    design_effect : what the design and the weights do to the variance, 1 or the like.
    power : chance to find it, 0 to 1.
    alpha : two-sided level of the test, 0 to 1.
    before_and_after : True for a difference in differences: both groups measured in two waves.

    Returns
    -------
    float : the difference, in shares or in the unit of the mean.

    Raises
    ------
    InputError : not one of ``base``, ``sd`` and ``answers``; a number out of range.

    Notes
    -----
    Shares: the arcsine scale for two groups, the variance at the base for a difference in differences. Ordered answers:
    (z + z') sqrt((1 - sum p^3) (1/n + 1/m) / 12), the spread of the rank-sum statistic when nothing differs; without
    ties this is Noether's formula. Checked by simulated rank tests, and for samples without a design against
    ``NormalIndPower`` and ``TTestIndPower`` of statsmodels.

    Examples
    --------
    >>> round(detectable(162, base=0.35), 3)
    0.153
    >>> round(detectable(40, 284, base=0.25, design_effect=1.6), 3)
    0.287
    """
    other = n if n_other is None else n_other
    _check(base, sd, answers, [n, other], design_effect, power, alpha)
    reach = _reach(power, alpha) * math.sqrt(design_effect * (1 / n + 1 / other) * (2 if before_and_after else 1))
    if answers is not None:
        step = reach * _rank_spread(answers)
        if step >= 0.5:
            raise InputError(
                Problem(f"No difference would be found with {n:g} and {other:g} answers.", do="Take more answers.")
            )
        return step
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
    answers: Sequence[float] | None = None,
    design_effect: float = 1.0,
    power: float = 0.8,
    alpha: float = 0.05,
    before_and_after: bool = False,
) -> int:
    """How many answers each of two equal groups needs, to find a difference with the given chance.

    Parameters
    ----------
    difference : the difference to find, in shares (0 to 1), in the unit of the mean, or for ordered answers in
        probability of superiority above a half (0.1 for 60%); not zero.
    base, sd, answers, design_effect, power, alpha, before_and_after : as for ``detectable``.

    Returns
    -------
    int : answers in each group (and wave), rounded up.

    Raises
    ------
    InputError : as ``detectable``; a share outside 0 to 1.

    Notes
    -----
    The formula of ``detectable`` the other way round, by ``statsmodels.stats.power``: a test in which the wrong tail
    never rejects, as in the tables of Cohen.

    Examples
    --------
    >>> students_needed(0.05, base=0.25)
    1250
    """
    _check(base, sd, answers, [1.0], design_effect, power, alpha)
    if not some_number("difference", difference):
        raise InputError(Problem("A difference of zero cannot be found.", do="Give the difference that matters."))
    from statsmodels.stats.power import normal_sample_size_one_tail

    scaled = _scaled(difference, base, sd, answers, before_and_after)
    variance = design_effect * (4 if before_and_after else 2)
    needed = normal_sample_size_one_tail(scaled, power, alpha / 2, std_null=math.sqrt(variance))
    # Rounding up must not add a student for the last digit of a float.
    return math.ceil(float(needed) * (1 - 1e-12))


def _scaled(
    difference: float, base: float | None, sd: float | None, answers: Sequence[float] | None, before_and_after: bool
) -> float:
    """The difference on a scale on which the answers have a standard deviation of one."""
    if sd is not None:
        return difference / sd
    if answers is not None:
        if not abs(difference) < 0.5:
            raise InputError(Problem("A probability of superiority lies at most a half above or below a half."))
        return difference / _rank_spread(answers)
    from statsmodels.stats.proportion import proportion_effectsize

    share = base or 0.0
    if not 0 < share + difference < 1:
        raise InputError(Problem(f"A share of {share + difference:g} is not possible.", do="Give a smaller step."))
    if before_and_after:
        return difference / math.sqrt(share * (1 - share))
    return float(proportion_effectsize(share + difference, share))


def _reach(power: float, alpha: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(1 - alpha / 2) + ndtri(power))


def _rank_spread(answers: Sequence[float]) -> float:
    """Standard deviation of one placement among the ranks, on a scale of 0 to 1, with ties."""
    return math.sqrt((1 - sum(share**3 for share in answers)) / 12)


def _check(
    base: float | None,
    sd: float | None,
    answers: Sequence[float] | None,
    sizes: list[float],
    design_effect: float,
    power: float,
    alpha: float,
) -> None:
    numbers = {"base": base, "sd": sd, "design_effect": design_effect, "power": power, "alpha": alpha}
    for name, value in numbers.items():
        if value is not None:
            some_number(name, value)
    for size in sizes:
        some_number("The number of answers", size)
    problems = [*_problems_of_outcome(base, sd, answers), *_problems_of_test(sizes, design_effect, power, alpha)]
    if problems:
        raise InputError(problems)


def _problems_of_outcome(base: float | None, sd: float | None, answers: Sequence[float] | None) -> Iterator[Problem]:
    if [base, sd, answers].count(None) != 2:
        yield Problem("Give one of a share (base=), a deviation (sd=) and shares of answers (answers=).")
    if answers is not None and not _are_shares(answers):
        yield Problem("answers must be shares of at least two answers that add up to 1.")
    if base is not None and not 0 < base < 1:
        yield Problem(f"base is {base:g}.", do="Give a share above 0 and below 1.")
    if sd is not None and not sd > 0:
        yield Problem(f"sd is {sd:g}.", do="Give a number above zero.")


def _problems_of_test(sizes: list[float], design_effect: float, power: float, alpha: float) -> Iterator[Problem]:
    if any(not size > 0 for size in sizes):
        yield Problem("A group needs at least one answer.")
    if not design_effect > 0:
        yield Problem(f"design_effect is {design_effect:g}.", do="Give a number above zero, such as 1.3.")
    if not 0 < power < 1 or not 0 < alpha < 1 or power <= alpha / 2:
        yield Problem("power and alpha must lie between 0 and 1.", do="Use power=0.8 and alpha=0.05.")


def _are_shares(answers: Sequence[float]) -> bool:
    if isinstance(answers, str) or not isinstance(answers, Iterable):
        raise InputError(Problem(f"answers is {said(answers)}.", do="Give the share of each answer: [0.2, 0.5, 0.3]."))
    for share in answers:
        some_number("A share of the answers", share)
    # Shares that were rounded to three decimals add up to 1 within this.
    return len(answers) > 1 and all(0 <= share < 1 for share in answers) and abs(sum(answers) - 1) <= 0.005
