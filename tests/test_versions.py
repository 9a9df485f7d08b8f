"""Versions of one wave are known by their respondents, and one that would betray the difference is refused."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import re
import shutil
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.privacy.answer_files import LINKS, files_of_answers
from stagekansen_lib.privacy.cards import check_privacy_files
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases import building, versions
from stagekansen_lib.releases.from_surveys import release_survey
from stagekansen_lib.releases.reading import Release, list_releases
from stagekansen_lib.withdrawals.reapplying import answers_opened
from stagekansen_lib.withdrawals.wave_links import close_expired, links_folder, read_links
from stagekansen_lib.withdrawals.withdrawal import withdraw
from tests.years import mark_made_up, write_year

Rows = list[dict[str, str]]
NUMBER = "respondent_id"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one release of a made-up year, and the export that it was made from."""
    place = tmp_path_factory.mktemp("versions")
    write_year(place / "year.csv", 41)
    (place / "published").mkdir()
    make(place, "first", "year.csv")
    return place


@pytest.fixture
def place(first: Path, tmp_path: Path) -> Path:
    shutil.copytree(first, tmp_path / "place")
    return tmp_path / "place"


def make(place: Path, name: str, file: str, wave: str = "2030") -> Release:
    return release_survey(
        name, made_by="A. Maker", checked_by="B. Checker", survey=place / file, wave=wave, margins="none",
        into=place / "published",
    )  # fmt: skip


def changed(place: Path, change: Callable[[Rows], Rows], file: str = "next.csv") -> str:
    """The export with other rows, as another file, proven to be made up as the first is."""
    with (place / "year.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    kept = change([row for row in rows if None not in row.values()])  # a row that was cut off would be mended here
    with (place / file).open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(kept[0]), delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    mark_made_up(place / file)
    return file


def programme(row: dict[str, str]) -> str:
    return next(value for name, value in row.items() if name.startswith("a1."))


def one_less(rows: Rows) -> Rows:
    return [*rows[:40], *rows[41:]]


def a_group_less(rows: Rows) -> Rows:
    """Without the students of one kind of programme."""
    sizes = Counter(programme(row) for row in rows)
    group = min((one for one, size in sizes.items() if size >= 12), key=lambda one: sizes[one])
    assert sizes[group] < len(rows) / 3, "a group of some size"
    return [row for row in rows if programme(row) != group]


def other_numbers(rows: Rows) -> Rows:
    """The same answers in another order under other numbers, as a new export gives them."""
    numbers = {row[NUMBER]: str(number) for number, row in enumerate(reversed(rows), 1)}
    # Who answered twice stands in the same order as before: the first row counts.
    return [{**row, NUMBER: numbers[row[NUMBER]]} for row in sorted(rows, key=lambda row: int(numbers[row[NUMBER]]))]


def without_numbers(rows: Rows) -> Rows:
    return [{name: value for name, value in row.items() if name != NUMBER} for row in rows]


CHANGES: dict[str, Callable[[Rows], Rows]] = {
    "one answer fewer": one_less,
    "a group fewer": a_group_less,
    "one fewer under other numbers": lambda rows: other_numbers(one_less(rows)),
    "one fewer without numbers": lambda rows: without_numbers(one_less(rows)),
    "a group fewer under other numbers": lambda rows: other_numbers(a_group_less(rows)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_version_that_betrays_the_difference_is_refused_under_whatever_name(place: Path, what: str) -> None:
    file = changed(place, CHANGES[what])
    with pytest.raises(RefusedError, match=r"Rule R9: .*version of wave '2030', and beside 'first'"):
        make(place, "second", file)
    with pytest.raises(RefusedError, match=r"respondents of release 'first'.*give wave='2030'"):
        make(place, "second", file, wave="another")
    assert list_releases(place / "published") == ["first"]


def test_the_refusal_names_tables_and_no_count(place: Path) -> None:
    with pytest.raises(RefusedError, match=r"the difference \((\w+, )+.*\): figures") as refused:
        make(place, "second", changed(place, one_less))
    assert not re.search(r"\b\d+ (answers?|students?|people)", str(refused.value).replace("and 10 more", ""))


@pytest.mark.parametrize("what", ["one answer fewer", "a group fewer"])
def test_without_the_comparison_the_attacks_refuse_it(place: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "_refuse_small_change", lambda *_: None)
    with pytest.raises(RefusedError, match=r"Attack (6|22)"):
        make(place, "second", changed(place, CHANGES[what]))


def test_without_the_links_a_wave_under_another_name_would_go_out(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = changed(place, CHANGES["one fewer under other numbers"])
    monkeypatch.setattr(versions, "_refuse_other_wave", lambda *_: None)
    assert make(place, "second", file, wave="another").name == "second"


def test_the_same_answers_may_go_out_again_and_other_people_are_another_wave(place: Path) -> None:
    assert make(place, "second", changed(place, other_numbers)).previous == "first"
    write_year(place / "later.csv", 42)
    # Numbers count from one again in each survey: they link nobody by themselves.
    assert make(place, "third", "later.csv", wave="2031").previous == "second"


def test_links_lie_beside_the_releases_for_their_owner_alone_and_hold_no_answer(place: Path) -> None:
    folder = links_folder(place / "published")
    assert folder.parent == place
    (file,) = folder.glob("*.json")
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (folder / ".gitignore").read_text("utf-8") == "*\n"
    content = json.loads(file.read_text("utf-8"))
    assert len(content["key"]) == 64
    hashes = content["releases"]["first"]["respondents"]
    assert len(hashes) > 300
    assert all(len(one[kind]) in (0, 16) for one in hashes for kind in ("number", "sitting", "answers"))
    with (place / "year.csv").open(encoding="utf-8-sig", newline="") as stream:
        numbers = {row[NUMBER] for row in csv.DictReader(stream, delimiter=";")}
    assert not any(f'"{number}"' in file.read_text("utf-8") for number in numbers)


def test_a_second_wave_has_a_key_of_its_own(place: Path) -> None:
    write_year(place / "later.csv", 42)
    make(place, "third", "later.csv", wave="2031")
    keys = {links.wave: links.key for links in read_links(links_folder(place / "published"))}
    assert set(keys) == {"2030", "2031"}
    assert keys["2030"] != keys["2031"]


def test_of_two_versions_made_at_once_the_second_is_made_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = changed(place, other_numbers)
    compare = building.versions_of

    def meanwhile(*given: Any, **words: Any) -> versions.Version:
        version = compare(*given, **words)
        versions.remember_version(replace(version, name="theirs"))
        return version

    monkeypatch.setattr(building, "versions_of", meanwhile)
    with pytest.raises(RefusedError, match="Another version of wave '2030' was made meanwhile"):
        make(place, "second", file)
    assert list_releases(place / "published") == ["first"]


# Retention and withdrawal -------------------------------------------------------------------------------------------


@pytest.fixture
def project(first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose answers are of people, as far as it knows, with the links of one release."""
    home = tmp_path / "project"
    for name in ("raw", "interim", "published"):
        (home / "data" / name).mkdir(parents=True)
    for part in data_folder().iterdir():
        if part.name not in ("raw", "interim", "published") and not part.name.startswith("."):
            (home / "data" / part.name).symlink_to(part)
    shutil.copy(first / "year.csv", home / "data" / "raw" / "year.csv")
    shutil.copytree(links_folder(first / "published"), home / "data" / "interim" / LINKS)
    shutil.copytree(first / "published" / "first", home / "data" / "published" / "first")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(home))
    return home


def links_of(project: Path) -> dict[str, object]:
    (file,) = (project / "data" / "interim" / LINKS).glob("*.json")
    content: dict[str, object] = json.loads(file.read_text("utf-8"))
    return content


def rewrite(project: Path, **changes: object) -> None:
    (file,) = (project / "data" / "interim" / LINKS).glob("*.json")
    file.write_text(json.dumps({**links_of(project), **changes}), "utf-8")


@pytest.mark.usefixtures("project")
def test_links_are_no_file_of_answers_for_the_other_checks() -> None:
    assert [file.name for file in files_of_answers()] == ["year.csv"]
    assert all(LINKS not in str(problem) for problem in check_privacy_files())


def test_on_the_retention_date_key_hashes_and_counts_go_and_the_wave_is_closed(project: Path) -> None:
    rewrite(project, until="2030-06-30")
    assert close_expired(today=dt.date(2030, 6, 30)) == []
    assert close_expired(today=dt.date(2030, 7, 1)) == ["2030"]
    content = links_of(project)
    assert (content["key"], content["releases"], content["closed_on"]) == ("", {}, "2030-07-01")
    mark_made_up(project / "data" / "raw" / "year.csv")
    with pytest.raises(RefusedError, match="takes no new version: its retention date passed"):
        release_survey(
            "second",
            made_by="A",
            checked_by="B",
            survey=project / "data" / "raw" / "year.csv",
            wave="2030",
            margins="none",
        )


def test_whoever_opens_answers_after_the_date_destroys_the_links_first(project: Path) -> None:
    rewrite(project, until="2020-01-01")
    with answers_opened("read year"):
        assert links_of(project)["key"] == ""


def respondents(project: Path) -> list[dict[str, str]]:
    releases = links_of(project)["releases"]
    assert isinstance(releases, dict)
    found: list[dict[str, str]] = releases["first"]["respondents"]
    return found


def test_who_withdraws_leaves_the_links_too(project: Path) -> None:
    before = respondents(project)
    withdraw("R1007")
    after = respondents(project)
    assert len(before) - len(after) == 1
    assert [one for one in before if one in after] == after
    if os.name != "nt":
        (file,) = (project / "data" / "interim" / LINKS).glob("*.json")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_where_an_export_has_no_numbers_a_withdrawal_closes_its_wave(project: Path) -> None:
    bare = [{**one, "number": ""} for one in respondents(project)]
    releases = links_of(project)["releases"]
    assert isinstance(releases, dict)
    rewrite(project, releases={"first": {**releases["first"], "respondents": bare}})
    withdraw("R1007")
    assert (links_of(project)["key"], links_of(project)["releases"]) == ("", {})


def test_links_that_cannot_be_read_stop_a_release(place: Path) -> None:
    (file,) = links_folder(place / "published").glob("*.json")
    file.write_text("{", "utf-8")
    with pytest.raises(InputError, match="links between versions of a wave cannot be read"):
        make(place, "second", "year.csv")


# How people are known ----------------------------------------------------------------------------------------------


def names(count: int, begin: int = 0) -> list[str]:
    return [f"h{number}" for number in range(begin, begin + count)]


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        (names(300), names(299), True),
        (names(300), names(80, 250), True),  # 50 of 80 are the same
        (names(300), names(300, 290), False),  # ten of three hundred
        (names(9), names(9), False),  # too few to recognise anybody
        (["a", "b", "c"] * 100, ["a", "b", "c"] * 100, False),  # everybody answers alike
        (names(30) + ["a"] * 270, names(6) + names(24, 100) + ["a"] * 270, False),  # as often alike as by chance
        ([""] * 300, [""] * 300, False),
    ],
)
def test_people_are_the_same_when_more_is_shared_than_chance_gives(
    before: list[str], now: list[str], same: bool
) -> None:
    assert versions._overlap(before, now) is same
