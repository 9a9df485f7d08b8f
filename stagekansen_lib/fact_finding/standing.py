"""Where a claim stands: how strong its evidence is and its status, by the rules of ``data/rules/ledger.yaml``."""

from __future__ import annotations

from collections.abc import Sequence

from stagekansen_lib.fact_finding.folding import ClaimNow
from stagekansen_lib.fact_finding.ledger_rules import LedgerRules

__all__ = ["least_agreement", "status_of", "strength_from"]

# The words from least to most agreement.
_AGREEMENT = ("broadly_disagrees", "divided", "broadly_agrees")


def strength_from(graded: Sequence[tuple[str, str]], rules: LedgerRules) -> str:
    """How strong evidence is as a whole: that of the best evidence for, a step lower when evidence against is as good.

    Parameters
    ----------
    graded : (relation, grade) of each piece of evidence.

    Returns
    -------
    A grade of the rules; "none" when nothing speaks for the claim.

    >>> from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules
    >>> strength_from([("for", "register"), ("against", "register")], read_ledger_rules())
    'probability_survey'
    """
    order = rules.values.order
    ranks = {way: [order.index(grade) for relation, grade in graded if relation == way] for way in ("for", "against")}
    if not ranks["for"]:
        return "none"
    best = min(ranks["for"])
    lowered = best + rules.values.steps_down if ranks["against"] and min(ranks["against"]) <= best else best
    return order[min(lowered, len(order) - 1)]


def status_of(claim: ClaimNow, strength: str, rules: LedgerRules, *, look_again: bool) -> str:
    """The status of a claim: parked, withdrawn, look_again, proposed, disputed or agreed.

    It follows from the words that were told of the roles, never from counts, so it tells nothing that they do not.
    """
    if claim.moved:
        return claim.moved
    if look_again:
        return "look_again"
    told = claim.latest_totals
    words = [role.agreement for role in told.roles] if told else []
    if any(word not in rules.values.agreed_words for word in words):
        return "disputed"
    return "agreed" if len(words) >= rules.values.least_roles and strength != "none" else "proposed"


def least_agreement(claim: ClaimNow) -> int:
    """The word of the role that agrees least, as a rank: claims are put in this order, the most agreed first.

    A claim of which nothing was told comes last. Within one word claims stand in the order of their names.
    """
    told = claim.latest_totals
    return min((_AGREEMENT.index(role.agreement) for role in told.roles), default=-1) if told else -1
