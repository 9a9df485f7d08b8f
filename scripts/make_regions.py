"""Write data/regions: the nine municipalities, their surroundings, and the districts of The Hague.

    python scripts/make_regions.py [RAW]

Reads   RAW (default ../shared/geo): GeoJSON in WGS84
          haaglanden_gemeenten, context_buurgemeenten, achtergrond_water
              CBS Gebiedsindelingen 2022, layer gemeente_gegeneraliseerd as served by PDOK
          den_haag_stadsdelen, den_haag_wijken
              CBS Gebiedsindelingen 2014; the grouping of wijken into stadsdelen was checked against public
              pages and does not come from an official table
Writes  data/regions/municipalities.geojson, neighbours.geojson, water.geojson, districts.geojson,
        wijken.geojson
Licence CBS / Kadaster, CC BY 4.0. Credit line: "Grenzen: CBS / Kadaster (CC BY 4.0), bewerkt".

What is done: all layers of 2022 are simplified together, as one coverage, so that a border stays one line;
the same for the wijken of The Hague, of which the districts (stadsdelen) are the union. Coordinates are
rounded to 4 decimals (about 10 m), names of columns brought to English. The maps inline these files, so they
are small: good for drawing, not for deciding on which side of a street a house lies.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

from stagekansen_lib.population.refresh.outlines import COARSE, DECIMALS, FINE, feature_collection, simplify

PROJECT = Path(__file__).resolve().parent.parent
RAW = PROJECT.parent / "shared" / "geo"
Feature = dict[str, Any]


def main(raw: Path = RAW, into: Path = PROJECT / "data" / "regions") -> None:
    into.mkdir(parents=True, exist_ok=True)
    nine = read(raw / "haaglanden_gemeenten.geojson")
    around = read(raw / "context_buurgemeenten.geojson")
    sea = read(raw / "achtergrond_water.geojson")
    thinned = iter(thin([*nine, *around, *sea], COARSE))
    write(into / "municipalities.geojson", [(municipality(feature), next(thinned)) for feature in nine])
    write(into / "neighbours.geojson", [(neighbour(feature), next(thinned)) for feature in around])
    write(into / "water.geojson", [({"year": feature["properties"]["jaar"]}, next(thinned)) for feature in sea])

    wijken = read(raw / "den_haag_wijken.geojson")
    pairs = list(zip(wijken, thin(wijken, FINE), strict=True))
    write(into / "wijken.geojson", [(wijk(feature), geometry) for feature, geometry in pairs])
    parts: dict[str, list[Any]] = {}
    for feature, geometry in pairs:
        parts.setdefault(feature["properties"]["stadsdeel"], []).append(geometry)
    write(into / "districts.geojson", [district(name, parts[name]) for name in sorted(parts)])


def read(path: Path) -> list[Feature]:
    features: list[Feature] = json.loads(path.read_text("utf-8"))["features"]
    return features


def thin(features: list[Feature], tolerance: float) -> list[Any]:
    outlines = simplify([shape(feature["geometry"]) for feature in features], tolerance)
    if outlines is None:
        raise SystemExit("simplifying made outlines cross or overlap; take a smaller tolerance")
    return outlines


def municipality(feature: Feature) -> dict[str, Any]:
    held = feature["properties"]
    return {
        "code": held["gemeentecode"],
        "name": held["roepnaam"],
        "official_name": held["naam"],
        "label_lon": round(held["label_lon"], DECIMALS),
        "label_lat": round(held["label_lat"], DECIMALS),
        "year": held["jaar"],
    }


def neighbour(feature: Feature) -> dict[str, Any]:
    held = feature["properties"]
    return {
        "code": held["gemeentecode"],
        "name": held["naam"],
        "borders_region": held["grenst_aan_haaglanden"],
        "year": held["jaar"],
    }


def wijk(feature: Feature) -> dict[str, Any]:
    held = feature["properties"]
    return {
        "code": held["wijkcode"],
        "name": held["naam"],
        "district": held["stadsdeel"],
        "municipality": held["gemeentecode"],
        "year": held["jaar"],
    }


def district(name: str, parts: list[Any]) -> tuple[dict[str, Any], Any]:
    whole = shapely.normalize(shapely.coverage_union_all(parts))
    centre = shapely.maximum_inscribed_circle(whole, 1e-4).coords[0]
    return {
        "name": name,
        "municipality": "GM0518",
        "label_lon": round(centre[0], DECIMALS),
        "label_lat": round(centre[1], DECIMALS),
        "year": 2014,
    }, whole


def write(path: Path, features: Iterable[tuple[dict[str, Any], Any]]) -> None:
    path.write_text(feature_collection(features), "utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:2]))
