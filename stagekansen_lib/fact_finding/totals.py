"""What may be told of positions: one telling for each closed round, in words, by ``data/rules/ledger.yaml``.

Nothing is told of a role under five voters. A word never means that everybody said the same. No counts, no order and no
times leave. A round is told once: two tellings that differ by one person would tell what that person said, so a later
erasure or position changes nothing of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from stagekansen_lib.fact_finding.act_files import (
    new_id,
    read_act_files,
    read_private_files,
    write_act_file,
)
from stagekansen_lib.fact_finding.acts import (
    AnyAct,
    AnyPrivateAct,
    DissentTold,
    PositionTaken,
    RoleTotal,
    RoundClosed,
    TotalsTold,
)
from stagekansen_lib.fact_finding.folding import ClaimNow, Folded, fold
from stagekansen_lib.fact_finding.ledger_rules import LedgerRules, read_ledger_rules, word_of
from stagekansen_lib.fact_finding.positions import latest_of, told_text

__all__ = ["moved_word", "role_totals", "rounds_to_tell", "tell_totals"]

_FOR = ("agree", "can_live_with")


def role_totals(positions: Iterable[PositionTaken], rules: LedgerRules) -> tuple[RoleTotal, ...]:
    """What may be told of one round: a row for each role with voters enough, in the order of the names of roles.

    No position does not count as a voter.
    """
    said: dict[str, list[str]] = defaultdict(list)
    for one in positions:
        if one.position != "no_position":
            said[one.role].append(one.position)
    return tuple(
        RoleTotal(
            role=role,
            voters=rules.voters_class(len(votes)),
            agreement=word_of(sum(vote in _FOR for vote in votes), len(votes), rules),  # type: ignore[arg-type]
        )
        for role, votes in sorted(said.items())
        if rules.voters_class(len(votes))
    )


def moved_word(before: Mapping[str, str], after: Mapping[str, str], rules: LedgerRules) -> str:
    """How many changed their position between the rounds, over all roles, in a word; empty below the threshold."""
    both = [voter for voter in before if voter in after]
    if len(both) < rules.values.least_moved:
        return ""
    share = Fraction(sum(before[voter] != after[voter] for voter in both), len(both))
    if share <= Fraction(*rules.values.few_to):
        return "few"
    return "some" if share <= Fraction(*rules.values.some_to) else "many"


def rounds_to_tell(folded: Folded) -> tuple[tuple[ClaimNow, str, int], ...]:
    """Rounds that are closed and of which nothing was told yet: (claim, wording, round)."""
    return tuple(
        (claim, wording, number)
        for claim in folded.claims.values()
        for wording, number in sorted(claim.closed)
        if (wording, number) not in claim.totals
    )


def tell_totals(folder: Path | None = None, *, rules: LedgerRules | None = None) -> tuple[Path, ...]:
    """Write what may be told of every round that is closed and was not told yet; gives the files.

    Parameters
    ----------
    folder : folder of the ledger; ``data/ledger`` when left out.
    rules : those of ``data/rules/ledger.yaml`` when left out.
    """
    known = rules or read_ledger_rules()
    folded = fold(read_act_files(folder)[0])
    waiting = rounds_to_tell(folded)
    if not waiting:
        return ()
    said = latest_of(read_private_files(folder)[0])
    written = []
    for claim, wording, number in waiting:
        on_it = [act for act in said if act.subject == claim.id and getattr(act, "wording", "") == wording]
        head = _Head(claim, wording, number)
        acts: list[AnyAct] = [_totals(head, on_it, known), *_dissents(head, on_it)]
        written += [write_act_file(act, folder) for act in acts]
    return tuple(written)


def _votes(acts: Iterable[AnyPrivateAct], number: int) -> list[PositionTaken]:
    return [act for act in acts if isinstance(act, PositionTaken) and act.round == number]


def _totals(head: _Head, acts: Iterable[AnyPrivateAct], rules: LedgerRules) -> TotalsTold:
    votes = {one: _votes(acts, one) for one in (1, 2)}
    before, after = (
        {vote.voter: vote.position for vote in votes[one] if vote.position != "no_position"} for one in (1, 2)
    )
    return TotalsTold(
        kind="totals_told",
        **head.fields("totals"),
        round=head.number,
        roles=role_totals(votes[head.number], rules),
        moved=moved_word(before, after, rules) if head.number == 2 else "",  # type: ignore[arg-type]
    )


def _dissents(head: _Head, acts: Iterable[AnyPrivateAct]) -> Iterator[DissentTold]:
    """Texts that their writers released and that were not told before. Their names follow no order."""
    known = {(one.what, one.text) for one in head.claim.dissents if one.wording == head.wording}
    for what, text in sorted({told_text(act) for act in acts} - known):
        if what:
            yield DissentTold(kind="dissent_told", **head.fields(what, text), what=what, text=text)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Head:
    """The round that is told. Its acts have the moment of its closing, and a name that follows from what they tell of.

    Whoever tells the same round again, at the same time or on another branch, writes the same file and no second one.
    """

    claim: ClaimNow
    wording: str
    number: int

    def fields(self, *about: str) -> dict[str, Any]:
        key = (self.wording, self.number)
        closings = [act for act in self.claim.history if isinstance(act, RoundClosed)]
        closing = next(act for act in closings if (act.wording, act.round) == key)
        chance = hashlib.sha256(json.dumps([*key, *about]).encode()).digest()[:10]
        moment = int(dt.datetime.fromisoformat(closing.at).timestamp() * 1000)
        head = {"id": new_id(moment, chance), "at": closing.at, "subject": self.claim.id, "role": "workbench"}
        return {**head, "wording": self.wording}
