"""The record of a release for a catalogue: every known fact, no other, and what the profile still asks."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases.catalogues import catalogue_record, lacking_in
from stagekansen_lib.releases.reading import sha256_of

EXAMPLE = data_folder("published", "example-2022")
ADDRESS = "https://example.org/data/2022"


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return catalogue_record(
        "example-2022", address=f"{ADDRESS}/", creator="A maker", publisher="A publisher", contact="a@example.org"
    )


def test_with_all_facts_nothing_that_the_profile_asks_is_lacking(record: dict[str, Any]) -> None:
    assert lacking_in(record) == []
    assert record["dcat:contactPoint"]["vcard:hasEmail"] == {"@id": "mailto:a@example.org"}
    assert record["@id"] == record["dct:identifier"] == ADDRESS


def test_made_up_answers_are_told_first_in_both_languages(record: dict[str, Any]) -> None:
    assert [one["@value"].split()[0] for one in record["dct:title"]] == ["SYNTHETISCH", "SYNTHETIC"]
    assert [one["@value"].split()[0] for one in record["dct:description"]] == ["VERZONNEN", "MADE-UP"]


def test_every_table_is_a_distribution_with_its_address_size_and_checksum(record: dict[str, Any]) -> None:
    tables = sorted((EXAMPLE / "tables").glob("*.csv"))
    told = {one["dcat:downloadURL"]["@id"]: one for one in record["dcat:distribution"]}
    assert sorted(told) == [f"{ADDRESS}/tables/{path.name}" for path in tables]
    for path in tables:
        one = told[f"{ADDRESS}/tables/{path.name}"]
        assert one["spdx:checksum"]["spdx:checksumValue"]["@value"] == sha256_of(path.read_bytes())
        assert int(one["dcat:byteSize"]["@value"]) == path.stat().st_size


def test_every_prefix_is_told_what_it_stands_for(record: dict[str, Any]) -> None:
    def prefixes(part: Any) -> set[str]:
        if isinstance(part, list):
            return {name for one in part for name in prefixes(one)}
        if not isinstance(part, dict):
            return set()
        kinds = part.get("@type", [])
        used = [name for name in [*part, *([kinds] if isinstance(kinds, str) else kinds)] if ":" in name]
        return {name.split(":")[0] for name in used} | {name for one in part.values() for name in prefixes(one)}

    assert prefixes({name: part for name, part in record.items() if name != "@context"}) == set(record["@context"])


def test_what_is_unknown_stays_out_and_the_release_is_named_by_its_bytes() -> None:
    record = catalogue_record("example-2022")
    assert lacking_in(record) == ["dct:creator", "dct:publisher", "dcat:contactPoint", "dcat:accessURL"]
    assert not any("dcat:downloadURL" in one for one in record["dcat:distribution"])
    algorithm, name = record["@id"].removeprefix("ni:///").split(";")
    digest = base64.urlsafe_b64decode(f"{name}=")
    assert (algorithm, digest.hex()) == ("sha-256", sha256_of((EXAMPLE / "release.json").read_bytes()))


@pytest.mark.parametrize(
    "address", ["example.org/2022", "file:///data", "https://", "https://a.org/x?y=1", "ftp://a.org"]
)
def test_an_address_that_is_not_of_the_web_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="not one of a folder on the web"):
        catalogue_record("example-2022", address=address)


def test_a_release_that_something_speaks_against_gets_no_record(tmp_path: Path) -> None:
    place = Path(shutil.copytree(EXAMPLE, tmp_path / "example-2022"))
    (place / "tables" / "level.csv").write_text("code,estimate\n1,0.9\n", "utf-8")
    with pytest.raises(RefusedError, match="stagekansen prove"):
        catalogue_record(place)


def test_the_command_writes_the_record_beside_a_release_and_never_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "record.jsonld"
    words = ["catalogue", "example-2022", "--address", ADDRESS, "--language", "en"]
    assert cli.main([*words, "--into", str(file)]) == Exit.FOUND
    assert "dct:creator: give --creator NAME" in capsys.readouterr().err
    known = ["--creator", "A", "--publisher", "B", "--contact", "c@example.org"]
    assert cli.main([*words, *known, "--into", str(file)]) == Exit.WELL
    assert json.loads(file.read_text("utf-8"))["dct:publisher"]["foaf:name"] == "B"
    place = Path(shutil.copytree(EXAMPLE, tmp_path / "copy"))
    assert cli.main([*words, "--into", str(place / "tables" / "record.jsonld")]) == Exit.WRONG_USE
    assert not (place / "tables" / "record.jsonld").exists()
