"""What is true now: a pure function of the acts.

The acts are put in the order of their names first, so it does not matter in what order files were read, written or
merged. What begins something (a claim, a question, a correction) counts before what is said of it, so a clock that is
behind loses nothing. An act that speaks of something that is not there is set aside by name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from stagekansen_lib.fact_finding.act_files import SetAside
from stagekansen_lib.fact_finding.acts import (
    ActWithdrawn,
    AnyAct,
    ClaimConfirmed,
    ClaimMoved,
    ClaimProposed,
    ClaimReworded,
    CorrectionAsked,
    CorrectionSettled,
    DecisionTaken,
    DissentTold,
    EvidenceAdded,
    EvidenceWithdrawn,
    MethodAgreed,
    QuestionAnswered,
    QuestionAssigned,
    QuestionRaised,
    Rest,
    RoundClosed,
    StanceTaken,
    TotalsTold,
)
from stagekansen_lib.fact_finding.references import IN_TEXT

__all__ = ["ClaimNow", "CorrectionNow", "Folded", "QuestionNow", "fold"]

_BEGINS = ("claim_proposed", "question_raised", "correction_asked")
# Told once and for all: if it could be taken back, a second telling would differ from the first by one person's vote.
_FINAL = ("round_closed", "totals_told")
AnyKind = TypeVar("AnyKind")


@dataclass(frozen=True)
class ClaimNow:
    """A claim as its acts leave it.

    Parameters
    ----------
    begun : the act that proposed it. ``wording`` : the act that gave it its present words.
    evidence : what counts now. ``pins`` : reference -> what was known of it when somebody last looked.
    moved : "", "parked" or "withdrawn".
    stances : organisation -> what it says now, in its own name.
    closed : (wording, round) that are over. ``totals`` : (wording, round) -> what was told of it.
    dissents : texts that their writers released, in alphabetical order. ``history`` : all acts on it.
    """

    begun: ClaimProposed
    wording: ClaimProposed | ClaimReworded
    evidence: tuple[EvidenceAdded, ...]
    pins: Mapping[str, Rest]
    moved: str
    stances: Mapping[str, StanceTaken]
    closed: frozenset[tuple[str, int]]
    totals: Mapping[tuple[str, int], TotalsTold]
    dissents: tuple[DissentTold, ...]
    history: tuple[AnyAct, ...]

    @property
    def id(self) -> str:
        return self.begun.subject

    @property
    def rests_on(self) -> tuple[str, ...]:
        """References of the present words and of the evidence that counts, each once."""
        texts = (self.wording.text_nl, self.wording.text_en)
        said = [found for text in texts for found in IN_TEXT.findall(text)]
        return tuple(dict.fromkeys([*said, *(one.rests_on for one in self.evidence)]))

    @property
    def latest_totals(self) -> TotalsTold | None:
        """What was told last of the present wording; None while nothing was."""
        told = [self.totals.get((self.wording.id, number)) for number in (2, 1)]
        return next((one for one in told if one is not None), None)


@dataclass(frozen=True)
class QuestionNow:
    """A question: who has it, how it will be answered, what was foretold and what came."""

    begun: QuestionRaised
    owner: str
    due: str
    methods: tuple[MethodAgreed, ...]
    answers: tuple[QuestionAnswered, ...]
    history: tuple[AnyAct, ...]

    @property
    def id(self) -> str:
        return self.begun.subject

    @property
    def state(self) -> str:
        """ "open", "assigned", "method_agreed" or "answered"."""
        if self.answers:
            return "answered"
        return "method_agreed" if self.methods else "assigned" if self.owner else "open"

    @property
    def agreed_before(self) -> bool | None:
        """Whether the method was agreed before the answer, and before the figures in it were released.

        None while there is no answer.
        """
        if not self.answers:
            return None
        answer = self.answers[-1]
        opened = min([answer.at[:10], *(rest.measured for rest in answer.rests if rest.measured)])
        return any(one.id < answer.id and one.at[:10] <= opened for one in self.methods)


@dataclass(frozen=True)
class CorrectionNow:
    """A correction that a reader asked, and what was done with it; ``settled`` is None while it waits."""

    begun: CorrectionAsked
    settled: CorrectionSettled | None


@dataclass(frozen=True)
class Folded:
    """What all acts come to. ``acts`` : those that count; ``set_aside`` : those that do not, with the reason."""

    claims: Mapping[str, ClaimNow]
    questions: Mapping[str, QuestionNow]
    decisions: tuple[DecisionTaken, ...]
    corrections: Mapping[str, CorrectionNow]
    acts: tuple[AnyAct, ...]
    withdrawn: frozenset[str]
    set_aside: tuple[SetAside, ...]


def fold(acts: Iterable[AnyAct]) -> Folded:
    """Claims, questions, decisions and corrections as the acts leave them, whatever the order they come in.

    >>> fold([]).claims
    {}
    """
    ordered = sorted({act.id: act for act in acts}.values(), key=lambda act: act.id)
    withdrawn = _withdrawn(ordered)
    counted = [act for act in ordered if act.id not in withdrawn]
    begun, aside = _begun(counted)
    kept, lost = _with_subject(counted, begun)
    on: dict[str, list[AnyAct]] = defaultdict(list)
    for act in kept:
        on[act.subject].append(act)
    firsts = list(begun.values())
    claims = {act.subject: _claim(act, on[act.subject]) for act in _of(ClaimProposed, firsts)}
    return Folded(
        claims=claims,
        questions={act.subject: _question(act, on[act.subject]) for act in _of(QuestionRaised, firsts)},
        decisions=tuple(_of(DecisionTaken, kept)),
        corrections={act.subject: _correction(act, on[act.subject]) for act in _of(CorrectionAsked, firsts)},
        acts=tuple(kept),
        withdrawn=withdrawn,
        set_aside=(*aside, *lost, *_told_in_vain(claims.values())),
    )


def _told_in_vain(claims: Iterable[ClaimNow]) -> list[SetAside]:
    return [SetAside(f"{act.id}.yaml", why) for one in claims for act, why in _unfit_totals(one.history)]


def _withdrawn(ordered: Sequence[AnyAct]) -> frozenset[str]:
    """Ids of acts that were taken back. Taking back a taking back puts the act in force again."""
    final = {act.id for act in ordered if act.kind in _FINAL}
    gone: set[str] = set()
    for act in reversed(ordered):
        if isinstance(act, ActWithdrawn) and act.id not in gone:
            gone.add(act.subject)
    return frozenset(gone - final)


def _begun(acts: Iterable[AnyAct]) -> tuple[dict[str, AnyAct], list[SetAside]]:
    begun: dict[str, AnyAct] = {}
    aside = []
    for act in acts:
        if act.kind in _BEGINS:
            if act.subject in begun:
                aside.append(SetAside(f"{act.id}.yaml", "taken", act.subject))
            else:
                begun[act.subject] = act
    return begun, aside


def _with_subject(acts: Iterable[AnyAct], begun: Mapping[str, AnyAct]) -> tuple[list[AnyAct], list[SetAside]]:
    """The acts that begin something or speak of something that was begun, and those that speak of nothing."""
    kept, lost = [], []
    for act in acts:
        first = begun.get(act.subject)
        if act.kind in _BEGINS:
            if first is act:
                kept.append(act)
        elif act.begun_by and (first is None or first.kind != act.begun_by):
            lost.append(SetAside(f"{act.id}.yaml", "no_subject", act.subject))
        else:
            kept.append(act)
    return kept, lost


def _of(kind: type[AnyKind], acts: Iterable[Any]) -> list[AnyKind]:
    return [act for act in acts if isinstance(act, kind)]


def _claim(begun: ClaimProposed, acts: Sequence[AnyAct]) -> ClaimNow:
    worded = _of(ClaimReworded, acts)
    moves = _of(ClaimMoved, acts)
    unfit = {act.id for act, _ in _unfit_totals(acts)}
    told = [act for act in acts if act.id not in unfit]
    return ClaimNow(
        begun=begun,
        wording=worded[-1] if worded else begun,
        evidence=_evidence(acts),
        pins=_pins([begun, *acts]),
        moved=moves[-1].kind.removeprefix("claim_").replace("reopened", "") if moves else "",
        stances={act.partner: act for act in _of(StanceTaken, acts)},
        closed=_closed(acts),
        totals={(act.wording, act.round): act for act in _of(TotalsTold, told)},
        dissents=tuple(sorted(_of(DissentTold, told), key=lambda act: (act.text, act.id))),
        history=tuple(acts),
    )


def _evidence(acts: Sequence[AnyAct]) -> tuple[EvidenceAdded, ...]:
    off = {act.evidence for act in _of(EvidenceWithdrawn, acts)}
    return tuple(act for act in _of(EvidenceAdded, acts) if act.id not in off)


def _closed(acts: Sequence[AnyAct]) -> frozenset[tuple[str, int]]:
    return frozenset((act.wording, act.round) for act in _of(RoundClosed, acts))


def _pins(acts: Iterable[AnyAct]) -> dict[str, Rest]:
    """What was known of each reference when somebody last looked.

    Only an act that says "I looked again" puts a newer value in the place of an older one: who adds the same figure
    once more has not looked at the sentence.
    """
    pins: dict[str, Rest] = {}
    for act in acts:
        for rest in getattr(act, "rests", ()):
            if isinstance(act, ClaimConfirmed):
                pins[rest.reference] = rest
            else:
                pins.setdefault(rest.reference, rest)
    return pins


def _unfit_totals(acts: Sequence[AnyAct]) -> list[tuple[AnyAct, str]]:
    """What was told of a round that is not closed, or told of it a second time: two tellings differ by one person."""
    closed = _closed(acts)
    wordings = {wording for wording, _ in closed}
    seen: set[tuple[str, int]] = set()
    unfit: list[tuple[AnyAct, str]] = []
    for act in _of(TotalsTold, acts):
        key = (act.wording, act.round)
        if key not in closed or key in seen:
            unfit.append((act, "told_twice" if key in seen else "open_round"))
        seen.add(key)
    unfit += [(act, "open_round") for act in _of(DissentTold, acts) if act.wording not in wordings]
    return unfit


def _question(begun: QuestionRaised, acts: Sequence[AnyAct]) -> QuestionNow:
    taken = _of(QuestionAssigned, acts)
    return QuestionNow(
        begun=begun,
        owner=taken[-1].owner if taken else "",
        due=taken[-1].due if taken else "",
        methods=tuple(_of(MethodAgreed, acts)),
        answers=tuple(_of(QuestionAnswered, acts)),
        history=tuple(acts),
    )


def _correction(begun: CorrectionAsked, acts: Sequence[AnyAct]) -> CorrectionNow:
    settled = _of(CorrectionSettled, acts)
    return CorrectionNow(begun, settled[-1] if settled else None)
