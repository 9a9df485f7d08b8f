"""A release as a Data Package: read by a program that has never heard of this project."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest

from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases.reading import read_release

CODED = ("code", "discrimination_experienced")
PLACE = data_folder("published", "example-2022")


@pytest.fixture(scope="module")
def package() -> dict[str, Any]:
    return json.loads((PLACE / "datapackage.json").read_text("utf-8"))


def test_every_table_of_the_release_is_a_resource_with_its_title(package: dict[str, Any]) -> None:
    tables = read_release("example-2022").tables
    assert [one["path"] for one in package["resources"]] == [f"tables/{name}.csv" for name in tables]
    assert [one["title"] for one in package["resources"]] == [table.title_en for table in tables.values()]


def test_made_up_data_say_so_in_the_title_and_the_description(package: dict[str, Any]) -> None:
    assert "SYNTHETIC" in package["title"]
    assert package["description"].startswith("SYNTHETIC")


def test_codes_come_with_their_labels_from_the_codebook(package: dict[str, Any]) -> None:
    [resource] = [one for one in package["resources"] if one["name"] == "difficulty-by-experience"]
    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    assert fields["code"]["title_nl"] == "Moeite met zoeken in drieën"
    with (PLACE / resource["path"]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            labels = {name: {one["value"]: one["label"] for one in fields[name]["categories"]} for name in CODED}
            assert labels["code"][row["code"]] == row["code_en"]
            assert labels["discrimination_experienced"][row["discrimination_experienced"]] in ("Yes", "No")


def test_the_numbers_read_by_the_description_are_the_released_ones() -> None:
    from frictionless import Package

    read = Package(str(PLACE / "datapackage.json")).get_resource("experience-by-level").read_rows()
    released = read_release("example-2022").tables["experience_by_level"].table
    assert [float(row["estimate"]) for row in read] == released["estimate"].tolist()
    assert [float(row["ci_high"]) for row in read] == released["ci_high"].tolist()
