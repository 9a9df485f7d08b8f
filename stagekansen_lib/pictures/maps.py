"""Maps of reporting points on our own polygons: complete without any request to another server.

folium makes the map; Leaflet and its cluster plug-in stand in ``vendor/`` and are written into the page. The result is
a page of its own, shown in a frame, so that the same bytes serve the public pages, JupyterLab and live Voilà. Until
that page has come, on paper, and without script, a drawing of the same polygons stands in its place
(``draw_picture``).
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from stagekansen_lib.assets import asset_text, script_text
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.places import read_place
from stagekansen_lib.wording import Language, chosen_language, say

__all__ = ["LARGEST_CIRCLE", "MapPage", "Marker", "Paint", "draw_figures", "draw_picture", "draw_reporting_points"]

# Where pictures of streets come from, once a reader has asked for them.
STREETS = "https://service.pdok.nl/brt/achtergrondkaart/wmts/v2_0/standaard/EPSG:3857/{z}/{x}/{y}.png"

# The radius of the circle of the largest count, in pixels; the legend draws the same.
LARGEST_CIRCLE = 24.0

# Polygons of the region end here; a deeper zoom would show nothing more.
_MAX_ZOOM = 16


@dataclass(frozen=True)
class Marker:
    """A point on the map. ``lat`` and ``lon`` in degrees (WGS84); ``rough`` when they are street level at best."""

    id: str
    name: str
    text: str
    lat: float
    lon: float
    rough: bool = True


@dataclass(frozen=True)
class MapPage:
    """A complete HTML page with a map; in a notebook it shows itself in a frame."""

    html: str
    title: str

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="{escape(self.title)}" srcdoc="{escape(self.html)}" width="100%" height="520"'
            ' loading="lazy"></iframe>'
        )


def draw_reporting_points(
    markers: Iterable[Marker],
    *,
    paint: Paint | None = None,
    streets: bool = False,
    language: str | None = None,
) -> MapPage:
    """A map of the place with a marker for each point, in clusters that open by mouse and by keyboard.

    Parameters
    ----------
    markers : the points to draw. A point without a place of its own has no marker; the list beside the map has it.
    paint : what colours the municipalities and stands under their names; one without a class is hatched.
    streets : True for the variant that asks PDOK for pictures of streets. It is another page, which a reader opens by a
        choice; the map without it asks nothing of anybody.
    language : "nl" or "en".

    Returns
    -------
    MapPage. Inside a page the frame talks with the list by ``postMessage``: it is told which points to show
    (``{stagekansen: "show", ids}``) and which to open (``{stagekansen: "open", id}``), and tells which one a reader
    chose (``{stagekansen: "chosen", id}``), or which municipality (``{stagekansen: "place", code}``).

    Examples
    --------
    >>> page = draw_reporting_points([Marker("here", "Here", "Somewhere", lat=52.08, lon=4.31)], language="en")
    >>> page.title
    'Map of reporting points in Haaglanden'
    """
    chosen = chosen_language(language)
    points = sorted(markers, key=lambda marker: marker.id)
    figures = _figures([paint] if paint else [])
    return _page(say("map.title", chosen), chosen, points=_points(points), figures=figures, streets=streets)


def _figures(paints: Sequence[Paint]) -> dict[str, Any]:
    return {paint.name: {"classes": paint.classes, "texts": paint.texts, "sizes": paint.radii} for paint in paints}


@dataclass(frozen=True)
class Paint:
    """How one figure paints the map, by code of the municipality; one without class and size is hatched.

    Parameters
    ----------
    name : of the figure.
    classes : the class of a share or a mean; 0 is lowest.
    texts : the value as text.
    sizes : for a count the part of the largest, above 0 up to 1: a circle of that area, and no colour.
    """

    name: str
    classes: dict[str, int]
    texts: dict[str, str]
    sizes: dict[str, float] = field(default_factory=dict)

    @property
    def radii(self) -> dict[str, float]:
        """The radius of each circle in pixels, so that its area follows the count."""
        return {code: round(LARGEST_CIRCLE * math.sqrt(size), 1) for code, size in self.sizes.items()}


def draw_figures(paints: Sequence[Paint], *, language: str | None = None) -> MapPage:
    """A map of the municipalities, painted by one figure at a time.

    Parameters
    ----------
    paints : the figures; the first is painted at the start.
    language : "nl" or "en".

    Returns
    -------
    MapPage. Inside a page the frame is told which figure to paint (``{stagekansen: "paint", name}``), and tells which
    municipality a reader chose (``{stagekansen: "place", code}``).
    """
    chosen = chosen_language(language)
    return _page(say("figures.map_title", chosen), chosen, figures=_figures(paints))


# The drawing: a square of this many units around the region, about the width of a phone, so that letters stay legible.
# A saved picture shows it this many pixels high, and the circles in it as large as those of the legend.
_SQUARE, _MARGIN, _SAVED = 340.0, 14.0, 560.0


def draw_picture(
    *,
    markers: Sequence[Marker] = (),
    paint: Paint | None = None,
    links: str = "",
    picked: str = "",
    language: str | None = None,
) -> str:
    """A drawing of the region as SVG, with markers or painted by a figure; it needs no script.

    Parameters
    ----------
    markers : points to draw as dots.
    paint : the figure that paints the municipalities and stands under their names.
    links : the start of an address within the page, such as "#gemeente-": each municipality links there, with its code.
    picked : the code of the municipality to outline.
    language : "nl" or "en".
    """
    chosen = chosen_language(language)
    layers = _layers()
    place = _projection(layers["municipalities"])
    title = say("figures.map_title" if paint and not links else "map.title", chosen)
    parts = [
        f'<path class="{look}" d="{"".join(_path(feature, place) for feature in layers[name]["features"])}"/>'
        for name, look in (("neighbours", "near"), ("water", "sea"))
        if name in layers
    ]
    circles: list[str] = []
    texts = []
    for feature in layers["municipalities"]["features"]:
        code = feature["properties"]["code"]
        look = _look(code, paint) + " picked" * (code == picked)
        shape = f'<path class="{look}" data-code="{code}" d="{_path(feature, place)}"/>'
        name = escape(feature["properties"]["name"])
        parts.append(f'<a href="{links}{code}" aria-label="{name}">{shape}</a>' if links else shape)
        texts += _map_names(feature["properties"], place, paint)
        if paint:
            x, y = place(feature["properties"]["label_lon"], feature["properties"]["label_lat"])
            radius = paint.radii.get(code, 0.0) * _SQUARE / _SAVED
            circles.append(f'<circle class="amount" data-code="{code}" cx="{x:.0f}" cy="{y:.0f}" r="{radius:.1f}"/>')
    for marker in sorted(markers, key=lambda marker: marker.id):
        x, y = place(marker.lon, marker.lat)
        texts.append(f'<circle class="map-dot" data-point="{escape(marker.id)}" cx="{x:.1f}" cy="{y:.1f}" r="6"/>')
    role = "group" if links else "img"
    return (
        f'<svg class="map-picture" viewBox="0 0 {_SQUARE:.0f} {_SQUARE:.0f}" role="{role}"'
        f' aria-label="{escape(title)}">'
        f"{_HATCH}{''.join(parts + circles + texts)}</svg>"
    )


def _look(code: str, paint: Paint | None) -> str:
    """The class of the colour of a municipality."""
    if paint is None or code in paint.sizes:
        return "land"
    step = paint.classes.get(code)
    return "land unknown" if step is None else f"land class-{step}"


def _map_names(
    known: dict[str, Any], place: Callable[[float, float], tuple[float, float]], paint: Paint | None
) -> list[str]:
    """The name of a municipality, with its figure under it."""
    x, y = place(known["label_lon"], known["label_lat"])
    # A name of two parts takes two lines: on one line it would lie over the next municipality.
    lines = escape(known["name"]).replace("-", "-\n").split("\n")
    name = "".join(f'<tspan x="{x:.0f}" dy="{1.1 * bool(line)}em">{part}</tspan>' for line, part in enumerate(lines))
    top = y - 6 * (len(lines) - 1)
    drawn = [f'<text class="map-name" x="{x:.0f}" y="{top:.0f}">{name}</text>']
    if paint:
        value, down = escape(paint.texts[known["code"]]), 1.1 * len(lines)
        drawn.append(
            f'<text class="map-name" data-code="{known["code"]}" x="{x:.0f}" y="{top:.0f}"'
            f' dy="{down:.1f}em">{value}</text>'
        )
    return drawn


_HATCH = (
    '<defs><pattern id="map-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line class="hatch" x1="0" x2="0" y1="0" y2="6"/></pattern></defs>'
)


def _projection(region: dict[str, Any]) -> Callable[[float, float], tuple[float, float]]:
    """From degrees to units of the drawing; at this size a plane is good enough."""
    points = [point for feature in region["features"] for ring in _rings(feature) for point in ring]
    west, east = min(point[0] for point in points), max(point[0] for point in points)
    south, north = min(point[1] for point in points), max(point[1] for point in points)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = (_SQUARE - 2 * _MARGIN) / max((east - west) * narrow, north - south)
    left = (_SQUARE - (east - west) * narrow * scale) / 2
    top = (_SQUARE - (north - south) * scale) / 2
    return lambda lon, lat: (left + (lon - west) * narrow * scale, top + (north - lat) * scale)


def _rings(feature: dict[str, Any]) -> list[list[list[float]]]:
    shape = feature["geometry"]
    parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return [ring for part in parts for ring in part]


def _path(feature: dict[str, Any], place: Callable[[float, float], tuple[float, float]]) -> str:
    """The rings of a feature as path data, to a unit; corners that fall together are drawn once."""
    drawn = []
    for ring in _rings(feature):
        corners = list(dict.fromkeys((round(x), round(y)) for x, y in (place(point[0], point[1]) for point in ring)))
        if len(corners) > 2 and any(-_SQUARE < x < 2 * _SQUARE and -_SQUARE < y < 2 * _SQUARE for x, y in corners):
            # Steps from corner to corner are short numbers: a third of the page's weight less than places.
            steps = [f"{x - before[0]} {y - before[1]}" for before, (x, y) in itertools.pairwise(corners)]
            drawn.append(f"M{corners[0][0]} {corners[0][1]}l{' '.join(steps)}z")
    return "".join(drawn)


def _page(
    title: str,
    language: Language,
    *,
    points: list[dict[str, Any]] | None = None,
    figures: dict[str, Any] | None = None,
    streets: bool = False,
) -> MapPage:
    figure: Any = _folium_map(points or [], figures or {}, language, streets).get_root()
    figure.header._children.pop("meta_http", None)
    figure.render()  # only now do the parts of the page know what belongs in them
    # folium draws its names at random; numbering them in order makes every build give the same bytes.
    parts = "\0".join(part.render() for part in (figure.header, figure.html, figure.script))
    head, body, script = _numbered(parts).split("\0")
    head = re.sub(r'<meta name="viewport"[^>]*>', "", head)  # folium's forbids a reader to zoom in
    html = (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_without_pictures(asset_text('leaflet.css'))}{asset_text('MarkerCluster.css')}"
        f"{asset_text('tokens.css')}{asset_text('map.css')}</style>\n"
        f"{head}\n<script>{asset_text('leaflet.js')}{asset_text('leaflet.markercluster.js')}</script>\n"
        f'</head>\n<body>\n<main aria-label="{escape(title)}"><h1 class="sr">{escape(title)}</h1>{body}</main>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )
    return MapPage(html, title)


def _folium_map(points: list[dict[str, Any]], figures: dict[str, Any], language: Language, streets: bool) -> Any:
    with needs("maps"):
        import folium
        from branca.element import MacroElement
        from folium.plugins import MarkerCluster
        from jinja2 import Template

    # The stock classes would load Leaflet, jQuery and Bootstrap from servers elsewhere.
    local_map = type("LocalMap", (folium.Map,), {"default_js": [], "default_css": []})
    local_cluster = type("LocalCluster", (MarkerCluster,), {"default_js": [], "default_css": []})
    script = type(
        "Script",
        (MacroElement,),
        {"_template": Template("{% macro script(this, kwargs) %}{{ this.code }}{% endmacro %}")},
    )

    drawn = local_map(
        location=read_place().centre,
        zoom_start=10,
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        max_bounds_viscosity=0.8,
    )
    # folium hands these to a tile layer only, and this map has none.
    drawn.options.update(min_zoom=8, max_zoom=_MAX_ZOOM, zoom_snap=0.25)
    cluster = local_cluster(
        name="points",
        options={"showCoverageOnHover": False, "maxClusterRadius": 60, "animate": False, "keyboard": True},
    )
    cluster.add_to(drawn)
    given = [_json(part) for part in (_layers(), points, figures, _words(language), STREETS if streets else "")]
    ours = script()
    ours.code = f"{script_text('map.js')}stagekansenMap({drawn.get_name()}, {cluster.get_name()}, {', '.join(given)});"
    ours.add_to(drawn)
    return drawn


def _layers() -> dict[str, Any]:
    """The polygons, in the order in which they are painted."""
    return {
        name: json.loads(data_folder("regions", f"{name}.geojson").read_text("utf-8"))
        for name in ("water", "neighbours", "municipalities")
        if name in read_place().layers
    }


def _points(markers: Sequence[Marker]) -> list[dict[str, Any]]:
    return [{"id": m.id, "name": m.name, "text": m.text, "lat": m.lat, "lon": m.lon, "rough": m.rough} for m in markers]


def _words(language: Language) -> dict[str, str]:
    keys = ("zoom_in", "zoom_out", "close", "in_list", "rough", "cluster", "credit", "reset")
    return {key: say(f"map.{key}", language) for key in keys}


def _json(value: Any) -> str:
    """JSON that cannot end a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _numbered(text: str) -> str:
    names: dict[str, str] = {}
    return re.sub(r"[0-9a-f]{32}", lambda found: names.setdefault(found.group(), f"{len(names)}"), text)


def _without_pictures(css: str) -> str:
    """Leaflet's style sheet without the rules that load a picture; the map uses none of them."""
    return re.sub(r"[^{}]*\{[^{}]*url\([^{}]*\}", "", css)
