"""The desks in a real JupyterLab: keys stay in them, and a notebook saved with its widgets holds nothing of anybody."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from stagekansen_lib.desk.first_looks import first_look, look_of
from stagekansen_lib.desk.margin_choices import weigh
from stagekansen_lib.intake.reading import read_survey
from tests import school_exports
from tests.browser.notebooks import ROOT, running_lab, wait_for_kernel

pytestmark = pytest.mark.browser

COUNTED = dict(zip(school_exports.FIELDS, ("6000", "5000", "2000"), strict=True))
CELLS = {"desk": "sk.take_in(language='nl')", "voices": "sk.voice_desk(language='nl')"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("codebooks", "rules", "registers"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    for name in ("raw", "interim"):
        (tmp_path / "data" / name).mkdir()
    for name, code in CELLS.items():
        cell = nbformat.v4.new_code_cell(f"import stagekansen_lib as sk\n{code}")  # type: ignore[no-untyped-call]
        notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
            cells=[cell],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")  # type: ignore[no-untyped-call]
    plugin = tmp_path / "settings" / "@jupyter-widgets" / "jupyterlab-manager" / "plugin.jupyterlab-settings"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(json.dumps({"saveState": True}), "utf-8")
    return tmp_path


@pytest.fixture
def lab(home: Path) -> Iterator[str]:
    own = {"STAGEKANSEN_HOME": home, "JUPYTERLAB_SETTINGS_DIR": home / "settings"}
    own |= {f"JUPYTER_{name}_DIR": home / name for name in ("CONFIG", "DATA", "RUNTIME")}
    options = ["--YDocExtension.disable_rtc=True", "--IdentityProvider.token=", f"--ServerApp.root_dir={home}"]
    with running_lab(["jupyterlab"], options, own) as address:
        yield address


def run_the_cell(page: Any) -> None:
    wait_for_kernel(page)
    page.locator(".jp-Cell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector(".desk h2", timeout=90_000)


def saved_with_widgets(page: Any, path: Path) -> str:
    """The notebook on the disk, once it was saved with the state of its widgets."""
    page.keyboard.press("Control+s")
    deadline = time.monotonic() + 30
    saved = ""
    while "widget-state" not in saved and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        saved = path.read_text("utf-8")
    assert "application/vnd.jupyter.widget-state+json" in saved
    return saved


def test_the_desk_works_in_jupyterlab_and_leaves_nothing_in_the_notebook(
    browser: Any, lab: str, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = school_exports.write_export("forms", 2025, tmp_path_factory.mktemp("outside"))
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{lab}/lab/tree/desk.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
    run_the_cell(page)
    cells = page.locator(".jp-CodeCell").count()
    page.set_input_files(".desk input[type=file]", file)
    page.wait_for_selector(".desk-card h3", timeout=90_000)
    page.locator("select[data-key='#consent']").focus()
    for key in "mdd":  # JupyterLab's own keys: a cell of Markdown, a cell deleted
        page.keyboard.press(key)
    assert (page.locator(".jp-CodeCell").count(), page.locator(".jp-MarkdownCell").count()) == (cells, 0)
    before = page.locator(".desk-progress").text_content()
    page.locator("[data-key$='#all']").first.click()
    page.wait_for_function("(text) => document.querySelector('.desk-progress').textContent !== text", arg=before)
    assert (home / "data" / "raw" / file.name).read_bytes() == file.read_bytes()
    assert list((home / "data" / "interim" / "drafts").glob("*.yaml"))
    saved = saved_with_widgets(page, home / "desk.ipynb")
    secrets = [
        *school_exports.WHY,
        *school_exports.FIELDS,
        *school_exports.ASKED.values(),
        "gesprek geweest",
        file.name,
    ]
    assert [secret for secret in secrets if secret in saved] == []
    context.close()


def test_a_file_leads_inside_jupyterlab_to_weights_a_comparison_and_a_trial_with_its_page_and_none_of_it_is_saved(
    browser: Any, lab: str, home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = home / "data" / "rules" / "steering_group.yaml"
    text = rules.read_text("utf-8").replace("decided_by: []", "decided_by: [Officer, Director]")
    rules.write_text(
        text.replace("  date:\n", "  date: 2026-11-25\n").replace("  version:\n", "  version: 3\n"), "utf-8"
    )
    file = school_exports.write_export("spss", 2025, tmp_path_factory.mktemp("outside"))
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{lab}/lab/tree/desk.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    run_the_cell(page)
    page.set_input_files(".desk input[type=file]", file)
    page.wait_for_selector(".desk-card h3")
    confirm_by_mouse(page)
    page.locator("[data-key='read-go']").click()
    page.wait_for_selector(".desk-report")
    page.locator("[data-key='weigh-question']").select_option(label=school_exports.ASKED["Q2"])
    for place, label in enumerate(page.locator("label:has([data-key^='weigh-number'])").all_inner_texts()):
        field = next(one for one in school_exports.FIELDS if label.startswith(one))
        page.locator(f"[data-key='weigh-number-{place}']").fill(COUNTED[field])
    page.locator("[data-key='weigh-go']").click()
    page.wait_for_selector(".desk-weighed:not(:empty)")
    page.locator("[data-key='look-outcome']").select_option("much_difficulty")
    page.locator("[data-key='look-group']").select_option("discrimination_experienced")
    page.locator("[data-key='look-go']").click()
    page.wait_for_selector(".desk-found table.picture")
    on_screen = page.locator(".desk-found table.picture td:not(.track)").all_inner_texts()
    page.locator("[data-key='declare-go']").click()
    page.wait_for_selector(".desk-declared:not(:empty)")
    page.locator("[data-key='trial-made']").fill("A. Maker")
    page.locator("[data-key='trial-checked']").fill("B. Checker")
    page.locator("[data-key='trial-go']").click()
    page.wait_for_selector(".desk-trial iframe")
    told = page.frame_locator(".desk-trial iframe").locator("h1").inner_text()
    saved = saved_with_widgets(page, home / "desk.ipynb")
    context.close()
    assert told == "Verkenner"
    monkeypatch.setenv("STAGEKANSEN_HOME", str(home))
    view = first_look(weigh(read_survey("stage_2025")), "nl").choose("much_difficulty", "discrimination_experienced")
    bars = look_of(view)["bars"]
    assert on_screen[2:] == [bar[name] for bar in bars for name in ("said", "margin", "n")]
    assert (home / "build" / "drafts" / "stage-2025-proef" / "release.json").is_file()
    assert [one for one in (*school_exports.FIELDS, *on_screen[2:4], "A. Maker", file.name) if one in saved] == []


def confirm_by_mouse(page: Any) -> None:
    """Every open point as proposed, one click each; the first question asks consent, and its first answer gives it."""
    page.locator("[data-key='#consent']").select_option(index=1)
    page.locator("[data-card=''] input[type=checkbox]").first.check()
    page.locator("[data-key='#consent#go']").click()
    progress = page.locator(".desk-progress")
    while (go := page.locator(".point:not(.done) :is([data-key$='#go'], [data-key$='#none']:first-child)")).count():
        before = progress.text_content()
        go.first.click()
        page.wait_for_function("(text) => document.querySelector('.desk-progress').textContent !== text", arg=before)


def test_voices_are_told_in_jupyterlab_and_a_saved_notebook_holds_no_word_of_them(
    browser: Any, lab: str, home: Path
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{lab}/lab/tree/voices.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    run_the_cell(page)
    cells = page.locator(".jp-CodeCell").count()
    said = "mdd Verzonnen: hoorde maanden niets van het bedrijf"
    page.locator("#desk-voter").fill("qxz")
    page.keyboard.press("Enter")
    page.locator("#desk-kind").select_option("add")
    page.locator("#desk-fill").click()
    page.locator("#desk-words").focus()
    page.keyboard.type(said)
    page.locator("#desk-spoken_in").fill("nl")
    for name, value in (("step", "keuze"), ("tone", "doubt"), ("level", "paraphrase"), ("how", "spoken")):
        page.locator(f"#desk-{name}").select_option(value)
    page.locator("#desk-on").fill("2026-11-01")
    page.locator("#desk-save").click()
    page.wait_for_selector(".message:not(:empty)")
    assert (page.locator(".jp-CodeCell").count(), page.locator(".jp-MarkdownCell").count()) == (cells, 0)
    # What stands open, with the words of the speaker on the screen, is not saved either.
    page.locator("#desk-sort-word").click()
    page.locator("details:has(#desk-sort-word) li button").first.click()
    page.wait_for_selector("blockquote")
    assert said in page.locator("blockquote").first.inner_text()
    page.locator("#desk-text_nl").fill("Half getypte tekst")
    store = (home / "data" / "interim" / "voices" / "voices.yaml").read_text("utf-8")
    assert said in store
    saved = saved_with_widgets(page, home / "voices.ipynb")
    number = store.split("id: ")[1][:32]
    assert [secret for secret in (said, "hoorde maanden", "qxz", "Half getypte", number) if secret in saved] == []
    context.close()
