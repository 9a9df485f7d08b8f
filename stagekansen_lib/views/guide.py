"""The guide (wegwijzer): a way by yes and no to two or three tools, a check with a plan, layers, lessons, tools."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stagekansen_lib.registers.people_and_places import Instrument
from stagekansen_lib.registers.public_points import PublicPoint, public_reporting_points
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.registers.standard import CheckQuestion, StandardLayer, StandardRole
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language, date_text, say

__all__ = ["End", "Stop", "Tool", "guide", "page", "ways"]

# At the end of a way: enough to choose from, few enough to begin.
_AT_MOST = 3


@dataclass(frozen=True)
class Tool:
    """A tool that can be opened: a name, an address, and the register that says so."""

    name: str
    url: str
    what: str
    owner: str
    instrument: Instrument
    desk: bool = False


@dataclass(frozen=True)
class Stop:
    """A question on the way of one role; ``said`` is what the answer before it means. Links are ids on the page."""

    id: str
    question: str
    said: str
    number: int
    if_yes: str
    if_no: str


@dataclass(frozen=True)
class End:
    """Where a way ends: the boxes of the Stagestandaard, two or three tools, and the names without an address."""

    id: str
    labels: tuple[str, ...]
    tools: tuple[Tool, ...]
    without_address: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """The whole way of one role."""

    role: StandardRole
    stops: tuple[Stop, ...]
    ends: tuple[End, ...]


def guide(*, language: str | None = None) -> View:
    """The view on the Stagestandaard and the register of instruments."""
    chosen, registers = chosen_language(language), read_registers()
    return page_view("wegwijzer", chosen, lambda: page(registers, chosen))


def page(registers: Registers, language: Language) -> str:
    """The page as HTML; what is lacking for a place without instruments.

    The way and the self-check need no script: the address and the style sheet show what fits.
    """
    if not registers.standard.roles:
        return render("no_guide.html.j2", language)
    tools = _tools(registers, language)
    listed = [tool for tool in tools.values() if not tool.desk]
    roles = {
        role: tool.instrument.text("audience", language).split("; ")[place]
        for tool in listed
        for place, role in enumerate(tool.instrument.audience)
    }
    return render(
        "guide.html.j2",
        language,
        ways=ways(registers, language),
        checks=[(role, list(_check_of(registers, role.id))) for role in registers.standard.roles],
        boxes=registers.standard.boxes,
        layers=[(layer, _tools_of(layer, tools)) for layer in registers.standard.layers],
        standard_note=registers.heads["standard"].note(language),
        tools=listed,
        folds=list(_folds(registers, listed, language)),
        roles=dict(sorted(roles.items(), key=lambda pair: pair[1])),
        steps=list(registers.instrument_steps),
        day=lambda text: date_text(dt.date.fromisoformat(text), language),
        without_address=_without_address(registers, registers.instruments.ids, language),
        lessons=list(registers.lessons),
        head=registers.heads["instruments"],
        lessons_head=registers.heads["lessons"],
    )


def _folds(registers: Registers, tools: list[Tool], language: Language) -> Iterator[tuple[str, list[Tool]]]:
    """The tools by the box of the Stagestandaard to which they belong; last those that belong to every one."""
    headings = {step.id: step.heading(language) for step in registers.instrument_steps}
    for step, heading in {**headings, "all": say("guide.every_step", language)}.items():
        held = [tool for tool in tools if tool.instrument.step == step]
        if held:
            yield heading, held


def ways(registers: Registers, language: Language) -> list[Way]:
    """The way of each role, from its first question to every end that it can come to."""
    tools = _tools(registers, language)
    return [_way(registers, tools, role, language) for role in registers.standard.roles]


def _way(registers: Registers, tools: dict[str, Tool], role: StandardRole, language: Language) -> Way:
    standard, short = registers.standard, role.id.removeprefix("role-")
    stops: dict[str, Stop] = {}
    ends: dict[str, End] = {}

    def follow(target: str, said: str, number: int) -> str:
        """Add what stands at a target and everything after it; gives its id on the page."""
        if target in standard.outcomes:
            outcome = standard.outcomes[target]
            if outcome.next[0] in standard.questions:
                return follow(outcome.next[0], outcome.id, number)
            return finish(outcome.next)
        if target in standard.boxes:
            return finish((target,))
        name = "-".join(filter(None, ("weg", short, target.removeprefix("q-"), said.removeprefix("out-"))))
        question = standard.questions[target]
        text = standard.outcomes[said].text("label", language) if said else ""
        # The place in the row is taken before what comes after it.
        stops[name] = Stop(name, question.text("label", language), text, number, "", "")
        yes, no = (follow(answer, "", number + 1) for answer in (question.if_yes, question.if_no))
        stops[name] = Stop(name, question.text("label", language), text, number, yes, no)
        return name

    def finish(boxes: tuple[str, ...]) -> str:
        end = _end(registers, tools, role, boxes, language)
        ends[end.id] = end
        return end.id

    follow(role.first_question, "", 1)
    return Way(role, tuple(stops.values()), tuple(ends.values()))


def _end(
    registers: Registers, tools: dict[str, Tool], role: StandardRole, boxes: tuple[str, ...], language: Language
) -> End:
    named = [registers.standard.boxes[box] for box in boxes]
    offered: list[Tool] = []
    for box in named:
        more = [one.id for one in registers.instruments if one.step == box.step]
        fitting = [tools[name] for name in dict.fromkeys((*box.tools, *more)) if name in tools]
        fitting = [tool for tool in fitting if role.audience in tool.instrument.audience and tool not in offered]
        # Of two boxes each offers something.
        offered += fitting[: _AT_MOST - len(offered) if box is named[-1] else _AT_MOST - len(named) + 1]
    missing = _without_address(registers, [name for box in named for name in box.tools], language)
    name = "-".join(("weg", role.id.removeprefix("role-"), *boxes))
    return End(name, tuple(box.text("label", language) for box in named), tuple(offered), tuple(missing))


def _tools(registers: Registers, language: Language) -> dict[str, Tool]:
    """Every instrument that has an address: tools their own, desks that of the reporting point."""
    points = {point.id: point for point in public_reporting_points(registers, language)}
    return {tool.instrument.id: tool for tool in _reachable(registers, points, language)}


def _reachable(registers: Registers, points: dict[str, PublicPoint], language: Language) -> Iterator[Tool]:
    for one in registers.instruments:
        point = points.get(one.point)
        name, what, owner = one.heading(language), one.text("what", language), one.text("owner", language)
        if one.is_tool:
            yield Tool(name, one.url, what, owner, one)
        elif point and (point.report_url or point.web):
            yield Tool(point.name, point.report_url or point.web, what, owner, one, desk=True)


def _without_address(registers: Registers, names: Iterable[str], language: Language) -> list[str]:
    """The tools of the handbook of which no address was found."""
    found = [registers.instruments[name] for name in names]
    return [one.heading(language) for one in found if one.kind in ("tool", "campaign") and not one.url]


def _tools_of(layer: StandardLayer, tools: dict[str, Tool]) -> list[Tool]:
    return [tools[name] for name in (*layer.tools, *layer.placed) if name in tools]


def _check_of(registers: Registers, role: str) -> Iterator[CheckQuestion]:
    yield from (question for question in registers.standard.check if question.role == role)
