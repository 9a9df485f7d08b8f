"""JupyterLab as this workbench opens it: language, what the file browser shows, tiles of the notebooks.

All of it is written anew at each start into one folder of settings that JupyterLab is pointed at; settings of a
person's own go first. Nothing is fetched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from stagekansen_lib.assets import asset_text
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.wording import Language, say

__all__ = ["BEGIN", "lab_options", "write_lab_settings"]

# The notebook with the four doors.
BEGIN = {"nl": "notebooks/00_begin.ipynb", "en": "notebooks/en/00_begin.ipynb"}
_LOCALES = {"nl": "nl_NL"}
# What a team has no business with is not shown; it can be opened all the same.
_NOT_SHOWN = (
    "__pycache__", "*.pyc", "*~", "*.part", "benchmarks", "build", "dashboards", "deploy", "docs", "scripts",
    "stagekansen_lib", "tests", "start.py", "hatch_build.py", "pyproject.toml", "voila.json", "requirements*.lock",
    "ARCHITECTURE.md", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE",
)  # fmt: skip
# Ways to a PDF that need programs which most computers lack; ours stands in the File menu.
_ABSENT = ("PDFExporter", "QtPDFExporter", "WebPDFExporter", "LatexExporter")


def lab_options(settings: Path, language: Language) -> list[str]:
    """The words for the command ``jupyter lab`` that start it with the settings of this folder."""
    begin = BEGIN[language]
    first = [f"--LabApp.default_url=/lab/tree/{begin}"] if project_folder(begin).is_file() else []
    # No news, newer versions or extensions from a server elsewhere.
    quiet = ["--LabApp.news_url=None", "--LabApp.extension_manager=readonly"]
    ours = f"--LabApp.extra_labextensions_path={settings / 'labextensions'}"
    return [f"--ServerApp.root_dir={project_folder()}", *quiet, *first, ours]


def write_lab_settings(settings: Path, language: Language) -> None:
    """Write the settings of JupyterLab in a language into a folder."""
    overrides: dict[str, Any] = {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
    }
    locale = _LOCALES.get(language, "")
    if locale in {one.name for one in entry_points(group="jupyterlab.languagepack")}:
        overrides["@jupyterlab/translation-extension:plugin"] = {"locale": locale}
    _write_json(settings / "labconfig" / "default_setting_overrides.json", overrides)
    exporters = {name: {"enabled": False} for name in _ABSENT}
    _write_json(
        settings / "jupyter_server_config.json", {"ContentsManager": {"hide_globs": list(_NOT_SHOWN)}, **exporters}
    )
    served = {"ServerApp": {"jpserver_extensions": {"stagekansen_lib.desk.lab_server": True}}}
    _write_json(settings / "jupyter_server_config.d" / "stagekansen.json", served)
    _write_extension(settings / "labextensions" / "stagekansen", language)


def _write_extension(folder: Path, language: Language) -> None:
    texts = {
        "tiles": list(_tiles(language)),
        "category": say("lab.category", language),
        "pdf": say("lab.make_pdf", language),
    }
    program = asset_text("jupyter/tiles.js").replace(
        "SETTINGS = {}", f"SETTINGS = {json.dumps(texts, ensure_ascii=True)}"
    )  # fmt: skip
    (folder / "static").mkdir(parents=True, exist_ok=True)
    (folder / "static" / "remoteEntry.js").write_text(program, "utf-8")
    build = {"load": "static/remoteEntry.js", "extension": "./extension"}
    _write_json(
        folder / "package.json",
        {"name": "stagekansen", "version": "0.1.0", "jupyterlab": {"extension": True, "_build": build}},
    )


def _tiles(language: Language) -> Iterator[dict[str, str]]:
    """The numbered notebooks of a language, each with its title."""
    folder = project_folder(BEGIN[language]).parent
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        title = _title(path)
        if title:
            yield {"path": path.relative_to(project_folder()).as_posix(), "title": title}


def _title(path: Path) -> str:
    """The heading of a notebook; empty when there is none, or when it cannot be read."""
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        heading = re.match(r"# (.+)", "".join(cells[0]["source"]))
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return ""
    return heading[1] if heading else ""


def _write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
