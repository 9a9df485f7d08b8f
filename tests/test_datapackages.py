"""The data package: every data file described, and still the file that was described."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.project.datapackages import (
    build_datapackage,
    check_datapackage,
    read_datapackage,
    update_card,
    write_datapackage,
)
from stagekansen_lib.project.paths import data_folder

CARD = """\
# A remark that stays.
files:
  - pattern: "*.csv"
    title_nl: Tabel {name}
    title_en: Table {name}
    source: Made for a test
    licence: CC0-1.0
    date: "2026"
    made_by: tests/test_datapackages.py
    fields:
      code: {type: string, description: A code}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    room = tmp_path / "room"
    room.mkdir()
    (room / "card.yaml").write_text(CARD, "utf-8")
    (room / "small.csv").write_text("code,number,share,text,zip\n1,2,0.5,a,0123\n2,,1,b,4567\n", "utf-8")
    assert write_datapackage(tmp_path) == []
    return tmp_path


def says(folder: Path, **options: date) -> list[str]:
    return [str(problem) for problem in check_datapackage(folder, **options)]


def test_a_file_is_listed_with_title_source_licence_size_and_checksum(folder: Path) -> None:
    [resource] = read_datapackage(folder)["resources"]
    assert resource["path"] == "room/small.csv"
    assert resource["title"] == "Table small"
    assert resource["title_nl"] == "Tabel small"
    assert resource["sources"] == [{"title": "Made for a test"}]
    assert resource["licenses"][0]["name"] == "CC0-1.0"
    assert resource["bytes"] == 54
    assert resource["rows"] == 2
    # sha256sum of the file
    assert resource["hash"].startswith("sha256:")
    assert len(resource["hash"]) == 71


def test_columns_get_the_narrowest_kind_that_holds_all_values(folder: Path) -> None:
    [resource] = read_datapackage(folder)["resources"]
    kinds = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    # The card makes `code` a string; a leading zero is part of a code, never of a number.
    assert kinds == {"code": "string", "number": "integer", "share": "number", "text": "string", "zip": "string"}
    assert resource["schema"]["fields"][0]["description"] == "A code"


def test_nothing_is_wrong_after_writing_and_writing_again_changes_nothing(folder: Path) -> None:
    assert check_datapackage(folder) == []
    before = (folder / "datapackage.json").read_bytes()
    write_datapackage(folder)
    assert (folder / "datapackage.json").read_bytes() == before


def test_a_changed_file_is_found(folder: Path) -> None:
    (folder / "room/small.csv").write_text("code\n3\n", "utf-8")
    [problem] = says(folder)
    assert "room/small.csv: The file is not the one that was described" in problem
    assert "make_datapackage.py" in problem


def test_a_missing_file_is_found(folder: Path) -> None:
    (folder / "room/small.csv").rename(folder / "room/other.csv")
    assert says(folder)[0] == "room/small.csv: The file is listed but does not exist."


def test_a_file_that_is_not_listed_is_found(folder: Path) -> None:
    (folder / "room/second.csv").write_text("code\n3\n", "utf-8")
    [problem] = says(folder)
    assert problem.startswith("room/second.csv: The file is not listed.")


def test_a_file_without_a_description_and_a_description_without_a_file_are_found(folder: Path) -> None:
    (folder / "room/small.csv").rename(folder / "room/small.txt")
    assert any("room/small.txt: No description fits this file." in problem for problem in says(folder))
    assert any("Pattern '*.csv' fits no file" in problem for problem in says(folder))


def test_a_folder_without_a_card_is_found(folder: Path) -> None:
    (folder / "new").mkdir()
    (folder / "new/file.csv").write_text("a\n", "utf-8")
    assert says(folder) == ["new/card.yaml: The folder has no card. Say in it what the files are; see another card."]


def test_an_expired_file_is_found_the_day_after_and_not_on_the_day(folder: Path) -> None:
    update_card(folder / "room/card.yaml", '"*.csv"', {"valid_until": "2027-01-01"})
    write_datapackage(folder)
    assert says(folder, today=date(2027, 1, 1)) == []
    assert "It was valid until 2027-01-01" in says(folder, today=date(2027, 1, 2))[0]


def test_a_card_that_changed_is_found(folder: Path) -> None:
    update_card(folder / "room/card.yaml", '"*.csv"', {"licence": "CC-BY-4.0"})
    [problem] = says(folder)
    assert "Its card says something else" in problem


def test_a_card_with_gaps_and_unknown_words_names_them(folder: Path) -> None:
    (folder / "room/card.yaml").write_text("files: [{pattern: '*', license: CC0}]", "utf-8")
    _, problems = build_datapackage(folder)
    assert [str(problem) for problem in problems] == [
        "room/card.yaml: Entry 1 lacks title_nl, title_en, source, licence, date, made_by.",
        "room/card.yaml: Entry 1 has unknown license.",
    ]


def test_raw_and_interim_data_hidden_files_and_notes_are_never_listed(folder: Path) -> None:
    for name in ("raw/survey.csv", "interim/step.csv", "room/.small.csv.tmp", "room/README.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x", "utf-8")
    package, problems = build_datapackage(folder)
    assert [resource["path"] for resource in package["resources"]] == ["room/small.csv"]
    assert problems == []


def test_changing_a_card_keeps_its_remarks_and_the_rest_of_the_entry(folder: Path) -> None:
    card = folder / "room/card.yaml"
    update_card(card, '"*.csv"', {"source": 'Another "source": with signs', "note": "New."})
    text = card.read_text("utf-8")
    assert text.startswith("# A remark that stays.\n")
    assert "description: A code" in text
    package, problems = build_datapackage(folder)
    assert problems == []
    assert package["resources"][0]["sources"] == [{"title": 'Another "source": with signs'}]
    assert package["resources"][0]["note"] == "New."


def test_an_entry_that_is_not_there_is_added_at_the_end(folder: Path) -> None:
    (folder / "room/notes.txt").write_text("x", "utf-8")
    words = {"title_nl": "a", "title_en": "b", "source": "c", "licence": "d", "date": "e", "made_by": "f"}
    update_card(folder / "room/card.yaml", "notes.txt", words)
    package, problems = build_datapackage(folder)
    assert problems == []
    assert {resource["path"] for resource in package["resources"]} == {"room/small.csv", "room/notes.txt"}


def test_a_missing_or_broken_package_says_how_to_make_it(folder: Path) -> None:
    (folder / "datapackage.json").write_text("{", "utf-8")
    assert "make_datapackage.py" in says(folder)[0]
    (folder / "datapackage.json").unlink()
    with pytest.raises(InputError, match="does not exist"):
        read_datapackage(folder)


# The data of the project


def test_the_data_package_of_the_project_is_complete_and_true() -> None:
    assert [str(problem) for problem in check_datapackage(today=date(2026, 11, 23))] == []


def test_every_resource_of_the_project_has_a_source_a_licence_and_a_date() -> None:
    package = json.loads(data_folder("datapackage.json").read_text("utf-8"))
    names = [resource["name"] for resource in package["resources"]]
    assert len(names) == len(set(names))
    for resource in package["resources"]:
        assert resource["sources"][0]["title"], resource["path"]
        assert resource["licenses"][0]["name"], resource["path"]
        assert resource["date"], resource["path"]
        if resource["format"] == "csv":
            assert resource["schema"]["fields"], resource["path"]


def test_how_a_file_parts_its_columns_and_begins_is_described(folder: Path) -> None:
    (folder / "room/small.csv").write_text("code;a, with a comma;empty\n1;2,5;\n2;3,5;\n", "utf-8-sig")
    write_datapackage(folder)
    [resource] = read_datapackage(folder)["resources"]
    assert resource["encoding"] == "utf-8-sig"
    assert resource["dialect"] == {"delimiter": ";"}
    assert [field["name"] for field in resource["schema"]["fields"]] == ["code", "a, with a comma", "empty"]
    assert resource["schema"]["fields"][2]["type"] == "string"


@pytest.mark.parametrize(
    "descriptor",
    [data_folder("datapackage.json"), *sorted(data_folder("published").glob("*/datapackage.json"))],
    ids=lambda path: path.parent.name,
)
def test_a_validator_of_data_packages_finds_no_error(descriptor: Path) -> None:
    from frictionless import Package

    report = Package(str(descriptor)).validate()
    assert report.stats["tasks"] > 10
    assert report.flatten(["name", "rowNumber", "type", "message"]) == []


def test_the_validator_does_find_a_number_that_is_none(folder: Path) -> None:
    from frictionless import Package

    (folder / "room/small.csv").write_text("code,number,share,text,zip\n1,two,0.5,a,0123\n2,,1,b,4567\n", "utf-8")
    assert "type-error" in {row[0] for row in Package(str(folder / "datapackage.json")).validate().flatten(["type"])}
