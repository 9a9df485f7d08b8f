"""JupyterLab as the command opens it, in a real Chromium: in Dutch, with our tiles, and a PDF from the File menu."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.notebooks import ROOT, running_lab, wait_for_kernel

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The command ``lab`` in a project of its own."""
    tmp_path = tmp_path_factory.mktemp("project")
    for name in ("data/codebooks", "data/rules", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("data/raw", "data/interim", "tests"):
        (tmp_path / name).mkdir()
    own = {"STAGEKANSEN_HOME": tmp_path, "STAGEKANSEN_LANGUAGE": "nl", "JUPYTER_CONFIG_PATH": ""}
    own |= {f"JUPYTER_{name}_DIR": tmp_path / "own" for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": tmp_path / "own" / name for name in ("SETTINGS", "WORKSPACES")}
    with running_lab(["stagekansen_lib.cli", "lab"], ["--IdentityProvider.token="], own) as address:
        yield address


def test_it_opens_in_dutch_with_the_four_doors_our_tiles_and_a_pdf(browser: Any, lab: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    page.goto(lab)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
    page.wait_for_selector("text=Bestand", timeout=30_000)
    assert page.url.rstrip("?").endswith("/lab/tree/notebooks/00_begin.ipynb")
    page.wait_for_selector(".jp-CodeCell .jp-Placeholder-content", timeout=30_000)  # code is folded
    page.wait_for_selector(".jp-DirListing-itemText >> text=en", timeout=30_000)
    page.locator(".jp-BreadCrumbs-home").click()
    page.wait_for_selector(".jp-DirListing-itemText >> text=data", timeout=30_000)
    listed = set(page.locator(".jp-DirListing-itemText").all_inner_texts())
    assert listed >= {"data", "notebooks"}
    assert listed.isdisjoint({"tests", "build"})
    page.locator("text=Bestand").first.click()
    wanted = "/stagekansen/pdf?path=notebooks%2F00_begin.ipynb"
    # A browser shows it in a tab of its own, or saves it where it has no reader of PDF.
    with context.expect_event("request", lambda request: request.url.endswith(wanted), timeout=60_000):
        page.locator("text=Maak een PDF van dit notebook").click()
    made = context.request.get(f"{lab}/stagekansen/pdf?path=notebooks/00_begin.ipynb", timeout=60_000)
    assert made.body().startswith(b"%PDF-")
    assert context.request.get(f"{lab}/stagekansen/pdf?path=../etc/passwd").status in (400, 403, 404)
    page.bring_to_front()
    page.keyboard.press("Control+Shift+L")
    page.locator(".jp-LauncherCard", has_text="Wat verandert er als we wegen?").click()
    page.wait_for_selector(".jp-Notebook h1 >> text=Wat verandert er als we wegen?", timeout=60_000)
    assert asked == {lab.partition("//")[2]}
    context.close()


def run_all_cells(page: Any) -> None:
    page.locator(".lm-MenuBar-itemLabel", has_text="Uitvoeren").click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^(Run All Cells|Alle cellen uitvoeren)$")).click()


def test_the_form_of_the_margins_is_filled_in_by_keyboard_and_no_key_reaches_the_notebook(
    browser: Any, lab: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{lab}/lab/tree/notebooks/02_wegen.ipynb")
    page.wait_for_selector(".jp-Notebook h1 >> text=Wat verandert er als we wegen?", timeout=90_000)
    page.wait_for_selector("text=Uitvoeren", timeout=30_000)
    weighted = page.locator("text=324 antwoorden zijn na weging zoveel waard als 322").first
    wait_for_kernel(page)
    run_all_cells(page)
    weighted.wait_for(timeout=90_000)
    table = page.locator(".widget-dropdown select").first
    table.focus()
    cells = [page.locator(kind).count() for kind in (".jp-CodeCell", ".jp-MarkdownCell")]
    for key in "mdd":  # JupyterLab's own keys: a cell of Markdown, a cell deleted
        page.keyboard.press(key)
    assert [page.locator(kind).count() for kind in (".jp-CodeCell", ".jp-MarkdownCell")] == cells
    table.select_option(label="Een eigen telling plakken")
    page.wait_for_selector(".widget-textarea textarea", timeout=90_000)
    page.keyboard.press("Tab")
    page.keyboard.type("mbo;21.000\nhbo;30.000")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Kies de vraag waar de telling 'eigen telling' over gaat.", timeout=90_000)
    question = page.locator(".widget-dropdown select", has=page.locator("option", has_text=re.compile("^Niveau")))
    question.first.wait_for(timeout=90_000)
    page.keyboard.press("Tab")
    page.keyboard.type("Niveau")  # goes to the question that begins so
    page.keyboard.press("Tab")
    page.wait_for_selector("text=Alles is ingevuld: druk op Weeg.", timeout=90_000)
    page.locator("button", has_text=re.compile("^Weeg$")).press("Enter")
    page.wait_for_selector("text=Gewogen. Draai de cellen hieronder opnieuw.", timeout=90_000)
    context.close()
