"""Which releases the pages show: those that a place names, else answers of people first, the newest in front."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.releases import shown
from stagekansen_lib.releases.shown import (
    RELEASE_VARIABLE,
    about_release,
    check_shown_releases,
    release_to_show,
    releases_beside,
    releases_to_choose,
    shown_releases,
)
from stagekansen_lib.views.release_choices import page_of_release, release_choices

# The oldest first, as ``list_releases`` gives them.
THERE = {"school-2023": False, "example-2024": True, "school-2025": False, "example-2026": True}


def stand_in(name: str) -> Any:
    """As much of a release as choosing looks at."""
    return SimpleNamespace(name=name, synthetic=THERE[name], index=None, wave=name.rpartition("-")[2])


@pytest.fixture(autouse=True)
def four_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "list_releases", lambda _: list(THERE))
    monkeypatch.setattr(shown, "read_release", lambda name, **_: stand_in(name))


def chosen(folder: Path, text: str) -> Path:
    file = folder / "site.yaml"
    file.write_text(text, "utf-8")
    return file


def test_without_a_choice_answers_of_people_come_first_and_the_newest_in_front(tmp_path: Path) -> None:
    found = shown_releases(choices=tmp_path / "absent.yaml")
    assert found == ("school-2025", "school-2023", "example-2026", "example-2024")
    assert shown_releases(choices=chosen(tmp_path, "releases: []\n")) == found


def test_what_a_place_names_is_shown_in_its_order_and_nothing_else(tmp_path: Path) -> None:
    file = chosen(tmp_path, "releases: [example-2024, school-2023]\n")
    assert shown_releases(choices=file) == ("example-2024", "school-2023")


def test_every_wrong_name_is_told_at_once(tmp_path: Path) -> None:
    file = chosen(tmp_path, "releases: [school-2022, school-2025, school-2025]\n")
    with pytest.raises(InputError) as refused:
        shown_releases(choices=file)
    assert "no release 'school-2022'" in str(refused.value)
    assert "'school-2025' is named twice" in str(refused.value)
    with pytest.raises(InputError, match="no list"):
        shown_releases(choices=chosen(tmp_path, "releases: school-2025\n"))


def test_a_release_that_is_asked_for_by_name_is_taken() -> None:
    assert release_to_show("example-2024") == "example-2024"


def test_of_no_release_at_all_the_error_says_how_to_make_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shown, "list_releases", lambda _: [])
    with pytest.raises(InputError, match="Make one: stagekansen release"):
        shown_releases(choices=tmp_path / "absent.yaml")


def in_a_project(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    """As if ``data/site.yaml`` said this."""
    file = chosen(folder, text)
    monkeypatch.setattr(shown, "data_folder", lambda *_: file)


def test_a_reader_chooses_between_releases_of_one_kind_the_first_in_front(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_project(monkeypatch, tmp_path, "releases: []\n")
    assert releases_to_choose() == ("school-2025", "school-2023")
    assert [one.name for one in releases_beside(stand_in("school-2023"))] == ["school-2025", "school-2023"]
    assert releases_beside(stand_in("example-2026")) == (), "made-up answers are no year beside those of people"
    assert page_of_release("verkenner", "school-2025") == "verkenner"
    assert page_of_release("verkenner", "school-2023") == "verkenner-school-2023"


def test_of_several_versions_of_one_wave_the_newest_is_the_one_to_choose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_project(monkeypatch, tmp_path, "releases: []\n")
    monkeypatch.setitem(THERE, "school-again-2025", False)
    assert releases_to_choose() == ("school-again-2025", "school-2023")


def test_a_release_is_called_by_its_title_else_by_its_wave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "releases: [school-2025, school-2023]\nabout: {school-2025: {title: {nl: Onze meting, en: Our survey}}}\n"
    in_a_project(monkeypatch, tmp_path, text)
    found = release_choices(stand_in("school-2025"), "verkenner", "nl")
    assert [(one.address, one.label, one.current) for one in found] == [
        ("verkenner", "Onze meting", True),
        ("verkenner-school-2023", "2023", False),
    ]


def test_what_a_place_says_of_a_release_is_given_and_what_it_does_not_say_is_empty(tmp_path: Path) -> None:
    text = "about:\n  school-2025:\n    maker: {nl: Het team, en: The team}\n    note: {nl: Let op., en: Mind.}\n"
    file = chosen(tmp_path, text)
    about = about_release("school-2025", file)
    assert (about.title, about.maker["en"], about.note["nl"]) == ({}, "The team", "Let op.")
    assert about_release("school-2023", file).note == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("about: {school-2022: {note: {nl: a, en: a}}}\n", "no release 'school-2022' to say something about"),
        ("about: {school-2025: {tilte: {nl: a, en: a}}}\n", "'tilte' of 'school-2025' is unknown"),
        ("about: {school-2025: {title: Meting}}\n", "'title' of 'school-2025' is no text in two languages"),
        ("about: {school-2025: Meting}\n", "What is said of 'school-2025' is no title"),
        ("about: school-2025\n", "'about' does not hold releases"),
        ("release: [school-2025]\n", "'release' is unknown. Did you mean 'releases'"),
    ],
)
def test_a_mistake_in_what_is_said_of_a_release_is_named(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        shown_releases(choices=chosen(tmp_path, text))
    assert says in " ".join(str(refused.value).split())
    assert check_shown_releases(chosen(tmp_path, text)) == list(refused.value.problems)


def test_while_the_pages_of_another_release_are_built_that_one_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RELEASE_VARIABLE, "school-2023")
    assert release_to_show() == release_to_show(with_index=True) == "school-2023"
    assert release_to_show("school-2025") == "school-2025"
