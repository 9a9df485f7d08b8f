"""Refreshing: what is fetched is checked first, and a bad answer leaves every file as it was."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import urllib.error
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.errors import InputError, RefusedError, StagekansenError
from stagekansen_lib.population.refresh import geocode, geocode_reporting_points, refresh
from stagekansen_lib.population.refresh.transport import default_fetch
from stagekansen_lib.project.datapackages import build_datapackage, check_datapackage, write_datapackage
from stagekansen_lib.project.paths import data_folder

STORED = Path(__file__).parent / "stored_answers"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rooms that a refresh reads and writes, with its data package."""
    for room in ("regions", "open-data", "refresh"):
        shutil.copytree(data_folder(room), tmp_path / "data" / room)
    write_datapackage(tmp_path / "data")
    return tmp_path / "data"


def state(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def table(folder: Path, name: str) -> list[dict[str, str]]:
    text = (folder / "open-data" / f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def stored(name: str) -> bytes:
    return (STORED / name).read_bytes()


def answers(**changed: bytes) -> Any:
    """A fetch that gives the stored answers, or a changed one, by the service that is asked."""
    held = {
        "service.pdok.nl": stored("pdok_boundaries_2025.json"),
        "ingeschrevenenhbo": stored("duo_hbo.csv"),
        "datastore/dump": stored("duo_mbo.csv"),
    }
    held |= {
        {"boundaries": "service.pdok.nl", "hbo": "ingeschrevenenhbo"}[name]: text for name, text in changed.items()
    }

    def fetch(address: str) -> bytes:
        return next(answer for part, answer in held.items() if part in address)

    return fetch


def statline(**changes: Any) -> Any:
    rows = json.loads(stored("cbs_85984NED.json"))["TypedDataSet"]["value"]
    for row in rows:
        if row["Codering_3"].strip() == "GM0503":
            row.update(changes)
    return lambda _table, *, filters: [row for row in rows if f"'{row['WijkenEnBuurten']}'" in filters]


def changed_boundaries(change: Any) -> bytes:
    held = json.loads(stored("pdok_boundaries_2025.json"))
    change(held["features"])
    return json.dumps(held).encode()


def by_name(features: list[Any], name: str) -> Any:
    return next(feature for feature in features if feature["properties"]["statnaam"] == name)


# Boundaries


def test_new_boundaries_replace_map_card_and_data_package(folder: Path) -> None:
    report = refresh(["boundaries"], fetch=answers(), into=folder)
    assert report.written
    assert {change.path for change in report.changes} == {
        "regions/municipalities.geojson",
        "regions/neighbours.geojson",
        "regions/water.geojson",
    }
    features = json.loads((folder / "regions/municipalities.geojson").read_text("utf-8"))["features"]
    assert {f["properties"]["year"] for f in features} == {2025}
    assert len(features) == 9
    around = json.loads((folder / "regions/neighbours.geojson").read_text("utf-8"))["features"]
    assert {f["properties"]["name"]: f["properties"]["borders_region"] for f in around} == {
        "Voorschoten": True,
        "Lansingerland": True,
    }
    package = {r["path"]: r for r in build_datapackage(folder)[0]["resources"]}
    assert package["regions/municipalities.geojson"]["date"] == "2025"
    assert "2025" in package["regions/municipalities.geojson"]["sources"][0]["title"]
    assert check_datapackage(folder) == []


def test_the_nine_the_neighbours_and_the_water_still_fill_the_same_frame(folder: Path) -> None:
    import shapely
    from shapely.geometry import shape

    def areas() -> list[Any]:
        return [
            shape(feature["geometry"])
            for layer in ("municipalities", "neighbours", "water")
            for feature in json.loads((folder / f"regions/{layer}.geojson").read_text("utf-8"))["features"]
        ]

    before = shapely.union_all(areas())
    refresh(["boundaries"], fetch=answers(), into=folder)
    after = shapely.union_all(areas())
    assert shapely.coverage_is_valid(areas())
    assert not after.interiors
    # The edge of the frame is thinned along with the rest: some 70 m on a perimeter of 250 km, of 3,400 km2.
    assert shapely.symmetric_difference(before, after).area < 0.005 * before.area


def test_a_trial_shows_the_difference_and_replaces_nothing(folder: Path) -> None:
    before = state(folder)
    report = refresh(["boundaries"], fetch=answers(), into=folder, trial=True)
    assert not report.written
    assert state(folder) == before
    present = json.loads((folder / "regions/neighbours.geojson").read_text("utf-8"))["features"]
    assert f"{len(present)} areas became 2" in str(report)


BAD_BOUNDARIES = {
    "lack Zoetermeer": changed_boundaries(lambda fs: fs.remove(by_name(fs, "Zoetermeer"))),
    "not a valid polygon": changed_boundaries(
        lambda fs: by_name(fs, "Delft")["geometry"].update(
            coordinates=[[[4.3, 52.0], [4.4, 52.1], [4.4, 52.0], [4.3, 52.1], [4.3, 52.0]]]
        )
    ),
    "not in degrees": changed_boundaries(
        lambda fs: by_name(fs, "Delft")["geometry"].update(
            coordinates=[[[80000, 450000], [80000, 451000], [81000, 451000], [80000, 450000]]]
        )
    ),
    "Delft -": changed_boundaries(
        lambda fs: by_name(fs, "Delft")["geometry"].update(
            coordinates=[[[4.36, 52.0], [4.37, 52.0], [4.37, 52.01], [4.36, 52.01], [4.36, 52.0]]]
        )
    ),
    "is not the GeoJSON of municipalities": b"<html>Service unavailable</html>",
    "overlap or leave gaps": changed_boundaries(
        lambda fs: by_name(fs, "Voorschoten").update(geometry=by_name(fs, "Zoetermeer")["geometry"])
    ),
}


@pytest.mark.parametrize("says", BAD_BOUNDARIES)
def test_bad_boundaries_are_refused_and_leave_every_file_as_it_was(folder: Path, says: str) -> None:
    before = state(folder)
    with pytest.raises(RefusedError, match=says) as refusal:
        refresh(["boundaries", "duo"], fetch=answers(boundaries=BAD_BOUNDARIES[says]), into=folder)
    assert "Nothing was changed" in str(refusal.value)
    assert state(folder) == before


# CBS


@pytest.fixture
def stored_year(folder: Path) -> Path:
    """The folder with the figures of the stored answer in it, whatever newer ones the project holds by now."""
    refresh(["cbs"], get_table=statline(), into=folder)
    return folder


def test_figures_of_cbs_replace_those_of_their_year_and_keep_the_rest(stored_year: Path) -> None:
    old = table(stored_year, "cbs_municipalities")
    report = refresh(["cbs"], get_table=statline(HuishoudensTotaal_29=1), into=stored_year)
    new = table(stored_year, "cbs_municipalities")
    assert len(new) == len(old)
    changed = [(row["year"], row["region"], row["variable"], row["value"]) for row in new if row not in old]
    assert changed == [("2024", "Delft", "households", "1")]
    assert "1 with another value" in str(report)
    assert check_datapackage(stored_year) == []


def test_a_new_year_of_cbs_is_added(folder: Path) -> None:
    settings = folder / "refresh/settings.yaml"
    settings.write_text(re.sub(r"(table: .*\n  year:) \d+", r"\1 2099", settings.read_text("utf-8")), "utf-8")
    report = refresh(["cbs"], get_table=statline(), into=folder)
    # Nine municipalities and the country, four variables.
    assert "40 new, 0 gone, 0 with another value" in str(report)


BAD_STATLINE = {
    "lacks Delft": {"Codering_3": "GM9999"},
    "no number": {"AantalInwoners_5": "."},
    "Men and women of Delft": {"Mannen_6": 1},
}


@pytest.mark.parametrize("says", BAD_STATLINE)
def test_bad_figures_of_cbs_are_refused(folder: Path, says: str) -> None:
    before = state(folder)
    with pytest.raises(RefusedError, match=says):
        refresh(["cbs"], get_table=statline(**BAD_STATLINE[says]), into=folder)
    assert state(folder) == before


def test_a_name_that_two_columns_of_cbs_have_without_their_numbers_is_refused(folder: Path) -> None:
    before = state(folder)
    with pytest.raises(RefusedError, match=r"2 columns called 'Mannen' \(Mannen_26, Mannen_6\)"):
        refresh(["cbs"], get_table=statline(Mannen_26="7"), into=folder)
    assert state(folder) == before
    settings = folder / "refresh/settings.yaml"
    settings.write_text(settings.read_text("utf-8").replace("Mannen:", "Mannen_6:"), "utf-8")
    assert refresh(["cbs"], get_table=statline(Mannen_26="7"), into=folder).written


def test_a_region_that_cbs_gives_twice_is_refused(folder: Path) -> None:
    rows = statline()
    with pytest.raises(RefusedError, match="more than one row of Delft"):
        refresh(["cbs"], get_table=lambda table, *, filters: rows(table, filters=filters) * 2, into=folder)


def test_a_renamed_column_of_cbs_points_to_the_settings(folder: Path) -> None:
    settings = folder / "refresh/settings.yaml"
    settings.write_text(settings.read_text("utf-8").replace("Mannen:", "Heren:"), "utf-8")
    with pytest.raises(RefusedError, match=r"no column 'Heren'.*settings\.yaml"):
        refresh(["cbs"], get_table=statline(), into=folder)


def test_cbsodata_is_asked_the_way_it_wants(stored_year: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    asked = []
    held = json.loads(stored("cbs_85984NED.json"))

    def send(_session: object, request: Any, **_options: Any) -> requests.Response:
        asked.append(request.url)
        part = request.url.split("/85984NED/")[1].split("?")[0]
        answer = requests.Response()
        answer.status_code = 200
        answer._content = json.dumps(held[part]).encode()
        return answer

    monkeypatch.setattr(requests.Session, "send", send)
    report = refresh(["cbs"], into=stored_year)
    assert "no difference" in str(report)
    assert asked
    assert all(url.startswith("https://opendata.cbs.nl/") for url in asked)


def test_statline_out_of_reach_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    def send(*_: Any, **__: Any) -> None:
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests.Session, "send", send)
    before = state(folder)
    with pytest.raises(StagekansenError, match="could not be fetched from CBS StatLine"):
        refresh(["cbs"], into=folder)
    assert state(folder) == before


# DUO


def test_hidden_counts_of_duo_are_counted_and_not_summed(folder: Path) -> None:
    refresh(["duo"], fetch=answers(), into=folder)
    hbo = {(row["region_code"], row["sector"]): row for row in table(folder, "duo_hbo_students")}
    assert {key: (row["value"], row["hidden_cells"]) for key, row in hbo.items()} == {
        ("GM0518", "ECONOMIE"): ("120", "1"),
        ("GM0503", "TECHNIEK"): ("40", "0"),
    }
    assert check_datapackage(folder) == []


def test_a_sum_of_hidden_counts_only_has_no_row_rather_than_a_zero(folder: Path) -> None:
    refresh(["duo"], fetch=answers(), into=folder)
    rows = [row for row in table(folder, "duo_mbo_students_recent") if row["institution_code"] == "27GZ"]
    assert {row["route"]: row["value"] for row in rows} == {"BBL": "30", "BOLVT": "110"}


def test_a_second_refresh_finds_no_difference(folder: Path) -> None:
    refresh(["duo"], fetch=answers(), into=folder)
    report = refresh(["duo"], fetch=answers(), into=folder)
    assert [change.lines for change in report.changes] == [("no difference",)] * 2


BAD_DUO = {
    "no column AANTAL_INGESCHREVENEN": stored("duo_hbo.csv").replace(b"AANTAL_", b"TOTAAL_"),
    "no row of institution 27UM": stored("duo_hbo.csv").replace(b"27UM", b"99XX"),
    "row 2, column AANTAL_INGESCHREVENEN holds no whole number": stored("duo_hbo.csv").replace(b",120\n", b",<5\n"),
    "rows 2 and [0-9]+ are the same": stored("duo_hbo.csv") + stored("duo_hbo.csv").split(b"\n")[1] + b"\n",
    "more than one column AANTAL_INGESCHREVENEN": b"\n".join(
        line + b"," + line.split(b",")[-1] for line in stored("duo_hbo.csv").splitlines()
    ),
    "empty or broken off": stored("duo_hbo.csv").rsplit(b",", 2)[0],
    "no text in UTF-8": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("says", BAD_DUO)
def test_a_bad_file_of_duo_is_refused_and_leaves_every_file_as_it_was(folder: Path, says: str) -> None:
    before = state(folder)
    with pytest.raises(RefusedError, match=says):
        refresh(["duo"], fetch=answers(hbo=BAD_DUO[says]), into=folder)
    assert state(folder) == before


# What to refresh, and the way out


def test_an_unknown_word_is_refused_with_a_near_one() -> None:
    with pytest.raises(InputError, match="Did you mean 'boundaries'"):
        refresh(["boundary"])


def test_settings_that_lack_something_are_named_all_at_once(folder: Path) -> None:
    (folder / "refresh/settings.yaml").write_text("boundaries: {year: 2025}\ncbs: {}\n", "utf-8")
    with pytest.raises(InputError) as failure:
        refresh(["duo"], into=folder)
    # One of boundaries, three of cbs, and the parts addresses and duo.
    assert len(failure.value.problems) == 6


@pytest.mark.parametrize("address", ["http://www.example.org/", "file:///etc/hostname", "https:///nothing"])
def test_only_https_is_fetched(address: str) -> None:
    with pytest.raises(RefusedError, match="Only https"):
        default_fetch(address)


def test_without_a_network_the_message_says_what_where_and_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: Any, **__: Any) -> None:
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr("urllib.request.OpenerDirector.open", no_network)
    before = state(folder)
    with pytest.raises(StagekansenError, match=r"service\.pdok\.nl could not be reached") as failure:
        refresh(["boundaries"], into=folder)
    assert "check the connection" in str(failure.value)
    assert "Nothing was changed" in str(failure.value)
    assert state(folder) == before


def test_an_answer_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stagekansen_lib.population.refresh.transport._LARGEST", 10)
    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda *_, **__: io.BytesIO(b"x" * 11))
    with pytest.raises(RefusedError, match="larger than"):
        default_fetch("https://www.example.org/")


def test_an_error_of_the_server_points_to_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise urllib.error.HTTPError("https://www.example.org/", 404, "Not Found", None, io.BytesIO())  # type: ignore[arg-type]

    monkeypatch.setattr("urllib.request.OpenerDirector.open", gone)
    with pytest.raises(StagekansenError, match=r"error 404.*settings\.yaml"):
        default_fetch("https://www.example.org/")


def test_a_redirect_away_from_https_is_refused() -> None:
    import urllib.request

    from stagekansen_lib.population.refresh.transport import _SecureRedirects

    request = urllib.request.Request("https://www.example.org/")
    with pytest.raises(RefusedError, match="Only https"):
        _SecureRedirects().redirect_request(request, io.BytesIO(), 302, "", None, "http://www.example.org/")  # type: ignore[arg-type]


# Addresses


def asked(name: str) -> Any:
    return lambda _address: stored(f"locatieserver_{name}.json")


def test_an_address_that_fits_gives_its_point() -> None:
    found = geocode("Voorbeeldstraat", "1", postcode="2500 AA", city="Den Haag", fetch=asked("match"))
    assert (found.lon, found.lat) == (4.3113, 52.0786)
    assert found.matched == "Voorbeeldstraat 1, 2500AA 's-Gravenhage"
    assert found.score == 12.5


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("other_number", "another house number"),
        ("other_city", "another city"),
        ("two_places", "several addresses"),
        ("nothing", "holds no"),
    ],
)
def test_a_weak_match_is_refused(answer: str, says: str) -> None:
    with pytest.raises(RefusedError, match=says):
        geocode("Voorbeeldstraat", "1", city="Den Haag", fetch=asked(answer))


def test_a_postcode_tells_two_addresses_apart() -> None:
    found = geocode("Voorbeeldstraat", "1", postcode="2500BB", city="Den Haag", fetch=asked("two_places"))
    assert found.lon == 4.25


def test_an_address_without_number_or_place_is_not_asked_for() -> None:
    def never(_address: str) -> bytes:
        raise AssertionError("nothing may be fetched")

    for number, postcode in (("", "2500AA"), ("1", "")):
        with pytest.raises(RefusedError, match="no full address"):
            geocode("Voorbeeldstraat", number, postcode=postcode, fetch=never)


def test_an_answer_in_another_form_is_refused() -> None:
    with pytest.raises(RefusedError, match="not what the Locatieserver gives"):
        geocode("Voorbeeldstraat", "1", city="Den Haag", fetch=lambda _: b'{"error": 1}')


@dataclass
class Point:
    id: str
    street: str = "Voorbeeldstraat"
    house_number: str = "1"
    postcode: str = "2500AA"
    city: str = "Den Haag"
    name_nl: str = "Voorbeeld"
    latitude: float | None = None
    longitude: float | None = None


def test_reporting_points_get_proposals_and_keep_their_coordinates() -> None:
    points = [
        Point("near", latitude=52.0786, longitude=4.3128),
        Point("unknown"),
        Point("elsewhere", house_number="5"),
        Point("no_address", street=""),
    ]
    table = geocode_reporting_points(points, fetch=asked("match")).set_index("id")
    assert table.loc["near", "outcome"] == "proposal"
    assert table.loc["near", "municipality"] == "GM0518"
    # 0.0015 degree of longitude at 52.0786 north, on a sphere of 6,371 km: 102.5 m.
    assert table.loc["near", "metres_from_present"] == pytest.approx(102.5, abs=0.1)
    assert table.loc["unknown", "lon"] == 4.3113
    assert table.loc["elsewhere", "outcome"].startswith("refused: ")
    assert table.loc["no_address", "outcome"] == "no address"
    assert table.loc[["elsewhere", "no_address"], ["lon", "lat"]].isna().all(axis=None)
    assert points[1].latitude is None
