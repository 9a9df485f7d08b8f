"""PDOK: boundaries of municipalities, and addresses to points. A weak match is never taken for an answer."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from stagekansen_lib.errors import RefusedError
from stagekansen_lib.population.refresh.outlines import COARSE, DECIMALS, feature_collection, simplify
from stagekansen_lib.population.refresh.prepared import Prepared
from stagekansen_lib.population.refresh.settings import read_settings
from stagekansen_lib.population.refresh.transport import Fetch, default_fetch
from stagekansen_lib.population.regions import municipality_names, municipality_of
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.paths import data_folder

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Geocode", "geocode", "geocode_reporting_points", "prepare_boundaries"]

_UNCHANGED = "Nothing was changed."
# A municipality that grows or shrinks by more than this was merged, or the answer is of something else.
_LARGEST_CHANGE = 0.10
# A municipality of which less than this part lies within the frame is no neighbour, unless it was one.
_SLIVER = 0.05


class Addressed(Protocol):
    """What geocoding needs to know of a reporting point."""

    @property
    def id(self) -> str: ...
    @property
    def name_nl(self) -> str: ...
    @property
    def street(self) -> str: ...
    @property
    def house_number(self) -> str: ...
    @property
    def postcode(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def latitude(self) -> float | None: ...
    @property
    def longitude(self) -> float | None: ...


@dataclass(frozen=True)
class Geocode:
    """The point of an address in degrees WGS84, the address as the register writes it, and its score."""

    lon: float
    lat: float
    matched: str
    score: float


def geocode(
    street: str, house_number: str, *, postcode: str = "", city: str = "", fetch: Fetch = default_fetch
) -> Geocode:
    """The point of one address, from the PDOK Locatieserver (register of addresses and buildings).

    A match counts only when the service gives an address (not a street or a place) whose street and house
    number, and postcode and city where given, are those that were asked for, and no second such address lies
    elsewhere.

    Parameters
    ----------
    street, house_number : as on the envelope; a letter or addition belongs to the number ("12a").
    postcode, city : at least one of the two.

    Raises
    ------
    RefusedError : too little was given, nothing was found, the best match is weak, or the answer cannot be
    read. StagekansenError : no answer came.
    """
    asked = " ".join(part for part in (street, house_number, postcode, city) if part)
    if not all(part.strip() for part in (street, house_number, postcode + city)):
        raise RefusedError(f"'{asked}' is no full address: street, number, and postcode or city are needed.")
    address = read_settings(data_folder())["addresses"]["address"]
    query = urlencode({"q": asked, "fq": "type:adres", "rows": 10, "fl": _FIELDS})
    docs = _documents(fetch(f"{address}?{query}"), asked)
    differs = {doc["weergavenaam"]: _difference(doc, street, house_number, postcode, city) for doc in docs}
    fitting = _fitting(docs, differs, asked)
    lon, lat = _one_point(fitting, asked)
    return Geocode(lon, lat, str(fitting[0]["weergavenaam"]), float(fitting[0].get("score", 0.0)))


def _one_point(docs: list[dict[str, Any]], asked: str) -> tuple[float, float]:
    """The point of the first; the others must lie at the same place."""
    points = [_point(doc, asked) for doc in docs]
    if any(_metres(points[0], other) > 50 for other in points[1:]):
        names = ", ".join(f"'{doc['weergavenaam']}'" for doc in docs)
        raise RefusedError(f"'{asked}' can be several addresses: {names}. Add the postcode. {_UNCHANGED}")
    return points[0]


def _fitting(docs: list[dict[str, Any]], differs: dict[str, str], asked: str) -> list[dict[str, Any]]:
    """The documents in which nothing differs from the address asked for."""
    if not docs:
        raise RefusedError(f"The register of addresses holds no '{asked}'. {_UNCHANGED}")
    fitting = [doc for doc in docs if not differs[doc["weergavenaam"]]]
    if not fitting:
        best = docs[0]["weergavenaam"]
        raise RefusedError(f"The nearest match to '{asked}' is '{best}': another {differs[best]}. {_UNCHANGED}")
    return fitting


def geocode_reporting_points(points: Iterable[Addressed], *, fetch: Fetch = default_fetch) -> pd.DataFrame:
    """Proposals for the place of reporting points, for a person to confirm. Writes no coordinate anywhere.

    Returns
    -------
    One row a point: ``id``, ``name``, ``address`` (as in the register of reporting points), ``lon``, ``lat``,
    ``matched`` (the address found), ``score``, ``municipality`` (CBS code, None outside the region),
    ``metres_from_present`` (distance to the coordinates of now) and ``outcome``: "proposal", "no address", or
    "refused" followed by the reason.

    Raises
    ------
    StagekansenError : no answer came.
    """
    import pandas as pd

    rows = []
    for point in points:
        row: dict[str, Any] = {
            "id": point.id,
            "name": point.name_nl,
            "address": " ".join(p for p in (point.street, point.house_number, point.postcode, point.city) if p),
            "lon": math.nan,
            "lat": math.nan,
            "matched": "",
            "score": math.nan,
            "municipality": None,
            "metres_from_present": math.nan,
            "outcome": "proposal",
        }
        rows.append(row)
        if not point.street or not point.house_number:
            row["outcome"] = "no address"
            continue
        try:
            found = geocode(point.street, point.house_number, postcode=point.postcode, city=point.city, fetch=fetch)
        except RefusedError as refusal:
            row["outcome"] = f"refused: {refusal}"
            continue
        row |= {"lon": found.lon, "lat": found.lat, "matched": found.matched, "score": found.score}
        row["municipality"] = municipality_of(found.lon, found.lat)
        if point.longitude is not None and point.latitude is not None:
            row["metres_from_present"] = _metres((found.lon, found.lat), (point.longitude, point.latitude))
    columns = [
        "id",
        "name",
        "address",
        "lon",
        "lat",
        "matched",
        "score",
        "municipality",
        "metres_from_present",
    ]
    return pd.DataFrame(rows, columns=[*columns, "outcome"])


_FIELDS = "weergavenaam,type,score,straatnaam,huis_nlt,huisnummer,postcode,woonplaatsnaam,centroide_ll"


def _documents(answer: bytes, asked: str) -> list[dict[str, Any]]:
    try:
        docs = json.loads(answer)["response"]["docs"]
        return [doc for doc in docs if doc["type"] == "adres" and doc["weergavenaam"]]
    except (ValueError, KeyError, TypeError) as failure:
        raise RefusedError(f"The answer to '{asked}' is not what the Locatieserver gives. {_UNCHANGED}") from failure


def _difference(doc: dict[str, Any], street: str, number: str, postcode: str, city: str) -> str:
    """What differs between a document and the address asked for; empty when nothing does."""
    number_found = doc.get("huis_nlt") or doc.get("huisnummer", "")
    for word, found, asked in (
        ("street", doc.get("straatnaam", ""), street),
        ("house number", number_found, number),
        ("postcode", doc.get("postcode", ""), postcode),
        ("city", doc.get("woonplaatsnaam", ""), city),
    ):
        if asked.strip() and _plain(found) != _plain(asked):
            return word
    return ""


def _plain(text: object) -> str:
    lower = str(text).strip().lower()
    # Register of addresses on the left, what people write on the right.
    same = dict(zip(municipality_names(official=True).values(), municipality_names().values(), strict=True))
    return re.sub(r"[\s.\-']", "", {one.lower(): name.lower() for one, name in same.items()}.get(lower, lower))


def _point(doc: dict[str, Any], asked: str) -> tuple[float, float]:
    found = re.fullmatch(r"POINT ?\((-?[\d.]+) (-?[\d.]+)\)", str(doc.get("centroide_ll", "")).strip())
    if not found:
        raise RefusedError(f"The match for '{asked}' has no point. {_UNCHANGED}")
    lon, lat = float(found[1]), float(found[2])
    if not _in_netherlands(lon, lat):
        raise RefusedError(f"The point of the match for '{asked}' lies outside the Netherlands. {_UNCHANGED}")
    return lon, lat


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Distance over the ground; at this size the earth is flat to well within a metre."""
    across = math.radians(other[0] - one[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    return 6_371_000 * math.hypot(across, math.radians(other[1] - one[1]))


def _in_netherlands(lon: float, lat: float) -> bool:
    return 3.0 <= lon <= 7.5 and 50.5 <= lat <= 53.8


def prepare_boundaries(settings: dict[str, Any], folder: Path, fetch: Fetch) -> list[Prepared]:
    """New outlines of the nine municipalities with neighbours and water, checked against the present ones.

    Raises
    ------
    RefusedError : the answer is no GeoJSON of municipalities in degrees, one of the nine is missing or
    changed by
        more than a tenth, a geometry is not valid, or the areas overlap.
    """
    with needs("refresh"):
        import shapely

    year = int(settings["year"])
    areas, names = _municipalities(fetch(str(settings["address"]).format(year=year)))
    ours = municipality_names()
    region = _ours(areas, ours, year)
    frame, present, known = _present(folder)
    _check_sizes(region, present, ours)
    inside = {code: _polygons(shapely.intersection(area, frame)) for code, area in areas.items() if code not in ours}
    # Where the frame runs along a border, it cuts slivers off the municipalities behind it: they are no neighbours.
    around = [code for code, part in inside.items() if part.area > (0 if code in known else _SLIVER * areas[code].area)]
    water = _polygons(shapely.difference(frame, shapely.union_all([*region.values(), *inside.values()])))
    outlines = _thin([*region.values(), *(inside[code] for code in around), water], year)
    nearby = shapely.union_all(list(region.values()))
    layers = {
        "municipalities": [_municipality(code, ours[code], names[code], next(outlines), year) for code in ours],
        "neighbours": [(_neighbour(code, names[code], areas[code], nearby, year), next(outlines)) for code in around],
        "water": [({"year": year}, next(outlines))],
    }
    card = {
        "source": f"CBS Gebiedsindelingen {year}, layer gemeente_gegeneraliseerd, from PDOK (CBS / Kadaster)",
        "date": str(year),
        "made_by": f"stagekansen data refresh, {date.today().isoformat()}",
    }
    return [Prepared(f"regions/{name}.geojson", feature_collection(parts), card) for name, parts in layers.items()]


def _ours(areas: dict[str, Any], names: dict[str, str], year: int) -> dict[str, Any]:
    missing = [name for code, name in names.items() if code not in areas]
    if missing:
        raise RefusedError(f"The boundaries of {year} lack {', '.join(missing)}. {_UNCHANGED}")
    return {code: areas[code] for code in names}


def _thin(parts: list[Any], year: int) -> Iterator[Any]:
    """The parts with fewer corners, in their order; they must lie beside each other without gaps."""
    with needs("maps"):
        import shapely

    thin = simplify(parts, COARSE) if shapely.coverage_is_valid(parts) else None
    if thin is None:
        raise RefusedError(f"The boundaries of {year} overlap or leave gaps. {_UNCHANGED}")
    return iter(thin)


def _neighbour(code: str, name: str, area: Any, region: Any, year: int) -> dict[str, Any]:
    with needs("maps"):
        import shapely

    return {"code": code, "name": name, "borders_region": bool(shapely.intersects(area, region)), "year": year}


def _municipalities(answer: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """CBS code -> geometry, and code -> name. Refuses what is no set of valid polygons in degrees."""
    with needs("refresh"):
        import shapely
        from shapely.geometry import shape

    areas: dict[str, Any] = {}
    names: dict[str, str] = {}
    try:
        for feature in json.loads(answer)["features"]:
            code = str(feature["properties"]["statcode"]).strip()
            areas[code] = shape(feature["geometry"])
            names[code] = str(feature["properties"]["statnaam"]).strip()
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.GEOSException) as failure:
        raise RefusedError(f"The answer is not the GeoJSON of municipalities. {_UNCHANGED}") from failure
    _check_outlines({names[code]: area for code, area in areas.items()})
    return {code: shapely.set_precision(area, 1e-5) for code, area in areas.items()}, names


def _check_outlines(areas: dict[str, Any]) -> None:
    bad = [name for name, area in areas.items() if not area.is_valid or area.is_empty]
    if bad:
        raise RefusedError(f"The outline of {', '.join(bad)} is not a valid polygon. {_UNCHANGED}")
    for name, area in areas.items():
        left, low, right, high = area.bounds
        if not (_in_netherlands(left, low) and _in_netherlands(right, high)):
            raise RefusedError(f"The outline of {name} is not in degrees, longitude first. {_UNCHANGED}")


def _present(folder: Path) -> tuple[Any, dict[str, float], set[str]]:
    """The area that the present layers cover, the size of the nine, and the codes of the neighbours."""
    with needs("refresh"):
        import shapely
        from shapely.geometry import shape

    areas = []
    sizes: dict[str, float] = {}
    known: set[str] = set()
    for layer in ("municipalities", "neighbours", "water"):
        for feature in json.loads((folder / "regions" / f"{layer}.geojson").read_text("utf-8"))["features"]:
            areas.append(shape(feature["geometry"]))
            if layer == "municipalities":
                sizes[feature["properties"]["code"]] = areas[-1].area
            elif layer == "neighbours":
                known.add(feature["properties"]["code"])
    return shapely.union_all(areas), sizes, known


def _polygons(area: Any) -> Any:
    """Only what has a surface: cutting leaves points and lines where two borders touch."""
    with needs("refresh"):
        import shapely

    return shapely.union_all([part for part in shapely.get_parts(area) if part.geom_type == "Polygon"])


def _check_sizes(areas: dict[str, Any], present: dict[str, float], names: dict[str, str]) -> None:
    changed = [
        f"{names[code]} {area.area / present[code] - 1:+.0%}"
        for code, area in areas.items()
        if code in present and abs(area.area / present[code] - 1) > _LARGEST_CHANGE
    ]
    if changed:
        raise RefusedError(
            f"The size of a municipality changed by more than {_LARGEST_CHANGE:.0%}: {', '.join(changed)}. "
            f"A merger is a break in every series and is not taken over without a person. {_UNCHANGED}"
        )


def _municipality(code: str, name: str, official: str, outline: Any, year: int) -> tuple[dict[str, Any], Any]:
    with needs("refresh"):
        import shapely

    centre = shapely.maximum_inscribed_circle(outline, 1e-4).coords[0]
    return {
        "code": code,
        "name": name,
        "official_name": official,
        "label_lon": round(centre[0], DECIMALS),
        "label_lat": round(centre[1], DECIMALS),
        "year": year,
    }, outline
