"""Two hundred files as they should not be: a clear error or a survey, no row lost, no answer told, no half file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.mutations import SECRET, Mutation, make

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Mutation]:
    return make(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module", params=range(4))
def read(
    request: pytest.FixtureRequest, made: list[Mutation], tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Mutation], dict[str, Any]]:
    """A quarter of the files, read in another process whose memory is measured."""
    folder, files = tmp_path_factory.mktemp("mutated"), made[request.param :: 4]
    (folder / "list.json").write_text(json.dumps([(one.name, str(one.path)) for one in files]), "utf-8")
    words = [sys.executable, "-W", "error", "-m", "tests.mutations", str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return files, json.loads(done.stdout)


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


def test_there_are_two_hundred_of_all_formats(made: list[Mutation]) -> None:
    assert len(made) >= 200
    assert {file.path.suffix for file in made} >= {".csv", ".xlsx", ".sav", ".dta", ".parquet"}


def test_every_file_has_an_outcome(read: tuple[list[Mutation], dict[str, Any]]) -> None:
    files, found = read
    assert [one["name"] for one in found["outcomes"]] == [file.name for file in files]


def test_no_file_gives_a_traceback(read: tuple[list[Mutation], dict[str, Any]]) -> None:
    assert [one for one in read[1]["outcomes"] if "traceback" in one] == []


def test_no_row_is_lost(read: tuple[list[Mutation], dict[str, Any]]) -> None:
    files, found = read
    wrong = [
        (file.name, file.rows, outcome)
        for file, outcome in zip(files, found["outcomes"], strict=True)
        if file.rows is not None and outcome.get("rows") != file.rows
    ]
    assert wrong == []


def test_no_error_tells_an_answer(read: tuple[list[Mutation], dict[str, Any]]) -> None:
    assert [one for one in read[1]["outcomes"] if SECRET in one.get("error", "")] == []


def test_nothing_half_written_is_left(read: tuple[list[Mutation], dict[str, Any]]) -> None:
    assert [one for one in read[1]["outcomes"] if one["left"]] == []


def test_memory_stays_below_two_gigabytes(read: tuple[list[Mutation], dict[str, Any]]) -> None:
    assert read[1]["memory"] < 2_000_000
