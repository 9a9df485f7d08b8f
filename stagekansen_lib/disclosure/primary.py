"""Primary rules, cell by cell: too small (R1, R2), too uncertain (R3), too telling (R4), dominated (R5)."""

from __future__ import annotations

import math

from stagekansen_lib.disclosure.drafts import EXACT, Cell, Draft, is_sensitive
from stagekansen_lib.disclosure.rules import RuleSet, round_down, round_to, round_up
from stagekansen_lib.errors import InputError, Problem

__all__ = ["judge", "korn_graubard"]


def judge(draft: Draft, rules: RuleSet) -> None:
    result, declaration = draft.result, draft.declaration
    sensitive = is_sensitive(result.codebook, result.of, rules)
    if declaration is not None and declaration.told_as_class:
        sensitive = False
    for cell in draft.cells:
        if cell.impossible and cell.n and cell.count:
            raise InputError(
                Problem(
                    "A combination is declared impossible and occurs.",
                    f"table {draft.id}",
                    "Mend the declaration.",
                )
            )
        if cell.impossible:
            continue
        if result.statistic == "share":
            _judge_share(cell, result.ci_level, rules, sensitive)
        else:
            _judge_magnitude(cell, rules)
        if cell.n < rules.least_base:
            cell.hide(f"R2 base under {rules.least_base}")
        if cell.effective_n < rules.least_effective_n - EXACT:
            cell.hide(f"R2 effective n under {rules.least_effective_n:g}")
        if cell.effective_n < rules.uncertain_effective_n - EXACT:
            cell.doubts.append(f"doubt: effective n under {rules.uncertain_effective_n:g}")


def _judge_share(cell: Cell, ci_level: float, rules: RuleSet, sensitive: bool) -> None:
    complement = cell.n - cell.count
    small = [
        name
        for name, value in (("base", cell.n), ("count", cell.count), ("complement", complement))
        if value < rules.least_count
    ]
    edge = 1 - rules.group_share
    unweighted = cell.count / cell.n if cell.n else math.nan
    # A class may be told only where it leaves room for ten or more answers.
    roomy = cell.n * edge >= rules.least_count - EXACT and cell.n >= rules.least_base
    if roomy and not sensitive and not edge - EXACT <= cell.estimate <= 1 - edge + EXACT:
        cell.told = f"<{edge:.0%}" if cell.estimate < 0.5 else f">{rules.group_share:.0%}"
        cell.secrets.update(small)
        return
    for name in small:
        cell.hide(f"R1 {name} under {rules.least_count}", [name])
    telling = any(p <= edge + EXACT or p >= 1 - edge - EXACT for p in (cell.estimate, unweighted))
    if sensitive and telling:
        cell.hide(f"R4 {rules.group_share:.0%} or more of the group on one side", ["count", "complement"])
    elif not edge - EXACT <= cell.estimate <= 1 - edge + EXACT:
        cell.hide("R4 to be told as a class, and the class would tell too much")
    if cell.n and not cell.reasons:
        _judge_precision(cell, ci_level, rules, sensitive)


def _judge_precision(cell: Cell, ci_level: float, rules: RuleSet, sensitive: bool) -> None:
    low, high = korn_graubard(cell.estimate, cell.se, cell.n, cell.df, ci_level)
    width = high - low
    if width >= rules.width_hidden - EXACT:
        cell.hide(f"R3 interval of {rules.width_hidden:.0%} or more")
    elif width > rules.width_free + EXACT and width > rules.relative_width * cell.estimate + EXACT:
        cell.hide(f"R3 interval over {rules.relative_width:.0%} of the share")
    if width >= rules.width_uncertain - EXACT:
        cell.doubts.append(f"doubt: interval of {rules.width_uncertain:.0%} or more")
    step = rules.step(cell.n, share=True)
    rounded = (round_to(cell.estimate, step), round_down(cell.low, step), round_up(cell.high, step))
    if sensitive and math.isfinite(cell.low) and (min(rounded) < EXACT or max(rounded) > 1 - EXACT):
        cell.hide("R4 rounded to 0% or 100%")


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
        cell.hide(f"R1 base under {rules.least_count}", ["base"])
    if cell.n < rules.magnitude_count:
        cell.hide(f"R5 fewer than {rules.magnitude_count} answers", ["base"])
    if cell.n:
        _judge_dominance(cell, rules)
    if not cell.n or cell.reasons:
        return
    cv = abs(cell.se / cell.estimate) if cell.estimate else math.inf
    if not cv <= rules.cv_hidden + EXACT:
        cell.hide(f"R3 coefficient of variation over {rules.cv_hidden:.1%}")
    if cv > rules.cv_uncertain + EXACT:
        cell.doubts.append(f"doubt: coefficient of variation over {rules.cv_uncertain:.1%}")


def _judge_dominance(cell: Cell, rules: RuleSet) -> None:
    # Comparisons are turned round so that an unknown contribution hides the cell.
    if not cell.largest <= rules.largest_share + EXACT:
        cell.hide(f"R5 one answer holds over {rules.largest_share:.0%}", ["sum"])
    if not cell.two_largest <= rules.two_largest_share + EXACT:
        cell.hide(f"R5 two answers hold over {rules.two_largest_share:.0%}", ["sum"])
    if not 1 - cell.two_largest >= rules.p_percent * cell.largest - EXACT:
        cell.hide(f"R5 the largest answer known to within {rules.p_percent:.0%}", ["sum"])
