"""What the public pages are made from, and what of the build before still holds, without making a page."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest

from stagekansen_lib.site.inputs import Inputs, changed_since, read_inputs
from stagekansen_lib.site.kept_pages import KeptPages, read_kept_pages, record_of, write_records

ROOT = Path(__file__).resolve().parent.parent
DAY = dt.date(2026, 11, 30)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("registers", "rules"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    return tmp_path


def test_each_rule_counts_for_every_page_and_a_register_for_those_that_read_it(home: Path) -> None:
    first = read_inputs(DAY)
    rules = home / "data" / "rules" / "team.yaml"
    rules.write_text(rules.read_text("utf-8") + "# changed\n", "utf-8")
    second = read_inputs(DAY)
    assert second.key != first.key
    assert second.common != first.common
    assert second.apart == first.apart
    register = home / "data" / "registers" / "lessons.yaml"
    register.write_text(register.read_text("utf-8") + "# changed\n", "utf-8")
    third = read_inputs(DAY)
    assert third.key != second.key
    assert third.common == second.common
    assert [name for name in third.apart if third.apart[name] != second.apart[name]] == ["data/registers/lessons.yaml"]


def test_what_an_editor_or_python_leaves_counts_for_nothing_and_the_day_for_every_page(home: Path) -> None:
    first = read_inputs(DAY)
    (home / "data" / "registers" / ".ipynb_checkpoints").mkdir()
    (home / "data" / "published" / "x" / "__pycache__").mkdir(parents=True)
    (home / "data" / "published" / "x" / "__pycache__" / "a.pyc").write_text("left", "utf-8")
    assert read_inputs(DAY) == first
    assert read_inputs(DAY + dt.timedelta(days=1)).common != first.common


def test_what_was_written_after_a_build_is_seen_in_a_moment_and_so_is_that_there_is_no_build(home: Path) -> None:
    build = home / "current.txt"
    assert changed_since(build)
    build.touch()
    assert not changed_since(build)
    register = home / "data" / "registers" / "terms.yaml"
    later = build.stat().st_mtime + 1
    for left in ("registers/.ipynb_checkpoints/terms.yaml", "interim/answers.csv"):
        (home / "data" / left).parent.mkdir(parents=True)
        (home / "data" / left).touch()
        os.utime(home / "data" / left, (later, later))
    assert not changed_since(build)
    os.utime(register, (later, later))
    assert changed_since(build)


def build_of(folder: Path) -> tuple[KeptPages, Inputs]:
    """A build of one page, made from the first of two states of a register."""
    inputs = Inputs("0123456789abcdef", "code", frozenset(), {"data/registers/terms.yaml": "one", "data/ledger": "one"})
    build = folder / inputs.key
    (build / "nl").mkdir(parents=True)
    (build / "nl" / "a.html").write_text(f"made as {inputs.key}", "utf-8")
    record = record_of(("a", "", "nl"), ["data/registers/terms.yaml"], inputs, build, ["nl/a.html"])
    return KeptPages(build, {"nl/a": record}), inputs


@pytest.mark.parametrize(
    ("common", "registers", "ledger", "holds"),
    [("code", "one", "one", True), ("code", "one", "two", True), ("code", "two", "one", False),
     ("other", "one", "one", False)],
)  # fmt: skip
def test_a_page_holds_as_long_as_all_that_it_was_made_from(
    tmp_path: Path, common: str, registers: str, ledger: str, holds: bool
) -> None:
    kept, _ = build_of(tmp_path)
    now = Inputs(
        "fedcba9876543210", common, frozenset(), {"data/registers/terms.yaml": registers, "data/ledger": ledger}
    )
    working = tmp_path / "new"
    (working / "nl").mkdir(parents=True)
    assert (kept.take("nl/a", now, working) is not None) is holds
    assert (working / "nl" / "a.html").exists() is holds
    assert kept.hold_releases(now) is (common == "code")
    assert kept.holding(now) == ({"nl/a"} if holds else set())
    if holds:
        assert (working / "nl" / "a.html").read_text("utf-8") == f"made as {now.key}"


def test_a_build_tells_the_next_which_pages_there_are(tmp_path: Path) -> None:
    kept, inputs = build_of(tmp_path)
    assert kept.build is not None
    write_records(kept.build, kept.records)
    assert read_kept_pages(kept.build).jobs() == [("a", "", "nl")]
    taken = read_kept_pages(kept.build).take("nl/a", inputs, kept.build)
    assert taken is not None
    assert taken["job"] == ("a", "", "nl")


@pytest.mark.parametrize("change", ["changed", "gone"])
def test_a_page_that_is_not_as_it_was_made_is_not_taken(tmp_path: Path, change: str) -> None:
    kept, inputs = build_of(tmp_path)
    assert kept.build is not None
    page = kept.build / "nl" / "a.html"
    page.write_text("other", "utf-8") if change == "changed" else page.unlink()
    assert kept.take("nl/a", inputs, tmp_path) is None
    assert kept.take("nl/b", inputs, tmp_path) is None


@pytest.mark.parametrize(
    "content",
    ["", "[]", "1", '{"nl/a": 1}', '{"nl/a": {}}', '{"nl/a": {"common": "c", "reads": [], "files": {}}}',
     '{"nl/a": {"common": "c", "reads": {}}}', '{"nl/a": {"common": "c", "reads": {}, "files": {}}}',
     '{"nl/a": {"common": "c", "reads": {}, "files": {}, "job": ["a", ""]}}', "\ufeff"],
)  # fmt: skip
def test_a_build_that_does_not_say_readably_what_it_was_made_from_gives_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "made-of.json").write_text(content, "utf-8")
    kept = read_kept_pages(tmp_path)
    assert kept.records == {}
    assert not kept.hold_releases(Inputs("k", "c", frozenset(), {}))
    assert read_kept_pages(None).records == {}
