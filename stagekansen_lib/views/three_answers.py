"""The three answers on the page of reporting points: at school, the agency of the municipality, and who can act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from stagekansen_lib.project.places import read_place
from stagekansen_lib.registers.public_points import PublicPoint
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.registers.routing import agencies
from stagekansen_lib.wording import Language, say

__all__ = ["Answer", "Contact", "three_answers"]

Slot = Literal["school", "agency", "national"]


@dataclass(frozen=True)
class Contact:
    """One way to reach a place: the address of the link and its text."""

    address: str
    text: str


@dataclass(frozen=True)
class Answer:
    """One answer, shown when one of ``choices`` is chosen: ids of schools or codes of municipalities, "" for none.

    ``hours`` and ``after`` are empty when nobody knows; ``after_url`` is the page that says what follows.
    """

    slot: Slot
    choices: tuple[str, ...]
    title: str
    text: str
    contacts: tuple[Contact, ...]
    hours: str
    anonymous: str
    condition: str
    after: str
    after_url: str
    confidence: str


def three_answers(registers: Registers, points: dict[str, PublicPoint], language: Language) -> list[Answer]:
    """Every answer to every choice, slot by slot; each slot has one for every choice and one for none.

    Parameters
    ----------
    registers : from ``read_registers``.
    points : what a public page may show, by id; a point that is not among them is in no answer.
    language : "nl" or "en".
    """
    found = [*_of_schools(registers, points, language), *_of_agencies(registers, points, language)]
    return [*found, *_who_can_act(registers, points, language)]


def _of_schools(registers: Registers, points: dict[str, PublicPoint], language: Language) -> Iterator[Answer]:
    first = points.get(read_place().first_talk)
    if first is None:
        return
    text = say("points.school_choose", language)
    yield _answer("school", ("",), first, language, title=say("points.first_talk", language), text=text)
    for school in registers.routing.schools:
        own = [point for point in points.values() if school in point.schools]
        reached = next((point for point in own if point.reachable), None)
        if reached is not None:
            yield _answer("school", (school,), reached, language)
            continue
        name = registers.routing.name(school, language)
        also = ", ".join(point.name for point in own)
        text = say("points.school_also", language, names=also) if also else say("points.school_ask", language)
        title = say("points.first_talk_at", language, school=name)
        yield _answer("school", (school,), first, language, title=title, text=text)


def _of_agencies(registers: Registers, points: dict[str, PublicPoint], language: Language) -> Iterator[Answer]:
    """The agency where it is known, else the national desk with what is expected."""
    national = points.get(registers.routing.fallback)
    served = agencies(registers, points.values(), language)
    for agency in dict.fromkeys(one.agency for one in served):
        desk = points.get(agency)
        known = tuple(one.code for one in served if one.agency == agency and one.known)
        expected = tuple(one.code for one in served if one.agency == agency and not one.known)
        if desk and known:
            yield _answer("agency", known, desk, language)
        if national and expected:
            name = desk.name if desk else registers.reporting_points[agency].heading(language)
            text = say("points.agency_expected", language, name=name)
            yield _answer("agency", expected, national, language, text=text)
    if national:
        missing = [code for code in registers.routing.municipalities if code not in {one.code for one in served}]
        yield _answer("agency", ("", *missing), national, language)


def _who_can_act(registers: Registers, points: dict[str, PublicPoint], language: Language) -> Iterator[Answer]:
    who_can_act = read_place().who_can_act
    names = list(dict.fromkeys(who_can_act.values()))
    for name in names:
        schools = [key for key, school in registers.routing.schools.items() if who_can_act.get(school["level"]) == name]
        if name in points:
            # Who told no school sees the one that is for everybody else: the last.
            none = ("",) if name == names[-1] else ()
            yield _answer("national", (*none, *schools), points[name], language)


def _answer(
    slot: Slot, choices: tuple[str, ...], point: PublicPoint, language: Language, *, title: str = "", text: str = ""
) -> Answer:
    return Answer(
        slot,
        choices,
        title or point.name,
        text or point.purpose,
        # A first talk is with somebody whom the student meets: no page of another party stands in that place.
        () if title else _contacts(point, language),
        point.phone_hours,
        point.anonymous,
        point.condition,
        point.after,
        point.after_url,
        point.confidence_text,
    )


def _contacts(point: PublicPoint, language: Language) -> tuple[Contact, ...]:
    """Telephone, page and mail of a place; for an agency the national number where its own is left out."""
    agency = point.type.startswith("adv")
    phone = point.phone or (point.instead.phone if agency and point.instead else "")
    found = [Contact(f"tel:{phone}", say("points.call", language, phone=phone))] if phone else []
    page = point.report_url or point.web
    if page:
        key = "points.report_online" if point.report_url or agency else "points.to_site"
        found.append(Contact(page, say(key, language)))
    if point.email:
        found.append(Contact(f"mailto:{point.email}", point.email))
    return tuple(found)
