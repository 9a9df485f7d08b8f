"""What JupyterLab is told before it starts, and a notebook as a PDF."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

from stagekansen_lib.cli import pages
from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.desk import notebook_pdfs
from stagekansen_lib.desk.lab_settings import lab_options, write_lab_settings
from stagekansen_lib.desk.notebook_pdfs import notebook_html, notebook_pdf
from stagekansen_lib.errors import InputError
from stagekansen_lib.wording import LANGUAGES, Language
from tests.chromium import chromium_path

ROOT = Path(__file__).resolve().parent.parent
TITLES = {"nl": "Wie deden mee aan de nulmeting?", "en": "Who took part in the baseline survey?"}


def settings_of(folder: Path, language: Language) -> dict[str, Any]:
    write_lab_settings(folder, language)
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notebooks_of_the_language_are_tiles_and_open_first(tmp_path: Path, language: Language) -> None:
    written = settings_of(tmp_path, language)
    program = written["labextensions/stagekansen/static/remoteEntry.js"]
    told = json.loads(program.partition("const SETTINGS = ")[2].partition("; // filled in")[0])
    assert told["tiles"][0]["path"].endswith("/00_begin.ipynb")
    assert told["tiles"][1]["title"] == TITLES[language]
    assert all((ROOT / tile["path"]).is_file() for tile in told["tiles"])
    below = "notebooks/en" if language == "en" else "notebooks"
    assert f"--LabApp.default_url=/lab/tree/{below}/00_begin.ipynb" in lab_options(tmp_path, language)


def test_dutch_asks_for_the_dutch_pack_and_english_for_none(tmp_path: Path) -> None:
    name = "labconfig/default_setting_overrides.json"
    asked = [json.loads(settings_of(tmp_path / one, one)[name]) for one in LANGUAGES]
    translated = [one.get("@jupyterlab/translation-extension:plugin") for one in asked]
    assert translated == [{"locale": "nl_NL"}, None]
    assert all(one["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false" for one in asked)


def test_what_a_person_wants_is_shown_and_the_workings_are_not(tmp_path: Path) -> None:
    hidden = json.loads(settings_of(tmp_path, "nl")["jupyter_server_config.json"])["ContentsManager"]["hide_globs"]
    shown = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    shown = {name for name in shown if not any(Path(name).match(glob) for glob in hidden)}
    assert {"notebooks", "data"} <= shown
    assert shown.isdisjoint({"tests", "scripts", "stagekansen_lib", "pyproject.toml", "requirements.lock"})


def test_the_command_hands_the_language_to_jupyterlab_and_its_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []

    def run(words: list[str]) -> int:
        assert words[0] == "jupyterlab"
        seen.append((os.environ["STAGEKANSEN_LANGUAGE"], next(one for one in words if "default_url" in one)))
        return 0

    monkeypatch.setattr(pages, "_run_module", run)
    for name in ("STAGEKANSEN_LANGUAGE", "JUPYTER_CONFIG_PATH"):
        monkeypatch.setenv(name, "")
    main(["lab", "--language", "en"])
    main(["lab"])
    assert [language for language, _ in seen] == ["en", "nl"]
    assert [begin.endswith("/lab/tree/notebooks/en/00_begin.ipynb") for _, begin in seen] == [True, False]


def small() -> Any:
    folded = {"jupyter": {"source_hidden": True}}
    cell = nbformat.v4.new_code_cell("SECRET = 1", metadata=folded, outputs=[])  # type: ignore[no-untyped-call]
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/html": "<b>picture</b>"}
    cell.outputs = [nbformat.v4.new_output("display_data", data=view)]  # type: ignore[no-untyped-call]
    text = nbformat.v4.new_markdown_cell("# Wie deden mee?")  # type: ignore[no-untyped-call]
    return nbformat.v4.new_notebook(cells=[text, cell])  # type: ignore[no-untyped-call]


def test_a_page_for_paper_leaves_folded_code_out_and_shows_the_picture_of_a_widget() -> None:
    page = notebook_html(small(), "nl", "proef")
    assert "SECRET" not in page
    assert "<b>picture</b>" in page
    assert "Wie deden mee?" in page
    assert "Alleen voor het team" in page


def test_a_notebook_becomes_a_pdf() -> None:
    chromium_path()
    assert notebook_pdf(small(), "nl", "proef").startswith(b"%PDF-")


def test_without_a_browser_the_reason_and_another_way_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook_pdfs, "_browser", lambda: "")
    with pytest.raises(InputError, match=r"geen Chromium.*HTML"):
        notebook_pdf(small(), "nl")
