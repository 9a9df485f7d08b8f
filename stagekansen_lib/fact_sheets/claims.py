"""Claims and questions of the ledger as blocks of a document, with what must travel with each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stagekansen_lib.documents.blocks import Block, Bullets, Card, Heading, Item, Notice, Paragraph, Quote, Table
from stagekansen_lib.views.fact_claims import ClaimCard, QuestionCard
from stagekansen_lib.wording import Language, say

__all__ = ["LEFT_OUT", "claim_block", "questions_table"]

# Claims that the parties put aside do not stand on a fact sheet; how many there are does.
LEFT_OUT = ("parked", "withdrawn")


def claim_block(card: ClaimCard, language: Language) -> Card:
    """A claim: how it stands, what to beware of, what it rests on, who stands behind it, and every dissent."""
    return Card(card.statement, tuple(_parts(card, language)))


def _parts(card: ClaimCard, language: Language) -> Iterator[Block]:
    stands = say("fact_sheet.stands", language, status=card.status_text, kind=card.kind, strength=card.strength)
    yield Paragraph(stands)
    if card.note:
        yield Paragraph(say("facts.copied_mind", language, text=card.note))
    for change in card.changed:
        yield Notice(say("facts.changed", language, change=change))
    yield Heading(say("facts.evidence", language), 4)
    yield Bullets(tuple(Item(text) for text in _evidence(card, language)))
    if card.scopes:
        yield Heading(say("facts.scopes", language), 4)
        yield Bullets(
            tuple(
                Item(say("facts.scope", language, part=_first_up(part), said=said, measured=measured))
                for part, said, measured in card.scopes
            )
        )
    yield Heading(say("facts.behind", language), 4)
    yield from _behind(card, language)
    yield from _against(card, language)


def _evidence(card: ClaimCard, language: Language) -> list[str]:
    """How each piece of evidence reads; a text that stands with all of them once, at the end."""
    lines = []
    for line in card.evidence:
        about = f" ({line.about})" if line.about else ""
        lines.append(f"{_first_up(line.relation)}: {line.shown}{about}. {_first_up(line.grade)}.")
    texts = dict.fromkeys(line.text for line in card.evidence if line.text)
    notes = [say("fact_sheet.evidence_note", language, text=text) for text in texts]
    return [*lines, *notes] or [_first_up(say("ledger.grade_none", language)) + "."]


def _behind(card: ClaimCard, language: Language) -> Iterator[Block]:
    told = [f"{_first_up(one.role)}: {one.agreement} ({say('facts.voters', language, voters=one.voters)})."
            for one in card.roles]  # fmt: skip
    for organisation, stance, spoken_by, text in card.stances:
        words = f": “{text}”" if text else ""
        told.append(f"{organisation} {stance}{words} ({say('facts.spoken_by', language, who=spoken_by)}).")
    if told:
        yield Bullets(tuple(Item(text) for text in told))
    if not card.roles:
        yield Paragraph(say("facts.no_totals", language), soft=True)
    if card.moved:
        yield Paragraph(say("facts.moved", language, many=card.moved))


def _against(card: ClaimCard, language: Language) -> Iterator[Block]:
    if card.dissents:
        yield Heading(say("facts.dissent", language), 4)
        yield Paragraph(say("facts.dissent_note", language), soft=True)
        yield from (Quote(text) for text in card.dissents)
    if card.would_change:
        yield Heading(say("facts.would_change", language), 4)
        yield Bullets(tuple(Item(text) for text in card.would_change))


def questions_table(questions: Sequence[QuestionCard], language: Language) -> Table:
    """Who has each question, by when, and how it will be answered; what came where it was answered."""
    rows = tuple(
        (
            question.text,
            question.known_text,
            question.owner or say("facts.no_owner", language),
            question.due or say("facts.no_date", language),
            question.answer or question.method or say("facts.no_method", language),
        )
        for question in questions
    )
    heads = ("question", "known", "owner", "due", "method")
    return Table(
        say("facts.questions", language), tuple(say(f"fact_sheet.head_{head}", language) for head in heads), rows
    )


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
