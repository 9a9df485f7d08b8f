"""The map of figures (kaart): CBS and DUO figures for each municipality, never answers of a survey."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.assets import style_block
from stagekansen_lib.pictures.maps import LARGEST_CIRCLE, Paint, draw_figures, draw_picture
from stagekansen_lib.pictures.natural_breaks import natural_classes
from stagekansen_lib.population.open_data import describe_open_data
from stagekansen_lib.population.place_figures import PlaceFigure, place_figures
from stagekansen_lib.population.regions import municipality_names
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.places import read_place
from stagekansen_lib.views.pages import View, live_box, render
from stagekansen_lib.wording import Language, chosen_language, has_text, number_text, say

__all__ = ["Figure", "figure_map", "figures", "page"]

MAP_FILE = "kaart-kaart.html"

_TOPICS = ("study", "home", "people")
_CLASSES = 4


@dataclass(frozen=True)
class Figure:
    """One figure as the page shows it: its numbers as texts, its classes or circles, and its legend.

    ``classes`` holds the class of each known value, 0 the lowest, and ``legend`` the look, the range and, for a circle,
    the radius of each. Both come from known values only, so that neither can betray a hidden one.
    """

    place: PlaceFigure
    texts: dict[str, str]
    classes: dict[str, int]
    sizes: dict[str, float]
    legend: tuple[tuple[str, str, float], ...]
    region: str
    country: str
    sentence: str
    note: str

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def paint(self) -> Paint:
        # Beside its name on the map an unknown value is a question mark; the table says it in words.
        known = self.place.values
        told = {code: "?" if known[code] is None else text for code, text in self.texts.items()}
        return Paint(self.name, self.classes, told, self.sizes)


def figure_map(*, language: str | None = None) -> View:
    """The view on the newest figures of CBS and DUO about the municipalities of the place."""
    chosen = chosen_language(language)
    return View(
        "kaart",
        chosen,
        page=lambda: page(chosen),
        widgets=lambda: _widgets(chosen),
        files=lambda: _files(chosen) if _drawable() else {},
    )


def _files(language: Language) -> dict[str, str]:
    return {MAP_FILE: draw_figures([one.paint for one in figures(language)], language=language).html}


def _drawable() -> bool:
    """Whether the place has borders, and tables of figures to paint them with."""
    return read_place().has_map and data_folder("open-data", "cbs_municipalities.csv").is_file()


def figures(language: Language) -> list[Figure]:
    """Every figure of the map, where students learn first."""
    return [_figure(one, language) for one in place_figures()]


def _figure(place: PlaceFigure, language: Language) -> Figure:
    shown = {code: None if value is None else round(value, place.decimals) for code, value in place.values.items()}
    known = {code: value for code, value in shown.items() if value is not None}
    counted = place.kind == "amount"
    found = [] if counted else natural_classes(known.values(), _CLASSES)
    classes = {} if counted else {code: _class_of(value, found) for code, value in known.items()}
    largest = max(known.values(), default=0)
    sizes = {code: value / largest for code, value in known.items()} if counted else {}
    return Figure(
        place=place,
        texts={code: _text(value, place, language) for code, value in shown.items()},
        classes=classes,
        sizes=sizes,
        legend=_legend(place, found, known, language),
        region=_about(place.region, place, language),
        country=_about(place.country, place, language),
        sentence=_sentence(place, known, language),
        note=say(f"figures.note_{place.name}", language) if has_text(f"figures.note_{place.name}") else "",
    )


def _class_of(value: float, classes: list[tuple[float, float]]) -> int:
    return next(step for step, (_, high) in enumerate(classes) if value <= high)


def _legend(
    place: PlaceFigure, classes: list[tuple[float, float]], known: Mapping[str, float], language: Language
) -> tuple[tuple[str, str, float], ...]:
    """The look and the range of each class, or two circles; and hatching when a value is unknown."""
    rows = [(f"class-{step}", _range(low, high, place, language), 0.0) for step, (low, high) in enumerate(classes)]
    if place.kind == "amount":
        largest = max(known.values(), default=0)
        for value in _round_amounts(largest):
            radius = round(LARGEST_CIRCLE * math.sqrt(value / largest), 1)
            rows.append(("amount", _text(value, place, language), radius))
    if len(known) < len(place.values):
        own = f"figures.unknown_{place.name}"
        rows.append(("unknown", say(own if has_text(own) else "figures.unknown", language), 0.0))
    return tuple(rows)


def _range(low: float, high: float, place: PlaceFigure, language: Language) -> str:
    if low == high:
        return _text(low, place, language)
    low_text, high_text = _text(low, place, language), _text(high, place, language)
    return say("figures.range", language, low=low_text, high=high_text)


def _round_amounts(largest: float) -> list[float]:
    """Two round numbers for a legend of circles: the largest that occurs about, and a tenth of it."""
    if largest < 1:
        return []
    power = 10 ** math.floor(math.log10(largest))
    top = max(step * power for step in (1, 2, 5) if step * power <= largest)
    return [top, top / 10] if top >= 10 else [top]


def _text(value: float | None, place: PlaceFigure, language: Language) -> str:
    if value is None:
        return say("points.unknown", language)
    text = number_text(value, language, place.decimals)
    return f"{text}%" if place.kind == "percent" else text


def _about(value: float | None, place: PlaceFigure, language: Language) -> str:
    text = _text(value, place, language)
    return say("figures.about", language, value=text) if place.computed and value is not None else text


def _sentence(place: PlaceFigure, known: Mapping[str, float], language: Language) -> str:
    """What the map shows, in one sentence: the part of the country, or the ends and the comparison."""
    if not known:
        return say("figures.nothing", language)
    words = {"region": _about(place.region, place, language), "country": _about(place.country, place, language)}
    if place.kind == "amount":
        if place.region is None or not place.country:
            return ""
        part = _percent(100 * place.region / place.country, language)
        own = f"figures.part_{place.name}"
        return say(own if has_text(own) else "figures.part", language, part=part, **words)
    names = municipality_names()
    low, high = min(known.values()), max(known.values())

    def at(value: float) -> str:
        *most, last = sorted(names[code] for code, one in known.items() if one == value)
        return f"{', '.join(most)} {say('comparability.and', language)} {last}" if most else last

    ends = {"low": _text(low, place, language), "high": _text(high, place, language)}
    return say("figures.ends", language, lowest=at(low), highest=at(high), **ends, **words)


def _percent(value: float, language: Language) -> str:
    return f"{number_text(value, language, 0 if value >= 10 else 1)}%"


def page(language: Language) -> str:
    """The page as HTML: the map, a table for each figure, and a profile for each municipality; what is lacking for a
    place without."""
    if not _drawable():
        return render("no_map.html.j2", language)
    shown = figures(language)
    names = _names()
    return render(
        "figure_map.html.j2",
        language,
        topics=[(topic, [one for one in shown if one.place.topic == topic]) for topic in _TOPICS],
        names=names,
        panels=[(figure, _panel(figure, language)) for figure in shown],
        profiles=[(code, name, _profile(code, shown, language)) for code, name in names.items()],
        cards=_cards(shown),
        picture=draw_picture(paint=shown[0].paint, language=language),
        map_file=MAP_FILE,
    )


def _names() -> dict[str, str]:
    return dict(sorted(municipality_names().items(), key=lambda place: place[1]))


def _panel(figure: Figure, language: Language, place: str = "") -> str:
    names = {code: name for code, name in _names().items() if place in ("", code)}
    return render("figure_panel.html.j2", language, figure=figure, names=names)


def _profile(code: str, shown: list[Figure], language: Language) -> str:
    areas = _areas_within(code)
    return render(
        "figure_profile.html.j2", language, code=code, name=municipality_names()[code], figures=shown, areas=areas
    )


def _areas_within(code: str) -> dict[str, int]:
    """How many parts of a municipality have a place on a map, though no table has a figure of them."""
    folder = data_folder("regions")
    wijken = json.loads((folder / "wijken.geojson").read_text("utf-8"))["features"]
    own = [one for one in wijken if one["properties"]["code"].startswith(f"WK{code.removeprefix('GM')}")]
    return {"districts": len({one["properties"]["district"] for one in own}), "wijken": len(own)} if own else {}


def _cards(shown: list[Figure]) -> list[dict[str, Any]]:
    """Where the figures come from: one entry a table that the page was made from."""
    used = dict.fromkeys(table for figure in shown for table in figure.place.tables)
    described = describe_open_data().set_index("table", drop=False)
    return [dict(described.loc[table]) for table in used]


def _widgets(language: Language) -> Any:
    """The same choices in a kernel: a figure and a municipality, with the drawn map, the table and the profile."""
    with needs("pages"):
        import ipywidgets as widgets

    shown = {figure.name: figure for figure in figures(language)}
    wide = {"description_width": "initial"}
    options = [(say(f"figures.{name}", language), name) for name in shown]
    places = [(say("figures.all_places", language), ""), *((name, code) for code, name in _names().items())]
    figure = widgets.Dropdown(options=options, description=say("figures.figure", language), style=wide)
    place = widgets.Dropdown(options=places, description=say("figures.place", language), style=wide)
    output = widgets.HTML()

    def show(_: object = None) -> None:
        chosen = shown[figure.value]
        html = render(
            "figure_live.html.j2",
            language,
            panel=_panel(chosen, language, place.value),
            profile=_profile(place.value, list(shown.values()), language) if place.value else "",
            picture=draw_picture(paint=chosen.paint, picked=place.value, language=language),
        )
        output.value = f'{style_block()}<div class="sk">{html}</div>'

    figure.observe(show, "value")
    place.observe(show, "value")
    show()
    head = f"<h1>{say('figures.heading', language)}</h1><p class='lead'>{say('figures.intro', language)}</p>"
    return live_box(head, [figure, place], output)
