"""The page of told results: read by people, in both languages, and the same until somebody reads it again."""

from __future__ import annotations

import re

from tests.told_results import PAGE, page


def test_every_result_is_told_as_on_the_page_that_was_read() -> None:
    told, stored = page(), PAGE.read_text("utf-8")
    assert stored.count("# ") >= 500
    # Part by part, so that a failure shows the sentence and not the page.
    for now, read in zip(told.split("\n\n"), stored.split("\n\n"), strict=True):
        assert now.strip() == read.strip(), "Read what changed, and write the page anew: python -m tests.told_results"


def test_no_sentence_on_the_page_holds_what_nobody_can_read() -> None:
    text = PAGE.read_text("utf-8")
    told = [line for line in text.splitlines() if line and not line.startswith(("#", "refused"))]
    assert not [line for line in told if re.search(r"{|}|nan|inf\b|None|  |\.\.|e-\d", line)]
    # Each names its direction, its base and its weights.
    starts = ("In the group", "In de groep", "The mean", "Het gemiddelde", "'", "The association", "De samenhang")
    differences = [line for line in told if line.startswith(starts) and "95%" in line]
    assert len(differences) > 500
    for line in differences:
        assert re.search(
            r"higher|lower|highest|most common|largest|times|hoger|lager|hoogst|het meest|grootst|keer", line
        )
        assert re.search(r"weighted|gewogen", line)
        assert re.search(r"\d of '|\d van '|groups of \d|groepen van \d", line)


def test_what_would_be_found_is_not_told_where_nobody_can_know_it() -> None:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if re.search(r"almost nothing|gave the same", line)]
    assert len(lines) > 10
    assert not [line for line in lines if "8 times out of 10" in line]


def test_one_is_told_in_the_singular_and_a_number_never_stands_beside_another() -> None:
    text = PAGE.read_text("utf-8")
    assert not re.search(r"\b1 (reports|meldingen|answers|antwoorden|pairs|paren)\b", text)
    assert not re.search(r"(?<![\d.,])1([.,]0)? (percentage points|procentpunten)", text)
    assert not re.search(r"\d 8 (times out of|van de) 10", text)


def test_an_interval_that_leaves_no_difference_out_is_never_beside_another_verdict_without_a_reason() -> None:
    text = PAGE.read_text("utf-8")
    reasons = r"doubtful|by chance|test is about all|for both ends|interval says nothing|interval is too narrow"
    one_side = r"interval runs from \S+(?: percentage points?)? (lower|higher) to \S+(?: percentage points?)? \1\."
    one_sided = [
        line for line in text.splitlines() if re.search(one_side, line) and "has not been demonstrated" in line
    ]
    assert one_sided
    assert all(re.search(reasons, line) for line in one_sided)
