"""Regions: nine municipalities, what lies around them, and the districts of The Hague."""

from __future__ import annotations

import gzip
import json
import runpy
from pathlib import Path

import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.population.refresh.outlines import feature_collection
from stagekansen_lib.population.regions import municipality_names, municipality_of, read_regions, region_names
from stagekansen_lib.project.paths import data_folder, project_folder

# CBS: area with inland water and without the sea, in km2, for the municipalities without a coast (StatLine, 2024).
AREA_KM2 = {
    "GM0503": 24.06,
    "GM0603": 14.51,
    "GM0637": 37.05,
    "GM1842": 49.38,
    "GM1916": 35.62,
    "GM1926": 38.61,
}


def test_the_nine_municipalities_have_code_names_label_and_outline() -> None:
    table = read_regions("municipalities")
    assert {"code", "name", "official_name", "label_lon", "label_lat", "geometry"} <= set(table.columns)
    assert dict(zip(table["code"], table["name"], strict=True)) == municipality_names()
    assert len(table) == 9
    assert table.crs.to_epsg() == 4326
    assert table.geometry.is_valid.all()


def test_the_hague_goes_by_two_names() -> None:
    assert municipality_names()["GM0518"] == "Den Haag"
    assert municipality_names(official=True)["GM0518"] == "'s-Gravenhage"


def test_simplified_outlines_keep_the_area_that_cbs_publishes() -> None:
    table = read_regions("municipalities").set_index("code").to_crs(28992)
    for code, published in AREA_KM2.items():
        # Thinning and rounding move a border by up to 70 m in turn inward and outward: within a percent.
        assert table.loc[code, "geometry"].area / 1e6 == pytest.approx(published, rel=0.01)


def test_municipalities_neighbours_and_water_leave_no_gap_and_no_overlap() -> None:
    import shapely

    areas = [area for layer in ("municipalities", "neighbours", "water") for area in read_regions(layer).geometry]
    assert shapely.coverage_is_valid(areas)
    whole = shapely.union_all(areas)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    # Equal to the rounding of a sum of floats: an overlap would make the sum larger.
    assert sum(area.area for area in areas) == pytest.approx(whole.area, rel=1e-12)


def test_the_eight_districts_are_the_union_of_the_44_wijken() -> None:
    import shapely

    wijken, districts = read_regions("wijken"), read_regions("districts")
    assert (len(wijken), len(districts)) == (44, 8)
    assert set(wijken["district"]) == set(districts["name"])
    apart = shapely.symmetric_difference(shapely.union_all(wijken.geometry), shapely.union_all(districts.geometry))
    assert apart.area == 0


@pytest.mark.parametrize("layer", ["municipalities", "districts"])
def test_a_label_stands_inside_its_area(layer: str) -> None:
    import shapely

    for row in read_regions(layer).itertuples():
        assert row.geometry.contains(shapely.Point(row.label_lon, row.label_lat)), row.name


def test_every_layer_that_is_named_can_be_read_and_no_other() -> None:
    stored = {path.stem for path in data_folder("regions").glob("*.geojson")}
    assert stored == set(region_names())
    for layer in region_names():
        assert len(read_regions(layer)) > 0
    with pytest.raises(InputError, match="Did you mean 'districts'"):
        read_regions("district")


def test_label_points_lie_in_their_own_municipality() -> None:
    for row in read_regions("municipalities").itertuples():
        assert municipality_of(row.label_lon, row.label_lat) == row.code


def test_places_outside_the_nine_belong_to_none() -> None:
    # Station Leiden Centraal and Utrecht Centraal, from the list of stations of NS.
    assert municipality_of(4.4817, 52.1664) is None
    assert municipality_of(5.1103, 52.0889) is None


@pytest.mark.parametrize(("lon", "lat"), [(52.08, 4.31), (81000.0, 455000.0), (float("nan"), 52.0)])
def test_exchanged_or_national_coordinates_are_refused(lon: float, lat: float) -> None:
    with pytest.raises(InputError, match="longitude first"):
        municipality_of(lon, lat)


def test_the_layers_of_the_map_are_small_enough_to_inline() -> None:
    size = sum(
        len(gzip.compress(data_folder("regions", f"{layer}.geojson").read_bytes(), 9))
        for layer in ("municipalities", "neighbours", "water")
    )
    # The page with the map may be 120 kB compressed, of which Leaflet and our own code take some 85.
    assert size < 20_000


def test_coordinates_have_four_decimals_and_rings_turn_as_geojson_asks() -> None:
    import shapely

    for layer in region_names():
        for area in read_regions(layer).geometry:
            flat = shapely.get_coordinates(area)
            assert (flat.round(4) == flat).all()
            for part in shapely.get_parts(area):
                assert part.exterior.is_ccw
                assert not any(ring.is_ccw for ring in part.interiors)


def test_names_without_geometry_agree_with_the_map() -> None:
    table = read_regions("municipalities")
    assert municipality_names() == dict(zip(table["code"], table["name"], strict=True))
    assert municipality_names(official=True) == dict(zip(table["code"], table["official_name"], strict=True))


def test_each_layer_is_written_again_as_it_stands() -> None:
    from shapely.geometry import shape

    for layer in region_names():
        text = data_folder("regions", f"{layer}.geojson").read_text("utf-8")
        features = [(f["properties"], shape(f["geometry"])) for f in json.loads(text)["features"]]
        assert feature_collection(features) == text


def test_the_script_makes_the_files_from_its_sources_byte_for_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = project_folder().parent / "shared" / "geo"
    main = runpy.run_path(str(project_folder() / "scripts/make_regions.py"))["main"]
    if not raw.is_dir():
        # The sources are not part of the project: what can be checked without them stands in the test above.
        with pytest.raises(FileNotFoundError):
            main(raw, tmp_path)
        return
    main(raw, tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.glob("*json")}
    assert made == {path.name: path.read_bytes() for path in data_folder("regions").glob("*json")}
    assert capsys.readouterr().out.count("wrote") == len(region_names())
