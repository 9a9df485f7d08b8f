"""A release by the only way through: from the raw file of a survey to the frozen folder, year after year."""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.attacks.attack import attack
from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.pictures.maps import Marker, draw_reporting_points
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.registers.public_points import public_reporting_points
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.releases.from_surveys import release_survey
from stagekansen_lib.releases.reading import Release, read_release
from stagekansen_lib.withdrawals.wave_links import links_folder
from tests.years import contents, mark_made_up, write_year

DAY = dt.date(2026, 11, 1)


def make(name: str, into: Path, **changes: Any) -> Release:
    words: dict[str, Any] = {
        "made_by": "A. Maker", "checked_by": "B. Checker", "date": DAY, "into": into, "wave": "2022", **changes
    }  # fmt: skip
    return release_survey(name, **words)


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, int]:
    """Two yearly releases, the second of students that this run made up; the folder, the raw file and the seed."""
    place = tmp_path_factory.mktemp("years")
    seed = secrets.randbelow(10**6)
    raw = write_year(place / "example_2023.csv", seed)
    home = place / "published"
    home.mkdir()
    make("year-2022", home, wave="2022")
    make("year-2023", home, survey=raw, wave="2023", date=dt.date(2027, 11, 1))
    return home, raw, seed


def test_two_yearly_releases_pass_with_registers_and_map(years: tuple[Path, Path, int]) -> None:
    home, _, seed = years
    print(f"seed of this run: {seed}")  # noqa: T201
    first, second = (read_release(name, folder=home) for name in ("year-2022", "year-2023"))
    assert (second.previous, second.previous_sha256) == ("year-2022", first.sha256)
    assert (first.wave, second.wave) == ("2022", "2023")
    assert first.margins == second.margins == "students_haaglanden_2019"
    assert first.synthetic
    assert second.synthetic
    for one in (first, second):
        for name in ("level", "experience", "experience_by_level"):
            assert one.tables[name].shown == len(one.tables[name].table), (seed, name)
        assert attack(one.name, folder=home).passed, seed
    assert first.kept >= 0.8
    registers = read_registers(second.registers)
    assert len(registers.reporting_points) == len(read_registers().reporting_points)
    points = [one for one in public_reporting_points(registers) if one.marker and one.latitude and one.longitude]
    drawn = draw_reporting_points([Marker(p.id, p.name, p.purpose, p.latitude, p.longitude) for p in points]).html
    assert points[0].id in drawn


def test_different_years_are_not_taken_for_versions_of_one_wave(years: tuple[Path, Path, int]) -> None:
    verdicts = {check.number: check.verdict for check in attack("year-2023", folder=years[0]).checks}
    assert verdicts[6] == verdicts[22] == "not applicable"


def test_a_late_answer_is_refused_under_whatever_name(years: tuple[Path, Path, int], tmp_path: Path) -> None:
    """Rule R9: the same wave with a few answers less, as another file, name and wave."""
    home = tmp_path / "published"
    shutil.copytree(years[0], home)
    shutil.copytree(links_folder(years[0]), links_folder(home))
    lines = years[1].read_text("utf-8-sig").splitlines()
    fewer = tmp_path / "other_name.csv"
    fewer.write_text("\n".join([*lines[:20], *lines[26:]]) + "\n", "utf-8-sig")
    mark_made_up(fewer)
    with pytest.raises(RefusedError, match=r"respondents of release 'year-2023'.*give wave='2023'"):
        make("again", home, survey=fewer, wave="some other wave")
    with pytest.raises(RefusedError, match=r"Rule R9.*beside 'year-2023'"):
        make("again", home, survey=fewer, wave="2023")
    assert sorted(path.name for path in home.iterdir()) == ["year-2022", "year-2023"]


BUILD = """
import datetime, pathlib, sys
from stagekansen_lib.releases.from_surveys import release_survey
day, place = datetime.date(2026, 11, 1), pathlib.Path(sys.argv[1])
release_survey("same", made_by="A", checked_by="B", date=day, into=place, wave="2022")
"""


def test_two_processes_in_two_folders_make_the_same_bytes(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        place = tmp_path / f"with space {seed}"
        place.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", BUILD, str(place)], check=True, cwd=place, env=environment)
    first, second = (contents(tmp_path / f"with space {seed}" / "same") for seed in ("1", "2"))
    assert len(first) > 30
    assert first == second


QUERIES = """
import hashlib, random, sys
from stagekansen_lib.pictures.charts import draw_intervals
from stagekansen_lib.releases.reading import read_release
release = read_release("example-2022")
asked = [(name, language, form) for name in sorted(release.tables) for language in ("nl", "en")
         for form in ("sentence", "reliability", "chart", "rows")]
def answer(name, language, form):
    table = release.tables[name]
    if form == "chart": return draw_intervals(table, language=language).svg
    if form == "rows": return table.table.to_csv(index=False)
    return getattr(table, form)(language)
random.seed(int(sys.argv[1]))
given, order = {}, [random.choice(asked) for _ in range(1000)] + asked
for one in order:
    text = answer(*one)
    assert given.setdefault(one, text) == text, one
print(len(given), hashlib.sha256("".join(given[one] for one in asked).encode()).hexdigest())
"""


def test_a_thousand_queries_in_any_order_and_process_give_the_same_bytes() -> None:
    said = set()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", QUERIES, seed], check=True, capture_output=True, text=True, env=environment
        )
        said.add(done.stdout)
    assert len(said) == 1
    assert said.pop().startswith("136 ")


def test_the_way_through_tells_its_steps_and_refuses_before_it_works(tmp_path: Path) -> None:
    steps: list[str] = []
    make("look", tmp_path, draft=True, tell=steps.append)
    assert steps == ["read", "weigh", "estimate", "protect", "attack"]
    steps.clear()
    with pytest.raises(RefusedError, match="two people"):
        make("one", tmp_path, checked_by="a maker", tell=steps.append)
    with pytest.raises(InputError, match="cannot be the name"):
        make("One", tmp_path, tell=steps.append)
    assert steps == []


def test_margins_may_be_left_out_only_by_saying_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert make("plain", tmp_path, margins="none", draft=True).margins == ""
    monkeypatch.setattr("stagekansen_lib.releases.from_surveys.read_release_margins", lambda _: "")
    with pytest.raises(InputError, match="not said to which population counts"):
        make("unsaid", tmp_path, draft=True)


def test_a_draft_that_breaks_leaves_the_last_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(make("look", tmp_path, draft=True).folder)
    rename = Path.rename

    def fails(path: Path, target: Path) -> Path:
        if path.name.startswith(".partial"):
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(KeyboardInterrupt):
        make("look", tmp_path, draft=True, date=dt.date(2027, 1, 1))
    assert contents(tmp_path / "look") == before
    assert [path.name for path in tmp_path.iterdir()] == ["look"]


def test_the_command_makes_a_draft_and_says_what_became_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(data_folder(), tmp_path / "data")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    names = ["--made-by", "A. Maker", "--checked-by", "B. Checker", "--date", "2026-11-24", "--language", "en"]
    assert cli.main(["release", "look", *names, "--draft"]) == 0
    assert cli.main(["release", "example-2026", *names, "--wave", "2022"]) == 0
    printed = capsys.readouterr()
    assert "data/published/example-2026" in printed.out.replace(os.sep, "/")
    assert "None of them found a small group" in printed.out
    assert "Made-up data" in printed.out
    facts = json.loads((tmp_path / "data" / "published" / "example-2026" / "release.json").read_text("utf-8"))
    assert facts["previous"]["name"] == "voorbeeldstad-2024"  # the newest of the two that come with the project
    assert facts["wave"] == "2022"
    assert cli.main(["release", "example-2027", *names]) == 2
    assert "does not name its wave" in capsys.readouterr().err
    assert cli.main(["release", "example-2026", *names, "--wave", "2022"]) == 3
    assert "never changed" in capsys.readouterr().err


def test_answers_of_people_are_released_only_when_the_rules_name_who_judged_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made-up answers without proof count as real, whatever a column says."""
    shutil.copytree(data_folder(), tmp_path / "data", ignore=shutil.ignore_patterns(".waves"))
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    real = tmp_path / "data" / "raw" / "real.csv"
    real.parent.mkdir(exist_ok=True)
    # The column says that they are made up, and no card proves it: one added column makes no answer publishable.
    shutil.copy(write_year(tmp_path / "marked.csv", 5), real)
    with pytest.raises(RefusedError, match=r"not marked synthetic.*real_surveys"):
        make("real", tmp_path / "out", survey=real)
    rules = tmp_path / "data" / "rules" / "steering_group.yaml"
    whole = rules.read_text("utf-8")

    def judged(by: str, date: str, version: str) -> None:
        text = whole.replace("decided_by: []", f"decided_by: [{by}]").replace("  date:\n", f"  date: {date}\n")
        rules.write_text(text.replace("  version:\n", f"  version: {version}\n"), "utf-8")

    for by, date, version, lacking in (
        ("Officer", "2026-11-25", "3", "Two people"),
        ("Officer, officer", "2026-11-25", "3", "Two people"),
        ("Officer, Director", "soon", "3", "date"),
        ("Officer, Director", "2026-11-25", "2", "about version 2"),
    ):
        judged(by, date, version)
        with pytest.raises(InputError, match=lacking):
            make("real", tmp_path / "out", survey=real)
    judged("Officer, Director", "2026-11-25", "3")
    made = make("real", tmp_path / "out", survey=real)
    assert not made.synthetic
    (links,) = (tmp_path / "data" / "interim" / ".waves").glob("*.json")
    assert json.loads(links.read_text("utf-8"))["until"] == "2027-05-04", "six months, when no privacy file says when"
    assert attack("real", folder=tmp_path / "out").passed
    # The public rules stand on these, and were not judged by that.
    with pytest.raises(RefusedError, match="public 3"):
        make("real-2", tmp_path / "out", survey=real, rules="public")
