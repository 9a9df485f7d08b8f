"""Where can I go? The reporting points that fit a school, a municipality and a ground, the nearest first."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.registers.people_and_places import Route
from stagekansen_lib.registers.public_points import PublicPoint, public_reporting_points
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.registers.texts import code_meaning, sentence
from stagekansen_lib.wording import chosen_language

__all__ = ["NEAREST_FIRST", "Agency", "Suggestion", "agencies", "where_can_i_go"]

NEAREST_FIRST = ("school", "first_line", "municipality", "region", "sector", "national", "special")
_LEVELS = ("mbo", "hbo", "wo")


@dataclass(frozen=True)
class Suggestion:
    """One reporting point that fits, with the reason in plain words and what is not known about it.

    ``kind`` says how near it is: "school", "first_line", "municipality", "region", "sector", "national", or "special"
    for points that are meant for special cases only. ``unknown`` says what was not checked. ``reviewed`` is
    False as long as no person compared the referral with the register; the head of the routing says so in
    words. ``doubtful`` is True when somebody who wants to stay anonymous cannot be told whether that is possible here.
    """

    point: PublicPoint
    kind: str
    reason: str
    unknown: str
    reviewed: bool
    doubtful: bool = False


@dataclass(frozen=True)
class Agency:
    """Which agency serves a municipality: ``desk`` is its own entry in the register, ``agency`` who does the work.

    ``known`` is False as long as no page or person confirmed that; then ``agency`` is an expectation.
    """

    code: str
    name: str
    agency: str
    desk: PublicPoint
    known: bool


def agencies(registers: Registers, points: Iterable[PublicPoint], language: str | None = None) -> list[Agency]:
    """The agency of each municipality, in the order of the routing; left out where its entry may not be shown.

    >>> from stagekansen_lib.registers.public_points import public_reporting_points
    >>> from stagekansen_lib.registers.reading import read_registers
    >>> registers = read_registers()
    >>> found = agencies(registers, public_reporting_points(registers, "en"), "en")
    >>> [one.name for one in found if one.known]
    ['Delft', 'The Hague', 'Pijnacker-Nootdorp', 'Rijswijk']
    """
    desks = {point.places[0]: point for point in points if _is_agency(point)}
    return [
        Agency(
            code,
            registers.routing.name(code, language),
            names["agency"],
            desks[code],
            desks[code].confidence in ("handbook", "found") or desks[code].checked_on is not None,
        )
        for code, names in registers.routing.municipalities.items()
        if code in desks
    ]


def _is_agency(point: PublicPoint) -> bool:
    return point.type.startswith("adv") and point.scope == "municipality" and len(point.places) == 1


@dataclass(frozen=True)
class _Wish:
    school: str | None
    level: str | None
    municipality: str | None
    ground: str | None
    anonymous: bool
    outside_law: bool = False


def where_can_i_go(
    registers: Registers,
    *,
    school: str | None = None,
    municipality: str | None = None,
    ground: str | None = None,
    anonymous: bool = False,
    level: str | None = None,
    language: str | None = None,
    on: datetime.date | None = None,
) -> list[Suggestion]:
    """The reporting points that fit a student: own school first, then ever further away.

    Parameters
    ----------
    registers : from ``read_registers``.
    school : id of a school in ``registers.routing.schools``, such as "roc-mondriaan" or "other-mbo".
    municipality : code of the municipality where the student lives, such as "GM0518".
    ground : id of a ground, such as "godsdienst", or of a word of ``registers.everyday_words``, such as "w01" for "mijn
        hoofddoek"; a word stands for its nearest ground.
    anonymous : True leaves out the points where a report cannot be anonymous. First come the points where it is known
        to be possible; those where that is not known come after all of them, each ``doubtful``.
    level : "mbo", "hbo" or "wo"; follows from the school when one is given.
    language : "nl" or "en".
    on : the day it is asked for, default today.

    Returns
    -------
    list : a Suggestion for each point, with the reason in words, the nearest first. The national reporting point is
        always among them. Points that need a choice which was not made (a school, a municipality, a ground) are left
        out, and so is every contact that was not verified and is marked to be hidden.

    Raises
    ------
    InputError : an unknown school, municipality, ground, level or language.

    Examples
    --------
    >>> from stagekansen_lib.registers.reading import read_registers
    >>> found = where_can_i_go(read_registers(), school="other-mbo", municipality="GM0518", ground="godsdienst")
    >>> [suggestion.point.id for suggestion in found][:4]
    ['coordinator', 'mbo-klacht', 'disc-dh', 'sbb']
    """
    language = chosen_language(language)
    wish = _checked(registers, _Wish(school, level, municipality, ground, anonymous))
    points = {point.id: point for point in public_reporting_points(registers, language, on=on)}
    fits = [
        route
        for route in registers.routing.routes
        if route.id in points and (_fits(route, wish) or route.id == registers.routing.fallback)
    ]
    fits.sort(key=lambda route: _order(route, wish, registers.routing.fallback))
    return [
        Suggestion(
            point=points[route.id],
            kind=route.kind,
            reason=_reason(route, wish, registers, language),
            unknown=_unknown(route, wish, points[route.id], language),
            reviewed=route.reviewed,
            doubtful=_doubtful(route, wish),
        )
        for route in fits
    ]


def _checked(registers: Registers, wish: _Wish) -> _Wish:
    """The wish with the level of the school filled in; every unknown choice is an error."""
    routing = registers.routing
    known: list[tuple[str, str | None, Iterable[str]]] = [
        ("School", wish.school, routing.schools),
        ("Municipality", wish.municipality, routing.municipalities),
        ("Ground", wish.ground, (*registers.grounds.ids, *registers.everyday_words.ids)),
        ("Level", wish.level, _LEVELS),
    ]
    problems = [
        Problem(f"{what} '{choice}' is not known here.", do=did_you_mean(choice, list(choices)))
        for what, choice, choices in known
        if choice is not None and choice not in choices
    ]
    if problems:
        raise InputError(problems)
    wish = _with_ground(registers, wish)
    if wish.school is None:
        return wish
    level = routing.schools[wish.school]["level"]
    if wish.level not in (None, level):
        raise InputError(Problem(f"'{wish.school}' is {level}, not {wish.level}.", do="Leave out the level."))
    return replace(wish, level=level)


def _with_ground(registers: Registers, wish: _Wish) -> _Wish:
    """The wish with an everyday word replaced by its nearest ground."""
    if wish.ground is None:
        return wish
    word = wish.ground in registers.everyday_words
    grounds = registers.everyday_words[wish.ground].grounds if word else (wish.ground,)
    outside = bool(grounds) and not any(registers.grounds[ground].statutory for ground in grounds)
    return replace(wish, ground=grounds[0] if grounds else None, outside_law=outside)


def _fits(route: Route, wish: _Wish) -> bool:
    asked = ((route.places, wish.municipality), (route.grounds, wish.ground))
    return (
        "student" in route.roles
        and (not route.schools or wish.school in route.schools)
        and (wish.level is None or wish.level in route.levels)
        and all("all" in known or choice in known for known, choice in asked)
        and not (wish.anonymous and route.anonymous == "no")
    )


def _doubtful(route: Route, wish: _Wish) -> bool:
    return wish.anonymous and route.anonymous == "unknown"


def _order(route: Route, wish: _Wish, fallback: str) -> tuple[bool, int, bool]:
    return _doubtful(route, wish), NEAREST_FIRST.index(route.kind), route.id != fallback


def _reason(route: Route, wish: _Wish, registers: Registers, language: str) -> str:
    place = registers.routing.name(wish.municipality, language) if wish.municipality else ""
    why = {
        "school": sentence("why_school", language),
        "first_line": sentence("why_first", language),
        "municipality": sentence("why_municipality", language, place=place),
        "region": sentence("why_region", language, place=place),
        "sector": sentence("why_sector", language, level=_either(route.levels, language)),
        "national": sentence("why_national", language),
        "special": sentence("why_special", language),
    }
    parts = [why[route.kind]]
    if (
        wish.ground
        and registers.grounds[wish.ground].statutory
        and route.kind in ("municipality", "region", "sector", "national")
    ):
        label = registers.grounds[wish.ground].text("label", language)
        parts.append(sentence("why_ground", language, ground=label))
    if route.condition_nl:
        parts.append(route.text("condition", language))
    if wish.anonymous and route.anonymous in ("yes", "registration_only"):
        parts.append(code_meaning("anonymous", route.anonymous, language))
    return " ".join(parts)


def _either(levels: tuple[str, ...], language: str) -> str:
    joiner = sentence("or", language)
    return f" {joiner} ".join(filter(None, (", ".join(levels[:-1]), *levels[-1:])))


def _unknown(route: Route, wish: _Wish, point: PublicPoint, language: str) -> str:
    parts = list(point.doubts)
    if wish.outside_law:
        parts.append(sentence("not_statutory", language))
    if route.anonymous == "unknown":
        parts.append(code_meaning("anonymous", "unknown", language))
    return " ".join(parts)
