"""What a public page may show of the reporting points. A student in trouble must not be sent to a wrong door."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, Literal, TypeVar

from stagekansen_lib.project.places import Place, place_now
from stagekansen_lib.registers.people_and_places import ReportingPoint
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.registers.texts import code_meaning, day_text, sentence
from stagekansen_lib.registers.verification import CONTACT_FIELDS, CheckState, check_state, field_value
from stagekansen_lib.wording import chosen_language

__all__ = ["Alternative", "PublicPoint", "public_reporting_points"]

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Alternative:
    """The national reporting point that is offered where a local contact is left out."""

    id: str
    name: str
    phone: str
    web: str
    sentence: str


@dataclass(frozen=True)
class PublicPoint:
    """One reporting point as a public page may show it, in one language.

    Every text is empty when it is unknown or hidden; ``hidden`` names the fields that were left out.

    Parameters
    ----------
    marker : "place" when the point may stand on the map; None for a municipality without a desk, a hidden or
        unknown place, and a place outside the region. ``marker_note`` says that the place is rough.
    anonymous : "yes", "registration_only", "no" or "unknown"; ``anonymous_text`` says it in a sentence.
    checked_on, checked_by, outdated : the last check; outdated when older than 180 days or never checked.
    doubts : plain sentences about what is not known, to be shown with the point.
    instead : the national alternative, where a contact is left out or unknown; None otherwise.
    grounds, places, schools, levels : from the routing; ("all",) means every one.
    """

    id: str
    name: str
    type: str
    type_text: str
    scope: str
    scope_text: str
    purpose: str
    who: str
    area: str
    institution: str
    phone: str
    phone_note: str
    phone_hours: str
    email: str
    web: str
    report_url: str
    other_channel: str
    walk_in: str
    address: str
    latitude: float | None
    longitude: float | None
    marker: Literal["place"] | None
    marker_note: str
    anonymous: str
    anonymous_text: str
    free: str
    after: str
    after_url: str
    status: str
    condition: str
    confidence: str
    confidence_text: str
    source: str
    source_url: str
    checked_on: datetime.date | None
    checked_by: str
    outdated: bool
    hidden: tuple[str, ...]
    doubts: tuple[str, ...]
    instead: Alternative | None
    grounds: tuple[str, ...]
    places: tuple[str, ...]
    schools: tuple[str, ...]
    levels: tuple[str, ...]

    @property
    def reachable(self) -> bool:
        """True when a page can give a phone number, a mail address or a website."""
        return bool(self.phone or self.email or self.web)


def public_reporting_points(
    registers: Registers, language: str | None = None, *, on: datetime.date | None = None
) -> list[PublicPoint]:
    """The reporting points as a public page may show them, in the order of the register.

    ``on`` is the day the page is for, default today: it decides which checks are outdated.

    >>> from stagekansen_lib.registers.reading import read_registers
    >>> points = {point.id: point for point in public_reporting_points(read_registers(), "en")}
    >>> points["disc-dh"].phone, points["disc-dh"].instead.phone
    ('', '0800-0880')
    """
    day = on or datetime.date.today()
    made = _points_of(_Same(registers), chosen_language(language), day, _Same(place_now()))
    return list(made)


@dataclass(frozen=True, eq=False)
class _Same(Generic[Thing]):
    """A thing that is the same as itself and as no other, whatever these hold."""

    thing: Thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.thing is other.thing

    def __hash__(self) -> int:
        return id(self.thing)


@lru_cache(maxsize=8)
def _points_of(of: _Same[Registers], language: str, day: datetime.date, place: _Same[Place]) -> tuple[PublicPoint, ...]:
    """Made once for a day: a page asks for them at every choice."""
    del place  # part of the key only: the texts are those of the place
    registers = of.thing
    states = {point.id: check_state(point, registers.verifications, on=day) for point in registers.reporting_points}
    fallback = _alternative(registers, states, language)
    return tuple(
        _public(point, states[point.id], registers, fallback, language)
        for point in registers.reporting_points
        if "row" not in states[point.id].hidden
    )


def _alternative(registers: Registers, states: dict[str, CheckState], language: str) -> Alternative | None:
    """The national reporting point; None when a check found that it cannot be reached."""
    point = registers.reporting_points[registers.routing.fallback]
    name = point.heading(language)
    hidden = states[point.id].hidden
    phone, web = ("" if "phone" in hidden else point.phone), ("" if "web" in hidden else point.web)
    if "row" in hidden or not (phone or web):
        return None
    told = sentence("instead", language, name=name, contact=", ".join(part for part in (phone, web) if part))
    return Alternative(point.id, name, phone, web, told)


def _public(
    point: ReportingPoint, state: CheckState, registers: Registers, fallback: Alternative | None, language: str
) -> PublicPoint:
    route = registers.routing.routes[point.id]
    secrets = _secrets(point, state)

    def shown(name: str) -> str:
        """The text of a field; empty when it is hidden, or when it repeats what is hidden."""
        text = "" if name in state.hidden else point.text(name, language)
        return "" if any(secret in text for secret in secrets) else text

    marker = _marker(point, state, registers)
    contact = any(shown(name) for name in ("phone", "email", "web"))
    latitude, longitude = (point.latitude, point.longitude) if marker else (None, None)
    whole = contact and state.hidden.isdisjoint(CONTACT_FIELDS)
    return PublicPoint(
        id=point.id,
        name=point.heading(language),
        type=point.type,
        type_text=shown("type"),
        scope=point.scope,
        scope_text=shown("scope"),
        purpose=shown("purpose"),
        who=shown("who"),
        area=shown("area"),
        institution=shown("institution"),
        phone=shown("phone"),
        phone_note="" if "phone" in state.hidden else shown("phone_note"),
        phone_hours=shown("phone_hours"),
        email=shown("email"),
        web=shown("web"),
        report_url="" if "web" in state.hidden else shown("report_url"),
        other_channel=shown("other_channel"),
        walk_in=shown("walk_in"),
        address=_address(shown),
        latitude=latitude,
        longitude=longitude,
        marker=marker,
        marker_note=_marker_note(shown("walk_in"), language) if marker else "",
        anonymous=route.anonymous,
        anonymous_text=route.text("anonymous", language),
        free=shown("free"),
        after=shown("after"),
        after_url=shown("after_url"),
        status=shown("status"),
        condition=route.text("condition", language),
        confidence=point.confidence,
        confidence_text=point.confidence_text(language),
        source=shown("source"),
        source_url=shown("source_url"),
        checked_on=state.checked_on,
        checked_by=state.checked_by,
        outdated=state.outdated,
        hidden=_hidden(point, state),
        doubts=_doubts(point, state, contact, language),
        instead=None if whole or point.id == registers.routing.fallback else fallback,
        grounds=route.grounds,
        places=route.places,
        schools=route.schools,
        levels=route.levels,
    )


def _hidden(point: ReportingPoint, state: CheckState) -> tuple[str, ...]:
    """The fields that are left out and would say something."""
    return tuple(sorted(name for name in state.hidden if name == "row" or field_value(point, name)))


def _secrets(point: ReportingPoint, state: CheckState) -> tuple[str, ...]:
    """Hidden values that no other text may repeat. Names of towns and house numbers are too common to look for."""
    telling = state.hidden & {"phone", "email", "web", "street", "postcode"}
    return tuple(value for value in (field_value(point, name) for name in telling) if value)


def _address(shown: Callable[[str], str]) -> str:
    house = f"{shown('street')} {shown('house_number')}".strip()
    town = f"{shown('postcode')} {shown('city')}".strip()
    return ", ".join(part for part in (house, town) if part)


def _marker(point: ReportingPoint, state: CheckState, registers: Registers) -> Literal["place"] | None:
    """A marker only where a person can find a desk: street level, not hidden, inside the region."""
    known = point.latitude is not None and point.longitude is not None and point.geo_precision == "street"
    hidden = {"latitude", "longitude", "street"} & state.hidden
    inside = point.city in [names["name_nl"] for names in registers.routing.municipalities.values()]
    return "place" if known and inside and not hidden else None


def _marker_note(walk_in: str, language: str) -> str:
    """That the place is rough, and that an address is no promise of a desk."""
    rough = sentence("rough", language)
    return rough if walk_in else f"{rough} {sentence('walk_in_unknown', language)}"


def _doubts(point: ReportingPoint, state: CheckState, contact: bool, language: str | None) -> tuple[str, ...]:
    doubts = [sentence("recalled", language)] if point.confidence == "recalled" else []
    doubts += _doubts_of_checks(state, language)
    left_out = _left_out(point, state)
    if left_out:
        names = ", ".join(code_meaning("field", name, language) for name in left_out)
        doubts.append(sentence("hidden", language, fields=names))
    elif not contact:
        doubts.append(sentence("no_contact", language))
    return tuple(doubts)


def _doubts_of_checks(state: CheckState, language: str | None) -> list[str]:
    if state.checked_on is None:
        return [sentence("never_checked", language)]
    told = sentence("checked", language, date=day_text(state.checked_on, language), by=state.checked_by)
    return [told, sentence("outdated", language)] if state.outdated else [told]


def _left_out(point: ReportingPoint, state: CheckState) -> list[str]:
    """The ways to reach the point that are hidden, as readers name them."""
    named = ("phone", "email", "web", "walk_in")
    address = ["address"] if "street" in state.hidden and point.street else []
    return [name for name in named if name in state.hidden and field_value(point, name)] + address
