"""Does a claim speak of the people, place and time that its evidence is about? What differs, side by side.

Words are compared, so a difference is a question to the writer and not a verdict; what is unknown is no difference.
Whether figures may stand beside each other is another question, with rules of its own (``comparability``).
"""

from __future__ import annotations

from dataclasses import dataclass

from stagekansen_lib.fact_finding.folding import ClaimNow
from stagekansen_lib.fact_finding.known_facts import KnownFacts
from stagekansen_lib.fact_finding.references import Shown

__all__ = ["OtherScope", "other_scopes"]

_PARTS = ("who", "where", "when")


@dataclass(frozen=True)
class OtherScope:
    """One part of the scope ("who", "where" or "when") in which evidence is about something else than the claim."""

    claim: str
    reference: str
    part: str
    said: Shown
    measured: Shown


def other_scopes(claim: ClaimNow, facts: KnownFacts) -> tuple[OtherScope, ...]:
    """Where evidence for a claim is about other people, another place or another time than the claim says."""
    found = []
    for evidence in claim.evidence:
        fact = facts.found_now(evidence.rests_on)
        for part in _PARTS if fact and evidence.relation == "for" else ():
            said = Shown(getattr(claim.begun, f"{part}_nl"), getattr(claim.begun, f"{part}_en"))
            measured: Shown = getattr(fact, part)
            if _apart(said.nl, measured.nl):
                found.append(OtherScope(claim.id, evidence.rests_on, part, said, measured))
    return tuple(found)


def _apart(said: str, measured: str) -> bool:
    return bool(said and measured) and " ".join(said.casefold().split()) != " ".join(measured.casefold().split())
