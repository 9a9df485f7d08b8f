"""The ledger as people read it: claims, evidence, questions, decisions and what may be told of positions, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.fact_finding.act_files import SetAside, read_act_files
from stagekansen_lib.fact_finding.acts import EvidenceAdded
from stagekansen_lib.fact_finding.folding import ClaimNow, Folded, QuestionNow, fold
from stagekansen_lib.fact_finding.known_facts import KnownFacts
from stagekansen_lib.fact_finding.ledger_rules import LedgerRules, read_ledger_rules
from stagekansen_lib.fact_finding.references import Shown, printed
from stagekansen_lib.fact_finding.scopes import other_scopes
from stagekansen_lib.fact_finding.staleness import Changed, changes_under
from stagekansen_lib.fact_finding.standing import least_agreement, status_of, strength_from
from stagekansen_lib.wording import Language, chosen_language, say

if TYPE_CHECKING:
    from stagekansen_lib.fact_finding.ledger_tables import LedgerTable

__all__ = ["PARTS", "Ledger", "read_ledger"]

# The tables of a ledger and their columns.
PARTS = {
    "claims": ("id", "statement_nl", "statement_en", "kind", "strength", "status", "look_again", "note_nl", "note_en",
               "confidence"),
    "evidence": ("claim", "relation", "rests_on", "shown_nl", "shown_en", "grade", "text_nl", "text_en", "id"),
    "totals": ("claim", "role", "round", "voters", "agreement"),
    "shifts": ("claim", "moved"),
    "scopes": ("claim", "rests_on", "part", "said_nl", "said_en", "measured_nl", "measured_en"),
    "stances": ("claim", "organisation", "stance", "spoken_by", "text_nl", "text_en"),
    "dissents": ("claim", "text"),
    "questions": ("id", "text_nl", "text_en", "state", "owner", "due", "method_nl", "method_en", "foretold_nl",
                  "foretold_en", "answer_nl", "answer_en", "agreed_before", "known", "confidence"),
    "decisions": ("id", "date", "text_nl", "text_en", "reason_nl", "reason_en", "alternatives_nl", "alternatives_en",
                  "roles_present", "reversible_until"),
    "corrections": ("id", "about", "text", "outcome", "settled_nl", "settled_en"),
    "changes": ("claim", "rests_on", "changed", "old_nl", "old_en", "new_nl", "new_en", "release", "owner"),
    "acts": ("id", "at", "kind", "subject", "role", "partner"),
    "set_aside": ("file", "reason", "more"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Ledger:
    """The ledger as its acts leave it. Every table is a DataFrame with fixed columns that shows itself in words.

    Parameters
    ----------
    folded : claims, questions, decisions and corrections as values. ``aside`` : files and acts that do not count.
    rules : those of ``data/rules/ledger.yaml``. ``facts`` : the releases and registers that claims rest on.

    Notes
    -----
    Of what persons said it holds what was told by rule, and nothing else: it never opens the private folder.
    """

    folded: Folded
    aside: tuple[SetAside, ...]
    rules: LedgerRules
    facts: KnownFacts

    def claim(self, name: str) -> ClaimNow:
        """One claim with its history.

        Parameters
        ----------
        name : its id.

        Raises
        ------
        InputError : there is none of that name.
        """
        if name not in self.folded.claims:
            near = did_you_mean(name, list(self.folded.claims))
            raise InputError(Problem(f"There is no claim '{name}' in the ledger.", do=near))
        return self.folded.claims[name]

    def statement(self, name: str, language: str | None = None) -> str:
        """The sentence of a claim, its numbers printed as somebody last saw them in the release.

        Parameters
        ----------
        name : id of the claim.
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        return _statement(self.claim(name), chosen_language(language))

    def grade(self, evidence: EvidenceAdded) -> str:
        """How strong one piece of evidence is, by rule; of a page outside it is what its writer said."""
        if evidence.grade:
            return evidence.grade
        fact = self.facts.found_now(evidence.rests_on)
        return fact.grade if fact else self.rules.values.order[-1]

    def strength(self, claim: ClaimNow) -> str:
        """How strong a claim is: never higher than its best evidence."""
        return strength_from([(one.relation, self.grade(one)) for one in claim.evidence], self.rules)

    @cached_property
    def changed(self) -> Mapping[str, tuple[Changed, ...]]:
        """Claim -> what changed under it since somebody last looked."""
        return {name: changes_under(claim, self.facts) for name, claim in self.folded.claims.items()}

    @cached_property
    def claims(self) -> LedgerTable:
        """One row a claim; the claim that every role agrees with stands before one that a single role likes."""
        ranked = sorted(self.folded.claims.values(), key=lambda claim: (-least_agreement(claim), claim.id))
        return _table("claims", (self._claim_row(claim) for claim in ranked))

    def _claim_row(self, claim: ClaimNow) -> tuple[Any, ...]:
        again, strength, begun = bool(self.changed[claim.id]), self.strength(claim), claim.begun
        status = status_of(claim, strength, self.rules, look_again=again)
        texts = (_statement(claim, "nl"), _statement(claim, "en"))
        return (claim.id, *texts, begun.claim_kind, strength, status, again, begun.note_nl, begun.note_en,
                begun.confidence)  # fmt: skip

    @cached_property
    def evidence(self) -> LedgerTable:
        """One row a piece of evidence that counts: how it reads, and how strong it is."""
        return _table("evidence", (row for claim in self._by_name for row in self._evidence_rows(claim)))

    def _evidence_rows(self, claim: ClaimNow) -> list[tuple[Any, ...]]:
        rows = []
        for one in claim.evidence:
            pin = claim.pins.get(one.rests_on)
            shown = (pin.shown_nl, pin.shown_en) if pin else ("", "")
            grade = self.grade(one)
            rows.append((claim.id, one.relation, one.rests_on, *shown, grade, one.text_nl, one.text_en, one.id))
        return rows

    @cached_property
    def _by_name(self) -> list[ClaimNow]:
        return [self.folded.claims[name] for name in sorted(self.folded.claims)]

    @cached_property
    def totals(self) -> LedgerTable:
        """What was told of positions on the present wording: voters as a class, agreement in words."""
        told = [(claim.id, act) for claim in self._by_name for act in _told(claim)]
        return _table(
            "totals",
            ((name, one.role, act.round, one.voters, one.agreement) for name, act in told for one in act.roles),
        )

    @cached_property
    def shifts(self) -> LedgerTable:
        """How many changed their position between the rounds, over all roles, in a word."""
        return _table("shifts", ((claim.id, act.moved) for claim in self._by_name for act in _told(claim) if act.moved))

    @cached_property
    def scopes(self) -> LedgerTable:
        """Where evidence for a claim is about other people, another place or another time than the claim says."""
        found = [one for claim in self._by_name for one in other_scopes(claim, self.facts)]
        return _table(
            "scopes",
            ((one.claim, one.reference, one.part, one.said.nl, one.said.en, one.measured.nl, one.measured.en)
             for one in found),
        )  # fmt: skip

    @cached_property
    def stances(self) -> LedgerTable:
        """What organisations say in their own name."""
        taken = [(claim.id, claim.stances[name]) for claim in self._by_name for name in sorted(claim.stances)]
        return _table(
            "stances", ((name, one.partner, one.stance, one.spoken_by, one.text_nl, one.text_en) for name, one in taken)
        )

    @cached_property
    def dissents(self) -> LedgerTable:
        """Dissent that its writers released, without role and without order."""
        found = [(c.id, one.text) for c in self._by_name for one in c.dissents if one.what == "dissent"]
        return _table("dissents", found)

    @cached_property
    def questions(self) -> LedgerTable:
        """One row a question: who has it, the method agreed beforehand, what was foretold and what came."""
        return _table("questions", (_question_row(one) for _, one in sorted(self.folded.questions.items())))

    @cached_property
    def decisions(self) -> LedgerTable:
        """One row a decision, the earliest first."""
        rows = (
            (one.subject, one.at[:10], one.text_nl, one.text_en, one.reason_nl, one.reason_en, one.alternatives_nl,
             one.alternatives_en, ", ".join(one.roles_present), one.reversible_until)
            for one in self.folded.decisions
        )  # fmt: skip
        return _table("decisions", rows)

    @cached_property
    def corrections(self) -> LedgerTable:
        """One row a correction that a reader asked; without outcome while it waits."""
        rows = []
        for name, one in sorted(self.folded.corrections.items()):
            done = one.settled
            settled = (done.outcome, done.text_nl, done.text_en) if done else ("", "", "")
            rows.append((name, one.begun.about, one.begun.text, *settled))
        return _table("corrections", rows)

    @cached_property
    def changes(self) -> LedgerTable:
        """What claims rest on and is not what it was: the old and the new published value, and who is to look."""
        rows = (
            (one.claim, one.reference, ";".join(one.parts), one.old_nl, one.old_en, one.new_nl, one.new_en, one.release,
             self.folded.claims[one.claim].begun.role)
            for name in sorted(self.changed)
            for one in self.changed[name]
        )  # fmt: skip
        return _table("changes", rows)

    @cached_property
    def acts(self) -> LedgerTable:
        """All public acts that count, the earliest first."""
        return _table(
            "acts", ((one.id, one.at, one.kind, one.subject, one.role, one.partner) for one in self.folded.acts)
        )

    @cached_property
    def set_aside(self) -> LedgerTable:
        """Files and acts that do not count, with the reason of each."""
        return _table("set_aside", ((one.file, one.reason, one.more) for one in self.aside))

    def __repr__(self) -> str:
        return self._summary()

    def _repr_html_(self) -> str:
        shown = "".join(getattr(self, name)._repr_html_() for name in ("claims", "questions"))
        return f"<p>{self._summary()}</p>{shown}"

    def _summary(self) -> str:
        return say(
            "ledger.summary",
            chosen_language(),
            claims=len(self.folded.claims),
            questions=len(self.folded.questions),
            decisions=len(self.folded.decisions),
            acts=len(self.folded.acts),
            again=sum(bool(found) for found in self.changed.values()),
            aside=len(self.aside),
        )


def read_ledger(folder: Path | None = None, *, releases: Path | None = None, registers: Path | None = None) -> Ledger:
    """The ledger: what was claimed, on what it rests, what is asked and what was decided.

    Parameters
    ----------
    folder : folder of the ledger; ``data/ledger`` when left out.
    releases : folder of the releases that claims rest on; ``data/published`` when left out.
    registers : folder of the registers that they rest on; ``data/registers`` when left out. A page that is made from a
        release gives ``release.registers``, so that it changes when a release does.

    Returns
    -------
    Ledger, with tables ``claims``, ``evidence``, ``scopes``, ``totals``, ``shifts``, ``stances``, ``dissents``,
    ``questions``, ``decisions``, ``corrections``, ``changes``, ``acts`` and ``set_aside``. A file that cannot be used
    is named in ``set_aside``, and the rest reads.

    Raises
    ------
    InputError : the rules of the ledger cannot be read.

    Examples
    --------
    >>> ledger = read_ledger()
    >>> ledger.questions["id"].tolist()[:2]
    ['companies-and-programmes', 'open-01']
    >>> ledger.statement("claim-7", "en")
    'Few students report'
    """
    rules = read_ledger_rules()
    acts, files = read_act_files(folder)
    folded = fold(acts)
    return Ledger(folded, (*files, *folded.set_aside), rules, KnownFacts(rules, releases, registers))


def _table(part: str, rows: Iterable[tuple[Any, ...]]) -> LedgerTable:
    from stagekansen_lib.fact_finding.ledger_tables import LedgerTable

    found = LedgerTable(list(rows), columns=list(PARTS[part]))
    found.part = part
    return found


def _statement(claim: ClaimNow, language: Language) -> str:
    shown = {name: Shown(pin.shown_nl, pin.shown_en) for name, pin in claim.pins.items()}
    return printed(claim.wording.text_nl if language == "nl" else claim.wording.text_en, language, shown)


def _told(claim: ClaimNow) -> list[Any]:
    return [act for (wording, _), act in sorted(claim.totals.items()) if wording == claim.wording.id]


def _question_row(question: QuestionNow) -> tuple[Any, ...]:
    begun = question.begun
    before = "" if question.agreed_before is None else question.agreed_before
    return (
        question.id, begun.text_nl, begun.text_en, question.state, question.owner, question.due,
        *_method_texts(question), *_answer_texts(question), before, begun.known, begun.confidence,
    )  # fmt: skip


def _method_texts(question: QuestionNow) -> tuple[str, str, str, str]:
    """The method agreed last and what was foretold with it, in both languages."""
    if not question.methods:
        return "", "", "", ""
    method = question.methods[-1]
    dutch = [say("ledger.foretold", "nl", result=one.if_nl, meaning=one.then_nl) for one in method.foretold]
    english = [say("ledger.foretold", "en", result=one.if_en, meaning=one.then_en) for one in method.foretold]
    return method.text_nl, method.text_en, " ".join(dutch), " ".join(english)


def _answer_texts(question: QuestionNow) -> tuple[str, str]:
    if not question.answers:
        return "", ""
    answer = question.answers[-1]
    shown = {one.reference: Shown(one.shown_nl, one.shown_en) for one in answer.rests}
    return printed(answer.text_nl, "nl", shown), printed(answer.text_en, "en", shown)
