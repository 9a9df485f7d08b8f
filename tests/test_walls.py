"""The wall: processes of the dashboards, really started, try to open answers and cannot; refusals say what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest

from stagekansen_lib.disclosure.protect import protect
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.pictures.charts import draw_distribution, draw_intervals
from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.releases.building import release
from stagekansen_lib.site.rendering import render_notebook
from tests.tries import TRIES

SERVING = """
import sys
from stagekansen_lib.site import serving
from stagekansen_lib.cli import __main__ as cli
def serve(folder, *, port, builder, started, told):
    started("http://127.0.0.1/")
    print("tried", *tries(sys.argv[1]))
    import subprocess
    print("builds", subprocess.run(builder, stdout=subprocess.DEVNULL).returncode)
    print("pages", len(list(folder.glob("*/nl/*.html"))) > 5)
serving.serve_site = serve
raise SystemExit(cli.main(["dashboards", "--no-browser"]))
"""


@pytest.fixture
def answers() -> str:
    return str(data_folder("example", "example_2022.csv"))


def test_the_tries_open_the_file_where_there_is_no_wall(answers: str, tmp_path: Path) -> None:
    copy = tmp_path / "example_2022.csv"
    copy.write_bytes(Path(answers).read_bytes())
    program = f"{TRIES}\nimport sys; print(*tries(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", program, str(copy)], capture_output=True, text=True, check=True)
    opened = done.stdout.splitlines()[-1]
    assert all(f"'{way}'" in opened for way in ("open", "os", "pandas", "numpy", "list", "program", "copy")), opened


def test_the_process_that_serves_the_dashboards_cannot_open_answers(site: Path, answers: str) -> None:
    assert site.exists()
    done = subprocess.run(
        [sys.executable, "-c", TRIES + SERVING, answers], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "tried 20 []" in done.stdout
    assert "builds 0" in done.stdout  # the one command that it may start, which finds the finished pages
    assert "pages True" in done.stdout
    assert Path(answers).is_file()


def test_a_kernel_that_makes_a_page_cannot_open_answers(answers: str, tmp_path: Path) -> None:
    """A notebook in the place of a dashboard, through the same renderer and template."""
    folder = tmp_path / "dashboards"
    folder.mkdir()
    (folder / "template").symlink_to(project_folder() / "dashboards" / "template")
    cell = f"import stagekansen_lib\n{TRIES}\nfrom IPython.display import HTML\nHTML(str(tries({answers!r})))"
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(book, folder / "look.ipynb")
    from stagekansen_lib.site.building import page_frame

    # In a thread, as the builder does it: the browser tests may keep an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        made = pool.submit(
            render_notebook, folder / "look.ipynb", page=page_frame("overzicht", "nl", key="0" * 16), environment={}
        )
    html = made.result()
    assert "(20, [])" in html


def test_the_folder_of_microdata_is_closed_too(tmp_path: Path) -> None:
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / "answers.csv").write_text("a\n1\n")
    program = "import stagekansen_lib, pathlib, sys; print(pathlib.Path(sys.argv[1]).read_text())"
    environment = {**os.environ, "STAGEKANSEN_WALL": "closed", "STAGEKANSEN_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(raw / "answers.csv")],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode != 0
    assert "cannot open answers" in done.stderr


@pytest.mark.parametrize("what", ["estimate", "frame", "survey", "list"])
def test_pictures_and_releases_refuse_what_has_not_passed_protect(what: str, tmp_path: Path) -> None:
    survey = read_survey("example_2022")
    estimate = share(survey, "level")
    things: dict[str, Any] = {
        "estimate": estimate, "frame": estimate.table, "survey": survey, "list": protect(estimate)
    }  # fmt: skip
    for draw in (draw_intervals, draw_distribution):
        with pytest.raises(RefusedError, match=r"Only published tables.*(Call protect|Make an estimate|one published)"):
            draw(things[what])
    if what != "list":
        with pytest.raises(InputError, match="Call protect on the results first"):
            release([things[what]], name="no", made_by="A", checked_by="B", into=tmp_path)
