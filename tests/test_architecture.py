"""The rooms of ARCHITECTURE.md: a room imports only from rooms below it, no module stands in a circle, and what only
pages, ledger or hub need is not imported on a researcher's path. grimp reads every import, late ones too."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "stagekansen_lib"
NAME = LIBRARY.name
MODULES = sorted(path for path in LIBRARY.rglob("*.py") if "vendor" not in path.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
# A module longer than this does more than one thing.
LONGEST = 480
# What the attacks may know of the wall: its rules, and nothing of how cells are hidden.
ATTACKS_MAY_KNOW = {f"{NAME}.disclosure.rules"}
# What only pages, files of other tools, maps or the lab need. (pandas itself loads pyarrow where that is installed.)
NOT_FOR_RESEARCHERS = (
    "ipywidgets", "voila", "jupyterlab", "nbclient", "tornado", "jinja2", "folium", "geopandas",
    "openpyxl", "pyreadstat", f"{NAME}.views", f"{NAME}.site", f"{NAME}.fact_finding", f"{NAME}.cli",
)  # fmt: skip


@cache
def graph(folder: Path = ROOT) -> grimp.ImportGraph:
    sys.path.insert(0, str(folder))
    try:
        return grimp.build_graph(NAME, cache_dir=None)
    finally:
        sys.path.remove(str(folder))


def arrows(of: grimp.ImportGraph) -> set[tuple[str, str]]:
    """Every import of one module of the library by another."""
    return {(own, other) for own in of.modules for other in of.find_modules_directly_imported_by(own)}


def rooms() -> list[str]:
    """The rooms from the ground up, in the order of the page."""
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    block = page.split("<!-- rooms -->\n")[1].split("<!-- end of rooms -->")[0]
    return re.findall(r"^\| `([a-z_]+)` \|", block, re.MULTILINE)


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def arrows_up(of: grimp.ImportGraph) -> set[tuple[str, str]]:
    """Imports of a room above, or of the front door, which imports every room."""
    floor = {room: at for at, room in enumerate(rooms())}
    wrong = set()
    for own, other in arrows(of):
        if own != NAME and (other == NAME or floor[room_of(other)] > floor[room_of(own)]):
            wrong.add((own, other))
    return wrong


def test_every_room_stands_on_the_architecture_page_and_the_page_names_no_room_that_is_gone() -> None:
    present = {
        path.stem if path.suffix == ".py" else path.name
        for path in LIBRARY.iterdir()
        if not path.name.startswith("_") and path.name != "py.typed"
    }
    assert present == set(rooms())


def test_a_room_imports_only_from_rooms_below_it() -> None:
    assert arrows_up(graph()) == set()


def circle(of: grimp.ImportGraph) -> list[str]:
    """Modules that import one another in a circle; empty when there is none."""
    imported = {own: of.find_modules_directly_imported_by(own) - {NAME} for own in of.modules - {NAME}}
    try:
        graphlib.TopologicalSorter(imported).prepare()
    except graphlib.CycleError as found:
        return list(found.args[1])
    return []


def test_no_module_stands_in_a_circle() -> None:
    assert circle(graph()) == []


@pytest.mark.parametrize(
    ("module", "line", "seen"),
    [
        ("wording.py", "def late() -> None:\n    from stagekansen_lib.surveys import words\n", "up"),
        ("wording.py", "from stagekansen_lib import pictures\n", "up"),
        ("wording.py", "import stagekansen_lib\n", "up"),
        ("surveys/_private.py", "from stagekansen_lib.site import serving\n", "up"),
        ("comparison/effects.py", "def late() -> None:\n    from stagekansen_lib.comparison import means\n", "circle"),
    ],
)
def test_an_import_to_a_room_above_or_in_a_circle_is_seen_however_it_is_written(
    module: str, line: str, seen: str, tmp_path: Path
) -> None:
    for path in MODULES:
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text("utf-8"), "utf-8")
    changed = tmp_path / NAME / module
    before = changed.read_text("utf-8") if changed.exists() else ""
    changed.write_text(f"{before}\n\n{line}", "utf-8")
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path\n"
        "from tests.test_architecture import arrows_up, circle, graph\n"
        f"of = graph(Path({str(tmp_path)!r}))\n"
        "print('up' if arrows_up(of) else 'circle' if circle(of) else 'nothing')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == seen


def test_the_attacks_know_nothing_of_how_cells_are_hidden() -> None:
    known = {other for own, other in arrows(graph()) if room_of(own) == "attacks" and room_of(other) == "disclosure"}
    assert known == ATTACKS_MAY_KNOW


def test_no_room_holds_more_than_a_tenth_of_the_code() -> None:
    lines: dict[str, int] = {}
    for path in MODULES:
        room = path.relative_to(LIBRARY).parts[0].removesuffix(".py")
        lines[room] = lines.get(room, 0) + len(path.read_text("utf-8").splitlines())
    too_much = {room: number for room, number in lines.items() if number > sum(lines.values()) / 10}
    assert too_much == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_no_module_is_too_long_to_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


def test_nothing_private_stands_at_the_top() -> None:
    private = [path.name for path in LIBRARY.iterdir() if re.match(r"_[a-z]", path.name)]
    assert private == []


def test_only_views_desk_and_site_import_widgets_or_voila() -> None:
    allowed = {"views": {"ipywidgets", "anywidget"}, "desk": {"ipywidgets", "anywidget"}, "site": {"voila"}}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            met = {name.split(".")[0] for name in names} & {"ipywidgets", "anywidget", "voila"}
            assert met <= allowed.get(path.relative_to(LIBRARY).parts[0], set()), path


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh process has loaded after this code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_library_loads_no_heavy_package() -> None:
    heavy = {"numpy", "pandas", "scipy", "statsmodels", "geopandas", "folium", "ipywidgets", "pydantic", "yaml"}
    assert not heavy & loaded_by("import stagekansen_lib")


def test_the_path_of_a_researcher_loads_nothing_that_only_pages_or_the_lab_need() -> None:
    code = (
        "import stagekansen_lib as sk\n"
        "survey = sk.read_survey('example_2022')\n"
        "weighted = sk.rake(survey, to=sk.read_margins('students_haaglanden_2019'))\n"
        "found = sk.compare(weighted, of='search_difficulty', by='discrimination_experienced')\n"
        "table = sk.share(weighted, of='discrimination_experienced', by='level')\n"
        "sk.protect([table], rules='steering_group')"
    )
    assert not set(NOT_FOR_RESEARCHERS) & loaded_by(code)


def test_building_a_public_page_imports_no_widget() -> None:
    code = (
        "import os, tempfile; os.environ['STAGEKANSEN_PAGES'] = tempfile.mkdtemp()\n"
        "from stagekansen_lib import views\n"
        "for view in (views.overview(), views.reporting_points(), views.explorer()): view._repr_mimebundle_()"
    )
    assert not {"ipywidgets", "geopandas", "statsmodels"} & loaded_by(code)


def modules_of_tests(text: str) -> set[str]:
    """The modules of tests, or what only pytest loads, that a module of tests imports."""
    names: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [node.module or "", *(alias.name for alias in node.names)]
    return {part for name in names for part in name.split(".") if re.match(r"test_|conftest$", part)}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_of_tests_is_imported_by_another(path: Path) -> None:
    assert modules_of_tests(path.read_text("utf-8")) == set()


@pytest.mark.parametrize(
    "line",
    [
        "from tests.test_site import ask",
        "from .test_site import ask",
        "from . import test_site",
        "import tests.test_site as other",
        "def late() -> None:\n    from tests import test_site",
    ],
)
def test_an_import_of_a_module_of_tests_is_seen_however_it_is_written(line: str) -> None:
    assert modules_of_tests(line) == {"test_site"}
