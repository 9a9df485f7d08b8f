"""Primary rules, cell by cell: too small (R1, R2), too uncertain (R3), too telling (R4), dominated (R5)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from stagekansen_lib.disclosure.drafts import EXACT, Cell, Draft, is_sensitive
from stagekansen_lib.disclosure.reasons import Reason
from stagekansen_lib.disclosure.rules import RuleSet, round_down, round_to, round_up
from stagekansen_lib.errors import InputError, Problem

if TYPE_CHECKING:
    from stagekansen_lib.estimation.tables import EstimateTable

__all__ = ["judge", "korn_graubard"]


def judge(draft: Draft, rules: RuleSet) -> None:
    """Hide, class or doubt each cell of a draft by what stands in it."""
    result, declaration = draft.result, draft.declaration
    sensitive = is_sensitive(result.codebook, result.of, rules)
    if declaration is not None and declaration.told_as_class:
        sensitive = False
    if any(cell.impossible and cell.n and cell.count for cell in draft.cells):
        where = f"table {draft.id}"
        raise InputError(Problem("A combination is declared impossible and occurs.", where, "Mend the declaration."))
    for cell in draft.cells:
        if cell.impossible:
            continue
        if cell.certain and sensitive:
            _judge_certain(cell, rules)
        elif result.statistic == "share":
            _judge_share(cell, result.ci_level, rules, sensitive)
        else:
            _judge_magnitude(cell, rules)
            _judge_spread(cell, _whole_ends(result), rules, sensitive)
        _judge_base(cell, rules)


def _judge_certain(cell: Cell, rules: RuleSet) -> None:
    """What everyone knows from the questionnaire is no figure; how many people it is about can still be a secret."""
    if cell.n < rules.least_count:
        cell.hide(Reason("R1", "base", {"least": rules.least_count}), ["base"])
    cell.hide(Reason("R4", "certain"))


def _judge_base(cell: Cell, rules: RuleSet) -> None:
    if cell.n < rules.least_base:
        cell.hide(Reason("R2", "base", {"least": rules.least_base}))
    if cell.effective_n < rules.least_effective_n - EXACT:
        cell.hide(Reason("R2", "effective_n", {"least": rules.least_effective_n}))
    if cell.effective_n < rules.uncertain_effective_n - EXACT:
        cell.doubt(Reason("R3", "uncertain_effective_n", {"least": rules.uncertain_effective_n}))


def _judge_share(cell: Cell, ci_level: float, rules: RuleSet, sensitive: bool) -> None:
    counts = {"base": cell.n, "count": cell.count, "complement": cell.n - cell.count}
    small = [name for name, value in counts.items() if value < rules.least_count]
    if not sensitive and not _is_inside(cell.estimate, rules) and _has_room(cell, rules):
        cell.tell_as_class(1 - rules.group_share)
        cell.secrets.update(small)
        return
    for name in small:
        cell.hide(Reason("R1", name, {"least": rules.least_count}), [name])
    _judge_one_side(cell, rules, sensitive)
    if cell.n and not cell.reasons:
        _judge_precision(cell, ci_level, rules, sensitive)


def _judge_one_side(cell: Cell, rules: RuleSet, sensitive: bool) -> None:
    """Nearly nobody or nearly everybody in the group."""
    if sensitive and _speaks_for_the_group(cell, rules):
        cell.hide(Reason("R4", "one_side", {"share": rules.group_share}), ["count", "complement"])
    elif not _is_inside(cell.estimate, rules):
        cell.hide(Reason("R4", "class_tells"))


def _has_room(cell: Cell, rules: RuleSet) -> bool:
    """Whether a class leaves room for so many answers that it may be told."""
    return cell.n * (1 - rules.group_share) >= rules.least_count - EXACT and cell.n >= rules.least_base


def _is_inside(share: float, rules: RuleSet) -> bool:
    """Whether a share is told as a figure: neither nearly nobody nor nearly everybody."""
    edge = 1 - rules.group_share
    return edge - EXACT <= share <= 1 - edge + EXACT


def _speaks_for_the_group(cell: Cell, rules: RuleSet) -> bool:
    """Whether a share is nearly nobody or nearly everybody.

    By the share itself, not by what it is rounded to: of "10%" for 11 of 92 no reader is sure that it is a tenth. The
    one on the other side who knows their own answer sees the share of the others.
    """
    edge = 1 - rules.group_share
    others = max(cell.n - 1, 1)
    largest = max(cell.count, cell.n - cell.count) / others
    return cell.estimate <= edge + EXACT or cell.estimate >= 1 - edge - EXACT or largest >= 1 - edge - EXACT


def _judge_precision(cell: Cell, ci_level: float, rules: RuleSet, sensitive: bool) -> None:
    low, high = korn_graubard(cell.estimate, cell.se, cell.n, cell.df, ci_level)
    width = high - low
    if width >= rules.width_hidden - EXACT:
        cell.hide(Reason("R3", "width", {"share": rules.width_hidden}))
    elif width > rules.width_free + EXACT and width > rules.relative_width * cell.estimate + EXACT:
        cell.hide(Reason("R3", "relative_width", {"share": rules.relative_width}))
    if width >= rules.width_uncertain - EXACT:
        cell.doubt(Reason("R3", "uncertain_width", {"share": rules.width_uncertain}))
    step = rules.step(cell.n, share=True)
    rounded = (round_to(cell.estimate, step), round_down(cell.low, step), round_up(cell.high, step))
    if sensitive and math.isfinite(cell.low) and (min(rounded) < EXACT or max(rounded) > 1 - EXACT):
        cell.hide(Reason("R4", "rounded"))


def korn_graubard(p: float, se: float, n: float, df: float, ci_level: float = 0.95) -> tuple[float, float]:
    """Korn and Graubard's interval of a share: Clopper-Pearson at the effective n, corrected for degrees of
    freedom.

    Parameters
    ----------
    p : share, 0 to 1. ``se`` : its design-based standard error. ``n`` : unweighted base. ``df`` : of the
        design.

    Source: Korn and Graubard (1998), Survey Methodology 24(2), as in Parker and others (2017). Checked
    against the exact Clopper-Pearson interval, which it is for a simple random sample with many degrees of
    freedom.
    """
    from scipy.stats import beta, t

    tail = (1 - ci_level) / 2
    effective = n
    if 0 < p < 1 and se > 0:
        correction = (t.ppf(tail, n - 1) / t.ppf(tail, df)) ** 2 if n > 1 and df > 0 and math.isfinite(df) else 1.0
        effective = min(n, p * (1 - p) / se**2 * correction)
    hits = effective * p
    low = float(beta.ppf(tail, hits, effective - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, effective - hits)) if hits < effective else 1.0
    return low, high


def _judge_magnitude(cell: Cell, rules: RuleSet) -> None:
    if cell.n < rules.least_count:
        cell.hide(Reason("R1", "base", {"least": rules.least_count}), ["base"])
    if cell.n < rules.magnitude_count:
        cell.hide(Reason("R5", "few", {"least": rules.magnitude_count}), ["base"])
    if cell.n:
        _judge_dominance(cell, rules)
    if not cell.n or cell.reasons:
        return
    cv = abs(cell.se / cell.estimate) if cell.estimate else math.inf
    if not cv <= rules.cv_hidden + EXACT:
        cell.hide(Reason("R3", "variation", {"share": rules.cv_hidden}))
    if cv > rules.cv_uncertain + EXACT:
        cell.doubt(Reason("R3", "uncertain_variation", {"share": rules.cv_uncertain}))


def _whole_ends(result: EstimateTable) -> tuple[float, float] | None:
    """The lowest and highest answer to a question that is answered in whole numbers; None for other questions."""
    if result.of not in result.codebook:
        return None
    variable = result.codebook[result.of]
    codes = [one for one in variable.valid_codes if isinstance(one, int)]
    if codes:
        return float(min(codes)), float(max(codes))
    if variable.kind != "count":
        return None
    return variable.minimum or 0.0, math.inf if variable.maximum is None else variable.maximum


def _judge_spread(cell: Cell, whole: tuple[float, float] | None, rules: RuleSet, sensitive: bool) -> None:
    """A mean without spread says what everyone answered; one with little, what nearly everyone did (R15).

    Of whole numbers, those who did not give the nearest one are no more than the mean squared distance from it, nor,
    by Markov's inequality, than the distance of the mean from an end.
    """
    if not cell.n or not math.isfinite(cell.estimate):
        return
    if cell.se <= EXACT * max(abs(cell.estimate), 1.0):
        cell.hide(Reason("R4", "no_spread"), ["sum"])
        return
    if not sensitive or whole is None:
        return
    from_nearest = cell.se**2 * cell.effective_n + (cell.estimate - round(cell.estimate)) ** 2
    from_an_end = min(cell.estimate - whole[0], whole[1] - cell.estimate)
    if min(from_nearest, from_an_end) <= 1 - rules.group_share + EXACT:
        cell.hide(Reason("R4", "little_spread", {"share": rules.group_share}), ["sum"])


def _judge_dominance(cell: Cell, rules: RuleSet) -> None:
    # Comparisons are turned round so that an unknown contribution hides the cell.
    if not cell.largest <= rules.largest_share + EXACT:
        cell.hide(Reason("R5", "one_answer", {"share": rules.largest_share}), ["sum"])
    if not cell.two_largest <= rules.two_largest_share + EXACT:
        cell.hide(Reason("R5", "two_answers", {"share": rules.two_largest_share}), ["sum"])
    if not 1 - cell.two_largest >= rules.p_percent * cell.largest - EXACT:
        cell.hide(Reason("R5", "largest", {"share": rules.p_percent}), ["sum"])
