"""Answers are never lost and gone means gone: commands at once, commands that are killed, disks that are full."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.intake.stores import read_stored, stored_surveys, write_survey
from stagekansen_lib.project.leftovers import own_mark, sweep
from stagekansen_lib.withdrawals.recognising import Respondent
from stagekansen_lib.withdrawals.withdrawal import find_proof, withdraw
from tests.answer_files import write

ROOT = Path(__file__).resolve().parent.parent
EVERYBODY = {f"K{number}" for number in range(12)}
SECRET = "woorden van niemand anders"
COMMANDS = {
    "import": ["import", "data/raw/wave.csv", "--name", "new"],
    "replace": ["import", "data/raw/wave.csv", "--name", "wave", "--replace"],
    "withdraw": ["withdraw", "K3"],
    "withdraw another": ["withdraw", "K7"],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a raw file of twelve people, and the survey that was stored from it."""
    place = tmp_path / "home"
    for name in ("raw", "interim", "published"):
        (place / "data" / name).mkdir(parents=True)
    shutil.copytree(ROOT / "data" / "codebooks", place / "data" / "codebooks")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(place))
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    people = [{"respondent_id": f"K{one}", "d1": str(one), "z1": f"{SECRET} {one}"} for one in range(12)]
    write(place / "data" / "raw" / "wave.csv", *people)
    write_survey(read_survey(place / "data" / "raw" / "wave.csv"), "wave")
    return place


def begin(home: Path, kind: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "stagekansen_lib.cli", *COMMANDS[kind]]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        words, cwd=home, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )  # fmt: skip


def people_in(name: str) -> set[str]:
    return set(read_stored(name).rows["respondent_id"])


def leftovers(home: Path) -> list[str]:
    ends = (".part", ".withdrawn", ".withdrawal.json")
    return [path.name for path in home.rglob("*") if path.name.endswith(ends)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("import", "import"), ("replace", "replace"), ("withdraw", "withdraw another"), ("replace", "withdraw"),
        ("withdraw", "replace"), ("import", "withdraw"),
    ],
)  # fmt: skip
def test_commands_at_once_lose_nobody_and_bring_nobody_back(home: Path, first: str, second: str) -> None:
    begun = [(first, begin(home, first))]
    time.sleep(random.random())
    begun.append((second, begin(home, second)))
    told = [(kind, *each.communicate(timeout=120), each.returncode) for kind, each in begun]
    assert not [err for _, out, err, _ in told if "Traceback" in err or SECRET in out + err]
    done = [kind for kind, _, _, code in told if code == 0]
    assert done == (["import"] if first == second == "import" else [first, second])
    gone = {COMMANDS[kind][1] for kind in done if kind.startswith("withdraw")}
    for name in stored_surveys():
        assert people_in(name) == EVERYBODY - gone
    assert "wave" in stored_surveys()
    assert ("new" in stored_surveys()) == ("import" in done)
    raw = (home / "data" / "raw" / "wave.csv").read_text("utf-8")
    assert not [one for one in gone if f"\n{one};" in raw]
    assert leftovers(home) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("kind", ["import", "replace", "withdraw"])
def test_a_command_that_is_killed_leaves_the_old_or_the_new_whole(home: Path, kind: str) -> None:
    each = begin(home, kind)
    time.sleep(0.5 + 1.5 * random.random())
    each.send_signal(signal.SIGKILL)
    each.communicate()
    assert people_in("wave") in (EVERYBODY, EVERYBODY - {"K3"})
    assert set(stored_surveys()) <= {"wave", "new"}
    again = begin(home, kind)
    again.communicate(timeout=120)
    assert again.returncode in (0, 2)  # what was done before the kill is done
    expected = EVERYBODY - {"K3"} if kind == "withdraw" else EVERYBODY
    assert {name: people_in(name) for name in stored_surveys()} == dict.fromkeys(stored_surveys(), expected)
    assert leftovers(home) == []


def test_a_restored_backup_brings_nobody_back(home: Path) -> None:
    shutil.copytree(home / "data", home.parent / "backup")
    withdraw("K3")
    withdraw("K7")
    shutil.rmtree(home / "data")
    shutil.copytree(home.parent / "backup", home / "data")
    assert people_in("wave") == EVERYBODY - {"K3", "K7"}
    assert "\nK3;" not in (home / "data" / "raw" / "wave.csv").read_text("utf-8")
    assert find_proof("K3") is not None


def test_an_old_export_from_elsewhere_brings_nobody_back(home: Path) -> None:
    old = shutil.copy(home / "data" / "raw" / "wave.csv", home.parent / "wave.csv")
    withdraw("K3")
    assert cli.main(["import", str(old), "--name", "wave", "--replace"]) == 0
    assert people_in("wave") == EVERYBODY - {"K3"}


@pytest.mark.parametrize(
    ("cell", "theirs"), [(7, True), (7.0, True), ("7", True), (" 7 ", True), ("007", False), (70, False), (None, False)]
)
def test_a_number_is_the_same_as_text_and_as_number(cell: object, theirs: bool) -> None:
    assert Respondent.of("7").owns(cell) == theirs
    assert "7" not in repr(Respondent.of("7"))


def test_an_id_that_is_stored_as_a_number_is_withdrawn(home: Path) -> None:
    frame = pd.DataFrame({"id": [6.0, 7.0, 8.0], "level": [7, 7, 7]})
    frame.to_parquet(home / "data" / "interim" / "numbers.parquet", index=False)
    withdraw("7")
    left = pd.read_parquet(home / "data" / "interim" / "numbers.parquet")
    assert left["id"].tolist() == [6.0, 8.0]


def test_a_row_without_a_number_goes_with_the_person_and_a_lone_seven_stays(home: Path) -> None:
    raw = home / "data" / "raw" / "codes.csv"
    raw.write_text("id;a;b;c;d\n7;1;2;3;4\n8;7;2;3;4\n9;1;1;1;7\n", "utf-8")
    export = home / "data" / "interim" / "export.csv"
    export.write_text("a;b;c;d\n1;2;3;4\n7;2;3;4\n1;1;1;7\n", "utf-8")
    withdraw("7", all_surveys=True)
    assert export.read_text("utf-8") == "a;b;c;d\n\n7;2;3;4\n1;1;1;7\n"


def notebook(text: object) -> str:
    output = {"output_type": "display_data", "data": {"text/html": text}, "metadata": {}}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": [], "outputs": [output]}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def planted(place: Path, form: str) -> Path:
    """A file beside the answers that holds what the person wrote."""
    own = f"{SECRET} 3"
    place.mkdir(parents=True, exist_ok=True)
    file = place / {"database": ".jupyter_ystore.db", "edits": "a.ystore"}.get(form, "a.ipynb")
    if form == "table":
        file.write_text(notebook(["<table><tr><td>K3</td>", f"<td>{own}</td></tr></table>"]), "utf-8")
    elif form == "base64":
        file.write_text(notebook(base64.b64encode(f'{{"answer": "{own}"}}'.encode()).decode()), "utf-8")
    elif form == "widget":
        state = {"state": {"x": {"model_name": "DOMWidgetModel", "state": {"rows": [["K3", own]]}}}}
        content = json.loads(notebook(""))
        content["metadata"] = {"widgets": {"application/vnd.jupyter.widget-state+json": state}}
        file.write_text(json.dumps(content), "utf-8")
    elif form == "edits":
        file.write_bytes(b"\x01\x02\xff\x00" + own.encode() + b"\x00\x84\xfe")
    else:
        with sqlite3.connect(file) as made:
            made.execute("CREATE TABLE yupdates (path TEXT, yupdate BLOB)")
            made.execute("INSERT INTO yupdates VALUES ('a', ?)", (b"\x01\xff\x00" + own.encode(),))
        made.close()
    return file


@pytest.mark.parametrize("form", ["table", "base64", "widget", "edits", "database"])
@pytest.mark.parametrize("place", ["notebooks", "notebooks/.ipynb_checkpoints", "build"])
def test_no_proof_while_the_person_stands_beside_the_answers(home: Path, form: str, place: str) -> None:
    file = planted(home / place, form)
    before = (home / "data" / "raw" / "wave.csv").read_bytes()
    with pytest.raises(InputError) as stopped:
        withdraw("K3")
    assert [problem.where for problem in stopped.value.problems] == [file.relative_to(home).as_posix()]
    assert SECRET not in str(stopped.value)
    assert (home / "data" / "raw" / "wave.csv").read_bytes() == before
    assert find_proof("K3") is None
    withdraw("K5")  # who does not stand there is withdrawn
    file.unlink()
    withdraw("K3")
    assert find_proof("K3") is not None


def test_what_cannot_be_searched_beside_the_answers_is_named_and_stops_the_proof(home: Path) -> None:
    (home / "build").mkdir()
    (home / "build" / "model.pkl").write_bytes(b"\x80\x04\x95\x00\xff\xfe\x00\x01")
    with pytest.raises(InputError, match=r"build/model.pkl"):
        withdraw("K3")
    assert sum(withdraw("K3", checked=["build/model.pkl"]).files.values()) > 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_full_disk_is_one_clear_line_and_nothing_half(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (home / "data").rglob("*") if path.is_file()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    before = everything()
    monkeypatch.chdir(home)
    monkeypatch.setattr(os, "fsync", full)
    for kind in COMMANDS:
        assert cli.main(COMMANDS[kind]) != 0
        said = capsys.readouterr().err.strip().splitlines()
        assert len(said) == 1
        assert "No space left on device" in said[0]
    after = everything()
    assert {path: content for path, content in after.items() if path in before} == before
    assert [path.name for path in after if path not in before] == [".answers.lock"][: len(after) - len(before)]


def test_only_what_no_living_process_owns_is_swept(tmp_path: Path) -> None:
    ours, theirs = tmp_path / f".a.{own_mark()}.part", tmp_path / ".a.p999999999s1h000000.part"
    dead = tmp_path / f".b.{own_mark().replace('s', 's9')}.part"
    for folder in (ours, theirs, dead):
        folder.mkdir()
    sweep(tmp_path.iterdir())
    # What another computer began today may still be at work.
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([ours.name, theirs.name])
