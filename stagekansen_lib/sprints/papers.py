"""The papers of a sprint as documents: the running order with its checklists, question cards, and the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stagekansen_lib.documents.blocks import (
    Blank,
    Block,
    Bullets,
    Card,
    Document,
    Heading,
    Item,
    PageBreak,
    Paragraph,
    Picture,
    Table,
)
from stagekansen_lib.documents.drawing import Step, draw_path
from stagekansen_lib.fact_finding.ledgers import Ledger
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.sprints.checking import Missing
from stagekansen_lib.sprints.plans import Slot, Task, read_plan
from stagekansen_lib.sprints.sprints import SprintFacts
from stagekansen_lib.views.fact_claims import QuestionCard, question_cards
from stagekansen_lib.wording import Language, date_text, say

__all__ = ["Shown", "cards_paper", "order_paper", "path_picture", "report_paper", "who_does"]

# Cards to fill in by hand, beside those of the questions that are there.
_EMPTY_CARDS = 6


@dataclass(frozen=True)
class Shown:
    """A sprint as it stands, in one language."""

    facts: SprintFacts
    ledger: Ledger
    registers: Registers
    missing: tuple[Missing, ...]
    language: Language

    def say(self, key: str, /, **values: object) -> str:
        return say(f"sprint.{key}", self.language, **values)

    def phase(self, name: str) -> str:
        return next(one.text("label", self.language) for one in self.registers.method.phases if one.id == name)

    @property
    def title(self) -> str:
        return self.facts.title_nl if self.language == "nl" else self.facts.title_en

    @property
    def mark(self) -> str:
        return self.say("mark") if self.facts.synthetic else ""

    @property
    def days(self) -> str:
        return self.say("and").join(date_text(day, self.language) for day in self.facts.days) or self.say("no_days")


def who_does(shown: Shown, role: str) -> str:
    """A role of the plan in words, with who has it in this sprint."""
    label = shown.registers.method.roles[role].text("label", shown.language).partition(" (")[0]
    who = shown.facts.roles.get(role, "")
    return f"{label} ({who})" if who else label


def path_picture(shown: Shown) -> Picture:
    """The path of the sprint: each phase with how many of its tasks are done."""
    steps = [_step(shown, phase) for phase in read_plan().phases]
    return draw_path(steps, shown.say("path"), prefix=shown.mark)


def _step(shown: Shown, phase: str) -> Step:
    tasks = [task for task in read_plan().tasks if task.phase == phase]
    left = sum(one.task.phase == phase for one in shown.missing)
    state = "done" if left == 0 else "open" if left == len(tasks) else "busy"
    told = shown.say("step", done=len(tasks) - left, all=len(tasks))
    return Step(shown.phase(phase).partition(" (")[0], state, told)


def order_paper(shown: Shown) -> Document:
    """The running order: roles, the agenda of two days, and a checklist for each phase."""
    return _paper(shown, "order_title", "order_subtitle", tuple(_order(shown)))


def _paper(shown: Shown, title: str, subtitle: str, blocks: tuple[Block, ...]) -> Document:
    return Document(
        title=f"{shown.say(title)}: {shown.title}",
        subtitle=shown.say(subtitle, days=shown.days),
        language=shown.language,
        blocks=blocks,
        date=max(shown.facts.days, default=dt.date(2000, 1, 1)),
        mark=shown.mark,
    )


def _order(shown: Shown) -> Iterator[Block]:
    yield Heading(shown.say("roles"))
    yield Paragraph(shown.say("roles_text"))
    plan = read_plan()
    asked = dict.fromkeys([*(task.by for task in plan.tasks), *(slot.by for slot in plan.agenda)])
    labels = {role: shown.registers.method.roles[role].text("label", shown.language) for role in asked}
    roles = tuple((label, shown.facts.roles.get(role) or "-") for role, label in labels.items())
    yield Table(shown.say("roles_caption"), (shown.say("head_role"), shown.say("head_who")), roles)
    for day in sorted({slot.day for slot in read_plan().agenda}):
        yield Heading(_day_heading(shown, day))
        rows = tuple(_slot_row(shown, slot) for slot in read_plan().agenda if slot.day == day)
        heads = tuple(shown.say(f"head_{head}") for head in ("when", "what", "who"))
        yield Table(shown.say("programme", day=day), heads, rows, widths=(2, 7, 3))
    yield PageBreak()
    yield Heading(shown.say("checklists"))
    yield Paragraph(shown.say("checklists_text", name=shown.facts.name))
    for phase in read_plan().phases:
        tasks = [task for task in read_plan().tasks if task.phase == phase]
        items = tuple(Item(_task_text(shown, task)) for task in tasks)
        yield Card(shown.phase(phase), (Bullets(items, ticks=True),), whole=True)


def _day_heading(shown: Shown, day: int) -> str:
    dated = f" ({date_text(shown.facts.days[day - 1], shown.language)})" if len(shown.facts.days) >= day else ""
    return shown.say("day", day=day) + dated


def _slot_row(shown: Shown, slot: Slot) -> tuple[str, ...]:
    return (f"{slot.begins} - {slot.ends}", slot.text(shown.language), who_does(shown, slot.by))


def _task_text(shown: Shown, task: Task) -> str:
    return f"{task.text(shown.language)} {shown.say('by', who=who_does(shown, task.by))}"


def cards_paper(shown: Shown) -> Document:
    """A card for each question of the ledger with what is known of it, and empty ones to fill in by hand."""
    known = [_question_card(shown, card) for card in question_cards(shown.ledger, shown.registers, shown.language)]
    blank = tuple(Blank(one.text(shown.language), one.lines) for one in read_plan().card)
    empty = [Card(shown.say("card", number=number + 1), blank, level=2, whole=True) for number in range(_EMPTY_CARDS)]
    return _paper(shown, "cards_title", "cards_subtitle", (*known, *empty))


def _question_card(shown: Shown, card: QuestionCard) -> Card:
    owner, due = card.owner or say("facts.no_owner", shown.language), card.due or say("facts.no_date", shown.language)
    blocks: list[Block] = [Paragraph(shown.say("card_owner", owner=owner, due=due))]
    if card.note:
        blocks.append(Paragraph(card.note, soft=True))
    if card.method:
        blocks += [Paragraph(shown.say("card_method", method=card.method)), Paragraph(card.foretold)]
        asked = read_plan().card[-1:]
    else:
        asked = read_plan().card[2:]
    blocks += [Blank(one.text(shown.language), one.lines) for one in asked]
    return Card(card.text, tuple(blocks), level=2, whole=True)


# The report ---------------------------------------------------------------------------------------------------------


def report_paper(shown: Shown, *, unfinished: str = "") -> Document:
    """What came of a sprint, on one page where it fits: answers, claims, decisions, what stays open, what was not done.

    ``unfinished`` : why it was closed while something was missing.
    """
    return _paper(shown, "report_title", "report_subtitle", tuple(_report(shown, unfinished)))


def _report(shown: Shown, unfinished: str) -> Iterator[Block]:
    language, ledger = shown.language, shown.ledger
    sides = ", ".join(ledger.rules.role_text(one, language) for one in shown.facts.present) or "-"
    yield Paragraph(shown.say("report_who", sides=sides, release=shown.facts.release or "-"))
    cards = question_cards(ledger, shown.registers, language)
    yield from _listed(shown.say("answered"), [_answered(shown, one) for one in cards if one.answer])
    yield from _listed(shown.say("claims"), _claims(shown))
    yield from _listed(shown.say("decisions"), _decisions(shown))
    yield from _listed(shown.say("left_open"), [_left_open(shown, one) for one in cards if not one.answer])
    late = [one for one in ledger.questions.to_dict("records") if one["agreed_before"] is False]
    if late:
        yield from _listed(shown.say("late"), [one[f"text_{language}"] for one in late])
    if shown.missing:
        yield from _listed(shown.say("not_done"), [_task_text(shown, one.task) for one in shown.missing])
        yield Paragraph(shown.say("not_done_why", why=unfinished))
    review = shown.facts.next_review
    yield Paragraph(shown.say("review", day=date_text(review, language)) if review else shown.say("no_review"))


def _listed(heading: str, texts: Sequence[str]) -> Iterator[Block]:
    yield Heading(heading)
    yield Bullets(tuple(Item(text) for text in texts or ["-"]))


def _answered(shown: Shown, card: QuestionCard) -> str:
    return shown.say("answer", question=card.text, answer=card.answer)


def _claims(shown: Shown) -> list[str]:
    language = shown.language
    rows = shown.ledger.claims.to_dict("records")
    return [
        shown.say(
            "claim",
            statement=row[f"statement_{language}"],
            status=say(f"ledger.status_{row['status']}", language),
            strength=say(f"ledger.grade_{row['strength']}", language),
        )
        for row in rows
    ]


def _decisions(shown: Shown) -> list[str]:
    rows = shown.ledger.decisions.to_dict("records")
    texts = [(row[f"text_{shown.language}"], row[f"reason_{shown.language}"]) for row in rows]
    return [f"{text} ({reason})" if reason else text for text, reason in texts]


def _left_open(shown: Shown, card: QuestionCard) -> str:
    owner, due = card.owner or say("facts.no_owner", shown.language), card.due or say("facts.no_date", shown.language)
    return shown.say("open", question=card.text, owner=owner, due=due)
