"""The library as a wheel: built here, installed outside the clone with what the base install has and nothing more."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from importlib.metadata import PackagePath, distribution
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from packaging.requirements import Requirement

import stagekansen_lib as sk
from stagekansen_lib.project.extras import MissingExtraError, needs
from stagekansen_lib.releases import building

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
# Answers, and a file that nobody described: they lie in the tree that the wheel is built from, and stay there.
PLANTED = (
    "raw/answers.csv",
    "raw/answers.privacy.yaml",
    "interim/wave.yaml",
    "raw/.gitkeep",
    "rules/mine.yaml",
    "example/real.csv",
)
pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are made with links")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a wheel is built from, with files in it that may not travel."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, tree / name)
    for name in ("stagekansen_lib", "data"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "raw", "interim"))
    for name in PLANTED:
        (tree / "data" / name).parent.mkdir(exist_ok=True)
        (tree / "data" / name).write_text("student;experienced\n1;yes\n", "utf-8")
    return tree


def built(tree: Path, kind: str) -> Path:
    """The wheel of a tree, without a network."""
    into = tree.parent / f"{tree.name}-{kind}"
    code = f"import os, sys; os.makedirs({str(into)!r}); from hatchling.build import *; build_{kind}({str(into)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=tree, check=True, capture_output=True)
    return next(into.iterdir())


@pytest.fixture(scope="module")
def wheel(tree: Path) -> Path:
    return built(tree, "wheel")


def needed(requirements: list[str], found: dict[str, set[str]] | None = None) -> set[str]:
    """The distributions that these requirements bring, as they are installed here."""
    found = {} if found is None else found
    for requirement in map(Requirement, requirements):
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        extras = {"", *requirement.extras}
        if extras <= found.get(name, set()):
            continue
        found[name] = found.get(name, set()) | extras
        more = [
            one
            for one in distribution(name).requires or []
            if (marker := Requirement(one).marker) is None or any(marker.evaluate({"extra": each}) for each in extras)
        ]
        needed(more, found)
    return set(found)


def environment(folder: Path, wheel: Path, requirements: list[str]) -> Path:
    """The Python of a fresh environment with the wheel, and links to just what the requirements bring."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    packages = next((folder / "lib").glob("python*")) / "site-packages"
    for name in needed(requirements):
        files: list[PackagePath] = distribution(name).files or []
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            (packages / top).symlink_to(str(distribution(name).locate_file(top)))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    return python


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the base install."""
    return environment(tmp_path_factory.mktemp("base"), wheel, PROJECT["dependencies"])


def run(python: Path, code: str, folder: Path, **variables: str) -> str:
    """What the code prints in an empty folder, with no clone in sight."""
    done = subprocess.run(
        [str(python), "-c", code],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def example_of_the_readme() -> str:
    found = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


# What travels ------------------------------------------------------------------------------------------------------


def test_the_wheel_holds_code_and_the_data_that_the_list_names_and_nothing_else(wheel: Path, tree: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    data = {name.removeprefix("stagekansen_lib/_data/") for name in names if name.startswith("stagekansen_lib/_data/")}
    listed = {one["path"] for one in json.loads((ROOT / "data/datapackage.json").read_text("utf-8"))["resources"]}
    cards = {f"{path.split('/')[0]}/card.yaml" for path in listed}
    assert data == listed | cards | {"datapackage.json"}
    assert all((tree / "data" / name).is_file() for name in PLANTED)
    assert not data & set(PLANTED)
    assert not {path.split("/")[0] for path in data} & {"raw", "interim"}
    others = {name for name in names if not name.startswith("stagekansen_lib/")}
    assert {name.split("/")[0] for name in others} == {f"stagekansen-{sk.__version__}.dist-info"}
    assert "stagekansen_lib/py.typed" in names


def test_the_source_archive_holds_no_more_data_than_the_wheel(tree: Path, wheel: Path) -> None:
    with tarfile.open(built(tree, "sdist")) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    packed = "stagekansen_lib/_data/"
    in_wheel = {name.removeprefix(packed) for name in zipfile.ZipFile(wheel).namelist() if name.startswith(packed)}
    assert {name.removeprefix("data/") for name in names if name.startswith("data/")} == in_wheel
    assert "hatch_build.py" in names


def test_an_editable_install_holds_no_copy_and_is_served_by_the_clone(tree: Path, tmp_path: Path) -> None:
    editable = built(tree, "editable")
    assert not [name for name in zipfile.ZipFile(editable).namelist() if "_data" in name]
    python = environment(tmp_path / "editable", editable, PROJECT["dependencies"])
    code = "import stagekansen_lib as sk\nfrom stagekansen_lib.project.paths import data_folder\n"
    code += "print(data_folder('rules')); print(sk.read_rules('steering_group'))"
    folder, rules = run(python, code, tmp_path).splitlines()
    assert Path(folder) == tree / "data" / "rules"
    assert rules == str(sk.read_rules("steering_group"))
    # A project of one's own, in which nothing stands yet: the clone serves, and its answers do not.
    (tmp_path / "mine" / "data").mkdir(parents=True)
    code += "; print(data_folder('raw'), data_folder('interim').exists())"
    folder, _, raw = run(python, code, tmp_path, STAGEKANSEN_HOME=str(tmp_path / "mine")).splitlines()
    assert Path(folder) == tree / "data" / "rules"
    assert raw == f"{tmp_path / 'mine' / 'data' / 'raw'} False"


# What runs ---------------------------------------------------------------------------------------------------------


def test_the_example_of_the_readme_runs_with_the_base_install_and_gives_the_same(python: Path, tmp_path: Path) -> None:
    code = f"{example_of_the_readme()}\nprint(sk.__file__)\nprint(published[0].table.to_csv())"
    printed = run(python, code, tmp_path)
    here: dict[str, Any] = {}
    exec(example_of_the_readme(), here)
    sentence, file, table = printed.split("\n", 2)
    assert sentence == here["gap"].sentence("en")
    assert Path(file).is_relative_to(python.parents[1])
    assert table.strip() == here["published"][0].table.to_csv().strip()


def test_importing_it_loads_no_package_at_all(python: Path, tmp_path: Path) -> None:
    code = "import sys; before = set(sys.modules); import stagekansen_lib; print(*sorted(set(sys.modules) - before))"
    loaded = {name.split(".")[0] for name in run(python, code, tmp_path).split()}
    assert loaded <= {"stagekansen_lib", *sys.stdlib_module_names}


def test_the_base_install_has_nothing_of_maps_pages_or_the_lab(python: Path, tmp_path: Path) -> None:
    names = ["jupyterlab", "voila", "ipywidgets", "folium", "geopandas", "pyarrow", "openpyxl", "tornado", "jinja2"]
    code = f"import importlib.util as u; print(*[n for n in {names!r} if u.find_spec(n)])"
    assert run(python, code, tmp_path) == ""


def test_releases_registers_and_open_data_are_read_without_a_clone(python: Path, tmp_path: Path) -> None:
    code = (
        "import stagekansen_lib as sk\n"
        "print(sk.read_release('example-2022').synthetic, sk.attack('example-2022').passed,"
        " sk.read_rules('public').name, len(sk.read_registers().terms), len(sk.read_open_data('duo_wo_diplomas')) > 0,"
        " sk.read_classification('levels').name, sk.read_links('fields_baseline', 'isced_f_broad')[1].kind)"
    )
    assert run(python, code, tmp_path) == "True True public 72 True levels narrower"


def test_a_release_made_without_the_clone_has_the_fingerprint_of_the_same_code(python: Path, tmp_path: Path) -> None:
    code = (
        "from stagekansen_lib.project.paths import data_folder, project_path\n"
        "from stagekansen_lib.releases.building import code_fingerprint\n"
        "print(code_fingerprint(), project_path(data_folder('rules', 'team.yaml')))"
    )
    assert run(python, code, tmp_path) == f"{building.code_fingerprint()} data/rules/team.yaml"


# A project of one's own --------------------------------------------------------------------------------------------


def test_writing_without_a_project_says_where_was_looked_and_how_to_choose(python: Path, tmp_path: Path) -> None:
    code = (
        "import stagekansen_lib as sk\nfrom stagekansen_lib.releases.building import home_of\n"
        "from stagekansen_lib.withdrawals.withdrawal import withdraw\n"
        "survey = sk.read_survey('example_2022')\n"
        "for write in (lambda: sk.write_survey(survey, 'wave'), lambda: home_of(None, draft=True),"
        " lambda: home_of(None, draft=False), lambda: withdraw('12')):\n"
        "    try: write()\n"
        "    except sk.InputError as error: print(error)\n"
    )
    texts = run(python, code, tmp_path).splitlines()
    assert len(texts) == 4
    assert len(set(texts)) == 1
    text = texts[0]
    assert str(python.parents[1]) in text
    assert "set STAGEKANSEN_HOME" in text


def test_a_home_that_is_no_project_is_refused_when_reading_too(python: Path, tmp_path: Path) -> None:
    code = "import stagekansen_lib as sk\ntry: sk.read_rules('team')\nexcept sk.InputError as error: print(error)"
    assert f"no folder 'data' in {tmp_path}" in run(python, code, tmp_path, STAGEKANSEN_HOME=str(tmp_path))


def test_what_the_project_has_comes_first_and_the_rest_from_the_library(python: Path, tmp_path: Path) -> None:
    for folder, name, old, new in (
        ("margins", "students_haaglanden_2019", "title_en: ", "title_en: Ours, "),
        ("rules", "mine", "", ""),
    ):
        source = ROOT / "data" / folder / f"{name if old else 'team'}.yaml"
        target = tmp_path / "data" / folder / f"{name}.yaml"
        target.parent.mkdir(parents=True)
        target.write_text(source.read_text("utf-8").replace(old, new, 1) if old else source.read_text("utf-8"), "utf-8")
    code = (
        "import stagekansen_lib as sk\n"
        "print(sk.read_margins('students_haaglanden_2019').title_en[:5])\n"
        "print(sk.read_margins('students_haaglanden_2019_sex').name, sk.read_rules('public').name)\n"
        "try: sk.read_rules('nobody')\nexcept sk.InputError as error: print(error)"
    )
    own, others, known = run(python, code, tmp_path, STAGEKANSEN_HOME=str(tmp_path)).splitlines()
    assert own == "Ours,"
    assert others == "students_haaglanden_2019_sex public"
    assert "'mine'" in known
    assert "'steering_group'" in known


# Extras ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "extra"),
    [
        ("from stagekansen_lib.readers.excel_files import read_excel_file as f; f('wave.xlsx')", "files"),
        ("from stagekansen_lib.readers.parquet_files import read_parquet_file as f; f('wave.parquet')", "files"),
        ("from stagekansen_lib.readers.spss_and_stata import read_spss_file as f; f('wave.sav')", "files"),
        ("sk.write_survey(sk.read_survey('example_2022'), 'wave', folder='.')", "files"),
        ("sk.read_regions()", "maps"),
        ("sk.draw_reporting_points([])", "maps"),
        ("from stagekansen_lib.views.pages import render; render('overview', 'nl')", "pages"),
        ("import stagekansen_lib.site.kernels", "pages"),
        ("sk.write_fact_sheets('example-2022', into=Path('.'), forms=['pdf'], ledger=Path('.'))", "documents"),
        ("from stagekansen_lib.population.refresh import cbs; cbs._get_table('85984NED', filters='')", "refresh"),
    ],
)
def test_an_absent_package_is_named_with_its_extra(code: str, extra: str, python: Path, tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "wave.xlsx")
    for name in ("wave.parquet", "wave.sav"):
        (tmp_path / name).write_bytes(b"")
    start = "from pathlib import Path\nimport stagekansen_lib as sk"
    whole = f"{start}\ntry:\n    {code}\nexcept sk.StagekansenError as e: print(type(e).__name__, e)"
    printed = run(python, whole, tmp_path)
    assert printed.startswith("MissingExtraError")
    assert printed.endswith(f"pip install 'stagekansen[{extra}]'")


def test_a_module_of_our_own_that_is_absent_is_no_matter_of_extras() -> None:
    with pytest.raises(ModuleNotFoundError), needs("files"):
        __import__("stagekansen_lib.no_such_module")
    with pytest.raises(MissingExtraError, match=r"'no_such_package'.*stagekansen\[files\]"), needs("files"):
        __import__("no_such_package")


def packages_of(requirements: list[str]) -> set[str]:
    """The names under which these are imported; an extra that takes in others counts for those."""
    found = set()
    for requirement in map(Requirement, requirements):
        if requirement.name == "stagekansen":
            found |= {name for extra in requirement.extras for name in packages_of(EXTRAS[extra])}
        else:
            found.add(
                {"pyzmq": "zmq", "python-docx": "docx"}.get(
                    requirement.name, requirement.name.replace("-", "_").lower()
                )
            )
    return found


def test_every_import_of_an_extra_names_that_extra() -> None:
    optional = packages_of(EXTRAS["all"])
    wrong = []
    for path in sorted((ROOT / "stagekansen_lib").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        named = {}
        for block in ast.walk(tree):
            if isinstance(block, ast.With):
                extra = re.fullmatch(r"needs\('([a-z]+)'\)", ast.unparse(block.items[0].context_expr))
                named |= {id(node): extra[1] for node in ast.walk(block)} if extra else {}
            if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
                named |= {id(node): "all" for node in ast.walk(block)}
        for node in ast.walk(tree):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in {one.split(".")[0] for one in names} & optional:
                if name not in packages_of(EXTRAS.get(named.get(id(node), ""), [])):
                    wrong.append(f"{path.relative_to(ROOT)} line {node.lineno}: {name}")
    assert wrong == [], "\n".join(wrong)


# Reading CSV without Arrow -----------------------------------------------------------------------------------------

WITHOUT_ARROW = "import sys; sys.modules['pyarrow'] = None\n"
DIGEST = """
import hashlib, io, sys, tempfile, pathlib
import stagekansen_lib as sk
from stagekansen_lib.readers import tables
from stagekansen_lib.readers.csv_files import read_csv_file
survey = sk.read_survey("example_2022")
told = [survey.rows, survey.missing_reasons, survey.set_aside]
told += [survey.rows.dtypes, survey.missing_reasons.dtypes]
tables._MANY = 50  # so that some columns are kept as texts
file = pathlib.Path(tempfile.mkdtemp(), "many.csv")
lines = [f"{n};{n % 28 + 1}-3-2026 1{n % 10}:00;{'' if n % 7 else ' w'}" for n in range(400)]
file.write_text("\\n".join(["id;day;word", *lines]), "utf-8")
raw = read_csv_file(file)
told += [raw.rows, raw.rows.dtypes, raw.set_aside]
for one in told:
    print(hashlib.sha256(one.to_csv().encode()).hexdigest())
print(survey.provenance, raw.report, raw.count)
"""


def test_a_survey_is_the_same_with_and_without_arrow() -> None:
    def told(code: str) -> str:
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout

    assert told(WITHOUT_ARROW + DIGEST) == told(DIGEST)


def test_the_reader_of_csv_passes_its_tests_without_arrow() -> None:
    code = f"{WITHOUT_ARROW}import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    # Parquet needs Arrow; a comparison of the quick reader with the careful one has nothing to compare without it.
    options = ["-q", "-k", "not quickly_and_carefully and not another_format"]
    done = subprocess.run(
        [sys.executable, "-c", code, "tests/test_readers.py", *options],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


# Types -------------------------------------------------------------------------------------------------------------


# geopandas and statsmodels publish no types.
WITHOUT_TYPE = {"read_regions", "to_statsmodels"}


def test_a_type_checker_outside_the_clone_sees_no_any_in_public_functions(wheel: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "typed", wheel, [*PROJECT["dependencies"], "pandas-stubs"])
    names = [name for name in sk.__all__ if name != "__version__"]
    probe = "import stagekansen_lib as sk\n" + "".join(f"reveal_type(sk.{name})\n" for name in names)
    (tmp_path / "probe.py").write_text(probe, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--python-executable", str(python), "--cache-dir", os.devnull, "probe.py"],
        cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    revealed = re.findall(r'Revealed type is "(.*)"', done.stdout)
    assert len(revealed) == len(names), done.stdout + done.stderr
    shown = dict(zip(names, revealed, strict=True))
    assert not [name for name, text in shown.items() if not text.startswith(("def (", "Overload("))]
    assert {name for name, text in shown.items() if "-> Any" in text} == WITHOUT_TYPE
