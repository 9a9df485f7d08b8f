"""Year two, rehearsed: another maintainer takes the folder, and has nothing but what stands in it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.intake.stores import stored_surveys

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of the project in a new place, without any answers and without what was remembered beside them."""
    place = tmp_path_factory.mktemp("next year") / "stagekansen"
    shutil.copytree(ROOT / "data", place / "data", ignore=shutil.ignore_patterns("raw", "interim", "private"))
    for name in ("raw", "interim"):
        (place / "data" / name).mkdir()
    return place


@pytest.fixture(autouse=True)
def there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEKANSEN_HOME", str(folder))
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")


def tables(release: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(release.glob("tables/*.csv"))}


def test_last_years_release_is_proven_from_its_own_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "example-2022", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told
    assert tables(folder / "data" / "published" / "example-2022")


def test_last_years_figures_come_out_again_to_the_byte(folder: Path) -> None:
    two = ["--made-by", "A. New", "--checked-by", "B. Other"]
    assert main(["release", "again-2022", "--draft", "--survey", "example_2022", "--wave", "2022", *two]) == 0
    assert tables(folder / "build" / "drafts" / "again-2022") == tables(folder / "data" / "published" / "example-2022")


def test_next_years_survey_is_taken_in_and_released_as_a_draft_and_nothing_of_last_year_changes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = folder / "data" / "published"
    before = {path: path.read_bytes() for path in published.rglob("*") if path.is_file()}
    export = folder / "data" / "raw" / "next.csv"
    assert main(["practise", "baseline", "--n", "400", "--seed", "2027", "--file", str(export)]) == 0
    assert main(["import", str(export), "--codebook", "baseline", "--name", "wave_2027"]) == 0
    assert "wave_2027" in stored_surveys()
    two = ["--made-by", "A. New", "--checked-by", "B. Other"]
    made = ["release", "look-2027", "--draft", "--survey", "wave_2027", "--wave", "2027", *two]
    # Some did not tell what the usual margin needs: the error says what to do.
    assert main(made) == 2
    assert "use another margin" in capsys.readouterr().err
    assert main([*made, "--margins", "none"]) == 0
    release = json.loads((folder / "build" / "drafts" / "look-2027" / "release.json").read_text("utf-8"))
    assert (release["wave"], release["made_by"], release["draft"]) == ("2027", "A. New", True)
    assert {path: path.read_bytes() for path in published.rglob("*") if path.is_file()} == before
    assert main(["prove", "example-2022"]) == 0
