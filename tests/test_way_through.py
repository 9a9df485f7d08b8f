"""The real way through by the command: two years, registers, map and pages pass; a planted leak of each kind is caught.

Leaks inside the rows, entries and files of a release, and in pages, stand one by one in test_attack.py and
test_attack_pages.py. Here somebody who owns the folder plants them in what the command made, seals it again, and the
command is asked to attack, to check, and to make pages.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.errors import RefusedError
from stagekansen_lib.pictures.charts import draw_intervals
from stagekansen_lib.pictures.maps import Marker, Paint, draw_figures, draw_reporting_points
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.registers.public_points import public_reporting_points
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.releases.checking import check_releases
from stagekansen_lib.releases.reading import read_release
from stagekansen_lib.site.building import build_site
from stagekansen_lib.views.journey import page as journey_page
from tests.leaks import change_facts, change_rows, everywhere, figure
from tests.years import write_year

NAMES = ["--made-by", "A. Maker", "--checked-by", "B. Checker"]
LAST = "year-2023"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project in which the command released two years, the second of other made-up students."""
    home = tmp_path_factory.mktemp("project")
    shutil.copytree(data_folder(), home / "data")
    shutil.rmtree(home / "data" / "published")
    (home / "data" / "published").mkdir()
    raw = write_year(home / "example_2023.csv", 7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STAGEKANSEN_HOME", str(home))
        assert cli.main(["release", "year-2022", *NAMES, "--wave", "2022", "--date", "2026-11-01"]) == 0
        again = ["--survey", str(raw), "--wave", "2023", "--date", "2027-11-01"]
        assert cli.main(["release", LAST, *NAMES, *again]) == 0
        yield home


@pytest.fixture
def published(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project that a test may spoil; returns its folder of releases, with pages beside it."""
    shutil.copytree(project, tmp_path / "project")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path / "project"))
    write_pages(tmp_path / "project")
    return tmp_path / "project" / "data" / "published"


def write_pages(project: Path) -> None:
    """Pictures and sentences of the release, the map of points, the map of figures, and the voices on the journey."""
    site, release = project / "site", read_release(LAST)
    site.mkdir()
    parts = [f"{draw_intervals(one).svg}<p>{one.sentence('nl')}</p>" for one in release.tables.values()]
    points = public_reporting_points(read_registers(release.registers))
    placed = [one for one in points if one.marker and one.latitude and one.longitude]
    markers = [Marker(one.id, one.name, one.purpose, one.latitude, one.longitude) for one in placed[:5]]
    assert markers
    pages = {
        "verkenner": "".join(parts),
        "meldpunten-kaart": draw_reporting_points(markers).html,
        "kaart-kaart": draw_figures([Paint("inhabitants", {"GM0518": 1}, {"GM0518": "?"})]).html,
        "stagereis": journey_page(read_registers(release.registers), "nl"),
    }
    for name, text in pages.items():
        (site / f"{name}.html").write_text(text, "utf-8")


def seal(published: Path, name: str = LAST) -> None:
    """What the owner of the folder can do: write all fingerprints and the seal anew."""
    folder = published / name
    facts = json.loads((folder / "release.json").read_text("utf-8"))
    for entry in (*facts["tables"], facts["codebook"], facts["attack"], *facts["registers"], *facts["rules"]["files"]):
        entry["sha256"] = hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest()
    content = json.dumps(facts).encode()
    (folder / "release.json").write_bytes(content)
    (folder / "release.json.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  release.json\n", "utf-8")


def test_two_years_with_registers_maps_and_voices_pass(published: Path) -> None:
    site = published.parent.parent / "site"
    voice = next(iter(read_registers().voices)).label_nl
    assert " ".join(voice.split())[:40] in " ".join((site / "stagereis.html").read_text("utf-8").split())
    assert cli.main(["attack", LAST, "--site", str(site)]) == 0
    assert check_releases() == []
    # Sealed again without a change it is still in order: what is caught below is the leak, not the seal.
    seal(published)
    assert check_releases() == []


def voice_by_respondent(published: Path) -> None:
    path = published / LAST / "registers" / "voices.yaml"
    path.write_text(path.read_text("utf-8").replace("    tone: doubt\n", "    tone: doubt\n    respondent: R17\n", 1))


IN_RELEASE: dict[str, Callable[[Path], object]] = {
    "a count": lambda home: change_rows(home, "experience", everywhere("count", "161"), LAST),
    "an exact base": lambda home: change_rows(home, "experience", everywhere("base", "324"), LAST),
    "a percentage off the grid": lambda home: change_rows(home, "experience", everywhere("estimate", "0.4968"), LAST),
    "a small group": lambda home: change_rows(home, "grounds", lambda rows: [figure(rows[0], "0.01"), *rows[1:]], LAST),
    "an exact p": lambda home: change_facts(home, lambda facts: facts["comparisons"][0].update(p_class="0.03"), LAST),
    "a voice with its respondent": voice_by_respondent,
}


@pytest.mark.parametrize("leak", IN_RELEASE)
def test_a_leak_in_a_release_that_was_sealed_again_is_caught_and_no_page_is_made(
    leak: str, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    IN_RELEASE[leak](published)
    seal(published)
    read_release(LAST)  # the seals fit: they alone would not notice
    assert cli.main(["attack", LAST]) == 1
    capsys.readouterr()
    assert cli.main(["check"]) == 1
    assert "does not withstand the attacks" in capsys.readouterr().out
    with pytest.raises(RefusedError, match=r"No pages are made.*year-2023.*does not withstand"):
        build_site(progress=False)


def test_another_figure_sealed_again_breaks_the_chain_unless_it_is_the_last(published: Path) -> None:
    """What a chain of seals tells, and what it cannot: the owner of the folder can seal all of it again."""
    change_facts(published, lambda facts: facts.update(made_by="C. Other"), "year-2022")
    seal(published, "year-2022")
    assert "made after another 'year-2022'" in str(check_releases()[0])
    with pytest.raises(RefusedError, match="No pages are made"):
        build_site(progress=False)
    shutil.rmtree(published / "year-2022")
    assert "is not here" in str(check_releases()[0])


def hidden_sheet(site: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("raw").sheet_state = "hidden"
    book.save(site / "out.xlsx")


def in_page(name: str, old: str, new: str) -> Callable[[Path], None]:
    def plant(site: Path) -> None:
        text = (site / name).read_text("utf-8")
        assert old in text
        (site / name).write_text(text.replace(old, new, 1), "utf-8")

    return plant


IN_PAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a hidden sheet": (hidden_sheet, "out.xlsx, a hidden sheet"),
    "the maker of a picture": (
        lambda site: (site / "look.svg").write_text("<svg><!-- /home/anna/look.py --></svg>", "utf-8") and None,
        "look.svg, ",
    ),
    "a property of an area": (
        in_page("kaart-kaart.html", '"properties":{', '"properties":{"discrimination_experienced":0.49,'),
        "kaart-kaart.html, areas tell discrimination_experienced",
    ),
    "a number beside a bar": (in_page("verkenner.html", "<svg ", '<svg data-n="161" '), "something that is not seen"),
    "rows of people in the order of the survey": (
        lambda site: (site / "stemmen.csv").write_text("respondent_id;stem\nR1;a\nR2;b\n", "utf-8") and None,
        "stemmen.csv, rows of people",
    ),
}


@pytest.mark.parametrize("leak", IN_PAGES)
def test_a_leak_in_pages_or_exports_of_that_release_is_caught(
    leak: str, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant, said = IN_PAGES[leak]
    site = published.parent.parent / "site"
    plant(site)
    assert cli.main(["attack", LAST, "--site", str(site)]) == 1
    assert said in capsys.readouterr().out
