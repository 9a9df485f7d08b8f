"""Each attack catches a leak of its kind, in a release and in what was made from it: pages, pictures, exports."""

from __future__ import annotations

import itertools
import json
import re
import secrets
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from stagekansen_lib.attacks.attack import attack
from stagekansen_lib.attacks.attacked import AttackedRelease
from stagekansen_lib.attacks.evidence import read_evidence
from stagekansen_lib.attacks.layout import cliques_of, tree_of
from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.pictures.charts import draw_distribution, draw_intervals
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases.building import release
from stagekansen_lib.releases.reading import read_release
from tests.believing import believe
from tests.leaks import (
    DIFFICULTY,
    NAME,
    ROW_LEAKS,
    change_facts,
    change_rows,
    everywhere,
    failed,
    hide,
    one_hidden_of_three,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(data_folder("published", NAME), tmp_path / NAME)
    return tmp_path


# Leaks in a release, of the kinds that test_attack.py has not -------------------------------------------------------


def one_of_three(home: Path) -> None:
    for table in DIFFICULTY:
        change_rows(home, table, one_hidden_of_three)


def complement(home: Path) -> None:
    for table in ("level", "difficulty_by_level", "knows_where_by_level"):
        change_rows(home, table, lambda rows: list(map(hide, rows)))
    change_rows(home, "experience", everywhere("base", "324"))
    change_rows(home, "experience_by_level", lambda rows: [{**rows[0], "base": "320"}, hide(rows[1])])


def tiny_question(home: Path) -> None:
    change_rows(home, "grounds", lambda rows: [{**hide(row), "base": "9"} for row in rows])


def add_file(path: str, text: str) -> Callable[[Path], None]:
    def plant(home: Path) -> None:
        (home / NAME / path).write_text(text, "utf-8")

    return plant


def speaker(home: Path) -> None:
    path = home / NAME / "registers" / "voices.yaml"
    path.write_text(
        path.read_text("utf-8").replace("    tone: doubt\n", "    tone: doubt\n    school: ROC\n", 1), "utf-8"
    )


LEAKS: dict[int, Callable[[Path], None]] = {
    8: complement,
    15: lambda home: change_rows(home, "applications", everywhere("base", "5")),
    20: add_file("areas.geojson", '{"type": "FeatureCollection", "features": []}'),
    28: speaker,
    29: lambda home: change_facts(home, lambda facts: facts.update(votes={"student": 1})),
    30: add_file("tables/twin.csv", "respondent_id,level\nR1,1\n"),
    31: tiny_question,
}


@pytest.mark.parametrize("number", LEAKS)
def test_a_leak_of_its_kind_is_caught_by_the_attack(number: int, home: Path) -> None:
    assert number not in failed(home)
    LEAKS[number](home)
    assert number in failed(home)


def test_whole_numbers_find_a_cell_when_fractions_are_not_looked_at(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_of_three(home)
    monkeypatch.setattr("stagekansen_lib.attacks.attacked.AttackedRelease.small_in", lambda *_: [])
    found = {check.number: check for check in attack(NAME, folder=home).failed}
    assert 4 in found
    assert 3 not in found
    assert "no whole numbers of people make the count 10 or more" in str(found[4].findings[0])


def test_a_world_near_another_agrees_with_everything_and_holds_what_it_is_said_to_hold(home: Path) -> None:
    """The quick search changes some crosses only; what it finds is checked here against all conditions and counts."""
    for table in (*DIFFICULTY, "experience_by_level", "experience_by_sector"):
        change_rows(home, table, lambda rows: list(map(hide, rows)))
    case = AttackedRelease(read_evidence(home / NAME), ())
    crosses, people, least = case.crosses, case.whole_people, case.rules.protected_upper
    wanted = list(dict.fromkeys(quantity for _, _, quantity in case.unknowns))
    assert len(crosses.cliques) > 3
    near = 0
    for one in wanted:
        if people.reached_near([one], least, steps=near % 3):
            near += 1
            world, conditions = people.world, crosses.conditions
            assert (conditions.matrix @ world <= conditions.high + 1e-6).all()
            assert (conditions.matrix @ world >= conditions.low - 1e-6).all()
            assert (world[1:] == np.round(world[1:])).all()
            assert (world >= 0).all()
            assert world[crosses.places(one)].sum() >= least
            assert people.can_reach(one, least)
    assert near > len(wanted) / 2
    # What does not fit anywhere is never said to be reached, and is refuted by the whole search.
    everyone = 10_000.0
    assert people.reached_near(wanted[:20], everyone, steps=1) == set()
    assert people.can_reach(wanted[0], everyone) is False


def test_crosses_that_agree_with_those_beside_them_agree_with_all() -> None:
    """A variable that two crosses share stands in all crosses on the way from one to the other."""
    rng = np.random.default_rng(secrets.randbelow(10**9))
    for _ in range(50):
        names = [f"question{at}" for at in range(9)]
        tied: dict[str, set[str]] = {name: set() for name in names}
        for one, other in itertools.combinations(names, 2):
            if rng.random() < 0.2:
                tied[one].add(other)
                tied[other].add(one)
        cliques = cliques_of(tied)
        beside: dict[tuple[str, ...], list[tuple[str, ...]]] = {clique: [] for clique in cliques}
        for first, second in tree_of(cliques):
            beside[first].append(second)
            beside[second].append(first)
        for name in names:
            own = [clique for clique in cliques if name in clique]
            seen, ahead = set[tuple[str, ...]](), [own[0]]
            while ahead:
                seen.add(ahead[-1])
                ahead += [one for one in beside[ahead.pop()] if name in one and one not in seen]
            assert seen == set(own)


# What cannot be decided ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "value", "text"),
    [("attack_cells", 3, "cells, more than are searched"), ("attack_nodes", 0, "the search ended before it was known")],
)
def test_what_cannot_be_decided_is_no_pass_and_refuses_the_release(
    number: str, value: int, text: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row is hidden and safe; then the search gets no room to find that out."""
    shutil.copytree(data_folder(), tmp_path / "project" / "data")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path / "project"))
    change_rows(home, "felt_safe", lambda rows: [hide(rows[0])])
    assert attack(NAME, folder=home).passed
    rules = tmp_path / "project" / "data" / "rules" / "steering_group.yaml"
    rules.write_text(re.sub(rf"({number}:\n      value: )\d+", rf"\g<1>{value}", rules.read_text("utf-8")), "utf-8")
    if number == "attack_nodes":
        # No branch is looked at: neither one world for all nor one for each is found.
        people = "stagekansen_lib.attacks.whole_people.WholePeople"
        monkeypatch.setattr(f"{people}.reached_near", lambda *_: set())
        monkeypatch.setattr(f"{people}.reached", lambda *_: set())
        monkeypatch.setattr(f"{people}.can_reach", lambda *_: None)
    report = attack(NAME, folder=home)
    assert not report.passed
    assert not report.failed
    assert report.undecided
    said = [str(one) for check in report.undecided for one in check.findings]
    assert any(text in one and ("Merge answers" in one) for one in said)
    assert "does not count as safe" in report.sentence("en")
    assert "niet als veilig" in report.sentence("nl")
    published = list(read_release(NAME).tables.values())
    with monkeypatch.context() as patch:
        patch.setattr("stagekansen_lib.releases.building.attack_folder", lambda *_, **__: report)
        believe(patch)
        with pytest.raises(RefusedError, match=rf"not known whether.*{text}"):
            release(published, name="open", made_by="A", checked_by="B", into=tmp_path / "out", wave="2022")
    assert not (tmp_path / "out" / "open").exists()
    assert cli.main(["attack", NAME, "--folder", str(home)]) == 1


# Pages, pictures and exports -----------------------------------------------------------------------------------------


def page(home: Path) -> Path:
    """A small site as the explorer makes it: pictures, tables and sentences of every published table."""
    found, parts = read_release(NAME), []
    for table in found.tables.values():
        draw = draw_distribution if table.id in DIFFICULTY else draw_intervals
        body = "".join(
            f"<tr><td>{table.value_text(row, 'nl')}</td><td>{row.base}</td></tr>" for row in table.table.itertuples()
        )
        parts.append(draw(table, language="nl").svg)
        parts.append(f"<table><caption>{table.title_nl}</caption>{body}</table><p>{table.sentence('nl')}</p>")
    site = home / "site"
    site.mkdir()
    (site / "verkenner.html").write_text(f"<!doctype html><body>{''.join(parts)}</body>", "utf-8")
    shutil.copytree(found.folder / "tables", site / "tables")
    return site


def png(*chunks: tuple[bytes, bytes], tail: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    picture = (chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), *(chunk(*one) for one in chunks))
    body = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(picture) + body + tail


def workbook(path: Path, change: Callable[[Any], object]) -> None:
    book = openpyxl.Workbook()
    book.active.append(["group", "value"])
    book.create_sheet("second").append(["group", "value"])
    change(book)
    book.save(path)


def notebook(outputs: list[Any]) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": "1", "outputs": outputs, "execution_count": None}]})


def in_page(old: str, new: str) -> Callable[[Path], object]:
    def plant(site: Path) -> None:
        path = site / "verkenner.html"
        text = path.read_text("utf-8")
        assert re.search(old, text), old
        path.write_text(re.sub(old, new, text, count=1), "utf-8")

    return plant


def write(name: str, content: str | bytes) -> Callable[[Path], object]:
    def plant(site: Path) -> None:
        (site / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return plant


LABEL = 'class="label"[^>]*>'
AREAS = '{"type": "FeatureCollection", "features": [{"properties": {"name": "X", "estimate": 0.5}}]}'
APPLICATIONS = r'(chart-applications-title.*?<text class="tick" x="100%"[^>]*>)[^<]*'
SITE_LEAKS: dict[str, tuple[Callable[[Path], object], int]] = {
    "an axis that a hidden figure stretches": (in_page(f"(?s){APPLICATIONS}", r"\g<1>200"), 17),
    "rows in the order of a figure": (
        in_page(f"(?s)(chart-experience_by_level-title.*?{LABEL})mbo(<.*?{LABEL})hbo", r"\1hbo\2mbo"),
        27,
    ),
    "a bar longer than its figure": (in_page(r'(<rect class="bar" x="0" y="\d+" width=")\d+%', r"\g<1>49.68%"), 27),
    "a colour of its own": (in_page(r'<rect class="bar" ', '<rect class="bar" fill="#3a6b01" '), 27),
    "a class of its own": (in_page(r'<rect class="bar" ', '<rect class="bar shade-7" '), 27),
    "a text under the mouse": (in_page(r'(<rect class="bar" [^>]*)/>', r"\1><title>161 of 324</title></rect>"), 27),
    "a shape in the picture": (in_page(r"</svg>", '<path d="M0 0L49.7 3"/></svg>'), 27),
    "a description with a count": (in_page(r"(<desc[^>]*>)", r"\g<1>161 students; "), 27),
    "a number in a table of the page": (in_page(r"(<table>.*?<td>)\d+%", r"\g<1>49,7%"), 10),
    "a comment in the page source": (in_page("</body>", "<!-- n=161 --></body>"), 24),
    "a hidden field": (in_page("</body>", '<input type="hidden" value="161"></body>'), 24),
    "data beside a figure": (in_page("<svg ", '<svg data-n="161" '), 24),
    "data of the page": (in_page("</body>", '<script type="application/json">{"n": 161}</script></body>'), 24),
    "areas with an outcome": (
        write("map.geojson", AREAS),
        20,
    ),
    "a form that asks a program": (in_page("</body>", '<form action="/api" method="post"></form></body>'), 26),
    "a note in a picture": (write("picture.png", png((b"tEXt", b"Comment\0n=161"))), 25),
    "something behind a picture": (write("picture.png", png(tail=b"n=161")), 25),
    "a notebook with outputs": (write("look.ipynb", notebook([{"output_type": "stream", "text": "161"}])), 25),
    "a checkpoint": (write("look.ipynb_checkpoints", "x"), 25),
    "a hidden column in a CSV": (write("tables/experience.csv", "code,estimate,_raw\n1,0.5,0.4968\n"), 25),
    "a count in a CSV": (write("extra.csv", "group,count\nmbo,61\n"), 25),
    "a hidden sheet": (
        lambda site: workbook(site / "out.xlsx", lambda book: setattr(book["second"], "sheet_state", "hidden")), 25),
    "a hidden column in Excel": (
        lambda site: workbook(
            site / "out.xlsx", lambda book: setattr(book.active.column_dimensions["B"], "hidden", True)
        ),
        25,
    ),
    "a name in Excel": (
        lambda site: workbook(site / "out.xlsx", lambda book: setattr(book.properties, "creator", "Anna")), 25),
    "an attachment in a PDF": (write("out.pdf", b"%PDF-1.7 <</EmbeddedFile 1 0 R>>"), 25),
    "the path of a computer": (in_page("</body>", "<p>/home/anna/survey.csv</p></body>"), 25),
    "rows of people": (write("people.csv", "respondent_id;level\nR1;1\n"), 30),
}  # fmt: skip


@pytest.mark.parametrize("leak", SITE_LEAKS)
def test_a_leak_in_pages_or_exports_is_caught(leak: str, home: Path) -> None:
    site = page(home)
    plant, number = SITE_LEAKS[leak]
    plant(site)
    assert number in {check.number for check in attack(NAME, folder=home, site=site).failed}


def test_pages_and_exports_without_a_leak_pass(home: Path) -> None:
    site = page(home)
    write("picture.png", png((b"tEXt", b"Title\0Example")))(site)
    write("look.ipynb", notebook([]))(site)
    workbook(site / "out.xlsx", lambda _: None)
    report = attack(NAME, folder=home, site=site)
    assert report.passed, [str(one) for check in report.failed for one in check.findings]
    assert {check.number for check in report.checks if check.verdict == "passed"} >= {10, 17, 24, 25, 26, 27, 30}


def test_the_finished_pages_pass(site: Path) -> None:
    report = attack(NAME, site=site)
    assert report.passed, [str(one) for check in report.failed for one in check.findings]


def test_the_command_attacks_a_folder_of_pages(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = page(home)
    assert cli.main(["attack", NAME, "--folder", str(home), "--site", str(site)]) == 0
    in_page("</body>", "<!-- n=161 --></body>")(site)
    assert cli.main(["attack", NAME, "--folder", str(home), "--site", str(site)]) == 1
    assert "verkenner.html, a comment in the page" in capsys.readouterr().out
    with pytest.raises(InputError, match="no files"):
        attack(NAME, folder=home, site=home / "nowhere")


def test_every_attack_has_a_leak_that_it_catches() -> None:
    """One or more planted leaks for each of the 32, in this file and in test_attack.py."""
    caught = {4, *LEAKS, *(number for _, number in SITE_LEAKS.values())}
    for _, _, numbers in ROW_LEAKS.values():
        caught |= numbers
    # Tests of their own: nested readings, undeclared tables, other statistics, models, two releases, linked tables.
    # That each guard holds back what it should is shown in test_guards.py.
    caught |= {1, 2, 3, 5, 6, 7, 9, 21, 22, 23, 32}
    assert caught == set(range(1, 33))
