"""The command: clear words, clear errors, no traceback for a user."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.cli import pages
from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.project.paths import project_folder
from tests import samples

ROOT = Path(__file__).resolve().parent.parent


def test_check_finds_the_registers_and_the_data_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check"]) == 0
    printed = capsys.readouterr().out
    assert "Registers en gegevens zijn in orde." in printed
    assert "disc-nl" in printed  # what a person still has to verify


def test_check_says_what_is_wrong_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    figures = tmp_path / "data" / "registers" / "key_figures.yaml"
    text = figures.read_text("utf-8")
    figures.write_text(text.replace("source_id: handbook-2022", "source_id: handbok-2022", 1), "utf-8")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    assert cli.main(["check"]) == 1
    assert re.search(r"handbok-2022.*Did you mean", capsys.readouterr().out, re.DOTALL)


def test_verify_records_a_check_and_the_check_stays_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    words = ["verify", "disc-nl", "--by", "AB", "--how", "called the number", "--on", "2026-11-20"]
    assert cli.main(words) == 0
    assert "verifications.yaml" in capsys.readouterr().out
    assert cli.main(["check"]) == 0


def test_verify_of_an_unknown_point_offers_a_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "disc-n", "--by", "AB", "--how", "called"]) == Exit.WRONG_USE
    assert "disc-nl" in capsys.readouterr().err


def test_options_of_jupyterlab_are_passed_on_and_those_of_no_word_are_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run: list[list[str]] = []
    monkeypatch.setattr(pages, "_run_module", lambda words: run.append(words) or 0)
    assert cli.main(["lab", "--no-browser", "--port", "8899"]) == 0
    assert run[0][0] == "jupyterlab"
    assert run[0][-3:] == ["--no-browser", "--port", "8899"]
    with pytest.raises(SystemExit):
        cli.main(["site", "--no-browser"])
    assert "onbekend: --no-browser" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["dashbords"], ["--port", "70000"], ["verify", "disc-nl"], ["verify", "x", "--on", "1-2"]]
)
def test_a_wrong_word_is_explained_without_a_traceback(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 2
    assert "stagekansen" in capsys.readouterr().err


def test_a_taken_port_is_named_with_another_to_try(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.exists()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main(["--no-browser", "--port", str(port)]) == 1
    assert f"--port {port + 1}" in capsys.readouterr().err


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own: codebooks and an empty store."""
    shutil.copytree(ROOT / "data" / "codebooks", tmp_path / "data" / "codebooks")
    (tmp_path / "data" / "interim").mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    return tmp_path


def test_import_stores_an_export_and_says_what_was_done(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = samples.write_forms(home / "Wave 1.xlsx")
    assert cli.main(["import", str(file), "--language", "en"]) == 0
    printed = capsys.readouterr().out
    assert "Export of Microsoft Forms." in printed
    assert "329 rows" in printed
    assert 'Stored as "Wave_1"' in printed
    assert len(read_survey("Wave_1")) == 324
    assert cli.main(["import", str(file)]) == Exit.WRONG_USE
    assert "There is a survey 'Wave_1' already" in capsys.readouterr().err
    assert cli.main(["import", str(file), "--replace"]) == 0


def test_import_offers_near_columns_and_takes_confirmed_ones(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = samples.write_csv(home / "wave.csv")
    file.write_text(file.read_text("utf-8").replace(";h2;", ";Ben je een;", 1), "utf-8")
    assert cli.main(["import", str(file)]) == Exit.WRONG_USE
    assert 'misschien: --column "Ben je een=sex"' in capsys.readouterr().err
    assert list((home / "data" / "interim").iterdir()) == []
    assert cli.main(["import", str(file), "--column", "Ben je een=sex"]) == 0


def test_codebook_new_writes_a_draft_that_reads_its_export(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = samples.write_spss(home / "wave.sav")
    assert cli.main(["codebook", "new", str(file), "--name", "wave"]) == 0
    assert "TO CONFIRM" in capsys.readouterr().out
    # Nobody has said yet what consent is: who refused would be among the rows that are stored.
    assert cli.main(["import", str(file), "--codebook", "wave"]) == Exit.WRONG_USE
    assert "is consent" in capsys.readouterr().err
    book = next(path for path in home.rglob("wave.csv") if "codebook" in str(path))
    book.write_text(book.read_text("utf-8-sig").replace("TO CONFIRM", "Confirmed"), "utf-8")
    assert cli.main(["import", str(file), "--codebook", "wave"]) == 0
    assert cli.main(["codebook", "new", str(file), "--name", "wave"]) == Exit.WRONG_USE
    assert "There already" in capsys.readouterr().err


def test_a_folder_without_data_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    assert cli.main(["check"]) == Exit.WRONG_USE
    assert "There is no folder 'data'" in capsys.readouterr().err


def test_the_project_folder_is_the_clone() -> None:
    assert project_folder() == ROOT


def test_every_word_of_the_readme_is_known_to_the_command() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    words = set(re.findall(r"`python3 start\.py ([a-z]+)", text)) - {"test"}
    done = subprocess.run(
        [sys.executable, "-m", "stagekansen_lib.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    known = set(re.findall(r"^    ([a-z]+)", done.stdout, re.MULTILINE))
    assert words
    assert words <= known


def test_the_example_of_the_readme_runs_and_its_pictures_exist(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    example = text.split("```python\n")[1].split("```")[0]
    exec(compile(example, "README.md", "exec"), {})
    assert "made-up" in capsys.readouterr().out
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text):
        assert (ROOT / picture).is_file(), picture
    for link in re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", text):
        assert (ROOT / link).exists(), link


def test_the_guard_keeps_answers_out_of_git_and_lets_cards_in() -> None:
    guard = ROOT / "scripts" / "guard_microdata.py"
    names = [
        "data/raw/answers.csv",
        "data/interim/survey.parquet",
        "data/raw/withdrawals.yaml",
        "data/interim/voices.yaml",
        "data/raw/interviews.md",
        "data/raw/answers.privacy.yaml",
        "data/raw/README.md",
        "data/raw/card.yaml",
        "data/example/example_2022.csv",
    ]
    done = subprocess.run([sys.executable, guard, *names], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == names[:5]


def test_git_ignores_whatever_lies_in_the_folders_of_microdata() -> None:
    names = [
        "data/raw/answers.csv",
        "data/raw/deep/answers.xlsx",
        "data/interim/x.parquet",
        "data/raw/withdrawals.yaml",
        "data/interim/voices.yaml",
        "data/raw/interviews.md",
        "data/interim/notes.md",
    ]
    done = subprocess.run(
        ["git", "check-ignore", *names, "data/raw/README.md"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stdout.splitlines() == names
