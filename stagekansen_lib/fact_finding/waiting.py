"""What waits for a person in a role: claims to look at again, positions, questions, checks, corrections, dates.

Read from the ledger, the registers and the cards beside files of answers; no answers are opened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.fact_finding.acts import PositionTaken
from stagekansen_lib.fact_finding.folding import ClaimNow
from stagekansen_lib.fact_finding.ledgers import Ledger
from stagekansen_lib.fact_finding.positions import own_positions
from stagekansen_lib.fact_finding.staleness import told_change
from stagekansen_lib.fact_finding.totals import rounds_to_tell
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.wording import Language, date_text, say

__all__ = ["Waiting", "open_round", "waiting_for"]

# How long before its retention date a file of answers is named.
_DAYS_AHEAD = 30


@dataclass(frozen=True)
class Waiting:
    """One thing that waits.

    Parameters
    ----------
    what : "look_again", "position", "owner", "method", "totals", "correction", "point", "retention" or "release".
    subject : what it is about: an id of the ledger or the registers, or the name of a file.
    text : it in words.
    form : the form that settles it; empty when no form can.
    roles : for whom it waits; empty for everybody.
    """

    what: str
    subject: str
    text: str
    form: str = ""
    roles: tuple[str, ...] = ()

    def for_role(self, role: str) -> bool:
        return not (self.roles and role) or role in self.roles


def open_round(claim: ClaimNow) -> int:
    """The round of positions that is open on the present words of a claim; 0 when none is."""
    if claim.moved:
        return 0
    return next((number for number in (1, 2) if (claim.wording.id, number) not in claim.closed), 0)


def waiting_for(
    role: str,
    ledger: Ledger,
    registers: Registers,
    language: Language,
    *,
    voter: str = "",
    folder: Path | None = None,
    on: dt.date | None = None,
) -> tuple[Waiting, ...]:
    """What waits for a role, the most urgent kinds first.

    Parameters
    ----------
    role : a role of ``data/rules/ledger.yaml``; "" gives what waits for anybody.
    ledger, registers : as they are now.
    language : of the words.
    voter : pseudonym of the person; without one no position is asked, since nobody knows which were taken.
    folder : folder of the ledger; ``data/ledger`` when left out.
    on : the day; today when left out.
    """
    day = on or dt.date.today()
    found = [
        *_look_again(ledger, language),
        *(_positions(voter, role, ledger, language, folder) if voter and role in ledger.rules.roles else ()),
        *_questions(ledger, language),
        *_totals(ledger, language),
        *_corrections(ledger, language),
        *_points(registers, language, day),
        *_retention(language, day),
        *_drafts(ledger, language),
    ]
    return tuple(one for one in found if one.for_role(role))


def _look_again(ledger: Ledger, language: Language) -> Iterator[Waiting]:
    """Who proposed a claim looks again, and whoever acts for the process."""
    for name, changed in sorted(ledger.changed.items()):
        if changed:
            told = " ".join(told_change(one, language) for one in changed)
            roles = tuple(dict.fromkeys((ledger.claim(name).begun.role, *ledger.rules.process_roles)))
            text = say("manage.look_again", language, claim=ledger.statement(name, language), change=told)
            yield Waiting("look_again", name, text, "claim_confirmed", roles)


def _positions(voter: str, role: str, ledger: Ledger, language: Language, folder: Path | None) -> Iterator[Waiting]:
    taken = {
        (act.subject, act.wording, act.round) for act in own_positions(voter, folder) if isinstance(act, PositionTaken)
    }
    for name, claim in sorted(ledger.folded.claims.items()):
        number = open_round(claim)
        if number and (name, claim.wording.id, number) not in taken:
            text = say("manage.position", language, claim=ledger.statement(name, language), round=number)
            yield Waiting("position", name, text, "position_taken", (role,))


def _questions(ledger: Ledger, language: Language) -> Iterator[Waiting]:
    for name, question in sorted(ledger.folded.questions.items()):
        text = question.begun.text_nl if language == "nl" else question.begun.text_en
        if question.answers:
            continue
        if not question.owner:
            yield Waiting("owner", name, say("manage.owner", language, question=text), "question_assigned")
        if not question.methods:
            # An organisation that took a question is no role: then it waits for everybody.
            owner = (question.owner,) if question.owner in (*ledger.rules.roles, *ledger.rules.process_roles) else ()
            yield Waiting("method", name, say("manage.method", language, question=text), "method_agreed", owner)


def _totals(ledger: Ledger, language: Language) -> Iterator[Waiting]:
    for claim, _, number in rounds_to_tell(ledger.folded):
        text = say("manage.totals", language, claim=ledger.statement(claim.id, language), round=number)
        yield Waiting("totals", claim.id, text, "totals", ledger.rules.process_roles)


def _corrections(ledger: Ledger, language: Language) -> Iterator[Waiting]:
    for name, one in sorted(ledger.folded.corrections.items()):
        if one.settled is None:
            text = say("manage.correction", language, about=one.begun.about, text=one.begun.text)
            yield Waiting("correction", name, text, "correction_settled")


def _points(registers: Registers, language: Language, day: dt.date) -> Iterator[Waiting]:
    from stagekansen_lib.registers.verification import check_state

    for point in registers.reporting_points:
        state = check_state(point, registers.verifications, on=day)
        if state.outdated:
            when = date_text(state.checked_on, language) if state.checked_on else say("points.unverified", language)
            text = say("manage.point", language, point=point.heading(language), when=when)
            yield Waiting("point", point.id, text, "point_verified")


def _retention(language: Language, day: dt.date) -> Iterator[Waiting]:
    """Files of answers without a card, with an unfinished one, or whose date has passed or is near."""
    from stagekansen_lib.privacy.cards import privacy_files

    try:
        files = privacy_files(today=day).to_dict("records")
    except (StagekansenError, PermissionError):
        return  # a card that cannot be read is told by `stagekansen privacy check`; behind the wall nobody sees files
    for row in files:
        until = row["retention_until"]
        near = row["state"] == "in order" and until and (until - day).days <= _DAYS_AHEAD
        if near or row["state"] != "in order":
            state = say(f"manage.retention_{'near' if near else row['state'].replace(' ', '_')}", language)
            when = f", {date_text(until, language)}" if until else ""
            text = say("manage.retention", language, file=row["file"], state=f"{state}{when}")
            yield Waiting("retention", row["file"], text)


def _drafts(ledger: Ledger, language: Language) -> Iterator[Waiting]:
    """Releases that a second person has yet to check."""
    for name in ledger.facts.release_names:
        try:
            draft = ledger.facts.release(name).draft
        except StagekansenError:
            continue
        if draft:
            yield Waiting("release", name, say("manage.release", language, name=name))
