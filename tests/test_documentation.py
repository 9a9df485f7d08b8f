"""The documentation site: built with every warning as an error, and everything public is on it."""

from __future__ import annotations

import contextlib
import html
import io
import json
import queue
import re
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.cli.__main__ import all_words
from stagekansen_lib.errors import InputError, StagekansenError
from stagekansen_lib.site import documentation
from stagekansen_lib.site.documentation import build_docs, serve_docs

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "generated" not in path.parts)
RUN_HERE = (
    "how-to/prove-a-release.md",
    "explanation/self-selection.md",
    "explanation/yearly-index.md",
    "for-spss-users.md",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site")
    words = ["-W", "--keep-going", "-q", "-b", "html", "-d", str(place / "trees"), str(DOCS), str(place / "html")]
    done = subprocess.run([sys.executable, "-m", "sphinx", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return place / "html"


def read(page: Path) -> str:
    return html.unescape(page.read_text("utf-8"))


def test_every_public_name_has_its_page_and_stands_in_the_list(site: Path) -> None:
    listed = read(site / "generated" / "functions.html")
    for name in set(sk.__all__) - {"__version__"}:
        assert f'href="api/stagekansen_lib.{name}.html' in listed, name
        page = read(site / "generated" / "api" / f"stagekansen_lib.{name}.html")
        assert f'id="stagekansen_lib.{name}"' in page, name


def test_every_word_of_the_command_is_there(site: Path) -> None:
    page = read(site / "commands.html")
    words = [word.name for word in all_words().all]
    assert "prove" in words
    assert [word for word in words if f'id="{word.replace(" ", "-")}"' not in page] == []


def test_every_notebook_page_and_register_is_there(site: Path) -> None:
    notebooks, registers = (read(site / "generated" / f"{name}.html") for name in ("notebooks", "registers"))
    made = [path.name for path in (ROOT / "notebooks").glob("*.ipynb")]
    made += [path.stem for path in (ROOT / "dashboards").glob("*.ipynb")]
    assert [name for name in made if name not in notebooks] == []
    named = {path.stem for path in (ROOT / "data" / "registers").glob("*.yaml")} - {"card"}
    assert len(named) > 10
    assert {name for name in named if f"<h2>{name}<" not in registers} == set()


def test_every_block_of_the_gallery_has_its_picture_and_every_drawing_function_is_in_it(site: Path) -> None:
    code, page = (DOCS / "gallery.md").read_text("utf-8"), read(site / "gallery.html")
    assert (site / "gallery.html").read_text("utf-8").count("<iframe") == code.count("```python") > 4
    assert page.count('<svg class="chart"') == code.count("sk.draw_intervals") + code.count("sk.draw_distribution")
    assert {name for name in sk.__all__ if name.startswith("draw_")} == set(re.findall(r"sk\.(draw_\w+)", code))


def test_no_page_asks_anything_of_another_server(site: Path) -> None:
    asked = re.compile(r"<(?:script|link|img|iframe|source)[^>]*(?:src|href)=\"(?:https?:)?//")
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(sk.__all__)
    assert [page.name for page in pages if asked.search(page.read_text("utf-8"))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"(?:start\.py|stagekansen) ([a-z]+(?: [a-z]+(?:-[a-z]+)*)?)", page.read_text("utf-8"))
    known = {word.name for word in all_words().all} | {"test"}
    first = {name.split()[0] for name in known}
    groups = {name.split()[0] for name in known if " " in name}
    for words in named:
        one = words.split()[0]
        assert one in first, words
        assert one not in groups or words in known or " " not in words, words


@pytest.mark.parametrize("name", RUN_HERE)
def test_the_code_on_a_page_runs(name: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / name).read_text("utf-8"), re.DOTALL)
    known: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for block in blocks:
            exec(block, known)
    assert printed.getvalue()


def test_the_ten_questions_each_have_a_link() -> None:
    asked = re.split(r"^\*\*(?=\d+\.)", (DOCS / "how-to" / "questions.md").read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert [int(one.partition(".")[0]) for one in asked] == list(range(1, 11))
    assert [one[:20] for one in asked if "](" not in one and "made up" not in one] == []


# What a newcomer types in the search field, and the page with the answer.
SEARCHED = {
    "install": "how-to/questions",
    "licence": "how-to/questions",
    "several people notebook": "together",
    "several teams one server": "how-to/hub",
    "backup restore": "how-to/hub",
    "figure hidden": "disclosure-control",
    "complex samples": "for-spss-users",
    "eigen meting": "tutorials/own-survey",
    "check release": "how-to/prove-a-release",
    "withdraw student": "how-to/questions",
    "another maintainer": "how-to/year-two",
    "people memory machine": "how-to/sizes",
    "read release R": "how-to/read-a-release",
    "cite": "how-to/read-a-release",
    "hidden figure": "disclosure-control",
    "self selection": "explanation/self-selection",
    "restore backup": "how-to/hub",
    "SURFconext": "how-to/hub",
    "datasprint": "tutorials/first-sprint",
    "Microsoft Forms": "tutorials/own-survey",
    "terugtrekken": "how-to/questions",
    "wachtwoord vergeten": "how-to/questions",
    "password": "how-to/hub",
}


def search(site: Path, words: str) -> list[str]:
    """The pages that the search field of the site gives, the best first: as its own script scores them."""
    from sphinx.search.en import SearchEnglish

    text, language = (site / "searchindex.js").read_text("utf-8"), SearchEnglish({})
    index = json.loads(text[text.index("(") + 1 : text.rindex(")")])
    scores: dict[int, int] = {}
    left = set(range(len(index["docnames"])))
    for word in words.split():
        stem, here = language.stem(word), dict[int, int]()
        for kind, whole, part in (("terms", 5, 2), ("titleterms", 15, 7)):
            for term, pages in index[kind].items():
                if stem in term:
                    for page in [pages] if isinstance(pages, int) else pages:
                        here[page] = max(here.get(page, 0), whole if term == stem else part)
        left &= set(here)
        scores = {page: scores.get(page, 0) + score for page, score in here.items()}
    return [index["docnames"][page] for page in sorted(left, key=lambda page: (-scores[page], page))]


@pytest.mark.parametrize(("words", "page"), SEARCHED.items())
def test_what_a_newcomer_looks_for_is_among_the_first_five_found(site: Path, words: str, page: str) -> None:
    assert page in search(site, words)[:5]


def test_a_search_for_what_is_nowhere_finds_nothing(site: Path) -> None:
    assert search(site, "xylofoon") == []


def test_without_a_clone_there_is_nothing_to_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documentation, "project_folder", lambda: tmp_path)
    with pytest.raises(InputError, match="no folder 'docs'"):
        build_docs()


def test_a_broken_link_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(documentation, "project_folder", lambda: tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "conf.py").write_text('extensions = ["myst_parser"]\nhtml_theme = "basic"\n', "utf-8")
    page = tmp_path / "docs" / "index.md"
    page.write_text("# A page\n\n[gone](gone.md)\n", "utf-8")
    with pytest.raises(StagekansenError, match="not built"):
        build_docs()
    assert "gone" in capfd.readouterr().err
    page.write_text("# A page\n", "utf-8")
    assert (build_docs() / "index.html").is_file()


def test_a_built_site_is_served_on_this_computer(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("Here.", "utf-8")
    addresses: queue.Queue[str] = queue.Queue()
    threading.Thread(
        target=serve_docs, args=(tmp_path,), kwargs={"port": 0, "started": addresses.put}, daemon=True
    ).start()
    address = addresses.get(timeout=20)
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(address, timeout=20) as answer:
        assert answer.read() == b"Here."
