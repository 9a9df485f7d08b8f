"""The audit of a published index in words and rows, for its page."""

from __future__ import annotations

import math
from dataclasses import dataclass

from stagekansen_lib.disclosure.published_index import PublishedIndex
from stagekansen_lib.monitoring.auditing import IndexAudit, audit_index
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.wording import Language, number_text, percent_text, say

__all__ = ["AuditWords", "audit_words", "goal_text"]

# Below this, in tenths, two indicators are said to go their own way.
_SLIGHT = 0.3


@dataclass(frozen=True)
class AuditWords:
    """Rows of indicators and of choices, and what is said between them."""

    rows: tuple[dict[str, str], ...]
    choices: tuple[dict[str, str], ...]
    band: str
    agreement: str
    together: str


def audit_words(index: PublishedIndex, registers: Registers, language: Language) -> AuditWords | None:
    """The audit of the newest wave; None when that has no index."""
    found = audit_index(index)
    if found is None:
        return None
    low, high, arithmetic = (number_text(value, language) for value in (*found.band, found.arithmetic))
    agreement = "" if math.isnan(found.agreement) else percent_text(found.agreement, language)
    return AuditWords(
        tuple(_rows(index, found, registers, language)),
        tuple(
            {
                "name": say(f"audit.of_{one.choice}", language),
                "first": percent_text(one.first, language),
                "total": percent_text(one.total, language),
            }
            for one in found.sensitivity
        ),
        say("audit.band", language, low=low, high=high, arithmetic=arithmetic),
        say("audit.agreement", language, agreement=agreement) if agreement else "",
        _together(index, language),
    )


def goal_text(value: float, unit: str, language: Language) -> str:
    """An end of the road of an indicator, in its unit."""
    text = number_text(value, language)
    return f"{text}%" if unit == "percent" else say(f"monitor.unit_{unit}", language, value=text)


def _rows(index: PublishedIndex, found: IndexAudit, registers: Registers, language: Language) -> list[dict[str, str]]:
    unknown, rows = say("index.not_known", language), []
    for goal, told in zip(index.goalposts, index.newest.indicators, strict=True):
        without, weight = found.without.get(goal.id, math.nan), found.weights.get(goal.id, math.nan)
        rows.append(
            {
                "name": f"{goal.id} {registers.index.indicators[goal.id].text('label', language)}",
                "worst": goal_text(goal.worst, goal.unit, language),
                "best": goal_text(goal.best, goal.unit, language),
                "score": number_text(told.score, language) if math.isfinite(told.score) else unknown,
                "weight": number_text(weight, language, 2) if math.isfinite(weight) else unknown,
                "without": number_text(without, language) if math.isfinite(without) else unknown,
            }
        )
    return rows


def _together(index: PublishedIndex, language: Language) -> str:
    """Which pairs of indicators vary together, or that none does more than slightly."""
    pairs = [(abs(value), one, other, value) for one, other, value in index.newest.together if abs(value) >= _SLIGHT]
    if not pairs:
        return say("audit.apart", language)
    told = [
        f"{one}, {other}: {number_text(value, language, 1)}" for _, one, other, value in sorted(pairs, reverse=True)
    ]
    return say("audit.together", language, pairs="; ".join(told))
