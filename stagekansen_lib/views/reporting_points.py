"""The reporting points (meldpunten): a map and a list that answer "where can I go?"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.assets import style_block
from stagekansen_lib.pictures.maps import MapPage, Marker, Paint, draw_picture, draw_reporting_points
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.places import read_place
from stagekansen_lib.registers.people_and_places import Route
from stagekansen_lib.registers.public_points import PublicPoint, public_reporting_points
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.registers.routing import NEAREST_FIRST, Agency, Suggestion, agencies, where_can_i_go
from stagekansen_lib.registers.texts import code_meaning, sentence
from stagekansen_lib.views.pages import View, live_box, render
from stagekansen_lib.views.three_answers import Answer, three_answers
from stagekansen_lib.wording import Language, chosen_language, say

__all__ = ["Choice", "fitting_cards", "fitting_points", "page", "reporting_points", "suggestions"]

MAP_FILE = "meldpunten-kaart.html"
STREETS_FILE = "meldpunten-kaart-straten.html"
# The entries of single municipalities stand on one card, that of the agency that works for the region.
_ON_AGENCY_CARD = "adv-municipality"
# Under which heading a card stands, by how near it is.
_FOLDS = {
    "school": "school",
    "first_line": "school",
    "municipality": "agency",
    "region": "agency",
    "sector": "sector",
    "national": "national",
    "special": "special",
}
# Words that belong together, by their nearest ground; a word without one is of somebody who is not sure.
_WORD_GROUPS = {
    "belief": ("godsdienst", "levensovertuiging", "politieke_gezindheid"),
    "origin": ("naam", "ras", "nationaliteit", "taal"),
    "body": ("handicap",),
    "gender": ("geslacht", "seksuele_gerichtheid", "burgerlijke_staat"),
    "other": ("leeftijd", "opleidingsniveau", "uiterlijk", "sociaal_netwerk", "arbeidsduur", "contractduur"),
    "unsure": ("",),
}


@dataclass(frozen=True)
class Choice:
    """What a student tells: school, municipality and ground or everyday word as ids, empty when not told."""

    school: str = ""
    municipality: str = ""
    ground: str = ""
    anonymous: bool = False

    @property
    def empty(self) -> bool:
        return self == Choice()


def reporting_points(*, language: str | None = None) -> View:
    """The view on the register of reporting points; only what may be shown in public."""
    chosen, registers = chosen_language(language), read_registers()
    return View(
        "meldpunten",
        chosen,
        page=lambda: page(registers, chosen),
        widgets=lambda: _widgets(registers, chosen),
        files=lambda: _map_files(registers, chosen),
    )


def fitting_points(registers: Registers, choice: Choice, language: Language) -> list[PublicPoint]:
    """The points that fit a choice, the nearest first; every public point when nothing was chosen."""
    if choice.empty:
        return public_reporting_points(registers, language)
    return [suggestion.point for suggestion in suggestions(registers, choice, language)]


def suggestions(registers: Registers, choice: Choice, language: Language) -> list[Suggestion]:
    """The points that fit a choice, each with the reason why."""
    return where_can_i_go(
        registers,
        school=choice.school or None,
        municipality=choice.municipality or None,
        ground=choice.ground or None,
        anonymous=choice.anonymous,
        language=language,
    )


def fitting_cards(registers: Registers, choice: Choice, language: Language) -> list[str]:
    """The cards of the page that fit a choice, by the id of their point, in the order of the page."""
    points = fitting_points(registers, choice, language)
    if choice.empty:
        points.sort(key=lambda point: _nearness(registers, point))
    return list(dict.fromkeys(card_of(point) for point in points))


def card_of(point: PublicPoint) -> str:
    """The card on which a point stands: its own, or that of all agencies of municipalities."""
    return read_place().agency_card if point.type == _ON_AGENCY_CARD else point.id


def _nearness(registers: Registers, point: PublicPoint) -> int:
    return NEAREST_FIRST.index(registers.routing.routes[point.id].kind)


def _why(registers: Registers, choice: Choice, language: Language) -> dict[str, str]:
    """The reason of each card, in the words of its first point that fits."""
    if choice.empty:
        return {}
    reasons: dict[str, str] = {}
    for suggestion in suggestions(registers, choice, language):
        reasons.setdefault(card_of(suggestion.point), suggestion.reason)
    return reasons


@dataclass(frozen=True)
class _Card:
    """One card: the point that leads it, and the points by which it fits a choice."""

    id: str
    point: PublicPoint
    members: tuple[PublicPoint, ...]
    fold: str


def _cards(registers: Registers, points: Sequence[PublicPoint]) -> list[_Card]:
    """The cards in the order of the page."""
    groups: dict[str, list[PublicPoint]] = {}
    for point in sorted(points, key=lambda point: _nearness(registers, point)):
        groups.setdefault(card_of(point), []).append(point)
    cards = []
    for name, members in groups.items():
        lead = next((point for point in members if point.id == name), members[0])
        cards.append(_Card(name, lead, tuple(members), _FOLDS[registers.routing.routes[members[0].id].kind]))
    return cards


def page(registers: Registers, language: Language) -> str:
    """The public page: three answers to each choice, shown by the style sheet alone; a script narrows the full list."""
    points = public_reporting_points(registers, language)
    cards = _cards(registers, points)
    served = agencies(registers, points, language)
    paint = _paint(registers, served, language)
    return render(
        "reporting_points.html.j2",
        language,
        registers=registers,
        cards=cards,
        folds=[(fold, [card for card in cards if card.fold == fold]) for fold in dict.fromkeys(_FOLDS.values())],
        answers=three_answers(registers, {point.id: point for point in points}, language),
        word_groups=_word_groups(registers),
        laws=_laws(registers, language),
        served=served,
        agency_names=_agency_names(registers, served, language),
        routes={route.id: route for route in registers.routing.routes},
        national=_national(registers, points),
        routing_note=registers.heads["routing"].note(language),
        verified=sum(point.checked_on is not None for point in points),
        total=len(registers.reporting_points),
        hidden_rows=len(registers.reporting_points) - len(points),
        map_file=MAP_FILE,
        streets_file=STREETS_FILE,
        paint=paint,
        picture=_picture(points, paint, language),
        reasons=_reasons(registers, language),
        maintainer=registers.maintainer,
        why={},
    )


def _picture(points: Sequence[PublicPoint], paint: Paint, language: Language) -> str:
    """The drawing of the region; "" for a place without borders."""
    if not read_place().has_map:
        return ""
    return draw_picture(markers=_markers(points), paint=paint, links="#gemeente-", language=language)


def _word_groups(registers: Registers) -> list[tuple[str, list[Any]]]:
    """The everyday words that belong together; what no group names stands with the last."""
    group_of = {ground: group for group, grounds in _WORD_GROUPS.items() for ground in grounds}
    groups: dict[str, list[Any]] = {group: [] for group in _WORD_GROUPS}
    for word in registers.everyday_words:
        groups[group_of.get(word.grounds[0] if word.grounds else "", "unsure")].append(word)
    return [(group, words) for group, words in groups.items() if words]


@dataclass(frozen=True)
class _Law:
    """What stands on the page when one of these words is chosen."""

    words: tuple[str, ...]
    text: str


def _laws(registers: Registers, language: Language) -> list[_Law]:
    """What the law calls a word, what must be minded, and that both are our reading; each once for all its words."""
    words = list(registers.everyday_words)
    by_grounds: dict[tuple[str, ...], list[str]] = {}
    by_note: dict[str, list[str]] = {}
    for word in words:
        by_grounds.setdefault(word.grounds, []).append(word.id)
        if word.note_nl:
            by_note.setdefault(word.text("note", language), []).append(word.id)
    laws = [_Law(tuple(ids), _in_the_law(registers, grounds, language)) for grounds, ids in by_grounds.items()]
    laws += [_Law(tuple(ids), note) for note, ids in by_note.items()]
    return [*laws, _Law(tuple(word.id for word in words), say("points.law_note", language))]


def _in_the_law(registers: Registers, grounds: Sequence[str], language: Language) -> str:
    if not grounds:
        return say("points.law_unsure", language)
    named = [registers.grounds[ground] for ground in grounds]
    told = [
        say("points.law_in" if one.statutory else "points.law_out", language, ground=one.text("label", language))
        for one in named
    ]
    return say("points.law_words", language, grounds="; ".join(told))


def _agency_names(registers: Registers, served: Sequence[Agency], language: Language) -> dict[str, str]:
    return {one.agency: registers.reporting_points[one.agency].heading(language) for one in served}


def _paint(registers: Registers, served: Sequence[Agency], language: Language) -> Paint:
    """The map: a colour for each agency, hatched where nobody confirmed it; the number is what the list then shows."""
    colours = {agency: 3 - 2 * place for place, agency in enumerate(_agency_names(registers, served, language))}
    counts = {
        code: str(len(fitting_cards(registers, Choice(municipality=code), language)))
        for code in registers.routing.municipalities
    }
    return Paint("agencies", {one.code: colours[one.agency] for one in served if one.known}, counts)


@dataclass(frozen=True)
class _Reasons:
    """The sentences of which the script makes the reason of a point, with ``{place}`` and ``{ground}`` left open."""

    of: dict[str, str]
    ground: str
    yes: str
    registration_only: str


def _reasons(registers: Registers, language: Language) -> _Reasons:
    def of(route: Route) -> str:
        # The nearest reason stands in the words of the routing; a test compares page and routing for every choice.
        levels = f" {sentence('or', language)} ".join(
            [", ".join(route.levels[:-1]), route.levels[-1]] if len(route.levels) > 1 else route.levels
        )
        key = f"why_{route.kind.removesuffix('_line')}"
        return sentence(key, language, place="{place}", level=levels)

    return _Reasons(
        {route.id: of(route) for route in registers.routing.routes},
        sentence("why_ground", language, ground="{ground}"),
        code_meaning("anonymous", "yes", language),
        code_meaning("anonymous", "registration_only", language),
    )


def _markers(points: Sequence[PublicPoint]) -> list[Marker]:
    return [
        Marker(point.id, point.name, point.purpose, point.latitude, point.longitude)
        for point in points
        if point.marker and point.latitude is not None and point.longitude is not None
    ]


def _map_files(registers: Registers, language: Language) -> dict[str, str]:
    """The map, and the same with streets, which a reader must ask for; neither for a place without borders."""
    if not read_place().has_map:
        return {}
    points = public_reporting_points(registers, language)
    return {
        MAP_FILE: _map(registers, points, language).html,
        STREETS_FILE: _map(registers, points, language, streets=True).html,
    }


def _map(registers: Registers, points: Sequence[PublicPoint], language: Language, *, streets: bool = False) -> MapPage:
    served = agencies(registers, public_reporting_points(registers, language), language)
    paint = _paint(registers, served, language)
    return draw_reporting_points(_markers(points), paint=paint, streets=streets, language=language)


def _answers_to(choice: Choice, answers: Sequence[Answer]) -> list[Answer]:
    """The three answers to one choice."""
    told = {"school": choice.school, "agency": choice.municipality, "national": choice.school}
    return [answer for answer in answers if told[answer.slot] in answer.choices]


def _national(registers: Registers, points: Sequence[PublicPoint]) -> PublicPoint | None:
    """The point to call in doubt, for everybody."""
    return next((point for point in points if point.id == registers.routing.fallback), None)


def _widgets(registers: Registers, language: Language) -> Any:
    with needs("pages"):
        import ipywidgets as widgets

    nothing = [(say("points.any", language), "")]
    routing = registers.routing
    schools = [(routing.name(key, language), key) for key in routing.schools]
    places = [(routing.name(code, language), code) for code in routing.municipalities]
    named = [*registers.everyday_words, *registers.grounds]
    grounds = [(one.text("label", language), one.id) for one in named]
    wide = {"description_width": "initial"}
    school = widgets.Dropdown(options=nothing + schools, description=say("points.school", language), style=wide)
    place = widgets.Dropdown(options=nothing + places, description=say("points.place", language), style=wide)
    ground = widgets.Dropdown(options=nothing + grounds, description=say("points.ground", language), style=wide)
    anonymous = widgets.Checkbox(description=say("points.anonymous", language), indent=False)
    answer = widgets.HTML()
    public = public_reporting_points(registers, language)
    served = agencies(registers, public, language)
    answers = three_answers(registers, {point.id: point for point in public}, language)

    def show(_: object = None) -> None:
        choice = Choice(school.value, place.value, ground.value, anonymous.value)
        fitting = fitting_cards(registers, choice, language)
        by_name = {card.id: card for card in _cards(registers, public)}
        points = fitting_points(registers, choice, language)
        listed = render(
            "point_list.html.j2",
            language,
            cards=[by_name[name] for name in fitting],
            registers=registers,
            served=served,
            agency_names=_agency_names(registers, served, language),
            routes=None,
            why=_why(registers, choice, language),
            maintainer=registers.maintainer,
        )
        drawn = _map(registers, points, language)._repr_html_() if read_place().has_map else ""
        nearest = render("answers.html.j2", language, cards=[], answers=_answers_to(choice, answers))
        title = f'<h2 class="sr">{say("points.answers", language)}</h2>'
        beside = f'<div class="split"><div>{listed}</div><div>{drawn}</div></div>'
        answer.value = f'{style_block()}<div class="sk">{title}{nearest}{beside}</div>'

    for widget in (school, place, ground, anonymous):
        widget.observe(show, "value")
    show()
    head = render("points_head.html.j2", language, national=_national(registers, public))
    return live_box(head, [school, place, ground, anonymous], answer)
