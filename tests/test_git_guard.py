"""Answers of people do not enter git: in a clone of its own, with the hooks that ``start.py`` writes."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
NAME = "Sanne Jansen"
ROWS = "respondent_id;naam;antwoord\nR1;Sanne Jansen;ja\nR2;Piet de Vries;nee\nR3;Ali Yilmaz;ja\n"
PARTS = (
    "start.py",
    ".gitignore",
    ".gitattributes",
    ".pre-commit-config.yaml",
    "README.md",
    "voila.json",
    "data/example",
)
MORE = ("data/datapackage.json", "data/raw/.gitkeep", "scripts", "notebooks", "tests/reference", "docs/commands.md")


def git(home: Path, *words: str, well: bool = True) -> subprocess.CompletedProcess[str]:
    """Git as somebody without settings of their own has it."""
    own = {"GIT_CONFIG_GLOBAL": str(home.parent / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | own
    done = subprocess.run(["git", *words], cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert not well or done.returncode == 0, done.stdout + done.stderr
    return done


def start(home: Path) -> subprocess.CompletedProcess[str]:
    """What ``start.py`` does before anything else, whichever word it is given."""
    program = "import sys; sys.path.insert(0, '.'); import start; start.keep_answers_out_of_git()"
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": str(home.parent / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=home, env=environment, capture_output=True, text=True, check=True
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone after its first start."""
    place = tmp_path_factory.mktemp("git")
    (place / "gitconfig").write_text("[user]\n\tname = A\n\temail = a@example.org\n[init]\n\tdefaultBranch = main\n")
    source = place / "source"
    for part in (*PARTS, *MORE):
        (source / part).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_*"))
        else:
            shutil.copy(ROOT / part, source / part)
    git(source, "init")
    git(source, "add", "-A")
    git(source, "commit", "-m", "Begin")
    git(source, "clone", ".", "../clone")
    assert "out of git" in start(place / "clone").stdout
    return place / "clone"


@pytest.fixture
def home(clone: Path) -> Path:
    git(clone, "reset", "--hard", "origin/main")
    git(clone, "clean", "-fdx")
    return clone


def commit(home: Path, *names: str) -> subprocess.CompletedProcess[str]:
    git(home, "add", "-f", *names)
    return git(home, "commit", "-m", "More", well=False)


def refused(home: Path, *names: str) -> str:
    """What is said of files that were to be committed, by force if need be; nothing has entered then."""
    before = git(home, "rev-parse", "HEAD").stdout
    done = commit(home, *names)
    assert done.returncode != 0
    assert git(home, "rev-parse", "HEAD").stdout == before
    said = done.stdout + done.stderr
    assert [name for name in names if name not in said] == []
    assert NAME not in said
    return said


def notebook(*outputs: object, **metadata: object) -> str:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": ["1"], "execution_count": 1, "outputs": outputs}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
STREAM = {"output_type": "stream", "name": "stdout", "text": [NAME]}


PRINTED = "  respondent_id  level\n0  R1  2\n1  R2  3\n"


def cells(kind: str, source: str, attached: object = None, **metadata: object) -> str:
    """A notebook without output, in which rows stand elsewhere."""
    cell = {"cell_type": kind, "id": "a", "metadata": metadata, "source": source.splitlines(keepends=True)}
    cell |= {"outputs": [], "execution_count": None} if kind == "code" else {}
    cell |= {} if attached is None else {"attachments": {"a": attached}}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def lettered(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


TEXTS = {
    "notebooks/08_bron.ipynb": cells("code", f"rows = '''{ROWS}'''"),
    "notebooks/08_ruw.ipynb": cells("raw", ROWS),
    "notebooks/08_tabel.ipynb": cells("markdown", "Zie:\n\n| respondent_id | naam |\n|---|---|\n| R1 | A |\n"),
    "notebooks/08_cel.ipynb": cells("code", "1", rows=[{"wie": NAME, "q": 1}, {"wie": "B", "q": 2}]),
    "notebooks/08_boek.ipynb": notebook(answers=ROWS).replace('"execution_count": 1', '"execution_count": null'),
    "notebooks/08_plaatje.ipynb": cells("markdown", "Zie", {"image/png": lettered(ROWS)}),
    "notebooks/08_erachter.ipynb": cells("markdown", "Zie", {"image/png": lettered("\x89PNG" + ROWS)}),
    "letters.txt": lettered(ROWS * 3),
    "gedrukt.txt": PRINTED,
    "docs/per_kolom.json": json.dumps({"respondent_id": ["R1", "R2"], "q": [1, 2]}),
    "notebooks/07_wie.ipynb": notebook(STREAM),
    "eigen.ipynb": notebook(STREAM),
    "notebooks/07_staat.ipynb": notebook(widgets={"state": {"x": NAME}}),
    "kladblok.json": notebook(STREAM),
    "notebooks/kapot.ipynb": notebook(STREAM)[:-1],
    "notebooks/answers.csv": ROWS,
    "notebooks/antwoorden.txt": "een regel\n",
    "data/real.csv": ROWS,
    "data/raw/real.csv": ROWS,
    "data/registers/real.csv": ROWS,
    "data/example/meer.txt": "een regel\n",
    "data/raw/real.privacy.yaml": ROWS,
    "docs/answers.csv": ROWS,
    "docs/answers.CSV.bak": ROWS,
    "answers.txt": ROWS,
    "antwoorden": ROWS.replace(";", "\t"),
    "docs/answers.md": ROWS.replace(";", ","),
    "docs/tabel.md": "# Uitkomst\n\n" + ROWS.replace(";", " | "),
    "stagekansen_lib/answers.py": ROWS,
    "verslag.txt": "Beste lezer,\n\nhierbij de lijst.\n\n" + ROWS.replace("respondent_id", "wie") + "\ngroet\n",
    "uitvoer.log": "  naam          leeftijd   antwoord\nSanne Jansen   20   ja\nPiet de Vries   21   nee\n",
    "nummers.txt": "20012345\n20012346\n20012347\n",
    "docs/rows.json": json.dumps([{"wie": NAME, "antwoord": 1}, {"wie": "B", "antwoord": 2}]),
    "docs/split.json": json.dumps({"columns": ["a", "b"], "data": [[1, 2], [3, 4], [5, 6]]}),
    "docs/columns.json": json.dumps({"a": {"0": 1, "1": 2}, "b": {"0": 3, "1": 4}}),
    "docs/lines.txt": '{"wie": 1, "antwoord": 2}\n{"wie": 2, "antwoord": 3}\n',
    "stemmen.yaml": "- respondent: R1\n  citaat: ja\n- respondent: R2\n  citaat: nee\n",
    "docs/tabel.html": '<table border="1" class="dataframe"><tr><td>Sanne Jansen</td></tr></table>',
}  # fmt: skip
FILES = {
    "data/export.xlsx": lambda path: pd.DataFrame({"a": [NAME]}).to_excel(path, engine="openpyxl"),
    "answers.parquet": lambda path: pd.DataFrame({"a": [NAME]}).to_parquet(path),
    "answers.bin": lambda path: pd.DataFrame({"a": [NAME]}).to_feather(path),
    "answers.dta": lambda path: pd.DataFrame({"a": [NAME]}).to_stata(path),
    "model": lambda path: pd.DataFrame({"a": [NAME]}).to_pickle(path, compression=None),
    "unicode.txt": lambda path: path.write_bytes(ROWS.encode("utf-16")),
    "docs/erachter.png": lambda path: path.write_bytes(PICTURE + ROWS.encode()),
    "docs/plaatje.jpg": lambda path: _zip(path),
}


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("answers.csv", ROWS)


def test_answers_are_refused_by_name_and_by_content(home: Path) -> None:
    for name, content in TEXTS.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content, "utf-8")
    for name, write in FILES.items():
        write(home / name)
    shutil.copy(home / "data/export.xlsx", home / "docs/plaatje.png")
    said = refused(home, *TEXTS, *FILES, "docs/plaatje.png")
    told = [line.partition(": ")[0] for line in said.splitlines() if ": " in line]
    assert sorted(told) == sorted([*TEXTS, *FILES, "docs/plaatje.png"])


@pytest.mark.parametrize("name", ["notebooks/07_wie.ipynb", "notebooks/answers.csv", "data/real.csv", "answers.txt"])
def test_one_file_with_answers_is_enough(home: Path, name: str) -> None:
    (home / name).write_text(TEXTS[name], "utf-8")
    refused(home, name)


def test_a_listed_table_enters_with_its_own_answers_only(home: Path) -> None:
    (home / "data/example/example_2022.csv").write_text(ROWS, "utf-8")
    assert "checksum" in refused(home, "data/example/example_2022.csv")


def test_a_table_of_the_tests_enters_once_it_is_on_the_list_and_no_other_under_its_name(home: Path) -> None:
    sample = home / "tests/reference/sample.csv"
    sample.write_text("a;b\n1;2\n", "utf-8")
    refused(home, "tests/reference/sample.csv")
    guard = [sys.executable, "scripts/guard_microdata.py"]
    subprocess.run([*guard, "--allow", "tests/reference/sample.csv"], cwd=home, check=True)
    assert commit(home, "tests", "scripts/tables_outside_data.txt").returncode == 0
    assert subprocess.run([*guard, "--all"], cwd=home, check=False).returncode == 0
    sample.write_text(ROWS, "utf-8")
    refused(home, "tests/reference/sample.csv")
    own = subprocess.run([*guard, "--allow", "data/real.csv"], cwd=home, capture_output=True, check=False)
    assert own.returncode != 0


def test_what_is_staged_counts_and_not_what_lies_in_the_folder(home: Path) -> None:
    name = "notebooks/07_wie.ipynb"
    (home / name).write_text(notebook(STREAM), "utf-8")
    git(home, "add", name)
    (home / name).write_text(notebook(), "utf-8")
    assert git(home, "commit", "-m", "More", well=False).returncode != 0
    assert commit(home, name).returncode == 0


def test_code_prose_and_clean_notebooks_enter(home: Path) -> None:
    files = {
        "notebooks/07_wie.ipynb": notebook(),
        "docs/uitleg.md": "# Uitleg\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nEen zin, nog een, en klaar.\n",
        "stagekansen_lib/code.py": 'ROWS = (\n    ("a", 1, 2),\n    ("b", 3, 4),\n    ("c", 5, 6),\n)\n',
        "afspraken.txt": "Maandag, dinsdag en woensdag werken we.\nDe rest van de week niet.\nVragen? Mail ons.\n",
        "voila2.json": '{"a": {"b": [1, 2]}, "c": true}',
    }
    for name, content in files.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(content, "utf-8")
    done = commit(home, *files)
    assert done.returncode == 0, done.stdout


def test_a_merge_is_looked_at_too(home: Path) -> None:
    git(home, "checkout", "-q", "-B", "other")
    (home / "answers.csv").write_text(ROWS, "utf-8")
    git(home, "add", "answers.csv")
    git(home, "commit", "--no-verify", "-m", "By force")
    git(home, "checkout", "-q", "main")
    done = git(home, "merge", "--no-ff", "--no-edit", "other", well=False)
    assert done.returncode != 0
    assert "answers.csv" in done.stdout + done.stderr
    git(home, "merge", "--abort", well=False)
    git(home, "checkout", "-q", "-B", "main", "origin/main")
    everything = [sys.executable, "scripts/guard_microdata.py", "--all"]
    git(home, "checkout", "-q", "other")
    assert subprocess.run(everything, cwd=home, capture_output=True, check=False).returncode == 1
    git(home, "checkout", "-q", "main")


def test_git_takes_nothing_but_notebooks_from_notebooks_and_no_loose_file_from_data(home: Path) -> None:
    names = ["notebooks/answers.csv", "notebooks/out.html", "notebooks/deep/a.txt", "data/real.csv", "data/export.xlsx"]
    kept = ["notebooks/07_wie.ipynb", "notebooks/README.md", "data/datapackage.json", "data/rules/team.yaml"]
    assert git(home, "check-ignore", *names, *kept).stdout.splitlines() == names


# Hooks that a person has already --------------------------------------------------------------------------------------


@pytest.fixture
def other(clone: Path, tmp_path: Path) -> Path:
    """A clone that has not been started yet."""
    shutil.copy(clone.parent / "gitconfig", tmp_path / "gitconfig")
    git(clone, "clone", str(clone.parent / "source"), str(tmp_path / "clone"))
    return tmp_path / "clone"


def test_a_hook_of_ones_own_is_left_as_it_is_and_told_of(other: Path) -> None:
    hook = other / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho mine\n", "utf-8")
    told = start(other).stderr
    assert hook.read_text("utf-8") == "#!/bin/sh\necho mine\n"
    assert "scripts/guard_microdata.py --staged" in told
    hook.write_text("#!/bin/sh\npython3 scripts/guard_microdata.py --staged || exit 1\necho mine\n", "utf-8")
    assert start(other).stderr == ""
    hook.write_text("#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n", "utf-8")
    assert start(other).stderr == ""


def only(place: Path, name: str, program: str) -> str:
    """A folder for the PATH on which stand git, what its hooks call, and one Python under some name."""
    place.mkdir()
    for tool in ("git", "sh"):
        (place / tool).symlink_to(shutil.which(tool) or tool)
    (place / name).write_text(f"#!/bin/sh\n{program}\n", "utf-8")
    (place / name).chmod(0o755)
    return str(place)


@pytest.mark.skipif(os.name == "nt", reason="the PATH of a computer with Windows is made up here")
@pytest.mark.parametrize("name", ["python", "py", "python3.12"])
def test_a_hook_finds_python_by_whichever_name_it_has(home: Path, tmp_path: Path, name: str) -> None:
    path = only(tmp_path / "only", name, f'exec "{sys.executable}" "$@"')
    (home / "answers.txt").write_text(ROWS, "utf-8")
    git(home, "add", "answers.txt")
    done = committed_with(home, path)
    assert done.returncode != 0
    assert "answers.txt: a table" in done.stdout + done.stderr
    git(home, "rm", "--cached", "answers.txt")
    (home / "README.md").write_text("Een zin.\n", "utf-8")
    git(home, "add", "README.md")
    assert committed_with(home, path).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="the PATH of a computer with Windows is made up here")
def test_without_a_python_that_is_new_enough_nothing_is_committed(home: Path, tmp_path: Path) -> None:
    path = only(tmp_path / "only", "python3", "exit 1")
    (home / "README.md").write_text("Een zin.\n", "utf-8")
    git(home, "add", "README.md")
    done = committed_with(home, path)
    assert done.returncode != 0
    assert "no Python 3.11 or newer" in done.stdout + done.stderr


def committed_with(home: Path, path: str) -> subprocess.CompletedProcess[str]:
    own = {"GIT_CONFIG_GLOBAL": str(home.parent / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1", "PATH": path}
    words = ["git", "commit", "-m", "More"]
    return subprocess.run(words, cwd=home, env=own, capture_output=True, text=True, check=False)


def test_a_folder_of_hooks_of_ones_own_is_respected(other: Path, tmp_path: Path) -> None:
    git(other, "config", "--global", "core.hooksPath", str(tmp_path / "everywhere"))
    told = start(other)
    assert not (tmp_path / "everywhere").exists()
    assert "other projects" in told.stderr
    git(other, "config", "core.hooksPath", ".husky")
    start(other)
    assert (other / ".husky" / "pre-commit").is_file()
    (other / "real.csv").write_text(ROWS, "utf-8")
    refused(other, "real.csv")


def test_hooks_of_an_earlier_version_are_renewed_and_a_second_start_is_silent(other: Path) -> None:
    start(other)
    hook = other / ".git" / "hooks" / "pre-commit"
    whole = hook.read_text("utf-8")
    hook.write_text("\n".join(whole.splitlines()[:3]), "utf-8")
    start(other)
    assert hook.read_text("utf-8") == whole
    again = start(other)
    assert again.stdout + again.stderr == ""


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a copy without git")
def test_nothing_in_git_here_is_refused() -> None:
    everything = [sys.executable, "scripts/guard_microdata.py", "--all"]
    done = subprocess.run(everything, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0
