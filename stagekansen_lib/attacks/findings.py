"""What the attacks say of a release: a verdict for each, what it found, and what could not be decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stagekansen_lib.wording import chosen_language, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ABSENT", "FAILED", "PASSED", "UNDECIDED", "AbsentError", "AttackCheck", "AttackReport", "Finding", "Found",
    "UndecidedError",
]  # fmt: skip

PASSED, FAILED, UNDECIDED, ABSENT = "passed", "failed", "undecided", "not applicable"


@dataclass(frozen=True)
class Finding:
    """What an attack found: the cell or file, and the route; ``sure`` is False for what could not be decided."""

    cell: str
    route: str
    sure: bool = True

    def __str__(self) -> str:
        return f"{self.cell}, {self.route}"


@dataclass(frozen=True)
class AttackCheck:
    """One attack: its number and name, the verdict, why, and what it found.

    ``verdict`` is "passed", "failed", "undecided" or "not applicable"; ``reason`` says what was tried, or
    why nothing could be.
    """

    number: int
    name: str
    verdict: str
    reason: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class AttackReport:
    """The verdict of every attack on a release.

    Parameters
    ----------
    release : name of the release. ``checks`` : the attacks, by number.
    intervals : gives the counts behind rows without a figure, as (table, cell, quantity, low, high).
    cells : one row for each count behind a row without a figure: table, cell, quantity ("base", "count" or
        "complement"), low and high, the whole numbers between which a reader can compute it.
    """

    release: str
    checks: tuple[AttackCheck, ...]
    intervals: Callable[[], list[tuple[str, str, str, float, float]]] = field(default=list, repr=False)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """What can be computed for each count; computed when asked for, by two linear programs a count."""
        import pandas as pd

        return pd.DataFrame(self.intervals(), columns=["table", "cell", "quantity", "low", "high"])

    @property
    def passed(self) -> bool:
        """No attack succeeded, and each that applies was carried through."""
        return not self.failed and not self.undecided

    @property
    def failed(self) -> tuple[AttackCheck, ...]:
        return tuple(check for check in self.checks if check.verdict == FAILED)

    @property
    def undecided(self) -> tuple[AttackCheck, ...]:
        return tuple(check for check in self.checks if check.verdict == UNDECIDED)

    @property
    def table(self) -> pd.DataFrame:
        """One row an attack: number, attack, verdict, reason, found."""
        import pandas as pd

        rows = [(c.number, c.name, c.verdict, c.reason, "; ".join(map(str, c.findings))) for c in self.checks]
        return pd.DataFrame(rows, columns=["number", "attack", "verdict", "reason", "found"])

    def sentence(self, language: str | None = None) -> str:
        """The outcome in a few words."""
        chosen = chosen_language(language)
        tried = sum(check.verdict != ABSENT for check in self.checks)
        failed, undecided = len(self.failed), len(self.undecided)
        return say(
            "attacks.sentence",
            chosen,
            tried=tried,
            absent=len(self.checks) - tried,
            outcome=say("attacks.failed" if failed else "attacks.none_failed", chosen, count=failed),
            doubt=say("attacks.undecided", chosen, count=undecided) if undecided else "",
        )

    def content(self) -> dict[str, Any]:
        """What is kept in the folder of the release: verdicts and reasons; no interval of any hidden cell."""
        checks = [{"number": c.number, "attack": c.name, "verdict": c.verdict, "reason": c.reason} for c in self.checks]
        return {"sentence_nl": self.sentence("nl"), "sentence_en": self.sentence("en"), "attacks": checks}


Found = Iterator[Finding]


class AbsentError(Exception):
    """The attack has nothing to attack; the text says why."""


class UndecidedError(Exception):
    """The attack could not be carried through, so nobody knows; the text says where, and what to do."""
