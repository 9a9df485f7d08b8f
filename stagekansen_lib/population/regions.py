"""Regions: the municipalities of the place, their surroundings, and what else is in its layers of borders."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.places import read_place

if TYPE_CHECKING:
    import geopandas

__all__ = ["municipality_names", "municipality_of", "read_regions", "region_names"]


def region_names() -> dict[str, str]:
    """The layers that `read_regions` knows, each with what it holds: those that the place names."""
    return dict(read_place().layers)


def read_regions(layer: str = "municipalities") -> geopandas.GeoDataFrame:
    """A layer of areas as a GeoDataFrame in WGS84 longitude and latitude (EPSG:4326).

    Parameters
    ----------
    layer : "municipalities", or another of `region_names`.

    Returns
    -------
    A table with ``name``, ``year`` (of the boundaries) and ``geometry``; further ``code`` (CBS) of
    municipalities, neighbours and wijken; ``official_name`` of municipalities; ``label_lon`` and
    ``label_lat``, a point well inside, of municipalities and districts; ``district`` of wijken. The water has
    no name.

    The outlines are simplified for drawing: a border may be some 70 metres off (30 metres for the city
    layers).

    Raises
    ------
    InputError : the place has no such layer.

    Examples
    --------
    >>> read_regions("districts")["name"].tolist()[:3]
    ['Centrum', 'Escamp', 'Haagse Hout']
    """
    layers = region_names()
    if layer not in layers:
        raise InputError(Problem(f"There is no layer '{layer}'.", do=did_you_mean(layer, list(layers))))
    with needs("maps"):
        import geopandas

    features = json.loads(data_folder("regions", f"{layer}.geojson").read_text("utf-8"))["features"]
    return geopandas.GeoDataFrame.from_features(features, crs="EPSG:4326")


def municipality_names(*, official: bool = False) -> dict[str, str]:
    """The municipalities of the place as CBS code -> name, read without geometry and so at once.

    Parameters
    ----------
    official : give the name of the register ("'s-Gravenhage") instead of the one people use ("Den Haag").

    Examples
    --------
    >>> municipality_names()["GM0518"]
    'Den Haag'
    """
    held = read_place().municipalities
    return {
        code: names.get("official_name", names["name"]) if official else names["name"] for code, names in held.items()
    }


def municipality_of(lon: float, lat: float) -> str | None:
    """The CBS code of the municipality in which a point lies, or None outside the place.

    Parameters
    ----------
    lon, lat : degrees, WGS84. Within some 70 metres of a border the answer may be that of the neighbour,
        because the outlines are simplified.

    Raises
    ------
    InputError : the numbers are no longitude and latitude in or around the Netherlands; most often they were
        exchanged, or are coordinates of the national grid.

    Examples
    --------
    >>> municipality_of(4.3113, 52.0786)    # the Hofvijver
    'GM0518'
    >>> municipality_of(4.4777, 51.9244) is None    # Rotterdam
    True
    """
    if not (3.0 <= lon <= 7.5 and 50.5 <= lat <= 53.8):
        raise InputError(
            Problem(
                f"Longitude {lon} and latitude {lat} do not lie in the Netherlands.",
                do="Give longitude first (about 4.3), then latitude (about 52.1), in degrees.",
            )
        )
    with needs("maps"):
        import shapely

    point = shapely.Point(lon, lat)
    if "municipalities" not in region_names():
        return None
    path = data_folder("regions", "municipalities.geojson")
    return next((code for code, area in _outlines(path) if area.covers(point)), None)


@cache
def _outlines(path: Path) -> list[tuple[str, Any]]:
    with needs("maps"):
        import shapely
        from shapely.geometry import shape

    found = []
    for feature in json.loads(path.read_text("utf-8"))["features"]:
        area = shape(feature["geometry"])
        shapely.prepare(area)
        found.append((feature["properties"]["code"], area))
    return found
