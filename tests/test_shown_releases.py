"""Which releases the pages show: those that a place names, else answers of people first, the newest in front."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.releases import shown
from stagekansen_lib.releases.shown import release_to_show, shown_releases

# The oldest first, as ``list_releases`` gives them.
THERE = {"school-2023": False, "example-2024": True, "school-2025": False, "example-2026": True}


@pytest.fixture(autouse=True)
def four_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "list_releases", lambda _: list(THERE))
    monkeypatch.setattr(shown, "read_release", lambda name, **_: SimpleNamespace(synthetic=THERE[name], index=None))


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
