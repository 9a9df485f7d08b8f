"""The command: clear words, clear errors, no traceback for a user."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import yaml

from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.cli import pages
from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import found, found_file, spoken
from stagekansen_lib.errors import DoubtWarning, InputError, RefusedError, StagekansenError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.privacy.gate_reports import GateReport, IdentifiersFoundError
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.wording import say
from tests import samples, school_exports

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
    for name in ("codebooks", "rules"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    (tmp_path / "data" / "interim").mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    return tmp_path


def test_import_stores_an_export_and_says_what_was_done(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = samples.write_forms(home / "Wave 1.xlsx")
    assert cli.main(["import", str(file), "--language", "en"]) == 0
    printed = capsys.readouterr().out
    assert "Export of Microsoft Forms." in printed
    assert "330 rows" in printed
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


def test_codebook_new_asks_first_and_writes_when_nothing_is_open(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = school_exports.write_export("forms", 2025, tmp_path_factory.mktemp("outside"))
    new = ["codebook", "new", str(file), "--name", "wave", "--language", "en"]
    assert cli.main(new) == Exit.FOUND
    printed = capsys.readouterr().out
    assert "question and answer that mean consent [consent]: ?" in printed
    assert "change figures and are still open" in printed
    assert not list(home.rglob("wave*.csv"))
    assert cli.main(["import", str(file), "--draft"]) == Exit.WRONG_USE
    assert "is not confirmed" in capsys.readouterr().err
    asked = next(home.rglob("*_points.tsv"))
    lines = [line.split("\t") for line in asked.read_text("utf-8-sig").splitlines()]
    answers = ["mogen_we_je_antwoorden_gebruiken=Ja" if line[1] == "consent" else "=" for line in lines[1:]]
    filled = ["\t".join(lines[0]), *("\t".join([*line[:3], to]) for line, to in zip(lines[1:], answers, strict=True))]
    asked.write_text("\n".join(filled), "utf-8")
    assert cli.main([*new, "--points", str(asked)]) == Exit.WELL
    assert "wave.csv" in capsys.readouterr().out
    assert cli.main(["import", str(file), "--draft", "--name", "wave"]) == Exit.WELL
    assert len(read_survey("wave")) == school_exports.figures(2025)["rows"]


def test_codebook_new_goes_on_where_it_was_left_and_follows_an_earlier_year(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    first, second = (school_exports.write_export("spss", year, outside) for year in (2025, 2026))
    assert cli.main(["codebook", "new", str(first), "--name", "wave", "--as-proposed"]) == Exit.FOUND
    assert cli.main(["codebook", "new", str(first), "--confirm", "-", "consent", "meedoen=Ja"]) == Exit.WELL
    assert cli.main(["codebook", "new", str(second), "--name", "wave_2", "--like", "wave"]) == Exit.WELL
    folder = home / "data" / "codebooks"
    capsys.readouterr()
    assert (folder / "wave_2_codes.csv").read_text("utf-8") == (folder / "wave_codes.csv").read_text("utf-8")
    assert cli.main(["codebook", "new", str(first), "--name", "wave"]) == Exit.WRONG_USE
    assert "There already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["questionnaire", "limesurvey", "{folder}/questions.txt"], Exit.WELL),
        (["withdraw", "R7", "--proof"], Exit.FOUND),
        (["privacy", "gate", "{folder}/persons.csv"], Exit.FOUND),
        (["questionnaire", "limesurvey", "{folder}/questions.doc"], Exit.WRONG_USE),
        (["questionnaire", "limesurvey", "{folder}/nowhere/questions.txt"], Exit.WRONG_USE),
        (["privacy", "gate", "{folder}/nowhere.csv"], Exit.WRONG_USE),
        (["fieldwork", "{folder}/persons.csv"], Exit.WRONG_USE),
        (["attack", "nowhere"], Exit.WRONG_USE),
        (["site"], Exit.WRONG_USE),
        (["import", "{folder}/wave.csv"], Exit.REFUSED),
        (["release", "example-2022", "--made-by", "A", "--checked-by", "B"], Exit.REFUSED),
    ],
)
def test_a_script_knows_by_the_number_why_the_command_ended(words: list[str], code: Exit, home: Path) -> None:
    (home / "data" / "published" / "example-2022").mkdir(parents=True)
    (home / "persons.csv").write_text("Naam;E-mailadres\nJan Jansen;jan@example.org\n", "utf-8")
    head, *rows = samples.write_csv(home / "wave.csv").read_text("utf-8").splitlines()
    named = [f"Naam;{head}", *(f"Jan Jansen;{row}" for row in rows)]
    (home / "wave.csv").write_text("\n".join(named), "utf-8")
    given = [word.format(folder=home) for word in words]
    command = [sys.executable, "-m", "stagekansen_lib.cli", *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8", cwd=home)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (InputError("no such column"), Exit.WRONG_USE),
        (RefusedError("no"), Exit.REFUSED),
        (IdentifiersFoundError(GateReport((), file="wave.csv")), Exit.REFUSED),  # input as well: refused counts
        (StagekansenError("no network"), Exit.FOUND),
        (PermissionError("A process of the dashboards cannot open answers."), Exit.REFUSED),  # the wall
        (PermissionError(errno.EACCES, "Permission denied", "/wave.csv"), Exit.WRONG_USE),
        (OSError(errno.EROFS, "Read-only file system", "/wave.csv"), Exit.WRONG_USE),
        (OSError(errno.ENOSPC, "No space left on device", "/wave.csv"), Exit.FOUND),
        (KeyboardInterrupt(), Exit.STOPPED),
    ],
)
def test_every_cause_has_its_number_and_a_sentence(
    cause: BaseException, code: Exit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: object) -> Exit:
        raise cause

    monkeypatch.setattr(pages, "make_site", fails)
    assert cli.main(["site"]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert bool(told.err) == (code != Exit.STOPPED)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl+C is sent otherwise on Windows")
def test_ctrl_c_ends_with_130_and_without_a_traceback(home: Path) -> None:
    # What runs in the background of a shell is started deaf to Ctrl+C; a command in a terminal is not.
    heard = "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heard}; runpy.run_module('stagekansen_lib.cli', run_name='__main__')"]
    words = ["dashboards", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home
    ) as served:
        try:
            assert served.stdout is not None
            assert "http://127.0.0.1:" in served.stdout.readline()
            served.send_signal(signal.SIGINT)
            _, told = served.communicate(timeout=60)
        finally:
            served.kill()
    assert (served.returncode, "Traceback" in told) == (Exit.STOPPED, False)


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (["privacy", "show"], {}, "Er zijn geen bestanden met antwoorden."),
        (["privacy", "show"], {"STAGEKANSEN_LANGUAGE": "en"}, "There are no files of answers."),
        (["privacy", "show", "--language", "nl"], {"STAGEKANSEN_LANGUAGE": "en"}, "Er zijn geen bestanden"),
        (["--language", "en", "privacy", "show"], {}, "There are no files of answers."),
        (["privacy", "--language=en", "show"], {}, "There are no files of answers."),
        (["privacy", "show", "--language", "en"], {}, "There are no files of answers."),
        (["fieldwork", "--help"], {}, "gewenst aantal antwoorden"),
        (["fieldwork", "--help", "--language", "en"], {}, "wanted number of answers"),
        (["fieldwork"], {}, "hier ontbreekt nog: survey"),
        (["fieldwork", "--language", "en"], {}, "this is still missing: survey"),
        (["fieldwork", "x", "--answers", "0"], {}, "een geheel getal van 1 of meer"),
        (["fieldwork", "x"], {}, "Er zijn geen doelen."),
        (["privacy", "gate", "nowhere.csv", "--language", "en"], {}, "nowhere.csv"),
        (["site", "--language", "de"], {}, "'de' kan hier niet"),
        (["site"], {"STAGEKANSEN_LANGUAGE": "de"}, "Use 'nl' or 'en'"),
    ],
)
def test_the_command_speaks_the_language_that_was_asked_for(
    words: list[str],
    environment: dict[str, str],
    said: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("STAGEKANSEN_LANGUAGE", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert (home / "data").is_dir()
    with contextlib.suppress(SystemExit):  # argparse stops by itself after --help or a wrong word
        cli.main(words)
    told = capsys.readouterr()
    assert said in " ".join((told.out + told.err).split())
    assert os.environ.get("STAGEKANSEN_LANGUAGE") == environment.get("STAGEKANSEN_LANGUAGE")


def test_every_text_of_the_command_is_said_somewhere() -> None:
    with spoken("en"):
        words = cli.all_words().all
    named = {word.parser.description for word in words} | {one.help for word in words for one in word.arguments}
    code = "".join(path.read_text("utf-8") for path in (ROOT / "stagekansen_lib" / "cli").glob("*.py"))
    for key in locale_texts("commands"):
        assert (
            say(f"commands.{key}", "en") in named or f'"commands.{key}"' in code or f'words.group("{key}")' in code
        ), key
    completed = ("step_", "verdict_", "state_", "head_", "place_")  # the rest of the key is a value
    for key in locale_texts("command_output"):
        assert f'"{key}"' in code or key.startswith(completed), key


def locale_texts(part: str) -> dict[str, str]:
    nested = yaml.safe_load((ROOT / "stagekansen_lib" / "locales" / "en.yaml").read_text("utf-8"))
    found: dict[str, str] = nested[part]
    return found


def test_the_reference_of_the_command_is_current() -> None:
    """Made by scripts/make_command_reference.py."""
    made = runpy.run_path(str(ROOT / "scripts" / "make_command_reference.py"))["reference"]()
    assert (ROOT / "docs" / "commands.md").read_text("utf-8") == made
    with spoken("en"):
        words = cli.all_words().all
    for word in words:
        assert f"### {word.name}\n" in made
        for option in (name for argument in word.arguments for name in argument.option_strings):
            assert f"| `{option}" in made.split(f"### {word.name}\n")[1].split("###")[0]


def test_whoever_reads_only_the_first_lines_sees_no_complaint(home: Path) -> None:
    command = [sys.executable, "-m", "stagekansen_lib.cli", "codebook", "new", str(samples.write_spss(home / "w.sav"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home) as made:
        assert made.stdout is not None
        made.stdout.close()  # as `head` does when it has seen enough
        assert made.stderr is not None
        assert made.stderr.read() == ""
    assert made.returncode == Exit.WELL


def test_a_file_is_seen_from_where_a_person_is_and_else_from_the_project(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    samples.write_csv(home / "data" / "interim" / "wave.csv")
    assert found("data/interim/wave.csv") == str(home / "data" / "interim" / "wave.csv")
    assert found("example_2022") == "example_2022"  # a name is no file
    assert cli.main(["privacy", "gate", "data/interim/wave.csv"]) == Exit.WELL
    (elsewhere / "data" / "interim").mkdir(parents=True)
    (elsewhere / "data" / "interim" / "wave.csv").write_text("a;b\n1;2\n", "utf-8")
    assert found_file("data/interim/wave.csv").read_text("utf-8") == "a;b\n1;2\n"


def test_a_doubt_is_a_sentence_and_names_no_line_of_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def doubts(_: object) -> Exit:
        warnings.warn("The groups are small.", DoubtWarning, stacklevel=1)
        return Exit.WELL

    monkeypatch.setattr(pages, "make_site", doubts)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert cli.main(["site"]) == Exit.WELL
    assert capsys.readouterr().err == "Let op: The groups are small.\n"


def test_check_finds_a_register_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "data" / "registers" / "terms.yaml").write_text("a: [", "utf-8")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    assert cli.main(["check"]) == Exit.FOUND
    assert "terms.yaml" in capsys.readouterr().out


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
