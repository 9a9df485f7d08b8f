"""Look again: what a release or register changes turns exactly the claims that rest on it, and nothing else does."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.fact_finding.known_facts import KnownFacts
from stagekansen_lib.fact_finding.ledger_checks import check_ledger
from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules
from stagekansen_lib.fact_finding.references import parse_reference
from stagekansen_lib.fact_finding.staleness import told_change
from stagekansen_lib.project.paths import data_folder

FIRST = "example-2022"
RESTS = {
    "on-experience": "[[example-2022:experience]]",
    "on-margin": "[[example-2022:experience#ci_low]]",
    "on-difficulty": "[[example-2022:difficulty_by_experience:1:3]]",
    "on-another-row": "[[example-2022:difficulty_by_experience:0:3]]",
    "on-test": "[[example-2022:compare-search_difficulty-discrimination_experienced]]",
    "on-mean": "[[example-2022:applications]]",
    "on-register": "[[key_figures:cbs-10]]",
    "on-another-figure": "[[key_figures:cbs-23]]",
}


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    home = tmp_path / "published"
    shutil.copytree(data_folder("published", FIRST), home / FIRST)
    return home


@pytest.fixture
def folder(tmp_path: Path, releases: Path) -> Path:
    place = tmp_path / "ledger"
    facts = KnownFacts(read_ledger_rules(), releases)
    for name, reference in RESTS.items():
        sk.write_act(
            {"kind": "claim_proposed", "subject": name, "role": "school", "claim_kind": "experienced",
             "text_nl": f"Het is {reference}", "text_en": f"It is {reference}"}, place, facts=facts
        )  # fmt: skip
    sk.write_act({"kind": "evidence_added", "subject": "on-register", "role": "school", "relation": "for",
                  "rests_on": "example-2022:felt_safe"}, place, facts=facts)  # fmt: skip
    return place


def again(folder: Path, releases: Path, **more: Path) -> set[str]:
    claims = sk.read_ledger(folder, releases=releases, **more).claims
    return set(claims["id"][claims["look_again"]])


def sealed_anew(place: Path, facts: dict[str, Any]) -> None:
    """A release with other files, as if it had been made with them."""
    entries = (*facts["tables"], facts["codebook"], facts["attack"], *facts["registers"], *facts["rules"]["files"])
    for entry in entries:
        entry["sha256"] = hashlib.sha256((place / entry["file"]).read_bytes()).hexdigest()
    written = json.dumps(facts, ensure_ascii=False, indent=1).encode()
    (place / "release.json").write_bytes(written)
    (place / "release.json.sha256").write_text(f"{hashlib.sha256(written).hexdigest()}  release.json\n", "utf-8")


def next_release(
    home: Path, change: Callable[[Path, dict[str, Any]], None], *, name: str = "example-2022-b", wave: str = "2022"
) -> None:
    place = home / name
    shutil.copytree(home / FIRST, place, dirs_exist_ok=True)
    facts = json.loads((place / "release.json").read_text("utf-8"))
    facts |= {"name": name, "date": "2026-12-24", "wave": wave}
    change(place, facts)
    sealed_anew(place, facts)


def with_cell(table: str, row: int, column: str, value: str) -> Callable[[Path, dict[str, Any]], None]:
    def change(place: Path, _: dict[str, Any]) -> None:
        path = place / "tables" / f"{table}.csv"
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
        rows[row + 1][rows[0].index(column)] = value
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    return change


def nothing(_: Path, __: dict[str, Any]) -> None:
    """A release that says the same on another day."""


def test_a_release_that_says_the_same_turns_nothing(folder: Path, releases: Path) -> None:
    assert again(folder, releases) == set()
    next_release(releases, nothing)
    assert again(folder, releases) == set()


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "turned"),
    [
        ("experience", 0, "estimate", "0.53", {"on-experience", "on-margin"}),
        ("experience", 0, "base", "350-399", {"on-experience", "on-margin"}),
        ("difficulty_by_experience", 5, "estimate", "0.6", {"on-difficulty"}),
        ("difficulty_by_experience", 2, "mark", "~", {"on-another-row"}),
        ("difficulty_by_experience", 4, "estimate", "0.24", set()),
        ("felt_safe", 0, "ci_high", "0.99", {"on-register"}),
        ("knows_where", 0, "estimate", "0.4", set()),
    ],
)
def test_one_changed_figure_turns_exactly_the_claims_that_rest_on_it(
    folder: Path, releases: Path, table: str, row: int, column: str, value: str, turned: set[str]
) -> None:
    next_release(releases, with_cell(table, row, column, value))
    assert again(folder, releases) == turned


def test_the_same_release_made_anew_with_another_figure_turns_its_claims(folder: Path, releases: Path) -> None:
    facts = json.loads((releases / FIRST / "release.json").read_text("utf-8"))
    with_cell("applications", 0, "estimate", "11.3")(releases / FIRST, facts)
    sealed_anew(releases / FIRST, facts)
    assert again(folder, releases) == {"on-mean"}


def test_a_release_of_a_later_wave_is_another_figure_and_turns_nothing(folder: Path, releases: Path) -> None:
    next_release(releases, with_cell("experience", 0, "estimate", "0.53"), wave="2023")
    assert again(folder, releases) == set()


def test_old_and_new_value_stand_beside_each_other_and_the_check_says_so(folder: Path, releases: Path) -> None:
    next_release(releases, with_cell("experience", 0, "estimate", "0.53"))
    changes = sk.read_ledger(folder, releases=releases).changes.set_index("claim")
    row = changes.loc["on-experience"]
    assert (row["old_nl"], row["new_nl"], row["changed"]) == ("50%", "53%", "figure")
    assert (row["release"], row["owner"]) == ("example-2022-b", "school")
    assert changes.loc["on-margin", "new_en"] == "43%"
    said = [str(problem) for problem in check_ledger(folder, releases=releases)]
    assert len(said) == 2
    assert any("on-experience" in line and "50%" in line and "53%" in line for line in said)


def test_a_sentence_keeps_the_number_that_people_agreed_on_until_somebody_looks(folder: Path, releases: Path) -> None:
    next_release(releases, with_cell("experience", 0, "estimate", "0.53"))
    ledger = sk.read_ledger(folder, releases=releases)
    assert ledger.statement("on-experience", "nl") == "Het is 50%"
    assert ledger.claims.set_index("id").loc["on-experience", "status"] == "look_again"
    facts = KnownFacts(read_ledger_rules(), releases)
    sk.write_act(
        {"kind": "claim_confirmed", "subject": "on-experience", "role": "school", "reason_nl": "Het blijft de helft",
         "reason_en": "It is still a half"}, folder, facts=facts
    )  # fmt: skip
    ledger = sk.read_ledger(folder, releases=releases)
    assert ledger.statement("on-experience", "nl") == "Het is 53%"
    assert again(folder, releases) == {"on-margin"}


def test_naming_the_same_figure_again_does_not_bring_a_claim_back(folder: Path, releases: Path) -> None:
    next_release(releases, with_cell("experience", 0, "estimate", "0.53"))
    facts = KnownFacts(read_ledger_rules(), releases)
    sk.write_act({"kind": "evidence_added", "subject": "on-experience", "role": "school", "relation": "for",
                  "rests_on": "example-2022:experience"}, folder, facts=facts)  # fmt: skip
    assert "on-experience" in again(folder, releases)


def test_a_figure_that_is_published_no_more_turns_its_claims(folder: Path, releases: Path) -> None:
    def without(place: Path, facts: dict[str, Any]) -> None:
        facts["tables"] = [entry for entry in facts["tables"] if entry["id"] != "applications"]
        (place / "tables" / "applications.csv").unlink()

    next_release(releases, without)
    ledger = sk.read_ledger(folder, releases=releases)
    assert ledger.changes[["claim", "changed", "old_nl", "new_nl"]].to_numpy().tolist() == [
        ["on-mean", "gone", "10,1", ""]
    ]
    shutil.rmtree(releases)
    assert again(folder, releases) == set(RESTS) - {"on-another-figure"}


IN_RELEASE = set(RESTS) - {"on-another-figure"}  # on-register has evidence in a release


def other_rule(place: Path, _: dict[str, Any]) -> None:
    path = place / "rules" / "steering_group.yaml"
    path.write_text(path.read_text("utf-8").replace("value: 0.30", "value: 0.31"), "utf-8")


def other_words_in_rules(place: Path, _: dict[str, Any]) -> None:
    path = place / "rules" / "steering_group.yaml"
    text = path.read_text("utf-8").replace("reason: An interval of thirty", "reason: An interval of about thirty")
    path.write_text(f"# Another comment.\n{text}", "utf-8")


def other_weighting(_: Path, facts: dict[str, Any]) -> None:
    facts["weighting"]["margins"] = "students_haaglanden_2023"


def other_source(place: Path, facts: dict[str, Any]) -> None:
    path = place / "registers" / "sources.yaml"
    marked = f"  - id: {facts['sources'][0]}\n    title: "
    text = path.read_text("utf-8")
    assert text.count(marked) == 1
    path.write_text(text.replace(marked, f"{marked}Herziene "), "utf-8")


def other_code(_: Path, facts: dict[str, Any]) -> None:
    facts["fingerprints"] = {**facts["fingerprints"], "code": "0" * 64}
    facts["versions"] = {**facts["versions"], "numpy": "99.9"}
    facts["checked_by"] = "somebody else"


def other_question(place: Path, _: dict[str, Any]) -> None:
    path = place / "codebook.json"
    book = json.loads(path.read_text("utf-8"))
    one = next(entry for entry in book["variables"] if entry["name"] == "applications")
    one["question_nl"] = "Hoeveel brieven schreef je?"
    path.write_text(json.dumps(book), "utf-8")


@pytest.mark.parametrize(
    ("change", "turned", "part"),
    [
        (other_rule, IN_RELEASE, "rule"),
        (other_weighting, IN_RELEASE, "method"),
        (other_source, IN_RELEASE, "source"),
        (other_question, {"on-mean"}, "method"),
        (other_words_in_rules, set(), ""),
        (other_code, set(), ""),
    ],
)
def test_a_changed_method_source_or_rule_turns_claims_and_a_comment_or_code_turns_none(
    folder: Path, releases: Path, change: Callable[[Path, dict[str, Any]], None], turned: set[str], part: str
) -> None:
    next_release(releases, change)
    ledger = sk.read_ledger(folder, releases=releases)
    assert set(ledger.changes["claim"]) == turned
    assert set(ledger.changes["changed"]) == ({part} if part else set())


def registers_with(tmp_path: Path, file: str, old: str, new: str) -> Path:
    home = tmp_path / "registers"
    shutil.copytree(data_folder("registers"), home)
    text = (home / file).read_text("utf-8")
    assert old in text
    (home / file).write_text(text.replace(old, new, 1), "utf-8")
    return home


def entry_with(file: str, name: str, old: str, new: str) -> tuple[str, str, str]:
    """A change inside one entry of a register: the text from its id to the field."""
    text = data_folder("registers", file).read_text("utf-8")
    start = text.index(f"  - id: {name}\n")
    end = text.index(old, start) + len(old)
    return file, text[start:end], text[start:end][: -len(old)] + new


@pytest.mark.parametrize(
    ("entry", "turned"),
    [
        (entry_with("key_figures.yaml", "cbs-10", "value: 10", "value: 11"), {"on-register"}),
        (entry_with("key_figures.yaml", "cbs-10", "label_nl: ", "label_nl: Toch "), set()),
        (entry_with("sources.yaml", "cbs-2025", "title: ", "title: Herziene "), {"on-register", "on-another-figure"}),
    ],
)
def test_a_register_turns_the_claims_that_rest_on_what_it_changed(
    tmp_path: Path, folder: Path, releases: Path, entry: tuple[str, str, str], turned: set[str]
) -> None:
    assert again(folder, releases, registers=registers_with(tmp_path, *entry)) == turned


def test_a_change_that_does_not_show_in_the_value_says_that_it_reads_as_before(
    tmp_path: Path, folder: Path, releases: Path
) -> None:
    registers = registers_with(tmp_path, *entry_with("sources.yaml", "cbs-2025", "title: ", "title: Herziene "))
    changed = sk.read_ledger(folder, releases=releases, registers=registers).changed["on-register"]
    assert [told_change(one, "nl") for one in changed] == ["de bron. Er staat nog steeds 10% (1 op de 10)."]
    gone = [dataclasses.replace(one, parts=("gone",), new_nl="", new_en="") for one in changed]
    assert [told_change(one, "en") for one in gone] == ["no longer published. It was 10% (1 in 10)."]


def test_a_claim_that_was_taken_back_is_left_in_peace(folder: Path, releases: Path) -> None:
    reasons = {"reason_nl": "niet meer nodig", "reason_en": "needed no more"}
    sk.write_act({"kind": "claim_withdrawn", "subject": "on-experience", "role": "school", **reasons}, folder)
    next_release(releases, with_cell("experience", 0, "estimate", "0.53"))
    assert again(folder, releases) == {"on-margin"}
    sk.write_act({"kind": "claim_reopened", "subject": "on-experience", "role": "school", **reasons}, folder)
    assert again(folder, releases) == {"on-margin", "on-experience"}


def test_every_number_of_every_table_can_be_referred_to_and_reads_as_published(releases: Path) -> None:
    facts = KnownFacts(read_ledger_rules(), releases)
    seen = 0
    for table in facts.release(FIRST).tables.values():
        keys = [*table.by, *(["code"] if "code" in table.table.columns else [])]
        for _, row in table.table.iterrows():
            reference = ":".join([FIRST, table.id, *(str(row[name]) for name in keys)])
            shown = facts.look_up(parse_reference(reference)).rest
            wanted = row["mark"] if row["mark"][:1] == "<" else f"{row['estimate']:.0%}"
            wanted = f"{row['estimate']:.1f}" if table.statistic == "mean" else wanted
            assert shown.shown_en == wanted, reference
            seen += 1
    assert seen > 30
