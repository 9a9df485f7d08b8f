"""Claims of the ledger as a page shows them: on what they rest, and what may be told of who stands behind them.

Of what persons said a page knows only what the ledger told by rule: a word for each role, never a number of votes.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.fact_finding.folding import ClaimNow, QuestionNow
from stagekansen_lib.fact_finding.ledgers import Ledger
from stagekansen_lib.fact_finding.references import parse_reference
from stagekansen_lib.fact_finding.staleness import told_change
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.views.fact_figures import FactQuestion
from stagekansen_lib.wording import Language, date_text, say

if TYPE_CHECKING:
    from stagekansen_lib.disclosure.published import PublishedTable

__all__ = [
    "ClaimCard",
    "EvidenceLine",
    "QuestionCard",
    "RoleLine",
    "agreement_picture",
    "claim_cards",
    "question_cards",
]

# From least to most agreement, as they stand in the picture.
_STEPS = ("broadly_disagrees", "divided", "broadly_agrees")
_SIDE, _GAP = 20, 4


@dataclass(frozen=True)
class EvidenceLine:
    """One piece of evidence: for or against, how it reads, of what kind, and where it is shown; "" when nowhere."""

    relation: str
    shown: str
    about: str
    grade: str
    text: str
    link: str


@dataclass(frozen=True)
class RoleLine:
    """What was told of one role: a class of voters, a word, and the same word as a picture."""

    role: str
    voters: str
    agreement: str
    picture: str


@dataclass(frozen=True)
class ClaimCard:
    """A claim in one language. ``question`` is the id of the question it speaks to; "" when none is known.

    ``changed`` holds what changed, in words; ``scopes`` (what differs, the claim, the evidence);
    ``chart`` the picture of the published table that it rests on, "" when it rests on none. ``made_up`` : True when it
    rests on figures of made-up answers, which each copy of it says.
    """

    id: str
    question: str
    statement: str
    kind: str
    strength: str
    status: str
    status_text: str
    note: str
    evidence: tuple[EvidenceLine, ...]
    roles: tuple[RoleLine, ...]
    moved: str
    stances: tuple[tuple[str, str, str, str], ...]
    dissents: tuple[str, ...]
    would_change: tuple[str, ...]
    changed: tuple[str, ...]
    scopes: tuple[tuple[str, str, str], ...]
    chart: str
    made_up: bool

    def copied(self, language: Language) -> str:
        """The claim with what must travel with it."""
        rests = "; ".join(f"{line.shown} ({line.about})" if line.about else line.shown for line in self.evidence)
        told = (
            say("sentences.synthetic", language) if self.made_up else "",
            say("facts.copied_claim", language, claim=self.statement, status=self.status_text, strength=self.strength),
            say("facts.copied_mind", language, text=self.note) if self.note else "",
            say("facts.copied_rests", language, rests=rests) if rests else "",
        )
        return " ".join(part.rstrip(".") + "." for part in told if part)


@dataclass(frozen=True)
class QuestionCard:
    """A question of the parties: who has it and by when, how it will be answered, what was foretold and what came."""

    id: str
    text: str
    note: str
    known: str
    known_text: str
    owner: str
    due: str
    method: str
    agreed_on: str
    foretold: str
    answer: str


def claim_cards(
    ledger: Ledger, registers: Registers, questions: Sequence[FactQuestion], language: Language
) -> list[ClaimCard]:
    """Every claim, in the order of the ledger: the one that every role agrees with before one that a single role likes.

    Claims that were taken back come last.
    """
    cards = [_card(ledger, ledger.claim(name), registers, questions, language) for name in ledger.claims["id"].tolist()]
    return sorted(cards, key=lambda card: card.status == "withdrawn")


def _card(
    ledger: Ledger, claim: ClaimNow, registers: Registers, questions: Sequence[FactQuestion], language: Language
) -> ClaimCard:
    row = next(one for one in ledger.claims.to_dict("records") if one["id"] == claim.id)
    told = claim.latest_totals
    wording = claim.wording.id
    released = {what: tuple(one.text for one in claim.dissents if (one.what, one.wording) == (what, wording))
                for what in ("dissent", "would_change")}  # fmt: skip
    return ClaimCard(
        id=claim.id,
        question=_question_of(claim, ledger, questions),
        statement=ledger.statement(claim.id, language),
        kind=say(f"ledger.kind_{row['kind']}", language),
        strength=say(f"ledger.grade_{row['strength']}", language),
        status=row["status"],
        status_text=say(f"ledger.status_{row['status']}", language),
        note=row[f"note_{language}"],
        evidence=tuple(_evidence_lines(ledger, claim, registers, language)),
        roles=tuple(
            RoleLine(
                ledger.rules.role_text(one.role, language),
                one.voters,
                say(f"ledger.agreement_{one.agreement}", language),
                agreement_picture(one.agreement),
            )
            for one in (told.roles if told else ())
        ),
        moved=say(f"ledger.moved_{told.moved}", language) if told and told.moved else "",
        stances=tuple(
            (_partner(name, registers), say(f"ledger.stance_{one.stance}", language), one.spoken_by,
             one.text_nl if language == "nl" else one.text_en)
            for name, one in sorted(claim.stances.items())
        ),
        dissents=released["dissent"],
        would_change=released["would_change"],
        changed=tuple(told_change(one, language) for one in ledger.changed[claim.id]),
        scopes=tuple(_scopes(ledger, claim, language)),
        chart=_chart(ledger, claim, language),
        made_up=_rests_on_made_up(ledger, claim),
    )  # fmt: skip


def _evidence_lines(ledger: Ledger, claim: ClaimNow, registers: Registers, language: Language) -> list[EvidenceLine]:
    lines = []
    for one in claim.evidence:
        pin = claim.pins.get(one.rests_on)
        shown = (pin.shown_nl if language == "nl" else pin.shown_en) if pin else one.rests_on
        about, link = _about(one.rests_on, registers, language)
        lines.append(
            EvidenceLine(
                say(f"ledger.relation_{one.relation}", language),
                shown,
                about,
                say(f"ledger.grade_{ledger.grade(one)}", language),
                one.text_nl if language == "nl" else one.text_en,
                link,
            )
        )
    return lines


def _about(rests_on: str, registers: Registers, language: Language) -> tuple[str, str]:
    """What a reference is about in words, and where a reader finds it."""
    try:
        reference = parse_reference(rests_on)
    except InputError:
        return "", ""
    if reference.home == "page":
        return "", reference.text
    if reference.home == "key_figures" and reference.entry in registers.key_figures:
        figure = registers.key_figures[reference.entry]
        return figure.text("label", language), f"#cijfer-{figure.id}" if figure.displayable else ""
    if reference.home == "sources":
        return "", f"bronnen#bron-{reference.entry}"
    return "", "verkenner" if reference.in_release else ""


def _chart(ledger: Ledger, claim: ClaimNow, language: Language) -> str:
    """The picture of the first published table that a claim rests on, as it is in the release that was looked at."""
    from stagekansen_lib.pictures.charts import draw_intervals

    for text in claim.rests_on:
        try:
            reference = parse_reference(text)
            table = _table(ledger, reference.home, reference.entry) if reference.in_release else None
            drawn = draw_intervals(table, language=language).svg if table is not None else ""
        except (InputError, RefusedError):
            continue  # it is in no release any more, or it is drawn in another way; the evidence names it all the same
        if drawn:
            # Two claims may rest on one table: a name stands once on a page.
            return re.sub(r'(?<=[" #(])(?=chart-)', f"{claim.id}-", drawn)
    return ""


def _rests_on_made_up(ledger: Ledger, claim: ClaimNow) -> bool:
    for text in claim.rests_on:
        try:
            reference = parse_reference(text)
            if reference.in_release and ledger.facts.release(reference.home).provenance.synthetic:
                return True
        except InputError:
            continue  # in no release any more
    return False


def _table(ledger: Ledger, release: str, entry: str) -> PublishedTable | None:
    """The table that a reference is about; of a comparison the one with its outcome and groups."""
    found = ledger.facts.release(release)
    test = found.comparisons.get(entry)
    if test is None:
        return found.tables.get(entry)
    alike = (one for one in found.tables.values() if (one.of, tuple(one.by)) == (test.of, tuple(test.by)))
    return next(alike, None)


def _scopes(ledger: Ledger, claim: ClaimNow, language: Language) -> list[tuple[str, str, str]]:
    """Where its evidence is about other people, another place or time; each difference once."""
    rows = ledger.scopes[ledger.scopes["claim"] == claim.id].to_dict("records")
    told = [
        (say(f"ledger.scope_{row['part']}", language), row[f"said_{language}"], row[f"measured_{language}"])
        for row in rows
    ]
    return list(dict.fromkeys(told))


def _question_of(claim: ClaimNow, ledger: Ledger, questions: Sequence[FactQuestion]) -> str:
    """The question to which most of what a claim rests on speaks; the first named when two have as many."""
    of_figure = {
        figure.id: question.id
        for question in questions
        for figure in (*(one.figure for one in question.figures), *question.missing)
    }
    of_outcome = {outcome: question.id for question in questions for outcome in question.outcomes}
    found: Counter[str] = Counter()
    for text in claim.rests_on:
        try:
            reference = parse_reference(text)
        except InputError:
            continue
        if reference.home == "key_figures":
            found[of_figure.get(reference.entry, "")] += 1
        elif reference.in_release:
            found[of_outcome.get(_outcome(ledger, reference.home, reference.entry), "")] += 1
    del found[""]
    # What is context for most of its figures still speaks to the question that one of them is about.
    ranked = [name for name, _ in found.most_common() if name != "context"]
    return (ranked or [*found, ""])[0]


def _outcome(ledger: Ledger, release: str, entry: str) -> str:
    """The variable that a table or comparison of a release is about; "" when it is there no more."""
    try:
        found = ledger.facts.release(release)
    except InputError:
        return ""
    part = found.tables.get(entry) or found.comparisons.get(entry)
    return str(part.of) if part is not None else ""


def agreement_picture(agreement: str) -> str:
    """Three boxes from disagreement to agreement, the one that fits filled. It says the word and no more."""
    boxes = "".join(
        f'<rect class="{"here" if step == agreement else "free"}" x="{1 + place * (_SIDE + _GAP)}" y="1"'
        f' width="{_SIDE}" height="12" rx="2"/>'
        for place, step in enumerate(_STEPS)
    )
    return f'<svg class="agreement" aria-hidden="true" width="{len(_STEPS) * (_SIDE + _GAP)}" height="14">{boxes}</svg>'


def question_cards(ledger: Ledger, registers: Registers, language: Language) -> list[QuestionCard]:
    """The questions of the parties, those that nobody has taken up first."""
    rows = {row["id"]: row for row in ledger.questions.to_dict("records")}
    order = ("open", "assigned", "method_agreed", "answered")
    questions = sorted(ledger.folded.questions.values(), key=lambda one: (order.index(one.state), one.id))
    return [_question_card(one, rows[one.id], ledger, registers, language) for one in questions]


def _question_card(
    question: QuestionNow, row: Mapping[Any, Any], ledger: Ledger, registers: Registers, language: Language
) -> QuestionCard:
    begun, method = question.begun, question.methods[-1] if question.methods else None
    owner = question.owner
    return QuestionCard(
        id=question.id,
        text=row[f"text_{language}"],
        note=begun.note_nl if language == "nl" else begun.note_en,
        known=begun.known,
        known_text=say(f"ledger.known_{begun.known}", language),
        owner=_partner(owner, registers) if owner in registers.partners else _role(owner, ledger, registers, language),
        due=_day(question.due, language),
        method=row[f"method_{language}"],
        agreed_on=_day(method.at[:10], language) if method else "",
        foretold=row[f"foretold_{language}"],
        answer=row[f"answer_{language}"],
    )


def _day(text: str, language: Language) -> str:
    return date_text(dt.date.fromisoformat(text), language) if text else ""


def _partner(name: str, registers: Registers) -> str:
    return registers.partners[name].name if name in registers.partners else name


def _role(name: str, ledger: Ledger, registers: Registers, language: Language) -> str:
    roles = registers.method.roles
    return roles[name].text("label", language) if name in roles else ledger.rules.role_text(name, language)
