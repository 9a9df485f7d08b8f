"""A release as a Data Package: read by a program that has never heard of this project."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases.reading import read_release

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "how-to" / "read-a-release.md").read_text("utf-8")
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


def lines_of(language: str) -> list[str]:
    code = PAGE.split(f"```{language}\n")[1].split("```")[0]
    return [line for line in code.splitlines() if line.strip()]


def test_ten_lines_of_python_without_the_library_give_every_released_figure() -> None:
    lines = [line.replace('Path("data/published/example-2022")', repr(PLACE)) for line in lines_of("python")]
    assert len(lines) <= 10
    known: dict[str, Any] = {"PosixPath": Path, "WindowsPath": Path}
    exec("\n".join(lines), known)
    released = read_release("example-2022").tables
    assert list(known["tables"]) == [name.replace("_", "-") for name in released]
    for name, table in released.items():
        rows = known["tables"][name.replace("_", "-")]
        for column in ("estimate", "ci_low", "ci_high"):
            assert [row[column] for row in rows] == pytest.approx(table.table[column].tolist(), abs=0, nan_ok=True)
        assert [row["mark"] for row in rows] == table.table["mark"].tolist()


def test_the_ten_lines_of_r_name_what_is_there(package: dict[str, Any]) -> None:
    # There is no R where the tests run: the page says so, and the lines are only read here.
    lines = lines_of("r")
    code = "\n".join(lines)
    assert "do not run these lines" in PAGE
    assert len(lines) <= 10
    assert [code.count(sign) for sign in "({["] == [code.count(sign) for sign in ")}]"]
    assert re.findall(r'folder <- "(.+)"', code) == ["data/published/example-2022"]
    [resource, *_] = package["resources"]
    assert set(re.findall(r"one\$(\w+)", code)) <= set(resource)
    assert set(re.findall(r"field\$(\w+)", code)) <= set(resource["schema"]["fields"][0])
