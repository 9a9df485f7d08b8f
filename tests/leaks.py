"""Leaks planted in a copy of a release, each of one kind; the tests of the attacks see whether they are found."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.attacks.attack import AttackReport, attack
from stagekansen_lib.releases.building import release

NAME = "example-2022"
Row = dict[str, str]


def change_rows(home: Path, table: str, change: Callable[[list[Row]], list[Row]], name: str = NAME) -> None:
    path = home / name / "tables" / f"{table}.csv"
    rows = change(list(csv.DictReader(io.StringIO(path.read_text("utf-8")))))
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), "utf-8")


def change_facts(home: Path, change: Callable[[dict[str, Any]], object], name: str = NAME) -> None:
    path = home / name / "release.json"
    facts = json.loads(path.read_text("utf-8"))
    change(facts)
    path.write_text(json.dumps(facts), "utf-8")


def hide(row: Row) -> Row:
    return {**row, "estimate": "", "ci_low": "", "ci_high": "", "base": "", "mark": "x"}


def figure(row: Row, estimate: str, base: str = "100-149") -> Row:
    return {**row, "estimate": estimate, "ci_low": estimate, "ci_high": estimate, "base": base, "mark": ""}


def failed(home: Path, name: str = NAME) -> set[int]:
    return {check.number for check in attack(name, folder=home).failed}


def everywhere(column: str, value: str) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [{**row, column: value} for row in rows]


def one_hidden_of_three(rows: list[Row]) -> list[Row]:
    """In each group two shares that leave at most two percent for the third, which is hidden."""
    shown = {"1": "0.56", "2": "0.43"}
    return [figure(row, shown[row["code"]], row["base"]) if row["code"] in shown else hide(row) for row in rows]


DIFFICULTY = ("difficulty", "difficulty_by_level", "difficulty_by_experience")
ROW_LEAKS: dict[str, tuple[str, Callable[[list[Row]], list[Row]], set[int]]] = {
    "a count in the file": ("experience", everywhere("count", "161"), {24}),
    "a hidden column": ("experience", everywhere("_note", "abc"), {24}),
    "a standard error": ("experience", everywhere("se", "0.0312"), {24}),
    "a weight": ("experience", everywhere("weight", "1.3"), {18, 24}),
    "an extreme": ("applications", everywhere("max", "200"), {17, 24}),
    "a sum": ("applications", everywhere("sum", "3000"), {16, 24}),
    "an exact base": ("experience", everywhere("base", "324"), {13}),
    "a figure finer than its base": ("experience", everywhere("estimate", "0.4968"), {13}),
    "an interval finer than its base": ("experience_by_sector", everywhere("ci_low", "0.31"), {14}),
    "a mean finer than its base": ("applications", everywhere("estimate", "10.123"), {13, 16}),
    "rows sorted by a figure": ("difficulty", lambda rows: [rows[1], rows[0], rows[2]], {27}),
    "a row of nobody": ("grounds", lambda rows: [figure(rows[0], "0"), *rows[1:]], {11, 12}),
    "nine of ten of a sensitive answer": ("grounds", lambda rows: [figure(rows[0], "0.93"), *rows[1:]], {12}),
    "a class of a sensitive answer": ("grounds", lambda rows: [{**hide(rows[0]), "mark": "<10%"}, *rows[1:]], {12}),
    "a base beside a hidden figure": ("experience", lambda rows: [{**hide(rows[0]), "base": "300-349"}], {13}),
    "rows of answers": ("experience", lambda rows: rows * 5, {24}),
    "an answer nobody may know of": ("difficulty", lambda rows: [*rows, {**rows[0], "code": "9"}], {24}),
    "one figure told twice": ("experience", lambda rows: [figure(rows[0], "0.4", "300-349"), *rows], {10, 19, 24}),
}  # fmt: skip


def write_draft(published: list[Any], into: Path) -> None:
    """A draft without the attack that comes with it: the test attacks it next."""
    nothing = AttackReport("look", ())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stagekansen_lib.releases.building.attack_folder", lambda *_, **__: nothing)
        release(published, name="look", made_by="", checked_by="", draft=True, into=into)
