"""Maps of reporting points on our own polygons: complete without any request to another server.

folium makes the map; Leaflet and its cluster plug-in stand in ``vendor/`` and are written into the page. The result is
a page of its own, shown in a frame, so that the same bytes serve the public pages, JupyterLab and live Voilà.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from stagekansen_lib.assets import asset_text
from stagekansen_lib.paths import data_folder
from stagekansen_lib.wording import Language, chosen_language, say

__all__ = ["MapPage", "Marker", "Paint", "draw_figures", "draw_reporting_points"]

_CENTRE = (52.045, 4.335)
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


def draw_reporting_points(markers: Iterable[Marker], *, language: str | None = None) -> MapPage:
    """A map of Haaglanden with a marker for each point, in clusters that open by mouse and by keyboard.

    Parameters
    ----------
    markers : the points to draw. A point without a place of its own has no marker; the list beside the map has it.
    language : "nl" or "en".

    Returns
    -------
    MapPage. Inside a page the frame talks with the list by ``postMessage``: it is told which points to show
    (``{stagekansen: "show", ids}``) and which to open (``{stagekansen: "open", id}``), and tells which one a reader
    chose (``{stagekansen: "chosen", id}``).
    """
    chosen = chosen_language(language)
    points = sorted(markers, key=lambda marker: marker.id)
    return _page(say("map.title", chosen), chosen, points=_points(points))


@dataclass(frozen=True)
class Paint:
    """How one figure paints the map: the class of each municipality (0 is lowest) and its value as text, by code."""

    name: str
    classes: dict[str, int]
    texts: dict[str, str]


def draw_figures(paints: Sequence[Paint], *, language: str | None = None) -> MapPage:
    """A map of the nine municipalities, painted by one figure at a time.

    Parameters
    ----------
    paints : the figures; the first is painted at the start. A municipality without a class is hatched.
    language : "nl" or "en".

    Returns
    -------
    MapPage. Inside a page the frame is told which figure to paint: ``{stagekansen: "paint", name}``.
    """
    chosen = chosen_language(language)
    figures = {paint.name: {"classes": paint.classes, "texts": paint.texts} for paint in paints}
    return _page(say("figures.map_title", chosen), chosen, figures=figures)


def _page(
    title: str, language: Language, *, points: list[dict[str, Any]] | None = None, figures: dict[str, Any] | None = None
) -> MapPage:
    figure: Any = _folium_map(points or [], figures or {}, language).get_root()
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
        f"{asset_text('map.css')}</style>\n"
        f"{head}\n<script>{asset_text('leaflet.js')}{asset_text('leaflet.markercluster.js')}</script>\n"
        f'</head>\n<body>\n<main><h1 class="sr">{escape(title)}</h1>{body}</main>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )
    return MapPage(html, title)


def _folium_map(points: list[dict[str, Any]], figures: dict[str, Any], language: Language) -> Any:
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
        location=_CENTRE,
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
        options={"showCoverageOnHover": False, "maxClusterRadius": 44, "animate": False, "keyboard": True},
    )
    cluster.add_to(drawn)
    given = [_json(part) for part in (_layers(), points, figures, _words(language))]
    ours = script()
    ours.code = f"{asset_text('map.js')}\nstagekansenMap({drawn.get_name()}, {cluster.get_name()}, {', '.join(given)});"
    ours.add_to(drawn)
    return drawn


def _layers() -> dict[str, Any]:
    """The polygons, in the order in which they are painted."""
    return {
        name: json.loads(data_folder("regions", f"{name}.geojson").read_text("utf-8"))
        for name in ("water", "neighbours", "municipalities")
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
