"""The rooms of ARCHITECTURE.md: imports go up only, importing is quick, and widgets stay in the views."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "stagekansen_lib"
# A module that starts with "_" is a private part of the room that imports it, and no room of its own.
MODULES = sorted(path for path in LIBRARY.rglob("*.py") if not path.relative_to(LIBRARY).parts[0].startswith("_"))


def rooms() -> list[str]:
    """The rooms in the order of the page, as names of modules or packages."""
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    block = page.split("    stagekansen_lib/\n")[1].split("\n\n")[0]
    names = re.findall(r"^      ([a-z_]+)(?:\.py|/)\s", block + "\n", re.MULTILINE)
    return names


def room_of(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "stagekansen_lib" and len(parts) > 1:
                found.add(parts[1])
    return found


def test_every_module_stands_on_the_architecture_page_and_the_page_names_no_module_that_is_gone() -> None:
    present = {room_of(path) for path in MODULES} | {"vendor"}
    assert present == set(rooms())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_a_module_imports_only_from_rooms_above_it(path: Path) -> None:
    order = rooms()
    own = room_of(path)
    below = {name for name in imports(path) if name in order and order.index(name) > order.index(own)}
    assert not below


def test_only_views_and_the_site_import_widgets_or_voila() -> None:
    allowed = {"views": {"ipywidgets"}, "site": {"voila"}}
    for path in MODULES:
        text = path.read_text("utf-8")
        for package in ("ipywidgets", "voila"):
            if re.search(rf"^\s*(from|import) {package}\b", text, re.MULTILINE):
                assert package in allowed.get(room_of(path), set()), path


def test_importing_the_library_loads_no_heavy_package() -> None:
    heavy = ("numpy", "pandas", "scipy", "statsmodels", "geopandas", "folium", "ipywidgets", "pydantic", "yaml")
    code = f"import sys, stagekansen_lib; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_building_a_public_page_imports_no_widget() -> None:
    code = (
        "import os, sys, tempfile; os.environ['STAGEKANSEN_PAGES'] = tempfile.mkdtemp()\n"
        "from stagekansen_lib import views\n"
        "for view in (views.overview(), views.reporting_points(), views.explorer()): view._repr_mimebundle_()\n"
        "print([name for name in ('ipywidgets', 'geopandas', 'statsmodels') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
