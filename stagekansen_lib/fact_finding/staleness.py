"""Look again: a release or register that changes what a claim rests on, with the old and the new value side by side.

A claim comes back by an act (``claim_confirmed``), never by itself. What is compared are published values, so a
withdrawal between two releases, or a change of code, turns nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from stagekansen_lib.errors import InputError
from stagekansen_lib.fact_finding.acts import Rest
from stagekansen_lib.fact_finding.folding import ClaimNow
from stagekansen_lib.fact_finding.known_facts import KnownFacts
from stagekansen_lib.fact_finding.references import parse_reference
from stagekansen_lib.wording import Language, say

__all__ = ["Changed", "changes_under", "told_change"]

_PARTS = ("figure", "method", "source", "rule")


@dataclass(frozen=True)
class Changed:
    """One thing a claim rests on that is not what it was.

    Parameters
    ----------
    claim, reference : what rests on what. ``release`` : the release or register that holds the new value.
    parts : what changed: "figure", "method", "source", "rule", or "gone" when it is published no more.
    old_nl, old_en, new_nl, new_en : the published values; the new ones are empty when it is gone.
    """

    claim: str
    reference: str
    release: str
    parts: tuple[str, ...]
    old_nl: str
    old_en: str
    new_nl: str
    new_en: str


def changes_under(claim: ClaimNow, facts: KnownFacts) -> tuple[Changed, ...]:
    """What changed under a claim since somebody last looked; empty when nothing did, or when it was taken back."""
    if claim.moved == "withdrawn":
        return ()
    found = [_change(claim.id, name, claim.pins.get(name), facts) for name in claim.rests_on]
    return tuple(one for one in found if one is not None)


def told_change(one: Changed, language: Language) -> str:
    """What changed, and the old and the new value; one value where both read the same, as with another source alone."""
    old, new = (one.old_nl, one.new_nl) if language == "nl" else (one.old_en, one.new_en)
    parts = ", ".join(say(f"ledger.changed_{part}", language) for part in one.parts)
    if not old:
        return f"{parts}."
    kind = "gone" if not new else "same" if new == old else "value"
    return say(f"ledger.change_{kind}", language, parts=parts, old=old, new=new)


def _change(claim: str, name: str, pin: Rest | None, facts: KnownFacts) -> Changed | None:
    try:
        reference = facts.newest(parse_reference(name))
    except InputError:
        return _gone(claim, name, pin)
    if reference.home == "page":
        return None  # nobody can see from here whether an outside page changed
    now = facts.found(reference)
    if pin is None or now is None:
        return _gone(claim, name, pin)
    parts = tuple(part for part in _PARTS if getattr(now.rest, part) != getattr(pin, part))
    if not parts:
        return None
    new = now.rest
    return Changed(claim, name, reference.home, parts, pin.shown_nl, pin.shown_en, new.shown_nl, new.shown_en)


def _gone(claim: str, name: str, pin: Rest | None) -> Changed:
    old_nl, old_en = (pin.shown_nl, pin.shown_en) if pin else ("", "")
    return Changed(claim, name, name.split(":")[0], ("gone",), old_nl, old_en, "", "")
