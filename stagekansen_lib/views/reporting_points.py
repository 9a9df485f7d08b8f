"""The reporting points (meldpunten): a map and a list that answer "where can I go?"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.assets import style_block
from stagekansen_lib.pictures.maps import MapPage, Marker, draw_picture, draw_reporting_points
from stagekansen_lib.project.extras import needs
from stagekansen_lib.registers.people_and_places import Route
from stagekansen_lib.registers.public_points import PublicPoint, public_reporting_points
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.registers.routing import Suggestion, where_can_i_go
from stagekansen_lib.registers.texts import code_meaning, sentence
from stagekansen_lib.views.pages import View, render
from stagekansen_lib.wording import Language, chosen_language, say

__all__ = ["Choice", "fitting_points", "page", "reporting_points", "suggestions"]

MAP_FILE = "meldpunten-kaart.html"
STREETS_FILE = "meldpunten-kaart-straten.html"


@dataclass(frozen=True)
class Choice:
    """What a student tells: school, municipality and ground as ids, empty when not told; anonymous or not."""

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


def _why(registers: Registers, choice: Choice, language: Language) -> dict[str, str]:
    if choice.empty:
        return {}
    return {suggestion.point.id: suggestion.reason for suggestion in suggestions(registers, choice, language)}


def page(registers: Registers, language: Language) -> str:
    """The public page: every point stands in the list; a script shows those that fit."""
    points = public_reporting_points(registers, language)
    return render(
        "reporting_points.html.j2",
        language,
        registers=registers,
        points=points,
        routes={route.id: route for route in registers.routing.routes},
        national=next((point for point in points if point.id == registers.routing.fallback), None),
        routing_note=registers.heads["routing"].note(language),
        verified=sum(point.checked_on is not None for point in points),
        total=len(registers.reporting_points),
        map_file=MAP_FILE,
        streets_file=STREETS_FILE,
        picture=draw_picture(markers=_markers(points), language=language),
        reasons=_reasons(registers, language),
        maintainer=registers.maintainer,
    )


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
    """The map, and the same with streets, which a reader must ask for."""
    markers = _markers(public_reporting_points(registers, language))
    return {
        MAP_FILE: draw_reporting_points(markers, language=language).html,
        STREETS_FILE: draw_reporting_points(markers, streets=True, language=language).html,
    }


def _map(points: Sequence[PublicPoint], language: Language) -> MapPage:
    return draw_reporting_points(_markers(points), language=language)


def _widgets(registers: Registers, language: Language) -> Any:
    with needs("pages"):
        import ipywidgets as widgets

    nothing = [(say("points.any", language), "")]
    routing = registers.routing
    schools = [(routing.name(key, language), key) for key in routing.schools]
    places = [(routing.name(code, language), code) for code in routing.municipalities]
    grounds = [(ground.text("label", language), ground.id) for ground in registers.grounds]
    wide = {"description_width": "initial"}
    school = widgets.Dropdown(options=nothing + schools, description=say("points.school", language), style=wide)
    place = widgets.Dropdown(options=nothing + places, description=say("points.place", language), style=wide)
    ground = widgets.Dropdown(options=nothing + grounds, description=say("points.ground", language), style=wide)
    anonymous = widgets.Checkbox(description=say("points.anonymous", language), indent=False)
    answer = widgets.HTML()

    def show(_: object = None) -> None:
        choice = Choice(school.value, place.value, ground.value, anonymous.value)
        points = fitting_points(registers, choice, language)
        listed = render(
            "point_list.html.j2",
            language,
            points=points,
            registers=registers,
            routes=None,
            why=_why(registers, choice, language),
            maintainer=registers.maintainer,
        )
        drawn = _map(points, language)._repr_html_()
        answer.value = (
            f'{style_block()}<div class="sk"><div class="split"><div>{listed}</div><div>{drawn}</div></div></div>'
        )

    for widget in (school, place, ground, anonymous):
        widget.observe(show, "value")
    show()
    return widgets.VBox([widgets.HBox([school, place, ground, anonymous]), answer])
