"""Outlines made small enough to inline in a page: simplified together, rounded, one feature a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from stagekansen_lib.project.extras import needs

__all__ = ["COARSE", "DECIMALS", "FINE", "feature_collection", "simplify"]

# About 10 metres; what is rounded further no longer fits its neighbour.
DECIMALS = 4
# In degrees: the square root of the smallest triangle that is kept, about 70 and 30 metres.
COARSE, FINE = 0.0008, 0.0003


def simplify(geometries: Sequence[Any], tolerance: float) -> list[Any] | None:
    """Polygons that tile the plane, with fewer vertices and still without gap or overlap.

    Method of Visvalingam and Whyatt on the shared borders (GEOS coverage simplifier).

    Parameters
    ----------
    geometries : polygons in degrees that do not overlap.
    tolerance : degrees; the square root of the smallest triangle that is kept.

    Returns
    -------
    The thinned polygons, rounded to `DECIMALS`; None when rounding made an outline cross or overlap.
    """
    with needs("refresh"):
        import shapely

    thin = shapely.coverage_simplify(list(geometries), tolerance)
    # Each vertex is rounded by itself, so that a corner of two areas stays one corner. set_precision would also tidy
    # up narrow necks, in one area and not in the other.
    thin = shapely.remove_repeated_points(shapely.transform(thin, lambda corners: corners.round(DECIMALS)))
    whole = shapely.coverage_is_valid(thin) and all(one.is_valid and not one.is_empty for one in thin)
    return list(thin) if whole else None


def feature_collection(features: Iterable[tuple[dict[str, Any], Any]]) -> str:
    """GeoJSON text of (properties, geometry) pairs, rings turning as RFC 7946 asks."""
    with needs("refresh"):
        import shapely
        from shapely.geometry import mapping

    lines = []
    for properties, geometry in features:
        turned = shapely.orient_polygons(geometry, exterior_cw=False)
        held = {"type": "Feature", "properties": properties, "geometry": _rounded(mapping(turned))}
        lines.append(json.dumps(held, ensure_ascii=False, separators=(",", ":")))
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_rounded(part) for part in value]
    return round(value, DECIMALS) if isinstance(value, float) else value
